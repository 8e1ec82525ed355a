/* rules.h: the derivative column of ops.def. Takes a node and the cotangent of its value, gives the
   cotangents of its operands. A rule is tg text, walked here, or vjp_NAME, a C function in
   rules_*.c. It asks for values by rule_arg and rule_result (each use may cost memory: the value is
   kept for it), and only where an operand is wanted. */
#ifndef TGC_AUTODIFF_RULES_H
#define TGC_AUTODIFF_RULES_H

#include "autodiff/stack.h"

typedef struct AstExpr AstExpr;

/* parsed rules, each when it is first needed */
typedef struct Rules Rules;
struct Rules {
    Graph *graph;
    const AstExpr *parsed[OP_COUNT][3];
};
Rules *rules_new(Graph *g);

/* a cotangent: a whole one, or one that is zero but for a box or some elements of the operand */
typedef struct Part Part;
struct Part {
    enum { PART_WHOLE, PART_BOX, PART_ELEMENTS } kind;
    Node *value;
    Node **at;            /* PART_BOX: one start an axis; PART_ELEMENTS: the indices of gather */
    int k;                /* PART_ELEMENTS: how many indices */
    const int64_t *steps; /* PART_BOX */
};
/* base with the part added; base NULL: the part alone, of that type */
Node *part_add(Builder *b, Node *base, const Part *part, const Type *type);

typedef struct Rule Rule;
struct Rule {
    Builder *b; /* where the cotangents go; simplifying */
    Rules *rules;
    Mirror *mirror; /* by which operands are read */
    Node *node;
    Node *g; /* cotangent of the node's value, of its type */
    void *sink;
    int (*wants)(void *sink, const Node *arg);
    void (*give)(void *sink, Node *arg, const Part *part);
    int missing; /* set when the op has no derivative */
};

void rule_apply(Rule *r);

/* for the rules */
Node *rule_arg(Rule *r, int i); /* operand i, where the cotangents go */
Node *rule_result(Rule *r);     /* the node's value there */
int rule_wants(Rule *r, int i);
void rule_give(Rule *r, int i, Node *cotangent);
void rule_give_box(Rule *r, int i, Node *value, Node **starts, const int64_t *steps);
void rule_give_elements(Rule *r, int i, Node *value, Node **indices, int k);
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
