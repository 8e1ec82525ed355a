/* kernel_index.c: sizes and index expressions as i64 values, one or (where they depend on the lane
 * variable) sixteen. */
#include "codegen/llvm/emit.h"

int emit_varies(const EmitKernel *ek, uint64_t vars) {
    return ek->lane_var >= 0 && (vars >> ek->lane_var & 1);
}

/* ---- sizes: in the entry block ---- */

static LLVMValueRef floor_op(EmitKernel *ek, LLVMBuilderRef b, LLVMValueRef a, LLVMValueRef by,
                             int mod) {
    LLVMValueRef zero = LLVMConstNull(LLVMTypeOf(a));
    LLVMValueRef rest = LLVMBuildSRem(b, a, by, "");
    LLVMValueRef negative = LLVMBuildICmp(b, LLVMIntSLT, rest, zero, "");
    (void)ek;
    if (mod) return LLVMBuildSelect(b, negative, LLVMBuildAdd(b, rest, by, ""), rest, "");
    LLVMValueRef quotient = LLVMBuildSDiv(b, a, by, "");
    return LLVMBuildAdd(b, quotient, LLVMBuildSExt(b, negative, LLVMTypeOf(a), ""), "");
}

static LLVMValueRef size_value(EmitKernel *ek, const Size *size) {
    for (int i = 0; i < ek->k->sizes.n; i++)
        if (ek->k->sizes.at[i] == size) return ek->sizes[i];
    die("the size %s was not passed to the kernel %s", size->name, ek->k->name);
}

static LLVMValueRef factor_value(EmitKernel *ek, const DimFactor *f) {
    LLVMValueRef one = f->size ? size_value(ek, f->size)
                               : floor_op(ek, ek->entry, emit_dim(ek, f->inner),
                                          emit_i64(ek->e, f->by), f->is_mod);
    LLVMValueRef power = one;
    for (int i = 1; i < f->power; i++) power = LLVMBuildMul(ek->entry, power, one, "");
    return power;
}

LLVMValueRef emit_dim(EmitKernel *ek, const Dim *dim) {
    int64_t value;
    if (dim_is_int(dim, &value)) return emit_i64(ek->e, value);
    LLVMValueRef sum = emit_i64(ek->e, 0);
    for (int i = 0; i < dim_terms(dim); i++) {
        const DimFactor *factors;
        int n;
        LLVMValueRef term = emit_i64(ek->e, dim_term(dim, i, &factors, &n));
        for (int k = 0; k < n; k++)
            term = LLVMBuildMul(ek->entry, term, factor_value(ek, &factors[k]), "");
        sum = LLVMBuildAdd(ek->entry, sum, term, "");
    }
    return sum;
}

/* ---- atoms ---- */

/* a slice's start, checked once, in the entry block */
static LLVMValueRef start_value(EmitKernel *ek, const IxAtom *atom) {
    LLVMValueRef value = ek->scalars[atom->var];
    if (!atom->extent) return value;
    if (ek->starts[atom->id]) return ek->starts[atom->id];
    die("a start that was not checked in %s", ek->k->name);
}

static LLVMValueRef checked(EmitKernel *ek, const IxAtom *atom, LLVMValueRef value) {
    if (!atom->extent) return value;
    LLVMValueRef extent = emit_dim(ek, atom->extent), zero = emit_i64(ek->e, 0);
    if (emit_is_vector(value)) {
        extent = emit_splat(ek, extent);
        zero = emit_splat(ek, zero);
    }
    LLVMValueRef negative = LLVMBuildICmp(ek->b, LLVMIntSLT, value, zero, ""), given = value;
    value = LLVMBuildSelect(ek->b, negative, LLVMBuildAdd(ek->b, value, extent, ""), value, "");
    LLVMValueRef bad = LLVMBuildICmp(ek->b, LLVMIntUGE, value, extent, "");
    if (atom->trap_site >= 0) emit_trap_value(ek, bad, atom->trap_site, given, extent);
    return LLVMBuildSelect(ek->b, bad, zero, value, "");
}

static int fits_32(EmitKernel *ek, const IxAtom *atom) {
    const Dim *high;
    int64_t by;
    if (!ix_upper(ek->t, atom->a, &high)) return 0;
    int64_t most = dim_upper(high);
    return most >= 0 && most < INT32_MAX && dim_is_int(atom->by, &by) && by < INT32_MAX;
}

static LLVMValueRef divided(EmitKernel *ek, const IxAtom *atom, LLVMValueRef a) {
    LLVMValueRef by = emit_dim(ek, atom->by);
    int mod = atom->kind == IX_MOD;
    int positive = ix_at_least(ek->t, atom->a, dim_int(ek->t->dims, 0));
    LLVMTypeRef wide = LLVMTypeOf(a);
    if (emit_is_vector(a)) by = emit_splat(ek, by);
    if (!positive) return floor_op(ek, ek->b, a, by, mod);
    if (!fits_32(ek, atom))
        return mod ? LLVMBuildURem(ek->b, a, by, "") : LLVMBuildUDiv(ek->b, a, by, "");
    LLVMTypeRef narrow = emit_is_vector(a) ? emit_vector(ek->e->i32) : ek->e->i32;
    a = LLVMBuildTrunc(ek->b, a, narrow, "");
    by = LLVMBuildTrunc(ek->b, by, narrow, "");
    LLVMValueRef value = mod ? LLVMBuildURem(ek->b, a, by, "") : LLVMBuildUDiv(ek->b, a, by, "");
    return LLVMBuildZExt(ek->b, value, wide, "");
}

static LLVMValueRef atom_value(EmitKernel *ek, const IxAtom *atom) {
    switch (atom->kind) {
    case IX_VAR:
        return ek->vars[atom->var];
    case IX_SCALAR:
        return start_value(ek, atom);
    case IX_VALUE:
        return checked(ek, atom, emit_kx(ek, atom->value));
    case IX_DIV:
    case IX_MOD:
        return divided(ek, atom, emit_ix(ek, atom->a));
    }
    return NULL;
}

/* ---- lanes that differ by numbers ---- */

static int64_t floor_div(int64_t a, int64_t by) {
    return a / by - (a % by < 0);
}

/* (step * lane + first) // by or % by, where sixteen lanes are whole periods: each lane's value,
 * but for what all have in common */
static int periodic(EmitKernel *ek, const IxAtom *atom, int64_t *values) {
    int64_t by, first, step;
    if ((atom->kind != IX_DIV && atom->kind != IX_MOD) || !ek->aligned) return 0;
    const Ix *a = atom->a;
    if (a->nterms != 1 || a->terms[0].atom->kind != IX_VAR || a->terms[0].atom->var != ek->lane_var)
        return 0;
    if (!dim_is_int(atom->by, &by) || !dim_is_int(a->base, &first) ||
        !dim_is_int(a->terms[0].by, &step))
        return 0;
    if (LANES * step % by != 0) return 0;
    for (int l = 0; l < LANES; l++) {
        int64_t q = floor_div(step * l + first, by);
        values[l] = atom->kind == IX_DIV ? q - floor_div(first, by) : step * l + first - by * q;
    }
    return 1;
}

int emit_lane_offsets(EmitKernel *ek, const Ix *ix, int64_t *offsets) {
    for (int l = 0; l < LANES; l++) offsets[l] = 0;
    for (int i = 0; i < ix->nterms; i++) {
        const IxAtom *atom = ix->terms[i].atom;
        int64_t by, values[LANES];
        if (!emit_varies(ek, atom->vars)) continue;
        if (!dim_is_int(ix->terms[i].by, &by)) return 0;
        int is_var = atom->kind == IX_VAR;
        if (!is_var && !periodic(ek, atom, values)) return 0;
        for (int l = 0; l < LANES; l++) offsets[l] += by * (is_var ? l : values[l] - values[0]);
    }
    return 1;
}

static LLVMValueRef numbers(EmitKernel *ek, const int64_t *values) {
    LLVMValueRef lanes[LANES];
    for (int l = 0; l < LANES; l++) lanes[l] = emit_i64(ek->e, values[l]);
    return LLVMConstVector(lanes, LANES);
}

static LLVMValueRef atom_vector(EmitKernel *ek, const IxAtom *atom) {
    if (!emit_varies(ek, atom->vars)) return emit_splat(ek, atom_value(ek, atom));
    if (atom->kind == IX_VAR) {
        LLVMValueRef first = emit_splat(ek, ek->vars[atom->var]);
        return LLVMBuildAdd(ek->b, first, emit_iota(ek, ek->e->i64), "");
    }
    if (atom->kind == IX_VALUE) return checked(ek, atom, emit_splat(ek, emit_kx(ek, atom->value)));
    int64_t values[LANES];
    if (periodic(ek, atom, values)) {
        if (atom->kind == IX_MOD) return numbers(ek, values);
        LLVMValueRef first = emit_splat(ek, divided(ek, atom, emit_ix(ek, atom->a)));
        return LLVMBuildAdd(ek->b, first, numbers(ek, values), "");
    }
    return divided(ek, atom, emit_ix_vector(ek, atom->a));
}

/* ---- sums ---- */

static LLVMValueRef plus(EmitKernel *ek, LLVMValueRef sum, LLVMValueRef a) {
    return LLVMIsAConstantInt(sum) && LLVMConstIntGetSExtValue(sum) == 0
               ? a
               : LLVMBuildAdd(ek->b, sum, a, "");
}

static LLVMValueRef remember(EmitKernel *ek, LLVMValueRef *table, int id, int number,
                             LLVMValueRef value) {
    table[id] = value;
    PUSH(ek->e->arena, &ek->log, 3 * id + number);
    return value;
}

LLVMValueRef emit_ix(EmitKernel *ek, const Ix *ix) {
    if (ix->nterms == 0) return emit_dim(ek, ix->base);
    if (ek->ixs[ix->id]) return ek->ixs[ix->id];
    LLVMValueRef sum = emit_dim(ek, ix->base);
    for (int i = 0; i < ix->nterms; i++) {
        LLVMValueRef one = atom_value(ek, ix->terms[i].atom);
        int64_t by;
        if (!dim_is_int(ix->terms[i].by, &by) || by != 1)
            one = LLVMBuildMul(ek->b, one, emit_dim(ek, ix->terms[i].by), "");
        sum = plus(ek, sum, one);
    }
    return remember(ek, ek->ixs, ix->id, 1, sum);
}

LLVMValueRef emit_ix_vector(EmitKernel *ek, const Ix *ix) {
    if (!emit_varies(ek, ix->vars)) return emit_splat(ek, emit_ix(ek, ix));
    if (ek->vector_ixs[ix->id]) return ek->vector_ixs[ix->id];
    LLVMValueRef sum = emit_splat(ek, emit_dim(ek, ix->base));
    for (int i = 0; i < ix->nterms; i++) {
        LLVMValueRef one = atom_vector(ek, ix->terms[i].atom);
        int64_t by;
        if (!dim_is_int(ix->terms[i].by, &by) || by != 1)
            one = LLVMBuildMul(ek->b, one, emit_splat(ek, emit_dim(ek, ix->terms[i].by)), "");
        sum = LLVMBuildAdd(ek->b, sum, one, "");
    }
    return remember(ek, ek->vector_ixs, ix->id, 2, sum);
}
