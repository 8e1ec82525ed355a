/* rt.h: what the runtime's own files share: the state behind TgContext, errors, files, what a data
   file held. Generated code sees abi.h only. */
#ifndef TGC_RUNTIME_RT_H
#define TGC_RUNTIME_RT_H

#include "runtime/abi.h"
#include "runtime/print.h"

#include <stddef.h>
#include <stdint.h>

/* dtype numbers, as in abi.h */
enum { TG_BOOL, TG_U8, TG_I32, TG_I64, TG_F16, TG_BF16, TG_F32, TG_F64 };

/* ---- errors: functions that can fail return 1, or 0 after rt_error ---- */
typedef struct RtError RtError;
struct RtError {
    char text[2048];
    int foreign; /* a file holds elements of a type that the language lacks */
};
int rt_error(RtError *e, const char *format, ...)
    __attribute__((format(printf, 2, 3)));          /* returns 0 */
int rt_error_foreign(RtError *e, const char *type); /* "holds elements of type i16, …"; returns 0 */
int rt_error_in(RtError *e, const char *path);      /* puts "path: " in front; returns 0 */

/* ---- file.c ---- */
typedef struct File File; /* a whole file, mapped or read */
struct File {
    const uint8_t *at;
    int64_t n;
    int mapped;
};
int file_open(const char *path, File *file, RtError *e); /* messages begin with the path */
void file_close(File *file);

typedef struct Part Part;
struct Part {
    const void *at;
    int64_t n;
};
/* the parts one after the other: all of it or nothing (temporary file, fsync, rename). What is not
   a regular file (a pipe, a device) is written directly. */
int file_write(const char *path, const Part *parts, int64_t n, RtError *e);
int fd_write(int fd, const void *at, int64_t n); /* all of it; 0 and errno on failure */

/* ---- inflate.c: zlib's inflate from memory ---- */
typedef struct Inflate Inflate;
Inflate *inflate_new(const uint8_t *from, int64_t n, int raw,
                     RtError *e); /* raw: no gzip header (zip members) */
int64_t inflate_some(Inflate *s, void *to, int64_t n,
                     RtError *e);           /* bytes given, fewer than n at the end; -1 */
int inflate_finish(Inflate *s, RtError *e); /* nothing is left, neither packed nor unpacked */
void inflate_free(Inflate *s);
uint32_t crc_of(const void *at, int64_t n);
int is_gzip(const File *file);

/* ---- loaders: what a file held, in the language's types ---- */
typedef struct Loaded Loaded;
struct Loaded {
    int64_t dtype, rank, dims[TG_MAX_RANK];
    const void *data; /* elements, row-major, aligned to 64 */
    File file;        /* what data lies in when it is mapped */
    void *heap;       /* or this */
};
void loaded_free(Loaded *loaded);
int loaded_alloc(Loaded *loaded, RtError *e);                      /* heap for dtype and dims */
int64_t loaded_bytes(const Loaded *loaded);                        /* -1: more than fits */
void loaded_describe(const Loaded *loaded, char *to, size_t size); /* "f32[3, 4]" */
int bools_check(const void *at, int64_t dtype, int64_t n,
                RtError *e); /* of n bools every byte is 0 or 1: compiled code relies on it */
void swap_bytes(void *at, int64_t n, int64_t size);

/* messages begin with the path */
int load_idx(const char *path, Loaded *out, RtError *e);
int load_npy(const char *path, Loaded *out, RtError *e);
int load_npz(const char *path, const char *key, Loaded *out, RtError *e);
int load_bytes(const char *path, Loaded *out, RtError *e);
int npy_parse(const uint8_t *at, int64_t n, Loaded *out, int64_t *offset, int *fortran,
              int *swapped, RtError *e);
int npy_take(const uint8_t *at, int64_t n, Loaded *out, int in_place,
             RtError *e); /* from bytes of a whole .npy */

typedef struct CsvWants CsvWants;
struct CsvWants {
    int64_t dtype;
    const char *const *names; /* columns by name, or */
    const int64_t *numbers;   /* by number from 0, or all */
    int64_t n;
};
int load_csv(const char *path, const CsvWants *wants, Loaded *out, RtError *e);

/* ---- safetensors.c ---- */
typedef struct StTensor StTensor;
struct StTensor {
    char *name;
    int64_t dtype; /* -1: not one of the language's, see type */
    char type[16]; /* as the file names it */
    int64_t rank, dims[TG_MAX_RANK];
    int64_t begin, end; /* in the bytes after the header */
};
typedef struct StFile StFile;
struct StFile {
    File file;
    StTensor *tensors; /* in the order of the bytes */
    int64_t n;
    const uint8_t *data;
};
int st_open(const char *path, StFile *st, RtError *e); /* the whole header is checked */
int st_parse(StFile *st, RtError *e);                  /* of st->file */
void st_close(StFile *st);
const StTensor *st_find(const StFile *st, const char *name);
int load_safetensors(const char *path, const char *key, Loaded *out, RtError *e);
int st_write(const char *path, const char *const *names, const TgTensor *tensors, int64_t n,
             RtError *e);
int npy_write(const char *path, const TgTensor *tensor, RtError *e);

/* element conversion between floating types (n elements); equal types are copied */
void convert_floats(void *to, int64_t to_dtype, const void *from, int64_t from_dtype, int64_t n);

/* ---- json.c: as much of JSON as safetensors needs ---- */
typedef struct Json Json;
struct Json {
    const char *at, *end;
    int depth;
    const char *wrong; /* what is wrong, at `at` */
};
int json_is(Json *j, char c); /* after white space: takes c when it is next */
int json_expect(Json *j, char c);
char *json_string(Json *j);             /* decoded, from malloc; NULL: wrong */
int json_size(Json *j, int64_t *value); /* a whole number from 0 */
int json_skip(Json *j);                 /* any value */
int is_utf8(const char *text, int64_t n);

/* ---- the state behind TgContext.state ---- */
typedef struct Options Options;
struct Options {
    int help, quiet, memory;
    const char *log; /* NULL: none */
};

typedef struct Origin Origin; /* of a named size's value; what NULL: not bound yet */
struct Origin {
    char *what; /* "--width", "data/labels.gz" */
};

typedef struct Out Out; /* standard output */
struct Out {
    char *at;
    int64_t n;
    int direct; /* a pipe or terminal: each print is written at once */
};

typedef struct Rt Rt;
struct Rt {
    const TgProgram *program;
    TgContext *context;
    const char *command; /* argv[0] */
    Options options;
    Origin *origins; /* by size */
    Loaded *loaded;  /* by data set */
    void *slab_map;  /* what was mapped for the slab */
    int64_t slab_bytes;
    Out out;
    const TgSite *site; /* of the effect that last wrote something, NULL: none did */
    TgText text;        /* scratch of prints */
    struct Log *log;
    struct Progress *progress;
    struct Profile *profile;
    struct Checkpoint *checkpoint;
    struct Pool *pool;
};

static inline Rt *rt_of(TgContext *context) {
    return context->state;
}

/* ---- start.c ---- */
int rt_sizes_data(Rt *rt, RtError *e); /* data.c: loads all data sets and binds their sizes */
int rt_memory_plan(Rt *rt, int list,
                   RtError *e); /* memory.c: plans, then lists the plan or makes the slab */

/* ---- options.c, help.c: 1 go on, 0 wrong (message in e) ---- */
int rt_options_parse(Rt *rt, int argc, char **argv, RtError *e);
void rt_options_help(const Rt *rt);
int options_threads(void); /* threads.c: cores that affinity and cgroup allow */
int cpu_check(const char *features, RtError *e);
typedef struct Builtin Builtin;
struct Builtin {
    const char *name, *value, *help; /* value NULL: a flag */
};
extern const Builtin rt_builtins[];
extern const int rt_nbuiltins;
int option_names_equal(const char *a, const char *b,
                       size_t n); /* of n characters; - and _ are one */

/* ---- out.c ---- */
void rt_memory_free(Rt *rt); /* memory.c */
void out_open(Out *out);
void out_put(Rt *rt, const char *text, int64_t n);
void out_flush(Rt *rt); /* stops the program when it cannot */
void rt_notice(Rt *rt, const char *format, ...)
    __attribute__((format(printf, 2, 3))); /* stderr, not with --quiet */
/* "file:line: text" (file may be NULL: "program: text") on stderr, after all that was printed; exit
 * status 1 */
_Noreturn void rt_stop(Rt *rt, const char *file, int64_t line, const char *format, ...)
    __attribute__((format(printf, 4, 5)));
/* the same with the place of the effect that last wrote something */
_Noreturn void rt_stop_here(Rt *rt, const char *format, ...) __attribute__((format(printf, 2, 3)));
char *rt_startup_text(Rt *rt, const TgPiece *pieces, int64_t n); /* values are args; malloc'd */
char *rt_path(Rt *rt, const TgPiece *pieces, int64_t n, const TgTensor *values); /* malloc'd */

/* ---- log.c ---- */
int log_open(Rt *rt, RtError *e);
void log_save(Rt *rt, TgText *to); /* what a checkpoint keeps of it; what was logged is on disk */
void log_resume(Rt *rt, const char *from, int64_t n); /* cuts back; from NULL: nothing is resumed */
void log_close(Rt *rt);

/* ---- progress.c, profile.c ---- */
void progress_open(Rt *rt);
void progress_hide(Rt *rt); /* before anything else is written to the terminal */
void progress_begin(Rt *rt, int64_t id, int64_t total, int64_t items, int64_t shown);
void progress_step(Rt *rt, int64_t id);
void progress_end(Rt *rt, int64_t id);
void profile_open(Rt *rt);
void profile_begin(Rt *rt, int64_t id);
void profile_step(Rt *rt, int64_t id);
void profile_kernel(Rt *rt, int64_t kernel, int64_t nanoseconds, int64_t bytes);
void profile_report(Rt *rt);

void pool_close(Rt *rt);
void checkpoint_end(Rt *rt);

#endif
