/* source.h: source files and byte spans. A Span is a half-open byte range of one file. */
#ifndef TGC_BASE_SOURCE_H
#define TGC_BASE_SOURCE_H

#include "base/arena.h"

typedef struct Source Source;
struct Source {
    const char *path; /* as the user wrote it; "std/nn.tg" for the library */
    const char *text; /* NUL-terminated */
    uint32_t length;
    uint32_t *lines; /* byte offset of each line's start */
    int nlines;
    int is_std; /* part of the embedded library: errors blame the user's frame first */
};

typedef struct Span Span;
struct Span {
    const Source *source; /* NULL: nowhere (made by the compiler) */
    uint32_t start, end;
};

Source *source_new(Arena *arena, const char *path, const char *text, size_t length);
Source *source_read(Arena *arena, const char *path,
                    const char **error); /* NULL and *error when unreadable */
void source_place(const Source *source, uint32_t offset, int *line,
                  int *column); /* both from 1, column in bytes */
Span span_join(Span a, Span b);
Span span_nowhere(void);

#endif
