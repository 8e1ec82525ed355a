/* lib_algebra.c: factorisations and solutions, on the last two axes, batched. Computed in double
   for every type and rounded once. A matrix that has no answer (not positive definite, singular)
   gives nan or infinities, as the arithmetic does. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "runtime/lib_impl.h"

/* matrix number b of a batched tensor, as doubles */
static void read_matrix(const TgTensor *t, int64_t b, int64_t rows, int64_t columns, double *to) {
    for (int64_t i = 0; i < rows * columns; i++) to[i] = lib_get64(t, b * rows * columns + i);
}

static void write_matrix(TgTensor *t, int64_t b, int64_t rows, int64_t columns,
                         const double *from) {
    for (int64_t i = 0; i < rows * columns; i++) lib_set64(t, b * rows * columns + i, from[i]);
}

static double *allocate(int64_t n) {
    double *memory = malloc(sizeof *memory * (size_t)(n + 1));
    if (!memory) abort();
    return memory;
}

static int64_t batches_of(const TgTensor *t, int64_t matrix_rank) {
    int64_t n = 1;
    for (int64_t i = 0; i < t->rank - matrix_rank; i++) n *= t->dims[i];
    return n;
}

void tg_lib_cholesky(TgTensor *out, const TgTensor *in, int64_t nin, const int64_t *ints) {
    (void)nin;
    (void)ints;
    int64_t n = in->dims[in->rank - 1], batches = batches_of(in, 2);
    double *a = allocate(n * n), *l = allocate(n * n);
    for (int64_t b = 0; b < batches; b++) {
        read_matrix(in, b, n, n, a);
        memset(l, 0, sizeof *l * (size_t)(n * n));
        for (int64_t i = 0; i < n; i++)
            for (int64_t j = 0; j <= i; j++) {
                double s = a[i * n + j];
                for (int64_t k = 0; k < j; k++) s -= l[i * n + k] * l[j * n + k];
                l[i * n + j] = i == j ? sqrt(s) : s / l[j * n + j];
            }
        write_matrix(out, b, n, n, l);
    }
    free(a);
    free(l);
}

/* x: n by m, replaced by the solution; the triangle's other side is not looked at */
static void solve_triangle(const double *a, double *x, int64_t n, int64_t m, int upper, int unit) {
    for (int64_t step = 0; step < n; step++) {
        int64_t i = upper ? n - 1 - step : step;
        int64_t from = upper ? i + 1 : 0, to = upper ? n : i;
        for (int64_t c = 0; c < m; c++) {
            double s = x[i * m + c];
            for (int64_t k = from; k < to; k++) s -= a[i * n + k] * x[k * m + c];
            x[i * m + c] = unit ? s : s / a[i * n + i];
        }
    }
}

/* the right side is [.., n, m], or [.., n] when its rank is one less than a's */
static int64_t columns_of(const TgTensor *a, const TgTensor *b) {
    return b->rank < a->rank ? 1 : b->dims[b->rank - 1];
}

void tg_lib_solve_triangular(TgTensor *out, const TgTensor *in, int64_t nin, const int64_t *ints) {
    (void)nin;
    int64_t n = in[0].dims[in[0].rank - 1], m = columns_of(&in[0], &in[1]),
            batches = batches_of(&in[0], 2);
    double *a = allocate(n * n), *x = allocate(n * m);
    for (int64_t b = 0; b < batches; b++) {
        read_matrix(&in[0], b, n, n, a);
        read_matrix(&in[1], b, n, m, x);
        solve_triangle(a, x, n, m, (int)ints[0], 0);
        write_matrix(out, b, n, m, x);
    }
    free(a);
    free(x);
}

static void swap_rows(double *a, int64_t columns, int64_t i, int64_t j) {
    for (int64_t k = 0; k < columns; k++) {
        double t = a[i * columns + k];
        a[i * columns + k] = a[j * columns + k];
        a[j * columns + k] = t;
    }
}

/* in place, with row exchanges done to x (n by m) as well; gives the sign of the exchanges */
static double factor(double *a, int64_t n, double *x, int64_t m) {
    double sign = 1;
    for (int64_t k = 0; k < n; k++) {
        int64_t best = k;
        for (int64_t i = k + 1; i < n; i++)
            if (fabs(a[i * n + k]) > fabs(a[best * n + k])) best = i;
        if (best != k) {
            swap_rows(a, n, k, best);
            if (x) swap_rows(x, m, k, best);
            sign = -sign;
        }
        if (a[k * n + k] == 0) continue;
        for (int64_t i = k + 1; i < n; i++) {
            double f = a[i * n + k] / a[k * n + k];
            a[i * n + k] = f;
            for (int64_t j = k + 1; j < n; j++) a[i * n + j] -= f * a[k * n + j];
        }
    }
    return sign;
}

void tg_lib_solve(TgTensor *out, const TgTensor *in, int64_t nin, const int64_t *ints) {
    (void)nin;
    (void)ints;
    int64_t n = in[0].dims[in[0].rank - 1], m = columns_of(&in[0], &in[1]),
            batches = batches_of(&in[0], 2);
    double *a = allocate(n * n), *x = allocate(n * m);
    for (int64_t b = 0; b < batches; b++) {
        read_matrix(&in[0], b, n, n, a);
        read_matrix(&in[1], b, n, m, x);
        factor(a, n, x, m);
        solve_triangle(a, x, n, m, 0, 1);
        solve_triangle(a, x, n, m, 1, 0);
        write_matrix(out, b, n, m, x);
    }
    free(a);
    free(x);
}

void tg_lib_det(TgTensor *out, const TgTensor *in, int64_t nin, const int64_t *ints) {
    (void)nin;
    (void)ints;
    int64_t n = in->dims[in->rank - 1], batches = batches_of(in, 2);
    double *a = allocate(n * n);
    for (int64_t b = 0; b < batches; b++) {
        read_matrix(in, b, n, n, a);
        double product = factor(a, n, NULL, 0);
        for (int64_t i = 0; i < n; i++) product *= a[i * n + i];
        lib_set64(out, b, product);
    }
    free(a);
}
