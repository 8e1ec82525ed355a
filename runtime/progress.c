/* progress.c: one line at the bottom of the terminal while loops that asked for it run: where the
   outer loops are, a bar for the innermost one, its rate and the time left. Nothing when standard
   error is no terminal, or with --quiet. */
#define _GNU_SOURCE /* ioctl, TIOCGWINSZ */
#include "runtime/rt.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

enum { DEEPEST = 8, BAR = 20 };
#define REDRAW_NANOSECONDS 100000000

typedef struct Running Running;
struct Running {
    int64_t id, total, items, done, started;
};

typedef struct Progress Progress;
struct Progress {
    Running loops[DEEPEST]; /* outermost first */
    int n;
    int visible;           /* the line stands on the terminal */
    int64_t drawn;         /* when */
    int64_t calls, stride; /* the clock is looked at every stride-th call */
    int64_t looked;
};

void progress_open(Rt *rt) {
    if (rt->options.quiet || !isatty(STDERR_FILENO)) return;
    rt->progress = calloc(1, sizeof *rt->progress);
    if (!rt->progress) return;
    rt->progress->stride = 1;
    rt->progress->drawn = tgrt_now();
    rt->context->watch = 1;
}

void progress_hide(Rt *rt) {
    Progress *p = rt->progress;
    if (!p || !p->visible) return;
    fd_write(STDERR_FILENO, "\r\033[K", 4);
    p->visible = 0;
}

static void put_count(TgText *to, double n) {
    if (n < 1000)
        tg_text_printf(to, n < 10 ? "%.2f" : "%.0f", n);
    else if (n < 1e6)
        tg_text_printf(to, "%.1fk", n / 1e3);
    else
        tg_text_printf(to, "%.1fM", n / 1e6);
}

static void put_seconds(TgText *to, double s) {
    int64_t whole = (int64_t)(s + 0.5);
    if (whole >= 3600)
        tg_text_printf(to, "%lld:%02lld:%02lld", (long long)(whole / 3600),
                       (long long)(whole / 60 % 60), (long long)(whole % 60));
    else
        tg_text_printf(to, "%lld:%02lld", (long long)(whole / 60), (long long)(whole % 60));
}

static void put_line(Rt *rt, TgText *to, int64_t now) {
    Progress *p = rt->progress;
    const Running *l = &p->loops[p->n - 1];
    for (int i = 0; i < p->n - 1; i++) {
        const Running *outer = &p->loops[i];
        tg_text_printf(to, "%s %lld", rt->program->loops[outer->id].what,
                       (long long)outer->done + 1);
        if (outer->total > 0) tg_text_printf(to, "/%lld", (long long)outer->total);
        tg_text_put(to, "  ", 2);
    }
    double seconds = (double)(now - l->started) / 1e9,
           rate = seconds > 0 ? (double)l->done / seconds : 0;
    tg_text_printf(to, "%s ", rt->program->loops[l->id].what);
    if (l->total > 0) {
        int64_t full = l->done * BAR / l->total;
        tg_text_put(to, "[", 1);
        tg_text_fill(to, '#', full);
        tg_text_fill(to, '.', BAR - full);
        tg_text_printf(to, "] %lld/%lld  ", (long long)l->done, (long long)l->total);
    } else {
        tg_text_printf(to, "%lld  ", (long long)l->done);
    }
    put_count(to, rate * (double)(l->items > 0 ? l->items : 1));
    tg_text_printf(to, "/s");
    if (l->total > 0 && rate > 0) {
        tg_text_put(to, "  ", 2);
        put_seconds(to, (double)(l->total - l->done) / rate);
        tg_text_printf(to, " left");
    }
}

static void draw(Rt *rt, int64_t now) {
    Progress *p = rt->progress;
    struct winsize size;
    TgText line = {0};
    put_line(rt, &line, now);
    int64_t columns =
        ioctl(STDERR_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 1 ? size.ws_col - 1 : 79;
    if (line.n > columns) line.n = columns;
    TgText whole = {0};
    tg_text_put(&whole, "\r", 1);
    tg_text_put(&whole, line.at, line.n);
    tg_text_printf(&whole, "\033[K");
    fd_write(STDERR_FILENO, whole.at, whole.n);
    tg_text_free(&whole);
    tg_text_free(&line);
    p->visible = 1;
    p->drawn = now;
}

void progress_begin(Rt *rt, int64_t id, int64_t total, int64_t items, int64_t shown) {
    Progress *p = rt->progress;
    if (!p || !shown || p->n == DEEPEST) return;
    p->loops[p->n++] = (Running){id, total, items, 0, tgrt_now()};
    p->calls = 0;
    p->stride = 1;
    p->looked = tgrt_now();
}

void progress_step(Rt *rt, int64_t id) {
    Progress *p = rt->progress;
    if (!p || p->n == 0 || p->loops[p->n - 1].id != id) return;
    p->loops[p->n - 1].done++;
    if (++p->calls % p->stride) return;
    int64_t now = tgrt_now();
    if (now - p->looked < 1000000 && p->stride < 1 << 20)
        p->stride *= 2; /* cheap iterations: look less often */
    p->looked = now;
    if (now - p->drawn >= REDRAW_NANOSECONDS) draw(rt, now);
}

void progress_end(Rt *rt, int64_t id) {
    Progress *p = rt->progress;
    if (!p || p->n == 0 || p->loops[p->n - 1].id != id) return;
    p->n--;
    p->calls = 0;
    p->stride = 1;
    if (p->n == 0) progress_hide(rt);
}
