/* index_bound.c: bounds of slices. Between plain numbers they clamp as NumPy's do; with sizes the
   length is their difference; run-time integers are allowed when their difference is a size. */
#include "frontend/elaborate/index.h"

#include <string.h>

/* ---- linear forms of run-time integers ---- */

enum { MAX_TERMS = 8 };
typedef struct Linear Linear; /* constant + sum of factor * node */
struct Linear {
    const Dim *constant;
    int n;
    Node *nodes[MAX_TERMS];
    int64_t factors[MAX_TERMS];
};

static int is_const_int(const Node *n, int64_t *value) {
    if (n->op != OP_const || n->type->dtype != DT_i64 || n->type->rank) return 0;
    *value = *(const int64_t *)n->data;
    return 1;
}

/* do they compute the same: pointwise operations, views and indices of the same */
static int same_node(const Node *a, const Node *b, int depth) {
    int64_t x, y;
    if (a == b) return 1;
    if (depth == 0 || a->op != b->op || a->type != b->type) return 0;
    if (is_const_int(a, &x) && is_const_int(b, &y)) return x == y;
    if (a->op == OP_size) return a->dim == b->dim;
    int plain =
        (op_info(a->op)->flags & (OPF_MAP | OPF_VIEW)) || a->op == OP_gather || a->op == OP_cast;
    if (!plain || a->nargs != b->nargs || a->nargs == 0 || a->nints != b->nints) return 0;
    for (int i = 0; i < a->nints; i++)
        if (a->ints[i] != b->ints[i]) return 0;
    for (int i = 0; i < a->nargs; i++)
        if (!same_node(a->args[i], b->args[i], depth - 1)) return 0;
    return 1;
}

static int add_term(Linear *l, Node *node, int64_t factor) {
    for (int i = 0; i < l->n; i++)
        if (same_node(l->nodes[i], node, 8)) {
            l->factors[i] += factor;
            return 1;
        }
    if (l->n == MAX_TERMS) return 0;
    l->nodes[l->n] = node;
    l->factors[l->n++] = factor;
    return 1;
}

static void add_constant(Elab *e, Linear *l, const Dim *d, int64_t factor) {
    Dims *t = e->graph->dims;
    l->constant = dim_add(t, l->constant, dim_mul(t, d, dim_int(t, factor)));
}

static int linear(Elab *e, Linear *l, Node *n, int64_t factor) {
    int64_t k;
    switch (n->op) {
    case OP_const:
        if (!is_const_int(n, &k)) return add_term(l, n, factor);
        add_constant(e, l, dim_int(e->graph->dims, k), factor);
        return 1;
    case OP_size:
        add_constant(e, l, n->dim, factor);
        return 1;
    case OP_add:
        return linear(e, l, n->args[0], factor) && linear(e, l, n->args[1], factor);
    case OP_sub:
        return linear(e, l, n->args[0], factor) && linear(e, l, n->args[1], -factor);
    case OP_neg:
        return linear(e, l, n->args[0], -factor);
    case OP_mul:
        if (is_const_int(n->args[1], &k)) return linear(e, l, n->args[0], factor * k);
        if (is_const_int(n->args[0], &k)) return linear(e, l, n->args[1], factor * k);
        return add_term(l, n, factor);
    default:
        return add_term(l, n, factor);
    }
}

/* to - from as a size, or NULL */
static const Dim *difference(Elab *e, Node *to, Node *from) {
    Linear l = {.constant = dim_int(e->graph->dims, 0)};
    if (!linear(e, &l, to, 1) || !linear(e, &l, from, -1)) return NULL;
    for (int i = 0; i < l.n; i++)
        if (l.factors[i]) return NULL;
    return l.constant;
}

int index_nonnegative(Elab *e, Node *n) {
    int64_t k;
    if (n->op == OP_size) return dim_lower(n->dim) >= 0;
    if (is_const_int(n, &k)) return k >= 0;
    if (n->op == OP_add || n->op == OP_mul)
        return index_nonnegative(e, n->args[0]) && index_nonnegative(e, n->args[1]);
    for (int i = 0; i < e->counters.n; i++)
        if (e->counters.at[i] == n) return 1;
    return 0;
}

/* ---- bounds ---- */

typedef struct Bound Bound; /* of a slice */
struct Bound {
    int given;
    const Dim *dim; /* a size or known number, or */
    Node *node;     /* a run-time integer */
};

static int read_bound(Elab *e, const AstExpr *x, const char *what, Bound *out) {
    *out = (Bound){0};
    if (!x) return 1;
    Value v = expr(e, x);
    if (v.kind == V_POISON) return 0;
    if (v.kind == V_NONE) return 1;
    out->given = 1;
    out->dim = value_dim(e, v);
    if (out->dim) return 1;
    if (v.kind != V_NODE || v.node->type->rank || dtype_kind(v.node->type->dtype) != 1) {
        elab_error(e, x->span, "bad-index", "%s of a slice must be an integer, got %s", what,
                   value_kind_text(e, v));
        return 0;
    }
    out->node = elab_cast(e, v.node, DT_i64);
    return 1;
}

static Node *bound_node(Elab *e, const Bound *b) {
    return b->node ? b->node : build_size(&e->b, b->dim);
}

/* between plain numbers, as Python's slice(…).indices(n) */
static void clamp_slice(Elab *e, const Bound *from, const Bound *to, int64_t step, int64_t n,
                        Select *out) {
    int64_t low = step > 0 ? 0 : -1, high = step > 0 ? n : n - 1;
    int64_t start = step > 0 ? low : high, stop = step > 0 ? high : low;
    if (from->given) start = dim_value(from->dim);
    if (to->given) stop = dim_value(to->dim);
    if (from->given && start < 0) start += n;
    if (to->given && stop < 0) stop += n;
    start = start < low ? low : start > high ? high : start;
    stop = stop < low ? low : stop > high ? high : stop;
    int64_t way = step > 0 ? stop - start : start - stop;
    int64_t length = way <= 0 ? 0 : (way - 1) / (step > 0 ? step : -step) + 1;
    if (step < 0 && length > 0) start += (length - 1) * step;
    if (length == 0) start = 0;
    out->start = build_int(&e->b, start);
    out->length = dim_int(e->graph->dims, length);
    out->step = step > 0 ? step : -step;
    out->flip = step < 0;
}

/* a known negative number counts from the end */
static void from_end(Elab *e, Bound *b, const Dim *n) {
    int64_t k;
    if (b->dim && dim_is_int(b->dim, &k) && k < 0) b->dim = dim_add(e->graph->dims, n, b->dim);
}

static int length_error(Elab *e, const AstItem *item) {
    elab_error(
        e, item->span, "slice-length",
        "the length of a slice must be a size, and this one is only known when the program runs");
    elab_hint(e, "take a window of fixed length, x[i : i + 64], or assign into a tensor made "
                 "before: y[i] = …");
    return 0;
}

static int stepped_length(Elab *e, const AstItem *item, const Dim *length, int64_t step,
                          Select *out) {
    Dims *d = e->graph->dims;
    int64_t k;
    if (dim_is_int(length, &k) && k < 0) {
        elab_error(e, item->span, "slice-length", "this slice ends %lld before it starts",
                   (long long)-k);
        return 0;
    }
    out->length = dim_ceildiv(d, length, step);
    out->step = step;
    return 1;
}

/* what cannot be shown of bounds that are sizes: 0 <= from <= to <= n; 0: it surely does not hold
 */
static int check_bounds(Elab *e, const AstItem *item, const Dim *from, const Dim *to,
                        const Dim *n) {
    int64_t value;
    Dims *d = e->graph->dims;
    const char *const texts[] = {"slice out of range: ", ":", " of an axis of ", ""};
    const Dim *const sizes[] = {from, to, n, NULL};
    if (!from || !to) return 1;
    const Dim *order[] = {dim_int(d, 0), from, to, n};
    for (int i = 0; i < 3; i++) {
        const Dim *room = dim_sub(d, order[i + 1], order[i]);
        if (dim_lower(room) >= 0) continue;
        if (dim_is_int(room, &value)) {
            elab_error(e, item->span, "slice-bound", "slice %s:%s is out of range of an axis of %s",
                       dim_print(e->arena, from), dim_print(e->arena, to), dim_print(e->arena, n));
            return 0;
        }
        elab_check_sizes(e, item->span, order[i], OP_le, order[i + 1],
                         elab_message(e, texts, sizes, 4));
    }
    return 1;
}

int index_slice(Elab *e, Node *x, int axis, const AstItem *item, Select *out) {
    Bound from, to;
    int64_t step = 1, size, a;
    const Dim *n = x->type->dims[axis];
    *out = (Select){.kind = SELECT_SLICE, .step = 1};
    if (item->step &&
        !elab_known_int(e, expr(e, item->step), item->step->span, "the step of a slice", &step))
        return 0;
    if (!read_bound(e, item->start, "the start", &from) ||
        !read_bound(e, item->stop, "the end", &to))
        return 0;
    if (step == 0) {
        elab_error(e, item->step->span, "step-zero", "the step of a slice is 0");
        return 0;
    }
    if (step < -INT64_MAX) step = -INT64_MAX; /* as far beyond */
    elab_at(e, item->span);
    if (!from.given && !to.given && step == 1) {
        out->kind = SELECT_ALL;
        return 1;
    }
    int plain = (!from.given || (from.dim && dim_is_int(from.dim, &a))) &&
                (!to.given || (to.dim && dim_is_int(to.dim, &a)));
    if (plain && dim_is_int(n, &size)) {
        clamp_slice(e, &from, &to, step, size, out);
        return 1;
    }
    if (step < 0) {
        if (from.given || to.given || step != -1) {
            elab_error(e, item->span, "slice-step",
                       "a negative step goes over a whole axis of unknown length only: x[::-1]");
            return 0;
        }
        out->kind = SELECT_SLICE;
        out->start = build_int(&e->b, 0);
        out->length = n;
        out->flip = 1;
        return 1;
    }
    if (!from.given) from.dim = dim_int(e->graph->dims, 0);
    if (!to.given) to.dim = n;
    from_end(e, &from, n);
    from_end(e, &to, n);
    out->start = bound_node(e, &from);
    const Dim *length = difference(e, bound_node(e, &to), out->start);
    if (!length) return length_error(e, item);
    if (!check_bounds(e, item, from.dim, to.dim, n)) return 0;
    return stepped_length(e, item, length, step, out);
}
