/* core_tree.c: len, zip, enumerate, batches, names, map and copy. */
#include "frontend/elaborate/core.h"

#include <string.h>

Value core_len(Elab *e, CallSite *c, Value *args) {
    Value v = args[0];
    path_numbered(e, v, &v);
    if (value_is_aggregate(v)) return value_int(v.items->n);
    if (v.kind == V_NODE && v.node->type->rank) return value_size(v.node->type->dims[0]);
    if (v.kind == V_TYPE && v.type->rank) return value_size(v.type->dims[0]);
    const char *text = value_plain_text(e, v);
    if (text) return value_int((int64_t)strlen(text));
    return elab_error(e, c->spans[0], "wrong-kind", "%s has no length", value_kind_text(e, v));
}

static Value iterable(Elab *e, int kind, const Value *args, int n) {
    Iter *iter = NEW(e->arena, Iter);
    iter->kind = kind;
    iter->n = n;
    iter->args = n ? arena_copy(e->arena, args, sizeof *args * (size_t)n) : NULL;
    return (Value){.kind = V_ITER, .iter = iter};
}

Value core_zip(Elab *e, CallSite *c, Value *args) {
    if (args[0].items->n == 0)
        return elab_error(e, c->span, "missing-argument", "zip: nothing is given to go over");
    return iterable(e, ITER_ZIP, args[0].items->at, args[0].items->n);
}

Value core_enumerate(Elab *e, CallSite *c, Value *args) {
    (void)c;
    return iterable(e, ITER_ENUMERATE, args, 1);
}

Value core_batches(Elab *e, CallSite *c, Value *args) {
    (void)c;
    return iterable(e, ITER_BATCHES, args, 4);
}

Value core_names(Elab *e, CallSite *c, Value *args) {
    Leaves leaves = {0};
    if (!elab_leaves(e, args[0], LEAVES_PARAMS, c->spans[0], &leaves)) return value_poison();
    Value *at = NEW_ARRAY(e->arena, Value, leaves.list.n + 1);
    for (int i = 0; i < leaves.list.n; i++) at[i] = value_text(e, leaves.list.at[i].path);
    return value_items(e, V_LIST, at, leaves.list.n);
}

Value core_map(Elab *e, CallSite *c, Value *args) {
    const Items *trees = args[1].items;
    if (trees->n == 0) return elab_error(e, c->span, "missing-argument", "map: no tree is given");
    Leaves *leaves = NEW_ARRAY(e->arena, Leaves, trees->n);
    for (int k = 0; k < trees->n; k++) {
        if (!elab_leaves(e, trees->at[k], LEAVES_PARAMS, c->span, &leaves[k]))
            return value_poison();
        if (leaves[k].list.n != leaves[0].list.n)
            return elab_error(e, c->span, "zip-lengths",
                              "map needs trees alike: the first has %d leaves, number %d has %d",
                              leaves[0].list.n, k + 1, leaves[k].list.n);
    }
    int n = leaves[0].list.n;
    Value *out = NEW_ARRAY(e->arena, Value, n + 1), *row = NEW_ARRAY(e->arena, Value, trees->n);
    for (int i = 0; i < n; i++) {
        for (int k = 0; k < trees->n; k++) row[k] = value_read(leaves[k].list.at[i].value);
        out[i] = elab_call(e, args[0], row, NULL, trees->n, c->span);
        if (out[i].kind == V_POISON) return out[i];
    }
    return elab_tree_like(e, trees->at[0], out, n);
}

Value core_copy(Elab *e, CallSite *c, Value *args) {
    Value v = args[0];
    if (v.kind == V_INSTANCE) return instance_copy(e, v.instance, c->span);
    if (v.kind == V_NODE) return value_node(build_reshape(&e->b, v.node, v.node->type));
    return v;
}
