/* gen.c: writes C text from the MAP rows of ops.def, when tgc is built. `gen bitcode 1` and `gen
   bitcode 16`: the functions tg_NAME_T and tg_cast_FROM_TO (…x16) that clang makes bitcode of. `gen
   loops`: the interpreter's loops over elements, in a table by op and dtype. scalar.h tells the
   conventions. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

typedef struct Row Row;
struct Row {
    const char *name, *types, *scalar,
        *bad; /* bad: NULL, or the condition on which the program stops */
};

static const Row rows[] = {
#define MAP(name, n, types, scalar, derivative, samples, doc) {#name, types, #scalar, NULL},
#define MAPT(name, n, types, scalar, bad, derivative, samples, doc) {#name, types, #scalar, #bad},
#include "ir/ops.def"
};

enum { NROWS = sizeof rows / sizeof *rows };

typedef struct Elem Elem;
struct Elem {
    const char *name, *type; /* type: in scalar.h's names */
    const char *letters;     /* row letters that allow it */
};

static const Elem elems[] = {
    {"bool", "sc_u8", "nzab"}, {"u8", "sc_u8", "niza"},  {"i32", "sc_i32", "niza"},
    {"i64", "sc_i64", "niza"}, {"f32", "sc_f32", "nfa"}, {"f64", "sc_f64", "nfa"},
};

enum { NELEMS = sizeof elems / sizeof *elems, MOST_ARGS = 3 };

typedef struct Signature Signature;
struct Signature {
    int nargs;
    char arg[MOST_ARGS][8], result[8]; /* a letter or a dtype's name each */
    char letter;                       /* the row's letter; 0: none, the row is over bool */
};

static Signature read_signature(const Row *row) {
    Signature s = {0};
    const char *p = row->types;
    while (*p != '-') {
        size_t n = strcspn(p, ",-");
        if (s.nargs == MOST_ARGS || n >= sizeof s.arg[0]) {
            fprintf(stderr, "gen: row %s: cannot read the types %s\n", row->name, row->types);
            exit(1);
        }
        memcpy(s.arg[s.nargs], p, n);
        if (n == 1) s.letter = *p;
        s.nargs++;
        p += n + (p[n] == ',');
    }
    p += 2;
    snprintf(s.result, sizeof s.result, "%.7s", *p ? p : s.arg[0]);
    return s;
}

static const Elem *find_elem(const char *name) {
    for (int i = 0; i < NELEMS; i++)
        if (strcmp(elems[i].name, name) == 0) return &elems[i];
    fprintf(stderr, "gen: no element type %s\n", name);
    exit(1);
}

/* what a letter or a name stands for when the row is made for t */
static const Elem *resolve(const char *what, const Elem *t) {
    return what[0] && !what[1] ? t : find_elem(what);
}

static int allows(const Signature *s, const Elem *t) {
    return s->letter ? strchr(t->letters, s->letter) != NULL : strcmp(t->name, "bool") == 0;
}

static void write_params(const Signature *s, const Elem *t) {
    for (int i = 0; i < s->nargs; i++)
        printf("%s%s %c", i ? ", " : "", resolve(s->arg[i], t)->type, "abc"[i]);
}

static void write_function(const Row *row, const Signature *s, const Elem *t, const char *lanes) {
    const Elem *result = resolve(s->result, t);
    printf("TG_FN %s tg_%s_%s%s(", result->type, row->name, t->name, lanes);
    write_params(s, t);
    printf(") { return ");
    if (strcmp(s->result, "bool") == 0)
        printf("SC_BOOL(%s); }\n", row->scalar);
    else if (strcmp(result->name, "bool") == 0)
        printf("SC_BOOL((%s) != (sc_u8)(0)); }\n", row->scalar);
    else
        printf("(%s)(%s); }\n", result->type, row->scalar);
    if (!row->bad) return;
    printf("TG_FN sc_u8 tg_bad_%s_%s%s(", row->name, t->name, lanes);
    write_params(s, t);
    printf(") {");
    for (int i = 0; i < s->nargs; i++) printf(" (void)%c;", "abc"[i]);
    printf(" return SC_BOOL(%s); }\n", row->bad);
}

static void write_functions(const char *lanes) {
    for (int r = 0; r < NROWS; r++) {
        Signature s = read_signature(&rows[r]);
        for (int i = 0; i < NELEMS; i++)
            if (allows(&s, &elems[i])) write_function(&rows[r], &s, &elems[i], lanes);
    }
}

/* ---- casts ---- */
typedef struct Storage Storage;
struct Storage {
    const char *name, *type;
    enum { BOOL, INT, FLOAT } kind;
    const char *load,
        *tag; /* load: to what is computed with; tag: the compute type's part of helper names */
};

static const Storage storages[] = {
    {"bool", "sc_u8", BOOL, "", "u8"},
    {"u8", "sc_u8", INT, "", "u8"},
    {"i32", "sc_i32", INT, "", "i32"},
    {"i64", "sc_i64", INT, "", "i64"},
    {"f16", "sc_u16", FLOAT, "sc_load_f16", "s"},
    {"bf16", "sc_u16", FLOAT, "sc_load_bf16", "s"},
    {"f32", "sc_f32", FLOAT, "", "s"},
    {"f64", "sc_f64", FLOAT, "", "d"},
};

enum { NSTORAGES = sizeof storages / sizeof *storages };

static void write_cast(const Storage *from, const Storage *to, const char *lanes) {
    int half = strcmp(to->type, "sc_u16") == 0;
    printf("TG_FN %s tg_cast_%s_%s%s(%s a) { return ", to->type, from->name, to->name, lanes,
           from->type);
    if (to->kind == BOOL)
        printf("SC_BOOL(%s(a) != %s); }\n", from->load,
               from->kind != FLOAT   ? "(SC_FROM)(0)"
               : from->tag[0] == 'd' ? "D(0.0)"
                                     : "S(0.0)");
    else if (to->kind == INT && from->kind == FLOAT)
        printf("%s_to_%s(%s(a)); }\n", from->tag, to->name, from->load);
    else if (half)
        printf("sc_store_%s(SC_TO(sc_f32, %s(a))); }\n", to->name, from->load);
    else
        printf("SC_TO(%s, %s(a)); }\n", to->type, from->load);
}

static void write_casts(const char *lanes) {
    for (int i = 0; i < NSTORAGES; i++) {
        printf("#undef SC_FROM\n#define SC_FROM %s\n", storages[i].type);
        for (int j = 0; j < NSTORAGES; j++)
            if (i != j) write_cast(&storages[i], &storages[j], lanes);
    }
}

/* ---- the two files ---- */
static void write_bitcode(const char *lanes) {
    printf("/* made by ir/bitcode/gen.c */\n#define SC_LANES %s\n#include \"ir/scalar.h\"\n"
           "#define TG_FN __attribute__((always_inline))\n",
           lanes);
    const char *suffix = strcmp(lanes, "1") == 0 ? "" : "x16";
    write_functions(suffix);
    write_casts(suffix);
    printf("TG_FN sc_f32 tg_round_f16%s(sc_f32 a) { return sc_load_f16(sc_store_f16(a)); }\n",
           suffix);
    printf("TG_FN sc_f32 tg_round_bf16%s(sc_f32 a) { return sc_round_bf16(a); }\n", suffix);
}

static void write_loop(const char *prefix, const Row *row, const Signature *s, const Elem *t,
                       const char *result) {
    printf("LOOP%d(tg_%s%s_%s, %s", s->nargs, prefix, row->name, t->name, result);
    for (int i = 0; i < s->nargs; i++) printf(", %s", resolve(s->arg[i], t)->type);
    printf(")\n");
}

static void write_row_loops(const Row *row, const Signature *s) {
    for (int i = 0; i < NELEMS; i++) {
        if (!allows(s, &elems[i])) continue;
        write_loop("", row, s, &elems[i], resolve(s->result, &elems[i])->type);
        if (row->bad) write_loop("bad_", row, s, &elems[i], "sc_u8");
    }
}

static void write_table(const char *name, const char *prefix, int only_bad) {
    printf("\nMapLoop *const %s[OP_COUNT][DT_COUNT] = {\n", name);
    for (int r = 0; r < NROWS; r++) {
        if (only_bad && !rows[r].bad) continue;
        Signature s = read_signature(&rows[r]);
        printf("    [OP_%s] = {", rows[r].name);
        for (int i = 0; i < NELEMS; i++)
            if (allows(&s, &elems[i]))
                printf("[DT_%s] = loop_tg_%s%s_%s, ", elems[i].name, prefix, rows[r].name,
                       elems[i].name);
        printf("},\n");
    }
    printf("};\n");
}

static void write_loops(void) {
    printf("/* made by ir/bitcode/gen.c */\n#include \"ir/eval_map.h\"\n#include \"ir/scalar.h\"\n"
           "#define TG_FN SC_FN\n");
    write_functions("");
    write_casts("");
    for (int r = 0; r < NROWS; r++) {
        Signature s = read_signature(&rows[r]);
        write_row_loops(&rows[r], &s);
    }
    for (int i = 0; i < NSTORAGES; i++)
        for (int j = 0; j < NSTORAGES; j++)
            if (i != j)
                printf("LOOP1(tg_cast_%s_%s, %s, %s)\n", storages[i].name, storages[j].name,
                       storages[j].type, storages[i].type);
    write_table("map_loops", "", 0);
    write_table("map_bad_loops", "bad_", 1);
    printf("\nMapLoop *const cast_loops[DT_COUNT][DT_COUNT] = {\n");
    for (int i = 0; i < NSTORAGES; i++) {
        printf("    [DT_%s] = {", storages[i].name);
        for (int j = 0; j < NSTORAGES; j++)
            if (i != j)
                printf("[DT_%s] = loop_tg_cast_%s_%s, ", storages[j].name, storages[i].name,
                       storages[j].name);
        printf("},\n");
    }
    printf("};\n");
}

int main(int argc, char **argv) {
    if (argc == 2 && strcmp(argv[1], "loops") == 0)
        write_loops();
    else if (argc == 3 && strcmp(argv[1], "bitcode") == 0)
        write_bitcode(argv[2]);
    else
        return 2;
    return 0;
}
