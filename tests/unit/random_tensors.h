/* random_tensors.h: random graphs of tensor expressions: every element type, awkward shapes, a size
   that the program binds, every kind of op, loops. The same seed gives the same graph. */
#ifndef TGC_TESTS_UNIT_RANDOM_TENSORS_H
#define TGC_TESTS_UNIT_RANDOM_TENSORS_H

#include "random_values.h"

/* ---- pointwise ---- */

static int allows(const char *letter, size_t n, DType d) {
    if (n != 1) return op_find(letter) == OP_COUNT && !strncmp(dtype_name(d), letter, n);
    int kind = dtype_kind(d);
    switch (*letter) {
    case 'f':
        return kind == 2;
    case 'i':
        return kind == 1;
    case 'b':
        return kind == 0;
    case 'z':
        return kind < 2;
    default:
        return 1;
    }
}

static DType by_name(const char *name, size_t n) {
    for (DType d = 0; d < DT_COUNT; d++)
        if (strlen(dtype_name(d)) == n && !strncmp(dtype_name(d), name, n)) return d;
    return DT_COUNT;
}

/* integers that an op may stop on become harmless */
static Node *harmless(const Node *shape, Node *divisor, DType d) {
    const Type *type = type_with_dtype(g->types, shape->type, d);
    Node *one = build_fill(&b, type, 1);
    if (divisor->type->rank == 0 && shape->type->rank > 0)
        divisor = build_expand(&b, divisor, type);
    return build_map2(&b, OP_maximum, divisor, one);
}

static void random_map(void) {
    Op op;
    do op = (Op)chance(OP_COUNT);
    while (!(op_info(op)->flags & OPF_MAP));
    Node *x = pick(), *args[4] = {0};
    DType d = some_dtype();
    const char *types = op_info(op)->types;
    int n = 0;
    for (const char *t = types; n < op_info(op)->nargs && n < 4; n++) {
        size_t len = strcspn(t, ",-");
        if (len == 1)
            while (!allows(t, len, d)) d = some_dtype();
        t += len + (t[len] == ',');
    }
    n = 0;
    for (const char *t = types; n < op_info(op)->nargs && n < 4; n++) {
        size_t len = strcspn(t, ",-");
        DType want = len == 1 ? d : by_name(t, len);
        args[n] = n == 0 ? as(x, want) : like(x->type, want);
        if ((op_info(op)->flags & OPF_TRAP) && n > 0 && dtype_kind(want) != 2)
            args[n] = harmless(x, args[n], want);
        t += len + (t[len] == ',');
    }
    keep(build_map(&b, op, args, n));
}

static void random_arith(void) {
    static const Op ops[] = {OP_add, OP_sub, OP_mul, OP_maximum, OP_exp, OP_tanh};
    Node *x = pick();
    DType d = dtype_is_float(x->type->dtype) ? x->type->dtype : DT_f32;
    Op op = ops[chance(6)];
    x = as(x, d);
    keep(op_info(op)->nargs == 1 ? build_map1(&b, op, x) : build_map2(&b, op, x, like(x->type, d)));
}

static void random_cast(void) {
    keep(build_cast(&b, pick(), some_dtype()));
}

/* ---- views ---- */

static void random_reshape(void) {
    Node *x = pick();
    int64_t n = count_elements(x->type), dims[6], rest = n;
    if (n == 0) return;
    for (int i = 0; i < x->type->rank; i++)
        if (!is_number(x->type->dims[i])) {
            const Dim *flat = type_count(g->dims, x->type);
            keep(build_reshape(&b, x, type_new(g->types, x->type->dtype, 1, &flat, NULL)));
            return;
        }
    int rank = 0;
    for (int64_t f = 2; f < 12 && rank < 3; f++)
        if (rest % f == 0 && chance(2)) {
            dims[rank++] = f;
            rest /= f;
        }
    if (chance(4) == 0)
        dims[rank++] = 1, dims[rank++] = rest;
    else
        dims[rank++] = rest;
    keep(build_reshape(&b, x, tensor(x->type->dtype, rank, dims)));
}

static void random_permute(void) {
    Node *x = pick_ranked();
    int perm[MAX_RANK];
    for (int i = 0; i < x->type->rank; i++) perm[i] = i;
    for (int i = x->type->rank - 1; i > 0; i--) {
        int j = chance(i + 1), t = perm[i];
        perm[i] = perm[j];
        perm[j] = t;
    }
    keep(build_permute(&b, x, perm));
}

static void random_expand(void) {
    Node *x = pick();
    const Dim *dims[MAX_RANK],
        *new = chance(3) ? dim_int(g->dims, some_length()) : dim_size(g->dims, size);
    int rank = 0;
    if (x->type->rank > 3) return;
    if (chance(2)) dims[rank++] = new;
    for (int i = 0; i < x->type->rank; i++)
        dims[rank++] = is_number(x->type->dims[i]) && length(x, i) == 1 ? new : x->type->dims[i];
    const Type *type = type_new(g->types, x->type->dtype, rank, dims, NULL);
    if (count_elements(type) <= MOST_ELEMENTS) keep(build_expand(&b, x, type));
}

static Node *some_start(int64_t value) {
    Node *start = build_int(&b, value);
    return chance(3) ? start : build_map2(&b, OP_add, start, build_int(&b, 0));
}

/* starts, lengths, steps of a box inside x */
static void some_box(const Node *x, Node **starts, const Dim **lengths, int64_t *steps) {
    for (int i = 0; i < x->type->rank; i++) {
        int64_t n = length(x, i);
        steps[i] = 1 + (chance(3) == 0 ? chance(3) : 0);
        int64_t start = n > 0 && chance(2) ? chance((int)n) : 0;
        int64_t most = n > start ? (n - start - 1) / steps[i] + 1 : 0;
        lengths[i] = dim_int(g->dims, most && chance(2) ? 1 + chance((int)most) : most);
        starts[i] = some_start(start);
        if (!is_number(x->type->dims[i]))
            starts[i] = build_int(&b, 0), lengths[i] = x->type->dims[i], steps[i] = 1;
    }
}

static void random_slice(void) {
    Node *x = pick(), *starts[MAX_RANK];
    const Dim *lengths[MAX_RANK];
    int64_t steps[MAX_RANK];
    some_box(x, starts, lengths, steps);
    keep(build_slice(&b, x, starts, lengths, steps));
}

static void random_update(void) {
    Node *x = pick(), *starts[MAX_RANK];
    const Dim *lengths[MAX_RANK];
    int64_t steps[MAX_RANK];
    some_box(x, starts, lengths, steps);
    Node *part = build_slice(&b, x, starts, lengths, steps);
    Node *v = chance(2) ? part : like(part->type, x->type->dtype);
    if (chance(2)) v = build_map2(&b, OP_add, v, v);
    keep(build_slice_update(&b, x, v, starts, steps));
}

static void random_pad(void) {
    Node *x = pick(), *starts[MAX_RANK];
    const Dim *outer[MAX_RANK];
    int64_t steps[MAX_RANK], n = 1;
    for (int i = 0; i < x->type->rank; i++) {
        steps[i] = 1 + (chance(4) == 0);
        int64_t start = chance(3), after = chance(3), from = length(x, i);
        int64_t all = start + (from ? (from - 1) * steps[i] + 1 : 0) + after;
        n *= all;
        outer[i] = dim_int(g->dims, all);
        if (!is_number(x->type->dims[i])) {
            steps[i] = 1;
            outer[i] = dim_add(g->dims, x->type->dims[i], dim_int(g->dims, start + after));
        }
        starts[i] = some_start(start);
    }
    if (n <= MOST_ELEMENTS) keep(build_pad(&b, x, starts, outer, steps));
}

static void random_flip(void) {
    Node *x = pick_ranked();
    int axis = chance(x->type->rank);
    keep(build_flip(&b, x, &axis, 1));
}

static void random_cat(void) {
    Node *x = pick_ranked(), *pieces[4];
    int axis = chance(x->type->rank), n = 1 + chance(4);
    for (int i = 0; i < n; i++) {
        pieces[i] = chance(2) ? x : like(x->type, x->type->dtype);
        if (chance(3) == 0 && length(x, axis) > 1 && is_number(x->type->dims[axis]))
            pieces[i] = build_slice_axis(&b, pieces[i], axis, build_int(&b, 1),
                                         dim_int(g->dims, length(x, axis) - 1), 1);
    }
    if (count_elements(x->type) * n <= MOST_ELEMENTS) keep(build_cat(&b, pieces, n, axis));
}

static void random_window(void) {
    Node *x = pick_ranked();
    int axis = chance(x->type->rank);
    int64_t taps = chance(5) ? 1 + chance(3) : 17 + chance(8), dilation = 1 + chance(2),
            stride = 1 + chance(3), n = length(x, axis);
    if (x->type->rank > 4 || n < dilation * (taps - 1) + 1 ||
        count_elements(x->type) * taps > MOST_ELEMENTS)
        return;
    Node *y = keep(build_window(&b, x, axis, taps, stride, dilation));
    if (x->type->dtype != DT_bool && chance(2))
        keep(build_unwindow(&b, chance(2) ? y : build_map2(&b, OP_mul, y, y), axis, stride,
                            dilation, x->type->dims[axis]));
}

/* ---- indices ---- */

static Node *some_indices(const Type *shape, int64_t n) {
    int64_t count = count_elements(shape);
    int64_t *data = arena_alloc(arena, sizeof(int64_t) * (size_t)(count + 1));
    for (int64_t i = 0; i < count; i++) data[i] = chance((int)(2 * n)) - n;
    return build_const(&b, shape, data);
}

static void random_gather(void) {
    Node *x = pick_ranked(), *idx[MAX_RANK];
    int k = 1 + chance(x->type->rank), scatter = chance(3);
    const Type *shape = some_shape(DT_i64, 2);
    int64_t n = count_elements(shape);
    for (int i = 0; i < x->type->rank; i++) {
        if (length(x, i) == 0) return;
        if (i >= k) n *= length(x, i);
    }
    if (n > MOST_ELEMENTS || shape->rank + x->type->rank > 6) return;
    for (int i = 0; i < k; i++) idx[i] = some_indices(shape, length(x, i));
    Node *y = build_gather(&b, x, idx, k);
    if (scatter == 0)
        keep(y);
    else
        keep(build_scatter(&b, scatter == 1 ? OP_scatter : OP_scatter_add, x, idx, k,
                           like(y->type, x->type->dtype)));
}

/* ---- reductions, products ---- */

static Node *reduced(Node *x, Op op) {
    int axes[MAX_RANK], n = 0;
    for (int i = 0; i < x->type->rank; i++)
        if (chance(2)) axes[n++] = i;
    if (n == 0) axes[n++] = chance(x->type->rank);
    return keep(build_reduce(&b, op, x, axes, n));
}

static void random_reduce(void) {
    static const Op ops[] = {OP_sum, OP_sum, OP_sum, OP_prod, OP_amax, OP_amin};
    Node *x = pick_ranked();
    if (count_elements(x->type) == 0 && chance(4)) return;
    if (x->type->dtype == DT_bool) x = as(x, DT_f32);
    Node *y = reduced(x, ops[chance(6)]);
    if (chance(2)) return;
    Node *wide = build_expand(&b, y, x->type);
    keep(build_map2(&b, chance(2) ? OP_sub : OP_mul, x, wide));
    if (dtype_is_float(x->type->dtype) && chance(2))
        keep(build_map2(&b, OP_div, build_map1(&b, OP_exp, x), wide));
}

static void random_softmax(void) {
    Node *x = pick_ranked();
    int axis = chance(x->type->rank);
    if (!dtype_is_float(x->type->dtype)) x = as(x, DT_f32);
    Node *m = build_reduce(&b, OP_amax, x, &axis, 1);
    Node *e = build_map1(&b, OP_exp, build_map2(&b, OP_sub, x, build_expand(&b, m, x->type)));
    Node *s = build_reduce(&b, OP_sum, e, &axis, 1);
    keep(build_map2(&b, OP_div, e, build_expand(&b, s, x->type)));
    if (chance(2)) keep(s);
    if (chance(2)) keep(build_map1(&b, OP_log, s));
}

static void random_best(void) {
    Node *x = pick_ranked();
    int axis = chance(x->type->rank);
    if (length(x, axis) == 0) return;
    keep(build_arg_reduce(&b, chance(2) ? OP_argmax : OP_argmin, x, axis));
}

static void random_scan(void) {
    Node *x = pick_ranked();
    if (x->type->dtype == DT_bool) return;
    keep(build_scan(&b, OP_cumsum, x, chance(x->type->rank)));
}

static void random_dot(void) {
    DType d = chance(3) ? DT_f32 : some_dtype();
    int64_t batch = some_length(), m = some_length(), n = some_length(),
            k = chance(3) ? some_length() : 257 + chance(300);
    if (d == DT_bool || batch * m * n > MOST_ELEMENTS || batch * m * k > MOST_ELEMENTS ||
        batch * n * k > MOST_ELEMENTS)
        return;
    int nb = chance(2);
    const Type *at = tensor(d, 2 + nb, nb ? (int64_t[]){batch, m, k} : (int64_t[]){m, k, 0});
    const Type *bt = tensor(d, 2 + nb, nb ? (int64_t[]){batch, n, k} : (int64_t[]){n, k, 0});
    Node *y = keep(build_dot(&b, like(at, d), like(bt, d), nb, 1));
    if (chance(2)) keep(build_map2(&b, OP_add, y, like(y->type, d)));
}

static void random_conv(void) {
    DType d = chance(4) ? DT_f32 : DT_f16;
    int64_t groups = 1 + chance(2), c = 1 + chance(3), o = 1 + chance(20);
    int ns = 1 + chance(2);
    int64_t xd[4] = {1 + chance(3), groups * c}, wd[4] = {groups * o, c}, strides[2], pads[2],
            xdil[2], wdil[2];
    const Dim *out[2];
    for (int i = 0; i < ns; i++) {
        xd[2 + i] = 1 + chance(20);
        wd[2 + i] = 1 + chance(4);
        strides[i] = 1 + chance(2);
        pads[i] = chance(3);
        xdil[i] = 1 + (chance(4) == 0);
        wdil[i] = 1 + (chance(4) == 0);
        out[i] = dim_int(g->dims, 1 + chance(20));
    }
    Node *x = like(tensor(d, 2 + ns, xd), d), *w = like(tensor(d, 2 + ns, wd), d);
    Node *y = keep(build_conv(&b, x, w, ns, groups, strides, pads, xdil, wdil, out));
    if (chance(2)) keep(build_map2(&b, OP_mul, y, like(y->type, d)));
}

/* ---- loops ---- */

typedef void Maker(void);
static Maker *const makers[] = {
    random_map,    random_map,    random_map,     random_map,     random_arith,   random_arith,
    random_arith,  random_cast,   random_reshape, random_permute, random_expand,  random_expand,
    random_slice,  random_update, random_pad,     random_flip,    random_cat,     random_window,
    random_gather, random_reduce, random_reduce,  random_reduce,  random_softmax, random_best,
    random_scan,   random_dot,    random_dot,     random_conv};
enum { NMAKERS = sizeof makers / sizeof *makers };

static void random_loop(void) {
    Builder outside = b;
    int before = npool;
    Node *x = pick_ranked();
    Region *body = region_new(g, b.region);
    b.region = body;
    Node *index = build_param(&b, body, type_scalar(g->types, DT_i64));
    Node *carried = build_param(&b, body, x->type);
    keep(index);
    keep(carried);
    for (int i = 0; i < 6; i++) makers[chance(NMAKERS)]();
    Node *next = like(x->type, x->type->dtype), *collected = pick();
    int inside = 0;
    for (Region *r = collected->region; r; r = r->parent) inside |= r == body;
    PUSH(arena, &body->results, next);
    if (inside) PUSH(arena, &body->results, collected);
    npool = before;
    b = outside;
    Node *loop = build_for(&b, build_int(&b, 0), build_int(&b, chance(4)), build_int(&b, 1), &x, 1,
                           NULL, 0, chance(2), body);
    keep(build_result(&b, loop, 0));
}

/* ---- one program ---- */

static void random_graph(uint64_t seed) {
    state = seed * 0x9e3779b97f4a7c15u + 1;
    npool = 0;
    size = size_new(g->dims, "n", SIZE_BATCH, 40, span_nowhere());
    size_values[0] = chance(4) ? 1 + chance(40) : chance(3);
    build_bind(&b, build_int(&b, size_values[0]), size);
    for (int i = 0; i < 6; i++) keep(some_constant(some_shape(some_dtype(), 3)));
    for (int i = 0; i < 2; i++) {
        const Dim *dims[] = {dim_size(g->dims, size), dim_int(g->dims, some_length())};
        keep(some_constant(type_new(g->types, some_dtype(), 1 + chance(2), dims, NULL)));
    }
    for (int i = 0; i < 2; i++)
        keep(build_iota(&b, tensor(DT_i64, 2, (int64_t[]){some_length(), 5}), chance(2)));
    int n = 10 + chance(40);
    for (int i = 0; i < n; i++) chance(25) ? makers[chance(NMAKERS)]() : random_loop();
    for (int i = 0; i < 8; i++) show(as(pick(), DT_f64));
    for (int i = 0; i < 3; i++) show(as(pick(), DT_i64));
}

#endif
