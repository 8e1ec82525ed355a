/* syntax.h: what the files of this folder share: the state of one parse. Nobody outside includes
   it.

   The way of a token: lexer.l finds the raw token; tokens.c keeps the bracket stack and decides by
   place what is a keyword and which newline ends a statement; parser.y builds the tree with make.c;
   blame.c words the errors. */
#ifndef TGC_FRONTEND_SYNTAX_SYNTAX_H
#define TGC_FRONTEND_SYNTAX_SYNTAX_H

#include "base/diag.h"
#include "frontend/syntax/ast.h"

/* a token's value, and a symbol's */
typedef union Value Value;
union Value {
    AstName name;
    struct {
        const char *at;
        size_t length;
    } piece; /* of a string */
    AstFormat *format;
    AstText *text;
    AstBinary op;
    AstExpr *expr;
    AstExprs exprs;
    AstArg arg;
    AstArgs args;
    AstItem item;
    AstItems items;
    AstType *type;
    VEC(AstType *) types;
    AstAxis axis;
    VEC(AstAxis) axes;
    AstPattern *pattern;
    AstPatterns patterns;
    AstRange *range;
    AstNames names;
    AstParam param;
    AstParams params;
    AstFn *fn;
    AstRule *rule;
    AstBlock *block;
    AstStmt *stmt;
    AstMember *member;
    AstMembers members;
    AstModule *module;
    AstDecl *decl;
};

typedef struct Token Token;
struct Token {
    int kind; /* of enum yytokentype, 0: end of file */
    Span span;
    Value value;
};

/* an open bracket: ( [ { or, for a string, " and, for an interpolation in it, i */
typedef struct Bracket Bracket;
struct Bracket {
    char kind;
    int is_module; /* the braces of a module or of an `if` in it: functions may be declared there */
    int is_broken; /* the head before it, or one around it, has an error */
    int first;     /* Parse.first, to be restored behind it */
    Span span;
};

typedef struct Parse Parse;
struct Parse {
    Arena *arena;
    Interner *in;
    Diag *diag;
    const Source *source;
    void *scanner;

    /* lexer.l */
    uint32_t at;    /* where the next raw token begins */
    VEC(char) text; /* the piece of a string being read, and where it began */
    uint32_t piece_start;

    /* tokens.c, brackets.c */
    VEC(Bracket) open;
    VEC(Token) queue; /* tokens to give before reading on, from queue_at */
    int queue_at;
    int start;        /* the token that chooses the grammar's start, given first; 0 when it was */
    int last, before; /* the last token given and the one before it */
    Span last_span, before_span;
    int first;         /* the first token of the statement */
    uint32_t last_end; /* where the last token ends */
    int recovering;    /* an error was met on this line: brackets do not matter until its end */
    int stopped;       /* nothing more is read, nothing more is reported */
    Span suspect; /* a { whose } stands elsewhere than its line begins: likely the one that lacks it
                   */
    int ragged;   /* a } does not stand under the line of its { */
    int lost_brace; /* a block's { is missing: what follows stands in a wrong place */

    /* blame.c: one error a line */
    int quiet_lines[2];
    int colon_at; /* the indentation of a head that ends in a colon; -1: none was seen */
    int broken;   /* the grammar met an error */

    /* parser.y */
    AstExpr *huge; /* the literal 2^63, which may stand only behind a minus */
    AstProgram *program;
    AstExpr *expr;
};

/* ---- lexer.l --------------------------------------------------------------------------------- */
int scan_raw(Value *value, Span *span,
             void *scanner); /* a raw token: words are NAMEs, line ends SEPs */
void scan_skip_string(
    Parse *p); /* leaves a string: goes on behind the next quote, or at the end of the line */
int scan_open(Parse *p);
void scan_close(Parse *p);

/* ---- literal.c ------------------------------------------------------------------------------- */
void refuse_huge(Parse *p); /* an integer 2^63 that no minus stood before */
AstExpr *literal_number(Parse *p, Span span, const char *text, size_t length);
AstFormat *literal_format(Parse *p, Span span, const char *text, size_t length);

/* ---- tokens.c -------------------------------------------------------------------------------- */
int yylex(Value *value, Span *span, Parse *p);
int token_is_operand(int kind);                   /* an operand may end with it */
int token_goes_on(int kind);                      /* a line that ends with it goes on in the next */
void tokens_later(Parse *p, int kind, Span span); /* a token to give before reading on */
int tokens_rest_begins(const Parse *p,
                       const char *word); /* what follows, after blanks and comments */

/* ---- brackets.c ------------------------------------------------------------------------------ */
int tokens_innermost(const Parse *p); /* kind of the innermost open bracket, 0: none */
void tokens_push(Parse *p, char kind, Span span);
void tokens_pop(Parse *p);
int tokens_cut(Parse *p); /* an error was met: back to the innermost {; 1 when that left a string */
void tokens_give_up(Parse *p, Span last); /* the last token does not fit: cuts, before a { */
int tokens_close(Parse *p, int kind,
                 Span span); /* a closing bracket: the token, 0: what is queued */
void tokens_close_file(Parse *p, Span span);
/* blanks that the line of a span begins with; -1 when it must be first there and is not */
int tokens_indentation(const Parse *p, Span span, int must_be_first);
/* what was found cannot stand inside the innermost bracket, or inside so many braces */
void tokens_blame_bracket(Parse *p, Span found, const char *what);
void tokens_blame_braces(Parse *p, int height, Span found, const char *what);

/* ---- blame.c --------------------------------------------------------------------------------- */
/* reports unless the line has its error already; 1 when it did, so that notes and hints may follow
 */
int syntax_error(Parse *p, Span span, const char *code, const char *format, ...)
    __attribute__((format(printf, 4, 5)));
int line_of(const Parse *p, uint32_t offset);
const char *syntax_text(const Parse *p, Span span);
int had_error(const Parse *p);
/* the grammar's error: p->last is the token that does not fit, `expected` are names of tokens that
 * would */
void blame(Parse *p, Span span, const char **expected, int n);

/* ---- habit.c --------------------------------------------------------------------------------- */
/* what people bring from other languages, with what is written here; NULL: no such thing */
const char *habit_of_word(Parse *p, Span span); /* a word that does not fit, or the one before it */
const char *habit_of_form(Parse *p, Span span); /* it shows in the kinds of the tokens */
int habit_goes_on(Parse *p, Span span);         /* `elif c:` of an `if c:` that was refused */

/* ---- make.c ---------------------------------------------------------------------------------- */
AstName make_binding(Parse *p, AstName name); /* refuses the names of types */
AstExpr *make_leaf(Parse *p, AstExprKind kind, Span span);
AstExpr *make_text(Parse *p, Span span, AstText *text);
AstExpr *make_unary(Parse *p, AstUnary op, Span span, Span op_span, AstExpr *a);
AstExpr *make_binary(Parse *p, AstBinary op, Span span, Span op_span, AstExpr *a, AstExpr *b);
AstExpr *make_choose(Parse *p, Span span, AstExpr *cond, AstExpr *yes, AstExpr *no);
AstExpr *make_call(Parse *p, Span span, AstExpr *callee, AstArgs args);
AstExpr *make_index(Parse *p, Span span, AstExpr *object, AstItems items);
AstExpr *make_field(Parse *p, Span span, AstExpr *object, AstName name);
AstExpr *make_elements(Parse *p, AstExprKind kind, Span span, AstExprs elements);
AstExpr *make_comprehension(Parse *p, Span span, AstExpr *body, AstPatterns patterns,
                            AstRange *range);
AstRange *make_range(Parse *p, Span span, AstExpr *from, AstExpr *to, AstExpr *step, int inclusive);
AstItem make_slice(Span span, AstExpr *start, AstExpr *stop, AstExpr *step);
AstPattern *make_pattern(Parse *p, AstName name);
AstArgs make_args(Parse *p, AstArgs args, AstArg arg);   /* adds one */
void refuse_range_call(Parse *p, const AstRange *range); /* `in range(n)` */
AstType *make_type(Parse *p, Span span, AstNames path);
AstParams make_params(Parse *p, AstParams params, AstParam param); /* adds one */
AstFn *make_fn(Parse *p, Span head, AstName name, AstParams params, AstType *result,
               AstBlock *body);
AstExpr *make_fn_value(Parse *p, AstFn *fn);
AstStmt *make_stmt(Parse *p, AstStmtKind kind, Span span);
AstStmt *make_assign(Parse *p, Span span, AstExpr *target, int compound, AstBinary op, Span op_span,
                     AstExpr *value);
AstStmt *make_call_stmt(Parse *p, Span span, AstExpr *call);
AstMember *make_member(Parse *p, AstMemberKind kind, Span span);
AstDecl *make_decl(Parse *p, AstDeclKind kind, Span span);
const char *make_plain(Parse *p, const AstText *text,
                       const char *what); /* refuses interpolations */
AstBlock *make_block(Parse *p, Span span);
void block_add(Parse *p, AstBlock *block, AstStmt *stmt);

#endif
