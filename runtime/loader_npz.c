/* loader_npz.c: one array of a .npz file: a zip archive of .npy members, stored or deflated (zip64
   too). The member's sizes and checksum are checked. */
#include "runtime/rt.h"

#include <stdlib.h>
#include <string.h>

typedef struct Member Member;
struct Member {
    const char *name;
    int64_t name_length;
    int64_t method, flags, packed, size, offset;
    uint32_t crc;
};

static int64_t le(const uint8_t *at, int bytes) {
    uint64_t value = 0;
    for (int i = bytes - 1; i >= 0; i--) value = value << 8 | at[i];
    return (int64_t)value;
}

/* the directory's place and number of entries, from the record at the archive's end */
static int find_directory(const File *f, int64_t *place, int64_t *entries, RtError *e) {
    int64_t at = f->n - 22, lowest = f->n - 22 - 65535;
    while (at >= 0 && at >= lowest &&
           (memcmp(f->at + at, "PK\5\6", 4) != 0 || at + 22 + le(f->at + at + 20, 2) != f->n))
        at--; /* its comment, which may look like one, reaches to the end */
    if (at < 0 || at < lowest) return rt_error(e, "not a .npz file: it has no zip directory");
    *entries = le(f->at + at + 10, 2);
    *place = le(f->at + at + 16, 4);
    if (*entries != 0xffff && *place != 0xffffffff) return 1;
    if (at < 20 || memcmp(f->at + at - 20, "PK\6\7", 4) != 0) return 1;
    int64_t at64 = le(f->at + at - 20 + 8, 8);
    if (at64 < 0 || at64 > f->n - 56 || memcmp(f->at + at64, "PK\6\6", 4) != 0)
        return rt_error(e, "its zip directory is damaged");
    *entries = le(f->at + at64 + 32, 8);
    *place = le(f->at + at64 + 48, 8);
    return 1;
}

/* the sizes that do not fit into 32 bits stand in an extra field */
static void read_zip64(const uint8_t *extra, int64_t n, Member *m) {
    while (n >= 4) {
        int64_t id = le(extra, 2), length = le(extra + 2, 2);
        extra += 4;
        n -= 4;
        if (length > n) return;
        if (id == 1) {
            int64_t *wide[] = {&m->size, &m->packed, &m->offset};
            const uint8_t *at = extra;
            for (int i = 0; i < 3; i++)
                if (*wide[i] == 0xffffffff && at + 8 <= extra + length) {
                    *wide[i] = le(at, 8);
                    at += 8;
                }
        }
        extra += length;
        n -= length;
    }
}

/* the directory's entry at *place; *place moves to the next */
static int next_member(const File *f, int64_t *place, Member *m, RtError *e) {
    int64_t at = *place;
    if (at < 0 || at > f->n - 46 || memcmp(f->at + at, "PK\1\2", 4) != 0)
        return rt_error(e, "its zip directory is damaged");
    const uint8_t *p = f->at + at;
    *m = (Member){.flags = le(p + 8, 2), .method = le(p + 10, 2), .crc = (uint32_t)le(p + 16, 4)};
    m->packed = le(p + 20, 4);
    m->size = le(p + 24, 4);
    m->offset = le(p + 42, 4);
    m->name = (const char *)p + 46;
    m->name_length = le(p + 28, 2);
    int64_t extra = le(p + 30, 2), comment = le(p + 32, 2);
    if (at + 46 + m->name_length + extra + comment > f->n)
        return rt_error(e, "its zip directory is damaged");
    read_zip64(p + 46 + m->name_length, extra, m);
    *place = at + 46 + m->name_length + extra + comment;
    return 1;
}

static int has_name(const Member *m, const char *key) {
    int64_t n = (int64_t)strlen(key);
    if (m->name_length == n) return memcmp(m->name, key, (size_t)n) == 0;
    return m->name_length == n + 4 && memcmp(m->name, key, (size_t)n) == 0 &&
           memcmp(m->name + n, ".npy", 4) == 0;
}

static int find_member(const File *f, const char *key, Member *found, RtError *e) {
    int64_t place = 0, entries = 0;
    TgText names = {0};
    if (!find_directory(f, &place, &entries, e)) return 0;
    for (int64_t i = 0; i < entries; i++) {
        Member m;
        if (!next_member(f, &place, &m, e)) {
            tg_text_free(&names);
            return 0;
        }
        if (has_name(&m, key)) {
            *found = m;
            tg_text_free(&names);
            return 1;
        }
        int64_t n = m.name_length;
        if (n > 4 && memcmp(m.name + n - 4, ".npy", 4) == 0) n -= 4;
        tg_text_printf(&names, "%s%.*s", i ? ", " : "", (int)n, m.name);
    }
    rt_error(e, "holds no array '%.100s' (it holds %.1500s)", key, names.n ? names.at : "nothing");
    tg_text_free(&names);
    return 0;
}

static const uint8_t *unpack(const Member *m, const uint8_t *packed, RtError *e) {
    uint8_t *at = NULL;
    if (m->size < 0 || m->size > m->packed * 1032 + 64) {
        rt_error(e, "its zip directory is damaged");
        return NULL;
    }
    if (posix_memalign((void **)&at, 64, (size_t)m->size + 1) != 0) {
        rt_error(e, "no memory for its %lld bytes", (long long)m->size);
        return NULL;
    }
    Inflate *s = inflate_new(packed, m->packed, 1, e);
    int64_t n = s ? inflate_some(s, at, m->size, e) : -1;
    int ok = n == m->size && inflate_finish(s, e);
    if (n >= 0 && n < m->size) rt_error(e, "the compressed data are cut off");
    inflate_free(s);
    if (ok) return at;
    free(at);
    return NULL;
}

static int take_member(const File *f, const Member *m, Loaded *out, RtError *e) {
    if (m->flags & 1) return rt_error(e, "is encrypted");
    if (m->method != 0 && m->method != 8)
        return rt_error(e, "is packed by zip method %lld; known are stored and deflated",
                        (long long)m->method);
    int64_t at = m->offset;
    if (at < 0 || at > f->n - 30 || memcmp(f->at + at, "PK\3\4", 4) != 0)
        return rt_error(e, "its zip directory is damaged");
    at += 30 + le(f->at + at + 26, 2) + le(f->at + at + 28, 2);
    if (m->packed < 0 || at > f->n || m->packed > f->n - at ||
        (m->method == 0 && m->size != m->packed))
        return rt_error(e, "its zip directory is damaged");
    const uint8_t *bytes = m->method ? unpack(m, f->at + at, e) : f->at + at;
    if (!bytes) return 0;
    int ok = crc_of(bytes, m->size) == m->crc || rt_error(e, "is damaged: its checksum is wrong");
    ok = ok && npy_take(bytes, m->size, out, 0, e);
    if (m->method) free((void *)(uintptr_t)bytes);
    return ok;
}

int load_npz(const char *path, const char *key, Loaded *out, RtError *e) {
    File file;
    Member m;
    RtError why;
    *out = (Loaded){0};
    if (!file_open(path, &file, e)) return 0;
    int ok = find_member(&file, key, &m, e);
    if (ok && !take_member(&file, &m, out, &why)) {
        ok = rt_error(e, "'%.100s' %.1900s", key, why.text);
        e->foreign = why.foreign;
    }
    file_close(&file);
    if (ok) return 1;
    loaded_free(out);
    return rt_error_in(e, path);
}
