/* test_checkpoint.c: a loop that was ended in any way and resumed gives what an undisturbed one
   gives, to the bit, its log too; files that are not that loop's are refused; what another run left
   is kept. */
#include "run_fake.h"

#define END "at 8: [14.0078, 16.0039, 18.0000]\nat 9: [16.0039, 18.0020, 20.0000]\ntotal 45\n"

START_TEST(resumed_is_undisturbed) {
    static const char *const logs[] = {"csv", "jsonl"};
    for (int kind = 0; kind < 2; kind++)
        for (int every = 1; every <= 4; every += 3)
            for (int at = 0; at < 8; at += 3)
                for (int hard = 0; hard < 2; hard++) {
                    char words[300];
                    snprintf(words, sizeof words, "looper --file ref --log ref.%s --every %d",
                             logs[kind], every);
                    runs(words, END);
                    snprintf(words, sizeof words,
                             "looper --file run --log run.%s --every %d --kill-at %d", logs[kind],
                             every, hard ? -at - 1 : at);
                    ck_assert_int_eq(run(words), 1000 + (hard ? SIGKILL : SIGINT));
                    snprintf(words, sizeof words,
                             "looper --file run --log run.%s --every %d --resume", logs[kind],
                             every);
                    runs(words, END);
                    assert_same_file("ref", "run");
                    snprintf(words, sizeof words, "ref.%s", logs[kind]);
                    char other[300];
                    snprintf(other, sizeof other, "run.%s", logs[kind]);
                    assert_same_file(words, other);
                    unlink("run");
                }
}
END_TEST

START_TEST(finished_loop_is_skipped) {
    runs("looper", END);
    runs("looper --resume", "total 45\n");
    runs("looper --resume --steps 99", "total 45\n");
}
END_TEST

START_TEST(interrupt_writes_and_says_so) {
    ck_assert_int_eq(run("looper --every 0 --kill-at 3"), 1000 + SIGINT);
    ck_assert_str_eq(err_text, "looper: interrupted; --resume continues from run.ckpt\n");
    runs("looper --resume", END);
    ck_assert_int_eq(run("looper --every 0 --kill-at 3 --quiet"), 1000 + SIGINT);
    ck_assert_str_eq(err_text, "");
}
END_TEST

START_TEST(time_rule_writes_within_two_seconds) {
    /* 50 ms an iteration: killed after the 30th, at least the 20th is in the file */
    ck_assert_int_eq(run("looper --every 0 --steps 60 --pause 50 --kill-at -31"), 1000 + SIGKILL);
    ck_assert_int_eq(access("run.ckpt", F_OK), 0);
    ck_assert_int_eq(run("looper --resume --every 0 --steps 60 --log a.jsonl"), 0);
    char *log = get_file("a.jsonl", NULL);
    ck_assert_ptr_nonnull(log);
    ck_assert_int_ne(log[0], 0);
    free(log);
}
END_TEST

START_TEST(short_loop_writes_once) {
    /* within a second nothing is written but the end */
    ck_assert_int_eq(run("looper --every 0 --steps 100000 --kill-at -90001"), 1000 + SIGKILL);
    ck_assert_int_ne(access("run.ckpt", F_OK), 0);
}
END_TEST

START_TEST(other_runs_file_becomes_old) {
    runs("looper --size 2 --quiet",
         "at 8: [14.0078, 16.0039]\nat 9: [16.0039, 18.0020]\ntotal 45\n");
    ck_assert_int_eq(rename("run.ckpt", "first"), 0);
    runs("looper --size 2", "at 8: [14.0078, 16.0039]\nat 9: [16.0039, 18.0020]\ntotal 45\n");
    ck_assert_int_ne(access("run.ckpt.old", F_OK), 0);
    ck_assert_int_eq(run("looper --kill-at -1 --every 5"),
                     1000 + SIGKILL); /* before its first write */
    assert_same_file("run.ckpt", "first");
    runs("looper", END);
    ck_assert_str_eq(err_text, "looper: run.ckpt is now run.ckpt.old\n");
    assert_same_file("run.ckpt.old", "first");
    runs("looper --resume", "total 45\n");
    assert_same_file("run.ckpt.old", "first");
}
END_TEST

START_TEST(no_file_starts_from_the_beginning) {
    runs("looper --resume --log a.csv", END);
    ck_assert_str_eq(err_text, "looper: there is no run.ckpt: starting from the beginning\n");
    runs("looper --file other --log b.csv", END);
    assert_same_file("a.csv", "b.csv");
}
END_TEST

START_TEST(other_files_are_refused) {
    size_t n = 0;
    runs("looper", END);
    stops("alien --resume",
          "fake.tg:50: run.ckpt: is the checkpoint of another program (or of this one "
          "before it was changed)\n");
    stops("looper --resume --size 4", "fake.tg:50: run.ckpt: x is f32[3], expected f32[4]\n");
    put_text("text", "not a checkpoint at all");
    stops("looper --resume --file text", "fake.tg:50: text: is not a checkpoint\n");
    stops("looper --resume --file /", "fake.tg:50: cannot read /: Is a directory\n");
    stops("looper --file none/x", "fake.tg:50: cannot write none/x: No such file or directory\n");
    char *file = get_file("run.ckpt", &n), words[100];
    for (size_t cut = 0; cut < n; cut++) {
        put_file("cut", file, cut);
        ck_assert_int_eq(run("looper --resume --file cut"), 1);
        ck_assert_ptr_nonnull(strstr(err_text, cut < 24 ? "is not a checkpoint" : "is damaged"));
    }
    for (size_t i = 0; i < n; i += 3) {
        file[i] ^= 16;
        put_file("flipped", file, n);
        file[i] ^= 16;
        snprintf(words, sizeof words, "looper --resume --file flipped");
        ck_assert_msg(run(words) == 1, "a flipped bit in byte %d was not seen", (int)i);
    }
    free(file);
}
END_TEST

START_TEST(shorter_log_is_told) {
    ck_assert_int_eq(run("looper --log a.csv --kill-at 5"), 1000 + SIGINT);
    put_text("a.csv", "step,x,half\n1,0,\n2,1,1\n");
    ck_assert_int_eq(run("looper --log a.csv --resume"), 0);
    ck_assert_str_eq(
        err_text, "looper: a.csv is shorter than it was at the checkpoint: its end is missing\n");
    char *log = get_file("a.csv", NULL);
    ck_assert_ptr_nonnull(strstr(log, "2,1,1\n7,"));
    free(log);
}
END_TEST

int main(void) {
    const TTest *const tests[] = {resumed_is_undisturbed,
                                  finished_loop_is_skipped,
                                  interrupt_writes_and_says_so,
                                  time_rule_writes_within_two_seconds,
                                  short_loop_writes_once,
                                  other_runs_file_becomes_old,
                                  no_file_starts_from_the_beginning,
                                  other_files_are_refused,
                                  shorter_log_is_told};
    Suite *suite = suite_create("checkpoint");
    TCase *tcase = tcase_create("checkpoint");
    tcase_add_checked_fixture(tcase, make_home, remove_home);
    tcase_set_timeout(tcase, 120);
    for (size_t i = 0; i < sizeof tests / sizeof *tests; i++) tcase_add_test(tcase, tests[i]);
    suite_add_tcase(suite, tcase);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_NORMAL);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed != 0;
}
