/* rules.c: walks the derivative texts of ops.def, and finds the C rules. Every node is made in the
   type of what it meets: a number takes the other operand's type, a bool meets a float as 0 or 1.
 */
#include "autodiff/rules.h"

#include "frontend/syntax/parse.h"

#include <math.h>
#include <string.h>

typedef void Vjp(Rule *);
static Vjp *const vjps[OP_COUNT] = {
#define NONE NULL
#define ZERO NULL
#define D(...) NULL
#define C(name) vjp_##name
#define KERN(name, n, types, derivative, samples, flags, doc) [OP_##name] = derivative,
#include "ir/ops.def"
#undef NONE
#undef ZERO
#undef D
#undef C
};

static const JvpKind jvps[OP_COUNT] = {
    [OP_reshape] = JVP_LINEAR,   [OP_permute] = JVP_LINEAR,      [OP_expand] = JVP_LINEAR,
    [OP_slice] = JVP_LINEAR,     [OP_pad] = JVP_LINEAR,          [OP_flip] = JVP_LINEAR,
    [OP_cat] = JVP_LINEAR,       [OP_window] = JVP_LINEAR,       [OP_unwindow] = JVP_LINEAR,
    [OP_gather] = JVP_LINEAR,    [OP_slice_update] = JVP_LINEAR, [OP_scatter] = JVP_LINEAR,
    [OP_sum] = JVP_LINEAR,       [OP_scatter_add] = JVP_LINEAR,  [OP_cumsum] = JVP_LINEAR,
    [OP_stack_sum] = JVP_LINEAR, [OP_cast] = JVP_LINEAR,         [OP_dot] = JVP_PRODUCT,
    [OP_conv] = JVP_PRODUCT,
};

JvpKind rule_jvp(Op op) {
    return jvps[op];
}

Rules *rules_new(Graph *g) {
    Rules *rules = NEW(g->arena, Rules);
    rules->graph = g;
    return rules;
}

/* ---- for the rules ---- */

Node *rule_arg(Rule *r, int i) {
    return mirror_value(r->b, r->mirror, r->node->args[i]);
}
Node *rule_result(Rule *r) {
    return mirror_value(r->b, r->mirror, r->node);
}
const Type *rule_type(const Rule *r, int i) {
    return r->node->args[i]->type;
}

int rule_wants(Rule *r, int i) {
    const Node *arg = r->node->args[i];
    return dtype_is_float(arg->type->dtype) && r->wants(r->sink, arg);
}

void rule_give(Rule *r, int i, Node *cotangent) {
    const Type *want = rule_type(r, i);
    if (cotangent->type->dtype != want->dtype || cotangent->type->rank != want->rank)
        die("the derivative of %s by operand %d is %s, expected %s", op_info(r->node->op)->name, i,
            type_print(r->b->graph->arena, cotangent->type), type_print(r->b->graph->arena, want));
    Part part = {.kind = PART_WHOLE, .value = cotangent};
    r->give(r->sink, r->node->args[i], &part);
}

void rule_give_box(Rule *r, int i, Node *value, Node **starts, const int64_t *steps) {
    Part part = {.kind = PART_BOX, .value = value, .at = starts, .steps = steps};
    r->give(r->sink, r->node->args[i], &part);
}

void rule_give_elements(Rule *r, int i, Node *value, Node **indices, int k) {
    Part part = {.kind = PART_ELEMENTS, .value = value, .at = indices, .k = k};
    r->give(r->sink, r->node->args[i], &part);
}

/* ---- parts ---- */

Node *part_add(Builder *b, Node *base, const Part *part, const Type *type) {
    Node *value = part->value;
    if (part->kind == PART_WHOLE) return base ? sum_of(b, base, value) : value;
    if (part->kind == PART_ELEMENTS) {
        if (!base) base = build_fill(b, type, 0);
        return build_scatter(b, OP_scatter_add, base, part->at, part->k, value);
    }
    if (!base) return build_pad(b, value, part->at, type->dims, part->steps);
    Node *box = build_slice(b, base, part->at, value->type->dims, part->steps);
    Node *sum = build_map2(b, OP_add, build_reshape(b, box, value->type), value);
    return build_slice_update(b, base, sum, part->at, part->steps);
}

/* ---- texts ---- */

/* what a part of a rule is worth: a node, or a number that has no type yet */
typedef struct Term Term;
struct Term {
    Node *node; /* NULL: number */
    double number;
};

static Term walk(Rule *r, const AstExpr *e);

static Term term_node(Node *node) {
    return (Term){node, 0};
}

static Node *term_as(Rule *r, Term t, DType dtype) {
    if (!t.node) return build_number(r->b, dtype, t.number);
    return t.node->type->dtype == dtype ? t.node : build_cast(r->b, t.node, dtype);
}

/* the type that a step is computed in: of f16 and bf16 only the text's result is rounded */
static DType common(const Term *terms, int n) {
    int dtype = -1;
    for (int i = 0; i < n; i++) {
        if (!terms[i].node) continue;
        DType d = terms[i].node->type->dtype;
        dtype = dtype < 0 ? (int)d : (int)dtype_promote((DType)dtype, d);
    }
    return dtype < 0 ? DT_f64 : dtype_wide((DType)dtype);
}

static double fold(AstBinary op, double a, double b) {
    switch (op) {
    case BIN_add:
        return a + b;
    case BIN_sub:
        return a - b;
    case BIN_mul:
        return a * b;
    case BIN_div:
        return a / b;
    case BIN_pow:
        return pow(a, b);
    default:
        die("a derivative's %s of two numbers", ast_binary_text(op));
    }
}

static const char *const binary_rows[BIN_COUNT] = {
    [BIN_add] = "add",
    [BIN_sub] = "sub",
    [BIN_mul] = "mul",
    [BIN_div] = "div",
    [BIN_floordiv] = "floordiv",
    [BIN_mod] = "remainder",
    [BIN_pow] = "pow",
    [BIN_eq] = "eq",
    [BIN_ne] = "ne",
    [BIN_lt] = "lt",
    [BIN_le] = "le",
    [BIN_gt] = "gt",
    [BIN_ge] = "ge",
    [BIN_and] = "logical_and",
    [BIN_or] = "logical_or",
};

static Op row(const char *name) {
    Op op = name ? op_find(name) : OP_COUNT;
    if (op == OP_COUNT || !(op_info(op)->flags & OPF_MAP))
        die("a derivative calls %s, which is no pointwise row", name ? name : "@");
    return op;
}

static Term walk_binary(Rule *r, const AstExpr *e) {
    Term t[2] = {walk(r, e->binary.a), walk(r, e->binary.b)};
    if (!t[0].node && !t[1].node) return (Term){NULL, fold(e->binary.op, t[0].number, t[1].number)};
    DType dtype = common(t, 2);
    Op op = row(binary_rows[e->binary.op]);
    return term_node(build_map2(r->b, op, term_as(r, t[0], dtype), term_as(r, t[1], dtype)));
}

static Term choose(Rule *r, Term cond, Term yes, Term no) {
    Term t[2] = {yes, no};
    DType dtype = yes.node || no.node ? common(t, 2) : r->g->type->dtype;
    Node *args[] = {term_as(r, cond, DT_bool), term_as(r, yes, dtype), term_as(r, no, dtype)};
    return term_node(build_map(r->b, OP_where, args, 3));
}

static Term walk_call(Rule *r, const AstExpr *e) {
    Term t[8];
    Node *args[8];
    int n = e->call.args.n;
    if (e->call.callee->kind != EX_NAME || n < 1 || n > 8) die("a derivative with a strange call");
    for (int i = 0; i < n; i++) t[i] = walk(r, e->call.args.at[i].value);
    Op op = row(e->call.callee->name);
    if (op_info(op)->nargs != n) die("%s called with %d operands", op_info(op)->name, n);
    if (op == OP_where) return choose(r, t[0], t[1], t[2]);
    int typed = 0;
    for (int i = 0; i < n; i++) typed |= t[i].node != NULL;
    DType dtype = typed ? common(t, n) : r->g->type->dtype;
    for (int i = 0; i < n; i++) args[i] = term_as(r, t[i], dtype);
    return term_node(build_map(r->b, op, args, n));
}

static Term walk_name(Rule *r, const char *name) {
    if (name[0] && !name[1]) {
        int i = name[0] - 'a';
        if (i >= 0 && i < 3 && i < r->node->nargs) return term_node(rule_arg(r, i));
        if (name[0] == 'y') return term_node(rule_result(r));
        if (name[0] == 'g') return term_node(r->g);
    }
    if (!strcmp(name, "pi")) return (Term){NULL, 3.14159265358979323846};
    if (!strcmp(name, "inf")) return (Term){NULL, INFINITY};
    if (!strcmp(name, "nan")) return (Term){NULL, NAN};
    die("a derivative of %s uses %s", op_info(r->node->op)->name, name);
}

static Term walk_unary(Rule *r, const AstExpr *e) {
    Term a = walk(r, e->unary.a);
    if (e->unary.op == UN_neg && !a.node) return (Term){NULL, -a.number};
    Op op = e->unary.op == UN_neg ? OP_neg : OP_logical_not;
    return term_node(build_map1(r->b, op, term_as(r, a, common(&a, 1))));
}

static Term walk(Rule *r, const AstExpr *e) {
    switch (e->kind) {
    case EX_NAME:
        return walk_name(r, e->name);
    case EX_INT:
        return (Term){NULL, (double)e->integer};
    case EX_FLOAT:
        return (Term){NULL, e->real};
    case EX_BOOL:
        return (Term){NULL, e->boolean};
    case EX_UNARY:
        return walk_unary(r, e);
    case EX_BINARY:
        return walk_binary(r, e);
    case EX_CALL:
        return walk_call(r, e);
    case EX_CHOOSE: {
        Term cond = walk(r, e->choose.cond), yes = walk(r, e->choose.yes);
        return choose(r, cond, yes, walk(r, e->choose.no));
    }
    default:
        die("a derivative of %s is no expression of values", op_info(r->node->op)->name);
    }
}

static const AstExpr *parsed(Rules *rules, Op op, int i) {
    if (rules->parsed[op][i]) return rules->parsed[op][i];
    Graph *g = rules->graph;
    const char *text = op_info(op)->derivatives[i];
    char *path = arena_printf(g->arena, "ir/ops.def (%s)", op_info(op)->name);
    Source *source = source_new(g->arena, path, text, strlen(text));
    const AstExpr *e = parse_expr(g->arena, g->interner, g->diag, source);
    if (!e) die("the derivative of %s by operand %d cannot be read", op_info(op)->name, i);
    return rules->parsed[op][i] = e;
}

static void apply_text(Rule *r) {
    for (int i = 0; i < r->node->nargs; i++) {
        if (!op_info(r->node->op)->derivatives[i][0] || !rule_wants(r, i)) continue;
        Term t = walk(r, parsed(r->rules, r->node->op, i));
        if (!t.node && t.number == 0) continue;
        Node *node = term_as(r, t, rule_type(r, i)->dtype);
        if (!node->type->rank && rule_type(r, i)->rank)
            node = build_expand(r->b, node, rule_type(r, i));
        rule_give(r, i, node);
    }
}

void rule_apply(Rule *r) {
    int kind = op_info(r->node->op)->derivative_kind;
    if (kind == DERIV_NONE) r->missing = 1;
    if (kind == DERIV_TEXT) apply_text(r);
    if (kind == DERIV_C) {
        if (!vjps[r->node->op]) die("%s has no rule", op_info(r->node->op)->name);
        vjps[r->node->op](r);
    }
}
