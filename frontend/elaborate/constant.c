/* constant.c: what the interpreter computes beside the graph: pointwise functions of literals, and
 * the elements of consts. */
#include "frontend/elaborate/core.h"
#include "ir/eval.h"
#include "ir/number.h"

#include <stdlib.h>
#include <string.h>

static Eval *interpreter(Elab *e) {
    if (!e->eval) e->eval = eval_new(e->graph, NULL);
    return e->eval;
}

void constant_free(Elab *e) {
    if (e->eval) eval_free(e->eval);
    e->eval = NULL;
}

static int row_takes_floats(Op op) {
    return strchr(op_info(op)->types, 'f') != NULL;
}

/* a pointwise function of exact numbers, computed in f64, i64 or bool; 0: it has no such value */
int exact_map(Elab *e, Op op, const Value *args, int n, Exact *out) {
    Node *xs[8];
    DType d = row_takes_floats(op) ? DT_f64 : DT_bool;
    for (int i = 0; i < n; i++) {
        Exact x;
        if (!value_known(args[i], &x)) return 0;
        DType mine = x.kind == EXACT_FLOAT ? DT_f64 : exact_dtype(x);
        if (dtype_kind(mine) > dtype_kind(d)) d = mine;
    }
    if (op == OP_where || strncmp(op_info(op)->types, "bool", 4) == 0) return 0;
    Builder b = e->b;
    b.region = region_new(e->graph, NULL);
    for (int i = 0; i < n; i++) {
        Exact x;
        value_known(args[i], &x);
        xs[i] = d == DT_f64   ? build_float(&b, d, exact_double(x))
                : d == DT_i64 ? build_int(&b, x.i)
                              : build_number(&b, d, exact_double(x));
    }
    if (strchr(op_info(op)->types, 'i') == op_info(op)->types && d == DT_f64) return 0;
    const TgTensor *t = eval_node(interpreter(e), build_map(&b, op, xs, n));
    if (!t) return 0;
    DType got = (DType)t->dtype;
    if (dtype_is_float(got))
        *out = (Exact){.kind = EXACT_FLOAT, .f = number_load(got, t->data)};
    else
        *out = (Exact){.kind = got == DT_bool ? EXACT_BOOL : EXACT_INT,
                       .i = number_load_int(got, t->data)};
    return 1;
}

/* the text of a piece that shows a node known at compile time; NULL: it is not known */
const char *constant_text(Elab *e, const Piece *piece, Node *node) {
    char *text = eval_text(interpreter(e), piece, node);
    if (!text) return NULL;
    const char *kept = arena_printf(e->arena, "%s", text);
    free(text);
    return kept;
}

const void *constant_data(Elab *e, Node *node, Span span) {
    const TgTensor *t = eval_node(interpreter(e), node);
    if (t) return t->data;
    const char *why = eval_error(interpreter(e));
    elab_error(e, span, "const-value", "this cannot be computed at compile time: %s",
               why ? why : "it is only known when the program runs");
    return NULL;
}
