/* inplace.c: statements that are calls. x.add_(y), a method whose name ends in _, assigns to x: it
   is x = x.add(y), converted to x's type as x += y is. Calls may follow each other:
   x.mul_(2).add_(y). */
#include "frontend/elaborate/core.h"

#include <string.h>

/* the function behind name_: the library's _name_, else the one without the _ */
static int in_place_function(Elab *e, const char *name, Value *out) {
    size_t n = strlen(name);
    if (n < 2 || name[n - 1] != '_' || name[n - 2] == '_') return 0;
    const char *own = arena_printf(e->arena, "_%s", name);
    const char *plain = arena_printf(e->arena, "%.*s", (int)n - 1, name);
    return (name_builtin(e, intern(e->interner, own), out) ||
            name_builtin(e, intern(e->interner, plain), out)) &&
           out->kind == V_FN;
}

int in_place_name(Elab *e, const char *name) {
    Value f;
    return in_place_function(e, name, &f);
}

static int is_in_place(Elab *e, const AstExpr *x, Value *f) {
    if (x->kind != EX_CALL || x->call.callee->kind != EX_FIELD) return 0;
    const char *name = x->call.callee->field.name.text;
    Value own;
    return !name_function(e, name, &own) && in_place_function(e, name, f);
}

/* what the object keeps its type by: a result of another shape or a higher kind is refused */
static Value keep_type(Elab *e, Value old, Value v, const AstExpr *x) {
    if (old.kind != V_NODE || v.kind != V_NODE) return v;
    const Type *want = old.node->type, *got = v.node->type;
    if (dtype_kind(got->dtype) > dtype_kind(want->dtype) || !type_same_shape(got, want)) {
        return elab_error(e, x->span, "compound-type",
                          "%s keeps the type of its object, %s, and would make it %s",
                          x->call.callee->field.name.text, type_print(e->arena, want),
                          type_print(e->arena, got));
    }
    return value_node(elab_cast(e, v.node, want->dtype));
}

/* the value of an object after the calls on it, and what it is to be assigned to */
static Value after(Elab *e, const AstExpr *x, const AstExpr **target) {
    Value f;
    if (!is_in_place(e, x, &f)) {
        *target = x;
        return expr(e, x);
    }
    const AstExpr *callee = x->call.callee;
    Value old = after(e, callee->field.object, target);
    Arg *args = NEW_ARRAY(e->arena, Arg, x->call.args.n + 2);
    args[0] = (Arg){.value = old, .ast = callee->field.object, .span = callee->field.object->span};
    call_arguments(e, &x->call.args, args + 1);
    CallSite site = {.name = callee->field.name.text, .span = x->span, .ast = x, .is_method = 1};
    Value v = value_read_deep(e, call_value(e, f, args, x->call.args.n + 1, &site));
    return keep_type(e, old, v, x);
}

void statement_call(Elab *e, const AstExpr *call) {
    Value f;
    if (!is_in_place(e, call, &f)) {
        expr_raw(e, call);
        return;
    }
    const AstExpr *object = call->call.callee->field.object, *target;
    if (object->kind == EX_NAME || object->kind == EX_FIELD) {
        Value v = value_read(expr_raw(e, object));
        if (v.kind == V_POISON) return;
        if (v.kind == V_INSTANCE || v.kind == V_SPACE) {
            expr_raw(e, call);
            return;
        }
    }
    Value v = after(e, call, &target);
    elab_at(e, call->span);
    if (v.kind != V_POISON) assign_to(e, target, v, 0, BIN_add, call->span);
}
