/* test_ops.c: the pointwise rows of ops.def as the interpreter computes them: against correctly
   rounded values, against the C library in a wider type, and at special values. Integers:
   test_ops_whole.c. Compiled code gives the same bits (test_compiled_rows.c). */
#include <check.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "ir/eval_map.h"

enum { MOST_ULP = 2 };
#define PI 3.141592653589793

static double run64(Op op, double a, double b, double c) {
    double y;
    const void *in[] = {&a, &b, &c};
    const int64_t step[] = {1, 1, 1};
    map_loops[op][DT_f64](1, &y, in, step);
    return y;
}

static float run32(Op op, double a, double b, double c) {
    float x[] = {(float)a, (float)b, (float)c}, y;
    const void *in[] = {&x[0], &x[1], &x[2]};
    const int64_t step[] = {1, 1, 1};
    map_loops[op][DT_f32](1, &y, in, step);
    return y;
}

/* the distance in units of want's last place; bits: of the type's significand, lowest: its smallest
 * exponent */
static double ulps(double got, long double want, int bits, int lowest) {
    if (isnan(want) || isnan(got)) return isnan(want) && isnan(got) ? 0 : INFINITY;
    double near = bits == 24 ? (double)(float)want : (double)want;
    if (isinf(near) || isinf(got)) return near == got ? 0 : INFINITY;
    int exponent;
    frexpl(want, &exponent);
    if (exponent < lowest) exponent = lowest;
    return (double)(fabsl(got - want) / ldexpl(1, exponent - bits));
}

static double ulps64(double got, long double want) {
    return ulps(got, want, 53, -1021);
}
static double ulps32(float got, long double want) {
    return ulps(got, want, 24, -125);
}

/* ---- correctly rounded values ---- */
START_TEST(validation_sets) {
    FILE *f = fopen(TGC_SOURCE_DIR "/tests/data/math_ulp.txt", "r");
    ck_assert_ptr_nonnull(f);
    char line[200], name[20], type[8];
    unsigned long long in, out;
    int n = 0;
    while (fgets(line, sizeof line, f)) {
        if (sscanf(line, "%19s %7s %llx %llx", name, type, &in, &out) != 4 || *line == '#')
            continue;
        Op op = op_find(name);
        ck_assert_msg(op != OP_COUNT, "no row %s", name);
        double got, want, distance;
        if (strcmp(type, "f32") == 0) {
            union {
                unsigned i;
                float f;
            } x = {(unsigned)in}, y = {(unsigned)out};
            got = run32(op, (double)x.f, 0, 0);
            want = (double)y.f;
            distance = ulps32((float)got, y.f);
        } else {
            union {
                unsigned long long i;
                double f;
            } x = {in}, y = {out};
            got = run64(op, x.f, 0, 0);
            want = y.f;
            distance = ulps64(got, y.f);
        }
        ck_assert_msg(distance <= MOST_ULP, "%s of %s %llx: %.17g, %g ulp from %.17g", name, type,
                      in, got, distance, want);
        n++;
    }
    fclose(f);
    ck_assert_int_gt(n, 2000);
}
END_TEST

/* ---- against long double ---- */
static long double ref_sigmoid(long double x) {
    return 1 / (1 + expl(-x));
}
static long double ref_logsigmoid(long double x) {
    return x < -40 ? x - expl(x) : -log1pl(expl(-x));
}
static long double ref_rsqrt(long double x) {
    return 1 / sqrtl(x);
}
static long double ref_reciprocal(long double x) {
    return 1 / x;
}
static long double ref_erfcx(long double x) {
    return expl(x * x) * erfcl(x);
}

typedef struct Reference Reference;
struct Reference {
    const char *name;
    long double (*f)(long double);
    double lo, hi; /* besides, values of all magnitudes, where `all` */
    int all;
    double most; /* ulps, 0: MOST_ULP */
};

static const Reference references[] = {
    {"exp", expl, -110, 90, 1, 0},
    {"exp2", exp2l, -150, 130, 1, 0},
    {"expm1", expm1l, -50, 90, 1, 0},
    {"log", logl, 0, 1e30, 1, 0},
    {"log2", log2l, 0, 1e30, 1, 0},
    {"log10", log10l, 0, 1e30, 1, 0},
    {"log1p", log1pl, -1, 1e10, 1, 0},
    {"sin", sinl, -1e5, 1e5, 1, 0},
    {"cos", cosl, -1e5, 1e5, 1, 0},
    {"tan", tanl, -1e5, 1e5, 1, 0},
    {"asin", asinl, -1, 1, 1, 0},
    {"acos", acosl, -1, 1, 1, 0},
    {"atan", atanl, -100, 100, 1, 0},
    {"sinh", sinhl, -90, 90, 1, 0},
    {"cosh", coshl, -90, 90, 1, 0},
    {"tanh", tanhl, -25, 25, 1, 0},
    {"asinh", asinhl, -1e10, 1e10, 1, 0},
    {"acosh", acoshl, 1, 1e10, 1, 0},
    {"atanh", atanhl, -1, 1, 1, 0},
    {"cbrt", cbrtl, -1e10, 1e10, 1, 0},
    {"erf", erfl, -6, 6, 1, 0},
    {"erfc", erfcl, -6, 26, 0, 0},
    {"erfcx", ref_erfcx, -5, 20, 0, 3},
    {"lgamma", lgammal, 3, 1000, 0, 0},
    {"rsqrt", ref_rsqrt, 0, 1e10, 1, 0},
    {"sqrt", sqrtl, 0, 1e10, 1, 0},
    {"reciprocal", ref_reciprocal, -100, 100, 1, 0},
    {"sigmoid", ref_sigmoid, -80, 80, 0, 0},
    {"logsigmoid", ref_logsigmoid, -80, 80, 0, 0},
};

static uint64_t noise = 88172645463325252u;
static uint64_t next_bits(void) {
    noise ^= noise << 13;
    noise ^= noise >> 7;
    noise ^= noise << 17;
    return noise;
}

/* any bits at all, a point of the range, or a magnitude around 1 */
static double sample(const Reference *r, int i) {
    uint64_t bits = next_bits();
    union {
        uint64_t i;
        double f;
    } any = {bits};
    if (i % 3 == 0 && r->all) return any.f;
    if (i % 3 == 1 || !r->all) return r->lo + (r->hi - r->lo) * (double)(bits >> 11) * 0x1p-53;
    double x = ldexp(1 + (double)(bits >> 40) * 0x1p-24, (int)(bits % 40) - 30);
    return bits >> 39 & 1 ? -x : x;
}

START_TEST(long_doubles) {
    const Reference *r = &references[_i];
    Op op = op_find(r->name);
    ck_assert_msg(op != OP_COUNT, "no row %s", r->name);
    double most = r->most > 0 ? r->most : MOST_ULP;
    for (int i = 0; i < 30000; i++) {
        double x = sample(r, i);
        double got = run64(op, x, 0, 0), distance = ulps64(got, r->f(x));
        ck_assert_msg(distance <= most, "%s(%.17g): %.17g is %g ulp off", r->name, x, got,
                      distance);
        float x32 = (float)x, got32 = run32(op, x, 0, 0);
        distance = ulps32(got32, r->f(x32));
        ck_assert_msg(distance <= most, "%s(%.9g): %.9g is %g ulp off", r->name, (double)x32,
                      (double)got32, distance);
    }
}
END_TEST

START_TEST(two_operands) {
    for (int i = 0; i < 100000; i++) {
        double a = ldexp((double)(next_bits() >> 11) * 0x1p-53, (int)(next_bits() % 20) - 10);
        double b = ((double)(next_bits() >> 11) * 0x1p-52 - 1) * (i % 2 ? 3 : 60),
               c = i % 3 ? a : -a;
        ck_assert(ulps64(run64(OP_pow, a, b, 0), powl(a, b)) <= MOST_ULP);
        ck_assert(ulps32(run32(OP_pow, a, b, 0), powl((float)a, (float)b)) <= MOST_ULP);
        ck_assert(ulps64(run64(OP_atan2, c, b, 0), atan2l(c, b)) <= MOST_ULP);
        ck_assert(ulps32(run32(OP_atan2, c, b, 0), atan2l((float)c, (float)b)) <= MOST_ULP);
        ck_assert(ulps64(run64(OP_hypot, c, b, 0), hypotl(c, b)) <= MOST_ULP);
        ck_assert(run64(OP_fmod, c, b, 0) == fmod(c, b));
        ck_assert(run32(OP_fmod, c, b, 0) == fmodf((float)c, (float)b));
        ck_assert(run64(OP_fma, a, b, c) == fma(a, b, c));
    }
    ck_assert(run64(OP_fmod, 1.7e308, 5e-324, 0) == fmod(1.7e308, 5e-324));
    ck_assert(run64(OP_fmod, 1.7e308, 3.1, 0) == fmod(1.7e308, 3.1));
    ck_assert(run32(OP_fmod, 3e38, 1e-44, 0) == fmodf(3e38f, 1e-44f));
}
END_TEST

/* what has no library function: by identities and known values */
START_TEST(rare_functions) {
    for (int i = 1; i < 2000; i++) {
        double x = i * 0.0004995;
        ck_assert(ulps64(run64(OP_erf, run64(OP_erfinv, x, 0, 0), 0, 0), x) <= 4);
        ck_assert(run64(OP_erfinv, -x, 0, 0) == -run64(OP_erfinv, x, 0, 0));
        double y = i * 0.01, step = run64(OP_digamma, y + 1, 0, 0) - run64(OP_digamma, y, 0, 0);
        ck_assert(fabs(step - 1 / y) <= 1e-13 * (1 + 1 / y));
        step = run64(OP__polygamma, 1, y, 0) - run64(OP__polygamma, 1, y + 1, 0);
        ck_assert(fabs(step * y * y - 1) <= 1e-9);
        ck_assert(fabs(run64(OP_lgamma, y, 0, 0) - (double)lgammal(y)) <=
                  2e-15 * (1 + fabs((double)lgammal(y))));
    }
    ck_assert(fabs(run64(OP_erfinv, 0.5, 0, 0) - 0.47693627620446987) < 1e-15);
    ck_assert(fabs(run64(OP_digamma, 1, 0, 0) + 0.5772156649015329) < 1e-15);
    ck_assert(fabs(run64(OP_digamma, -0.5, 0, 0) - 0.03648997397857652) < 1e-15);
    ck_assert(fabs(run64(OP__polygamma, 1, 1, 0) - 1.6449340668482264) < 1e-14);
    ck_assert(fabs(run64(OP__polygamma, 2, 1, 0) + 2.4041138063191886) < 1e-14);
    ck_assert(fabs(run64(OP_lgamma, -1.5, 0, 0) - 0.8600470153764810) < 1e-14);
    for (int i = 1; i < 400; i++) { /* I0' = I1; I1' = I0 - I1 / x */
        double x = i * 0.05, h = 1e-4;
        double slope = (run64(OP_i0, x + h, 0, 0) - run64(OP_i0, x - h, 0, 0)) / (2 * h);
        ck_assert(fabs(slope / run64(OP_i1, x, 0, 0) - 1) < 1e-7);
        slope = (run64(OP_i1, x + h, 0, 0) - run64(OP_i1, x - h, 0, 0)) / (2 * h);
        double want = run64(OP_i0, x, 0, 0) - run64(OP_i1, x, 0, 0) / x;
        ck_assert(fabs(slope / want - 1) < 1e-7);
        ck_assert(fabs(run64(OP_i0e, x, 0, 0) * exp(x) / run64(OP_i0, x, 0, 0) - 1) < 1e-14);
        ck_assert(run64(OP_i1e, -x, 0, 0) == -run64(OP_i1e, x, 0, 0));
    }
    ck_assert(fabs(run64(OP_i0, 1, 0, 0) - 1.2660658777520084) < 1e-15);
    ck_assert(fabs(run64(OP_i1, 10, 0, 0) - 2670.9883037012546) < 1e-11);
    ck_assert(fabs(run64(OP_sinc, 0.5, 0, 0) - 0.6366197723675814) < 1e-15);
}
END_TEST

/* ---- special values, for f64 and f32 ---- */
typedef struct Special Special;
struct Special {
    Op op;
    double a, b, want;
};

static const Special specials[] = {
    {OP_exp, -INFINITY, 0, 0},
    {OP_exp, INFINITY, 0, INFINITY},
    {OP_exp, 1e4, 0, INFINITY},
    {OP_exp, NAN, 0, NAN},
    {OP_log, 0, 0, -INFINITY},
    {OP_log, -1, 0, NAN},
    {OP_log, INFINITY, 0, INFINITY},
    {OP_log1p, -1, 0, -INFINITY},
    {OP_log1p, -0.0, 0, -0.0},
    {OP_log2, 8, 0, 3},
    {OP_log10, 1000, 0, 3},
    {OP_exp2, -3, 0, 0.125},
    {OP_expm1, -0.0, 0, -0.0},
    {OP_expm1, -INFINITY, 0, -1},
    {OP_sin, INFINITY, 0, NAN},
    {OP_sin, -0.0, 0, -0.0},
    {OP_cos, 0, 0, 1},
    {OP_tan, -0.0, 0, -0.0},
    {OP_tanh, INFINITY, 0, 1},
    {OP_tanh, -0.0, 0, -0.0},
    {OP_sinh, -INFINITY, 0, -INFINITY},
    {OP_cosh, -INFINITY, 0, INFINITY},
    {OP_asin, 2, 0, NAN},
    {OP_acos, 1, 0, 0},
    {OP_acosh, 0.5, 0, NAN},
    {OP_atanh, 1, 0, INFINITY},
    {OP_atanh, 1.5, 0, NAN},
    {OP_asinh, -INFINITY, 0, -INFINITY},
    {OP_sqrt, -1, 0, NAN},
    {OP_sqrt, -0.0, 0, -0.0},
    {OP_rsqrt, 0, 0, INFINITY},
    {OP_rsqrt, INFINITY, 0, 0},
    {OP_cbrt, -8, 0, -2},
    {OP_sigmoid, -INFINITY, 0, 0},
    {OP_sigmoid, INFINITY, 0, 1},
    {OP_logsigmoid, -1000, 0, -1000},
    {OP_erf, INFINITY, 0, 1},
    {OP_erfc, INFINITY, 0, 0},
    {OP_erfc, -INFINITY, 0, 2},
    {OP_erfinv, 1, 0, INFINITY},
    {OP_erfinv, 2, 0, NAN},
    {OP_lgamma, 0, 0, INFINITY},
    {OP_lgamma, -3, 0, INFINITY},
    {OP_lgamma, 1, 0, 0},
    {OP_lgamma, 2, 0, 0},
    {OP_digamma, 0, 0, -INFINITY},
    {OP_digamma, -2, 0, NAN},
    {OP_sinc, 0, 0, 1},
    {OP_pow, 0, 0, 1},
    {OP_pow, NAN, 0, 1},
    {OP_pow, 1, NAN, 1},
    {OP_pow, -2, 3, -8},
    {OP_pow, -2, 2, 4},
    {OP_pow, -2, 0.5, NAN},
    {OP_pow, 0, -1, INFINITY},
    {OP_pow, -0.0, -1, -INFINITY},
    {OP_pow, -0.0, 3, -0.0},
    {OP_pow, 2, INFINITY, INFINITY},
    {OP_pow, 0.5, INFINITY, 0},
    {OP_pow, -1, INFINITY, 1},
    {OP_pow, INFINITY, -1, 0},
    {OP_pow, -INFINITY, 3, -INFINITY},
    {OP_pow, 2, 2000, INFINITY},
    {OP_pow, 2, -2000, 0},
    {OP_pow, 10, 2, 100},
    {OP_pow, 3, 3, 27},
    {OP_atan2, 0, -1, PI},
    {OP_atan2, -0.0, -1, -PI},
    {OP_atan2, 0, 0, 0},
    {OP_atan2, -0.0, 1, -0.0},
    {OP_atan2, 1, 0, PI / 2},
    {OP_atan2, INFINITY, INFINITY, PI / 4},
    {OP_atan2, INFINITY, -INFINITY, 3 * PI / 4},
    {OP_atan2, 1, -INFINITY, PI},
    {OP_atan2, NAN, 1, NAN},
    {OP_hypot, INFINITY, NAN, INFINITY},
    {OP_hypot, 3, 4, 5},
    {OP_hypot, 0, 0, 0},
    {OP_maximum, NAN, 1, NAN},
    {OP_maximum, 1, NAN, NAN},
    {OP_minimum, 1, NAN, NAN},
    {OP_fmax, NAN, 1, 1},
    {OP_fmax, 1, NAN, 1},
    {OP_fmin, NAN, 1, 1},
    {OP_fmod, -7.5, 2, -1.5},
    {OP_fmod, 5, INFINITY, 5},
    {OP_fmod, INFINITY, 2, NAN},
    {OP_fmod, 1, 0, NAN},
    {OP_remainder, -7.5, 2, 0.5},
    {OP_remainder, 7.5, -2, -0.5},
    {OP_floordiv, -7, 2, -4},
    {OP_floordiv, 7, -2, -4},
    {OP_floordiv, 1, 0, INFINITY},
    {OP_floordiv, 0, 0, NAN},
    {OP_round, 0.5, 0, 0},
    {OP_round, 1.5, 0, 2},
    {OP_round, -2.5, 0, -2},
    {OP_floor, -0.5, 0, -1},
    {OP_ceil, -0.5, 0, -0.0},
    {OP_trunc, -1.7, 0, -1},
    {OP_sign, -3, 0, -1},
    {OP_sign, NAN, 0, 0},
    {OP_abs, -0.0, 0, 0},
    {OP_relu, NAN, 0, NAN},
    {OP_relu, -1, 0, 0},
    {OP_copysign, 3, -0.0, -3},
    {OP_heaviside, 0, 0.5, 0.5},
    {OP_heaviside, -1, 0.5, 0},
    {OP_logaddexp, -INFINITY, -INFINITY, -INFINITY},
    {OP_logaddexp, 1000, 0, 1000},
    {OP_xlogy, 0, 0, 0},
    {OP_xlogy, 0, NAN, NAN},
    {OP_div, 1, 0, INFINITY},
    {OP_div, 0, 0, NAN},
};

static int same(double got, double want, double room) {
    if (isnan(want)) return isnan(got);
    if (want == 0) return got == 0 && !signbit(got) == !signbit(want);
    return got == want || fabs(got - want) <= room * fabs(want);
}

START_TEST(special_values) {
    const Special *s = &specials[_i];
    double got = run64(s->op, s->a, s->b, 0);
    ck_assert_msg(same(got, s->want, 1e-15), "%s(%g, %g): %.17g, not %.17g", op_info(s->op)->name,
                  s->a, s->b, got, s->want);
    got = (double)run32(s->op, s->a, s->b, 0);
    ck_assert_msg(same(got, s->want, 1e-6), "f32 %s(%g, %g): %.9g, not %.9g", op_info(s->op)->name,
                  s->a, s->b, got, s->want);
}
END_TEST

/* every row says what it needs to: the doc, the types, and a loop for each type it allows */
START_TEST(rows_are_whole) {
    int n = 0;
    for (int op = 0; op < OP_COUNT; op++) {
        const OpInfo *info = op_info((Op)op);
        ck_assert_msg(info->doc && *info->doc, "%s has no doc", info->name);
        if (!(info->flags & OPF_MAP)) continue;
        n++;
        int loops = 0;
        for (int d = 0; d < DT_COUNT; d++) loops += map_loops[op][d] != NULL;
        ck_assert_msg(loops > 0, "%s has no loop", info->name);
        ck_assert_msg(info->scalar && *info->scalar, "%s has no scalar text", info->name);
    }
    ck_assert_int_ge(n, 80);
}
END_TEST

#define COUNT(table) (int)(sizeof table / sizeof *table)

int main(void) {
    Suite *suite = suite_create("ops");
    TCase *t = tcase_create("rows");
    tcase_set_timeout(t, 120);
    tcase_add_test(t, validation_sets);
    tcase_add_loop_test(t, long_doubles, 0, COUNT(references));
    tcase_add_test(t, two_operands);
    tcase_add_test(t, rare_functions);
    tcase_add_loop_test(t, special_values, 0, COUNT(specials));
    tcase_add_test(t, rows_are_whole);
    suite_add_tcase(suite, t);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed != 0;
}
