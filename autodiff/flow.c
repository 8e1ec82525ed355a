/* flow.c: backward from the ys to find what they are computed from, keeping who uses whom; then
   forward from the xs along that. Time is linear in what lies between. */
#include "autodiff/flow.h"

#include <limits.h>
#include <stdlib.h>

int is_floating(const Node *node) {
    return node->type && dtype_is_float(node->type->dtype);
}

int op_flows(const Node *node, int i) {
    const OpInfo *info = op_info(node->op);
    if (node->op == OP_detach) return 0;
    if (info->derivative_kind == DERIV_TEXT) return info->derivatives[i][0] != 0;
    return 1;
}

FlowNode *flow_find(const Flow *flow, const Node *node) {
    return map_get(flow->map, node);
}

int flow_active(const Flow *flow, const Node *node) {
    const FlowNode *n = flow_find(flow, node);
    return n && n->active;
}

static FlowNode *note(Flow *flow, Node *node) {
    FlowNode *n = flow_find(flow, node);
    if (n) return n;
    n = NEW(flow->graph->arena, FlowNode);
    n->node = node;
    n->order = node->id;
    map_set(flow->map, node, n);
    return n;
}

static void meet(Flow *flow, FlowNode *user, Node *from) {
    if (!is_floating(from) || from->id < flow->floor) return;
    int known = flow_find(flow, from) != NULL;
    FlowNode *n = note(flow, from);
    if (!known) PUSH(flow->graph->arena, &flow->nodes, n);
    if (user) PUSH(flow->graph->arena, &n->users, user);
}

static void meet_result(Flow *flow, FlowNode *n) {
    const Node *c = n->node->args[0];
    int k = (int)n->node->ints[0];
    note(flow, n->node->args[0]);
    if (c->op == OP_if || c->op == OP_recompute)
        for (int i = 0; i < c->nregions; i++) meet(flow, n, c->regions[i]->results.at[k]);
    if (c->op == OP_for || c->op == OP_while) {
        meet(flow, n, c->regions[c->op == OP_while]->results.at[k]);
        if (k < c->ints[0]) meet(flow, n, c->args[(c->op == OP_for ? 3 : 0) + k]);
    }
    if (c->op == OP_custom)
        for (int i = 0; i < c->nargs; i++) meet(flow, n, c->args[i]);
}

/* a param of a finished loop's body: its initial value, and the next iteration's for carried ones
 */
static void meet_param(Flow *flow, FlowNode *n) {
    const Region *r = n->node->region;
    const Node *c = r->owner;
    int k = (int)n->node->ints[0];
    if (!c) return;
    if (c->op == OP_for) {
        meet(flow, n, c->args[2 + k]);
        if (k <= c->ints[0]) meet(flow, n, r->results.at[k - 1]);
    }
    if (c->op == OP_while) {
        meet(flow, n, c->args[k]);
        meet(flow, n, c->regions[1]->results.at[k]);
    }
}

static void meet_sources(Flow *flow, FlowNode *n) {
    if (n->node->op == OP_result)
        meet_result(flow, n);
    else if (n->node->op == OP_param)
        meet_param(flow, n);
    else
        for (int i = 0; i < n->node->nargs; i++)
            if (op_flows(n->node, i)) meet(flow, n, n->node->args[i]);
}

static Flow *flow_back(Graph *g, Node *const *ys, int nys, int floor) {
    Flow *flow = NEW(g->arena, Flow);
    flow->graph = g;
    flow->map = map_new(g->arena);
    flow->floor = floor;
    for (int i = 0; i < nys; i++) meet(flow, NULL, ys[i]);
    for (int i = 0; i < flow->nodes.n; i++) meet_sources(flow, flow->nodes.at[i]);
    return flow;
}

/* marks n and puts it on the list of those whose users are still to be marked */
static void activate(FlowNode *n, FlowNode **todo, int *ntodo) {
    if (!n || n->active) return;
    n->active = 1;
    todo[(*ntodo)++] = n;
}

Flow *flow_new(Graph *g, Node *const *ys, int nys, Node *const *xs, int nxs) {
    int floor = INT_MAX;
    for (int i = 0; i < nxs; i++)
        if (xs[i]->id < floor) floor = xs[i]->id;
    Flow *flow = flow_back(g, ys, nys, floor);
    FlowNode **todo = NEW_ARRAY(g->arena, FlowNode *, flow->nodes.n + 1);
    int ntodo = 0;
    for (int i = 0; i < nxs; i++) activate(flow_find(flow, xs[i]), todo, &ntodo);
    while (ntodo) {
        FlowNode *n = todo[--ntodo];
        for (int i = 0; i < n->users.n; i++) {
            n->users.at[i]->fed = 1;
            activate(n->users.at[i], todo, &ntodo);
        }
    }
    for (int i = 0; i < flow->nodes.n; i++) {
        FlowNode *n = flow->nodes.at[i];
        if (!n->fed || n->node->op != OP_result) continue;
        FlowNode *control = flow_find(flow, n->node->args[0]);
        PUSH(g->arena, &control->results, n->node);
    }
    return flow;
}

/* ---- free values ---- */

typedef struct FreeWalk FreeWalk;
struct FreeWalk {
    Graph *graph;
    const Node *control;
    const Flow *flow;
    Map *seen;
    NodeList *out;
};

static void see(FreeWalk *w, Node *value) {
    if (!value->type || (w->flow && !flow_active(w->flow, value))) return;
    if (map_get(w->seen, value)) return;
    for (int i = 0; i < w->control->nregions; i++)
        if (region_encloses(w->control->regions[i], value->region)) return;
    map_set(w->seen, value, value);
    PUSH(w->graph->arena, w->out, value);
}

static void see_regions(FreeWalk *w, const Node *control);

static void see_region(FreeWalk *w, const Region *r) {
    for (int i = 0; i < r->nodes.n; i++) {
        const Node *node = r->nodes.at[i];
        for (int k = 0; k < node->nargs; k++) see(w, node->args[k]);
        if (node->loop && node->loop->every) see(w, node->loop->every);
        if (node->loop && node->loop->items_size) see(w, node->loop->items_size);
        see_regions(w, node);
    }
    for (int i = 0; i < r->results.n; i++) see(w, r->results.at[i]);
}

/* nothing flows through a while's condition, nor from outside into the regions of custom */
static void see_regions(FreeWalk *w, const Node *control) {
    if (w->flow && control->op == OP_custom) return;
    for (int i = w->flow && control->op == OP_while; i < control->nregions; i++)
        see_region(w, control->regions[i]);
}

void free_values(Graph *g, const Node *control, const Flow *flow, NodeList *out) {
    FreeWalk w = {g, control, flow, map_new(g->arena), out};
    see_regions(&w, control);
}

/* ---- params ---- */

static int by_id(const void *a, const void *b) {
    int x = (*(Node *const *)a)->id, y = (*(Node *const *)b)->id;
    return (x > y) - (x < y);
}

void flow_params(Graph *g, Node *const *ys, int nys, NodeList *out) {
    Flow *flow = flow_back(g, ys, nys, 0);
    for (int i = 0; i < flow->nodes.n; i++) {
        Node *node = flow->nodes.at[i]->node;
        if (node->op == OP_param && !node->region->owner) PUSH(g->arena, out, node);
    }
    if (out->n) qsort(out->at, (size_t)out->n, sizeof *out->at, by_id);
}
