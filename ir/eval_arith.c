/* eval_arith.c: reductions and contractions for every type, in the order that order.h fixes, joined
   by the functions that rows are made of. */
#include "ir/eval_arith.h"
#include "ir/order.h"
#include "ir/scalar.h"

/* sums of bools are or, products and: as their rows */
#define P(name) bool_##name
#define T uint8_t
#define MAX 1
#define MIN 0
#define ADD(a, b) ((T)((a) | (b)))
#define MUL(a, b) ((T)((a) & (b)))
#define FMA(a, b, c) ((T)(((a) & (b)) | (c)))
#define LARGER(a, b) u8_maximum(a, b)
#define SMALLER(a, b) u8_minimum(a, b)
#define ISNAN(a) 0
#include "ir/eval_arith_body.h"

#define P(name) u8_##name
#define T uint8_t
#define MAX UINT8_MAX
#define MIN 0
#define ADD(a, b) ((T)((a) + (b)))
#define MUL(a, b) ((T)((a) * (b)))
#define FMA(a, b, c) u8_fma(a, b, c)
#define LARGER(a, b) u8_maximum(a, b)
#define SMALLER(a, b) u8_minimum(a, b)
#define ISNAN(a) 0
#include "ir/eval_arith_body.h"

#define P(name) i32_##name
#define T int32_t
#define MAX INT32_MAX
#define MIN INT32_MIN
#define ADD(a, b) ((T)((a) + (b)))
#define MUL(a, b) ((T)((a) * (b)))
#define FMA(a, b, c) i32_fma(a, b, c)
#define LARGER(a, b) i32_maximum(a, b)
#define SMALLER(a, b) i32_minimum(a, b)
#define ISNAN(a) 0
#include "ir/eval_arith_body.h"

#define P(name) i64_##name
#define T int64_t
#define MAX INT64_MAX
#define MIN INT64_MIN
#define ADD(a, b) ((T)((a) + (b)))
#define MUL(a, b) ((T)((a) * (b)))
#define FMA(a, b, c) i64_fma(a, b, c)
#define LARGER(a, b) i64_maximum(a, b)
#define SMALLER(a, b) i64_minimum(a, b)
#define ISNAN(a) 0
#include "ir/eval_arith_body.h"

#define P(name) f32_##name
#define T float
#define MAX S_INF
#define MIN (-S_INF)
#define ADD(a, b) ((a) + (b))
#define MUL(a, b) ((a) * (b))
#define FMA(a, b, c) s_fma(a, b, c)
#define LARGER(a, b) s_maximum(a, b)
#define SMALLER(a, b) s_minimum(a, b)
#define ISNAN(a) ((a) != (a))
#include "ir/eval_arith_body.h"

#define P(name) f64_##name
#define T double
#define MAX D_INF
#define MIN (-D_INF)
#define ADD(a, b) ((a) + (b))
#define MUL(a, b) ((a) * (b))
#define FMA(a, b, c) d_fma(a, b, c)
#define LARGER(a, b) d_maximum(a, b)
#define SMALLER(a, b) d_minimum(a, b)
#define ISNAN(a) ((a) != (a))
#include "ir/eval_arith_body.h"

const Arith *const ariths[DT_COUNT] = {
    [DT_bool] = &bool_arith, [DT_u8] = &u8_arith,   [DT_i32] = &i32_arith,
    [DT_i64] = &i64_arith,   [DT_f32] = &f32_arith, [DT_f64] = &f64_arith,
};
