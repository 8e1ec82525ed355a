/* push.h: one forward sweep over a region, as forward.c makes it for the program and
   forward_control.c for each mirrored region. Each active value gets its tangent after those it is
   computed from. */
#ifndef TGC_AUTODIFF_PUSH_H
#define TGC_AUTODIFF_PUSH_H

#include "autodiff/sweep.h"

typedef struct Push Push;
struct Push {
    Builder *b; /* in the region where the tangents go; simplifying */
    const Flow *flow;
    Rules *rules;
    Push *up;           /* of the region around, NULL: none */
    Mirror *mirror;     /* NULL: what is swept can be read as it is */
    const Region *from; /* the region swept; NULL: all around the builder */
    Values *tangents;
    int *errors;
};

Push *push_new(Builder *b, const Flow *flow, Rules *rules, Mirror *mirror, int *errors);
/* of a mirrored region, in a builder of its own */
Push *push_inner(Push *around, Mirror *mirror);
void push_run(Push *p);
Node *push_tangent(const Push *p, const Node *node); /* NULL: zero */
Node *push_tangent_or_zeros(const Push *p, Node *node);
void push_set(Push *p, const Node *node, Node *tangent); /* NULL: zero */

/* the tangents of an active control node's results (forward_control.c) */
void push_control(Push *p, Node *control);

#endif
