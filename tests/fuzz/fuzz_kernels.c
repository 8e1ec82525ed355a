/* fuzz_kernels.c: random tensor expressions of every element type and of awkward shapes (empty,
   rank 0, 1, 5, 17, 33, 100, a size), compiled and run: they print what the interpreter prints, to
   the bit.

   fuzz_kernels [ROUNDS [SEED]]: a program that differs is printed; its seed alone repeats it.
   FUZZ_KEEP=1 keeps the binary. */
#include "../unit/random_tensors.h"

#include <unistd.h>

#include "codegen/codegen.h"
#include "ir/eval.h"

static char *interpreted(void) {
    char *text = NULL;
    size_t bytes = 0;
    FILE *f = open_memstream(&text, &bytes);
    EvalOptions options = {.has_seed = 1, .out = f};
    Eval *e = eval_new(g, &options);
    if (!eval_run(e)) fprintf(f, "stopped: %s\n", eval_error(e));
    eval_free(e);
    fclose(f);
    return text;
}

static char *compiled(int level, const char **error) {
    char path[] = "/tmp/fuzz-kernels-XXXXXX", command[256];
    int fd = mkstemp(path);
    if (fd >= 0) close(fd);
    CodegenOptions options = {.name = "fuzz",
                              .target = "native",
                              .out = path,
                              .level = level,
                              .runtime = TGC_BINARY_DIR "/lib/tgc"};
    char *text = NULL;
    size_t bytes = 0;
    FILE *f = open_memstream(&text, &bytes);
    if (codegen_program(g, &options, error) == 0) {
        snprintf(command, sizeof command, "%s --threads 2 2>&1", path);
        FILE *run = popen(command, "r");
        for (int c; (c = fgetc(run)) != EOF;) fputc(c, f);
        int status = pclose(run);
        if (status) fprintf(f, "status %d\n", status);
    }
    if (!getenv("FUZZ_KEEP")) unlink(path);
    fclose(f);
    return text;
}

static void complain(uint64_t seed, const char *graph, const char *want, const char *got,
                     const char *error) {
    printf("seed %llu%s%s\n%s\n", (unsigned long long)seed, error ? ": " : "", error ? error : "",
           graph);
    int line = 1;
    while (*want && *want == *got) {
        line += *want == '\n';
        want++, got++;
    }
    printf("line %d: interpreted %.120s\n--- compiled %.120s\n", line, want, got);
}

static int round_of(uint64_t seed) {
    fresh_graph();
    random_graph(seed);
    PassOptions passes = {.optimize = seed % 2 != 0};
    passes_run(g, &passes);
    graph_renumber(g);
    char *want = interpreted(), *graph = printed();
    const char *error = NULL;
    char *got = compiled((int)(seed % 4), &error);
    int good = !error && !strcmp(want, got);
    if (!good) complain(seed, graph, want, got, error);
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
