/* mirror.h: values of finished regions, in regions that are built to mirror them. The reverse pass
   of a loop is another loop, and that of a branch another branch; so is the forward mode's. A
   Mirror joins the finished region with the one being built, and brings values over: what is cheap
   is computed again from what is at hand, everything else is collected by the finished loop and
   scanned by the new one, or exported from the branch. The sizes that the finished region binds are
   bound again before anything that mentions them. */
#ifndef TGC_AUTODIFF_MIRROR_H
#define TGC_AUTODIFF_MIRROR_H

#include "autodiff/flow.h"
#include "ir/clone.h"

typedef struct Mirror Mirror;
struct Mirror {
    Mirror *up;         /* of the region around; NULL: what stands there can be used as it is */
    Node *control;      /* the finished node: for, while, if */
    int branch;         /* which of its regions */
    const Region *from; /* that region */
    Region *into;       /* the region being built */
    Node *index;        /* for: its index in `into`; NULL: there is none */
    Values *have;       /* what is at hand already */
    Values *hoisted;    /* what no iteration changes, made around `into` */
    NodeList scanned;   /* by the new loop, values around `into`; their params come last there */
    NodeList sites;     /* loops and binds of `from`, also in its branches, not in its loops */
    VEC(const Size *) bound;
};

/* the builder is in `into` */
Mirror *mirror_new(Builder *b, Mirror *up, Node *control, int branch, Region *into);
/* v in the region being built, whose mirror is m (NULL: v itself) */
Node *mirror_value(Builder *b, Mirror *m, Node *v);
/* scans a value of the region around `into`: gives the slice's param */
Node *mirror_scan(Builder *b, Mirror *m, Node *stack);
/* to be called when all is scanned that will be, before the new loop is made */
void mirror_close(Builder *b, Mirror *m);
/* binds the sizes that the type mentions, where a finished loop bound them */
void mirror_type(Builder *b, Mirror *m, const Type *type);
void mirror_dim(Builder *b, Mirror *m, const Dim *dim);

/* lo, hi and step of a for that makes the trips of a finished loop again */
void mirror_bounds(Builder *b, Mirror *m, Node *loop, Node **bounds);
/* The nodes of a recompute once more, in a new group, where the builder is. `free` are those of the
   values used from outside that derivatives are wanted by: each is read through a value of its own,
   in aliases. results: the copies of its results. */
void mirror_again(Builder *b, Mirror *m, const Node *recompute, const NodeList *free,
                  Node **aliases, Node **results);

#endif
