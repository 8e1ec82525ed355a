/* verify.c: checks all that graph.h and ops.def promise. Takes a finished graph, gives the first
   broken promise as text. */
#include "ir/pass.h"
#include "ir/shape.h"

typedef struct Check Check;
struct Check {
    Graph *graph;
    const char *error;
};

static int broken(Check *c, const Node *node, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

static int broken(Check *c, const Node *node, const char *format, ...) {
    va_list args;
    va_start(args, format);
    const char *what = arena_vprintf(c->graph->arena, format, args);
    va_end(args);
    if (!c->error)
        c->error =
            arena_printf(c->graph->arena, "%%%d %s: %s", node->id, op_info(node->op)->name, what);
    return 0;
}

static int same_type(Check *c, const Type *a, const Type *b) {
    return a && b && a->dtype == b->dtype && shape_same(c->graph, a, b);
}

/* used stands before user, in its region or one around it */
static int visible(const Node *used, const Node *user) {
    const Node *at = user;
    while (at && at->region != used->region) at = at->region->owner;
    return at && used->id < at->id;
}

static int check_uses(Check *c, Node *node) {
    for (int i = 0; i < node_nslots(node); i++) {
        const Node *used = *node_slot(node, i);
        if (!used) return broken(c, node, "operand %d is missing", i);
        if (!visible(used, node))
            return broken(c, node, "operand %d (%%%d) does not stand before it", i, used->id);
        if (!used->type && node->op != OP_result)
            return broken(c, node, "operand %d (%%%d) has no value", i, used->id);
    }
    return 1;
}

static int check_type(Check *c, const Node *node) {
    Shape s = {c->graph,   node->op,    node->args, node->nargs,
               node->ints, node->nints, node->type, NULL};
    const Type *type = shape_infer(&s);
    if (s.error) return broken(c, node, "%s", s.error);
    if (!type && !node->type) return 1;
    if (!same_type(c, type, node->type))
        return broken(c, node, "has the type %s, expected %s",
                      node->type ? type_print(c->graph->arena, node->type) : "(none)",
                      type ? type_print(c->graph->arena, type) : "(none)");
    return 1;
}

/* ---- what single ops need besides ---- */

static int check_pieces(Check *c, const Node *node) {
    for (int i = 0; i < node->npieces; i++) {
        const Piece *p = &node->pieces[i];
        if (p->kind == PIECE_TEXT && !p->text) return broken(c, node, "piece %d has no text", i);
        int limit = p->kind == PIECE_ARG ? c->graph->args.n : node->nargs;
        int governs = p->kind == PIECE_WHEN || p->kind == PIECE_UNLESS;
        if (governs && p->length > node->npieces - i - 1)
            return broken(c, node, "piece %d governs %d pieces", i, p->length);
        if (p->kind != PIECE_TEXT && (p->index < 0 || p->index >= limit))
            return broken(c, node, "piece %d reads value %d of %d", i, p->index, limit);
    }
    return 1;
}

static int check_fields(Check *c, const Node *node) {
    Graph *g = c->graph;
    int first = node->nints ? (int)node->ints[0] : -1;
    if (node->op == OP_const && !node->data) return broken(c, node, "has no data");
    if (node->op == OP_size && !node->dim) return broken(c, node, "has no size");
    if (node->op == OP_bind && !node->size) return broken(c, node, "sets no size");
    if ((node->op == OP_arg || node->op == OP_arg_is) && (first < 0 || first >= g->args.n))
        return broken(c, node, "no such arg");
    if (node->op == OP_data && (first < 0 || first >= g->data.n))
        return broken(c, node, "no such data");
    if (node->op == OP_save && node->nnames > node->nargs)
        return broken(c, node, "has too few operands");
    if (node->op == OP_load && (node->nnames > node->nargs || node->ntypes != node->nnames))
        return broken(c, node, "has %d names for %d results", node->nnames, node->ntypes);
    if (node->op == OP_param &&
        (first < 0 || first >= node->region->params.n || node->region->params.at[first] != node))
        return broken(c, node, "is not param %d of its region", first);
    if (g->level >= LEVEL_INLINED &&
        (node->op == OP_custom || node->op == OP_recompute || node->op == OP_detach))
        return broken(c, node, "should be gone by now");
    return check_pieces(c, node);
}

/* ---- control ---- */

static int check_params(Check *c, const Node *node, const Region *r, int first_param, int first_arg,
                        int n) {
    for (int i = 0; i < n; i++) {
        if (first_param + i >= r->params.n) return broken(c, node, "its region has too few params");
        if (!same_type(c, r->params.at[first_param + i]->type, node->args[first_arg + i]->type))
            return broken(c, node, "param %d differs from its operand", first_param + i);
    }
    return 1;
}

/* results from first on are the node's, with a leading axis where stacked */
static int check_results(Check *c, const Node *node, const Region *r, int first, int stacked) {
    if (r->results.n != node->ntypes)
        return broken(c, node, "%d results of its region, %d of its own", r->results.n,
                      node->ntypes);
    for (int i = first; i < node->ntypes; i++) {
        const Type *inner = r->results.at[i]->type, *outer = node->types[i];
        int same = inner && inner->dtype == outer->dtype && inner->rank + stacked == outer->rank;
        for (int k = 0; same && k < inner->rank; k++)
            same = shape_same_dim(c->graph, inner->dims[k], outer->dims[k + stacked]);
        if (!same) return broken(c, node, "result %d differs from its region's", i);
    }
    return 1;
}

static int check_carried(Check *c, const Node *node, const Region *body, int first_arg, int n) {
    for (int i = 0; i < n; i++)
        if (i >= body->results.n || i >= node->ntypes ||
            !same_type(c, body->results.at[i]->type, node->args[first_arg + i]->type) ||
            !same_type(c, node->types[i], node->args[first_arg + i]->type))
            return broken(c, node, "carried value %d changes its type", i);
    if (node->ntypes > n && !node->size) return broken(c, node, "collects without a trip count");
    return check_results(c, node, body, n, 1);
}

static int check_for(Check *c, const Node *node) {
    const Region *body = node->regions[0];
    if (node->nints != 3 || node->nregions != 1) return broken(c, node, "is incomplete");
    int ncarried = (int)node->ints[0], nscanned = (int)node->ints[1];
    if (node->nargs != 3 + ncarried + nscanned || body->params.n != 1 + ncarried + nscanned)
        return broken(c, node, "%d operands, %d params", node->nargs, body->params.n);
    const Type *i64 = type_scalar(c->graph->types, DT_i64);
    for (int i = 0; i < 3; i++)
        if (node->args[i]->type != i64) return broken(c, node, "bound %d is no i64", i);
    if (body->params.at[0]->type != i64) return broken(c, node, "its index is no i64");
    if (!check_params(c, node, body, 1, 3, ncarried)) return 0;
    for (int i = 0; i < nscanned; i++) {
        const Type *outer = node->args[3 + ncarried + i]->type;
        const Type *inner = body->params.at[1 + ncarried + i]->type;
        int same = inner->dtype == outer->dtype && inner->rank + 1 == outer->rank;
        for (int k = 0; same && k < inner->rank; k++)
            same = shape_same_dim(c->graph, inner->dims[k], outer->dims[k + 1]);
        if (!same) return broken(c, node, "scanned value %d has another type inside", i);
    }
    return check_carried(c, node, body, 3, ncarried);
}

static int is_bool(Check *c, const Node *node) {
    return node->type == type_scalar(c->graph->types, DT_bool);
}

static int check_while(Check *c, const Node *node) {
    if (node->nints != 1 || node->nregions != 2) return broken(c, node, "is incomplete");
    const Region *cond = node->regions[0], *body = node->regions[1];
    int n = (int)node->ints[0];
    if (node->nargs != n || body->params.n != n || cond->params.n != n)
        return broken(c, node, "%d operands, %d params", node->nargs, body->params.n);
    if (cond->results.n != 1 || !is_bool(c, cond->results.at[0]))
        return broken(c, node, "its condition gives no bool");
    if (!check_params(c, node, cond, 0, 0, n) || !check_params(c, node, body, 0, 0, n)) return 0;
    return check_carried(c, node, body, 0, n);
}

static int check_control(Check *c, const Node *node) {
    if (node->op == OP_for) return check_for(c, node);
    if (node->op == OP_while) return check_while(c, node);
    if (node->op == OP_if) {
        if (node->nregions != 2) return broken(c, node, "is incomplete");
        if (!is_bool(c, node->args[0])) return broken(c, node, "its condition is no bool");
        return check_results(c, node, node->regions[0], 0, 0) &&
               check_results(c, node, node->regions[1], 0, 0);
    }
    if (node->nregions != (node->op == OP_custom ? 2 : 1)) return broken(c, node, "is incomplete");
    return check_params(c, node, node->regions[0], 0, 0, node->nargs) &&
           check_results(c, node, node->regions[0], 0, 0);
}

/* ---- regions ---- */

static int check_region(Check *c, Region *r);

static int check_node(Check *c, Node *node, int last_id) {
    if (node->id <= last_id) return broken(c, node, "its id does not grow");
    int is_control = (op_info(node->op)->flags & OPF_CONTROL) != 0;
    if (!check_uses(c, node) || !check_fields(c, node) || !check_type(c, node)) return 0;
    if (!is_control) return node->nregions == 0 || broken(c, node, "has regions");
    for (int i = 0; i < node->nregions; i++) {
        Region *inner = node->regions[i];
        if (inner->owner != node || inner->parent != node->region)
            return broken(c, node, "region %d belongs elsewhere", i);
        if (!check_region(c, inner)) return 0;
    }
    return check_control(c, node);
}

static int check_region(Check *c, Region *r) {
    int last_id = -1;
    for (int i = 0; i < r->nodes.n; i++) {
        Node *node = r->nodes.at[i];
        if (node->region != r) return broken(c, node, "stands in another region's list");
        if ((i < r->params.n) != (node->op == OP_param))
            return broken(c, node, "params come first");
        if (!check_node(c, node, last_id)) return 0;
        last_id = node->id;
    }
    for (int i = 0; i < r->results.n; i++) {
        const Node *result = r->results.at[i];
        const Node *end = r->owner; /* what stands before the end of r is a result it may give */
        int inside = result->region == r || (end && visible(result, end));
        if (!inside || !result->type)
            return broken(c, result, "is given by a region that does not see it");
    }
    return 1;
}

const char *graph_check(Graph *g) {
    Check c = {g, NULL};
    check_region(&c, g->root);
    return c.error;
}

void graph_verify(Graph *g, const char *after) {
    const char *error = graph_check(g);
    if (error) die("the graph is broken after %s: %s", after, error);
}
