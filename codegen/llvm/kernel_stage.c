/* kernel_stage.c: a kernel as a function: its parameters, the loops over its outer axes, its stages
 * in each point. */
#include "codegen/llvm/emit.h"

#include <string.h>

static uint64_t vars_from(int var) {
    return var >= 64 ? 0 : ~(uint64_t)0 << var;
}

/* ---- stores ---- */

void emit_stores(EmitKernel *ek, const Stage *s) {
    LLVMValueRef values[MAX_STORES];
    for (int i = 0; i < s->nstores; i++) values[i] = emit_kx(ek, s->stores[i].value);
    for (int i = 0; i < s->nstores; i++)
        emit_store(ek, s->stores[i].buffer, s->stores[i].place, values[i]);
}

static void hoist_stores(EmitKernel *ek, const Stage *s, int var) {
    if (s->serial) return; /* it may load what it has just stored */
    for (int i = 0; i < s->nstores; i++) emit_hoist(ek, s->stores[i].value, vars_from(var));
}

/* body for lo … hi in lanes of variable var: whole vectors, then the lanes that are left under a
 * mask */
void emit_lanes_over(EmitKernel *ek, int var, LLVMValueRef lo, LLVMValueRef hi, int64_t most,
                     int64_t known, EmitBody *body, const void *data) {
    LLVMValueRef count = LLVMBuildSub(ek->b, hi, lo, "");
    LLVMValueRef whole = LLVMBuildAnd(ek->b, count, emit_i64(ek->e, -LANES), "");
    LLVMValueRef end = LLVMBuildAdd(ek->b, lo, whole, "");
    ek->lane_var = var;
    ek->aligned =
        ek->k->stages.at[0]->kind != STAGE_CONTRACT; /* its ranges begin at multiples of 16 */
    if (most < 0 || most >= LANES) {
        EmitLoop loop = loop_begin(ek, lo, end, LANES, "lane");
        ek->vars[var] = loop.value;
        body(ek, data);
        loop_end(ek, &loop);
    }
    if (known < 0 || known % LANES != 0) {
        EmitIf rest = if_begin(ek, LLVMBuildICmp(ek->b, LLVMIntSLT, end, hi, ""));
        ek->vars[var] = end;
        ek->mask = emit_lanes_below(ek, end, hi);
        body(ek, data);
        ek->mask = NULL;
        if_end(ek, &rest);
    }
    ek->lane_var = -1;
    ek->aligned = 0;
}

static void store_body(EmitKernel *ek, const void *data) {
    emit_stores(ek, data);
}

static int64_t known_length(const Dim *d) {
    int64_t n;
    return dim_is_int(d, &n) ? n : -1;
}

static void store_rows(EmitKernel *ek, const Stage *s, int axis) {
    int var = ek->k->nouter + axis;
    if (axis == s->nrow) {
        emit_stores(ek, s);
        return;
    }
    hoist_stores(ek, s, var);
    int lanes =
        ek->lane_var < 0 && !ek->k->across && axis == s->nrow - 1 && (!s->serial || s->lanes);
    if (lanes) {
        LLVMValueRef zero = emit_i64(ek->e, 0), n = emit_dim(ek, s->row[axis]);
        emit_lanes_over(ek, var, zero, n, dim_upper(s->row[axis]), known_length(s->row[axis]),
                        store_body, s);
        return;
    }
    EmitLoop loop = loop_begin(ek, emit_i64(ek->e, 0), emit_dim(ek, s->row[axis]), 1, "row");
    ek->vars[var] = loop.value;
    store_rows(ek, s, axis + 1);
    loop_end(ek, &loop);
}

void emit_store_stage(EmitKernel *ek, const Stage *s) {
    store_rows(ek, s, 0);
}

/* ---- stages at one outer point ---- */

typedef struct TempUse TempUse;
struct TempUse {
    Stage *const *stages;
    int n, found;
};

static void see_temp(const Kx *k, void *data) {
    TempUse *use = data;
    for (int i = 0; k->kind == KX_TEMP && i < use->n; i++)
        use->found |= use->stages[i]->temp == k->index_of;
}

/* s goes through the same rows as the stages before it and does not need their results */
static int goes_with(EmitKernel *ek, Stage *const *stages, int n, const Stage *s) {
    if (s->kind != STAGE_REDUCE || s->nrow != stages[0]->nrow || s->lanes != stages[0]->lanes ||
        n == MAX_RANK)
        return 0;
    if (s->plain != stages[0]->plain) return 0;
    for (int i = 0; i < s->nrow; i++)
        if (s->row[i] != stages[0]->row[i]) return 0;
    TempUse use = {stages, n, 0};
    Visit v;
    visit_begin(&v, ek->t);
    v.kx = see_temp;
    v.data = &use;
    visit_kx(&v, s->value);
    return !use.found;
}

static void point(EmitKernel *ek, const void *data) {
    const Kernel *k = ek->k;
    (void)data;
    for (int i = 0; i < k->stages.n;) {
        Stage *const *stages = k->stages.at + i;
        int n = 1;
        if (stages[0]->kind == STAGE_REDUCE) {
            while (i + n < k->stages.n && goes_with(ek, stages, n, stages[n])) n++;
            emit_reductions(ek, stages, n);
        } else {
            emit_store_stage(ek, stages[0]);
        }
        i += n;
    }
}

/* ---- outer loops ---- */

static void hoist_stages(EmitKernel *ek, int var) {
    for (int i = 0; i < ek->k->stages.n; i++) {
        const Stage *s = ek->k->stages.at[i];
        if (s->value) emit_hoist(ek, s->value, vars_from(var));
        if (s->kind == STAGE_STORE) hoist_stores(ek, s, var);
    }
}

static int reads_temps(const Kernel *k) {
    for (int i = 0; i < k->stages.n; i++)
        if (k->stages.at[i]->kind == STAGE_REDUCE) return 1;
    return 0;
}

static void outer(EmitKernel *ek, int axis) {
    const Kernel *k = ek->k;
    if (axis == k->nouter) {
        point(ek, NULL);
        return;
    }
    LLVMValueRef lo = axis == 0 ? ek->lo : emit_i64(ek->e, 0);
    LLVMValueRef hi = axis == 0 ? ek->hi : emit_dim(ek, k->outer[axis]);
    if (!reads_temps(k)) hoist_stages(ek, axis);
    if (k->across && axis == k->nouter - 1) {
        int64_t known = axis == 0 ? -1 : known_length(k->outer[axis]);
        int64_t most =
            axis == 0
                ? -1
                : dim_upper(k->outer[axis]); /* kernels of other lengths may share this code */
        emit_lanes_over(ek, axis, lo, hi, most, known, point, NULL);
        return;
    }
    EmitLoop loop = loop_begin(ek, lo, hi, 1, "outer");
    ek->vars[axis] = loop.value;
    outer(ek, axis + 1);
    loop_end(ek, &loop);
}

/* ---- starts of slices: checked before anything is read ---- */

static void check_start(EmitKernel *ek, const IxAtom *atom) {
    if (atom->kind != IX_SCALAR || !atom->extent || ek->starts[atom->id]) return;
    LLVMValueRef start = ek->scalars[atom->var], zero = emit_i64(ek->e, 0);
    LLVMValueRef bad = LLVMBuildICmp(ek->b, LLVMIntUGE, start, emit_dim(ek, atom->extent), "");
    LLVMValueRef none = LLVMBuildICmp(ek->b, LLVMIntSLE, emit_dim(ek, atom->extent), zero, "");
    bad = LLVMBuildOr(ek->b, bad, none, "");
    ek->starts[atom->id] = LLVMBuildSelect(ek->b, bad, zero, start, "");
    if (atom->only_if) {
        LLVMValueRef some = LLVMBuildICmp(ek->b, LLVMIntSGT, emit_dim(ek, atom->only_if), zero, "");
        bad = LLVMBuildAnd(ek->b, bad, some, "");
    }
    if (atom->trap_site >= 0)
        emit_trap_value(ek, bad, atom->trap_site, start, emit_dim(ek, atom->extent));
}

static void see_starts(const Ix *ix, void *data) {
    for (int i = 0; i < ix->nterms; i++) check_start(data, ix->terms[i].atom);
}

static void check_starts(EmitKernel *ek) {
    Visit v;
    visit_begin(&v, ek->t);
    v.ix = see_starts;
    v.data = ek;
    visit_kernel(&v, ek->k);
}

/* ---- the function ---- */

/* a buffer that may lie over another one of this kernel is not noalias */
static int is_alone(const Kernel *k, int buffer) {
    if (k->overlay.at[buffer] >= 0) return 0;
    for (int i = 0; i < k->buffers.n; i++)
        if (k->overlay.at[i] == buffer) return 0;
    return 1;
}

void emit_text_attribute(Emit *e, LLVMValueRef f, const char *name, const char *value) {
    LLVMAttributeRef a = LLVMCreateStringAttribute(e->context, name, (unsigned)strlen(name), value,
                                                   (unsigned)strlen(value));
    LLVMAddAttributeAtIndex(f, (LLVMAttributeIndex)LLVMAttributeFunctionIndex, a);
}

static LLVMValueRef declare(Emit *e, const Kernel *k) {
    int n = k->buffers.n + k->scalars.n + k->sizes.n + (k->traps != 0) + 2, at = 0;
    LLVMTypeRef *types = NEW_ARRAY(e->arena, LLVMTypeRef, n);
    for (int i = 0; i < k->buffers.n; i++) types[at++] = e->ptr;
    for (int i = 0; i < k->scalars.n; i++)
        types[at++] = emit_memory_type(e, k->scalars.at[i]->type->dtype);
    for (int i = 0; i < k->sizes.n; i++) types[at++] = e->i64;
    if (k->traps) types[at++] = e->ptr;
    types[at++] = e->i64;
    types[at++] = e->i64;
    LLVMValueRef f =
        LLVMAddFunction(e->module, k->name, LLVMFunctionType(e->nothing, types, (unsigned)n, 0));
    LLVMSetLinkage(f, LLVMInternalLinkage);
    unsigned noalias = LLVMGetEnumAttributeKindForName("noalias", 7);
    for (int i = 0; i < k->buffers.n; i++)
        if (is_alone(k, i))
            LLVMAddAttributeAtIndex(f, (LLVMAttributeIndex)(i + 1),
                                    LLVMCreateEnumAttribute(e->context, noalias, 0));
    emit_attribute(e, f, "nounwind");
    emit_attribute(e, f, k->inlined ? "alwaysinline" : "noinline");
    if (e->wide) emit_text_attribute(e, f, "prefer-vector-width", "512");
    return f;
}

static void read_params(EmitKernel *ek) {
    const Kernel *k = ek->k;
    LLVMValueRef f = ek->function;
    unsigned at = 0;
    ek->buffers = NEW_ARRAY(ek->e->arena, LLVMValueRef, k->buffers.n + 1);
    ek->scalars = NEW_ARRAY(ek->e->arena, LLVMValueRef, k->scalars.n + 1);
    ek->sizes = NEW_ARRAY(ek->e->arena, LLVMValueRef, k->sizes.n + 1);
    for (int i = 0; i < k->buffers.n; i++) ek->buffers[i] = LLVMGetParam(f, at++);
    for (int i = 0; i < k->scalars.n; i++)
        ek->scalars[i] = emit_from_memory(ek, k->scalars.at[i]->type->dtype, LLVMGetParam(f, at++));
    for (int i = 0; i < k->sizes.n; i++) ek->sizes[i] = LLVMGetParam(f, at++);
    if (k->traps) ek->ctx = LLVMGetParam(f, at++);
    ek->lo = LLVMGetParam(f, at++);
    ek->hi = LLVMGetParam(f, at++);
}

static void make_tables(EmitKernel *ek) {
    Arena *arena = ek->e->arena;
    int temps = 1;
    for (int i = 0; i < ek->k->stages.n; i++)
        if (ek->k->stages.at[i]->temp >= temps) temps = ek->k->stages.at[i]->temp + 1;
    ek->temps = NEW_ARRAY(arena, LLVMValueRef, temps);
    ek->kxs = NEW_ARRAY(arena, LLVMValueRef, ek->t->kxs.n + 1);
    ek->ixs = NEW_ARRAY(arena, LLVMValueRef, ek->t->ixs.n + 1);
    ek->vector_ixs = NEW_ARRAY(arena, LLVMValueRef, ek->t->ixs.n + 1);
    ek->starts = NEW_ARRAY(arena, LLVMValueRef, ek->t->atoms.n + 1);
}

void emit_kernel(Emit *e, Kernel *k, int number);

void emit_kernel(Emit *e, Kernel *k, int number) {
    EmitKernel *ek = NEW(e->arena, EmitKernel);
    (void)number;
    ek->e = e;
    ek->k = k;
    ek->t = k->table;
    ek->lane_var = -1;
    ek->function = declare(e, k);
    k->llvm = ek->function;
    make_tables(ek);
    LLVMBasicBlockRef entry = emit_block(ek, "entry"), body = emit_block(ek, "body");
    ek->entry = LLVMCreateBuilderInContext(e->context);
    ek->b = LLVMCreateBuilderInContext(e->context);
    LLVMPositionBuilderAtEnd(ek->entry, entry);
    LLVMPositionBuilderBefore(ek->entry, LLVMBuildBr(ek->entry, body));
    emit_at(ek, body);
    read_params(ek);
    check_starts(ek);
    if (k->stages.n && k->stages.at[0]->kind == STAGE_CONTRACT)
        emit_contract(ek, k->stages.at[0]);
    else
        outer(ek, 0);
    LLVMBuildRetVoid(ek->b);
    LLVMDisposeBuilder(ek->entry);
    LLVMDisposeBuilder(ek->b);
}
