/* builtin_lib.h: what the built-in functions of the library (builtin_*.c) share: reading arguments,
 * shapes after an op. */
#ifndef TGC_FRONTEND_ELABORATE_BUILTIN_LIB_H
#define TGC_FRONTEND_ELABORATE_BUILTIN_LIB_H

#include "frontend/elaborate/elab.h"

/* argument i as a tensor; NULL after an error */
Node *lib_tensor(Elab *e, CallSite *c, Value *args, int i, const char *what);
/* the same as i64 (any integer type is converted, others refused) */
Node *lib_indices(Elab *e, CallSite *c, Value *args, int i, const char *what);

/* x with the dims and names given, same elements */
Node *lib_reshape(Elab *e, Node *x, int rank, const Dim *const *dims, const char *const *names);
/* x without the axes listed (each of length 1) */
Node *lib_drop_axes(Elab *e, Node *x, const int *axes, int n);
Node *lib_unsqueeze(Elab *e, Node *x, int axis);
/* x expanded to x's dims but for axis, which becomes length; x must have length 1 there */
Node *lib_stretch(Elab *e, Node *x, int axis, const Dim *length);
Node *lib_full(Elab *e, const Type *type, double value);
/* x[…, start : start+length, …] with known bounds */
Node *lib_cut(Elab *e, Node *x, int axis, const Dim *start, const Dim *length);
/* a type of x's dtype with one axis' length changed */
const Type *lib_with_length(Elab *e, const Type *t, int axis, const Dim *length);
/* take along an axis: y[i…, j, k…] = x[i…, index[i…, j, k…], k…] */
Node *lib_take_along(Elab *e, Node *x, int axis, Node *index);
/* an axis of x; 0 or -1 of a scalar too, which gives 0 */
int lib_axis(Elab *e, Node *x, Value axis, Span span, int *out);
/* x converted to the element type that argument i, dtype=, names; x itself when it is None */
Node *lib_converted(Elab *e, CallSite *c, Node *x, Value dtype, int i);
/* what dtype= says, or *out as it is; 0 after an error */
int lib_dtype(Elab *e, CallSite *c, Value dtype, int i, DType *out);
int lib_check_float(Elab *e, CallSite *c, int i, Node *x);
int64_t lib_product(const int64_t *at, int n);
/* one known integer, or n of them (a tuple); 0 after an error */
int lib_ints(Elab *e, CallSite *c, Value *args, int i, const char *what, int n, int64_t *out);
/* whether n numbers are 1 or more; an error names what */
int lib_positive(Elab *e, CallSite *c, const int64_t *at, int n, const char *what);

#endif
