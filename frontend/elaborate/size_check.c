/* size_check.c: no size of a tensor is negative. What is not sure, and what start-up can tell,
   becomes a check of the program, made before its memory is planned: for all tensors, used or not.
   And no tensor is so large that its bytes could not be counted. */
#include "frontend/elaborate/core.h"

enum { LARGEST = 50 }; /* 2 to that bytes; the sum of thousands of them is counted, too */

static void add_check(Elab *e, const Dim *d, const Frame *where) {
    Graph *g = e->graph;
    for (int i = 0; i < g->checks.n; i++)
        if (g->checks.at[i].least == d) return;
    SizeCheck check = {d, arena_printf(e->arena, "the size %s is negative", dim_print(e->arena, d)),
                       where};
    PUSH(e->arena, &g->checks, check);
}

static void check_type(Elab *e, const Type *t, const Frame *where) {
    int64_t value;
    for (int i = 0; t && i < t->rank; i++) {
        const Dim *d = t->dims[i];
        if (dim_lower(d) < 0 && !dim_is_int(d, &value) && size_known_at_start(d, CHECK_SIZES))
            add_check(e, d, where);
    }
}

static void check_bytes(Elab *e, const Node *node, const Type *t) {
    int64_t value, bytes = t ? dtype_bytes(t->dtype) : 0;
    int too_large = 0;
    for (int i = 0; t && i < t->rank; i++) {
        if (!dim_is_int(t->dims[i], &value)) continue;
        too_large |= __builtin_mul_overflow(bytes, value, &bytes);
        if (value == 0) return;
    }
    if (!too_large && bytes <= (int64_t)1 << LARGEST) return;
    elab_error(e, frame_user_span(node->where), "tensor-too-large",
               "%s is too large: a tensor has at most 2**%d bytes", type_print(e->arena, t),
               LARGEST);
}

static void check_region(Elab *e, const Region *r) {
    for (int i = 0; i < r->nodes.n; i++) {
        const Node *n = r->nodes.at[i];
        check_type(e, n->type, n->where);
        check_bytes(e, n, n->type);
        for (int k = 0; k < n->ntypes; k++) {
            check_type(e, n->types[k], n->where);
            check_bytes(e, n, n->types[k]);
        }
        for (int k = 0; k < n->nregions; k++) check_region(e, n->regions[k]);
    }
}

void size_checks(Elab *e) {
    check_region(e, e->graph->root);
}
