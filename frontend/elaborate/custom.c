/* custom.c: a function with a rule of its own: } vjp(x, y, dy) { … }. Body and rule fill regions
   that see nothing of what is around but what is known at compile time. */
#include "frontend/elaborate/core.h"

#include <string.h>

typedef struct Custom Custom;
struct Custom {
    const Fn *fn;
    Scope *bound; /* the parameters as they were called */
    VEC(Node *) args;
    VEC(Value) results; /* of the body: tensors */
    int is_tuple;
    Span span;
};

/* the bindings of the call, tensors replaced by the region's params */
static Scope *inner_scope(Elab *e, Custom *c, Region *r, int take) {
    Scope *s = scope_new(e, c->fn->scope);
    s->is_call = 1;
    for (int i = 0; i < c->fn->ast->sizes.n; i++) {
        Binding *b = scope_find(c->bound, c->fn->ast->sizes.at[i].text);
        scope_bind(e, s, BIND_PARAM, b->name, b->value, b->span);
    }
    for (int i = 0; i < c->fn->ast->params.n; i++) {
        Binding *b = scope_find(c->bound, c->fn->ast->params.at[i].name.text);
        Value v = b->value;
        if (v.kind == V_EXACT && v.exact.kind == EXACT_FLOAT) v = expr_bound(e, v, b->span);
        if (v.kind == V_NODE) {
            if (take) PUSH(e->arena, &c->args, v.node);
            Value inside = value_node(build_param(&e->b, r, v.node->type));
            inside.is_known = v.is_known;
            inside.exact = v.exact;
            v = inside;
        }
        scope_bind(e, s, BIND_PARAM, b->name, v, b->span);
    }
    return s;
}

static int take_results(Elab *e, Custom *c, Value v, Region *r) {
    c->is_tuple = v.kind == V_TUPLE || v.kind == V_LIST;
    int n = c->is_tuple ? v.items->n : 1;
    for (int i = 0; i < n; i++) {
        Value item = expr_bound(e, c->is_tuple ? v.items->at[i] : v, c->span);
        if (item.kind == V_POISON) return 0;
        if (item.kind != V_NODE) {
            elab_error(e, c->fn->ast->head, "custom",
                       "a function with a vjp rule gives tensors, got %s",
                       value_kind_text(e, item));
            return 0;
        }
        Value result = value_node(item.node);
        PUSH(e->arena, &c->results, result);
        PUSH(e->arena, &r->results, item.node);
    }
    return 1;
}

/* arguments that are tensors become operands, one by one */
static int tensors_only(Elab *e, Custom *c) {
    for (int i = 0; i < c->fn->ast->params.n; i++) {
        const AstParam *p = &c->fn->ast->params.at[i];
        Value v = scope_find(c->bound, p->name.text)->value;
        if (v.kind != V_INSTANCE && v.kind != V_PLACE && !value_is_aggregate(v)) continue;
        elab_error(e, p->span, "custom",
                   "a function with a vjp rule takes tensors and what is known at compile time, "
                   "and %s is %s",
                   p->name.text, value_kind_text(e, v));
        return 0;
    }
    return 1;
}

static int rule_names(Elab *e, Custom *c, Scope *s, Region *r) {
    const AstRule *rule = c->fn->ast->rule;
    int np = c->fn->ast->params.n, nr = c->results.n;
    if (rule->names.n != np + 2 * nr) {
        elab_error(e, rule->span, "custom-names",
                   "the rule of %s names %d values: its %d parameters, %d result%s and %d "
                   "cotangent%s, got %d",
                   c->fn->name, np + 2 * nr, np, nr, nr == 1 ? "" : "s", nr, nr == 1 ? "" : "s",
                   rule->names.n);
        return 0;
    }
    for (int i = 0; i < np; i++) {
        Binding *b = scope_find(s, c->fn->ast->params.at[i].name.text);
        scope_bind(e, s, BIND_PARAM, rule->names.at[i].text, b->value, rule->names.at[i].span);
    }
    for (int i = 0; i < 2 * nr; i++) {
        const AstName *name = &rule->names.at[np + i];
        Node *n = build_param(&e->b, r, c->results.at[i % nr].node->type);
        scope_bind(e, s, BIND_PARAM, name->text, value_node(n), name->span);
    }
    return 1;
}

/* one cotangent for each floating argument, of its type */
static int take_cotangents(Elab *e, Custom *c, Value v, Region *r) {
    Span span = c->fn->ast->rule->span;
    int n = 0, at = 0;
    for (int i = 0; i < c->args.n; i++) n += dtype_is_float(c->args.at[i]->type->dtype);
    int is_tuple = v.kind == V_TUPLE || v.kind == V_LIST;
    if ((is_tuple ? v.items->n : 1) != n || (!is_tuple && v.kind == V_NONE)) {
        elab_error(
            e, span, "custom-results",
            "the rule of %s gives one cotangent for each of its %d floating parameters, got %s",
            c->fn->name, n, value_kind_text(e, v));
        return 0;
    }
    for (int i = 0; i < c->args.n; i++) {
        const Type *t = c->args.at[i]->type;
        if (!dtype_is_float(t->dtype)) continue;
        Node *g = elab_tensor_as(e, is_tuple ? v.items->at[at] : v, t->dtype, span, "a cotangent");
        at++;
        if (!g) return 0;
        if (g->type->rank == 0 && t->rank) g = build_expand(&e->b, g, t);
        if (g->type->dtype != t->dtype || !type_same_shape(g->type, t)) {
            elab_error(e, span, "custom-results",
                       "the rule of %s gives %s for a parameter of type %s", c->fn->name,
                       type_print(e->arena, g->type), type_print(e->arena, t));
            return 0;
        }
        PUSH(e->arena, &r->results, g);
    }
    return 1;
}

static Value run_rule(Elab *e, Custom *c) {
    AstFn *rule = NEW(e->arena, AstFn);
    *rule = *c->fn->ast;
    rule->body = c->fn->ast->rule->body;
    rule->head = c->fn->ast->rule->span;
    rule->result = NULL;
    rule->rule = NULL;
    Fn fn = *c->fn;
    fn.ast = arena_copy(e->arena, rule, sizeof *rule);
    static const AstFn none;
    Solved solved = {.fn = &none, .scope = e->scope};
    return call_user_body(e, &fn, &solved);
}

static int fill_region(Elab *e, Custom *c, Region *r, int is_rule, Solved *solved) {
    Branch way = {0};
    Scope *saved = e->scope;
    Mark mark = branch_open(e, r);
    e->scope = inner_scope(e, c, r, !is_rule);
    Solved mine = *solved;
    mine.scope = e->scope;
    int good = !is_rule || rule_names(e, c, e->scope, r);
    Value v = !good ? value_poison() : is_rule ? run_rule(e, c) : call_user_body(e, c->fn, &mine);
    good = v.kind != V_POISON && (is_rule ? take_cotangents(e, c, v, r) : take_results(e, c, v, r));
    branch_close(e, mark, &way);
    e->scope = saved;
    if (good && way.cells.n) {
        elab_error(e, c->fn->ast->head, "custom",
                   "a function with a vjp rule uses nothing from outside, and %s assigns to %s",
                   c->fn->name, way.cells.at[0]->name);
        return 0;
    }
    return good;
}

/* parameters are bound in e->scope */
Value custom_call(Elab *e, const Fn *fn, Solved *solved, CallSite *site) {
    Custom c = {.fn = fn, .bound = e->scope, .span = site->span};
    Region *body = region_new(e->graph, e->b.region), *rule = region_new(e->graph, e->b.region);
    if (!tensors_only(e, &c)) return value_poison();
    if (!fill_region(e, &c, body, 0, solved) || !fill_region(e, &c, rule, 1, solved))
        return value_poison();
    elab_at(e, site->span);
    Node *node = build_custom(&e->b, c.args.at, c.args.n, body, rule);
    Value *at = NEW_ARRAY(e->arena, Value, c.results.n + 1);
    for (int i = 0; i < c.results.n; i++) at[i] = value_node(build_result(&e->b, node, i));
    return c.is_tuple ? value_items(e, V_TUPLE, at, c.results.n) : at[0];
}
