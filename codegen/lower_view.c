/* lower_view.c: the index maps of the ops that only move elements: a view's element at an index is
   its operand's at another, or zero where a guard fails. */
#include "codegen/fuse.h"
#include "codegen/visit.h"

typedef const Kx *LowerView(Lower *l, Node *node, const Ix *const *idx);

/* ---- checks that the element does not need ---- */

typedef struct Sites Sites;
struct Sites {
    int wanted, seen;
};

static void see_site(const Ix *ix, void *data) {
    Sites *sites = data;
    for (int i = 0; i < ix->nterms; i++)
        if (ix->terms[i].atom->trap_site == sites->wanted) sites->seen = 1;
}

/* value, which was read at the given place: where it does not depend on a checked part of the place
 * (each row of the operand is the same), a choice between value and value by that part keeps it */
static const Kx *keep_checks(Lower *l, const Kx *value, const Ix *const *at, int n) {
    for (int i = 0; i < n; i++) {
        for (int k = 0; k < at[i]->nterms; k++) {
            const IxAtom *atom = at[i]->terms[k].atom;
            if (atom->trap_site < 0) continue;
            Sites sites = {.wanted = atom->trap_site};
            Visit v;
            visit_begin(&v, l->t);
            v.ix = see_site;
            v.data = &sites;
            visit_kx(&v, value);
            if (sites.seen) continue;
            const Kx *place = kx_index(l->t, ix_of_atom(l->t, atom));
            const Kx *both[] = {place, place};
            const Kx *same = kx_map(l->t, OP_eq, DT_bool, both, 2, -1);
            const Kx *choice[] = {same, value, value};
            value = kx_map(l->t, OP_where, value->dtype, choice, 3, -1);
        }
    }
    return value;
}

/* ---- the views ---- */

static const Kx *view_detach(Lower *l, Node *node, const Ix *const *idx) {
    return lower(l, node->args[0], idx);
}

/* Axes are matched from the front in runs of equal products; a run goes through its flat index. */
static const Kx *view_reshape(Lower *l, Node *node, const Ix *const *idx) {
    Exprs *t = l->t;
    const Type *to = node->type, *from = node->args[0]->type;
    const Ix *at[MAX_RANK];
    int i = 0, j = 0;
    while (i < to->rank || j < from->rank) {
        int i0 = i, j0 = j;
        const Dim *p = i < to->rank ? to->dims[i++] : dim_int(t->dims, 1);
        const Dim *q = j < from->rank ? from->dims[j++] : dim_int(t->dims, 1);
        while (p != q && (i < to->rank || j < from->rank)) {
            int left = j == from->rank || (i < to->rank && dim_divide_exact(t->dims, q, p) != NULL);
            if (left)
                p = dim_mul(t->dims, p, to->dims[i++]);
            else
                q = dim_mul(t->dims, q, from->dims[j++]);
        }
        const Ix *flat = ix_int(t, 0);
        for (int a = i0; a < i; a++) flat = ix_add(t, ix_scale(t, flat, to->dims[a]), idx[a]);
        for (int a = j - 1; a >= j0; a--) {
            at[a] = a == j0 ? flat : ix_mod(t, flat, from->dims[a]);
            if (a > j0) flat = ix_div(t, flat, from->dims[a]);
        }
    }
    return lower(l, node->args[0], at);
}

static const Kx *view_permute(Lower *l, Node *node, const Ix *const *idx) {
    const Ix *at[MAX_RANK];
    for (int i = 0; i < node->type->rank; i++) at[node->ints[i]] = idx[i];
    return lower(l, node->args[0], at);
}

static const Kx *view_expand(Lower *l, Node *node, const Ix *const *idx) {
    const Type *from = node->args[0]->type;
    int shift = node->type->rank - from->rank;
    return lower(l, node->args[0], idx + shift); /* lower() puts 0 where the axis has length 1 */
}

static const Kx *view_slice(Lower *l, Node *node, const Ix *const *idx) {
    Exprs *t = l->t;
    const Type *from = node->args[0]->type;
    const Dim *count = type_count(t->dims, node->type), *one = dim_int(t->dims, 1);
    const Ix *at[MAX_RANK];
    for (int i = 0; i < from->rank; i++) {
        const Dim *step = dim_int(t->dims, node->ints[i]);
        const Dim *reach = dim_mul(t->dims, dim_sub(t->dims, node->type->dims[i], one), step);
        const LowerAxis of = {node->args[0], i, node->type->dims[i]};
        const Ix *start = lower_start(l, node->args[1 + i], dim_sub(t->dims, from->dims[i], reach),
                                      count, node, &of);
        at[i] = ix_add(t, start, ix_scale(t, idx[i], step));
    }
    return keep_checks(l, lower(l, node->args[0], at), at, from->rank);
}

/* the place of a strided, shifted axis of length n that position `at` shows, and the guards that
 * say whether it shows one */
static const Ix *strided(Lower *l, const Ix *at, const Dim *n, int64_t step, KxGuard *guards,
                         int *nguards) {
    Exprs *t = l->t;
    const Dim *by = dim_int(t->dims, step), *one = dim_int(t->dims, 1), *zero = dim_int(t->dims, 0);
    const Dim *last = dim_mul(t->dims, dim_sub(t->dims, n, one), by);
    guards[(*nguards)++] = (KxGuard){at, zero, dim_add(t->dims, last, one)};
    if (step == 1) return at;
    guards[(*nguards)++] = (KxGuard){ix_mod(t, at, by), zero, one};
    return ix_div(t, at, by);
}

static const Kx *view_pad(Lower *l, Node *node, const Ix *const *idx) {
    Exprs *t = l->t;
    const Type *from = node->args[0]->type;
    const Ix *at[MAX_RANK];
    KxGuard guards[2 * MAX_RANK];
    int n = 0;
    for (int i = 0; i < from->rank; i++) {
        const Ix *start = lower_start(l, node->args[1 + i], NULL, NULL, node, NULL);
        const Ix *place = ix_add(t, idx[i], ix_scale(t, start, dim_int(t->dims, -1)));
        at[i] = strided(l, place, from->dims[i], node->ints[i], guards, &n);
    }
    return kx_guard(t, guards, n, lower(l, node->args[0], at), NULL);
}

static const Kx *view_flip(Lower *l, Node *node, const Ix *const *idx) {
    Exprs *t = l->t;
    const Ix *at[MAX_RANK];
    for (int i = 0; i < node->type->rank; i++) {
        at[i] = idx[i];
        if (!order_reduces(node->ints, node->nints, i)) continue;
        const Dim *last = dim_sub(t->dims, node->type->dims[i], dim_int(t->dims, 1));
        at[i] = ix_add(t, ix_dim(t, last), ix_scale(t, idx[i], dim_int(t->dims, -1)));
    }
    return lower(l, node->args[0], at);
}

static const Kx *view_window(Lower *l, Node *node, const Ix *const *idx) {
    Exprs *t = l->t;
    int axis = (int)node->ints[0];
    const Ix *at[MAX_RANK];
    for (int i = 0; i < node->args[0]->type->rank; i++) at[i] = idx[i > axis ? i + 1 : i];
    at[axis] = ix_add(t, ix_scale(t, idx[axis], dim_int(t->dims, node->ints[2])),
                      ix_scale(t, idx[axis + 1], dim_int(t->dims, node->ints[3])));
    return lower(l, node->args[0], at);
}

/* from the last piece to the first: each is behind a guard, the ones after it are what holds
 * otherwise */
static const Kx *view_cat(Lower *l, Node *node, const Ix *const *idx) {
    Exprs *t = l->t;
    int axis = (int)node->ints[0];
    const Ix *at[MAX_RANK];
    const Dim *start = node->type->dims[axis];
    const Kx *rest = NULL;
    for (int i = 0; i < node->type->rank; i++) at[i] = idx[i];
    for (int p = node->nargs - 1; p >= 0; p--) {
        const Dim *end = start, *zero = dim_int(t->dims, 0);
        start = p == 0 ? zero : dim_sub(t->dims, end, node->args[p]->type->dims[axis]);
        at[axis] = ix_add(t, idx[axis], ix_scale(t, ix_dim(t, start), dim_int(t->dims, -1)));
        const Kx *piece = lower(l, node->args[p], at);
        KxGuard guard = {idx[axis], zero, end};
        rest = rest ? kx_guard(t, &guard, 1, piece, rest) : piece;
    }
    return rest;
}

static const Kx *view_gather(Lower *l, Node *node, const Ix *const *idx) {
    const Type *from = node->args[0]->type;
    const Ix *at[MAX_RANK];
    int k = (int)node->ints[0], places = node->args[1]->type->rank;
    for (int i = 0; i < k; i++)
        at[i] = lower_index_value(l, node->args[1 + i], idx, node->args[0], i, node);
    for (int i = k; i < from->rank; i++) at[i] = idx[places + i - k];
    if (from->rank == 0) return lower_scalar(l, node->args[0]);
    return keep_checks(l, lower(l, node->args[0], at), at, k);
}

/* what places k of the windows add to y[i]: g[(i - k*dilation)/stride, k], or zero where there is
 * none, in the type summed in */
const Kx *lower_unwindow_term(Lower *l, Node *node, const Ix *const *idx, const Ix *k) {
    Exprs *t = l->t;
    int axis = (int)node->ints[0];
    const Type *from = node->args[0]->type;
    const Ix *at[MAX_RANK];
    KxGuard guards[2];
    int n = 0;
    for (int i = 0; i < from->rank; i++) at[i] = idx[i > axis + 1 ? i - 1 : i < axis ? i : axis];
    const Ix *place = ix_add(t, idx[axis], ix_scale(t, k, dim_int(t->dims, -node->ints[2])));
    at[axis] = strided(l, place, from->dims[axis], node->ints[1], guards, &n);
    at[axis + 1] = k;
    const Kx *term = kx_guard(t, guards, n, lower(l, node->args[0], at), NULL);
    return kx_cast(t, term, dtype_compute(node->type->dtype));
}

/* y[i] = 0 + sum over k in order of the terms; adding the zero of a place outside changes no bit,
 * since the sum is never -0 */
static const Kx *view_unwindow(Lower *l, Node *node, const Ix *const *idx) {
    DType wide = dtype_compute(node->type->dtype);
    int64_t size = dim_value(node->args[0]->type->dims[node->ints[0] + 1]);
    const Kx *sum = kx_zero(l->t, wide);
    for (int64_t k = 0; k < size; k++) {
        const Kx *args[2] = {sum, lower_unwindow_term(l, node, idx, ix_int(l->t, k))};
        sum = kx_map(l->t, OP_add, wide, args, 2, -1);
    }
    return kx_cast(l->t, sum, node->type->dtype);
}

static const struct {
    Op op;
    LowerView *at;
} views[] = {
    {OP_detach, view_detach}, {OP_reshape, view_reshape},   {OP_permute, view_permute},
    {OP_expand, view_expand}, {OP_slice, view_slice},       {OP_pad, view_pad},
    {OP_flip, view_flip},     {OP_window, view_window},     {OP_cat, view_cat},
    {OP_gather, view_gather}, {OP_unwindow, view_unwindow},
};

const Kx *lower_view(Lower *l, Node *node, const Ix *const *idx) {
    for (size_t i = 0; i < sizeof views / sizeof *views; i++)
        if (views[i].op == node->op) return views[i].at(l, node, idx);
    return NULL;
}

/* conv's input with its zeros: X[n, channel, place*stride + tap*dilation - pad] */
const Kx *lower_conv_input(Lower *l, Node *conv, const Ix *n, const Ix *channel,
                           const Ix *const *place, const Ix *const *tap) {
    Exprs *t = l->t;
    const Type *x = conv->args[0]->type;
    const Ix *at[MAX_RANK] = {n, channel};
    KxGuard guards[2 * MAX_RANK];
    int ng = 0;
    for (int i = 0; i < (int)conv->ints[0]; i++) {
        const int64_t *c = conv->ints + 2 + 4 * i; /* stride, pad_lo, x_dilation, w_dilation */
        const Ix *q = ix_add(t, ix_scale(t, place[i], dim_int(t->dims, c[0])),
                             ix_scale(t, tap[i], dim_int(t->dims, c[3])));
        q = ix_add(t, q, ix_int(t, -c[1]));
        at[2 + i] = strided(l, q, x->dims[2 + i], c[2], guards, &ng);
    }
    return kx_guard(t, guards, ng, lower(l, conv->args[0], at), NULL);
}
