/* intern.h: interned strings. Two equal texts are one pointer, so names are compared with ==.
   Length is kept, so a text literal may hold NUL bytes. */
#ifndef TGC_BASE_INTERN_H
#define TGC_BASE_INTERN_H

#include "base/arena.h"

typedef struct Interner Interner;

Interner *interner_new(Arena *arena);
const char *intern(Interner *in, const char *text);             /* NUL-terminated */
const char *intern_n(Interner *in, const char *text, size_t n); /* result is NUL-terminated too */
const char *intern_printf(Interner *in, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

#endif
