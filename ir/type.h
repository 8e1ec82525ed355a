/* type.h: element types and tensor types. Types are immutable and interned per compilation: equal
   types are one pointer (same dtype, same dims, same axis names). */
#ifndef TGC_IR_TYPE_H
#define TGC_IR_TYPE_H

#include "ir/dim.h"

/* name, C type of storage, bytes, kind (0 bool, 1 integer, 2 float) */
#define DTYPES(X)                                                                                  \
    X(bool, uint8_t, 1, 0)                                                                         \
    X(u8, uint8_t, 1, 1)                                                                           \
    X(i32, int32_t, 4, 1)                                                                          \
    X(i64, int64_t, 8, 1)                                                                          \
    X(f16, uint16_t, 2, 2)                                                                         \
    X(bf16, uint16_t, 2, 2)                                                                        \
    X(f32, float, 4, 2)                                                                            \
    X(f64, double, 8, 2)

typedef enum {
#define X(name, ctype, bytes, kind) DT_##name,
    DTYPES(X)
#undef X
        DT_COUNT
} DType;

enum { MAX_RANK = 12 };

typedef struct Type Type;
struct Type {
    DType dtype;
    int rank;
    const Dim *dims[MAX_RANK];
    const char *names[MAX_RANK]; /* axis names (interned), NULL where unnamed */
};

typedef struct Types Types;
Types *types_new(Arena *arena, Dims *dims);
const Type *type_new(Types *t, DType dtype, int rank, const Dim *const *dims,
                     const char *const *names /* or NULL */);
const Type *type_scalar(Types *t, DType dtype);
const Type *type_with_dtype(Types *t, const Type *type, DType dtype);
const Type *type_without_names(Types *t, const Type *type);
int type_same_shape(const Type *a, const Type *b);      /* dims only */
const Dim *type_count(Dims *t, const Type *type);       /* number of elements */
const char *type_print(Arena *arena, const Type *type); /* "f32[n, 3]", "f32[channel: 3]", "f32" */
const char *dtype_name(DType d);
int dtype_bytes(DType d);
int dtype_kind(DType d); /* 0 bool, 1 integer, 2 float */
int dtype_is_float(DType d);
DType dtype_wide(DType d); /* f32 of f16 and bf16, others as they are */
DType dtype_promote(DType a, DType b); /* PyTorch's table for tensors */
DType dtype_compute(DType d); /* the type arithmetic is done in: f16, bf16 → f32; else d */

#endif
