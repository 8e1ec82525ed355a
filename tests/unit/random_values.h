/* random_values.h: the sources of random graphs: constants of every element type and of awkward
   shapes, a size that the program binds, values that were made before. */
#ifndef TGC_TESTS_UNIT_RANDOM_VALUES_H
#define TGC_TESTS_UNIT_RANDOM_VALUES_H

#include "graph_fixture.h"

#include "ir/number.h"

enum { MOST_ELEMENTS = 6000, POOL = 400 };

static uint64_t state;
static Size *size; /* one that the program binds */
static int64_t size_values[1];
static Node *pool[POOL];
static int npool;

static int chance(int n) {
    state = state * 6364136223846793005u + 1442695040888963407u;
    return (int)((state >> 33) % (uint64_t)n);
}

static Node *keep(Node *node) {
    if (npool < POOL && node->type) pool[npool++] = node;
    return node;
}

static int64_t count_elements(const Type *type) {
    int64_t n = 1;
    for (int i = 0; i < type->rank; i++) n *= dim_eval(type->dims[i], size_values);
    return n;
}

static int64_t length(const Node *x, int axis) {
    return dim_eval(x->type->dims[axis], size_values);
}

static int is_number(const Dim *d) {
    int64_t value;
    return dim_is_int(d, &value);
}

/* ---- sources ---- */

static int64_t some_length(void) {
    static const int64_t lengths[] = {1, 1, 2, 3, 4, 5, 5, 16, 17, 17, 33, 100, 0};
    return lengths[chance(chance(8) ? 12 : 13)];
}

static const Type *some_shape(DType dtype, int most_rank) {
    int64_t dims[MAX_RANK];
    int rank = chance(most_rank + 1);
    for (;;) {
        int64_t n = 1;
        for (int i = 0; i < rank; i++) n *= dims[i] = some_length();
        if (n <= MOST_ELEMENTS) return tensor(dtype, rank, dims);
    }
}

static double some_number(void) {
    static const double special[] = {0.0, -0.0, 1.0, -1.0, 0.5, 1e30, -1e30, 3e-40};
    if (chance(12) == 0) return special[chance(8)];
    return (chance(2001) - 1000) / 250.0;
}

static void store_number(DType dtype, void *to) {
    if (dtype_is_float(dtype))
        number_store(dtype, some_number(), to);
    else
        number_store_int(dtype,
                         dtype == DT_bool ? chance(2)
                         : dtype == DT_u8 ? chance(9)
                                          : chance(15) - 7,
                         to);
}

static Node *some_constant(const Type *type);

/* of a shape with sizes: the beginning of a constant that is large enough */
static Node *some_beginning(const Type *type) {
    const Dim *dims[MAX_RANK];
    Node *starts[MAX_RANK];
    for (int i = 0; i < type->rank; i++) {
        dims[i] = dim_int(g->dims, dim_eval(type->dims[i], size_values) + chance(2));
        starts[i] = build_int(&b, 0);
    }
    Node *whole = some_constant(type_new(g->types, type->dtype, type->rank, dims, NULL));
    return build_slice(&b, whole, starts, type->dims, NULL);
}

static Node *some_constant(const Type *type) {
    for (int i = 0; i < type->rank; i++)
        if (!is_number(type->dims[i])) return some_beginning(type);
    int64_t n = count_elements(type), bytes = dtype_bytes(type->dtype);
    char *data = arena_alloc(arena, (size_t)(n * bytes + 1));
    for (int64_t i = 0; i < n; i++) store_number(type->dtype, data + i * bytes);
    return build_const(&b, type, data);
}

static DType some_dtype(void) {
    static const DType often[] = {DT_f32, DT_f32, DT_f32,  DT_f64,  DT_i64,
                                  DT_i32, DT_f16, DT_bf16, DT_bool, DT_u8};
    return often[chance(10)];
}

static Node *pick(void) {
    return pool[npool - 1 - chance(npool > 24 && chance(3) ? 24 : npool)];
}

static Node *pick_ranked(void) {
    for (int i = 0; i < 20; i++) {
        Node *x = pick();
        if (x->type->rank > 0) return x;
    }
    return keep(some_constant(tensor(DT_f32, 1, (int64_t[]){17})));
}

static Node *as(Node *x, DType dtype) {
    return x->type->dtype == dtype ? x : build_cast(&b, x, dtype);
}

/* something of that shape and type */
static Node *like(const Type *shape, DType dtype) {
    for (int i = 0; i < 8; i++) {
        Node *x = pick();
        if (type_same_shape(x->type, shape)) return as(x, dtype);
        if (x->type->rank == 0 && chance(2))
            return build_expand(&b, as(x, dtype), type_with_dtype(g->types, shape, dtype));
    }
    return some_constant(type_with_dtype(g->types, shape, dtype));
}

#endif
