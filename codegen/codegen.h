/* codegen.h: graph in, file out. Everything behind the graph is reached through codegen_program. */
#ifndef TGC_CODEGEN_CODEGEN_H
#define TGC_CODEGEN_CODEGEN_H

#include "ir/graph.h"

typedef enum { EMIT_PROGRAM, EMIT_KERNELS, EMIT_LLVM, EMIT_ASM, EMIT_OBJECT } EmitKind;

typedef struct CodegenOptions CodegenOptions;
struct CodegenOptions {
    const char *name;    /* the program's, "thermometer" */
    const char *out;     /* where to write; NULL or "-": standard output (text kinds only) */
    const char *target;  /* "native" or an LLVM triple */
    const char *runtime; /* folder of libtgrt.a; NULL: found beside tgc */
    EmitKind emit;
    int level;                /* -O0 … -O3 */
    int strip;                /* leave symbols out of the program */
    int debug;                /* -g */
    int time_passes;          /* report the time of each step on stderr */
    const char *cpu_features; /* set by codegen_program: LLVM's list of what code is made for */
    int64_t hash; /* of the source and the defines: names the program in its checkpoints */
};

enum { CODEGEN_FAILED = -1, CODEGEN_NO_TARGET = -2 }; /* options->target is none that LLVM knows */

/* 0, or one of these and *error (in the graph's arena): what could not be done and why, no newline
 * at the end */
int codegen_program(Graph *g, const CodegenOptions *options, const char **error);

/* link.c: object file → program with the runtime, by the system's cc */
int link_program(Arena *arena, const CodegenOptions *options, const char *object,
                 const char **error);

#endif
