/* host_effect.c: print, assert, log, save, load, bind; traps. What kernels found wrong is reported
   before the next effect, so that nothing is seen of a program after its mistake. */
#include "codegen/llvm/host.h"

/* ---- traps ---- */
static void branch_if(Host *h, LLVMValueRef bad, LLVMBasicBlockRef *stop, LLVMBasicBlockRef *go) {
    *stop = host_new_block(h, "stop");
    *go = host_new_block(h, "go");
    LLVMBuildCondBr(h->b, bad, *stop, *go);
    host_at(h, *stop);
}

void host_check_traps(Host *h) {
    if (!h->can_trap) return;
    LLVMBasicBlockRef stop, go;
    LLVMValueRef trapped = host_field(h, CTX_TRAPPED);
    branch_if(h, LLVMBuildICmp(h->b, LLVMIntNE, trapped, host_int(h, 0), ""), &stop, &go);
    host_runtime(h, "tgrt_trap", h->nothing, &h->ctx, 1);
    LLVMBuildUnreachable(h->b);
    host_at(h, go);
}

void host_set_trap(Host *h, int site, LLVMValueRef bad) {
    LLVMBasicBlockRef set, go;
    branch_if(h, LLVMBuildICmp(h->b, LLVMIntNE, bad, LLVMConstNull(LLVMTypeOf(bad)), ""), &set,
              &go);
    LLVMValueRef at = host_int(h, h->program->trap_places[site]);
    LLVMValueRef place = LLVMBuildGEP2(h->b, h->i8, host_field_pointer(h, CTX_TRAPS), &at, 1, "");
    LLVMBuildStore(h->b, LLVMConstInt(h->i8, 1, 0), place);
    LLVMBuildStore(h->b, host_int(h, 1), host_field_place(h, CTX_TRAPPED));
    LLVMBuildBr(h->b, go);
    host_at(h, go);
}

/* ---- tensors for the runtime ---- */
void host_tensor(Host *h, LLVMValueRef array, int index, const Type *type, LLVMValueRef data) {
    LLVMValueRef at = host_int(h, index);
    LLVMValueRef tensor = LLVMBuildGEP2(h->b, h->tensor, array, &at, 1, "");
    LLVMBuildStore(h->b, data, tensor);
    for (int i = -2; i < type->rank; i++) {
        LLVMValueRef field = host_int(h, 3 + i);
        LLVMValueRef value = i == -2   ? host_int(h, type->dtype)
                             : i == -1 ? host_int(h, type->rank)
                                       : host_dim(h, type->dims[i]);
        LLVMBuildStore(h->b, value, LLVMBuildGEP2(h->b, h->i64, tensor, &field, 1, ""));
    }
}

static LLVMValueRef tensor_array(Host *h, int n) {
    return host_scratch(h, n * TENSOR_WORDS);
}

LLVMValueRef host_tensors(Host *h, Node *const *nodes, int n) {
    LLVMValueRef array = tensor_array(h, n);
    for (int i = 0; i < n; i++) {
        Buffer *buffer = host_buffer(nodes[i]);
        LLVMValueRef data;
        if (buffer) {
            data = host_pointer(h, buffer);
        } else if (nodes[i]->type->rank > 0) {
            die("%s has no memory where it is needed", op_info(nodes[i]->op)->name);
        } else { /* a copy, so that the value itself can stay in a register */
            data = host_scratch(h, 1);
            host_store_element(h, data, nodes[i]->type->dtype, host_load(h, nodes[i]));
        }
        host_tensor(h, array, i, nodes[i]->type, data);
    }
    return array;
}

LLVMValueRef site_pointer(Host *h, const Node *node, const char *what) {
    LLVMValueRef site = table_site(h, node->where, what);
    return table_array(h, &site, 1, "site");
}

/* ---- the effects ---- */
static void emit_print(Host *h, const Step *step) {
    const Node *node = step->node;
    LLVMValueRef args[] = {h->ctx, site_pointer(h, node, "print"),
                           table_pieces(h, node->pieces, node->npieces), host_int(h, node->npieces),
                           host_tensors(h, node->args, node->nargs)};
    int writes = node->nints > 0 && node->ints[0]; /* without a newline */
    host_runtime(h, writes ? "tgrt_write" : "tgrt_print", h->nothing, args, 5);
}

static void emit_assert(Host *h, const Step *step) {
    const Node *node = step->node;
    LLVMBasicBlockRef stop, go;
    LLVMValueRef held = host_load(h, node->args[0]);
    LLVMValueRef failed = LLVMBuildICmp(h->b, LLVMIntEQ, held, LLVMConstNull(LLVMTypeOf(held)), "");
    branch_if(h, failed, &stop, &go);
    LLVMValueRef args[] = {h->ctx, site_pointer(h, node, "assertion failed"),
                           table_pieces(h, node->pieces, node->npieces), host_int(h, node->npieces),
                           host_tensors(h, node->args, node->nargs)};
    host_runtime(h, "tgrt_assert_failed", h->nothing, args, 5);
    LLVMBuildUnreachable(h->b);
    host_at(h, go);
}

static void emit_log(Host *h, const Step *step) {
    const Node *node = step->node;
    int has_step = node->nints > 1 && node->ints[1], values = node->nargs - has_step;
    LLVMValueRef args[] = {
        h->ctx,
        site_pointer(h, node, "log"),
        table_pieces(h, node->pieces, node->npieces),
        host_int(h, node->npieces),
        host_tensors(h, node->args, values),
        host_int(h, values),
        has_step ? host_load(h, node->args[values]) : host_int(h, -1),
    };
    host_runtime(h, "tgrt_log", h->nothing, args, 7);
}

static void emit_save(Host *h, const Step *step) {
    const Node *node = step->node;
    LLVMValueRef values = host_tensors(h, node->args, node->nargs);
    LLVMValueRef args[] = {
        h->ctx,
        site_pointer(h, node, "save"),
        table_pieces(h, node->pieces, node->npieces),
        host_int(h, node->npieces),
        table_names(h, node->names, node->nnames),
        values,
        host_int(h, node->nnames),
        values,
    };
    host_runtime(h, "tgrt_save", h->nothing, args, 8);
}

/* results were filled with the operands before; those of rank 0 pass through memory */
static void emit_load(Host *h, const Step *step) {
    const Node *node = step->node;
    int n = node->nnames;
    LLVMValueRef array = tensor_array(h, n), *places = NEW_ARRAY(h->arena, LLVMValueRef, n + 1);
    LLVMValueRef path_values = host_tensors(h, node->args, node->nargs);
    for (int i = 0; i < n; i++) {
        Buffer *buffer = i < step->results.n ? step->results.at[i] : NULL;
        DType dtype = node->types[i]->dtype;
        places[i] = buffer ? host_pointer(h, buffer) : host_scratch(h, 1);
        if (!buffer) host_store_element(h, places[i], dtype, host_load(h, node->args[i]));
        host_tensor(h, array, i, node->types[i], places[i]);
    }
    LLVMValueRef args[] = {
        h->ctx,
        site_pointer(h, node, "load"),
        table_pieces(h, node->pieces, node->npieces),
        host_int(h, node->npieces),
        table_names(h, node->names, n),
        array,
        host_int(h, n),
        host_int(h, node->nints ? node->ints[0] : 1),
        path_values,
    };
    host_runtime(h, "tgrt_load", h->nothing, args, 9);
    for (int i = 0; i < n; i++)
        if (!(i < step->results.n && step->results.at[i]))
            LLVMBuildStore(h->b, host_load_element(h, places[i], node->types[i]->dtype),
                           host_result(h, node, i));
}

static void emit_bind(Host *h, const Step *step) {
    LLVMBuildStore(h->b, host_load(h, step->node->args[0]), host_cell(h, step->node->size));
}

typedef struct Effect Effect;
struct Effect {
    Op op;
    void (*emit)(Host *h, const Step *step);
};

static const Effect effects[] = {
    {OP_print, emit_print}, {OP_assert, emit_assert}, {OP_record, emit_log},
    {OP_save, emit_save},   {OP_load, emit_load},     {OP_bind, emit_bind},
};

void host_effect(Host *h, const Step *step) {
    if (step->node->op != OP_bind) host_check_traps(h);
    for (size_t i = 0; i < sizeof effects / sizeof *effects; i++)
        if (effects[i].op == step->node->op) {
            effects[i].emit(h, step);
            return;
        }
    host_fail(h, step->node->where, "%s is not supported by this back end",
              op_info(step->node->op)->name);
}
