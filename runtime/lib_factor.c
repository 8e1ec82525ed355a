/* lib_factor.c: orthogonal factorisations of the last two axes, batched: QR by reflections,
   eigenvalues of symmetric matrices and singular values by Jacobi's rotations. Computed in double
   for every type and rounded once; signs of QR are LAPACK's. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "runtime/lib_impl.h"

enum { MAX_SWEEPS = 60 };

static double *allocate(int64_t n) {
    double *memory = calloc((size_t)(n + 1), sizeof *memory);
    if (!memory) abort();
    return memory;
}

static void read_matrix(const TgTensor *t, int64_t b, int64_t n, double *to) {
    for (int64_t i = 0; i < n; i++) to[i] = lib_get64(t, b * n + i);
}

static int64_t batches_of(const TgTensor *t) {
    int64_t n = 1;
    for (int64_t i = 0; i < t->rank - 2; i++) n *= t->dims[i];
    return n;
}

static void identity(double *a, int64_t n, int64_t columns) {
    memset(a, 0, sizeof *a * (size_t)(n * columns));
    for (int64_t i = 0; i < n && i < columns; i++) a[i * columns + i] = 1;
}

/* ---- QR ---- */

/* rows from k on of columns from `first` on of x minus tau v (v^T x) */
static void reflect(double *x, int64_t m, int64_t columns, int64_t k, int64_t first,
                    const double *v, double tau) {
    for (int64_t j = first; j < columns; j++) {
        double s = 0;
        for (int64_t i = k; i < m; i++) s += v[i] * x[i * columns + j];
        for (int64_t i = k; i < m; i++) x[i * columns + j] -= tau * s * v[i];
    }
}

/* the reflection that clears column k below the diagonal: v with v[k] = 1, and tau */
static double reflection(const double *a, int64_t m, int64_t n, int64_t k, double *v) {
    double below = 0, top = a[k * n + k];
    for (int64_t i = k + 1; i < m; i++) below = hypot(below, a[i * n + k]);
    v[k] = 1;
    if (below == 0) return 0;
    double beta = -copysign(hypot(top, below), top);
    for (int64_t i = k + 1; i < m; i++) v[i] = a[i * n + k] / (top - beta);
    return (beta - top) / beta;
}

/* q: m by columns, the first columns of the product of all reflections */
static void orthogonal(double *a, int64_t m, int64_t n, double *q, int64_t columns) {
    int64_t steps = m < n ? m : n;
    double *v = allocate(steps * m), *tau = allocate(steps);
    for (int64_t k = 0; k < steps; k++) {
        tau[k] = reflection(a, m, n, k, v + k * m);
        reflect(a, m, n, k, k, v + k * m, tau[k]);
    }
    identity(q, m, columns);
    for (int64_t k = steps; k-- > 0;) reflect(q, m, columns, k, 0, v + k * m, tau[k]);
    free(v);
    free(tau);
}

void tg_lib__qr(TgTensor *out, const TgTensor *in, int64_t nin, const int64_t *ints) {
    (void)nin;
    (void)ints;
    int64_t m = in->dims[in->rank - 2], n = in->dims[in->rank - 1], batches = batches_of(in),
            columns = out->dims[out->rank - 1];
    double *a = allocate(m * n), *q = allocate(m * columns);
    for (int64_t b = 0; b < batches; b++) {
        read_matrix(in, b, m * n, a);
        orthogonal(a, m, n, q, columns);
        for (int64_t i = 0; i < m * columns; i++) lib_set64(out, b * m * columns + i, q[i]);
    }
    free(a);
    free(q);
}

/* ---- order of values ---- */

/* order[i]: which of the values comes at i; falling (or rising) */
static void sort_values(const double *values, int64_t n, int falling, int64_t *order) {
    for (int64_t i = 0; i < n; i++) {
        int64_t k = i;
        for (; k > 0; k--) {
            double before = values[order[k - 1]];
            if (falling ? before >= values[i] : before <= values[i]) break;
            order[k] = order[k - 1];
        }
        order[k] = i;
    }
}

/* tangent of the rotation that makes p, q, r = a_ii, a_jj, a_ij diagonal */
static double tangent(double p, double q, double r) {
    double z = (q - p) / (2 * r);
    return copysign(1.0, z) / (fabs(z) + hypot(1, z));
}

static void turn(double *x, int64_t i, int64_t j, double c, double s) {
    double a = x[i], b = x[j];
    x[i] = c * a - s * b;
    x[j] = s * a + c * b;
}

/* ---- symmetric matrices ---- */

/* one sweep over all pairs; gives whether one was turned */
static int sweep(double *a, double *v, int64_t n) {
    int turned = 0;
    for (int64_t i = 0; i < n; i++)
        for (int64_t j = i + 1; j < n; j++) {
            double r = a[i * n + j], p = a[i * n + i], q = a[j * n + j];
            if (!(fabs(r) > 1e-17 * sqrt(fabs(p) * fabs(q))) || r == 0 || fabs(r) < 1e-300)
                continue;
            double t = tangent(p, q, r), c = 1 / sqrt(1 + t * t), s = t * c;
            turned |= fabs(r) > 1e-16 * (fabs(p) + fabs(q));
            for (int64_t k = 0; k < n; k++) turn(a + k * n, i, j, c, s);
            for (int64_t k = 0; k < n; k++) {
                double x = a[i * n + k], y = a[j * n + k];
                a[i * n + k] = c * x - s * y;
                a[j * n + k] = s * x + c * y;
            }
            for (int64_t k = 0; k < n; k++) turn(v + k * n, i, j, c, s);
        }
    return turned;
}

/* rows of the result: the eigenvalues, rising, and below them the vectors as columns */
void tg_lib__eigh(TgTensor *out, const TgTensor *in, int64_t nin, const int64_t *ints) {
    (void)nin;
    (void)ints;
    int64_t n = in->dims[in->rank - 1], batches = batches_of(in);
    double *a = allocate(n * n), *v = allocate(n * n), *w = allocate(n);
    int64_t *order = malloc(sizeof *order * (size_t)(n + 1));
    if (!order) abort();
    for (int64_t b = 0; b < batches; b++) {
        read_matrix(in, b, n * n, a);
        for (int64_t i = 0; i < n; i++)
            for (int64_t j = i + 1; j < n; j++) a[i * n + j] = a[j * n + i];
        identity(v, n, n);
        for (int k = 0; k < MAX_SWEEPS && sweep(a, v, n); k++) {
        }
        for (int64_t i = 0; i < n; i++) w[i] = a[i * n + i];
        sort_values(w, n, 0, order);
        for (int64_t j = 0; j < n; j++) {
            lib_set64(out, b * (n + 1) * n + j, w[order[j]]);
            for (int64_t i = 0; i < n; i++)
                lib_set64(out, (b * (n + 1) + 1 + i) * n + j, v[i * n + order[j]]);
        }
    }
    free(a);
    free(v);
    free(w);
    free(order);
}

/* ---- singular values ---- */

/* x: m by n with m >= n: pairs of columns are turned until all are orthogonal, v along */
static int sweep_columns(double *x, double *v, int64_t m, int64_t n) {
    int turned = 0;
    for (int64_t i = 0; i < n; i++)
        for (int64_t j = i + 1; j < n; j++) {
            double p = 0, q = 0, r = 0;
            for (int64_t k = 0; k < m; k++) {
                p += x[k * n + i] * x[k * n + i];
                q += x[k * n + j] * x[k * n + j];
                r += x[k * n + i] * x[k * n + j];
            }
            if (!(fabs(r) > 1e-16 * sqrt(p) * sqrt(q))) continue;
            double t = tangent(p, q, r), c = 1 / sqrt(1 + t * t), s = t * c;
            turned = 1;
            for (int64_t k = 0; k < m; k++) turn(x + k * n, i, j, c, s);
            for (int64_t k = 0; k < n; k++) turn(v + k * n, i, j, c, s);
        }
    return turned;
}

/* column `at` of u (m by n) made a unit vector orthogonal to the columns before it */
static void complete(double *u, int64_t m, int64_t n, int64_t at) {
    for (int64_t e = 0; e < m; e++) {
        double length = 0;
        for (int64_t i = 0; i < m; i++) u[i * n + at] = i == e;
        for (int twice = 0; twice < 2; twice++)
            for (int64_t j = 0; j < at; j++) {
                double s = 0;
                for (int64_t i = 0; i < m; i++) s += u[i * n + j] * u[i * n + at];
                for (int64_t i = 0; i < m; i++) u[i * n + at] -= s * u[i * n + j];
            }
        for (int64_t i = 0; i < m; i++) length = hypot(length, u[i * n + at]);
        if (length < 0.5 / sqrt((double)m)) continue;
        for (int64_t i = 0; i < m; i++) u[i * n + at] /= length;
        return;
    }
}

/* x: m by n, m >= n, becomes u; w the singular values, falling; v n by n */
static void singular(double *x, double *w, double *v, int64_t m, int64_t n) {
    double *u = allocate(m * n), *raw = allocate(n * n), *length = allocate(n);
    int64_t *order = malloc(sizeof *order * (size_t)(n + 1));
    if (!order) abort();
    identity(raw, n, n);
    for (int k = 0; k < MAX_SWEEPS && sweep_columns(x, raw, m, n); k++) {
    }
    for (int64_t j = 0; j < n; j++)
        for (int64_t i = 0; i < m; i++) length[j] = hypot(length[j], x[i * n + j]);
    sort_values(length, n, 1, order);
    for (int64_t j = 0; j < n; j++) {
        w[j] = length[order[j]];
        for (int64_t i = 0; i < n; i++) v[i * n + j] = raw[i * n + order[j]];
        if (!(w[j] > 1e-15 * w[0])) {
            complete(u, m, n, j);
            continue;
        }
        for (int64_t i = 0; i < m; i++) u[i * n + j] = x[i * n + order[j]] / w[j];
    }
    memcpy(x, u, sizeof *x * (size_t)(m * n));
    free(u);
    free(raw);
    free(length);
    free(order);
}

/* rows of the result: the singular values, falling; m rows of U; n rows of V; vectors are columns
 */
void tg_lib__svd(TgTensor *out, const TgTensor *in, int64_t nin, const int64_t *ints) {
    (void)nin;
    (void)ints;
    int64_t m = in->dims[in->rank - 2], n = in->dims[in->rank - 1], batches = batches_of(in);
    int wide = m < n;
    int64_t rows = wide ? n : m, k = wide ? m : n, size = (m + n + 1) * k;
    double *x = allocate(m * n), *w = allocate(k), *v = allocate(k * k);
    for (int64_t b = 0; b < batches; b++) {
        for (int64_t i = 0; i < m; i++)
            for (int64_t j = 0; j < n; j++)
                x[wide ? j * m + i : i * n + j] = lib_get64(in, b * m * n + i * n + j);
        singular(x, w, v, rows, k);
        for (int64_t j = 0; j < k; j++) lib_set64(out, b * size + j, w[j]);
        const double *u = wide ? v : x, *right = wide ? x : v;
        for (int64_t i = 0; i < m * k; i++) lib_set64(out, b * size + k + i, u[i]);
        for (int64_t i = 0; i < n * k; i++) lib_set64(out, b * size + k + m * k + i, right[i]);
    }
    free(x);
    free(w);
    free(v);
}
