/* loop.c: for and while statements. A for over a list, tuple or tree is unrolled; over a range it
 * is a loop at run time. */
#include "frontend/elaborate/loop.h"

#include <string.h>

/* ---- unrolled ---- */

typedef struct Unroll Unroll;
struct Unroll {
    const AstStmt *stmt;
    const Value *items;
    int n, at;
    Scope *scope;
};

static void bind_item(Elab *e, const AstStmt *s, Value item) {
    const AstPatterns *ps = &s->each.patterns;
    if (ps->n == 1) {
        bind_pattern(e, ps->at[0], item, BIND_LOOP, s->each.range->span);
        return;
    }
    AstPattern all = {.span = s->each.range->span, .items = *ps};
    bind_pattern(e, &all, item, BIND_LOOP, s->each.range->span);
}

static int flag_is(const Cell *flag, int value) {
    int known;
    return flag && value_known_bool(flag->value, &known) && known == value;
}

static FlowStatus unroll_from(Elab *e, void *data) {
    Unroll *u = data;
    Flow *f = e->flow;
    for (; u->at < u->n; u->at++) {
        if (diag_full(e->diag) || !budget_left(e, u->stmt->span)) return FLOW_NEXT;
        if (!flag_is(f->cont, 0)) cell_set(e, f->cont, value_bool(0));
        e->scope = scope_new(e, u->scope);
        bind_item(e, u->stmt, u->items[u->at]);
        FlowStatus status = block_from(e, u->stmt->each.body, 0);
        e->scope = u->scope;
        if (status == FLOW_NEXT || (status == FLOW_EXIT && flag_is(f->cont, 1))) continue;
        if (status == FLOW_EXIT && (flag_is(f->ret, 1) || flag_is(f->brk, 1))) return FLOW_EXIT;
        u->at++;
        if (u->at >= u->n) return FLOW_MAYBE;
        cell_set(e, f->cont, value_bool(0));
        return guarded(e, status, unroll_from, u, u->stmt->span);
    }
    return FLOW_NEXT;
}

static FlowStatus unrolled(Elab *e, const AstStmt *s, const Value *items, int n) {
    Flow flow = {.outer = e->flow, .is_loop = 1};
    if (e->flow) {
        flow.ret = e->flow->ret;
        flow.result = e->flow->result;
        flow.fn = e->flow->fn;
    }
    flow.brk = cell_new(e, "break", value_bool(0), s->span);
    flow.cont = cell_new(e, "continue", value_bool(0), s->span);
    Unroll u = {s, items, n, 0, e->scope};
    Flow *saved = e->flow;
    e->flow = &flow;
    unroll_from(e, &u);
    e->flow = saved;
    e->scope = u.scope;
    if (!flow.ret || flag_is(flow.ret, 0)) return FLOW_NEXT;
    return flag_is(flow.ret, 1) ? FLOW_EXIT : FLOW_MAYBE;
}

/* ---- what a for goes over ---- */

static const Value *leaves_of(Elab *e, Value v, Span span, int *n) {
    Leaves leaves = {0};
    if (!elab_leaves(e, v, LEAVES_PARAMS, span, &leaves)) return NULL;
    *n = leaves.list.n;
    Value *at = NEW_ARRAY(e->arena, Value, *n + 1);
    for (int i = 0; i < *n; i++) at[i] = leaves.list.at[i].value;
    return at;
}

static int is_tree(Value raw) {
    Value v = value_read(raw);
    return raw.is_tree || v.is_tree || v.kind == V_INSTANCE || v.kind == V_RECORD;
}

/* beside a tree, a tensor is a tree of one leaf */
static const Value *one_iterable(Elab *e, Value raw, int beside_tree, Span span, int *n) {
    Value v = value_read(raw);
    if (v.kind == V_POISON) return NULL;
    if (beside_tree && v.kind == V_NODE) raw.is_tree = 1;
    if (is_tree(raw)) return leaves_of(e, raw, span, n);
    if (v.kind == V_TUPLE || v.kind == V_LIST) {
        *n = v.items->n;
        Value *at = NEW_ARRAY(e->arena, Value, *n + 1);
        for (int i = 0; i < *n; i++) at[i] = item_of(e, raw, i);
        return at;
    }
    elab_error(e, span, "not-iterable",
               "a for goes over ranges, lists, tuples, trees and batches, not over %s",
               value_kind_text(e, v));
    if (v.kind == V_NODE && v.node->type->rank)
        elab_hint(e, "go over its indices: for i in 0..len(x) { … x[i] … }");
    if (v.kind == V_EXACT || (v.kind == V_NODE && v.node->type->rank == 0) || v.kind == V_SIZE)
        elab_hint(e, "write a range: 0..n");
    return NULL;
}

static const Value *zip_items(Elab *e, const Iter *iter, Span span, int *n) {
    const Value **columns = NEW_ARRAY(e->arena, const Value *, iter->n + 1);
    int tree = 0;
    for (int k = 0; k < iter->n; k++) tree |= is_tree(iter->args[k]);
    for (int k = 0; k < iter->n; k++) {
        int count;
        columns[k] = one_iterable(e, iter->args[k], tree, span, &count);
        if (!columns[k]) return NULL;
        if (k && count != *n) {
            elab_error(e, span, "zip-lengths",
                       "zip needs trees or lists alike: the first has %d leaves, number %d has %d",
                       *n, k + 1, count);
            return NULL;
        }
        *n = count;
    }
    Value *rows = NEW_ARRAY(e->arena, Value, *n + 1),
          *row = NEW_ARRAY(e->arena, Value, iter->n + 1);
    for (int i = 0; i < *n; i++) {
        for (int k = 0; k < iter->n; k++) row[k] = columns[k][i];
        rows[i] = value_items(e, V_TUPLE, row, iter->n);
    }
    return rows;
}

static const Value *enumerated(Elab *e, const Iter *iter, Span span, int *n) {
    const Value *items = loop_items(e, iter->args[0], 1, span, n);
    if (!items) return NULL;
    Value *rows = NEW_ARRAY(e->arena, Value, *n + 1);
    for (int i = 0; i < *n; i++) {
        Value row[] = {value_int(i), items[i]};
        rows[i] = value_items(e, V_TUPLE, row, 2);
    }
    return rows;
}

const Value *loop_items(Elab *e, Value over, int npatterns, Span span, int *n) {
    (void)npatterns;
    *n = 0;
    if (over.kind != V_ITER) return one_iterable(e, over, 0, span, n);
    if (over.iter->kind == ITER_ZIP) return zip_items(e, over.iter, span, n);
    if (over.iter->kind == ITER_ENUMERATE) return enumerated(e, over.iter, span, n);
    elab_error(e, span, "batches-place", "batches(…) stands in a for statement only");
    return NULL;
}

/* ---- ranges ---- */

static void bind_index(Elab *e, Run *run, Node *index) {
    bind_item(e, run->stmt, value_node(index));
}

static Node *range_bound(Elab *e, const AstExpr *x, int64_t otherwise, const char *what) {
    if (!x) return build_int(&e->b, otherwise);
    Value v = expr(e, x);
    if (v.kind == V_POISON) return NULL;
    Node *n = elab_tensor(e, v, x->span, what);
    if (!n) return NULL;
    if (n->type->rank || dtype_kind(n->type->dtype) != 1) {
        elab_error(e, x->span, "range-bound", "%s must be an integer, got %s", what,
                   value_kind_text(e, v));
        return NULL;
    }
    return elab_cast(e, n, DT_i64);
}

const char *pattern_label(const AstStmt *s) {
    const AstPattern *p = s->each.patterns.at[0];
    return p->name ? p->name : "loop";
}

static int checkpoint_info(Elab *e, const AstStmt *s, Loop *info) {
    if (e->checkpoints++ && !e->discovering) {
        elab_error(e, s->each.checkpoint->span, "checkpoint-twice",
                   "only one loop of a program can have a checkpoint: %s would be written by two",
                   ast_plain_text(e->interner, s->each.checkpoint)
                       ? ast_plain_text(e->interner, s->each.checkpoint)
                       : "it");
        elab_note(e, e->checkpoint_span, "the other is here");
        return 0;
    }
    e->checkpoint_span = s->each.checkpoint->span;
    info->checkpoint = 1;
    Value path = text_value(e, s->each.checkpoint);
    if (path.kind != V_TEXT || !text_startup(e, path, s->each.checkpoint->span, "checkpoint-path",
                                             "the path of a checkpoint", &info->path, &info->npath))
        return 0;
    if (s->each.every) info->every = range_bound(e, s->each.every, 0, "every");
    return 1;
}

/* NULL when nothing is asked of the loop */
Loop *loop_info(Elab *e, const AstStmt *s) {
    Loop *info = NEW(e->arena, Loop);
    info->label = pattern_label(s);
    if (!s->each.checkpoint) return info;
    info->progress = 1;
    checkpoint_info(e, s, info);
    return info;
}

static FlowStatus range_loop(Elab *e, const AstStmt *s) {
    const AstRange *r = s->each.range;
    Run run = {.stmt = s, .body = s->each.body, .bind = bind_index, .span = s->span};
    run.span.end = s->each.range->span.end;
    run.lo = range_bound(e, r->from, 0, "the start of a range");
    run.hi = range_bound(e, r->to, 0, "the end of a range");
    run.step = range_bound(e, r->step, 1, "the step of a range");
    if (!run.lo || !run.hi || !run.step) return FLOW_NEXT;
    if (s->each.patterns.n != 1 || !s->each.patterns.at[0]->name) {
        elab_error(e, s->each.patterns.at[0]->span, "range-pattern",
                   "a range gives one number an iteration");
        return FLOW_NEXT;
    }
    elab_at(e, run.span);
    if (run.step->op == OP_const && *(const int64_t *)run.step->data == 0) {
        elab_error(e, r->step->span, "step-zero", "the step of a range is 0");
        return FLOW_NEXT;
    }
    if (r->inclusive) {
        int64_t one = run.step->op == OP_const && *(const int64_t *)run.step->data < 0 ? -1 : 1;
        Node *by =
            run.step->op == OP_const ? build_int(&e->b, one) : build_map1(&e->b, OP_sign, run.step);
        run.hi = build_map2(&e->b, OP_add, run.hi, by);
    }
    run.info = loop_info(e, s);
    return run_loop(e, &run);
}

FlowStatus statement_for(Elab *e, const AstStmt *s) {
    if (s->each.range->to) return range_loop(e, s);
    Value over = expr_raw(e, s->each.range->from);
    if (value_read(over).kind == V_POISON) return FLOW_NEXT;
    if (over.kind == V_ITER) {
        const Iter *iter = over.iter;
        Value inner = iter->kind == ITER_ENUMERATE ? iter->args[0] : over;
        if (inner.kind == V_ITER && inner.iter->kind == ITER_BATCHES)
            return batches_loop(e, s, inner.iter, iter->kind == ITER_ENUMERATE);
    }
    if (s->each.checkpoint) {
        elab_error(e, s->each.checkpoint->span, "checkpoint-loop",
                   "a loop over a list is unrolled and cannot have a checkpoint");
        return FLOW_NEXT;
    }
    int n;
    const Value *items = loop_items(e, over, s->each.patterns.n, s->each.range->span, &n);
    return items ? unrolled(e, s, items, n) : FLOW_NEXT;
}

FlowStatus statement_while(Elab *e, const AstStmt *s) {
    Run run = {.stmt = s, .body = s->loop.body, .cond = s->loop.cond, .span = s->loop.cond->span};
    return run_loop(e, &run);
}
