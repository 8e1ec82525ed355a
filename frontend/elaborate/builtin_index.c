/* builtin_index.c: reading and writing by index tensors: gather, scatter, index_select, index_add,
 * linear algebra rows. */
#include "frontend/elaborate/builtin_lib.h"

/* x, axis, index of one rank */
static Node *along(Elab *e, CallSite *c, Value *args, Node **x, int *axis) {
    *x = lib_tensor(e, c, args, 0, "x");
    if (!*x || !elab_axis(e, *x, args[1], c->spans[1], axis)) return NULL;
    Node *index = lib_indices(e, c, args, 2, "the indices");
    if (!index) return NULL;
    if (index->type->rank != (*x)->type->rank || index->type->rank == 0) {
        elab_error(e, c->spans[2], "shape-mismatch",
                   "%s: the indices %s must have as many axes as x %s: %d and %d", c->name,
                   type_print(e->arena, index->type), type_print(e->arena, (*x)->type),
                   index->type->rank, (*x)->type->rank);
        return NULL;
    }
    for (int i = 0; i < index->type->rank; i++) {
        int64_t a, b;
        if (i == *axis || !dim_is_int(index->type->dims[i], &a) ||
            !dim_is_int((*x)->type->dims[i], &b) || a <= b)
            continue;
        elab_error(e, c->spans[2], "shape-mismatch",
                   "%s: axis %d of the indices %s is longer than that of x %s", c->name, i,
                   type_print(e->arena, index->type), type_print(e->arena, (*x)->type));
        return NULL;
    }
    return index;
}

Value lib_gather(Elab *e, CallSite *c, Value *args) {
    int axis = 0;
    Node *x, *index = along(e, c, args, &x, &axis);
    return index ? value_node(lib_take_along(e, x, axis, index)) : value_poison();
}

/* broadcasts x and the indices but for the axis */
Value lib_take_along_dim(Elab *e, CallSite *c, Value *args) {
    int axis = 0;
    Node *x = lib_tensor(e, c, args, 0, "x"), *index = lib_indices(e, c, args, 1, "the indices");
    if (!x || !index) return value_poison();
    if (args[2].kind == V_NONE) {
        const Dim *count = type_count(e->graph->dims, x->type),
                  *n = type_count(e->graph->dims, index->type);
        return value_node(lib_take_along(e, lib_reshape(e, x, 1, &count, NULL), 0,
                                         lib_reshape(e, index, 1, &n, NULL)));
    }
    if (!elab_axis(e, x, args[2], c->spans[2], &axis)) return value_poison();
    if (x->type->rank != index->type->rank)
        return elab_error(e, c->spans[1], "shape-mismatch",
                          "%s: the indices %s must have as many axes as x %s: %d and %d", c->name,
                          type_print(e->arena, index->type), type_print(e->arena, x->type),
                          index->type->rank, x->type->rank);
    const Type *both = elab_broadcast_type(
        e, lib_with_length(e, x->type, axis, dim_int(e->graph->dims, 1)),
        lib_with_length(e, index->type, axis, dim_int(e->graph->dims, 1)), c->span, c->name);
    if (!both) return value_poison();
    Node *wide_x = build_expand(&e->b, x,
                                type_with_dtype(e->graph->types,
                                                lib_with_length(e, both, axis, x->type->dims[axis]),
                                                x->type->dtype));
    Node *wide_i = build_expand(
        &e->b, index,
        type_with_dtype(e->graph->types, lib_with_length(e, both, axis, index->type->dims[axis]),
                        DT_i64));
    return value_node(lib_take_along(e, wide_x, axis, wide_i));
}

/* scatter(x, axis, index, source): x with source's elements put at the index along the axis */
static Value scatter(Elab *e, CallSite *c, Value *args, Op op) {
    int axis = 0;
    Node *idx[MAX_RANK], *x, *index = along(e, c, args, &x, &axis);
    if (!index) return value_poison();
    Node *v = elab_tensor_as(e, args[3], x->type->dtype, c->spans[3], "the source");
    if (!v) return value_poison();
    if (v->type->dtype != x->type->dtype)
        return elab_error(e, c->spans[3], "type-mismatch",
                          "%s: the source must be of x's element type: got %s for %s", c->name,
                          type_print(e->arena, v->type), type_print(e->arena, x->type));
    const Type *shape = type_without_names(e->graph->types, index->type);
    const Type *wanted = type_with_dtype(e->graph->types, shape, v->type->dtype);
    if (v->type->rank == index->type->rank && !type_same_shape(v->type, wanted)) {
        for (int i = 0; i < v->type->rank; i++) {
            int64_t a, b;
            if (v->type->dims[i] == shape->dims[i]) continue;
            if (dim_is_int(v->type->dims[i], &a) && dim_is_int(shape->dims[i], &b) && a >= b &&
                a != 1)
                v = lib_cut(e, v, i, dim_int(e->graph->dims, 0), shape->dims[i]);
        }
    }
    v = elab_expand_to(e, v, wanted, c->spans[3], "the source");
    if (!v) return value_poison();
    for (int i = 0; i < x->type->rank; i++)
        idx[i] = i == axis ? index : build_iota(&e->b, shape, i);
    return value_node(build_scatter(&e->b, op, x, idx, x->type->rank, v));
}

Value lib_scatter(Elab *e, CallSite *c, Value *args) {
    return scatter(e, c, args, OP_scatter);
}
Value lib_scatter_add(Elab *e, CallSite *c, Value *args) {
    return scatter(e, c, args, OP_scatter_add);
}

/* x with axis moved to the front */
static Node *to_front(Elab *e, Node *x, int axis) {
    int perm[MAX_RANK] = {axis};
    for (int i = 0, to = 1; i < x->type->rank; i++)
        if (i != axis) perm[to++] = i;
    return axis ? build_permute(&e->b, x, perm) : x;
}

static Node *from_front(Elab *e, Node *x, int axis) {
    int perm[MAX_RANK];
    for (int i = 0; i < x->type->rank; i++) perm[i] = i < axis ? i + 1 : i == axis ? 0 : i;
    return axis ? build_permute(&e->b, x, perm) : x;
}

static Node *row_index(Elab *e, CallSite *c, Value *args, Node **x, int *axis) {
    *x = lib_tensor(e, c, args, 0, "x");
    if (!*x || !elab_axis(e, *x, args[1], c->spans[1], axis)) return NULL;
    Node *index = lib_indices(e, c, args, 2, "the indices");
    if (index && index->type->rank == 1 && (*x)->type->rank > 0) return index;
    if (index)
        elab_error(e, c->spans[2], "shape-mismatch",
                   "%s: the indices must have one axis, got %s with %d", c->name,
                   type_print(e->arena, index->type), index->type->rank);
    return NULL;
}

Value lib_index_select(Elab *e, CallSite *c, Value *args) {
    int axis = 0;
    Node *x, *index = row_index(e, c, args, &x, &axis);
    if (!index) return value_poison();
    return value_node(from_front(e, build_gather(&e->b, to_front(e, x, axis), &index, 1), axis));
}

/* x with rows of v added (or copied, or filled) at the indices along the axis */
static Value index_write(Elab *e, CallSite *c, Value *args, Op op) {
    int axis = 0;
    Node *x, *index = row_index(e, c, args, &x, &axis);
    if (!index) return value_poison();
    Node *v = elab_tensor_as(e, args[3], x->type->dtype, c->spans[3], "the source");
    if (!v) return value_poison();
    if (v->type->dtype != x->type->dtype)
        return elab_error(e, c->spans[3], "type-mismatch",
                          "%s: the source must be of x's element type: got %s for %s", c->name,
                          type_print(e->arena, v->type), type_print(e->arena, x->type));
    v = elab_expand_to(e, v,
                       lib_with_length(e, type_without_names(e->graph->types, x->type), axis,
                                       index->type->dims[0]),
                       c->spans[3], "the source");
    if (!v) return value_poison();
    Node *y = build_scatter(&e->b, op, to_front(e, x, axis), &index, 1, to_front(e, v, axis));
    return value_node(from_front(e, y, axis));
}

Value lib_index_add(Elab *e, CallSite *c, Value *args) {
    return index_write(e, c, args, OP_scatter_add);
}
Value lib_index_copy(Elab *e, CallSite *c, Value *args) {
    return index_write(e, c, args, OP_scatter);
}

/* diagonal(x, offset=0, axis1=0, axis2=1): the diagonal as the last axis */
Value lib_diagonal(Elab *e, CallSite *c, Value *args) {
    int a = 0, b = 0, perm[MAX_RANK];
    int64_t offset, rows, columns;
    Node *x = lib_tensor(e, c, args, 0, "x");
    if (!x || !elab_known_int(e, args[1], c->spans[1], "the offset", &offset))
        return value_poison();
    if (x->type->rank < 2)
        return elab_error(e, c->spans[0], "shape-mismatch",
                          "diagonal takes two axes or more, got %s", type_print(e->arena, x->type));
    if (!elab_axis(e, x, args[2], c->spans[2], &a) || !elab_axis(e, x, args[3], c->spans[3], &b))
        return value_poison();
    if (a == b)
        return elab_error(e, c->span, "bad-axis", "diagonal needs two different axes, got %d twice",
                          a);
    perm[0] = a;
    perm[1] = b;
    for (int i = 0, to = 2; i < x->type->rank; i++)
        if (i != a && i != b) perm[to++] = i;
    x = build_permute(&e->b, x, perm);
    const Dim *n = x->type->dims[0];
    if (dim_is_int(n, &rows) && dim_is_int(x->type->dims[1], &columns)) {
        int64_t r = offset < 0 ? rows + offset : rows, q = offset > 0 ? columns - offset : columns,
                least = r < q ? r : q;
        n = dim_int(e->graph->dims, least > 0 ? least : 0);
    } else if (offset != 0 || n != x->type->dims[1]) {
        return elab_error(e, c->span, "shape-mismatch", "diagonal of %s: needs known lengths",
                          type_print(e->arena, x->type));
    }
    Node *i = build_iota(&e->b, type_new(e->graph->types, DT_i64, 1, &n, NULL), 0), *idx[2];
    idx[0] = offset < 0 ? build_map2(&e->b, OP_add, i, build_int(&e->b, -offset)) : i;
    idx[1] = offset > 0 ? build_map2(&e->b, OP_add, i, build_int(&e->b, offset)) : i;
    Node *y = build_gather(&e->b, x, idx, 2);
    for (int k = 0; k < y->type->rank; k++) perm[k] = k + 1 < y->type->rank ? k + 1 : 0;
    return value_node(build_permute(&e->b, y, perm));
}

/* ---- linear algebra on the last two axes ---- */

static Node *matrix(Elab *e, CallSite *c, Value *args, int i, int square) {
    Node *x = lib_tensor(e, c, args, i, i ? "b" : "a");
    if (!x || !lib_check_float(e, c, i, x)) return NULL;
    int r = x->type->rank;
    if (r >= 2 && (!square || x->type->dims[r - 1] == x->type->dims[r - 2])) return x;
    elab_error(e, c->spans[i], "shape-mismatch", "%s takes %s, got %s", c->name,
               square ? "square matrices" : "matrices", type_print(e->arena, x->type));
    return NULL;
}

static Value linear1(Elab *e, CallSite *c, Value *args, Op op) {
    Node *x = matrix(e, c, args, 0, 1);
    if (!x) return value_poison();
    const Type *t = op == OP_det ? type_new(e->graph->types, x->type->dtype, x->type->rank - 2,
                                            x->type->dims, x->type->names)
                                 : x->type;
    return value_node(node_new(e->graph, e->b.region, op, t, &x, 1, e->b.where));
}

Value lib_cholesky(Elab *e, CallSite *c, Value *args) {
    return linear1(e, c, args, OP_cholesky);
}
Value lib_det(Elab *e, CallSite *c, Value *args) {
    return linear1(e, c, args, OP_det);
}

/* the factorisations: what std/linalg/ is written with */
static Value factored(Elab *e, CallSite *c, Value *args, Op op, int square, int complete) {
    int64_t n, ints[1] = {complete};
    Node *x = matrix(e, c, args, 0, square);
    if (!x) return value_poison();
    for (int i = x->type->rank - 2; i < x->type->rank; i++)
        if (!dim_is_int(x->type->dims[i], &n))
            return elab_error(e, c->spans[0], "shape-mismatch",
                              "%s needs a matrix of known lengths, got %s", c->name,
                              type_print(e->arena, x->type));
    Node *in = build_reshape(&e->b, x, type_without_names(e->graph->types, x->type));
    return value_node(build_op(&e->b, op, &in, 1, ints, op == OP__qr, NULL));
}

Value lib_qr(Elab *e, CallSite *c, Value *args) {
    int complete = 0;
    if (!elab_known_bool(e, args[1], c->spans[1], "complete", &complete)) return value_poison();
    return factored(e, c, args, OP__qr, 0, complete);
}
Value lib_eigh(Elab *e, CallSite *c, Value *args) {
    return factored(e, c, args, OP__eigh, 1, 0);
}
Value lib_svd(Elab *e, CallSite *c, Value *args) {
    return factored(e, c, args, OP__svd, 0, 0);
}

/* solve(a, b): b is a vector or a matrix */
static Value linear2(Elab *e, CallSite *c, Value *args, Op op, int upper) {
    Node *ab[2] = {matrix(e, c, args, 0, 1), lib_tensor(e, c, args, 1, "b")};
    if (!ab[0] || !ab[1]) return value_poison();
    int vector = ab[1]->type->rank == 1, r = ab[0]->type->rank;
    if (vector) ab[1] = lib_unsqueeze(e, ab[1], 1);
    int fits = ab[1]->type->rank == r && ab[1]->type->dtype == ab[0]->type->dtype;
    for (int i = 0; fits && i < r - 1; i++) fits = ab[0]->type->dims[i] == ab[1]->type->dims[i];
    if (!fits)
        return elab_error(e, c->span, "shape-mismatch", "%s: a is %s, b is %s", c->name,
                          type_print(e->arena, ab[0]->type), type_print(e->arena, ab[1]->type));
    Node *y = node_new(e->graph, e->b.region, op, type_without_names(e->graph->types, ab[1]->type),
                       ab, 2, e->b.where);
    int64_t flag = upper;
    if (op == OP_solve_triangular) node_set_ints(e->graph, y, &flag, 1);
    int last = 1;
    return value_node(vector ? lib_drop_axes(e, y, &last, 1) : y);
}

Value lib_solve(Elab *e, CallSite *c, Value *args) {
    return linear2(e, c, args, OP_solve, 0);
}

Value lib_solve_triangular(Elab *e, CallSite *c, Value *args) {
    int upper = 0;
    if (!elab_known_bool(e, args[2], c->spans[2], "upper", &upper)) return value_poison();
    return linear2(e, c, args, OP_solve_triangular, upper);
}
