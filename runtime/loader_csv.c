/* loader_csv.c: a table of numbers from text: fields between commas (or semicolons, tabs, blanks:
   whichever the first line has), quoted or not; a header is recognised; columns are chosen by name
   or number. What is missing or no number is refused with its row and column. Gives [rows, columns]
   of one type. */
#include "runtime/rt.h"
#include "runtime/number.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

typedef struct Csv Csv;
struct Csv {
    const char *at, *end; /* at: what comes next */
    char separator;       /* ' ': runs of blanks */
    int64_t line,
        row; /* row counts from 1, the header not counted; line is that of the row's start */
    int64_t newlines; /* inside quotes of this row */
    const CsvWants *wants;
    char **header;   /* names, NULL: none */
    int64_t columns; /* of the file */
    int64_t *slots;  /* by column of the file: column of the result, or -1 */
    int64_t width;   /* columns of the result */
    int ended;       /* the row's last field was taken */
};

static int at_row_end(const Csv *c) {
    return c->at == c->end || *c->at == '\n' ||
           (*c->at == '\r' && (c->at + 1 == c->end || c->at[1] == '\n'));
}

static void skip_blanks(Csv *c) {
    while (c->at < c->end && (*c->at == ' ' || (*c->at == '\t' && c->separator != '\t'))) c->at++;
}

/* after a field: takes the separator, or notes the row's end; 0 when neither stands there */
static int end_field(Csv *c) {
    const char *before = c->at;
    skip_blanks(c);
    c->ended = at_row_end(c);
    if (c->ended) {
        if (c->at < c->end && *c->at == '\r') c->at++;
        if (c->at < c->end) c->at++;
        return 1;
    }
    if (c->separator == ' ') return c->at > before;
    if (*c->at != c->separator) return 0;
    c->at++;
    return 1;
}

/* takes the next field as text, quotes removed */
static int take_text(Csv *c, TgText *text) {
    text->n = 0;
    tg_text_put(text, "", 0);
    skip_blanks(c);
    if (c->at < c->end && *c->at == '"') {
        for (c->at++; c->at < c->end; c->at++) {
            if (*c->at == '"' && (c->at + 1 == c->end || c->at[1] != '"')) break;
            c->at += *c->at == '"';
            c->newlines += *c->at == '\n';
            tg_text_put(text, c->at, 1);
        }
        if (c->at == c->end) return 0;
        c->at++;
        return end_field(c);
    }
    const char *from = c->at;
    while (!at_row_end(c) && *c->at != c->separator && !(c->separator == ' ' && *c->at == '\t'))
        c->at++;
    const char *to = c->at;
    while (to > from && (to[-1] == ' ' || to[-1] == '\t')) to--;
    tg_text_put(text, from, to - from);
    return end_field(c);
}

/* blank lines do not count */
static int find_row(Csv *c) {
    for (;;) {
        skip_blanks(c);
        if (c->at == c->end) return 0;
        if (!at_row_end(c)) break;
        c->at += *c->at == '\r' ? 2 : 1;
        if (c->at > c->end) c->at = c->end;
        c->line++;
    }
    c->ended = 0;
    return 1;
}

static void next_line(Csv *c) {
    c->line += 1 + c->newlines;
    c->newlines = 0;
}

/* ---- values ---- */

/* digits that are too large for the type are no value of it, other than "inf" */
static int store_float(Loaded *out, int64_t i, const char *from, const char *to) {
    TgTensor one = {out->heap, out->dtype, 0, {0}};
    double d = 0;
    int ok = 1;
    if (out->dtype == TG_F64)
        ok = number_double(from, to, &((double *)out->heap)[i]);
    else if (out->dtype == TG_F32)
        ok = number_float(from, to, &((float *)out->heap)[i]);
    else
        ok = number_double(from, to, &d);
    if (out->dtype == TG_F16) ((uint16_t *)out->heap)[i] = tg_f64_to_f16(d);
    if (out->dtype == TG_BF16) ((uint16_t *)out->heap)[i] = tg_f64_to_bf16(d);
    double stored = ok ? tg_get_double(&one, i) : 0;
    return ok && (stored - stored == 0 || number_end(from, to) != to);
}

/* stores one value; 0: the text is no value of the type */
static int store(Loaded *out, int64_t i, const char *from, const char *to) {
    if (tg_dtype_is_float(out->dtype)) return store_float(out, i, from, to);
    int64_t n;
    if (!number_int(from, to, &n) && !(out->dtype == TG_BOOL && number_bool(from, to, &n)))
        return 0;
    if (out->dtype == TG_I64)
        ((int64_t *)out->heap)[i] = n;
    else if (out->dtype == TG_I32 && n == (int32_t)n)
        ((int32_t *)out->heap)[i] = (int32_t)n;
    else if (out->dtype == TG_U8 && n >= 0 && n <= 255)
        ((uint8_t *)out->heap)[i] = (uint8_t)n;
    else if (out->dtype == TG_BOOL && (n == 0 || n == 1))
        ((uint8_t *)out->heap)[i] = (uint8_t)n;
    else
        return 0;
    return 1;
}

static int refuse(const Csv *c, int64_t column, int64_t dtype, const char *text, int64_t n,
                  RtError *e) {
    char name[220] = "";
    if (c->header) snprintf(name, sizeof name, " ('%.200s')", c->header[column]);
    static const char *const gaps[] = {"", "NA", "N/A", "na", "null", "NULL", "None", "?"};
    int missing = 0;
    for (size_t i = 0; i < sizeof gaps / sizeof *gaps; i++)
        missing |= (int64_t)strlen(gaps[i]) == n && memcmp(gaps[i], text, (size_t)n) == 0;
    if (missing)
        return rt_error(e, "row %lld (line %lld), column %lld%s: the value is missing",
                        (long long)c->row, (long long)c->line, (long long)column, name);
    const char *mixed = c->row == 1 && !c->header && n && isalpha((unsigned char)text[0])
                            ? "; a first line of names and numbers is a header only where "
                              "columns are chosen by name"
                            : "";
    return rt_error(e, "row %lld (line %lld), column %lld%s: '%.*s' is not of type %s%s",
                    (long long)c->row, (long long)c->line, (long long)column, name,
                    n > 100 ? 100 : (int)n, text, tg_dtype_name(dtype), mixed);
}

static int take_value(Csv *c, Loaded *out, int64_t column, int64_t place, TgText *text,
                      RtError *e) {
    const char *from = c->at;
    while (from < c->end && *from == ' ') from++;
    const char *to = number_end(from, c->end);
    if (to > from) { /* the usual: a plain number, then a separator */
        c->at = to;
        if (end_field(c))
            return store(out, place, from, to) || refuse(c, column, out->dtype, from, to - from, e);
        c->at = from;
    }
    if (!take_text(c, text))
        return rt_error(e,
                        "row %lld (line %lld), column %lld: text follows a quoted field, or the "
                        "quote does not end",
                        (long long)c->row, (long long)c->line, (long long)column);
    return store(out, place, text->at, text->at + text->n) ||
           refuse(c, column, out->dtype, text->at, text->n, e);
}

static int take_row(Csv *c, Loaded *out, TgText *text, RtError *e) {
    int64_t column = 0;
    c->row++;
    for (; !c->ended; column++) {
        int64_t slot = column < c->columns ? c->slots[column] : -1;
        if (slot >= 0) {
            if (!take_value(c, out, column, (c->row - 1) * c->width + slot, text, e)) return 0;
        } else if (!take_text(c, text)) {
            return rt_error(e,
                            "row %lld (line %lld), column %lld: text follows a quoted field, or "
                            "the quote does not end",
                            (long long)c->row, (long long)c->line, (long long)column);
        }
    }
    next_line(c);
    if (column == c->columns) return 1;
    c->line--;
    return rt_error(e, "row %lld (line %lld) has %lld columns, the first has %lld",
                    (long long)c->row, (long long)c->line, (long long)column,
                    (long long)c->columns);
}

/* ---- the first row ---- */

/* whether a line has the separator outside of quotes (a blank only inside of it) */
static int line_has(const char *at, const char *end, char separator) {
    const char *line = memchr(at, '\n', (size_t)(end - at));
    int quoted = 0;
    if (!line) line = end;
    while (line > at && (line[-1] == ' ' || line[-1] == '\r')) line--;
    while (at < line && *at == ' ') at++;
    for (; at < line; at++) {
        quoted ^= *at == '"';
        if (*at == separator && !quoted) return 1;
    }
    return 0;
}

/* Blanks separate when the line after the first has them too: the name of a single column may hold
   one. */
static void find_separator(Csv *c) {
    const char *next = memchr(c->at, '\n', (size_t)(c->end - c->at));
    c->separator = ',';
    for (const char *k = ",;\t|"; *k; k++)
        if (line_has(c->at, c->end, *k)) {
            c->separator = *k;
            return;
        }
    while (next && next < c->end && strchr(" \r\n", *next) && *next) next++;
    if (line_has(c->at, c->end, ' ') &&
        (!next || next == c->end || line_has(next, c->end, ' ') || line_has(next, c->end, '\t')))
        c->separator = ' ';
}

static int take_first(Csv *c, RtError *e) {
    TgText text = {0};
    int64_t cap = 0, ok = 1;
    while (ok && !c->ended) {
        ok = take_text(c, &text);
        if (!ok)
            rt_error(e, "line %lld: text follows a quoted field, or the quote does not end",
                     (long long)c->line);
        if (ok && c->columns == cap) {
            cap = cap ? cap * 2 : 16;
            char **grown = realloc(c->header, (size_t)cap * sizeof *grown);
            ok = grown != NULL || rt_error(e, "out of memory");
            if (grown) c->header = grown;
        }
        if (ok) c->header[c->columns++] = strdup(text.at);
    }
    tg_text_free(&text);
    return (int)ok;
}

static int64_t named_column(const Csv *c, const char *name) {
    int64_t found = -1;
    for (int64_t i = 0; i < c->columns; i++)
        if (!strcmp(c->header[i], name)) {
            if (found >= 0) return -2;
            found = i;
        }
    return found;
}

static int choose_columns(Csv *c, RtError *e) {
    const CsvWants *w = c->wants;
    c->width = w->n ? w->n : c->columns;
    c->slots = malloc((size_t)c->columns * sizeof *c->slots);
    if (!c->slots) return rt_error(e, "out of memory");
    for (int64_t i = 0; i < c->columns; i++) c->slots[i] = w->n ? -1 : i;
    for (int64_t i = 0; i < w->n; i++) {
        int64_t at = w->names ? named_column(c, w->names[i])
                              : w->numbers[i] + (w->numbers[i] < 0 ? c->columns : 0);
        if (w->names && at == -2)
            return rt_error(e, "has more than one column '%.200s'", w->names[i]);
        if (w->names && at < 0) {
            TgText all = {0};
            for (int64_t k = 0; k < c->columns; k++)
                tg_text_printf(&all, "%s'%s'", k ? ", " : "", c->header[k]);
            rt_error(e, "has no column '%s'; its first line has %.1500s", w->names[i], all.at);
            tg_text_free(&all);
            return 0;
        }
        if (at < 0 || at >= c->columns)
            return rt_error(e, "has no column %lld; it has %lld, numbered from 0",
                            (long long)w->numbers[i], (long long)c->columns);
        if (c->slots[at] >= 0) return rt_error(e, "column %lld is asked for twice", (long long)at);
        c->slots[at] = i;
    }
    return 1;
}

/* A first row is a header when columns are chosen by name, or when no chosen column has a number in
   it, and some have text. One with numbers and text is data, and refused as such. */
static int is_header(const Csv *c) {
    int texts = 0;
    if (c->wants->names) return 1;
    for (int64_t i = 0; i < c->columns; i++) {
        const char *text = c->header[i], *end = text + strlen(text);
        double d;
        int64_t n;
        if (c->slots[i] < 0 || !*text) continue;
        if (number_double(text, end, &d) || number_bool(text, end, &n)) return 0;
        texts++;
    }
    return texts > 0;
}

static void free_header(Csv *c) {
    for (int64_t i = 0; c->header && i < c->columns; i++) free(c->header[i]);
    free(c->header);
    c->header = NULL;
}

static int64_t count_lines(const char *at, const char *end) {
    int64_t n = 1;
    while ((at = memchr(at, '\n', (size_t)(end - at))) != NULL) {
        n++;
        at++;
    }
    return n;
}

/* lines of comment at the top of the file: they begin with # */
static void skip_comments(Csv *c) {
    while (find_row(c) && *c->at == '#') {
        const char *next = memchr(c->at, '\n', (size_t)(c->end - c->at));
        c->at = next ? next + 1 : c->end;
        c->line++;
    }
}

static int take_table(Csv *c, Loaded *out, RtError *e) {
    TgText text = {0};
    skip_comments(c);
    if (!find_row(c)) return rt_error(e, "is empty");
    find_separator(c);
    const char *first = c->at;
    if (!take_first(c, e) || !choose_columns(c, e)) return 0;
    if (is_header(c)) {
        next_line(c);
    } else {
        c->at = first;
        c->newlines = 0;
        free_header(c);
    }
    out->rank = 2;
    out->dims[0] = c->at < c->end ? count_lines(c->at, c->end) : 0;
    out->dims[1] = c->width;
    if (!loaded_alloc(out, e)) return 0;
    int ok = 1;
    while (ok && find_row(c)) ok = take_row(c, out, &text, e);
    out->dims[0] = c->row;
    tg_text_free(&text);
    return ok;
}

int load_csv(const char *path, const CsvWants *wants, Loaded *out, RtError *e) {
    File file;
    *out = (Loaded){.dtype = wants->dtype};
    if (!file_open(path, &file, e)) return 0;
    Csv c = {.at = (const char *)file.at,
             .end = (const char *)file.at + file.n,
             .line = 1,
             .wants = wants,
             .separator = ','};
    if (file.n >= 3 && memcmp(file.at, "\xef\xbb\xbf", 3) == 0) c.at += 3;
    int ok = take_table(&c, out, e);
    free_header(&c);
    free(c.slots);
    file_close(&file);
    if (ok) return 1;
    loaded_free(out);
    return rt_error_in(e, path);
}
