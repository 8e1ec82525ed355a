/* scalar_int.h: the integers. Everything wraps; a divisor or exponent that stops the program is
 * replaced by a harmless one. */
#ifndef TGC_IR_SCALAR_INT_H
#define TGC_IR_SCALAR_INT_H

#define SCI(name) u8_##name
#define T sc_u8
#define M sc_m8
#define WIDTH 8
#define SIGNED 0
#include "ir/scalar_int_body.h"

#define SCI(name) i32_##name
#define T sc_i32
#define M sc_m32
#define WIDTH 32
#define SIGNED 1
#include "ir/scalar_int_body.h"

#define SCI(name) i64_##name
#define T sc_i64
#define M sc_m64
#define WIDTH 64
#define SIGNED 1
#include "ir/scalar_int_body.h"

#endif
