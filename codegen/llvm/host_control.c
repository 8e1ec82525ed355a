/* host_control.c: if, for and while. Carried values of rank 0 are allocas of the region's
   parameters; carried tensors have one buffer each, and the copies into it are steps of their own.
   Slots of stacks are found by the iteration's number. */
#include "codegen/llvm/host_loop.h"

/* ---- results of rank 0 ---- */
LLVMValueRef host_result(Host *h, const Node *control, int index) {
    LLVMValueRef **all = &h->results[control->id];
    if (!*all) *all = NEW_ARRAY(h->arena, LLVMValueRef, control->ntypes + 1);
    LLVMValueRef *cell = &(*all)[index];
    if (*cell) return *cell;
    LLVMTypeRef type = host_register(h, control->types[index]->dtype);
    *cell = host_alloca(h, type, "result");
    LLVMBuildStore(h->entry, LLVMConstNull(type), *cell);
    return *cell;
}

LLVMValueRef host_is_true(Host *h, LLVMValueRef value) {
    return LLVMBuildICmp(h->b, LLVMIntNE, value, LLVMConstNull(LLVMTypeOf(value)), "");
}

static int is_scalar(const Node *node) {
    return node->type->rank == 0;
}

/* to[i] = from[i], all at once; of rank-0 values alone */
static void move_all(Host *h, Node *const *to, Node *const *from, int n) {
    LLVMValueRef *values = NEW_ARRAY(h->arena, LLVMValueRef, n + 1);
    for (int i = 0; i < n; i++)
        if (is_scalar(to[i])) values[i] = host_load(h, from[i]);
    for (int i = 0; i < n; i++)
        if (is_scalar(to[i])) host_store(h, to[i], values[i]);
}

static void give_results(Host *h, const Step *step, Node *const *values, int n) {
    for (int i = 0; i < n; i++)
        if (is_scalar(values[i]) && !(i < step->results.n && step->results.at[i]))
            LLVMBuildStore(h->b, host_load(h, values[i]), host_result(h, step->node, i));
}

/* ---- if ---- */
static void emit_if(Host *h, const Step *step) {
    const Node *node = step->node;
    LLVMBasicBlockRef join = host_new_block(h, "join"), branch[2];
    branch[0] = host_new_block(h, "then");
    branch[1] = host_new_block(h, "else");
    LLVMBuildCondBr(h->b, host_is_true(h, host_load(h, node->args[0])), branch[0], branch[1]);
    for (int i = 0; i < 2; i++) {
        host_at(h, branch[i]);
        host_block(h, step->blocks[i]);
        give_results(h, step, node->regions[i]->results.at, node->regions[i]->results.n);
        LLVMBuildBr(h->b, join);
    }
    host_at(h, join);
}

/* ---- what both loops share ---- */
static LLVMValueRef load64(Host *h, LLVMValueRef cell) {
    return LLVMBuildLoad2(h->b, h->i64, cell, "");
}

static LLVMValueRef cell64(Host *h, const char *name) {
    LLVMValueRef cell = host_alloca(h, h->i64, name);
    LLVMBuildStore(h->entry, host_int(h, 0), cell);
    return cell;
}

static int block_traps(const Block *block) {
    for (int i = 0; i < block->steps.n; i++) {
        const Step *step = block->steps.at[i];
        if (step->kind == STEP_KERNEL && step->kernel->traps) return 1;
        if (step->kind == STEP_SCALAR && step->trap_site >= 0) return 1;
        for (int k = 0; step->kind == STEP_CONTROL && k < 2; k++)
            if (step->blocks[k] && block_traps(step->blocks[k])) return 1;
    }
    return 0;
}

LoopCells *loop_cells(Host *h, const Node *loop) {
    LoopCells **cells = &h->loop_cells[loop->id];
    if (*cells) return *cells;
    LoopCells *c = *cells = NEW(h->arena, LoopCells);
    c->n = cell64(h, "n");
    c->trips = cell64(h, "trips");
    c->first = cell64(h, "first");
    c->by = cell64(h, "by");
    c->t = loop->op == OP_for && loop->ints[2] ? cell64(h, "t") : c->n;
    h->counters[loop->id] = c->t;
    return c;
}

static void loop_new(Host *h, LoopCode *l, const Step *step) {
    const LoopCells *c = loop_cells(h, step->node);
    *l = (LoopCode){.step = step,
                    .node = step->node,
                    .ncarried = (int)step->node->ints[0],
                    .line = -1,
                    .n = c->n,
                    .t = c->t,
                    .trips = c->trips,
                    .first = c->first,
                    .by = c->by};
    resume_blocks(h, l);
    l->head = host_new_block(h, "head");
    l->body = host_new_block(h, "body");
    l->exit = host_new_block(h, "exit");
    if (l->node->loop) l->line = table_add(h, &h->loops, l->node->where, l->node->loop->label);
}

/* calls the runtime when somebody watches the loop */
static void watch(Host *h, const LoopCode *l, const char *name, LLVMValueRef *more, int nmore) {
    if (l->line < 0) return;
    LLVMBasicBlockRef on = host_new_block(h, "watch"), go = host_new_block(h, "go");
    LLVMValueRef wanted =
        LLVMBuildICmp(h->b, LLVMIntNE, host_field(h, CTX_WATCH), host_int(h, 0), "");
    LLVMBuildCondBr(h->b, wanted, on, go);
    host_at(h, on);
    LLVMValueRef args[8] = {h->ctx, host_int(h, l->line)};
    for (int i = 0; i < nmore; i++) args[2 + i] = more[i];
    host_runtime(h, name, h->nothing, args, 2 + nmore);
    LLVMBuildBr(h->b, go);
    host_at(h, go);
}

static void watch_begin(Host *h, const LoopCode *l, LLVMValueRef total) {
    const Loop *loop = l->node->loop;
    if (!loop) return;
    int shown = loop->progress || loop->checkpoint || loop->is_batches;
    LLVMValueRef items = loop->items_size ? host_load(h, loop->items_size) : host_int(h, 1);
    LLVMValueRef more[] = {total, items, host_int(h, shown)};
    watch(h, l, "tgrt_loop_begin", more, 3);
}

static void each_stack(Host *h, const LoopCode *l, void (*f)(Host *, Buffer *)) {
    for (int i = l->ncarried; i < l->step->results.n; i++)
        if (l->step->results.at[i]) f(h, l->step->results.at[i]);
}

static LLVMValueRef element_place(Host *h, const LoopCode *l, Buffer *stack) {
    LLVMValueRef at = load64(h, l->t);
    LLVMTypeRef type = host_memory(h, stack->type->dtype);
    return LLVMBuildGEP2(h->b, type, host_pointer(h, stack), &at, 1, "");
}

/* the end of an iteration: what was collected, the next values, traps, the count */
static void loop_next(Host *h, const LoopCode *l, Region *body, int first_param) {
    for (int i = l->ncarried; i < body->results.n; i++) {
        Buffer *stack = i < l->step->results.n ? l->step->results.at[i] : NULL;
        if (!stack || !is_scalar(body->results.at[i])) continue;
        DType dtype = stack->type->dtype;
        host_store_element(h, element_place(h, l, stack), dtype, host_load(h, body->results.at[i]));
    }
    move_all(h, body->params.at + first_param, body->results.at, l->ncarried);
    if (block_traps(l->step->blocks[0]) || (l->step->blocks[1] && block_traps(l->step->blocks[1])))
        host_check_traps(h);
    resume_step(h, l);
    LLVMBuildStore(h->b, LLVMBuildAdd(h->b, load64(h, l->n), host_int(h, 1), ""), l->n);
    watch(h, l, "tgrt_loop_step", NULL, 0);
    LLVMBuildBr(h->b, l->head);
}

/* ---- for ---- */
static void stop_if(Host *h, LLVMValueRef bad, const Frame *where, const char *message) {
    LLVMBasicBlockRef stop = host_new_block(h, "stop"), go = host_new_block(h, "go");
    LLVMBuildCondBr(h->b, bad, stop, go);
    host_at(h, stop);
    host_check_traps(h);
    LLVMValueRef site = table_site(h, where, message);
    LLVMValueRef args[] = {h->ctx, table_array(h, &site, 1, "site"), table_text(h, message)};
    host_runtime(h, "tgrt_stop", h->nothing, args, 3);
    LLVMBuildUnreachable(h->b);
    host_at(h, go);
}

/* max(0, ceil((hi - lo) / by)) */
static LLVMValueRef trip_count(Host *h, const Node *node, LLVMValueRef lo, LLVMValueRef hi,
                               LLVMValueRef by) {
    LLVMValueRef zero = host_int(h, 0), one = host_int(h, 1);
    if (LLVMIsAConstantInt(by) && LLVMConstIntGetSExtValue(by) == 1) {
        LLVMValueRef more = LLVMBuildICmp(h->b, LLVMIntSGT, hi, lo, "");
        return LLVMBuildSelect(h->b, more, LLVMBuildSub(h->b, hi, lo, ""), zero, "");
    }
    stop_if(h, LLVMBuildICmp(h->b, LLVMIntEQ, by, zero, ""), node->where,
            "the step of a range is zero");
    LLVMValueRef down = LLVMBuildICmp(h->b, LLVMIntSLT, by, zero, "");
    LLVMValueRef far = LLVMBuildSelect(h->b, down, LLVMBuildSub(h->b, lo, hi, ""),
                                       LLVMBuildSub(h->b, hi, lo, ""), "");
    LLVMValueRef stride = LLVMBuildSelect(h->b, down, LLVMBuildNeg(h->b, by, ""), by, "");
    LLVMValueRef whole = LLVMBuildUDiv(h->b, LLVMBuildSub(h->b, far, one, ""), stride, "");
    LLVMValueRef some = LLVMBuildICmp(h->b, LLVMIntSGT, far, zero, "");
    return LLVMBuildSelect(h->b, some, LLVMBuildAdd(h->b, whole, one, ""), zero, "");
}

/* a constant operand stays one, so that a plain range compiles to a plain loop */
static LLVMValueRef load_known(Host *h, const Node *node) {
    if (node->op == OP_const) return host_int(h, *(const int64_t *)node->data);
    return host_load(h, node);
}

static void for_prepare(Host *h, const LoopCode *l) {
    Node *const *args = l->node->args;
    LLVMValueRef lo = load_known(h, args[0]), hi = load_known(h, args[1]),
                 by = load_known(h, args[2]);
    LLVMValueRef trips = trip_count(h, l->node, lo, hi, by);
    LLVMBuildStore(h->b, lo, l->first);
    LLVMBuildStore(h->b, by, l->by);
    LLVMBuildStore(h->b, trips, l->trips);
    if (l->node->size) LLVMBuildStore(h->b, trips, host_cell(h, l->node->size));
    each_stack(h, l, host_define);
    watch_begin(h, l, trips);
}

/* the iteration's number, its index, its slices of rank 0 */
static void for_enter(Host *h, const LoopCode *l) {
    const Region *body = l->node->regions[0];
    LLVMValueRef n = load64(h, l->n);
    if (l->t != l->n) {
        LLVMValueRef last = LLVMBuildSub(h->b, load64(h, l->trips), host_int(h, 1), "");
        LLVMBuildStore(h->b, LLVMBuildSub(h->b, last, n, ""), l->t);
    }
    LLVMValueRef along = LLVMBuildMul(h->b, load64(h, l->t), load64(h, l->by), "");
    host_store(h, body->params.at[0], LLVMBuildAdd(h->b, load64(h, l->first), along, ""));
    for (int i = 0; i < (int)l->node->ints[1]; i++) {
        const Node *param = body->params.at[1 + l->ncarried + i];
        Buffer *stack = i < l->step->scanned.n ? l->step->scanned.at[i] : NULL;
        if (!is_scalar(param) || host_buffer(param) || !stack) continue;
        host_store(h, param, host_load_element(h, element_place(h, l, stack), param->type->dtype));
    }
}

static void emit_for(Host *h, const Step *step) {
    LoopCode l;
    loop_new(h, &l, step);
    Region *body = l.node->regions[0];
    move_all(h, body->params.at + 1, l.node->args + 3, l.ncarried);
    LLVMBuildStore(h->b, host_int(h, 0), l.n);
    LLVMBuildBr(h->b, l.prepare);
    host_at(h, l.prepare);
    for_prepare(h, &l);
    resume_open(h, &l);
    LLVMBuildBr(h->b, l.head);
    host_at(h, l.head);
    LLVMValueRef more = LLVMBuildICmp(h->b, LLVMIntSLT, load64(h, l.n), load64(h, l.trips), "");
    LLVMBuildCondBr(h->b, more, l.body, l.exit);
    host_at(h, l.body);
    for_enter(h, &l);
    host_block(h, step->blocks[0]);
    loop_next(h, &l, body, 1);
    host_at(h, l.exit);
    resume_finish(h, &l);
    LLVMBuildBr(h->b, l.after);
    host_at(h, l.after);
    watch(h, &l, "tgrt_loop_end", NULL, 0);
    give_results(h, step, body->params.at + 1, l.ncarried);
}

/* ---- while ---- */
static void emit_while(Host *h, const Step *step) {
    LoopCode l;
    loop_new(h, &l, step);
    Region *cond = l.node->regions[0], *body = l.node->regions[1];
    move_all(h, cond->params.at, l.node->args, l.ncarried);
    LLVMBuildStore(h->b, host_int(h, 0), l.n);
    LLVMBuildBr(h->b, l.prepare);
    host_at(h, l.prepare);
    each_stack(h, &l, host_restart);
    watch_begin(h, &l, host_int(h, -1));
    resume_open(h, &l);
    LLVMBuildBr(h->b, l.head);
    host_at(h, l.head);
    host_block(h, step->blocks[0]);
    LLVMValueRef more = host_is_true(h, host_load(h, cond->results.at[0]));
    LLVMBuildCondBr(h->b, more, l.body, l.exit);
    host_at(h, l.body);
    move_all(h, body->params.at, cond->params.at, l.ncarried);
    LLVMValueRef slots = LLVMBuildAdd(h->b, load64(h, l.n), host_int(h, 1), "");
    for (int i = l.ncarried; i < step->results.n; i++)
        if (step->results.at[i]) host_grow(h, step->results.at[i], slots);
    host_block(h, step->blocks[1]);
    move_all(h, cond->params.at, body->results.at, l.ncarried);
    loop_next(h, &l, body, 0);
    host_at(h, l.exit);
    if (l.node->size) LLVMBuildStore(h->b, load64(h, l.n), host_cell(h, l.node->size));
    LLVMBuildBr(h->b, l.after);
    host_at(h, l.after);
    watch(h, &l, "tgrt_loop_end", NULL, 0);
    give_results(h, step, cond->params.at, l.ncarried);
}

void host_control(Host *h, const Step *step) {
    Op op = step->node->op;
    if (op == OP_if)
        emit_if(h, step);
    else if (op == OP_for)
        emit_for(h, step);
    else if (op == OP_while)
        emit_while(h, step);
    else
        host_fail(h, step->node->where, "%s was not taken apart before code generation",
                  op_info(op)->name);
}
