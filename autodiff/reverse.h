/* reverse.h: reverse mode. Walks from y back to the xs and appends the adjoint nodes to the
   builder's region.

   y and the xs are values of that region or of ones around it: ordinary nodes, constants, region
   params, results of finished control nodes. Only nodes on a path from an x to y are looked at.
   Values inside finished loops and branches are read through what is added to them with
   build_collect and build_export. Nothing that stands already is changed otherwise. The adjoint
   nodes are ordinary ones, so they can be differentiated again.

   x is a value: when one x is computed from another, each gets its whole derivative. What flows
   through integers, bools or detach is constant. A step function's derivative is zero, and counts
   as a dependence. */
#ifndef TGC_AUTODIFF_REVERSE_H
#define TGC_AUTODIFF_REVERSE_H

#include "ir/build.h"

typedef struct GradRequest GradRequest;
struct GradRequest {
    Node *y;         /* floating */
    Node *seed;      /* y's cotangent, of y's type; NULL: ones */
    Node *const *xs; /* floating; the same value may be given more than once */
    int nxs;
    /* answers, in the graph's arena: the floating params of regions that are not finished (around
       the builder's region) from which y was computed: when an x got NULL, y may reach it only
       through an earlier iteration, by these. In the order of their ids. */
    Node **params;
    int nparams;
};

/* out[i]: dy/dx of xs[i], of its type, or NULL when y does not depend on it. Gives 0 after it has
   reported errors
   ("no-derivative", at the place of the operation), with out all NULL; else 1. */
int autodiff_reverse(Builder *b, GradRequest *request, Node **out);

#endif
