/* fuzz_syntax.c: feeds the parser bytes: random ones, random tokens, and programs of tests/,
   examples/ and std/ with mutations. It must neither crash nor hang, report at most 20 errors,
   report some when the tree is incomplete, and print the tree. Run it in the build with
   TGC_SANITIZE.

   fuzz_syntax [ROUNDS [SEED [FOLDER…]]] */
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "frontend/syntax/parse.h"

enum { LONGEST = 6000, MOST_FILES = 2000 };

typedef struct Text Text;
struct Text {
    char *at;
    size_t n;
};

static uint64_t random_next(uint64_t *state) { /* splitmix64 */
    uint64_t z = (*state += 0x9e3779b97f4a7c15u);
    z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9u;
    z = (z ^ z >> 27) * 0x94d049bb133111ebu;
    return z ^ z >> 31;
}

static size_t below(uint64_t *state, size_t n) {
    return n ? (size_t)(random_next(state) % n) : 0;
}

/* pieces that meet each other in many ways */
static const char *const pieces[] = {
    "fn ",
    "let ",
    "var ",
    "if ",
    "then ",
    "else ",
    "while ",
    "for ",
    "in ",
    "return ",
    "assert ",
    "module ",
    "param ",
    "state ",
    "const ",
    "arg ",
    "data ",
    "import ",
    "export ",
    "eval ",
    "step ",
    "checkpoint ",
    "every ",
    "vjp",
    "break",
    "and ",
    "or ",
    "not ",
    "true",
    "None",
    "x",
    "y.z",
    "f32",
    "1",
    "2.5",
    "1e9",
    "9223372036854775808",
    "(",
    ")",
    "[",
    "]",
    "{",
    "}",
    "\"",
    "{",
    "}",
    ":",
    ",",
    ";",
    "\n",
    "\n\n",
    " ",
    "=",
    "+=",
    "==",
    "<",
    "+",
    "-",
    "*",
    "**",
    "/",
    "//",
    "%",
    "@",
    "->",
    "..",
    "..=",
    "...",
    ".",
    "?",
    "#",
    "\\",
    "'",
    "$",
    "&&",
    "!",
    "True",
    "def ",
    "elif ",
    "range(",
    "fn main() {\n",
    "}\n",
    "fn f(x) {",
    "\"{x:.3f}\"",
    "\"{",
    "}\"",
    "\t",
    "\xc3\xa9",
    "\xff",
    "/*",
    "++",
};

static size_t random_tokens(uint64_t *state, char *to) {
    size_t n = 0, count = below(state, 200);
    for (size_t i = 0; i < count; i++) {
        const char *piece = pieces[below(state, sizeof pieces / sizeof *pieces)];
        size_t length = strlen(piece);
        if (n + length > LONGEST) break;
        memcpy(to + n, piece, length);
        n += length;
    }
    return n;
}

static size_t random_bytes(uint64_t *state, char *to) {
    size_t n = below(state, 300);
    for (size_t i = 0; i < n; i++)
        to[i] = (char)(below(state, 4) ? 9 + below(state, 118) : below(state, 256));
    return n;
}

/* replaces [from, from + out) by in bytes of another text */
static size_t splice(char *text, size_t n, size_t from, size_t out, const char *in, size_t length) {
    if (from + out > n) out = n - from;
    if (n - out + length > LONGEST) return n;
    memmove(text + from + length, text + from + out, n - from - out);
    memmove(text + from, in, length);
    return n - out + length;
}

static size_t mutate(uint64_t *state, char *text, size_t n, const Text *other) {
    size_t from = below(state, n + 1), out = below(state, 1 + below(state, 30));
    const char *piece = pieces[below(state, sizeof pieces / sizeof *pieces)];
    char byte = (char)below(state, 256);
    size_t start = below(state, other->n);
    switch (below(state, 6)) {
    case 0:
        return splice(text, n, from, out, "", 0);
    case 1:
        return splice(text, n, from, 0, piece, strlen(piece));
    case 2:
        return splice(text, n, from, out, piece, strlen(piece));
    case 3:
        return splice(text, n, from, 1, &byte, 1);
    case 4:
        return splice(text, n, from, out, other->at + start, below(state, other->n - start));
    default:
        return from; /* cut off */
    }
}

static size_t mutated_program(uint64_t *state, char *to, const Text *files, int nfiles) {
    if (!nfiles) return 0;
    const Text *file = &files[below(state, (size_t)nfiles)];
    size_t n = file->n < LONGEST ? file->n : LONGEST;
    memcpy(to, file->at, n);
    size_t times = 1 + below(state, 4);
    for (size_t i = 0; i < times; i++)
        n = mutate(state, to, n, &files[below(state, (size_t)nfiles)]);
    return n;
}

/* 0 when the parser broke a promise */
static int try_text(const char *text, size_t n, FILE *nowhere) {
    Arena *arena = arena_new();
    Interner *in = interner_new(arena);
    Diag *diag = diag_new(arena);
    diag_capture(diag, 1);
    const Source *source = source_new(arena, "fuzz.tg", text, n);
    AstProgram *program = parse_program(arena, in, diag, source);
    int errors = diag_count(diag);
    int good = program != NULL && errors <= 20 && (errors > 0) == (*diag_text(diag) != 0);
    if (good) ast_print(nowhere, program);
    AstExpr *e = parse_expr(arena, in, diag, source);
    good &= e != NULL || diag_count(diag) > 0;
    if (e) ast_print_expr(nowhere, e);
    arena_free(arena);
    return good;
}

static int read_folder(Arena *arena, const char *folder, Text *files, int n) {
    DIR *dir = opendir(folder);
    for (struct dirent *entry = dir ? readdir(dir) : NULL; entry && n < MOST_FILES;
         entry = readdir(dir)) {
        size_t length = strlen(entry->d_name);
        if (length < 4 || strcmp(entry->d_name + length - 3, ".tg") != 0) continue;
        const char *error;
        Source *source =
            source_read(arena, arena_printf(arena, "%s/%s", folder, entry->d_name), &error);
        if (source) files[n++] = (Text){(char *)source->text, source->length};
    }
    if (dir) closedir(dir);
    return n;
}

int main(int argc, char **argv) {
    long rounds = argc > 1 ? atol(argv[1]) : 20000;
    uint64_t seed = argc > 2 ? strtoull(argv[2], NULL, 10) : 1;
    static const char *const folders[] = {"/tests/run", "/tests/error", "/examples", "/std"};
    Arena *arena = arena_new();
    Text *files = NEW_ARRAY(arena, Text, MOST_FILES);
    int nfiles = 0;
    for (size_t i = 0; i < sizeof folders / sizeof *folders; i++)
        nfiles =
            read_folder(arena, arena_printf(arena, TGC_SOURCE_DIR "%s", folders[i]), files, nfiles);
    for (int i = 3; i < argc; i++) nfiles = read_folder(arena, argv[i], files, nfiles);
    FILE *nowhere = fopen("/dev/null", "w");
    for (long round = 0; round < rounds; round++) {
        uint64_t state = seed * 1000003 + (uint64_t)round;
        char text[LONGEST + 1];
        size_t kind = below(&state, 8);
        size_t n = kind == 0   ? random_bytes(&state, text)
                   : kind <= 2 ? random_tokens(&state, text)
                               : mutated_program(&state, text, files, nfiles);
        if (!try_text(text, n, nowhere)) {
            fprintf(stderr, "fuzz_syntax: round %ld of seed %llu breaks a promise:\n%.*s\n", round,
                    (unsigned long long)seed, (int)n, text);
            return 1;
        }
    }
    fclose(nowhere);
    arena_free(arena);
    printf("%ld texts, %d programs to mutate\n", rounds, nfiles);
    return 0;
}
