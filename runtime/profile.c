/* profile.c: --profile: how long each kernel took, by source line, and how long each loop's
   iterations took: best and median. Long loops keep an even sample of their iterations. */
#include "runtime/rt.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { SAMPLES = 1 << 16 };

typedef struct LoopTimes LoopTimes;
struct LoopTimes {
    int64_t last; /* when the current iteration began */
    int64_t count, best, total;
    int64_t every; /* each every-th iteration is kept */
    int64_t n;
    int64_t *samples;
};

typedef struct KernelTimes KernelTimes;
struct KernelTimes {
    int64_t kernel, count, total, best, bytes;
};

typedef struct Profile Profile;
struct Profile {
    LoopTimes *loops;
    KernelTimes *kernels;
    int64_t started;
};

void profile_open(Rt *rt) {
    Profile *p = calloc(1, sizeof *p);
    if (p) {
        p->loops = calloc((size_t)rt->program->nloops + 1, sizeof *p->loops);
        p->kernels = calloc((size_t)rt->program->nkernels + 1, sizeof *p->kernels);
        p->started = tgrt_now();
    }
    if (!p || !p->loops || !p->kernels) rt_stop(rt, NULL, 0, "out of memory");
    for (int64_t i = 0; i < rt->program->nkernels; i++) p->kernels[i].kernel = i;
    rt->profile = p;
    rt->context->watch = 1;
}

void profile_begin(Rt *rt, int64_t id) {
    if (rt->profile) rt->profile->loops[id].last = tgrt_now();
}

/* when the samples are full, every second one goes */
static void thin_out(LoopTimes *l) {
    for (int64_t i = 0; i < l->n / 2; i++) l->samples[i] = l->samples[2 * i];
    l->n /= 2;
    l->every *= 2;
}

void profile_step(Rt *rt, int64_t id) {
    if (!rt->profile) return;
    LoopTimes *l = &rt->profile->loops[id];
    int64_t now = tgrt_now(), took = now - l->last;
    if (!l->samples) {
        l->samples = malloc(SAMPLES * sizeof *l->samples);
        l->every = 1;
        if (!l->samples) rt_stop(rt, NULL, 0, "out of memory");
    }
    if (l->count == 0 || took < l->best) l->best = took;
    if (l->count % l->every == 0) {
        l->samples[l->n++] = took;
        if (l->n == SAMPLES) thin_out(l);
    }
    l->count++;
    l->total += took;
    l->last = tgrt_now();
}

void profile_kernel(Rt *rt, int64_t kernel, int64_t nanoseconds, int64_t bytes) {
    if (!rt->profile) return;
    KernelTimes *k = &rt->profile->kernels[kernel];
    if (k->count == 0 || nanoseconds < k->best) k->best = nanoseconds;
    k->count++;
    k->total += nanoseconds;
    k->bytes += bytes;
}

static void put_time(TgText *to, int64_t ns) {
    if (ns < 10000)
        tg_text_printf(to, "%8lld ns", (long long)ns);
    else if (ns < 10000000)
        tg_text_printf(to, "%8.1f us", (double)ns / 1e3);
    else if (ns < 10000000000)
        tg_text_printf(to, "%8.1f ms", (double)ns / 1e6);
    else
        tg_text_printf(to, "%8.1f s ", (double)ns / 1e9);
}

static int by_value(const void *a, const void *b) {
    int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;
    return x < y ? -1 : x > y;
}

static int by_total(const void *a, const void *b) {
    const KernelTimes *x = a, *y = b;
    return x->total != y->total ? (x->total > y->total ? -1 : 1)
                                : (x->kernel > y->kernel) - (x->kernel < y->kernel);
}

static void put_loops(Rt *rt, TgText *to) {
    tg_text_printf(to, "iterations         best       median        total  loop\n");
    for (int64_t i = 0; i < rt->program->nloops; i++) {
        LoopTimes *l = &rt->profile->loops[i];
        const TgSite *site = &rt->program->loops[i];
        if (!l->count) continue;
        qsort(l->samples, (size_t)l->n, sizeof *l->samples, by_value);
        tg_text_printf(to, "%10lld  ", (long long)l->count);
        put_time(to, l->best);
        tg_text_put(to, "  ", 2);
        put_time(to, l->samples[l->n / 2]);
        tg_text_put(to, "  ", 2);
        put_time(to, l->total);
        tg_text_printf(to, "  %s  %s:%lld\n", site->what ? site->what : "", site->file,
                       (long long)site->line);
    }
}

static void put_rate(TgText *to, const KernelTimes *k, int64_t whole) {
    put_time(to, k->total);
    tg_text_printf(to, "  %4.1f%%  %10.1f  %6.1f  ", 100.0 * (double)k->total / (double)whole,
                   (double)k->bytes / 1e6, k->total ? (double)k->bytes / (double)k->total : 0);
}

static int same_line(const TgSite *a, const TgSite *b) {
    return a->line == b->line && !strcmp(a->file, b->file);
}

/* the kernels of each source line together; kernel is the first of them */
static void put_lines(Rt *rt, TgText *to, int64_t whole) {
    const TgSite *sites = rt->program->kernels;
    int64_t n = 0;
    KernelTimes *lines = calloc((size_t)rt->program->nkernels + 1, sizeof *lines);
    if (!lines) return;
    for (int64_t i = 0; i < rt->program->nkernels; i++) {
        const KernelTimes *k = &rt->profile->kernels[i];
        int64_t at = 0;
        if (!k->count) continue;
        while (at < n && !same_line(&sites[lines[at].kernel], &sites[k->kernel])) at++;
        if (at == n) lines[n++].kernel = k->kernel;
        lines[at].total += k->total;
        lines[at].bytes += k->bytes;
    }
    qsort(lines, (size_t)n, sizeof *lines, by_total);
    tg_text_printf(to, "       time  share          MB    GB/s  line\n");
    for (int64_t i = 0; i < n; i++) {
        put_rate(to, &lines[i], whole);
        tg_text_printf(to, "%s:%lld\n", sites[lines[i].kernel].file,
                       (long long)sites[lines[i].kernel].line);
    }
    free(lines);
}

static void put_kernels(Rt *rt, TgText *to, int64_t whole) {
    KernelTimes *kernels = rt->profile->kernels;
    int64_t n = rt->program->nkernels, inside = 0;
    qsort(kernels, (size_t)n, sizeof *kernels, by_total);
    tg_text_printf(to, "       time  share          MB    GB/s      calls         best  kernel\n");
    for (int64_t i = 0; i < n; i++) {
        const KernelTimes *k = &kernels[i];
        const TgSite *site = &rt->program->kernels[k->kernel];
        const char *name = site->what ? site->what : "";
        if (!k->count) continue;
        put_rate(to, k, whole);
        tg_text_printf(to, "%9lld  ", (long long)k->count);
        put_time(to, k->best);
        tg_text_printf(to, "  %.*s  %s:%lld\n", (int)strcspn(name, "@"), name, site->file,
                       (long long)site->line);
        inside += k->total;
    }
    put_time(to, inside);
    tg_text_printf(to, "  %4.1f%%  in kernels, of ", 100.0 * (double)inside / (double)whole);
    put_time(to, whole);
    tg_text_printf(to, "%s\n",
                   inside ? "" : " (those of a few operations are part of their loops' times)");
}

void profile_report(Rt *rt) {
    Profile *p = rt->profile;
    if (!p) return;
    TgText *to = &rt->text;
    int64_t whole = tgrt_now() - p->started;
    to->n = 0;
    put_loops(rt, to);
    tg_text_put(to, "\n", 1);
    put_lines(rt, to, whole ? whole : 1);
    tg_text_put(to, "\n", 1);
    put_kernels(rt, to, whole ? whole : 1);
    fd_write(STDERR_FILENO, to->at, to->n);
    for (int64_t i = 0; i < rt->program->nloops; i++) free(p->loops[i].samples);
    free(p->loops);
    free(p->kernels);
    free(p);
    rt->profile = NULL;
}

void tgrt_kernel_time(TgContext *ctx, int64_t kernel, int64_t nanoseconds, int64_t bytes) {
    profile_kernel(rt_of(ctx), kernel, nanoseconds, bytes);
}

void tgrt_loop_begin(TgContext *ctx, int64_t id, int64_t total, int64_t items, int64_t progress) {
    if (!ctx->watch) return;
    progress_begin(rt_of(ctx), id, total, items, progress);
    profile_begin(rt_of(ctx), id);
}

void tgrt_loop_step(TgContext *ctx, int64_t id) {
    if (!ctx->watch) return;
    profile_step(rt_of(ctx), id);
    progress_step(rt_of(ctx), id);
}

void tgrt_loop_end(TgContext *ctx, int64_t id) {
    if (ctx->watch) progress_end(rt_of(ctx), id);
}
