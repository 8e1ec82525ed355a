/* test_loader_text.c: the loaders whose files are text or begin with it, csv and safetensors, on
   well-formed files and on every kind of malformed one with its reason; writing safetensors;
   conversion between floating types. */
#include "loader_fixture.h"

#include <math.h>

/* ---- csv ---- */

static int csv(const char *text, int64_t dtype, int64_t n, const char *const *names,
               const int64_t *numbers) {
    CsvWants wants = {dtype, names, numbers, n};
    put_text("t.csv", text);
    return load_csv("t.csv", &wants, &loaded, &why);
}

START_TEST(csv_files) {
    static const char *const names[] = {"c d", "a"};
    static const int64_t numbers[] = {2, -3};
    HOLDS(csv("1,2\n3,4\n", TG_F32, 0, NULL, NULL), "f32[2, 2] [[1., 2.],\n [3., 4.]]");
    HOLDS(csv("a,b\r\n1,2\r\n\r\n3,4", TG_I64, 0, NULL, NULL), "i64[2, 2] [[1, 2],\n [3, 4]]");
    HOLDS(
        csv("\xef\xbb\xbf\"a\";b;\"c d\"\n 1 ;x;\"3\"\n-4;\"y;\ny\";5e1\n", TG_F64, 2, names, NULL),
        "f64[2, 2] [[ 3.,  1.],\n [50., -4.]]");
    HOLDS(csv("a,b,c\n1,x,3\n4,\"say \"\"hi\"\"\",6\n", TG_U8, 2, NULL, numbers),
          "u8[2, 2] [[3, 1],\n [6, 4]]");
    HOLDS(csv("1\n2\n3", TG_I32, 0, NULL, NULL), "i32[3, 1] [[1],\n [2],\n [3]]");
    HOLDS(csv(" 1.5   2 \n\n3\t4\n", TG_F16, 0, NULL, NULL),
          "f16[2, 2] [[1.5000, 2.0000],\n [3.0000, 4.0000]]");
    HOLDS(csv("x\ty\nfalse\t1\n", TG_BOOL, 0, NULL, NULL), "bool[1, 2] [[false,  true]]");
    HOLDS(csv("a,b\n", TG_F32, 0, NULL, NULL), "f32[0, 2] []");
    HOLDS(csv("1,nan\ninf,2\n", TG_F32, 0, NULL, NULL), "f32[2, 2] [[1., nan],\n [inf, 2.]]");
    HOLDS(csv("1,0.1\n", TG_BF16, 0, NULL, NULL), "bf16[1, 2] [[1.0000, 0.1001]]");
    HOLDS(csv("# x, y\n#\na|b\n1|-inf\n", TG_F32, 0, NULL, NULL), "f32[1, 2] [[1., -inf]]");
    HOLDS(csv("two words\n1\n2\n", TG_I64, 0, NULL, NULL), "i64[2, 1] [[1],\n [2]]");
}
END_TEST

START_TEST(csv_refused) {
    static const char *const names[] = {"z"}, *const a[] = {"a"};
    static const int64_t numbers[] = {2, 2}, far[] = {3};
    REFUSES(csv("", TG_F32, 0, NULL, NULL), "t.csv: is empty");
    REFUSES(csv("a,b\n1,\n", TG_F32, 0, NULL, NULL),
            "t.csv: row 1 (line 2), column 1 ('b'): the value is missing");
    REFUSES(csv("1,2\n\n3,NA\n", TG_F32, 0, NULL, NULL),
            "t.csv: row 2 (line 3), column 1: the value is missing");
    REFUSES(csv("1,2\n3,x4\n", TG_F32, 0, NULL, NULL),
            "t.csv: row 2 (line 2), column 1: 'x4' is not of type f32");
    REFUSES(csv("1,2\n3,1.5\n", TG_I64, 0, NULL, NULL),
            "t.csv: row 2 (line 2), column 1: '1.5' is not of type i64");
    REFUSES(csv("1,256\n", TG_U8, 0, NULL, NULL),
            "t.csv: row 1 (line 1), column 1: '256' is not of type u8");
    REFUSES(csv("1,2\n3\n", TG_F32, 0, NULL, NULL),
            "t.csv: row 2 (line 2) has 1 columns, the first has 2");
    REFUSES(csv("1,2\n3,4,5\n", TG_F32, 0, NULL, NULL),
            "t.csv: row 2 (line 2) has 3 columns, the first has 2");
    REFUSES(csv("1,2\n3,4,\n", TG_F32, 0, NULL, NULL),
            "t.csv: row 2 (line 2) has 3 columns, the first has 2");
    REFUSES(
        csv("1,2\n3,\"4", TG_F32, 0, NULL, NULL),
        "t.csv: row 2 (line 2), column 1: text follows a quoted field, or the quote does not end");
    REFUSES(csv("a,b\n1,2\n", TG_F32, 1, names, NULL),
            "t.csv: has no column 'z'; its first line has 'a', 'b'");
    REFUSES(csv("a,b,c\n1,2,3\n", TG_F32, 2, NULL, numbers), "t.csv: column 2 is asked for twice");
    REFUSES(csv("a,b,c\n1,2,3\n", TG_F32, 1, NULL, far),
            "t.csv: has no column 3; it has 3, numbered from 0");
    REFUSES(csv("a,b,a\n1,2,3\n", TG_F32, 1, a, NULL), "t.csv: has more than one column 'a'");
    /* a first row with a number in it is no header */
    REFUSES(csv("1,2x\n3,4\n", TG_F32, 0, NULL, NULL),
            "t.csv: row 1 (line 1), column 1: '2x' is not of type f32");
    REFUSES(csv("1\n1e39\n", TG_F32, 0, NULL, NULL),
            "t.csv: row 2 (line 2), column 0: '1e39' is not of type f32");
    REFUSES(csv("1\n70000\n", TG_F16, 0, NULL, NULL),
            "t.csv: row 2 (line 2), column 0: '70000' is not of type f16");
    REFUSES(csv("1\n# 2\n", TG_F32, 0, NULL, NULL),
            "t.csv: row 2 (line 2), column 0: '# 2' is not of type f32");
    REFUSES(csv("h\n\"a\nb\"\n", TG_F32, 0, NULL, NULL),
            "t.csv: row 1 (line 2), column 0 ('h'): 'a\nb' is not of type f32");
}
END_TEST

/* ---- safetensors ---- */

static void put_st(const char *name, const char *header, const void *data, size_t bytes) {
    char file[1024];
    size_t n = strlen(header);
    le(file, n, 8);
    memcpy(file + 8, header, n);
    memcpy(file + 8 + n, data, bytes);
    put_file(name, file, 8 + n + bytes);
}

static int load_x(const char *path, Loaded *out, RtError *e) {
    return load_safetensors(path, "x", out, e);
}

#define X_HEADER "{\"x\":{\"dtype\":\"I64\",\"shape\":[2,3],\"data_offsets\":[0,48]}}"

START_TEST(safetensors_files) {
    put_st("a", X_HEADER, six, 48);
    HOLDS(load_x("a", &loaded, &why), "i64[2, 3] [[0, 1, 2],\n [3, 4, 5]]");
    abuse("a", load_x);
    put_st("a",
           "{ \"__metadata__\" : {\"k\":\"v\\n\"}, \"x\" : {\"shape\":[ "
           "],\"data_offsets\":[8,16],\"dtype\":\"I64\"},\n"
           "\"\\u00e9\\ud83d\\ude00\":{\"dtype\":\"F32\",\"shape\":[1,2],\"data_offsets\":[0,8]},"
           "\"e\":{\"dtype\":\"F64\",\"shape\":[0,9],\"data_offsets\":[16,16]}}   ",
           six, 16);
    HOLDS(load_x("a", &loaded, &why), "i64 1");
    HOLDS(load_safetensors("a", "\xc3\xa9\xf0\x9f\x98\x80", &loaded, &why), "f32[1, 2] [[0., 0.]]");
    HOLDS(load_safetensors("a", "e", &loaded, &why), "f64[0, 9] []");
    REFUSES(load_safetensors("a", "y", &loaded, &why),
            "a: holds no tensor 'y' (it holds \xc3\xa9\xf0\x9f\x98\x80, x, e)");
}
END_TEST

START_TEST(safetensors_refused) {
    static const struct {
        const char *header, *words;
    } rows[] = {
        {"", "its header does not begin with '{'"},
        {" {}", "its header does not begin with '{'"},
        {"{}", "its header describes 0 bytes of data, the file has 48"},
        {"{\"x\":{\"dtype\":\"I64\",\"shape\":[2,2],\"data_offsets\":[0,32]}}",
         "its header describes 32 bytes of data, the file has 48"},
        {"{\"x\":{\"dtype\":\"I64\",\"shape\":[2,3],\"data_offsets\":[0,40]}}",
         "'x' has data_offsets [0, 40], but its type and shape need 48 bytes"},
        {"{\"x\":{\"dtype\":\"I64\",\"shape\":[2,3],\"data_offsets\":[48,0]}}",
         "'x' has data_offsets [48, 0], but its type and shape need 48 bytes"},
        {"{\"x\":{\"dtype\":\"I64\",\"shape\":[5],\"data_offsets\":[8,48]}}",
         "'x' begins at byte 8 of the data, expected 0"},
        {"{\"x\":{\"dtype\":\"I64\",\"shape\":[3],\"data_offsets\":[0,24]},\"y\":{\"dtype\":"
         "\"I64\",\"shape\":[4],\"data_offsets\":[16,48]}}",
         "'y' begins at byte 16 of the data, expected 24"},
        {"{\"x\":{\"dtype\":\"I64\",\"shape\":[3],\"data_offsets\":[0,24]},\"x\":{\"dtype\":"
         "\"I64\",\"shape\":[3],\"data_offsets\":[24,48]}}",
         "'x' stands twice in its header"},
        {"{\"x\":{\"dtype\":\"I65\",\"shape\":[6],\"data_offsets\":[0,48]}}",
         "'x' has the unknown type 'I65'"},
        {"{\"x\":{\"dtype\":\"I64\",\"shape\":[6]}}", "'x' lacks data_offsets"},
        {"{\"x\":{\"shape\":[6],\"data_offsets\":[0,48]}}", "'x' lacks dtype"},
        {"{\"x\":{\"dtype\":\"I64\",\"shape\":[6],\"data_offsets\":[0,48],\"more\":1}}",
         "'x' has an unknown entry 'more'"},
        {"{\"x\":{\"dtype\":\"I64\",\"dtype\":\"I64\",\"shape\":[6],\"data_offsets\":[0,48]}}",
         "'x' has a second entry 'dtype'"},
        {"{\"x\":{\"dtype\":\"I64\",\"shape\":[4294967296,4294967296],\"data_offsets\":[0,48]}}",
         "'x' has a shape that overflows"},
        {"{\"x\":{\"dtype\":\"I64\",\"shape\":[-6],\"data_offsets\":[0,48]}}",
         "its header is not valid JSON at byte 29: expected a whole number from 0"},
        {"{\"x\":{\"dtype\":\"I64\",\"shape\":[6.0],\"data_offsets\":[0,48]}}",
         "its header is not valid JSON at byte 30: expected a whole number from 0"},
        {"{\"x\":{\"dtype\":\"I64\",\"shape\":[6],\"data_offsets\":[0,48]},}",
         "its header is not valid JSON at byte 55: expected a text"},
        {"{\"x\":{\"dtype\":\"I64\",\"shape\":[6],\"data_offsets\":[0,48]}",
         "its header is not valid JSON at byte 54: expected '}'"},
        {"{\"x\":{\"dtype\":\"I64\",\"shape\":[6],\"data_offsets\":[0,48]}}x",
         "its header is followed by something else"},
        {"{\"\xff\":{\"dtype\":\"I64\",\"shape\":[6],\"data_offsets\":[0,48]}}",
         "its header is not UTF-8 text"},
        {"{\"\\ud800\":{\"dtype\":\"I64\",\"shape\":[6],\"data_offsets\":[0,48]}}",
         "its header is not valid JSON at byte 8: half a character in a text"},
        {"{\"x\":{\"dtype\":\"U16\",\"shape\":[24],\"data_offsets\":[0,48]}}",
         "'x' holds elements of type U16, which tg has no type for"},
        {"{\"__metadata__\":[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[["
         "[[[[[",
         "its header is not valid JSON at byte 80: nested too deeply"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        char expected[512];
        put_st("a", rows[i].header, six, 48);
        snprintf(expected, sizeof expected, "a: %s", rows[i].words);
        REFUSES(load_x("a", &loaded, &why), expected);
    }
    put_file("a", "1234567", 7);
    REFUSES(load_x("a", &loaded, &why), "a: is too short for a safetensors file");
    put_file("a", "\x40\0\0\0\0\0\0\0{}", 10);
    REFUSES(load_x("a", &loaded, &why), "a: its header claims 64 bytes, the file has 2");
    put_file("a", "\xff\xff\xff\xff\xff\xff\xff\xff{}", 10);
    REFUSES(load_x("a", &loaded, &why),
            "a: its header claims 18446744073709551615 bytes, more than the allowed 100000000");
}
END_TEST

/* PyTorch's library sorts by type, then name, and pads the header to 8 bytes */
START_TEST(safetensors_written) {
    float f[] = {1, 2};
    int64_t n = 7;
    uint8_t b = 1;
    const char *const names[] = {"b\"", "c", "z", "a"};
    TgTensor tensors[] = {
        {f, TG_F32, 1, {2}}, {&b, TG_BOOL, 0, {0}}, {&n, TG_I64, 0, {0}}, {f, TG_F32, 2, {1, 1}}};
    size_t size;
    ck_assert(st_write("a", names, tensors, 4, &why));
    char *file = get_file("a", &size);
    static const char header[] =
        "{\"__metadata__\":{\"format\":\"pt\"},\"z\":{\"dtype\":\"I64\",\"shape\":[],\"data_"
        "offsets\":[0,8]},"
        "\"a\":{\"dtype\":\"F32\",\"shape\":[1,1],\"data_offsets\":[8,12]},"
        "\"b\\\"\":{\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[12,20]},"
        "\"c\":{\"dtype\":\"BOOL\",\"shape\":[],\"data_offsets\":[20,21]}}";
    ck_assert_int_eq(memcmp(file + 8, header, sizeof header - 1), 0);
    ck_assert_uint_eq((size_t)(unsigned char)file[0] + 256 * (size_t)(unsigned char)file[1],
                      (sizeof header - 1 + 7) / 8 * 8);
    free(file);
    HOLDS(load_safetensors("a", "b\"", &loaded, &why), "f32[2] [1., 2.]");
    HOLDS(load_safetensors("a", "z", &loaded, &why), "i64 7");
}
END_TEST

START_TEST(floats_convert) {
    double d[] = {1.1, -2.5, 1e300, NAN};
    float f[4];
    uint16_t h[4];
    double back[4];
    convert_floats(f, TG_F32, d, TG_F64, 4);
    ck_assert(f[0] == 1.1f && f[1] == -2.5f && isinf(f[2]) && isnan(f[3]));
    convert_floats(h, TG_BF16, f, TG_F32, 4);
    convert_floats(back, TG_F64, h, TG_BF16, 4);
    ck_assert(back[0] == 1.1015625 && back[1] == -2.5 && isinf(back[2]) && isnan(back[3]));
    convert_floats(h, TG_F16, d, TG_F64, 4);
    ck_assert_uint_eq(h[0], 0x3c66);
}
END_TEST

int main(void) {
    const TTest *const tests[] = {csv_files,           csv_refused,         safetensors_files,
                                  safetensors_refused, safetensors_written, floats_convert};
    Suite *suite = suite_create("loader_text");
    TCase *tcase = tcase_create("loader_text");
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
