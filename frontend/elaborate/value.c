/* value.c: makes values, looks into them, and says what they are. Keeps true: a known number is
   reported the same way whether it is an exact literal, a constant size or a known scalar node. */
#include "frontend/elaborate/core.h"

#include <math.h>
#include <string.h>

Value value_poison(void) {
    return (Value){.kind = V_POISON};
}

Value value_none(void) {
    return (Value){.kind = V_NONE};
}

Value value_node(Node *node) {
    if (!node) return value_poison();
    return (Value){.kind = V_NODE, .node = node};
}

Value value_known_node(Node *node, Exact exact) {
    return (Value){.kind = V_NODE, .node = node, .is_known = 1, .exact = exact};
}

Value value_exact(Exact exact) {
    return (Value){.kind = V_EXACT, .exact = exact};
}

Value value_bool(int b) {
    return value_exact((Exact){.kind = EXACT_BOOL, .i = b != 0});
}

Value value_int(int64_t i) {
    return value_exact((Exact){.kind = EXACT_INT, .i = i});
}

Value value_float(double f) {
    return value_exact((Exact){.kind = EXACT_FLOAT, .f = f});
}

Value value_size(const Dim *dim) {
    return (Value){.kind = V_SIZE, .dim = dim};
}

Value value_type(const Type *type) {
    return (Value){.kind = V_TYPE, .type = type};
}

Value value_text(Elab *e, const char *text) {
    Text *t = NEW(e->arena, Text);
    if (*text) {
        t->parts = NEW(e->arena, TextPart);
        t->parts[0] = (TextPart){.text = text, .length = (int)strlen(text)};
        t->n = 1;
    }
    return (Value){.kind = V_TEXT, .text = t};
}

Value value_items(Elab *e, ValueKind kind, const Value *at, int n) {
    Items *items = NEW(e->arena, Items);
    items->n = n;
    items->at = n ? arena_copy(e->arena, at, sizeof *at * (size_t)n) : NULL;
    return (Value){.kind = kind, .items = items};
}

/* the same aggregate with other items */
Value value_with_items(Elab *e, Value like, const Value *at) {
    Items *items = NEW(e->arena, Items);
    *items = *like.items;
    items->at = like.items->n ? arena_copy(e->arena, at, sizeof *at * (size_t)items->n) : NULL;
    like.items = items;
    return like;
}

int value_is_poison(Value v) {
    return v.kind == V_POISON;
}

int value_is_aggregate(Value v) {
    return v.kind == V_TUPLE || v.kind == V_LIST || v.kind == V_RECORD;
}

Value value_read(Value v) {
    return v.kind == V_PLACE ? place_read(v.place) : v;
}

/* places inside tuples, lists and records are read too; what holds poison is poison */
Value value_read_deep(Elab *e, Value v) {
    v = value_read(v);
    if (!value_is_aggregate(v)) return v;
    Value *at = NEW_ARRAY(e->arena, Value, v.items->n + 1);
    int changed = 0;
    for (int i = 0; i < v.items->n; i++) {
        at[i] = value_read_deep(e, v.items->at[i]);
        if (at[i].kind == V_POISON) return value_poison();
        changed |= memcmp(&at[i], &v.items->at[i], sizeof at[i]) != 0;
    }
    return changed ? value_with_items(e, v, at) : v;
}

/* the number of a value known at compile time */
int value_known(Value v, Exact *out) {
    v = value_read(v);
    int64_t n;
    if (v.kind == V_EXACT || (v.kind == V_NODE && v.is_known)) {
        *out = v.exact;
        return 1;
    }
    if (v.kind == V_SIZE && dim_is_int(v.dim, &n)) {
        *out = (Exact){.kind = EXACT_INT, .i = n};
        return 1;
    }
    return 0;
}

int value_known_int(Value v, int64_t *out) {
    Exact x;
    if (!value_known(v, &x) || x.kind != EXACT_INT) return 0;
    *out = x.i;
    return 1;
}

int value_known_bool(Value v, int *out) {
    Exact x;
    if (!value_known(v, &x) || x.kind != EXACT_BOOL) return 0;
    *out = x.i != 0;
    return 1;
}

int value_known_float(Value v, double *out) {
    Exact x;
    if (!value_known(v, &x)) return 0;
    *out = exact_double(x);
    return 1;
}

const Dim *value_dim(Elab *e, Value v) {
    v = value_read(v);
    int64_t n;
    if (v.kind == V_SIZE) return v.dim;
    if (value_known_int(v, &n)) return dim_int(e->graph->dims, n);
    return NULL;
}

/* text without run-time parts, else NULL */
const char *value_plain_text(Elab *e, Value v) {
    v = value_read(v);
    if (v.kind != V_TEXT) return NULL;
    if (v.text->n == 0) return "";
    if (v.text->n == 1 && v.text->parts[0].text) return v.text->parts[0].text;
    const char *whole = "";
    for (int i = 0; i < v.text->n; i++) {
        if (!v.text->parts[i].text) return NULL;
        whole = arena_printf(e->arena, "%s%s", whole, v.text->parts[i].text);
    }
    return whole;
}

/* a number known at compile time, and the type that it takes on its own */
static const char *exact_text(Elab *e, Exact x) {
    if (x.kind == EXACT_BOOL) return arena_printf(e->arena, "bool (%s)", x.i ? "true" : "false");
    if (x.kind == EXACT_INT)
        return arena_printf(e->arena, "the integer %lld (i64)", (long long)x.i);
    const char *digits = arena_printf(e->arena, "%.9g", x.f);
    return arena_printf(e->arena, "the number %s%s (f32)", digits,
                        strpbrk(digits, ".en") ? "" : ".0");
}

static const char *text_kind(Elab *e, Value v) {
    const char *plain = value_plain_text(e, v);
    return plain && strlen(plain) <= 40 ? arena_printf(e->arena, "str (\"%s\")", plain) : "str";
}

const char *value_kind_text(Elab *e, Value v) {
    v = value_read(v);
    switch (v.kind) {
    case V_NODE:
        return v.node->type ? type_print(e->arena, v.node->type) : "nothing";
    case V_EXACT:
        return exact_text(e, v.exact);
    case V_TEXT:
        return text_kind(e, v);
    case V_TYPE:
        return arena_printf(e->arena, "the type %s", type_print(e->arena, v.type));
    case V_TUPLE:
        return arena_printf(e->arena, "a tuple of %d", v.items->n);
    case V_LIST:
        return arena_printf(e->arena, "a list of %d", v.items->n);
    case V_SIZE:
        return arena_printf(e->arena, "the size %s", dim_print(e->arena, v.dim));
    case V_INSTANCE:
        return arena_printf(e->arena, "an instance of %s", v.instance->name);
    case V_FN:
        if (strchr(v.fn->name, ' ')) return v.fn->name;
        return arena_printf(e->arena, v.fn->kind == FN_MODULE ? "the module %s" : "the function %s",
                            v.fn->name);
    case V_AXIS:
        return arena_printf(e->arena, "the axis %s", v.name);
    default:
        break;
    }
    static const char *const kinds[] = {
        [V_POISON] = "an error",        [V_NONE] = "None",
        [V_RECORD] = "a tree",          [V_PLACE] = "a variable",
        [V_SPACE] = "a library module", [V_ITER] = "what only a for goes over",
    };
    return kinds[v.kind];
}

/* ---- exact numbers ---- */

double exact_double(Exact x) {
    return x.kind == EXACT_FLOAT ? x.f : (double)x.i;
}

static int64_t floor_div(int64_t a, int64_t b) {
    if (b == -1) return (int64_t)(0 - (uint64_t)a);
    int64_t q = a / b;
    return a % b != 0 && (a < 0) != (b < 0) ? q - 1 : q;
}

static int64_t int_power(int64_t base, int64_t exponent) {
    uint64_t result = 1, b = (uint64_t)base;
    for (; exponent; exponent >>= 1, b *= b)
        if (exponent & 1) result *= b;
    return (int64_t)result;
}

static Value compare(AstBinary op, int less, int equal) {
    int result = op == BIN_eq   ? equal
                 : op == BIN_ne ? !equal
                 : op == BIN_lt ? less
                 : op == BIN_le ? less || equal
                 : op == BIN_gt ? !less && !equal
                                : !less;
    return value_bool(result);
}

static Value int_binary(Elab *e, AstBinary op, int64_t a, int64_t b, Span span) {
    uint64_t x = (uint64_t)a, y = (uint64_t)b;
    switch (op) {
    case BIN_add:
        return value_int((int64_t)(x + y));
    case BIN_sub:
        return value_int((int64_t)(x - y));
    case BIN_mul:
        return value_int((int64_t)(x * y));
    case BIN_div:
        return value_float((double)a / (double)b);
    case BIN_floordiv:
    case BIN_mod:
        if (b == 0) return elab_error(e, span, "division-by-zero", "integer division by zero");
        return value_int(op == BIN_floordiv ? floor_div(a, b)
                                            : (int64_t)(x - (uint64_t)floor_div(a, b) * y));
    case BIN_pow:
        if (b < 0) {
            elab_error(e, span, "negative-exponent", "an integer to the negative power %lld",
                       (long long)b);
            elab_hint(e, "write the base as a float: 2.0 ** -1");
            return value_poison();
        }
        return value_int(int_power(a, b));
    default:
        return compare(op, a < b, a == b);
    }
}

static Value float_binary(AstBinary op, double a, double b) {
    switch (op) {
    case BIN_add:
        return value_float(a + b);
    case BIN_sub:
        return value_float(a - b);
    case BIN_mul:
        return value_float(a * b);
    case BIN_div:
        return value_float(a / b);
    case BIN_floordiv:
        return value_float(floor(a / b));
    case BIN_mod:
        return value_float(b == 0 ? NAN : a - b * floor(a / b));
    case BIN_pow:
        return value_float(pow(a, b));
    case BIN_ge:
        return value_bool(a >= b);
    default:
        return compare(op, a < b, a == b);
    }
}

/* arithmetic and comparisons on literals; bools count as integers */
Value exact_binary(Elab *e, AstBinary op, Exact a, Exact b, Span span) {
    if (op == BIN_matmul)
        return elab_error(e, span, "matmul-scalar", "@ needs tensors, got two numbers");
    if (a.kind == EXACT_FLOAT || b.kind == EXACT_FLOAT)
        return float_binary(op, exact_double(a), exact_double(b));
    return int_binary(e, op, a.i, b.i, span);
}
