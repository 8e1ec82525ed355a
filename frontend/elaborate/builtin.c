/* builtin.c: the table of built-in functions, from builtins.def (the library's) and core.def (the
 * language's), by name. */
#include "frontend/elaborate/elab.h"

#include <string.h>

#define BUILTIN(name, signature, function, doc) Value function(Elab *e, CallSite *c, Value *args);
#include "frontend/elaborate/core.def"
#include "frontend/elaborate/builtins.def"
#undef BUILTIN

static const Builtin table[] = {
#define BUILTIN(name, signature, function, doc) {#name, signature, function, THEME, doc},
#define THEME "language"
#include "frontend/elaborate/core.def"
#undef THEME
#include "frontend/elaborate/builtins.def"
#undef BUILTIN
};

int builtin_count(void) {
    return (int)(sizeof table / sizeof *table);
}

const Builtin *builtin_at(int index) {
    return &table[index];
}

const Builtin *builtin_find(const char *name) {
    for (int i = 0; i < builtin_count(); i++)
        if (strcmp(table[i].name, name) == 0) return &table[i];
    return NULL;
}
