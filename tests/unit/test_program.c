/* test_program.c: a program from its command line to its exit status: options, help, data sets that
   share sizes, prints, stops, memory, threads, save and load, logs, the profile. By hand-written
   programs. */
#define _GNU_SOURCE /* posix_openpt */
#include "run_fake.h"

/* ---- options ---- */

START_TEST(options_are_read) {
    runs("plain --mode args",
         "epochs 100 lr 9.99999975e-05 fast false dir . width 64 small 7 seed 0\n");
    runs("plain --mode=args --epochs=-5 --learning-rate 0.5 --fast --dir a=b --width 3 --small 255 "
         "--seed -1 --quiet",
         "epochs -5 lr 0.5 fast true dir a=b width 3 small 255 seed -1\n");
    runs("plain --mode args --learning_rate=1 --fast false --epochs 1 --epochs 2",
         "epochs 2 lr 1 fast false dir . width 64 small 7 seed 0\n");
    runs("plain --mode args --fast=true --fast --width 9",
         "epochs 100 lr 9.99999975e-05 fast true dir . width 9 small 7 seed 0\n");
}
END_TEST

START_TEST(wrong_options_are_refused) {
    static const struct {
        const char *words, *message;
    } rows[] = {
        {"plain", "plain: --mode is required (--help says what it is)\n"},
        {"plain --mode args --lerning-rate 1",
         "plain: unknown option --lerning-rate, did you mean --learning_rate?\n"},
        {"plain --mode args --seeed 1", "plain: unknown option --seeed, did you mean --seed?\n"},
        {"plain --mode args --zzzzzz", "plain: unknown option --zzzzzz (--help lists them)\n"},
        {"plain args", "plain: unexpected argument 'args' (options begin with --)\n"},
        {"plain --mode", "plain: --mode needs a value\n"},
        {"plain --mode args --epochs 1.5", "plain: --epochs: '1.5' is not a whole number\n"},
        {"plain --mode args --epochs 9223372036854775808",
         "plain: --epochs: 9223372036854775808 is out of range, expected -9223372036854775808 to "
         "9223372036854775807\n"},
        {"plain --mode args --epochs -", "plain: --epochs: '-' is not a whole number\n"},
        {"plain --mode args --small -1", "plain: --small: -1 is out of range, expected 0 to 255\n"},
        {"plain --mode args --width -1",
         "plain: --width: -1 is out of range, expected 0 to 1099511627776\n"},
        {"plain --mode args --learning-rate x", "plain: --learning-rate: 'x' is not a number\n"},
        {"plain --mode args --learning-rate 1e39",
         "plain: --learning-rate: 1e39 is out of range for f32\n"},
        {"plain --mode args --fast=2", "plain: --fast: '2' is not true or false\n"},
        {"plain --mode args --quiet=1", "plain: --quiet takes no value\n"},
        {"plain --mode args --threads 0",
         "plain: --threads: 0 is out of range, expected 1 to 1024\n"},
        {"plain --mode args --resume",
         "plain: --resume: this program has no loop with a checkpoint\n"},
        {"plain --mode args --log x.txt",
         "plain: --log x.txt: expected a file ending in .csv or .jsonl, or a folder\n"},
        {"plain --mode args --log none/x.csv",
         "plain: cannot write none/x.csv: No such file or directory\n"},
        {"modern", "modern: this CPU lacks what the program was compiled for: avx9 (unknown)\n"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        stops(rows[i].words, rows[i].message);
        ck_assert_str_eq(out_text, "");
    }
}
END_TEST

START_TEST(help_lists_args_and_options) {
    ck_assert_int_eq(run("plain --help"), 0);
    static const char *const lines[] = {
        "usage: plain [options]\n",
        "  --epochs N              passes over the data (default 100)\n",
        "  --learning-rate NUMBER  step of the descent (default 0.0001)\n",
        "  --fast\n",
        "  --dir TEXT              folder with the files (default \".\")\n",
        "  --mode TEXT             what to do (required)\n",
        "  --seed N ",
        "  --threads N ",
        "  --resume ",
        "  --quiet ",
        "  --log FILE ",
        "  --profile ",
        "  --memory "};
    for (size_t i = 0; i < sizeof lines / sizeof *lines; i++)
        ck_assert_msg(strstr(out_text, lines[i]) != NULL, "no '%s' in\n%s", lines[i], out_text);
    char *first = strdup(out_text);
    runs("plain -h", first);
    free(first);
}
END_TEST

/* ---- prints and stops ---- */

START_TEST(stops_name_their_line) {
    stops("plain --mode trap", "fake.tg:12: division by zero\n");
    ck_assert_str_eq(out_text, "before\n");
    stops("plain --mode assert", "fake.tg:11: width is 64\n");
}
END_TEST

START_TEST(unwritable_output_is_an_error) {
    ck_assert_int_eq(run_to("/dev/full", "plain --mode args"), 1);
    ck_assert_str_eq(err_text,
                     "fake.tg:50: cannot write to standard output: No space left on device\n");
    ck_assert_int_eq(run_to("/dev/full", "plain --help"), 1);
}
END_TEST

static int run_on_pipe(int *first_line) {
    int ends[2];
    char byte;
    ck_assert_int_eq(pipe(ends), 0);
    pid_t child = fork();
    if (child == 0) {
        char *argv[] = {"plain", "--mode", "lines", "--epochs", "100000", NULL};
        dup2(ends[1], STDOUT_FILENO);
        redirect("stderr", STDERR_FILENO, O_WRONLY | O_CREAT | O_TRUNC);
        close(ends[0]);
        close(ends[1]);
        _exit(tgrt_main(fake_program("plain"), 5, argv));
    }
    close(ends[1]);
    *first_line = 0;
    while (read(ends[0], &byte, 1) == 1 && byte != '\n') *first_line += 1;
    close(ends[0]);
    int status;
    waitpid(child, &status, 0);
    return WIFEXITED(status) ? WEXITSTATUS(status) : 1000;
}

START_TEST(closed_pipe_is_an_error) {
    int length;
    ck_assert_int_eq(run_on_pipe(&length), 1);
    ck_assert_int_eq(length, 6); /* "line 0" */
    assert_file("stderr", "fake.tg:50: cannot write to standard output: Broken pipe\n");
}
END_TEST

START_TEST(prints_to_a_file_are_all_there) {
    ck_assert_int_eq(run("plain --mode lines --epochs 30000"), 0);
    int64_t lines = 0;
    for (const char *c = out_text; *c; c++) lines += *c == '\n';
    ck_assert_int_eq(lines, 30000);
    ck_assert_ptr_nonnull(strstr(out_text, "\nline 29999\n"));
    runs("plain --mode write", "aaa\n");
}
END_TEST

/* ---- memory, threads, profile ---- */

START_TEST(memory_is_planned_and_listed) {
    runs("plain --mode slab --width 1500", "");
    runs("plain --mode slab --width 0", "");
    runs("plain --mode tape", "");
    runs("plain --mode args --memory",
         "      bytes  offset        buffer\n"
         "    16.4 kB  256           weights  fake.tg:41\n"
         "     256 B   0             hidden  fake.tg:40\n"
         "    16.6 kB  in all; the buffers together have     16.6 kB\n");
}
END_TEST

START_TEST(too_much_memory_is_an_error) {
    ck_assert_int_eq(run("plain --mode slab --width 1000000000"), 1);
    ck_assert_ptr_nonnull(
        strstr(err_text, "plain: cannot get the 4000000004000.0 MB of memory that it needs"));
}
END_TEST

START_TEST(parallel_work_is_done_once) {
    runs("plain --mode parallel --epochs 2000 --threads 1", "");
    runs("plain --mode parallel --epochs 2000 --threads 2", "");
    runs("plain --mode parallel --epochs 500 --threads 7", "");
    runs("plain --mode parallel --epochs 50", "");
}
END_TEST

START_TEST(profile_reports_loops_and_kernels) {
    ck_assert_int_eq(run("plain --mode loops --epochs 1 --profile"), 0);
    static const char *const parts[] = {"median",
                                        "  epoch  fake.tg:30\n",
                                        "        12  ",
                                        "  batches  fake.tg:31\n",
                                        "  fake.tg:20\n",
                                        "  mul_add  fake.tg:20\n",
                                        "  softmax  fake.tg:21\n",
                                        "in kernels, of"};
    for (size_t i = 0; i < sizeof parts / sizeof *parts; i++)
        ck_assert_msg(strstr(err_text, parts[i]) != NULL, "no '%s' in\n%s", parts[i], err_text);
    ck_assert_int_lt(strstr(err_text, "softmax") - err_text,
                     strstr(err_text, "mul_add") - err_text);
    ck_assert_int_eq(run("plain --mode loops --epochs 1"), 0);
    ck_assert_str_eq(err_text, ""); /* no terminal: no progress */
}
END_TEST

/* standard error is a terminal: what was written to it */
static char *run_on_terminal(int quiet) {
    static char text[1 << 16];
    int master = posix_openpt(O_RDWR | O_NOCTTY);
    ck_assert(master >= 0 && grantpt(master) == 0 && unlockpt(master) == 0);
    int slave = open(ptsname(master), O_RDWR | O_NOCTTY);
    pid_t child = fork();
    if (child == 0) {
        char *argv[] = {"plain", "--mode", "loops", "--epochs", "60", quiet ? "--quiet" : NULL,
                        NULL};
        redirect("stdout", STDOUT_FILENO, O_WRONLY | O_CREAT | O_TRUNC);
        dup2(slave, STDERR_FILENO);
        _exit(tgrt_main(fake_program("plain"), quiet ? 6 : 5, argv));
    }
    close(slave);
    size_t n = 0;
    ssize_t got;
    while ((got = read(master, text + n, sizeof text - 1 - n)) > 0) n += (size_t)got;
    text[n] = 0;
    close(master);
    waitpid(child, NULL, 0);
    assert_file("stdout", "epoch done\nepoch done\nepoch done\n");
    return text;
}

START_TEST(terminal_gets_a_bar) {
    char *text = run_on_terminal(0);
    ck_assert_msg(strstr(text, "epoch 2/3  batches [#####") != NULL, "%s", text);
    ck_assert_ptr_nonnull(strstr(text, "/4  "));
    ck_assert_ptr_nonnull(strstr(text, "/s  0:00 left"));
    ck_assert_ptr_nonnull(strstr(text, "\r\033[K"));
    ck_assert_str_eq(run_on_terminal(1), "");
}
END_TEST

/* ---- data sets ---- */

static void put_reader_files(void) {
    put_file("images.idx", "\0\0\x08\x02\0\0\0\x03\0\0\0\x02\1\2\3\4\5\6", 18);
    char npy[128 + 24] =
        "\x93NUMPY\x01\0\x76\0{'descr': '<i8', 'fortran_order': False, 'shape': (3,), }";
    int64_t labels[3] = {7, -8, 9};
    memset(npy + strlen(npy + 10) + 10, ' ', 117 - strlen(npy + 10));
    npy[127] = '\n';
    memcpy(npy + 128, labels, 24);
    put_file("labels.npy", npy, sizeof npy);
    put_text("table.csv", "a,b,skip,c\n1,2,x,3\n4,5,y,6\n7,8.5,z,9\n");
    put_text("text12.txt", "AB");
}

START_TEST(data_is_read_and_sizes_agree) {
    put_reader_files();
    runs("reader --dir . --rows 12", "[[1, 2],\n [3, 4],\n [5, 6]]\n[ 7, -8,  9]\n"
                                     "[[2.0000, 1.0000, 3.0000],\n [5.0000, 4.0000, 6.0000],\n "
                                     "[8.5000, 7.0000, 9.0000]]\n[65, 66]\n");
}
END_TEST

START_TEST(data_that_does_not_fit_is_refused) {
    put_reader_files();
    stops("reader --dir none",
          "fake.tg:3: data images: cannot open none/images.idx: No such file or directory\n");
    stops("reader --dir . --width 4 --rows 12",
          "fake.tg:5: data table: ./table.csv holds f32[3, 3], expected f32[rows, width], where "
          "rows is 3 (data images, "
          "./images.idx) and width is 4 (--width)\n");
    stops("reader --dir . --rows 13",
          "fake.tg:6: data text: cannot open ./text13.txt: No such file or directory\n");
    put_file("images.idx", "\0\0\x08\x02\0\0\0\x02\0\0\0\x02\1\2\3\4", 16);
    stops("reader --dir . --rows 12", "fake.tg:4: data labels: ./labels.npy holds i64[3], expected "
                                      "i64[rows], where rows is 2 (data images, "
                                      "./images.idx)\n");
    put_file("images.idx", "\0\0\x08\x01\0\0\0\x02\1\2", 10);
    stops("reader --dir . --rows 12",
          "fake.tg:3: data images: ./images.idx holds u8[2], expected u8[rows, 2]\n");
    put_file("images.idx", "\0\0\x0d\x02\0\0\0\x01\0\0\0\x02\1\2\3\4\1\2\3\4", 20);
    stops("reader --dir . --rows 12",
          "fake.tg:3: data images: ./images.idx holds f32[1, 2], expected u8[rows, 2]\n");
}
END_TEST

/* ---- save and load ---- */

START_TEST(saved_tensors_come_back) {
    runs("plain --mode save --dir a.safetensors", "");
    runs("plain --mode load --dir a.safetensors", "[[1., 2., 3.],\n [4., 5., 6.]] [10., 11.] 12\n");
    runs("plain --mode save --dir a.npy", "");
    runs("plain --mode load --dir a.npy", "[[1., 2., 3.],\n [4., 5., 6.]] [0., 0.] 0\n");
    struct stat st;
    ck_assert_int_ne(stat("a.npy.tmp", &st), 0);
    ck_assert_int_ne(stat("a.safetensors.tmp", &st), 0);
}
END_TEST

START_TEST(what_does_not_fit_is_listed) {
    runs("plain --mode save --dir a.safetensors", "");
    stops("plain --mode load --fast --dir a.safetensors",
          "fake.tg:50: a.safetensors does not fit:\n  bias: missing in the file\n  fc.bias: "
          "unexpected, only in the file\n"
          "  fc.weight: is f32[2, 3], expected f64[3, 2]\n");
    runs("plain --mode load --fast --small 0 --dir a.safetensors",
         "[[0., 0.],\n [0., 0.],\n [0., 0.]] [0., 0.] 12\n");
    runs("plain --mode save --dir a.npy", "");
    stops("plain --mode load --fast --dir a.npy",
          "fake.tg:50: a.npy does not fit:\n  the tensor: is f32[2, 3], expected f64[3, 2]\n");
    stops("plain --mode save --fast --dir b.npy",
          "fake.tg:50: cannot write b.npy: a .npy file holds one tensor, here are 3\n");
    stops("plain --mode save --dir none/b.safetensors",
          "fake.tg:50: cannot write none/b.safetensors: No such file or directory\n");
    stops("plain --mode save --dir /dev/full",
          "fake.tg:50: cannot write /dev/full: No space left on device\n");
    stops("plain --mode load --dir none.safetensors",
          "fake.tg:50: cannot open none.safetensors: No such file or directory\n");
}
END_TEST

/* ---- logs ---- */

START_TEST(logs_are_tables_or_objects) {
    runs("plain --mode log --log a.csv", "");
    assert_file("a.csv", "step,loss,\"acc,uracy\",w3[0],w3[1]\n1,0.1,,,\n2,0.2,0.2,,\n3,0.3,,,\n4,"
                         "0.4,,,\n9,,,1.5,nan\n");
    runs("plain --mode log --log a.jsonl", "");
    assert_file("a.jsonl",
                "{\"step\": 1, \"loss\": 0.1}\n{\"step\": 2, \"loss\": 0.2, \"acc,uracy\": "
                "0.2}\n{\"step\": 3, \"loss\": 0.3}\n"
                "{\"step\": 4, \"loss\": 0.4}\n{\"step\": 9, \"w3[0]\": 1.5, \"w3[1]\": null}\n");
    runs("plain --mode log --log a.csv", "");
    runs("plain --mode args --log a.csv",
         "epochs 100 lr 9.99999975e-05 fast false dir . width 64 small 7 seed 0\n");
    assert_file("a.csv", "");
    ck_assert_int_eq(symlink("/dev/full", "full.jsonl"), 0);
    stops("plain --mode log --log full.jsonl",
          "fake.tg:50: cannot write full.jsonl: No space left on device\n");
}
END_TEST

START_TEST(logs_for_tensorboard) {
    size_t n = 0;
    runs("plain --mode log --log events", "");
    char *file = get_file("events/events.out.tfevents.0.tg", &n);
    ck_assert_ptr_nonnull(file);
    ck_assert_int_eq(memcmp(file, "\x18\0\0\0\0\0\0\0\xa3\x7f\x4b\x22", 12),
                     0); /* 24 bytes, their checksum */
    ck_assert_int_eq(memcmp(file + 23, "brain.Event:2", 13), 0);
    /* the scalar "loss" at step 1 */
    ck_assert_int_eq(
        memcmp(file + 40 + 12 + 9, "\x10\x01\x2a\x0d\x0a\x0b\x0a\x04loss\x15\xcd\xcc\xcc\x3d", 17),
        0);
    free(file);
}
END_TEST

int main(void) {
    const TTest *const tests[] = {options_are_read,
                                  wrong_options_are_refused,
                                  help_lists_args_and_options,
                                  stops_name_their_line,
                                  unwritable_output_is_an_error,
                                  closed_pipe_is_an_error,
                                  prints_to_a_file_are_all_there,
                                  memory_is_planned_and_listed,
                                  too_much_memory_is_an_error,
                                  parallel_work_is_done_once,
                                  profile_reports_loops_and_kernels,
                                  terminal_gets_a_bar,
                                  data_is_read_and_sizes_agree,
                                  data_that_does_not_fit_is_refused,
                                  saved_tensors_come_back,
                                  what_does_not_fit_is_listed,
                                  logs_are_tables_or_objects,
                                  logs_for_tensorboard};
    Suite *suite = suite_create("program");
    TCase *tcase = tcase_create("program");
    tcase_add_checked_fixture(tcase, make_home, remove_home);
    tcase_set_timeout(tcase, 60);
    for (size_t i = 0; i < sizeof tests / sizeof *tests; i++) tcase_add_test(tcase, tests[i]);
    suite_add_tcase(suite, tcase);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_NORMAL);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed != 0;
}
