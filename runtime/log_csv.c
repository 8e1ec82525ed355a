/* log_csv.c: the first line of a .csv log. A name that is logged for the first time makes a new
   column: the file is written again with it, and the rows before get an empty field. */
#include "runtime/log.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

void csv_put_name(TgText *to, const char *name) {
    if (!name[strcspn(name, ",\"\n\r")]) {
        tg_text_printf(to, "%s", name);
        return;
    }
    tg_text_put(to, "\"", 1);
    for (const char *c = name; *c; c++) tg_text_put(to, *c == '"' ? "\"\"" : c, *c == '"' ? 2 : 1);
    tg_text_put(to, "\"", 1);
}

static int64_t count_fields(const char *line, int64_t n) {
    int64_t fields = 1, quoted = 0;
    for (int64_t i = 0; i < n; i++) {
        quoted ^= line[i] == '"';
        fields += line[i] == ',' && !quoted;
    }
    return fields;
}

/* text: a whole log, or nothing; the same with the header that the columns need now */
static void put_with_header(const Log *log, const char *text, int64_t n, TgText *to) {
    tg_text_put(to, "step", 4);
    for (int64_t i = 0; i < log->ncolumns; i++) {
        tg_text_put(to, ",", 1);
        csv_put_name(to, log->columns[i]);
    }
    tg_text_put(to, "\n", 1);
    const char *at = text, *end = text + n;
    for (int first = 1; at < end; first = 0) {
        const char *next = memchr(at, '\n', (size_t)(end - at));
        int64_t length = (next ? next : end) - at;
        if (!first) {
            tg_text_put(to, at, length);
            tg_text_fill(to, ',', log->ncolumns + 1 - count_fields(at, length));
            tg_text_put(to, "\n", 1);
        }
        at += length + 1;
    }
}

int csv_header(Log *log, RtError *e) {
    TgText whole = {0};
    if (log->held || log->lines == 0) { /* all there is stands in the text */
        put_with_header(log, log->text.at, log->text.n, &whole);
        tg_text_free(&log->text);
        log->text = whole;
        return 1;
    }
    if (!log->regular)
        return rt_error(e, "%s cannot get another column: it is no regular file", log->path);
    File file;
    if (!file_open(log->path, &file, e)) return 0;
    put_with_header(log, (const char *)file.at, file.n, &whole);
    file_close(&file);
    Part part = {whole.at, whole.n};
    int ok = file_write(log->path, &part, 1, e);
    tg_text_free(&whole);
    if (!ok) return 0;
    close(log->fd);
    log->fd = open(log->path, O_RDWR | O_CLOEXEC);
    if (log->fd < 0 || lseek(log->fd, 0, SEEK_END) < 0)
        return rt_error(e, "cannot write %s: %s", log->path, strerror(errno));
    return 1;
}

/* the columns that the file's first line names; 0: it has none */
int csv_read_columns(Log *log, const char *text, int64_t n) {
    const char *end = memchr(text ? text : "", '\n', text ? (size_t)n : 0), *at = text;
    if (!end) return 0;
    for (int64_t field = 0; at < end; field++, at++) {
        TgText name = {0};
        tg_text_put(&name, "", 0);
        int quoted = 0;
        for (; at < end && (quoted || *at != ','); at++) {
            if (*at == '"') quoted = !quoted;
            if (*at != '"' || (quoted && at > text && at[-1] == '"')) tg_text_put(&name, at, 1);
        }
        char **grown =
            field ? realloc(log->columns, (size_t)(log->ncolumns + 1) * sizeof *grown) : NULL;
        if (!grown) {
            tg_text_free(&name);
            if (field) return 0;
            continue;
        }
        log->columns = grown;
        log->columns[log->ncolumns++] = name.at;
    }
    return 1;
}
