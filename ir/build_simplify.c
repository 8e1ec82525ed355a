/* build_simplify.c: identities for adjoint nodes, applied as they are made (without them second
   derivatives explode). Takes what a node would be, gives the older or simpler node that it is
   worth, or NULL. A zero counts as zero even times infinity only where it stands for "no gradient"
   (build_fill by a simplifying builder): as PyTorch's undefined one does. */
#include "ir/build_impl.h"
#include "ir/number.h"

Node *node_fill(const Node *node) {
    while (node->op == OP_expand || node->op == OP_reshape || node->op == OP_permute)
        node = node->args[0];
    return node->op == OP_const && node->type->rank == 0 ? (Node *)node : NULL;
}

/* Derivatives are by value: until they are taken, only what a simplifying builder made is seen
   through, never what the user wrote (x may be ones, or a view: a later derivative is by it). */
static int opens(const Builder *b, const Node *node) {
    return node->made || b->graph->level > 0;
}

static Node *fill_of(const Builder *b, const Node *node) {
    const Node *number = node_fill(node);
    for (const Node *at = node; number; at = at->args[0]) {
        if (!opens(b, at)) return NULL;
        if (at == number) break;
    }
    return (Node *)number;
}

static int is_fill(const Builder *b, const Node *node, double value) {
    const Node *number = fill_of(b, node);
    return number && number_load(number->type->dtype, number->data) == value;
}

static int no_gradient(const Node *node) {
    const Node *number = node_fill(node);
    return number && number->nints == 1 && number->ints[0] == CONST_NO_GRADIENT;
}

/* x itself where it has just the type asked for; axis names count until gradients are taken */
static Node *just(Builder *b, Node *x, const Type *type) {
    int names_matter = b->graph->level == 0;
    if (x->type == type) return x;
    return !names_matter && x->type->dtype == type->dtype && type_same_shape(x->type, type) ? x
                                                                                            : NULL;
}

static Node *zero(Builder *b, const Type *type) {
    return build_fill(b, type, 0);
}

/* the same number in another shape */
static Node *refill(Builder *b, const Node *x, const Type *type) {
    Node *number = fill_of(b, x);
    if (!number) return NULL;
    return type->rank ? build_expand(b, number, type) : number;
}

/* ---- pointwise ---- */

static Node *simple_add(Builder *b, const Shape *s, const Type *type) {
    if (is_fill(b, s->args[1], 0)) return just(b, s->args[0], type);
    return is_fill(b, s->args[0], 0) ? just(b, s->args[1], type) : NULL;
}

static Node *simple_sub(Builder *b, const Shape *s, const Type *type) {
    if (is_fill(b, s->args[1], 0)) return just(b, s->args[0], type);
    return is_fill(b, s->args[0], 0) ? build_map1(b, OP_neg, s->args[1]) : NULL;
}

static Node *simple_mul(Builder *b, const Shape *s, const Type *type) {
    if (no_gradient(s->args[0]) || no_gradient(s->args[1])) return zero(b, type);
    if (is_fill(b, s->args[1], 1)) return just(b, s->args[0], type);
    return is_fill(b, s->args[0], 1) ? just(b, s->args[1], type) : NULL;
}

static Node *simple_div(Builder *b, const Shape *s, const Type *type) {
    if (no_gradient(s->args[0])) return zero(b, type);
    return is_fill(b, s->args[1], 1) ? just(b, s->args[0], type) : NULL;
}

static Node *simple_neg(Builder *b, const Shape *s, const Type *type) {
    const Node *x = s->args[0];
    if (no_gradient(x)) return zero(b, type);
    return x->op == OP_neg && opens(b, x) ? just(b, x->args[0], type) : NULL;
}

static Node *simple_where(Builder *b, const Shape *s, const Type *type) {
    if (s->args[1] == s->args[2]) return just(b, s->args[1], type);
    return no_gradient(s->args[1]) && no_gradient(s->args[2]) ? zero(b, type) : NULL;
}

static Node *simple_cast(Builder *b, const Shape *s, const Type *type) {
    Node *x = s->args[0];
    const Node *number = fill_of(b, x);
    if (x->type == type) return x;
    if (no_gradient(x)) return zero(b, type);
    if (!number || !dtype_is_float(number->type->dtype) || !dtype_is_float(type->dtype))
        return NULL;
    return build_fill(b, type, number_load(number->type->dtype, number->data));
}

/* ---- views ---- */

static Node *simple_reshape(Builder *b, const Shape *s, const Type *type) {
    Node *x = s->args[0];
    if (just(b, x, type)) return x;
    if (fill_of(b, x)) return refill(b, x, type);
    return x->op == OP_reshape && opens(b, x) ? build_reshape(b, x->args[0], type) : NULL;
}

static Node *simple_permute(Builder *b, const Shape *s, const Type *type) {
    Node *x = s->args[0];
    int perm[MAX_RANK], same = 1;
    for (int i = 0; i < s->nints; i++) same = same && s->ints[i] == i;
    if (same) return x;
    if (fill_of(b, x)) return refill(b, x, type);
    if (x->op != OP_permute || !opens(b, x)) return NULL;
    for (int i = 0; i < s->nints; i++) perm[i] = (int)x->ints[s->ints[i]];
    return build_permute(b, x->args[0], perm);
}

static Node *simple_expand(Builder *b, const Shape *s, const Type *type) {
    Node *x = s->args[0];
    if (just(b, x, type)) return x;
    if (fill_of(b, x) && x->type->rank) return refill(b, x, type);
    return x->op == OP_expand && opens(b, x) ? build_expand(b, x->args[0], type) : NULL;
}

static int is_zero_int(const Node *node) {
    return node->op == OP_const && node->type->rank == 0 && *(const int64_t *)node->data == 0;
}

/* the box of type is all of outer */
static int whole_box(const Shape *s, const Type *outer, const Type *inner) {
    for (int i = 0; i < s->nints; i++)
        if (s->ints[i] != 1 || !is_zero_int(s->args[1 + i]) || outer->dims[i] != inner->dims[i])
            return 0;
    return 1;
}

static int same_start(const Node *a, const Node *b) {
    return a == b || (a->op == OP_const && b->op == OP_const &&
                      *(const int64_t *)a->data == *(const int64_t *)b->data);
}

static Node *simple_slice(Builder *b, const Shape *s, const Type *type) {
    Node *x = s->args[0];
    if (whole_box(s, x->type, type)) return just(b, x, type);
    if (no_gradient(x)) return zero(b, type);
    if (x->op != OP_pad || x->args[0]->type != type || !opens(b, x)) return NULL;
    for (int i = 0; i < s->nints; i++)
        if (s->ints[i] != x->ints[i] || !same_start(s->args[1 + i], x->args[1 + i])) return NULL;
    return x->args[0];
}

static Node *simple_pad(Builder *b, const Shape *s, const Type *type) {
    Node *x = s->args[0];
    if (whole_box(s, type, x->type)) return just(b, x, type);
    return no_gradient(x) ? zero(b, type) : NULL;
}

static Node *simple_flip(Builder *b, const Shape *s, const Type *type) {
    Node *x = s->args[0];
    if (s->nints == 0) return x;
    if (fill_of(b, x)) return refill(b, x, type);
    if (x->op != OP_flip || x->nints != s->nints || !opens(b, x)) return NULL;
    for (int i = 0; i < s->nints; i++)
        if (x->ints[i] != s->ints[i]) return NULL;
    return x->args[0];
}

static Node *simple_cat(Builder *b, const Shape *s, const Type *type) {
    if (s->nargs == 1) return just(b, s->args[0], type);
    for (int i = 0; i < s->nargs; i++)
        if (!no_gradient(s->args[i])) return NULL;
    return zero(b, type);
}

/* ---- the rest ---- */

static Node *simple_sum(Builder *b, const Shape *s, const Type *type) {
    Node *x = s->args[0];
    return no_gradient(x) ? zero(b, type) : just(b, x, type); /* all axes had length 1 */
}

/* linear in the first operand */
static Node *simple_linear(Builder *b, const Shape *s, const Type *type) {
    return no_gradient(s->args[0]) ? zero(b, type) : NULL;
}

static Node *simple_product(Builder *b, const Shape *s, const Type *type) {
    return no_gradient(s->args[0]) || no_gradient(s->args[1]) ? zero(b, type) : NULL;
}

static Node *simple_scatter_add(Builder *b, const Shape *s, const Type *type) {
    return no_gradient(s->args[s->nargs - 1]) ? just(b, s->args[0], type) : NULL;
}

typedef Node *Rule(Builder *, const Shape *, const Type *);
typedef struct Identity Identity;
struct Identity {
    Rule *rule;
    int exact; /* changes no bit where no zero stands for "no gradient" */
};
static const Identity identities[OP_COUNT] = {
    [OP_add] = {simple_add, 0},         [OP_sub] = {simple_sub, 0},
    [OP_mul] = {simple_mul, 0},         [OP_div] = {simple_div, 0},
    [OP_neg] = {simple_neg, 1},         [OP_where] = {simple_where, 1},
    [OP_cast] = {simple_cast, 1},       [OP_reshape] = {simple_reshape, 1},
    [OP_permute] = {simple_permute, 1}, [OP_expand] = {simple_expand, 1},
    [OP_slice] = {simple_slice, 1},     [OP_pad] = {simple_pad, 1},
    [OP_flip] = {simple_flip, 1},       [OP_cat] = {simple_cat, 1},
    [OP_sum] = {simple_sum, 0},         [OP_gather] = {simple_linear, 0},
    [OP_window] = {simple_linear, 0},   [OP_unwindow] = {simple_linear, 0},
    [OP_cumsum] = {simple_linear, 0},   [OP_scatter_add] = {simple_scatter_add, 0},
    [OP_dot] = {simple_product, 0},     [OP_conv] = {simple_product, 0},
};

Node *build_simplified(Builder *b, const Shape *s, const Type *type) {
    Rule *rule = identities[s->op].rule;
    return rule ? rule(b, s, type) : NULL;
}

Node *build_simplified_exact(Builder *b, const Shape *s, const Type *type) {
    return identities[s->op].exact ? identities[s->op].rule(b, s, type) : NULL;
}
