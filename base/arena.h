/* arena.h: one arena per compilation. Everything that tgc allocates for a compilation lives in it
   and is freed at once. Memory is zeroed. Out of memory is fatal (die). */
#ifndef TGC_BASE_ARENA_H
#define TGC_BASE_ARENA_H

#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

typedef struct Arena Arena;

Arena *arena_new(void);
void arena_free(Arena *arena);
void *arena_alloc(Arena *arena, size_t size); /* zeroed, aligned to 16 */
void *arena_copy(Arena *arena, const void *from, size_t size);
char *arena_printf(Arena *arena, const char *format, ...) __attribute__((format(printf, 2, 3)));
char *arena_vprintf(Arena *arena, const char *format, va_list args)
    __attribute__((format(printf, 2, 0)));

#define NEW(arena, type) ((type *)arena_alloc((arena), sizeof(type)))
#define NEW_ARRAY(arena, type, n) ((type *)arena_alloc((arena), sizeof(type) * (size_t)(n)))

/* what cannot happen: prints "tgc: internal error: …" and aborts with exit status 3 */
_Noreturn void die(const char *format, ...) __attribute__((format(printf, 1, 2)));

#endif
