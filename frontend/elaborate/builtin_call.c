/* builtin_call.c: calls of built-in functions: their signatures read, defaults filled in. */
#include "frontend/elaborate/core.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { MAX_PARAMS = 24 };

typedef struct Signature Signature;
struct Signature {
    int n;
    Param params[MAX_PARAMS];
    const char *defaults[MAX_PARAMS]; /* the text after =, NULL: required */
};

static int default_length(const char *text) {
    int quoted = 0, depth = 0, n = 0;
    for (; text[n]; n++) {
        if (text[n] == '"') quoted = !quoted;
        if (!quoted && text[n] == '(') depth++;
        if (!quoted && text[n] == ')') depth--;
        if (!quoted && depth == 0 && text[n] == ',') break;
    }
    return n;
}

static void read_signature(const char *text, Signature *s) {
    *s = (Signature){0};
    while (*text) {
        while (*text == ' ' || *text == ',') text++;
        if (!*text) break;
        if (s->n == MAX_PARAMS) die("a built-in function has too many parameters");
        Param *p = &s->params[s->n];
        for (; *text == '&' || *text == '@' || *text == '*'; text++) {
            if (*text == '&') p->is_place = 1;
            if (*text == '@') p->is_axis = 1;
            if (*text == '*' && p->is_rest) p->is_keywords = 1;
            if (*text == '*') p->is_rest = 1;
        }
        if (p->is_keywords) p->is_rest = 0;
        p->name = text;
        p->length = (int)strcspn(text, ",= ");
        text += p->length;
        if (*text == '=') {
            s->defaults[s->n] = ++text;
            text += default_length(text);
        }
        p->required = !s->defaults[s->n] && !p->is_rest && !p->is_keywords;
        s->n++;
    }
}

static Value default_value(Elab *e, const char *text) {
    int n = default_length(text);
    const char *t = intern_n(e->interner, text, (size_t)n);
    if (strcmp(t, "None") == 0) return value_none();
    if (strcmp(t, "true") == 0 || strcmp(t, "false") == 0) return value_bool(*t == 't');
    if (strcmp(t, "inf") == 0 || strcmp(t, "-inf") == 0)
        return value_float(*t == '-' ? -INFINITY : INFINITY);
    if (*t == '"') {
        const char *inside = intern_n(e->interner, t + 1, (size_t)(n - 2));
        return value_text(e, strcmp(inside, "\\n") == 0 ? "\n" : inside);
    }
    if (strcmp(t, "f32") == 0) return value_type(type_scalar(e->graph->types, DT_f32));
    if (strpbrk(t, ".e")) return value_float(strtod(t, NULL));
    return value_int(strtoll(t, NULL, 10));
}

/* x.rename(a=b): a bare name is an axis */
static Value keyword_record(Elab *e, const Match *m) {
    int n = m->keywords.n;
    Items *items = NEW(e->arena, Items);
    items->n = n;
    items->at = NEW_ARRAY(e->arena, Value, n + 1);
    items->names = NEW_ARRAY(e->arena, const char *, n + 1);
    for (int i = 0; i < n; i++) {
        const Arg *arg = m->keywords.at[i];
        items->names[i] = arg->keyword;
        items->at[i] = arg->ast && arg->ast->kind == EX_NAME
                           ? (Value){.kind = V_AXIS, .name = arg->ast->name}
                           : arg->value;
    }
    return (Value){.kind = V_RECORD, .items = items};
}

static Value rest_tuple(Elab *e, const Match *m, const Param *p, const Arg *args, int nargs) {
    Value *at = NEW_ARRAY(e->arena, Value, m->rest.n + 1);
    for (int i = 0; i < m->rest.n; i++) {
        Value v = match_axis(e, m->rest.at[i], p->is_axis, p->is_place, args, nargs);
        at[i] = p->is_place ? v : value_read_deep(e, v);
        if (value_read(at[i]).kind == V_POISON) return value_poison();
    }
    return value_items(e, V_TUPLE, at, m->rest.n);
}

static Value builtin_argument(Elab *e, const Signature *s, int i, const Match *m, const Arg *args,
                              int nargs) {
    const Param *p = &s->params[i];
    if (p->is_keywords) return keyword_record(e, m);
    if (p->is_rest) return rest_tuple(e, m, p, args, nargs);
    if (!m->at[i]) return default_value(e, s->defaults[i]);
    Value v = match_axis(e, m->at[i], p->is_axis, p->is_place, args, nargs);
    return p->is_place ? v : value_read_deep(e, v);
}

Value call_builtin(Elab *e, const Builtin *b, const Arg *args, int n, CallSite *site) {
    Signature s;
    Match m;
    read_signature(b->signature, &s);
    if (!match_args(e, s.params, s.n, args, n, site, span_nowhere(), &m)) return value_poison();
    Value values[MAX_PARAMS];
    Span spans[MAX_PARAMS];
    for (int i = 0; i < s.n; i++) {
        spans[i] = m.at[i]                           ? m.at[i]->span
                   : s.params[i].is_rest && m.rest.n ? m.rest.at[0]->span
                                                     : site->span;
        values[i] = builtin_argument(e, &s, i, &m, args, n);
        if (values[i].kind == V_POISON) return values[i];
    }
    site->spans =
        arena_copy(e->arena, spans, sizeof *spans * (size_t)(s.n + 1 < MAX_PARAMS ? s.n + 1 : s.n));
    site->nspans = s.n;
    elab_at(e, site->span);
    return b->call(e, site, values);
}
