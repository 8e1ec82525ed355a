/* print.c: growable text, pieces, and the elements of tensors in any type. Takes TgTensors and
   TgPieces, gives text. Needs nothing but abi.h and the C library (tgc links it too). */
#include "runtime/print.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void text_reserve(TgText *text, int64_t more) {
    if (text->n + more + 1 <= text->cap) return;
    int64_t cap = text->cap ? text->cap : 128;
    while (cap < text->n + more + 1) cap *= 2;
    char *grown = realloc(text->at, (size_t)cap);
    if (!grown) {
        fputs("out of memory while printing\n", stderr);
        abort();
    }
    text->at = grown;
    text->cap = cap;
}

void tg_text_put(TgText *text, const char *from, int64_t n) {
    text_reserve(text, n);
    if (n) memcpy(text->at + text->n, from, (size_t)n);
    text->n += n;
    text->at[text->n] = 0;
}

void tg_text_fill(TgText *text, char c, int64_t n) {
    if (n <= 0) return;
    text_reserve(text, n);
    memset(text->at + text->n, c, (size_t)n);
    text->n += n;
    text->at[text->n] = 0;
}

void tg_text_printf(TgText *text, const char *format, ...) {
    va_list args, again;
    va_start(args, format);
    va_copy(again, args);
    int n = vsnprintf(NULL, 0, format, args);
    va_end(args);
    text_reserve(text, n);
    vsnprintf(text->at + text->n, (size_t)n + 1, format, again);
    va_end(again);
    text->n += n;
}

void tg_text_free(TgText *text) {
    free(text->at);
    *text = (TgText){0};
}

void tg_format_pieces(TgText *out, const TgPiece *pieces, int64_t n, const TgTensor *values,
                      const char *const *arg_texts) {
    for (int64_t i = 0; i < n; i++) {
        const TgPiece *p = &pieces[i];
        if (p->kind == 0) {
            tg_text_put(out, p->text, p->length);
        } else if (p->kind == 1) {
            tg_format_elements(out, &values[p->index], p);
        } else if (p->kind > 2) {
            int holds = tg_get_int(&values[p->index], 0) != 0;
            if (holds != (p->kind == 3)) i += p->length;
        } else {
            const char *text = arg_texts[p->index];
            tg_format_text(out, p, text, (int64_t)strlen(text));
        }
    }
}

/* ---- elements ---- */

/* dtype numbers as in ir/type.h: name, bytes, is a float */
#define TG_DTYPES(X)                                                                               \
    X(bool, 1, 0)                                                                                  \
    X(u8, 1, 0) X(i32, 4, 0) X(i64, 8, 0) X(f16, 2, 1) X(bf16, 2, 1) X(f32, 4, 1) X(f64, 8, 1)
enum {
#define X(name, bytes, is_float) TG_##name,
    TG_DTYPES(X)
#undef X
};

int64_t tg_dtype_bytes(int64_t dtype) {
    static const uint8_t table[] = {
#define X(name, bytes, is_float) bytes,
        TG_DTYPES(X)
#undef X
    };
    return table[dtype];
}

const char *tg_dtype_name(int64_t dtype) {
    static const char *const table[] = {
#define X(name, bytes, is_float) #name,
        TG_DTYPES(X)
#undef X
    };
    return dtype < 0 ? "str" : table[dtype];
}

int tg_dtype_is_float(int64_t dtype) {
    return dtype >= TG_f16;
}

int64_t tg_count(const TgTensor *tensor) {
    int64_t n = 1;
    for (int64_t i = 0; i < tensor->rank; i++) n *= tensor->dims[i];
    return n;
}

double tg_get_double(const TgTensor *t, int64_t i) {
    switch (t->dtype) {
    case TG_f16:
        return tg_f16_to_f32(((const uint16_t *)t->data)[i]);
    case TG_bf16:
        return tg_bf16_to_f32(((const uint16_t *)t->data)[i]);
    case TG_f32:
        return ((const float *)t->data)[i];
    case TG_f64:
        return ((const double *)t->data)[i];
    default:
        return (double)tg_get_int(t, i);
    }
}

int64_t tg_get_int(const TgTensor *t, int64_t i) {
    switch (t->dtype) {
    case TG_bool:
    case TG_u8:
        return ((const uint8_t *)t->data)[i];
    case TG_i32:
        return ((const int32_t *)t->data)[i];
    case TG_i64:
        return ((const int64_t *)t->data)[i];
    default:
        break;
    }
    double d = tg_get_double(t, i);
    if (d != d) return 0;
    return d >= 9223372036854775808.0    ? INT64_MAX
           : d <= -9223372036854775808.0 ? INT64_MIN
                                         : (int64_t)d;
}

/* ---- 16-bit floats ---- */

static uint32_t bits_of(float f) {
    uint32_t u;
    memcpy(&u, &f, sizeof u);
    return u;
}

static float float_of(uint32_t u) {
    float f;
    memcpy(&f, &u, sizeof f);
    return f;
}

float tg_f16_to_f32(uint16_t h) {
    uint32_t sign = (uint32_t)(h & 0x8000) << 16, exponent = (h >> 10) & 31, mantissa = h & 1023;
    if (exponent == 31) return float_of(sign | 0x7f800000 | mantissa << 13);
    if (exponent) return float_of(sign | (exponent + 112) << 23 | mantissa << 13);
    float tiny = (float)mantissa * 0x1p-24f; /* zero or subnormal: exact */
    return sign ? -tiny : tiny;
}

/* d rounded to nearest even at `step`, a power of two: exact steps in f64 since 53 > 11 bits + 1 */
uint16_t tg_f64_to_f16(double d) {
    uint64_t u;
    memcpy(&u, &d, sizeof u);
    uint16_t sign = (uint16_t)(u >> 48 & 0x8000);
    int exponent = (int)(u >> 52 & 2047) - 1023;
    uint64_t mantissa = u & 0xfffffffffffff;
    if (exponent == 1024)
        return sign | 0x7c00 | (mantissa ? 0x200 | (uint16_t)(mantissa >> 42) : 0);
    if (exponent > 15) return sign | 0x7c00;
    if (exponent < -25) return sign;
    mantissa |= (uint64_t)1 << 52;
    int drop = exponent >= -14 ? 42 : 42 + (-14 - exponent); /* bits below the last kept one */
    uint64_t kept = mantissa >> drop, rest = mantissa & (((uint64_t)1 << drop) - 1),
             half = (uint64_t)1 << (drop - 1);
    if (rest > half || (rest == half && (kept & 1))) kept++;
    if (exponent >= -14)
        kept += (uint64_t)(exponent + 14) << 10; /* the implicit bit adds one more */
    return sign | (uint16_t)kept;
}

uint16_t tg_f32_to_f16(float f) {
    return tg_f64_to_f16(f);
}

float tg_bf16_to_f32(uint16_t h) {
    return float_of((uint32_t)h << 16);
}

uint16_t tg_f32_to_bf16(float f) {
    uint32_t u = bits_of(f);
    if (f != f) return (uint16_t)(u >> 16 | 0x40);
    return (uint16_t)((u + 0x7fff + (u >> 16 & 1)) >> 16);
}

uint16_t tg_f64_to_bf16(double d) {
    /* round to f32 towards odd first, so that the second rounding sees every bit */
    float f = (float)d;
    if (f != f || (double)f == d || f - f != 0) return tg_f32_to_bf16(f);
    uint32_t u = bits_of(f);
    double back = f;
    if (!(u & 1)) u += (back < d) == (d > 0) ? 1 : (uint32_t)-1;
    return tg_f32_to_bf16(float_of(u));
}
