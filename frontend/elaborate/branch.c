/* branch.c: two ways through a program that are chosen between when it runs. Each way fills a
   region of its own; what either of them assigned becomes a result of the if. */
#include "frontend/elaborate/core.h"

#include <string.h>

Mark branch_open(Elab *e, Region *region) {
    Mark mark = {e->trail.n, e->ncells, e->b.region};
    e->b.region = region;
    return mark;
}

static int find_cell(const Branch *b, const Cell *cell) {
    for (int i = 0; i < b->cells.n; i++)
        if (b->cells.at[i] == cell) return i;
    return -1;
}

/* takes what was assigned since the mark to older variables, then undoes it */
void branch_close(Elab *e, Mark mark, Branch *out) {
    out->region = e->b.region;
    out->cells.n = out->values.n = out->unset.n = 0;
    for (int i = mark.trail; i < e->trail.n; i++) {
        Cell *cell = e->trail.at[i].cell;
        if (cell->id >= mark.cells || find_cell(out, cell) >= 0) continue;
        PUSH(e->arena, &out->cells, cell);
        PUSH(e->arena, &out->values, cell->value);
        PUSH(e->arena, &out->unset, cell->unset);
    }
    for (int i = e->trail.n - 1; i >= mark.trail; i--) {
        e->trail.at[i].cell->value = e->trail.at[i].before;
        e->trail.at[i].cell->unset = e->trail.at[i].was_unset;
    }
    e->trail.n = mark.trail;
    e->b.region = mark.region;
}

void branch_reopen(Elab *e, Branch *b, Mark *mark) {
    *mark = branch_open(e, b->region);
    for (int i = 0; i < b->cells.n; i++)
        if (!b->unset.at[i]) cell_set(e, b->cells.at[i], b->values.at[i]);
}

/* ---- values side by side ---- */

int value_same(Value a, Value b) {
    if (a.kind != b.kind) return 0;
    switch (a.kind) {
    case V_NONE:
        return 1;
    case V_NODE:
        return a.node == b.node;
    case V_EXACT:
        return a.exact.kind == b.exact.kind && a.exact.i == b.exact.i &&
               memcmp(&a.exact.f, &b.exact.f, sizeof a.exact.f) == 0;
    case V_TUPLE:
    case V_LIST:
    case V_RECORD:
        if (a.items == b.items) return 1;
        if (a.items->n != b.items->n) return 0;
        for (int i = 0; i < a.items->n; i++)
            if (!value_same(a.items->at[i], b.items->at[i])) return 0;
        return 1;
    default:
        return a.items == b.items; /* all are pointers */
    }
}

Value value_zeros(Elab *e, Value like) {
    if (like.kind == V_NODE && like.node->type)
        return value_node(build_fill(&e->b, like.node->type, 0));
    if (!value_is_aggregate(like)) return like;
    Value *at = NEW_ARRAY(e->arena, Value, like.items->n + 1);
    for (int i = 0; i < like.items->n; i++) at[i] = value_zeros(e, like.items->at[i]);
    return value_with_items(e, like, at);
}

typedef struct Pair Pair; /* merging what two regions give */
struct Pair {
    Node *cond;
    Region *regions[2];
    const Cell *cell;
    Span span;
    int good;
};

static Value pair_error(Elab *e, Pair *p, Value a, Value b) {
    Span span = p->cell->assigned.source ? p->cell->assigned : p->span;
    p->good = 0;
    elab_error(e, span, "branch-types",
               "%s is %s when the condition holds and %s otherwise: the two must be alike",
               p->cell->name, value_kind_text(e, a), value_kind_text(e, b));
    return value_poison();
}

static int is_leaf(Value v) {
    return v.kind == V_NODE || v.kind == V_EXACT || v.kind == V_SIZE;
}

static Node *leaf_in(Elab *e, Region *region, Value v, DType dtype, Span span) {
    Region *saved = e->b.region;
    e->b.region = region;
    Node *n = elab_tensor_as(e, v, dtype, span, "a value");
    e->b.region = saved;
    return n;
}

static DType leaf_dtype(Value v) {
    return v.kind == V_NODE   ? v.node->type->dtype
           : v.kind == V_SIZE ? DT_i64
                              : exact_dtype(v.exact);
}

/* a leaf of the two: their nodes become results; a placeholder with the result's number stands for
 * it */
static Value pair_leaf(Elab *e, Pair *p, Value a, Value b) {
    DType da = leaf_dtype(a), db = leaf_dtype(b);
    DType d = a.kind == V_NODE                   ? da
              : b.kind == V_NODE                 ? db
              : dtype_kind(da) >= dtype_kind(db) ? da
                                                 : db;
    if ((d == DT_bool) != (da == DT_bool) || (d == DT_bool) != (db == DT_bool))
        return pair_error(e, p, a, b);
    Node *x = leaf_in(e, p->regions[0], a, d, p->span),
         *y = leaf_in(e, p->regions[1], b, d, p->span);
    if (!x || !y) {
        p->good = 0;
        return value_poison();
    }
    if (x->type->dtype != y->type->dtype || !type_same_shape(x->type, y->type))
        return pair_error(e, p, a, b);
    PUSH(e->arena, &p->regions[0]->results, x);
    PUSH(e->arena, &p->regions[1]->results, y);
    Value v = {.kind = V_NODE};
    v.exact.i = p->regions[0]->results.n - 1;
    return v;
}

static Value pair(Elab *e, Pair *p, Value a, Value b);

/* what a text of one way shows becomes a result of the if; the other way gives zeros for it */
static Value take(Elab *e, Pair *p, Value v, int way) {
    Region *saved = e->b.region;
    e->b.region = p->regions[1 - way];
    Value other = value_zeros(e, v);
    e->b.region = saved;
    return way ? pair(e, p, other, v) : pair(e, p, v, other);
}

static Value take_first(Elab *e, Value v, void *data) {
    return take(e, data, v, 0);
}

static Value take_second(Elab *e, Value v, void *data) {
    return take(e, data, v, 1);
}

static Value pair_text(Elab *e, Pair *p, Value a, Value b) {
    const char *x = value_plain_text(e, a), *y = value_plain_text(e, b);
    if (x && y && strcmp(x, y) == 0) return a;
    a = text_take(e, a, take_first, p);
    b = text_take(e, b, take_second, p);
    return text_chosen(e, p->cond, a, b);
}

static Value pair(Elab *e, Pair *p, Value a, Value b) {
    if (a.kind == V_POISON || b.kind == V_POISON) return value_poison();
    if (value_same(a, b)) return a;
    if (a.kind == V_TEXT && b.kind == V_TEXT) return pair_text(e, p, a, b);
    if (is_leaf(a) && is_leaf(b)) return pair_leaf(e, p, a, b);
    if (value_is_aggregate(a) && a.kind == b.kind && a.items->n == b.items->n) {
        Value *at = NEW_ARRAY(e->arena, Value, a.items->n + 1);
        for (int i = 0; i < a.items->n; i++) at[i] = pair(e, p, a.items->at[i], b.items->at[i]);
        return value_with_items(e, a, at);
    }
    if (is_leaf(a) || is_leaf(b) || value_is_aggregate(a) || value_is_aggregate(b))
        return pair_error(e, p, a, b);
    p->good = 0;
    elab_error(e, p->span, "branch-known",
               "%s is chosen by a condition at run time, and %s must be known at compile time",
               p->cell->name, value_kind_text(e, a));
    return value_poison();
}

static Value fill(Elab *e, Value v, void *control) {
    return value_fill(e, v, control);
}

/* placeholders become the results of the finished node */
Value value_fill(Elab *e, Value v, Node *control) {
    if (v.kind == V_TEXT && !value_plain_text(e, v)) return text_take(e, v, fill, control);
    if (v.kind == V_NODE && !v.node)
        return value_node(build_result(&e->b, control, (int)v.exact.i));
    if (!value_is_aggregate(v)) return v;
    Value *at = NEW_ARRAY(e->arena, Value, v.items->n + 1);
    for (int i = 0; i < v.items->n; i++) at[i] = value_fill(e, v.items->at[i], control);
    return value_with_items(e, v, at);
}

/* what the branch leaves in the cell; zeros like the other's where it was never set */
static Value way_value(Elab *e, Branch *way, Branch *other, Cell *cell) {
    int i = find_cell(way, cell), k = find_cell(other, cell);
    int unset = i >= 0 ? way->unset.at[i] : cell->unset;
    if (!unset) return i >= 0 ? way->values.at[i] : cell->value;
    if (k < 0 || other->unset.at[k]) return value_none();
    Region *saved = e->b.region;
    e->b.region = way->region;
    Value v = value_zeros(e, other->values.at[k]);
    e->b.region = saved;
    return v;
}

int branch_merge(Elab *e, Node *cond, Branch *yes, Branch *no, Span span) {
    Pair p = {cond, {yes->region, no->region}, NULL, span, 1};
    VEC(Cell *) cells = {0};
    VEC(Value) merged = {0};
    for (int i = 0; i < yes->cells.n; i++) PUSH(e->arena, &cells, yes->cells.at[i]);
    for (int i = 0; i < no->cells.n; i++)
        if (find_cell(yes, no->cells.at[i]) < 0) PUSH(e->arena, &cells, no->cells.at[i]);
    for (int i = 0; i < cells.n; i++) {
        p.cell = cells.at[i];
        Value v =
            pair(e, &p, way_value(e, yes, no, cells.at[i]), way_value(e, no, yes, cells.at[i]));
        PUSH(e->arena, &merged, v);
    }
    elab_at(e, span);
    Node *control = build_if(&e->b, cond, yes->region, no->region);
    for (int i = 0; i < cells.n; i++)
        cell_set(e, cells.at[i], value_fill(e, merged.at[i], control));
    return p.good;
}

FlowStatus branch_two(Elab *e, Node *cond, Body yes, void *yes_data, Body no, void *no_data,
                      Body rest, void *rest_data, int *took_rest, Span span) {
    Branch a = {0}, b = {0};
    Scope *scope = e->scope;
    Mark mark = branch_open(e, region_new(e->graph, e->b.region));
    e->conditional++;
    a.status = yes(e, yes_data);
    branch_close(e, mark, &a);
    e->scope = scope;
    mark = branch_open(e, region_new(e->graph, e->b.region));
    b.status = no ? no(e, no_data) : FLOW_NEXT;
    branch_close(e, mark, &b);
    e->scope = scope;
    Branch *through = a.status == FLOW_EXIT && b.status == FLOW_NEXT   ? &b
                      : b.status == FLOW_EXIT && a.status == FLOW_NEXT ? &a
                                                                       : NULL;
    if (rest && through) {
        branch_reopen(e, through, &mark);
        through->status = rest(e, rest_data);
        branch_close(e, mark, through);
        e->scope = scope;
        *took_rest = 1;
    }
    e->conditional--;
    branch_merge(e, cond, &a, &b, span);
    if (a.status == b.status) return a.status;
    return FLOW_MAYBE;
}

/* ---- if … then … else ---- */

typedef struct Way Way;
struct Way {
    Compute compute;
    void *data;
    Cell *cell;
};

static FlowStatus compute_way(Elab *e, void *data) {
    Way *way = data;
    cell_set(e, way->cell, way->compute(e, way->data));
    return FLOW_NEXT;
}

Value branch_value(Elab *e, Node *cond, Compute yes, void *yes_data, Span span, Compute no,
                   void *no_data) {
    Cell *cell = cell_new(e, "the value of the if", value_none(), span_nowhere());
    Way a = {yes, yes_data, cell}, b = {no, no_data, cell};
    int took;
    branch_two(e, cond, compute_way, &a, compute_way, &b, NULL, NULL, &took, span);
    return cell->value;
}
