/* build_impl.h: what the files of the builder share. */
#ifndef TGC_IR_BUILD_IMPL_H
#define TGC_IR_BUILD_IMPL_H

#include "ir/build.h"
#include "ir/shape.h"

/* marks in a const's ints[0]: a zero that stands for "no gradient", so that times it is it, even for infinities */
enum { CONST_NO_GRADIENT = 1 };

/* the node that build_op would make is worth, by an identity that adjoints may use; NULL: none applies */
Node *build_simplified(Builder *b, const Shape *s, const Type *type);

#endif
