/* memory.c: the program's memory: one slab, planned from the sizes before the first step, and its
 * listing for --memory. */
#define _GNU_SOURCE /* mmap's anonymous memory, madvise */
#include "runtime/rt.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

enum { HUGE_PAGE = 2 << 20 };

static void put_bytes(TgText *to, int64_t bytes) {
    if (bytes < 10000)
        tg_text_printf(to, "%8lld B ", (long long)bytes);
    else if (bytes < 10000000)
        tg_text_printf(to, "%8.1f kB", (double)bytes / 1e3);
    else
        tg_text_printf(to, "%8.1f MB", (double)bytes / 1e6);
}

typedef struct Line Line; /* of the listing */
struct Line {
    int64_t buffer, bytes;
};

static int by_size(const void *a, const void *b) {
    const Line *x = a, *y = b;
    if (x->bytes != y->bytes) return x->bytes > y->bytes ? -1 : 1;
    return x->buffer < y->buffer ? -1 : x->buffer > y->buffer;
}

static void list_buffers(Rt *rt, TgText *to, Line *lines) {
    const TgProgram *p = rt->program;
    qsort(lines, (size_t)p->nbuffers, sizeof *lines, by_size);
    for (int64_t i = 0; i < p->nbuffers; i++) {
        const TgBuffer *b = &p->buffers[lines[i].buffer];
        int64_t offset = rt->context->offsets[lines[i].buffer];
        if (offset == TG_NO_PLACE) continue;
        if (offset == TG_TAPE) {
            tg_text_printf(to, "   grows    tape          ");
        } else {
            put_bytes(to, lines[i].bytes);
            tg_text_printf(to, "  %-12lld  ", (long long)offset);
        }
        tg_text_printf(to, "%s", b->name ? b->name : "(unnamed)");
        if (b->file) tg_text_printf(to, "  %s:%lld", b->file, (long long)b->line);
        tg_text_put(to, "\n", 1);
    }
}

static int64_t count_tapes(const Rt *rt) {
    int64_t n = 0;
    for (int64_t i = 0; i < rt->program->nbuffers; i++) n += rt->context->offsets[i] == TG_TAPE;
    return n;
}

static void list_plan(Rt *rt, int64_t total, const int64_t *bytes, RtError *e) {
    const TgProgram *p = rt->program;
    Line *lines = malloc((size_t)(p->nbuffers + 1) * sizeof *lines);
    int64_t sum = 0;
    if (!lines) {
        rt_error(e, "out of memory");
        return;
    }
    for (int64_t i = 0; i < p->nbuffers; i++) {
        lines[i] = (Line){i, bytes[i]};
        sum += bytes[i];
    }
    TgText *to = &rt->text;
    to->n = 0;
    tg_text_printf(to, "      bytes  offset        buffer\n");
    list_buffers(rt, to, lines);
    put_bytes(to, total);
    tg_text_printf(to, "  in all; the buffers together have ");
    put_bytes(to, sum);
    tg_text_put(to, "\n", 1);
    int64_t tapes = count_tapes(rt);
    if (tapes)
        tg_text_printf(to,
                       "   grows    on top of that: %lld tapes of loops that say at run time how "
                       "often they go\n",
                       (long long)tapes);
    for (int64_t i = 0; i < p->ndata; i++) {
        const TgData *d = &p->data[i];
        int64_t data = tg_dtype_bytes(d->dtype);
        for (int64_t k = 0; k < d->rank; k++)
            data *=
                d->dims[k].size_id >= 0 ? rt->context->sizes[d->dims[k].size_id] : d->dims[k].value;
        put_bytes(to, data);
        tg_text_printf(to, "  data %s  %s:%lld\n", d->name, d->file, (long long)d->line);
    }
    free(lines);
}

/* zeroed, aligned to 64 bytes; a large one to huge pages */
static char *make_slab(Rt *rt, int64_t bytes) {
    size_t size = (size_t)bytes + 64, slack = size >= 2 * HUGE_PAGE ? HUGE_PAGE : 0;
    char *at = mmap(NULL, size + slack, PROT_READ | PROT_WRITE,
                    MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (at == MAP_FAILED) return NULL;
    rt->slab_map = at;
    rt->slab_bytes = (int64_t)(size + slack);
    if (slack) {
        at += (HUGE_PAGE - (uintptr_t)at % HUGE_PAGE) % HUGE_PAGE;
        madvise(at, size, MADV_HUGEPAGE);
    }
    return at;
}

void rt_memory_free(Rt *rt) {
    if (rt->slab_map) munmap(rt->slab_map, (size_t)rt->slab_bytes);
    rt->slab_map = NULL;
}

/* "slice 0:100 is outside of an axis of length n, where n is 50 (data x, x.npy)" */
void tgrt_size_failed(TgContext *ctx, int64_t number) {
    Rt *rt = rt_of(ctx);
    const TgCheck *check = &rt->program->checks[number];
    TgText text = {0};
    tg_text_printf(&text, "%s", check->what);
    for (int64_t i = 0; i < check->nsizes; i++) {
        int64_t size = check->sizes[i];
        const char *from = rt->origins[size].what;
        tg_text_printf(&text, "%s %s is %lld", i ? " and" : ", where",
                       rt->program->size_names[size], (long long)rt->context->sizes[size]);
        if (from) tg_text_printf(&text, " (%s)", from);
    }
    rt_stop(rt, check->file, check->line, "%s", text.at);
}

int rt_memory_plan(Rt *rt, int list, RtError *e) {
    TgContext *ctx = rt->context;
    int64_t *bytes = calloc((size_t)rt->program->nbuffers + 1, sizeof *bytes);
    if (!bytes) return rt_error(e, "out of memory");
    int64_t total =
        rt->program->plan ? rt->program->plan(ctx->sizes, ctx->offsets, bytes, ctx->arg_ints) : 0;
    if (total == TG_PLAN_TOO_LARGE) {
        free(bytes);
        return rt_error(e, "it needs more memory than 64 bits can count");
    }
    if (total < 0) tgrt_size_failed(ctx, -total - 1);
    e->text[0] = 0;
    if (list) {
        list_plan(rt, total, bytes, e);
    } else {
        ctx->slab = make_slab(rt, total);
        if (!ctx->slab)
            rt_error(e, "cannot get the %.1f MB of memory that it needs: %s", (double)total / 1e6,
                     strerror(ENOMEM));
    }
    free(bytes);
    return !e->text[0];
}
