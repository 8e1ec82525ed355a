/* control.c: loops and branches as steps. What a loop carries has one buffer; copies before the
   loop and at the body's end fill it (plan.c drops those that it can make one place). What a loop
   collects, and what a branch gives, is written in place where its kernel can, else copied. */
#include "codegen/fuse.h"

static void copy(Fuse *f, Block *block, Buffer *from, Buffer *to, Node *node) {
    Step *step = fuse_step(f, block, STEP_COPY, node);
    step->from = from;
    step->to = to;
}

static void is_at(Node *node, Buffer *buffer) {
    Info *info = info_of(node);
    info->place.kind = PLACE_BUFFER;
    info->place.buffer = buffer;
}

/* the step, in its block after what was put there for it */
static Step *new_control(Fuse *f, Info *info) {
    Step *step = fuse_step(f, f->block, STEP_CONTROL, info->node);
    info->ready = step->number;
    return step;
}

/* a computed value can be written where it is wanted: its buffer is set before its kernel is made
 */
static int can_place(const Node *value, const Region *region) {
    if (value->region != region || is_rank0(value)) return 0;
    if (op_is_flag(value, OPF_LEAF) || value->op == OP_result) return value->op == OP_iota;
    return info_of(value)->place.buffer == NULL;
}

static Block *new_block(Fuse *f, Region *region) {
    Block *block = NEW(f->arena, Block);
    block->region = region;
    return block;
}

/* the OP_result nodes of a control node stand after it: they find their buffers when the walk comes
 * to them */
static void give_results(Fuse *f, Info *info, Step *step) {
    Node *node = info->node;
    Region *r = node->region;
    (void)f;
    for (int i = 0; i < r->nodes.n; i++) {
        Node *result = r->nodes.at[i];
        if (result->op != OP_result || result->args[0] != node) continue;
        Buffer *buffer = step->results.at[result->ints[0]];
        if (!is_rank0(result)) is_at(result, buffer);
    }
}

/* ---- loops ---- */

static Buffer *slot_of(Fuse *f, Buffer *stack, const Type *type, Node *loop, const Node *node) {
    Buffer *slot = fuse_new_buffer(f, type, node);
    slot->kind = BUFFER_SLOT;
    slot->of = stack;
    slot->loop = loop;
    return slot;
}

/* initial values are copied to the carried buffers */
static void enter_carried(Fuse *f, Step *step, Node *const *inits, Region *body, Region *cond,
                          int first, int n) {
    for (int k = 0; k < n; k++) {
        Node *param = body->params.at[first + k];
        Buffer *buffer = NULL;
        if (!is_rank0(param)) {
            buffer = fuse_new_buffer(f, param->type, param);
            fuse_need(f, inits[k]);
            copy(f, f->block, fuse_buffer(f, info_of(inits[k])), buffer, param);
            is_at(param, buffer);
            if (cond) is_at(cond->params.at[first + k], buffer);
        }
        PUSH(f->arena, &step->results, buffer);
    }
}

static void enter_scanned(Fuse *f, Step *step, Node *const *stacks, Region *body, int first,
                          int n) {
    for (int k = 0; k < n; k++) {
        Node *param = body->params.at[first + k];
        fuse_need(f, stacks[k]);
        Buffer *stack = fuse_buffer(f, info_of(stacks[k]));
        PUSH(f->arena, &step->scanned, stack);
        if (!is_rank0(param)) is_at(param, slot_of(f, stack, param->type, step->node, param));
    }
}

/* Buffers of what is collected. Values that exist when the body begins are copied there at once,
   those computed in it are placed; the others are left to leave_collected. */
static void enter_collected(Fuse *f, Step *step, Block *block, int ncarried, Buffer **slots) {
    Node *loop = step->node;
    Region *body = block->region;
    for (int k = ncarried; k < loop->ntypes; k++) {
        Node *value = body->results.at[k];
        Buffer *stack = fuse_new_buffer(f, loop->types[k], loop);
        stack->kind = dim_upper(loop->types[k]->dims[0]) < 0 || loop->op == OP_while ? BUFFER_TAPE
                                                                                     : BUFFER_SLAB;
        stack->loop = loop;
        PUSH(f->arena, &step->results, stack);
        slots[k] = NULL;
        if (is_rank0(value)) continue;
        slots[k] = slot_of(f, stack, value->type, loop, value);
        int early = value->op == OP_param || value->region != body;
        fuse_need(f, value);
        if (early) {
            copy(f, block, fuse_buffer(f, info_of(value)), slots[k], value);
        } else if (can_place(value, body)) {
            info_of(value)->place.buffer = slots[k];
        }
    }
}

static void leave_collected(Fuse *f, Step *step, Block *block, int ncarried, Buffer **slots) {
    for (int k = ncarried; k < step->node->ntypes; k++) {
        Node *value = block->region->results.at[k];
        if (!slots[k] || value->op == OP_param || value->region != block->region) continue;
        Buffer *from = fuse_buffer(f, info_of(value));
        if (from != slots[k]) copy(f, block, from, slots[k], value);
    }
}

static int is_carried_buffer(const Step *step, const Buffer *buffer, int ncarried) {
    for (int k = 0; k < ncarried; k++)
        if (step->results.at[k] == buffer) return 1;
    return 0;
}

/* new values into the carried buffers; those that are another carried value's old one are saved
 * before any is overwritten */
static void leave_carried(Fuse *f, Step *step, Block *block, int ncarried) {
    Buffer **from = NEW_ARRAY(f->arena, Buffer *, ncarried + 1);
    for (int k = 0; k < ncarried; k++) {
        Node *value = block->region->results.at[k];
        if (is_rank0(value)) continue;
        fuse_need(f, value);
        from[k] = fuse_buffer(f, info_of(value));
        if (from[k] == step->results.at[k] || !is_carried_buffer(step, from[k], ncarried)) continue;
        Buffer *saved = fuse_new_buffer(f, value->type, value);
        copy(f, block, from[k], saved, value);
        from[k] = saved;
    }
    for (int k = 0; k < ncarried; k++)
        if (from[k] && from[k] != step->results.at[k])
            copy(f, block, from[k], step->results.at[k], block->region->results.at[k]);
}

static void fuse_body(Fuse *f, Step *step, Region *body, int at, int ncarried) {
    Block *block = step->blocks[at] = new_block(f, body);
    Buffer **slots = NEW_ARRAY(f->arena, Buffer *, step->node->ntypes + 1);
    enter_collected(f, step, block, ncarried, slots);
    fuse_region(f, block);
    leave_collected(f, step, block, ncarried, slots);
    leave_carried(f, step, block, ncarried);
}

/* a control step stands after the copies that were made for it */
static void move_last(Block *block, const Step *step, int number) {
    int i = 0;
    while (block->steps.at[i] != step) i++;
    Step *moved = block->steps.at[i];
    for (; i + 1 < block->steps.n; i++) block->steps.at[i] = block->steps.at[i + 1];
    block->steps.at[i] = moved;
    moved->number = number;
}

static void fuse_for(Fuse *f, Info *info) {
    Node *node = info->node;
    Region *body = node->regions[0];
    int ncarried = (int)node->ints[0], nscanned = (int)node->ints[1];
    Step *step = new_control(f, info);
    enter_carried(f, step, node->args + 3, body, NULL, 1, ncarried);
    enter_scanned(f, step, node->args + 3 + ncarried, body, 1 + ncarried, nscanned);
    move_last(f->block, step, f->numbers++);
    info->ready = step->number;
    fuse_body(f, step, body, 0, ncarried);
    give_results(f, info, step);
}

static void fuse_while(Fuse *f, Info *info) {
    Node *node = info->node;
    Region *cond = node->regions[0], *body = node->regions[1];
    int ncarried = (int)node->ints[0];
    Step *step = new_control(f, info);
    enter_carried(f, step, node->args, body, cond, 0, ncarried);
    move_last(f->block, step, f->numbers++);
    info->ready = step->number;
    step->blocks[0] = new_block(f, cond);
    fuse_region(f, step->blocks[0]);
    fuse_body(f, step, body, 1, ncarried);
    give_results(f, info, step);
}

/* ---- branches ---- */

static void fuse_branch(Fuse *f, Step *step, int at) {
    Region *region = step->node->regions[at];
    Block *block = step->blocks[at] = new_block(f, region);
    for (int k = 0; k < region->results.n; k++) {
        Node *value = region->results.at[k];
        fuse_need(f, value);
        if (can_place(value, region)) info_of(value)->place.buffer = step->results.at[k];
    }
    fuse_region(f, block);
    for (int k = 0; k < region->results.n; k++) {
        Node *value = region->results.at[k];
        if (is_rank0(value)) continue;
        Buffer *from = fuse_buffer(f, info_of(value)), *to = step->results.at[k];
        if (from != to) copy(f, block, from, to, value);
    }
}

static void fuse_if(Fuse *f, Info *info) {
    Node *node = info->node;
    Step *step = new_control(f, info);
    for (int k = 0; k < node->ntypes; k++) {
        Buffer *buffer = node->types[k]->rank > 0 ? fuse_new_buffer(f, node->types[k], node) : NULL;
        PUSH(f->arena, &step->results, buffer);
    }
    fuse_branch(f, step, 0);
    fuse_branch(f, step, 1);
    give_results(f, info, step);
}

void fuse_control(Fuse *f, Info *info) {
    Node *node = info->node;
    if (node->op == OP_if)
        fuse_if(f, info);
    else if (node->op == OP_for)
        fuse_for(f, info);
    else if (node->op == OP_while)
        fuse_while(f, info);
    else
        die("fuse: %s was not inlined", op_info(node->op)->name);
}

/* the results of a load begin as its operands */
void fuse_load(Fuse *f, Info *info) {
    Node *node = info->node;
    Buffer **results = NEW_ARRAY(f->arena, Buffer *, node->ntypes + 1);
    for (int k = 0; k < node->ntypes; k++) {
        if (node->types[k]->rank == 0) continue;
        results[k] = fuse_new_buffer(f, node->types[k], node);
        copy(f, f->block, fuse_buffer(f, info_of(node->args[k])), results[k], node);
    }
    Step *step = fuse_step(f, f->block, STEP_EFFECT, node);
    for (int k = 0; k < node->ntypes; k++) PUSH(f->arena, &step->results, results[k]);
    info->ready = step->number;
    give_results(f, info, step);
}
