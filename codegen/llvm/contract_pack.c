/* contract_pack.c: evaluates a block of an operand into its pack, sixteen elements at a time: along
   k or along the operand's own axis, whichever lies in line in memory; turned round where the tile
   wants the other. */
#include "codegen/llvm/contract.h"

enum { BLOCK = LANES, FEW_LINES = 8 };

/* ---- addresses ---- */

LLVMValueRef contract_scratch(Contract *c, int64_t elements, const char *name) {
    LLVMValueRef data = emit_alloca(c->ek, LLVMArrayType2(c->type, (uint64_t)elements), name);
    LLVMSetAlignment(data, 64);
    return data;
}

LLVMValueRef contract_zeroed(Contract *c, int64_t elements, const char *name, int zeroed) {
    EmitKernel *ek = c->ek;
    LLVMValueRef data = contract_scratch(c, elements, name);
    LLVMValueRef bytes = emit_i64(ek->e, elements * dtype_bytes(c->dtype));
    if (zeroed) LLVMBuildMemSet(ek->b, data, LLVMConstInt(ek->e->i8, 0, 0), bytes, 64);
    return data;
}

LLVMValueRef contract_at(Contract *c, LLVMValueRef data, LLVMValueRef index) {
    return LLVMBuildInBoundsGEP2(c->ek->b, c->type, data, &index, 1, "");
}

LLVMValueRef contract_at_n(Contract *c, LLVMValueRef data, int64_t index) {
    return index == 0 ? data : contract_at(c, data, emit_i64(c->ek->e, index));
}

LLVMValueRef contract_times(Contract *c, LLVMValueRef a, int64_t by) {
    return by == 1 ? a : LLVMBuildNSWMul(c->ek->b, a, emit_i64(c->ek->e, by), "");
}

LLVMValueRef contract_least(Contract *c, LLVMValueRef a, LLVMValueRef b) {
    LLVMBuilderRef builder = c->ek->b;
    return LLVMBuildSelect(builder, LLVMBuildICmp(builder, LLVMIntSLT, a, b, ""), a, b, "");
}

void contract_put(Contract *c, LLVMValueRef value, LLVMValueRef to) {
    EmitKernel *ek = c->ek;
    unsigned bytes = (unsigned)dtype_bytes(c->dtype);
    if (!ek->mask) {
        LLVMSetAlignment(LLVMBuildStore(ek->b, value, to), bytes);
        return;
    }
    LLVMValueRef args[] = {value, to, LLVMConstInt(ek->e->i32, bytes, 0), ek->mask};
    LLVMTypeRef overloads[] = {c->vector, ek->e->ptr};
    emit_intrinsic(ek, "llvm.masked.store", overloads, 2, args, 4);
}

/* ---- what lies in line ---- */

typedef struct Lines Lines;
struct Lines {
    Exprs *t;
    int var, in_line, scattered; /* numbers of loads */
    int broken;                  /* guards whose lanes must be found by division */
};

static void see_load(const Kx *k, void *data) {
    Lines *l = data;
    int64_t by;
    for (int i = 0; i < k->nguards; i++) l->broken += !ix_is_affine_in(k->guards[i].ix, l->var);
    if (k->kind != KX_LOAD || !(k->index->vars >> l->var & 1)) return;
    const Dim *step = ix_is_affine_in(k->index, l->var) ? ix_coefficient(k->index, l->var) : NULL;
    if (step && dim_is_int(step, &by) && by == 1)
        l->in_line++;
    else
        l->scattered++;
}

static Lines lines_of(Contract *c, const Kx *value, int var) {
    Lines lines = {.t = c->ek->t, .var = var};
    Visit v;
    visit_begin(&v, c->ek->t);
    v.kx = see_load;
    v.data = &lines;
    visit_kx(&v, value);
    return lines;
}

int pack_is_along_k(Contract *c, const Kx *value, int var, int k_var) {
    Lines own = lines_of(c, value, var), k = lines_of(c, value, k_var);
    return k.in_line - k.scattered > own.in_line - own.scattered;
}

static int cost_of(Lines l) {
    return l.scattered ? 40 : l.broken ? 25 : 2;
}

int pack_is_scattered(Contract *c, const Kx *value, int var) {
    Lines l = lines_of(c, value, var);
    return l.scattered > 0 && l.scattered >= l.in_line;
}

int pack_cost(Contract *c, const Kx *value, int var, int k_var) {
    int own = cost_of(lines_of(c, value, var)), k = 6 + cost_of(lines_of(c, value, k_var));
    return own < k ? own : k;
}

/* ---- sixteen elements ---- */

/* where neither side lies in line: elements one by one, which is faster than gathering them */
static void put_elements(Contract *c, const Pack *p, int var, LLVMValueRef at, LLVMValueRef left,
                         LLVMValueRef to) {
    EmitKernel *ek = c->ek;
    LLVMValueRef most = emit_i64(ek->e, LANES);
    if (left)
        LLVMSetAlignment(LLVMBuildStore(ek->b, LLVMConstNull(c->vector), to),
                         (unsigned)dtype_bytes(c->dtype));
    EmitLoop loop = loop_begin(ek, emit_i64(ek->e, 0), left ? contract_least(c, left, most) : most,
                               1, "element");
    ek->vars[var] = LLVMBuildAdd(ek->b, at, loop.value, "");
    LLVMBuildStore(ek->b, emit_kx(ek, p->value), contract_at(c, to, loop.value));
    loop_end(ek, &loop);
}

/* elements from `at` on of lanes_var, `left` of them exist; the others are zero */
static void put_lanes(Contract *c, const Pack *p, int lanes_var, LLVMValueRef at, LLVMValueRef left,
                      LLVMValueRef to) {
    EmitKernel *ek = c->ek;
    if (p->scattered) {
        put_elements(c, p, lanes_var, at, left, to);
        return;
    }
    ek->vars[lanes_var] = at;
    ek->lane_var = lanes_var;
    ek->mask = left ? emit_lanes_below(ek, emit_i64(ek->e, 0), left) : NULL;
    int mark = scope_begin(ek);
    LLVMValueRef value = emit_kx_lanes(ek, p->value);
    if (ek->mask) value = LLVMBuildSelect(ek->b, ek->mask, value, LLVMConstNull(c->vector), "");
    scope_end(ek, mark);
    ek->lane_var = -1;
    ek->mask = NULL;
    LLVMSetAlignment(LLVMBuildStore(ek->b, value, to), (unsigned)dtype_bytes(c->dtype));
}

/* whole vectors from `from` on, then the rest under a mask: to[i * step] for vector i */
typedef struct Line Line;
struct Line {
    const Pack *p;
    int var;
    LLVMValueRef from, count, to;
    int64_t step;
};

static void put_line(Contract *c, const Line *l) {
    EmitKernel *ek = c->ek;
    LLVMValueRef whole = LLVMBuildAnd(ek->b, l->count, emit_i64(ek->e, -BLOCK), "");
    EmitLoop loop = loop_begin(ek, emit_i64(ek->e, 0), whole, BLOCK, "pack");
    LLVMValueRef to = contract_at(c, l->to, contract_times(c, loop.value, l->step));
    put_lanes(c, l->p, l->var, LLVMBuildAdd(ek->b, l->from, loop.value, ""), NULL, to);
    loop_end(ek, &loop);
    EmitIf rest = if_begin(ek, LLVMBuildICmp(ek->b, LLVMIntSLT, whole, l->count, ""));
    to = contract_at(c, l->to, contract_times(c, whole, l->step));
    put_lanes(c, l->p, l->var, LLVMBuildAdd(ek->b, l->from, whole, ""),
              LLVMBuildSub(ek->b, l->count, whole, ""), to);
    if_end(ek, &rest);
}

static LLVMValueRef most_of(Contract *c, LLVMValueRef a, LLVMValueRef b) {
    LLVMBuilderRef builder = c->ek->b;
    return LLVMBuildSelect(builder, LLVMBuildICmp(builder, LLVMIntSGT, a, b, ""), a, b, "");
}

/* k … k+nk-1 of one place; run by run where they are not all in line (what a run's last vector
 * writes too much, the next writes over) */
static void put_k(Contract *c, const Pack *p, LLVMValueRef to, LLVMValueRef k, LLVMValueRef nk) {
    EmitKernel *ek = c->ek;
    if (!p->run) {
        Line all = {p, FLAT_K, k, nk, to, 1};
        put_line(c, &all);
        return;
    }
    LLVMValueRef run = emit_dim(ek, p->run), one = emit_i64(ek->e, 1),
                 end = LLVMBuildAdd(ek->b, k, nk, "");
    LLVMValueRef first = LLVMBuildUDiv(ek->b, k, run, "");
    LLVMValueRef last = LLVMBuildUDiv(ek->b, LLVMBuildSub(ek->b, end, one, ""), run, "");
    EmitLoop loop = loop_begin(ek, first, LLVMBuildAdd(ek->b, last, one, ""), 1, "run");
    LLVMValueRef start = LLVMBuildMul(ek->b, loop.value, run, ""), from = most_of(c, start, k);
    LLVMValueRef stop = contract_least(c, LLVMBuildAdd(ek->b, start, run, ""), end);
    ek->vars[RUN] = loop.value;
    Line line = {
        p,    IN_RUN, LLVMBuildSub(ek->b, from, start, ""), LLVMBuildSub(ek->b, stop, from, ""),
        NULL, 1};
    line.to = contract_at(c, to, LLVMBuildSub(ek->b, from, k, ""));
    put_line(c, &line);
    loop_end(ek, &loop);
}

/* ---- lanes: panels of `stride` lanes, [k][lane] each ---- */

/* sixteen places' lines of k, turned round sixteen k's at a time */
static void pack_turned(Contract *c, const Pack *p, LLVMValueRef to, LLVMValueRef from,
                        LLVMValueRef count, LLVMValueRef k, LLVMValueRef nk) {
    EmitKernel *ek = c->ek;
    LLVMValueRef zero = emit_i64(ek->e, 0), square = p->square;
    int64_t line = K_BLOCK + BLOCK;
    EmitLoop place =
        loop_begin(ek, zero, contract_least(c, count, emit_i64(ek->e, BLOCK)), 1, "place");
    ek->vars[p->var] = LLVMBuildAdd(ek->b, from, place.value, "");
    put_k(c, p, contract_at(c, square, contract_times(c, place.value, line)), k, nk);
    loop_end(ek, &place);
    EmitLoop turn = loop_begin(ek, zero, nk, BLOCK, "turn");
    contract_turn(c, contract_at(c, square, turn.value), line,
                  contract_at(c, to, contract_times(c, turn.value, p->stride)), p->stride);
    loop_end(ek, &turn);
}

/* what is packed: places from … of the operand, k … */
typedef struct Part Part;
struct Part {
    LLVMValueRef to, from, count, k, nk;
    int64_t panel; /* elements from panel to panel */
};

static void pack_panels_turned(Contract *c, const Pack *p, const Part *r) {
    EmitKernel *ek = c->ek;
    EmitLoop loop = loop_begin(ek, emit_i64(ek->e, 0), r->count, BLOCK, "vector");
    LLVMValueRef width = emit_i64(ek->e, p->stride),
                 panel = LLVMBuildUDiv(ek->b, loop.value, width, "");
    LLVMValueRef column = contract_at(c, r->to, contract_times(c, panel, r->panel));
    column = contract_at(c, column, LLVMBuildURem(ek->b, loop.value, width, ""));
    pack_turned(c, p, column, LLVMBuildAdd(ek->b, r->from, loop.value, ""),
                LLVMBuildSub(ek->b, r->count, loop.value, ""), r->k, r->nk);
    loop_end(ek, &loop);
}

/* one k of a panel's lanes from `at` on; left NULL: all of them exist */
static void put_panel(Contract *c, const Pack *p, const Part *r, LLVMValueRef k, LLVMValueRef at,
                      LLVMValueRef left) {
    EmitKernel *ek = c->ek;
    LLVMValueRef panel = LLVMBuildUDiv(ek->b, at, emit_i64(ek->e, p->stride), "");
    LLVMValueRef to = contract_at(c, r->to, contract_times(c, panel, r->panel));
    to = contract_at(c, to, contract_times(c, k, p->stride));
    LLVMValueRef from = LLVMBuildAdd(ek->b, r->from, at, "");
    for (int64_t lane = 0; lane < p->stride; lane += BLOCK) {
        LLVMValueRef by = emit_i64(ek->e, lane),
                     rest = left ? LLVMBuildSub(ek->b, left, by, "") : NULL;
        put_lanes(c, p, p->var, LLVMBuildAdd(ek->b, from, by, ""), rest,
                  contract_at_n(c, to, lane));
    }
}

static void put_panels(Contract *c, const Pack *p, const Part *r, LLVMValueRef at,
                       LLVMValueRef left, const EmitLoop *some) {
    EmitKernel *ek = c->ek;
    LLVMValueRef end =
        contract_least(c, LLVMBuildAdd(ek->b, some->value, emit_i64(ek->e, some->step), ""), r->nk);
    EmitLoop k = loop_begin(ek, some->value, end, 1, "k");
    ek->vars[FLAT_K] = LLVMBuildAdd(ek->b, r->k, k.value, "");
    put_panel(c, p, r, k.value, at, left);
    loop_end(ek, &k);
}

/* a few k's at a time, so that neither what is read nor what is written jumps much */
static void pack_panels(Contract *c, const Pack *p, const Part *r) {
    EmitKernel *ek = c->ek;
    LLVMValueRef zero = emit_i64(ek->e, 0);
    LLVMValueRef rest = LLVMBuildURem(ek->b, r->count, emit_i64(ek->e, p->stride), "");
    LLVMValueRef whole = LLVMBuildSub(ek->b, r->count, rest, "");
    EmitLoop few = loop_begin(ek, zero, r->nk, FEW_LINES, "pack");
    EmitLoop panel = loop_begin(ek, zero, whole, p->stride, "panel");
    put_panels(c, p, r, panel.value, NULL, &few);
    loop_end(ek, &panel);
    EmitIf some = if_begin(ek, LLVMBuildICmp(ek->b, LLVMIntSGT, rest, zero, ""));
    put_panels(c, p, r, whole, rest, &few);
    if_end(ek, &some);
    loop_end(ek, &few);
}

void pack_lanes(Contract *c, const Pack *p, LLVMValueRef to, int64_t panel, LLVMValueRef from,
                LLVMValueRef count, LLVMValueRef k, LLVMValueRef nk) {
    Part r = {to, from, count, k, nk, panel};
    if (p->along_k)
        pack_panels_turned(c, p, &r);
    else
        pack_panels(c, p, &r);
}

/* ---- rows: along k to[row * stride + k], else to[k * stride + row] ---- */

void pack_rows(Contract *c, const Pack *p, LLVMValueRef to, LLVMValueRef from, LLVMValueRef count,
               LLVMValueRef k, LLVMValueRef nk) {
    EmitKernel *ek = c->ek;
    EmitLoop loop = loop_begin(ek, emit_i64(ek->e, 0), p->along_k ? count : nk, 1, "line");
    LLVMValueRef line = contract_at(c, to, contract_times(c, loop.value, p->stride));
    ek->vars[p->along_k ? p->var : FLAT_K] =
        LLVMBuildAdd(ek->b, p->along_k ? from : k, loop.value, "");
    if (p->along_k) {
        put_k(c, p, line, k, nk);
    } else {
        Line l = {p, p->var, from, count, line, 1};
        put_line(c, &l);
    }
    loop_end(ek, &loop);
}
