/* kernel_flow.c: blocks, loops and branches of a kernel being emitted; scopes of what was emitted;
 * traps. */
#include "codegen/llvm/emit.h"

/* ---- scopes: what was emitted inside is forgotten at the end, since it does not dominate what
 * follows ---- */

int scope_begin(EmitKernel *ek) {
    return ek->log.n;
}

void scope_end(EmitKernel *ek, int mark) {
    LLVMValueRef *const tables[] = {ek->kxs, ek->ixs, ek->vector_ixs};
    while (ek->log.n > mark) {
        int entry = ek->log.at[--ek->log.n];
        tables[entry % 3][entry / 3] = NULL;
    }
}

/* ---- blocks ---- */

LLVMValueRef emit_alloca(EmitKernel *ek, LLVMTypeRef type, const char *name) {
    return LLVMBuildAlloca(ek->entry, type, name);
}

LLVMBasicBlockRef emit_block(EmitKernel *ek, const char *name) {
    return LLVMAppendBasicBlockInContext(ek->e->context, ek->function, name);
}

void emit_at(EmitKernel *ek, LLVMBasicBlockRef block) {
    LLVMPositionBuilderAtEnd(ek->b, block);
}

/* the variable lives in an alloca; sroa makes a phi of it */
EmitLoop loop_begin(EmitKernel *ek, LLVMValueRef lo, LLVMValueRef hi, int64_t step,
                    const char *name) {
    EmitLoop loop = {.hi = hi, .step = step, .place = emit_alloca(ek, ek->e->i64, name)};
    LLVMBasicBlockRef body = emit_block(ek, name);
    LLVMBuildStore(ek->b, lo, loop.place);
    loop.head = emit_block(ek, "head");
    loop.after = emit_block(ek, "after");
    LLVMBuildBr(ek->b, loop.head);
    emit_at(ek, loop.head);
    loop.value = LLVMBuildLoad2(ek->b, ek->e->i64, loop.place, name);
    LLVMBuildCondBr(ek->b, LLVMBuildICmp(ek->b, LLVMIntSLT, loop.value, hi, ""), body, loop.after);
    emit_at(ek, body);
    loop.mark = scope_begin(ek);
    return loop;
}

LLVMValueRef loop_end(EmitKernel *ek, EmitLoop *loop) {
    scope_end(ek, loop->mark);
    LLVMValueRef next = LLVMBuildNSWAdd(ek->b, loop->value, emit_i64(ek->e, loop->step), "");
    LLVMBuildStore(ek->b, next, loop->place);
    LLVMBuildBr(ek->b, loop->head);
    emit_at(ek, loop->after);
    return LLVMBuildLoad2(ek->b, ek->e->i64, loop->place, "");
}

EmitIf if_begin(EmitKernel *ek, LLVMValueRef condition) {
    EmitIf branch = {.after = emit_block(ek, "fi")};
    LLVMBasicBlockRef then = emit_block(ek, "if");
    LLVMBuildCondBr(ek->b, condition, then, branch.after);
    emit_at(ek, then);
    branch.mark = scope_begin(ek);
    return branch;
}

void if_end(EmitKernel *ek, EmitIf *branch) {
    scope_end(ek, branch->mark);
    LLVMBuildBr(ek->b, branch->after);
    emit_at(ek, branch->after);
}

/* ---- traps ---- */

enum {
    CONTEXT_TRAPPED = 11,
    CONTEXT_TRAPS = 12,
    CONTEXT_TRAP_VALUES = 15
}; /* fields of TgContext (runtime/abi.h), eight bytes each */

static LLVMValueRef field(EmitKernel *ek, int index) {
    LLVMValueRef at = emit_i64(ek->e, index);
    return LLVMBuildGEP2(ek->b, ek->e->i64, ek->ctx, &at, 1, "");
}

/* keeps the largest of a site's values, as unsigned numbers: the same on any number of threads */
static void keep_value(EmitKernel *ek, int place, LLVMValueRef bad, LLVMValueRef value) {
    Emit *e = ek->e;
    if (emit_is_vector(bad)) {
        value = emit_splat(ek, value);
        LLVMTypeRef type = LLVMTypeOf(value);
        value = LLVMBuildSelect(ek->b, bad, value, LLVMConstNull(type), "");
        unsigned id = LLVMLookupIntrinsicID("llvm.vector.reduce.umax", 23);
        LLVMValueRef largest = LLVMGetIntrinsicDeclaration(e->module, id, &type, 1);
        LLVMTypeRef call = LLVMIntrinsicGetType(e->context, id, &type, 1);
        value = LLVMBuildCall2(ek->b, call, largest, &value, 1, "");
    }
    LLVMValueRef values = LLVMBuildLoad2(ek->b, e->ptr, field(ek, CONTEXT_TRAP_VALUES), "");
    LLVMValueRef at = emit_i64(e, place);
    LLVMBuildAtomicRMW(ek->b, LLVMAtomicRMWBinOpUMax,
                       LLVMBuildGEP2(ek->b, e->i64, values, &at, 1, ""), value,
                       LLVMAtomicOrderingMonotonic, 0);
}

void emit_trap(EmitKernel *ek, LLVMValueRef bad, int site) {
    emit_trap_value(ek, bad, site, NULL, NULL);
}

void emit_trap_value(EmitKernel *ek, LLVMValueRef bad, int site, LLVMValueRef value,
                     LLVMValueRef extent) {
    Emit *e = ek->e;
    int place = e->program->trap_places[site];
    if (ek->mask && emit_is_vector(bad)) bad = LLVMBuildAnd(ek->b, bad, ek->mask, "");
    EmitIf branch = if_begin(ek, emit_any(ek, bad));
    if (value) {
        keep_value(ek, 2 * place, bad, value);
        keep_value(ek, 2 * place + 1, bad, extent);
    }
    LLVMValueRef traps = LLVMBuildLoad2(ek->b, e->ptr, field(ek, CONTEXT_TRAPS), "");
    LLVMValueRef at = emit_i64(e, place);
    LLVMBuildStore(ek->b, LLVMConstInt(e->i8, 1, 0),
                   LLVMBuildGEP2(ek->b, e->i8, traps, &at, 1, ""));
    LLVMBuildStore(ek->b, emit_i64(e, 1), field(ek, CONTEXT_TRAPPED));
    if_end(ek, &branch);
}

LLVMValueRef emit_lanes_below(EmitKernel *ek, LLVMValueRef from, LLVMValueRef hi) {
    LLVMValueRef left = LLVMBuildSub(ek->b, hi, from, "");
    LLVMValueRef most = emit_i64(ek->e, LANES);
    LLVMValueRef more = LLVMBuildICmp(ek->b, LLVMIntSGT, left, most, "");
    left = LLVMBuildTrunc(ek->b, LLVMBuildSelect(ek->b, more, most, left, ""), ek->e->i32, "");
    return LLVMBuildICmp(ek->b, LLVMIntSLT, emit_iota(ek, ek->e->i32), emit_splat(ek, left),
                         "lanes");
}
