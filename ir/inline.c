/* inline.c: gradients are taken, so custom rules, recompute regions and detach have served: a
   custom node and a recompute node give way to the nodes of their bodies, a detach to its operand.
   Consts lose their "no gradient" marks. */
#include "ir/pass.h"

static void inline_region(Graph *g, Region *r);

/* the body's nodes in the place of the node; its results are kept in the body for the OP_results to
   come */
static void open_up(Graph *g, Region *r, Node *node) {
    Region *body = node->regions[0];
    for (int i = 0; i < body->params.n; i++) rename_to(body->params.at[i], node->args[i]);
    inline_region(g, body);
    region_splice(g, r, body);
}

static int is_inlined(const Node *node) {
    return node->op == OP_custom || node->op == OP_recompute;
}

static void inline_node(Graph *g, Region *r, Node *node) {
    if (node->op == OP_const && node->nints) node_set_ints(g, node, NULL, 0);
    if (is_inlined(node)) {
        open_up(g, r, node);
    } else if (node->op == OP_result && is_inlined(node->args[0])) {
        rename_to(node, node->args[0]->regions[0]->results.at[node->ints[0]]);
    } else if (node->op == OP_detach) {
        rename_to(node, node->args[0]);
    } else {
        for (int k = 0; k < node->nregions; k++) inline_region(g, node->regions[k]);
        region_push(g, r, node);
    }
}

static void inline_region(Graph *g, Region *r) {
    NodeList list = region_take(r);
    for (int i = 0; i < list.n; i++) inline_node(g, r, list.at[i]);
}

int pass_inline(Graph *g) {
    marks_clear(g);
    inline_region(g, g->root);
    rename_region(g->root);
    graph_renumber(g);
    return 1;
}
