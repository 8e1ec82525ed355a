/* clone.c: copies of nodes and regions. A copy's region stands in the builder's region until its
   control node is made, so ids stay in order: a region's nodes before the node that owns it. Sizes
   are cells and are shared with the original. */
#include "ir/clone.h"

static Node *mapped(const Values *v, Node *node) {
    Node *to = node ? values_get(v, node) : NULL;
    return to ? to : node;
}

static Loop *clone_loop(Graph *g, const Loop *loop, const Values *v) {
    if (!loop) return NULL;
    Loop *copy = arena_copy(g->arena, loop, sizeof *loop);
    copy->items_size = mapped(v, loop->items_size);
    copy->every = mapped(v, loop->every);
    return copy;
}

static void clone_attributes(Graph *g, Node *to, const Node *from, const Values *v) {
    if (from->nints) node_set_ints(g, to, from->ints, from->nints);
    to->dim = from->dim;
    to->size = from->size;
    to->follows = from->follows;
    to->data = from->data;
    to->pieces = from->pieces;
    to->npieces = from->npieces;
    to->names = from->names;
    to->nnames = from->nnames;
    to->loop = clone_loop(g, from->loop, v);
    for (int i = 0; i < from->ntypes; i++) node_add_result(g, to, from->types[i]);
}

static Node *clone_flagged(Builder *b, Node *node, Values *v, int flags) {
    Graph *g = b->graph;
    Node **args = NEW_ARRAY(g->arena, Node *, node->nargs + 1);
    for (int i = 0; i < node->nargs; i++) args[i] = mapped(v, node->args[i]);
    Region **regions = NEW_ARRAY(g->arena, Region *, node->nregions + 1);
    for (int i = 0; i < node->nregions; i++)
        regions[i] = region_copy(b, node->regions[i], v, flags);
    Node *copy = node_new(g, b->region, node->op, node->type, args, node->nargs, node->where);
    clone_attributes(g, copy, node, v);
    copy->group = b->group ? b->group : node->group;
    copy->regions = regions;
    copy->nregions = node->nregions;
    for (int i = 0; i < node->nregions; i++) regions[i]->owner = copy;
    values_set(v, node, copy);
    return copy;
}

Node *node_clone(Builder *b, Node *node, Values *v) {
    return clone_flagged(b, node, v, 0);
}

static int is_left_out(const Node *node, int flags) {
    return (flags & CLONE_NO_EFFECTS) && (op_info(node->op)->flags & OPF_EFFECT) &&
           node->op != OP_bind && node->op != OP_load;
}

void region_clone(Builder *b, const Region *region, Values *v, int flags, Node **results) {
    for (int i = region->params.n; i < region->nodes.n; i++) {
        Node *node = region->nodes.at[i];
        if (!is_left_out(node, flags)) clone_flagged(b, node, v, flags);
    }
    for (int i = 0; results && i < region->results.n; i++)
        results[i] = mapped(v, region->results.at[i]);
}

Region *region_copy(Builder *b, const Region *region, Values *v, int flags) {
    Graph *g = b->graph;
    Region *around = b->region;
    Region *copy = region_new(g, around);
    for (int i = 0; i < region->params.n; i++)
        values_set(v, region->params.at[i], build_param(b, copy, region->params.at[i]->type));
    Node **results = NEW_ARRAY(g->arena, Node *, region->results.n + 1);
    b->region = copy;
    region_clone(b, region, v, flags, results);
    b->region = around;
    for (int i = 0; i < region->results.n; i++) PUSH(g->arena, &copy->results, results[i]);
    return copy;
}
