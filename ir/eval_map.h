/* eval_map.h: the interpreter's element loops, one a pointwise row and dtype, made by
   ir/bitcode/gen.c from ops.def. f16 and bf16 have none: their elements are converted, computed by
   the f32 loop and rounded. */
#ifndef TGC_IR_EVAL_MAP_H
#define TGC_IR_EVAL_MAP_H

#include <stdint.h>
#include "ir/graph.h"

/* out[i] = f(in[0][i * step[0]], …) for i < n; steps are 0 (a scalar) or 1 */
typedef void MapLoop(int64_t n, void *out, const void *const *in, const int64_t *step);

extern MapLoop
    *const map_loops[OP_COUNT][DT_COUNT]; /* by the dtype of the row's letter; NULL: not allowed */
extern MapLoop *const map_bad_loops[OP_COUNT][DT_COUNT]; /* gives bools: 1 stops the program */
extern MapLoop *const cast_loops[DT_COUNT][DT_COUNT];    /* from, to; NULL where equal */

#define LOOP1(f, R, A)                                                                             \
    static void loop_##f(int64_t n, void *out, const void *const *in, const int64_t *step) {       \
        R *y = out;                                                                                \
        const A *a = in[0];                                                                        \
        for (int64_t i = 0; i < n; i++) y[i] = f(a[i * step[0]]);                                  \
    }
#define LOOP2(f, R, A, B)                                                                          \
    static void loop_##f(int64_t n, void *out, const void *const *in, const int64_t *step) {       \
        R *y = out;                                                                                \
        const A *a = in[0];                                                                        \
        const B *b = in[1];                                                                        \
        for (int64_t i = 0; i < n; i++) y[i] = f(a[i * step[0]], b[i * step[1]]);                  \
    }
#define LOOP3(f, R, A, B, C)                                                                       \
    static void loop_##f(int64_t n, void *out, const void *const *in, const int64_t *step) {       \
        R *y = out;                                                                                \
        const A *a = in[0];                                                                        \
        const B *b = in[1];                                                                        \
        const C *c = in[2];                                                                        \
        for (int64_t i = 0; i < n; i++) y[i] = f(a[i * step[0]], b[i * step[1]], c[i * step[2]]);  \
    }

#endif
