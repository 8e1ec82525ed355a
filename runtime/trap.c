/* trap.c: what ends a program by its own doing: a failed assertion, a trap that a kernel set, a
 * stop in the host. */
#include "runtime/rt.h"

#include <stdio.h>
#include <stdlib.h>

void tgrt_assert_failed(TgContext *ctx, const TgSite *site, const TgPiece *pieces, int64_t n,
                        const TgTensor *values) {
    Rt *rt = rt_of(ctx);
    char *text = rt_path(rt, pieces, n, values);
    rt_stop(rt, site->file, site->line, "%s", text);
}

/* the message, with the values of the site in the places of its %; %- counts a negative one from
 * the end again */
static void trap_text(char *out, size_t room, const char *what, const uint64_t *values) {
    size_t n = 0;
    for (int used = 0; *what && n + 24 < room; what++) {
        if (*what != '%' || used == 2) {
            out[n++] = *what;
            continue;
        }
        int64_t value = (int64_t)values[used++];
        if (what[1] == '-' && value < 0) value -= (int64_t)values[1];
        what += what[1] == '-';
        n += (size_t)snprintf(out + n, room - n, "%lld", (long long)value);
    }
    out[n] = 0;
}

void tgrt_trap(TgContext *ctx) {
    Rt *rt = rt_of(ctx);
    for (int64_t i = 0; i < rt->program->ntraps; i++) {
        const TgSite *site = &rt->program->traps[i];
        if (ctx->traps[i]) {
            char text[512];
            trap_text(text, sizeof text, site->what, ctx->trap_values + 2 * i);
            rt_stop(rt, site->file, site->line, "%s", text);
        }
    }
    rt_stop(rt, NULL, 0, "internal error: a trap without a place");
}

void tgrt_stop(TgContext *ctx, const TgSite *site, const char *message) {
    rt_stop(rt_of(ctx), site->file, site->line, "%s", message);
}
