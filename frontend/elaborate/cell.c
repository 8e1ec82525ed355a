/* cell.c: variables. Every assignment is kept on a trail, so that what a branch or a loop's body
   assigns can be found, undone and merged (branch.c, loop.c). */
#include "frontend/elaborate/core.h"

#include <string.h>

Cell *cell_new(Elab *e, const char *name, Value value, Span span) {
    Cell *c = NEW(e->arena, Cell);
    c->name = name;
    c->value = value;
    c->id = e->ncells++;
    c->span = c->assigned = span;
    return c;
}

void cell_set(Elab *e, Cell *cell, Value value) {
    Change change = {cell, cell->value, cell->unset};
    PUSH(e->arena, &e->trail, change);
    cell->value = value;
    cell->unset = 0;
}

Value cell_place(Elab *e, Cell *cell) {
    Place *place = NEW(e->arena, Place);
    place->cell = cell;
    return (Value){.kind = V_PLACE, .place = place};
}

Value place_read(const Place *place) {
    Value v = place->cell->value;
    for (int i = 0; i < place->depth; i++) {
        if (!value_is_aggregate(v)) return v.kind == V_POISON ? v : value_poison();
        v = v.items->at[place->path[i]];
    }
    return v.kind == V_PLACE ? place_read(v.place) : v;
}

/* v with the item at path replaced */
static Value replace(Elab *e, Value v, const int *path, int depth, Value with) {
    if (depth == 0 || !value_is_aggregate(v)) return with;
    Value *at = NEW_ARRAY(e->arena, Value, v.items->n);
    memcpy(at, v.items->at, sizeof *at * (size_t)v.items->n);
    at[*path] = replace(e, at[*path], path + 1, depth - 1, with);
    return value_with_items(e, v, at);
}

int place_set(Elab *e, const Place *place, Value value) {
    cell_set(e, place->cell, replace(e, place->cell->value, place->path, place->depth, value));
    return 1;
}

/* what a variable may hold: typed, and not known at compile time */
Value value_variable(Elab *e, Value v, Span span) {
    v = expr_bound(e, v, span);
    v.is_known = 0;
    v.literal = NULL;
    if (v.kind == V_SIZE) return value_node(elab_tensor(e, v, span, "a variable"));
    if (!value_is_aggregate(v)) return v;
    Value *at = NEW_ARRAY(e->arena, Value, v.items->n + 1);
    for (int i = 0; i < v.items->n; i++) at[i] = value_variable(e, v.items->at[i], span);
    v = value_with_items(e, v, at);
    v.is_shape = 0;
    return v;
}

/* ---- assignment ---- */

static const char *assigned_kind(Elab *e, Value v) {
    if (v.kind == V_EXACT) return dtype_name(exact_dtype(v.exact));
    return value_kind_text(e, v);
}

static Value wrong_type(Elab *e, const Place *place, Value old, Value new, Span span) {
    elab_error(e, span, "assign-type", "%s is %s, it cannot become %s", place->cell->name,
               value_kind_text(e, old), assigned_kind(e, new));
    if (old.kind == V_NODE && new.kind == V_NODE && old.node->type->dtype != new.node->type->dtype)
        elab_hint(e, "convert it: x.to(%s)", dtype_name(old.node->type->dtype));
    elab_note(e, place->cell->span, "%s is declared here", place->cell->name);
    return value_poison();
}

static int is_scalar_float(Value v) {
    return v.kind == V_NODE && v.node->type->rank == 0 && dtype_is_float(v.node->type->dtype);
}

/* new, as what the place holding old may hold */
static Value fit(Elab *e, const Place *place, Value old, Value new, Span span) {
    if (new.kind == V_POISON || old.kind == V_POISON) return new;
    if (old.kind == V_NODE) {
        DType d = old.node->type->dtype;
        int number = new.kind == V_EXACT || new.kind == V_SIZE;
        int adapts = number && (new.kind == V_SIZE
                                    ? d != DT_bool
                                    : (new.exact.kind == EXACT_BOOL) == (d == DT_bool) &&
                                          (new.exact.kind != EXACT_FLOAT || dtype_is_float(d)));
        if (number && !adapts) return wrong_type(e, place, old, new, span);
        if (new.kind == V_NODE &&new.literal &&new.node->type->dtype != d && dtype_is_float(d))
            new = literal_tensor(e, new.literal,
                                 type_with_dtype(e->graph->types, new.node->type, d), span);
        if (number) new = value_node(elab_tensor_as(e, new, d, span, place->cell->name));
        if (new.kind == V_LIST) new = value_node(elab_tensor(e, new, span, place->cell->name));
        if (new.kind == V_POISON) return new;
        if (place->cell->is_field && is_scalar_float(old) && is_scalar_float(new))
            return value_node(elab_cast(e, new.node, d));
        if (new.kind != V_NODE || new.node->type->dtype != d)
            return wrong_type(e, place, old, new, span);
        return value_node(new.node);
    }
    if (old.kind == V_TEXT && new.kind == V_TEXT) return new;
    if (!value_is_aggregate(old))
        return value_same(old, new) ? new : wrong_type(e, place, old, new, span);
    if (old.kind == V_LIST && new.kind == V_LIST &&new.items->n != old.items->n) return new;
    if (!value_is_aggregate(new) || new.items->n != old.items->n)
        return wrong_type(e, place, old, new, span);
    Value *at = NEW_ARRAY(e->arena, Value, new.items->n + 1);
    for (int i = 0; i < new.items->n; i++) {
        at[i] = fit(e, place, value_read(old.items->at[i]), value_read(new.items->at[i]), span);
        if (at[i].kind == V_POISON) return at[i];
    }
    return value_with_items(e, old, at);
}

int elab_assign_place(Elab *e, const Place *place, Value value, Span span) {
    Value old = place_read(place);
    value = fit(e, place, old, value_read_deep(e, value), span);
    const Type *fixed = place->depth ? NULL : place->cell->fixed;
    if (fixed && value.kind == V_NODE && !type_same_shape(value.node->type, fixed)) {
        const Dim *a = fixed->rank ? fixed->dims[0] : NULL,
                  *b = value.node->type->rank ? value.node->type->dims[0] : NULL;
        elab_error(e, span, "assign-shape", "%s keeps its shape: it is %s, got %s",
                   place->cell->name, type_print(e->arena, fixed),
                   type_print(e->arena, value.node->type));
        elab_note(e, place->cell->span, "%s is declared here", place->cell->name);
        elab_note_sizes(e, a, b);
        value = value_poison();
    }
    place_set(e, place, value);
    place->cell->assigned = span;
    return value.kind != V_POISON;
}
