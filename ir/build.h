/* build.h: making nodes. A Builder says where new nodes go and whom to blame. Each function gives
   the node, its type made by the op's shape rule; operands that break the rule are a bug of the
   caller (die), users' mistakes are found before, in the front end. With `simplify`, identities
   (x*1, x+0, reshape of reshape, …) are applied as nodes are made: only autodiff sets it, for
   adjoint nodes. */
#ifndef TGC_IR_BUILD_H
#define TGC_IR_BUILD_H

#include "ir/graph.h"

typedef struct Builder Builder;
struct Builder {
    Graph *graph;
    Region *region; /* where new nodes go (at its end) */
    const Frame *where;
    int simplify;
    int group;
};

/* any op without regions, by its row; given: the type asked for where operands do not tell it
   (reshape, slice, conv, rand, …), else NULL. For print, assert, record, save: fill in pieces and
   names afterwards; load: node_add_result for each name. */
Node *build_op(Builder *b, Op op, Node *const *args, int nargs, const int64_t *ints, int nints,
               const Type *given);

/* pointwise: operands of one shape, or rank 0 ones which are expanded here to the shape of the
   others; dtypes already as the row wants them. The result type follows the row. */
Node *build_map(Builder *b, Op op, Node *const *args, int nargs);
Node *build_map1(Builder *b, Op op, Node *a);
Node *build_map2(Builder *b, Op op, Node *x, Node *y);
Node *build_map3(Builder *b, Op op, Node *x, Node *y, Node *z);
Node *build_cast(Builder *b, Node *x, DType to);

Node *build_const(Builder *b, const Type *type, const void *data);
Node *build_int(Builder *b, int64_t value); /* i64 scalar */
Node *build_float(Builder *b, DType dtype,
                  double value); /* scalar of a float type (rounded to it) */
Node *build_number(Builder *b, DType dtype, double value);    /* scalar of any type */
Node *build_fill(Builder *b, const Type *type, double value); /* constant expanded to type */
Node *build_size(Builder *b, const Dim *dim); /* i64 scalar; a const when dim is a number */
Node *build_iota(Builder *b, const Type *shape, int axis); /* i64, of shape's dims */
Node *build_arg(Builder *b, int index, const Type *type);
Node *build_data(Builder *b, int index, const Type *type);
Node *build_param(Builder *b, Region *r, const Type *type);
Node *build_result(Builder *b, Node *control, int index);
Node *build_bind(Builder *b, Node *value, Size *size);
Node *build_detach(Builder *b, Node *x);

Node *build_reshape(Builder *b, Node *x,
                    const Type *shape);                    /* dims and names of shape, dtype of x */
Node *build_permute(Builder *b, Node *x, const int *perm); /* result axis i is x's axis perm[i] */
Node *build_expand(Builder *b, Node *x,
                   const Type *shape); /* right-aligned; length-1 axes stretch */
Node *build_slice(Builder *b, Node *x, Node *const *starts, const Dim *const *lengths,
                  const int64_t *steps /* NULL: 1 */);
Node *build_slice_axis(Builder *b, Node *x, int axis, Node *start, const Dim *length, int64_t step);
Node *build_pad(Builder *b, Node *x, Node *const *starts, const Dim *const *outer,
                const int64_t *steps);
Node *build_slice_update(Builder *b, Node *x, Node *v, Node *const *starts, const int64_t *steps);
Node *build_flip(Builder *b, Node *x, const int *axes, int naxes);
Node *build_cat(Builder *b, Node *const *xs, int n, int axis);
Node *build_window(Builder *b, Node *x, int axis, int64_t size, int64_t stride, int64_t dilation);
Node *build_unwindow(Builder *b, Node *g, int axis, int64_t stride, int64_t dilation,
                     const Dim *length);
Node *build_gather(Builder *b, Node *x, Node *const *idx, int k);
Node *build_scatter(Builder *b, Op scatter_or_scatter_add, Node *x, Node *const *idx, int k,
                    Node *v);

Node *build_reduce(Builder *b, Op op, Node *x, const int *axes,
                   int naxes); /* sum prod amax amin: kept, length 1 */
Node *build_arg_reduce(Builder *b, Op argmax_or_argmin, Node *x,
                       int axis); /* i64, kept with length 1 */
Node *build_scan(Builder *b, Op cumsum_etc, Node *x, int axis);
Node *build_argsort(Builder *b, Node *x, int axis, int descending);
Node *build_dot(Builder *b, Node *x, Node *y, int nbatch, int ncontract);
Node *build_conv(Builder *b, Node *x, Node *w, int nspatial, int64_t groups, const int64_t *stride,
                 const int64_t *pad_lo, const int64_t *x_dilation, const int64_t *w_dilation,
                 const Dim *const *out /* spatial lengths */);

/* control: the regions are made and filled by the caller (params with build_param, results pushed),
 * then attached here */
Node *build_if(Builder *b, Node *cond, Region *then_r, Region *else_r);
Node *build_for(Builder *b, Node *lo, Node *hi, Node *step, Node *const *carried, int ncarried,
                Node *const *scanned, int nscanned, int reverse, Region *body);
Node *build_while(Builder *b, Node *const *carried, int ncarried, Region *cond, Region *body);
/* body: params args, results; rule: params args, results, cotangents, one result a floating arg */
Node *build_custom(Builder *b, Node *const *args, int nargs, Region *body, Region *rule);
Node *build_recompute(Builder *b, Region *body); /* body without params */
/* the loop's trip count as a size (loop->size), made when it is first asked for; size->equals tells
 * it where the bounds do */
Size *build_trip(Builder *b, Node *loop);
/* adds inner, a value computed in the body of a finished loop, to what the loop collects; gives the
   stacked value [trip, …] (an OP_result placed right after the loop in its region). The same value
   is collected once. */
Node *build_collect(Builder *b, Node *loop, Node *inner);
/* exports inner from the branch (0 then, 1 else) of a finished if; the other branch gives zeros.
 * OP_result after the if. */
Node *build_export(Builder *b, Node *if_node, int branch, Node *inner);

#endif
