/* contract_window.c: the loops of a convolution over images: blocks of channels, blocks of lines,
   blocks of k. The channels' operand is packed as in a product (once for all, where it is small and
   the same everywhere), the image is copied once a block of k. Lanes run over channels, places
   being broadcast; or over columns, channels being broadcast. */
#include "codegen/llvm/contract.h"

enum { MOST_HOISTED = 128 << 10 };

typedef struct At At;
struct At {
    LLVMValueRef m, channels;   /* first, how many in the block */
    LLVMValueRef start, places; /* of axis 0 */
    LLVMValueRef k, nk;
};

/* ---- sizes of a block ---- */

static int64_t extent_of(const Contract *c, int axis) {
    return dim_value(c->s->row[c->s->nm + axis]);
}

static int64_t lines_of(const Contract *c) {
    return c->s->nn > 1 ? c->image.lines : 1;
}

static int64_t columns_of(const Contract *c) {
    return c->s->nn > 1 ? extent_of(c, 1) : c->image.lines;
}

/* places in a line of sums */
static int64_t padded_columns(const Contract *c) {
    const Tile *t = &c->window.tile;
    if (c->window.lanes == BY_PLACE) return columns_of(c);
    if (c->window.lanes == BY_CHANNEL) return round_up(columns_of(c), t->rows_inner);
    return round_up(columns_of(c), c->s->nn > 1 ? LANES : LANES * t->vectors);
}

static int64_t padded_lines(const Contract *c) {
    const Tile *t = &c->window.tile;
    if (c->s->nn == 1) return 1;
    if (c->window.lanes == BY_PLACE) return lines_of(c);
    return round_up(lines_of(c), c->window.lanes == BY_CHANNEL ? t->rows_outer : t->vectors);
}

static int64_t places_of(const Contract *c) {
    return round_up(padded_lines(c) * padded_columns(c), LANES);
}

static int64_t channels_step(const Contract *c) {
    return c->window.lanes == BY_CHANNEL ? LANES * c->window.tile.vectors : c->window.tile.rows;
}

/* ---- the channels' operand ---- */

static Pack *weights_of(Contract *c) {
    return c->window.lanes == BY_CHANNEL ? &c->lanes : &c->rows;
}

static int is_hoisted(const Contract *c) {
    uint64_t outer = ((uint64_t)1 << c->ek->k->nouter) - 1;
    const Pack *p = c->window.lanes == BY_CHANNEL ? &c->lanes : &c->rows;
    if (c->k < 0 || c->m < 0 || (p->value->vars & outer) || c->ek->k->nouter == 0) return 0;
    return round_up(c->m, channels_step(c)) * c->k * dtype_bytes(c->dtype) <= MOST_HOISTED;
}

static void pack_weights(Contract *c, LLVMValueRef m, LLVMValueRef count, LLVMValueRef k,
                         LLVMValueRef nk, LLVMValueRef to) {
    const Pack *p = weights_of(c);
    if (c->window.lanes == BY_CHANNEL)
        pack_lanes(c, p, to, c->depth * p->stride, m, count, k, nk);
    else
        pack_rows(c, p, to, m, count, k, nk);
}

/* where k's elements of the channels from `channel` (of the block, or of all) on are */
static LLVMValueRef weights_at(Contract *c, const At *at, LLVMValueRef channel) {
    EmitKernel *ek = c->ek;
    const Pack *p = weights_of(c);
    LLVMValueRef k = emit_i64(ek->e, 0), data = p->data;
    if (c->hoisted) {
        channel = LLVMBuildAdd(ek->b, channel, LLVMBuildSub(ek->b, at->m, c->lo[0], ""), "");
        k = at->k;
    }
    int64_t by = c->window.lanes == BY_CHANNEL ? c->depth : p->along_k ? p->stride : 1;
    data = contract_at(c, data, contract_times(c, channel, by));
    return contract_at(
        c, data, contract_times(c, k, c->window.lanes != BY_CHANNEL && p->along_k ? 1 : p->stride));
}

static void make_weights(Contract *c) {
    Pack *p = weights_of(c);
    int64_t channels = c->hoisted ? round_up(c->m, channels_step(c)) : c->block;
    c->depth = c->hoisted ? round_up(c->k, LANES) + LANES : K_BLOCK + LANES;
    if (c->window.lanes == BY_CHANNEL)
        p->stride = channels_step(c);
    else
        p->stride = p->along_k ? c->depth | LANES : round_up(channels, LANES) + 2 * LANES;
    if (c->window.lanes != BY_CHANNEL && !p->along_k) channels = 0;
    int64_t elements = channels ? channels * (c->depth | LANES) + MOST_TILE * LANES
                                : c->depth * p->stride + MOST_TILE;
    p->data = contract_zeroed(c, elements, "weights", c->m < 0 || c->m % channels_step(c) != 0);
    if (c->window.lanes == BY_CHANNEL && p->along_k)
        p->square = contract_zeroed(c, LANES * (K_BLOCK + LANES), "square", 1);
}

static void hoist_weights(Contract *c) {
    EmitKernel *ek = c->ek;
    LLVMValueRef all = emit_i64(ek->e, c->k), size = emit_i64(ek->e, K_BLOCK);
    LLVMValueRef m = LLVMBuildSub(ek->b, c->hi[0], c->lo[0], "");
    const Pack *p = weights_of(c);
    EmitLoop loop = loop_begin(ek, emit_i64(ek->e, 0), all, K_BLOCK, "weights");
    LLVMValueRef nk = contract_least(c, LLVMBuildSub(ek->b, all, loop.value, ""), size);
    int64_t by = c->window.lanes != BY_CHANNEL && p->along_k ? 1 : p->stride;
    pack_weights(c, c->lo[0], m, loop.value, nk,
                 contract_at(c, p->data, contract_times(c, loop.value, by)));
    loop_end(ek, &loop);
}

/* ---- tiles ---- */

static TileAt tile_of(Contract *c, const At *at) {
    const Tile *t = &c->window.tile;
    const Image *m = &c->image;
    EmitKernel *ek = c->ek;
    int64_t columns = padded_columns(c), column_step = m->step[c->s->nn - 1],
            line_step = m->step[0] * m->line;
    TileAt tile = {.nrows = t->rows, .nvectors = t->vectors, .count = at->nk};
    tile.first = LLVMBuildICmp(ek->b, LLVMIntEQ, at->k, emit_i64(ek->e, 0), "");
    if (c->window.lanes == BY_CHANNEL) {
        tile.rows_table = m->table;
        tile.lanes_step = c->lanes.stride;
        tile.vector_step = tile.sum_vector = LANES;
        for (int i = 0; i < t->rows; i++) {
            int y = i / t->rows_inner, x = i % t->rows_inner;
            tile.row[i] = y * line_step + x * column_step;
            tile.sum_row[i] = (y * columns + x) * c->sums_line;
        }
        return tile;
    }
    tile.lanes_table = c->window.lanes == BY_PLACE ? NULL : m->table;
    tile.lanes_step = LANES * t->vectors;
    tile.rows_step = c->rows.along_k ? 1 : c->rows.stride;
    int in_lines = c->s->nn > 1 && c->window.lanes == BY_COLUMN;
    tile.vector_step = in_lines ? line_step : LANES;
    tile.sum_vector = in_lines ? columns : LANES;
    for (int i = 0; i < t->rows; i++) {
        tile.row[i] = i * (c->rows.along_k ? c->rows.stride : 1);
        tile.sum_row[i] = i * c->sums_line;
    }
    return tile;
}

/* places[k][place]: line by line, what a vector writes too much is written over by the next line or
 * k */
static void copy_places(Contract *c, const At *at) {
    EmitKernel *ek = c->ek;
    const Image *m = &c->image;
    int64_t columns = columns_of(c), width = columns <= 4 ? 4 : columns <= 8 ? 8 : LANES;
    LLVMTypeRef type = LLVMVectorType(c->type, (unsigned)width);
    unsigned bytes = (unsigned)dtype_bytes(c->dtype);
    EmitLoop k = loop_begin(ek, emit_i64(ek->e, 0), at->nk, 1, "places");
    LLVMValueRef place = LLVMBuildGEP2(ek->b, ek->e->i32, m->table, &k.value, 1, "");
    LLVMValueRef offset = LLVMBuildLoad2(ek->b, ek->e->i32, place, "");
    LLVMValueRef from = contract_at(c, m->data, LLVMBuildZExt(ek->b, offset, ek->e->i64, ""));
    LLVMValueRef to =
        contract_at(c, c->places, contract_times(c, k.value, LANES * c->window.tile.vectors));
    for (int64_t y = 0; y < lines_of(c); y++)
        for (int64_t x = 0; x < columns; x += width) {
            LLVMValueRef line = contract_at_n(c, from, y * m->step[0] * m->line + x);
            LLVMValueRef part = LLVMBuildLoad2(ek->b, type, line, "");
            LLVMSetAlignment(part, bytes);
            line = contract_at_n(c, to, y * columns + x);
            LLVMSetAlignment(LLVMBuildStore(ek->b, part, line), bytes);
        }
    loop_end(ek, &k);
}

static void place_tiles(Contract *c, const At *at) {
    EmitKernel *ek = c->ek;
    copy_places(c, at);
    TileAt tile = tile_of(c, at);
    tile.lanes = c->places;
    EmitLoop channel =
        loop_begin(ek, emit_i64(ek->e, 0), at->channels, channels_step(c), "channels");
    tile.rows = weights_at(c, at, channel.value);
    tile.sums = contract_at(c, c->sums, contract_times(c, channel.value, c->sums_line));
    contract_tile(c, &tile);
    loop_end(ek, &channel);
}

/* all tiles of the block: channels, lines, columns */
static void tiles(Contract *c, const At *at) {
    EmitKernel *ek = c->ek;
    const Tile *t = &c->window.tile;
    const Image *m = &c->image;
    int by_channel = c->window.lanes == BY_CHANNEL, flat = c->s->nn == 1;
    TileAt tile = tile_of(c, at);
    LLVMValueRef zero = emit_i64(ek->e, 0), one = emit_i64(ek->e, 1);
    int64_t across = by_channel ? t->rows_inner : flat ? LANES * t->vectors : LANES;
    EmitLoop channel = loop_begin(ek, zero, at->channels, channels_step(c), "channels");
    LLVMValueRef weights = weights_at(c, at, channel.value);
    EmitLoop line = loop_begin(ek, zero, flat ? one : at->places,
                               flat         ? 1
                               : by_channel ? t->rows_outer
                                            : t->vectors,
                               "lines");
    EmitLoop column =
        loop_begin(ek, zero, flat ? at->places : emit_i64(ek->e, columns_of(c)), across, "columns");
    LLVMValueRef image =
        contract_at(c, m->data, contract_times(c, line.value, m->step[0] * m->line));
    image = contract_at(c, image, contract_times(c, column.value, m->step[c->s->nn - 1]));
    LLVMValueRef place =
        LLVMBuildAdd(ek->b, contract_times(c, line.value, padded_columns(c)), column.value, "");
    LLVMValueRef row = by_channel ? place : channel.value,
                 lane = by_channel ? channel.value : place;
    tile.lanes = by_channel ? weights : image;
    tile.rows = by_channel ? image : weights;
    tile.sums = contract_at(c, contract_at(c, c->sums, contract_times(c, row, c->sums_line)), lane);
    contract_tile(c, &tile);
    loop_end(ek, &column);
    loop_end(ek, &line);
    loop_end(ek, &channel);
}

/* ---- the epilogue ---- */

static void finish_lanes(EmitKernel *ek, const void *data) {
    const WindowLine *l = data;
    contract_store(l->c,
                   contract_at(l->c, l->line, LLVMBuildSub(ek->b, ek->vars[l->var], l->from, "")));
}

static void finish_channel(Contract *c, const At *at, LLVMValueRef sums) {
    EmitKernel *ek = c->ek;
    int first = ek->k->nouter + c->s->nm, last = first + c->s->nn - 1;
    LLVMValueRef zero = emit_i64(ek->e, 0);
    if (c->s->nn == 1) {
        WindowLine l = {c, sums, at->start, last};
        emit_lanes_over(ek, last, at->start, LLVMBuildAdd(ek->b, at->start, at->places, ""),
                        c->image.lines, -1, finish_lanes, &l);
        return;
    }
    EmitLoop line = loop_begin(ek, zero, at->places, 1, "line");
    ek->vars[first] = LLVMBuildAdd(ek->b, at->start, line.value, "");
    WindowLine l = {c, contract_at(c, sums, contract_times(c, line.value, padded_columns(c))), zero,
                    last};
    emit_lanes_over(ek, last, zero, emit_i64(ek->e, columns_of(c)), columns_of(c), columns_of(c),
                    finish_lanes, &l);
    loop_end(ek, &line);
}

static void finish(Contract *c, const At *at) {
    EmitKernel *ek = c->ek;
    LLVMValueRef data = c->sums;
    int64_t line = c->sums_line;
    if (c->window.lanes == BY_CHANNEL) {
        contract_turn_all(c, emit_i64(ek->e, padded_lines(c) * padded_columns(c)), at->channels);
        data = c->turned;
        line = c->turned_line;
    }
    EmitLoop loop = loop_begin(ek, emit_i64(ek->e, 0), at->channels, 1, "m");
    ek->vars[FLAT_M] = LLVMBuildAdd(ek->b, at->m, loop.value, "");
    finish_channel(c, at, contract_at(c, data, contract_times(c, loop.value, line)));
    loop_end(ek, &loop);
}

/* ---- the whole ---- */

/* long channels (the derivative by the weights) lie in many blocks of k: the image is copied when
 * it changes */
static void k_block(Contract *c, const At *at) {
    EmitKernel *ek = c->ek;
    LLVMValueRef inner = emit_i64(ek->e, c->image.inner), one = emit_i64(ek->e, 1),
                 last = LLVMBuildAdd(ek->b, at->k, at->nk, "");
    LLVMValueRef first = LLVMBuildUDiv(ek->b, at->k, inner, "");
    last = LLVMBuildUDiv(ek->b, LLVMBuildSub(ek->b, last, one, ""), inner, "");
    LLVMValueRef had_first = LLVMBuildLoad2(ek->b, ek->e->i64, c->copied[0], "");
    LLVMValueRef had_last = LLVMBuildLoad2(ek->b, ek->e->i64, c->copied[1], "");
    LLVMValueRef other = LLVMBuildOr(ek->b, LLVMBuildICmp(ek->b, LLVMIntNE, first, had_first, ""),
                                     LLVMBuildICmp(ek->b, LLVMIntNE, last, had_last, ""), "");
    EmitIf copy = if_begin(ek, other);
    image_copy(c, first, last, contract_times(c, at->start, c->image.step[0]));
    LLVMBuildStore(ek->b, first, c->copied[0]);
    LLVMBuildStore(ek->b, last, c->copied[1]);
    if_end(ek, &copy);
    image_offsets(c, first, at->k, at->nk);
    if (!c->hoisted) pack_weights(c, at->m, at->channels, at->k, at->nk, weights_of(c)->data);
    if (c->window.lanes == BY_PLACE)
        place_tiles(c, at);
    else
        tiles(c, at);
}

static void all_k(Contract *c, At *at) {
    EmitKernel *ek = c->ek;
    LLVMValueRef all = emit_dim(ek, c->k_dim), size = emit_i64(ek->e, K_BLOCK);
    if (c->k < 0)
        contract_clear(c, c->window.lanes == BY_CHANNEL ? emit_i64(ek->e, places_of(c))
                                                        : at->channels);
    EmitLoop loop = loop_begin(ek, emit_i64(ek->e, 0), all, K_BLOCK, "block");
    at->k = loop.value;
    at->nk = c->k >= 0 && c->k <= K_BLOCK
                 ? all
                 : contract_least(c, LLVMBuildSub(ek->b, all, loop.value, ""), size);
    k_block(c, at);
    loop_end(ek, &loop);
}

static void blocks(EmitKernel *ek, const void *data) {
    Contract *c = *(Contract *const *)data;
    At at = {0};
    LLVMValueRef most = emit_i64(ek->e, c->block), lines = emit_i64(ek->e, c->image.lines),
                 all = emit_i64(ek->e, extent_of(c, 0));
    EmitLoop channels = loop_begin(ek, c->lo[0], c->hi[0], c->block, "channels");
    at.m = channels.value;
    at.channels = contract_least(c, LLVMBuildSub(ek->b, c->hi[0], at.m, ""), most);
    EmitLoop line = loop_begin(ek, emit_i64(ek->e, 0), all, c->image.lines, "lines");
    at.start = line.value;
    at.places = contract_least(c, LLVMBuildSub(ek->b, all, at.start, ""), lines);
    LLVMBuildStore(ek->b, emit_i64(ek->e, -1), c->copied[0]);
    all_k(c, &at);
    finish(c, &at);
    loop_end(ek, &line);
    loop_end(ek, &channels);
}

void emit_windows(Contract *c) {
    Image *m = &c->image;
    int64_t most = c->m >= 0 && c->m < 64 ? c->m : 64, places = places_of(c);
    c->block = round_up(most, channels_step(c));
    c->hoisted = is_hoisted(c);
    int64_t beyond = (padded_lines(c) - lines_of(c)) * m->step[0] * m->line;
    beyond += (padded_columns(c) - columns_of(c)) * m->step[c->s->nn - 1] + 2 * LANES;
    m->data = contract_zeroed(c, m->channels * m->channel + beyond, "image", beyond > 2 * LANES);
    m->table = emit_alloca(c->ek, LLVMArrayType2(c->ek->e->i32, K_BLOCK), "offsets");
    for (int i = 0; i < 2; i++) c->copied[i] = emit_alloca(c->ek, c->ek->e->i64, "copied");
    if (c->window.lanes == BY_PLACE)
        c->places = contract_zeroed(c, (K_BLOCK + 2) * LANES * c->window.tile.vectors, "places", 1);
    make_weights(c);
    int64_t channels = round_up(c->block, LANES);
    c->sums_line = c->window.lanes == BY_CHANNEL ? channels : places + LANES;
    c->sums = contract_scratch(
        c, (c->window.lanes == BY_CHANNEL ? places : channels) * c->sums_line, "sums");
    c->turned_line = places + LANES;
    if (c->window.lanes == BY_CHANNEL)
        c->turned = contract_scratch(c, channels * c->turned_line, "turned");
    if (c->hoisted) hoist_weights(c);
    emit_batch(c->ek, 0, blocks, &c);
}
