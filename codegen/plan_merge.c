/* plan_merge.c: takes the conflicts, gives buffers one place where that saves a copy (a loop's new
   value lies over the old one, an updated tensor over what it updates) or memory traffic (a
   kernel's result lies over an operand that dies). */
#include "codegen/plan.h"

static uint64_t *conflicts_of(Plan *plan, int id) {
    return plan->conflicts + (size_t)id * (size_t)plan->words;
}

static int group_of(const Plan *plan, int id) {
    while (plan->group[id] != id) id = plan->group[id];
    return id;
}

int plan_class(const Plan *plan, const Buffer *b) {
    return group_of(plan, b->id);
}

static int may_move(const Buffer *b) {
    return b->kind == BUFFER_SLAB && b->bytes;
}

static int in_conflict(Plan *plan, int a, int b) {
    return set_has(conflicts_of(plan, a), b);
}

/* makes b part of a's class: whoever conflicts with one conflicts with both */
static void join(Plan *plan, int a, int b) {
    uint64_t *into = conflicts_of(plan, a), *from = conflicts_of(plan, b);
    for (int i = 0; i < plan->n; i++)
        if (set_has(from, i)) set_add(conflicts_of(plan, i), a);
    for (int w = 0; w < plan->words; w++) into[w] |= from[w];
    plan->group[b] = a;
}

static void try_join(Plan *plan, Buffer *to, Buffer *from) {
    if (!may_move(to) || !may_move(from) || to->bytes != from->bytes) return;
    int a = group_of(plan, to->id), b = group_of(plan, from->id);
    if (a == b || in_conflict(plan, a, b)) return;
    join(plan, a, b);
}

/* copies of the innermost blocks first: they run most often */
static void join_copies(Plan *plan, const Block *block) {
    for (int i = 0; i < block->steps.n; i++)
        for (int k = 0; block->steps.at[i]->kind == STEP_CONTROL && k < 2; k++)
            if (block->steps.at[i]->blocks[k]) join_copies(plan, block->steps.at[i]->blocks[k]);
    for (int i = block->steps.n - 1; i >= 0; i--) {
        const Step *step = block->steps.at[i];
        if (step->kind == STEP_COPY) try_join(plan, step->to, step->from);
    }
}

static void join_overlays(Plan *plan) {
    for (int k = 0; k < plan->program->kernels.n; k++) {
        const Kernel *kernel = plan->program->kernels.at[k];
        for (int i = 0; i < kernel->buffers.n; i++)
            if (!kernel->written.at[i] && kernel->overlay.at[i] >= 0)
                try_join(plan, kernel->buffers.at[kernel->overlay.at[i]], kernel->buffers.at[i]);
    }
}

void plan_merge(Plan *plan) {
    plan->group = NEW_ARRAY(plan->arena, int, plan->n + 1);
    for (int i = 0; i < plan->n; i++) plan->group[i] = i;
    join_copies(plan, plan->program->block);
    join_overlays(plan);
    for (int i = 0; i < plan->n; i++) {
        int root = group_of(plan, i);
        if (root == i) continue;
        Buffer *b = plan->program->buffers.at[i], *to = plan->program->buffers.at[root];
        b->alias = to;
        if (b->first && b->first < to->first) to->first = b->first;
        if (b->last > to->last) to->last = b->last;
    }
}
