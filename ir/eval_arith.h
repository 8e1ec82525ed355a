/* eval_arith.h: the interpreter's arithmetic that is not pointwise, once a type
   (eval_arith_body.h): reductions and contractions in the order of order.h. f16 and bf16 have none:
   the caller converts to f32 and rounds the result. */
#ifndef TGC_IR_EVAL_ARITH_H
#define TGC_IR_EVAL_ARITH_H

#include "ir/eval_impl.h"

/* one output's operands: x at outer[o] + inner[i], O outer and I inner places; with y (few form of
   dot) the products with y at the same places are summed by fused multiply-add */
typedef struct Run Run;
struct Run {
    const void *x, *y;
    const int64_t *outer, *inner;
    int64_t nouter, ninner;
    int lanes; /* ORDER_LANES, or 1: serial */
};

typedef struct Arith Arith;
struct Arith {
    void (*reduce)(Op op, void *out, int64_t at, const Run *run); /* out[at] = … */
    void (*dot)(void *out, int64_t at, const void *a, int64_t a_at, const void *b, int64_t b_at,
                int64_t n);
    void (*add)(void *out, int64_t at, const void *x, int64_t x_at); /* out[at] += x[x_at] */
    int64_t (*best)(Op op, const void *x, int64_t at, int64_t stride,
                    int64_t n); /* argmax, argmin */
};

extern const Arith *const ariths[DT_COUNT]; /* by dtype; NULL for f16, bf16 */

#endif
