/* log.h: what log.c (rows, counters, resuming) and log_tensorboard.c (event files) share. */
#ifndef TGC_RUNTIME_LOG_H
#define TGC_RUNTIME_LOG_H

#include "runtime/rt.h"

typedef struct LogName LogName;
struct LogName {
    char *name;
    int64_t count; /* of its calls */
};

typedef struct Cell Cell; /* a value of the row at work */
struct Cell {
    char *name; /* "loss", "w[3]" */
    double value;
    char text[32]; /* the value, in the fewest digits that give it back */
};

enum LogKind { LOG_CSV, LOG_JSONL, LOG_TENSORBOARD };

typedef struct Log Log;
struct Log {
    enum LogKind kind;
    char *path; /* of the file itself */
    int fd;
    int regular;     /* not a pipe or device */
    int held;        /* --resume, and the checkpoint was not looked at yet: nothing is written */
    TgText text;     /* what is not written yet */
    int64_t flushed; /* when */
    int64_t lines;   /* in the file and text; event files: bytes */
    LogName *names;
    int64_t nnames;
    Cell *row; /* values of one step that came one after the other */
    int64_t nrow;
    int64_t step;
    char **columns; /* of a .csv */
    int64_t ncolumns;
};

void tensorboard_begin(TgText *to); /* a new file's first record */
void tensorboard_scalar(TgText *to, const char *tag, int64_t step, double value);
int csv_header(
    Log *log,
    RtError *e); /* log_csv.c: puts the columns into the file's first line, the rows padded */
void csv_put_name(TgText *to, const char *name);
int csv_read_columns(Log *log, const char *text, int64_t n);

#endif
