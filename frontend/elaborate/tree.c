/* tree.c: trees: tensors in any nesting of tuples, lists, records and instances. An instance's
   leaves are its parameters, in the order of their declaration; one that is reached twice counts
   once. */
#include "frontend/elaborate/core.h"

#include <string.h>

typedef struct Walk Walk;
struct Walk {
    int with_state;
    Span span;
    Leaves *out;
    VEC(const Cell *) seen;
    int good;
};

static int holds_tree(Value v) {
    v = value_read(v);
    if (v.kind == V_INSTANCE || v.kind == V_RECORD) return 1;
    if (v.kind != V_TUPLE && v.kind != V_LIST) return 0;
    for (int i = 0; i < v.items->n; i++)
        if (holds_tree(v.items->at[i])) return 1;
    return 0;
}

int value_is_tree(Value v) {
    v = value_read(v);
    switch (v.kind) {
    case V_INSTANCE:
    case V_RECORD:
    case V_NODE:
    case V_EXACT:
    case V_SIZE:
        return 1;
    case V_TUPLE:
    case V_LIST:
        for (int i = 0; i < v.items->n; i++)
            if (!value_is_tree(v.items->at[i])) return 0;
        return 1;
    default:
        return 0;
    }
}

static const char *join(Elab *e, const char *path, const char *name) {
    if (!*path) return name;
    return *name ? arena_printf(e->arena, "%s.%s", path, name) : path;
}

static int seen_before(Elab *e, Walk *w, const Cell *cell) {
    for (int i = 0; i < w->seen.n; i++)
        if (w->seen.at[i] == cell) return 1;
    PUSH(e->arena, &w->seen, cell);
    return 0;
}

static void walk(Elab *e, Walk *w, Value raw, const char *path);

/* the path of item i of a member: its own text, or NAME.i */
const char *slot_item_path(Elab *e, const Slot *slot, int i) {
    if (slot->item_paths) return slot->item_paths[i];
    return arena_printf(e->arena, "%s.%d", slot->path ? slot->path : slot->name, i);
}

static void walk_slot(Elab *e, Walk *w, Slot *slot, const char *path) {
    const char *name = join(e, path, slot->path ? slot->path : slot->name);
    if (slot->cell) {
        if (slot->kind != SLOT_PARAM && !w->with_state) return;
        if (!w->with_state && seen_before(e, w, slot->cell)) return;
        walk(e, w, cell_place(e, slot->cell), name);
        return;
    }
    if (slot->kind != SLOT_MEMBER || !holds_tree(slot->value)) return;
    if (slot->value.kind != V_LIST && slot->value.kind != V_TUPLE) {
        walk(e, w, slot->value, name);
        return;
    }
    for (int i = 0; i < slot->value.items->n; i++) /* functions among layers are passed over */
        if (holds_tree(slot->value.items->at[i]))
            walk(e, w, slot->value.items->at[i], join(e, path, slot_item_path(e, slot, i)));
}

static void walk_items(Elab *e, Walk *w, Value raw, const char *const *names, const char *path) {
    int n = value_read(raw).items->n;
    for (int i = 0; i < n; i++)
        if (holds_tree(item_of(e, raw, i))) walk(e, w, item_of(e, raw, i), join(e, path, names[i]));
}

static void walk(Elab *e, Walk *w, Value raw, const char *path) {
    Value v = value_read(raw);
    switch (v.kind) {
    case V_POISON:
        w->good = 0;
        return;
    case V_NONE:
        return;
    case V_INSTANCE:
        for (int i = 0; i < v.instance->slots.n; i++)
            walk_slot(e, w, &v.instance->slots.at[i], path);
        return;
    case V_RECORD:
    case V_TUPLE:
    case V_LIST:
        for (int i = 0; i < v.items->n; i++) {
            const Cell *like = v.items->cells ? v.items->cells[i] : NULL;
            if (like && !w->with_state && seen_before(e, w, like)) continue;
            const char *name = v.kind != V_RECORD ? arena_printf(e->arena, "%d", i)
                               : v.items->paths   ? v.items->paths[i]
                                                  : v.items->names[i];
            if (v.items->item_paths && v.items->item_paths[i])
                walk_items(e, w, item_of(e, raw, i), v.items->item_paths[i], path);
            else
                walk(e, w, item_of(e, raw, i), join(e, path, name));
        }
        return;
    case V_EXACT:
    case V_SIZE:
        raw = value_node(elab_tensor(e, v, w->span, "a leaf"));
        break;
    case V_NODE:
        break;
    default:
        elab_error(e, w->span, "not-a-tree", "expected a tree of tensors, and %s is %s",
                   *path ? path : "it", value_kind_text(e, v));
        w->good = 0;
        return;
    }
    Leaf leaf = {path, raw};
    PUSH(e->arena, &w->out->list, leaf);
}

int elab_leaves(Elab *e, Value tree, int with_state, Span span, Leaves *out) {
    Walk w = {.with_state = with_state, .span = span, .out = out, .good = 1};
    walk(e, &w, tree, "");
    for (int i = 0; with_state && w.good && i < out->list.n; i++)
        for (int k = 0; k < i; k++)
            if (strcmp(out->list.at[i].path, out->list.at[k].path) == 0) {
                elab_error(e, span, "same-path", "two tensors have the path %s",
                           out->list.at[i].path);
                return 0;
            }
    return w.good;
}

/* ---- the same structure with other leaves ---- */

typedef struct Rebuild Rebuild;
struct Rebuild {
    const Value *leaves;
    int n, at;
    VEC(const Cell *) seen;
    VEC(Value) values;
};

static Value next_leaf(Rebuild *r) {
    return r->at < r->n ? r->leaves[r->at++] : value_poison();
}

static Value rebuild(Elab *e, Rebuild *r, Value raw);

/* what is like the parameter: the same for each of its places */
static Value rebuild_cell(Elab *e, Rebuild *r, const Cell *cell, Value value) {
    for (int i = 0; i < r->seen.n; i++)
        if (r->seen.at[i] == cell) return r->values.at[i];
    Value v = rebuild(e, r, value);
    PUSH(e->arena, &r->seen, cell);
    PUSH(e->arena, &r->values, v);
    return v;
}

/* a member's list: what is no tree in it (a function among layers) stays */
static Value rebuild_member(Elab *e, Rebuild *r, Value raw) {
    Value v = value_read(raw);
    if (v.kind != V_LIST && v.kind != V_TUPLE) return rebuild(e, r, v);
    Value *at = NEW_ARRAY(e->arena, Value, v.items->n + 1);
    for (int i = 0; i < v.items->n; i++)
        at[i] = holds_tree(v.items->at[i]) ? rebuild(e, r, v.items->at[i]) : v.items->at[i];
    v = value_with_items(e, v, at);
    v.is_tree = 1;
    return v;
}

static Value rebuild_instance(Elab *e, Rebuild *r, const Instance *m) {
    Items *items = NEW(e->arena, Items);
    int cap = m->slots.n + 1;
    items->at = NEW_ARRAY(e->arena, Value, cap);
    items->names = NEW_ARRAY(e->arena, const char *, cap);
    items->paths = NEW_ARRAY(e->arena, const char *, cap);
    items->cells = NEW_ARRAY(e->arena, const Cell *, cap);
    items->item_paths = NEW_ARRAY(e->arena, const char *const *, cap);
    for (int i = 0; i < m->slots.n; i++) {
        const Slot *slot = &m->slots.at[i];
        int param = slot->kind == SLOT_PARAM && slot->cell;
        if (!param && !(slot->kind == SLOT_MEMBER && holds_tree(slot->value))) continue;
        items->names[items->n] = slot->name;
        items->paths[items->n] = slot->path ? slot->path : slot->name;
        items->item_paths[items->n] = slot->item_paths;
        items->cells[items->n] = param ? slot->cell : NULL;
        items->at[items->n++] = param ? rebuild_cell(e, r, slot->cell, slot->cell->value)
                                      : rebuild_member(e, r, slot->value);
    }
    return (Value){.kind = V_RECORD, .is_tree = 1, .items = items};
}

static Value rebuild(Elab *e, Rebuild *r, Value raw) {
    Value v = value_read(raw);
    if (v.kind == V_INSTANCE) return rebuild_instance(e, r, v.instance);
    if (v.kind == V_NONE) return v;
    if (!value_is_aggregate(v)) return next_leaf(r);
    Value *at = NEW_ARRAY(e->arena, Value, v.items->n + 1);
    for (int i = 0; i < v.items->n; i++) {
        const Cell *like = v.items->cells ? v.items->cells[i] : NULL;
        at[i] = like ? rebuild_cell(e, r, like, v.items->at[i]) : rebuild(e, r, v.items->at[i]);
    }
    v = value_with_items(e, v, at);
    v.is_tree = 1;
    v.is_shape = 0;
    return v;
}

Value elab_tree_like(Elab *e, Value tree, const Value *leaves, int n) {
    Rebuild r = {.leaves = leaves, .n = n};
    return rebuild(e, &r, tree);
}

Value elab_map_tree(Elab *e, Value tree, Value (*f)(Elab *e, Value leaf, void *data), void *data) {
    Leaves leaves = {0};
    if (!elab_leaves(e, tree, LEAVES_PARAMS, e->b.where ? e->b.where->span : span_nowhere(),
                     &leaves))
        return value_poison();
    Value *at = NEW_ARRAY(e->arena, Value, leaves.list.n + 1);
    for (int i = 0; i < leaves.list.n; i++) {
        at[i] = f(e, value_read(leaves.list.at[i].value), data);
        if (at[i].kind == V_POISON) return at[i];
    }
    return elab_tree_like(e, tree, at, leaves.list.n);
}
