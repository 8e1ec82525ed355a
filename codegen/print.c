/* print.c: --emit=kernels: the program's blocks and steps in order, each kernel where it is first
 * run. */
#include <stdio.h>

#include "codegen/text.h"

typedef struct Printer Printer;
struct Printer {
    Program *p;
    FILE *file;
    Arena *arena;
    char *printed;
};

static void indent(Printer *p, int depth) {
    fprintf(p->file, "%*s", 2 * depth, "");
}

static const char *place_of(Printer *p, const Buffer *b) {
    if (!b) return "-";
    const char *what = b->kind == BUFFER_CONST  ? "constant"
                       : b->kind == BUFFER_DATA ? "data"
                                                : "buffer";
    if (b->kind == BUFFER_SLOT) return arena_printf(p->arena, "slot of %s", place_of(p, b->of));
    return arena_printf(p->arena, "%s %d", what, b->id);
}

/* a kernel's lines, moved in */
static void print_kernel(Printer *p, const Kernel *k, int depth) {
    indent(p, depth);
    if (k->same_as) {
        fprintf(p->file, "run %s", k->name);
        while (k->same_as) k = k->same_as;
        fprintf(p->file, ", which is kernel %s\n", k->name);
        return;
    }
    Text t = {.arena = p->arena};
    kernel_text(&t, k, 0);
    for (const char *s = text_of(&t); *s; s++) {
        fputc(*s, p->file);
        if (*s == '\n' && s[1]) indent(p, depth);
    }
}

static void print_block(Printer *p, const Block *block, int depth);

static void print_step(Printer *p, const Step *s, int depth) {
    const char *op = s->node ? op_info(s->node->op)->name : "";
    if (s->kind == STEP_KERNEL) {
        print_kernel(p, s->kernel, depth);
        for (int i = 0; i < s->kernel->buffers.n; i++) {
            indent(p, depth + 2);
            fprintf(p->file, "b%d: %s\n", i, place_of(p, s->kernel->buffers.at[i]));
        }
        return;
    }
    indent(p, depth);
    switch (s->kind) {
    case STEP_SCALAR:
        fprintf(p->file, "scalar %%%d = %s", s->node->id, op);
        if (s->from)
            fprintf(p->file, ": element %lld of %s", (long long)s->element, place_of(p, s->from));
        break;
    case STEP_LIB:
        fprintf(p->file, "call %s -> %s", op, place_of(p, s->to));
        break;
    case STEP_COPY:
        fprintf(p->file, "copy %s -> %s%s", place_of(p, s->from), place_of(p, s->to),
                s->from->alias && s->from->alias == s->to->alias ? " (one place)" : "");
        break;
    default:
        fprintf(p->file, "%s", op);
        break;
    }
    fprintf(p->file, "\n");
    for (int i = 0; i < 2; i++)
        if (s->blocks[i]) print_block(p, s->blocks[i], depth + 1);
}

static void print_block(Printer *p, const Block *block, int depth) {
    for (int i = 0; i < block->steps.n; i++) print_step(p, block->steps.at[i], depth);
}

void kernels_print(Program *program, void *file) {
    Printer p = {.p = program, .file = file, .arena = program->graph->arena};
    int same = 0;
    for (int i = 0; i < program->kernels.n; i++) same += program->kernels.at[i]->same_as != NULL;
    fprintf(p.file, "%d kernels, %d of them equal to earlier ones\n", program->kernels.n, same);
    print_block(&p, program->block, 0);
}
