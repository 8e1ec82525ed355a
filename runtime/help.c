/* help.c: --help: the program's args with their types, help and defaults, then what every program
 * has. */
#include "runtime/rt.h"

#include <string.h>

static const char *value_word(const TgArg *arg) {
    if (arg->dtype < 0) return " TEXT";
    if (arg->dtype == TG_BOOL) return "";
    return arg->size_id >= 0 ? " SIZE" : tg_dtype_is_float(arg->dtype) ? " NUMBER" : " N";
}

static void put_default(TgText *to, const TgArg *arg) {
    if (arg->required) {
        tg_text_printf(to, " (required)");
    } else if (arg->dtype < 0) {
        tg_text_printf(to, " (default \"%s\")", arg->default_text ? arg->default_text : "");
    } else if (arg->dtype == TG_BOOL) {
        if (arg->default_int) tg_text_printf(to, " (default; --%s=false: not)", arg->name);
    } else if (tg_dtype_is_float(arg->dtype)) {
        tg_text_printf(to, " (default %.*g)",
                       arg->dtype == TG_F64   ? 15
                       : arg->dtype == TG_F32 ? 7
                                              : 4,
                       arg->default_float);
    } else {
        tg_text_printf(to, " (default %lld)", (long long)arg->default_int);
    }
}

static void put_line(TgText *to, int64_t width, const char *name, const char *value,
                     const char *help) {
    int64_t from = to->n;
    tg_text_printf(to, "  --");
    for (const char *c = name; *c; c++) tg_text_put(to, *c == '_' ? "-" : c, 1);
    tg_text_printf(to, "%s", value);
    tg_text_fill(to, ' ', width - (to->n - from));
    if (help) tg_text_printf(to, "%s", help);
}

void rt_options_help(const Rt *rt) {
    const TgProgram *p = rt->program;
    size_t width = 18;
    for (int64_t i = 0; i < p->nargs; i++) {
        size_t n = 6 + strlen(p->args[i].name) + strlen(value_word(&p->args[i]));
        if (n > width && n <= 34) width = n;
    }
    TgText *to = &((Rt *)(uintptr_t)rt)->text;
    to->n = 0;
    tg_text_printf(to, "usage: %s [options]\n", rt->command);
    if (p->nargs) tg_text_printf(to, "\noptions of %s\n", p->name);
    for (int64_t i = 0; i < p->nargs; i++) {
        put_line(to, (int64_t)width, p->args[i].name, value_word(&p->args[i]), p->args[i].help);
        put_default(to, &p->args[i]);
        while (to->at[to->n - 1] == ' ') to->n--;
        tg_text_put(to, "\n", 1);
    }
    tg_text_printf(to, "\noptions of every program\n");
    for (int i = 0; i < rt_nbuiltins; i++) {
        char value[16] = " ";
        if (rt_builtins[i].value) strncat(value, rt_builtins[i].value, 10);
        put_line(to, (int64_t)width, rt_builtins[i].name, rt_builtins[i].value ? value : "",
                 rt_builtins[i].help);
        tg_text_put(to, "\n", 1);
    }
}
