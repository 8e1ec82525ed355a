/* batches.c: for x, y in batches((xs, ys), size, …): a loop over slices of the tensors, or over
   rows in a drawn order. The batch's length is a size of its own, bound anew in each iteration;
   with drop_last it is the given size. */
#include "frontend/elaborate/loop.h"

#include <string.h>

static Node *batch_of(Elab *e, Run *run, Node *x, Node *start, const Dim *length) {
    Builder *b = &e->b;
    if (!run->order) return build_slice_axis(b, x, 0, start, length, 1);
    Node *rows = build_slice_axis(b, run->order, 0, start, length, 1);
    Node *index[] = {rows};
    Node *y = build_gather(b, x, index, 1);
    const Type *t = y->type;
    const char *names[MAX_RANK];
    memcpy(names, t->names, sizeof names);
    names[0] = x->type->names[0];
    if (!names[0]) return y;
    return build_reshape(b, y, type_new(e->graph->types, t->dtype, t->rank, t->dims, names));
}

static void bind_batch(Elab *e, Run *run, Node *index) {
    Builder *b = &e->b;
    elab_at(e, run->span);
    Node *size = build_size(b, run->size);
    Node *start = build_map2(b, OP_mul, index, size);
    const Dim *length = run->size;
    if (!run->drop_last) {
        Size *batch =
            size_new(e->graph->dims, "batch", SIZE_BATCH, run->bound, run->stmt->each.range->span);
        batch->most = run->size;
        batch->least = 1;
        Node *left = build_map2(b, OP_sub, build_size(b, run->rows), start);
        build_bind(b, build_map2(b, OP_minimum, size, left), batch);
        length = dim_size(e->graph->dims, batch);
    }
    Value *at = NEW_ARRAY(e->arena, Value, run->ntensors + 1);
    for (int i = 0; i < run->ntensors; i++)
        at[i] = value_node(batch_of(e, run, run->tensors[i].node, start, length));
    Value item = run->is_tuple ? value_items(e, V_TUPLE, at, run->ntensors) : at[0];
    const AstPatterns *ps = &run->stmt->each.patterns;
    AstPattern all = {.span = run->span, .items = *ps};
    if (run->numbered) {
        Value pair[] = {value_node(index), item};
        if (ps->n == 2) {
            bind_pattern(e, &all, value_items(e, V_TUPLE, pair, 2), BIND_LOOP, run->span);
            return;
        }
        item = value_items(e, V_TUPLE, pair, 2);
    }
    bind_pattern(e, ps->n == 1 ? ps->at[0] : &all, item, BIND_LOOP, run->span);
}

static int take_tensors(Elab *e, Run *run, Value over, Span span) {
    over = value_read_deep(e, over);
    run->is_tuple = over.kind == V_TUPLE || over.kind == V_LIST;
    run->tensors = run->is_tuple ? over.items->at : arena_copy(e->arena, &over, sizeof over);
    run->ntensors = run->is_tuple ? over.items->n : 1;
    if (run->ntensors == 0) {
        elab_error(e, span, "batches", "batches needs tensors to go over, got none");
        return 0;
    }
    for (int i = 0; i < run->ntensors; i++) {
        Value v = run->tensors[i];
        if (v.kind == V_POISON) return 0;
        if (v.kind != V_NODE || !v.node->type->rank) {
            elab_error(e, span, "batches", "batches goes over tensors with axes, got %s",
                       value_kind_text(e, v));
            return 0;
        }
        const Dim *rows = v.node->type->dims[0];
        if (i && rows != run->rows) {
            elab_error(e, span, "batches", "batches goes over equally long tensors, got %s and %s",
                       value_kind_text(e, run->tensors[0]), value_kind_text(e, v));
            elab_note_sizes(e, run->rows, rows);
            return 0;
        }
        run->rows = rows;
    }
    return 1;
}

/* the number of batches as a node: size may be known only at start-up */
static Node *batch_count(Elab *e, Run *run) {
    Dims *d = e->graph->dims;
    Builder *b = &e->b;
    if (run->bound > 0) {
        const Dim *over =
            run->drop_last ? run->rows : dim_add(d, run->rows, dim_int(d, run->bound - 1));
        return build_size(b, dim_floordiv(d, over, run->bound));
    }
    Node *rows = build_size(b, run->rows), *size = build_size(b, run->size);
    if (!run->drop_last)
        rows = build_map2(b, OP_add, rows, build_map2(b, OP_sub, size, build_int(b, 1)));
    return build_map2(b, OP_floordiv, rows, size);
}

static int take_size(Elab *e, Run *run, Value size, Span span) {
    run->size = elab_dim(e, size, span, "the batch size");
    if (!run->size) return 0;
    run->bound = -1;
    if (dim_is_int(run->size, &run->bound)) {
        if (run->bound > 0) return 1;
        elab_error(e, span, "batches", "a batch has at least one row, got a size of %lld",
                   (long long)run->bound);
        return 0;
    }
    run->bound = -1;
    const char *const texts[] = {"a batch has at least one row, got a size of "};
    elab_check_sizes(e, span, run->size, OP_ge, dim_int(e->graph->dims, 1),
                     elab_message(e, texts, &run->size, 1));
    return 1;
}

static void draw_order(Elab *e, Run *run) {
    const Dim *dims[] = {run->rows};
    const Type *t = type_new(e->graph->types, DT_i64, 1, dims, NULL);
    Node *args[] = {elab_seed(e), elab_draw(e)};
    run->order = node_new(e->graph, e->b.region, OP_randperm, t, args, 2, e->b.where);
}

FlowStatus batches_loop(Elab *e, const AstStmt *s, const Iter *iter, int numbered) {
    Span span = s->each.range->span;
    Run run = {
        .stmt = s, .body = s->each.body, .bind = bind_batch, .span = s->span, .numbered = numbered};
    int shuffle;
    run.span.end = span.end;
    if (!elab_known_bool(e, iter->args[3], span, "drop_last", &run.drop_last) ||
        !elab_known_bool(e, iter->args[2], span, "shuffle", &shuffle) ||
        !take_tensors(e, &run, iter->args[0], span) || !take_size(e, &run, iter->args[1], span))
        return FLOW_NEXT;
    elab_at(e, run.span);
    if (shuffle) draw_order(e, &run);
    run.lo = build_int(&e->b, 0);
    run.hi = batch_count(e, &run);
    run.step = build_int(&e->b, 1);
    run.info = loop_info(e, s);
    run.info->label = "batches";
    run.info->is_batches = 1;
    run.info->progress = 1;
    run.info->items_size = build_size(&e->b, run.size);
    return run_loop(e, &run);
}
