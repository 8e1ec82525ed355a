/* expr.c: expressions. Gives values; what is known at compile time stays a value, everything else
   becomes nodes in the region at hand, evaluated strictly from left to right. */
#include "frontend/elaborate/core.h"

#include <string.h>

/* ---- fields ---- */

static Value shape_of(Elab *e, const Type *t) {
    Value at[MAX_RANK];
    for (int i = 0; i < t->rank; i++) at[i] = value_size(t->dims[i]);
    Value v = value_items(e, V_TUPLE, at, t->rank);
    v.is_shape = 1;
    return v;
}

static Value unknown_field(Elab *e, Value object, const AstName *name, const char *const *names,
                           int n) {
    elab_error(e, name->span, "unknown-field", "%s has no field %s", value_kind_text(e, object),
               name->text);
    const char *near = elab_nearest(e, name->text, names, n);
    Value f;
    if (near)
        elab_hint(e, "did you mean %s?", near);
    else if (hint_tongue(e, name->text))
        return value_poison();
    else if (name_function(e, name->text, &f))
        elab_hint(e, "%s is a function: call it with ()", name->text);
    else
        hint_unknown(e, name->text, 0);
    return value_poison();
}

/* x.T: all axes in the other order; x.mT: the last two exchanged */
static Value transposed(Elab *e, Value object, const AstName *name, int last_two) {
    int perm[MAX_RANK];
    Node *x = elab_tensor(e, object, name->span, "x");
    if (!x) return value_poison();
    int rank = x->type->rank;
    if (last_two && rank < 2)
        return elab_error(e, name->span, "shape-mismatch", "mT takes two axes or more, got %s",
                          type_print(e->arena, x->type));
    for (int i = 0; i < rank; i++) perm[i] = last_two ? i : rank - 1 - i;
    if (last_two) {
        perm[rank - 1] = rank - 2;
        perm[rank - 2] = rank - 1;
    }
    elab_at(e, name->span);
    return value_node(rank < 2 ? x : build_permute(&e->b, x, perm));
}

static Value tensor_field(Elab *e, Value object, const Type *type, const AstName *name) {
    static const char *const names[] = {"shape", "dtype", "ndim", "T", "mT"};
    if (strcmp(name->text, "shape") == 0) return shape_of(e, type);
    if (strcmp(name->text, "dtype") == 0)
        return value_type(type_scalar(e->graph->types, type->dtype));
    if (strcmp(name->text, "ndim") == 0) return value_int(type->rank);
    int is_tensor = value_read(object).kind == V_NODE;
    if (is_tensor && strcmp(name->text, "T") == 0) return transposed(e, object, name, 0);
    if (is_tensor && strcmp(name->text, "mT") == 0) return transposed(e, object, name, 1);
    return unknown_field(e, object, name, names, is_tensor ? 5 : 3);
}

static Value record_field(Elab *e, Value object, const AstName *name) {
    Value v;
    const Items *r = value_read(object).items;
    if (path_in_record(e, object, name->text, &v)) return v;
    return unknown_field(e, value_read(object), name, r->names, r->n);
}

static Value instance_field(Elab *e, Value object, const AstName *name, int as_place) {
    Slot *slot = instance_slot(object.instance, name->text);
    Value v;
    if (slot) return slot_value(e, slot, as_place);
    if (path_in_instance(e, object.instance, name->text, as_place, &v)) return v;
    int n = object.instance->slots.n;
    const char **names = NEW_ARRAY(e->arena, const char *, n + 1);
    for (int i = 0; i < n; i++) names[i] = object.instance->slots.at[i].name;
    return unknown_field(e, object, name, names, n);
}

/* an item of an aggregate: of a place, the place of the item */
Value item_of(Elab *e, Value object, int index) {
    Value v = value_read(object);
    if (object.kind != V_PLACE) return v.items->at[index];
    if (v.items->at[index].kind == V_PLACE) return v.items->at[index];
    if (object.place->depth == (int)(sizeof object.place->path / sizeof *object.place->path))
        return v.items->at[index];
    Place *place = NEW(e->arena, Place);
    *place = *object.place;
    place->path[place->depth++] = index;
    return (Value){.kind = V_PLACE, .place = place};
}

Value field_value(Elab *e, Value object, const AstName *name, Span span, int as_place) {
    Value v = value_read(object);
    switch (v.kind) {
    case V_POISON:
        return v;
    case V_SPACE:
        return space_member(e, v.space, name, span);
    case V_INSTANCE:
        return instance_field(e, v, name, as_place);
    case V_RECORD:
        v = record_field(e, object, name);
        return as_place ? v : value_read_deep(e, v);
    case V_NODE:
        return tensor_field(e, v, v.node->type, name);
    case V_TYPE:
        return tensor_field(e, v, v.type, name);
    case V_EXACT:
        return tensor_field(e, v, type_scalar(e->graph->types, exact_dtype(v.exact)), name);
    case V_SIZE:
        return tensor_field(e, v, type_scalar(e->graph->types, DT_i64), name);
    default:
        return unknown_field(e, v, name, NULL, 0);
    }
}

/* ---- conditions ---- */

/* the scalar bool that decides, or NULL: then *known is 0 or 1, or -1 after an error */
Node *expr_condition(Elab *e, Value v, Span span, const char *what, int *known) {
    v = value_read_deep(e, v);
    if (value_known_bool(v, known)) return NULL;
    *known = -1;
    if (v.kind == V_POISON) return NULL;
    if (v.kind == V_NODE && v.node->type->dtype == DT_bool && v.node->type->rank == 0)
        return v.node;
    elab_error(e, span, "condition", "%s must be a scalar of type bool, got %s", what,
               value_kind_text(e, v));
    if (v.kind == V_NODE && v.node->type->dtype == DT_bool)
        elab_hint(e, "reduce it to one: all(…) or any(…)");
    else if (v.kind == V_NONE)
        elab_hint(e, "compare: x == None");
    else if (v.kind == V_TUPLE)
        elab_hint(e, "without brackets: assert condition, \"message\"");
    else
        elab_hint(e, "compare: x != 0");
    return NULL;
}

static Value evaluate(Elab *e, void *data) {
    return expr(e, data);
}

static Value choose(Elab *e, const AstExpr *x) {
    int known;
    Value c = expr(e, x->choose.cond);
    Node *cond = expr_condition(e, c, x->choose.cond->span, "a condition", &known);
    if (cond)
        return branch_value(e, cond, evaluate, x->choose.yes, x->span, evaluate, x->choose.no);
    if (known < 0) return value_poison();
    return expr_raw(e, known ? x->choose.yes : x->choose.no);
}

/* ---- indexing: types, aggregates, tensors ---- */

static int type_axis(Elab *e, const AstItem *item, const Dim **dim, const char **name) {
    const AstExpr *size = item->expr;
    *name = NULL;
    if (item->kind == ITEM_SLICE && item->start && item->start->kind == EX_NAME && item->stop &&
        !item->step) {
        *name = item->start->name;
        size = item->stop;
    }
    if (!size || item->kind == ITEM_REST) {
        elab_error(e, item->span, "bad-type", "an axis of a type is written size or name: size");
        return 0;
    }
    *dim = elab_dim(e, expr(e, size), size->span, "an axis of a type");
    int64_t n;
    if (*dim && dim_is_int(*dim, &n) && n < 0) {
        elab_error(e, item->span, "negative-size", "a size cannot be negative, got %lld",
                   (long long)n);
        return 0;
    }
    return *dim != NULL;
}

static Value type_index(Elab *e, Value object, const AstExpr *x) {
    const Dim *dims[MAX_RANK];
    const char *names[MAX_RANK];
    int rank = x->index.items.n;
    if (object.type->rank)
        return elab_error(e, x->span, "bad-type", "%s has its axes already",
                          type_print(e->arena, object.type));
    if (rank > MAX_RANK)
        return elab_error(e, x->span, "rank", "a tensor has at most %d axes", MAX_RANK);
    for (int i = 0; i < rank; i++)
        if (!type_axis(e, &x->index.items.at[i], &dims[i], &names[i])) return value_poison();
    if (!elab_names_differ(e, names, rank, x->span)) return value_poison();
    return value_type(type_new(e->graph->types, object.type->dtype, rank, dims, names));
}

/* a bound counted from the end, and held to the list, as Python does */
static int64_t slice_bound(int64_t i, int64_t n, int back) {
    i = i < 0 ? i + n : i;
    if (i < 0) return back ? -1 : 0;
    return i >= n ? n - back : i;
}

static Value slice_items(Elab *e, Value v, const AstItem *item) {
    int64_t n = v.items->n, from = 0, to = n, step = 1;
    if (item->step && !elab_known_int(e, expr(e, item->step), item->span, "a step", &step))
        return value_poison();
    if (item->start && !elab_known_int(e, expr(e, item->start), item->span, "a bound", &from))
        return value_poison();
    if (item->stop && !elab_known_int(e, expr(e, item->stop), item->span, "a bound", &to))
        return value_poison();
    int back = step < 0;
    if (step == 0) return elab_error(e, item->step->span, "step-zero", "the step of a slice is 0");
    from = item->start ? slice_bound(from, n, back) : back ? n - 1 : 0;
    to = item->stop ? slice_bound(to, n, back) : back ? -1 : n;
    Value *at = NEW_ARRAY(e->arena, Value, n + 1);
    int count = 0;
    for (int64_t i = from; back ? i > to : i < to; i += step) at[count++] = v.items->at[i];
    Value out = value_items(e, v.kind, at, count);
    out.is_shape = v.is_shape;
    return out;
}

static Value aggregate_index(Elab *e, Value object, Value v, const AstExpr *x) {
    const AstItem *item = &x->index.items.at[0];
    int64_t i;
    if (x->index.items.n != 1)
        return elab_error(e, x->span, "too-many-indices", "%s takes one index, got %d",
                          value_kind_text(e, v), x->index.items.n);
    if (item->kind == ITEM_SLICE) return slice_items(e, v, item);
    if (item->kind != ITEM_EXPR)
        return elab_error(e, item->span, "bad-index", "%s cannot be indexed by ...",
                          value_kind_text(e, v));
    if (!elab_known_int(e, expr(e, item->expr), item->span, "the index of a tuple or list", &i))
        return value_poison();
    int n = v.items->n;
    if (i < -n || i >= n)
        return elab_error(e, item->span, "index-range", "index %lld is out of range: %s",
                          (long long)i, value_kind_text(e, v));
    return item_of(e, object, (int)(i < 0 ? i + n : i));
}

static Value index_raw(Elab *e, const AstExpr *x) {
    Value object = expr_raw(e, x->index.object);
    Value v = value_read(object);
    if (v.kind == V_POISON) return v;
    if (v.kind == V_TYPE) return type_index(e, v, x);
    if (path_numbered(e, object, &object)) v = value_read(object);
    if (value_is_aggregate(v)) return aggregate_index(e, object, v, x);
    return index_value(e, v, x);
}

/* ---- all kinds ---- */

Value expr_raw(Elab *e, const AstExpr *x) {
    switch (x->kind) {
    case EX_NAME:
        return name_value(e, x->name, x->span, 1);
    case EX_INT:
        return value_int(x->integer);
    case EX_FLOAT:
        return value_float(x->real);
    case EX_BOOL:
        return value_bool(x->boolean);
    case EX_NONE:
        return value_none();
    case EX_TEXT:
        return text_value(e, x->text);
    case EX_UNARY:
        return unary(e, x->unary.op, expr(e, x->unary.a), x->span);
    case EX_BINARY: {
        if (x->binary.op == BIN_and || x->binary.op == BIN_or) return logical(e, x);
        Value a = expr(e, x->binary.a);
        Value b = expr(e, x->binary.b);
        if (b.kind == V_POISON && x->binary.op == BIN_floordiv && x->binary.b->kind == EX_NAME)
            elab_hint(e, "a comment begins with #; // is the quotient, rounded down");
        return elab_binary(e, x->binary.op, a, b, x->span);
    }
    case EX_CHOOSE:
        return choose(e, x);
    case EX_CALL:
        return call_expr(e, x);
    case EX_INDEX:
        return index_raw(e, x);
    case EX_FIELD:
        return field_value(e, expr_raw(e, x->field.object), &x->field.name, x->span, 1);
    case EX_TUPLE:
        return tuple_literal(e, x);
    case EX_LIST:
        return list_literal(e, x);
    case EX_COMPREHENSION:
        return comprehension(e, x);
    case EX_FN:
        return value_fn(e, "a function value", x->fn, e->scope, NULL);
    case EX_COUNT:
        break;
    }
    die("an expression of kind %d", x->kind);
}

Value expr(Elab *e, const AstExpr *x) {
    return value_read_deep(e, expr_raw(e, x));
}

/* ---- binding ---- */

/* literals become f32, int or bool; a tensor literal's type is settled */
Value expr_bound(Elab *e, Value v, Span span) {
    if (v.kind == V_EXACT) {
        Node *n = exact_node(e, v.exact, exact_dtype(v.exact), span);
        if (!n) return value_poison();
        Exact x = v.exact;
        if (x.kind == EXACT_FLOAT) x.f = (float)x.f;
        return value_known_node(n, x);
    }
    if (v.kind == V_NODE) {
        if (!v.node->type || !literal_settled(e, v, span)) return value_poison();
        v.literal = NULL;
    }
    if (!value_is_aggregate(v) || v.is_shape) return v;
    Value *at = NEW_ARRAY(e->arena, Value, v.items->n + 1);
    for (int i = 0; i < v.items->n; i++) {
        at[i] =
            v.items->at[i].kind == V_PLACE ? v.items->at[i] : expr_bound(e, v.items->at[i], span);
        if (at[i].kind == V_POISON) return at[i];
    }
    return value_with_items(e, v, at);
}

static int names_a_value(const AstExpr *x) {
    return x->kind == EX_NAME || x->kind == EX_FIELD || x->kind == EX_INDEX ||
           x->kind == EX_TUPLE || x->kind == EX_LIST || x->kind == EX_COMPREHENSION;
}

static Value fresh(Elab *e, Value v, int first_new) {
    if (v.kind == V_NODE && v.node->type && v.node->id < first_new &&
        dtype_is_float(v.node->type->dtype)) {
        v.node = build_reshape(&e->b, v.node, v.node->type);
        return v;
    }
    if ((v.kind != V_TUPLE && v.kind != V_LIST) || v.is_shape) return v;
    Value *at = NEW_ARRAY(e->arena, Value, v.items->n + 1);
    for (int i = 0; i < v.items->n; i++) at[i] = fresh(e, v.items->at[i], first_new);
    return value_with_items(e, v, at);
}

/* `let a = b` names b's value again; any other right-hand side makes a new value, though it be
 * equal to an old one */
Value expr_fresh(Elab *e, const AstExpr *x, Value v, int first_new) {
    return names_a_value(x) ? v : fresh(e, v, first_new);
}
