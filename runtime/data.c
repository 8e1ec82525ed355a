/* data.c: the program's data sets, read at start-up. Each is loaded by its loader, its type and
   shape are compared with the declaration, and the named sizes in it are bound, or must agree with
   what bound them before. */
#include "runtime/rt.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* the loaders by name */
static int with_idx(const TgData *d, const char *path, Loaded *out, RtError *e) {
    return (void)d, load_idx(path, out, e);
}
static int with_npy(const TgData *d, const char *path, Loaded *out, RtError *e) {
    return (void)d, load_npy(path, out, e);
}
static int with_npz(const TgData *d, const char *path, Loaded *out, RtError *e) {
    return load_npz(path, d->key, out, e);
}
/* the bytes as records of the declared length, when they are whole records */
static void as_records(const TgData *d, Loaded *out) {
    int64_t record = 1;
    for (int64_t i = 1; i < d->rank; i++) {
        int64_t n = d->dims[i].value;
        if (d->dims[i].size_id >= 0 || n <= 0 || n > out->dims[0] / record) return;
        record *= n;
    }
    if (d->rank < 2 || out->dims[0] % record) return;
    out->dims[0] /= record;
    for (int64_t i = 1; i < d->rank; i++) out->dims[i] = d->dims[i].value;
    out->rank = d->rank;
}

static int with_bytes(const TgData *d, const char *path, Loaded *out, RtError *e) {
    if (!load_bytes(path, out, e)) return 0;
    as_records(d, out);
    return 1;
}
static int with_safetensors(const TgData *d, const char *path, Loaded *out, RtError *e) {
    return load_safetensors(path, d->key, out, e);
}
static int with_csv(const TgData *d, const char *path, Loaded *out, RtError *e) {
    CsvWants wants = {d->dtype, d->columns, d->column_numbers, d->ncolumns};
    if (!load_csv(path, &wants, out, e)) return 0;
    if (d->rank == 1 && out->dims[1] == 1)
        out->rank = 1; /* one column is a vector, when a vector is declared */
    return 1;
}

static const struct {
    const char *name;
    int (*load)(const TgData *, const char *, Loaded *, RtError *);
} loaders[] = {{"idx", with_idx},
               {"npy", with_npy},
               {"npz", with_npz},
               {"csv", with_csv},
               {"safetensors", with_safetensors},
               {"bytes", with_bytes}};

static int load(const TgData *d, const char *path, Loaded *out, RtError *e) {
    for (size_t i = 0; i < sizeof loaders / sizeof *loaders; i++)
        if (!strcmp(loaders[i].name, d->loader)) return loaders[i].load(d, path, out, e);
    return rt_error(e, "%s: there is no loader '%s'", path, d->loader);
}

/* ---- comparing ---- */

static int agrees(const Rt *rt, const TgData *d, const Loaded *loaded) {
    if (loaded->dtype != d->dtype || loaded->rank != d->rank) return 0;
    for (int64_t i = 0; i < d->rank; i++) {
        int64_t size = d->dims[i].size_id;
        if (size < 0 ? loaded->dims[i] != d->dims[i].value
                     : rt->origins[size].what && loaded->dims[i] != rt->context->sizes[size])
            return 0;
    }
    return 1;
}

/* two axes of one declaration that share a size */
static int agrees_with_itself(const TgData *d, const Loaded *loaded) {
    for (int64_t i = 0; i < d->rank; i++)
        for (int64_t k = 0; k < i; k++)
            if (d->dims[i].size_id >= 0 && d->dims[i].size_id == d->dims[k].size_id &&
                loaded->dims[i] != loaded->dims[k])
                return 0;
    return 1;
}

/* "u8[rows, 28], where rows is 60000 (--rows)" */
static void describe_expected(const Rt *rt, const TgData *d, TgText *to) {
    tg_text_printf(to, "%s", tg_dtype_name(d->dtype));
    for (int64_t i = 0; i < d->rank; i++) {
        tg_text_put(to, i ? ", " : "[", i ? 2 : 1);
        if (d->dims[i].size_id >= 0)
            tg_text_printf(to, "%s", d->dims[i].name);
        else
            tg_text_printf(to, "%lld", (long long)d->dims[i].value);
    }
    if (d->rank) tg_text_put(to, "]", 1);
    const char *join = ", where";
    for (int64_t i = 0; i < d->rank; i++) {
        int64_t size = d->dims[i].size_id;
        if (size < 0 || !rt->origins[size].what) continue;
        tg_text_printf(to, "%s %s is %lld (%s)", join, d->dims[i].name,
                       (long long)rt->context->sizes[size], rt->origins[size].what);
        join = " and";
    }
}

static int check(Rt *rt, const TgData *d, const char *path, const Loaded *loaded, RtError *e) {
    if (agrees(rt, d, loaded) && agrees_with_itself(d, loaded)) return 1;
    char found[256];
    TgText expected = {0};
    loaded_describe(loaded, found, sizeof found);
    describe_expected(rt, d, &expected);
    rt_error(e, "%s holds %s, expected %s", path, found, expected.at);
    tg_text_free(&expected);
    return 0;
}

static void bind(Rt *rt, const TgData *d, const char *path, const Loaded *loaded) {
    for (int64_t i = 0; i < d->rank; i++) {
        int64_t size = d->dims[i].size_id;
        if (size < 0 || rt->origins[size].what) continue;
        TgText what = {0};
        tg_text_printf(&what, "data %s, %s", d->name, path);
        rt->context->sizes[size] = loaded->dims[i];
        rt->origins[size].what = what.at;
    }
}

/* args as scalars, for numbers in paths */
static TgTensor *arg_values(const Rt *rt) {
    TgTensor *values = calloc((size_t)rt->program->nargs + 1, sizeof *values);
    static const int64_t store_as[] = {TG_I64, TG_F64};
    for (int64_t i = 0; values && i < rt->program->nargs; i++) {
        int is_float = tg_dtype_is_float(rt->program->args[i].dtype);
        values[i].dtype = store_as[is_float];
        values[i].data =
            is_float ? (void *)&rt->context->arg_floats[i] : (void *)&rt->context->arg_ints[i];
    }
    return values;
}

int rt_sizes_data(Rt *rt, RtError *e) {
    TgTensor *values = arg_values(rt);
    int ok = values != NULL || rt_error(e, "out of memory");
    for (int64_t i = 0; ok && i < rt->program->ndata; i++) {
        const TgData *d = &rt->program->data[i];
        RtError why;
        Loaded *loaded = &rt->loaded[i];
        char *path = rt_path(rt, d->path, d->npath, values);
        ok = load(d, path, loaded, &why) && check(rt, d, path, loaded, &why);
        if (ok) {
            bind(rt, d, path, loaded);
            rt->context->data[i] = (void *)(uintptr_t)loaded->data;
        } else {
            rt_error(e, "%.200s:%lld: data %.100s: %.1700s", d->file, (long long)d->line, d->name,
                     why.text);
        }
        free(path);
    }
    free(values);
    return ok;
}
