/* carry.c: run-time loops. First the body is elaborated once on the side, only to learn what it
   assigns; that is what the loop carries. Then it is elaborated into its region. With break or
   return in it a for becomes a while. */
#include "frontend/elaborate/index.h"
#include "frontend/elaborate/loop.h"

#include <string.h>

/* ---- leaves ---- */

Value carry_leaves(Elab *e, Value v, Nodes *out, const char *name, Span span) {
    if (v.kind == V_EXACT || v.kind == V_SIZE) v = value_node(elab_tensor(e, v, span, name));
    if (v.kind == V_NODE) {
        v.is_known = 0;
        PUSH(e->arena, out, v.node);
        return v;
    }
    if (!value_is_aggregate(v)) return v;
    Value *at = NEW_ARRAY(e->arena, Value, v.items->n + 1);
    for (int i = 0; i < v.items->n; i++) at[i] = carry_leaves(e, v.items->at[i], out, name, span);
    return value_with_items(e, v, at);
}

Value carry_rebuild(Elab *e, Value like, Node *const *nodes, int *at) {
    if (like.kind == V_NODE) return value_node(nodes[(*at)++]);
    if (!value_is_aggregate(like)) return like;
    Value *items = NEW_ARRAY(e->arena, Value, like.items->n + 1);
    for (int i = 0; i < like.items->n; i++)
        items[i] = carry_rebuild(e, like.items->at[i], nodes, at);
    return value_with_items(e, like, items);
}

static int changed_type(Elab *e, const Cell *cell, Value like, Value after, Span span) {
    if (like.kind == V_TEXT && after.kind == V_TEXT) {
        elab_error(e, cell->assigned.source ? cell->assigned : span, "loop-types",
                   "%s is text, which a loop that runs cannot carry", cell->name);
        elab_note(e, span, "the loop is here");
        elab_hint(e, "carry a number, and choose the text by it: if k == 1 then \"a\" else \"b\"");
        return 0;
    }
    elab_error(e, cell->assigned.source ? cell->assigned : span, "loop-types",
               "%s is %s before the loop's body and %s after it: what a loop carries keeps its "
               "type and shape",
               cell->name, value_kind_text(e, like), value_kind_text(e, after));
    if (like.kind == V_LIST)
        elab_hint(e, "make a tensor before the loop and assign to its parts, x[i] = …; a list "
                     "grows only in a for over a list, or is written [… for i in 0..n]");
    elab_note(e, span, "the loop is here");
    return 0;
}

int carry_match(Elab *e, const Cell *cell, Value like, Value after, Nodes *out, Span span) {
    if (like.kind == V_POISON) return 0;
    if (like.kind == V_NODE) {
        if (after.kind == V_POISON) return 0;
        if (after.kind == V_EXACT || after.kind == V_SIZE)
            after = value_node(elab_tensor_as(e, after, like.node->type->dtype, span, cell->name));
        if (after.kind != V_NODE || after.node->type->dtype != like.node->type->dtype ||
            !type_same_shape(after.node->type, like.node->type))
            return changed_type(e, cell, like, after, span);
        PUSH(e->arena, out, after.node);
        return 1;
    }
    if (!value_is_aggregate(like)) {
        if (value_same(like, after)) return 1;
        return after.kind == V_POISON ? 0 : changed_type(e, cell, like, after, span);
    }
    if (!value_is_aggregate(after) || after.items->n != like.items->n)
        return after.kind == V_POISON ? 0 : changed_type(e, cell, like, after, span);
    for (int i = 0; i < like.items->n; i++)
        if (!carry_match(e, cell, like.items->at[i], after.items->at[i], out, span)) return 0;
    return 1;
}

/* ---- the body ---- */

static void run_cond(Elab *e, Run *run, Node **node, int *known) {
    Value c = expr(e, run->cond);
    *node = expr_condition(e, c, run->cond->span, "a condition", known);
}

static FlowStatus run_body(Elab *e, Run *run, Node *index) {
    Flow *outer = e->flow;
    Scope *saved = e->scope;
    run->flow.cont = cell_new(e, "continue", value_bool(0), run->span);
    e->flow = &run->flow;
    e->scope = scope_new(e, run->scope);
    if (run->bind) run->bind(e, run, index);
    FlowStatus status = block_from(e, run->body, 0);
    e->scope = saved;
    e->flow = outer;
    return status;
}

/* a flag may be set: as a value that is not known, for what follows in a body elaborated on the
 * side */
static FlowStatus side_status(Elab *e, Run *run) {
    int known;
    if (!run->flow.ret || (value_known_bool(run->flow.ret->value, &known) && !known))
        return FLOW_NEXT;
    cell_set(e, run->flow.ret, value_node(build_number(&e->b, DT_bool, 1)));
    return FLOW_MAYBE;
}

static FlowStatus on_the_side(Elab *e, Run *run) {
    Node *cond;
    int known;
    if (run->cond) {
        int before = e->trail.n, cells = e->ncells;
        run_cond(e, run, &cond, &known);
        for (int i = before; i < e->trail.n; i++)
            if (e->trail.at[i].cell->id < cells)
                run->go = e->draw; /* it assigns something: carried below */
    }
    run_body(e, run, run->cond ? NULL : build_int(&e->b, 0));
    return side_status(e, run);
}

static int has_cell(const Run *run, const Cell *cell) {
    for (int i = 0; i < run->cells.n; i++)
        if (run->cells.at[i] == cell) return 1;
    return 0;
}

static void add_cells(Elab *e, Run *run, const Branch *way) {
    for (int i = 0; i < way->cells.n; i++) {
        Cell *cell = way->cells.at[i];
        if (has_cell(run, cell)) continue;
        PUSH(e->arena, &run->cells, cell);
        if (cell == run->flow.brk || cell == run->flow.ret) run->exits = 1;
        if (cell->unset) cell_set(e, cell, value_zeros(e, way->values.at[i]));
    }
}

/* what the body assigns, by elaborating it once in a region that is thrown away */
static void discover(Elab *e, Run *run) {
    Branch way = {0};
    int instances = e->instances.n, checkpoints = e->checkpoints, over = e->over_budget;
    Mark mark = branch_open(e, region_new(e->graph, e->b.region));
    e->discovering++;
    on_the_side(e, run);
    e->discovering--;
    branch_close(e, mark, &way);
    e->instances.n = instances;
    e->checkpoints = checkpoints;
    e->over_budget = over; /* said again, aloud, when the body is made */
    /* values of the thrown region serve as types only */
    add_cells(e, run, &way);
}

/* ---- making the node ---- */

static void take_before(Elab *e, Run *run, Nodes *inits) {
    run->before.n = 0;
    for (int i = 0; i < run->cells.n; i++) {
        Cell *cell = run->cells.at[i];
        Value v = carry_leaves(e, cell->value, inits, cell->name, run->span);
        PUSH(e->arena, &run->before, v);
    }
}

/* the region's params stand for the carried values from here on */
static void enter(Elab *e, Run *run, Region *r, const Nodes *inits) {
    Node **params = NEW_ARRAY(e->arena, Node *, inits->n + 1);
    int at = 0;
    for (int i = 0; i < inits->n; i++) params[i] = build_param(&e->b, r, inits->at[i]->type);
    for (int i = 0; i < run->cells.n; i++) {
        int from = at;
        cell_set(e, run->cells.at[i], carry_rebuild(e, run->before.at[i], params, &at));
        for (int k = from; k < at; k++) {
            Carried c = {params[k], run->cells.at[i]->name};
            PUSH(e->arena, &e->carried, c);
        }
    }
}

static int is_flag(const Run *run, const Cell *cell) {
    return cell == run->flow.brk || cell == run->flow.ret;
}

/* in the body no flag is set yet: the condition has seen to it */
static void clear_flags(Elab *e, Run *run) {
    for (int i = 0; i < run->cells.n; i++)
        if (is_flag(run, run->cells.at[i])) cell_set(e, run->cells.at[i], value_bool(0));
}

/* the values after the body, as the region's results; variables that went wrong stay as they were,
 * and are poison later */
static void leave(Elab *e, Run *run, Region *r, int *bad) {
    for (int i = 0; i < run->cells.n; i++) {
        Cell *cell = run->cells.at[i];
        Nodes out = {0};
        int at = r->results.n;
        bad[i] = !carry_match(e, cell, run->before.at[i], value_read_deep(e, cell->value), &out,
                              run->span);
        if (bad[i]) {
            out.n = 0;
            carry_leaves(e, run->before.at[i], &out, cell->name, run->span);
        }
        (void)at;
        for (int k = 0; k < out.n; k++) PUSH(e->arena, &r->results, out.at[k]);
    }
}

static void take_after(Elab *e, Run *run, Node *loop, int first, int nleaves, const int *bad) {
    Node **results = NEW_ARRAY(e->arena, Node *, nleaves + 1);
    int at = 0;
    for (int i = 0; i < nleaves; i++) results[i] = build_result(&e->b, loop, first + i);
    for (int i = 0; i < run->cells.n; i++) {
        Value v = carry_rebuild(e, run->before.at[i], results, &at);
        if (run->cells.at[i] == run->flow.brk) continue;
        cell_set(e, run->cells.at[i], bad[i] ? value_poison() : v);
    }
}

static const char **carried_names(Elab *e, Run *run, int nleaves, int first) {
    const char **names = NEW_ARRAY(e->arena, const char *, nleaves + first + 1);
    int n = 0;
    for (; n < first; n++) names[n] = "the loop's counter";
    for (int i = 0; i < run->cells.n; i++) {
        Nodes leaves = {0};
        carry_leaves(e, run->before.at[i], &leaves, "", run->span);
        for (int k = 0; k < leaves.n; k++)
            names[n++] = leaves.n == 1
                             ? run->cells.at[i]->name
                             : arena_printf(e->arena, "%s[%d]", run->cells.at[i]->name, k);
    }
    return names;
}

/* runs the body in region r; 0: it assigned variables that were not carried, which are now: do it
 * again */
static int fill_body(Elab *e, Run *run, Region *r, const Nodes *inits, int counted, Node **counter,
                     int *bad) {
    Branch way = {0};
    Mark mark = branch_open(e, r);
    Node *index = NULL;
    if (counted) {
        *counter = index = build_param(&e->b, r, type_scalar(e->graph->types, DT_i64));
        int64_t step = run->step->op == OP_const ? *(const int64_t *)run->step->data : 0;
        if (run->exits || (step > 0 && index_nonnegative(e, run->lo)))
            PUSH(e->arena, &e->counters, index);
    }
    enter(e, run, r, inits);
    if (run->exits) clear_flags(e, run);
    elab_at(e, run->span);
    if (counted && run->exits)
        index = build_map2(&e->b, OP_add, run->lo, build_map2(&e->b, OP_mul, index, run->step));
    FlowStatus status = run_body(e, run, index);
    if (run->go) {
        Node *c;
        int known;
        run_cond(e, run, &c, &known);
        cell_set(e, run->go, c ? value_node(c) : value_bool(known > 0));
    }
    (void)status;
    if (counted && run->exits)
        PUSH(e->arena, &r->results, build_map2(&e->b, OP_add, *counter, build_int(&e->b, 1)));
    leave(e, run, r, bad);
    branch_close(e, mark, &way);
    int n = run->cells.n;
    add_cells(e, run, &way);
    return run->cells.n == n;
}

/* hi, lo, step → the number of iterations */
static Node *trip_count(Elab *e, Run *run) {
    Builder *b = &e->b;
    Node *zero = build_int(b, 0);
    Node *way = build_map2(b, OP_sub, run->hi, run->lo);
    Node *minus =
        build_map1(b, OP_neg, build_map2(b, OP_floordiv, build_map1(b, OP_neg, way), run->step));
    return build_map2(b, OP_maximum, minus, zero);
}

static Node *not_left(Elab *e, Run *run) {
    Node *any = NULL;
    for (int i = 0; i < run->cells.n; i++) {
        if (!is_flag(run, run->cells.at[i])) continue;
        Node *flag = run->cells.at[i]->value.node;
        any = any ? build_map2(&e->b, OP_logical_or, any, flag) : flag;
    }
    return any ? build_map1(&e->b, OP_logical_not, any) : NULL;
}

static Value cond_value(Elab *e, void *data) {
    Node *c;
    int known;
    run_cond(e, data, &c, &known);
    return c ? value_node(c) : value_bool(known > 0);
}

static Value never(Elab *e, void *data) {
    (void)e;
    (void)data;
    return value_bool(0);
}

/* the region that decides whether a while goes on */
static Region *cond_region(Elab *e, Run *run, const Nodes *inits, Node *trips) {
    Branch way = {0};
    Region *r = region_new(e->graph, e->b.region);
    Mark mark = branch_open(e, r);
    Node *counter = trips ? build_param(&e->b, r, type_scalar(e->graph->types, DT_i64)) : NULL;
    enter(e, run, r, inits);
    elab_at(e, run->span);
    Node *stay = not_left(e, run);
    Value v;
    if (trips)
        v = value_node(build_map2(&e->b, OP_lt, counter, trips));
    else if (run->go)
        v = run->go->value;
    else if (stay)
        v = branch_value(e, stay, cond_value, run, run->span, never, NULL);
    else
        v = cond_value(e, run);
    if (v.kind == V_POISON) v = value_bool(0);
    Node *go = elab_tensor(e, v, run->span, "a condition");
    if (stay && (trips || run->go)) go = build_map2(&e->b, OP_logical_and, go, stay);
    PUSH(e->arena, &r->results, go);
    branch_close(e, mark, &way);
    return r;
}

static void make_for(Elab *e, Run *run, const Nodes *inits, Region *body, const int *bad) {
    elab_at(e, run->span);
    Node *loop =
        build_for(&e->b, run->lo, run->hi, run->step, inits->at, inits->n, NULL, 0, 0, body);
    loop->loop = run->info;
    if (run->info) run->info->slot_names = carried_names(e, run, inits->n, 0);
    take_after(e, run, loop, 0, inits->n, bad);
}

static void make_while(Elab *e, Run *run, const Nodes *inits, Region *body, Node *trips,
                       const int *bad) {
    Nodes all = {0};
    int first = trips != NULL;
    Region *cond = cond_region(e, run, inits, trips);
    elab_at(e, run->span);
    if (trips) PUSH(e->arena, &all, build_int(&e->b, 0));
    for (int i = 0; i < inits->n; i++) PUSH(e->arena, &all, inits->at[i]);
    Node *loop = build_while(&e->b, all.at, all.n, cond, body);
    loop->loop = run->info;
    if (run->info) run->info->slot_names = carried_names(e, run, inits->n, first);
    take_after(e, run, loop, first, inits->n, bad);
}

/* a condition that assigns (draws, say) is evaluated before the loop and at the end of its body,
 * and carried */
static void carry_condition(Elab *e, Run *run) {
    Node *c;
    int known;
    run_cond(e, run, &c, &known);
    run->go = cell_new(e, "the condition", c ? value_node(c) : value_bool(known > 0), run->span);
    PUSH(e->arena, &run->cells, run->go);
}

FlowStatus run_loop(Elab *e, Run *run) {
    run->scope = e->scope;
    run->flow = (Flow){.outer = e->flow, .is_loop = 1};
    if (e->flow) {
        run->flow.ret = e->flow->ret;
        run->flow.result = e->flow->result;
        run->flow.fn = e->flow->fn;
    }
    run->flow.brk = cell_new(e, "break", value_bool(0), run->span);
    if (e->discovering) return on_the_side(e, run);
    if (!budget_left(e, run->span)) return FLOW_NEXT;
    discover(e, run);
    if (run->go) carry_condition(e, run);
    Node *trips = NULL, *counter = NULL;
    Nodes inits;
    Region *body;
    int *bad, checkpoints = e->checkpoints;
    do {
        e->checkpoints = checkpoints;
        inits = (Nodes){0};
        elab_at(e, run->span);
        take_before(e, run, &inits);
        if (!run->cond && run->exits && !trips) trips = trip_count(e, run);
        body = region_new(e->graph, e->b.region);
        bad = NEW_ARRAY(e->arena, int, run->cells.n + 8);
    } while (!fill_body(e, run, body, &inits, !run->cond, &counter, bad));
    if (run->cond || run->exits)
        make_while(e, run, &inits, body, trips, bad);
    else
        make_for(e, run, &inits, body, bad);
    return run->flow.ret && has_cell(run, run->flow.ret) ? FLOW_MAYBE : FLOW_NEXT;
}
