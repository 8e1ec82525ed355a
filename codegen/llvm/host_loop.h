/* host_loop.h: a loop at work, shared by host_control.c and host_checkpoint.c. */
#ifndef TGC_CODEGEN_LLVM_HOST_LOOP_H
#define TGC_CODEGEN_LLVM_HOST_LOOP_H

#include "codegen/llvm/host.h"

/* a loop's allocas: iterations so far; the iteration's number (backwards when reverse); for: how
 * many, the first index, the step */
typedef struct LoopCells LoopCells;
struct LoopCells {
    LLVMValueRef n, t, trips, first, by;
};
LoopCells *loop_cells(Host *h, const Node *loop);

/* prepare: limits; head: another iteration?; exit: all ran; after: the results. A resumed loop is
   entered at prepare (with its carried values and n set) or, when it had finished, at after. */
typedef struct LoopCode LoopCode;
struct LoopCode {
    const Step *step;
    const Node *node;
    int ncarried;
    int line;                            /* in the table of loops, -1: nobody watches it */
    LLVMValueRef n, t, trips, first, by; /* its LoopCells */
    LLVMBasicBlockRef prepare, head, body, exit, after;
};

LLVMValueRef host_is_true(Host *h, LLVMValueRef value); /* i8 → i1 */

/* ---- host_checkpoint.c ---- */
void resume_open(
    Host *h, const LoopCode *l); /* before the first iteration of a loop: enters a resumed one */
void resume_step(Host *h, const LoopCode *l);   /* after an iteration, before n is counted up */
void resume_finish(Host *h, const LoopCode *l); /* the loop is over */
void resume_blocks(Host *h, LoopCode *l); /* prepare and after, where a resumed loop is entered */

#endif
