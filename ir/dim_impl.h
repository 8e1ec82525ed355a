/* dim_impl.h: how a Dim is made of terms; for dim.c (normal form) and dim_value.c (what it is
   worth, its text) only. */
#ifndef TGC_IR_DIM_IMPL_H
#define TGC_IR_DIM_IMPL_H

#include "base/vec.h"
#include "ir/dim.h"

typedef struct Mono
    Mono; /* a product of powers of sizes and of floor divisions, interned; n = 0: 1 */
struct Mono {
    uint64_t hash;
    const DimFactor *factors;
    int n, degree;
};

typedef struct Term Term;
struct Term {
    int64_t coef;
    const Mono *mono;
};

struct Dim {
    Dims *table;
    uint64_t hash;
    const Term *terms;
    int n;
};

struct Dims {
    Arena *arena;
    VEC(Size *) sizes;
    Dim **slots; /* open addressing, at most half full */
    int cap, count;
    Mono **mono_slots;
    int mono_cap, mono_count;
    const Mono *unit;
    VEC(Term) work; /* the sum being made */
    int overflowed;
};

const Mono *mono_intern(Dims *t, const DimFactor *factors, int n);
int mono_compare(const Mono *a, const Mono *b); /* < 0: a stands first */
const Dim *dim_intern(Dims *t, const Term *terms, int n);

#endif
