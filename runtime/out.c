/* out.c: standard output, notices and the end of a program that cannot go on. A pipe or terminal
   gets each print at once, a file gets blocks; what cannot be written stops the program. */
#include "runtime/rt.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { BLOCK = 1 << 16 };

void out_open(Out *out) {
    struct stat st;
    out->direct = fstat(STDOUT_FILENO, &st) != 0 || !S_ISREG(st.st_mode);
    out->at = malloc(BLOCK);
    out->n = 0;
    if (!out->at) out->direct = 1;
}

_Noreturn static void out_failed(Rt *rt) {
    int why = errno;
    rt_stop_here(rt, "cannot write to standard output: %s", strerror(why));
}

void out_flush(Rt *rt) {
    int64_t n = rt->out.n;
    rt->out.n = 0;
    if (n && !fd_write(STDOUT_FILENO, rt->out.at, n)) out_failed(rt);
}

void out_put(Rt *rt, const char *text, int64_t n) {
    Out *out = &rt->out;
    if (!out->direct && out->n + n > BLOCK) out_flush(rt);
    if (out->direct || n > BLOCK) {
        progress_hide(rt);
        if (!fd_write(STDOUT_FILENO, text, n)) out_failed(rt);
        return;
    }
    memcpy(out->at + out->n, text, (size_t)n);
    out->n += n;
}

void rt_notice(Rt *rt, const char *format, ...) {
    if (rt->options.quiet) return;
    va_list args;
    progress_hide(rt);
    out_flush(rt);
    va_start(args, format);
    fprintf(stderr, "%s: ", rt->program->name);
    vfprintf(stderr, format, args);
    fputc('\n', stderr);
    va_end(args);
}

static _Noreturn void stop(Rt *rt, const char *file, int64_t line, const char *format,
                           va_list args) {
    TgText text = {0};
    progress_hide(rt);
    if (rt->out.n)
        fd_write(STDOUT_FILENO, rt->out.at, rt->out.n); /* the message to come matters more */
    rt->out.n = 0;
    if (file)
        tg_text_printf(&text, "%s:%lld: ", file, (long long)line);
    else
        tg_text_printf(&text, "%s: ", rt->program->name);
    char *message = NULL;
    va_list again;
    va_copy(again, args);
    int n = vsnprintf(NULL, 0, format, args);
    message = malloc((size_t)n + 1);
    if (message) vsnprintf(message, (size_t)n + 1, format, again);
    va_end(again);
    tg_text_printf(&text, "%s", message ? message : format);
    free(message);
    tg_text_put(&text, "\n", 1);
    fd_write(STDERR_FILENO, text.at, text.n);
    log_close(rt);
    _exit(EXIT_FAILURE);
}

void rt_stop(Rt *rt, const char *file, int64_t line, const char *format, ...) {
    va_list args;
    va_start(args, format);
    stop(rt, file, line, format, args);
}

void rt_stop_here(Rt *rt, const char *format, ...) {
    va_list args;
    va_start(args, format);
    stop(rt, rt->site ? rt->site->file : NULL, rt->site ? rt->site->line : 0, format, args);
}

static void put_pieces(TgContext *ctx, const TgSite *site, const TgPiece *pieces, int64_t n,
                       const TgTensor *values, const char *end) {
    Rt *rt = rt_of(ctx);
    rt->site = site;
    rt->text.n = 0;
    tg_format_pieces(&rt->text, pieces, n, values, ctx->arg_texts);
    tg_text_put(&rt->text, end, (int64_t)strlen(end));
    out_put(rt, rt->text.at, rt->text.n);
}

int64_t tgrt_arg_is(const TgContext *ctx, int64_t arg, const char *text, int64_t n) {
    const char *given = ctx->arg_texts[arg];
    if (!text) return strcmp(given, ctx->arg_texts[n]) == 0;
    return (int64_t)strlen(given) == n && memcmp(given, text, (size_t)n) == 0;
}

void tgrt_print(TgContext *ctx, const TgSite *site, const TgPiece *pieces, int64_t n,
                const TgTensor *values) {
    put_pieces(ctx, site, pieces, n, values, "\n");
}

void tgrt_write(TgContext *ctx, const TgSite *site, const TgPiece *pieces, int64_t n,
                const TgTensor *values) {
    put_pieces(ctx, site, pieces, n, values, "");
}
