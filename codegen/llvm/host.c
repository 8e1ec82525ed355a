/* host.c: takes a planned program whose kernels are made, gives the host function `run`: the tree
   of steps as one function. Allocas and what is loaded once stand in the entry block. */
#include "codegen/llvm/host.h"

#include <stdarg.h>

void host_fail(Host *h, const Frame *where, const char *format, ...) {
    if (h->error) return;
    va_list args;
    va_start(args, format);
    const char *text = arena_vprintf(h->arena, format, args);
    va_end(args);
    Span span = where ? frame_user_span(where) : span_nowhere();
    int line = 0, column = 0;
    if (span.source) source_place(span.source, span.start, &line, &column);
    h->error =
        span.source ? arena_printf(h->arena, "%s:%d: %s", span.source->path, line, text) : text;
}

LLVMBasicBlockRef host_new_block(Host *h, const char *name) {
    return LLVMAppendBasicBlockInContext(h->context, h->function, name);
}

void host_at(Host *h, LLVMBasicBlockRef block) {
    LLVMPositionBuilderAtEnd(h->b, block);
}

LLVMValueRef host_alloca(Host *h, LLVMTypeRef type, const char *name) {
    return LLVMBuildAlloca(h->entry, type, name);
}

/* All steps use one piece of stack for what they hand over: a step's parts lie side by side, the
 * next step begins anew. */
LLVMValueRef host_scratch(Host *h, int words) {
    if (!h->scratch) h->scratch = LLVMBuildArrayAlloca(h->entry, h->i64, host_int(h, 1), "scratch");
    LLVMValueRef at = host_int(h, h->scratch_used);
    h->scratch_used += words;
    if (h->scratch_used > h->scratch_most) h->scratch_most = h->scratch_used;
    return LLVMBuildGEP2(h->b, h->i64, h->scratch, &at, 1, "");
}

static LLVMValueRef field_place(Host *h, LLVMBuilderRef b, int field) {
    LLVMValueRef at = host_int(h, field);
    return LLVMBuildGEP2(b, h->i64, h->ctx, &at, 1, "");
}

LLVMValueRef host_field_place(Host *h, int field) {
    return field_place(h, h->b, field);
}

LLVMValueRef host_field(Host *h, int field) {
    return LLVMBuildLoad2(h->b, h->i64, field_place(h, h->b, field), "");
}

LLVMValueRef host_field_pointer(Host *h, int field) {
    return LLVMBuildLoad2(h->b, h->ptr, field_place(h, h->b, field), "");
}

static LLVMValueRef entry_pointer(Host *h, int field, const char *name) {
    return LLVMBuildLoad2(h->entry, h->ptr, field_place(h, h->entry, field), name);
}

static void step_emit(Host *h, const Step *step) {
    h->scratch_used = 0;
    switch (step->kind) {
    case STEP_SCALAR:
        host_scalar(h, step);
        break;
    case STEP_KERNEL:
        host_kernel(h, step);
        break;
    case STEP_LIB:
        host_lib(h, step);
        break;
    case STEP_COPY:
        host_move(h, step->to, step->from);
        break;
    case STEP_CONTROL:
        host_control(h, step);
        break;
    case STEP_EFFECT:
        host_effect(h, step);
        break;
    }
}

void host_block(Host *h, const Block *block) {
    for (int i = 0; i < block->steps.n && !h->error; i++) {
        const Step *step = block->steps.at[i];
        debug_place(h, step->kernel ? step->kernel->where : step->node ? step->node->where : NULL);
        step_emit(h, step);
    }
}

static void make_types(Host *h) {
    LLVMContextRef c = h->context;
    h->i1 = LLVMInt1TypeInContext(c);
    h->i8 = LLVMInt8TypeInContext(c);
    h->i16 = LLVMInt16TypeInContext(c);
    h->i32 = LLVMInt32TypeInContext(c);
    h->i64 = LLVMInt64TypeInContext(c);
    h->f32 = LLVMFloatTypeInContext(c);
    h->f64 = LLVMDoubleTypeInContext(c);
    h->ptr = LLVMPointerTypeInContext(c, 0);
    h->nothing = LLVMVoidTypeInContext(c);
    h->tensor = LLVMArrayType2(h->i64, TENSOR_WORDS); /* data dtype rank dims[]: eight bytes each */
}

static void make_tables(Host *h) {
    int nodes = h->graph->next_id + 1, buffers = h->program->buffers.n + 1;
    h->slots = NEW_ARRAY(h->arena, LLVMValueRef, nodes);
    h->results = NEW_ARRAY(h->arena, LLVMValueRef *, nodes);
    h->counters = NEW_ARRAY(h->arena, LLVMValueRef, nodes);
    h->loop_cells = NEW_ARRAY(h->arena, struct LoopCells *, nodes);
    h->pointers = NEW_ARRAY(h->arena, LLVMValueRef, buffers);
    h->rooms = NEW_ARRAY(h->arena, LLVMValueRef, buffers);
    h->cells = NEW_ARRAY(h->arena, LLVMValueRef, size_count(h->graph->dims) + 1);
    Program *p = h->program;
    int ntraps = p->trap_frames.n, *sites = NEW_ARRAY(h->arena, int, ntraps + 1);
    for (int i = 0; i < ntraps; i++) sites[p->trap_places[i]] = i;
    for (int i = 0; i < ntraps; i++)
        table_add(h, &h->traps, p->trap_frames.at[sites[i]], p->trap_texts.at[sites[i]]);
    h->can_trap = ntraps > 0;
}

void host_begin(Host *h) {
    make_types(h);
    h->b = LLVMCreateBuilderInContext(h->context);
    h->entry = LLVMCreateBuilderInContext(h->context);
    make_tables(h);
}

void host_emit(Host *h) {
    LLVMTypeRef type = LLVMFunctionType(h->nothing, &h->ptr, 1, 0);
    h->function = LLVMAddFunction(h->module, "tg_run", type);
    LLVMSetLinkage(h->function, LLVMInternalLinkage);
    h->ctx = LLVMGetParam(h->function, 0);
    LLVMBasicBlockRef entry = host_new_block(h, "entry"), start = host_new_block(h, "start");
    LLVMPositionBuilderAtEnd(h->entry, entry);
    host_at(h, start);
    debug_begin(h);
    h->slab = entry_pointer(h, CTX_SLAB, "slab");
    h->sizes = entry_pointer(h, CTX_SIZES, "sizes");
    h->offsets = entry_pointer(h, CTX_OFFSETS, "offsets");
    h->data = entry_pointer(h, CTX_DATA, "data");
    resume_find(h);
    host_block(h, h->program->block);
    host_check_traps(h);
    LLVMBuildRetVoid(h->b);
    LLVMBuildBr(h->entry, start);
    if (h->scratch) LLVMSetOperand(h->scratch, 0, host_int(h, h->scratch_most + 1));
    debug_end(h);
}

void host_end(Host *h) {
    LLVMDisposeBuilder(h->b);
    LLVMDisposeBuilder(h->entry);
}
