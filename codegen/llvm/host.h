/* host.h: the host function at work: what host_*.c and table.c share. The host function is the
   program but for its kernels: scalars, control flow, kernel calls, effects. A rank-0 value is an
   alloca here (registers after sroa); a tensor is a place in the slab, a constant, a data set, or
   memory that a pointer alloca leads to. Because every value has a place, control can jump to the
   middle of the program: that is how a checkpoint is resumed. */
#ifndef TGC_CODEGEN_LLVM_HOST_H
#define TGC_CODEGEN_LLVM_HOST_H

#include "codegen/codegen.h"
#include "codegen/kernel.h"

#include <llvm-c/Core.h>
#include <llvm-c/TargetMachine.h>

/* the fields of TgContext (runtime/abi.h), in order; all are eight bytes */
enum {
    CTX_SLAB,
    CTX_SIZES,
    CTX_OFFSETS,
    CTX_DATA,
    CTX_ARG_INTS,
    CTX_ARG_FLOATS,
    CTX_ARG_TEXTS,
    CTX_SEED,
    CTX_THREADS,
    CTX_RESUME,
    CTX_PROFILE,
    CTX_TRAPPED,
    CTX_TRAPS,
    CTX_STATE,
    CTX_WATCH,
    CTX_TRAP_VALUES
};

enum { TENSOR_WORDS = 3 + MAX_RANK }; /* of a TgTensor */

typedef struct Lines Lines; /* a table of TgSite rows being collected */
struct Lines {
    VEC(LLVMValueRef) rows;
};

typedef struct Host Host;
/* the value of a size: from its cell, or from where `plan` finds it */
typedef LLVMValueRef HostSize(Host *h, const Size *size);

struct Host {
    Program *program;
    Graph *graph;
    Arena *arena;
    const CodegenOptions *options;
    LLVMContextRef context;
    LLVMModuleRef module;
    LLVMBuilderRef b;     /* where code goes */
    LLVMBuilderRef entry; /* the entry block, before its end: allocas and what is loaded once */
    LLVMValueRef function, plan, ctx, slab, sizes, offsets,
        data; /* the latter: fields of the context */
    LLVMTypeRef i1, i8, i16, i32, i64, f32, f64, ptr, nothing, tensor; /* tensor: TgTensor */
    LLVMValueRef *slots; /* by node id: alloca of a rank-0 value */
    LLVMValueRef
        *pointers; /* by buffer id: place (slab, constant, data) or alloca of the pointer (tape) */
    LLVMValueRef *rooms;           /* by buffer id: alloca of the bytes that a tape has */
    LLVMValueRef *cells;           /* by size id: alloca of its value */
    LLVMValueRef **results;        /* by node id of a control node: allocas of its rank-0 results */
    LLVMValueRef *counters;        /* by node id of a loop: alloca of the iteration's number */
    struct LoopCells **loop_cells; /* by node id of a loop */
    Lines traps, kernels, loops;
    LLVMValueRef began;             /* alloca: when the kernel at work began (profile) */
    LLVMValueRef scratch;           /* alloca: what steps hand over, see host_scratch */
    int scratch_used, scratch_most; /* words */
    struct Resume *resume;          /* the checkpoint loop, NULL: the program has none */
    struct Debug *debug;            /* NULL: without -g */
    int can_trap;                   /* the program has trap sites */
    const char *error;              /* first thing that could not be done */
};

/* ---- host.c ---- */
void host_emit(Host *h); /* defines `run` and what it needs */
void host_block(Host *h, const Block *block);
LLVMBasicBlockRef host_new_block(Host *h, const char *name);
void host_at(Host *h, LLVMBasicBlockRef block); /* code goes there from now on */
LLVMValueRef host_alloca(Host *h, LLVMTypeRef type, const char *name);
LLVMValueRef host_scratch(Host *h, int words); /* memory for one step, of eight bytes each */
LLVMValueRef host_field(Host *h, int field);   /* loads a field of the context, here */
LLVMValueRef host_field_pointer(Host *h, int field);
LLVMValueRef host_field_place(Host *h, int field);
void host_begin(Host *h); /* types and tables, before anything is made */
void host_end(Host *h);
void host_fail(Host *h, const Frame *where, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* ---- host_value.c: scalars, sizes, places ---- */
LLVMTypeRef host_register(Host *h,
                          DType dtype); /* the type of a rank-0 value: f16 and bf16 are floats */
LLVMTypeRef host_memory(Host *h, DType dtype); /* as stored in a tensor */
LLVMValueRef host_int(Host *h, int64_t value);
LLVMValueRef host_slot(Host *h, const Node *node); /* the alloca of a rank-0 value */
LLVMValueRef host_load(Host *h, const Node *node); /* a rank-0 value, wherever it is */
LLVMValueRef host_load_stored(Host *h,
                              const Node *node); /* the same as it is stored: f16 and bf16 as i16 */
void host_store(Host *h, const Node *node, LLVMValueRef value);
LLVMValueRef host_cell(Host *h, const Size *size);
LLVMValueRef host_dim(Host *h, const Dim *dim); /* a size, now */
LLVMValueRef host_dim_with(Host *h, const Dim *dim, HostSize *size_value);
LLVMValueRef host_bytes(Host *h, const Type *type); /* of a tensor */
Buffer *host_buffer(const Node *node); /* where the node's value lies, NULL: in a register */
LLVMValueRef host_pointer(Host *h, Buffer *buffer);
LLVMValueRef host_call_scalar(Host *h, const char *name, LLVMTypeRef result, LLVMValueRef *args,
                              int nargs);
LLVMValueRef host_load_element(Host *h, LLVMValueRef place, DType dtype);
void host_store_element(Host *h, LLVMValueRef place, DType dtype, LLVMValueRef value);

/* ---- host_scalar.c ---- */
void host_scalar(Host *h, const Step *step);
LLVMValueRef host_result(Host *h, const Node *control,
                         int index); /* the alloca of a rank-0 result */

/* ---- host_tape.c: memory that is taken while the program runs ---- */
void host_define(Host *h,
                 Buffer *buffer); /* before a step writes it: makes room where it has none */
LLVMValueRef host_tape(Host *h, Buffer *buffer);       /* its pointer */
LLVMValueRef host_room(Host *h, const Buffer *buffer); /* the bytes that it takes now */
void host_move(Host *h, Buffer *to, Buffer *from);     /* a copy */
LLVMValueRef host_slot_place(Host *h, Buffer *buffer); /* of a BUFFER_SLOT, in this iteration */
/* room for another slot of a stack whose loop has no trip count */
void host_grow(Host *h, Buffer *stack, LLVMValueRef slots);
void host_restart(Host *h, Buffer *stack);  /* such a loop is entered */
void host_stack(Host *h, const Step *step); /* a row on stacks */

/* ---- host_call.c: kernels, library functions, copies ---- */
void host_kernel(Host *h, const Step *step);
void host_lib(Host *h, const Step *step);
void host_copy(Host *h, LLVMValueRef to, LLVMValueRef from, LLVMValueRef bytes);
LLVMValueRef host_runtime(Host *h, const char *name, LLVMTypeRef result, LLVMValueRef *args,
                          int nargs);

/* ---- host_control.c ---- */
void host_control(Host *h, const Step *step);

/* ---- host_effect.c ---- */
void host_effect(Host *h, const Step *step);
void host_check_traps(Host *h);
void host_set_trap(Host *h, int site, LLVMValueRef bad); /* bad: i8 */
/* an array of TgTensors for the nodes; rank-0 values are copied to memory of their own */
LLVMValueRef host_tensors(Host *h, Node *const *nodes, int n);
void host_tensor(Host *h, LLVMValueRef array, int index, const Type *type, LLVMValueRef data);

/* ---- host_checkpoint.c ---- */
void resume_find(Host *h);

/* ---- constant.c ---- */
LLVMValueRef table_text(Host *h, const char *text); /* NULL gives a null pointer */
LLVMValueRef table_bytes(Host *h, const void *data, int64_t n, const char *name, unsigned align);
LLVMValueRef table_array(Host *h, LLVMValueRef *values, int n,
                         const char *name); /* pointer to a private constant */
LLVMValueRef table_row(Host *h, LLVMValueRef *fields, int n);
LLVMValueRef table_site(Host *h, const Frame *where, const char *what); /* a TgSite value */
LLVMValueRef site_pointer(Host *h, const Node *node, const char *what); /* host_effect.c */
LLVMValueRef table_pieces(Host *h, const Piece *pieces, int n);
LLVMValueRef table_names(Host *h, const char *const *names, int n);
int table_add(Host *h, Lines *lines, const Frame *where,
              const char *what); /* index of the new row */

/* ---- debug.c ---- */
void debug_begin(Host *h);                     /* once the host function exists */
void debug_place(Host *h, const Frame *where); /* code from now on comes from there */
void debug_end(Host *h);

/* ---- table.c, layout.c ---- */
void layout_emit(Host *h); /* defines `plan`: offsets and bytes of the buffers */
void table_emit(Host *h);  /* defines tg_program */

#endif
