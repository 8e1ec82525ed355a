/* forward_control.c: forward mode through control nodes. An if gets an if on the same condition,
   whose branches give the tangents of its results; a loop gets a for over the same trips, that
   carries the tangents of what it carries; a recompute's nodes are made once more. A custom rule
   has no forward mode. */
#include "autodiff/push.h"

/* ---- if ---- */

static void push_if(Push *p, Node *control, const NodeList *results) {
    Builder *b = p->b;
    Region *regions[2];
    Node *cond = mirror_value(b, p->mirror, control->args[0]);
    for (int k = 0; k < 2; k++) {
        regions[k] = region_new(b->graph, b->region);
        Mirror *m = mirror_new(b, p->mirror, control, k, regions[k]);
        Push *in = push_inner(p, m);
        push_run(in);
        for (int i = 0; i < results->n; i++) {
            Node *inner = m->from->results.at[results->at[i]->ints[0]];
            PUSH(b->graph->arena, &regions[k]->results, push_tangent_or_zeros(in, inner));
        }
    }
    Node *node = build_if(b, cond, regions[0], regions[1]);
    for (int i = 0; i < results->n; i++) push_set(p, results->at[i], build_result(b, node, i));
}

/* ---- for and while ---- */

/* the loop made beside a finished one; `at` are the carried values whose tangents it carries */
typedef struct Companion Companion;
struct Companion {
    Node *loop;
    const Region *body;
    int is_for, ncarried, nscanned;
    Region *into;
    Mirror *mirror;
    Push *in;
    VEC(int) at;
    NodeList initial;
};

static Companion companion_new(Push *p, Node *loop) {
    Companion c = {.loop = loop, .is_for = loop->op == OP_for};
    c.body = loop->regions[!c.is_for];
    c.ncarried = (int)loop->ints[0];
    c.nscanned = c.is_for ? (int)loop->ints[1] : 0;
    build_trip(p->b, loop);
    c.into = region_new(p->b->graph, p->b->region);
    c.mirror = mirror_new(p->b, p->mirror, loop, !c.is_for, c.into);
    c.in = push_inner(p, c.mirror);
    Node *index = build_param(c.in->b, c.into, type_scalar(p->b->graph->types, DT_i64));
    if (c.is_for) c.mirror->index = index;
    return c;
}

static int has_result(const NodeList *results, int k) {
    for (int i = 0; i < results->n; i++)
        if (results->at[i]->ints[0] == k) return 1;
    return 0;
}

static void carry_tangents(Push *p, Companion *c, const NodeList *results) {
    Arena *arena = p->b->graph->arena;
    for (int i = 0; i < c->ncarried; i++) {
        Node *param = c->body->params.at[c->is_for + i],
             *initial = c->loop->args[3 * c->is_for + i];
        if (!is_floating(param)) continue;
        if (!has_result(results, i) && !flow_active(p->flow, param)) continue;
        Node *tangent = as_type(p->b, push_tangent_or_zeros(p, initial), c->loop->types[i]);
        PUSH(arena, &c->initial, tangent);
        PUSH(arena, &c->at, i);
        push_set(c->in, param, build_param(c->in->b, c->into, tangent->type));
    }
    for (int i = 0; i < c->nscanned; i++) {
        Node *param = c->body->params.at[1 + c->ncarried + i];
        Node *tangent = push_tangent(p, c->loop->args[3 + c->ncarried + i]);
        if (!flow_active(p->flow, param) || !tangent) continue;
        mirror_type(c->in->b, c->mirror, param->type);
        push_set(c->in, param, mirror_scan(c->in->b, c->mirror, tangent));
    }
}

static Node *companion_build(Push *p, Companion *c) {
    Node *bounds[3];
    for (int i = 0; i < c->at.n; i++) {
        Node *result = c->body->results.at[c->at.at[i]];
        Node *tangent =
            as_type(c->in->b, push_tangent_or_zeros(c->in, result), c->initial.at[i]->type);
        PUSH(p->b->graph->arena, &c->into->results, tangent);
    }
    mirror_close(p->b, c->mirror);
    mirror_bounds(p->b, p->mirror, c->loop, bounds);
    int reverse = c->is_for ? (int)c->loop->ints[2] : 0;
    Node *node = build_for(p->b, bounds[0], bounds[1], bounds[2], c->initial.at, c->initial.n,
                           c->mirror->scanned.at, c->mirror->scanned.n, reverse, c->into);
    node->size = c->loop->size;
    node->follows = 1;
    return node;
}

static void push_loop(Push *p, Node *loop, const NodeList *results) {
    Companion c = companion_new(p, loop);
    carry_tangents(p, &c, results);
    push_run(c.in);
    NodeList collected = {0}; /* made before the loop is */
    for (int i = 0; i < results->n; i++) {
        Node *tangent = NULL, *inner = c.body->results.at[results->at[i]->ints[0]];
        if (results->at[i]->ints[0] >= c.ncarried) tangent = push_tangent(c.in, inner);
        if (tangent && tangent->region != c.into) tangent = alias(c.in->b, tangent);
        PUSH(p->b->graph->arena, &collected, tangent);
    }
    Node *node = companion_build(p, &c);
    for (int i = 0; i < c.at.n; i++)
        for (int k = 0; k < results->n; k++)
            if (results->at[k]->ints[0] == c.at.at[i])
                push_set(p, results->at[k], build_result(p->b, node, i));
    for (int i = 0; i < results->n; i++)
        if (collected.at[i])
            push_set(p, results->at[i], build_collect(p->b, node, collected.at[i]));
}

/* ---- custom and recompute ---- */

static void push_custom(Push *p, Node *control, const NodeList *results) {
    (void)results;
    diag_error(p->b->graph->diag, frame_user_span(control->where), "no-derivative",
               "jvp goes through a function that has its own vjp");
    ++*p->errors;
}

static void push_recompute(Push *p, Node *control, const NodeList *results) {
    Graph *g = p->b->graph;
    NodeList free = {0};
    free_values(g, control, p->flow, &free);
    int n = control->regions[0]->results.n;
    Node **aliases = NEW_ARRAY(g->arena, Node *, free.n + 1);
    Node **ys = NEW_ARRAY(g->arena, Node *, n + 1);
    mirror_again(p->b, p->mirror, control, &free, aliases, ys);
    const Flow *flow = flow_new(g, ys, n, aliases, free.n);
    Push *in = push_new(p->b, flow, p->rules, p->mirror, p->errors);
    for (int i = 0; i < free.n; i++) push_set(in, aliases[i], push_tangent(p, free.at[i]));
    push_run(in);
    for (int i = 0; i < results->n; i++)
        push_set(p, results->at[i], push_tangent(in, ys[results->at[i]->ints[0]]));
}

/* ---- */

typedef void PushControl(Push *, Node *, const NodeList *results);
static PushControl *const pushes[OP_COUNT] = {
    [OP_if] = push_if,
    [OP_for] = push_loop,
    [OP_while] = push_loop,
    [OP_custom] = push_custom,
    [OP_recompute] = push_recompute,
};

void push_control(Push *p, Node *control) {
    const FlowNode *f = flow_find(p->flow, control);
    if (!pushes[control->op]) die("%s in the way of a derivative", op_info(control->op)->name);
    NodeList results = {f->results.at, f->results.n, f->results.n};
    pushes[control->op](p, control, &results);
}
