/* plan.c: the memory plan. Takes a program's steps and buffers; gives every buffer of known size an
   offset in one slab (64-byte aligned), buffers that never hold wanted values at the same time
   sharing places. Offsets are numbers where all sizes before them are; behind these lie the buffers
   whose sizes are known at start-up: sums evaluated then. */
#include "codegen/plan.h"

enum { ALIGN = 64 };

static int64_t round_up(int64_t n) {
    return (n + ALIGN - 1) / ALIGN * ALIGN;
}

/* ---- buffers of plain sizes: largest first, at the lowest place that no conflicting one covers
 * ---- */
typedef struct Placed Placed;
struct Placed {
    Buffer *buffer;
    int64_t bytes;
};

static int conflict(const Plan *plan, const Buffer *a, const Buffer *b) {
    return set_has(plan->conflicts + (size_t)a->id * (size_t)plan->words, b->id);
}

/* the lowest free offset for at[n], given at[0 … n-1], which are sorted by offset in order[] */
static int64_t find_gap(const Plan *plan, const Placed *at, int n, Placed *const *order) {
    int64_t offset = 0;
    for (int i = 0; i < n; i++) {
        const Placed *p = order[i];
        if (!conflict(plan, at[n].buffer, p->buffer)) continue;
        if (offset + at[n].bytes <= p->buffer->offset) break;
        int64_t end = p->buffer->offset + p->bytes;
        if (end > offset) offset = end;
    }
    return offset;
}

static void sort_by_size(Placed *at, int n) {
    for (int i = 1; i < n; i++) { /* stable, so that plans do not change from build to build */
        Placed p = at[i];
        int k = i;
        for (; k > 0 && at[k - 1].bytes < p.bytes; k--) at[k] = at[k - 1];
        at[k] = p;
    }
}

static int64_t place_numbers(Plan *plan, Placed *at, int n) {
    Placed **order = NEW_ARRAY(plan->arena, Placed *, n + 1);
    int64_t end = 0;
    sort_by_size(at, n);
    for (int i = 0; i < n; i++) {
        int64_t offset = find_gap(plan, at, i, order);
        at[i].buffer->offset = offset;
        if (offset + at[i].bytes > end) end = offset + at[i].bytes;
        int k = i;
        for (; k > 0 && order[k - 1]->buffer->offset > offset; k--) order[k] = order[k - 1];
        order[k] = &at[i];
    }
    return end;
}

/* the others of a run lie behind its first */
static void place_runs(Plan *plan) {
    Buffer **buffers = plan->program->buffers.at;
    for (int i = 0; i < plan->n; i++) {
        const Run *run = plan->runs[i];
        if (!run || run->classes[0] != i) continue;
        for (int k = 1; k < run->n; k++)
            buffers[run->classes[k]]->offset = buffers[i]->offset + run->at[k];
    }
}

/* ---- buffers whose sizes are known at start-up: rooms side by side, shared by buffers of one size
 * ---- */
typedef struct Room Room;
struct Room {
    const Dim *bytes, *offset;
    VEC(Buffer *) tenants;
};

static int room_fits(const Plan *plan, const Room *room, const Buffer *b) {
    if (room->bytes != b->bytes) return 0;
    for (int i = 0; i < room->tenants.n; i++)
        if (conflict(plan, room->tenants.at[i], b)) return 0;
    return 1;
}

static const Dim *align_dim(Dims *t, const Dim *d) {
    const Dim *more = dim_add(t, d, dim_int(t, ALIGN - 1));
    return dim_mul(t, dim_floordiv(t, more, ALIGN), dim_int(t, ALIGN));
}

static const Dim *place_symbols(Plan *plan, Buffer *const *at, int n, int64_t from) {
    VEC(Room *) rooms = {0};
    const Dim *end = dim_int(plan->dims, from);
    for (int i = 0; i < n; i++) {
        Room *room = NULL;
        for (int k = 0; k < rooms.n && !room; k++)
            if (room_fits(plan, rooms.at[k], at[i])) room = rooms.at[k];
        if (!room) {
            room = NEW(plan->arena, Room);
            room->bytes = at[i]->bytes;
            room->offset = end;
            end = dim_add(plan->dims, end, align_dim(plan->dims, room->bytes));
            PUSH(plan->arena, &rooms, room);
        }
        PUSH(plan->arena, &room->tenants, at[i]);
        at[i]->offset_dim = room->offset;
    }
    return end;
}

/* ---- copies that became one place ---- */
static const Buffer *place_of(const Buffer *b) {
    while (b->alias) b = b->alias;
    return b;
}

static void drop_copies(Block *block) {
    int kept = 0;
    for (int i = 0; i < block->steps.n; i++) {
        Step *step = block->steps.at[i];
        for (int k = 0; step->kind == STEP_CONTROL && k < 2; k++)
            if (step->blocks[k]) drop_copies(step->blocks[k]);
        if (step->kind == STEP_COPY && place_of(step->from) == place_of(step->to)) continue;
        block->steps.at[kept++] = step;
    }
    block->steps.n = kept;
}

void plan_program(Program *p) {
    Plan plan = {.program = p, .arena = p->graph->arena, .dims = p->graph->dims, .n = p->buffers.n};
    plan.words = (plan.n + 63) / 64;
    for (int i = 0; i < plan.n; i++)
        if (p->buffers.at[i]->id != i) die("buffer %d has number %d", i, p->buffers.at[i]->id);
    plan_sizes(&plan);
    plan_live(&plan);
    plan_merge(&plan);
    plan_runs(&plan);
    Placed *numbers = NEW_ARRAY(plan.arena, Placed, plan.n + 1);
    Buffer **symbols = NEW_ARRAY(plan.arena, Buffer *, plan.n + 1);
    int nnumbers = 0, nsymbols = 0;
    for (int i = 0; i < plan.n; i++) {
        Buffer *b = p->buffers.at[i];
        int64_t bytes = 0;
        const Run *run = plan.runs[i];
        if (b->kind != BUFFER_SLAB || b->alias || (run && run->classes[0] != i)) continue;
        if (run)
            numbers[nnumbers++] = (Placed){b, run->bytes};
        else if (dim_is_int(b->bytes, &bytes))
            numbers[nnumbers++] = (Placed){b, round_up(bytes)};
        else
            symbols[nsymbols++] = b;
    }
    int64_t end = place_numbers(&plan, numbers, nnumbers);
    place_runs(&plan);
    p->slab_size = place_symbols(&plan, symbols, nsymbols, end);
    drop_copies(p->block);
    p->checkpoint = plan.checkpoint;
    p->resumed = plan.resumed;
}
