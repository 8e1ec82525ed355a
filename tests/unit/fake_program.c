/* fake_program.c: programs as the compiler would emit them, written by hand: the tables of abi.h
   and a run function, to test the runtime alone. `plain` has args of every kind and does what
   --mode says; `reader` has data sets that share sizes; `looper` has a checkpointed loop. Included
   by test_program.c. */
#include "runtime/abi.h"

#include <math.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define COUNT(table) (int64_t)(sizeof(table) / sizeof *(table))
#define TEXT(words)                                                                                \
    { .kind = 0, .text = words, .length = sizeof(words) - 1 }
#define VALUE(i)                                                                                   \
    { .kind = 1, .index = i, .digits = -1 }
#define ARG(i)                                                                                     \
    { .kind = 2, .index = i, .digits = -1 }

enum { BOOL, U8, I32, I64, F16, BF16, F32, F64 };

static TgTensor scalar_of(void *at, int64_t dtype) {
    return (TgTensor){at, dtype, 0, {0}};
}

/* ---- plain ---- */

enum { EPOCHS, LR, FAST, DIR, WIDTH, MODE, SMALL };

static const TgArg plain_args[] = {
    [EPOCHS] = {"epochs", "passes over the data", I64, -1, 0, 100, 0, NULL},
    [LR] = {"learning_rate", "step of the descent", F32, -1, 0, 0, 1e-4, NULL},
    [FAST] = {"fast", NULL, BOOL, -1, 0, 0, 0, NULL},
    [DIR] = {"dir", "folder with the files", -1, -1, 0, 0, 0, "."},
    [WIDTH] = {"width", "of the hidden layer", I64, 0, 0, 64, 0, NULL},
    [MODE] = {"mode", "what to do", -1, -1, 1, 0, 0, NULL},
    [SMALL] = {"small", "a byte", U8, -1, 0, 7, 0, NULL},
};
static const char *const plain_sizes[] = {"width"};
static const TgSite plain_traps[] = {{"fake.tg", 11, "index out of range"},
                                     {"fake.tg", 12, "division by zero"}};
static const TgSite plain_kernels[] = {{"fake.tg", 20, "mul_add"}, {"fake.tg", 21, "softmax"}};
static const TgSite plain_loops[] = {{"fake.tg", 30, "epoch"}, {"fake.tg", 31, "batches"}};
static const TgBuffer plain_buffers[] = {{"hidden", "fake.tg", 40}, {"weights", "fake.tg", 41}};
static const TgSite here = {"fake.tg", 50, "save"};

static int64_t plain_plan(int64_t *sizes, int64_t *offsets, int64_t *bytes, const int64_t *args) {
    (void)args;
    bytes[0] = sizes[0] * 4;
    bytes[1] = sizes[0] * sizes[0] * 4;
    offsets[0] = 0;
    offsets[1] = (bytes[0] + 63) / 64 * 64;
    return offsets[1] + bytes[1];
}

static void do_args(TgContext *ctx) {
    static const TgPiece pieces[] = {
        TEXT("epochs "), VALUE(0),
        TEXT(" lr "),    {.kind = 1, .index = 1, .given = 1, .digits = 9, .type = 'g'},
        TEXT(" fast "),  VALUE(2),
        TEXT(" dir "),   ARG(DIR),
        TEXT(" width "), VALUE(3),
        TEXT(" small "), VALUE(4),
        TEXT(" seed "),  VALUE(5)};
    float lr = (float)ctx->arg_floats[LR];
    uint8_t fast = (uint8_t)ctx->arg_ints[FAST];
    TgTensor values[] = {scalar_of(&ctx->arg_ints[EPOCHS], I64),
                         scalar_of(&lr, F32),
                         scalar_of(&fast, BOOL),
                         scalar_of(&ctx->sizes[0], I64),
                         scalar_of(&ctx->arg_ints[SMALL], I64),
                         scalar_of(&ctx->seed, I64)};
    tgrt_print(ctx, &here, pieces, COUNT(pieces), values);
}

static void do_many_lines(TgContext *ctx) {
    static const TgPiece pieces[] = {TEXT("line "), VALUE(0)};
    for (int64_t i = 0; i < ctx->arg_ints[EPOCHS]; i++) {
        TgTensor value = scalar_of(&i, I64);
        tgrt_print(ctx, &here, pieces, 2, &value);
    }
}

static void do_write(TgContext *ctx) {
    static const TgPiece pieces[] = {TEXT("a")};
    for (int i = 0; i < 3; i++) tgrt_write(ctx, &here, pieces, 1, NULL);
    tgrt_print(ctx, &here, NULL, 0, NULL);
}

static void do_trap(TgContext *ctx) {
    static const TgPiece before[] = {TEXT("before")};
    tgrt_print(ctx, &here, before, 1, NULL);
    ctx->traps[1] = ctx->trapped = 1;
    tgrt_trap(ctx);
}

static void do_assert(TgContext *ctx) {
    static const TgPiece pieces[] = {TEXT("width is "), VALUE(1)};
    uint8_t no = 0;
    TgTensor values[] = {scalar_of(&no, BOOL), scalar_of(&ctx->sizes[0], I64)};
    tgrt_assert_failed(ctx, &plain_traps[0], pieces, 2, values);
}

static void do_slab(TgContext *ctx) {
    int64_t sum = 0;
    for (int64_t i = 0; i < plain_plan(ctx->sizes, ctx->offsets, (int64_t[2]){0}, NULL); i++)
        sum += ctx->slab[i] != 0;
    if (sum || (uintptr_t)ctx->slab % 64)
        tgrt_stop(ctx, &here, "the slab is not zeroed and aligned");
    memset(ctx->slab, 1, (size_t)ctx->sizes[0] * (size_t)ctx->sizes[0] * 4);
}

static void do_tape(TgContext *ctx) {
    int64_t bytes = 64, n = 0;
    char *tape = tgrt_tape_alloc(ctx, bytes);
    for (; bytes < 1 << 22; bytes *= 2) {
        if ((uintptr_t)tape % 64) tgrt_stop(ctx, &here, "the tape is not aligned");
        for (; n < bytes; n++) tape[n] = (char)(n * 7);
        tape = tgrt_tape_grow(ctx, tape, bytes, bytes * 2);
    }
    for (int64_t i = 0; i < n; i++)
        if (tape[i] != (char)(i * 7)) tgrt_stop(ctx, &here, "the tape lost its contents");
    tgrt_tape_free(ctx, tape);
}

typedef struct Job Job;
struct Job {
    int32_t *counts;
    int64_t *chunks; /* by lo: length */
};

static void count_kernel(void *args, int64_t lo, int64_t hi) {
    Job *job = args;
    for (int64_t i = lo; i < hi; i++) __atomic_fetch_add(&job->counts[i], 1, __ATOMIC_RELAXED);
    job->chunks[lo] = hi - lo;
}

/* every element once, and the same chunks with any number of threads but one */
static void do_parallel(TgContext *ctx) {
    enum { MOST = 5000 };
    static int32_t counts[MOST];
    static int64_t chunks[MOST];
    uint64_t state = 1;
    for (int64_t round = 0; round < ctx->arg_ints[EPOCHS]; round++) {
        state = state * 6364136223846793005u + 1442695040888963407u;
        int64_t n = (int64_t)(state >> 33) % MOST, grain = (int64_t)(state >> 20) % 300 + 1;
        memset(counts, 0, sizeof counts);
        memset(chunks, 0, sizeof chunks);
        Job job = {counts, chunks};
        tgrt_parallel(ctx, count_kernel, &job, n, grain);
        if (ctx->threads == 1 && n > 0) grain = n; /* all at once */
        for (int64_t i = 0; i < MOST; i++) {
            int64_t length = i < n && i % grain == 0 ? (n - i < grain ? n - i : grain) : 0;
            if (counts[i] != (i < n) || chunks[i] != length)
                tgrt_stop(ctx, &here, "an element was not done once");
        }
    }
}

static void do_log(TgContext *ctx) {
    static const TgPiece loss[] = {TEXT("loss")}, accuracy[] = {TEXT("acc,uracy")},
                         layer[] = {TEXT("w"), VALUE(0)};
    for (int64_t i = 0; i < 4; i++) {
        float value = 0.1f * (float)(i + 1);
        TgTensor t = scalar_of(&value, F32);
        tgrt_log(ctx, &here, loss, 1, &t, 1, -1);
        if (i == 1) tgrt_log(ctx, &here, accuracy, 1, &t, 1, 2);
    }
    float vector[2] = {1.5f, NAN};
    int64_t number = 3;
    TgTensor values[] = {scalar_of(&number, I64), {vector, F32, 1, {2}}};
    tgrt_log(ctx, &here, layer, 2, values, 2, 9);
}

static void fill(float *to, int64_t n, float from) {
    for (int64_t i = 0; i < n; i++) to[i] = from + (float)i;
}

static void do_save(TgContext *ctx) {
    static const TgPiece path[] = {ARG(DIR)};
    static const char *const names[] = {"fc.weight", "fc.bias", "steps"};
    float weight[6], bias[2];
    int64_t steps = 12;
    fill(weight, 6, 1);
    fill(bias, 2, 10);
    TgTensor tensors[] = {{weight, F32, 2, {2, 3}}, {bias, F32, 1, {2}}, {&steps, I64, 0, {0}}};
    int npy = strstr(ctx->arg_texts[DIR], ".npy") != NULL && !ctx->arg_ints[FAST];
    tgrt_save(ctx, &here, path, 1, names, tensors, npy ? 1 : 3, tensors);
}

/* --fast: as a program that does not fit the file. --small 0: not strict */
static void do_load(TgContext *ctx) {
    static const TgPiece path[] = {ARG(DIR)};
    static const char *const names[] = {"fc.weight", "fc.bias", "steps"}, *const others[] = {
                                                                              "fc.weight", "bias",
                                                                              "steps"};
    static const TgPiece pieces[] = {VALUE(0), TEXT(" "), VALUE(1), TEXT(" "), VALUE(2)};
    double weight[6] = {0};
    float bias[3] = {0};
    int64_t steps = 0;
    int fast = (int)ctx->arg_ints[FAST], npy = strstr(ctx->arg_texts[DIR], ".npy") != NULL;
    TgTensor tensors[] = {
        {weight, F64, 2, {fast ? 3 : 2, fast ? 2 : 3}}, {bias, F32, 1, {2}}, {&steps, I64, 0, {0}}};
    tgrt_load(ctx, &here, path, 1, fast ? others : names, tensors, npy ? 1 : 3,
              ctx->arg_ints[SMALL] != 0, tensors);
    tgrt_print(ctx, &here, pieces, COUNT(pieces), tensors);
}

static void do_loops(TgContext *ctx) {
    tgrt_loop_begin(ctx, 0, 3, 1, 1);
    for (int epoch = 0; epoch < 3; epoch++) {
        tgrt_loop_begin(ctx, 1, 4, 64, 1);
        for (int batch = 0; batch < 4; batch++) {
            struct timespec wait = {0, ctx->arg_ints[EPOCHS] * 1000000};
            nanosleep(&wait, NULL);
            if (ctx->profile) tgrt_kernel_time(ctx, batch % 2, 1000 * (batch + 1), 4096);
            tgrt_loop_step(ctx, 1);
        }
        tgrt_loop_end(ctx, 1);
        static const TgPiece done[] = {TEXT("epoch done")};
        tgrt_print(ctx, &here, done, 1, NULL);
        tgrt_loop_step(ctx, 0);
    }
    tgrt_loop_end(ctx, 0);
}

static void plain_run(TgContext *ctx) {
    static const struct {
        const char *mode;
        void (*run)(TgContext *);
    } modes[] = {{"args", do_args}, {"lines", do_many_lines},  {"write", do_write},
                 {"trap", do_trap}, {"assert", do_assert},     {"slab", do_slab},
                 {"tape", do_tape}, {"parallel", do_parallel}, {"log", do_log},
                 {"save", do_save}, {"load", do_load},         {"loops", do_loops}};
    for (size_t i = 0; i < sizeof modes / sizeof *modes; i++)
        if (!strcmp(ctx->arg_texts[MODE], modes[i].mode)) modes[i].run(ctx);
}

/* ---- reader ---- */

enum { ROWS, READ_WIDTH, LENGTH };

static const TgArg reader_args[] = {
    {"dir", "folder with the files", -1, -1, 1, 0, 0, NULL},
    {"rows", "how many", I64, -1, 0, 0, 0, NULL},
    {"width", "columns", I64, READ_WIDTH, 0, 3, 0, NULL},
};
static const char *const reader_sizes[] = {"rows", "width", "length"};
static const TgPiece images_path[] = {ARG(0), TEXT("/images.idx")},
                     labels_path[] = {ARG(0), TEXT("/labels.npy")},
                     table_path[] = {ARG(0), TEXT("/table.csv")},
                     text_path[] = {ARG(0), TEXT("/text"), VALUE(1), TEXT(".txt")};
static const char *const table_columns[] = {"b", "a", "c"};
static const TgDim images_dims[] = {{ROWS, 0, "rows"}, {-1, 2, NULL}},
                   labels_dims[] = {{ROWS, 0, "rows"}},
                   table_dims[] = {{ROWS, 0, "rows"}, {READ_WIDTH, 0, "width"}},
                   text_dims[] = {{LENGTH, 0, "length"}};
static const TgData reader_data[] = {
    {"images", "idx", images_path, 2, NULL, 0, NULL, NULL, 0, U8, 2, images_dims, "fake.tg", 3},
    {"labels", "npy", labels_path, 2, NULL, 0, NULL, NULL, 0, I64, 1, labels_dims, "fake.tg", 4},
    {"table", "csv", table_path, 2, NULL, 0, table_columns, NULL, 3, F32, 2, table_dims, "fake.tg",
     5},
    {"text", "bytes", text_path, 4, NULL, 0, NULL, NULL, 0, U8, 1, text_dims, "fake.tg", 6},
};

static void reader_run(TgContext *ctx) {
    static const TgPiece pieces[] = {VALUE(0), TEXT("\n"), VALUE(1), TEXT("\n"),
                                     VALUE(2), TEXT("\n"), VALUE(3)};
    int64_t rows = ctx->sizes[ROWS];
    TgTensor values[] = {{ctx->data[0], U8, 2, {rows, 2}},
                         {ctx->data[1], I64, 1, {rows}},
                         {ctx->data[2], F32, 2, {rows, ctx->sizes[READ_WIDTH]}},
                         {ctx->data[3], U8, 1, {ctx->sizes[LENGTH]}}};
    tgrt_print(ctx, &here, pieces, COUNT(pieces), values);
}

/* ---- looper: x = x * 1.5 + i, logged; --stop ends it by a signal or at once ---- */

enum { STEPS, EVERY, KILL_AT, SIZE, FILE_ARG, PAUSE };

static const TgArg looper_args[] = {
    [STEPS] = {"steps", NULL, I64, -1, 0, 10, 0, NULL},
    [EVERY] = {"every", NULL, I64, -1, 0, 1, 0, NULL},
    [KILL_AT] = {"kill_at", "raises SIGINT (or, negative, SIGKILL) after that iteration", I64, -1,
                 0, 1000000, 0, NULL},
    [SIZE] = {"size", NULL, I64, 0, 0, 3, 0, NULL},
    [FILE_ARG] = {"file", NULL, -1, -1, 0, 0, 0, "run.ckpt"},
    [PAUSE] = {"pause", "milliseconds an iteration", I64, -1, 0, 0, 0, NULL},
};
static const char *const looper_sizes[] = {"size"};

static void looper_run(TgContext *ctx) {
    static const TgPiece path[] = {ARG(FILE_ARG)}, loss[] = {TEXT("x")}, half[] = {TEXT("half")},
                         line[] = {TEXT("at "), VALUE(0), TEXT(": "), VALUE(1)};
    static const char *const names[] = {"x", "total"};
    int64_t n = ctx->sizes[0], total = 0, next = 0, *args = ctx->arg_ints;
    float *x = calloc((size_t)n + 1, sizeof *x);
    TgTensor slots[] = {{x, F32, 1, {n}}, {&total, I64, 0, {0}}};
    int64_t state = tgrt_checkpoint_open(ctx, &here, path, 1, names, slots, 2, &next);
    for (int64_t i = next; i < args[STEPS] && state != 2; i++) {
        for (int64_t k = 0; k < n; k++) x[k] = x[k] * 0.5f + (float)(i + k);
        total += i;
        TgTensor first = scalar_of(x, F32), values[] = {scalar_of(&i, I64), slots[0]};
        tgrt_log(ctx, &here, loss, 1, &first, 1, -1);
        if (i % 2) tgrt_log(ctx, &here, half, 1, &first, 1, i + 1);
        if (i >= args[STEPS] - 2) tgrt_print(ctx, &here, line, 4, values);
        if (args[KILL_AT] == i) raise(SIGINT);
        if (args[KILL_AT] == -i - 1) raise(SIGKILL);
        struct timespec wait = {0, args[PAUSE] * 1000000};
        if (args[PAUSE]) nanosleep(&wait, NULL);
        tgrt_checkpoint_step(ctx, names, slots, 2, i, args[EVERY], 0);
    }
    if (state != 2) tgrt_checkpoint_step(ctx, names, slots, 2, args[STEPS] - 1, args[EVERY], 1);
    static const TgPiece end[] = {TEXT("total "), VALUE(0)};
    TgTensor value = scalar_of(&total, I64);
    tgrt_print(ctx, &here, end, 2, &value);
    free(x);
}

static const TgProgram fake_programs[] = {
    {.abi_version = TG_ABI_VERSION,
     .name = "plain",
     .hash = 1,
     .args = plain_args,
     .nargs = COUNT(plain_args),
     .traps = plain_traps,
     .ntraps = 2,
     .kernels = plain_kernels,
     .nkernels = 2,
     .loops = plain_loops,
     .nloops = 2,
     .size_names = plain_sizes,
     .nsizes = 1,
     .buffers = plain_buffers,
     .nbuffers = 2,
     .plan = plain_plan,
     .run = plain_run},
    {.abi_version = TG_ABI_VERSION,
     .name = "reader",
     .hash = 2,
     .args = reader_args,
     .nargs = COUNT(reader_args),
     .data = reader_data,
     .ndata = COUNT(reader_data),
     .size_names = reader_sizes,
     .nsizes = 3,
     .run = reader_run},
    {.abi_version = TG_ABI_VERSION,
     .name = "looper",
     .hash = 3,
     .args = looper_args,
     .nargs = COUNT(looper_args),
     .size_names = looper_sizes,
     .nsizes = 1,
     .has_checkpoint = 1,
     .run = looper_run},
    {.abi_version = TG_ABI_VERSION,
     .name = "alien",
     .hash = 4,
     .args = looper_args,
     .nargs = COUNT(looper_args),
     .size_names = looper_sizes,
     .nsizes = 1,
     .has_checkpoint = 1,
     .run = looper_run},
    {.abi_version = TG_ABI_VERSION,
     .name = "modern",
     .hash = 5,
     .cpu_features = "+sse3,avx9",
     .run = plain_run},
};

static const TgProgram *fake_program(const char *name) {
    for (size_t i = 0; i < sizeof fake_programs / sizeof *fake_programs; i++)
        if (!strcmp(fake_programs[i].name, name)) return &fake_programs[i];
    return NULL;
}
