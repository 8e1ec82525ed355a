/* test_dim.c: sizes. Random expressions against their value computed step by step: a normal form
   may never change a value, so equal normal forms never differ. */
#include <check.h>
#include <stdio.h>
#include <stdlib.h>

#include "ir/dim.h"

enum { NSIZES = 4, NPOINTS = 8 };

static Arena *arena;
static Dims *dims;
static Size *sizes[NSIZES];
static const Dim *n, *m;

static void setup(void) {
    static const char *const names[] = {"n", "m", "k", "rows"};
    arena = arena_new();
    dims = dims_new(arena);
    for (int i = 0; i < NSIZES; i++)
        sizes[i] = size_new(dims, names[i], i == 3 ? SIZE_DATA : SIZE_ARG, i == 2 ? 9 : -1,
                            span_nowhere());
    n = dim_size(dims, sizes[0]);
    m = dim_size(dims, sizes[1]);
}

static void teardown(void) {
    arena_free(arena);
}

static const Dim *num(int64_t value) {
    return dim_int(dims, value);
}
static const Dim *add(const Dim *a, const Dim *b) {
    return dim_add(dims, a, b);
}
static const Dim *sub(const Dim *a, const Dim *b) {
    return dim_sub(dims, a, b);
}
static const Dim *mul(const Dim *a, const Dim *b) {
    return dim_mul(dims, a, b);
}
static const Dim *quo(const Dim *a, int64_t k) {
    return dim_floordiv(dims, a, k);
}
static const Dim *mod(const Dim *a, int64_t k) {
    return dim_mod(dims, a, k);
}

/* ---- random expressions ---- */

static uint64_t state;

static int64_t pick(int64_t limit) {
    state = state * 6364136223846793005u + 1442695040888963407u;
    return (int64_t)((state >> 33) % (uint64_t)limit);
}

static int64_t points[NPOINTS][NSIZES];

typedef struct Value Value;
struct Value {
    const Dim *dim;
    int64_t at[NPOINTS]; /* what it is worth at each point, by plain arithmetic */
};

static int64_t floored(int64_t a, int64_t k) {
    int64_t q = a / k;
    return q * k > a ? q - 1 : q;
}

static Value leaf(void) {
    Value v;
    int size = (int)pick(NSIZES + 1);
    int64_t number = pick(13) - 4;
    v.dim = size < NSIZES ? dim_size(dims, sizes[size]) : num(number);
    for (int p = 0; p < NPOINTS; p++) v.at[p] = size < NSIZES ? points[p][size] : number;
    return v;
}

static Value join(int op, Value a, Value b, int64_t k) {
    Value v;
    const Dim *results[] = {add(a.dim, b.dim), sub(a.dim, b.dim), mul(a.dim, b.dim), quo(a.dim, k),
                            mod(a.dim, k)};
    v.dim = results[op];
    for (int p = 0; p < NPOINTS; p++) {
        int64_t x = a.at[p], y = b.at[p];
        int64_t values[] = {x + y, x - y, x * y, floored(x, k), x - k * floored(x, k)};
        v.at[p] = values[op];
    }
    return v;
}

static Value expression(int depth) {
    if (depth == 0 || pick(6) == 0) return leaf();
    int op = (int)pick(7);
    Value a = expression(depth - 1);
    Value b = op % 5 < 3 ? expression(depth - 1) : a;
    if (op % 5 == 2 && depth > 3) op = 0; /* keep degrees low */
    return join(op % 5, a, b, 1 + pick(12));
}

static void check_value(const Value *v) {
    const Dim *upper = v->dim, *same = dim_replace(dims, v->dim, NULL, 0);
    int64_t hi = dim_upper(upper), lo = dim_lower(v->dim);
    ck_assert_ptr_eq(same, v->dim);
    for (int p = 0; p < NPOINTS; p++) {
        int64_t got = dim_eval(v->dim, points[p]);
        if (got != v->at[p])
            ck_abort_msg("%s is %lld, expected %lld", dim_print(arena, v->dim), (long long)got,
                         (long long)v->at[p]);
        if (hi != -1) ck_assert_int_ge(hi, got);
        ck_assert_int_le(lo, got);
    }
}

START_TEST(random_expressions) {
    int constant = 0;
    state = 1;
    for (int p = 0; p < NPOINTS; p++)
        for (int s = 0; s < NSIZES; s++) points[p][s] = s == 2 ? pick(10) : pick(p < 4 ? 20 : 1000);
    for (int i = 0; i < 20000; i++) {
        Value v = expression(1 + (int)pick(5));
        check_value(&v);
        Value twice = join(1, v, v, 1); /* e - e is 0, whatever e */
        ck_assert_ptr_eq(twice.dim, num(0));
        int64_t k = 1 + pick(9);
        ck_assert_ptr_eq(add(mul(quo(v.dim, k), num(k)), mod(v.dim, k)), v.dim);
        constant += dim_is_int(v.dim, NULL);
    }
    ck_assert(!dims_overflowed(dims));
    ck_assert_int_lt(constant, 15000); /* the expressions are not trivial */
}
END_TEST

/* ---- what must be equal ---- */

START_TEST(equalities) {
    ck_assert_ptr_eq(quo(add(mul(num(2), n), num(4)), 2), add(n, num(2)));
    ck_assert_ptr_eq(mul(n, add(m, num(1))), add(n, mul(m, n)));
    ck_assert_ptr_eq(quo(quo(n, 2), 3), quo(n, 6));
    ck_assert_ptr_eq(mod(mod(n, 12), 4), mod(n, 4));
    ck_assert_ptr_eq(quo(add(mul(num(6), n), num(5)), 4), add(n, quo(add(n, num(2)), 2)));
    ck_assert_ptr_eq(quo(mod(n, 4), 4), num(0));
    ck_assert_ptr_eq(sub(mul(add(n, m), sub(n, m)), mul(n, n)), sub(num(0), mul(m, m)));
    ck_assert_ptr_ne(quo(add(n, num(1)), 2), quo(n, 2));
    ck_assert_ptr_ne(n, m);
}
END_TEST

START_TEST(exact_division) {
    const Dim *a = add(n, num(2)), *b = add(mul(m, m), n);
    ck_assert_ptr_eq(dim_divide_exact(dims, mul(a, b), b), a);
    ck_assert_ptr_eq(dim_divide_exact(dims, mul(a, b), a), b);
    ck_assert_ptr_eq(dim_divide_exact(dims, mul(num(6), n), num(3)), mul(num(2), n));
    ck_assert_ptr_null(dim_divide_exact(dims, add(mul(num(6), n), num(1)), num(3)));
    ck_assert_ptr_null(dim_divide_exact(dims, n, m));
    ck_assert_ptr_null(dim_divide_exact(dims, n, num(0)));
    ck_assert_ptr_eq(dim_divide_exact(dims, num(0), n), num(0));
}
END_TEST

START_TEST(bounds) {
    Size *batch = size_new(dims, "batch", SIZE_BATCH, 64, span_nowhere());
    const Dim *d = dim_size(dims, batch);
    ck_assert_int_eq(dim_upper(mul(d, num(10))), 640);
    ck_assert_int_eq(dim_upper(sub(num(5), d)), 5);
    ck_assert_int_eq(dim_lower(sub(num(5), d)), -59);
    ck_assert_int_eq(dim_upper(n), -1);
    ck_assert_int_eq(dim_upper(mod(n, 10)), 9);
    ck_assert_int_eq(dim_lower(mod(sub(n, m), 10)), 0);
    ck_assert_int_eq(dim_lower(sub(n, m)), INT64_MIN);
    ck_assert_int_eq(dim_upper(mod(mul(num(4), n), 6)), 4);
    ck_assert_int_eq(dim_upper(add(mod(quo(n, 2), 3), num(1))), 3);
}
END_TEST

START_TEST(text) {
    ck_assert_str_eq(dim_print(arena, add(mul(num(2), n), num(4))), "2*n + 4");
    ck_assert_str_eq(dim_print(arena, sub(num(4), n)), "4 - n");
    ck_assert_str_eq(dim_print(arena, sub(num(0), n)), "-n");
    ck_assert_str_eq(dim_print(arena, quo(add(n, num(1)), 2)), "(n + 1) // 2");
    ck_assert_str_eq(dim_print(arena, mod(n, 64)), "n % 64");
    ck_assert_str_eq(dim_print(arena, add(mod(n, 64), num(1))), "n % 64 + 1");
    ck_assert_str_eq(dim_print(arena, mul(n, mul(n, m))), "n**2*m");
    ck_assert_str_eq(dim_print(arena, num(0)), "0");
}
END_TEST

START_TEST(replacing) {
    const Dim *with[2] = {num(6), NULL};
    ck_assert_ptr_eq(dim_replace(dims, quo(add(n, m), 2), with, 2), add(quo(m, 2), num(3)));
    const Size *found[4];
    ck_assert_int_eq(dim_sizes(mul(quo(n, 3), add(m, n)), found, 4), 2);
}
END_TEST

START_TEST(too_large) {
    const Dim *big = num(INT64_C(1) << 40);
    ck_assert_int_gt(dim_value(mul(big, big)), 0);
    ck_assert(dims_overflowed(dims));
}
END_TEST

int main(void) {
    Suite *suite = suite_create("dim");
    TCase *tests = tcase_create("dim");
    tcase_add_checked_fixture(tests, setup, teardown);
    tcase_set_timeout(tests, 120);
    tcase_add_test(tests, random_expressions);
    tcase_add_test(tests, equalities);
    tcase_add_test(tests, exact_division);
    tcase_add_test(tests, bounds);
    tcase_add_test(tests, text);
    tcase_add_test(tests, replacing);
    tcase_add_test(tests, too_large);
    suite_add_tcase(suite, tests);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed != 0;
}
