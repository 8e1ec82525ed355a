/* save.c: `save` and `load`. Writes tensors by their paths into a .safetensors file as PyTorch's
   library lays it out, or one tensor into a .npy file; reads them back all or nothing, with the
   whole list of what does not fit. */
#include "runtime/rt.h"

#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

/* the reference implementation's order of types, largest alignment first */
static const struct {
    const char *name;
    int order;
} formats[] = {
    [TG_BOOL] = {"BOOL", 7}, [TG_U8] = {"U8", 6},     [TG_I32] = {"I32", 3}, [TG_I64] = {"I64", 0},
    [TG_F16] = {"F16", 5},   [TG_BF16] = {"BF16", 4}, [TG_F32] = {"F32", 2}, [TG_F64] = {"F64", 1}};

typedef struct Item Item;
struct Item {
    const char *name;
    const TgTensor *tensor;
};

static int by_type_then_name(const void *a, const void *b) {
    const Item *x = a, *y = b;
    int difference = formats[x->tensor->dtype].order - formats[y->tensor->dtype].order;
    return difference ? difference : strcmp(x->name, y->name);
}

static void put_json_text(TgText *to, const char *text) {
    tg_text_put(to, "\"", 1);
    for (const char *c = text; *c; c++) {
        if (*c == '"' || *c == '\\')
            tg_text_printf(to, "\\%c", *c);
        else if ((unsigned char)*c < 0x20)
            tg_text_printf(to, "\\u%04x", *c);
        else
            tg_text_put(to, c, 1);
    }
    tg_text_put(to, "\"", 1);
}

static int64_t tensor_bytes(const TgTensor *t) {
    return tg_count(t) * tg_dtype_bytes(t->dtype);
}

static void put_header(TgText *head, const Item *items, int64_t n) {
    int64_t end = 0;
    tg_text_put(head, "\0\0\0\0\0\0\0\0{\"__metadata__\":{\"format\":\"pt\"}", 8 + 31);
    for (int64_t i = 0; i < n; i++) {
        const TgTensor *t = items[i].tensor;
        tg_text_put(head, ",", 1);
        put_json_text(head, items[i].name);
        tg_text_printf(head, ":{\"dtype\":\"%s\",\"shape\":[", formats[t->dtype].name);
        for (int64_t k = 0; k < t->rank; k++)
            tg_text_printf(head, k ? ",%lld" : "%lld", (long long)t->dims[k]);
        tg_text_printf(head, "],\"data_offsets\":[%lld,%lld]}", (long long)end,
                       (long long)(end + tensor_bytes(t)));
        end += tensor_bytes(t);
    }
    tg_text_put(head, "}", 1);
    tg_text_fill(head, ' ', (8 - head->n % 8) % 8);
    for (int i = 0; i < 8; i++) head->at[i] = (char)((uint64_t)(head->n - 8) >> (8 * i));
}

int st_write(const char *path, const char *const *names, const TgTensor *tensors, int64_t n,
             RtError *e) {
    Item *items = malloc((size_t)(n + 1) * sizeof *items);
    Part *parts = malloc((size_t)(n + 1) * sizeof *parts);
    TgText head = {0};
    int ok = items && parts;
    if (ok) {
        for (int64_t i = 0; i < n; i++) items[i] = (Item){names[i], &tensors[i]};
        qsort(items, (size_t)n, sizeof *items, by_type_then_name);
        put_header(&head, items, n);
        parts[0] = (Part){head.at, head.n};
        for (int64_t i = 0; i < n; i++)
            parts[i + 1] = (Part){items[i].tensor->data, tensor_bytes(items[i].tensor)};
        ok = file_write(path, parts, n + 1, e);
    } else {
        rt_error(e, "cannot write %s: out of memory", path);
    }
    tg_text_free(&head);
    free(items);
    free(parts);
    return ok;
}

/* ---- what save and load have in common ---- */

char *rt_path(Rt *rt, const TgPiece *pieces, int64_t n, const TgTensor *values) {
    TgText text = {0};
    tg_text_put(&text, "", 0);
    tg_format_pieces(&text, pieces, n, values, rt->context->arg_texts);
    return text.at;
}

static int ends_with(const char *path, const char *ending) {
    size_t n = strlen(path), m = strlen(ending);
    return n >= m && !strcmp(path + n - m, ending);
}

/* the ending chooses the form; a pipe or device has none and gets .safetensors */
static int has_form(const char *path, int64_t n, const char *verb, RtError *e) {
    struct stat st;
    if (ends_with(path, ".npy"))
        return n == 1 || rt_error(e, "cannot %s %s: a .npy file holds one tensor, here are %lld",
                                  verb, path, (long long)n);
    if (ends_with(path, ".safetensors")) return 1;
    if (stat(path, &st) == 0 && !S_ISREG(st.st_mode) && !S_ISDIR(st.st_mode)) return 1;
    return rt_error(e,
                    "cannot %s %s: a file of tensors ends in .safetensors, or in .npy for one "
                    "tensor",
                    verb, path);
}

void tgrt_save(TgContext *ctx, const TgSite *site, const TgPiece *pieces, int64_t npath,
               const char *const *names, const TgTensor *tensors, int64_t n,
               const TgTensor *path_values) {
    Rt *rt = rt_of(ctx);
    RtError e = {.text = ""};
    char *path = rt_path(rt, pieces, npath, path_values);
    int ok = has_form(path, n, "write", &e) &&
             (ends_with(path, ".npy") ? npy_write(path, &tensors[0], &e)
                                      : st_write(path, names, tensors, n, &e));
    if (!ok) rt_stop(rt, site->file, site->line, "%s", e.text);
    free(path);
}

static void describe(TgText *to, const char *type, int64_t rank, const int64_t *dims) {
    tg_text_printf(to, "%s", type);
    for (int64_t i = 0; i < rank; i++)
        tg_text_printf(to, i ? ", %lld" : "[%lld", (long long)dims[i]);
    if (rank) tg_text_put(to, "]", 1);
}

/* whether contents of that type and shape can go into t; else `why` gets a line */
static int fits(const TgTensor *t, const char *name, int64_t dtype, const char *type, int64_t rank,
                const int64_t *dims, TgText *why) {
    int same = rank == t->rank;
    for (int64_t i = 0; same && i < rank; i++) same = dims[i] == t->dims[i];
    int kind = dtype == t->dtype || (tg_dtype_is_float(dtype) && tg_dtype_is_float(t->dtype));
    if (same && kind) return 1;
    tg_text_printf(why, "\n  %s%s", *name ? name : "the tensor", ": is ");
    describe(why, type, rank, dims);
    tg_text_put(why, ", expected ", 11);
    describe(why, tg_dtype_name(t->dtype), t->rank, t->dims);
    return 0;
}

static int load_one(const char *path, TgTensor *t, TgText *why, RtError *e) {
    Loaded loaded;
    if (!load_npy(path, &loaded, e)) return 0;
    int ok = fits(t, "", loaded.dtype, tg_dtype_name(loaded.dtype), loaded.rank, loaded.dims, why);
    int sound =
        !ok || bools_check(loaded.data, loaded.dtype, tg_count(t), e) || rt_error_in(e, path);
    if (ok && sound) convert_floats(t->data, t->dtype, loaded.data, loaded.dtype, tg_count(t));
    loaded_free(&loaded);
    return sound;
}

static const StTensor *find_for(const StFile *st, const char *name, int64_t n) {
    return n == 1 && !*name && st->n == 1 ? &st->tensors[0] : st_find(st, name);
}

static void list_misfits(const StFile *st, const char *const *names, const TgTensor *tensors,
                         int64_t n, TgText *why) {
    for (int64_t i = 0; i < n; i++)
        if (!find_for(st, names[i], n))
            tg_text_printf(why, "\n  %s: missing in the file", names[i]);
    for (int64_t k = 0; k < st->n; k++) {
        int wanted = 0;
        for (int64_t i = 0; i < n && !wanted; i++)
            wanted = find_for(st, names[i], n) == &st->tensors[k];
        if (!wanted)
            tg_text_printf(why, "\n  %s: unexpected, only in the file", st->tensors[k].name);
    }
    for (int64_t i = 0; i < n; i++) {
        const StTensor *s = find_for(st, names[i], n);
        if (s)
            fits(&tensors[i], names[i], s->dtype, s->dtype < 0 ? s->type : tg_dtype_name(s->dtype),
                 s->rank, s->dims, why);
    }
}

static int load_many(const char *path, const char *const *names, TgTensor *tensors, int64_t n,
                     int64_t strict, TgText *why, RtError *e) {
    StFile st;
    if (!st_open(path, &st, e)) return 0;
    list_misfits(&st, names, tensors, n, why);
    TgText ignored = {0};
    int sound = 1;
    for (int64_t i = 0; sound && i < n && (!strict || !why->n); i++) {
        const StTensor *s = find_for(&st, names[i], n);
        int64_t count = tg_count(&tensors[i]);
        if (!s || !fits(&tensors[i], names[i], s->dtype, s->type, s->rank, s->dims, &ignored))
            continue;
        sound = bools_check(st.data + s->begin, s->dtype, count, e);
        if (!sound) rt_error_in(e, s->name);
        if (sound)
            convert_floats(tensors[i].data, tensors[i].dtype, st.data + s->begin, s->dtype, count);
    }
    tg_text_free(&ignored);
    st_close(&st);
    return sound || rt_error_in(e, path);
}

void tgrt_load(TgContext *ctx, const TgSite *site, const TgPiece *pieces, int64_t npath,
               const char *const *names, TgTensor *tensors, int64_t n, int64_t strict,
               const TgTensor *path_values) {
    Rt *rt = rt_of(ctx);
    RtError e = {.text = ""};
    TgText why = {0};
    char *path = rt_path(rt, pieces, npath, path_values);
    int ok = has_form(path, n, "load", &e) &&
             (ends_with(path, ".npy") ? load_one(path, &tensors[0], &why, &e)
                                      : load_many(path, names, tensors, n, strict, &why, &e));
    if (!ok) rt_stop(rt, site->file, site->line, "%s", e.text);
    if (why.n && strict) rt_stop(rt, site->file, site->line, "%s does not fit:%s", path, why.at);
    tg_text_free(&why);
    free(path);
}

/* ---- conversion ---- */

void convert_floats(void *to, int64_t to_dtype, const void *from, int64_t from_dtype, int64_t n) {
    if (to_dtype == from_dtype) {
        if (n) memmove(to, from, (size_t)(n * tg_dtype_bytes(to_dtype)));
        return;
    }
    for (int64_t i = 0; i < n; i++) { /* the file's data may lie at any byte */
        uint64_t bits = 0;
        memcpy(&bits, (const char *)from + i * tg_dtype_bytes(from_dtype),
               (size_t)tg_dtype_bytes(from_dtype));
        TgTensor one = {&bits, from_dtype, 0, {0}};
        double value = tg_get_double(&one, 0);
        if (to_dtype == TG_F64)
            ((double *)to)[i] = value;
        else if (to_dtype == TG_F32)
            ((float *)to)[i] = (float)value;
        else
            ((uint16_t *)to)[i] = to_dtype == TG_F16 ? tg_f64_to_f16(value) : tg_f64_to_bf16(value);
    }
}
