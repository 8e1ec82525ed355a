/* start.c: a program from its command line to its exit status: options, CPU, data, memory, run,
 * reports. */
#include "runtime/rt.h"

#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static void *zeroed(int64_t n, size_t size) {
    return calloc((size_t)n + 8, size);
}

static int make_tables(Rt *rt) {
    const TgProgram *p = rt->program;
    TgContext *c = rt->context;
    c->sizes = zeroed(p->nsizes, sizeof *c->sizes);
    c->offsets = zeroed(p->nbuffers, sizeof *c->offsets);
    c->data = zeroed(p->ndata, sizeof *c->data);
    c->arg_ints = zeroed(p->nargs, sizeof *c->arg_ints);
    c->arg_floats = zeroed(p->nargs, sizeof *c->arg_floats);
    c->arg_texts = zeroed(p->nargs, sizeof *c->arg_texts);
    c->traps = zeroed(p->ntraps + 64, 1);
    c->trap_values = zeroed(2 * p->ntraps, sizeof *c->trap_values);
    rt->origins = zeroed(p->nsizes, sizeof *rt->origins);
    rt->loaded = zeroed(p->ndata, sizeof *rt->loaded);
    return c->sizes && c->offsets && c->data && c->arg_ints && c->arg_floats && c->arg_texts &&
           c->traps && c->trap_values && rt->origins && rt->loaded;
}

static void free_tables(Rt *rt) {
    TgContext *c = rt->context;
    for (int64_t i = 0; i < rt->program->ndata; i++) loaded_free(&rt->loaded[i]);
    for (int64_t i = 0; i < rt->program->nsizes; i++) free(rt->origins[i].what);
    void *const all[] = {c->sizes,     c->offsets,   c->data,    c->arg_ints,    c->arg_floats,
                         c->arg_texts, rt->origins,  c->traps,   c->trap_values, rt->loaded,
                         rt->out.at,   rt->progress, rt->text.at};
    for (size_t i = 0; i < sizeof all / sizeof *all; i++) free(all[i]);
    rt_memory_free(rt);
}

/* a standard stream that is closed must not become some other file's number; writing to it still
 * fails */
static void occupy_streams(void) {
    for (int fd = open("/dev/null", O_RDONLY); fd >= 0; fd = open("/dev/null", O_RDONLY))
        if (fd > STDERR_FILENO) {
            close(fd);
            return;
        }
}

/* a data file that is read where it is mapped, and became shorter */
static void on_lost_file(int number) {
    static const char text[] = "a data file became shorter while the program was reading it\n";
    (void)number;
    (void)!write(STDERR_FILENO, text, sizeof text - 1);
    _exit(EXIT_FAILURE);
}

static void watch_files(const Rt *rt) {
    for (int64_t i = 0; i < rt->program->ndata; i++)
        if (rt->loaded[i].file.mapped) signal(SIGBUS, on_lost_file);
}

static void show(Rt *rt) {
    out_put(rt, rt->text.at, rt->text.n);
    out_flush(rt);
}

/* all that can be wrong before the program runs; 1: run it */
static int prepare(Rt *rt, int argc, char **argv) {
    RtError e;
    if (rt->program->abi_version != TG_ABI_VERSION)
        rt_stop(rt, NULL, 0, "made for version %lld of the runtime, this is %d",
                (long long)rt->program->abi_version, TG_ABI_VERSION);
    if (!make_tables(rt)) rt_stop(rt, NULL, 0, "out of memory");
    if (!rt_options_parse(rt, argc, argv, &e)) rt_stop(rt, NULL, 0, "%s", e.text);
    if (rt->options.help) {
        rt_options_help(rt);
        show(rt);
        return 0;
    }
    if (!cpu_check(rt->program->cpu_features, &e)) rt_stop(rt, NULL, 0, "%s", e.text);
    if (!rt_sizes_data(rt, &e)) {
        fprintf(stderr, "%s\n", e.text);
        _exit(EXIT_FAILURE);
    }
    watch_files(rt);
    if (!rt_memory_plan(rt, rt->options.memory, &e)) rt_stop(rt, NULL, 0, "%s", e.text);
    if (rt->options.memory) {
        show(rt);
        return 0;
    }
    if (!log_open(rt, &e)) rt_stop(rt, NULL, 0, "%s", e.text);
    if (rt->context->threads == 0) rt->context->threads = options_threads();
    progress_open(rt);
    if (rt->context->profile) profile_open(rt);
    return 1;
}

const TgProgram *tgrt_program(const TgContext *ctx) {
    return ((const Rt *)ctx->state)->program;
}

int tgrt_main(const TgProgram *program, int argc, char **argv) {
    TgContext context = {0};
    Rt rt = {
        .program = program, .context = &context, .command = argc > 0 ? argv[0] : program->name};
    context.state = &rt;
    occupy_streams();
    signal(SIGPIPE, SIG_IGN); /* a closed pipe is an error as a full disk is */
    signal(SIGXFSZ, SIG_IGN); /* and a file that may not grow */
    out_open(&rt.out);
    if (prepare(&rt, argc, argv)) {
        program->run(&context);
        progress_hide(&rt);
        out_flush(&rt);
        checkpoint_end(&rt);
        log_close(&rt);
        profile_report(&rt);
        pool_close(&rt);
    }
    free_tables(&rt);
    return EXIT_SUCCESS;
}
