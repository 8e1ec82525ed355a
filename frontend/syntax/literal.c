/* literal.c: what numbers and formats mean. Takes their text, gives the node; what is no number of
   64 bits, or no format, is an error, and something harmless is returned so that reading goes on.
 */
#include "frontend/syntax/syntax.h"

#include <stdlib.h>
#include <string.h>

enum { WIDEST = 1000 }; /* of a format's width and digits */

void refuse_huge(Parse *p) {
    if (!p->huge) return;
    syntax_error(p, p->huge->span, "literal-range", "%s does not fit in 64 bits (up to %lld)",
                 "9223372036854775808", (long long)INT64_MAX);
    p->huge = NULL;
}

static AstExpr *integer(Parse *p, Span span, const char *digits) {
    AstExpr *e = make_leaf(p, EX_INT, span);
    uint64_t value = 0;
    const uint64_t limit = (uint64_t)1 << 63;
    for (const char *c = digits; *c; c++) {
        uint64_t digit = (uint64_t)(*c - '0');
        if (value > (limit - digit) / 10) {
            syntax_error(p, span, "literal-range", "%s does not fit in 64 bits (up to %lld)",
                         digits, (long long)INT64_MAX);
            return e;
        }
        value = value * 10 + digit;
    }
    if (value == limit) {
        refuse_huge(p);
        e->integer = INT64_MIN;
        p->huge = e; /* right behind a minus only: see make_unary */
    } else {
        e->integer = (int64_t)value;
    }
    return e;
}

AstExpr *literal_number(Parse *p, Span span, const char *text, size_t length) {
    char *digits = arena_alloc(p->arena, length + 1);
    size_t n = 0;
    for (size_t i = 0; i < length; i++)
        if (text[i] != '_') digits[n++] = text[i];
    if (!strpbrk(digits, ".eE")) return integer(p, span, digits);
    AstExpr *e = make_leaf(p, EX_FLOAT, span);
    e->real = strtod(digits, NULL);
    if (e->real > 1.7976931348623157e308) {
        syntax_error(p, span, "literal-range", "%s does not fit in an f64 (up to 1.7977e308)",
                     digits);
        e->real = 0;
    }
    return e;
}

static size_t character_length(const char *text, size_t length) {
    if (!length) return 0;
    size_t n = 1;
    while (n < length && n < 4 && ((unsigned char)text[n] & 0xC0) == 0x80) n++;
    return n;
}

static int is_align(char c) {
    return c == '<' || c == '>' || c == '^' || c == '=';
}

/* a number at *at, -1 when there is none; above WIDEST it is WIDEST + 1 */
static int small_number(const char **at, const char *end) {
    if (*at == end || **at < '0' || **at > '9') return -1;
    int value = 0;
    for (; *at < end && **at >= '0' && **at <= '9'; ++*at) {
        value = value * 10 + (**at - '0');
        if (value > WIDEST) value = WIDEST + 1;
    }
    return value;
}

/* [[fill]align][sign][0][width][,][.digits][kind]; gives where it stops making sense */
static const char *read_format(AstFormat *f, const char *at, const char *end) {
    size_t fill = character_length(at, (size_t)(end - at));
    if (fill && at + fill < end && is_align(at[fill])) {
        memcpy(f->fill, at, fill);
        f->fill[fill] = 0;
        f->align = at[fill];
        at += fill + 1;
    } else if (at < end && is_align(*at)) {
        f->align = *at++;
    }
    if (at < end && (*at == '+' || *at == '-' || *at == ' ')) f->sign = *at++;
    if (at < end && *at == '0') f->zero = 1, at++;
    f->width = small_number(&at, end);
    if (at < end && *at == ',') f->comma = 1, at++;
    if (at < end && *at == '.') {
        at++;
        f->digits = small_number(&at, end);
        if (f->digits < 0) return at;
    }
    if (at < end && strchr("defgx%s", *at)) f->kind = *at++;
    return at;
}

AstFormat *literal_format(Parse *p, Span span, const char *text, size_t length) {
    AstFormat *f = NEW(p->arena, AstFormat);
    *f = (AstFormat){.span = span, .fill = " ", .width = -1, .digits = -1};
    const char *end = text + length;
    const char *stop = read_format(f, text, end);
    if (stop == end && length > 0 && !(end[-1] == '.' && f->digits < 0)) {
        if (f->width > WIDEST || f->digits > WIDEST)
            syntax_error(p, span, "format", "a format's width and digits are at most %d", WIDEST);
        return f;
    }
    int said = length ? syntax_error(p, span, "format", "`%.*s` is not a format", (int)length, text)
                      : syntax_error(p, span, "format", "no format stands behind the `:`");
    if (said)
        diag_hint(p->diag, "a format is [[fill]align][sign][0][width][,][.digits] and one of d e f "
                           "g x %% s, as in "
                           "{x:.3f} or {n:>8}");
    *f = (AstFormat){.span = span, .fill = " ", .width = -1, .digits = -1};
    return f;
}
