/* pass.c: runs the passes of passes.def in order, verifies after each, dumps, times and stops as
   asked. */
#include "ir/pass.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

static const PassInfo passes[] = {
#define PASS(name, function, optional, requires, gives, doc)                                       \
    {#name, function, requires, gives, optional, doc},
#include "ir/passes.def"
};

enum { NPASSES = sizeof passes / sizeof *passes };

const PassInfo *pass_find(const char *name) {
    for (int i = 0; i < NPASSES; i++)
        if (!strcmp(passes[i].name, name)) return &passes[i];
    return NULL;
}

static double now(void) {
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

static void count_node(Node *node, void *data) {
    (void)node;
    ++*(int *)data;
}

static void run_pass(Graph *g, const PassInfo *pass, const PassOptions *options) {
    if (g->level < pass->requires) die("pass %s came too early", pass->name);
    double start = now();
    pass->run(g);
    if (g->level < pass->gives) g->level = pass->gives;
    double ran = now();
    graph_verify(g, pass->name);
    if (!options->time_passes) return;
    int nodes = 0;
    graph_each(g->root, count_node, &nodes);
    fprintf(options->time_file ? options->time_file : stderr,
            "%-12s %9.3f ms  %9.3f ms verify  %8d nodes\n", pass->name, 1e3 * (ran - start),
            1e3 * (now() - ran), nodes);
}

/* asked: a name, or several with commas */
static int is_name(const char *asked, const char *name) {
    for (size_t n; asked && *asked; asked += n + (asked[n] == ',')) {
        n = strcspn(asked, ",");
        if (strlen(name) == n && !strncmp(asked, name, n)) return 1;
    }
    return 0;
}

int passes_run(Graph *g, const PassOptions *options) {
    for (int i = 0; i < NPASSES; i++) {
        const PassInfo *pass = &passes[i];
        if (!pass->optional || options->optimize) run_pass(g, pass, options);
        if (is_name(options->dump_after, pass->name) || is_name(options->dump_after, "all")) {
            FILE *f = options->dump_file ? options->dump_file : stdout;
            fprintf(f, "# after %s\n", pass->name);
            graph_print(g, g->root, f);
        }
        if (is_name(options->stop_after, pass->name)) return 0;
    }
    return 1;
}
