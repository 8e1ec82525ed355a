/* error.c: errors in the user's terms. A place inside the library is turned into the user's call
 * that led there. */
#include "frontend/elaborate/core.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

const Frame *elab_at(Elab *e, Span span) {
    Frame *frame = NEW(e->arena, Frame);
    *frame = (Frame){.span = span, .caller = e->caller};
    e->b.where = frame;
    return frame;
}

/* the innermost of the user's places that lead to span */
static Span user_place(Elab *e, Span span) {
    if (span.source && !span.source->is_std) return span;
    for (const Frame *f = e->caller; f; f = f->caller)
        if (f->span.source && !f->span.source->is_std) return f->span;
    return span;
}

/* ---- inside the library ---- */

static int is_library(const Fn *fn) {
    Span span = fn->kind == FN_MODULE ? fn->module->span : fn->ast ? fn->ast->span : span_nowhere();
    return span.source && span.source->is_std;
}

/* the first of the library's functions at work that the user's code called; calls.n: none is */
static int library_from(const Elab *e) {
    int from = e->calls.n;
    while (from > 0 && is_library(e->calls.at[from - 1])) from--;
    return from;
}

static const char *library_name(const Fn *fn) {
    return fn->self ? fn->self->name : fn->name;
}

/* "mse_loss", or the modules that led there: "Sequential: Linear"; NULL: not inside the library */
static const char *library_path(Elab *e) {
    int from = library_from(e), n = 0;
    if (from == e->calls.n) return NULL;
    const char *last = library_name(e->calls.at[from]), *path = last;
    for (int i = from + 1; i < e->calls.n && n < 3; i++) {
        const Fn *fn = e->calls.at[i];
        if (!fn->self || library_name(fn) == last || library_name(fn)[0] == '_') continue;
        last = library_name(fn);
        path = arena_printf(e->arena, "%s: %s", path, last);
        n++;
    }
    return path;
}

static int has_word(const char *text, const char *word) {
    size_t n = strlen(word);
    for (const char *at = strstr(text, word); at; at = strstr(at + 1, word))
        if ((at == text || !isalnum((unsigned char)at[-1])) && !isalnum((unsigned char)at[n]))
            return 1;
    return 0;
}

static const char *message_word(Elab *e, const char *message, size_t n) {
    return arena_printf(e->arena, "%.*s", (int)n, message);
}

/* a message about a place inside the library names what the user called, not the operator there */
static const char *for_user(Elab *e, const char *message) {
    const char *path = library_path(e);
    if (!path) return message;
    size_t name = strcspn(message, ": ");
    if (name && message[name] == ':' && message[name + 1] == ' ' &&
        (!isalpha((unsigned char)message[0]) ||
         op_find(message_word(e, message, name)) != OP_COUNT ||
         builtin_find(message_word(e, message, name))))
        message += name + 2;
    if (has_word(message, path)) return message;
    return arena_printf(e->arena, "%s: %s", path, message);
}

/* where the innermost of the library's instances at work was made */
static void note_instance(Elab *e, Span place) {
    for (int i = e->calls.n - 1; i >= library_from(e); i--) {
        const Instance *self = e->calls.at[i]->self;
        if (!self) continue;
        elab_note_instance(e, self, place);
        return;
    }
}

void elab_note_instance(Elab *e, const Instance *m, Span place) {
    Span made = m->span;
    if (!made.source || made.source->is_std) return;
    int line, column, at, at_column;
    source_place(made.source, made.start, &line, &column);
    source_place(place.source, place.start, &at, &at_column);
    if (made.source != place.source || line != at)
        elab_note(e, made, "this %s is made here", m->name);
}

/* what follows inside the library from an error that the same call had already */
static int is_aftermath(Elab *e, Span place) {
    for (int i = 0; i < e->library_errors.n; i++) {
        const Span *s = &e->library_errors.at[i];
        if (s->source == place.source && s->start == place.start && s->end == place.end) return 1;
    }
    PUSH(e->arena, &e->library_errors, place);
    return 0;
}

static Value report(Elab *e, int warning, Span span, const char *code, const char *format,
                    va_list args) {
    const char *message = arena_vprintf(e->arena, format, args);
    Span place = user_place(e, span);
    int inside = span.source && place.source != span.source;
    if (inside) {
        if (!warning && !e->discovering && is_aftermath(e, place)) {
            e->note_dropped = 1;
            return value_poison();
        }
        message = for_user(e, message);
    }
    e->note_dropped = 0;
    if (e->discovering) {
        e->discovered_errors += !warning;
        e->note_dropped = 1;
        return value_poison();
    }
    int said = warning ? diag_warning(e->diag, place, code, "%s", message)
                       : diag_error(e->diag, place, code, "%s", message);
    e->note_dropped = !said;
    if (said && inside) {
        note_instance(e, place);
        diag_note(e->diag, span, "inside the library, here");
    }
    return value_poison();
}

Value elab_error(Elab *e, Span span, const char *code, const char *format, ...) {
    va_list args;
    va_start(args, format);
    Value v = report(e, 0, span, code, format, args);
    va_end(args);
    return v;
}

void elab_warning(Elab *e, Span span, const char *code, const char *format, ...) {
    va_list args;
    va_start(args, format);
    report(e, 1, span, code, format, args);
    va_end(args);
}

void elab_note(Elab *e, Span span, const char *format, ...) {
    if (e->note_dropped) return;
    va_list args;
    va_start(args, format);
    diag_note(e->diag, span, "%s", arena_vprintf(e->arena, format, args));
    va_end(args);
}

void elab_hint(Elab *e, const char *format, ...) {
    if (e->note_dropped) return;
    va_list args;
    va_start(args, format);
    diag_hint(e->diag, "%s", arena_vprintf(e->arena, format, args));
    va_end(args);
}

static const char *size_origin(const Size *s) {
    switch (s->kind) {
    case SIZE_DATA:
        return "is read from a data file";
    case SIZE_ARG:
    case SIZE_START:
        return "is chosen when the program starts";
    case SIZE_BATCH:
        return "is the length of a batch, which may be shorter at the end";
    case SIZE_TRIP:
        return "is the number of a loop's iterations";
    case SIZE_LEFT:
        return "is what a reshape leaves for its -1";
    }
    return "";
}

void elab_note_sizes(Elab *e, const Dim *a, const Dim *b) {
    if (e->note_dropped) return;
    const Size *seen[16];
    int n = a ? dim_sizes(a, seen, 8) : 0;
    n += b ? dim_sizes(b, seen + n, 8) : 0;
    int has_batch = 0;
    for (int i = 0; i < n; i++) {
        int repeated = 0;
        for (int j = 0; j < i; j++) repeated |= seen[j] == seen[i];
        if (repeated) continue;
        has_batch |= seen[i]->kind == SIZE_BATCH;
        diag_note(e->diag, seen[i]->span, "%s %s", seen[i]->name, size_origin(seen[i]));
    }
    if (has_batch)
        diag_hint(e->diag,
                  "take the size from the batch (x.shape[0]), or say drop_last=true in batches(…)");
}

/* as above, for an operand that was not made at the place of the error itself */
void elab_note_origin(Elab *e, Node *node, Span span) {
    if (e->note_dropped || !node->where) return;
    Span from = frame_user_span(node->where);
    if (!from.source ||
        (from.source == span.source && from.start >= span.start && from.end <= span.end))
        return;
    diag_note(e->diag, from, "%s comes from here", type_print(e->arena, node->type));
}

void elab_note_origins(Elab *e, Node *a, Node *b, Span span) {
    elab_note_origin(e, a, span);
    if (a != b) elab_note_origin(e, b, span);
}

/* the text of a short span, as the user wrote it; else `other` */
const char *source_text(Elab *e, Span span, const char *other) {
    if (!span.source || span.end - span.start > 60) return other;
    return arena_printf(e->arena, "%.*s", (int)(span.end - span.start),
                        span.source->text + span.start);
}

/* ---- near misses ---- */

/* insertions, deletions, changes and swaps of neighbours that turn a into b; at most `most` + 1 */
static int distance(const char *a, const char *b, int most) {
    enum { LIMIT = 40 };
    int n = (int)strlen(a), m = (int)strlen(b);
    if (n >= LIMIT || m >= LIMIT || abs(n - m) > most) return most + 1;
    int d[LIMIT][LIMIT];
    for (int i = 0; i <= n; i++) d[i][0] = i;
    for (int j = 0; j <= m; j++) d[0][j] = j;
    for (int i = 1; i <= n; i++)
        for (int j = 1; j <= m; j++) {
            int best = d[i - 1][j - 1] + (a[i - 1] != b[j - 1]);
            if (d[i - 1][j] + 1 < best) best = d[i - 1][j] + 1;
            if (d[i][j - 1] + 1 < best) best = d[i][j - 1] + 1;
            if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1] &&
                d[i - 2][j - 2] + 1 < best)
                best = d[i - 2][j - 2] + 1;
            d[i][j] = best;
        }
    return d[n][m];
}

static const char *lower(Elab *e, const char *name) {
    char *text = arena_copy(e->arena, name, strlen(name) + 1);
    for (char *c = text; *c; c++) *c = (char)tolower((unsigned char)*c);
    return text;
}

/* a word of the other, as kernel is of kernel_size */
static int is_part(const char *name, const char *candidate) {
    size_t n = strlen(name), m = strlen(candidate);
    if (n > m) return is_part(candidate, name);
    if (n < 3) return 0;
    for (const char *at = strstr(candidate, name); at; at = strstr(at + 1, name))
        if ((at == candidate || at[-1] == '_') && (at[n] == 0 || at[n] == '_')) return 1;
    return strncmp(candidate, name, n) == 0 && (n >= 4 || m - n <= 2);
}

const char *elab_nearest(Elab *e, const char *name, const char *const *candidates, int n) {
    int length = (int)strlen(name), most = length <= 2 ? 0 : length <= 4 ? 1 : length <= 8 ? 2 : 3;
    const char *best = NULL, *small = lower(e, name);
    for (int i = 0; i < n; i++)
        if (strcmp(small, lower(e, candidates[i])) == 0 && strcmp(name, candidates[i]) != 0)
            return candidates[i];
    for (int i = 0; i < n; i++) {
        if (candidates[i][0] == '_' && name[0] != '_') continue; /* the library's own */
        int d = distance(name, candidates[i], most);
        if (d > most || d == 0) continue;
        most = d - 1;
        best = candidates[i];
        if (most == 0) break;
    }
    for (int i = 0; !best && i < n; i++)
        if (strcmp(name, candidates[i]) != 0 && is_part(name, candidates[i])) best = candidates[i];
    return best;
}
