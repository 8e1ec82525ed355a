/* test_plan.c: the memory plan: what is updated in place, what shares a place, how large the slab
 * is. */
#include "graph_fixture.h"

#include "codegen/kernel.h"

static Program *planned(void) {
    graph_renumber(g);
    Program *p = fuse_program(g);
    plan_program(p);
    return p;
}

static int copies(const Block *block) {
    int n = 0;
    for (int i = 0; i < block->steps.n; i++) {
        const Step *step = block->steps.at[i];
        n += step->kind == STEP_COPY;
        for (int k = 0; step->kind == STEP_CONTROL && k < 2; k++)
            if (step->blocks[k]) n += copies(step->blocks[k]);
    }
    return n;
}

static const Block *body_of_loop(const Program *p) {
    for (int i = 0; i < p->block->steps.n; i++)
        if (p->block->steps.at[i]->kind == STEP_CONTROL) return p->block->steps.at[i]->blocks[0];
    ck_abort_msg("no loop");
    return NULL;
}

/* a tensor that nothing can be known of */
static Node *input(const Type *type) {
    return build_cast(&b, build_expand(&b, unknown(DT_f32, 0), type), type->dtype);
}

/* for i in 0..5 { … }: n carried values of that type; the body makes the next ones */
static Node *loop_of(const Type *type, int n,
                     void (*make)(Builder *in, Node *const *p, Node **next)) {
    Region *body = region_new(g, b.region);
    Builder in = b;
    Node *carried[4], *p[4], *next[4];
    in.region = body;
    for (int i = 0; i < n; i++)
        carried[i] = build_map2(&b, OP_mul, input(type), build_fill(&b, type, i + 2));
    build_param(&in, body, type_scalar(g->types, DT_i64));
    for (int i = 0; i < n; i++) p[i] = build_param(&in, body, type);
    make(&in, p, next);
    for (int i = 0; i < n; i++) PUSH(arena, &body->results, next[i]);
    Node *loop = build_for(&b, build_int(&b, 0), build_int(&b, 5), build_int(&b, 1), carried, n,
                           NULL, 0, 0, body);
    for (int i = 0; i < n; i++) show(build_result(&b, loop, i));
    return loop;
}

static void descend(Builder *in, Node *const *p, Node **next) {
    Node *step =
        build_map2(in, OP_mul, build_map1(in, OP_sqrt, p[0]), build_fill(in, p[0]->type, 0.5));
    next[0] = build_map2(in, OP_sub, p[0], step);
}

START_TEST(updates_in_place) {
    loop_of(matrix(DT_f32, 64, 64), 1, descend);
    Program *p = planned();
    ck_assert_int_eq(copies(body_of_loop(p)), 0);
    ck_assert_int_eq(copies(p->block), 0);
    ck_assert_int_eq(dim_value(p->slab_size), 64 * 64 * 4);
}
END_TEST

static void swap(Builder *in, Node *const *p, Node **next) {
    next[0] = p[1];
    next[1] = build_map2(in, OP_add, p[0], p[1]);
}

START_TEST(old_values_are_kept) {
    loop_of(vector(DT_f32, 100), 2, swap);
    Program *p = planned();
    ck_assert_int_ge(copies(body_of_loop(p)), 1);
}
END_TEST

/* a value that is read at other places than the written one cannot lie under it */
static void transpose(Builder *in, Node *const *p, Node **next) {
    next[0] = build_map2(in, OP_add, build_permute(in, p[0], (int[]){1, 0}), p[0]);
}

START_TEST(other_places_are_kept) {
    loop_of(matrix(DT_f32, 32, 32), 1, transpose);
    Program *p = planned();
    ck_assert_int_eq(copies(body_of_loop(p)), 1);
    ck_assert_int_ge(dim_value(p->slab_size), 2 * 32 * 32 * 4);
}
END_TEST

/* a chain of products: two places at a time are enough */
START_TEST(chain_shares) {
    Node *x = input(matrix(DT_f32, 64, 64));
    for (int i = 0; i < 10; i++) x = build_dot(&b, x, x, 0, 1);
    show(x);
    Program *p = planned();
    ck_assert_int_le(dim_value(p->slab_size), 2 * 64 * 64 * 4);
}
END_TEST

START_TEST(symbolic_offsets) {
    Size *n = size_new(g->dims, "n", SIZE_ARG, -1, span_nowhere());
    const Dim *d[] = {dim_size(g->dims, n), dim_int(g->dims, 8)};
    const Type *type = type_new(g->types, DT_f32, 2, d, NULL);
    Node *x = input(type);
    Node *y = build_dot(&b, x, x, 0, 1); /* contracts 8: [n, n] */
    show(x);
    show(y);
    Program *p = planned();
    int64_t sizes[] = {100};
    ck_assert_int_eq(dim_eval(p->slab_size, sizes), 3200 + 40000);
}
END_TEST

int main(void) {
    const TTest *tests[] = {updates_in_place, old_values_are_kept, other_places_are_kept,
                            chain_shares, symbolic_offsets};
    return run_tests("plan", tests, sizeof tests / sizeof *tests);
}
