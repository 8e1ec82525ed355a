/* builtin_lib.c: see builtin_lib.h. */
#include "frontend/elaborate/builtin_lib.h"

Node *lib_tensor(Elab *e, CallSite *c, Value *args, int i, const char *what) {
    Value v = value_read(args[i]);
    const char *whole = v.kind == V_NODE ? what : arena_printf(e->arena, "%s: %s", c->name, what);
    return elab_tensor(e, v, c->spans[i], whole);
}

Node *lib_indices(Elab *e, CallSite *c, Value *args, int i, const char *what) {
    Node *x = elab_tensor(e, args[i], c->spans[i], what);
    if (!x) return NULL;
    if (dtype_kind(x->type->dtype) != 1) {
        elab_error(e, c->spans[i], "type-mismatch", "%s of %s must be integers, got %s", what,
                   c->name, type_print(e->arena, x->type));
        return NULL;
    }
    return elab_cast(e, x, DT_i64);
}

Node *lib_reshape(Elab *e, Node *x, int rank, const Dim *const *dims, const char *const *names) {
    return build_reshape(&e->b, x, type_new(e->graph->types, x->type->dtype, rank, dims, names));
}

Node *lib_drop_axes(Elab *e, Node *x, const int *axes, int n) {
    const Dim *dims[MAX_RANK];
    const char *names[MAX_RANK];
    int rank = 0;
    for (int i = 0; i < x->type->rank; i++) {
        int dropped = 0;
        for (int k = 0; k < n; k++) dropped |= axes[k] == i;
        if (dropped) continue;
        dims[rank] = x->type->dims[i];
        names[rank++] = x->type->names[i];
    }
    return rank == x->type->rank ? x : lib_reshape(e, x, rank, dims, names);
}

Node *lib_unsqueeze(Elab *e, Node *x, int axis) {
    const Dim *dims[MAX_RANK];
    const char *names[MAX_RANK];
    int rank = x->type->rank + 1;
    for (int i = 0, from = 0; i < rank; i++) {
        int added = i == axis;
        dims[i] = added ? dim_int(e->graph->dims, 1) : x->type->dims[from];
        names[i] = added ? NULL : x->type->names[from];
        from += !added;
    }
    return lib_reshape(e, x, rank, dims, names);
}

const Type *lib_with_length(Elab *e, const Type *t, int axis, const Dim *length) {
    const Dim *dims[MAX_RANK];
    for (int i = 0; i < t->rank; i++) dims[i] = i == axis ? length : t->dims[i];
    return type_new(e->graph->types, t->dtype, t->rank, dims, t->names);
}

Node *lib_stretch(Elab *e, Node *x, int axis, const Dim *length) {
    return build_expand(&e->b, x, lib_with_length(e, x->type, axis, length));
}

Node *lib_full(Elab *e, const Type *type, double value) {
    return build_fill(&e->b, type, value);
}

Node *lib_cut(Elab *e, Node *x, int axis, const Dim *start, const Dim *length) {
    return build_slice_axis(&e->b, x, axis, build_size(&e->b, start), length, 1);
}

Node *lib_take_along(Elab *e, Node *x, int axis, Node *index) {
    Node *idx[MAX_RANK];
    const Type *shape = type_without_names(e->graph->types, index->type);
    for (int i = 0; i < x->type->rank; i++)
        idx[i] = i == axis ? index : build_iota(&e->b, shape, i);
    return build_gather(&e->b, x, idx, x->type->rank);
}

int lib_axis(Elab *e, Node *x, Value axis, Span span, int *out) {
    *out = 0;
    return elab_is_scalar_axis(x, axis) || elab_axis(e, x, axis, span, out);
}

int lib_dtype(Elab *e, CallSite *c, Value dtype, int i, DType *out) {
    if (dtype.kind == V_NONE) return 1;
    const Type *t =
        elab_type_value(e, dtype, c->spans[i], arena_printf(e->arena, "the dtype of %s", c->name));
    if (!t) return 0;
    if (t->rank) {
        elab_error(e, c->spans[i], "type-mismatch", "dtype is an element type, got %s",
                   type_print(e->arena, t));
        return 0;
    }
    *out = t->dtype;
    return 1;
}

Node *lib_converted(Elab *e, CallSite *c, Node *x, Value dtype, int i) {
    DType to = x->type->dtype;
    return lib_dtype(e, c, dtype, i, &to) ? elab_cast(e, x, to) : NULL;
}

int lib_check_float(Elab *e, CallSite *c, int i, Node *x) {
    if (dtype_is_float(x->type->dtype)) return 1;
    elab_error(e, c->spans[i], "type-mismatch", "%s takes floating numbers, got %s", c->name,
               type_print(e->arena, x->type));
    return 0;
}

int64_t lib_product(const int64_t *at, int n) {
    int64_t p = 1;
    for (int i = 0; i < n; i++) p *= at[i];
    return p;
}

int lib_ints(Elab *e, CallSite *c, Value *args, int i, const char *what, int n, int64_t *out) {
    Value v = args[i];
    if (v.kind != V_TUPLE && v.kind != V_LIST) {
        int64_t one;
        if (!elab_known_int(e, v, c->spans[i], what, &one)) return 0;
        for (int k = 0; k < n; k++) out[k] = one;
        return 1;
    }
    if (v.items->n != n) {
        elab_error(e, c->spans[i], "bad-argument",
                   "%s of %s: expected a number or %d of them, got %d", what, c->name, n,
                   v.items->n);
        return 0;
    }
    for (int k = 0; k < n; k++)
        if (!elab_known_int(e, v.items->at[k], c->spans[i], what, &out[k])) return 0;
    return 1;
}
