/* stack.c: see stack.h. Zeros are shaped like a value that is there: sizes that change from slice
   to slice are known to nobody else. */
#include "autodiff/stack.h"

#include "autodiff/rules.h"
#include "ir/shape.h"

Node *as_type(Builder *b, Node *x, const Type *type) {
    if (x->type == type) return x;
    if (shape_varies(type)) return build_op(b, OP_stack_sum, &x, 1, NULL, 0, type);
    return build_reshape(b, x, type);
}

Node *alias(Builder *b, Node *x) {
    Builder plain = *b;
    plain.simplify = 0;
    if (shape_varies(x->type)) return build_op(&plain, OP_stack_sum, &x, 1, NULL, 0, x->type);
    return build_reshape(&plain, x, x->type);
}

/* the value farthest out that has node's shape: what a loop carries was shaped like that before */
static Node *shaped_like(Node *node) {
    for (;;) {
        const Region *r = node->region;
        const Node *c = node->op == OP_result ? node->args[0] : r->owner;
        int k = (int)(node->nints ? node->ints[0] : 0);
        if ((node->op == OP_stack_sum && node->nargs) || node->op == OP_stack_zeros)
            node = node->args[0];
        else if (node->op == OP_result && c->op == OP_for && k < c->ints[0])
            node = c->args[3 + k];
        else if (node->op == OP_result && c->op == OP_while && k < c->ints[0])
            node = c->args[k];
        else if (node->op == OP_param && c && c->op == OP_for && k > 0 && k <= c->ints[0])
            node = c->args[2 + k];
        else if (node->op == OP_param && c && c->op == OP_while)
            node = c->args[k];
        else
            return node;
    }
}

Node *zeros(Builder *b, Mirror *m, Node *node) {
    mirror_type(b, m, node->type);
    if (!shape_varies(node->type)) return build_fill(b, node->type, 0);
    Node *like = mirror_value(b, m, shaped_like(node));
    return as_type(b, build_op(b, OP_stack_zeros, &like, 1, NULL, 0, NULL), node->type);
}

Node *sum_of(Builder *b, Node *x, Node *y) {
    if (!shape_varies(x->type)) return build_map2(b, OP_add, x, y);
    Node *both[] = {x, y};
    if (x->op == OP_stack_zeros) return y;
    if (y->op == OP_stack_zeros) return x;
    return build_op(b, OP_stack_sum, both, 2, NULL, 0, x->type);
}

void vjp_stack_sum(Rule *r) {
    for (int i = 0; i < r->node->nargs; i++) rule_give(r, i, as_type(r->b, r->g, rule_type(r, i)));
}
