/* checkpoint.c: the resumable loop's file: what the loop carries, its place, the log's place, with
   a checksum over all of it. Written atomically when due; read once, at the loop's first entry, and
   filled in only when everything fits. */
#define _GNU_SOURCE /* sigaction's flags */
#include "runtime/rt.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zlib.h>

static const char magic[8] = {'T', 'G', 'C', 'K', 'P', 'T', '0', '1'};
#define SECOND 1000000000
enum { HEAD = 24, WRITES_SHARE = 20 };

/* the only state outside Rt: a signal handler can reach nothing else */
static volatile sig_atomic_t signal_seen;

static void on_signal(int number) {
    signal_seen = number;
}

typedef struct Checkpoint Checkpoint;
struct Checkpoint {
    char *path;
    const TgSite *site; /* of the loop */
    int opened;         /* the loop was entered before */
    int keep_old;       /* a file is there that this run did not write */
    int catching;
    int64_t wrote, took; /* end and duration of the last write */
    int64_t calls, stride, looked;
};

#define stop_at(rt, ...)                                                                           \
    rt_stop(rt, (rt)->checkpoint->site->file, (rt)->checkpoint->site->line, __VA_ARGS__)

/* ---- signals ---- */

static void catch_signals(Checkpoint *c, int catch) {
    struct sigaction action = {
        .sa_flags = catch ? (int)SA_RESETHAND : 0}; /* a second signal ends the program at once */
    static const int numbers[] = {SIGINT, SIGTERM};
    action.sa_handler = catch ? on_signal : SIG_DFL;
    for (int i = 0; i < 2 && c->catching != catch; i++) {
        struct sigaction before;
        sigaction(numbers[i], NULL, &before);
        if (before.sa_handler != SIG_IGN) sigaction(numbers[i], &action, NULL);
    }
    c->catching = catch;
}

_Noreturn static void end_by_signal(Rt *rt, int number) {
    rt_notice(rt, "interrupted; --resume continues from %s", rt->checkpoint->path);
    progress_hide(rt);
    out_flush(rt);
    log_close(rt);
    signal(number, SIG_DFL);
    raise(number);
    _exit(128 + number);
}

/* ---- writing ---- */

static void put_int(TgText *to, int64_t value) {
    tg_text_put(to, (const char *)&value, sizeof value);
}

static const char *slot_name(const char *const *names, int64_t i, char *to) {
    if (names && names[i]) return names[i];
    TgText text = {0};
    tg_text_printf(&text, "slot %lld", (long long)i);
    strcpy(to, text.at);
    tg_text_free(&text);
    return to;
}

/* one slot's description; its elements follow in the file */
static void put_slot(TgText *to, const char *name, const TgTensor *t) {
    put_int(to, (int64_t)strlen(name));
    tg_text_put(to, name, (int64_t)strlen(name));
    put_int(to, t->dtype);
    put_int(to, t->rank);
    for (int64_t i = 0; i < t->rank; i++) put_int(to, t->dims[i]);
}

static int64_t slot_bytes(const TgTensor *t) {
    return tg_count(t) * tg_dtype_bytes(t->dtype);
}

/* texts[i] describes slot i (the first has the program's part in front), the last has the log's
 * part */
static void make_parts(Rt *rt, const char *const *names, const TgTensor *slots, int64_t n,
                       const int64_t *place, TgText *texts, Part *parts) {
    char name[32];
    put_int(&texts[0], rt->program->hash);
    for (int i = 0; i < 2; i++) put_int(&texts[0], place[i]);
    put_int(&texts[0], n);
    for (int64_t i = 0; i < n; i++) {
        put_slot(&texts[i], slot_name(names, i, name), &slots[i]);
        parts[2 * i + 1] = (Part){texts[i].at, texts[i].n};
        parts[2 * i + 2] = (Part){slots[i].data, slot_bytes(&slots[i])};
    }
    log_save(rt, &texts[n]);
    parts[2 * n + 1] = (Part){texts[n].at, texts[n].n};
}

static void make_head(char *head, const Part *parts, int64_t n) {
    int64_t length = 0;
    uLong crc = crc32(0, NULL, 0);
    for (int64_t i = 0; i < n; i++) {
        length += parts[i].n;
        for (int64_t at = 0; at < parts[i].n; at += 1 << 30) {
            int64_t left = parts[i].n - at;
            crc =
                crc32(crc, (const Bytef *)parts[i].at + at, left > 1 << 30 ? 1u << 30 : (uInt)left);
        }
    }
    int64_t sum = (int64_t)crc;
    memcpy(head, magic, 8);
    memcpy(head + 8, &length, 8);
    memcpy(head + 16, &sum, 8);
}

/* what another run left becomes FILE.old; FILE itself stays until the new one replaces it */
static void keep_old(Rt *rt) {
    Checkpoint *c = rt->checkpoint;
    TgText old = {0};
    if (!c->keep_old) return;
    c->keep_old = 0;
    tg_text_printf(&old, "%s.old", c->path);
    unlink(old.at);
    if (link(c->path, old.at) != 0 && rename(c->path, old.at) != 0)
        stop_at(rt, "cannot rename %s to %s: %s", c->path, old.at, strerror(errno));
    rt_notice(rt, "%s is now %s", c->path, old.at);
    tg_text_free(&old);
}

static void write_file(Rt *rt, const char *const *names, const TgTensor *slots, int64_t n,
                       int64_t next, int64_t finished) {
    Checkpoint *c = rt->checkpoint;
    int64_t began = tgrt_now(), place[2] = {finished, next};
    RtError e;
    char head[HEAD];
    TgText *texts = calloc((size_t)n + 1, sizeof *texts);
    Part *parts = calloc((size_t)(2 * n + 2), sizeof *parts);
    if (!texts || !parts) stop_at(rt, "cannot write %s: out of memory", c->path);
    make_parts(rt, names, slots, n, place, texts, parts);
    make_head(head, parts + 1, 2 * n + 1);
    parts[0] = (Part){head, HEAD};
    keep_old(rt);
    if (!file_write(c->path, parts, 2 * n + 2, &e)) stop_at(rt, "%s", e.text);
    for (int64_t i = 0; i <= n; i++) tg_text_free(&texts[i]);
    free(texts);
    free(parts);
    c->wrote = tgrt_now();
    c->took = c->wrote - began;
    c->calls = 0;
    c->stride = 1;
}

/* ---- reading ---- */

typedef struct Cursor Cursor;
struct Cursor {
    const uint8_t *at, *end;
};

static int take_int(Cursor *c, int64_t *value) {
    if (c->end - c->at < 8) return 0;
    memcpy(value, c->at, 8);
    c->at += 8;
    return 1;
}

static int take_head(const File *f, Cursor *c, RtError *e) {
    int64_t length, sum;
    if (f->n < HEAD || memcmp(f->at, magic, 8) != 0) return rt_error(e, "is not a checkpoint");
    memcpy(&length, f->at + 8, 8);
    memcpy(&sum, f->at + 16, 8);
    if (length != f->n - HEAD)
        return rt_error(e, "is damaged: it has %lld bytes, expected %lld", (long long)f->n,
                        (long long)length + HEAD);
    if ((int64_t)crc_of(f->at + HEAD, length) != sum)
        return rt_error(e, "is damaged: its checksum is wrong");
    *c = (Cursor){f->at + HEAD, f->at + f->n};
    return 1;
}

static void put_type(TgText *to, int64_t dtype, int64_t rank, const int64_t *dims) {
    tg_text_printf(to, "%s", dtype >= 0 && dtype <= TG_F64 ? tg_dtype_name(dtype) : "?");
    for (int64_t i = 0; i < rank; i++)
        tg_text_printf(to, i ? ", %lld" : "[%lld", (long long)dims[i]);
    if (rank) tg_text_put(to, "]", 1);
}

/* takes one slot and leaves the cursor behind its elements, which begin at *data */
static int take_slot(Cursor *c, const char *name, const TgTensor *t, const uint8_t **data,
                     RtError *e) {
    int64_t length, dtype, rank, dims[TG_MAX_RANK];
    if (!take_int(c, &length) || length < 0 || length > c->end - c->at)
        return rt_error(e, "is damaged");
    const char *found = (const char *)c->at;
    c->at += length;
    if (!take_int(c, &dtype) || !take_int(c, &rank) || rank < 0 || rank > TG_MAX_RANK)
        return rt_error(e, "is damaged");
    for (int64_t i = 0; i < rank; i++)
        if (!take_int(c, &dims[i])) return rt_error(e, "is damaged");
    if (length != (int64_t)strlen(name) || memcmp(found, name, (size_t)length) != 0)
        return rt_error(e, "holds '%.*s' where this program has '%.200s'",
                        length > 200 ? 200 : (int)length, found, name);
    int same = dtype == t->dtype && rank == t->rank;
    for (int64_t i = 0; same && i < rank; i++) same = dims[i] == t->dims[i];
    if (!same) {
        TgText text = {0};
        put_type(&text, dtype, rank, dims);
        tg_text_printf(&text, ", expected ");
        put_type(&text, t->dtype, t->rank, t->dims);
        rt_error(e, "%.200s is %s", name, text.at);
        tg_text_free(&text);
        return 0;
    }
    *data = c->at;
    if (slot_bytes(t) > c->end - c->at) return rt_error(e, "is damaged");
    c->at += slot_bytes(t);
    return 1;
}

/* place: finished, next. Nothing is filled in unless everything fits. */
static int read_body(Rt *rt, Cursor *c, const char *const *names, TgTensor *slots, int64_t n,
                     int64_t *place, const uint8_t **data, RtError *e) {
    int64_t hash, count;
    char name[32];
    if (!take_int(c, &hash) || !take_int(c, &place[0]) || !take_int(c, &place[1]) ||
        !take_int(c, &count))
        return rt_error(e, "is damaged");
    if (hash != rt->program->hash)
        return rt_error(
            e, "is the checkpoint of another program (or of this one before it was changed)");
    if (count != n)
        return rt_error(e, "holds %lld values, expected %lld", (long long)count, (long long)n);
    for (int64_t i = 0; i < n; i++)
        if (!take_slot(c, slot_name(names, i, name), &slots[i], &data[i], e)) return 0;
    for (int64_t i = 0; i < n; i++)
        if (slot_bytes(&slots[i])) memcpy(slots[i].data, data[i], (size_t)slot_bytes(&slots[i]));
    return 1;
}

static void read_file(Rt *rt, const char *const *names, TgTensor *slots, int64_t n,
                      int64_t *place) {
    const char *path = rt->checkpoint->path;
    File file;
    Cursor c = {0};
    RtError e;
    const uint8_t **data = calloc((size_t)n + 1, sizeof *data);
    if (!data) stop_at(rt, "out of memory");
    if (!file_open(path, &file, &e)) stop_at(rt, "%s", e.text);
    if (!take_head(&file, &c, &e) || !read_body(rt, &c, names, slots, n, place, data, &e)) {
        rt_error_in(&e, path);
        stop_at(rt, "%s", e.text);
    }
    log_resume(rt, (const char *)c.at, c.end - c.at);
    file_close(&file);
    free(data);
}

/* ---- called by generated code ---- */

int64_t tgrt_checkpoint_open(TgContext *ctx, const TgSite *site, const TgPiece *path, int64_t npath,
                             const char *const *names, TgTensor *slots, int64_t n, int64_t *next) {
    Rt *rt = rt_of(ctx);
    Checkpoint *c = rt->checkpoint;
    int64_t place[2] = {0, 0};
    struct stat st;
    if (!c) {
        c = rt->checkpoint = calloc(1, sizeof *c);
        if (!c) rt_stop(rt, site->file, site->line, "out of memory");
    }
    free(c->path);
    c->site = site;
    c->path = rt_startup_text(rt, path, npath);
    int first = !c->opened, there = access(c->path, F_OK) == 0;
    c->opened = 1;
    int resumed = first && ctx->resume && there;
    if (first && ctx->resume && !there)
        rt_notice(rt, "there is no %s: starting from the beginning", c->path);
    if (first) c->keep_old = !ctx->resume && stat(c->path, &st) == 0 && S_ISREG(st.st_mode);
    if (resumed)
        read_file(rt, names, slots, n, place);
    else
        log_resume(rt, NULL, 0);
    c->wrote = c->looked = tgrt_now();
    c->stride = 1;
    *next = resumed ? place[1] : 0;
    if (!resumed || !place[0]) catch_signals(c, 1);
    return resumed ? 1 + place[0] : 0;
}

/* by time: looks at the clock every stride-th iteration, so that short iterations do not pay for it
 */
static int is_due(Checkpoint *c) {
    if (++c->calls % c->stride) return 0;
    int64_t now = tgrt_now(), since = now - c->looked;
    c->looked = now;
    if (since < 500000 && c->stride < 1 << 16)
        c->stride *= 2;
    else if (since > 10000000)
        c->stride = 1;
    int64_t wait = c->took > SECOND / WRITES_SHARE ? c->took * WRITES_SHARE : SECOND;
    return now - c->wrote >= wait;
}

void tgrt_checkpoint_step(TgContext *ctx, const char *const *names, const TgTensor *slots,
                          int64_t n, int64_t iteration, int64_t every, int64_t finished) {
    Rt *rt = rt_of(ctx);
    Checkpoint *c = rt->checkpoint;
    int number = signal_seen;
    int due = number || finished || (every > 0 ? (iteration + 1) % every == 0 : is_due(c));
    if (!due) return;
    write_file(rt, names, slots, n, iteration + 1, finished != 0);
    if (number) end_by_signal(rt, number);
    if (finished) catch_signals(c, 0);
}

void checkpoint_end(Rt *rt) {
    if (!rt->checkpoint) return;
    free(rt->checkpoint->path);
    free(rt->checkpoint);
    rt->checkpoint = NULL;
}
