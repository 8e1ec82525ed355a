/* licm.c: what a loop computes alike in each iteration moves in front of it, inner loops first.
   Only what cannot stop the program (the loop may run no iteration), mentions no size that the loop
   sets, and is worth a place: scalars, reductions, products, pointwise work on tensors; views and
   constants go along where these need them. */
#include "ir/build_impl.h"
#include "ir/pass.h"

enum { STAYS, INVARIANT, MOVES };

typedef struct Licm Licm;
struct Licm {
    Graph *graph;
    char *state;      /* by node id, of the loop at work */
    uint64_t *set_by; /* by size id: the number of the last loop that was seen to set it */
    uint64_t loop;
    int uses_set; /* see mentions_set */
    int changes;
};

static void note_set(const Size *size, void *data) {
    Licm *l = data;
    l->set_by[size->id] = l->loop;
}

static void note_use(const Size *size, void *data) {
    Licm *l = data;
    l->uses_set |= l->set_by[size->id] == l->loop;
}

static int mentions_set(Licm *l, const Node *node) {
    l->uses_set = 0;
    node_each_size(node, note_use, l);
    return l->uses_set;
}

static int is_invariant(Licm *l, Node *node) {
    int flags = op_info(node->op)->flags;
    if (!node->type || flags & (OPF_EFFECT | OPF_CONTROL) || node->op == OP_param ||
        node->op == OP_result)
        return 0;
    for (int i = 0; i < node->nargs; i++)
        if (node->args[i]->region == node->region && !l->state[node->args[i]->id]) return 0;
    return !node_may_trap(l->graph, node) && !mentions_set(l, node);
}

/* an operand that costs nothing to make again: one number, or an index */
static int is_free(const Node *node) {
    while (op_info(node->op)->flags & OPF_VIEW) node = node->args[0];
    return node->type->rank == 0 || node->op == OP_iota;
}

static int is_worth(const Node *node) {
    int flags = op_info(node->op)->flags;
    if (flags & (OPF_LEAF | OPF_VIEW)) return 0;
    if (node->type->rank == 0 || !(flags & OPF_MAP || node->op == OP_cast)) return 1;
    for (int i = 0; i < node->nargs; i++)
        if (!is_free(node->args[i])) return 1;
    return 0;
}

static void choose(Licm *l, const Region *r) {
    for (int i = 0; i < r->nodes.n; i++) {
        Node *node = r->nodes.at[i];
        l->state[node->id] = is_invariant(l, node) ? INVARIANT : STAYS;
    }
    for (int i = r->nodes.n - 1; i >= 0; i--) {
        Node *node = r->nodes.at[i];
        char *state = &l->state[node->id];
        if (*state == INVARIANT && is_worth(node)) *state = MOVES;
        for (int k = 0; *state == MOVES && k < node->nargs; k++)
            if (node->args[k]->region == r) l->state[node->args[k]->id] = MOVES;
    }
}

/* to the end of outer, where the loop is about to be put */
static void hoist(Licm *l, Region *outer, Region *r) {
    choose(l, r);
    NodeList list = region_take(r);
    for (int i = 0; i < list.n; i++) {
        int moves = l->state[list.at[i]->id] == MOVES;
        region_push(l->graph, moves ? outer : r, list.at[i]);
        l->changes += moves;
    }
}

static void licm_region(Licm *l, Region *r) {
    NodeList list = region_take(r);
    for (int i = 0; i < list.n; i++) {
        Node *node = list.at[i];
        for (int k = 0; k < node->nregions; k++) licm_region(l, node->regions[k]);
        if (node->op == OP_for || node->op == OP_while) {
            l->loop++;
            node_each_set_size(node, note_set, l);
            for (int k = 0; k < node->nregions; k++) hoist(l, r, node->regions[k]);
        }
        region_push(l->graph, r, node);
    }
}

int pass_licm(Graph *g) {
    graph_renumber(g);
    Licm l = {.graph = g};
    l.state = NEW_ARRAY(g->arena, char, g->next_id + 1);
    l.set_by = NEW_ARRAY(g->arena, uint64_t, size_count(g->dims) + 1);
    licm_region(&l, g->root);
    graph_renumber(g);
    return l.changes;
}
