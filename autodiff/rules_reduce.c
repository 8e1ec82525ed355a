/* rules_reduce.c: the reverse rules of reductions and scans. prod and cumprod never divide, so they
   hold with any number of zeros and to any order. */
#include "autodiff/rules.h"

#include <math.h>

void vjp_sum(Rule *r) {
    rule_give(r, 0, build_expand(r->b, r->g, rule_type(r, 0)));
}

/* ties share */
static void vjp_extreme(Rule *r) {
    Builder *b = r->b;
    Node *x = rule_arg(r, 0);
    const Type *type = type_without_names(b->graph->types, x->type);
    int axes[MAX_RANK];
    for (int i = 0; i < r->node->nints; i++) axes[i] = (int)r->node->ints[i];
    Node *is = build_map2(b, OP_eq, x, build_expand(b, rule_result(r), type));
    Node *count = build_reduce(b, OP_sum, build_cast(b, is, type->dtype), axes, r->node->nints);
    Node *share = build_expand(b, build_map2(b, OP_div, r->g, count), type);
    rule_give(r, 0, build_map3(b, OP_where, is, share, build_number(b, type->dtype, 0)));
}

void vjp_amax(Rule *r) {
    vjp_extreme(r);
}
void vjp_amin(Rule *r) {
    vjp_extreme(r);
}

/* ---- products ---- */

/* the products of what stands before each element along the last axis */
static Node *exclusive(Builder *b, Node *x) {
    Type type = *x->type;
    int axis = type.rank - 1;
    const Dim *n = type.dims[axis];
    type.dims[axis] = dim_int(b->graph->dims, 1);
    Node *one = build_fill(b, type_new(b->graph->types, type.dtype, type.rank, type.dims, NULL), 1);
    Node *parts[] = {one, x};
    Node *all = build_scan(b, OP_cumprod, build_cat(b, parts, 2, axis), axis);
    return build_slice_axis(b, all, axis, build_int(b, 0), n, 1);
}

/* The reduced axes are made the last one: x_i's derivative is what stands before it times what
 * stands after it. */
void vjp_prod(Rule *r) {
    Builder *b = r->b;
    Graph *g = b->graph;
    const Type *type = type_without_names(g->types, rule_type(r, 0));
    int perm[MAX_RANK], back[MAX_RANK], n = 0, reduced[MAX_RANK] = {0};
    for (int i = 0; i < r->node->nints; i++) reduced[r->node->ints[i]] = 1;
    for (int pass = 0; pass < 2; pass++)
        for (int i = 0; i < type->rank; i++)
            if (reduced[i] == pass) perm[n++] = i;
    const Dim *dims[MAX_RANK];
    int kept = type->rank - r->node->nints;
    dims[kept] = dim_int(g->dims, 1);
    for (int i = 0; i < type->rank; i++) {
        back[perm[i]] = i;
        const Dim *d = type->dims[perm[i]];
        if (i < kept)
            dims[i] = d;
        else
            dims[kept] = dim_mul(g->dims, dims[kept], d);
    }
    const Type *flat = type_new(g->types, type->dtype, kept + 1, dims, NULL);
    Node *moved = build_permute(b, rule_arg(r, 0), perm);
    Node *x = build_reshape(b, moved, flat);
    Node *after = build_flip(b, exclusive(b, build_flip(b, x, &kept, 1)), &kept, 1);
    Node *others = build_map2(b, OP_mul, exclusive(b, x), after);
    others = build_permute(b, build_reshape(b, others, moved->type), back);
    rule_give(r, 0, build_map2(b, OP_mul, build_expand(b, r->g, type), others));
}

/* ---- scans ---- */

void vjp_cumsum(Rule *r) {
    int axis = (int)r->node->ints[0];
    Node *back = build_scan(r->b, OP_cumsum, build_flip(r->b, r->g, &axis, 1), axis);
    rule_give(r, 0, build_flip(r->b, back, &axis, 1));
}

static void axis_to_front(int rank, int axis, int *perm, int *back) {
    perm[0] = axis;
    for (int i = 1; i < rank; i++) perm[i] = i <= axis ? i - 1 : i;
    for (int i = 0; i < rank; i++) back[perm[i]] = i;
}

/* R with R[i] = g[i] + m[i + 1] * R[i + 1] along axis, as a loop */
static Node *recurrence(Builder *b, Node *g, Node *m, int axis) {
    Graph *graph = b->graph;
    int perm[MAX_RANK], back[MAX_RANK];
    axis_to_front(g->type->rank, axis, perm, back);
    Node *stacks[] = {build_permute(b, g, perm), build_permute(b, m, perm)};
    const Type *stack = stacks[0]->type;
    const Type *slice =
        type_new(graph->types, stack->dtype, stack->rank - 1, stack->dims + 1, NULL);
    Node *bounds[] = {build_int(b, 0), build_size(b, stack->dims[0]), build_int(b, 1)};
    Node *none = build_fill(b, slice, 0);
    Builder in = *b;
    in.region = region_new(graph, b->region);
    build_param(&in, in.region, type_scalar(graph->types, DT_i64));
    Node *next = build_param(&in, in.region, slice);
    Node *gi = build_param(&in, in.region, slice), *mi = build_param(&in, in.region, slice);
    Node *ri = build_map2(&in, OP_add, gi, next);
    PUSH(graph->arena, &in.region->results, build_map2(&in, OP_mul, mi, ri));
    Node *loop = build_for(b, bounds[0], bounds[1], bounds[2], &none, 1, stacks, 2, 1, in.region);
    Node *all = build_reshape(b, build_collect(b, loop, ri), stack);
    return build_permute(b, all, back);
}

void vjp_cumprod(Rule *r) {
    Builder *b = r->b;
    int axis = (int)r->node->ints[0], rank = r->node->type->rank;
    int perm[MAX_RANK]; /* axis changes places with the last one */
    for (int i = 0; i < rank; i++) perm[i] = i == axis ? rank - 1 : i == rank - 1 ? axis : i;
    Node *x = rule_arg(r, 0);
    Node *before = build_permute(b, exclusive(b, build_permute(b, x, perm)), perm);
    rule_give(r, 0, build_map2(b, OP_mul, before, recurrence(b, r->g, x, axis)));
}

/* y with -inf in front along axis, the last left out */
static Node *shifted(Builder *b, Node *y, int axis) {
    Type type = *y->type;
    type.dims[axis] = dim_int(b->graph->dims, 1);
    const Type *thin = type_new(b->graph->types, type.dtype, type.rank, type.dims, type.names);
    Node *parts[] = {build_fill(b, thin, -INFINITY), y};
    Node *all = build_cat(b, parts, 2, axis);
    return build_slice_axis(b, all, axis, build_int(b, 0), y->type->dims[axis], 1);
}

/* dx[i] = sum over k >= i of g[k] * exp(x[i] - y[k]): no exponent is positive */
void vjp_logcumsumexp(Rule *r) {
    Builder *b = r->b;
    int axis = (int)r->node->ints[0];
    Op exp_row = op_find("exp");
    Node *x = rule_arg(r, 0), *y = rule_result(r);
    Node *ratio = build_map1(b, exp_row, build_map2(b, OP_sub, shifted(b, y, axis), y));
    Node *weight = build_map1(b, exp_row, build_map2(b, OP_sub, x, y));
    rule_give(r, 0, build_map2(b, OP_mul, weight, recurrence(b, r->g, ratio, axis)));
}
