/* express.c: value expressions of kernels, interned; their cost; the replacement of variables. */
#include "codegen/expr.h"

#include <string.h>

static int same_kx(const void *x, const void *y) {
    const Kx *a = x, *b = y;
    return a->kind == b->kind && a->dtype == b->dtype && a->index_of == b->index_of &&
           a->index == b->index && a->op == b->op && a->node == b->node && a->nargs == b->nargs &&
           memcmp(a->args, b->args, sizeof a->args) == 0 && a->nguards == b->nguards &&
           (a->nguards == 0 ||
            memcmp(a->guards, b->guards, sizeof(KxGuard) * (size_t)a->nguards) == 0) &&
           a->trap_site == b->trap_site && (a->kind != KX_TEMP || a->vars == b->vars);
}

static uint64_t hash_kx(const Kx *k) {
    uint64_t hash = hash_mix((uint64_t)k->kind, (uint64_t)k->dtype);
    hash = hash_mix(hash, (uint64_t)(int64_t)k->index_of);
    hash = hash_mix(hash, (uint64_t)(uintptr_t)k->index);
    hash = hash_mix(hash, (uint64_t)k->op);
    hash = hash_mix(hash, (uint64_t)(uintptr_t)k->node);
    for (int i = 0; i < k->nargs; i++) hash = hash_mix(hash, (uint64_t)k->args[i]->id);
    for (int i = 0; i < k->nguards; i++) hash = hash_mix(hash, (uint64_t)k->guards[i].ix->id);
    return hash;
}

static int index_cost(const Ix *a) {
    int cost = 0;
    for (int i = 0; i < a->nterms; i++) {
        const IxAtom *atom = a->terms[i].atom;
        if (atom->kind == IX_DIV || atom->kind == IX_MOD) cost += 4 + index_cost(atom->a);
        if (atom->kind == IX_VALUE) cost += 4 + atom->value->cost;
    }
    return cost;
}

static void derive(Kx *k) {
    int64_t cost = k->kind == KX_LOAD || k->kind == KX_GUARD || k->kind == KX_CAST;
    if (k->kind == KX_MAP) cost = op_cost(k->op);
    if (k->index) {
        k->vars |= k->index->vars;
        cost += index_cost(k->index);
    }
    for (int i = 0; i < k->nargs; i++) {
        k->vars |= k->args[i]->vars;
        cost += k->args[i]->cost;
    }
    for (int i = 0; i < k->nguards; i++) {
        k->vars |= k->guards[i].ix->vars;
        cost += 1 + index_cost(k->guards[i].ix);
    }
    k->cost = cost > 1000000 ? 1000000 : (int)cost;
}

static const Kx *intern_kx(Exprs *t, Kx key) {
    uint64_t hash = hash_kx(&key);
    Kx *found = pool_find(&t->kxs, hash, same_kx, &key);
    if (found) return found;
    derive(&key);
    key.id = t->kxs.n;
    key.guards = arena_copy(t->arena, key.guards, sizeof(KxGuard) * (size_t)key.nguards);
    found = arena_copy(t->arena, &key, sizeof key);
    pool_add(t->arena, &t->kxs, hash, found);
    return found;
}

const Kx *kx_load(Exprs *t, int buffer, const Ix *index, DType dtype) {
    return intern_kx(
        t,
        (Kx){.kind = KX_LOAD, .index_of = buffer, .index = index, .dtype = dtype, .trap_site = -1});
}

const Kx *kx_scalar(Exprs *t, int scalar, DType dtype) {
    return intern_kx(t,
                     (Kx){.kind = KX_SCALAR, .index_of = scalar, .dtype = dtype, .trap_site = -1});
}

const Kx *kx_const(Exprs *t, const Node *node) {
    return intern_kx(
        t, (Kx){.kind = KX_CONST, .node = node, .dtype = node->type->dtype, .trap_site = -1});
}

const Kx *kx_zero(Exprs *t, DType dtype) {
    return intern_kx(t, (Kx){.kind = KX_CONST, .dtype = dtype, .trap_site = -1});
}

const Kx *kx_index(Exprs *t, const Ix *index) {
    if (index->nterms == 1 && index->base == dim_int(t->dims, 0) &&
        index->terms[0].by == dim_int(t->dims, 1)) {
        const IxAtom *atom = index->terms[0].atom;
        if (atom->kind == IX_VALUE && atom->extent == NULL) return atom->value;
    }
    return intern_kx(t, (Kx){.kind = KX_INDEX, .index = index, .dtype = DT_i64, .trap_site = -1});
}

const Kx *kx_map(Exprs *t, Op op, DType dtype, const Kx *const *args, int nargs, int trap_site) {
    Kx key = {.kind = KX_MAP, .op = op, .dtype = dtype, .nargs = nargs, .trap_site = trap_site};
    if (nargs > 4) die("kx_map: %s has %d operands", op_info(op)->name, nargs);
    for (int i = 0; i < nargs; i++) key.args[i] = args[i];
    return intern_kx(t, key);
}

const Kx *kx_cast(Exprs *t, const Kx *a, DType dtype) {
    if (a->dtype == dtype) return a;
    return intern_kx(
        t, (Kx){.kind = KX_CAST, .dtype = dtype, .args = {a}, .nargs = 1, .trap_site = -1});
}

const Kx *kx_guard(Exprs *t, const KxGuard *guards, int nguards, const Kx *a, const Kx *otherwise) {
    KxGuard kept[MAX_GUARDS];
    int n = 0;
    for (int i = 0; i < nguards; i++)
        if (!ix_at_least(t, guards[i].ix, guards[i].lo) || !ix_below(t, guards[i].ix, guards[i].hi))
            kept[n++] = guards[i];
    if (n == 0) return a;
    Kx key = {.kind = KX_GUARD, .dtype = a->dtype, .args = {a, otherwise}, .trap_site = -1};
    key.nargs = otherwise ? 2 : 1;
    key.guards = kept;
    key.nguards = n;
    return intern_kx(t, key);
}

const Kx *kx_temp(Exprs *t, int stage, DType dtype, uint64_t vars) {
    return intern_kx(
        t, (Kx){.kind = KX_TEMP, .index_of = stage, .dtype = dtype, .vars = vars, .trap_site = -1});
}

/* read off the row's own text: helpers are transcendental, a division is a few steps */
int op_cost(Op op) {
    const char *text = op_info(op)->scalar;
    if (!text) return 1;
    int cost = 1;
    if (strchr(text, '/') || strchr(text, '%') || strstr(text, "sqrt")) cost = 4;
    if (strstr(text, "sc_") && !strstr(text, "sc_sqrt")) cost = 3;
    static const char *const dear[] = {"exp", "log",   "sin",  "cos",   "tan",     "pow",
                                       "erf", "gamma", "cbrt", "hypot", "sigmoid", "atan"};
    for (size_t i = 0; i < sizeof dear / sizeof *dear; i++)
        if (strstr(text, dear[i])) cost = 12;
    return cost;
}

/* ---- replacement ---- */

void replace_begin(Replace *r, Exprs *t) {
    memset(r, 0, sizeof *r);
    r->t = t;
}

void replace_var(Replace *r, int var, const Ix *with) {
    r->with[var] = with;
    r->vars |= (uint64_t)1 << var;
}

static const Ix *replace_atom(Replace *r, const IxAtom *atom) {
    Exprs *t = r->t;
    switch (atom->kind) {
    case IX_VAR:
        return r->with[atom->var];
    case IX_DIV:
        return ix_div(t, replace_ix(r, atom->a), atom->by);
    case IX_MOD:
        return ix_mod(t, replace_ix(r, atom->a), atom->by);
    case IX_VALUE:
        return ix_value(t, replace_kx(r, atom->value), atom->extent, atom->trap_site);
    case IX_SCALAR:
        break;
    }
    return ix_of_atom(t, atom);
}

const Ix *replace_ix(Replace *r, const Ix *a) {
    if (!(a->vars & r->vars)) return a;
    Exprs *t = r->t;
    while (r->ixs.n <= a->id) PUSH(t->arena, &r->ixs, NULL);
    if (r->ixs.at[a->id]) return r->ixs.at[a->id];
    const Ix *sum = ix_dim(t, a->base);
    for (int i = 0; i < a->nterms; i++) {
        const IxAtom *atom = a->terms[i].atom;
        const Ix *one = atom->vars & r->vars ? replace_atom(r, atom) : ix_of_atom(t, atom);
        sum = ix_add(t, sum, ix_scale(t, one, a->terms[i].by));
    }
    r->ixs.at[a->id] = sum;
    return sum;
}

/* what a temporary depends on, in new variables */
static uint64_t replace_vars(const Replace *r, uint64_t vars) {
    uint64_t now = vars & ~r->vars;
    for (int v = 0; v < 64; v++)
        if (vars & r->vars & (uint64_t)1 << v) now |= r->with[v]->vars;
    return now;
}

const Kx *replace_kx(Replace *r, const Kx *a) {
    if (!(a->vars & r->vars)) return a;
    while (r->kxs.n <= a->id) PUSH(r->t->arena, &r->kxs, NULL);
    if (r->kxs.at[a->id]) return r->kxs.at[a->id];
    Kx key = *a;
    KxGuard guards[MAX_GUARDS];
    key.vars = a->kind == KX_TEMP ? replace_vars(r, a->vars) : 0;
    if (a->index) key.index = replace_ix(r, a->index);
    for (int i = 0; i < a->nargs; i++) key.args[i] = replace_kx(r, a->args[i]);
    for (int i = 0; i < a->nguards; i++) {
        guards[i] = a->guards[i];
        guards[i].ix = replace_ix(r, a->guards[i].ix);
    }
    key.guards = guards;
    const Kx *made = a->kind == KX_GUARD ? kx_guard(r->t, guards, a->nguards, key.args[0],
                                                    a->nargs > 1 ? key.args[1] : NULL)
                                         : intern_kx(r->t, key);
    r->kxs.at[a->id] = made;
    return made;
}
