/* build_contract.c: dot and conv as one contraction: out[batch, m, n] = sum over k of a[batch, m,
   k] * b[batch, n, k]. The variables are numbered batch, m, n, k, axes of literal length 1 left out
   (group_canonical counts likewise). */
#include "codegen/fuse.h"

typedef struct Axes Axes;
struct Axes {
    Lower *l;
    Stage *s;
    int next;
};

static const Ix *batch_axis(Axes *a, const Dim *extent) {
    Kernel *k = a->l->kernel;
    if (order_is_one(extent)) return ix_int(a->l->t, 0);
    k->outer[k->nouter++] = extent;
    return ix_var(a->l->t, a->next++, extent);
}

static const Ix *row_axis(Axes *a, int *count, const Dim *extent) {
    if (order_is_one(extent)) return ix_int(a->l->t, 0);
    a->s->row[a->s->nrow++] = extent;
    (*count)++;
    return ix_var(a->l->t, a->next++, extent);
}

static void contract_dot(Axes *axes, Node *node) {
    const Type *a = node->args[0]->type, *b = node->args[1]->type;
    int nb = (int)node->ints[0], nk = (int)node->ints[1];
    const Ix *at[MAX_RANK], *bt[MAX_RANK];
    Stage *s = axes->s;
    for (int i = 0; i < nb; i++) at[i] = bt[i] = batch_axis(axes, a->dims[i]);
    for (int i = nb; i < a->rank - nk; i++) at[i] = row_axis(axes, &s->nm, a->dims[i]);
    for (int i = nb; i < b->rank - nk; i++) bt[i] = row_axis(axes, &s->nn, b->dims[i]);
    for (int i = 0; i < nk; i++)
        at[a->rank - nk + i] = bt[b->rank - nk + i] =
            row_axis(axes, &s->nk, a->dims[a->rank - nk + i]);
    s->a = lower(axes->l, node->args[0], at);
    s->b = lower(axes->l, node->args[1], bt);
    s->few = order_dot_is_few(axes->l->t->dims, a, b, nb, nk);
}

static void contract_conv(Axes *axes, Node *node) {
    Exprs *t = axes->l->t;
    Stage *s = axes->s;
    const Type *w = node->args[1]->type, *y = node->type;
    int spatial = (int)node->ints[0];
    int64_t groups = node->ints[1];
    const Ix *place[MAX_RANK], *at[MAX_RANK];
    const Dim *outputs =
        groups == 1 ? y->dims[1] : dim_int(t->dims, dim_value(y->dims[1]) / groups);
    const Ix *n = batch_axis(axes, y->dims[0]);
    const Ix *g = batch_axis(axes, dim_int(t->dims, groups));
    const Ix *o = row_axis(axes, &s->nm, outputs);
    for (int i = 0; i < spatial; i++) place[i] = row_axis(axes, &s->nn, y->dims[2 + i]);
    at[0] = ix_add(t, ix_scale(t, g, outputs), o);
    for (int i = 0; i < 1 + spatial; i++) at[1 + i] = row_axis(axes, &s->nk, w->dims[1 + i]);
    const Ix *channel = ix_add(t, ix_scale(t, g, w->dims[1]), at[1]);
    s->a = lower(axes->l, node->args[1], at);
    s->b = lower_conv_input(axes->l, node, n, channel, place, at + 2);
}

void build_contraction(Lower *l, Stage *s, Node *node) {
    Axes axes = {.l = l, .s = s};
    s->operand = node->args[0]->type->dtype;
    if (node->op == OP_dot)
        contract_dot(&axes, node);
    else
        contract_conv(&axes, node);
    if (s->few) { /* k is one inner run */
        flatten_rows(l->t, l->kernel, s, s->nm + s->nn, s->nk);
        if (s->nk > 1) s->nk = 1;
    }
}
