/* finish.c: what is read off a kernel when its expressions are final: the sizes it is passed,
   whether it can trap, how much work it is, where threads may cut it, which buffers may lie over
   which, its name. */
#include "codegen/fuse.h"
#include "codegen/visit.h"

#include <string.h>

enum {
    PARALLEL_WORK =
        400000, /* below, threads do not pay; a unit is about a sixteenth of a nanosecond */
    CHUNK_WORK = 100000,
    SMALL_WORK = 2000,
    UNKNOWN_SIZE = 256,
    CONTRACT_WORK =
        2000000, /* a contraction's chunk: steps are cheap, and each chunk packs its operands */
};

typedef struct Finish Finish;
struct Finish {
    Exprs *t;
    Kernel *k;
};

/* ---- sizes and traps ---- */

static void add_dim(Finish *f, const Dim *d) {
    const Size *found[64];
    int64_t value;
    if (!d || dim_is_int(d, &value)) return;
    int n = dim_sizes(d, found, 64);
    for (int i = 0; i < n; i++) {
        int known = 0;
        for (int j = 0; j < f->k->sizes.n; j++) known |= f->k->sizes.at[j] == found[i];
        if (!known) PUSH(f->t->arena, &f->k->sizes, found[i]);
    }
}

static void see_ix(const Ix *ix, void *data) {
    Finish *f = data;
    add_dim(f, ix->base);
    for (int i = 0; i < ix->nterms; i++) {
        const IxAtom *atom = ix->terms[i].atom;
        add_dim(f, ix->terms[i].by);
        add_dim(f, atom->extent);
        add_dim(f, atom->by);
        add_dim(f, atom->only_if);
        f->k->traps |= atom->trap_site >= 0;
    }
}

static void see_kx(const Kx *k, void *data) {
    Finish *f = data;
    f->k->traps |= k->trap_site >= 0;
    for (int i = 0; i < k->nguards; i++) {
        add_dim(f, k->guards[i].lo);
        add_dim(f, k->guards[i].hi);
    }
}

static void find_sizes(Finish *f) {
    Kernel *k = f->k;
    Visit v;
    visit_begin(&v, f->t);
    v.kx = see_kx;
    v.ix = see_ix;
    v.data = f;
    visit_kernel(&v, k);
    for (int i = 0; i < k->nouter; i++) add_dim(f, k->outer[i]);
    for (int i = 0; i < k->stages.n; i++)
        for (int j = 0; j < k->stages.at[i]->nrow; j++) add_dim(f, k->stages.at[i]->row[j]);
}

/* ---- work ---- */

static int64_t most(const Dim *d) {
    int64_t value = dim_upper(d);
    return value < 0 ? UNKNOWN_SIZE : value;
}

static int64_t times(int64_t a, int64_t b) {
    return b > 0 && a > ((int64_t)1 << 40) / b ? (int64_t)1 << 40 : a * b;
}

static int64_t stage_work(const Stage *s) {
    int64_t cost = 1, rows = 1;
    if (s->value) cost += s->value->cost;
    for (int i = 0; i < s->nstores && s->kind == STAGE_STORE; i++)
        cost += 1 + s->stores[i].value->cost;
    if (s->kind == STAGE_CONTRACT) cost = 2;
    for (int i = 0; i < s->nrow; i++) rows = times(rows, most(s->row[i]));
    return times(rows, s->serial ? 16 * cost : cost);
}

static int64_t product(const Dim *const *dims, int n) {
    int64_t count = 1;
    for (int i = 0; i < n; i++) count = times(count, most(dims[i]));
    return count;
}

static const Dim *product_dim(Exprs *t, const Dim *const *dims, int n) {
    const Dim *count = dim_int(t->dims, 1);
    for (int i = 0; i < n; i++) count = dim_mul(t->dims, count, dims[i]);
    return count;
}

static void set_range(Exprs *t, Kernel *k) {
    const Stage *s = k->stages.n ? k->stages.at[0] : NULL;
    if (k->nouter > 0) {
        k->range = RANGE_OUTER;
        k->extent = k->outer[0];
    } else if (s && s->kind == STAGE_CONTRACT && s->nm + s->nn > 0) {
        int by_n = s->nm == 0 || (s->node->op == OP_dot && s->nn == 1 &&
                                  product(s->row + s->nm, 1) > product(s->row, s->nm));
        k->range = by_n ? RANGE_N : RANGE_M;
        k->extent = by_n ? product_dim(t, s->row + s->nm, s->nn) : product_dim(t, s->row, s->nm);
    }
}

/* chunks of whole tiles; of one point where there are many axes around it */
static int64_t contract_grain(const Kernel *k, int64_t work) {
    int64_t n = most(k->extent), each = work / (n > 0 ? n : 1) + 1,
            grain = (CONTRACT_WORK - 1) / each + 1;
    if (k->range != RANGE_OUTER) grain = (grain + 31) / 32 * 32;
    return n > grain ? grain : 0;
}

void kernel_measure(Exprs *t, Kernel *k) {
    int64_t work = 0;
    for (int i = 0; i < k->stages.n; i++) work += stage_work(k->stages.at[i]);
    work = times(work, product(k->outer, k->nouter));
    k->work = dim_int(t->dims, work);
    k->small = work <= SMALL_WORK;
    k->grain = 0;
    set_range(t, k);
    if (!k->extent || work < PARALLEL_WORK) return;
    if (k->stages.n && k->stages.at[0]->kind == STAGE_CONTRACT) {
        k->grain = contract_grain(k, work);
        return;
    }
    int64_t n = most(k->extent), grain = CHUNK_WORK / (work / (n > 0 ? n : 1) + 1) + 1;
    if (k->range != RANGE_OUTER || k->nouter == 1)
        grain = (grain + 63) / 64 * 64; /* whole vectors and tiles */
    if (k->range == RANGE_OUTER && !k->across)
        grain = CHUNK_WORK / (work / (n > 0 ? n : 1) + 1) + 1;
    if (n >= 2 * grain) k->grain = grain;
}

/* ---- what may lie over what ---- */

typedef struct Loads Loads;
struct Loads {
    int buffer;
    const Ix *place; /* the only index it may be loaded at */
    int found, elsewhere;
};

static void see_load(const Kx *k, void *data) {
    Loads *l = data;
    if (k->kind != KX_LOAD || k->index_of != l->buffer) return;
    l->found = 1;
    l->elsewhere |= k->index != l->place;
}

static int stage_loads(Exprs *t, const Stage *s, int buffer, const Ix *place, int operands_only) {
    Loads l = {.buffer = buffer, .place = place};
    Visit v;
    visit_begin(&v, t);
    v.kx = see_load;
    v.data = &l;
    if (operands_only) {
        visit_kx(&v, s->a);
        visit_kx(&v, s->b);
        return l.found;
    }
    visit_stage(&v, s);
    return l.elsewhere ? 2 : l.found;
}

/* buffer is loaded only where `place` is then stored, and not after that */
static int may_overlay(Exprs *t, const Kernel *k, int buffer, int at_stage, const Ix *place) {
    for (int i = 0; i < k->stages.n; i++) {
        const Stage *s = k->stages.at[i];
        if (s->serial) return 0;
        int loads = stage_loads(t, s, buffer, place, 0);
        if (loads == 2 || (loads && i > at_stage)) return 0;
        if (s->kind == STAGE_CONTRACT && stage_loads(t, s, buffer, place, 1)) return 0;
    }
    return 1;
}

static int64_t bytes_of(Exprs *t, const Type *type, const Dim **count) {
    *count = type_count(t->dims, type);
    return dtype_bytes(type->dtype);
}

/* buffer may lie under `only` (NULL: under any that is not taken): notes it */
static int find_overlay(Exprs *t, Kernel *k, int buffer, const Buffer *only, char *taken) {
    const Dim *count, *other;
    int64_t bytes = bytes_of(t, k->buffers.at[buffer]->type, &count);
    for (int i = 0; i < k->stages.n; i++) {
        const Stage *s = k->stages.at[i];
        for (int j = 0; j < s->nstores; j++) {
            const Store *store = &s->stores[j];
            const Buffer *over = k->buffers.at[store->buffer];
            if (only ? over != only : taken[store->buffer]) continue;
            if (bytes_of(t, over->type, &other) != bytes || other != count) continue;
            if (!may_overlay(t, k, buffer, i, store->place)) continue;
            k->overlay.at[buffer] = store->buffer;
            taken[store->buffer] = 1;
            return 1;
        }
    }
    return 0;
}

/* where the next value goes of what a loop carries in that buffer; NULL: it carries nothing */
static const Buffer *next_value(const Buffer *b) {
    const Node *param = b->node;
    if (!param || param->op != OP_param || !param->region->owner) return NULL;
    const Node *loop = param->region->owner;
    int64_t k = param->ints[0] - (loop->op == OP_for);
    if ((loop->op != OP_for && loop->op != OP_while) || k < 0 || k >= loop->ints[0]) return NULL;
    const Region *body = loop->regions[loop->nregions - 1];
    return info_of(body->results.at[k])->place.buffer;
}

/* carried values first: each under its own next one, so that the loop needs no copy */
static void find_overlays(Fuse *f, Exprs *t, Kernel *k) {
    char *taken = NEW_ARRAY(f->arena, char, k->buffers.n + 1);
    for (int i = 0; i < k->buffers.n; i++) {
        const Buffer *next = next_value(k->buffers.at[i]);
        if (!k->written.at[i] && next) find_overlay(t, k, i, next, taken);
    }
    for (int i = 0; i < k->buffers.n; i++)
        if (!k->written.at[i] && k->overlay.at[i] < 0) find_overlay(t, k, i, NULL, taken);
}

/* ---- the name ---- */

static const char *file_of(const char *path) {
    const char *slash = strrchr(path, '/');
    return slash ? slash + 1 : path;
}

static const char *kernel_name(Fuse *f, const Kernel *k) {
    const char *ops = "", *last = "";
    for (int i = 0; i < k->stages.n && i < 4; i++) {
        const Stage *s = k->stages.at[i];
        const char *op = s->node ? op_info(s->node->op)->name : "store";
        if (s->kind == STAGE_STORE && i > 0)
            op = op_info(s->stores[0].value->kind == KX_MAP ? s->stores[0].value->op : s->node->op)
                     ->name;
        if (op != last) ops = arena_printf(f->arena, "%s%s%s", ops, *ops ? "_" : "", op);
        last = op;
        if (s->kind == STAGE_CONTRACT && s->stores[0].value->kind == KX_MAP)
            ops = arena_printf(f->arena, "%s_%s", ops, op_info(s->stores[0].value->op)->name);
    }
    if (!k->where) return ops;
    Span span = frame_user_span(k->where);
    if (!span.source) return ops;
    int line, column;
    source_place(span.source, span.start, &line, &column);
    return arena_printf(f->arena, "%s@%s:%d", ops, file_of(span.source->path), line);
}

/* --check=bounds: the kernel's own trap site, and the sizes of its buffers */
static void check_accesses(Finish *finish, Fuse *f) {
    Kernel *k = finish->k;
    for (int i = 0; i < k->buffers.n; i++)
        for (int a = 0; a < k->buffers.at[i]->type->rank; a++)
            add_dim(finish, k->buffers.at[i]->type->dims[a]);
    k->bounds_site = f->program->trap_frames.n;
    k->traps = 1;
    PUSH(f->arena, &f->program->trap_frames, k->where);
    PUSH(f->arena, &f->program->trap_orders, f->infos.n);
    PUSH(f->arena, &f->program->trap_texts,
         arena_printf(f->arena, "the kernel %s accesses element %% of a buffer of %%", k->name));
}

void kernel_finish(Fuse *f, Exprs *t, Kernel *k) {
    Finish finish = {t, k};
    find_sizes(&finish);
    kernel_measure(t, k);
    find_overlays(f, t, k);
    k->name = kernel_name(f, k);
    k->bounds_site = -1;
    if (f->program->graph->check_bounds) check_accesses(&finish, f);
}
