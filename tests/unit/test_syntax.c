/* test_syntax.c: what the parser makes of text, as the printed tree; and that every program of
   tests/ parses, every tests/error/syntax_*.tg gets its errors, at their lines, in their words, and
   no others. */
#include <check.h>
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "frontend/syntax/parse.h"

typedef struct Parsed Parsed;
struct Parsed {
    Arena *arena;
    Diag *diag;
    Source *source;
    char *tree; /* printed */
};

static Parsed parse(const char *text, size_t length, int alone) {
    Parsed r;
    r.arena = arena_new();
    r.diag = diag_new(r.arena);
    diag_capture(r.diag, 1);
    Interner *in = interner_new(r.arena);
    r.source = source_new(r.arena, "x.tg", text, length);
    size_t size;
    FILE *out = open_memstream(&r.tree, &size);
    if (alone) {
        AstExpr *e = parse_expr(r.arena, in, r.diag, r.source);
        if (e) ast_print_expr(out, e);
    } else {
        ast_print(out, parse_program(r.arena, in, r.diag, r.source));
    }
    fclose(out);
    return r;
}

static void done(Parsed *r) {
    free(r->tree);
    arena_free(r->arena);
}

static void expr_is(const char *text, const char *tree) {
    Parsed r = parse(text, strlen(text), 1);
    ck_assert_msg(strcmp(r.tree, tree) == 0, "%s\n  gives %s\n  not   %s\n%s", text, r.tree, tree,
                  diag_text(r.diag));
    done(&r);
}

/* a program's tree, with line ends and the blanks behind them as one blank */
static void program_is(const char *text, const char *tree) {
    Parsed r = parse(text, strlen(text), 0);
    char *to = r.tree;
    for (const char *from = r.tree; *from; from++) {
        int ends = *from == '\n';
        *to++ = ends ? ' ' : *from;
        if (ends)
            while (from[1] == ' ') from++;
    }
    if (to > r.tree && to[-1] == ' ') to--;
    *to = 0;
    ck_assert_msg(strcmp(r.tree, tree) == 0, "%s\n  gives %s\n  not   %s\n%s", text, r.tree, tree,
                  diag_text(r.diag));
    done(&r);
}

static void body_is(const char *text, const char *tree) {
    char program[4000], want[4000];
    snprintf(program, sizeof program, "fn f() {\n%s\n}\n", text);
    snprintf(want, sizeof want, "(fn f ()%s%s)", *tree ? " " : "", tree);
    program_is(program, want);
}

START_TEST(precedence_is_pythons) {
    expr_is("-x ** 2", "(- (** x 2))");
    expr_is("2.0 ** -1", "(** 2.0 (- 1))");
    expr_is("a ** b ** c", "(** a (** b c))");
    expr_is("a - b - c", "(- (- a b) c)");
    expr_is("a + b * c @ d", "(+ a (@ (* b c) d))");
    expr_is("a // b % c / d", "(/ (% (// a b) c) d)");
    expr_is("not a == b and c or d", "(or (and (not (== a b)) c) d)");
    expr_is("- - x", "(- (- x))");
    expr_is("-x.f(1)[2]", "(- (index (call (. x f) 1) 2))");
    expr_is("if a then b else if c then d else e + 1", "(if a b (if c d (+ e 1)))");
    expr_is("(if a then b else c)(x)", "(call (if a b c) x)");
    expr_is("(a < b) == (c < d)", "(== (< a b) (< c d))");
    expr_is("g * (1 - y * y)", "(* g (- 1 (* y y)))");
}
END_TEST

START_TEST(literals_have_values) {
    expr_is("[1, 1_000, 0, 9223372036854775807]", "(list 1 1000 0 9223372036854775807)");
    expr_is("-9223372036854775808", "-9223372036854775808");
    expr_is("3 - -9223372036854775808", "(- 3 -9223372036854775808)");
    expr_is("[1.5, 1e-4, 1E+3, 0.1, 1_0.5_0, 1e22]", "(list 1.5 0.0001 1e+03 0.1 10.5 1e+22)");
    expr_is("1.0.sin()", "(call (. 1.0 sin))");
    expr_is("(true, false, None)", "(tuple true false None)");
    expr_is("()", "(tuple)");
    expr_is("(1,)", "(tuple 1)");
    expr_is("(1)", "1");
    expr_is("[]", "(list)");
    expr_is("[[1, 2,], [3, 4],]", "(list (list 1 2) (list 3 4))");
}
END_TEST

START_TEST(items_and_arguments) {
    expr_is("x[:, 1]", "(index x (: _ _) 1)");
    expr_is("x[1:3, ::2]", "(index x (: 1 3) (: _ _ 2))");
    expr_is("x[..., None, -1]", "(index x ... None (- 1))");
    expr_is("x[i : i + 64, :n, n:, ::-1,]",
            "(index x (: i (+ i 64)) (: _ n) (: n _) (: _ _ (- 1)))");
    expr_is("f(1, k=2, in=3,)", "(call f 1 k=2 in=3)");
    expr_is("zeros(f32[batch: 64, channel: 3])",
            "(call zeros (index f32 (: batch 64) (: channel 3)))");
    expr_is("[Block(c) for i in 0..n]", "(list-of (call Block c) for i in (.. 0 n))");
    expr_is("[a for (i, b) in enumerate(c)]", "(list-of a for (i b) in (call enumerate c))");
    expr_is("[i for i in 0..=n step 2]", "(list-of i for i in (..= 0 n 2))");
    expr_is("fn(x: f32[n], y = 2) -> f32 { return x; }",
            "(fn (x : f32[n], y = 2) -> f32 (return x))");
    expr_is("map(fn(a, b) {\n let c = a\n return c + b\n}, t)",
            "(call map (fn (a, b) (let c a) (return (+ c b))) t)");
    expr_is("fn() { }", "(fn ())");
}
END_TEST

START_TEST(text_has_pieces) {
    expr_is("\"\"", "\"\"");
    expr_is("\"a\\n\\t\\\"\\\\b\"", "\"a\\n\\t\\\"\\\\b\"");
    expr_is("\"{{x}}\"", "\"{x}\"");
    expr_is("\"a {x} b\"", "(text \"a \" {x} \" b\")");
    expr_is("\"{x:.3f}{y:>8}\"", "(text {x :.3f} {y :>8})");
    expr_is("\"{x[1:2]}{f(a, k=1)}\"", "(text {(index x (: 1 2))} {(call f a k=1)})");
    expr_is("\"{x:*^+012,.3e} {n:d} {p:.1%}\"",
            "(text {x :*^+012,.3e} \" \" {n :d} \" \" {p :.1%})");
    expr_is("\"{x:µ>5}\"", "(text {x :µ>5})");
    expr_is("\"{if a then \"x{b}\" else \"}\"\"", "");
    expr_is("\"{if a then \"x{b}\" else \"y\"}\"", "(text {(if a (text \"x\" {b}) \"y\")})");
    expr_is("\"{fn(x) { return \"{x}\" }(3)}\"", "(text {(call (fn (x) (return (text {x}))) 3)})");
    expr_is("\"# no comment\" # a comment", "\"# no comment\"");
    Parsed r = parse("\"a\0b\"", 5, 1);
    ck_assert_str_eq(r.tree, "\"a\\x00b\"");
    done(&r);
}
END_TEST

START_TEST(line_ends_end_statements) {
    body_is("a()\nb(); c()\n\n;;\nd()", "(call a) (call b) (call c) (call d)");
    body_is("let x = a +\n b", "(let x (+ a b))");
    body_is("let x = (a\n + b)", "(let x (+ a b))");
    body_is("f(\n  a,\n  b\n)", "(call f a b)");
    body_is("let x =\n 1", "(let x 1)");
    body_is("let x = if a then\n b else\n c", "(let x (if a b c))");
    body_is("let x = if a then b\n # why\n else c", "(let x (if a b c))");
    body_is("if a { }\n\n# comment\nelse { b() }", "(if a (else (call b)))");
    body_is("let y = x.\n f(1)", "(let y (call (. x f) 1))");
    body_is("let y = not\n x", "(let y (not x))");
    body_is("f(fn() {\n a()\n b()\n})", "(call f (fn () (call a) (call b)))");
    body_is("x = a\n(b, c) = d", "(= x a) (= (tuple b c) d)");
    body_is("return", "(return)");
    body_is("return # nothing\nb()", "(return) (call b)");
    body_is("", "");
    program_is("fn f()->f32{return 1.0}", "(fn f () -> f32 (return 1.0))");
    program_is("\xEF\xBB\xBF"
               "const a = 1\r\nconst b = 2\r\n",
               "(const a 1) (const b 2)");
    program_is("", "");
    program_is("# nothing", "");
    program_is("const a = 1; const b = 2", "(const a 1) (const b 2)");
}
END_TEST

START_TEST(keywords_have_their_places) {
    body_is("var x = var(y)", "(var x (call var y))");
    body_is("let in = 1\nlet step = in\nlet every = step",
            "(let in 1) (let step in) (let every step)");
    body_is("for step in 0..3 step step { }", "(for step in (.. 0 3 step))");
    body_is("for x, y in batches((a, b), 4) checkpoint \"c\" every 10 { }",
            "(for x y in (call batches (tuple a b) 4) checkpoint \"c\" every 10)");
    body_is("let data = const\nlet arg = data * param",
            "(let data const) (let arg (* data param))");
    body_is("data = 1\nstate = data\nparam(x)\nmodule.let.fn(y)",
            "(= data 1) (= state data) (call param x) "
            "(call (. (. module let) fn) y)");
    body_is("opt.step(g)\nx.if.then = 2", "(call (. opt step) g) (= (. (. x if) then) 2)");
    body_is("eval { a() }\nno_grad { }\nrecompute { }\neval(x)",
            "(eval (call a)) (no_grad) (recompute) (call eval x)");
    body_is("var (h, c) = e\nlet (a, (b, d)) = e", "(var (h c) e) (let (a (b d)) e)");
    body_is("let g = vjp(y, x, v)", "(let g (call vjp y x v))");
    body_is("while a and not b { break; continue }", "(while (and a (not b)) (break) (continue))");
    body_is("assert x, \"t\"\nassert (x)", "(assert x \"t\") (assert x)");
    body_is("x += 1\nx //= 2\nx **= 3\nx[i, :] @= y\nm.w -= g",
            "(+= x 1) (//= x 2) (**= x 3) (@= (index x i (: _ _)) y) (-= (. m w) g)");
    program_is("fn vjp(in, step) { return in }", "(fn vjp (in, step) (return in))");
}
END_TEST

START_TEST(declarations) {
    program_is("const a: f64[2] = [1, 2]", "(const a : f64[2] (list 1 2))");
    program_is("arg n: dim = 64 \"how many\"\narg m: str",
               "(arg n : dim 64 help \"how many\") (arg m : str)");
    program_is("data d: u8[rows, 28] = idx(\"{dir}/x.gz\")",
               "(data d : u8[rows, 28] (call idx (text {dir} \"/x.gz\")))");
    program_is("import \"a.tg\"\nlet (m, k) = f()", "(import \"a.tg\") (let (m k) (call f))");
    program_is("wide fn f(x) { }", "(wide fn f (x))");
    program_is("export fn p[n, m](x: f32[..., n], ...rest) -> (f32, i64[m])? { }",
               "(export fn p [n m] (x : f32[..., n], ...rest) -> (types f32 i64[m])?)");
    program_is("fn f(x: layers.Net?, y: (f32)) { }", "(fn f (x : layers.Net?, y : f32))");
    program_is("fn f(x) { return x } vjp(x, y, dy) { return dy }",
               "(fn f (x) (return x) (vjp (x y dy) (return dy)))");
    program_is(
        "module M(in: dim, b = true, ...l) {\n param w \"{in}\": f32[in] = 1.0\n state s = 0; k = "
        "3\n"
        " assert in > 0, \"t\"\n if b { param c = 1 } else if in == 1 { } else { e \"\" = 2 }\n"
        " fn forward(x) { return x }\n}",
        "(module M (in : dim, b = true, ...l) (param w as (text {in}) : f32[in] 1.0) (state s 0) "
        "(member k 3) "
        "(assert (> in 0) \"t\") (if b (param c 1) (else (if (== in 1) (else (member e as \"\" "
        "2))))) "
        "(fn forward (x) (return x)))");
}
END_TEST

START_TEST(deep_nesting_is_refused) {
    enum { DEPTH = 30000 };
    static const char *const units[][3] = {
        {"(", "x", ")"},        {"-", "x", ""},     {"x+", "x", ""},
        {"x**", "x", ""},       {"f(", "x", ")"},   {"[", "x", "]"},
        {"not ", "x", ""},      {"x.f.", "x", ""},  {"if x then ", "x", " else x"},
        {"fn(){g(", "x", ")}"}, {"\"{", "x", "}\""}};
    for (size_t i = 0; i < sizeof units / sizeof *units; i++) {
        char *text = malloc(DEPTH * 20 + 10);
        size_t n = 0;
        for (int k = 0; k < DEPTH; k++) n += (size_t)sprintf(text + n, "%s", units[i][0]);
        n += (size_t)sprintf(text + n, "%s", units[i][1]);
        for (int k = 0; k < DEPTH; k++) n += (size_t)sprintf(text + n, "%s", units[i][2]);
        Parsed r = parse(text, n, 1);
        ck_assert_int_eq(diag_count(r.diag), 1);
        ck_assert_msg(strstr(diag_text(r.diag), "nested"), "%s: %s", units[i][0],
                      diag_text(r.diag));
        done(&r);
        free(text);
    }
}
END_TEST

START_TEST(expressions_stand_alone) {
    Parsed r = parse("a b", 3, 1);
    ck_assert_int_eq(diag_count(r.diag), 1);
    ck_assert_str_eq(r.tree, "");
    done(&r);
    r = parse("", 0, 1);
    ck_assert_int_eq(diag_count(r.diag), 1);
    done(&r);
    expr_is("\n\n a +\n b\n\n", "(+ a b)");
}
END_TEST

/* ---- files ------------------------------------------------------------------------------------
 */

static Parsed parse_file(const char *path) {
    Arena *arena = arena_new();
    const char *error = NULL;
    Source *source = source_read(arena, path, &error);
    ck_assert_msg(source != NULL, "%s", error);
    Parsed r = parse(source->text, source->length, 0);
    arena_free(arena);
    return r;
}

static int is_wordish(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';
}

static int has_word(const char *text, const char *word) {
    size_t n = strlen(word);
    for (const char *at = text; (at = strstr(at, word)); at++)
        if ((at == text || !is_wordish(at[-1]) || !is_wordish(word[0])) &&
            (!is_wordish(at[n]) || !is_wordish(word[n - 1])))
            return 1;
    return 0;
}

/* the messages at a line, its notes and hints included, without the quoted source; how many errors
 */
static int messages_at(const char *output, int wanted, char *messages, size_t size) {
    int errors = 0, inside = 0;
    messages[0] = 0;
    char *copy = strdup(output);
    for (char *line = strtok(copy, "\n"); line; line = strtok(NULL, "\n")) {
        int number, column;
        char kind[20];
        int is_place = sscanf(line, "x.tg:%d:%d: %19[a-z]:", &number, &column, kind) == 3;
        if (is_place && strcmp(kind, "error") == 0) {
            inside = number == wanted;
            errors += inside;
        }
        if (inside &&
            (is_place || strncmp(line, "  help:", 7) == 0 || strncmp(line, "  note:", 7) == 0))
            snprintf(messages + strlen(messages), size - strlen(messages), "%s\n", line);
    }
    free(copy);
    return errors;
}

/* every `#: error: words` line has one error with these words; no other line has one */
static void check_errors(const char *path) {
    Parsed r = parse_file(path);
    int marked = 0;
    for (int i = 0; i < r.source->nlines; i++) {
        const char *text = r.source->text + r.source->lines[i];
        char *line = strndup(text, strcspn(text, "\n")), messages[4000];
        char *words = strstr(line, "#: error:");
        int errors = messages_at(diag_text(r.diag), i + 1, messages, sizeof messages);
        ck_assert_msg(errors == (words != NULL), "%s:%d: %d errors\n%s", path, i + 1, errors,
                      diag_text(r.diag));
        marked += words != NULL;
        for (char *word = words ? strtok(words + 9, " ") : NULL; word; word = strtok(NULL, " "))
            ck_assert_msg(has_word(messages, word), "%s:%d: no '%s' in\n%s", path, i + 1, word,
                          messages);
        free(line);
    }
    ck_assert_msg(marked > 0 && marked == diag_count(r.diag), "%s\n%s", path, diag_text(r.diag));
    done(&r);
}

static void check_parses(const char *path) {
    Parsed r = parse_file(path);
    ck_assert_msg(diag_count(r.diag) == 0, "%s\n%s", path, diag_text(r.diag));
    done(&r);
}

/* visits the .tg files of a folder; how many */
static int visit(const char *folder, const char *beginning, void check(const char *path)) {
    DIR *dir = opendir(folder);
    int n = 0;
    for (struct dirent *entry = dir ? readdir(dir) : NULL; entry; entry = readdir(dir)) {
        size_t length = strlen(entry->d_name);
        if (length < 4 || strcmp(entry->d_name + length - 3, ".tg") != 0) continue;
        if (strncmp(entry->d_name, beginning, strlen(beginning)) != 0) continue;
        char path[4096];
        snprintf(path, sizeof path, "%s/%s", folder, entry->d_name);
        check(path);
        n++;
    }
    if (dir) closedir(dir);
    return n;
}

START_TEST(syntax_errors_are_blamed) {
    ck_assert_int_gt(visit(TGC_SOURCE_DIR "/tests/error", "syntax_", check_errors), 20);
}
END_TEST

START_TEST(programs_parse) {
    visit(TGC_SOURCE_DIR "/tests/run", "", check_parses);
    visit(TGC_SOURCE_DIR "/examples", "", check_parses);
    visit(TGC_SOURCE_DIR "/std", "", check_parses);
}
END_TEST

int main(void) {
    Suite *suite = suite_create("syntax");
    TCase *tests = tcase_create("syntax");
    tcase_set_timeout(tests, 60);
    const TTest *const all[] = {precedence_is_pythons,
                                literals_have_values,
                                items_and_arguments,
                                text_has_pieces,
                                line_ends_end_statements,
                                keywords_have_their_places,
                                declarations,
                                deep_nesting_is_refused,
                                expressions_stand_alone,
                                syntax_errors_are_blamed,
                                programs_parse};
    for (size_t i = 0; i < sizeof all / sizeof *all; i++) tcase_add_test(tests, all[i]);
    suite_add_tcase(suite, tests);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_NORMAL);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed != 0;
}
