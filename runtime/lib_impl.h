/* lib_impl.h: elements of any type, and sorting, for the files of lib.h. */
#ifndef TGC_RUNTIME_LIB_IMPL_H
#define TGC_RUNTIME_LIB_IMPL_H

#include "runtime/lib.h"
#include "runtime/print.h"

static inline int lib_is_float(const TgTensor *t) {
    return t->dtype >= TG_F16;
}

static inline float lib_get32(const TgTensor *t, int64_t i) {
    switch (t->dtype) {
    case TG_F16:
        return tg_f16_to_f32(((const uint16_t *)t->data)[i]);
    case TG_BF16:
        return tg_bf16_to_f32(((const uint16_t *)t->data)[i]);
    case TG_F32:
        return ((const float *)t->data)[i];
    default:
        return (float)((const double *)t->data)[i];
    }
}

/* a float element, exactly */
static inline double lib_get64(const TgTensor *t, int64_t i) {
    return t->dtype == TG_F64 ? ((const double *)t->data)[i] : lib_get32(t, i);
}

static inline void lib_set32(TgTensor *t, int64_t i, float x) {
    switch (t->dtype) {
    case TG_F16:
        ((uint16_t *)t->data)[i] = tg_f32_to_f16(x);
        break;
    case TG_BF16:
        ((uint16_t *)t->data)[i] = tg_f32_to_bf16(x);
        break;
    case TG_F32:
        ((float *)t->data)[i] = x;
        break;
    default:
        ((double *)t->data)[i] = x;
        break;
    }
}

static inline void lib_set64(TgTensor *t, int64_t i, double x) {
    if (t->dtype == TG_F64)
        ((double *)t->data)[i] = x;
    else
        lib_set32(t, i, (float)x);
}

static inline int64_t lib_get_int(const TgTensor *t, int64_t i) {
    switch (t->dtype) {
    case TG_I32:
        return ((const int32_t *)t->data)[i];
    case TG_I64:
        return ((const int64_t *)t->data)[i];
    default:
        return ((const uint8_t *)t->data)[i];
    }
}

static inline void lib_set_int(TgTensor *t, int64_t i, int64_t x) {
    switch (t->dtype) {
    case TG_BOOL:
        ((uint8_t *)t->data)[i] = x != 0;
        break;
    case TG_U8:
        ((uint8_t *)t->data)[i] = (uint8_t)x;
        break;
    case TG_I32:
        ((int32_t *)t->data)[i] = (int32_t)x;
        break;
    default:
        ((int64_t *)t->data)[i] = x;
        break;
    }
}

static inline int lib_is_nan(const TgTensor *t, int64_t i) {
    return lib_is_float(t) && lib_get64(t, i) != lib_get64(t, i);
}

/* -1, 0, 1; nan is neither less nor more */
static inline int lib_compare(const TgTensor *t, int64_t i, int64_t j) {
    if (lib_is_float(t)) {
        double a = lib_get64(t, i), b = lib_get64(t, j);
        return (a > b) - (a < b);
    }
    int64_t a = lib_get_int(t, i), b = lib_get_int(t, j);
    return (a > b) - (a < b);
}

/* sorts by key, equal ones in the order given; spare is as long as at */
typedef struct LibKeyed LibKeyed;
struct LibKeyed {
    uint64_t key;
    int64_t place;
};
void lib_sort_keyed(LibKeyed *at, LibKeyed *spare, int64_t n);

#endif
