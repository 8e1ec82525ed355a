/* lib_scan.c: sums of two tensors, and running sums, products, extremes along an axis; in order.
   f16 and bf16 run in f32 and are rounded where they are written. */
#include <math.h>

#include "runtime/lib.h"
#include "runtime/lib_impl.h"

typedef struct Axis Axis; /* element i of line (o, j): o * n * inner + i * inner + j */
struct Axis {
    int64_t outer, n, inner;
};

static Axis axis_of(const TgTensor *t, int64_t axis) {
    Axis a = {1, t->dims[axis], 1};
    for (int64_t i = 0; i < axis; i++) a.outer *= t->dims[i];
    for (int64_t i = axis + 1; i < t->rank; i++) a.inner *= t->dims[i];
    return a;
}

/* float types run in the step's type: f64 in double, the others in float */
typedef float Step32(float acc, float x);
typedef double Step64(double acc, double x);
typedef uint64_t StepInt(uint64_t acc, uint64_t x);

static float add32(float a, float x) {
    return a + x;
}
static double add64(double a, double x) {
    return a + x;
}
static uint64_t add_int(uint64_t a, uint64_t x) {
    return a + x;
}
static float mul32(float a, float x) {
    return a * x;
}
static double mul64(double a, double x) {
    return a * x;
}
static uint64_t mul_int(uint64_t a, uint64_t x) {
    return a * x;
}

static void scan_line(TgTensor *out, const TgTensor *in, int64_t first, int64_t n, int64_t stride,
                      Step32 *s32, Step64 *s64, StepInt *sint) {
    float acc32 = 0;
    double acc64 = 0;
    uint64_t acc = 0;
    for (int64_t i = 0; i < n; i++) {
        int64_t at = first + i * stride;
        if (in->dtype == TG_F64) {
            acc64 = i ? s64(acc64, lib_get64(in, at)) : lib_get64(in, at);
            lib_set64(out, at, acc64);
        } else if (lib_is_float(in)) {
            acc32 = i ? s32(acc32, lib_get32(in, at)) : lib_get32(in, at);
            lib_set32(out, at, acc32);
        } else {
            acc = i ? sint(acc, (uint64_t)lib_get_int(in, at)) : (uint64_t)lib_get_int(in, at);
            lib_set_int(out, at, (int64_t)acc);
        }
    }
}

static void scan(TgTensor *out, const TgTensor *in, const int64_t *ints, Step32 *s32, Step64 *s64,
                 StepInt *sint) {
    Axis a = axis_of(in, ints[0]);
    for (int64_t o = 0; o < a.outer; o++)
        for (int64_t j = 0; j < a.inner; j++)
            scan_line(out, in, o * a.n * a.inner + j, a.n, a.inner, s32, s64, sint);
}

void tg_lib_cumsum(TgTensor *out, const TgTensor *in, int64_t n, const int64_t *ints) {
    (void)n;
    scan(out, in, ints, add32, add64, add_int);
}

void tg_lib_cumprod(TgTensor *out, const TgTensor *in, int64_t n, const int64_t *ints) {
    (void)n;
    scan(out, in, ints, mul32, mul64, mul_int);
}

/* log(exp(a) + exp(x)), computed in double for every type: the running value is kept in double */
static double join_log(double a, double x) {
    if (isnan(a) || isnan(x)) return a + x;
    double high = a > x ? a : x, low = a > x ? x : a;
    if (isinf(high)) return high; /* both -inf, or one inf */
    return high + log1p(exp(low - high));
}

void tg_lib_logcumsumexp(TgTensor *out, const TgTensor *in, int64_t n, const int64_t *ints) {
    (void)n;
    Axis a = axis_of(in, ints[0]);
    for (int64_t o = 0; o < a.outer; o++)
        for (int64_t j = 0; j < a.inner; j++) {
            double acc = 0;
            for (int64_t i = 0; i < a.n; i++) {
                int64_t at = (o * a.n + i) * a.inner + j;
                acc = i ? join_log(acc, lib_get64(in, at)) : lib_get64(in, at);
                lib_set64(out, at, acc);
            }
        }
}

static void running_extreme(TgTensor *out, const TgTensor *in, const int64_t *ints, int largest) {
    Axis a = axis_of(in, ints[0]);
    for (int64_t o = 0; o < a.outer; o++)
        for (int64_t j = 0; j < a.inner; j++) {
            int64_t first = o * a.n * a.inner + j, best = 0;
            for (int64_t i = 0; i < a.n; i++) {
                int order = lib_compare(in, first + i * a.inner, first + best * a.inner);
                int stuck = lib_is_nan(in, first + best * a.inner);
                int isnan_here = lib_is_nan(in, first + i * a.inner);
                if (isnan_here || (!stuck && (largest ? order >= 0 : order <= 0))) best = i;
                lib_set_int(out, first + i * a.inner, best);
            }
        }
}

void tg_lib_cummax_index(TgTensor *out, const TgTensor *in, int64_t n, const int64_t *ints) {
    (void)n;
    running_extreme(out, in, ints, 1);
}

void tg_lib_cummin_index(TgTensor *out, const TgTensor *in, int64_t n, const int64_t *ints) {
    (void)n;
    running_extreme(out, in, ints, 0);
}

void tg_lib_add(void *to, const void *more, int64_t bytes, int64_t dtype) {
    int64_t n = bytes / tg_dtype_bytes(dtype);
    TgTensor sum = {.data = to, .dtype = dtype}, x = {.data = (void *)more, .dtype = dtype};
    for (int64_t i = 0; i < n; i++) {
        if (dtype == TG_F64)
            lib_set64(&sum, i, lib_get64(&sum, i) + lib_get64(&x, i));
        else
            lib_set32(&sum, i, lib_get32(&sum, i) + lib_get32(&x, i));
    }
}
