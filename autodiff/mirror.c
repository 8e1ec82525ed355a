/* mirror.c: see mirror.h. What is brought over is decided here alone: an index, what is scanned,
   leaves, views and short chains of pointwise ops on what is at hand are made again; what does not
   change from one iteration to the next is made again around the loop; the rest is kept. */
#include "autodiff/mirror.h"

#include "autodiff/stack.h"

enum { CHEAP = 12, HOISTED = 64 }; /* nodes that may be made again for one value */

static int is_loop(const Node *node) {
    return node->op == OP_for || node->op == OP_while;
}

/* whether the node sets its size */
static int sets_size(const Node *node) {
    return node->op == OP_bind || (is_loop(node) && !node->follows);
}

static void find_sites(Builder *b, Mirror *m, const Region *r) {
    for (int i = 0; i < r->nodes.n; i++) {
        Node *node = r->nodes.at[i];
        if (sets_size(node)) PUSH(b->graph->arena, &m->sites, node);
        if (node->op == OP_if)
            for (int k = 0; k < node->nregions; k++) find_sites(b, m, node->regions[k]);
    }
}

Mirror *mirror_new(Builder *b, Mirror *up, Node *control, int branch, Region *into) {
    Mirror *m = NEW(b->graph->arena, Mirror);
    m->up = up;
    m->control = control;
    m->branch = branch;
    m->from = control->regions[branch];
    m->into = into;
    m->have = values_new(b->graph->arena);
    m->hoisted = values_new(b->graph->arena);
    find_sites(b, m, m->from);
    return m;
}

/* the builder with another place for its nodes */
static Builder at_region(const Builder *b, Region *region) {
    Builder other = *b;
    other.region = region;
    return other;
}

/* for what stands around `into` */
static Builder around(const Builder *b, const Mirror *m) {
    return at_region(b, m->into->parent);
}

static const Type *slice_type(Graph *g, const Type *stack) {
    return type_new(g->types, stack->dtype, stack->rank - 1, stack->dims + 1, stack->names + 1);
}

/* The param stands where it was asked for until mirror_close moves all of them to the front: moved
   one by one, each would cost as much as the region. */
Node *mirror_scan(Builder *b, Mirror *m, Node *stack) {
    Graph *g = b->graph;
    PUSH(g->arena, &m->scanned, stack);
    const Type *type = slice_type(g, stack->type);
    Node *param = node_new(g, m->into, OP_param, type, NULL, 0, b->where);
    int64_t ints[] = {m->into->params.n};
    node_set_ints(g, param, ints, 1);
    PUSH(g->arena, &m->into->params, param);
    return param;
}

void mirror_close(Builder *b, Mirror *m) {
    Region *r = m->into;
    if (!m->scanned.n) return;
    int to = r->nodes.n;
    for (int i = r->nodes.n - 1; i >= 0; i--)
        if (r->nodes.at[i]->op != OP_param) r->nodes.at[--to] = r->nodes.at[i];
    for (int i = 0; i < to; i++) r->nodes.at[i] = r->params.at[i];
    graph_renumber(b->graph);
}

/* ---- sizes ---- */

static Node *find_site(const Mirror *m, const Size *size) {
    for (int i = 0; i < m->sites.n; i++)
        if (m->sites.at[i]->size == size) return m->sites.at[i];
    return NULL;
}

static int is_bound(const Mirror *m, const Size *size) {
    for (int i = 0; i < m->bound.n; i++)
        if (m->bound.at[i] == size) return 1;
    return 0;
}

/* is the size bound anywhere in the region? */
static int binds(const Region *r, const Size *size) {
    for (int i = 0; i < r->nodes.n; i++) {
        const Node *node = r->nodes.at[i];
        if (node->size == size && sets_size(node)) return 1;
        for (int k = 0; k < node->nregions; k++)
            if (binds(node->regions[k], size)) return 1;
    }
    return 0;
}

/* gives the size the value 0 in the branch that does not bind it: what is exported to there has no
 * elements */
static void bind_absent(Builder *b, const Node *branches, int branch, Size *size) {
    Region *other = branches->regions[!branch];
    if (binds(other, size)) return;
    Builder inside = {b->graph, other, branches->where, 0, 0};
    build_bind(&inside, build_int(&inside, 0), size);
}

/* in all branches between the site and the mirrored region */
static void bind_beside(Builder *b, const Mirror *m, const Node *site) {
    for (const Region *r = site->region; r != m->from; r = r->owner->region)
        bind_absent(b, r->owner, r == r->owner->regions[1], site->size);
}

/* the size's value at the end of the body; found again when it is collected already */
static Node *size_at_end(Builder *b, Mirror *m, const Dim *dim) {
    Region *body = m->control->regions[m->branch];
    for (int i = 0; i < body->results.n; i++)
        if (body->results.at[i]->op == OP_size && body->results.at[i]->dim == dim)
            return body->results.at[i];
    Builder inside = {b->graph, body, m->control->where, 0, 0};
    return build_size(&inside, dim);
}

static void bind_again(Builder *b, Mirror *m, Size *size, Node *site) {
    PUSH(b->graph->arena, &m->bound, size);
    Builder inside = at_region(b, m->into);
    if (site->op == OP_bind && site->region == m->from) {
        build_bind(&inside, mirror_value(b, m, site->args[0]), size);
        return;
    }
    Builder outside = around(b, m);
    bind_beside(b, m, site);
    Node *value = size_at_end(b, m, dim_size(b->graph->dims, size));
    Node *stack = mirror_value(&outside, m->up, build_collect(b, m->control, value));
    build_bind(&inside, mirror_scan(b, m, stack), size);
}

void mirror_dim(Builder *b, Mirror *m, const Dim *dim) {
    int64_t number;
    if (!m || dim_is_int(dim, &number)) return;
    const Size *sizes[64];
    int n = dim_sizes(dim, sizes, 64);
    if (n > 64) die("a size of more than 64 names");
    for (int i = 0; i < n; i++) {
        for (Mirror *at = m; at; at = at->up) {
            Node *site = is_loop(at->control) ? find_site(at, sizes[i]) : NULL;
            if (!site) continue;
            Builder inside = at_region(b, at->into);
            if (!is_bound(at, sizes[i])) bind_again(&inside, at, site->size, site);
            break;
        }
        if (sizes[i]->equals) mirror_dim(b, m, sizes[i]->equals);
    }
}

void mirror_type(Builder *b, Mirror *m, const Type *type) {
    for (int i = 0; m && type && i < type->rank; i++) mirror_dim(b, m, type->dims[i]);
}

/* ---- what can be made again ---- */

static int is_outside(const Mirror *m, const Node *v) {
    return region_encloses(v->region, m->into);
}

/* whether a node of the op may be made a second time, where its operands are at hand */
static int is_remade(const Node *v) {
    int flags = op_info(v->op)->flags;
    if (v->op == OP_param) return 0;
    return (flags & (OPF_LEAF | OPF_VIEW | OPF_MAP)) || v->op == OP_cast || v->op == OP_gather;
}

static int is_cheap(const Mirror *m, const Node *v, int *budget) {
    if (is_outside(m, v) || v->region != m->from || values_get(m->have, v)) return 1;
    if (v->op == OP_param && m->control->op == OP_for)
        return v->ints[0] == 0 ? m->index != NULL : v->ints[0] > m->control->ints[0];
    if (!is_remade(v) || --*budget < 0) return 0;
    for (int i = 0; i < v->nargs; i++)
        if (!is_cheap(m, v->args[i], budget)) return 0;
    return 1;
}

static int mentions_site(const Mirror *m, const Type *type) {
    for (int i = 0; i < type->rank; i++) {
        const Size *sizes[64];
        int64_t number;
        int n = dim_is_int(type->dims[i], &number) ? 0 : dim_sizes(type->dims[i], sizes, 64);
        for (int k = 0; k < n; k++)
            if (find_site(m, sizes[k])) return 1;
    }
    return 0;
}

static int is_invariant(const Mirror *m, const Node *v, int *budget) {
    if (is_outside(m, v) || v->region != m->from || values_get(m->hoisted, v)) return 1;
    int flags = op_info(v->op)->flags;
    if (v->op == OP_param || v->op == OP_result || !v->type) return 0;
    if ((flags & (OPF_EFFECT | OPF_TRAP | OPF_CONTROL)) || --*budget < 0) return 0;
    if (v->op == OP_size || mentions_site(m, v->type)) return 0;
    for (int i = 0; i < v->nargs; i++)
        if (!is_invariant(m, v->args[i], budget)) return 0;
    return 1;
}

/* ---- bringing a value over ---- */

static Node *hoist(Builder *outside, Mirror *m, Node *v) {
    Node *known = values_get(m->hoisted, v);
    if (known) return known;
    if (is_outside(m, v) || v->region != m->from) {
        known = mirror_value(outside, m->up, v);
        if (known != v) values_set(m->hoisted, v, known);
        return known;
    }
    mirror_type(outside, m->up, v->type);
    for (int i = 0; i < v->nargs; i++) hoist(outside, m, v->args[i]);
    return node_clone(outside, v, m->hoisted);
}

static Node *remake(Builder *b, Mirror *m, Node *v) {
    if (v->type) mirror_type(b, m, v->type);
    if (v->op == OP_size) mirror_dim(b, m, v->dim);
    for (int i = 0; i < v->nargs; i++) {
        Node *arg = mirror_value(b, m, v->args[i]);
        if (arg != v->args[i]) values_set(m->have, v->args[i], arg);
    }
    Builder inside = at_region(b, m->into);
    return node_clone(&inside, v, m->have);
}

/* binds what the type mentions in the other branch too */
static void export_sizes(Builder *b, const Mirror *m, const Type *type) {
    for (int i = 0; i < type->rank; i++) {
        const Size *sizes[64];
        int64_t number;
        int n = dim_is_int(type->dims[i], &number) ? 0 : dim_sizes(type->dims[i], sizes, 64);
        for (int k = 0; k < n; k++) {
            Node *site = find_site(m, sizes[k]);
            if (!site) continue;
            bind_beside(b, m, site);
            bind_absent(b, m->control, m->branch, site->size);
        }
    }
}

/* kept by the finished node, and read back */
static Node *fetch(Builder *b, Mirror *m, Node *v) {
    Builder outside = around(b, m);
    if (!is_loop(m->control)) {
        export_sizes(b, m, v->type);
        return mirror_value(&outside, m->up, build_export(b, m->control, m->branch, v));
    }
    Node *stack = build_collect(b, m->control, v);
    mirror_type(b, m, v->type);
    return mirror_scan(b, m, mirror_value(&outside, m->up, stack));
}

/* ---- which value to keep ---- */

/* rows that cost next to nothing beside reading an operand */
static const char light[OP_COUNT] = {
    [OP_add] = 1, [OP_sub] = 1,  [OP_mul] = 1,  [OP_neg] = 1,     [OP_square] = 1,  [OP_where] = 1,
    [OP_div] = 1, [OP_relu] = 1, [OP_eq] = 1,   [OP_ne] = 1,      [OP_lt] = 1,      [OP_le] = 1,
    [OP_gt] = 1,  [OP_ge] = 1,   [OP_flip] = 1, [OP_reshape] = 1, [OP_permute] = 1, [OP_detach] = 1,
};

/* the one value of v's size from which, with what is at hand, v is made by light rows; v itself
   where there is none. Scalars beside it do not count. */
static Node *base_of(const Mirror *m, Node *v, int *budget) {
    Node *base = NULL;
    int cheap = CHEAP;
    if (!light[v->op] || --*budget < 0) return v;
    for (int i = 0; i < v->nargs; i++) {
        Node *arg = v->args[i];
        if (is_cheap(m, arg, &cheap)) continue;
        if (!arg->type->rank && v->type->rank) continue;
        Node *one = base_of(m, arg, budget);
        if (base && base != one) return v;
        base = one;
    }
    return base && dtype_bytes(base->type->dtype) <= dtype_bytes(v->type->dtype) ? base : v;
}

static Node *bring(Builder *b, Mirror *m, Node *v) {
    const Node *c = m->control;
    int budget = CHEAP;
    if (v->op == OP_param && c->op == OP_for && v->ints[0] == 0 && m->index) return m->index;
    if (v->op == OP_param && c->op == OP_for && v->ints[0] > c->ints[0]) {
        Builder outside = around(b, m);
        mirror_type(b, m, v->type);
        return mirror_scan(b, m, mirror_value(&outside, m->up, c->args[2 + v->ints[0]]));
    }
    if (is_remade(v) && is_cheap(m, v, &budget)) return remake(b, m, v);
    budget = HOISTED;
    if (is_loop(c) && is_invariant(m, v, &budget)) {
        Builder outside = around(b, m);
        return hoist(&outside, m, v);
    }
    budget = CHEAP;
    Node *base = base_of(m, v, &budget);
    if (base == v) return fetch(b, m, v);
    mirror_value(b, m, base);
    return remake(b, m, v);
}

Node *mirror_value(Builder *b, Mirror *m, Node *v) {
    if (!m || is_outside(m, v)) return v;
    if (v->region != m->from) {
        Builder outside = around(b, m);
        return mirror_value(&outside, m->up, v);
    }
    Node *known = values_get(m->have, v);
    if (known) return known;
    Node *found = bring(b, m, v);
    values_set(m->have, v, found);
    return found;
}

/* ---- loops and recomputed regions ---- */

void mirror_bounds(Builder *b, Mirror *m, Node *loop, Node **bounds) {
    const Dim *trips = dim_size(b->graph->dims, build_trip(b, loop));
    mirror_dim(b, m, trips);
    if (loop->op == OP_for) {
        for (int i = 0; i < 3; i++) bounds[i] = mirror_value(b, m, loop->args[i]);
        return;
    }
    bounds[0] = build_int(b, 0);
    bounds[1] = build_size(b, trips);
    bounds[2] = build_int(b, 1);
}

void mirror_again(Builder *b, Mirror *m, const Node *recompute, const NodeList *free,
                  Node **aliases, Node **results) {
    Graph *g = b->graph;
    Values *values = values_new(g->arena);
    NodeList all = {0};
    free_values(g, recompute, NULL, &all);
    for (int i = 0; i < all.n; i++) {
        mirror_type(b, m, all.at[i]->type);
        values_set(values, all.at[i], mirror_value(b, m, all.at[i]));
    }
    for (int i = 0; i < free->n; i++) {
        aliases[i] = alias(b, values_get(values, free->at[i]));
        values_set(values, free->at[i], aliases[i]);
    }
    Builder again = *b;
    again.simplify = 0;
    again.group = g->next_group++;
    region_clone(&again, recompute->regions[0], values, CLONE_NO_EFFECTS, results);
}
