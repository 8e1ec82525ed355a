/* tgc_interpret.c: see tgc_interpret.h. Takes a graph, makes of its declarations the TgProgram that
   a compiled program would have, and lets the runtime start it; what it runs is the interpreter,
   whose effects are the runtime's functions. */
#include "tgc_interpret.h"

#include <stdlib.h>
#include <string.h>

#include "ir/eval.h"
#include "ir/number.h"
#include "runtime/abi.h"

typedef struct Interpreted Interpreted;
struct Interpreted {
    TgProgram program; /* first: a context leads to it */
    Graph *graph;
    Eval *eval;
};

static const TgPiece *pieces_of(Graph *g, const Piece *from, int n) {
    TgPiece *to = NEW_ARRAY(g->arena, TgPiece, n + 1);
    for (int i = 0; i < n; i++) to[i] = eval_piece(&from[i]);
    return to;
}

static TgArg arg_row(const ArgDecl *a) {
    return (TgArg){.name = a->name,
                   .help = a->help,
                   .dtype = a->is_str ? -1 : (int64_t)a->dtype,
                   .size_id = a->is_dim ? a->size->id : -1,
                   .required = a->required,
                   .default_int = a->default_int,
                   .default_float = a->default_float,
                   .default_text = a->default_text};
}

static TgDim dim_row(const Dim *d) {
    TgDim row = {.size_id = -1};
    const Size *size = NULL;
    if (dim_is_int(d, &row.value)) return row;
    if (dim_sizes(d, &size, 1) != 1) die("a data set's dimension is not a size");
    row.size_id = size->id;
    row.name = size->name;
    return row;
}

static TgData data_row(Graph *g, const DataDecl *d) {
    TgDim *dims = NEW_ARRAY(g->arena, TgDim, d->type->rank + 1);
    for (int i = 0; i < d->type->rank; i++) dims[i] = dim_row(d->type->dims[i]);
    int line = 0, column = 0;
    if (d->span.source) source_place(d->span.source, d->span.start, &line, &column);
    return (TgData){.name = d->name,
                    .loader = d->loader,
                    .path = pieces_of(g, d->path, d->npath),
                    .npath = d->npath,
                    .key = pieces_of(g, d->key, d->nkey),
                    .nkey = d->nkey,
                    .columns = (const char *const *)d->columns,
                    .column_numbers = d->column_numbers,
                    .ncolumns = d->ncolumns,
                    .dtype = d->type->dtype,
                    .rank = d->type->rank,
                    .dims = dims,
                    .file = d->span.source ? d->span.source->path : "?",
                    .line = line};
}

static int64_t no_memory(int64_t *sizes, int64_t *offsets, int64_t *bytes, const int64_t *args) {
    (void)sizes, (void)offsets, (void)bytes, (void)args;
    return 0;
}

static TgCheck check_row(Graph *g, const SizeCheck *check) {
    const Size *sizes[CHECK_SIZES];
    int n = dim_sizes(check->least, sizes, CHECK_SIZES);
    int64_t *numbers = NEW_ARRAY(g->arena, int64_t, n + 1);
    for (int i = 0; i < n; i++) numbers[i] = sizes[i]->id;
    Span span = check->where ? frame_user_span(check->where) : span_nowhere();
    int line = 0, column = 0;
    if (span.source) source_place(span.source, span.start, &line, &column);
    return (TgCheck){.file = span.source ? span.source->path : "?",
                     .line = line,
                     .what = check->what,
                     .sizes = numbers,
                     .nsizes = n};
}

/* ---- running ---- */

static TgTensor *arg_values(const TgContext *ctx, Graph *g) {
    TgTensor *values = NEW_ARRAY(g->arena, TgTensor, g->args.n + 1);
    for (int i = 0; i < g->args.n; i++) {
        const ArgDecl *a = g->args.at[i];
        values[i] = (TgTensor){.dtype = a->dtype};
        if (a->is_str) continue;
        values[i].data = arena_alloc(g->arena, 8);
        if (dtype_is_float(a->dtype))
            number_store(a->dtype, ctx->arg_floats[i], values[i].data);
        else
            number_store_int(a->dtype, ctx->arg_ints[i], values[i].data);
    }
    return values;
}

static TgTensor *data_values(const TgContext *ctx, const TgProgram *p, Graph *g) {
    TgTensor *values = NEW_ARRAY(g->arena, TgTensor, p->ndata + 1);
    for (int64_t i = 0; i < p->ndata; i++) {
        const TgData *d = &p->data[i];
        values[i] = (TgTensor){.data = ctx->data[i], .dtype = d->dtype, .rank = d->rank};
        for (int64_t k = 0; k < d->rank; k++) {
            const TgDim *dim = &d->dims[k];
            values[i].dims[k] = dim->size_id < 0 ? dim->value : ctx->sizes[dim->size_id];
        }
    }
    return values;
}

static void run(TgContext *ctx) {
    Interpreted *in = (Interpreted *)(uintptr_t)tgrt_program(ctx);
    for (int i = 0; i < in->graph->checks.n; i++)
        if (dim_eval(in->graph->checks.at[i].least, ctx->sizes) < 0) tgrt_size_failed(ctx, i);
    EvalEffects effects = {.context = ctx,
                           .print = tgrt_print,
                           .write = tgrt_write,
                           .log = tgrt_log,
                           .save = tgrt_save,
                           .load = tgrt_load};
    EvalOptions options = {.args = arg_values(ctx, in->graph),
                           .arg_texts = ctx->arg_texts,
                           .data = data_values(ctx, &in->program, in->graph),
                           .has_seed = 1,
                           .seed = ctx->seed,
                           .effects = &effects};
    in->eval = eval_new(in->graph, &options);
    if (eval_run(in->eval)) return;
    TgSite site = eval_site(eval_where(in->eval));
    tgrt_stop(ctx, &site, eval_error(in->eval));
}

int interpret_program(Graph *g, int argc, char **argv) {
    Interpreted in = {.graph = g};
    TgArg *args = NEW_ARRAY(g->arena, TgArg, g->args.n + 1);
    TgData *data = NEW_ARRAY(g->arena, TgData, g->data.n + 1);
    TgCheck *checks = NEW_ARRAY(g->arena, TgCheck, g->checks.n + 1);
    const char **names = NEW_ARRAY(g->arena, const char *, size_count(g->dims) + 1);
    for (int i = 0; i < g->args.n; i++) args[i] = arg_row(g->args.at[i]);
    for (int i = 0; i < g->data.n; i++) data[i] = data_row(g, g->data.at[i]);
    for (int i = 0; i < g->checks.n; i++) checks[i] = check_row(g, &g->checks.at[i]);
    for (int i = 0; i < size_count(g->dims); i++) names[i] = size_at(g->dims, i)->name;
    in.program = (TgProgram){.abi_version = TG_ABI_VERSION,
                             .name = argv[0],
                             .args = args,
                             .nargs = g->args.n,
                             .data = data,
                             .ndata = g->data.n,
                             .checks = checks,
                             .nchecks = g->checks.n,
                             .size_names = names,
                             .nsizes = size_count(g->dims),
                             .cpu_features = "",
                             .plan = no_memory,
                             .run = run};
    int status = tgrt_main(&in.program, argc, argv);
    eval_free(in.eval);
    return status;
}
