/* trap.c: what ends a program by its own doing: a failed assertion, a trap that a kernel set, a
 * stop in the host. */
#include "runtime/rt.h"

#include <stdlib.h>

void tgrt_assert_failed(TgContext *ctx, const TgSite *site, const TgPiece *pieces, int64_t n,
                        const TgTensor *values) {
    Rt *rt = rt_of(ctx);
    char *text = rt_path(rt, pieces, n, values);
    rt_stop(rt, site->file, site->line, "%s", text);
}

void tgrt_trap(TgContext *ctx) {
    Rt *rt = rt_of(ctx);
    for (int64_t i = 0; i < rt->program->ntraps; i++) {
        const TgSite *site = &rt->program->traps[i];
        if (ctx->traps[i]) rt_stop(rt, site->file, site->line, "%s", site->what);
    }
    rt_stop(rt, NULL, 0, "internal error: a trap without a place");
}

void tgrt_stop(TgContext *ctx, const TgSite *site, const char *message) {
    rt_stop(rt_of(ctx), site->file, site->line, "%s", message);
}
