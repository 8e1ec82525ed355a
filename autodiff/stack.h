/* stack.h: zeros, sums and copies of what cotangents and tangents are: tensors, and what loops
   collected, whose slices may differ in shape. */
#ifndef TGC_AUTODIFF_STACK_H
#define TGC_AUTODIFF_STACK_H

#include "autodiff/mirror.h"

/* x in type, where only axis names and how sizes are written may differ */
Node *as_type(Builder *b, Node *x, const Type *type);
/* a new value, equal to x */
Node *alias(Builder *b, Node *x);
/* zeros in the region being built, whose mirror is m, shaped like a value of the finished one */
Node *zeros(Builder *b, Mirror *m, Node *node);
Node *sum_of(Builder *b, Node *x, Node *y);

#endif
