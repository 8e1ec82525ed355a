/* test_eval_control.c: loops and branches in the interpreter: what they carry, scan, collect and
 * export. */
#include "eval_fixture.h"

static Builder inside(Region *r) {
    Builder inner = b;
    inner.region = r;
    return inner;
}

/* for index: carried = carried * 2 + index; collects index + carried */
static Node *counting(int64_t lo, int64_t hi, int64_t step, Node **collected) {
    Region *r = region_new(g, g->root);
    Builder in = inside(r);
    Node *index = build_param(&in, r, type_scalar(g->types, DT_i64)),
         *x = build_param(&in, r, type_scalar(g->types, DT_i64));
    Node *next = build_map2(&in, OP_add, build_map2(&in, OP_mul, x, build_int(&in, 2)), index);
    PUSH(arena, &r->results, next);
    Node *carried = whole(1);
    Node *loop = build_for(&b, whole(lo), whole(hi), whole(step), &carried, 1, NULL, 0, 0, r);
    *collected = build_collect(&b, loop, next);
    return build_result(&b, loop, 0);
}

START_TEST(counted_loops) {
    Node *stack;
    ck_assert_int_eq(*wholes(counting(0, 4, 1, &stack)), 27); /* 2 5 12 27 */
    ck_assert_int_eq(wholes(stack)[2], 12);
    ck_assert_int_eq(*wholes(counting(5, -1, -2, &stack)), 35); /* index 5, 3, 1 */
}
END_TEST

START_TEST(loop_edges) {
    Node *stack;
    ck_assert_int_eq(*wholes(counting(3, 3, 1, &stack)), 1);
    const TgTensor *t = eval_node(e, stack);
    ck_assert(t && t->rank == 1 && t->dims[0] == 0);
    ck_assert_ptr_null(eval_node(e, counting(0, 4, 0, &stack)));
    ck_assert_int_eq(eval_trapped(e), 1);
}
END_TEST

/* a reverse loop over a scanned stack: last first */
START_TEST(scanned_in_reverse) {
    Node *x = numbers(tensor(DT_f64, 2, (int64_t[]){4, 3}));
    Region *r = region_new(g, g->root);
    Builder in = inside(r);
    build_param(&in, r, type_scalar(g->types, DT_i64));
    Node *acc = build_param(&in, r, vector(DT_f64, 3)),
         *slice = build_param(&in, r, vector(DT_f64, 3));
    Node *next =
        build_map2(&in, OP_add, build_map2(&in, OP_mul, acc, build_float(&in, DT_f64, 10)), slice);
    PUSH(arena, &r->results, next);
    Node *carried = numbers(vector(DT_f64, 3));
    Node *loop = build_for(&b, whole(0), whole(4), whole(1), &carried, 1, &x, 1, 1, r);
    Node *stack = build_collect(&b, loop, next);
    for (int c = 0; c < 3; c++) {
        double s = values(carried)[c];
        for (int t = 3; t >= 0; t--) {
            s = s * 10 + values(x)[t * 3 + c];
            ck_assert(values(stack)[t * 3 + c] == s);
        }
        ck_assert(values(build_result(&b, loop, 0))[c] == s);
    }
}
END_TEST

START_TEST(while_loops) { /* doubles from 1 until it exceeds 100 */
    Region *cond = region_new(g, g->root), *body = region_new(g, g->root);
    Builder c = inside(cond), in = inside(body);
    Node *x = build_param(&c, cond, type_scalar(g->types, DT_i64));
    PUSH(arena, &cond->results, build_map2(&c, OP_le, x, build_int(&c, 100)));
    Node *y = build_param(&in, body, type_scalar(g->types, DT_i64));
    Node *next = build_map2(&in, OP_mul, y, build_int(&in, 2));
    PUSH(arena, &body->results, next);
    Node *carried = whole(1);
    Node *loop = build_while(&b, &carried, 1, cond, body);
    Node *stack = build_collect(&b, loop, next);
    ck_assert_int_eq(*wholes(build_result(&b, loop, 0)), 128);
    const TgTensor *t = eval_node(e, stack);
    ck_assert(t && t->dims[0] == 7 && ((const int64_t *)t->data)[3] == 16);
}
END_TEST

START_TEST(branches) {
    for (int taken = 0; taken < 2; taken++) {
        Region *regions[2];
        Node *inner[2];
        for (int k = 0; k < 2; k++) {
            regions[k] = region_new(g, g->root);
            Builder in = inside(regions[k]);
            inner[k] = build_map2(&in, OP_mul, build_int(&in, 10 + k), build_int(&in, 5));
            PUSH(arena, &regions[k]->results, build_map2(&in, OP_add, inner[k], build_int(&in, 1)));
        }
        Node *cond = build_map2(&b, OP_eq, whole(taken), whole(1));
        Node *node = build_if(&b, cond, regions[0], regions[1]);
        ck_assert_int_eq(*wholes(build_result(&b, node, 0)), taken ? 51 : 56);
        ck_assert_int_eq(*wholes(build_export(&b, node, 1, inner[1])), taken ? 0 : 55);
    }
}
END_TEST

int main(void) {
    Suite *suite = suite_create("eval control");
    TCase *t = tcase_create("eval");
    tcase_add_checked_fixture(t, start, end);
    tcase_add_test(t, counted_loops);
    tcase_add_test(t, loop_edges);
    tcase_add_test(t, scanned_in_reverse);
    tcase_add_test(t, while_loops);
    tcase_add_test(t, branches);
    suite_add_tcase(suite, t);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed != 0;
}
