/* match.c: which argument goes to which parameter, by place and by name; the same for users'
   functions, modules and built-in functions. */
#include "frontend/elaborate/core.h"

#include <string.h>

static int is_named(const Param *p, const char *name) {
    return (int)strlen(name) == p->length && memcmp(name, p->name, (size_t)p->length) == 0;
}

static int find_param(const Param *params, int n, const char *name) {
    for (int i = 0; i < n; i++)
        if (!params[i].is_rest && !params[i].is_keywords && is_named(&params[i], name)) return i;
    return -1;
}

/* PyTorch's words for the operands of a function of the library: input is the first, other the
 * second; and NumPy's for keepdim, which it takes too */
static int find_operand(const Param *params, int n, const char *name, Span declared) {
    int library = !declared.source || declared.source->is_std;
    if (library && strcmp(name, "keepdims") == 0) return find_param(params, n, "keepdim");
    int at = strcmp(name, "input") == 0 ? 0 : strcmp(name, "other") == 0 ? 1 : n;
    if (!library || at >= n || params[at].is_rest || params[at].is_keywords) return -1;
    return params[at].required || at == 0 ? at : -1;
}

static void note_declared(Elab *e, Span declared, const char *name) {
    if (declared.source) elab_note(e, declared, "%s is declared here", name);
}

static int unknown_keyword(Elab *e, const Param *params, int n, const Arg *arg, CallSite *site,
                           Span declared) {
    const char *names[64];
    int count = 0, has_axis = 0;
    for (int i = 0; i < n && count < 64; i++) {
        names[count++] = arena_printf(e->arena, "%.*s", params[i].length, params[i].name);
        has_axis |= params[i].is_axis;
    }
    elab_error(e, arg->span, "unknown-keyword", "%s has no parameter %s", site->name, arg->keyword);
    const char *near = elab_nearest(e, arg->keyword, names, count), *list = "";
    for (int i = 0; i < count; i++)
        list = arena_printf(e->arena, "%s%s%s", list, i ? ", " : "", names[i]);
    if ((strcmp(arg->keyword, "dim") == 0 || strcmp(arg->keyword, "dims") == 0) && has_axis)
        elab_hint(e, "write axis= instead of %s=", arg->keyword);
    else if (near)
        elab_hint(e, "did you mean %s?", near);
    else if (count)
        elab_hint(e, "its parameters: %s", list);
    note_declared(e, declared, site->name);
    return 0;
}

static int too_many(Elab *e, const Param *params, int n, int given, const Arg *arg, CallSite *site,
                    Span declared) {
    int most = 0;
    for (int i = 0; i < n; i++) most += !params[i].is_rest && !params[i].is_keywords;
    elab_error(e, arg->span, "too-many-arguments", "%s takes %d argument%s, got %d", site->name,
               most, most == 1 ? "" : "s", given);
    if (site->module && strcmp(site->module, site->name) != 0)
        elab_hint(e, "%s is the module %s: let model = %s(…) makes an instance of it", site->name,
                  site->module, site->module);
    note_declared(e, declared, site->name);
    return 0;
}

static int place_positional(Elab *e, const Param *params, int n, const Arg *args, int nargs,
                            CallSite *site, Span declared, Match *out) {
    int next = 0, given = 0;
    for (int i = 0; i < nargs; i++) given += !args[i].keyword;
    for (int i = 0; i < nargs; i++) {
        if (args[i].keyword) continue;
        while (next < n && params[next].is_keywords) next++;
        if (next < n && params[next].is_rest) {
            PUSH(e->arena, &out->rest, &args[i]);
            continue;
        }
        if (next >= n) return too_many(e, params, n, given, &args[i], site, declared);
        out->at[next++] = &args[i];
    }
    return 1;
}

static int place_keyword(Elab *e, const Param *params, int n, const Arg *arg, CallSite *site,
                         Span declared, Match *out) {
    int i = find_param(params, n, arg->keyword);
    if (i < 0) i = find_operand(params, n, arg->keyword, declared);
    if (i >= 0 && out->at[i]) {
        elab_error(e, arg->span, "argument-twice", "%s: %s is given twice", site->name,
                   arg->keyword);
        return 0;
    }
    if (i >= 0) {
        out->at[i] = arg;
        return 1;
    }
    for (int k = 0; k < n; k++)
        if (params[k].is_keywords) {
            PUSH(e->arena, &out->keywords, arg);
            return 1;
        }
    return unknown_keyword(e, params, n, arg, site, declared);
}

int match_args(Elab *e, const Param *params, int n, const Arg *args, int nargs, CallSite *site,
               Span declared, Match *out) {
    *out = (Match){.at = NEW_ARRAY(e->arena, const Arg *, n + 1)};
    if (!place_positional(e, params, n, args, nargs, site, declared, out)) return 0;
    for (int i = 0; i < nargs; i++)
        if (args[i].keyword && !place_keyword(e, params, n, &args[i], site, declared, out))
            return 0;
    for (int i = 0; i < n; i++)
        if (params[i].required && !out->at[i]) {
            elab_error(e, site->span, "missing-argument", "%s: the argument %.*s is missing",
                       site->name, params[i].length, params[i].name);
            note_declared(e, declared, site->name);
            return 0;
        }
    return 1;
}

/* ---- axes by name ---- */

static int tensor_has_axis(Value v, const char *name) {
    v = value_read(v);
    if ((v.kind == V_TUPLE || v.kind == V_LIST) && v.items->n)
        return tensor_has_axis(v.items->at[0], name);
    if (v.kind != V_NODE || !v.node->type) return 0;
    for (int i = 0; i < v.node->type->rank; i++)
        if (v.node->type->names[i] == name) return 1;
    return 0;
}

static int any_has_axis(const Arg *args, int n, const char *name) {
    for (int i = 0; i < n; i++)
        if (!args[i].pending && tensor_has_axis(args[i].value, name)) return 1;
    return 0;
}

static Value axis_name(const char *name) {
    return (Value){.kind = V_AXIS, .name = name};
}

static Value axis_of(Elab *e, const AstExpr *x, int axis_first, const Arg *args, int nargs) {
    if (x->kind == EX_NAME) {
        Found found;
        Value v;
        int is_variable = name_find(e, x->name, &found) || name_builtin(e, x->name, &v) ||
                          size_value(e, x->name).kind == V_SIZE;
        if ((axis_first || !is_variable) && any_has_axis(args, nargs, x->name))
            return axis_name(x->name);
        if (!is_variable && axis_first) return axis_name(x->name);
        return name_value(e, x->name, x->span, 0);
    }
    if (x->kind != EX_TUPLE && x->kind != EX_LIST) return expr(e, x);
    Value *at = NEW_ARRAY(e->arena, Value, x->elements.n + 1);
    for (int i = 0; i < x->elements.n; i++) {
        at[i] = axis_of(e, x->elements.at[i], axis_first, args, nargs);
        if (at[i].kind == V_POISON) return at[i];
    }
    return value_items(e, V_TUPLE, at, x->elements.n);
}

static int is_names(const AstExpr *x) {
    if (x->kind == EX_NAME) return 1;
    if ((x->kind != EX_TUPLE && x->kind != EX_LIST) || x->elements.n == 0) return 0;
    for (int i = 0; i < x->elements.n; i++)
        if (!is_names(x->elements.at[i])) return 0;
    return 1;
}

Value match_axis(Elab *e, const Arg *arg, int axis_first, int as_place, const Arg *args,
                 int nargs) {
    if (!arg->pending && !(axis_first && arg->ast && is_names(arg->ast)))
        return arg->is_stale && !as_place ? arg->seen : arg->value;
    return axis_of(e, arg->ast, axis_first, args, nargs);
}
