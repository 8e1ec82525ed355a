/* graph_fixture.h: a fresh graph and builder for each test. */
#ifndef TGC_TESTS_UNIT_GRAPH_FIXTURE_H
#define TGC_TESTS_UNIT_GRAPH_FIXTURE_H

#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "ir/build.h"
#include "ir/pass.h"

static Arena *arena;
static Graph *g;
static Builder b;

static inline void fresh_graph(void) {
    arena = arena_new();
    g = graph_new(arena, interner_new(arena), diag_new(arena));
    b = (Builder){.graph = g, .region = g->root};
}

static inline void drop_graph(void) {
    arena_free(arena);
}

/* a type of numbers */
static inline const Type *tensor(DType dtype, int rank, const int64_t *dims) {
    const Dim *d[MAX_RANK];
    for (int i = 0; i < rank; i++) d[i] = dim_int(g->dims, dims[i]);
    return type_new(g->types, dtype, rank, d, NULL);
}

static inline const Type *vector(DType dtype, int64_t n) {
    return tensor(dtype, 1, &n);
}

static inline const Type *matrix(DType dtype, int64_t n, int64_t m) {
    return tensor(dtype, 2, (int64_t[]){n, m});
}

/* an f32 that nothing knows: passes may not fold it */
static inline Node *unknown(DType dtype, int index) {
    while (g->args.n <= index) {
        ArgDecl *decl = NEW(arena, ArgDecl);
        decl->name = "x";
        decl->dtype = dtype;
        PUSH(arena, &g->args, decl);
    }
    return build_arg(&b, index, type_scalar(g->types, dtype));
}

/* prints a value so that every bit counts */
static inline Node *show(Node *value) {
    Node *node = build_op(&b, OP_print, &value, 1, NULL, 0, NULL);
    node->pieces = NEW_ARRAY(arena, Piece, 2);
    node->npieces = 2;
    node->pieces[0] = (Piece){.kind = PIECE_VALUE,
                              .format = {.given = 1, .digits = 17, .type = 'g', .fill = ' '}};
    if (!dtype_is_float(value->type->dtype)) node->pieces[0].format = (Format){.digits = -1};
    node->pieces[1] = (Piece){.kind = PIECE_TEXT, .text = "\n", .length = 1};
    return node;
}

typedef struct Count Count;
struct Count {
    Op op;
    int n;
};

static inline void count_op(Node *node, void *data) {
    Count *count = data;
    count->n += count->op == OP_COUNT || node->op == count->op;
}

/* OP_COUNT: all nodes */
static inline int count_of(Op op) {
    Count count = {op, 0};
    graph_each(g->root, count_op, &count);
    return count.n;
}

static inline char *printed(void) {
    char *text;
    size_t size;
    FILE *f = open_memstream(&text, &size);
    graph_print(g, g->root, f);
    fclose(f);
    return text;
}

static inline int run_tests(const char *name, const TTest *const *tests, size_t n) {
    Suite *suite = suite_create(name);
    TCase *tcase = tcase_create(name);
    tcase_add_checked_fixture(tcase, fresh_graph, drop_graph);
    tcase_set_timeout(tcase, 120);
    for (size_t i = 0; i < n; i++) tcase_add_test(tcase, tests[i]);
    suite_add_tcase(suite, tcase);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed != 0;
}

#endif
