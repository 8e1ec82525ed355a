/* test_bounds.c: --check=bounds stops a kernel that would touch memory outside of a buffer. The
   kernels here are wrong on purpose: a constant says that it has fewer elements than a view of it
   shows, which nothing before code generation notices. */
#include "graph_fixture.h"

#include <sys/wait.h>
#include <unistd.h>

#include "codegen/codegen.h"

enum { ROOM = 4096 };

static void make_ready(void) {
    PassOptions passes = {.optimize = 0};
    passes_run(g, &passes);
    graph_renumber(g);
}

/* compiles the graph and runs it; what it says on both streams. Gives its exit status. */
static int run(int check, char *said) {
    char path[] = "/tmp/test-bounds-XXXXXX";
    close(mkstemp(path));
    CodegenOptions options = {.name = "wrong",
                              .target = "native",
                              .out = path,
                              .level = 2,
                              .runtime = TGC_BINARY_DIR "/lib/tgc"};
    const char *error = NULL;
    g->check_bounds = check;
    if (codegen_program(g, &options, &error)) ck_abort_msg("%s", error);
    char *command = arena_printf(arena, "%s 2>&1", path);
    FILE *out = popen(command, "r");
    size_t n = fread(said, 1, ROOM - 1, out);
    said[n] = 0;
    int status = pclose(out);
    unlink(path);
    return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

START_TEST(load_outside_stops) {
    char said[ROOM];
    float data[48];
    for (int i = 0; i < 48; i++) data[i] = (float)i;
    Node *x = build_const(&b, vector(DT_f32, _i), data);
    show(build_map1(&b, OP_exp, build_reshape(&b, x, matrix(DT_f32, 1, _i))));
    make_ready();
    x->type = vector(DT_f32, 40);
    ck_assert_msg(run(1, said) == 1, "%s", said);
    ck_assert_ptr_nonnull(strstr(said, "of a buffer of 40"));
}
END_TEST

START_TEST(right_kernel_goes_on) {
    char said[ROOM];
    float data[40];
    for (int i = 0; i < 40; i++) data[i] = (float)i;
    Node *x = build_const(&b, vector(DT_f32, 40), data);
    show(build_map1(&b, OP_exp, build_reshape(&b, x, matrix(DT_f32, 8, 5))));
    make_ready();
    ck_assert_int_eq(run(1, said), 0);
    ck_assert_ptr_null(strstr(said, "buffer"));
}
END_TEST

int main(void) {
    Suite *suite = suite_create("bounds");
    TCase *tcase = tcase_create("kernels");
    tcase_add_checked_fixture(tcase, fresh_graph, drop_graph);
    tcase_set_timeout(tcase, 60);
    tcase_add_loop_test(tcase, load_outside_stops, 41, 44);
    tcase_add_test(tcase, right_kernel_goes_on);
    suite_add_tcase(suite, tcase);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed != 0;
}
