/* bitcode.h: LLVM bitcode of the functions of all pointwise rows, embedded in tgc. ir/scalar.h
 * tells what they are called. */
#ifndef TGC_IR_BITCODE_BITCODE_H
#define TGC_IR_BITCODE_BITCODE_H

extern const unsigned char map_bitcode[];
extern const unsigned long map_bitcode_size;

#endif
