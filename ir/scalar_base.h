/* scalar_base.h: what every type has: selection, comparison's helpers, extremes, signs, rounding to
   f16 and bf16, casts. s_ is f32, d_ f64, u8_ i32_ i64_ the integers. Written once for one lane and
   sixteen. */
#ifndef TGC_IR_SCALAR_BASE_H
#define TGC_IR_SCALAR_BASE_H

#define S(x) ((sc_f32)(x##f)) /* a constant in every lane */
#define D(x) ((sc_f64)(x))
#define SI(x) ((sc_i32)(x))
#define DI(x) ((sc_i64)(x))

#define S_INF s_float(SI(0x7f800000))
#define D_INF d_float(DI(0x7ff0000000000000))
#define S_NAN s_float(SI(0x7fc00000))
#define D_NAN d_float(DI(0x7ff8000000000000))
#define SI_SIGN SI(INT32_MIN)
#define DI_SIGN DI(INT64_MIN)

/* ---- selection by a bool ---- */
#define SC_DEFINE_SELECT(p, type, mask)                                                            \
    SC_FN type p##_select(sc_u8 c, type x, type y) {                                               \
        return SC_SELECT(mask(c), x, y);                                                           \
    }
SC_DEFINE_SELECT(u8, sc_u8, SC_MASK8)
SC_DEFINE_SELECT(i32, sc_i32, SC_MASK32)
SC_DEFINE_SELECT(i64, sc_i64, SC_MASK64)
SC_DEFINE_SELECT(s, sc_f32, SC_MASK32)
SC_DEFINE_SELECT(d, sc_f64, SC_MASK64)

/* ---- floats: everything that is the same text for both widths ---- */
/* Never select between what copysign gives and one of its operands: LLVM 19 makes a wrong masked
   vpternlog of that on AVX-512. Select first. */
#define SC_DEFINE_FLOAT(p, T, M, C, CI, SIGN, INF, NAN_, EXP0, MBITS, QBITS, STEP)                 \
    SC_FN M p##_isnan(T a) {                                                                       \
        return a != a;                                                                             \
    }                                                                                              \
    SC_FN T p##_abs(T a) {                                                                         \
        return p##_float(p##_bits(a) & ~SIGN);                                                     \
    }                                                                                              \
    SC_FN M p##_isinf(T a) {                                                                       \
        return p##_abs(a) == INF;                                                                  \
    }                                                                                              \
    SC_FN M p##_isfinite(T a) {                                                                    \
        return p##_abs(a) < INF;                                                                   \
    }                                                                                              \
    SC_FN M p##_signbit(T a) {                                                                     \
        return p##_bits(a) < CI(0);                                                                \
    }                                                                                              \
    SC_FN T p##_copysign(T a, T b) {                                                               \
        return p##_float((p##_bits(a) & ~SIGN) | (p##_bits(b) & SIGN));                            \
    }                                                                                              \
    SC_FN T p##_with_sign(T a, T b) { /* copysign for rows, whatever users select it with */       \
        return p##_abs(a) * SC_SELECT(p##_signbit(b), C(-1.0), C(1.0));                            \
    }                                                                                              \
    SC_FN T p##_sign(T a) { /* 0 of nan, as PyTorch */                                             \
        return SC_SELECT(a > C(0.0), C(1.0), SC_SELECT(a < C(0.0), C(-1.0), C(0.0)));              \
    }                                                                                              \
    SC_FN T p##_maximum(T a, T b) {                                                                \
        return SC_SELECT((a > b) | (a != a), a, b);                                                \
    }                                                                                              \
    SC_FN T p##_minimum(T a, T b) {                                                                \
        return SC_SELECT((a < b) | (a != a), a, b);                                                \
    }                                                                                              \
    SC_FN T p##_fmax(T a, T b) {                                                                   \
        return SC_SELECT((a >= b) | (b != b), a, b);                                               \
    }                                                                                              \
    SC_FN T p##_fmin(T a, T b) {                                                                   \
        return SC_SELECT((a <= b) | (b != b), a, b);                                               \
    }                                                                                              \
    SC_FN T p##_relu(T a) {                                                                        \
        return SC_SELECT((a > C(0.0)) | (a != a), a, C(0.0));                                      \
    }                                                                                              \
    SC_FN T p##_clamp(T a, T lo, T hi) {                                                           \
        return p##_minimum(p##_maximum(a, lo), hi);                                                \
    }                                                                                              \
    SC_FN T p##_frac(T a) {                                                                        \
        return a - p##_trunc(a);                                                                   \
    }                                                                                              \
    SC_FN T p##_heaviside(T a, T b) {                                                              \
        return SC_SELECT(a == C(0.0), b, SC_SELECT(a > C(0.0), C(1.0), C(0.0)));                   \
    }                                                                                              \
    SC_FN T p##_rsqrt(T a) {                                                                       \
        return C(1.0) / p##_sqrt(a);                                                               \
    }                                                                                              \
    SC_FN M p##_zero_divisor(T b) {                                                                \
        return (b != b) & (b == b);                                                                \
    } /* never: floats do not stop */                                                              \
    /* exact: each round takes off the divisor times a power of two, some bits of the quotient at  \
     * once */                                                                                     \
    SC_FN T p##_fmod(T a, T b) {                                                                   \
        T r = p##_abs(a);                                                                          \
        T d = p##_abs(b);                                                                          \
        M special = SC_NOT((r < INF) & (d > C(0.0))); /* nan too */                                \
        r = SC_SELECT(special, C(0.0), r);                                                         \
        d = SC_SELECT(special | SC_NOT(d == d), C(1.0), d);                                        \
        while (SC_ANY(r >= d)) {                                                                   \
            T t = d;                                                                               \
            T high = r * p##_float(CI(EXP0) - (CI(QBITS) << CI(MBITS))); /* r / 2^QBITS */         \
            while (SC_ANY(t < high)) t = SC_SELECT(t < high, t * C(STEP), t);                      \
            T n = p##_fma(-p##_trunc(r / t), t, r); /* in a lane that is done, perhaps nan */      \
            r = SC_SELECT(r >= d, SC_SELECT(n < C(0.0), n + t, n), r);                             \
        }                                                                                          \
        r = p##_copysign(r, a);                                                                    \
        return SC_SELECT(special | (b != b), SC_SELECT((b != b), b, NAN_), r);                     \
    }                                                                                              \
    SC_FN T p##_remainder(T a, T b) {                                                              \
        T r = p##_fmod(a, b);                                                                      \
        return SC_SELECT((r != C(0.0)) & ((b < C(0.0)) ^ (r < C(0.0))), r + b, r);                 \
    }                                                                                              \
    SC_FN T p##_floordiv(                                                                          \
        T a, T b) { /* as Python and PyTorch: from the remainder, so never one too many */         \
        T m = p##_fmod(a, b);                                                                      \
        T q = (a - m) / b;                                                                         \
        q = SC_SELECT((m != C(0.0)) & ((b < C(0.0)) ^ (m < C(0.0))), q - C(1.0), q);               \
        T f = p##_floor(q);                                                                        \
        f = SC_SELECT(q - f > C(0.5), f + C(1.0), f);                                              \
        f = SC_SELECT(q == C(0.0), p##_copysign(C(0.0), a / b), f);                                \
        return SC_SELECT(b == C(0.0), a / b, f);                                                   \
    }
SC_DEFINE_FLOAT(s, sc_f32, sc_m32, S, SI, SI_SIGN, S_INF, S_NAN, 0x3f800000, 23, 20, 1048576.0)
SC_DEFINE_FLOAT(d, sc_f64, sc_m64, D, DI, DI_SIGN, D_INF, D_NAN, 0x3ff0000000000000, 52, 50,
                1125899906842624.0)

/* ---- rounding to 16-bit floats, to nearest even; nan stays nan ---- */
SC_FN sc_i32 sc_to_bf16(sc_f32 x) {
    sc_i32 b = s_bits(x);
    sc_i32 up = b + SI(0x7fff) + ((b >> SI(16)) & SI(1));
    sc_i32 nan = b | SI(0x400000);
    return (SC_SELECT(x != x, nan, up) >> SI(16)) & SI(0xffff);
}

SC_FN sc_f32 sc_of_bf16(sc_i32 h) {
    return s_float(h << SI(16));
}

/* f16: scaling brings the subnormals' place to the f32 rounding's; the add of a magic number then
 * rounds */
SC_FN sc_i32 sc_to_f16(sc_f32 x) {
    sc_i32 sign = (s_bits(x) >> SI(16)) & SI(0x8000);
    sc_f32 a = s_abs(x);
    sc_i32 b = s_bits(a);
    sc_i32 normal = (b + SI(0xfff) + ((b >> SI(13)) & SI(1)) - (SI(112) << SI(23))) >> SI(13);
    sc_i32 small =
        s_bits(a + S(0.5)) - SI(0x3f000000); /* ulp of 0.5 is 2^-24, f16's smallest step */
    sc_i32 out = SC_SELECT(a < S(6.103515625e-05), small, normal);
    out = SC_SELECT(a >= S(65520.0), SI(0x7c00), out);
    out = SC_SELECT(x != x, SI(0x7e00) | ((b >> SI(13)) & SI(0x3ff)), out);
    return sign | out;
}

SC_FN sc_f32 sc_of_f16(sc_i32 h) {
    sc_i32 sign = (h & SI(0x8000)) << SI(16);
    sc_i32 body = h & SI(0x7fff);
    sc_i32 normal = (body << SI(13)) + (SI(112) << SI(23));
    sc_i32 special = (body << SI(13)) | SI(0x7f800000);
    sc_i32 small = s_bits(SC_TO(sc_f32, body) * S(5.9604644775390625e-08));
    sc_i32 out = SC_SELECT(body < SI(0x400), small, SC_SELECT(body >= SI(0x7c00), special, normal));
    return s_float(sign | out);
}

SC_FN sc_f32 sc_round_bf16(sc_f32 x) {
    return sc_of_bf16(sc_to_bf16(x));
}

/* to and from storage; vectors leave f16 to the hardware's conversion, which gives the same bits */
SC_FN sc_f32 sc_load_bf16(sc_u16 h) {
    return sc_of_bf16(SC_TO(sc_i32, h));
}
SC_FN sc_u16 sc_store_bf16(sc_f32 x) {
    return SC_TO(sc_u16, sc_to_bf16(x));
}
#if SC_LANES == 1
SC_FN sc_f32 sc_load_f16(sc_u16 h) {
    return sc_of_f16(SC_TO(sc_i32, h));
}
SC_FN sc_u16 sc_store_f16(sc_f32 x) {
    return SC_TO(sc_u16, sc_to_f16(x));
}
#else
SC_FN sc_f32 sc_load_f16(sc_u16 h) {
    return SC_TO(sc_f32, (sc_f16)h);
}
SC_FN sc_u16 sc_store_f16(sc_f32 x) {
    return (sc_u16)SC_TO(sc_f16, x);
}
#endif

/* ---- casts of floats to integers: truncated, limited to the range, nan gives 0 ---- */
SC_FN sc_i32 s_to_i32(sc_f32 x) {
    sc_m32 inside = s_abs(x) < S(2147483648.0);
    sc_i32 limit = SC_SELECT(x > S(0.0), SI(INT32_MAX), SI(INT32_MIN));
    sc_i32 y = SC_TO(sc_i32, SC_SELECT(inside, x, S(0.0)));
    return SC_SELECT(inside | (x != x), y, limit);
}

SC_FN sc_i32 d_to_i32(sc_f64 x) {
    sc_m64 high = x >= D(2147483647.0);
    sc_m64 low = x <= D(-2147483648.0);
    sc_f64 y = SC_SELECT(high, D(2147483647.0), SC_SELECT(low, D(-2147483648.0), x));
    return SC_TO(sc_i32, SC_SELECT(x != x, D(0.0), y));
}

SC_FN sc_i64 d_to_i64(sc_f64 x) {
    sc_m64 inside = d_abs(x) < D(9223372036854775808.0);
    sc_i64 limit = SC_SELECT(x > D(0.0), DI(INT64_MAX), DI(INT64_MIN));
    sc_i64 y = SC_TO(sc_i64, SC_SELECT(inside, x, D(0.0)));
    return SC_SELECT(inside | (x != x), y, limit);
}

SC_FN sc_i64 s_to_i64(sc_f32 x) {
    return d_to_i64(SC_TO(sc_f64, x));
}

SC_FN sc_u8 s_to_u8(sc_f32 x) {
    sc_f32 y = SC_SELECT(x > S(255.0), S(255.0), SC_SELECT(x > S(0.0), x, S(0.0)));
    return SC_TO(sc_u8, SC_TO(sc_i32, y));
}

SC_FN sc_u8 d_to_u8(sc_f64 x) {
    sc_f64 y = SC_SELECT(x > D(255.0), D(255.0), SC_SELECT(x > D(0.0), x, D(0.0)));
    return SC_TO(sc_u8, SC_TO(sc_i32, y));
}

#endif
