/* core.h: what the elaborator's own files offer each other; built-in functions need only elab.h. */
#ifndef TGC_FRONTEND_ELABORATE_CORE_H
#define TGC_FRONTEND_ELABORATE_CORE_H

#include "frontend/elaborate/elab.h"

/* value.c */
Value value_known_node(Node *node, Exact exact);
Value value_exact(Exact exact);
Value value_with_items(Elab *e, Value like, const Value *at);
int value_is_aggregate(Value v);
Value value_read_deep(Elab *e, Value v);
int value_known(Value v, Exact *out);
const char *value_plain_text(Elab *e, Value v);
double exact_double(Exact x);
Value exact_binary(Elab *e, AstBinary op, Exact a, Exact b, Span span);

/* error.c */
const Frame *elab_at(Elab *e, Span span); /* nodes made from now on come from there */

const char *source_text(Elab *e, Span span, const char *other);
void elab_note_instance(Elab *e, const Instance *m, Span place); /* "this Linear is made here" */

/* scope.c */
Scope *scope_new(Elab *e, Scope *outer);
Binding *scope_bind(Elab *e, Scope *scope, BindKind kind, const char *name, Value value, Span span);
Binding *scope_find(Scope *scope, const char *name);
typedef struct Found Found;
struct Found {
    Binding *binding; /* a variable or declaration, or */
    Slot *slot;       /* a member of self, or */
    Instance *self;
    int beyond_call; /* found outside the function value at work: not assignable */
    Scope *scope;    /* where it was found */
};
int name_find(Elab *e, const char *name, Found *out);
Value name_value(Elab *e, const char *name, Span span,
                 int as_place);                          /* with built-ins; unknown: an error */
int name_builtin(Elab *e, const char *name, Value *out); /* functions, constants, library modules */
int name_function(Elab *e, const char *name, Value *out); /* for x.f(): functions only */
Value binding_value(Elab *e, Binding *b, int as_place);

/* cell.c */
Value cell_place(Elab *e, Cell *cell);
Value value_variable(Elab *e, Value v, Span span);

/* expr.c */
Value expr(Elab *e, const AstExpr *x);     /* places are read */
Value expr_raw(Elab *e, const AstExpr *x); /* names and paths of variables stay places */
Value expr_bound(Elab *e, Value v,
                 Span span); /* what let and var make of it: literals become typed */
Value expr_fresh(Elab *e, const AstExpr *x, Value v,
                 int first_new); /* a let's value is a new one */
Node *expr_condition(Elab *e, Value v, Span span, const char *what,
                     int *known); /* NULL and *known >= 0: known */
Value item_of(Elab *e, Value object, int index);
Value field_value(Elab *e, Value object, const AstName *name, Span span, int as_place);

/* operator.c */
Value unary(Elab *e, AstUnary op, Value a, Span span);
Value logical(Elab *e, const AstExpr *x);

/* literal.c */
int literal_settled(Elab *e, Value v, Span span); /* 0 after an error: an element is out of range */
Value literal_tensor(Elab *e, const Exact *elements, const Type *type, Span span);
Value list_literal(Elab *e, const AstExpr *x);
Value tuple_literal(Elab *e, const AstExpr *x);
Value comprehension(Elab *e, const AstExpr *x);

/* constant.c: the interpreter, beside the graph */
int exact_map(Elab *e, Op op, const Value *args, int n, Exact *out);
void constant_free(Elab *e);
const void *constant_data(Elab *e, Node *node, Span span); /* elements; NULL after an error */
const char *constant_text(Elab *e, const Piece *piece, Node *node);

/* convert.c */
Node *exact_node(Elab *e, Exact x, DType dtype, Span span); /* NULL: out of range */
DType exact_dtype(Exact x);
DType promoted_dtype(Node *const *xs, int n); /* DT_COUNT: of none */

/* index.c */
Value index_value(Elab *e, Value object, const AstExpr *x);
int index_assign(Elab *e, const Place *place, const AstExpr *x, Value value, int compound,
                 AstBinary op, Span span);
/* x[i] after x[i][j] = value: what is to be assigned to x[i]; poison after an error */
Value index_replaced(Elab *e, const AstExpr *x, Value value, int compound, AstBinary op, Span span);

/* type.c */
typedef struct Solved Solved; /* sizes of a signature, as they are solved */
struct Solved {
    Scope *scope; /* where the sizes' bindings are */
    const AstFn *fn;
    int has_rest; /* what `...` stands for */
    int nrest;
    const Dim *rest[MAX_RANK];
    const char *rest_names[MAX_RANK];
    DType narrow; /* of a wide function: what its results are rounded to, or DT_COUNT */
};
int type_scalar_name(const char *name, DType *out); /* f32, int, … */
int elab_names_differ(Elab *e, const char *const *names, int n, Span span);
const Type *type_resolve(Elab *e, const AstType *t,
                         const Solved *solved); /* a tensor type; NULL after an error */
/* checks v against t (solving sizes when solved is given); exact literals adapt. Poison after an
 * error */
int type_is_tree(const AstType *t); /* written `tree`; t may be NULL */
Value type_check(Elab *e, const AstType *t, Value v, Solved *solved, Span span, const char *what,
                 Span declared);
const char *type_text(Elab *e, const AstType *t);

/* match.c: arguments to parameters */
typedef struct Arg Arg;
struct Arg {
    const char *keyword;
    Value value;        /* raw: places stay places */
    Value seen;         /* stale: what it was when it was evaluated … */
    int is_stale;       /* … for a later argument has assigned to a place in it */
    const AstExpr *ast; /* NULL: not written */
    int pending;        /* a bare name that is no variable: perhaps an axis */
    Span span;
};
typedef struct Param Param; /* one of a function's, module's or built-in function's */
struct Param {
    const char *name;
    int length; /* of the name */
    int is_rest, is_keywords, is_axis, is_place, required;
};
typedef struct Match Match;
struct Match {
    const Arg **at; /* one a parameter, NULL: left out */
    VEC(const Arg *) rest, keywords;
};
int match_args(Elab *e, const Param *params, int n, const Arg *args, int nargs, CallSite *site,
               Span declared, Match *out);
/* its value, or an axis; as_place: places stay places, though a later argument has assigned to them
 */
Value match_axis(Elab *e, const Arg *arg, int axis_first, int as_place, const Arg *args, int nargs);

/* call.c */
Value call_expr(Elab *e, const AstExpr *x);
typedef VEC(Arg) Args;
Args call_arguments(Elab *e, const AstArgs *asts); /* evaluated, after a place for the object */
Value call_value(Elab *e, Value callee, const Arg *args, int n, CallSite *site);
/* binds a function's or module's parameters in e->scope; 0 after an error */
int call_bind(Elab *e, const AstParams *params, const Arg *args, int n, Solved *solved,
              CallSite *site, Span declared);
Value value_fn(Elab *e, const char *name, const AstFn *ast, Scope *scope, Instance *self);
Value value_module(Elab *e, const AstModule *module, Scope *scope);
Value call_user_body(Elab *e, const Fn *fn, Solved *solved); /* in e->scope, parameters bound */
int budget_left(Elab *e, Span span);

/* start_check.c */
void start_checks(Elab *e); /* puts those for the start in front of everything */

/* builtin_call.c */
Value call_builtin(Elab *e, const Builtin *b, const Arg *args, int n, CallSite *site);

/* module.c */
Value module_make(Elab *e, const Fn *fn, const Arg *args, int n, CallSite *site);
Slot *instance_slot(Instance *instance, const char *name);
Value slot_value(Elab *e, Slot *slot, int as_place);
Value instance_copy(Elab *e, Instance *instance, Span span);

/* paths.c: members and fields by their path; 0: there is none. as_place: of a variable, its place
 */
int path_in_instance(Elab *e, Instance *m, const char *name, int as_place, Value *out);
int path_in_record(Elab *e, Value object, const char *name, Value *out);
/* the list of an instance, or of a tree like one, whose items have their numbers as paths: a
   Sequential's layers */
int path_numbered(Elab *e, Value object, Value *list);
int paths_differ(Elab *e, const Instance *m); /* 0 after an error */

/* tree.c */
const char *slot_item_path(Elab *e, const Slot *slot, int i);

/* start_check.c, size_check.c */
void size_checks(Elab *e);

/* text.c */
Value text_value(Elab *e, const AstText *text);
/* text_choice.c */
typedef Value (*TextTake)(Elab *e, Value v, void *data);
Value text_take(Elab *e, Value v, TextTake take, void *data); /* the same text of what take gives */
Value text_chosen(Elab *e, Node *cond, Value yes, Value no);  /* when the program runs */
Value text_padded(Elab *e, Value v, const Format *f); /* None: its length is not known in parts */
Value text_equal(Elab *e, Value a, Value b);          /* None: cannot be compared */
/* text.c */
Value text_join(Elab *e, Value a, Value b); /* both are text */
int text_pieces(Elab *e, Value v, Span span, Piece **pieces, int *npieces, Node ***args,
                int *nargs);
Value describe_instance(Elab *e, Instance *instance, Span span);
int text_startup(Elab *e, Value v, Span span, const char *code, const char *what, Piece **pieces,
                 int *npieces); /* text_startup.c */

/* statement.c, branch.c, loop.c */
typedef enum { FLOW_NEXT, FLOW_MAYBE, FLOW_EXIT } FlowStatus;
struct Flow {
    Flow *outer;
    int is_loop;
    Cell *brk, *cont;   /* loops */
    Cell *ret, *result; /* functions: shared by the loops in them */
    const AstFn *fn;
    Solved *solved; /* to check what is returned */
    Span returned;  /* the first return, for messages */
};
typedef FlowStatus (*Body)(Elab *e, void *data);
void check_assert(Elab *e, const AstExpr *cond, const AstExpr *message, Span span);
void statement_let(Elab *e, const AstStmt *s);
void statement_var(Elab *e, const AstStmt *s);
void statement_assign(Elab *e, const AstStmt *s);
void assign_to(Elab *e, const AstExpr *target, Value v, int compound, AstBinary op, Span span);

/* inplace.c */
/* the same target, whose indices and calls are evaluated here */
const AstExpr *target_once(Elab *e, const AstExpr *target);
void statement_call(Elab *e, const AstExpr *call);
int in_place_name(Elab *e, const char *name); /* a method that changes its object: add_ */
Value let_value(Elab *e, const AstPattern *p, const AstType *type, const AstExpr *value);
FlowStatus block(Elab *e, const AstBlock *b);                /* in a scope of its own */
FlowStatus block_from(Elab *e, const AstBlock *b, int from); /* in the scope at hand */
/* what a for over a value goes over, unrolled; NULL after an error. as_values: of a comprehension
 */
const Value *loop_items(Elab *e, Value over, int npatterns, Span span, int *n);
FlowStatus statement_for(Elab *e, const AstStmt *s);
FlowStatus statement_while(Elab *e, const AstStmt *s);
FlowStatus guarded(Elab *e, FlowStatus before, Body rest, void *data, Span span);
void bind_pattern(Elab *e, const AstPattern *p, Value v, BindKind kind, Span span);

typedef struct Branch Branch; /* one way through: what it assigned */
struct Branch {
    Region *region;
    VEC(Cell *) cells;
    VEC(Value) values;
    VEC(int) unset;
    FlowStatus status;
};
typedef struct Mark Mark;
struct Mark {
    int trail, cells;
    Region *region;
};
Mark branch_open(Elab *e, Region *region);
void branch_close(Elab *e, Mark mark, Branch *out); /* collects and undoes */
void branch_reopen(Elab *e, Branch *b, Mark *mark);
int branch_merge(Elab *e, Node *cond, Branch *yes, Branch *no, Span span);
/* an if of two bodies at run time; rest, when given, is what follows and may be pulled into the way
   that falls through
   (*took_rest) */
FlowStatus branch_two(Elab *e, Node *cond, Body yes, void *yes_data, Body no, void *no_data,
                      Body rest, void *rest_data, int *took_rest, Span span);
/* the value of one of two computations; what they assign is merged too */
typedef Value (*Compute)(Elab *e, void *data);
Value branch_value(Elab *e, Node *cond, Compute yes, void *yes_data, Span span, Compute no,
                   void *no_data);
int value_same(Value a, Value b);
Value value_zeros(Elab *e, Value like);
Value value_fill(Elab *e, Value v, Node *control); /* placeholders become the node's results */

/* grad.c */
/* wide.c */
void wide_arguments(Elab *e, Value *at, int n, Solved *solved);
Value wide_result(Elab *e, Value v, const Solved *solved);
Value custom_call(Elab *e, const Fn *fn, Solved *solved, CallSite *site);

/* root.c: nodes that stand in the program's own region, made once */
Builder root_builder(Elab *e);
Value const_value(Elab *e, Binding *b);
void declare_args(Elab *e);
void declare_data(Elab *e);
void program_size(Elab *e, Size *size);
Value size_value(Elab *e,
                 const char *name); /* a size of the whole program, or poison without a word */

/* space.c: files and library modules */
Space *space_std(Elab *e, const char *name, Span span); /* "prelude", "nn", … ; NULL: no such */
Space *space_file(Elab *e, const AstProgram *ast, const char *name);
int space_import(Elab *e, Space *into, const AstDecl *decl);
Value space_member(Elab *e, Space *space, const AstName *name, Span span);
void space_declare(Elab *e, Space *space);

/* check.c */
void check_nan(Elab *e);

/* hint.c: words from other languages */
void hint_unknown(Elab *e, const char *name, int is_call);
int hint_tongue(Elab *e, const char *name); /* a word of another language; 0: it is none */
const char *nearest_variable(Elab *e, const char *name);
const char *nearest_name(Elab *e, const char *name, int is_call);

#endif
