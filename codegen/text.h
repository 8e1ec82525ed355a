/* text.h: kernels as text: for --emit=kernels, and for telling whether two are equal (without
   names: everything else that the emitted function depends on is in the text). */
#ifndef TGC_CODEGEN_TEXT_H
#define TGC_CODEGEN_TEXT_H

#include "codegen/expr.h"

typedef struct Text Text;
struct Text {
    Arena *arena;
    VEC(char) chars;
};

void text_add(Text *t, const char *format, ...) __attribute__((format(printf, 2, 3)));
const char *text_of(Text *t); /* NUL-terminated */

/* canonical: sizes and trap sites by number, constants by their bits, no names */
void kernel_text(Text *t, const Kernel *k, int canonical);

#endif
