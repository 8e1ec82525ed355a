/* lib.h: the operations that are C functions, shared by compiled programs and the interpreter (tgc
   links runtime/lib*.c too): those files need nothing but abi.h and the C library. A row of the op
   table with flag OPF_LIB is tg_lib_NAME.

   out and in are contiguous row-major; out's type and dims are set and its memory allocated, not
   overlapping any in. n is the number of operands, ints the row's attributes (NULL when it has
   none). */
#ifndef TGC_RUNTIME_LIB_H
#define TGC_RUNTIME_LIB_H

#include "runtime/abi.h"

/* the dtype numbers of abi.h */
enum { TG_BOOL, TG_U8, TG_I32, TG_I64, TG_F16, TG_BF16, TG_F32, TG_F64 };

typedef void TgLib(TgTensor *out, const TgTensor *in, int64_t n, const int64_t *ints);

/* every OPF_LIB row */
#define TG_LIB_FUNCTIONS(X)                                                                        \
    X(cumsum)                                                                                      \
    X(cumprod)                                                                                     \
    X(logcumsumexp)                                                                                \
    X(cummax_index)                                                                                \
    X(cummin_index)                                                                                \
    X(argsort)                                                                                     \
    X(rand)                                                                                        \
    X(randn)                                                                                       \
    X(randint)                                                                                     \
    X(randperm)                                                                                    \
    X(cholesky)                                                                                    \
    X(solve_triangular)                                                                            \
    X(solve)                                                                                       \
    X(det)                                                                                         \
    X(_qr)                                                                                         \
    X(_eigh)                                                                                       \
    X(_svd)

#define X(name) TgLib tg_lib_##name;
TG_LIB_FUNCTIONS(X)
#undef X

/* scatter, scatter_add (rows without the flag, often done this way): in is x, idx…, v; ints[0] how
   many idx. Gives 0, with out unfinished, when an index is outside: the program stops. out may be x
   itself. */
int64_t tg_lib_scatter(TgTensor *out, const TgTensor *in, int64_t n, const int64_t *ints);
int64_t tg_lib_scatter_add(TgTensor *out, const TgTensor *in, int64_t n, const int64_t *ints);

/* one block of the generator: Philox 4x32-10 */
void tg_philox(const uint32_t counter[4], const uint32_t key[2], uint32_t out[4]);

#endif
