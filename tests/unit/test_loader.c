/* test_loader.c: the loaders idx, npy, npz and bytes on well-formed files, on every kind of
   malformed one with its reason, on every truncation (which must be refused) and changed bytes
   (which must not crash). The files are made here. */
#include "loader_fixture.h"

#include <zlib.h>

/* packs like gzip (bits 31) or a zip member (bits -15) */
static size_t pack(const void *from, size_t n, int bits, void *to, size_t cap) {
    z_stream z = {.next_in = (Bytef *)(uintptr_t)from,
                  .avail_in = (uInt)n,
                  .next_out = to,
                  .avail_out = (uInt)cap};
    deflateInit2(&z, 9, Z_DEFLATED, bits, 8, Z_DEFAULT_STRATEGY);
    ck_assert_int_eq(deflate(&z, Z_FINISH), Z_STREAM_END);
    deflateEnd(&z);
    return z.total_out;
}

/* ---- idx ---- */

static const char idx[] = "\0\0\x08\x02\0\0\0\x02\0\0\0\x03\1\2\3\4\5\6";
enum { IDX = sizeof idx - 1 };

START_TEST(idx_files) {
    char packed[200];
    put_file("a", idx, IDX);
    HOLDS(load_idx("a", &loaded, &why), "u8[2, 3] [[1, 2, 3],\n [4, 5, 6]]");
    size_t n = pack(idx, IDX, 31, packed, sizeof packed);
    put_file("a.gz", packed, n);
    HOLDS(load_idx("a.gz", &loaded, &why), "u8[2, 3] [[1, 2, 3],\n [4, 5, 6]]");
    abuse("a", load_idx);
    abuse("a.gz", load_idx);
    /* two members, as gzip joins them */
    n = pack(idx, 7, 31, packed, sizeof packed);
    n += pack(idx + 7, IDX - 7, 31, packed + n, sizeof packed - n);
    put_file("b.gz", packed, n);
    HOLDS(load_idx("b.gz", &loaded, &why), "u8[2, 3] [[1, 2, 3],\n [4, 5, 6]]");
    put_file("c", "\0\0\x0d\1\0\0\0\1\x3f\x80\0\0", 12);
    HOLDS(load_idx("c", &loaded, &why), "f32[1] [1.]");
    put_file("c", "\0\0\x0c\0\xff\xff\xff\xfe", 8);
    HOLDS(load_idx("c", &loaded, &why), "i32 -2");
    put_file("c", "\0\0\x0e\1\0\0\0\0", 8);
    HOLDS(load_idx("c", &loaded, &why), "f64[0] []");
}
END_TEST

START_TEST(idx_refused) {
    char packed[200];
    REFUSES(load_idx("none", &loaded, &why), "cannot open none: No such file or directory");
    REFUSES(load_idx(".", &loaded, &why), "cannot read .: Is a directory");
    put_file("a", "\0\1\x08\0x", 5);
    REFUSES(load_idx("a", &loaded, &why),
            "a: not an idx file: it does not begin with two zero bytes");
    put_file("a", "\0\0\x0b\0xx", 6);
    REFUSES(load_idx("a", &loaded, &why),
            "a: holds elements of type i16, which tg has no type for");
    put_file("a", "\0\0\x07\0x", 5);
    REFUSES(load_idx("a", &loaded, &why), "a: not an idx file: 0x07 is no element type");
    put_file("a", "\0\0\x08\x0d", 4);
    REFUSES(load_idx("a", &loaded, &why), "a: has 13 axes, more than the 12 that tensors can have");
    put_file("a", idx, IDX - 1);
    REFUSES(load_idx("a", &loaded, &why),
            "a: its header says u8[2, 3], which the file is too short for");
    put_file("a", idx, IDX + 1);
    REFUSES(load_idx("a", &loaded, &why), "a: 1 bytes follow its elements");
    put_file("a", "\0\0\x08\x03\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff", 16);
    REFUSES(load_idx("a", &loaded, &why), "a: its header says u8[4294967295, 4294967295, "
                                          "4294967295], which the file is too short for");
    size_t n = pack(idx, IDX, 31, packed, sizeof packed);
    put_file("a", packed, n - 9);
    REFUSES(load_idx("a", &loaded, &why), "a: the compressed data are cut off");
    packed[n] = 'x';
    put_file("a", packed, n + 1);
    REFUSES(load_idx("a", &loaded, &why), "a: 1 bytes follow the end of the gzip data");
    packed[n - 5] ^= 1;
    put_file("a", packed, n);
    REFUSES(load_idx("a", &loaded, &why),
            "a: the compressed data are damaged (incorrect data check)");
    n = pack(idx, IDX - 2, 31, packed, sizeof packed);
    put_file("a", packed, n);
    REFUSES(load_idx("a", &loaded, &why), "a: holds 4 bytes of elements, its header says 6");
    n = pack(idx, IDX + 1, 31, packed, sizeof packed);
    put_file("a", packed, n);
    REFUSES(load_idx("a", &loaded, &why), "a: holds more data than its header says");
    if (geteuid() == 0) return; /* root may read everything */
    ck_assert_int_eq(chmod("a", 0), 0);
    REFUSES(load_idx("a", &loaded, &why), "cannot open a: Permission denied");
}
END_TEST

/* ---- npy ---- */

/* a .npy file of that version with that header text and elements */
static size_t make_npy(char *to, int version, const char *header, const void *elements,
                       size_t bytes) {
    size_t length = strlen(header), front = version == 1 ? 10 : 12,
           pad = (64 - (front + length + 1) % 64) % 64;
    memcpy(to, "\x93NUMPY", 6);
    to[6] = (char)version;
    to[7] = 0;
    size_t all = length + pad + 1;
    for (size_t i = 8; i < front; i++) to[i] = (char)(all >> (8 * (i - 8)));
    memcpy(to + front, header, length);
    memset(to + front + length, ' ', pad);
    to[front + all - 1] = '\n';
    memcpy(to + front + all, elements, bytes);
    return front + all + bytes;
}

static void put_npy(const char *name, int version, const char *header, const void *elements,
                    size_t bytes) {
    char file[1024];
    put_file(name, file, make_npy(file, version, header, elements, bytes));
}

#define C_ORDER "{'descr': '<i8', 'fortran_order': False, 'shape': (2, 3), }"

START_TEST(npy_files) {
    put_npy("a", 1, C_ORDER, six, 48);
    HOLDS(load_npy("a", &loaded, &why), "i64[2, 3] [[0, 1, 2],\n [3, 4, 5]]");
    abuse("a", load_npy);
    ck_assert(load_npy("a", &loaded, &why));
    ck_assert_int_eq(loaded.file.mapped, 1);
    ck_assert_ptr_null(loaded.heap);
    loaded_free(&loaded);
    put_npy("a", 2, "{'descr': '<i8', 'fortran_order': True, 'shape': (2, 3), }", six, 48);
    HOLDS(load_npy("a", &loaded, &why), "i64[2, 3] [[0, 2, 4],\n [1, 3, 5]]");
    put_npy("a", 3, "{\"shape\": (3,2),\"fortran_order\":False,\"descr\":\"<i8\"}", six, 48);
    HOLDS(load_npy("a", &loaded, &why), "i64[3, 2] [[0, 1],\n [2, 3],\n [4, 5]]");
    put_npy("a", 1, "{'descr': '>f4', 'fortran_order': False, 'shape': (), }", "\x3f\xc0\0\0", 4);
    HOLDS(load_npy("a", &loaded, &why), "f32 1.5000");
    put_npy("a", 1, "{'descr': '|b1', 'fortran_order': False, 'shape': (2,), }", "\1\0", 2);
    HOLDS(load_npy("a", &loaded, &why), "bool[2] [ true, false]");
    put_npy("a", 1, "{'descr': '<f2', 'fortran_order': True, 'shape': (0, 5L), }", "", 0);
    HOLDS(load_npy("a", &loaded, &why), "f16[0, 5] []");
}
END_TEST

START_TEST(npy_refused) {
    static const struct {
        const char *header, *words;
    } rows[] = {
        {"{'descr': '|O', 'fortran_order': False, 'shape': (6,), }",
         "holds elements of type Python objects (pickled), which tg has no type for"},
        {"{'descr': '<i2', 'fortran_order': False, 'shape': (6,), }",
         "holds elements of type i16, which tg has no type for"},
        {"{'descr': '<U3', 'fortran_order': False, 'shape': (6,), }",
         "holds elements of type text, which tg has no type for"},
        {"{'descr': [('a', '<i4')], 'fortran_order': False, 'shape': (6,), }",
         "holds records, which tg has no type for"},
        {"{'descr': '<i8', 'fortran_order': False, 'shape': (7,), }",
         "holds 48 bytes of elements, its header says 56"},
        {"{'descr': '<i8', 'fortran_order': False, 'shape': (5,), }",
         "8 bytes follow its elements"},
        {"{'descr': '<i8', 'fortran_order': False, 'shape': (-6,), }",
         "its header has a bad shape"},
        {"{'descr': '<i8', 'fortran_order': False, 'shape': 6, }", "its header has no shape"},
        {"{'descr': '<i8', 'fortran_order': 0, 'shape': (6,), }",
         "its header has a bad fortran_order"},
        {"{'descr': '<i8', 'shape': (6,), }", "its header lacks fortran_order"},
        {"{'descr': '<i8', 'fortran_order': False, 'size': (6,), }",
         "its header has an unknown entry 'size'"},
        {"['descr']", "its header is not a Python dict"},
        {"{'descr': '<i8', 'fortran_order': False, 'shape': (99999999999,99999999999,9), }",
         "holds 48 bytes of elements, its header says -1"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        char expected[256];
        put_npy("a", 1, rows[i].header, six, 48);
        snprintf(expected, sizeof expected, "a: %s", rows[i].words);
        REFUSES(load_npy("a", &loaded, &why), expected);
    }
    put_npy("a", 4, C_ORDER, six, 48);
    REFUSES(load_npy("a", &loaded, &why), "a: is .npy version 4.0; known are 1 to 3");
    put_text("a", "PK not a npy");
    REFUSES(load_npy("a", &loaded, &why), "a: not a .npy file");
}
END_TEST

START_TEST(npy_written) {
    float f[] = {1, 2, 3, 4};
    uint16_t h[] = {0x3c00};
    TgTensor matrix = {f, TG_F32, 2, {2, 2}}, vector = {f, TG_F32, 1, {4}},
             scalar = {h, TG_F16, 0, {0}}, bf = {h, TG_BF16, 0, {0}};
    ck_assert(npy_write("a.npy", &matrix, &why));
    HOLDS(load_npy("a.npy", &loaded, &why), "f32[2, 2] [[1., 2.],\n [3., 4.]]");
    ck_assert(npy_write("a.npy", &vector, &why));
    HOLDS(load_npy("a.npy", &loaded, &why), "f32[4] [1., 2., 3., 4.]");
    ck_assert(npy_write("a.npy", &scalar, &why));
    HOLDS(load_npy("a.npy", &loaded, &why), "f16 1.");
    REFUSES(npy_write("b.npy", &bf, &why), "cannot write b.npy: .npy files have no type bf16");
}
END_TEST

/* ---- npz ---- */

/* a zip of one member a.npy */
static size_t make_zip(char *to, int method, const char *npy, size_t n) {
    char packed[1024];
    size_t m = method ? pack(npy, n, -15, packed, sizeof packed) : n;
    memset(to, 0, 2048);
    memcpy(to, "PK\3\4", 4);
    le(to + 26, 5, 2);
    memcpy(to + 30, "a.npy", 5);
    memcpy(to + 35, method ? packed : npy, m);
    char *entry = to + 35 + m, *end = entry + 46 + 5;
    memcpy(entry, "PK\1\2", 4);
    le(entry + 10, (uint64_t)method, 2);
    le(entry + 16, crc32(0, (const Bytef *)npy, (uInt)n), 4);
    le(entry + 20, m, 4);
    le(entry + 24, n, 4);
    le(entry + 28, 5, 2);
    memcpy(entry + 46, "a.npy", 5);
    memcpy(end, "PK\5\6", 4);
    le(end + 8, 1, 2);
    le(end + 10, 1, 2);
    le(end + 12, 51, 4);
    le(end + 16, (uint64_t)(entry - to), 4);
    return (size_t)(end + 22 - to);
}

static int load_a(const char *path, Loaded *out, RtError *e) {
    return load_npz(path, "a", out, e);
}

START_TEST(npz_files) {
    char npy[512], zip[2048];
    size_t n = make_npy(npy, 1, C_ORDER, six, 48);
    for (int method = 0; method <= 8; method += 8) {
        size_t size = make_zip(zip, method, npy, n);
        put_file("z.npz", zip, size);
        HOLDS(load_npz("z.npz", "a", &loaded, &why), "i64[2, 3] [[0, 1, 2],\n [3, 4, 5]]");
        HOLDS(load_npz("z.npz", "a.npy", &loaded, &why), "i64[2, 3] [[0, 1, 2],\n [3, 4, 5]]");
        REFUSES(load_npz("z.npz", "b", &loaded, &why), "z.npz: holds no array 'b' (it holds a)");
        for (size_t cut = 0; cut < size; cut++) {
            put_file("abused", zip, cut);
            ck_assert(!load_a("abused", &loaded, &why));
        }
        for (size_t i = 0; i < size; i++)
            for (int bit = 0; bit < 8; bit += 6) {
                zip[i] ^= (char)(1 << bit);
                put_file("abused", zip, size);
                if (load_a("abused", &loaded, &why)) loaded_free(&loaded);
                zip[i] ^= (char)(1 << bit);
            }
        zip[method ? 60 : 35 + 130] ^= 1; /* an element */
        put_file("z.npz", zip, size);
        ck_assert(!load_a("z.npz", &loaded, &why));
        if (!method) ck_assert_str_eq(why.text, "z.npz: 'a' is damaged: its checksum is wrong");
    }
    size_t size = make_zip(zip, 0, npy, n);
    zip[35 + n + 10] = 12;
    put_file("z.npz", zip, size);
    REFUSES(load_a("z.npz", &loaded, &why),
            "z.npz: 'a' is packed by zip method 12; known are stored and deflated");
    put_text("z.npz", "no zip");
    REFUSES(load_a("z.npz", &loaded, &why), "z.npz: not a .npz file: it has no zip directory");
}
END_TEST

/* ---- bytes ---- */

START_TEST(bytes_files) {
    put_text("a", "AB\n");
    HOLDS(load_bytes("a", &loaded, &why), "u8[3] [65, 66, 10]");
    put_text("a", "");
    ck_assert(load_bytes("a", &loaded, &why));
    ck_assert_int_eq(loaded.dims[0], 0);
    loaded_free(&loaded);
    ck_assert_int_eq(mkfifo("pipe", 0600), 0);
    if (fork() == 0) {
        put_text("pipe", "from a pipe");
        _exit(0);
    }
    ck_assert(load_bytes("pipe", &loaded, &why));
    ck_assert_int_eq(loaded.dims[0], 11);
    loaded_free(&loaded);
}
END_TEST

int main(void) {
    const TTest *const tests[] = {idx_files,   idx_refused, npy_files,  npy_refused,
                                  npy_written, npz_files,   bytes_files};
    Suite *suite = suite_create("loader");
    TCase *tcase = tcase_create("loader");
    tcase_add_checked_fixture(tcase, make_home, remove_home);
    tcase_set_timeout(tcase, 60);
    for (size_t i = 0; i < sizeof tests / sizeof *tests; i++) tcase_add_test(tcase, tests[i]);
    suite_add_tcase(suite, tcase);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_NORMAL);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed != 0;
}
