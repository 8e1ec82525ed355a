/* inflate.c: zlib's inflate from memory straight into where the bytes belong. Takes a gzip file (of
   one or more members) or a raw deflate stream; a stream that is cut off, damaged or followed by
   anything is an error. */
#include "runtime/rt.h"

#include <stdlib.h>
#include <string.h>
#include <zlib.h>

struct Inflate {
    z_stream z;
    const uint8_t *end; /* of the input */
    int raw, ended;
};

int is_gzip(const File *file) {
    return file->n >= 2 && file->at[0] == 0x1f && file->at[1] == 0x8b;
}

uint32_t crc_of(const void *at, int64_t n) {
    const uint8_t *from = at;
    uLong crc = crc32(0, NULL, 0);
    for (; n > 0; from += 1 << 30, n -= 1 << 30)
        crc = crc32(crc, from, n > 1 << 30 ? 1u << 30 : (uInt)n);
    return (uint32_t)crc;
}

Inflate *inflate_new(const uint8_t *from, int64_t n, int raw, RtError *e) {
    Inflate *s = calloc(1, sizeof *s);
    if (!s || inflateInit2(&s->z, raw ? -15 : 31) != Z_OK) {
        free(s);
        rt_error(e, "out of memory");
        return NULL;
    }
    s->z.next_in = (Bytef *)(uintptr_t)from; /* zlib does not write to it */
    s->end = from + n;
    s->raw = raw;
    return s;
}

void inflate_free(Inflate *s) {
    if (!s) return;
    inflateEnd(&s->z);
    free(s);
}

static void refill(Inflate *s) {
    int64_t left = s->end - s->z.next_in;
    s->z.avail_in = left > 1 << 30 ? 1u << 30 : (uInt)left;
}

/* after a member's end: another member may follow */
static int next_member(Inflate *s, RtError *e) {
    int64_t left = s->end - s->z.next_in;
    s->ended = left == 0 || s->raw;
    if (s->ended) return 1;
    if (left < 2 || s->z.next_in[0] != 0x1f || s->z.next_in[1] != 0x8b)
        return rt_error(e, "%lld bytes follow the end of the gzip data", (long long)left);
    inflateReset(&s->z);
    return 1;
}

int64_t inflate_some(Inflate *s, void *to, int64_t n, RtError *e) {
    int64_t given = 0;
    while (given < n && !s->ended) {
        int64_t want = n - given;
        refill(s);
        s->z.next_out = (Bytef *)to + given;
        s->z.avail_out = want > 1 << 30 ? 1u << 30 : (uInt)want;
        uInt before_in = s->z.avail_in, before_out = s->z.avail_out;
        int status = inflate(&s->z, Z_NO_FLUSH);
        given += before_out - s->z.avail_out;
        if (status == Z_STREAM_END) {
            if (!next_member(s, e)) return -1;
        } else if (status != Z_OK && status != Z_BUF_ERROR) {
            rt_error(e, "the compressed data are damaged (%s)", s->z.msg ? s->z.msg : "unknown");
            return -1;
        } else if (before_in == s->z.avail_in && before_out == s->z.avail_out) {
            rt_error(e, "the compressed data are cut off");
            return -1;
        }
    }
    return given;
}

int inflate_finish(Inflate *s, RtError *e) {
    uint8_t more;
    if (!s->ended) {
        int64_t n = inflate_some(s, &more, 1, e); /* also reads the checksum at the end */
        if (n < 0) return 0;
        if (n > 0) return rt_error(e, "holds more data than its header says");
    }
    return 1;
}
