/* data.c: the program's data sets, read at start-up. Each is loaded by its loader, its type and
   shape are compared with the declaration, and the named sizes in it are bound, or must agree with
   what bound them before. */
#include "runtime/rt.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* the loaders by name; key is NULL when the loader takes none */
typedef int Load(const TgData *d, const char *path, const char *key, Loaded *out, RtError *e);

static int with_idx(const TgData *d, const char *path, const char *key, Loaded *out, RtError *e) {
    return (void)d, (void)key, load_idx(path, out, e);
}
static int with_npy(const TgData *d, const char *path, const char *key, Loaded *out, RtError *e) {
    return (void)d, (void)key, load_npy(path, out, e);
}
static int with_npz(const TgData *d, const char *path, const char *key, Loaded *out, RtError *e) {
    return (void)d, load_npz(path, key, out, e);
}
/* The bytes as elements of the declared type (in this machine's byte order), and as records of the
   declared length when they are whole records. Whether the rest fits is seen when the type is
   compared. */
static void as_records(const TgData *d, Loaded *out) {
    int64_t record = 1, size = tg_dtype_bytes(d->dtype);
    if (d->rank < 1 || out->dims[0] % size) return;
    for (int64_t i = 1; i < d->rank; i++) {
        int64_t n = d->dims[i].value;
        if (d->dims[i].size_id >= 0 || n <= 0 || record > INT64_MAX / 16 / n) return;
        record *= n;
    }
    if (out->dims[0] % (record * size)) return;
    out->dtype = d->dtype;
    out->dims[0] /= record * size;
    for (int64_t i = 1; i < d->rank; i++) out->dims[i] = d->dims[i].value;
    out->rank = d->rank;
}

static int with_bytes(const TgData *d, const char *path, const char *key, Loaded *out, RtError *e) {
    (void)key;
    if (!load_bytes(path, out, e)) return 0;
    as_records(d, out);
    return 1;
}
static int with_safetensors(const TgData *d, const char *path, const char *key, Loaded *out,
                            RtError *e) {
    return (void)d, load_safetensors(path, key, out, e);
}
static int with_csv(const TgData *d, const char *path, const char *key, Loaded *out, RtError *e) {
    (void)key;
    CsvWants wants = {d->dtype, d->columns, d->column_numbers, d->ncolumns};
    if (!load_csv(path, &wants, out, e)) return 0;
    if (d->rank == 1 && out->dims[1] == 1)
        out->rank = 1; /* one column is a vector, when a vector is declared */
    return 1;
}

static const struct {
    const char *name;
    Load *load;
} loaders[] = {{"idx", with_idx},
               {"npy", with_npy},
               {"npz", with_npz},
               {"csv", with_csv},
               {"safetensors", with_safetensors},
               {"bytes", with_bytes}};

static int load(const TgData *d, const char *path, const char *key, Loaded *out, RtError *e) {
    for (size_t i = 0; i < sizeof loaders / sizeof *loaders; i++)
        if (!strcmp(loaders[i].name, d->loader)) return loaders[i].load(d, path, key, out, e);
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

/* adds ", expected u8[rows, 28]" */
static int say_expected(const Rt *rt, const TgData *d, RtError *e) {
    TgText expected = {0};
    RtError found = *e;
    describe_expected(rt, d, &expected);
    rt_error(e, "%.1400s, expected %.600s", found.text, expected.at);
    tg_text_free(&expected);
    return 0;
}

static int check(Rt *rt, const TgData *d, const char *path, const Loaded *loaded, RtError *e) {
    if (agrees(rt, d, loaded) && agrees_with_itself(d, loaded))
        return bools_check(loaded->data, loaded->dtype, loaded_bytes(loaded), e) ||
               rt_error_in(e, path);
    char found[256];
    loaded_describe(loaded, found, sizeof found);
    rt_error(e, "%s holds %s", path, found);
    return say_expected(rt, d, e);
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

/* text with args in it */
char *rt_startup_text(Rt *rt, const TgPiece *pieces, int64_t n) {
    const TgProgram *p = rt->program;
    TgTensor *values = calloc((size_t)p->nargs + 1, sizeof *values);
    if (!values) rt_stop(rt, NULL, 0, "out of memory");
    for (int64_t i = 0; i < p->nargs; i++) {
        int is_float = tg_dtype_is_float(p->args[i].dtype);
        values[i].dtype = is_float ? TG_F64 : p->args[i].dtype == TG_BOOL ? TG_BOOL : TG_I64;
        values[i].data =
            is_float ? (void *)&rt->context->arg_floats[i] : (void *)&rt->context->arg_ints[i];
    }
    char *text = rt_path(rt, pieces, n, values);
    free(values);
    return text;
}

static int take(Rt *rt, int64_t i, RtError *e) {
    const TgData *d = &rt->program->data[i];
    Loaded *loaded = &rt->loaded[i];
    RtError why = {.foreign = 0};
    char *path = rt_startup_text(rt, d->path, d->npath);
    char *key = d->nkey ? rt_startup_text(rt, d->key, d->nkey) : NULL;
    int ok = load(d, path, key ? key : "", loaded, &why);
    if (!ok && why.foreign) say_expected(rt, d, &why);
    ok = ok && check(rt, d, path, loaded, &why);
    if (ok) {
        bind(rt, d, path, loaded);
        rt->context->data[i] = (void *)(uintptr_t)loaded->data;
    } else {
        rt_error(e, "%.200s:%lld: data %.100s: %.1700s", d->file, (long long)d->line, d->name,
                 why.text);
    }
    free(path);
    free(key);
    return ok;
}

int rt_sizes_data(Rt *rt, RtError *e) {
    for (int64_t i = 0; i < rt->program->ndata; i++)
        if (!take(rt, i, e)) return 0;
    return 1;
}
