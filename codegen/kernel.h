/* kernel.h: the kernel IR and the host steps: what fuse.c makes of a graph, plan.c gives memory to,
   and the emitters read. A program is a tree of Blocks (one a region) of Steps in order. A node's
   value lives in a register of the host function (rank 0), in a Buffer (materialised), or nowhere
   (fused into its users).

   A Kernel is an iteration space of parallel axes (vars 0 … nouter-1) and stages that run for each
   point of it in order. A stage has row axes of its own (vars nouter …), and either reduces an
   expression over the row into a temporary (used by later stages), or stores expressions at each
   row place. Expressions are dags of pointwise ops over loads; an index is an integer expression
   over the vars, sizes and i64 scalars; views (reshape, permute, slice, pad, window …) exist only
   as index arithmetic and guards. A contraction stage has k axes, two operand expressions and an
   epilogue. */
#ifndef TGC_CODEGEN_KERNEL_H
#define TGC_CODEGEN_KERNEL_H

#include "ir/graph.h"

typedef struct Ix Ix;
typedef struct IxAtom IxAtom;
typedef struct Kx Kx;
typedef struct Kernel Kernel;

/* Memory. A SLOT is one iteration's slice of another buffer (of: the stack that a loop collects
   into, or the scanned input): its place is that of `of` plus t * bytes of its own type, t the
   iteration's number (0 …) of loop. */
typedef struct Buffer Buffer;
struct Buffer {
    int id;           /* in the program's buffer table */
    const Type *type; /* contiguous, row-major */
    enum {
        BUFFER_SLAB,
        BUFFER_CONST,
        BUFFER_DATA,
        BUFFER_TAPE,
        BUFFER_SLOT
    } kind;               /* TAPE: the trip count has no bound */
    const void *constant; /* BUFFER_CONST */
    int data_index;       /* BUFFER_DATA */
    Buffer *of;           /* BUFFER_SLOT */
    const Node *loop;     /* BUFFER_SLOT; BUFFER_TAPE: the loop that fills it */
    const Node *node;     /* who made it, for names and lines */
    Buffer *alias;  /* shares the place of another (in-place update, loop-carried): set by plan.c */
    int64_t offset; /* set by plan.c: constant part; or a symbolic one in offset_dim */
    const Dim *offset_dim;
    int first, last;   /* live range in step numbers, set by plan.c */
    const Dim *bytes;  /* set by plan.c: what it takes at most; NULL: only known where it is made
                          (memory of its own) */
    const Dim *stride; /* a stack: bytes from slot to slot; NULL: ragged. plan.c */
    int depth; /* ragged: how many tables of pointers lie above the elements; 0: not. plan.c */
};

/* Index expressions: i64, a linear form base + sum of by * atom, interned per kernel: equal forms
   are one pointer. Atoms are sorted by id. */
typedef struct IxTerm IxTerm;
struct IxTerm {
    const IxAtom *atom;
    const Dim *by;
};
struct Ix {
    int id;
    uint64_t vars; /* which loop variables it depends on */
    const Dim *base;
    int nterms;
    const IxTerm *terms;
};
struct IxAtom {
    enum {
        IX_VAR,    /* loop variable `var`, 0 ≤ var < extent */
        IX_SCALAR, /* kernel->scalars[var] (i64), 0 ≤ it < extent (a slice's start: outside, the
                      trap site is set and it is 0) */
        IX_VALUE,  /* value (an i64 Kx); negative: + extent; outside: the trap site is set and it is
                      0 (gather, scatter) */
        IX_DIV,    /* a // by, floor, by > 0 */
        IX_MOD,    /* a % by */
    } kind;
    int id;
    int var;
    uint64_t vars;
    const Dim *extent; /* VAR, SCALAR (NULL: any value), VALUE */
    const Ix *a;
    const Dim *by;
    const Kx *value;
    const Dim *only_if; /* SCALAR: checked only when this (the slice's number of elements) is > 0;
                           NULL: always */
    int trap_site;      /* SCALAR, VALUE; -1: none */
};

typedef struct KxGuard KxGuard; /* lo <= ix < hi */
struct KxGuard {
    const Ix *ix;
    const Dim *lo, *hi;
};
enum { MAX_GUARDS = 2 * MAX_RANK };

/* Value expressions, interned per kernel */
struct Kx {
    enum {
        KX_LOAD,   /* buffers[index_of] at flat element index */
        KX_SCALAR, /* kernel scalar number `index_of` */
        KX_CONST,  /* node: an OP_const; its first element */
        KX_INDEX,  /* the index expression as an i64 value */
        KX_MAP,   /* op on args; dtype is the result's; trap_site >= 0: set where tg_bad_ says so */
        KX_CAST,  /* args[0] to dtype */
        KX_GUARD, /* when every guard holds args[0], else args[1] (nargs 1: zero); the untaken side
                     loads and traps nothing */
        KX_TEMP,  /* result of the stage whose temp is `index_of` (at the same outer point); in a
                     contraction's stores: its sum */
    } kind;
    int id;
    DType dtype;
    int index_of;
    uint64_t vars;   /* which loop variables it depends on */
    const Ix *index; /* KX_LOAD, KX_INDEX */
    Op op;
    const Node *node;
    const Kx *args[4];
    int nargs;
    const KxGuard *guards;
    int nguards;
    int trap_site;
    int cost; /* of computing it once, about in nanoseconds / 16 */
};

typedef struct Store Store;
struct Store {
    const Kx *value;
    int buffer;      /* which of kernel->buffers */
    const Ix *place; /* flat element index */
};
enum { MAX_STORES = 8 };

typedef struct Stage Stage;
struct Stage {
    enum { STAGE_REDUCE, STAGE_STORE, STAGE_CONTRACT } kind;
    int nrow; /* row axes: vars nouter … nouter+nrow-1, for this stage; CONTRACT: nm + nn + nk */
    const Dim *row[3 * MAX_RANK];
    int temp;    /* REDUCE, CONTRACT: the number that KX_TEMP knows it by */
    Op reduce;   /* STAGE_REDUCE: sum prod amax amin argmax argmin */
    DType dtype; /* of the temporary: the reduction's or the contraction's result (rounded to it) */
    int lanes; /* REDUCE: 1 the lanes form: the last row axis is the inner run, those before it are
                  outer; 0 serial */
    int plain; /* REDUCE, serial: one after the other, without blocks (unwindow) */
    const Kx *value;          /* REDUCE: what is reduced */
    Store stores[MAX_STORES]; /* STORE, CONTRACT (its epilogues, over outer, m and n) */
    int nstores;
    int serial; /* STORE: row places in row-major order, one after the other (scatter); with `lanes`
                   the last axis alone is free */
    /* CONTRACT: out[b…, m…, n…] = sum over k… of a·b. Batch axes are the kernel's outer axes; row
     * axes: m, then n, then k. */
    int nm, nn, nk;
    const Kx *a, *b; /* a over (batch, m, k), b over (batch, n, k); both of dtype operand */
    DType operand;
    int few; /* the `few` form of order.h */
    const Node *node;
};

/* where the host's lo … hi runs */
typedef enum { RANGE_NONE, RANGE_OUTER, RANGE_M, RANGE_N } Range;

struct Kernel {
    int id;
    const char *name; /* "conv2d_relu@lenet.tg:24" */
    int nouter;
    const Dim *outer[MAX_RANK];
    int across; /* lanes run over the last outer axis (serial reductions, pointwise, reductions in
                   lanes of one row axis of a literal length ≤ 16); 0: over each stage's last row
                   axis */
    VEC(Stage *) stages;
    VEC(Buffer *) buffers; /* parameters: one pointer per distinct buffer */
    VEC(int) written;      /* by buffers: 1 when a stage stores into it */
    VEC(int)
    overlay; /* by buffers: for one that is read, the index of the written buffer that may lie over
                it, else -1 */
    VEC(Node *) scalars; /* rank-0 values passed by register, as stored (bool i8; f16, bf16 i16) */
    VEC(const Size *) sizes; /* passed as i64 */
    int traps;               /* has trap sites: gets the context pointer */
    int bounds_site;         /* of accesses outside of a buffer (--check=bounds); -1: not checked */
    Range range;       /* what lo, hi count: 0 … 1, outer[0], or the flattened m or n axes of its
                          contraction */
    const Dim *extent; /* hi of the whole range; NULL: 1 */
    int64_t grain;     /* range elements a chunk for tgrt_parallel; 0: never worth threads */
    const Dim *work;   /* about how many elementary steps all of it takes */
    int small;         /* known to be a few operations */
    int looped_calls;  /* steps in loops that call it; inline.c */
    int inlined;       /* into the host function; inline.c */
    const Kernel *same_as; /* equal to an earlier one: emit a call to that */
    VEC(Kernel *) joined;  /* the leaves after the first that it computes too: merge.c */
    const Frame *where;
    void *llvm; /* the emitter's */
    int emitted_for;
    void *table; /* fuse.c's: interned Ix and Kx */
};

typedef struct Step Step;
typedef struct Block Block;
struct Step {
    enum {
        STEP_SCALAR, /* node: rank 0, computed in a register of the host by its op (const size arg
                        seed, MAP, cast, detach, a result of a control node, a view of rank 0); or,
                        with `from`, loaded from its element number `element` */
        STEP_KERNEL,
        STEP_LIB,  /* node: OPF_LIB: tg_lib_NAME(to, args…) on registers and materialised values;
                      OPF_STACK: tgrt_NAME */
        STEP_COPY, /* buffer copy: from → to, the same type's count (loop-carried values, exports,
                      updated tensors) */
        STEP_CONTROL, /* node: if for while; blocks are its regions' */
        STEP_EFFECT, /* node: print … bind. load: `results` were filled with the operands before */
    } kind;
    Node *node;
    Kernel *kernel;
    Buffer *from, *to;
    int64_t element;
    int trap_site; /* STEP_SCALAR of a MAPT row: set where tg_bad_ says so; else -1 */
    Block *blocks[2];
    /* CONTROL, load: by result, the buffer (NULL: rank 0). A loop's carried value has one buffer:
       its parameter, its final result; initial values and the body's results are copied there by
       STEP_COPYs before the loop and at the body's end (plan.c drops those that it makes one
       place). A collected result is the stack: values of rank > 0 are written through SLOTs by the
       body's own steps; those of rank 0 the host stores at the body's end. An if's branches end
       with copies likewise. */
    VEC(Buffer *) results;
    VEC(Buffer *)
    scanned; /* for: by scanned input, the stack it reads (its params are SLOTs of it; those of rank
                0 the host loads) */
    int number; /* program order, for live ranges */
};
struct Block {
    Region *region;
    VEC(Step *) steps;
};

typedef struct Program Program;
struct Program {
    Graph *graph;
    Block *block;
    VEC(Buffer *) buffers;
    VEC(Kernel *) kernels;
    VEC(const Frame *) trap_frames; /* trap sites */
    VEC(const char *) trap_texts;
    VEC(int) trap_orders;    /* by site: of its node, in the program */
    int *trap_places;        /* by site: its number in the table, which is in that order: the first
                                that went wrong is reported */
    int apart;               /* each place keeps a kernel of its own (-g) */
    const Dim *slab_size;    /* set by plan.c, as what follows */
    const Step *checkpoint;  /* the checkpoint loop, NULL: none */
    const uint64_t *resumed; /* set of buffers, by id: what its iterations start from */
};

/* where a node's value is, kept in node->mark by fuse.c (NULL: nobody needs it) */
typedef struct Place Place;
struct Place {
    enum { PLACE_NONE, PLACE_REGISTER, PLACE_BUFFER, PLACE_FUSED } kind;
    Buffer *buffer;
    void *llvm; /* the host emitter's alloca */
    void *fuse; /* fuse.c's */
};

Program *
fuse_program(Graph *g); /* fuse.c: decides what is materialised, makes blocks, kernels, buffers */
void plan_program(Program *p);              /* plan.c; neighbouring leaves become one kernel */
void merge_program(Program *p);             /* merge.c: equal kernels (same_as) */
void inline_program(Program *p);            /* inline.c: which kernels the host function holds */
void kernels_print(Program *p, void *file); /* --emit=kernels */

#endif
