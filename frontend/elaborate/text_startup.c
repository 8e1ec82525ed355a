/* text_startup.c: text that is needed when a program starts: paths of data sets and checkpoints. It
   is made of text, args of any type, and what is known at compile time; a piece that shows an arg's
   value has the arg's number as its index. */
#include "frontend/elaborate/core.h"

#include <string.h>

/* the number of the arg that a node is the value of, or -1 */
static int arg_number(Elab *e, const Node *node) {
    const Size *size = NULL;
    if (node->op == OP_arg) return (int)node->ints[0];
    if (node->op != OP_size || dim_sizes(node->dim, &size, 1) != 1 || !size ||
        dim_size(e->graph->dims, size_at(e->graph->dims, size->id)) != node->dim)
        return -1;
    for (int i = 0; i < e->graph->args.n; i++)
        if (e->graph->args.at[i]->size == size) return i;
    return -1;
}

int text_startup(Elab *e, Value v, Span span, const char *code, const char *what, Piece **pieces,
                 int *npieces) {
    Node **nodes;
    int nnodes;
    if (!text_pieces(e, v, span, pieces, npieces, &nodes, &nnodes)) return 0;
    for (int i = 0; i < *npieces; i++) {
        Piece *p = &(*pieces)[i];
        if (!piece_has_operand(p)) continue;
        Node *node = nodes[p->index];
        int arg = p->kind == PIECE_VALUE ? arg_number(e, node) : -1;
        if (arg >= 0) {
            p->index = arg;
            continue;
        }
        const char *text =
            p->kind == PIECE_VALUE && node->op == OP_const ? constant_text(e, p, node) : NULL;
        if (!text) {
            elab_error(e, span, code,
                       "%s is needed at start-up: it is made of text, args and consts", what);
            return 0;
        }
        *p = (Piece){.kind = PIECE_TEXT, .text = text, .length = (int)strlen(text)};
    }
    return 1;
}
