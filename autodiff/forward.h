/* forward.h: forward mode. Appends to the builder's region the tangent of y, when the xs move along
   the vs.

   The same rules about what y and xs may be as in reverse.h. A finished loop gets a companion loop
   over its collected values, an if a companion if; nothing is run again for its effects. */
#ifndef TGC_AUTODIFF_FORWARD_H
#define TGC_AUTODIFF_FORWARD_H

#include "ir/build.h"

typedef struct TangentRequest TangentRequest;
struct TangentRequest {
    Node *y;         /* floating */
    Node *const *xs; /* floating, different values */
    Node *const *vs; /* their tangents, each of its x's type */
    int nxs;
    Node **params; /* answers: as in GradRequest */
    int nparams;
};

/* *out: the tangent, of y's type, or NULL when y depends on no x. Gives 0 after it has reported
   errors ("no-derivative"), with *out NULL; else 1. */
int autodiff_forward(Builder *b, TangentRequest *request, Node **out);

#endif
