/* host_tape.c: memory that the program takes while it runs: tapes of loops without a bound, and
   buffers whose length is only known where they are made. A tape keeps its memory when its loop is
   entered again and grows when it must; a ragged stack is a table of blocks, one an iteration,
   which the runtime keeps (runtime/tape.c). */
#include "codegen/llvm/host.h"

static Buffer *place_of(Buffer *b) {
    while (b->alias) b = b->alias;
    return b;
}

static LLVMValueRef counter(Host *h, const Buffer *slot) {
    LLVMValueRef cell = h->counters[slot->loop->id];
    if (!cell) die("a slot is used outside its loop");
    return LLVMBuildLoad2(h->b, h->i64, cell, "t");
}

/* where the pointer to a buffer with memory of its own is kept */
static LLVMValueRef pointer_cell(Host *h, Buffer *b) {
    if (b->kind == BUFFER_SLOT) {
        LLVMValueRef t = counter(h, b);
        return LLVMBuildGEP2(h->b, h->ptr, host_pointer(h, b->of), &t, 1, "");
    }
    LLVMValueRef *cell = &h->pointers[b->id];
    if (*cell) return *cell;
    *cell = host_alloca(h, h->ptr, "tape");
    LLVMBuildStore(h->entry, LLVMConstNull(h->ptr), *cell);
    return *cell;
}

static LLVMValueRef room_cell(Host *h, const Buffer *b) {
    LLVMValueRef *cell = &h->rooms[b->id];
    if (*cell) return *cell;
    *cell = host_alloca(h, h->i64, "room");
    LLVMBuildStore(h->entry, host_int(h, 0), *cell);
    return *cell;
}

LLVMValueRef host_tape(Host *h, Buffer *buffer) {
    return LLVMBuildLoad2(h->b, h->ptr, pointer_cell(h, buffer), "");
}

LLVMValueRef host_slot_place(Host *h, Buffer *buffer) {
    if (buffer->of->depth) return host_tape(h, buffer);
    LLVMValueRef base = host_pointer(h, buffer->of);
    LLVMValueRef at = LLVMBuildMul(h->b, counter(h, buffer), host_dim(h, buffer->of->stride), "");
    return LLVMBuildGEP2(h->b, h->i8, base, &at, 1, "slot");
}

/* at least `need` bytes from now on */
static void make_room(Host *h, Buffer *b, LLVMValueRef need, LLVMValueRef take) {
    LLVMValueRef room = room_cell(h, b), cell = pointer_cell(h, b);
    LLVMValueRef had = LLVMBuildLoad2(h->b, h->i64, room, "");
    LLVMBasicBlockRef more = host_new_block(h, "more"), done = host_new_block(h, "enough");
    LLVMBuildCondBr(h->b, LLVMBuildICmp(h->b, LLVMIntSGT, need, had, ""), more, done);
    host_at(h, more);
    LLVMValueRef old = LLVMBuildLoad2(h->b, h->ptr, cell, "");
    LLVMValueRef args[] = {h->ctx, old, had, take};
    LLVMValueRef fresh = host_runtime(h, "tgrt_tape_grow", h->ptr, args, 4);
    LLVMBuildStore(h->b, fresh, cell);
    LLVMBuildStore(h->b, take, room);
    LLVMBuildBr(h->b, done);
    host_at(h, done);
}

static LLVMValueRef stride(Host *h, const Buffer *b) {
    return b->depth ? host_int(h, 8) : host_dim(h, b->stride);
}

/* what the buffer takes now */
LLVMValueRef host_room(Host *h, const Buffer *b) {
    if (b->type->rank == 0) return host_int(h, dtype_bytes(b->type->dtype));
    return LLVMBuildMul(h->b, host_dim(h, b->type->dims[0]), stride(h, b), "");
}

static int is_part(const Buffer *b) {
    return b->kind == BUFFER_SLOT && b->of->depth;
}

/* the runtime has its memory: a ragged stack, or a part of one */
static int is_kept(const Buffer *b) {
    return b->depth || is_part(b);
}

static void call_stack(Host *h, const char *name, Buffer *b, LLVMValueRef bytes) {
    LLVMValueRef args[] = {h->ctx, pointer_cell(h, b), bytes, host_int(h, b->depth)};
    host_runtime(h, name, h->nothing, args, 4);
}

void host_define(Host *h, Buffer *buffer) {
    Buffer *b = place_of(buffer);
    if (is_kept(b)) {
        call_stack(h, "tgrt_stack_define", b, host_room(h, b));
    } else if (b->kind == BUFFER_TAPE) {
        LLVMValueRef need = host_room(h, b);
        make_room(h, b, need, need);
    }
}

void host_grow(Host *h, Buffer *stack, LLVMValueRef slots) {
    Buffer *b = place_of(stack);
    if (!is_kept(b) && b->kind != BUFFER_TAPE) return;
    LLVMValueRef need = LLVMBuildMul(h->b, slots, stride(h, b), "");
    if (is_kept(b)) {
        call_stack(h, "tgrt_stack_grow", b, need);
        return;
    }
    LLVMValueRef twice =
        LLVMBuildAdd(h->b, LLVMBuildMul(h->b, need, host_int(h, 2), ""), host_int(h, 1024), "");
    make_room(h, b, need, twice);
}

void host_restart(Host *h, Buffer *stack) {
    Buffer *b = place_of(stack);
    if (!is_kept(b)) return;
    LLVMValueRef cell = pointer_cell(h, b);
    host_runtime(h, "tgrt_stack_restart", h->nothing, &cell, 1);
}

static void copy_ragged(Host *h, const char *name, Buffer *to, Buffer *from) {
    LLVMValueRef args[] = {h->ctx, pointer_cell(h, to), host_pointer(h, from),
                           host_int(h, to->depth)};
    host_runtime(h, name, h->nothing, args, 4);
}

void host_move(Host *h, Buffer *to, Buffer *from) {
    if (place_of(to)->depth) {
        copy_ragged(h, "tgrt_stack_copy", place_of(to), from);
        return;
    }
    host_define(h, to);
    host_copy(h, host_pointer(h, to), host_pointer(h, from), host_room(h, to));
}

/* ---- the rows on stacks ---- */

static void stack_zeros(Host *h, Buffer *to, Node *const *args) {
    if (to->depth) {
        copy_ragged(h, "tgrt_stack_zeros", to, host_buffer(args[0]));
        return;
    }
    host_define(h, to);
    LLVMBuildMemSet(h->b, host_pointer(h, to), LLVMConstNull(h->i8), host_room(h, to), 1);
}

static void stack_add(Host *h, Buffer *to, Buffer *from) {
    LLVMValueRef a = host_pointer(h, to), b = host_pointer(h, from);
    LLVMValueRef more[] = {h->ctx, a, b, host_int(h, to->depth), host_int(h, to->type->dtype)};
    if (to->depth) {
        host_runtime(h, "tgrt_stack_add", h->nothing, more, 5);
        return;
    }
    LLVMValueRef all[] = {a, b, host_room(h, to), more[4]};
    host_runtime(h, "tg_lib_add", h->nothing, all, 4);
}

static void stack_sum(Host *h, Buffer *to, Node *const *args, int n) {
    if (!n && to->depth) host_restart(h, to);
    if (n) host_move(h, to, host_buffer(args[0]));
    for (int i = 1; i < n; i++) stack_add(h, to, host_buffer(args[i]));
}

void host_stack(Host *h, const Step *step) {
    const Node *node = step->node;
    if (node->op == OP_stack_zeros)
        stack_zeros(h, place_of(step->to), node->args);
    else
        stack_sum(h, place_of(step->to), node->args, node->nargs);
}
