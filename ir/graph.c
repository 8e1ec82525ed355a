/* graph.c: nodes and regions as data. Gives new nodes at a region's end or in front of another
   node, ids in program order, and walks. */
#include "ir/graph.h"

#include <string.h>

/* a control node leaves ids free behind it, for results that are read from it later (build_collect)
 */
enum { ID_GAP = 64 };

Graph *graph_new(Arena *arena, Interner *interner, Diag *diag) {
    Graph *g = NEW(arena, Graph);
    g->arena = arena;
    g->interner = interner;
    g->diag = diag;
    g->dims = dims_new(arena);
    g->types = types_new(arena, g->dims);
    g->root = region_new(g, NULL);
    g->next_group = 1;
    return g;
}

Region *region_new(Graph *g, Region *parent) {
    Region *r = NEW(g->arena, Region);
    r->parent = parent;
    PUSH(g->arena, &g->regions, r);
    return r;
}

const char *node_axis_text(Arena *arena, const Node *x, int axis) {
    for (; x->op == OP_permute; x = x->args[0]) axis = (int)x->ints[axis];
    return arena_printf(arena, "axis %d of %s", axis, type_print(arena, x->type));
}

Span frame_user_span(const Frame *where) {
    if (!where) return span_nowhere();
    for (const Frame *f = where; f; f = f->caller)
        if (f->span.source && !f->span.source->is_std) return f->span;
    return where->span;
}

static Node *node_make(Graph *g, Region *region, Op op, const Type *type, Node *const *args,
                       int nargs, const Frame *where) {
    Node *node = NEW(g->arena, Node);
    node->op = op;
    node->type = type;
    node->args = arena_copy(g->arena, args, sizeof *args * (size_t)nargs);
    node->nargs = nargs;
    node->region = region;
    node->where = where;
    return node;
}

Node *node_new(Graph *g, Region *region, Op op, const Type *type, Node *const *args, int nargs,
               const Frame *where) {
    Node *node = node_make(g, region, op, type, args, nargs, where);
    node->id = g->next_id++;
    if (op_info(op)->flags & OPF_CONTROL) g->next_id += ID_GAP;
    PUSH(g->arena, &region->nodes, node);
    return node;
}

static int position(const Region *r, const Node *node) {
    for (int i = r->nodes.n - 1; i >= 0; i--)
        if (r->nodes.at[i] == node) return i;
    die("node %d does not stand in its region", node->id);
}

static void insert_at(Graph *g, Region *r, int at, Node *node) {
    PUSH(g->arena, &r->nodes, node);
    memmove(&r->nodes.at[at + 1], &r->nodes.at[at], sizeof(Node *) * (size_t)(r->nodes.n - 1 - at));
    r->nodes.at[at] = node;
}

Node *node_new_before(Graph *g, Node *before, Op op, const Type *type, Node *const *args, int nargs,
                      const Frame *where) {
    Node *node = node_make(g, before->region, op, type, args, nargs, where);
    node->id = g->next_id++;
    insert_at(g, before->region, position(before->region, before), node);
    return node;
}

static int is_result_of(const Node *node, const Node *control) {
    return node->op == OP_result && node->args[0] == control;
}

Node *node_new_result(Graph *g, Node *control, int index) {
    Region *r = control->region;
    int at = position(r, control) + 1;
    while (at < r->nodes.n && is_result_of(r->nodes.at[at], control) &&
           r->nodes.at[at]->id == r->nodes.at[at - 1]->id + 1)
        at++;
    Node *node = node_make(g, r, OP_result, control->types[index], &control, 1, control->where);
    node->id = r->nodes.at[at - 1]->id + 1;
    node->group = control->group;
    int64_t ints[] = {index};
    node_set_ints(g, node, ints, 1);
    insert_at(g, r, at, node);
    if (node->id > control->id + ID_GAP) graph_renumber(g);
    return node;
}

void node_set_ints(Graph *g, Node *node, const int64_t *ints, int n) {
    node->ints = arena_copy(g->arena, ints, sizeof *ints * (size_t)n);
    node->nints = n;
}

int node_add_result(Graph *g, Node *node, const Type *type) {
    if (node->ntypes == node->captypes) {
        int cap = node->captypes ? 2 * node->captypes : 4;
        const Type **types = NEW_ARRAY(g->arena, const Type *, cap);
        if (node->ntypes) memcpy(types, node->types, sizeof *types * (size_t)node->ntypes);
        node->types = types;
        node->captypes = cap;
    }
    node->types[node->ntypes++] = type;
    return node->ntypes - 1;
}

int region_encloses(const Region *outer, const Region *inner) {
    while (inner && inner != outer) inner = inner->parent;
    return inner == outer;
}

void graph_each(Region *r, void (*f)(Node *, void *), void *data) {
    for (int i = 0; i < r->nodes.n; i++) {
        Node *node = r->nodes.at[i];
        f(node, data);
        for (int k = 0; k < node->nregions; k++) graph_each(node->regions[k], f, data);
    }
}

/* regions are numbered in front of their control node, as they are when first made */
static void renumber_region(Graph *g, Region *r) {
    for (int i = 0; i < r->nodes.n; i++) {
        Node *node = r->nodes.at[i];
        for (int k = 0; k < node->nregions; k++) renumber_region(g, node->regions[k]);
        node->id = g->next_id++;
        if (node->nregions) g->next_id += ID_GAP;
    }
}

void graph_renumber(Graph *g) {
    g->next_id = 0;
    renumber_region(g, g->root);
    for (int i = 0; i < g->regions.n; i++) { /* those still being filled come last */
        Region *r = g->regions.at[i];
        if (r != g->root && !r->owner) renumber_region(g, r);
    }
}
