/* gradcheck.h: a graph in f64 under test, and the comparison of both modes with finite differences,
   to second order. The inputs are constants whose data is moved a little between runs of the
   interpreter. */
#ifndef TGC_TESTS_UNIT_GRADCHECK_H
#define TGC_TESTS_UNIT_GRADCHECK_H

#include <check.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "autodiff/forward.h"
#include "autodiff/reverse.h"
#include "ir/eval.h"

enum { MAX_INPUTS = 8 };

static Arena *arena;
static Graph *graph;
static Builder at; /* the root region */
static Node *inputs[MAX_INPUTS];
static int ninputs;
static uint64_t noise;
static Size *rows; /* a size known when the program starts: NROWS */
enum { NROWS = 4 };

static void setup(void) {
    arena = arena_new();
    Diag *diag = diag_new(arena);
    diag_capture(diag, 1);
    graph = graph_new(arena, interner_new(arena), diag);
    at = (Builder){graph, graph->root, NULL, 0, 0};
    rows = size_new(graph->dims, "rows", SIZE_DATA, -1, span_nowhere());
    ninputs = 0;
    noise = 7;
}

static void teardown(void) {
    arena_free(arena);
}

static double uniform(double lo, double hi) {
    noise = noise * 6364136223846793005u + 1442695040888963407u;
    return lo + (hi - lo) * (double)(noise >> 11) / 9007199254740992.0;
}

static const Type *shape_of(DType dtype, int rank, const int *dims) {
    const Dim *d[MAX_RANK] = {NULL};
    for (int i = 0; i < rank; i++) d[i] = dim_int(graph->dims, dims[i]);
    return type_new(graph->types, dtype, rank, d, NULL);
}

#define SHAPE(...)                                                                                 \
    (int)(sizeof((int[]){__VA_ARGS__}) / sizeof(int)), (int[]) {                                   \
        __VA_ARGS__                                                                                \
    }
#define SCALAR 0, NULL

static int64_t count_of(const Type *t) {
    return dim_value(type_count(graph->dims, t));
}

static Node *noisy(const Type *t, double lo, double hi) {
    double data[4096];
    int64_t n = count_of(t);
    ck_assert_int_le(n, 4096);
    for (int64_t i = 0; i < n; i++) data[i] = uniform(lo, hi);
    return build_const(&at, t, data);
}

/* an input of the test: what is differentiated by */
static Node *input(double lo, double hi, int rank, const int *dims) {
    Node *x = noisy(shape_of(DT_f64, rank, dims), lo, hi);
    return inputs[ninputs++] = x;
}

static double *data_of(Node *x) {
    return (double *)(uintptr_t)x->data;
}

static Node *map1(Op op, Node *a) {
    return build_map1(&at, op, a);
}
static Node *map2(Op op, Node *a, Node *b) {
    return build_map2(&at, op, a, b);
}
static Node *number(double value) {
    return build_float(&at, DT_f64, value);
}
static Node *integer(int64_t value) {
    return build_int(&at, value);
}

/* the sum of all elements, a scalar */
static Node *total_in(Builder *b, Node *x) {
    int axes[MAX_RANK];
    for (int i = 0; i < x->type->rank; i++) axes[i] = i;
    if (x->type->rank) x = build_reduce(b, OP_sum, x, axes, x->type->rank);
    return build_reshape(b, x, type_scalar(graph->types, x->type->dtype));
}

static Node *total(Node *x) {
    return total_in(&at, x);
}

/* a scalar that every element of y takes part in differently */
static Node *mixed(Node *y) {
    const Type *plain = type_without_names(graph->types, y->type);
    return total(map2(OP_mul, y, noisy(plain, 0.5, 1.5)));
}

/* what the whole program makes of node */
static double at_index(Eval *e, Node *node, int64_t i) {
    const TgTensor *t = eval_run(e) ? eval_node(e, node) : NULL;
    ck_assert_msg(t != NULL, "the interpreter stopped: %s", eval_error(e));
    ck_assert_int_eq(t->dtype, DT_f64);
    return ((const double *)t->data)[i];
}

static double value(Eval *e, Node *node) {
    return at_index(e, node, 0);
}

static Eval *eval_start(void) {
    Eval *e = eval_new(graph, NULL);
    eval_set_size(e, rows, NROWS);
    return e;
}

static void expect_near(double got, double want, const char *what) {
    double room = 2e-6 * (1 + fabs(want));
    ck_assert_msg(fabs(got - want) <= room, "%s: got %.12g, expected %.12g", what, got, want);
}

static void reverse(Node *y, Node **dx) {
    GradRequest request = {.y = y, .xs = inputs, .nxs = ninputs};
    int ok = autodiff_reverse(&at, &request, dx);
    ck_assert_msg(ok, "%s", diag_text(graph->diag));
    graph_verify(graph, "reverse mode");
}

static Node *forward(Node *y, Node **vs) {
    Node *tangent;
    TangentRequest request = {.y = y, .xs = inputs, .vs = vs, .nxs = ninputs};
    int ok = autodiff_forward(&at, &request, &tangent);
    ck_assert_msg(ok, "%s", diag_text(graph->diag));
    graph_verify(graph, "forward mode");
    return tangent;
}

/* dx against differences of y (dx of an input may be NULL: zero) */
static void expect_differences(Node *y, Node **dx, const char *what) {
    Eval *e = eval_start();
    const double h = 1e-5;
    for (int k = 0; k < ninputs; k++) {
        double *x = data_of(inputs[k]);
        for (int64_t i = 0; i < count_of(inputs[k]->type); i++) {
            double old = x[i], f[2];
            for (int side = 0; side < 2; side++) {
                x[i] = side ? old - h : old + h;
                eval_forget(e);
                f[side] = value(e, y);
            }
            x[i] = old;
            eval_forget(e);
            char *name = arena_printf(arena, "%s, input %d, element %d", what, k, (int)i);
            expect_near(dx[k] ? at_index(e, dx[k], i) : 0, (f[0] - f[1]) / (2 * h), name);
        }
    }
    eval_free(e);
}

/* sum over the inputs of dx * v, as a node */
static Node *along(Node **dx, Node **vs) {
    Node *sum = number(0);
    for (int k = 0; k < ninputs; k++)
        if (dx[k]) sum = map2(OP_add, sum, total(map2(OP_mul, dx[k], vs[k])));
    return sum;
}

static void expect_equal(Node *got, Node *want, const char *what) {
    Eval *e = eval_start();
    expect_near(got ? value(e, got) : 0, value(e, want), what);
    eval_free(e);
}

/* y is a scalar */
static void check_gradients(Node *y, const char *what) {
    Node *dx[MAX_INPUTS], *ddx[MAX_INPUTS], *vs[MAX_INPUTS], *ws[MAX_INPUTS];
    for (int k = 0; k < ninputs; k++) {
        vs[k] = noisy(inputs[k]->type, -1, 1);
        ws[k] = noisy(inputs[k]->type, -1, 1);
    }
    graph_verify(graph, "the test");
    reverse(y, dx);
    expect_differences(y, dx, arena_printf(arena, "%s, first order", what));
    Node *s = along(dx, vs);
    expect_equal(forward(y, vs), s, arena_printf(arena, "%s, forward", what));
    reverse(s, ddx);
    expect_differences(s, ddx, arena_printf(arena, "%s, second order", what));
    expect_equal(forward(s, ws), along(ddx, ws),
                 arena_printf(arena, "%s, forward over reverse", what));
}

#endif
