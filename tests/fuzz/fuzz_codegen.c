/* fuzz_codegen.c: random programs, compiled and run, print what the interpreter prints, to the bit.

   fuzz_codegen [ROUNDS [SEED]]: a program that differs is printed as a graph; its seed alone
   repeats it. */
#include "../unit/random_program.h"

#include <unistd.h>

#include "codegen/codegen.h"
#include "ir/eval.h"

static float floats[2];
static int64_t ints[2];

static void choose_arguments(void) {
    static const char *const names[NARGS] = {"x0", "x1", "n0", "n1"};
    floats[0] = (float)special();
    floats[1] = (float)special();
    for (int i = 0; i < 2; i++) ints[i] = chance(6) - 1;
    for (int i = 0; i < NARGS; i++) {
        ArgDecl *a = g->args.at[i];
        a->name = names[i];
        a->default_float = i < 2 ? floats[i] : 0;
        a->default_int = i < 2 ? 0 : ints[i - 2];
    }
}

static char *interpreted(void) {
    char *text = NULL;
    size_t size = 0;
    FILE *f = open_memstream(&text, &size);
    TgTensor args[NARGS] = {{.dtype = DT_f32, .data = &floats[0]},
                            {.dtype = DT_f32, .data = &floats[1]},
                            {.dtype = DT_i64, .data = &ints[0]},
                            {.dtype = DT_i64, .data = &ints[1]}};
    EvalOptions options = {.args = args, .has_seed = 1, .seed = 7, .out = f};
    Eval *e = eval_new(g, &options);
    if (!eval_run(e)) fprintf(f, "stopped\n");
    eval_free(e);
    fclose(f);
    return text;
}

static char *compiled(int level, const char **error) {
    char path[] = "/tmp/fuzz-codegen-XXXXXX";
    int fd = mkstemp(path);
    if (fd >= 0) close(fd);
    CodegenOptions options = {.name = "fuzz",
                              .target = "native",
                              .out = path,
                              .level = level,
                              .runtime = TGC_BINARY_DIR "/lib/tgc"};
    char *text = NULL;
    size_t size = 0;
    FILE *f = open_memstream(&text, &size);
    if (codegen_program(g, &options, error) == 0) {
        char command[256];
        snprintf(command, sizeof command, "%s --seed 7 --threads 2 2>/dev/null", path);
        FILE *run = popen(command, "r");
        for (int c; (c = fgetc(run)) != EOF;) fputc(c, f);
        int status = pclose(run);
        if (status) fprintf(f, status == 256 ? "stopped\n" : "crashed: status %d\n", status);
    }
    unlink(path);
    fclose(f);
    return text;
}

/* 1: both agree */
static int round_of(uint64_t seed) {
    fresh_graph();
    random_program(seed);
    choose_arguments();
    PassOptions passes = {.optimize = seed % 3 != 0};
    passes_run(g, &passes);
    graph_renumber(g);
    char *want = interpreted(), *graph = printed();
    const char *error = NULL;
    char *got = compiled((int)(seed % 4), &error);
    int good = !error && !strcmp(want, got);
    if (!good)
        printf("seed %llu\n%s\n--- interpreted\n%s--- compiled%s%s\n%s\n", (unsigned long long)seed,
               graph, want, error ? ": " : "", error ? error : "", got);
    free(want);
    free(got);
    free(graph);
    drop_graph();
    return good;
}

int main(int argc, char **argv) {
    int rounds = argc > 1 ? atoi(argv[1]) : 60, failed = 0;
    uint64_t seed = argc > 2 ? strtoull(argv[2], NULL, 10) : 1;
    for (int i = 0; i < rounds; i++) failed += !round_of(seed + (uint64_t)i);
    printf("%d programs, %d differ\n", rounds, failed);
    return failed != 0;
}
