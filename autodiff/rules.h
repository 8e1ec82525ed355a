/* rules.h: the derivative column of ops.def. Takes a node and the cotangent of its value, gives the cotangents of its operands.
   A rule is tg text, walked here, or vjp_NAME, a C function in rules_*.c. It asks for values by rule_arg and rule_result
   (each use may cost memory: the value is kept for it), and only where an operand is wanted. */
#ifndef TGC_AUTODIFF_RULES_H
#define TGC_AUTODIFF_RULES_H

#include "autodiff/mirror.h"

typedef struct AstExpr AstExpr;

/* parsed rules, each when it is first needed */
typedef struct Rules Rules;
struct Rules {
    Graph *graph;
    const AstExpr *parsed[OP_COUNT][3];
};
Rules *rules_new(Graph *g);

typedef struct Rule Rule;
struct Rule {
    Builder *b; /* where the cotangents go; simplifying */
    Rules *rules;
    Mirror *mirror; /* by which operands are read */
    Node *node;
    Node *g; /* cotangent of the node's value, of its type */
    void *sink;
    int (*wants)(void *sink, const Node *arg);
    void (*give)(void *sink, Node *arg, Node *cotangent);
    int missing; /* set when the op has no derivative */
};

void rule_apply(Rule *r);

/* for the rules */
Node *rule_arg(Rule *r, int i);  /* operand i, where the cotangents go */
Node *rule_result(Rule *r);      /* the node's value there */
int rule_wants(Rule *r, int i);
void rule_give(Rule *r, int i, Node *cotangent);
const Type *rule_type(const Rule *r, int i); /* operand i's type */

/* how the tangent is made from those of the operands */
typedef enum {
    JVP_GENERAL, /* by transposing the reverse rule */
    JVP_LINEAR,  /* the same op on the tangents of all floating operands */
    JVP_PRODUCT, /* the sum over the operands of the op with that one replaced by its tangent */
} JvpKind;
JvpKind rule_jvp(Op op);

#define NONE
#define ZERO
#define D(...)
#define C(name) void vjp_##name(Rule *r);
#define KERN(name, n, types, derivative, samples, flags, doc) derivative
#include "ir/ops.def"
#undef NONE
#undef ZERO
#undef D
#undef C

#endif
