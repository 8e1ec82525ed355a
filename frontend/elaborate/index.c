/* index.c: x[…] on tensors, as in NumPy: numbers, slices, None, ..., and integer tensors. Slices
   and numbers first (one box cut out of the tensor), then the axes that tensors index. */
#include "frontend/elaborate/index.h"

#include <string.h>

/* ---- one item ---- */

/* a known index or a size, which lies inside of its axis */
static Node *size_index(Elab *e, const Dim *at, const Dim *n, Span span) {
    Dims *d = e->graph->dims;
    int64_t i;
    const char *const texts[] = {"index ", " is out of range of an axis of ", ""};
    const Dim *const sizes[] = {at, n, NULL};
    Value message = elab_message(e, texts, sizes, 3);
    if (dim_is_int(at, &i) && i < 0) at = dim_add(d, n, at);
    const Dim *room[] = {at, dim_sub(d, dim_sub(d, n, at), dim_int(d, 1))};
    for (int k = 0; k < 2; k++) {
        if (dim_lower(room[k]) >= 0) continue;
        if (dim_is_int(room[k], &i)) {
            elab_error(e, span, "index-range", "index %s is out of range of an axis of %s",
                       dim_print(e->arena, sizes[0]), dim_print(e->arena, n));
            return NULL;
        }
        elab_check_sizes(e, span, room[k], OP_ge, dim_int(d, 0), message);
    }
    return build_size(&e->b, at);
}

/* a single index as the start of a box of length 1; negative ones count from the end */
static Node *single(Elab *e, Node *x, int axis, Value v, Span span) {
    const Dim *n = x->type->dims[axis];
    int64_t i, size;
    elab_at(e, span);
    if (value_known_int(v, &i)) {
        if (dim_is_int(n, &size) && (i < -size || i >= size)) {
            elab_error(e, span, "index-range",
                       "index %lld is out of range for axis %d of %s, which has %lld elements",
                       (long long)i, axis, type_print(e->arena, x->type), (long long)size);
            return NULL;
        }
        return size_index(e, dim_int(e->graph->dims, i), n, span);
    }
    if (v.kind == V_SIZE) return size_index(e, v.dim, n, span);
    Node *at = elab_cast(e, v.node, DT_i64);
    if (index_nonnegative(e, at)) return at;
    Node *zero = build_int(&e->b, 0);
    return build_map3(&e->b, OP_where, build_map2(&e->b, OP_lt, at, zero),
                      build_map2(&e->b, OP_add, at, build_size(&e->b, n)), at);
}

static int mask_error(Elab *e, Span span) {
    elab_error(e, span, "mask-index",
               "x[mask] has a length that depends on values, which no tensor may have");
    elab_hint(e, "use where(mask, x, 0.0), or a sum with the mask; x[mask] = … assigns");
    return 0;
}

static int index_tensor(Elab *e, Selection *s, Select *sel, Node *index, Span span) {
    if (index->type->dtype == DT_bool) {
        elab_error(e, span, "mask-index", "a mask stands alone in an index: x[mask]");
        return 0;
    }
    if (dtype_kind(index->type->dtype) != 1) {
        elab_error(e, span, "index-type", "an index is an integer, got %s",
                   type_print(e->arena, index->type));
        elab_hint(e, "convert it: ids.to(i64)");
        return 0;
    }
    sel->kind = SELECT_TENSOR;
    sel->index = elab_cast(e, index, DT_i64);
    s->ntensors++;
    return 1;
}

static int item_value(Elab *e, Selection *s, int axis, Value v, Span span) {
    Select *sel = &s->at[axis];
    if (v.kind == V_LIST || v.kind == V_TUPLE) v = value_node(elab_tensor(e, v, span, "an index"));
    if (v.kind == V_POISON) return 0;
    int scalar =
        v.kind == V_EXACT || v.kind == V_SIZE || (v.kind == V_NODE && v.node->type->rank == 0);
    if (!scalar && v.kind != V_NODE) {
        elab_error(e, span, "bad-index", "expected an index, got %s", value_kind_text(e, v));
        return 0;
    }
    if (!scalar) return index_tensor(e, s, sel, v.node, span);
    int integer = v.kind == V_SIZE || (v.kind == V_EXACT ? v.exact.kind == EXACT_INT
                                                         : dtype_kind(v.node->type->dtype) == 1);
    if (!integer) {
        elab_error(e, span, "index-type", "an index is an integer, got %s", value_kind_text(e, v));
        return 0;
    }
    sel->kind = SELECT_ONE;
    sel->start = single(e, s->x, axis, v, span);
    sel->length = dim_int(e->graph->dims, 1);
    sel->step = 1;
    return sel->start != NULL;
}

/* ---- the whole index ---- */

static int too_many(Elab *e, Node *x, int given, Span span) {
    elab_error(e, span, "too-many-indices", "%s has %d ax%s, got %d indices",
               type_print(e->arena, x->type), x->type->rank, x->type->rank == 1 ? "is" : "es",
               given);
    return 0;
}

/* x[mask], the mask over x's leading axes */
static int whole_mask(Elab *e, Selection *s, Value v, Span span) {
    const Type *m = v.node->type, *x = s->x->type;
    int fits = m->rank <= x->rank;
    for (int i = 0; fits && i < m->rank; i++) fits = m->dims[i] == x->dims[i];
    if (!fits) {
        elab_error(e, span, "mask-shape", "the mask is %s, which is not the shape of %s",
                   type_print(e->arena, m), type_print(e->arena, x));
        return 0;
    }
    s->mask = v.node;
    return 1;
}

/* the values of an index's items; None stands for a new axis */
static int evaluate_items(Elab *e, const AstItems *items, Value *values, int *used) {
    *used = 0;
    for (int i = 0; i < items->n; i++) {
        values[i] = value_none();
        if (items->at[i].kind == ITEM_EXPR) {
            values[i] = expr(e, items->at[i].expr);
            if (values[i].kind == V_POISON) return 0;
            *used += values[i].kind != V_NONE;
        } else if (items->at[i].kind == ITEM_SLICE) {
            (*used)++;
        }
    }
    return 1;
}

static int skip_axes(Selection *s, int axis, int n) {
    for (int i = 0; i < n; i++) s->out[s->nout++] = axis + i;
    return axis + n;
}

int index_parse(Elab *e, Node *x, const AstExpr *ast, Selection *s) {
    const AstItems *items = &ast->index.items;
    Value *values = NEW_ARRAY(e->arena, Value, items->n);
    int used, axis = 0, rest = 0;
    *s = (Selection){.x = x, .n = x->type->rank, .span = ast->span};
    if (!evaluate_items(e, items, values, &used)) return 0;
    if (items->n == 1 && values[0].kind == V_NODE && values[0].node->type->dtype == DT_bool &&
        values[0].node->type->rank)
        return whole_mask(e, s, values[0], items->at[0].span);
    if (used > s->n) return too_many(e, x, used, ast->span);
    if (items->n - used + s->n > MAX_RANK) {
        elab_error(e, ast->span, "rank", "a tensor has at most %d axes", MAX_RANK);
        return 0;
    }
    for (int i = 0; i < items->n; i++) {
        const AstItem *item = &items->at[i];
        if (item->kind == ITEM_REST) {
            if (rest++) {
                elab_error(e, item->span, "rest-twice", "... stands twice in one index");
                return 0;
            }
            axis = skip_axes(s, axis, s->n - used);
            continue;
        }
        if (item->kind == ITEM_EXPR && values[i].kind == V_NONE) {
            s->out[s->nout++] = -1;
            continue;
        }
        if (item->kind == ITEM_SLICE ? !index_slice(e, x, axis, item, &s->at[axis])
                                     : !item_value(e, s, axis, values[i], item->span))
            return 0;
        if (s->at[axis].kind != SELECT_ONE) s->out[s->nout++] = axis;
        axis++;
    }
    skip_axes(s, axis, s->n - axis);
    return 1;
}

/* ---- reading ---- */

static int is_cut(const Select *s) {
    return s->kind == SELECT_ONE || s->kind == SELECT_SLICE;
}

Node *index_box(Elab *e, const Selection *s) {
    Node *starts[MAX_RANK], *x = s->x;
    const Dim *lengths[MAX_RANK];
    int64_t steps[MAX_RANK];
    int cuts = 0, flips[MAX_RANK], nflips = 0;
    elab_at(e, s->span);
    for (int i = 0; i < s->n; i++) {
        int cut = is_cut(&s->at[i]);
        cuts += cut;
        starts[i] = cut ? s->at[i].start : NULL;
        lengths[i] = cut ? s->at[i].length : x->type->dims[i];
        steps[i] = cut ? s->at[i].step : 1;
        if (cut && s->at[i].flip) flips[nflips++] = i;
    }
    for (int i = 0; cuts && i < s->n; i++)
        if (!starts[i]) starts[i] = build_int(&e->b, 0);
    if (cuts) x = build_slice(&e->b, x, starts, lengths, steps);
    return nflips ? build_flip(&e->b, x, flips, nflips) : x;
}

const Type *index_box_shape(Elab *e, const Selection *s, const Type *box) {
    const Dim *dims[MAX_RANK];
    const char *names[MAX_RANK];
    for (int i = 0; i < s->nout; i++) {
        dims[i] = s->out[i] < 0 ? dim_int(e->graph->dims, 1) : box->dims[s->out[i]];
        names[i] = s->out[i] < 0 ? NULL : box->names[s->out[i]];
    }
    return type_new(e->graph->types, box->dtype, s->nout, dims, names);
}

int index_front(const Selection *s, int *perm) {
    int n = 0;
    for (int i = 0; i < s->nout; i++)
        if (s->out[i] >= 0 && s->at[s->out[i]].kind == SELECT_TENSOR) perm[n++] = i;
    int k = n;
    for (int i = 0; i < s->nout; i++)
        if (s->out[i] < 0 || s->at[s->out[i]].kind != SELECT_TENSOR) perm[n++] = i;
    return k;
}

/* the index tensors, broadcast to one shape */
int index_tensors(Elab *e, const Selection *s, Node **out) {
    int k = 0;
    for (int i = 0; i < s->n; i++)
        if (s->at[i].kind == SELECT_TENSOR) out[k++] = s->at[i].index;
    for (int i = 0; i < k; i++) {
        const Type *t = type_without_names(e->graph->types, out[i]->type);
        if (t != out[i]->type) out[i] = build_reshape(&e->b, out[i], t);
    }
    return k == 1 || elab_broadcast(e, out, k, s->span, "index tensors");
}

/* x: the box without dropped axes */
static Node *gather(Elab *e, const Selection *s, Node *x) {
    int perm[MAX_RANK], k = index_front(s, perm), first = perm[0], adjacent = 1, moved = 0;
    Node *idx[MAX_RANK];
    if (!index_tensors(e, s, idx)) return NULL;
    for (int i = 0; i < k; i++) adjacent &= perm[i] == first + i;
    for (int i = 0; i < x->type->rank; i++) moved |= perm[i] != i;
    if (moved) x = build_permute(&e->b, x, perm);
    int r = idx[0]->type->rank;
    if (r + x->type->rank - k > MAX_RANK) {
        elab_error(e, s->span, "rank", "a tensor has at most %d axes", MAX_RANK);
        return NULL;
    }
    Node *y = build_gather(&e->b, x, idx, k);
    if (!adjacent || first == 0) return y;
    int back[MAX_RANK], n = 0;
    for (int i = 0; i < first; i++) back[n++] = r + i;
    for (int i = 0; i < r; i++) back[n++] = i;
    for (int i = r + first; i < y->type->rank; i++) back[n++] = i;
    return build_permute(&e->b, y, back);
}

Node *index_read(Elab *e, const Selection *s) {
    Node *x = index_box(e, s);
    const Type *shape = index_box_shape(e, s, x->type);
    if (shape != x->type)
        x = build_reshape(&e->b, x, shape);
    else if (x == s->x && !s->ntensors)
        x = build_reshape(&e->b, x, shape);
    return s->ntensors ? gather(e, s, x) : x;
}

Value index_value(Elab *e, Value object, const AstExpr *ast) {
    Selection s;
    if (object.kind != V_NODE && object.kind != V_EXACT && object.kind != V_SIZE)
        return elab_error(e, ast->span, "not-indexable", "%s cannot be indexed",
                          value_kind_text(e, object));
    Node *x = elab_tensor(e, object, ast->index.object->span, "the indexed tensor");
    if (!x || !index_parse(e, x, ast, &s)) return value_poison();
    if (s.mask) {
        mask_error(e, ast->span);
        return value_poison();
    }
    return value_node(index_read(e, &s));
}

Value elab_index_axis(Elab *e, Node *x, int axis, Value index, Span span) {
    Selection s = {.x = x, .n = x->type->rank, .span = span};
    for (int i = 0; i < s.n; i++)
        if (i != axis) s.out[s.nout++] = i;
    if (!item_value(e, &s, axis, value_read_deep(e, index), span)) return value_poison();
    if (s.ntensors) {
        s.nout = 0;
        skip_axes(&s, 0, s.n);
    }
    return value_node(index_read(e, &s));
}
