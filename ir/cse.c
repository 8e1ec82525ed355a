/* cse.c: equal computations are done once. One walk with a hash table of the nodes that stand
   before and are visible; what a region adds is taken out at its end. Random nodes have their draw
   among their operands, so only equal draws meet. Effects, control nodes and nodes of different
   groups are never merged.

   A size is a cell that may be set again (the next batch): whoever mentions it is equal only to
   what was computed since the last setting. So each size has an epoch, which counts its settings.
 */
#include "ir/pass.h"

#include <string.h>

typedef struct Entry Entry;
struct Entry {
    Node *node; /* NULL: empty */
    uint64_t hash;
    uint64_t epoch; /* the newest epoch of the sizes that it mentions */
};

typedef struct Cse Cse;
struct Cse {
    Graph *graph;
    Entry *table; /* open addressing; entries are taken out in reverse order, so none is a hole */
    size_t cap, count;
    VEC(size_t) undo; /* slots, in the order they were filled */
    uint64_t *epochs; /* by size id */
    uint64_t now;
    uint64_t *seen; /* see newest: the epoch being gathered */
    int changes;
};

static uint64_t mix(uint64_t h, uint64_t x) {
    h = (h ^ x) * 0x9e3779b97f4a7c15u;
    return h ^ (h >> 32);
}

static size_t data_size(const Cse *c, const Node *node) {
    return (size_t)dim_value(type_count(c->graph->dims, node->type)) *
           (size_t)dtype_bytes(node->type->dtype);
}

static uint64_t hash_node(const Cse *c, const Node *node, uint64_t epoch) {
    uint64_t h = mix((uint64_t)node->op, (uint64_t)node->group);
    h = mix(h, epoch);
    h = mix(h, (uint64_t)node->type->dtype * 16 + (uint64_t)node->type->rank);
    for (int i = 0; i < node->type->rank; i++) h = mix(h, (uintptr_t)node->type->dims[i]);
    for (int i = 0; i < node->nints; i++) h = mix(h, (uint64_t)node->ints[i]);
    for (int i = 0; i < node->nargs; i++) h = mix(h, (uintptr_t)node->args[i]);
    h = mix(h, (uintptr_t)node->dim);
    if (!node->data) return h;
    const unsigned char *at = node->data;
    size_t n = data_size(c, node);
    for (size_t i = 0; i < n && i < 256; i++) h = h * 31 + at[i];
    return mix(h, n);
}

static int same_node(const Cse *c, const Node *a, const Node *b) {
    if (a->op != b->op || a->group != b->group || a->nargs != b->nargs || a->nints != b->nints)
        return 0;
    if (a->type->dtype != b->type->dtype || !type_same_shape(a->type, b->type) || a->dim != b->dim)
        return 0;
    for (int i = 0; i < a->nargs; i++)
        if (a->args[i] != b->args[i]) return 0;
    for (int i = 0; i < a->nints; i++)
        if (a->ints[i] != b->ints[i]) return 0;
    return !a->data || !memcmp(a->data, b->data, data_size(c, a));
}

/* ---- epochs ---- */

static void newest(const Size *size, void *data) {
    Cse *c = data;
    if (c->epochs[size->id] > *c->seen) *c->seen = c->epochs[size->id];
}

static void set_again(const Size *size, void *data) {
    Cse *c = data;
    c->epochs[size->id] = c->now;
}

static void sizes_change(Cse *c, const Node *node) {
    c->now++;
    node_each_set_size(node, set_again, c);
}

/* ---- the table ---- */

static void table_insert(Cse *c, Entry entry) {
    size_t at = entry.hash & (c->cap - 1);
    while (c->table[at].node) at = (at + 1) & (c->cap - 1);
    c->table[at] = entry;
    c->count++;
    PUSH(c->graph->arena, &c->undo, at);
}

/* in the order of insertion, so that undoing stays right */
static void table_grow(Cse *c) {
    Entry *old = c->table;
    int n = c->undo.n;
    c->cap *= 2;
    c->table = NEW_ARRAY(c->graph->arena, Entry, c->cap);
    c->count = 0;
    size_t *order = arena_copy(c->graph->arena, c->undo.at, sizeof(size_t) * (size_t)n);
    c->undo.n = 0;
    for (int i = 0; i < n; i++) table_insert(c, old[order[i]]);
}

static void table_undo(Cse *c, int mark) {
    while (c->undo.n > mark) {
        c->table[c->undo.at[--c->undo.n]] = (Entry){0};
        c->count--;
    }
}

/* the node that is equal and stands before; else NULL, and node is kept for those to come */
static Node *find_or_keep(Cse *c, Node *node) {
    uint64_t epoch = 0;
    c->seen = &epoch;
    node_each_size(node, newest, c);
    Entry entry = {node, hash_node(c, node, epoch), epoch};
    for (size_t at = entry.hash & (c->cap - 1); c->table[at].node; at = (at + 1) & (c->cap - 1)) {
        const Entry *e = &c->table[at];
        if (e->hash == entry.hash && e->epoch == epoch && same_node(c, e->node, node))
            return e->node;
    }
    if (2 * (c->count + 1) > c->cap) table_grow(c);
    table_insert(c, entry);
    return NULL;
}

/* ---- the walk ---- */

static int is_mergeable(const Node *node) {
    int flags = op_info(node->op)->flags;
    return node->type && node->op != OP_param && !(flags & (OPF_EFFECT | OPF_CONTROL));
}

static void cse_region(Cse *c, Region *r) {
    NodeList list = region_take(r);
    for (int i = 0; i < list.n; i++) {
        Node *node = list.at[i];
        rename_slots(node);
        Node *same = is_mergeable(node) ? find_or_keep(c, node) : NULL;
        if (same) {
            rename_to(node, same);
            c->changes++;
            continue;
        }
        if (node->nregions || node->size) sizes_change(c, node);
        for (int k = 0; k < node->nregions; k++) {
            int mark = c->undo.n;
            cse_region(c, node->regions[k]);
            table_undo(c, mark);
        }
        if (node->nregions) sizes_change(c, node);
        region_push(c->graph, r, node);
    }
    for (int i = 0; i < r->results.n; i++) r->results.at[i] = renamed(r->results.at[i]);
}

int pass_cse(Graph *g) {
    Cse c = {.graph = g, .cap = 1024};
    c.table = NEW_ARRAY(g->arena, Entry, c.cap);
    c.epochs = NEW_ARRAY(g->arena, uint64_t, size_count(g->dims) + 1);
    marks_clear(g);
    cse_region(&c, g->root);
    return c.changes;
}
