/* embedded.h: the library, as the build puts it into tgc (cmake/embed.cmake). The files of a folder
   make one space. */
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
