/* test_kernels.c: index expressions against their value computed step by step, and how graphs are
 * cut into kernels. */
#include "graph_fixture.h"

#include "codegen/expr.h"

enum { NVARS = 3 };

static uint64_t state = 1;
static Exprs *exprs;
static int64_t extents[NVARS];

static int chance(int n) {
    state = state * 6364136223846793005u + 1442695040888963407u;
    return (int)((state >> 33) % (uint64_t)n);
}

/* ---- indices ---- */

/* an expression as it is written, without simplification */
typedef struct Plain Plain;
struct Plain {
    enum { NUMBER, VAR, ADD, TIMES, DIV, MOD } kind;
    int64_t number;
    const Plain *a, *b;
};

static const Plain *random_plain(int depth) {
    Plain *p = NEW(arena, Plain);
    p->kind = depth == 0 ? (chance(3) ? VAR : NUMBER) : ADD + chance(4);
    p->number = p->kind == VAR ? chance(NVARS) : p->kind == NUMBER ? chance(9) - 2 : 1 + chance(12);
    if (p->kind > VAR) p->a = random_plain(depth - 1);
    if (p->kind == ADD) p->b = random_plain(depth - 1);
    return p;
}

static int64_t floor_div(int64_t a, int64_t by) {
    return a / by - (a % by < 0);
}

static int64_t value_of(const Plain *p, const int64_t *vars) {
    int64_t a = p->a ? value_of(p->a, vars) : 0;
    switch (p->kind) {
    case NUMBER:
        return p->number;
    case VAR:
        return vars[p->number];
    case ADD:
        return a + value_of(p->b, vars);
    case TIMES:
        return a * p->number;
    case DIV:
        return floor_div(a, p->number);
    default:
        return a - p->number * floor_div(a, p->number);
    }
}

static const Ix *made(const Plain *p) {
    const Ix *a = p->a ? made(p->a) : NULL;
    const Dim *number = dim_int(g->dims, p->number);
    switch (p->kind) {
    case NUMBER:
        return ix_dim(exprs, number);
    case VAR:
        return ix_var(exprs, (int)p->number, dim_int(g->dims, extents[p->number]));
    case ADD:
        return ix_add(exprs, a, made(p->b));
    case TIMES:
        return ix_scale(exprs, a, number);
    case DIV:
        return ix_div(exprs, a, number);
    default:
        return ix_mod(exprs, a, number);
    }
}

static int64_t ix_value_at(const Ix *ix, const int64_t *vars) {
    int64_t sum = dim_value(ix->base);
    for (int i = 0; i < ix->nterms; i++) {
        const IxAtom *atom = ix->terms[i].atom;
        int64_t by = atom->by ? dim_value(atom->by) : 1,
                a = atom->a ? ix_value_at(atom->a, vars) : 0;
        int64_t value = atom->kind == IX_VAR ? vars[atom->var] : floor_div(a, by);
        if (atom->kind == IX_MOD) value = a - by * value;
        sum += dim_value(ix->terms[i].by) * value;
    }
    return sum;
}

static void check_everywhere(const Plain *p, const Ix *ix) {
    const Dim *low, *high;
    int bounded = ix_lower(exprs, ix, &low) && ix_upper(exprs, ix, &high);
    int64_t v[NVARS];
    for (v[0] = 0; v[0] < extents[0]; v[0]++)
        for (v[1] = 0; v[1] < extents[1]; v[1]++)
            for (v[2] = 0; v[2] < extents[2]; v[2]++) {
                int64_t want = value_of(p, v);
                ck_assert_int_eq(ix_value_at(ix, v), want);
                ck_assert(!bounded || (dim_value(low) <= want && want <= dim_value(high)));
            }
}

START_TEST(random_indices) {
    fresh_graph();
    for (int round = 0; round < 3000; round++) {
        exprs = exprs_new(arena, g->dims);
        for (int i = 0; i < NVARS; i++) extents[i] = 1 + chance(7);
        const Plain *p = random_plain(1 + chance(4));
        check_everywhere(p, made(p));
    }
    drop_graph();
}
END_TEST

/* flattening and unflattening again leaves nothing behind, with numbers and with sizes */
START_TEST(flat_and_back) {
    fresh_graph();
    exprs = exprs_new(arena, g->dims);
    const Dim *n = dim_size(g->dims, size_new(g->dims, "n", SIZE_BATCH, 64, span_nowhere()));
    const Dim *inner[] = {dim_int(g->dims, 28), n};
    for (int i = 0; i < 2; i++) {
        const Ix *row = ix_var(exprs, 0, n), *column = ix_var(exprs, 1, inner[i]);
        const Ix *flat = ix_add(exprs, ix_scale(exprs, row, inner[i]), column);
        ck_assert_ptr_eq(ix_div(exprs, flat, inner[i]), row);
        ck_assert_ptr_eq(ix_mod(exprs, flat, inner[i]), column);
        const Ix *one = ix_var(exprs, 2, dim_mul(g->dims, n, inner[i]));
        const Ix *back = ix_scale(exprs, ix_div(exprs, one, inner[i]), inner[i]);
        ck_assert_ptr_eq(ix_add(exprs, back, ix_mod(exprs, one, inner[i])), one);
    }
    drop_graph();
}
END_TEST

/* ---- kernels ---- */

static Node *random_matrix(int64_t n, int64_t m) {
    Node *args[] = {build_op(&b, OP_seed, NULL, 0, NULL, 0, type_scalar(g->types, DT_i64)),
                    build_int(&b, 0)};
    return build_op(&b, OP_randn, args, 2, NULL, 0, matrix(DT_f32, n, m));
}

static Node *reduced(Op op, Node *x, int axis) {
    return build_expand(&b, build_reduce(&b, op, x, &axis, 1), x->type);
}

static int kernels(void) {
    return fuse_program(g)->kernels.n;
}

START_TEST(softmax_is_one) {
    for (int axis = 0; axis < 2; axis++) {
        fresh_graph();
        Node *x = random_matrix(100, 300);
        Node *e = build_map1(&b, OP_exp, build_map2(&b, OP_sub, x, reduced(OP_amax, x, axis)));
        show(build_map2(&b, OP_div, e, reduced(OP_sum, e, axis)));
        ck_assert_int_eq(kernels(), 1);
        drop_graph();
    }
}
END_TEST

START_TEST(product_takes_what_follows) {
    fresh_graph();
    Node *x = random_matrix(64, 100), *w = random_matrix(30, 100), *bias = random_matrix(64, 30);
    Node *y = build_map2(&b, OP_add, build_dot(&b, build_map1(&b, OP_relu, x), w, 0, 1), bias);
    show(build_map1(&b, OP_tanh, y));
    Program *p = fuse_program(g);
    ck_assert_int_eq(p->kernels.n, 1);
    ck_assert_int_eq(p->kernels.at[0]->stages.at[0]->nstores, 1);
    drop_graph();
}
END_TEST

/* a dear value that a product reads is computed once; a cheap one within it */
START_TEST(dear_operands_are_kept) {
    fresh_graph();
    Node *x = random_matrix(64, 100), *w = random_matrix(30, 100);
    show(build_dot(&b, build_map1(&b, OP_exp, x), w, 0, 1));
    ck_assert_int_eq(kernels(), 2);
    drop_graph();
}
END_TEST

/* contiguous tensors are one axis, whatever their shape; a transposed one is two */
START_TEST(axes_merge) {
    for (int turned = 0; turned < 2; turned++) {
        fresh_graph();
        Node *x = random_matrix(20, 30);
        if (turned) x = build_permute(&b, x, (int[]){1, 0});
        show(build_map1(&b, OP_neg, x));
        Program *p = fuse_program(g);
        ck_assert_int_eq(p->kernels.n, 1);
        ck_assert_int_eq(p->kernels.at[0]->nouter, 1 + turned);
        drop_graph();
    }
}
END_TEST

/* two like it but for the length share the code */
START_TEST(equal_kernels_are_shared) {
    fresh_graph();
    for (int64_t n = 20; n <= 22; n += 2) show(build_map1(&b, OP_exp, random_matrix(n, 300)));
    Program *p = fuse_program(g);
    merge_program(p);
    ck_assert_int_eq(p->kernels.n, 2);
    ck_assert_ptr_eq(p->kernels.at[1]->same_as, p->kernels.at[0]);
    drop_graph();
}
END_TEST

int main(void) {
    Suite *suite = suite_create("kernels");
    TCase *tests = tcase_create("kernels");
    tcase_set_timeout(tests, 120);
    tcase_add_test(tests, random_indices);
    tcase_add_test(tests, flat_and_back);
    tcase_add_test(tests, softmax_is_one);
    tcase_add_test(tests, product_takes_what_follows);
    tcase_add_test(tests, dear_operands_are_kept);
    tcase_add_test(tests, axes_merge);
    tcase_add_test(tests, equal_kernels_are_shared);
    suite_add_tcase(suite, tests);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed != 0;
}
