/* builtin_pool.c: the windows that pooling reduces: views, over one or two last axes; and the
 * length that a factor gives an axis. */
#include "frontend/elaborate/builtin_lib.h"

#include <math.h>

/* how windows lie */
typedef struct Pooling Pooling;
struct Pooling {
    int n; /* axes, the last ones */
    int64_t size[2], stride[2], pad[2], dilation[2];
    double outside, beyond; /* what stands in the padding, and after it (ceil_mode) */
    int ceil;
};

/* x, longer along an axis, the new elements being `value` */
static Node *widened(Elab *e, Node *x, int axis, int64_t before, int64_t after, double value) {
    Dims *d = e->graph->dims;
    if (before == 0 && after == 0) return x;
    const Type *wide = lib_with_length(e, x->type, axis,
                                       dim_add(d, x->type->dims[axis], dim_int(d, before + after)));
    Node *starts[MAX_RANK];
    for (int k = 0; k < x->type->rank; k++)
        starts[k] = k == axis ? build_size(&e->b, dim_int(d, before)) : build_int(&e->b, 0);
    if (value == 0) return build_pad(&e->b, x, starts, wide->dims, NULL);
    return build_slice_update(&e->b, lib_full(e, wide, value), x, starts, NULL);
}

/* how far the last window of ceil_mode reaches beyond the padding; it begins inside of x or the
 * padding before; -1: an error */
static int64_t reach_beyond(Elab *e, CallSite *c, const Pooling *p, int i, Node *x, int axis) {
    int64_t length;
    if (!p->ceil) return 0;
    if (!dim_is_int(x->type->dims[axis], &length)) {
        elab_error(e, c->span, "bad-argument",
                   "%s: ceil_mode needs a known length, axis %d of %s is not", c->name, axis,
                   type_print(e->arena, x->type));
        return -1;
    }
    int64_t window = p->dilation[i] * (p->size[i] - 1) + 1, all = length + 2 * p->pad[i];
    int64_t last = (all - window + p->stride[i] - 1) / p->stride[i] * p->stride[i];
    if (last >= length + p->pad[i]) last -= p->stride[i];
    return last + window > all ? last + window - all : 0;
}

static int windows_fit(Elab *e, CallSite *c, const Pooling *p, Node *x, int first) {
    int64_t length;
    for (int i = 0; i < p->n; i++) {
        int64_t window = p->dilation[i] * (p->size[i] - 1) + 1;
        if (p->pad[i] * 2 > p->size[i] || p->pad[i] < 0) {
            elab_error(e, c->span, "bad-argument",
                       "%s: the padding is at most half the kernel, got %lld for %lld", c->name,
                       (long long)p->pad[i], (long long)p->size[i]);
            return 0;
        }
        if (dim_is_int(x->type->dims[first + i], &length) && length + 2 * p->pad[i] < window) {
            elab_error(e, c->span, "shape-mismatch",
                       "%s: a kernel of %lld is larger than axis %d of %s", c->name,
                       (long long)window, first + i, type_print(e->arena, x->type));
            return 0;
        }
    }
    return 1;
}

/* x as windows: […, p…, k…] flattened to […, p…, k0*k1] */
static Node *windows(Elab *e, CallSite *c, Node *x, const Pooling *p) {
    Dims *d = e->graph->dims;
    int first = x->type->rank - p->n;
    if (!windows_fit(e, c, p, x, first)) return NULL;
    for (int i = 0; i < p->n; i++) {
        int64_t more = reach_beyond(e, c, p, i, x, first + i);
        if (more < 0) return NULL;
        x = widened(e, x, first + i, p->pad[i], p->pad[i], p->outside);
        x = widened(e, x, first + i, 0, more, p->beyond);
    }
    for (int i = p->n - 1; i >= 0; i--)
        x = build_window(&e->b, x, first + i, p->size[i], p->stride[i], p->dilation[i]);
    if (p->n == 1) return x;
    int perm[MAX_RANK];
    for (int i = 0; i < first; i++) perm[i] = i;
    perm[first] = first;
    perm[first + 1] = first + 2;
    perm[first + 2] = first + 1;
    perm[first + 3] = first + 3;
    x = build_permute(&e->b, x, perm);
    const Dim *dims[MAX_RANK];
    for (int i = 0; i < first + 2; i++) dims[i] = x->type->dims[i];
    dims[first + 2] = dim_int(d, p->size[0] * p->size[1]);
    return lib_reshape(e, x, first + 3, dims, NULL);
}

/* _pool_windows(x, n, kernel, stride, padding, outside, dilation, ceil_mode, beyond): what the
 * pooling functions of the prelude reduce */
Value lib_pool_windows(Elab *e, CallSite *c, Value *args) {
    Pooling p = {0};
    int64_t n;
    Node *x = lib_tensor(e, c, args, 0, "x");
    if (!x || !elab_known_int(e, args[1], c->spans[1], "the axes", &n)) return value_poison();
    p.n = (int)n;
    if (!lib_ints(e, c, args, 2, "the kernel", p.n, p.size) ||
        !lib_ints(e, c, args, args[3].kind == V_NONE ? 2 : 3, "the stride", p.n, p.stride) ||
        !lib_ints(e, c, args, 4, "the padding", p.n, p.pad) ||
        !lib_ints(e, c, args, 6, "the dilation", p.n, p.dilation))
        return value_poison();
    if (!elab_known_float(e, args[5], c->spans[5], "the value outside", &p.outside) ||
        !elab_known_float(e, args[8], c->spans[8], "the value beyond", &p.beyond) ||
        !elab_known_bool(e, args[7], c->spans[7], "ceil_mode", &p.ceil))
        return value_poison();
    if (!lib_positive(e, c, p.size, p.n, "kernel") ||
        !lib_positive(e, c, p.stride, p.n, "stride") ||
        !lib_positive(e, c, p.dilation, p.n, "dilation"))
        return value_poison();
    if (x->type->rank < n + 1 || x->type->rank > n + 2)
        return elab_error(e, c->spans[0], "shape-mismatch",
                          "pooling takes [batch, channels, %s], got %s",
                          n == 1 ? "length" : "height, width", type_print(e->arena, x->type));
    Node *y = windows(e, c, x, &p);
    return y ? value_node(y) : value_poison();
}

/* _scaled_size(size, factor): floor(size * factor), a size */
Value lib_scaled_size(Elab *e, CallSite *c, Value *args) {
    double factor;
    int64_t length;
    const Dim *size = elab_dim(e, args[0], c->spans[0], "the length");
    if (!size || !elab_known_float(e, args[1], c->spans[1], "scale_factor", &factor))
        return value_poison();
    if (!(factor > 0 && factor < 1e9))
        return elab_error(e, c->span, "bad-argument", "scale_factor must be positive, got %g",
                          factor);
    if (factor == floor(factor))
        return value_size(dim_mul(e->graph->dims, size, dim_int(e->graph->dims, (int64_t)factor)));
    if (!dim_is_int(size, &length))
        return elab_error(e, c->span, "bad-argument",
                          "a scale_factor of %g needs a known length, got %s", factor,
                          dim_print(e->arena, size));
    return value_size(dim_int(e->graph->dims, (int64_t)floor((double)length * factor)));
}
