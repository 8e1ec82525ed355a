/* kernel_memory.c: loads and stores of kernels: one element, sixteen neighbours, or sixteen places.
 */
#include "codegen/llvm/emit.h"

LLVMValueRef emit_from_memory(EmitKernel *ek, DType dtype, LLVMValueRef value) {
    if (dtype == DT_f16) return emit_call(ek, "tg_cast_f16_f32", ek->e->f32, &value, 1);
    if (dtype == DT_bf16) return emit_call(ek, "tg_cast_bf16_f32", ek->e->f32, &value, 1);
    return value;
}

LLVMValueRef emit_to_memory(EmitKernel *ek, DType dtype, LLVMValueRef value) {
    if (dtype == DT_f16) return emit_call(ek, "tg_cast_f32_f16", ek->e->i16, &value, 1);
    if (dtype == DT_bf16) return emit_call(ek, "tg_cast_f32_bf16", ek->e->i16, &value, 1);
    return value;
}

static LLVMValueRef element_place(EmitKernel *ek, int buffer, LLVMValueRef index) {
    LLVMTypeRef type = emit_memory_type(ek->e, ek->k->buffers.at[buffer]->type->dtype);
    return LLVMBuildGEP2(ek->b, type, ek->buffers[buffer], &index, 1, "");
}

static LLVMValueRef all_lanes(EmitKernel *ek) {
    LLVMValueRef one = LLVMConstInt(ek->e->i1, 1, 0);
    return emit_splat(ek, one);
}

static LLVMValueRef mask_or_all(EmitKernel *ek) {
    return ek->mask ? ek->mask : all_lanes(ek);
}

/* the distance between lanes; 0 when it is not a number or the index is not affine */
static int64_t lane_stride(EmitKernel *ek, const Ix *index) {
    int64_t by;
    if (!ix_is_affine_in(index, ek->lane_var)) return 0;
    const Dim *c = ix_coefficient(index, ek->lane_var);
    return c && dim_is_int(c, &by) ? by : 0;
}

/* addresses of the lanes */
static LLVMValueRef places(EmitKernel *ek, int buffer, const Ix *index) {
    Emit *e = ek->e;
    int64_t by = lane_stride(ek, index);
    if (by == 0) return element_place(ek, buffer, emit_ix_vector(ek, index));
    LLVMValueRef first = element_place(ek, buffer, emit_ix(ek, index)), lanes[LANES];
    LLVMTypeRef type = by < (1 << 24) && by > -(1 << 24) ? e->i32 : e->i64;
    for (int i = 0; i < LANES; i++) lanes[i] = LLVMConstInt(type, (unsigned long long)(i * by), 1);
    LLVMTypeRef memory = emit_memory_type(e, ek->k->buffers.at[buffer]->type->dtype);
    LLVMValueRef at = LLVMConstVector(lanes, LANES);
    return LLVMBuildGEP2(ek->b, memory, first, &at, 1, "");
}

/* --check=bounds: stops before an access outside of the buffer; a vector's lanes each */
static void check_access(EmitKernel *ek, int buffer, const Ix *index, int vector) {
    if (ek->k->bounds_site < 0) return;
    const Type *type = ek->k->buffers.at[buffer]->type;
    LLVMValueRef at = vector ? emit_ix_vector(ek, index) : emit_ix(ek, index);
    LLVMValueRef count = emit_dim(ek, type_count(ek->t->dims, type)), limit = count;
    if (emit_is_vector(at)) {
        if (LLVMGetElementType(LLVMTypeOf(at)) != ek->e->i64)
            at = LLVMBuildSExt(ek->b, at, emit_vector(ek->e->i64), "");
        limit = emit_splat(ek, count);
    }
    LLVMValueRef bad = LLVMBuildICmp(ek->b, LLVMIntUGE, at, limit, "");
    emit_trap_value(ek, bad, ek->k->bounds_site, at, count);
    if (ek->mask && emit_is_vector(bad)) bad = LLVMBuildAnd(ek->b, bad, ek->mask, "");
    EmitIf branch = if_begin(ek, emit_any(ek, bad));
    LLVMTypeRef stop = LLVMFunctionType(ek->e->nothing, &ek->e->ptr, 1, 0);
    LLVMValueRef trap = LLVMGetNamedFunction(ek->e->module, "tgrt_trap");
    if (!trap) trap = LLVMAddFunction(ek->e->module, "tgrt_trap", stop);
    LLVMBuildCall2(ek->b, stop, trap, &ek->ctx, 1, "");
    if_end(ek, &branch);
}

/* ---- loads ---- */

static LLVMValueRef load_row(EmitKernel *ek, LLVMTypeRef type, LLVMValueRef place, unsigned bytes) {
    LLVMTypeRef vector = emit_vector(type);
    if (!ek->mask) {
        LLVMValueRef value = LLVMBuildLoad2(ek->b, vector, place, "");
        LLVMSetAlignment(value, bytes);
        return value;
    }
    LLVMValueRef args[] = {place, LLVMConstInt(ek->e->i32, bytes, 0), ek->mask,
                           LLVMConstNull(vector)};
    LLVMTypeRef overloads[] = {vector, ek->e->ptr};
    return emit_intrinsic(ek, "llvm.masked.load", overloads, 2, args, 4);
}

/* every second element: two loads that touch nothing beyond the last one */
static LLVMValueRef load_pairs(EmitKernel *ek, LLVMTypeRef type, LLVMValueRef place,
                               unsigned bytes) {
    LLVMValueRef last = emit_i64(ek->e, LANES - 1), pick[LANES];
    LLVMValueRef low = load_row(ek, type, place, bytes);
    LLVMValueRef high = load_row(ek, type, LLVMBuildGEP2(ek->b, type, place, &last, 1, ""), bytes);
    for (int i = 0; i < LANES; i++) {
        int at = i < LANES / 2 ? 2 * i : LANES + 2 * i - (LANES - 1);
        pick[i] = LLVMConstInt(ek->e->i32, (unsigned long long)at, 0);
    }
    return LLVMBuildShuffleVector(ek->b, low, high, LLVMConstVector(pick, LANES), "");
}

static LLVMValueRef load_one_by_one(EmitKernel *ek, LLVMTypeRef type, LLVMValueRef at,
                                    unsigned bytes) {
    LLVMValueRef value = LLVMGetPoison(emit_vector(type));
    for (int i = 0; i < LANES; i++) {
        LLVMValueRef lane = LLVMConstInt(ek->e->i32, (unsigned long long)i, 0);
        LLVMValueRef one =
            LLVMBuildLoad2(ek->b, type, LLVMBuildExtractElement(ek->b, at, lane, ""), "");
        LLVMSetAlignment(one, bytes);
        value = LLVMBuildInsertElement(ek->b, value, one, lane, "");
    }
    return value;
}

static LLVMValueRef load_places(EmitKernel *ek, LLVMTypeRef type, LLVMValueRef at, unsigned bytes) {
    if (!ek->mask && (!ek->e->wide || bytes < 4)) return load_one_by_one(ek, type, at, bytes);
    LLVMTypeRef vector = emit_vector(type);
    LLVMValueRef args[] = {at, LLVMConstInt(ek->e->i32, bytes, 0), mask_or_all(ek),
                           LLVMConstNull(vector)};
    LLVMTypeRef overloads[] = {vector, LLVMTypeOf(at)};
    return emit_intrinsic(ek, "llvm.masked.gather", overloads, 2, args, 4);
}

static LLVMValueRef reversed(EmitKernel *ek, LLVMValueRef vector) {
    LLVMValueRef pick[LANES];
    for (int i = 0; i < LANES; i++)
        pick[i] = LLVMConstInt(ek->e->i32, (unsigned long long)(LANES - 1 - i), 0);
    return LLVMBuildShuffleVector(ek->b, vector, LLVMGetPoison(LLVMTypeOf(vector)),
                                  LLVMConstVector(pick, LANES), "");
}

/* which of sixteen neighbours any lane needs, when lane l needs number offsets[l] */
static LLVMValueRef needed_places(EmitKernel *ek, const int64_t *offsets) {
    LLVMValueRef mask = mask_or_all(ek), none = LLVMConstNull(LLVMTypeOf(mask)), needed = none;
    int left = LANES, taken[LANES] = {0};
    while (left > 0) { /* one lane for each place at a time */
        LLVMValueRef pick[LANES];
        for (int j = 0; j < LANES; j++) {
            int from = LANES; /* a lane of `none` */
            for (int l = 0; l < LANES && from == LANES; l++)
                if (!taken[l] && offsets[l] == j) from = l;
            if (from < LANES) taken[from] = 1, left--;
            pick[j] = LLVMConstInt(ek->e->i32, (unsigned long long)from, 0);
        }
        LLVMValueRef some =
            LLVMBuildShuffleVector(ek->b, mask, none, LLVMConstVector(pick, LANES), "");
        needed = LLVMBuildOr(ek->b, needed, some, "");
    }
    return needed;
}

/* lanes within sixteen neighbours: these are loaded and dealt out */
static LLVMValueRef load_near(EmitKernel *ek, LLVMTypeRef type, int buffer, const Ix *index,
                              int64_t *offsets, unsigned bytes) {
    int64_t least = 0, most = 0;
    for (int l = 0; l < LANES; l++) {
        if (offsets[l] < least) least = offsets[l];
        if (offsets[l] > most) most = offsets[l];
    }
    if (most - least >= LANES) return NULL;
    LLVMValueRef pick[LANES], outside = ek->mask, by = emit_i64(ek->e, least);
    for (int l = 0; l < LANES; l++) {
        offsets[l] -= least;
        pick[l] = LLVMConstInt(ek->e->i32, (unsigned long long)offsets[l], 0);
    }
    LLVMValueRef place = element_place(ek, buffer, emit_ix(ek, index));
    ek->mask = needed_places(ek, offsets);
    LLVMValueRef near = load_row(ek, type, LLVMBuildGEP2(ek->b, type, place, &by, 1, ""), bytes);
    ek->mask = outside;
    return LLVMBuildShuffleVector(ek->b, near, LLVMGetPoison(LLVMTypeOf(near)),
                                  LLVMConstVector(pick, LANES), "");
}

LLVMValueRef emit_load(EmitKernel *ek, int buffer, const Ix *index) {
    DType dtype = ek->k->buffers.at[buffer]->type->dtype;
    LLVMTypeRef type = emit_memory_type(ek->e, dtype);
    unsigned bytes = (unsigned)dtype_bytes(dtype);
    LLVMValueRef value;
    check_access(ek, buffer, index, emit_varies(ek, index->vars));
    if (!emit_varies(ek, index->vars)) {
        value = LLVMBuildLoad2(ek->b, type, element_place(ek, buffer, emit_ix(ek, index)), "");
        return emit_from_memory(ek, dtype, value);
    }
    int64_t by = lane_stride(ek, index);
    if (by == 1) {
        value = load_row(ek, type, element_place(ek, buffer, emit_ix(ek, index)), bytes);
    } else if (by == 2 && !ek->mask) {
        value = load_pairs(ek, type, element_place(ek, buffer, emit_ix(ek, index)), bytes);
    } else if (by == -1 && !ek->mask) {
        LLVMValueRef back = emit_i64(ek->e, 1 - LANES),
                     first = element_place(ek, buffer, emit_ix(ek, index));
        value = reversed(
            ek, load_row(ek, type, LLVMBuildGEP2(ek->b, type, first, &back, 1, ""), bytes));
    } else {
        int64_t offsets[LANES];
        int wide = ek->e->wide || bytes >= 4;
        value = wide && emit_lane_offsets(ek, index, offsets)
                    ? load_near(ek, type, buffer, index, offsets, bytes)
                    : NULL;
        if (!value) value = load_places(ek, type, places(ek, buffer, index), bytes);
    }
    return emit_from_memory(ek, dtype, value);
}

/* ---- stores ---- */

static void store_row(EmitKernel *ek, LLVMValueRef value, LLVMValueRef place, unsigned bytes) {
    if (!ek->mask) {
        LLVMSetAlignment(LLVMBuildStore(ek->b, value, place), bytes);
        return;
    }
    LLVMValueRef args[] = {value, place, LLVMConstInt(ek->e->i32, bytes, 0), ek->mask};
    LLVMTypeRef overloads[] = {LLVMTypeOf(value), ek->e->ptr};
    emit_intrinsic(ek, "llvm.masked.store", overloads, 2, args, 4);
}

void emit_store(EmitKernel *ek, int buffer, const Ix *place, LLVMValueRef value) {
    DType dtype = ek->k->buffers.at[buffer]->type->dtype;
    unsigned bytes = (unsigned)dtype_bytes(dtype);
    value = emit_to_memory(ek, dtype, value);
    check_access(ek, buffer, place, emit_varies(ek, place->vars));
    if (!emit_varies(ek, place->vars)) {
        LLVMBuildStore(ek->b, value, element_place(ek, buffer, emit_ix(ek, place)));
        return;
    }
    value = emit_splat(ek, value);
    if (lane_stride(ek, place) == 1) {
        store_row(ek, value, element_place(ek, buffer, emit_ix(ek, place)), bytes);
        return;
    }
    LLVMValueRef at = places(ek, buffer, place);
    LLVMValueRef args[] = {value, at, LLVMConstInt(ek->e->i32, bytes, 0), mask_or_all(ek)};
    LLVMTypeRef overloads[] = {LLVMTypeOf(value), LLVMTypeOf(at)};
    emit_intrinsic(ek, "llvm.masked.scatter", overloads, 2, args, 4);
}
