/* make.c: makes nodes for the parser's actions, and refuses what the grammar takes loosely: chains
   of comparisons, targets that are none, statements that are not calls, expressions nested too
   deep. */
#include "frontend/syntax/syntax.h"

#include <string.h>

AstName make_binding(Parse *p, AstName name) {
    static const char *const reserved[] = {"f32", "f64",  "bf16", "f16", "i32",  "i64",
                                           "u8",  "bool", "int",  "dim", "tree", "str"};
    for (size_t i = 0; i < sizeof reserved / sizeof *reserved; i++)
        if (strcmp(name.text, reserved[i]) == 0)
            syntax_error(p, name.span, "reserved-name",
                         "`%s` is the name of a type and cannot be bound", name.text);
    return name;
}

/* ---- expressions ----------------------------------------------------------------------------- */

static int most(int a, int b) {
    return a > b ? a : b;
}

static int depth_of(const AstExpr *e) {
    return e ? e->depth : 0;
}

static void check_depth(Parse *p, Span span, int depth) {
    if (depth <= AST_MAX_DEPTH || p->stopped) return;
    span.end = span.start + 1;
    syntax_error(p, span, "too-deep", "this is nested more than %d deep", AST_MAX_DEPTH);
    p->stopped = 1;
}

/* a node whose deepest child is `inner` deep */
static AstExpr *node(Parse *p, AstExprKind kind, Span span, int inner) {
    AstExpr *e = NEW(p->arena, AstExpr);
    e->kind = kind;
    e->span = span;
    e->depth = inner + 1;
    check_depth(p, span, e->depth);
    return e;
}

AstExpr *make_leaf(Parse *p, AstExprKind kind, Span span) {
    return node(p, kind, span, 0);
}

AstExpr *make_text(Parse *p, Span span, AstText *text) {
    int inner = 0;
    for (int i = 0; i < text->parts.n; i++) inner = most(inner, depth_of(text->parts.at[i].expr));
    AstExpr *e = node(p, EX_TEXT, span, inner);
    e->text = text;
    return e;
}

AstExpr *make_unary(Parse *p, AstUnary op, Span span, Span op_span, AstExpr *a) {
    if (op == UN_neg && a == p->huge) { /* -9223372036854775808 */
        p->huge = NULL;
        a->span = span;
        return a;
    }
    AstExpr *e = node(p, EX_UNARY, span, a->depth);
    e->unary.op = op;
    e->unary.op_span = op_span;
    e->unary.a = a;
    return e;
}

static int is_comparison(const AstExpr *e) {
    return e->kind == EX_BINARY && !e->bracketed && e->binary.op >= BIN_eq &&
           e->binary.op <= BIN_ge;
}

AstExpr *make_binary(Parse *p, AstBinary op, Span span, Span op_span, AstExpr *a, AstExpr *b) {
    AstExpr *e = node(p, EX_BINARY, span, most(a->depth, b->depth));
    e->binary.op = op;
    e->binary.op_span = op_span;
    e->binary.a = a;
    e->binary.b = b;
    if (is_comparison(e) && is_comparison(a) &&
        syntax_error(p, op_span, "comparison-chain", "comparisons do not chain"))
        diag_hint(p->diag, "write `a %s b and b %s c`", ast_binary_text(a->binary.op),
                  ast_binary_text(op));
    return e;
}

AstExpr *make_choose(Parse *p, Span span, AstExpr *cond, AstExpr *yes, AstExpr *no) {
    AstExpr *e = node(p, EX_CHOOSE, span, most(cond->depth, most(yes->depth, no->depth)));
    e->choose.cond = cond;
    e->choose.yes = yes;
    e->choose.no = no;
    return e;
}

AstArgs make_args(Parse *p, AstArgs args, AstArg arg) {
    if (!arg.name.text && args.n && args.at[args.n - 1].name.text)
        syntax_error(p, arg.span, "argument-order",
                     "an argument without a name stands behind `%s=`",
                     args.at[args.n - 1].name.text);
    for (int i = 0; arg.name.text && i < args.n; i++)
        if (args.at[i].name.text == arg.name.text)
            syntax_error(p, arg.name.span, "argument-twice", "`%s` is given twice", arg.name.text);
    PUSH(p->arena, &args, arg);
    return args;
}

AstExpr *make_call(Parse *p, Span span, AstExpr *callee, AstArgs args) {
    int inner = callee->depth;
    for (int i = 0; i < args.n; i++) inner = most(inner, args.at[i].value->depth);
    AstExpr *e = node(p, EX_CALL, span, inner);
    e->call.callee = callee;
    e->call.args = args;
    return e;
}

AstItem make_slice(Span span, AstExpr *start, AstExpr *stop, AstExpr *step) {
    return (AstItem){.kind = ITEM_SLICE, .span = span, .start = start, .stop = stop, .step = step};
}

AstExpr *make_index(Parse *p, Span span, AstExpr *object, AstItems items) {
    int inner = object->depth;
    for (int i = 0; i < items.n; i++) {
        const AstItem *item = &items.at[i];
        int slice = most(depth_of(item->start), most(depth_of(item->stop), depth_of(item->step)));
        inner = most(inner, most(depth_of(item->expr), slice));
    }
    AstExpr *e = node(p, EX_INDEX, span, inner);
    e->index.object = object;
    e->index.items = items;
    return e;
}

AstExpr *make_field(Parse *p, Span span, AstExpr *object, AstName name) {
    AstExpr *e = node(p, EX_FIELD, span, object->depth);
    e->field.object = object;
    e->field.name = name;
    return e;
}

AstExpr *make_elements(Parse *p, AstExprKind kind, Span span, AstExprs elements) {
    int inner = 0;
    for (int i = 0; i < elements.n; i++) inner = most(inner, elements.at[i]->depth);
    AstExpr *e = node(p, kind, span, inner);
    e->elements = elements;
    return e;
}

static int range_depth(const AstRange *r) {
    return most(depth_of(r->from), most(depth_of(r->to), depth_of(r->step)));
}

AstExpr *make_comprehension(Parse *p, Span span, AstExpr *body, AstPatterns patterns,
                            AstRange *range) {
    AstPattern *pattern = patterns.at[0];
    if (patterns.n > 1) { /* of a tuple */
        pattern = NEW(p->arena, AstPattern);
        *pattern = (AstPattern){span_join(patterns.at[0]->span, patterns.at[patterns.n - 1]->span),
                                NULL, patterns};
    }
    AstExpr *e = node(p, EX_COMPREHENSION, span, most(body->depth, range_depth(range)));
    e->comprehension.body = body;
    e->comprehension.pattern = pattern;
    e->comprehension.range = range;
    refuse_range_call(p, range);
    return e;
}

AstRange *make_range(Parse *p, Span span, AstExpr *from, AstExpr *to, AstExpr *step,
                     int inclusive) {
    AstRange *range = NEW(p->arena, AstRange);
    *range = (AstRange){span, from, to, step, inclusive};
    return range;
}

void refuse_range_call(Parse *p, const AstRange *range) {
    const AstExpr *e = range->from;
    if (range->to || e->kind != EX_CALL || e->call.callee->kind != EX_NAME) return;
    if (strcmp(e->call.callee->name, "range") != 0) return;
    if (syntax_error(p, e->span, "other-language",
                     "there is no `range(…)`: a range is written `0..n`"))
        diag_hint(p->diag, "`a..b` stops before b, `a..=b` includes it, `a..b step k` goes by k");
}

AstPattern *make_pattern(Parse *p, AstName name) {
    AstPattern *pattern = NEW(p->arena, AstPattern);
    pattern->span = name.span;
    pattern->name = make_binding(p, name).text;
    return pattern;
}

AstType *make_type(Parse *p, Span span, AstNames path) {
    AstType *type = NEW(p->arena, AstType);
    type->span = span;
    type->path = path;
    return type;
}

/* ---- functions and blocks -------------------------------------------------------------------- */

/* behind the one that takes all that is left, others are given by name and have a default */
AstParams make_params(Parse *p, AstParams params, AstParam param) {
    const char *rest = NULL;
    for (int i = 0; i < params.n; i++)
        if (params.at[i].is_rest) rest = params.at[i].name.text;
    if (strcmp(param.name.text, "self") == 0)
        syntax_error(p, param.name.span, "other-language",
                     "there is no `self`: a module's functions reach its members by their names");
    else if (rest && (param.is_rest || !param.value))
        syntax_error(p, param.span, "syntax",
                     "`...%s` is the last parameter without a default, got `%s` behind it", rest,
                     param.name.text);
    PUSH(p->arena, &params, param);
    return params;
}

AstFn *make_fn(Parse *p, Span head, AstName name, AstParams params, AstType *result,
               AstBlock *body) {
    AstFn *fn = NEW(p->arena, AstFn);
    fn->head = head;
    fn->span = span_join(head, body->span);
    fn->name = name;
    fn->params = params;
    fn->result = result;
    fn->body = body;
    return fn;
}

AstExpr *make_fn_value(Parse *p, AstFn *fn) {
    int inner = fn->body->depth;
    for (int i = 0; i < fn->params.n; i++) inner = most(inner, depth_of(fn->params.at[i].value));
    AstExpr *e = node(p, EX_FN, fn->span, inner);
    e->fn = fn;
    return e;
}

AstBlock *make_block(Parse *p, Span span) {
    AstBlock *block = NEW(p->arena, AstBlock);
    block->span = span;
    block->depth = 1;
    return block;
}

static int block_depth(const AstBlock *block) {
    return block ? block->depth : 0;
}

static int stmt_depth(const AstStmt *s) {
    switch (s->kind) {
    case ST_LET:
    case ST_VAR:
        return depth_of(s->bind.value);
    case ST_ASSIGN:
        return most(depth_of(s->assign.target), depth_of(s->assign.value));
    case ST_CALL:
        return depth_of(s->call);
    case ST_IF: {
        int blocks = most(block_depth(s->branch.then), block_depth(s->branch.other));
        return most(depth_of(s->branch.cond), blocks);
    }
    case ST_WHILE:
        return most(depth_of(s->loop.cond), block_depth(s->loop.body));
    case ST_FOR:
        return most(range_depth(s->each.range), block_depth(s->each.body));
    case ST_EVAL:
    case ST_NO_GRAD:
    case ST_RECOMPUTE:
        return block_depth(s->block);
    case ST_RETURN:
        return depth_of(s->value);
    case ST_ASSERT:
        return most(depth_of(s->check.cond), depth_of(s->check.message));
    default:
        return 0;
    }
}

void block_add(Parse *p, AstBlock *block, AstStmt *stmt) {
    if (!stmt) return; /* one that was refused */
    PUSH(p->arena, &block->stmts, stmt);
    block->depth = most(block->depth, stmt_depth(stmt) + 1);
    check_depth(p, stmt->span, block->depth);
}

/* ---- statements, members, declarations ------------------------------------------------------- */

AstStmt *make_stmt(Parse *p, AstStmtKind kind, Span span) {
    AstStmt *stmt = NEW(p->arena, AstStmt);
    stmt->kind = kind;
    stmt->span = span;
    return stmt;
}

static int check_target(Parse *p, const AstExpr *e, int compound) {
    if (e->kind == EX_NAME || e->kind == EX_FIELD || e->kind == EX_INDEX) return 1;
    if (e->kind == EX_TUPLE && e->elements.n && !compound) {
        int good = 1;
        for (int i = 0; i < e->elements.n; i++) good &= check_target(p, e->elements.at[i], 0);
        return good;
    }
    if (!syntax_error(p, e->span, "not-assignable",
                      compound && e->kind == EX_TUPLE
                          ? "only one variable can be assigned to with an operator"
                          : "this cannot be assigned to"))
        return 0;
    if (is_comparison(e) || e->kind == EX_BINARY)
        diag_hint(p->diag, "a comparison is written `==`");
    else
        diag_hint(p->diag, "a variable, a field, an element or a tuple of these can");
    return 0;
}

AstStmt *make_assign(Parse *p, Span span, AstExpr *target, int compound, AstBinary op, Span op_span,
                     AstExpr *value) {
    if (!check_target(p, target, compound)) return NULL;
    AstStmt *stmt = make_stmt(p, ST_ASSIGN, span);
    stmt->assign.target = target;
    stmt->assign.compound = compound;
    stmt->assign.op = op;
    stmt->assign.op_span = op_span;
    stmt->assign.value = value;
    return stmt;
}

AstStmt *make_call_stmt(Parse *p, Span span, AstExpr *call) {
    AstStmt *stmt = make_stmt(p, ST_CALL, span);
    stmt->call = call;
    if (call->kind == EX_CALL) return stmt;
    int is_short = span.end - span.start <= 40;
    if (!syntax_error(p, span, "unused-value", "a value that nothing uses%s%s%s",
                      is_short ? ": `" : "", is_short ? syntax_text(p, span) : "",
                      is_short ? "`" : ""))
        return NULL;
    if (call->kind == EX_BINARY && call->binary.op == BIN_eq)
        diag_hint(p->diag, "an assignment is written `=`");
    else if (call->kind == EX_NAME && strcmp(call->name, "pass") == 0)
        diag_hint(p->diag, "an empty block is `{ }`");
    else
        diag_hint(p->diag, "give it a name with `let`, print it, or return it");
    return NULL;
}

AstMember *make_member(Parse *p, AstMemberKind kind, Span span) {
    AstMember *member = NEW(p->arena, AstMember);
    member->kind = kind;
    member->span = span;
    return member;
}

AstDecl *make_decl(Parse *p, AstDeclKind kind, Span span) {
    AstDecl *decl = NEW(p->arena, AstDecl);
    decl->kind = kind;
    decl->span = span;
    return decl;
}

const char *make_plain(Parse *p, const AstText *text, const char *what) {
    const char *plain = ast_plain_text(p->in, text);
    if (plain) return plain;
    syntax_error(p, text->span, "plain-text", "%s is plain text, without interpolations", what);
    return intern(p->in, "");
}
