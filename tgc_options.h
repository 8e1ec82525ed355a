/* tgc_options.h: the command line of tgc as a struct. Text in, struct out: nothing is opened or
 * checked against passes. */
#ifndef TGC_OPTIONS_H
#define TGC_OPTIONS_H

#include <stdio.h>

#include "base/vec.h"

/* what tgc was asked for */
typedef enum {
    DO_COMPILE,
    DO_RUN, /* tgc run: compile to a temporary file and start it with `args` */
    DO_OPS,
    DO_EXPLAIN,
    DO_VERSION,
    DO_HELP,
} Task;

/* --emit: name, ending of the output's name (NULL: text, to standard output unless -o is given),
 * what it is */
#define EMITS(X)                                                                                   \
    X(program, "", "a program (when --emit is not given)")                                         \
    X(ast, NULL, "the syntax tree")                                                                \
    X(ir, NULL, "the graph")                                                                       \
    X(kernels, NULL, "the kernels and the memory plan")                                            \
    X(llvm, NULL, "LLVM's text")                                                                   \
    X(cuda, NULL, "CUDA C")                                                                        \
    X(asm, ".s", "assembly")                                                                       \
    X(obj, ".o", "an object file")                                                                 \
    X(lib, ".so", "a shared library and its header, of the export functions")                      \
    X(dot, NULL, "the graph for Graphviz")

typedef enum {
#define X(name, ending, what) EMIT_##name,
    EMITS(X)
#undef X
        EMIT_COUNT
} Emit;

typedef struct Define Define;
struct Define {
    const char *name, *value;
};

typedef struct Options Options;
struct Options {
    Task task;
    const char *input;  /* the .tg file */
    const char *output; /* "-": standard output. Always set for DO_COMPILE */
    const char *target; /* "native", "cuda", or an LLVM triple */
    Emit emit;
    VEC(Define) defines; /* -D NAME=value */
    int level;           /* -O, 0 to 3 */
    int debug;           /* -g */
    int check_nan, check_bounds;
    int time_passes;
    VEC(const char *) dump_after; /* pass names, as given */
    const char *stop_after;       /* NULL: none */
    const char *explain;          /* the code */
    char **args;                  /* what follows -- after `tgc run` */
    int nargs;
};

/* 1, or 0 after one line about the mistake on `errors`: exit status 2 */
int options_parse(Arena *arena, int argc, char **argv, Options *options, FILE *errors);
void options_help(FILE *out);

#endif
