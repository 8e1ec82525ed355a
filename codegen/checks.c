/* checks.c: what may stop the program does, whoever reads its value. Kernels check indices and
   divisors where they compute elements, and compute only what is read: this finds nodes whose
   checks no reader is sure to make before the next visible effect, and has them made where the node
   stands, by a value that reads as little of it as it takes (a slice of it), or by the node itself.
   Takes the graph before any fusing; gives the nodes that must be computed. */
#include "codegen/fuse.h"
#include "ir/pass.h"

#include <string.h>

/* Places are counted in visible effects from the end of the region, so that a greater one is
   earlier; NEVER: perhaps not at all. */
enum { NEVER = -1 };

typedef struct When When;
struct When {
    int some,
        all;  /* where one of its elements, and where all of them, are computed at the latest */
    int used; /* a kernel or a step reads it, if only in a branch */
};

typedef struct Checks Checks;
struct Checks {
    Fuse *fuse;
    Graph *graph;
    When *when; /* by node id */
    int count;  /* of ids */
};

static int surely(const Dim *d) {
    return dim_lower(d) >= 1;
}

static int surely_from(const Type *type, int axis) {
    for (int i = axis; i < type->rank; i++)
        if (!surely(type->dims[i])) return 0;
    return 1;
}

/* ---- how a node reads its operands ---- */

/* a slice of all that a gather's indices choose, if not of all that lies at each of them */
static int is_of_all_checked(const Node *slice) {
    const Node *from = slice->args[0];
    if (from->op != OP_gather) return slice->type == from->type;
    int kept = from->args[1]->type->rank;
    for (int i = 0; i < kept; i++)
        if (slice->type->dims[i] != from->type->dims[i]) return 0;
    return surely_from(slice->type, kept);
}

static When reads_of_view(const Node *user, When w) {
    const Type *from = user->args[0]->type;
    int stretched = from->rank <= user->type->rank && surely_from(user->type, 0);
    switch (user->op) {
    case OP_slice:
        return (When){w.some, is_of_all_checked(user) ? w.all : NEVER, 0};
    case OP_window:
        return (When){w.some, NEVER, 0};
    case OP_expand:
        return (When){w.some, from == user->type || stretched ? w.all : NEVER, 0};
    case OP_pad:
    case OP_cat:
        return (When){w.all, w.all, 0};
    default: /* each element once */
        return w;
    }
}

static When reads(const Node *user, int i, When w) {
    int index = user->op == OP_gather || user->op == OP_scatter || user->op == OP_scatter_add;
    if (index && i > 0 && i <= user->ints[0]) {
        const Type *part = user->op == OP_gather ? user->type : user->args[user->nargs - 1]->type;
        return surely_from(part, user->args[i]->type->rank) ? w : (When){NEVER, NEVER, 0};
    }
    int any = surely_from(user->type, 0);
    if (user->op == OP_gather) return (When){any ? w.some : NEVER, NEVER, 0};
    if (user->op == OP_conv) return (When){any ? w.all : NEVER, i && any ? w.all : NEVER, 0};
    if (user->op == OP_dot) return any ? w : (When){NEVER, NEVER, 0};
    if (user->op == OP_unwindow) return (When){w.all, w.all, 0};
    return op_is_flag(user, OPF_VIEW) ? reads_of_view(user, w) : w;
}

/* ---- places ---- */

static int is_whole(const Node *node) {
    return decide_is_root(node) || node->op == OP_result || is_rank0(node) ||
           op_is_flag(node, OPF_LIB | OPF_STACK);
}

static int is_step(const Node *node) {
    return !node->type || is_rank0(node) || op_is_flag(node, OPF_EFFECT | OPF_CONTROL);
}

static void note(Checks *c, const Node *node, When w) {
    if (node->id >= c->count) return;
    When *of = &c->when[node->id];
    if (w.some > of->some) of->some = w.some;
    if (w.all > of->all) of->all = w.all;
    of->used |= w.used;
}

static int stores_none(const Node *node) {
    int64_t n;
    for (int i = 0; node->type && i < node->type->rank; i++)
        if (dim_is_int(node->type->dims[i], &n) && n == 0) return 1;
    return 0;
}

static void note_operands(Checks *c, Node *node, int now) {
    When w = c->when[node->id];
    if (is_step(node)) w = (When){now, now, 1};
    if (is_whole(node) && w.used) w = (When){now, now, 1};
    for (int i = 0; i < node_nslots(node); i++) {
        Node *arg = *node_slot(node, i);
        if (!arg) continue;
        When part = is_step(node) || i >= node->nargs ? w : reads(node, i, w);
        if (arg->region != node->region) part = (When){NEVER, NEVER, 0};
        part.used = w.used && !stores_none(node);
        note(c, arg, part);
    }
}

/* ---- nodes that are computed for their checks ---- */

/* the shape of the part of node whose elements make all its checks */
static const Type *checked_part(Checks *c, const Node *node) {
    const Dim *dims[MAX_RANK], *one = dim_int(c->graph->dims, 1);
    int rank = node->type->rank, kept = node->op == OP_gather ? node->args[1]->type->rank : 0;
    if (node->op != OP_gather && node->op != OP_slice) kept = rank;
    for (int i = 0; i < rank; i++) {
        const Dim *d = node->type->dims[i];
        dims[i] = i < kept || !surely(d) ? d : one;
    }
    return type_new(c->graph->types, node->type->dtype, rank, dims, node->type->names);
}

static Node *after(Checks *c, Region *r, int i, Op op, const Type *type, Node *const *args, int n) {
    const Frame *where = r->nodes.at[i]->where;
    if (i + 1 < r->nodes.n)
        return node_new_before(c->graph, r->nodes.at[i + 1], op, type, args, n, where);
    return node_new(c->graph, r, op, type, args, n, where);
}

static void compute(Checks *c, Region *r, int i) {
    static const int64_t zero = 0;
    Node *node = r->nodes.at[i], *args[1 + MAX_RANK] = {node};
    const Type *part = checked_part(c, node);
    int64_t steps[MAX_RANK];
    int rank = node->type->rank;
    if (part != node->type && !decide_is_root(node)) {
        Node *start = after(c, r, i, OP_const, type_scalar(c->graph->types, DT_i64), NULL, 0);
        start->data = arena_copy(c->graph->arena, &zero, sizeof zero);
        for (int k = 0; k < rank; k++) {
            args[1 + k] = start;
            steps[k] = 1;
        }
        node = after(c, r, i + 1, OP_slice, part, args, 1 + rank);
        node_set_ints(c->graph, node, steps, rank);
    }
    PUSH(c->fuse->arena, &c->fuse->checked, node);
}

static void check_node(Checks *c, Region *r, int i, int now) {
    Node *node = r->nodes.at[i];
    When *w = &c->when[node->id];
    if (!node->type || is_rank0(node) || op_is_flag(node, OPF_EFFECT)) return;
    if (stores_none(node) || !node_may_trap(c->graph, node)) return;
    int whole = decide_is_root(node) && w->used;
    int at = node->op == OP_slice ? w->some : w->all;
    if (whole || at == now) return;
    compute(c, r, i);
    *w = (When){now, now, 1};
}

/* gives whether something in it can be seen from outside */
static int check_region(Checks *c, Region *r) {
    int now = 0;
    for (int i = 0; i < r->results.n; i++) note(c, r->results.at[i], (When){0, 0, 1});
    for (int i = r->nodes.n - 1; i >= 0; i--) {
        Node *node = r->nodes.at[i];
        int visible = node_has_effect(node) && node->op != OP_bind;
        for (int k = 0; k < node->nregions; k++) visible |= check_region(c, node->regions[k]);
        now += visible;
        check_node(c, r, i, now);
        note_operands(c, node, now);
    }
    return now > 0;
}

void fuse_checks(Fuse *f) {
    Graph *g = f->graph;
    Checks c = {.fuse = f, .graph = g, .count = g->next_id + 1};
    c.when = NEW_ARRAY(g->arena, When, c.count);
    for (int i = 0; i < c.count; i++) c.when[i] = (When){NEVER, NEVER, 0};
    check_region(&c, g->root);
    if (f->checked.n) graph_renumber(g);
}
