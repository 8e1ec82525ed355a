/* text.c: a kernel as text. A value used more than once is named on a line of its own. */
#include "codegen/text.h"
#include "codegen/visit.h"

#include <stdio.h>

#include "ir/number.h"

void text_add(Text *t, const char *format, ...) {
    va_list args;
    va_start(args, format);
    for (const char *s = arena_vprintf(t->arena, format, args); *s; s++)
        PUSH(t->arena, &t->chars, *s);
    va_end(args);
}

const char *text_of(Text *t) {
    PUSH(t->arena, &t->chars, 0);
    return t->chars.at;
}

/* a kernel being written */
typedef struct Writer Writer;
struct Writer {
    Text *t;
    const Kernel *k;
    int canonical;
    int *uses, *named; /* by Kx id; named: its number + 1 */
    int next;
};

static void write_kx(Writer *w, const Kx *k);

/* ---- indices ---- */

static void write_dim(Writer *w, const Dim *d) {
    int64_t value;
    if (!d) {
        text_add(w->t, "-");
        return;
    }
    if (!w->canonical || dim_is_int(d, &value)) {
        text_add(w->t, "%s", dim_print(w->t->arena, d));
        return;
    }
    for (int i = 0; i < dim_terms(d); i++) {
        const DimFactor *f;
        int n;
        text_add(w->t, "%+lld", (long long)dim_term(d, i, &f, &n));
        for (int k = 0; k < n; k++) {
            int at = 0;
            while (f[k].size && w->k->sizes.at[at] != f[k].size) at++;
            if (f[k].size) text_add(w->t, "*s%d^%d", at, f[k].power);
            if (f[k].size) continue;
            text_add(w->t, "*(");
            write_dim(w, f[k].inner);
            text_add(w->t, " %c %lld)^%d", f[k].is_mod ? '%' : '/', (long long)f[k].by, f[k].power);
        }
    }
}

static void write_ix(Writer *w, const Ix *ix);

static void write_atom(Writer *w, const IxAtom *a) {
    if (a->kind == IX_VAR) text_add(w->t, "%c%d", a->var < w->k->nouter ? 'i' : 'r', a->var);
    if (a->kind == IX_SCALAR) text_add(w->t, "start s%d", a->var);
    if (a->kind == IX_VALUE) {
        text_add(w->t, "[");
        write_kx(w, a->value);
        text_add(w->t, "]");
    }
    if (a->kind == IX_DIV || a->kind == IX_MOD) {
        text_add(w->t, "(");
        write_ix(w, a->a);
        text_add(w->t, a->kind == IX_DIV ? ") // " : ") %% ");
        write_dim(w, a->by);
    }
    if (!w->canonical) return;
    if (a->kind == IX_VAR) return;
    text_add(w->t, "{");
    write_dim(w, a->extent);
    write_dim(w, a->only_if);
    text_add(w->t, "%d}", a->trap_site);
}

static void write_ix(Writer *w, const Ix *ix) {
    int64_t value;
    for (int i = 0; i < ix->nterms; i++) {
        if (i) text_add(w->t, " + ");
        if (!dim_is_int(ix->terms[i].by, &value) || value != 1) {
            int one = dim_is_int(ix->terms[i].by, &value) || dim_terms(ix->terms[i].by) == 1;
            text_add(w->t, one ? "" : "(");
            write_dim(w, ix->terms[i].by);
            text_add(w->t, one ? "*" : ")*");
        }
        write_atom(w, ix->terms[i].atom);
    }
    if (ix->nterms && dim_is_int(ix->base, &value) && value == 0) return;
    if (ix->nterms) text_add(w->t, " + ");
    write_dim(w, ix->base);
}

/* ---- values ---- */

static void write_constant(Writer *w, const Kx *k) {
    if (!k->node) {
        text_add(w->t, "0");
    } else if (dtype_is_float(k->dtype)) {
        text_add(w->t, w->canonical ? "%a" : "%.9g", number_load(k->dtype, k->node->data));
    } else {
        text_add(w->t, "%lld", (long long)number_load_int(k->dtype, k->node->data));
    }
}

static void write_args(Writer *w, const char *name, const Kx *k) {
    text_add(w->t, "%s(", name);
    for (int i = 0; i < k->nargs; i++) {
        if (i) text_add(w->t, ", ");
        write_kx(w, k->args[i]);
    }
    text_add(w->t, ")");
}

static void write_guard(Writer *w, const Kx *k) {
    text_add(w->t, "where(");
    for (int i = 0; i < k->nguards; i++) {
        if (i) text_add(w->t, " and ");
        write_dim(w, k->guards[i].lo);
        text_add(w->t, " <= ");
        write_ix(w, k->guards[i].ix);
        text_add(w->t, " < ");
        write_dim(w, k->guards[i].hi);
    }
    for (int i = 0; i < 2; i++) {
        text_add(w->t, ", ");
        if (i < k->nargs)
            write_kx(w, k->args[i]);
        else
            text_add(w->t, "0");
    }
    text_add(w->t, ")");
}

static void write_new(Writer *w, const Kx *k) {
    switch (k->kind) {
    case KX_LOAD:
        text_add(w->t, "b%d[", k->index_of);
        write_ix(w, k->index);
        text_add(w->t, "]");
        break;
    case KX_SCALAR:
        text_add(w->t, "s%d", k->index_of);
        break;
    case KX_CONST:
        write_constant(w, k);
        break;
    case KX_INDEX:
        text_add(w->t, "index(");
        write_ix(w, k->index);
        text_add(w->t, ")");
        break;
    case KX_MAP:
        write_args(w, op_info(k->op)->name, k);
        break;
    case KX_CAST:
        write_args(w, dtype_name(k->dtype), k);
        break;
    case KX_GUARD:
        write_guard(w, k);
        break;
    case KX_TEMP:
        text_add(w->t, "t%d", k->index_of);
        break;
    }
    if (w->canonical) text_add(w->t, ":%d:%d", (int)k->dtype, k->trap_site);
}

static void write_kx(Writer *w, const Kx *k) {
    if (w->named[k->id])
        text_add(w->t, "v%d", w->named[k->id] - 1);
    else
        write_new(w, k);
}

static void count_uses(const Kx *k, void *data) {
    Writer *w = data;
    for (int i = 0; i < k->nargs; i++) w->uses[k->args[i]->id]++;
}

static void name_shared(const Kx *k, void *data) {
    Writer *w = data;
    int leaf = k->kind == KX_CONST || k->kind == KX_SCALAR || k->kind == KX_TEMP;
    if (w->uses[k->id] < 2 || leaf || w->named[k->id]) return;
    text_add(w->t, "    v%d = ", w->next);
    write_kx(w, k);
    text_add(w->t, "\n");
    w->named[k->id] = ++w->next;
}

/* ---- stages ---- */

static void each_value(Writer *w, const Stage *s, void (*f)(const Kx *, void *)) {
    Visit v;
    visit_begin(&v, w->k->table);
    v.kx = f;
    v.data = w;
    visit_stage(&v, s);
}

static void write_rows(Writer *w, const char *what, int from, int n, const Stage *s) {
    if (n) text_add(w->t, "%s", what);
    for (int i = from; i < from + n; i++) {
        text_add(w->t, "%s r%d < ", i > from ? "," : "", w->k->nouter + i);
        write_dim(w, s->row[i]);
    }
}

static void write_stage(Writer *w, const Stage *s) {
    each_value(w, s, count_uses);
    each_value(w, s, name_shared);
    if (s->kind == STAGE_REDUCE) {
        text_add(w->t, "    t%d = %s%s over", s->temp, op_info(s->reduce)->name,
                 s->lanes   ? " in lanes"
                 : s->plain ? " in order"
                            : "");
        write_rows(w, "", 0, s->nrow, s);
        text_add(w->t, ": ");
        write_kx(w, s->value);
        text_add(w->t, "\n");
    } else if (s->kind == STAGE_CONTRACT) {
        text_add(w->t, "    t%d = sum of products%s", s->temp, s->few ? " (few)" : "");
        write_rows(w, " for m", 0, s->nm, s);
        write_rows(w, " n", s->nm, s->nn, s);
        write_rows(w, " over k", s->nm + s->nn, s->nk, s);
        text_add(w->t, ": ");
        write_kx(w, s->a);
        text_add(w->t, " * ");
        write_kx(w, s->b);
        text_add(w->t, "\n");
    } else if (s->nrow) {
        text_add(w->t, "    for%s", s->serial ? " in order" : "");
        write_rows(w, "", 0, s->nrow, s);
        text_add(w->t, "\n");
    }
    if (w->canonical)
        text_add(w->t, "|%d %d %d %d|", s->lanes, s->serial, (int)s->dtype, (int)s->operand);
    for (int i = 0; i < s->nstores; i++) {
        text_add(w->t, "    b%d[", s->stores[i].buffer);
        write_ix(w, s->stores[i].place);
        text_add(w->t, "] = ");
        write_kx(w, s->stores[i].value);
        text_add(w->t, "\n");
    }
}

static void write_params(Writer *w) {
    const Kernel *k = w->k;
    for (int i = 0; i < k->buffers.n; i++) {
        const Type *type = k->buffers.at[i]->type;
        if (w->canonical)
            text_add(w->t, "b%d %d %d %d,", i, (int)type->dtype, k->written.at[i],
                     k->overlay.at[i]);
        else
            text_add(w->t, "%sb%d %s%s", i ? ", " : "", i, k->written.at[i] ? "out " : "",
                     type_print(w->t->arena, type));
    }
    for (int i = 0; i < k->scalars.n; i++)
        text_add(w->t, ", s%d %s", i, dtype_name(k->scalars.at[i]->type->dtype));
    if (w->canonical) text_add(w->t, " %d", k->sizes.n);
    for (int i = 0; i < k->sizes.n; i++) {
        const Size *size = k->sizes.at[i];
        if (w->canonical) /* code relies on a size's limits */
            text_add(w->t, " %lld-%lld", (long long)size->least, (long long)size->bound);
        else
            text_add(w->t, ", %s", size->name);
    }
}

static void see_division(const Ix *ix, void *data) {
    for (int i = 0; i < ix->nterms; i++) {
        int kind = ix->terms[i].atom->kind;
        *(int *)data |= kind == IX_DIV || kind == IX_MOD || kind == IX_VALUE;
    }
}

static void see_guard(const Kx *k, void *data) {
    *(int *)data |= k->kind == KX_GUARD;
}

/* the code does not depend on how long the outermost axis is: the host passes its end, and no index
 * was simplified by it */
static int is_any_length(const Kernel *k) {
    int depends = 0;
    Visit v;
    visit_begin(&v, k->table);
    v.ix = see_division;
    v.kx = see_guard;
    v.data = &depends;
    visit_kernel(&v, k);
    return k->range == RANGE_OUTER && !depends;
}

void kernel_text(Text *t, const Kernel *k, int canonical) {
    Exprs *e = k->table;
    Writer w = {.t = t, .k = k, .canonical = canonical};
    w.uses = NEW_ARRAY(t->arena, int, e->kxs.n + 1);
    w.named = NEW_ARRAY(t->arena, int, e->kxs.n + 1);
    if (!canonical) text_add(t, "kernel %s", k->name);
    text_add(t, "(");
    write_params(&w);
    text_add(t, ")\n");
    if (k->nouter) text_add(t, "  for");
    int any = canonical && is_any_length(k);
    for (int i = 0; i < k->nouter; i++) {
        text_add(t, "%s i%d < ", i ? "," : "", i);
        if (i > 0 || !any) write_dim(&w, k->outer[i]);
    }
    if (k->nouter) text_add(t, "%s\n", k->across ? " in lanes" : "");
    if (canonical)
        text_add(t, "%d %d %d %d %d\n", k->across, (int)k->range, k->traps, k->small,
                 k->bounds_site);
    for (int i = 0; i < k->stages.n; i++) write_stage(&w, k->stages.at[i]);
}
