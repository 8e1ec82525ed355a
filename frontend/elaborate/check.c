/* check.c: --check=nan. Behind every node that computes floats stands an assert that none of them
   is nan, so that a program stops at the first line that makes one. Put in when all gradients are
   taken: nothing is ever differentiated through it. */
#include "frontend/elaborate/core.h"

#include <string.h>

static int computes(const Node *n) {
    if (!n->type || !dtype_is_float(n->type->dtype)) return 0;
    if (n->op == OP_dot || n->op == OP_conv || n->op == OP_scatter_add || n->op == OP_unwindow)
        return 1;
    return (op_info(n->op)->flags & (OPF_MAP | OPF_REDUCE | OPF_LIB)) != 0;
}

static void check_node(Elab *e, Region *r, Node *n) {
    e->b.region = r;
    e->b.where = n->where;
    Node *bad = build_map1(&e->b, OP_isnan, n);
    int axes[MAX_RANK], rank = n->type->rank;
    for (int i = 0; i < rank; i++) axes[i] = i;
    if (rank) {
        Node *most = build_reduce(&e->b, OP_amax, build_cast(&e->b, bad, DT_u8), axes, rank);
        most = build_reshape(&e->b, most, type_scalar(e->graph->types, DT_u8));
        bad = build_cast(&e->b, most, DT_bool);
    }
    Node *good = build_map1(&e->b, OP_logical_not, bad);
    Node *check = node_new(e->graph, r, OP_assert, NULL, &good, 1, n->where);
    Piece *p = NEW(e->arena, Piece);
    *p = (Piece){.kind = PIECE_TEXT,
                 .text = arena_printf(e->arena, "%s gives nan", op_info(n->op)->name)};
    p->length = (int)strlen(p->text);
    check->pieces = p;
    check->npieces = 1;
}

/* the region's nodes in their order, each check right behind what it checks */
static void check_region(Elab *e, Region *r) {
    int n = r->nodes.n;
    if (n == 0) return;
    Node **old = arena_copy(e->arena, r->nodes.at, sizeof *old * (size_t)n);
    Node **all = NEW_ARRAY(e->arena, Node *, 8 * n + 1);
    int count = 0;
    for (int i = 0; i < n; i++) {
        all[count++] = old[i];
        if (!computes(old[i])) continue;
        int from = r->nodes.n;
        check_node(e, r, old[i]);
        for (int k = from; k < r->nodes.n; k++) all[count++] = r->nodes.at[k];
    }
    r->nodes.n = 0;
    for (int i = 0; i < count; i++) PUSH(e->arena, &r->nodes, all[i]);
    for (int i = 0; i < n; i++)
        for (int k = 0; k < old[i]->nregions; k++) {
            int decides = old[i]->op == OP_while && k == 0,
                rule = old[i]->op == OP_custom && k == 1;
            if (!decides && !rule) check_region(e, old[i]->regions[k]);
        }
}

void check_nan(Elab *e) {
    check_region(e, e->graph->root);
    graph_renumber(e->graph);
}
