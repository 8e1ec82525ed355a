/* contract.c: which way a contraction goes; and the one of a few operations, output by output
   (lanes over the last n axis): k in blocks of 128, fused multiply-adds in order. */
#include "codegen/llvm/contract.h"

typedef struct Sum Sum; /* one output's, or sixteen outputs' */
struct Sum {
    const Stage *s;
    DType dtype;
    LLVMTypeRef type;
    LLVMValueRef block, total, count, blocks; /* allocas */
};

static LLVMValueRef load(EmitKernel *ek, LLVMValueRef place, LLVMTypeRef type) {
    return LLVMBuildLoad2(ek->b, type, place, "");
}

/* total = the first block's sum, then total + sum */
static void end_block(EmitKernel *ek, const Sum *sum) {
    LLVMValueRef block = load(ek, sum->block, sum->type), total = load(ek, sum->total, sum->type);
    LLVMValueRef blocks = load(ek, sum->blocks, ek->e->i64);
    LLVMValueRef args[] = {total, block};
    LLVMValueRef joined = emit_map(ek, OP_add, sum->dtype, sum->dtype, args, 2);
    LLVMValueRef first = LLVMBuildICmp(ek->b, LLVMIntEQ, blocks, emit_i64(ek->e, 0), "");
    LLVMBuildStore(ek->b, LLVMBuildSelect(ek->b, first, block, joined, ""), sum->total);
    LLVMBuildStore(ek->b, LLVMBuildAdd(ek->b, blocks, emit_i64(ek->e, 1), ""), sum->blocks);
    LLVMBuildStore(ek->b, LLVMConstNull(sum->type), sum->block);
    LLVMBuildStore(ek->b, emit_i64(ek->e, 0), sum->count);
}

static void step(EmitKernel *ek, const Sum *sum) {
    LLVMValueRef args[] = {emit_kx_lanes(ek, sum->s->a), emit_kx_lanes(ek, sum->s->b),
                           load(ek, sum->block, sum->type)};
    LLVMBuildStore(ek->b, emit_map(ek, OP_fma, sum->dtype, sum->dtype, args, 3), sum->block);
    LLVMValueRef count =
        LLVMBuildAdd(ek->b, load(ek, sum->count, ek->e->i64), emit_i64(ek->e, 1), "");
    LLVMBuildStore(ek->b, count, sum->count);
    EmitIf full =
        if_begin(ek, LLVMBuildICmp(ek->b, LLVMIntEQ, count, emit_i64(ek->e, ORDER_BLOCK_DOT), ""));
    end_block(ek, sum);
    if_end(ek, &full);
}

static void over_k(EmitKernel *ek, const Sum *sum, int axis) {
    const Stage *s = sum->s;
    int first = s->nm + s->nn, var = ek->k->nouter + first + axis;
    if (axis == s->nk) {
        step(ek, sum);
        return;
    }
    EmitLoop loop = loop_begin(ek, emit_i64(ek->e, 0), emit_dim(ek, s->row[first + axis]), 1, "k");
    ek->vars[var] = loop.value;
    over_k(ek, sum, axis + 1);
    loop_end(ek, &loop);
}

static void output(EmitKernel *ek, const void *data) {
    const Stage *s = data;
    Sum sum = {.s = s, .dtype = dtype_compute(s->operand)};
    sum.type = emit_register_type(ek->e, sum.dtype);
    if (ek->lane_var >= 0) sum.type = emit_vector(sum.type);
    sum.block = emit_alloca(ek, sum.type, "block");
    sum.total = emit_alloca(ek, sum.type, "total");
    sum.count = emit_alloca(ek, ek->e->i64, "count");
    sum.blocks = emit_alloca(ek, ek->e->i64, "blocks");
    LLVMBuildStore(ek->b, LLVMConstNull(sum.type), sum.block);
    LLVMBuildStore(ek->b, LLVMConstNull(sum.type), sum.total);
    LLVMBuildStore(ek->b, emit_i64(ek->e, 0), sum.count);
    LLVMBuildStore(ek->b, emit_i64(ek->e, 0), sum.blocks);
    over_k(ek, &sum, 0);
    EmitIf rest = if_begin(ek, LLVMBuildICmp(ek->b, LLVMIntSGT, load(ek, sum.count, ek->e->i64),
                                             emit_i64(ek->e, 0), ""));
    end_block(ek, &sum);
    if_end(ek, &rest);
    ek->temps[s->temp] = emit_round(ek, s->dtype, load(ek, sum.total, sum.type));
    emit_stores(ek, s);
}

static int64_t known_length(const Dim *d) {
    int64_t n;
    return dim_is_int(d, &n) ? n : -1;
}

static void over_n(EmitKernel *ek, const Stage *s, int axis) {
    int var = ek->k->nouter + s->nm + axis;
    if (axis == s->nn) {
        output(ek, s);
        return;
    }
    int ranged = ek->k->range == RANGE_N && s->nn == 1;
    const Dim *extent = s->row[s->nm + axis];
    LLVMValueRef lo = ranged ? ek->lo : emit_i64(ek->e, 0),
                 hi = ranged ? ek->hi : emit_dim(ek, extent);
    if (axis == s->nn - 1) {
        emit_lanes_over(ek, var, lo, hi, dim_upper(extent), ranged ? -1 : known_length(extent),
                        output, s);
        return;
    }
    EmitLoop loop = loop_begin(ek, lo, hi, 1, "n");
    ek->vars[var] = loop.value;
    over_n(ek, s, axis + 1);
    loop_end(ek, &loop);
}

static void tile(EmitKernel *ek, const void *data) {
    const Stage *s = data;
    if (ek->k->range == RANGE_N && s->nn > 1) {
        EmitLoop loop = loop_begin(ek, ek->lo, ek->hi, 1, "n");
        emit_unflatten(ek, ek->k->nouter + s->nm, s->row + s->nm, s->nn, loop.value);
        output(ek, s);
        loop_end(ek, &loop);
        return;
    }
    LLVMValueRef lo = emit_i64(ek->e, 0), hi = emit_i64(ek->e, 1);
    for (int i = 0; i < s->nm; i++) hi = LLVMBuildMul(ek->b, hi, emit_dim(ek, s->row[i]), "");
    if (ek->k->range == RANGE_M) lo = ek->lo, hi = ek->hi;
    EmitLoop loop = loop_begin(ek, lo, hi, 1, "m");
    emit_unflatten(ek, ek->k->nouter, s->row, s->nm, loop.value);
    over_n(ek, s, 0);
    loop_end(ek, &loop);
}

void emit_contract_simple(EmitKernel *ek, const Stage *s) {
    emit_batch(ek, 0, tile, s);
}

void emit_contract(EmitKernel *ek, const Stage *s) {
    if (s->few)
        emit_contract_few(ek, s);
    else if (ek->k->small)
        emit_contract_simple(ek, s);
    else
        emit_contract_tiled(ek, s);
}
