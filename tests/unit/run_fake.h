/* run_fake.h: runs a program of fake_program.c in a process of its own. */
#ifndef TGC_TESTS_RUN_FAKE_H
#define TGC_TESTS_RUN_FAKE_H

#include "runtime_fixture.h"

#include "runtime/rt.h"

#include "fake_program.c"

static char *out_text, *err_text; /* of the last run */

static void redirect(const char *path, int fd, int flags) {
    int file = open(path, flags, 0666);
    if (file < 0 || dup2(file, fd) < 0) _exit(99);
    close(file);
}

/* words: the program's name and its options, separated by blanks. Standard output goes to `out`.
   Exit status, or 1000 + the signal. */
static int run_to(const char *out, const char *words) {
    char text[1024], *argv[40];
    int argc = 0;
    ck_assert_uint_lt(strlen(words), sizeof text);
    strcpy(text, words);
    for (char *word = strtok(text, " "); word; word = strtok(NULL, " ")) argv[argc++] = word;
    argv[argc] = NULL;
    pid_t child = fork();
    if (child == 0) {
        redirect(out, STDOUT_FILENO, O_WRONLY | O_CREAT | O_TRUNC);
        redirect("stderr", STDERR_FILENO, O_WRONLY | O_CREAT | O_TRUNC);
        _exit(tgrt_main(fake_program(argv[0]), argc, argv));
    }
    int status;
    ck_assert_int_eq(waitpid(child, &status, 0), child);
    free(out_text);
    free(err_text);
    out_text = strcmp(out, "stdout") ? NULL : get_file("stdout", NULL);
    err_text = get_file("stderr", NULL);
    return WIFEXITED(status) ? WEXITSTATUS(status) : 1000 + WTERMSIG(status);
}

static int run(const char *words) {
    return run_to("stdout", words);
}

static inline void runs(const char *words, const char *out) {
    int status = run(words);
    ck_assert_msg(status == 0, "%s: status %d: %s", words, status, err_text);
    ck_assert_str_eq(out_text, out);
}

/* exit status 1, and exactly that message */
static inline void stops(const char *words, const char *message) {
    int status = run(words);
    ck_assert_msg(status == 1, "%s: status %d", words, status);
    ck_assert_str_eq(err_text, message);
}

#endif
