/* test_contract.c: contractions and convolutions of all kinds of sizes, types, layouts and fused
   neighbours, compiled and run: what they print is what the interpreter prints, to the bit.

   test_contract [ROUNDS [SEED]]: a program that differs is printed as a graph; its seed alone
   repeats it. */
#include "graph_fixture.h"

#include <unistd.h>

#include "codegen/codegen.h"
#include "ir/eval.h"
#include "ir/number.h"

static uint64_t random_state;

static uint32_t chance(uint32_t n) {
    random_state = random_state * 6364136223846793005u + 1442695040888963407u;
    return (uint32_t)(random_state >> 33) % n;
}

/* ---- operands ---- */

static Node *offset_of(DType dtype) {
    return build_cast(&b, unknown(DT_f32, 0), dtype);
}

/* numbers that nothing can fold: constants plus an argument which is 0 */
static Node *numbers(const Type *type) {
    int64_t n = 1;
    for (int i = 0; i < type->rank; i++) n *= dim_value(type->dims[i]);
    int64_t bytes = dtype_bytes(type->dtype);
    char *data = arena_alloc(arena, (size_t)((n + 1) * bytes));
    int whole = !dtype_is_float(type->dtype);
    for (int64_t i = 0; i < n; i++) {
        double value = whole ? (double)chance(7) - (type->dtype == DT_u8 ? 0 : 3)
                             : ((double)chance(4001) - 2000) / 1024;
        if (type->dtype == DT_bool) value = chance(2);
        if (chance(19) == 0) value = 0;
        number_store(type->dtype, value, data + i * bytes);
    }
    Node *node = build_const(&b, type, data);
    if (type->dtype == DT_bool || type->rank == 0 || chance(2)) return node;
    return build_map2(&b, OP_add, node, offset_of(type->dtype));
}

/* the same shape, its elements in another order in memory */
static Node *any_layout(const Type *type) {
    int perm[MAX_RANK], back[MAX_RANK];
    const Dim *dims[MAX_RANK];
    for (int i = 0; i < type->rank; i++) perm[i] = i;
    for (int i = type->rank - 1; i > 0 && chance(2); i--) {
        int j = (int)chance((uint32_t)i + 1), other = perm[i];
        perm[i] = perm[j];
        perm[j] = other;
    }
    for (int i = 0; i < type->rank; i++) {
        dims[i] = type->dims[perm[i]];
        back[perm[i]] = i;
    }
    Node *x = numbers(type_new(g->types, type->dtype, type->rank, dims, NULL));
    return build_permute(&b, x, back);
}

static DType some_dtype(int floats_only) {
    static const DType all[] = {DT_f32,  DT_f32, DT_f32, DT_f64, DT_f16,
                                DT_bf16, DT_i32, DT_i64, DT_u8,  DT_bool};
    return all[chance(floats_only ? 6 : 10)];
}

/* ---- sizes that are known late ---- */

/* at most n; a size of its own, sometimes without a bound */
static const Dim *late(int64_t n) {
    Size *size = size_new(g->dims, "late", SIZE_BATCH, chance(3) ? n : -1, span_nowhere());
    build_bind(&b, build_int(&b, (int64_t)chance((uint32_t)n + 1)), size);
    return dim_size(g->dims, size);
}

static Node *cut(Node *x, int axis, const Dim *length) {
    return length ? build_slice_axis(&b, x, axis, build_int(&b, 0), length, 1) : x;
}

/* ---- results ---- */

static Node *total(Node *x) {
    int axes[MAX_RANK];
    for (int i = 0; i < x->type->rank; i++) axes[i] = i;
    if (x->type->rank == 0) return x;
    x = build_reduce(&b, OP_sum, x, axes, x->type->rank);
    return build_reshape(&b, x, type_scalar(g->types, x->type->dtype));
}

/* every element counts, with a weight of its own */
static void show_all(Node *y) {
    DType wide = dtype_is_float(y->type->dtype) ? DT_f64 : DT_i64;
    Node *x = build_cast(&b, y, wide);
    show(total(x));
    if (y->type->rank == 0) return;
    const Type *flat =
        type_new(g->types, wide, 1, (const Dim *[]){type_count(g->dims, y->type)}, NULL);
    x = build_reshape(&b, x, flat);
    Node *place = build_cast(&b, build_iota(&b, flat, 0), wide);
    show(total(build_map2(&b, OP_mul, x, place)));
}

static Node *with_neighbours(Node *y) {
    if (y->type->dtype == DT_bool || y->type->rank == 0) return y;
    if (chance(2)) {
        Type row = *type_without_names(g->types, y->type);
        for (int i = 0; i < row.rank; i++)
            if (chance(2)) row.dims[i] = dim_int(g->dims, 1);
        for (int i = 0; i < row.rank; i++)
            if (!dim_is_int(row.dims[i], NULL)) row.dims[i] = dim_int(g->dims, 1);
        Node *bias = numbers(type_new(g->types, row.dtype, row.rank, row.dims, NULL));
        y = build_map2(&b, OP_add, y, build_expand(&b, bias, y->type));
    }
    if (chance(2)) y = build_map2(&b, OP_maximum, y, build_number(&b, y->type->dtype, 0));
    return y;
}

/* ---- products ---- */

static int64_t some_size(int64_t most) {
    static const int64_t sizes[] = {1,  2,  3,  4,   5,   6,   7,   10,  15,  16,  17,  31,  32, 33,
                                    48, 64, 65, 100, 127, 129, 255, 256, 257, 300, 520, 700, 0};
    int64_t n = sizes[chance(chance(12) == 0 ? 27 : 26)];
    while (n > most) n = sizes[chance(26)];
    return n;
}

static int some_axes(int64_t *dims, int most, int64_t *room) {
    int n = (int)chance((uint32_t)most + 1);
    for (int i = 0; i < n; i++) {
        dims[i] = some_size(*room > 0 ? *room : 1);
        *room /= dims[i] > 0 ? dims[i] : 1;
    }
    return n;
}

static void make_dot(void) {
    int64_t batch[4], m[4], n[4], k[4], room = 4000000, few = chance(8) == 0 ? 4 : 1000000;
    DType dtype = some_dtype(0);
    int nk = some_axes(k, 2, &room), nm, nn, nb;
    room = room < few ? room : few;
    nm = some_axes(m, 2, &room);
    nn = some_axes(n, 2, &room);
    nb = some_axes(batch, 2, &room);
    int64_t a[12], c[12];
    int ra = 0, rc = 0;
    for (int i = 0; i < nb; i++) a[ra++] = c[rc++] = batch[i];
    for (int i = 0; i < nm; i++) a[ra++] = m[i];
    for (int i = 0; i < nn; i++) c[rc++] = n[i];
    for (int i = 0; i < nk; i++) a[ra++] = c[rc++] = k[i];
    Node *x = any_layout(tensor(dtype, ra, a)), *y = any_layout(tensor(dtype, rc, c));
    if (nk > 0 && chance(4) == 0) {
        const Dim *length = late(k[nk - 1]);
        x = cut(x, ra - 1, length);
        y = cut(y, rc - 1, length);
    }
    if (nb > 0 && chance(4) == 0) {
        const Dim *length = late(batch[0]);
        x = cut(x, 0, length);
        y = cut(y, 0, length);
    }
    if (nm > 0 && chance(4) == 0) x = cut(x, nb, late(m[0]));
    if (nn > 0 && chance(4) == 0) y = cut(y, nb, late(n[0]));
    show_all(with_neighbours(build_dot(&b, x, y, nb, nk)));
}

/* ---- convolutions ---- */

static void make_conv(void) {
    DType dtype = some_dtype(1);
    int spatial = 1 + (int)chance(3);
    int64_t groups = chance(3) ? 1 : 1 + chance(3), most = spatial == 3   ? 6
                                                           : spatial == 2 ? 15
                                                                          : 70;
    static const int64_t channels[] = {1, 2, 3, 4, 6, 8, 16, 17, 20};
    int64_t each = channels[chance(9)], out_each = channels[chance(9)];
    if (chance(10) == 0) out_each = 33 + chance(40);
    int64_t x[8] = {1 + chance(4), groups * each}, w[8] = {groups * out_each, each};
    int64_t stride[3], pad[3], x_dilation[3], w_dilation[3];
    const Dim *out[3];
    for (int i = 0; i < spatial; i++) {
        x[2 + i] = 1 + chance((uint32_t)most);
        w[2 + i] = 1 + chance(spatial == 1 ? 7 : 5);
        if (chance(12) == 0) w[2 + i] = x[2 + i];
        stride[i] = chance(3) ? 1 : 1 + chance(3);
        w_dilation[i] = chance(4) ? 1 : 1 + chance(3);
        x_dilation[i] = chance(4) ? 1 : 1 + chance(3);
        int64_t reach = (w[2 + i] - 1) * w_dilation[i], size = (x[2 + i] - 1) * x_dilation[i] + 1;
        pad[i] = chance(2) ? 0 : (int64_t)chance((uint32_t)(reach + 2));
        int64_t all = size + pad[i] + (chance(2) ? pad[i] : 0) - reach - 1;
        if (all < 0) {
            pad[i] -= all;
            all = 0;
        }
        out[i] = dim_int(g->dims, all / stride[i] + 1);
    }
    Node *xs = any_layout(tensor(dtype, 2 + spatial, x)),
         *ws = any_layout(tensor(dtype, 2 + spatial, w));
    if (chance(3) == 0) { /* as a derivative by w has it: the batch is contracted, taps are many */
        Type swapped = *ws->type;
        for (int i = 0; i < spatial; i++) {
            int64_t all =
                (x[2 + i] - 1) * x_dilation[i] + pad[i] - (dim_value(out[i]) - 1) * stride[i];
            if (all < 0) all = 0;
            swapped.dims[2 + i] = dim_int(g->dims, all / w_dilation[i] + 1);
        }
        ws = any_layout(type_new(g->types, dtype, 2 + spatial, swapped.dims, NULL));
    }
    if (chance(4) == 0) xs = cut(xs, 0, late(x[0]));
    if (groups == 1 && chance(4) == 0) {
        const Dim *length = late(each);
        xs = cut(xs, 1, length);
        ws = cut(ws, 1, length);
    }
    if (groups == 1 && chance(4) == 0) ws = cut(ws, 0, late(out_each));
    show_all(with_neighbours(
        build_conv(&b, xs, ws, spatial, groups, stride, pad, x_dilation, w_dilation, out)));
}

/* ---- both ways ---- */

static float zero;

static char *interpreted(void) {
    char *text = NULL;
    size_t size = 0;
    FILE *f = open_memstream(&text, &size);
    TgTensor arg = {.dtype = DT_f32, .data = &zero};
    EvalOptions options = {.args = &arg, .has_seed = 1, .seed = 7, .out = f};
    Eval *e = eval_new(g, &options);
    if (!eval_run(e)) fprintf(f, "stopped\n");
    eval_free(e);
    fclose(f);
    return text;
}

static char *compiled(int level, const char *target, const char **error) {
    char path[] = "/tmp/test-contract-XXXXXX";
    int fd = mkstemp(path);
    if (fd >= 0) close(fd);
    CodegenOptions options = {.name = "contract",
                              .target = target,
                              .out = path,
                              .level = level,
                              .runtime = TGC_BINARY_DIR "/lib/tgc"};
    char *text = NULL;
    size_t size = 0;
    FILE *f = open_memstream(&text, &size);
    if (codegen_program(g, &options, error) == 0) {
        char command[256];
        snprintf(command, sizeof command, "%s --threads %d 2>&1", path, 1 + (int)chance(3));
        FILE *run = popen(command, "r");
        for (int c; (c = fgetc(run)) != EOF;) fputc(c, f);
        int status = pclose(run);
        if (status) fprintf(f, "status %d\n", status);
    }
    unlink(path);
    fclose(f);
    return text;
}

/* 1: both agree. Every third program is for the baseline of the architecture. */
static int round_of(uint64_t seed) {
    fresh_graph();
    random_state = seed * 977;
    unknown(DT_f32, 0);
    for (int i = 0; i < 8; i++) {
        if (chance(2))
            make_dot();
        else
            make_conv();
    }
    graph_renumber(g);
    char *want = interpreted(), *graph = printed();
    const char *error = NULL;
    char *got = compiled((int)(seed % 4), seed % 3 ? "native" : "x86_64-linux-gnu", &error);
    int good = !error && !strcmp(want, got);
    if (!good)
        printf("seed %llu\n%s\n--- interpreted\n%s--- compiled%s%s\n%s\n", (unsigned long long)seed,
               graph, want, error ? ": " : "", error ? error : "", got);
    free(want);
    free(got);
    free(graph);
    drop_graph();
    return good;
}

int main(int argc, char **argv) {
    int rounds = argc > 1 ? atoi(argv[1]) : 12, failed = 0;
    uint64_t seed = argc > 2 ? strtoull(argv[2], NULL, 10) : 1;
    for (int i = 0; i < rounds; i++) failed += !round_of(seed + (uint64_t)i);
    printf("%d programs, %d differ\n", rounds, failed);
    return failed != 0;
}
