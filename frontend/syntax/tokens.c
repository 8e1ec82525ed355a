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

static void later(Parse *p, int kind, Span span, Value value) {
    Token token = {kind, span, value};
    PUSH(p->arena, &p->queue, token);
}

void tokens_later(Parse *p, int kind, Span span) {
    later(p, kind, span, (Value){0});
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
    {"wide", WIDE, AT_START, A_FN},
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

/* a name, and not a word that goes on behind one: `[state for state in states]` */
static int begins_name(const char *text) {
    static const char *const words[] = {"for", "in", "if", "then", "else", "and", "or", "step"};
    for (size_t i = 0; i < sizeof words / sizeof *words; i++)
        if (text_begins(text, words[i])) return 0;
    return is_letter(*text);
}

static int next_is(const Parse *p, Next next) {
    const char *text = p->source->text + p->at;
    text += strspn(text, " \t");
    switch (next) {
    case ANYTHING:
        return 1;
    case A_NAME:
        return begins_name(text);
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
    syntax_error(p, span, "other-language", "`%s` is written `%s`: %s is declared by `%s`",
                 syntax_text(p, span), kind == FN ? "fn" : "module",
                 kind == FN ? "a function" : "a module", meant);
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

/* a word that cannot stand in ( ) or [ ]: one of these is not closed. Gives its kind there, 0: it
 * can */
static int blames_bracket(const Parse *p, int kind, Span span, const char *text) {
    int inner = tokens_innermost(p);
    if (inner != '(' && inner != '[') return 0;
    if (kind == LET || kind == WHILE || kind == RETURN || kind == ASSERT) return kind;
    if (kind == FN && next_is(p, A_NAME)) return kind;
    if (kind != NAME || tokens_indentation(p, span, 1) < 0) return 0;
    for (size_t i = 0; i < sizeof keywords / sizeof *keywords; i++) {
        const struct Keyword *k = &keywords[i];
        if (k->place != AT_START || strcmp(k->text, text) != 0) continue;
        return k->next != ANYTHING && k->next != A_BRACE && next_is(p, k->next) ? k->kind : 0;
    }
    return 0;
}

/* a declaration where braces are open: the height they should have, -1: this may stand here */
static int height_wanted(const Parse *p, int kind, Span span) {
    int first = tokens_indentation(p, span, 1);
    if (!p->open.n || first < 0) return -1;
    int outer = kind == EXPORT || kind == MODULE || kind == IMPORT || kind == CONST ||
                kind == ARG || kind == DATA;
    if (outer) return first == 0 ? 0 : -1;
    int is_fn = kind == WIDE || (kind == FN && next_is(p, A_NAME));
    if (!is_fn || p->open.at[p->open.n - 1].is_module) return -1;
    int height = p->open.n; /* up to the braces of a module that this line is indented in */
    while (height && (!p->open.at[height - 1].is_module ||
                      tokens_indentation(p, p->open.at[height - 1].span, 0) >= first))
        height--;
    if (height == 0) return first == 0 ? 0 : -1;
    return height;
}

/* `for (int i = 0; i < n; i++)`: what follows is in another language */
static void c_loop(Parse *p, Span span) {
    const char *text = p->source->text + p->at;
    text += strspn(text, " \t");
    if (*text != '(' || !memchr(text, ';', strcspn(text, "{\n"))) return;
    syntax_error(p, span, "other-language", "a `for` goes over a range: `for i in 0..n { … }`");
    p->stopped = 1;
}

static int word(Parse *p, Value *value, Span span) {
    const char *text = value->name.text;
    int kind = keyword_here(p, text);
    if (kind == NAME) kind = foreign_word(p, span, text);
    int meant = blames_bracket(p, kind, span, text);
    if (meant) {
        kind = meant;
        tokens_blame_bracket(p, span, arena_printf(p->arena, "`%s`", text));
    }
    if (kind == FOR && tokens_innermost(p) == '{') c_loop(p, span);
    int height = tokens_innermost(p) == '{' ? height_wanted(p, kind, span) : -1;
    if (height >= 0) tokens_blame_braces(p, height, span, arena_printf(p->arena, "`%s`", text));
    if (tokens_indentation(p, span, 1) == 0) p->lost_brace = 0;
    return kind;
}

/* ---- line ends and brackets ------------------------------------------------------------------ */

int token_goes_on(int last) {
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
    if (top == '(' || top == '[' || empty || token_goes_on(p->last)) return 0;
    return !tokens_rest_begins(p, "else");
}

/* ---- the parser's scanner -------------------------------------------------------------------- */

/* reads on and puts one token or more into the queue, or none (a line end that does not count) */
static void read_on(Parse *p) {
    Value value = {0};
    Span span = {p->source, p->at, p->at};
    int kind = p->stopped ? 0 : scan_raw(&value, &span, p->scanner);
    switch (kind) {
    case 0:
        tokens_close_file(p, span);
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
        kind = tokens_close(p, kind, span);
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
