/* lanes.c: where the lanes of a kernel run. Short reductions in lanes (a pooling window, a handful
   of classes) waste most lanes of their row; where the neighbours along the last outer axis are
   also neighbours in memory, sixteen rows are reduced at once instead, each still in the order of
   its own lanes. */
#include "codegen/fuse.h"
#include "codegen/visit.h"

enum { MOST_TERMS = 16, MOST_COST = 400 };

typedef struct Strides Strides;
struct Strides {
    int row, outer;       /* variables */
    int by_row, by_outer; /* how many accesses have neighbours in lanes over either */
};

static int steps_little(const Ix *ix, int var, int64_t most) {
    int64_t by;
    const Dim *c = ix_coefficient(ix, var);
    if (!(ix->vars >> var & 1)) return 1;
    return c && ix_is_affine_in(ix, var) && dim_is_int(c, &by) && by >= 1 && by <= most;
}

static void count_access(Strides *s, const Ix *ix) {
    s->by_row += steps_little(ix, s->row, 1);
    s->by_outer += steps_little(ix, s->outer, 2);
}

static void see_access(const Kx *k, void *data) {
    if (k->kind == KX_LOAD) count_access(data, k->index);
}

/* a reduction of a few elements */
static int is_short(const Stage *s) {
    int64_t n;
    return s->lanes && s->nrow == 1 && dim_is_int(s->row[0], &n) && n <= MOST_TERMS &&
           n * s->value->cost <= MOST_COST;
}

void schedule_lanes(Exprs *t, Kernel *k) {
    if (k->across || k->nouter == 0 ||
        (dim_upper(k->outer[k->nouter - 1]) >= 0 && dim_upper(k->outer[k->nouter - 1]) < 4))
        return;
    Strides strides = {.row = k->nouter, .outer = k->nouter - 1};
    int reductions = 0;
    for (int i = 0; i < k->stages.n; i++) {
        const Stage *s = k->stages.at[i];
        if (s->kind == STAGE_CONTRACT || s->serial || (s->kind == STAGE_REDUCE && !is_short(s)))
            return;
        reductions += s->kind == STAGE_REDUCE;
        Visit v;
        visit_begin(&v, t);
        v.kx = see_access;
        v.data = &strides;
        visit_stage(&v, s);
        for (int j = 0; j < s->nstores; j++) count_access(&strides, s->stores[j].place);
    }
    if (reductions && strides.by_outer > strides.by_row) k->across = 1;
}
