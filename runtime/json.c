/* json.c: as much of JSON as the header of a safetensors file needs, without a tree: the caller
   takes what it expects next. After a failure `wrong` says why and everything else fails too. */
#include "runtime/rt.h"

#include <stdlib.h>
#include <string.h>

enum { DEEPEST = 64 };

static int fail(Json *j, const char *why) {
    if (!j->wrong) j->wrong = why;
    return 0;
}

static void skip_white(Json *j) {
    while (j->at < j->end && (*j->at == ' ' || *j->at == '\t' || *j->at == '\n' || *j->at == '\r'))
        j->at++;
}

int json_is(Json *j, char c) {
    if (j->wrong) return 0;
    skip_white(j);
    if (j->at == j->end || *j->at != c) return 0;
    j->at++;
    return 1;
}

int json_expect(Json *j, char c) {
    static const char *const words[] = {"expected '{'", "expected '}'", "expected '['",
                                        "expected ']'", "expected ':'", "expected ','"};
    if (json_is(j, c)) return 1;
    const char *place = strchr("{}[]:,", c);
    return fail(j, words[place - "{}[]:,"]);
}

static int hex4(Json *j, uint32_t *code) {
    *code = 0;
    for (int i = 0; i < 4; i++, j->at++) {
        if (j->at == j->end) return fail(j, "a text does not end");
        char c = *j->at;
        int digit = c >= '0' && c <= '9'                 ? c - '0'
                    : (c | 32) >= 'a' && (c | 32) <= 'f' ? (c | 32) - 'a' + 10
                                                         : -1;
        if (digit < 0) return fail(j, "bad \\u in a text");
        *code = *code << 4 | (uint32_t)digit;
    }
    return 1;
}

static char *put_utf8(char *to, uint32_t code) {
    if (code < 0x80) {
        *to++ = (char)code;
        return to;
    }
    int more = code < 0x800 ? 1 : code < 0x10000 ? 2 : 3;
    static const uint8_t lead[] = {0, 0xc0, 0xe0, 0xf0};
    *to++ = (char)(lead[more] | code >> (6 * more));
    for (int i = more - 1; i >= 0; i--) *to++ = (char)(0x80 | (code >> (6 * i) & 63));
    return to;
}

/* after a backslash; NULL: wrong. At most as long as what it is written with. */
static char *escape(Json *j, char *to) {
    static const char from[] = "\"\\/bfnrt", what[] = "\"\\/\b\f\n\r\t";
    char c = *j->at++;
    const char *place = c ? strchr(from, c) : NULL;
    if (place) {
        *to++ = what[place - from];
        return to;
    }
    uint32_t code, low;
    if (c != 'u') return fail(j, "bad escape in a text"), NULL;
    if (!hex4(j, &code)) return NULL;
    if (code >= 0xd800 && code < 0xdc00) {
        int paired = j->end - j->at >= 6 && j->at[0] == '\\' && j->at[1] == 'u';
        if (paired) j->at += 2;
        if (!paired || !hex4(j, &low) || low < 0xdc00 || low > 0xdfff)
            return fail(j, "half a character in a text"), NULL;
        code = 0x10000 + ((code - 0xd800) << 10) + (low - 0xdc00);
    } else if (code >= 0xdc00 && code < 0xe000) {
        return fail(j, "half a character in a text"), NULL;
    }
    if (code == 0) return fail(j, "a zero character in a text"), NULL;
    return put_utf8(to, code);
}

char *json_string(Json *j) {
    if (!json_is(j, '"')) return fail(j, "expected a text"), NULL;
    const char *end = j->at;
    while (end < j->end && *end != '"') end += *end == '\\' ? 2 : 1;
    if (end >= j->end) return fail(j, "a text does not end"), NULL;
    char *text = malloc((size_t)(end - j->at) + 1), *to = text;
    if (!text) return fail(j, "out of memory"), NULL;
    while (to && j->at < end) {
        if ((unsigned char)*j->at < 0x20)
            to = (fail(j, "a control character in a text"), NULL);
        else if (*j->at != '\\')
            *to++ = *j->at++;
        else
            to = (j->at++, escape(j, to));
    }
    if (!to) {
        free(text);
        return NULL;
    }
    *to = 0;
    j->at = end + 1;
    return text;
}

int json_size(Json *j, int64_t *value) {
    if (j->wrong) return 0;
    skip_white(j);
    const char *from = j->at;
    *value = 0;
    for (; j->at < j->end && *j->at >= '0' && *j->at <= '9'; j->at++) {
        if (*value > (INT64_MAX - 9) / 10) return fail(j, "a number is too large");
        *value = *value * 10 + (*j->at - '0');
    }
    if (j->at == from) return fail(j, "expected a whole number from 0");
    if (j->at - from > 1 && *from == '0') return fail(j, "a number begins with 0");
    if (j->at < j->end && strchr(".eE", *j->at) && *j->at)
        return fail(j, "expected a whole number from 0");
    return 1;
}

static int skip_word(Json *j) {
    static const char *const words[] = {"true", "false", "null"};
    for (int i = 0; i < 3; i++) {
        size_t n = strlen(words[i]);
        if ((size_t)(j->end - j->at) >= n && memcmp(j->at, words[i], n) == 0) {
            j->at += n;
            return 1;
        }
    }
    const char *from = j->at;
    while (j->at < j->end && *j->at && strchr("+-.0123456789eE", *j->at)) j->at++;
    return j->at > from || fail(j, "expected a value");
}

int json_skip(Json *j) {
    if (j->wrong) return 0;
    if (++j->depth > DEEPEST) return fail(j, "nested too deeply");
    skip_white(j);
    char open = j->at < j->end ? *j->at : 0;
    if (open == '"') {
        free(json_string(j));
    } else if (open == '{' || open == '[') {
        char close = open == '{' ? '}' : ']';
        j->at++;
        if (!json_is(j, close)) {
            do {
                if (open == '{') {
                    free(json_string(j));
                    json_expect(j, ':');
                }
                json_skip(j);
            } while (json_is(j, ','));
            json_expect(j, close);
        }
    } else {
        skip_word(j);
    }
    j->depth--;
    return !j->wrong;
}

int is_utf8(const char *text, int64_t n) {
    const unsigned char *p = (const unsigned char *)text, *end = p + n;
    while (p < end) {
        if (*p < 0x80) {
            p++;
            continue;
        }
        int more = *p >= 0xc2 && *p < 0xe0   ? 1
                   : *p >= 0xe0 && *p < 0xf0 ? 2
                   : *p >= 0xf0 && *p < 0xf5 ? 3
                                             : 0;
        if (!more || end - p <= more) return 0;
        if ((*p == 0xe0 && p[1] < 0xa0) || (*p == 0xed && p[1] > 0x9f) ||
            (*p == 0xf0 && p[1] < 0x90) || (*p == 0xf4 && p[1] > 0x8f))
            return 0;
        for (int i = 1; i <= more; i++)
            if ((p[i] & 0xc0) != 0x80) return 0;
        p += more + 1;
    }
    return 1;
}
