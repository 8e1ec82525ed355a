/* ops.c: the op table as data, made from ops.def. */
#include "ir/graph.h"

#include <string.h>

static const ReductionInfo reductions[OP_COUNT] = {
#define REDUCTION(name, join, start) [OP_##name] = {OP_##join, START_##start},
#include "ir/ops.def"
};

#define NONE NULL, DERIV_NONE
#define ZERO NULL, DERIV_ZERO
#define C(name) NULL, DERIV_C
#define D(...) (const char *const[]){__VA_ARGS__}, DERIV_TEXT

static const OpInfo table[] = {
#define MAP(name, n, types, scalar, derivative, samples, doc)                                      \
    {#name, n, types, #scalar, derivative, OPF_MAP, #samples, THEME, doc},
#define MAPT(name, n, types, scalar, bad, derivative, samples, doc)                                \
    {#name, n, types, #scalar, derivative, OPF_MAP | OPF_TRAP, #samples, THEME, doc},
#define KERN(name, n, types, derivative, samples, flags, doc)                                      \
    {#name, n, types, NULL, derivative, flags, #samples, THEME, doc},
#include "ir/ops.def"
};

const ReductionInfo *reduction_info(Op op) {
    if (!reductions[op].start) die("%s is no reduction", op_info(op)->name);
    return &reductions[op];
}

const OpInfo *op_info(Op op) {
    if ((unsigned)op >= OP_COUNT) die("no op %d", (int)op);
    return &table[op];
}

Op op_find(const char *name) {
    for (int i = 0; i < OP_COUNT; i++)
        if (!strcmp(table[i].name, name)) return (Op)i;
    return OP_COUNT;
}
