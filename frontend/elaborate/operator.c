/* operator.c: operators and pointwise functions on values. Literals and sizes are computed here and
   now; everything else becomes nodes. Keeps true: a known scalar stays known through operators. */
#include "frontend/elaborate/core.h"

#include <ctype.h>
#include <math.h>
#include <string.h>

/* the row of each operator on tensors */
static const Op operator_rows[BIN_COUNT] = {
    [BIN_add] = OP_add,
    [BIN_sub] = OP_sub,
    [BIN_mul] = OP_mul,
    [BIN_div] = OP_div,
    [BIN_floordiv] = OP_floordiv,
    [BIN_mod] = OP_remainder,
    [BIN_pow] = OP_pow,
    [BIN_matmul] = OP_dot,
    [BIN_eq] = OP_eq,
    [BIN_ne] = OP_ne,
    [BIN_lt] = OP_lt,
    [BIN_le] = OP_le,
    [BIN_gt] = OP_gt,
    [BIN_ge] = OP_ge,
    [BIN_and] = OP_logical_and,
    [BIN_or] = OP_logical_or,
};

/* ---- pointwise rows ---- */

/* the letter or dtype name of operand i in a row's types */
static const char *operand_type(Op op, int i, int *length) {
    const char *t = op_info(op)->types;
    for (; i > 0; i--) {
        t += strcspn(t, ",-");
        if (*t == ',') t++;
    }
    *length = (int)strcspn(t, ",-");
    return t;
}

static int all_literal(const Value *args, int n) {
    for (int i = 0; i < n; i++) {
        int64_t size;
        if (args[i].kind != V_EXACT && !(args[i].kind == V_SIZE && dim_is_int(args[i].dim, &size)))
            return 0;
    }
    return n > 0;
}

/* brings the operands whose letter is one of the row's (n f i z a) to one type */
static int promote_letters(Elab *e, Op op, const Value *args, int n, Node **out, Span span,
                           const char *name) {
    Value group[8];
    int at[8], count = 0, length;
    char letter = 0;
    for (int i = 0; i < n; i++) {
        const char *t = operand_type(op, i, &length);
        if (length != 1 || *t == 'b') continue;
        letter = *t;
        at[count] = i;
        group[count++] = args[i];
    }
    Node *xs[8];
    if (letter == 'f' ? !elab_promote_float(e, group, count, xs, span, name)
                      : count && !elab_promote(e, group, count, xs, span, name))
        return 0;
    for (int k = 0; k < count; k++) {
        DType d = xs[k]->type->dtype;
        if ((letter == 'i' || letter == 'z') &&
            (dtype_is_float(d) || (letter == 'i' && d == DT_bool))) {
            elab_error(e, span, "wrong-type", "%s: expected integers, got %s", name,
                       type_print(e->arena, xs[k]->type));
            return 0;
        }
        out[at[k]] = xs[k];
    }
    return 1;
}

static int convert_others(Elab *e, Op op, const Value *args, int n, Node **out, Span span,
                          const char *name) {
    for (int i = 0; i < n; i++) {
        int length;
        const char *t = operand_type(op, i, &length);
        if (length == 1 && *t != 'b') continue;
        DType want = DT_bool;
        if (length > 1) type_scalar_name(intern_n(e->interner, t, (size_t)length), &want);
        Node *x = elab_tensor(e, args[i], span, name);
        if (!x) return 0;
        out[i] = elab_cast(e, x, want);
    }
    return 1;
}

/* PyTorch subtracts no bools; 0 after an error */
static int subtracts(Elab *e, Op op, const Value *args, int n, Span span, const char *name) {
    if (op != OP_sub && op != OP_neg) return 1;
    for (int i = 0; i < n; i++) {
        if (args[i].kind != V_NODE || args[i].node->type->dtype != DT_bool) continue;
        elab_error(e, span, "wrong-type", "%s of %s: a bool is not subtracted", name,
                   type_print(e->arena, args[i].node->type));
        elab_hint(e, "negate it by not, or make it a number: x.to(f32)");
        return 0;
    }
    return 1;
}

/* nor has PyTorch a quotient or power of two bools; x: an operand after promotion */
static int divides(Elab *e, Op op, const Node *x, Span span, const char *name) {
    int refused = op == OP_floordiv || op == OP_remainder || op == OP_fmod || op == OP_ipow;
    if (!refused || x->type->dtype != DT_bool) return 1;
    elab_error(e, span, "wrong-type", "%s takes numbers, and both sides are bools", name);
    elab_hint(e, "make one a number: x.to(i64)");
    return 0;
}

static int is_scalar(Value v) {
    return v.kind == V_EXACT || v.kind == V_SIZE || (v.kind == V_NODE && v.node->type->rank == 0);
}

/* A tensor of f16 or bf16 times or by a number: the number is not rounded to that type first, as in
   PyTorch (which does round what is added). DT_COUNT: no such operands. */
static DType scaled_half(Op op, const Value *vs, int n) {
    for (int i = 0; n == 2 && i < 2; i++) {
        if (op != OP_mul && (op != OP_div || i == 1)) continue;
        if (vs[i].kind != V_NODE || is_scalar(vs[i]) || !is_scalar(vs[!i])) continue;
        DType d = vs[i].node->type->dtype;
        if (dtype_wide(d) != d) return d;
    }
    return DT_COUNT;
}

Value elab_map(Elab *e, Op op, const Value *args, int n, Span span, const char *name) {
    Value read[8];
    if (n > 8) die("%s of %d operands", name, n);
    for (int i = 0; i < n; i++) {
        read[i] = value_read_deep(e, args[i]);
        if (read[i].kind == V_POISON) return value_poison();
    }
    Exact known;
    int literal = all_literal(read, n);
    if (literal && exact_map(e, op, read, n, &known)) return value_exact(known);
    elab_at(e, span);
    DType half = scaled_half(op, read, n);
    for (int i = 0; half != DT_COUNT && i < n; i++)
        if (read[i].kind == V_NODE) read[i] = value_node(elab_cast(e, read[i].node, DT_f32));
    Node *xs[8];
    if (!subtracts(e, op, read, n, span, name)) return value_poison();
    if (!promote_letters(e, op, read, n, xs, span, name) ||
        !convert_others(e, op, read, n, xs, span, name) || !divides(e, op, xs[0], span, name))
        return value_poison();
    if (!elab_broadcast(e, xs, n, span, name)) return value_poison();
    elab_at(e, span);
    Node *y = build_map(&e->b, op, xs, n);
    return value_node(half == DT_COUNT ? y : elab_cast(e, y, half));
}

/* ---- comparisons of what is known ---- */

static int same_known(Elab *e, Value a, Value b);

static int same_items(Elab *e, Value a, Value b) {
    if (a.items->n != b.items->n) return 0;
    for (int i = 0; i < a.items->n; i++) {
        int same = same_known(e, value_read(a.items->at[i]), value_read(b.items->at[i]));
        if (same != 1) return same;
    }
    return 1;
}

/* 1, 0, or -1: cannot be compared at compile time */
static int same_known(Elab *e, Value a, Value b) {
    if (a.kind == V_NONE || b.kind == V_NONE) return a.kind == b.kind;
    if (a.kind == V_TEXT && b.kind == V_TEXT) {
        const char *x = value_plain_text(e, a), *y = value_plain_text(e, b);
        return x && y ? strcmp(x, y) == 0 : -1;
    }
    if (a.kind == V_TYPE && b.kind == V_TYPE) return a.type == b.type;
    if (a.kind == V_INSTANCE && b.kind == V_INSTANCE) return a.instance == b.instance;
    if ((a.kind == V_TUPLE || a.kind == V_LIST) && (b.kind == V_TUPLE || b.kind == V_LIST))
        return same_items(e, a, b);
    const Dim *x = value_dim(e, a), *y = value_dim(e, b);
    if (x && y) {
        int64_t n;
        if (x == y) return 1;
        return dim_is_int(dim_sub(e->graph->dims, x, y), &n) ? 0 : -1;
    }
    Exact p, q;
    if (value_known(a, &p) && value_known(b, &q)) return exact_double(p) == exact_double(q);
    return -1;
}

/* == and != on what is not a number; 0: not such a pair */
static int equality(Elab *e, AstBinary op, Value a, Value b, Span span, Value *out) {
    if (op != BIN_eq && op != BIN_ne) return 0;
    int numbers = (a.kind == V_NODE || a.kind == V_EXACT || a.kind == V_SIZE) &&
                  (b.kind == V_NODE || b.kind == V_EXACT || b.kind == V_SIZE);
    if (numbers) return 0;
    int shapes = a.kind == V_TUPLE && a.is_shape && b.kind == V_NODE && b.literal;
    if (shapes) b = value_items(e, V_TUPLE, elab_list(e, b, span, "a shape", &shapes), shapes);
    if (a.kind == V_TEXT && b.kind == V_TEXT) {
        elab_at(e, span);
        *out = text_equal(e, a, b);
        if (out->kind != V_NONE) {
            if (op == BIN_ne) *out = unary(e, UN_not, *out, span);
            return 1;
        }
    }
    int same = same_known(e, a, b);
    if (same >= 0) {
        *out = value_bool(same == (op == BIN_eq));
        return 1;
    }
    *out = elab_error(e, span, "not-comparable", "%s and %s cannot be compared at compile time",
                      value_kind_text(e, a), value_kind_text(e, b));
    if (a.kind == V_TEXT && b.kind == V_TEXT)
        elab_hint(e,
                  "text that is joined when the program runs is not compared: compare its parts");
    return 1;
}

/* ---- sizes ---- */

static int compare_sizes(Elab *e, AstBinary op, const Dim *a, const Dim *b, Value *out) {
    const Dim *d = dim_sub(e->graph->dims, a, b);
    int64_t n, low = dim_lower(d), high = dim_upper(dim_sub(e->graph->dims, b, a));
    (void)high;
    if (dim_is_int(d, &n)) {
        *out = exact_binary(e, op, (Exact){.kind = EXACT_INT, .i = n}, (Exact){.kind = EXACT_INT},
                            span_nowhere());
        return 1;
    }
    if (low != INT64_MIN && low > 0 &&
        (op == BIN_gt || op == BIN_ge || op == BIN_lt || op == BIN_le)) {
        *out = value_bool(op == BIN_gt || op == BIN_ge);
        return 1;
    }
    return 0;
}

/* sizes are closed under + - * and // % by positive numbers; 0: leave it to numbers or nodes */
static int size_binary(Elab *e, AstBinary op, Value a, Value b, Value *out) {
    if (a.kind != V_SIZE && b.kind != V_SIZE) return 0;
    const Dim *x = value_dim(e, a), *y = value_dim(e, b);
    Dims *dims = e->graph->dims;
    int64_t k;
    if (!x || !y) return 0;
    switch (op) {
    case BIN_add:
        *out = value_size(dim_add(dims, x, y));
        return 1;
    case BIN_sub:
        *out = value_size(dim_sub(dims, x, y));
        return 1;
    case BIN_mul:
        *out = value_size(dim_mul(dims, x, y));
        return 1;
    case BIN_floordiv:
    case BIN_mod:
        if (!dim_is_int(y, &k) || k <= 0) return 0;
        *out = value_size(op == BIN_mod ? dim_mod(dims, x, k) : dim_floordiv(dims, x, k));
        return 1;
    case BIN_eq:
    case BIN_ne:
    case BIN_lt:
    case BIN_le:
    case BIN_gt:
    case BIN_ge:
        return compare_sizes(e, op, x, y, out);
    default:
        return 0;
    }
}

/* ---- operators ---- */

static Value divide(Elab *e, const Value *args, Span span) {
    Node *xs[2];
    if (scaled_half(OP_div, args, 2) != DT_COUNT) return elab_map(e, OP_div, args, 2, span, "/");
    if (!elab_promote_float(e, args, 2, xs, span, "/")) return value_poison();
    if (!elab_broadcast(e, xs, 2, span, "/")) return value_poison();
    elab_at(e, span);
    return value_node(build_map(&e->b, OP_div, xs, 2));
}

/* x ** k for the few literal k that PyTorch computes by products and roots too */
static int power_by_products(Elab *e, Value base, double k, Span span, Value *out) {
    Value two[2] = {base, base};
    if (base.kind != V_NODE || !base.node->type || !dtype_is_float(base.node->type->dtype))
        return 0;
    if (k == 2)
        *out = elab_map(e, OP_square, two, 1, span, "**");
    else if (k == 0.5)
        *out = elab_map(e, OP_sqrt, two, 1, span, "**");
    else if (k == -0.5)
        *out = elab_map(e, OP_rsqrt, two, 1, span, "**");
    else if (k == -1)
        *out = elab_map(e, OP_reciprocal, two, 1, span, "**");
    else if (k == 3) {
        two[1] = elab_map(e, OP_square, two, 1, span, "**");
        *out = elab_map(e, OP_mul, two, 2, span, "**");
    } else
        return 0;
    return 1;
}

static Value power(Elab *e, const Value *args, Span span) {
    Value out;
    Exact k;
    if (args[1].kind == V_EXACT &&
        power_by_products(e, args[0], exact_double(args[1].exact), span, &out))
        return out;
    Node *xs[2];
    if (!elab_promote(e, args, 2, xs, span, "**") || !divides(e, OP_ipow, xs[0], span, "**"))
        return value_poison();
    int integers = !dtype_is_float(xs[0]->type->dtype);
    if (integers && value_known(args[1], &k) && k.i < 0) {
        elab_error(e, span, "negative-exponent", "an integer to the negative power %lld",
                   (long long)k.i);
        return value_poison();
    }
    for (int i = 0; i < 2; i++)
        if (xs[i]->type->dtype == DT_bool) xs[i] = build_cast(&e->b, xs[i], DT_i64);
    if (!elab_broadcast(e, xs, 2, span, "**")) return value_poison();
    elab_at(e, span);
    return value_node(build_map(&e->b, integers ? OP_ipow : OP_pow, xs, 2));
}

static int is_number(Value v) {
    return v.kind == V_NODE || v.kind == V_EXACT || v.kind == V_SIZE;
}

static Value not_operands(Elab *e, AstBinary op, Value a, Value b, Span span) {
    elab_error(e, span, "wrong-kind", "%s: expected tensors or numbers, got %s and %s",
               ast_binary_text(op), value_kind_text(e, a), value_kind_text(e, b));
    if ((op == BIN_add || op == BIN_mod) && (a.kind == V_TEXT || b.kind == V_TEXT))
        elab_hint(e, "put values into text: \"{x} and {y:.3f}\"");
    else if (a.kind == V_TUPLE || b.kind == V_TUPLE)
        elab_hint(e, "take the tuple apart: let (a, b) = …, or t[0]");
    else if (a.kind == V_NONE || b.kind == V_NONE)
        elab_hint(e, "None is no number: test for it with x == None");
    return value_poison();
}

/* a scalar computed from known ones is known: its number, rounded to its type */
static Value with_known(Elab *e, AstBinary op, Value a, Value b, Value result, Span span) {
    Exact x, y;
    if (result.kind != V_NODE || result.node->type->rank || op == BIN_matmul ||
        !value_known(a, &x) || !value_known(b, &y))
        return result;
    int logical = op == BIN_and || op == BIN_or;
    Value v = logical ? value_bool(op == BIN_and ? x.i && y.i : x.i || y.i)
                      : exact_binary(e, op, x, y, span);
    if (v.kind != V_EXACT) return v;
    DType d = result.node->type->dtype;
    if (d == DT_f32) v.exact.f = (float)v.exact.f;
    if (d == DT_f16 || d == DT_bf16 || d == DT_u8 || d == DT_i32) return result;
    return value_known_node(result.node, v.exact);
}

static Value numbers_binary(Elab *e, AstBinary op, Value a, Value b, Span span) {
    Value args[] = {a, b};
    const char *text = ast_binary_text(op);
    elab_at(e, span);
    switch (op) {
    case BIN_div:
        return divide(e, args, span);
    case BIN_pow:
        return power(e, args, span);
    case BIN_matmul:
        return elab_matmul(e, a, b, span, "@");
    case BIN_and:
    case BIN_or:
        return elab_map(e, operator_rows[op], args, 2, span, text);
    default:
        return elab_map(e, operator_rows[op], args, 2, span, text);
    }
}

/* lists and tuples one after the other, as in Python: x.shape + (3, ) */
static Value joined(Elab *e, Value a, Value b) {
    Value *at = NEW_ARRAY(e->arena, Value, a.items->n + b.items->n + 1);
    for (int i = 0; i < a.items->n; i++) at[i] = a.items->at[i];
    for (int i = 0; i < b.items->n; i++) at[a.items->n + i] = b.items->at[i];
    Value v = value_items(e, a.kind, at, a.items->n + b.items->n);
    v.is_shape = a.is_shape && (b.is_shape || b.items->n == 0);
    return v;
}

Value elab_binary(Elab *e, AstBinary op, Value a, Value b, Span span) {
    Value out;
    Exact x, y;
    a = value_read_deep(e, a);
    b = value_read_deep(e, b);
    if (a.kind == V_POISON || b.kind == V_POISON) return value_poison();
    if (equality(e, op, a, b, span, &out) || size_binary(e, op, a, b, &out)) return out;
    if (op == BIN_add && value_is_aggregate(a) && a.kind == b.kind) return joined(e, a, b);
    int literals =
        (a.kind == V_EXACT || a.kind == V_SIZE) && (b.kind == V_EXACT || b.kind == V_SIZE);
    if (literals && value_known(a, &x) && value_known(b, &y) && op != BIN_and && op != BIN_or)
        return exact_binary(e, op, x, y, span);
    if (a.kind == V_LIST) a = value_node(elab_tensor(e, a, span, ast_binary_text(op)));
    if (b.kind == V_LIST) b = value_node(elab_tensor(e, b, span, ast_binary_text(op)));
    if (a.kind == V_POISON || b.kind == V_POISON) return value_poison();
    if (!is_number(a) || !is_number(b)) return not_operands(e, op, a, b, span);
    return with_known(e, op, a, b, numbers_binary(e, op, a, b, span), span);
}

Value unary(Elab *e, AstUnary op, Value a, Span span) {
    a = value_read_deep(e, a);
    if (a.kind == V_POISON) return a;
    Exact x;
    if (op == UN_neg) {
        if (a.kind == V_SIZE)
            return value_size(dim_sub(e->graph->dims, dim_int(e->graph->dims, 0), a.dim));
        if (a.kind == V_EXACT) {
            if (a.exact.kind == EXACT_FLOAT) return value_float(-a.exact.f);
            return value_int((int64_t)(0 - (uint64_t)a.exact.i));
        }
        Value v = elab_map(e, OP_neg, &a, 1, span, "-");
        if (v.kind != V_NODE || !value_known(a, &x) || v.node->type->dtype != DT_i64) return v;
        return value_known_node(v.node, (Exact){.kind = EXACT_INT, .i = -x.i});
    }
    int known;
    if (a.kind == V_EXACT && value_known_bool(a, &known)) return value_bool(!known);
    if (a.kind != V_NODE || a.node->type->dtype != DT_bool)
        return elab_error(e, span, "condition", "not: expected bool, got %s",
                          value_kind_text(e, a));
    Value v = elab_map(e, OP_logical_not, &a, 1, span, "not");
    if (value_known_bool(a, &known))
        return value_known_node(v.node, (Exact){.kind = EXACT_BOOL, .i = !known});
    return v;
}

/* ---- and, or ---- */

static int is_bool(Value v) {
    return (v.kind == V_EXACT && v.exact.kind == EXACT_BOOL) ||
           (v.kind == V_NODE && v.node->type->dtype == DT_bool);
}

static Value evaluate(Elab *e, void *data) {
    const AstExpr *x = data;
    Value v = expr(e, x);
    if (v.kind == V_POISON) return v;
    if (!is_bool(v))
        return elab_error(e, x->span, "condition", "expected bool, got %s", value_kind_text(e, v));
    return v;
}

static Value constant_bool(Elab *e, void *data) {
    (void)e;
    return value_bool(data != NULL);
}

/* does evaluating the right side only make values that may as well be made always? (no effects,
 * draws or traps) */
static int harmless(Region *r) {
    for (int i = 0; i < r->nodes.n; i++) {
        int flags = op_info(r->nodes.at[i]->op)->flags;
        if (flags & (OPF_EFFECT | OPF_TRAP | OPF_CONTROL | OPF_LIB)) return 0;
    }
    return 1;
}

/* scalars: the right side is evaluated only when it is needed */
static Value short_circuit(Elab *e, const AstExpr *x, Value a) {
    int is_and = x->binary.op == BIN_and;
    Mark mark = branch_open(e, region_new(e->graph, e->b.region));
    e->conditional++;
    Value b = evaluate(e, x->binary.b);
    e->conditional--;
    int plain = e->trail.n == mark.trail && harmless(e->b.region);
    Branch way = {0};
    branch_close(e, mark, &way);
    if (b.kind == V_POISON) return b;
    if (plain) return elab_binary(e, x->binary.op, a, evaluate(e, x->binary.b), x->span);
    void *truth = e;
    return branch_value(e, a.node, is_and ? evaluate : constant_bool,
                        is_and ? (void *)x->binary.b : truth, x->span,
                        is_and ? constant_bool : evaluate, is_and ? NULL : (void *)x->binary.b);
}

Value logical(Elab *e, const AstExpr *x) {
    Value a = evaluate(e, x->binary.a);
    int known;
    if (a.kind == V_POISON) {
        evaluate(e, x->binary.b);
        return a;
    }
    if (value_known_bool(a, &known)) {
        int decides = known == (x->binary.op == BIN_or);
        return decides ? value_bool(known) : evaluate(e, x->binary.b);
    }
    if (a.node->type->rank == 0) return short_circuit(e, x, a);
    Value b = evaluate(e, x->binary.b);
    return elab_binary(e, x->binary.op, a, b, x->span);
}
