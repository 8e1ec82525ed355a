/* plan.h: what the files of the memory plan share. Sets of buffers are bit sets by buffer id. */
#ifndef TGC_CODEGEN_PLAN_H
#define TGC_CODEGEN_PLAN_H

#include "codegen/kernel.h"

/* Classes that lie one behind the other, so that one kernel can go over all of them: the n leaves
   of a model, their gradients, their moments. A run is placed as one, under its first class. */
typedef struct Run Run;
struct Run {
    int n;
    const int *classes;
    const int64_t *at; /* bytes from the run's begin; multiples of 64 */
    int64_t bytes;
};

/* what is known at start-up of a trip count */
typedef struct Bounded Bounded;
struct Bounded {
    const Dim *most; /* it is at most that, NULL: not known */
    int exact;       /* it is that, unless control does not come by */
    int loops;       /* that set it */
};

typedef struct Plan Plan;
struct Plan {
    Program *program;
    Arena *arena;
    Dims *dims;
    int n, words;        /* buffers, 64-bit words of a set */
    uint64_t *conflicts; /* n sets: who may not share a place with whom; by class once merging has
                            begun */
    int *definitions;    /* by buffer: how many steps write it */
    int *group;          /* by buffer: its class, a buffer's id; a buffer is its own at first */
    Run **runs;          /* by class: the run it lies in, NULL: none */
    int numbers;         /* of steps */
    const Step *checkpoint; /* the checkpoint loop, NULL: none */
    uint64_t *resumed;      /* what is live when its iteration starts */
    char **bound; /* by size: which sizes the loops of that trip count set (plan_size.c), lazily */
    Bounded *bounded; /* by size, of the first `nbounded` */
    int nbounded;
    VEC(Size *) starts; /* SIZE_START, each after those that it is computed from */
};

/* ---- plan_live.c: who is live where ---- */
void plan_live(Plan *plan);
int plan_root(const Buffer *b); /* the buffer whose memory b is part of: a slot's stack */
int set_has(const uint64_t *set, int i);
void set_add(uint64_t *set, int i);

/* calls f for each buffer that the step itself (not its blocks) reads or writes */
typedef void Visit(Plan *plan, Buffer *buffer, void *data);
void step_reads(Plan *plan, const Step *step, Visit *f, void *data);
void step_writes(Plan *plan, const Step *step, Visit *f, void *data);

/* ---- plan_size.c: how large buffers and the slots of stacks are ---- */
void plan_sizes(Plan *plan);
int plan_is_fixed(const Dim *d); /* does d stay what it is from start-up on? */
/* what d is at most, in sizes known at start-up; NULL: not known then */
const Dim *plan_upper(Plan *plan, const Dim *d);

/* ---- plan_bound.c: how often loops go at most ---- */
void plan_bounds(Plan *plan);

/* ---- plan_merge.c: one place for copies and for operands that die ---- */
void plan_merge(Plan *plan);
int plan_class(const Plan *plan, const Buffer *b); /* the buffer's whose place it has */

/* ---- plan_run.c: kernels over neighbouring leaves become one ---- */
void plan_runs(Plan *plan);

/* ---- merge.c: joining them ---- */
/* pointwise, of literal size, each load and store at the iteration's own number; *count: of them */
int merge_is_flat(const Kernel *k, int64_t *count);
/* two of these do the same to each element */
int merge_alike(const Kernel *a, const Kernel *b);
/* one over `count` elements, from the first one's buffers on */
Kernel *merge_join(Arena *arena, Kernel *const *of, int n, int64_t count);

#endif
