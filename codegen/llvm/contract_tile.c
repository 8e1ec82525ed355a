/* contract_tile.c: the inner loop of a tiled contraction: for each k a row of vectors, and each
   row's element broadcast, into sums that stay in registers; and 16 by 16 transposition. */
#include "codegen/llvm/contract.h"

static LLVMValueRef sum_of_products(Contract *c, LLVMValueRef a, LLVMValueRef b, LLVMValueRef sum) {
    LLVMValueRef args[] = {a, b, sum};
    if (dtype_is_float(c->dtype)) return emit_intrinsic(c->ek, "llvm.fma", &c->vector, 1, args, 3);
    return emit_map(c->ek, OP_fma, c->dtype, c->dtype, args, 3);
}

static LLVMValueRef load_vector(Contract *c, LLVMValueRef from) {
    LLVMValueRef value = LLVMBuildLoad2(c->ek->b, c->vector, from, "");
    LLVMSetAlignment(value, (unsigned)dtype_bytes(c->dtype));
    return value;
}

static void store_vector(Contract *c, LLVMValueRef value, LLVMValueRef to) {
    LLVMSetAlignment(LLVMBuildStore(c->ek->b, value, to), (unsigned)dtype_bytes(c->dtype));
}

/* an operand's place for k */
static LLVMValueRef operand_at(Contract *c, LLVMValueRef data, LLVMValueRef table, int64_t step,
                               LLVMValueRef k) {
    EmitKernel *ek = c->ek;
    if (!table) return contract_at(c, data, contract_times(c, k, step));
    LLVMValueRef place = LLVMBuildGEP2(ek->b, ek->e->i32, table, &k, 1, "");
    LLVMValueRef offset = LLVMBuildLoad2(ek->b, ek->e->i32, place, "");
    return contract_at(c, data, LLVMBuildZExt(ek->b, offset, ek->e->i64, ""));
}

static void one_k(Contract *c, const TileAt *at, LLVMValueRef *sums, LLVMValueRef k) {
    LLVMBuilderRef b = c->ek->b;
    LLVMValueRef lanes = operand_at(c, at->lanes, at->lanes_table, at->lanes_step, k);
    LLVMValueRef rows = operand_at(c, at->rows, at->rows_table, at->rows_step, k),
                 vectors[MOST_TILE];
    for (int j = 0; j < at->nvectors; j++)
        vectors[j] = load_vector(c, contract_at_n(c, lanes, j * at->vector_step));
    for (int i = 0; i < at->nrows; i++) {
        LLVMValueRef one = LLVMBuildLoad2(b, c->type, contract_at_n(c, rows, at->row[i]), "");
        one = emit_splat(c->ek, one);
        for (int j = 0; j < at->nvectors; j++) {
            LLVMValueRef place = sums[i * at->nvectors + j];
            LLVMValueRef sum = LLVMBuildLoad2(b, c->vector, place, "");
            LLVMBuildStore(b, sum_of_products(c, one, vectors[j], sum), place);
        }
    }
}

/* total = the first block's sum, then total + sum */
static void put_sums(Contract *c, const TileAt *at, LLVMValueRef *sums, int is_first) {
    LLVMBuilderRef b = c->ek->b;
    for (int i = 0; i < at->nrows; i++)
        for (int j = 0; j < at->nvectors; j++) {
            LLVMValueRef to = contract_at_n(c, at->sums, at->sum_row[i] + j * at->sum_vector);
            LLVMValueRef sum = LLVMBuildLoad2(b, c->vector, sums[i * at->nvectors + j], "");
            LLVMValueRef args[] = {is_first ? sum : load_vector(c, to), sum};
            if (!is_first) sum = emit_map(c->ek, OP_add, c->dtype, c->dtype, args, 2);
            store_vector(c, sum, to);
        }
}

/* the sums' lines are on their way while the tile is computed */
static void fetch_sums(Contract *c, const TileAt *at) {
    Emit *e = c->ek->e;
    LLVMValueRef one = LLVMConstInt(e->i32, 1, 0), three = LLVMConstInt(e->i32, 3, 0);
    for (int i = 0; i < at->nrows; i++)
        for (int j = 0; j < at->nvectors; j++) {
            LLVMValueRef args[] = {contract_at_n(c, at->sums, at->sum_row[i] + j * at->sum_vector),
                                   one, three, one};
            emit_intrinsic(c->ek, "llvm.prefetch", &e->ptr, 1, args, 4);
        }
}

void contract_tile(Contract *c, const TileAt *at) {
    EmitKernel *ek = c->ek;
    LLVMValueRef sums[MOST_TILE], zero = emit_i64(ek->e, 0);
    fetch_sums(c, at);
    for (int i = 0; i < at->nrows * at->nvectors; i++) {
        sums[i] = emit_alloca(ek, c->vector, "sum");
        LLVMBuildStore(ek->b, LLVMConstNull(c->vector), sums[i]);
    }
    int unroll = at->nrows * at->nvectors >= 16 ? 1 : 2;
    LLVMValueRef whole = LLVMBuildAnd(ek->b, at->count, emit_i64(ek->e, -unroll), "");
    EmitLoop loop = loop_begin(ek, zero, whole, unroll, "k");
    for (int u = 0; u < unroll; u++)
        one_k(c, at, sums, LLVMBuildNUWAdd(ek->b, loop.value, emit_i64(ek->e, u), ""));
    loop_end(ek, &loop);
    if (unroll > 1) {
        EmitLoop rest = loop_begin(ek, whole, at->count, 1, "k");
        one_k(c, at, sums, rest.value);
        loop_end(ek, &rest);
    }
    EmitIf first = if_begin(ek, at->first);
    put_sums(c, at, sums, 1);
    if_end(ek, &first);
    EmitIf later = if_begin(ek, LLVMBuildNot(ek->b, at->first, ""));
    put_sums(c, at, sums, 0);
    if_end(ek, &later);
}

/* ---- transposition: four rounds, in each of which rows at a distance exchange halves of runs ----
 */

static LLVMValueRef exchanged(Contract *c, LLVMValueRef x, LLVMValueRef y, int distance,
                              int upper) {
    LLVMValueRef pick[LANES];
    for (int i = 0; i < LANES; i++) {
        int in_upper = (i & distance) != 0;
        int at =
            upper ? (in_upper ? LANES + i : i + distance) : (in_upper ? LANES + i - distance : i);
        pick[i] = LLVMConstInt(c->ek->e->i32, (unsigned long long)at, 0);
    }
    return LLVMBuildShuffleVector(c->ek->b, x, y, LLVMConstVector(pick, LANES), "");
}

/* the body of a function of its own: code for it is made once a type */
static void turn_body(Contract *c, LLVMValueRef f) {
    LLVMBuilderRef outside = c->ek->b, b = LLVMCreateBuilderInContext(c->ek->e->context);
    LLVMValueRef rows[LANES], from = LLVMGetParam(f, 0), to = LLVMGetParam(f, 2);
    LLVMPositionBuilderAtEnd(b, LLVMAppendBasicBlockInContext(c->ek->e->context, f, ""));
    c->ek->b = b;
    for (int i = 0; i < LANES; i++) {
        rows[i] = load_vector(c, from);
        from = contract_at(c, from, LLVMGetParam(f, 1));
    }
    for (int distance = 8; distance >= 1; distance /= 2)
        for (int i = 0; i < LANES; i++) {
            if (i & distance) continue;
            LLVMValueRef x = rows[i], y = rows[i + distance];
            rows[i] = exchanged(c, x, y, distance, 0);
            rows[i + distance] = exchanged(c, x, y, distance, 1);
        }
    for (int i = 0; i < LANES; i++) {
        store_vector(c, rows[i], to);
        to = contract_at(c, to, LLVMGetParam(f, 3));
    }
    LLVMBuildRetVoid(b);
    LLVMDisposeBuilder(b);
    c->ek->b = outside;
}

/* to[l * to_line + r] = from[r * from_line + l] */
void contract_turn(Contract *c, LLVMValueRef from, int64_t from_line, LLVMValueRef to,
                   int64_t to_line) {
    Emit *e = c->ek->e;
    const char *name = arena_printf(e->arena, "turn_%s", dtype_name(c->dtype));
    LLVMTypeRef params[] = {e->ptr, e->i64, e->ptr, e->i64};
    LLVMTypeRef type = LLVMFunctionType(e->nothing, params, 4, 0);
    LLVMValueRef f = LLVMGetNamedFunction(e->module, name);
    if (!f) {
        f = LLVMAddFunction(e->module, name, type);
        LLVMSetLinkage(f, LLVMInternalLinkage);
        emit_attribute(e, f, "nounwind");
        emit_attribute(e, f, "noinline");
        if (e->wide) emit_text_attribute(e, f, "prefer-vector-width", "512");
        turn_body(c, f);
    }
    LLVMValueRef args[] = {from, emit_i64(e, from_line), to, emit_i64(e, to_line)};
    LLVMBuildCall2(c->ek->b, type, f, args, 4, "");
}
