/* kernel_value.c: value expressions. A guard is a branch where it is the same for all lanes, else a
 * mask. */
#include "codegen/llvm/emit.h"

#include <string.h>

#include "ir/number.h"

static LLVMValueRef constant(EmitKernel *ek, const Kx *k) {
    LLVMTypeRef type = emit_register_type(ek->e, k->dtype);
    if (!k->node) return LLVMConstNull(type);
    if (dtype_is_float(k->dtype)) return LLVMConstReal(type, number_load(k->dtype, k->node->data));
    return LLVMConstInt(type, (unsigned long long)number_load_int(k->dtype, k->node->data), 1);
}

/* ---- pointwise ---- */

/* the dtype that a row's function is named by: that of the operand whose type is a letter; none:
 * bool */
static DType row_dtype(const Kx *k) {
    const char *types = op_info(k->op)->types;
    for (int i = 0; i < k->nargs; i++) {
        size_t n = strcspn(types, ",-");
        if (n == 1) return k->args[i]->dtype;
        types += n + (types[n] == ',');
    }
    return DT_bool;
}

static LLVMValueRef map(EmitKernel *ek, const Kx *k) {
    LLVMValueRef args[4];
    for (int i = 0; i < k->nargs; i++) args[i] = emit_kx(ek, k->args[i]);
    if (k->trap_site >= 0) {
        const char *type = dtype_name(dtype_compute(row_dtype(k)));
        const char *name = arena_printf(ek->e->arena, "tg_bad_%s_%s", op_info(k->op)->name, type);
        LLVMValueRef bad = emit_call(ek, name, ek->e->i8, args, k->nargs);
        bad = LLVMBuildICmp(ek->b, LLVMIntNE, bad, LLVMConstNull(LLVMTypeOf(bad)), "");
        emit_trap(ek, bad, k->trap_site);
    }
    return emit_map(ek, k->op, k->dtype, row_dtype(k), args, k->nargs);
}

/* ---- guards ---- */

static LLVMValueRef both(EmitKernel *ek, LLVMValueRef a, LLVMValueRef b) {
    return a ? LLVMBuildAnd(ek->b, a, b, "") : b;
}

/* lo <= ix < hi; bounds that surely hold are left out */
static LLVMValueRef guard_holds(EmitKernel *ek, const KxGuard *g, int vector) {
    LLVMValueRef holds = NULL;
    LLVMValueRef ix = vector ? emit_ix_vector(ek, g->ix) : emit_ix(ek, g->ix);
    LLVMValueRef lo = emit_dim(ek, g->lo), hi = emit_dim(ek, g->hi);
    if (vector) lo = emit_splat(ek, lo), hi = emit_splat(ek, hi);
    if (!ix_at_least(ek->t, g->ix, g->lo)) holds = LLVMBuildICmp(ek->b, LLVMIntSGE, ix, lo, "");
    if (!ix_below(ek->t, g->ix, g->hi))
        holds = both(ek, holds, LLVMBuildICmp(ek->b, LLVMIntSLT, ix, hi, ""));
    return holds;
}

static LLVMValueRef guards_hold(EmitKernel *ek, const Kx *k, int vector) {
    LLVMValueRef all = NULL;
    for (int i = 0; i < k->nguards; i++)
        if (emit_varies(ek, k->guards[i].ix->vars) == vector)
            all = both(ek, all, guard_holds(ek, &k->guards[i], vector));
    return all;
}

static LLVMValueRef as_wide_as(EmitKernel *ek, const Kx *k, LLVMValueRef value) {
    return emit_varies(ek, k->vars) ? emit_splat(ek, value) : value;
}

/* one side of a guard, in a scope and under the mask `lanes` */
static LLVMValueRef side(EmitKernel *ek, const Kx *k, int which, LLVMValueRef lanes) {
    if (which >= k->nargs) return emit_zero(ek, k->dtype, emit_varies(ek, k->vars));
    LLVMValueRef outside = ek->mask;
    int mark = scope_begin(ek);
    if (lanes) ek->mask = both(ek, outside, lanes);
    LLVMValueRef value = as_wide_as(ek, k, emit_kx(ek, k->args[which]));
    ek->mask = outside;
    scope_end(ek, mark);
    return value;
}

typedef LLVMValueRef Side(EmitKernel *ek, const Kx *k, LLVMValueRef lanes);

/* condition ? yes() : no(), with a branch */
static LLVMValueRef choose(EmitKernel *ek, const Kx *k, LLVMValueRef condition, LLVMValueRef lanes,
                           Side *yes, Side *no) {
    LLVMBasicBlockRef then = emit_block(ek, "inside"), other = emit_block(ek, "outside"),
                      end = emit_block(ek, "guarded");
    LLVMBuildCondBr(ek->b, condition, then, other);
    emit_at(ek, then);
    LLVMValueRef values[2];
    LLVMBasicBlockRef from[2];
    int mark = scope_begin(ek);
    values[0] = yes(ek, k, lanes);
    scope_end(ek, mark);
    from[0] = LLVMGetInsertBlock(ek->b);
    LLVMBuildBr(ek->b, end);
    emit_at(ek, other);
    values[1] = no(ek, k, lanes);
    scope_end(ek, mark);
    from[1] = LLVMGetInsertBlock(ek->b);
    LLVMBuildBr(ek->b, end);
    emit_at(ek, end);
    LLVMValueRef phi = LLVMBuildPhi(ek->b, LLVMTypeOf(values[0]), "");
    LLVMAddIncoming(phi, values, from, 2);
    return phi;
}

static LLVMValueRef otherwise(EmitKernel *ek, const Kx *k, LLVMValueRef lanes) {
    (void)lanes;
    return side(ek, k, 1, NULL);
}

static LLVMValueRef blended(EmitKernel *ek, const Kx *k, LLVMValueRef lanes) {
    LLVMValueRef yes = side(ek, k, 0, lanes);
    LLVMValueRef no = side(ek, k, 1, k->nargs > 1 ? LLVMBuildNot(ek->b, lanes, "") : NULL);
    return LLVMBuildSelect(ek->b, lanes, yes, no, "");
}

enum { WORTH_SKIPPING = 16 };

static LLVMValueRef by_lanes(EmitKernel *ek, const Kx *k, LLVMValueRef lanes) {
    (void)lanes;
    lanes = guards_hold(ek, k, 1);
    if (!lanes) return side(ek, k, 0, NULL);
    if (k->args[0]->cost < WORTH_SKIPPING) return blended(ek, k, lanes);
    return choose(ek, k, emit_any(ek, both(ek, ek->mask, lanes)), lanes, blended, otherwise);
}

static LLVMValueRef guard(EmitKernel *ek, const Kx *k) {
    LLVMValueRef same = guards_hold(ek, k, 0);
    return same ? choose(ek, k, same, NULL, by_lanes, otherwise) : by_lanes(ek, k, NULL);
}

/* ---- all ---- */

static LLVMValueRef make(EmitKernel *ek, const Kx *k) {
    LLVMValueRef value;
    switch (k->kind) {
    case KX_LOAD:
        return emit_load(ek, k->index_of, k->index);
    case KX_SCALAR:
        return ek->scalars[k->index_of];
    case KX_CONST:
        return constant(ek, k);
    case KX_INDEX:
        return emit_varies(ek, k->vars) ? emit_ix_vector(ek, k->index) : emit_ix(ek, k->index);
    case KX_MAP:
        return map(ek, k);
    case KX_CAST:
        value = emit_kx(ek, k->args[0]);
        return emit_cast(ek, value, k->args[0]->dtype, k->dtype);
    case KX_GUARD:
        return guard(ek, k);
    case KX_TEMP:
        return ek->temps[k->index_of];
    }
    return NULL;
}

LLVMValueRef emit_kx(EmitKernel *ek, const Kx *k) {
    if (k->kind == KX_TEMP || k->kind == KX_SCALAR || k->kind == KX_CONST) return make(ek, k);
    if (ek->kxs[k->id]) return ek->kxs[k->id];
    LLVMValueRef value = make(ek, k);
    ek->kxs[k->id] = value;
    PUSH(ek->e->arena, &ek->log, 3 * k->id);
    return value;
}

LLVMValueRef emit_kx_lanes(EmitKernel *ek, const Kx *k) {
    LLVMValueRef value = emit_kx(ek, k);
    return ek->lane_var >= 0 ? emit_splat(ek, value) : value;
}

/* ---- what a loop need not repeat ---- */

static void hoist(EmitKernel *ek, const Kx *k, uint64_t inner, char *seen);

static void hoist_ix(EmitKernel *ek, const Ix *ix, uint64_t inner, char *seen) {
    if (!(ix->vars & inner)) {
        emit_ix(ek, ix);
        return;
    }
    for (int i = 0; i < ix->nterms; i++) {
        const IxAtom *atom = ix->terms[i].atom;
        if (atom->a) hoist_ix(ek, atom->a, inner, seen);
        if (atom->value) hoist(ek, atom->value, inner, seen);
    }
}

static void hoist(EmitKernel *ek, const Kx *k, uint64_t inner, char *seen) {
    if (seen[k->id]) return;
    seen[k->id] = 1;
    if (!(k->vars & inner)) {
        emit_kx(ek, k);
        return;
    }
    if (k->kind == KX_GUARD) return; /* what is behind it may not be loaded here */
    if (k->index && !emit_varies(ek, k->index->vars)) hoist_ix(ek, k->index, inner, seen);
    for (int i = 0; i < k->nargs; i++) hoist(ek, k->args[i], inner, seen);
}

void emit_hoist(EmitKernel *ek, const Kx *k, uint64_t inner) {
    hoist(ek, k, inner, NEW_ARRAY(ek->e->arena, char, ek->t->kxs.n + 1));
}
