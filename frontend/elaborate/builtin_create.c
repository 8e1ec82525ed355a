/* builtin_create.c: tensors from nothing: zeros, full, arange, linspace, rand …, and questions
 * about values. */
#include "frontend/elaborate/builtin_lib.h"

#include <math.h>

/* a type from f32[5, 3], or f32 of a shape: 5, (5, 3), x.shape */
static const Type *shape_type(Elab *e, CallSite *c, Value v, int i, DType otherwise) {
    if (v.kind == V_TYPE) return v.type;
    const Dim *dims[MAX_RANK];
    int rank = elab_shape(e, v, c->spans[i], "the shape", dims, 0, NULL);
    return rank < 0 ? NULL : type_new(e->graph->types, otherwise, rank, dims, NULL);
}

static Value filled(Elab *e, CallSite *c, Value shape, double value) {
    const Type *t = shape_type(e, c, shape, 0, DT_f32);
    return t ? value_node(lib_full(e, t, value)) : value_poison();
}

Value lib_zeros(Elab *e, CallSite *c, Value *args) {
    return filled(e, c, args[0], 0);
}
Value lib_ones(Elab *e, CallSite *c, Value *args) {
    return filled(e, c, args[0], 1);
}
Value lib_empty(Elab *e, CallSite *c, Value *args) {
    return filled(e, c, args[0], 0);
}

/* full(f32[2, 2], value): the value is converted when it is a literal, checked when it has a type
 */
Value lib_full_fn(Elab *e, CallSite *c, Value *args) {
    DType otherwise = DT_f32;
    if (args[1].kind == V_NODE) otherwise = args[1].node->type->dtype;
    if (args[1].kind == V_EXACT && args[1].exact.kind == EXACT_INT) otherwise = DT_i64;
    if (args[1].kind == V_EXACT && args[1].exact.kind == EXACT_BOOL) otherwise = DT_bool;
    const Type *t = shape_type(e, c, args[0], 0, otherwise);
    if (!t) return value_poison();
    Node *v = elab_tensor_as(e, args[1], t->dtype, c->spans[1], "the value");
    if (!v) return value_poison();
    Node *y = elab_expand_to(e, elab_cast(e, v, t->dtype), t, c->spans[1], "the value");
    return y ? value_node(y) : value_poison();
}

/* ---- …_like: of a tensor, or leaf by leaf of a tree ---- */

static Value like_leaf(Elab *e, Value leaf, void *data) {
    Node *x = elab_tensor(e, value_read(leaf), span_nowhere(), "x");
    return x ? value_node(lib_full(e, x->type, *(double *)data)) : value_poison();
}

static Value like(Elab *e, CallSite *c, Value x, double value) {
    if (value_is_tree(x) && value_read(x).kind != V_NODE)
        return elab_map_tree(e, x, like_leaf, &value);
    Node *t = elab_tensor(e, value_read(x), c->spans[0], "x");
    return t ? value_node(lib_full(e, t->type, value)) : value_poison();
}

Value lib_zeros_like(Elab *e, CallSite *c, Value *args) {
    return like(e, c, args[0], 0);
}
Value lib_ones_like(Elab *e, CallSite *c, Value *args) {
    return like(e, c, args[0], 1);
}

Value lib_full_like(Elab *e, CallSite *c, Value *args) {
    Node *x = lib_tensor(e, c, args, 0, "x");
    if (!x) return value_poison();
    Node *v = elab_tensor_as(e, args[1], x->type->dtype, c->spans[1], "the value");
    if (!v) return value_poison();
    Node *y = elab_expand_to(e, elab_cast(e, v, x->type->dtype), x->type, c->spans[1], "the value");
    return y ? value_node(y) : value_poison();
}

/* ---- ranges ---- */

static Node *scaled_iota(Elab *e, const Dim *n, Node *start, Node *step, DType dtype) {
    const Type *t = type_new(e->graph->types, DT_i64, 1, &n, NULL);
    Node *i = build_iota(&e->b, t, 0);
    if (dtype != DT_i64) i = build_cast(&e->b, i, dtype);
    return build_map2(&e->b, OP_add, build_map2(&e->b, OP_mul, i, step), start);
}

static Value float_range(Elab *e, CallSite *c, double from, double to, double by) {
    if (by == 0) return elab_error(e, c->spans[2], "bad-argument", "the step of arange is 0");
    double count = ceil((to - from) / by);
    const Dim *n = dim_int(e->graph->dims, count > 0 ? (int64_t)count : 0);
    Node *start = build_float(&e->b, DT_f32, from), *step = build_float(&e->b, DT_f32, by);
    return value_node(scaled_iota(e, n, start, step, DT_f32));
}

/* arange(stop), arange(start, stop, step): i64 for integers and sizes, f32 when one is a float */
Value lib_arange(Elab *e, CallSite *c, Value *args) {
    Value from = args[0], to = args[1], by = args[2];
    if (to.kind == V_NONE) {
        to = from;
        from = value_int(0);
    }
    double f[3];
    Value all[3] = {from, to, by};
    int floats = 0;
    for (int i = 0; i < 3; i++)
        floats |= all[i].kind == V_EXACT && all[i].exact.kind == EXACT_FLOAT;
    if (floats) {
        for (int i = 0; i < 3; i++)
            if (!elab_known_float(e, all[i], c->spans[i], "a bound of arange", &f[i]))
                return value_poison();
        return float_range(e, c, f[0], f[1], f[2]);
    }
    Dims *d = e->graph->dims;
    const Dim *a = elab_dim(e, from, c->spans[0], "the start of arange");
    const Dim *b = a ? elab_dim(e, to, c->spans[1], "the end of arange") : NULL;
    int64_t step, length;
    if (!b || !elab_known_int(e, by, c->spans[2], "the step of arange", &step))
        return value_poison();
    if (step == 0) return elab_error(e, c->spans[2], "bad-argument", "the step of arange is 0");
    const Dim *n = step > 0 ? dim_sub(d, b, a) : dim_sub(d, a, b);
    int64_t by_one = step > 0 ? step : -step;
    n = dim_floordiv(d, dim_add(d, n, dim_int(d, by_one - 1)), by_one);
    if (dim_is_int(n, &length) && length < 0) n = dim_int(d, 0);
    if (step == 1 && dim_is_int(a, &length) && length == 0)
        return value_node(build_iota(&e->b, type_new(e->graph->types, DT_i64, 1, &n, NULL), 0));
    return value_node(scaled_iota(e, n, build_size(&e->b, a), build_int(&e->b, step), DT_i64));
}

/* linspace(a, b, n): from both ends towards the middle, as PyTorch does */
Value lib_linspace(Elab *e, CallSite *c, Value *args) {
    int64_t n;
    Node *ends[2];
    if (!elab_promote(e, args, 2, ends, c->span, "the ends of linspace")) return value_poison();
    if (!elab_known_int(e, args[2], c->spans[2], "the count of linspace", &n))
        return value_poison();
    if (n < 1)
        return elab_error(e, c->spans[2], "bad-argument",
                          "linspace needs a count of 1 or more, got %lld", (long long)n);
    DType dtype = dtype_is_float(ends[0]->type->dtype) ? ends[0]->type->dtype : DT_f32;
    Node *a = elab_cast(e, ends[0], dtype), *b = elab_cast(e, ends[1], dtype);
    const Dim *count = dim_int(e->graph->dims, n);
    if (n == 1)
        return value_node(
            build_expand(&e->b, a, type_new(e->graph->types, dtype, 1, &count, NULL)));
    Builder *g = &e->b;
    Node *step =
        build_map2(g, OP_div, build_map2(g, OP_sub, b, a), build_float(g, dtype, (double)(n - 1)));
    Node *i = build_iota(g, type_new(e->graph->types, DT_i64, 1, &count, NULL), 0);
    Node *low = build_map2(g, OP_add, a, build_map2(g, OP_mul, build_cast(g, i, dtype), step));
    Node *back = build_map2(g, OP_sub, build_int(g, n - 1), i);
    Node *high = build_map2(g, OP_sub, b, build_map2(g, OP_mul, build_cast(g, back, dtype), step));
    return value_node(
        build_map3(g, OP_where, build_map2(g, OP_lt, i, build_int(g, n / 2)), low, high));
}

/* ---- random ---- */

static Value sample(Elab *e, CallSite *c, Value shape, Value seed, int seed_arg, Op op) {
    Node *in[2];
    const Type *t = shape_type(e, c, shape, 0, DT_f32);
    if (!t) return value_poison();
    if (!dtype_is_float(t->dtype))
        return elab_error(e, c->spans[0], "type-mismatch", "%s gives floating numbers, got %s",
                          c->name, type_print(e->arena, t));
    if (!elab_stream(e, seed, c->spans[seed_arg], &in[0], &in[1])) return value_poison();
    int narrow = t->dtype != DT_f32 && t->dtype != DT_f64;
    const Type *drawn = narrow ? type_with_dtype(e->graph->types, t, DT_f32) : t;
    Node *y = node_new(e->graph, e->b.region, op, drawn, in, 2, e->b.where);
    return value_node(narrow ? build_cast(&e->b, y, t->dtype) : y);
}

Value lib_rand(Elab *e, CallSite *c, Value *args) {
    return sample(e, c, args[0], args[1], 1, OP_rand);
}
Value lib_randn(Elab *e, CallSite *c, Value *args) {
    return sample(e, c, args[0], args[1], 1, OP_randn);
}

static Value sample_like(Elab *e, CallSite *c, Value *args, Op op) {
    Node *x = lib_tensor(e, c, args, 0, "x");
    return x ? sample(e, c, value_type(x->type), args[1], 1, op) : value_poison();
}

Value lib_rand_like(Elab *e, CallSite *c, Value *args) {
    return sample_like(e, c, args, OP_rand);
}
Value lib_randn_like(Elab *e, CallSite *c, Value *args) {
    return sample_like(e, c, args, OP_randn);
}

/* randint(lo, hi, i64[n]), randint(hi, i64[n]) */
Value lib_randint(Elab *e, CallSite *c, Value *args) {
    Value low = args[0], high = args[1], shape = args[2];
    int shape_arg = 2;
    if (shape.kind == V_NONE) {
        shape = high;
        high = low;
        low = value_int(0);
        shape_arg = 1;
    }
    Node *in[4];
    const Type *t = shape_type(e, c, shape, shape_arg, DT_i64);
    if (!t) return value_poison();
    if (dtype_kind(t->dtype) != 1)
        return elab_error(e, c->spans[shape_arg], "type-mismatch", "randint gives integers, got %s",
                          type_print(e->arena, t));
    Node *lo = elab_tensor(e, low, c->spans[0], "the lower bound"),
         *hi = elab_tensor(e, high, c->spans[1], "the upper bound");
    if (!lo || !hi) return value_poison();
    if (lo->type->rank || hi->type->rank || dtype_kind(lo->type->dtype) != 1 ||
        dtype_kind(hi->type->dtype) != 1)
        return elab_error(e, c->span, "type-mismatch", "the bounds of randint are integers");
    int64_t a, b;
    if (value_known_int(low, &a) && value_known_int(high, &b) && a >= b)
        return elab_error(e, c->span, "bad-argument",
                          "randint needs a lower bound below the upper one, got %lld and %lld",
                          (long long)a, (long long)b);
    if (!elab_stream(e, args[3], c->spans[3], &in[0], &in[1])) return value_poison();
    in[2] = elab_cast(e, lo, DT_i64);
    in[3] = elab_cast(e, hi, DT_i64);
    Node *y = node_new(e->graph, e->b.region, OP_randint,
                       type_with_dtype(e->graph->types, t, DT_i64), in, 4, e->b.where);
    return value_node(elab_cast(e, y, t->dtype));
}

Value lib_randperm(Elab *e, CallSite *c, Value *args) {
    Node *in[2];
    const Dim *n = elab_dim(e, args[0], c->spans[0], "the length");
    if (!n || !elab_stream(e, args[1], c->spans[1], &in[0], &in[1])) return value_poison();
    const Type *t = type_new(e->graph->types, DT_i64, 1, &n, NULL);
    return value_node(node_new(e->graph, e->b.region, OP_randperm, t, in, 2, e->b.where));
}

/* ---- questions ---- */

Value lib_numel(Elab *e, CallSite *c, Value *args) {
    if (args[0].kind == V_TYPE) return value_size(type_count(e->graph->dims, args[0].type));
    Node *x = lib_tensor(e, c, args, 0, "x");
    return x ? value_size(type_count(e->graph->dims, x->type)) : value_poison();
}

Value lib_is_tuple(Elab *e, CallSite *c, Value *args) {
    (void)e;
    (void)c;
    return value_bool(args[0].kind == V_TUPLE);
}

Value lib_is_function(Elab *e, CallSite *c, Value *args) {
    (void)e;
    (void)c;
    return value_bool(args[0].kind == V_FN);
}

Value lib_is_text(Elab *e, CallSite *c, Value *args) {
    (void)e;
    (void)c;
    return value_bool(args[0].kind == V_TEXT);
}

Value lib_is_float(Elab *e, CallSite *c, Value *args) {
    Node *x = lib_tensor(e, c, args, 0, "x");
    return x ? value_bool(dtype_is_float(x->type->dtype)) : value_poison();
}

Value lib_is_bool(Elab *e, CallSite *c, Value *args) {
    Node *x = lib_tensor(e, c, args, 0, "x");
    return x ? value_bool(x->type->dtype == DT_bool) : value_poison();
}

/* type_of(f32, (4, 5)): the type f32[4, 5] */
Value lib_type_of(Elab *e, CallSite *c, Value *args) {
    const Type *element = elab_type_value(e, args[0], c->spans[0], "the element type");
    const Dim *dims[MAX_RANK];
    if (!element) return value_poison();
    int rank = elab_shape(e, args[1], c->spans[1], "the shape", dims, 0, NULL);
    return rank < 0 ? value_poison()
                    : value_type(type_new(e->graph->types, element->dtype, rank, dims, NULL));
}

/* x.to(f64) */
Value lib_to(Elab *e, CallSite *c, Value *args) {
    Node *x = lib_tensor(e, c, args, 0, "x");
    const Type *t = x ? elab_type_value(e, args[1], c->spans[1], "the element type") : NULL;
    if (!t) return value_poison();
    if (t->rank)
        return elab_error(e, c->spans[1], "type-mismatch", "to takes an element type, got %s",
                          type_print(e->arena, t));
    return value_node(elab_cast(e, x, t->dtype));
}

Value lib_item(Elab *e, CallSite *c, Value *args) {
    int64_t n;
    Node *x = lib_tensor(e, c, args, 0, "x");
    if (!x) return value_poison();
    if (!dim_is_int(type_count(e->graph->dims, x->type), &n) || n != 1)
        return elab_error(e, c->spans[0], "shape-mismatch",
                          "item takes a tensor of one element, got %s",
                          type_print(e->arena, x->type));
    return value_node(lib_reshape(e, x, 0, NULL, NULL));
}

Value lib_detach(Elab *e, CallSite *c, Value *args) {
    Node *x = lib_tensor(e, c, args, 0, "x");
    return x ? value_node(build_detach(&e->b, x)) : value_poison();
}
