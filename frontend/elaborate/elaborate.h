/* elaborate.h: syntax tree in, graph out. Names, types, sizes, calls, modules and gradients are
   resolved; what remains is a Region of nodes: the program's body (top-level lets first, then
   main's). */
#ifndef TGC_FRONTEND_ELABORATE_ELABORATE_H
#define TGC_FRONTEND_ELABORATE_ELABORATE_H

#include "frontend/syntax/ast.h"
#include "ir/graph.h"

typedef struct ElabDefine ElabDefine; /* -D NAME=value */
struct ElabDefine {
    const char *name, *value;
};

typedef struct ElabOptions ElabOptions;
struct ElabOptions {
    const ElabDefine *defines;
    int ndefines;
    int check_nan, check_bounds; /* --check= */
    int as_library;              /* --emit=lib: main may be missing */
};

/* NULL never; use the graph only when diag_count is 0. Errors go to diag. */
Graph *elaborate(Arena *arena, Interner *interner, Diag *diag, const AstProgram *program,
                 const ElabOptions *options);

#endif
