/* visit.h: calls f for every distinct Kx and Ix of a kernel, operands before users, each once. */
#ifndef TGC_CODEGEN_VISIT_H
#define TGC_CODEGEN_VISIT_H

#include "codegen/expr.h"

typedef struct Visit Visit;
struct Visit {
    Exprs *t;
    void (*kx)(const Kx *k, void *data);  /* may be NULL */
    void (*ix)(const Ix *ix, void *data); /* may be NULL */
    void *data;
    char *seen_kx, *seen_ix;
};

void visit_begin(Visit *v, Exprs *t); /* set kx, ix, data after it */
void visit_kx(Visit *v, const Kx *k);
void visit_ix(Visit *v, const Ix *ix);
void visit_stage(Visit *v, const Stage *s);
void visit_kernel(Visit *v, const Kernel *k);

#endif
