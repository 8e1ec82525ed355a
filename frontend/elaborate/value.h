/* value.h: what an expression is while a program is elaborated: a tensor in the graph, or something
   known at compile time (a number, a size, text, a function, an instance, a type …). Values are
   small and copied; what they point to lies in the arena and is never changed, but for cells. */
#ifndef TGC_FRONTEND_ELABORATE_VALUE_H
#define TGC_FRONTEND_ELABORATE_VALUE_H

#include "frontend/syntax/ast.h"
#include "ir/graph.h"

typedef enum {
    V_POISON, /* after an error: whoever meets it says nothing and gives poison */
    V_NONE,   /* None */
    V_NODE,   /* node: a tensor (rank 0: a scalar) */
    V_EXACT,  /* exact: a number of literals alone, without a type yet */
    V_SIZE,   /* dim: a size (never a bare literal; a constant size is one too: x.shape[0]) */
    V_TEXT,   /* text */
    V_TUPLE,  /* items */
    V_LIST,   /* items */
    V_RECORD, /* items and names: a tree shaped like a module's parameters (a gradient,
                 zeros_like(net)) */
    V_FN, /* fn: a user's function, a function value, a built-in function or a module (constructor)
           */
    V_INSTANCE, /* instance */
    V_TYPE,     /* type: f32[5, 3]; rank 0 for an element type */
    V_AXIS,     /* name: an axis, by its name */
    V_PLACE,    /* place: a variable that may be assigned to; reads as its value (elab_read) */
    V_SPACE,    /* space: a namespace: nn, optim, an imported file */
    V_ITER,     /* iter: zip(…), enumerate(…), batches(…): only a for takes it */
} ValueKind;

typedef struct Value Value;
typedef struct Exact Exact;
typedef struct Text Text;
typedef struct Items Items;
typedef struct Fn Fn;
typedef struct Instance Instance;
typedef struct Cell Cell;
typedef struct Place Place;
typedef struct Space Space;
typedef struct Iter Iter;
typedef struct Scope Scope;

/* an exact number: bool, integer or float */
typedef enum { EXACT_BOOL, EXACT_INT, EXACT_FLOAT } ExactKind;
struct Exact {
    ExactKind kind;
    int64_t i; /* bool and integer */
    double f;  /* float */
};

struct Value {
    ValueKind kind;
    int is_tree;  /* list, tuple: passed as a tree: a for goes over its leaves. Always so for a
                     record */
    int is_shape; /* tuple: of sizes, printed [5, 3] */
    int is_known; /* node: a scalar known at compile time, its number in exact */
    Exact exact;  /* exact, and a known node */
    const Exact *literal; /* node: a tensor literal's elements, until it is bound; NULL otherwise */
    int is_wide; /* a tensor literal with elements that f32 does not reach: f64 until it is told */
    union {
        Node *node;
        const Dim *dim;
        const Text *text;
        const Items *items;
        const Fn *fn;
        Instance *instance;
        const Type *type;
        const char *name;
        const Place *place;
        Space *space;
        const Iter *iter;
    };
};

struct Items {
    int n;
    Value *at;
    const char **names; /* record: the fields' names; NULL otherwise */
    const char **paths; /* record: what stands for them in paths (may be ""); NULL: the names */
    const char *const **item_paths; /* record: of the items of its lists; NULL, or of one: NULL */
    const Cell **cells; /* record: the parameters that its fields are like (NULL: no parameter) */
};

/* text: literal pieces and values with their formats */
typedef struct TextPart TextPart;
struct TextPart {
    const char *text; /* literal, or NULL */
    int length;
    int arg; /* `arg … : str` number + 1, 0: none */
    const Text *yes,
        *no;     /* chosen by value, a scalar bool, when the program runs; NULL: no choice */
    Value value; /* otherwise */
    Format format;
};
struct Text {
    int n;
    TextPart *parts;
};

/* a variable: `var`, a parameter or state of an instance, the draw counter, flags of break and
 * return */
struct Cell {
    const char *name;  /* the user's, for messages: "w", "net.fc1.weight" */
    Value value;       /* what it holds here */
    int id;            /* in order of birth */
    int unset;         /* no value yet (a function's result) */
    const Type *fixed; /* annotated: keeps its shape; NULL otherwise */
    int is_field;      /* an instance's argument: what is assigned is converted to its type */
    Span span;         /* its declaration */
    Span assigned;     /* the last assignment met */
};

/* a cell, or an item deep in the aggregate that it holds */
struct Place {
    Cell *cell;
    int depth;
    int path[8];
};

typedef struct Elab Elab;
typedef struct CallSite CallSite;
typedef Value (*BuiltinFn)(Elab *e, CallSite *c, Value *args);
typedef struct Builtin Builtin;
typedef struct BoundFn BoundFn;

struct Fn {
    enum { FN_USER, FN_MODULE, FN_BUILTIN, FN_MAP } kind;
    const char *name;        /* "scale", "optim.SGD", "a function value" */
    const AstFn *ast;        /* FN_USER */
    const AstModule *module; /* FN_MODULE */
    const Builtin *builtin;  /* FN_BUILTIN */
    Op op;                   /* FN_MAP: a pointwise row called by its name */
    Scope *scope;            /* FN_USER, FN_MODULE: where it was written */
    Instance *self;          /* FN_USER: a member of an instance */
};

typedef enum { SLOT_PARAM, SLOT_STATE, SLOT_MEMBER, SLOT_ARG, SLOT_FN } SlotKind;
typedef struct Slot Slot;
struct Slot {
    SlotKind kind;
    const char *name;
    const char *path; /* stands for the name in paths; "" for nothing; NULL: the name */
    const char *
        *item_paths; /* of the items of a list whose path is written with {i}; NULL otherwise */
    Cell *cell;      /* param, state, and an argument that is assigned to; NULL otherwise */
    Value value;     /* member (instance, list of instances, known value), argument, function */
    Span span;
};

struct Instance {
    const AstModule *module;
    const char *name; /* the module's */
    VEC(Slot) slots;  /* in the order of declaration; arguments first */
    Scope *scope;     /* where its functions are elaborated */
    int number;       /* instances are numbered; two with one number are the same */
    Span span;        /* where it was made */
    int is_copy;      /* made by copy: its parameters are nobody else's */
};

struct Iter {
    enum { ITER_ZIP, ITER_ENUMERATE, ITER_BATCHES } kind;
    int n;
    Value *args;
};

#endif
