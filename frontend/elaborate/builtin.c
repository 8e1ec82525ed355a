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

/* the parameter that text begins: its marks skipped, its name's length given */
static const char *parameter(const char *text, int *length) {
    while (*text == ' ' || *text == '*' || *text == '&' || *text == '@') text++;
    *length = (int)strcspn(text, ",= ");
    return text;
}

/* the next parameter of a signature after text, commas in quotes and brackets skipped; NULL: none
 */
static const char *next_parameter(const char *text) {
    int quoted = 0, depth = 0;
    for (; *text; text++) {
        if (*text == '"') quoted = !quoted;
        if (!quoted && *text == '(') depth++;
        if (!quoted && *text == ')') depth--;
        if (!quoted && depth == 0 && *text == ',') return text + 1;
    }
    return NULL;
}

int builtin_signature_names(const char *signature, const char **names, int *lengths, int cap) {
    int n = 0;
    const char *at = *signature ? signature : NULL;
    for (; at && n < cap; at = next_parameter(at), n++) names[n] = parameter(at, &lengths[n]);
    return n;
}
