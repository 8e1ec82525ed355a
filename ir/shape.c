/* shape.c: the table of shape rules, the rule of all pointwise rows, and the rules of leaves,
   reductions, scans, products, random numbers and control. Views and indices are in shape_view.c.
 */
#include "ir/shape.h"

#include <string.h>

const Type *shape_broken(Shape *s, const char *format, ...) {
    va_list args;
    va_start(args, format);
    s->error = arena_vprintf(s->graph->arena, format, args);
    va_end(args);
    return NULL;
}

/* ---- equality of dims ---- */

static const Dim *resolved(Arena *arena, Dims *t, const Dim *d) {
    const Size *sizes[32];
    int n = dim_sizes(d, sizes, 32);
    for (int i = 0; i < n; i++) {
        if (!sizes[i]->equals) continue;
        const Dim **all = NEW_ARRAY(arena, const Dim *, sizes[i]->id + 1);
        all[sizes[i]->id] = sizes[i]->equals;
        return resolved(arena, t, dim_replace(t, d, all, sizes[i]->id + 1));
    }
    return d;
}

int shape_same_dim(Graph *g, const Dim *a, const Dim *b) {
    return a == b || resolved(g->arena, g->dims, a) == resolved(g->arena, g->dims, b);
}

int shape_same(Graph *g, const Type *a, const Type *b) {
    if (a->rank != b->rank) return 0;
    for (int i = 0; i < a->rank; i++)
        if (!shape_same_dim(g, a->dims[i], b->dims[i])) return 0;
    return 1;
}

static int is_fixed(const Dim *d) {
    const Size *sizes[64];
    int n = dim_is_int(d, NULL) ? 0 : dim_sizes(d, sizes, 64);
    for (int i = 0; i < n; i++) {
        if (sizes[i]->kind == SIZE_DATA || sizes[i]->kind == SIZE_ARG) continue;
        if (!sizes[i]->equals || !is_fixed(sizes[i]->equals)) return 0;
    }
    return 1;
}

int shape_varies(const Type *type) {
    const Size *trips;
    if (!type || type->rank < 2 || dim_is_int(type->dims[0], NULL)) return 0;
    if (dim_sizes(type->dims[0], &trips, 1) != 1 || trips->kind != SIZE_TRIP) return 0;
    for (int i = 1; i < type->rank; i++)
        if (!is_fixed(type->dims[i])) return 1;
    return 0;
}

/* ---- the types column ---- */

/* one token of "n,n->bool": a class letter or a dtype's name */
typedef struct Token Token;
struct Token {
    char letter; /* 0: dtype */
    DType dtype;
};

static const char *next_token(const char *at, Token *token) {
    size_t n = strcspn(at, ",-");
    token->letter = n == 1 ? *at : 0;
    for (int i = 0; n > 1 && i < DT_COUNT; i++)
        if (strlen(dtype_name((DType)i)) == n && !strncmp(at, dtype_name((DType)i), n))
            token->dtype = (DType)i;
    return at + n + (at[n] == ',');
}

static int letter_takes(char letter, DType d) {
    int kind = dtype_kind(d);
    return letter == 'f'   ? kind == 2
           : letter == 'i' ? kind == 1
           : letter == 'b' ? kind == 0
           : letter == 'z' ? kind < 2
                           : 1;
}

/* checks the operands' element types against the row; gives the result's in *result (with -1 where
   it follows none) */
static int check_dtypes(Shape *s, int *result) {
    const char *at = op_info(s->op)->types;
    int bound[128];
    memset(bound, -1, sizeof bound);
    int first = -1;
    Token token = {0};
    for (int i = 0; *at && *at != '-'; i++) {
        at = next_token(at, &token);
        if (i >= s->nargs) break;
        DType got = s->args[i]->type->dtype;
        int fits = token.letter ? letter_takes(token.letter, got) : got == token.dtype;
        int *one = &bound[token.letter & 127];
        if (!fits || (token.letter && *one >= 0 && *one != (int)got)) {
            shape_broken(s, "operand %d is %s", i, dtype_name(got));
            return 0;
        }
        if (token.letter) *one = (int)got;
        if (first < 0) first = (int)got;
    }
    if (*at != '-') die("%s: a row without a result", op_info(s->op)->name);
    next_token(at + 2, &token);
    *result = !token.letter ? (int)token.dtype : bound[token.letter & 127];
    return 1;
}

static const Type *shape_map(Shape *s) {
    int dtype;
    if (!check_dtypes(s, &dtype)) return NULL;
    Type type = *s->args[0]->type;
    for (int i = 1; i < s->nargs; i++) {
        const Type *other = s->args[i]->type;
        if (!shape_same(s->graph, &type, other))
            return shape_broken(s, "operands %s and %s", type_print(s->graph->arena, &type),
                                type_print(s->graph->arena, other));
        for (int k = 0; k < type.rank; k++)
            if (!type.names[k]) type.names[k] = other->names[k];
    }
    return type_new(s->graph->types, dtype < 0 ? type.dtype : (DType)dtype, type.rank, type.dims,
                    type.names);
}

typedef const Type *Rule(Shape *);
static Rule *const rules[] = {
#define MAP(name, n, types, scalar, derivative, samples, doc) shape_map,
#define KERN(name, n, types, derivative, samples, flags, doc) shape_##name,
#include "ir/ops.def"
};

const Type *shape_infer(Shape *s) {
    const OpInfo *info = op_info(s->op);
    s->error = NULL;
    if (info->nargs >= 0 && s->nargs != info->nargs)
        return shape_broken(s, "takes %d operands, got %d", info->nargs, s->nargs);
    for (int i = 0; i < s->nargs; i++)
        if (!s->args[i] || (!s->args[i]->type && s->op != OP_result))
            return shape_broken(s, "operand %d has no value", i);
    return rules[s->op](s);
}

/* ---- what the rules share ---- */

static const Type *given(Shape *s) {
    return s->given ? s->given : shape_broken(s, "needs a type");
}

static const Type *given_of(Shape *s, DType dtype) {
    if (s->given && s->given->dtype != dtype) return shape_broken(s, "gives %s", dtype_name(dtype));
    return given(s);
}

static const Type *none(Shape *s) {
    (void)s;
    return NULL;
}

static const Type *same(Shape *s) {
    int dtype;
    return check_dtypes(s, &dtype) ? s->args[0]->type : NULL;
}

static int axis_ok(Shape *s, int i) {
    int rank = s->args[0]->type->rank;
    if (i < s->nints && s->ints[i] >= 0 && s->ints[i] < rank) return 1;
    shape_broken(s, "has a wrong axis for rank %d", rank);
    return 0;
}

/* ---- leaves ---- */

const Type *shape_const(Shape *s) {
    return given(s);
}
const Type *shape_arg(Shape *s) {
    return given(s);
}
const Type *shape_data(Shape *s) {
    return given(s);
}
const Type *shape_param(Shape *s) {
    return given(s);
}
const Type *shape_arg_is(Shape *s) {
    return type_scalar(s->graph->types, DT_bool);
}
const Type *shape_size(Shape *s) {
    return type_scalar(s->graph->types, DT_i64);
}
const Type *shape_seed(Shape *s) {
    return type_scalar(s->graph->types, DT_i64);
}

const Type *shape_iota(Shape *s) {
    if (!given_of(s, DT_i64)) return NULL;
    if (s->nints != 1 || s->ints[0] < 0 || s->ints[0] >= s->given->rank)
        return shape_broken(s, "has a wrong axis");
    return s->given;
}

const Type *shape_result(Shape *s) {
    const Node *control = s->args[0];
    if (s->nints != 1 || s->ints[0] < 0 || s->ints[0] >= control->ntypes)
        return shape_broken(s, "reads a result that its node does not have");
    return control->types[s->ints[0]];
}

/* ---- reductions and scans ---- */

static const Type *reduced(Shape *s, int naxes, int dtype) {
    const Type *x = s->args[0]->type;
    const Dim *dims[MAX_RANK];
    int ignored;
    if (!check_dtypes(s, &ignored)) return NULL;
    memcpy(dims, x->dims, sizeof dims);
    for (int i = 0; i < naxes; i++) {
        if (!axis_ok(s, i)) return NULL;
        if (i && s->ints[i] <= s->ints[i - 1])
            return shape_broken(s, "has axes that do not ascend");
        dims[s->ints[i]] = dim_int(s->graph->dims, 1);
    }
    return type_new(s->graph->types, dtype < 0 ? x->dtype : (DType)dtype, x->rank, dims, x->names);
}

const Type *shape_sum(Shape *s) {
    return reduced(s, s->nints, -1);
}
const Type *shape_prod(Shape *s) {
    return reduced(s, s->nints, -1);
}
const Type *shape_amax(Shape *s) {
    return reduced(s, s->nints, -1);
}
const Type *shape_amin(Shape *s) {
    return reduced(s, s->nints, -1);
}
const Type *shape_argmax(Shape *s) {
    return reduced(s, 1, DT_i64);
}
const Type *shape_argmin(Shape *s) {
    return reduced(s, 1, DT_i64);
}

const Type *shape_cumsum(Shape *s) {
    return axis_ok(s, 0) ? same(s) : NULL;
}
const Type *shape_cumprod(Shape *s) {
    return axis_ok(s, 0) ? same(s) : NULL;
}
const Type *shape_logcumsumexp(Shape *s) {
    return axis_ok(s, 0) ? same(s) : NULL;
}

static const Type *indices(Shape *s) {
    if (!axis_ok(s, 0) || !same(s)) return NULL;
    return type_with_dtype(s->graph->types, s->args[0]->type, DT_i64);
}

const Type *shape_cummax_index(Shape *s) {
    return indices(s);
}
const Type *shape_cummin_index(Shape *s) {
    return indices(s);
}
const Type *shape_argsort(Shape *s) {
    return indices(s);
}

/* ---- products ---- */

const Type *shape_dot(Shape *s) {
    const Type *a = s->args[0]->type, *b = s->args[1]->type;
    if (!same(s)) return NULL;
    if (s->nints != 2) return shape_broken(s, "needs [nb, nk]");
    int nb = (int)s->ints[0], nk = (int)s->ints[1];
    int fa = a->rank - nb - nk, fb = b->rank - nb - nk;
    if (nb < 0 || nk < 0 || fa < 0 || fb < 0 || nb + fa + fb > MAX_RANK)
        return shape_broken(s, "has wrong ranks");
    const Dim *dims[MAX_RANK];
    const char *names[MAX_RANK];
    for (int i = 0; i < nb + nk; i++) {
        int ia = i < nb ? i : fa + i, ib = i < nb ? i : fb + i;
        if (!shape_same_dim(s->graph, a->dims[ia], b->dims[ib]))
            return shape_broken(s, "operands %s and %s", type_print(s->graph->arena, a),
                                type_print(s->graph->arena, b));
    }
    for (int i = 0; i < nb + fa + fb; i++) {
        const Type *from = i < nb + fa ? a : b;
        dims[i] = from->dims[i < nb + fa ? i : i - fa];
        names[i] = from->names[i < nb + fa ? i : i - fa];
        if (i < nb && !names[i]) names[i] = b->names[i];
    }
    return type_new(s->graph->types, a->dtype, nb + fa + fb, dims, names);
}

const Type *shape_conv(Shape *s) {
    const Type *x = s->args[0]->type, *w = s->args[1]->type;
    Dims *t = s->graph->dims;
    if (!same(s) || !given_of(s, x->dtype)) return NULL;
    int n = s->nints ? (int)s->ints[0] : -1;
    if (n < 0 || s->nints != 2 + 4 * n || s->ints[1] < 1)
        return shape_broken(s, "has wrong attributes");
    if (x->rank != n + 2 || w->rank != n + 2 || s->given->rank != n + 2)
        return shape_broken(s, "has wrong ranks");
    const Dim *channels = dim_mul(t, w->dims[1], dim_int(t, s->ints[1]));
    if (!shape_same_dim(s->graph, x->dims[1], channels) ||
        !shape_same_dim(s->graph, s->given->dims[0], x->dims[0]) ||
        !shape_same_dim(s->graph, s->given->dims[1], w->dims[0]))
        return shape_broken(s, "operands %s and %s", type_print(s->graph->arena, x),
                            type_print(s->graph->arena, w));
    for (int i = 0; i < n; i++) {
        const int64_t *at = &s->ints[2 + 4 * i];
        if (at[0] < 1 || at[2] < 1 || at[3] < 1)
            return shape_broken(s, "has a wrong stride or dilation");
    }
    return s->given;
}

/* ---- random numbers ---- */

static const Type *drawn(Shape *s) {
    if (given(s) && s->given->dtype != DT_f32 && s->given->dtype != DT_f64)
        return shape_broken(s, "gives f32 or f64");
    return s->given;
}

const Type *shape_rand(Shape *s) {
    return drawn(s);
}
const Type *shape_randn(Shape *s) {
    return drawn(s);
}
const Type *shape_randint(Shape *s) {
    return given_of(s, DT_i64);
}

const Type *shape_randperm(Shape *s) {
    if (given_of(s, DT_i64) && s->given->rank != 1) return shape_broken(s, "gives one axis");
    return s->given;
}

/* ---- linear algebra ---- */

static int square(Shape *s) {
    const Type *a = s->args[0]->type;
    int r = a->rank;
    if (r >= 2 && shape_same_dim(s->graph, a->dims[r - 1], a->dims[r - 2])) return same(s) != NULL;
    shape_broken(s, "needs square matrices, got %s", type_print(s->graph->arena, a));
    return 0;
}

static const Type *solved(Shape *s) {
    const Type *a = s->args[0]->type, *b = s->args[1]->type;
    if (!square(s)) return NULL;
    int same_ranks = a->rank == b->rank;
    for (int i = 0; same_ranks && i < a->rank - 1; i++)
        same_ranks = shape_same_dim(s->graph, a->dims[i], b->dims[i]);
    return same_ranks ? b : shape_broken(s, "operands do not fit");
}

const Type *shape_cholesky(Shape *s) {
    return square(s) ? s->args[0]->type : NULL;
}
const Type *shape_solve_triangular(Shape *s) {
    return solved(s);
}
const Type *shape_solve(Shape *s) {
    return solved(s);
}

const Type *shape_det(Shape *s) {
    const Type *a = s->args[0]->type;
    return square(s) ? type_new(s->graph->types, a->dtype, a->rank - 2, a->dims, a->names) : NULL;
}

/* ---- stacks ---- */

const Type *shape_stack_sum(Shape *s) {
    for (int i = 0; s->given && i < s->nargs; i++)
        if (!shape_same(s->graph, s->args[i]->type, s->given) ||
            s->args[i]->type->dtype != s->given->dtype)
            return shape_broken(s, "operands do not fit");
    return s->given;
}
const Type *shape_stack_zeros(Shape *s) {
    return s->args[0]->type;
}

/* the type of s->args[0], its last two axes of other lengths */
static const Type *matrices(Shape *s, const Dim *rows, const Dim *columns) {
    const Type *a = s->args[0]->type;
    const Dim *dims[MAX_RANK];
    memcpy(dims, a->dims, sizeof *dims * (size_t)a->rank);
    dims[a->rank - 2] = rows;
    dims[a->rank - 1] = columns;
    return type_new(s->graph->types, a->dtype, a->rank, dims, NULL);
}

/* the lengths of the last two axes, which are known numbers; 0 after an error */
static int known_matrix(Shape *s, int64_t *rows, int64_t *columns) {
    const Type *a = s->args[0]->type;
    if (a->rank >= 2 && dim_is_int(a->dims[a->rank - 2], rows) &&
        dim_is_int(a->dims[a->rank - 1], columns))
        return 1;
    shape_broken(s, "needs matrices of known lengths, got %s", type_print(s->graph->arena, a));
    return 0;
}

const Type *shape__qr(Shape *s) {
    int64_t m, n;
    if (!known_matrix(s, &m, &n)) return NULL;
    return matrices(s, dim_int(s->graph->dims, m),
                    dim_int(s->graph->dims, s->ints[0] || m < n ? m : n));
}

const Type *shape__eigh(Shape *s) {
    int64_t m, n;
    if (!known_matrix(s, &m, &n) || !square(s)) return NULL;
    return matrices(s, dim_int(s->graph->dims, n + 1), dim_int(s->graph->dims, n));
}

const Type *shape__svd(Shape *s) {
    int64_t m, n;
    if (!known_matrix(s, &m, &n)) return NULL;
    return matrices(s, dim_int(s->graph->dims, m + n + 1), dim_int(s->graph->dims, m < n ? m : n));
}

/* ---- control and effects: no value of their own; verify.c looks at their regions ---- */

const Type *shape_if(Shape *s) {
    return none(s);
}
const Type *shape_for(Shape *s) {
    return none(s);
}
const Type *shape_while(Shape *s) {
    return none(s);
}
const Type *shape_custom(Shape *s) {
    return none(s);
}
const Type *shape_recompute(Shape *s) {
    return none(s);
}
const Type *shape_print(Shape *s) {
    return none(s);
}
const Type *shape_assert(Shape *s) {
    return none(s);
}
const Type *shape_record(Shape *s) {
    return none(s);
}
const Type *shape_save(Shape *s) {
    return none(s);
}
const Type *shape_load(Shape *s) {
    return none(s);
}

const Type *shape_bind(Shape *s) {
    if (s->args[0]->type != type_scalar(s->graph->types, DT_i64)) shape_broken(s, "needs an i64");
    return NULL;
}
