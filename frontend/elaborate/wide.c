/* wide.c: `wide fn`. When its tensors promote to f16 or bf16, they are f32 in its body, and its
   results of f32 are rounded to that type: so a function that is made of several steps rounds once,
   as one operation does. Casts are fused, so it costs nothing. Tensors that promote to another type
   are left alone: the body promotes, or refuses, them as it would have. */
#include "frontend/elaborate/core.h"

typedef VEC(Node *) Nodes;

static int is_items(Value v) {
    return (v.kind == V_TUPLE || v.kind == V_LIST) && !v.is_tree && !v.items->names;
}

static int is_tensor(Value v) {
    return v.kind == V_NODE && v.node->type;
}

static void gather(Elab *e, Value v, Nodes *out) {
    v = value_read(v);
    if (is_tensor(v)) PUSH(e->arena, out, v.node);
    for (int i = 0; is_items(v) && i < v.items->n; i++) gather(e, v.items->at[i], out);
}

/* v with each tensor in it of the one type cast to the other */
static Value recast(Elab *e, Value v, DType from, DType to) {
    Value read = value_read(v);
    if (is_tensor(read) && read.node->type->dtype == from) {
        Value out = value_node(elab_cast(e, read.node, to));
        out.is_known = read.is_known && to == DT_f32; /* the number is what it was */
        out.exact = read.exact;
        return out;
    }
    if (!is_items(read)) return v;
    Value *at = NEW_ARRAY(e->arena, Value, read.items->n + 1);
    for (int i = 0; i < read.items->n; i++) at[i] = recast(e, read.items->at[i], from, to);
    Value out = value_items(e, read.kind, at, read.items->n);
    out.is_shape = read.is_shape;
    return out;
}

/* the arguments of a call, before they are bound (absent ones are None) */
void wide_arguments(Elab *e, Value *at, int n, Solved *solved) {
    Nodes tensors = {0};
    for (int i = 0; i < n; i++) gather(e, at[i], &tensors);
    DType to = promoted_dtype(tensors.at, tensors.n);
    if (to == DT_COUNT || dtype_wide(to) == to) return;
    solved->narrow = to;
    for (int i = 0; i < n; i++) {
        at[i] = recast(e, at[i], DT_f16, DT_f32);
        at[i] = recast(e, at[i], DT_bf16, DT_f32);
    }
}

Value wide_result(Elab *e, Value v, const Solved *solved) {
    return solved->narrow == DT_COUNT ? v : recast(e, v, DT_f32, solved->narrow);
}
