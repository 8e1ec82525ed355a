/* map.h: from pointers to pointers. Lookups only (nothing walks over a map), so results never
 * depend on addresses. */
#ifndef TGC_IR_MAP_H
#define TGC_IR_MAP_H

#include "base/arena.h"

typedef struct Map Map;
struct Map {
    Arena *arena;
    int n, cap; /* cap is a power of two, or 0 */
    struct MapSlot {
        const void *key;
        void *value;
    } * slots;
};

Map *map_new(Arena *arena);
void *map_get(const Map *map, const void *key); /* NULL: not there */
void map_set(Map *map, const void *key, void *value);

#endif
