/* blame.c: words the errors of the grammar. Takes the token that does not fit and the names of
   those that would, gives one message a line, in the user's words: first for what people bring from
   other languages and for statements in a wrong place, else "expected …, got …". */
#include "frontend/syntax/syntax.h"

#include <string.h>

#include "frontend/syntax/parser.h"

enum { MOST_EXPECTED = 6 }; /* a longer list says nothing */

int line_of(const Parse *p, uint32_t offset) {
    int line, column;
    source_place(p->source, offset, &line, &column);
    return line;
}

int had_error(const Parse *p) {
    return p->quiet_lines[0] >= 0;
}

int syntax_error(Parse *p, Span span, const char *code, const char *format, ...) {
    int line = line_of(p, span.start);
    if (p->stopped || line == p->quiet_lines[0] || line == p->quiet_lines[1]) return 0;
    p->quiet_lines[0] = line;
    va_list args;
    va_start(args, format);
    const char *message = arena_vprintf(p->arena, format, args);
    va_end(args);
    int taken = diag_error(p->diag, span, code, "%s", message);
    if (diag_full(p->diag)) p->stopped = 1;
    return taken;
}

/* ---- what stands there and what could -------------------------------------------------------- */

const char *syntax_text(const Parse *p, Span span) {
    return arena_printf(p->arena, "%.*s", (int)(span.end - span.start),
                        p->source->text + span.start);
}

static const char *got(const Parse *p, Span span) {
    if (p->last == END) return "the end of the file";
    if (p->last == SEP && span.start == span.end) return "the end of the line";
    if (p->last == QUOTE) return "a string";
    uint32_t length = span.end - span.start;
    if (length > 40) return "this";
    return arena_printf(p->arena, "`%s`", syntax_text(p, span));
}

static int is_one_of(const char *name, const char *const *names) {
    for (; *names; names++)
        if (strcmp(name, *names) == 0) return 1;
    return 0;
}

static int expects(const char *const *expected, int n, const char *name) {
    for (int i = 0; i < n; i++)
        if (strcmp(expected[i], name) == 0) return 1;
    return 0;
}

/* drops what belongs to a group; n afterwards */
static int drop(const char **expected, int n, const char *const *group) {
    int kept = 0;
    for (int i = 0; i < n; i++)
        if (!is_one_of(expected[i], group)) expected[kept++] = expected[i];
    return kept;
}

static const char *shown(Arena *arena, const char *name) {
    if (name[0] == '\'') return arena_printf(arena, "`%c`", name[1]);
    if (name[0] == '`' || strchr(name, ' ')) return name;
    return arena_printf(arena, "`%s`", name);
}

/* "`,`, `)` or a name"; NULL when there is nothing worth saying */
static const char *listed(Arena *arena, const char **expected, int n) {
    static const char *const beginnings[] = {"a name", "a number", "a string", "true", "false",
                                             "None",   "'('",      "'['",      "fn",   "'-'",
                                             "not",    "if",       NULL};
    static const char *const operators[] = {"'+'",  "'-'",  "'*'",  "'/'", "'%'", "'@'",
                                            "'.'",  "'('",  "'['",  "and", "or",  "`**`",
                                            "`//`", "`==`", "`+=`", NULL};
    if (expects(expected, n, "a number")) {
        n = drop(expected, n, beginnings);
        memmove(expected + 1, expected, sizeof *expected * (size_t)n);
        expected[0] = "an expression";
        n++;
    } else if (expects(expected, n, "'*'")) {
        n = drop(expected, n, operators);
    }
    if (n == 0 || n > MOST_EXPECTED) return NULL;
    const char *list = shown(arena, expected[0]);
    for (int i = 1; i < n; i++)
        list = arena_printf(arena, "%s%s%s", list, i + 1 < n ? ", " : " or ",
                            shown(arena, expected[i]));
    return list;
}

/* ---- statements in a wrong place ------------------------------------------------------------- */

static int is_statement_word(int kind) {
    static const int kinds[] = {IF,   WHILE, FOR,     RETURN,    ASSERT, BREAK, CONTINUE,
                                EVAL, VAR,   NO_GRAD, RECOMPUTE, NAME,   0};
    for (int i = 0; kinds[i]; i++)
        if (kinds[i] == kind) return 1;
    return 0;
}

static int is_outer_word(int kind) {
    return kind == CONST || kind == ARG || kind == DATA || kind == IMPORT || kind == EXPORT ||
           kind == MODULE;
}

/* what stands here stands wrong only because of an earlier error */
static int is_aftermath(Parse *p) {
    int inner = tokens_innermost(p);
    if (inner == 0 || p->last == ELSE) return had_error(p);
    int line = line_of(p, p->last_span.start);
    if (p->quiet_lines[0] == line - 1) { /* one message for lines that follow each other */
        p->quiet_lines[0] = line;
        return 1;
    }
    return p->lost_brace || p->open.at[p->open.n - 1].is_broken;
}

/* a message when the statement's first word belongs elsewhere */
static const char *misplaced(const Parse *p, Span span) {
    const char *word = syntax_text(p, span);
    int inner = tokens_innermost(p), last = p->last;
    int in_module = inner == '{' && p->open.at[p->open.n - 1].is_module;
    if (last == '}' && inner == 0) return "this `}` closes nothing";
    if (p->before == FN && last == NAME && inner == '{')
        return "a function is declared at top level or in a module; here `let f = fn(x) { … }` "
               "makes a value";
    if (last == '{' && p->lost_brace) return ""; /* it stands a line too late */
    if (last == ELSE && (p->before == '}' || tokens_indentation(p, span, 1) >= 0))
        return "this `else` belongs to no `if`";
    if (p->before != SEP && p->before != 0 && p->before != '{') return NULL;
    if (inner == '{' && is_outer_word(last))
        return arena_printf(p->arena, "`%s` stands at top level%s", word,
                            last == CONST ? ": in a function write `let name = e`" : "");
    if (!in_module && (last == PARAM || last == STATE))
        return arena_printf(p->arena, "`%s` stands in a module", word);
    if (in_module && (last == LET || (is_statement_word(last) && last != NAME)))
        return "a member of a module is written `name = e`, `param name = e` or `state name = e`; "
               "statements stand in its functions";
    if (inner == 0 && is_statement_word(last))
        return "expected a declaration: statements stand in a function, as in `fn main() { … }`";
    return NULL;
}

/* the message, by the first that knows one; "" when an earlier error is behind it, NULL when there
 * is none */
static const char *message_of(Parse *p, Span span, const char **code) {
    *code = "other-language";
    const char *message = habit_of_word(p, span);
    if (habit_goes_on(p, span)) return "";
    if (message) return message;
    *code = "misplaced";
    message = misplaced(p, span);
    if (message) return is_aftermath(p) ? "" : message;
    *code = "other-language";
    return habit_of_form(p, span);
}

/* a statement that begins on a new line inside ( ) or [ ], which could be closed before it: the
 * bracket lacks its partner */
static int blames_bracket(Parse *p, Span span, const char **expected, int n) {
    int inner = tokens_innermost(p);
    if ((inner != '(' && inner != '[') || p->last != NAME || had_error(p)) return 0;
    if (tokens_indentation(p, span, 1) < 0 || !token_is_operand(p->before)) return 0;
    if (!expects(expected, n, inner == '(' ? "')'" : "']'")) return 0;
    tokens_blame_bracket(p, span, arena_printf(p->arena, "`%s`", syntax_text(p, span)));
    return 1;
}

/* an operand is missing at the end of an earlier line: that is the place */
static int lacks_operand(Parse *p, Span span, const char **expected, int n) {
    int line = line_of(p, p->before_span.start);
    if (!expects(expected, n, "a number") || !token_goes_on(p->before) || p->last == END ||
        line == line_of(p, span.start))
        return 0;
    return syntax_error(p, p->before_span, "syntax", "expected an expression behind `%s`, got %s",
                        syntax_text(p, p->before_span), got(p, span)),
           1;
}

void blame(Parse *p, Span span, const char **expected, int n) {
    p->broken = 1;
    if (p->last != BAD && !p->stopped) {
        if (blames_bracket(p, span, expected, n)) return;
        const char *code;
        const char *message = message_of(p, span, &code);
        p->lost_brace |= p->last == SEP && expects(expected, n, "'{'");
        if (message) {
            if (*message) syntax_error(p, span, code, "%s", message);
        } else if (!lacks_operand(p, span, expected, n)) {
            const char *list = listed(p->arena, expected, n);
            if (list)
                syntax_error(p, span, "syntax", "expected %s, got %s", list, got(p, span));
            else
                syntax_error(p, span, "syntax", "%s does not fit here", got(p, span));
        }
    }
    tokens_give_up(p, span);
    if (p->last == SEP || p->last == '}') p->recovering = 0;
}
