/* bind.c: let, var and assignment: patterns on the left, values on the right. */
#include "frontend/elaborate/core.h"

#include <string.h>

/* ---- patterns ---- */

static void bind_name(Elab *e, const AstPattern *p, Value v, BindKind kind) {
    if (kind == BIND_VAR) {
        Binding *b = scope_bind(e, e->scope, kind, p->name, value_none(), p->span);
        b->cell = cell_new(e, p->name, v, p->span);
        return;
    }
    scope_bind(e, e->scope, kind == BIND_LOOP && v.kind == V_PLACE ? BIND_LEAF : kind, p->name, v,
               p->span);
}

static int count_mismatch(Elab *e, int want, Value v, Span span) {
    elab_error(e, span, "tuple-count", "%d names for %s", want, value_kind_text(e, v));
    return 0;
}

/* the items of v for a tuple of n targets; 0 after an error */
static int take_items(Elab *e, int n, Value v, Span span, Value *out) {
    Value read = value_read(v);
    if (read.kind == V_POISON) {
        for (int i = 0; i < n; i++) out[i] = read;
        return 1;
    }
    if (read.kind == V_NODE && read.node->type && read.node->type->rank &&
        !value_is_aggregate(read)) {
        int count;
        const Value *rows = elab_list(e, read, span, "a tuple", &count);
        if (!rows) return 0;
        if (count != n) return count_mismatch(e, n, value_items(e, V_TUPLE, rows, count), span);
        memcpy(out, rows, sizeof *out * (size_t)n);
        return 1;
    }
    if (!value_is_aggregate(read)) {
        elab_error(e, span, "not-a-tuple", "expected a tuple of %d, got %s", n,
                   value_kind_text(e, read));
        return 0;
    }
    if (read.items->n != n) return count_mismatch(e, n, read, span);
    for (int i = 0; i < n; i++) out[i] = item_of(e, v, i);
    return 1;
}

void bind_pattern(Elab *e, const AstPattern *p, Value v, BindKind kind, Span span) {
    if (p->name) {
        bind_name(e, p, v, kind);
        return;
    }
    Value *items = NEW_ARRAY(e->arena, Value, p->items.n + 1);
    if (!take_items(e, p->items.n, v, span, items))
        for (int i = 0; i < p->items.n; i++) items[i] = value_poison();
    for (int i = 0; i < p->items.n; i++) bind_pattern(e, p->items.at[i], items[i], kind, span);
}

/* ---- let and var ---- */

static const char *pattern_text(Elab *e, const AstPattern *p) {
    (void)e;
    return p->name ? p->name : "the value";
}

Value let_value(Elab *e, const AstPattern *p, const AstType *type, const AstExpr *value) {
    int first_new = e->graph->next_id;
    Value v = expr(e, value);
    if (type) v = type_check(e, type, v, NULL, value->span, pattern_text(e, p), span_nowhere());
    elab_at(e, value->span);
    return expr_fresh(e, value, expr_bound(e, v, value->span), first_new);
}

static int holds_function(Value v) {
    if (v.kind == V_FN || v.kind == V_SPACE || v.kind == V_ITER) return 1;
    for (int i = 0; value_is_aggregate(v) && i < v.items->n; i++)
        if (holds_function(v.items->at[i])) return 1;
    return 0;
}

void statement_let(Elab *e, const AstStmt *s) {
    Value v = let_value(e, s->bind.pattern, s->bind.type, s->bind.value);
    if (v.kind == V_ITER)
        v = elab_error(e, s->bind.value->span, "not-a-value",
                       "zip, enumerate and batches stand in a for only");
    bind_pattern(e, s->bind.pattern, v, BIND_LET, s->bind.value->span);
}

void statement_var(Elab *e, const AstStmt *s) {
    Value v = let_value(e, s->bind.pattern, s->bind.type, s->bind.value);
    if (holds_function(v)) {
        elab_error(e, s->bind.value->span, "var-function",
                   "a function is known at compile time and cannot be a var");
        elab_hint(e, "bind it by let");
        v = value_poison();
    }
    v = value_variable(e, v, s->bind.value->span);
    bind_pattern(e, s->bind.pattern, v, BIND_VAR, s->bind.value->span);
    if (s->bind.type && s->bind.pattern->name && v.kind == V_NODE)
        scope_find(e->scope, s->bind.pattern->name)->cell->fixed = v.node->type;
}

/* ---- assignment ---- */

static int not_assignable(Elab *e, const AstExpr *target, const Found *found) {
    static const char *const kinds[] = {[BIND_LET] = "a let",
                                        [BIND_PARAM] = "a parameter",
                                        [BIND_LOOP] = "a loop's variable",
                                        [BIND_CONST] = "a const",
                                        [BIND_DECL] = "declared outside",
                                        [BIND_LEAF] = "a leaf",
                                        [BIND_VAR] = "a var of the function around"};
    const Binding *b = found->binding;
    if (found->beyond_call && b->kind == BIND_VAR) {
        elab_error(e, target->span, "assign-outer",
                   "%s belongs to the code around this function value, which may read it but not "
                   "assign to it",
                   target->name);
    } else {
        elab_error(e, target->span, "not-assignable", "%s is %s and cannot be assigned to",
                   target->name, kinds[b->kind]);
        if (b->kind == BIND_LET || b->kind == BIND_PARAM)
            elab_hint(e,
                      b->kind == BIND_LET ? "declare it with var: var %s = …"
                                          : "copy it first: var %s = …",
                      target->name);
    }
    elab_note(e, b->span, "%s is declared here", target->name);
    return 0;
}

/* the place that a target (but no tuple, and no part of a tensor) names; 0 after an error */
static int target_place(Elab *e, const AstExpr *t, Value *out) {
    Found found;
    if (t->kind == EX_NAME) {
        if (!name_find(e, t->name, &found)) {
            elab_error(e, t->span, "unknown-name", "unknown name %s", t->name);
            const char *near = nearest_variable(e, t->name);
            if (near)
                elab_hint(e, "did you mean %s? A new variable is declared: var %s = …", near,
                          t->name);
            else
                elab_hint(e, "declare it: var %s = …", t->name);
            scope_bind(e, e->scope, BIND_LET, t->name, value_poison(), t->span);
            return 0;
        }
        if (found.binding && found.binding->kind == BIND_LEAF) {
            *out = found.binding->value;
            return 1;
        }
        if (found.binding && (found.beyond_call || !found.binding->cell)) {
            if (!found.beyond_call && found.binding->value.kind == V_POISON) return 0;
            return not_assignable(e, t, &found);
        }
    }
    *out = expr_raw(e, t);
    if (out->kind == V_PLACE) return 1;
    if (out->kind == V_POISON) return 0;
    elab_error(e, t->span, "not-assignable", "%s cannot be assigned to: it is %s, not a variable",
               source_text(e, t->span, "this"), value_kind_text(e, *out));
    return 0;
}

/* x op= v keeps x's type and shape: v is broadcast to x, and converted where that loses no kind */
static Value compound_value(Elab *e, const Place *place, AstBinary op, Value v, Span span) {
    Value old = place_read(place);
    Value result = elab_binary(e, op, old, v, span);
    if (old.kind != V_NODE || result.kind != V_NODE) return result;
    const Type *want = old.node->type, *got = result.node->type;
    if (dtype_kind(got->dtype) > dtype_kind(want->dtype) || !type_same_shape(got, want)) {
        elab_error(e, span, "compound-type", "%s is %s and keeps its type: %s= would make it %s",
                   place->cell->name, type_print(e->arena, want), ast_binary_text(op),
                   type_print(e->arena, got));
        elab_note(e, place->cell->span, "%s is declared here", place->cell->name);
        return value_poison();
    }
    return value_node(elab_cast(e, result.node, want->dtype));
}

static void assign_tuple(Elab *e, const AstExpr *t, Value v, Span span) {
    int n = t->elements.n;
    Value *items = NEW_ARRAY(e->arena, Value, n + 1);
    if (!take_items(e, n, v, span, items)) return;
    for (int i = 0; i < n; i++) assign_to(e, t->elements.at[i], items[i], 0, BIN_add, span);
}

static int is_part_of_tensor(Elab *e, const AstExpr *t) {
    if (t->kind != EX_INDEX) return 0;
    Mark mark = branch_open(e, region_new(e->graph, e->b.region));
    e->discovering++;
    Value v = value_read(expr_raw(e, t->index.object));
    e->discovering--;
    Branch way = {0};
    branch_close(e, mark, &way);
    return !value_is_aggregate(v);
}

void assign_to(Elab *e, const AstExpr *t, Value v, int compound, AstBinary op, Span span) {
    Value place;
    if (t->kind == EX_TUPLE) {
        assign_tuple(e, t, v, span);
        return;
    }
    int part = is_part_of_tensor(e, t);
    if (part && is_part_of_tensor(e, t->index.object)) {
        t = target_once(e, t);
        v = index_replaced(e, t, v, compound, op, span);
        if (v.kind != V_POISON) assign_to(e, t->index.object, v, 0, BIN_add, span);
        return;
    }
    if (!target_place(e, part ? t->index.object : t, &place)) return;
    if (part) {
        index_assign(e, place.place, t, v, compound, op, span);
        return;
    }
    elab_at(e, span);
    if (compound) v = compound_value(e, place.place, op, v, span);
    elab_assign_place(e, place.place, v, span);
}

void statement_assign(Elab *e, const AstStmt *s) {
    int first_new = e->graph->next_id;
    Value v = expr(e, s->assign.value);
    if (!s->assign.compound) v = expr_fresh(e, s->assign.value, v, first_new);
    assign_to(e, s->assign.target, v, s->assign.compound, s->assign.op, s->span);
}
