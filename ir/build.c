/* build.c: nodes of ordinary ops. Takes operands and attributes, gives a node at the end of the
   builder's region, its type made by the op's shape rule; what breaks the rule is a bug of the
   caller. Control nodes are in build_control.c. */
#include "ir/build_impl.h"
#include "ir/number.h"

#include <stdlib.h>

Node *build_op(Builder *b, Op op, Node *const *args, int nargs, const int64_t *ints, int nints,
               const Type *given) {
    Shape s = {b->graph, op, args, nargs, ints, nints, given, NULL};
    const Type *type = shape_infer(&s);
    if (s.error) die("%s %s", op_info(op)->name, s.error);
    Node *simple = b->simplify && type ? build_simplified(b, &s, type) : NULL;
    if (simple) return simple;
    Node *node = node_new(b->graph, b->region, op, type, args, nargs, b->where);
    node_set_ints(b->graph, node, ints, nints);
    node->group = b->group;
    node->made = b->simplify;
    return node;
}

/* ---- pointwise ---- */

Node *build_map(Builder *b, Op op, Node *const *args, int nargs) {
    Node *all[8];
    const Type *shape = args[0]->type;
    if (nargs > 8) die("%s of %d operands", op_info(op)->name, nargs);
    for (int i = 0; i < nargs; i++)
        if (args[i]->type->rank) shape = shape->rank ? shape : args[i]->type;
    for (int i = 0; i < nargs; i++) {
        all[i] = args[i];
        if (shape->rank && !args[i]->type->rank) all[i] = build_expand(b, args[i], shape);
    }
    return build_op(b, op, all, nargs, NULL, 0, NULL);
}

Node *build_map1(Builder *b, Op op, Node *a) {
    return build_map(b, op, &a, 1);
}

Node *build_map2(Builder *b, Op op, Node *x, Node *y) {
    Node *args[] = {x, y};
    return build_map(b, op, args, 2);
}

Node *build_map3(Builder *b, Op op, Node *x, Node *y, Node *z) {
    Node *args[] = {x, y, z};
    return build_map(b, op, args, 3);
}

Node *build_cast(Builder *b, Node *x, DType to) {
    return build_op(b, OP_cast, &x, 1, NULL, 0, type_with_dtype(b->graph->types, x->type, to));
}

/* ---- leaves ---- */

Node *build_const(Builder *b, const Type *type, const void *data) {
    int64_t count = dim_value(type_count(b->graph->dims, type));
    Node *node = build_op(b, OP_const, NULL, 0, NULL, 0, type);
    node->data =
        arena_copy(b->graph->arena, data, (size_t)count * (size_t)dtype_bytes(type->dtype));
    return node;
}

Node *build_int(Builder *b, int64_t value) {
    return build_const(b, type_scalar(b->graph->types, DT_i64), &value);
}

Node *build_number(Builder *b, DType dtype, double value) {
    double room; /* for any type's number */
    number_store(dtype, value, &room);
    return build_const(b, type_scalar(b->graph->types, dtype), &room);
}

Node *build_float(Builder *b, DType dtype, double value) {
    return build_number(b, dtype, value);
}

Node *build_fill(Builder *b, const Type *type, double value) {
    Node *number = build_number(b, type->dtype, value);
    int64_t mark = CONST_NO_GRADIENT;
    if (b->simplify && value == 0) node_set_ints(b->graph, number, &mark, 1);
    return type->rank ? build_expand(b, number, type) : number;
}

Node *build_size(Builder *b, const Dim *dim) {
    int64_t value;
    if (dim_is_int(dim, &value)) return build_int(b, value);
    Node *node = build_op(b, OP_size, NULL, 0, NULL, 0, NULL);
    node->dim = dim;
    return node;
}

Node *build_iota(Builder *b, const Type *shape, int axis) {
    int64_t ints[] = {axis};
    return build_op(b, OP_iota, NULL, 0, ints, 1, type_with_dtype(b->graph->types, shape, DT_i64));
}

Node *build_arg(Builder *b, int index, const Type *type) {
    int64_t ints[] = {index};
    return build_op(b, OP_arg, NULL, 0, ints, 1, type);
}

Node *build_data(Builder *b, int index, const Type *type) {
    int64_t ints[] = {index};
    return build_op(b, OP_data, NULL, 0, ints, 1, type);
}

Node *build_bind(Builder *b, Node *value, Size *size) {
    Node *node = build_op(b, OP_bind, &value, 1, NULL, 0, NULL);
    node->size = size;
    return node;
}

Node *build_detach(Builder *b, Node *x) {
    return build_op(b, OP_detach, &x, 1, NULL, 0, NULL);
}

/* ---- views ---- */

Node *build_reshape(Builder *b, Node *x, const Type *shape) {
    const Type *type = type_with_dtype(b->graph->types, shape, x->type->dtype);
    return build_op(b, OP_reshape, &x, 1, NULL, 0, type);
}

static int widen(const int *from, int n, int64_t *to) {
    if (n > MAX_RANK) die("%d axes", n);
    for (int i = 0; i < n; i++) to[i] = from[i];
    return n;
}

Node *build_permute(Builder *b, Node *x, const int *perm) {
    int64_t ints[MAX_RANK];
    int n = widen(perm, x->type->rank, ints);
    return build_op(b, OP_permute, &x, 1, ints, n, NULL);
}

Node *build_expand(Builder *b, Node *x, const Type *shape) {
    const Type *type = type_with_dtype(b->graph->types, shape, x->type->dtype);
    return build_op(b, OP_expand, &x, 1, NULL, 0, type);
}

/* first and, when not NULL, second, then one start an axis; one step an axis */
static Node *build_box(Builder *b, Op op, Node *first, Node *second, Node *const *starts,
                       const int64_t *steps, const Dim *const *dims) {
    Node *args[MAX_RANK + 2];
    int64_t ones[MAX_RANK];
    const Type *x = first->type;
    int n = 0;
    args[n++] = first;
    if (second) args[n++] = second;
    for (int i = 0; i < x->rank; i++) {
        args[n++] = starts[i];
        ones[i] = 1;
    }
    const Type *given = dims ? type_new(b->graph->types, x->dtype, x->rank, dims, x->names) : NULL;
    return build_op(b, op, args, n, steps ? steps : ones, x->rank, given);
}

Node *build_slice(Builder *b, Node *x, Node *const *starts, const Dim *const *lengths,
                  const int64_t *steps) {
    return build_box(b, OP_slice, x, NULL, starts, steps, lengths);
}

Node *build_slice_axis(Builder *b, Node *x, int axis, Node *start, const Dim *length,
                       int64_t step) {
    Node *starts[MAX_RANK], *zero = NULL;
    const Dim *lengths[MAX_RANK];
    int64_t steps[MAX_RANK];
    for (int i = 0; i < x->type->rank; i++) {
        if (i != axis && !zero) zero = build_int(b, 0);
        starts[i] = i == axis ? start : zero;
        lengths[i] = i == axis ? length : x->type->dims[i];
        steps[i] = i == axis ? step : 1;
    }
    return build_slice(b, x, starts, lengths, steps);
}

Node *build_pad(Builder *b, Node *x, Node *const *starts, const Dim *const *outer,
                const int64_t *steps) {
    return build_box(b, OP_pad, x, NULL, starts, steps, outer);
}

Node *build_slice_update(Builder *b, Node *x, Node *v, Node *const *starts, const int64_t *steps) {
    return build_box(b, OP_slice_update, x, v, starts, steps, NULL);
}

Node *build_flip(Builder *b, Node *x, const int *axes, int naxes) {
    int64_t ints[MAX_RANK];
    widen(axes, naxes, ints);
    return build_op(b, OP_flip, &x, 1, ints, naxes, NULL);
}

Node *build_cat(Builder *b, Node *const *xs, int n, int axis) {
    int64_t ints[] = {axis};
    return build_op(b, OP_cat, xs, n, ints, 1, NULL);
}

Node *build_window(Builder *b, Node *x, int axis, int64_t size, int64_t stride, int64_t dilation) {
    int64_t ints[] = {axis, size, stride, dilation};
    return build_op(b, OP_window, &x, 1, ints, 4, NULL);
}

Node *build_unwindow(Builder *b, Node *g, int axis, int64_t stride, int64_t dilation,
                     const Dim *length) {
    int64_t ints[] = {axis, stride, dilation};
    Type type = *g->type;
    type.rank--;
    type.dims[axis] = length;
    for (int i = axis + 1; i < type.rank; i++) {
        type.dims[i] = g->type->dims[i + 1];
        type.names[i] = g->type->names[i + 1];
    }
    const Type *given = type_new(b->graph->types, type.dtype, type.rank, type.dims, type.names);
    return build_op(b, OP_unwindow, &g, 1, ints, 3, given);
}

/* ---- indices ---- */

Node *build_gather(Builder *b, Node *x, Node *const *idx, int k) {
    return build_scatter(b, OP_gather, x, idx, k, NULL);
}

Node *build_scatter(Builder *b, Op op, Node *x, Node *const *idx, int k, Node *v) {
    Node *args[MAX_RANK + 2];
    int64_t ints[] = {k};
    if (k > MAX_RANK) die("%d indices", k);
    args[0] = x;
    for (int i = 0; i < k; i++) args[1 + i] = idx[i];
    args[1 + k] = v;
    return build_op(b, op, args, 1 + k + (v != NULL), ints, 1, NULL);
}

/* ---- reductions, scans, products ---- */

static int ascending(const void *a, const void *b) {
    return (*(const int64_t *)a > *(const int64_t *)b) -
           (*(const int64_t *)a < *(const int64_t *)b);
}

Node *build_reduce(Builder *b, Op op, Node *x, const int *axes, int naxes) {
    int64_t ints[MAX_RANK];
    widen(axes, naxes, ints);
    if (naxes) qsort(ints, (size_t)naxes, sizeof *ints, ascending);
    return build_op(b, op, &x, 1, ints, naxes, NULL);
}

Node *build_arg_reduce(Builder *b, Op op, Node *x, int axis) {
    int64_t ints[] = {axis};
    return build_op(b, op, &x, 1, ints, 1, NULL);
}

Node *build_scan(Builder *b, Op op, Node *x, int axis) {
    int64_t ints[] = {axis};
    return build_op(b, op, &x, 1, ints, 1, NULL);
}

Node *build_argsort(Builder *b, Node *x, int axis, int descending) {
    int64_t ints[] = {axis, descending};
    return build_op(b, OP_argsort, &x, 1, ints, 2, NULL);
}

Node *build_dot(Builder *b, Node *x, Node *y, int nbatch, int ncontract) {
    Node *args[] = {x, y};
    int64_t ints[] = {nbatch, ncontract};
    return build_op(b, OP_dot, args, 2, ints, 2, NULL);
}

Node *build_conv(Builder *b, Node *x, Node *w, int nspatial, int64_t groups, const int64_t *stride,
                 const int64_t *pad_lo, const int64_t *x_dilation, const int64_t *w_dilation,
                 const Dim *const *out) {
    Node *args[] = {x, w};
    int64_t ints[2 + 4 * MAX_RANK] = {nspatial, groups};
    const Dim *dims[MAX_RANK] = {x->type->dims[0], w->type->dims[0]};
    if (nspatial + 2 > MAX_RANK) die("conv over %d axes", nspatial);
    for (int i = 0; i < nspatial; i++) {
        ints[2 + 4 * i] = stride[i];
        ints[3 + 4 * i] = pad_lo[i];
        ints[4 + 4 * i] = x_dilation[i];
        ints[5 + 4 * i] = w_dilation[i];
        dims[2 + i] = out[i];
    }
    const char *names[MAX_RANK] = {x->type->names[0]};
    const Type *given = type_new(b->graph->types, x->type->dtype, nspatial + 2, dims, names);
    return build_op(b, OP_conv, args, 2, ints, 2 + 4 * nspatial, given);
}
