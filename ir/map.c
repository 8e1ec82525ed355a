/* map.c: open addressing, at most two thirds full. */
#include "ir/map.h"

#include <stdint.h>

Map *map_new(Arena *arena) {
    Map *map = NEW(arena, Map);
    map->arena = arena;
    return map;
}

static struct MapSlot *find(const Map *map, const void *key) {
    uint64_t h = (uint64_t)(uintptr_t)key;
    h = (h >> 4) * 0x9E3779B97F4A7C15u;
    for (uint64_t i = h >> 32;; i++) {
        struct MapSlot *slot = &map->slots[i & (uint64_t)(map->cap - 1)];
        if (!slot->key || slot->key == key) return slot;
    }
}

void *map_get(const Map *map, const void *key) {
    return map->cap ? find(map, key)->value : NULL;
}

static void grow(Map *map) {
    struct MapSlot *old = map->slots;
    int cap = map->cap;
    map->cap = cap ? 2 * cap : 16;
    map->slots = NEW_ARRAY(map->arena, struct MapSlot, map->cap);
    for (int i = 0; i < cap; i++)
        if (old[i].key) *find(map, old[i].key) = old[i];
}

void map_set(Map *map, const void *key, void *value) {
    if (3 * (map->n + 1) > 2 * map->cap) grow(map);
    struct MapSlot *slot = find(map, key);
    if (!slot->key) map->n++;
    slot->key = key;
    slot->value = value;
}
