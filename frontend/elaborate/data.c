/* data.c: data sets: their types (which declare sizes), loaders and paths. */
#include "frontend/elaborate/core.h"

#include <string.h>

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

/* one column's name or number */
static int take_column(Elab *e, DataDecl *d, Value v, int i, Span span) {
    int64_t number;
    if (value_known_int(v, &number) && value_read(v).kind != V_TEXT) {
        d->column_numbers[i] = number;
        if (number >= 0) return 1;
    } else if (value_read(v).kind == V_TEXT) {
        d->columns[i] = elab_known_text(e, v, span, "a column");
        return d->columns[i] != NULL;
    }
    elab_error(e, span, "columns", "a column is given by its name or its number from 0");
    return 0;
}

/* the columns one by one; *n is their number */
static const Value *column_list(Elab *e, Value v, Span span, int *n) {
    int64_t length = 0;
    v = value_read_deep(e, v);
    *n = 1;
    if (v.kind == V_TEXT || v.kind == V_EXACT) return arena_copy(e->arena, &v, sizeof v);
    if (v.kind != V_NODE) return elab_list(e, v, span, "columns", n);
    const Type *t = v.node->type;
    if (t->rank != 1 || t->dtype != DT_i64 || !dim_is_int(t->dims[0], &length)) {
        elab_error(e, span, "columns", "a column is given by its name or its number from 0");
        return NULL;
    }
    const int64_t *numbers = constant_data(e, v.node, span);
    if (!numbers) return NULL;
    Value *at = NEW_ARRAY(e->arena, Value, length + 1);
    for (int i = 0; i < length; i++) at[i] = value_int(numbers[i]);
    *n = (int)length;
    return at;
}

static int take_columns(Elab *e, DataDecl *d, Value v, Span span) {
    int n = 0, texts = 0;
    if (v.kind == V_NONE) return 1;
    const Value *items = column_list(e, v, span, &n);
    if (!items) return 0;
    d->ncolumns = n;
    d->columns = NEW_ARRAY(e->arena, const char *, n + 1);
    d->column_numbers = NEW_ARRAY(e->arena, int64_t, n + 1);
    for (int i = 0; i < n; i++) {
        if (!take_column(e, d, items[i], i, span)) return 0;
        texts += d->columns[i] != NULL;
    }
    if (texts == n && n) {
        d->column_numbers = NULL;
        return 1;
    }
    d->columns = NULL;
    if (n && !texts) return 1;
    elab_error(e, span, "columns",
               n ? "columns are all names or all numbers" : "no column is asked for");
    return 0;
}

/* ---- loaders: functions that only `data` can call ---- */

typedef struct DataCall DataCall;
struct DataCall {
    CallSite site;
    DataDecl *data;
};

static int take_text(Elab *e, const CallSite *c, Value v, int i, const char *what, Piece **pieces,
                     int *n) {
    if (v.kind == V_TEXT)
        return text_startup(e, v, c->spans[i], "data-path",
                            arena_printf(e->arena, "the %s of a data set", what), pieces, n);
    if (v.kind != V_POISON)
        elab_error(e, c->spans[i], "wrong-kind", "a %s is text, got %s", what,
                   value_kind_text(e, v));
    return 0;
}

static Value load_file(Elab *e, CallSite *c, Value *args) {
    DataDecl *d = ((DataCall *)c)->data;
    if (!take_text(e, c, args[0], 0, "path", &d->path, &d->npath)) return value_poison();
    if (c->nspans > 1 && strcmp(d->loader, "csv") == 0)
        return take_columns(e, d, args[1], c->spans[1]) ? value_none() : value_poison();
    if (c->nspans > 1 && !take_text(e, c, args[1], 1, "key", &d->key, &d->nkey))
        return value_poison();
    return value_none();
}

#define LOADER(loader, parameters)                                                                 \
    { .name = loader, .signature = parameters, .call = load_file }
static const Builtin loaders[] = {LOADER("idx", "path"),      LOADER("npy", "path"),
                                  LOADER("npz", "path, key"), LOADER("csv", "path, columns=None"),
                                  LOADER("bytes", "path"),    LOADER("safetensors", "path, key")};

static const Builtin *find_loader(const AstExpr *x) {
    if (x->kind != EX_CALL || x->call.callee->kind != EX_NAME) return NULL;
    for (size_t i = 0; i < sizeof loaders / sizeof *loaders; i++)
        if (strcmp(loaders[i].name, x->call.callee->name) == 0) return &loaders[i];
    return NULL;
}

static int take_loader(Elab *e, const AstExpr *x, DataDecl *d) {
    const Builtin *loader = find_loader(x);
    if (!loader) {
        elab_error(e, x->span, "loader",
                   "expected a loader: idx, npy, npz, csv, safetensors or bytes, got %s",
                   source_text(e, x->span, "another expression"));
        return 0;
    }
    d->loader = loader->name;
    int n = x->call.args.n;
    Arg *args = NEW_ARRAY(e->arena, Arg, n + 1);
    for (int i = 0; i < n; i++) {
        const AstArg *a = &x->call.args.at[i];
        if (a->is_spread) {
            elab_error(e, a->span, "loader", "a loader's arguments are written one by one");
            return 0;
        }
        args[i] = (Arg){.keyword = a->name.text, .ast = a->value, .span = a->span};
        args[i].value = expr(e, a->value);
        if (args[i].value.kind == V_POISON) return 0;
    }
    DataCall call = {.site = {.name = loader->name, .span = x->span, .ast = x}, .data = d};
    return call_builtin(e, loader, args, n, &call.site).kind != V_POISON;
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
