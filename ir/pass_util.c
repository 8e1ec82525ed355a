/* pass_util.c: what the passes share: every place that names a node, renaming, taking a region
   apart and filling it again, what may stop the program, which sizes a node needs and sets. */
#include "ir/build_impl.h"
#include "ir/number.h"
#include "ir/pass.h"

/* ---- the places that name a node ---- */

int node_nslots(const Node *node) {
    const Loop *loop = node->loop;
    return node->nargs + (loop && loop->items_size) + (loop && loop->every);
}

Node **node_slot(Node *node, int i) {
    if (i < node->nargs) return &node->args[i];
    Loop *loop = node->loop;
    return i == node->nargs && loop->items_size ? &loop->items_size : &loop->every;
}

static void clear_mark(Node *node, void *data) {
    (void)data;
    node->mark = NULL;
}

void marks_clear(Graph *g) {
    graph_each(g->root, clear_mark, NULL);
}

void rename_to(Node *from, Node *to) {
    from->mark = to == from ? NULL : to;
}

Node *renamed(Node *node) {
    Node *last = node;
    while (last && last->mark) last = last->mark;
    while (node && node->mark) { /* chains stay short */
        Node *next = node->mark;
        if (next != last) node->mark = last;
        node = next;
    }
    return last;
}

void rename_slots(Node *node) {
    for (int i = node_nslots(node) - 1; i >= 0; i--) {
        Node **slot = node_slot(node, i);
        *slot = renamed(*slot);
    }
}

void rename_region(Region *region) {
    for (int i = 0; i < region->nodes.n; i++) {
        Node *node = region->nodes.at[i];
        rename_slots(node);
        for (int k = 0; k < node->nregions; k++) rename_region(node->regions[k]);
    }
    for (int i = 0; i < region->results.n; i++)
        region->results.at[i] = renamed(region->results.at[i]);
}

/* ---- taking regions apart ---- */

NodeList region_take(Region *region) {
    NodeList list = {region->nodes.at, region->nodes.n};
    region->nodes.at = NULL;
    region->nodes.n = region->nodes.cap = 0;
    return list;
}

void region_push(Graph *g, Region *region, Node *node) {
    node->region = region;
    for (int k = 0; k < node->nregions; k++) node->regions[k]->parent = region;
    PUSH(g->arena, &region->nodes, node);
}

void region_splice(Graph *g, Region *region, Region *inner) {
    for (int i = inner->params.n; i < inner->nodes.n; i++)
        region_push(g, region, inner->nodes.at[i]);
}

/* ---- traps and effects ---- */

/* start, start + step … of length stand inside an axis of size */
static int box_inside(Graph *g, const Node *start, const Dim *length, int64_t step,
                      const Dim *size) {
    Dims *t = g->dims;
    const Dim *at = node_dim(g, start);
    int64_t none;
    if (dim_is_int(length, &none) && none == 0) return 1;
    if (!at || dim_lower(at) < 0) return 0;
    const Dim *reach = dim_mul(t, dim_sub(t, length, dim_int(t, 1)), dim_int(t, step));
    return dim_lower(dim_sub(t, size, dim_add(t, at, reach))) >= 1;
}

static int box_may_trap(Graph *g, const Node *node, int first) {
    const Type *x = node->args[0]->type, *part = first == 1 ? node->type : node->args[1]->type;
    for (int i = 0; i < x->rank; i++)
        if (!box_inside(g, node->args[first + i], part->dims[i], node->ints[i], x->dims[i]))
            return 1;
    return 0;
}

/* integer division by what is plainly not zero; an exponent that is plainly not negative */
static int map_may_trap(const Node *node) {
    DType dtype = node->args[1]->type->dtype;
    if (dtype_is_float(dtype)) return 0;
    const Node *fill = node_fill(node->args[1]);
    if (!fill) return 1;
    int64_t value = number_load_int(dtype, fill->data);
    return node->op == OP_ipow ? value < 0 : value == 0;
}

int node_may_trap(Graph *g, const Node *node) {
    if (node->op == OP_for) {
        const Node *step = node->args[2];
        return step->op != OP_const || *(const int64_t *)step->data == 0;
    }
    if (!(op_info(node->op)->flags & OPF_TRAP)) return 0;
    if (node->op == OP_slice) return box_may_trap(g, node, 1);
    if (node->op == OP_slice_update) return box_may_trap(g, node, 2);
    return op_info(node->op)->flags & OPF_MAP && node->nargs == 2 ? map_may_trap(node) : 1;
}

int node_has_effect(const Node *node) {
    return (op_info(node->op)->flags & OPF_EFFECT) || (node->loop && node->loop->checkpoint);
}

/* ---- sizes ---- */

typedef void OnSize(const Size *, void *);

static void each_size(const Dim *d, OnSize *f, void *data) {
    const Size *sizes[64];
    int n = dim_sizes(d, sizes, 64);
    if (n == 64) die("a size of too many sizes");
    for (int i = 0; i < n; i++) f(sizes[i], data);
}

static void each_size_of_type(const Type *type, OnSize *f, void *data) {
    for (int i = 0; type && i < type->rank; i++)
        if (!dim_is_int(type->dims[i], NULL)) each_size(type->dims[i], f, data);
}

void node_each_size(const Node *node, OnSize *f, void *data) {
    each_size_of_type(node->type, f, data);
    for (int i = 0; i < node->ntypes; i++) each_size_of_type(node->types[i], f, data);
    if (node->dim) each_size(node->dim, f, data);
}

void node_each_set_size(const Node *node, OnSize *f, void *data) {
    if (node->size) f(node->size, data);
    for (int k = 0; k < node->nregions; k++)
        for (int i = 0; i < node->regions[k]->nodes.n; i++)
            node_each_set_size(node->regions[k]->nodes.at[i], f, data);
}
