/* builtin_join.c: tensors joined and cut: cat, stack, split, chunk, unbind, roll, pad. */
#include "frontend/elaborate/builtin_lib.h"

/* the list of tensors of cat and stack, of one element type */
static Node **tensors(Elab *e, CallSite *c, Value v, int *n) {
    const Value *list = elab_list(e, v, c->spans[0], "the tensors", n);
    if (!list) return NULL;
    if (*n == 0) {
        elab_error(e, c->spans[0], "bad-argument", "%s needs at least one tensor", c->name);
        return NULL;
    }
    Node **xs = NEW_ARRAY(e->arena, Node *, *n);
    DType d = DT_bool;
    for (int i = 0; i < *n; i++) {
        if (!(xs[i] = elab_tensor(e, list[i], c->spans[0], "an element"))) return NULL;
        d = i ? dtype_promote(d, xs[i]->type->dtype) : xs[i]->type->dtype;
    }
    for (int i = 0; i < *n; i++) xs[i] = elab_cast(e, xs[i], d);
    return xs;
}

static int check_joinable(Elab *e, CallSite *c, Node *a, Node *b, int axis, int index) {
    int same = a->type->rank == b->type->rank;
    for (int i = 0; same && i < a->type->rank; i++) {
        const char *p = a->type->names[i], *q = b->type->names[i];
        if (i != axis) same = a->type->dims[i] == b->type->dims[i];
        if (p && q && p != q) same = 0;
        if (same) continue;
        elab_error(e, c->span, "shape-mismatch",
                   "%s: element %d is %s, element 0 is %s: they differ in axis %d", c->name, index,
                   type_print(e->arena, b->type), type_print(e->arena, a->type), i);
        elab_note_origins(e, a, b, c->span);
        elab_note_sizes(e, a->type->dims[i], b->type->dims[i]);
        return 0;
    }
    if (!same)
        elab_error(e, c->span, "shape-mismatch",
                   "%s: element %d is %s, element 0 is %s: they have %d and %d axes", c->name,
                   index, type_print(e->arena, b->type), type_print(e->arena, a->type),
                   b->type->rank, a->type->rank);
    return same;
}

Value lib_cat(Elab *e, CallSite *c, Value *args) {
    int n, axis = 0;
    Node **xs = tensors(e, c, args[0], &n);
    if (!xs) return value_poison();
    if (xs[0]->type->rank == 0)
        return elab_error(e, c->spans[0], "shape-mismatch",
                          "cat joins tensors with axes, got scalars: stack makes a new axis");
    if (!elab_axis(e, xs[0], args[1], c->spans[1], &axis)) return value_poison();
    for (int i = 1; i < n; i++)
        if (!check_joinable(e, c, xs[0], xs[i], axis, i)) return value_poison();
    return value_node(n == 1 ? xs[0] : build_cat(&e->b, xs, n, axis));
}

Value lib_stack(Elab *e, CallSite *c, Value *args) {
    int n, axis = 0;
    Node **xs = tensors(e, c, args[0], &n);
    if (!xs || !elab_rank_axis(e, xs[0]->type->rank + 1, args[1], c->spans[1], &axis))
        return value_poison();
    for (int i = 1; i < n; i++)
        if (!check_joinable(e, c, xs[0], xs[i], -1, i)) return value_poison();
    for (int i = 0; i < n; i++) xs[i] = lib_unsqueeze(e, xs[i], axis);
    return value_node(n == 1 ? xs[0] : build_cat(&e->b, xs, n, axis));
}

/* pieces of x of the lengths given, one after the other along axis */
static Value pieces(Elab *e, Node *x, int axis, const Dim *const *lengths, int n) {
    Value *parts = NEW_ARRAY(e->arena, Value, n);
    const Dim *at = dim_int(e->graph->dims, 0);
    for (int i = 0; i < n; i++) {
        parts[i] = value_node(lib_cut(e, x, axis, at, lengths[i]));
        at = dim_add(e->graph->dims, at, lengths[i]);
    }
    return value_items(e, V_TUPLE, parts, n);
}

static int plain_length(Elab *e, CallSite *c, Node *x, int axis, int64_t *length) {
    if (dim_is_int(x->type->dims[axis], length)) return 1;
    elab_error(e, c->span, "shape-mismatch", "%s needs an axis of known length, got axis %d of %s",
               c->name, axis, type_print(e->arena, x->type));
    return 0;
}

enum { MAX_PIECES = 1 << 16 };

static int few_enough(Elab *e, CallSite *c, int64_t n) {
    if (n <= MAX_PIECES) return 1;
    elab_error(e, c->span, "bad-argument", "%s into %lld pieces: at most %d", c->name, (long long)n,
               MAX_PIECES);
    return 0;
}

/* split into pieces of `size`, the last one what remains */
static Value even(Elab *e, CallSite *c, Node *x, int axis, int64_t length, int64_t size) {
    int64_t count = length == 0 ? 1 : (length - 1) / size + 1;
    if (!few_enough(e, c, count)) return value_poison();
    int n = (int)count;
    const Dim **lengths = NEW_ARRAY(e->arena, const Dim *, n);
    for (int i = 0; i < n; i++) {
        int64_t left = length - i * size;
        lengths[i] = dim_int(e->graph->dims, left < size ? left : size);
    }
    return pieces(e, x, axis, lengths, n);
}

Value lib_split(Elab *e, CallSite *c, Value *args) {
    int axis = 0;
    int64_t length, size;
    Node *x = lib_tensor(e, c, args, 0, "x");
    if (!x || !elab_axis(e, x, args[2], c->spans[2], &axis)) return value_poison();
    if (x->type->rank == 0)
        return elab_error(e, c->spans[0], "shape-mismatch", "split of a scalar");
    if (args[1].kind == V_TUPLE || args[1].kind == V_LIST) {
        int n = args[1].items->n;
        const Dim **lengths = NEW_ARRAY(e->arena, const Dim *, n),
                  *sum = dim_int(e->graph->dims, 0);
        for (int i = 0; i < n; i++) {
            if (!(lengths[i] = elab_dim(e, args[1].items->at[i], c->spans[1], "a length")))
                return value_poison();
            sum = dim_add(e->graph->dims, sum, lengths[i]);
        }
        if (sum != x->type->dims[axis])
            return elab_error(e, c->spans[1], "shape-mismatch",
                              "split: the lengths add up to %s, axis %d of %s has %s",
                              dim_print(e->arena, sum), axis, type_print(e->arena, x->type),
                              dim_print(e->arena, x->type->dims[axis]));
        return pieces(e, x, axis, lengths, n);
    }
    const Dim *by = elab_dim(e, args[1], c->spans[1], "the length");
    if (!by) return value_poison();
    if (!dim_is_int(by, &size) || !dim_is_int(x->type->dims[axis], &length)) {
        const Dim *count = dim_divide_exact(e->graph->dims, x->type->dims[axis], by);
        int64_t n;
        if (!count || !dim_is_int(count, &n)) {
            plain_length(e, c, x, axis, &length);
            return value_poison();
        }
        if (!few_enough(e, c, n)) return value_poison();
        const Dim **lengths = NEW_ARRAY(e->arena, const Dim *, n);
        for (int i = 0; i < n; i++) lengths[i] = by;
        return pieces(e, x, axis, lengths, (int)n);
    }
    if (size < 1)
        return elab_error(e, c->spans[1], "bad-argument", "split into pieces of %lld",
                          (long long)size);
    return even(e, c, x, axis, length, size);
}

Value lib_chunk(Elab *e, CallSite *c, Value *args) {
    int axis = 0;
    int64_t length, n;
    Node *x = lib_tensor(e, c, args, 0, "x");
    if (!x || !elab_axis(e, x, args[2], c->spans[2], &axis) ||
        !elab_known_int(e, args[1], c->spans[1], "the number of chunks", &n))
        return value_poison();
    if (x->type->rank == 0 || n < 1)
        return elab_error(e, c->span, "bad-argument", "chunk of %s into %lld",
                          type_print(e->arena, x->type), (long long)n);
    if (!plain_length(e, c, x, axis, &length)) return value_poison();
    int64_t size = length / n + (length % n > 0);
    return even(e, c, x, axis, length, size ? size : 1);
}

Value lib_unbind(Elab *e, CallSite *c, Value *args) {
    int axis = 0;
    int64_t length;
    Node *x = lib_tensor(e, c, args, 0, "x");
    if (!x || !elab_axis(e, x, args[1], c->spans[1], &axis)) return value_poison();
    if (x->type->rank == 0)
        return elab_error(e, c->spans[0], "shape-mismatch", "unbind of a scalar");
    if (!plain_length(e, c, x, axis, &length)) return value_poison();
    if (!few_enough(e, c, length)) return value_poison();
    Value *rows = NEW_ARRAY(e->arena, Value, length);
    for (int64_t i = 0; i < length; i++)
        rows[i] = elab_index_axis(e, x, axis, value_int(i), c->span);
    return value_items(e, V_TUPLE, rows, (int)length);
}

/* ---- roll ---- */

static Node *roll_axis(Elab *e, CallSite *c, Node *x, int axis, int64_t shift) {
    int64_t length;
    if (!plain_length(e, c, x, axis, &length)) return NULL;
    if (length == 0 || (shift = (shift % length + length) % length) == 0) return x;
    Dims *d = e->graph->dims;
    Node *parts[2] = {lib_cut(e, x, axis, dim_int(d, length - shift), dim_int(d, shift)),
                      lib_cut(e, x, axis, dim_int(d, 0), dim_int(d, length - shift))};
    return build_cat(&e->b, parts, 2, axis);
}

Value lib_roll(Elab *e, CallSite *c, Value *args) {
    int64_t shifts[MAX_RANK];
    Node *x = lib_tensor(e, c, args, 0, "x");
    if (!x) return value_poison();
    if (args[2].kind == V_NONE) {
        const Dim *count = type_count(e->graph->dims, x->type);
        if (!lib_ints(e, c, args, 1, "the shift", 1, shifts)) return value_poison();
        Node *y = roll_axis(e, c, lib_reshape(e, x, 1, &count, NULL), 0, shifts[0]);
        return y ? value_node(build_reshape(&e->b, y, x->type)) : value_poison();
    }
    int n = args[2].kind == V_TUPLE ? args[2].items->n : 1;
    if (n > MAX_RANK || !lib_ints(e, c, args, 1, "the shifts", n, shifts)) return value_poison();
    for (int i = 0; i < n; i++) {
        int axis = 0;
        Value a = args[2].kind == V_TUPLE ? args[2].items->at[i] : args[2];
        if (!elab_axis(e, x, a, c->spans[2], &axis) || !(x = roll_axis(e, c, x, axis, shifts[i])))
            return value_poison();
    }
    return value_node(x);
}

/* ---- pad(x, ((before, after), …), mode="constant", value=0.0) ---- */

static Node *pad_zeros(Elab *e, Node *x, int axis, const Dim *before, const Dim *after) {
    Node *starts[MAX_RANK];
    const Dim *outer[MAX_RANK];
    for (int i = 0; i < x->type->rank; i++) {
        starts[i] = i == axis ? build_size(&e->b, before) : build_int(&e->b, 0);
        outer[i] = i != axis ? x->type->dims[i]
                             : dim_add(e->graph->dims,
                                       dim_add(e->graph->dims, before, x->type->dims[i]), after);
    }
    return build_pad(&e->b, x, starts, outer, NULL);
}

static Node *pad_value(Elab *e, CallSite *c, Node *x, int axis, const Dim *before, const Dim *after,
                       Value value) {
    double number;
    int zero = value_known_float(value, &number) && number == 0;
    if (zero) return pad_zeros(e, x, axis, before, after);
    Node *v = elab_tensor_as(e, value, x->type->dtype, c->spans[3], "the value");
    if (!v) return NULL;
    const Dim *total =
        dim_add(e->graph->dims, dim_add(e->graph->dims, before, x->type->dims[axis]), after);
    Node *frame =
        elab_expand_to(e, elab_cast(e, v, x->type->dtype), lib_with_length(e, x->type, axis, total),
                       c->spans[3], "the value");
    Node *starts[MAX_RANK];
    for (int i = 0; i < x->type->rank; i++)
        starts[i] = i == axis ? build_size(&e->b, before) : build_int(&e->b, 0);
    return frame ? build_slice_update(&e->b, frame, x, starts, NULL) : NULL;
}

/* the other modes copy parts of x beside it */
static Node *pad_copies(Elab *e, CallSite *c, Node *x, int axis, int64_t before, int64_t after,
                        const char *mode) {
    int64_t n;
    Dims *d = e->graph->dims;
    Node *parts[3];
    int k = 0, circular = mode[0] == 'c', reflect = mode[2] == 'f';
    if (!plain_length(e, c, x, axis, &n)) return NULL;
    int64_t most = before > after ? before : after;
    if ((reflect && most >= n) || (circular && most > n) || n == 0) {
        elab_error(e, c->span, "bad-argument", "pad %s by %lld: axis %d of %s is too short", mode,
                   (long long)most, axis, type_print(e->arena, x->type));
        return NULL;
    }
    int64_t left = circular  ? n - before
                   : reflect ? 1
                             : 0,
            right = circular  ? 0
                    : reflect ? n - 1 - after
                              : n - 1;
    for (int side = 0; side < 2; side++) {
        int64_t count = side ? after : before, from = side ? right : left;
        if (side == 1) parts[k++] = x;
        if (count == 0) continue;
        int copies = !circular && !reflect;
        Node *part = lib_cut(e, x, axis, dim_int(d, from), dim_int(d, copies ? 1 : count));
        if (copies) part = lib_stretch(e, part, axis, dim_int(d, count));
        parts[k++] = reflect ? build_flip(&e->b, part, &axis, 1) : part;
    }
    return k == 1 ? x : build_cat(&e->b, parts, k, axis);
}

static Node *pad_axis(Elab *e, CallSite *c, Node *x, int axis, Value pair, const char *mode,
                      Value value) {
    if (pair.kind != V_TUPLE || pair.items->n != 2) {
        elab_error(e, c->spans[1], "bad-argument",
                   "pad takes a pair (before, after) for each axis, got %s for axis %d",
                   value_kind_text(e, pair), axis);
        return NULL;
    }
    const Dim *before = elab_dim(e, pair.items->at[0], c->spans[1], "the padding before"),
              *after = elab_dim(e, pair.items->at[1], c->spans[1], "the padding after");
    int64_t a = 0, b = 0;
    if (!before || !after) return NULL;
    int plain = dim_is_int(before, &a) & dim_is_int(after, &b);
    if (plain && a == 0 && b == 0) return x;
    if (plain && (a < 0 || b < 0)) {
        elab_error(e, c->spans[1], "bad-argument", "pad by a negative length: a slice cuts");
        return NULL;
    }
    if (mode[0] == 'c' && mode[1] == 'o') return pad_value(e, c, x, axis, before, after, value);
    if (!plain) {
        elab_error(e, c->spans[1], "bad-argument", "pad with mode %s needs known lengths", mode);
        return NULL;
    }
    return pad_copies(e, c, x, axis, a, b, mode);
}

static int known_mode(const char *mode) {
    static const char *const modes[] = {"constant", "reflect", "replicate", "circular"};
    for (int i = 0; i < 4; i++) {
        const char *p = modes[i], *q = mode;
        while (*p && *p == *q) p++, q++;
        if (*p == *q) return 1;
    }
    return 0;
}

Value lib_pad(Elab *e, CallSite *c, Value *args) {
    Node *x = lib_tensor(e, c, args, 0, "x");
    const char *mode = elab_known_text(e, args[2], c->spans[2], "the mode");
    if (!x || !mode) return value_poison();
    if (!known_mode(mode))
        return elab_error(e, c->spans[2], "bad-argument",
                          "pad's mode is constant, reflect, replicate or circular, got %s", mode);
    int rank = x->type->rank;
    if (rank == 1 && args[1].kind == V_TUPLE && args[1].items->n == 2 &&
        args[1].items->at[0].kind != V_TUPLE && args[1].items->at[0].kind != V_LIST)
        args[1] = value_items(e, V_TUPLE, &args[1], 1); /* one axis: the pair itself */
    if (args[1].kind != V_TUPLE || args[1].items->n != rank) {
        elab_error(e, c->spans[1], "bad-argument",
                   "pad of %s takes %d pairs (before, after), one for each axis",
                   type_print(e->arena, x->type), rank);
        elab_hint(e, "as in NumPy: pad(x, ((0, 0), (2, 2)))");
        return value_poison();
    }
    for (int i = 0; i < rank; i++)
        if (!(x = pad_axis(e, c, x, i, args[1].items->at[i], mode, args[3]))) return value_poison();
    return value_node(x);
}

/* ---- trees ---- */

Value lib_join_leaves(Elab *e, CallSite *c, Value *args) {
    Leaves leaves = {0};
    if (!elab_leaves(e, args[0], LEAVES_PARAMS, c->spans[0], &leaves)) return value_poison();
    if (leaves.list.n == 0)
        return elab_error(e, c->spans[0], "bad-argument", "the tree has no tensors to join");
    Value *flat = NEW_ARRAY(e->arena, Value, leaves.list.n);
    for (int i = 0; i < leaves.list.n; i++) {
        Node *x = elab_tensor(e, value_read(leaves.list.at[i].value), c->spans[0], "a leaf");
        if (!x) return value_poison();
        const Dim *count = type_count(e->graph->dims, x->type);
        flat[i] = value_node(lib_reshape(e, x, 1, &count, NULL));
    }
    Value both[2] = {value_items(e, V_LIST, flat, leaves.list.n), value_int(0)};
    return lib_cat(e, c, both);
}
