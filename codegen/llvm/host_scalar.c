/* host_scalar.c: rank-0 nodes in registers. A row of ops.def is a call of its bitcode function,
   which LLVM inlines; f16 and bf16 are computed as floats and rounded after each operation. */
#include "codegen/llvm/host.h"

#include <string.h>

#include "ir/number.h"

typedef struct Emit Emit; /* how a leaf or a plain move is computed */
struct Emit {
    Op op;
    LLVMValueRef (*emit)(Host *h, const Node *node);
};

/* a float in a register, rounded to the type that it stands for */
static LLVMValueRef rounded(Host *h, DType dtype, LLVMValueRef value) {
    if (dtype == DT_f16) return host_call_scalar(h, "tg_round_f16", h->f32, &value, 1);
    if (dtype == DT_bf16) return host_call_scalar(h, "tg_round_bf16", h->f32, &value, 1);
    return value;
}

static LLVMValueRef constant(Host *h, const Node *node) {
    DType dtype = node->type->dtype;
    LLVMTypeRef type = host_register(h, dtype);
    if (dtype_is_float(dtype)) return LLVMConstReal(type, number_load(dtype, node->data));
    return LLVMConstInt(type, (unsigned long long)number_load_int(dtype, node->data), 1);
}

static LLVMValueRef size_value(Host *h, const Node *node) {
    return host_dim(h, node->dim);
}

static LLVMValueRef seed_value(Host *h, const Node *node) {
    (void)node;
    return host_field(h, CTX_SEED);
}

static LLVMValueRef arg_value(Host *h, const Node *node) {
    DType dtype = node->type->dtype;
    LLVMValueRef at = host_int(h, node->ints[0]);
    if (dtype_is_float(dtype)) {
        LLVMValueRef values = host_field_pointer(h, CTX_ARG_FLOATS);
        LLVMValueRef value =
            LLVMBuildLoad2(h->b, h->f64, LLVMBuildGEP2(h->b, h->f64, values, &at, 1, ""), "");
        return rounded(h, dtype, LLVMBuildFPCast(h->b, value, host_register(h, dtype), ""));
    }
    LLVMValueRef values = host_field_pointer(h, CTX_ARG_INTS);
    LLVMValueRef value =
        LLVMBuildLoad2(h->b, h->i64, LLVMBuildGEP2(h->b, h->i64, values, &at, 1, ""), "");
    return LLVMBuildIntCast2(h->b, value, host_register(h, dtype), 1, "");
}

static LLVMValueRef arg_is(Host *h, const Node *node) {
    int n = node->nints - 1;
    char *text = arena_alloc(h->arena, (size_t)n + 1);
    for (int i = 0; i < n; i++) text[i] = (char)node->ints[i + 1];
    text[n] = 0;
    int other = n == 2 && node->ints[1] < 0; /* the index of another option */
    LLVMValueRef args[] = {h->ctx, host_int(h, node->ints[0]),
                           other ? LLVMConstNull(h->ptr) : table_bytes(h, text, n, "text", 1),
                           host_int(h, other ? node->ints[2] : n)};
    LLVMValueRef same = host_runtime(h, "tgrt_arg_is", h->i64, args, 4);
    return LLVMBuildIntCast2(h->b, same, host_register(h, DT_bool), 0, "");
}

static LLVMValueRef move(Host *h, const Node *node) {
    return host_load(h, node->args[0]);
}

static LLVMValueRef control_result(Host *h, const Node *node) {
    LLVMValueRef slot = host_result(h, node->args[0], (int)node->ints[0]);
    return LLVMBuildLoad2(h->b, host_register(h, node->type->dtype), slot, "");
}

static const char *cast_name(DType dtype) {
    return dtype_name(dtype_compute(dtype));
}

static LLVMValueRef cast(Host *h, const Node *node) {
    DType from = node->args[0]->type->dtype, to = node->type->dtype;
    LLVMValueRef value = host_load(h, node->args[0]);
    if (dtype_compute(from) != dtype_compute(to)) {
        const char *name = arena_printf(h->arena, "tg_cast_%s_%s", cast_name(from), cast_name(to));
        value = host_call_scalar(h, name, host_register(h, to), &value, 1);
    }
    return from == to ? value : rounded(h, to, value);
}

static const Emit emits[] = {
    {OP_const, constant}, {OP_size, size_value}, {OP_seed, seed_value},
    {OP_arg, arg_value},  {OP_arg_is, arg_is},   {OP_result, control_result},
    {OP_cast, cast},      {OP_detach, move},     {OP_reshape, move},
    {OP_permute, move},   {OP_expand, move},     {OP_slice, move},
    {OP_pad, move},       {OP_flip, move},
};

/* the dtype that a row's function is named by: that of the operand whose type is a letter; none:
 * bool */
static DType row_dtype(const Node *node) {
    const char *types = op_info(node->op)->types;
    for (int i = 0; i < node->nargs; i++) {
        size_t n = strcspn(types, ",-");
        if (n == 1) return dtype_compute(node->args[i]->type->dtype);
        types += n + (types[n] == ',');
    }
    return DT_bool;
}

static LLVMValueRef row_call(Host *h, const char *prefix, LLVMTypeRef result, const Node *node,
                             LLVMValueRef *args) {
    const char *type = dtype_name(row_dtype(node));
    const char *name = arena_printf(h->arena, "%s%s_%s", prefix, op_info(node->op)->name, type);
    return host_call_scalar(h, name, result, args, node->nargs);
}

static LLVMValueRef row(Host *h, const Step *step) {
    const Node *node = step->node;
    LLVMValueRef args[4];
    for (int i = 0; i < node->nargs; i++) args[i] = host_load(h, node->args[i]);
    if (step->trap_site >= 0)
        host_set_trap(h, step->trap_site, row_call(h, "tg_bad_", h->i8, node, args));
    LLVMTypeRef result = host_register(h, node->type->dtype);
    return rounded(h, node->type->dtype, row_call(h, "tg_", result, node, args));
}

void host_scalar(Host *h, const Step *step) {
    const Node *node = step->node;
    LLVMValueRef value = NULL;
    if (step->from) {
        LLVMValueRef at = host_int(h, step->element * dtype_bytes(node->type->dtype));
        LLVMValueRef place = LLVMBuildGEP2(h->b, h->i8, host_pointer(h, step->from), &at, 1, "");
        value = host_load_element(h, place, node->type->dtype);
    } else if (op_info(node->op)->flags & OPF_MAP) {
        value = row(h, step);
    }
    for (size_t i = 0; !value && i < sizeof emits / sizeof *emits; i++)
        if (emits[i].op == node->op) value = emits[i].emit(h, node);
    if (!value) {
        host_fail(h, node->where, "%s of a scalar is not supported here", op_info(node->op)->name);
        return;
    }
    host_store(h, node, value);
}
