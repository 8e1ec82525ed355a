/* lib_index.c: scatter and scatter_add: one place after the other, in row-major order of the
 * indices. */
#include <string.h>

#include "runtime/lib_impl.h"

/* the row that place i of the indices names, -1 outside */
static int64_t row_at(const TgTensor *x, const TgTensor *idx, int64_t k, int64_t i) {
    int64_t at = 0;
    for (int64_t a = 0; a < k; a++) {
        int64_t index = lib_get_int(&idx[a], i), n = x->dims[a];
        if (index < -n || index >= n) return -1;
        at = at * n + (index < 0 ? index + n : index);
    }
    return at;
}

/* elements of a row, after the k indexed axes */
static int64_t row_length(const TgTensor *x, int64_t k) {
    int64_t n = 1;
    for (int64_t i = k; i < x->rank; i++) n *= x->dims[i];
    return n;
}

static void start(TgTensor *out, const TgTensor *x) {
    if (out->data != x->data)
        memcpy(out->data, x->data, (size_t)(tg_count(x) * tg_dtype_bytes(x->dtype)));
}

int64_t tg_lib_scatter(TgTensor *out, const TgTensor *in, int64_t n, const int64_t *ints) {
    int64_t k = ints[0], row = row_length(&in[0], k) * tg_dtype_bytes(in[0].dtype),
            places = tg_count(&in[1]);
    const TgTensor *v = &in[n - 1];
    start(out, &in[0]);
    for (int64_t i = 0; i < places; i++) {
        int64_t at = row_at(&in[0], &in[1], k, i);
        if (at < 0) return 0;
        memcpy((char *)out->data + at * row, (const char *)v->data + i * row, (size_t)row);
    }
    return 1;
}

static void add_row(TgTensor *out, int64_t at, const TgTensor *v, int64_t from, int64_t n) {
    for (int64_t j = 0; j < n; j++) {
        if (out->dtype == TG_F64)
            ((double *)out->data)[at + j] += ((const double *)v->data)[from + j];
        else if (lib_is_float(out))
            lib_set32(out, at + j, lib_get32(out, at + j) + lib_get32(v, from + j));
        else
            lib_set_int(
                out, at + j,
                (int64_t)((uint64_t)lib_get_int(out, at + j) + (uint64_t)lib_get_int(v, from + j)));
    }
}

int64_t tg_lib_scatter_add(TgTensor *out, const TgTensor *in, int64_t n, const int64_t *ints) {
    int64_t k = ints[0], row = row_length(&in[0], k), places = tg_count(&in[1]);
    start(out, &in[0]);
    for (int64_t i = 0; i < places; i++) {
        int64_t at = row_at(&in[0], &in[1], k, i);
        if (at < 0) return 0;
        add_row(out, at * row, &in[n - 1], i * row, row);
    }
    return 1;
}
