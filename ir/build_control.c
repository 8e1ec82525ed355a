/* build_control.c: control nodes. Takes filled regions and attaches them; adds collected outputs to
   finished loops and exports to finished branches, the only changes that a node ever sees. */
#include "ir/build_impl.h"

#include <string.h>

static Node *control_new(Builder *b, Op op, Node *const *args, int nargs, Region *first,
                         Region *second) {
    Node *node = build_op(b, op, args, nargs, NULL, 0, NULL);
    node->nregions = second ? 2 : 1;
    node->regions = NEW_ARRAY(b->graph->arena, Region *, 2);
    node->regions[0] = first;
    node->regions[1] = second;
    for (int i = 0; i < node->nregions; i++) {
        if (node->regions[i]->owner) die("a region of %s has an owner", op_info(op)->name);
        if (node->regions[i]->parent != b->region)
            die("a region of %s stands elsewhere", op_info(op)->name);
        node->regions[i]->owner = node;
    }
    return node;
}

static void expect_type(Builder *b, Op op, const Node *got, const Type *type, const char *what,
                        int i) {
    if (got->type && got->type->dtype == type->dtype && shape_same(b->graph, got->type, type))
        return;
    die("%s: %s %d is %s, expected %s", op_info(op)->name, what, i,
        got->type ? type_print(b->graph->arena, got->type) : "no value",
        type_print(b->graph->arena, type));
}

static void expect_count(Op op, int got, int want, const char *what) {
    if (got != want) die("%s: %d %s, expected %d", op_info(op)->name, got, what, want);
}

/* ---- region params and results ---- */

Node *build_param(Builder *b, Region *r, const Type *type) {
    Graph *g = b->graph;
    int at = r->params.n;
    Node *node = at < r->nodes.n
                     ? node_new_before(g, r->nodes.at[at], OP_param, type, NULL, 0, b->where)
                     : node_new(g, r, OP_param, type, NULL, 0, b->where);
    int64_t ints[] = {at};
    node_set_ints(g, node, ints, 1);
    node->group = b->group;
    PUSH(g->arena, &r->params, node);
    if (r->nodes.n > r->params.n) graph_renumber(g);
    return node;
}

Node *build_result(Builder *b, Node *control, int index) {
    int64_t ints[] = {index};
    return build_op(b, OP_result, &control, 1, ints, 1, NULL);
}

/* ---- trip counts ---- */

const Dim *node_dim(Graph *g, const Node *node) {
    if (node->op == OP_size) return node->dim;
    if (node->op == OP_const) return dim_int(g->dims, *(const int64_t *)node->data);
    return NULL;
}

const Dim *loop_trip(Graph *g, const Node *loop) {
    const Dim *lo = node_dim(g, loop->args[0]), *hi = node_dim(g, loop->args[1]);
    const Dim *step = node_dim(g, loop->args[2]);
    int64_t by;
    if (!lo || !hi || !step || !dim_is_int(step, &by) || by == 0 || by == INT64_MIN) return NULL;
    const Dim *way = by > 0 ? dim_sub(g->dims, hi, lo) : dim_sub(g->dims, lo, hi);
    if (by < 0) by = -by;
    return dim_ceildiv(g->dims, way, by);
}

Size *build_trip(Builder *b, Node *loop) {
    if (loop->size) return loop->size;
    Graph *g = b->graph;
    Span span = loop->where ? loop->where->span : span_nowhere();
    const char *name = loop->loop && loop->loop->label ? loop->loop->label : "trips";
    Size *size = size_new(g->dims, name, SIZE_TRIP, -1, span);
    const Dim *trip = loop->op == OP_for ? loop_trip(g, loop) : NULL;
    int64_t value;
    if (trip && dim_is_int(trip, &value) && value < 0) trip = dim_int(g->dims, 0);
    if (trip) size->bound = dim_upper(trip);
    if (trip && dim_lower(trip) >= 0) {
        size->equals = trip;
        size->least = dim_lower(trip);
    }
    size->node = loop;
    loop->size = size;
    return size;
}

/* [trip, ...type] */
static const Type *stacked(Builder *b, Node *loop, const Type *type) {
    const Dim *dims[MAX_RANK];
    const char *names[MAX_RANK] = {NULL};
    if (type->rank == MAX_RANK) die("a collected value has too many axes");
    dims[0] = dim_size(b->graph->dims, build_trip(b, loop));
    for (int i = 0; i < type->rank; i++) {
        dims[i + 1] = type->dims[i];
        names[i + 1] = type->names[i];
    }
    return type_new(b->graph->types, type->dtype, type->rank + 1, dims, names);
}

/* ---- the control nodes ---- */

Node *build_if(Builder *b, Node *cond, Region *then_r, Region *else_r) {
    if (cond->type != type_scalar(b->graph->types, DT_bool)) die("if: the condition is no bool");
    expect_count(OP_if, else_r->results.n, then_r->results.n, "results of else");
    Node *node = control_new(b, OP_if, &cond, 1, then_r, else_r);
    for (int i = 0; i < then_r->results.n; i++) {
        const Type *type = then_r->results.at[i]->type;
        expect_type(b, OP_if, else_r->results.at[i], type, "result", i);
        node_add_result(b->graph, node, type);
    }
    return node;
}

/* the loop's results: the carried values' types, then those of what its body collects */
static void add_loop_results(Builder *b, Node *node, Node *const *carried, int ncarried,
                             const Region *body) {
    if (body->results.n < ncarried) expect_count(node->op, body->results.n, ncarried, "results");
    for (int i = 0; i < body->results.n; i++) {
        const Type *type = body->results.at[i]->type;
        if (i < ncarried) {
            type = carried[i]->type;
            expect_type(b, node->op, body->results.at[i], type, "result", i);
        }
        node_add_result(b->graph, node, i < ncarried ? type : stacked(b, node, type));
    }
}

static void expect_carried(Builder *b, Op op, const Region *r, int first, Node *const *carried,
                           int ncarried) {
    for (int i = 0; i < ncarried; i++)
        expect_type(b, op, r->params.at[first + i], carried[i]->type, "param", first + i);
}

Node *build_for(Builder *b, Node *lo, Node *hi, Node *step, Node *const *carried, int ncarried,
                Node *const *scanned, int nscanned, int reverse, Region *body) {
    Graph *g = b->graph;
    int nargs = 3 + ncarried + nscanned;
    Node **args = NEW_ARRAY(g->arena, Node *, nargs);
    args[0] = lo;
    args[1] = hi;
    args[2] = step;
    for (int i = 0; i < 3; i++)
        if (args[i]->type != type_scalar(g->types, DT_i64)) die("for: bound %d is no i64", i);
    for (int i = 0; i < ncarried; i++) args[3 + i] = carried[i];
    for (int i = 0; i < nscanned; i++) args[3 + ncarried + i] = scanned[i];
    expect_count(OP_for, body->params.n, 1 + ncarried + nscanned, "params");
    expect_carried(b, OP_for, body, 1, carried, ncarried);
    Node *node = control_new(b, OP_for, args, nargs, body, NULL);
    int64_t ints[] = {ncarried, nscanned, reverse};
    node_set_ints(g, node, ints, 3);
    add_loop_results(b, node, carried, ncarried, body);
    return node;
}

Node *build_while(Builder *b, Node *const *carried, int ncarried, Region *cond, Region *body) {
    expect_count(OP_while, cond->params.n, ncarried, "params of the condition");
    expect_count(OP_while, body->params.n, ncarried, "params");
    expect_count(OP_while, cond->results.n, 1, "results of the condition");
    expect_carried(b, OP_while, cond, 0, carried, ncarried);
    expect_carried(b, OP_while, body, 0, carried, ncarried);
    Node *node = control_new(b, OP_while, carried, ncarried, cond, body);
    int64_t ints[] = {ncarried};
    node_set_ints(b->graph, node, ints, 1);
    add_loop_results(b, node, carried, ncarried, body);
    return node;
}

Node *build_custom(Builder *b, Node *const *args, int nargs, Region *body, Region *rule) {
    expect_count(OP_custom, body->params.n, nargs, "params");
    Node *node = control_new(b, OP_custom, args, nargs, body, rule);
    for (int i = 0; i < body->results.n; i++)
        node_add_result(b->graph, node, body->results.at[i]->type);
    return node;
}

Node *build_recompute(Builder *b, Region *body) {
    Node *node = control_new(b, OP_recompute, NULL, 0, body, NULL);
    for (int i = 0; i < body->results.n; i++)
        node_add_result(b->graph, node, body->results.at[i]->type);
    return node;
}

/* ---- reading what is inside ---- */

/* the OP_result of that index among those right after control, made where there is none */
static Node *result_after(Graph *g, Node *control, int index) {
    const Region *r = control->region;
    int at = r->nodes.n - 1;
    while (r->nodes.at[at] != control) at--;
    for (at++; at < r->nodes.n; at++) {
        Node *node = r->nodes.at[at];
        if (node->op != OP_result || node->args[0] != control) break;
        if (node->ints[0] == index) return node;
    }
    return node_new_result(g, control, index);
}

static int find_result(const Region *r, int from, const Node *inner) {
    for (int i = from; i < r->results.n; i++)
        if (r->results.at[i] == inner) return i;
    return -1;
}

Node *build_collect(Builder *b, Node *loop, Node *inner) {
    Region *body = loop->regions[loop->op == OP_while];
    if (loop->op != OP_for && loop->op != OP_while) die("%s collects", op_info(loop->op)->name);
    if (inner->region != body) die("a collected value stands outside the loop's body");
    int index = find_result(body, (int)loop->ints[0], inner);
    if (index < 0) {
        index = node_add_result(b->graph, loop, stacked(b, loop, inner->type));
        PUSH(b->graph->arena, &body->results, inner);
    }
    return result_after(b->graph, loop, index);
}

Node *build_export(Builder *b, Node *node, int branch, Node *inner) {
    Region *from = node->regions[branch], *other = node->regions[!branch];
    if (node->op != OP_if) die("%s exports", op_info(node->op)->name);
    if (inner->region != from) die("an exported value stands outside the branch");
    int index = find_result(from, 0, inner);
    if (index < 0) {
        Builder zeros = {b->graph, other, node->where, 0, b->group};
        index = node_add_result(b->graph, node, inner->type);
        PUSH(b->graph->arena, &from->results, inner);
        Node *none = shape_varies(inner->type)
                         ? build_op(&zeros, OP_stack_sum, NULL, 0, NULL, 0, inner->type)
                         : build_fill(&zeros, inner->type, 0);
        PUSH(b->graph->arena, &other->results, none);
    }
    return result_after(b->graph, node, index);
}
