/* decide.c: which values a group computes into memory (roots), and which are pulled into the
   expressions of their users. Fusion repeats work when a value has several users, or a user that
   reads an element often; cheap values are repeated, dear ones are roots. A root that turns out to
   be read by its own group alone is never stored. */
#include "codegen/fuse.h"

#include <string.h>

enum {
    CHEAP = 6,     /* up to this cost a value is computed again rather than kept */
    MOST_OPS = 40, /* an expression of more is cut */
    MANY = 100,
    MOST_TERMS = 16, /* of a sum of windows, written out */
};

int op_is_flag(const Node *node, int flag) {
    return (op_info(node->op)->flags & flag) != 0;
}

/* pulled into its users whatever they are, unless it is required */
static int is_view(const Node *node) {
    return (op_is_flag(node, OPF_VIEW) && node->op != OP_cat) || node->op == OP_cast;
}

static int is_stretching(const Node *expand) {
    const Type *to = expand->type, *from = expand->args[0]->type;
    int shift = to->rank - from->rank;
    for (int i = 0; i < to->rank; i++)
        if (!order_is_one(to->dims[i]) && (i < shift || order_is_one(from->dims[i - shift])))
            return 1;
    return 0;
}

/* whether user reads an element of operand i many times */
static int reads_often(const Node *user, int i) {
    if (user->op == OP_expand) return is_stretching(user);
    if (user->op == OP_window) return user->ints[1] > user->ints[2];
    if (user->op == OP_unwindow)
        return dim_value(user->args[0]->type->dims[user->ints[0] + 1]) > user->ints[1];
    return user->op == OP_dot || user->op == OP_conv || (user->op == OP_gather && i == 0);
}

static int needs_memory(const Node *user, int i) {
    if (op_is_flag(user, OPF_EFFECT | OPF_CONTROL | OPF_LIB | OPF_STACK) && user->op != OP_result)
        return 1;
    return (user->op == OP_slice_update || user->op == OP_scatter || user->op == OP_scatter_add) &&
           i == 0;
}

/* user's region is run more often than node's */
static int is_away(const Node *node, const Region *user) {
    for (const Region *r = user; r && r != node->region; r = r->parent)
        if (r->owner && r->owner->op != OP_if) return 1;
    return 0;
}

static void use(Info *of, const Region *from, int uses, int often, int required, int away) {
    of->uses = of->uses + uses > MANY ? MANY : of->uses + uses;
    of->often |= often;
    of->required |= required;
    of->away |= away || is_away(of->node, from);
}

static void use_results(Fuse *f, const Region *r) {
    (void)f;
    for (int i = 0; i < r->results.n; i++) use(info_of(r->results.at[i]), r, 1, 0, 1, 0);
}

int is_long_unwindow(const Node *node) {
    return node->op == OP_unwindow &&
           dim_value(node->args[0]->type->dims[node->ints[0] + 1]) > MOST_TERMS;
}

int decide_is_root(const Node *node) {
    return op_is_flag(node, OPF_REDUCE) || node->op == OP_argmax || node->op == OP_argmin ||
           node->op == OP_dot || node->op == OP_conv || node->op == OP_cat ||
           is_long_unwindow(node) || node->op == OP_slice_update || node->op == OP_scatter ||
           node->op == OP_scatter_add;
}

/* may be pulled into its users */
static int may_fuse(const Info *info) {
    const Node *node = info->node;
    return !is_rank0(node) && !info->required && !decide_is_root(node) &&
           !op_is_flag(node, OPF_EFFECT | OPF_CONTROL | OPF_LIB | OPF_STACK);
}

/* from the last node to the first, so that what is asked of a view is asked of its operand */
void decide_uses(Fuse *f) {
    for (int n = f->infos.n - 1; n >= 0; n--) {
        Info *info = f->infos.at[n];
        Node *node = info->node;
        for (int i = 0; i < node->nregions; i++) use_results(f, node->regions[i]);
        int through = is_view(node) && !info->required, fused = may_fuse(info);
        for (int i = 0; i < node->nargs; i++) {
            Info *arg = info_of(node->args[i]);
            int uses = through && info->uses > 1 ? info->uses : 1;
            use(arg, node->region, uses, reads_often(node, i) || (through && info->often),
                needs_memory(node, i), through && info->away);
            early_use(f, info, i, fused);
        }
    }
}

int node_is_uniform(Info *info) {
    if (info->uniform) return info->uniform > 0;
    const Type *type = info->node->type;
    int64_t bytes = dtype_bytes(type->dtype), n = 1;
    for (int i = 0; i < type->rank; i++) n *= dim_value(type->dims[i]);
    const char *data = info->node->data;
    info->uniform = n > 0 ? 1 : -1;
    for (int64_t i = 1; i < n && info->uniform > 0; i++)
        if (memcmp(data, data + i * bytes, (size_t)bytes) != 0) info->uniform = -1;
    return info->uniform > 0;
}

static void sum_cost(Info *info) {
    Node *node = info->node;
    int own = op_is_flag(node, OPF_MAP) ? op_cost(node->op) : node->op == OP_gather ? 4 : 1;
    if (node->op == OP_unwindow)
        own = 8 * (int)dim_value(node->args[0]->type->dims[node->ints[0] + 1]);
    if (op_is_flag(node, OPF_VIEW) && node->op != OP_pad) own = 0;
    info->cost = own;
    info->ops = op_is_flag(node, OPF_VIEW) ? 0 : 1;
    for (int i = 0; i < node->nargs; i++) {
        const Info *arg = info_of(node->args[i]);
        if (node->args[i]->type->rank == 0) continue;
        int memory = arg->root || arg->place.kind == PLACE_BUFFER;
        info->cost += memory ? 1 : arg->cost;
        info->ops += memory ? 0 : arg->ops;
    }
    if (info->cost > 100000) info->cost = 100000;
    if (info->ops > 100000) info->ops = 100000;
}

void decide_node(Fuse *f, Info *info) {
    Node *node = info->node;
    sum_cost(info);
    int repeated = info->uses > 1 || info->often || info->away;
    info->root = decide_is_root(node) || info->required ||
                 (repeated && info->cost > CHEAP && !is_view(node)) || info->ops > MOST_OPS ||
                 is_early(f, info);
    if (info->root) return;
    info->place.kind = PLACE_FUSED;
}
