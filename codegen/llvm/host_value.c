/* host_value.c: rank-0 values, sizes and the places of tensors in the host function. A rank-0 value
   is an alloca, unless a kernel or the library makes it: then it lies in a buffer and is loaded
   where it is used. */
#include "codegen/llvm/host.h"

LLVMTypeRef host_memory(Host *h, DType dtype) {
    LLVMTypeRef types[DT_COUNT] = {
        [DT_bool] = h->i8, [DT_u8] = h->i8,    [DT_i32] = h->i32, [DT_i64] = h->i64,
        [DT_f16] = h->i16, [DT_bf16] = h->i16, [DT_f32] = h->f32, [DT_f64] = h->f64,
    };
    return types[dtype];
}

LLVMTypeRef host_register(Host *h, DType dtype) {
    return host_memory(h, dtype_compute(dtype));
}

LLVMValueRef host_int(Host *h, int64_t value) {
    return LLVMConstInt(h->i64, (unsigned long long)value, 1);
}

/* A function of the bitcode (a row of ops.def, a cast): declared here, linked when the module is
   complete, so that only what is used comes in. */
LLVMValueRef host_call_scalar(Host *h, const char *name, LLVMTypeRef result, LLVMValueRef *args,
                              int nargs) {
    return host_runtime(h, name, result, args, nargs);
}

/* ---- sizes ---- */
static int known_at_start(const Size *size) {
    return size->kind == SIZE_DATA || size->kind == SIZE_ARG || size->kind == SIZE_START;
}

/* the cell of a size: what is known at start-up is loaded once, the rest is set by bind and by
 * loops */
LLVMValueRef host_cell(Host *h, const Size *size) {
    LLVMValueRef *cell = &h->cells[size->id];
    if (*cell) return *cell;
    *cell = host_alloca(h, h->i64, size->name ? size->name : "size");
    LLVMValueRef first = host_int(h, 0);
    if (known_at_start(size)) {
        LLVMValueRef at = host_int(h, size->id);
        LLVMValueRef place = LLVMBuildGEP2(h->entry, h->i64, h->sizes, &at, 1, "");
        first = LLVMBuildLoad2(h->entry, h->i64, place, "");
    }
    LLVMBuildStore(h->entry, first, *cell);
    return *cell;
}

static LLVMValueRef floor_divide(Host *h, LLVMValueRef a, int64_t by, int want_rest) {
    LLVMValueRef k = host_int(h, by);
    LLVMValueRef q = LLVMBuildSDiv(h->b, a, k, "");
    LLVMValueRef rest = LLVMBuildSub(h->b, a, LLVMBuildMul(h->b, q, k, ""), "");
    LLVMValueRef low = LLVMBuildICmp(h->b, LLVMIntSLT, rest, host_int(h, 0), "");
    if (want_rest) return LLVMBuildSelect(h->b, low, LLVMBuildAdd(h->b, rest, k, ""), rest, "");
    return LLVMBuildSub(h->b, q, LLVMBuildZExt(h->b, low, h->i64, ""), "");
}

static LLVMValueRef dim_factor(Host *h, const DimFactor *f, HostSize *size_value) {
    LLVMValueRef base =
        f->size ? size_value(h, f->size)
                : floor_divide(h, host_dim_with(h, f->inner, size_value), f->by, f->is_mod);
    LLVMValueRef value = base;
    for (int i = 1; i < f->power; i++) value = LLVMBuildMul(h->b, value, base, "");
    return value;
}

LLVMValueRef host_dim_with(Host *h, const Dim *dim, HostSize *size_value) {
    LLVMValueRef sum = host_int(h, 0);
    for (int i = 0; i < dim_terms(dim); i++) {
        const DimFactor *factors = NULL;
        int n = 0;
        LLVMValueRef term = host_int(h, dim_term(dim, i, &factors, &n));
        for (int k = 0; k < n; k++)
            term = LLVMBuildMul(h->b, term, dim_factor(h, &factors[k], size_value), "");
        sum = LLVMBuildAdd(h->b, sum, term, "");
    }
    return sum;
}

static LLVMValueRef cell_value(Host *h, const Size *size) {
    return LLVMBuildLoad2(h->b, h->i64, host_cell(h, size), "");
}

LLVMValueRef host_dim(Host *h, const Dim *dim) {
    return host_dim_with(h, dim, cell_value);
}

LLVMValueRef host_bytes(Host *h, const Type *type) {
    const Dim *count = type_count(h->graph->dims, type);
    return LLVMBuildMul(h->b, host_dim(h, count), host_int(h, dtype_bytes(type->dtype)), "");
}

/* ---- places ---- */
Buffer *host_buffer(const Node *node) {
    const Place *place = node->mark;
    return place && place->kind == PLACE_BUFFER ? place->buffer : NULL;
}

static LLVMValueRef fixed_place(Host *h, const Buffer *buffer) {
    LLVMValueRef at;
    if (buffer->kind == BUFFER_CONST) {
        int64_t n = dim_value(type_count(h->graph->dims, buffer->type));
        return table_bytes(h, buffer->constant, n * dtype_bytes(buffer->type->dtype), "constant",
                           64);
    }
    if (buffer->kind == BUFFER_DATA) {
        at = host_int(h, buffer->data_index);
        LLVMValueRef cell = LLVMBuildGEP2(h->entry, h->ptr, h->data, &at, 1, "");
        return LLVMBuildLoad2(h->entry, h->ptr, cell, "data");
    }
    at = host_int(h, buffer->offset);
    if (buffer->offset_dim) {
        LLVMValueRef id = host_int(h, buffer->id);
        LLVMValueRef cell = LLVMBuildGEP2(h->entry, h->i64, h->offsets, &id, 1, "");
        at = LLVMBuildLoad2(h->entry, h->i64, cell, "");
    }
    return LLVMBuildGEP2(h->entry, h->i8, h->slab, &at, 1, "");
}

LLVMValueRef host_pointer(Host *h, Buffer *buffer) {
    while (buffer->alias) buffer = buffer->alias;
    if (buffer->kind == BUFFER_TAPE) return host_tape(h, buffer);
    if (buffer->kind == BUFFER_SLOT) return host_slot_place(h, buffer);
    LLVMValueRef *place = &h->pointers[buffer->id];
    if (!*place) *place = fixed_place(h, buffer);
    return *place;
}

/* ---- elements and rank-0 values ---- */
static int is_half(DType dtype) {
    return dtype == DT_f16 || dtype == DT_bf16;
}

LLVMValueRef host_load_element(Host *h, LLVMValueRef place, DType dtype) {
    LLVMValueRef value = LLVMBuildLoad2(h->b, host_memory(h, dtype), place, "");
    LLVMSetAlignment(value, (unsigned)dtype_bytes(dtype));
    if (!is_half(dtype)) return value;
    const char *name = dtype == DT_f16 ? "tg_cast_f16_f32" : "tg_cast_bf16_f32";
    return host_call_scalar(h, name, h->f32, &value, 1);
}

/* a register's value as memory has it */
static LLVMValueRef stored(Host *h, DType dtype, LLVMValueRef value) {
    if (!is_half(dtype)) return value;
    const char *name = dtype == DT_f16 ? "tg_cast_f32_f16" : "tg_cast_f32_bf16";
    return host_call_scalar(h, name, h->i16, &value, 1);
}

void host_store_element(Host *h, LLVMValueRef place, DType dtype, LLVMValueRef value) {
    value = stored(h, dtype, value);
    LLVMValueRef store = LLVMBuildStore(h->b, value, place);
    LLVMSetAlignment(store, (unsigned)dtype_bytes(dtype));
}

LLVMValueRef host_slot(Host *h, const Node *node) {
    LLVMValueRef *slot = &h->slots[node->id];
    if (!*slot) {
        LLVMTypeRef type = host_register(h, node->type->dtype);
        *slot = host_alloca(h, type, op_info(node->op)->name);
        LLVMBuildStore(h->entry, LLVMConstNull(type), *slot);
    }
    return *slot;
}

LLVMValueRef host_load(Host *h, const Node *node) {
    Buffer *buffer = host_buffer(node);
    if (buffer) return host_load_element(h, host_pointer(h, buffer), node->type->dtype);
    return LLVMBuildLoad2(h->b, host_register(h, node->type->dtype), host_slot(h, node), "");
}

void host_store(Host *h, const Node *node, LLVMValueRef value) {
    Buffer *buffer = host_buffer(node);
    if (buffer)
        host_store_element(h, host_pointer(h, buffer), node->type->dtype, value);
    else
        LLVMBuildStore(h->b, value, host_slot(h, node));
}

LLVMValueRef host_load_stored(Host *h, const Node *node) {
    return stored(h, node->type->dtype, host_load(h, node));
}
