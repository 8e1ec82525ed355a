/* tgc_options.c: reads the command line by a table of options, which --help prints. */
#include "tgc_options.h"

#include <string.h>
#include <sys/stat.h>

/* what is read, and where it goes */
typedef struct Reading Reading;
struct Reading {
    Arena *arena;
    Options *options;
    FILE *errors;
};

typedef int Apply(Reading *r, const char *value);

static int wrong(const Reading *r, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* always 0 */
static int wrong(const Reading *r, const char *format, ...) {
    va_list args;
    va_start(args, format);
    fputs("tgc: ", r->errors);
    vfprintf(r->errors, format, args);
    fputs(" (tgc --help lists the options)\n", r->errors);
    va_end(args);
    return 0;
}

/* ---- one function an option ------------------------------------------------------------------ */

static int set_output(Reading *r, const char *value) {
    if (r->options->output) return wrong(r, "-o is given twice");
    if (!*value) return wrong(r, "-o needs the name of a file");
    r->options->output = value;
    return 1;
}

static int set_target(Reading *r, const char *value) {
    if (!*value) return wrong(r, "--target needs native, cuda or an LLVM triple");
    r->options->target = value;
    return 1;
}

static int set_emit(Reading *r, const char *value) {
    static const char *const names[] = {
#define X(name, ending, what) #name,
        EMITS(X)
#undef X
    };
    for (int i = 0; i < EMIT_COUNT; i++)
        if (strcmp(names[i], value) == 0) {
            r->options->emit = (Emit)i;
            return 1;
        }
    const char *all = names[1];
    for (int i = 2; i < EMIT_COUNT; i++) all = arena_printf(r->arena, "%s, %s", all, names[i]);
    return wrong(r, "--emit=%s: expected one of %s", value, all);
}

static int is_letter(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
}

static int add_define(Reading *r, const char *value) {
    const char *equals = strchr(value, '=');
    size_t length = equals ? (size_t)(equals - value) : 0;
    int good = length > 0 && is_letter(value[0]) && equals[1];
    for (size_t i = 1; i < length; i++)
        good &= is_letter(value[i]) || (value[i] >= '0' && value[i] <= '9');
    if (!good) return wrong(r, "-D %s: expected NAME=value", value);
    Define define = {arena_printf(r->arena, "%.*s", (int)length, value), equals + 1};
    PUSH(r->arena, &r->options->defines, define);
    return 1;
}

static int set_level(Reading *r, const char *value) {
    if (value[0] < '0' || value[0] > '3' || value[1])
        return wrong(r, "-O%s: expected -O0, -O1, -O2 or -O3", value);
    r->options->level = value[0] - '0';
    return 1;
}

static int set_debug(Reading *r, const char *value) {
    (void)value;
    return r->options->debug = 1;
}

static int set_check(Reading *r, const char *value) {
    do {
        size_t n = strcspn(value, ",");
        if (n == 3 && strncmp(value, "nan", n) == 0)
            r->options->check_nan = 1;
        else if (n == 6 && strncmp(value, "bounds", n) == 0)
            r->options->check_bounds = 1;
        else
            return wrong(r, "--check=%.*s: expected nan, bounds or both with a comma", (int)n,
                         value);
        value += n;
    } while (*value++ == ',');
    return 1;
}

static int set_time(Reading *r, const char *value) {
    (void)value;
    return r->options->time_passes = 1;
}

static int add_dump(Reading *r, const char *value) {
    if (!*value) return wrong(r, "--dump-after needs the name of a pass");
    PUSH(r->arena, &r->options->dump_after, value);
    return 1;
}

static int set_stop(Reading *r, const char *value) {
    if (!*value) return wrong(r, "--stop-after needs the name of a pass");
    r->options->stop_after = value;
    return 1;
}

static int set_task(Reading *r, Task task) {
    r->options->task = task;
    return 1;
}

static int ask_ops(Reading *r, const char *value) {
    (void)value;
    return set_task(r, DO_OPS);
}

static int ask_explain(Reading *r, const char *value) {
    r->options->explain = value;
    return set_task(r, DO_EXPLAIN);
}

static int ask_version(Reading *r, const char *value) {
    (void)value;
    return set_task(r, DO_VERSION);
}

static int ask_help(Reading *r, const char *value) {
    (void)value;
    return set_task(r, DO_HELP);
}

/* ---- the table ------------------------------------------------------------------------------- */

static const struct Option {
    const char *name;
    const char *value; /* what follows it, NULL: nothing */
    Apply *apply;
    const char *help;
} table[] = {
    {"-o", "FILE", set_output, "write to FILE; - is standard output"},
    {"--target", "TARGET", set_target, "native (default), cuda, or an LLVM triple"},
    {"--emit", "WHAT", set_emit, "what to write instead of a program, see below"},
    {"-D", "NAME=value", add_define, "give a scalar const another value"},
    {"-O", "LEVEL", set_level, "0 to 3, how much to optimise; 2 is the default"},
    {"-g", NULL, set_debug, "let a debugger step through the lines of the source"},
    {"--check", "nan,bounds", set_check,
     "stop the program at the first nan, at any index out of bounds"},
    {"--time-passes", NULL, set_time, "say how long each pass takes"},
    {"--dump-after", "PASS", add_dump,
     "print the program after a pass; may be given several times"},
    {"--stop-after", "PASS", set_stop, "go no further than a pass"},
    {"--ops", NULL, ask_ops, "list the built-in functions"},
    {"--explain", "CODE", ask_explain, "describe the code that stands behind an error"},
    {"--version", NULL, ask_version, "say which version this is"},
    {"--help", NULL, ask_help, "print this"},
    {"-h", NULL, ask_help, NULL},
};

enum { NOPTIONS = sizeof table / sizeof *table };

void options_help(FILE *out) {
    fputs("tgc compiles tensor programs.\n\n"
          "  tgc MODEL.tg [-o MODEL]         compile a program\n"
          "  tgc run MODEL.tg [-- ARGS]      compile it and run it\n"
          "  tgc interpret MODEL.tg [-- ARGS]\n"
          "                                  run its graph as it is, which is slow and gives the "
          "same\n\n"
          "options:\n",
          out);
    for (int i = 0; i < NOPTIONS; i++) {
        if (!table[i].help) continue;
        const char *join = !table[i].value               ? ""
                           : table[i].name[1] == '-'     ? "="
                           : strcmp(table[i].name, "-O") ? " "
                                                         : "";
        int n = fprintf(out, "  %s%s%s", table[i].name, join, table[i].value ? table[i].value : "");
        fprintf(out, "%*s%s\n", n < 26 ? 26 - n : 1, "", table[i].help);
    }
    fputs("\nwhat --emit writes:\n", out);
#define X(name, ending, what)                                                                      \
    if (EMIT_##name != EMIT_program) fprintf(out, "  %-24s%s\n", #name, what);
    EMITS(X)
#undef X
    fputs(
        "\nexit status: 0 done, 1 the source is wrong, 2 the command line is wrong, 3 the output\n"
        "could not be written or linked, or tgc itself failed\n",
        out);
}

/* ---- reading --------------------------------------------------------------------------------- */

/* the option that an argument names, and its value when that is joined to it (else NULL) */
static const struct Option *find(const char *argument, const char **value) {
    *value = NULL;
    for (int i = 0; i < NOPTIONS; i++) {
        const struct Option *o = &table[i];
        size_t n = strlen(o->name);
        if (strcmp(argument, o->name) == 0) return o;
        if (strncmp(argument, o->name, n) != 0) continue;
        int is_long = o->name[1] == '-';
        if (is_long && argument[n] != '=') continue;
        if (!is_long && !o->value) continue;
        *value = argument + n + is_long;
        return o;
    }
    return NULL;
}

/* how many letters have to change; both are short */
static int distance(const char *a, const char *b) {
    enum { LONGEST = 32 };
    int n = (int)strlen(a), m = (int)strlen(b), row[LONGEST + 1];
    if (n > LONGEST || m > LONGEST) return LONGEST;
    for (int j = 0; j <= m; j++) row[j] = j;
    for (int i = 1; i <= n; i++) {
        int corner = row[0];
        row[0] = i;
        for (int j = 1; j <= m; j++) {
            int changed = corner + (a[i - 1] != b[j - 1]);
            corner = row[j];
            int shorter = (row[j] < row[j - 1] ? row[j] : row[j - 1]) + 1;
            row[j] = changed < shorter ? changed : shorter;
        }
    }
    return row[m];
}

static int unknown(const Reading *r, const char *argument) {
    const char *name = arena_printf(r->arena, "%.*s", (int)strcspn(argument, "="), argument);
    for (int i = 0; i < NOPTIONS; i++)
        if (strlen(table[i].name) > 2 && distance(name, table[i].name) <= 2)
            return wrong(r, "unknown option %s: did you mean %s?", name, table[i].name);
    if (r->options->task == DO_RUN && r->options->input)
        return wrong(r, "unknown option %s: the program's own stand after --", name);
    return wrong(r, "unknown option %s", name);
}

/* reads argv[*i], and the value behind it */
static int read_option(Reading *r, int argc, char **argv, int *i) {
    const char *value;
    const struct Option *o = find(argv[*i], &value);
    if (!o) return unknown(r, argv[*i]);
    if (value && !o->value) return wrong(r, "%s takes no value", o->name);
    if (!value && o->value) {
        if (*i + 1 == argc) return wrong(r, "%s needs a value: %s", o->name, o->value);
        value = argv[++*i];
    }
    return o->apply(r, value);
}

static int add_input(Reading *r, const char *argument) {
    Options *o = r->options;
    if (o->input && strcmp(o->input, "run") == 0)
        return wrong(r, "`run` stands before all options: tgc run %s", argument);
    if (o->input) return wrong(r, "one file at a time: %s and %s", o->input, argument);
    o->input = argument;
    return 1;
}

/* under whatever names */
static int same_file(const char *a, const char *b) {
    struct stat at_a, at_b;
    return stat(a, &at_a) == 0 && stat(b, &at_b) == 0 && S_ISREG(at_a.st_mode) &&
           at_a.st_dev == at_b.st_dev && at_a.st_ino == at_b.st_ino;
}

/* the output's name, from the input's: here, not where the input is */
static int choose_output(Reading *r) {
    static const char *const endings[] = {
#define X(name, ending, what) ending,
        EMITS(X)
#undef X
    };
    Options *o = r->options;
    if (!o->output) {
        const char *slash = strrchr(o->input, '/');
        const char *base = slash ? slash + 1 : o->input;
        size_t n = strlen(base);
        if (n > 3 && strcmp(base + n - 3, ".tg") == 0) n -= 3;
        const char *ending = endings[o->emit];
        o->output = ending ? arena_printf(r->arena, "%.*s%s", (int)n, base, ending) : "-";
    }
    if (strcmp(o->output, "-") == 0 && (o->emit == EMIT_program || o->emit == EMIT_lib))
        return wrong(r, "-o -: what is linked needs the name of a file");
    if (strcmp(o->output, o->input) == 0 || same_file(o->output, o->input))
        return wrong(r, "%s would be overwritten: give -o another name", o->input);
    return 1;
}

static int check(Reading *r) {
    Options *o = r->options;
    if (o->task == DO_COMPILE && o->input) return choose_output(r);
    if (o->task != DO_RUN && o->task != DO_COMPILE) return 1;
    if (!o->input) return wrong(r, "no file to compile");
    if (o->output) return wrong(r, "tgc run keeps no output: leave -o out");
    if (o->emit != EMIT_program) return wrong(r, "tgc run makes a program: leave --emit out");
    return 1;
}

int options_parse(Arena *arena, int argc, char **argv, Options *options, FILE *errors) {
    *options = (Options){.target = "native", .level = 2};
    Reading r = {arena, options, errors};
    int i = 1;
    if (argc > 1 && strcmp(argv[1], "run") == 0) options->task = DO_RUN, i++;
    for (; i < argc; i++) {
        if (strcmp(argv[i], "--") == 0) {
            if (options->task != DO_RUN) return wrong(&r, "-- is for the arguments of `tgc run`");
            options->args = argv + i + 1;
            options->nargs = argc - i - 1;
            break;
        }
        int is_option = argv[i][0] == '-' && argv[i][1];
        if (!(is_option ? read_option(&r, argc, argv, &i) : add_input(&r, argv[i]))) return 0;
    }
    return check(&r);
}
