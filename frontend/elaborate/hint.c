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

const char *nearest_variable(Elab *e, const char *name) {
    Names names = {0};
    add_scope(e, e->scope, &names);
    return elab_nearest(e, name, names.at, names.n);
}

const char *nearest_name(Elab *e, const char *name, int is_call) {
    Names names = {0};
    if (!is_call || e->scope) add_scope(e, e->scope, &names);
    for (Binding *b = e->prelude ? e->prelude->scope->first : NULL; b; b = b->next)
        if (b->name[0] != '_') PUSH(e->arena, &names, b->name);
    for (int i = 0; i < builtin_count(); i++)
        if (builtin_at(i)->name[0] != '_') PUSH(e->arena, &names, builtin_at(i)->name);
    for (int op = 0; op < OP_COUNT; op++)
        if (op_info((Op)op)->flags & OPF_MAP) PUSH(e->arena, &names, op_info((Op)op)->name);
    static const char *const words[] = {"nn",      "optim",    "init", "metrics", "linalg",
                                        "special", "training", "true", "false",   "None"};
    for (size_t i = 0; i < sizeof words / sizeof *words; i++) PUSH(e->arena, &names, words[i]);
    return elab_nearest(e, name, names.at, names.n);
}

/* ---- words of other languages ---- */

#define PREFIX "functions need no prefix: zeros(f32[3]), relu(x), not torch.zeros(3), F.relu(x)"
#define TAPE "there is no tape: use grad(loss, model)"
#define TARGET "the target is chosen when compiling: tgc --target=cuda"
#define TRAINING "training is true except inside eval { … }"
#define TREE "the module itself stands for its parameters: optim.Adam(model), for p in model { }"
#define LENGTH "its length would depend on values: where(mask, x, 0.0), or x[mask] = e"
#define SAVE "save(model, \"model.safetensors\") writes the parameters, load(model, …) reads them"
#define SCHEDULE "an optimizer's lr can be assigned, opt.lr = e, for example by a schedule of optim"
#define GROW "xs.append(x) is a statement, for a var that holds a list; or write [ … for i in 0..n]"
#define CONVERT "an element type is changed by x.to(f32), x.to(i64), …"

/* a word and what is written here instead */
static const char *const tongues[][2] = {
    {"True", "write true"},
    {"False", "write false"},
    {"none", "write None"},
    {"null", "write None"},
    {"nil", "write None"},
    {"range", "a range is written 0..n: for i in 0..n { }"},
    {"def", "a function is written fn name(x) { … }"},
    {"self", "there is no self: a module's members are reached by their names"},
    {"super", "there is no super: a module has the members that are written in it"},
    {"torch", PREFIX},
    {"np", PREFIX},
    {"numpy", "there is no conversion: print or save the tensor"},
    {"F", PREFIX},
    {"tf", PREFIX},
    {"jnp", PREFIX},
    {"math", PREFIX},
    {"functional", PREFIX},
    {"tensor", "a tensor literal is written [1.0, 2.0]"},
    {"Tensor", "a tensor literal is written [1.0, 2.0]"},
    {"as_tensor", "a tensor literal is written [1.0, 2.0]"},
    {"from_numpy", "data x: f32[rows, 3] = npy(\"x.npy\") reads a file at start-up"},
    {"array", "a tensor literal is written [1.0, 2.0]"},
    {"FloatTensor", "a tensor literal is written [1.0, 2.0]"},
    {"LongTensor", "a tensor literal is written [1, 2]"},
    {"Variable", "a variable is declared by var x = e"},
    {"Parameter", "in a module a parameter is declared by param name: f32[3] = e"},
    {"register_buffer", "in a module a buffer is declared by state name = e"},
    {"ParameterList", "in a module a list of parameters is written param name = (a, b)"},
    {"Module", "a module is declared by module Name(in: dim) { … }"},
    {"float", "write f32 or f64: x.to(f32)"},
    {"double", "write f64: x.to(f64)"},
    {"half", "write f16: x.to(f16)"},
    {"bfloat16", "write bf16: x.to(bf16)"},
    {"long", "write i64: x.to(i64)"},
    {"int", "write i64: x.to(i64)"},
    {"bool", "write x.to(bool)"},
    {"astype", CONVERT},
    {"type", CONVERT},
    {"string", "write str"},
    {"backward", TAPE},
    {"requires_grad", "any value can be differentiated: grad(loss, x)"},
    {"requires_grad_", "any value can be differentiated: grad(loss, x)"},
    {"retain_grad", TAPE},
    {"is_leaf", TAPE},
    {"grad_fn", TAPE},
    {"autograd", TAPE},
    {"zero_grad",
     "gradients are values: grad(loss, model) gives a new one each time; leave zero_grad out"},
    {"clip_grad_norm_", "write let grads = clip_norm(grad(loss, model), 1.0)"},
    {"clip_grad_norm", "write let grads = clip_norm(grad(loss, model), 1.0)"},
    {"clip_grad_value_", "write let grads = clip_value(grad(loss, model), 1.0)"},
    {"cuda", TARGET},
    {"device", "the target is chosen when compiling: tgc --target=…"},
    {"cpu", "the target is chosen when compiling: tgc --target=native"},
    {"mps", TARGET},
    {"is_cuda", TARGET},
    {"ndimension", "write len(x.shape) for the number of axes"},
    {"rank", "write len(x.shape) for the number of axes"},
    {"length", "write len(x)"},
    {"H", "write x.t()"},
    {"append", GROW},
    {"extend", GROW},
    {"tolist", "there is no conversion: print or save the tensor"},
    {"format", "put values into text: \"{x:.3f} and {y}\""},
    {"train", TRAINING},
    {"eval", "eval { … } is a block: inside it, training is false"},
    {"inference_mode", "no_grad { … } is a block"},
    {"no_grad", "no_grad { … } is a block"},
    {"float32", "write f32"},
    {"float64", "write f64"},
    {"float16", "write f16"},
    {"int64", "write i64"},
    {"int32", "write i32"},
    {"uint8", "write u8"},
    {"elif", "write else if"},
    {"lambda", "a function value is written fn(x) { return … }"},
    {"parameters", TREE},
    {"named_parameters", "write zip(names(model), model), or model itself for its parameters"},
    {"children", TREE},
    {"modules", TREE},
    {"state_dict", SAVE},
    {"load_state_dict", SAVE},
    {"lr_scheduler", SCHEDULE},
    {"param_groups", SCHEDULE},
    {"DataLoader", "write for x, y in batches((xs, ys), 64, shuffle=true) { }"},
    {"TensorDataset", "write for x, y in batches((xs, ys), 64, shuffle=true) { }"},
    {"Dataset", "data x: f32[rows, 3] = npy(\"x.npy\") reads a file at start-up"},
    {"manual_seed", "the program is seeded by --seed; samplers take seed="},
    {"nonzero", LENGTH},
    {"argwhere", LENGTH},
    {"unique", LENGTH},
    {"masked_select", LENGTH},
    {"input", "a program's input is an arg or data: arg n: int = 3"},
    {"open", "data x: f32[rows, 3] = npy(\"x.npy\") reads a file at start-up"},
    {"isinstance", "types are known when compiling: is_tuple(x), is_floating_point(x), x.dtype"},
    {"list", "a list is written [a, b], or [ … for i in 0..n]"},
    {"tuple", "a tuple is written (a, b)"},
    {"dict", "there are no dictionaries: a module has named members"},
};

static const char *other_tongue(const char *name) {
    for (size_t i = 0; i < sizeof tongues / sizeof *tongues; i++)
        if (strcmp(tongues[i][0], name) == 0) return tongues[i][1];
    return NULL;
}

int hint_tongue(Elab *e, const char *name) {
    const char *tongue = other_tongue(name);
    if (tongue) elab_hint(e, "%s", tongue);
    return tongue != NULL;
}

void hint_unknown(Elab *e, const char *name, int is_call) {
    if (hint_tongue(e, name)) return;
    if (is_call && in_place_name(e, name)) {
        elab_hint(e, "%s changes its object: write x.%s(…) as a statement of its own", name, name);
        return;
    }
    const char *near = nearest_name(e, name, is_call);
    if (near) elab_hint(e, "did you mean %s?", near);
}
