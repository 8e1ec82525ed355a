/* test_lib.c: the functions of runtime/lib.h: known answers of the random stream, orders, scans,
 * linear algebra, scatters. */
#include <check.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "runtime/lib.h"
#include "runtime/print.h"

static TgTensor tensor(int64_t dtype, void *data, int64_t rank, const int64_t *dims) {
    TgTensor t = {data, dtype, rank, {0}};
    for (int64_t i = 0; i < rank; i++) t.dims[i] = dims[i];
    return t;
}

static TgTensor vector(int64_t dtype, void *data, int64_t n) {
    return tensor(dtype, data, 1, &n);
}
static TgTensor whole(int64_t *value) {
    return tensor(TG_I64, value, 0, NULL);
}

/* ---- random ---- */
START_TEST(philox) { /* Random123's known answers */
    static const uint32_t rows[3][10] = {
        {0, 0, 0, 0, 0, 0, 0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8},
        {0xffffffff, 0xffffffff, 0xffffffff, 0xffffffff, 0xffffffff, 0xffffffff, 0x408f276d,
         0x41c83b0e, 0xa20bc7c6, 0x6d5451fd},
        {0x243f6a88, 0x85a308d3, 0x13198a2e, 0x03707344, 0xa4093822, 0x299f31d0, 0xd16cfe09,
         0x94fdcceb, 0x5001e420, 0x24126ea1},
    };
    for (int i = 0; i < 3; i++) {
        uint32_t out[4];
        tg_philox(rows[i], rows[i] + 4, out);
        ck_assert_mem_eq(out, rows[i] + 6, sizeof out);
    }
}
END_TEST

/* one line of the file: what the call draws, as doubles */
static void draw(const char *call, int64_t seed, int64_t number, int64_t n, double *values) {
    union {
        float f32[16];
        double f64[16];
        int64_t i64[16];
    } memory;
    int64_t lo = -3, hi = 1000003;
    TgTensor in[] = {whole(&seed), whole(&number), whole(&lo), whole(&hi)};
    int dtype = strstr(call, "f32") ? TG_F32 : strstr(call, "f64") ? TG_F64 : TG_I64;
    TgTensor out = vector(dtype, &memory, n);
    if (!strncmp(call, "randint", 7))
        tg_lib_randint(&out, in, 4, NULL);
    else if (!strncmp(call, "randn", 5))
        tg_lib_randn(&out, in, 2, NULL);
    else
        tg_lib_rand(&out, in, 2, NULL);
    for (int64_t i = 0; i < n; i++) values[i] = tg_get_double(&out, i);
}

START_TEST(stream) {
    FILE *f = fopen(TGC_SOURCE_DIR "/tests/data/tg_stream.tsv", "r");
    ck_assert_ptr_nonnull(f);
    char line[400];
    int lines = 0;
    while (fgets(line, sizeof line, f)) {
        if (*line == '#') continue;
        char *rest = NULL;
        int64_t seed = strtoll(strtok_r(line, "\t", &rest), NULL, 10);
        int64_t number = strtoll(strtok_r(NULL, "\t", &rest), NULL, 10);
        const char *call = strtok_r(NULL, "\t", &rest);
        double want[16], got[16];
        int64_t n = 0;
        for (char *v; (v = strtok_r(NULL, " \n", &rest));) want[n++] = strtod(v, NULL);
        draw(call, seed, number, n, got);
        double room = strncmp(call, "randn", 5) ? 0 : strstr(call, "f32") ? 3e-6 : 1e-14;
        for (int64_t i = 0; i < n; i++) {
            double expected = strstr(call, "f32") ? (double)(float)want[i] : want[i];
            ck_assert_msg(fabs(got[i] - expected) <= room, "%s: %.17g, not %.17g", call, got[i],
                          expected);
        }
        lines++;
    }
    fclose(f);
    ck_assert_int_eq(lines, 45);
}
END_TEST

START_TEST(permutations) {
    enum { N = 1000 };
    int64_t order[N], seed = 3, number = 5;
    char seen[N] = {0};
    TgTensor in[] = {whole(&seed), whole(&number)}, out = vector(TG_I64, order, N);
    tg_lib_randperm(&out, in, 2, NULL);
    int moved = 0;
    for (int i = 0; i < N; i++) {
        ck_assert(order[i] >= 0 && order[i] < N && !seen[order[i]]);
        seen[order[i]] = 1;
        moved += order[i] != i;
    }
    ck_assert_int_gt(moved, N * 9 / 10);
}
END_TEST

START_TEST(integer_bounds) {
    int64_t values[500], seed = 1, number = 2, lo = -2, hi = 1;
    TgTensor in[] = {whole(&seed), whole(&number), whole(&lo), whole(&hi)},
             out = vector(TG_I64, values, 500);
    tg_lib_randint(&out, in, 4, NULL);
    int counts[3] = {0};
    for (int i = 0; i < 500; i++) {
        ck_assert(values[i] >= lo && values[i] < hi);
        counts[values[i] - lo]++;
    }
    for (int i = 0; i < 3; i++) ck_assert_int_gt(counts[i], 100);
    lo = INT64_MIN, hi = INT64_MAX;
    tg_lib_randint(&out, in, 4, NULL); /* the widest range does not overflow */
    ck_assert(values[0] != values[1]);
}
END_TEST

/* ---- orders and scans ---- */
START_TEST(sorting) {
    float x[] = {2, NAN, -1, 2, INFINITY, -1, -INFINITY, 0};
    int64_t order[8], up[] = {6, 2, 5, 7, 0, 3, 4, 1}, down[] = {1, 4, 0, 3, 7, 2, 5, 6};
    TgTensor in = vector(TG_F32, x, 8), out = vector(TG_I64, order, 8);
    tg_lib_argsort(&out, &in, 1, (int64_t[]){0, 0});
    ck_assert_mem_eq(order, up, sizeof up);
    tg_lib_argsort(&out, &in, 1, (int64_t[]){0, 1});
    ck_assert_mem_eq(order, down, sizeof down);
}
END_TEST

START_TEST(
    sorting_many) { /* long enough for radix; few different values, so that stability shows */
    enum { MANY = 5000 };
    static double x[MANY];
    static int64_t order[MANY];
    for (int down = 0; down < 2; down++) {
        for (int i = 0; i < MANY; i++)
            x[i] = (i * 7919 % 97 - 48) * (i % 3 ? 1e10 : 1e-10) * (i % 11 > 0);
        TgTensor in = vector(TG_F64, x, MANY), out = vector(TG_I64, order, MANY);
        tg_lib_argsort(&out, &in, 1, (int64_t[]){0, down});
        for (int i = 1; i < MANY; i++) {
            double a = x[order[i - 1]], b = x[order[i]];
            ck_assert(down ? a >= b : a <= b);
            if (a == b) ck_assert(order[i - 1] < order[i]);
        }
    }
}
END_TEST

START_TEST(sorting_an_axis) {
    int32_t x[3][2] = {{3, 1}, {1, 2}, {2, 0}};
    int64_t order[3][2], want[3][2] = {{1, 2}, {2, 0}, {0, 1}};
    int64_t dims[] = {3, 2};
    TgTensor in = tensor(TG_I32, x, 2, dims), out = tensor(TG_I64, order, 2, dims);
    tg_lib_argsort(&out, &in, 1, (int64_t[]){0, 0});
    ck_assert_mem_eq(order, want, sizeof want);
}
END_TEST

START_TEST(scans) {
    double x[2][3] = {{1, 2, 3}, {4, 5, 6}}, y[2][3];
    int64_t dims[] = {2, 3};
    TgTensor in = tensor(TG_F64, x, 2, dims), out = tensor(TG_F64, y, 2, dims);
    tg_lib_cumsum(&out, &in, 1, (int64_t[]){1});
    ck_assert(y[0][2] == 6 && y[1][0] == 4 && y[1][2] == 15);
    tg_lib_cumprod(&out, &in, 1, (int64_t[]){0});
    ck_assert(y[0][1] == 2 && y[1][1] == 10 && y[1][2] == 18);
    tg_lib_logcumsumexp(&out, &in, 1, (int64_t[]){1});
    ck_assert(fabs(y[0][2] - log(exp(1) + exp(2) + exp(3))) < 1e-14);
    double low[] = {-INFINITY, -INFINITY, 1000, 999};
    TgTensor in2 = vector(TG_F64, low, 4), out2 = vector(TG_F64, y, 4);
    tg_lib_logcumsumexp(&out2, &in2, 1, (int64_t[]){0});
    ck_assert(y[0][0] == -INFINITY && y[0][1] == -INFINITY && y[0][2] == 1000 &&
              fabs(y[1][0] - 1000.3132616875182) < 1e-12);
    uint8_t bytes[] = {200, 100, 5};
    uint8_t sums[3];
    TgTensor in3 = vector(TG_U8, bytes, 3), out3 = vector(TG_U8, sums, 3);
    tg_lib_cumsum(&out3, &in3, 1, (int64_t[]){0});
    ck_assert(sums[0] == 200 && sums[1] == 44 && sums[2] == 49);
}
END_TEST

START_TEST(running_extremes) { /* the last of equals; nan sticks at its latest */
    float x[] = {1, 3, 3, 2, NAN, 9, NAN, 4};
    int64_t got[8], most[] = {0, 1, 2, 2, 4, 4, 6, 6}, least[] = {0, 0, 0, 0, 4, 4, 6, 6};
    TgTensor in = vector(TG_F32, x, 8), out = vector(TG_I64, got, 8);
    tg_lib_cummax_index(&out, &in, 1, (int64_t[]){0});
    ck_assert_mem_eq(got, most, sizeof most);
    tg_lib_cummin_index(&out, &in, 1, (int64_t[]){0});
    ck_assert_mem_eq(got, least, sizeof least);
}
END_TEST

/* ---- algebra ---- */
enum { N = 5, M = 3 };

static void random_matrix(double *a, int n, uint64_t noise) {
    for (int i = 0; i < n; i++) {
        noise = noise * 6364136223846793005u + 1442695040888963407u;
        a[i] = (double)(noise >> 11) * 0x1p-52 - 1;
    }
}

START_TEST(factors) {
    double g[N * N], a[N * N] = {0}, l[N * N];
    random_matrix(g, N * N, 1);
    for (int i = 0; i < N; i++)
        for (int j = 0; j < N; j++) {
            a[i * N + j] = i == j;
            for (int k = 0; k < N; k++) a[i * N + j] += g[i * N + k] * g[j * N + k];
        }
    int64_t dims[] = {N, N};
    TgTensor in = tensor(TG_F64, a, 2, dims), out = tensor(TG_F64, l, 2, dims);
    tg_lib_cholesky(&out, &in, 1, NULL);
    double det = 1, got;
    for (int i = 0; i < N; i++) {
        det *= l[i * N + i] * l[i * N + i];
        for (int j = 0; j < N; j++) {
            double s = 0;
            for (int k = 0; k < N; k++) s += l[i * N + k] * l[j * N + k];
            ck_assert(fabs(s - a[i * N + j]) < 1e-13);
            if (j > i) ck_assert(l[i * N + j] == 0);
        }
    }
    TgTensor scalar = tensor(TG_F64, &got, 0, NULL);
    tg_lib_det(&scalar, &in, 1, NULL);
    ck_assert(fabs(got - det) < 1e-12 * det);
}
END_TEST

/* a x = b, for two batches; the left triangle of a, the right one, or all of it */
START_TEST(solutions) {
    double a[2 * N * N], b[2 * N * M], x[2 * N * M];
    random_matrix(a, 2 * N * N, 2);
    random_matrix(b, 2 * N * M, 3);
    a[0] = 0; /* asks for an exchange of rows */
    if (_i < 2)
        for (int i = 0; i < N; i++) a[i * N + i] = a[N * N + i * N + i] = 2;
    TgTensor in[] = {tensor(TG_F64, a, 3, (int64_t[]){2, N, N}),
                     tensor(TG_F64, b, 3, (int64_t[]){2, N, M})};
    TgTensor out = tensor(TG_F64, x, 3, (int64_t[]){2, N, M});
    if (_i < 2)
        tg_lib_solve_triangular(&out, in, 2, (int64_t[]){_i});
    else
        tg_lib_solve(&out, in, 2, NULL);
    for (int t = 0; t < 2; t++)
        for (int i = 0; i < N; i++)
            for (int c = 0; c < M; c++) {
                double s = 0;
                for (int k = _i == 1 ? i : 0; k < (_i == 0 ? i + 1 : N); k++)
                    s += a[t * N * N + i * N + k] * x[t * N * M + k * M + c];
                ck_assert(fabs(s - b[t * N * M + i * M + c]) < 1e-11);
            }
}
END_TEST

/* ---- scatters ---- */
START_TEST(scattering) {
    float x[4] = {1, 2, 3, 4}, v[3] = {10, 20, 30}, y[4];
    int64_t idx[3] = {1, -1, 1}, one = 1;
    TgTensor in[] = {vector(TG_F32, x, 4), vector(TG_I64, idx, 3), vector(TG_F32, v, 3)},
             out = vector(TG_F32, y, 4);
    ck_assert_int_eq(tg_lib_scatter(&out, in, 3, &one), 1);
    ck_assert(y[0] == 1 && y[1] == 30 && y[2] == 3 && y[3] == 20); /* the last wins */
    ck_assert_int_eq(tg_lib_scatter_add(&out, in, 3, &one), 1);
    ck_assert(y[0] == 1 && y[1] == 42 && y[2] == 3 && y[3] == 24);
    idx[2] = 4;
    ck_assert_int_eq(tg_lib_scatter(&out, in, 3, &one), 0);
    ck_assert_int_eq(tg_lib_scatter_add(&out, in, 3, &one), 0);
}
END_TEST

START_TEST(scattering_rows) {
    int32_t x[3][2] = {{0, 0}, {1, 1}, {2, 2}}, v[2][2] = {{5, 6}, {7, 8}};
    int64_t rows[2] = {2, 0}, one = 1;
    TgTensor in[] = {tensor(TG_I32, x, 2, (int64_t[]){3, 2}), vector(TG_I64, rows, 2),
                     tensor(TG_I32, v, 2, (int64_t[]){2, 2})};
    TgTensor out = in[0]; /* in place */
    ck_assert_int_eq(tg_lib_scatter_add(&out, in, 3, &one), 1);
    ck_assert(x[0][0] == 7 && x[0][1] == 8 && x[1][0] == 1 && x[2][0] == 7 && x[2][1] == 8);
}
END_TEST

int main(void) {
    Suite *suite = suite_create("lib");
    TCase *t = tcase_create("lib");
    tcase_add_test(t, philox);
    tcase_add_test(t, stream);
    tcase_add_test(t, permutations);
    tcase_add_test(t, integer_bounds);
    tcase_add_test(t, sorting);
    tcase_add_test(t, sorting_many);
    tcase_add_test(t, sorting_an_axis);
    tcase_add_test(t, scans);
    tcase_add_test(t, running_extremes);
    tcase_add_test(t, factors);
    tcase_add_loop_test(t, solutions, 0, 3);
    tcase_add_test(t, scattering);
    tcase_add_test(t, scattering_rows);
    suite_add_tcase(suite, t);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed != 0;
}
