/* eval_view.c: rows that only move elements. All are affine: element i of the one side is at base +
   sum i[k] * stride[k] of the other. */
#include "ir/eval_impl.h"

typedef struct Walk Walk; /* over all indices of a box, with the place on the other side */
struct Walk {
    int64_t rank, dims[MAX_RANK + 1], strides[MAX_RANK + 1], base;
};

/* calls for each element: packed index i, other side's place */
static void walk(const Walk *w, int64_t width, const char *packed_from, char *packed_to,
                 char *other) {
    int64_t index[MAX_RANK + 1] = {0}, place = w->base, n = 1;
    for (int64_t k = 0; k < w->rank; k++) n *= w->dims[k];
    for (int64_t i = 0; i < n; i++) {
        if (packed_to)
            memcpy(packed_to + i * width, other + place * width, (size_t)width);
        else
            memcpy(other + place * width, packed_from + i * width, (size_t)width);
        for (int64_t k = w->rank - 1; k >= 0; k--) {
            place += w->strides[k];
            if (++index[k] < w->dims[k]) break;
            place -= index[k] * w->strides[k];
            index[k] = 0;
        }
    }
}

static void row_major(const TgTensor *t, int64_t *strides) {
    int64_t n = 1;
    for (int64_t k = t->rank - 1; k >= 0; k--) {
        strides[k] = n;
        n *= t->dims[k];
    }
}

static Value *pull(Eval *e, Node *node, Value *x, const Walk *w) {
    Value *y = value_new(e, node, x->t.dtype, w->rank, w->dims);
    walk(w, value_bytes(x->t.dtype), NULL, y->t.data, x->t.data);
    return y;
}

static void push(Value *y, const Value *x, const Walk *w) {
    walk(w, value_bytes(x->t.dtype), x->t.data, NULL, y->t.data);
}

static Walk walk_of_type(Eval *e, const Node *node) {
    Walk w = {.rank = node->type->rank};
    eval_dims(e, node, node->type, w.dims);
    return w;
}

Value *eval_detach(Eval *e, Node *node, Value **args) {
    (void)e;
    (void)node;
    return value_ref(args[0]);
}

Value *eval_reshape(Eval *e, Node *node, Value **args) {
    Walk w = walk_of_type(e, node);
    int64_t n = 1;
    for (int64_t k = 0; k < w.rank; k++) n *= w.dims[k];
    if (n != value_count(args[0]))
        eval_stop(e, node, 1, "a tensor of %lld elements cannot have a shape of %lld",
                  (long long)value_count(args[0]), (long long)n);
    return value_share(e, args[0], w.rank, w.dims);
}

Value *eval_permute(Eval *e, Node *node, Value **args) {
    Walk w = {.rank = args[0]->t.rank};
    int64_t strides[MAX_RANK];
    row_major(&args[0]->t, strides);
    for (int64_t k = 0; k < w.rank; k++) {
        w.dims[k] = args[0]->t.dims[node->ints[k]];
        w.strides[k] = strides[node->ints[k]];
    }
    return pull(e, node, args[0], &w);
}

Value *eval_expand(Eval *e, Node *node, Value **args) {
    Walk w = walk_of_type(e, node);
    const TgTensor *x = &args[0]->t;
    int64_t strides[MAX_RANK];
    row_major(x, strides);
    for (int64_t k = 0; k < x->rank; k++) {
        int64_t at = w.rank - x->rank + k;
        if (x->dims[k] == w.dims[at])
            w.strides[at] = strides[k];
        else if (x->dims[k] != 1)
            eval_stop(e, node, 1, "an axis of length %lld cannot stretch to %lld",
                      (long long)x->dims[k], (long long)w.dims[at]);
    }
    return pull(e, node, args[0], &w);
}

/* the walk over a box of lengths at starts with steps in a tensor of those dims */
static Walk walk_of_box(Eval *e, Node *node, const TgTensor *of, const int64_t *lengths,
                        Value **starts, int check) {
    Walk w = {.rank = of->rank};
    int64_t strides[MAX_RANK];
    row_major(of, strides);
    int empty = 0;
    for (int64_t k = 0; k < w.rank; k++) empty |= lengths[k] == 0;
    for (int64_t k = 0; k < w.rank; k++) {
        int64_t start = value_get_int(starts[k], 0), step = node->ints[k];
        w.dims[k] = lengths[k];
        w.strides[k] = strides[k] * step;
        w.base += start * strides[k];
        int64_t last = start + (lengths[k] - 1) * step;
        if (check && lengths[k] > 0 && (start < 0 || last >= of->dims[k]))
            eval_outside(e, node, (int)k, lengths[k],
                         lengths[k] == 1 && start < 0 ? start - of->dims[k] : start,
                         of->dims[k] - (lengths[k] - 1) * step);
    }
    if (empty) w.base = 0;
    return w;
}

Value *eval_slice(Eval *e, Node *node, Value **args) {
    int64_t lengths[MAX_RANK];
    eval_dims(e, node, node->type, lengths);
    Walk w = walk_of_box(e, node, &args[0]->t, lengths, args + 1, 1);
    return pull(e, node, args[0], &w);
}

Value *eval_pad(Eval *e, Node *node, Value **args) {
    Value *y = value_of_type(e, node);
    Walk w = walk_of_box(e, node, &y->t, args[0]->t.dims, args + 1, 1);
    push(y, args[0], &w);
    return y;
}

Value *eval_slice_update(Eval *e, Node *node, Value **args) {
    const TgTensor *x = &args[0]->t;
    Value *y = value_new(e, node, x->dtype, x->rank, x->dims);
    memcpy(y->t.data, x->data, (size_t)(value_count(y) * value_bytes(x->dtype)));
    Walk w = walk_of_box(e, node, &y->t, args[1]->t.dims, args + 2, 1);
    push(y, args[1], &w);
    return y;
}

Value *eval_flip(Eval *e, Node *node, Value **args) {
    Walk w = {.rank = args[0]->t.rank};
    row_major(&args[0]->t, w.strides);
    memcpy(w.dims, args[0]->t.dims, sizeof w.dims[0] * (size_t)w.rank);
    for (int i = 0; i < node->nints; i++) {
        int64_t axis = node->ints[i];
        w.base += (w.dims[axis] - 1) * w.strides[axis];
        w.strides[axis] = -w.strides[axis];
    }
    return pull(e, node, args[0], &w);
}

Value *eval_cat(Eval *e, Node *node, Value **args) {
    Value *y = value_of_type(e, node);
    int64_t axis = node->ints[0], at = 0;
    Walk w = {.rank = y->t.rank};
    row_major(&y->t, w.strides);
    for (int i = 0; i < node->nargs; i++) {
        memcpy(w.dims, args[i]->t.dims, sizeof w.dims[0] * (size_t)w.rank);
        w.base = at * w.strides[axis];
        at += w.dims[axis];
        if (at > y->t.dims[axis]) eval_stop(e, node, 1, "the parts are longer than the whole");
        push(y, args[i], &w);
    }
    return y;
}

Value *eval_window(Eval *e, Node *node, Value **args) {
    Walk w = walk_of_type(e, node);
    int64_t axis = node->ints[0], strides[MAX_RANK];
    row_major(&args[0]->t, strides);
    for (int64_t k = 0; k < args[0]->t.rank; k++) w.strides[k + (k > axis)] = strides[k];
    w.strides[axis] = strides[axis] * node->ints[2];
    w.strides[axis + 1] = strides[axis] * node->ints[3];
    return pull(e, node, args[0], &w);
}
