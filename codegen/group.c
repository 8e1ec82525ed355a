/* group.c: gathers roots into groups, each of which becomes one kernel. A root joins a group of its
   iteration space when what it reads is there before the group runs, and what it reads of the
   group's own members it reads at the same place (found out by lowering it on trial). Otherwise it
   begins a group. */
#include "codegen/fuse.h"

enum { MOST_MEMBERS = 12, MOST_TRIES = 6, MOST_READERS = 4, SMALL_SPACE = 16384, DEAR = 24 };

/* ---- what a root reads ---- */

typedef struct Reads Reads;
struct Reads {
    Fuse *fuse;
    VEC(Info *) leaves; /* in memory, or rank 0 */
    int ready;          /* the last step that gives one */
    int traps;
};

static void read_node(Reads *r, Node *node) {
    Info *info = info_of(node);
    if (info->seen == r->fuse->walk) return;
    info->seen = r->fuse->walk;
    if (is_rank0(node) || info->root || info->place.kind == PLACE_BUFFER) {
        PUSH(r->fuse->arena, &r->leaves, info);
        if (info->ready > r->ready) r->ready = info->ready;
        return;
    }
    r->traps |= op_is_flag(node, OPF_TRAP);
    for (int i = 0; i < node->nargs; i++) read_node(r, node->args[i]);
}

static Reads reads_of(Fuse *f, Info *info) {
    Reads r = {.fuse = f, .ready = -1};
    f->walk++;
    r.traps = op_is_flag(info->node, OPF_TRAP);
    for (int i = 0; i < info->node->nargs; i++) read_node(&r, info->node->args[i]);
    return r;
}

/* ---- spaces ---- */

static void set_space(Group *g, const Type *type, const int64_t *reduced, int nreduced) {
    g->rank = 0;
    for (int i = 0; i < type->rank; i++) {
        if (order_is_one(type->dims[i])) continue;
        g->axes[g->rank] = type->dims[i];
        g->is_row[g->rank++] = order_reduces(reduced, nreduced, i);
    }
}

/* whether type's axes are those of g: all of them, or (outer) those that are not row axes */
static int matches(const Group *g, const Type *type, int outer) {
    int a = 0;
    for (int i = 0; i < type->rank; i++) {
        if (order_is_one(type->dims[i])) continue;
        while (outer && a < g->rank && g->is_row[a]) a++;
        if (a == g->rank || g->axes[a++] != type->dims[i]) return 0;
    }
    while (outer && a < g->rank && g->is_row[a]) a++;
    return a == g->rank;
}

static const Ix *split_var(const Group *g, Exprs *t, int axis) {
    int64_t second;
    int one = dim_is_int(g->split_by, &second) && second == 1;
    if (axis != g->split) return ix_var(t, axis + (axis > g->split && !one), g->axes[axis]);
    const Ix *first = ix_var(t, axis, dim_floordiv(t->dims, g->axes[axis], dim_value(g->split_by)));
    return ix_add(t, ix_scale(t, first, g->split_by), ix_var(t, axis + 1, g->split_by));
}

static const Ix *var_of(const Group *g, Exprs *t, int axis) {
    if (g->split >= 0) return split_var(g, t, axis);
    int outer = 0, before = 0;
    for (int i = 0; i < g->rank; i++) {
        outer += !g->is_row[i];
        before += i < axis && g->is_row[i] == g->is_row[axis];
    }
    return ix_var(t, g->is_row[axis] ? outer + before : before, g->axes[axis]);
}

int group_canonical(const Group *g, Exprs *t, const Type *type, const Ix **idx) {
    int outer = !matches(g, type, 0);
    if (outer && !matches(g, type, 1)) return 0;
    int a = 0;
    for (int i = 0; i < type->rank; i++) {
        idx[i] = ix_int(t, 0);
        if (order_is_one(type->dims[i])) continue;
        while (outer && g->is_row[a]) a++;
        idx[i] = var_of(g, t, a++);
    }
    return 1;
}

/* ---- joining ---- */

/* reduced axes of a reduction's operand */
static void reduced_axes(const Node *node, const int64_t **axes, int *naxes) {
    *axes = node->ints;
    *naxes = node->op == OP_argmax || node->op == OP_argmin ? 1 : node->nints;
}

static int is_small(const Group *g, Fuse *f) {
    const Dim *count = dim_int(f->graph->dims, 1);
    for (int i = 0; i < g->rank; i++) count = dim_mul(f->graph->dims, count, g->axes[i]);
    int64_t most = dim_upper(count);
    return most >= 0 && most <= SMALL_SPACE;
}

/* a reduction over g's space; a group of pointwise roots becomes one of rows where that costs it no
 * threads */
static int reduction_fits(Fuse *f, Group *g, const Node *node, Group *as) {
    const int64_t *axes;
    int naxes;
    reduced_axes(node, &axes, &naxes);
    if (g->kind != GROUP_REDUCE && g->kind != GROUP_POINT) return 0;
    set_space(as, node->args[0]->type, axes, naxes);
    if (as->rank != g->rank) return 0;
    int outer = 0;
    for (int i = 0; i < g->rank; i++) {
        if (as->axes[i] != g->axes[i]) return 0;
        if (g->kind == GROUP_REDUCE && as->is_row[i] != g->is_row[i]) return 0;
        outer += !as->is_row[i];
    }
    return g->kind == GROUP_REDUCE || outer > 0 || is_small(g, f);
}

static const Kx *trial_value(Lower *l, const Group *g, Info *info, int kind) {
    const Ix *idx[MAX_RANK];
    Node *value = kind == ROOT_REDUCE ? info->node->args[0] : info->node;
    if (!group_canonical(g, l->t, value->type, idx)) {
        l->failed = 1;
        return NULL;
    }
    return kind == ROOT_REDUCE ? lower(l, value, idx) : lower_inside(l, value, idx);
}

/* lowers info as a member of g would be */
static int lowers_inside(Fuse *f, Group *g, Info *info, int kind) {
    Exprs *t = exprs_new(f->arena, f->graph->dims);
    Lower l = {.fuse = f, .t = t, .group = g, .trial = 1, .kernel = NEW(f->arena, Kernel)};
    int root = info->root, place = info->place.kind;
    info->root = 0;
    info->place.kind = PLACE_FUSED;
    const Kx *value = trial_value(&l, g, info, kind);
    info->root = root;
    info->place.kind = place;
    return !l.failed && value != NULL;
}

/* A new value of what the loop carries lies over the old one only if nobody reads the old one
 * later. */
static int moves_over_readers(const Group *g, const Reads *r) {
    for (int i = 0; i < r->leaves.n; i++) {
        const Info *leaf = r->leaves.at[i];
        if (leaf->node->op != OP_param) continue;
        for (int k = 0; k < leaf->readers.n; k++)
            if (leaf->readers.at[k]->number > g->number) return 1;
    }
    return 0;
}

static int shares(const Group *g, const Reads *r) {
    for (int i = 0; i < r->leaves.n; i++) {
        const Info *leaf = r->leaves.at[i];
        if (leaf->root && leaf->group == g) return 1;
        for (int k = 0; k < leaf->readers.n && leaf->node->type->rank > 0; k++)
            if (leaf->readers.at[k] == g) return 1;
    }
    return 0;
}

static int is_in_time(const Group *g, const Reads *r) {
    for (int i = 0; i < r->leaves.n; i++) {
        const Info *leaf = r->leaves.at[i];
        int member = leaf->root && leaf->group == g && !is_rank0(leaf->node);
        if (!member && leaf->ready >= g->number) return 0;
    }
    return 1;
}

/* a reduction would compute again what the group computes for a store: better to read it afterwards
 */
static int repeats_dear_work(const Group *g, const Reads *r) {
    for (int i = 0; i < r->leaves.n; i++) {
        const Info *leaf = r->leaves.at[i];
        if (!leaf->root || leaf->group != g || g->members.at[leaf->member].kind != ROOT_POINT)
            continue;
        if (leaf->cost > DEAR && matches(g, leaf->node->type, 0)) return 1;
    }
    return 0;
}

static int reads_member(const Group *g, const Reads *r) {
    for (int i = 0; i < r->leaves.n; i++)
        if (r->leaves.at[i]->root && r->leaves.at[i]->group == g) return 1;
    return 0;
}

static int can_join(Fuse *f, Group *g, Info *info, int kind, const Reads *r) {
    if (g->block != f->block || g->binds != f->binds || g->kind == GROUP_SPECIAL) return 0;
    if (g->members.n >= (g->kind == GROUP_CONTRACT ? MAX_STORES : MOST_MEMBERS)) return 0;
    if (r->traps && g->effects != f->effects) return 0;
    if (!shares(g, r) || !is_in_time(g, r)) return 0;
    if (info->required && moves_over_readers(g, r)) return 0;
    Group as = *g;
    if (kind == ROOT_REDUCE) {
        if (repeats_dear_work(g, r) && !is_small(g, f)) return 0;
        if (!reduction_fits(f, g, info->node, &as)) return 0;
    } else if (!matches(g, info->node->type, 0) &&
               !(g->kind == GROUP_REDUCE && matches(g, info->node->type, 1))) {
        return 0;
    }
    if (!reads_member(g, r)) return 1;
    Group saved = *g;
    *g = as;
    int fits = lowers_inside(f, g, info, kind);
    *g = saved;
    return fits;
}

static void consider(Fuse *f, Group **best, Group *g, Info *info, int kind, const Reads *r,
                     int *tries) {
    if (!g || (*best && g->id <= (*best)->id) || *tries >= MOST_TRIES) return;
    if (g->block != f->block) return;
    (*tries)++;
    if (can_join(f, g, info, kind, r)) *best = g;
}

static Group *find_group(Fuse *f, Info *info, int kind, const Reads *r) {
    Group *best = NULL;
    int tries = 0;
    for (int i = r->leaves.n - 1; i >= 0; i--) {
        Info *leaf = r->leaves.at[i];
        if (is_rank0(leaf->node)) continue;
        if (leaf->root) consider(f, &best, leaf->group, info, kind, r, &tries);
        for (int k = leaf->readers.n - 1; k >= 0; k--)
            consider(f, &best, leaf->readers.at[k], info, kind, r, &tries);
    }
    return best;
}

/* ---- groups ---- */

static Group *new_group(Fuse *f, int kind, Info *info) {
    Group *g = NEW(f->arena, Group);
    g->id = f->groups.n;
    g->kind = kind;
    g->block = f->block;
    g->effects = f->effects;
    g->binds = f->binds;
    g->split = -1;
    g->step = fuse_step(f, f->block, STEP_KERNEL, info->node);
    g->number = g->step->number;
    PUSH(f->arena, &f->groups, g);
    return g;
}

static void note_reader(Fuse *f, Info *leaf, Group *g) {
    for (int i = 0; i < leaf->readers.n; i++)
        if (leaf->readers.at[i] == g) return;
    if (leaf->readers.n == MOST_READERS) {
        for (int i = 1; i < MOST_READERS; i++) leaf->readers.at[i - 1] = leaf->readers.at[i];
        leaf->readers.n--;
    }
    PUSH(f->arena, &leaf->readers, g);
}

static void add_member(Fuse *f, Group *g, Info *info, Root root, const Reads *r) {
    root.node = info->node;
    root.stage = g->members.n;
    info->group = g;
    info->member = g->members.n;
    info->ready = g->number;
    info->place.kind = PLACE_BUFFER;
    PUSH(f->arena, &g->members, root);
    for (int i = 0; i < r->leaves.n; i++) note_reader(f, r->leaves.at[i], g);
    g->traps |= r->traps;
}

static void group_point(Fuse *f, Info *info) {
    Reads r = reads_of(f, info);
    Group *g = find_group(f, info, ROOT_POINT, &r);
    if (!g) {
        g = new_group(f, GROUP_POINT, info);
        set_space(g, info->node->type, NULL, 0);
        g->across = 1;
    }
    add_member(f, g, info, (Root){.kind = ROOT_POINT, .value = info->node}, &r);
}

static void group_reduction(Fuse *f, Info *info) {
    const int64_t *axes;
    int naxes;
    Reads r = reads_of(f, info);
    reduced_axes(info->node, &axes, &naxes);
    Group *g = find_group(f, info, ROOT_REDUCE, &r);
    if (!g) g = new_group(f, GROUP_REDUCE, info);
    g->kind = GROUP_REDUCE;
    set_space(g, info->node->args[0]->type, axes, naxes);
    g->across = !order_of_reduction(info->node->args[0]->type, axes, naxes).lanes;
    add_member(f, g, info, (Root){.kind = ROOT_REDUCE, .value = info->node->args[0]}, &r);
}

static void group_contraction(Fuse *f, Info *info) {
    Reads r = reads_of(f, info);
    Group *g = new_group(f, GROUP_CONTRACT, info);
    set_space(g, info->node->type, NULL, 0);
    if (info->node->op == OP_conv && info->node->ints[1] > 1) {
        int64_t channels =
            dim_value(info->node->type->dims[1]); /* of a grouped convolution: a number */
        g->split = !order_is_one(info->node->type->dims[0]);
        g->split_by = dim_int(f->graph->dims, channels / info->node->ints[1]);
    }
    add_member(f, g, info, (Root){.kind = ROOT_CONTRACT, .value = info->node}, &r);
}

static int same_dims(const Group *g, const Type *type) {
    return matches(g, type, 0);
}

/* each piece is a store into its part; pieces of one shape share a kernel */
static void group_cat(Fuse *f, Info *info) {
    Reads r = reads_of(f, info);
    Group *first = NULL, *g = NULL;
    for (int p = 0; p < info->node->nargs; p++) {
        Node *piece = info->node->args[p];
        if (!g || !same_dims(g, piece->type) || g->members.n >= MOST_MEMBERS) {
            g = new_group(f, GROUP_SPECIAL, info);
            set_space(g, piece->type, NULL, 0);
            g->across = 1;
        }
        if (!first) first = g;
        add_member(f, g, info, (Root){.kind = ROOT_PIECE, .value = piece, .piece = p}, &r);
    }
    if (!g) die("cat of nothing");
}

static void group_update(Fuse *f, Info *info) {
    Node *node = info->node;
    int scatter = node->op != OP_slice_update;
    Node *value = scatter ? node->args[node->nargs - 1] : node->args[1];
    Reads r = reads_of(f, info);
    Step *copy = fuse_step(f, f->block, STEP_COPY, node);
    fuse_need(f, node->args[0]);
    copy->from = fuse_buffer(f, info_of(node->args[0]));
    copy->to = fuse_buffer(f, info);
    Group *g = new_group(f, GROUP_SPECIAL, info);
    set_space(g, value->type, NULL, 0);
    g->across = !scatter;
    if (scatter)
        for (int i = 0; i < g->rank; i++) g->is_row[i] = 1;
    add_member(f, g, info, (Root){.kind = scatter ? ROOT_SCATTER : ROOT_UPDATE, .value = value},
               &r);
}

/* a sum over the places of each window, one after the other */
static void group_windows(Fuse *f, Info *info) {
    Reads r = reads_of(f, info);
    Group *g = new_group(f, GROUP_SPECIAL, info);
    set_space(g, info->node->type, NULL, 0);
    g->across = 1;
    add_member(f, g, info, (Root){.kind = ROOT_WINDOWS, .value = info->node}, &r);
}

void group_root(Fuse *f, Info *info) {
    Node *node = info->node;
    if (op_is_flag(node, OPF_REDUCE) || node->op == OP_argmax || node->op == OP_argmin)
        group_reduction(f, info);
    else if (node->op == OP_dot || node->op == OP_conv)
        group_contraction(f, info);
    else if (node->op == OP_cat)
        group_cat(f, info);
    else if (is_long_unwindow(node))
        group_windows(f, info);
    else if (node->op == OP_slice_update || node->op == OP_scatter || node->op == OP_scatter_add)
        group_update(f, info);
    else
        group_point(f, info);
}
