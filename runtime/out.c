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
    rt_stop(rt, NULL, 0, "cannot write to standard output: %s", strerror(why));
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

void rt_stop(Rt *rt, const char *file, int64_t line, const char *format, ...) {
    va_list args;
    TgText text = {0};
    progress_hide(rt);
    if (rt->out.n)
        fd_write(STDOUT_FILENO, rt->out.at, rt->out.n); /* the message to come matters more */
    rt->out.n = 0;
    if (file)
        tg_text_printf(&text, "%s:%lld: ", file, (long long)line);
    else
        tg_text_printf(&text, "%s: ", rt->program->name);
    char message[4096];
    va_start(args, format);
    int n = vsnprintf(message, sizeof message, format, args);
    va_end(args);
    if (n < (int)sizeof message) {
        tg_text_put(&text, message, n);
    } else {
        char *whole = malloc((size_t)n + 1);
        va_start(args, format);
        if (whole) vsnprintf(whole, (size_t)n + 1, format, args);
        va_end(args);
        tg_text_printf(&text, "%s", whole ? whole : message);
        free(whole);
    }
    tg_text_put(&text, "\n", 1);
    fd_write(STDERR_FILENO, text.at, text.n);
    log_close(rt);
    _exit(EXIT_FAILURE);
}

static void put_pieces(TgContext *ctx, const TgPiece *pieces, int64_t n, const TgTensor *values,
                       const char *end) {
    Rt *rt = rt_of(ctx);
    rt->text.n = 0;
    tg_format_pieces(&rt->text, pieces, n, values, ctx->arg_texts);
    tg_text_put(&rt->text, end, (int64_t)strlen(end));
    out_put(rt, rt->text.at, rt->text.n);
}

void tgrt_print(TgContext *ctx, const TgPiece *pieces, int64_t n, const TgTensor *values) {
    put_pieces(ctx, pieces, n, values, "\n");
}

void tgrt_write(TgContext *ctx, const TgPiece *pieces, int64_t n, const TgTensor *values) {
    put_pieces(ctx, pieces, n, values, "");
}
