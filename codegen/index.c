/* index.c: index expressions as interned linear forms over atoms: construction, sums, ranges.
 * Division is index_div.c's. */
#include "codegen/expr.h"

#include <string.h>

Exprs *exprs_new(Arena *arena, Dims *dims) {
    Exprs *t = NEW(arena, Exprs);
    t->arena = arena;
    t->dims = dims;
    return t;
}

/* ---- interning ---- */

static int same_ix(const void *x, const void *y) {
    const Ix *a = x, *b = y;
    return a->base == b->base && a->nterms == b->nterms &&
           (a->nterms == 0 || memcmp(a->terms, b->terms, sizeof(IxTerm) * (size_t)a->nterms) == 0);
}

/* terms sorted by atom, none with coefficient 0 */
static const Ix *intern_ix(Exprs *t, const Dim *base, const IxTerm *terms, int nterms) {
    Ix key = {.base = base, .nterms = nterms, .terms = terms};
    uint64_t hash = hash_mix(7, (uint64_t)(uintptr_t)base);
    for (int i = 0; i < nterms; i++) {
        hash = hash_mix(hash, (uint64_t)terms[i].atom->id);
        hash = hash_mix(hash, (uint64_t)(uintptr_t)terms[i].by);
        key.vars |= terms[i].atom->vars;
    }
    Ix *found = pool_find(&t->ixs, hash, same_ix, &key);
    if (found) return found;
    key.id = t->ixs.n;
    key.terms = arena_copy(t->arena, terms, sizeof(IxTerm) * (size_t)nterms);
    found = arena_copy(t->arena, &key, sizeof key);
    pool_add(t->arena, &t->ixs, hash, found);
    return found;
}

static int same_atom(const void *x, const void *y) {
    const IxAtom *a = x, *b = y;
    return a->kind == b->kind && a->var == b->var && a->extent == b->extent && a->a == b->a &&
           a->by == b->by && a->value == b->value && a->only_if == b->only_if &&
           a->trap_site == b->trap_site;
}

static const Ix *of_atom(Exprs *t, IxAtom key) {
    uint64_t hash = hash_mix((uint64_t)key.kind, (uint64_t)key.var);
    hash = hash_mix(hash, (uint64_t)(uintptr_t)key.extent);
    hash = hash_mix(hash, (uint64_t)(uintptr_t)key.a);
    hash = hash_mix(hash, (uint64_t)(uintptr_t)key.by);
    hash = hash_mix(hash, (uint64_t)(uintptr_t)key.value);
    IxAtom *found = pool_find(&t->atoms, hash, same_atom, &key);
    if (!found) {
        key.id = t->atoms.n;
        if (key.kind == IX_VAR) key.vars = (uint64_t)1 << key.var;
        if (key.a) key.vars = key.a->vars;
        if (key.value) key.vars = key.value->vars;
        found = arena_copy(t->arena, &key, sizeof key);
        pool_add(t->arena, &t->atoms, hash, found);
    }
    return ix_of_atom(t, found);
}

const Ix *ix_of_atom(Exprs *t, const IxAtom *atom) {
    IxTerm term = {atom, dim_int(t->dims, 1)};
    return intern_ix(t, dim_int(t->dims, 0), &term, 1);
}

const Ix *ix_dim(Exprs *t, const Dim *value) {
    return intern_ix(t, value, NULL, 0);
}

const Ix *ix_int(Exprs *t, int64_t value) {
    return ix_dim(t, dim_int(t->dims, value));
}

const Ix *ix_var(Exprs *t, int var, const Dim *extent) {
    int64_t n;
    if (dim_is_int(extent, &n) && n == 1) return ix_int(t, 0);
    return of_atom(t, (IxAtom){.kind = IX_VAR, .var = var, .extent = extent, .trap_site = -1});
}

const Ix *ix_scalar(Exprs *t, int scalar, const Dim *extent, const Dim *only_if, int trap_site) {
    return of_atom(t, (IxAtom){.kind = IX_SCALAR,
                               .var = scalar,
                               .extent = extent,
                               .only_if = only_if,
                               .trap_site = trap_site});
}

const Ix *ix_value(Exprs *t, const Kx *value, const Dim *extent, int trap_site) {
    return of_atom(
        t, (IxAtom){.kind = IX_VALUE, .value = value, .extent = extent, .trap_site = trap_site});
}

const Ix *ix_div_atom(Exprs *t, const Ix *a, const Dim *by) {
    return of_atom(t, (IxAtom){.kind = IX_DIV, .a = a, .by = by, .trap_site = -1});
}

const Ix *ix_mod_atom(Exprs *t, const Ix *a, const Dim *by) {
    return of_atom(t, (IxAtom){.kind = IX_MOD, .a = a, .by = by, .trap_site = -1});
}

int ix_is_dim(const Ix *a, const Dim **value) {
    *value = a->base;
    return a->nterms == 0;
}

/* ---- sums ---- */

static const Ix *merge(Exprs *t, const Ix *a, const Ix *b) {
    IxTerm *terms = NEW_ARRAY(t->arena, IxTerm, a->nterms + b->nterms + 1);
    const Dim *zero = dim_int(t->dims, 0);
    int n = 0, i = 0, j = 0;
    while (i < a->nterms || j < b->nterms) {
        int left =
            j == b->nterms || (i < a->nterms && a->terms[i].atom->id <= b->terms[j].atom->id);
        int right =
            i == a->nterms || (j < b->nterms && b->terms[j].atom->id <= a->terms[i].atom->id);
        IxTerm term = left ? a->terms[i] : b->terms[j];
        if (left && right) term.by = dim_add(t->dims, a->terms[i].by, b->terms[j].by);
        i += left;
        j += right;
        if (term.by != zero) terms[n++] = term;
    }
    return intern_ix(t, dim_add(t->dims, a->base, b->base), terms, n);
}

static const Dim *coefficient_of(const Ix *a, const IxAtom *atom) {
    for (int i = 0; i < a->nterms; i++)
        if (a->terms[i].atom == atom) return a->terms[i].by;
    return NULL;
}

static const Ix *negative(Exprs *t, const Ix *a) {
    return ix_scale(t, a, dim_int(t->dims, -1));
}

/* c*(a % k) + c*k*(a // k) is c*a: how flattened and unflattened indices become one again */
static const Ix *rejoin(Exprs *t, const Ix *sum) {
    for (int i = 0; i < sum->nterms; i++) {
        const IxAtom *mod = sum->terms[i].atom;
        if (mod->kind != IX_MOD) continue;
        const Dim *c = sum->terms[i].by, *ck = dim_mul(t->dims, c, mod->by);
        const Ix *q = ix_div(t, mod->a, mod->by);
        int all = q->nterms > 0;
        for (int k = 0; k < q->nterms && all; k++)
            all = coefficient_of(sum, q->terms[k].atom) == dim_mul(t->dims, ck, q->terms[k].by);
        if (!all) continue;
        IxTerm term = {mod, c};
        const Ix *gone = intern_ix(t, dim_int(t->dims, 0), &term, 1);
        sum = merge(t, sum, negative(t, gone));
        sum = merge(t, sum, negative(t, ix_scale(t, q, ck)));
        return ix_add(t, sum, ix_scale(t, mod->a, c));
    }
    return sum;
}

const Ix *ix_add(Exprs *t, const Ix *a, const Ix *b) {
    return rejoin(t, merge(t, a, b));
}

const Ix *ix_scale(Exprs *t, const Ix *a, const Dim *by) {
    const Dim *zero = dim_int(t->dims, 0);
    if (by == zero) return ix_dim(t, zero);
    if (by == dim_int(t->dims, 1)) return a;
    IxTerm *terms = NEW_ARRAY(t->arena, IxTerm, a->nterms + 1);
    for (int i = 0; i < a->nterms; i++)
        terms[i] = (IxTerm){a->terms[i].atom, dim_mul(t->dims, a->terms[i].by, by)};
    return intern_ix(t, dim_mul(t->dims, a->base, by), terms, a->nterms);
}

/* ---- ranges ---- */

int dim_surely_ge0(const Dim *d) {
    return dim_lower(d) >= 0;
}

static int surely_le0(Exprs *t, const Dim *d) {
    return dim_surely_ge0(dim_sub(t->dims, dim_int(t->dims, 0), d));
}

static int atom_bound(Exprs *t, const IxAtom *atom, int upper, const Dim **bound) {
    const Dim *one = dim_int(t->dims, 1);
    *bound = dim_int(t->dims, 0);
    switch (atom->kind) {
    case IX_VAR:
    case IX_SCALAR:
    case IX_VALUE:
        if (!atom->extent) return 0;
        if (upper) *bound = dim_sub(t->dims, atom->extent, one);
        return 1;
    case IX_MOD:
        if (upper) *bound = dim_sub(t->dims, atom->by, one);
        return 1;
    case IX_DIV: {
        const Dim *inner;
        int64_t k;
        if (upper ? !ix_upper(t, atom->a, &inner) : !ix_lower(t, atom->a, &inner)) return 0;
        if (dim_is_int(atom->by, &k)) {
            *bound = dim_floordiv(t->dims, inner, k);
            return 1;
        }
        if (!upper) return dim_surely_ge0(inner);
        *bound = dim_divide_exact(t->dims, dim_add(t->dims, inner, one), atom->by);
        *bound = *bound ? dim_sub(t->dims, *bound, one) : inner;
        return 1;
    }
    }
    return 0;
}

static int bound_of(Exprs *t, const Ix *a, int upper, const Dim **bound) {
    const Dim *sum = a->base;
    for (int i = 0; i < a->nterms; i++) {
        const Dim *by = a->terms[i].by, *one;
        int positive = dim_surely_ge0(by);
        if (!positive && !surely_le0(t, by)) return 0;
        if (!atom_bound(t, a->terms[i].atom, positive ? upper : !upper, &one)) return 0;
        sum = dim_add(t->dims, sum, dim_mul(t->dims, one, by));
    }
    *bound = sum;
    return 1;
}

int ix_lower(Exprs *t, const Ix *a, const Dim **bound) {
    return bound_of(t, a, 0, bound);
}

int ix_upper(Exprs *t, const Ix *a, const Dim **bound) {
    return bound_of(t, a, 1, bound);
}

int ix_at_least(Exprs *t, const Ix *a, const Dim *bound) {
    const Dim *low;
    return ix_lower(t, a, &low) && dim_surely_ge0(dim_sub(t->dims, low, bound));
}

int ix_below(Exprs *t, const Ix *a, const Dim *bound) {
    const Dim *high;
    if (!ix_upper(t, a, &high)) return 0;
    return dim_surely_ge0(dim_sub(t->dims, dim_sub(t->dims, bound, high), dim_int(t->dims, 1)));
}

int ix_within(Exprs *t, const Ix *a, const Dim *extent) {
    return ix_at_least(t, a, dim_int(t->dims, 0)) && ix_below(t, a, extent);
}

const Dim *ix_coefficient(const Ix *a, int var) {
    for (int i = 0; i < a->nterms; i++)
        if (a->terms[i].atom->kind == IX_VAR && a->terms[i].atom->var == var) return a->terms[i].by;
    return NULL;
}

int ix_is_affine_in(const Ix *a, int var) {
    for (int i = 0; i < a->nterms; i++)
        if (a->terms[i].atom->kind != IX_VAR && (a->terms[i].atom->vars >> var & 1)) return 0;
    return 1;
}
