/* simplify.c: constants folded by the interpreter, identities that change no bit (-0 and nan
   included), views of views made one, branches whose condition is known and loops that never run
   given way. One walk in program order, each region's list filled anew. */
#include "ir/build_impl.h"
#include "ir/eval.h"
#include "ir/number.h"
#include "ir/pass.h"

#include <math.h>
#include <string.h>

enum {
    FOLD_RESULT = 1024,   /* elements: larger results are left to the program */
    FOLD_OPERAND = 65536, /* elements: larger operands too */
    FOLD_FORGET = 1000,   /* folds after which the interpreter's values are dropped */
};

typedef struct Simplify Simplify;
struct Simplify {
    Builder b;
    Eval *eval;
    int folds, changes;
};

/* ---- folding ---- */

static int is_random(Op op) {
    return op == OP_rand || op == OP_randn || op == OP_randint || op == OP_randperm;
}

static int64_t known_count(Graph *g, const Type *type) {
    int64_t count;
    return type && dim_is_int(type_count(g->dims, type), &count) ? count : INT64_MAX;
}

/* an op of constants, not too large; expand of a constant stays (it needs no memory) */
static int can_fold(Graph *g, const Node *node) {
    int flags = op_info(node->op)->flags;
    if (flags & (OPF_EFFECT | OPF_CONTROL | OPF_LEAF) || is_random(node->op)) return 0;
    if (node->op == OP_expand || node->op == OP_result || node->nargs == 0) return 0;
    if (known_count(g, node->type) > FOLD_RESULT) return 0;
    for (int i = 0; i < node->nargs; i++)
        if (node->args[i]->op != OP_const || known_count(g, node->args[i]->type) > FOLD_OPERAND)
            return 0;
    return 1;
}

static Node *fold(Simplify *s, Node *node) {
    if (!can_fold(s->b.graph, node)) return NULL;
    if (++s->folds % FOLD_FORGET == 0) eval_forget(s->eval);
    const TgTensor *value = eval_node(s->eval, node);
    return value ? build_const(&s->b, node->type, value->data)
                 : NULL; /* NULL: it would stop the program */
}

/* a pointwise op of operands that are one number each: that op of the numbers, expanded */
static Node *fold_fills(Simplify *s, Node *node) {
    Node *numbers[8];
    if (!(op_info(node->op)->flags & OPF_MAP) || !node->type->rank) return NULL;
    for (int i = 0; i < node->nargs; i++)
        if (!(numbers[i] = node_fill(node->args[i]))) return NULL;
    Builder b = s->b;
    b.region = region_new(s->b.graph, s->b.region); /* aside: the attempt may fail */
    b.region->owner = node;
    Node *number = fold(s, build_map(&b, node->op, numbers, node->nargs));
    return number ? build_expand(&s->b, number, node->type) : NULL;
}

/* ---- identities of pointwise ops, to the bit ---- */

/* all of node is that number, sign included */
static int is_number(const Node *node, double value) {
    const Node *fill = node_fill(node);
    if (!fill) return 0;
    double got = number_load(fill->type->dtype, fill->data);
    return got == value && signbit(got) == signbit(value);
}

static Node *unit_right(const Node *node, double unit) {
    return is_number(node->args[1], unit) ? node->args[0] : NULL;
}

static Node *unit_left(const Node *node, double unit) {
    return is_number(node->args[0], unit) ? node->args[1] : NULL;
}

static Node *simple_mul(const Node *node) {
    Node *x = unit_right(node, 1);
    return x ? x : unit_left(node, 1);
}

/* x + -0 is x for every x; x + 0 is not for -0 */
static Node *simple_add(const Node *node) {
    double unit = dtype_is_float(node->type->dtype) ? -0.0 : 0.0;
    Node *x = unit_right(node, unit);
    return x ? x : unit_left(node, unit);
}

static Node *simple_sub(const Node *node) {
    return unit_right(node, 0);
}

static Node *simple_div(const Node *node) {
    return unit_right(node, 1);
}

static Node *simple_not(const Node *node) {
    return node->args[0]->op == OP_logical_not ? node->args[0]->args[0] : NULL;
}

static Node *simple_where(const Node *node) {
    const Node *cond = node_fill(node->args[0]);
    return cond ? node->args[*(const uint8_t *)cond->data ? 1 : 2] : NULL;
}

/* a reduction over axes of length 1, but for a float's sum: 0 + -0 is 0 */
static Node *simple_reduce(const Node *node) {
    Node *x = node->args[0];
    if (node->op == OP_sum && dtype_is_float(node->type->dtype)) return NULL;
    return type_same_shape(x->type, node->type) ? x : NULL;
}

/* every value of one type is one of the other, and the way back gives it again */
static int holds_all(DType to, DType from) {
    int bits[] = {[DT_bool] = 1, [DT_u8] = 8,   [DT_i32] = 32, [DT_i64] = 64,
                  [DT_f16] = 11, [DT_bf16] = 8, [DT_f32] = 24, [DT_f64] = 53};
    if (dtype_is_float(from)) return to == DT_f64 || (to == DT_f32 && from != DT_f64);
    return bits[to] >= bits[from];
}

static Node *simple_cast(const Node *node) {
    const Node *x = node->args[0];
    if (x->op != OP_cast || x->args[0]->type->dtype != node->type->dtype) return NULL;
    return holds_all(x->type->dtype, node->type->dtype) ? x->args[0] : NULL;
}

typedef Node *Identity(const Node *);
static Identity *const identities[OP_COUNT] = {
    [OP_cast] = simple_cast,       [OP_mul] = simple_mul,     [OP_add] = simple_add,
    [OP_sub] = simple_sub,         [OP_div] = simple_div,     [OP_where] = simple_where,
    [OP_logical_not] = simple_not, [OP_sum] = simple_reduce,  [OP_prod] = simple_reduce,
    [OP_amax] = simple_reduce,     [OP_amin] = simple_reduce,
};

static Node *identity(const Node *node) {
    if (!identities[node->op] || !node->type) return NULL;
    int takes_bool = node->op == OP_logical_not || node->op == OP_where || node->op == OP_cast;
    if (node->type->dtype == DT_bool && !takes_bool) return NULL;
    Node *same = identities[node->op](node);
    return same && type_same_shape(same->type, node->type) ? same : NULL;
}

/* the older identities of views, where, cast and neg */
static Node *view_identity(Simplify *s, const Node *node) {
    if (!node->type || (node->op == OP_neg && node->type->dtype == DT_bool)) return NULL;
    Shape shape = {s->b.graph, node->op,    node->args, node->nargs,
                   node->ints, node->nints, node->type, NULL};
    return build_simplified_exact(&s->b, &shape, node->type);
}

/* a size whose sizes are all known numbers */
static Node *known_size(Simplify *s, const Node *node) {
    const Size *sizes[64];
    Graph *g = s->b.graph;
    if (node->op != OP_size) return NULL;
    int n = dim_sizes(node->dim, sizes, 64), cap = size_count(g->dims);
    for (int i = 0; i < n; i++)
        if (!sizes[i]->equals || !dim_is_int(sizes[i]->equals, NULL)) return NULL;
    const Dim **with = NEW_ARRAY(g->arena, const Dim *, cap);
    for (int i = 0; i < n; i++) with[sizes[i]->id] = sizes[i]->equals;
    return build_size(&s->b, dim_replace(g->dims, node->dim, with, cap));
}

/* ---- control ---- */

static void simplify_region(Simplify *s, Region *r);
static void simplify_list(Simplify *s, Region *r, NodeList list);

/* node is gone; its results are those of values (kept where its OP_results find them) */
static void give_way(Node *node, Region *values) {
    node->regions[0] = values;
    node->nregions = 0;
}

static int is_gone(const Node *control) {
    return (op_info(control->op)->flags & OPF_CONTROL) && control->nregions == 0;
}

static int known_branch(Simplify *s, Region *r, Node *node) {
    const Node *cond = node->args[0];
    if (cond->op != OP_const) return 0;
    Region *taken = node->regions[*(const uint8_t *)cond->data ? 0 : 1];
    simplify_list(s, r, region_take(taken));
    give_way(node, taken);
    return 1;
}

static int never_runs(Simplify *s, Node *node) {
    Graph *g = s->b.graph;
    const Dim *trip = loop_trip(g, node);
    int64_t value;
    if (!trip || !dim_is_int(trip, &value) || value > 0 || node_has_effect(node)) return 0;
    Region *values = region_new(g, s->b.region);
    values->owner = node;
    if (node->size) build_bind(&s->b, build_int(&s->b, 0), node->size);
    for (int i = 0; i < node->ntypes; i++) {
        Node *value = i < node->ints[0] ? node->args[3 + i] : build_fill(&s->b, node->types[i], 0);
        PUSH(g->arena, &values->results, value);
    }
    give_way(node, values);
    return 1;
}

static int gives_way(Simplify *s, Region *r, Node *node) {
    if (node->op == OP_if) return known_branch(s, r, node);
    return node->op == OP_for && never_runs(s, node);
}

/* a carried value that no iteration changes is what it starts from */
static void forward_carried(const Node *node) {
    int first = node->op == OP_for ? 3 : 0, param = node->op == OP_for;
    if (node->op != OP_for && node->op != OP_while) return;
    const Region *body = node->regions[node->nregions - 1];
    for (int i = 0; i < node->ints[0]; i++)
        if (body->results.at[i] == body->params.at[param + i])
            for (int k = 0; k < node->nregions; k++)
                rename_to(node->regions[k]->params.at[param + i], node->args[first + i]);
}

/* a result that is the same value whatever happens inside */
static Node *known_result(const Node *node) {
    const Node *control = node->args[0];
    int i = (int)node->ints[0];
    if (is_gone(control)) return renamed(control->regions[0]->results.at[i]);
    if (control->op == OP_if) {
        Node *value = control->regions[0]->results.at[i];
        return value == control->regions[1]->results.at[i] ? value : NULL;
    }
    if ((control->op != OP_for && control->op != OP_while) || i >= control->ints[0]) return NULL;
    Node *start = control->args[(control->op == OP_for ? 3 : 0) + i];
    return control->regions[control->nregions - 1]->results.at[i] == start ? start : NULL;
}

/* ---- the walk ---- */

static Node *better(Simplify *s, Node *node) {
    if (node->op == OP_result) return known_result(node);
    Node *found = identity(node);
    if (!found) found = view_identity(s, node);
    if (!found) found = known_size(s, node);
    if (!found) found = fold(s, node);
    if (!found) found = fold_fills(s, node);
    return found;
}

static void simplify_node(Simplify *s, Region *r, Node *node) {
    rename_slots(node);
    s->b.region = r;
    s->b.where = node->where;
    s->b.group = node->group;
    if (node->nregions) {
        if (gives_way(s, r, node)) {
            s->changes++;
            return;
        }
        forward_carried(node);
        for (int k = 0; k < node->nregions; k++) simplify_region(s, node->regions[k]);
    } else {
        Node *found = better(s, node);
        if (found && found != node) {
            rename_to(node, found);
            s->changes++;
            return;
        }
    }
    region_push(s->b.graph, r, node);
}

static void simplify_list(Simplify *s, Region *r, NodeList list) {
    for (int i = 0; i < list.n; i++) simplify_node(s, r, list.at[i]);
}

static void simplify_region(Simplify *s, Region *r) {
    simplify_list(s, r, region_take(r));
    for (int i = 0; i < r->results.n; i++) r->results.at[i] = renamed(r->results.at[i]);
}

int pass_simplify(Graph *g) {
    EvalOptions options = {.max_elements = FOLD_OPERAND};
    Simplify s = {.b = {.graph = g}, .eval = eval_new(g, &options)};
    marks_clear(g);
    simplify_region(&s, g->root);
    eval_free(s.eval);
    graph_renumber(g);
    return s.changes;
}
