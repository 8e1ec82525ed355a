/* eval_fixture.h: a graph with an interpreter beside it, and constants of small whole numbers. */
#ifndef TGC_TESTS_UNIT_EVAL_FIXTURE_H
#define TGC_TESTS_UNIT_EVAL_FIXTURE_H

#include "graph_fixture.h"

#include <math.h>

#include "ir/eval.h"

static Eval *e;

static inline void start(void) {
    fresh_graph();
    e = eval_new(g, NULL);
}

static inline void end(void) {
    eval_free(e);
    drop_graph();
}

static uint64_t noise = 1;
static inline double next_number(void) {
    noise = noise * 6364136223846793005u + 1442695040888963407u;
    return (double)(noise >> 11) * 0x1p-52 - 1;
}

static inline int64_t elements(const Type *t) {
    return dim_value(type_count(g->dims, t));
}

/* small whole numbers: sums of products are exact, in any order */
static inline Node *numbers(const Type *t) {
    int64_t n = elements(t);
    double *x = NEW_ARRAY(arena, double, n + 1);
    float *y = NEW_ARRAY(arena, float, n + 1);
    for (int64_t i = 0; i < n; i++) y[i] = (float)(x[i] = floor(next_number() * 8));
    return build_const(&b, t, t->dtype == DT_f64 ? (const void *)x : y);
}

static inline const double *values(Node *node) {
    const TgTensor *t = eval_node(e, node);
    ck_assert_msg(t != NULL, "%s", eval_error(e));
    ck_assert_int_eq(t->dtype, DT_f64);
    return t->data;
}

static inline const int64_t *wholes(Node *node) {
    const TgTensor *t = eval_node(e, node);
    ck_assert_msg(t != NULL, "%s", eval_error(e));
    ck_assert_int_eq(t->dtype, DT_i64);
    return t->data;
}

static inline const Type *shape3(int64_t n, int64_t m, int64_t k) {
    return tensor(DT_f64, 3, (int64_t[]){n, m, k});
}
static inline Node *whole(int64_t value) {
    return build_int(&b, value);
}
static inline const Dim *dim(int64_t value) {
    return dim_int(g->dims, value);
}

#endif
