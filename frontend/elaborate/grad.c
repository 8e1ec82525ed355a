/* grad.c: grad, vjp and jvp: what y and x may be; the derivative itself is autodiff's. */
#include "frontend/elaborate/core.h"
#include "autodiff/forward.h"
#include "autodiff/reverse.h"

#include <string.h>

typedef struct Asked Asked; /* what is differentiated by what */
struct Asked {
    const char *name; /* "grad" */
    CallSite *site;
    Node *y;
    Value x;
    Leaves leaves;
    Node **xs;
    int is_module;
};

/* ---- x ---- */

static const AstExpr *argument(const CallSite *c, int i) {
    if (!c->ast || c->is_method || c->ast->call.args.n <= i) return NULL;
    for (int k = 0; k <= i; k++)
        if (c->ast->call.args.at[k].is_spread) return NULL;
    return c->ast->call.args.at[i].value;
}

static int names_values(const AstExpr *x) {
    if (x->kind == EX_NAME) return 1;
    if (x->kind == EX_FIELD) return names_values(x->field.object);
    if (x->kind == EX_INDEX) return names_values(x->index.object);
    if (x->kind != EX_TUPLE && x->kind != EX_LIST) return 0;
    for (int i = 0; i < x->elements.n; i++)
        if (!names_values(x->elements.at[i])) return 0;
    return 1;
}

static int holds_instance(Value v) {
    v = value_read(v);
    if (v.kind == V_INSTANCE) return 1;
    for (int i = 0; value_is_aggregate(v) && i < v.items->n; i++)
        if (holds_instance(v.items->at[i])) return 1;
    return 0;
}

static int take_x(Elab *e, Asked *a, Value x, Span span) {
    const AstExpr *ast = argument(a->site, 1);
    Value read = value_read(x);
    if (ast && !names_values(ast)) {
        elab_error(e, span, "grad-x",
                   "%s is by a name, a path or a tuple of them: bind the value by let before y is "
                   "computed",
                   a->name);
        return 0;
    }
    if (read.kind == V_EXACT || read.kind == V_SIZE) {
        elab_error(e, span, "grad-x", "%s is a number known at compile time, and has no gradient",
                   source_text(e, span, "x"));
        return 0;
    }
    if (!value_is_tree(read)) {
        elab_error(e, span, "grad-x", "%s by %s: expected a tensor, a module or a tuple of them",
                   a->name, value_kind_text(e, read));
        return 0;
    }
    a->x = x;
    a->is_module = holds_instance(x) || x.is_tree || read.is_tree;
    if (!elab_leaves(e, x, LEAVES_PARAMS, span, &a->leaves)) return 0;
    a->xs = NEW_ARRAY(e->arena, Node *, a->leaves.list.n + 1);
    for (int i = 0; i < a->leaves.list.n; i++) {
        Value v = value_read(a->leaves.list.at[i].value);
        a->xs[i] = v.node;
        if (dtype_is_float(v.node->type->dtype)) continue;
        elab_error(e, span, "grad-x", "only floating values have gradients, and this is %s",
                   value_kind_text(e, v));
        return 0;
    }
    return 1;
}

static Node *take_y(Elab *e, Asked *a, Value y, Span span, int scalar) {
    y = value_read_deep(e, y);
    if (y.kind == V_EXACT || y.kind == V_SIZE) {
        elab_error(e, span, "grad-y",
                   "y is a number known at compile time, and depends on nothing");
        return NULL;
    }
    if (y.kind != V_NODE || !dtype_is_float(y.node->type->dtype)) {
        elab_error(e, span, "grad-y", "%s: y must be a tensor of a float type, got %s", a->name,
                   value_kind_text(e, y));
        return NULL;
    }
    if (scalar && y.node->type->rank) {
        elab_error(e, span, "grad-scalar", "grad needs a scalar, and %s is %s",
                   source_text(e, span, "x"), value_kind_text(e, y));
        elab_hint(
            e, "reduce it (sum(…), mean(…)), or use vjp(y, x, v) with a cotangent v of y's shape");
        return NULL;
    }
    return a->y = y.node;
}

/* ---- answers ---- */

static const char *carried_name(Elab *e, Node *const *params, int n) {
    for (int i = 0; i < n; i++)
        for (int k = e->carried.n - 1; k >= 0; k--)
            if (e->carried.at[k].node == params[i]) return e->carried.at[k].name;
    return NULL;
}

/* the written part of x that leaf i is */
static const char *leaf_name(Elab *e, Asked *a, int i) {
    const AstExpr *ast = argument(a->site, 1);
    if (ast && ast->kind == EX_TUPLE && ast->elements.n == a->leaves.list.n)
        return source_text(e, ast->elements.at[i]->span, "x");
    return ast ? source_text(e, ast->span, "x") : "x";
}

static Value independent(Elab *e, Asked *a, int i, const char *carried) {
    Span span = a->site->nspans > 1 ? a->site->spans[1] : a->site->span;
    const AstExpr *y = argument(a->site, 0);
    const char *yname = y ? source_text(e, y->span, "x") : "y";
    if (carried) {
        elab_error(e, span, "grad-carried",
                   "%s reaches %s only through %s, which was carried from an earlier iteration",
                   yname, leaf_name(e, a, i), carried);
        elab_hint(e,
                  "detach(%s) at the top of the loop's body, or take the gradient after the loop",
                  carried);
        return value_poison();
    }
    elab_error(e, span, "grad-independent", "%s does not depend on %s", yname, leaf_name(e, a, i));
    if (value_read(a->x).kind != V_NODE || a->x.kind == V_PLACE)
        elab_hint(e,
                  "a gradient is by the value that a variable has here: %s must have been computed "
                  "from it",
                  yname);
    return value_poison();
}

/* gradients in x's structure; a parameter that cannot reach y gets zeros and a warning, in a loop
 * too (an optimizer carries all of them) */
static Value answers(Elab *e, Asked *a, Node *const *out, Node *const *params, int nparams) {
    int n = a->leaves.list.n, missing = 0, reached = 0;
    Value *at = NEW_ARRAY(e->arena, Value, n + 1);
    const char *carried = carried_name(e, params, nparams), *first = NULL;
    for (int i = 0; i < n; i++) reached += out[i] != NULL;
    for (int i = 0; i < n; i++) {
        at[i] = value_node(out[i]);
        if (out[i]) continue;
        if (!a->is_module || (carried && !reached)) return independent(e, a, i, carried);
        at[i] = value_node(build_fill(&e->b, a->xs[i]->type, 0));
        first = first ? first : a->leaves.list.at[i].path;
        missing++;
    }
    if (missing) {
        elab_warning(e, a->site->span, "grad-unreached", "%s cannot reach %s", first,
                     argument(a->site, 0) ? source_text(e, argument(a->site, 0)->span, "x") : "y");
        if (missing > 1) elab_note(e, a->site->span, "and %d more parameters", missing - 1);
    }
    return elab_tree_like(e, a->x, at, n);
}

static Value pull_back(Elab *e, Asked *a, Node *seed) {
    int n = a->leaves.list.n;
    Node **out = NEW_ARRAY(e->arena, Node *, n + 1);
    elab_at(e, a->site->span);
    if (e->discovering) {
        for (int i = 0; i < n; i++) out[i] = build_detach(&e->b, a->xs[i]);
        return answers(e, a, out, NULL, 0);
    }
    GradRequest request = {.y = a->y, .seed = seed, .xs = a->xs, .nxs = n};
    if (!autodiff_reverse(&e->b, &request, out)) return value_poison();
    for (int i = 0; i < n; i++)
        if (out[i] && out[i]->type != a->xs[i]->type)
            out[i] = build_reshape(&e->b, out[i], a->xs[i]->type);
    return answers(e, a, out, request.params, request.nparams);
}

/* v as a tensor of type t: cotangents and tangents */
static Node *like(Elab *e, Value v, const Type *t, Span span, const char *what, const char *of) {
    v = value_read_deep(e, v);
    if (v.kind == V_NODE && v.literal && v.node->type->dtype != t->dtype)
        v = literal_tensor(e, v.literal, type_with_dtype(e->graph->types, v.node->type, t->dtype),
                           span);
    Node *n = elab_tensor_as(e, v, t->dtype, span, what);
    if (!n) return NULL;
    if (n->type->dtype != t->dtype || !type_same_shape(n->type, t)) {
        elab_error(e, span, "cotangent", "%s is %s, expected %s, the type of %s", what,
                   type_print(e->arena, n->type), type_print(e->arena, t), of);
        return NULL;
    }
    return n->type == t ? n : build_reshape(&e->b, n, t);
}

Value core_grad(Elab *e, CallSite *c, Value *args) {
    Asked a = {.name = "grad", .site = c};
    if (!take_y(e, &a, args[0], c->spans[0], 1) || !take_x(e, &a, args[1], c->spans[1]))
        return value_poison();
    return pull_back(e, &a, NULL);
}

Value core_vjp(Elab *e, CallSite *c, Value *args) {
    Asked a = {.name = "vjp", .site = c};
    if (!take_y(e, &a, args[0], c->spans[0], 0) || !take_x(e, &a, args[1], c->spans[1]))
        return value_poison();
    Node *seed = like(e, args[2], a.y->type, c->spans[2], "the cotangent", "y");
    return seed ? pull_back(e, &a, seed) : value_poison();
}

static int take_tangents(Elab *e, Asked *a, Value v, Span span, Node **vs) {
    Leaves leaves = {0};
    if (a->leaves.list.n == 1 && value_read(a->x).kind == V_NODE) {
        vs[0] = like(e, v, a->xs[0]->type, span, "the tangent", "x");
        return vs[0] != NULL;
    }
    if (!elab_leaves(e, v, LEAVES_PARAMS, span, &leaves)) return 0;
    if (leaves.list.n != a->leaves.list.n) {
        elab_error(e, span, "cotangent", "x has %d tensors and the tangent %d", a->leaves.list.n,
                   leaves.list.n);
        return 0;
    }
    for (int i = 0; i < leaves.list.n; i++) {
        vs[i] = like(e, leaves.list.at[i].value, a->xs[i]->type, span, "the tangent", "x");
        if (!vs[i]) return 0;
    }
    return 1;
}

Value core_jvp(Elab *e, CallSite *c, Value *args) {
    Asked a = {.name = "jvp", .site = c};
    if (!take_y(e, &a, args[0], c->spans[0], 0) || !take_x(e, &a, args[1], c->spans[1]))
        return value_poison();
    Node **vs = NEW_ARRAY(e->arena, Node *, a.leaves.list.n + 1), *out = NULL;
    if (!take_tangents(e, &a, args[2], c->spans[2], vs)) return value_poison();
    elab_at(e, c->span);
    if (e->discovering) return value_node(build_detach(&e->b, a.y));
    TangentRequest request = {.y = a.y, .xs = a.xs, .vs = vs, .nxs = a.leaves.list.n};
    if (!autodiff_forward(&e->b, &request, &out)) return value_poison();
    if (out) return value_node(out->type == a.y->type ? out : build_reshape(&e->b, out, a.y->type));
    return independent(e, &a, 0, carried_name(e, request.params, request.nparams));
}
