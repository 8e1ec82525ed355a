/* contract_few.c: a contraction of few outputs: each is a reduction in lanes over k, as one inner
 * run (ir/order.h). */
#include "codegen/llvm/emit.h"
#include "ir/order.h"

typedef struct Few Few;
struct Few {
    const Stage *s;
    DType dtype;
    LLVMTypeRef type;
    LLVMValueRef sum, chunks; /* allocas */
    BlockStack stack;
};

static LLVMValueRef load(EmitKernel *ek, LLVMValueRef place, LLVMTypeRef type) {
    return LLVMBuildLoad2(ek->b, type, place, "");
}

static void end_block(EmitKernel *ek, const Few *f) {
    stack_push(ek, &f->stack, load(ek, f->sum, f->type));
    LLVMBuildStore(ek->b, LLVMConstNull(f->type), f->sum);
    LLVMBuildStore(ek->b, emit_i64(ek->e, 0), f->chunks);
}

static void chunk(EmitKernel *ek, const void *data) {
    const Few *f = data;
    LLVMValueRef old = load(ek, f->sum, f->type);
    LLVMValueRef args[] = {emit_kx_lanes(ek, f->s->a), emit_kx_lanes(ek, f->s->b), old};
    LLVMValueRef sum = emit_map(ek, OP_fma, f->dtype, f->dtype, args, 3);
    if (ek->mask) sum = LLVMBuildSelect(ek->b, ek->mask, sum, old, "");
    LLVMBuildStore(ek->b, sum, f->sum);
    LLVMValueRef count =
        LLVMBuildAdd(ek->b, load(ek, f->chunks, ek->e->i64), emit_i64(ek->e, 1), "");
    LLVMBuildStore(ek->b, count, f->chunks);
    EmitIf full = if_begin(
        ek, LLVMBuildICmp(ek->b, LLVMIntEQ, count, emit_i64(ek->e, ORDER_BLOCK_CHUNKS), ""));
    end_block(ek, f);
    if_end(ek, &full);
}

static void output(EmitKernel *ek, const void *data) {
    const Stage *s = data;
    Few f = {.s = s, .dtype = dtype_compute(s->operand)};
    int at = s->nm + s->nn;
    f.type = emit_vector(emit_register_type(ek->e, f.dtype));
    f.sum = emit_alloca(ek, f.type, "sum");
    f.chunks = emit_alloca(ek, ek->e->i64, "chunks");
    f.stack = stack_new(ek, OP_add, f.dtype, f.type);
    stack_reset(ek, &f.stack);
    LLVMBuildStore(ek->b, LLVMConstNull(f.type), f.sum);
    LLVMBuildStore(ek->b, emit_i64(ek->e, 0), f.chunks);
    if (s->nk > 0) {
        LLVMValueRef n = emit_dim(ek, s->row[at]);
        emit_lanes_over(ek, ek->k->nouter + at, emit_i64(ek->e, 0), n, dim_upper(s->row[at]), -1,
                        chunk, &f);
    }
    EmitIf rest = if_begin(ek, LLVMBuildICmp(ek->b, LLVMIntSGT, load(ek, f.chunks, ek->e->i64),
                                             emit_i64(ek->e, 0), ""));
    end_block(ek, &f);
    if_end(ek, &rest);
    LLVMValueRef vector = stack_finish(ek, &f.stack, LLVMConstNull(f.type));
    LLVMValueRef sum = emit_join_lanes(ek, OP_add, f.dtype, vector);
    ek->temps[s->temp] = emit_round(ek, s->dtype, sum);
    emit_stores(ek, s);
}

/* all m and n axes, one flat index each; the range may be either */
static void outputs(EmitKernel *ek, const void *data) {
    const Stage *s = data;
    LLVMValueRef lo[2], hi[2];
    const Range ranges[] = {RANGE_M, RANGE_N};
    int counts[] = {s->nm, s->nn}, first[] = {0, s->nm};
    EmitLoop loops[2];
    for (int d = 0; d < 2; d++) {
        lo[d] = emit_i64(ek->e, 0);
        hi[d] = emit_i64(ek->e, 1);
        for (int i = 0; i < counts[d]; i++)
            hi[d] = LLVMBuildMul(ek->b, hi[d], emit_dim(ek, s->row[first[d] + i]), "");
        if (ek->k->range == ranges[d]) lo[d] = ek->lo, hi[d] = ek->hi;
        loops[d] = loop_begin(ek, lo[d], hi[d], 1, d ? "n" : "m");
        emit_unflatten(ek, ek->k->nouter + first[d], s->row + first[d], counts[d], loops[d].value);
    }
    output(ek, s);
    loop_end(ek, &loops[1]);
    loop_end(ek, &loops[0]);
}

void emit_contract_few(EmitKernel *ek, const Stage *s) {
    emit_batch(ek, 0, outputs, s);
}
