/* intern.c: the table of interned strings: open addressing, a power of two of slots, at most half
 * of them full. */
#include "base/intern.h"

#include <string.h>

typedef struct Slot Slot;
struct Slot {
    const char *text; /* NULL: empty */
    size_t length;
    uint64_t hash;
};

struct Interner {
    Arena *arena;
    Slot *slots;
    size_t nslots, count;
};

Interner *interner_new(Arena *arena) {
    Interner *in = NEW(arena, Interner);
    in->arena = arena;
    in->nslots = 256;
    in->slots = NEW_ARRAY(arena, Slot, in->nslots);
    return in;
}

/* FNV-1a */
static uint64_t hash_of(const char *text, size_t n) {
    uint64_t hash = 0xcbf29ce484222325u;
    for (size_t i = 0; i < n; i++) hash = (hash ^ (unsigned char)text[i]) * 0x100000001b3u;
    return hash ^ hash >> 32;
}

/* the slot that holds the text, or the empty one where it belongs */
static Slot *slot_of(const Interner *in, const char *text, size_t n, uint64_t hash) {
    size_t mask = in->nslots - 1;
    for (size_t i = hash & mask;; i = (i + 1) & mask) {
        Slot *slot = &in->slots[i];
        if (!slot->text) return slot;
        if (slot->hash == hash && slot->length == n && memcmp(slot->text, text, n) == 0)
            return slot;
    }
}

static void grow(Interner *in) {
    Slot *old = in->slots;
    size_t n = in->nslots;
    in->nslots = n * 2;
    in->slots = NEW_ARRAY(in->arena, Slot, in->nslots);
    for (size_t i = 0; i < n; i++)
        if (old[i].text) *slot_of(in, old[i].text, old[i].length, old[i].hash) = old[i];
}

const char *intern_n(Interner *in, const char *text, size_t n) {
    uint64_t hash = hash_of(text, n);
    Slot *slot = slot_of(in, text, n, hash);
    if (slot->text) return slot->text;
    if (in->count * 2 >= in->nslots) {
        grow(in);
        slot = slot_of(in, text, n, hash);
    }
    char *copy = arena_alloc(in->arena, n + 1);
    if (n) memcpy(copy, text, n);
    *slot = (Slot){.text = copy, .length = n, .hash = hash};
    in->count++;
    return copy;
}

const char *intern(Interner *in, const char *text) {
    return intern_n(in, text, strlen(text));
}

const char *intern_printf(Interner *in, const char *format, ...) {
    va_list args;
    va_start(args, format);
    const char *text = arena_vprintf(in->arena, format, args);
    va_end(args);
    return intern(in, text);
}
