/* loader_fixture.h: what tests of the loaders share: expectations of what a file holds or why it is
   refused, and the abuse of well-formed files. */
#ifndef TGC_TESTS_LOADER_FIXTURE_H
#define TGC_TESTS_LOADER_FIXTURE_H

#include "runtime_fixture.h"

#include "runtime/rt.h"

static Loaded loaded;
static RtError why;

static void shows(const char *expected) {
    char type[128];
    TgTensor tensor = {(void *)(uintptr_t)loaded.data, loaded.dtype, loaded.rank, {0}};
    TgText text = {0};
    memcpy(tensor.dims, loaded.dims, sizeof tensor.dims);
    loaded_describe(&loaded, type, sizeof type);
    tg_text_printf(&text, "%s ", type);
    tg_format_tensor(&text, &tensor);
    ck_assert_str_eq(text.at, expected);
    ck_assert_int_eq((intptr_t)loaded.data % 64, 0);
    tg_text_free(&text);
    loaded_free(&loaded);
}

#define HOLDS(call, expected)                                                                      \
    do {                                                                                           \
        int ok_ = (call);                                                                          \
        ck_assert_msg(ok_, "%s", why.text);                                                        \
        shows(expected);                                                                           \
    } while (0)

#define REFUSES(call, expected)                                                                    \
    do {                                                                                           \
        ck_assert(!(call));                                                                        \
        ck_assert_str_eq(why.text, expected);                                                      \
    } while (0)

/* every shorter file is refused; no changed byte crashes */
static void abuse(const char *name, int (*load)(const char *, Loaded *, RtError *)) {
    size_t n = 0;
    char *file = get_file(name, &n);
    for (size_t cut = 0; cut < n; cut++) {
        put_file("abused", file, cut);
        ck_assert_msg(!load("abused", &loaded, &why), "%s cut to %d bytes was taken", name,
                      (int)cut);
        ck_assert_msg(!strncmp(why.text, "abused: ", 8), "%s", why.text);
    }
    for (size_t i = 0; i < n; i++)
        for (int bit = 0; bit < 8; bit += 6) {
            file[i] ^= (char)(1 << bit);
            put_file("abused", file, n);
            if (load("abused", &loaded, &why)) loaded_free(&loaded);
            file[i] ^= (char)(1 << bit);
        }
    char *longer = calloc(n + 2, 1);
    memcpy(longer, file, n);
    put_file("abused", longer, n + 1);
    ck_assert_msg(!load("abused", &loaded, &why), "%s with a byte more was taken", name);
    free(longer);
    free(file);
}

static const int64_t six[] = {0, 1, 2, 3, 4, 5};

static void le(char *to, uint64_t value, int bytes) {
    for (int i = 0; i < bytes; i++) to[i] = (char)(value >> (8 * i));
}

#endif
