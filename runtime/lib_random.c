/* lib_random.c: the language's random stream. Philox 4x32-10 with key (seed, seed >> 32) and
   counter (block, block >> 32, draw, draw >> 32); a value depends on its place in the tensor alone.
 */
#include <math.h>
#include <stdlib.h>

#include "runtime/lib_impl.h"

void tg_philox(const uint32_t counter[4], const uint32_t key[2], uint32_t out[4]) {
    uint32_t c0 = counter[0], c1 = counter[1], c2 = counter[2], c3 = counter[3], k0 = key[0],
             k1 = key[1];
    for (int round = 0; round < 10; round++) {
        uint64_t p0 = (uint64_t)0xD2511F53 * c0, p1 = (uint64_t)0xCD9E8D57 * c2;
        c0 = (uint32_t)(p1 >> 32) ^ c1 ^ k0;
        c1 = (uint32_t)p1;
        c2 = (uint32_t)(p0 >> 32) ^ c3 ^ k1;
        c3 = (uint32_t)p0;
        k0 += 0x9E3779B9;
        k1 += 0xBB67AE85;
    }
    out[0] = c0;
    out[1] = c1;
    out[2] = c2;
    out[3] = c3;
}

/* words of one draw, a block of four at a time */
typedef struct Stream Stream;
struct Stream {
    uint32_t key[2], draw[2], words[4];
    uint64_t next; /* number of the next word */
};

static Stream stream_of(const TgTensor *in) {
    uint64_t seed = (uint64_t)lib_get_int(&in[0], 0), draw = (uint64_t)lib_get_int(&in[1], 0);
    Stream s = {.key = {(uint32_t)seed, (uint32_t)(seed >> 32)},
                .draw = {(uint32_t)draw, (uint32_t)(draw >> 32)}};
    return s;
}

static uint32_t next_word(Stream *s) {
    if (s->next % 4 == 0) {
        uint64_t block = s->next / 4;
        uint32_t counter[4] = {(uint32_t)block, (uint32_t)(block >> 32), s->draw[0], s->draw[1]};
        tg_philox(counter, s->key, s->words);
    }
    return s->words[s->next++ % 4];
}

static uint64_t next_two(Stream *s) {
    uint64_t high = next_word(s);
    return high << 32 | next_word(s);
}

/* f64 from two words, the other types from one as f32 */
static double next_uniform(Stream *s, int64_t dtype) {
    if (dtype == TG_F64) return (double)(next_two(s) >> 11) * 0x1p-53;
    return (double)(next_word(s) >> 8) * 0x1p-24;
}

void tg_lib_rand(TgTensor *out, const TgTensor *in, int64_t nin, const int64_t *ints) {
    (void)nin;
    (void)ints;
    Stream s = stream_of(in);
    int64_t n = tg_count(out);
    for (int64_t i = 0; i < n; i++) lib_set64(out, i, next_uniform(&s, out->dtype));
}

/* Box-Muller: two uniforms give two normals, computed in double and rounded once */
void tg_lib_randn(TgTensor *out, const TgTensor *in, int64_t nin, const int64_t *ints) {
    (void)nin;
    (void)ints;
    const double two_pi = 6.28318530717958647692;
    Stream s = stream_of(in);
    int64_t n = tg_count(out);
    for (int64_t i = 0; i < n; i += 2) {
        double u0 = next_uniform(&s, out->dtype), u1 = next_uniform(&s, out->dtype);
        double radius = sqrt(-2.0 * log1p(-u0));
        lib_set64(out, i, radius * cos(two_pi * u1));
        if (i + 1 < n) lib_set64(out, i + 1, radius * sin(two_pi * u1));
    }
}

/* the high 64 bits of a 64 by 64 bit product */
static uint64_t multiply_high(uint64_t a, uint64_t b) {
    uint64_t al = (uint32_t)a, ah = a >> 32, bl = (uint32_t)b, bh = b >> 32;
    uint64_t low = al * bl, mid = ah * bl + (low >> 32), mid2 = al * bh + (uint32_t)mid;
    return ah * bh + (mid >> 32) + (mid2 >> 32);
}

void tg_lib_randint(TgTensor *out, const TgTensor *in, int64_t nin, const int64_t *ints) {
    (void)nin;
    (void)ints;
    Stream s = stream_of(in);
    int64_t lo = lib_get_int(&in[2], 0), hi = lib_get_int(&in[3], 0), n = tg_count(out);
    uint64_t range = hi > lo ? (uint64_t)hi - (uint64_t)lo : 0;
    for (int64_t i = 0; i < n; i++)
        lib_set_int(out, i, (int64_t)((uint64_t)lo + multiply_high(next_two(&s), range)));
}

void tg_lib_randperm(TgTensor *out, const TgTensor *in, int64_t nin, const int64_t *ints) {
    (void)nin;
    (void)ints;
    Stream s = stream_of(in);
    int64_t n = tg_count(out);
    LibKeyed *keys = malloc(sizeof *keys * (size_t)(2 * n + 1));
    if (!keys) abort();
    for (int64_t i = 0; i < n; i++) keys[i] = (LibKeyed){next_two(&s), i};
    lib_sort_keyed(keys, keys + n, n);
    for (int64_t i = 0; i < n; i++) lib_set_int(out, i, keys[i].place);
    free(keys);
}
