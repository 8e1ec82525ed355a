/* embedded.h: the library's files (std/NAME.tg), as the build puts them into tgc (cmake/embed.cmake). */
#ifndef TGC_STD_EMBEDDED_H
#define TGC_STD_EMBEDDED_H

#include <stddef.h>

typedef struct StdFile StdFile;
struct StdFile {
    const char *path; /* "std/nn.tg" */
    const char *text; /* NUL-terminated */
    size_t length;
};

extern const StdFile std_files[]; /* sorted by path; ends in a row of NULLs */
extern const int std_file_count;

#endif
