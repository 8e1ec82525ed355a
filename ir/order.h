/* order.h: the order of summation, a contract to the bit between the interpreter and compiled code.
   It is a function of the logical shapes and the reduced axes alone.

   Reductions (sum prod amax amin), `lanes` form, when the last axis of a length other than literal
   1 is reduced: the inner run (I elements, row-major over the inner axes) is cut in chunks of 16,
   the last may be short; chunks come in order, outer index major. Lane l does acc[l] = op(acc[l],
   x) when its element exists. A block is 64 chunks and starts at the op's identity. `serial` form
   otherwise: one lane, elements in row-major order of the reduced axes; a block is 64 elements.
   Finished blocks are joined as a binary counter counts: push; after block number b (from 1), while
   b is even, the two on top become op(earlier, later) and b is halved. At the end the stack is
   joined from the top down, op(earlier, later). Then lanes by halving: for h = 8, 4, 2, 1: acc[l] =
   op(acc[l], acc[l + h]) for l < h. No elements: the identity. f16 and bf16 are reduced in f32 and
   rounded once.

   Contractions (dot, conv): k runs over the contracted axes row-major (conv: channel, then kernel
   places; places in the padding count, with x = 0), in blocks of 128: s starts at 0, s = fma(a, b,
   s). total = the first block's s, then total + s. No elements: 0. dot's `few` form: k as one inner
   run of the lanes form with acc[l] = fma(a, b, acc[l]), joined by +. */
#ifndef TGC_IR_ORDER_H
#define TGC_IR_ORDER_H

#include "ir/graph.h"

enum {
    ORDER_LANES = 16,
    ORDER_BLOCK_CHUNKS = 64, /* lanes form: chunks in a block */
    ORDER_BLOCK_SERIAL = 64, /* serial form: elements in a block */
    ORDER_BLOCK_DOT = 128,   /* contraction: k's in a block */
    ORDER_FEW = 8,           /* at most so many outputs: the few form */
    ORDER_STACK = 64,        /* the counter's stack is never deeper */
};

/* how a reduction goes over the operand's axes. Row-major over outer, then over inner; serial:
 * ninner is 0 */
typedef struct Order Order;
struct Order {
    int lanes;
    int nouter, ninner;
    int outer[MAX_RANK], inner[MAX_RANK];
};

static inline int order_is_one(const Dim *d) {
    int64_t value;
    return dim_is_int(d, &value) && value == 1;
}

static inline int order_reduces(const int64_t *axes, int naxes, int axis) {
    for (int i = 0; i < naxes; i++)
        if (axes[i] == axis) return 1;
    return 0;
}

/* x: the operand's type */
static inline Order order_of_reduction(const Type *x, const int64_t *axes, int naxes) {
    Order o = {0};
    int first = x->rank; /* the inner run starts here */
    while (first > 0 && (order_reduces(axes, naxes, first - 1) || order_is_one(x->dims[first - 1])))
        first--;
    for (int i = first; i < x->rank; i++)
        if (!order_is_one(x->dims[i])) o.lanes = 1;
    if (!o.lanes) first = x->rank;
    for (int i = 0; i < x->rank; i++) {
        if (!order_reduces(axes, naxes, i)) continue;
        if (i < first)
            o.outer[o.nouter++] = i;
        else
            o.inner[o.ninner++] = i;
    }
    return o;
}

/* whether a dot is computed in the few form: at most 8 outputs at its sizes' bounds, and not known
 * to fit one block */
static inline int order_dot_is_few(Dims *dims, const Type *a, const Type *b, int nbatch,
                                   int ncontract) {
    const Dim *outputs = dim_int(dims, 1), *count = dim_int(dims, 1);
    for (int i = 0; i < a->rank - ncontract; i++) outputs = dim_mul(dims, outputs, a->dims[i]);
    for (int i = nbatch; i < b->rank - ncontract; i++) outputs = dim_mul(dims, outputs, b->dims[i]);
    for (int i = a->rank - ncontract; i < a->rank; i++) count = dim_mul(dims, count, a->dims[i]);
    int64_t most = dim_upper(outputs), k = dim_upper(count);
    return most >= 0 && most <= ORDER_FEW && !(k >= 0 && k <= ORDER_BLOCK_DOT);
}

#endif
