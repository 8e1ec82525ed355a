/* scalar_trig.h: f64: trigonometric functions and their inverses. Arguments are reduced by Cody and
   Waite's method in three steps with their errors kept, beyond D_TRIG_FAST by Payne and Hanek's,
   one lane after the other. Kernels are fdlibm's. */
#ifndef TGC_IR_SCALAR_TRIG_H
#define TGC_IR_SCALAR_TRIG_H

/* x = quadrant * pi/2 + (hi + lo) */
typedef struct sc_angle sc_angle;
struct sc_angle {
    sc_f64 hi, lo;
    sc_i64 quadrant; /* its low two bits count */
};

#define D_TRIG_FAST 1e6

/* 2/pi: 64 bits a word */
static const uint64_t sc_two_over_pi[] = {
    0xa2f9836e4e441529, 0xfc2757d1f534ddc0, 0xdb6295993c439041, 0xfe5163abdebbc561,
    0xb7246e3a424dd2e0, 0x06492eea09d1921c, 0xfe1deb1cb129a73e, 0xe88235f52ebb4484,
    0xe99c7026b45f7e41, 0x3991d639835339f4, 0x9c845f8bbdf9283b, 0x1ff897ffde05980f,
    0xef2f118b5a0a6d1f, 0x6d367ecf27cb09b7, 0x4f463f669e5fea2d, 0x7527bac7ebe5f17b,
    0x3d0739f78a5292ea, 0x6bfb5fb11f8d5d08, 0x56033046fc7b6bab, 0xf0cfbc209af4361d,
};

/* 64 bits of 2/pi from bit number `at` on; bits before the first are 0 */
static uint64_t sc_two_over_pi_bits(int at) {
    if (at <= -64) return 0;
    if (at < 0) return sc_two_over_pi[0] >> -at;
    int word = at / 64, shift = at % 64;
    uint64_t high = sc_two_over_pi[word] << shift;
    return shift ? high | sc_two_over_pi[word + 1] >> (64 - shift) : high;
}

/* a times b, its high 64 bits */
static uint64_t sc_multiply_high(uint64_t a, uint64_t b) {
    uint64_t al = a & 0xffffffff, ah = a >> 32, bl = b & 0xffffffff, bh = b >> 32;
    uint64_t mid = ah * bl + (al * bl >> 32), mid2 = al * bh + (mid & 0xffffffff);
    return ah * bh + (mid >> 32) + (mid2 >> 32);
}

/* |x| = m * 2^e with an integer m of 53 bits; the product of m and 192 bits of 2/pi, where bits
   worth 4 or more are left out: the top two bits are the quadrant, the rest the fraction of pi/2 */
static double sc_reduce_slowly(double x, double *lo, int64_t *quadrant) {
    union {
        double f;
        uint64_t i;
    } u = {x}, two64 = {18446744073709551616.0};
    int e = (int)(u.i >> 52 & 0x7ff) - 1075;
    uint64_t m = (u.i & 0xfffffffffffff) | 0x10000000000000;
    int at = e - 2; /* the first bit of 2/pi whose product with m's lowest is below 4 */
    uint64_t a = sc_two_over_pi_bits(at), b = sc_two_over_pi_bits(at + 64),
             c = sc_two_over_pi_bits(at + 128);
    uint64_t p2 = m * c, carry = sc_multiply_high(m, c);
    uint64_t p1 = m * b + carry;
    carry = sc_multiply_high(m, b) + (p1 < carry);
    uint64_t p0 = m * a + carry; /* p0 p1 p2: the product modulo 2^192 */
    int64_t q = (int64_t)(p0 >> 62);
    uint64_t high = p0 << 2 | p1 >> 62, low = p1 << 2 | p2 >> 62;
    int negative = (int)(high >> 63); /* more than half: count down from the next quadrant */
    if (negative) {
        q++;
        low = ~low + 1;
        high = ~high + (low == 0);
    }
    /* (high, low) / 2^128 in two doubles, then times pi/2 */
    double h = (double)(high >> 11 << 11) / two64.f;
    double l = ((double)(high & 0x7ff) + (double)low / two64.f) / two64.f;
    double r = h + l;
    double rest = (h - r) + l;
    double y = r * 1.5707963267948966;
    double tail = __builtin_fma(r, 1.5707963267948966, -y) +
                  (r * 6.123233995736766e-17 + rest * 1.5707963267948966);
    double hi = y + tail;
    double sign = (u.i >> 63 != 0) != (negative != 0) ? -1.0 : 1.0;
    *lo = sign * ((y - hi) + tail);
    *quadrant = u.i >> 63 ? -q : q;
    return sign * hi;
}

#if SC_LANES == 1
static __attribute__((noinline, unused)) void sc_reduce_slow_lanes(const sc_f64 *x, sc_angle *r) {
    if (__builtin_fabs(*x) > D_TRIG_FAST && *x - *x == 0)
        r->hi = sc_reduce_slowly(*x, &r->lo, &r->quadrant);
}
#else
static __attribute__((noinline, unused)) void sc_reduce_slow_lanes(const sc_f64 *x, sc_angle *r) {
    for (int i = 0; i < SC_LANES; i++) {
        double one = (*x)[i], lo;
        int64_t quadrant;
        if (!(__builtin_fabs(one) > D_TRIG_FAST && one - one == 0)) continue;
        r->hi[i] = sc_reduce_slowly(one, &lo, &quadrant);
        r->lo[i] = lo;
        r->quadrant[i] = quadrant;
    }
}
#endif

SC_FN sc_angle d_reduce(sc_f64 x) {
    sc_f64 t = d_fma(x, D(6.36619772367581382433e-01), D_MAGIC);
    sc_f64 n = t - D_MAGIC;
    sc_f64 r = d_fma(-n, D(1.57079632673412561417e+00), x); /* the parts have 33 bits: all exact */
    sc_pair a = d_two_sum(r, -n * D(6.07710050630396597660e-11));
    sc_pair b = d_two_sum(a.hi, -n * D(2.02226624871116645580e-21));
    sc_pair c = d_fast_two_sum(b.hi, (a.lo + b.lo) - n * D(8.47842766036889956997e-32));
    sc_angle y = {c.hi, c.lo, d_bits(t) - D_MAGIC_BITS};
    if (SC_ANY(d_abs(x) > D(D_TRIG_FAST))) {
        sc_f64 from = x;
        sc_angle to = y;
        sc_reduce_slow_lanes(&from, &to);
        y = to;
    }
    return y;
}

/* x = quadrant / 2 + r, the angle is pi r */
SC_FN sc_angle d_reduce_turns(sc_f64 x) {
    sc_f64 n = d_round(x + x); /* x is whole where this is more than 2^53 */
    sc_f64 r = d_fma(n, D(-0.5), x);
    sc_f64 m = d_fma(d_floor(n * D(0.25)), D(-4.0), n);
    sc_pair p = d_two_product(r, D(3.141592653589793));
    sc_angle y = {p.hi, d_fma(r, D(1.2246467991473532e-16), p.lo),
                  d_bits(m + D_MAGIC) - D_MAGIC_BITS};
    return y;
}

static const double d_sin_coefficients[] = {
    8.33333333332248946124e-03,  -1.98412698298579493134e-04, 2.75573137070700676789e-06,
    -2.50507602534068634195e-08, 1.58969099521155010221e-10,
};
static const double d_cos_coefficients[] = {
    4.16666666666666019037e-02,  -1.38888888888741095749e-03, 2.48015872894767294178e-05,
    -2.75573143513906633035e-07, 2.08757232129817482790e-09,  -1.13596475577881948265e-11,
};

SC_FN sc_pair d_sin_kernel(sc_angle a) {
    sc_f64 z = a.hi * a.hi, v = z * a.hi;
    sc_f64 r = d_poly(z, d_sin_coefficients, 5);
    sc_pair y = {a.hi, (v * D(-1.66666666666666324348e-01)) - (z * (D(0.5) * a.lo - v * r) - a.lo)};
    return y;
}

SC_FN sc_pair d_cos_kernel(sc_angle a) {
    sc_f64 z = a.hi * a.hi, h = D(0.5) * z;
    sc_f64 w = D(1.0) - h;
    sc_pair y = {w, ((D(1.0) - w) - h) + (z * z * d_poly(z, d_cos_coefficients, 6) - a.hi * a.lo)};
    return y;
}

SC_FN sc_f64 d_sin_of(sc_angle a, sc_i64 quadrant) {
    sc_pair s = d_sin_kernel(a), c = d_cos_kernel(a);
    sc_f64 y = SC_SELECT((quadrant & DI(1)) != DI(0), c.hi + c.lo, s.hi + s.lo);
    return SC_SELECT((quadrant & DI(2)) != DI(0), -y, y);
}

SC_FN sc_f64 d_sin(sc_f64 x) {
    sc_angle a = d_reduce(x);
    sc_f64 y = SC_SELECT(d_abs(x) < D(1e-8), x, d_sin_of(a, a.quadrant));
    return SC_SELECT(d_isfinite(x), y, D_NAN);
}

SC_FN sc_f64 d_cos(sc_f64 x) {
    sc_angle a = d_reduce(x);
    return SC_SELECT(d_isfinite(x), d_sin_of(a, a.quadrant + DI(1)), D_NAN);
}

SC_FN sc_f64 d_tan(sc_f64 x) {
    sc_angle a = d_reduce(x);
    sc_pair s = d_sin_kernel(a), c = d_cos_kernel(a);
    s = d_fast_two_sum(s.hi, s.lo);
    c = d_fast_two_sum(c.hi, c.lo);
    sc_m64 odd = (a.quadrant & DI(1)) != DI(0);
    sc_f64 top = SC_SELECT(odd, -c.hi, s.hi), top_lo = SC_SELECT(odd, -c.lo, s.lo);
    sc_f64 bottom = SC_SELECT(odd, s.hi, c.hi), bottom_lo = SC_SELECT(odd, s.lo, c.lo);
    sc_f64 q = top / bottom;
    q = q + (d_fma(-q, bottom, top) + (top_lo - q * bottom_lo)) / bottom;
    q = SC_SELECT(d_abs(x) < D(1e-8), x, q);
    return SC_SELECT(d_isfinite(x), q, D_NAN);
}

SC_FN sc_f64 d_sinpi(sc_f64 x) {
    sc_angle a = d_reduce_turns(x);
    return d_sin_of(a, a.quadrant);
}

SC_FN sc_f64 d_sinc(sc_f64 x) { /* sin(pi x) / (pi x) */
    sc_f64 y = d_sinpi(x) / (x * D(3.141592653589793));
    y = SC_SELECT(d_isinf(x), D(0.0), y);
    return SC_SELECT(d_abs(x) < D(1e-9), D(1.0), y);
}

/* ---- inverses ---- */
#define D_HALF_PI D(1.5707963267948966)
#define D_HALF_PI_LO D(6.123233995736766e-17)

static const double d_asin_top[] = {
    1.66666666666666657415e-01,  -3.25565818622400915405e-01, 2.01212532134862925881e-01,
    -4.00555345006794114027e-02, 7.91534994289814532176e-04,  3.47933107596021167570e-05,
};
static const double d_asin_bottom[] = {
    1.0,
    -2.40339491173441421878e+00,
    2.02094576023350569471e+00,
    -6.88283971605453293030e-01,
    7.70381505559019352791e-02,
};

/* (asin(s) - s) / s for z = s^2 <= 1/4 */
SC_FN sc_f64 d_asin_rest(sc_f64 z) {
    return z * d_poly(z, d_asin_top, 6) / d_poly(z, d_asin_bottom, 5);
}

/* for |x| >= 1/2: s = sqrt((1 - |x|) / 2) and what its rounding lost; else s = |x| */
typedef struct sc_halved sc_halved;
struct sc_halved {
    sc_m64 large;
    sc_f64 s, s_lo, rest; /* rest: asin(s) - s */
};

SC_FN sc_halved d_asin_halve(sc_f64 a) {
    sc_halved h;
    h.large = a >= D(0.5);
    sc_f64 z = SC_SELECT(h.large, D(0.5) * (D(1.0) - a), a * a);
    sc_f64 root = d_sqrt(z);
    h.s = SC_SELECT(h.large, root, a);
    h.s_lo = SC_SELECT(h.large & (root > D(0.0)), d_fma(-root, root, z) / (root + root), D(0.0));
    h.rest = h.s * d_asin_rest(z);
    return h;
}

SC_FN sc_f64 d_asin(sc_f64 x) {
    sc_halved h = d_asin_halve(d_abs(x));
    sc_pair q = d_fast_two_sum(D_HALF_PI, -(h.s + h.s));
    sc_f64 large = q.hi + (q.lo + (D_HALF_PI_LO - D(2.0) * (h.rest + h.s_lo)));
    sc_f64 y = SC_SELECT(h.large, large, h.s + h.rest);
    return SC_SELECT(d_abs(x) <= D(1.0), d_copysign(y, x), D_NAN);
}

SC_FN sc_f64 d_acos(sc_f64 x) {
    sc_f64 a = d_abs(x);
    sc_halved h = d_asin_halve(a);
    sc_f64 rest = h.rest + h.s_lo;
    sc_f64 near = D(2.0) * (h.s + rest);
    sc_pair q = d_fast_two_sum(D_HALF_PI, -h.s);
    sc_f64 far = D(2.0) * (q.hi + (q.lo + (D_HALF_PI_LO - rest)));
    sc_f64 large = SC_SELECT(x > D(0.0), near, far);
    sc_pair m = d_fast_two_sum(D_HALF_PI, -x);
    sc_f64 small = m.hi + (m.lo + (D_HALF_PI_LO - d_copysign(h.rest, x)));
    return SC_SELECT(a <= D(1.0), SC_SELECT(h.large, large, small), D_NAN);
}

static const double d_atan_coefficients[] = {
    3.33333333333329318027e-01,  -1.99999999998764832476e-01, 1.42857142725034663711e-01,
    -1.11111104054623557880e-01, 9.09088713343650656196e-02,  -7.69187620504482999495e-02,
    6.66107313738753120669e-02,  -5.83357013379057348645e-02, 4.97687799461593236017e-02,
    -3.65315727442169155270e-02, 1.62858201153657823623e-02,
};

/* atan(top / bottom) + base for a quotient within 7/16; low: what is known of the quotient's own
 * error */
SC_FN sc_f64 d_atan_near(sc_f64 top, sc_f64 bottom, sc_f64 base, sc_f64 base_lo) {
    sc_f64 q = top / bottom;
    sc_f64 q_lo = d_fma(-q, bottom, top) / bottom;
    sc_f64 z = q * q;
    sc_f64 rest = q * (z * d_poly(z, d_atan_coefficients, 11));
    sc_pair s = d_two_sum(base, q);
    return s.hi + (s.lo + (q_lo + base_lo - rest));
}

/* atan(y / x) for y, x >= 0, not both 0, at an angle at most pi/4 beyond which the caller mirrors
 */
SC_FN sc_f64 d_atan_octant(sc_f64 y, sc_f64 x, sc_f64 base_hi, sc_f64 base_lo, sc_m64 down) {
    sc_m64 middle = y > x * D(0.4375); /* atan(y/x) = atan(1/2) + atan((2y - x) / (2x + y)) */
    sc_f64 top = SC_SELECT(middle, (y + y) - x, y);
    sc_f64 bottom = SC_SELECT(middle, (x + x) + y, x);
    sc_f64 half = SC_SELECT(middle, D(4.63647609000806093515e-01), D(0.0));
    sc_f64 half_lo = SC_SELECT(middle, D(2.26987774529616870924e-17), D(0.0));
    sc_pair b = d_two_sum(base_hi, SC_SELECT(down, -half, half));
    sc_f64 lo = b.lo + base_lo + SC_SELECT(down, -half_lo, half_lo);
    return d_atan_near(SC_SELECT(down, -top, top), bottom, b.hi, lo);
}

SC_FN sc_f64 d_atan(sc_f64 x) {
    sc_f64 a = d_abs(x);
    sc_m64 swap = a > D(1.0);
    sc_f64 big = SC_SELECT(a > D(1e18), D(1e18), a);
    sc_f64 y = d_atan_octant(SC_SELECT(swap, D(1.0), a), SC_SELECT(swap, big, D(1.0)),
                             SC_SELECT(swap, D_HALF_PI, D(0.0)),
                             SC_SELECT(swap, D_HALF_PI_LO, D(0.0)), swap);
    y = SC_SELECT(a < D(1e-8), a, y);
    return d_copysign(y, x);
}

SC_FN sc_f64 d_atan2(sc_f64 y, sc_f64 x) {
    sc_f64 a = d_abs(y), b = d_abs(x);
    sc_f64 m = d_maximum(a, b);
    sc_f64 down = SC_SELECT(m > D(1e300), D(9.332636185032189e-302),
                            SC_SELECT(m < D(1e-290), D(1.0715086071862673e+301), D(1.0)));
    sc_m64 both = (a == D_INF) & (b == D_INF);
    sc_f64 p = SC_SELECT(both, D(1.0), a * down), q = SC_SELECT(both, D(1.0), b * down);
    sc_m64 none = (a == D(0.0)) & (b == D(0.0));
    q = SC_SELECT(none, D(1.0), q);
    sc_m64 swap = p > q, left = d_signbit(x);
    sc_f64 top = SC_SELECT(swap, q, p), bottom = SC_SELECT(swap, p, q);
    top = SC_SELECT(bottom == D_INF, D(0.0), top);
    bottom = SC_SELECT(bottom == D_INF, D(1.0), bottom);
    sc_f64 turns = SC_SELECT(swap, D(1.0), SC_SELECT(left, D(2.0), D(0.0))); /* of pi/2 */
    sc_f64 r = d_atan_octant(top, bottom, turns * D_HALF_PI, turns * D_HALF_PI_LO, swap ^ left);
    sc_f64 tiny = top / bottom; /* keeps subnormal quotients */
    r = SC_SELECT((turns == D(0.0)) & (tiny < D(1e-8)), a * down / (b * down), r);
    r = SC_SELECT(none, turns * D_HALF_PI,
                  SC_SELECT((turns == D(0.0)) & (b == D_INF) & (a < D_INF), D(0.0), r));
    r = SC_SELECT((x != x) | (y != y), D_NAN, r);
    return d_copysign(r, y);
}

#endif
