/* forward.c: the forward sweep, and the call of forward mode. A pointwise op's tangent is its
   reverse rule with the tangent in the cotangent's place (its Jacobian is diagonal); a linear op's
   is the op on tangents; any other's comes from transposing its reverse rule, which is linear in
   the cotangent. */
#include "autodiff/forward.h"

#include "autodiff/push.h"

#include <stdlib.h>

/* ---- tangents ---- */

Node *push_tangent(const Push *p, const Node *node) {
    for (; p; p = p->up) {
        Node *tangent = values_get(p->tangents, node);
        if (tangent) return tangent;
    }
    return NULL;
}

Node *push_tangent_or_zeros(const Push *p, Node *node) {
    Node *tangent = push_tangent(p, node);
    if (tangent) return tangent;
    return zeros(p->b, p->mirror, node);
}

void push_set(Push *p, const Node *node, Node *tangent) {
    if (tangent) values_set(p->tangents, node, as_type(p->b, tangent, node->type));
}

/* ---- rules ---- */

/* the sum of what a reverse rule gives for one operand */
typedef struct Sum Sum;
struct Sum {
    Builder *b;
    const Node *arg;
    Node *sum;
};

static int wants_one(void *sink, const Node *arg) {
    return ((Sum *)sink)->arg == arg;
}

static void add_one(void *sink, Node *arg, const Part *part) {
    Sum *s = sink;
    s->sum = part_add(s->b, s->sum, part, arg->type);
}

static int is_repeated(const Node *node, int i) {
    for (int k = 0; k < i; k++)
        if (node->args[k] == node->args[i]) return 1;
    return 0;
}

static Node *push_map(Push *p, Node *node) {
    Sum sum = {p->b, NULL, NULL};
    for (int i = 0; i < node->nargs; i++) {
        Node *tangent = push_tangent(p, node->args[i]);
        if (!tangent || is_repeated(node, i)) continue;
        sum.arg = node->args[i];
        Rule rule = {p->b, p->rules, p->mirror, node, tangent, &sum, wants_one, add_one, 0};
        rule_apply(&rule);
    }
    return sum.sum;
}

static Node *apply(Push *p, const Node *node, Node *const *args) {
    return build_op(p->b, node->op, args, node->nargs, node->ints, node->nints, node->type);
}

static Node *push_linear(Push *p, Node *node) {
    Node **args = NEW_ARRAY(p->b->graph->arena, Node *, node->nargs + 1);
    for (int i = 0; i < node->nargs; i++)
        args[i] = is_floating(node->args[i]) ? push_tangent_or_zeros(p, node->args[i])
                                             : mirror_value(p->b, p->mirror, node->args[i]);
    return apply(p, node, args);
}

static Node *push_product(Push *p, Node *node) {
    Node *sum = NULL;
    for (int i = 0; i < 2; i++) {
        Node *args[2], *tangent = push_tangent(p, node->args[i]);
        if (!tangent) continue;
        args[i] = tangent;
        args[!i] = mirror_value(p->b, p->mirror, node->args[!i]);
        Node *part = apply(p, node, args);
        sum = sum ? sum_of(p->b, sum, part) : part;
    }
    return sum;
}

/* what a reverse rule gives, for a cotangent that stands for itself */
typedef struct Given Given;
struct Given {
    Push *p;
    NodeList cotangents, tangents;
};

static int wants_moving(void *sink, const Node *arg) {
    return push_tangent(((Given *)sink)->p, arg) != NULL;
}

static void note_given(void *sink, Node *arg, const Part *part) {
    Given *given = sink;
    Arena *arena = given->p->b->graph->arena;
    PUSH(arena, &given->cotangents, part_add(given->p->b, NULL, part, arg->type));
    PUSH(arena, &given->tangents, push_tangent(given->p, arg));
}

/* With J^T u given by the rule, J t is the derivative of t . (J^T u) by u, whatever u is. */
static Node *push_general(Push *p, Node *node) {
    Builder plain = *p->b;
    plain.simplify = 0;
    Node *u = build_detach(&plain, mirror_value(p->b, p->mirror, node)), *tangent = NULL;
    Given given = {.p = p};
    Rule rule = {p->b, p->rules, p->mirror, node, u, &given, wants_moving, note_given, 0};
    rule_apply(&rule);
    if (rule.missing) {
        no_derivative(p->b, node, p->errors);
        return NULL;
    }
    Sweep *around = sweep_new(p->b, p->flow, p->rules, p->errors);
    around->mirror = p->mirror;
    sweep_targets(around, given.cotangents.at, given.tangents.at, given.cotangents.n, &u, 1,
                  &tangent);
    return tangent;
}

static Node *push_rule(Push *p, Node *node) {
    static Node *(*const kinds[])(Push *, Node *) = {
        [JVP_GENERAL] = push_general, [JVP_LINEAR] = push_linear, [JVP_PRODUCT] = push_product};
    int moves = 0;
    for (int i = 0; i < node->nargs; i++) moves |= push_tangent(p, node->args[i]) != NULL;
    int kind = op_info(node->op)->derivative_kind;
    if (!moves || kind == DERIV_ZERO) return NULL;
    if (kind == DERIV_NONE) {
        no_derivative(p->b, node, p->errors);
        return NULL;
    }
    mirror_type(p->b, p->mirror, node->type);
    for (int i = 0; i < node->nargs; i++) mirror_type(p->b, p->mirror, node->args[i]->type);
    return kind == DERIV_TEXT ? push_map(p, node) : kinds[rule_jvp(node->op)](p, node);
}

/* ---- the sweep ---- */

Push *push_new(Builder *b, const Flow *flow, Rules *rules, Mirror *mirror, int *errors) {
    Push *p = NEW(b->graph->arena, Push);
    *p = (Push){.b = b, .flow = flow, .rules = rules, .mirror = mirror, .errors = errors};
    p->tangents = values_new(b->graph->arena);
    return p;
}

Push *push_inner(Push *around, Mirror *mirror) {
    Builder *b = arena_copy(around->b->graph->arena, around->b, sizeof *b);
    b->region = mirror->into;
    Push *p = push_new(b, around->flow, around->rules, mirror, around->errors);
    p->up = around;
    p->from = mirror->from;
    return p;
}

static int by_order(const void *a, const void *b) {
    int x = (*(FlowNode *const *)a)->order, y = (*(FlowNode *const *)b)->order;
    return (x > y) - (x < y);
}

/* the active values of the region, each after those it is computed from */
static int values_in_order(Push *p, FlowNode **out) {
    int n = 0;
    for (int i = 0; i < p->flow->nodes.n; i++) {
        FlowNode *f = p->flow->nodes.at[i];
        const Region *r = f->node->region;
        if (f->active && (p->from ? r == p->from : region_encloses(r, p->b->region))) out[n++] = f;
    }
    if (n) qsort(out, (size_t)n, sizeof *out, by_order);
    return n;
}

void push_run(Push *p) {
    const Frame *where = p->b->where;
    FlowNode **values = NEW_ARRAY(p->b->graph->arena, FlowNode *, p->flow->nodes.n + 1);
    Map *done = map_new(p->b->graph->arena);
    int n = values_in_order(p, values);
    for (int i = 0; i < n; i++) {
        Node *node = values[i]->node;
        p->b->where = node->where;
        if (values_get(p->tangents, node) || node->op == OP_param) continue;
        if (node->op != OP_result) {
            push_set(p, node, push_rule(p, node));
        } else if (!map_get(done, node->args[0])) {
            map_set(done, node->args[0], node);
            push_control(p, node->args[0]);
        }
    }
    p->b->where = where;
}

/* ---- the call ---- */

static void list_params(Graph *g, TangentRequest *request) {
    NodeList params = {0};
    flow_params(g, &request->y, 1, &params);
    request->params = params.at;
    request->nparams = params.n;
}

int autodiff_forward(Builder *b, TangentRequest *request, Node **out) {
    Builder inner = *b;
    int errors = 0;
    inner.simplify = 1;
    const Flow *flow = flow_new(b->graph, &request->y, 1, request->xs, request->nxs);
    Push *p = push_new(&inner, flow, rules_new(b->graph), NULL, &errors);
    *out = NULL;
    request->params = NULL;
    request->nparams = 0;
    if (!flow_active(flow, request->y)) {
        list_params(b->graph, request);
        return 1;
    }
    for (int i = 0; i < request->nxs; i++) push_set(p, request->xs[i], request->vs[i]);
    push_run(p);
    if (!errors) *out = own_value(&inner, push_tangent_or_zeros(p, request->y));
    return !errors;
}
