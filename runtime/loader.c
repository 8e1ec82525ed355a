/* loader.c: what the loaders share: memory for what a file held, its description, byte order; and
   the two plainest loaders, bytes (a file as it is, mapped) and idx (plain or gzip). */
#include "runtime/rt.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void loaded_free(Loaded *loaded) {
    file_close(&loaded->file);
    free(loaded->heap);
    *loaded = (Loaded){0};
}

int64_t loaded_bytes(const Loaded *loaded) {
    int64_t bytes = tg_dtype_bytes(loaded->dtype);
    for (int64_t i = 0; i < loaded->rank; i++)
        if (loaded->dims[i] == 0) return 0;
    for (int64_t i = 0; i < loaded->rank; i++) {
        int64_t n = loaded->dims[i];
        if (n < 0 || bytes > INT64_MAX / 2 / n) return -1;
        bytes *= n;
    }
    return bytes;
}

int loaded_alloc(Loaded *loaded, RtError *e) {
    int64_t bytes = loaded_bytes(loaded);
    void *at = NULL;
    if (bytes < 0) return rt_error(e, "its header claims more bytes than there can be");
    if (posix_memalign(&at, 64, bytes ? (size_t)bytes : 1) != 0)
        return rt_error(e, "no memory for its %lld bytes", (long long)bytes);
    loaded->heap = at;
    loaded->data = at;
    return 1;
}

void loaded_describe(const Loaded *loaded, char *to, size_t size) {
    size_t n = (size_t)snprintf(to, size, "%s", tg_dtype_name(loaded->dtype));
    for (int64_t i = 0; i < loaded->rank && n < size; i++)
        n += (size_t)snprintf(to + n, size - n, "%s%lld", i ? ", " : "[",
                              (long long)loaded->dims[i]);
    if (loaded->rank && n < size) snprintf(to + n, size - n, "]");
}

int bools_check(const void *at, int64_t dtype, int64_t n, RtError *e) {
    const uint8_t *bytes = at;
    for (int64_t i = 0; dtype == TG_BOOL && i < n; i++)
        if (bytes[i] > 1)
            return rt_error(e, "element %lld is the byte %d, and a bool is 0 or 1", (long long)i,
                            bytes[i]);
    return 1;
}

void swap_bytes(void *at, int64_t n, int64_t size) {
    uint8_t *b = at;
    for (int64_t i = 0; i < n; i++, b += size)
        for (int64_t k = 0; k < size / 2; k++) {
            uint8_t t = b[k];
            b[k] = b[size - 1 - k];
            b[size - 1 - k] = t;
        }
}

int load_bytes(const char *path, Loaded *out, RtError *e) {
    *out = (Loaded){.dtype = TG_U8, .rank = 1};
    if (!file_open(path, &out->file, e)) return 0;
    out->dims[0] = out->file.n;
    out->data = out->file.at;
    return 1;
}

/* ---- idx: two zero bytes, type, rank, dims (big endian), elements (big endian) ---- */

/* the header's type byte → dtype, or -1 and the type's name */
static int64_t idx_type(int code, const char **name) {
    switch (code) {
    case 0x08:
        return TG_U8;
    case 0x0c:
        return TG_I32;
    case 0x0d:
        return TG_F32;
    case 0x0e:
        return TG_F64;
    case 0x09:
        *name = "i8";
        return -1;
    case 0x0b:
        *name = "i16";
        return -1;
    default:
        *name = NULL;
        return -1;
    }
}

static int idx_header(const uint8_t *head, Loaded *out, RtError *e) {
    const char *name;
    if (head[0] || head[1])
        return rt_error(e, "not an idx file: it does not begin with two zero bytes");
    out->dtype = idx_type(head[2], &name);
    if (out->dtype < 0 && name) return rt_error_foreign(e, name);
    if (out->dtype < 0) return rt_error(e, "not an idx file: 0x%02x is no element type", head[2]);
    out->rank = head[3];
    if (out->rank > TG_MAX_RANK)
        return rt_error(e, "has %d axes, more than the %d that tensors can have", head[3],
                        TG_MAX_RANK);
    return 1;
}

static void idx_dims(const uint8_t *at, Loaded *out) {
    for (int64_t i = 0; i < out->rank; i++, at += 4)
        out->dims[i] =
            (int64_t)((uint32_t)at[0] << 24 | (uint32_t)at[1] << 16 | (uint32_t)at[2] << 8 | at[3]);
}

/* a header that claims too much is caught before memory is asked for: deflate gives at most 1032
 * bytes for one */
static int idx_plausible(const Loaded *out, int64_t most, RtError *e) {
    int64_t need = loaded_bytes(out);
    char text[256];
    loaded_describe(out, text, sizeof text);
    if (need >= 0 && need <= most) return 1;
    return rt_error(e, "its header says %s, which the file is too short for", text);
}

static int idx_gzip(const File *file, Loaded *out, RtError *e) {
    uint8_t head[4 + 4 * TG_MAX_RANK];
    Inflate *s = inflate_new(file->at, file->n, 0, e);
    if (!s) return 0;
    int64_t n = inflate_some(s, head, 4, e);
    int ok = n == 4 || (n >= 0 && rt_error(e, "too short for an idx file"));
    ok = ok && idx_header(head, out, e);
    if (ok && (n = inflate_some(s, head + 4, 4 * out->rank, e)) != 4 * out->rank)
        ok = n >= 0 ? rt_error(e, "ends inside its header") : 0;
    if (ok) idx_dims(head + 4, out);
    ok = ok && idx_plausible(out, file->n * 1032, e) && loaded_alloc(out, e);
    if (ok) {
        int64_t want = loaded_bytes(out), got = inflate_some(s, out->heap, want, e);
        ok = got == want;
        if (got >= 0 && !ok)
            rt_error(e, "holds %lld bytes of elements, its header says %lld", (long long)got,
                     (long long)want);
    }
    ok = ok && inflate_finish(s, e);
    inflate_free(s);
    return ok;
}

static int idx_plain(File *file, Loaded *out, RtError *e) {
    if (file->n < 4) return rt_error(e, "too short for an idx file");
    if (!idx_header(file->at, out, e)) return 0;
    int64_t begin = 4 + 4 * out->rank;
    if (file->n < begin) return rt_error(e, "ends inside its header");
    idx_dims(file->at + 4, out);
    if (!idx_plausible(out, file->n - begin, e)) return 0;
    int64_t need = loaded_bytes(out);
    if (file->n != begin + need)
        return rt_error(e, "%lld bytes follow its elements", (long long)(file->n - begin - need));
    if (!loaded_alloc(out, e)) return 0;
    memcpy(out->heap, file->at + begin, (size_t)need);
    return 1;
}

int load_idx(const char *path, Loaded *out, RtError *e) {
    File file;
    *out = (Loaded){0};
    if (!file_open(path, &file, e)) return 0;
    int ok = is_gzip(&file) ? idx_gzip(&file, out, e) : idx_plain(&file, out, e);
    file_close(&file);
    if (!ok) {
        loaded_free(out);
        return rt_error_in(e, path);
    }
    int64_t size = tg_dtype_bytes(out->dtype);
    if (size > 1) swap_bytes(out->heap, loaded_bytes(out) / size, size);
    return 1;
}
