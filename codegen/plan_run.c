/* plan_run.c: runs. Takes steps and classes; where pointwise kernels that do the same to different
   leaves stand one after another (an optimizer, written per leaf), lays the leaves' buffers out one
   behind the other, all parameters, all gradients, all moments in the same order with the same
   gaps, and makes the kernels one that goes over everything. In the gaps it computes what nobody
   reads. Where buffers cannot lie like that, the kernels stay as they are. Copies and overlays were
   decided before: no buffer loses its place to a run. */
#include "codegen/plan.h"

enum { ALIGN = 64 };

/* kernels of one block, from the first on, that can be one */
typedef struct Row Row;
struct Row {
    Plan *plan;
    int ncolumns; /* buffers of each kernel */
    int64_t unit; /* leaves begin at multiples of so many elements */
    VEC(Kernel *) kernels;
    VEC(int64_t) at;  /* by kernel: the element it begins at */
    VEC(int) classes; /* by kernel and column */
    int64_t end;      /* elements, without the last one's gap */
};

static Buffer *buffer_of(const Plan *plan, int class) {
    return plan->program->buffers.at[class];
}

static int64_t element_bytes(const Kernel *k, int column) {
    return dtype_bytes(k->buffers.at[column]->type->dtype);
}

static int *row_classes(const Row *row, int kernel) {
    return row->classes.at + (ptrdiff_t)kernel * row->ncolumns;
}

/* each buffer is of the slab and covered from its begin to its end */
static int is_whole(const Plan *plan, const Kernel *k, int64_t count) {
    int reads = 0;
    for (int i = 0; i < k->buffers.n; i++) {
        int64_t elements, bytes;
        const Buffer *b = k->buffers.at[i], *of = buffer_of(plan, plan_class(plan, b));
        if (b->kind != BUFFER_SLAB || of->kind != BUFFER_SLAB || !of->bytes) return 0;
        if (!dim_is_int(type_count(plan->dims, b->type), &elements) || elements != count) return 0;
        if (!dim_is_int(of->bytes, &bytes) || bytes != count * element_bytes(k, i)) return 0;
        reads += !k->written.at[i];
    }
    return reads > 0; /* what only fills is not worth it */
}

/* the new kernel's places are equal to each other where the first one's are, and to no earlier
 * kernel's */
static int is_apart(const Row *row, const int *classes) {
    const int *first = row_classes(row, 0);
    for (int i = 0; i < row->ncolumns; i++) {
        for (int k = 0; k < row->classes.n; k++)
            if (row->classes.at[k] == classes[i]) return 0;
        for (int j = 0; j < i; j++)
            if ((classes[i] == classes[j]) != (first[i] == first[j])) return 0;
    }
    return 1;
}

static int64_t place_in(const Run *run, int class) {
    int i = 0;
    while (run->classes[i] != class) i++;
    return run->at[i];
}

/* at element `at` behind the row's begin: all of them lie in runs so already, or are free to */
static int fits_runs(const Row *row, const Kernel *k, const int *classes, int64_t at) {
    for (int i = 0; i < row->ncolumns; i++) {
        int first = row_classes(row, 0)[i];
        const Run *run = row->plan->runs[first];
        if (row->plan->runs[classes[i]] != run) return 0;
        if (run && place_in(run, classes[i]) - place_in(run, first) != at * element_bytes(k, i))
            return 0;
    }
    return 1;
}

static void row_push(Row *row, Kernel *k, const int *classes, int64_t at, int64_t count) {
    Arena *arena = row->plan->arena;
    PUSH(arena, &row->kernels, k);
    PUSH(arena, &row->at, at);
    for (int i = 0; i < row->ncolumns; i++) PUSH(arena, &row->classes, classes[i]);
    row->end = at + count;
}

static int row_add(Row *row, Kernel *k) {
    Plan *plan = row->plan;
    int64_t count, at;
    if (!merge_is_flat(k, &count) || !is_whole(plan, k, count)) return 0;
    int *classes = NEW_ARRAY(plan->arena, int, k->buffers.n + 1);
    for (int i = 0; i < k->buffers.n; i++) classes[i] = plan_class(plan, k->buffers.at[i]);
    if (!row->kernels.n) {
        row->ncolumns = k->buffers.n;
        row->unit = 1;
        for (int i = 0; i < k->buffers.n; i++)
            if (row->unit * element_bytes(k, i) < ALIGN) row->unit = ALIGN / element_bytes(k, i);
        row_push(row, k, classes, 0, count);
        return 1;
    }
    at = (row->end + row->unit - 1) / row->unit * row->unit;
    if (!merge_alike(row->kernels.at[0], k) || !is_apart(row, classes)) return 0;
    if (!fits_runs(row, k, classes, at)) return 0;
    row_push(row, k, classes, at, count);
    return 1;
}

/* ---- runs of columns ---- */

static uint64_t *conflicts_of(Plan *plan, int class) {
    return plan->conflicts + (size_t) class * (size_t)plan->words;
}

/* whoever conflicts with one of the run conflicts with its first */
static void gather_conflicts(Plan *plan, const Run *run) {
    int first = run->classes[0];
    for (int k = 1; k < run->n; k++) {
        const uint64_t *from = conflicts_of(plan, run->classes[k]);
        for (int i = 0; i < plan->n; i++) {
            if (!set_has(from, i) || i == first) continue;
            set_add(conflicts_of(plan, i), first);
            set_add(conflicts_of(plan, first), i);
        }
    }
}

static void lay_column(Row *row, int column) {
    Plan *plan = row->plan;
    int n = row->kernels.n, *classes = NEW_ARRAY(plan->arena, int, n);
    int64_t *at = NEW_ARRAY(plan->arena, int64_t, n),
            size = element_bytes(row->kernels.at[0], column);
    if (plan->runs[row_classes(row, 0)[column]]) return;
    Run *run = NEW(plan->arena, Run);
    *run = (Run){.n = n, .classes = classes, .at = at};
    run->bytes = (row->end * size + ALIGN - 1) / ALIGN * ALIGN;
    for (int k = 0; k < n; k++) {
        classes[k] = row_classes(row, k)[column];
        at[k] = row->at.at[k] * size;
        plan->runs[classes[k]] = run;
    }
    gather_conflicts(plan, run);
}

/* the one kernel reads and writes all its runs at the same time */
static void hold_apart(Row *row) {
    Plan *plan = row->plan;
    for (int i = 0; i < row->ncolumns; i++)
        for (int j = 0; j < row->ncolumns; j++) {
            const Run *a = plan->runs[row_classes(row, 0)[i]];
            const Run *b = plan->runs[row_classes(row, 0)[j]];
            if (a != b) set_add(conflicts_of(plan, a->classes[0]), b->classes[0]);
        }
}

/* ---- blocks ---- */

static void note_read(Plan *plan, Buffer *buffer, void *data) {
    (void)plan;
    (void)buffer;
    *(int *)data = 1;
}

/* kernels may move up past it: it touches registers alone */
static int is_transparent(Plan *plan, const Step *step) {
    int reads = 0;
    if (step->kind != STEP_SCALAR) return 0;
    step_reads(plan, step, note_read, &reads);
    return !reads;
}

/* the row that begins at step `at`; where[]: its steps' numbers in the block */
static void gather_row(Row *row, const Block *block, int at, int *where) {
    for (int i = at; i < block->steps.n; i++) {
        const Step *step = block->steps.at[i];
        if (step->kind == STEP_KERNEL && row_add(row, step->kernel))
            where[row->kernels.n - 1] = i;
        else if (!is_transparent(row->plan, step))
            return;
    }
}

static void join_block(Plan *plan, Block *block);

static void join_at(Plan *plan, Block *block, int at, int *where) {
    Row row = {.plan = plan};
    gather_row(&row, block, at, where);
    if (row.kernels.n < 2) return;
    Kernel *k = merge_join(plan->arena, row.kernels.at, row.kernels.n, row.end);
    if (!k) return;
    for (int i = 0; i < row.ncolumns; i++) lay_column(&row, i);
    hold_apart(&row);
    Step *step = block->steps.at[at];
    step->kernel = k;
    plan->program->kernels.at[k->id] = k;
    for (int i = 1; i < row.kernels.n; i++) {
        plan->program->kernels.at[row.kernels.at[i]->id] = NULL;
        block->steps.at[where[i]] = NULL;
    }
}

static void join_block(Plan *plan, Block *block) {
    int kept = 0, *where = NEW_ARRAY(plan->arena, int, block->steps.n + 1);
    for (int i = 0; i < block->steps.n; i++)
        for (int k = 0; k < 2; k++)
            if (block->steps.at[i]->blocks[k]) join_block(plan, block->steps.at[i]->blocks[k]);
    for (int i = 0; i < block->steps.n; i++) {
        Step *step = block->steps.at[i];
        if (!step) continue;
        if (step->kind == STEP_KERNEL) join_at(plan, block, i, where);
        block->steps.at[kept++] = step;
    }
    block->steps.n = kept;
}

void plan_runs(Plan *plan) {
    Program *p = plan->program;
    plan->runs = NEW_ARRAY(plan->arena, Run *, plan->n + 1);
    if (p->apart) return;
    join_block(plan, p->block);
    int kept = 0;
    for (int i = 0; i < p->kernels.n; i++) {
        Kernel *k = p->kernels.at[i];
        if (!k) continue;
        k->id = kept;
        p->kernels.at[kept++] = k;
    }
    p->kernels.n = kept;
}
