/* loader_npy.c: .npy files of versions 1 to 3: header, byte order, Fortran order; and writing one
   tensor. A file in C order, in this machine's byte order, with aligned elements is used where it
   is mapped. */
#include "runtime/rt.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- the header: a Python dict literal ---- */
typedef struct Head Head;
struct Head {
    const char *at, *end;
    char descr[24];
    int has_descr, has_order, has_shape, fortran;
    int64_t rank, dims[TG_MAX_RANK];
};

static int is_next(Head *h, char c) {
    while (h->at < h->end && strchr(" \t\n\r", *h->at) && *h->at) h->at++;
    if (h->at == h->end || *h->at != c) return 0;
    h->at++;
    return 1;
}

/* a quoted text without escapes; 0 when there is none or it does not fit */
static int head_text(Head *h, char *to, size_t size) {
    char quote = is_next(h, '\'') ? '\'' : is_next(h, '"') ? '"' : 0;
    if (!quote) return 0;
    const char *end = memchr(h->at, quote, (size_t)(h->end - h->at));
    if (!end || (size_t)(end - h->at) >= size) return 0;
    memcpy(to, h->at, (size_t)(end - h->at));
    to[end - h->at] = 0;
    h->at = end + 1;
    return 1;
}

static int head_word(Head *h, const char *word) {
    size_t n = strlen(word);
    is_next(h, 0);
    if ((size_t)(h->end - h->at) < n || memcmp(h->at, word, n) != 0) return 0;
    h->at += n;
    return 1;
}

static int head_shape(Head *h, RtError *e) {
    if (!is_next(h, '(')) return rt_error(e, "its header has no shape");
    while (!is_next(h, ')')) {
        if (h->rank == TG_MAX_RANK) return rt_error(e, "has more than %d axes", TG_MAX_RANK);
        int64_t n = 0, digits = 0;
        is_next(h, 0);
        for (; h->at < h->end && *h->at >= '0' && *h->at <= '9' && digits < 18; h->at++, digits++)
            n = n * 10 + (*h->at - '0');
        if (!digits || digits == 18) return rt_error(e, "its header has a bad shape");
        if (h->at < h->end && *h->at == 'L') h->at++; /* written by Python 2 */
        h->dims[h->rank++] = n;
        if (!is_next(h, ',')) {
            if (is_next(h, ')')) break;
            return rt_error(e, "its header has a bad shape");
        }
    }
    h->has_shape = 1;
    return 1;
}

static int head_entry(Head *h, RtError *e) {
    char key[24];
    if (!head_text(h, key, sizeof key) || !is_next(h, ':'))
        return rt_error(e, "its header is not a Python dict");
    if (!strcmp(key, "descr")) {
        is_next(h, 0);
        if (h->at < h->end && *h->at == '[') {
            rt_error(e, "holds records, which tg has no type for");
            e->foreign = 1;
            return 0;
        }
        h->has_descr = head_text(h, h->descr, sizeof h->descr);
        return h->has_descr || rt_error(e, "its header has a bad element type");
    }
    if (!strcmp(key, "fortran_order")) {
        h->fortran = head_word(h, "True");
        h->has_order = h->fortran || head_word(h, "False");
        return h->has_order || rt_error(e, "its header has a bad fortran_order");
    }
    if (!strcmp(key, "shape")) return head_shape(h, e);
    return rt_error(e, "its header has an unknown entry '%s'", key);
}

static int head_parse(Head *h, RtError *e) {
    if (!is_next(h, '{')) return rt_error(e, "its header is not a Python dict");
    while (!is_next(h, '}')) {
        if (!head_entry(h, e)) return 0;
        if (!is_next(h, ',')) {
            if (is_next(h, '}')) break;
            return rt_error(e, "its header is not a Python dict");
        }
    }
    if (h->has_descr && h->has_order && h->has_shape) return 1;
    return rt_error(e, "its header lacks %s",
                    !h->has_descr  ? "descr"
                    : h->has_shape ? "fortran_order"
                                   : "shape");
}

/* NumPy's type text → dtype and whether bytes must be swapped */
static int head_type(const char *descr, int64_t *dtype, int *swapped, RtError *e) {
    static const struct {
        const char *name;
        int64_t dtype;
    } known[] = {{"b1", TG_BOOL}, {"u1", TG_U8},  {"i4", TG_I32}, {"i8", TG_I64},
                 {"f2", TG_F16},  {"f4", TG_F32}, {"f8", TG_F64}};
    static const struct {
        const char *name, *words;
    } others[] = {{"i1", "i8 (signed bytes)"},
                  {"i2", "i16"},
                  {"u2", "u16"},
                  {"u4", "u32"},
                  {"u8", "u64"},
                  {"c8", "complex64"},
                  {"c16", "complex128"},
                  {"f16", "f128"},
                  {"O", "Python objects (pickled)"}};
    const char *name = descr[0] && strchr("<>|=", descr[0]) ? descr + 1 : descr;
    *swapped = descr[0] == '>';
    for (size_t i = 0; i < sizeof known / sizeof *known; i++)
        if (!strcmp(name, known[i].name)) {
            *dtype = known[i].dtype;
            return 1;
        }
    const char *words = name[0] == 'U' || name[0] == 'S' ? "text" : descr;
    for (size_t i = 0; i < sizeof others / sizeof *others; i++)
        if (!strcmp(name, others[i].name)) words = others[i].words;
    return rt_error_foreign(e, words);
}

int npy_parse(const uint8_t *at, int64_t n, Loaded *out, int64_t *offset, int *fortran,
              int *swapped, RtError *e) {
    *out = (Loaded){0};
    if (n < 10 || memcmp(at, "\x93NUMPY", 6) != 0) return rt_error(e, "not a .npy file");
    if (at[6] < 1 || at[6] > 3)
        return rt_error(e, "is .npy version %d.%d; known are 1 to 3", at[6], at[7]);
    int64_t begin = at[6] == 1 ? 10 : 12, length = at[8] | at[9] << 8;
    if (n < begin) return rt_error(e, "ends inside its header");
    if (begin == 12) length |= (int64_t)at[10] << 16 | (int64_t)at[11] << 24;
    if (n - begin < length) return rt_error(e, "ends inside its header");
    Head h = {.at = (const char *)at + begin, .end = (const char *)at + begin + length};
    if (!head_parse(&h, e) || !head_type(h.descr, &out->dtype, swapped, e)) return 0;
    out->rank = h.rank;
    memcpy(out->dims, h.dims, sizeof h.dims);
    *fortran = h.fortran;
    *offset = begin + length;
    return 1;
}

/* first axis fastest → last axis fastest */
static void to_row_major(void *to, const void *from, const Loaded *t) {
    int64_t size = tg_dtype_bytes(t->dtype), index[TG_MAX_RANK] = {0}, stride[TG_MAX_RANK], n = 1;
    for (int64_t i = 0; i < t->rank; i++) {
        stride[i] = n;
        n *= t->dims[i];
    }
    for (int64_t i = 0, place = 0; i < n; i++) {
        memcpy((char *)to + i * size, (const char *)from + place * size, (size_t)size);
        for (int64_t k = t->rank - 1; k >= 0; k--) {
            place += stride[k];
            if (++index[k] < t->dims[k]) break;
            place -= stride[k] * t->dims[k];
            index[k] = 0;
        }
    }
}

int npy_take(const uint8_t *at, int64_t n, Loaded *out, int in_place, RtError *e) {
    int64_t offset;
    int fortran, swapped;
    if (!npy_parse(at, n, out, &offset, &fortran, &swapped, e)) return 0;
    int64_t need = loaded_bytes(out), have = n - offset;
    if (need < 0 || need > have)
        return rt_error(e, "holds %lld bytes of elements, its header says %lld", (long long)have,
                        (long long)need);
    if (need < have) return rt_error(e, "%lld bytes follow its elements", (long long)(have - need));
    int64_t size = tg_dtype_bytes(out->dtype);
    if (in_place && !swapped && (!fortran || out->rank < 2) && (uintptr_t)(at + offset) % 64 == 0) {
        out->data = at + offset;
        return 1;
    }
    if (!loaded_alloc(out, e)) return 0;
    if (fortran && need)
        to_row_major(out->heap, at + offset, out);
    else if (need)
        memcpy(out->heap, at + offset, (size_t)need);
    if (swapped) swap_bytes(out->heap, need / size, size);
    return 1;
}

int load_npy(const char *path, Loaded *out, RtError *e) {
    File file;
    *out = (Loaded){0};
    if (!file_open(path, &file, e)) return 0;
    if (!npy_take(file.at, file.n, out, file.mapped, e)) {
        file_close(&file);
        loaded_free(out);
        return rt_error_in(e, path);
    }
    if (out->heap)
        file_close(&file);
    else
        out->file = file;
    return 1;
}

/* ---- writing ---- */

int npy_write(const char *path, const TgTensor *tensor, RtError *e) {
    static const char *const descr[] = {"|b1", "|u1", "<i4", "<i8", "<f2", NULL, "<f4", "<f8"};
    if (!descr[tensor->dtype])
        return rt_error(e, "cannot write %s: .npy files have no type bf16", path);
    TgText head = {0};
    tg_text_put(&head, "\x93NUMPY\x01\x00\x00\x00", 10);
    tg_text_printf(&head, "{'descr': '%s', 'fortran_order': False, 'shape': (",
                   descr[tensor->dtype]);
    for (int64_t i = 0; i < tensor->rank; i++)
        tg_text_printf(&head,
                       tensor->rank == 1 ? "%lld,"
                       : i               ? ", %lld"
                                         : "%lld",
                       (long long)tensor->dims[i]);
    tg_text_put(&head, "), }", 4);
    tg_text_fill(&head, ' ', 63 - head.n % 64);
    tg_text_put(&head, "\n", 1);
    int64_t length = head.n - 10;
    head.at[8] = (char)(length & 255);
    head.at[9] = (char)(length >> 8);
    Part parts[] = {{head.at, head.n},
                    {tensor->data, tg_count(tensor) * tg_dtype_bytes(tensor->dtype)}};
    int ok = file_write(path, parts, 2, e);
    tg_text_free(&head);
    return ok;
}
