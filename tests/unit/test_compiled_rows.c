/* test_compiled_rows.c: every pointwise row of ops.def over every type that it takes, compiled as a
   vector kernel and as a scalar of the host function, gives the interpreter's bits; special values
   included. One program a type. */
#include "graph_fixture.h"

#include <math.h>
#include <unistd.h>

#include "codegen/codegen.h"
#include "ir/eval.h"
#include "ir/number.h"

enum { COUNT = 67 }; /* four vectors and a rest */

static const char *const letters[DT_COUNT] = {
    [DT_bool] = "nzab", [DT_u8] = "niza",  [DT_i32] = "niza", [DT_i64] = "niza",
    [DT_f16] = "nfa",   [DT_bf16] = "nfa", [DT_f32] = "nfa",  [DT_f64] = "nfa",
};

/* the operands' types of a row when its letter is dtype; 0: the row does not take it */
static int operand_types(const OpInfo *info, DType dtype, DType *types) {
    const char *s = info->types;
    int takes = 0;
    for (int i = 0; i < info->nargs; i++) {
        size_t n = strcspn(s, ",-");
        types[i] = dtype;
        if (n == 1 && !strchr(letters[dtype], *s)) return 0;
        takes |= n == 1;
        for (int d = 0; n > 1 && d < DT_COUNT; d++)
            if (strlen(dtype_name((DType)d)) == n && !strncmp(dtype_name((DType)d), s, n))
                types[i] = (DType)d;
        s += n + (s[n] == ',');
    }
    return takes || dtype == DT_bool;
}

static double value_at(int i, int operand) {
    static const double special[] = {0.0, -0.0, 1.0, -1.0,  INFINITY, -INFINITY, NAN,
                                     0.5, 2.0,  3.0, 1e-40, 1e30,     255.0,     7.0};
    enum { N = sizeof special / sizeof *special };
    int k = operand ? i * 5 + operand * 3 : i;
    if (i % 3 < 2) return special[k % N];
    return sin(1.0 + i * 12.9898 + operand * 78.233) * (i % 5 ? 2.0 : 40.0);
}

static int is_trapping(const OpInfo *info) {
    return info->flags & OPF_TRAP;
}

static const void *operand_data(DType dtype, int operand, int no_trap) {
    char *data = arena_alloc(arena, COUNT * 8);
    for (int i = 0; i < COUNT; i++) {
        double x = value_at(i, operand);
        if (no_trap && operand == 1 && !dtype_is_float(dtype)) x = 1.0 + i % 5;
        if (dtype == DT_bool) x = x > 0;
        number_store(dtype, x, data + i * dtype_bytes(dtype));
    }
    return data;
}

static void show_label(const char *name) {
    Node *node = build_op(&b, OP_print, NULL, 0, NULL, 0, NULL);
    node->pieces = NEW_ARRAY(arena, Piece, 1);
    node->npieces = 1;
    node->pieces[0] = (Piece){.kind = PIECE_TEXT, .text = name, .length = (int)strlen(name)};
}

static void add_row(Op op, DType dtype) {
    const OpInfo *info = op_info(op);
    DType types[4];
    if (!(info->flags & OPF_MAP) || !operand_types(info, dtype, types)) return;
    Node *tensors[4], *scalars[4];
    for (int i = 0; i < info->nargs; i++) {
        const void *data = operand_data(types[i], i, is_trapping(info));
        tensors[i] = build_const(&b, vector(types[i], COUNT), data);
        scalars[i] = build_const(&b, type_scalar(g->types, types[i]),
                                 (const char *)data + 11 * dtype_bytes(types[i]));
    }
    show_label(info->name);
    show(build_map(&b, op, tensors, info->nargs));
    show(build_map(&b, op, scalars, info->nargs));
}

static void add_casts(DType from) {
    for (int to = 0; to < DT_COUNT; to++) {
        const void *data = operand_data(from, 0, 0);
        show_label(dtype_name((DType)to));
        show(build_cast(&b, build_const(&b, vector(from, COUNT), data), (DType)to));
        show(build_cast(&b,
                        build_const(&b, type_scalar(g->types, from),
                                    (const char *)data + 8 * dtype_bytes(from)),
                        (DType)to));
    }
}

static char *interpreted(void) {
    char *text = NULL;
    size_t size = 0;
    FILE *f = open_memstream(&text, &size);
    EvalOptions options = {.has_seed = 1, .out = f};
    Eval *e = eval_new(g, &options);
    if (!eval_run(e)) ck_abort_msg("the interpreter stopped: %s", eval_error(e));
    eval_free(e);
    fclose(f);
    return text;
}

static char *compiled(int level) {
    char path[] = "/tmp/test-rows-XXXXXX", *text = NULL;
    size_t size = 0;
    close(mkstemp(path));
    CodegenOptions options = {.name = "rows",
                              .target = "native",
                              .out = path,
                              .level = level,
                              .runtime = TGC_BINARY_DIR "/lib/tgc"};
    const char *error = NULL;
    if (codegen_program(g, &options, &error)) ck_abort_msg("%s", error);
    FILE *f = open_memstream(&text, &size), *run = popen(path, "r");
    for (int c; (c = fgetc(run)) != EOF;) fputc(c, f);
    ck_assert_int_eq(pclose(run), 0);
    fclose(f);
    unlink(path);
    return text;
}

/* the first line that differs, under its row's name */
static void compare(char *want, char *got, DType dtype) {
    const char *row = "";
    char *a, *c, *wrest = NULL, *grest = NULL;
    for (a = strtok_r(want, "\n", &wrest), c = strtok_r(got, "\n", &grest); a && c;
         a = strtok_r(NULL, "\n", &wrest), c = strtok_r(NULL, "\n", &grest)) {
        if (op_find(a) != OP_COUNT || *a == 'c') row = a;
        if (strcmp(a, c))
            ck_abort_msg("%s of %s: interpreted\n%s\ncompiled\n%s", row, dtype_name(dtype), a, c);
    }
    ck_assert_msg(!a && !c, "one prints more");
}

START_TEST(rows_agree) {
    DType dtype = (DType)(_i / 2);
    for (int op = 0; op < OP_COUNT; op++) add_row((Op)op, dtype);
    add_casts(dtype);
    PassOptions passes = {.optimize = 0};
    passes_run(g, &passes);
    graph_renumber(g);
    char *want = interpreted(), *got = compiled(_i % 2 ? 0 : 2);
    compare(want, got, dtype);
    free(want);
    free(got);
}
END_TEST

int main(void) {
    Suite *suite = suite_create("compiled rows");
    TCase *tcase = tcase_create("rows");
    tcase_add_checked_fixture(tcase, fresh_graph, drop_graph);
    tcase_set_timeout(tcase, 120);
    tcase_add_loop_test(tcase, rows_agree, 0, 2 * DT_COUNT);
    suite_add_tcase(suite, tcase);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed != 0;
}
