/* compile.c: takes the graph through kernels, memory plan and LLVM to the file that was asked for.
   LLVM's own state lives in one context per compilation; what LLVM refuses becomes an error, never
   an exit. */
#include "codegen/llvm/host.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include <llvm-c/Analysis.h>
#include <llvm-c/BitReader.h>
#include <llvm-c/Linker.h>
#include <llvm-c/Transforms/PassBuilder.h>

#include "codegen/llvm/emit.h"
#include "ir/bitcode/bitcode.h"

typedef struct Compile Compile;
struct Compile {
    const CodegenOptions *options;
    CodegenOptions own; /* a copy, completed */
    Arena *arena;
    Program *program;
    LLVMContextRef context;
    LLVMModuleRef module;
    LLVMTargetMachineRef machine;
    const char *error;
    double clock;
};

static double now(void) {
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec * 1e3 + (double)t.tv_nsec * 1e-6;
}

static void lap(Compile *c, const char *what) {
    double t = now();
    if (c->options->time_passes) fprintf(stderr, "%8.2f ms  %s\n", t - c->clock, what);
    c->clock = t;
}

/* keeps LLVM's message as the error; 0, so that callers can return it */
static int refuse(Compile *c, const char *what, char *message) {
    c->error = arena_printf(c->arena, "%s: %s", what, message ? message : "unknown error");
    if (message) LLVMDisposeMessage(message);
    return 0;
}

/* ---- the target ---- */
static void start_targets(int all) {
    if (all) {
        LLVMInitializeAllTargetInfos();
        LLVMInitializeAllTargets();
        LLVMInitializeAllTargetMCs();
        LLVMInitializeAllAsmPrinters();
    } else {
        LLVMInitializeNativeTarget();
        LLVMInitializeNativeAsmPrinter();
    }
}

/* what code for another machine may count on: fused multiply-adds and, on x86-64, AVX2 */
static const char *baseline_cpu(const char *triple) {
    return strncmp(triple, "x86_64", 6) == 0 ? "x86-64-v3" : "generic";
}

/* the linker and the runtime at hand are this machine's */
static int can_link(Compile *c, const char *triple) {
    char *here = LLVMGetDefaultTargetTriple();
    size_t arch = strcspn(here, "-");
    int same = strcspn(triple, "-") == arch && strncmp(triple, here, arch) == 0 &&
               !strstr(triple, "linux") == !strstr(here, "linux");
    if (c->options->emit == EMIT_PROGRAM && !same)
        c->error = arena_printf(c->arena,
                                "--target=%s is another machine, whose programs cannot be linked "
                                "here: --emit=obj or --emit=asm gives their code",
                                c->options->target);
    LLVMDisposeMessage(here);
    return !c->error;
}

static int open_target(Compile *c) {
    int native = !strcmp(c->options->target, "native");
    start_targets(!native);
    char *triple =
        native ? LLVMGetDefaultTargetTriple() : LLVMNormalizeTargetTriple(c->options->target);
    char *cpu = native ? LLVMGetHostCPUName() : LLVMCreateMessage(baseline_cpu(triple));
    char *features = native ? LLVMGetHostCPUFeatures() : LLVMCreateMessage("");
    char *message = NULL;
    LLVMTargetRef target = NULL;
    if (LLVMGetTargetFromTriple(triple, &target, &message)) {
        refuse(c, c->options->target, message);
    } else if (can_link(c, triple)) {
        static const LLVMCodeGenOptLevel levels[] = {LLVMCodeGenLevelNone, LLVMCodeGenLevelLess,
                                                     LLVMCodeGenLevelDefault,
                                                     LLVMCodeGenLevelDefault};
        c->machine =
            LLVMCreateTargetMachine(target, triple, cpu, features, levels[c->options->level & 3],
                                    LLVMRelocPIC, LLVMCodeModelDefault);
        c->own.cpu_features = arena_printf(c->arena, "%s", features);
        if (!c->machine) refuse(c, c->options->target, NULL);
        LLVMSetTarget(c->module, triple);
    }
    LLVMDisposeMessage(triple);
    LLVMDisposeMessage(cpu);
    LLVMDisposeMessage(features);
    if (!c->machine) return 0;
    LLVMTargetDataRef layout = LLVMCreateTargetDataLayout(c->machine);
    LLVMSetModuleDataLayout(c->module, layout);
    LLVMDisposeTargetData(layout);
    return 1;
}

/* ---- the module ---- */
static int build_module(Compile *c, Graph *g) {
    if (emit_kernels(c->program, c->module, c->machine, &c->error)) return 0;
    lap(c, "kernels");
    Host h = {.program = c->program,
              .graph = g,
              .arena = c->arena,
              .options = c->options,
              .context = c->context,
              .module = c->module};
    host_begin(&h);
    host_emit(&h);
    if (!h.error) layout_emit(&h);
    if (!h.error) table_emit(&h);
    host_end(&h);
    c->error = h.error;
    lap(c, "host function");
    return !c->error;
}

/* brings in the functions of pointwise rows that the module calls; the others are not even read */
static int link_rows(Compile *c) {
    const char *bytes = (const char *)map_bitcode;
    LLVMMemoryBufferRef buffer =
        LLVMCreateMemoryBufferWithMemoryRange(bytes, map_bitcode_size, "rows", 0);
    LLVMModuleRef rows = NULL;
    if (LLVMGetBitcodeModuleInContext2(c->context, buffer, &rows)) {
        LLVMDisposeMemoryBuffer(buffer); /* else the module owns it */
        return refuse(c, "internal error: the bitcode of the operations cannot be read", NULL);
    }
    LLVMSetDataLayout(rows, LLVMGetDataLayoutStr(c->module));
    LLVMSetTarget(rows, LLVMGetTarget(c->module));
    if (LLVMLinkModules2(c->module, rows))
        return refuse(c, "internal error: linking the operations", NULL);
    lap(c, "link rows");
    return 1;
}

static int verify(Compile *c) {
    char *message = NULL;
    if (!LLVMVerifyModule(c->module, LLVMReturnStatusAction, &message)) {
        LLVMDisposeMessage(message);
        return 1;
    }
    return refuse(c, "internal error: LLVM does not accept the module", message);
}

static int optimize(Compile *c) {
    static const char *const pipelines[] = {
        "always-inline,globaldce",
        "always-inline,globaldce,function(sroa,early-cse,simplifycfg)",
        "always-inline,globaldce,function(sroa,early-cse,instcombine<no-verify-fixpoint>,loop-mssa("
        "licm),early-cse,"
        "simplifycfg)",
        "always-inline,globaldce,function(sroa,early-cse,instcombine<no-verify-fixpoint>,loop-mssa("
        "licm),gvn,"
        "simplifycfg)",
    };
    LLVMPassBuilderOptionsRef options = LLVMCreatePassBuilderOptions();
    LLVMErrorRef failed =
        LLVMRunPasses(c->module, pipelines[c->options->level & 3], c->machine, options);
    LLVMDisposePassBuilderOptions(options);
    if (!failed) return 1;
    char *message = LLVMGetErrorMessage(failed);
    c->error = arena_printf(c->arena, "LLVM's passes: %s", message);
    LLVMDisposeErrorMessage(message);
    return 0;
}

/* ---- output ---- */
static int write_bytes(Compile *c, const char *path, const char *data, size_t n) {
    int to_stdout = !path || !strcmp(path, "-");
    FILE *f = to_stdout ? stdout : fopen(path, "wb");
    int good = f && fwrite(data, 1, n, f) == n;
    if (f && (to_stdout ? fflush(f) : fclose(f)) != 0) good = 0;
    if (!good)
        c->error = arena_printf(c->arena, "could not write %s: %s", to_stdout ? "the output" : path,
                                strerror(errno));
    return good;
}

static int write_text(Compile *c) {
    char *text = LLVMPrintModuleToString(c->module);
    int good = write_bytes(c, c->options->out, text, strlen(text));
    LLVMDisposeMessage(text);
    return good;
}

static int write_code(Compile *c, const char *path, LLVMCodeGenFileType type) {
    char *message = NULL;
    LLVMMemoryBufferRef buffer = NULL;
    if (LLVMTargetMachineEmitToMemoryBuffer(c->machine, c->module, type, &message, &buffer))
        return refuse(c, "code generation", message);
    int good = write_bytes(c, path, LLVMGetBufferStart(buffer), LLVMGetBufferSize(buffer));
    LLVMDisposeMemoryBuffer(buffer);
    lap(c, "machine code");
    return good;
}

static int write_program(Compile *c) {
    const char *folder = getenv("TMPDIR");
    char *object = arena_printf(c->arena, "%s/tgc-XXXXXX", folder && *folder ? folder : "/tmp");
    int fd = mkstemp(object);
    if (fd < 0) {
        c->error = arena_printf(c->arena, "could not make %s: %s", object, strerror(errno));
        return 0;
    }
    close(fd);
    int good = write_code(c, object, LLVMObjectFile) &&
               link_program(c->arena, c->options, object, &c->error) == 0;
    unlink(object);
    lap(c, "link");
    return good;
}

static int write_output(Compile *c) {
    switch (c->options->emit) {
    case EMIT_LLVM:
        return write_text(c);
    case EMIT_ASM:
        return write_code(c, c->options->out, LLVMAssemblyFile);
    case EMIT_OBJECT:
        return write_code(c, c->options->out, LLVMObjectFile);
    default:
        return write_program(c);
    }
}

static int print_kernels(Compile *c) {
    const char *path = c->options->out;
    int to_stdout = !path || !strcmp(path, "-");
    FILE *f = to_stdout ? stdout : fopen(path, "w");
    if (f) kernels_print(c->program, f);
    if (f && (to_stdout ? fflush(f) : fclose(f)) == 0) return 1;
    c->error = arena_printf(c->arena, "could not write %s: %s", to_stdout ? "the output" : path,
                            strerror(errno));
    return 0;
}

int codegen_program(Graph *g, const CodegenOptions *options, const char **error) {
    Compile c = {.arena = g->arena, .own = *options, .clock = now()};
    c.options = &c.own;
    c.program = fuse_program(g);
    lap(&c, "fuse");
    c.program->apart = options->debug; /* a debugger wants each place's own code */
    plan_program(c.program);
    lap(&c, "plan");
    if (!options->debug) merge_program(c.program);
    inline_program(c.program);
    lap(&c, "merge");
    if (options->emit == EMIT_KERNELS) {
        print_kernels(&c);
        *error = c.error;
        return c.error ? CODEGEN_FAILED : 0;
    }
    c.context = LLVMContextCreate();
    c.module = LLVMModuleCreateWithNameInContext(options->name, c.context);
    int has_target = open_target(&c);
    int good = has_target && build_module(&c, g) && link_rows(&c) && verify(&c);
    lap(&c, "verify");
    good = good && optimize(&c);
    lap(&c, "LLVM's passes");
    good = good && write_output(&c);
    if (c.machine) LLVMDisposeTargetMachine(c.machine);
    LLVMDisposeModule(c.module);
    LLVMContextDispose(c.context);
    *error = c.error;
    return good ? 0 : has_target ? CODEGEN_FAILED : CODEGEN_NO_TARGET;
}
