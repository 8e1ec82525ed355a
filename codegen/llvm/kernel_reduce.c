/* kernel_reduce.c: reductions over the row axes, in the order of ir/order.h. Stages over the same
   rows that do not need each other's results go through the rows together. */
#include "codegen/llvm/emit.h"

#include <math.h>

#include "ir/order.h"

typedef struct Accumulator Accumulator;
struct Accumulator {
    const Stage *s;
    DType dtype; /* what is accumulated in */
    LLVMTypeRef type;
    LLVMValueRef place; /* alloca */
    LLVMValueRef index; /* alloca: argmax, argmin */
    BlockStack stack;
};

typedef struct Reduction Reduction;
struct Reduction {
    Accumulator *each;
    int n, lanes, blocks;
    LLVMValueRef chunks; /* alloca: in the current block */
    int64_t block_length;
};

/* ---- operations ---- */

static LLVMValueRef extreme(Emit *e, DType dtype, int largest) {
    switch (dtype) {
    case DT_bool:
        return LLVMConstInt(e->i8, (unsigned long long)largest, 0);
    case DT_u8:
        return LLVMConstInt(e->i8, largest ? UINT8_MAX : 0, 0);
    case DT_i32:
        return LLVMConstInt(e->i32, (unsigned long long)(largest ? INT32_MAX : INT32_MIN), 1);
    case DT_i64:
        return LLVMConstInt(e->i64, (unsigned long long)(largest ? INT64_MAX : INT64_MIN), 1);
    default:
        return LLVMConstReal(emit_register_type(e, dtype),
                             largest ? (double)INFINITY : -(double)INFINITY);
    }
}

LLVMValueRef emit_identity(EmitKernel *ek, Op op, DType dtype) {
    LLVMTypeRef type = emit_register_type(ek->e, dtype);
    switch (reduction_info(op)->start) {
    case START_one:
        return dtype_is_float(dtype) ? LLVMConstReal(type, 1.0) : LLVMConstInt(type, 1, 0);
    case START_least:
        return extreme(ek->e, dtype, 0);
    case START_greatest:
        return extreme(ek->e, dtype, 1);
    default:
        return LLVMConstNull(type);
    }
}

static int is_arg(const Stage *s) {
    return s->reduce == OP_argmax || s->reduce == OP_argmin;
}

static LLVMValueRef load(EmitKernel *ek, LLVMValueRef place, LLVMTypeRef type) {
    return LLVMBuildLoad2(ek->b, type, place, "");
}

static LLVMValueRef initial(EmitKernel *ek, const Accumulator *a) {
    LLVMValueRef identity = emit_identity(ek, a->s->reduce, a->dtype);
    return LLVMGetTypeKind(a->type) == LLVMVectorTypeKind ? emit_splat(ek, identity) : identity;
}

/* ---- argmax, argmin: the first of equals, the first nan wins ---- */

static LLVMTypeRef index_type(EmitKernel *ek, const Accumulator *a) {
    return LLVMGetTypeKind(a->type) == LLVMVectorTypeKind ? emit_vector(ek->e->i64) : ek->e->i64;
}

static LLVMValueRef no_index(EmitKernel *ek, const Accumulator *a) {
    LLVMValueRef none = emit_i64(ek->e, INT64_MAX);
    return LLVMGetTypeKind(a->type) == LLVMVectorTypeKind ? emit_splat(ek, none) : none;
}

static LLVMValueRef is_nan(EmitKernel *ek, LLVMValueRef x) {
    return LLVMBuildFCmp(ek->b, LLVMRealUNO, x, x, "");
}

static LLVMValueRef better(EmitKernel *ek, const Accumulator *a, LLVMValueRef x,
                           LLVMValueRef best) {
    int more = a->s->reduce == OP_argmax;
    if (!dtype_is_float(a->dtype)) {
        int is_signed = a->dtype == DT_i32 || a->dtype == DT_i64;
        LLVMIntPredicate p =
            is_signed ? (more ? LLVMIntSGT : LLVMIntSLT) : (more ? LLVMIntUGT : LLVMIntULT);
        return LLVMBuildICmp(ek->b, p, x, best, "");
    }
    LLVMValueRef beyond = LLVMBuildFCmp(ek->b, more ? LLVMRealOGT : LLVMRealOLT, x, best, "");
    LLVMValueRef first_nan =
        LLVMBuildAnd(ek->b, is_nan(ek, x), LLVMBuildNot(ek->b, is_nan(ek, best), ""), "");
    return LLVMBuildOr(ek->b, beyond, first_nan, "");
}

static LLVMValueRef equal(EmitKernel *ek, const Accumulator *a, LLVMValueRef x, LLVMValueRef y) {
    if (!dtype_is_float(a->dtype)) return LLVMBuildICmp(ek->b, LLVMIntEQ, x, y, "");
    LLVMValueRef nans = LLVMBuildAnd(ek->b, is_nan(ek, x), is_nan(ek, y), "");
    return LLVMBuildOr(ek->b, LLVMBuildFCmp(ek->b, LLVMRealOEQ, x, y, ""), nans, "");
}

static LLVMValueRef row_position(EmitKernel *ek, const Accumulator *a) {
    int var = ek->k->nouter + a->s->nrow - 1;
    LLVMValueRef at = a->s->nrow ? ek->vars[var] : emit_i64(ek->e, 0);
    if (LLVMGetTypeKind(a->type) != LLVMVectorTypeKind) return at;
    at = emit_splat(ek, at);
    return a->s->lanes ? LLVMBuildAdd(ek->b, at, emit_iota(ek, ek->e->i64), "") : at;
}

static void take_best(EmitKernel *ek, const Accumulator *a, LLVMValueRef x, LLVMValueRef mask) {
    LLVMValueRef best = load(ek, a->place, a->type), at = load(ek, a->index, index_type(ek, a));
    LLVMValueRef none = LLVMBuildICmp(ek->b, LLVMIntEQ, at, no_index(ek, a), "");
    LLVMValueRef take = LLVMBuildOr(ek->b, better(ek, a, x, best), none, "");
    if (mask) take = LLVMBuildAnd(ek->b, take, mask, "");
    LLVMBuildStore(ek->b, LLVMBuildSelect(ek->b, take, x, best, ""), a->place);
    LLVMBuildStore(ek->b, LLVMBuildSelect(ek->b, take, row_position(ek, a), at, ""), a->index);
}

static LLVMValueRef best_index(EmitKernel *ek, const Accumulator *a) {
    LLVMValueRef best = load(ek, a->place, a->type), at = load(ek, a->index, index_type(ek, a));
    for (int h = LANES / 2; h >= 1 && a->s->lanes; h /= 2) {
        LLVMValueRef x = emit_lanes_down(ek, best, h), i = emit_lanes_down(ek, at, h);
        LLVMValueRef earlier = LLVMBuildAnd(ek->b, equal(ek, a, x, best),
                                            LLVMBuildICmp(ek->b, LLVMIntSLT, i, at, ""), "");
        LLVMValueRef take = LLVMBuildOr(ek->b, better(ek, a, x, best), earlier, "");
        best = LLVMBuildSelect(ek->b, take, x, best, "");
        at = LLVMBuildSelect(ek->b, take, i, at, "");
    }
    LLVMValueRef none = LLVMBuildICmp(ek->b, LLVMIntEQ, at, no_index(ek, a), "");
    at = LLVMBuildSelect(ek->b, none, LLVMConstNull(LLVMTypeOf(at)), at, "");
    if (!a->s->lanes) return at;
    return LLVMBuildExtractElement(ek->b, at, LLVMConstInt(ek->e->i32, 0, 0), "");
}

/* ---- elements and blocks ---- */

static void accumulate(EmitKernel *ek, const Reduction *r, LLVMValueRef mask) {
    LLVMValueRef values[MAX_RANK];
    for (int i = 0; i < r->n; i++) values[i] = emit_kx_lanes(ek, r->each[i].s->value);
    for (int i = 0; i < r->n; i++) {
        const Accumulator *a = &r->each[i];
        if (is_arg(a->s)) {
            take_best(ek, a, values[i], mask);
            continue;
        }
        LLVMValueRef old = load(ek, a->place, a->type), args[] = {old, values[i]};
        LLVMValueRef sum =
            emit_map(ek, reduction_info(a->s->reduce)->join, a->dtype, a->dtype, args, 2);
        if (mask) sum = LLVMBuildSelect(ek->b, mask, sum, old, "");
        LLVMBuildStore(ek->b, sum, a->place);
    }
}

static void push_blocks(EmitKernel *ek, const Reduction *r) {
    for (int i = 0; i < r->n; i++) {
        const Accumulator *a = &r->each[i];
        if (is_arg(a->s)) continue;
        stack_push(ek, &a->stack, load(ek, a->place, a->type));
        LLVMBuildStore(ek->b, initial(ek, a), a->place);
    }
    LLVMBuildStore(ek->b, emit_i64(ek->e, 0), r->chunks);
}

static void chunk(EmitKernel *ek, const Reduction *r, LLVMValueRef mask) {
    accumulate(ek, r, mask);
    if (!r->blocks) return;
    LLVMValueRef count =
        LLVMBuildAdd(ek->b, load(ek, r->chunks, ek->e->i64), emit_i64(ek->e, 1), "");
    LLVMBuildStore(ek->b, count, r->chunks);
    LLVMValueRef full =
        LLVMBuildICmp(ek->b, LLVMIntEQ, count, emit_i64(ek->e, r->block_length), "");
    EmitIf branch = if_begin(ek, full);
    push_blocks(ek, r);
    if_end(ek, &branch);
}

/* ---- the rows ---- */

static uint64_t vars_from(int var) {
    return var >= 64 ? 0 : ~(uint64_t)0 << var;
}

static void hoist_all(EmitKernel *ek, const Reduction *r, int var) {
    for (int i = 0; i < r->n; i++) emit_hoist(ek, r->each[i].s->value, vars_from(var));
}

/* the inner run: whole chunks, then the short one */
static void lane_row(EmitKernel *ek, const Reduction *r, int var, const Dim *extent) {
    LLVMValueRef n = emit_dim(ek, extent);
    LLVMValueRef whole = LLVMBuildAnd(ek->b, n, emit_i64(ek->e, -LANES), "");
    int64_t known = -1;
    int is_known = dim_is_int(extent, &known);
    hoist_all(ek, r, var);
    ek->lane_var = var;
    ek->aligned = 1;
    if (!is_known || known >= LANES) {
        EmitLoop loop = loop_begin(ek, emit_i64(ek->e, 0), whole, LANES, "row");
        ek->vars[var] = loop.value;
        chunk(ek, r, NULL);
        loop_end(ek, &loop);
    }
    if (!is_known || known % LANES != 0) {
        EmitIf rest = if_begin(ek, LLVMBuildICmp(ek->b, LLVMIntSLT, whole, n, ""));
        ek->vars[var] = whole;
        ek->mask = emit_lanes_below(ek, whole, n);
        chunk(ek, r, ek->mask);
        ek->mask = NULL;
        if_end(ek, &rest);
    }
    ek->lane_var = -1;
    ek->aligned = 0;
}

static void rows(EmitKernel *ek, const Reduction *r, int axis) {
    const Stage *s = r->each[0].s;
    int var = ek->k->nouter + axis;
    if (axis == s->nrow) {
        chunk(ek, r, NULL);
        return;
    }
    if (s->lanes && axis == s->nrow - 1) {
        lane_row(ek, r, var, s->row[axis]);
        return;
    }
    hoist_all(ek, r, var);
    EmitLoop loop = loop_begin(ek, emit_i64(ek->e, 0), emit_dim(ek, s->row[axis]), 1, "row");
    ek->vars[var] = loop.value;
    rows(ek, r, axis + 1);
    loop_end(ek, &loop);
}

/* ---- short rows, sixteen at once (lanes.c): the lanes of each row's own vector, one after the
 * other ---- */

static void set_row(EmitKernel *ek, const Stage *s, int64_t r) {
    ek->vars[ek->k->nouter + s->nrow - 1] = emit_i64(ek->e, r);
}

static LLVMValueRef short_best(EmitKernel *ek, const Accumulator *a, int64_t n) {
    LLVMValueRef best = NULL, at = NULL;
    for (int64_t r = 0; r < n; r++) {
        int mark = scope_begin(ek);
        set_row(ek, a->s, r);
        LLVMValueRef x = emit_kx_lanes(ek, a->s->value), here = emit_splat(ek, emit_i64(ek->e, r));
        scope_end(ek, mark);
        LLVMValueRef take = best ? better(ek, a, x, best) : NULL;
        best = take ? LLVMBuildSelect(ek->b, take, x, best, "") : x;
        at = take ? LLVMBuildSelect(ek->b, take, here, at, "") : here;
    }
    return at ? at : emit_splat(ek, emit_i64(ek->e, 0));
}

/* lanes that hold no element are the identity, which joining with changes nothing */
static LLVMValueRef short_sum(EmitKernel *ek, const Accumulator *a, int64_t n) {
    LLVMValueRef lanes[LANES], identity = emit_splat(ek, emit_identity(ek, a->s->reduce, a->dtype));
    Op join = reduction_info(a->s->reduce)->join;
    for (int64_t r = 0; r < n; r++) {
        int mark = scope_begin(ek);
        set_row(ek, a->s, r);
        LLVMValueRef args[] = {identity, emit_kx_lanes(ek, a->s->value)};
        lanes[r] = emit_map(ek, join, a->dtype, a->dtype, args, 2);
        scope_end(ek, mark);
    }
    if (n == 0) return identity;
    for (int64_t h = LANES / 2; h >= 1; h /= 2)
        for (int64_t l = 0; l < h && l + h < n; l++) {
            LLVMValueRef args[] = {lanes[l], lanes[l + h]};
            lanes[l] = emit_map(ek, join, a->dtype, a->dtype, args, 2);
        }
    return lanes[0];
}

static void short_rows(EmitKernel *ek, Stage *const *stages, int n) {
    for (int i = 0; i < n; i++) {
        Accumulator a = {.s = stages[i], .dtype = dtype_compute(stages[i]->value->dtype)};
        int64_t length = dim_value(stages[i]->row[0]);
        emit_hoist(ek, stages[i]->value, vars_from(ek->k->nouter));
        LLVMValueRef value =
            is_arg(stages[i]) ? short_best(ek, &a, length) : short_sum(ek, &a, length);
        ek->temps[stages[i]->temp] =
            is_arg(stages[i]) ? value : emit_round(ek, stages[i]->dtype, value);
    }
}

/* ---- the whole ---- */

static int needs_blocks(const Stage *s) {
    if (s->plain) return 0;
    int64_t chunks = 1;
    for (int i = 0; i < s->nrow; i++) {
        int64_t n = dim_upper(s->row[i]);
        if (n < 0) return 1;
        if (s->lanes && i == s->nrow - 1) n = (n + LANES - 1) / LANES;
        chunks = n > 1000 ? 1000 : chunks * n;
        if (chunks > ORDER_BLOCK_CHUNKS) return 1;
    }
    return 0;
}

static int has_no_rows(const Stage *s) {
    int64_t n;
    for (int i = 0; i < s->nrow; i++)
        if (dim_is_int(s->row[i], &n) && n == 0) return 1;
    return 0;
}

static void begin(EmitKernel *ek, Reduction *r, Accumulator *a, const Stage *s) {
    a->s = s;
    a->dtype = dtype_compute(s->value->dtype);
    a->type = emit_register_type(ek->e, a->dtype);
    if (s->lanes || ek->lane_var >= 0) a->type = emit_vector(a->type);
    a->place = emit_alloca(ek, a->type, "sum");
    LLVMBuildStore(ek->b, initial(ek, a), a->place);
    if (is_arg(s)) {
        a->index = emit_alloca(ek, index_type(ek, a), "index");
        LLVMBuildStore(ek->b, no_index(ek, a), a->index);
    } else if (r->blocks) {
        a->stack = stack_new(ek, reduction_info(s->reduce)->join, a->dtype, a->type);
        stack_reset(ek, &a->stack);
    }
}

static LLVMValueRef end(EmitKernel *ek, const Reduction *r, const Accumulator *a) {
    if (is_arg(a->s)) return best_index(ek, a);
    LLVMValueRef sum;
    if (r->blocks)
        sum = stack_finish(ek, &a->stack, initial(ek, a));
    else
        sum = load(ek, a->place, a->type);
    if (a->s->lanes) sum = emit_join_lanes(ek, reduction_info(a->s->reduce)->join, a->dtype, sum);
    return emit_round(ek, a->s->dtype, sum);
}

void emit_reductions(EmitKernel *ek, Stage *const *stages, int n) {
    if (ek->k->across && stages[0]->lanes) {
        short_rows(ek, stages, n);
        return;
    }
    Accumulator each[MAX_RANK] = {0};
    Reduction r = {.each = each, .n = n, .lanes = stages[0]->lanes};
    int outer_lane = ek->lane_var;
    LLVMValueRef outer_mask = ek->mask;
    r.blocks = needs_blocks(stages[0]);
    r.block_length = r.lanes ? ORDER_BLOCK_CHUNKS : ORDER_BLOCK_SERIAL;
    for (int i = 0; i < n; i++) begin(ek, &r, &each[i], stages[i]);
    if (r.blocks) {
        r.chunks = emit_alloca(ek, ek->e->i64, "chunks");
        LLVMBuildStore(ek->b, emit_i64(ek->e, 0), r.chunks);
    }
    if (!has_no_rows(stages[0])) rows(ek, &r, 0);
    ek->lane_var = outer_lane;
    ek->mask = outer_mask;
    if (r.blocks) {
        LLVMValueRef some = LLVMBuildICmp(ek->b, LLVMIntSGT, load(ek, r.chunks, ek->e->i64),
                                          emit_i64(ek->e, 0), "");
        EmitIf last = if_begin(ek, some);
        push_blocks(ek, &r);
        if_end(ek, &last);
    }
    for (int i = 0; i < n; i++) ek->temps[stages[i]->temp] = end(ek, &r, &each[i]);
}
