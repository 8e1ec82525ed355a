/* host_tape.c: memory that the program takes while it runs: tapes of loops without a bound, and
   buffers whose length is only known where they are made. A tape keeps its memory when its loop is
   entered again and grows when it must; a ragged stack is a table of blocks, one an iteration. */
#include "codegen/llvm/host.h"

static Buffer *place_of(Buffer *b) {
    while (b->alias) b = b->alias;
    return b;
}

static int is_ragged(const Buffer *b) {
    return b->type->rank > 0 && !b->stride;
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
    if (is_ragged(buffer->of)) return host_tape(h, buffer);
    LLVMValueRef base = host_pointer(h, buffer->of);
    LLVMValueRef at = LLVMBuildMul(h->b, counter(h, buffer), host_dim(h, buffer->of->stride), "");
    return LLVMBuildGEP2(h->b, h->i8, base, &at, 1, "slot");
}

/* at least `need` bytes from now on; new memory of a table of blocks is zero */
static void make_room(Host *h, Buffer *b, LLVMValueRef need, LLVMValueRef take) {
    LLVMValueRef room = room_cell(h, b), cell = pointer_cell(h, b);
    LLVMValueRef had = LLVMBuildLoad2(h->b, h->i64, room, "");
    LLVMBasicBlockRef more = host_new_block(h, "more"), done = host_new_block(h, "enough");
    LLVMBuildCondBr(h->b, LLVMBuildICmp(h->b, LLVMIntSGT, need, had, ""), more, done);
    host_at(h, more);
    LLVMValueRef old = LLVMBuildLoad2(h->b, h->ptr, cell, "");
    LLVMValueRef args[] = {h->ctx, old, had, take};
    LLVMValueRef fresh = host_runtime(h, "tgrt_tape_grow", h->ptr, args, 4);
    if (is_ragged(b)) {
        LLVMValueRef end = LLVMBuildGEP2(h->b, h->i8, fresh, &had, 1, "");
        LLVMBuildMemSet(h->b, end, LLVMConstNull(h->i8), LLVMBuildSub(h->b, take, had, ""), 8);
    }
    LLVMBuildStore(h->b, fresh, cell);
    LLVMBuildStore(h->b, take, room);
    LLVMBuildBr(h->b, done);
    host_at(h, done);
}

static LLVMValueRef stride(Host *h, const Buffer *b) {
    return is_ragged(b) ? host_int(h, 8) : host_dim(h, b->stride);
}

/* what the buffer takes now */
LLVMValueRef host_room(Host *h, const Buffer *b) {
    if (b->type->rank == 0) return host_int(h, dtype_bytes(b->type->dtype));
    return LLVMBuildMul(h->b, host_dim(h, b->type->dims[0]), stride(h, b), "");
}

/* a block of a ragged stack: what an earlier round left there is given back */
static void fresh_block(Host *h, Buffer *b) {
    LLVMValueRef cell = pointer_cell(h, b);
    LLVMValueRef args[] = {h->ctx, LLVMBuildLoad2(h->b, h->ptr, cell, "")};
    host_runtime(h, "tgrt_tape_free", h->nothing, args, 2);
    LLVMBuildStore(h->b, LLVMConstNull(h->ptr), cell);
    LLVMBuildStore(h->b, host_int(h, 0), room_cell(h, b));
}

static int has_own_memory(const Buffer *b) {
    return b->kind == BUFFER_TAPE || (b->kind == BUFFER_SLOT && is_ragged(b->of));
}

void host_define(Host *h, Buffer *buffer) {
    Buffer *b = place_of(buffer);
    if (!has_own_memory(b)) return;
    if (b->kind == BUFFER_SLOT) fresh_block(h, b);
    LLVMValueRef need = host_room(h, b);
    make_room(h, b, need, need);
}

void host_grow(Host *h, Buffer *stack, LLVMValueRef slots) {
    Buffer *b = place_of(stack);
    if (!has_own_memory(b)) return;
    LLVMValueRef need = LLVMBuildMul(h->b, slots, stride(h, b), "");
    LLVMValueRef twice =
        LLVMBuildAdd(h->b, LLVMBuildMul(h->b, need, host_int(h, 2), ""), host_int(h, 1024), "");
    make_room(h, b, need, twice);
}

void host_restart(Host *h, Buffer *stack) {
    Buffer *b = place_of(stack);
    if (b->kind == BUFFER_SLOT && has_own_memory(b)) fresh_block(h, b);
}

void host_move(Host *h, Buffer *to, Buffer *from) {
    if (is_ragged(place_of(from)))
        host_fail(h, from->node ? from->node->where : NULL,
                  "a gradient through this nesting of loops without bounds is not supported");
    host_define(h, to);
    host_copy(h, host_pointer(h, to), host_pointer(h, from), host_room(h, to));
}
