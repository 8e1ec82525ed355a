/* plan_live.c: liveness. Takes the tree of steps, walks it backwards, gives the conflicts: two
   buffers conflict when one is written while the other holds a value that is still wanted. A step
   that writes all of a buffer which nothing else writes ends its life (going backwards), as a copy
   always does; loops are walked until nothing changes. */
#include "codegen/plan.h"

#include <string.h>

int set_has(const uint64_t *set, int i) {
    return (int)(set[i / 64] >> (i % 64) & 1);
}
void set_add(uint64_t *set, int i) {
    set[i / 64] |= 1ULL << (i % 64);
}
static void set_remove(uint64_t *set, int i) {
    set[i / 64] &= ~(1ULL << (i % 64));
}

int plan_root(const Buffer *b) {
    while (b->kind == BUFFER_SLOT) b = b->of;
    return b->id;
}

/* ---- what a step reads and writes ---- */
static void visit_value(Plan *plan, const Node *node, Visit *f, void *data) {
    const Place *place = node->mark;
    if (place && place->kind == PLACE_BUFFER && place->buffer) f(plan, place->buffer, data);
}

static void kernel_buffers(Plan *plan, const Kernel *k, int written, Visit *f, void *data) {
    for (int i = 0; i < k->buffers.n; i++)
        if (k->written.at[i] == written) f(plan, k->buffers.at[i], data);
    for (int i = 0; !written && i < k->scalars.n; i++) visit_value(plan, k->scalars.at[i], f, data);
}

static int is_load(const Step *step) {
    return step->kind == STEP_EFFECT && step->node->op == OP_load;
}

void step_reads(Plan *plan, const Step *step, Visit *f, void *data) {
    if (step->kind == STEP_KERNEL) kernel_buffers(plan, step->kernel, 0, f, data);
    if (step->from) f(plan, step->from, data);
    int by_args = step->kind == STEP_LIB || step->kind == STEP_EFFECT ||
                  step->kind == STEP_CONTROL || (step->kind == STEP_SCALAR && !step->from);
    for (int i = 0; by_args && i < step->node->nargs; i++) {
        const Node *arg = step->node->args[i];
        if (step->kind == STEP_CONTROL && arg->type->rank > 0)
            continue; /* copied before; scanned: see walk_loop */
        visit_value(plan, arg, f, data);
    }
    for (int i = 0; is_load(step) && i < step->results.n; i++)
        if (step->results.at[i]) f(plan, step->results.at[i], data);
}

void step_writes(Plan *plan, const Step *step, Visit *f, void *data) {
    if (step->kind == STEP_KERNEL) kernel_buffers(plan, step->kernel, 1, f, data);
    if (step->to) f(plan, step->to, data);
    for (int i = 0; is_load(step) && i < step->results.n; i++)
        if (step->results.at[i]) f(plan, step->results.at[i], data);
}

/* ---- conflicts ---- */
static void add_conflict(Plan *plan, int a, int b) {
    if (a == b) return;
    set_add(plan->conflicts + (size_t)a * (size_t)plan->words, b);
    set_add(plan->conflicts + (size_t)b * (size_t)plan->words, a);
}

static void conflict_with(Plan *plan, int id, const uint64_t *live, int but) {
    for (int w = 0; w < plan->words; w++)
        for (uint64_t rest = live[w]; rest; rest &= rest - 1) {
            int other = w * 64 + __builtin_ctzll(rest);
            if (other != but) add_conflict(plan, id, other);
        }
}

/* a step at work: what is live after it, and what it writes */
typedef struct At At;
struct At {
    const Step *step;
    uint64_t *live;
    int but; /* a copy's source may share the place of its target */
    VEC(int) written;
};

static void note_write(Plan *plan, Buffer *buffer, void *data) {
    At *at = data;
    int id = plan_root(buffer);
    conflict_with(plan, id, at->live, at->but);
    for (int i = 0; i < at->written.n; i++) add_conflict(plan, id, at->written.at[i]);
    PUSH(plan->arena, &at->written, id);
}

static void end_life(Plan *plan, Buffer *buffer, void *data) {
    At *at = data;
    if (buffer->kind == BUFFER_SLOT || is_load(at->step)) return;
    if (at->step->kind == STEP_COPY || plan->definitions[buffer->id] == 1)
        set_remove(at->live, buffer->id);
}

/* may the written buffer w lie over the read buffer r, as far as this step goes? */
static int may_overlay(const Step *step, int r, int w) {
    if (step->kind == STEP_COPY) return 1;
    if (step->kind != STEP_KERNEL) return 0;
    const Kernel *k = step->kernel;
    for (int i = 0; i < k->buffers.n; i++) {
        if (k->written.at[i] || plan_root(k->buffers.at[i]) != r) continue;
        int over = k->overlay.at[i];
        if (k->buffers.at[i]->kind == BUFFER_SLOT || over < 0) return 0;
        if (k->buffers.at[over]->kind == BUFFER_SLOT || k->buffers.at[over]->id != w) return 0;
    }
    return 1; /* what is passed in a register was loaded before the kernel runs */
}

static void note_read(Plan *plan, Buffer *buffer, void *data) {
    At *at = data;
    int id = plan_root(buffer);
    for (int i = 0; i < at->written.n; i++)
        if (!may_overlay(at->step, id, at->written.at[i]))
            add_conflict(plan, id, at->written.at[i]);
    set_add(at->live, id);
}

static void walk_block(Plan *plan, const Block *block, uint64_t *live);

static uint64_t *set_copy(Plan *plan, const uint64_t *from) {
    return arena_copy(plan->arena, from, sizeof *from * (size_t)plan->words);
}

static int set_join(Plan *plan, uint64_t *into, const uint64_t *from) {
    int changed = 0;
    for (int w = 0; w < plan->words; w++) {
        changed |= (from[w] & ~into[w]) != 0;
        into[w] |= from[w];
    }
    return changed;
}

static void walk_if(Plan *plan, const Step *step, uint64_t *live) {
    uint64_t *other = set_copy(plan, live);
    walk_block(plan, step->blocks[1], other);
    walk_block(plan, step->blocks[0], live);
    set_join(plan, live, other);
}

static void add_scanned(const Step *step, uint64_t *live) {
    for (int i = 0; i < step->scanned.n; i++)
        if (step->scanned.at[i]) set_add(live, plan_root(step->scanned.at[i]));
}

/* stacks of rank-0 values are written by the host at the body's end */
static void note_stacks(Plan *plan, const Step *step, uint64_t *live) {
    int carried = (int)step->node->ints[0];
    At at = {.step = step, .live = live, .but = -1};
    for (int i = carried; i < step->results.n; i++)
        if (step->results.at[i]) note_write(plan, step->results.at[i], &at);
}

static void walk_loop(Plan *plan, const Step *step, uint64_t *live) {
    int is_while = step->node->op == OP_while;
    const Block *body = step->blocks[is_while];
    uint64_t *head = set_copy(plan, live);
    for (;;) {
        uint64_t *inside = set_copy(plan, head);
        note_stacks(plan, step, inside);
        walk_block(plan, body, inside);
        add_scanned(step, inside);
        if (is_while) {
            set_join(plan, inside, live);
            walk_block(plan, step->blocks[0], inside);
        }
        if (!set_join(plan, head, inside)) break;
    }
    memcpy(live, head, sizeof *live * (size_t)plan->words);
    if (step->node->loop && step->node->loop->checkpoint) {
        plan->checkpoint = step;
        plan->resumed = set_copy(plan, head);
    }
    for (int i = (int)step->node->ints[0]; i < step->results.n; i++) /* a stack begins here */
        if (step->results.at[i] && step->results.at[i]->kind != BUFFER_SLOT)
            set_remove(live, step->results.at[i]->id);
}

static void walk_step(Plan *plan, const Step *step, uint64_t *live) {
    At at = {
        .step = step, .live = live, .but = step->kind == STEP_COPY ? plan_root(step->from) : -1};
    if (step->kind == STEP_CONTROL) {
        if (step->node->op == OP_if)
            walk_if(plan, step, live);
        else
            walk_loop(plan, step, live);
    } else {
        step_writes(plan, step, note_write, &at);
        step_writes(plan, step, end_life, &at);
    }
    step_reads(plan, step, note_read, &at);
}

static void walk_block(Plan *plan, const Block *block, uint64_t *live) {
    for (int i = block->steps.n - 1; i >= 0; i--) walk_step(plan, block->steps.at[i], live);
}

/* ---- numbers and counts ---- */
static void count_definition(Plan *plan, Buffer *buffer, void *data) {
    const Step *step = data;
    plan->definitions[buffer->id]++;
    if (!buffer->first) buffer->first = step->number;
    buffer->last = step->number;
}

static void number_block(Plan *plan, Block *block) {
    for (int i = 0; i < block->steps.n; i++) {
        Step *step = block->steps.at[i];
        step->number = ++plan->numbers;
        step_writes(plan, step, count_definition, step);
        for (int k = 0; k < 2 && step->kind == STEP_CONTROL; k++)
            if (step->blocks[k]) number_block(plan, step->blocks[k]);
    }
}

void plan_live(Plan *plan) {
    plan->conflicts = NEW_ARRAY(plan->arena, uint64_t, (size_t)plan->n * (size_t)plan->words + 1);
    plan->definitions = NEW_ARRAY(plan->arena, int, plan->n + 1);
    number_block(plan, plan->program->block);
    uint64_t *live = NEW_ARRAY(plan->arena, uint64_t, plan->words + 1);
    walk_block(plan, plan->program->block, live);
}
