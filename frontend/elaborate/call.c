/* call.c: calls. A user's function is elaborated in place, anew for each call: its sizes solved,
   its parameters bound, its body run in a scope under the one it was written in. */
#include "frontend/elaborate/core.h"

#include <string.h>

enum { MAX_NODES = 4000000, MAX_SAME = 100, MAX_DEPTH = 400 };

Value value_fn(Elab *e, const char *name, const AstFn *ast, Scope *scope, Instance *self) {
    Fn *fn = NEW(e->arena, Fn);
    *fn = (Fn){.kind = FN_USER, .name = name, .ast = ast, .scope = scope, .self = self};
    return (Value){.kind = V_FN, .fn = fn};
}

Value value_module(Elab *e, const AstModule *module, Scope *scope) {
    Fn *fn = NEW(e->arena, Fn);
    *fn = (Fn){.kind = FN_MODULE, .name = module->name.text, .module = module, .scope = scope};
    return (Value){.kind = V_FN, .fn = fn};
}

int budget_left(Elab *e, Span span) {
    if (e->graph->next_id < MAX_NODES && e->depth < MAX_DEPTH) return !e->over_budget;
    if (!e->over_budget && e->depth >= MAX_DEPTH) {
        e->over_budget = 1;
        elab_error(e, span, "endless-recursion", "calls and modules are nested more than %d deep",
                   MAX_DEPTH);
        elab_hint(e, "a module whose member is a module of the same name never ends");
    } else if (!e->over_budget) {
        e->over_budget = 1;
        elab_error(e, span, "too-large", "the program becomes too large: more than %d operations",
                   MAX_NODES);
    }
    return 0;
}

/* ---- parameters ---- */

static Param *params_of(Elab *e, const AstParams *params) {
    Param *out = NEW_ARRAY(e->arena, Param, params->n + 1);
    for (int i = 0; i < params->n; i++) {
        const AstParam *p = &params->at[i];
        out[i].name = p->name.text;
        out[i].length = (int)strlen(p->name.text);
        out[i].is_rest = p->is_rest;
        out[i].is_axis = strcmp(p->name.text, "axis") == 0 || strcmp(p->name.text, "axes") == 0;
        out[i].is_place = type_is_tree(p->type);
        out[i].required = !p->value && !p->is_rest;
    }
    return out;
}

/* sizes that stand alone as a dimension are solved before anything is checked against them */
static void solve_bare(Elab *e, const AstParam *p, Value v, Solved *solved, Span span) {
    v = value_read(v);
    if (!p->type || !p->type->has_axes || v.kind != V_NODE || !v.node->type) return;
    int rest = -1, n = p->type->axes.n, rank = v.node->type->rank;
    for (int i = 0; i < n; i++) {
        if (!p->type->axes.at[i].is_rest) continue;
        if (rest >= 0) return; /* refused when the type is checked */
        rest = i;
    }
    if (rest < 0 ? n != rank : rank < n - 1) return;
    for (int i = 0; i < n; i++) {
        const AstExpr *size = p->type->axes.at[i].size;
        if (i == rest || size->kind != EX_NAME) continue;
        for (int k = 0; k < solved->fn->sizes.n; k++) {
            if (solved->fn->sizes.at[k].text != size->name) continue;
            Binding *b = scope_find(e->scope, size->name);
            if (b->value.kind != V_NONE) continue;
            b->value = value_size(v.node->type->dims[rest >= 0 && i > rest ? i + rank - n : i]);
            b->span = span;
        }
    }
}

static Value rest_list(Elab *e, const Match *m) {
    Value *at = NEW_ARRAY(e->arena, Value, m->rest.n + 1);
    for (int i = 0; i < m->rest.n; i++) {
        at[i] = value_read_deep(e, match_axis(e, m->rest.at[i], 0, 0, NULL, 0));
        if (at[i].kind == V_POISON) return at[i];
    }
    return value_items(e, V_LIST, at, m->rest.n);
}

static int bind_param(Elab *e, const AstParam *p, Value v, Solved *solved, Span span,
                      CallSite *site) {
    const char *what = arena_printf(e->arena, "%s: %s", site->name, p->name.text);
    if (p->type)
        v = type_check(e, p->type, v, solved, span, what, p->span);
    else
        v = value_read_deep(e, v);
    if (value_read(v).kind == V_POISON) return 0;
    if (!literal_settled(e, v, span)) return 0;
    int sizes = v.kind == V_NODE && v.literal && v.node->type->rank == 1 &&
                v.node->type->dtype == DT_i64 && p->name.span.source->is_std;
    if (v.kind == V_NODE && !sizes) v.literal = NULL; /* the library may read [1, 2] as sizes */
    scope_bind(e, e->scope, BIND_PARAM, p->name.text, v, p->name.span);
    return 1;
}

static int duplicate_params(Elab *e, const AstParams *params) {
    for (int i = 0; i < params->n; i++)
        for (int k = 0; k < i; k++)
            if (params->at[i].name.text == params->at[k].name.text) {
                elab_error(e, params->at[i].name.span, "duplicate", "two parameters are named %s",
                           params->at[i].name.text);
                elab_note(e, params->at[k].name.span, "the first is here");
                return 1;
            }
    return 0;
}

/* arguments are evaluated already, in the caller's scope `outside`; e->scope is the callee's */
int call_bind(Elab *e, const AstParams *params, const Arg *args, int n, Solved *solved,
              CallSite *site, Span declared) {
    Param *ps = params_of(e, params);
    Match m;
    if (duplicate_params(e, params)) return 0;
    Scope *callee = e->scope;
    if (!match_args(e, ps, params->n, args, n, site, declared, &m)) return 0;
    Value *values = NEW_ARRAY(e->arena, Value, params->n + 1);
    e->scope = site->scope;
    for (int i = 0; i < params->n; i++)
        if (m.at[i]) values[i] = match_axis(e, m.at[i], ps[i].is_axis, ps[i].is_place, args, n);
    e->scope = callee;
    int good = 1;
    for (int i = 0; i < params->n; i++)
        if (m.at[i] && value_read(values[i]).kind == V_POISON) good = 0;
    if (good && solved->fn && solved->fn->is_wide) wide_arguments(e, values, params->n, solved);
    for (int i = 0; good && i < params->n; i++)
        if (m.at[i]) solve_bare(e, &params->at[i], values[i], solved, m.at[i]->span);
    for (int i = 0; good && i < params->n; i++) {
        const AstParam *p = &params->at[i];
        Value v = p->is_rest ? rest_list(e, &m) : m.at[i] ? values[i] : expr_raw(e, p->value);
        if (m.at[i]) elab_at(e, site->span);
        good = bind_param(e, p, v, solved,
                          m.at[i]    ? m.at[i]->span
                          : p->value ? p->value->span
                                     : site->span,
                          site);
    }
    return good;
}

/* ---- users' functions ---- */

static int recursion_ends(Elab *e, const Fn *fn, CallSite *site) {
    int same = 0;
    for (int i = 0; i < e->calls.n; i++) same += e->calls.at[i]->ast == fn->ast;
    if (same < MAX_SAME) return 1;
    if (e->over_budget) return 0;
    e->over_budget = 1;
    const char *cycle = fn->name;
    int shown = 0;
    for (int i = e->calls.n - 1; i >= 0 && shown < 6; i--, shown++) {
        cycle = arena_printf(e->arena, "%s → %s", e->calls.at[i]->name, cycle);
        if (e->calls.at[i]->ast == fn->ast) break;
    }
    elab_error(e, site->span, "endless-recursion",
               "the recursion of %s does not end at compile time: %s", fn->name, cycle);
    elab_hint(
        e,
        "recursion must end by what is known at compile time, as `dim` arguments are; use a loop");
    return 0;
}

static Value call_result(Elab *e, const AstFn *ast, const char *name, Flow *flow,
                         FlowStatus status) {
    if (status == FLOW_EXIT && !flow->result->unset) return flow->result->value;
    int wanted = ast->result != NULL || flow->returned.source;
    if (!wanted || (status == FLOW_EXIT && !ast->result)) return value_none();
    if (e->over_budget) return value_poison();
    elab_error(e, ast->head, "missing-return", "%s does not return on every way through it", name);
    if (flow->returned.source) elab_note(e, flow->returned, "it returns here");
    elab_hint(e, "end it with a return");
    return value_poison();
}

static Value run_body(Elab *e, const Fn *fn, Solved *solved) {
    Flow flow = {.outer = e->flow, .fn = fn->ast, .solved = solved};
    flow.ret = cell_new(e, "return", value_bool(0), fn->ast->span);
    flow.result = cell_new(e, "the result", value_none(), fn->ast->span);
    flow.result->unset = 1;
    Flow *saved = e->flow;
    e->flow = &flow;
    int errors = diag_count(e->diag) + e->discovered_errors;
    FlowStatus status = block_from(e, fn->ast->body, 0);
    e->flow = saved;
    int broken = diag_count(e->diag) + e->discovered_errors != errors;
    if (broken && (status != FLOW_EXIT || flow.result->unset))
        return fn->ast->result || flow.returned.source ? value_poison() : value_none();
    return call_result(e, fn->ast, fn->name, &flow, status);
}

static int declare_sizes(Elab *e, const AstFn *ast) {
    for (int i = 0; i < ast->sizes.n; i++) {
        Binding *b = scope_find(e->scope, ast->sizes.at[i].text);
        if (b) {
            elab_error(e, ast->sizes.at[i].span, "duplicate", "two sizes are named %s", b->name);
            elab_note(e, b->span, "the first is here");
            return 0;
        }
        scope_bind(e, e->scope, BIND_PARAM, ast->sizes.at[i].text, value_none(),
                   ast->sizes.at[i].span);
    }
    return 1;
}

static int sizes_solved(Elab *e, const AstFn *ast) {
    for (int i = 0; i < ast->sizes.n; i++)
        if (scope_find(e->scope, ast->sizes.at[i].text)->value.kind == V_NONE) {
            elab_error(e, ast->sizes.at[i].span, "unsolved-size",
                       "the size %s stands alone in no parameter's type, so no call can tell it",
                       ast->sizes.at[i].text);
            return 0;
        }
    return 1;
}

static Value call_user(Elab *e, const Fn *fn, const Arg *args, int n, CallSite *site) {
    if (!budget_left(e, site->span) || !recursion_ends(e, fn, site)) return value_poison();
    Scope *scope = e->scope;
    const Frame *caller = e->caller, *where = e->b.where;
    Solved solved = {.fn = fn->ast, .narrow = DT_COUNT};
    site->scope = scope;
    e->scope = solved.scope = scope_new(e, fn->scope);
    e->scope->is_call = 1;
    Value v = value_poison();
    int errors = diag_count(e->diag);
    if (!declare_sizes(e, fn->ast) ||
        !call_bind(e, &fn->ast->params, args, n, &solved, site, fn->ast->head)) {
        if (fn->self && diag_count(e->diag) != errors) elab_note_instance(e, fn->self, site->span);
    } else if (sizes_solved(e, fn->ast)) {
        e->caller = elab_at(e, site->span);
        e->depth++;
        PUSH(e->arena, &e->calls, fn);
        v = fn->ast->rule ? custom_call(e, fn, &solved, site) : run_body(e, fn, &solved);
        if (fn->ast->is_wide) v = wide_result(e, v, &solved);
        e->calls.n--;
        e->depth--;
    }
    e->scope = scope;
    e->caller = caller;
    e->b.where = where;
    return v;
}

Value call_user_body(Elab *e, const Fn *fn, Solved *solved) {
    return run_body(e, fn, solved);
}

/* ---- anything that can be called ---- */

/* PyTorch's words for the operands: input is the first, other the second */
static int names_operand(const char *keyword, int i) {
    return (i == 0 && strcmp(keyword, "input") == 0) || (i == 1 && strcmp(keyword, "other") == 0);
}

static Value call_map(Elab *e, const Fn *fn, const Arg *args, int n, CallSite *site) {
    const OpInfo *info = op_info(fn->op);
    Value values[8];
    for (int i = 0; i < n; i++) {
        if (args[i].keyword && !names_operand(args[i].keyword, i)) {
            elab_error(e, args[i].span, "unknown-keyword", "%s has no parameter %s", fn->name,
                       args[i].keyword);
            return value_poison();
        }
        if (i >= info->nargs)
            return elab_error(e, args[i].span, "too-many-arguments",
                              "%s takes %d argument%s, got %d", fn->name, info->nargs,
                              info->nargs == 1 ? "" : "s", n);
        values[i] = value_read_deep(e, match_axis(e, &args[i], 0, 0, args, n));
        if (values[i].kind == V_POISON) return values[i];
    }
    if (n < info->nargs)
        return elab_error(e, site->span, "missing-argument", "%s takes %d argument%s, got %d",
                          fn->name, info->nargs, info->nargs == 1 ? "" : "s", n);
    return elab_map(e, fn->op, values, n, site->span, fn->name);
}

static Value not_callable(Elab *e, Value callee, CallSite *site) {
    elab_error(e, site->span, "not-a-function", "%s is not a function: it is %s", site->name,
               value_kind_text(e, callee));
    if (callee.kind == V_TYPE)
        elab_hint(e, "a value is converted by x.to(%s)", dtype_name(callee.type->dtype));
    return value_poison();
}

Value call_value(Elab *e, Value callee, const Arg *args, int n, CallSite *site) {
    callee = value_read(callee);
    for (int i = 0; i < n; i++)
        if (!args[i].pending && value_read(args[i].value).kind == V_POISON) return value_poison();
    if (callee.kind == V_POISON) return callee;
    if (callee.kind == V_INSTANCE) {
        Slot *forward = instance_slot(callee.instance, intern(e->interner, "forward"));
        if (!forward || forward->kind != SLOT_FN)
            return elab_error(e, site->span, "no-forward",
                              "%s cannot be called: it has no function forward",
                              callee.instance->name);
        callee = forward->value;
    }
    if (callee.kind != V_FN) return not_callable(e, callee, site);
    switch (callee.fn->kind) {
    case FN_USER:
        return call_user(e, callee.fn, args, n, site);
    case FN_MODULE:
        site->module = callee.fn->name;
        return module_make(e, callee.fn, args, n, site);
    case FN_BUILTIN:
        return call_builtin(e, callee.fn->builtin, args, n, site);
    case FN_MAP:
        return call_map(e, callee.fn, args, n, site);
    }
    return value_poison();
}

Value elab_call(Elab *e, Value callee, const Value *args, const char *const *keywords, int n,
                Span span) {
    Arg *as = NEW_ARRAY(e->arena, Arg, n + 1);
    for (int i = 0; i < n; i++)
        as[i] = (Arg){.keyword = keywords ? keywords[i] : NULL, .value = args[i], .span = span};
    callee = value_read(callee);
    CallSite site = {.name = callee.kind == V_FN ? callee.fn->name : "a value", .span = span};
    return call_value(e, callee, as, n, &site);
}

/* ---- call expressions ---- */

static int is_known_name(Elab *e, const char *name) {
    Found found;
    Value v;
    return name_find(e, name, &found) || name_builtin(e, name, &v) ||
           size_value(e, name).kind == V_SIZE;
}

/* a bare name that is no variable, or a tuple with one: an axis perhaps */
static int is_pending(Elab *e, const AstExpr *x) {
    if (x->kind == EX_NAME) return !is_known_name(e, x->name);
    if (x->kind != EX_TUPLE) return 0;
    int pending = 0;
    for (int i = 0; i < x->elements.n; i++) {
        if (x->elements.at[i]->kind != EX_NAME) return 0;
        pending |= is_pending(e, x->elements.at[i]);
    }
    return pending;
}

/* *list: an argument for each item */
static void spread(Elab *e, const AstArg *a, Args *out) {
    int n = 0;
    Value v = value_read(expr_raw(e, a->value));
    const Value *items =
        v.kind == V_POISON ? NULL : elab_list(e, v, a->value->span, "what is spread", &n);
    if (!items) {
        Arg bad = {.value = value_poison(), .seen = value_poison(), .span = a->span};
        PUSH(e->arena, out, bad);
    }
    for (int i = 0; items && i < n; i++) {
        Arg arg = {.value = items[i], .span = a->span};
        arg.seen = value_read_deep(e, items[i]);
        PUSH(e->arena, out, arg);
    }
}

Args call_arguments(Elab *e, const AstArgs *asts) {
    Args out = {0};
    Arg object = {0};
    PUSH(e->arena, &out, object);
    for (int i = 0; i < asts->n; i++) {
        const AstArg *a = &asts->at[i];
        if (a->is_spread) {
            spread(e, a, &out);
            continue;
        }
        Arg arg = {.keyword = a->name.text, .ast = a->value, .span = a->span};
        arg.pending = is_pending(e, a->value);
        if (!arg.pending) {
            arg.value = expr_raw(e, a->value);
            arg.seen = value_read_deep(e, arg.value);
        }
        PUSH(e->arena, &out, arg);
    }
    return out;
}

/* a place that a later argument assigned to was read before */
static void find_stale(Elab *e, Arg *args, int n) {
    for (int i = 0; i < n; i++)
        args[i].is_stale =
            !args[i].pending && !value_same(value_read_deep(e, args[i].value), args[i].seen);
}

static Value unknown_function(Elab *e, const char *name, Span span, Value *object) {
    if (object)
        elab_error(e, span, "unknown-function", "unknown function %s for %s", name,
                   value_kind_text(e, *object));
    else
        elab_error(e, span, "unknown-function", "unknown function %s", name);
    static const char *const fields[] = {"shape", "dtype", "ndim"};
    for (int i = 0; object && i < 3; i++)
        if (strcmp(fields[i], name) == 0) {
            elab_hint(e, "it is a field, without brackets: x.%s", name);
            return value_poison();
        }
    hint_unknown(e, name, 1);
    return value_poison();
}

/* object.name(…): a member of the object, else a function that takes the object first (*as_method)
 */
static Value method(Elab *e, Value object, const AstName *name, int *as_method) {
    Value v = value_read(object), f;
    *as_method = 0;
    if (v.kind == V_POISON) return v;
    if (v.kind == V_SPACE) return space_member(e, v.space, name, name->span);
    if (v.kind == V_INSTANCE) {
        Slot *slot = instance_slot(v.instance, name->text);
        if (slot) return slot_value(e, slot, 0);
    }
    if (v.kind == V_RECORD && path_in_record(e, v, name->text, &f)) return f;
    *as_method = 1;
    if (name_function(e, name->text, &f)) return f;
    if (v.kind == V_INSTANCE) return field_value(e, object, name, name->span, 0);
    return unknown_function(e, name->text, name->span, &v);
}

static const char *callee_name(Elab *e, const AstExpr *callee) {
    if (callee->kind == EX_NAME) return callee->name;
    if (callee->kind == EX_FIELD && callee->field.object->kind == EX_NAME)
        return arena_printf(e->arena, "%s.%s", callee->field.object->name, callee->field.name.text);
    if (callee->kind == EX_FIELD) return callee->field.name.text;
    return source_text(e, callee->span, "the called value");
}

Value call_expr(Elab *e, const AstExpr *x) {
    const AstExpr *callee = x->call.callee;
    int as_method = 0;
    Value object = {0}, seen = {0};
    CallSite site = {.name = callee_name(e, callee), .span = x->span, .ast = x};
    Value f;
    if (callee->kind == EX_FIELD) {
        object = expr_raw(e, callee->field.object);
        f = method(e, object, &callee->field.name, &as_method);
        seen = value_read_deep(e, object);
        if (as_method) site.name = callee->field.name.text;
    } else if (callee->kind == EX_NAME && !is_known_name(e, callee->name)) {
        f = unknown_function(e, callee->name, callee->span, NULL);
    } else {
        f = expr(e, callee);
    }
    Args args = call_arguments(e, &x->call.args);
    int skip = !as_method; /* the place for the object */
    args.at[0] = (Arg){.value = object, .seen = seen};
    if (as_method) args.at[0].ast = callee->field.object;
    if (as_method) args.at[0].span = callee->field.object->span;
    find_stale(e, args.at + skip, args.n - skip);
    site.is_method = as_method;
    return call_value(e, f, args.at + skip, args.n - skip, &site);
}
