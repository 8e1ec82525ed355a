/* index_div.c: floor division and remainder of index expressions by a size, simplified by
 * divisibility and ranges. */
#include "codegen/expr.h"

/* value = by * quotient + rest, rest as small as is easily seen */
static void split_dim(Exprs *t, const Dim *value, const Dim *by, const Dim **quotient,
                      const Dim **rest) {
    int64_t k;
    *quotient = dim_int(t->dims, 0);
    *rest = value;
    if (value == *quotient) return;
    const Dim *exact = dim_divide_exact(t->dims, value, by);
    if (exact) {
        *quotient = exact;
        *rest = dim_int(t->dims, 0);
    } else if (dim_is_int(by, &k)) {
        int64_t v;
        if (!dim_is_int(value, &v)) return;
        *quotient = dim_floordiv(t->dims, value, k);
        *rest = dim_mod(t->dims, value, k);
    }
}

/* a = by * quotient + rest */
static void split(Exprs *t, const Ix *a, const Dim *by, const Ix **quotient, const Ix **rest) {
    const Dim *q, *r;
    split_dim(t, a->base, by, &q, &r);
    *quotient = ix_dim(t, q);
    *rest = ix_dim(t, r);
    for (int i = 0; i < a->nterms; i++) {
        const Ix *atom = ix_of_atom(t, a->terms[i].atom);
        split_dim(t, a->terms[i].by, by, &q, &r);
        *quotient = ix_add(t, *quotient, ix_scale(t, atom, q));
        *rest = ix_add(t, *rest, ix_scale(t, atom, r));
    }
}

static int64_t gcd(int64_t a, int64_t b) {
    while (b) {
        int64_t c = a % b;
        a = b;
        b = c;
    }
    return a < 0 ? -a : a;
}

/* what divides by and all coefficients, 1 when there is nothing */
static int64_t common_factor(const Ix *a, const Dim *by) {
    int64_t g, c;
    if (!dim_is_int(by, &g)) return 1;
    for (int i = 0; i < a->nterms; i++) {
        if (!dim_is_int(a->terms[i].by, &c)) return 1;
        g = gcd(g, c);
    }
    return dim_is_int(a->base, &c) ? g : 1;
}

/* a // g, and *left = a % g, where g divides the coefficients */
static const Ix *divide_exactly(Exprs *t, const Ix *a, int64_t g, const Dim **left) {
    const Ix *sum = ix_dim(t, dim_floordiv(t->dims, a->base, g));
    *left = dim_mod(t->dims, a->base, g);
    for (int i = 0; i < a->nterms; i++) {
        const Dim *by = dim_floordiv(t->dims, a->terms[i].by, g);
        sum = ix_add(t, sum, ix_scale(t, ix_of_atom(t, a->terms[i].atom), by));
    }
    return sum;
}

static int is_one_atom(Exprs *t, const Ix *a) {
    return a->nterms == 1 && a->base == dim_int(t->dims, 0) &&
           a->terms[0].by == dim_int(t->dims, 1);
}

/* rest // by, where nothing can be split off */
static const Ix *div_rest(Exprs *t, const Ix *rest, const Dim *by) {
    const Dim *left;
    if (ix_within(t, rest, by)) return ix_int(t, 0);
    int64_t g = rest->nterms ? common_factor(rest, by) : 1;
    if (g > 1) {
        rest = divide_exactly(t, rest, g, &left);
        return ix_div(t, rest, dim_floordiv(t->dims, by, g));
    }
    if (is_one_atom(t, rest) && rest->terms[0].atom->kind == IX_DIV) {
        const IxAtom *inner = rest->terms[0].atom;
        return ix_div(t, inner->a, dim_mul(t->dims, inner->by, by));
    }
    return ix_div_atom(t, rest, by);
}

const Ix *ix_div(Exprs *t, const Ix *a, const Dim *by) {
    const Ix *quotient, *rest;
    if (by == dim_int(t->dims, 1)) return a;
    if (by == dim_int(t->dims, 0)) return ix_int(t, 0); /* of an empty tensor: never evaluated */
    split(t, a, by, &quotient, &rest);
    return ix_add(t, quotient, div_rest(t, rest, by));
}

const Ix *ix_mod(Exprs *t, const Ix *a, const Dim *by) {
    const Ix *quotient, *rest;
    const Dim *left;
    if (by == dim_int(t->dims, 1) || by == dim_int(t->dims, 0)) return ix_int(t, 0);
    split(t, a, by, &quotient, &rest);
    if (ix_within(t, rest, by)) return rest;
    int64_t g = rest->nterms ? common_factor(rest, by) : 1;
    if (g > 1) {
        const Ix *reduced = divide_exactly(t, rest, g, &left);
        reduced = ix_mod(t, reduced, dim_floordiv(t->dims, by, g));
        return ix_add(t, ix_scale(t, reduced, dim_int(t->dims, g)), ix_dim(t, left));
    }
    return ix_mod_atom(t, rest, by);
}
