/* dim_value.c: what a Dim is worth: its number, its range from the sizes' bounds, its value for
   given sizes, its text, its terms, and the Dim with sizes replaced. */
#include "ir/dim_impl.h"

#include <string.h>

int dim_is_int(const Dim *d, int64_t *value) {
    if (d->n > 1 || (d->n == 1 && d->terms[0].mono->n)) return 0;
    if (value) *value = d->n ? d->terms[0].coef : 0;
    return 1;
}

int64_t dim_value(const Dim *d) {
    int64_t value;
    if (!dim_is_int(d, &value)) die("a size is not a number: %s", dim_print(d->table->arena, d));
    return value;
}

static int64_t floor_div(int64_t a, int64_t k) {
    return a / k - (a % k < 0);
}

int64_t dim_eval(const Dim *d, const int64_t *sizes) {
    uint64_t sum = 0; /* wraps, as compiled code does */
    for (int i = 0; i < d->n; i++) {
        uint64_t product = (uint64_t)d->terms[i].coef;
        for (int j = 0; j < d->terms[i].mono->n; j++) {
            const DimFactor *f = &d->terms[i].mono->factors[j];
            int64_t base =
                f->size ? sizes[f->size->id] : floor_div(dim_eval(f->inner, sizes), f->by);
            for (int k = 0; k < f->power; k++) product *= (uint64_t)base;
        }
        sum += product;
    }
    return (int64_t)sum;
}

/* ---- ranges: INT64_MIN and INT64_MAX stand for no bound ---- */

typedef struct Range Range;
struct Range {
    int64_t lo, hi;
};

static int64_t clip_mul(int64_t a, int64_t b) {
    int64_t c;
    int endless = a == INT64_MIN || a == INT64_MAX || b == INT64_MIN || b == INT64_MAX;
    if (a == 0 || b == 0) return 0;
    if (!endless && !__builtin_mul_overflow(a, b, &c)) return c;
    return (a > 0) == (b > 0) ? INT64_MAX : INT64_MIN;
}

static int64_t clip_add(int64_t a, int64_t b) {
    int64_t c;
    if (a == INT64_MIN || a == INT64_MAX) return a;
    if (b == INT64_MIN || b == INT64_MAX) return b;
    if (__builtin_add_overflow(a, b, &c)) return a > 0 ? INT64_MAX : INT64_MIN;
    return c;
}

static Range range_mul(Range a, Range b) {
    int64_t p[4] = {clip_mul(a.lo, b.lo), clip_mul(a.lo, b.hi), clip_mul(a.hi, b.lo),
                    clip_mul(a.hi, b.hi)};
    Range r = {p[0], p[0]};
    for (int i = 1; i < 4; i++) {
        if (p[i] < r.lo) r.lo = p[i];
        if (p[i] > r.hi) r.hi = p[i];
    }
    return r;
}

static Range dim_range(const Dim *d);

static Range factor_range(const DimFactor *f) {
    if (f->size) {
        if (f->size->equals) return dim_range(f->size->equals);
        return (Range){f->size->least, f->size->bound < 0 ? INT64_MAX : f->size->bound};
    }
    Range r = dim_range(f->inner);
    if (r.lo != INT64_MIN) r.lo = floor_div(r.lo, f->by);
    if (r.hi != INT64_MAX) r.hi = floor_div(r.hi, f->by);
    return r;
}

/* Finds in d a remainder: the terms -c*m*(x // k) and c*(x // (k/m)), which make c*((x // (k/m)) %
   m). On success d is rest + c * (*value % *by), with fewer terms in rest. */
static int find_remainder(const Dim *d, const Dim **rest, int64_t *c, const Dim **value,
                          int64_t *by) {
    Dims *t = d->table;
    for (int i = 0; i < d->n; i++) {
        const Mono *m = d->terms[i].mono;
        int64_t coef = d->terms[i].coef;
        if (coef >= 0 || coef == INT64_MIN || m->n != 1 || m->factors[0].size ||
            m->factors[0].power != 1)
            continue;
        int64_t a = -coef, k = m->factors[0].by;
        while (k) {
            int64_t r = a % k;
            a = k;
            k = r;
        }
        if (a < 2) continue;
        *by = a;
        *c = -coef / a;
        *value = dim_floordiv(t, m->factors[0].inner, m->factors[0].by / a);
        Term division = {coef, m};
        *rest = dim_sub(t, dim_sub(t, d, dim_intern(t, &division, 1)),
                        dim_mul(t, dim_int(t, *c), *value));
        if ((*rest)->n < d->n - 1) return 1;
    }
    return 0;
}

static Range dim_range(const Dim *d) {
    const Dim *rest, *value;
    int64_t c, by;
    if (find_remainder(d, &rest, &c, &value, &by)) {
        Range r = dim_range(rest);
        return (Range){r.lo, clip_add(r.hi, clip_mul(c, by - 1))};
    }
    Range sum = {0, 0};
    for (int i = 0; i < d->n; i++) {
        Range r = {d->terms[i].coef, d->terms[i].coef};
        for (int j = 0; j < d->terms[i].mono->n; j++) {
            Range base = factor_range(&d->terms[i].mono->factors[j]);
            for (int k = 0; k < d->terms[i].mono->factors[j].power; k++) r = range_mul(r, base);
        }
        sum = (Range){clip_add(sum.lo, r.lo), clip_add(sum.hi, r.hi)};
    }
    return sum;
}

int64_t dim_upper(const Dim *d) {
    int64_t hi = dim_range(d).hi;
    return hi == INT64_MAX ? -1 : hi;
}

int64_t dim_lower(const Dim *d) {
    return dim_range(d).lo;
}

/* ---- text ---- */

/* binds: 0 sums, 1 products and divisions' operands */
static const char *print_at(Arena *arena, const Dim *d, int binds);

static const char *print_factor(Arena *arena, const DimFactor *f) {
    const char *base = f->size ? f->size->name
                               : arena_printf(arena, "(%s // %lld)", print_at(arena, f->inner, 1),
                                              (long long)f->by);
    return f->power == 1 ? base : arena_printf(arena, "%s**%d", base, f->power);
}

/* the term without its sign */
static const char *print_term(Arena *arena, const Term *term, int alone) {
    uint64_t size = term->coef < 0 ? 0 - (uint64_t)term->coef : (uint64_t)term->coef;
    const Mono *m = term->mono;
    if (m->n == 0) return arena_printf(arena, "%llu", (unsigned long long)size);
    if (alone && size == 1 && m->n == 1 && !m->factors[0].size && m->factors[0].power == 1)
        return arena_printf(arena, "%s // %lld", print_at(arena, m->factors[0].inner, 1),
                            (long long)m->factors[0].by);
    const char *text = size == 1 ? "" : arena_printf(arena, "%llu*", (unsigned long long)size);
    for (int i = 0; i < m->n; i++)
        text =
            arena_printf(arena, "%s%s%s", text, i ? "*" : "", print_factor(arena, &m->factors[i]));
    return text;
}

static const char *print_terms(Arena *arena, const Dim *d) {
    int first = 0; /* "4 - n" rather than "-n + 4" */
    while (first < d->n - 1 && d->terms[first].coef < 0) first++;
    if (d->terms[first].coef < 0) first = 0;
    const char *text = arena_printf(arena, "%s%s", d->terms[first].coef < 0 ? "-" : "",
                                    print_term(arena, &d->terms[first], d->n == 1));
    for (int i = 0; i < d->n; i++)
        if (i != first)
            text = arena_printf(arena, "%s %c %s", text, d->terms[i].coef < 0 ? '-' : '+',
                                print_term(arena, &d->terms[i], 0));
    return text;
}

static const char *print_at(Arena *arena, const Dim *d, int binds) {
    const Dim *rest, *value;
    int64_t c, by;
    const char *text;
    int simple =
        d->n <= 1 && (d->n == 0 || (d->terms[0].coef >= 0 && d->terms[0].mono->degree <= 1));
    if (d->n == 0) {
        text = "0";
    } else if (find_remainder(d, &rest, &c, &value, &by)) {
        text = arena_printf(arena, "%s %% %lld", print_at(arena, value, 1), (long long)by);
        if (c != 1) text = arena_printf(arena, "%lld*(%s)", (long long)c, text);
        if (rest->n) text = arena_printf(arena, "%s + %s", text, print_at(arena, rest, 0));
    } else {
        text = print_terms(arena, d);
        simple = simple && !strstr(text, "//") && !strchr(text, '*');
    }
    return binds && !simple ? arena_printf(arena, "(%s)", text) : text;
}

const char *dim_print(Arena *arena, const Dim *d) {
    return print_at(arena, d, 0);
}

/* ---- terms ---- */

int dim_terms(const Dim *d) {
    return d->n;
}

int64_t dim_term(const Dim *d, int i, const DimFactor **factors, int *nfactors) {
    *factors = d->terms[i].mono->factors;
    *nfactors = d->terms[i].mono->n;
    return d->terms[i].coef;
}

static int add_size(const Size *size, const Size **out, int n, int cap) {
    for (int i = 0; i < n; i++)
        if (out[i] == size) return n;
    if (n < cap) out[n++] = size;
    return n;
}

static int collect_sizes(const Dim *d, const Size **out, int n, int cap) {
    for (int i = 0; i < d->n; i++)
        for (int j = 0; j < d->terms[i].mono->n; j++) {
            const DimFactor *f = &d->terms[i].mono->factors[j];
            n = f->size ? add_size(f->size, out, n, cap) : collect_sizes(f->inner, out, n, cap);
        }
    return n;
}

int dim_sizes(const Dim *d, const Size **out, int cap) {
    return collect_sizes(d, out, 0, cap);
}

static const Dim *replace_factor(Dims *t, const DimFactor *f, const Dim *const *with, int nwith) {
    if (!f->size) return dim_floordiv(t, dim_replace(t, f->inner, with, nwith), f->by);
    if (f->size->id < nwith && with[f->size->id]) return with[f->size->id];
    return dim_size(t, size_at(t, f->size->id));
}

const Dim *dim_replace(Dims *t, const Dim *d, const Dim *const *with, int nwith) {
    if (dim_is_int(d, NULL)) return d;
    const Dim *sum = dim_int(t, 0);
    for (int i = 0; i < d->n; i++) {
        const Dim *product = dim_int(t, d->terms[i].coef);
        for (int j = 0; j < d->terms[i].mono->n; j++) {
            const DimFactor *f = &d->terms[i].mono->factors[j];
            const Dim *base = replace_factor(t, f, with, nwith);
            for (int k = 0; k < f->power; k++) product = dim_mul(t, product, base);
        }
        sum = dim_add(t, sum, product);
    }
    return sum;
}
