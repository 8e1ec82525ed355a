/* contract_axes.c: the loops around a contraction's tiles. */
#include "codegen/llvm/emit.h"

void emit_batch(EmitKernel *ek, int axis, EmitBody *body, const void *data) {
    const Kernel *k = ek->k;
    if (axis == k->nouter) {
        body(ek, data);
        return;
    }
    int ranged = axis == 0 && k->range == RANGE_OUTER;
    LLVMValueRef lo = ranged ? ek->lo : emit_i64(ek->e, 0);
    LLVMValueRef hi = ranged ? ek->hi : emit_dim(ek, k->outer[axis]);
    EmitLoop loop = loop_begin(ek, lo, hi, 1, "batch");
    ek->vars[axis] = loop.value;
    emit_batch(ek, axis + 1, body, data);
    loop_end(ek, &loop);
}

void emit_unflatten(EmitKernel *ek, int var, const Dim *const *extents, int count,
                    LLVMValueRef flat) {
    for (int i = count - 1; i >= 0; i--) {
        LLVMValueRef extent = emit_dim(ek, extents[i]);
        ek->vars[var + i] = i == 0 ? flat : LLVMBuildURem(ek->b, flat, extent, "");
        if (i > 0) flat = LLVMBuildUDiv(ek->b, flat, extent, "");
    }
}
