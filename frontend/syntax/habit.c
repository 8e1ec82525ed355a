/* habit.c: what people bring from other languages. Takes the token that does not fit and those
   before it, gives one message that shows how it is written here, or none. */
#include "frontend/syntax/syntax.h"

#include <string.h>

#include "frontend/syntax/parser.h"

/* ---- words ----------------------------------------------------------------------------------- */

static const char declare[] =
    "a variable is declared by `let name = e` or `var name = e`; a type stands behind its name";
#define TRY                                                                                        \
    "there is no `try`: what goes wrong stops the program, `assert condition, \"message\"` does "  \
    "so"
#define SWITCH "there is no `switch`: write `if c { … } else if d { … } else { … }`"
#define IMPORT_FROM                                                                                \
    "an import names a file, and its names are then `layers.Name`: `import \"layers.tg\"`"

/* a word and what to say of it: it does not fit itself, or stands right before what does not, or
   does not fit at the beginning of a statement */
static const struct Habit {
    const char *word;
    enum { HERE, BEFORE, FIRST } where;
    const char *message;
} habits[] = {
    {"elif", HERE, "`elif` is written `else if`"},
    {"elif", BEFORE, "`elif` is written `else if`"},
    {"elseif", BEFORE, "`elseif` is written `else if`"},
    {"lambda", BEFORE, "`lambda x: e` is written `fn(x) { return e }`"},
    {"import", FIRST, "an import names a file: `import \"layers.tg\"`"},
    {"import", BEFORE, "an import names a file: `import \"layers.tg\"`"},
    {"from", FIRST, IMPORT_FROM},
    {"from", BEFORE, IMPORT_FROM},
    {"print", BEFORE, "`print` is a function: `print(…)`"},
    {"mut", BEFORE, "a variable is declared with `var name = e`"},
    {"raise", BEFORE, "`raise` is written `assert condition, \"message\"`: it stops the program"},
    {"throw", BEFORE, "`throw` is written `assert condition, \"message\"`: it stops the program"},
    {"function", BEFORE, "a function is declared with `fn name(x: f32) -> f32 { … }`"},
    {"func", BEFORE, "a function is declared with `fn name(x: f32) -> f32 { … }`"},
    {"with", BEFORE, "there is no `with`: `no_grad { … }` and `eval { … }` are blocks"},
    {"async", BEFORE, "there is no `async`"},
    {"await", BEFORE, "there is no `await`"},
    {"yield", BEFORE, "there is no `yield`: a function returns once, several results as a tuple"},
    {"global", BEFORE, "there is no `global`: a block sees the variables around it"},
    {"nonlocal", BEFORE, "there is no `nonlocal`: a block sees the variables around it"},
    {"del", BEFORE, "there is no `del`: memory is planned when the program is compiled"},
    {"try", BEFORE, TRY},
    {"except", BEFORE, TRY},
    {"finally", BEFORE, TRY},
    {"catch", BEFORE, TRY},
    {"switch", BEFORE, SWITCH},
    {"match", BEFORE, SWITCH},
    {"case", BEFORE, SWITCH},
    {"loop", BEFORE, "`loop` is written `while true { … }`"},
    {"foreach", BEFORE, "`foreach` is written `for x in xs { … }`"},
    {"type", BEFORE, "there is no `type`: types are written out, as in f32[5, 3]"},
    {"val", BEFORE, declare},
    {"auto", BEFORE, declare},
    {"int", BEFORE, declare},
    {"float", BEFORE, declare},
    {"double", BEFORE, declare},
    {"string", BEFORE, declare},
    {"tensor", BEFORE, declare},
    {"f32", BEFORE, declare},
    {"f64", BEFORE, declare},
    {"i32", BEFORE, declare},
    {"i64", BEFORE, declare},
    {"bool", BEFORE, declare},
};

static const char *is_or_is_not(const Parse *p) {
    return tokens_rest_begins(p, "not") ? "`is not` is written `!=`, as in `x != None`"
                                        : "`is` is written `==`, as in `x == None`";
}

const char *habit_of_word(Parse *p, Span span) {
    int is_first = p->before == SEP || p->before == 0 || p->before == '{';
    const char *here = p->last == NAME ? syntax_text(p, span) : "";
    const char *before = p->before == NAME ? syntax_text(p, p->before_span) : "";
    if (strcmp(here, "is") == 0) return is_or_is_not(p);
    for (size_t i = 0; i < sizeof habits / sizeof *habits; i++) {
        const struct Habit *h = &habits[i];
        if (h->where == FIRST && !is_first) continue;
        if (h->where == BEFORE && h->message == declare && p->last != NAME) continue;
        if (strcmp(h->where == BEFORE ? before : here, h->word) != 0) continue;
        if (p->last == ':') p->colon_at = tokens_indentation(p, span, 0);
        return h->message;
    }
    return NULL;
}

/* ---- forms ----------------------------------------------------------------------------------- */

static int begins_block_head(int kind) {
    return kind == IF || kind == WHILE || kind == FOR || kind == FN;
}

/* operators that begin no expression */
static int continues_line(int kind) {
    return kind == '.' || kind == '+' || kind == '*' || kind == '/' || kind == '%' || kind == '@' ||
           kind == POW || kind == COMPARE || kind == AND || kind == OR;
}

static int is_reserved(int kind) {
    static const int kinds[] = {FN,     LET,    IF,  THEN, ELSE, WHILE, FOR,   BREAK, CONTINUE,
                                RETURN, ASSERT, AND, OR,   NOT,  TRUE,  FALSE, NONE};
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++)
        if (kinds[i] == kind) return 1;
    return 0;
}

/* does the line of a place, up to it, hold a word? */
static int line_has(const Parse *p, Span span, const char *word) {
    const char *line = p->source->text + p->source->lines[line_of(p, span.start) - 1];
    const char *at = strstr(line, word);
    return at && at < p->source->text + span.start;
}

/* the name that the statement of a place declares: the second word of its line */
static const char *declared_name(const Parse *p, Span span) {
    const char *c = p->source->text + p->source->lines[line_of(p, span.start) - 1];
    c += strspn(c, " \t{");
    c += strcspn(c, " \t\n");
    c += strspn(c, " \t");
    return arena_printf(p->arena, "%.*s", (int)strcspn(c, " \t\n:=#;,"), c);
}

static const char *line_text(const Parse *p, Span span) {
    const char *line = p->source->text + p->source->lines[line_of(p, span.start) - 1];
    return line + strspn(line, " \t");
}

int habit_goes_on(Parse *p, Span span) {
    static const char *const words[] = {"elif ", "else:", "else :", "except", "finally"};
    const char *line = line_text(p, span);
    if (!had_error(p) || tokens_indentation(p, span, 0) != p->colon_at) return 0;
    for (size_t i = 0; i < sizeof words / sizeof *words; i++)
        if (strncmp(line, words[i], strlen(words[i])) == 0) return 1;
    return 0;
}

static const char *colon(Parse *p, Span span) {
    int first = p->first;
    p->colon_at = tokens_indentation(p, span, 0);
    if (first == FN && p->before == ')') return "a result's type stands behind `->`";
    if (first == FOR && line_has(p, span, "range("))
        return "there is no `range(…)`, and a block stands in braces: `for i in 0..n { … }`";
    if (first == FOR && p->before == NUMBER) return "a range is written `0..n`";
    if (begins_block_head(first) || p->before == ELSE || first == EVAL)
        return "a block stands in braces: `if c { … }`";
    return NULL;
}

static const char *lacking(const Parse *p, Span span) {
    int first = p->first;
    const char *word = first == LET     ? "let"
                       : first == VAR   ? "var"
                       : first == PARAM ? "param"
                       : first == STATE ? "state"
                       : first == CONST ? "const"
                                        : NULL;
    if (word && p->last == SEP && (p->before == NAME || p->before == ']')) {
        const char *name = declared_name(p, p->before_span);
        return arena_printf(p->arena, "`%s` needs a value: `%s %s = e`", name, word, name);
    }
    if ((first == ARG || first == DATA) && p->last == '=' && p->before == NAME) {
        const char *name = declared_name(p, span);
        return arena_printf(p->arena,
                            first == ARG ? "`%s` needs a type: `arg %s: int = 3`"
                                         : "`%s` needs a type: `data %s: f32[rows, 3] = npy(…)`",
                            name, name);
    }
    return NULL;
}

/* an operator of another language that is read as two of ours */
static const char *operator_form(const Parse *p, Span span) {
    int last = p->last, touches = p->before_span.end == span.start;
    const char *next = p->source->text + span.end;
    if (last == '?' && token_is_operand(p->before))
        return "`c ? x : y` is written `if c then x else y`";
    if (last == COMPARE && p->before == COMPARE && touches) return "`<>` is written `!=`";
    if (last == '=' && p->before == COMPARE && touches) return "a comparison is written `==`";
    if (last == '=' && p->before == ':' && touches) return "`:=` is written `=`";
    if (last == '=' && *next == '>') return "`x => e` is written `fn(x) { return e }`";
    if (last == QUOTE && p->before == END_QUOTE && touches)
        return "a string stands on one line, between two `\"`";
    if (last == END_INTERP && p->before == INTERP)
        return "`{}` holds no expression: write `{x}`, or `{{` and `}}` for braces";
    if (last == FLOORDIV && !token_is_operand(p->before))
        return "`//` begins no comment: a comment begins with `#`";
    if (last == NAME && p->before == NAME && line_has(p, p->before_span, "// "))
        return "`//` begins no comment: a comment begins with `#`";
    return NULL;
}

static const char *mark_form(const Parse *p, Span span) {
    if (p->last == ']' && p->before == '[')
        return "nothing stands in these brackets: the type of a scalar is written `f32`, all of x "
               "`x`";
    if (p->first == FN && (p->before == '(' || p->before == ',') && p->last == '*')
        return "a parameter that takes all further values is written `...xs`";
    if (p->last != SEP || tokens_innermost(p) == '(' || tokens_innermost(p) == '[') return NULL;
    if (p->first != FN && p->first != MODULE && !begins_block_head(p->first)) return NULL;
    const char *below = strchr(p->source->text + span.end, '\n');
    return below && below[strspn(below, " \t\r\n")] == '{'
               ? "a block's `{` stands on the line of its head, not below it"
               : NULL;
}

static const char *list_form(const Parse *p) {
    int first = p->first, top = tokens_innermost(p);
    if (p->last != ',' || (top != '{' && top != 0)) return NULL;
    if (first == RETURN) return "several results are a tuple: `return (a, b)`";
    if (first == LET || first == VAR)
        return "several names or values stand in brackets: `let (a, b) = (c, d)`";
    return first == NAME ? "a tuple stands in brackets: `(a, b) = (c, d)`" : NULL;
}

static const char *if_form(const Parse *p) {
    int last = p->last;
    if (last == IF && token_is_operand(p->before))
        return "`x if c else y` is written `if c then x else y`";
    if (last == IF && p->before != SEP && p->before != '{' && p->before != ELSE &&
        p->before != LET && p->before != VAR)
        return "an `if` inside an expression stands in brackets: `(if c then x else y)`";
    if (last == THEN && p->first == IF)
        return "an `if` that is a statement has a block: `if c { … }`";
    return NULL;
}

/* a keyword where a name is declared: nothing that uses it can be read */
static const char *keyword_as_name(Parse *p, Span span) {
    int declares = p->before == LET || p->before == VAR || p->before == CONST ||
                   p->before == PARAM || p->before == STATE || p->before == ARG;
    if (!declares || !is_reserved(p->last)) return NULL;
    const char *message =
        arena_printf(p->arena, "`%s` is a keyword and cannot be a name", syntax_text(p, span));
    syntax_error(p, span, "reserved-name", "%s", message);
    p->stopped = 1;
    return message;
}

const char *habit_of_form(Parse *p, Span span) {
    int last = p->last, first = p->first, top = tokens_innermost(p);
    const char *message = keyword_as_name(p, span);
    if (!message) message = operator_form(p, span);
    if (!message) message = if_form(p);
    if (!message) message = mark_form(p, span);
    if (!message) message = list_form(p);
    if (!message) message = lacking(p, span);
    if (!message && last == ':' && (top == '{' || top == 0)) message = colon(p, span);
    if (message) return message;
    if (last == '=' && (top == '{' || top == 0) && (first == IF || first == WHILE))
        return "a comparison is written `==`";
    if (last == '@' && (p->before == SEP || p->before == 0))
        return "there are no decorators: `no_grad { … }` and `eval { … }` are blocks";
    if (p->before == SEP && continues_line(last))
        return "a line goes on in the next one when it ends in an operator, a comma or `.`, or "
               "inside `( )`";
    if (last == IN && first == FOR && top == '(')
        return "a `for` has no brackets: `for i in 0..n { … }`";
    if (last == IN && first != FOR) return "there is no operator `in`";
    if (last == '{' && (p->before == '=' || p->before == '(' || p->before == ','))
        return "there are no dictionaries: `(a, b)` is a tuple, `[a, b]` a list, a module has "
               "named "
               "members";
    if (p->before == '.' && p->before_span.start > 0) {
        char c = p->source->text[p->before_span.start - 1];
        if (c >= '0' && c <= '9') return "a number has a digit on both sides of its point: `1.0`";
    }
    return NULL;
}
