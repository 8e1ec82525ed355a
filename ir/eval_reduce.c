/* eval_reduce.c: reductions, contractions and sums of windows. f16 and bf16 are converted to f32,
 * computed, and rounded once. */
#include "ir/eval_arith.h"
#include "ir/order.h"

/* in the compute type; a new reference */
static Value *widened(Eval *e, const Node *node, Value *x) {
    return value_cast(e, node, x, dtype_compute((DType)x->t.dtype));
}

/* y (taken over) in the node's type */
static Value *narrowed(Eval *e, const Node *node, Value *y) {
    Value *r = value_cast(e, node, y, node->type->dtype);
    value_drop(e, y);
    return r;
}

static void strides_of(const TgTensor *t, int64_t *strides) {
    int64_t n = 1;
    for (int64_t k = t->rank - 1; k >= 0; k--) {
        strides[k] = n;
        n *= t->dims[k];
    }
}

/* the places of all indices over some axes, row-major; freed by the caller */
static int64_t *places_over(const TgTensor *t, const int *axes, int naxes, int64_t *count) {
    int64_t strides[MAX_RANK], n = 1;
    strides_of(t, strides);
    for (int k = 0; k < naxes; k++) n *= t->dims[axes[k]];
    int64_t *places = malloc(sizeof *places * (size_t)(n + 1));
    if (!places) die("out of memory");
    for (int64_t i = 0; i < n; i++) {
        int64_t rest = i, place = 0;
        for (int k = naxes - 1; k >= 0; k--) {
            place += rest % t->dims[axes[k]] * strides[axes[k]];
            rest /= t->dims[axes[k]];
        }
        places[i] = place;
    }
    *count = n;
    return places;
}

static int axes_kept(const Node *node, int64_t rank, int *kept) {
    int n = 0;
    for (int i = 0; i < rank; i++)
        if (!order_reduces(node->ints, node->nints, i)) kept[n++] = i;
    return n;
}

static Value *reduce(Eval *e, Node *node, Value **args) {
    Order order = order_of_reduction(node->args[0]->type, node->ints, node->nints);
    Value *x = widened(e, node, args[0]);
    int64_t dims[MAX_RANK], nkept;
    int kept[MAX_RANK], nkeep = axes_kept(node, x->t.rank, kept);
    memcpy(dims, x->t.dims, sizeof dims);
    for (int i = 0; i < node->nints; i++) dims[node->ints[i]] = 1;
    Value *y = value_new(e, node, x->t.dtype, x->t.rank, dims);
    Run run = {.x = x->t.data, .lanes = order.lanes ? ORDER_LANES : 1};
    int64_t *outer = places_over(&x->t, order.outer, order.nouter, &run.nouter);
    int64_t *inner = places_over(&x->t, order.inner, order.ninner, &run.ninner);
    int64_t *bases = places_over(&x->t, kept, nkeep, &nkept);
    int64_t *moved = malloc(sizeof *moved * (size_t)(run.nouter + 1));
    if (!moved) die("out of memory");
    run.outer = moved;
    run.inner = inner;
    for (int64_t i = 0; i < nkept; i++) {
        for (int64_t o = 0; o < run.nouter; o++) moved[o] = outer[o] + bases[i];
        ariths[x->t.dtype]->reduce(node->op, y->t.data, i, &run);
    }
    free(outer);
    free(inner);
    free(bases);
    free(moved);
    value_drop(e, x);
    return narrowed(e, node, y);
}

Value *eval_sum(Eval *e, Node *node, Value **args) {
    return reduce(e, node, args);
}
Value *eval_prod(Eval *e, Node *node, Value **args) {
    return reduce(e, node, args);
}
Value *eval_amax(Eval *e, Node *node, Value **args) {
    return reduce(e, node, args);
}
Value *eval_amin(Eval *e, Node *node, Value **args) {
    return reduce(e, node, args);
}

static Value *arg_reduce(Eval *e, Node *node, Value **args) {
    Value *x = widened(e, node, args[0]);
    int64_t dims[MAX_RANK], axis = node->ints[0], inner = 1, outer = 1, n = x->t.dims[axis];
    memcpy(dims, x->t.dims, sizeof dims);
    dims[axis] = 1;
    Value *y = value_new(e, node, DT_i64, x->t.rank, dims);
    for (int64_t i = 0; i < axis; i++) outer *= dims[i];
    for (int64_t i = axis + 1; i < x->t.rank; i++) inner *= dims[i];
    for (int64_t o = 0; o < outer; o++)
        for (int64_t i = 0; i < inner; i++)
            ((int64_t *)y->t.data)[o * inner + i] =
                ariths[x->t.dtype]->best(node->op, x->t.data, o * n * inner + i, inner, n);
    value_drop(e, x);
    return y;
}

Value *eval_argmax(Eval *e, Node *node, Value **args) {
    return arg_reduce(e, node, args);
}
Value *eval_argmin(Eval *e, Node *node, Value **args) {
    return arg_reduce(e, node, args);
}

/* ---- contractions ---- */
static Value *new_result(Eval *e, const Node *node, int64_t dtype) {
    int64_t dims[MAX_RANK];
    eval_dims(e, node, node->type, dims);
    return value_new(e, node, dtype, node->type->rank, dims);
}

static int64_t product(const int64_t *dims, int64_t from, int64_t to) {
    int64_t n = 1;
    for (int64_t i = from; i < to; i++) n *= dims[i];
    return n;
}

/* one output of the few form: a and b from their rows on */
static void few_dot(const Arith *arith, Value *y, int64_t at, const Value *a, int64_t row_a,
                    const Value *b, int64_t row_b, Run *run, int64_t width) {
    run->x = (const char *)a->t.data + row_a * run->ninner * width;
    run->y = (const char *)b->t.data + row_b * run->ninner * width;
    arith->reduce(OP_sum, y->t.data, at, run);
}

Value *eval_dot(Eval *e, Node *node, Value **args) {
    int nb = (int)node->ints[0], nk = (int)node->ints[1];
    Value *a = widened(e, node, args[0]), *b = widened(e, node, args[1]);
    Value *y = new_result(e, node, a->t.dtype);
    const Arith *arith = ariths[a->t.dtype];
    int64_t ra = a->t.rank, rb = b->t.rank, width = value_bytes(a->t.dtype);
    int64_t batch = product(a->t.dims, 0, nb), k = product(a->t.dims, ra - nk, ra);
    int64_t m = product(a->t.dims, nb, ra - nk), n = product(b->t.dims, nb, rb - nk);
    int few = order_dot_is_few(e->graph->dims, node->args[0]->type, node->args[1]->type, nb, nk);
    int64_t *inner = malloc(sizeof *inner * (size_t)(k + 1)), zero = 0;
    if (!inner) die("out of memory");
    for (int64_t i = 0; i < k; i++) inner[i] = i;
    Run run = {.outer = &zero, .nouter = 1, .inner = inner, .ninner = k, .lanes = ORDER_LANES};
    for (int64_t i = 0; i < batch * m; i++)
        for (int64_t j = 0; j < n; j++) {
            int64_t row_b = i / (m ? m : 1) * n + j;
            if (few)
                few_dot(arith, y, i * n + j, a, i, b, row_b, &run, width);
            else
                arith->dot(y->t.data, i * n + j, a->t.data, i * k, b->t.data, row_b * k, k);
        }
    free(inner);
    value_drop(e, a);
    value_drop(e, b);
    return narrowed(e, node, y);
}

/* the input of one output place: channel, then kernel places; zeros in the padding */
typedef struct Patch Patch;
struct Patch {
    int nspatial;
    int64_t channels, kernel[MAX_RANK], size[MAX_RANK], out[MAX_RANK];
    const int64_t *stride, *pad, *x_dilation, *w_dilation;
};

static void fill_patch(const Patch *p, char *to, const char *x, int64_t width,
                       const int64_t *place) {
    int64_t places = product(p->size, 0, p->nspatial), taps = product(p->kernel, 0, p->nspatial);
    for (int64_t c = 0; c < p->channels; c++)
        for (int64_t t = 0; t < taps; t++) {
            int64_t rest = t, at = 0, scale = 1, inside = 1;
            for (int s = p->nspatial - 1; s >= 0; s--) {
                int64_t q = place[s] * p->stride[4 * s] +
                            rest % p->kernel[s] * p->w_dilation[4 * s] - p->pad[4 * s];
                rest /= p->kernel[s];
                int64_t i = q / p->x_dilation[4 * s];
                if (q < 0 || q % p->x_dilation[4 * s] != 0 || i >= p->size[s]) inside = 0;
                at += i * scale;
                scale *= p->size[s];
            }
            char *element = to + (c * taps + t) * width;
            if (inside)
                memcpy(element, x + (c * places + at) * width, (size_t)width);
            else
                memset(element, 0, (size_t)width);
        }
}

static Patch patch_of(const Node *node, const Value *x, const Value *w, const Value *y) {
    Patch p = {.nspatial = (int)node->ints[0], .channels = w->t.dims[1]};
    const int64_t *ints = node->ints + 2;
    p.stride = ints;
    p.pad = ints + 1;
    p.x_dilation = ints + 2;
    p.w_dilation = ints + 3;
    for (int s = 0; s < p.nspatial; s++) {
        p.kernel[s] = w->t.dims[2 + s];
        p.size[s] = x->t.dims[2 + s];
        p.out[s] = y->t.dims[2 + s];
    }
    return p;
}

Value *eval_conv(Eval *e, Node *node, Value **args) {
    Value *x = widened(e, node, args[0]), *w = widened(e, node, args[1]);
    Value *y = new_result(e, node, x->t.dtype);
    Patch p = patch_of(node, x, w, y);
    int64_t groups = node->ints[1], each = w->t.dims[0] / groups, width = value_bytes(x->t.dtype);
    int64_t places = product(p.out, 0, p.nspatial),
            k = p.channels * product(p.kernel, 0, p.nspatial);
    int64_t image = p.channels * product(p.size, 0, p.nspatial);
    Value *patch = value_new(e, node, x->t.dtype, 1, &k);
    for (int64_t ng = 0; ng < x->t.dims[0] * groups; ng++)
        for (int64_t i = 0; i < places; i++) {
            int64_t place[MAX_RANK], rest = i;
            for (int s = p.nspatial - 1; s >= 0; s--) {
                place[s] = rest % p.out[s];
                rest /= p.out[s];
            }
            fill_patch(&p, patch->t.data, (const char *)x->t.data + ng * image * width, width,
                       place);
            for (int64_t o = 0; o < each; o++)
                ariths[x->t.dtype]->dot(y->t.data, (ng * each + o) * places + i, patch->t.data, 0,
                                        w->t.data, (ng % groups * each + o) * k, k);
        }
    value_drop(e, patch);
    value_drop(e, x);
    value_drop(e, w);
    return narrowed(e, node, y);
}

Value *eval_unwindow(Eval *e, Node *node, Value **args) {
    int64_t axis = node->ints[0], stride = node->ints[1], dilation = node->ints[2];
    Value *g = widened(e, node, args[0]), *y = new_result(e, node, g->t.dtype);
    int64_t outer = product(y->t.dims, 0, axis), inner = product(y->t.dims, axis + 1, y->t.rank);
    int64_t length = y->t.dims[axis], places = g->t.dims[axis], taps = g->t.dims[axis + 1];
    for (int64_t o = 0; o < outer; o++)
        for (int64_t i = 0; i < length; i++)
            for (int64_t k = 0; k < taps; k++) {
                int64_t q = i - k * dilation;
                if (q < 0 || q % stride != 0 || q / stride >= places) continue;
                for (int64_t j = 0; j < inner; j++)
                    ariths[y->t.dtype]->add(y->t.data, (o * length + i) * inner + j, g->t.data,
                                            ((o * places + q / stride) * taps + k) * inner + j);
            }
    value_drop(e, g);
    return narrowed(e, node, y);
}
