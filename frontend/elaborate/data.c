/* data.c: data sets: their types (which declare sizes), loaders and paths. */
#include "frontend/elaborate/core.h"

#include <string.h>

typedef struct Loader Loader;
struct Loader {
    const char *name;
    int nargs; /* the path, then a key or columns */
};
static const Loader loaders[] = {{"idx", 1}, {"npy", 1},         {"npz", 2},
                                 {"csv", 2}, {"safetensors", 2}, {"bytes", 1}};

static const Loader *find_loader(const char *name) {
    for (size_t i = 0; i < sizeof loaders / sizeof *loaders; i++)
        if (strcmp(loaders[i].name, name) == 0) return &loaders[i];
    return NULL;
}

/* a bare name that nothing else declares is a size of the data set's */
static void declare_data_sizes(Elab *e, const AstType *t) {
    for (int i = 0; i < t->axes.n; i++) {
        const AstExpr *size = t->axes.at[i].size;
        Found found;
        if (!size || size->kind != EX_NAME || name_find(e, size->name, &found)) continue;
        if (size_value(e, size->name).kind == V_SIZE) continue;
        program_size(e, size_new(e->graph->dims, size->name, SIZE_DATA, -1, size->span));
    }
}

static int take_columns(Elab *e, DataDecl *d, Value v, Span span) {
    int n;
    int64_t number;
    if (v.kind == V_NODE && v.literal) {
        const Value *rows = elab_list(e, v, span, "columns", &n);
        if (!rows) return 0;
        d->column_numbers = NEW_ARRAY(e->arena, int64_t, n + 1);
        d->ncolumns = n;
        for (int i = 0; i < n; i++) {
            d->column_numbers[i] = v.literal[i].i;
            if (v.literal[i].kind == EXACT_INT && v.literal[i].i >= 0) continue;
            elab_error(e, span, "columns", "a column is given by its name or its number from 0");
            return 0;
        }
        return 1;
    }
    const Value *items = elab_list(e, v, span, "columns", &n);
    if (!items) return 0;
    d->ncolumns = n;
    d->columns = NEW_ARRAY(e->arena, const char *, n + 1);
    d->column_numbers = NEW_ARRAY(e->arena, int64_t, n + 1);
    int texts = 0;
    for (int i = 0; i < n; i++) {
        if (value_known_int(items[i], &number)) {
            d->column_numbers[i] = number;
            continue;
        }
        d->columns[i] = elab_known_text(e, items[i], span, "a column");
        if (!d->columns[i]) return 0;
        texts++;
    }
    if (texts && texts != n) {
        elab_error(e, span, "columns", "columns are all names or all numbers");
        return 0;
    }
    if (!texts)
        d->columns = NULL;
    else
        d->column_numbers = NULL;
    return 1;
}

static int take_loader(Elab *e, const AstExpr *x, DataDecl *d) {
    const char *name =
        x->kind == EX_CALL && x->call.callee->kind == EX_NAME ? x->call.callee->name : NULL;
    const Loader *loader = name ? find_loader(name) : NULL;
    if (!loader) {
        elab_error(e, x->span, "loader",
                   "expected a loader: idx, npy, npz, csv, safetensors or bytes");
        return 0;
    }
    int n = x->call.args.n, nargs = 0;
    if (n < 1 || n > loader->nargs || (loader->nargs == 2 && strcmp(name, "csv") != 0 && n != 2)) {
        elab_error(e, x->span, "loader", "%s takes %s", name,
                   loader->nargs == 1         ? "a path"
                   : strcmp(name, "csv") == 0 ? "a path and columns"
                                              : "a path and a key");
        return 0;
    }
    d->loader = loader->name;
    Node **args;
    const AstArg *first = &x->call.args.at[0];
    Value path = expr(e, first->value);
    if (path.kind != V_TEXT) {
        if (path.kind != V_POISON)
            elab_error(e, first->span, "wrong-kind", "a path is text, got %s",
                       value_kind_text(e, path));
        return 0;
    }
    if (!text_pieces(e, path, x->span, &d->path, &d->npath, &args, &nargs)) return 0;
    if (nargs) {
        elab_error(e, first->span, "data-path",
                   "the path of a data set is made of text, `arg … : str` and consts alone");
        return 0;
    }
    if (n < 2) return 1;
    Value second = expr(e, x->call.args.at[1].value);
    if (second.kind == V_POISON) return 0;
    if (strcmp(name, "csv") == 0) return take_columns(e, d, second, x->call.args.at[1].span);
    d->key = elab_known_text(e, second, x->call.args.at[1].span, "the key");
    return d->key != NULL;
}

static Value declare(Elab *e, const AstDecl *decl) {
    DataDecl *d = NEW(e->arena, DataDecl);
    d->name = decl->item.name.text;
    d->span = decl->item.name.span;
    declare_data_sizes(e, decl->item.type);
    d->type = type_resolve(e, decl->item.type, NULL);
    if (!d->type || !take_loader(e, decl->item.value, d)) return value_poison();
    PUSH(e->arena, &e->graph->data, d);
    Builder b = root_builder(e);
    return value_node(build_data(&b, e->graph->data.n - 1, d->type));
}

void declare_data(Elab *e) {
    e->scope = e->user->scope;
    for (int i = 0; i < e->user->ast->decls.n; i++) {
        const AstDecl *d = e->user->ast->decls.at[i];
        if (d->kind != DECL_DATA) continue;
        Binding *b = scope_find(e->user->scope, d->item.name.text);
        elab_at(e, d->span);
        b->value = declare(e, d);
        b->state = 2;
    }
}
