/* table.c: takes a planned program whose host function is made, gives tg_program (a TgProgram of
   runtime/abi.h) and the tables it points to: options, data sets, trap sites, profile lines, sizes,
   buffers. Field order is abi.h's. */
#include "codegen/llvm/host.h"

#include <string.h>

#include "runtime/abi.h"

static LLVMValueRef null(Host *h) {
    return LLVMConstNull(h->ptr);
}

static LLVMValueRef number(Host *h, double value) {
    return LLVMConstReal(h->f64, value);
}

static LLVMValueRef arg_row(Host *h, const ArgDecl *a) {
    LLVMValueRef fields[] = {
        table_text(h, a->name),
        table_text(h, a->help),
        host_int(h, a->is_str ? -1 : (int64_t)a->dtype),
        host_int(h, a->is_dim ? a->size->id : -1),
        host_int(h, a->required),
        host_int(h, a->default_int),
        number(h, a->default_float),
        table_text(h, a->default_text),
    };
    return table_row(h, fields, sizeof fields / sizeof *fields);
}

static LLVMValueRef dim_row(Host *h, const Dim *d) {
    int64_t value = 0;
    const Size *size = NULL;
    if (!dim_is_int(d, &value) && dim_sizes(d, &size, 1) != 1)
        die("a data set's dimension is not a size");
    LLVMValueRef fields[] = {
        host_int(h, size ? size->id : -1),
        host_int(h, value),
        table_text(h, size ? size->name : NULL),
    };
    return table_row(h, fields, 3);
}

static LLVMValueRef data_row(Host *h, const DataDecl *d) {
    LLVMValueRef dims[MAX_RANK];
    for (int i = 0; i < d->type->rank; i++) dims[i] = dim_row(h, d->type->dims[i]);
    LLVMValueRef *numbers = NEW_ARRAY(h->arena, LLVMValueRef, d->ncolumns + 1);
    for (int i = 0; d->column_numbers && i < d->ncolumns; i++)
        numbers[i] = host_int(h, d->column_numbers[i]);
    int line = 0, column = 0;
    if (d->span.source) source_place(d->span.source, d->span.start, &line, &column);
    LLVMValueRef fields[] = {
        table_text(h, d->name),
        table_text(h, d->loader),
        table_pieces(h, d->path, d->npath),
        host_int(h, d->npath),
        table_pieces(h, d->key, d->nkey),
        host_int(h, d->nkey),
        d->columns ? table_names(h, d->columns, d->ncolumns) : null(h),
        d->column_numbers ? table_array(h, numbers, d->ncolumns, "columns") : null(h),
        host_int(h, d->ncolumns),
        host_int(h, d->type->dtype),
        host_int(h, d->type->rank),
        table_array(h, dims, d->type->rank, "dims"),
        table_text(h, d->span.source ? d->span.source->path : "?"),
        host_int(h, line),
    };
    return table_row(h, fields, sizeof fields / sizeof *fields);
}

static LLVMValueRef buffer_row(Host *h, const Buffer *b) {
    int line = 0, column = 0;
    const char *path = "?", *name = "";
    if (b->node) {
        name = op_info(b->node->op)->name;
        Span span = b->node->where ? frame_user_span(b->node->where) : span_nowhere();
        if (span.source) source_place(span.source, span.start, &line, &column);
        if (span.source) path = span.source->path;
    }
    LLVMValueRef fields[] = {table_text(h, name), table_text(h, path), host_int(h, line)};
    return table_row(h, fields, 3);
}

static LLVMValueRef args_table(Host *h) {
    int n = h->graph->args.n;
    LLVMValueRef *rows = NEW_ARRAY(h->arena, LLVMValueRef, n + 1);
    for (int i = 0; i < n; i++) rows[i] = arg_row(h, h->graph->args.at[i]);
    return table_array(h, rows, n, "args");
}

static LLVMValueRef data_table(Host *h) {
    int n = h->graph->data.n;
    LLVMValueRef *rows = NEW_ARRAY(h->arena, LLVMValueRef, n + 1);
    for (int i = 0; i < n; i++) rows[i] = data_row(h, h->graph->data.at[i]);
    return table_array(h, rows, n, "data");
}

static LLVMValueRef checks_table(Host *h) {
    int n = h->graph->checks.n;
    LLVMValueRef *rows = NEW_ARRAY(h->arena, LLVMValueRef, n + 1);
    for (int i = 0; i < n; i++) {
        const SizeCheck *check = &h->graph->checks.at[i];
        const Size *sizes[CHECK_SIZES];
        int nsizes = dim_sizes(check->least, sizes, CHECK_SIZES), line = 0, column = 0;
        LLVMValueRef numbers[CHECK_SIZES];
        for (int k = 0; k < nsizes; k++) numbers[k] = host_int(h, sizes[k]->id);
        Span span = check->where ? frame_user_span(check->where) : span_nowhere();
        if (span.source) source_place(span.source, span.start, &line, &column);
        LLVMValueRef fields[] = {table_text(h, span.source ? span.source->path : "?"),
                                 host_int(h, line), table_text(h, check->what),
                                 table_array(h, numbers, nsizes, "sizes"), host_int(h, nsizes)};
        rows[i] = table_row(h, fields, 5);
    }
    return table_array(h, rows, n, "checks");
}

static LLVMValueRef buffers_table(Host *h) {
    int n = h->program->buffers.n;
    LLVMValueRef *rows = NEW_ARRAY(h->arena, LLVMValueRef, n + 1);
    for (int i = 0; i < n; i++) rows[i] = buffer_row(h, h->program->buffers.at[i]);
    return table_array(h, rows, n, "buffers");
}

static LLVMValueRef sizes_table(Host *h) {
    int n = size_count(h->graph->dims);
    const char **names = NEW_ARRAY(h->arena, const char *, n + 1);
    for (int i = 0; i < n; i++) names[i] = size_at(h->graph->dims, i)->name;
    return table_names(h, names, n);
}

/* fills the declared table of trap sites, which code already refers to */
static LLVMValueRef lines_table(Host *h, const Lines *lines, const char *name) {
    return table_array(h, lines->rows.at, lines->rows.n, name);
}

/* what the code was compiled for and a processor may lack, "avx2,fma" */
static const char *cpu_features(Host *h) {
    static const char *const known[] = {"avx2",     "fma",      "bmi2",    "avx512f",
                                        "avx512bw", "avx512dq", "avx512vl"};
    const char *features = h->options->cpu_features, *list = "";
    for (size_t i = 0; features && i < sizeof known / sizeof *known; i++) {
        const char *plus = arena_printf(h->arena, "+%s,", known[i]);
        if (!strstr(arena_printf(h->arena, "%s,", features), plus)) continue;
        list = arena_printf(h->arena, "%s%s%s", list, *list ? "," : "", known[i]);
    }
    return list;
}

void table_emit(Host *h) {
    Graph *g = h->graph;
    LLVMValueRef fields[] = {
        host_int(h, TG_ABI_VERSION),
        table_text(h, h->options->name),
        host_int(h, h->options->hash),
        args_table(h),
        host_int(h, g->args.n),
        data_table(h),
        host_int(h, g->data.n),
        checks_table(h),
        host_int(h, h->graph->checks.n),
        lines_table(h, &h->traps, "traps"),
        host_int(h, h->traps.rows.n),
        lines_table(h, &h->kernels, "kernels"),
        host_int(h, h->kernels.rows.n),
        lines_table(h, &h->loops, "loops"),
        host_int(h, h->loops.rows.n),
        sizes_table(h),
        host_int(h, size_count(g->dims)),
        buffers_table(h),
        host_int(h, h->program->buffers.n),
        table_text(h, cpu_features(h)),
        host_int(h, h->resume != NULL),
        h->plan,
        h->function,
    };
    LLVMValueRef program = table_row(h, fields, sizeof fields / sizeof *fields);
    LLVMValueRef global = LLVMAddGlobal(h->module, LLVMTypeOf(program), "tg_program");
    LLVMSetInitializer(global, program);
    LLVMSetGlobalConstant(global, 1);
    LLVMSetAlignment(global, 8);
}
