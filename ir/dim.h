/* dim.h: sizes. A Dim is an integer polynomial over named sizes, with // and % by positive numbers,
   in normal form; interned, so that two equal sizes are one pointer. Normal form of (p // k): p =
   k*q + r with r's coefficients in [0, k): p // k = q + r // k; p % k is p - k*(p // k), so that
   k*(p // k) + p % k is p (printed as % again). Numbers past 64 bits stick at the largest one and
   set dims_overflowed. */
#ifndef TGC_IR_DIM_H
#define TGC_IR_DIM_H

#include "base/arena.h"
#include "base/intern.h"
#include "base/source.h"

typedef enum {
    SIZE_DATA,  /* rows of a data file: known at start-up, no bound */
    SIZE_ARG,   /* `arg NAME: dim`: known at start-up */
    SIZE_BATCH, /* length of the current batch: changes during a loop, bound = batch size */
    SIZE_TRIP,  /* trip count of a loop: known at loop entry (for) or after it (while) */
    SIZE_START, /* made by the memory plan, known at start-up */
    SIZE_LEFT,  /* what a reshape leaves for its -1: set where the reshape stands */
} SizeKind;

typedef struct Size Size; /* a named size */
struct Size {
    int id;           /* index in the program's size table */
    const char *name; /* the user's name: "rows", "n"; a batch's: "batch" */
    SizeKind kind;
    int64_t bound;            /* largest value it can have, -1 unknown */
    const struct Dim *most;   /* as bound, but in other sizes; NULL unknown */
    int64_t least;            /* smallest value, 0 by default */
    Span span;                /* where it was declared or came from, for messages */
    void *node;               /* SIZE_TRIP: the loop Node */
    const struct Dim *equals; /* SIZE_TRIP: its value in other sizes, where the loop's bounds tell
                                 it; else NULL */
    const struct Dim *from;   /* SIZE_START: it is max(0, from); NULL: */
    int arg;                  /* the value of that integer argument, kept within 2**40 */
};

typedef struct Dim Dim;   /* opaque, interned, immutable */
typedef struct Dims Dims; /* the table they live in, one per compilation */

Dims *dims_new(Arena *arena);
Size *size_new(Dims *t, const char *name, SizeKind kind, int64_t bound, Span span);
int dims_overflowed(const Dims *t); /* some size was too large for 64 bits */
int size_count(const Dims *t);
Size *size_at(const Dims *t, int id);

const Dim *dim_int(Dims *t, int64_t value);
const Dim *dim_size(Dims *t, Size *size);
const Dim *dim_add(Dims *t, const Dim *a, const Dim *b);
const Dim *dim_sub(Dims *t, const Dim *a, const Dim *b);
const Dim *dim_mul(Dims *t, const Dim *a, const Dim *b);
const Dim *dim_floordiv(Dims *t, const Dim *a, int64_t k); /* k > 0 */
const Dim *dim_mod(Dims *t, const Dim *a, int64_t k);      /* k > 0 */
/* rounded up; k > 0 */
const Dim *dim_ceildiv(Dims *t, const Dim *a, int64_t k);
/* a / b when b divides a as polynomials (used for reshape's -1), else NULL */
const Dim *dim_divide_exact(Dims *t, const Dim *a, const Dim *b);

int dim_is_int(const Dim *d, int64_t *value); /* 1 and *value when it is a plain number */
int64_t dim_value(const Dim *d);              /* the number; die() when it is not one */
int64_t dim_upper(const Dim *d); /* largest possible value from the sizes' bounds, -1 unknown */
int64_t dim_lower(const Dim *d); /* smallest possible value, INT64_MIN unknown */
int64_t dim_eval(const Dim *d, const int64_t *sizes); /* sizes[size->id] */
const char *dim_print(Arena *arena, const Dim *d);    /* "2*n + 4" */
/* equality is pointer equality */

/* walk over the terms, for code generation: value = sum of coefficient * product of factors */
typedef struct DimFactor DimFactor;
struct DimFactor {
    const Size *size; /* a named size, or */
    const Dim *inner; /* inner // by or inner % by */
    int64_t by;
    int is_mod;
    int power; /* >= 1 */
};
int dim_terms(const Dim *d);
int64_t dim_term(const Dim *d, int i, const DimFactor **factors, int *nfactors); /* coefficient */
/* every Size that d mentions, into out (at most cap); returns how many */
int dim_sizes(const Dim *d, const Size **out, int cap);
/* replaces sizes: with[size->id] when not NULL */
const Dim *dim_replace(Dims *t, const Dim *d, const Dim *const *with, int nwith);

#endif
