/* plan.h: what the files of the memory plan share. Sets of buffers are bit sets by buffer id. */
#ifndef TGC_CODEGEN_PLAN_H
#define TGC_CODEGEN_PLAN_H

#include "codegen/kernel.h"

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
    int numbers;         /* of steps */
    const Step *checkpoint; /* the checkpoint loop, NULL: none */
    uint64_t *resumed;      /* what is live when its iteration starts */
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
/* what d is at most, in sizes known at start-up; NULL: not known then */
const Dim *plan_upper(Plan *plan, const Dim *d);

/* ---- plan_merge.c: one place for copies and for operands that die ---- */
void plan_merge(Plan *plan);

#endif
