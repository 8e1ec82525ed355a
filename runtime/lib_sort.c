/* lib_sort.c: the stable order along an axis, by merging. nan is the largest. */
#include <stdlib.h>
#include <string.h>

#include "runtime/lib_impl.h"

typedef struct Line Line;
struct Line {
    const TgTensor *in;
    int64_t first, stride;
    int descending;
};

/* whether the later element j must stand before the earlier i */
static int goes_before(const Line *line, int64_t j, int64_t i) {
    int64_t a = line->first + i * line->stride, b = line->first + j * line->stride;
    int nan_a = lib_is_nan(line->in, a), nan_b = lib_is_nan(line->in, b);
    int order = nan_a || nan_b ? nan_b - nan_a : lib_compare(line->in, b, a); /* of b against a */
    return line->descending ? order > 0 : order < 0;
}

static void merge(const Line *line, const int64_t *from, int64_t *to, int64_t low, int64_t middle,
                  int64_t high) {
    int64_t i = low, j = middle;
    for (int64_t k = low; k < high; k++) {
        int take_right = i >= middle || (j < high && goes_before(line, from[j], from[i]));
        to[k] = take_right ? from[j++] : from[i++];
    }
}

static void sort_line(const Line *line, int64_t *order, int64_t *spare, int64_t n) {
    int64_t *from = order, *to = spare;
    for (int64_t i = 0; i < n; i++) from[i] = i;
    for (int64_t width = 1; width < n; width *= 2) {
        for (int64_t low = 0; low < n; low += 2 * width) {
            int64_t middle = low + width < n ? low + width : n;
            int64_t high = low + 2 * width < n ? low + 2 * width : n;
            merge(line, from, to, low, middle, high);
        }
        int64_t *swap = from;
        from = to;
        to = swap;
    }
    if (from != order) memcpy(order, from, sizeof *order * (size_t)n);
}

void tg_lib_argsort(TgTensor *out, const TgTensor *in, int64_t nin, const int64_t *ints) {
    (void)nin;
    int64_t axis = ints[0], n = in->dims[axis], outer = 1, inner = 1;
    for (int64_t i = 0; i < axis; i++) outer *= in->dims[i];
    for (int64_t i = axis + 1; i < in->rank; i++) inner *= in->dims[i];
    int64_t *order = malloc(sizeof *order * (size_t)(2 * n + 1));
    if (!order) abort();
    for (int64_t o = 0; o < outer; o++)
        for (int64_t j = 0; j < inner; j++) {
            Line line = {in, o * n * inner + j, inner, (int)ints[1]};
            sort_line(&line, order, order + n, n);
            for (int64_t i = 0; i < n; i++)
                ((int64_t *)out->data)[line.first + i * inner] = order[i];
        }
    free(order);
}
