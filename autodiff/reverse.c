/* reverse.c: the backward sweep, where cotangents are added up, always in the same order; and the
 * call of reverse mode. */
#include "autodiff/reverse.h"

#include "autodiff/sweep.h"

enum { FEW_BOXES = 4 }; /* as many are padded and added; more are put in one after the other */

/* ---- small things ---- */

void no_derivative(Builder *b, const Node *node, int *errors) {
    diag_error(b->graph->diag, frame_user_span(node->where), "no-derivative",
               "%s has no derivative", op_info(node->op)->name);
    ++*errors;
}

/* ---- entries, and the heap of those to be taken up ---- */

static Entry *entry(Sweep *s, Node *node) {
    Entry *e = map_get(s->entries, node);
    if (e) return e;
    e = NEW(s->b->graph->arena, Entry);
    e->node = node;
    e->flow = flow_find(s->flow, node);
    map_set(s->entries, node, e);
    return e;
}

static void heap_swap(Sweep *s, int i, int k) {
    Entry *e = s->heap.at[i];
    s->heap.at[i] = s->heap.at[k];
    s->heap.at[k] = e;
}

static int heap_order(const Sweep *s, int i) {
    return s->heap.at[i]->flow->order;
}

static void queue(Sweep *s, Entry *e) {
    if (e->queued || (s->from && e->node->region != s->from)) return;
    e->queued = 1;
    PUSH(s->b->graph->arena, &s->heap, e);
    for (int i = s->heap.n - 1; i > 0 && heap_order(s, (i - 1) / 2) < heap_order(s, i);
         i = (i - 1) / 2)
        heap_swap(s, i, (i - 1) / 2);
}

static Entry *heap_pop(Sweep *s) {
    Entry *first = s->heap.at[0];
    s->heap.at[0] = s->heap.at[--s->heap.n];
    for (int i = 0, k; (k = 2 * i + 1) < s->heap.n; i = k) {
        if (k + 1 < s->heap.n && heap_order(s, k + 1) > heap_order(s, k)) k++;
        if (heap_order(s, k) <= heap_order(s, i)) break;
        heap_swap(s, i, k);
    }
    return first;
}

/* ---- adding up ---- */

static int count_boxes(const Entry *e) {
    int n = 0;
    for (int i = 0; i < e->parts.n; i++) n += e->parts.at[i].kind == PART_BOX;
    return n;
}

/* adds up what was given: whole parts first, then the others into their sum, where that is there or
 * worth while */
static Node *add_up(Sweep *s, Entry *e) {
    const Type *type = e->node->type;
    Node *sum = e->base;
    int in_place = e->base || s->mirror || count_boxes(e) > FEW_BOXES;
    for (int i = 0; i < e->parts.n; i++)
        if (e->parts.at[i].kind == PART_WHOLE) sum = part_add(s->b, sum, &e->parts.at[i], type);
    for (int i = 0; i < e->parts.n; i++) {
        Part *part = &e->parts.at[i];
        if (part->kind == PART_WHOLE) continue;
        if (part->kind == PART_BOX && !in_place) {
            Node *whole = part_add(s->b, NULL, part, type);
            *part = (Part){.kind = PART_WHOLE, .value = as_type(s->b, whole, type)};
        }
        sum = part_add(s->b, sum, part, type);
    }
    if (!sum) return NULL;
    sum = as_type(s->b, sum, type);
    e->base = sum;
    e->parts.n = 0;
    return sum;
}

static void give_part(Sweep *s, Node *node, const Part *part) {
    if (!flow_active(s->flow, node)) return;
    Entry *e = entry(s, node);
    PUSH(s->b->graph->arena, &e->parts, *part);
    queue(s, e);
}

void sweep_give(Sweep *s, Node *node, Node *cotangent) {
    if (!flow_active(s->flow, node)) return;
    Part part = {.kind = PART_WHOLE, .value = as_type(s->b, cotangent, node->type)};
    give_part(s, node, &part);
}

void sweep_touch(Sweep *s, Node *node) {
    if (!flow_active(s->flow, node)) return;
    Entry *e = entry(s, node);
    e->touched = 1;
    queue(s, e);
}

Node *sweep_total(Sweep *s, Node *node) {
    Entry *e = map_get(s->entries, node);
    return e ? add_up(s, e) : NULL;
}

Node *sweep_take(Sweep *s, Node *node) {
    Node *sum = sweep_total(s, node);
    if (sum) entry(s, node)->base = NULL;
    return sum;
}

void sweep_set_base(Sweep *s, Node *node, Node *base) {
    Entry *e = entry(s, node);
    e->base = as_type(s->b, base, node->type);
    if (flow_active(s->flow, node)) queue(s, e);
}

int sweep_touched(const Sweep *s, const Node *node) {
    const Entry *e = map_get(s->entries, node);
    return e && (e->touched || e->base || e->parts.n);
}

/* ---- the sweep ---- */

Sweep *sweep_new(Builder *b, const Flow *flow, Rules *rules, int *errors) {
    Sweep *s = NEW(b->graph->arena, Sweep);
    s->b = b;
    s->flow = flow;
    s->rules = rules;
    s->errors = errors;
    s->entries = map_new(b->graph->arena);
    return s;
}

Sweep *sweep_inner(const Sweep *around, Mirror *mirror) {
    Builder *b = arena_copy(around->b->graph->arena, around->b, sizeof *b);
    b->region = mirror->into;
    Sweep *s = sweep_new(b, around->flow, around->rules, around->errors);
    s->mirror = mirror;
    s->from = mirror->from;
    return s;
}

static int wants(void *sink, const Node *arg) {
    return flow_active(((Sweep *)sink)->flow, arg);
}

static void give(void *sink, Node *arg, const Part *part) {
    if (part->kind == PART_WHOLE)
        sweep_give(sink, arg, part->value);
    else
        give_part(sink, arg, part);
}

static void touch_args(Sweep *s, const Node *node) {
    for (int i = 0; i < node->nargs; i++)
        if (is_floating(node->args[i]) && op_flows(node, i)) sweep_touch(s, node->args[i]);
}

static void sweep_rule(Sweep *s, Node *node, Node *g) {
    touch_args(s, node);
    if (!g || !node->nargs) return;
    mirror_type(s->b, s->mirror, node->type);
    for (int i = 0; i < node->nargs; i++) mirror_type(s->b, s->mirror, node->args[i]->type);
    Rule rule = {s->b, s->rules, s->mirror, node, g, s, wants, give, 0};
    rule_apply(&rule);
    if (rule.missing) no_derivative(s->b, node, s->errors);
}

/* hands the cotangent of a result to its control node, which waits for all of them */
static void sweep_result(Sweep *s, Node *result, Node *g) {
    Entry *control = entry(s, result->args[0]);
    int k = (int)result->ints[0];
    while (control->cotangents.n <= k) PUSH(s->b->graph->arena, &control->cotangents, NULL);
    Node **all = control->cotangents.at;
    if (g) all[k] = all[k] ? sum_of(s->b, all[k], g) : g;
    control->touched = 1;
    queue(s, control);
}

static void take_up(Sweep *s, Entry *e) {
    Node *node = e->node;
    s->b->where = node->where;
    if (node->nregions) {
        sweep_control(s, e);
        return;
    }
    Node *g = add_up(s, e);
    if (!e->flow->fed) return;
    if (node->op == OP_result)
        sweep_result(s, node, g);
    else
        sweep_rule(s, node, g);
}

void sweep_run(Sweep *s) {
    const Frame *where = s->b->where;
    while (s->heap.n) take_up(s, heap_pop(s));
    s->b->where = where;
}

void sweep_targets(const Sweep *around, Node *const *ys, Node *const *seeds, int nys,
                   Node *const *targets, int ntargets, Node **out) {
    const Flow *flow = flow_new(around->b->graph, ys, nys, targets, ntargets);
    Sweep *s = sweep_new(around->b, flow, around->rules, around->errors);
    s->mirror = around->mirror;
    for (int i = 0; i < nys; i++)
        if (seeds[i]) sweep_give(s, ys[i], seeds[i]);
    sweep_run(s);
    for (int i = 0; i < ntargets; i++) out[i] = sweep_total(s, targets[i]);
}

/* ---- the call ---- */

/* the number that all elements of node are, NULL: it is no such constant */
static const Node *constant_of(const Node *node) {
    while (node->op == OP_expand || node->op == OP_reshape) node = node->args[0];
    return node->op == OP_const && !node->type->rank ? node : NULL;
}

/* x as a value of its own, that no simplification sees through */
Node *own_value(Builder *b, Node *x) {
    Builder plain = *b;
    plain.simplify = 0;
    const Node *number = constant_of(x);
    if (!number) return alias(b, x);
    Node *copy = build_const(&plain, number->type, number->data);
    return x->type->rank ? build_expand(&plain, copy, x->type) : as_type(&plain, copy, x->type);
}

static void answer(Sweep *s, GradRequest *request, Node **out) {
    NodeList params = {0};
    int missing = 0;
    for (int i = 0; i < request->nxs; i++) {
        Node *x = request->xs[i];
        out[i] = *s->errors ? NULL : sweep_total(s, x);
        if (!out[i] && !*s->errors && sweep_touched(s, x)) out[i] = zeros(s->b, NULL, x);
        if (out[i]) out[i] = own_value(s->b, out[i]); /* each gradient is a new value */
        missing |= !out[i];
    }
    if (missing) flow_params(s->b->graph, &request->y, 1, &params);
    request->params = params.at;
    request->nparams = params.n;
}

int autodiff_reverse(Builder *b, GradRequest *request, Node **out) {
    Builder inner = *b;
    int errors = 0;
    inner.simplify = 1;
    const Flow *flow = flow_new(b->graph, &request->y, 1, request->xs, request->nxs);
    Sweep *s = sweep_new(&inner, flow, rules_new(b->graph), &errors);
    Node *seed = request->seed;
    if (flow_active(flow, request->y))
        sweep_give(s, request->y, seed ? seed : build_fill(&inner, request->y->type, 1));
    sweep_run(s);
    answer(s, request, out);
    return !errors;
}
