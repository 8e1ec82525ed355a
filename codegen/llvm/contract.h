/* contract.h: what the files of the tiled contraction share. A product is cut in blocks of lanes ×
   rows × 128 k's (order.h's block). For each block of k, both operands are evaluated (with
   everything that was fused into them) into packs: kernel-local scratch in the compute type, so
   that the tile in registers reads them at fixed distances. A tile's sums go to `sums`,
   [row][lane], block by block of k; when k is done, the epilogue runs over it. Scratch is allocas
   of bounded size (some hundred kilobytes), of this kernel alone.

   Flat variables replace the stage's own in the operands: FLAT_M, FLAT_N, FLAT_K, or RUN and IN_RUN
   for k where only its last axes lie in line. */
#ifndef TGC_CODEGEN_LLVM_CONTRACT_H
#define TGC_CODEGEN_LLVM_CONTRACT_H

#include "codegen/llvm/emit.h"
#include "codegen/schedule.h"
#include "ir/order.h"

enum {
    RUN = 57,
    IN_RUN = 58,
    LINE_START = 59,
    FLAT_M = 60,
    FLAT_N = 61,
    FLAT_K = 62
}; /* variables */
enum { MOST_TILE = 32, K_BLOCK = ORDER_BLOCK_DOT };

/* how an operand lies in its pack */
typedef struct Pack Pack;
struct Pack {
    const Kx *value; /* over the flat variables */
    int var;         /* FLAT_M or FLAT_N */
    int along_k;     /* lanes of packing run over k (what memory has in line) */
    int scattered;   /* most of it is in line neither way: no lanes */
    const Dim
        *run; /* along_k: only so many k's are in line: k is RUN * run + IN_RUN; NULL: all of k */
    LLVMValueRef data;
    LLVMValueRef square; /* lanes along_k: where sixteen places' k's wait to be turned */
    int64_t stride;      /* lanes: from k to k; rows: from row to row (along_k) or from k to k */
};

/* the input of a convolution-like operand, its zeros filled in: place p and tap t are at p * stride
 * + t * dilation of one line */
typedef struct Image Image;
struct Image {
    const Kx *value;      /* over the n variables, which now run over the image, LINE_START, and the
                             first k axis where it does not move */
    int channel_var;      /* that axis' variable, -1: none */
    int64_t extent[2];    /* of the image (axis 0: of a block of lines), [line][column] */
    int64_t step[2];      /* places to places */
    int64_t reach[2];     /* from the first tap to past the last */
    int64_t whole, lines; /* all of axis 0 of the image; output lines in a block */
    int64_t line, channel; /* elements from line to line, from channel to channel */
    int64_t inner;         /* k's in a channel */
    int64_t channels;      /* at most, in a block of k */
    const Ix
        *offset; /* of a k in the pack, over FLAT_K, but for the channel of the block's first k */
    LLVMValueRef data, table; /* table: i32 [K_BLOCK], offsets of the block's k's */
};

typedef struct Contract Contract;
struct Contract {
    EmitKernel *ek;
    const Stage *s;
    Stage out;   /* stores over the flat variables */
    DType dtype; /* sums are made in */
    LLVMTypeRef type, vector;
    Blocks blocks;
    Window window;
    Image image;
    Pack lanes, rows;
    int64_t m, n, k; /* lengths, -1 unknown */
    const Dim *m_dim, *n_dim, *k_dim;
    LLVMValueRef lo[2], hi[2]; /* of m, of n */
    int64_t block, depth;      /* windows: channels in a block; k's in a panel of channels */
    LLVMValueRef copied[2];    /* windows: allocas: first and last channel in the image */
    int hoisted;               /* the channels' operand is packed once, for all k and channels */
    LLVMValueRef places;       /* windows by place: [k][place] */
    LLVMValueRef sums, turned; /* [row][lane]; turned: [lane][row] */
    int64_t sums_line, turned_line;
};

/* ---- contract_tile.c: sums in registers ---- */
/* where a tile reads and writes: elements, all distances fixed but those in values */
typedef struct TileAt TileAt;
struct TileAt {
    LLVMValueRef lanes, rows, sums;       /* pointers to the tile's first */
    LLVMValueRef lanes_table, rows_table; /* i32 by k, NULL: lanes_step, rows_step */
    int64_t lanes_step, rows_step;
    int64_t vector_step;    /* from vector to vector in the lanes' pack */
    int64_t row[MOST_TILE]; /* row i in the rows' pack */
    int64_t sum_row[MOST_TILE], sum_vector;
    int nrows, nvectors;
    LLVMValueRef count, first; /* k's; i1: nothing was summed before */
};
void contract_tile(Contract *c, const TileAt *at);
void contract_turn(Contract *c, LLVMValueRef from, int64_t from_line, LLVMValueRef to,
                   int64_t to_line); /* 16 by 16 */

/* ---- contract_pack.c ---- */
LLVMValueRef contract_scratch(Contract *c, int64_t elements, const char *name);
/* with zeros when the kernel begins: whatever else lies there may be subnormal, and slow down sums
 * that nobody needs */
LLVMValueRef contract_zeroed(Contract *c, int64_t elements, const char *name, int zeroed);
LLVMValueRef contract_at(Contract *c, LLVMValueRef data, LLVMValueRef index);
LLVMValueRef contract_at_n(Contract *c, LLVMValueRef data, int64_t index);
LLVMValueRef contract_times(Contract *c, LLVMValueRef a, int64_t by);
LLVMValueRef contract_least(Contract *c, LLVMValueRef a, LLVMValueRef b);
void contract_put(Contract *c, LLVMValueRef value, LLVMValueRef to); /* a vector, under the mask */
int pack_is_scattered(Contract *c, const Kx *value, int var);
/* of packing sixteen elements, about, in cycles */
int pack_cost(Contract *c, const Kx *value, int var, int k_var);
int pack_is_along_k(Contract *c, const Kx *value, int var, int k_var);
/* places from … from+count-1 of var and k … k+nk-1 into the pack: panels of p->stride lanes,
   [k][lane] each, `panel` elements apart, padded with zeros (along_k: with anything); rows: as Pack
   says */
void pack_lanes(Contract *c, const Pack *p, LLVMValueRef to, int64_t panel, LLVMValueRef from,
                LLVMValueRef count, LLVMValueRef k, LLVMValueRef nk);
void pack_rows(Contract *c, const Pack *p, LLVMValueRef to, LLVMValueRef from, LLVMValueRef count,
               LLVMValueRef k, LLVMValueRef nk);

/* ---- contract_image.c ---- */
int image_find(Contract *c,
               const Target *target); /* 1: b is a window over an image of fixed size; plans it */
void image_copy(Contract *c, LLVMValueRef first, LLVMValueRef last, LLVMValueRef start);
void image_offsets(Contract *c, LLVMValueRef first, LLVMValueRef k, LLVMValueRef count);
typedef struct ImageLine ImageLine;
struct ImageLine {
    Contract *c;
    LLVMValueRef to;
    int var;
};
void emit_windows(Contract *c); /* contract_window.c */
typedef struct WindowLine WindowLine;
struct WindowLine {
    Contract *c;
    LLVMValueRef line, from; /* sums in line along var, its first */
    int var;
};

/* ---- contract_product.c, contract_tiled.c ---- */
void contract_store(
    Contract *c,
    LLVMValueRef sums); /* the epilogue at the variables' point; sums: where its sums lie */
void contract_clear(Contract *c,
                    LLVMValueRef rows); /* where k may be empty: that many rows of sums */
void contract_turn_all(Contract *c, LLVMValueRef rows, LLVMValueRef lanes);
void emit_product(Contract *c);
void emit_contract_tiled(EmitKernel *ek, const Stage *s);
void emit_contract_simple(EmitKernel *ek, const Stage *s); /* contract.c: a few operations */

#endif
