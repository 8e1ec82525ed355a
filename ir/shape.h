/* shape.h: the shape rules. Each row of ops.def has one, shape_NAME; it gives the result's type
   from the operands and attributes, or checks a given one where these do not tell it (given:
   reshape, slice, conv, …). build.c makes nodes with them, verify.c checks every node by them
   again. */
#ifndef TGC_IR_SHAPE_H
#define TGC_IR_SHAPE_H

#include "ir/graph.h"

typedef struct Shape Shape;
struct Shape {
    Graph *graph;
    Op op;
    Node *const *args;
    int nargs;
    const int64_t *ints;
    int nints;
    const Type *given; /* the type the maker asks for, NULL: none */
    const char *error; /* set when a rule is broken */
};

/* NULL: an op without a value (then error is NULL), or a broken rule */
const Type *shape_infer(Shape *s);
int shape_same_dim(Graph *g, const Dim *a,
                   const Dim *b); /* also by what trip counts are known to equal */
int shape_same(Graph *g, const Type *a, const Type *b); /* dims only */
/* a stack whose slices may differ in shape: what a loop collected, of a size that is not the same
   all the time */
int shape_varies(const Type *type);

/* for the rules */
const Type *shape_broken(Shape *s, const char *format, ...) __attribute__((format(printf, 2, 3)));

#define MAP(name, n, types, scalar, derivative, samples, doc)
#define KERN(name, n, types, derivative, samples, flags, doc) const Type *shape_##name(Shape *s);
#include "ir/ops.def"

#endif
