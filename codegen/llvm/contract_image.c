/* contract_image.c: finds out whether operand b is a window that moves over an image (a
   convolution's input, whatever is fused into it, its zeros included), and copies the part of the
   image that a block of k needs into scratch. There the element of place p and tap t is at p * step
   + t * dilation of each axis: no element is copied once a tap. */
#include "codegen/llvm/contract.h"

enum { MOST_IMAGE = 192 << 10 };

/* ---- which k axis moves with which n axis ---- */

typedef struct Pair Pair;
struct Pair {
    Exprs *t;
    int n, k;               /* variables */
    int64_t step, dilation; /* 0: not seen yet */
    int apart;
};

static int64_t coefficient(const Ix *ix, int var, Pair *p) {
    const Dim *d = ix_coefficient(ix, var);
    int64_t value = 0;
    if (d && !dim_is_int(d, &value)) p->apart = 1;
    return value;
}

static int64_t common(int64_t a, int64_t b) {
    return b ? common(b, a % b) : a;
}

static void see_pair(const Ix *ix, void *data) {
    Pair *p = data;
    int64_t n = coefficient(ix, p->n, p), k = coefficient(ix, p->k, p);
    if ((n == 0 && k == 0) || p->apart) return;
    if (n <= 0 || k <= 0) {
        p->apart = !(n < 0 && k < 0);
        if (p->apart) return;
    }
    if (!p->step) {
        int64_t g = common(n < 0 ? -n : n, k < 0 ? -k : k);
        p->step = (n < 0 ? -n : n) / g;
        p->dilation = (k < 0 ? -k : k) / g;
    }
    p->apart |= n * p->dilation != k * p->step;
}

static Pair pair_of(Contract *c, int n, int k) {
    Pair p = {.t = c->ek->t, .n = n, .k = k};
    Visit v;
    visit_begin(&v, p.t);
    v.ix = see_pair;
    v.data = &p;
    visit_kx(&v, c->s->b);
    if (!p.step || (p.step > 1 && p.dilation > 1)) p.apart = 1;
    return p;
}

static int64_t length(const Dim *d) {
    int64_t n;
    return dim_is_int(d, &n) ? n : -1;
}

/* windows that overlap, or lie side by side as a convolution's may; not just any two axes of one
 * tensor */
static int is_window(Contract *c, const Pair *p) {
    int first = c->ek->k->nouter;
    int64_t places = length(c->s->row[p->n - first]), taps = length(c->s->row[p->k - first]);
    if (p->apart || places < 1 || taps < 1) return 0;
    if ((places - 1) * p->step + (taps - 1) * p->dilation + 1 < places * taps) return 1;
    return c->s->node->op == OP_conv && p->dilation == 1 && p->step == taps;
}

/* for each n axis the k axis that is nearest to it: pairs[i].apart: none */
static int find_pairs(Contract *c, Pair *pairs, int *of_k) {
    const Stage *s = c->s;
    int first = c->ek->k->nouter + s->nm, found = 0;
    for (int i = 0; i < s->nn; i++) {
        pairs[i] = (Pair){.apart = 1, .step = 1};
        for (int j = 0; j < s->nk; j++) {
            Pair p = pair_of(c, first + i, first + s->nn + j);
            if (!is_window(c, &p) ||
                (!pairs[i].apart && p.step + p.dilation >= pairs[i].step + pairs[i].dilation))
                continue;
            pairs[i] = p;
        }
        if (pairs[i].apart) continue;
        int j = pairs[i].k - first - s->nn;
        if (of_k[j] >= 0) return 0;
        of_k[j] = i;
        found++;
    }
    for (int j = 1; j < s->nk; j++)
        if (of_k[j] < 0) return 0; /* more than one k axis that does not move */
    return found;
}

/* ---- sizes ---- */

static int fixed_sizes(const Stage *s) {
    for (int i = s->nm; i < s->nrow; i++)
        if (length(s->row[i]) < 1 && i != s->nm + s->nn) return 0;
    return 1;
}

static void set_sizes(Contract *c, const Pair *pairs, const int *of_k) {
    const Stage *s = c->s;
    Image *m = &c->image;
    m->inner = 1;
    for (int j = 0; j < s->nk; j++)
        if (of_k[j] >= 0) m->inner *= length(s->row[s->nm + s->nn + j]);
    for (int i = 0; i < s->nn; i++) {
        m->step[i] = pairs[i].apart ? 1 : pairs[i].step;
        m->reach[i] =
            pairs[i].apart
                ? 1
                : (length(s->row[pairs[i].k - c->ek->k->nouter]) - 1) * pairs[i].dilation + 1;
        m->extent[i] = (length(s->row[s->nm + i]) - 1) * m->step[i] + m->reach[i];
    }
    m->channel_var = of_k[0] < 0 ? c->ek->k->nouter + s->nm + s->nn : -1;
    int64_t channels = m->channel_var < 0 ? 1 : length(s->row[s->nm + s->nn]);
    int64_t touched = (K_BLOCK - 2 + m->inner) / m->inner + 1;
    if (c->k > 0 && c->k <= K_BLOCK) touched = channels;
    m->channels = channels >= 0 && channels < touched ? channels : touched;
    m->whole = m->extent[0];
    m->lines = length(s->row[s->nm]);
    m->line = s->nn > 1 ? m->extent[1] : 1;
}

/* as many outputs of axis 0 in a block as scratch allows; 0: not even one tile's */
static int cut_lines(Contract *c, int64_t at_once) {
    Image *m = &c->image;
    int64_t each = m->channels * m->line * dtype_bytes(c->dtype);
    int64_t fit = (MOST_IMAGE / each - m->reach[0]) / m->step[0] + 1;
    if (MOST_IMAGE / each < m->reach[0]) return 0;
    if (fit >= m->lines && m->lines * (c->s->nn > 1 ? length(c->s->row[c->s->nm + 1]) : 1) <= 2048)
        return 1;
    int64_t columns = c->s->nn > 1 ? length(c->s->row[c->s->nm + 1]) : 1, most = 1024 / columns;
    if (fit > most) fit = most;
    fit = fit / at_once * at_once;
    if (fit < 1) return 0;
    if (fit < m->lines) m->lines = fit;
    m->extent[0] = (m->lines - 1) * m->step[0] + m->reach[0];
    return 1;
}

/* ---- expressions ---- */

/* n variables run over the image, their k variables are gone */
static void set_value(Contract *c, const Pair *pairs) {
    const Stage *s = c->s;
    Exprs *t = c->ek->t;
    Image *m = &c->image;
    int first = c->ek->k->nouter + s->nm;
    Replace r;
    replace_begin(&r, t);
    for (int i = 0; i < s->nn; i++) {
        const Ix *q = ix_var(t, first + i, dim_int(t->dims, m->extent[i]));
        if (i == 0 && m->extent[0] < m->whole) {
            const Ix *start = ix_var(t, LINE_START, dim_int(t->dims, m->whole));
            q = ix_add(t, q, start);
        }
        int by_k = !pairs[i].apart && pairs[i].step > 1;
        replace_var(&r, first + i, by_k ? ix_int(t, 0) : q);
        if (!pairs[i].apart) replace_var(&r, pairs[i].k, by_k ? q : ix_int(t, 0));
    }
    m->value = replace_kx(&r, s->b);
}

static void set_offset(Contract *c, const Pair *pairs, const int *of_k) {
    const Stage *s = c->s;
    Exprs *t = c->ek->t;
    Image *m = &c->image;
    m->channel = m->extent[0] * m->line;
    const Ix *k = ix_var(t, FLAT_K, c->k_dim), *sum = ix_int(t, 0);
    for (int j = s->nk - 1; j >= 0; j--) {
        const Dim *extent = s->row[s->nm + s->nn + j];
        int i = of_k[j];
        const Ix *at = j == 0 ? k : ix_mod(t, k, extent);
        int64_t by = i < 0 ? m->channel : pairs[i].dilation * (i == 0 ? m->line : 1);
        sum = ix_add(t, sum, ix_scale(t, at, dim_int(t->dims, by)));
        if (j > 0) k = ix_div(t, k, extent);
    }
    m->offset = sum;
}

int image_find(Contract *c, const Target *target) {
    const Stage *s = c->s;
    Pair pairs[2];
    int of_k[MAX_RANK];
    if (s->nn < 1 || s->nn > 2 || s->nk < 1 || !fixed_sizes(s) || c->ek->k->range == RANGE_N)
        return 0;
    for (int j = 0; j < s->nk; j++) of_k[j] = -1;
    if (!find_pairs(c, pairs, of_k)) return 0;
    set_sizes(c, pairs, of_k);
    int64_t lines = s->nn > 1 ? length(s->row[s->nm]) : 1,
            columns = length(s->row[s->nm + s->nn - 1]);
    int64_t m = c->m >= 0 ? c->m : dim_upper(c->m_dim);
    int bytes = dtype_bytes(c->dtype), unit = c->image.step[s->nn - 1] == 1;
    c->window = schedule_window(target, bytes, m, lines, columns, c->k, unit);
    const Tile *tile = &c->window.tile;
    int64_t at_once =
        s->nn == 1 ? (c->window.lanes == BY_CHANNEL ? tile->rows_inner : LANES * tile->vectors)
                   : (c->window.lanes == BY_CHANNEL ? tile->rows_outer : tile->vectors);
    if (c->window.lanes == BY_PLACE) at_once = c->image.lines; /* all of them */
    if (!cut_lines(c, at_once)) return 0;
    set_value(c, pairs);
    set_offset(c, pairs, of_k);
    return 1;
}

/* ---- the copy ---- */

static void put_image(EmitKernel *ek, const void *data) {
    const ImageLine *l = data;
    Contract *c = l->c;
    LLVMValueRef value = emit_kx_lanes(ek, c->image.value),
                 to = contract_at(c, l->to, ek->vars[l->var]);
    contract_put(c, value, to);
}

/* one line of one channel, of as many columns as exist */
static void image_line(Contract *c, LLVMValueRef to, LLVMValueRef count, int64_t known) {
    EmitKernel *ek = c->ek;
    ImageLine l = {c, to, ek->k->nouter + c->s->nm + c->s->nn - 1};
    emit_lanes_over(ek, l.var, emit_i64(ek->e, 0), count, known, known, put_image, &l);
}

/* channels first … last; the image's lines from `start` on */
void image_copy(Contract *c, LLVMValueRef first, LLVMValueRef last, LLVMValueRef start) {
    EmitKernel *ek = c->ek;
    const Image *m = &c->image;
    LLVMValueRef zero = emit_i64(ek->e, 0), one = emit_i64(ek->e, 1);
    LLVMValueRef left = LLVMBuildSub(ek->b, emit_i64(ek->e, m->whole), start, "");
    LLVMValueRef lines = contract_least(c, left, emit_i64(ek->e, m->extent[0]));
    int whole = m->extent[0] == m->whole;
    ek->vars[LINE_START] = start;
    EmitLoop channel = loop_begin(ek, first, LLVMBuildAdd(ek->b, last, one, ""), 1, "channel");
    if (m->channel_var >= 0) ek->vars[m->channel_var] = channel.value;
    LLVMValueRef at = LLVMBuildSub(ek->b, channel.value, first, "");
    LLVMValueRef to = contract_at(c, m->data, contract_times(c, at, m->channel));
    if (c->s->nn == 1) {
        image_line(c, to, whole ? emit_i64(ek->e, m->whole) : lines, whole ? m->whole : -1);
    } else {
        EmitLoop line = loop_begin(ek, zero, lines, 1, "line");
        ek->vars[ek->k->nouter + c->s->nm] = line.value;
        LLVMValueRef row = contract_at(c, to, contract_times(c, line.value, m->line));
        image_line(c, row, emit_i64(ek->e, m->extent[1]), m->extent[1]);
        loop_end(ek, &line);
    }
    loop_end(ek, &channel);
}

/* offsets of k … k+count-1 in the copy that begins with channel `first` */
void image_offsets(Contract *c, LLVMValueRef first, LLVMValueRef k, LLVMValueRef count) {
    EmitKernel *ek = c->ek;
    const Image *m = &c->image;
    LLVMTypeRef narrow = emit_vector(ek->e->i32);
    LLVMValueRef start = emit_splat(ek, contract_times(c, first, m->channel));
    EmitLoop loop = loop_begin(ek, emit_i64(ek->e, 0), count, LANES, "offset");
    ek->vars[FLAT_K] = LLVMBuildAdd(ek->b, k, loop.value, "");
    ek->lane_var = FLAT_K;
    LLVMValueRef at = LLVMBuildSub(ek->b, emit_ix_vector(ek, m->offset), start, "");
    ek->lane_var = -1;
    LLVMValueRef to = LLVMBuildGEP2(ek->b, ek->e->i32, m->table, &loop.value, 1, "");
    LLVMSetAlignment(LLVMBuildStore(ek->b, LLVMBuildTrunc(ek->b, at, narrow, ""), to), 4);
    loop_end(ek, &loop);
}
