/* graph.h: the graph. Nodes stand in their region in topological order; effects happen in the order
   of the list. A node may use any node that stands before it in its own region or, free, in an
   enclosing one. Ids grow along a region's list. Nothing the user wrote is folded or merged before
   gradients are taken. See ops.def for what each op means, build.h for how nodes are made. */
#ifndef TGC_IR_GRAPH_H
#define TGC_IR_GRAPH_H

#include "base/arena.h"
#include "base/diag.h"
#include "base/intern.h"
#include "base/vec.h"
#include "ir/dim.h"
#include "ir/type.h"

typedef enum {
#define MAP(name, n, types, scalar, derivative, samples, doc) OP_##name,
#define KERN(name, n, types, derivative, samples, flags, doc) OP_##name,
#include "ir/ops.def"
    OP_COUNT
} Op;

/* flags of a row */
enum {
    OPF_EFFECT = 1,   /* happens once, in program order, never removed */
    OPF_TRAP = 2,     /* can stop the program (bad index, integer division by zero) */
    OPF_VIEW = 4,     /* only moves elements: an index map, free when fused */
    OPF_CONTROL = 8,  /* has regions */
    OPF_LIB = 16,     /* computed by a C function of runtime/lib.h, here and in programs */
    OPF_LEAF = 32,    /* no operands to compute from: constants, params, arguments */
    OPF_MAP = 64,     /* pointwise: all operands and the result have one shape */
    OPF_REDUCE = 128, /* reduction over attribute axes, kept with length 1 */
    OPF_STACK = 256,  /* on what loops collected, whose slices may differ in shape */
};

typedef struct OpInfo OpInfo;
struct OpInfo {
    const char *name;
    int nargs;                      /* -1: any number */
    const char *types;              /* e.g. "n,n->n"; see ops.def */
    const char *scalar;             /* MAP: the C expression, as text */
    const char *const *derivatives; /* tg text for each operand; NULL: none */
    int derivative_kind;            /* one of DERIV_… */
    int flags;
    const char *samples; /* where tests sample operands, "U(-2, 2)" */
    const char *theme;   /* the part of docs/ops.md that it stands in */
    const char *doc;     /* lines, in the form of docs/adding-an-op.md */
};
enum { DERIV_NONE, DERIV_ZERO, DERIV_TEXT, DERIV_C };
const OpInfo *op_info(Op op);
Op op_find(const char *name); /* OP_COUNT: no such row */

typedef struct ReductionInfo ReductionInfo;
struct ReductionInfo {
    Op join; /* the op of two elements that a reduction repeats */
    enum {
        START_none,
        START_zero,
        START_one,
        START_least,
        START_greatest
    } start; /* of the element type */
};
const ReductionInfo *reduction_info(Op op); /* of a REDUCTION row */

typedef struct Node Node;
typedef struct Region Region;
typedef struct Graph Graph;

/* where a node comes from: its own place and the calls it was reached through */
typedef struct Frame Frame;
struct Frame {
    Span span;
    const Frame *caller; /* NULL: outermost */
};
/* "axis 1 of f32[4, 3]"; of what a permute shows: the axis before it */
const char *node_axis_text(Arena *arena, const Node *x, int axis);
Span frame_user_span(const Frame *where); /* the innermost frame outside std/, else the innermost */

/* Python's format mini-language; type 0: the default (tensor printing rules), 'c': a character code
 */
typedef struct Format Format;
struct Format {
    char fill, align, sign, type;
    int zero, width, comma, digits; /* digits -1: not given */
    int given;                      /* 0: no format: print by the tensor's rules */
};

/* text with run-time parts */
typedef struct Piece Piece;
struct Piece {
    enum { PIECE_TEXT, PIECE_VALUE, PIECE_ARG, PIECE_WHEN, PIECE_UNLESS } kind;
    const char *text; /* PIECE_TEXT */
    int length;       /* of the text; PIECE_WHEN, PIECE_UNLESS: pieces that follow and are shown if
                         the operand is true, or false */
    int index; /* which operand of the node; PIECE_ARG: which `arg … : str` of the program */
    Format format;
};

static inline int piece_has_operand(const Piece *p) {
    return p->kind == PIECE_VALUE || p->kind == PIECE_WHEN || p->kind == PIECE_UNLESS;
}

struct Node {
    Op op;
    int id; /* larger than its operands' ids; unique in the graph */
    const Type
        *type; /* of its only result; NULL for effects without a value and for control nodes */
    Node **args;
    int nargs;
    int64_t *ints; /* attributes: see the op's row */
    int nints;
    const Dim *dim; /* size: the value */
    Size *size; /* bind: what it sets; for/while: the trip count (NULL until something is collected)
                 */
    int follows; /* for: goes as often as the loop did that set its size, which it does not set */
    const void *data; /* const: elements, row-major; type gives how many */
    Piece *pieces;    /* print, assert, record (name), save and load (path) */
    int npieces;
    const char **names; /* save, load: the paths of operands / results */
    int nnames;
    struct Loop
        *loop; /* for: what the user asked of this loop (progress, checkpoint), may be NULL */
    Region **regions;
    int nregions;
    const Type **types; /* control nodes, load: types of the results, read through OP_result */
    int ntypes, captypes;
    Region *region; /* the region it stands in */
    const Frame *where;
    int made;   /* by a simplifying builder: later ones may see through it */
    int group;  /* nodes of different groups are never merged (recompute makes new groups); 0 by
                   default */
    void *mark; /* scratch of the pass at work */
};

/* a loop as the user sees it */
typedef struct Loop Loop;
struct Loop {
    const char *label; /* "epoch", "batches": for progress and profile */
    int progress;      /* shows a progress bar */
    int is_batches;
    Node *items_size; /* batches: i64 scalar, batch size, for the rate */
    int checkpoint;   /* resumable */
    Piece *path;      /* checkpoint path; PIECE_VALUE indices count into path_args */
    int npath;
    Node *every;             /* i64 scalar, NULL: about once a second */
    const char **slot_names; /* names of the carried values, for checkpoint messages; may be NULL */
};

struct Region {
    Region *parent;     /* NULL: the program */
    Node *owner;        /* the control node; NULL: the program, or not attached yet */
    VEC(Node *) params; /* OP_param nodes, also first in nodes */
    VEC(Node *) nodes;
    VEC(Node *) results;
};

typedef struct ArgDecl ArgDecl; /* arg NAME: type = default "help" */
struct ArgDecl {
    const char *name, *help;
    DType dtype;
    int is_str, is_dim, required;
    Size *size;          /* is_dim */
    int64_t default_int; /* bool, integers, dim */
    double default_float;
    const char *default_text;
    Span span;
};

typedef struct DataDecl DataDecl; /* data NAME: type = loader(path, …) */
struct DataDecl {
    const char *name;
    const Type *type;
    const char *loader; /* "idx" "npy" "npz" "csv" "safetensors" "bytes" */
    Piece *path;
    int npath;
    Piece *key; /* npz, safetensors; in path and key a PIECE_VALUE's index is an arg's number */
    int nkey;
    const char **columns; /* csv: names; or */
    int64_t *column_numbers;
    int ncolumns;
    Span span;
};

typedef struct SizeCheck SizeCheck; /* what start-up checks */
enum { CHECK_SIZES = 16 };
struct SizeCheck {
    const Dim *least; /* must not be negative; of at most CHECK_SIZES sizes */
    const char *what; /* otherwise: the message, without the sizes' values */
    const Frame *where;
};

struct Graph {
    Arena *arena;
    Interner *interner;
    Diag *diag;
    Dims *dims;
    Types *types;
    Region *root;
    VEC(ArgDecl *) args;
    VEC(DataDecl *) data;
    VEC(SizeCheck) checks;
    VEC(const Source *) imports; /* the user's other files */
    int next_id;
    int next_group;
    int level;             /* how far passes have come: what verify checks (passes.def) */
    VEC(Region *) regions; /* all that were made, in that order; owner NULL: still being filled */
    int check_bounds; /* kernels check each load and store against its buffer (--check=bounds) */
};

Graph *graph_new(Arena *arena, Interner *interner, Diag *diag);
Region *region_new(Graph *g, Region *parent);
/* makes a node at the end of region; in front of that node (then graph_renumber is due); or reading
   result index of a control node, right after it (ids stay in order) */
Node *node_new(Graph *g, Region *region, Op op, const Type *type, Node *const *args, int nargs,
               const Frame *where);
Node *node_new_before(Graph *g, Node *before, Op op, const Type *type, Node *const *args, int nargs,
                      const Frame *where);
Node *node_new_result(Graph *g, Node *control, int index);
void node_set_ints(Graph *g, Node *node, const int64_t *ints, int n);
/* control nodes: adds a result of that type; returns its index. Reading it is build_result(). */
int node_add_result(Graph *g, Node *node, const Type *type);
void graph_renumber(Graph *g); /* ids in program order again, after nodes were moved or inserted */
int region_encloses(const Region *outer, const Region *inner); /* outer is inner or around it */
/* calls f for each node, regions inside out or outside in */
void graph_each(Region *r, void (*f)(Node *, void *), void *data);
void graph_print(Graph *g, Region *r, void *file); /* FILE * */
void graph_dot(Graph *g, void *file);
/* checks all that this page and ops.def promise; die()s naming the pass */
void graph_verify(Graph *g, const char *after);

#endif
