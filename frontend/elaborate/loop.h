/* loop.h: run-time loops between their files: loop.c (for over ranges), batches.c, carry.c (what
 * loops carry). */
#ifndef TGC_FRONTEND_ELABORATE_LOOP_H
#define TGC_FRONTEND_ELABORATE_LOOP_H

#include "frontend/elaborate/core.h"

typedef struct Run Run; /* a loop that is being made */
struct Run {
    const AstStmt *stmt;
    const AstBlock *body;
    const AstExpr *cond;                          /* while; NULL otherwise */
    void (*bind)(Elab *e, Run *run, Node *index); /* binds the loop's variables in e->scope */
    Node *lo, *hi, *step;                         /* of a for: i64 scalars */
    Loop *info;
    Scope *scope;
    Flow flow;
    Span span;
    /* batches */
    const Value *tensors;
    int ntensors, is_tuple, numbered, drop_last;
    const Dim *rows, *size;
    int64_t bound;
    Node *order;
    /* carried */
    VEC(Cell *) cells;
    VEC(Value) before; /* with nodes for leaves */
    int exits;         /* break or return inside: it becomes a while */
    Cell *go;          /* while: the condition assigns, so it is carried */
};

/* makes the loop; gives NEXT or MAYBE (a return inside) */
FlowStatus run_loop(Elab *e, Run *run);

typedef VEC(Node *) Nodes;
Value carry_leaves(Elab *e, Value v, Nodes *out, const char *name,
                   Span span); /* literals become nodes */
Value carry_rebuild(Elab *e, Value like, Node *const *nodes, int *at);
/* the leaves of `after`, each of the type of `like`'s; 0 after an error that names the variable */
int carry_match(Elab *e, const Cell *cell, Value like, Value after, Nodes *out, Span span);
FlowStatus batches_loop(Elab *e, const AstStmt *s, const Iter *iter, int numbered);
Loop *loop_info(Elab *e, const AstStmt *s);
const char *pattern_label(const AstStmt *s);

#endif
