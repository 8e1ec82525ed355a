/* number.c: numbers from text. Most decimal numbers are exact quotients or products of a 53-bit
   integer and a power of ten up to 22, which one IEEE operation rounds correctly; strtod does the
   rest. */
#include "runtime/number.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

enum { LONGEST = 400 };

static int is_digit(char c) {
    return c >= '0' && c <= '9';
}

const char *number_end(const char *from, const char *end) {
    const char *p = from;
    if (p < end && (*p == '-' || *p == '+')) p++;
    const char *digits = p;
    while (p < end && is_digit(*p)) p++;
    int64_t n = p - digits;
    if (p < end && *p == '.') {
        const char *point = p++;
        while (p < end && is_digit(*p)) p++;
        n += p - point - 1;
    }
    if (n == 0) return from;
    if (p < end && (*p == 'e' || *p == 'E')) {
        const char *q = p + 1;
        if (q < end && (*q == '-' || *q == '+')) q++;
        if (q < end && is_digit(*q)) {
            while (q < end && is_digit(*q)) q++;
            p = q;
        }
    }
    return p;
}

/* the number as mantissa * 10^exponent when that is exact in one f64 operation */
static int plain(const char *p, const char *to, double *value) {
    static const double tens[] = {1e0,  1e1,  1e2,  1e3,  1e4,  1e5,  1e6,  1e7,
                                  1e8,  1e9,  1e10, 1e11, 1e12, 1e13, 1e14, 1e15,
                                  1e16, 1e17, 1e18, 1e19, 1e20, 1e21, 1e22};
    int negative = *p == '-', point = 0;
    int64_t exponent = 0;
    uint64_t mantissa = 0;
    if (*p == '-' || *p == '+') p++;
    for (; p < to && (is_digit(*p) || *p == '.'); p++) {
        if (*p == '.') {
            point = 1;
            continue;
        }
        if (mantissa >= ((uint64_t)1 << 53) / 10) return 0;
        mantissa = mantissa * 10 + (uint64_t)(*p - '0');
        exponent -= point;
    }
    if (p < to) { /* e */
        int minus = p[1] == '-', given = 0;
        for (p += 1 + (p[1] == '-' || p[1] == '+'); p < to; p++) {
            if (given > 1000) return 0;
            given = given * 10 + (*p - '0');
        }
        exponent += minus ? -given : given;
    }
    if (exponent < -22 || exponent > 22) return 0;
    double a =
        exponent < 0 ? (double)mantissa / tens[-exponent] : (double)mantissa * tens[exponent];
    *value = negative ? -a : a;
    return 1;
}

/* a terminated copy for strtod, when the whole text is a number */
static int copy_number(const char *from, const char *to, char *text) {
    size_t n = (size_t)(to - from);
    if (n == 0 || n > LONGEST) return 0;
    memcpy(text, from, n);
    text[n] = 0;
    if (number_end(from, to) == to) return 1;
    const char *word = text + (text[0] == '-' || text[0] == '+');
    return !strcasecmp(word, "inf") || !strcasecmp(word, "infinity") || !strcasecmp(word, "nan");
}

int number_double(const char *from, const char *to, double *value) {
    char text[LONGEST + 1];
    if (number_end(from, to) == to && to > from && plain(from, to, value)) return 1;
    if (!copy_number(from, to, text)) return 0;
    *value = strtod(text, NULL);
    return 1;
}

int number_float(const char *from, const char *to, float *value) {
    char text[LONGEST + 1];
    double d;
    uint64_t bits;
    if (number_end(from, to) == to && to > from && plain(from, to, &d)) {
        memcpy(&bits, &d, sizeof bits);
        int tie =
            (bits & 0x1fffffff) == 0x10000000; /* rounding d again could round the wrong way */
        double a = d < 0 ? -d : d;
        if (a == 0 || (!tie && a > 1e-37 && a < 3e38)) {
            *value = (float)d;
            return 1;
        }
    }
    if (!copy_number(from, to, text)) return 0;
    *value = strtof(text, NULL);
    return 1;
}

int number_int(const char *from, const char *to, int64_t *value) {
    int negative = from < to && *from == '-';
    if (from < to && (*from == '-' || *from == '+')) from++;
    if (from == to) return 0;
    uint64_t n = 0, most = (uint64_t)INT64_MAX + (negative ? 1 : 0);
    for (; from < to; from++) {
        if (!is_digit(*from)) return 0;
        uint64_t digit = (uint64_t)(*from - '0');
        if (n > (most - digit) / 10) return 0;
        n = n * 10 + digit;
    }
    *value = negative ? (int64_t)(0 - n) : (int64_t)n;
    return 1;
}

int number_bool(const char *from, const char *to, int64_t *value) {
    static const char *const words[] = {"false", "true", "False", "True", "FALSE", "TRUE"};
    for (int i = 0; i < 6; i++)
        if (strlen(words[i]) == (size_t)(to - from) &&
            !memcmp(words[i], from, (size_t)(to - from))) {
            *value = i & 1;
            return 1;
        }
    return 0;
}
