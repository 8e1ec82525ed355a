/* tgc_ops.c: prints the tables of functions, the library's files and the op table, for people and
   for tools/docs.py. An entry is a line

       function NAME(PARAMETERS)        of the language or the library, also nn.NAME, optim.NAME …
       module NAME(PARAMETERS)          a layer or an optimizer
       operation NAME                   a row of ir/ops.def

   and lines of four blanks, a key, a colon and text: theme, from, then what the entry's own comment
   says (gives, shapes, derivative, errors, example, error: docs/adding-an-op.md). Names that begin
   with _ are the library's own and are left out. */
#include "tgc_ops.h"

#include <stdio.h>
#include <string.h>

#include "frontend/elaborate/elab.h"
#include "ir/graph.h"
#include "std/embedded.h"

static int starts(const char *text, const char *with) {
    return strncmp(text, with, strlen(with)) == 0;
}

/* ---- comments ---- */

static int has_line(const char *doc, const char *key) {
    for (const char *at = strstr(doc, key); at; at = strstr(at + 1, key))
        if (at == doc || at[-1] == '\n') return 1;
    return 0;
}

/* the lines of a doc, the first is what it gives */
static void print_doc(const char *doc) {
    const char *before = "gives: ";
    for (const char *end; *doc; doc = end, before = "") {
        int length = (int)strcspn(doc, "\n");
        end = doc + length + (doc[length] == '\n');
        printf("    %s%.*s\n", before, length, doc);
    }
}

/* the same of a comment in tg: lines that begin with # up to the declaration */
static void print_comment(const char *at, const char *declaration) {
    const char *before = "gives: ";
    for (const char *end; at < declaration; at = end, before = "") {
        int length = (int)strcspn(at, "\n");
        end = at + length + 1;
        if (length > 2) printf("    %s%.*s\n", before, length - 2, at + 2);
    }
}

/* ---- functions ---- */

static void print_builtin(const Builtin *b) {
    if (b->name[0] == '_') return;
    printf("function %s(", b->name);
    for (const char *c = b->signature; *c; c++)
        if (*c != '@' && *c != '&') putchar(*c); /* marks for the elaborator only */
    printf(")\n    theme: %s\n    from: compiler\n", b->theme);
    print_doc(b->doc);
}

/* std/nn/conv.tg: "nn." and the theme "conv"; std/init.tg: "init." and "init"; the prelude's names
   need no prefix; losses_pairs.tg: the theme "losses" */
typedef struct Home {
    const char *path;
    int prefix_at, prefix_length, theme_at, theme_length;
} Home;

static Home home_of(const char *path) {
    const char *file = strrchr(path, '/') + 1, *folder = path + strlen("std/");
    Home p = {path, (int)(folder - path), 0, (int)(file - path), (int)strcspn(file, "._")};
    if (file == folder)
        p.prefix_length = (int)strcspn(file, ".");
    else if (!starts(folder, "prelude/"))
        p.prefix_length = (int)(file - folder) - 1;
    return p;
}

static void print_declared(const Home *p, const char *kind, const char *line) {
    const char *name = line + strcspn(line, " ") + 1;
    int head = (int)strcspn(name, "{\n");
    while (head > 0 && name[head - 1] == ' ') head--;
    printf("%s %.*s%s%.*s\n    theme: %.*s\n    from: %s\n", kind, p->prefix_length,
           p->path + p->prefix_at, p->prefix_length ? "." : "", head, name, p->theme_length,
           p->path + p->theme_at, p->path);
}

/* what a file of the library declares at its top, each with the comment that ends above it */
static void print_library(const StdFile *file) {
    Home home = home_of(file->path);
    const char *comment = NULL;
    for (const char *line = file->text, *end; *line; line = end) {
        end = line + strcspn(line, "\n");
        end += *end == '\n';
        const char *head = starts(line, "wide ") ? line + strlen("wide ") : line;
        const char *kind = starts(head, "fn ")       ? "function"
                           : starts(head, "module ") ? "module"
                                                     : NULL;
        if (kind && head[strcspn(head, " ") + 1] != '_') {
            print_declared(&home, kind, head);
            if (comment) print_comment(comment, line);
        }
        if (line[0] != '#')
            comment = NULL;
        else if (!comment)
            comment = line;
    }
}

/* ---- operations ---- */

static void print_derivative(const OpInfo *info) {
    static const char *const kinds[] = {
        [DERIV_NONE] = "none", [DERIV_ZERO] = "zero", [DERIV_C] = "computed"};
    if (has_line(info->doc, "derivative: ")) return;
    if (info->derivative_kind != DERIV_TEXT) {
        printf("    derivative: %s\n", kinds[info->derivative_kind]);
        return;
    }
    for (int i = 0; i < info->nargs; i++)
        printf("    derivative: d%c = %s\n", 'a' + i,
               info->derivatives[i][0] ? info->derivatives[i] : "none");
}

static void print_operation(const OpInfo *info) {
    static const char *const operands[] = {"a [...]", "a [...], b [...]",
                                           "a [...], b [...], c [...]"};
    printf("operation %s\n    theme: %s\n    types: %s\n", info->name, info->theme, info->types);
    if (info->flags & OPF_MAP) printf("    pointwise: %d\n", info->nargs);
    if (info->flags & OPF_TRAP) printf("    traps: yes\n");
    print_doc(info->doc);
    print_derivative(info);
    if (!(info->flags & OPF_MAP)) return;
    /* rows of pointwise operations have one shape, and no errors but what they say */
    if (!has_line(info->doc, "shapes: "))
        printf("    shapes: %s -> [...]\n", operands[info->nargs - 1]);
    if (!has_line(info->doc, "errors: ") && !(info->flags & OPF_TRAP))
        printf("    errors: none of its own\n");
}

void print_ops(void) {
    for (int i = 0; i < builtin_count(); i++) print_builtin(builtin_at(i));
    for (int i = 0; i < std_file_count; i++) print_library(&std_files[i]);
    for (int i = 0; i < OP_COUNT; i++) print_operation(op_info((Op)i));
}
