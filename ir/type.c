/* type.c: element types and interned tensor types. Gives one pointer for equal types (element type,
   dims, axis names). */
#include "ir/type.h"

#include <string.h>

typedef struct Slot Slot;
struct Slot {
    uint64_t hash;
    Type *type; /* NULL: empty */
};

struct Types {
    Arena *arena;
    Dims *dims;
    Slot *slots; /* open addressing, at most half full */
    int cap, count;
    const Type *scalars[DT_COUNT];
};

Types *types_new(Arena *arena, Dims *dims) {
    Types *t = NEW(arena, Types);
    t->arena = arena;
    t->dims = dims;
    t->cap = 256;
    t->slots = NEW_ARRAY(arena, Slot, t->cap);
    for (int i = 0; i < DT_COUNT; i++) t->scalars[i] = type_new(t, (DType)i, 0, NULL, NULL);
    return t;
}

static uint64_t type_hash(const Type *type) {
    uint64_t h = (uint64_t)type->dtype * 64 + (uint64_t)type->rank;
    for (int i = 0; i < type->rank; i++) {
        h = (h ^ ((uintptr_t)type->dims[i] >> 4)) * 0x9e3779b97f4a7c15u;
        h = (h ^ (h >> 29) ^ ((uintptr_t)type->names[i] >> 4)) * 0x9e3779b97f4a7c15u;
    }
    return h ^ (h >> 31);
}

static int type_equal(const Type *a, const Type *b) {
    size_t size = sizeof a->dims[0] * (size_t)a->rank;
    return a->dtype == b->dtype && a->rank == b->rank && !memcmp(a->dims, b->dims, size) &&
           !memcmp(a->names, b->names, size);
}

static Slot *slot_for(Types *t, const Type *type, uint64_t hash) {
    uint64_t at = hash;
    for (;; at++) {
        Slot *slot = &t->slots[at & (uint64_t)(t->cap - 1)];
        if (!slot->type || (slot->hash == hash && type_equal(slot->type, type))) return slot;
    }
}

static void types_grow(Types *t) {
    Slot *old = t->slots;
    int n = t->cap;
    t->cap = 2 * n;
    t->slots = NEW_ARRAY(t->arena, Slot, t->cap);
    for (int i = 0; i < n; i++)
        if (old[i].type) *slot_for(t, old[i].type, old[i].hash) = old[i];
}

static const Type *type_intern(Types *t, const Type *type) {
    uint64_t hash = type_hash(type);
    Slot *slot = slot_for(t, type, hash);
    if (slot->type) return slot->type;
    Type *made = arena_copy(t->arena, type, sizeof *type);
    *slot = (Slot){hash, made};
    if (2 * ++t->count > t->cap) types_grow(t);
    return made;
}

const Type *type_new(Types *t, DType dtype, int rank, const Dim *const *dims,
                     const char *const *names) {
    if (rank > MAX_RANK) die("a type of rank %d", rank);
    Type type = {.dtype = dtype, .rank = rank};
    for (int i = 0; i < rank; i++) type.dims[i] = dims[i];
    for (int i = 0; names && i < rank; i++) type.names[i] = names[i];
    return type_intern(t, &type);
}

const Type *type_scalar(Types *t, DType dtype) {
    return t->scalars[dtype];
}

const Type *type_with_dtype(Types *t, const Type *type, DType dtype) {
    if (type->dtype == dtype) return type;
    Type other = *type;
    other.dtype = dtype;
    return type_intern(t, &other);
}

const Type *type_without_names(Types *t, const Type *type) {
    return type_new(t, type->dtype, type->rank, type->dims, NULL);
}

int type_same_shape(const Type *a, const Type *b) {
    return a->rank == b->rank && !memcmp(a->dims, b->dims, sizeof a->dims[0] * (size_t)a->rank);
}

const Dim *type_count(Dims *t, const Type *type) {
    const Dim *count = dim_int(t, 1);
    for (int i = 0; i < type->rank; i++) count = dim_mul(t, count, type->dims[i]);
    return count;
}

const char *type_print(Arena *arena, const Type *type) {
    if (type->rank == 0) return dtype_name(type->dtype);
    const char *text = arena_printf(arena, "%s[", dtype_name(type->dtype));
    for (int i = 0; i < type->rank; i++) {
        const char *name = type->names[i] ? type->names[i] : "";
        text = arena_printf(arena, "%s%s%s%s%s", text, i ? ", " : "", name, *name ? ": " : "",
                            dim_print(arena, type->dims[i]));
    }
    return arena_printf(arena, "%s]", text);
}

/* ---- element types ---- */

static const struct {
    const char *name;
    int bytes, kind;
} dtypes[] = {
#define X(name, ctype, bytes, kind) {#name, bytes, kind},
    DTYPES(X)
#undef X
};

const char *dtype_name(DType d) {
    return dtypes[d].name;
}

int dtype_bytes(DType d) {
    return dtypes[d].bytes;
}

int dtype_kind(DType d) {
    return dtypes[d].kind;
}

int dtype_is_float(DType d) {
    return dtypes[d].kind == 2;
}

DType dtype_wide(DType d) {
    return d == DT_f16 || d == DT_bf16 ? DT_f32 : d;
}

/* PyTorch's table: the wider one, in the order of DTYPES; only f16 and bf16 meet outside both */
DType dtype_promote(DType a, DType b) {
    if ((a == DT_f16 && b == DT_bf16) || (a == DT_bf16 && b == DT_f16)) return DT_f32;
    return a > b ? a : b;
}

DType dtype_compute(DType d) {
    return d == DT_f16 || d == DT_bf16 ? DT_f32 : d;
}
