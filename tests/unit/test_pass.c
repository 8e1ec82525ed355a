/* test_pass.c: each pass does what it says, and random programs print the same, to the bit, before
   and after all of them. */
#include "graph_fixture.h"

#include "ir/eval.h"
#include "random_program.h"

static void run_passes(void) {
    PassOptions options = {.optimize = 1};
    ck_assert_int_eq(passes_run(g, &options), 1);
}

/* ---- what single passes do ---- */

START_TEST(cse_merges) {
    Node *x = unknown(DT_f32, 0);
    Node *one = build_map2(&b, OP_mul, build_map1(&b, OP_sqrt, x), build_float(&b, DT_f32, 3));
    Node *two = build_map2(&b, OP_mul, build_map1(&b, OP_sqrt, x), build_float(&b, DT_f32, 3));
    show(build_map2(&b, OP_add, one, two));
    b.group = g->next_group++;
    show(build_map1(&b, OP_sqrt, x)); /* of another group */
    ck_assert_int_eq(pass_cse(g), 3);
    ck_assert_int_eq(count_of(OP_sqrt), 2);
    ck_assert_int_eq(count_of(OP_const), 1);
    ck_assert_ptr_null(graph_check(g));
}
END_TEST

START_TEST(cse_keeps_apart) {
    Node *x = unknown(DT_f32, 0);
    show(build_float(&b, DT_f32, 0.0));
    show(build_float(&b, DT_f32, -0.0));
    show(build_map2(&b, OP_sub, x, build_float(&b, DT_f32, 1)));
    show(build_map2(&b, OP_sub, build_float(&b, DT_f32, 1), x));
    show(build_cast(&b, x, DT_f64));
    show(build_cast(&b, x, DT_f16));
    ck_assert_int_eq(pass_cse(g), 1); /* the number 1 */
    ck_assert_int_eq(count_of(OP_print), 6);
}
END_TEST

/* a size that is set between two mentions is another size */
START_TEST(cse_sees_sizes_change) {
    Size *batch = size_new(g->dims, "batch", SIZE_BATCH, 8, span_nowhere());
    const Dim *n = dim_size(g->dims, batch);
    build_bind(&b, build_int(&b, 3), batch);
    show(build_size(&b, n));
    show(build_size(&b, n));
    build_bind(&b, build_int(&b, 4), batch);
    show(build_size(&b, n));
    ck_assert_int_eq(pass_cse(g), 1);
    ck_assert_int_eq(count_of(OP_size), 2);
}
END_TEST

START_TEST(dce_drops) {
    Node *x = unknown(DT_f32, 0);
    build_map1(&b, OP_sqrt, build_map1(&b, OP_neg, x));
    show(x);
    ck_assert_int_eq(pass_dce(g), 2);
    ck_assert_int_eq(count_of(OP_COUNT), 2);
}
END_TEST

/* for i in 0..3 { a = a + 1; b = sqrt(b); c = a + c } ; print(a): b and c feed only themselves */
START_TEST(dce_shrinks_loops) {
    Node *x = unknown(DT_f32, 0);
    Region *body = region_new(g, b.region);
    Builder in = b;
    in.region = body;
    build_param(&in, body, type_scalar(g->types, DT_i64));
    Node *p[3];
    for (int i = 0; i < 3; i++) p[i] = build_param(&in, body, x->type);
    Node *scanned = build_param(&in, body, x->type);
    Node *a = build_map2(&in, OP_add, p[0], build_float(&in, DT_f32, 1));
    PUSH(arena, &body->results, a);
    PUSH(arena, &body->results, build_map1(&in, OP_sqrt, p[1]));
    PUSH(arena, &body->results, build_map2(&in, OP_add, build_map2(&in, OP_add, a, p[2]), scanned));
    Node *carried[] = {x, x, x}, *stack = build_fill(&b, vector(DT_f32, 3), 2);
    Node *loop = build_for(&b, build_int(&b, 0), build_int(&b, 3), build_int(&b, 1), carried, 3,
                           &stack, 1, 0, body);
    build_result(&b, loop, 1);
    build_collect(&b, loop, a);
    show(build_result(&b, loop, 0));
    pass_dce(g);
    ck_assert_ptr_null(graph_check(g));
    ck_assert_int_eq(loop->ntypes, 1);
    ck_assert_int_eq(loop->nargs, 4);
    ck_assert_int_eq(body->params.n, 2);
    ck_assert_int_eq(count_of(OP_sqrt), 0);
    ck_assert_int_eq(count_of(OP_expand), 0);
}
END_TEST

START_TEST(dce_keeps_what_may_stop) {
    Node *x = unknown(DT_i64, 0);
    build_map2(&b, OP_floordiv, build_int(&b, 7), x); /* may stop */
    build_map2(&b, OP_floordiv, x, build_int(&b, 7)); /* never */
    Node *v = build_fill(&b, vector(DT_f32, 9), 1);
    build_slice_axis(&b, v, 0, x, dim_int(g->dims, 2), 1);                /* may stop */
    build_slice_axis(&b, v, 0, build_int(&b, 7), dim_int(g->dims, 2), 1); /* never */
    build_slice_axis(&b, v, 0, build_int(&b, 8), dim_int(g->dims, 2), 1); /* does */
    pass_dce(g);
    ck_assert_int_eq(count_of(OP_floordiv), 1);
    ck_assert_int_eq(count_of(OP_slice), 2);
}
END_TEST

START_TEST(licm_moves) {
    Node *x = unknown(DT_f32, 0);
    Region *body = region_new(g, b.region);
    Builder in = b;
    in.region = body;
    Node *i = build_param(&in, body, type_scalar(g->types, DT_i64));
    Node *same = build_map1(&in, OP_sqrt, build_map1(&in, OP_neg, x));
    Node *stops = build_map2(&in, OP_floordiv, build_int(&in, 1), build_cast(&in, x, DT_i64));
    Node *varies = build_map2(&in, OP_mul, same, build_cast(&in, i, DT_f32));
    Builder outer = b;
    b = in;
    show(varies);
    show(stops);
    b = outer;
    build_for(&b, build_int(&b, 0), build_int(&b, 3), build_int(&b, 1), NULL, 0, NULL, 0, 0, body);
    ck_assert_int_gt(pass_licm(g), 0);
    ck_assert_ptr_null(graph_check(g));
    ck_assert_ptr_eq(same->region, g->root);
    ck_assert_ptr_eq(stops->region, body);
    ck_assert_ptr_eq(varies->region, body);
}
END_TEST

START_TEST(simplify_folds) {
    Node *x = unknown(DT_f32, 0);
    Node *two = build_map2(&b, OP_add, build_float(&b, DT_f32, 1), build_float(&b, DT_f32, 1));
    Node *wide = build_expand(&b, x, matrix(DT_f32, 2, 3));
    Node *fills =
        build_map2(&b, OP_mul, build_fill(&b, wide->type, 2), build_fill(&b, wide->type, 0.5));
    show(build_map2(&b, OP_mul, wide, fills));                   /* times 1 */
    show(build_map2(&b, OP_add, x, build_float(&b, DT_f32, 0))); /* stays: x may be -0 */
    show(two);
    g->level = LEVEL_INLINED;
    pass_simplify(g);
    pass_dce(g);
    ck_assert_ptr_null(graph_check(g));
    ck_assert_int_eq(count_of(OP_mul), 0);
    ck_assert_int_eq(count_of(OP_add), 1);
}
END_TEST

START_TEST(simplify_takes_branches) {
    for (int way = 0; way < 2; way++) {
        Region *r[2];
        uint8_t truth = (uint8_t)way;
        for (int i = 0; i < 2; i++) {
            r[i] = region_new(g, b.region);
            Builder in = b;
            in.region = r[i];
            PUSH(arena, &r[i]->results, build_map1(&in, i ? OP_sqrt : OP_neg, unknown(DT_f32, 0)));
        }
        Node *cond = build_const(&b, type_scalar(g->types, DT_bool), &truth);
        show(build_result(&b, build_if(&b, cond, r[0], r[1]), 0));
    }
    g->level = LEVEL_INLINED;
    pass_simplify(g);
    ck_assert_ptr_null(graph_check(g));
    ck_assert_int_eq(count_of(OP_if), 0);
    ck_assert_int_eq(count_of(OP_neg), 1);
    ck_assert_int_eq(count_of(OP_sqrt), 1);
}
END_TEST

/* while p < 3 { p = p + 1; q = q; r = q } : q is what it starts from, r is not (there may be no
   iteration) */
START_TEST(simplify_forwards_carried) {
    Region *cond = region_new(g, b.region), *body = region_new(g, b.region);
    Node *carried[] = {unknown(DT_i64, 0), unknown(DT_f32, 1), unknown(DT_f32, 2)};
    Builder in = b;
    in.region = cond;
    for (int i = 0; i < 3; i++) build_param(&in, cond, carried[i]->type);
    PUSH(arena, &cond->results, build_map2(&in, OP_lt, cond->params.at[0], build_int(&in, 3)));
    in.region = body;
    for (int i = 0; i < 3; i++) build_param(&in, body, carried[i]->type);
    PUSH(arena, &body->results, build_map2(&in, OP_add, body->params.at[0], build_int(&in, 1)));
    for (int i = 0; i < 2; i++) PUSH(arena, &body->results, body->params.at[1]);
    Node *loop = build_while(&b, carried, 3, cond, body);
    for (int i = 1; i < 3; i++) show(build_result(&b, loop, i));
    g->level = LEVEL_INLINED;
    pass_simplify(g);
    pass_dce(g);
    ck_assert_ptr_null(graph_check(g));
    ck_assert_int_eq(loop->ntypes, 2);
    ck_assert_int_eq(count_of(OP_result), 1);
}
END_TEST

START_TEST(inline_opens) {
    Node *x = unknown(DT_f32, 0);
    Region *body = region_new(g, b.region), *rule = region_new(g, b.region);
    Builder in = b;
    in.region = body;
    PUSH(arena, &body->results, build_map1(&in, OP_sqrt, build_param(&in, body, x->type)));
    in.region = rule;
    for (int i = 0; i < 3; i++) build_param(&in, rule, x->type);
    PUSH(arena, &rule->results, rule->params.at[2]);
    Node *custom = build_custom(&b, &x, 1, body, rule);
    show(build_detach(&b, build_result(&b, custom, 0)));
    run_passes();
    ck_assert_int_eq(count_of(OP_COUNT), 3);
}
END_TEST

/* ---- all passes, random programs ---- */

static char *outcome(void) {
    char *text;
    size_t size;
    FILE *f = open_memstream(&text, &size);
    TgTensor args[NARGS];
    double room[NARGS];
    for (int i = 0; i < NARGS; i++) {
        args[i] = (TgTensor){.data = &room[i], .dtype = i < 2 ? DT_f32 : DT_i64};
        if (i < 2)
            *(float *)&room[i] = i ? -0.75f : 1.5f;
        else
            *(int64_t *)&room[i] = i - 1;
    }
    EvalOptions options = {.args = args, .has_seed = 1, .seed = 7, .out = f};
    Eval *e = eval_new(g, &options);
    if (!eval_run(e)) fprintf(f, "stopped: %s\n", eval_error(e));
    eval_free(e);
    fclose(f);
    return text;
}

static int compare_program(uint64_t seed) {
    random_program(seed);
    const char *error = graph_check(g);
    if (error) ck_abort_msg("program %d: %s", (int)seed, error);
    char *before = outcome();
    run_passes();
    char *after = outcome();
    if (strcmp(before, after)) {
        graph_print(g, g->root, stderr);
        ck_abort_msg("program %d printed\n%s\nand after the passes\n%s", (int)seed, before, after);
    }
    int shown = (int)strlen(before);
    free(before);
    free(after);
    return shown;
}

START_TEST(random_programs_keep_their_bits) {
    int shown = 0;
    for (uint64_t seed = 1; seed <= 1000; seed++) {
        drop_graph();
        fresh_graph();
        shown += compare_program(seed);
    }
    ck_assert_int_gt(shown, 100000); /* the programs do print */
}
END_TEST

/* ---- size ---- */

START_TEST(large_graphs_are_quick) {
    Node *values[64];
    for (int i = 0; i < 64; i++)
        values[i] = build_expand(&b, unknown(DT_f32, 0), vector(DT_f32, 8));
    for (int i = 0; i < 150000; i++) {
        Node *x = values[i % 64], *y = values[(i * 7 + 3) % 64];
        values[(i * 5) % 64] = build_map2(&b, i % 3 ? OP_add : OP_mul, x, y);
    }
    for (int i = 0; i < 64; i++) show(values[i]);
    clock_t start = clock();
    run_passes();
    ck_assert_double_lt((double)(clock() - start) / CLOCKS_PER_SEC, 10.0);
}
END_TEST

int main(void) {
    const TTest *const tests[] = {cse_merges,
                                  cse_keeps_apart,
                                  cse_sees_sizes_change,
                                  dce_drops,
                                  dce_shrinks_loops,
                                  dce_keeps_what_may_stop,
                                  licm_moves,
                                  simplify_folds,
                                  simplify_takes_branches,
                                  simplify_forwards_carried,
                                  inline_opens,
                                  random_programs_keep_their_bits,
                                  large_graphs_are_quick};
    return run_tests("pass", tests, sizeof tests / sizeof *tests);
}
