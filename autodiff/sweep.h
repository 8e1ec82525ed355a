/* sweep.h: one backward sweep over a region, as reverse.c makes it for the program and control.c
   for each mirrored region. Cotangents are given to values; a value that stands in the sweep's
   region is taken up after all its users, and gives to what it was computed from. What is given to
   values outside of the region adds up and is asked for in the end.

   A value outside may start with a base: a cotangent that was there before (the accumulator of a
   loop). Then what is given goes into the base, boxes and gathered elements in place, so that an
   iteration costs what it touches. */
#ifndef TGC_AUTODIFF_SWEEP_H
#define TGC_AUTODIFF_SWEEP_H

#include "autodiff/flow.h"
#include "autodiff/rules.h"

typedef struct Entry Entry;
struct Entry {
    Node *node;
    FlowNode *flow;
    VEC(Part) parts;        /* given, not added up yet */
    VEC(Node *) cotangents; /* control nodes: by result, NULL where nothing was given */
    Node *base;
    int queued;
    int touched; /* y depends on it, with derivative zero if nothing is given */
};

typedef struct Sweep Sweep;
struct Sweep {
    Builder *b; /* in the region where the cotangents go; simplifying */
    const Flow *flow;
    Rules *rules;
    Mirror *mirror;     /* NULL: what is swept can be read as it is */
    const Region *from; /* the region swept; NULL: all there is */
    Map *entries;
    VEC(Entry *) heap; /* by order, largest first */
    int *errors;
};

Sweep *sweep_new(Builder *b, const Flow *flow, Rules *rules, int *errors);
/* of a mirrored region, in a builder of its own */
Sweep *sweep_inner(const Sweep *around, Mirror *mirror);
void sweep_give(Sweep *s, Node *node, Node *cotangent); /* ignored unless node is active */
void sweep_touch(Sweep *s, Node *node);
void sweep_run(Sweep *s);
Node *sweep_total(Sweep *s, Node *node); /* what was given so far, NULL: nothing */
Node *sweep_take(Sweep *s, Node *node);  /* the same, and takes it away */
void sweep_set_base(Sweep *s, Node *node, Node *base);
int sweep_touched(const Sweep *s, const Node *node);

/* x as a value of its own, that no simplification sees through */
Node *own_value(Builder *b, Node *x);
/* reports that an operation has no derivative */
void no_derivative(Builder *b, const Node *node, int *errors);

/* the reverse pass through the entry's control node (control.c) */
void sweep_control(Sweep *s, Entry *e);

/* the cotangents of targets, by a sweep of its own over what was made from them in the builder's
   region: seeds are given to the ys (NULL: none). Targets whose derivative is nothing get NULL. */
void sweep_targets(const Sweep *around, Node *const *ys, Node *const *seeds, int nys,
                   Node *const *targets, int ntargets, Node **out);

#endif
