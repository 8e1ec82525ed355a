/* lib_sort.c: the stable order along an axis, by radix. nan is the largest, -0 equals 0. */
#include <stdlib.h>
#include <string.h>

#include "runtime/lib_impl.h"

enum { DIGIT_BITS = 8, DIGITS = 256, PASSES = 8, FEW = 48 };

static void sort_few(LibKeyed *at, int64_t n) {
    for (int64_t i = 1; i < n; i++) {
        LibKeyed one = at[i];
        int64_t j = i;
        for (; j > 0 && at[j - 1].key > one.key; j--) at[j] = at[j - 1];
        at[j] = one;
    }
}

void lib_sort_keyed(LibKeyed *at, LibKeyed *spare, int64_t n) {
    if (n <= FEW) {
        sort_few(at, n);
        return;
    }
    int64_t counts[PASSES][DIGITS] = {{0}};
    for (int64_t i = 0; i < n; i++)
        for (int p = 0; p < PASSES; p++) counts[p][at[i].key >> (p * DIGIT_BITS) & (DIGITS - 1)]++;
    LibKeyed *from = at, *to = spare;
    for (int p = 0; p < PASSES; p++) {
        int shift = p * DIGIT_BITS;
        if (counts[p][from[0].key >> shift & (DIGITS - 1)] == n) continue; /* all alike */
        int64_t place = 0;
        for (int d = 0; d < DIGITS; d++) {
            int64_t count = counts[p][d];
            counts[p][d] = place;
            place += count;
        }
        for (int64_t i = 0; i < n; i++)
            to[counts[p][from[i].key >> shift & (DIGITS - 1)]++] = from[i];
        LibKeyed *swap = from;
        from = to;
        to = swap;
    }
    if (from != at) memcpy(at, from, sizeof *at * (size_t)n);
}

/* element i as a number whose order is the element's */
static uint64_t key_of(const TgTensor *t, int64_t i) {
    const uint64_t top = (uint64_t)1 << 63;
    if (!lib_is_float(t)) return (uint64_t)lib_get_int(t, i) ^ top;
    union {
        double f;
        uint64_t i;
    } u = {lib_get64(t, i) + 0.0}; /* -0 becomes 0 */
    if (u.f != u.f) return UINT64_MAX;
    return u.i & top ? ~u.i : u.i | top;
}

void tg_lib_argsort(TgTensor *out, const TgTensor *in, int64_t nin, const int64_t *ints) {
    (void)nin;
    int64_t axis = ints[0], n = in->dims[axis], outer = 1, inner = 1;
    uint64_t flip = ints[1] ? UINT64_MAX : 0; /* descending */
    for (int64_t i = 0; i < axis; i++) outer *= in->dims[i];
    for (int64_t i = axis + 1; i < in->rank; i++) inner *= in->dims[i];
    LibKeyed *line = malloc(sizeof *line * (size_t)(2 * n + 1));
    if (!line) abort();
    for (int64_t o = 0; o < outer; o++)
        for (int64_t j = 0; j < inner; j++) {
            int64_t first = o * n * inner + j;
            for (int64_t i = 0; i < n; i++)
                line[i] = (LibKeyed){key_of(in, first + i * inner) ^ flip, i};
            lib_sort_keyed(line, line + n, n);
            for (int64_t i = 0; i < n; i++)
                ((int64_t *)out->data)[first + i * inner] = line[i].place;
        }
    free(line);
}
