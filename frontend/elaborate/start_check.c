/* start_check.c: what must hold between sizes that no compiler can know. Sizes that the program
   knows when it starts are checked before its first effect, others, and those in branches, where
   they are used. */
#include "frontend/elaborate/core.h"

#include <string.h>

enum { MOST_SIZES = 64 };

int size_known_at_start(const Dim *d, int most) {
    const Size *sizes[MOST_SIZES];
    int n = dim_sizes(d, sizes, MOST_SIZES);
    for (int i = 0; i < n && i < MOST_SIZES; i++)
        if (sizes[i]->kind != SIZE_DATA && sizes[i]->kind != SIZE_ARG) return 0;
    return n <= most;
}

static void build_check(Elab *e, const StartCheck *check) {
    int npieces = 0, nargs = 0;
    Piece *pieces = NULL;
    Node **args = NULL;
    e->b.where = check->where;
    Node *a = build_size(&e->b, check->a), *b = build_size(&e->b, check->b);
    Node *holds = build_map2(&e->b, check->op, a, b);
    if (!text_pieces(e, check->message, check->span, &pieces, &npieces, &args, &nargs)) return;
    Node **all = NEW_ARRAY(e->arena, Node *, nargs + 1);
    all[0] = holds;
    for (int i = 0; i < nargs; i++) all[i + 1] = args[i];
    for (int i = 0; i < npieces; i++)
        if (piece_has_operand(&pieces[i])) pieces[i].index++;
    Node *n = node_new(e->graph, e->b.region, OP_assert, NULL, all, nargs + 1, check->where);
    n->pieces = pieces;
    n->npieces = npieces;
}

void elab_check_sizes(Elab *e, Span span, const Dim *a, Op op, const Dim *b, Value message) {
    elab_at(e, span);
    StartCheck check = {span, e->b.where, a, b, op, message};
    if (e->conditional || !size_known_at_start(a, MOST_SIZES) ||
        !size_known_at_start(b, MOST_SIZES)) {
        build_check(e, &check);
        return;
    }
    for (int i = 0; i < e->start_checks.n; i++) {
        const StartCheck *other = &e->start_checks.at[i];
        if (other->a == a && other->b == b && other->op == op && other->where == e->b.where) return;
    }
    PUSH(e->arena, &e->start_checks, check);
}

Value elab_message(Elab *e, const char *const *texts, const Dim *const *sizes, int n) {
    Text *t = NEW(e->arena, Text);
    t->parts = NEW_ARRAY(e->arena, TextPart, 2 * n + 1);
    for (int i = 0; i < n; i++) {
        t->parts[t->n++] = (TextPart){.text = texts[i], .length = (int)strlen(texts[i])};
        if (sizes[i]) t->parts[t->n++] = (TextPart){.value = value_size(sizes[i])};
    }
    return (Value){.kind = V_TEXT, .text = t};
}

void start_checks(Elab *e) {
    Region *root = e->graph->root;
    int n = root->nodes.n;
    if (!e->start_checks.n) return;
    Node **old = arena_copy(e->arena, root->nodes.at, sizeof *old * (size_t)n);
    root->nodes.n = 0;
    e->b.region = root;
    for (int i = 0; i < e->start_checks.n; i++) build_check(e, &e->start_checks.at[i]);
    for (int i = 0; i < n; i++) PUSH(e->arena, &root->nodes, old[i]);
    graph_renumber(e->graph);
}
