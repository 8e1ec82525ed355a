/* eval_impl.h: what the files of the interpreter share. */
#ifndef TGC_IR_EVAL_IMPL_H
#define TGC_IR_EVAL_IMPL_H

#include <setjmp.h>
#include <stdlib.h>
#include <string.h>
#include "ir/eval.h"

/* A value: a tensor whose memory is its own or base's, or (items) what a loop collected, one value
   an iteration: slices may differ in shape when a size changes during the loop. */
typedef struct Value Value;
struct Value {
    TgTensor t;
    int refs;
    Value *base;
    Value **items;
    int64_t nitems;
    Value *next, *previous; /* all that live */
};

typedef struct Slot Slot; /* the values of a node: several for control nodes and load */
struct Slot {
    const Node *node;
    Value **values;
    int n;
    int busy; /* being computed */
};

struct Eval {
    Graph *graph;
    EvalOptions options;
    Value *values; /* all that live */
    Slot *slots;   /* open addressing, cap is a power of two */
    int nslots, cap;
    int64_t *sizes;
    char *known; /* sizes[i] is known */
    int nsizes;
    int64_t work;
    TgSite site; /* of the effect at work */
    jmp_buf *out;
    char error[512];
    const Node *where;
    int failed, trapped;
    int running; /* the whole program: loops that did not run have gone 0 times */
};

/* ---- eval.c ---- */
_Noreturn void eval_stop(Eval *e, const Node *node, int trap, const char *format, ...)
    __attribute__((format(printf, 4, 5)));
/* a slice of so many elements along an axis of the node's first operand that begins at a place
   outside of the n there are */
_Noreturn void eval_outside(Eval *e, const Node *node, int axis, int64_t length, int64_t at,
                            int64_t n);
Value *eval_need(Eval *e, Node *node); /* borrowed: the slot holds it */
void eval_keep(Eval *e, const Node *node, int index, int count,
               Value *value); /* takes the reference over */
void eval_clear_region(Eval *e, const Region *r);
int64_t eval_dim(Eval *e, const Node *node, const Dim *dim);
void eval_dims(Eval *e, const Node *node, const Type *type, int64_t *dims);
void eval_know(Eval *e, const Size *size, int64_t value);
int64_t eval_scalar(Eval *e, Node *node); /* rank 0 integer or bool */
void eval_exec(Eval *e, Node *node);      /* computes a node into its slot */

/* ---- eval_value.c ---- */
Value *value_new(Eval *e, const Node *node, int64_t dtype, int64_t rank,
                 const int64_t *dims);           /* zeroed */
Value *value_of_type(Eval *e, const Node *node); /* of the node's type */
Value *value_share(Eval *e, Value *of, int64_t rank,
                   const int64_t *dims); /* the same elements in another shape */
Value *value_list(Eval *e, int64_t n);   /* items to be filled */
Value *value_ref(Value *v);
void value_drop(Eval *e, Value *v);
Value *value_cast(Eval *e, const Node *node, Value *v,
                  DType to); /* a new reference; v itself when of that type */
Value *value_dense(Eval *e, const Node *node, Value *v); /* borrowed; a list is joined in place */
Value *value_slice(Eval *e, const Node *node, Value *v,
                   int64_t i); /* of the leading axis; a new reference */
int64_t value_count(const Value *v);
int64_t value_bytes(int64_t dtype);
int64_t value_get_int(const Value *v, int64_t i);

/* ---- one function a KERN row: gives the node's value, a new reference; NULL for effects and
   control nodes, which keep their results themselves ---- */
typedef Value *EvalRow(Eval *e, Node *node, Value **args);
#define MAP(name, n, types, scalar, derivative, samples, doc)
#define KERN(name, n, types, derivative, samples, flags, doc) EvalRow eval_##name;
#include "ir/ops.def"
Value *eval_map_row(Eval *e, Node *node, Value **args);

#endif
