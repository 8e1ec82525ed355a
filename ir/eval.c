/* eval.c: the interpreter's heart: slots (which node has which value), sizes, order of evaluation,
   failure. A node outside of any running region is computed when it is asked for; in a run all
   nodes are computed in program order. Since regions do not recurse, a node has one value at a
   time. Failure jumps out to the API call; values are freed with the Eval. */
#include "ir/eval_impl.h"

#include <stdarg.h>

/* ---- failure ---- */
void eval_stop(Eval *e, const Node *node, int trap, const char *format, ...) {
    va_list args;
    va_start(args, format);
    vsnprintf(e->error, sizeof e->error, format, args);
    va_end(args);
    e->failed = 1;
    e->trapped = trap;
    e->where = node;
    longjmp(*e->out, 1);
}

void eval_outside(Eval *e, const Node *node, int axis, int64_t length, int64_t at, int64_t n) {
    Arena *arena = arena_new();
    char of[256];
    snprintf(of, sizeof of, "%s", node_axis_text(arena, node->args[0], axis));
    arena_free(arena);
    if (length == 1)
        eval_stop(e, node, 1, "index %lld is out of range for %s, which has %lld elements",
                  (long long)at, of, (long long)n);
    eval_stop(e, node, 1,
              "a slice of %lld elements from %lld is outside of %s: it begins below %lld",
              (long long)length, (long long)at, of, (long long)n);
}

const char *eval_error(const Eval *e) {
    return e->failed ? e->error : NULL;
}
const Node *eval_where(const Eval *e) {
    return e->where;
}
int eval_trapped(const Eval *e) {
    return e->trapped;
}

/* ---- slots ---- */
static uint32_t hash_pointer(const void *p) {
    return (uint32_t)(((uint64_t)(uintptr_t)p >> 4) * 0x9E3779B97F4A7C15ull >> 32);
}

static Slot *find_place(Slot *slots, int cap, const Node *node) {
    uint32_t i = hash_pointer(node) & (uint32_t)(cap - 1);
    while (slots[i].node && slots[i].node != node) i = (i + 1) & (uint32_t)(cap - 1);
    return &slots[i];
}

static void grow_slots(Eval *e) {
    int cap = e->cap ? e->cap * 2 : 256;
    Slot *slots = calloc((size_t)cap, sizeof *slots);
    if (!slots) die("out of memory");
    for (int i = 0; i < e->cap; i++)
        if (e->slots[i].node) *find_place(slots, cap, e->slots[i].node) = e->slots[i];
    free(e->slots);
    e->slots = slots;
    e->cap = cap;
}

static Slot *slot_of(Eval *e, const Node *node) {
    if (e->nslots * 2 >= e->cap) grow_slots(e);
    Slot *s = find_place(e->slots, e->cap, node);
    if (!s->node) e->nslots++;
    s->node = node;
    return s;
}

static void clear_slot(Eval *e, Slot *s) {
    for (int i = 0; i < s->n; i++) value_drop(e, s->values[i]);
    free(s->values);
    s->values = NULL;
    s->n = 0;
    s->busy = 0;
}

void eval_keep(Eval *e, const Node *node, int index, int count, Value *value) {
    Slot *s = slot_of(e, node);
    if (s->n < count) {
        s->values = realloc(s->values, sizeof *s->values * (size_t)count);
        if (!s->values) die("out of memory");
        for (int i = s->n; i < count; i++) s->values[i] = NULL;
        s->n = count;
    }
    value_drop(e, s->values[index]);
    s->values[index] = value;
}

void eval_clear_region(Eval *e, const Region *r) {
    for (int i = 0; i < r->nodes.n; i++) {
        const Node *node = r->nodes.at[i];
        clear_slot(e, slot_of(e, node));
        for (int k = 0; k < node->nregions; k++) eval_clear_region(e, node->regions[k]);
    }
}

/* ---- sizes ---- */
void eval_know(Eval *e, const Size *size, int64_t value) {
    if (size->id >= e->nsizes) {
        int n = size_count(e->graph->dims) + 16;
        e->sizes = realloc(e->sizes, sizeof *e->sizes * (size_t)n);
        e->known = realloc(e->known, (size_t)n);
        if (!e->sizes || !e->known) die("out of memory");
        for (int i = e->nsizes; i < n; i++) e->sizes[i] = e->known[i] = 0;
        e->nsizes = n;
    }
    e->sizes[size->id] = value;
    e->known[size->id] = 1;
}

int64_t eval_dim(Eval *e, const Node *node, const Dim *dim) {
    int64_t value;
    if (dim_is_int(dim, &value)) return value;
    const Size *sizes[64];
    int n = dim_sizes(dim, sizes, 64);
    for (int i = 0; i < n && i < 64; i++) {
        if (sizes[i]->id < e->nsizes && e->known[sizes[i]->id]) continue;
        if (!e->running || sizes[i]->kind != SIZE_TRIP)
            eval_stop(e, node, 0, "the size %s is not known here", sizes[i]->name);
        eval_know(e, sizes[i], 0);
    }
    return dim_eval(dim, e->sizes);
}

void eval_dims(Eval *e, const Node *node, const Type *type, int64_t *dims) {
    for (int i = 0; i < type->rank; i++) dims[i] = eval_dim(e, node, type->dims[i]);
}

/* data sets and `arg NAME: dim` tell the sizes of the program */
static void learn_sizes(Eval *e) {
    Graph *g = e->graph;
    for (int i = 0; e->options.args && i < g->args.n; i++)
        if (g->args.at[i]->is_dim)
            eval_know(e, g->args.at[i]->size, *(const int64_t *)e->options.args[i].data);
    for (int i = 0; e->options.data && i < g->data.n; i++) {
        const Type *type = g->data.at[i]->type;
        for (int k = 0; k < type->rank; k++) {
            const Size *size;
            if (dim_sizes(type->dims[k], &size, 1) == 1 &&
                dim_size(g->dims, size_at(g->dims, size->id)) == type->dims[k])
                eval_know(e, size, e->options.data[i].dims[k]);
        }
    }
}

/* ---- evaluation ---- */
#define MAP(name, n, types, scalar, derivative, samples, doc) [OP_##name] = eval_map_row,
#define KERN(name, n, types, derivative, samples, flags, doc) [OP_##name] = eval_##name,
static EvalRow *const rows[OP_COUNT] = {
#include "ir/ops.def"
};

void eval_exec(Eval *e, Node *node) {
    if (e->options.max_work && ++e->work > e->options.max_work)
        eval_stop(e, node, 0, "too much to compute here");
    Slot *s = slot_of(e, node);
    if (s->busy) die("node %d is computed from itself", node->id);
    s->busy = 1;
    Value *args[node->nargs + 1];
    int control = op_info(node->op)->flags & (OPF_CONTROL | OPF_STACK);
    for (int i = 0; i < node->nargs && node->op != OP_result; i++) {
        args[i] = eval_need(e, node->args[i]);
        if (!control) args[i] = value_dense(e, node, args[i]);
    }
    Value *v = rows[node->op](e, node, args);
    slot_of(e, node)->busy = 0;
    if (v) eval_keep(e, node, 0, 1, v);
}

Value *eval_need(Eval *e, Node *node) {
    Slot *s = slot_of(e, node);
    if (!s->n) {
        eval_exec(e, node);
        s = slot_of(e, node);
        if (!s->n) eval_stop(e, node, 0, "%s has no value", op_info(node->op)->name);
    }
    return s->values[0];
}

int64_t eval_scalar(Eval *e, Node *node) {
    return value_get_int(eval_need(e, node), 0);
}

Value *eval_result(Eval *e, Node *node, Value **args) {
    (void)args;
    Node *control = node->args[0];
    int k = (int)node->ints[0];
    Slot *s = slot_of(e, control);
    if (k >= s->n) { /* not computed yet, or before it got this result */
        eval_exec(e, control);
        s = slot_of(e, control);
    }
    if (k >= s->n || !s->values[k])
        eval_stop(e, node, 0, "result %d of %s has no value", k, op_info(control->op)->name);
    return value_ref(s->values[k]);
}

/* ---- the API ---- */
Eval *eval_new(Graph *g, const EvalOptions *options) {
    Eval *e = calloc(1, sizeof *e);
    if (!e) die("out of memory");
    e->graph = g;
    if (options) e->options = *options;
    learn_sizes(e);
    return e;
}

void eval_forget(Eval *e) {
    for (int i = 0; i < e->cap; i++) clear_slot(e, &e->slots[i]);
    free(e->slots);
    e->slots = NULL;
    e->cap = e->nslots = 0;
    while (e->values) { /* left over by failures */
        Value *v = e->values;
        e->values = v->next;
        free(v->items);
        if (!v->base) free(v->t.data);
        free(v);
    }
}

void eval_free(Eval *e) {
    if (!e) return;
    eval_forget(e);
    free(e->sizes);
    free(e->known);
    free(e);
}

typedef void Work(Eval *e, Node *node);

/* runs work so that a failure comes back as 0 */
static int guarded(Eval *e, Work *work, Node *node) {
    jmp_buf out, *outer = e->out;
    e->failed = e->trapped = 0;
    e->where = NULL;
    e->out = &out;
    if (setjmp(out) == 0) work(e, node);
    e->out = outer;
    for (int i = 0; i < e->cap; i++) e->slots[i].busy = 0;
    return !e->failed;
}

static void run_root(Eval *e, Node *node) {
    (void)node;
    Region *root = e->graph->root;
    for (int i = 0; i < root->nodes.n; i++) eval_exec(e, root->nodes.at[i]);
}

static void run_need(Eval *e, Node *node) {
    value_dense(e, node, eval_need(e, node));
}

int eval_run(Eval *e) {
    e->running = 1;
    int done = guarded(e, run_root, NULL);
    e->running = 0;
    return done;
}

const TgTensor *eval_node(Eval *e, Node *node) {
    if (!guarded(e, run_need, node)) return NULL;
    return &slot_of(e, node)->values[0]->t;
}

int eval_int(Eval *e, Node *node, int64_t *value) {
    const TgTensor *t = eval_node(e, node);
    if (!t || t->rank || dtype_is_float((DType)t->dtype)) return 0;
    *value = value_get_int(slot_of(e, node)->values[0], 0);
    return 1;
}

void eval_set_size(Eval *e, const Size *size, int64_t value) {
    eval_know(e, size, value);
}
