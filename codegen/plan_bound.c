/* plan_bound.c: how often loops go at most, in what is known at start-up: sizes of the program and
   its integer arguments. Takes the graph's loops, gives a Dim for a trip count: of a `for` by its
   range, of a `while` by a number that it counts up (or down) to one that no iteration changes. */
#include "codegen/plan.h"

/* what an integer of the graph lies between; NULL: not known at start-up */
typedef struct Between Between;
struct Between {
    const Dim *lo, *hi;
};

static Between exactly(const Dim *d) {
    return (Between){d, d};
}

static const Dim *add(Plan *plan, const Dim *a, const Dim *b) {
    return a && b ? dim_add(plan->dims, a, b) : NULL;
}
static const Dim *sub(Plan *plan, const Dim *a, const Dim *b) {
    return a && b ? dim_sub(plan->dims, a, b) : NULL;
}
static const Dim *divide(Plan *plan, const Dim *a, int64_t by) {
    return a ? dim_floordiv(plan->dims, a, by) : NULL;
}

static Size *start_size(Plan *plan, const char *name, const Dim *from, int arg) {
    Size *size = size_new(plan->dims, name, SIZE_START, -1, span_nowhere());
    size->from = from;
    size->arg = arg;
    PUSH(plan->arena, &plan->starts, size);
    return size;
}

/* max(0, d) */
static const Dim *at_least_0(Plan *plan, const Dim *d) {
    int64_t value;
    if (!d) return NULL;
    if (dim_is_int(d, &value)) return dim_int(plan->dims, value < 0 ? 0 : value);
    if (dim_lower(d) >= 0) return d;
    for (int i = 0; i < plan->starts.n; i++)
        if (plan->starts.at[i]->from == d) return dim_size(plan->dims, plan->starts.at[i]);
    return dim_size(plan->dims, start_size(plan, "most", d, -1));
}

static const Dim *argument(Plan *plan, int index) {
    for (int i = 0; i < plan->starts.n; i++)
        if (!plan->starts.at[i]->from && plan->starts.at[i]->arg == index)
            return dim_size(plan->dims, plan->starts.at[i]);
    const char *name = plan->program->graph->args.at[index]->name;
    Size *size = start_size(plan, name, NULL, index);
    size->least = INT64_MIN;
    return dim_size(plan->dims, size);
}

static Between span_of(Plan *plan, const Node *node, int fuel);

/* the index of a for */
static Between span_of_index(Plan *plan, const Node *loop, int fuel) {
    Between lo = span_of(plan, loop->args[0], fuel), hi = span_of(plan, loop->args[1], fuel);
    const Dim *one = dim_int(plan->dims, 1);
    int64_t by = 0;
    const Dim *step = span_of(plan, loop->args[2], fuel).lo;
    if (!step || !dim_is_int(step, &by) || by == 0) return (Between){NULL, NULL};
    if (by > 0) return (Between){lo.lo, sub(plan, hi.hi, one)};
    return (Between){add(plan, hi.lo, one), lo.hi};
}

static Between span_of_map(Plan *plan, const Node *node, int fuel) {
    Between a = span_of(plan, node->args[0], fuel), b = {NULL, NULL};
    const Dim *zero = dim_int(plan->dims, 0);
    int64_t by = 0;
    if (node->nargs > 1) b = span_of(plan, node->args[1], fuel);
    int is_number = b.lo && b.lo == b.hi && dim_is_int(b.lo, &by);
    switch (node->op) {
    case OP_add:
        return (Between){add(plan, a.lo, b.lo), add(plan, a.hi, b.hi)};
    case OP_sub:
        return (Between){sub(plan, a.lo, b.hi), sub(plan, a.hi, b.lo)};
    case OP_neg:
        return (Between){sub(plan, zero, a.hi), sub(plan, zero, a.lo)};
    case OP_mul:
        if (!is_number || by < 0) break;
        return (Between){a.lo ? dim_mul(plan->dims, a.lo, b.lo) : NULL,
                         a.hi ? dim_mul(plan->dims, a.hi, b.lo) : NULL};
    case OP_floordiv:
        if (is_number && by > 0) return (Between){divide(plan, a.lo, by), divide(plan, a.hi, by)};
        break;
    case OP_maximum:
        if (!is_number) break;
        return (Between){add(plan, at_least_0(plan, sub(plan, a.lo, b.lo)), b.lo),
                         add(plan, at_least_0(plan, sub(plan, a.hi, b.lo)), b.lo)};
    case OP_minimum:
        return (Between){NULL, a.hi ? a.hi : b.hi};
    default:
        break;
    }
    return (Between){NULL, NULL};
}

static Between span_of(Plan *plan, const Node *node, int fuel) {
    Between none = {NULL, NULL};
    const Region *r = node->region;
    if (!node->type || node->type->rank || node->type->dtype != DT_i64 || !fuel) return none;
    if (node->op == OP_const) return exactly(dim_int(plan->dims, *(const int64_t *)node->data));
    if (node->op == OP_size) return plan_is_fixed(node->dim) ? exactly(node->dim) : none;
    if (node->op == OP_arg) return exactly(argument(plan, (int)node->ints[0]));
    if (node->op == OP_param && r->owner && r->owner->op == OP_for && node->ints[0] == 0)
        return span_of_index(plan, r->owner, fuel - 1);
    if (op_info(node->op)->flags & OPF_MAP) return span_of_map(plan, node, fuel - 1);
    return none;
}

enum { FUEL = 12 };

/* ceil(way / by), at least 0 */
static const Dim *trips_along(Plan *plan, const Dim *way, int64_t by) {
    const Dim *more = way ? dim_add(plan->dims, way, dim_int(plan->dims, by - 1)) : NULL;
    return at_least_0(plan, divide(plan, more, by));
}

static Between trips_of_for(Plan *plan, const Node *loop) {
    Between lo = span_of(plan, loop->args[0], FUEL), hi = span_of(plan, loop->args[1], FUEL);
    const Dim *step = span_of(plan, loop->args[2], FUEL).lo;
    int64_t by;
    if (!step || !dim_is_int(step, &by) || !by || by == INT64_MIN) return (Between){NULL, NULL};
    if (by > 0)
        return (Between){trips_along(plan, sub(plan, hi.lo, lo.hi), by),
                         trips_along(plan, sub(plan, hi.hi, lo.lo), by)};
    return (Between){trips_along(plan, sub(plan, lo.lo, hi.hi), -by),
                     trips_along(plan, sub(plan, lo.hi, hi.lo), -by)};
}

/* how much an iteration adds to carried value k; 0: no fixed number */
static int64_t steps_by(const Node *loop, int k) {
    const Region *body = loop->regions[1];
    const Node *next = body->results.at[k], *param = body->params.at[k];
    if (next->op != OP_add && next->op != OP_sub) return 0;
    const Node *a = next->args[0], *b = next->args[1];
    if (next->op == OP_add && b == param) {
        b = a;
        a = param;
    }
    if (a != param || b->op != OP_const || b->type->rank || b->type->dtype != DT_i64) return 0;
    int64_t by = *(const int64_t *)b->data;
    return next->op == OP_add ? by : by == INT64_MIN ? 0 : -by;
}

/* by a part of the condition: counter < limit, and the like */
static const Dim *trips_by(Plan *plan, const Node *loop, const Node *test) {
    int greater = test->op == OP_gt || test->op == OP_ge;
    int closed = test->op == OP_le || test->op == OP_ge;
    if (!greater && test->op != OP_lt && test->op != OP_le) return NULL;
    for (int side = 0; side < 2; side++) {
        const Node *counter = test->args[side];
        if (counter->op != OP_param || counter->region != loop->regions[0]) continue;
        int k = (int)counter->ints[0], up = (side == 1) == greater;
        int64_t by = steps_by(loop, k);
        if (up ? by <= 0 : by >= 0) continue;
        Between first = span_of(plan, loop->args[k], FUEL),
                limit = span_of(plan, test->args[!side], FUEL);
        const Dim *way = up ? sub(plan, limit.hi, first.lo) : sub(plan, first.hi, limit.lo);
        way = add(plan, way, dim_int(plan->dims, closed));
        return trips_along(plan, way, up ? by : -by);
    }
    return NULL;
}

static const Dim *trips_of_while(Plan *plan, const Node *loop, const Node *condition) {
    if (condition->op != OP_logical_and) return trips_by(plan, loop, condition);
    const Dim *most = trips_of_while(plan, loop, condition->args[0]);
    return most ? most : trips_of_while(plan, loop, condition->args[1]);
}

static void find_loops(Plan *plan, const Region *region) {
    for (int i = 0; i < region->nodes.n; i++) {
        const Node *node = region->nodes.at[i];
        for (int k = 0; k < node->nregions; k++) find_loops(plan, node->regions[k]);
        if (!node->size || node->follows || (node->op != OP_for && node->op != OP_while)) continue;
        Between trips = {NULL, NULL};
        if (node->op == OP_for)
            trips = trips_of_for(plan, node);
        else
            trips.hi = trips_of_while(plan, node, node->regions[0]->results.at[0]);
        Bounded *b = &plan->bounded[node->size->id];
        if (b->loops++ && trips.hi != b->most) trips.hi = NULL; /* a copy that goes otherwise */
        b->most = trips.hi;
        b->exact = trips.hi && trips.lo == trips.hi;
    }
}

void plan_bounds(Plan *plan) {
    plan->nbounded = size_count(plan->dims);
    plan->bounded = NEW_ARRAY(plan->arena, Bounded, plan->nbounded + 1);
    find_loops(plan, plan->program->graph->root);
}
