/* module.c: instances of modules. Members are made in the order written, in a scope where earlier
   ones and the arguments are known; parameters and state are variables of the instance. */
#include "frontend/elaborate/core.h"

#include <string.h>

Slot *instance_slot(Instance *instance, const char *name) {
    for (int i = instance->slots.n - 1; i >= 0; i--)
        if (instance->slots.at[i].name == name) return &instance->slots.at[i];
    return NULL;
}

Value slot_value(Elab *e, Slot *slot, int as_place) {
    if (slot->cell)
        return as_place ? cell_place(e, slot->cell) : value_read_deep(e, slot->cell->value);
    return as_place ? slot->value : value_read_deep(e, slot->value);
}

static int is_assigned_field(Elab *e, const char *name) {
    for (int i = 0; i < e->assigned_fields.n; i++)
        if (e->assigned_fields.at[i] == name) return 1;
    return 0;
}

/* ---- arguments ---- */

static Node *field_number(Elab *e, Node *x) {
    return dtype_is_float(x->type->dtype) ? elab_cast(e, x, DT_f64) : x;
}

/* a scalar argument that the program assigns to is a variable of the instance, a float one in f64
 */
static Cell *argument_cell(Elab *e, const Slot *slot) {
    Value v = slot->value;
    if (!is_assigned_field(e, slot->name)) return NULL;
    Node *n = NULL;
    if (v.kind == V_EXACT && v.exact.kind != EXACT_BOOL)
        n = exact_node(e, v.exact, v.exact.kind == EXACT_FLOAT ? DT_f64 : DT_i64, slot->span);
    if (v.kind == V_NODE && v.node->type->rank == 0 && v.node->type->dtype != DT_bool)
        n = field_number(e, v.node);
    Cell *cell = n ? cell_new(e, slot->name, value_node(n), slot->span) : NULL;
    if (cell) cell->is_field = 1;
    return cell;
}

static int take_arguments(Elab *e, Instance *m, const Fn *fn, const Arg *args, int n,
                          CallSite *site) {
    static const AstFn no_sizes;
    Solved solved = {.fn = &no_sizes};
    Scope *scope = e->scope;
    site->scope = scope;
    e->scope = solved.scope = scope_new(e, fn->scope);
    int good = call_bind(e, &fn->module->params, args, n, &solved, site, fn->module->name.span);
    for (int i = 0; good && i < fn->module->params.n; i++) {
        const AstParam *p = &fn->module->params.at[i];
        Slot slot = {.kind = SLOT_ARG, .name = p->name.text, .span = p->span};
        slot.value = scope_find(e->scope, p->name.text)->value;
        slot.cell = argument_cell(e, &slot);
        PUSH(e->arena, &m->slots, slot);
    }
    e->scope = scope;
    return good;
}

/* ---- members ---- */

static void members(Elab *e, Instance *m, const AstMembers *list);

static const char *path_text(Elab *e, const AstText *path, int item) {
    Scope *saved = e->scope;
    e->scope = scope_new(e, saved);
    if (item >= 0)
        scope_bind(e, e->scope, BIND_LOOP, intern(e->interner, "i"), value_int(item), path->span);
    Value v = text_value(e, path);
    e->scope = saved;
    return v.kind == V_POISON ? NULL : elab_known_text(e, v, path->span, "a member's path");
}

/* a list's path with {i} names each item; "" leaves only what is inside */
static void take_path(Elab *e, Slot *slot, const AstText *path) {
    if (!path) return;
    int is_list = !slot->cell && (slot->value.kind == V_LIST || slot->value.kind == V_TUPLE);
    const char *plain = ast_plain_text(e->interner, path);
    if (!is_list || (plain && *plain)) {
        slot->path = path_text(e, path, -1);
        return;
    }
    slot->item_paths = NEW_ARRAY(e->arena, const char *, slot->value.items->n + 1);
    for (int i = 0; i < slot->value.items->n; i++) {
        slot->item_paths[i] = path_text(e, path, i);
        if (!slot->item_paths[i]) slot->item_paths[i] = "";
    }
}

static int declared_twice(Elab *e, Instance *m, const AstName *name) {
    for (int i = 0; i < m->slots.n; i++) {
        const Slot *s = &m->slots.at[i];
        if (s->name != name->text || s->kind == SLOT_ARG ||
            (s->kind == SLOT_MEMBER && s->value.kind == V_NONE))
            continue;
        elab_error(e, name->span, "duplicate", "%s has two members named %s", m->name, name->text);
        elab_note(e, s->span, "the first is here");
        return 1;
    }
    return 0;
}

/* an initialiser is called with the type; any other value is broadcast to it */
static Value initial(Elab *e, const AstExpr *x, const Type *type, const char *name) {
    int first_new = e->graph->next_id;
    Value v = expr_raw(e, x);
    Value read = value_read(v);
    if (read.kind == V_POISON) return read;
    if (read.kind == V_FN) {
        if (!type)
            return elab_error(e, x->span, "slot-type",
                              "%s needs a type for its initial value to be made of", name);
        Value t = value_type(type);
        v = elab_call(e, read, &t, NULL, 1, x->span);
    } else if (!type && (read.kind == V_INSTANCE || read.is_tree || v.is_tree)) {
        Leaves leaves = {0};
        if (!elab_leaves(e, v, LEAVES_PARAMS, x->span, &leaves)) return value_poison();
        Value *at = NEW_ARRAY(e->arena, Value, leaves.list.n + 1);
        for (int i = 0; i < leaves.list.n; i++) at[i] = value_read(leaves.list.at[i].value);
        return elab_tree_like(e, v, at, leaves.list.n);
    }
    v = value_read_deep(e, v);
    if (v.kind == V_POISON) return v;
    elab_at(e, x->span);
    if (type && v.kind == V_TEXT)
        return elab_error(e, x->span, "type-mismatch", "%s: expected %s, got %s", name,
                          type_print(e->arena, type), value_kind_text(e, v));
    if (type) {
        if (v.kind == V_NODE && v.literal && dtype_is_float(type->dtype) &&
            v.node->type->dtype != DT_bool)
            v = literal_tensor(
                e, v.literal, type_with_dtype(e->graph->types, v.node->type, type->dtype), x->span);
        Node *n = elab_tensor_as(e, v, type->dtype, x->span, name);
        if (!n) return value_poison();
        if (n->type->dtype != type->dtype)
            return elab_error(e, x->span, "type-mismatch", "%s: expected %s, got %s", name,
                              type_print(e->arena, type), type_print(e->arena, n->type));
        n = elab_expand_to(e, n, type, x->span, name);
        v = value_node(n && n->type != type ? build_reshape(&e->b, n, type) : n);
    }
    v = value_variable(e, v, x->span);
    if (v.kind == V_NODE && v.node->id < first_new)
        v.node = build_reshape(&e->b, v.node, v.node->type);
    return v;
}

static void member_variable(Elab *e, Instance *m, const AstMember *a) {
    Slot slot = {.kind = a->kind == MEMBER_PARAM ? SLOT_PARAM : SLOT_STATE,
                 .name = a->slot.name.text,
                 .span = a->slot.name.span};
    if (declared_twice(e, m, &a->slot.name)) return;
    const Type *type = a->slot.type ? type_resolve(e, a->slot.type, NULL) : NULL;
    Value v = a->slot.type && !type ? value_poison() : initial(e, a->slot.value, type, slot.name);
    if (slot.kind == SLOT_PARAM && v.kind == V_NODE && !dtype_is_float(v.node->type->dtype))
        v = elab_error(e, a->span, "param-type", "a parameter is of a float type, %s is %s",
                       slot.name, value_kind_text(e, v));
    if (v.kind != V_POISON && !value_is_tree(v))
        v = elab_error(e, a->slot.value->span, "slot-type",
                       "%s is a variable: expected a tensor, got %s", slot.name,
                       value_kind_text(e, v));
    slot.cell = cell_new(e, arena_printf(e->arena, "%s.%s", m->name, slot.name), v, slot.span);
    if (v.kind == V_NODE) slot.cell->fixed = v.node->type;
    take_path(e, &slot, a->slot.path);
    PUSH(e->arena, &m->slots, slot);
}

static void member_value(Elab *e, Instance *m, const AstMember *a) {
    Slot slot = {.kind = SLOT_MEMBER, .name = a->slot.name.text, .span = a->slot.name.span};
    if (declared_twice(e, m, &a->slot.name)) return;
    Value raw =
        expr_raw(e, a->slot.value); /* a path to another instance's variable stays that variable */
    slot.value = raw.kind == V_PLACE && !a->slot.type ? raw : value_read_deep(e, raw);
    if (slot.value.kind == V_NODE) slot.value.literal = NULL;
    if (a->slot.type)
        slot.value = type_check(e, a->slot.type, slot.value, NULL, a->slot.value->span, slot.name,
                                span_nowhere());
    take_path(e, &slot, a->slot.path);
    PUSH(e->arena, &m->slots, slot);
}

static void member_function(Elab *e, Instance *m, const AstMember *a) {
    Slot slot = {.kind = SLOT_FN, .name = a->fn->name.text, .span = a->fn->name.span};
    if (declared_twice(e, m, &a->fn->name)) return;
    slot.value =
        value_fn(e, arena_printf(e->arena, "%s.%s", m->name, slot.name), a->fn, m->scope, m);
    PUSH(e->arena, &m->slots, slot);
}

/* the members of a branch that is not taken are None */
static void absent(Elab *e, Instance *m, const AstMembers *list) {
    for (int i = 0; i < list->n; i++) {
        const AstMember *a = list->at[i];
        if (a->kind == MEMBER_IF) {
            absent(e, m, &a->branch.then);
            absent(e, m, &a->branch.other);
            continue;
        }
        if (a->kind == MEMBER_ASSERT) continue;
        const AstName *name = a->kind == MEMBER_FN ? &a->fn->name : &a->slot.name;
        Slot *had = instance_slot(m, name->text);
        if (had && had->kind != SLOT_ARG) continue;
        Slot slot = {
            .kind = SLOT_MEMBER, .name = name->text, .value = value_none(), .span = name->span};
        PUSH(e->arena, &m->slots, slot);
    }
}

static void member_if(Elab *e, Instance *m, const AstMember *a) {
    int known;
    Value c = expr(e, a->branch.cond);
    Node *cond = expr_condition(e, c, a->branch.cond->span, "a condition", &known);
    if (cond)
        elab_error(e, a->branch.cond->span, "not-known",
                   "the condition of a module's members must be known at compile time");
    if (cond || known < 0) return;
    members(e, m, known ? &a->branch.then : &a->branch.other);
    absent(e, m, known ? &a->branch.other : &a->branch.then);
}

static void members(Elab *e, Instance *m, const AstMembers *list) {
    for (int i = 0; i < list->n; i++)
        if (list->at[i]->kind == MEMBER_FN) member_function(e, m, list->at[i]);
    for (int i = 0; i < list->n; i++) {
        const AstMember *a = list->at[i];
        elab_at(e, a->span);
        switch (a->kind) {
        case MEMBER_PARAM:
        case MEMBER_STATE:
            member_variable(e, m, a);
            break;
        case MEMBER_VALUE:
            member_value(e, m, a);
            break;
        case MEMBER_ASSERT:
            check_assert(e, a->check.cond, a->check.message, a->span);
            break;
        case MEMBER_IF:
            member_if(e, m, a);
            break;
        case MEMBER_FN:
        case MEMBER_COUNT:
            break;
        }
    }
}

/* ---- making ---- */

static int holds_instance(Value v, const Instance *m) {
    if (v.kind == V_INSTANCE) return v.instance == m;
    for (int i = 0; (v.kind == V_LIST || v.kind == V_TUPLE) && i < v.items->n; i++)
        if (holds_instance(v.items->at[i], m)) return 1;
    return 0;
}

/* a module that is given an instance and declares no member for it does not own its parameters */
static void warn_undeclared(Elab *e, Instance *m, const AstParams *params) {
    for (int i = 0; i < params->n; i++) {
        const AstType *t = params->at[i].type;
        Slot *arg = &m->slots.at[i];
        if (arg->value.kind != V_INSTANCE || arg->value.instance->is_copy ||
            params->at[i].span.source->is_std ||
            (t && t->path.n == 1 && strcmp(t->path.at[0].text, "tree") == 0))
            continue;
        int held = 0;
        for (int k = params->n; k < m->slots.n; k++)
            held |= m->slots.at[k].kind == SLOT_MEMBER &&
                    holds_instance(m->slots.at[k].value, arg->value.instance);
        if (held || e->discovering) continue;
        elab_warning(e, params->at[i].span, "undeclared-member",
                     "the parameters of %s are not %s's own: no member declares it", arg->name,
                     m->name);
        elab_hint(e, "declare it: %s = %s", arg->name, arg->name);
    }
}

Value module_make(Elab *e, const Fn *fn, const Arg *args, int n, CallSite *site) {
    if (!budget_left(e, site->span)) return value_poison();
    Instance *m = NEW(e->arena, Instance);
    m->module = fn->module;
    m->name = fn->module->name.text;
    m->number = e->instances.n;
    m->span = site->span;
    m->scope = scope_new(e, fn->scope);
    m->scope->self = m;
    if (!take_arguments(e, m, fn, args, n, site)) return value_poison();
    PUSH(e->arena, &e->instances, m);
    Scope *scope = e->scope;
    Flow *flow = e->flow;
    const Frame *caller = e->caller, *where = e->b.where;
    int errors = diag_count(e->diag) + e->discovered_errors;
    e->caller = elab_at(e, site->span);
    e->scope = scope_new(e, m->scope);
    e->flow = NULL;
    e->depth++;
    PUSH(e->arena, &e->calls, fn);
    members(e, m, &fn->module->members);
    e->calls.n--;
    e->depth--;
    e->scope = scope;
    e->flow = flow;
    e->caller = caller;
    e->b.where = where;
    if (diag_count(e->diag) + e->discovered_errors != errors) return value_poison();
    warn_undeclared(e, m, &fn->module->params);
    if (!paths_differ(e, m)) return value_poison();
    return (Value){.kind = V_INSTANCE, .instance = m};
}

/* ---- copy ---- */

static Value copied(Elab *e, Value v, Span span) {
    if (v.kind == V_INSTANCE) return instance_copy(e, v.instance, span);
    if (v.kind == V_NODE && v.node->type)
        return value_node(build_reshape(&e->b, v.node, v.node->type));
    if (!value_is_aggregate(v)) return v;
    Value *at = NEW_ARRAY(e->arena, Value, v.items->n + 1);
    for (int i = 0; i < v.items->n; i++) at[i] = copied(e, v.items->at[i], span);
    return value_with_items(e, v, at);
}

Value instance_copy(Elab *e, Instance *from, Span span) {
    Instance *m = NEW(e->arena, Instance);
    *m = *from;
    m->slots.at = NEW_ARRAY(e->arena, Slot, from->slots.n + 1);
    m->slots.cap = from->slots.n;
    m->is_copy = 1;
    m->number = e->instances.n;
    m->span = span;
    m->scope = scope_new(e, from->scope->outer);
    m->scope->self = m;
    PUSH(e->arena, &e->instances, m);
    for (int i = 0; i < from->slots.n; i++) {
        Slot slot = from->slots.at[i];
        if (slot.cell) {
            const Cell *old = slot.cell;
            slot.cell =
                cell_new(e, old->name, copied(e, value_read_deep(e, old->value), span), span);
            slot.cell->fixed = old->fixed;
        } else if (slot.kind == SLOT_FN) {
            slot.value = value_fn(e, slot.value.fn->name, slot.value.fn->ast, m->scope, m);
        } else if (slot.kind == SLOT_MEMBER) {
            slot.value = copied(e, slot.value, span);
        }
        m->slots.at[i] = slot;
    }
    return (Value){.kind = V_INSTANCE, .instance = m};
}
