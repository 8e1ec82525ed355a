/* emit.c: types, constants and calls of the bitcode's functions that all kernel emission uses.
 * ir/scalar.h has the conventions. */
#include "codegen/llvm/emit.h"

#include <string.h>

LLVMTypeRef emit_memory_type(Emit *e, DType d) {
    LLVMTypeRef types[DT_COUNT] = {
        [DT_bool] = e->i8, [DT_u8] = e->i8,    [DT_i32] = e->i32, [DT_i64] = e->i64,
        [DT_f16] = e->i16, [DT_bf16] = e->i16, [DT_f32] = e->f32, [DT_f64] = e->f64};
    return types[d];
}

LLVMTypeRef emit_register_type(Emit *e, DType d) {
    return emit_memory_type(e, dtype_compute(d));
}

LLVMTypeRef emit_vector(LLVMTypeRef element) {
    return LLVMVectorType(element, LANES);
}

LLVMValueRef emit_i64(Emit *e, int64_t value) {
    return LLVMConstInt(e->i64, (unsigned long long)value, 1);
}

int emit_is_vector(LLVMValueRef value) {
    return LLVMGetTypeKind(LLVMTypeOf(value)) == LLVMVectorTypeKind;
}

void emit_attribute(Emit *e, LLVMValueRef function, const char *name) {
    unsigned kind = LLVMGetEnumAttributeKindForName(name, strlen(name));
    LLVMAddAttributeAtIndex(function, (LLVMAttributeIndex)LLVMAttributeFunctionIndex,
                            LLVMCreateEnumAttribute(e->context, kind, 0));
}

LLVMValueRef emit_splat(EmitKernel *ek, LLVMValueRef scalar) {
    if (emit_is_vector(scalar)) return scalar;
    LLVMTypeRef type = emit_vector(LLVMTypeOf(scalar));
    if (LLVMIsConstant(scalar)) {
        LLVMValueRef all[LANES];
        for (int i = 0; i < LANES; i++) all[i] = scalar;
        return LLVMConstVector(all, LANES);
    }
    LLVMValueRef one = LLVMBuildInsertElement(ek->b, LLVMGetPoison(type), scalar,
                                              LLVMConstInt(ek->e->i32, 0, 0), "");
    LLVMValueRef zeros = LLVMConstNull(emit_vector(ek->e->i32));
    return LLVMBuildShuffleVector(ek->b, one, LLVMGetPoison(type), zeros, "");
}

LLVMValueRef emit_iota(EmitKernel *ek, LLVMTypeRef element) {
    LLVMValueRef lanes[LANES];
    (void)ek;
    for (int i = 0; i < LANES; i++) lanes[i] = LLVMConstInt(element, (unsigned long long)i, 0);
    return LLVMConstVector(lanes, LANES);
}

LLVMValueRef emit_any(EmitKernel *ek, LLVMValueRef mask) {
    if (!emit_is_vector(mask)) return mask;
    LLVMValueRef bits = LLVMBuildBitCast(ek->b, mask, ek->e->i16, "");
    return LLVMBuildICmp(ek->b, LLVMIntNE, bits, LLVMConstInt(ek->e->i16, 0, 0), "");
}

LLVMValueRef emit_call(EmitKernel *ek, const char *name, LLVMTypeRef result, LLVMValueRef *args,
                       int nargs) {
    LLVMTypeRef types[8];
    int vector = 0;
    for (int i = 0; i < nargs; i++) vector |= emit_is_vector(args[i]);
    LLVMValueRef given[8];
    for (int i = 0; i < nargs; i++) {
        given[i] = vector ? emit_splat(ek, args[i]) : args[i];
        types[i] = LLVMTypeOf(given[i]);
    }
    if (vector) {
        name = arena_printf(ek->e->arena, "%sx16", name);
        result = emit_vector(result);
    }
    LLVMTypeRef type = LLVMFunctionType(result, types, (unsigned)nargs, 0);
    LLVMValueRef f = LLVMGetNamedFunction(ek->e->module, name);
    if (!f) f = LLVMAddFunction(ek->e->module, name, type);
    return LLVMBuildCall2(ek->b, type, f, given, (unsigned)nargs, "");
}

LLVMValueRef emit_intrinsic(EmitKernel *ek, const char *name, LLVMTypeRef *overloads, int n,
                            LLVMValueRef *args, int nargs) {
    unsigned id = LLVMLookupIntrinsicID(name, strlen(name));
    LLVMValueRef f = LLVMGetIntrinsicDeclaration(ek->e->module, id, overloads, (size_t)n);
    return LLVMBuildCall2(ek->b, LLVMGlobalGetValueType(f), f, args, (unsigned)nargs, "");
}

LLVMValueRef emit_round(EmitKernel *ek, DType dtype, LLVMValueRef value) {
    if (dtype != DT_f16 && dtype != DT_bf16) return value;
    return emit_call(ek, dtype == DT_f16 ? "tg_round_f16" : "tg_round_bf16", ek->e->f32, &value, 1);
}

LLVMValueRef emit_cast(EmitKernel *ek, LLVMValueRef value, DType from, DType to) {
    if (from == to) return value;
    DType a = dtype_compute(from), b = dtype_compute(to);
    if (a != b) {
        const char *name =
            arena_printf(ek->e->arena, "tg_cast_%s_%s", dtype_name(a), dtype_name(b));
        value = emit_call(ek, name, emit_register_type(ek->e, b), &value, 1);
    }
    return emit_round(ek, to, value);
}

LLVMValueRef emit_map(EmitKernel *ek, Op op, DType result, DType operand, LLVMValueRef *args,
                      int nargs) {
    const char *type = dtype_name(dtype_compute(operand));
    const char *name = arena_printf(ek->e->arena, "tg_%s_%s", op_info(op)->name, type);
    LLVMValueRef value = emit_call(ek, name, emit_register_type(ek->e, result), args, nargs);
    return emit_round(ek, result, value);
}

LLVMValueRef emit_zero(EmitKernel *ek, DType dtype, int vector) {
    LLVMTypeRef type = emit_register_type(ek->e, dtype);
    return LLVMConstNull(vector ? emit_vector(type) : type);
}

/* ---- all kernels ---- */

void emit_kernel(Emit *e, Kernel *k, int number); /* kernel_stage.c */

static void start(Emit *e) {
    LLVMContextRef c = e->context;
    e->i1 = LLVMInt1TypeInContext(c);
    e->i8 = LLVMInt8TypeInContext(c);
    e->i16 = LLVMInt16TypeInContext(c);
    e->i32 = LLVMInt32TypeInContext(c);
    e->i64 = LLVMInt64TypeInContext(c);
    e->f32 = LLVMFloatTypeInContext(c);
    e->f64 = LLVMDoubleTypeInContext(c);
    e->ptr = LLVMPointerTypeInContext(c, 0);
    e->nothing = LLVMVoidTypeInContext(c);
    char *features = LLVMGetTargetMachineFeatureString(e->machine);
    e->wide = strstr(features, "+avx512f") != NULL && strstr(features, "+avx512vl") != NULL;
    LLVMDisposeMessage(features);
}

int emit_kernels(Program *p, LLVMModuleRef module, LLVMTargetMachineRef machine,
                 const char **error) {
    Emit e = {.program = p, .arena = p->graph->arena, .module = module, .machine = machine};
    e.context = LLVMGetModuleContext(module);
    start(&e);
    for (int i = 0; i < p->kernels.n && !e.error; i++)
        if (!p->kernels.at[i]->same_as) emit_kernel(&e, p->kernels.at[i], i);
    if (error) *error = e.error;
    return e.error ? -1 : 0;
}
