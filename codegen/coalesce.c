/* coalesce.c: neighbouring axes of a kernel become one where every index allows it: loops get
   longer, lanes fuller, and a contiguous tensor is one axis whatever its shape. Row-major order is
   kept. */
#include "codegen/fuse.h"

/* ---- walking a stage's indices ---- */

typedef struct Walk Walk;
struct Walk {
    Exprs *t;
    int var;           /* the pair var, var + 1 */
    const Dim *second; /* extent of var + 1 */
    char *seen_ix, *seen_kx;
    int splits; /* an index that the merged axis would have to divide */
};

static void walk_kx(Walk *w, const Kx *k);

static void walk_ix(Walk *w, const Ix *ix) {
    uint64_t pair = (uint64_t)3 << w->var;
    if (!(ix->vars & pair) || w->seen_ix[ix->id] || w->splits) return;
    w->seen_ix[ix->id] = 1;
    const Dim *zero = dim_int(w->t->dims, 0);
    const Dim *first = ix_coefficient(ix, w->var), *second = ix_coefficient(ix, w->var + 1);
    if ((first ? first : zero) != dim_mul(w->t->dims, second ? second : zero, w->second))
        w->splits = 1;
    for (int i = 0; i < ix->nterms; i++) {
        if (ix->terms[i].atom->a) walk_ix(w, ix->terms[i].atom->a);
        if (ix->terms[i].atom->value) walk_kx(w, ix->terms[i].atom->value);
    }
}

static void walk_kx(Walk *w, const Kx *k) {
    if (w->seen_kx[k->id] || w->splits) return;
    w->seen_kx[k->id] = 1;
    if (k->index) walk_ix(w, k->index);
    for (int i = 0; i < k->nargs; i++) walk_kx(w, k->args[i]);
    for (int i = 0; i < k->nguards; i++) walk_ix(w, k->guards[i].ix);
}

static void walk_stage(Walk *w, const Stage *s) {
    if (s->value) walk_kx(w, s->value);
    if (s->a) walk_kx(w, s->a);
    if (s->b) walk_kx(w, s->b);
    for (int i = 0; i < s->nstores; i++) {
        walk_kx(w, s->stores[i].value);
        walk_ix(w, s->stores[i].place);
    }
}

static int merges(Exprs *t, Stage *const *stages, int n, int var, const Dim *second) {
    Walk w = {.t = t, .var = var, .second = second};
    w.seen_ix = NEW_ARRAY(t->arena, char, t->ixs.n + 1);
    w.seen_kx = NEW_ARRAY(t->arena, char, t->kxs.n + 1);
    for (int i = 0; i < n && !w.splits; i++) walk_stage(&w, stages[i]);
    return !w.splits;
}

/* ---- replacing ---- */

static void replace_stage(Replace *r, Stage *s) {
    if (s->value) s->value = replace_kx(r, s->value);
    if (s->a) s->a = replace_kx(r, s->a);
    if (s->b) s->b = replace_kx(r, s->b);
    for (int i = 0; i < s->nstores; i++) {
        s->stores[i].value = replace_kx(r, s->stores[i].value);
        s->stores[i].place = replace_ix(r, s->stores[i].place);
    }
}

/* variables var and var + 1 (extents e[0], e[1]) become var; the ones after move down. extents: of
 * the variables from var + 2 on */
static void merge_vars(Replace *r, Exprs *t, int var, const Dim *first, const Dim *second,
                       const Dim *const *after, int nafter) {
    const Ix *flat = ix_var(t, var, dim_mul(t->dims, first, second));
    replace_begin(r, t);
    replace_var(r, var, ix_div(t, flat, second));
    replace_var(r, var + 1, ix_mod(t, flat, second));
    for (int i = 0; i < nafter; i++) replace_var(r, var + 2 + i, ix_var(t, var + 1 + i, after[i]));
}

static void merge_rows(Exprs *t, Kernel *k, Stage *s, int at) {
    Replace r;
    merge_vars(&r, t, k->nouter + at, s->row[at], s->row[at + 1], s->row + at + 2,
               s->nrow - at - 2);
    replace_stage(&r, s);
    s->row[at] = dim_mul(t->dims, s->row[at], s->row[at + 1]);
    s->nrow--;
    for (int i = at + 1; i < s->nrow; i++) s->row[i] = s->row[i + 1];
}

/* row axes at … at+n-1 become one, by division where needed */
void flatten_rows(Exprs *t, Kernel *k, Stage *s, int at, int n) {
    for (; n > 1; n--) merge_rows(t, k, s, at + n - 2);
}

/* ---- which pairs ---- */

static void coalesce_rows(Exprs *t, Kernel *k, Stage *s, int first, int *count) {
    for (int at = first + *count - 2; at >= first; at--) {
        if (!merges(t, &s, 1, k->nouter + at, s->row[at + 1])) continue;
        merge_rows(t, k, s, at);
        (*count)--;
    }
}

static void merge_outer(Exprs *t, Kernel *k, int at) {
    for (int i = 0; i < k->stages.n; i++) {
        Stage *s = k->stages.at[i];
        const Dim *after[4 * MAX_RANK];
        Replace r;
        int n = 0;
        for (int j = at + 2; j < k->nouter; j++) after[n++] = k->outer[j];
        for (int j = 0; j < s->nrow; j++) after[n++] = s->row[j];
        merge_vars(&r, t, at, k->outer[at], k->outer[at + 1], after, n);
        replace_stage(&r, s);
    }
    k->outer[at] = dim_mul(t->dims, k->outer[at], k->outer[at + 1]);
    k->nouter--;
    for (int i = at + 1; i < k->nouter; i++) k->outer[i] = k->outer[i + 1];
}

static void coalesce_stage(Exprs *t, Kernel *k, Stage *s) {
    if (s->kind == STAGE_CONTRACT) {
        coalesce_rows(t, k, s, s->nm + s->nn, &s->nk);
        coalesce_rows(t, k, s, s->nm, &s->nn);
        coalesce_rows(t, k, s, 0, &s->nm);
        return;
    }
    int inner = (s->kind == STAGE_REDUCE && s->lanes) || (s->serial && s->lanes);
    int n = s->nrow - inner;
    if (n > 1) coalesce_rows(t, k, s, 0, &n);
}

void coalesce_kernel(Exprs *t, Kernel *k) {
    for (int i = 0; i < k->stages.n; i++) coalesce_stage(t, k, k->stages.at[i]);
    for (int at = k->nouter - 2; at >= 0; at--)
        if (merges(t, k->stages.at, k->stages.n, at, k->outer[at + 1])) merge_outer(t, k, at);
}
