/* elab.h: the elaborator's context and what its parts, and the built-in functions, offer each
   other. Everything works on one Elab; code goes to e->b, the Builder of the region being filled.
   After an error a function gives a poison value (V_POISON) and callers pass it on without another
   word. */
#ifndef TGC_FRONTEND_ELABORATE_ELAB_H
#define TGC_FRONTEND_ELABORATE_ELAB_H

#include "frontend/elaborate/elaborate.h"
#include "frontend/elaborate/value.h"
#include "ir/build.h"

/* ---- the table of built-in functions ---- */

/* clang-format off */
/* builtins.def holds rows BUILTIN(name, "signature", function, "doc"). A signature lists
   parameters as in tg:

       "x, axis=None, keepdim=false"    defaults: None true false numbers "text" inf
       "*xs"                            the remaining positional arguments, as one tuple
       "x, **names"                     any keywords: one record; a bare name is its V_AXIS
       "x, @axis=None"                  asks for an axis: a bare name (or a tuple of them) that is an axis
                                        of the first argument (or of its first item) is a V_AXIS
       "x, &t"                          a place is passed as V_PLACE (others are read before the call)

   The function gets one value a parameter, defaults filled in, places read (but for &): when an argument
   is poison it is not called. A MAP row of ops.def needs no row here unless it wants other arguments. */
/* clang-format on */
struct Builtin {
    const char *name, *signature;
    BuiltinFn call;
    const char *theme; /* the part of docs/ops.md that it stands in */
    const char *doc;   /* lines, in the form of docs/adding-an-op.md */
};

/* a call on its way */
struct CallSite {
    const char *name;   /* as the user called it */
    Span span;          /* of the call */
    const AstExpr *ast; /* NULL: called by the compiler */
    Span *spans; /* one a parameter: the argument's place (the call's where it was left out) */
    int nspans;
    int is_method;      /* x.f(…) */
    const char *module; /* the name of the module that is called, NULL: another value */
    Scope *scope;       /* the caller's (the elaborator's own) */
};

const Builtin *builtin_find(const char *name); /* NULL: none */
int builtin_count(void);
const Builtin *builtin_at(int index);

/* ---- scopes ---- */

typedef enum {
    BIND_LET,
    BIND_VAR,
    BIND_PARAM,
    BIND_LOOP,
    BIND_CONST,
    BIND_DECL,
    BIND_LEAF
} BindKind;
typedef struct Binding Binding;
struct Binding {
    const char *name;
    BindKind kind;
    Value value;         /* let, parameter, loop variable */
    Cell *cell;          /* var; NULL otherwise */
    const AstDecl *decl; /* top level, elaborated when first used */
    Scope *scope;        /* of a declaration: its file's */
    int state;           /* of a declaration: 0 not yet, 1 at work, 2 done */
    Span span;
    Binding *next;
};
struct Scope {
    Scope *outer;
    Binding *first; /* latest first */
    Instance *self; /* a module's functions: members are looked up here */
    Space *space;   /* file scope: its declarations */
    int is_call;    /* the outermost scope of a call: names beyond are read only */
};

/* a file: its declarations, elaborated when used */
struct Space {
    const char *name;
    Scope *scope;
    const AstProgram *ast;
    const Source *source;
    int is_std;
    int state; /* 0 not yet parsed, 1 at work, 2 done */
};

/* ---- the context ---- */

typedef struct Flow
    Flow; /* a function or loop being elaborated: where break and return go (flow.h) */
typedef struct Change
    Change; /* an assignment, so that branches and loops can be undone and merged */
struct Change {
    Cell *cell;
    Value before;
    int was_unset;
};

typedef struct StartCheck StartCheck;
struct StartCheck { /* a op b, else the program stops with the message */
    Span span;
    const Frame *where;
    const Dim *a, *b;
    Op op;
    Value message;
};

typedef struct Carried Carried; /* a loop's param and the variable it stands for */
struct Carried {
    const Node *node;
    const char *name;
};

struct Elab {
    Arena *arena;
    Interner *interner;
    Diag *diag;
    Graph *graph;
    const ElabOptions *options;
    Builder b;           /* where nodes go now; b.where is the frame to blame */
    const Frame *caller; /* the calls that led here, NULL: top level */
    Scope *scope;
    Space *user, *prelude;
    VEC(Space *) spaces; /* std modules and imported files */
    Flow *flow;
    int training;    /* false inside eval { } */
    int discovering; /* elaborating a loop's body only to learn what it assigns: grad is not carried
                        out */
    int conditional; /* in branches that may not be taken */
    int depth;       /* of calls */
    int in_const;    /* computing a const */
    Cell *draw;      /* the number of the next draw: i64 */
    VEC(Change) trail;
    VEC(Carried) carried;
    VEC(Node *) counters; /* loop indices that are never negative */
    VEC(Instance *) instances;
    VEC(StartCheck) start_checks;
    VEC(Binding *) sizes;              /* declared for the whole program */
    VEC(const char *) assigned_fields; /* names that some `x.name = e` of the program assigns */
    int ncells;
    int nheld;          /* names of target.c */
    int text_of_floats; /* known floats become text in messages of the compiler */
    int note_dropped;   /* the last error was a repetition: its notes are dropped */
    int discovered_errors;
    VEC(Span) library_errors; /* the user's places of errors inside the library */
    int over_budget;
    VEC(const Fn *) calls; /* at work, for cycles */
    int checkpoints;       /* loops with a checkpoint so far */
    Span checkpoint_span;
    const char *checkpoint_path;
    struct Eval *eval; /* the interpreter beside the graph */
};

/* ---- errors ---- */

/* Reports and gives poison. A span inside std/ is turned into the user's call that led there, with
 * a note. */
Value elab_error(Elab *e, Span span, const char *code, const char *format, ...)
    __attribute__((format(printf, 4, 5)));
void elab_warning(Elab *e, Span span, const char *code, const char *format, ...)
    __attribute__((format(printf, 4, 5)));
void elab_note(Elab *e, Span span, const char *format, ...) __attribute__((format(printf, 3, 4)));
void elab_hint(Elab *e, const char *format, ...) __attribute__((format(printf, 2, 3)));
void elab_note_sizes(Elab *e, const Dim *a,
                     const Dim *b); /* where the named sizes in them come from */
void elab_note_origin(Elab *e, Node *node, Span span);      /* "f32[3] comes from here" */
void elab_note_origins(Elab *e, Node *a, Node *b, Span span);
const char *elab_nearest(Elab *e, const char *name, const char *const *candidates,
                         int n);               /* NULL: none is near */
const char *value_kind_text(Elab *e, Value v); /* "f32[3]", "a number", "str", "a function" … */

/* ---- what is checked between sizes when the program runs ---- */

/* a op b must hold, or the program stops with the message: when it starts, or here if they are not
   known then */
void elab_check_sizes(Elab *e, Span span, const Dim *a, Op op, const Dim *b, Value message);
int size_known_at_start(const Dim *d, int most); /* and it is made of at most so many sizes */
/* each text followed by its size (NULL: by nothing) */
Value elab_message(Elab *e, const char *const *texts, const Dim *const *sizes, int n);

/* ---- making values ---- */

Value value_poison(void);
Value value_none(void);
Value value_node(Node *node);
Value value_bool(int b);     /* exact */
Value value_int(int64_t i);  /* exact */
Value value_float(double f); /* exact */
Value value_size(const Dim *dim);
Value value_text(Elab *e, const char *text);
Value value_type(const Type *type);
Value value_items(Elab *e, ValueKind tuple_or_list, const Value *at, int n); /* copies */
int value_is_poison(Value v);
Value value_read(Value v); /* a place's value; others as they are */

/* ---- reading values: each reports and gives 0 / NULL when the value is of another kind ---- */

/* A tensor from anything that can be one: a node, an exact number (f32, i64, bool), a size (i64), a
   tuple or list of scalars (one tensor). what names the argument in the message ("x", "the
   cotangent"). NULL after an error. */
Node *elab_tensor(Elab *e, Value v, Span span, const char *what);
/* as above, but an exact number takes element type `like` (out of range: an error) */
Node *elab_tensor_as(Elab *e, Value v, DType like, Span span, const char *what);
/* several operands brought to one element type by PyTorch's rules (rank 0 and exact literals
   included); values are nodes, exact numbers, sizes. Fills out[]; 0 after an error. */
int elab_promote(Elab *e, const Value *vs, int n, Node **out, Span span, const char *what);
/* the same for a function of floats: integers become f32, each from its own type */
int elab_promote_float(Elab *e, const Value *vs, int n, Node **out, Span span, const char *what);
/* NumPy broadcasting, names checked: nodes are expanded to the common shape. 0 after an error (both
 * shapes named). */
int elab_broadcast(Elab *e, Node **xs, int n, Span span, const char *what);
/* the type that x and y broadcast to, or NULL after an error */
const Type *elab_broadcast_type(Elab *e, const Type *x, const Type *y, Span span, const char *what);
Node *elab_expand_to(Elab *e, Node *x, const Type *shape, Span span,
                     const char *what);      /* x's dtype; NULL: error */
Node *elab_cast(Elab *e, Node *x, DType to); /* x itself when it is of that type already */

int elab_axis(Elab *e, Node *x, Value axis, Span span,
              int *out);                      /* int (negative too) or name; out of range: error */
int elab_is_scalar_axis(Node *x, Value axis); /* 0 or -1 of a scalar */
/* None: all axes. int, name or a tuple of them. Sorted, distinct. */
int elab_axes(Elab *e, Node *x, Value axes, Span span, int *out /* MAX_RANK */, int *n);
Value elab_no_axis(Elab *e, const Type *t, const char *name,
                   Span span); /* says that t has no axis of the name */
int elab_rank_axis(Elab *e, int rank, Value axis, Span span,
                   int *out); /* for axes to come (unsqueeze, stack) */

int elab_known_int(Elab *e, Value v, Span span, const char *what, int64_t *out);
int elab_known_bool(Elab *e, Value v, Span span, const char *what, int *out);
int elab_known_float(Elab *e, Value v, Span span, const char *what, double *out);
const char *elab_known_text(Elab *e, Value v, Span span, const char *what);
int value_known_int(Value v, int64_t *out); /* says nothing: 1 when it is a known integer */
int value_known_bool(Value v, int *out);
int value_known_float(Value v, double *out); /* known number of any kind */
const Dim *value_dim(Elab *e, Value v); /* a size or known integer as a Dim; NULL: it is none */
const Dim *elab_dim(Elab *e, Value v, Span span, const char *what);
/* a shape: a type (f32[5, 3]), a tuple or list of sizes, one size, or an i64 tensor literal that is
   known; dims only. -1 is allowed with `allow_infer`: *infer gets its index, else -1. Returns rank,
   or -1 after an error. */
int elab_shape(Elab *e, Value v, Span span, const char *what, const Dim **dims, int allow_infer,
               int *infer);
/* the elements of a tuple or list, or a tensor's rows (axis 0 of known length). NULL after an
 * error. */
const Value *elab_list(Elab *e, Value v, Span span, const char *what, int *n);
const Type *elab_type_value(Elab *e, Value v, Span span, const char *what); /* V_TYPE, else error */

/* ---- operators and calls, for built-in functions written in C ---- */

Value elab_binary(Elab *e, AstBinary op, Value a, Value b, Span span);
Value elab_map(Elab *e, Op op, const Value *args, int n, Span span,
               const char *name); /* promote, broadcast, build */
Value elab_matmul(Elab *e, Value a, Value b, Span span, const char *what);
/* keywords[i] is NULL for positional */
Value elab_call(Elab *e, Value callee, const Value *args, const char *const *keywords, int n,
                Span span);
Value elab_index_axis(Elab *e, Node *x, int axis, Value index,
                      Span span); /* x[…, index, …], axis dropped */

/* ---- trees ---- */

int value_is_tree(Value v); /* instance, record, tuple, list, tensor, place of one */
typedef struct Leaf Leaf;
struct Leaf {
    const char *path; /* "fc1.weight" */
    Value value;      /* a tensor, or a place */
};
typedef struct Leaves Leaves;
struct Leaves {
    VEC(Leaf) list;
};
enum { LEAVES_PARAMS = 0, LEAVES_STATE = 1 }; /* with state: what save writes */
int elab_leaves(Elab *e, Value tree, int with_state, Span span, Leaves *out);
/* the same structure with each leaf replaced; f gives poison after an error. An instance gives a
 * record. */
Value elab_map_tree(Elab *e, Value tree, Value (*f)(Elab *e, Value leaf, void *data), void *data);
/* structure of `tree`, leaves from `leaves` in order */
Value elab_tree_like(Elab *e, Value tree, const Value *leaves, int n);

/* ---- random ---- */

Node *elab_draw(Elab *e); /* i64: the number of this draw; the counter moves on */
Node *elab_seed(Elab *e); /* the program's --seed */
/* seed and draw for a sampler: seed=None: the program's stream; else a stream of its own that
 * starts at 0 */
int elab_stream(Elab *e, Value seed, Span span, Node **seed_node, Node **draw_node);

/* ---- variables (cells) ---- */

Cell *cell_new(Elab *e, const char *name, Value value, Span span);
void cell_set(Elab *e, Cell *cell, Value value);
Value place_read(const Place *place);
int place_set(Elab *e, const Place *place, Value value); /* no checks */
/* `place = value` with all its checks (element type, fixed shape, structure); 0 after an error */
int elab_assign_place(Elab *e, const Place *place, Value value, Span span);

#endif
