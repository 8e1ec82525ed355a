/* rules_product.c: the reverse rules of contraction, convolution and linear algebra. Convolutions
   and contractions are closed: their derivatives are convolutions and contractions. */
#include "autodiff/rules.h"

/* moves three runs of axes: [0, p), [p, q), [q, rank) to the order first, third, second */
static Node *swap_runs(Builder *b, Node *x, int p, int q) {
    int perm[MAX_RANK], n = 0;
    for (int i = 0; i < p; i++) perm[n++] = i;
    for (int i = q; i < x->type->rank; i++) perm[n++] = i;
    for (int i = p; i < q; i++) perm[n++] = i;
    return build_permute(b, x, perm);
}

void vjp_dot(Rule *r) {
    int nb = (int)r->node->ints[0], nk = (int)r->node->ints[1];
    int fa = rule_type(r, 0)->rank - nb - nk, fb = rule_type(r, 1)->rank - nb - nk;
    if (rule_wants(r, 0))
        rule_give(r, 0,
                  build_dot(r->b, r->g, swap_runs(r->b, rule_arg(r, 1), nb, nb + fb), nb, fb));
    if (rule_wants(r, 1)) {
        Node *g = swap_runs(r->b, r->g, nb, nb + fa);
        rule_give(r, 1, build_dot(r->b, g, swap_runs(r->b, rule_arg(r, 0), nb, nb + fa), nb, fa));
    }
}

/* ---- convolution ---- */

typedef struct Conv Conv;
struct Conv {
    int n;
    int64_t groups, stride[MAX_RANK], pad_lo[MAX_RANK], x_dilation[MAX_RANK], w_dilation[MAX_RANK];
};

static Conv conv_of(const Node *node) {
    Conv c = {.n = (int)node->ints[0], .groups = node->ints[1]};
    for (int i = 0; i < c.n; i++) {
        c.stride[i] = node->ints[2 + 4 * i];
        c.pad_lo[i] = node->ints[3 + 4 * i];
        c.x_dilation[i] = node->ints[4 + 4 * i];
        c.w_dilation[i] = node->ints[5 + 4 * i];
    }
    return c;
}

static Node *conv_build(Builder *b, const Conv *c, Node *x, Node *w, const Dim *const *out) {
    return build_conv(b, x, w, c->n, c->groups, c->stride, c->pad_lo, c->x_dilation, c->w_dilation,
                      out);
}

/* axis, of length groups * rest, becomes two; then `first` and `second` (of the new axes) change
   places, and axis at is joined with the next one */
static Node *regroup(Builder *b, Node *x, int axis, int64_t groups, int first, int second, int at) {
    Dims *t = b->graph->dims;
    Type wide = *x->type;
    int perm[MAX_RANK];
    const Dim *parts = dim_int(t, groups);
    for (int i = wide.rank; i > axis + 1; i--) wide.dims[i] = wide.dims[i - 1];
    wide.rank++;
    wide.dims[axis + 1] = dim_divide_exact(t, x->type->dims[axis], parts);
    wide.dims[axis] = parts;
    if (!wide.dims[axis + 1]) die("conv: channels are no multiple of the groups");
    for (int i = 0; i < wide.rank; i++) perm[i] = i == first ? second : i == second ? first : i;
    Node *y =
        build_reshape(b, x, type_new(b->graph->types, wide.dtype, wide.rank, wide.dims, NULL));
    y = build_permute(b, y, perm);
    Type joined = *y->type;
    joined.dims[at] = dim_mul(t, joined.dims[at], joined.dims[at + 1]);
    joined.rank--;
    for (int i = at + 1; i < joined.rank; i++) joined.dims[i] = joined.dims[i + 1];
    return build_reshape(b, y,
                         type_new(b->graph->types, joined.dtype, joined.rank, joined.dims, NULL));
}

/* dx is g convolved with the flipped kernel, stride and x_dilation changing places */
static void conv_by_x(Rule *r, const Conv *c) {
    const Type *w = rule_type(r, 1);
    Conv d = *c;
    int axes[MAX_RANK];
    for (int i = 0; i < c->n; i++) {
        int64_t size;
        if (!dim_is_int(w->dims[2 + i], &size)) {
            r->missing = 1;
            return;
        }
        d.stride[i] = c->x_dilation[i];
        d.x_dilation[i] = c->stride[i];
        d.pad_lo[i] = c->w_dilation[i] * (size - 1) - c->pad_lo[i];
        axes[i] = 2 + i;
    }
    /* [G*O, C, K] → [G, O, C, K] → [G, C, O, K] → [G*C, O, K] */
    Node *back = regroup(r->b, rule_arg(r, 1), 0, c->groups, 1, 2, 0);
    back = build_flip(r->b, back, axes, c->n);
    rule_give(r, 0, conv_build(r->b, &d, r->g, back, rule_type(r, 0)->dims + 2));
}

/* dw is x convolved with g, the batch being contracted: stride and w_dilation change places */
static void conv_by_w(Rule *r, const Conv *c) {
    Conv d = *c;
    for (int i = 0; i < c->n; i++) {
        d.stride[i] = c->w_dilation[i];
        d.w_dilation[i] = c->stride[i];
    }
    int perm[MAX_RANK];
    for (int i = 0; i < c->n + 2; i++) perm[i] = i < 2 ? 1 - i : i;
    /* [N, G*C, S] → [N, G, C, S] → [C, G, N, S] → [C, G*N, S] */
    Node *x = regroup(r->b, rule_arg(r, 0), 1, c->groups, 0, 2, 1);
    Node *g = build_permute(r->b, r->g, perm);
    Node *dw = conv_build(r->b, &d, x, g, rule_type(r, 1)->dims + 2);
    rule_give(r, 1, build_permute(r->b, dw, perm));
}

void vjp_conv(Rule *r) {
    Conv c = conv_of(r->node);
    if (rule_wants(r, 0)) conv_by_x(r, &c);
    if (rule_wants(r, 1)) conv_by_w(r, &c);
}

/* ---- linear algebra, on the last two axes ---- */

static Node *transposed(Builder *b, Node *x) {
    int perm[MAX_RANK], n = x->type->rank;
    for (int i = 0; i < n; i++) perm[i] = i < n - 2 ? i : 2 * n - 3 - i;
    return build_permute(b, x, perm);
}

/* x @ y^T */
static Node *times_transposed(Builder *b, Node *x, Node *y) {
    return build_dot(b, x, y, x->type->rank - 2, 1);
}

static Node *times(Builder *b, Node *x, Node *y) {
    return times_transposed(b, x, transposed(b, y));
}

/* x where row - column >= least (lower) or column - row >= least (upper), else 0 */
static Node *triangle(Builder *b, Node *x, int upper, int64_t least) {
    int n = x->type->rank;
    const Type *shape = type_without_names(b->graph->types, x->type);
    Node *row = build_iota(b, shape, n - 2), *column = build_iota(b, shape, n - 1);
    Node *distance =
        upper ? build_map2(b, OP_sub, column, row) : build_map2(b, OP_sub, row, column);
    Node *in = build_map2(b, OP_ge, distance, build_int(b, least));
    return build_map3(b, OP_where, in, x, build_number(b, x->type->dtype, 0));
}

static Node *solve_triangular(Builder *b, Node *a, Node *y, int upper) {
    Node *args[] = {a, y};
    int64_t ints[] = {upper};
    return build_op(b, OP_solve_triangular, args, 2, ints, 1, NULL);
}

/* with P = L^T g: dA = L^-T M L^-1, M symmetric with the lower half of P, halved */
void vjp_cholesky(Rule *r) {
    Builder *b = r->b;
    Node *l = rule_result(r), *lt = transposed(b, l);
    Node *p = triangle(b, times(b, lt, r->g), 0, 0);
    Node *m = build_map2(b, OP_add, p, transposed(b, triangle(b, p, 0, 1)));
    m = build_map2(b, OP_mul, m, build_number(b, m->type->dtype, 0.5));
    Node *left = solve_triangular(b, lt, m, 1);
    rule_give(r, 0, transposed(b, solve_triangular(b, lt, transposed(b, left), 1)));
}

/* y = A^-1 B: dB = A^-T g, dA = -dB y^T */
static void solve_rule(Rule *r, Node *db) {
    if (rule_wants(r, 1)) rule_give(r, 1, db);
    if (!rule_wants(r, 0)) return;
    Node *da = build_map1(r->b, OP_neg, times_transposed(r->b, db, rule_result(r)));
    if (r->node->op == OP_solve_triangular) da = triangle(r->b, da, (int)r->node->ints[0], 0);
    rule_give(r, 0, da);
}

void vjp_solve_triangular(Rule *r) {
    Node *at = transposed(r->b, rule_arg(r, 0));
    solve_rule(r, solve_triangular(r->b, at, r->g, !r->node->ints[0]));
}

void vjp_solve(Rule *r) {
    Node *args[] = {transposed(r->b, rule_arg(r, 0)), r->g};
    solve_rule(r, build_op(r->b, OP_solve, args, 2, NULL, 0, NULL));
}

/* dA = g det A^-T, as a system with g det on the right's diagonal */
void vjp_det(Rule *r) {
    Builder *b = r->b;
    const Type *a = type_without_names(b->graph->types, rule_type(r, 0));
    Type thin = *a;
    for (int i = a->rank - 2; i < a->rank; i++) thin.dims[i] = dim_int(b->graph->dims, 1);
    Node *scale = build_map2(b, OP_mul, r->g, rule_result(r));
    scale = build_reshape(b, scale, type_new(b->graph->types, a->dtype, a->rank, thin.dims, NULL));
    Node *row = build_iota(b, a, a->rank - 2), *column = build_iota(b, a, a->rank - 1);
    Node *diagonal = build_map3(b, OP_where, build_map2(b, OP_eq, row, column),
                                build_expand(b, scale, a), build_number(b, a->dtype, 0));
    Node *args[] = {transposed(b, rule_arg(r, 0)), diagonal};
    rule_give(r, 0, build_op(b, OP_solve, args, 2, NULL, 0, NULL));
}
