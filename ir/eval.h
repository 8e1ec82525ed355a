/* eval.h: the interpreter. Runs any graph, each node in its own type and rounded to it, sums in the
   fixed order (order.h), so that it gives the same bits as compiled code. Slow and simple on
   purpose.

   Two uses: eval_run runs a program with its effects; eval_node gives the value of one node,
   computing what it needs from constants (and what the options give), and refuses what it cannot
   know instead of stopping. */
#ifndef TGC_IR_EVAL_H
#define TGC_IR_EVAL_H

#include <stdio.h>
#include "ir/graph.h"
#include "runtime/abi.h"

typedef struct Eval Eval;

/* effects as the runtime's functions; see runtime/abi.h */
typedef struct EvalEffects EvalEffects;
struct EvalEffects {
    TgContext *context;
    void (*print)(TgContext *, const TgSite *, const TgPiece *, int64_t, const TgTensor *);
    void (*write)(TgContext *, const TgSite *, const TgPiece *, int64_t, const TgTensor *);
    void (*log)(TgContext *, const TgSite *, const TgPiece *, int64_t, const TgTensor *, int64_t,
                int64_t);
    void (*save)(TgContext *, const TgSite *, const TgPiece *, int64_t, const char *const *,
                 const TgTensor *, int64_t, const TgTensor *);
    void (*load)(TgContext *, const TgSite *, const TgPiece *, int64_t, const char *const *,
                 TgTensor *, int64_t, int64_t, const TgTensor *);
};

typedef struct EvalOptions EvalOptions;
struct EvalOptions {
    const TgTensor *args; /* by index of graph->args, scalars; NULL: arguments are unknown. A str's
                             data is NULL */
    const char *const *arg_texts; /* by index of graph->args: the str arguments; may be NULL */
    const TgTensor *data;         /* by index of graph->data; NULL: data sets are unknown */
    int has_seed;                 /* 0: the seed is unknown */
    int64_t seed;
    const EvalEffects *effects; /* or NULL: print goes to out, log nowhere, files are refused */
    FILE *out;                  /* NULL, and no effects: effects are refused */
    int64_t max_elements;       /* a tensor of more elements is refused (folding); 0: no limit */
    int64_t max_work;           /* nodes evaluated in total; 0: no limit */
};

Eval *eval_new(Graph *g, const EvalOptions *options /* NULL: nothing is known, no effects */);
void eval_free(Eval *e);

/* The whole program. 0: it stopped, eval_error tells why. */
int eval_run(Eval *e);

/* The value of a node of the root region or one around, or of a closed node in any region. NULL: it
   is not known, or computing it would stop the program: eval_error tells. The value lives as long
   as e, or until eval_forget. Values are kept: asking again is cheap. The graph may grow between
   calls. */
const TgTensor *eval_node(Eval *e, Node *node);
void eval_forget(Eval *e);

/* the text of a piece that shows node, in malloc'd memory; NULL: its value is not known */
char *eval_text(Eval *e, const Piece *piece, Node *node);

/* shortcuts for rank 0 integers and bools: 0 when not known */
int eval_int(Eval *e, Node *node, int64_t *value);

void eval_set_size(Eval *e, const Size *size, int64_t value);

const char *eval_error(const Eval *e); /* of the last call that failed; NULL */
const Node *eval_where(const Eval *e); /* the node that it is about; may be NULL */
int eval_trapped(const Eval *e);       /* the program would stop there (as opposed to: not known) */

/* ---- for the runtime ---- */
TgPiece eval_piece(const Piece *p);
TgSite eval_site(const Node *node); /* its place in the user's file; node may be NULL */

#endif
