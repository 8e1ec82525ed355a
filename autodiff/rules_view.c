/* rules_view.c: the reverse rules of views, casts and indices. A view's is the view the other way;
 * expand's sums. */
#include "autodiff/rules.h"

void vjp_cast(Rule *r) {
    if (rule_wants(r, 0)) rule_give(r, 0, build_cast(r->b, r->g, rule_type(r, 0)->dtype));
}

void vjp_reshape(Rule *r) {
    rule_give(r, 0, build_reshape(r->b, r->g, rule_type(r, 0)));
}

void vjp_permute(Rule *r) {
    int back[MAX_RANK];
    for (int i = 0; i < r->node->nints; i++) back[r->node->ints[i]] = i;
    rule_give(r, 0, build_permute(r->b, r->g, back));
}

/* the only place where what was broadcast is summed */
void vjp_expand(Rule *r) {
    const Type *x = rule_type(r, 0), *y = r->node->type;
    int axes[MAX_RANK], n = 0, front = y->rank - x->rank;
    for (int i = 0; i < y->rank; i++) {
        int64_t one;
        int stretched = i < front || (dim_is_int(x->dims[i - front], &one) && one == 1 &&
                                      y->dims[i] != x->dims[i - front]);
        if (stretched) axes[n++] = i;
    }
    Node *g = n ? build_reduce(r->b, OP_sum, r->g, axes, n) : r->g;
    rule_give(r, 0, build_reshape(r->b, g, x));
}

void vjp_flip(Rule *r) {
    int axes[MAX_RANK];
    for (int i = 0; i < r->node->nints; i++) axes[i] = (int)r->node->ints[i];
    rule_give(r, 0, build_flip(r->b, r->g, axes, r->node->nints));
}

/* ---- boxes ---- */

/* the starts of slice, pad or slice_update, from operand `first` on */
static Node **starts_of(Rule *r, int first) {
    Node **starts = NEW_ARRAY(r->b->graph->arena, Node *, r->node->nargs);
    for (int i = first; i < r->node->nargs; i++) starts[i - first] = rule_arg(r, i);
    return starts;
}

void vjp_slice(Rule *r) {
    rule_give_box(r, 0, r->g, starts_of(r, 1), r->node->ints);
}

void vjp_pad(Rule *r) {
    rule_give(r, 0, build_slice(r->b, r->g, starts_of(r, 1), rule_type(r, 0)->dims, r->node->ints));
}

void vjp_slice_update(Rule *r) {
    Node **starts = starts_of(r, 2);
    const Type *v = rule_type(r, 1);
    if (rule_wants(r, 1)) rule_give(r, 1, build_slice(r->b, r->g, starts, v->dims, r->node->ints));
    if (rule_wants(r, 0))
        rule_give(r, 0,
                  build_slice_update(r->b, r->g, build_fill(r->b, v, 0), starts, r->node->ints));
}

void vjp_cat(Rule *r) {
    int axis = (int)r->node->ints[0];
    Dims *dims = r->b->graph->dims;
    const Dim *offset = dim_int(dims, 0);
    for (int i = 0; i < r->node->nargs; i++) {
        const Dim *length = rule_type(r, i)->dims[axis];
        if (rule_wants(r, i)) {
            Node *start = build_size(r->b, offset);
            rule_give(r, i, build_slice_axis(r->b, r->g, axis, start, length, 1));
        }
        offset = dim_add(dims, offset, length);
    }
}

/* ---- windows ---- */

void vjp_window(Rule *r) {
    const int64_t *ints = r->node->ints; /* axis, size, stride, dilation */
    const Dim *length = rule_type(r, 0)->dims[ints[0]];
    rule_give(r, 0, build_unwindow(r->b, r->g, (int)ints[0], ints[2], ints[3], length));
}

/* The window of g has as many places as the operand, where unwindow was made for a length that its
   windows just cover; otherwise g is lengthened by zeros until it has enough, and cut. */
void vjp_unwindow(Rule *r) {
    const int64_t *ints = r->node->ints; /* axis, stride, dilation */
    Dims *t = r->b->graph->dims;
    int axis = (int)ints[0];
    const Type *x = rule_type(r, 0);
    int64_t size = dim_value(x->dims[axis + 1]);
    const Dim *length = r->node->type->dims[axis], *places = x->dims[axis];
    const Dim *room = dim_sub(t, length, dim_int(t, ints[2] * (size - 1) + 1));
    const Dim *has = dim_add(t, dim_floordiv(t, room, ints[1]), dim_int(t, 1));
    Node *g = r->g;
    if (has != places) {
        Node *starts[MAX_RANK];
        const Dim *outer[MAX_RANK];
        int64_t steps[MAX_RANK];
        for (int i = 0; i < g->type->rank; i++) {
            starts[i] = build_int(r->b, 0);
            outer[i] = g->type->dims[i];
            steps[i] = 1;
        }
        const Dim *need = dim_mul(t, places, dim_int(t, ints[1]));
        outer[axis] = dim_add(t, length, dim_add(t, need, dim_int(t, ints[2] * (size - 1) + 1)));
        g = build_pad(r->b, g, starts, outer, steps);
    }
    g = build_window(r->b, g, axis, size, ints[1], ints[2]);
    if (has != places) g = build_slice_axis(r->b, g, axis, build_int(r->b, 0), places, 1);
    rule_give(r, 0, g);
}

/* ---- indices ---- */

static Node **indices_of(Rule *r) {
    int k = (int)r->node->ints[0];
    Node **idx = NEW_ARRAY(r->b->graph->arena, Node *, k);
    for (int i = 0; i < k; i++) idx[i] = rule_arg(r, 1 + i);
    return idx;
}

void vjp_gather(Rule *r) {
    rule_give_elements(r, 0, r->g, indices_of(r), (int)r->node->ints[0]);
}

void vjp_scatter_add(Rule *r) {
    int k = (int)r->node->ints[0];
    if (rule_wants(r, 0)) rule_give(r, 0, r->g);
    if (rule_wants(r, 1 + k)) rule_give(r, 1 + k, build_gather(r->b, r->g, indices_of(r), k));
}

/* whether each place of the indices is the last that names its element, of the shape of the indices
 */
static Node *winners(Rule *r, Node **idx, int k) {
    Builder *b = r->b;
    Graph *g = b->graph;
    const Type *s = idx[0]->type, *x = rule_type(r, 0);
    const Dim *count[] = {type_count(g->dims, s)};
    const Type *flat = type_new(g->types, DT_i64, 1, count, NULL);
    const Type *table = type_new(g->types, DT_i64, k, x->dims, NULL);
    Node *place = build_reshape(b, build_iota(b, flat, 0), type_without_names(g->types, s));
    Node *last = build_scatter(b, OP_scatter, build_fill(b, table, 0), idx, k, place);
    return build_map2(b, OP_eq, build_gather(b, last, idx, k), place);
}

/* of equal indices the last wins: the others' values go nowhere */
void vjp_scatter(Rule *r) {
    int k = (int)r->node->ints[0];
    Builder *b = r->b;
    Node **idx = indices_of(r);
    const Type *v = rule_type(r, 1 + k), *s = idx[0]->type;
    int64_t one = 0;
    if (rule_wants(r, 0))
        rule_give(r, 0, build_scatter(b, OP_scatter, r->g, idx, k, build_fill(b, v, 0)));
    if (!rule_wants(r, 1 + k)) return;
    Node *part = build_gather(b, r->g, idx, k);
    if (!dim_is_int(type_count(b->graph->dims, s), &one) || one != 1) {
        Node *wins = winners(r, idx, k);
        const Dim *ones[MAX_RANK];
        for (int i = 0; i < v->rank; i++)
            ones[i] = i < s->rank ? s->dims[i] : dim_int(b->graph->dims, 1);
        const Type *thin = type_new(b->graph->types, DT_bool, v->rank, ones, NULL);
        wins =
            build_expand(b, build_reshape(b, wins, thin), type_without_names(b->graph->types, v));
        part = build_map3(b, OP_where, wins, part, build_number(b, v->dtype, 0));
    }
    rule_give(r, 1 + k, part);
}
