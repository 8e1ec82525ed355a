/* print.h: values as text: PyTorch's rules for tensors, Python's formats for elements. Shared by
   compiled programs and the interpreter (tgc links runtime/print*.c too): those files need nothing
   but abi.h and the C library. */
#ifndef TGC_RUNTIME_PRINT_H
#define TGC_RUNTIME_PRINT_H

#include "runtime/abi.h"

/* a growing text; start with {0}. `at` is NUL-terminated once something was put. Out of memory
 * aborts. */
typedef struct TgText TgText;
struct TgText {
    char *at;
    int64_t n, cap;
};

void tg_text_put(TgText *text, const char *from, int64_t n);
void tg_text_fill(TgText *text, char c, int64_t n);
void tg_text_printf(TgText *text, const char *format, ...) __attribute__((format(printf, 2, 3)));
void tg_text_free(TgText *text);

/* All pieces in order, no newline at the end (print adds one, see tgrt_print). A value piece's
   index counts into values, a str argument's into arg_texts. */
void tg_format_pieces(TgText *out, const TgPiece *pieces, int64_t n, const TgTensor *values,
                      const char *const *arg_texts);
void tg_format_tensor(TgText *out,
                      const TgTensor *tensor); /* by PyTorch's rules, without "tensor(…)" */
/* each element by spec, brackets and line breaks as above, nothing left out. given 0: as
   tg_format_tensor. type 0 without digits: the element by the tensor's rules for a scalar, then
   padded; with digits: Python's untyped format */
void tg_format_elements(TgText *out, const TgTensor *tensor, const TgPiece *spec);
void tg_format_text(TgText *out, const TgPiece *spec, const char *text,
                    int64_t n); /* width, align, digits cut */
void tg_format_double(TgText *out, const TgPiece *spec,
                      double value); /* e f g % and untyped with digits */
void tg_format_int(TgText *out, const TgPiece *spec,
                   int64_t value); /* d x c, and the float types */

int64_t tg_count(const TgTensor *tensor); /* number of elements */
int64_t tg_dtype_bytes(int64_t dtype);
const char *tg_dtype_name(int64_t dtype); /* "f32" */
int tg_dtype_is_float(int64_t dtype);
double tg_get_double(const TgTensor *tensor, int64_t i); /* element i, row-major, any type */
int64_t tg_get_int(const TgTensor *tensor, int64_t i); /* bool and integers; floats are truncated */

float tg_f16_to_f32(uint16_t h);
uint16_t tg_f32_to_f16(float f);  /* to nearest even, as the compiled code does */
uint16_t tg_f64_to_f16(double d); /* one rounding */
float tg_bf16_to_f32(uint16_t h);
uint16_t tg_f32_to_bf16(float f);
uint16_t tg_f64_to_bf16(double d);

#endif
