/* builtin_shape.c: the same elements in another shape: reshape, permute, squeeze, expand, flatten,
 * flip, named axes. */
#include "frontend/elaborate/builtin_lib.h"

#include <string.h>

/* the sizes of `x.reshape(a, b, …)`: loose ones or one shape, as one value */
static Value shape_argument(Value rest) {
    if (rest.kind == V_TUPLE && rest.items->n == 1) {
        ValueKind k = rest.items->at[0].kind;
        if (k == V_TUPLE || k == V_LIST || k == V_TYPE) return rest.items->at[0];
    }
    return rest;
}

/* count / known, which the program has to check when it knows the sizes; NULL: it never divides */
static const Dim *left_later(Elab *e, CallSite *c, Node *x, const Dim *count, const Dim *known) {
    Dims *d = e->graph->dims;
    int64_t k, n;
    if (dim_is_int(count, NULL) && dim_is_int(known, NULL)) return NULL;
    int plain = dim_is_int(known, &k);
    if (plain && (k < 1 || (dim_is_int(dim_mod(d, count, k), &n) && n != 0))) return NULL;
    const Dim *left = plain ? dim_floordiv(d, count, k) : NULL;
    if (!left) {
        Size *size = size_new(d, "left", SIZE_LEFT, -1, c->span);
        size->most = count;
        Node *all = build_size(&e->b, count), *by = build_size(&e->b, known);
        build_bind(&e->b, build_map2(&e->b, OP_floordiv, all, by), size);
        left = dim_size(d, size);
    }
    const char *const texts[] = {
        arena_printf(e->arena, "cannot reshape %s with ", type_print(e->arena, x->type)),
        " elements: ", " does not divide them"};
    const Dim *const sizes[] = {count, known, NULL};
    elab_check_sizes(e, c->span, dim_mul(d, left, known), OP_eq, count,
                     elab_message(e, texts, sizes, 3));
    return left;
}

/* the -1 of a reshape: what is left of the count; NULL after an error */
static const Dim *inferred(Elab *e, CallSite *c, Node *x, const Dim *const *dims, int rank,
                           int infer) {
    Dims *d = e->graph->dims;
    const Dim *known = dim_int(d, 1), *count = type_count(d, x->type);
    for (int i = 0; i < rank; i++)
        if (i != infer) known = dim_mul(d, known, dims[i]);
    const Dim *left = dim_divide_exact(d, count, known);
    int64_t k;
    if (!left && dim_is_int(known, &k) && k > 0) {
        int64_t n;
        if (!dim_is_int(count, &n) && dim_mod(d, count, k) == dim_int(d, 0))
            left = dim_floordiv(d, count, k);
    }
    if (!left) left = left_later(e, c, x, count, known);
    if (!left) {
        elab_error(e, c->span, "shape-mismatch",
                   "cannot reshape %s with %s elements: %s does not divide them",
                   type_print(e->arena, x->type), dim_print(e->arena, count),
                   dim_print(e->arena, known));
        elab_note_sizes(e, count, known);
    }
    return left;
}

/* keeps the names of axes that are the same at the front and at the back */
static void keep_names(const Type *from, int rank, const Dim *const *dims, const char **names) {
    for (int i = 0; i < rank; i++) names[i] = NULL;
    if (rank != from->rank) return;
    for (int i = 0; i < rank; i++)
        if (dims[i] != from->dims[i]) return;
    for (int i = 0; i < rank; i++) names[i] = from->names[i];
}

Value lib_reshape_fn(Elab *e, CallSite *c, Value *args) {
    const Dim *dims[MAX_RANK];
    const char *names[MAX_RANK];
    int infer = -1;
    Node *x = lib_tensor(e, c, args, 0, "x");
    if (!x) return value_poison();
    int rank = elab_shape(e, shape_argument(args[1]), c->spans[1], "the shape", dims, 1, &infer);
    if (rank < 0) return value_poison();
    if (infer >= 0 && !(dims[infer] = inferred(e, c, x, dims, rank, infer))) return value_poison();
    Dims *d = e->graph->dims;
    const Dim *count = dim_int(d, 1), *have = type_count(d, x->type);
    for (int i = 0; i < rank; i++) count = dim_mul(d, count, dims[i]);
    if (infer >= 0 && count != have) { /* equal, which is checked: take as many */
        x = lib_reshape(e, x, 1, &have, NULL);
        x = build_slice_axis(&e->b, x, 0, build_int(&e->b, 0), count, 1);
        have = count;
    }
    if (count != have) {
        const Type *want = type_new(e->graph->types, x->type->dtype, rank, dims, NULL);
        elab_error(e, c->span, "shape-mismatch", "cannot reshape %s with %s elements to %s with %s",
                   type_print(e->arena, x->type), dim_print(e->arena, have),
                   type_print(e->arena, want), dim_print(e->arena, count));
        elab_note_sizes(e, have, count);
        return value_poison();
    }
    keep_names(x->type, rank, dims, names);
    return value_node(lib_reshape(e, x, rank, dims, names));
}

/* flatten(x, start=0, end=-1) */
Value lib_flatten(Elab *e, CallSite *c, Value *args) {
    int from = 0, to = 0;
    Node *x = lib_tensor(e, c, args, 0, "x");
    if (!x) return value_poison();
    const Dim *dims[MAX_RANK];
    const char *names[MAX_RANK];
    if (x->type->rank == 0) {
        dims[0] = dim_int(e->graph->dims, 1);
        return value_node(lib_reshape(e, x, 1, dims, NULL));
    }
    if (!elab_axis(e, x, args[1], c->spans[1], &from) ||
        !elab_axis(e, x, args[2], c->spans[2], &to))
        return value_poison();
    if (from > to)
        return elab_error(e, c->span, "bad-axis",
                          "flatten from axis %d to axis %d: they are in the wrong order", from, to);
    int rank = 0;
    for (int i = 0; i < x->type->rank; i++) {
        if (i > from && i <= to) {
            dims[rank - 1] = dim_mul(e->graph->dims, dims[rank - 1], x->type->dims[i]);
            names[rank - 1] = NULL;
            continue;
        }
        dims[rank] = x->type->dims[i];
        names[rank++] = x->type->names[i];
    }
    return value_node(lib_reshape(e, x, rank, dims, names));
}

Value lib_permute(Elab *e, CallSite *c, Value *args) {
    int perm[MAX_RANK], seen[MAX_RANK] = {0}, n;
    Node *x = lib_tensor(e, c, args, 0, "x");
    if (!x) return value_poison();
    const Value *axes = elab_list(e, shape_argument(args[1]), c->spans[1], "the axes", &n);
    if (!axes) return value_poison();
    if (n != x->type->rank)
        return elab_error(e, c->span, "bad-axis", "permute of %s needs %d axes, got %d",
                          type_print(e->arena, x->type), x->type->rank, n);
    for (int i = 0; i < n; i++) {
        if (!elab_axis(e, x, axes[i], c->spans[1], &perm[i])) return value_poison();
        if (seen[perm[i]]++)
            return elab_error(e, c->spans[1], "bad-axis", "permute names axis %d twice", perm[i]);
    }
    return value_node(build_permute(&e->b, x, perm));
}

Value lib_transpose(Elab *e, CallSite *c, Value *args) {
    int a = 0, b = 0, perm[MAX_RANK];
    Node *x = lib_tensor(e, c, args, 0, "x");
    if (!x || !elab_axis(e, x, args[1], c->spans[1], &a) ||
        !elab_axis(e, x, args[2], c->spans[2], &b))
        return value_poison();
    for (int i = 0; i < x->type->rank; i++) perm[i] = i == a ? b : i == b ? a : i;
    return value_node(build_permute(&e->b, x, perm));
}

Value lib_t(Elab *e, CallSite *c, Value *args) {
    Node *x = lib_tensor(e, c, args, 0, "x");
    if (!x) return value_poison();
    if (x->type->rank > 2) {
        elab_error(e, c->spans[0], "shape-mismatch", "t takes a matrix, got %s",
                   type_print(e->arena, x->type));
        elab_hint(e, "x.transpose(-2, -1) swaps the last two axes");
        return value_poison();
    }
    if (x->type->rank < 2) return value_node(x);
    return value_node(build_permute(&e->b, x, (const int[]){1, 0}));
}

/* movedim(x, from, to): integers or tuples of them */
Value lib_movedim(Elab *e, CallSite *c, Value *args) {
    int from[MAX_RANK], to[MAX_RANK], perm[MAX_RANK], used[MAX_RANK] = {0};
    Node *x = lib_tensor(e, c, args, 0, "x");
    if (!x) return value_poison();
    int n = args[1].kind == V_TUPLE ? args[1].items->n : 1,
        m = args[2].kind == V_TUPLE ? args[2].items->n : 1;
    if (n != m)
        return elab_error(e, c->span, "bad-axis",
                          "movedim takes as many places as axes, got %d and %d", n, m);
    for (int i = 0; i < x->type->rank; i++) perm[i] = -1;
    for (int i = 0; i < n; i++) {
        Value a = args[1].kind == V_TUPLE ? args[1].items->at[i] : args[1],
              b = args[2].kind == V_TUPLE ? args[2].items->at[i] : args[2];
        if (!elab_axis(e, x, a, c->spans[1], &from[i]) || !elab_axis(e, x, b, c->spans[2], &to[i]))
            return value_poison();
        if (used[from[i]]++ || perm[to[i]] >= 0)
            return elab_error(e, c->span, "bad-axis", "movedim names an axis twice");
        perm[to[i]] = from[i];
    }
    for (int i = 0, next = 0; i < x->type->rank; i++) {
        if (perm[i] >= 0) continue;
        while (used[next]) next++;
        perm[i] = next++;
    }
    return value_node(build_permute(&e->b, x, perm));
}

/* squeeze(x): all axes of length 1; squeeze(x, axis): that one, if it is of length 1 */
Value lib_squeeze(Elab *e, CallSite *c, Value *args) {
    int axes[MAX_RANK], drop[MAX_RANK], n = 0, m = 0;
    int64_t length;
    Node *x = lib_tensor(e, c, args, 0, "x");
    if (!x || !elab_axes(e, x, args[1], c->spans[1], axes, &n)) return value_poison();
    for (int i = 0; i < n; i++)
        if (dim_is_int(x->type->dims[axes[i]], &length) && length == 1) drop[m++] = axes[i];
    return value_node(lib_drop_axes(e, x, drop, m));
}

Value lib_unsqueeze_fn(Elab *e, CallSite *c, Value *args) {
    int axis = 0;
    Node *x = lib_tensor(e, c, args, 0, "x");
    if (!x || !elab_rank_axis(e, x->type->rank + 1, args[1], c->spans[1], &axis))
        return value_poison();
    return value_node(lib_unsqueeze(e, x, axis));
}

/* expand(x, sizes…): -1 keeps an axis */
Value lib_expand(Elab *e, CallSite *c, Value *args) {
    int n;
    Node *x = lib_tensor(e, c, args, 0, "x");
    if (!x) return value_poison();
    Value shape = shape_argument(args[1]);
    const Dim *dims[MAX_RANK];
    if (shape.kind == V_TYPE) {
        Node *y = elab_expand_to(e, x, shape.type, c->span, c->name);
        return y ? value_node(y) : value_poison();
    }
    const Value *sizes = shape.kind == V_TUPLE || shape.kind == V_LIST ? shape.items->at : &shape;
    n = shape.kind == V_TUPLE || shape.kind == V_LIST ? shape.items->n : 1;
    int new = n - x->type->rank;
    if (n > MAX_RANK || new < 0)
        return elab_error(e, c->span, "shape-mismatch", "cannot expand %s to %d axes",
                          type_print(e->arena, x->type), n);
    for (int i = 0; i < n; i++) {
        int64_t k;
        int keeps = value_known_int(sizes[i], &k) && k == -1 && i >= new;
        dims[i] = keeps ? x->type->dims[i - new] : elab_dim(e, sizes[i], c->spans[1], "a size");
        if (!dims[i]) return value_poison();
    }
    Node *y = elab_expand_to(e, x, type_new(e->graph->types, x->type->dtype, n, dims, NULL),
                             c->span, c->name);
    return y ? value_node(y) : value_poison();
}

Value lib_flip(Elab *e, CallSite *c, Value *args) {
    int axes[MAX_RANK], n = 0;
    Node *x = lib_tensor(e, c, args, 0, "x");
    if (!x || !elab_axes(e, x, args[1], c->spans[1], axes, &n)) return value_poison();
    return value_node(n ? build_flip(&e->b, x, axes, n) : x);
}

/* repeat(x, times…): the whole tensor, along each axis; new axes in front */
Value lib_repeat(Elab *e, CallSite *c, Value *args) {
    const Dim *times[MAX_RANK], *inner[MAX_RANK], *wide[MAX_RANK], *joined[MAX_RANK];
    Dims *d = e->graph->dims;
    Node *x = lib_tensor(e, c, args, 0, "x");
    if (!x) return value_poison();
    int n = elab_shape(e, shape_argument(args[1]), c->spans[1], "the repeats", times, 0, NULL),
        rank = x->type->rank;
    if (n < 0) return value_poison();
    int total = n > rank ? n : rank;
    if (n < rank && strcmp(c->name, "repeat") == 0) {
        elab_error(e, c->span, "bad-argument", "repeat of %s needs %d numbers or more, got %d",
                   type_print(e->arena, x->type), rank, n);
        elab_hint(e, "one for each axis; tile takes fewer, for the last axes");
        return value_poison();
    }
    if (total * 2 > MAX_RANK)
        return elab_error(e, c->span, "bad-argument", "repeat of more than %d axes", MAX_RANK / 2);
    for (int i = 0; i < total; i++) {
        const Dim *length = i >= total - rank ? x->type->dims[i - (total - rank)] : dim_int(d, 1);
        const Dim *by = i >= total - n ? times[i - (total - n)] : dim_int(d, 1);
        inner[2 * i] = dim_int(d, 1);
        wide[2 * i] = by;
        inner[2 * i + 1] = wide[2 * i + 1] = length;
        joined[i] = dim_mul(d, by, length);
    }
    Node *y = lib_reshape(e, x, 2 * total, inner, NULL);
    y = build_expand(&e->b, y, type_new(e->graph->types, x->type->dtype, 2 * total, wide, NULL));
    return value_node(lib_reshape(e, y, total, joined, NULL));
}

/* repeat_interleave(x, n, axis): each element n times */
Value lib_repeat_interleave(Elab *e, CallSite *c, Value *args) {
    int axis = 0;
    Dims *d = e->graph->dims;
    Node *x = lib_tensor(e, c, args, 0, "x");
    const Dim *times = x ? elab_dim(e, args[1], c->spans[1], "the repeats") : NULL;
    if (!times) return value_poison();
    if (args[2].kind == V_NONE) {
        const Dim *count = type_count(d, x->type);
        x = lib_reshape(e, x, 1, &count, NULL);
    } else if (!elab_axis(e, x, args[2], c->spans[2], &axis)) {
        return value_poison();
    }
    if (x->type->rank == MAX_RANK)
        return elab_error(e, c->span, "bad-argument", "repeat_interleave of %d axes", MAX_RANK);
    Node *y = lib_stretch(e, lib_unsqueeze(e, x, axis + 1), axis + 1, times);
    const Type *t = lib_with_length(e, x->type, axis, dim_mul(d, x->type->dims[axis], times));
    return value_node(build_reshape(&e->b, y, t));
}

/* unfold(x, axis, size, step): windows along an axis, their elements last */
Value lib_unfold(Elab *e, CallSite *c, Value *args) {
    int axis = 0, perm[MAX_RANK];
    int64_t size, step, length;
    Node *x = lib_tensor(e, c, args, 0, "x");
    if (!x || !elab_axis(e, x, args[1], c->spans[1], &axis)) return value_poison();
    if (!elab_known_int(e, args[2], c->spans[2], "the window's size", &size)) return value_poison();
    if (!elab_known_int(e, args[3], c->spans[3], "the window's step", &step)) return value_poison();
    if (size < 1 || step < 1)
        return elab_error(e, c->span, "bad-argument", "the size and step of unfold are 1 or more");
    if (dim_is_int(x->type->dims[axis], &length) && size > length)
        return elab_error(e, c->spans[2], "shape-mismatch",
                          "a window of %lld is longer than axis %d of %s", (long long)size, axis,
                          type_print(e->arena, x->type));
    if (x->type->rank == MAX_RANK)
        return elab_error(e, c->span, "bad-argument", "unfold of %d axes", MAX_RANK);
    Node *y = build_window(&e->b, x, axis, size, step, 1);
    for (int i = 0, to = 0; i < y->type->rank; i++)
        if (i != axis + 1) perm[to++] = i;
    perm[y->type->rank - 1] = axis + 1;
    return value_node(build_permute(&e->b, y, perm));
}

/* ---- named axes ---- */

/* x.rename(old=new, …): new is a bare name or None */
Value lib_rename(Elab *e, CallSite *c, Value *args) {
    const char *names[MAX_RANK];
    Node *x = lib_tensor(e, c, args, 0, "x");
    if (!x) return value_poison();
    const Items *by = args[1].items;
    for (int i = 0; i < x->type->rank; i++) names[i] = x->type->names[i];
    for (int k = 0; k < by->n; k++) {
        int at = -1;
        for (int i = 0; i < x->type->rank; i++)
            if (x->type->names[i] == by->names[k]) at = i;
        if (at < 0) return elab_no_axis(e, x->type, by->names[k], c->spans[1]);
        Value to = by->at[k];
        if (to.kind != V_AXIS && to.kind != V_NONE)
            return elab_error(e, c->spans[1], "bad-argument",
                              "rename takes a name or None for %s, got %s", by->names[k],
                              value_kind_text(e, to));
        names[at] = to.kind == V_AXIS ? to.name : NULL;
    }
    for (int i = 0; i < x->type->rank; i++)
        for (int k = 0; k < i; k++)
            if (names[i] && names[i] == names[k])
                return elab_error(e, c->span, "bad-axis", "two axes would be named %s", names[i]);
    return value_node(lib_reshape(e, x, x->type->rank, x->type->dims, names));
}

/* x.align_as(y): x's axes where y has them, length 1 elsewhere */
Value lib_align_as(Elab *e, CallSite *c, Value *args) {
    Node *x = lib_tensor(e, c, args, 0, "x"), *y = lib_tensor(e, c, args, 1, "the other");
    if (!x || !y) return value_poison();
    int perm[MAX_RANK], n = 0;
    const Dim *dims[MAX_RANK];
    const char *names[MAX_RANK];
    for (int i = 0; i < x->type->rank; i++) {
        if (!x->type->names[i])
            return elab_error(e, c->spans[0], "bad-axis", "align_as: axis %d of %s has no name", i,
                              type_print(e->arena, x->type));
    }
    for (int i = 0; i < y->type->rank; i++) {
        int at = -1;
        for (int k = 0; k < x->type->rank; k++)
            if (y->type->names[i] && x->type->names[k] == y->type->names[i]) at = k;
        dims[i] = at >= 0 ? x->type->dims[at] : dim_int(e->graph->dims, 1);
        names[i] = at >= 0 ? x->type->names[at] : NULL;
        if (at >= 0) perm[n++] = at;
    }
    for (int k = 0; k < x->type->rank; k++) {
        int there = 0;
        for (int i = 0; i < n; i++) there |= perm[i] == k;
        if (!there)
            return elab_error(e, c->span, "bad-axis", "align_as: %s has no axis named %s",
                              type_print(e->arena, y->type), x->type->names[k]);
    }
    return value_node(lib_reshape(e, build_permute(&e->b, x, perm), y->type->rank, dims, names));
}
