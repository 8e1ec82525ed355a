/* contract_product.c: the loops of a packed product: blocks of lanes, blocks of rows, blocks of k;
   both operands' parts are packed, then panel after panel of lanes meets all tiles of rows. */
#include "codegen/llvm/contract.h"

typedef struct Spot Spot; /* where the loops are */
struct Spot {
    LLVMValueRef lane, lanes; /* first of the block, how many in it */
    LLVMValueRef row, rows;
    LLVMValueRef k, nk;
};

static int lanes_side(const Contract *c) {
    return c->blocks.swap ? 0 : 1;
} /* index in lo, hi: m or n */

/* the tiles of one panel: all rows of the block */
static void panel_tiles(Contract *c, const Spot *p, LLVMValueRef panel, int vectors) {
    EmitKernel *ek = c->ek;
    Tile tile = c->blocks.tile;
    int64_t row = c->rows.along_k ? c->rows.stride : 1;
    TileAt at = {.lanes_step = c->lanes.stride,
                 .rows_step = c->rows.along_k ? 1 : c->rows.stride,
                 .vector_step = LANES,
                 .sum_vector = LANES,
                 .nrows = tile.rows,
                 .nvectors = vectors,
                 .count = p->nk};
    for (int i = 0; i < tile.rows; i++) {
        at.row[i] = i * row;
        at.sum_row[i] = i * c->sums_line;
    }
    at.lanes = contract_at(c, c->lanes.data, contract_times(c, panel, c->depth));
    at.first = LLVMBuildICmp(ek->b, LLVMIntEQ, p->k, emit_i64(ek->e, 0), "");
    EmitLoop loop = loop_begin(ek, emit_i64(ek->e, 0), p->rows, tile.rows, "tile");
    at.rows = contract_at(c, c->rows.data, contract_times(c, loop.value, row));
    LLVMValueRef sums = contract_at(c, c->sums, contract_times(c, loop.value, c->sums_line));
    at.sums = contract_at(c, sums, panel);
    contract_tile(c, &at);
    loop_end(ek, &loop);
}

static void panel(Contract *c, const Spot *p, LLVMValueRef at, LLVMValueRef left) {
    EmitKernel *ek = c->ek;
    int vectors = c->blocks.tile.vectors;
    int64_t known = c->blocks.swap ? c->m : c->n;
    int ranged = ek->k->range == (c->blocks.swap ? RANGE_M : RANGE_N);
    if (vectors == 1 || (!ranged && known >= 0 && (known - 1) / LANES % vectors == vectors - 1)) {
        panel_tiles(c, p, at, vectors);
        return;
    }
    LLVMValueRef some =
        LLVMBuildICmp(ek->b, LLVMIntSGT, left, emit_i64(ek->e, (vectors - 1) * LANES), "");
    EmitIf full = if_begin(ek, some);
    panel_tiles(c, p, at, vectors);
    if_end(ek, &full);
    EmitIf part = if_begin(ek, LLVMBuildNot(ek->b, some, ""));
    panel_tiles(c, p, at, vectors - 1);
    if_end(ek, &part);
}

static void k_block(Contract *c, Spot *p) {
    EmitKernel *ek = c->ek;
    LLVMValueRef zero = emit_i64(ek->e, 0);
    pack_rows(c, &c->rows, c->rows.data, p->row, p->rows, p->k, p->nk);
    pack_lanes(c, &c->lanes, c->lanes.data, c->depth * c->lanes.stride, p->lane, p->lanes, p->k,
               p->nk);
    EmitLoop loop = loop_begin(ek, zero, p->lanes, LANES * c->blocks.tile.vectors, "panel");
    panel(c, p, loop.value, LLVMBuildSub(ek->b, p->lanes, loop.value, ""));
    loop_end(ek, &loop);
}

static void all_k(Contract *c, Spot *p) {
    EmitKernel *ek = c->ek;
    LLVMValueRef zero = emit_i64(ek->e, 0), size = emit_i64(ek->e, K_BLOCK),
                 all = emit_dim(ek, c->k_dim);
    if (c->k < 0) contract_clear(c, p->rows);
    EmitLoop loop = loop_begin(ek, zero, all, K_BLOCK, "block");
    p->k = loop.value;
    p->nk = c->k >= 0 && c->k <= K_BLOCK
                ? all
                : contract_least(c, LLVMBuildSub(ek->b, all, loop.value, ""), size);
    k_block(c, p);
    loop_end(ek, &loop);
}

/* ---- the epilogue ---- */

typedef struct Finish Finish;
struct Finish {
    Contract *c;
    LLVMValueRef line; /* sums in line along var */
    LLVMValueRef from; /* its first */
    int var;
};

static void finish_lanes(EmitKernel *ek, const void *data) {
    const Finish *f = data;
    contract_store(f->c,
                   contract_at(f->c, f->line, LLVMBuildSub(ek->b, ek->vars[f->var], f->from, "")));
}

/* one column: lanes over m, or one after the other */
static void finish_column(Contract *c, const Spot *p) {
    EmitKernel *ek = c->ek;
    LLVMValueRef m = c->blocks.swap ? p->lanes : p->rows, m0 = c->blocks.swap ? p->lane : p->row;
    if (c->s->nm && c->blocks.swap) {
        Finish f = {c, c->sums, m0, FLAT_M};
        emit_lanes_over(ek, FLAT_M, m0, LLVMBuildAdd(ek->b, m0, m, ""), c->blocks.lanes, -1,
                        finish_lanes, &f);
        return;
    }
    EmitLoop loop = loop_begin(ek, emit_i64(ek->e, 0), m, 1, "m");
    ek->vars[FLAT_M] = LLVMBuildAdd(ek->b, m0, loop.value, "");
    contract_store(
        c,
        contract_at(c, c->sums, contract_times(c, loop.value, c->blocks.swap ? 1 : c->sums_line)));
    loop_end(ek, &loop);
}

static void finish(Contract *c, const Spot *p) {
    EmitKernel *ek = c->ek;
    int swap = c->blocks.swap;
    LLVMValueRef m = swap ? p->lanes : p->rows, n = swap ? p->rows : p->lanes;
    LLVMValueRef m0 = swap ? p->lane : p->row, n0 = swap ? p->row : p->lane;
    if (c->s->nn == 0) {
        finish_column(c, p);
        return;
    }
    if (swap) contract_turn_all(c, p->rows, p->lanes);
    EmitLoop loop = loop_begin(ek, emit_i64(ek->e, 0), m, 1, "m");
    ek->vars[FLAT_M] = LLVMBuildAdd(ek->b, m0, loop.value, "");
    LLVMValueRef at = contract_times(c, loop.value, swap ? c->turned_line : c->sums_line);
    Finish f = {c, contract_at(c, swap ? c->turned : c->sums, at), n0, FLAT_N};
    int64_t most = swap ? c->blocks.rows : c->blocks.lanes;
    int whole = c->n >= 0 && c->n <= most && ek->k->range != RANGE_N;
    emit_lanes_over(ek, FLAT_N, n0, LLVMBuildAdd(ek->b, n0, n, ""), most, whole ? c->n : -1,
                    finish_lanes, &f);
    loop_end(ek, &loop);
}

/* ---- the whole ---- */

static void blocks(EmitKernel *ek, const void *data) {
    Contract *c = *(Contract *const *)data;
    int side = lanes_side(c);
    Spot p = {0};
    LLVMValueRef most_lanes = emit_i64(ek->e, c->blocks.lanes),
                 most_rows = emit_i64(ek->e, c->blocks.rows);
    EmitLoop lanes = loop_begin(ek, c->lo[side], c->hi[side], c->blocks.lanes, "lanes");
    p.lane = lanes.value;
    p.lanes = contract_least(c, LLVMBuildSub(ek->b, c->hi[side], p.lane, ""), most_lanes);
    EmitLoop rows = loop_begin(ek, c->lo[!side], c->hi[!side], c->blocks.rows, "rows");
    p.row = rows.value;
    p.rows = contract_least(c, LLVMBuildSub(ek->b, c->hi[!side], p.row, ""), most_rows);
    all_k(c, &p);
    finish(c, &p);
    loop_end(ek, &rows);
    loop_end(ek, &lanes);
}

/* whether a tile may read rows that were never packed */
static int has_loose_rows(const Contract *c) {
    const Blocks *b = &c->blocks;
    int64_t rows = b->swap ? c->n : c->m;
    if (rows < 0 || c->ek->k->range == (b->swap ? RANGE_N : RANGE_M)) return 1;
    int64_t packed = c->rows.along_k ? rows : round_up(rows, LANES);
    return rows < b->rows && packed < round_up(rows, b->tile.rows);
}

void emit_product(Contract *c) {
    const Blocks *b = &c->blocks;
    int64_t width = LANES * b->tile.vectors;
    c->lanes.stride = width;
    c->depth = K_BLOCK + LANES;
    c->lanes.data = contract_scratch(c, round_up(b->lanes, width) * c->depth, "lanes");
    if (c->lanes.along_k)
        c->lanes.square = contract_zeroed(c, LANES * (K_BLOCK + LANES), "square", 1);
    c->rows.stride = c->rows.along_k ? K_BLOCK + LANES : round_up(b->rows, LANES) + 2 * LANES;
    int64_t lines = c->rows.along_k ? b->rows : K_BLOCK;
    c->rows.data =
        contract_zeroed(c, lines * c->rows.stride + MOST_TILE, "rows", has_loose_rows(c));
    c->sums_line = round_up(b->lanes, LANES) + LANES;
    c->sums = contract_scratch(c, round_up(b->rows, LANES) * c->sums_line, "sums");
    c->turned_line = round_up(b->rows, LANES) + LANES;
    if (b->swap)
        c->turned = contract_scratch(c, round_up(b->lanes, LANES) * c->turned_line, "turned");
    emit_batch(c->ek, 0, blocks, &c);
}
