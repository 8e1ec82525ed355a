/* fuse.c: a graph becomes a Program: regions are walked in order, each node becomes a step, joins a
   group (a kernel-to-be), or is fused into its users. Groups are built from the last to the first,
   so that what a value's users need is known before its own kernel is made; what nobody needs is
   not stored. No bit of any result depends on what is fused. */
#include "codegen/fuse.h"

#include <string.h>

Step *fuse_step(Fuse *f, Block *block, int kind, Node *node) {
    Step *step = NEW(f->arena, Step);
    step->kind = kind;
    step->node = node;
    step->trap_site = -1;
    step->number = f->numbers++;
    PUSH(f->arena, &block->steps, step);
    return step;
}

/* ---- buffers ---- */

Buffer *fuse_new_buffer(Fuse *f, const Type *type, const Node *node) {
    Buffer *b = NEW(f->arena, Buffer);
    b->id = f->program->buffers.n;
    b->type = type;
    b->node = node;
    PUSH(f->arena, &f->program->buffers, b);
    return b;
}

Buffer *fuse_buffer(Fuse *f, Info *info) {
    Node *node = info->node;
    if (info->place.buffer) return info->place.buffer;
    Buffer *b = info->place.buffer = fuse_new_buffer(f, node->type, node);
    if (node->op == OP_const) {
        b->kind = BUFFER_CONST;
        b->constant = node->data;
    } else if (node->op == OP_data) {
        b->kind = BUFFER_DATA;
        b->data_index = (int)node->ints[0];
    }
    return b;
}

void fuse_need(Fuse *f, Node *node) {
    (void)f;
    if (node->type && node->type->rank > 0) info_of(node)->needed = 1;
}

/* a node has a site for each thing that can go wrong with it, one after the other */
int fuse_trap_site(Fuse *f, Info *info, const char *what) {
    Program *p = f->program;
    if (info->trap_site < 0) info->trap_site = p->trap_frames.n;
    for (int i = info->trap_site; i < p->trap_frames.n; i++)
        if (p->trap_frames.at[i] == info->node->where && strcmp(p->trap_texts.at[i], what) == 0)
            return i;
    PUSH(f->arena, &p->trap_frames, info->node->where);
    PUSH(f->arena, &p->trap_texts, what);
    PUSH(f->arena, &p->trap_orders, info->order);
    return p->trap_frames.n - 1;
}

/* ---- nodes ---- */

static void at_step(Info *info, const Step *step) {
    info->ready = step->number;
    info->place.kind = PLACE_REGISTER;
}

static int all_rank0(const Node *node) {
    for (int i = 0; i < node->nargs; i++)
        if (!is_rank0(node->args[i])) return 0;
    return 1;
}

/* rank 0, and a load of a fixed element when its views are resolved: the host reads it where it
 * lies */
static int is_element(Fuse *f, Info *info, Step *step) {
    for (int trial = 1; trial >= 0; trial--) {
        Lower l = {.fuse = f, .t = exprs_new(f->arena, f->graph->dims), .trial = trial};
        l.kernel = NEW(f->arena, Kernel);
        if (!op_is_flag(info->node, OPF_VIEW) || info->node->op == OP_cat) return 0;
        const Kx *value = lower_inside(&l, info->node, NULL);
        const Dim *place;
        if (value->kind != KX_LOAD || !ix_is_dim(value->index, &place)) return 0;
        if (!dim_is_int(place, &step->element)) return 0;
        step->from = l.kernel->buffers.at[value->index_of];
    }
    return 1;
}

static int host_computes(const Node *node) {
    if (node->op == OP_arg || node->op == OP_arg_is || node->op == OP_size || node->op == OP_seed ||
        node->op == OP_const)
        return 1;
    if (node->op == OP_result) return 1;
    int simple = op_is_flag(node, OPF_MAP | OPF_VIEW) || node->op == OP_cast;
    return simple && node->nargs > 0 && all_rank0(node) && node->op != OP_cat;
}

/* depends on nothing in its block: its step goes first (put_first) */
static int is_known_at_start(const Node *node) {
    return node->op == OP_const || node->op == OP_arg || node->op == OP_arg_is ||
           node->op == OP_seed;
}

static int integer_trap(Fuse *f, Info *info) {
    const Node *node = info->node;
    if (!op_is_flag(node, OPF_MAP) || !op_is_flag(node, OPF_TRAP)) return -1;
    if (dtype_kind(node->args[0]->type->dtype) == 2) return -1;
    return fuse_trap_site(f, info,
                          node->op == OP_ipow ? "negative exponent of an integer"
                                              : "integer division by zero");
}

static void fuse_rank0(Fuse *f, Info *info) {
    Node *node = info->node;
    if (node->op == OP_param) {
        info->place.kind = PLACE_REGISTER;
        return;
    }
    if (host_computes(node)) {
        Step *step = fuse_step(f, f->block, STEP_SCALAR, node);
        step->trap_site = integer_trap(f, info);
        at_step(info, step);
        if (is_known_at_start(node)) info->ready = -1;
        return;
    }
    Step probe = {0};
    int element = node->op == OP_data || is_element(f, info, &probe);
    if (node->op == OP_data) probe.from = fuse_buffer(f, info);
    if (!element) {
        info->root = 1;
        group_root(f, info);
        info->needed = 1;
        probe.from = fuse_buffer(f, info);
        probe.element = 0;
    }
    Step *step = fuse_step(f, f->block, STEP_SCALAR, node);
    step->from = probe.from;
    step->element = probe.element;
    at_step(info, step);
}

static void fuse_lib(Fuse *f, Info *info) {
    for (int i = 0; i < info->node->nargs; i++) fuse_need(f, info->node->args[i]);
    Step *step = fuse_step(f, f->block, STEP_LIB, info->node);
    step->to = fuse_buffer(f, info);
    info->place.kind = PLACE_BUFFER;
    info->ready = step->number;
    if (!is_rank0(info->node)) return;
    Step *load = fuse_step(f, f->block, STEP_SCALAR, info->node);
    load->from = step->to;
    at_step(info, load);
}

static void fuse_effect(Fuse *f, Info *info) {
    for (int i = 0; i < info->node->nargs; i++) fuse_need(f, info->node->args[i]);
    if (info->node->op == OP_load) {
        fuse_load(f, info);
    } else {
        Step *step = fuse_step(f, f->block, STEP_EFFECT, info->node);
        info->ready = step->number;
    }
    f->effects++;
    f->binds += info->node->op == OP_bind;
}

/* a tensor that is in memory from the start, or where a control node put it; 0: it is computed */
static int fuse_leaf(Fuse *f, Info *info) {
    Node *node = info->node;
    if (node->op == OP_result) {
        Info *of = info_of(node->args[0]);
        info->ready = of->ready;
        info->place.kind = PLACE_BUFFER; /* the buffer was set by the control node's */
    } else if (node->op == OP_param) {
        info->place.kind = PLACE_BUFFER;
    } else if (node->op == OP_data ||
               (node->op == OP_const && (info->required || !node_is_uniform(info)))) {
        info->place.kind = PLACE_BUFFER;
        fuse_buffer(f, info);
    } else {
        return 0;
    }
    return 1;
}

static void fuse_node(Fuse *f, Info *info) {
    Node *node = info->node;
    if (op_is_flag(node, OPF_CONTROL) && node->op != OP_result)
        fuse_control(f, info);
    else if (op_is_flag(node, OPF_EFFECT))
        fuse_effect(f, info);
    else if (op_is_flag(node, OPF_LIB | OPF_STACK))
        fuse_lib(f, info);
    else if (is_rank0(node))
        fuse_rank0(f, info);
    else if (!fuse_leaf(f, info)) {
        decide_node(f, info);
        if (info->root) group_root(f, info);
    }
}

void fuse_region(Fuse *f, Block *block) {
    Block *outside = f->block;
    f->block = block;
    for (int i = 0; i < block->region->nodes.n; i++)
        fuse_node(f, info_of(block->region->nodes.at[i]));
    f->block = outside;
}

/* ---- the whole ---- */

static void add_infos(Fuse *f, Region *r) {
    for (int i = 0; i < r->nodes.n; i++) {
        Info *info = NEW(f->arena, Info);
        info->node = r->nodes.at[i];
        info->order = f->infos.n;
        info->ready = -1;
        info->trap_site = -1;
        info->node->mark = info;
        PUSH(f->arena, &f->infos, info);
        for (int k = 0; k < info->node->nregions; k++) add_infos(f, info->node->regions[k]);
    }
}

static void drop_empty(Block *block) {
    int n = 0;
    for (int i = 0; i < block->steps.n; i++) {
        Step *step = block->steps.at[i];
        if (step->kind == STEP_KERNEL && !step->kernel) continue;
        for (int k = 0; k < 2; k++)
            if (step->blocks[k]) drop_empty(step->blocks[k]);
        block->steps.at[n++] = step;
    }
    block->steps.n = n;
}

static int goes_first(const Step *step) {
    return step->kind == STEP_SCALAR && !step->from && is_known_at_start(step->node);
}

/* constants and arguments before everything else of their block */
static void put_first(Arena *arena, Block *block) {
    Step **steps = NEW_ARRAY(arena, Step *, block->steps.n + 1);
    int n = 0;
    for (int first = 1; first >= 0; first--)
        for (int i = 0; i < block->steps.n; i++)
            if (goes_first(block->steps.at[i]) == first) steps[n++] = block->steps.at[i];
    for (int i = 0; i < n; i++) {
        block->steps.at[i] = steps[i];
        for (int k = 0; k < 2; k++)
            if (steps[i]->blocks[k]) put_first(arena, steps[i]->blocks[k]);
    }
}

static void number_steps(Block *block, int *number) {
    for (int i = 0; i < block->steps.n; i++) {
        Step *step = block->steps.at[i];
        step->number = (*number)++;
        for (int k = 0; k < 2; k++)
            if (step->blocks[k]) number_steps(step->blocks[k], number);
    }
}

/* the sites in the order of their nodes */
static void place_traps(Fuse *f) {
    Program *p = f->program;
    int n = p->trap_orders.n, *next = NEW_ARRAY(f->arena, int, f->infos.n + 2);
    p->trap_places = NEW_ARRAY(f->arena, int, n + 1);
    for (int i = 0; i < n; i++) next[p->trap_orders.at[i] + 1]++;
    for (int i = 0; i < f->infos.n; i++) next[i + 1] += next[i];
    for (int i = 0; i < n; i++) p->trap_places[i] = next[p->trap_orders.at[i]]++;
}

Program *fuse_program(Graph *g) {
    Fuse f = {.graph = g, .arena = g->arena, .program = NEW(g->arena, Program)};
    graph_renumber(g);
    fuse_checks(&f);
    add_infos(&f, g->root);
    for (int i = 0; i < f.checked.n; i++) {
        Info *info = info_of(f.checked.at[i]);
        info->required = info->needed = 1;
    }
    f.program->graph = g;
    f.program->block = NEW(g->arena, Block);
    f.program->block->region = g->root;
    decide_uses(&f);
    fuse_region(&f, f.program->block);
    for (int i = f.groups.n - 1; i >= 0; i--) build_group(&f, f.groups.at[i]);
    for (int i = 0; i < f.groups.n; i++) {
        Kernel *k = f.groups.at[i]->step->kernel;
        if (!k) continue;
        k->id = f.program->kernels.n;
        PUSH(g->arena, &f.program->kernels, k);
    }
    place_traps(&f);
    drop_empty(f.program->block);
    put_first(g->arena, f.program->block);
    int number = 0;
    number_steps(f.program->block, &number);
    return f.program;
}
