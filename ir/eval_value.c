/* eval_value.c: values of the interpreter: counted references to contiguous tensors, and lists of
 * them. */
#include "ir/eval_impl.h"
#include "ir/eval_map.h"

#define X(name, ctype, bytes, kind) [DT_##name] = bytes,
static const int64_t widths[DT_COUNT] = {DTYPES(X)};
#undef X

int64_t value_bytes(int64_t dtype) {
    return widths[dtype];
}

int64_t value_count(const Value *v) {
    int64_t n = 1;
    for (int64_t i = 0; i < v->t.rank; i++) n *= v->t.dims[i];
    return n;
}

static Value *add_value(Eval *e) {
    Value *v = calloc(1, sizeof *v);
    if (!v) die("out of memory");
    v->refs = 1;
    v->next = e->values;
    if (v->next) v->next->previous = v;
    e->values = v;
    return v;
}

static void set_shape(Value *v, int64_t dtype, int64_t rank, const int64_t *dims) {
    v->t.dtype = dtype;
    v->t.rank = rank;
    if (rank) memcpy(v->t.dims, dims, sizeof *dims * (size_t)rank);
}

Value *value_new(Eval *e, const Node *node, int64_t dtype, int64_t rank, const int64_t *dims) {
    Value *v = add_value(e);
    set_shape(v, dtype, rank, dims);
    int64_t n = value_count(v);
    if (e->options.max_elements && n > e->options.max_elements)
        eval_stop(e, node, 0, "a tensor of %lld elements is too large to compute here",
                  (long long)n);
    v->t.data = calloc((size_t)n + 1, (size_t)widths[dtype]);
    if (!v->t.data) eval_stop(e, node, 1, "out of memory");
    return v;
}

Value *value_of_type(Eval *e, const Node *node) {
    int64_t dims[MAX_RANK];
    eval_dims(e, node, node->type, dims);
    return value_new(e, node, node->type->dtype, node->type->rank, dims);
}

Value *value_ref(Value *v) {
    v->refs++;
    return v;
}

Value *value_share(Eval *e, Value *of, int64_t rank, const int64_t *dims) {
    Value *v = add_value(e);
    set_shape(v, of->t.dtype, rank, dims);
    v->base = value_ref(of->base ? of->base : of);
    v->t.data = of->t.data;
    return v;
}

Value *value_list(Eval *e, int64_t n) {
    Value *v = add_value(e);
    v->items = calloc((size_t)n + 1, sizeof *v->items);
    if (!v->items) die("out of memory");
    v->nitems = n;
    return v;
}

void value_drop(Eval *e, Value *v) {
    if (!v || --v->refs > 0) return;
    if (v->items)
        for (int64_t i = 0; i < v->nitems; i++) value_drop(e, v->items[i]);
    free(v->items);
    if (v->base)
        value_drop(e, v->base);
    else
        free(v->t.data);
    if (v->next) v->next->previous = v->previous;
    if (v->previous)
        v->previous->next = v->next;
    else
        e->values = v->next;
    free(v);
}

Value *value_cast(Eval *e, const Node *node, Value *v, DType to) {
    if (v->t.dtype == to) return value_ref(v);
    Value *y = value_new(e, node, to, v->t.rank, v->t.dims);
    const void *in[] = {v->t.data};
    const int64_t step[] = {1};
    cast_loops[v->t.dtype][to](value_count(v), y->t.data, in, step);
    return y;
}

Value *value_dense(Eval *e, const Node *node, Value *v) {
    if (!v->items || v->t.data) return v;
    if (v->nitems == 0) die("an empty list has no shape");
    const TgTensor *first = &v->items[0]->t;
    int64_t dims[MAX_RANK] = {v->nitems}, each = 1;
    for (int64_t i = 0; i < first->rank; i++) {
        dims[i + 1] = first->dims[i];
        each *= first->dims[i];
    }
    each *= widths[first->dtype];
    Value *y = value_new(e, node, first->dtype, first->rank + 1, dims);
    for (int64_t i = 0; i < v->nitems; i++) {
        const TgTensor *t = &value_dense(e, node, v->items[i])->t;
        if (memcmp(t->dims, first->dims, sizeof *dims * (size_t)first->rank) != 0)
            eval_stop(e, node, 1,
                      "what the loop collected changes its shape from iteration to iteration");
        memcpy((char *)y->t.data + i * each, t->data, (size_t)each);
    }
    v->t = y->t; /* v keeps y's memory through base */
    v->base = y;
    return v;
}

Value *value_slice(Eval *e, const Node *node, Value *v, int64_t i) {
    if (v->items && i < v->nitems) return value_ref(v->items[i]);
    if (v->items || i < 0 || i >= v->t.dims[0])
        eval_stop(e, node, 1, "iteration %lld has no slice", (long long)i);
    Value *s = value_share(e, v, v->t.rank - 1, v->t.dims + 1);
    s->t.data = (char *)v->t.data + i * value_count(s) * widths[v->t.dtype];
    return s;
}

int64_t value_get_int(const Value *v, int64_t i) {
    switch (v->t.dtype) {
    case DT_bool:
    case DT_u8:
        return ((const uint8_t *)v->t.data)[i];
    case DT_i32:
        return ((const int32_t *)v->t.data)[i];
    case DT_i64:
        return ((const int64_t *)v->t.data)[i];
    default:
        die("an integer was expected, not %s", dtype_name((DType)v->t.dtype));
    }
}
