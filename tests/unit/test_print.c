/* test_print.c: tensors as PyTorch prints them, without "tensor(…)" and the indent that it causes.
   Expectations are what PyTorch prints; those of the values of examples/expected among them. */
#include <check.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "runtime/print.h"

enum { BOOL, U8, I32, I64, F16, BF16, F32, F64 };

static void shows(TgTensor tensor, const char *expected) {
    TgText text = {0};
    tg_format_tensor(&text, &tensor);
    ck_assert_str_eq(text.at, expected);
    tg_text_free(&text);
}

#define VECTOR(n, ...) ((TgTensor){(float[]){__VA_ARGS__}, F32, 1, {n}})
#define SCALAR(x) ((TgTensor){(float[]){x}, F32, 0, {0}})

START_TEST(scalars) {
    shows(SCALAR(29.022667f), "29.0227");
    shows(SCALAR(27), "27.");
    shows(SCALAR(0), "0.");
    shows(SCALAR(-0.0f), "-0.");
    shows(SCALAR(1e-6f), "1.0000e-06");
    shows(SCALAR(123456792.0f), "1.2346e+08");
    shows(SCALAR(1e8f), "100000000.");
    shows(SCALAR(0.0001f), "1.0000e-04"); /* as f32 it is below 1e-4 */
    shows(SCALAR(NAN), "nan");
    shows(SCALAR(-INFINITY), "-inf");
    shows((TgTensor){(double[]){1e-4}, F64, 0, {0}}, "0.0001");
    shows((TgTensor){(int64_t[]){-9223372036854775807 - 1}, I64, 0, {0}}, "-9223372036854775808");
    shows((TgTensor){(uint8_t[]){1}, BOOL, 0, {0}}, "true");
}
END_TEST

START_TEST(vectors) {
    shows(VECTOR(2, 5.5f, 3), "[5.5000, 3.0000]");
    shows(VECTOR(3, -126.6176f, -1005.0048f, 153.1392f), "[ -126.6176, -1005.0048,   153.1392]");
    shows(VECTOR(3, 51.2f, 512, 0.0512f), "[5.1200e+01, 5.1200e+02, 5.1200e-02]");
    shows(VECTOR(5, 1, 4, 7, 10, 13), "[ 1.,  4.,  7., 10., 13.]");
    shows(VECTOR(4, 0, NAN, INFINITY, -INFINITY), "[0., nan, inf, -inf]");
    shows(VECTOR(4, 1.5f, NAN, INFINITY, -INFINITY), "[1.5000,    nan,    inf,   -inf]");
    shows(VECTOR(2, 1, 1001), "[1.0000e+00, 1.0010e+03]");
    shows(VECTOR(2, 1, 1000), "[   1., 1000.]");
    shows(VECTOR(2, 0, 1e-5f), "[0.0000e+00, 1.0000e-05]");
    shows((TgTensor){(uint8_t[]){1, 0}, BOOL, 1, {2}}, "[ true, false]");
    shows((TgTensor){(int32_t[]){1, -1, 100}, I32, 1, {3}}, "[  1,  -1, 100]");
    shows((TgTensor){(uint8_t[]){200, 3}, U8, 1, {2}}, "[200,   3]");
    shows((TgTensor){(uint16_t[]){0x3c00, 0x2e66}, F16, 1, {2}}, "[1.0000, 0.1000]");
    shows((TgTensor){(uint16_t[]){0x3f80, 0x4049}, BF16, 1, {2}}, "[1.0000, 3.1406]");
}
END_TEST

START_TEST(matrices) {
    float m[12];
    for (int i = 0; i < 12; i++) m[i] = (float)i / 2;
    shows((TgTensor){m, F32, 2, {2, 3}}, "[[0.0000, 0.5000, 1.0000],\n [1.5000, 2.0000, 2.5000]]");
    shows((TgTensor){m, F32, 3, {2, 1, 2}}, "[[[0.0000, 0.5000]],\n\n [[1.0000, 1.5000]]]");
    shows((TgTensor){m, F32, 4, {2, 1, 2, 1}},
          "[[[[0.0000],\n   [0.5000]]],\n\n\n [[[1.0000],\n   [1.5000]]]]");
    shows((TgTensor){m, F32, 2, {0, 3}}, "[]");
    shows((TgTensor){m, F32, 2, {3, 0}}, "[]");
    shows((TgTensor){m, F32, 1, {0}}, "[]");
}
END_TEST

/* lines break where PyTorch breaks them with "tensor(" in front: 80 columns less 7 */
START_TEST(long_lines_wrap) {
    float v[30];
    for (int i = 0; i < 30; i++) v[i] = (float)i;
    shows((TgTensor){v, F32, 1, {30}},
          "[ 0.,  1.,  2.,  3.,  4.,  5.,  6.,  7.,  8.,  9., 10., 11., 12., 13.,\n"
          " 14., 15., 16., 17., 18., 19., 20., 21., 22., 23., 24., 25., 26., 27.,\n 28., 29.]");
    shows((TgTensor){v, F32, 2, {1, 15}},
          "[[ 0.,  1.,  2.,  3.,  4.,  5.,  6.,  7.,  8.,  9., 10., 11., 12., 13.,\n  14.]]");
}
END_TEST

START_TEST(long_tensors_are_summarised) {
    static int64_t n[2002];
    for (int i = 0; i < 2002; i++) n[i] = i;
    shows((TgTensor){n, I64, 1, {1001}}, "[   0,    1,    2,  ...,  998,  999, 1000]");
    shows((TgTensor){n, I64, 2, {7, 286}}, "[[   0,    1,    2,  ...,  283,  284,  285],\n [ 286,  "
                                           "287,  288,  ...,  569,  570,  571],\n"
                                           " [ 572,  573,  574,  ...,  855,  856,  857],\n ...,\n "
                                           "[1144, 1145, 1146,  ..., 1427, 1428, 1429],\n"
                                           " [1430, 1431, 1432,  ..., 1713, 1714, 1715],\n [1716, "
                                           "1717, 1718,  ..., 1999, 2000, 2001]]");
    /* only what is shown decides how: an element in the middle does not */
    static float f[1001];
    f[500] = 0.5f;
    f[0] = 2;
    shows((TgTensor){f, F32, 1, {1001}}, "[2., 0., 0.,  ..., 0., 0., 0.]");
    shows((TgTensor){f, F32, 3, {1, 1, 1001}}, "[[[2., 0., 0.,  ..., 0., 0., 0.]]]");
    shows((TgTensor){n, I64, 2, {334, 3}},
          "[[   0,    1,    2],\n [   3,    4,    5],\n [   6,    7,    8],\n ...,\n"
          " [ 993,  994,  995],\n [ 996,  997,  998],\n [ 999, 1000, 1001]]");
}
END_TEST

START_TEST(exactly_a_thousand_is_not) {
    static int64_t n[1000];
    TgTensor t = {n, I64, 1, {1000}};
    TgText text = {0};
    tg_format_tensor(&text, &t);
    ck_assert_ptr_null(strstr(text.at, "..."));
    tg_text_free(&text);
}
END_TEST

START_TEST(pieces_are_joined) {
    static const TgPiece pieces[] = {
        {.kind = 0, .text = "Epoch ", .length = 6},
        {.kind = 1, .index = 0, .digits = -1},
        {.kind = 0, .text = ", Loss ", .length = 7},
        {.kind = 1, .index = 1, .given = 1, .digits = 6, .type = 'f'},
        {.kind = 0, .text = " ", .length = 1},
        {.kind = 1, .index = 2, .given = 1, .digits = 1, .type = 'f'},
        {.kind = 0, .text = " ", .length = 1},
        {.kind = 2, .index = 1, .digits = -1},
        {.kind = 2, .index = 0, .given = 1, .width = 5, .digits = -1, .type = 's'}};
    int64_t epoch = 100;
    float loss = 29.022667f, m[] = {1, -2, 3.25f, 4};
    TgTensor values[] = {{&epoch, I64, 0, {0}}, {&loss, F32, 0, {0}}, {m, F32, 2, {2, 2}}};
    const char *args[] = {"ab", "c"};
    TgText text = {0};
    tg_format_pieces(&text, pieces, 9, values, args);
    ck_assert_str_eq(text.at, "Epoch 100, Loss 29.022667 [[1.0, -2.0],\n [3.2, 4.0]] cab   ");
    tg_text_free(&text);
}
END_TEST

/* every 16-bit float comes back; halves round to even; the compiler's own conversion agrees */
START_TEST(halves_convert) {
    for (uint32_t i = 0; i < 65536; i++) {
        float f = tg_f16_to_f32((uint16_t)i), b = tg_bf16_to_f32((uint16_t)i);
        if (f == f)
            ck_assert_uint_eq(tg_f32_to_f16(f), i);
        else
            ck_assert(tg_f16_to_f32(tg_f32_to_f16(f)) != tg_f16_to_f32(tg_f32_to_f16(f)));
        if (b == b) ck_assert_uint_eq(tg_f32_to_bf16(b), i);
        if (b == b) ck_assert_uint_eq(tg_f64_to_bf16(b), i);
    }
    ck_assert_uint_eq(tg_f64_to_f16(65519.999), 0x7bff);
    ck_assert_uint_eq(tg_f64_to_f16(65520), 0x7c00);
    ck_assert_uint_eq(tg_f64_to_f16(0x1p-25), 0);
    ck_assert_uint_eq(tg_f64_to_f16(0x1.0000001p-25), 1);
    ck_assert_uint_eq(tg_f64_to_f16(-0x1.8p-24), 0x8002);
    ck_assert_uint_eq(tg_f64_to_f16(1 + 0x1p-11), 0x3c00);
    ck_assert_uint_eq(tg_f64_to_f16(1 + 0x1p-11 + 0x1p-40),
                      0x3c01); /* through f32 it would be 0x3c00 */
    ck_assert_uint_eq(tg_f64_to_bf16(1 + 0x1p-8 + 0x1p-40), 0x3f81);
    ck_assert_uint_eq(tg_f64_to_bf16(-(1 + 0x1p-8 + 0x1p-40)), 0xbf81);
    ck_assert_uint_eq(tg_f64_to_bf16(1 + 0x1p-8 - 0x1p-40), 0x3f80);
}
END_TEST

int main(void) {
    const TTest *const tests[] = {scalars,
                                  vectors,
                                  matrices,
                                  long_lines_wrap,
                                  long_tensors_are_summarised,
                                  exactly_a_thousand_is_not,
                                  pieces_are_joined,
                                  halves_convert};
    Suite *suite = suite_create("print");
    TCase *tcase = tcase_create("print");
    for (size_t i = 0; i < sizeof tests / sizeof *tests; i++) tcase_add_test(tcase, tests[i]);
    suite_add_tcase(suite, tcase);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_NORMAL);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed != 0;
}
