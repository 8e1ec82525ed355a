/* random_program.h: random well-typed graphs with branches, loops, collected values, changing
   sizes, custom nodes and prints. The same seed gives the same program. */
#ifndef TGC_TESTS_UNIT_RANDOM_PROGRAM_H
#define TGC_TESTS_UNIT_RANDOM_PROGRAM_H

#include "graph_fixture.h"

enum { NARGS = 4 }; /* two f32 and two i64 arguments */

typedef VEC(Node *) Pool;

static uint64_t random_state;
static Pool pool;    /* values that may be used here */
static Size *moving; /* a size that programs set again and again, */
static Node *moved;  /* to this value, here */

static int chance(int n) {
    random_state = random_state * 6364136223846793005u + 1442695040888963407u;
    return (int)((random_state >> 33) % (uint64_t)n);
}

static Node *keep(Node *node) {
    PUSH(arena, &pool, node);
    return node;
}

/* a value of that type, NULL: none */
static Node *pick_like(const Type *type) {
    for (int tries = 0; tries < 12; tries++) {
        Node *node = pool.at[chance(pool.n)];
        if (node->type == type) return node;
    }
    return NULL;
}

static Node *pick_float(void) {
    Node *node;
    do node = pool.at[chance(pool.n)];
    while (!dtype_is_float(node->type->dtype));
    return node;
}

static double special(void) {
    static const double values[] = {0.0, -0.0, 1.0, 1.0, -1.0, 2.0, 0.5, 3.0, 1e30, -0.25};
    return values[chance(10)];
}

static const Type *some_type(void) {
    const Dim *n = dim_size(g->dims, moving);
    switch (chance(6)) {
    case 0:
        return vector(DT_f32, 3);
    case 1:
        return matrix(DT_f32, 2, 3);
    case 2:
        return matrix(DT_f32, 1, 3);
    case 3:
        return type_new(g->types, DT_f32, 1, &n, NULL);
    case 4:
        return type_scalar(g->types, DT_f64);
    default:
        return type_scalar(g->types, DT_f32);
    }
}

static void make_leaf(void) {
    if (chance(3))
        keep(build_fill(&b, some_type(), special()));
    else if (chance(2))
        keep(build_int(&b, chance(4) - 1));
    else
        keep(build_cast(&b, build_iota(&b, matrix(DT_i64, 2, 3), chance(2)), DT_f32));
}

static void make_map(void) {
    static const Op ones[] = {OP_neg, OP_abs, OP_sqrt, OP_relu, OP_square};
    static const Op twos[] = {OP_add, OP_sub, OP_mul, OP_div, OP_maximum, OP_mul, OP_add};
    Node *x = pick_float(), *y = pick_like(x->type);
    if (!y || chance(4) == 0)
        keep(build_map1(&b, ones[chance(5)], x));
    else
        keep(build_map2(&b, twos[chance(7)], x, y));
    if (y && chance(4) == 0) keep(build_map3(&b, OP_where, build_map2(&b, OP_lt, x, y), y, x));
}

static void make_integer(void) {
    static const Op ops[] = {OP_add, OP_mul, OP_sub, OP_maximum, OP_floordiv};
    const Type *type = type_scalar(g->types, DT_i64);
    Node *x = pick_like(type), *y = pick_like(type);
    if (x && y) keep(build_map2(&b, ops[chance(12) ? chance(4) : 4], x, y));
}

static void make_view(void) {
    Node *x = pick_float();
    int rank = x->type->rank;
    if (rank == 0)
        keep(build_expand(&b, x, chance(2) ? matrix(x->type->dtype, 2, 3) : x->type));
    else if (chance(3) == 0)
        keep(build_flip(&b, x, (int[]){0}, 1));
    else if (chance(2))
        keep(build_reduce(&b, chance(2) ? OP_sum : OP_amax, x, (int[]){0, 1}, rank));
    else if (rank == 2 && chance(2))
        keep(build_permute(&b, build_permute(&b, x, (int[]){1, 0}), (int[]){1, 0}));
    else if (rank == 2)
        keep(build_dot(&b, x, x, 0, 1));
    else
        keep(build_slice_axis(&b, x, 0, build_int(&b, 0), x->type->dims[0], 1));
    Node *last = pool.at[pool.n - 1];
    if (last->op == OP_sum || last->op == OP_amax)
        keep(build_reshape(&b, last, type_scalar(g->types, last->type->dtype)));
}

static void make_some(int depth, int n);

/* a region filled at random; gives how many values the pool had before */
static int open_region(Region *r) {
    b.region = r;
    return pool.n;
}

static void close_region(Region *outer, int mark) {
    b.region = outer;
    pool.n = mark;
}

static Node *value_of(const Type *type) {
    Node *node = pick_like(type);
    return node ? node : build_fill(&b, type, special());
}

static void make_if(int depth) {
    Region *r[2], *outer = b.region;
    const Type *types[2] = {some_type(), type_scalar(g->types, DT_f32)};
    Node *x = build_arg(&b, chance(2), types[1]);
    Node *cond = build_map2(&b, OP_gt, x, build_float(&b, DT_f32, special()));
    if (chance(4) == 0) cond = build_map2(&b, OP_gt, build_int(&b, chance(2)), build_int(&b, 0));
    Node *inner = NULL;
    for (int k = 0; k < 2; k++) {
        r[k] = region_new(g, outer);
        int mark = open_region(r[k]);
        make_some(depth - 1, 4);
        for (int i = 0; i < 2; i++) PUSH(arena, &r[k]->results, value_of(types[i]));
        if (k == 0 && pool.n > mark) inner = pool.at[pool.n - 1];
        close_region(outer, mark);
    }
    Node *node = build_if(&b, cond, r[0], r[1]);
    for (int i = 0; i < 2; i++) keep(build_result(&b, node, i));
    if (inner && inner->region == r[0] && chance(2)) keep(build_export(&b, node, 0, inner));
}

static int is_fixed(const Type *type) {
    for (int i = 0; i < type->rank; i++)
        if (!dim_is_int(type->dims[i], NULL)) return 0;
    return 1;
}

/* after a loop: some of what its body computed, summed up */
static void collect_some(Node *loop, Region *body) {
    for (int k = chance(3); k > 0; k--) {
        Node *inner = body->nodes.at[chance(body->nodes.n)];
        if (!inner->type || inner->type->rank > 8 || !dtype_is_float(inner->type->dtype) ||
            !is_fixed(inner->type))
            continue;
        Node *all = build_collect(&b, loop, inner);
        int axes[] = {0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10};
        Node *sum = build_reduce(&b, OP_sum, all, axes, all->type->rank);
        keep(build_reshape(&b, sum, type_scalar(g->types, all->type->dtype)));
    }
}

/* the size takes another value: what was made for the old one may not be used */
static void move_size(Node *value) {
    Pool old = pool;
    pool = (Pool){0};
    for (int i = 0; i < old.n; i++)
        if (is_fixed(old.at[i]->type)) keep(old.at[i]);
    moved = value;
    build_bind(&b, moved, moving);
    keep(build_size(&b, dim_size(g->dims, moving)));
}

static void make_for(int depth) {
    Region *outer = b.region, *body = region_new(g, outer);
    Node *carried[3], *stack = build_fill(&b, matrix(DT_f32, 3, 3), special());
    int n = 1 + chance(3), scans = chance(2), reverse = chance(2);
    for (int i = 0; i < n; i++)
        carried[i] = value_of(i ? type_scalar(g->types, DT_f32) : vector(DT_f32, 3));
    Node *lo = build_int(&b, 0), *step = build_int(&b, 1);
    Node *hi = scans       ? build_int(&b, 3)
               : chance(2) ? build_int(&b, chance(3))
                           : build_arg(&b, 2 + chance(2), lo->type);
    int mark = open_region(body);
    Node *index = keep(build_param(&b, body, lo->type));
    for (int i = 0; i < n; i++) keep(build_param(&b, body, carried[i]->type));
    if (scans) keep(build_param(&b, body, vector(DT_f32, 3)));
    Pool outside = pool;
    Node *before = moved;
    if (chance(3) == 0) move_size(build_map2(&b, OP_add, index, build_int(&b, 1)));
    make_some(depth - 1, 6);
    for (int i = 0; i < n; i++)
        PUSH(arena, &body->results,
             chance(3) ? value_of(carried[i]->type) : body->params.at[1 + i]);
    pool = outside;
    close_region(outer, mark);
    moved = before;
    Node *loop = build_for(&b, lo, hi, step, carried, n, &stack, scans, reverse, body);
    build_bind(&b, moved, moving); /* what the pool holds was made for this */
    for (int i = 0; i < n; i++) keep(build_result(&b, loop, i));
    collect_some(loop, body);
}

/* while i < 3 { i = i + 1; ... } */
static void make_while(int depth) {
    Region *outer = b.region, *cond = region_new(g, outer), *body = region_new(g, outer);
    Node *carried[] = {build_int(&b, chance(4)), value_of(type_scalar(g->types, DT_f32))};
    int mark = open_region(cond);
    for (int i = 0; i < 2; i++) build_param(&b, cond, carried[i]->type);
    PUSH(arena, &cond->results, build_map2(&b, OP_lt, cond->params.at[0], build_int(&b, 3)));
    open_region(body);
    for (int i = 0; i < 2; i++) keep(build_param(&b, body, carried[i]->type));
    make_some(depth - 1, 5);
    PUSH(arena, &body->results, build_map2(&b, OP_add, body->params.at[0], build_int(&b, 1)));
    PUSH(arena, &body->results, value_of(carried[1]->type));
    close_region(outer, mark);
    Node *loop = build_while(&b, carried, 2, cond, body);
    for (int i = 0; i < 2; i++) keep(build_result(&b, loop, i));
    collect_some(loop, body);
}

static void make_opaque(int depth) {
    Region *outer = b.region, *body = region_new(g, outer);
    int is_custom = chance(2);
    Node *x = pick_float();
    Pool outside = pool;
    int mark = open_region(body);
    if (is_custom) pool = (Pool){0};
    if (is_custom) keep(build_param(&b, body, x->type));
    if (!is_custom || depth > 0) make_some(is_custom ? 0 : depth - 1, 3);
    PUSH(arena, &body->results, pool.at[pool.n - 1]);
    pool = outside;
    close_region(outer, mark);
    Node *node =
        is_custom ? build_custom(&b, &x, 1, body, region_new(g, outer)) : build_recompute(&b, body);
    keep(build_detach(&b, build_result(&b, node, 0)));
}

static void make_draw(void) {
    Node *args[] = {build_op(&b, OP_seed, NULL, 0, NULL, 0, NULL), build_int(&b, chance(3))};
    keep(build_op(&b, OP_rand, args, 2, NULL, 0, vector(DT_f32, 3)));
}

static void make_some(int depth, int n) {
    for (int i = 0; i < n; i++) {
        int what = chance(depth > 0 ? 16 : 11);
        if (what < 2)
            make_leaf();
        else if (what < 6)
            make_map();
        else if (what < 7)
            make_integer();
        else if (what < 9)
            make_view();
        else if (what < 10)
            show(pool.at[chance(pool.n)]);
        else if (what < 11)
            make_draw();
        else if (what < 12)
            make_if(depth);
        else if (what < 14)
            make_for(depth);
        else if (what < 15)
            make_while(depth);
        else
            make_opaque(depth);
    }
}

static void random_program(uint64_t seed) {
    random_state = seed * 977;
    pool = (Pool){0};
    moving = size_new(g->dims, "moving", SIZE_BATCH, 8, span_nowhere());
    moved = build_int(&b, 2);
    build_bind(&b, moved, moving);
    for (int i = 0; i < NARGS; i++) keep(unknown(i < 2 ? DT_f32 : DT_i64, i));
    make_some(3, 14);
    for (int i = 0; i < 3; i++) show(pool.at[chance(pool.n)]);
}

#endif
