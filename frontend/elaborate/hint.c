/* hint.c: likely fixes for names that nobody declared: the near miss, and habits from Python. */
#include "frontend/elaborate/core.h"

#include <string.h>

typedef VEC(const char *) Names;

static void add_scope(Elab *e, Scope *s, Names *names) {
    for (; s; s = s->outer) {
        for (Binding *b = s->first; b; b = b->next)
            if (b->name[0] != ' ') PUSH(e->arena, names, b->name);
        for (int i = 0; s->self && i < s->self->slots.n; i++)
            PUSH(e->arena, names, s->self->slots.at[i].name);
    }
}

const char *nearest_name(Elab *e, const char *name, int is_call) {
    Names names = {0};
    if (!is_call || e->scope) add_scope(e, e->scope, &names);
    if (e->prelude) add_scope(e, e->prelude->scope, &names);
    for (int i = 0; i < builtin_count(); i++) PUSH(e->arena, &names, builtin_at(i)->name);
    for (int op = 0; op < OP_COUNT; op++)
        if (op_info((Op)op)->flags & OPF_MAP) PUSH(e->arena, &names, op_info((Op)op)->name);
    static const char *const words[] = {"nn",       "optim", "init",  "metrics",
                                        "training", "true",  "false", "None"};
    for (size_t i = 0; i < sizeof words / sizeof *words; i++) PUSH(e->arena, &names, words[i]);
    return elab_nearest(e, name, names.at, names.n);
}

/* what a word of another language is here */
static const char *other_tongue(const char *name) {
    static const char *const table[][2] = {
        {"True", "write true"},
        {"False", "write false"},
        {"none", "write None"},
        {"null", "write None"},
        {"range", "a range is written 0..n: for i in 0..n { }"},
        {"def", "a function is written fn name(x) { … }"},
        {"self", "there is no self: a module's members are reached by their names"},
        {"torch", "functions need no prefix: zeros(f32[3]), not torch.zeros(3)"},
        {"np", "functions need no prefix: zeros(f32[3]), not np.zeros(3)"},
        {"F", "functions need no prefix: relu(x), not F.relu(x)"},
        {"tensor", "a tensor literal is written [1.0, 2.0]"},
        {"float", "write f32 or f64"},
        {"double", "write f64"},
        {"long", "write i64"},
        {"backward", "there is no tape: use grad(loss, model)"},
        {"zero_grad",
         "gradients are values: grad(loss, model) gives a new one each time; leave zero_grad out"},
        {"cuda", "the target is chosen when compiling: tgc --target=cuda"},
        {"cpu", "the target is chosen when compiling: tgc --target=native"},
        {"requires_grad_", "any value can be differentiated: grad(loss, x)"},
        {"numpy", "there is no conversion: print or save the tensor"},
        {"size", "write x.shape, or x.shape[0]"},
        {"dim", "write len(x.shape) for the number of axes"},
        {"append", "lists are values: build them with [ … for i in 0..n]"},
        {"device", "the target is chosen when compiling: tgc --target=…"},
        {"train", "training is true except inside eval { }"},
        {"no_grad", "no_grad { … } is a block"},
        {"float32", "write f32"},
        {"float64", "write f64"},
        {"int64", "write i64"},
        {"int32", "write i32"},
        {"elif", "write else if"},
        {"lambda", "a function value is written fn(x) { return … }"},
    };
    for (size_t i = 0; i < sizeof table / sizeof *table; i++)
        if (strcmp(table[i][0], name) == 0) return table[i][1];
    return NULL;
}

void hint_unknown(Elab *e, const char *name, int is_call) {
    const char *tongue = other_tongue(name);
    if (tongue) {
        elab_hint(e, "%s", tongue);
        return;
    }
    if (is_call && in_place_name(e, name)) {
        elab_hint(e, "%s changes its object: write x.%s(…) as a statement of its own", name, name);
        return;
    }
    const char *near = nearest_name(e, name, is_call);
    if (near) elab_hint(e, "did you mean %s?", near);
}
