/* brackets.c: the stack of open brackets, and who is blamed when one is not closed.

   Until the first error brackets are what the text says. Behind an error the layout helps: a } that
   begins a line belongs to the { whose line is indented like it, so that one lost bracket does not
   shift all that follows. A program whose braces are laid out otherwise (`ragged`) is not
   second-guessed. */
#include "frontend/syntax/syntax.h"

#include <string.h>

#include "frontend/syntax/parser.h"

enum { DEEPEST = 250 }; /* open brackets */

int tokens_innermost(const Parse *p) {
    return p->open.n ? p->open.at[p->open.n - 1].kind : 0;
}

static const Bracket *top(const Parse *p) {
    return &p->open.at[p->open.n - 1];
}

/* are these braces a module's? `module N(…) {`, or `if … {` and `} else {` directly in a module */
static int opens_module(const Parse *p) {
    if (!p->open.n) return p->first == MODULE;
    return top(p)->is_module && p->first == IF;
}

void tokens_push(Parse *p, char kind, Span span) {
    int is_broken = kind == '{' && (p->recovering || (p->open.n && top(p)->is_broken));
    Bracket bracket = {kind, kind == '{' && opens_module(p), is_broken, p->first, span};
    PUSH(p->arena, &p->open, bracket);
    if (p->open.n <= DEEPEST) return;
    syntax_error(p, span, "too-deep", "brackets are nested more than %d deep", DEEPEST);
    p->stopped = 1;
}

void tokens_pop(Parse *p) {
    p->first = p->open.at[--p->open.n].first;
}

int tokens_cut(Parse *p) {
    int in_string = 0;
    while (p->open.n && tokens_innermost(p) != '{') {
        in_string |= tokens_innermost(p) == '"';
        tokens_pop(p);
    }
    if (in_string) scan_skip_string(p);
    p->recovering = 1;
    return in_string;
}

void tokens_give_up(Parse *p, Span last) {
    int is_brace = p->last == '{';
    if (is_brace) tokens_pop(p);
    tokens_cut(p);
    if (is_brace) tokens_push(p, '{', last);
}

int tokens_indentation(const Parse *p, Span span, int must_be_first) {
    int line, column;
    source_place(p->source, span.start, &line, &column);
    const char *text = p->source->text + p->source->lines[line - 1];
    int n = (int)strspn(text, " \t");
    return must_be_first && n != column - 1 ? -1 : n;
}

/* ---- blame ----------------------------------------------------------------------------------- */

/* an opening bracket has no partner: `expected` before `found` */
static void unclosed(Parse *p, Span bracket, Span found, const char *what) {
    char open = p->source->text[bracket.start];
    char partner = open == '(' ? ')' : open == '[' ? ']' : open == '{' ? '}' : '"';
    if (syntax_error(p, bracket, "unclosed", "`%c` is not closed: expected `%c` before %s", open,
                     partner, what) &&
        line_of(p, bracket.start) != line_of(p, found.start))
        diag_note(p->diag, found, "it is still open here");
    p->quiet_lines[1] = line_of(p, found.start);
}

void tokens_blame_bracket(Parse *p, Span found, const char *what) {
    unclosed(p, top(p)->span, found, what);
    tokens_cut(p);
    p->recovering = 0;
    tokens_later(p, BAD, found);
    tokens_later(p, SEP, found);
}

/* closes a block for the parser */
static void supply_brace(Parse *p, Span span) {
    tokens_pop(p);
    tokens_later(p, '}', span);
    tokens_later(p, SEP, span);
}

/* closes what is open down to a height; the error is reported already */
static void close_down_to(Parse *p, int height, Span span) {
    tokens_later(p, BAD, span);
    tokens_later(p, SEP, span);
    while (p->open.n > height) {
        if (tokens_innermost(p) == '{')
            supply_brace(p, span);
        else
            tokens_pop(p);
    }
}

void tokens_blame_braces(Parse *p, int height, Span found, const char *what) {
    unclosed(p, p->suspect.source ? p->suspect : top(p)->span, found, what);
    p->suspect = span_nowhere();
    close_down_to(p, height, found);
}

void tokens_close_file(Parse *p, Span span) {
    if (p->open.n && !p->stopped) {
        if (tokens_innermost(p) == '{')
            tokens_blame_braces(p, 0, span, "the end of the file");
        else
            unclosed(p, top(p)->span, span, "the end of the file");
    }
    if (p->open.n || p->stopped)
        close_down_to(p, 0, span);
    else if (p->last != SEP && p->last != 0 && !p->queue.n)
        tokens_later(p, SEP, span);
}

/* ---- closing --------------------------------------------------------------------------------- */

/* a } of a block, or of nothing; see the head of this file */
static int close_brace(Parse *p, Span span) {
    int column = tokens_indentation(p, span, 1), wanted = tokens_indentation(p, top(p)->span, 0);
    if (!had_error(p)) {
        if (column >= 0 && column < wanted && !p->suspect.source) p->suspect = top(p)->span;
        p->ragged |= column >= 0 && column != wanted;
    } else if (column >= 0 && !p->ragged) {
        if (column > wanted) {
            p->lost_brace = 0;
            return 0;
        }
        if (column < wanted && p->last != SEP && p->last != '{') tokens_later(p, SEP, span);
        while (column < wanted && p->open.n > 1 && p->open.at[p->open.n - 2].kind == '{') {
            supply_brace(p, span);
            wanted = tokens_indentation(p, top(p)->span, 0);
        }
    }
    tokens_pop(p);
    p->recovering = 0;
    int is_separated =
        p->queue.n ? p->queue.at[p->queue.n - 1].kind == SEP : p->last == SEP || p->last == '{';
    if (!is_separated) tokens_later(p, SEP, span);
    return '}';
}

/* a closing bracket inside ( ) or [ ] that is not theirs: is it too much itself? */
static int is_stray(const Parse *p, Span span) {
    if (tokens_innermost(p) != '{') return 1;
    return tokens_indentation(p, span, 1) < 0 &&
           line_of(p, span.start) != line_of(p, top(p)->span.start);
}

int tokens_close(Parse *p, int kind, Span span) {
    int inner = tokens_innermost(p);
    if ((kind == ')' && inner == '(') || (kind == ']' && inner == '[')) {
        tokens_pop(p);
        return kind;
    }
    if (inner == '(' || inner == '[') {
        if (!p->recovering) unclosed(p, top(p)->span, span, arena_printf(p->arena, "`%c`", kind));
        int in_string = tokens_cut(p);
        tokens_later(p, BAD, span);
        if (kind != '}' || in_string || is_stray(p, span)) return 0;
    }
    if (kind == '}' && tokens_innermost(p) == '{') return close_brace(p, span);
    return kind;
}
