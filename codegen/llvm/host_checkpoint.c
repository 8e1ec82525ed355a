/* host_checkpoint.c: the checkpoint loop. Saved is all that an iteration starts from and that the
   program would not compute again on its way to the outermost enclosing loop: what that loop and
   those inside it carry, the values of their bodies before the checkpoint loop, the sizes set
   there. A resumed program runs to the outermost loop, fills these places from the file and jumps
   to where the checkpoint loop goes on; every value has a place, so a plain branch does it. */
#include "codegen/llvm/host_loop.h"

typedef struct Saved Saved;
struct Saved {
    const char *name;
    DType dtype;
    LLVMValueRef cell; /* a rank-0 value's alloca, or */
    Buffer *buffer;
};

typedef struct Resume Resume;
struct Resume {
    const Step *loop, *outermost;
    LLVMBasicBlockRef prepare, after;
    VEC(Saved) saved;
    VEC(const Step *) path; /* from the outermost enclosing loop to the checkpoint loop */
    LLVMValueRef tensors, values, names;
};

static Buffer *place_of(Buffer *b) {
    while (b->alias) b = b->alias;
    return b;
}

/* ---- what is saved ---- */
static void save_cell(Host *h, LLVMValueRef cell, DType dtype, const char *name) {
    Saved s = {.name = name, .dtype = dtype, .cell = cell};
    PUSH(h->arena, &h->resume->saved, s);
}

static void save_node(Host *h, const Node *node, const char *name) {
    if (node->type && node->type->rank == 0 && !host_buffer(node))
        save_cell(h, host_slot(h, node), node->type->dtype, name);
}

static void save_params(Host *h, const Step *step) {
    const Node *loop = step->node;
    const char **names = loop->loop ? loop->loop->slot_names : NULL;
    int first = loop->op == OP_for;
    for (int r = 0; r < loop->nregions && loop->op != OP_if; r++) {
        const Region *region = loop->regions[r];
        for (int i = 0; i < region->params.n; i++) {
            int carried = i >= first && i < first + loop->ints[0];
            save_node(h, region->params.at[i], carried && names ? names[i - first] : NULL);
        }
    }
}

/* the limits of a loop between the outermost and the checkpoint loop, and how far both have come */
static void save_counters(Host *h, const Step *step, int limits) {
    LoopCells *c = loop_cells(h, step->node);
    save_cell(h, c->n, DT_i64, NULL);
    if (c->t != c->n) save_cell(h, c->t, DT_i64, NULL);
    if (!limits) return;
    save_cell(h, c->trips, DT_i64, NULL);
    save_cell(h, c->first, DT_i64, NULL);
    save_cell(h, c->by, DT_i64, NULL);
}

/* the values that the steps before `stop` compute */
static void save_steps(Host *h, const Block *block, const Step *stop) {
    for (int i = 0; i < block->steps.n && block->steps.at[i] != stop; i++) {
        const Step *step = block->steps.at[i];
        const Node *node = step->node;
        if (node && node->size) save_cell(h, host_cell(h, node->size), DT_i64, NULL);
        if (step->kind == STEP_SCALAR || (step->kind == STEP_LIB && !step->to))
            save_node(h, node, NULL);
        for (int k = 0; step->kind == STEP_CONTROL && k < node->ntypes; k++)
            if (node->types[k]->rank == 0)
                save_cell(h, host_result(h, node, k), node->types[k]->dtype, NULL);
    }
}

static void mark_kernel(const Kernel *k, char *written) {
    for (int i = 0; i < k->buffers.n; i++)
        if (k->written.at[i]) written[place_of(k->buffers.at[i])->id] = 1;
    for (int i = 0; i < k->joined.n; i++) mark_kernel(k->joined.at[i], written);
}

static void mark_written(const Block *block, char *written) {
    for (int i = 0; i < block->steps.n; i++) {
        const Step *step = block->steps.at[i];
        if (step->kind == STEP_KERNEL) mark_kernel(step->kernel, written);
        if (step->to) written[place_of(step->to)->id] = 1;
        for (int k = 0; k < step->results.n; k++)
            if (step->results.at[k]) written[place_of(step->results.at[k])->id] = 1;
        for (int k = 0; step->kind == STEP_CONTROL && k < 2; k++)
            if (step->blocks[k]) mark_written(step->blocks[k], written);
    }
}

static const char *carried_name(const Resume *r, const Buffer *place) {
    const Loop *loop = r->loop->node->loop;
    for (int i = 0; loop->slot_names && i < r->loop->results.n; i++)
        if (r->loop->results.at[i] && place_of(r->loop->results.at[i]) == place)
            return loop->slot_names[i];
    return NULL;
}

static void save_buffers(Host *h) {
    Resume *r = h->resume;
    const Program *p = h->program;
    char *written = NEW_ARRAY(h->arena, char, p->buffers.n + 1);
    for (int k = 0; k < 2; k++)
        if (r->outermost->blocks[k]) mark_written(r->outermost->blocks[k], written);
    for (int i = 0; i < r->loop->results.n; i++)
        if (r->loop->results.at[i]) written[place_of(r->loop->results.at[i])->id] = 1;
    for (int i = 0; i < p->buffers.n; i++) {
        if (!(p->resumed[i / 64] >> (i % 64) & 1)) continue;
        Buffer *b = place_of(p->buffers.at[i]);
        if (!written[b->id]) continue;
        written[b->id] = 0; /* once */
        if (b->kind != BUFFER_SLAB)
            host_fail(h, r->loop->node->where,
                      "a checkpoint loop cannot stand inside differentiated code");
        Saved s = {.name = carried_name(r, b), .dtype = b->type->dtype, .buffer = b};
        PUSH(h->arena, &r->saved, s);
    }
}

/* the steps that lead to the checkpoint loop, outermost first; 1 when it is there */
static int find_path(Host *h, const Block *block) {
    Resume *r = h->resume;
    for (int i = 0; i < block->steps.n; i++) {
        const Step *step = block->steps.at[i];
        if (step->kind != STEP_CONTROL) continue;
        int depth = r->path.n, is_loop = step->node->op != OP_if;
        if (is_loop || depth > 0) PUSH(h->arena, &r->path, step);
        if (step == r->loop) return 1;
        for (int k = 0; k < 2; k++)
            if (step->blocks[k] && find_path(h, step->blocks[k])) return 1;
        r->path.n = depth;
    }
    return 0;
}

void resume_find(Host *h) {
    if (!h->program->checkpoint) return;
    Resume *r = h->resume = NEW(h->arena, Resume);
    r->loop = h->program->checkpoint;
    if (!find_path(h, h->program->block)) die("the checkpoint loop is nowhere");
    r->outermost = r->path.at[0];
    r->prepare = host_new_block(h, "resumed");
    r->after = host_new_block(h, "finished");
    for (int i = r->path.n - 1; i >= 0; i--) {
        const Step *step = r->path.at[i];
        save_params(h, step);
        if (step->node->op != OP_if && step != r->loop) save_counters(h, step, i > 0);
        for (int k = 0; i < r->path.n - 1 && k < 2; k++)
            for (int s = 0; step->blocks[k] && s < step->blocks[k]->steps.n; s++)
                if (step->blocks[k]->steps.at[s] == r->path.at[i + 1])
                    save_steps(h, step->blocks[k], r->path.at[i + 1]);
    }
    save_buffers(h);
    r->tensors = LLVMBuildArrayAlloca(h->entry, h->tensor, host_int(h, r->saved.n + 1), "slots");
    r->values = LLVMBuildArrayAlloca(h->entry, h->i64, host_int(h, r->saved.n + 1), "values");
    const char **names = NEW_ARRAY(h->arena, const char *, r->saved.n + 1);
    for (int i = 0; i < r->saved.n; i++) {
        const char *name = r->saved.at[i].name;
        names[i] = name ? name : arena_printf(h->arena, "value %d", i);
    }
    r->names = table_names(h, names, r->saved.n);
}

/* ---- moving values ---- */
static LLVMValueRef value_place(Host *h, int i) {
    LLVMValueRef at = host_int(h, i);
    return LLVMBuildGEP2(h->b, h->i64, h->resume->values, &at, 1, "");
}

static void fill_tensors(Host *h) {
    Resume *r = h->resume;
    for (int i = 0; i < r->saved.n; i++) {
        const Saved *s = &r->saved.at[i];
        if (s->cell) {
            host_tensor(h, r->tensors, i, type_scalar(h->graph->types, s->dtype),
                        value_place(h, i));
        } else {
            const Dim *count =
                dim_floordiv(h->graph->dims, s->buffer->bytes, dtype_bytes(s->dtype));
            const Type *type = type_new(h->graph->types, s->dtype, 1, &count, NULL);
            host_tensor(h, r->tensors, i, type, host_pointer(h, s->buffer));
        }
    }
}

static void values_out(Host *h) {
    for (int i = 0; i < h->resume->saved.n; i++) {
        const Saved *s = &h->resume->saved.at[i];
        if (!s->cell) continue;
        LLVMValueRef value = LLVMBuildLoad2(h->b, host_register(h, s->dtype), s->cell, "");
        host_store_element(h, value_place(h, i), s->dtype, value);
    }
}

static void values_in(Host *h) {
    for (int i = 0; i < h->resume->saved.n; i++) {
        const Saved *s = &h->resume->saved.at[i];
        if (s->cell)
            LLVMBuildStore(h->b, host_load_element(h, value_place(h, i), s->dtype), s->cell);
    }
}

/* ---- the loop ---- */
void resume_open(Host *h, const LoopCode *l) {
    Resume *r = h->resume;
    if (!r || l->step != r->outermost) return;
    const Loop *loop = r->loop->node->loop;
    LLVMValueRef next = host_alloca(h, h->i64, "next");
    fill_tensors(h);
    values_out(h); /* what the file does not fill stays */
    LLVMValueRef args[] = {
        h->ctx,
        site_pointer(h, r->loop->node, "checkpoint"),
        table_pieces(h, loop->path, loop->npath),
        host_int(h, loop->npath),
        r->names,
        r->tensors,
        host_int(h, r->saved.n),
        next,
    };
    LLVMValueRef state = host_runtime(h, "tgrt_checkpoint_open", h->i64, args, 8);
    LLVMBasicBlockRef fill = host_new_block(h, "fill"), go = host_new_block(h, "fresh");
    LLVMBuildCondBr(h->b, LLVMBuildICmp(h->b, LLVMIntNE, state, host_int(h, 0), ""), fill, go);
    host_at(h, fill);
    values_in(h);
    LLVMBuildStore(h->b, LLVMBuildLoad2(h->b, h->i64, next, ""), loop_cells(h, r->loop->node)->n);
    LLVMValueRef over = LLVMBuildICmp(h->b, LLVMIntEQ, state, host_int(h, 2), "");
    LLVMBuildCondBr(h->b, over, r->after, l->step == r->loop ? l->head : r->prepare);
    host_at(h, go);
}

static void call_step(Host *h, LLVMValueRef iteration, int finished) {
    Resume *r = h->resume;
    const Loop *loop = r->loop->node->loop;
    LLVMValueRef every = loop->every ? host_load(h, loop->every) : host_int(h, 0);
    values_out(h);
    LLVMValueRef args[] = {h->ctx,    r->names, r->tensors,           host_int(h, r->saved.n),
                           iteration, every,    host_int(h, finished)};
    host_runtime(h, "tgrt_checkpoint_step", h->nothing, args, 7);
}

void resume_step(Host *h, const LoopCode *l) {
    if (!h->resume || l->step != h->resume->loop) return;
    host_check_traps(h);
    call_step(h, LLVMBuildLoad2(h->b, h->i64, l->n, ""), 0);
}

void resume_finish(Host *h, const LoopCode *l) {
    if (!h->resume || l->step != h->resume->loop) return;
    LLVMValueRef n = LLVMBuildLoad2(h->b, h->i64, l->n, "");
    call_step(h, LLVMBuildSub(h->b, n, host_int(h, 1), ""), 1);
}

void resume_blocks(Host *h, LoopCode *l) {
    l->prepare =
        h->resume && l->step == h->resume->loop ? h->resume->prepare : host_new_block(h, "prepare");
    l->after =
        h->resume && l->step == h->resume->loop ? h->resume->after : host_new_block(h, "after");
}
