/* builtin_math.c: pointwise functions that take other arguments than their rows, tensordot, char,
 * limits of a type. */
#include "frontend/elaborate/builtin_lib.h"

#include <float.h>
#include <math.h>

/* ---- logic on any type: a number is true when it is not zero ---- */

static Value truth(Elab *e, CallSite *c, Value *args, int i) {
    Node *x = elab_tensor(e, args[i], c->spans[i], "an operand");
    if (!x) return value_poison();
    return value_node(x->type->dtype == DT_bool
                          ? x
                          : build_map2(&e->b, OP_ne, x, build_number(&e->b, x->type->dtype, 0)));
}

static Value logic(Elab *e, CallSite *c, Value *args, Op op, int n) {
    Value in[2];
    for (int i = 0; i < n; i++)
        if (value_is_poison(in[i] = truth(e, c, args, i))) return in[i];
    return elab_map(e, op, in, n, c->span, c->name);
}

Value lib_logical_and(Elab *e, CallSite *c, Value *args) {
    return logic(e, c, args, OP_logical_and, 2);
}
Value lib_logical_or(Elab *e, CallSite *c, Value *args) {
    return logic(e, c, args, OP_logical_or, 2);
}
Value lib_logical_xor(Elab *e, CallSite *c, Value *args) {
    return logic(e, c, args, OP_logical_xor, 2);
}
Value lib_logical_not(Elab *e, CallSite *c, Value *args) {
    return logic(e, c, args, OP_logical_not, 1);
}

/* where(condition, a, b): a number is no condition */
Value lib_where(Elab *e, CallSite *c, Value *args) {
    Node *cond = lib_tensor(e, c, args, 0, "the condition");
    if (!cond) return value_poison();
    if (cond->type->dtype != DT_bool) {
        elab_error(e, c->spans[0], "condition", "%s: the condition must be of type bool, got %s",
                   c->name, type_print(e->arena, cond->type));
        elab_hint(e, "compare: x != 0");
        return value_poison();
    }
    return elab_map(e, OP_where, args, 3, c->span, c->name);
}

/* clamp(x, min=None, max=None) */
Value lib_clamp(Elab *e, CallSite *c, Value *args) {
    int low = args[1].kind != V_NONE, high = args[2].kind != V_NONE;
    if (!low && !high)
        return elab_error(e, c->span, "bad-argument", "clamp needs min, max or both");
    Value two[2] = {args[0], args[low ? 1 : 2]};
    if (low && high) return elab_map(e, OP_clamp, args, 3, c->span, c->name);
    return elab_map(e, low ? OP_clamp_min : OP_clamp_max, two, 2, c->span, c->name);
}

/* floor, ceil, round, trunc of integers are the integers themselves */
static Value whole(Elab *e, CallSite *c, Value *args, Op op) {
    Node *x = lib_tensor(e, c, args, 0, "x");
    if (!x) return value_poison();
    return dtype_is_float(x->type->dtype) ? value_node(build_map1(&e->b, op, x)) : value_node(x);
}

Value lib_floor(Elab *e, CallSite *c, Value *args) {
    return whole(e, c, args, OP_floor);
}
Value lib_ceil(Elab *e, CallSite *c, Value *args) {
    return whole(e, c, args, OP_ceil);
}
/* round(x, decimals=0): to so many places behind the point, or (negative) before it */
Value lib_round(Elab *e, CallSite *c, Value *args) {
    int64_t places;
    if (!elab_known_int(e, args[1], c->spans[1], "decimals", &places)) return value_poison();
    Node *x = lib_tensor(e, c, args, 0, "x");
    if (!x || places == 0 || !dtype_is_float(x->type->dtype)) return whole(e, c, args, OP_round);
    Node *by = build_float(&e->b, x->type->dtype, pow(10, (double)(places < 0 ? -places : places)));
    Node *y = build_map2(&e->b, places > 0 ? OP_mul : OP_div, x, by);
    y = build_map1(&e->b, OP_round, y);
    return value_node(build_map2(&e->b, places > 0 ? OP_div : OP_mul, y, by));
}
Value lib_trunc(Elab *e, CallSite *c, Value *args) {
    return whole(e, c, args, OP_trunc);
}

Value lib_pow(Elab *e, CallSite *c, Value *args) {
    return elab_binary(e, BIN_pow, args[0], args[1], c->span);
}
Value lib_remainder(Elab *e, CallSite *c, Value *args) {
    return elab_binary(e, BIN_mod, args[0], args[1], c->span);
}
Value lib_floor_divide(Elab *e, CallSite *c, Value *args) {
    return elab_binary(e, BIN_floordiv, args[0], args[1], c->span);
}
Value lib_matmul(Elab *e, CallSite *c, Value *args) {
    return elab_matmul(e, args[0], args[1], c->span, c->name);
}

/* a product of operands of these ranks only */
static Value product(Elab *e, CallSite *c, Value *args, int ra, int rb) {
    static const char *const kinds[] = {"a scalar", "a vector", "a matrix", "a batch of matrices"};
    const int ranks[] = {ra, rb};
    Node *xs[2];
    for (int i = 0; i < 2; i++) {
        xs[i] = lib_tensor(e, c, args, i, i ? "b" : "a");
        if (!xs[i]) return value_poison();
        if (xs[i]->type->rank == ranks[i]) continue;
        elab_error(e, c->spans[i], "shape-mismatch", "%s: %s must be %s, got %s with %d ax%ss",
                   c->name, i ? "b" : "a", kinds[ranks[i]], type_print(e->arena, xs[i]->type),
                   xs[i]->type->rank, xs[i]->type->rank == 1 ? "i" : "e");
        elab_hint(e, "matmul, or a @ b, takes vectors, matrices and batches of them");
        return value_poison();
    }
    if (ra == 3 && xs[0]->type->dims[0] != xs[1]->type->dims[0])
        return elab_error(
            e, c->span, "shape-mismatch", "%s: the batches of %s and %s differ: %s and %s", c->name,
            type_print(e->arena, xs[0]->type), type_print(e->arena, xs[1]->type),
            dim_print(e->arena, xs[0]->type->dims[0]), dim_print(e->arena, xs[1]->type->dims[0]));
    return elab_matmul(e, args[0], args[1], c->span, c->name);
}

Value lib_mm(Elab *e, CallSite *c, Value *args) {
    return product(e, c, args, 2, 2);
}
Value lib_bmm(Elab *e, CallSite *c, Value *args) {
    return product(e, c, args, 3, 3);
}
Value lib_mv(Elab *e, CallSite *c, Value *args) {
    return product(e, c, args, 2, 1);
}
Value lib_dot(Elab *e, CallSite *c, Value *args) {
    return product(e, c, args, 1, 1);
}

/* ---- tensordot(a, b, axes=2): the last axes of a with the first of b, or two tuples ---- */

static int contracted(Elab *e, CallSite *c, Value axes, Node *a, Node *b, int *pa, int *pb) {
    int64_t n;
    if (axes.kind == V_TUPLE && axes.items->n == 2) {
        int count = 0;
        for (int side = 0; side < 2; side++) {
            const Value *list = elab_list(e, axes.items->at[side], c->spans[2], "the axes", &count);
            if (!list) return -1;
            for (int i = 0; i < count; i++)
                if (!elab_axis(e, side ? b : a, list[i], c->spans[2], side ? &pb[i] : &pa[i]))
                    return -1;
        }
        return count;
    }
    if (!elab_known_int(e, axes, c->spans[2], "the axes", &n)) return -1;
    if (n < 0 || n > a->type->rank || n > b->type->rank) {
        elab_error(e, c->spans[2], "bad-axis", "tensordot of %lld axes: a is %s, b is %s",
                   (long long)n, type_print(e->arena, a->type), type_print(e->arena, b->type));
        return -1;
    }
    for (int i = 0; i < n; i++) {
        pa[i] = a->type->rank - (int)n + i;
        pb[i] = i;
    }
    return (int)n;
}

static Node *contracted_last(Elab *e, Node *x, const int *axes, int n) {
    int perm[MAX_RANK], to = 0;
    for (int i = 0; i < x->type->rank; i++) {
        int there = 0;
        for (int k = 0; k < n; k++) there |= axes[k] == i;
        if (!there) perm[to++] = i;
    }
    for (int k = 0; k < n; k++) perm[to++] = axes[k];
    return build_permute(&e->b, x, perm);
}

Value lib_tensordot(Elab *e, CallSite *c, Value *args) {
    int pa[MAX_RANK], pb[MAX_RANK];
    Node *a = lib_tensor(e, c, args, 0, "a"), *b = lib_tensor(e, c, args, 1, "b");
    if (!a || !b) return value_poison();
    if (a->type->dtype != b->type->dtype)
        return elab_error(e, c->span, "type-mismatch", "tensordot: a is %s, b is %s",
                          type_print(e->arena, a->type), type_print(e->arena, b->type));
    int n = contracted(e, c, args[2], a, b, pa, pb);
    if (n < 0) return value_poison();
    for (int i = 0; i < n; i++)
        if (a->type->dims[pa[i]] != b->type->dims[pb[i]])
            return elab_error(e, c->span, "shape-mismatch",
                              "tensordot: axis %d of a %s and axis %d of b %s differ: %s and %s",
                              pa[i], type_print(e->arena, a->type), pb[i],
                              type_print(e->arena, b->type),
                              dim_print(e->arena, a->type->dims[pa[i]]),
                              dim_print(e->arena, b->type->dims[pb[i]]));
    return value_node(
        build_dot(&e->b, contracted_last(e, a, pa, n), contracted_last(e, b, pb, n), 0, n));
}

/* ---- text and types ---- */

/* char(code): the character, as text */
Value lib_char(Elab *e, CallSite *c, Value *args) {
    Node *x = lib_tensor(e, c, args, 0, "the code");
    if (!x) return value_poison();
    if (x->type->rank || dtype_kind(x->type->dtype) != 1)
        return elab_error(e, c->spans[0], "type-mismatch", "char takes one integer, got %s",
                          type_print(e->arena, x->type));
    Text *text = NEW(e->arena, Text);
    text->n = 1;
    text->parts = NEW(e->arena, TextPart);
    text->parts[0].value = value_node(elab_cast(e, x, DT_i64));
    text->parts[0].format = (Format){.fill = ' ', .digits = -1, .given = 1, .type = 'c'};
    Value v = {.kind = V_TEXT, .text = text};
    return v;
}

/* largest finite number and rounding unit of x's type */
static const double largest[] = {
    [DT_f16] = 65504.0, [DT_bf16] = 3.3895313892515355e38, [DT_f32] = FLT_MAX, [DT_f64] = DBL_MAX};
static const double epsilon[] = {
    [DT_f16] = 0x1p-10, [DT_bf16] = 0x1p-7, [DT_f32] = FLT_EPSILON, [DT_f64] = DBL_EPSILON};

static Value limit(Elab *e, CallSite *c, Value *args, const double *table) {
    Node *x = lib_tensor(e, c, args, 0, "x");
    return x && lib_check_float(e, c, 0, x) ? value_float(table[x->type->dtype]) : value_poison();
}

Value lib_largest(Elab *e, CallSite *c, Value *args) {
    return limit(e, c, args, largest);
}
Value lib_epsilon(Elab *e, CallSite *c, Value *args) {
    return limit(e, c, args, epsilon);
}

/* the sizes of a and then those of b, as a shape */
Value lib_joined_shape(Elab *e, CallSite *c, Value *args) {
    Value sizes[2 * MAX_RANK];
    int n = 0;
    for (int i = 0; i < 2; i++) {
        Node *x = lib_tensor(e, c, args, i, "x");
        if (!x) return value_poison();
        for (int k = 0; k < x->type->rank; k++) sizes[n++] = value_size(x->type->dims[k]);
    }
    Value v = value_items(e, V_TUPLE, sizes, n);
    v.is_shape = 1;
    return v;
}
