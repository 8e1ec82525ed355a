/* inplace.c: statements that are calls. x.add_(y), a method whose name ends in _, assigns to x: it
   is x = x.add(y), converted to x's type as x += y is. Calls may follow each other:
   x.mul_(2).add_(y). list.append(x) and list.extend(xs) assign to the list. */
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
        *target = target_once(e, x);
        return expr(e, *target);
    }
    const AstExpr *callee = x->call.callee;
    Value old = after(e, callee->field.object, target);
    Args args = call_arguments(e, &x->call.args);
    args.at[0] =
        (Arg){.value = old, .ast = callee->field.object, .span = callee->field.object->span};
    CallSite site = {.name = callee->field.name.text, .span = x->span, .ast = x, .is_method = 1};
    Value v = value_read_deep(e, call_value(e, f, args.at, args.n, &site));
    return keep_type(e, old, v, x);
}

/* list.append(x), list.extend(xs), where append and extend are no functions of the program */
static int is_growth(Elab *e, const AstExpr *call) {
    if (call->kind != EX_CALL || call->call.callee->kind != EX_FIELD) return 0;
    const char *name = call->call.callee->field.name.text;
    Value own;
    return (strcmp(name, "append") == 0 || strcmp(name, "extend") == 0) &&
           !name_function(e, name, &own);
}

/* the list with what is given behind it; 0 for other objects */
static int grown(Elab *e, const AstExpr *call, Value list, Value *out) {
    if (list.kind != V_LIST) return 0;
    const char *name = call->call.callee->field.name.text;
    int append = strcmp(name, "append") == 0, n = 0;
    *out = value_poison();
    Args args = call_arguments(e, &call->call.args);
    if (args.n != 2 || args.at[1].keyword) {
        elab_error(e, call->span, "missing-argument", "%s takes one argument, got %d", name,
                   args.n - 1);
        return 1;
    }
    Value given = value_read_deep(e, args.at[1].value);
    const Value *items = append ? &given : elab_list(e, given, args.at[1].span, name, &n);
    if (append) n = 1;
    if (!items || given.kind == V_POISON) return 1;
    Value *at = NEW_ARRAY(e->arena, Value, list.items->n + n + 1);
    for (int i = 0; i < list.items->n; i++) at[i] = list.items->at[i];
    for (int i = 0; i < n; i++)
        at[list.items->n + i] = value_variable(e, items[i], args.at[1].span);
    *out = value_items(e, V_LIST, at, list.items->n + n);
    return 1;
}

/* the call, with its object as a target that is evaluated once */
static const AstExpr *call_once(Elab *e, const AstExpr *call) {
    AstExpr *callee = NEW(e->arena, AstExpr), *once = NEW(e->arena, AstExpr);
    *callee = *call->call.callee;
    callee->field.object = (AstExpr *)target_once(e, callee->field.object);
    *once = *call;
    once->call.callee = callee;
    return once;
}

void statement_call(Elab *e, const AstExpr *call) {
    Value f, v, object = value_none();
    int growth = is_growth(e, call), in_place = !growth && is_in_place(e, call, &f);
    if (!growth && !in_place) {
        expr_raw(e, call);
        return;
    }
    if (!is_in_place(e, call->call.callee->field.object, &f)) {
        call = call_once(e, call);
        object = value_read(expr_raw(e, call->call.callee->field.object));
    }
    const AstExpr *target = call->call.callee->field.object;
    if (object.kind == V_POISON) return;
    if (in_place && object.kind != V_INSTANCE && object.kind != V_SPACE)
        v = after(e, call, &target);
    else if (!growth || !grown(e, call, object, &v)) {
        expr_raw(e, call);
        return;
    }
    elab_at(e, call->span);
    if (v.kind != V_POISON) assign_to(e, target, v, 0, BIN_add, call->span);
}
