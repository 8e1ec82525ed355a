/* eval_arith_body.h: one type T; P(name) names its functions, MAX and MIN its extremes, ADD MUL FMA
   LARGER SMALLER its arithmetic. No include guard: eval_arith.c includes it once a type. */

static T P(identity)(Op op) {
    const T starts[] = {
        [START_zero] = 0, [START_one] = 1, [START_least] = MIN, [START_greatest] = MAX};
    return starts[reduction_info(op)->start];
}

static T P(join)(Op op, T a, T b) {
    return op == OP_sum    ? ADD(a, b)
           : op == OP_prod ? MUL(a, b)
           : op == OP_amax ? LARGER(a, b)
                           : SMALLER(a, b);
}

/* blocks of partial results, joined as a binary counter counts */
typedef struct P(Stack) P(Stack);
struct P(Stack) {
    Op op;
    int lanes, depth;
    int64_t pushed;
    T at[ORDER_STACK][ORDER_LANES];
};

static void P(merge)(P(Stack) * s) {
    T *earlier = s->at[s->depth - 2], *later = s->at[s->depth - 1];
    for (int l = 0; l < s->lanes; l++) earlier[l] = P(join)(s->op, earlier[l], later[l]);
    s->depth--;
}

static void P(push)(P(Stack) * s, const T *block) {
    memcpy(s->at[s->depth++], block, sizeof(T) * (size_t)s->lanes);
    for (int64_t b = ++s->pushed; b % 2 == 0; b /= 2) P(merge)(s);
}

static T P(finish)(P(Stack) * s) {
    if (!s->depth) return P(identity)(s->op);
    while (s->depth > 1) P(merge)(s);
    T *lane = s->at[0];
    for (int h = s->lanes / 2; h >= 1; h /= 2)
        for (int l = 0; l < h; l++) lane[l] = P(join)(s->op, lane[l], lane[l + h]);
    return lane[0];
}

static void P(reduce)(Op op, void *out, int64_t at, const Run *run) {
    P(Stack) stack = {.op = op, .lanes = run->lanes};
    const T *x = run->x, *y = run->y;
    T lane[ORDER_LANES];
    int64_t chunks = 0;
    for (int64_t o = 0; o < run->nouter; o++) {
        for (int64_t c = 0; c < run->ninner; c += run->lanes) {
            if (chunks == 0)
                for (int l = 0; l < run->lanes; l++) lane[l] = P(identity)(op);
            for (int l = 0; l < run->lanes && c + l < run->ninner; l++) {
                int64_t i = run->outer[o] + run->inner[c + l];
                lane[l] = y ? FMA(x[i], y[i], lane[l]) : P(join)(op, lane[l], x[i]);
            }
            if (++chunks < ORDER_BLOCK_CHUNKS) continue;
            P(push)(&stack, lane);
            chunks = 0;
        }
    }
    if (chunks) P(push)(&stack, lane);
    ((T *)out)[at] = P(finish)(&stack);
}

static void P(dot)(void *out, int64_t at, const void *a, int64_t a_at, const void *b, int64_t b_at,
                   int64_t n) {
    const T *x = (const T *)a + a_at, *y = (const T *)b + b_at;
    T total = 0;
    for (int64_t first = 0; first < n; first += ORDER_BLOCK_DOT) {
        T s = 0;
        for (int64_t k = first; k < n && k < first + ORDER_BLOCK_DOT; k++) s = FMA(x[k], y[k], s);
        total = first ? ADD(total, s) : s;
    }
    ((T *)out)[at] = total;
}

static void P(add)(void *out, int64_t at, const void *x, int64_t x_at) {
    T *y = out;
    y[at] = ADD(y[at], ((const T *)x)[x_at]);
}

static int64_t P(best)(Op op, const void *x, int64_t at, int64_t stride, int64_t n) {
    const T *v = (const T *)x + at;
    int64_t best = 0;
    for (int64_t i = 1; i < n; i++) {
        T a = v[i * stride], b = v[best * stride];
        int better = op == OP_argmax ? a > b : a < b;
        if (better || (ISNAN(a) && !ISNAN(b))) best = i;
        if (ISNAN(v[best * stride])) break;
    }
    return best;
}

static const Arith P(arith) = {P(reduce), P(dot), P(add), P(best)};

#undef P
#undef T
#undef MAX
#undef MIN
#undef ADD
#undef MUL
#undef FMA
#undef LARGER
#undef SMALLER
#undef ISNAN
