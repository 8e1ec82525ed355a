/* ast.h: the syntax tree, as the parser makes it and the elaborator reads it.

   Everything lies in the compilation's arena; names are interned (compare with ==); every node has
   the byte span of its text. Lists are VECs (`list.at[i]`, `list.n`). A pointer that may be NULL
   says so. The tree is what the user wrote: nothing is resolved, `x.f(y)` is a CALL of a FIELD,
   `f32[5, 3]` in an expression is an INDEX of a NAME (see ast_type_of), `else if` is an else block
   with one IF in it. The parser has already refused: chained comparisons, assignments to what is no
   target, statements that are not calls, literals out of range, expressions nested deeper than
   AST_MAX_DEPTH. After an error the tree holds what could be read: use it only when diag_count is
   0. */
#ifndef TGC_FRONTEND_SYNTAX_AST_H
#define TGC_FRONTEND_SYNTAX_AST_H

#include <stdio.h>

#include "base/intern.h"
#include "base/source.h"
#include "base/vec.h"

enum { AST_MAX_DEPTH = 1000 };

typedef struct AstExpr AstExpr;
typedef struct AstType AstType;
typedef struct AstText AstText;
typedef struct AstPattern AstPattern;
typedef struct AstFn AstFn;
typedef struct AstStmt AstStmt;
typedef struct AstMember AstMember;
typedef struct AstDecl AstDecl;

/* a name where it stands */
typedef struct AstName AstName;
struct AstName {
    const char *text; /* interned */
    Span span;
};

typedef VEC(AstName) AstNames;
typedef VEC(AstExpr *) AstExprs;
typedef VEC(AstPattern *) AstPatterns;

/* ---- operators ------------------------------------------------------------------------------- */

/* name, text */
#define AST_BINARY_OPS(X)                                                                          \
    X(add, "+")                                                                                    \
    X(sub, "-")                                                                                    \
    X(mul, "*")                                                                                    \
    X(div, "/")                                                                                    \
    X(floordiv, "//")                                                                              \
    X(mod, "%")                                                                                    \
    X(pow, "**")                                                                                   \
    X(matmul, "@")                                                                                 \
    X(eq, "==")                                                                                    \
    X(ne, "!=")                                                                                    \
    X(lt, "<")                                                                                     \
    X(le, "<=")                                                                                    \
    X(gt, ">")                                                                                     \
    X(ge, ">=")                                                                                    \
    X(and, "and")                                                                                  \
    X(or, "or")

typedef enum {
#define X(name, text) BIN_##name,
    AST_BINARY_OPS(X)
#undef X
        BIN_COUNT
} AstBinary;

typedef enum { UN_neg, UN_not } AstUnary;

const char *ast_binary_text(AstBinary op); /* "+", "and", … */

/* ---- text ------------------------------------------------------------------------------------ */

/* a format, as in Python: [[fill]align][sign][0][width][,][.digits][kind] */
typedef struct AstFormat AstFormat;
struct AstFormat {
    Span span;
    char fill[5]; /* one UTF-8 character, " " by default */
    char align;   /* '<' '>' '^' '=', 0: not given */
    char sign;    /* '+' '-' ' ', 0: not given */
    int zero;     /* a 0 before the width */
    int width;    /* -1: not given */
    int comma;    /* thousands separated */
    int digits;   /* after the point, -1: not given */
    char kind;    /* 'd' 'e' 'f' 'g' 'x' '%' 's', 0: not given */
};

/* a piece of a string: literal bytes (expr NULL), or an expression with its format */
typedef struct AstPart AstPart;
struct AstPart {
    Span span;
    const char *text; /* interned; escapes are resolved, {{ is { */
    size_t length;    /* the text may hold NUL bytes */
    AstExpr *expr;
    AstFormat *format; /* NULL: printed plainly */
};

struct AstText {
    Span span;          /* with its quotes */
    VEC(AstPart) parts; /* none: the empty string; two literal pieces never stand side by side */
};

/* the text of a string without interpolations (interned, "" for the empty one), else NULL */
const char *ast_plain_text(Interner *in, const AstText *text);

/* ---- patterns, ranges, arguments, items ------------------------------------------------------ */

struct AstPattern {
    Span span;
    const char *name;  /* NULL: a tuple of items */
    AstPatterns items; /* one or more when name is NULL */
};

/* what a loop goes over: `from..to step step`, or any value (to is NULL) */
typedef struct AstRange AstRange;
struct AstRange {
    Span span;
    AstExpr *from;
    AstExpr *to;   /* NULL: not a range */
    AstExpr *step; /* NULL: 1 */
    int inclusive; /* ..= */
};

/* an argument of a call */
typedef struct AstArg AstArg;
struct AstArg {
    Span span;    /* of all of it, with the keyword */
    AstName name; /* .text is NULL for a positional argument */
    AstExpr *value;
    int is_spread; /* *value: each item is an argument */
};
typedef VEC(AstArg) AstArgs;

/* an item of an index: an expression, `...`, or start:stop:step */
typedef enum { ITEM_EXPR, ITEM_REST, ITEM_SLICE } AstItemKind;
typedef struct AstItem AstItem;
struct AstItem {
    AstItemKind kind;
    Span span;
    AstExpr *expr;  /* ITEM_EXPR */
    AstExpr *start; /* ITEM_SLICE: each NULL when not given. `f32[channel: 3]` as a value is the
                       slice channel:3 */
    AstExpr *stop;
    AstExpr *step;
};
typedef VEC(AstItem) AstItems;

/* ---- types ----------------------------------------------------------------------------------- */

/* an axis of a type: `...`, `expr` or `name: expr` */
typedef struct AstAxis AstAxis;
struct AstAxis {
    Span span;
    int is_rest;
    AstName name;  /* .text is NULL where unnamed */
    AstExpr *size; /* NULL for ... */
};

struct AstType {
    Span span;
    AstNames path; /* f32, dim, tree, a module's name (`layers.Block`); empty for a tuple */
    int has_axes;  /* written with brackets */
    VEC(AstAxis) axes;
    VEC(AstType *) items; /* of a tuple type, when path is empty */
    int optional;         /* ends in ? */
};

/* the type that an expression is written like (`f32[5, 3]`, `f64`, `layers.Net`), or NULL; says
   nothing about whether the names are types */
AstType *ast_type_of(Arena *arena, const AstExpr *expr);

/* ---- expressions ----------------------------------------------------------------------------- */

#define AST_EXPR_KINDS(X)                                                                          \
    X(NAME)  /* name */                                                                            \
    X(INT)   /* integer */                                                                         \
    X(FLOAT) /* real */                                                                            \
    X(BOOL)  /* boolean */                                                                         \
    X(NONE)                                                                                        \
    X(TEXT)          /* text */                                                                    \
    X(UNARY)         /* unary */                                                                   \
    X(BINARY)        /* binary */                                                                  \
    X(CHOOSE)        /* choose: if cond then yes else no */                                        \
    X(CALL)          /* call */                                                                    \
    X(INDEX)         /* index */                                                                   \
    X(FIELD)         /* field */                                                                   \
    X(TUPLE)         /* elements: (), (a,), (a, b) */                                              \
    X(LIST)          /* elements: [], [a, b] */                                                    \
    X(COMPREHENSION) /* comprehension: [body for pattern in range] */                              \
    X(FN)            /* fn: a function value; its name is NULL */

typedef enum {
#define X(kind) EX_##kind,
    AST_EXPR_KINDS(X)
#undef X
        EX_COUNT
} AstExprKind;

struct AstExpr {
    AstExprKind kind;
    int depth;     /* 1 for a leaf; more than every child's */
    int bracketed; /* stood in ( ) of its own */
    Span span;     /* without those brackets */
    union {
        const char *name;
        int64_t integer;
        double real;
        int boolean;
        AstText *text;
        struct {
            AstUnary op;
            Span op_span;
            AstExpr *a;
        } unary;
        struct {
            AstBinary op;
            Span op_span;
            AstExpr *a, *b;
        } binary;
        struct {
            AstExpr *cond, *yes, *no;
        } choose;
        struct {
            AstExpr *callee;
            AstArgs args;
        } call;
        struct {
            AstExpr *object;
            AstItems items; /* one or more */
        } index;
        struct {
            AstExpr *object;
            AstName name;
        } field;
        AstExprs elements;
        struct {
            AstExpr *body;
            AstPattern *pattern;
            AstRange *range;
        } comprehension;
        AstFn *fn;
    };
};

/* ---- statements ------------------------------------------------------------------------------ */

typedef struct AstBlock AstBlock;
struct AstBlock {
    Span span; /* with its braces */
    int depth; /* more than that of every expression and block in it */
    VEC(AstStmt *) stmts;
};

#define AST_STMT_KINDS(X)                                                                          \
    X(LET)       /* bind: let pattern [: type] = value */                                          \
    X(VAR)       /* bind */                                                                        \
    X(ASSIGN)    /* assign */                                                                      \
    X(CALL)      /* call: an EX_CALL */                                                            \
    X(IF)        /* branch */                                                                      \
    X(WHILE)     /* loop */                                                                        \
    X(FOR)       /* each */                                                                        \
    X(EVAL)      /* block */                                                                       \
    X(NO_GRAD)   /* block */                                                                       \
    X(RECOMPUTE) /* block */                                                                       \
    X(BREAK)                                                                                       \
    X(CONTINUE)                                                                                    \
    X(RETURN) /* value, NULL for a bare return */                                                  \
    X(ASSERT) /* check */

typedef enum {
#define X(kind) ST_##kind,
    AST_STMT_KINDS(X)
#undef X
        ST_COUNT
} AstStmtKind;

struct AstStmt {
    AstStmtKind kind;
    Span span;
    union {
        struct {
            AstPattern *pattern;
            AstType *type; /* NULL: none */
            AstExpr *value;
        } bind;
        struct {
            /* EX_NAME, EX_FIELD, EX_INDEX, or an EX_TUPLE of these (only with a plain =); (a) is a
             */
            AstExpr *target;
            int compound; /* 0: =, 1: op= with `op` */
            AstBinary op;
            Span op_span;
            AstExpr *value;
        } assign;
        AstExpr *call;
        struct {
            AstExpr *cond;
            AstBlock *then;
            AstBlock *other; /* NULL: no else */
        } branch;
        struct {
            AstExpr *cond;
            AstBlock *body;
        } loop;
        struct {
            AstPatterns patterns; /* `for x, y in` has two */
            AstRange *range;
            AstText *checkpoint; /* NULL: none */
            AstExpr *every;      /* NULL: not given */
            AstBlock *body;
        } each;
        AstBlock *block;
        AstExpr *value;
        struct {
            AstExpr *cond;
            AstExpr *message; /* NULL: none */
        } check;
    };
};

/* ---- functions and modules ------------------------------------------------------------------- */

typedef struct AstParam AstParam;
struct AstParam {
    Span span;
    AstName name;
    AstType *type;  /* NULL: takes its argument's */
    AstExpr *value; /* default, NULL: required */
    int is_rest;    /* ...name */
};
typedef VEC(AstParam) AstParams;

/* a custom rule: } vjp(x, w, y, dy) { … } */
typedef struct AstRule AstRule;
struct AstRule {
    Span span;
    AstNames names;
    AstBlock *body;
};

struct AstFn {
    Span span;    /* all of it */
    Span head;    /* from `fn` to the result type */
    AstName name; /* .text is NULL for a function value (its span is `fn`) */
    int is_export;
    int is_wide;    /* computes in f32 what it is given in f16 and bf16 */
    AstNames sizes; /* name[n, m] */
    AstParams params;
    AstType *result; /* NULL: not given */
    AstBlock *body;
    AstRule *rule; /* NULL: none */
};

#define AST_MEMBER_KINDS(X)                                                                        \
    X(PARAM)  /* slot */                                                                           \
    X(STATE)  /* slot */                                                                           \
    X(VALUE)  /* slot: NAME = e, a sub-module or known value */                                    \
    X(FN)     /* fn */                                                                             \
    X(ASSERT) /* check */                                                                          \
    X(IF)     /* branch */

typedef enum {
#define X(kind) MEMBER_##kind,
    AST_MEMBER_KINDS(X)
#undef X
        MEMBER_COUNT
} AstMemberKind;

typedef VEC(AstMember *) AstMembers;

struct AstMember {
    AstMemberKind kind;
    Span span;
    union {
        struct {
            AstName name;
            AstText *path; /* stands in the path instead of the name; NULL: none */
            AstType *type; /* NULL: none */
            AstExpr *value;
        } slot;
        AstFn *fn;
        struct {
            AstExpr *cond;
            AstExpr *message; /* NULL: none */
        } check;
        struct {
            AstExpr *cond;
            AstMembers then;
            AstMembers other; /* `else if` is one IF member */
        } branch;
    };
};

typedef struct AstModule AstModule;
struct AstModule {
    Span span;
    AstName name;
    AstParams params;
    AstMembers members;
};

/* ---- declarations ---------------------------------------------------------------------------- */

#define AST_DECL_KINDS(X)                                                                          \
    X(CONST)  /* item: type may be NULL */                                                         \
    X(ARG)    /* item: value NULL: required; help NULL: none */                                    \
    X(DATA)   /* item */                                                                           \
    X(LET)    /* bind */                                                                           \
    X(IMPORT) /* import */                                                                         \
    X(FN)     /* fn */                                                                             \
    X(MODULE) /* module */

typedef enum {
#define X(kind) DECL_##kind,
    AST_DECL_KINDS(X)
#undef X
        DECL_COUNT
} AstDeclKind;

struct AstDecl {
    AstDeclKind kind;
    Span span;
    union {
        struct {
            AstName name;
            AstType *type;
            AstExpr *value;
            const char *help;
        } item;
        struct {
            AstPattern *pattern;
            AstType *type; /* NULL: none */
            AstExpr *value;
        } bind;
        struct {
            const char *path; /* as written */
            Span span;        /* of the string */
        } import;
        AstFn *fn;
        AstModule *module;
    };
};

typedef struct AstProgram AstProgram;
struct AstProgram {
    const Source *source;
    VEC(AstDecl *) decls;
};

/* ---- printing (ast_print.c): indented s-expressions, stable; what --emit=ast shows ----------- */

void ast_print(FILE *out, const AstProgram *program);
void ast_print_expr(FILE *out, const AstExpr *expr); /* on one line, without a newline */

#endif
