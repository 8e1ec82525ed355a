/* contract_tiled.c: plans a tiled contraction: flattens its axes, chooses the tile and the way the
 * operands are packed. */
#include "codegen/llvm/contract.h"

#include <string.h>

static int64_t known(const Dim *d) {
    int64_t n;
    return dim_is_int(d, &n) ? n : -1;
}

/* ---- the target ---- */

static Target target_of(const Emit *e) {
    char *triple = LLVMGetTargetMachineTriple(e->machine);
    int arm = strstr(triple, "aarch64") != NULL || strstr(triple, "arm64") != NULL;
    LLVMDisposeMessage(triple);
    Target t = {.vector_bytes = 32, .registers = 16, .l2 = 512 << 10};
    if (e->wide) t.vector_bytes = 64, t.registers = 32, t.l2 = 1 << 20;
    if (arm) t.vector_bytes = 16, t.registers = 32;
    return t;
}

/* ---- flat variables ---- */

static const Dim *product_of(Exprs *t, const Dim *const *extents, int n) {
    const Dim *all = dim_int(t->dims, 1);
    for (int i = 0; i < n; i++) all = dim_mul(t->dims, all, extents[i]);
    return all;
}

/* n variables from var on become one */
static void flatten(Replace *r, int var, const Dim *const *extents, int n, int flat_var) {
    Exprs *t = r->t;
    const Ix *flat = ix_var(t, flat_var, product_of(t, extents, n));
    for (int i = n - 1; i >= 0; i--) {
        replace_var(r, var + i, i == 0 ? flat : ix_mod(t, flat, extents[i]));
        if (i > 0) flat = ix_div(t, flat, extents[i]);
    }
}

static void flatten_all(Contract *c) {
    const Stage *s = c->s;
    int first = c->ek->k->nouter;
    Replace r;
    replace_begin(&r, c->ek->t);
    flatten(&r, first, s->row, s->nm, FLAT_M);
    flatten(&r, first + s->nm, s->row + s->nm, s->nn, FLAT_N);
    flatten(&r, first + s->nm + s->nn, s->row + s->nm + s->nn, s->nk, FLAT_K);
    c->lanes.value = replace_kx(&r, s->a);
    c->rows.value = replace_kx(&r, s->b);
    c->out = *s;
    for (int i = 0; i < s->nstores; i++) {
        c->out.stores[i].value = replace_kx(&r, s->stores[i].value);
        c->out.stores[i].place = replace_ix(&r, s->stores[i].place);
    }
}

/* ---- tables, for the expressions that were made ---- */

static LLVMValueRef *longer(EmitKernel *ek, LLVMValueRef *table, int had, int n) {
    LLVMValueRef *more = NEW_ARRAY(ek->e->arena, LLVMValueRef, n + 1);
    if (had) memcpy(more, table, sizeof *more * (size_t)had);
    return more;
}

static void grow_tables(EmitKernel *ek, int kxs, int ixs, int atoms) {
    ek->kxs = longer(ek, ek->kxs, kxs, ek->t->kxs.n);
    ek->ixs = longer(ek, ek->ixs, ixs, ek->t->ixs.n);
    ek->vector_ixs = longer(ek, ek->vector_ixs, ixs, ek->t->ixs.n);
    ek->starts = longer(ek, ek->starts, atoms, ek->t->atoms.n);
}

/* ---- what both ways use ---- */

void contract_store(Contract *c, LLVMValueRef sums) {
    EmitKernel *ek = c->ek;
    LLVMTypeRef type = ek->lane_var >= 0 ? c->vector : c->type;
    LLVMValueRef sum = LLVMBuildLoad2(ek->b, type, sums, "");
    LLVMSetAlignment(sum, (unsigned)dtype_bytes(c->dtype));
    ek->temps[c->s->temp] = emit_round(ek, c->s->dtype, sum);
    emit_stores(ek, &c->out);
}

/* no k at all: sums of zero */
void contract_clear(Contract *c, LLVMValueRef rows) {
    EmitKernel *ek = c->ek;
    EmitIf none = if_begin(
        ek, LLVMBuildICmp(ek->b, LLVMIntSLE, emit_dim(ek, c->k_dim), emit_i64(ek->e, 0), ""));
    LLVMValueRef line = emit_i64(ek->e, c->sums_line * dtype_bytes(c->dtype));
    LLVMBuildMemSet(ek->b, c->sums, LLVMConstInt(ek->e->i8, 0, 0),
                    LLVMBuildMul(ek->b, rows, line, ""), 64);
    if_end(ek, &none);
}

/* turned[lane][row] = sums[row][lane] */
void contract_turn_all(Contract *c, LLVMValueRef rows, LLVMValueRef lanes) {
    EmitKernel *ek = c->ek;
    LLVMValueRef zero = emit_i64(ek->e, 0);
    EmitLoop row = loop_begin(ek, zero, rows, LANES, "turn");
    EmitLoop lane = loop_begin(ek, zero, lanes, LANES, "turn");
    LLVMValueRef from = contract_at(c, c->sums, contract_times(c, row.value, c->sums_line));
    LLVMValueRef to = contract_at(c, c->turned, contract_times(c, lane.value, c->turned_line));
    contract_turn(c, contract_at(c, from, lane.value), c->sums_line, contract_at(c, to, row.value),
                  c->turned_line);
    loop_end(ek, &lane);
    loop_end(ek, &row);
}

/* ---- the plan ---- */

static void set_range(Contract *c) {
    EmitKernel *ek = c->ek;
    const Dim *dims[] = {c->m_dim, c->n_dim};
    const Range ranges[] = {RANGE_M, RANGE_N};
    for (int i = 0; i < 2; i++) {
        int ranged = ek->k->range == ranges[i];
        c->lo[i] = ranged ? ek->lo : emit_i64(ek->e, 0);
        c->hi[i] = ranged ? ek->hi : emit_dim(ek, dims[i]);
    }
}

static void set_sizes(Contract *c) {
    Exprs *t = c->ek->t;
    const Stage *s = c->s;
    c->m_dim = product_of(t, s->row, s->nm);
    c->n_dim = product_of(t, s->row + s->nm, s->nn);
    c->k_dim = product_of(t, s->row + s->nm + s->nn, s->nk);
    c->m = known(c->m_dim);
    c->n = known(c->n_dim);
    c->k = known(c->k_dim);
    if (c->k == 0) c->k = -1; /* cleared, not summed */
}

enum { SHORT_RUN = 8, WORTH_RUNS = 20 };

/* the operand with its last k axes, from `axis` on, as a run */
static const Kx *in_runs(Contract *c, int is_m, int axis, const Dim **run) {
    const Stage *s = c->s;
    Exprs *t = c->ek->t;
    int first = c->ek->k->nouter, n = s->nm + s->nn;
    Replace r;
    replace_begin(&r, t);
    flatten(&r, first, s->row, s->nm, FLAT_M);
    flatten(&r, first + s->nm, s->row + s->nm, s->nn, FLAT_N);
    flatten(&r, first + n, s->row + n, axis, RUN);
    flatten(&r, first + n + axis, s->row + n + axis, s->nk - axis, IN_RUN);
    *run = product_of(t, s->row + n + axis, s->nk - axis);
    return replace_kx(&r, is_m ? s->a : s->b);
}

/* which way an operand is packed: what memory has in line */
static Pack pack_of(Contract *c, int is_m, const Kx *value) {
    Pack p = {.value = value, .var = is_m ? FLAT_M : FLAT_N};
    p.along_k = pack_is_along_k(c, value, p.var, FLAT_K);
    if (p.along_k || pack_cost(c, value, p.var, FLAT_K) < WORTH_RUNS) return p;
    for (int axis = 1; axis < c->s->nk; axis++) {
        const Dim *run;
        const Kx *other = in_runs(c, is_m, axis, &run);
        if (known(run) < SHORT_RUN || !pack_is_along_k(c, other, p.var, IN_RUN)) continue;
        return (Pack){.value = other, .var = p.var, .along_k = 1, .run = run};
    }
    p.scattered = pack_is_scattered(c, value, p.var);
    return p;
}

/* a is at first in lanes, b in rows: as the blocks want it */
static void place_operands(Contract *c) {
    Pack m = pack_of(c, 1, c->lanes.value), n = pack_of(c, 0, c->rows.value);
    c->lanes = c->blocks.swap ? m : n;
    c->rows = c->blocks.swap ? n : m;
}

static int is_window_better(Contract *c) {
    int64_t m = c->m >= 0 ? c->m : 64, k = c->k > 0 ? c->k : 4096;
    int pack = pack_cost(c, c->rows.value, FLAT_N, FLAT_K); /* rows.value: b */
    return c->window.cost < schedule_product_cost(&c->blocks, m, c->n, k, pack);
}

/* windows: stores over the n axes as they are */
static void keep_places(Contract *c) {
    const Stage *s = c->s;
    Replace r;
    replace_begin(&r, c->ek->t);
    flatten(&r, c->ek->k->nouter, s->row, s->nm, FLAT_M);
    for (int i = 0; i < s->nstores; i++) {
        c->out.stores[i].value = replace_kx(&r, s->stores[i].value);
        c->out.stores[i].place = replace_ix(&r, s->stores[i].place);
    }
}

static int64_t bound(const Dim *d, int64_t value) {
    int64_t most = dim_upper(d);
    return value >= 0 ? value : most >= 0 ? most : -1;
}

void emit_contract_tiled(EmitKernel *ek, const Stage *s) {
    Contract *c = NEW(ek->e->arena, Contract);
    Target target = target_of(ek->e);
    int kxs = ek->t->kxs.n, ixs = ek->t->ixs.n, atoms = ek->t->atoms.n;
    c->ek = ek;
    c->s = s;
    c->dtype = dtype_compute(s->operand);
    c->type = emit_register_type(ek->e, c->dtype);
    c->vector = emit_vector(c->type);
    set_sizes(c);
    flatten_all(c);
    int bytes = dtype_bytes(c->dtype);
    c->blocks = schedule_product(&target, bytes, bound(c->m_dim, c->m), bound(c->n_dim, c->n));
    int windows = image_find(c, &target) && is_window_better(c);
    if (windows) c->blocks.swap = c->window.lanes == BY_CHANNEL;
    place_operands(c);
    if (windows) keep_places(c);
    grow_tables(ek, kxs, ixs, atoms);
    for (int i = RUN; i <= FLAT_K; i++) ek->vars[i] = emit_i64(ek->e, 0);
    set_range(c);
    if (windows)
        emit_windows(c);
    else
        emit_product(c);
}
