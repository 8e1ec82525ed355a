/* core_text.c: print, log, save, load and str. */
#include "frontend/elaborate/core.h"

#include <string.h>

/* values with a text between them, as one text */
static Value joined(Elab *e, Value values, const char *between) {
    Text *t = NEW(e->arena, Text);
    t->parts = NEW_ARRAY(e->arena, TextPart, 2 * values.items->n + 1);
    for (int i = 0; i < values.items->n; i++) {
        if (i) t->parts[t->n++] = (TextPart){.text = between, .length = (int)strlen(between)};
        t->parts[t->n++] = (TextPart){.value = values.items->at[i], .format = {.digits = -1}};
    }
    return (Value){.kind = V_TEXT, .text = t};
}

/* ints[0] = 1: no newline at the end */
static Value print_text(Elab *e, Value text, int newline, Span span) {
    Piece *pieces;
    Node **args;
    int npieces, nargs;
    if (!text_pieces(e, text, span, &pieces, &npieces, &args, &nargs)) return value_poison();
    elab_at(e, span);
    Node *n = node_new(e->graph, e->b.region, OP_print, NULL, args, nargs, e->b.where);
    n->pieces = pieces;
    n->npieces = npieces;
    int64_t none = 1;
    if (!newline) node_set_ints(e->graph, n, &none, 1);
    return value_none();
}

Value core_print(Elab *e, CallSite *c, Value *args) {
    const char *sep = elab_known_text(e, args[1], c->spans[1], "sep"),
               *end = elab_known_text(e, args[2], c->spans[2], "end");
    if (!sep || !end) return value_poison();
    if (e->in_const)
        return elab_error(e, c->span, "const-value",
                          "a const is computed at compile time and cannot print");
    Value text = joined(e, args[0], sep);
    size_t n = strlen(end);
    int newline = n && end[n - 1] == '\n';
    if (n > (size_t)newline) {
        Value both[] = {text, value_text(e, intern_n(e->interner, end, n - (size_t)newline))};
        text = joined(e, value_items(e, V_TUPLE, both, 2), "");
    }
    return print_text(e, text, newline, c->span);
}

Value core_str(Elab *e, CallSite *c, Value *args) {
    (void)c;
    if (args[0].kind == V_TEXT) return args[0];
    return joined(e, value_items(e, V_TUPLE, args, 1), "");
}

/* ---- log ---- */

static Value logarithm(Elab *e, CallSite *c, Value values) {
    if (values.items->n == 1) return elab_map(e, OP_log, values.items->at, 1, c->span, "log");
    elab_error(e, c->span, "missing-argument",
               "log takes a number, or a text and what to record under it");
    return value_poison();
}

static int push_numbers(Elab *e, Value v, Span span, Node **out, int *n) {
    Node *x = elab_tensor(e, v, span, "log");
    if (!x) return 0;
    out[(*n)++] = x;
    return 1;
}

Value core_log(Elab *e, CallSite *c, Value *args) {
    Value values = args[0];
    if (values.items->n == 0 || values.items->at[0].kind != V_TEXT) return logarithm(e, c, values);
    Piece *pieces;
    Node **named;
    int npieces, nnamed, n = 0;
    if (!text_pieces(e, values.items->at[0], c->span, &pieces, &npieces, &named, &nnamed))
        return value_poison();
    Node **all = NEW_ARRAY(e->arena, Node *, nnamed + values.items->n + 2);
    for (int i = 0; i < nnamed; i++) all[n++] = named[i];
    for (int i = 1; i < values.items->n; i++)
        if (!push_numbers(e, values.items->at[i], c->span, all, &n)) return value_poison();
    if (values.items->n < 2)
        return elab_error(e, c->span, "missing-argument", "log: nothing is given to record");
    int has_step = args[1].kind != V_NONE;
    if (has_step && !push_numbers(e, args[1], c->spans[1], all, &n)) return value_poison();
    elab_at(e, c->span);
    if (has_step) all[n - 1] = elab_cast(e, all[n - 1], DT_i64);
    Node *node = node_new(e->graph, e->b.region, OP_record, NULL, all, n, e->b.where);
    int64_t ints[] = {1, has_step};
    node_set_ints(e->graph, node, ints, 2);
    node->pieces = pieces;
    node->npieces = npieces;
    return value_none();
}

/* ---- save and load ---- */

static Node *file_node(Elab *e, Op op, CallSite *c, Node *const *tensors, const char **names, int n,
                       Value path) {
    Piece *pieces;
    Node **named;
    int npieces, nnamed;
    if (path.kind != V_TEXT) {
        elab_error(e, c->spans[1], "wrong-kind", "a path is text, got %s",
                   value_kind_text(e, path));
        return NULL;
    }
    if (!text_pieces(e, path, c->span, &pieces, &npieces, &named, &nnamed)) return NULL;
    Node **all = NEW_ARRAY(e->arena, Node *, n + nnamed + 1);
    for (int i = 0; i < n; i++) all[i] = tensors[i];
    for (int i = 0; i < nnamed; i++) all[n + i] = named[i];
    for (int i = 0; i < npieces; i++)
        if (piece_has_operand(&pieces[i])) pieces[i].index += n;
    elab_at(e, c->span);
    Node *node = node_new(e->graph, e->b.region, op, NULL, all, n + nnamed, e->b.where);
    node->names = names;
    node->nnames = n;
    node->pieces = pieces;
    node->npieces = npieces;
    return node;
}

static int ends_in(const char *text, const char *end) {
    size_t n = text ? strlen(text) : 0, m = strlen(end);
    return n >= m && strcmp(text + n - m, end) == 0;
}

/* what a path ends in, as far as it is known; NULL: in a run-time part */
static const char *path_end(Elab *e, Value path) {
    if (path.kind != V_TEXT || path.text->n == 0) return NULL;
    const char *end = "";
    int i = path.text->n;
    for (; i > 0 && path.text->parts[i - 1].text; i--)
        end = arena_printf(e->arena, "%s%s", path.text->parts[i - 1].text, end);
    return i == 0 || strchr(end, '.') ? end : NULL;
}

static int check_form(Elab *e, Value path, int n, Span span) {
    const char *end = path_end(e, path);
    if (!end || ends_in(end, ".safetensors")) return 1;
    if (ends_in(end, ".npy")) {
        if (n == 1) return 1;
        elab_error(e, span, "file-form",
                   "a .npy file holds one tensor, and this has %d: use .safetensors", n);
        return 0;
    }
    elab_error(e, span, "file-form",
               "a file of tensors ends in .safetensors, or in .npy for one tensor, got %s",
               value_kind_text(e, path));
    return 0;
}

Value core_save(Elab *e, CallSite *c, Value *args) {
    Leaves leaves = {0};
    if (!value_is_tree(args[0]))
        return elab_error(e, c->spans[0], "not-a-tree", "save: expected tensors or modules, got %s",
                          value_kind_text(e, args[0]));
    if (!elab_leaves(e, args[0], LEAVES_STATE, c->spans[0], &leaves)) return value_poison();
    int n = leaves.list.n;
    if (!check_form(e, args[1], n, c->spans[1])) return value_poison();
    Node **xs = NEW_ARRAY(e->arena, Node *, n + 1);
    const char **names = NEW_ARRAY(e->arena, const char *, n + 1);
    for (int i = 0; i < n; i++) {
        xs[i] = value_read(leaves.list.at[i].value).node;
        names[i] = leaves.list.at[i].path;
    }
    return file_node(e, OP_save, c, xs, names, n, args[1]) ? value_none() : value_poison();
}

static Node *load_node(Elab *e, CallSite *c, Node *const *xs, const char **names, int n, Value path,
                       Value strict) {
    int is_strict;
    if (!elab_known_bool(e, strict, c->spans[2], "strict", &is_strict)) return NULL;
    if (!check_form(e, path, n, c->spans[1])) return NULL;
    Node *node = file_node(e, OP_load, c, xs, names, n, path);
    if (!node) return NULL;
    int64_t ints[] = {is_strict};
    node_set_ints(e->graph, node, ints, 1);
    for (int i = 0; i < n; i++) node_add_result(e->graph, node, xs[i]->type);
    return node;
}

/* load(f32[rows, 2], "points.npy"): a new tensor */
static Value load_type(Elab *e, CallSite *c, const Type *type, Value path, Value strict) {
    const char **names = NEW(e->arena, const char *);
    names[0] = "";
    Node *like = build_fill(&e->b, type, 0);
    Node *node = load_node(e, c, &like, names, 1, path, strict);
    return node ? value_node(build_result(&e->b, node, 0)) : value_poison();
}

Value core_load(Elab *e, CallSite *c, Value *args) {
    Value target = value_read(args[0]);
    args[1] = value_read_deep(e, args[1]);
    if (target.kind == V_POISON) return target;
    if (target.kind == V_TYPE) return load_type(e, c, target.type, args[1], args[2]);
    Leaves leaves = {0};
    if (!value_is_tree(target))
        return elab_error(e, c->spans[0], "not-a-tree",
                          "load: expected modules, variables or a type, got %s",
                          value_kind_text(e, target));
    if (!elab_leaves(e, args[0], LEAVES_STATE, c->spans[0], &leaves)) return value_poison();
    int n = leaves.list.n;
    Node **xs = NEW_ARRAY(e->arena, Node *, n + 1);
    const char **names = NEW_ARRAY(e->arena, const char *, n + 1);
    for (int i = 0; i < n; i++) {
        if (leaves.list.at[i].value.kind != V_PLACE) {
            elab_error(e, c->spans[0], "not-assignable",
                       "load writes into variables: an instance, a var, or a tuple of them");
            elab_hint(e, "a tensor of a type is read by x = load(f32[rows, 2], \"x.npy\")");
            return value_poison();
        }
        xs[i] = value_read(leaves.list.at[i].value).node;
        names[i] = leaves.list.at[i].path;
    }
    Node *node = load_node(e, c, xs, names, n, args[1], args[2]);
    if (!node) return value_poison();
    for (int i = 0; i < n; i++)
        place_set(e, leaves.list.at[i].value.place, value_node(build_result(&e->b, node, i)));
    return value_none();
}
