/* scalar_special.h: f64: the error function's and the gamma function's families. Coefficients are
 * Chebyshev or minimax fits. */
#ifndef TGC_IR_SCALAR_SPECIAL_H
#define TGC_IR_SCALAR_SPECIAL_H

static const double d_erf_coefficients[] = {
    /* (erf(x) / x - 2 / sqrt(pi)) / z, z = x^2 <= 0.7225 */
    -0.3761263890318375,     0.11283791670954774,    -0.026866170645032533,   0.0052239776240624106,
    -0.0008548326911313155,  0.00012055327243765332, -1.4925457623404947e-05, 1.645779486428075e-06,
    -1.6301661555618353e-07, 1.4196115595823521e-08, -8.853098508944237e-10,
};
static const double d_erfcx_coefficients[] = {
    /* what (1 + 2 x) erfcx(x) is over t, without its first, over t */
    -0.09840267820700056,    -0.005582033487048928,   0.027763787692076575,
    -0.019544073391333017,   0.008438519799088896,    -0.0023389137135086417,
    0.00029640439087324914,  5.6158420670165626e-05,  -2.978796478343248e-05,
    1.2010424066221104e-06,  1.973072987559915e-06,   -2.8412696749661155e-07,
    -1.396346632855487e-07,  2.9782086889593225e-08,  1.1946677249395716e-08,
    -2.6619742167931625e-09, -1.2305997614998563e-09, 2.0342835225066969e-10,
    1.3897259657889484e-10,  -9.785768815210161e-12,  -1.456202953675307e-11,
    -3.915766539040489e-13,  9.906925191790892e-13,   1.035947127026115e-13,
};
static const double d_lgamma_coefficients[] = {
    /* lgamma(x) / ((x - 1) (x - 2)) over x - 2 */
    0.42278433509846713,     -0.10031730167435392,    0.03296500062115583,
    -0.012384192193371038,   0.004998641164697176,    -0.0021081308339671347,
    0.0009153769222580459,   -0.000405707397257618,   0.00018255263893318132,
    -8.30951294385275e-05,   3.81688910777123e-05,    -1.7661651717757542e-05,
    8.222176284085957e-06,   -3.847454638539412e-06,  1.8081707112591225e-06,
    -8.524724847142307e-07,  4.034779932322155e-07,   -1.9294644382653655e-07,
    9.184727299586606e-08,   -4.1039410908133404e-08, 1.9598224545887634e-08,
    -1.3356469556165446e-08, 6.4340474171170495e-09,  9.849156305952999e-10,
    -4.928665205470492e-10,  -2.6977201552657587e-09, 1.311580769368583e-09,
    7.708683039254055e-10,   -3.757748036671072e-10,  -2.1929033871615188e-10,
    1.0669069443730467e-10,
};

#define D_TWO_OVER_ROOT_PI D(1.1283791670955126)
#define D_TWO_OVER_ROOT_PI_LO D(1.533545961316588e-17)

/* erf(a) for 0 <= a < 0.85 */
SC_FN sc_pair d_erf_near(sc_f64 a) {
    sc_f64 z = a * a;
    sc_pair p = d_two_product(a, D_TWO_OVER_ROOT_PI);
    p.lo = p.lo + a * d_fma(z, d_poly(z, d_erf_coefficients, 11), D_TWO_OVER_ROOT_PI_LO);
    return p;
}

/* (1 + 2 b) e^(b^2) erfc(b) for 0.8 <= b <= 28, over q = (b - 3) / (b + 3) */
SC_FN sc_pair d_erfcx_fit(sc_f64 b) {
    sc_f64 q = (b - D(3.0)) / (b + D(3.0));
    sc_f64 t = d_fma(q, D(1.4436274509803921), D(-0.1642156862745098));
    return d_fast_two_sum(D(1.23713753991247),
                          d_fma(t, d_poly(t, d_erfcx_coefficients, 24), D(5.1688780601888686e-17)));
}

/* e^(a^2) erfc(a) for a >= 0.8: the fit up to 28, beyond a series */
SC_FN sc_f64 d_erfcx_far(sc_f64 a) {
    sc_f64 b = SC_SELECT(a > D(28.0), D(28.0), a);
    sc_f64 near = d_divide_pairs(d_erfcx_fit(b), d_two_sum(b + b, D(1.0)));
    sc_f64 r = D(1.0) / a;
    sc_f64 z = r * r;
    sc_f64 series = d_fma(z, d_fma(z, d_fma(z, D(-1.875), D(0.75)), D(-0.5)), D(1.0));
    return SC_SELECT(a > D(28.0), D(0.5641895835477563) * r * series, near);
}

SC_FN sc_f64 d_erfc_far(sc_f64 a) {
    sc_f64 b = SC_SELECT(a > D(28.0), D(28.0), a);
    sc_pair z = d_two_product(b, b);
    sc_pair fit = d_erfcx_fit(b);
    sc_f64 e = d_exp_pair(-z.hi, -z.lo, 0);
    sc_pair top = d_two_product(e, fit.hi);
    top.lo = d_fma(e, fit.lo, top.lo);
    return d_divide_pairs(top, d_two_sum(b + b, D(1.0)));
}

SC_FN sc_f64 d_erf(sc_f64 x) {
    sc_f64 a = d_abs(x);
    sc_m64 small = a < D(0.85);
    sc_pair near = d_erf_near(SC_SELECT(small, a, D(0.0)));
    sc_f64 far = D(1.0) - d_erfc_far(SC_SELECT(small, D(1.0), a));
    sc_f64 y = SC_SELECT(small, near.hi + near.lo, far);
    return d_copysign(y, x);
}

SC_FN sc_f64 d_erfc(sc_f64 x) {
    sc_f64 a = d_abs(x);
    sc_m64 small = a < D(0.8);
    sc_pair near = d_erf_near(SC_SELECT(small, a, D(0.0)));
    sc_pair one = d_two_sum(D(1.0), -d_copysign(near.hi, x));
    sc_f64 far = d_erfc_far(SC_SELECT(small, D(1.0), a));
    sc_f64 y = SC_SELECT(x < D(0.0), D(2.0) - far, far);
    y = SC_SELECT(small, one.hi + (one.lo - d_copysign(D(1.0), x) * near.lo), y);
    return SC_SELECT(x != x, x, y);
}

SC_FN sc_f64 d_erfcx(sc_f64 x) {
    sc_f64 a = d_abs(x);
    sc_pair z = d_two_product(x, x);
    sc_f64 y = d_exp_pair(SC_SELECT(a < D(30.0), z.hi, D(900.0)),
                          SC_SELECT(a < D(30.0), z.lo, D(0.0)), 0) *
               d_erfc(x);
    return SC_SELECT(x != x, x,
                     SC_SELECT(x >= D(0.8), d_erfcx_far(SC_SELECT(x >= D(0.8), x, D(1.0))), y));
}

/* one step of Halley's method on erf(y) = a, by erfc where a is near 1 */
SC_FN sc_f64 d_erfinv_step(sc_f64 y, sc_f64 a) {
    sc_f64 f = SC_SELECT(a < D(0.7), d_erf(y) - a, (D(1.0) - a) - d_erfc(y));
    sc_f64 u = f * D(0.886226925452758) * d_exp(y * y);
    return y - u / (D(1.0) + y * u);
}

SC_FN sc_f64 d_erfinv(sc_f64 x) {
    sc_f64 a = d_abs(x);
    sc_f64 b = SC_SELECT(a < D(1.0), a, D(0.5));
    sc_f64 l = SC_SELECT(b < D(0.5), d_log1p(-(b * b)), d_log((D(1.0) - b) * (D(1.0) + b)));
    sc_f64 t =
        d_fma(l, D(0.5), D(4.330746750799873)); /* Winitzki's approximation, to 0.2 percent */
    sc_f64 m = l * D(-6.802721088435374);
    sc_f64 y = d_sqrt(m / (d_sqrt(d_fma(t, t, m)) + t));
    y = SC_SELECT(b < D(1e-5), b * D(0.886226925452758), y);
    y = d_erfinv_step(d_erfinv_step(y, b), b);
    y = SC_SELECT(a == D(1.0), D_INF, SC_SELECT(a < D(1e-9), a * D(0.886226925452758), y));
    return SC_SELECT(a <= D(1.0), d_copysign(y, x), D_NAN);
}

/* ---- gamma ---- */
static const double d_stirling_coefficients[] = {
    /* log gamma's, over 1/x^2, times 1/x */
    0.08333333333333333,    -0.002777777777777778, 0.0007936507936507937,
    -0.0005952380952380953, 0.0008417508417508417, -0.0019175269175269176,
    0.00641025641025641,    -0.029550653594771242, 0.17964437236883057,
};
static const double d_digamma_coefficients[] = {
    /* over 1/x^2, times 1/x^2 */
    0.08333333333333333,  -0.008333333333333333, 0.003968253968253968, -0.004166666666666667,
    0.007575757575757576, -0.021092796092796094, 0.08333333333333333,  -0.4432598039215686,
};

/* log gamma(y) for y > 0: a fit on [1, 3), recurrence below 8, Stirling's series above */
SC_FN sc_f64 d_lgamma_positive(sc_f64 y) {
    sc_m64 below = y < D(1.0), above = y >= D(8.0);
    sc_f64 r = SC_SELECT(below, y + D(1.0), SC_SELECT(above, D(2.0), y)), p = D(1.0);
    SC_UNROLL
    for (int i = 0; i < 5; i++) {
        sc_m64 down = r >= D(3.0);
        r = SC_SELECT(down, r - D(1.0), r);
        p = SC_SELECT(down, p * r, p);
    }
    sc_f64 r1 = SC_SELECT(below, y, r - D(1.0));
    sc_f64 near = r1 * (r1 - D(1.0)) * d_poly(r - D(2.0), d_lgamma_coefficients, 31);
    sc_pair l = d_log_precise(SC_SELECT(below | above, y, p));
    near = near + SC_SELECT(below, -l.hi, l.hi);
    sc_f64 v = D(1.0) / y;
    sc_f64 series = D(0.4189385332046728) + v * d_poly(v * v, d_stirling_coefficients, 9);
    sc_pair q = d_two_product(y - D(0.5), l.hi - D(1.0));
    sc_f64 far = q.hi + (d_fma(y, l.lo, q.lo) + series);
    far = SC_SELECT(y > D(1e300), (y - D(0.5)) * (l.hi - D(1.0)), far);
    return SC_SELECT(above, far, near);
}

SC_FN sc_f64 d_lgamma(sc_f64 x) {
    sc_f64 a = d_abs(x);
    sc_f64 p = d_lgamma_positive(a);
    sc_f64 mirrored = D(1.1447298858494002) - d_log(a * d_abs(d_sinpi(a))) - p;
    mirrored = SC_SELECT(a < D(1e-20), -d_log(a), mirrored);
    sc_f64 y = SC_SELECT(x < D(0.0), mirrored, p);
    y = SC_SELECT((x <= D(0.0)) & (d_trunc(x) == x), D_INF, y);
    return SC_SELECT(x != x, x, SC_SELECT(a == D_INF, D_INF, y));
}

SC_FN sc_f64 d_digamma_positive(sc_f64 y) {
    sc_f64 sum = D(0.0);
    for (int i = 0; i < 10; i++) {
        sc_m64 up = y < D(10.0);
        sum = SC_SELECT(up, sum - D(1.0) / y, sum);
        y = SC_SELECT(up, y + D(1.0), y);
    }
    sc_f64 v = D(1.0) / y;
    sc_f64 z = v * v;
    return sum + (d_log(y) - d_fma(z, d_poly(z, d_digamma_coefficients, 8), D(0.5) * v));
}

SC_FN sc_f64 d_digamma(sc_f64 x) {
    sc_m64 mirror = x < D(0.0);
    sc_f64 y = d_digamma_positive(SC_SELECT(mirror, D(1.0) - x, x));
    sc_angle a = d_reduce_turns(x);
    sc_f64 cotangent = d_sin_of(a, a.quadrant + DI(1)) / d_sin_of(a, a.quadrant);
    y = SC_SELECT(mirror, y - D(3.141592653589793) * cotangent, y);
    y = SC_SELECT(mirror & (d_trunc(x) == x), D_NAN, y);
    y = SC_SELECT(x == D(0.0), d_copysign(D_INF, -x), y);
    return SC_SELECT((x != x) | (x == D_INF), x, y);
}

SC_FN sc_f64 d_power_of(sc_f64 x, sc_i64 e) { /* e >= 0 */
    sc_f64 y = D(1.0);
    while (SC_ANY(e > DI(0))) {
        y = SC_SELECT((e & DI(1)) != DI(0), y * x, y);
        x = x * x;
        e = (sc_i64)((sc_u64)e >> 1);
    }
    return y;
}

static const double d_zeta_coefficients[] = {
    /* Bernoulli(2 j) / (2 j)! */
    0.08333333333333333,   -0.001388888888888889,  3.306878306878307e-05,  -8.267195767195768e-07,
    2.08767569878681e-08,  -5.284190138687493e-10, 1.3382536530684679e-11, -3.3896802963225827e-13,
    8.586062056277845e-15, -2.174868698558062e-16,
};

/* the sum of (q + k)^-s over k >= 0 for a whole s >= 2, by Euler and Maclaurin's formula */
SC_FN sc_f64 d_zeta(sc_f64 s, sc_f64 q) {
    sc_i64 e = d_to_i64(s);
    sc_f64 a = SC_SELECT(q < D(-1000.0), D_NAN, q), sum = D(0.0);
    while (SC_ANY(a < D(10.0))) {
        sc_m64 up = a < D(10.0);
        sum = SC_SELECT(up, sum + d_power_of(D(1.0) / a, e), sum);
        a = SC_SELECT(up, a + D(1.0), a);
    }
    sc_f64 v = D(1.0) / a;
    sc_f64 p = d_power_of(v, e);
    sum = sum + (p * a / (s - D(1.0)) + D(0.5) * p);
    sc_f64 factor = s * v * p;
    SC_UNROLL
    for (int j = 0; j < 10; j++) {
        sum = sum + D(d_zeta_coefficients[j]) * factor;
        sc_f64 k = s + D(2.0 * j + 1.0);
        factor = factor * k * (k + D(1.0)) * v * v;
    }
    return sum;
}

SC_FN sc_f64 d_polygamma(sc_f64 n, sc_f64 x) {
    sc_m64 none = n == D(0.0);
    sc_f64 order = SC_SELECT((n >= D(1.0)) & (n < D(100.0)), n, D(1.0));
    sc_f64 y = d_exp(d_lgamma_positive(order + D(1.0))) * d_zeta(order + D(1.0), x);
    sc_f64 half = order * D(0.5);
    y = SC_SELECT(d_trunc(half) == half, -y, y);
    y = SC_SELECT(none, d_digamma(x), y);
    return SC_SELECT(none | ((n >= D(1.0)) & (n < D(100.0)) & (d_trunc(n) == n)), y, D_NAN);
}

#endif
