/* runtime_fixture.h: for tests of the runtime: a folder of their own, files in it, and hand-written
   programs run as processes, with what they printed. */
#ifndef TGC_TESTS_RUNTIME_FIXTURE_H
#define TGC_TESTS_RUNTIME_FIXTURE_H

#include <check.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

static char home[64]; /* the test's folder: its working directory */

static void make_home(void) {
    int in_memory = access("/dev/shm", W_OK) == 0; /* thousands of small files */
    snprintf(home, sizeof home, "%s/tgrt-test-XXXXXX", in_memory ? "/dev/shm" : "/tmp");
    ck_assert_ptr_nonnull(mkdtemp(home));
    ck_assert_int_eq(chdir(home), 0);
}

static void remove_home(void) {
    char command[128];
    snprintf(command, sizeof command, "rm -rf %s", home);
    ck_assert_int_eq(chdir("/"), 0);
    ck_assert_int_eq(system(command), 0);
}

static void put_file(const char *name, const void *at, size_t n) {
    FILE *f = fopen(name, "wb");
    ck_assert_ptr_nonnull(f);
    ck_assert_uint_eq(fwrite(at, 1, n, f), n);
    fclose(f);
}

static inline void put_text(const char *name, const char *text) {
    put_file(name, text, strlen(text));
}

/* the file's bytes, terminated; NULL: there is none */
static char *get_file(const char *name, size_t *n) {
    FILE *f = fopen(name, "rb");
    if (!f) return NULL;
    size_t cap = 1 << 16, used = 0, got;
    char *text = malloc(cap + 1);
    while ((got = fread(text + used, 1, cap - used, f)) > 0)
        if ((used += got) == cap) text = realloc(text, (cap *= 2) + 1);
    fclose(f);
    text[used] = 0;
    if (n) *n = used;
    return text;
}

static inline void assert_file(const char *name, const char *expected) {
    char *found = get_file(name, NULL);
    ck_assert_ptr_nonnull(found);
    ck_assert_str_eq(found, expected);
    free(found);
}

static inline void assert_same_file(const char *a, const char *b) {
    size_t n, m;
    char *x = get_file(a, &n), *y = get_file(b, &m);
    ck_assert_ptr_nonnull(x);
    ck_assert_ptr_nonnull(y);
    ck_assert_uint_eq(n, m);
    ck_assert_int_eq(memcmp(x, y, n), 0);
    free(x);
    free(y);
}

#endif
