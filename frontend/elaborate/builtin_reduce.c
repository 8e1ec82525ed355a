/* builtin_reduce.c: reductions, scans and sorting: sum, mean, amax, max, any, cumsum, sort, topk …
 */
#include "frontend/elaborate/builtin_lib.h"

static Value result_or_poison(Node *n) {
    return n ? value_node(n) : value_poison();
}

/* reduces over the axes of args[1], which are dropped unless args[2] (keepdim) */
static Node *reduce_axes(Elab *e, CallSite *c, Op op, Node *x, Value axes, Value keep,
                         int axis_arg) {
    int at[MAX_RANK], n = 0, keepdim = 0;
    if (!elab_axes(e, x, axes, c->spans[axis_arg], at, &n)) return NULL;
    if (!elab_known_bool(e, keep, c->spans[axis_arg + 1], "keepdim", &keepdim)) return NULL;
    if (n == 0) return x;
    Node *y = build_reduce(&e->b, op, x, at, n);
    return keepdim ? y : lib_drop_axes(e, y, at, n);
}

/* sums and products of bool, u8 and i32 are i64 */
static Node *widened(Elab *e, Node *x) {
    return dtype_kind(x->type->dtype) < 2 ? elab_cast(e, x, DT_i64) : x;
}

static Value sum_like(Elab *e, CallSite *c, Value *args, Op op) {
    Node *x = lib_tensor(e, c, args, 0, "x");
    if (!x || !(x = lib_converted(e, c, x, args[3], 3))) return value_poison();
    if (args[3].kind == V_NONE) x = widened(e, x);
    return result_or_poison(reduce_axes(e, c, op, x, args[1], args[2], 1));
}

Value lib_sum(Elab *e, CallSite *c, Value *args) {
    return sum_like(e, c, args, OP_sum);
}
Value lib_prod(Elab *e, CallSite *c, Value *args) {
    return sum_like(e, c, args, OP_prod);
}

/* a length that the program knows when it starts is checked then */
static void check_later(Elab *e, CallSite *c, Node *x, int axis) {
    const Dim *d = x->type->dims[axis], *one = dim_int(e->graph->dims, 1);
    if (dim_lower(d) >= 1 || !size_known_at_start(d, 64)) return;
    const char *const texts[] = {arena_printf(e->arena,
                                              "%s of no elements: axis %d of %s has length ",
                                              c->name, axis, type_print(e->arena, x->type))};
    elab_check_sizes(e, c->span, d, OP_ge, one, elab_message(e, texts, &d, 1));
}

static int check_not_empty(Elab *e, CallSite *c, Node *x, Value axes) {
    int at[MAX_RANK], n = 0;
    int64_t length;
    if (!elab_axes(e, x, axes, c->spans[1], at, &n)) return 0;
    for (int i = 0; i < n; i++)
        if (dim_is_int(x->type->dims[at[i]], &length) && length == 0) {
            elab_error(e, c->span, "empty-reduction",
                       "%s of no elements: axis %d of %s has length 0", c->name, at[i],
                       type_print(e->arena, x->type));
            return 0;
        }
    for (int i = 0; i < n; i++) check_later(e, c, x, at[i]);
    return 1;
}

/* amax with keepdim, and -inf of no elements: what softmax is taken from */
Value lib_peak(Elab *e, CallSite *c, Value *args) {
    Node *x = lib_tensor(e, c, args, 0, "x");
    if (!x) return value_poison();
    return result_or_poison(reduce_axes(e, c, OP_amax, x, args[1], value_bool(1), 1));
}

static Value extreme(Elab *e, CallSite *c, Value *args, Op op) {
    Node *x = lib_tensor(e, c, args, 0, "x");
    if (!x || !check_not_empty(e, c, x, args[1])) return value_poison();
    return result_or_poison(reduce_axes(e, c, op, x, args[1], args[2], 1));
}

Value lib_amax(Elab *e, CallSite *c, Value *args) {
    return extreme(e, c, args, OP_amax);
}
Value lib_amin(Elab *e, CallSite *c, Value *args) {
    return extreme(e, c, args, OP_amin);
}

static Value truth(Elab *e, CallSite *c, Value *args, Op op) {
    Node *x = lib_tensor(e, c, args, 0, "x");
    if (!x) return value_poison();
    if (x->type->dtype != DT_bool)
        x = build_map2(&e->b, OP_ne, x, build_number(&e->b, x->type->dtype, 0));
    return result_or_poison(reduce_axes(e, c, op, x, args[1], args[2], 1));
}

Value lib_any(Elab *e, CallSite *c, Value *args) {
    return truth(e, c, args, OP_amax);
}
Value lib_all(Elab *e, CallSite *c, Value *args) {
    return truth(e, c, args, OP_amin);
}

static Node *flat(Elab *e, Node *x) {
    const Dim *count = type_count(e->graph->dims, x->type);
    return lib_reshape(e, x, 1, &count, NULL);
}

/* argmax(x): index in the flattened tensor; argmax(x, axis): along it */
static Value arg_extreme(Elab *e, CallSite *c, Value *args, Op op) {
    Node *x = lib_tensor(e, c, args, 0, "x");
    int axis = 0, keepdim = 0;
    if (!x || !elab_known_bool(e, args[2], c->spans[2], "keepdim", &keepdim)) return value_poison();
    if (!check_not_empty(e, c, x, args[1])) return value_poison();
    if (args[1].kind == V_NONE) {
        Node *y = build_arg_reduce(&e->b, op, flat(e, x), 0);
        int zero = 0;
        return value_node(lib_drop_axes(e, y, &zero, 1));
    }
    if (!lib_axis(e, x, args[1], c->spans[1], &axis)) return value_poison();
    if (x->type->rank == 0) return value_node(build_int(&e->b, 0));
    Node *y = build_arg_reduce(&e->b, op, x, axis);
    return value_node(keepdim ? y : lib_drop_axes(e, y, &axis, 1));
}

Value lib_argmax(Elab *e, CallSite *c, Value *args) {
    return arg_extreme(e, c, args, OP_argmax);
}
Value lib_argmin(Elab *e, CallSite *c, Value *args) {
    return arg_extreme(e, c, args, OP_argmin);
}

static Value two(Elab *e, Node *a, Node *b) {
    Value both[2] = {value_node(a), value_node(b)};
    return value_items(e, V_TUPLE, both, 2);
}

static int is_scalar(Value v) {
    return v.kind == V_EXACT || v.kind == V_SIZE ||
           (v.kind == V_NODE && v.node->type->rank == 0 && v.node->type->dtype != DT_bool);
}

static int by_keyword(const CallSite *c) {
    for (int i = 0; c->ast && i < c->ast->call.args.n; i++)
        if (c->ast->call.args.at[i].name.text) return 1;
    return 0;
}

/* max(a, b) and max(a, b, c) of numbers, as in Python; a scalar has no axis to reduce */
static int of_numbers(Elab *e, CallSite *c, const Value *args, Op op, Value *out) {
    int more = args[2].kind != V_EXACT || args[2].exact.kind != EXACT_BOOL;
    if (!is_scalar(args[0]) || !is_scalar(args[1]) || by_keyword(c)) return 0;
    if (more && !is_scalar(args[2])) return 0;
    *out = elab_map(e, op, args, 2, c->span, c->name);
    Value both[] = {*out, args[2]};
    if (more) *out = elab_map(e, op, both, 2, c->span, c->name);
    return 1;
}

/* max(x): the largest, sharing the gradient; max(x, axis=k): (values, indices), the gradient goes
 * to the index */
static Value max_or_min(Elab *e, CallSite *c, Value *args, Op whole, Op index_op) {
    int axis = 0, keepdim = 0;
    Value number;
    if (of_numbers(e, c, args, whole == OP_amax ? OP_maximum : OP_minimum, &number)) return number;
    Node *x = lib_tensor(e, c, args, 0, "x");
    if (!x) return value_poison();
    if (args[1].kind == V_NODE && args[1].node->type->rank > 0) {
        elab_error(e, c->span, "bad-argument", "%s of two tensors is spelled %simum(a, b)", c->name,
                   c->name);
        return value_poison();
    }
    if (args[1].kind == V_NONE) return extreme(e, c, args, whole);
    if (!lib_axis(e, x, args[1], c->spans[1], &axis)) return value_poison();
    if (!elab_known_bool(e, args[2], c->spans[2], "keepdim", &keepdim)) return value_poison();
    if (!check_not_empty(e, c, x, args[1])) return value_poison();
    if (x->type->rank == 0) return two(e, x, build_int(&e->b, 0));
    Node *index = build_arg_reduce(&e->b, index_op, x, axis);
    Node *value = lib_take_along(e, x, axis, index);
    value = lib_reshape(e, value, index->type->rank, index->type->dims, x->type->names);
    if (keepdim) return two(e, value, index);
    return two(e, lib_drop_axes(e, value, &axis, 1), lib_drop_axes(e, index, &axis, 1));
}

Value lib_max(Elab *e, CallSite *c, Value *args) {
    return max_or_min(e, c, args, OP_amax, OP_argmax);
}
Value lib_min(Elab *e, CallSite *c, Value *args) {
    return max_or_min(e, c, args, OP_amin, OP_argmin);
}

/* an axis as a number from 0, whether it was given by name or counted from the end */
Value lib_axis_number(Elab *e, CallSite *c, Value *args) {
    int axis = 0;
    Node *x = lib_tensor(e, c, args, 0, "x");
    if (!x || !lib_axis(e, x, args[1], c->spans[1], &axis)) return value_poison();
    return value_int(axis);
}

/* the number of elements that a reduction over the axes joins, as a scalar of x's type */
Value lib_reduced_count(Elab *e, CallSite *c, Value *args) {
    int at[MAX_RANK], n = 0;
    Node *x = lib_tensor(e, c, args, 0, "x");
    if (!x || !elab_axes(e, x, args[1], c->spans[1], at, &n)) return value_poison();
    const Dim *count = dim_int(e->graph->dims, 1);
    for (int i = 0; i < n; i++) count = dim_mul(e->graph->dims, count, x->type->dims[at[i]]);
    return value_size(count);
}

/* ---- scans ---- */

static Value scan(Elab *e, CallSite *c, Node *x, Value axis_value, Op op) {
    int axis = 0;
    if (!x || !lib_axis(e, x, axis_value, c->spans[1], &axis)) return value_poison();
    return value_node(x->type->rank ? build_scan(&e->b, op, x, axis) : x);
}

/* in the type given, else in what sums are computed in */
static Value running_sum(Elab *e, CallSite *c, Value *args, Op op) {
    Node *x = lib_tensor(e, c, args, 0, "x");
    if (x) x = lib_converted(e, c, x, args[2], 2);
    if (x && args[2].kind == V_NONE) x = widened(e, x);
    return scan(e, c, x, args[1], op);
}

Value lib_cumsum(Elab *e, CallSite *c, Value *args) {
    return running_sum(e, c, args, OP_cumsum);
}
Value lib_cumprod(Elab *e, CallSite *c, Value *args) {
    return running_sum(e, c, args, OP_cumprod);
}
Value lib_logcumsumexp(Elab *e, CallSite *c, Value *args) {
    Node *x = lib_tensor(e, c, args, 0, "x");
    return x && lib_check_float(e, c, 0, x) ? scan(e, c, x, args[1], OP_logcumsumexp)
                                            : value_poison();
}

static Value running(Elab *e, CallSite *c, Value *args, Op op) {
    int axis = 0;
    Node *x = lib_tensor(e, c, args, 0, "x");
    if (!x || !lib_axis(e, x, args[1], c->spans[1], &axis)) return value_poison();
    if (x->type->rank == 0) return two(e, x, build_int(&e->b, 0));
    Node *index = build_scan(&e->b, op, x, axis);
    return two(e, lib_take_along(e, x, axis, index), index);
}

Value lib_cummax(Elab *e, CallSite *c, Value *args) {
    return running(e, c, args, OP_cummax_index);
}
Value lib_cummin(Elab *e, CallSite *c, Value *args) {
    return running(e, c, args, OP_cummin_index);
}

/* ---- sorting ---- */

static Node *order(Elab *e, CallSite *c, Value *args, int axis_arg, int *axis, int descending) {
    Node *x = lib_tensor(e, c, args, 0, "x");
    if (!x || !lib_axis(e, x, args[axis_arg], c->spans[axis_arg], axis)) return NULL;
    if (x->type->rank == 0) return build_int(&e->b, 0);
    return build_argsort(&e->b, x, *axis, descending);
}

Value lib_argsort(Elab *e, CallSite *c, Value *args) {
    int axis = 0, descending = 0;
    if (!elab_known_bool(e, args[2], c->spans[2], "descending", &descending)) return value_poison();
    return result_or_poison(order(e, c, args, 1, &axis, descending));
}

Value lib_sort(Elab *e, CallSite *c, Value *args) {
    int axis = 0, descending = 0;
    if (!elab_known_bool(e, args[2], c->spans[2], "descending", &descending)) return value_poison();
    Node *index = order(e, c, args, 1, &axis, descending);
    if (!index) return value_poison();
    Node *x = lib_tensor(e, c, args, 0, "x");
    return x->type->rank == 0 ? two(e, x, index) : two(e, lib_take_along(e, x, axis, index), index);
}

/* topk(x, k, axis=-1, largest=true): the k first of the sorted order */
Value lib_topk(Elab *e, CallSite *c, Value *args) {
    int axis = 0, largest = 1;
    int64_t length, k;
    const Dim *count = elab_dim(e, args[1], c->spans[1], "k");
    if (!count || !elab_known_bool(e, args[3], c->spans[3], "largest", &largest))
        return value_poison();
    Node *index = order(e, c, args, 2, &axis, largest);
    if (!index) return value_poison();
    Node *x = lib_tensor(e, c, args, 0, "x");
    if (x->type->rank == 0) return two(e, x, index);
    if (dim_is_int(count, &k) && dim_is_int(x->type->dims[axis], &length) &&
        (k < 0 || k > length)) {
        elab_error(e, c->spans[1], "bad-argument", "k is %lld, but axis %d of %s has length %lld",
                   (long long)k, axis, type_print(e->arena, x->type), (long long)length);
        return value_poison();
    }
    index = lib_cut(e, index, axis, dim_int(e->graph->dims, 0), count);
    return two(e, lib_take_along(e, x, axis, index), index);
}

/* the k-th smallest (from 1) along an axis: (values, indices) */
Value lib_kthvalue(Elab *e, CallSite *c, Value *args) {
    int axis = 0, keepdim = 0;
    int64_t k;
    const Dim *kth = elab_dim(e, args[1], c->spans[1], "k");
    if (!kth || !elab_known_bool(e, args[3], c->spans[3], "keepdim", &keepdim))
        return value_poison();
    if (dim_is_int(kth, &k) && k < 1) {
        elab_error(e, c->spans[1], "bad-argument", "k counts from 1, got %lld", (long long)k);
        return value_poison();
    }
    Node *index = order(e, c, args, 2, &axis, 0);
    if (!index) return value_poison();
    Node *x = lib_tensor(e, c, args, 0, "x");
    if (x->type->rank == 0) return two(e, x, index);
    const Dim *one = dim_int(e->graph->dims, 1);
    index = lib_cut(e, index, axis, dim_sub(e->graph->dims, kth, one), one);
    Node *value = lib_take_along(e, x, axis, index);
    if (keepdim) return two(e, value, index);
    return two(e, lib_drop_axes(e, value, &axis, 1), lib_drop_axes(e, index, &axis, 1));
}
