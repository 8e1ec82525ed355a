/* print.c: a graph as text, for --emit=ir and --dump-after: one node a line with operands,
   attributes, type and source line; regions are indented below their node. And as a dot file. */
#include "ir/graph.h"
#include "ir/number.h"

#include <stdio.h>

enum { SHOWN_ELEMENTS = 8 };

/* what an op's attributes are, for readers; ops that are not here show numbers alone */
static const char *const attribute_names[OP_COUNT] = {
    [OP_sum] = "axes",
    [OP_prod] = "axes",
    [OP_amax] = "axes",
    [OP_amin] = "axes",
    [OP_flip] = "axes",
    [OP_argmax] = "axis",
    [OP_argmin] = "axis",
    [OP_iota] = "axis",
    [OP_cat] = "axis",
    [OP_cumsum] = "axis",
    [OP_cumprod] = "axis",
    [OP_permute] = "perm",
    [OP_slice] = "steps",
    [OP_pad] = "steps",
    [OP_slice_update] = "steps",
    [OP_gather] = "k",
    [OP_scatter] = "k",
    [OP_scatter_add] = "k",
    [OP_dot] = "batch, contracted",
    [OP_window] = "axis, size, stride, dilation",
    [OP_unwindow] = "axis, stride, dilation",
    [OP_for] = "carried, scanned, reverse",
    [OP_while] = "carried",
    [OP_argsort] = "axis, descending",
    [OP_solve_triangular] = "upper",
    [OP_conv] = "spatial, groups, (stride, pad, dilation, kernel dilation)",
    [OP_arg] = "index",
    [OP_arg_is] = "index, then bytes or -1 and the index of another",
    [OP_data] = "index",
    [OP_param] = "",
    [OP_result] = "",
};

static void print_number(FILE *f, DType dtype, const void *from) {
    if (dtype == DT_bool)
        fputs(*(const uint8_t *)from ? "true" : "false", f);
    else if (dtype_is_float(dtype))
        fprintf(f, "%.*g", dtype == DT_f64 ? 17 : 9, number_load(dtype, from));
    else
        fprintf(f, "%lld", (long long)number_load_int(dtype, from));
}

static void print_data(Graph *g, const Node *node, FILE *f) {
    DType dtype = node->type->dtype;
    int64_t count = dim_value(type_count(g->dims, node->type));
    const char *at = node->data;
    if (node->type->rank) fputc('[', f);
    for (int64_t i = 0; i < count && i < SHOWN_ELEMENTS; i++) {
        if (i) fputs(", ", f);
        print_number(f, dtype, at + i * dtype_bytes(dtype));
    }
    if (count > SHOWN_ELEMENTS) fputs(", ...", f);
    if (node->type->rank) fputc(']', f);
}

static void print_text(FILE *f, const char *text, int n) {
    for (int i = 0; i < n; i++) {
        unsigned char c = (unsigned char)text[i];
        if (c == '"' || c == '\\')
            fprintf(f, "\\%c", c);
        else if (c == '\n')
            fputs("\\n", f);
        else if (c < 32)
            fprintf(f, "\\x%02x", c);
        else
            fputc(c, f);
    }
}

static void print_format(FILE *f, const Format *format) {
    if (!format->given) return;
    fputc(':', f);
    if (format->fill && format->align) fputc(format->fill, f);
    if (format->align) fputc(format->align, f);
    if (format->sign) fputc(format->sign, f);
    if (format->zero) fputc('0', f);
    if (format->width) fprintf(f, "%d", format->width);
    if (format->comma) fputc(',', f);
    if (format->digits >= 0) fprintf(f, ".%d", format->digits);
    if (format->type) fputc(format->type, f);
}

static void print_pieces(FILE *f, const Piece *pieces, int n) {
    fputs(" \"", f);
    for (int i = 0; i < n; i++) {
        const Piece *p = &pieces[i];
        if (p->kind == PIECE_TEXT) print_text(f, p->text, p->length);
        if (p->kind == PIECE_TEXT) continue;
        if (p->kind == PIECE_WHEN || p->kind == PIECE_UNLESS) {
            fprintf(f, "{%s %d: %d}", p->kind == PIECE_WHEN ? "when" : "unless", p->index,
                    p->length);
            continue;
        }
        fprintf(f, p->kind == PIECE_ARG ? "{arg %d" : "{%d", p->index);
        print_format(f, &p->format);
        fputc('}', f);
    }
    fputc('"', f);
}

static void print_attributes(Graph *g, const Node *node, FILE *f) {
    const char *label = attribute_names[node->op];
    if (node->nints) fprintf(f, "[%s%s", label ? label : "", label && *label ? ": " : "");
    for (int i = 0; i < node->nints; i++)
        fprintf(f, "%s%lld", i ? ", " : "", (long long)node->ints[i]);
    if (node->nints) fputc(']', f);
    if (node->op == OP_size) fprintf(f, " %s", dim_print(g->arena, node->dim));
    if (node->size) fprintf(f, " size %s#%d", node->size->name, node->size->id);
    if (node->data) fputc(' ', f), print_data(g, node, f);
    if (node->npieces) print_pieces(f, node->pieces, node->npieces);
    for (int i = 0; i < node->nnames; i++) fprintf(f, "%s%s", i ? ", " : " names ", node->names[i]);
}

static void print_list(FILE *f, Node *const *nodes, int n) {
    for (int i = 0; i < n; i++) fprintf(f, "%s%%%d", i ? ", " : "", nodes[i] ? nodes[i]->id : -1);
}

static void print_types(Graph *g, const Node *node, FILE *f) {
    if (node->type) fprintf(f, " : %s", type_print(g->arena, node->type));
    for (int i = 0; i < node->ntypes; i++)
        fprintf(f, "%s%s", i ? ", " : " : (", type_print(g->arena, node->types[i]));
    if (node->ntypes) fputc(')', f);
}

static void print_place(const Node *node, FILE *f) {
    Span span = frame_user_span(node->where);
    int line, column;
    if (!span.source) return;
    source_place(span.source, span.start, &line, &column);
    fprintf(f, "    # %s:%d", span.source->path, line);
}

static void print_loop(const Node *node, FILE *f) {
    if (!node->loop) return;
    if (node->loop->label) fprintf(f, " \"%s\"", node->loop->label);
    if (node->loop->is_batches) fputs(" batches", f);
    if (node->loop->progress) fputs(" progress", f);
    if (node->loop->checkpoint) fputs(" checkpoint", f);
    if (node->loop->npath) print_pieces(f, node->loop->path, node->loop->npath);
}

static void print_region(Graph *g, const Region *r, FILE *f, int depth);

static void print_node(Graph *g, const Node *node, FILE *f, int depth) {
    const OpInfo *info = op_info(node->op);
    int silent = !node->type && !node->nregions && !node->ntypes;
    fprintf(f, "%*s", 2 * depth, "");
    if (silent)
        fputs(info->name, f);
    else
        fprintf(f, "%%%d = %s", node->id, info->name);
    print_attributes(g, node, f);
    if (node->nargs) fputc('(', f), print_list(f, node->args, node->nargs), fputc(')', f);
    print_loop(node, f);
    print_types(g, node, f);
    if (node->group) fprintf(f, " group %d", node->group);
    print_place(node, f);
    fputc('\n', f);
    for (int i = 0; i < node->nregions; i++) {
        fprintf(f, "%*s{\n", 2 * depth, "");
        print_region(g, node->regions[i], f, depth + 1);
        fprintf(f, "%*s}\n", 2 * depth, "");
    }
}

static void print_region(Graph *g, const Region *r, FILE *f, int depth) {
    for (int i = 0; i < r->nodes.n; i++) print_node(g, r->nodes.at[i], f, depth);
    if (!r->results.n) return;
    fprintf(f, "%*sgives ", 2 * depth, "");
    print_list(f, r->results.at, r->results.n);
    fputc('\n', f);
}

static void print_declarations(Graph *g, FILE *f) {
    for (int i = 0; i < g->args.n; i++) {
        const ArgDecl *arg = g->args.at[i];
        const char *type = arg->is_str ? "str" : arg->is_dim ? "dim" : dtype_name(arg->dtype);
        fprintf(f, "arg %d %s: %s\n", i, arg->name, type);
    }
    for (int i = 0; i < g->data.n; i++)
        fprintf(f, "data %d %s: %s = %s\n", i, g->data.at[i]->name,
                type_print(g->arena, g->data.at[i]->type), g->data.at[i]->loader);
}

void graph_print(Graph *g, Region *r, void *file) {
    if (r == g->root) print_declarations(g, file);
    print_region(g, r, file, 0);
}

/* ---- dot ---- */

static void dot_region(Graph *g, const Region *r, FILE *f) {
    for (int i = 0; i < r->nodes.n; i++) {
        const Node *node = r->nodes.at[i];
        fprintf(f, "n%d [label=\"%s", node->id, op_info(node->op)->name);
        if (node->op == OP_const && node->type->rank == 0) fputc(' ', f), print_data(g, node, f);
        if (node->type) fprintf(f, "\\n%s", type_print(g->arena, node->type));
        fputs("\"];\n", f);
        for (int k = 0; k < node->nargs; k++)
            fprintf(f, "n%d -> n%d;\n", node->args[k]->id, node->id);
        for (int k = 0; k < node->nregions; k++) {
            fprintf(f, "subgraph cluster_%d_%d {\n", node->id, k);
            dot_region(g, node->regions[k], f);
            fputs("}\n", f);
            for (int j = 0; j < node->regions[k]->results.n; j++)
                fprintf(f, "n%d -> n%d [style=dashed];\n", node->regions[k]->results.at[j]->id,
                        node->id);
        }
    }
}

void graph_dot(Graph *g, void *file) {
    fputs("digraph tg {\nnode [shape=box, fontname=\"monospace\"];\n", file);
    dot_region(g, g->root, file);
    fputs("}\n", file);
}
