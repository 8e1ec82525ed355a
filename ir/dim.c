/* dim.c: sizes as interned polynomials. Takes sizes and numbers, gives the one Dim of each value's
   normal form. Keeps true: a Dim's terms stand in descending graded lexicographic order with
   coefficients other than 0; monomials are interned too, so a term is compared by two words; every
   floor division stands in normal form. */
#include "ir/dim_impl.h"

#include <string.h>

static uint64_t mix(uint64_t h, uint64_t x) {
    h = (h ^ x) * 0x9e3779b97f4a7c15u;
    return h ^ (h >> 29);
}

Dims *dims_new(Arena *arena) {
    Dims *t = NEW(arena, Dims);
    t->arena = arena;
    t->cap = t->mono_cap = 256;
    t->slots = NEW_ARRAY(arena, Dim *, t->cap);
    t->mono_slots = NEW_ARRAY(arena, Mono *, t->mono_cap);
    t->unit = mono_intern(t, NULL, 0);
    return t;
}

int dims_overflowed(const Dims *t) {
    return t->overflowed;
}

Size *size_new(Dims *t, const char *name, SizeKind kind, int64_t bound, Span span) {
    Size *size = NEW(t->arena, Size);
    size->id = t->sizes.n;
    size->name = name;
    size->kind = kind;
    size->bound = bound;
    size->span = span;
    PUSH(t->arena, &t->sizes, size);
    return size;
}

int size_count(const Dims *t) {
    return t->sizes.n;
}

Size *size_at(const Dims *t, int id) {
    if (id < 0 || id >= t->sizes.n) die("no size %d", id);
    return t->sizes.at[id];
}

/* ---- order ---- */

static int dim_compare(const Dim *a, const Dim *b);

/* which of two factors' bases comes first: sizes by id, then divisions by divisor and dividend */
static int factor_compare(const DimFactor *a, const DimFactor *b) {
    if (a->size && b->size) return (a->size->id > b->size->id) - (a->size->id < b->size->id);
    if (a->size || b->size) return a->size ? -1 : 1;
    if (a->by != b->by) return a->by < b->by ? -1 : 1;
    return dim_compare(a->inner, b->inner);
}

int mono_compare(const Mono *a, const Mono *b) {
    if (a == b) return 0;
    if (a->degree != b->degree) return a->degree > b->degree ? -1 : 1;
    for (int i = 0; i < a->n && i < b->n; i++) {
        int c = factor_compare(&a->factors[i], &b->factors[i]);
        if (c) return c;
        int difference = b->factors[i].power - a->factors[i].power;
        if (difference) return difference;
    }
    return b->n - a->n;
}

static int dim_compare(const Dim *a, const Dim *b) {
    if (a == b) return 0;
    for (int i = 0; i < a->n && i < b->n; i++) {
        int c = mono_compare(a->terms[i].mono, b->terms[i].mono);
        if (c) return c;
        if (a->terms[i].coef != b->terms[i].coef)
            return a->terms[i].coef > b->terms[i].coef ? -1 : 1;
    }
    return b->n - a->n;
}

/* ---- the two intern tables ---- */

static int mono_same(const Mono *m, const DimFactor *factors, int n) {
    if (m->n != n) return 0;
    for (int i = 0; i < n; i++) {
        const DimFactor *a = &m->factors[i], *b = &factors[i];
        if (a->size != b->size || a->inner != b->inner || a->by != b->by || a->power != b->power)
            return 0;
    }
    return 1;
}

static void mono_grow(Dims *t) {
    int old = t->mono_cap;
    Mono **from = t->mono_slots;
    t->mono_cap = 2 * old;
    t->mono_slots = NEW_ARRAY(t->arena, Mono *, t->mono_cap);
    for (int i = 0; i < old; i++) {
        if (!from[i]) continue;
        uint64_t at = from[i]->hash;
        while (t->mono_slots[at & (uint64_t)(t->mono_cap - 1)]) at++;
        t->mono_slots[at & (uint64_t)(t->mono_cap - 1)] = from[i];
    }
}

const Mono *mono_intern(Dims *t, const DimFactor *factors, int n) {
    uint64_t hash = 17;
    int degree = 0;
    for (int i = 0; i < n; i++) {
        hash = mix(hash, factors[i].size ? (uint64_t)factors[i].size->id : factors[i].inner->hash);
        hash = mix(hash, (uint64_t)factors[i].by * 31 + (uint64_t)factors[i].power);
        degree += factors[i].power;
    }
    uint64_t at = hash;
    for (Mono *m; (m = t->mono_slots[at & (uint64_t)(t->mono_cap - 1)]); at++)
        if (m->hash == hash && mono_same(m, factors, n)) return m;
    Mono *m = NEW(t->arena, Mono);
    m->hash = hash;
    m->n = n;
    m->degree = degree;
    m->factors = arena_copy(t->arena, factors, sizeof *factors * (size_t)n);
    t->mono_slots[at & (uint64_t)(t->mono_cap - 1)] = m;
    if (2 * ++t->mono_count > t->mono_cap) mono_grow(t);
    return m;
}

static void dims_grow(Dims *t) {
    int old = t->cap;
    Dim **from = t->slots;
    t->cap = 2 * old;
    t->slots = NEW_ARRAY(t->arena, Dim *, t->cap);
    for (int i = 0; i < old; i++) {
        if (!from[i]) continue;
        uint64_t at = from[i]->hash;
        while (t->slots[at & (uint64_t)(t->cap - 1)]) at++;
        t->slots[at & (uint64_t)(t->cap - 1)] = from[i];
    }
}

const Dim *dim_intern(Dims *t, const Term *terms, int n) {
    uint64_t hash = 41;
    for (int i = 0; i < n; i++) hash = mix(mix(hash, (uint64_t)terms[i].coef), terms[i].mono->hash);
    uint64_t at = hash;
    for (Dim *d; (d = t->slots[at & (uint64_t)(t->cap - 1)]); at++) {
        if (d->hash != hash || d->n != n) continue;
        int same = 1;
        for (int i = 0; i < n && same; i++)
            same = d->terms[i].coef == terms[i].coef && d->terms[i].mono == terms[i].mono;
        if (same) return d;
    }
    Dim *d = NEW(t->arena, Dim);
    d->table = t;
    d->hash = hash;
    d->n = n;
    d->terms = arena_copy(t->arena, terms, sizeof *terms * (size_t)n);
    t->slots[at & (uint64_t)(t->cap - 1)] = d;
    if (2 * ++t->count > t->cap) dims_grow(t);
    return d;
}

/* ---- sums of terms ---- */

static int64_t checked_add(Dims *t, int64_t a, int64_t b) {
    int64_t c;
    if (!__builtin_add_overflow(a, b, &c)) return c;
    t->overflowed = 1;
    return a > 0 ? INT64_MAX : -INT64_MAX;
}

static int64_t checked_mul(Dims *t, int64_t a, int64_t b) {
    int64_t c;
    if (!__builtin_mul_overflow(a, b, &c)) return c;
    t->overflowed = 1;
    return (a > 0) == (b > 0) ? INT64_MAX : -INT64_MAX;
}

/* t->work: the sum being made, always sorted */
static void work_add(Dims *t, int64_t coef, const Mono *mono) {
    int lo = 0, hi = t->work.n;
    while (lo < hi) {
        int mid = (lo + hi) / 2, c = mono_compare(t->work.at[mid].mono, mono);
        if (c == 0) {
            t->work.at[mid].coef = checked_add(t, t->work.at[mid].coef, coef);
            return;
        }
        if (c < 0)
            lo = mid + 1;
        else
            hi = mid;
    }
    PUSH(t->arena, &t->work, ((Term){coef, mono}));
    memmove(&t->work.at[lo + 1], &t->work.at[lo], sizeof(Term) * (size_t)(t->work.n - 1 - lo));
    t->work.at[lo] = (Term){coef, mono};
}

static const Dim *work_done(Dims *t) {
    int n = 0;
    for (int i = 0; i < t->work.n; i++)
        if (t->work.at[i].coef) t->work.at[n++] = t->work.at[i];
    const Dim *d = dim_intern(t, t->work.at, n);
    t->work.n = 0;
    return d;
}

/* a + scale*b */
static const Dim *combine(Dims *t, const Dim *a, const Dim *b, int64_t scale) {
    for (int i = 0; i < a->n; i++) PUSH(t->arena, &t->work, a->terms[i]);
    for (int i = 0; i < b->n; i++)
        work_add(t, checked_mul(t, scale, b->terms[i].coef), b->terms[i].mono);
    return work_done(t);
}

static const Mono *mono_mul(Dims *t, const Mono *a, const Mono *b) {
    if (a->n == 0) return b;
    if (b->n == 0) return a;
    DimFactor *out = NEW_ARRAY(t->arena, DimFactor, a->n + b->n);
    int n = 0, i = 0, j = 0;
    while (i < a->n || j < b->n) {
        int c = i == a->n ? 1 : j == b->n ? -1 : factor_compare(&a->factors[i], &b->factors[j]);
        out[n] = c <= 0 ? a->factors[i] : b->factors[j];
        if (c == 0) out[n].power += b->factors[j].power;
        i += c <= 0;
        j += c >= 0;
        n++;
    }
    return mono_intern(t, out, n);
}

const Dim *dim_int(Dims *t, int64_t value) {
    Term term = {value, t->unit};
    return dim_intern(t, &term, value != 0);
}

const Dim *dim_size(Dims *t, Size *size) {
    DimFactor f = {.size = size, .power = 1};
    Term term = {1, mono_intern(t, &f, 1)};
    return dim_intern(t, &term, 1);
}

const Dim *dim_add(Dims *t, const Dim *a, const Dim *b) {
    return combine(t, a, b, 1);
}

const Dim *dim_sub(Dims *t, const Dim *a, const Dim *b) {
    return combine(t, a, b, -1);
}

const Dim *dim_mul(Dims *t, const Dim *a, const Dim *b) {
    for (int i = 0; i < a->n; i++)
        for (int j = 0; j < b->n; j++) {
            const Mono *mono = mono_mul(t, a->terms[i].mono, b->terms[j].mono);
            work_add(t, checked_mul(t, a->terms[i].coef, b->terms[j].coef), mono);
        }
    return work_done(t);
}

/* ---- division ---- */

static int64_t floor_div(int64_t a, int64_t k) {
    return a / k - (a % k < 0);
}

static int64_t gcd(int64_t a, int64_t b) {
    while (b) {
        int64_t r = a % b;
        a = b;
        b = r;
    }
    return a;
}

/* a's coefficients over k, rounded down */
static const Dim *quotient(Dims *t, const Dim *a, int64_t k) {
    for (int i = 0; i < a->n; i++)
        PUSH(t->arena, &t->work, ((Term){floor_div(a->terms[i].coef, k), a->terms[i].mono}));
    return work_done(t);
}

/* what k and the coefficients of all terms but the number have in common */
static int64_t content(const Dim *r, int64_t k) {
    for (int i = 0; i < r->n; i++)
        if (r->terms[i].mono->n) k = gcd(k, r->terms[i].coef);
    return k;
}

/* a term that is one floor division times 1: (x // j + s) // k is (x + j*s) // (j*k) */
static int nested(const Dim *r, int64_t k) {
    for (int i = 0; i < r->n; i++) {
        const Mono *m = r->terms[i].mono;
        int64_t product;
        if (r->terms[i].coef == 1 && m->n == 1 && m->factors[0].power == 1 && !m->factors[0].size &&
            !__builtin_mul_overflow(m->factors[0].by, k, &product))
            return i;
    }
    return -1;
}

static const Dim *unnest(Dims *t, const Dim *r, int at, int64_t k) {
    const DimFactor *f = &r->terms[at].mono->factors[0];
    const Dim *division = dim_intern(t, &r->terms[at], 1);
    const Dim *rest = combine(t, r, division, -1);
    return dim_floordiv(t, combine(t, f->inner, rest, f->by), f->by * k);
}

const Dim *dim_floordiv(Dims *t, const Dim *a, int64_t k) {
    if (k <= 0) die("a size divided by %lld", (long long)k);
    if (k == 1) return a;
    const Dim *q = quotient(t, a, k);
    const Dim *r = combine(t, a, q, -k);
    if (r->n == 0 || r->terms[0].mono->n == 0) return q; /* nothing, or a number below k */
    int64_t common = content(r, k);
    if (common > 1) return dim_add(t, q, dim_floordiv(t, quotient(t, r, common), k / common));
    int at = nested(r, k);
    if (at >= 0) return dim_add(t, q, unnest(t, r, at, k));
    DimFactor f = {.inner = r, .by = k, .power = 1};
    Term term = {1, mono_intern(t, &f, 1)};
    return dim_add(t, q, dim_intern(t, &term, 1));
}

const Dim *dim_mod(Dims *t, const Dim *a, int64_t k) {
    return combine(t, a, dim_floordiv(t, a, k), -k);
}

const Dim *dim_ceildiv(Dims *t, const Dim *a, int64_t k) {
    int64_t n;
    if (dim_is_int(a, &n)) return dim_int(t, n / k + (n % k > 0));
    return dim_floordiv(t, dim_add(t, a, dim_int(t, k - 1)), k);
}

/* a / b, NULL when b does not divide a */
static const Mono *mono_divide(Dims *t, const Mono *a, const Mono *b) {
    DimFactor *out = NEW_ARRAY(t->arena, DimFactor, a->n);
    int n = 0, j = 0;
    for (int i = 0; i < a->n; i++) {
        out[n] = a->factors[i];
        if (j < b->n && factor_compare(&a->factors[i], &b->factors[j]) == 0)
            out[n].power -= b->factors[j++].power;
        if (out[n].power < 0) return NULL;
        n += out[n].power > 0;
    }
    return j == b->n ? mono_intern(t, out, n) : NULL;
}

const Dim *dim_divide_exact(Dims *t, const Dim *a, const Dim *b) {
    if (b->n == 0) return NULL;
    const Dim *q = dim_int(t, 0);
    while (a->n) { /* long division by the leading term, which falls each time */
        if (a->terms[0].coef % b->terms[0].coef) return NULL;
        const Mono *mono = mono_divide(t, a->terms[0].mono, b->terms[0].mono);
        if (!mono || t->overflowed) return NULL;
        Term term = {a->terms[0].coef / b->terms[0].coef, mono};
        const Dim *part = dim_intern(t, &term, 1);
        q = dim_add(t, q, part);
        a = dim_sub(t, a, dim_mul(t, part, b));
    }
    return q;
}
