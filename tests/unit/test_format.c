/* test_format.c: formats of numbers and text against what Python 3 gives for the same format and
   value (the rows were printed by it), the formats of tensors' elements, and reading numbers. */
#include <check.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "runtime/number.h"
#include "runtime/print.h"

/* the format's text as the compiler reads it: [[fill]align][sign][0][width][,][.digits][type] */
static int64_t code_point(const char **at) {
    const unsigned char *p = (const unsigned char *)*at;
    int more = *p >= 0xe0 ? 2 : *p >= 0xc0 ? 1 : 0;
    int64_t code = more == 2 ? *p & 15 : more ? *p & 31 : *p;
    for (int i = 1; i <= more; i++) code = code << 6 | (p[i] & 63);
    *at += more + 1;
    return code;
}

static TgPiece parse(const char *text) {
    TgPiece spec = {.given = 1, .digits = -1};
    const char *after = text;
    int64_t fill = *text ? code_point(&after) : 0;
    if (*text && *after && strchr("<>^=", *after)) {
        spec.fill = fill;
        spec.align = *after;
        text = after + 1;
    } else if (*text && strchr("<>^=", *text)) {
        spec.align = *text++;
    }
    if (*text && strchr("+- ", *text)) spec.sign = *text++;
    if (*text == '0') spec.zero = *text++ == '0';
    for (; *text >= '0' && *text <= '9'; text++) spec.width = spec.width * 10 + (*text - '0');
    if (*text == ',') spec.comma = *text++ == ',';
    if (*text == '.')
        for (spec.digits = 0, text++; *text >= '0' && *text <= '9'; text++)
            spec.digits = spec.digits * 10 + (*text - '0');
    if (*text) spec.type = *text;
    return spec;
}

typedef struct Row Row;
struct Row {
    char kind;
    const char *format;
    int64_t i;
    double f;
    const char *s, *want;
};

static const Row rows[] = {
    /* integers */
    {'i', "<x", .i = 8364, .want = "20ac"},
    {'i', "*^8.4f", .i = 0, .want = "*0.0000*"},
    {'i', "0<x", .i = 65, .want = "41"},
    {'i', "é=+5,.10e", .i = 1099511627776, .want = "+1.0995116278e+12"},
    {'i', "<+12,.3f", .i = 999, .want = "+999.000    "},
    {'i', "0>+12d", .i = 999, .want = "00000000+999"},
    {'i', ">-,.0g", .i = -1, .want = "-1"},
    {'i', "é<,.4%", .i = 1, .want = "100.0000%"},
    {'i', "*=-5,d", .i = -1, .want = "-***1"},
    {'i', "g", .i = 65, .want = "65"},
    {'i', "<5x", .i = 8364, .want = "20ac "},
    {'i', "é^+5.7e", .i = 999, .want = "+9.9900000e+02"},
    {'i', "0<.4%", .i = 999, .want = "99900.0000%"},
    {'i', "-08d", .i = 8364, .want = "00008364"},
    {'i', "é< ,g", .i = 8364, .want = " 8,364"},
    {'i', "^+12.2%", .i = -1, .want = "  -100.00%  "},
    {'i', "0<,.4e", .i = 1, .want = "1.0000e+00"},
    {'i', "<-0d", .i = 1099511627776, .want = "1099511627776"},
    {'i', "= 012d", .i = 1000, .want = " 00000001000"},
    {'i', "é> 12.10%", .i = -1234567, .want = "-123456700.0000000000%"},
    {'i', "<+08%", .i = -1234567, .want = "-123456700.000000%"},
    {'i', "<.0e", .i = 1099511627776, .want = "1e+12"},
    {'i', "é^+12,e", .i = 1, .want = "+1.000000e+00"},
    /* floats */
    {'f', "*=,f", .f = -1.5, .want = "-1.500000"},
    {'f', "0<-,.1e", .f = 0.0001, .want = "1.0e-04"},
    {'f', "<-.4f", .f = 0.1, .want = "0.1000"},
    {'f', ">+012.3e", .f = 99999.5, .want = "00+1.000e+05"},
    {'f', "*^+8.0e", .f = 1e+16, .want = "*+1e+16*"},
    {'f', " 05%", .f = 1.0, .want = " 100.000000%"},
    {'f', "*= .2", .f = 1.0, .want = " 1.0"},
    {'f', "*>,.2%", .f = 1e-05, .want = "0.00%"},
    {'f', "5%", .f = 99999.5, .want = "9999950.000000%"},
    {'f', "0=8.3%", .f = 1e+16, .want = "1000000000000000000.000%"},
    {'f', "0^8,.0%", .f = 999999.5, .want = "99,999,950%"},
    {'f', "^+012,.3e", .f = INFINITY, .want = "0000+inf0000"},
    {'f', "=12.3g", .f = 2.5, .want = "         2.5"},
    {'f', "é>+5,.4g", .f = 1e-05, .want = "+1e-05"},
    {'f', "^012,.4g", .f = 1e+22, .want = "0001e+220000"},
    {'f', "<08,.0f", .f = 1e-05, .want = "00000000"},
    {'f', "-5.3", .f = 0.0001, .want = "0.0001"},
    {'f', "+5.3", .f = INFINITY, .want = " +inf"},
    {'f', "*<-12,.10g", .f = 2.5, .want = "2.5*********"},
    {'f', "=-08.0", .f = 1.0, .want = "0001e+00"},
    {'f', "^12,.10f", .f = 999999.5, .want = "999,999.5000000000"},
    {'f', "*^+.2%", .f = 99999.5, .want = "+9999950.00%"},
    {'f', "012.1g", .f = -0.0, .want = "-00000000000"},
    {'f', "-012.1%", .f = -0.0, .want = "-00000000.0%"},
    {'f', "0>5.7", .f = 0.05, .want = "00.05"},
    {'f', "<-012.3", .f = 0.1, .want = "0.1000000000"},
    {'f', "-08e", .f = 123456.789, .want = "1.234568e+05"},
    {'f', "= 8,.0e", .f = NAN, .want = "     nan"},
    {'f', "= 12,.1g", .f = 1.0, .want = "           1"},
    {'f', "*> .7%", .f = 1e-05, .want = " 0.0010000%"},
    {'f', ">0.3", .f = 2.5, .want = "2.5"},
    {'f', "0^-,.3", .f = -INFINITY, .want = "-inf"},
    {'f', "é^+5.3%", .f = -INFINITY, .want = "-inf%"},
    {'f', "*>-12.1f", .f = -INFINITY, .want = "********-inf"},
    {'f', "^-12.3%", .f = 2.5, .want = "  250.000%  "},
    {'f', ">.7e", .f = INFINITY, .want = "inf"},
    {'f', "08.0e", .f = 999999.5, .want = "0001e+06"},
    {'f', "0<,.3", .f = 123456.789, .want = "1.23e+05"},
    {'f', "f", .f = -0.0, .want = "-0.000000"},
    {'f', "=-12g", .f = -1.5, .want = "-        1.5"},
    {'f', "0^ 12,.0e", .f = 99999.5, .want = "000 1e+05000"},
    {'f', "< 8%", .f = 1234567.0, .want = " 123456700.000000%"},
    {'f', "-0.1g", .f = INFINITY, .want = "inf"},
    {'f', "012e", .f = -0.0, .want = "-0.000000e+00"},
    {'f', "*^+.10%", .f = 0.1, .want = "+10.0000000000%"},
    {'f', ">+,.0e", .f = 1e+16, .want = "+1e+16"},
    {'f', "^-.3%", .f = 123456.789, .want = "12345678.900%"},
    {'f', "0>-.2f", .f = 99999.5, .want = "99999.50"},
    {'f', ">+,.7%", .f = INFINITY, .want = "+inf%"},
    {'f', "<-.0%", .f = -1.5, .want = "-150%"},
    {'f', ">-08,f", .f = -INFINITY, .want = "0000-inf"},
    {'f', "5,.4g", .f = 0.0, .want = "    0"},
    {'f', "5.10f", .f = 0.05, .want = "0.0500000000"},
    {'f', "5f", .f = 1.0, .want = "1.000000"},
    {'f', "0^ .4g", .f = 1.0, .want = " 1"},
    {'f', "^.10", .f = 1234567.0, .want = "1234567.0"},
    {'f', "0<+,.3e", .f = -0.0, .want = "-0.000e+00"},
    /* text */
    {'s', "*<.7s", .s = "hello", .want = "hello"},
    {'s', "<.7", .s = "x", .want = "x"},
    {'s', "0<.3s", .s = "hello", .want = "hel"},
    {'s', "*>12.1", .s = "é€z", .want = "***********é"},
    {'s', "0^5.4", .s = "hello", .want = "hell0"},
    {'s', ">5.4", .s = "é€z", .want = "  é€z"},
    {'s', "8.2s", .s = "abc", .want = "ab      "},
    {'s', "é<5.0", .s = "é€z", .want = "ééééé"},
    {'s', "é^.0", .s = "é€z", .want = ""},
    {'s', "<012.10", .s = "é€z", .want = "é€z000000000"},
};

START_TEST(as_python) {
    for (size_t k = 0; k < sizeof rows / sizeof *rows; k++) {
        const Row *r = &rows[k];
        TgPiece spec = parse(r->format);
        TgText text = {0};
        if (r->kind == 'i')
            tg_format_int(&text, &spec, r->i);
        else if (r->kind == 'f')
            tg_format_double(&text, &spec, r->f);
        else
            tg_format_text(&text, &spec, r->s, (int64_t)strlen(r->s));
        ck_assert_msg(!strcmp(text.at, r->want), "'%s' of row %d gives '%s', expected '%s'",
                      r->format, (int)k, text.at, r->want);
        tg_text_free(&text);
    }
}
END_TEST

static void formats(TgTensor tensor, const char *format, const char *expected) {
    TgPiece spec = parse(format);
    TgText text = {0};
    tg_format_elements(&text, &tensor, &spec);
    ck_assert_str_eq(text.at, expected);
    tg_text_free(&text);
}

enum { BOOL, U8, I32, I64, F16, BF16, F32, F64 };

START_TEST(elements) {
    float m[] = {1, -2.5f, 1e10f, 0.1f};
    int64_t n[] = {1, -20};
    uint8_t b[] = {1, 0};
    uint16_t h[] = {0x2e66}; /* 0.1 in f16 */
    formats((TgTensor){m, F32, 2, {2, 2}}, ".7g", "[[1, -2.5],\n [1e+10, 0.1]]");
    formats((TgTensor){m, F32, 1, {2}}, "8.2f", "[    1.00,    -2.50]");
    formats((TgTensor){&m[3], F32, 0, {0}}, ".17g", "0.10000000149011612");
    formats((TgTensor){h, F16, 0, {0}}, ".9g", "0.0999755859");
    formats((TgTensor){&m[1], F32, 0, {0}}, "10", "   -2.5000");
    formats((TgTensor){&m[0], F32, 0, {0}}, "<6", "1.    ");
    formats((TgTensor){n, I64, 1, {2}}, "", "[1, -20]");
    formats((TgTensor){n, I64, 1, {2}}, "05d", "[00001, -0020]");
    formats((TgTensor){n, I64, 1, {2}}, ".7g", "[1, -20]");
    formats((TgTensor){n, I64, 0, {0}}, "5", "    1");
    formats((TgTensor){b, BOOL, 1, {2}}, "6", "[  true,  false]");
    formats((TgTensor){b, BOOL, 1, {2}}, "d", "[1, 0]");
    formats((TgTensor){m, F32, 2, {0, 2}}, ".3f", "[]");
}
END_TEST

/* with a format nothing is left out */
START_TEST(all_elements) {
    static float f[3000];
    TgTensor t = {f, F32, 1, {3000}};
    TgPiece spec = parse("g");
    TgText text = {0};
    tg_format_elements(&text, &t, &spec);
    int64_t zeros = 0;
    for (int64_t i = 0; i < text.n; i++) zeros += text.at[i] == '0';
    ck_assert_int_eq(zeros, 3000);
    tg_text_free(&text);
}
END_TEST

static void reads(const char *text, double expected) {
    double d = -1;
    float f = -1;
    ck_assert_msg(number_double(text, text + strlen(text), &d), "%s was refused", text);
    ck_assert_msg(!memcmp(&d, &expected, sizeof d) || (d != d && expected != expected),
                  "%s is %a, expected %a", text, d, expected);
    ck_assert(number_float(text, text + strlen(text), &f));
    ck_assert_msg(f == strtof(text, NULL) || f != f, "%s is %a as f32", text, f);
}

START_TEST(numbers_are_read) {
    reads("0", 0);
    reads("-0", -0.0);
    reads("1.5e3", 1500);
    reads(".5", 0.5);
    reads("5.", 5);
    reads("+1E-2", 0.01);
    reads("3.807590643342410180e-02", 3.807590643342410180e-02);
    reads("1.00000017881393432617187499", 1.00000017881393432617187499); /* beside a tie of f32 */
    reads("1.00000017881393421514957253748434595763683319091796875001",
          1.00000017881393421514957253748434595763683319091796875001);
    reads("1e-320", 1e-320);
    reads("9007199254740993", 9007199254740993.0);
    reads("1e400", INFINITY);
    reads("inf", INFINITY);
    reads("-Infinity", -INFINITY);
    reads("nan", NAN);
    static const char *const wrong[] = {"",     "-",  ".",  "1e",  "1e+",  "e5", "1.2.3",
                                        "0x10", "1 ", " 1", "1,5", "infx", "--1"};
    double d;
    int64_t n;
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++)
        ck_assert_msg(!number_double(wrong[i], wrong[i] + strlen(wrong[i]), &d), "'%s' was taken",
                      wrong[i]);
    static const char *const least = "-9223372036854775808", *const most = "9223372036854775807";
    ck_assert(number_int(least, least + 20, &n) && n == INT64_MIN);
    ck_assert(number_int(most, most + 19, &n) && n == INT64_MAX);
    static const char *const over = "9223372036854775808", *const real = "1.0";
    ck_assert(!number_int(over, over + 19, &n));
    ck_assert(!number_int(real, real + 3, &n));
}
END_TEST

int main(void) {
    const TTest *const tests[] = {as_python, elements, all_elements, numbers_are_read};
    Suite *suite = suite_create("format");
    TCase *tcase = tcase_create("format");
    for (size_t i = 0; i < sizeof tests / sizeof *tests; i++) tcase_add_test(tcase, tests[i]);
    suite_add_tcase(suite, tcase);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_NORMAL);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed != 0;
}
