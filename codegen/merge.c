/* merge.c: equal work once. Kernels that are equal but for which buffers, scalars and sizes they
   are given are emitted once. Pointwise kernels that do the same to each element of neighbouring
   leaves become one over all of them, where plan_run.c can lay the leaves out in a run. */
#include <string.h>

#include "codegen/fuse.h"
#include "codegen/plan.h"
#include "codegen/text.h"

/* ---- one kernel over several leaves ---- */

/* the element's number; a leaf of one element has no axis */
static const Ix *flat_place(const Kernel *k) {
    return k->nouter ? ix_var(k->table, 0, k->outer[0]) : ix_int(k->table, 0);
}

static const Stage *only_stage(const Kernel *k) {
    return k->stages.at[0];
}

int merge_is_flat(const Kernel *k, int64_t *count) {
    *count = 1;
    if (k->traps || k->sizes.n || k->nouter > 1 || k->stages.n != 1) return 0;
    if (k->nouter && !dim_is_int(k->outer[0], count)) return 0;
    const Stage *s = only_stage(k);
    if (s->kind != STAGE_STORE || s->nrow || s->serial) return 0;
    for (int i = 0; i < s->nstores; i++)
        if (s->stores[i].place != flat_place(k)) return 0;
    return *count > 0;
}

/* a's expressions beside b's */
typedef struct Alike Alike;
struct Alike {
    const Kernel *a, *b;
    const Kx **with; /* by id of a's: the one of b's that is alike */
};

static int alike_constant(const Kx *a, const Kx *b) {
    if (!a->node || !b->node) return a->node == b->node;
    return !memcmp(a->node->data, b->node->data, (size_t)dtype_bytes(a->dtype));
}

static int alike_kx(Alike *m, const Kx *a, const Kx *b);

static int alike_kind(Alike *m, const Kx *a, const Kx *b) {
    switch (a->kind) {
    case KX_LOAD:
        return a->index_of == b->index_of && a->index == flat_place(m->a) &&
               b->index == flat_place(m->b);
    case KX_SCALAR:
        return m->a->scalars.at[a->index_of] == m->b->scalars.at[b->index_of];
    case KX_CONST:
        return alike_constant(a, b);
    case KX_MAP:
    case KX_CAST:
        break;
    default:
        return 0;
    }
    if (a->op != b->op || a->nargs != b->nargs) return 0;
    for (int i = 0; i < a->nargs; i++)
        if (!alike_kx(m, a->args[i], b->args[i])) return 0;
    return 1;
}

static int alike_kx(Alike *m, const Kx *a, const Kx *b) {
    if (m->with[a->id]) return m->with[a->id] == b;
    if (a->kind != b->kind || a->dtype != b->dtype || a->trap_site >= 0 || b->trap_site >= 0)
        return 0;
    if (!alike_kind(m, a, b)) return 0;
    m->with[a->id] = b;
    return 1;
}

int merge_alike(const Kernel *a, const Kernel *b) {
    const Exprs *t = a->table;
    const Stage *s = only_stage(a), *o = only_stage(b);
    if (a->buffers.n != b->buffers.n || s->nstores != o->nstores) return 0;
    for (int i = 0; i < a->buffers.n; i++)
        if (a->buffers.at[i]->type->dtype != b->buffers.at[i]->type->dtype ||
            a->written.at[i] != b->written.at[i] || a->overlay.at[i] != b->overlay.at[i])
            return 0;
    Alike m = {.a = a, .b = b, .with = NEW_ARRAY(t->arena, const Kx *, t->kxs.n + 1)};
    for (int i = 0; i < s->nstores; i++)
        if (s->stores[i].buffer != o->stores[i].buffer ||
            !alike_kx(&m, s->stores[i].value, o->stores[i].value))
            return 0;
    return 1;
}

static Stage *stage_over(Exprs *t, const Stage *of, const Ix *place) {
    Stage *s = arena_copy(t->arena, of, sizeof *of);
    Replace r;
    replace_begin(&r, t);
    replace_var(&r, 0, place);
    for (int i = 0; i < s->nstores; i++) {
        s->stores[i].value = replace_kx(&r, s->stores[i].value);
        s->stores[i].place = replace_ix(&r, s->stores[i].place);
    }
    return s;
}

Kernel *merge_join(Arena *arena, Kernel *const *of, int n, int64_t count) {
    const Kernel *like = of[0]; /* one that has an axis */
    for (int i = 1; i < n && !like->nouter; i++) like = of[i];
    if (!like->nouter) return NULL;
    Exprs *t = like->table;
    Kernel *k = arena_copy(arena, like, sizeof *like);
    k->id = of[0]->id;
    k->name = of[0]->name;
    k->where = of[0]->where;
    k->buffers = of[0]->buffers;
    k->outer[0] = dim_int(t->dims, count);
    memset(&k->stages, 0, sizeof k->stages);
    PUSH(arena, &k->stages, stage_over(t, only_stage(like), ix_var(t, 0, k->outer[0])));
    for (int i = 1; i < n; i++) PUSH(arena, &k->joined, of[i]);
    kernel_measure(t, k);
    return k;
}

/* ---- equal kernels ---- */

typedef struct Known Known;
struct Known {
    const char *text;
    Kernel *kernel;
};

static int same_text(const void *x, const void *y) {
    const Known *a = x, *b = y;
    return strcmp(a->text, b->text) == 0;
}

static uint64_t hash_text(const char *text) {
    uint64_t hash = 1469598103934665603u;
    for (; *text; text++) hash = (hash ^ (unsigned char)*text) * 1099511628211u;
    return hash_mix(hash, 1);
}

void merge_program(Program *p) {
    Pool known = {0};
    Arena *arena = p->graph->arena;
    for (int i = 0; i < p->kernels.n; i++) {
        Kernel *k = p->kernels.at[i];
        Text text = {.arena = arena};
        kernel_text(&text, k, 1);
        Known key = {text_of(&text), k};
        uint64_t hash = hash_text(key.text);
        Known *found = pool_find(&known, hash, same_text, &key);
        if (found)
            k->same_as = found->kernel;
        else
            pool_add(arena, &known, hash, arena_copy(arena, &key, sizeof key));
    }
}
