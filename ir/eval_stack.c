/* eval_stack.c: the rows on what loops collected. A stack is a list of slices, or a tensor whose
   slices have one shape; slices are stacks again. */
#include "ir/eval_impl.h"
#include "runtime/lib.h"

static Value *zeros_like(Eval *e, Node *node, const Value *like) {
    if (!like->items) return value_new(e, node, like->t.dtype, like->t.rank, like->t.dims);
    Value *v = value_list(e, like->nitems);
    for (int64_t i = 0; i < like->nitems; i++) v->items[i] = zeros_like(e, node, like->items[i]);
    return v;
}

Value *eval_stack_zeros(Eval *e, Node *node, Value **args) {
    return zeros_like(e, node, args[0]);
}

static int64_t length(const Value *v) {
    return v->items ? v->nitems : v->t.dims[0];
}

static Value *sum(Eval *e, Node *node, Value *a, Value *b) {
    if (a->items || b->items) {
        int64_t n = length(a);
        if (length(b) != n)
            die("stacks of %lld and %lld slices", (long long)n, (long long)length(b));
        Value *v = value_list(e, n);
        for (int64_t i = 0; i < n; i++) {
            Value *x = value_slice(e, node, a, i), *y = value_slice(e, node, b, i);
            v->items[i] = sum(e, node, x, y);
            value_drop(e, x);
            value_drop(e, y);
        }
        return v;
    }
    Value *v = value_new(e, node, a->t.dtype, a->t.rank, a->t.dims);
    if (value_count(a) != value_count(b)) die("slices of different sizes");
    memcpy(v->t.data, a->t.data, (size_t)(value_count(a) * value_bytes(a->t.dtype)));
    tg_lib_add(v->t.data, b->t.data, value_count(a) * value_bytes(a->t.dtype), a->t.dtype);
    return v;
}

static Value *none(Eval *e, const Node *node) {
    int64_t dims[MAX_RANK] = {0};
    return value_new(e, node, node->type->dtype, node->type->rank, dims);
}

Value *eval_stack_sum(Eval *e, Node *node, Value **args) {
    if (node->nargs == 0) return none(e, node);
    Value *v = value_ref(args[0]);
    for (int i = 1; i < node->nargs; i++) {
        Value *more = sum(e, node, v, args[i]);
        value_drop(e, v);
        v = more;
    }
    return v;
}
