/* visit.c: walks the expressions of a kernel. */
#include "codegen/visit.h"

void visit_begin(Visit *v, Exprs *t) {
    *v = (Visit){.t = t};
    v->seen_kx = NEW_ARRAY(t->arena, char, t->kxs.n + 1);
    v->seen_ix = NEW_ARRAY(t->arena, char, t->ixs.n + 1);
}

void visit_ix(Visit *v, const Ix *ix) {
    if (v->seen_ix[ix->id]) return;
    v->seen_ix[ix->id] = 1;
    for (int i = 0; i < ix->nterms; i++) {
        if (ix->terms[i].atom->a) visit_ix(v, ix->terms[i].atom->a);
        if (ix->terms[i].atom->value) visit_kx(v, ix->terms[i].atom->value);
    }
    if (v->ix) v->ix(ix, v->data);
}

void visit_kx(Visit *v, const Kx *k) {
    if (v->seen_kx[k->id]) return;
    v->seen_kx[k->id] = 1;
    if (k->index) visit_ix(v, k->index);
    for (int i = 0; i < k->nguards; i++) visit_ix(v, k->guards[i].ix);
    for (int i = 0; i < k->nargs; i++) visit_kx(v, k->args[i]);
    if (v->kx) v->kx(k, v->data);
}

void visit_stage(Visit *v, const Stage *s) {
    if (s->value) visit_kx(v, s->value);
    if (s->a) visit_kx(v, s->a);
    if (s->b) visit_kx(v, s->b);
    for (int i = 0; i < s->nstores; i++) {
        visit_kx(v, s->stores[i].value);
        visit_ix(v, s->stores[i].place);
    }
}

void visit_kernel(Visit *v, const Kernel *k) {
    for (int i = 0; i < k->stages.n; i++) visit_stage(v, k->stages.at[i]);
}
