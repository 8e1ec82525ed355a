/* target.c: what a statement reads and then assigns to, x[f()].add_(1) or x[f()][0] = 1, is
   evaluated once: gives the target with names in place of its indices and calls. */
#include "frontend/elaborate/core.h"

/* names that no program can write */
static AstExpr *held(Elab *e, const AstExpr *x, Value v) {
    AstExpr *name = NEW(e->arena, AstExpr);
    *name = (AstExpr){.kind = EX_NAME, .depth = 1, .span = x->span};
    name->name = intern(e->interner, arena_printf(e->arena, " held %d", e->nheld++));
    scope_bind(e, e->scope, BIND_PARAM, name->name, v, x->span);
    return name;
}

static AstExpr *held_bound(Elab *e, AstExpr *x) {
    if (!x || x->kind == EX_INT || x->kind == EX_NONE) return x;
    return held(e, x, expr(e, x));
}

const AstExpr *target_once(Elab *e, const AstExpr *t) {
    if (t->kind == EX_NAME) return t;
    AstExpr *once = NEW(e->arena, AstExpr);
    *once = *t;
    if (t->kind == EX_FIELD) {
        once->field.object = (AstExpr *)target_once(e, t->field.object);
        return once;
    }
    if (t->kind != EX_INDEX) return held(e, t, expr_raw(e, t));
    once->index.object = (AstExpr *)target_once(e, t->index.object);
    once->index.items = (AstItems){0};
    for (int i = 0; i < t->index.items.n; i++) {
        AstItem item = t->index.items.at[i];
        item.expr = held_bound(e, item.expr);
        item.start = held_bound(e, item.start);
        item.stop = held_bound(e, item.stop);
        item.step = held_bound(e, item.step);
        PUSH(e->arena, &once->index.items, item);
    }
    return once;
}
