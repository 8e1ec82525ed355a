/* fuse.h: what the files of fusion share. fuse.c walks the regions and makes steps; checks.c adds
   what must be computed for its checks; decide.c says which values are materialised; group.c
   gathers materialised values (roots) into kernels-to-be (groups); lower*.c turn a node at an index
   into an expression; build.c makes a group a Kernel; control.c does loops and branches. */
#ifndef TGC_CODEGEN_FUSE_H
#define TGC_CODEGEN_FUSE_H

#include "codegen/expr.h"
#include "ir/order.h"

typedef struct Info Info;
typedef struct Group Group;
typedef struct Root Root;
typedef struct Fuse Fuse;

/* what fusion knows of a node; node->mark points to its first member */
struct Info {
    Place place;
    Node *node;
    int uses;             /* by nodes and region results */
    int required;         /* somebody needs it in memory: effects, control, library functions … */
    int often;            /* somebody reads an element many times */
    int away;             /* somebody in a deeper loop uses it */
    int root;             /* a group computes it */
    int needed;           /* its buffer is read: known once all later groups were lowered */
    int cost, ops;        /* of computing an element from what is in memory */
    int ready;            /* number of the step that gives it; -1: from the start */
    int uniform;          /* OP_const: 1 all elements equal, -1 not */
    int trap_site;        /* -1: none yet */
    Group *group;         /* of a root */
    int member;           /* index in group->members */
    VEC(Group *) readers; /* groups whose expressions load it: the last few */
    int order;            /* in fuse->infos: the program's */
    int reach;            /* order of the last that reads it, also by what it is fused into */
    VEC(int) updates;     /* order of those that may lie over it */
    int seen;             /* mark of walks */
};

/* One value that a group computes. */
struct Root {
    enum {
        ROOT_POINT,
        ROOT_REDUCE,
        ROOT_CONTRACT,
        ROOT_PIECE,
        ROOT_UPDATE,
        ROOT_SCATTER,
        ROOT_WINDOWS
    } kind;
    Node *node;  /* whose buffer is stored to */
    Node *value; /* whose expression is stored: the node, a piece of a cat, the new part of an
                    update */
    int piece;   /* ROOT_PIECE: which operand */
    int stage;   /* KX_TEMP's number */
};

/* A kernel-to-be: an iteration space (axes that are not of literal length 1), which of its axes are
 * row axes, and roots. */
struct Group {
    int id;
    enum { GROUP_POINT, GROUP_REDUCE, GROUP_CONTRACT, GROUP_SPECIAL } kind;
    Block *block;
    Step *step;  /* where it runs */
    int number;  /* of that step */
    int effects; /* effects before it in its block */
    int binds;   /* sizes set before it: others may have changed since */
    int rank;
    const Dim *axes[MAX_RANK];
    int is_row[MAX_RANK];
    int across;
    int split;           /* conv with groups: this axis is two variables, -1: none */
    const Dim *split_by; /* the second one's extent */
    VEC(Root) members;
    int traps;
};

struct Fuse {
    Graph *graph;
    Arena *arena;
    Program *program;
    VEC(Node *) checked; /* nodes computed for what they check */
    VEC(Info *) infos;
    VEC(Group *) groups;
    Block *block; /* being filled */
    int effects;  /* met so far in it */
    int binds;    /* met so far */
    int numbers;  /* steps made */
    int walk;     /* number of the last walk */
};

/* lowering into one kernel */
typedef struct LowerMemo LowerMemo;
typedef struct Lower Lower;
struct Lower {
    Fuse *fuse;
    Exprs *t;
    Kernel *kernel;
    Group *group; /* its members are temporaries or expressions; NULL: none */
    Pool memo;
    int trial;          /* nothing is noted as needed */
    int failed;         /* a member was wanted at another place */
    uint64_t temp_vars; /* what temporaries depend on */
    Buffer *update_from,
        *update_to; /* an update reads its own place from the new buffer: see build.c */
    const Ix *update_place;
};

static inline Info *info_of(const Node *node) {
    return (Info *)node->mark;
}
static inline int is_rank0(const Node *node) {
    return node->type && node->type->rank == 0;
}

/* fuse.c */
Step *fuse_step(Fuse *f, Block *block, int kind, Node *node);
Buffer *fuse_buffer(Fuse *f, Info *info); /* the node's buffer, made when first asked for */
Buffer *fuse_new_buffer(Fuse *f, const Type *type, const Node *node);
int fuse_trap_site(Fuse *f, Info *info, const char *what);
void fuse_region(Fuse *f, Block *block);
void fuse_need(Fuse *f, Node *node); /* its value is read from its buffer by a step */

/* decide.c */
void decide_uses(Fuse *f);             /* fills uses, required, away */
void decide_node(Fuse *f, Info *info); /* root or fused; operands are decided */
int op_is_flag(const Node *node, int flag);
int decide_is_root(const Node *node); /* a group computes it, whoever uses it */

/* checks.c */
void fuse_checks(Fuse *f); /* fills checked */

/* early.c */
void early_use(Fuse *f, Info *user, int i, int fused); /* notes user's use of its operand i */
int is_early(Fuse *f, Info *info);                     /* it must be computed where it stands */

int node_is_uniform(Info *info);
int is_long_unwindow(const Node *node); /* too many terms to write them all out */

/* group.c */
void group_root(Fuse *f, Info *info); /* finds or makes the groups that compute it */
int group_canonical(const Group *g, Exprs *t, const Type *type,
                    const Ix **idx); /* 0: not of its space */

/* lower.c, lower_view.c */
const Kx *lower(Lower *l, Node *node, const Ix *const *idx);
const Kx *lower_inside(Lower *l, Node *node,
                       const Ix *const *idx); /* its expression, wherever it is kept */
const Kx *lower_scalar(Lower *l, Node *node);
typedef struct LowerAxis
    LowerAxis; /* what a slice begins along: an axis of x, and its length there */
struct LowerAxis {
    const Node *x;
    int axis;
    const Dim *length;
};
const Ix *lower_start(Lower *l, Node *start, const Dim *extent, const Dim *count, const Node *blame,
                      const LowerAxis *of);
const Ix *lower_flat(Lower *l, const Type *type, const Ix *const *idx);
const Ix *lower_index_value(Lower *l, Node *index, const Ix *const *at, const Node *x, int axis,
                            const Node *blame);
int lower_buffer(Lower *l, Buffer *buffer, int written);
int lower_scalar_number(Lower *l, Node *node);
const Kx *lower_view(Lower *l, Node *node, const Ix *const *idx); /* NULL: not a view */
const Kx *lower_unwindow_term(Lower *l, Node *node, const Ix *const *idx, const Ix *k);
const Kx *lower_conv_input(Lower *l, Node *conv, const Ix *n, const Ix *channel,
                           const Ix *const *place, const Ix *const *tap);

void schedule_lanes(Exprs *t, Kernel *k); /* lanes.c */

/* build.c, build_contract.c, coalesce.c */
void build_group(Fuse *f, Group *g); /* fills g->step->kernel */
void build_contraction(Lower *l, Stage *s, Node *node);
void coalesce_kernel(Exprs *t, Kernel *k);
void flatten_rows(Exprs *t, Kernel *k, Stage *s, int at, int n); /* row axes at … become one */
void kernel_finish(Fuse *f, Exprs *t, Kernel *k); /* sizes, work, range, grain, overlay, name */
void kernel_measure(Exprs *t, Kernel *k);         /* work, range, grain */

/* control.c */
void fuse_control(Fuse *f, Info *info);
void fuse_load(Fuse *f, Info *info);

#endif
