/* elaborate.c: a whole program: declarations, args and data sets, top-level lets, then main. */
#include "frontend/elaborate/core.h"

#include <string.h>

/* ---- names of fields that some x.name = e assigns ---- */

static void scan_block(Elab *e, const AstBlock *b);

static void scan_target(Elab *e, const AstExpr *t) {
    if (t->kind == EX_FIELD) PUSH(e->arena, &e->assigned_fields, t->field.name.text);
    for (int i = 0; t->kind == EX_TUPLE && i < t->elements.n; i++)
        scan_target(e, t->elements.at[i]);
    if (t->kind == EX_NAME)
        PUSH(e->arena, &e->assigned_fields,
             t->name); /* a member's function may assign its argument */
}

static void scan_statement(Elab *e, const AstStmt *s) {
    switch (s->kind) {
    case ST_ASSIGN:
        scan_target(e, s->assign.target);
        return;
    case ST_IF:
        scan_block(e, s->branch.then);
        if (s->branch.other) scan_block(e, s->branch.other);
        return;
    case ST_WHILE:
        scan_block(e, s->loop.body);
        return;
    case ST_FOR:
        scan_block(e, s->each.body);
        return;
    case ST_EVAL:
    case ST_NO_GRAD:
    case ST_RECOMPUTE:
        scan_block(e, s->block);
        return;
    default:
        return;
    }
}

static void scan_block(Elab *e, const AstBlock *b) {
    for (int i = 0; i < b->stmts.n; i++) scan_statement(e, b->stmts.at[i]);
}

static void scan_members(Elab *e, const AstMembers *members) {
    for (int i = 0; i < members->n; i++) {
        const AstMember *m = members->at[i];
        if (m->kind == MEMBER_FN) scan_block(e, m->fn->body);
        if (m->kind != MEMBER_IF) continue;
        scan_members(e, &m->branch.then);
        scan_members(e, &m->branch.other);
    }
}

static void scan_program(Elab *e, const AstProgram *p) {
    for (int i = 0; i < p->decls.n; i++) {
        const AstDecl *d = p->decls.at[i];
        if (d->kind == DECL_FN) scan_block(e, d->fn->body);
        if (d->kind == DECL_MODULE) scan_members(e, &d->module->members);
    }
}

/* ---- top level ---- */

static void give_names(Elab *e, const AstPattern *p, Value v) {
    Binding *b = p->name ? scope_find(e->user->scope, p->name) : NULL;
    if (b) {
        b->value = v;
        b->state = 2;
    }
    if (p->name) return;
    Value read = value_read_deep(e, v);
    int fits = value_is_aggregate(read) && read.items->n == p->items.n;
    if (!fits && read.kind != V_POISON)
        elab_error(e, p->span, "tuple-count", "%d names for %s", p->items.n,
                   value_kind_text(e, read));
    for (int i = 0; i < p->items.n; i++)
        give_names(e, p->items.at[i], fits ? read.items->at[i] : value_poison());
}

static void top_level_lets(Elab *e) {
    for (int i = 0; i < e->user->ast->decls.n; i++) {
        const AstDecl *d = e->user->ast->decls.at[i];
        if (d->kind != DECL_LET) continue;
        e->scope = e->user->scope;
        elab_at(e, d->span);
        give_names(e, d->bind.pattern, let_value(e, d->bind.pattern, d->bind.type, d->bind.value));
    }
}

/* consts that nothing uses are checked too */
static void all_consts(Elab *e) {
    for (int i = 0; i < e->user->ast->decls.n; i++) {
        const AstDecl *d = e->user->ast->decls.at[i];
        if (d->kind != DECL_CONST) continue;
        Binding *b = scope_find(e->user->scope, d->item.name.text);
        if (b && b->state == 0) const_value(e, b);
    }
}

static void check_defines(Elab *e) {
    for (int i = 0; i < e->options->ndefines; i++) {
        const char *name = e->options->defines[i].name;
        Binding *b = scope_find(e->user->scope, intern(e->interner, name));
        if (b && b->kind == BIND_CONST) continue;
        Span top = {e->user->source, 0, 0};
        elab_error(e, top, "define", "-D %s: the program has no const %s", name, name);
    }
}

static void run_main(Elab *e) {
    Binding *b = scope_find(e->user->scope, intern(e->interner, "main"));
    Span top = {e->user->source, 0, 0};
    if (!b || b->value.kind != V_FN || b->value.fn->kind != FN_USER) {
        if (e->options->as_library) return;
        elab_error(e, top, "no-main", "the program has no fn main()");
        return;
    }
    const AstFn *ast = b->value.fn->ast;
    if (ast->params.n) {
        elab_error(e, ast->head, "no-main",
                   "main takes no arguments: use arg NAME: type = default");
        return;
    }
    Flow flow = {.fn = ast};
    Solved solved = {.fn = ast};
    flow.solved = &solved;
    flow.ret = cell_new(e, "return", value_bool(0), ast->span);
    flow.result = cell_new(e, "the result", value_none(), ast->span);
    flow.result->unset = 1;
    e->flow = &flow;
    e->scope = solved.scope = scope_new(e, e->user->scope);
    e->scope->is_call = 1;
    PUSH(e->arena, &e->calls, b->value.fn);
    block_from(e, ast->body, 0);
}

/* functions that are never called are checked as far as that is possible: their missing returns */
static int always_returns(const AstBlock *b) {
    for (int i = 0; i < b->stmts.n; i++) {
        const AstStmt *s = b->stmts.at[i];
        if (s->kind == ST_RETURN) return 1;
        if (s->kind == ST_IF && s->branch.other && always_returns(s->branch.then) &&
            always_returns(s->branch.other))
            return 1;
        if ((s->kind == ST_EVAL || s->kind == ST_NO_GRAD || s->kind == ST_RECOMPUTE) &&
            always_returns(s->block))
            return 1;
        if (s->kind == ST_WHILE || s->kind == ST_FOR) return 1; /* perhaps */
        if (s->kind == ST_IF || s->kind == ST_ASSERT) return 1;
    }
    return 0;
}

static void unused_functions(Elab *e) {
    for (int i = 0; i < e->user->ast->decls.n; i++) {
        const AstDecl *d = e->user->ast->decls.at[i];
        if (d->kind != DECL_FN) continue;
        for (int k = 0; k < d->fn->params.n; k++)
            for (int j = 0; j < k; j++)
                if (d->fn->params.at[k].name.text == d->fn->params.at[j].name.text)
                    elab_error(e, d->fn->params.at[k].name.span, "duplicate",
                               "two parameters are named %s", d->fn->params.at[k].name.text);
        if (d->fn->result && !always_returns(d->fn->body) && !e->over_budget)
            elab_error(e, d->fn->head, "missing-return",
                       "%s does not return on every way through it", d->fn->name.text);
    }
}

static void start(Elab *e, const AstProgram *program) {
    e->graph->root = e->graph->root ? e->graph->root : region_new(e->graph, NULL);
    e->b = (Builder){.graph = e->graph, .region = e->graph->root};
    e->training = 1;
    Span top = {program->source, 0, 0};
    elab_at(e, top);
    e->draw = cell_new(e, "the draw counter", value_node(build_int(&e->b, 0)), span_nowhere());
    e->prelude = space_std(e, "prelude", span_nowhere());
    e->user = space_file(e, program, "main");
}

Graph *elaborate(Arena *arena, Interner *interner, Diag *diag, const AstProgram *program,
                 const ElabOptions *options) {
    Elab *e = NEW(arena, Elab);
    *e = (Elab){.arena = arena, .interner = interner, .diag = diag, .options = options};
    e->graph = graph_new(arena, interner, diag);
    start(e, program);
    scan_program(e, program);
    space_declare(e, e->user);
    e->user->state = 2;
    e->scope = e->user->scope;
    check_defines(e);
    declare_args(e);
    declare_data(e);
    all_consts(e);
    top_level_lets(e);
    run_main(e);
    if (!diag_count(diag)) size_checks(e);
    unused_functions(e);
    constant_free(e);
    start_checks(e);
    if (options->check_nan && !diag_count(diag)) check_nan(e);
    return e->graph;
}
