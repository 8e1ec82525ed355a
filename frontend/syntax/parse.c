/* parse.c: the two ways in. Takes a source, gives its tree. */
#include "frontend/syntax/parse.h"

#include "frontend/syntax/parser.h"
#include "frontend/syntax/syntax.h"

/* length of the UTF-8 character at c, 0 when there is none (c points into NUL-terminated text) */
static int character(const unsigned char *c) {
    if (c[0] < 0x80) return 1;
    int n = c[0] >= 0xF0 ? 4 : c[0] >= 0xE0 ? 3 : 2;
    if (c[0] < 0xC2 || c[0] > 0xF4) return 0;
    for (int i = 1; i < n; i++)
        if ((c[i] & 0xC0) != 0x80) return 0;
    int too_long = (c[0] == 0xE0 && c[1] < 0xA0) || (c[0] == 0xF0 && c[1] < 0x90);
    int no_character = (c[0] == 0xED && c[1] > 0x9F) || (c[0] == 0xF4 && c[1] > 0x8F);
    return too_long || no_character ? 0 : n;
}

static int is_utf8(Parse *p) {
    const unsigned char *text = (const unsigned char *)p->source->text;
    for (uint32_t at = 0; at < p->source->length;) {
        int n = character(text + at);
        if (n == 0) {
            Span span = {p->source, at, at + 1};
            diag_error(p->diag, span, "not-utf8", "byte 0x%02x is not UTF-8 text", text[at]);
            return 0;
        }
        at += (uint32_t)n;
    }
    return 1;
}

static void run(Parse *p, int start) {
    if (!is_utf8(p)) return;
    const unsigned char *text = (const unsigned char *)p->source->text;
    if (text[0] == 0xEF && text[1] == 0xBB && text[2] == 0xBF) p->at = 3; /* a byte order mark */
    p->start = start;
    if (!scan_open(p)) die("the lexer does not start");
    yyparse(p);
    scan_close(p);
    refuse_huge(p);
    if (p->broken && diag_count(p->diag) == 0) die("a syntax error without a message");
}

static Parse state(Arena *arena, Interner *in, Diag *diag, const Source *source) {
    return (Parse){.arena = arena,
                   .in = in,
                   .diag = diag,
                   .source = source,
                   .quiet_lines = {-1, -1},
                   .colon_at = -1};
}

AstProgram *parse_program(Arena *arena, Interner *in, Diag *diag, const Source *source) {
    Parse p = state(arena, in, diag, source);
    p.program = NEW(arena, AstProgram);
    p.program->source = source;
    run(&p, START_PROGRAM);
    return p.program;
}

AstExpr *parse_expr(Arena *arena, Interner *in, Diag *diag, const Source *source) {
    Parse p = state(arena, in, diag, source);
    int before = diag_count(diag);
    run(&p, START_EXPR);
    return diag_count(diag) == before ? p.expr : NULL;
}
