/* control.c: the reverse pass through control nodes.

   if       an if on the same condition: each branch gives the cotangents of what it used from
   outside, on top of the base. for      a for over the same trips the other way. Carried: the
   cotangents of carried values, and accumulators of what the body used from outside. Scanned: the
   cotangents of what was collected, and what the body's rules read. Collected: the cotangents of
   what was scanned. while    the same, as a for from 0 to the number of iterations. custom   its
   rule, once more for these operands and cotangents. recompute  its nodes once more, in a new group
   so that they are not merged with the first ones, then the sweep over them. */
#include "autodiff/sweep.h"

static Node *given(const Entry *e, int k) {
    return k < e->cotangents.n ? e->cotangents.at[k] : NULL;
}

static int is_given(const Entry *e) {
    for (int i = 0; i < e->cotangents.n; i++)
        if (e->cotangents.at[i]) return 1;
    return 0;
}

/* what depends on the node's results counts as depending on its operands */
static void touch_inputs(Sweep *s, const Node *control, const NodeList *free) {
    for (int i = 0; i < control->nargs; i++)
        if (is_floating(control->args[i])) sweep_touch(s, control->args[i]);
    for (int i = 0; i < free->n; i++) sweep_touch(s, free->at[i]);
}

/* ---- if ---- */

typedef struct Branches Branches;
struct Branches {
    Sweep *sweeps[2];
    Region *regions[2];
};

static void sweep_branches(Sweep *s, Entry *e, const NodeList *free, Node **bases, Branches *br) {
    for (int k = 0; k < 2; k++) {
        br->regions[k] = region_new(s->b->graph, s->b->region);
        Mirror *m = mirror_new(s->b, s->mirror, e->node, k, br->regions[k]);
        Sweep *in = br->sweeps[k] = sweep_inner(s, m);
        for (int i = 0; i < free->n; i++)
            if (bases[i]) sweep_set_base(in, free->at[i], bases[i]);
        for (int i = 0; i < e->cotangents.n; i++)
            if (e->cotangents.at[i]) sweep_give(in, m->from->results.at[i], e->cotangents.at[i]);
        sweep_run(in);
    }
}

/* the values of which a branch changed the cotangent become results; gives how many, and which in
 * changed */
static int branch_results(Sweep *s, const NodeList *free, Node **bases, Branches *br,
                          int *changed) {
    Arena *arena = s->b->graph->arena;
    int n = 0;
    for (int i = 0; i < free->n; i++) {
        Node *totals[2];
        for (int k = 0; k < 2; k++) totals[k] = sweep_total(br->sweeps[k], free->at[i]);
        if (totals[0] == bases[i] && totals[1] == bases[i]) continue;
        for (int k = 0; k < 2; k++) {
            if (!totals[k]) totals[k] = zeros(br->sweeps[k]->b, br->sweeps[k]->mirror, free->at[i]);
            PUSH(arena, &br->regions[k]->results, totals[k]);
        }
        changed[n++] = i;
    }
    return n;
}

static void sweep_if(Sweep *s, Entry *e, const NodeList *free) {
    Arena *arena = s->b->graph->arena;
    Branches br;
    Node **bases = NEW_ARRAY(arena, Node *, free->n + 1);
    int *changed = NEW_ARRAY(arena, int, free->n + 1);
    for (int i = 0; i < free->n; i++) bases[i] = sweep_take(s, free->at[i]);
    Node *cond = mirror_value(s->b, s->mirror, e->node->args[0]);
    sweep_branches(s, e, free, bases, &br);
    int n = branch_results(s, free, bases, &br, changed);
    for (int i = 0; i < free->n; i++)
        if (bases[i]) sweep_set_base(s, free->at[i], bases[i]);
    if (!n) return;
    Node *node = build_if(s->b, cond, br.regions[0], br.regions[1]);
    for (int i = 0; i < n; i++)
        sweep_set_base(s, free->at[changed[i]], build_result(s->b, node, i));
}

/* ---- for and while ---- */

/* a loop's pass: `at` are the carried values whose cotangents it carries, then come the
 * accumulators */
typedef struct Pass Pass;
struct Pass {
    Node *loop;
    const Region *body;
    int first, ncarried, nscanned; /* carried value i is operand first + i */
    Region *into;
    Mirror *mirror;
    Sweep *in;
    VEC(int) at;
    NodeList initial, params; /* of what the pass carries */
    NodeList slices;          /* what it collects, by scanned value; NULL: nothing */
};

static Pass pass_new(Sweep *s, Node *loop) {
    Pass p = {.loop = loop};
    int is_for = loop->op == OP_for;
    p.body = loop->regions[!is_for];
    p.first = is_for ? 3 : 0;
    p.ncarried = (int)loop->ints[0];
    p.nscanned = is_for ? (int)loop->ints[1] : 0;
    build_trip(s->b, loop);
    p.into = region_new(s->b->graph, s->b->region);
    p.mirror = mirror_new(s->b, s->mirror, loop, !is_for, p.into);
    p.in = sweep_inner(s, p.mirror);
    Node *index = build_param(p.in->b, p.into, type_scalar(s->b->graph->types, DT_i64));
    if (is_for) p.mirror->index = index;
    return p;
}

static Node *carried_param(const Pass *p, int i) {
    return p->body->params.at[(p->loop->op == OP_for) + i];
}

static Node *carry(Sweep *s, Pass *p, Node *initial) {
    PUSH(s->b->graph->arena, &p->initial, initial);
    Node *param = build_param(p->in->b, p->into, initial->type);
    PUSH(s->b->graph->arena, &p->params, param);
    return param;
}

/* the cotangents of carried values: of those that an active way goes through */
static void carry_values(Sweep *s, Entry *e, Pass *p) {
    for (int i = 0; i < p->ncarried; i++) {
        Node *g = given(e, i), *param = carried_param(p, i), *result = p->body->results.at[i];
        if (!is_floating(param)) continue;
        if (!g && !flow_active(s->flow, param) && !flow_active(s->flow, result)) continue;
        const Type *type = p->loop->types[i];
        mirror_type(s->b, s->mirror, type);
        carry(s, p,
              g ? g : as_type(s->b, zeros(s->b, s->mirror, p->loop->args[p->first + i]), type));
        PUSH(s->b->graph->arena, &p->at, i);
    }
}

static void carry_accumulators(Sweep *s, Pass *p, const NodeList *free) {
    for (int i = 0; i < free->n; i++) {
        Node *base = sweep_take(s, free->at[i]);
        mirror_type(s->b, s->mirror, free->at[i]->type);
        Node *param = carry(s, p, base ? base : zeros(s->b, s->mirror, free->at[i]));
        sweep_set_base(p->in, free->at[i], param);
    }
}

/* scanned values have bases too: what their stacks were given before is scanned, so that stacks are
 * never added up */
static void scan_bases(Sweep *s, Pass *p) {
    for (int i = 0; i < p->nscanned; i++) {
        Node *slice = p->body->params.at[1 + p->ncarried + i];
        if (!flow_active(s->flow, slice)) continue;
        Node *base = sweep_take(s, p->loop->args[p->first + p->ncarried + i]);
        if (!base) continue;
        mirror_type(p->in->b, p->mirror, slice->type);
        sweep_set_base(p->in, slice, mirror_scan(p->in->b, p->mirror, base));
    }
}

/* into the body: what is carried, and a slice of what its collected values got */
static void give_results(Sweep *s, Entry *e, Pass *p) {
    for (int i = 0; i < p->at.n; i++)
        sweep_give(p->in, p->body->results.at[p->at.at[i]], p->params.at[i]);
    for (int k = p->ncarried; k < e->cotangents.n; k++) {
        Node *inner = p->body->results.at[k];
        if (!e->cotangents.at[k] || !flow_active(s->flow, inner)) continue;
        mirror_type(p->in->b, p->mirror, inner->type);
        sweep_give(p->in, inner, mirror_scan(p->in->b, p->mirror, e->cotangents.at[k]));
    }
}

static void pass_results(Sweep *s, Pass *p, const NodeList *free) {
    Arena *arena = s->b->graph->arena;
    for (int i = 0; i < p->at.n; i++) {
        Node *total = sweep_total(p->in, carried_param(p, p->at.at[i]));
        if (!total) total = zeros(p->in->b, p->mirror, carried_param(p, p->at.at[i]));
        PUSH(arena, &p->into->results, as_type(p->in->b, total, p->params.at[i]->type));
    }
    for (int i = 0; i < free->n; i++)
        PUSH(arena, &p->into->results, sweep_total(p->in, free->at[i]));
    for (int i = 0; i < p->nscanned; i++) {
        Node *slice = p->body->params.at[1 + p->ncarried + i];
        Node *total = flow_active(s->flow, slice) ? sweep_total(p->in, slice) : NULL;
        if (total && total->region != p->into) total = alias(p->in->b, total);
        PUSH(arena, &p->slices, total);
    }
}

/* the pass as a for, over the trips of the loop, the other way */
static Node *pass_build(Sweep *s, Pass *p) {
    Node *bounds[3];
    mirror_close(s->b, p->mirror);
    mirror_bounds(s->b, s->mirror, p->loop, bounds);
    int reverse = p->loop->op == OP_for ? !p->loop->ints[2] : 1;
    Node *node = build_for(s->b, bounds[0], bounds[1], bounds[2], p->initial.at, p->initial.n,
                           p->mirror->scanned.at, p->mirror->scanned.n, reverse, p->into);
    node->size = p->loop->size;
    node->follows = 1;
    return node;
}

/* the cotangents that the pass ends with, to the loop's operands and to what stands around it */
static void give_operands(Sweep *s, Pass *p, const NodeList *free, Node *node) {
    const Node *loop = p->loop;
    for (int i = 0; i < p->at.n; i++)
        sweep_give(s, loop->args[p->first + p->at.at[i]], build_result(s->b, node, i));
    for (int i = 0; i < free->n; i++)
        sweep_set_base(s, free->at[i], build_result(s->b, node, p->at.n + i));
    for (int i = 0; i < p->nscanned; i++) {
        if (!p->slices.at[i]) continue;
        Node *stack = loop->args[p->first + p->ncarried + i];
        Node *g = build_collect(s->b, node, p->slices.at[i]);
        if (sweep_total(s, stack))
            sweep_give(s, stack, g); /* it is scanned twice, or used as a whole too */
        else
            sweep_set_base(s, stack, g);
    }
}

static void sweep_loop(Sweep *s, Entry *e, const NodeList *free) {
    Pass p = pass_new(s, e->node);
    carry_values(s, e, &p);
    carry_accumulators(s, &p, free);
    scan_bases(s, &p);
    give_results(s, e, &p);
    sweep_run(p.in);
    pass_results(s, &p, free);
    give_operands(s, &p, free, pass_build(s, &p));
}

/* ---- custom and recompute ---- */

/* the node's k-th result, as a value where the node stands */
static Node *result_of(Sweep *s, Entry *e, int k) {
    for (int i = 0; i < e->flow->results.n; i++)
        if (e->flow->results.at[i]->ints[0] == k) return e->flow->results.at[i];
    Builder at = {s->b->graph, e->node->region, e->node->where, 0, 0};
    return build_result(&at, e->node, k);
}

static void sweep_custom(Sweep *s, Entry *e, const NodeList *free) {
    (void)free;
    const Node *c = e->node;
    const Region *rule = c->regions[1];
    Arena *arena = s->b->graph->arena;
    Values *values = values_new(arena);
    Node **out = NEW_ARRAY(arena, Node *, rule->results.n + 1);
    for (int i = 0; i < rule->params.n; i++) {
        Node *param = rule->params.at[i], *value;
        int k = i - c->nargs;
        if (k < 0)
            value = mirror_value(s->b, s->mirror, c->args[i]);
        else if (k < c->ntypes)
            value = mirror_value(s->b, s->mirror, result_of(s, e, k));
        else
            value = given(e, k - c->ntypes);
        values_set(values, param,
                   value ? as_type(s->b, value, param->type) : build_fill(s->b, param->type, 0));
    }
    region_clone(s->b, rule, values, 0, out);
    for (int i = 0, k = 0; i < c->nargs; i++)
        if (is_floating(c->args[i])) sweep_give(s, c->args[i], out[k++]);
}

static void sweep_recompute(Sweep *s, Entry *e, const NodeList *free) {
    Arena *arena = s->b->graph->arena;
    int n = e->node->regions[0]->results.n;
    Node **aliases = NEW_ARRAY(arena, Node *, free->n + 1);
    Node **out = NEW_ARRAY(arena, Node *, free->n + 1);
    Node **ys = NEW_ARRAY(arena, Node *, n + 1);
    Node **seeds = NEW_ARRAY(arena, Node *, n + 1);
    mirror_again(s->b, s->mirror, e->node, free, aliases, ys);
    for (int i = 0; i < n; i++) seeds[i] = given(e, i);
    sweep_targets(s, ys, seeds, n, aliases, free->n, out);
    for (int i = 0; i < free->n; i++)
        if (out[i]) sweep_give(s, free->at[i], out[i]);
}

/* ---- */

typedef void Pull(Sweep *, Entry *, const NodeList *free);
static Pull *const pulls[OP_COUNT] = {
    [OP_if] = sweep_if,
    [OP_for] = sweep_loop,
    [OP_while] = sweep_loop,
    [OP_custom] = sweep_custom,
    [OP_recompute] = sweep_recompute,
};

void sweep_control(Sweep *s, Entry *e) {
    NodeList free = {0};
    if (!pulls[e->node->op]) die("%s in the way of a derivative", op_info(e->node->op)->name);
    free_values(s->b->graph, e->node, s->flow, &free);
    touch_inputs(s, e->node, &free);
    if (is_given(e)) pulls[e->node->op](s, e, &free);
}
