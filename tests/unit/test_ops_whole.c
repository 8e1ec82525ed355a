/* test_ops_whole.c: the pointwise rows over integers, what stops the program, and casts: to
   integers, and to 16-bit floats over all of their values. */
#include <check.h>
#include <math.h>
#include <string.h>

#include "ir/eval_map.h"

/* ---- integers ---- */
typedef struct Whole Whole;
struct Whole {
    Op op;
    DType dtype;
    int64_t a, b, want;
};

static const Whole wholes[] = {
    {OP_add, DT_u8, 200, 100, 44},
    {OP_sub, DT_u8, 1, 2, 255},
    {OP_neg, DT_u8, 1, 0, 255},
    {OP_mul, DT_i32, 1 << 30, 4, 0},
    {OP_add, DT_i64, INT64_MAX, 1, INT64_MIN},
    {OP_abs, DT_i32, -5, 0, 5},
    {OP_floordiv, DT_i64, -7, 2, -4},
    {OP_floordiv, DT_i64, 7, -2, -4},
    {OP_floordiv, DT_i64, INT64_MIN, -1, INT64_MIN},
    {OP_remainder, DT_i64, -7, 2, 1},
    {OP_remainder, DT_i64, 7, -2, -1},
    {OP_remainder, DT_i32, INT32_MIN, -1, 0},
    {OP_fmod, DT_i64, -7, 2, -1},
    {OP_fmod, DT_i64, 7, -2, 1},
    {OP_floordiv, DT_u8, 255, 2, 127},
    {OP_ipow, DT_i64, 3, 4, 81},
    {OP_ipow, DT_i64, -2, 3, -8},
    {OP_ipow, DT_i64, 7, 0, 1},
    {OP_ipow, DT_i32, 2, 32, 0},
    {OP_ipow, DT_u8, 3, 6, 217},
    {OP_ipow, DT_i64, -1, INT64_MAX, -1},
    {OP_left_shift, DT_i32, 1, 31, INT32_MIN},
    {OP_left_shift, DT_i32, 1, 32, 0},
    {OP_left_shift, DT_u8, 255, 4, 240},
    {OP_right_shift, DT_i32, -8, 1, -4},
    {OP_right_shift, DT_i32, -8, 40, -1},
    {OP_right_shift, DT_u8, 128, 9, 0},
    {OP_right_shift, DT_u8, 128, 7, 1},
    {OP_gcd, DT_i64, -12, 18, 6},
    {OP_gcd, DT_i64, 0, 5, 5},
    {OP_gcd, DT_i64, 0, 0, 0},
    {OP_lcm, DT_i64, 4, 6, 12},
    {OP_lcm, DT_i64, 0, 6, 0},
    {OP_bitwise_and, DT_u8, 12, 10, 8},
    {OP_bitwise_not, DT_u8, 1, 0, 254},
    {OP_bitwise_xor, DT_i64, -1, 5, -6},
    {OP_maximum, DT_u8, 200, 100, 200},
    {OP_minimum, DT_i64, -2, 3, -2},
    {OP_sign, DT_i32, -9, 0, -1},
    {OP_sign, DT_u8, 200, 0, 1},
    {OP_relu, DT_i64, -3, 0, 0},
    {OP_square, DT_i32, -3, 0, 9},
    {OP_lt, DT_u8, 100, 200, 1},
    {OP_ge, DT_i64, -1, 0, 0},
    {OP_add, DT_bool, 1, 1, 1},
    {OP_mul, DT_bool, 1, 0, 0},
    {OP_logical_xor, DT_bool, 1, 1, 0},
    {OP_logical_not, DT_bool, 0, 0, 1},
};

static int64_t cast_whole(DType from, DType to, int64_t x) {
    int64_t y = 0;
    const void *in[] = {&x};
    const int64_t step[] = {1};
    if (from == to) return x;
    cast_loops[from][to](1, &y, in, step);
    return y;
}

START_TEST(integers) {
    const Whole *w = &wholes[_i];
    int64_t a = cast_whole(DT_i64, w->dtype, w->a), b = cast_whole(DT_i64, w->dtype, w->b), y = 0;
    const void *in[] = {&a, &b};
    const int64_t step[] = {1, 1};
    map_loops[w->op][w->dtype](1, &y, in, step);
    int is_bool = strcmp(op_info(w->op)->types + strlen(op_info(w->op)->types) - 4, "bool") == 0;
    int64_t got = cast_whole(is_bool ? DT_bool : w->dtype, DT_i64, y);
    ck_assert_msg(got == w->want, "%s(%lld, %lld) of %s: %lld, not %lld", op_info(w->op)->name,
                  (long long)w->a, (long long)w->b, dtype_name(w->dtype), (long long)got,
                  (long long)w->want);
}
END_TEST

START_TEST(bad_operands) {
    int64_t a = 5, b = 0;
    uint8_t bad;
    const void *in[] = {&a, &b};
    const int64_t step[] = {1, 1};
    map_bad_loops[OP_floordiv][DT_i64](1, &bad, in, step);
    ck_assert_int_eq(bad, 1);
    map_bad_loops[OP_ipow][DT_i64](1, &bad, in, step);
    ck_assert_int_eq(bad, 0);
    b = -1;
    map_bad_loops[OP_ipow][DT_i64](1, &bad, in, step);
    ck_assert_int_eq(bad, 1);
    for (int op = 0; op < OP_COUNT; op++)
        ck_assert_int_eq((op_info((Op)op)->flags & (OPF_MAP | OPF_TRAP)) == (OPF_MAP | OPF_TRAP),
                         map_bad_loops[op][DT_i64] != NULL);
}
END_TEST

/* ---- casts ---- */
static double cast_float(DType to, double x) {
    union {
        int64_t i;
        double d;
        float f;
        uint8_t b;
        int32_t w;
    } y = {0};
    const void *in[] = {&x};
    const int64_t step[] = {1};
    cast_loops[DT_f64][to](1, &y, in, step);
    return to == DT_f32 ? (double)y.f : to == DT_i32 ? y.w : to == DT_i64 ? (double)y.i : y.b;
}

START_TEST(floats_to_integers) {
    ck_assert(cast_float(DT_i64, 2.9) == 2 && cast_float(DT_i64, -2.9) == -2 &&
              cast_float(DT_i64, NAN) == 0);
    ck_assert(cast_float(DT_i64, 1e30) == 0x1p63 && cast_float(DT_i64, -INFINITY) == -0x1p63);
    ck_assert(cast_float(DT_i32, 3e9) == INT32_MAX && cast_float(DT_i32, -3e9) == INT32_MIN);
    ck_assert(cast_float(DT_i32, 2147483646.5) == 2147483646 && cast_float(DT_i32, NAN) == 0);
    ck_assert(cast_float(DT_u8, 300) == 255 && cast_float(DT_u8, -4) == 0 &&
              cast_float(DT_u8, 254.9) == 254);
    ck_assert(cast_float(DT_bool, 0.1) == 1 && cast_float(DT_bool, 0) == 0 &&
              cast_float(DT_bool, NAN) == 1);
    ck_assert(cast_whole(DT_i64, DT_u8, 257) == 1 && cast_whole(DT_i64, DT_bool, 256) == 1);
}
END_TEST

/* the value of 16 bits by the format's definition */
static double half_value(uint16_t h, int fraction_bits) {
    int exponent_bits = 15 - fraction_bits, bias = (1 << (exponent_bits - 1)) - 1;
    int exponent = h >> fraction_bits & ((1 << exponent_bits) - 1),
        fraction = h & ((1 << fraction_bits) - 1);
    double sign = h >> 15 ? -1 : 1;
    if (exponent == (1 << exponent_bits) - 1) return fraction ? NAN : sign * INFINITY;
    if (exponent == 0) return sign * ldexp(fraction, 1 - bias - fraction_bits);
    return sign * ldexp(fraction + (1 << fraction_bits), exponent - bias - fraction_bits);
}

static uint16_t to_half(DType to, float x) {
    uint16_t h;
    const void *in[] = {&x};
    const int64_t step[] = {1};
    cast_loops[DT_f32][to](1, &h, in, step);
    return h;
}

START_TEST(halves) {
    DType dtype = _i ? DT_bf16 : DT_f16;
    int fraction_bits = _i ? 7 : 10;
    for (unsigned h = 0; h < 0x10000; h++) {
        uint16_t half = (uint16_t)h;
        float x;
        const void *in[] = {&half};
        const int64_t step[] = {1};
        cast_loops[dtype][DT_f32](1, &x, in, step);
        double want = half_value(half, fraction_bits);
        ck_assert(isnan(want) ? isnan(x) : (double)x == want);
        if (!isnan(want)) ck_assert_uint_eq(to_half(dtype, x), half);
        double next = half_value((uint16_t)(h + 1), fraction_bits);
        if (isnan(want) || isnan(next) || isinf(want) || isinf(next) || (h & 0x7fff) == 0x7fff)
            continue;
        double middle = (want + next) / 2; /* to even; a little beside it: to the nearer */
        ck_assert_uint_eq(to_half(dtype, (float)middle), h & 1 ? h + 1 : h);
        ck_assert_uint_eq(to_half(dtype, nextafterf((float)middle, (float)next)), h + 1);
        ck_assert_uint_eq(to_half(dtype, nextafterf((float)middle, (float)want)), h);
    }
    ck_assert(isinf(half_value(to_half(dtype, INFINITY), fraction_bits)));
    ck_assert(isinf(half_value(to_half(dtype, 3.4e38f), fraction_bits)) == (dtype == DT_f16) ||
              dtype == DT_bf16);
}
END_TEST

#define COUNT(table) (int)(sizeof table / sizeof *table)

int main(void) {
    Suite *suite = suite_create("ops on integers");
    TCase *t = tcase_create("rows");
    tcase_add_loop_test(t, integers, 0, COUNT(wholes));
    tcase_add_test(t, bad_operands);
    tcase_add_test(t, floats_to_integers);
    tcase_add_loop_test(t, halves, 0, 2);
    suite_add_tcase(suite, t);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed != 0;
}
