/* builtin_create.c: tensors from nothing: zeros, full, arange, linspace, rand …, and questions
 * about values. */
#include "frontend/elaborate/builtin_lib.h"

#include <math.h>

/* a type from f32[5, 3], or f32 of a shape: 5, (5, 3), x.shape, or loose sizes */
static const Type *shape_type(Elab *e, CallSite *c, Value v, int i, DType otherwise) {
    if (v.kind == V_TUPLE && v.items->n == 1 && !v.is_shape) {
        ValueKind k = v.items->at[0].kind;
        if (k != V_SIZE && k != V_EXACT) v = v.items->at[0];
    }
    if (v.kind == V_TYPE) return v.type;
    const Dim *dims[MAX_RANK];
    int rank = elab_shape(e, v, c->spans[i], "the shape", dims, 0, NULL);
    return rank < 0 ? NULL : type_new(e->graph->types, otherwise, rank, dims, NULL);
}

/* the type of what a function of a shape and dtype= makes; a type of its own settles both */
static const Type *made_type(Elab *e, CallSite *c, Value shape, Value dtype, int i,
                             DType otherwise) {
    DType d = otherwise;
    if (!lib_dtype(e, c, dtype, i, &d)) return NULL;
    const Type *t = shape_type(e, c, shape, 0, d);
    return t && dtype.kind != V_NONE ? type_with_dtype(e->graph->types, t, d) : t;
}

static Value filled(Elab *e, CallSite *c, Value *args, double value) {
    const Type *t = made_type(e, c, args[0], args[1], 1, DT_f32);
    return t ? value_node(lib_full(e, t, value)) : value_poison();
}

Value lib_zeros(Elab *e, CallSite *c, Value *args) {
    return filled(e, c, args, 0);
}
Value lib_ones(Elab *e, CallSite *c, Value *args) {
    return filled(e, c, args, 1);
}
Value lib_empty(Elab *e, CallSite *c, Value *args) {
    return filled(e, c, args, 0);
}

/* a tensor of type t that is one number everywhere, as in PyTorch */
static Value full_of(Elab *e, CallSite *c, Value value, const Type *t, const char *name) {
    Node *v = elab_tensor_as(e, value, t->dtype, c->spans[1], "the value");
    if (!v) return value_poison();
    if (v->type->rank) {
        elab_error(e, c->spans[1], "bad-argument", "%s takes one number, got %s", name,
                   type_print(e->arena, v->type));
        elab_hint(e, "a tensor of a larger shape: x.expand(…)");
        return value_poison();
    }
    Node *y = elab_expand_to(e, elab_cast(e, v, t->dtype), t, c->spans[1], "the value");
    return y ? value_node(y) : value_poison();
}

/* full(f32[2, 2], value): the value is converted when it is a literal, checked when it has a type
 */
Value lib_full_fn(Elab *e, CallSite *c, Value *args) {
    DType otherwise = DT_f32;
    if (args[1].kind == V_NODE) otherwise = args[1].node->type->dtype;
    if (args[1].kind == V_EXACT && args[1].exact.kind == EXACT_INT) otherwise = DT_i64;
    if (args[1].kind == V_EXACT && args[1].exact.kind == EXACT_BOOL) otherwise = DT_bool;
    const Type *t = made_type(e, c, args[0], args[2], 2, otherwise);
    return t ? full_of(e, c, args[1], t, "full") : value_poison();
}

/* ---- …_like: of a tensor, or leaf by leaf of a tree ---- */

typedef struct Like Like;
struct Like {
    double value;
    CallSite *site;
    Value dtype;
};

static Value like_leaf(Elab *e, Value leaf, void *data) {
    const Like *like = data;
    Node *x = elab_tensor(e, value_read(leaf), like->site->spans[0], "x");
    DType d = x ? x->type->dtype : DT_f32;
    if (!x || !lib_dtype(e, like->site, like->dtype, 1, &d)) return value_poison();
    return value_node(lib_full(e, type_with_dtype(e->graph->types, x->type, d), like->value));
}

static Value like_value(Elab *e, CallSite *c, Value *args, double value) {
    Like like = {.value = value, .site = c, .dtype = args[1]};
    Value x = args[0];
    if (value_is_tree(x) && value_read(x).kind != V_NODE)
        return elab_map_tree(e, x, like_leaf, &like);
    return like_leaf(e, x, &like);
}

Value lib_zeros_like(Elab *e, CallSite *c, Value *args) {
    return like_value(e, c, args, 0);
}
Value lib_ones_like(Elab *e, CallSite *c, Value *args) {
    return like_value(e, c, args, 1);
}

Value lib_full_like(Elab *e, CallSite *c, Value *args) {
    Node *x = lib_tensor(e, c, args, 0, "x");
    DType d = x ? x->type->dtype : DT_f32;
    if (!x || !lib_dtype(e, c, args[2], 2, &d)) return value_poison();
    return full_of(e, c, args[1], type_with_dtype(e->graph->types, x->type, d), "full_like");
}

/* ---- ranges ---- */

static Node *scaled_iota(Elab *e, const Dim *n, Node *start, Node *step, DType dtype) {
    const Type *t = type_new(e->graph->types, DT_i64, 1, &n, NULL);
    Node *i = build_iota(&e->b, t, 0);
    if (dtype != DT_i64) i = build_cast(&e->b, i, dtype);
    return build_map2(&e->b, OP_add, build_map2(&e->b, OP_mul, i, step), start);
}

static Value float_range(Elab *e, CallSite *c, double from, double to, double by, DType d) {
    if (by == 0) return elab_error(e, c->spans[2], "bad-argument", "the step of arange is 0");
    double count = ceil((to - from) / by);
    const Dim *n = dim_int(e->graph->dims, count > 0 ? (int64_t)count : 0);
    DType wide = d == DT_f64 ? DT_f64 : DT_f32;
    Node *start = build_float(&e->b, wide, from), *step = build_float(&e->b, wide, by);
    return value_node(elab_cast(e, scaled_iota(e, n, start, step, wide), d));
}

/* arange(stop), arange(start, stop, step): i64 for integers and sizes, f32 when one is a float */
static Value range(Elab *e, CallSite *c, Value *args, DType wanted) {
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
        return float_range(e, c, f[0], f[1], f[2], wanted);
    }
    Dims *d = e->graph->dims;
    const Dim *a = elab_dim(e, from, c->spans[0], "the start of arange");
    const Dim *b = a ? elab_dim(e, to, c->spans[1], "the end of arange") : NULL;
    int64_t step, length;
    if (!b || !elab_known_int(e, by, c->spans[2], "the step of arange", &step))
        return value_poison();
    if (step == 0) return elab_error(e, c->spans[2], "bad-argument", "the step of arange is 0");
    if (step < -INT64_MAX) step = -INT64_MAX; /* as far beyond */
    const Dim *n = step > 0 ? dim_sub(d, b, a) : dim_sub(d, a, b);
    n = dim_ceildiv(d, n, step > 0 ? step : -step);
    if (dim_is_int(n, &length) && length < 0) n = dim_int(d, 0);
    if (step == 1 && dim_is_int(a, &length) && length == 0)
        return value_node(build_iota(&e->b, type_new(e->graph->types, DT_i64, 1, &n, NULL), 0));
    return value_node(scaled_iota(e, n, build_size(&e->b, a), build_int(&e->b, step), DT_i64));
}

Value lib_arange(Elab *e, CallSite *c, Value *args) {
    DType wanted = DT_f32;
    if (!lib_dtype(e, c, args[3], 3, &wanted)) return value_poison();
    Value v = range(e, c, args, wanted);
    if (args[3].kind == V_NONE || v.kind != V_NODE) return v;
    return value_node(elab_cast(e, v.node, wanted));
}

/* linspace(a, b, n): from both ends towards the middle, as PyTorch does */
Value lib_linspace(Elab *e, CallSite *c, Value *args) {
    int64_t n;
    Node *ends[2];
    if (!elab_promote(e, args, 2, ends, c->span, "the ends of linspace")) return value_poison();
    if (!elab_known_int(e, args[2], c->spans[2], "the count of linspace", &n))
        return value_poison();
    if (n < 0)
        return elab_error(e, c->spans[2], "bad-argument",
                          "linspace needs a count of 0 or more, got %lld", (long long)n);
    DType dtype = dtype_is_float(ends[0]->type->dtype) ? ends[0]->type->dtype : DT_f32;
    DType wanted = dtype;
    if (!lib_dtype(e, c, args[3], 3, &wanted)) return value_poison();
    if (dtype_is_float(wanted)) dtype = wanted;
    Node *a = elab_cast(e, ends[0], dtype), *b = elab_cast(e, ends[1], dtype);
    const Dim *count = dim_int(e->graph->dims, n);
    if (n <= 1)
        return value_node(elab_cast(
            e, build_expand(&e->b, a, type_new(e->graph->types, dtype, 1, &count, NULL)), wanted));
    Builder *g = &e->b;
    Node *step =
        build_map2(g, OP_div, build_map2(g, OP_sub, b, a), build_float(g, dtype, (double)(n - 1)));
    Node *i = build_iota(g, type_new(e->graph->types, DT_i64, 1, &count, NULL), 0);
    Node *low = build_map2(g, OP_add, a, build_map2(g, OP_mul, build_cast(g, i, dtype), step));
    Node *back = build_map2(g, OP_sub, build_int(g, n - 1), i);
    Node *high = build_map2(g, OP_sub, b, build_map2(g, OP_mul, build_cast(g, back, dtype), step));
    Node *y = build_map3(g, OP_where, build_map2(g, OP_lt, i, build_int(g, n / 2)), low, high);
    return value_node(elab_cast(e, y, wanted));
}

/* ---- random ---- */

static Value sample(Elab *e, CallSite *c, Value shape, Value seed, Value dtype, Op op) {
    Node *in[2];
    const Type *t = made_type(e, c, shape, dtype, 2, DT_f32);
    if (!t) return value_poison();
    if (!dtype_is_float(t->dtype))
        return elab_error(e, c->spans[0], "type-mismatch", "%s gives floating numbers, got %s",
                          c->name, type_print(e->arena, t));
    if (!elab_stream(e, seed, c->spans[1], &in[0], &in[1])) return value_poison();
    int narrow = t->dtype != DT_f32 && t->dtype != DT_f64;
    const Type *drawn = narrow ? type_with_dtype(e->graph->types, t, DT_f32) : t;
    Node *y = node_new(e->graph, e->b.region, op, drawn, in, 2, e->b.where);
    return value_node(narrow ? build_cast(&e->b, y, t->dtype) : y);
}

Value lib_rand(Elab *e, CallSite *c, Value *args) {
    return sample(e, c, args[0], args[1], args[2], OP_rand);
}
Value lib_randn(Elab *e, CallSite *c, Value *args) {
    return sample(e, c, args[0], args[1], args[2], OP_randn);
}

static Value sample_like(Elab *e, CallSite *c, Value *args, Op op) {
    Node *x = lib_tensor(e, c, args, 0, "x");
    return x ? sample(e, c, value_type(x->type), args[1], args[2], op) : value_poison();
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
    if (shape.kind == V_NONE && (high.kind == V_TUPLE || high.kind == V_TYPE)) {
        shape = high;
        high = low;
        low = value_int(0);
        shape_arg = 1;
    } else if (shape.kind == V_NONE) {
        shape = value_items(e, V_TUPLE, NULL, 0);
    }
    Node *in[4];
    const Type *t = shape_type(e, c, shape, shape_arg, DT_i64);
    DType d = t ? t->dtype : DT_i64;
    if (!t || !lib_dtype(e, c, args[4], 4, &d)) return value_poison();
    if (args[4].kind == V_NONE && dtype_kind(t->dtype) != 1)
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
    return value_node(elab_cast(e, y, d));
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

/* an axis given by its name */
Value lib_is_axis_name(Elab *e, CallSite *c, Value *args) {
    (void)e;
    (void)c;
    return value_bool(args[0].kind == V_AXIS);
}

Value lib_is_list(Elab *e, CallSite *c, Value *args) {
    (void)e;
    (void)c;
    return value_bool(args[0].kind == V_LIST);
}

/* whole numbers as a tuple: of a tuple or list, of a literal [1, 2], or of one number */
Value lib_numbers(Elab *e, CallSite *c, Value *args) {
    Value v = args[0];
    (void)c;
    if (v.kind == V_TUPLE || v.kind == V_LIST)
        return value_items(e, V_TUPLE, v.items->at, v.items->n);
    int64_t n;
    if (v.kind != V_NODE || !v.literal || !dim_is_int(type_count(e->graph->dims, v.node->type), &n))
        return value_items(e, V_TUPLE, &v, 1);
    Value *at = NEW_ARRAY(e->arena, Value, n + 1);
    for (int64_t i = 0; i < n; i++) at[i] = value_int(v.literal[i].i);
    return value_items(e, V_TUPLE, at, (int)n);
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

static Value converted(Elab *e, CallSite *c, Value *args, DType to) {
    Node *x = lib_tensor(e, c, args, 0, "x");
    return x ? value_node(elab_cast(e, x, to)) : value_poison();
}

/* x.int() and x.bool(): methods only, for as names they are types */
Value lib_to_int(Elab *e, CallSite *c, Value *args) {
    return converted(e, c, args, DT_i32);
}
Value lib_to_bool(Elab *e, CallSite *c, Value *args) {
    return converted(e, c, args, DT_bool);
}

/* x.dim() */
Value lib_dim(Elab *e, CallSite *c, Value *args) {
    Node *x = lib_tensor(e, c, args, 0, "x");
    return x ? value_int(x->type->rank) : value_poison();
}

/* x.to(f64), x.to(y): y's element type */
Value lib_to(Elab *e, CallSite *c, Value *args) {
    if (args[1].kind == V_TEXT) {
        elab_error(e, c->spans[1], "not-a-type", "to takes an element type, as x.to(f64), got %s",
                   value_kind_text(e, args[1]));
        elab_hint(e, "the target is chosen when compiling: tgc --target=cuda");
        return value_poison();
    }
    Node *x = lib_tensor(e, c, args, 0, "x");
    if (x && args[1].kind == V_NODE) return value_node(elab_cast(e, x, args[1].node->type->dtype));
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
