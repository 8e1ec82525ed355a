/* index.h: what an index x[…] selects, axis by axis: shared by reading (index.c) and assigning
 * (index_assign.c). */
#ifndef TGC_FRONTEND_ELABORATE_INDEX_H
#define TGC_FRONTEND_ELABORATE_INDEX_H

#include "frontend/elaborate/core.h"

typedef enum { SELECT_ALL, SELECT_ONE, SELECT_SLICE, SELECT_TENSOR } SelectKind;
typedef struct Select Select; /* of one axis of the tensor */
struct Select {
    SelectKind kind;
    Node *start;       /* one, slice: i64 scalar */
    const Dim *length; /* slice */
    int64_t step;      /* slice: 1 or more */
    int flip;          /* slice: then reversed */
    Node *index;       /* tensor */
};
typedef struct Selection Selection;
struct Selection {
    Node *x;
    int n; /* axes of x */
    Select at[MAX_RANK];
    int nout; /* the result's axes in order: an axis of x, or -1 for a new one (None) */
    int out[2 * MAX_RANK];
    int ntensors;
    Node *mask; /* the whole index is one bool tensor */
    Span span;
};

/* 0 after an error */
int index_parse(Elab *e, Node *x, const AstExpr *ast, Selection *s);
Node *index_box(Elab *e, const Selection *s); /* slices and single indices applied, axes kept */
const Type *index_box_shape(Elab *e, const Selection *s,
                            const Type *box); /* without dropped axes, with new ones */
int index_slice(Elab *e, Node *x, int axis, const AstItem *item, Select *out);
int index_nonnegative(Elab *e, Node *n);
/* permutation that brings the axes indexed by tensors to the front */
int index_front(const Selection *s, int *perm);

int index_tensors(Elab *e, const Selection *s, Node **out); /* broadcast to one shape */
Node *index_read(Elab *e, const Selection *s);

#endif
