/* kernel.h: the kernel IR and the host steps: what fuse.c makes of a graph, plan.c gives memory to, and the emitters read.
   A program is a tree of Blocks (one a region) of Steps in order. A node's value lives in a register of the host function
   (rank 0), in a Buffer (materialised), or nowhere (fused into its users).

   A Kernel is an iteration space of parallel axes (vars 0 … nouter-1) and stages that run for each point of it in order. A
   stage has row axes of its own (vars nouter …), and either reduces an expression over the row into a temporary (used by
   later stages), or stores an expression at each row place. Expressions are dags of pointwise ops over loads; an index
   is an integer expression over the vars, sizes and i64 scalars; views (reshape, permute, slice, pad, window …) exist
   only as index arithmetic and guards. A contraction stage has k axes, two operand expressions and an epilogue. */
#ifndef TGC_CODEGEN_KERNEL_H
#define TGC_CODEGEN_KERNEL_H

#include "ir/graph.h"

typedef struct Buffer Buffer;
struct Buffer {
    int id;                  /* in the program's buffer table */
    const Type *type;        /* contiguous, row-major */
    enum { BUFFER_SLAB, BUFFER_CONST, BUFFER_DATA, BUFFER_TAPE } kind;
    const void *constant;    /* BUFFER_CONST */
    int data_index;          /* BUFFER_DATA */
    const Node *node;        /* who made it, for names and lines */
    Buffer *alias;           /* shares the place of another (in-place update, loop-carried): set by plan.c */
    int64_t offset;          /* set by plan.c: constant part; or a symbolic one in offset_dim */
    const Dim *offset_dim;
    int first, last;         /* live range in step numbers, set by plan.c */
};

/* index expressions: i64 */
typedef struct Ix Ix;
struct Ix {
    enum { IX_DIM, IX_VAR, IX_SCALAR, IX_ADD, IX_MUL, IX_DIV, IX_MOD } kind; /* DIV, MOD: floor, by a positive Dim */
    int var;                 /* IX_VAR: loop variable; IX_SCALAR: index in kernel->scalars (an i64 scalar) */
    const Dim *dim;          /* IX_DIM: value; IX_MUL, IX_DIV, IX_MOD: the right operand */
    const Ix *a, *b;         /* ADD: a + b; MUL, DIV, MOD: a by dim */
};

/* value expressions */
typedef struct Kx Kx;
struct Kx {
    enum {
        KX_LOAD,   /* buffer[index], flat element index */
        KX_SCALAR, /* kernel scalar number `index_of` */
        KX_CONST,  /* node: an OP_const of rank 0 (or one value) */
        KX_INDEX,  /* the index expression as an i64 value */
        KX_MAP,    /* node's op on args */
        KX_CAST,   /* args[0] to dtype */
        KX_GUARD,  /* when every guard lo <= ix < hi holds args[0], else args[1] (NULL: zero); the untaken side loads nothing */
        KX_TEMP,   /* result of stage number `index_of` (at the same outer point), or the contraction's sum in its epilogue */
    } kind;
    DType dtype;
    int index_of;            /* KX_LOAD: which of kernel->buffers; KX_SCALAR; KX_TEMP */
    const Ix *index;         /* KX_LOAD, KX_INDEX */
    Op op;
    const Node *node;
    const Kx *args[4];
    int nargs;
    struct { const Ix *ix; const Dim *lo, *hi; } guards[4];
    int nguards;
    const Ix *trap;          /* KX_GUARD / KX_LOAD: not NULL: outside of the guard sets trap site */
    int trap_site;           /* -1: none */
};

typedef struct Stage Stage;
struct Stage {
    enum { STAGE_REDUCE, STAGE_STORE, STAGE_CONTRACT } kind;
    int nrow;                /* row axes: vars nouter … nouter+nrow-1, for this stage */
    const Dim *row[MAX_RANK];
    Op reduce;               /* STAGE_REDUCE: sum prod amax amin argmax argmin */
    int lanes;               /* STAGE_REDUCE: lanes form (the trailing `ninner` row axes are one inner run) or serial */
    int ninner;
    const Kx *value;         /* REDUCE: what is reduced; STORE: what is stored; CONTRACT: epilogue (KX_TEMP = the sum) */
    int buffer;              /* STORE, CONTRACT: which of kernel->buffers is written */
    const Ix *place;         /* flat element index */
    /* CONTRACT: out[b…, m…, n…] = sum over k… of a·b. Vars: batch axes are the kernel's outer axes, then m, n, k axes. */
    int nm, nn, nk;
    const Dim *m[MAX_RANK], *n[MAX_RANK], *k[MAX_RANK];
    const Kx *a, *b;         /* a over (batch, m, k), b over (batch, n, k) */
    int few;                 /* the `few` form of order.h */
    const Node *node;
};

typedef struct Kernel Kernel;
struct Kernel {
    int id;
    const char *name;        /* "conv2d_relu@lenet.tg:24" */
    int nouter;
    const Dim *outer[MAX_RANK];
    VEC(Stage *) stages;
    VEC(Buffer *) buffers;   /* parameters: one pointer per distinct buffer */
    VEC(int) written;        /* by buffers: 1 when a stage stores into it */
    VEC(Node *) scalars;     /* rank-0 values passed by register */
    VEC(const Size *) sizes;
    int traps;               /* has trap sites: gets the context pointer */
    const Kernel *same_as;   /* equal to an earlier one: emit a call to that */
    const Frame *where;
    void *llvm;              /* the emitter's */
    int emitted_for;
};

typedef struct Step Step;
typedef struct Block Block;
struct Step {
    enum {
        STEP_SCALAR, /* node: rank 0, computed in a register of the host */
        STEP_KERNEL,
        STEP_LIB,    /* node: OPF_LIB: tg_lib_NAME(out, in…) on materialised values; also scatter, scatter_add */
        STEP_COPY,   /* buffer copy: from → to (loop-carried values, exports) */
        STEP_CONTROL,/* node: if for while; blocks are its regions' */
        STEP_EFFECT, /* node: print … bind */
    } kind;
    Node *node;
    Kernel *kernel;
    Buffer *from, *to;
    Block *blocks[2];
    int number;              /* program order, for live ranges */
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
    const Dim *slab_size;
};

/* where a node's value is, kept in node->mark by fuse.c */
typedef struct Place Place;
struct Place {
    enum { PLACE_NONE, PLACE_REGISTER, PLACE_BUFFER, PLACE_FUSED } kind;
    Buffer *buffer;
    void *llvm;              /* the host emitter's alloca */
};

Program *fuse_program(Graph *g);                 /* fuse.c: decides what is materialised, makes blocks, kernels, buffers */
void merge_program(Program *p);                  /* merge.c */
void plan_program(Program *p);                   /* plan.c */
void kernels_print(Program *p, void *file);      /* --emit=kernels */

#endif
