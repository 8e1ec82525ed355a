/* eval_map.c: pointwise rows and casts, by the loops made from ops.def; gather and scatter; the
 * functions of runtime/lib.h. */
#include "ir/eval_map.h"
#include "ir/eval_impl.h"
#include "runtime/lib.h"

Value *eval_cast(Eval *e, Node *node, Value **args) {
    return value_cast(e, node, args[0], node->type->dtype);
}

/* the dtype of the row's letter, or of its first operand that is not named in the row */
static DType row_dtype(const Node *node, Value **args) {
    const char *types = op_info(node->op)->types;
    for (int i = 0; i < node->nargs; i++) {
        if (types[1] == ',' || types[1] == '-') return (DType)args[i]->t.dtype;
        types += strcspn(types, ",-") + 1;
    }
    return (DType)args[0]->t.dtype;
}

/* f16 and bf16 operands as f32, the others as they are; new references */
static void widen_args(Eval *e, const Node *node, Value **args, Value **wide) {
    for (int i = 0; i < node->nargs; i++)
        wide[i] = value_cast(e, node, args[i], dtype_compute((DType)args[i]->t.dtype));
}

static void check_bad(Eval *e, const Node *node, MapLoop *bad, int64_t n, const void *const *in,
                      const int64_t *step) {
    uint8_t *flags = calloc((size_t)n + 1, 1);
    if (!flags) die("out of memory");
    bad(n, flags, in, step);
    int any = memchr(flags, 1, (size_t)n) != NULL;
    free(flags);
    if (any)
        eval_stop(e, node, 1,
                  node->op == OP_ipow ? "negative exponent of an integer"
                                      : "integer division by zero");
}

Value *eval_map_row(Eval *e, Node *node, Value **args) {
    Value *wide[4];
    const void *in[4];
    int64_t step[4];
    DType dtype = dtype_compute(row_dtype(node, args));
    MapLoop *loop = map_loops[node->op][dtype], *bad = map_bad_loops[node->op][dtype];
    if (!loop) die("%s has no loop for %s", op_info(node->op)->name, dtype_name(dtype));
    widen_args(e, node, args, wide);
    DType made = dtype_compute(node->type->dtype);
    Value *y;
    if (node->type->rank) {
        int64_t dims[MAX_RANK];
        eval_dims(e, node, node->type, dims);
        y = value_new(e, node, made, node->type->rank, dims);
    } else {
        y = value_new(e, node, made, 0, NULL);
    }
    int64_t n = value_count(y);
    for (int i = 0; i < node->nargs; i++) {
        in[i] = wide[i]->t.data;
        step[i] = wide[i]->t.rank > 0;
        if (step[i] && value_count(wide[i]) != n)
            die("%s of different shapes", op_info(node->op)->name);
    }
    if (bad) check_bad(e, node, bad, n, in, step);
    loop(n, y->t.data, in, step);
    for (int i = 0; i < node->nargs; i++) value_drop(e, wide[i]);
    Value *r = value_cast(e, node, y, node->type->dtype);
    value_drop(e, y);
    return r;
}

/* ---- indices ---- */
/* of the indices of the first axis that some lie outside of, the largest as unsigned numbers, which
   is the one that kernels keep */
static void stop_outside(Eval *e, Node *node, Value **args, int k, const int64_t *dims) {
    for (int a = 0; a < k; a++) {
        uint64_t worst = 0;
        int found = 0;
        for (int64_t i = 0; i < value_count(args[1 + a]); i++) {
            int64_t index = value_get_int(args[1 + a], i);
            if (index >= -dims[a] && index < dims[a]) continue;
            found = 1;
            if ((uint64_t)index > worst) worst = (uint64_t)index;
        }
        if (found) eval_outside(e, node, a, 1, (int64_t)worst, dims[a]);
    }
}

Value *eval_gather(Eval *e, Node *node, Value **args) {
    int k = (int)node->ints[0];
    const TgTensor *x = &args[0]->t;
    Value *y = value_of_type(e, node);
    int64_t places = value_count(args[1]), row = value_bytes(x->dtype);
    for (int64_t i = k; i < x->rank; i++) row *= x->dims[i];
    for (int64_t i = 0; i < places; i++) {
        int64_t at = 0;
        for (int a = 0; a < k; a++) {
            int64_t index = value_get_int(args[1 + a], i), n = x->dims[a];
            if (index < -n || index >= n) stop_outside(e, node, args, k, x->dims);
            at = at * n + (index < 0 ? index + n : index);
        }
        memcpy((char *)y->t.data + i * row, (const char *)x->data + at * row, (size_t)row);
    }
    return y;
}

static Value *scatter(Eval *e, Node *node, Value **args,
                      int64_t (*lib)(TgTensor *, const TgTensor *, int64_t, const int64_t *)) {
    TgTensor in[node->nargs + 1];
    for (int i = 0; i < node->nargs; i++) in[i] = args[i]->t;
    Value *y = value_of_type(e, node);
    if (lib(&y->t, in, node->nargs, node->ints)) return y;
    stop_outside(e, node, args, (int)node->ints[0], y->t.dims);
    eval_stop(e, node, 1, "index out of range");
    return y;
}

Value *eval_scatter(Eval *e, Node *node, Value **args) {
    return scatter(e, node, args, tg_lib_scatter);
}
Value *eval_scatter_add(Eval *e, Node *node, Value **args) {
    return scatter(e, node, args, tg_lib_scatter_add);
}

/* ---- the shared functions ---- */
static Value *run_lib(Eval *e, Node *node, Value **args, TgLib *lib) {
    TgTensor in[node->nargs + 1];
    for (int i = 0; i < node->nargs; i++) in[i] = args[i]->t;
    Value *y = value_of_type(e, node);
    lib(&y->t, in, node->nargs, node->ints);
    return y;
}

#define X(name)                                                                                    \
    Value *eval_##name(Eval *e, Node *node, Value **args) {                                        \
        return run_lib(e, node, args, tg_lib_##name);                                              \
    }
TG_LIB_FUNCTIONS(X)
#undef X
