/* print_number.c: Python's format mini-language for one number or text:
   [[fill]align][sign][0][width][,][.digits][d e f g x % s c]. Takes a TgPiece's spec, puts the text
   at the end of a TgText. */
#include "runtime/print.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static int utf8_encode(char *to, int64_t code) {
    if (code < 0x80) {
        to[0] = (char)code;
        return 1;
    }
    if (code < 0x800) {
        to[0] = (char)(0xc0 | code >> 6);
        to[1] = (char)(0x80 | (code & 63));
        return 2;
    }
    if (code < 0x10000) {
        to[0] = (char)(0xe0 | code >> 12);
        to[1] = (char)(0x80 | (code >> 6 & 63));
        to[2] = (char)(0x80 | (code & 63));
        return 3;
    }
    to[0] = (char)(0xf0 | (code >> 18 & 7));
    to[1] = (char)(0x80 | (code >> 12 & 63));
    to[2] = (char)(0x80 | (code >> 6 & 63));
    to[3] = (char)(0x80 | (code & 63));
    return 4;
}

static void put_fill(TgText *out, int64_t fill, int64_t n) {
    char bytes[4];
    int length = utf8_encode(bytes, fill ? fill : ' ');
    for (int64_t i = 0; i < n; i++) tg_text_put(out, bytes, length);
}

/* columns of UTF-8 text: bytes that start a character */
static int64_t characters(const char *text, int64_t n) {
    int64_t count = 0;
    for (int64_t i = 0; i < n; i++) count += ((unsigned char)text[i] & 0xc0) != 0x80;
    return count;
}

static void put_aligned(TgText *out, const TgPiece *spec, const char *text, int64_t n,
                        int64_t align) {
    int64_t missing = spec->width - characters(text, n);
    if (missing < 0) missing = 0;
    int64_t left = align == '<' ? 0 : align == '^' ? missing / 2 : missing;
    int64_t fill = spec->fill ? spec->fill : spec->zero ? '0' : ' ';
    put_fill(out, fill, left);
    tg_text_put(out, text, n);
    put_fill(out, fill, missing - left);
}

void tg_format_text(TgText *out, const TgPiece *spec, const char *text, int64_t n) {
    if (!spec->given) {
        tg_text_put(out, text, n);
        return;
    }
    if (spec->digits >= 0) {
        int64_t cut = 0, seen = 0;
        while (cut < n && (seen += ((unsigned char)text[cut] & 0xc0) != 0x80) <= spec->digits)
            cut++;
        n = cut;
    }
    put_aligned(out, spec, text, n, spec->align ? spec->align : '<');
}

/* whole digits with commas between the threes, filled with zeros (commas among them) to `least`
 * columns */
static void put_grouped(TgText *out, const char *digits, int64_t n, int64_t least) {
    int64_t zeros = 0;
    while (n + zeros + (n + zeros - 1) / 3 < least) zeros++;
    int64_t total = n + zeros;
    for (int64_t i = 0; i < total; i++) {
        if (i && (total - i) % 3 == 0) tg_text_put(out, ",", 1);
        tg_text_put(out, i < zeros ? "0" : &digits[i - zeros], 1);
    }
}

/* body: unsigned text of a number, `whole` of its leading characters are the integer's digits */
static void put_number(TgText *out, const TgPiece *spec, int negative, const char *body, int64_t n,
                       int64_t whole) {
    char sign[2] = {negative ? '-' : spec->sign == '+' ? '+' : spec->sign == ' ' ? ' ' : 0, 0};
    int64_t fill = spec->fill ? spec->fill : spec->zero ? '0' : ' ';
    int64_t align = spec->align ? spec->align : (spec->zero && !spec->fill) ? '=' : '>';
    int64_t signs = sign[0] != 0;
    TgText number = {0};
    if (spec->comma && whole > 0) {
        put_grouped(&number, body, whole,
                    fill == '0' && align == '=' ? spec->width - signs - (n - whole) : 0);
        tg_text_put(&number, body + whole, n - whole);
    } else {
        tg_text_put(&number, body, n);
    }
    int64_t missing = spec->width - signs - characters(number.at, number.n);
    if (missing < 0) missing = 0;
    int64_t left = align == '>' ? missing : align == '^' ? missing / 2 : 0;
    put_fill(out, fill, left);
    tg_text_put(out, sign, signs);
    if (align == '=') put_fill(out, fill, missing);
    tg_text_put(out, number.at, number.n);
    if (align == '<' || align == '^') put_fill(out, fill, missing - left);
    tg_text_free(&number);
}

/* Python's untyped format with digits: as g, but exponents begin one digit earlier and a whole
 * number gets ".0" */
static void untyped(TgText *body, double a, int64_t digits) {
    if (digits == 0) digits = 1;
    TgText e = {0};
    tg_text_printf(&e, "%.*e", (int)digits - 1, a);
    int exponent = a == 0 ? 0 : atoi(strchr(e.at, 'e') + 1);
    tg_text_free(&e);
    int64_t from = body->n;
    if (exponent >= -4 && exponent < digits - 1) {
        tg_text_printf(body, "%.*g", (int)digits, a);
        if (!strchr(body->at + from, '.')) tg_text_put(body, ".0", 2);
        return;
    }
    if (exponent >= -4 &&
        exponent < digits) { /* g would write it plainly: exponent form without its zeros */
        tg_text_printf(body, "%.*e", (int)digits - 1, a);
        char *mark = strchr(body->at + from, 'e');
        char *end = mark;
        while (strchr(body->at + from, '.') && (end[-1] == '0' || end[-1] == '.')) {
            end--;
            if (*end == '.') break;
        }
        memmove(end, mark, strlen(mark) + 1);
        body->n -= mark - end;
        return;
    }
    tg_text_printf(body, "%.*g", (int)digits, a);
}

void tg_format_double(TgText *out, const TgPiece *spec, double value) {
    int negative = signbit(value) && value == value;
    double a = fabs(value);
    int64_t digits = spec->digits < 0 ? 6 : spec->digits;
    TgText body = {0};
    if (spec->type == '%') a *= 100;
    if (!isfinite(a)) {
        tg_text_printf(&body, "%s", value == value ? "inf" : "nan");
    } else if (spec->type == 'e') {
        tg_text_printf(&body, "%.*e", (int)digits, a);
    } else if (spec->type == 'g') {
        tg_text_printf(&body, "%.*g", (int)digits, a);
    } else if (spec->type == 'f' || spec->type == '%' || spec->type == 'd') {
        tg_text_printf(&body, "%.*f", spec->type == 'd' ? 0 : (int)digits, a);
    } else {
        untyped(&body, a, spec->digits < 0 ? 17 : spec->digits);
    }
    if (spec->type == '%') tg_text_put(&body, "%", 1);
    int64_t whole = (int64_t)strspn(body.at, "0123456789");
    put_number(out, spec, negative, body.at, body.n, whole);
    tg_text_free(&body);
}

void tg_format_int(TgText *out, const TgPiece *spec, int64_t value) {
    if (spec->type && strchr("efg%", (int)spec->type)) {
        tg_format_double(out, spec, (double)value);
        return;
    }
    if (spec->type == 'c') {
        char bytes[4];
        int n = utf8_encode(bytes, value >= 0 && value <= 0x10ffff ? value : 0xfffd);
        put_number(out, spec, 0, bytes, n, 0);
        return;
    }
    uint64_t a = value < 0 ? -(uint64_t)value : (uint64_t)value;
    char body[32];
    int n = snprintf(body, sizeof body, spec->type == 'x' ? "%llx" : "%llu", (unsigned long long)a);
    put_number(out, spec, value < 0, body, n, n);
}
