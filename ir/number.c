/* number.c: single numbers as a type stores them, converted by the same helpers as everywhere
   (scalar_base.h). */
#include "ir/number.h"

#include <string.h>

#define SC_LANES 1
#define SC_FN static inline __attribute__((always_inline, unused))
#include "ir/scalar_one.h"
#include "ir/scalar_base.h"

void number_store(DType dtype, double value, void *to) {
    int64_t whole = d_to_i64(value);
    float single = (float)value;
    uint16_t half = (uint16_t)(dtype == DT_f16 ? sc_to_f16(single) : sc_to_bf16(single));
    switch (dtype) {
    case DT_bool:
        *(uint8_t *)to = value != 0;
        return;
    case DT_u8:
        *(uint8_t *)to = d_to_u8(value);
        return;
    case DT_i32:
        *(int32_t *)to = d_to_i32(value);
        return;
    case DT_i64:
        *(int64_t *)to = whole;
        return;
    case DT_f16:
    case DT_bf16:
        *(uint16_t *)to = half;
        return;
    case DT_f32:
        *(float *)to = single;
        return;
    case DT_f64:
        *(double *)to = value;
        return;
    case DT_COUNT:
        break;
    }
    die("no type %d", (int)dtype);
}

double number_load(DType dtype, const void *from) {
    switch (dtype) {
    case DT_bool:
    case DT_u8:
        return *(const uint8_t *)from;
    case DT_i32:
        return *(const int32_t *)from;
    case DT_i64:
        return (double)*(const int64_t *)from;
    case DT_f16:
        return sc_of_f16(*(const uint16_t *)from);
    case DT_bf16:
        return sc_of_bf16(*(const uint16_t *)from);
    case DT_f32:
        return *(const float *)from;
    case DT_f64:
        return *(const double *)from;
    case DT_COUNT:
        break;
    }
    die("no type %d", (int)dtype);
}

void number_store_int(DType dtype, int64_t value, void *to) {
    if (dtype == DT_i64)
        *(int64_t *)to = value;
    else
        number_store(dtype, (double)value, to);
}

int64_t number_load_int(DType dtype, const void *from) {
    return dtype == DT_i64 ? *(const int64_t *)from : (int64_t)number_load(dtype, from);
}
