/* vec.c: how a VEC grows: by doubling, in the arena (the old array stays there until the arena
 * goes). */
#include "base/vec.h"

#include <limits.h>
#include <string.h>

void vec_grow(Arena *arena, void **at, int n, int *cap, size_t size) {
    if (*cap > INT_MAX / 2) die("a list of more than %d elements", *cap);
    int grown = *cap ? *cap * 2 : 4;
    void *to = arena_alloc(arena, size * (size_t)grown);
    if (n) memcpy(to, *at, size * (size_t)n);
    *at = to;
    *cap = grown;
}
