/* space.c: files: the user's, those it imports, and the library's, which are parsed when a name of
 * theirs is first used. */
#include "frontend/elaborate/core.h"
#include "frontend/syntax/parse.h"
#include "std/embedded.h"

#include <string.h>

/* ---- declarations ---- */

static int declared_twice(Elab *e, Space *s, const AstName *name) {
    Binding *b = scope_find(s->scope, name->text);
    if (!b) return 0;
    elab_error(e, name->span, "duplicate", "%s is declared twice", name->text);
    elab_note(e, b->span, "the first is here");
    return 1;
}

static Binding *declare(Elab *e, Space *s, BindKind kind, const AstName *name, const AstDecl *d,
                        Value v, int state) {
    if (declared_twice(e, s, name)) return NULL;
    Binding *b = scope_bind(e, s->scope, kind, name->text, v, name->span);
    b->decl = d;
    b->scope = s->scope;
    b->state = state;
    return b;
}

static void declare_let(Elab *e, Space *s, const AstDecl *d, const AstPattern *p) {
    AstName name = {p->name, p->span};
    if (p->name) declare(e, s, BIND_DECL, &name, d, value_none(), 0);
    for (int i = 0; !p->name && i < p->items.n; i++) declare_let(e, s, d, p->items.at[i]);
}

static void declare_one(Elab *e, Space *s, const AstDecl *d) {
    switch (d->kind) {
    case DECL_CONST:
        declare(e, s, BIND_CONST, &d->item.name, d, value_none(), 0);
        return;
    case DECL_ARG:
    case DECL_DATA:
        declare(e, s, BIND_DECL, &d->item.name, d, value_none(), 1);
        return;
    case DECL_LET:
        declare_let(e, s, d, d->bind.pattern);
        return;
    case DECL_IMPORT:
        space_import(e, s, d);
        return;
    case DECL_FN:
        declare(e, s, BIND_DECL, &d->fn->name, NULL,
                value_fn(e, d->fn->name.text, d->fn, s->scope, NULL), 2);
        return;
    case DECL_MODULE:
        declare(e, s, BIND_DECL, &d->module->name, NULL, value_module(e, d->module, s->scope), 2);
        return;
    case DECL_COUNT:
        return;
    }
}

static const char *const decl_words[] = {
    [DECL_CONST] = "const",   [DECL_ARG] = "arg", [DECL_DATA] = "data",    [DECL_LET] = "let",
    [DECL_IMPORT] = "import", [DECL_FN] = "fn",   [DECL_MODULE] = "module"};

void space_declare(Elab *e, Space *s) {
    for (int i = 0; i < s->ast->decls.n; i++) {
        const AstDecl *d = s->ast->decls.at[i];
        if (s != e->user && (d->kind == DECL_ARG || d->kind == DECL_DATA || d->kind == DECL_LET)) {
            elab_error(e, d->span, "import-kind",
                       "an imported file holds const, fn, module and import only, no %s",
                       decl_words[d->kind]);
            continue;
        }
        declare_one(e, s, d);
    }
}

Space *space_file(Elab *e, const AstProgram *ast, const char *name) {
    Space *s = NEW(e->arena, Space);
    s->name = name;
    s->ast = ast;
    s->source = ast->source;
    s->is_std = ast->source->is_std;
    s->scope = scope_new(e, NULL);
    s->scope->space = s;
    s->state = 1;
    PUSH(e->arena, &e->spaces, s);
    return s;
}

/* ---- the library ---- */

/* whether a file of the library belongs to a space: std/NAME.tg, or any in the folder std/NAME */
static int belongs(const char *path, const char *name) {
    size_t n = strlen(name);
    path += strlen("std/");
    return strncmp(path, name, n) == 0 && (path[n] == '/' || strcmp(path + n, ".tg") == 0);
}

Space *space_std(Elab *e, const char *name, Span span) {
    (void)span;
    for (int i = 0; i < e->spaces.n; i++)
        if (e->spaces.at[i]->is_std && strcmp(e->spaces.at[i]->name, name) == 0)
            return e->spaces.at[i];
    Space *s = NULL;
    for (int i = 0; i < std_file_count; i++) {
        const StdFile *file = &std_files[i];
        if (!belongs(file->path, name)) continue;
        Source *source = source_new(e->arena, file->path, file->text, file->length);
        source->is_std = 1;
        const AstProgram *ast = parse_program(e->arena, e->interner, e->diag, source);
        if (!s) s = space_file(e, ast, intern(e->interner, name));
        s->ast = ast;
        space_declare(e, s);
    }
    if (s) s->state = 2;
    return s;
}

Value space_member(Elab *e, Space *s, const AstName *name, Span span) {
    (void)span;
    Binding *b = scope_find(s->scope, name->text);
    Value v;
    if (b) return binding_value(e, b, 0);
    if (s == e->prelude && name_builtin(e, name->text, &v)) return v; /* whatever hides the name */
    VEC(const char *) names = {0};
    for (b = s->scope->first; b; b = b->next)
        if (b->name[0] != '_') PUSH(e->arena, &names, b->name);
    elab_error(e, name->span, "unknown-member", "%s has no %s", s->name, name->text);
    const char *near = elab_nearest(e, name->text, names.at, names.n);
    if (near)
        elab_hint(e, "did you mean %s.%s?", s->name, near);
    else
        hint_tongue(e, name->text);
    return value_poison();
}

/* ---- imports ---- */

/* "dir/layers.tg" → "layers" */
static const char *stem(Elab *e, const char *path) {
    const char *slash = strrchr(path, '/');
    const char *file = slash ? slash + 1 : path;
    size_t n = strlen(file);
    if (n > 3 && strcmp(file + n - 3, ".tg") == 0) n -= 3;
    return intern_n(e->interner, file, n);
}

static const char *beside(Elab *e, const Source *from, const char *path) {
    const char *slash = strrchr(from->path, '/');
    if (!slash || path[0] == '/') return path;
    return arena_printf(e->arena, "%.*s/%s", (int)(slash - from->path), from->path, path);
}

static Space *imported(Elab *e, Space *into, const AstDecl *d) {
    const char *path = beside(e, into->source, d->import.path), *error;
    for (int i = 0; i < e->spaces.n; i++) {
        if (strcmp(e->spaces.at[i]->source->path, path) != 0) continue;
        if (e->spaces.at[i]->state == 2) return e->spaces.at[i];
        elab_error(e, d->import.span, "import-cycle",
                   "%s is imported while it is being read: imports go in a circle", d->import.path);
        return NULL;
    }
    Source *source = source_read(e->arena, path, &error);
    if (!source) {
        elab_error(e, d->import.span, "import", "%s", error);
        return NULL;
    }
    int errors = diag_count(e->diag);
    AstProgram *ast = parse_program(e->arena, e->interner, e->diag, source);
    if (diag_count(e->diag) != errors) return NULL;
    PUSH(e->arena, &e->graph->imports, source);
    Space *s = space_file(e, ast, stem(e, path));
    space_declare(e, s);
    s->state = 2;
    return s;
}

static int is_name(const char *text) {
    static const char letters[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ_";
    size_t n = strspn(text, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ_0123456789");
    return *text && !text[n] && strchr(letters, *text) != NULL;
}

int space_import(Elab *e, Space *into, const AstDecl *d) {
    AstName name = {stem(e, d->import.path), d->import.span};
    if (!is_name(name.text)) {
        elab_error(e, name.span, "import",
                   "nothing of %s could be reached: %s.f has no name before its point",
                   d->import.path, name.text);
        elab_hint(e, "give the file a name of letters, digits and _");
        return 0;
    }
    Space *s = imported(e, into, d);
    Value v = s ? (Value){.kind = V_SPACE, .space = s} : value_poison();
    declare(e, into, BIND_DECL, &name, NULL, v, 2);
    return s != NULL;
}
