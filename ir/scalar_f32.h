/* scalar_f32.h: f32. The functions that training meets are computed in f32; the rare ones in f64
   and rounded. Errors are below 2 units in the last place. */
#ifndef TGC_IR_SCALAR_F32_H
#define TGC_IR_SCALAR_F32_H

#define S_MAGIC S(12582912.0) /* 1.5 * 2^23 */
#define S_MAGIC_BITS SI(0x4b400000)
#define S_LN2_HI S(0.693359375)
#define S_LN2_LO S(-2.12194440e-4)

SC_FN sc_f32 s_poly(sc_f32 x, const float *c, int n) {
    sc_f32 y = (sc_f32)(c[n - 1]);
    SC_UNROLL
    for (int i = n - 2; i >= 0; i--) y = s_fma(y, x, (sc_f32)(c[i]));
    return y;
}

SC_FN sc_f32 s_pow2(sc_i32 k) {
    return s_float((k + SI(127)) << SI(23));
} /* -126 <= k <= 127 */

SC_FN sc_f32 s_scale(sc_f32 y, sc_i32 k) {
    sc_i32 half = k >> SI(1);
    return y * s_pow2(half) * s_pow2(k - half);
}

/* ---- exponentials ---- */
static const float s_exp_coefficients[] = {0.5f,           0.166666672f,   0.041666463f,
                                           0.00833328534f, 0.00139338826f, 0.000199079645f};

SC_FN sc_f32 s_within(sc_f32 x, float most) {
    return SC_SELECT(x > (sc_f32)(most), (sc_f32)(most),
                     SC_SELECT(x < (sc_f32)(-most), (sc_f32)(-most), x));
}

SC_FN sc_f32 s_exp_scaled(sc_f32 x, int extra) {
    x = s_within(x, 110.0f);
    sc_f32 t = s_fma(x, S(1.44269504), S_MAGIC);
    sc_f32 k = t - S_MAGIC;
    sc_f32 r = s_fma(-k, S_LN2_LO, s_fma(-k, S_LN2_HI, x));
    sc_f32 y = s_fma(r * r, s_poly(r, s_exp_coefficients, 6), r) + S(1.0);
    return s_scale(y, s_bits(t) - S_MAGIC_BITS + SI(extra));
}

/* below -104 it is 0: said so, since a product that vanishes takes a processor a hundred cycles (masked attention) */
SC_FN sc_f32 s_exp(sc_f32 x) {
    sc_f32 y = s_exp_scaled(SC_SELECT(x < S(-104.0), S(0.0), x), 0);
    return SC_SELECT(x < S(-104.0), S(0.0), y);
}

SC_FN sc_f32 s_exp2(sc_f32 x) {
    x = s_within(x, 160.0f);
    sc_f32 t = x + S_MAGIC;
    sc_f32 r = x - (t - S_MAGIC);
    sc_f32 s = r * S(0.693147182);
    sc_f32 low = s_fma(r, S(0.693147182), -s) - r * S(1.90465421e-09);
    sc_f32 y = S(1.0) + (s + s_fma(s * s, s_poly(s, s_exp_coefficients, 6), low));
    return s_scale(y, s_bits(t) - S_MAGIC_BITS);
}

typedef struct sc_pair32 sc_pair32;
struct sc_pair32 {
    sc_f32 hi, lo;
};

SC_FN sc_pair32 s_expm1_pair(sc_f32 x) {
    sc_f32 y = SC_SELECT(x > S(110.0), S(110.0), SC_SELECT(x < S(-18.0), S(-18.0), x));
    sc_f32 t = s_fma(y, S(1.44269504), S_MAGIC);
    sc_f32 k = t - S_MAGIC;
    sc_i32 n = s_bits(t) - S_MAGIC_BITS;
    sc_f32 from = s_fma(-k, S_LN2_HI, y), by = -k * S_LN2_LO;
    sc_f32 r = from + by;
    sc_f32 rest = s_fma(r * r, s_poly(r, s_exp_coefficients, 6), (from - r) + by);
    sc_f32 one =
        SC_SELECT(k > S(100.0), S(1.0), S(1.0) - s_pow2(SC_SELECT(k > S(100.0), SI(0), -n)));
    sc_f32 sum = one + r, part = sum - one;
    sc_f32 low = ((one - (sum - part)) + (r - part)) + rest;
    sc_f32 hi = sum + low;
    sc_pair32 e = {s_scale(hi, n), s_scale((sum - hi) + low, n)};
    return e;
}

SC_FN sc_f32 s_expm1(sc_f32 x) {
    return SC_SELECT(x == S(0.0), x, s_expm1_pair(x).hi);
}

/* (a.hi + a.lo) / (b.hi + b.lo), nearly rounded once */
SC_FN sc_f32 s_divide_pairs(sc_pair32 a, sc_pair32 b) {
    sc_f32 r = S(1.0) / b.hi;
    sc_f32 q = a.hi * r;
    return s_fma(r, s_fma(-q, b.hi, a.hi) + s_fma(-q, b.lo, a.lo), q);
}

/* ---- logarithms ---- */
typedef struct sc_split32 sc_split32;
struct sc_split32 {
    sc_f32 k, f;
};

SC_FN sc_split32 s_split(sc_f32 x) {
    sc_m32 small = x < S(1.17549435e-38);
    sc_f32 y = SC_SELECT(small, x * S(33554432.0), x);
    sc_i32 e = (s_bits(y) - SI(0x3f3504f3)) >> SI(23);
    sc_split32 s;
    s.f = s_float(s_bits(y) - (e << SI(23))) - S(1.0);
    s.k = SC_TO(sc_f32, e) - SC_SELECT(small, S(25.0), S(0.0));
    return s;
}

SC_FN sc_f32 s_log_special(sc_f32 x, sc_f32 y) {
    y = SC_SELECT(x == S_INF, x, y);
    y = SC_SELECT(x == S(0.0), -S_INF, y);
    return SC_SELECT((x < S(0.0)) | (x != x), S_NAN, y);
}

static const float s_log_coefficients[] = {
    /* (log(1 + f) - f + f^2 / 2) / f^3 */
    0.333333105f,  -0.249999866f, 0.200022265f,  -0.16669251f,  0.142186642f,
    -0.123843588f, 0.118729457f,  -0.117897324f, 0.0691533685f,
};

/* log(1 + f) + low as a pair's sum: f is the larger part */
SC_FN sc_f32 s_log_rest(sc_f32 f, sc_f32 low) {
    sc_f32 z = f * f;
    return s_fma(z, s_fma(f, s_poly(f, s_log_coefficients, 9), S(-0.5)), low);
}

SC_FN sc_f32 s_log_ordinary(sc_f32 x, sc_f32 low) {
    sc_split32 s = s_split(x);
    sc_f32 rest = s_log_rest(s.f, s_fma(s.k, S_LN2_LO, low));
    return s_fma(s.k, S_LN2_HI, s.f + rest);
}

SC_FN sc_f32 s_log(sc_f32 x) {
    return s_log_special(x, s_log_ordinary(x, S(0.0)));
}

SC_FN sc_f32 s_log1p(sc_f32 x) {
    sc_f32 u = S(1.0) + x;
    sc_f32 t = u - S(1.0);
    sc_f32 low = (S(1.0) - (u - t)) + (x - t);
    sc_f32 y = s_log_ordinary(u, low / u);
    y = SC_SELECT(s_abs(x) < S(1e-12), x, y);
    y = SC_SELECT(x == S_INF, x, y);
    y = SC_SELECT(x == S(-1.0), -S_INF, y);
    return SC_SELECT((x < S(-1.0)) | (x != x), S_NAN, y);
}

SC_FN sc_f32 s_log2(sc_f32 x) {
    sc_split32 s = s_split(x);
    sc_f32 rest = s_log_rest(s.f, S(0.0));
    sc_f32 hi = s.f + rest;
    sc_f32 lo = (s.f - hi) + rest;
    sc_f32 p = hi * S(1.44269502);
    sc_f32 p_lo = s_fma(hi, S(1.44269502), -p) + s_fma(hi, S(1.92596299e-08), lo * S(1.44269502));
    sc_f32 y = s.k + p;
    return s_log_special(x, y + (((s.k - y) + p) + p_lo));
}

SC_FN sc_f32 s_log10(sc_f32 x) {
    sc_split32 s = s_split(x);
    sc_f32 rest = s_log_rest(s.f, S(0.0));
    sc_f32 hi = s.f + rest;
    sc_f32 lo = (s.f - hi) + rest;
    sc_f32 p = hi * S(0.434294492);
    sc_f32 p_lo =
        s_fma(hi, S(0.434294492), -p) + s_fma(hi, S(-1.00996697e-08), lo * S(0.434294492));
    sc_f32 q = s.k * S(0.301025391); /* 13 bits: exact */
    sc_f32 y = q + p;
    sc_f32 t = y - q;
    sc_f32 error = (q - (y - t)) + (p - t);
    return s_log_special(x, y + (error + s_fma(s.k, S(4.6050387e-06), p_lo)));
}

/* ---- trigonometry: x = k pi/2 + r by three fused steps; huge arguments go through f64 ---- */
static const float s_sin_coefficients[] = {-0.166666672f, 0.00833333191f, -0.000198400361f,
                                           2.72434886e-06f};
static const float s_cos_coefficients[] = {0.0416666679f, -0.00138888881f, 2.48005581e-05f,
                                           -2.72955759e-07f};
#define S_TRIG_FAST 100000.0f

SC_FN sc_f32 s_sin_shifted(sc_f32 x, int quarter) {
    sc_f32 t = s_fma(x, S(0.636619747), S_MAGIC);
    sc_f32 k = t - S_MAGIC;
    sc_f32 r = s_fma(-k, S(1.57079637), x);
    r = s_fma(-k, S(-4.37113883e-08), r);
    r = s_fma(-k, S(-1.71512489e-15), r);
    sc_i32 q = s_bits(t) + SI(quarter);
    sc_f32 z = r * r;
    sc_f32 s = s_fma(r * z, s_poly(z, s_sin_coefficients, 4), r);
    sc_f32 c = s_fma(z * z, s_poly(z, s_cos_coefficients, 4), s_fma(z, S(-0.5), S(1.0)));
    sc_f32 y = SC_SELECT((q & SI(1)) != SI(0), c, s);
    y = SC_SELECT((q & SI(2)) != SI(0), -y, y);
    if (SC_ANY(s_abs(x) > (sc_f32)(S_TRIG_FAST))) {
        sc_angle a = d_reduce(SC_TO(sc_f64, x));
        sc_f32 slow = SC_TO(sc_f32, d_sin_of(a, a.quadrant + DI(quarter)));
        y = SC_SELECT(s_abs(x) > (sc_f32)(S_TRIG_FAST), slow, y);
    }
    return SC_SELECT(s_isfinite(x), y, S_NAN);
}

SC_FN sc_f32 s_sin(sc_f32 x) {
    return SC_SELECT(x == S(0.0), x, s_sin_shifted(x, 0));
}

SC_FN sc_f32 s_cos(sc_f32 x) {
    return s_sin_shifted(x, 1);
}

/* ---- hyperbolic tangent and the logistic function ---- */
SC_FN sc_f32 s_tanh(sc_f32 x) {
    sc_f32 a = s_abs(x);
    sc_pair32 t = s_expm1_pair(SC_SELECT(a > S(10.0), S(20.0), a + a));
    sc_f32 sum = t.hi + S(2.0), part = sum - S(2.0);
    sc_pair32 d = {sum, (S(2.0) - (sum - part)) + (t.hi - part) + t.lo};
    sc_f32 y = SC_SELECT(a > S(10.0), S(1.0), s_divide_pairs(t, d));
    return s_copysign(y, x);
}

SC_FN sc_f32 s_sigmoid(sc_f32 x) {
    sc_f32 e = s_exp(-s_abs(x));
    sc_f32 d = S(1.0) + e;
    sc_pair32 top = {SC_SELECT(x >= S(0.0), S(1.0), e), S(0.0)}, bottom = {d, (S(1.0) - d) + e};
    return s_divide_pairs(top, bottom);
}

SC_FN sc_f32 s_logsigmoid(sc_f32 x) {
    return s_minimum(x, S(0.0)) - s_log1p(s_exp(-s_abs(x)));
}

SC_FN sc_f32 s_logaddexp(sc_f32 a, sc_f32 b) {
    sc_f32 m = s_maximum(a, b);
    sc_f32 y = m + s_log1p(s_exp(-s_abs(a - b)));
    return SC_SELECT(s_isinf(a) & (a == b), a, SC_SELECT(s_isinf(m), m, y));
}

/* ---- the error function: fits of erf(x) / x near 0 and of log(erfc(x)) beyond ---- */
static const float s_erf_coefficients[] = {
    /* erf(x) / x - 1 */
    0.128379107f,   -0.37612626f,     0.112836003f,    -0.0268544443f,
    0.00518953474f, -0.000802083698f, 7.88910693e-05f,
};
static const float s_log_erfc_coefficients[] = {
    0.000183464814f, -1.12955689f,    -0.633262396f,   -0.108372696f,
    0.0251791086f,   -0.00419366406f, 0.000439117255f, -2.14970532e-05f,
};

SC_FN sc_f32 s_erf(sc_f32 x) {
    sc_f32 a = s_abs(x);
    sc_f32 z = a * a;
    sc_f32 near = s_fma(a, s_poly(z, s_erf_coefficients, 7), a);
    sc_f32 b = SC_SELECT(a > S(4.0), S(4.0), a);
    sc_f32 far = S(1.0) - s_exp(s_poly(b, s_log_erfc_coefficients, 8));
    sc_f32 y = SC_SELECT(a < S(1.0), near, far);
    return s_copysign(y, x);
}

/* ---- through f64 ---- */
#define SC_WIDEN1(name)                                                                            \
    SC_FN sc_f32 s_##name(sc_f32 x) {                                                              \
        return SC_TO(sc_f32, d_##name(SC_TO(sc_f64, x)));                                          \
    }
SC_WIDEN1(tan)
SC_WIDEN1(asin)
SC_WIDEN1(acos)
SC_WIDEN1(atan)
SC_WIDEN1(sinh)
SC_WIDEN1(cosh)
SC_WIDEN1(asinh)
SC_WIDEN1(acosh)
SC_WIDEN1(atanh)
SC_WIDEN1(cbrt)
SC_WIDEN1(sinc)
SC_WIDEN1(erfc)
SC_WIDEN1(erfcx)
SC_WIDEN1(erfinv)
SC_WIDEN1(lgamma)
SC_WIDEN1(digamma)
SC_WIDEN1(i0)
SC_WIDEN1(i0e)
SC_WIDEN1(i1)
SC_WIDEN1(i1e)

#define SC_WIDEN2(name)                                                                            \
    SC_FN sc_f32 s_##name(sc_f32 x, sc_f32 y) {                                                    \
        return SC_TO(sc_f32, d_##name(SC_TO(sc_f64, x), SC_TO(sc_f64, y)));                        \
    }
SC_WIDEN2(atan2)
SC_WIDEN2(logaddexp2)
SC_WIDEN2(polygamma)

/* in f64 plain logarithms and squares are precise enough for f32 */
SC_FN sc_f32 s_pow(sc_f32 x, sc_f32 y) {
    sc_f64 l = d_log_pair(SC_TO(sc_f64, s_abs(x)), D(0.0), 0);
    return s_pow_special(x, y, SC_TO(sc_f32, d_exp_pair(SC_TO(sc_f64, y) * l, D(0.0), 0)));
}

SC_FN sc_f32 s_hypot(sc_f32 x, sc_f32 y) {
    sc_f64 a = SC_TO(sc_f64, x), b = SC_TO(sc_f64, y);
    sc_f32 r = SC_TO(sc_f32, d_sqrt(d_fma(a, a, b * b)));
    return SC_SELECT(s_isinf(x) | s_isinf(y), S_INF, r);
}

SC_FN sc_f32 s_xlogy(sc_f32 a, sc_f32 b) {
    return SC_SELECT((a == S(0.0)) & (b == b), S(0.0), a * s_log(b));
}
SC_FN sc_f32 s_xlog1py(sc_f32 a, sc_f32 b) {
    return SC_SELECT((a == S(0.0)) & (b == b), S(0.0), a * s_log1p(b));
}

#endif
