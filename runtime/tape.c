/* tape.c: memory of tapes whose length is known only while the program runs. Small ones come from
   malloc, large ones are mapped, so that they grow by moving pages. 64 bytes in front of the tape
   keep its size and how much of it is in use.

   What loops in loops collect may be ragged: then it is a table of pointers to blocks, one an
   iteration, each a tape of its own; `depth` tables lie above the blocks that hold elements. Where
   a pointer is NULL nothing was collected. Blocks are kept for the next round where they fit. */
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
    int64_t used; /* bytes; of parts of ragged stacks alone */
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
    *(Front *)at = (Front){size, mapped, bytes};
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

/* ---- ragged stacks ---- */

static int64_t room_of(void *tape) {
    return tape ? front_of(tape)->size - FRONT : 0;
}

static int64_t used_of(void *tape) {
    return tape ? front_of(tape)->used : 0;
}

static void free_all(TgContext *ctx, void *tape, int64_t depth) {
    for (int64_t i = 0; depth && i < room_of(tape) / 8; i++)
        free_all(ctx, ((void **)tape)[i], depth - 1);
    tgrt_tape_free(ctx, tape);
}

void tgrt_stack_define(TgContext *ctx, void **at, int64_t bytes, int64_t depth) {
    int64_t room = room_of(*at);
    if (!*at || room < bytes || room > 4 * bytes + 256) {
        free_all(ctx, *at, depth);
        *at = tgrt_tape_alloc(ctx, bytes);
        if (depth) memset(*at, 0, (size_t)bytes);
    }
    front_of(*at)->used = bytes;
}

void tgrt_stack_grow(TgContext *ctx, void **at, int64_t bytes, int64_t depth) {
    int64_t room = room_of(*at);
    if (!*at || room < bytes) {
        int64_t more = 2 * bytes + 64;
        *at = tgrt_tape_grow(ctx, *at, room, more);
        if (depth) memset((char *)*at + room, 0, (size_t)(more - room));
    }
    front_of(*at)->used = bytes;
}

void tgrt_stack_restart(void **at) {
    if (*at) front_of(*at)->used = 0;
}

void tgrt_stack_copy(TgContext *ctx, void **to, void *from, int64_t depth) {
    int64_t bytes = used_of(from);
    tgrt_stack_define(ctx, to, bytes, depth);
    for (int64_t i = 0; depth && i < bytes / 8; i++)
        tgrt_stack_copy(ctx, (void **)*to + i, ((void **)from)[i], depth - 1);
    if (!depth && bytes) memcpy(*to, from, (size_t)bytes);
}

void tgrt_stack_zeros(TgContext *ctx, void **to, void *like, int64_t depth) {
    int64_t bytes = used_of(like);
    tgrt_stack_define(ctx, to, bytes, depth);
    for (int64_t i = 0; depth && i < bytes / 8; i++)
        tgrt_stack_zeros(ctx, (void **)*to + i, ((void **)like)[i], depth - 1);
    if (!depth) memset(*to, 0, (size_t)bytes);
}

void tgrt_stack_add(TgContext *ctx, void *to, void *more, int64_t depth, int64_t dtype) {
    int64_t bytes = used_of(to);
    if (used_of(more) != bytes) rt_stop(rt_of(ctx), NULL, 0, "two stacks of different lengths");
    for (int64_t i = 0; depth && i < bytes / 8; i++)
        tgrt_stack_add(ctx, ((void **)to)[i], ((void **)more)[i], depth - 1, dtype);
    if (!depth) tg_lib_add(to, more, bytes, dtype);
}
