/* build_impl.h: what the files of the builder share. */
#ifndef TGC_IR_BUILD_IMPL_H
#define TGC_IR_BUILD_IMPL_H

#include "ir/build.h"
#include "ir/shape.h"

/* marks in a const's ints[0]: a zero that stands for "no gradient", so that times it is it, even
   for infinities */
enum { CONST_NO_GRADIENT = 1 };

/* the node that build_op would make is worth, by an identity that adjoints may use; NULL: none
   applies */
Node *build_simplified(Builder *b, const Shape *s, const Type *type);
/* only by those that change no bit; consts must have lost their "no gradient" marks */
Node *build_simplified_exact(Builder *b, const Shape *s, const Type *type);

/* the rank 0 const that all elements of node are, through views; NULL when that is not plain to see
 */
Node *node_fill(const Node *node);
/* what a rank 0 i64 node is worth as a size; NULL: not known */
const Dim *node_dim(Graph *g, const Node *node);
const Dim *loop_trip(Graph *g, const Node *loop); /* of a for, not cut at 0; NULL: not known */

#endif
