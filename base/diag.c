/* diag.c: collects diagnostics and prints them. Takes spans and messages, gives text on stderr (or
   kept, for tests). Keeps: at most LIMIT errors; an error's notes stand with it; what a rollback
   forgets was never printed. */
#include "base/diag.h"

#include <stdio.h>
#include <string.h>

#include "base/vec.h"

enum { LIMIT = 20, WARNINGS = 50, CONTEXT = 100 };

/* an error or a warning, with its notes and hints in its text */
typedef struct Entry Entry;
struct Entry {
    Span span;
    const char *code; /* "" for a warning */
    int is_error;
    const char *text;
};

struct Diag {
    Arena *arena;
    VEC(Entry) entries;
    int errors;
    int printed;   /* entries printed (or kept in `kept`) */
    int held;      /* a mark was made: print at diag_flush only */
    int attaching; /* the last report was taken: its notes are wanted */
    int capturing;
    const char *kept;
};

Diag *diag_new(Arena *arena) {
    Diag *diag = NEW(arena, Diag);
    diag->arena = arena;
    diag->kept = "";
    return diag;
}

int diag_count(const Diag *diag) {
    return diag->errors;
}

int diag_full(const Diag *diag) {
    return diag->errors >= LIMIT;
}

static int is_continuation(char c) {
    return ((unsigned char)c & 0xC0) == 0x80;
}

/* the part of a long line that is shown: from *from to *to, at character boundaries */
static void window(const char *text, size_t start, size_t length, size_t *from, size_t *to) {
    *from = start > CONTEXT ? start - CONTEXT : 0;
    while (*from > 0 && is_continuation(text[*from])) --*from;
    *to = length - *from > 2 * CONTEXT ? *from + 2 * CONTEXT : length;
    while (*to < length && is_continuation(text[*to])) ++*to;
}

/* "   12 | text" and the line under it with carets: one a character, as tabs where the text has
 * tabs */
static const char *excerpt(Arena *arena, Span span) {
    const Source *source = span.source;
    int line, column;
    source_place(source, span.start, &line, &column);
    const char *text = source->text + source->lines[line - 1];
    size_t length = strcspn(text, "\r\n");
    size_t start = (size_t)column - 1;
    if (start > length) start = length;
    size_t end = span.end > span.start ? start + (span.end - span.start) : start + 1;
    if (end > length) end = length;
    size_t from, to;
    window(text, start, length, &from, &to);
    if (end > to) end = to;

    VEC(char) shown = {0}, under = {0};
    for (size_t i = from; i < to; i++) {
        unsigned char c = (unsigned char)text[i];
        PUSH(arena, &shown, c == '\t' || (c >= 32 && c != 127) ? text[i] : '?');
        if (is_continuation(text[i]) && i != from) continue;
        if (i < start)
            PUSH(arena, &under, c == '\t' ? '\t' : ' ');
        else if (i == start || i < end)
            PUSH(arena, &under, '^');
    }
    if (start >= to) PUSH(arena, &under, '^');
    PUSH(arena, &shown, '\0');
    PUSH(arena, &under, '\0');
    return arena_printf(arena, "%5d | %s\n      | %s\n", line, shown.at, under.at);
}

/* "file:line:col: kind: message" and the place */
static const char *message(Arena *arena, Span span, const char *kind, const char *code,
                           const char *format, va_list args) {
    const char *text = arena_vprintf(arena, format, args);
    const char *suffix = *code ? arena_printf(arena, " [%s]", code) : "";
    if (!span.source) return arena_printf(arena, "tgc: %s: %s%s\n", kind, text, suffix);
    int line, column;
    source_place(span.source, span.start, &line, &column);
    return arena_printf(arena, "%s:%d:%d: %s: %s%s\n%s", span.source->path, line, column, kind,
                        text, suffix, excerpt(arena, span));
}

static void put(Diag *diag, const char *text) {
    if (diag->capturing)
        diag->kept = arena_printf(diag->arena, "%s%s", diag->kept, text);
    else
        fputs(text, stderr);
}

static void print_pending(Diag *diag) {
    for (; diag->printed < diag->entries.n; diag->printed++)
        put(diag, diag->entries.at[diag->printed].text);
}

static int is_repetition(const Diag *diag, Span span, const char *code) {
    for (int i = 0; i < diag->entries.n; i++) {
        const Entry *e = &diag->entries.at[i];
        if (e->span.source == span.source && e->span.start == span.start &&
            e->span.end == span.end && strcmp(e->code, code) == 0)
            return 1;
    }
    return 0;
}

static int report(Diag *diag, Span span, const char *code, int is_error, const char *format,
                  va_list args) {
    int warnings = diag->entries.n - diag->errors;
    int drop = is_error ? diag->errors >= LIMIT : warnings >= WARNINGS;
    diag->attaching = !drop && !is_repetition(diag, span, code);
    if (!diag->attaching) return 0;
    const char *kind = is_error ? "error" : "warning";
    Entry entry = {span, code, is_error, message(diag->arena, span, kind, code, format, args)};
    PUSH(diag->arena, &diag->entries, entry);
    diag->errors += is_error;
    if (!diag->held) print_pending(diag);
    return 1;
}

int diag_error(Diag *diag, Span span, const char *code, const char *format, ...) {
    va_list args;
    va_start(args, format);
    int taken = report(diag, span, code, 1, format, args);
    va_end(args);
    return taken;
}

int diag_warning(Diag *diag, Span span, const char *code, const char *format, ...) {
    va_list args;
    va_start(args, format);
    int taken = report(diag, span, code, 0, format, args);
    va_end(args);
    return taken;
}

/* adds to the last report */
static void attach(Diag *diag, const char *text) {
    if (diag->printed == diag->entries.n) {
        put(diag, text);
        return;
    }
    Entry *last = &diag->entries.at[diag->entries.n - 1];
    last->text = arena_printf(diag->arena, "%s%s", last->text, text);
}

void diag_note(Diag *diag, Span span, const char *format, ...) {
    if (!diag->attaching) return;
    va_list args;
    va_start(args, format);
    if (span.source) {
        attach(diag, message(diag->arena, span, "note", "", format, args));
    } else {
        const char *text = arena_vprintf(diag->arena, format, args);
        attach(diag, arena_printf(diag->arena, "  note: %s\n", text));
    }
    va_end(args);
}

void diag_hint(Diag *diag, const char *format, ...) {
    if (!diag->attaching) return;
    va_list args;
    va_start(args, format);
    const char *text = arena_vprintf(diag->arena, format, args);
    attach(diag, arena_printf(diag->arena, "  help: %s\n", text));
    va_end(args);
}

int diag_mark(Diag *diag) {
    diag->held = 1;
    return diag->entries.n;
}

void diag_rollback(Diag *diag, int mark) {
    for (int i = mark; i < diag->entries.n; i++) diag->errors -= diag->entries.at[i].is_error;
    diag->entries.n = mark;
    if (diag->printed > mark) diag->printed = mark;
    diag->attaching = 0;
}

void diag_flush(Diag *diag) {
    print_pending(diag);
}

void diag_capture(Diag *diag, int on) {
    diag->capturing = on;
}

const char *diag_text(const Diag *diag) {
    return diag->kept;
}

const char *diag_explain(const char *code) {
    static const struct {
        const char *code, *text;
    } codes[] = {
#define CODE(name, explanation) {name, explanation},
#include "base/codes.def"
#undef CODE
    };
    for (size_t i = 0; i < sizeof codes / sizeof *codes; i++)
        if (strcmp(codes[i].code, code) == 0) return codes[i].text;
    return NULL;
}
