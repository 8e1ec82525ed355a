/* merge.c: equal work once. Kernels that are equal but for which buffers, scalars and sizes they
 * are given are emitted once. */
#include <string.h>

#include "codegen/text.h"

typedef struct Known Known;
struct Known {
    const char *text;
    Kernel *kernel;
};

static int same_text(const void *x, const void *y) {
    const Known *a = x, *b = y;
    return strcmp(a->text, b->text) == 0;
}

static uint64_t hash_text(const char *text) {
    uint64_t hash = 1469598103934665603u;
    for (; *text; text++) hash = (hash ^ (unsigned char)*text) * 1099511628211u;
    return hash_mix(hash, 1);
}

void merge_program(Program *p) {
    Pool known = {0};
    Arena *arena = p->graph->arena;
    for (int i = 0; i < p->kernels.n; i++) {
        Kernel *k = p->kernels.at[i];
        Text text = {.arena = arena};
        kernel_text(&text, k, 1);
        Known key = {text_of(&text), k};
        uint64_t hash = hash_text(key.text);
        Known *found = pool_find(&known, hash, same_text, &key);
        if (found)
            k->same_as = found->kernel;
        else
            pool_add(arena, &known, hash, arena_copy(arena, &key, sizeof key));
    }
}
