/* schedule.h: tile sizes of contractions, from the sizes (-1: not known when compiling) and the
   target's description. Lanes run along one side of the product (m or n), the other side's elements
   are broadcast: a tile is `rows` rows of `vectors` vectors of sixteen, all of it in registers.
   None of this changes a bit of any result. */
#ifndef TGC_CODEGEN_SCHEDULE_H
#define TGC_CODEGEN_SCHEDULE_H

#include <stdint.h>

typedef struct Target Target;
struct Target {
    int vector_bytes; /* of a register */
    int registers;
    int64_t l2; /* bytes of second-level cache that one thread may count on */
};

typedef struct Tile Tile;
struct Tile {
    int rows, vectors;
    int rows_outer; /* images: rows is rows_outer lines of rows_inner places */
    int rows_inner;
};

/* packed product: blocks of so many lanes and rows share what was packed */
typedef struct Blocks Blocks;
struct Blocks {
    Tile tile;
    int swap;            /* lanes run over m instead of n */
    int64_t lanes, rows; /* elements in a block: multiples of the tile's */
};
Blocks schedule_product(const Target *t, int bytes, int64_t m, int64_t n);
/* vector multiply-adds, about; pack: cycles for sixteen elements of n's operand */
double schedule_product_cost(const Blocks *b, int64_t m, int64_t n, int64_t k, int pack);

/* a convolution over an image: lines and columns of outputs, channels m */
typedef struct Window Window;
struct Window {
    Tile tile;
    enum {
        BY_COLUMN,  /* lanes run over columns of the image, channels are broadcast */
        BY_CHANNEL, /* lanes run over channels, places are broadcast */
        BY_PLACE,   /* lanes run over all places, which are few, copied for each k; channels are
                       broadcast */
    } lanes;
    double cost; /* vector multiply-adds, about */
};
Window schedule_window(const Target *t, int bytes, int64_t m, int64_t lines, int64_t columns,
                       int64_t k, int unit_stride);

int64_t round_up(int64_t value, int64_t to);

#endif
