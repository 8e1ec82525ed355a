/* fuzz_files.c [ROUNDS]: broken data files. Takes the small files of tests/data, changes bytes,
   cuts, repeats and joins them, and reads them by every loader: each gives a tensor whose bytes are
   all there, or a message that begins with the path; nothing else may happen (built with
   sanitizers). */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "runtime/rt.h"

enum { ROUNDS = 3000, MOST = 1 << 16 };

typedef struct Bytes Bytes;
struct Bytes {
    uint8_t at[MOST];
    size_t n;
};

static uint32_t next(uint64_t *state) {
    *state = *state * 6364136223846793005u + 1442695040888963407u;
    return (uint32_t)(*state >> 33);
}

static void read_seed(const char *name, Bytes *b) {
    char path[4096];
    snprintf(path, sizeof path, "%s/tests/data/%s", TGC_SOURCE_DIR, name);
    FILE *f = fopen(path, "rb");
    b->n = f ? fread(b->at, 1, MOST / 4, f) : 0;
    if (f) fclose(f);
    if (b->n == 0) {
        fprintf(stderr, "cannot read %s\n", path);
        exit(1);
    }
}

static void write_file(const char *path, const Bytes *b) {
    FILE *f = fopen(path, "wb");
    if (!f || fwrite(b->at, 1, b->n, f) != b->n || fclose(f) != 0) exit(1);
}

/* numbers at the limits of what headers say */
static void put_number(uint64_t *state, Bytes *b) {
    static const uint64_t values[] = {0,          1,          0x7f,       0xff,      0xffff,
                                      0x7fffffff, 0xffffffff, 1ull << 40, INT64_MAX, UINT64_MAX};
    uint64_t value = values[next(state) % 10];
    size_t size = (size_t)1 << next(state) % 4, at = next(state) % b->n;
    for (size_t i = 0; i < size && at + i < b->n; i++) b->at[at + i] = (uint8_t)(value >> (8 * i));
}

static void put_text(uint64_t *state, Bytes *b) {
    static const char *const words[] = {
        "\"", "{", "[", "-1",  "1e999", ",",  "\n",     "99999999999999999999",
        "'",  "(", ":", "nan", "\\u",   "\0", "PK\5\6", "#"};
    const char *word = words[next(state) % 16];
    size_t n = *word ? strlen(word) : 1, at = next(state) % b->n;
    if (b->n + n > MOST) return;
    memmove(b->at + at + n, b->at + at, b->n - at);
    memcpy(b->at + at, word, n);
    b->n += n;
}

static void mutate(uint64_t *state, Bytes *b) {
    size_t at = next(state) % b->n, n = next(state) % (b->n - at) + 1;
    switch (next(state) % 7) {
    case 0:
        b->at[at] ^= (uint8_t)(1 << next(state) % 8);
        break;
    case 1:
        b->at[at] = (uint8_t)next(state);
        break;
    case 2:
        b->n = at + 1;
        break;
    case 3: /* a part again */
        if (b->n + n > MOST) break;
        memmove(b->at + at + n, b->at + at, b->n - at);
        b->n += n;
        break;
    case 4: /* a part less */
        if (n == b->n) break;
        memmove(b->at + at, b->at + at + n, b->n - at - n);
        b->n -= n;
        break;
    case 5:
        put_number(state, b);
        break;
    default:
        put_text(state, b);
    }
}

static int read_all(const Loaded *loaded) {
    const uint8_t *at = loaded->data;
    int64_t n = loaded_bytes(loaded);
    int sum = 0;
    for (int64_t i = 0; i < n; i++) sum += at[i];
    return sum;
}

static void expect(int ok, Loaded *loaded, const RtError *e, const char *path) {
    static volatile int sink;
    if (ok) {
        sink += read_all(loaded);
        loaded_free(loaded);
    } else if (strncmp(e->text, path, strlen(path)) != 0 || !e->text[strlen(path) + 2]) {
        fprintf(stderr, "no message of %s: '%s'\n", path, e->text);
        exit(1);
    }
}

static void load_all(const char *path) {
    static const char *const names[] = {"x", "gap"};
    static const int64_t numbers[] = {1, 0};
    Loaded loaded;
    RtError e;
    expect(load_idx(path, &loaded, &e), &loaded, &e, path);
    expect(load_npy(path, &loaded, &e), &loaded, &e, path);
    expect(load_npz(path, "b", &loaded, &e), &loaded, &e, path);
    expect(load_safetensors(path, "w.b", &loaded, &e), &loaded, &e, path);
    expect(load_bytes(path, &loaded, &e), &loaded, &e, path);
    for (int64_t dtype = TG_BOOL; dtype <= TG_F64; dtype++) {
        CsvWants all = {.dtype = dtype}, named = {.dtype = dtype, .names = names, .n = 2},
                 numbered = {.dtype = dtype, .numbers = numbers, .n = 2};
        expect(load_csv(path, &all, &loaded, &e), &loaded, &e, path);
        expect(load_csv(path, &named, &loaded, &e), &loaded, &e, path);
        expect(load_csv(path, &numbered, &loaded, &e), &loaded, &e, path);
    }
}

int main(int argc, char **argv) {
    static const char *const seeds[] = {"images.idx",  "images.idx.gz", "table.npy",
                                        "fortran.npy", "several.npz",   "small.safetensors",
                                        "named.csv"};
    static Bytes b;
    int rounds = argc > 1 ? atoi(argv[1]) : ROUNDS;
    uint64_t state = argc > 2 ? strtoull(argv[2], NULL, 10) : 1;
    char path[64];
    snprintf(path, sizeof path, "/tmp/tgc-fuzz-files-%d", (int)getpid());
    for (int i = 0; i < rounds; i++) {
        read_seed(seeds[i % 7], &b);
        for (uint32_t k = next(&state) % 6 + 1; k > 0; k--) mutate(&state, &b);
        write_file(path, &b);
        load_all(path);
    }
    unlink(path);
    printf("%d broken files\n", rounds);
    return 0;
}
