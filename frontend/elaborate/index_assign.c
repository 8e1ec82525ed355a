/* index_assign.c: x[…] = v and x[…] op= v: a new value of the variable, with a box, the places that
   tensors index, or the elements under a mask replaced. */
#include "frontend/elaborate/index.h"

#include <string.h>

static Value bad_type(Elab *e, const char *name, Node *x, Value v, Span span) {
    elab_error(e, span, "assign-type", "the elements of %s are %s, got %s", name,
               dtype_name(x->type->dtype), value_kind_text(e, v));
    if (v.kind == V_NODE) elab_hint(e, "convert it: x.to(%s)", dtype_name(x->type->dtype));
    return value_poison();
}

/* v as a tensor of x's type; compound results are converted where that loses no kind */
static Node *element_type(Elab *e, const char *name, Node *x, Value v, int compound, Span span) {
    DType d = x->type->dtype;
    v = value_read_deep(e, v);
    if (v.kind == V_POISON) return NULL;
    if (v.kind == V_LIST) v = value_node(elab_tensor(e, v, span, "the assigned value"));
    if (v.kind == V_NODE && v.literal && dtype_is_float(d))
        v = literal_tensor(e, v.literal, type_with_dtype(e->graph->types, v.node->type, d), span);
    int number = v.kind == V_EXACT || v.kind == V_SIZE;
    int loses = v.kind == V_EXACT && ((v.exact.kind == EXACT_FLOAT && !dtype_is_float(d)) ||
                                      (v.exact.kind == EXACT_BOOL) != (d == DT_bool));
    if (number && !loses) return elab_tensor_as(e, v, d, span, "the assigned value");
    if (v.kind != V_NODE) {
        bad_type(e, name, x, v, span);
        return NULL;
    }
    int same = v.node->type->dtype == d,
        converts = compound && dtype_kind(v.node->type->dtype) <= dtype_kind(d);
    if (!same && !converts) {
        bad_type(e, name, x, v, span);
        return NULL;
    }
    return elab_cast(e, v.node, d);
}

static Node *spread(Elab *e, Node *v, const Type *shape, Span span) {
    const Type *plain = type_without_names(e->graph->types, shape);
    const Type *both = elab_broadcast_type(e, plain, v->type, span, "the assigned value");
    if (!both) return NULL;
    if (!type_same_shape(both, plain)) {
        elab_error(e, span, "shape-mismatch", "the assigned value is %s, the place is %s",
                   type_print(e->arena, v->type), type_print(e->arena, shape));
        return NULL;
    }
    return type_same_shape(v->type, plain)
               ? v
               : build_expand(&e->b, v, type_with_dtype(e->graph->types, plain, v->type->dtype));
}

/* the box of x replaced by v, which has the box's shape with its axes kept */
static Node *put_box(Elab *e, const Selection *s, Node *v) {
    Node *starts[MAX_RANK];
    int64_t steps[MAX_RANK];
    int flips[MAX_RANK], nflips = 0;
    for (int i = 0; i < s->n; i++) {
        int cut = s->at[i].kind == SELECT_ONE || s->at[i].kind == SELECT_SLICE;
        starts[i] = cut ? s->at[i].start : build_int(&e->b, 0);
        steps[i] = cut ? s->at[i].step : 1;
        if (cut && s->at[i].flip) flips[nflips++] = i;
    }
    if (nflips) v = build_flip(&e->b, v, flips, nflips);
    return build_slice_update(&e->b, s->x, v, starts, steps);
}

/* the places that tensors index, replaced in the box; gives the box */
static Node *put_tensors(Elab *e, const Selection *s, Node *box, Node *v, Span span) {
    int perm[MAX_RANK], back[MAX_RANK], k = index_front(s, perm), first = perm[0], adjacent = 1;
    Node *idx[MAX_RANK];
    if (!index_tensors(e, s, idx)) return NULL;
    for (int i = 0; i < k; i++) adjacent &= perm[i] == first + i;
    int r = idx[0]->type->rank, rank = box->type->rank, moves = adjacent && first > 0;
    for (int i = 0; i < rank; i++) back[perm[i]] = i;
    Node *front = build_permute(&e->b, box, perm);
    const Dim *dims[MAX_RANK]; /* of what x[…] gives: the index's axes stand where the indexed ones
                                  stood, or in front */
    int n = 0, order[MAX_RANK];
    for (int i = 0; moves && i < first; i++) dims[n++] = box->type->dims[i];
    for (int i = 0; i < r; i++) dims[n++] = idx[0]->type->dims[i];
    for (int i = k + (moves ? first : 0); i < rank; i++) dims[n++] = front->type->dims[i];
    v = spread(e, v, type_new(e->graph->types, v->type->dtype, n, dims, NULL), span);
    if (!v) return NULL;
    if (moves) {
        int m = 0;
        for (int i = 0; i < r; i++) order[m++] = first + i;
        for (int i = 0; i < first; i++) order[m++] = i;
        for (int i = first + r; i < n; i++) order[m++] = i;
        v = build_permute(&e->b, v, order);
    }
    return build_permute(&e->b, build_scatter(&e->b, OP_scatter, front, idx, k, v), back);
}

static Node *put_mask(Elab *e, const Selection *s, Node *v, Span span) {
    const Type *m = s->mask->type, *x = s->x->type;
    const Dim *dims[MAX_RANK];
    for (int i = 0; i < x->rank; i++)
        dims[i] = i < m->rank ? m->dims[i] : dim_int(e->graph->dims, 1);
    Node *mask =
        build_reshape(&e->b, s->mask, type_new(e->graph->types, DT_bool, x->rank, dims, NULL));
    mask = elab_expand_to(e, mask, x, span, "the mask");
    v = mask ? spread(e, v, x, span) : NULL;
    return v ? build_map3(&e->b, OP_where, mask, v, s->x) : NULL;
}

static Node *put(Elab *e, const Selection *s, Node *v, Span span) {
    elab_at(e, span);
    if (s->mask) return put_mask(e, s, v, span);
    Node *box = index_box(e, s);
    const Type *shape = index_box_shape(e, s, box->type);
    if (s->ntensors) {
        Node *inner = put_tensors(e, s, build_reshape(&e->b, box, shape), v, span);
        if (!inner) return NULL;
        v = inner;
    } else {
        v = spread(e, v, shape, span);
        if (!v) return NULL;
    }
    return put_box(
        e, s, build_reshape(&e->b, v, type_with_dtype(e->graph->types, box->type, v->type->dtype)));
}

/* old, a tensor called name, with what ast selects replaced; poison after an error */
static Value replaced(Elab *e, Value old, const char *name, const AstExpr *ast, Value value,
                      int compound, AstBinary op, Span span) {
    Selection s;
    value = value_read_deep(e, value);
    if (old.kind == V_POISON) return old;
    if (old.kind != V_NODE)
        return elab_error(e, ast->span, "not-indexable", "%s cannot be indexed",
                          value_kind_text(e, old));
    int good = index_parse(e, old.node, ast, &s);
    if (good && compound) {
        Value part = value_node(s.mask ? old.node : index_read(e, &s));
        value = elab_binary(e, op, part, value, span);
    }
    Node *v = good && value.kind != V_POISON
                  ? element_type(e, name, old.node, value, compound, span)
                  : NULL;
    Node *x = v ? put(e, &s, v, span) : NULL;
    if (!x) return value_poison();
    if (x->type != old.node->type) x = build_reshape(&e->b, x, old.node->type);
    return value_node(x);
}

int index_assign(Elab *e, const Place *place, const AstExpr *ast, Value value, int compound,
                 AstBinary op, Span span) {
    Value old = place_read(place);
    Value v = replaced(e, old, place->cell->name, ast, value, compound, op, span);
    if (v.kind == V_POISON && old.kind != V_NODE) return 0;
    place_set(e, place, v);
    if (v.kind == V_POISON) return 0;
    place->cell->assigned = span;
    return 1;
}

Value index_replaced(Elab *e, const AstExpr *ast, Value value, int compound, AstBinary op,
                     Span span) {
    const AstExpr *inner = ast->index.object;
    Value whole = expr(e, inner->index.object);
    Selection s;
    if (whole.kind != V_NODE) return value_poison();
    if (!index_parse(e, whole.node, inner, &s)) return value_poison();
    if (s.ntensors || s.mask) {
        elab_error(e, ast->span, "not-assignable",
                   "this cannot be assigned to: what a tensor of indices selects is a copy");
        elab_hint(e, "write all indices into one pair of brackets: x[ids, 0] = …");
        return value_poison();
    }
    return replaced(e, value_node(index_read(e, &s)), "the part", ast, value, compound, op, span);
}
