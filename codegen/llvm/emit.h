/* emit.h: kernels as LLVM functions: what the files kernel_*.c and contract.c share. A kernel is
   void k(ptr buffers…, T scalars…, i64 sizes…, [ptr ctx], i64 lo, i64 hi).

   Values in registers: bool and u8 are i8, f16 and bf16 are floats that are exactly representable,
   the others as they are. While code is emitted, every loop variable in scope has an i64 value
   (`vars`); one of them may be the lane variable: then its value is that of lane 0, expressions
   that depend on it are <16 x T>, the others scalars. `mask` says which lanes exist (NULL: all).
   Emitted values are remembered until their scope ends: scope_begin before code that does not
   dominate what comes after (a loop's body, a branch), scope_end after it. */
#ifndef TGC_CODEGEN_LLVM_EMIT_H
#define TGC_CODEGEN_LLVM_EMIT_H

#include <llvm-c/Core.h>
#include <llvm-c/TargetMachine.h>

#include "codegen/expr.h"
#include "codegen/kernel.h"
#include "codegen/visit.h"

enum { LANES = 16 };

typedef struct Emit Emit;
struct Emit {
    Program *program;
    Arena *arena;
    LLVMContextRef context;
    LLVMModuleRef module;
    LLVMTargetMachineRef machine;
    LLVMTypeRef i1, i8, i16, i32, i64, f32, f64, ptr, nothing;
    int wide; /* 512-bit registers */
    const char *error;
};

typedef struct EmitKernel EmitKernel;
struct EmitKernel {
    Emit *e;
    const Kernel *k;
    Exprs *t;
    LLVMValueRef function;
    LLVMBuilderRef b;     /* where code goes */
    LLVMBuilderRef entry; /* the entry block, before its end: allocas, and what is computed once */
    LLVMValueRef *buffers, *scalars, *sizes; /* parameters */
    LLVMValueRef ctx, lo, hi;
    LLVMValueRef vars[64];
    int lane_var;                         /* -1: none */
    int aligned;                          /* the lane variable's value is a multiple of 16 */
    LLVMValueRef mask;                    /* <16 x i1> or NULL */
    LLVMValueRef *temps;                  /* KX_TEMP: by temp number */
    LLVMValueRef *kxs, *ixs, *vector_ixs; /* emitted in the open scopes, by id */
    VEC(int) log;                         /* what was emitted, for scope_end: 3 * id + table */
    LLVMValueRef *starts;                 /* checked IX_SCALARs, by atom id */
};

/* ---- emit.c: the module, types, calls of bitcode functions ---- */
/* all kernels of the program that are their own (same_as NULL): kernel->llvm. 0, or -1 and *error
 */
int emit_kernels(Program *p, LLVMModuleRef module, LLVMTargetMachineRef machine,
                 const char **error);
LLVMTypeRef emit_memory_type(Emit *e, DType d);
LLVMTypeRef emit_register_type(Emit *e, DType d);
LLVMTypeRef emit_vector(LLVMTypeRef element); /* <16 x element> */
LLVMValueRef emit_i64(Emit *e, int64_t value);
LLVMValueRef emit_splat(EmitKernel *ek, LLVMValueRef scalar);
int emit_is_vector(LLVMValueRef value);
void emit_attribute(Emit *e, LLVMValueRef function, const char *name);
void emit_text_attribute(Emit *e, LLVMValueRef function, const char *name, const char *value);
/* calls tg_…, declared from the types; a vector operand makes it the x16 function (name is without
 * x16) and splats the others */
LLVMValueRef emit_call(EmitKernel *ek, const char *name, LLVMTypeRef result, LLVMValueRef *args,
                       int nargs);
LLVMValueRef emit_round(EmitKernel *ek, DType dtype, LLVMValueRef value); /* to f16, bf16 */
LLVMValueRef emit_cast(EmitKernel *ek, LLVMValueRef value, DType from, DType to);
LLVMValueRef emit_map(EmitKernel *ek, Op op, DType result, DType operand, LLVMValueRef *args,
                      int nargs);
LLVMValueRef emit_zero(EmitKernel *ek, DType dtype, int vector);
LLVMValueRef emit_iota(EmitKernel *ek, LLVMTypeRef element); /* 0, 1, … 15 */
LLVMValueRef emit_any(EmitKernel *ek, LLVMValueRef mask);    /* i1 of <16 x i1> or i1 */
LLVMValueRef emit_intrinsic(EmitKernel *ek, const char *name, LLVMTypeRef *overloads, int n,
                            LLVMValueRef *args, int nargs);

/* ---- kernel_flow.c: blocks, loops, scopes, traps ---- */
int scope_begin(EmitKernel *ek);
void scope_end(EmitKernel *ek, int mark);
LLVMValueRef emit_alloca(EmitKernel *ek, LLVMTypeRef type, const char *name);
LLVMBasicBlockRef emit_block(EmitKernel *ek, const char *name);
void emit_at(EmitKernel *ek, LLVMBasicBlockRef block);
typedef struct EmitLoop EmitLoop;
struct EmitLoop {
    LLVMValueRef place, value, hi; /* alloca of the variable, its value in the body */
    int64_t step;
    LLVMBasicBlockRef head, after;
    int mark;
};
/* for (value = lo; value < hi; value += step) { … }; a scope */
EmitLoop loop_begin(EmitKernel *ek, LLVMValueRef lo, LLVMValueRef hi, int64_t step,
                    const char *name);
LLVMValueRef loop_end(EmitKernel *ek, EmitLoop *loop); /* the variable's value after it */
typedef struct EmitIf EmitIf;
struct EmitIf {
    LLVMBasicBlockRef after;
    int mark;
};
EmitIf if_begin(EmitKernel *ek, LLVMValueRef condition); /* a scope */
void if_end(EmitKernel *ek, EmitIf *branch);
void emit_trap(EmitKernel *ek, LLVMValueRef bad /* i1 or <16 x i1> */, int site);
void emit_trap_value(EmitKernel *ek, LLVMValueRef bad, int site, LLVMValueRef value,
                     LLVMValueRef extent); /* what was out of which range, i64 */
LLVMValueRef emit_lanes_below(EmitKernel *ek, LLVMValueRef from,
                              LLVMValueRef hi); /* mask of lanes l with from + l < hi */

/* ---- kernel_index.c ---- */
LLVMValueRef emit_dim(EmitKernel *ek, const Dim *dim);
LLVMValueRef emit_ix(EmitKernel *ek,
                     const Ix *ix); /* i64; of lane 0 if it is affine in the lane variable */
LLVMValueRef emit_ix_vector(EmitKernel *ek, const Ix *ix); /* <16 x i64> */
/* how far the lanes lie from lane 0, when these are numbers (divisions by what divides 16 times the
 * step included); 0: they are not */
int emit_lane_offsets(EmitKernel *ek, const Ix *ix, int64_t *offsets);
int emit_varies(const EmitKernel *ek, uint64_t vars); /* depends on the lane variable */

/* ---- kernel_value.c, kernel_memory.c ---- */
LLVMValueRef emit_kx(EmitKernel *ek,
                     const Kx *k); /* <16 x T> when it depends on the lane variable, else T */
LLVMValueRef
emit_kx_lanes(EmitKernel *ek,
              const Kx *k); /* as above, but always <16 x T> when there is a lane variable */
void emit_hoist(EmitKernel *ek, const Kx *k,
                uint64_t inner); /* emits here what does not depend on the variables of inner */
LLVMValueRef emit_load(EmitKernel *ek, int buffer, const Ix *index);
void emit_store(EmitKernel *ek, int buffer, const Ix *place,
                LLVMValueRef value); /* value scalar or vector, in register form */
LLVMValueRef emit_from_memory(EmitKernel *ek, DType dtype, LLVMValueRef value);
LLVMValueRef emit_to_memory(EmitKernel *ek, DType dtype, LLVMValueRef value);

/* ---- kernel_reduce.c, kernel_stack.c, kernel_stage.c ---- */
void emit_reductions(EmitKernel *ek, Stage *const *stages, int n);
LLVMValueRef emit_identity(EmitKernel *ek, Op op, DType dtype); /* scalar */
void emit_store_stage(EmitKernel *ek, const Stage *s);
void emit_stores(
    EmitKernel *ek,
    const Stage *s); /* its stores at the point that vars tell: all values, then all stores */
typedef void EmitBody(EmitKernel *ek, const void *data);
/* body for lo … hi in lanes of variable var: whole vectors, then the lanes that are left under a
   mask. most: what hi - lo is at most, -1 unknown; known: what it is, -1 unknown */
void emit_lanes_over(EmitKernel *ek, int var, LLVMValueRef lo, LLVMValueRef hi, int64_t most,
                     int64_t known, EmitBody *body, const void *data);
/* blocks joined as a binary counter counts; type: a scalar or a vector type */
typedef struct BlockStack BlockStack;
struct BlockStack {
    LLVMValueRef state; /* alloca: count of pushed blocks, depth, the stack */
    LLVMValueRef block; /* alloca: passes a block */
    LLVMTypeRef type;
    Op join;
    DType dtype;
};
BlockStack stack_new(EmitKernel *ek, Op join, DType dtype, LLVMTypeRef type);
void stack_reset(EmitKernel *ek, const BlockStack *s);
void stack_push(EmitKernel *ek, const BlockStack *s, LLVMValueRef block);
LLVMValueRef stack_finish(EmitKernel *ek, const BlockStack *s, LLVMValueRef identity);
LLVMValueRef emit_lanes_down(EmitKernel *ek, LLVMValueRef vector,
                             int by); /* lane l gets lane l + by */
LLVMValueRef emit_join_lanes(EmitKernel *ek, Op join, DType dtype,
                             LLVMValueRef vector); /* by halving, to a scalar */

/* ---- contract.c ---- */
/* emits the whole of a contraction kernel's body, over lo … hi of its range */
void emit_contract(EmitKernel *ek, const Stage *s);
void emit_contract_few(EmitKernel *ek, const Stage *s); /* contract_few.c: s->few */
/* contract_axes.c: loops over the batch axes (over lo … hi where the range is theirs), body inside;
   and the flattened m or n axes' variables (count of them from var on, extents) set from one flat
   index */
void emit_batch(EmitKernel *ek, int axis, EmitBody *body, const void *data);
void emit_unflatten(EmitKernel *ek, int var, const Dim *const *extents, int count,
                    LLVMValueRef flat);

#endif
