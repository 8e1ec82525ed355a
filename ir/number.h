/* number.h: single numbers as a type stores them. */
#ifndef TGC_IR_NUMBER_H
#define TGC_IR_NUMBER_H

#include "ir/type.h"

/* rounded to the type as the language rounds: floats to nearest even, integers truncated and
   limited */
void number_store(DType dtype, double value, void *to);
double number_load(DType dtype, const void *from); /* exact but for large i64 */
void number_store_int(DType dtype, int64_t value, void *to);
int64_t number_load_int(DType dtype, const void *from); /* of a bool or an integer */

#endif
