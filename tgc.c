/* tgc.c: the command line: options, the stages in order, exit codes. The only file that sees all
   folders. Exit status: 0 done, 1 the source is wrong, 2 the command line is wrong, 3 the output
   could not be written or linked, or tgc itself failed. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/diag.h"
#include "base/intern.h"
#include "codegen/codegen.h"
#include "frontend/elaborate/elab.h"
#include "frontend/elaborate/elaborate.h"
#include "frontend/syntax/parse.h"
#include "ir/pass.h"
#include "std/embedded.h"
#include "tgc_interpret.h"
#include "tgc_ops.h"
#include "tgc_options.h"

enum { DONE = 0, SOURCE_WRONG = 1, COMMAND_WRONG = 2, FAILED = 3 };

typedef struct Tgc Tgc;
struct Tgc {
    Arena *arena;
    Interner *interner;
    Diag *diag;
    Options options;
    int interpret; /* `tgc interpret`: run the graph in the interpreter (a check of the compiler,
                      not in --help) */
};

static int complain(int status, const char *format, ...) __attribute__((format(printf, 2, 3)));
static int complain(int status, const char *format, ...) {
    va_list args;
    va_start(args, format);
    fputs("tgc: ", stderr);
    vfprintf(stderr, format, args);
    fputc('\n', stderr);
    va_end(args);
    return status;
}

static int explain(const char *code) {
    const char *text = diag_explain(code);
    if (!text) return complain(COMMAND_WRONG, "--explain: there is no code %s", code);
    printf("%s\n", text);
    return DONE;
}

/* ---- text outputs ---- */
static int write_text(const Tgc *t, void (*write)(FILE *, const void *), const void *what) {
    const char *path = t->options.output;
    int to_stdout = !strcmp(path, "-");
    FILE *f = to_stdout ? stdout : fopen(path, "w");
    if (f) write(f, what);
    if (f && (to_stdout ? fflush(f) : fclose(f)) == 0) return DONE;
    return complain(FAILED, "could not write %s: %s", path, strerror(errno));
}

static void write_ast(FILE *f, const void *program) {
    ast_print(f, program);
}

static void write_ir(FILE *f, const void *graph) {
    Graph *g = (Graph *)(uintptr_t)graph;
    graph_print(g, g->root, f);
}

static void write_dot(FILE *f, const void *graph) {
    graph_dot((Graph *)(uintptr_t)graph, f);
}

/* ---- the front end ---- */
/* the graph, or NULL and *status; also NULL with DONE when no more than the syntax tree was asked
 * for */
static Graph *read_source(Tgc *t, const Source *source, int *status) {
    Options *o = &t->options;
    AstProgram *program = parse_program(t->arena, t->interner, t->diag, source);
    diag_flush(t->diag);
    *status = diag_count(t->diag) ? SOURCE_WRONG : DONE;
    if (o->emit == EMIT_ast && *status == DONE) *status = write_text(t, write_ast, program);
    if (o->emit == EMIT_ast || *status != DONE) return NULL;
    ElabDefine *defines = NEW_ARRAY(t->arena, ElabDefine, o->defines.n + 1);
    for (int i = 0; i < o->defines.n; i++)
        defines[i] = (ElabDefine){o->defines.at[i].name, o->defines.at[i].value};
    ElabOptions options = {defines, o->defines.n, o->check_nan, o->check_bounds,
                           o->emit == EMIT_lib};
    Graph *g = elaborate(t->arena, t->interner, t->diag, program, &options);
    diag_flush(t->diag);
    *status = diag_count(t->diag) ? SOURCE_WRONG : DONE;
    return *status == DONE ? g : NULL;
}

static int is_pass(const char *name) {
    return pass_find(name) != NULL;
}

static int check_passes(const Options *o) {
    for (int i = 0; i < o->dump_after.n; i++)
        if (!is_pass(o->dump_after.at[i]) && strcmp(o->dump_after.at[i], "all"))
            return complain(COMMAND_WRONG, "--dump-after: there is no pass %s",
                            o->dump_after.at[i]);
    if (o->stop_after && !is_pass(o->stop_after))
        return complain(COMMAND_WRONG, "--stop-after: there is no pass %s", o->stop_after);
    return DONE;
}

/* 1: go on; 0: --stop-after stopped it */
static int run_passes(const Tgc *t, Graph *g) {
    const Options *o = &t->options;
    const char *dumps = NULL;
    for (int i = 0; i < o->dump_after.n; i++)
        dumps = dumps ? arena_printf(t->arena, "%s,%s", dumps, o->dump_after.at[i])
                      : o->dump_after.at[i];
    PassOptions options = {.dump_after = dumps,
                           .stop_after = o->stop_after,
                           .time_passes = o->time_passes,
                           .optimize = o->level > 0};
    return passes_run(g, &options);
}

static const char *program_name(Arena *arena, const char *path) {
    const char *slash = strrchr(path, '/'), *base = slash ? slash + 1 : path;
    size_t n = strlen(base);
    if (n > 3 && !strcmp(base + n - 3, ".tg")) n -= 3;
    return arena_printf(arena, "%.*s", (int)n, base);
}

/* ---- the interpreter ---- */
static int interpret(const Tgc *t, Graph *g) {
    const Options *o = &t->options;
    char **args = NEW_ARRAY(t->arena, char *, o->nargs + 2);
    args[0] = arena_printf(t->arena, "%s", program_name(t->arena, o->input));
    for (int i = 0; i < o->nargs; i++) args[i + 1] = arena_printf(t->arena, "%s", o->args[i]);
    return interpret_program(g, o->nargs + 1, args);
}

/* ---- the back end ---- */
/* FNV-1a of what makes the program what it is: its files, the library, -D */
static uint64_t hash_text(uint64_t h, const char *text, size_t n) {
    for (size_t i = 0; i <= n; i++) /* and an end, so that texts do not run together */
        h = (h ^ (i < n ? (unsigned char)text[i] : 0x100)) * 0x100000001b3u;
    return h;
}

static int64_t hash_program(const Tgc *t, const Graph *g, const Source *source) {
    uint64_t h = hash_text(0xcbf29ce484222325u, source->text, source->length);
    for (int i = 0; i < g->imports.n; i++)
        h = hash_text(h, g->imports.at[i]->text, g->imports.at[i]->length);
    for (int i = 0; i < std_file_count; i++)
        h = hash_text(h, std_files[i].text, std_files[i].length);
    for (int i = 0; i < t->options.defines.n; i++) {
        const Define *d = &t->options.defines.at[i];
        h = hash_text(h, d->name, strlen(d->name));
        h = hash_text(h, d->value, strlen(d->value));
    }
    return (int64_t)h;
}

static int generate(Tgc *t, Graph *g, const Source *source, const char *out) {
    static const struct {
        Emit emit;
        EmitKind kind;
    } kinds[] = {{EMIT_program, EMIT_PROGRAM},
                 {EMIT_kernels, EMIT_KERNELS},
                 {EMIT_llvm, EMIT_LLVM},
                 {EMIT_asm, EMIT_ASM},
                 {EMIT_obj, EMIT_OBJECT}};
    const Options *o = &t->options;
    CodegenOptions options = {
        .name = program_name(t->arena, o->input),
        .out = out,
        .target = o->target,
        .level = o->level,
        .strip = !o->debug,
        .debug = o->debug,
        .time_passes = o->time_passes,
        .hash = hash_program(t, g, source),
    };
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++)
        if (kinds[i].emit == o->emit) options.emit = kinds[i].kind;
    const char *error = NULL;
    g->check_bounds = o->check_bounds;
    int made = codegen_program(g, &options, &error);
    if (made == 0) return DONE;
    return complain(made == CODEGEN_NO_TARGET ? COMMAND_WRONG : FAILED, "%s", error);
}

/* compiles to a temporary file and runs it; the program's status, or 128 + the signal that ended it
 */
static int run_program(Tgc *t, Graph *g, const Source *source) {
    const char *folder = getenv("TMPDIR");
    char *path = arena_printf(t->arena, "%s/tgc-run-XXXXXX", folder && *folder ? folder : "/tmp");
    int fd = mkstemp(path);
    if (fd < 0) return complain(FAILED, "could not make %s: %s", path, strerror(errno));
    close(fd);
    int status = generate(t, g, source, path);
    pid_t child = status == DONE ? fork() : -1;
    if (child == 0) {
        char **argv = NEW_ARRAY(t->arena, char *, t->options.nargs + 2);
        argv[0] = path;
        for (int i = 0; i < t->options.nargs; i++) argv[1 + i] = t->options.args[i];
        execv(path, argv);
        _exit(complain(FAILED, "could not start %s: %s", path, strerror(errno)));
    }
    if (status == DONE && child < 0)
        status = complain(FAILED, "could not start the program: %s", strerror(errno));
    if (child > 0) {
        int how = 0;
        while (waitpid(child, &how, 0) < 0 && errno == EINTR) continue;
        status = WIFEXITED(how) ? WEXITSTATUS(how) : 128 + WTERMSIG(how);
    }
    unlink(path);
    return status;
}

static int refuse_missing(const Options *o) {
    if (o->emit == EMIT_cuda || !strcmp(o->target, "cuda"))
        return complain(FAILED, "this tgc is built without the CUDA target");
    if (o->emit == EMIT_lib)
        return complain(FAILED, "this tgc cannot make libraries yet (--emit=lib)");
    return DONE;
}

static int compile(Tgc *t) {
    const Options *o = &t->options;
    int status = check_passes(o);
    if (status == DONE) status = refuse_missing(o);
    if (status != DONE) return status;
    const char *error = NULL;
    const Source *source = source_read(t->arena, o->input, &error);
    if (!source) return complain(COMMAND_WRONG, "%s", error);
    Graph *g = read_source(t, source, &status);
    if (!g || !run_passes(t, g)) return status;
    if (t->interpret) return interpret(t, g);
    if (o->emit == EMIT_ir) return write_text(t, write_ir, g);
    if (o->emit == EMIT_dot) return write_text(t, write_dot, g);
    if (o->task == DO_RUN) return run_program(t, g, source);
    return generate(t, g, source, o->output);
}

static int perform(Tgc *t) {
    switch (t->options.task) {
    case DO_OPS:
        print_ops();
        return DONE;
    case DO_EXPLAIN:
        return explain(t->options.explain);
    case DO_VERSION:
        printf("tgc %s\n", TGC_VERSION);
        return DONE;
    case DO_HELP:
        options_help(stdout);
        return DONE;
    case DO_COMPILE:
    case DO_RUN:
        return compile(t);
    }
    return FAILED;
}

int main(int argc, char **argv) {
    Tgc t = {.arena = arena_new()};
    t.interner = interner_new(t.arena);
    t.diag = diag_new(t.arena);
    if (argc > 1 && !strcmp(argv[1], "interpret")) {
        t.interpret = 1;
        argv[1] = (char *)"run";
    }
    int status =
        options_parse(t.arena, argc, argv, &t.options, stderr) ? perform(&t) : COMMAND_WRONG;
    if ((fflush(stdout) || ferror(stdout)) && status == DONE)
        status = complain(FAILED, "could not write to standard output: %s", strerror(errno));
    arena_free(t.arena);
    return status;
}
