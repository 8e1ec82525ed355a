/* type.c: written types. Resolves them to tensor types and checks values against them, solving the
   sizes of a function's signature on the way. Keeps true: an annotation checks and never converts;
   only literals adapt. */
#include "frontend/elaborate/core.h"

#include <string.h>

int type_scalar_name(const char *name, DType *out) {
    if (strcmp(name, "int") == 0) {
        *out = DT_i64;
        return 1;
    }
    for (int d = 0; d < DT_COUNT; d++)
        if (strcmp(name, dtype_name((DType)d)) == 0) {
            *out = (DType)d;
            return 1;
        }
    return 0;
}

const char *type_text(Elab *e, const AstType *t) {
    (void)e;
    const Source *s = t->span.source;
    return arena_printf(e->arena, "%.*s", (int)(t->span.end - t->span.start),
                        s->text + t->span.start);
}

static int path_is(const AstType *t, const char *word) {
    return t->path.n == 1 && strcmp(t->path.at[0].text, word) == 0;
}

static Value unknown_type(Elab *e, const AstType *t) {
    const char *name = t->path.at[0].text;
    static const char *const known[] = {"f32", "f64",  "f16", "bf16", "i32", "i64",
                                        "u8",  "bool", "int", "dim",  "str", "tree"};
    elab_error(e, t->span, "unknown-type", "unknown type %s", name);
    static const char *const words[][2] = {
        {"float", "f32"},   {"double", "f64"},    {"long", "i64"},  {"float32", "f32"},
        {"float64", "f64"}, {"int64", "i64"},     {"int32", "i32"}, {"uint8", "u8"},
        {"string", "str"},  {"Tensor", "f32[…]"}, {"half", "f16"},  {"bfloat16", "bf16"}};
    const char *near = elab_nearest(e, name, known, (int)(sizeof known / sizeof *known));
    for (size_t i = 0; i < sizeof words / sizeof *words; i++)
        if (strcmp(words[i][0], name) == 0) near = words[i][1];
    if (near) elab_hint(e, "did you mean %s?", near);
    return value_poison();
}

/* what a type's path names: V_TYPE (an element type), V_FN (a module), or poison */
static Value path_value(Elab *e, const AstType *t) {
    const AstName *first = &t->path.at[0];
    Found found;
    DType dtype;
    Value v;
    if (type_scalar_name(first->text, &dtype) && t->path.n == 1)
        return value_type(type_scalar(e->graph->types, dtype));
    if (name_find(e, first->text, &found))
        v = name_value(e, first->text, first->span, 0);
    else if (!name_builtin(e, first->text, &v))
        return unknown_type(e, t);
    for (int i = 1; i < t->path.n; i++) v = field_value(e, v, &t->path.at[i], t->span, 0);
    if (v.kind == V_TYPE || v.kind == V_POISON || (v.kind == V_FN && v.fn->kind == FN_MODULE))
        return v;
    return unknown_type(e, t);
}

/* ---- sizes ---- */

/* is the size a bare name of the signature's that waits to be solved? */
static Binding *unsolved(const AstExpr *size, const Solved *s) {
    if (!s || size->kind != EX_NAME) return NULL;
    for (int i = 0; i < s->fn->sizes.n; i++)
        if (s->fn->sizes.at[i].text == size->name) {
            Binding *b = scope_find(s->scope, size->name);
            return b && b->value.kind == V_NONE ? b : NULL;
        }
    return NULL;
}

static const Dim *axis_size(Elab *e, const AstExpr *size) {
    Found found;
    Value v;
    if (size->kind == EX_NAME && !name_find(e, size->name, &found) &&
        size_value(e, size->name).kind != V_SIZE && !name_builtin(e, size->name, &v)) {
        elab_error(e, size->span, "unknown-size", "unknown size %s", size->name);
        elab_hint(e, "declare it: fn name[%s](…), or a const, an argument `%s: dim`", size->name,
                  size->name);
        return NULL;
    }
    const Dim *d = elab_dim(e, expr(e, size), size->span, "an axis");
    int64_t n;
    if (!d || !dim_is_int(d, &n) || n >= 0) return d;
    elab_error(e, size->span, "negative-size", "%s: a size cannot be negative, got %lld",
               source_text(e, size->span, "an axis"), (long long)n);
    return NULL;
}

/* no two axes of a type have one name */
int elab_names_differ(Elab *e, const char *const *names, int n, Span span) {
    for (int i = 0; i < n; i++)
        for (int k = 0; k < i; k++)
            if (names[i] && names[i] == names[k]) {
                elab_error(e, span, "axis-names", "two axes of one type are named %s", names[i]);
                return 0;
            }
    return 1;
}

const Type *type_resolve(Elab *e, const AstType *t, const Solved *solved) {
    if (t->path.n == 0) {
        elab_error(e, t->span, "not-a-tensor-type",
                   "expected a tensor's type, got the tuple type %s", type_text(e, t));
        return NULL;
    }
    Value base = path_value(e, t);
    if (base.kind == V_POISON) return NULL;
    if (base.kind != V_TYPE) {
        elab_error(e, t->span, "not-a-tensor-type", "expected a tensor's type, got %s",
                   type_text(e, t));
        return NULL;
    }
    const Dim *dims[MAX_RANK];
    const char *names[MAX_RANK] = {0};
    int rank = 0;
    for (int i = 0; i < t->axes.n; i++) {
        const AstAxis *a = &t->axes.at[i];
        if (rank + (a->is_rest && solved ? solved->nrest : 1) > MAX_RANK) {
            elab_error(e, t->span, "rank", "a tensor has at most %d axes", MAX_RANK);
            return NULL;
        }
        if (a->is_rest) {
            if (!solved || !solved->has_rest) {
                elab_error(e, a->span, "rest",
                           "... stands for axes of a function's arguments, and none has it here");
                return NULL;
            }
            for (int k = 0; k < solved->nrest; k++, rank++) {
                dims[rank] = solved->rest[k];
                names[rank] = solved->rest_names[k];
            }
            continue;
        }
        dims[rank] = axis_size(e, a->size);
        names[rank] = a->name.text;
        if (!dims[rank++]) return NULL;
    }
    if (!elab_names_differ(e, names, rank, t->span)) return NULL;
    return type_new(e->graph->types, base.type->dtype, rank, dims, names);
}

/* ---- checking ---- */

typedef struct Check Check;
struct Check {
    const AstType *t;
    Solved *solved;
    Span span, declared;
    const char *what;
};

/* the type as it is written, but for an element type that an argument gives: that itself */
static const char *expected_text(Elab *e, const AstType *t) {
    DType dtype;
    const char *text = type_text(e, t);
    if (t->path.n != 1 || !t->has_axes || type_scalar_name(t->path.at[0].text, &dtype)) return text;
    Value base = path_value(e, t);
    if (base.kind != V_TYPE) return text;
    return arena_printf(e->arena, "%s%s", dtype_name(base.type->dtype), text + strcspn(text, "["));
}

static Value mismatch(Elab *e, const Check *c, Value got) {
    elab_error(e, c->span, "type-mismatch", "%s: expected %s, got %s", c->what,
               expected_text(e, c->t), value_kind_text(e, got));
    if (c->declared.source) elab_note(e, c->declared, "declared here");
    return value_poison();
}

static Value size_mismatch(Elab *e, const Check *c, const AstAxis *a, const Dim *want,
                           const Dim *got, Node *node) {
    const char *size =
        arena_printf(e->arena, "%.*s", (int)(a->size->span.end - a->size->span.start),
                     a->size->span.source->text + a->size->span.start);
    const char *value = dim_print(e->arena, want);
    int literal = strcmp(size, value) == 0;
    elab_error(e, c->span, "size-mismatch", "%s: expected %s, got %s: %s%s%s is not %s", c->what,
               expected_text(e, c->t), type_print(e->arena, node->type), size, literal ? "" : " = ",
               literal ? "" : value, dim_print(e->arena, got));
    if (c->declared.source) elab_note(e, c->declared, "declared here");
    elab_note_sizes(e, want, got);
    return value_poison();
}

/* one axis of a tensor against a written one; its name and size */
static int check_axis(Elab *e, const Check *c, const AstAxis *a, Node *node, int i,
                      const char **name) {
    const Dim *got = node->type->dims[i];
    const char *had = node->type->names[i];
    if (a->name.text && had && a->name.text != had) {
        elab_error(e, c->span, "axis-names", "%s: expected axis %s, got axis %s (%s and %s)",
                   c->what, a->name.text, had, type_text(e, c->t),
                   type_print(e->arena, node->type));
        if (c->declared.source) elab_note(e, c->declared, "declared here");
        return 0;
    }
    *name = a->name.text ? a->name.text : had;
    Binding *open = unsolved(a->size, c->solved);
    if (open) {
        open->value = value_size(got);
        open->span = c->span;
        return 1;
    }
    const Dim *want = axis_size(e, a->size);
    if (!want) return 0;
    if (want == got) return 1;
    size_mismatch(e, c, a, want, got, node);
    return 0;
}

static int check_rest(Elab *e, const Check *c, Node *node, int from, int n) {
    Solved *s = c->solved;
    if (!s) return 1;
    if (!s->has_rest) {
        s->has_rest = 1;
        s->nrest = n;
        for (int i = 0; i < n; i++) {
            s->rest[i] = node->type->dims[from + i];
            s->rest_names[i] = node->type->names[from + i];
        }
        return 1;
    }
    int same = s->nrest == n;
    for (int i = 0; same && i < n; i++) same = s->rest[i] == node->type->dims[from + i];
    if (same) return 1;
    const char *axes = "";
    for (int i = 0; i < s->nrest; i++)
        axes =
            arena_printf(e->arena, "%s%s%s", axes, i ? ", " : "", dim_print(e->arena, s->rest[i]));
    elab_error(e, c->span, "rest-mismatch",
               "%s: expected %s, got %s: ... stands for [%s], as in an earlier argument", c->what,
               expected_text(e, c->t), type_print(e->arena, node->type), axes);
    return 0;
}

static Value check_axes(Elab *e, const Check *c, Value v) {
    const AstType *t = c->t;
    Node *node = v.node;
    int rest = -1, fixed = 0, rank = node->type->rank;
    for (int i = 0; i < t->axes.n; i++) {
        if (rest >= 0 && t->axes.at[i].is_rest)
            return elab_error(e, t->axes.at[i].span, "rest-twice", "... stands twice in one type");
        if (t->axes.at[i].is_rest)
            rest = i;
        else
            fixed++;
    }
    if (rest < 0 ? rank != fixed : rank < fixed) return mismatch(e, c, v);
    const char *names[MAX_RANK];
    memcpy(names, node->type->names, sizeof names);
    int extra = rank - fixed;
    if (rest >= 0 && !check_rest(e, c, node, rest, extra)) return value_poison();
    for (int i = 0; i < t->axes.n; i++) {
        if (i == rest) continue;
        int axis = rest >= 0 && i > rest ? i + extra - 1 : i;
        if (!check_axis(e, c, &t->axes.at[i], node, axis, &names[axis])) return value_poison();
    }
    if (!elab_names_differ(e, names, rank, c->span)) return value_poison();
    const Type *named = type_new(e->graph->types, node->type->dtype, rank, node->type->dims, names);
    if (named == node->type) return v;
    elab_at(e, c->span);
    v.node = build_reshape(&e->b, node, named);
    v.literal = NULL;
    return v;
}

static Value adapt(Elab *e, const Check *c, Value v, DType dtype) {
    if (v.kind == V_EXACT) {
        if ((v.exact.kind == EXACT_BOOL) != (dtype == DT_bool)) return mismatch(e, c, v);
        if (v.exact.kind == EXACT_FLOAT && !dtype_is_float(dtype)) return mismatch(e, c, v);
        Node *n = exact_node(e, v.exact, dtype, c->span);
        Exact x = v.exact;
        if (dtype_is_float(dtype)) x = (Exact){.kind = EXACT_FLOAT, .f = exact_double(x)};
        if (dtype == DT_f32) x.f = (float)x.f;
        return n ? value_known_node(n, x) : value_poison();
    }
    if (v.kind == V_SIZE) {
        if (dtype == DT_bool) return mismatch(e, c, v);
        if (dtype == DT_i64) return v;
        Exact x;
        elab_at(e, c->span);
        int known = value_known(v, &x);
        if (known) return adapt(e, c, value_exact(x), dtype);
        return value_node(elab_cast(e, build_size(&e->b, v.dim), dtype));
    }
    if (v.kind == V_NODE && v.literal && (v.node->type->dtype != dtype || v.is_wide) &&
        dtype != DT_bool && v.node->type->dtype != DT_bool)
        return literal_tensor(e, v.literal, type_with_dtype(e->graph->types, v.node->type, dtype),
                              c->span);
    return v;
}

static Value check_tensor(Elab *e, const Check *c, Value v, const Type *base) {
    if (v.kind == V_LIST && v.items->n) v = value_node(elab_tensor(e, v, c->span, c->what));
    v = adapt(e, c, v, base->dtype);
    if (v.kind == V_POISON || (v.kind == V_SIZE && !c->t->has_axes && base->rank == 0)) return v;
    if (v.kind != V_NODE || v.node->type->dtype != base->dtype) {
        mismatch(e, c, v);
        if (v.kind == V_NODE) elab_hint(e, "convert it: x.to(%s)", dtype_name(base->dtype));
        return value_poison();
    }
    if (!c->t->has_axes) {
        const Type *want = base;
        if (v.node->type->rank != want->rank ||
            (want->rank && !type_same_shape(v.node->type, want)))
            return mismatch(e, c, v);
        return v;
    }
    return check_axes(e, c, v);
}

static Value check_tuple(Elab *e, const Check *c, Value v) {
    int n = c->t->items.n;
    if ((v.kind != V_TUPLE && v.kind != V_LIST) || v.items->n != n) return mismatch(e, c, v);
    Value *at = NEW_ARRAY(e->arena, Value, n + 1);
    for (int i = 0; i < n; i++) {
        at[i] = type_check(e, c->t->items.at[i], v.items->at[i], c->solved, c->span, c->what,
                           c->declared);
        if (at[i].kind == V_POISON) return at[i];
    }
    return value_with_items(e, v, at);
}

int type_is_tree(const AstType *t) {
    return t && path_is(t, "tree");
}

static Value check_tree(Elab *e, const Check *c, Value raw) {
    Value v = value_read(raw);
    if (!value_is_tree(v)) return mismatch(e, c, v);
    if (v.kind == V_EXACT) raw = expr_bound(e, v, c->span);
    raw.is_tree = 1;
    return raw;
}

Value type_check(Elab *e, const AstType *t, Value raw, Solved *solved, Span span, const char *what,
                 Span declared) {
    Check c = {t, solved, span, declared, what};
    Value v = value_read(raw);
    if (v.kind == V_POISON) return v;
    if (t->optional && v.kind == V_NONE) return v;
    if (type_is_tree(t)) return check_tree(e, &c, raw);
    v = value_read_deep(e, raw);
    if (v.kind == V_POISON) return v;
    if (t->path.n == 0) return check_tuple(e, &c, v);
    if (path_is(t, "str")) return v.kind == V_TEXT ? v : mismatch(e, &c, v);
    if (path_is(t, "dim")) {
        const Dim *d = value_dim(e, v);
        if (d) return value_size(d);
        return v.kind == V_NODE && v.node->type->rank == 0
                   ? (elab_dim(e, v, span, what), value_poison())
                   : mismatch(e, &c, v);
    }
    Value base = path_value(e, t);
    if (base.kind == V_TYPE) return check_tensor(e, &c, v, base.type);
    if (base.kind != V_FN) return value_poison();
    if (v.kind == V_INSTANCE && v.instance->module == base.fn->module) return v;
    return mismatch(e, &c, v);
}
