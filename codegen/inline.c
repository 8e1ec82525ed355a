/* inline.c: which kernels become part of the host function: small ones that loops call, while the
 * function stays of a size that LLVM compiles in proportion. Takes a merged program. */
#include "codegen/kernel.h"

enum { MOST_INLINED = 256 }; /* calls; LLVM takes longer than linear time for long functions */

static Kernel *code_of(Kernel *k) {
    while (k->same_as) k = (Kernel *)k->same_as;
    return k;
}

static void count_calls(const Block *block, int looped) {
    for (int i = 0; i < block->steps.n; i++) {
        const Step *s = block->steps.at[i];
        if (s->kind == STEP_KERNEL && looped) code_of(s->kernel)->looped_calls++;
        if (s->kind != STEP_CONTROL) continue;
        for (int b = 0; b < 2; b++)
            if (s->blocks[b]) count_calls(s->blocks[b], looped || s->node->op != OP_if);
    }
}

void inline_program(Program *p) {
    int total = 0;
    count_calls(p->block, 0);
    for (int i = 0; i < p->kernels.n; i++) {
        Kernel *k = p->kernels.at[i];
        k->inlined = k->small && k->looped_calls && total + k->looped_calls <= MOST_INLINED;
        if (k->inlined) total += k->looped_calls;
    }
}
