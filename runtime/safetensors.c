/* safetensors.c: reads a .safetensors file. The whole header is checked before anything is taken
   from the file: its length, its text, each entry's type, shape and place, and that the places
   cover the data without gap or overlap. */
#include "runtime/rt.h"

#include <stdlib.h>
#include <string.h>

enum { HEADER_LIMIT = 100000000 }; /* as the reference implementation */

/* the format's types: name, bits, dtype (-1: not one of the language's) */
static const struct {
    const char *name;
    int bits;
    int64_t dtype;
} types[] = {{"BOOL", 8, TG_BOOL}, {"U8", 8, TG_U8},      {"I32", 32, TG_I32}, {"I64", 64, TG_I64},
             {"F16", 16, TG_F16},  {"BF16", 16, TG_BF16}, {"F32", 32, TG_F32}, {"F64", 64, TG_F64},
             {"I8", 8, -1},        {"I16", 16, -1},       {"U16", 16, -1},     {"U32", 32, -1},
             {"U64", 64, -1},      {"F8_E4M3", 8, -1},    {"F8_E5M2", 8, -1},  {"F8_E8M0", 8, -1},
             {"C64", 64, -1},      {"F4", 4, -1},         {"F6_E2M3", 6, -1},  {"F6_E3M2", 6, -1}};

static int set_type(StTensor *t, const char *name, int *bits) {
    for (size_t i = 0; i < sizeof types / sizeof *types; i++)
        if (!strcmp(types[i].name, name)) {
            t->dtype = types[i].dtype;
            *bits = types[i].bits;
            strcpy(t->type, name);
            return 1;
        }
    return 0;
}

static int read_shape(Json *j, StTensor *t, RtError *e) {
    if (!json_expect(j, '[')) return 0;
    if (json_is(j, ']')) return 1;
    do {
        if (t->rank == TG_MAX_RANK)
            return rt_error(e, "'%.200s' has more than %d axes", t->name, TG_MAX_RANK);
        if (!json_size(j, &t->dims[t->rank++])) return 0;
    } while (json_is(j, ','));
    return json_expect(j, ']');
}

/* {"dtype": …, "shape": […], "data_offsets": [begin, end]} */
static int read_fields(Json *j, StTensor *t, int *bits, RtError *e) {
    int seen = 0;
    if (!json_expect(j, '{')) return 0;
    do {
        char *key = json_string(j);
        if (!key || !json_expect(j, ':')) {
            free(key);
            return 0;
        }
        int which = !strcmp(key, "dtype")          ? 1
                    : !strcmp(key, "shape")        ? 2
                    : !strcmp(key, "data_offsets") ? 4
                                                   : 0;
        int ok = which && !(seen & which);
        if (!ok)
            rt_error(e, "'%.200s' has %s entry '%.100s'", t->name,
                     which ? "a second" : "an unknown", key);
        free(key);
        if (!ok) return 0;
        seen |= which;
        if (which == 1) {
            char *type = json_string(j);
            ok = type && (set_type(t, type, bits) ||
                          rt_error(e, "'%.200s' has the unknown type '%.40s'", t->name, type));
            free(type);
        } else if (which == 2) {
            ok = read_shape(j, t, e);
        } else {
            ok = json_expect(j, '[') && json_size(j, &t->begin) && json_expect(j, ',') &&
                 json_size(j, &t->end) && json_expect(j, ']');
        }
        if (!ok) return 0;
    } while (json_is(j, ','));
    if (!json_expect(j, '}')) return 0;
    if (seen == 7) return 1;
    return rt_error(e, "'%.200s' lacks %s", t->name,
                    !(seen & 1) ? "dtype"
                    : seen & 2  ? "data_offsets"
                                : "shape");
}

static int check_bytes(const StTensor *t, int bits, RtError *e) {
    int64_t need = bits;
    for (int64_t i = 0; i < t->rank; i++) {
        if (t->dims[i] && need > INT64_MAX / t->dims[i])
            return rt_error(e, "'%.200s' has a shape that overflows", t->name);
        need *= t->dims[i];
    }
    if (t->begin <= t->end && need % 8 == 0 && need / 8 == t->end - t->begin) return 1;
    return rt_error(
        e, "'%.200s' has data_offsets [%lld, %lld], but its type and shape need %lld bytes",
        t->name, (long long)t->begin, (long long)t->end, (long long)(need / 8));
}

static StTensor *add_tensor(StFile *st, int64_t *cap) {
    if (st->n == *cap) {
        *cap = *cap ? *cap * 2 : 16;
        StTensor *grown = realloc(st->tensors, (size_t)*cap * sizeof *grown);
        if (!grown) return NULL;
        st->tensors = grown;
    }
    StTensor *t = &st->tensors[st->n++];
    memset(t, 0, sizeof *t);
    return t;
}

static int read_entry(Json *j, StFile *st, int64_t *cap, RtError *e) {
    char *name = json_string(j);
    if (!name || !json_expect(j, ':')) {
        free(name);
        return 0;
    }
    if (!strcmp(name, "__metadata__")) {
        free(name);
        return json_skip(j);
    }
    StTensor *t = add_tensor(st, cap);
    if (!t) {
        free(name);
        return rt_error(e, "out of memory");
    }
    t->name = name;
    int bits = 0;
    return read_fields(j, t, &bits, e) && check_bytes(t, bits, e);
}

static int by_place(const void *a, const void *b) {
    const StTensor *x = a, *y = b;
    if (x->begin != y->begin) return x->begin < y->begin ? -1 : 1;
    return x->end < y->end ? -1 : x->end > y->end;
}

static int by_name(const void *a, const void *b) {
    const StTensor *const *x = a, *const *y = b;
    return strcmp((*x)->name, (*y)->name);
}

static int check_names(const StFile *st, RtError *e) {
    const StTensor **sorted = malloc((size_t)(st->n + 1) * sizeof *sorted);
    if (!sorted) return rt_error(e, "out of memory");
    for (int64_t i = 0; i < st->n; i++) sorted[i] = &st->tensors[i];
    qsort(sorted, (size_t)st->n, sizeof *sorted, by_name);
    int ok = 1;
    for (int64_t i = 1; ok && i < st->n; i++)
        if (!strcmp(sorted[i]->name, sorted[i - 1]->name))
            ok = rt_error(e, "'%.200s' stands twice in its header", sorted[i]->name);
    free(sorted);
    return ok;
}

static int check_places(StFile *st, int64_t bytes, RtError *e) {
    int64_t end = 0;
    if (st->n) qsort(st->tensors, (size_t)st->n, sizeof *st->tensors, by_place);
    for (int64_t i = 0; i < st->n; i++) {
        const StTensor *t = &st->tensors[i];
        if (t->begin != end)
            return rt_error(e, "'%.200s' begins at byte %lld of the data, expected %lld", t->name,
                            (long long)t->begin, (long long)end);
        end = t->end;
    }
    if (end == bytes) return 1;
    return rt_error(e, "its header describes %lld bytes of data, the file has %lld", (long long)end,
                    (long long)bytes);
}

static int read_header(StFile *st, const char *from, int64_t length, RtError *e) {
    Json j = {.at = from, .end = from + length};
    int64_t cap = 0;
    e->text[0] = 0;
    if (length == 0 || *from != '{') return rt_error(e, "its header does not begin with '{'");
    int ok = json_expect(&j, '{');
    if (ok && !json_is(&j, '}')) {
        do ok = read_entry(&j, st, &cap, e);
        while (ok && json_is(&j, ','));
        ok = ok && json_expect(&j, '}');
    }
    while (ok && j.at < j.end && strchr(" \t\n\r", *j.at) && *j.at) j.at++;
    if (ok && j.at < j.end) ok = rt_error(e, "its header is followed by something else");
    if (!ok && !e->text[0])
        rt_error(e, "its header is not valid JSON at byte %lld: %s", (long long)(j.at - from),
                 j.wrong);
    return ok;
}

int st_parse(StFile *st, RtError *e) {
    const File *f = &st->file;
    if (f->n < 8) return rt_error(e, "is too short for a safetensors file");
    uint64_t length = 0;
    for (int i = 7; i >= 0; i--) length = length << 8 | f->at[i];
    if (length > HEADER_LIMIT)
        return rt_error(e, "its header claims %llu bytes, more than the allowed %d",
                        (unsigned long long)length, HEADER_LIMIT);
    if ((int64_t)length > f->n - 8)
        return rt_error(e, "its header claims %llu bytes, the file has %lld",
                        (unsigned long long)length, (long long)(f->n - 8));
    const char *from = (const char *)f->at + 8;
    if (!is_utf8(from, (int64_t)length)) return rt_error(e, "its header is not UTF-8 text");
    st->data = f->at + 8 + length;
    return read_header(st, from, (int64_t)length, e) && check_names(st, e) &&
           check_places(st, f->n - 8 - (int64_t)length, e);
}

int st_open(const char *path, StFile *st, RtError *e) {
    *st = (StFile){0};
    if (!file_open(path, &st->file, e)) return 0;
    if (st_parse(st, e)) return 1;
    st_close(st);
    return rt_error_in(e, path);
}

void st_close(StFile *st) {
    for (int64_t i = 0; i < st->n; i++) free(st->tensors[i].name);
    free(st->tensors);
    file_close(&st->file);
    *st = (StFile){0};
}

const StTensor *st_find(const StFile *st, const char *name) {
    for (int64_t i = 0; i < st->n; i++)
        if (!strcmp(st->tensors[i].name, name)) return &st->tensors[i];
    return NULL;
}

static int lacks(const StFile *st, const char *key, RtError *e) {
    TgText names = {0};
    tg_text_put(&names, "", 0);
    for (int64_t i = 0; i < st->n && names.n < 1500; i++)
        tg_text_printf(&names, "%s%s", i ? ", " : "", st->tensors[i].name);
    rt_error(e, "holds no tensor '%.200s' (it holds %.1500s)", key, st->n ? names.at : "nothing");
    tg_text_free(&names);
    return 0;
}

int load_safetensors(const char *path, const char *key, Loaded *out, RtError *e) {
    StFile st = {0};
    *out = (Loaded){0};
    if (!file_open(path, &st.file, e)) return 0;
    int ok = st_parse(&st, e);
    const StTensor *t = ok ? st_find(&st, key) : NULL;
    if (ok && !t) ok = lacks(&st, key, e);
    if (ok && t->dtype < 0) {
        ok = rt_error(e, "'%.200s' holds elements of type %s, which tg has no type for", key,
                      t->type);
        e->foreign = 1;
    }
    if (ok) {
        out->dtype = t->dtype;
        out->rank = t->rank;
        memcpy(out->dims, t->dims, sizeof t->dims);
        ok = loaded_alloc(out, e);
        if (ok && t->end > t->begin)
            memcpy(out->heap, st.data + t->begin, (size_t)(t->end - t->begin));
    }
    st_close(&st);
    return ok || rt_error_in(e, path);
}
