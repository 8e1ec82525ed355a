/* known.c: what must be known at compile time: numbers, text, sizes, shapes, axes; each reports
 * what it got instead. */
#include "frontend/elaborate/core.h"

#include <string.h>

static void not_known(Elab *e, Value v, Span span, const char *what, const char *wanted) {
    v = value_read(v);
    if (v.kind == V_POISON) return;
    int run_time = v.kind == V_NODE && v.node->type && v.node->type->rank == 0;
    if (run_time)
        elab_error(e, span, "not-known", "%s must be known at compile time, and this %s is not",
                   what, value_kind_text(e, v));
    else
        elab_error(e, span, "wrong-kind", "%s: expected %s, got %s", what, wanted,
                   value_kind_text(e, v));
}

int elab_known_int(Elab *e, Value v, Span span, const char *what, int64_t *out) {
    if (value_known_int(v, out)) return 1;
    if (value_read(v).kind == V_SIZE) {
        elab_error(e, span, "not-known", "%s must be known at compile time, and the size %s is not",
                   what, dim_print(e->arena, value_read(v).dim));
        elab_note_sizes(e, value_read(v).dim, NULL);
        return 0;
    }
    not_known(e, v, span, what, "an integer known at compile time");
    return 0;
}

int elab_known_bool(Elab *e, Value v, Span span, const char *what, int *out) {
    if (value_known_bool(v, out)) return 1;
    not_known(e, v, span, what, "true or false");
    return 0;
}

int elab_known_float(Elab *e, Value v, Span span, const char *what, double *out) {
    if (value_known_float(v, out)) return 1;
    not_known(e, v, span, what, "a number known at compile time");
    return 0;
}

const char *elab_known_text(Elab *e, Value v, Span span, const char *what) {
    const char *text = value_plain_text(e, v);
    if (!text) not_known(e, v, span, what, "text known at compile time");
    return text;
}

const Dim *elab_dim(Elab *e, Value v, Span span, const char *what) {
    const Dim *d = value_dim(e, v);
    v = value_read(v);
    if (!d && v.kind == V_NODE && v.node->type && v.node->type->rank == 0) {
        elab_error(e, span, "not-a-size",
                   "%s must be a size: this %s is only known when the program runs", what,
                   value_kind_text(e, v));
        elab_hint(e, "sizes are numbers, consts, `dim` parameters, `arg NAME: dim` and x.shape[i]");
        return NULL;
    }
    if (!d && v.kind != V_POISON)
        elab_error(e, span, "not-a-size", "%s: expected a size, got %s", what,
                   value_kind_text(e, v));
    return d;
}

static int shape_add(Elab *e, Value v, Span span, const char *what, const Dim **dims, int *rank,
                     int *infer) {
    int64_t n;
    if (*rank == MAX_RANK) {
        elab_error(e, span, "rank", "a tensor has at most %d axes", MAX_RANK);
        return 0;
    }
    if (infer && value_known_int(v, &n) && n == -1) {
        if (*infer >= 0) {
            elab_error(e, span, "shape-infer", "%s: only one size can be -1", what);
            return 0;
        }
        *infer = *rank;
        dims[(*rank)++] = dim_int(e->graph->dims, 1);
        return 1;
    }
    const Dim *d = elab_dim(e, v, span, what);
    if (!d) return 0;
    if (dim_is_int(d, &n) && n < 0) {
        elab_error(e, span, "negative-size", "%s: a size cannot be negative, got %lld", what,
                   (long long)n);
        return 0;
    }
    dims[(*rank)++] = d;
    return 1;
}

int elab_shape(Elab *e, Value v, Span span, const char *what, const Dim **dims, int allow_infer,
               int *infer) {
    int rank = 0, none = -1;
    int *where = allow_infer ? (infer ? infer : &none) : NULL;
    if (where) *where = -1;
    v = value_read_deep(e, v);
    if (v.kind == V_POISON) return -1;
    if (v.kind == V_TYPE) {
        memcpy(dims, v.type->dims, sizeof *dims * (size_t)v.type->rank);
        return v.type->rank;
    }
    if (v.kind == V_TUPLE || v.kind == V_LIST) {
        for (int i = 0; i < v.items->n; i++) {
            Value item = v.items->at[i];
            if (item.kind == V_TUPLE && v.items->n == 1)
                return elab_shape(e, item, span, what, dims, allow_infer, infer);
            if (!shape_add(e, item, span, what, dims, &rank, where)) return -1;
        }
        return rank;
    }
    if (v.kind == V_NODE && v.literal && v.node->type->rank == 1) {
        int64_t n = dim_value(v.node->type->dims[0]);
        for (int64_t i = 0; i < n; i++)
            if (!shape_add(e, value_exact(v.literal[i]), span, what, dims, &rank, where)) return -1;
        return rank;
    }
    return shape_add(e, v, span, what, dims, &rank, where) ? rank : -1;
}

const Value *elab_list(Elab *e, Value v, Span span, const char *what, int *n) {
    v = value_read_deep(e, v);
    if (v.kind == V_POISON) return NULL;
    if (value_is_aggregate(v)) {
        *n = v.items->n;
        return v.items->n ? v.items->at : NEW(e->arena, Value);
    }
    int64_t length;
    if (v.kind != V_NODE || !v.node->type || v.node->type->rank == 0) {
        elab_error(e, span, "not-a-list", "%s: expected a list, got %s", what,
                   value_kind_text(e, v));
        return NULL;
    }
    if (!dim_is_int(v.node->type->dims[0], &length) || length > 10000) {
        elab_error(e, span, "not-a-list", "%s: the number of rows of %s must be a known number",
                   what, value_kind_text(e, v));
        return NULL;
    }
    Value *rows = NEW_ARRAY(e->arena, Value, length + 1);
    for (int64_t i = 0; i < length; i++)
        rows[i] = elab_index_axis(e, v.node, 0, value_int(i), span);
    *n = (int)length;
    return rows;
}

const Type *elab_type_value(Elab *e, Value v, Span span, const char *what) {
    v = value_read(v);
    if (v.kind == V_TYPE) return v.type;
    if (v.kind != V_POISON)
        elab_error(e, span, "not-a-type", "%s: expected a type like f32[5, 3], got %s", what,
                   value_kind_text(e, v));
    return NULL;
}

/* ---- axes ---- */

Value elab_no_axis(Elab *e, const Type *t, const char *name, Span span) {
    const char *names[MAX_RANK];
    int n = 0;
    for (int i = 0; i < t->rank; i++)
        if (t->names[i]) names[n++] = t->names[i];
    elab_error(e, span, "unknown-axis", "%s has no axis %s", type_print(e->arena, t), name);
    const char *near = elab_nearest(e, name, names, n);
    if (near) elab_hint(e, "did you mean %s?", near);
    return value_poison();
}

static int axis_by_name(Elab *e, const Type *t, const char *name, Span span, int *out) {
    for (int i = 0; i < t->rank; i++)
        if (t->names[i] == name) {
            *out = i;
            return 1;
        }
    elab_no_axis(e, t, name, span);
    return 0;
}

static int axis_in_rank(Elab *e, int rank, const char *of, Value axis, Span span, int *out) {
    int64_t n;
    if (!elab_known_int(e, axis, span, "axis", &n)) return 0;
    if (n < -rank || n >= rank) {
        if (rank == 0)
            elab_error(e, span, "axis-range", "axis %lld of %s, which has no axes", (long long)n,
                       of);
        else
            elab_error(e, span, "axis-range", "axis %lld is out of range: %s has axes 0 to %d",
                       (long long)n, of, rank - 1);
        return 0;
    }
    *out = (int)(n < 0 ? n + rank : n);
    return 1;
}

int elab_axis(Elab *e, Node *x, Value axis, Span span, int *out) {
    axis = value_read(axis);
    if (axis.kind == V_POISON) return 0;
    if (axis.kind == V_AXIS) return axis_by_name(e, x->type, axis.name, span, out);
    return axis_in_rank(e, x->type->rank, type_print(e->arena, x->type), axis, span, out);
}

int elab_rank_axis(Elab *e, int rank, Value axis, Span span, int *out) {
    return axis_in_rank(e, rank, "the result", axis, span, out);
}

/* a reduction over axis 0 or -1 of a scalar joins one element, as in PyTorch */
int elab_is_scalar_axis(Node *x, Value axis) {
    int64_t n;
    return x->type->rank == 0 && value_known_int(axis, &n) && (n == 0 || n == -1);
}

static int axes_add(Elab *e, Node *x, Value axis, Span span, int *out, int *n) {
    int a;
    if (elab_is_scalar_axis(x, axis)) return 1;
    if (!elab_axis(e, x, axis, span, &a)) return 0;
    int at = *n;
    for (int i = 0; i < *n; i++) {
        if (out[i] == a) {
            elab_error(e, span, "axis-twice", "axis %d is given twice", a);
            return 0;
        }
        if (out[i] > a && at == *n) at = i;
    }
    memmove(out + at + 1, out + at, sizeof *out * (size_t)(*n - at));
    out[at] = a;
    (*n)++;
    return 1;
}

int elab_axes(Elab *e, Node *x, Value axes, Span span, int *out, int *n) {
    *n = 0;
    axes = value_read_deep(e, axes);
    if (axes.kind == V_POISON) return 0;
    if (axes.kind == V_NONE) {
        for (int i = 0; i < x->type->rank; i++) out[(*n)++] = i;
        return 1;
    }
    if (axes.kind == V_NODE && axes.literal && axes.node->type->rank == 1) {
        int64_t count = dim_value(axes.node->type->dims[0]);
        for (int64_t i = 0; i < count; i++)
            if (!axes_add(e, x, value_exact(axes.literal[i]), span, out, n)) return 0;
        return 1;
    }
    if (axes.kind != V_TUPLE && axes.kind != V_LIST) return axes_add(e, x, axes, span, out, n);
    for (int i = 0; i < axes.items->n; i++)
        if (!axes_add(e, x, axes.items->at[i], span, out, n)) return 0;
    return 1;
}
