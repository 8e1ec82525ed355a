/* tokens.c: raw tokens to the grammar's tokens. Decides by place whether a word is a keyword and
   whether a line end ends a statement, keeps the stack of open brackets, and blames a bracket that
   is not closed.

   Keeps for the parser: a SEP stands after every statement, before every closing brace of a block
   and before the end of the file, never two in a row and none after an opening brace; braces are
   balanced at the end of the file (those that lack are supplied after an error). BAD is a place
   whose error is reported already. */
#include "frontend/syntax/syntax.h"

#include <string.h>

#include "frontend/syntax/parser.h"

enum { DEEPEST = 250 }; /* open brackets */

/* ---- brackets -------------------------------------------------------------------------------- */

int tokens_innermost(const Parse *p) {
    return p->open.n ? p->open.at[p->open.n - 1].kind : 0;
}

/* are these braces a module's? `module N(…) {`, or `if … {` and `} else {` directly in a module */
static int opens_module(const Parse *p) {
    if (!p->open.n) return p->first == MODULE;
    return p->open.at[p->open.n - 1].is_module && p->first == IF;
}

void tokens_push(Parse *p, char kind, Span span) {
    Bracket bracket = {kind, kind == '{' && opens_module(p), p->first, span};
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

/* width of the blanks that a line begins with, -1 when something else stands before the offset */
static int indentation(const Parse *p, uint32_t offset, int must_be_first) {
    int line, column;
    source_place(p->source, offset, &line, &column);
    const char *text = p->source->text + p->source->lines[line - 1];
    int n = (int)strspn(text, " \t");
    return must_be_first && n != column - 1 ? -1 : n;
}

static void later(Parse *p, int kind, Span span, Value value) {
    Token token = {kind, span, value};
    PUSH(p->arena, &p->queue, token);
}

/* an opening bracket has no partner: `expected` before `found` */
static void unclosed(Parse *p, Span bracket, const char *expected, Span found, const char *what) {
    char open = p->source->text[bracket.start];
    if (syntax_error(p, bracket, "unclosed", "`%c` is not closed: expected `%s` before %s", open,
                     expected, what) &&
        line_of(p, bracket.start) != line_of(p, found.start))
        diag_note(p->diag, found, "it is still open here");
    p->quiet_lines[1] = line_of(p, found.start);
}

static const char *partner(char open) {
    return open == '(' ? ")" : open == '[' ? "]" : open == '{' ? "}" : "\"";
}

/* the text of a span, in backquotes */
static const char *quoted(Parse *p, Span span) {
    return arena_printf(p->arena, "`%.*s`", (int)(span.end - span.start),
                        p->source->text + span.start);
}

/* closes what is open down to a height, for the parser: the error is reported already */
static void close_down_to(Parse *p, int height, Span span) {
    Value none = {0};
    later(p, BAD, span, none);
    later(p, SEP, span, none);
    for (; p->open.n > height; tokens_pop(p))
        if (tokens_innermost(p) == '{') {
            later(p, '}', span, none);
            later(p, SEP, span, none);
        }
}

/* braces are open where none can be: at a declaration, or at the end of the file */
static void unclosed_braces(Parse *p, int height, Span found, const char *what) {
    Span blamed = p->suspect.source ? p->suspect : p->open.at[p->open.n - 1].span;
    unclosed(p, blamed, partner(p->source->text[blamed.start]), found, what);
    p->suspect = span_nowhere();
    close_down_to(p, height, found);
}

/* ---- words ----------------------------------------------------------------------------------- */

int token_is_operand(int kind) {
    return kind == NAME || kind == NUMBER || kind == END_QUOTE || kind == TRUE || kind == FALSE ||
           kind == NONE || kind == ')' || kind == ']';
}

static int at_start(const Parse *p) {
    return p->last == SEP || p->last == '{' || p->last == 0;
}

typedef enum { ALWAYS, AT_START, AFTER_OPERAND, AFTER_BRACE } Place;
typedef enum { ANYTHING, A_NAME, A_FN, A_STRING, A_BRACE } Next;

static const struct Keyword {
    const char *text;
    int kind;
    Place place;
    Next next;
} keywords[] = {
    {"fn", FN, ALWAYS, ANYTHING},
    {"let", LET, ALWAYS, ANYTHING},
    {"if", IF, ALWAYS, ANYTHING},
    {"then", THEN, ALWAYS, ANYTHING},
    {"else", ELSE, ALWAYS, ANYTHING},
    {"while", WHILE, ALWAYS, ANYTHING},
    {"for", FOR, ALWAYS, ANYTHING},
    {"break", BREAK, ALWAYS, ANYTHING},
    {"continue", CONTINUE, ALWAYS, ANYTHING},
    {"return", RETURN, ALWAYS, ANYTHING},
    {"assert", ASSERT, ALWAYS, ANYTHING},
    {"and", AND, ALWAYS, ANYTHING},
    {"or", OR, ALWAYS, ANYTHING},
    {"not", NOT, ALWAYS, ANYTHING},
    {"true", TRUE, ALWAYS, ANYTHING},
    {"false", FALSE, ALWAYS, ANYTHING},
    {"None", NONE, ALWAYS, ANYTHING},
    {"var", VAR, AT_START, ANYTHING},
    {"const", CONST, AT_START, A_NAME},
    {"arg", ARG, AT_START, A_NAME},
    {"data", DATA, AT_START, A_NAME},
    {"module", MODULE, AT_START, A_NAME},
    {"param", PARAM, AT_START, A_NAME},
    {"state", STATE, AT_START, A_NAME},
    {"export", EXPORT, AT_START, A_FN},
    {"import", IMPORT, AT_START, A_STRING},
    {"eval", EVAL, AT_START, A_BRACE},
    {"no_grad", NO_GRAD, AT_START, A_BRACE},
    {"recompute", RECOMPUTE, AT_START, A_BRACE},
    {"in", IN, AFTER_OPERAND, ANYTHING},
    {"step", STEP, AFTER_OPERAND, ANYTHING},
    {"checkpoint", CHECKPOINT, AFTER_OPERAND, ANYTHING},
    {"every", EVERY, AFTER_OPERAND, ANYTHING},
    {"vjp", VJP, AFTER_BRACE, ANYTHING},
};

static int is_letter(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
}

static int is_word(char c) {
    return is_letter(c) || (c >= '0' && c <= '9');
}

static int text_begins(const char *text, const char *word) {
    size_t n = strlen(word);
    return strncmp(text, word, n) == 0 && !is_word(text[n]);
}

static int next_is(const Parse *p, Next next) {
    const char *text = p->source->text + p->at;
    text += strspn(text, " \t");
    switch (next) {
    case ANYTHING:
        return 1;
    case A_NAME:
        return is_letter(*text);
    case A_FN:
        return text_begins(text, "fn");
    case A_STRING:
        return *text == '"';
    case A_BRACE:
        return *text == '{';
    }
    return 0;
}

static int keyword_here(const Parse *p, const char *text) {
    if (p->last == '.') return NAME;
    for (size_t i = 0; i < sizeof keywords / sizeof *keywords; i++) {
        const struct Keyword *k = &keywords[i];
        if (strcmp(k->text, text) != 0) continue;
        int placed = k->place == ALWAYS || (k->place == AT_START && at_start(p)) ||
                     (k->place == AFTER_OPERAND && token_is_operand(p->last)) ||
                     (k->place == AFTER_BRACE && p->last == '}');
        return placed && next_is(p, k->next) ? k->kind : NAME;
    }
    return NAME;
}

/* `def f(x):` and the like: with braces it can be read as what was meant, else the file is in
 * another language */
static int foreign_declaration(Parse *p, Span span, const char *meant, int kind) {
    const char *text = p->source->text + p->at;
    int braces = memchr(text, '{', strcspn(text, "\n")) != NULL;
    syntax_error(p, span, "other-language", "%s is declared with `%s`: `%s`",
                 kind == FN ? "a function" : "a module", kind == FN ? "fn" : "module", meant);
    if (!braces) p->stopped = 1;
    return kind;
}

/* words of other tongues that have no other meaning here; -1: to be passed over */
static int foreign_word(Parse *p, Span span, const char *text) {
    if (p->last == '.' || p->last == PARAM || p->last == LET) return NAME;
    const char *bool_word = strcmp(text, "True") == 0    ? "true"
                            : strcmp(text, "False") == 0 ? "false"
                                                         : NULL;
    if (bool_word) {
        syntax_error(p, span, "other-language", "`%s` is written `%s`", text, bool_word);
        return *bool_word == 't' ? TRUE : FALSE;
    }
    int is_name = next_is(p, A_NAME);
    if (at_start(p) && is_name && strcmp(text, "def") == 0)
        return foreign_declaration(p, span, "fn name(x: f32) -> f32 { … }", FN);
    if (at_start(p) && is_name && (strcmp(text, "class") == 0 || strcmp(text, "struct") == 0))
        return foreign_declaration(p, span, "module Name(in: dim, out: dim) { … }", MODULE);
    if (strlen(text) == 1 && strchr("frbFRB", *text) && p->source->text[p->at] == '"' &&
        !at_start(p) && p->last != PARAM && p->last != STATE) {
        syntax_error(p, span, "other-language",
                     "a string needs no `%s` before it: `{…}` in it is always an interpolation",
                     text);
        return -1;
    }
    return NAME;
}

/* a word that cannot stand in ( ) or [ ]: one of these is not closed */
static int blames_bracket(const Parse *p, int kind) {
    int top = tokens_innermost(p);
    if (top != '(' && top != '[') return 0;
    return kind == LET || kind == WHILE || kind == RETURN || kind == ASSERT ||
           (kind == FN && next_is(p, A_NAME));
}

/* a declaration where braces are open: gives the height they should have, -1: this may stand here
 */
static int height_wanted(const Parse *p, int kind, Span span) {
    int first = indentation(p, span.start, 1);
    if (!p->open.n || first < 0) return -1;
    int outer = kind == EXPORT || kind == MODULE || kind == IMPORT || kind == CONST ||
                kind == ARG || kind == DATA;
    if (outer) return first == 0 ? 0 : -1;
    if (kind != FN || !next_is(p, A_NAME) || p->open.at[p->open.n - 1].is_module) return -1;
    int height = p->open.n; /* up to the braces of a module that this line is indented in */
    while (height && (!p->open.at[height - 1].is_module ||
                      indentation(p, p->open.at[height - 1].span.start, 0) >= first))
        height--;
    if (height == 0) return first == 0 ? 0 : -1;
    return height;
}

static int word(Parse *p, Value *value, Span span) {
    int kind = keyword_here(p, value->name.text);
    if (kind == NAME) kind = foreign_word(p, span, value->name.text);
    const char *what = quoted(p, span);
    if (blames_bracket(p, kind)) {
        Bracket top = p->open.at[p->open.n - 1];
        unclosed(p, top.span, partner(top.kind), span, what);
        tokens_cut(p);
        p->recovering = 0;
        later(p, BAD, span, *value);
        later(p, SEP, span, *value);
    }
    int height = tokens_innermost(p) == '{' ? height_wanted(p, kind, span) : -1;
    if (height >= 0) unclosed_braces(p, height, span, what);
    return kind;
}

/* ---- line ends and brackets ------------------------------------------------------------------ */

static int continues(int last) {
    static const int kinds[] = {'+',     '-',  '*',       '/',   '%',  '@',  POW, FLOORDIV,
                                COMPARE, AND,  OR,        NOT,   '=',  '.',  ':', ',',
                                DOTDOT,  UPTO, ASSIGN_OP, ARROW, THEN, ELSE, IN};
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++)
        if (kinds[i] == last) return 1;
    return 0;
}

int tokens_rest_begins(const Parse *p, const char *word) {
    const char *text = p->source->text + p->at;
    for (;;) {
        text += strspn(text, " \t\r\n");
        if (*text != '#') return text_begins(text, word);
        text += strcspn(text, "\n");
    }
}

/* does this separator end a statement? */
static int ends(Parse *p, Span span) {
    int empty = p->last == SEP || p->last == '{' || p->last == 0;
    int is_semicolon = p->source->text[span.start] == ';';
    if (p->recovering && !is_semicolon) {
        tokens_cut(p);
        p->recovering = 0;
        return !empty;
    }
    if (is_semicolon) return !empty;
    int top = tokens_innermost(p);
    if (top == '(' || top == '[' || empty || continues(p->last)) return 0;
    return !tokens_rest_begins(p, "else");
}

/* a closing bracket; gives the token, 0 to give what is queued */
static int closer(Parse *p, int kind, Span span) {
    int top = tokens_innermost(p);
    int fits =
        (kind == ')' && top == '(') || (kind == ']' && top == '[') || (kind == '}' && top == '{');
    if (!fits && (top == '(' || top == '[')) {
        Span open = p->open.at[p->open.n - 1].span;
        if (!p->recovering) unclosed(p, open, partner((char)top), span, quoted(p, span));
        int in_string = tokens_cut(p);
        later(p, BAD, span, (Value){0});
        if (kind != '}' || in_string) return 0;
        top = tokens_innermost(p);
    }
    if (kind == '}' && top == '{') {
        Span open = p->open.at[p->open.n - 1].span;
        int column = indentation(p, span.start, 1);
        if (column >= 0 && !p->suspect.source && column < indentation(p, open.start, 0))
            p->suspect = open;
        tokens_pop(p);
        p->recovering = 0;
        if (p->last != SEP && p->last != '{') later(p, SEP, span, (Value){0});
        return kind;
    }
    if (fits) tokens_pop(p);
    return kind;
}

static int end_of_file(Parse *p, Span span) {
    if (p->open.n && !p->stopped) {
        int top = tokens_innermost(p);
        Bracket inner = p->open.at[p->open.n - 1];
        if (top == '{')
            unclosed_braces(p, 0, span, "the end of the file");
        else
            unclosed(p, inner.span, partner(inner.kind), span, "the end of the file");
    }
    if (p->open.n || p->stopped)
        close_down_to(p, 0, span);
    else if (p->last != SEP && p->last != 0 && !p->queue.n)
        later(p, SEP, span, (Value){0});
    return 0;
}

/* ---- the parser's scanner -------------------------------------------------------------------- */

/* reads on and puts one token or more into the queue, or none (a line end that does not count) */
static void read_on(Parse *p) {
    Value value = {0};
    Span span = {p->source, p->at, p->at};
    int kind = p->stopped ? 0 : scan_raw(&value, &span, p->scanner);
    switch (kind) {
    case 0:
        kind = end_of_file(p, span);
        break;
    case NAME:
        kind = word(p, &value, span);
        if (kind < 0) return;
        break;
    case SEP:
        if (!ends(p, span)) return;
        if (p->source->text[span.start] == '\n') span.start = span.end = p->last_end;
        break;
    case ')':
    case ']':
    case '}':
        kind = closer(p, kind, span);
        if (!kind) return;
        break;
    case '(':
    case '[':
    case '{':
        tokens_push(p, (char)kind, span);
        break;
    case QUOTE:
        tokens_push(p, '"', span);
        break;
    case INTERP:
        tokens_push(p, 'i', span);
        break;
    case END_QUOTE:
    case END_INTERP:
        tokens_pop(p);
        break;
    case BAD:
        tokens_cut(p);
        break;
    default:
        break;
    }
    later(p, kind, span, value);
}

int yylex(Value *value, Span *span, Parse *p) {
    if (p->start) {
        int start = p->start;
        p->start = 0;
        *span = (Span){p->source, 0, 0};
        return start;
    }
    while (p->queue_at == p->queue.n) {
        p->queue_at = p->queue.n = 0;
        read_on(p);
    }
    Token token = p->queue.at[p->queue_at++];
    if (at_start(p) && token.kind != SEP && token.kind != '}') p->first = token.kind;
    p->before = p->last;
    p->before_span = p->last_span;
    p->last_span = token.span;
    p->last = token.kind;
    if (token.kind != SEP) p->last_end = token.span.end;
    *value = token.value;
    *span = token.span;
    return token.kind;
}
