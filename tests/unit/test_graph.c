/* test_graph.c: types, the builder, the printer, and that verify finds what is broken. */
#include "graph_fixture.h"

#include "ir/number.h"

/* ---- types ---- */

START_TEST(promotion) {
    ck_assert_int_eq(dtype_promote(DT_bool, DT_u8), DT_u8);
    ck_assert_int_eq(dtype_promote(DT_u8, DT_i32), DT_i32);
    ck_assert_int_eq(dtype_promote(DT_i64, DT_f16), DT_f16);
    ck_assert_int_eq(dtype_promote(DT_f16, DT_bf16), DT_f32);
    ck_assert_int_eq(dtype_promote(DT_bf16, DT_f32), DT_f32);
    for (int a = 0; a < DT_COUNT; a++)
        for (int c = 0; c < DT_COUNT; c++)
            ck_assert_int_eq(dtype_promote((DType)a, (DType)c), dtype_promote((DType)c, (DType)a));
}
END_TEST

START_TEST(types_are_interned) {
    Size *rows = size_new(g->dims, "rows", SIZE_DATA, -1, span_nowhere());
    const Dim *dims[] = {dim_size(g->dims, rows), dim_int(g->dims, 3)};
    const char *names[] = {NULL, "channel"};
    const Type *type = type_new(g->types, DT_f32, 2, dims, names);
    ck_assert_ptr_eq(type, type_new(g->types, DT_f32, 2, dims, names));
    ck_assert_ptr_ne(type, type_without_names(g->types, type));
    ck_assert(type_same_shape(type, type_without_names(g->types, type)));
    ck_assert_str_eq(type_print(arena, type), "f32[rows, channel: 3]");
    ck_assert_str_eq(type_print(arena, type_scalar(g->types, DT_bf16)), "bf16");
    ck_assert_str_eq(dim_print(arena, type_count(g->dims, type)), "3*rows");
    for (int i = 0; i < 2000; i++) ck_assert_ptr_eq(vector(DT_f32, i), vector(DT_f32, i));
}
END_TEST

START_TEST(numbers) {
    uint16_t half;
    int64_t whole;
    uint8_t byte;
    number_store(DT_f16, 65519.0, &half);
    ck_assert_double_eq(number_load(DT_f16, &half), 65504.0);
    number_store(DT_bf16, 1.00390625, &half); /* half way: to even */
    ck_assert_double_eq(number_load(DT_bf16, &half), 1.0);
    number_store(DT_i64, 1e30, &whole);
    ck_assert_int_eq(whole, INT64_MAX);
    number_store(DT_u8, -3.0, &byte);
    ck_assert_int_eq(byte, 0);
}
END_TEST

/* ---- the builder ---- */

START_TEST(shapes) {
    Node *x = build_fill(&b, matrix(DT_f32, 4, 3), 1);
    Node *y = build_map2(&b, OP_mul, x, build_float(&b, DT_f32, 2));
    ck_assert_ptr_eq(y->type, x->type);
    ck_assert_ptr_eq(build_map2(&b, OP_gt, x, y)->type, matrix(DT_bool, 4, 3));
    ck_assert_ptr_eq(build_reduce(&b, OP_sum, x, (int[]){1, 0}, 2)->type, matrix(DT_f32, 1, 1));
    ck_assert_ptr_eq(build_permute(&b, x, (int[]){1, 0})->type, matrix(DT_f32, 3, 4));
    ck_assert_ptr_eq(build_dot(&b, x, x, 0, 1)->type, matrix(DT_f32, 4, 4));
    ck_assert_ptr_eq(build_dot(&b, x, x, 1, 1)->type, vector(DT_f32, 4));
    Node *w = build_window(&b, x, 0, 2, 2, 1);
    ck_assert_ptr_eq(w->type, tensor(DT_f32, 3, (int64_t[]){2, 2, 3}));
    ck_assert_ptr_eq(build_unwindow(&b, w, 0, 2, 1, dim_int(g->dims, 4))->type, x->type);
    ck_assert_ptr_eq(build_cat(&b, (Node *[]){x, y}, 2, 0)->type, matrix(DT_f32, 8, 3));
    Node *ids = build_iota(&b, vector(DT_i64, 5), 0);
    ck_assert_ptr_eq(build_gather(&b, x, &ids, 1)->type, matrix(DT_f32, 5, 3));
    ck_assert_ptr_eq(build_slice_axis(&b, x, 1, build_int(&b, 1), dim_int(g->dims, 2), 1)->type,
                     matrix(DT_f32, 4, 2));
    ck_assert_ptr_null(graph_check(g));
}
END_TEST

START_TEST(names_are_kept) {
    const Dim *dims[] = {dim_int(g->dims, 2), dim_int(g->dims, 3)};
    const Type *named = type_new(g->types, DT_f32, 2, dims, (const char *[]){"batch", NULL});
    Node *x = build_fill(&b, named, 1), *y = build_fill(&b, matrix(DT_f32, 2, 3), 2);
    ck_assert_str_eq(build_map2(&b, OP_add, y, x)->type->names[0], "batch");
    ck_assert_str_eq(build_permute(&b, x, (int[]){1, 0})->type->names[1], "batch");
    ck_assert_str_eq(build_dot(&b, y, x, 0, 1)->type->names[1], "batch");
}
END_TEST

/* for i in 0..n { s = s + i*scale; } */
static Node *make_loop(Node *n, Node *scale, Node **inner) {
    Region *body = region_new(g, b.region);
    Node *zero = build_float(&b, DT_f32, 0);
    Builder in = b;
    in.region = body;
    Node *i = build_param(&in, body, type_scalar(g->types, DT_i64));
    Node *s = build_param(&in, body, zero->type);
    *inner = build_map2(&in, OP_mul, build_cast(&in, i, DT_f32), scale);
    PUSH(arena, &body->results, build_map2(&in, OP_add, s, *inner));
    return build_for(&b, build_int(&b, 0), n, build_int(&b, 1), &zero, 1, NULL, 0, 0, body);
}

START_TEST(collecting) {
    Node *inner;
    Node *loop = make_loop(build_int(&b, 5), build_float(&b, DT_f32, 0.5), &inner);
    Node *sum = build_result(&b, loop, 0);
    Node *later = build_map1(&b, OP_neg, sum);
    Node *all = build_collect(&b, loop, inner);
    ck_assert_ptr_eq(build_collect(&b, loop, inner), all);
    ck_assert_int_eq(all->type->rank, 1);
    ck_assert_int_eq(dim_upper(all->type->dims[0]), 5);
    ck_assert_ptr_eq(loop->size->equals, dim_int(g->dims, 5));
    ck_assert_int_lt(loop->id, all->id);
    ck_assert_int_lt(all->id, later->id);
    for (int i = 0; i < 200; i++) /* more than the gap of ids holds */
        build_collect(&b, loop, loop->regions[0]->nodes.at[i % 2]);
    for (int i = 0; i < 200; i++) {
        Builder in = b;
        in.region = loop->regions[0];
        build_collect(&b, loop, build_map1(&in, OP_neg, inner));
    }
    ck_assert_ptr_null(graph_check(g));
    ck_assert_int_eq(loop->ntypes, 1 + 1 + 2 + 200);
}
END_TEST

START_TEST(exporting) {
    Region *yes = region_new(g, b.region), *no = region_new(g, b.region);
    Builder in = b;
    Node *x = unknown(DT_f32, 0);
    Node *cond = build_map2(&b, OP_gt, x, build_float(&b, DT_f32, 0));
    in.region = yes;
    Node *twice = build_map2(&in, OP_add, x, x);
    PUSH(arena, &yes->results, twice);
    in.region = no;
    PUSH(arena, &no->results, x);
    Node *node = build_if(&b, cond, yes, no);
    build_map1(&b, OP_neg, build_result(&b, node, 0));
    in.region = yes;
    Node *out = build_export(&b, node, 0, build_map1(&in, OP_neg, twice));
    ck_assert_ptr_eq(out->type, x->type);
    ck_assert_int_eq(node->ntypes, 2);
    ck_assert_ptr_null(graph_check(g));
    ck_assert_ptr_eq(build_export(&b, node, 0, twice)->args[0], node);
    ck_assert_int_eq(node->ntypes, 2);
}
END_TEST

START_TEST(trip_counts) {
    Node *inner;
    Size *rows = size_new(g->dims, "rows", SIZE_DATA, -1, span_nowhere());
    Node *loop =
        make_loop(build_size(&b, dim_size(g->dims, rows)), build_float(&b, DT_f32, 2), &inner);
    ck_assert_ptr_eq(build_trip(&b, loop)->equals, dim_size(g->dims, rows));
    Node *other = make_loop(unknown(DT_i64, 0), build_float(&b, DT_f32, 2), &inner);
    ck_assert_ptr_null(build_trip(&b, other)->equals);
    ck_assert_int_eq(build_trip(&b, other)->bound, -1);
}
END_TEST

/* ---- adjoint identities ---- */

START_TEST(adjoint_identities) {
    Node *x = build_expand(&b, unknown(DT_f32, 0), matrix(DT_f32, 2, 3));
    Node *user_zero = build_fill(&b, x->type, 0);
    b.simplify = 1;
    Node *one = build_fill(&b, x->type, 1), *zero = build_fill(&b, x->type, 0);
    ck_assert_ptr_eq(build_map2(&b, OP_mul, x, one), x);
    ck_assert_ptr_eq(build_map2(&b, OP_add, zero, x), x);
    ck_assert_ptr_eq(build_map1(&b, OP_neg, build_map1(&b, OP_neg, x)), x);
    ck_assert_int_eq(build_map2(&b, OP_mul, x, zero)->op, OP_expand);
    ck_assert_int_eq(build_map2(&b, OP_mul, x, user_zero)->op, OP_mul); /* nan times 0 is nan */
    Node *turned = build_permute(&b, x, (int[]){1, 0});
    ck_assert_ptr_eq(build_permute(&b, turned, (int[]){1, 0}), x);
    ck_assert_ptr_eq(build_reshape(&b, build_reshape(&b, x, vector(DT_f32, 6)), x->type), x);
    ck_assert_ptr_eq(build_cast(&b, x, DT_f32), x);
    ck_assert_ptr_eq(build_cat(&b, &x, 1, 0), x);
    Node *starts[] = {build_int(&b, 1), build_int(&b, 0)};
    const Dim *outer[] = {dim_int(g->dims, 5), dim_int(g->dims, 3)};
    Node *padded = build_pad(&b, x, starts, outer, NULL);
    ck_assert_ptr_eq(build_slice(&b, padded, starts, x->type->dims, NULL), x);
    ck_assert_int_eq(build_dot(&b, x, zero, 0, 1)->op, OP_expand);
}
END_TEST

/* ---- verify ---- */

static void expect_broken(const char *words) {
    const char *error = graph_check(g);
    ck_assert_ptr_nonnull(error);
    if (!strstr(error, words)) ck_abort_msg("expected \"%s\" in \"%s\"", words, error);
}

START_TEST(verify_order) {
    Node *x = build_fill(&b, vector(DT_f32, 3), 1);
    Node *y = build_map1(&b, OP_neg, x);
    Node *z = build_map1(&b, OP_neg, y);
    ck_assert_ptr_null(graph_check(g));
    y->args[0] = z;
    expect_broken("does not stand before");
    y->args[0] = NULL;
    expect_broken("missing");
}
END_TEST

START_TEST(verify_types) {
    Node *x = build_fill(&b, vector(DT_f32, 3), 1);
    Node *y = build_map2(&b, OP_add, x, x);
    y->type = vector(DT_f32, 4);
    expect_broken("f32[4]");
    y->type = vector(DT_f64, 3);
    expect_broken("f64[3]");
    y->type = x->type;
    y->args[1] = build_fill(&b, vector(DT_i64, 3), 1);
    graph_renumber(g);
    ck_assert_ptr_nonnull(graph_check(g));
}
END_TEST

START_TEST(verify_regions) {
    Node *inner;
    Node *loop = make_loop(build_int(&b, 5), build_float(&b, DT_f32, 1), &inner);
    Node *user = build_map1(&b, OP_neg, build_result(&b, loop, 0));
    ck_assert_ptr_null(graph_check(g));
    user->args[0] = inner; /* from outside into the loop */
    expect_broken("does not stand before");
    user->args[0] = loop;
    expect_broken("has no value");
    user->args[0] = loop->args[3];
    loop->regions[0]->results.at[0] = loop->regions[0]->params.at[0];
    expect_broken("changes its type");
    loop->regions[0]->results.at[0] = loop->regions[0]->params.at[1];
    loop->ints[0] = 0;
    expect_broken("params");
}
END_TEST

START_TEST(verify_attributes) {
    Node *x = build_fill(&b, vector(DT_f32, 3), 1);
    Node *sum = build_reduce(&b, OP_sum, x, (int[]){0}, 1);
    sum->ints[0] = 1;
    expect_broken("wrong axis");
    sum->ints[0] = 0;
    show(sum)->pieces[0].index = 3;
    expect_broken("reads value 3");
    g->root->nodes.n--;
    build_detach(&b, x);
    ck_assert_ptr_null(graph_check(g));
    g->level = LEVEL_INLINED;
    expect_broken("gone");
}
END_TEST

START_TEST(printing) {
    Node *inner;
    Node *loop = make_loop(build_int(&b, 5), build_float(&b, DT_f32, 0.5), &inner);
    show(build_result(&b, loop, 0));
    char *text = printed();
    ck_assert_ptr_nonnull(strstr(text, "= const 0.5 : f32"));
    ck_assert_ptr_nonnull(strstr(text, "for[carried, scanned, reverse: 1, 0, 0]("));
    ck_assert_ptr_nonnull(strstr(text, "  gives %"));
    ck_assert_ptr_nonnull(strstr(text, "print \"{0:.17g}\\n\"("));
    free(text);
}
END_TEST

int main(void) {
    const TTest *const tests[] = {promotion,    types_are_interned, numbers,
                                  shapes,       names_are_kept,     collecting,
                                  exporting,    trip_counts,        verify_order,
                                  verify_types, verify_regions,     verify_attributes,
                                  printing,     adjoint_identities};
    return run_tests("graph", tests, sizeof tests / sizeof *tests);
}
