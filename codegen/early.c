/* early.c: which small values are computed where they stand because what they read is updated in
   place before they are wanted. Fused into a later user, an element of a tensor would keep all of
   the old tensor alive: the update had to copy it, and a loop of such updates took time with the
   square of its length. Takes the uses (decide.c); no bit of any result depends on it. */
#include "codegen/fuse.h"

/* node's operand number i is updated in place by it, if nobody wants the old value later */
static int takes_place(const Node *node, int i) {
    if (node->op == OP_slice_update || node->op == OP_scatter || node->op == OP_scatter_add)
        return i == 0;
    if (node->op == OP_for) return i >= 3 && i < 3 + node->ints[0];
    return node->op == OP_while && i < node->ints[0];
}

void early_use(Fuse *f, Info *user, int i, int fused) {
    Info *of = info_of(user->node->args[i]);
    int last = fused && user->reach > user->order ? user->reach : user->order;
    if (last > of->reach) of->reach = last;
    if (takes_place(user->node, i) && !is_rank0(of->node))
        PUSH(f->arena, &of->updates, user->order);
}

/* surely of fewer elements, or of fewer axes, than from */
static int is_smaller(Fuse *f, const Type *type, const Type *from) {
    int64_t most = dim_upper(type_count(f->graph->dims, type));
    int64_t other = dim_upper(type_count(f->graph->dims, from));
    if (most >= 0 && (other < 0 || most < other)) return 1;
    int axes = 0;
    for (int i = 0; i < type->rank; i++) axes += !order_is_one(type->dims[i]);
    for (int i = 0; i < from->rank; i++) axes -= !order_is_one(from->dims[i]);
    return axes < 0;
}

/* the box that slice reads is the one that update replaces: read element by element just before */
static int is_same_box(const Node *slice, const Node *update) {
    if (slice->op != OP_slice || update->op != OP_slice_update) return 0;
    const Type *a = slice->type, *b = update->args[1]->type;
    for (int i = 0; i < a->rank; i++) {
        if (a->dims[i] != b->dims[i] || slice->ints[i] != update->ints[i]) return 0;
        if (slice->args[1 + i] != update->args[2 + i]) return 0;
    }
    return 1;
}

/* info pulls the operand `from` of node into itself: is from updated before info is wanted?
   pointwise: info's element reads from's at node's own place only */
static int outlives(Fuse *f, const Info *info, const Node *node, const Info *from, int pointwise) {
    if (!is_smaller(f, info->node->type, from->node->type)) return 0;
    for (int i = 0; i < from->updates.n; i++) {
        int at = from->updates.at[i];
        if (at <= info->order || at > info->reach) continue;
        const Node *update = f->infos.at[at]->node;
        if (at == info->reach && pointwise && is_same_box(node, update)) continue;
        return 1;
    }
    return 0;
}

static int reads_early(Fuse *f, Info *info, Node *node, int pointwise) {
    int through = op_is_flag(node, OPF_MAP) || node->op == OP_cast || node->op == OP_reshape;
    for (int i = 0; i < node->nargs; i++) {
        Info *arg = info_of(node->args[i]);
        if (is_rank0(arg->node) || arg->seen == f->walk) continue;
        arg->seen = f->walk;
        int memory = arg->root || arg->place.kind == PLACE_BUFFER;
        if (memory ? outlives(f, info, node, arg, pointwise)
                   : reads_early(f, info, arg->node, pointwise && through))
            return 1;
    }
    return 0;
}

int is_early(Fuse *f, Info *info) {
    f->walk++;
    return reads_early(f, info, info->node, 1);
}
