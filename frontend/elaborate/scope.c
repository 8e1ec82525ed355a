/* scope.c: names. A block's scope leads to those around it, then to the module's members, the file,
   the library's prelude and the built-in names. Keeps true: the latest declaration of a name in a
   scope hides earlier ones. */
#include "frontend/elaborate/core.h"

#include <math.h>
#include <string.h>

Scope *scope_new(Elab *e, Scope *outer) {
    Scope *s = NEW(e->arena, Scope);
    s->outer = outer;
    return s;
}

Binding *scope_bind(Elab *e, Scope *scope, BindKind kind, const char *name, Value value,
                    Span span) {
    Binding *b = NEW(e->arena, Binding);
    *b = (Binding){.name = name, .kind = kind, .value = value, .span = span, .next = scope->first};
    scope->first = b;
    return b;
}

Binding *scope_find(Scope *scope, const char *name) {
    for (Binding *b = scope->first; b; b = b->next)
        if (b->name == name) return b;
    return NULL;
}

int name_find(Elab *e, const char *name, Found *out) {
    *out = (Found){0};
    int beyond = 0;
    for (Scope *s = e->scope; s; s = s->outer) {
        Binding *b = scope_find(s, name);
        if (b) {
            out->binding = b;
            out->beyond_call = beyond;
            out->scope = s;
            return 1;
        }
        if (s->self) {
            Slot *slot = instance_slot(s->self, name);
            if (slot) {
                out->slot = slot;
                out->self = s->self;
                out->scope = s;
                return 1;
            }
        }
        beyond |= s->is_call;
    }
    return 0;
}

Value binding_value(Elab *e, Binding *b, int as_place) {
    if (b->decl && b->state == 1) return value_poison();
    if (b->decl && b->state != 2) const_value(e, b);
    if (b->kind == BIND_LEAF) return as_place ? b->value : value_read(b->value);
    if (!b->cell) return as_place ? b->value : value_read_deep(e, b->value);
    if (!as_place) return value_read_deep(e, b->cell->value);
    Place *place = NEW(e->arena, Place);
    place->cell = b->cell;
    return (Value){.kind = V_PLACE, .place = place};
}

static int named_constant(Elab *e, const char *name, Value *out) {
    if (strcmp(name, "pi") == 0)
        *out = value_float(3.14159265358979323846);
    else if (strcmp(name, "inf") == 0)
        *out = value_float(INFINITY);
    else if (strcmp(name, "nan") == 0)
        *out = value_float(NAN);
    else if (strcmp(name, "training") == 0)
        *out = value_bool(e->training);
    else
        return 0;
    return 1;
}

static Value builtin_value(Elab *e, const char *name, const Builtin *builtin, Op op) {
    Fn *fn = NEW(e->arena, Fn);
    fn->kind = builtin ? FN_BUILTIN : FN_MAP;
    fn->name = name;
    fn->builtin = builtin;
    fn->op = op;
    return (Value){.kind = V_FN, .fn = fn};
}

/* a built-in function, or a row of the op table that is called by its name */
static int builtin_function(Elab *e, const char *name, Value *out) {
    const Builtin *builtin = builtin_find(name);
    if (builtin) {
        *out = builtin_value(e, name, builtin, OP_COUNT);
        return 1;
    }
    Op op = op_find(name);
    if (op == OP_COUNT || !(op_info(op)->flags & OPF_MAP)) return 0;
    *out = builtin_value(e, name, NULL, op);
    return 1;
}

/* a function of the prelude (unless the name is looked for in the prelude already) */
static int prelude_function(Elab *e, const char *name, Value *out) {
    if (!e->prelude) return 0;
    Binding *b = scope_find(e->prelude->scope, name);
    if (!b) return 0;
    *out = binding_value(e, b, 0);
    return 1;
}

int name_builtin(Elab *e, const char *name, Value *out) {
    DType dtype;
    if (type_scalar_name(name, &dtype)) { /* x.int() is a method of that name all the same */
        *out = value_type(type_scalar(e->graph->types, dtype));
        return 1;
    }
    if (prelude_function(e, name, out) || builtin_function(e, name, out) ||
        named_constant(e, name, out))
        return 1;
    Space *space = space_std(e, name, span_nowhere());
    if (!space) return 0;
    *out = (Value){.kind = V_SPACE, .space = space};
    return 1;
}

/* for x.f(…): variables do not hide functions */
int name_function(Elab *e, const char *name, Value *out) {
    for (Scope *s = e->scope; s; s = s->outer)
        for (Binding *b = s->first; b; b = b->next)
            if (b->name == name && b->kind != BIND_VAR && b->kind != BIND_LEAF && b->state != 1) {
                Value v = b->kind == BIND_DECL || b->kind == BIND_CONST ? binding_value(e, b, 0)
                                                                        : b->value;
                if (v.kind != V_FN) continue;
                *out = v;
                return 1;
            }
    return prelude_function(e, name, out) || builtin_function(e, name, out);
}

Value name_value(Elab *e, const char *name, Span span, int as_place) {
    Found found;
    if (name_find(e, name, &found)) {
        if (found.slot) return slot_value(e, found.slot, as_place);
        Binding *b = found.binding;
        if (b->state == 1) {
            elab_error(e, span, "cycle", "%s is used while it is being computed", name);
            elab_note(e, b->span, "%s is declared here", name);
            return value_poison();
        }
        if (e->in_const && b->decl && (b->decl->kind == DECL_ARG || b->decl->kind == DECL_DATA)) {
            elab_error(
                e, span, "const-value",
                "%s is only known when the program runs, and a const is computed at compile time",
                name);
            elab_note(e, b->span, "%s is declared here", name);
            return value_poison();
        }
        if (b->decl && b->decl->kind == DECL_LET && b->state == 0) {
            b->state = 2;
            b->value = elab_error(e, span, "used-before",
                                  "%s is used before its declaration has run", name);
            elab_note(e, b->span, "%s is declared here", name);
            return b->value;
        }
        return binding_value(e, b, as_place);
    }
    Value v;
    if (name_builtin(e, name, &v)) return v;
    v = size_value(e, name);
    if (v.kind == V_SIZE) return v;
    elab_error(e, span, "unknown-name", "unknown name %s", name);
    hint_unknown(e, name, 0);
    return value_poison();
}
