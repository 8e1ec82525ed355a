/* statement.c: statements of a block, in order. What follows a statement that may leave the block
   (break, continue, return in a branch decided at run time) is put into the branch that stays, or
   under a guard. */
#include "frontend/elaborate/core.h"

#include <string.h>

typedef struct Rest Rest; /* the statements of a block from a place on */
struct Rest {
    const AstBlock *block;
    int from;
    Scope *scope;
};

static FlowStatus run_rest(Elab *e, void *data) {
    Rest *r = data;
    e->scope = r->scope;
    return block_from(e, r->block, r->from);
}

static FlowStatus run_block(Elab *e, void *data) {
    return data ? block(e, data) : FLOW_NEXT;
}

/* ---- flags ---- */

/* the or of the flags that may be set, or NULL when none may */
static Node *flags_set(Elab *e, Cell *const *flags, int n) {
    Node *any = NULL;
    for (int i = 0; i < n; i++) {
        int known;
        if (!flags[i] || (value_known_bool(flags[i]->value, &known) && !known)) continue;
        Node *flag = elab_tensor(e, flags[i]->value, span_nowhere(), "a flag");
        any = any ? build_map2(&e->b, OP_logical_or, any, flag) : flag;
    }
    return any;
}

/* the way on which a flag is set has left already */
static FlowStatus left(Elab *e, void *data) {
    (void)e;
    (void)data;
    return FLOW_EXIT;
}

FlowStatus guarded(Elab *e, FlowStatus before, Body rest, void *data, Span span) {
    Flow *f = e->flow;
    Cell *flags[] = {f->is_loop ? f->brk : NULL, f->is_loop ? f->cont : NULL, f->ret};
    elab_at(e, span);
    Node *any = flags_set(e, flags, 3);
    if (!any) return rest(e, data);
    int took = 0;
    FlowStatus after = branch_two(e, build_map1(&e->b, OP_logical_not, any), rest, data, left, NULL,
                                  NULL, NULL, &took, span);
    (void)before;
    return after;
}

/* ---- if ---- */

static FlowStatus statement_if(Elab *e, const AstStmt *s, Rest *rest, int *took) {
    int known;
    Value c = expr(e, s->branch.cond);
    Node *cond = expr_condition(e, c, s->branch.cond->span, "a condition", &known);
    if (!cond && known < 0) return FLOW_NEXT;
    if (!cond) return run_block(e, known ? s->branch.then : s->branch.other);
    return branch_two(e, cond, run_block, s->branch.then, run_block, s->branch.other,
                      rest ? run_rest : NULL, rest, took, s->branch.cond->span);
}

/* ---- break, continue, return ---- */

static FlowStatus leave_loop(Elab *e, const AstStmt *s) {
    const char *word = s->kind == ST_BREAK ? "break" : "continue";
    if (!e->flow || !e->flow->is_loop) {
        elab_error(e, s->span, "outside-loop", "%s stands outside of any loop", word);
        return FLOW_NEXT;
    }
    cell_set(e, s->kind == ST_BREAK ? e->flow->brk : e->flow->cont, value_bool(1));
    return FLOW_EXIT;
}

static FlowStatus statement_return(Elab *e, const AstStmt *s) {
    Flow *f = e->flow;
    if (!f) die("a return outside of any function"); /* the grammar has none */
    const AstFn *fn = f->fn;
    if (s->value) {
        Value v = expr(e, s->value);
        Flow *function = f;
        while (function->is_loop) function = function->outer;
        if (fn->result)
            v = type_check(e, fn->result, v, function->solved, s->value->span, "the result",
                           fn->result->span);
        if (v.kind == V_NODE) v.literal = NULL;
        cell_set(e, f->result, v);
        f->result->assigned = s->span;
        if (!function->returned.source) function->returned = s->span;
    } else if (fn->result) {
        elab_error(e, s->span, "missing-return", "return without a value: %s gives %s",
                   fn->name.text ? fn->name.text : "the function", type_text(e, fn->result));
    }
    cell_set(e, f->ret, value_bool(1));
    return FLOW_EXIT;
}

/* ---- assert ---- */

void check_assert(Elab *e, const AstExpr *cond, const AstExpr *message, Span span) {
    int known, npieces = 0, nargs = 0;
    Piece *pieces = NULL;
    Node **args = NULL;
    Value c = expr(e, cond);
    Node *node = expr_condition(e, c, cond->span, "what is asserted", &known);
    if (!node && known != 0) return;
    int floats = e->text_of_floats;
    e->text_of_floats = !node; /* the message of a failure at compile time */
    Value text = message ? expr(e, message) : value_text(e, "assertion failed");
    e->text_of_floats = floats;
    if (text.kind == V_POISON) return;
    if (text.kind != V_TEXT) {
        elab_error(e, message->span, "wrong-kind", "an assert's message is text, got %s",
                   value_kind_text(e, text));
        return;
    }
    const char *plain = value_plain_text(e, text);
    if (!node && cond->kind != EX_BOOL && plain) {
        elab_error(e, span, "assertion", "%s", message ? plain : "this can never hold");
        return;
    }
    elab_at(e, span);
    if (!node) node = build_number(&e->b, DT_bool, 0);
    if (message) text = text_join(e, value_text(e, "assertion failed: "), text);
    if (!text_pieces(e, text, span, &pieces, &npieces, &args, &nargs)) return;
    Node **all = NEW_ARRAY(e->arena, Node *, nargs + 1);
    all[0] = node;
    for (int i = 0; i < nargs; i++) all[i + 1] = args[i];
    for (int i = 0; i < npieces; i++)
        if (piece_has_operand(&pieces[i])) pieces[i].index++;
    elab_at(e, span);
    Node *n = node_new(e->graph, e->b.region, OP_assert, NULL, all, nargs + 1, e->b.where);
    n->pieces = pieces;
    n->npieces = npieces;
}

/* ---- blocks with a meaning ---- */

static FlowStatus eval_block(Elab *e, const AstBlock *b) {
    int saved = e->training;
    e->training = 0;
    FlowStatus status = block(e, b);
    e->training = saved;
    return status;
}

static Value detached(Elab *e, Value v) {
    if (v.kind == V_NODE && v.node->type && dtype_is_float(v.node->type->dtype)) {
        v.node = build_detach(&e->b, v.node);
        return v;
    }
    if (!value_is_aggregate(v)) return v;
    Value *at = NEW_ARRAY(e->arena, Value, v.items->n + 1);
    for (int i = 0; i < v.items->n; i++) at[i] = detached(e, v.items->at[i]);
    return value_with_items(e, v, at);
}

/* the older variables that were assigned since mark, each once */
static int assigned_since(Elab *e, int trail, int ncells, Cell ***out) {
    int n = 0;
    *out = NEW_ARRAY(e->arena, Cell *, e->trail.n - trail + 1);
    for (int i = trail; i < e->trail.n; i++) {
        Cell *cell = e->trail.at[i].cell;
        int seen = cell->id >= ncells || cell->unset;
        for (int k = 0; k < n; k++) seen |= (*out)[k] == cell;
        if (!seen) (*out)[n++] = cell;
    }
    return n;
}

static FlowStatus no_grad_block(Elab *e, const AstBlock *b) {
    int trail = e->trail.n, ncells = e->ncells;
    Cell **cells;
    FlowStatus status = block(e, b);
    int n = assigned_since(e, trail, ncells, &cells);
    elab_at(e, b->span);
    for (int i = 0; i < n; i++) cell_set(e, cells[i], detached(e, cells[i]->value));
    return status;
}

/* a leaf computed inside leaves the region as a result; a placeholder stands for it */
static Value exported(Elab *e, Value v, Region *inside) {
    if (v.kind == V_NODE && v.node->type && region_encloses(inside, v.node->region)) {
        PUSH(e->arena, &inside->results, v.node);
        Value out = {.kind = V_NODE};
        out.exact.i = inside->results.n - 1;
        return out;
    }
    if (!value_is_aggregate(v)) return v;
    Value *at = NEW_ARRAY(e->arena, Value, v.items->n + 1);
    for (int i = 0; i < v.items->n; i++) at[i] = exported(e, v.items->at[i], inside);
    return value_with_items(e, v, at);
}

static FlowStatus recompute_block(Elab *e, const AstBlock *b) {
    Branch way = {0};
    Region *inside = region_new(e->graph, e->b.region);
    Mark mark = branch_open(e, inside);
    FlowStatus status = block(e, b);
    branch_close(e, mark, &way);
    for (int i = 0; i < way.cells.n; i++) way.values.at[i] = exported(e, way.values.at[i], inside);
    elab_at(e, b->span);
    Node *node = build_recompute(&e->b, inside);
    for (int i = 0; i < way.cells.n; i++)
        if (!way.unset.at[i]) cell_set(e, way.cells.at[i], value_fill(e, way.values.at[i], node));
    return status;
}

/* ---- all ---- */

static FlowStatus statement(Elab *e, const AstStmt *s, Rest *rest, int *took) {
    elab_at(e, s->span);
    switch (s->kind) {
    case ST_LET:
        statement_let(e, s);
        return FLOW_NEXT;
    case ST_VAR:
        statement_var(e, s);
        return FLOW_NEXT;
    case ST_ASSIGN:
        statement_assign(e, s);
        return FLOW_NEXT;
    case ST_CALL:
        statement_call(e, s->call);
        return FLOW_NEXT;
    case ST_ASSERT:
        check_assert(e, s->check.cond, s->check.message, s->span);
        return FLOW_NEXT;
    case ST_IF:
        return statement_if(e, s, rest, took);
    case ST_WHILE:
        return statement_while(e, s);
    case ST_FOR:
        return statement_for(e, s);
    case ST_EVAL:
        return eval_block(e, s->block);
    case ST_NO_GRAD:
        return no_grad_block(e, s->block);
    case ST_RECOMPUTE:
        return recompute_block(e, s->block);
    case ST_BREAK:
    case ST_CONTINUE:
        return leave_loop(e, s);
    case ST_RETURN:
        return statement_return(e, s);
    case ST_COUNT:
        break;
    }
    return FLOW_NEXT;
}

FlowStatus block_from(Elab *e, const AstBlock *b, int from) {
    Scope *scope = e->scope;
    for (int i = from; i < b->stmts.n; i++) {
        Rest rest = {b, i + 1, scope};
        int has_rest = i + 1 < b->stmts.n, took = 0;
        if (diag_full(e->diag) || e->over_budget) return FLOW_NEXT;
        FlowStatus status = statement(e, b->stmts.at[i], has_rest ? &rest : NULL, &took);
        e->scope = scope;
        if (status == FLOW_EXIT || took) return status;
        if (status == FLOW_MAYBE)
            return has_rest ? guarded(e, status, run_rest, &rest, b->stmts.at[i + 1]->span)
                            : FLOW_MAYBE;
    }
    return FLOW_NEXT;
}

FlowStatus block(Elab *e, const AstBlock *b) {
    Scope *saved = e->scope;
    e->scope = scope_new(e, saved);
    FlowStatus status = block_from(e, b, 0);
    e->scope = saved;
    return status;
}
