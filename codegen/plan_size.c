/* plan_size.c: takes buffers with their types, gives what each takes at most (in sizes that are
   known at start-up) and the distance between the slots of stacks. A size that changes while the
   program runs counts as its bound; where it has none, the buffer is a tape: memory of its own,
   taken when its length is known. */
#include "codegen/plan.h"

static int known_at_start(const Size *size) {
    return size->kind == SIZE_DATA || size->kind == SIZE_ARG || size->kind == SIZE_START;
}

int plan_is_fixed(const Dim *d) {
    const Size *sizes[64];
    int n = dim_sizes(d, sizes, 64);
    for (int i = 0; i < n; i++)
        if (!known_at_start(sizes[i])) return 0;
    return n < 64;
}

/* one factor does not shrink when its sizes grow */
static int factor_grows(const DimFactor *f) {
    if (f->size || plan_is_fixed(f->inner)) return 1;
    if (f->is_mod) return 0;
    for (int i = 0; i < dim_terms(f->inner); i++) {
        const DimFactor *inner = NULL;
        int n = 0;
        if (dim_term(f->inner, i, &inner, &n) < 0) return 0;
        for (int k = 0; k < n; k++)
            if (!factor_grows(&inner[k])) return 0;
    }
    return 1;
}

/* does d never shrink when the sizes that are not fixed grow? */
static int grows(const Dim *d) {
    for (int i = 0; i < dim_terms(d); i++) {
        const DimFactor *factors = NULL;
        int n = 0, varies = 0;
        int64_t coefficient = dim_term(d, i, &factors, &n);
        for (int k = 0; k < n; k++) {
            if (!factor_grows(&factors[k])) return 0;
            varies |= factors[k].size ? !known_at_start(factors[k].size)
                                      : !plan_is_fixed(factors[k].inner);
        }
        if (varies && coefficient < 0) return 0;
    }
    return 1;
}

static const Dim *upper(Plan *plan, const Dim *d, int by_trips);

static const Dim *size_upper(Plan *plan, const Size *size, int by_trips) {
    if (size->bound >= 0) return dim_int(plan->dims, size->bound);
    if (by_trips && size->id < plan->nbounded && plan->bounded[size->id].most)
        return plan->bounded[size->id].most;
    return size->most ? upper(plan, size->most, by_trips) : NULL;
}

/* by_trips: by how often loops go at most, too */
static const Dim *upper(Plan *plan, const Dim *d, int by_trips) {
    if (plan_is_fixed(d)) return d;
    if (grows(d)) {
        int n = size_count(plan->dims), bounded = 1;
        const Dim **with = NEW_ARRAY(plan->arena, const Dim *, n + 1);
        const Size *sizes[64];
        int used = dim_sizes(d, sizes, 64);
        for (int i = 0; i < used; i++) {
            if (known_at_start(sizes[i])) continue;
            with[sizes[i]->id] = size_upper(plan, sizes[i], by_trips);
            bounded &= with[sizes[i]->id] != NULL;
        }
        if (bounded) return dim_replace(plan->dims, d, with, n);
    }
    int64_t most = dim_upper(d);
    return most >= 0 ? dim_int(plan->dims, most) : NULL;
}

const Dim *plan_upper(Plan *plan, const Dim *d) {
    return upper(plan, d, 1);
}

/* d, where trip counts that are known at start-up are written by what is known then */
static const Dim *at_start(Plan *plan, const Dim *d) {
    const Size *sizes[64];
    int n = dim_is_int(d, NULL) ? 0 : dim_sizes(d, sizes, 64), count = size_count(plan->dims);
    const Dim **with = NEW_ARRAY(plan->arena, const Dim *, count + 1);
    for (int i = 0; i < n && i < 64; i++)
        if (sizes[i]->id < plan->nbounded && plan->bounded[sizes[i]->id].exact)
            with[sizes[i]->id] = plan->bounded[sizes[i]->id].most;
    return n ? dim_replace(plan->dims, d, with, count) : d;
}

static const Dim *type_bytes(Plan *plan, const Type *type) {
    return dim_mul(plan->dims, type_count(plan->dims, type),
                   dim_int(plan->dims, dtype_bytes(type->dtype)));
}

/* of one slot of the stack whose axes are those of the type from `at` on */
static const Dim *slot_bytes(Plan *plan, const Type *stack, int at) {
    const Dim *bytes = dim_int(plan->dims, dtype_bytes(stack->dtype));
    for (int i = at + 1; i < stack->rank; i++) bytes = dim_mul(plan->dims, bytes, stack->dims[i]);
    return at_start(plan, bytes);
}

/* ---- stacks: what a loop collects ---- */
static void mark_bound(const Region *region, char *bound) {
    for (int i = 0; i < region->nodes.n; i++) {
        const Node *node = region->nodes.at[i];
        if (node->size && !node->follows) bound[node->size->id] = 1;
        for (int k = 0; k < node->nregions; k++) mark_bound(node->regions[k], bound);
    }
}

static void mark_loops(const Region *region, const Size *trips, char *bound) {
    for (int i = 0; i < region->nodes.n; i++) {
        const Node *node = region->nodes.at[i];
        int runs = (node->op == OP_for || node->op == OP_while) && node->size == trips;
        for (int k = 0; k < node->nregions; k++) {
            if (runs) mark_bound(node->regions[k], bound);
            mark_loops(node->regions[k], trips, bound);
        }
    }
}

/* the sizes that are set in a body of a loop which runs `trips` times: of all such loops, for a
   reverse loop shares the count of its forward one, and what it recomputes is set only there */
static const char *bound_in(Plan *plan, const Size *trips) {
    if (!plan->bound) plan->bound = NEW_ARRAY(plan->arena, char *, size_count(plan->dims) + 1);
    char **bound = &plan->bound[trips->id];
    if (*bound) return *bound;
    *bound = NEW_ARRAY(plan->arena, char, size_count(plan->dims) + 1);
    mark_loops(plan->program->graph->root, trips, *bound);
    return *bound;
}

/* is d set anew in each iteration of a loop whose trip count the length is? */
static int varies_along(Plan *plan, const Dim *length, const Dim *d) {
    const Size *lengths[64], *sizes[64];
    int nlengths = dim_sizes(length, lengths, 64), nsizes = dim_sizes(d, sizes, 64);
    for (int i = 0; i < nlengths; i++) {
        if (lengths[i]->kind != SIZE_TRIP) continue;
        for (int k = 0; k < nsizes; k++)
            if (bound_in(plan, lengths[i])[sizes[k]->id]) return 1;
    }
    return 0;
}

/* How many tables of pointers lie above the elements of a ragged stack: one for each axis along
   which the slots differ without a bound, or have such axes. */
static int stack_depth(Plan *plan, const Type *type, int at) {
    if (at + 1 >= type->rank) return 0;
    const Dim *bytes = slot_bytes(plan, type, at);
    int inner = stack_depth(plan, type, at + 1);
    if (inner) return inner + 1;
    return varies_along(plan, type->dims[at], bytes) && !upper(plan, bytes, 0);
}

/* The distance between slots: exact when it is the same for all iterations, else its upper bound.
   Only the type counts, so that copies of stacks agree. */
static void size_stack(Plan *plan, Buffer *b) {
    const Dim *bytes = slot_bytes(plan, b->type, 0), *length = b->type->dims[0];
    int varies = varies_along(plan, length, bytes);
    b->depth = stack_depth(plan, b->type, 0);
    b->stride = b->depth ? NULL : varies ? upper(plan, bytes, 0) : bytes;
    if (!varies && !b->depth) return;
    const Dim *each = b->stride ? b->stride : dim_int(plan->dims, 8); /* ragged: pointers */
    b->bytes = plan_upper(plan, dim_mul(plan->dims, length, each));
    if (b->depth && b->kind == BUFFER_SLAB)
        b->kind = BUFFER_TAPE; /* the table outlives the loop: blocks are given back through it */
}

void plan_sizes(Plan *plan) {
    plan_bounds(plan);
    for (int i = 0; i < plan->n; i++) {
        Buffer *b = plan->program->buffers.at[i];
        b->bytes = plan_upper(plan, type_bytes(plan, b->type));
        if (b->type->rank > 0) size_stack(plan, b);
        if (b->kind == BUFFER_SLAB && !b->bytes) b->kind = BUFFER_TAPE;
        if (b->kind == BUFFER_TAPE && b->bytes && !b->depth) b->kind = BUFFER_SLAB;
    }
}
