/* build.c: a group becomes a Kernel: reductions that somebody reads, in order, then the stores.
   Values that only the group itself reads are temporaries or repeated expressions, never memory. */
#include "codegen/fuse.h"

/* a group's kernel while it is made */
typedef struct Build Build;
struct Build {
    Fuse *fuse;
    Group *group;
    Kernel *kernel;
    Lower l;
    int used[64];            /* by member: a temporary that something reads */
    VEC(Store) outer, row;   /* stores at the outer point, and over the rows */
    VEC(Stage *) reductions; /* last first */
};

static void split_axes(Build *b) {
    const Group *g = b->group;
    for (int i = 0; i < g->rank; i++)
        if (!g->is_row[i]) b->kernel->outer[b->kernel->nouter++] = g->axes[i];
}

static Stage *new_stage(Build *b, int kind, int with_rows) {
    Stage *s = NEW(b->fuse->arena, Stage);
    s->kind = kind;
    for (int i = 0; with_rows && i < b->group->rank; i++)
        if (b->group->is_row[i]) s->row[s->nrow++] = b->group->axes[i];
    return s;
}

/* ---- temporaries ---- */

static void mark_temps(Build *b, const Kx *k, char *seen);

static void mark_index_temps(Build *b, const Ix *ix, char *seen) {
    for (int i = 0; i < ix->nterms; i++) {
        if (ix->terms[i].atom->a) mark_index_temps(b, ix->terms[i].atom->a, seen);
        if (ix->terms[i].atom->value) mark_temps(b, ix->terms[i].atom->value, seen);
    }
}

static void mark_temps(Build *b, const Kx *k, char *seen) {
    if (seen[k->id]) return;
    seen[k->id] = 1;
    if (k->kind == KX_TEMP) b->used[k->index_of] = 1;
    if (k->index) mark_index_temps(b, k->index, seen);
    for (int i = 0; i < k->nargs; i++) mark_temps(b, k->args[i], seen);
    for (int i = 0; i < k->nguards; i++) mark_index_temps(b, k->guards[i].ix, seen);
}

static void use_temps(Build *b, const Kx *k) {
    mark_temps(b, k, NEW_ARRAY(b->fuse->arena, char, b->l.t->kxs.n + 1));
}

/* ---- members ---- */

static void add_store(Build *b, const Type *type, const Kx *value, Node *node) {
    const Ix *idx[MAX_RANK];
    if (!group_canonical(b->group, b->l.t, type, idx))
        die("build: %s left its group", op_info(node->op)->name);
    const Ix *place = lower_flat(&b->l, type, idx);
    Store store = {value, lower_buffer(&b->l, fuse_buffer(b->fuse, info_of(node)), 1), place};
    int rows = 0;
    for (int i = 0; i < type->rank; i++) rows |= (idx[i]->vars >> b->kernel->nouter) != 0;
    if (rows)
        PUSH(b->fuse->arena, &b->row, store);
    else
        PUSH(b->fuse->arena, &b->outer, store);
    use_temps(b, value);
}

static void store_point(Build *b, const Root *root) {
    const Ix *idx[MAX_RANK];
    group_canonical(b->group, b->l.t, root->node->type, idx);
    add_store(b, root->node->type, lower_inside(&b->l, root->node, idx), root->node);
}

static void reduce(Build *b, const Root *root) {
    const Type *type = root->value->type;
    const Ix *idx[MAX_RANK];
    Stage *s = new_stage(b, STAGE_REDUCE, 1);
    group_canonical(b->group, b->l.t, type, idx);
    int one = root->node->op == OP_argmax || root->node->op == OP_argmin;
    Order order = order_of_reduction(type, root->node->ints, one ? 1 : root->node->nints);
    s->reduce = root->node->op;
    s->node = root->node;
    s->dtype = root->node->type->dtype;
    s->temp = root->stage;
    s->lanes = order.lanes;
    s->value = type->rank ? lower(&b->l, root->value, idx) : lower_scalar(&b->l, root->value);
    int ninner = 0;
    for (int i = 0; i < order.ninner; i++) ninner += !order_is_one(type->dims[order.inner[i]]);
    use_temps(b, s->value);
    if (s->lanes) flatten_rows(b->l.t, b->kernel, s, s->nrow - ninner, ninner);
    PUSH(b->fuse->arena, &b->reductions, s);
}

static void push_stores(Build *b, const Store *stores, int n, int rows) {
    int64_t length;
    for (int i = 0; rows && i < b->group->rank; i++)
        if (dim_is_int(b->group->axes[i], &length) && length == 0) return;
    for (int i = 0; i < n; i += MAX_STORES) {
        Stage *s = new_stage(b, STAGE_STORE, rows);
        for (int k = i; k < n && k < i + MAX_STORES; k++) s->stores[s->nstores++] = stores[k];
        s->node = b->group->members.at[0].node;
        PUSH(b->fuse->arena, &b->kernel->stages, s);
    }
}

static void build_rows(Build *b) {
    Group *g = b->group;
    for (int i = g->members.n - 1; i >= 0; i--) {
        const Root *root = &g->members.at[i];
        int needed = info_of(root->node)->needed;
        if (root->kind == ROOT_POINT && needed) store_point(b, root);
        if (root->kind != ROOT_REDUCE || (!needed && !b->used[i])) continue;
        const Kx *temp = kx_temp(b->l.t, root->stage, root->node->type->dtype, b->l.temp_vars);
        if (needed) add_store(b, root->node->type, temp, root->node);
        reduce(b, root);
    }
    for (int i = b->reductions.n - 1; i >= 0; i--)
        PUSH(b->fuse->arena, &b->kernel->stages, b->reductions.at[i]);
    push_stores(b, b->outer.at, b->outer.n, 0);
    push_stores(b, b->row.at, b->row.n, 1);
}

/* ---- contractions ---- */

static void build_product(Build *b) {
    Group *g = b->group;
    Stage *s = new_stage(b, STAGE_CONTRACT, 0);
    const Root *root = &g->members.at[0];
    b->kernel->nouter = 0;
    s->node = root->node;
    s->temp = root->stage;
    s->dtype = root->node->type->dtype;
    build_contraction(&b->l, s, root->node);
    int outer = b->kernel->nouter;
    b->l.temp_vars = ((uint64_t)1 << (outer + s->nm + s->nn)) - 1;
    b->kernel->nouter = 63; /* all stores belong to the contraction */
    for (int i = 0; i < g->members.n; i++) {
        const Root *member = &g->members.at[i];
        if (!info_of(member->node)->needed) continue;
        if (member->kind == ROOT_POINT)
            store_point(b, member);
        else
            add_store(b, member->node->type, kx_temp(b->l.t, s->temp, s->dtype, b->l.temp_vars),
                      member->node);
    }
    b->kernel->nouter = outer;
    if (b->outer.n > MAX_STORES) die("build: a contraction with %d stores", b->outer.n);
    for (int i = 0; i < b->outer.n; i++) s->stores[s->nstores++] = b->outer.at[i];
    PUSH(b->fuse->arena, &b->kernel->stages, s);
}

/* ---- stores into a part of a tensor ---- */

static const Ix *piece_place(Build *b, const Root *root, const Ix **idx) {
    Exprs *t = b->l.t;
    int axis = (int)root->node->ints[0];
    const Dim *start = dim_int(t->dims, 0);
    for (int p = 0; p < root->piece; p++)
        start = dim_add(t->dims, start, root->node->args[p]->type->dims[axis]);
    idx[axis] = ix_add(t, idx[axis], ix_dim(t, start));
    return lower_flat(&b->l, root->node->type, idx);
}

static const Ix *update_place(Build *b, const Root *root, const Ix **idx) {
    Exprs *t = b->l.t;
    Node *node = root->node;
    const Dim *count = type_count(t->dims, root->value->type), *one = dim_int(t->dims, 1);
    for (int i = 0; i < node->type->rank; i++) {
        const Dim *step = dim_int(t->dims, node->ints[i]);
        const Dim *reach =
            dim_mul(t->dims, dim_sub(t->dims, root->value->type->dims[i], one), step);
        const LowerAxis of = {node->args[0], i, root->value->type->dims[i]};
        const Ix *start =
            lower_start(&b->l, node->args[2 + i], dim_sub(t->dims, node->type->dims[i], reach),
                        count, node, &of);
        idx[i] = ix_add(t, start, ix_scale(t, idx[i], step));
    }
    return lower_flat(&b->l, node->type, idx);
}

static const Ix *scatter_place(Build *b, const Root *root, const Ix **idx) {
    Node *node = root->node;
    const Ix *at[MAX_RANK];
    int k = (int)node->ints[0], places = node->args[1]->type->rank;
    for (int i = 0; i < node->type->rank; i++)
        at[i] = i < k ? lower_index_value(&b->l, node->args[1 + i], idx, node, i, node)
                      : idx[places + i - k];
    return lower_flat(&b->l, node->type, at);
}

static int has_rest(const Node *scatter) {
    for (int i = (int)scatter->ints[0]; i < scatter->type->rank; i++)
        if (!order_is_one(scatter->type->dims[i])) return 1;
    return 0;
}

static Store part_store(Build *b, const Root *root, Buffer *to) {
    Exprs *t = b->l.t;
    const Ix *idx[MAX_RANK], *value_idx[MAX_RANK], *place;
    const Type *type = root->value->type;
    if (!group_canonical(b->group, t, type, idx)) die("build: a part left its group");
    for (int i = 0; i < type->rank; i++) value_idx[i] = idx[i];
    if (root->kind == ROOT_PIECE)
        place = piece_place(b, root, idx);
    else
        place =
            root->kind == ROOT_UPDATE ? update_place(b, root, idx) : scatter_place(b, root, idx);
    if (root->kind == ROOT_UPDATE) {
        b->l.update_from = fuse_buffer(b->fuse, info_of(root->node->args[0]));
        b->l.update_to = to;
        b->l.update_place = place;
    }
    const Kx *value = lower(&b->l, root->value, value_idx);
    int number = lower_buffer(&b->l, to, 1);
    if (root->node->op == OP_scatter_add) {
        const Kx *args[2] = {kx_load(t, number, place, type->dtype), value};
        value = kx_map(t, OP_add, type->dtype, args, 2, -1);
    }
    return (Store){value, number, place};
}

static void build_parts(Build *b) {
    Group *g = b->group;
    Node *node = g->members.at[0].node;
    Buffer *to = fuse_buffer(b->fuse, info_of(node));
    int scatter = g->members.at[0].kind == ROOT_SCATTER;
    b->l.group = NULL;
    Stage *s = NULL;
    for (int i = 0; i < g->members.n; i++) {
        if (!s || s->nstores == MAX_STORES) {
            s = new_stage(b, STAGE_STORE, 1);
            PUSH(b->fuse->arena, &b->kernel->stages, s);
        }
        s->node = node;
        s->serial = scatter;
        s->lanes = scatter && has_rest(node);
        s->stores[s->nstores++] = part_store(b, &g->members.at[i], to);
    }
}

/* ---- long sums of windows ---- */

static void build_windows(Build *b) {
    Node *node = b->group->members.at[0].node;
    const Dim *size = node->args[0]->type->dims[node->ints[0] + 1];
    const Ix *idx[MAX_RANK];
    Stage *s = new_stage(b, STAGE_REDUCE, 0);
    group_canonical(b->group, b->l.t, node->type, idx);
    s->row[s->nrow++] = size;
    s->node = node;
    s->reduce = OP_sum;
    s->plain = 1;
    s->dtype = node->type->dtype;
    b->l.group = NULL;
    s->value = lower_unwindow_term(&b->l, node, idx, ix_var(b->l.t, b->kernel->nouter, size));
    PUSH(b->fuse->arena, &b->kernel->stages, s);
    add_store(b, node->type, kx_temp(b->l.t, s->temp, s->dtype, b->l.temp_vars), node);
    push_stores(b, b->outer.at, b->outer.n, 0);
}

/* ---- the whole ---- */

static int is_needed(const Group *g) {
    for (int i = 0; i < g->members.n; i++)
        if (info_of(g->members.at[i].node)->needed) return 1;
    return 0;
}

/* no element is ever stored: code for it would only read what is not there */
static int stores_nothing(const Group *g) {
    int64_t n;
    for (int i = 0; i < g->rank; i++)
        if (!g->is_row[i] && dim_is_int(g->axes[i], &n) && n == 0) return 1;
    return 0;
}

void build_group(Fuse *f, Group *g) {
    if (!is_needed(g)) return;
    for (int i = 0; i < g->members.n; i++)
        if (info_of(g->members.at[i].node)->needed) fuse_buffer(f, info_of(g->members.at[i].node));
    if (stores_nothing(g)) return;
    Build *b = NEW(f->arena, Build);
    b->fuse = f;
    b->group = g;
    b->kernel = NEW(f->arena, Kernel);
    b->l = (Lower){
        .fuse = f, .group = g, .kernel = b->kernel, .t = exprs_new(f->arena, f->graph->dims)};
    b->kernel->table = b->l.t;
    b->kernel->across = g->across;
    b->kernel->where = g->members.at[0].node->where;
    split_axes(b);
    b->l.temp_vars = ((uint64_t)1 << b->kernel->nouter) - 1;
    if (g->kind == GROUP_CONTRACT)
        build_product(b);
    else if (g->members.at[0].kind == ROOT_WINDOWS)
        build_windows(b);
    else if (g->kind == GROUP_SPECIAL)
        build_parts(b);
    else
        build_rows(b);
    if (b->l.failed) die("build: a member is read elsewhere than it is made");
    coalesce_kernel(b->l.t, b->kernel);
    schedule_lanes(b->l.t, b->kernel);
    kernel_finish(f, b->l.t, b->kernel);
    g->step->kernel = b->kernel;
}
