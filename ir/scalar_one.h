/* scalar_one.h: one lane. The types, masks and primitives that the other scalar_*.h are written
 * with, as plain C. */
#ifndef TGC_IR_SCALAR_ONE_H
#define TGC_IR_SCALAR_ONE_H

typedef uint8_t sc_u8;
typedef uint16_t sc_u16;
typedef int32_t sc_i32;
typedef uint32_t sc_u32;
typedef int64_t sc_i64;
typedef uint64_t sc_u64;
typedef float sc_f32;
typedef double sc_f64;
typedef int sc_m8; /* what comparing two u8, i32 or f32, i64 or f64 gives */
typedef int sc_m32;
typedef int sc_m64;

#define SC_TO(type, x) ((type)(x))
#define SC_SELECT(mask, x, y) ((mask) ? (x) : (y))
#define SC_NOT(mask) (!(mask))
#define SC_ANY(mask) (mask)
#define SC_BOOL(mask) ((sc_u8)((mask) != 0))
#define SC_MASK8(bool) ((bool) != 0)
#define SC_MASK32(bool) ((bool) != 0)
#define SC_MASK64(bool) ((bool) != 0)
#define SC_M64_OF_M32(mask) (mask)
#define SC_M32_OF_M64(mask) (mask)

SC_FN sc_i32 s_bits(sc_f32 x) {
    union {
        float f;
        int32_t i;
    } u = {x};
    return u.i;
}

SC_FN sc_f32 s_float(sc_i32 x) {
    union {
        int32_t i;
        float f;
    } u = {x};
    return u.f;
}

SC_FN sc_i64 d_bits(sc_f64 x) {
    union {
        double f;
        int64_t i;
    } u = {x};
    return u.i;
}

SC_FN sc_f64 d_float(sc_i64 x) {
    union {
        int64_t i;
        double f;
    } u = {x};
    return u.f;
}

SC_FN sc_f32 s_fma(sc_f32 a, sc_f32 b, sc_f32 c) {
    return __builtin_fmaf(a, b, c);
}
SC_FN sc_f64 d_fma(sc_f64 a, sc_f64 b, sc_f64 c) {
    return __builtin_fma(a, b, c);
}
SC_FN sc_f32 s_sqrt(sc_f32 a) {
    return __builtin_sqrtf(a);
}
SC_FN sc_f64 d_sqrt(sc_f64 a) {
    return __builtin_sqrt(a);
}
SC_FN sc_f32 s_floor(sc_f32 a) {
    return __builtin_floorf(a);
}
SC_FN sc_f64 d_floor(sc_f64 a) {
    return __builtin_floor(a);
}
SC_FN sc_f32 s_ceil(sc_f32 a) {
    return __builtin_ceilf(a);
}
SC_FN sc_f64 d_ceil(sc_f64 a) {
    return __builtin_ceil(a);
}
SC_FN sc_f32 s_trunc(sc_f32 a) {
    return __builtin_truncf(a);
}
SC_FN sc_f64 d_trunc(sc_f64 a) {
    return __builtin_trunc(a);
}
SC_FN sc_f32 s_round(sc_f32 a) {
    return __builtin_rintf(a);
} /* half to even */
SC_FN sc_f64 d_round(sc_f64 a) {
    return __builtin_rint(a);
}

#endif
