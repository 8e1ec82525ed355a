/* layout.c: takes the memory plan, gives the function `plan(sizes, offsets, bytes, arguments)`: the
   offset in the slab and the length of each buffer, from the sizes that are known at start-up; its
   result is the slab's length, TG_PLAN_TOO_LARGE if 64 bits do not hold it. Buffers that share a
   place with another, slots, constants and data sets count nothing. */
#include "codegen/llvm/host.h"
#include "runtime/abi.h"

static LLVMValueRef size_at_start(Host *h, const Size *size) {
    LLVMValueRef at = host_int(h, size->id);
    LLVMValueRef place = LLVMBuildGEP2(h->b, h->i64, LLVMGetParam(h->plan, 0), &at, 1, "");
    return LLVMBuildLoad2(h->b, h->i64, place, "");
}

static void store_at(Host *h, unsigned param, int id, LLVMValueRef value) {
    LLVMValueRef at = host_int(h, id);
    LLVMBuildStore(h->b, value,
                   LLVMBuildGEP2(h->b, h->i64, LLVMGetParam(h->plan, param), &at, 1, ""));
}

static int in_slab(const Buffer *b) {
    return b->kind == BUFFER_SLAB && !b->alias && b->bytes;
}

/* the numbers as tables that are copied, so that large programs have small code */
static void copy_numbers(Host *h, unsigned param, LLVMValueRef *numbers, int n) {
    if (n == 0) return;
    LLVMValueRef table = table_array(h, numbers, n, "layout");
    LLVMBuildMemCpy(h->b, LLVMGetParam(h->plan, param), 8, table, 8, host_int(h, 8 * (int64_t)n));
}

/* the sizes that the plan made go into the table, where the program finds them */
static void store_starts(Host *h) {
    LLVMValueRef most = host_int(h, (int64_t)1 << 40), least = host_int(h, -((int64_t)1 << 40));
    for (int i = 0; i < size_count(h->graph->dims); i++) {
        const Size *size = size_at(h->graph->dims, i);
        if (size->kind != SIZE_START) continue;
        LLVMValueRef value, at = host_int(h, size->arg), low = host_int(h, 0);
        if (size->from) {
            value = host_dim_with(h, size->from, size_at_start);
        } else {
            value = LLVMBuildGEP2(h->b, h->i64, LLVMGetParam(h->plan, 3), &at, 1, "");
            value = LLVMBuildLoad2(h->b, h->i64, value, "");
            low = least;
        }
        LLVMValueRef small = LLVMBuildICmp(h->b, LLVMIntSLT, value, low, "");
        value = LLVMBuildSelect(h->b, small, low, value, "");
        LLVMValueRef large = LLVMBuildICmp(h->b, LLVMIntSGT, value, most, "");
        if (!size->from) value = LLVMBuildSelect(h->b, large, most, value, "");
        store_at(h, 0, i, value);
    }
}

/* returns -(i + 1) when check i fails */
static void check_sizes(Host *h) {
    for (int i = 0; i < h->graph->checks.n; i++) {
        LLVMValueRef least = host_dim_with(h, h->graph->checks.at[i].least, size_at_start);
        LLVMBasicBlockRef bad = LLVMAppendBasicBlockInContext(h->context, h->plan, "bad"),
                          good = LLVMAppendBasicBlockInContext(h->context, h->plan, "good");
        LLVMValueRef fails = LLVMBuildICmp(h->b, LLVMIntSLT, least, host_int(h, 0), "");
        LLVMBuildCondBr(h->b, fails, bad, good);
        host_at(h, bad);
        LLVMBuildRet(h->b, host_int(h, -(i + 1)));
        host_at(h, good);
    }
}

/* ---- the slab's length in f64, which has no largest ---- */
static LLVMValueRef real_dim(Host *h, const Dim *dim);

static LLVMValueRef real_factor(Host *h, const DimFactor *f) {
    LLVMTypeRef real = LLVMDoubleTypeInContext(h->context);
    LLVMValueRef base, by = LLVMConstReal(real, (double)f->by);
    if (f->size) {
        base = LLVMBuildSIToFP(h->b, size_at_start(h, f->size), real, "");
    } else if (f->is_mod) {
        base = real_dim(h, f->inner);
        LLVMValueRef less = LLVMBuildFCmp(h->b, LLVMRealOLT, base, by, "");
        base = LLVMBuildSelect(h->b, less, base, by, ""); /* at most */
    } else {
        base = LLVMBuildFDiv(h->b, real_dim(h, f->inner), by, "");
    }
    LLVMValueRef value = base;
    for (int i = 1; i < f->power; i++) value = LLVMBuildFMul(h->b, value, base, "");
    return value;
}

static LLVMValueRef real_dim(Host *h, const Dim *dim) {
    LLVMTypeRef real = LLVMDoubleTypeInContext(h->context);
    LLVMValueRef sum = LLVMConstReal(real, 0);
    for (int i = 0; i < dim_terms(dim); i++) {
        const DimFactor *factors = NULL;
        int n = 0;
        LLVMValueRef term = LLVMConstReal(real, (double)dim_term(dim, i, &factors, &n));
        for (int k = 0; k < n; k++)
            term = LLVMBuildFMul(h->b, term, real_factor(h, &factors[k]), "");
        sum = LLVMBuildFAdd(h->b, sum, term, "");
    }
    return sum;
}

static void check_length(Host *h) {
    LLVMValueRef most = LLVMConstReal(LLVMDoubleTypeInContext(h->context), 0x1p62);
    LLVMValueRef fits =
        LLVMBuildFCmp(h->b, LLVMRealOLT, real_dim(h, h->program->slab_size), most, "");
    LLVMBasicBlockRef large = LLVMAppendBasicBlockInContext(h->context, h->plan, "large"),
                      good = LLVMAppendBasicBlockInContext(h->context, h->plan, "good");
    LLVMBuildCondBr(h->b, fits, good, large);
    host_at(h, large);
    LLVMBuildRet(h->b, host_int(h, TG_PLAN_TOO_LARGE));
    host_at(h, good);
}

void layout_emit(Host *h) {
    LLVMTypeRef types[] = {h->ptr, h->ptr, h->ptr, h->ptr};
    h->plan = LLVMAddFunction(h->module, "tg_plan", LLVMFunctionType(h->i64, types, 4, 0));
    LLVMSetLinkage(h->plan, LLVMInternalLinkage);
    host_at(h, LLVMAppendBasicBlockInContext(h->context, h->plan, "entry"));
    check_sizes(h);
    store_starts(h);
    check_length(h);
    const Program *p = h->program;
    LLVMValueRef *offsets = NEW_ARRAY(h->arena, LLVMValueRef, p->buffers.n + 1);
    LLVMValueRef *bytes = NEW_ARRAY(h->arena, LLVMValueRef, p->buffers.n + 1);
    for (int i = 0; i < p->buffers.n; i++) {
        const Buffer *b = p->buffers.at[i];
        int64_t n = 0;
        int grows = b->kind == BUFFER_TAPE && !b->alias;
        offsets[i] = host_int(h, in_slab(b) ? b->offset : grows ? TG_TAPE : TG_NO_PLACE);
        bytes[i] = host_int(h, in_slab(b) && dim_is_int(b->bytes, &n) ? n : 0);
    }
    copy_numbers(h, 1, offsets, p->buffers.n);
    copy_numbers(h, 2, bytes, p->buffers.n);
    for (int i = 0; i < p->buffers.n; i++) {
        const Buffer *b = p->buffers.at[i];
        if (!in_slab(b) || !b->offset_dim) continue;
        store_at(h, 1, i, host_dim_with(h, b->offset_dim, size_at_start));
        store_at(h, 2, i, host_dim_with(h, b->bytes, size_at_start));
    }
    LLVMBuildRet(h->b, host_dim_with(h, p->slab_size, size_at_start));
}
