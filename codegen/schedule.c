/* schedule.c: tile sizes. A tile's sums take up most registers; what is left holds the vectors of
   the lanes' operand. Sizes that are known are cut so that little is computed for nothing. */
#include "codegen/schedule.h"

enum { LANES = 16, SPARE = 4, MOST_ROWS = 28, LIKELY_SIZE = 4096 };

int64_t round_up(int64_t value, int64_t to) {
    return (value + to - 1) / to * to;
}

static int64_t smaller(int64_t a, int64_t b) {
    return a < b ? a : b;
}

static int registers_of(const Target *t, int bytes) {
    int n = LANES * bytes / t->vector_bytes;
    return n > 0 ? n : 1;
}

/* how many vectors of sums fit */
static int sums_of(const Target *t, int bytes) {
    int each = registers_of(t, bytes), n = (t->registers - SPARE) / each;
    return n > each ? n - (each > 1) : 1;
}

/* a tile's work for count rows, in multiply-adds of a vector: loads are about half hidden */
static double rows_cost(int64_t count, int rows, int vectors) {
    int64_t padded = round_up(count, rows);
    double chains =
        rows * vectors < 8 ? 8.0 / (rows * vectors) : 1.0; /* too few to hide their latency */
    return (double)padded * chains * (1.0 + 0.05 / vectors + 0.5 / rows);
}

static int best_rows(int64_t count, int vectors, int sums) {
    int best = 1, most = (int)smaller(sums / vectors, MOST_ROWS);
    for (int rows = 1; rows <= most; rows++)
        if (rows_cost(count, rows, vectors) <= rows_cost(count, best, vectors)) best = rows;
    return best;
}

static Tile product_tile(const Target *t, int bytes, int64_t lanes, int64_t rows) {
    int sums = sums_of(t, bytes);
    Tile tile = {.vectors = lanes <= LANES || sums < 12 ? 1 : 2};
    tile.rows = best_rows(rows, tile.vectors, sums);
    return tile;
}

static double work_of(Tile tile, int64_t lanes, int64_t rows) {
    return (double)round_up(lanes, LANES) / LANES * rows_cost(rows, tile.rows, tile.vectors);
}

Blocks schedule_product(const Target *t, int bytes, int64_t m, int64_t n) {
    if (m < 0) m = LIKELY_SIZE;
    if (n < 0) n = LIKELY_SIZE;
    Tile straight = product_tile(t, bytes, n, m), swapped = product_tile(t, bytes, m, n);
    Blocks b = {.tile = straight};
    b.swap = work_of(swapped, m, n) < 0.8 * work_of(straight, n, m);
    if (b.swap) b.tile = swapped;
    int64_t lanes = b.swap ? m : n, rows = b.swap ? n : m;
    int64_t block = 256, k = 128,
            fit = t->l2 /
                  (8 * k * bytes); /* an eighth of the second cache; the sums are twice that */
    b.lanes =
        smaller(round_up(lanes, LANES * b.tile.vectors), round_up(block, LANES * b.tile.vectors));
    b.rows = smaller(round_up(rows, b.tile.rows), round_up(fit, b.tile.rows));
    return b;
}

double schedule_product_cost(const Blocks *b, int64_t m, int64_t n, int64_t k, int pack) {
    int64_t lanes = b->swap ? m : n, rows = b->swap ? n : m;
    double packing = (double)(n + LANES - 1) / LANES * pack;
    return (work_of(b->tile, lanes, rows) + packing) * (double)k;
}

/* ---- windows ---- */

/* lines and columns of a tile of places: little beyond the edges, enough sums */
static Tile place_tile(int vectors, int sums, int64_t lines, int64_t columns, double *cost) {
    Tile best = {.vectors = vectors};
    *cost = -1;
    int most = (int)smaller(sums / vectors, MOST_ROWS);
    for (int inner = 1; inner <= most && inner <= columns; inner++)
        for (int outer = 1; outer * inner <= most && outer <= lines; outer++) {
            int64_t padded = round_up(lines, outer) * round_up(columns, inner);
            double c = rows_cost(padded, outer * inner, vectors);
            if (*cost >= 0 && c > *cost) continue;
            *cost = c;
            best.rows = outer * inner;
            best.rows_outer = outer;
            best.rows_inner = inner;
        }
    return best;
}

static double channels_in_lanes(const Target *t, int bytes, int64_t m, int64_t lines,
                                int64_t columns, Tile *tile) {
    int sums = sums_of(t, bytes);
    double cost;
    *tile = place_tile(m > LANES && sums >= 12 ? 2 : 1, sums, lines, columns, &cost);
    return cost * (double)(round_up(m, LANES) / LANES);
}

static double columns_in_lanes(const Target *t, int bytes, int64_t m, int64_t lines,
                               int64_t columns, Tile *tile) {
    int sums = sums_of(t, bytes);
    double best = -1;
    for (int vectors = 1; vectors <= 7 && vectors <= sums; vectors++) {
        int rows = best_rows(m, vectors, sums);
        double cost = rows_cost(m, rows, vectors);
        if (lines > 1)
            cost *= (double)(round_up(lines, vectors) * (round_up(columns, LANES) / LANES));
        else
            cost *= (double)round_up((columns + LANES - 1) / LANES, vectors);
        if (best >= 0 && cost >= best) continue;
        best = cost;
        *tile = (Tile){.rows = rows, .vectors = vectors};
    }
    return best;
}

enum { FEW_PLACES = 2 * LANES };

static double places_in_lanes(const Target *t, int bytes, int64_t m, int64_t lines, int64_t columns,
                              Tile *tile) {
    int sums = sums_of(t, bytes), vectors = (int)round_up(lines * columns, LANES) / LANES;
    if (vectors > sums) return -1;
    *tile = (Tile){.rows = best_rows(m, vectors, sums), .vectors = vectors};
    return rows_cost(m, tile->rows, vectors) * vectors +
           1.5 * (double)(lines * (round_up(columns, LANES) / LANES));
}

Window schedule_window(const Target *t, int bytes, int64_t m, int64_t lines, int64_t columns,
                       int64_t k, int unit_stride) {
    if (m < 0) m = 64;
    if (k < 0) k = LIKELY_SIZE;
    Window w = {.lanes = BY_CHANNEL};
    w.cost = channels_in_lanes(t, bytes, m, lines, columns, &w.tile) * (double)k;
    w.cost +=
        (double)(round_up(m, LANES) / LANES * lines * columns) * 12; /* turning the sums round */
    if (!unit_stride) return w;
    Tile tile;
    double other = columns_in_lanes(t, bytes, m, lines, columns, &tile) * (double)k;
    if (other < w.cost) w = (Window){.tile = tile, .lanes = BY_COLUMN, .cost = other};
    if (lines * columns > FEW_PLACES) return w;
    other = places_in_lanes(t, bytes, m, lines, columns, &tile) * (double)k;
    if (other >= 0 && other < w.cost) w = (Window){.tile = tile, .lanes = BY_PLACE, .cost = other};
    return w;
}
