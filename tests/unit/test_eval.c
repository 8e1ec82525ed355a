/* test_eval.c: the interpreter's structural rows against their definitions in ops.def, written out
   plainly; the order of sums; loops, branches, what it refuses. */
#include "eval_fixture.h"

#include "ir/order.h"

/* ---- views ---- */
START_TEST(views) {
    Node *x = numbers(shape3(2, 3, 4));
    const double *v = values(x), *y = values(build_permute(&b, x, (int[]){2, 0, 1}));
    for (int i = 0; i < 2; i++)
        for (int j = 0; j < 3; j++)
            for (int k = 0; k < 4; k++) ck_assert(y[k * 6 + i * 3 + j] == v[i * 12 + j * 4 + k]);
    y = values(build_flip(&b, x, (int[]){0, 2}, 2));
    for (int i = 0; i < 24; i++)
        ck_assert(y[i] == v[(1 - i / 12) * 12 + i / 4 % 3 * 4 + (3 - i % 4)]);
    Node *row = numbers(tensor(DT_f64, 2, (int64_t[]){3, 1}));
    y = values(build_expand(&b, row, shape3(2, 3, 4)));
    for (int i = 0; i < 24; i++) ck_assert(y[i] == values(row)[i / 4 % 3]);
    y = values(build_reshape(&b, x, tensor(DT_f64, 2, (int64_t[]){6, 4})));
    for (int i = 0; i < 24; i++) ck_assert(y[i] == v[i]);
    Node *parts[] = {x, numbers(shape3(2, 0, 4)), numbers(shape3(2, 2, 4))};
    y = values(build_cat(&b, parts, 3, 1));
    for (int i = 0; i < 2; i++)
        for (int j = 0; j < 5; j++)
            for (int k = 0; k < 4; k++)
                ck_assert(
                    y[i * 20 + j * 4 + k] ==
                    (j < 3 ? v[i * 12 + j * 4 + k] : values(parts[2])[i * 8 + (j - 3) * 4 + k]));
}
END_TEST

START_TEST(slices) {
    Node *x = numbers(tensor(DT_f64, 2, (int64_t[]){5, 7}));
    Node *starts[] = {whole(1), whole(0)};
    const Dim *lengths[] = {dim(2), dim(3)}, *outer[] = {dim(5), dim(7)};
    int64_t steps[] = {2, 3};
    Node *s = build_slice(&b, x, starts, lengths, steps);
    for (int i = 0; i < 6; i++)
        ck_assert(values(s)[i] == values(x)[(1 + i / 3 * 2) * 7 + i % 3 * 3]);
    const double *p = values(build_pad(&b, s, starts, outer, steps));
    const double *u = values(build_slice_update(&b, x, build_map1(&b, OP_neg, s), starts, steps));
    for (int i = 0; i < 5; i++)
        for (int j = 0; j < 7; j++) {
            int inside = i % 2 == 1 && j % 3 == 0;
            double v = values(x)[i * 7 + j];
            ck_assert(p[i * 7 + j] == (inside ? v : 0));
            ck_assert(u[i * 7 + j] == (inside ? -v : v));
        }
    Node *outside[] = {whole(4), whole(0)};
    ck_assert_ptr_null(eval_node(e, build_slice(&b, x, outside, lengths, steps)));
    ck_assert_int_eq(eval_trapped(e), 1);
    const Dim *nothing[] = {dim(0), dim(3)};
    ck_assert_ptr_nonnull(eval_node(e, build_slice(&b, x, outside, nothing, steps)));
}
END_TEST

START_TEST(windows) {
    Node *x = numbers(shape3(2, 11, 3));
    Node *w = build_window(&b, x, 1, 3, 2, 2); /* 4 places */
    ck_assert_int_eq(dim_value(w->type->dims[1]), 4);
    for (int i = 0; i < 2; i++)
        for (int p = 0; p < 4; p++)
            for (int k = 0; k < 3; k++)
                for (int j = 0; j < 3; j++)
                    ck_assert(values(w)[((i * 4 + p) * 3 + k) * 3 + j] ==
                              values(x)[(i * 11 + p * 2 + k * 2) * 3 + j]);
    Node *gradient = numbers(w->type); /* the transpose: <g, window(x)> = <unwindow(g), x> */
    const double *back = values(build_unwindow(&b, gradient, 1, 2, 2, dim(11)));
    double left = 0, right = 0;
    for (int i = 0; i < 72; i++) left += values(gradient)[i] * values(w)[i];
    for (int i = 0; i < 66; i++) right += back[i] * values(x)[i];
    ck_assert(left == right && left != 0);
}
END_TEST

/* ---- indices ---- */
START_TEST(gathers) {
    Node *x = numbers(shape3(3, 4, 2));
    int64_t *i = NEW_ARRAY(arena, int64_t, 5), *j = NEW_ARRAY(arena, int64_t, 5);
    for (int k = 0; k < 5; k++) i[k] = k % 3 - (k > 2 ? 3 : 0), j[k] = 3 - k % 4;
    Node *idx[] = {build_const(&b, vector(DT_i64, 5), i), build_const(&b, vector(DT_i64, 5), j)};
    const double *y = values(build_gather(&b, x, idx, 2));
    for (int k = 0; k < 5; k++)
        for (int c = 0; c < 2; c++)
            ck_assert(y[k * 2 + c] == values(x)[((i[k] + 3) % 3 * 4 + j[k]) * 2 + c]);
    i[4] = 3;
    Node *bad[] = {build_const(&b, vector(DT_i64, 5), i), idx[1]};
    ck_assert_ptr_null(eval_node(e, build_gather(&b, x, bad, 2)));
    ck_assert_ptr_nonnull(strstr(eval_error(e), "out of range"));
}
END_TEST

/* ---- reductions ---- */
static void check_sum(const Type *t, unsigned mask) {
    int axes[3], n = 0;
    for (int a = 0; a < 3; a++)
        if (mask >> a & 1) axes[n++] = a;
    Node *x = numbers(t), *y = build_reduce(&b, OP_sum, x, axes, n);
    int64_t d[3];
    for (int a = 0; a < 3; a++) d[a] = dim_value(t->dims[a]);
    double want[4096] = {0};
    int64_t k[3];
    for (k[0] = 0; k[0] < d[0]; k[0]++)
        for (k[1] = 0; k[1] < d[1]; k[1]++)
            for (k[2] = 0; k[2] < d[2]; k[2]++) {
                int64_t at = 0;
                for (int a = 0; a < 3; a++) at = mask >> a & 1 ? at : at * d[a] + k[a];
                want[at] += values(x)[(k[0] * d[1] + k[1]) * d[2] + k[2]];
            }
    for (int64_t i = 0; i < elements(y->type); i++) ck_assert(values(y)[i] == want[i]);
}

START_TEST(sums) {
    for (unsigned mask = 1; mask < 8; mask++) {
        check_sum(shape3(3, 5, 7), mask);
        check_sum(shape3(70, 1, 33), mask);
        check_sum(shape3(2, 131, 1), mask);
        check_sum(shape3(2, 0, 3), mask);
    }
}
END_TEST

/* the lanes form, written out for one row: blocks of 64 chunks of 16, joined as a counter counts,
 * then lanes by halving */
static float lanes_sum(const float *x, int n) {
    float stack[8][16];
    int depth = 0, chunks = (n + 15) / 16, blocks = 0;
    for (int first = 0; first < chunks; first += 64) {
        for (int l = 0; l < 16; l++) {
            float s = 0;
            for (int c = first; c < chunks && c < first + 64; c++)
                if (c * 16 + l < n) s += x[c * 16 + l];
            stack[depth][l] = s;
        }
        depth++;
        for (int count = ++blocks; count % 2 == 0; count /= 2, depth--)
            for (int l = 0; l < 16; l++) stack[depth - 2][l] += stack[depth - 1][l];
    }
    for (; depth > 1; depth--)
        for (int l = 0; l < 16; l++) stack[depth - 2][l] += stack[depth - 1][l];
    for (int h = 8; h; h /= 2)
        for (int l = 0; l < h; l++) stack[0][l] += stack[0][l + h];
    return stack[0][0];
}

static float serial_sum(const float *x, int n, int stride) {
    float stack[16];
    int depth = 0, blocks = 0;
    for (int first = 0; first < n; first += 64) {
        float s = 0;
        for (int i = first; i < n && i < first + 64; i++) s += x[i * stride];
        stack[depth++] = s;
        for (int count = ++blocks; count % 2 == 0; count /= 2, depth--)
            stack[depth - 2] += stack[depth - 1];
    }
    for (; depth > 1; depth--) stack[depth - 2] += stack[depth - 1];
    return stack[0];
}

START_TEST(order_of_sums) {
    static const int lengths[] = {1, 15, 16, 17, 1000, 1024, 1025, 5000, 7168};
    int n = lengths[_i], zero = 0;
    float *x = NEW_ARRAY(arena, float, n * 3);
    for (int i = 0; i < n * 3; i++) x[i] = (float)next_number();
    Node *row = build_reduce(&b, OP_sum, build_const(&b, vector(DT_f32, n), x), &zero, 1);
    ck_assert(*(const float *)eval_node(e, row)->data == lanes_sum(x, n));
    Node *columns = build_reduce(&b, OP_sum, build_const(&b, matrix(DT_f32, n, 3), x), &zero, 1);
    for (int c = 0; c < 3; c++)
        ck_assert(((const float *)eval_node(e, columns)->data)[c] == serial_sum(x + c, n, 3));
    Node *one = build_const(&b, tensor(DT_f32, 2, (int64_t[]){n, 1}),
                            x); /* the last axis is 1: still lanes */
    ck_assert(*(const float *)eval_node(e, build_reduce(&b, OP_sum, one, &zero, 1))->data ==
              lanes_sum(x, n));
}
END_TEST

START_TEST(order_of_products) { /* dot: blocks of 128; its few form: lanes */
    enum { K = 600, COLUMNS = 9 };
    float *x = NEW_ARRAY(arena, float, K), *y = NEW_ARRAY(arena, float, K *COLUMNS);
    for (int i = 0; i < K; i++) x[i] = (float)next_number();
    for (int i = 0; i < K * COLUMNS; i++) y[i] = (float)next_number();
    Node *a = build_const(&b, vector(DT_f32, K), x),
         *m = build_const(&b, matrix(DT_f32, COLUMNS, K), y);
    const float *got = eval_node(e, build_dot(&b, a, m, 0, 1))->data;
    for (int c = 0; c < COLUMNS; c++) {
        float total = 0;
        for (int first = 0; first < K; first += 128) {
            float s = 0;
            for (int k = first; k < K && k < first + 128; k++) s = fmaf(x[k], y[c * K + k], s);
            total = first ? total + s : s;
        }
        ck_assert(got[c] == total);
    }
    float lane[16] = {0};
    for (int k = 0; k < K; k++) lane[k % 16] = fmaf(x[k], y[k], lane[k % 16]);
    for (int h = 8; h; h /= 2)
        for (int l = 0; l < h; l++) lane[l] += lane[l + h];
    Node *first = build_const(&b, vector(DT_f32, K), y);
    ck_assert(*(const float *)eval_node(e, build_dot(&b, a, first, 0, 1))->data == lane[0]);
}
END_TEST

START_TEST(extremes) {
    double *x = NEW_ARRAY(arena, double, 12);
    double from[] = {3, 7, 7, -1, NAN, 2, 1, NAN, 5, 5, 5, 5};
    memcpy(x, from, sizeof from);
    Node *m = build_const(&b, tensor(DT_f64, 2, (int64_t[]){3, 4}), x);
    const double *most = values(build_reduce(&b, OP_amax, m, (int[]){1}, 1)),
                 *least = values(build_reduce(&b, OP_amin, m, (int[]){1}, 1));
    ck_assert(most[0] == 7 && isnan(most[1]) && most[2] == 5 && least[0] == -1 && isnan(least[1]));
    const int64_t *where = wholes(build_arg_reduce(&b, OP_argmax, m, 1));
    ck_assert(where[0] == 1 && where[1] == 0 && where[2] == 0);
    where = wholes(build_arg_reduce(&b, OP_argmin, m, 0));
    ck_assert(where[0] == 1 && where[1] == 1 && where[2] == 1 && where[3] == 1);
    Node *none = numbers(shape3(2, 0, 2));
    ck_assert(values(build_reduce(&b, OP_prod, none, (int[]){1}, 1))[3] == 1);
    ck_assert(values(build_reduce(&b, OP_amax, none, (int[]){1}, 1))[0] == -INFINITY);
}
END_TEST

START_TEST(halves_are_rounded_once) { /* 2048 and ones: each sum in f16 would stay 2048 */
    uint16_t *x = NEW_ARRAY(arena, uint16_t, 65);
    x[0] = 0x6800;
    for (int i = 1; i < 65; i++) x[i] = 0x3c00;
    Node *sum = build_reduce(&b, OP_sum, build_const(&b, vector(DT_f16, 65), x), (int[]){0}, 1);
    ck_assert_uint_eq(*(const uint16_t *)eval_node(e, sum)->data, 0x6800 + 32);
    Node *two = build_map2(&b, OP_add, build_float(&b, DT_f16, 2048),
                           build_float(&b, DT_f16, 1)); /* each op rounds */
    ck_assert_uint_eq(*(const uint16_t *)eval_node(e, two)->data, 0x6800);
}
END_TEST

/* ---- products ---- */
START_TEST(dots) {
    Node *x = numbers(tensor(DT_f64, 4, (int64_t[]){2, 3, 4, 5})),
         *y = numbers(tensor(DT_f64, 4, (int64_t[]){2, 6, 4, 5}));
    const double *v = values(x), *w = values(y), *got = values(build_dot(&b, x, y, 1, 2));
    for (int n = 0; n < 2; n++)
        for (int i = 0; i < 3; i++)
            for (int j = 0; j < 6; j++) {
                double s = 0;
                for (int k = 0; k < 20; k++) s += v[(n * 3 + i) * 20 + k] * w[(n * 6 + j) * 20 + k];
                ck_assert(got[(n * 3 + i) * 6 + j] == s);
            }
    const double *none =
        values(build_dot(&b, numbers(shape3(2, 3, 0)), numbers(shape3(2, 2, 0)), 1, 1));
    for (int i = 0; i < 12; i++) ck_assert(none[i] == 0);
}
END_TEST

START_TEST(convolutions) {
    enum { H = 7, W = 6, G = 2, C = 3, O = 2, KH = 3, KW = 2 };
    const int64_t stride[] = {2, 1}, pad[] = {1, 2}, xd[] = {1, 2}, wd[] = {2, 1};
    enum { OH = 3, OW = 13 };
    Node *x = numbers(tensor(DT_f64, 4, (int64_t[]){2, G * C, H, W}));
    Node *w = numbers(tensor(DT_f64, 4, (int64_t[]){G * O, C, KH, KW}));
    const Dim *out[] = {dim(OH), dim(OW)};
    const double *v = values(x), *u = values(w);
    const double *y = values(build_conv(&b, x, w, 2, G, stride, pad, xd, wd, out));
    for (int n = 0; n < 2; n++)
        for (int o = 0; o < G * O; o++)
            for (int p = 0; p < OH; p++)
                for (int q = 0; q < OW; q++) {
                    double s = 0;
                    for (int c = 0; c < C; c++)
                        for (int k = 0; k < KH; k++)
                            for (int l = 0; l < KW; l++) {
                                int64_t i = p * stride[0] + k * wd[0] - pad[0],
                                        j = q * stride[1] + l * wd[1] - pad[1];
                                int inside =
                                    i >= 0 && i < H && j >= 0 && j % xd[1] == 0 && j / xd[1] < W;
                                if (!inside) continue;
                                int64_t channel = o / O * C + c;
                                s += u[((o * C + c) * KH + k) * KW + l] *
                                     v[((n * G * C + channel) * H + i) * W + j / xd[1]];
                            }
                    ck_assert(y[((n * G * O + o) * OH + p) * OW + q] == s);
                }
}
END_TEST

/* ---- sizes ---- */
START_TEST(sizes) {
    Size *n = size_new(g->dims, "n", SIZE_DATA, -1, span_nowhere());
    const Dim *d = dim_add(g->dims, dim_size(g->dims, n), dim(1));
    Node *size = build_size(&b, d);
    ck_assert_ptr_null(eval_node(e, size));
    ck_assert_int_eq(eval_trapped(e), 0);
    ck_assert_ptr_nonnull(strstr(eval_error(e), "n"));
    eval_set_size(e, n, 4);
    int64_t value;
    ck_assert(eval_int(e, size, &value) && value == 5);
    Node *iota = build_iota(&b, type_new(g->types, DT_i64, 2, (const Dim *[]){dim(2), d}, NULL), 1);
    ck_assert_int_eq(wholes(iota)[8], 3);
}
END_TEST

/* ---- what it cannot know, and effects ---- */
START_TEST(unknowns) {
    Node *x = build_map2(&b, OP_add, unknown(DT_i64, 0), whole(1));
    int64_t value;
    ck_assert_int_eq(eval_int(e, x, &value), 0);
    ck_assert_ptr_nonnull(strstr(eval_error(e), "not known"));
    show(whole(3));
    ck_assert_int_eq(eval_run(e), 0);
    ck_assert_int_eq(eval_trapped(e), 0);
    EvalOptions few = {.max_elements = 10};
    Eval *small = eval_new(g, &few);
    Node *large = numbers(vector(DT_f64, 11));
    ck_assert_ptr_null(eval_node(small, large));
    eval_free(small);
}
END_TEST

START_TEST(effects) {
    char *text = NULL;
    size_t size = 0;
    FILE *f = open_memstream(&text, &size);
    int64_t seven = 7;
    TgTensor arg = {&seven, DT_i64, 0, {0}};
    show(build_map2(&b, OP_mul, unknown(DT_i64, 0), whole(6)));
    EvalOptions options = {.args = &arg, .out = f, .has_seed = 1};
    Eval *run = eval_new(g, &options);
    ck_assert_msg(eval_run(run), "%s", eval_error(run));
    fflush(f);
    ck_assert_int_eq(strncmp(text, "42\n", 3), 0);
    Node *quotient =
        build_map2(&b, OP_floordiv, whole(1), build_map2(&b, OP_sub, unknown(DT_i64, 0), whole(7)));
    show(quotient);
    ck_assert_int_eq(eval_run(run), 0);
    ck_assert(eval_trapped(run) && eval_where(run) == quotient);
    eval_free(run);
    fclose(f);
    free(text);
}
END_TEST

int main(void) {
    Suite *suite = suite_create("eval");
    TCase *t = tcase_create("eval");
    tcase_add_checked_fixture(t, start, end);
    tcase_add_test(t, views);
    tcase_add_test(t, slices);
    tcase_add_test(t, windows);
    tcase_add_test(t, gathers);
    tcase_add_test(t, sums);
    tcase_add_loop_test(t, order_of_sums, 0, 9);
    tcase_add_test(t, order_of_products);
    tcase_add_test(t, extremes);
    tcase_add_test(t, halves_are_rounded_once);
    tcase_add_test(t, dots);
    tcase_add_test(t, convolutions);
    tcase_add_test(t, sizes);
    tcase_add_test(t, unknowns);
    tcase_add_test(t, effects);
    suite_add_tcase(suite, t);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed != 0;
}
