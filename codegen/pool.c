/* pool.c: sets of interned things, open addressing, at most half full. */
#include "codegen/expr.h"

uint64_t hash_mix(uint64_t hash, uint64_t value) {
    hash = (hash ^ value) * 0x9e3779b97f4a7c15u;
    return hash ^ (hash >> 29);
}

void *pool_find(const Pool *pool, uint64_t hash, int (*equal)(const void *, const void *),
                const void *key) {
    if (pool->cap == 0) return NULL;
    for (uint64_t i = hash;; i++) {
        int at = (int)(i & (uint64_t)(pool->cap - 1));
        if (pool->slots[at] == NULL) return NULL;
        if (pool->hashes[at] == hash && equal(pool->slots[at], key)) return pool->slots[at];
    }
}

static void place(Pool *pool, uint64_t hash, void *item) {
    uint64_t i = hash;
    while (pool->slots[i & (uint64_t)(pool->cap - 1)]) i++;
    int at = (int)(i & (uint64_t)(pool->cap - 1));
    pool->slots[at] = item;
    pool->hashes[at] = hash;
}

void pool_add(Arena *arena, Pool *pool, uint64_t hash, void *item) {
    if (2 * (pool->n + 1) > pool->cap) {
        Pool old = *pool;
        pool->cap = old.cap ? 2 * old.cap : 32;
        pool->slots = NEW_ARRAY(arena, void *, pool->cap);
        pool->hashes = NEW_ARRAY(arena, uint64_t, pool->cap);
        for (int i = 0; i < old.cap; i++)
            if (old.slots[i]) place(pool, old.hashes[i], old.slots[i]);
    }
    place(pool, hash, item);
    pool->n++;
}
