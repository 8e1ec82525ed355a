/* shape_view.c: the shape rules of views (index maps) and of gather and scatter. */
#include "ir/shape.h"

static const Type *mismatch(Shape *s, const Type *other) {
    Arena *arena = s->graph->arena;
    return shape_broken(s, "operand %s does not fit %s", type_print(arena, s->args[0]->type),
                        other ? type_print(arena, other) : "no type");
}

static int is_index(Shape *s, int arg) {
    if (s->args[arg]->type == type_scalar(s->graph->types, DT_i64)) return 1;
    shape_broken(s, "operand %d is %s, not an i64 scalar", arg,
                 type_print(s->graph->arena, s->args[arg]->type));
    return 0;
}

const Type *shape_cast(Shape *s) {
    const Type *x = s->args[0]->type;
    if (!s->given || !shape_same(s->graph, x, s->given)) return mismatch(s, s->given);
    return type_with_dtype(s->graph->types, x, s->given->dtype);
}

const Type *shape_detach(Shape *s) {
    return s->args[0]->type;
}

/* sizes that differ as polynomials may be equal when the program runs: the front end asserts that
 */
const Type *shape_reshape(Shape *s) {
    const Type *x = s->args[0]->type;
    int64_t from, to;
    if (!s->given || s->given->dtype != x->dtype) return mismatch(s, s->given);
    if (dim_is_int(type_count(s->graph->dims, x), &from) &&
        dim_is_int(type_count(s->graph->dims, s->given), &to) && from != to)
        return mismatch(s, s->given);
    return s->given;
}

const Type *shape_permute(Shape *s) {
    const Type *x = s->args[0]->type;
    Type type = {.dtype = x->dtype, .rank = x->rank};
    unsigned seen = 0;
    if (s->nints != x->rank) return shape_broken(s, "permutes %d axes of %d", s->nints, x->rank);
    for (int i = 0; i < x->rank; i++) {
        int64_t from = s->ints[i];
        if (from < 0 || from >= x->rank || (seen >> from & 1))
            return shape_broken(s, "is no permutation");
        seen |= 1u << from;
        type.dims[i] = x->dims[from];
        type.names[i] = x->names[from];
    }
    return type_new(s->graph->types, type.dtype, type.rank, type.dims, type.names);
}

const Type *shape_expand(Shape *s) {
    const Type *x = s->args[0]->type, *to = s->given;
    int64_t one;
    if (!to || to->dtype != x->dtype || to->rank < x->rank) return mismatch(s, to);
    for (int i = 0; i < x->rank; i++) {
        const Dim *from = x->dims[i];
        if (shape_same_dim(s->graph, from, to->dims[to->rank - x->rank + i])) continue;
        if (!dim_is_int(from, &one) || one != 1) return mismatch(s, to);
    }
    return to;
}

/* operands from first on are one start an axis, ints one step an axis */
static int box_ok(Shape *s, int first) {
    int rank = s->args[0]->type->rank;
    if (s->nargs != first + rank || s->nints != rank) {
        shape_broken(s, "needs one start and one step an axis");
        return 0;
    }
    for (int i = 0; i < rank; i++) {
        if (!is_index(s, first + i)) return 0;
        if (s->ints[i] >= 1) continue;
        shape_broken(s, "has the step %lld", (long long)s->ints[i]);
        return 0;
    }
    return 1;
}

static const Type *boxed(Shape *s) {
    const Type *x = s->args[0]->type;
    if (!box_ok(s, 1)) return NULL;
    if (!s->given || s->given->dtype != x->dtype || s->given->rank != x->rank)
        return mismatch(s, s->given);
    return s->given;
}

const Type *shape_slice(Shape *s) {
    if (s->nargs < 1) return shape_broken(s, "needs an operand");
    return boxed(s);
}

const Type *shape_pad(Shape *s) {
    if (s->nargs < 1) return shape_broken(s, "needs an operand");
    return boxed(s);
}

const Type *shape_slice_update(Shape *s) {
    if (s->nargs < 2) return shape_broken(s, "needs two operands");
    const Type *x = s->args[0]->type, *v = s->args[1]->type;
    if (!box_ok(s, 2)) return NULL;
    return v->dtype == x->dtype && v->rank == x->rank ? x : mismatch(s, v);
}

const Type *shape_flip(Shape *s) {
    for (int i = 0; i < s->nints; i++)
        if (s->ints[i] < 0 || s->ints[i] >= s->args[0]->type->rank)
            return shape_broken(s, "has a wrong axis");
    return s->args[0]->type;
}

const Type *shape_cat(Shape *s) {
    if (s->nargs < 1) return shape_broken(s, "needs an operand");
    Type type = *s->args[0]->type;
    int axis = s->nints == 1 ? (int)s->ints[0] : -1;
    if (axis < 0 || axis >= type.rank) return shape_broken(s, "has a wrong axis");
    for (int i = 1; i < s->nargs; i++) {
        const Type *other = s->args[i]->type;
        if (other->dtype != type.dtype || other->rank != type.rank) return mismatch(s, other);
        for (int k = 0; k < type.rank; k++) {
            if (k != axis && !shape_same_dim(s->graph, type.dims[k], other->dims[k]))
                return mismatch(s, other);
            if (!type.names[k]) type.names[k] = other->names[k];
        }
        type.dims[axis] = dim_add(s->graph->dims, type.dims[axis], other->dims[axis]);
    }
    return type_new(s->graph->types, type.dtype, type.rank, type.dims, type.names);
}

const Type *shape_window(Shape *s) {
    const Type *x = s->args[0]->type;
    Dims *t = s->graph->dims;
    if (s->nints != 4 || s->ints[0] < 0 || s->ints[0] >= x->rank || x->rank == MAX_RANK)
        return shape_broken(s, "has a wrong axis");
    int axis = (int)s->ints[0];
    int64_t size = s->ints[1], stride = s->ints[2], dilation = s->ints[3];
    if (size < 1 || stride < 1 || dilation < 1) return shape_broken(s, "has wrong attributes");
    Type type = {.dtype = x->dtype, .rank = x->rank + 1};
    for (int i = 0; i < type.rank; i++) {
        int from = i <= axis ? i : i - 1;
        type.dims[i] = x->dims[from];
        type.names[i] = i == axis || i == axis + 1 ? NULL : x->names[from];
    }
    const Dim *room = dim_sub(t, x->dims[axis], dim_int(t, dilation * (size - 1) + 1));
    type.dims[axis] = dim_add(t, dim_floordiv(t, room, stride), dim_int(t, 1));
    type.dims[axis + 1] = dim_int(t, size);
    return type_new(s->graph->types, type.dtype, type.rank, type.dims, type.names);
}

const Type *shape_unwindow(Shape *s) {
    const Type *g = s->args[0]->type;
    if (s->nints != 3 || s->ints[0] < 0 || s->ints[0] + 1 >= g->rank || s->ints[1] < 1 ||
        s->ints[2] < 1)
        return shape_broken(s, "has wrong attributes");
    if (!s->given || s->given->dtype != g->dtype || s->given->rank != g->rank - 1)
        return mismatch(s, s->given);
    for (int i = 0; i < s->given->rank; i++)
        if (i != s->ints[0] &&
            !shape_same_dim(s->graph, s->given->dims[i], g->dims[i < s->ints[0] ? i : i + 1]))
            return mismatch(s, s->given);
    return s->given;
}

/* S + the axes of x that k indices leave, of the element type of x; NULL when they do not fit */
static const Type *indexed(Shape *s) {
    const Type *x = s->args[0]->type;
    int k = s->nints == 1 ? (int)s->ints[0] : 0;
    if (k < 1 || k > x->rank || s->nargs < 1 + k)
        return shape_broken(s, "has a wrong number of indices");
    const Type *at = s->args[1]->type;
    if (at->rank + x->rank - k > MAX_RANK) return shape_broken(s, "has too many axes");
    for (int i = 1; i <= k; i++)
        if (s->args[i]->type->dtype != DT_i64 || !shape_same(s->graph, at, s->args[i]->type))
            return shape_broken(s, "has indices of different types");
    const Dim *dims[MAX_RANK];
    const char *names[MAX_RANK];
    int n = 0;
    for (int i = 0; i < at->rank; i++) dims[n] = at->dims[i], names[n++] = at->names[i];
    for (int i = k; i < x->rank; i++) dims[n] = x->dims[i], names[n++] = x->names[i];
    return type_new(s->graph->types, x->dtype, n, dims, names);
}

const Type *shape_gather(Shape *s) {
    return indexed(s);
}

static const Type *scattered(Shape *s) {
    const Type *part = s->nargs < 3 ? shape_broken(s, "needs indices and values") : indexed(s);
    if (!part) return NULL;
    const Type *v = s->args[s->nargs - 1]->type;
    if (s->nargs != 2 + s->ints[0] || v->dtype != part->dtype || !shape_same(s->graph, v, part))
        return mismatch(s, v);
    return s->args[0]->type;
}

const Type *shape_scatter(Shape *s) {
    return scattered(s);
}
const Type *shape_scatter_add(Shape *s) {
    return scattered(s);
}
