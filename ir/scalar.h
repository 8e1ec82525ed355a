/* scalar.h: the helpers that the scalar column of ops.def is written with, and the conventions of
   the functions made from it.

   The same text is compiled three ways: as scalar C for the interpreter (gcc or clang), as scalar C
   for the bitcode, and (SC_LANES 16) as 16-lane clang vectors for the bitcode. All give the same
   bits: no libm, no contraction, fused multiply-adds are written sc_fma.

   Conventions of the bitcode (ir/bitcode/), for code generation.

   tg_NAME_T(a, b, c) computes one element; T is the dtype of the row's letter operands: bool u8 i32
   i64 f32 f64. tg_NAME_Tx16(a, b, c) computes 16. Arguments and results are plain LLVM values: i8,
   i32, i64, float, double, and vectors <16 x i8> to <16 x double>, passed directly.

   bool is an i8 0 or 1 (vectors: <16 x i8>), as operand and as result: a row "n,n->bool" gives i8;
   tg_where_T takes i8. Rows over letter n exist for bool too, computed in u8 and normalised: add is
   or, mul is and.

   f16 and bf16 have no functions of their own. In a register their value is a float that is exactly
   representable: loaded by tg_cast_f16_f32 (i16 to float), computed by tg_NAME_f32, rounded after
   each op by tg_round_f16 or tg_round_bf16 (float to float), stored by tg_cast_f32_f16 (float to
   i16; it rounds, so rounding before is harmless). Integers and bools beside them stay as they are.

   tg_cast_FROM_TO and tg_cast_FROM_TOx16 exist for every two different dtypes; f16 and bf16 are
   their 16-bit storage here. From or to a rounded float in a register, cast from or to f32: f16 to
   i64 is tg_cast_f32_i64, i64 to f16 is tg_round_f16(tg_cast_i64_f32(x)). f64 to f16 goes through
   f32 as well, in the interpreter too.

   tg_bad_NAME_T of a MAPT row gives an i8 1 where the operands stop the program (0 for all floats);
   tg_NAME_T itself never faults: it gives some value there.

   tg_add, tg_mul, tg_maximum, tg_minimum and tg_fma are what sum, prod, amax, amin and dot join
   elements with. All functions are linkonce_odr, alwaysinline and pure. */
#ifndef TGC_IR_SCALAR_H
#define TGC_IR_SCALAR_H

#include <stdint.h>

#if defined __clang__ /* masks are joined by & and |, also where they are ints */
#pragma clang diagnostic ignored "-Wbitwise-instead-of-logical"
#define SC_UNROLL _Pragma("clang loop unroll(full)")
#else
#define SC_UNROLL
#endif

#ifndef SC_LANES
#define SC_LANES 1
#endif

#define SC_FN static inline __attribute__((always_inline, unused))

#if SC_LANES == 1
#include "ir/scalar_one.h"
#else
#include "ir/scalar_x16.h"
#endif
#include "ir/scalar_base.h"
#include "ir/scalar_int.h"
#include "ir/scalar_parts.h"
#include "ir/scalar_f64.h"
#include "ir/scalar_trig.h"
#include "ir/scalar_special.h"
#include "ir/scalar_bessel.h"
#include "ir/scalar_f32.h"
#include "ir/scalar_names.h"

#endif
