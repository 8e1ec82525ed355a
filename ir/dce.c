/* dce.c: what nothing uses is dropped: nodes, results of control nodes, carried values that only
   feed themselves, scanned and collected ones. Kept: effects, what may stop the program, and what
   these need. A bind is needed by who mentions its size.

   First a work list marks what is live: nodes, and single results of control nodes (result i of a
   for stands for carried value i everywhere: operand, param, result of the body). Then regions are
   swept and control nodes shrink in place. */
#include "ir/pass.h"

#include <string.h>

typedef struct Dce Dce;
struct Dce {
    Graph *graph;
    char *live;          /* by node id */
    char **live_results; /* by id of a control node: by result */
    int **places;        /* by id of a swept control node: where each result is found now */
    VEC(Node *) work;
    VEC(Node *) * setters; /* by size id: who sets it */
    char *live_sizes;
    int changes;
};

static int is_loop(const Node *node) {
    return node->op == OP_for || node->op == OP_while;
}

static int ncarried(const Node *node) {
    return is_loop(node) ? (int)node->ints[0] : 0;
}

static int first_carried(const Node *node) {
    return node->op == OP_for ? 3 : 0;
}

/* ---- marking ---- */

static void mark(Dce *d, Node *node) {
    if (!node || d->live[node->id]) return;
    d->live[node->id] = 1;
    PUSH(d->graph->arena, &d->work, node);
}

static void mark_size(const Size *size, void *data) {
    Dce *d = data;
    if (d->live_sizes[size->id]) return;
    d->live_sizes[size->id] = 1;
    for (int i = 0; i < d->setters[size->id].n; i++) mark(d, d->setters[size->id].at[i]);
}

static void mark_result(Dce *d, Node *control, int i) {
    char *results = d->live_results[control->id];
    mark(d, control);
    if (results[i]) return;
    results[i] = 1;
    if (is_loop(control)) {
        mark(d, control->regions[control->op == OP_while]->results.at[i]);
        if (i < ncarried(control)) mark(d, control->args[first_carried(control) + i]);
    } else {
        for (int k = 0; k < control->nregions; k++) mark(d, control->regions[k]->results.at[i]);
    }
    if (control->types[i]->rank && i >= ncarried(control) && control->size)
        mark_size(control->size, d);
}

/* a param of a loop's region is live: what it carries or scans is */
static void mark_param(Dce *d, const Node *param) {
    Node *owner = param->region->owner;
    int i = (int)param->ints[0] - (owner->op == OP_for);
    if (i < 0) return;
    if (i < ncarried(owner))
        mark_result(d, owner, i);
    else
        mark(d, owner->args[first_carried(owner) + i]);
}

/* what runs at all when a control node does */
static void mark_control(Dce *d, Node *node) {
    if (node->op == OP_if) mark(d, node->args[0]);
    if (node->op == OP_while) mark(d, node->regions[0]->results.at[0]);
    for (int i = 0; node->op == OP_for && i < 3; i++) mark(d, node->args[i]);
    for (int i = node->nargs; i < node_nslots(node); i++) mark(d, *node_slot(node, i));
    for (int i = 0; node->loop && node->loop->checkpoint && i < ncarried(node); i++)
        mark_result(d, node, i);
}

static void mark_needs(Dce *d, Node *node) {
    if (node->region->owner) mark(d, node->region->owner);
    if (node->op == OP_param && node->region->owner) mark_param(d, node);
    if (node->op == OP_result && node->args[0]->nregions) {
        mark_result(d, node->args[0], (int)node->ints[0]);
    } else if (node->nregions) {
        mark_control(d, node);
    } else {
        for (int i = 0; i < node_nslots(node); i++) mark(d, *node_slot(node, i));
    }
    if (!node->nregions) node_each_size(node, mark_size, d);
}

static void find_roots(Node *node, void *data) {
    Dce *d = data;
    if (node->nregions)
        d->live_results[node->id] = NEW_ARRAY(d->graph->arena, char, node->ntypes + 1);
    if (node->size) PUSH(d->graph->arena, &d->setters[node->size->id], node);
    if ((node_has_effect(node) && node->op != OP_bind) || node_may_trap(d->graph, node))
        mark(d, node);
}

/* ---- sweeping ---- */

/* keeps the at[i] with keep[i], n of them in all; gives how many stay */
static int compact(void *at, size_t size, const char *keep, int n) {
    char *bytes = at;
    int kept = 0;
    for (int i = 0; i < n; i++)
        if (keep[i]) memmove(bytes + size * (size_t)kept++, bytes + size * (size_t)i, size);
    return kept;
}

static void sweep_params(Region *r, int first, const char *keep, int n) {
    NodeList params = {r->params.at, r->params.n};
    int kept = compact(params.at + first, sizeof(Node *), keep, n);
    memmove(params.at + first + kept, params.at + first + n,
            sizeof(Node *) * (size_t)(params.n - first - n));
    r->params.n -= n - kept;
    for (int i = 0; i < r->params.n; i++) r->params.at[i]->ints[0] = i;
}

static void sweep_args(Node *node, int first, const char *keep, int n) {
    node->nargs -= n - compact(node->args + first, sizeof(Node *), keep, n);
}

static int count_kept(const char *keep, int n) {
    int kept = 0;
    for (int i = 0; i < n; i++) kept += keep[i] != 0;
    return kept;
}

static void sweep_loop(Dce *d, Node *node, const char *results) {
    int carried = ncarried(node), scanned = node->op == OP_for ? (int)node->ints[1] : 0;
    int first = node->op == OP_for;
    Region *body = node->regions[node->op == OP_while];
    char *keep = NEW_ARRAY(d->graph->arena, char, carried + scanned + 1);
    for (int i = 0; i < carried; i++) keep[i] = results[i];
    for (int i = 0; i < scanned; i++)
        keep[carried + i] = d->live[body->params.at[first + carried + i]->id];
    sweep_args(node, first_carried(node), keep, carried + scanned);
    for (int k = 0; k < node->nregions; k++)
        sweep_params(node->regions[k], first, keep, carried + scanned);
    body->results.n = compact(body->results.at, sizeof(Node *), results, body->results.n);
    if (node->loop && node->loop->slot_names) { /* copies of the loop may share them */
        Loop *loop = node->loop;
        loop->slot_names =
            arena_copy(d->graph->arena, loop->slot_names, sizeof(char *) * (size_t)carried);
        compact(loop->slot_names, sizeof(char *), keep, carried);
    }
    node->ints[0] = count_kept(keep, carried);
    if (node->op == OP_for) node->ints[1] = count_kept(keep + carried, scanned);
}

static void sweep_branches(Node *node, const char *keep) {
    for (int k = 0; k < node->nregions; k++) {
        Region *r = node->regions[k];
        r->results.n = compact(r->results.at, sizeof(Node *), keep, r->results.n);
    }
}

static void sweep_control(Dce *d, Node *node) {
    const char *results = d->live_results[node->id];
    int *places = NEW_ARRAY(d->graph->arena, int, node->ntypes + 1);
    for (int i = 0; i < node->ntypes; i++) places[i + 1] = places[i] + results[i];
    d->places[node->id] = places;
    if (is_loop(node))
        sweep_loop(d, node, results);
    else
        sweep_branches(node, results);
    d->changes += node->ntypes - places[node->ntypes];
    node->ntypes = compact(node->types, sizeof(Type *), results, node->ntypes);
}

static void sweep_region(Dce *d, Region *r) {
    NodeList list = region_take(r);
    for (int i = 0; i < list.n; i++) {
        Node *node = list.at[i];
        int owned = node->op == OP_param &&
                    (node->ints[0] >= r->params.n || r->params.at[node->ints[0]] != node);
        if (owned || (!d->live[node->id] && node->op != OP_param)) {
            d->changes++;
            continue;
        }
        if (node->op == OP_result && node->args[0]->nregions)
            node->ints[0] = d->places[node->args[0]->id][node->ints[0]];
        if (node->nregions) sweep_control(d, node);
        for (int k = 0; k < node->nregions; k++) sweep_region(d, node->regions[k]);
        region_push(d->graph, r, node);
    }
}

int pass_dce(Graph *g) {
    graph_renumber(g);
    Dce d = {.graph = g};
    int nsizes = size_count(g->dims);
    d.live = NEW_ARRAY(g->arena, char, g->next_id + 1);
    d.live_results = NEW_ARRAY(g->arena, char *, g->next_id + 1);
    d.places = NEW_ARRAY(g->arena, int *, g->next_id + 1);
    d.setters = arena_alloc(g->arena, sizeof *d.setters * (size_t)(nsizes + 1));
    d.live_sizes = NEW_ARRAY(g->arena, char, nsizes + 1);
    graph_each(g->root, find_roots, &d);
    for (int i = 0; i < g->root->results.n; i++) mark(&d, g->root->results.at[i]);
    while (d.work.n) mark_needs(&d, d.work.at[--d.work.n]);
    sweep_region(&d, g->root);
    graph_renumber(g);
    return d.changes;
}
