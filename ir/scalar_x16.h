/* scalar_x16.h: sixteen lanes, as clang vectors. The same names as scalar_one.h; masks are integer
   vectors of 0 and -1, as wide as what was compared. */
#ifndef TGC_IR_SCALAR_X16_H
#define TGC_IR_SCALAR_X16_H

#define SC_VECTOR(name, type) typedef type name __attribute__((ext_vector_type(16)));
SC_VECTOR(sc_u8, uint8_t)
SC_VECTOR(sc_u16, uint16_t)
SC_VECTOR(sc_i32, int32_t)
SC_VECTOR(sc_u32, uint32_t)
SC_VECTOR(sc_i64, long) /* as comparing f64 gives */
SC_VECTOR(sc_u64, unsigned long)
SC_VECTOR(sc_f32, float)
SC_VECTOR(sc_f64, double)
SC_VECTOR(sc_f16, _Float16)
typedef __typeof__((sc_u8)(0) == (sc_u8)(0)) sc_m8;
typedef __typeof__((sc_f32)(0) == (sc_f32)(0)) sc_m32;
typedef __typeof__((sc_f64)(0) == (sc_f64)(0)) sc_m64;

#define SC_TO(type, x) __builtin_convertvector((x), type)
#define SC_SELECT(mask, x, y) ((mask) ? (x) : (y))
#define SC_NOT(mask) (~(mask))
#define SC_ANY(mask) (__builtin_reduce_or(mask) != 0)
#define SC_BOOL(mask) (SC_TO(sc_u8, (mask)) & (sc_u8)1)
#define SC_MASK8(bool) (-SC_TO(sc_m8, (bool)))
#define SC_MASK32(bool) (-SC_TO(sc_m32, (bool)))
#define SC_MASK64(bool) (-SC_TO(sc_m64, (bool)))
#define SC_M64_OF_M32(mask) SC_TO(sc_m64, mask)
#define SC_M32_OF_M64(mask) SC_TO(sc_m32, mask)

SC_FN sc_i32 s_bits(sc_f32 x) {
    return (sc_i32)x;
}
SC_FN sc_f32 s_float(sc_i32 x) {
    return (sc_f32)x;
}
SC_FN sc_i64 d_bits(sc_f64 x) {
    return (sc_i64)x;
}
SC_FN sc_f64 d_float(sc_i64 x) {
    return (sc_f64)x;
}
SC_FN sc_f32 s_fma(sc_f32 a, sc_f32 b, sc_f32 c) {
    return __builtin_elementwise_fma(a, b, c);
}
SC_FN sc_f64 d_fma(sc_f64 a, sc_f64 b, sc_f64 c) {
    return __builtin_elementwise_fma(a, b, c);
}
SC_FN sc_f32 s_sqrt(sc_f32 a) {
    return __builtin_elementwise_sqrt(a);
}
SC_FN sc_f64 d_sqrt(sc_f64 a) {
    return __builtin_elementwise_sqrt(a);
}
SC_FN sc_f32 s_floor(sc_f32 a) {
    return __builtin_elementwise_floor(a);
}
SC_FN sc_f64 d_floor(sc_f64 a) {
    return __builtin_elementwise_floor(a);
}
SC_FN sc_f32 s_ceil(sc_f32 a) {
    return __builtin_elementwise_ceil(a);
}
SC_FN sc_f64 d_ceil(sc_f64 a) {
    return __builtin_elementwise_ceil(a);
}
SC_FN sc_f32 s_trunc(sc_f32 a) {
    return __builtin_elementwise_trunc(a);
}
SC_FN sc_f64 d_trunc(sc_f64 a) {
    return __builtin_elementwise_trunc(a);
}
SC_FN sc_f32 s_round(sc_f32 a) {
    return __builtin_elementwise_rint(a);
}
SC_FN sc_f64 d_round(sc_f64 a) {
    return __builtin_elementwise_rint(a);
}

#endif
