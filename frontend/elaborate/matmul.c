/* matmul.c: x @ y, with NumPy's rules for vectors and batches. No promotion; names of contracted
 * axes must agree. */
#include "frontend/elaborate/core.h"

#include <string.h>

static int same_inner(Elab *e, const Type *a, const Type *b, int i, int k, Span span,
                      const char *what) {
    if (a->names[i] && b->names[k] && a->names[i] != b->names[k]) {
        elab_error(e, span, "axis-names", "%s: axis %s of %s is contracted with axis %s of %s",
                   what, a->names[i], type_print(e->arena, a), b->names[k],
                   type_print(e->arena, b));
        return 0;
    }
    if (a->dims[i] == b->dims[k]) return 1;
    elab_error(e, span, "matmul-sizes", "%s: the inner sizes of %s and %s differ: %s and %s", what,
               type_print(e->arena, a), type_print(e->arena, b), dim_print(e->arena, a->dims[i]),
               dim_print(e->arena, b->dims[k]));
    elab_note_sizes(e, a->dims[i], b->dims[k]);
    return 0;
}

/* x with its last two axes swapped */
static Node *swapped(Elab *e, Node *x) {
    int perm[MAX_RANK], r = x->type->rank;
    for (int i = 0; i < r; i++) perm[i] = i;
    perm[r - 1] = r - 2;
    perm[r - 2] = r - 1;
    return build_permute(&e->b, x, perm);
}

/* x's leading axes expanded to those of batch */
static Node *with_batch(Elab *e, Node *x, const Type *batch) {
    const Dim *dims[MAX_RANK];
    const char *names[MAX_RANK];
    int n = batch->rank, r = x->type->rank;
    memcpy(dims, batch->dims, sizeof *dims * (size_t)n);
    memcpy(names, batch->names, sizeof *names * (size_t)n);
    for (int i = 0; i < 2; i++) {
        dims[n + i] = x->type->dims[r - 2 + i];
        names[n + i] = x->type->names[r - 2 + i];
    }
    const Type *want = type_new(e->graph->types, x->type->dtype, n + 2, dims, names);
    return x->type == want ? x : build_expand(&e->b, x, want);
}

static const Type *leading(Elab *e, const Type *t) {
    return type_new(e->graph->types, t->dtype, t->rank - 2, t->dims, t->names);
}

static int names_distinct(Elab *e, const Type *a, int skip_a, const Type *b, int skip_b, int batch,
                          Span span, const char *what) {
    for (int i = 0; i < a->rank; i++)
        for (int k = batch; k < b->rank; k++)
            if (i != skip_a && k != skip_b && a->names[i] && a->names[i] == b->names[k]) {
                elab_error(e, span, "axis-names", "%s: the result would have two axes named %s",
                           what, a->names[i]);
                elab_hint(e, "rename one: x.rename(%s=other)", a->names[i]);
                return 0;
            }
    return 1;
}

/* the axes before the last two broadcast */
static int batches_meet(Elab *e, const Type *a, const Type *b, Span span, const char *what) {
    for (int i = 3; i <= a->rank && i <= b->rank; i++) {
        const Dim *p = a->dims[a->rank - i], *q = b->dims[b->rank - i];
        int64_t n;
        if (p == q || (dim_is_int(p, &n) && n == 1) || (dim_is_int(q, &n) && n == 1)) continue;
        elab_error(e, span, "shape-mismatch", "%s: the batches of %s and %s differ: %s and %s",
                   what, type_print(e->arena, a), type_print(e->arena, b), dim_print(e->arena, p),
                   dim_print(e->arena, q));
        elab_note_sizes(e, p, q);
        return 0;
    }
    return 1;
}

/* both of rank 2 or more */
static Node *matrices(Elab *e, Node *a, Node *b, Span span, const char *what) {
    int nb = 0;
    if (b->type->rank > 2) {
        const Type *batch =
            batches_meet(e, a->type, b->type, span, what)
                ? elab_broadcast_type(e, leading(e, a->type), leading(e, b->type), span, what)
                : NULL;
        if (!batch) return NULL;
        if (batch->rank + 2 > MAX_RANK) {
            elab_error(e, span, "rank", "a tensor has at most %d axes", MAX_RANK);
            return NULL;
        }
        a = with_batch(e, a, batch);
        b = with_batch(e, b, batch);
        nb = batch->rank;
    }
    if (!names_distinct(e, a->type, a->type->rank - 1, b->type, b->type->rank - 2, nb, span, what))
        return NULL;
    return build_dot(&e->b, a, swapped(e, b), nb, 1);
}

Value elab_matmul(Elab *e, Value va, Value vb, Span span, const char *what) {
    Node *a = elab_tensor(e, va, span, what), *b = elab_tensor(e, vb, span, what);
    if (!a || !b) return value_poison();
    const Type *ta = a->type, *tb = b->type;
    if (!ta->rank || !tb->rank)
        return elab_error(e, span, "matmul-scalar", "%s needs tensors with axes, got %s and %s",
                          what, type_print(e->arena, ta), type_print(e->arena, tb));
    if (ta->dtype != tb->dtype) {
        elab_error(e, span, "matmul-types", "%s does not promote: got %s and %s", what,
                   type_print(e->arena, ta), type_print(e->arena, tb));
        elab_hint(e, "convert one: x.to(%s)", dtype_name(dtype_promote(ta->dtype, tb->dtype)));
        return value_poison();
    }
    int inner = tb->rank == 1 ? 0 : tb->rank - 2;
    if (!same_inner(e, ta, tb, ta->rank - 1, inner, span, what)) {
        elab_note_origins(e, a, b, span);
        return value_poison();
    }
    elab_at(e, span);
    if (tb->rank == 1) return value_node(build_dot(&e->b, a, b, 0, 1));
    if (ta->rank > 1) return value_node(matrices(e, a, b, span, what));
    if (!names_distinct(e, ta, 0, tb, tb->rank - 2, 0, span, what)) return value_poison();
    return value_node(
        build_dot(&e->b, swapped(e, b), a, 0, 1)); /* vector @ matrix: contracts b's rows */
}
