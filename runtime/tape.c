/* tape.c: memory of tapes whose length is known only while the program runs. Small ones come from
   malloc, large ones are mapped, so that they grow by moving pages. 64 bytes in front of the tape
   keep its size. */
#define _GNU_SOURCE /* mremap */
#include "runtime/rt.h"

#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

enum { FRONT = 64, MAPPED = 1 << 18 };

typedef struct Front Front;
struct Front {
    int64_t size; /* with the front */
    int64_t mapped;
};

_Noreturn static void no_memory(TgContext *ctx, int64_t bytes) {
    rt_stop(rt_of(ctx), NULL, 0, "no memory for a tape of %.1f MB", (double)bytes / 1e6);
}

static Front *front_of(void *tape) {
    return (Front *)(void *)((char *)tape - FRONT);
}

void *tgrt_tape_alloc(TgContext *ctx, int64_t bytes) {
    int64_t size = bytes + FRONT;
    void *at = NULL;
    int mapped = size >= MAPPED;
    if (bytes < 0) no_memory(ctx, bytes);
    if (mapped) {
        at = mmap(NULL, (size_t)size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
        if (at == MAP_FAILED) at = NULL;
    } else if (posix_memalign(&at, 64, (size_t)size) != 0) {
        at = NULL;
    }
    if (!at) no_memory(ctx, bytes);
    *(Front *)at = (Front){size, mapped};
    return (char *)at + FRONT;
}

void *tgrt_tape_grow(TgContext *ctx, void *old, int64_t old_bytes, int64_t bytes) {
    if (!old) return tgrt_tape_alloc(ctx, bytes);
    Front *front = front_of(old);
    if (front->mapped) {
        void *at = mremap(front, (size_t)front->size, (size_t)(bytes + FRONT), MREMAP_MAYMOVE);
        if (at == MAP_FAILED) no_memory(ctx, bytes);
        ((Front *)at)->size = bytes + FRONT;
        return (char *)at + FRONT;
    }
    void *grown = tgrt_tape_alloc(ctx, bytes);
    memcpy(grown, old, (size_t)(old_bytes < bytes ? old_bytes : bytes));
    tgrt_tape_free(ctx, old);
    return grown;
}

void tgrt_tape_free(TgContext *ctx, void *tape) {
    (void)ctx;
    if (!tape) return;
    Front *front = front_of(tape);
    if (front->mapped)
        munmap(front, (size_t)front->size);
    else
        free(front);
}
