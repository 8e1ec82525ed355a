/* abi.h: all that generated code and the runtime share. The generated object defines `tg_program`
   (a TgProgram) and the functions it points to; libtgrt.a defines main() and the tgrt_… functions
   below. Generated code builds these structs as LLVM constants: every field is a pointer, an
   int64_t or a double, so that layouts need no padding rules (TgTensor too). X-macros give codegen
   the field order; keep structs and macros together. */
#ifndef TGC_RUNTIME_ABI_H
#define TGC_RUNTIME_ABI_H

#include <stdint.h>

/* offsets of buffers that are not in the slab: none of its own, and one that grows while the
 * program runs */
enum { TG_NO_PLACE = -1, TG_TAPE = -2 };

/* what TgProgram's plan returns when 64 bits do not hold the slab's length */
#define TG_PLAN_TOO_LARGE INT64_MIN

enum { TG_ABI_VERSION = 2, TG_MAX_RANK = 12 };

/* dtype numbers are those of ir/type.h's DTYPES, in that order (bool u8 i32 i64 f16 bf16 f32 f64)
 */
typedef struct TgTensor TgTensor; /* a contiguous row-major tensor */
struct TgTensor {
    void *data;
    int64_t dtype, rank;
    int64_t dims[TG_MAX_RANK];
};

/* Python's format; type 0: PyTorch's tensor rules. given 0: no format */
typedef struct TgPiece TgPiece;
struct TgPiece {
    /* 0 text, 1 value (index into values), 2 str argument (index into args), 3 the next `length`
       pieces if values[index], a bool, is true, 4 if it is false */
    int64_t kind;
    const char *text;
    int64_t length;
    int64_t index;
    int64_t given, fill, align, sign, zero, width, comma, digits, type; /* digits -1: none */
};

typedef struct TgArg TgArg;
struct TgArg {
    const char *name, *help; /* help may be NULL */
    int64_t dtype;           /* -1: str */
    int64_t size_id;         /* `dim`: index in the size table, else -1 */
    int64_t required;
    int64_t default_int;
    double default_float;
    const char *default_text;
};

typedef struct TgDim TgDim; /* a data set's dimension: value when size_id < 0, else the named size
                               (binds it or must agree) */
struct TgDim {
    int64_t size_id, value;
    const char *name; /* the size's name */
};

typedef struct TgData TgData;
struct TgData {
    const char *name, *loader; /* "idx" "npy" "npz" "csv" "safetensors" "bytes" */
    const TgPiece *path; /* a value piece's index is an arg's number, as a str argument's is */
    int64_t npath;
    const TgPiece *key; /* npz, safetensors; likewise */
    int64_t nkey;
    const char *const *columns;    /* csv: names or NULL */
    const int64_t *column_numbers; /* csv: numbers or NULL */
    int64_t ncolumns;
    int64_t dtype, rank;
    const TgDim *dims;
    const char *file; /* where it is declared */
    int64_t line;
};

typedef struct TgSite TgSite; /* a place that can stop the program, or a line of the profile */
struct TgSite {
    const char *file;
    int64_t line;
    const char *what; /* traps: the message, with % for the values of the site; kernels: their name;
                         loops: the label */
};

typedef struct TgCheck TgCheck; /* what is checked of sizes before memory is planned */
struct TgCheck {
    const char *file;
    int64_t line;
    const char *what;     /* the message */
    const int64_t *sizes; /* numbers of the sizes whose values it adds */
    int64_t nsizes;
};

typedef struct TgBuffer TgBuffer; /* for --memory */
struct TgBuffer {
    const char *name;
    const char *file;
    int64_t line;
};

typedef struct TgContext TgContext;
struct TgContext {
    char *slab;         /* 64-byte aligned, zeroed */
    int64_t *sizes;     /* value of each named size */
    int64_t *offsets;   /* of each buffer in the slab, from tg_plan */
    void **data;        /* data[i]: elements of data set i */
    int64_t *arg_ints;  /* value of each arg (bool, integers) */
    double *arg_floats; /* float args (f32 args already rounded to f32) */
    const char **arg_texts;
    int64_t seed;
    int64_t threads;
    int64_t resume;  /* --resume given */
    int64_t profile; /* --profile given */
    int64_t trapped; /* set by kernels beside trap[site]: something did */
    uint8_t *traps;  /* one byte a trap site */
    void *state;     /* the runtime's own */
    int64_t watch;   /* tgrt_loop_… have something to do (--profile, or a progress bar): skip the
                        calls when 0 */
    uint64_t *trap_values; /* two a trap site: a value that was out of range, and of how many; 0
                              when the site has none */
};

typedef struct TgProgram TgProgram;
struct TgProgram {
    int64_t abi_version;
    const char *name; /* "thermometer" */
    int64_t hash;     /* of source and defines: checkpoints of another program are refused */
    const TgArg *args;
    int64_t nargs;
    const TgData *data;
    int64_t ndata;
    const TgCheck *checks;
    int64_t nchecks;
    const TgSite *traps;
    int64_t ntraps;
    const TgSite *kernels;
    int64_t nkernels; /* profile lines */
    const TgSite *loops;
    int64_t nloops;
    const char *const *size_names;
    int64_t nsizes;
    const TgBuffer *buffers;
    int64_t nbuffers;
    const char *cpu_features; /* "avx2,fma" …: checked at start-up */
    int64_t has_checkpoint;
    /* fills offsets[nbuffers] and bytes[nbuffers] (of each buffer), returns the slab's size; sizes
     * of data and dims are bound. When check number i fails: -(i + 1). TG_PLAN_TOO_LARGE. */
    int64_t (*plan)(int64_t *sizes, int64_t *offsets, int64_t *bytes, const int64_t *arg_ints);
    void (*run)(TgContext *ctx); /* the program */
};
extern const TgProgram tg_program;

/* ---- called by generated code ---- */
/* effects; values: one TgTensor an operand of the node, in its order: pieces' indices count into it
   (path_values of save and load likewise; in a checkpoint's path an index is an arg's number).
   print ends with a newline, which is in no piece. */
void tgrt_print(TgContext *ctx, const TgSite *site, const TgPiece *pieces, int64_t npieces,
                const TgTensor *values);
/* the same without the newline: print(…, end="") (ints[0] of the node is 1) */
void tgrt_write(TgContext *ctx, const TgSite *site, const TgPiece *pieces, int64_t npieces,
                const TgTensor *values);
_Noreturn void tgrt_assert_failed(TgContext *ctx, const TgSite *site, const TgPiece *pieces,
                                  int64_t npieces, const TgTensor *values);
/* whether a str argument is this text; text NULL: whether it is the argument n */
int64_t tgrt_arg_is(const TgContext *ctx, int64_t arg, const char *text, int64_t n);
/* values: the operands without the step; those that the name's pieces use belong to the name, the
   others are recorded under it (nname 0: as "value") */
void tgrt_log(TgContext *ctx, const TgSite *site, const TgPiece *name, int64_t nname,
              const TgTensor *values, int64_t nvalues, int64_t step /* -1: count */);
void tgrt_save(TgContext *ctx, const TgSite *site, const TgPiece *path, int64_t npath,
               const char *const *names, const TgTensor *tensors, int64_t n,
               const TgTensor *path_values);
/* writes what the file holds into tensors (preset to the old values); stops when something is
   missing and strict. A path ending in .npy is one tensor, whatever its name; all other paths are
   safetensors. n 1 with the name "" takes the only tensor of a safetensors file. */
void tgrt_load(TgContext *ctx, const TgSite *site, const TgPiece *path, int64_t npath,
               const char *const *names, TgTensor *tensors, int64_t n, int64_t strict,
               const TgTensor *path_values);
/* the whole of a program: its main() is this; gives the exit status */
int tgrt_main(const TgProgram *program, int argc, char **argv);
const TgProgram *tgrt_program(const TgContext *ctx);
_Noreturn void tgrt_size_failed(TgContext *ctx, int64_t check); /* its number */
_Noreturn void tgrt_trap(TgContext *ctx); /* reports the smallest site of ctx->traps that is set */
_Noreturn void tgrt_stop(TgContext *ctx, const TgSite *site, const char *message);

/* loops: id is the index in program.loops. total: iterations (-1 unknown), items: what an iteration
 * handles (batch size) */
void tgrt_loop_begin(TgContext *ctx, int64_t id, int64_t total, int64_t items, int64_t progress);
void tgrt_loop_step(TgContext *ctx,
                    int64_t id); /* after each iteration: progress, profile's iteration times */
void tgrt_loop_end(TgContext *ctx, int64_t id);
void tgrt_kernel_time(TgContext *ctx, int64_t kernel, int64_t nanoseconds,
                      int64_t bytes); /* only under ctx->profile */
int64_t tgrt_now(void);               /* nanoseconds */

/* checkpoint loop. open: before the first iteration; 0 start at the beginning, 1 slots were filled
   from the file: go on with iteration number *next (counting from 0), 2 the loop had finished
   (slots filled, *next = its iterations): skip it. *next is 0 when 0 is returned. Call it at every
   entry of the loop; only the first one of a run can resume. step: after an iteration, whose number
   is `iteration` (from 0); writes when due: every > 0: after each every-th iteration, when
   (iteration + 1) % every == 0; 0: by time. Once more when the loop ends (also by break) with
   finished 1 and the last iteration's number (-1: none ran): always writes. After SIGINT or SIGTERM
   step writes and ends the program. names and dims must be the same in all calls; names (NULL:
   "slot 0" …) tell what is what in messages. */
int64_t tgrt_checkpoint_open(TgContext *ctx, const TgSite *site, const TgPiece *path, int64_t npath,
                             const char *const *names, TgTensor *slots, int64_t n, int64_t *next);
void tgrt_checkpoint_step(TgContext *ctx, const char *const *names, const TgTensor *slots,
                          int64_t n, int64_t iteration, int64_t every, int64_t finished);

/* memory of tapes whose trip count is known only at run time: 64-byte aligned */
void *tgrt_tape_alloc(TgContext *ctx, int64_t bytes);
void *tgrt_tape_grow(TgContext *ctx, void *old, int64_t old_bytes,
                     int64_t bytes); /* keeps the contents */
void tgrt_tape_free(TgContext *ctx, void *tape);

/* ragged stacks: *at is a table of pointers to blocks, below `depth` tables; a part of one is a
   stack of less depth, one of depth 0 a block of elements. define and grow give it `bytes`; define
   keeps no contents, unless they have as many. copy, zeros: from what the operand has. add: to +=
   more */
void tgrt_stack_define(TgContext *ctx, void **at, int64_t bytes, int64_t depth);
void tgrt_stack_grow(TgContext *ctx, void **at, int64_t bytes, int64_t depth);
void tgrt_stack_restart(void **at); /* nothing is in it */
void tgrt_stack_copy(TgContext *ctx, void **to, void *from, int64_t depth);
void tgrt_stack_zeros(TgContext *ctx, void **to, void *like, int64_t depth);
void tgrt_stack_add(TgContext *ctx, void *to, void *more, int64_t depth, int64_t dtype);
/* to += more, `bytes` of elements of a float type (lib_scan.c) */
void tg_lib_add(void *to, const void *more, int64_t bytes, int64_t dtype);

/* threads: calls kernel(args, lo, hi) for chunks of [0, n), fixed by n and grain alone, claimed by
   an atomic counter; one thread alone: once for all of it */
void tgrt_parallel(TgContext *ctx, void (*kernel)(void *args, int64_t lo, int64_t hi), void *args,
                   int64_t n, int64_t grain);

/* OPF_LIB functions are declared in runtime/lib.h: void tg_lib_NAME(TgTensor *out, const TgTensor
 * *in, int64_t n, const int64_t *ints) */

#endif
