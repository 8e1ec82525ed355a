/* root.c: consts, args and data sets: nodes that stand in the program's own region and are made
 * once. */
#include "frontend/elaborate/core.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

Builder root_builder(Elab *e) {
    Builder b = e->b;
    b.region = e->graph->root;
    b.simplify = 0;
    b.group = 0;
    return b;
}

/* ---- sizes of the whole program ---- */

void program_size(Elab *e, Size *size) {
    Binding *b = NEW(e->arena, Binding);
    *b = (Binding){.name = intern(e->interner, size->name),
                   .value = value_size(dim_size(e->graph->dims, size)),
                   .span = size->span};
    PUSH(e->arena, &e->sizes, b);
}

Value size_value(Elab *e, const char *name) {
    for (int i = 0; i < e->sizes.n; i++)
        if (e->sizes.at[i]->name == name) return e->sizes.at[i]->value;
    return value_poison();
}

/* ---- -D ---- */

static const char *define_of(Elab *e, const Binding *b) {
    if (b->decl->span.source != e->user->source) return NULL;
    for (int i = 0; i < e->options->ndefines; i++)
        if (strcmp(e->options->defines[i].name, b->name) == 0) return e->options->defines[i].value;
    return NULL;
}

static Value defined(Elab *e, const Binding *b, const char *text, Value declared) {
    char *end;
    if (strcmp(text, "true") == 0 || strcmp(text, "false") == 0) return value_bool(*text == 't');
    if (declared.kind == V_TEXT) return value_text(e, text);
    errno = 0;
    long long i = strtoll(text, &end, 10);
    Exact was;
    int wants_float = value_known(declared, &was) && was.kind == EXACT_FLOAT;
    if (*text && !*end && !errno) return wants_float ? value_float((double)i) : value_int(i);
    double f = strtod(text, &end);
    if (*text && !*end) return value_float(f);
    return elab_error(e, b->span, "define", "-D %s=%s: expected a number, true or false", b->name,
                      text);
}

static Value overridden(Elab *e, const Binding *b, Value v) {
    const char *text = define_of(e, b);
    if (!text || v.kind == V_POISON) return v;
    if (v.kind != V_EXACT && v.kind != V_TEXT && v.kind != V_SIZE)
        return elab_error(e, b->span, "define", "-D sets scalar consts only, and %s is %s", b->name,
                          value_kind_text(e, v));
    Value d = defined(e, b, text, v);
    if (v.kind == V_EXACT && d.kind == V_EXACT &&
        (v.exact.kind == EXACT_BOOL) != (d.exact.kind == EXACT_BOOL))
        return elab_error(e, b->span, "define", "-D %s=%s: %s is %s", b->name, text, b->name,
                          value_kind_text(e, v));
    if (v.kind == V_EXACT && v.exact.kind == EXACT_INT && d.kind == V_EXACT &&
        d.exact.kind == EXACT_FLOAT)
        return elab_error(e, b->span, "define", "-D %s=%s: %s is an integer", b->name, text,
                          b->name);
    return d;
}

/* ---- consts ---- */

/* a const's tensors become constants in the program's region */
static Value settle(Elab *e, Value v, Span span) {
    if (v.kind == V_NODE && v.node->type) {
        const void *data = constant_data(e, v.node, span);
        if (!data) return value_poison();
        Builder b = root_builder(e);
        b.where = v.node->where;
        Node *n = build_const(&b, v.node->type, data);
        v.node = n;
        v.literal = NULL;
        return v;
    }
    if (!value_is_aggregate(v)) return v;
    Value *at = NEW_ARRAY(e->arena, Value, v.items->n + 1);
    for (int i = 0; i < v.items->n; i++) {
        at[i] = settle(e, v.items->at[i], span);
        if (at[i].kind == V_POISON) return at[i];
    }
    return value_with_items(e, v, at);
}

static Value compute_const(Elab *e, Binding *b) {
    const AstDecl *d = b->decl;
    Value v = overridden(e, b, expr(e, d->item.value));
    if (d->item.type && v.kind != V_POISON)
        v = type_check(e, d->item.type, v, NULL, d->item.value->span, b->name, span_nowhere());
    if (v.kind == V_SIZE) {
        int64_t n;
        if (dim_is_int(v.dim, &n)) return value_int(n);
    }
    if (v.kind == V_INSTANCE || v.kind == V_ITER)
        return elab_error(e, d->item.value->span, "const-value", "a const cannot be %s",
                          value_kind_text(e, v));
    return settle(e, v, d->item.value->span);
}

/* computed when first used, whatever is being elaborated: in a region of its own, outside of any
 * block */
Value const_value(Elab *e, Binding *b) {
    if (b->state == 2) return b->value;
    if (b->decl->kind == DECL_LET) {
        b->state = 2;
        return b->value = elab_error(e, b->span, "used-before",
                                     "%s is used before its declaration has run", b->name);
    }
    Elab saved = *e;
    b->state = 1;
    e->b.region = region_new(e->graph, NULL);
    e->scope = b->scope;
    e->flow = NULL;
    e->caller = NULL;
    e->discovering = 0;
    e->training = 1;
    e->in_const = 1;
    Value v = compute_const(e, b);
    e->b = saved.b;
    e->scope = saved.scope;
    e->flow = saved.flow;
    e->caller = saved.caller;
    e->discovering = saved.discovering;
    e->training = saved.training;
    e->in_const = saved.in_const;
    b->value = v;
    b->state = 2;
    return v;
}

/* ---- args ---- */

static int arg_default(Elab *e, const AstDecl *d, ArgDecl *a) {
    Value v = expr(e, d->item.value);
    Exact x;
    if (v.kind == V_POISON) return 0;
    if (a->is_str) {
        a->default_text = elab_known_text(e, v, d->item.value->span, "a default");
        return a->default_text != NULL;
    }
    if (!value_known(v, &x)) {
        elab_error(e, d->item.value->span, "not-known",
                   "the default of %s must be known at compile time", a->name);
        return 0;
    }
    int kind = a->is_dim ? 1 : dtype_kind(a->dtype), got = x.kind == EXACT_BOOL  ? 0
                                                           : x.kind == EXACT_INT ? 1
                                                                                 : 2;
    if (kind != got && !(kind == 2 && got == 1)) {
        elab_error(e, d->item.value->span, "type-mismatch", "%s: expected %s, got %s", a->name,
                   a->is_dim ? "dim" : dtype_name(a->dtype), value_kind_text(e, v));
        return 0;
    }
    if (kind == 1 && !a->is_dim && !exact_node(e, x, a->dtype, d->item.value->span)) return 0;
    if (a->is_dim && x.i < 0) {
        elab_error(e, d->item.value->span, "negative-size", "a size cannot be negative, got %lld",
                   (long long)x.i);
        return 0;
    }
    a->default_int = x.i;
    a->default_float = exact_double(x);
    return 1;
}

static Value text_of_arg(Elab *e, int index) {
    Text *t = NEW(e->arena, Text);
    t->n = 1;
    t->parts = NEW(e->arena, TextPart);
    t->parts[0].arg = index + 1;
    t->parts[0].format.digits = -1;
    return (Value){.kind = V_TEXT, .text = t};
}

static Value declare_arg(Elab *e, const AstDecl *d) {
    static const char *const own[] = {"help",  "seed", "threads", "resume",
                                      "quiet", "log",  "profile", "memory"};
    ArgDecl *a = NEW(e->arena, ArgDecl);
    const AstType *t = d->item.type;
    *a = (ArgDecl){.name = d->item.name.text,
                   .help = d->item.help,
                   .span = d->item.name.span,
                   .required = !d->item.value};
    for (size_t i = 0; i < sizeof own / sizeof *own; i++)
        if (strcmp(a->name, own[i]) == 0)
            return elab_error(e, a->span, "arg-name", "--%s is an option that every program has",
                              a->name);
    for (int i = 0; i < e->graph->args.n; i++)
        if (strcmp(e->graph->args.at[i]->name, a->name) == 0) return value_poison();
    const char *type = t->path.n == 1 && !t->has_axes ? t->path.at[0].text : "";
    a->is_str = strcmp(type, "str") == 0;
    a->is_dim = strcmp(type, "dim") == 0;
    a->dtype = DT_i64;
    if (!a->is_str && !a->is_dim && !type_scalar_name(type, &a->dtype)) {
        if (!type_resolve(e, t, NULL)) return value_poison();
        return elab_error(e, t->span, "arg-type", "an arg is a scalar, dim or str: %s cannot be %s",
                          d->item.name.text, type_text(e, t));
    }
    if (d->item.value && !arg_default(e, d, a)) return value_poison();
    PUSH(e->arena, &e->graph->args, a);
    int index = e->graph->args.n - 1;
    if (a->is_str) return text_of_arg(e, index);
    if (a->is_dim) {
        a->size = size_new(e->graph->dims, a->name, SIZE_ARG, -1, a->span);
        return value_size(dim_size(e->graph->dims, a->size));
    }
    Builder b = root_builder(e);
    return value_node(build_arg(&b, index, type_scalar(e->graph->types, a->dtype)));
}

void declare_args(Elab *e) {
    for (Binding *b = e->user->scope->first; b; b = b->next)
        if (b->decl && b->decl->kind == DECL_ARG) b->state = 1;
    for (int i = 0; i < e->user->ast->decls.n; i++) {
        const AstDecl *d = e->user->ast->decls.at[i];
        if (d->kind != DECL_ARG) continue;
        Binding *b = scope_find(e->user->scope, d->item.name.text);
        elab_at(e, d->span);
        b->value = declare_arg(e, d);
        b->state = 2;
    }
}
