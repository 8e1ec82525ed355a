/* literal.c: [a, b], tuples and comprehensions. Brackets of scalars, or of brackets of one shape,
   are a tensor; any others are a list. A tensor of literals alone is one constant, which an
   annotation may still give its type. */
#include "frontend/elaborate/core.h"

#include <math.h>
#include <string.h>

/* stores an exact number as an element of dtype */
static void store_exact(Node *scratch, void *at, DType dtype) {
    memcpy(at, scratch->data, (size_t)dtype_bytes(dtype));
}

Value literal_tensor(Elab *e, const Exact *elements, const Type *type, Span span) {
    int64_t n = dim_value(type_count(e->graph->dims, type));
    size_t bytes = (size_t)dtype_bytes(type->dtype);
    char *data = arena_alloc(e->arena, bytes * (size_t)(n + 1));
    Builder scratch = e->b;
    scratch.region = region_new(e->graph, NULL);
    Builder saved = e->b;
    for (int64_t i = 0; i < n; i++) {
        e->b = scratch;
        Node *x = exact_node(e, elements[i], type->dtype, span);
        e->b = saved;
        if (!x) return value_poison();
        store_exact(x, data + (size_t)i * bytes, type->dtype);
    }
    elab_at(e, span);
    Value v = value_node(build_const(&e->b, type, data));
    v.literal = elements;
    return v;
}

static DType joint_dtype(const Exact *x, int64_t n) {
    DType dtype = DT_bool;
    for (int64_t i = 0; i < n; i++) {
        DType d = exact_dtype(x[i]);
        if (dtype_kind(d) > dtype_kind(dtype)) dtype = d;
    }
    return dtype;
}

static int is_scalar_like(Value v) {
    return v.kind == V_EXACT || v.kind == V_SIZE ||
           (v.kind == V_NODE && v.node->type && v.node->type->rank == 0);
}

static int past_f32(const Exact *x, int64_t n) {
    for (int64_t i = 0; i < n; i++)
        if (x[i].kind == EXACT_FLOAT && !isinf(x[i].f) && isinf((float)x[i].f)) return 1;
    return 0;
}

/* a literal that nothing gave a type is f32: all its elements must be in range */
int literal_settled(Elab *e, Value v, Span span) {
    if (v.kind != V_NODE || !v.literal || !v.is_wide) return 1;
    int64_t n = dim_value(type_count(e->graph->dims, v.node->type));
    for (int64_t i = 0; i < n; i++)
        if (!exact_node(e, v.literal[i], DT_f32, span)) return 0;
    return 1;
}

static Value ragged(Elab *e, Value first, Value other, Span a, Span b) {
    elab_error(e, b, "ragged-literal", "the rows of a tensor differ: %s has %s, this one is %s",
               "the first", value_kind_text(e, first), value_kind_text(e, other));
    elab_note(e, a, "the first row is %s", value_kind_text(e, first));
    return value_poison();
}

/* all exact: one constant */
static Value constant_of(Elab *e, const Value *at, int n, Span span) {
    int rank = at[0].kind == V_NODE ? at[0].node->type->rank : 0;
    int64_t each = rank ? dim_value(type_count(e->graph->dims, at[0].node->type)) : 1;
    Exact *all = NEW_ARRAY(e->arena, Exact, each * n + 1);
    for (int i = 0; i < n; i++)
        memcpy(all + i * each, rank ? at[i].literal : &at[i].exact, sizeof *all * (size_t)each);
    const Dim *dims[MAX_RANK] = {dim_int(e->graph->dims, n)};
    for (int a = 0; a < rank; a++) dims[a + 1] = at[0].node->type->dims[a];
    DType dtype = joint_dtype(all, each * n);
    int wide = dtype == DT_f32 && past_f32(all, each * n);
    const Type *type = type_new(e->graph->types, wide ? DT_f64 : dtype, rank + 1, dims, NULL);
    Value v = literal_tensor(e, all, type, span);
    v.is_wide = wide;
    return v;
}

/* is [a, b, …] a tensor? -1: an error was reported */
static int is_tensor_literal(Elab *e, const AstExprs *xs, const Value *at) {
    int n = xs->n;
    int rows = xs->at[0]->kind == EX_LIST && at[0].kind == V_NODE;
    for (int i = 0; i < n; i++) {
        int row = xs->at[i]->kind == EX_LIST && at[i].kind == V_NODE;
        if (row != rows || (!rows && !is_scalar_like(at[i]))) return 0;
    }
    for (int i = 1; rows && i < n; i++)
        if (!type_same_shape(at[0].node->type, at[i].node->type)) {
            ragged(e, at[0], at[i], xs->at[0]->span, xs->at[i]->span);
            return -1;
        }
    if (rows && at[0].node->type->rank >= MAX_RANK) {
        elab_error(e, xs->at[0]->span, "rank", "a tensor has at most %d axes", MAX_RANK);
        return -1;
    }
    return 1;
}

/* evaluates the elements, left to right: a place stays one, unless a later element assigns to it.
   Gives NULL after an error */
static Value *elements(Elab *e, const AstExprs *xs) {
    Value *at = NEW_ARRAY(e->arena, Value, xs->n + 1),
          *seen = NEW_ARRAY(e->arena, Value, xs->n + 1);
    int poison = 0;
    for (int i = 0; i < xs->n; i++) {
        at[i] = expr_raw(e, xs->at[i]);
        seen[i] = value_read_deep(e, at[i]);
        poison |= seen[i].kind == V_POISON;
    }
    for (int i = 0; i < xs->n; i++)
        if (!value_same(value_read_deep(e, at[i]), seen[i])) at[i] = seen[i];
    return poison ? NULL : at;
}

Value list_literal(Elab *e, const AstExpr *x) {
    const AstExprs *xs = &x->elements;
    Value *at = elements(e, xs);
    int all_exact = 1;
    if (!at) return value_poison();
    for (int i = 0; i < xs->n; i++) {
        Value v = value_read(at[i]);
        if (is_scalar_like(v)) at[i] = v;
        all_exact &= at[i].kind == V_EXACT ||
                     (at[i].kind == V_NODE && at[i].literal && xs->at[i]->kind == EX_LIST);
    }
    if (xs->n == 0) return value_items(e, V_LIST, at, 0);
    int tensor = is_tensor_literal(e, xs, at);
    if (tensor < 0) return value_poison();
    if (!tensor) return value_items(e, V_LIST, at, xs->n);
    if (all_exact) return constant_of(e, at, xs->n, x->span);
    return value_node(
        elab_tensor(e, value_items(e, V_LIST, at, xs->n), x->span, "a tensor literal"));
}

Value tuple_literal(Elab *e, const AstExpr *x) {
    Value *at = elements(e, &x->elements);
    return at ? value_items(e, V_TUPLE, at, x->elements.n) : value_poison();
}

/* ---- comprehensions ---- */

enum { MAX_ITEMS = 100000 };

static int known_bound(Elab *e, const AstExpr *x, int64_t otherwise, int64_t *out) {
    *out = otherwise;
    return !x || elab_known_int(e, expr(e, x), x->span, "a bound of a comprehension", out);
}

static int comprehension_item(Elab *e, const AstExpr *x, Value item, Value *out) {
    Scope *saved = e->scope;
    e->scope = scope_new(e, saved);
    bind_pattern(e, x->comprehension.pattern, item, BIND_LOOP, x->span);
    *out = expr_raw(e, x->comprehension.body);
    e->scope = saved;
    return value_read(*out).kind != V_POISON;
}

static Value range_comprehension(Elab *e, const AstExpr *x) {
    const AstRange *r = x->comprehension.range;
    int64_t from, to, step;
    if (!known_bound(e, r->from, 0, &from) || !known_bound(e, r->to, 0, &to) ||
        !known_bound(e, r->step, 1, &step))
        return value_poison();
    if (step == 0) return elab_error(e, r->span, "step-zero", "a range's step is 0");
    if (r->inclusive) to += step > 0 ? 1 : -1;
    int64_t n = step > 0 ? (to - from + step - 1) / step : (from - to - step - 1) / -step;
    if (n < 0) n = 0;
    if (n > MAX_ITEMS)
        return elab_error(e, r->span, "long-list", "a list of %lld elements is too long",
                          (long long)n);
    Value *at = NEW_ARRAY(e->arena, Value, n + 1);
    for (int64_t i = 0; i < n; i++)
        if (!comprehension_item(e, x, value_int(from + i * step), &at[i])) return value_poison();
    return value_items(e, V_LIST, at, (int)n);
}

Value comprehension(Elab *e, const AstExpr *x) {
    const AstRange *r = x->comprehension.range;
    if (r->to) return range_comprehension(e, x);
    Value over = expr_raw(e, r->from);
    int n;
    const Value *items = loop_items(e, over, 1, r->from->span, &n);
    if (!items) return value_poison();
    Value *at = NEW_ARRAY(e->arena, Value, n + 1);
    for (int i = 0; i < n; i++)
        if (!comprehension_item(e, x, items[i], &at[i])) return value_poison();
    return value_items(e, V_LIST, at, n);
}
