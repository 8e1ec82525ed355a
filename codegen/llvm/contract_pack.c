/* contract_pack.c: evaluates a block of an operand into its pack, sixteen elements at a time: along k or along the operand's own
   axis, whichever lies in line in memory; turned round where the tile wants the other. */
#include "codegen/llvm/contract.h"

enum { BLOCK = LANES };

/* ---- addresses ---- */

LLVMValueRef contract_scratch(Contract *c, int64_t elements, const char *name) {
    LLVMValueRef data = emit_alloca(c->ek, LLVMArrayType2(c->type, (uint64_t)elements), name);
    LLVMSetAlignment(data, 64);
    return data;
}

LLVMValueRef contract_at(Contract *c, LLVMValueRef data, LLVMValueRef index) {
    return LLVMBuildInBoundsGEP2(c->ek->b, c->type, data, &index, 1, "");
}

LLVMValueRef contract_at_n(Contract *c, LLVMValueRef data, int64_t index) {
    return index == 0 ? data : contract_at(c, data, emit_i64(c->ek->e, index));
}

LLVMValueRef contract_times(Contract *c, LLVMValueRef a, int64_t by) {
    return by == 1 ? a : LLVMBuildNSWMul(c->ek->b, a, emit_i64(c->ek->e, by), "");
}

LLVMValueRef contract_least(Contract *c, LLVMValueRef a, LLVMValueRef b) {
    LLVMBuilderRef builder = c->ek->b;
    return LLVMBuildSelect(builder, LLVMBuildICmp(builder, LLVMIntSLT, a, b, ""), a, b, "");
}

void contract_put(Contract *c, LLVMValueRef value, LLVMValueRef to) {
    EmitKernel *ek = c->ek;
    unsigned bytes = (unsigned)dtype_bytes(c->dtype);
    if (!ek->mask) {
        LLVMSetAlignment(LLVMBuildStore(ek->b, value, to), bytes);
        return;
    }
    LLVMValueRef args[] = {value, to, LLVMConstInt(ek->e->i32, bytes, 0), ek->mask};
    LLVMTypeRef overloads[] = {c->vector, ek->e->ptr};
    emit_intrinsic(ek, "llvm.masked.store", overloads, 2, args, 4);
}

/* ---- what lies in line ---- */

typedef struct Lines Lines;
struct Lines {
    Exprs *t;
    int var, in_line, scattered; /* numbers of loads */
};

static void see_load(const Kx *k, void *data) {
    Lines *l = data;
    int64_t by;
    if (k->kind != KX_LOAD || !(k->index->vars >> l->var & 1)) return;
    const Dim *step = ix_is_affine_in(k->index, l->var) ? ix_coefficient(k->index, l->var) : NULL;
    if (step && dim_is_int(step, &by) && by == 1)
        l->in_line++;
    else
        l->scattered++;
}

static Lines lines_of(Contract *c, const Kx *value, int var) {
    Lines lines = {.t = c->ek->t, .var = var};
    Visit v;
    visit_begin(&v, c->ek->t);
    v.kx = see_load;
    v.data = &lines;
    visit_kx(&v, value);
    return lines;
}

int pack_is_along_k(Contract *c, const Kx *value, int var) {
    Lines own = lines_of(c, value, var), k = lines_of(c, value, FLAT_K);
    return k.in_line - k.scattered > own.in_line - own.scattered;
}

int pack_gathers(Contract *c, const Kx *value, int var) {
    return lines_of(c, value, var).scattered > 0 && lines_of(c, value, FLAT_K).scattered > 0;
}

/* ---- sixteen elements ---- */

/* elements from `at` on of lanes_var, `left` of them exist; the others are zero */
static void put_lanes(Contract *c, const Pack *p, int lanes_var, LLVMValueRef at, LLVMValueRef left, LLVMValueRef to) {
    EmitKernel *ek = c->ek;
    ek->vars[lanes_var] = at;
    ek->lane_var = lanes_var;
    ek->mask = left ? emit_lanes_below(ek, emit_i64(ek->e, 0), left) : NULL;
    int mark = scope_begin(ek);
    LLVMValueRef value = emit_kx_lanes(ek, p->value);
    if (ek->mask) value = LLVMBuildSelect(ek->b, ek->mask, value, LLVMConstNull(c->vector), "");
    scope_end(ek, mark);
    ek->lane_var = -1;
    ek->mask = NULL;
    LLVMSetAlignment(LLVMBuildStore(ek->b, value, to), (unsigned)dtype_bytes(c->dtype));
}

/* whole vectors from `from` on, then the rest under a mask: to[i * step] for vector i */
typedef struct Line Line;
struct Line {
    const Pack *p;
    int var;
    LLVMValueRef from, count, to;
    int64_t step;
};

static void put_line(Contract *c, const Line *l) {
    EmitKernel *ek = c->ek;
    LLVMValueRef whole = LLVMBuildAnd(ek->b, l->count, emit_i64(ek->e, -BLOCK), "");
    EmitLoop loop = loop_begin(ek, emit_i64(ek->e, 0), whole, BLOCK, "pack");
    LLVMValueRef to = contract_at(c, l->to, contract_times(c, loop.value, l->step));
    put_lanes(c, l->p, l->var, LLVMBuildAdd(ek->b, l->from, loop.value, ""), NULL, to);
    loop_end(ek, &loop);
    EmitIf rest = if_begin(ek, LLVMBuildICmp(ek->b, LLVMIntSLT, whole, l->count, ""));
    to = contract_at(c, l->to, contract_times(c, whole, l->step));
    put_lanes(c, l->p, l->var, LLVMBuildAdd(ek->b, l->from, whole, ""), LLVMBuildSub(ek->b, l->count, whole, ""), to);
    if_end(ek, &rest);
}

/* ---- lanes: to[k * stride + lane] ---- */

/* a vector's place, all k's: one loop for whole vectors, one for the last */
static void pack_column(Contract *c, const Pack *p, LLVMValueRef to, LLVMValueRef from, LLVMValueRef left, LLVMValueRef k,
                        LLVMValueRef nk) {
    EmitKernel *ek = c->ek;
    EmitLoop loop = loop_begin(ek, emit_i64(ek->e, 0), nk, 1, "pack");
    ek->vars[FLAT_K] = LLVMBuildAdd(ek->b, k, loop.value, "");
    put_lanes(c, p, p->var, from, left, contract_at(c, to, contract_times(c, loop.value, p->stride)));
    loop_end(ek, &loop);
}

/* sixteen places' lines of k, turned round sixteen k's at a time */
static void pack_turned(Contract *c, const Pack *p, LLVMValueRef to, LLVMValueRef from, LLVMValueRef count, LLVMValueRef k,
                        LLVMValueRef nk) {
    EmitKernel *ek = c->ek;
    LLVMValueRef zero = emit_i64(ek->e, 0), square = contract_scratch(c, BLOCK * (K_BLOCK + BLOCK), "square");
    int64_t line = K_BLOCK + BLOCK;
    EmitLoop place = loop_begin(ek, zero, contract_least(c, count, emit_i64(ek->e, BLOCK)), 1, "place");
    ek->vars[p->var] = LLVMBuildAdd(ek->b, from, place.value, "");
    Line l = {p, FLAT_K, k, nk, contract_at(c, square, contract_times(c, place.value, line)), 1};
    put_line(c, &l);
    loop_end(ek, &place);
    EmitLoop turn = loop_begin(ek, zero, nk, BLOCK, "turn");
    contract_turn(c, contract_at(c, square, turn.value), line, contract_at(c, to, contract_times(c, turn.value, p->stride)),
                  p->stride);
    loop_end(ek, &turn);
}

void pack_lanes(Contract *c, const Pack *p, LLVMValueRef to, LLVMValueRef from, LLVMValueRef count, int vectors, LLVMValueRef k,
                LLVMValueRef nk) {
    EmitKernel *ek = c->ek;
    LLVMValueRef end = contract_least(c, count, emit_i64(ek->e, vectors * BLOCK));
    EmitLoop loop = loop_begin(ek, emit_i64(ek->e, 0), end, BLOCK, "vector");
    LLVMValueRef at = LLVMBuildAdd(ek->b, from, loop.value, ""), left = LLVMBuildSub(ek->b, end, loop.value, "");
    LLVMValueRef column = contract_at(c, to, loop.value);
    if (p->along_k) {
        pack_turned(c, p, column, at, left, k, nk);
    } else {
        LLVMValueRef whole = LLVMBuildICmp(ek->b, LLVMIntSGE, left, emit_i64(ek->e, BLOCK), "");
        EmitIf full = if_begin(ek, whole);
        pack_column(c, p, column, at, NULL, k, nk);
        if_end(ek, &full);
        EmitIf part = if_begin(ek, LLVMBuildNot(ek->b, whole, ""));
        pack_column(c, p, column, at, left, k, nk);
        if_end(ek, &part);
    }
    loop_end(ek, &loop);
}

/* ---- rows: along k to[row * stride + k], else to[k * stride + row] ---- */

void pack_rows(Contract *c, const Pack *p, LLVMValueRef to, LLVMValueRef from, LLVMValueRef count, LLVMValueRef k, LLVMValueRef nk) {
    EmitKernel *ek = c->ek;
    LLVMValueRef zero = emit_i64(ek->e, 0);
    EmitLoop loop = loop_begin(ek, zero, p->along_k ? count : nk, 1, "line");
    Line l = {p, p->along_k ? FLAT_K : p->var, p->along_k ? k : from, p->along_k ? nk : count, NULL, 1};
    l.to = contract_at(c, to, contract_times(c, loop.value, p->stride));
    ek->vars[p->along_k ? p->var : FLAT_K] = LLVMBuildAdd(ek->b, p->along_k ? from : k, loop.value, "");
    put_line(c, &l);
    loop_end(ek, &loop);
}
