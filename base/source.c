/* source.c: reads source files and finds lines and columns in them. */
#include "base/source.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/vec.h"

enum { LARGEST = 1 << 30 }; /* bytes of a source file: offsets stay far from the end of uint32_t */

Source *source_new(Arena *arena, const char *path, const char *text, size_t length) {
    if (length > LARGEST) die("%s: a source of %zu bytes", path, length);
    Source *source = NEW(arena, Source);
    char *copy = arena_alloc(arena, length + 1);
    if (length) memcpy(copy, text, length);
    source->path = path;
    source->text = copy;
    source->length = (uint32_t)length;
    VEC(uint32_t) lines = {0};
    PUSH(arena, &lines, 0);
    for (uint32_t i = 0; i < source->length; i++)
        if (copy[i] == '\n') PUSH(arena, &lines, i + 1);
    source->lines = lines.at;
    source->nlines = lines.n;
    return source;
}

/* the whole of a stream, NULL when it cannot be read (errno says why) */
static char *read_all(Arena *arena, FILE *file, size_t *length) {
    size_t n = 0, cap = 1 << 14;
    char *text = arena_alloc(arena, cap);
    for (;;) {
        n += fread(text + n, 1, cap - n, file);
        if (n < cap) break;
        if (cap >= LARGEST) {
            errno = EFBIG;
            return NULL;
        }
        char *grown = arena_alloc(arena, cap * 2);
        memcpy(grown, text, n);
        text = grown;
        cap *= 2;
    }
    *length = n;
    return ferror(file) ? NULL : text;
}

Source *source_read(Arena *arena, const char *path, const char **error) {
    FILE *file = fopen(path, "rb");
    size_t length = 0;
    char *text = file ? read_all(arena, file, &length) : NULL;
    int reason = errno;
    if (file) fclose(file);
    if (text) return source_new(arena, path, text, length);
    *error = arena_printf(arena, "cannot read %s: %s", path, strerror(reason));
    return NULL;
}

void source_place(const Source *source, uint32_t offset, int *line, int *column) {
    int low = 0,
        high = source->nlines - 1; /* lines[low] <= offset, and it is not after line high */
    while (low < high) {
        int middle = (low + high + 1) / 2;
        if (source->lines[middle] <= offset)
            low = middle;
        else
            high = middle - 1;
    }
    *line = low + 1;
    *column = (int)(offset - source->lines[low]) + 1;
}

Span span_join(Span a, Span b) {
    if (!a.source) return b;
    if (!b.source || a.source != b.source) return a;
    return (Span){a.source, a.start < b.start ? a.start : b.start, a.end > b.end ? a.end : b.end};
}

Span span_nowhere(void) {
    return (Span){0};
}
