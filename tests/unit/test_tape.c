/* test_tape.c: derivatives through control flow, to second order and in both modes: loops of no,
   one and many trips, nested and ragged ones, branches, blocks that are computed again, custom
   rules; and that an iteration costs what it touches. */
#include "gradcheck.h"

/* ---- building loops: a Body is a region being filled ---- */

typedef struct Body Body;
struct Body {
    Builder b;
    Node *index, *values[4]; /* for: the index; what it carries */
};

static Body body_new(Builder *around, int is_for, Node *const *carried, int n) {
    Body body = {*around, NULL, {NULL}};
    body.b.region = region_new(graph, around->region);
    if (is_for) body.index = build_param(&body.b, body.b.region, type_scalar(graph->types, DT_i64));
    for (int i = 0; i < n; i++)
        body.values[i] = build_param(&body.b, body.b.region, carried[i]->type);
    return body;
}

static void give(Body *body, Node *result) {
    PUSH(arena, &body->b.region->results, result);
}

static Node *end_for(Builder *b, Body *body, Node *trips, Node *const *carried, int n) {
    Node *zero = build_int(b, 0), *one = build_int(b, 1);
    return build_for(b, zero, trips, one, carried, n, NULL, 0, 0, body->b.region);
}

static Node *mul(Builder *b, Node *x, Node *y) {
    return build_map2(b, OP_mul, x, y);
}
static Node *add(Builder *b, Node *x, Node *y) {
    return build_map2(b, OP_add, x, y);
}
static Node *num(Builder *b, double v) {
    return build_float(b, DT_f64, v);
}
static Node *real(Builder *b, Node *i) {
    return build_cast(b, i, DT_f64);
}

/* x * (w - x / 8): tame and not linear */
static Node *step(Builder *b, Node *x, Node *w) {
    return mul(b, x, build_map2(b, OP_sub, w, build_map2(b, OP_div, x, num(b, 8))));
}

static Node *element(Builder *b, Node *x, Node *i) {
    Node *one = build_slice_axis(b, x, 0, i, dim_int(graph->dims, 1), 1);
    return build_reshape(b, one, type_scalar(graph->types, DT_f64));
}

static Node *with_element(Builder *b, Node *x, Node *i, Node *v) {
    v = build_reshape(b, v, shape_of(DT_f64, SHAPE(1)));
    return build_slice_update(b, x, v, &i, (int64_t[]){1});
}

/* ---- for ---- */

static Node *use_for(int trips) {
    Node *x = input(0.5, 1.5, SHAPE(3)), *w = input(0.5, 1.5, SCALAR);
    Body body = body_new(&at, 1, &x, 1);
    Node *scaled = mul(&body.b, w, add(&body.b, real(&body.b, body.index), num(&body.b, 0.5)));
    give(&body, step(&body.b, body.values[0], scaled));
    return mixed(build_result(&at, end_for(&at, &body, integer(trips), &x, 1), 0));
}

static Node *use_for_0(void) {
    return use_for(0);
}
static Node *use_for_1(void) {
    return use_for(1);
}
static Node *use_for_2(void) {
    return use_for(2);
}
static Node *use_for_6(void) {
    return use_for(6);
}

/* three values handed on from one to the next, one of them not floating, one unused in the end */
static Node *use_shift(void) {
    Node *x = input(0.5, 1.5, SCALAR), *w = input(0.5, 1.5, SCALAR);
    Node *carried[] = {x, w, num(&at, 0.3), integer(4)};
    Body body = body_new(&at, 1, carried, 4);
    Node *count = body.values[3];
    give(&body, mul(&body.b, body.values[1], real(&body.b, count)));
    give(&body, step(&body.b, body.values[2], w));
    give(&body, add(&body.b, body.values[0], body.values[2]));
    give(&body, build_map2(&body.b, OP_sub, count, build_int(&body.b, 1)));
    Node *loop = end_for(&at, &body, integer(4), carried, 4);
    return add(&at, build_result(&at, loop, 0), mul(&at, build_result(&at, loop, 1), x));
}

/* backwards, by twos, and from inside: its trip count is a value */
static Node *use_bounds(void) {
    Node *x = input(0.5, 1.5, SCALAR), *w = input(0.5, 1.5, SCALAR);
    Body body = body_new(&at, 1, &x, 1);
    Node *by =
        mul(&body.b, w, build_map2(&body.b, OP_div, real(&body.b, body.index), num(&body.b, 4)));
    give(&body, step(&body.b, body.values[0], by));
    Node *hi = build_cast(&at, mul(&at, build_detach(&at, x), num(&at, 0)), DT_i64);
    Node *loop = build_for(&at, integer(7), hi, integer(-2), &x, 1, NULL, 0, 0, body.b.region);
    return mul(&at, build_result(&at, loop, 0), x);
}

/* ---- while ---- */

static Node *newton(Builder *b, Node *a) { /* sqrt(a), until it is right to 1e-9 */
    Node *start = num(b, 1);
    Body cond = body_new(b, 0, &start, 1), body = body_new(b, 0, &start, 1);
    Node *r = cond.values[0];
    Node *off = build_map1(&cond.b, OP_abs, build_map2(&cond.b, OP_sub, mul(&cond.b, r, r), a));
    give(&cond, build_map2(&cond.b, OP_gt, off, num(&cond.b, 1e-9)));
    Node *x = body.values[0];
    Node *twice = add(&body.b, x, build_map2(&body.b, OP_div, a, x));
    give(&body, mul(&body.b, num(&body.b, 0.5), twice));
    return build_result(b, build_while(b, &start, 1, cond.b.region, body.b.region), 0);
}

static Node *use_while(void) {
    return newton(&at, input(2, 7, SCALAR));
}

static Node *use_while_never(void) {
    Node *x = input(2, 7, SCALAR);
    Body cond = body_new(&at, 0, &x, 1), body = body_new(&at, 0, &x, 1);
    give(&cond, build_map2(&cond.b, OP_lt, cond.values[0], num(&cond.b, 0)));
    give(&body, mul(&body.b, body.values[0], body.values[0]));
    Node *loop = build_while(&at, &x, 1, cond.b.region, body.b.region);
    return map1(OP_square, build_result(&at, loop, 0));
}

/* ---- nested ---- */

static Node *nested(Builder *b, Node *x, Node *w, Node *trips) { /* trips times, then w again */
    Body body = body_new(b, 1, &x, 1);
    give(&body, step(&body.b, body.values[0], w));
    return add(b, build_result(b, end_for(b, &body, trips, &x, 1), 0), w);
}

static Node *use_ragged(void) {
    Node *x = input(0.5, 1.5, SHAPE(2)), *w = input(0.5, 1.5, SHAPE(2));
    Body body = body_new(&at, 1, &x, 1);
    Node *inner = nested(&body.b, body.values[0], w, body.index); /* 0, 1, 2, 3 trips */
    give(&body, mul(&body.b, inner, num(&body.b, 0.7)));
    return mixed(build_result(&at, end_for(&at, &body, integer(4), &x, 1), 0));
}

static Node *use_while_in_for(void) { /* each a different number of iterations */
    Node *x = input(2, 7, SCALAR), *w = input(1.5, 2.5, SCALAR);
    Body body = body_new(&at, 1, &x, 1);
    Node *a = add(&body.b, mul(&body.b, body.values[0], w), real(&body.b, body.index));
    give(&body, mul(&body.b, newton(&body.b, a), w));
    return mixed(build_result(&at, end_for(&at, &body, integer(3), &x, 1), 0));
}

static Node *use_three_deep(void) {
    Node *x = input(0.5, 1.5, SCALAR), *w = input(0.5, 1.5, SCALAR);
    Body outer = body_new(&at, 1, &x, 1);
    Body middle = body_new(&outer.b, 1, outer.values, 1);
    Node *both = add(&middle.b, real(&middle.b, outer.index), real(&middle.b, middle.index));
    Node *scaled = mul(&middle.b, w, build_map2(&middle.b, OP_div, both, num(&middle.b, 4)));
    give(&middle, nested(&middle.b, middle.values[0], scaled, middle.index));
    Node *loop = end_for(&outer.b, &middle, outer.index, outer.values, 1);
    give(&outer, mul(&outer.b, build_result(&outer.b, loop, 0), w));
    return mixed(build_result(&at, end_for(&at, &outer, integer(4), &x, 1), 0));
}

/* ---- branches ---- */

/* if odd then step(x, w) else x * x / 2, with a value of the branch used twice */
static Node *branch(Builder *b, Node *cond, Node *x, Node *w) {
    Body yes = body_new(b, 0, NULL, 0), no = body_new(b, 0, NULL, 0);
    Node *s = step(&yes.b, x, w);
    give(&yes, mul(&yes.b, s, build_map2(&yes.b, OP_div, s, w)));
    give(&no, mul(&no.b, mul(&no.b, x, x), num(&no.b, 0.5)));
    return build_result(b, build_if(b, cond, yes.b.region, no.b.region), 0);
}

static Node *is_odd(Builder *b, Node *i) {
    Node *half = build_map2(b, OP_floordiv, i, build_int(b, 2));
    Node *even = build_map2(b, OP_mul, half, build_int(b, 2));
    return build_map2(b, OP_ne, even, i);
}

static Node *use_if(void) {
    Node *x = input(1.1, 1.5, SCALAR), *w = input(0.5, 1.5, SCALAR);
    Node *first = branch(&at, map2(OP_gt, x, number(1)), x, w);
    return mul(&at, first, branch(&at, map2(OP_lt, x, number(1)), w, x));
}

static Node *use_if_in_for(void) {
    Node *x = input(0.5, 1.5, SCALAR), *w = input(0.5, 1.5, SCALAR);
    Body body = body_new(&at, 1, &x, 1);
    Node *next = branch(&body.b, is_odd(&body.b, body.index), body.values[0], w);
    give(&body, add(&body.b, next, num(&body.b, 0.1)));
    return mixed(build_result(&at, end_for(&at, &body, integer(5), &x, 1), 0));
}

static Node *use_for_in_if(void) {
    Node *x = input(0.5, 1.5, SHAPE(2)), *w = input(0.5, 1.5, SHAPE(2));
    Body yes = body_new(&at, 0, NULL, 0), no = body_new(&at, 0, NULL, 0);
    give(&yes, nested(&yes.b, mul(&yes.b, x, x), w, integer(3)));
    give(&no, w);
    Node *cond = map2(OP_gt, total(x), number(0));
    return mixed(build_result(&at, build_if(&at, cond, yes.b.region, no.b.region), 0));
}

/* a while in a branch in a for: of some iterations only */
static Node *use_while_in_if_in_for(void) {
    Node *x = input(2, 7, SCALAR), *w = input(1.5, 2.5, SCALAR);
    Body body = body_new(&at, 1, &x, 1);
    Body yes = body_new(&body.b, 0, NULL, 0), no = body_new(&body.b, 0, NULL, 0);
    Node *x0 = body.values[0];
    give(&yes, nested(&yes.b, newton(&yes.b, mul(&yes.b, x0, w)), w, body.index));
    give(&no, mul(&no.b, x0, w));
    Node *cond = is_odd(&body.b, body.index);
    give(&body, build_result(&body.b, build_if(&body.b, cond, yes.b.region, no.b.region), 0));
    return mixed(build_result(&at, end_for(&at, &body, integer(4), &x, 1), 0));
}

/* ---- elements ---- */

static Node *use_elements(void) { /* y[i] = step(y[i - 1], x[i]), then all of y */
    Node *x = input(0.5, 1.5, SHAPE(5)), *y = input(0.5, 1.5, SHAPE(5));
    Body body = body_new(&at, 1, &y, 1);
    Builder *b = &body.b;
    Node *i = add(b, body.index, build_int(b, 1)), *y0 = body.values[0];
    Node *next = step(b, element(b, y0, body.index), element(b, x, i));
    give(&body, with_element(b, y0, i, next));
    return mixed(build_result(&at, end_for(&at, &body, integer(4), &y, 1), 0));
}

static Node *use_elements_in_if(void) {
    Node *x = input(0.5, 1.5, SHAPE(5)), *s = input(0.5, 1.5, SCALAR);
    Body body = body_new(&at, 1, &s, 1);
    Body yes = body_new(&body.b, 0, NULL, 0), no = body_new(&body.b, 0, NULL, 0);
    give(&yes, step(&yes.b, body.values[0], element(&yes.b, x, body.index)));
    give(&no, body.values[0]);
    Node *cond = is_odd(&body.b, body.index);
    give(&body, build_result(&body.b, build_if(&body.b, cond, yes.b.region, no.b.region), 0));
    return mixed(build_result(&at, end_for(&at, &body, integer(5), &s, 1), 0));
}

static Node *use_gather_in_for(void) {
    Node *table = input(0.5, 1.5, SHAPE(4, 2)), *s = input(0.5, 1.5, SHAPE(2));
    Body body = body_new(&at, 1, &s, 1);
    Node *i = build_map2(&body.b, OP_floordiv, body.index, build_int(&body.b, 2));
    Node *row = build_gather(&body.b, table, &i, 1);
    give(&body, step(&body.b, body.values[0], row));
    return mixed(build_result(&at, end_for(&at, &body, integer(6), &s, 1), 0));
}

/* rows in batches of two, the last of one: the batch's length is bound in the body */
static Node *use_batches(void) {
    Node *x = input(0.5, 1.5, SHAPE(5, 2)), *w = input(0.5, 1.5, SHAPE(2));
    Size *size = size_new(graph->dims, "batch", SIZE_BATCH, 2, span_nowhere());
    Body body = body_new(&at, 1, &w, 1);
    Builder *b = &body.b;
    Node *start = mul(b, body.index, build_int(b, 2));
    Node *left = build_map2(b, OP_sub, build_int(b, 5), start);
    build_bind(b, build_map2(b, OP_minimum, left, build_int(b, 2)), size);
    Node *rows = build_slice_axis(b, x, 0, start, dim_size(graph->dims, size), 1);
    const Type *wide = rows->type;
    Node *y = step(b, mul(b, rows, rows), build_expand(b, body.values[0], wide));
    Node *sums = build_reduce(b, OP_sum, y, (int[]){0}, 1);
    give(&body, mul(b, build_reshape(b, sums, w->type), num(b, 0.3)));
    return mixed(build_result(&at, end_for(&at, &body, integer(3), &w, 1), 0));
}

/* ---- blocks and rules ---- */

static Node *again(Builder *b, Node *x, Node *w) {
    Body body = body_new(b, 0, NULL, 0);
    Node *y = nested(&body.b, step(&body.b, x, w), w, build_int(&body.b, 3));
    give(&body, mul(&body.b, y, y));
    give(&body, step(&body.b, w, x));
    Node *node = build_recompute(b, body.b.region);
    return mul(b, build_result(b, node, 0), build_result(b, node, 1));
}

static Node *use_recompute(void) {
    return mixed(again(&at, input(0.5, 1.5, SHAPE(2)), input(0.5, 1.5, SHAPE(2))));
}

static Node *use_recompute_in_for(void) {
    Node *x = input(0.5, 0.9, SHAPE(2)), *w = input(0.5, 0.9, SHAPE(2));
    Body body = body_new(&at, 1, &x, 1);
    give(&body, mul(&body.b, again(&body.b, body.values[0], w), num(&body.b, 0.3)));
    return mixed(build_result(&at, end_for(&at, &body, integer(3), &x, 1), 0));
}

typedef struct Use Use;
struct Use {
    const char *name;
    Node *(*build)(void);
};

#define USES(X)                                                                                    \
    X(for_0)                                                                                       \
    X(for_1)                                                                                       \
    X(for_2)                                                                                       \
    X(for_6) X(shift) X(bounds) X(while) X(while_never) X(ragged) X(while_in_for) X(three_deep)    \
        X(if) X(if_in_for) X(for_in_if) X(while_in_if_in_for) X(elements) X(elements_in_if)        \
            X(gather_in_for) X(batches) X(recompute) X(recompute_in_for)

static const Use uses[] = {
#define X(name) {#name, use_##name},
    USES(X)
#undef X
};
enum { NUSES = sizeof uses / sizeof *uses };

START_TEST(control_flow) {
    check_gradients(uses[_i].build(), uses[_i].name);
}
END_TEST

START_TEST(third_order) {
    Node *y = uses[_i].build(), *dx[MAX_INPUTS], *vs[MAX_INPUTS];
    for (int k = 0; k < ninputs; k++) vs[k] = noisy(inputs[k]->type, -1, 1);
    for (int order = 1; order <= 2; order++) {
        reverse(y, dx);
        y = along(dx, vs);
    }
    reverse(y, dx);
    expect_differences(y, dx, arena_printf(arena, "%s, third order", uses[_i].name));
}
END_TEST

/* ---- custom ---- */

/* square, whose rule says 3 x instead of 2 x */
static Node *custom_square(Builder *b, Node *x) {
    Body body = body_new(b, 0, &x, 1);
    Node *three[] = {x, x, x};
    give(&body, mul(&body.b, body.values[0], body.values[0]));
    Body rule = body_new(b, 0, three, 3); /* x, y, dy */
    Node *g = mul(&rule.b, rule.values[2], mul(&rule.b, rule.values[0], num(&rule.b, 3)));
    give(&rule, g);
    return build_result(b, build_custom(b, &x, 1, body.b.region, rule.b.region), 0);
}

START_TEST(custom_rule) {
    Node *x = input(0.5, 1.5, SCALAR), *dx, *ddx;
    Body body = body_new(&at, 1, &x, 1);
    give(&body, custom_square(&body.b, body.values[0]));
    Node *y = build_result(&at, end_for(&at, &body, integer(2), &x, 1), 0);
    reverse(y, &dx);
    reverse(dx, &ddx);
    Eval *e = eval_new(graph, NULL);
    double v = data_of(x)[0];
    expect_near(value(e, dx), 9 * v * v * v, "first order");             /* 3 x * 3 x^2 */
    expect_near(value(e, ddx), 9 * (v * v + 3 * v * v), "second order"); /* x^2 by its rule */
    eval_free(e);
    Node *one = number(1), *tangent;
    TangentRequest t = {.y = y, .xs = inputs, .vs = &one, .nxs = 1};
    ck_assert(!autodiff_forward(&at, &t, &tangent));
    ck_assert_ptr_nonnull(strstr(diag_text(graph->diag), "own vjp"));
}
END_TEST

/* ---- in a body that is not finished ---- */

START_TEST(inside_a_loop) { /* three steps of gradient descent, differentiated as a whole */
    Node *x = input(0.5, 1.5, SCALAR), *rate = input(0.1, 0.2, SCALAR), *dx;
    Body body = body_new(&at, 1, &x, 1);
    Builder *b = &body.b;
    Node *now = body.values[0], *loss = mul(b, nested(b, now, now, build_int(b, 2)), now);
    GradRequest request = {.y = loss, .xs = &now, .nxs = 1};
    ck_assert(autodiff_reverse(b, &request, &dx));
    give(&body, build_map2(b, OP_sub, now, mul(b, rate, dx)));
    check_gradients(build_result(&at, end_for(&at, &body, integer(3), &x, 1), 0), "descent");
}
END_TEST

START_TEST(blocked_by_an_earlier_iteration) {
    Node *x = input(0.5, 1.5, SCALAR), *dx;
    Body body = body_new(&at, 1, &x, 1);
    Node *w = mul(&body.b, x, x);
    GradRequest request = {.y = mul(&body.b, body.values[0], num(&body.b, 2)), .xs = &w, .nxs = 1};
    ck_assert(autodiff_reverse(&body.b, &request, &dx));
    ck_assert_ptr_null(dx);
    ck_assert_int_eq(request.nparams, 1);
    ck_assert_ptr_eq(request.params[0], body.values[0]);
}
END_TEST

/* from a body that is not finished, back through a loop before it, once an iteration */
START_TEST(through_an_earlier_loop) {
    Node *x = input(0.5, 1.5, SCALAR), *w = input(0.5, 1.5, SCALAR), *dx;
    Node *z = nested(&at, x, w, integer(3));
    Body body = body_new(&at, 1, &w, 1);
    GradRequest request = {.y = mul(&body.b, z, body.values[0]), .xs = &x, .nxs = 1};
    ck_assert(autodiff_reverse(&body.b, &request, &dx));
    give(&body, mul(&body.b, dx, num(&body.b, 0.5)));
    check_gradients(build_result(&at, end_for(&at, &body, integer(3), &w, 1), 0), "earlier loop");
}
END_TEST

/* ---- cost ---- */

/* x is what a loop gave: nothing before it is looked at */
START_TEST(loops_before_x_stay) {
    Node *w = input(0.5, 1.5, SHAPE(2)), *dx;
    inputs[0] = nested(&at, w, w, integer(5))->args[0];
    int nodes = graph->root->nodes.n;
    Node *y = total(mul(&at, inputs[0], inputs[0]));
    reverse(y, &dx);
    for (int i = nodes; i < graph->root->nodes.n; i++)
        ck_assert_int_eq(graph->root->nodes.at[i]->nregions, 0);
}
END_TEST

static int is_in_place(const Node *node) {
    return node->op == OP_slice_update || node->op == OP_scatter_add || node->op == OP_param ||
           node->op == OP_result || node->op == OP_const;
}

static void expect_small(Node *node, void *data) {
    int64_t n;
    if (node->region == graph->root || !node->type || is_in_place(node)) return;
    if (!dim_is_int(type_count(graph->dims, node->type), &n)) return;
    ck_assert_msg(n < *(int *)data, "%s of %s in an iteration", op_info(node->op)->name,
                  type_print(arena, node->type));
}

/* what a loop does to one element of a long tensor, its derivatives do to one element */
START_TEST(elements_stay_elements) {
    int n = 5;
    Node *y = uses[_i].build(), *dx[MAX_INPUTS];
    reverse(y, dx);
    graph_each(graph->root, expect_small, &n);
}
END_TEST

static int collected(void) {
    int n = 0;
    for (int i = 0; i < graph->root->nodes.n; i++) {
        const Node *node = graph->root->nodes.at[i];
        if (node->op == OP_for && !node->ints[2])
            n += node->regions[0]->results.n - (int)node->ints[0];
    }
    return n;
}

/* of the elements' loop only y[i - 1] is needed; x[i], the indices and what is made of them are not
 * kept */
START_TEST(only_what_is_needed_is_kept) {
    Node *dx[MAX_INPUTS];
    reverse(use_elements(), dx);
    ck_assert_int_le(collected(), 1);
}
END_TEST

/* the nodes of a gradient do not depend on the trips */
START_TEST(size_does_not_grow) {
    int nodes[2];
    for (int k = 0; k < 2; k++) {
        ninputs = 0;
        Node *y = use_for(k ? 1000 : 10), *dx[MAX_INPUTS];
        int before = graph->root->nodes.n;
        reverse(y, dx);
        nodes[k] = graph->root->nodes.n - before;
    }
    ck_assert_int_eq(nodes[0], nodes[1]);
}
END_TEST

enum { FIRST_ELEMENTS = 15, LAST_ELEMENTS = 17 };

int main(void) {
    Suite *s = suite_create("tape");
    TCase *t = tcase_create("tape");
    tcase_add_checked_fixture(t, setup, teardown);
    tcase_set_timeout(t, 60);
    tcase_add_loop_test(t, control_flow, 0, NUSES);
    tcase_add_loop_test(t, third_order, 0, NUSES);
    tcase_add_test(t, custom_rule);
    tcase_add_test(t, inside_a_loop);
    tcase_add_test(t, blocked_by_an_earlier_iteration);
    tcase_add_test(t, through_an_earlier_loop);
    tcase_add_test(t, loops_before_x_stay);
    tcase_add_loop_test(t, elements_stay_elements, FIRST_ELEMENTS, LAST_ELEMENTS);
    tcase_add_test(t, only_what_is_needed_is_kept);
    tcase_add_test(t, size_does_not_grow);
    suite_add_tcase(s, t);
    SRunner *runner = srunner_create(s);
    srunner_run_all(runner, CK_NORMAL);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed != 0;
}
