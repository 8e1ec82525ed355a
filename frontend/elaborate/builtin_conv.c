/* builtin_conv.c: convolutions in one and two dimensions. */
#include "frontend/elaborate/builtin_lib.h"

#include <string.h>

/* what a convolution is asked for */
typedef struct ConvArgs ConvArgs;
struct ConvArgs {
    int n; /* spatial axes */
    int64_t stride[2], dilation[2], before[2], after[2], groups;
};

/* x with a batch axis (added when it has none) */
static Node *batched(Elab *e, CallSite *c, Value *args, int n, int *added) {
    Node *x = lib_tensor(e, c, args, 0, "x");
    if (!x || !lib_check_float(e, c, 0, x)) return NULL;
    *added = x->type->rank == n + 1;
    if (*added) return lib_unsqueeze(e, x, 0);
    if (x->type->rank == n + 2) return x;
    elab_error(e, c->spans[0], "shape-mismatch",
               "%s takes [batch, channels, %s], got %s with %d axes", c->name,
               n == 1 ? "length" : "height, width", type_print(e->arena, x->type), x->type->rank);
    return NULL;
}

static Node *unbatched(Elab *e, Node *y, int added) {
    int zero = 0;
    return added ? lib_drop_axes(e, y, &zero, 1) : y;
}

static int read_padding(Elab *e, CallSite *c, Value *args, int i, ConvArgs *a, Node *w) {
    if (args[i].kind != V_TEXT) {
        if (!lib_ints(e, c, args, i, "the padding", a->n, a->before)) return 0;
        for (int k = 0; k < a->n; k++) {
            a->after[k] = a->before[k];
            if (a->before[k] >= 0) continue;
            elab_error(e, c->spans[i], "bad-argument",
                       "%s: the padding cannot be negative, got %lld", c->name,
                       (long long)a->before[k]);
            return 0;
        }
        return 1;
    }
    const char *mode = elab_known_text(e, args[i], c->spans[i], "the padding");
    if (!mode) return 0;
    int same = strcmp(mode, "same") == 0;
    if (!same && strcmp(mode, "valid") != 0) {
        elab_error(e, c->spans[i], "bad-argument",
                   "the padding is a number, \"same\" or \"valid\", got \"%s\"", mode);
        return 0;
    }
    for (int k = 0; k < a->n; k++) {
        int64_t size = 1;
        if (same && a->stride[k] != 1) {
            elab_error(e, c->spans[i], "bad-argument", "padding \"same\" needs a stride of 1");
            return 0;
        }
        if (same && !dim_is_int(w->type->dims[2 + k], &size)) return 0;
        int64_t total = same ? a->dilation[k] * (size - 1) : 0;
        a->before[k] = total / 2;
        a->after[k] = total - total / 2;
    }
    return 1;
}

int lib_positive(Elab *e, CallSite *c, const int64_t *at, int n, const char *what) {
    for (int i = 0; i < n; i++)
        if (at[i] < 1) {
            elab_error(e, c->span, "bad-argument", "%s: the %s must be 1 or more, got %lld",
                       c->name, what, (long long)at[i]);
            return 0;
        }
    return 1;
}

static int check_weight(Elab *e, CallSite *c, Node *x, Node *w, int n, int64_t groups) {
    Dims *d = e->graph->dims;
    if (w->type->rank != n + 2) {
        elab_error(e, c->spans[1], "shape-mismatch", "%s: the weight has %d axes, got %s", c->name,
                   n + 2, type_print(e->arena, w->type));
        return 0;
    }
    if (x->type->dtype != w->type->dtype) {
        elab_error(e, c->span, "type-mismatch", "%s: x is %s, the weight %s", c->name,
                   type_print(e->arena, x->type), type_print(e->arena, w->type));
        return 0;
    }
    if (x->type->dims[1] != dim_mul(d, w->type->dims[1], dim_int(d, groups))) {
        elab_error(e, c->span, "shape-mismatch", "%s: x %s has %s channels, the weight %s takes %s",
                   c->name, type_print(e->arena, x->type), dim_print(e->arena, x->type->dims[1]),
                   type_print(e->arena, w->type),
                   dim_print(e->arena, dim_mul(d, w->type->dims[1], dim_int(d, groups))));
        elab_note_sizes(e, x->type->dims[1], w->type->dims[1]);
        elab_note_origins(e, x, w, c->span);
        return 0;
    }
    if (dim_mod(d, w->type->dims[0], groups) != dim_int(d, 0)) {
        elab_error(e, c->span, "shape-mismatch",
                   "%s: %s output channels do not divide into %lld groups", c->name,
                   dim_print(e->arena, w->type->dims[0]), (long long)groups);
        return 0;
    }
    return 1;
}

static Value add_bias(Elab *e, CallSite *c, Node *y, Value bias, int bias_arg, int added) {
    if (bias.kind != V_NONE) {
        Node *b = elab_tensor(e, bias, c->spans[bias_arg], "the bias");
        if (!b) return value_poison();
        if (b->type->rank != 1 || b->type->dims[0] != y->type->dims[1] ||
            b->type->dtype != y->type->dtype)
            return elab_error(e, c->spans[bias_arg], "shape-mismatch",
                              "%s: the bias must be %s[%s], got %s", c->name,
                              dtype_name(y->type->dtype), dim_print(e->arena, y->type->dims[1]),
                              type_print(e->arena, b->type));
        for (int i = 2; i < y->type->rank; i++) b = lib_unsqueeze(e, b, i - 1);
        y = build_map2(&e->b, OP_add, y,
                       build_expand(&e->b, b, type_without_names(e->graph->types, y->type)));
    }
    return value_node(unbatched(e, y, added));
}

/* x, w, bias, stride, padding, dilation, groups */
static Value convolve(Elab *e, CallSite *c, Value *args, int n) {
    ConvArgs a = {.n = n};
    int added = 0;
    Dims *d = e->graph->dims;
    Node *x = batched(e, c, args, n, &added), *w = lib_tensor(e, c, args, 1, "the weight");
    if (!x || !w || !elab_known_int(e, args[6], c->spans[6], "the groups", &a.groups))
        return value_poison();
    if (!lib_ints(e, c, args, 3, "the stride", n, a.stride) ||
        !lib_ints(e, c, args, 5, "the dilation", n, a.dilation))
        return value_poison();
    if (!lib_positive(e, c, a.stride, n, "stride") ||
        !lib_positive(e, c, a.dilation, n, "dilation") ||
        !lib_positive(e, c, &a.groups, 1, "number of groups"))
        return value_poison();
    if (!check_weight(e, c, x, w, n, a.groups) || !read_padding(e, c, args, 4, &a, w))
        return value_poison();
    const Dim *out[2];
    int64_t ones[2] = {1, 1}, k, length;
    for (int i = 0; i < n; i++) {
        if (!dim_is_int(w->type->dims[2 + i], &k))
            return elab_error(e, c->spans[1], "shape-mismatch",
                              "%s: the kernel's size must be known, got %s", c->name,
                              type_print(e->arena, w->type));
        const Dim *room =
            dim_add(d, x->type->dims[2 + i],
                    dim_int(d, a.before[i] + a.after[i] - a.dilation[i] * (k - 1) - 1));
        if (dim_is_int(room, &length) && length < 0)
            return elab_error(e, c->span, "shape-mismatch",
                              "%s: the kernel of %s is larger than the padded %s: %lld and %lld in "
                              "axis %d",
                              c->name, type_print(e->arena, w->type), type_print(e->arena, x->type),
                              (long long)(a.dilation[i] * (k - 1) + 1),
                              (long long)(length + a.dilation[i] * (k - 1) + 1), 2 + i);
        out[i] = dim_add(d, dim_floordiv(d, room, a.stride[i]), dim_int(d, 1));
    }
    Node *y = build_conv(&e->b, x, w, n, a.groups, a.stride, a.before, ones, a.dilation, out);
    return add_bias(e, c, y, args[2], 2, added);
}

Value lib_conv1d(Elab *e, CallSite *c, Value *args) {
    return convolve(e, c, args, 1);
}
Value lib_conv2d(Elab *e, CallSite *c, Value *args) {
    return convolve(e, c, args, 2);
}

/* [in, out/groups, K…] to the weight of the convolution that is its transpose: [out, in/groups,
 * K…], flipped */
static Node *transposed_weight(Elab *e, Node *w, int n, int64_t groups) {
    Dims *d = e->graph->dims;
    const Dim *split[MAX_RANK], *joined[MAX_RANK];
    int perm[MAX_RANK] = {0, 2, 1, 3, 4}, axes[2] = {2, 3};
    split[0] = dim_int(d, groups);
    split[1] = dim_floordiv(d, w->type->dims[0], groups);
    for (int i = 1; i < n + 2; i++) split[i + 1] = w->type->dims[i];
    joined[0] = dim_mul(d, split[0], split[2]);
    joined[1] = split[1];
    for (int i = 0; i < n; i++) joined[2 + i] = w->type->dims[2 + i];
    Node *y = build_permute(&e->b, lib_reshape(e, w, n + 3, split, NULL), perm);
    return build_flip(&e->b, lib_reshape(e, y, n + 2, joined, NULL), axes, n);
}

/* x, w [in, out/groups, K…], bias, stride, padding, output_padding, groups, dilation */
static Value transposed(Elab *e, CallSite *c, Value *args, int n) {
    int64_t stride[2], pad[2], extra[2], dilation[2], before[2], ones[2] = {1, 1}, groups, k;
    int added = 0;
    Dims *d = e->graph->dims;
    Node *x = batched(e, c, args, n, &added), *w = lib_tensor(e, c, args, 1, "the weight");
    if (!x || !w || !elab_known_int(e, args[6], c->spans[6], "the groups", &groups))
        return value_poison();
    if (!lib_ints(e, c, args, 3, "the stride", n, stride) ||
        !lib_ints(e, c, args, 4, "the padding", n, pad) ||
        !lib_ints(e, c, args, 5, "the output padding", n, extra) ||
        !lib_ints(e, c, args, 7, "the dilation", n, dilation))
        return value_poison();
    if (!lib_positive(e, c, stride, n, "stride") || !lib_positive(e, c, dilation, n, "dilation") ||
        !lib_positive(e, c, &groups, 1, "number of groups"))
        return value_poison();
    if (w->type->rank != n + 2 || w->type->dims[0] != x->type->dims[1] ||
        dim_mod(d, w->type->dims[0], groups) != dim_int(d, 0))
        return elab_error(e, c->span, "shape-mismatch",
                          "%s: x %s has %s channels, the weight is %s for %lld group(s)", c->name,
                          type_print(e->arena, x->type), dim_print(e->arena, x->type->dims[1]),
                          type_print(e->arena, w->type), (long long)groups);
    const Dim *out[2];
    for (int i = 0; i < n; i++) {
        if (!dim_is_int(w->type->dims[2 + i], &k))
            return elab_error(e, c->spans[1], "shape-mismatch",
                              "%s: the kernel's size must be known", c->name);
        before[i] = dilation[i] * (k - 1) - pad[i];
        const Dim *grown =
            dim_mul(d, dim_sub(d, x->type->dims[2 + i], dim_int(d, 1)), dim_int(d, stride[i]));
        out[i] = dim_add(d, grown, dim_int(d, dilation[i] * (k - 1) + 1 + extra[i] - 2 * pad[i]));
    }
    Node *y = build_conv(&e->b, x, transposed_weight(e, w, n, groups), n, groups, ones, before,
                         stride, dilation, out);
    return add_bias(e, c, y, args[2], 2, added);
}

Value lib_conv_transpose1d(Elab *e, CallSite *c, Value *args) {
    return transposed(e, c, args, 1);
}
Value lib_conv_transpose2d(Elab *e, CallSite *c, Value *args) {
    return transposed(e, c, args, 2);
}
