/* options.c: the command line of a produced program, by its table of args and the options that
   every program has. Fills the arg values, sizes and options; the first thing wrong is one message.
 */
#include "runtime/rt.h"
#include "runtime/number.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

const Builtin rt_builtins[] = {
    {"help", NULL, "show this text"},
    {"seed", "N", "start of the random numbers (default 0)"},
    {"threads", "N", "threads to compute with (default: the cores it may use)"},
    {"resume", NULL, "continue from the checkpoint"},
    {"quiet", NULL, "no progress, no notices; what the program prints is still printed"},
    {"log", "FILE", "record what the program logs: .csv, .jsonl, or a folder for TensorBoard"},
    {"profile", NULL, "report time and bytes by source line when done"},
    {"memory", NULL, "show the memory plan, without running"},
};
const int rt_nbuiltins = sizeof rt_builtins / sizeof *rt_builtins;

int option_names_equal(const char *a, const char *b, size_t n) {
    for (size_t i = 0; i < n; i++)
        if (!b[i] || ((a[i] == '_' ? '-' : a[i]) != (b[i] == '_' ? '-' : b[i]))) return 0;
    return b[n] == 0;
}

/* one option as it stands on the command line */
typedef struct Given Given;
struct Given {
    const char *word;  /* "--name" */
    size_t length;     /* of name */
    const char *value; /* after "=", NULL: none yet */
};

/* ---- values ---- */

static int whole_number(const Given *g, int64_t least, int64_t most, int64_t *value, RtError *e) {
    size_t sign = *g->value == '-' || *g->value == '+',
           digits = strspn(g->value + sign, "0123456789");
    int fits = number_int(g->value, g->value + strlen(g->value), value);
    if (!fits && (!digits || g->value[sign + digits]))
        return rt_error(e, "--%.*s: '%s' is not a whole number", (int)g->length, g->word + 2,
                        g->value);
    if (fits && *value >= least && *value <= most) return 1;
    return rt_error(e, "--%.*s: %s is out of range, expected %lld to %lld", (int)g->length,
                    g->word + 2, g->value, (long long)least, (long long)most);
}

/* the value rounded to the arg's type */
static int real_number(const Given *g, int64_t dtype, double *value, RtError *e) {
    const char *end = g->value + strlen(g->value);
    float f;
    if (!number_double(g->value, end, value))
        return rt_error(e, "--%.*s: '%s' is not a number", (int)g->length, g->word + 2, g->value);
    double given = *value;
    if (dtype == TG_F32 && number_float(g->value, end, &f))
        *value = f;
    else if (dtype == TG_F16)
        *value = tg_f16_to_f32(tg_f64_to_f16(*value));
    else if (dtype == TG_BF16)
        *value = tg_bf16_to_f32(tg_f64_to_bf16(*value));
    int infinite = *value - *value != 0 && (given - given == 0 || number_end(g->value, end) == end);
    if (!infinite) return 1;
    return rt_error(e, "--%.*s: %s is out of range for %s", (int)g->length, g->word + 2, g->value,
                    tg_dtype_name(dtype));
}

static int set_size(Rt *rt, const TgArg *arg, int64_t value, RtError *e) {
    TgText what = {0};
    tg_text_printf(&what, "--%s", arg->name);
    rt->context->sizes[arg->size_id] = value;
    if (!what.at) return rt_error(e, "out of memory");
    free(rt->origins[arg->size_id].what);
    rt->origins[arg->size_id].what = what.at;
    return 1;
}

static int set_arg(Rt *rt, int64_t i, const Given *g, RtError *e) {
    const TgArg *arg = &rt->program->args[i];
    TgContext *ctx = rt->context;
    static const struct {
        int64_t least, most;
    } ranges[] = {{0, 1}, {0, 255}, {INT32_MIN, INT32_MAX}, {INT64_MIN, INT64_MAX}};
    if (arg->dtype < 0) {
        ctx->arg_texts[i] = g->value;
        return 1;
    }
    if (arg->dtype == TG_BOOL) {
        if (number_bool(g->value, g->value + strlen(g->value), &ctx->arg_ints[i])) return 1;
        return rt_error(e, "--%.*s: '%s' is not true or false", (int)g->length, g->word + 2,
                        g->value);
    }
    if (tg_dtype_is_float(arg->dtype)) return real_number(g, arg->dtype, &ctx->arg_floats[i], e);
    int64_t least = arg->size_id >= 0 ? 0 : ranges[arg->dtype].least,
            most = ranges[arg->dtype].most;
    if (arg->size_id >= 0) most = (int64_t)1 << 40;
    if (!whole_number(g, least, most, &ctx->arg_ints[i], e)) return 0;
    return arg->size_id < 0 || set_size(rt, arg, ctx->arg_ints[i], e);
}

/* ---- the options of every program ---- */

static int set_builtin(Rt *rt, const Builtin *b, const Given *g, RtError *e) {
    TgContext *ctx = rt->context;
    const char *name = b->name;
    if (!strcmp(name, "seed")) return whole_number(g, INT64_MIN, INT64_MAX, &ctx->seed, e);
    if (!strcmp(name, "threads")) return whole_number(g, 1, 1024, &ctx->threads, e);
    if (!strcmp(name, "help")) rt->options.help = 1;
    if (!strcmp(name, "resume")) ctx->resume = 1;
    if (!strcmp(name, "quiet")) rt->options.quiet = 1;
    if (!strcmp(name, "profile")) ctx->profile = 1;
    if (!strcmp(name, "memory")) rt->options.memory = 1;
    if (!strcmp(name, "log")) rt->options.log = g->value;
    return 1;
}

static const Builtin *find_builtin(const Given *g) {
    for (int i = 0; i < rt_nbuiltins; i++)
        if (option_names_equal(g->word + 2, rt_builtins[i].name, g->length)) return &rt_builtins[i];
    return NULL;
}

static int64_t find_arg(const Rt *rt, const Given *g) {
    for (int64_t i = 0; i < rt->program->nargs; i++)
        if (option_names_equal(g->word + 2, rt->program->args[i].name, g->length)) return i;
    return -1;
}

/* the value, from the next word when it does not stand after "="; flags need none */
static int take_value(Given *g, int is_flag, int is_bool, int *i, int argc, char **argv,
                      RtError *e) {
    int64_t ignored;
    if (is_flag && g->value)
        return rt_error(e, "--%.*s takes no value", (int)g->length, g->word + 2);
    if (g->value || is_flag) return 1;
    const char *next = *i + 1 < argc ? argv[*i + 1] : NULL;
    if (is_bool) {
        int given = next && number_bool(next, next + strlen(next), &ignored);
        g->value = given ? next : "true";
        *i += given;
        return 1;
    }
    if (!next) return rt_error(e, "--%.*s needs a value", (int)g->length, g->word + 2);
    g->value = next;
    *i += 1;
    return 1;
}

static int distance(const char *a, size_t n, const char *b) {
    int row[64], m = (int)strlen(b);
    if (m > 60) return 99;
    for (int k = 0; k <= m; k++) row[k] = k;
    for (size_t i = 0; i < n; i++) {
        int diagonal = row[0];
        row[0] = (int)i + 1;
        for (int k = 0; k < m; k++) {
            int same = a[i] == b[k] || (a[i] == '-' && b[k] == '_') || (a[i] == '_' && b[k] == '-');
            int cost = diagonal + !same;
            diagonal = row[k + 1];
            if (row[k + 1] + 1 < cost) cost = row[k + 1] + 1;
            if (row[k] + 1 < cost) cost = row[k] + 1;
            row[k + 1] = cost;
        }
    }
    return row[m];
}

static int unknown(const Rt *rt, const Given *g, RtError *e) {
    const char *nearest = NULL;
    int best = 3;
    for (int64_t i = 0; i < rt->program->nargs + rt_nbuiltins; i++) {
        const char *name = i < rt->program->nargs ? rt->program->args[i].name
                                                  : rt_builtins[i - rt->program->nargs].name;
        int d = distance(g->word + 2, g->length, name);
        if (d < best) {
            best = d;
            nearest = name;
        }
    }
    if (nearest)
        return rt_error(e, "unknown option --%.*s, did you mean --%s?", (int)g->length, g->word + 2,
                        nearest);
    return rt_error(e, "unknown option --%.*s (--help lists them)", (int)g->length, g->word + 2);
}

/* ---- all of it ---- */

static void set_defaults(Rt *rt) {
    for (int64_t i = 0; i < rt->program->nargs; i++) {
        const TgArg *arg = &rt->program->args[i];
        RtError ignored;
        rt->context->arg_ints[i] = arg->default_int;
        rt->context->arg_floats[i] =
            arg->dtype == TG_F32 ? (double)(float)arg->default_float : arg->default_float;
        rt->context->arg_texts[i] = arg->default_text ? arg->default_text : "";
        if (arg->size_id >= 0 && !arg->required) set_size(rt, arg, arg->default_int, &ignored);
    }
}

int rt_options_parse(Rt *rt, int argc, char **argv, RtError *e) {
    char *seen = calloc((size_t)rt->program->nargs + 1, 1);
    set_defaults(rt);
    int ok = seen != NULL || rt_error(e, "out of memory");
    for (int i = 1; ok && i < argc; i++) {
        Given g = {.word = argv[i]};
        if (!strcmp(g.word, "-h")) g.word = "--help";
        if (strncmp(g.word, "--", 2) != 0 || !g.word[2]) {
            ok = rt_error(e, "unexpected argument '%s' (options begin with --)", g.word);
            break;
        }
        g.length = strcspn(g.word + 2, "=");
        if (g.word[2 + g.length] == '=') g.value = g.word + 2 + g.length + 1;
        const Builtin *builtin = find_builtin(&g);
        int64_t at = builtin ? -1 : find_arg(rt, &g);
        if (!builtin && at < 0) {
            ok = unknown(rt, &g, e);
            break;
        }
        int is_bool = at >= 0 && rt->program->args[at].dtype == TG_BOOL;
        ok = take_value(&g, builtin && !builtin->value, is_bool, &i, argc, argv, e) &&
             (builtin ? set_builtin(rt, builtin, &g, e) : set_arg(rt, at, &g, e));
        if (at >= 0) seen[at] = 1;
    }
    for (int64_t i = 0; ok && !rt->options.help && i < rt->program->nargs; i++)
        if (rt->program->args[i].required && !seen[i])
            ok =
                rt_error(e, "--%s is required (--help says what it is)", rt->program->args[i].name);
    if (ok && rt->context->resume && !rt->program->has_checkpoint)
        ok = rt_error(e, "--resume: this program has no loop with a checkpoint");
    free(seen);
    return ok;
}
