/* number.h: numbers from text, correctly rounded. The text is [from, to) and must be the number and
 * nothing else. */
#ifndef TGC_RUNTIME_NUMBER_H
#define TGC_RUNTIME_NUMBER_H

#include <stdint.h>

const char *number_end(const char *from,
                       const char *end); /* of [+-]digits[.digits][e[+-]digits]; from: none */
int number_double(const char *from, const char *to, double *value); /* inf and nan too */
int number_float(const char *from, const char *to, float *value);   /* rounded once */
int number_int(const char *from, const char *to, int64_t *value);
int number_bool(const char *from, const char *to, int64_t *value); /* true, false */

#endif
