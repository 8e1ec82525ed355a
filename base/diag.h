/* diag.h: diagnostics. "file:line:col: error: message", the line with a caret under the span, then
   notes. Messages: lower case, no period, the user's terms, "expected …, got …". Each error has a
   stable code ("E0123"-like short kebab name, e.g. "shape-mismatch") that --explain describes
   (base/codes.def). At most 20 errors a run; the same (span, code) is reported once. Output goes to
   stderr (or to a buffer in tests). */
#ifndef TGC_BASE_DIAG_H
#define TGC_BASE_DIAG_H

#include "base/source.h"

typedef struct Diag Diag;

Diag *diag_new(Arena *arena);
int diag_count(const Diag *diag); /* errors reported so far */
int diag_full(const Diag *diag);  /* 20 reached: stop */

/* Reports an error (0 when it was a repetition that was dropped: then drop its notes too). Notes
   and hints that follow with diag_note / diag_hint belong to the last error or warning. */
int diag_error(Diag *diag, Span span, const char *code, const char *format, ...)
    __attribute__((format(printf, 4, 5)));
int diag_warning(Diag *diag, Span span, const char *code, const char *format, ...)
    __attribute__((format(printf, 4, 5)));
void diag_note(Diag *diag, Span span, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
void diag_hint(Diag *diag, const char *format, ...)
    __attribute__((format(printf, 2, 3)));  /* "help: …" */
const char *diag_explain(const char *code); /* NULL: unknown */

/* speculative work: errors between mark and rollback are forgotten */
int diag_mark(Diag *diag);
void diag_rollback(Diag *diag, int mark);
void diag_capture(Diag *diag, int on);   /* keep the text instead of printing (unit tests) */
const char *diag_text(const Diag *diag); /* captured so far */

/* Messages go out as they come until the first mark is made; from then on they wait for diag_flush,
   since they may be forgotten. Call diag_flush when a stage ends and before the program does. */
void diag_flush(Diag *diag);

#endif
