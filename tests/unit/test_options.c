/* test_options.c: the command line of tgc, right and wrong. */
#include <check.h>
#include <string.h>

#include "tgc_options.h"

/* the options of a line, or in *complaint what is wrong with it */
static Options options_of(Arena *arena, const char *line, char *complaint, size_t size) {
    char *argv[20] = {(char *)"tgc"};
    int argc = 1;
    char *words = arena_printf(arena, "%s", line);
    for (char *word = strtok(words, " "); word; word = strtok(NULL, " ")) argv[argc++] = word;
    FILE *errors = fmemopen(complaint, size, "w");
    char **kept = arena_copy(arena, argv, sizeof argv);
    Options options;
    int good = options_parse(arena, argc, kept, &options, errors);
    fputc(0, errors);
    fclose(errors);
    ck_assert_int_eq(good, complaint[0] == 0);
    return options;
}

START_TEST(options_are_read) {
    Arena *arena = arena_new();
    char complaint[500];
    Options o = options_of(arena, "dir/a.tg", complaint, sizeof complaint);
    ck_assert_str_eq(complaint, "");
    ck_assert_str_eq(o.output, "a");
    ck_assert_str_eq(o.target, "native");
    ck_assert_int_eq(o.level, 2);
    o = options_of(arena,
                   "-O3 -g -DN=3 -D M=-0.5 a.tg --emit=kernels --check=bounds,nan --dump-after cse "
                   "--dump-after=dce "
                   "--stop-after=dce --time-passes --target=cuda",
                   complaint, sizeof complaint);
    ck_assert_str_eq(complaint, "");
    ck_assert_int_eq(o.level, 3);
    ck_assert(o.debug && o.check_nan && o.check_bounds && o.time_passes);
    ck_assert_int_eq(o.defines.n, 2);
    ck_assert_str_eq(o.defines.at[1].name, "M");
    ck_assert_str_eq(o.defines.at[1].value, "-0.5");
    ck_assert_int_eq(o.emit, EMIT_kernels);
    ck_assert_str_eq(o.output, "-");
    ck_assert_int_eq(o.dump_after.n, 2);
    ck_assert_str_eq(o.stop_after, "dce");
    ck_assert_str_eq(o.target, "cuda");
    o = options_of(arena, "run a.tg -- --lr 3 -- x", complaint, sizeof complaint);
    ck_assert_str_eq(complaint, "");
    ck_assert_int_eq(o.task, DO_RUN);
    ck_assert_int_eq(o.nargs, 4);
    ck_assert_str_eq(o.args[2], "--");
    o = options_of(arena, "--explain syntax", complaint, sizeof complaint);
    ck_assert_int_eq(o.task, DO_EXPLAIN);
    ck_assert_str_eq(o.explain, "syntax");
    arena_free(arena);
}
END_TEST

START_TEST(misuse_is_refused) {
    static const char *const lines[][2] = {
        {"", "no file"},
        {"a.tg b.tg", "a.tg and b.tg"},
        {"--emti=ir a.tg", "--emit"},
        {"--emit=x a.tg", "kernels"},
        {"-O4 a.tg", "-O3"},
        {"-o", "-o needs"},
        {"--check=nan, a.tg", "bounds"},
        {"-D 3=2 a.tg", "NAME=value"},
        {"-D N a.tg", "NAME=value"},
        {"run a.tg -o b", "-o"},
        {"run", "no file"},
        {"a.tg -- x", "tgc run"},
        {"a", "overwritten"},
        {"-g=1 a.tg", "-g"},
        {"-O0 run a.tg", "tgc run a.tg"},
        {"run a.tg --lr 3", "after --"},
        {"/proc/self/exe -o /proc/self/../self/exe", "overwritten"},
        {"--version=2", "no value"},
        {"-o a -o b a.tg", "twice"},
    };
    Arena *arena = arena_new();
    for (size_t i = 0; i < sizeof lines / sizeof *lines; i++) {
        char complaint[500];
        options_of(arena, lines[i][0], complaint, sizeof complaint);
        ck_assert_msg(strstr(complaint, lines[i][1]), "tgc %s: '%s'", lines[i][0], complaint);
        ck_assert_ptr_eq(strchr(complaint, '\n') + 1, complaint + strlen(complaint)); /* one line */
    }
    arena_free(arena);
}
END_TEST

int main(void) {
    Suite *suite = suite_create("options");
    TCase *tests = tcase_create("options");
    const TTest *const all[] = {options_are_read, misuse_is_refused};
    for (size_t i = 0; i < sizeof all / sizeof *all; i++) tcase_add_test(tests, all[i]);
    suite_add_tcase(suite, tests);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_NORMAL);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed != 0;
}
