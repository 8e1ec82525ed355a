/* eval_control.c: leaves, loops, branches. Before each iteration the body's values are dropped;
   what the loop carries and collects keeps its own references. */
#include "ir/eval_impl.h"

/* ---- leaves ---- */
Value *eval_const(Eval *e, Node *node, Value **args) {
    (void)args;
    Value *v = value_of_type(e, node);
    memcpy(v->t.data, node->data, (size_t)(value_count(v) * value_bytes(v->t.dtype)));
    return v;
}

static Value *new_int(Eval *e, const Node *node, int64_t value) {
    Value *v = value_new(e, node, DT_i64, 0, NULL);
    *(int64_t *)v->t.data = value;
    return v;
}

static Value *new_bool(Eval *e, const Node *node, int value) {
    Value *v = value_new(e, node, DT_bool, 0, NULL);
    *(uint8_t *)v->t.data = (uint8_t)(value != 0);
    return v;
}

Value *eval_size(Eval *e, Node *node, Value **args) {
    (void)args;
    return new_int(e, node, eval_dim(e, node, node->dim));
}

Value *eval_iota(Eval *e, Node *node, Value **args) {
    (void)args;
    Value *v = value_of_type(e, node);
    int64_t n = value_count(v), axis = node->ints[0], inner = 1;
    for (int64_t i = axis + 1; i < v->t.rank; i++) inner *= v->t.dims[i];
    for (int64_t i = 0; i < n; i++) ((int64_t *)v->t.data)[i] = i / inner % v->t.dims[axis];
    return v;
}

static Value *copy_of(Eval *e, const Node *node, const TgTensor *t) {
    Value *v = value_new(e, node, t->dtype, t->rank, t->dims);
    memcpy(v->t.data, t->data, (size_t)(value_count(v) * value_bytes(t->dtype)));
    return v;
}

Value *eval_arg(Eval *e, Node *node, Value **args) {
    (void)args;
    if (!e->options.args) eval_stop(e, node, 0, "arguments are not known here");
    return copy_of(e, node, &e->options.args[node->ints[0]]);
}

Value *eval_arg_is(Eval *e, Node *node, Value **args) {
    (void)args;
    if (!e->options.arg_texts) eval_stop(e, node, 0, "arguments are not known here");
    const char *text = e->options.arg_texts[node->ints[0]];
    int same = (int64_t)strlen(text) == node->nints - 1;
    if (node->nints == 3 && node->ints[1] < 0)
        return new_bool(e, node, strcmp(text, e->options.arg_texts[node->ints[2]]) == 0);
    for (int i = 1; same && i < node->nints; i++)
        same = (unsigned char)text[i - 1] == node->ints[i];
    return new_bool(e, node, same);
}

Value *eval_data(Eval *e, Node *node, Value **args) {
    (void)args;
    if (!e->options.data) eval_stop(e, node, 0, "data sets are not known here");
    return copy_of(e, node, &e->options.data[node->ints[0]]);
}

Value *eval_seed(Eval *e, Node *node, Value **args) {
    (void)args;
    if (!e->options.has_seed) eval_stop(e, node, 0, "the seed is not known here");
    return new_int(e, node, e->options.seed);
}

Value *eval_param(Eval *e, Node *node, Value **args) {
    (void)args;
    eval_stop(e, node, 0, "a parameter's value is not known here");
}

/* ---- regions ---- */
static void run_region(Eval *e, Region *r) {
    for (int i = 0; i < r->nodes.n; i++)
        if (r->nodes.at[i]->op != OP_param) eval_exec(e, r->nodes.at[i]);
}

/* runs r with these params (their references are taken over) */
static void enter_region(Eval *e, Region *r, Value **params, int n) {
    if (n != r->params.n) die("a region of %d parameters got %d", r->params.n, n);
    eval_clear_region(e, r);
    for (int i = 0; i < n; i++) eval_keep(e, r->params.at[i], 0, 1, params[i]);
    run_region(e, r);
}

static void keep_results(Eval *e, Node *node, Region *r) {
    for (int i = 0; i < r->results.n; i++)
        eval_keep(e, node, i, r->results.n, value_ref(eval_need(e, r->results.at[i])));
    if (!r->results.n) eval_keep(e, node, 0, 1, value_list(e, 0)); /* marks it as done */
    eval_clear_region(e, r);
}

Value *eval_if(Eval *e, Node *node, Value **args) {
    Region *r = node->regions[value_get_int(args[0], 0) ? 0 : 1];
    enter_region(e, r, NULL, 0);
    keep_results(e, node, r);
    return NULL;
}

Value *eval_recompute(Eval *e, Node *node, Value **args) {
    (void)args;
    enter_region(e, node->regions[0], NULL, 0);
    keep_results(e, node, node->regions[0]);
    return NULL;
}

Value *eval_custom(Eval *e, Node *node, Value **args) {
    Value *params[node->nargs + 1];
    for (int i = 0; i < node->nargs; i++) params[i] = value_ref(args[i]);
    enter_region(e, node->regions[0], params, node->nargs);
    keep_results(e, node, node->regions[0]);
    return NULL;
}

/* a stack of no slices; sizes of the body that were never set count as 0 */
static Value *no_slices(Eval *e, const Node *node, const Type *type) {
    int64_t dims[MAX_RANK] = {0};
    for (int i = 1; i < type->rank; i++)
        if (!dim_is_int(type->dims[i], &dims[i])) dims[i] = 0;
    return value_new(e, node, type->dtype, type->rank, dims);
}

static void grow_list(Value *list, int64_t n) {
    int64_t cap = 16;
    while (cap < n) cap *= 2;
    list->items = realloc(list->items, sizeof *list->items * (size_t)cap);
    if (!list->items) die("out of memory");
    list->nitems = n;
}

/* the loop at work: values carried from iteration to iteration, and what it collected so far */
typedef struct Running Running;
struct Running {
    Value **carried, **lists;
    int ncarried, ncollected;
};

static void end_iteration(Eval *e, Running *run, Region *body, int64_t t) {
    for (int i = 0; i < run->ncarried; i++)
        run->carried[i] = value_ref(eval_need(e, body->results.at[i]));
    for (int i = 0; i < run->ncollected; i++)
        run->lists[i]->items[t] = value_ref(eval_need(e, body->results.at[run->ncarried + i]));
}

static void end_loop(Eval *e, Node *node, Running *run, int64_t trips) {
    int n = run->ncarried + run->ncollected;
    if (node->size) eval_know(e, node->size, trips);
    for (int i = 0; i < run->ncarried; i++) eval_keep(e, node, i, n, run->carried[i]);
    for (int i = 0; i < run->ncollected; i++) {
        int k = run->ncarried + i;
        Value *stack = run->lists[i];
        if (!trips) {
            value_drop(e, stack);
            stack = no_slices(e, node, node->types[k]);
        }
        eval_keep(e, node, k, n, stack);
    }
    if (!n) eval_keep(e, node, 0, 1, value_list(e, 0));
    for (int i = 0; i < node->nregions; i++) eval_clear_region(e, node->regions[i]);
}

static int64_t trip_count(Eval *e, const Node *node, int64_t lo, int64_t hi, int64_t step) {
    if (step == 0) eval_stop(e, node, 1, "the step of the loop is zero");
    if (step > 0)
        return lo >= hi ? 0 : (int64_t)(((uint64_t)hi - (uint64_t)lo - 1) / (uint64_t)step) + 1;
    return lo <= hi ? 0 : (int64_t)(((uint64_t)lo - (uint64_t)hi - 1) / -(uint64_t)step) + 1;
}

Value *eval_for(Eval *e, Node *node, Value **args) {
    int ncarried = (int)node->ints[0], nscanned = (int)node->ints[1], reverse = (int)node->ints[2];
    int64_t lo = value_get_int(args[0], 0), step = value_get_int(args[2], 0);
    int64_t trips = trip_count(e, node, lo, value_get_int(args[1], 0), step);
    Region *body = node->regions[0];
    int ncollected = body->results.n - ncarried;
    Value *carried[ncarried + 1], *lists[ncollected + 1], *params[1 + ncarried + nscanned];
    Running run = {carried, lists, ncarried, ncollected};
    for (int i = 0; i < ncarried; i++) carried[i] = value_ref(args[3 + i]);
    for (int i = 0; i < ncollected; i++) lists[i] = value_list(e, trips);
    if (node->size) eval_know(e, node->size, trips);
    for (int64_t n = 0; n < trips; n++) {
        int64_t t = reverse ? trips - 1 - n : n;
        params[0] = new_int(e, node, (int64_t)((uint64_t)lo + (uint64_t)t * (uint64_t)step));
        for (int i = 0; i < ncarried; i++) params[1 + i] = carried[i];
        for (int i = 0; i < nscanned; i++)
            params[1 + ncarried + i] = value_slice(e, node, args[3 + ncarried + i], t);
        enter_region(e, body, params, 1 + ncarried + nscanned);
        end_iteration(e, &run, body, t);
    }
    end_loop(e, node, &run, trips);
    return NULL;
}

Value *eval_while(Eval *e, Node *node, Value **args) {
    int ncarried = (int)node->ints[0];
    Region *cond = node->regions[0], *body = node->regions[1];
    int ncollected = body->results.n - ncarried;
    Value *carried[ncarried + 1], *lists[ncollected + 1], *params[ncarried + 1];
    Running run = {carried, lists, ncarried, ncollected};
    for (int i = 0; i < ncarried; i++) carried[i] = value_ref(args[i]);
    for (int i = 0; i < ncollected; i++) lists[i] = value_list(e, 0);
    int64_t trips = 0;
    for (;; trips++) {
        for (int i = 0; i < ncarried; i++) params[i] = value_ref(carried[i]);
        enter_region(e, cond, params, ncarried);
        if (!eval_scalar(e, cond->results.at[0])) break;
        for (int i = 0; i < ncollected; i++) grow_list(lists[i], trips + 1);
        for (int i = 0; i < ncarried; i++) params[i] = carried[i];
        enter_region(e, body, params, ncarried);
        end_iteration(e, &run, body, trips);
    }
    end_loop(e, node, &run, trips);
    return NULL;
}

Value *eval_bind(Eval *e, Node *node, Value **args) {
    eval_know(e, node->size, value_get_int(args[0], 0));
    return NULL;
}
