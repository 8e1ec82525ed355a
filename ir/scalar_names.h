/* scalar_names.h: the names that rows of ops.def use: sc_NAME chooses the function of the operand's type. */
#ifndef TGC_IR_SCALAR_NAMES_H
#define TGC_IR_SCALAR_NAMES_H

/* by a float, by an integer, by any number */
#define SC_F(name, x) _Generic((x), sc_f32: s_##name, sc_f64: d_##name)
#define SC_I(name, x) _Generic((x), sc_u8: u8_##name, sc_i32: i32_##name, sc_i64: i64_##name)
#define SC_N(name, x)                                                                              \
    _Generic((x),                                                                                  \
        sc_u8: u8_##name,                                                                          \
        sc_i32: i32_##name,                                                                        \
        sc_i64: i64_##name,                                                                        \
        sc_f32: s_##name,                                                                          \
        sc_f64: d_##name)

#define sc_select(c, x, y) SC_N(select, x)((c), (x), (y))
#define sc_fma(a, b, c) SC_N(fma, a)((a), (b), (c))
#define sc_floordiv(a, b) SC_N(floordiv, a)((a), (b))
#define sc_remainder(a, b) SC_N(remainder, a)((a), (b))
#define sc_fmod(a, b) SC_N(fmod, a)((a), (b))
#define sc_zero_divisor(b) SC_N(zero_divisor, b)(b)
#define sc_abs(a) SC_N(abs, a)(a)
#define sc_sign(a) SC_N(sign, a)(a)
#define sc_maximum(a, b) SC_N(maximum, a)((a), (b))
#define sc_minimum(a, b) SC_N(minimum, a)((a), (b))
#define sc_relu(a) SC_N(relu, a)(a)
#define sc_clamp(a, b, c) SC_N(clamp, a)((a), (b), (c))

#define sc_ipow(a, b) SC_I(ipow, a)((a), (b))
#define sc_negative(a) SC_I(negative, a)(a)
#define sc_left_shift(a, b) SC_I(left_shift, a)((a), (b))
#define sc_right_shift(a, b) SC_I(right_shift, a)((a), (b))
#define sc_gcd(a, b) SC_I(gcd, a)((a), (b))
#define sc_lcm(a, b) SC_I(lcm, a)((a), (b))

#define sc_sqrt(a) SC_F(sqrt, a)(a)
#define sc_rsqrt(a) SC_F(rsqrt, a)(a)
#define sc_floor(a) SC_F(floor, a)(a)
#define sc_ceil(a) SC_F(ceil, a)(a)
#define sc_round(a) SC_F(round, a)(a)
#define sc_trunc(a) SC_F(trunc, a)(a)
#define sc_frac(a) SC_F(frac, a)(a)
#define sc_fmax(a, b) SC_F(fmax, a)((a), (b))
#define sc_fmin(a, b) SC_F(fmin, a)((a), (b))
#define sc_copysign(a, b) SC_F(copysign, a)((a), (b))
#define sc_heaviside(a, b) SC_F(heaviside, a)((a), (b))
#define sc_isnan(a) SC_F(isnan, a)(a)
#define sc_isinf(a) SC_F(isinf, a)(a)
#define sc_isfinite(a) SC_F(isfinite, a)(a)
#define sc_signbit(a) SC_F(signbit, a)(a)

#endif
