/* log.c: what `log` records, into --log FILE: .csv (a column a name, a row a step), .jsonl (an
   object a step), or a TensorBoard folder. Values logged one after the other for one step are one
   row. Checkpoints keep the counters and the number of rows, and a resumed program cuts the file
   back to them. */
#define _GNU_SOURCE /* O_CLOEXEC, fdatasync */
#include "runtime/log.h"

#include <errno.h>
#include <fcntl.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { BLOCK = 1 << 15 };
#define FLUSH_NANOSECONDS 200000000

static _Noreturn void log_failed(Rt *rt) {
    Log *log = rt->log;
    rt->log = NULL; /* rt_stop would close it */
    rt_stop_here(rt, "cannot write %s: %s", log->path, strerror(errno));
}

static void flush(Rt *rt) {
    Log *log = rt->log;
    if (log->held) return;
    if (log->text.n && !fd_write(log->fd, log->text.at, log->text.n)) log_failed(rt);
    log->text.n = 0;
    log->flushed = tgrt_now();
}

/* ---- opening ---- */

static int ends_with(const char *path, const char *ending) {
    size_t n = strlen(path), m = strlen(ending);
    return n >= m && !strcmp(path + n - m, ending);
}

static int find_kind(const char *path, Log *log, RtError *e) {
    struct stat st;
    const char *slash = strrchr(path, '/'), *name = slash ? slash + 1 : path;
    int folder = !*name || !strchr(name, '.') || (stat(path, &st) == 0 && S_ISDIR(st.st_mode));
    log->kind = ends_with(path, ".csv")     ? LOG_CSV
                : ends_with(path, ".jsonl") ? LOG_JSONL
                                            : LOG_TENSORBOARD;
    if (log->kind == LOG_TENSORBOARD && !folder)
        return rt_error(e, "--log %s: expected a file ending in .csv or .jsonl, or a folder", path);
    if (log->kind == LOG_TENSORBOARD && mkdir(path, 0777) != 0 && errno != EEXIST)
        return rt_error(e, "cannot make the folder %s: %s", path, strerror(errno));
    TgText whole = {0};
    tg_text_printf(&whole, "%s%s", path,
                   log->kind == LOG_TENSORBOARD ? "/events.out.tfevents.0.tg" : "");
    log->path = whole.at;
    return 1;
}

int log_open(Rt *rt, RtError *e) {
    const char *path = rt->options.log;
    if (!path) return 1;
    Log *log = calloc(1, sizeof *log);
    if (!log) return rt_error(e, "out of memory");
    if (!find_kind(path, log, e)) return 0;
    log->held = rt->context->resume != 0;
    log->fd = open(log->path, O_RDWR | O_CREAT | O_CLOEXEC | (log->held ? 0 : O_TRUNC), 0666);
    if (log->fd < 0) return rt_error(e, "cannot write %s: %s", log->path, strerror(errno));
    struct stat st;
    log->regular = fstat(log->fd, &st) == 0 && S_ISREG(st.st_mode);
    rt->log = log;
    return 1;
}

/* ---- rows ---- */

static LogName *find_name(Log *log, const char *name) {
    for (int64_t i = 0; i < log->nnames; i++)
        if (!strcmp(log->names[i].name, name)) return &log->names[i];
    LogName *grown = realloc(log->names, (size_t)(log->nnames + 1) * sizeof *grown);
    if (!grown) return NULL;
    log->names = grown;
    log->names[log->nnames] = (LogName){strdup(name), 0};
    return &log->names[log->nnames++];
}

static int64_t column_of(Log *log, const char *name) {
    for (int64_t i = 0; i < log->ncolumns; i++)
        if (!strcmp(log->columns[i], name)) return i;
    return -1;
}

static int add_columns(Rt *rt) {
    Log *log = rt->log;
    int added = 0;
    for (int64_t i = 0; i < log->nrow; i++) {
        if (column_of(log, log->row[i].name) >= 0) continue;
        char **grown = realloc(log->columns, (size_t)(log->ncolumns + 1) * sizeof *grown);
        if (!grown) return added;
        log->columns = grown;
        log->columns[log->ncolumns++] = strdup(log->row[i].name);
        added = 1;
    }
    return added;
}

static void put_csv_row(Rt *rt) {
    Log *log = rt->log;
    RtError e;
    if (add_columns(rt)) {
        flush(rt);
        if (!csv_header(log, &e)) rt_stop_here(rt, "%s", e.text);
    }
    tg_text_printf(&log->text, "%lld", (long long)log->step);
    for (int64_t k = 0; k < log->ncolumns; k++) {
        tg_text_put(&log->text, ",", 1);
        for (int64_t i = 0; i < log->nrow; i++)
            if (column_of(log, log->row[i].name) == k)
                tg_text_printf(&log->text, "%s", log->row[i].text);
    }
    tg_text_put(&log->text, "\n", 1);
    log->lines++;
}

static void put_jsonl_row(Log *log) {
    tg_text_printf(&log->text, "{\"step\": %lld", (long long)log->step);
    for (int64_t i = 0; i < log->nrow; i++) {
        tg_text_printf(&log->text, ", \"");
        for (const char *c = log->row[i].name; *c; c++) {
            if (*c == '"' || *c == '\\')
                tg_text_printf(&log->text, "\\%c", *c);
            else if ((unsigned char)*c < 0x20)
                tg_text_printf(&log->text, "\\u%04x", *c);
            else
                tg_text_put(&log->text, c, 1);
        }
        tg_text_printf(&log->text, "\": %s",
                       isfinite(log->row[i].value) ? log->row[i].text : "null");
    }
    tg_text_put(&log->text, "}\n", 2);
    log->lines++;
}

static void put_events(Log *log) {
    int64_t before = log->text.n;
    if (log->lines == 0) tensorboard_begin(&log->text);
    for (int64_t i = 0; i < log->nrow; i++)
        tensorboard_scalar(&log->text, log->row[i].name, log->step, log->row[i].value);
    log->lines += log->text.n - before;
}

static void end_row(Rt *rt) {
    Log *log = rt->log;
    if (log->nrow == 0) return;
    if (log->kind == LOG_CSV)
        put_csv_row(rt);
    else if (log->kind == LOG_JSONL)
        put_jsonl_row(log);
    else
        put_events(log);
    for (int64_t i = 0; i < log->nrow; i++) free(log->row[i].name);
    log->nrow = 0;
    if (log->text.n > BLOCK || tgrt_now() - log->flushed > FLUSH_NANOSECONDS) flush(rt);
}

/* the fewest digits that read back as the same value of the type */
static void shortest(const TgTensor *t, int64_t i, Cell *cell) {
    cell->value = tg_get_double(t, i);
    if (!tg_dtype_is_float(t->dtype)) {
        snprintf(cell->text, sizeof cell->text, "%lld", (long long)tg_get_int(t, i));
        return;
    }
    if (cell->value != cell->value) {
        strcpy(cell->text, "nan");
        return;
    }
    for (int digits = 3; digits <= 17; digits++) {
        snprintf(cell->text, sizeof cell->text, "%.*g", digits, cell->value);
        double back = strtod(cell->text, NULL);
        if (t->dtype == TG_F64 ? back == cell->value
                               : strtof(cell->text, NULL) == (float)cell->value)
            return;
    }
}

static void put_cell(Rt *rt, const char *name, const TgTensor *t, int64_t i) {
    Log *log = rt->log;
    Cell *grown = realloc(log->row, (size_t)(log->nrow + 1) * sizeof *grown);
    if (!grown) rt_stop_here(rt, "out of memory");
    log->row = grown;
    log->row[log->nrow].name = strdup(name);
    shortest(t, i, &log->row[log->nrow++]);
}

/* "w" for a scalar, "w[1, 2]" for an element */
static void element_name(TgText *to, const char *name, const TgTensor *t, int64_t i) {
    to->n = 0;
    tg_text_printf(to, "%s", name);
    for (int64_t k = 0, stride = tg_count(t); k < t->rank; k++) {
        stride /= t->dims[k];
        tg_text_printf(to, k ? " %lld" : "[%lld", (long long)(i / stride % t->dims[k]));
    }
    if (t->rank) tg_text_put(to, "]", 1);
}

static int in_row(const Log *log, const char *name) {
    for (int64_t i = 0; i < log->nrow; i++)
        if (!strcmp(log->row[i].name, name)) return 1;
    return 0;
}

/* whether a piece of the name uses that value */
static int in_name(const TgPiece *pieces, int64_t n, int64_t value) {
    for (int64_t i = 0; i < n; i++)
        if ((pieces[i].kind == 1 || pieces[i].kind > 2) && pieces[i].index == value) return 1;
    return 0;
}

static void record(Rt *rt, const char *name, const TgTensor *t, int64_t step) {
    Log *log = rt->log;
    TgText element = {0};
    for (int64_t i = 0; i < tg_count(t); i++) {
        element_name(&element, name, t, i);
        if (log->nrow && (log->step != step || in_row(log, element.at))) end_row(rt);
        log->step = step;
        put_cell(rt, element.at, t, i);
    }
    tg_text_free(&element);
}

void tgrt_log(TgContext *ctx, const TgSite *site, const TgPiece *pieces, int64_t nname,
              const TgTensor *values, int64_t nvalues, int64_t step) {
    Rt *rt = rt_of(ctx);
    if (!rt->log) return;
    rt->site = site;
    char *name = rt_path(rt, pieces, nname, values);
    LogName *counter = find_name(rt->log, *name ? name : "value");
    if (!counter) rt_stop_here(rt, "out of memory");
    counter->count++;
    if (step < 0) step = counter->count;
    TgText numbered = {0};
    int64_t recorded = 0;
    for (int64_t i = 0; i < nvalues; i++) {
        if (in_name(pieces, nname, i)) continue;
        numbered.n = 0;
        tg_text_printf(&numbered, recorded ? "%s.%lld" : "%s", counter->name, (long long)recorded);
        record(rt, numbered.at, &values[i], step);
        recorded++;
    }
    tg_text_free(&numbered);
    free(name);
}

/* ---- checkpoints ---- */

void log_save(Rt *rt, TgText *to) {
    Log *log = rt->log;
    if (!log) return;
    end_row(rt);
    flush(rt);
    fdatasync(log->fd);
    tg_text_printf(to, "%d %lld\n", (int)log->kind, (long long)log->lines);
    for (int64_t i = 0; i < log->nnames; i++) {
        tg_text_printf(to, "%lld %lld ", (long long)log->names[i].count,
                       (long long)strlen(log->names[i].name));
        tg_text_printf(to, "%s\n", log->names[i].name);
    }
}

/* the byte after the file's first n lines (the header not counted); fewer lines: its end, and
 * *found tells */
static int64_t place_of_line(const File *f, int64_t n, int header, int64_t *found) {
    const uint8_t *at = f->at, *end = f->at + f->n;
    *found = header ? -1 : 0;
    while (*found < n && at < end) {
        const uint8_t *next = memchr(at, '\n', (size_t)(end - at));
        if (!next) break; /* a line that was cut off goes */
        at = next + 1;
        *found += 1;
    }
    return at - f->at;
}

/* cuts the file back to what it was when `lines` was saved */
static void cut_back(Rt *rt, int64_t lines) {
    Log *log = rt->log;
    File file;
    RtError e;
    if (!file_open(log->path, &file, &e)) rt_stop_here(rt, "%s", e.text);
    int64_t found = file.n, place = lines < file.n ? lines : file.n;
    if (log->kind != LOG_TENSORBOARD)
        place = place_of_line(&file, lines, log->kind == LOG_CSV, &found);
    if (log->kind == LOG_CSV && !csv_read_columns(log, (const char *)file.at, file.n)) found = -1;
    file_close(&file);
    if (found < lines) {
        rt_notice(rt, "%s is shorter than it was at the checkpoint: its end is missing", log->path);
        lines = found < 0 ? 0 : found;
    }
    if (ftruncate(log->fd, place) != 0 || lseek(log->fd, place, SEEK_SET) < 0) log_failed(rt);
    log->lines = lines;
}

static void restore_names(Log *log, const char *from, const char *end) {
    while (from < end) {
        char *after;
        int64_t count = strtoll(from, &after, 10), length = strtoll(after, &after, 10);
        if (length < 0 || length + 2 > end - after) return;
        char *name = strndup(after + 1, (size_t)length);
        LogName *counter = name ? find_name(log, name) : NULL;
        if (counter) counter->count = count;
        free(name);
        from = after + 1 + length + 1;
    }
}

static void forget(Log *log) {
    for (int64_t i = 0; i < log->nrow; i++) free(log->row[i].name);
    for (int64_t i = 0; i < log->nnames; i++) free(log->names[i].name);
    for (int64_t i = 0; i < log->ncolumns; i++) free(log->columns[i]);
    log->nrow = log->nnames = log->ncolumns = 0;
    log->text.n = 0;
    log->lines = 0;
}

void log_resume(Rt *rt, const char *from, int64_t n) {
    Log *log = rt->log;
    if (!log || !log->held) return;
    log->held = 0;
    if (!from || n == 0) { /* nothing to continue: what was held is the beginning */
        if (ftruncate(log->fd, 0) != 0) log_failed(rt);
        return;
    }
    forget(log);
    TgText copy = {0};
    tg_text_put(&copy, from, n);
    char *after;
    int64_t kind = strtoll(copy.at, &after, 10), lines = strtoll(after, &after, 10);
    restore_names(log, after + (*after == '\n'), copy.at + copy.n);
    tg_text_free(&copy);
    if (kind == (int64_t)log->kind) {
        cut_back(rt, lines);
    } else {
        rt_notice(rt, "the log of the checkpoint was of another kind: %s begins here", log->path);
        if (ftruncate(log->fd, 0) != 0) log_failed(rt);
    }
}

void log_close(Rt *rt) {
    Log *log = rt->log;
    if (!log) return;
    log_resume(rt, NULL, 0);
    end_row(rt);
    flush(rt);
    rt->log = NULL;
    int ok = close(log->fd) == 0;
    if (!ok) rt_stop_here(rt, "cannot write %s: %s", log->path, strerror(errno));
    forget(log);
    free(log->names);
    free(log->row);
    free(log->columns);
    tg_text_free(&log->text);
    free(log->path);
    free(log);
}
