/* lower.c: a node at an index becomes an expression of the kernel being made. Values in memory
   become loads, rank-0 values scalars, roots of the same group temporaries; everything else is
   pulled in. Memoised by node and index. */
#include "codegen/fuse.h"

#include <string.h>

/* ---- what a kernel is given ---- */

int lower_buffer(Lower *l, Buffer *buffer, int written) {
    Kernel *k = l->kernel;
    int i = 0;
    while (i < k->buffers.n && k->buffers.at[i] != buffer) i++;
    if (i == k->buffers.n) {
        PUSH(l->t->arena, &k->buffers, buffer);
        PUSH(l->t->arena, &k->written, 0);
        PUSH(l->t->arena, &k->overlay, -1);
    }
    k->written.at[i] |= written;
    return i;
}

int lower_scalar_number(Lower *l, Node *node) {
    Kernel *k = l->kernel;
    int i = 0;
    while (i < k->scalars.n && k->scalars.at[i] != node) i++;
    if (i == k->scalars.n) PUSH(l->t->arena, &k->scalars, node);
    return i;
}

const Kx *lower_scalar(Lower *l, Node *node) {
    if (node->op == OP_const) return kx_const(l->t, node);
    if (node->op == OP_size) return kx_index(l->t, ix_dim(l->t, node->dim));
    return kx_scalar(l->t, lower_scalar_number(l, node), node->type->dtype);
}

const Ix *lower_flat(Lower *l, const Type *type, const Ix *const *idx) {
    const Dim *stride = dim_int(l->t->dims, 1);
    const Ix *flat = ix_int(l->t, 0);
    for (int i = type->rank - 1; i >= 0; i--) {
        flat = ix_add(l->t, flat, ix_scale(l->t, idx[i], stride));
        stride = dim_mul(l->t->dims, stride, type->dims[i]);
    }
    return flat;
}

/* the same value, whatever stops the program where it is out of range */
static int same_position(const IxAtom *a, const IxAtom *b) {
    return a == b || (a->kind == IX_SCALAR && b->kind == IX_SCALAR && a->var == b->var &&
                      a->extent == b->extent && a->only_if == b->only_if);
}

static int same_place(const Ix *a, const Ix *b) {
    if (a == b) return 1;
    if (!b || a->base != b->base || a->nterms != b->nterms) return 0;
    for (int i = 0; i < a->nterms; i++) {
        int found = 0;
        for (int k = 0; k < b->nterms && !found; k++)
            found = a->terms[i].by == b->terms[k].by &&
                    same_position(a->terms[i].atom, b->terms[k].atom);
        if (!found) return 0;
    }
    return 1;
}

static const Kx *load(Lower *l, Info *info, const Ix *const *idx) {
    const Type *type = info->node->type;
    const Ix *place = lower_flat(l, type, idx);
    Buffer *buffer = fuse_buffer(l->fuse, info);
    if (buffer == l->update_from && same_place(place, l->update_place)) buffer = l->update_to;
    if (!l->trial) info->needed = 1;
    return kx_load(l->t, lower_buffer(l, buffer, 0), place, type->dtype);
}

/* the message of a place along an axis of x that lies outside: % stands for the place, then for the
 * number of places there are; length: of the slice that begins there, NULL: an index by itself */
static const char *outside_text(Lower *l, const Node *x, int axis, const Dim *length) {
    Arena *a = l->fuse->arena;
    const char *of = node_axis_text(a, x, axis);
    if (!length)
        return arena_printf(a, "index %% is out of range for %s, which has %% elements", of);
    if (length == dim_int(l->t->dims, 1)) /* the index, wherever it was counted from */
        return arena_printf(a, "index %%- is out of range for %s, which has %% elements", of);
    return arena_printf(a, "a slice of %s elements from %% is outside of %s: it begins below %%",
                        dim_print(a, length), of);
}

/* an i64 scalar that positions are made of, along an axis of x; extent NULL: it is never checked */
const Ix *lower_start(Lower *l, Node *start, const Dim *extent, const Dim *count, const Node *blame,
                      const LowerAxis *of) {
    Exprs *t = l->t;
    const Ix *known = NULL;
    if (start->op == OP_const) known = ix_int(t, *(const int64_t *)start->data);
    if (start->op == OP_size) known = ix_dim(t, start->dim);
    if (known && (!extent || count == dim_int(t->dims, 0) || ix_within(t, known, extent)))
        return known;
    int site = -1;
    if (extent)
        site =
            fuse_trap_site(l->fuse, info_of(blame), outside_text(l, of->x, of->axis, of->length));
    return ix_scalar(t, lower_scalar_number(l, start), extent, extent ? count : NULL, site);
}

const Ix *lower_index_value(Lower *l, Node *index, const Ix *const *at, const Node *x, int axis,
                            const Node *blame) {
    const Dim *extent = x->type->dims[axis];
    const Kx *value = index->type->rank ? lower(l, index, at) : lower_scalar(l, index);
    if (value->kind == KX_INDEX && ix_within(l->t, value->index, extent)) return value->index;
    int site = fuse_trap_site(l->fuse, info_of(blame), outside_text(l, x, axis, NULL));
    return ix_value(l->t, value, extent, site);
}

/* ---- pointwise ---- */

static int map_trap(Lower *l, Node *node) {
    int integer = node->nargs > 0 && dtype_kind(node->args[0]->type->dtype) != 2;
    if (!integer || !op_is_flag(node, OPF_TRAP)) return -1;
    const char *what =
        node->op == OP_ipow ? "negative exponent of an integer" : "integer division by zero";
    return fuse_trap_site(l->fuse, info_of(node), what);
}

static const Kx *lower_map(Lower *l, Node *node, const Ix *const *idx) {
    const Kx *args[4] = {0};
    for (int i = 0; i < node->nargs && i < 4; i++) args[i] = lower(l, node->args[i], idx);
    return kx_map(l->t, node->op, node->type->dtype, args, node->nargs, map_trap(l, node));
}

const Kx *lower_inside(Lower *l, Node *node, const Ix *const *idx) {
    if (op_is_flag(node, OPF_MAP)) return lower_map(l, node, idx);
    if (node->op == OP_cast) return kx_cast(l->t, lower(l, node->args[0], idx), node->type->dtype);
    if (node->op == OP_const) return kx_const(l->t, node);
    if (node->op == OP_iota) return kx_index(l->t, idx[node->ints[0]]);
    const Kx *view = lower_view(l, node, idx);
    if (!view) die("lower: %s is not in memory and not an expression", op_info(node->op)->name);
    return view;
}

/* ---- members of the group at work ---- */

static int at_canonical(Lower *l, const Type *type, const Ix *const *idx) {
    const Ix *here[MAX_RANK];
    if (!group_canonical(l->group, l->t, type, here)) return 0;
    for (int i = 0; i < type->rank; i++)
        if (here[i] != idx[i]) return 0;
    return 1;
}

static const Kx *lower_member(Lower *l, Info *info, const Ix *const *idx) {
    const Root *root = &l->group->members.at[info->member];
    const Type *type = info->node->type;
    if (root->kind > ROOT_CONTRACT || !at_canonical(l, type, idx)) {
        l->failed = 1;
        return kx_zero(l->t, type->dtype);
    }
    if (root->kind == ROOT_POINT) return lower_inside(l, info->node, idx);
    return kx_temp(l->t, root->stage, type->dtype, l->temp_vars);
}

/* ---- the memo ---- */

struct LowerMemo {
    const Node *node;
    const Ix *idx[MAX_RANK];
    const Kx *value;
};

static int same_memo(const void *x, const void *y) {
    const LowerMemo *a = x, *b = y;
    return a->node == b->node && memcmp(a->idx, b->idx, sizeof a->idx) == 0;
}

const Kx *lower(Lower *l, Node *node, const Ix *const *idx) {
    const Type *type = node->type;
    if (type->rank == 0) return lower_scalar(l, node);
    LowerMemo key = {.node = node};
    uint64_t hash = hash_mix(3, (uint64_t)node->id);
    for (int i = 0; i < type->rank; i++) {
        key.idx[i] = order_is_one(type->dims[i]) ? ix_int(l->t, 0) : idx[i];
        hash = hash_mix(hash, (uint64_t)key.idx[i]->id);
    }
    LowerMemo *found = pool_find(&l->memo, hash, same_memo, &key);
    if (found) return found->value;
    Info *info = info_of(node);
    if (info->root && info->group == l->group)
        key.value = lower_member(l, info, key.idx);
    else if (info->root || info->place.kind == PLACE_BUFFER)
        key.value = load(l, info, key.idx);
    else
        key.value = lower_inside(l, node, key.idx);
    pool_add(l->t->arena, &l->memo, hash, arena_copy(l->t->arena, &key, sizeof key));
    return key.value;
}
