/* arena.c: a bump allocator over a list of blocks. Keeps: every piece is zeroed and aligned to 16.
   Under the address sanitizer, the bytes between pieces are poisoned, so that an overrun is seen as
   it would be with malloc. */
#include "base/arena.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#if defined(__SANITIZE_ADDRESS__)
#define ARENA_POISONS 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define ARENA_POISONS 1
#endif
#endif

#ifdef ARENA_POISONS
#include <sanitizer/asan_interface.h>
enum { GAP = 16 };
#define POISON(at, size) ASAN_POISON_MEMORY_REGION((at), (size))
#define UNPOISON(at, size) ASAN_UNPOISON_MEMORY_REGION((at), (size))
#else
enum { GAP = 0 };
#define POISON(at, size) ((void)(at), (void)(size))
#define UNPOISON(at, size) ((void)(at), (void)(size))
#endif

enum { BLOCK = 1 << 16 };

typedef struct Block Block;
struct Block {
    Block *next;
    size_t size; /* of the bytes after this head */
};

/* the head keeps the alignment of what follows it */
_Static_assert(sizeof(Block) == 16, "a block's head is 16 bytes");

struct Arena {
    Block *blocks;
    char *free; /* aligned to 16 */
    size_t left;
};

static void *out_of_memory_or(void *memory) {
    if (!memory) die("out of memory");
    return memory;
}

Arena *arena_new(void) {
    return out_of_memory_or(calloc(1, sizeof(Arena)));
}

void arena_free(Arena *arena) {
    if (!arena) return;
    Block *next;
    for (Block *block = arena->blocks; block; block = next) {
        next = block->next;
        UNPOISON(block + 1, block->size);
        free(block);
    }
    free(arena);
}

static Block *block_new(Arena *arena, size_t size) {
    Block *block = out_of_memory_or(calloc(1, sizeof(Block) + size));
    block->next = arena->blocks;
    block->size = size;
    arena->blocks = block;
    POISON(block + 1, size);
    return block;
}

void *arena_alloc(Arena *arena, size_t size) {
    if (size > SIZE_MAX / 4) die("out of memory");
    size_t rounded = (size + GAP + 15) & ~(size_t)15;
    if (rounded == 0) rounded = 16;
    char *at = arena->free;
    if (rounded > BLOCK / 4) {
        at =
            (char *)(block_new(arena, rounded) + 1); /* a block of its own: the current one stays */
    } else {
        if (rounded > arena->left) {
            at = (char *)(block_new(arena, BLOCK) + 1);
            arena->left = BLOCK;
        }
        arena->free = at + rounded;
        arena->left -= rounded;
    }
    UNPOISON(at, size);
    return at;
}

void *arena_copy(Arena *arena, const void *from, size_t size) {
    void *to = arena_alloc(arena, size);
    if (size) memcpy(to, from, size);
    return to;
}

char *arena_vprintf(Arena *arena, const char *format, va_list args) {
    va_list again;
    va_copy(again, args);
    int n = vsnprintf(NULL, 0, format, args);
    if (n < 0) die("cannot format \"%s\"", format);
    char *text = arena_alloc(arena, (size_t)n + 1);
    vsnprintf(text, (size_t)n + 1, format, again);
    va_end(again);
    return text;
}

char *arena_printf(Arena *arena, const char *format, ...) {
    va_list args;
    va_start(args, format);
    char *text = arena_vprintf(arena, format, args);
    va_end(args);
    return text;
}

void die(const char *format, ...) {
    va_list args;
    va_start(args, format);
    fflush(stdout);
    fputs("tgc: internal error: ", stderr);
    vfprintf(stderr, format, args);
    fputc('\n', stderr);
    fflush(stderr);
    va_end(args);
    _Exit(3);
}
