/* expr.h: making index and value expressions of kernels (kernel.h). An Exprs is the table in which
   one kernel's expressions are interned: two equal ones are one pointer, so that comparing, sharing
   and memoising are by address. Constructors simplify: sums are collected, // and % by a size
   disappear where the ranges of the variables allow. */
#ifndef TGC_CODEGEN_EXPR_H
#define TGC_CODEGEN_EXPR_H

#include "codegen/kernel.h"

typedef struct Pool Pool; /* a set of interned things */
struct Pool {
    void **slots;
    uint64_t *hashes;
    int cap, n;
};

typedef struct Exprs Exprs;
struct Exprs {
    Arena *arena;
    Dims *dims;
    Pool ixs, atoms, kxs;
};

Exprs *exprs_new(Arena *arena, Dims *dims);

/* ---- index.c, index_div.c ---- */
const Ix *ix_dim(Exprs *t, const Dim *value);
const Ix *ix_int(Exprs *t, int64_t value);
const Ix *ix_var(Exprs *t, int var, const Dim *extent); /* 0 when extent is 1 */
/* the start of a slice: extent NULL: not checked */
const Ix *ix_scalar(Exprs *t, int scalar, const Dim *extent, const Dim *only_if, int trap_site);
const Ix *ix_value(Exprs *t, const Kx *value, const Dim *extent, int trap_site);
const Ix *ix_of_atom(Exprs *t, const IxAtom *atom);
const Ix *ix_div_atom(Exprs *t, const Ix *a, const Dim *by); /* unsimplified: index_div.c's */
const Ix *ix_mod_atom(Exprs *t, const Ix *a, const Dim *by);
const Ix *ix_add(Exprs *t, const Ix *a, const Ix *b);
const Ix *ix_scale(Exprs *t, const Ix *a, const Dim *by);
const Ix *ix_div(Exprs *t, const Ix *a, const Dim *by);
const Ix *ix_mod(Exprs *t, const Ix *a, const Dim *by);
int ix_is_dim(const Ix *a, const Dim **value);            /* 1 when it has no terms */
int ix_lower(Exprs *t, const Ix *a, const Dim **bound);   /* 0: unknown */
int ix_upper(Exprs *t, const Ix *a, const Dim **bound);   /* the largest value */
int ix_at_least(Exprs *t, const Ix *a, const Dim *bound); /* surely a >= bound */
int ix_below(Exprs *t, const Ix *a, const Dim *bound);    /* surely a < bound */
int ix_within(Exprs *t, const Ix *a, const Dim *extent);  /* surely 0 <= a < extent */
int dim_surely_ge0(const Dim *d);
const Dim *ix_coefficient(const Ix *a, int var); /* of a loop variable; NULL: 0 */
int ix_is_affine_in(const Ix *a, int var);       /* var occurs in no other atom than its own */

/* ---- express.c ---- */
const Kx *kx_load(Exprs *t, int buffer, const Ix *index, DType dtype);
const Kx *kx_scalar(Exprs *t, int scalar, DType dtype);
const Kx *kx_const(Exprs *t, const Node *node);
const Kx *kx_zero(Exprs *t, DType dtype); /* a KX_CONST without node */
const Kx *kx_index(Exprs *t, const Ix *index);
const Kx *kx_map(Exprs *t, Op op, DType dtype, const Kx *const *args, int nargs, int trap_site);
const Kx *kx_cast(Exprs *t, const Kx *a, DType dtype);
/* guards that surely hold are left out; otherwise NULL: zero */
const Kx *kx_guard(Exprs *t, const KxGuard *guards, int nguards, const Kx *a, const Kx *otherwise);
const Kx *kx_temp(Exprs *t, int stage, DType dtype, uint64_t vars); /* vars: what it depends on */
int op_cost(Op op);

/* variables replaced: with[var] when not NULL. Memo is by id. */
typedef struct Replace Replace;
struct Replace {
    Exprs *t;
    const Ix *with[64];
    uint64_t vars; /* those that are replaced */
    VEC(const Ix *) ixs;
    VEC(const Kx *) kxs;
};
void replace_begin(Replace *r, Exprs *t);
void replace_var(Replace *r, int var, const Ix *with);
const Ix *replace_ix(Replace *r, const Ix *a);
const Kx *replace_kx(Replace *r, const Kx *a);

/* pool.c */
void *pool_find(const Pool *pool, uint64_t hash, int (*equal)(const void *, const void *),
                const void *key);
void pool_add(Arena *arena, Pool *pool, uint64_t hash, void *item);
uint64_t hash_mix(uint64_t hash, uint64_t value);

#endif
