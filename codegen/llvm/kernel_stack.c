/* kernel_stack.c: finished blocks of a reduction, joined as a binary counter counts (ir/order.h).
   The work on the stack is two small functions a type and operation, called once in 64 chunks. */
#include "codegen/llvm/emit.h"

#include <string.h>

#include "ir/order.h"

/* the state: { i64 pushed, i64 depth, [ORDER_STACK x type] } */
static LLVMTypeRef state_type(Emit *e, LLVMTypeRef type) {
    LLVMTypeRef fields[] = {e->i64, e->i64, LLVMArrayType2(type, ORDER_STACK)};
    return LLVMStructTypeInContext(e->context, fields, 3, 0);
}

typedef struct Work Work; /* a function on the stack, being made */
struct Work {
    EmitKernel ek;
    const BlockStack *s;
    LLVMValueRef state, pushed, depth;
};

static LLVMValueRef entry_place(Work *w, LLVMValueRef index) {
    LLVMValueRef at[] = {emit_i64(w->ek.e, 0), LLVMConstInt(w->ek.e->i32, 2, 0), index};
    return LLVMBuildGEP2(w->ek.b, state_type(w->ek.e, w->s->type), w->state, at, 3, "");
}

static LLVMValueRef get(Work *w, LLVMValueRef place) {
    return LLVMBuildLoad2(w->ek.b, w->ek.e->i64, place, "");
}

/* the top two become op(earlier, later) */
static void merge(Work *w) {
    LLVMBuilderRef b = w->ek.b;
    LLVMValueRef depth = get(w, w->depth), one = emit_i64(w->ek.e, 1);
    LLVMValueRef last = LLVMBuildSub(b, depth, one, ""),
                 place = entry_place(w, LLVMBuildSub(b, last, one, ""));
    LLVMValueRef args[] = {LLVMBuildLoad2(b, w->s->type, place, ""),
                           LLVMBuildLoad2(b, w->s->type, entry_place(w, last), "")};
    LLVMBuildStore(b, emit_map(&w->ek, w->s->join, w->s->dtype, w->s->dtype, args, 2), place);
    LLVMBuildStore(b, last, w->depth);
}

/* while (condition) merge */
static void merge_while(Work *w, LLVMValueRef (*condition)(Work *w)) {
    LLVMBasicBlockRef head = emit_block(&w->ek, "more"), body = emit_block(&w->ek, "merge"),
                      end = emit_block(&w->ek, "end");
    LLVMBuildBr(w->ek.b, head);
    emit_at(&w->ek, head);
    LLVMBuildCondBr(w->ek.b, condition(w), body, end);
    emit_at(&w->ek, body);
    merge(w);
    LLVMBuildBr(w->ek.b, head);
    emit_at(&w->ek, end);
}

/* b even: halve it (b is the count of pushes, kept in an alloca) */
static LLVMValueRef is_even(Work *w) {
    LLVMBuilderRef b = w->ek.b;
    LLVMValueRef count = get(w, w->pushed), one = emit_i64(w->ek.e, 1);
    LLVMBuildStore(b, LLVMBuildLShr(b, count, one, ""), w->pushed);
    return LLVMBuildICmp(b, LLVMIntEQ, LLVMBuildAnd(b, count, one, ""), emit_i64(w->ek.e, 0), "");
}

static LLVMValueRef has_two(Work *w) {
    return LLVMBuildICmp(w->ek.b, LLVMIntSGT, get(w, w->depth), emit_i64(w->ek.e, 1), "");
}

static void write_push(Work *w) {
    LLVMBuilderRef b = w->ek.b;
    LLVMValueRef one = emit_i64(w->ek.e, 1), depth = get(w, w->depth);
    LLVMValueRef block = LLVMBuildLoad2(b, w->s->type, LLVMGetParam(w->ek.function, 1), "");
    LLVMBuildStore(b, block, entry_place(w, depth));
    LLVMBuildStore(b, LLVMBuildAdd(b, depth, one, ""), w->depth);
    LLVMValueRef counter = w->pushed, count = LLVMBuildAdd(b, get(w, counter), one, "");
    LLVMBuildStore(b, count, counter);
    w->pushed = emit_alloca(&w->ek, w->ek.e->i64, "left");
    LLVMBuildStore(b, count, w->pushed);
    merge_while(w, is_even);
}

static void write_finish(Work *w) {
    merge_while(w, has_two);
    EmitIf some = if_begin(
        &w->ek, LLVMBuildICmp(w->ek.b, LLVMIntSGT, get(w, w->depth), emit_i64(w->ek.e, 0), ""));
    LLVMValueRef sum =
        LLVMBuildLoad2(w->ek.b, w->s->type, entry_place(w, emit_i64(w->ek.e, 0)), "");
    LLVMBuildStore(w->ek.b, sum, LLVMGetParam(w->ek.function, 1));
    if_end(&w->ek, &some);
}

static void write_body(Work *w, void (*write)(Work *w)) {
    Emit *e = w->ek.e;
    LLVMTypeRef type = state_type(e, w->s->type);
    LLVMBasicBlockRef entry = emit_block(&w->ek, "entry"), body = emit_block(&w->ek, "body");
    w->ek.entry = LLVMCreateBuilderInContext(e->context);
    w->ek.b = LLVMCreateBuilderInContext(e->context);
    LLVMPositionBuilderAtEnd(w->ek.entry, entry);
    LLVMPositionBuilderBefore(w->ek.entry, LLVMBuildBr(w->ek.entry, body));
    emit_at(&w->ek, body);
    w->state = LLVMGetParam(w->ek.function, 0);
    w->pushed = LLVMBuildStructGEP2(w->ek.b, type, w->state, 0, "");
    w->depth = LLVMBuildStructGEP2(w->ek.b, type, w->state, 1, "");
    write(w);
    LLVMBuildRetVoid(w->ek.b);
    LLVMDisposeBuilder(w->ek.entry);
    LLVMDisposeBuilder(w->ek.b);
}

/* void tg.push.sum…(state, block) or tg.finish…(state, out) */
static LLVMValueRef helper(EmitKernel *ek, const BlockStack *s, const char *what,
                           void (*write)(Work *w)) {
    Emit *e = ek->e;
    const char *lanes = LLVMGetTypeKind(s->type) == LLVMVectorTypeKind ? "x16" : "";
    const char *name = arena_printf(e->arena, "tg.%s.%s.%s%s", what, op_info(s->join)->name,
                                    dtype_name(s->dtype), lanes);
    LLVMValueRef f = LLVMGetNamedFunction(e->module, name);
    if (f) return f;
    LLVMTypeRef types[] = {e->ptr, e->ptr};
    f = LLVMAddFunction(e->module, name, LLVMFunctionType(e->nothing, types, 2, 0));
    LLVMSetLinkage(f, LLVMInternalLinkage);
    emit_attribute(e, f, "noinline");
    Work *w = NEW(e->arena, Work);
    w->s = s;
    w->ek = (EmitKernel){.e = e, .k = ek->k, .t = ek->t, .function = f, .lane_var = -1};
    write_body(w, write);
    return f;
}

static void call_helper(EmitKernel *ek, LLVMValueRef f, LLVMValueRef state, LLVMValueRef place) {
    LLVMValueRef args[] = {state, place};
    LLVMBuildCall2(ek->b, LLVMGlobalGetValueType(f), f, args, 2, "");
}

BlockStack stack_new(EmitKernel *ek, Op join, DType dtype, LLVMTypeRef type) {
    BlockStack s = {.type = type, .join = join, .dtype = dtype};
    s.state = emit_alloca(ek, state_type(ek->e, type), "blocks");
    s.block = emit_alloca(ek, type, "block");
    return s;
}

void stack_reset(EmitKernel *ek, const BlockStack *s) {
    LLVMTypeRef type = state_type(ek->e, s->type);
    for (unsigned i = 0; i < 2; i++)
        LLVMBuildStore(ek->b, emit_i64(ek->e, 0),
                       LLVMBuildStructGEP2(ek->b, type, s->state, i, ""));
}

void stack_push(EmitKernel *ek, const BlockStack *s, LLVMValueRef block) {
    LLVMBuildStore(ek->b, block, s->block);
    call_helper(ek, helper(ek, s, "push", write_push), s->state, s->block);
}

LLVMValueRef stack_finish(EmitKernel *ek, const BlockStack *s, LLVMValueRef identity) {
    LLVMBuildStore(ek->b, identity, s->block);
    call_helper(ek, helper(ek, s, "finish", write_finish), s->state, s->block);
    return LLVMBuildLoad2(ek->b, s->type, s->block, "");
}

LLVMValueRef emit_lanes_down(EmitKernel *ek, LLVMValueRef vector, int by) {
    LLVMValueRef pick[LANES];
    for (int i = 0; i < LANES; i++)
        pick[i] = LLVMConstInt(ek->e->i32, (unsigned long long)(i + by < LANES ? i + by : i), 0);
    return LLVMBuildShuffleVector(ek->b, vector, LLVMGetPoison(LLVMTypeOf(vector)),
                                  LLVMConstVector(pick, LANES), "");
}

LLVMValueRef emit_join_lanes(EmitKernel *ek, Op join, DType dtype, LLVMValueRef vector) {
    for (int h = LANES / 2; h >= 1; h /= 2) {
        LLVMValueRef args[] = {vector, emit_lanes_down(ek, vector, h)};
        vector = emit_map(ek, join, dtype, dtype, args, 2);
    }
    return LLVMBuildExtractElement(ek->b, vector, LLVMConstInt(ek->e->i32, 0, 0), "");
}
