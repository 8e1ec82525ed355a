/* host_call.c: calls from the host function: kernels (with threads where the work is worth it), the
   library's functions, the runtime, copies. */
#include "codegen/llvm/host.h"

LLVMValueRef host_runtime(Host *h, const char *name, LLVMTypeRef result, LLVMValueRef *args,
                          int nargs) {
    LLVMTypeRef types[16];
    for (int i = 0; i < nargs; i++) types[i] = LLVMTypeOf(args[i]);
    LLVMTypeRef type = LLVMFunctionType(result, types, (unsigned)nargs, 0);
    LLVMValueRef f = LLVMGetNamedFunction(h->module, name);
    if (!f) f = LLVMAddFunction(h->module, name, type);
    return LLVMBuildCall2(h->b, type, f, args, (unsigned)nargs, "");
}

void host_copy(Host *h, LLVMValueRef to, LLVMValueRef from, LLVMValueRef bytes) {
    LLVMBuildMemCpy(h->b, to, 1, from, 1, bytes);
}

/* ---- the profile ---- */
/* code that only runs with --profile, up to profile_done */
static LLVMBasicBlockRef profile_only(Host *h) {
    LLVMBasicBlockRef on = host_new_block(h, "clock"), go = host_new_block(h, "go");
    LLVMValueRef profile = host_field(h, CTX_PROFILE);
    LLVMValueRef wanted = LLVMBuildICmp(h->b, LLVMIntNE, profile, host_int(h, 0), "");
    LLVMBuildCondBr(h->b, wanted, on, go);
    host_at(h, on);
    return go;
}

static void profile_done(Host *h, LLVMBasicBlockRef go) {
    LLVMBuildBr(h->b, go);
    host_at(h, go);
}

static void profile_begin(Host *h) {
    if (!h->began) h->began = host_alloca(h, h->i64, "began");
    LLVMBasicBlockRef go = profile_only(h);
    LLVMBuildStore(h->b, host_runtime(h, "tgrt_now", h->i64, NULL, 0), h->began);
    profile_done(h, go);
}

static LLVMValueRef add_bytes(Host *h, LLVMValueRef sum, const Kernel *k) {
    for (int i = 0; i < k->buffers.n; i++)
        sum = LLVMBuildAdd(h->b, sum, host_bytes(h, k->buffers.at[i]->type), "");
    return sum;
}

static void profile_end(Host *h, const Kernel *k) {
    LLVMBasicBlockRef go = profile_only(h);
    LLVMValueRef now = host_runtime(h, "tgrt_now", h->i64, NULL, 0);
    LLVMValueRef began = LLVMBuildLoad2(h->b, h->i64, h->began, "");
    LLVMValueRef took = LLVMBuildSub(h->b, now, began, ""), bytes = host_int(h, 0);
    bytes = add_bytes(h, bytes, k);
    for (int i = 0; i < k->joined.n; i++) bytes = add_bytes(h, bytes, k->joined.at[i]);
    int line = table_add(h, &h->kernels, k->where, k->name);
    LLVMValueRef args[] = {h->ctx, host_int(h, line), took, bytes};
    host_runtime(h, "tgrt_kernel_time", h->nothing, args, 4);
    profile_done(h, go);
}

/* ---- kernels ---- */
enum { MAX_PARAMS = 512 };

/* the kernel's arguments but lo and hi, in the order of its signature */
static int kernel_args(Host *h, const Kernel *k, LLVMValueRef *args) {
    int n = 0;
    if (k->buffers.n + k->scalars.n + k->sizes.n + 3 > MAX_PARAMS)
        die("a kernel with too many parameters");
    for (int i = 0; i < k->buffers.n; i++) args[n++] = host_pointer(h, k->buffers.at[i]);
    for (int i = 0; i < k->scalars.n; i++) args[n++] = host_load_stored(h, k->scalars.at[i]);
    for (int i = 0; i < k->sizes.n; i++)
        args[n++] = LLVMBuildLoad2(h->b, h->i64, host_cell(h, k->sizes.at[i]), "");
    if (k->traps) args[n++] = h->ctx;
    return n;
}

/* void thunk(ptr args, i64 lo, i64 hi): calls the kernel with the arguments that lie in args */
static LLVMValueRef make_thunk(Host *h, LLVMValueRef kernel, LLVMTypeRef kernel_type,
                               LLVMTypeRef pack, int n) {
    size_t length = 0;
    const char *name = arena_printf(h->arena, "%s.chunk", LLVMGetValueName2(kernel, &length));
    LLVMValueRef thunk = LLVMGetNamedFunction(h->module, name);
    if (thunk) return thunk;
    LLVMTypeRef types[] = {h->ptr, h->i64, h->i64};
    thunk = LLVMAddFunction(h->module, name, LLVMFunctionType(h->nothing, types, 3, 0));
    LLVMSetLinkage(thunk, LLVMInternalLinkage);
    LLVMBuilderRef b = LLVMCreateBuilderInContext(h->context);
    LLVMPositionBuilderAtEnd(b, LLVMAppendBasicBlockInContext(h->context, thunk, ""));
    LLVMValueRef args[MAX_PARAMS];
    for (int i = 0; i < n; i++) {
        LLVMValueRef place = LLVMBuildStructGEP2(b, pack, LLVMGetParam(thunk, 0), (unsigned)i, "");
        args[i] = LLVMBuildLoad2(b, LLVMStructGetTypeAtIndex(pack, (unsigned)i), place, "");
    }
    args[n] = LLVMGetParam(thunk, 1);
    args[n + 1] = LLVMGetParam(thunk, 2);
    LLVMBuildCall2(b, kernel_type, kernel, args, (unsigned)n + 2, "");
    LLVMBuildRetVoid(b);
    LLVMDisposeBuilder(b);
    return thunk;
}

static void call_parallel(Host *h, const Kernel *k, LLVMValueRef kernel, LLVMValueRef *args,
                          int n) {
    LLVMTypeRef types[MAX_PARAMS];
    for (int i = 0; i < n; i++) types[i] = LLVMTypeOf(args[i]);
    LLVMTypeRef pack = LLVMStructTypeInContext(h->context, types, (unsigned)n, 0);
    LLVMValueRef place = host_scratch(h, n + 1);
    for (int i = 0; i < n; i++)
        LLVMBuildStore(h->b, args[i], LLVMBuildStructGEP2(h->b, pack, place, (unsigned)i, ""));
    LLVMValueRef thunk = make_thunk(h, kernel, LLVMGlobalGetValueType(kernel), pack, n);
    LLVMValueRef call[] = {h->ctx, thunk, place, args[n + 1], host_int(h, k->grain)};
    host_runtime(h, "tgrt_parallel", h->nothing, call, 5);
}

void host_kernel(Host *h, const Step *step) {
    const Kernel *k = step->kernel, *code = k;
    while (code->same_as) code = code->same_as;
    LLVMValueRef kernel = code->llvm, args[MAX_PARAMS];
    if (!kernel) die("the kernel %s was not emitted", k->name);
    for (int i = 0; i < k->buffers.n; i++)
        if (k->written.at[i]) host_define(h, k->buffers.at[i]);
    int n = kernel_args(h, k, args), profile = !k->small;
    LLVMValueRef hi = k->extent ? host_dim(h, k->extent) : host_int(h, 1);
    args[n] = host_int(h, 0);
    args[n + 1] = hi;
    if (profile) profile_begin(h);
    int always = LLVMIsAConstantInt(hi) && LLVMConstIntGetSExtValue(hi) <= k->grain;
    if (k->grain > 0 && !always)
        call_parallel(h, k, kernel, args, n);
    else
        LLVMBuildCall2(h->b, LLVMGlobalGetValueType(kernel), kernel, args, (unsigned)n + 2, "");
    if (profile) profile_end(h, k);
}

/* ---- library functions ---- */
void host_lib(Host *h, const Step *step) {
    const Node *node = step->node;
    if (op_info(node->op)->flags & OPF_STACK) {
        host_stack(h, step);
        return;
    }
    LLVMValueRef out = host_scratch(h, TENSOR_WORDS), data;
    if (step->to) {
        host_define(h, step->to);
        data = host_pointer(h, step->to);
    } else {
        data = host_scratch(h, 1);
    }
    LLVMValueRef in = host_tensors(h, node->args, node->nargs);
    host_tensor(h, out, 0, node->type, data);
    LLVMValueRef *ints = NEW_ARRAY(h->arena, LLVMValueRef, node->nints + 1);
    for (int i = 0; i < node->nints; i++) ints[i] = host_int(h, node->ints[i]);
    const char *name = arena_printf(h->arena, "tg_lib_%s", op_info(node->op)->name);
    LLVMValueRef args[] = {out, in, host_int(h, node->nargs),
                           table_array(h, ints, node->nints, "ints")};
    host_runtime(h, name, h->nothing, args, 4);
    if (!step->to) host_store(h, node, host_load_element(h, data, node->type->dtype));
}
