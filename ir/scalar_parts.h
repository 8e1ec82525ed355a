/* scalar_parts.h: what a float is made of: its neighbour, its exponent and its mantissa, both
 * widths. */
#ifndef TGC_IR_SCALAR_PARTS_H
#define TGC_IR_SCALAR_PARTS_H

/* SMALL is the least normal number, UP 2 to the power of ADD, MBITS the mantissa's, BIAS that of an
 * exponent for [0.5, 1) */
#define SC_DEFINE_PARTS(p, T, M, IT, C, CI, SIGN, INF, NAN_, SMALL, UP, ADD, MBITS, BIAS)          \
    SC_FN T p##_nextafter(T a, T b) {                                                              \
        IT bits = p##_bits(a);                                                                     \
        IT next = bits + SC_SELECT((b > a) == (a > C(0.0)), CI(1), CI(-1));                        \
        IT least = CI(1) | (p##_bits(b) & SIGN);                                                   \
        T y = p##_float(SC_SELECT(a == C(0.0), least, next));                                      \
        y = SC_SELECT(a == b, b, y);                                                               \
        return SC_SELECT((a != a) | (b != b), NAN_, y);                                            \
    }                                                                                              \
    SC_FN M p##_has_parts(T a) {                                                                   \
        return (a != C(0.0)) & (p##_abs(a) < INF);                                                 \
    }                                                                                              \
    SC_FN T p##_exponent(T a) {                                                                    \
        M tiny = p##_abs(a) < SMALL;                                                               \
        IT bits = p##_bits(p##_abs(SC_SELECT(tiny, a * UP, a)));                                   \
        IT e = (bits >> CI(MBITS)) - CI(BIAS) - SC_SELECT(tiny, CI(ADD), CI(0));                   \
        return SC_SELECT(p##_has_parts(a), SC_TO(T, e), C(0.0));                                   \
    }                                                                                              \
    SC_FN T p##_mantissa(T a) {                                                                    \
        M tiny = p##_abs(a) < SMALL;                                                               \
        IT bits = p##_bits(SC_SELECT(tiny, a * UP, a));                                            \
        IT kept = bits & (SIGN | ((CI(1) << CI(MBITS)) - CI(1)));                                  \
        T y = p##_float(kept | (CI(BIAS) << CI(MBITS)));                                           \
        return SC_SELECT(p##_has_parts(a), y, a);                                                  \
    }

SC_DEFINE_PARTS(s, sc_f32, sc_m32, sc_i32, S, SI, SI_SIGN, S_INF, S_NAN, S(0x1p-126), S(0x1p25), 25,
                23, 126)
SC_DEFINE_PARTS(d, sc_f64, sc_m64, sc_i64, D, DI, DI_SIGN, D_INF, D_NAN, D(0x1p-1022), D(0x1p54),
                54, 52, 1022)

#endif
