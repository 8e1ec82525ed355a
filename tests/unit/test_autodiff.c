/* test_autodiff.c: every rule of the derivative column against finite differences in f64, first and
   second order, both modes: the pointwise ones from their rows, the others from a list of uses. */
#include "gradcheck.h"

#include <stdio.h>

/* ---- pointwise rows ---- */

static Node *operand(const OpInfo *info, int i, double lo, double hi) {
    const char *types = info->types;
    for (int k = i; k; k--) types = strchr(types, ',') + 1;
    const int is_bool = !strncmp(types, "bool", 4);
    if (!is_bool && info->derivatives[i][0]) return input(lo, hi, SHAPE(5));
    if (!is_bool) return noisy(shape_of(DT_f64, SHAPE(5)), lo, hi);
    const uint8_t bits[] = {1, 0, 0, 1, 1};
    return build_const(&at, shape_of(DT_bool, SHAPE(5)), bits);
}

static int is_tested(const OpInfo *info) {
    return (info->flags & OPF_MAP) && info->derivative_kind == DERIV_TEXT &&
           strchr(info->samples, '(');
}

static int is_floating_type(const Node *x) {
    return dtype_is_float(x->type->dtype);
}

START_TEST(pointwise_rows) {
    const OpInfo *info = op_info((Op)_i);
    if (!is_tested(info)) return;
    double lo, hi;
    Node *args[8];
    ck_assert_int_eq(sscanf(info->samples, "U(%lf, %lf)", &lo, &hi), 2);
    for (int i = 0; i < info->nargs; i++) args[i] = operand(info, i, lo, hi);
    check_gradients(mixed(build_map(&at, (Op)_i, args, info->nargs)), info->name);
}
END_TEST

/* a rule's nodes have the types that they should, whatever the element type */
START_TEST(pointwise_rows_in_all_types) {
    const OpInfo *info = op_info((Op)_i);
    if (!is_tested(info)) return;
    for (int d = DT_f16; d <= DT_f32; d++) {
        Node *args[8], *dx[MAX_INPUTS];
        ninputs = 0;
        for (int i = 0; i < info->nargs; i++) {
            args[i] = operand(info, i, 1, 1);
            if (is_floating_type(args[i])) args[i] = build_cast(&at, args[i], (DType)d);
        }
        Node *y = build_map(&at, (Op)_i, args, info->nargs);
        GradRequest request = {.y = y, .seed = y, .xs = args, .nxs = 1};
        if (strncmp(info->types, "bool", 4)) ck_assert(autodiff_reverse(&at, &request, dx));
        graph_verify(graph, "reverse mode");
    }
}
END_TEST

/* every floating row has a derivative, is a step or says that it has none */
START_TEST(pointwise_step_is_zero) {
    Node *x = input(0.5, 2, SHAPE(3)), *dx;
    GradRequest request = {.y = total(map1(OP_floor, x)), .xs = inputs, .nxs = 1};
    ck_assert(autodiff_reverse(&at, &request, &dx));
    ck_assert_ptr_nonnull(dx);
    Eval *e = eval_new(graph, NULL);
    for (int i = 0; i < 3; i++) ck_assert_double_eq(at_index(e, dx, i), 0);
    eval_free(e);
}
END_TEST

/* ---- views ---- */

static Node *use_cast(void) {
    Node *x = input(-2, 2, SHAPE(3));
    return mixed(map2(OP_mul, build_cast(&at, x, DT_f64), x));
}

static Node *use_reshape(void) {
    Node *x = input(-2, 2, SHAPE(2, 3));
    return mixed(map1(OP_square, build_reshape(&at, x, shape_of(DT_f64, SHAPE(3, 2)))));
}

static Node *use_permute(void) {
    Node *x = input(-2, 2, SHAPE(2, 3, 2));
    return mixed(map1(OP_square, build_permute(&at, x, (int[]){2, 0, 1})));
}

static Node *use_expand(void) {
    Node *x = input(-2, 2, SHAPE(3, 1)), *y = input(-2, 2, SCALAR);
    x = build_expand(&at, x, shape_of(DT_f64, SHAPE(2, 3, 4)));
    return mixed(map2(OP_mul, map1(OP_square, x), y));
}

static Node *use_slice(void) {
    Node *x = input(-2, 2, SHAPE(5, 3));
    Node *starts[] = {integer(1), integer(0)};
    const Dim *lengths[] = {dim_int(graph->dims, 2), dim_int(graph->dims, 3)};
    return mixed(map1(OP_square, build_slice(&at, x, starts, lengths, (int64_t[]){2, 1})));
}

static Node *use_many_slices(void) {
    Node *x = input(-2, 2, SHAPE(9)),
         *sum = map2(OP_mul, build_slice_axis(&at, x, 0, integer(0), dim_int(graph->dims, 2), 1),
                     number(1));
    for (int i = 1; i < 7; i++) {
        Node *s = build_slice_axis(&at, x, 0, integer(i), dim_int(graph->dims, 2), 1);
        sum = map2(OP_add, map2(OP_mul, sum, s), s);
    }
    return mixed(map2(OP_add, sum, total(map1(OP_square, x))));
}

static Node *use_pad(void) {
    Node *x = input(-2, 2, SHAPE(3));
    Node *start = integer(1);
    const Dim *outer = dim_int(graph->dims, 7);
    return mixed(map1(OP_square, build_pad(&at, x, &start, &outer, (int64_t[]){2})));
}

static Node *use_flip(void) {
    Node *x = input(-2, 2, SHAPE(2, 3));
    return mixed(map1(OP_square, build_flip(&at, x, (int[]){1}, 1)));
}

static Node *use_cat(void) {
    Node *xs[] = {input(-2, 2, SHAPE(2, 3)), input(-2, 2, SHAPE(2, 1)), NULL};
    xs[2] = xs[0];
    return mixed(map1(OP_square, build_cat(&at, xs, 3, 1)));
}

static Node *use_window(void) {
    Node *x = input(-2, 2, SHAPE(2, 8));
    return mixed(map1(OP_square, build_window(&at, x, 1, 3, 2, 2)));
}

static Node *use_unwindow(void) {
    Node *x = input(-2, 2, SHAPE(3, 2));
    Node *cover = build_unwindow(&at, x, 0, 2, 1, dim_int(graph->dims, 6));
    Node *longer = build_unwindow(&at, x, 0, 2, 1, dim_int(graph->dims, 9));
    Node *shorter = build_unwindow(&at, x, 0, 2, 1, dim_int(graph->dims, 5));
    Node *y = map2(OP_add, mixed(map1(OP_square, cover)), mixed(map1(OP_square, longer)));
    return map2(OP_add, y, mixed(map1(OP_square, shorter)));
}

static Node *use_slice_update(void) {
    Node *x = input(-2, 2, SHAPE(5)), *v = input(-2, 2, SHAPE(2)), *start = integer(1);
    return mixed(map1(OP_square, build_slice_update(&at, x, v, &start, (int64_t[]){2})));
}

/* ---- indices ---- */

static Node *ints(int n, const int64_t *values) {
    return build_const(&at, shape_of(DT_i64, SHAPE(n)), values);
}

static Node *use_gather(void) {
    Node *x = input(-2, 2, SHAPE(4, 2)), *idx = ints(4, (int64_t[]){1, 3, 1, -4});
    return mixed(map1(OP_square, build_gather(&at, x, &idx, 1)));
}

static Node *use_gather_two(void) {
    Node *x = input(-2, 2, SHAPE(3, 2, 2));
    Node *idx[] = {ints(3, (int64_t[]){2, 0, 2}), ints(3, (int64_t[]){1, 1, 1})};
    return mixed(map2(OP_mul, build_gather(&at, x, idx, 2), total(map1(OP_square, x))));
}

static Node *use_scatter(void) {
    Node *x = input(-2, 2, SHAPE(4, 2)), *v = input(-2, 2, SHAPE(3, 2));
    Node *idx = ints(3, (int64_t[]){1, -3, 3}); /* the first two are one */
    return mixed(map1(OP_square, build_scatter(&at, OP_scatter, x, &idx, 1, v)));
}

static Node *use_scatter_add(void) {
    Node *x = input(-2, 2, SHAPE(4)), *v = input(-2, 2, SHAPE(3)),
         *idx = ints(3, (int64_t[]){1, 3, 1});
    return mixed(map1(OP_square, build_scatter(&at, OP_scatter_add, x, &idx, 1, v)));
}

/* ---- reductions and scans ---- */

static Node *use_sum(void) {
    Node *x = input(-2, 2, SHAPE(2, 3, 2));
    return mixed(map1(OP_square, build_reduce(&at, OP_sum, x, (int[]){0, 2}, 2)));
}

static Node *use_amax(void) {
    Node *x = input(-2, 2, SHAPE(2, 3, 2));
    return mixed(map1(OP_square, build_reduce(&at, OP_amax, x, (int[]){1}, 1)));
}

static Node *use_amin(void) {
    Node *x = input(-2, 2, SHAPE(2, 4));
    return mixed(map1(OP_square, build_reduce(&at, OP_amin, x, (int[]){0, 1}, 2)));
}

static Node *prod_of(int zeros, int middle) {
    Node *x = input(0.5, 2, SHAPE(2, 3, 2));
    for (int i = 0; i < zeros; i++) data_of(x)[4 * i] = 0;
    return mixed(map1(OP_square, build_reduce(&at, OP_prod, x, middle ? (int[]){1} : (int[]){0, 2},
                                              middle ? 1 : 2)));
}

static Node *use_prod(void) {
    return prod_of(0, 0);
}
static Node *use_prod_middle(void) {
    return prod_of(0, 1);
}
static Node *use_prod_zero(void) {
    return prod_of(1, 1);
}

/* one product, of which two factors are zero: only second derivatives are left */
static Node *use_prod_two_zeros(void) {
    Node *x = input(0.5, 2, SHAPE(5));
    data_of(x)[1] = data_of(x)[3] = 0;
    return mixed(build_reduce(&at, OP_prod, x, (int[]){0}, 1));
}

static Node *use_cumsum(void) {
    Node *x = input(-2, 2, SHAPE(2, 4));
    return mixed(map1(OP_square, build_scan(&at, OP_cumsum, x, 1)));
}

static Node *use_cumprod(void) {
    Node *x = input(0.5, 2, SHAPE(4, 2));
    return mixed(build_scan(&at, OP_cumprod, x, 0));
}

static Node *use_cumprod_zeros(void) {
    Node *x = input(0.5, 2, SHAPE(2, 5));
    data_of(x)[1] = data_of(x)[3] = data_of(x)[5] = 0;
    return mixed(build_scan(&at, OP_cumprod, x, 1));
}

static Node *use_logcumsumexp(void) {
    Node *x = input(-2, 2, SHAPE(2, 4));
    data_of(x)[0] = 300;
    data_of(x)[5] = -300;
    return mixed(map2(OP_div, build_scan(&at, OP_logcumsumexp, x, 1), number(10)));
}

/* ---- products ---- */

static Node *use_dot(void) {
    Node *a = input(-1, 1, SHAPE(2, 3, 2, 2)), *b = input(-1, 1, SHAPE(2, 2, 2));
    return mixed(map1(OP_square, build_dot(&at, a, b, 1, 1)));
}

static Node *use_dot_all(void) {
    Node *a = input(-1, 1, SHAPE(3, 2)), *b = input(-1, 1, SHAPE(3, 2));
    return map1(OP_square, build_dot(&at, a, b, 0, 2));
}

typedef struct ConvCase ConvCase;
struct ConvCase {
    int n, groups, c, o, length, size, out, stride, pad, x_dilation, w_dilation;
};

static Node *use_conv_case(ConvCase k) {
    int xd[] = {2, k.groups * k.c, k.length, k.length + 1},
        wd[] = {k.groups * k.o, k.c, k.size, k.size};
    Node *x = input(-1, 1, 2 + k.n, xd), *w = input(-1, 1, 2 + k.n, wd);
    int64_t stride[] = {k.stride, 1}, pad[] = {k.pad, 0}, xdil[] = {k.x_dilation, 1};
    int64_t wdil[] = {k.w_dilation, 1};
    const Dim *out[] = {dim_int(graph->dims, k.out), dim_int(graph->dims, k.length + 2 - k.size)};
    return mixed(
        map1(OP_square, build_conv(&at, x, w, k.n, k.groups, stride, pad, xdil, wdil, out)));
}

static Node *use_conv(void) {
    return use_conv_case((ConvCase){1, 1, 2, 3, 5, 3, 3, 1, 0, 1, 1});
}
static Node *use_conv_stride(void) {
    return use_conv_case((ConvCase){1, 1, 1, 2, 6, 3, 3, 2, 1, 1, 1});
}
static Node *use_conv_dilated(void) {
    return use_conv_case((ConvCase){1, 2, 1, 2, 6, 2, 4, 1, 0, 1, 2});
}
static Node *use_conv_transposed(void) {
    return use_conv_case((ConvCase){1, 1, 2, 1, 3, 2, 6, 1, 1, 2, 1});
}
static Node *use_conv_plane(void) {
    return use_conv_case((ConvCase){2, 2, 1, 1, 4, 2, 3, 2, 1, 1, 1});
}

/* ---- linear algebra ---- */

/* well-conditioned: x + 3 on the diagonal */
static Node *steady(Node *x) {
    const Type *t = x->type;
    Node *row = build_iota(&at, t, t->rank - 2), *column = build_iota(&at, t, t->rank - 1);
    Node *three = build_map3(&at, OP_where, map2(OP_eq, row, column), build_fill(&at, t, 3),
                             build_fill(&at, t, 0));
    return map2(OP_add, x, three);
}

static Node *use_stack_sum(void) {
    Node *x = input(-2, 2, SHAPE(2, 3)), *both[] = {x, map1(OP_square, x)};
    return mixed(map1(OP_square, build_op(&at, OP_stack_sum, both, 2, NULL, 0, x->type)));
}

static Node *use_cholesky(void) {
    Node *x = input(-0.5, 0.5, SHAPE(2, 3, 3));
    Node *a = map2(OP_add, x, build_permute(&at, x, (int[]){0, 2, 1}));
    return mixed(build_op(&at, OP_cholesky, (Node *[]){steady(a)}, 1, NULL, 0, NULL));
}

static Node *solved(Op op, const int64_t *upper) {
    Node *args[] = {steady(input(-0.5, 0.5, SHAPE(2, 3, 3))), input(-1, 1, SHAPE(2, 3, 2))};
    return mixed(build_op(&at, op, args, 2, upper, upper != NULL, NULL));
}

static Node *use_solve(void) {
    return solved(OP_solve, NULL);
}
static Node *use_solve_lower(void) {
    return solved(OP_solve_triangular, (int64_t[]){0});
}
static Node *use_solve_upper(void) {
    return solved(OP_solve_triangular, (int64_t[]){1});
}

static Node *use_det(void) {
    Node *a = steady(input(-0.5, 0.5, SHAPE(2, 3, 3)));
    return mixed(build_op(&at, OP_det, &a, 1, NULL, 0, NULL));
}

/* ---- sizes and names ---- */

static const Type *typed(int rank, const Dim *const *dims, const char *const *names) {
    return type_new(graph->types, DT_f64, rank, dims, names);
}

/* an input of rows by n, n named */
static Node *sized_input(int n) {
    const char *names[] = {NULL, intern(graph->interner, "n")};
    const Dim *dims[] = {dim_size(graph->dims, rows), dim_int(graph->dims, n)};
    return build_reshape(&at, input(0.5, 1.5, SHAPE(NROWS, n)), typed(2, dims, names));
}

static Node *use_sized_products(void) {
    Node *x = sized_input(3), *y = sized_input(3);
    Node *p = build_reduce(&at, OP_prod, x, (int[]){0}, 1), *c = build_scan(&at, OP_cumprod, y, 0);
    Node *both = map2(OP_mul, build_expand(&at, p, c->type), c);
    return map1(OP_square, total(map1(OP_square, both)));
}

static Node *use_sized_joins(void) {
    Node *x = sized_input(3), *y = sized_input(3), *parts[] = {x, map2(OP_mul, x, y), y};
    Node *all = build_cat(&at, parts, 3, 0);
    Node *some = build_slice_axis(&at, all, 0, integer(1), dim_size(graph->dims, rows), 2);
    Node *back = build_permute(&at, some, (int[]){1, 0});
    return total(map1(OP_square, build_dot(&at, back, back, 0, 1)));
}

static Node *use_sized_conv(void) {
    const Dim *one = dim_int(graph->dims, 1), *four = dim_int(graph->dims, 4);
    const Dim *dims[] = {dim_size(graph->dims, rows), one, four};
    Node *x = build_reshape(&at, sized_input(4), typed(3, dims, NULL)),
         *w = input(-1, 1, SHAPE(2, 1, 3));
    int64_t unit = 1;
    Node *y = build_conv(&at, x, w, 1, 1, &unit, &unit, &unit, &unit, &four);
    return total(map1(OP_square, map1(OP_square, y)));
}

/* a cotangent has its value's names, whatever it met */
START_TEST(gradients_keep_types) {
    Node *x = sized_input(3), *y = build_reshape(&at, x, type_without_names(graph->types, x->type));
    Node *xs[] = {x, y, inputs[0]}, *dx[3];
    Node *both = map2(OP_mul, x, y);
    GradRequest request = {.y = total(both), .xs = xs, .nxs = 3};
    ck_assert(autodiff_reverse(&at, &request, dx));
    for (int i = 0; i < 3; i++) ck_assert_ptr_eq(dx[i]->type, xs[i]->type);
}
END_TEST

typedef struct Use Use;
struct Use {
    const char *name;
    Node *(*build)(void);
};

#define USES(X)                                                                                    \
    X(cast)                                                                                        \
    X(stack_sum) X(reshape) X(permute) X(expand) X(slice) X(many_slices) X(pad) X(flip) X(cat)     \
        X(window) X(unwindow) X(slice_update) X(gather) X(gather_two) X(scatter) X(scatter_add)    \
            X(sum) X(amax) X(amin) X(prod) X(prod_middle) X(prod_zero) X(prod_two_zeros) X(cumsum) \
                X(cumprod) X(cumprod_zeros) X(logcumsumexp) X(dot) X(dot_all) X(conv)              \
                    X(conv_stride) X(conv_dilated) X(conv_transposed) X(conv_plane) X(cholesky)    \
                        X(solve) X(solve_lower) X(solve_upper) X(det) X(sized_products)            \
                            X(sized_joins) X(sized_conv)

static const Use uses[] = {
#define X(name) {#name, use_##name},
    USES(X)
#undef X
};
enum { NUSES = sizeof uses / sizeof *uses };

START_TEST(structural_rows) {
    check_gradients(uses[_i].build(), uses[_i].name);
}
END_TEST

/* a row with a C rule that no use is named after has no test */
START_TEST(all_rules_are_used) {
    for (int op = 0; op < OP_COUNT; op++) {
        const OpInfo *info = op_info((Op)op);
        if (info->derivative_kind != DERIV_C) continue;
        int found = 0;
        for (int i = 0; i < NUSES; i++)
            found |=
                !strncmp(uses[i].name, info->name, strlen(info->name)) ||
                (!strcmp(info->name, "solve_triangular") && !strcmp(uses[i].name, "solve_lower"));
        ck_assert_msg(found, "%s", info->name);
    }
}
END_TEST

/* ---- by value ---- */

START_TEST(constants_are_values) { /* x is ones: nothing of x * x * x may be simplified away */
    Node *x = inputs[ninputs++] = build_fill(&at, shape_of(DT_f64, SHAPE(2)), 1), *dx, *ddx;
    reverse(total(map2(OP_mul, map2(OP_mul, x, x), x)), &dx);
    reverse(total(dx), &ddx);
    Eval *e = eval_new(graph, NULL);
    ck_assert_double_eq(at_index(e, dx, 0), 3);
    ck_assert_ptr_nonnull(ddx);
    ck_assert_double_eq(at_index(e, ddx, 1), 6);
    eval_free(e);
}
END_TEST

START_TEST(gradients_are_new_values) {
    Node *a = input(-1, 1, SCALAR), *b = input(-1, 1, SCALAR), *dx[2], *ddx[2];
    reverse(map2(OP_add, a, b), dx);
    ck_assert_ptr_ne(dx[0], dx[1]);
    inputs[0] = dx[0];
    inputs[1] = dx[1];
    reverse(map2(OP_add, map2(OP_mul, dx[0], dx[0]), map2(OP_mul, dx[1], number(3))), ddx);
    Eval *e = eval_new(graph, NULL);
    ck_assert_double_eq(value(e, ddx[0]), 2);
    ck_assert_double_eq(value(e, ddx[1]), 3);
    eval_free(e);
}
END_TEST

START_TEST(independent_is_null) {
    input(-1, 1, SCALAR);
    Node *y = build_detach(&at, input(-1, 1, SCALAR)), *dx[2], *tangent,
         *vs[] = {number(1), number(1)};
    GradRequest request = {.y = y, .xs = inputs, .nxs = 2};
    ck_assert(autodiff_reverse(&at, &request, dx));
    ck_assert_ptr_null(dx[0]);
    ck_assert_ptr_null(dx[1]);
    TangentRequest t = {.y = y, .xs = inputs, .vs = vs, .nxs = 2};
    ck_assert(autodiff_forward(&at, &t, &tangent));
    ck_assert_ptr_null(tangent);
}
END_TEST

/* only the way from x to y is looked at: a thousand nodes before x and beside the way make no
 * difference */
START_TEST(cost_is_that_of_the_way) {
    Node *before = noisy(shape_of(DT_f64, SHAPE(2)), 0, 1);
    for (int i = 0; i < 1000; i++) before = map1(OP_neg, before);
    Node *x = input(-1, 1, SHAPE(2)), *dx;
    Node *y = total(map2(OP_mul, map2(OP_mul, x, before), x));
    int nodes = graph->root->nodes.n;
    reverse(y, &dx);
    ck_assert_int_le(graph->root->nodes.n - nodes, 12);
}
END_TEST

int main(void) {
    Suite *s = suite_create("autodiff");
    TCase *t = tcase_create("autodiff");
    tcase_add_checked_fixture(t, setup, teardown);
    tcase_set_timeout(t, 60);
    tcase_add_loop_test(t, pointwise_rows, 0, OP_COUNT);
    tcase_add_loop_test(t, pointwise_rows_in_all_types, 0, OP_COUNT);
    tcase_add_test(t, pointwise_step_is_zero);
    tcase_add_loop_test(t, structural_rows, 0, NUSES);
    tcase_add_test(t, all_rules_are_used);
    tcase_add_test(t, constants_are_values);
    tcase_add_test(t, gradients_keep_types);
    tcase_add_test(t, gradients_are_new_values);
    tcase_add_test(t, independent_is_null);
    tcase_add_test(t, cost_is_that_of_the_way);
    suite_add_tcase(s, t);
    SRunner *runner = srunner_create(s);
    srunner_run_all(runner, CK_NORMAL);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed != 0;
}
