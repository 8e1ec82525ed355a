/* convert.c: tensors from values, promotion and broadcasting. Follows PyTorch's promotion (tensors,
   then rank-0 tensors, then literals, each only by a higher kind) and NumPy's broadcasting; axis
   names are checked on the way. */
#include "frontend/elaborate/core.h"

#include <math.h>
#include <string.h>

DType exact_dtype(Exact x) {
    return x.kind == EXACT_BOOL ? DT_bool : x.kind == EXACT_INT ? DT_i64 : DT_f32;
}

static int fits(int64_t i, DType dtype) {
    switch (dtype) {
    case DT_u8:
        return i >= 0 && i <= 255;
    case DT_i32:
        return i >= INT32_MIN && i <= INT32_MAX;
    case DT_bool:
        return i == 0 || i == 1;
    default:
        return 1;
    }
}

Node *exact_node(Elab *e, Exact x, DType dtype, Span span) {
    int kind = dtype_kind(dtype);
    if (x.kind == EXACT_FLOAT && kind < 2) {
        elab_error(e, span, "literal-type", "a number with a point, %g, cannot be of type %s", x.f,
                   dtype_name(dtype));
        return NULL;
    }
    if (x.kind == EXACT_INT && kind < 2 && !fits(x.i, dtype)) {
        elab_error(e, span, "literal-range", "%lld is out of range for %s", (long long)x.i,
                   dtype_name(dtype));
        return NULL;
    }
    if (x.kind == EXACT_FLOAT && isfinite(x.f)) {
        double most = dtype == DT_f16                       ? 65519.99
                      : dtype == DT_f32 || dtype == DT_bf16 ? 3.4028235677973366e38
                                                            : INFINITY;
        if (fabs(x.f) >= most) {
            elab_error(e, span, "literal-range", "%g is out of range for %s", x.f,
                       dtype_name(dtype));
            return NULL;
        }
    }
    elab_at(e, span);
    if (dtype == DT_i64) return build_int(&e->b, x.i);
    return build_number(&e->b, dtype, exact_double(x));
}

/* a tensor of the elements of a tuple or list of scalars */
static Node *tensor_of_items(Elab *e, Value v, Span span, const char *what) {
    int n = v.items->n;
    if (n == 0) {
        elab_error(e, span, "empty-literal",
                   "an empty literal has no element type: write zeros(f32[0])");
        return NULL;
    }
    Node **xs = NEW_ARRAY(e->arena, Node *, n);
    if (!elab_promote(e, v.items->at, n, xs, span, what)) return NULL;
    const Type *first = xs[0]->type;
    const Dim *dims[MAX_RANK] = {dim_int(e->graph->dims, 1)};
    for (int i = 0; i < n; i++) {
        if (!type_same_shape(xs[i]->type, first)) {
            elab_error(e, span, "ragged-literal", "the rows differ: %s and %s",
                       type_print(e->arena, first), type_print(e->arena, xs[i]->type));
            return NULL;
        }
    }
    if (first->rank + 1 > MAX_RANK) {
        elab_error(e, span, "rank", "tensors have at most %d axes", MAX_RANK);
        return NULL;
    }
    for (int a = 0; a < first->rank; a++) dims[a + 1] = first->dims[a];
    const Type *row = type_new(e->graph->types, first->dtype, first->rank + 1, dims, NULL);
    for (int i = 0; i < n; i++) xs[i] = build_reshape(&e->b, xs[i], row);
    return n == 1 ? xs[0] : build_cat(&e->b, xs, n, 0);
}

/* dtype: DT_COUNT when a literal takes its own */
static Node *tensor(Elab *e, Value v, DType dtype, Span span, const char *what) {
    v = value_read_deep(e, v);
    switch (v.kind) {
    case V_NODE:
        return literal_settled(e, v, span) ? v.node : NULL;
    case V_POISON:
        return NULL;
    case V_EXACT:
        return exact_node(e, v.exact, dtype == DT_COUNT ? exact_dtype(v.exact) : dtype, span);
    case V_SIZE: {
        elab_at(e, span);
        Node *n = build_size(&e->b, v.dim);
        return dtype != DT_COUNT && dtype_is_float(dtype) ? build_cast(&e->b, n, dtype) : n;
    }
    case V_TUPLE:
    case V_LIST:
        return tensor_of_items(e, v, span, what);
    default:
        break;
    }
    elab_error(e, span, "not-a-tensor", "%s: expected a tensor, got %s", what,
               value_kind_text(e, v));
    return NULL;
}

Node *elab_tensor(Elab *e, Value v, Span span, const char *what) {
    return tensor(e, v, DT_COUNT, span, what);
}

Node *elab_tensor_as(Elab *e, Value v, DType like, Span span, const char *what) {
    v = value_read(v);
    if (v.kind == V_EXACT && v.exact.kind == EXACT_FLOAT && !dtype_is_float(like)) like = DT_f32;
    if (v.kind == V_EXACT && like == DT_bool && v.exact.kind != EXACT_BOOL)
        like = exact_dtype(v.exact);
    return tensor(e, v, like, span, what);
}

Node *elab_cast(Elab *e, Node *x, DType to) {
    if (x->type->dtype == to) return x;
    return build_cast(&e->b, x, to);
}

/* ---- promotion ---- */

/* joins what a lower class of operands brings into what a higher one has: only a higher kind counts
 */
static DType join_class(DType high, DType low) {
    if (high == DT_COUNT) return low;
    if (low == DT_COUNT || dtype_kind(high) >= dtype_kind(low)) return high;
    return dtype_promote(high, low);
}

static DType join_same(DType a, DType b) {
    return a == DT_COUNT ? b : dtype_promote(a, b);
}

static int promote(Elab *e, const Value *vs, int n, Node **out, int to_float, Span span,
                   const char *what) {
    DType tensors = DT_COUNT, scalars = DT_COUNT, literals = DT_COUNT;
    Value *read = NEW_ARRAY(e->arena, Value, n);
    for (int i = 0; i < n; i++) {
        Value v = read[i] = value_read_deep(e, vs[i]);
        if (v.kind == V_TUPLE || v.kind == V_LIST)
            v = read[i] = value_node(elab_tensor(e, v, span, what));
        if (v.kind == V_POISON) return 0;
        if (v.kind == V_EXACT)
            literals = join_same(literals, exact_dtype(v.exact));
        else if (v.kind == V_SIZE)
            literals = join_same(literals, DT_i64);
        else if (v.kind == V_NODE && v.node->type && v.node->type->rank)
            tensors = join_same(tensors, v.node->type->dtype);
        else if (v.kind == V_NODE && v.node->type)
            scalars = join_same(scalars, v.node->type->dtype);
        else {
            elab_error(e, span, "not-a-tensor", "%s: expected a tensor or a number, got %s", what,
                       value_kind_text(e, v));
            return 0;
        }
    }
    DType result = join_class(join_class(tensors, scalars), literals);
    if (to_float && !dtype_is_float(result)) result = DT_f32;
    for (int i = 0; i < n; i++) {
        Node *x = elab_tensor_as(e, read[i], result, span, what);
        if (!x) return 0;
        out[i] = elab_cast(e, x, result);
    }
    return 1;
}

DType promoted_dtype(Node *const *xs, int n) {
    DType tensors = DT_COUNT, scalars = DT_COUNT;
    for (int i = 0; i < n; i++) {
        DType *class = xs[i]->type->rank ? &tensors : &scalars;
        *class = join_same(*class, xs[i]->type->dtype);
    }
    return join_class(tensors, scalars);
}

int elab_promote(Elab *e, const Value *vs, int n, Node **out, Span span, const char *what) {
    return promote(e, vs, n, out, 0, span, what);
}

int elab_promote_float(Elab *e, const Value *vs, int n, Node **out, Span span, const char *what) {
    return promote(e, vs, n, out, 1, span, what);
}

/* ---- broadcasting ---- */

static int is_one(const Dim *d) {
    int64_t n;
    return dim_is_int(d, &n) && n == 1;
}

static int broadcast_error(Elab *e, const Type *x, const Type *y, int axis, const Dim *a,
                           const Dim *b, Span span, const char *what) {
    elab_error(e, span, "shape-mismatch",
               "%s: shapes %s and %s do not broadcast: %s and %s in axis %d from the end", what,
               type_print(e->arena, x), type_print(e->arena, y), dim_print(e->arena, a),
               dim_print(e->arena, b), axis + 1);
    elab_note_sizes(e, a, b);
    return 0;
}

/* axis i from the end of the result */
static int broadcast_axis(Elab *e, const Type *x, const Type *y, int i, const Dim **dim,
                          const char **name, Span span, const char *what) {
    int xi = x->rank - 1 - i, yi = y->rank - 1 - i;
    const Dim *a = xi >= 0 ? x->dims[xi] : NULL, *b = yi >= 0 ? y->dims[yi] : NULL;
    const char *na = xi >= 0 ? x->names[xi] : NULL, *nb = yi >= 0 ? y->names[yi] : NULL;
    if (na && nb && na != nb) {
        elab_error(e, span, "axis-names", "%s: axis %s of %s meets axis %s of %s", what, na,
                   type_print(e->arena, x), nb, type_print(e->arena, y));
        elab_hint(e, "x.align_as(y) places axes by name; x.rename(%s=%s) renames one", na, nb);
        return 0;
    }
    *name = na ? na : nb;
    *dim = !a ? b : !b || a == b || is_one(b) ? a : is_one(a) ? b : NULL;
    return *dim ? 1 : broadcast_error(e, x, y, i, a, b, span, what);
}

const Type *elab_broadcast_type(Elab *e, const Type *x, const Type *y, Span span,
                                const char *what) {
    int rank = x->rank > y->rank ? x->rank : y->rank;
    const Dim *dims[MAX_RANK];
    const char *names[MAX_RANK];
    for (int i = 0; i < rank; i++)
        if (!broadcast_axis(e, x, y, i, &dims[rank - 1 - i], &names[rank - 1 - i], span, what))
            return NULL;
    for (int i = 0; i < rank; i++)
        for (int j = 0; j < i; j++)
            if (names[i] && names[i] == names[j]) {
                elab_error(e, span, "axis-names", "%s: the result would have two axes named %s",
                           what, names[i]);
                elab_hint(e, "rename one: x.rename(%s=other)", names[i]);
                return NULL;
            }
    return type_new(e->graph->types, x->dtype, rank, dims, names);
}

int elab_broadcast(Elab *e, Node **xs, int n, Span span, const char *what) {
    const Type *t = xs[0]->type;
    for (int i = 1; i < n && t; i++) {
        t = elab_broadcast_type(e, t, xs[i]->type, span, what);
        if (t) continue;
        elab_note_origins(e, xs[0], xs[i], span);
    }
    if (!t) return 0;
    for (int i = 0; i < n; i++) {
        const Type *want = type_with_dtype(e->graph->types, t, xs[i]->type->dtype);
        if (xs[i]->type != want) xs[i] = build_expand(&e->b, xs[i], want);
    }
    return 1;
}

/* the axis from the end in which x cannot become `want`; -1: there is none */
static int misfit(const Type *x, const Type *want) {
    for (int i = 0; i < x->rank && i < want->rank; i++) {
        const Dim *a = x->dims[x->rank - 1 - i];
        if (a != want->dims[want->rank - 1 - i] && !is_one(a)) return i;
    }
    return -1;
}

Node *elab_expand_to(Elab *e, Node *x, const Type *shape, Span span, const char *what) {
    const Type *want = type_with_dtype(e->graph->types, shape, x->type->dtype);
    int i = misfit(x->type, want);
    if (i >= 0) {
        const Dim *a = x->type->dims[x->type->rank - 1 - i], *b = want->dims[want->rank - 1 - i];
        elab_error(e, span, "shape-mismatch",
                   "%s: %s cannot be broadcast to %s: %s is not %s in axis %d from the end", what,
                   type_print(e->arena, x->type), type_print(e->arena, want),
                   dim_print(e->arena, a), dim_print(e->arena, b), i + 1);
        elab_note_sizes(e, a, b);
        return NULL;
    }
    const Type *both = elab_broadcast_type(e, want, x->type, span, what);
    if (!both) return NULL;
    if (!type_same_shape(both, want)) {
        elab_error(e, span, "shape-mismatch", "%s: %s does not fit into %s", what,
                   type_print(e->arena, x->type), type_print(e->arena, want));
        return NULL;
    }
    return x->type == both ? x : build_expand(&e->b, x, both);
}
