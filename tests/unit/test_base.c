/* test_base.c: the arena, vectors, interned strings, sources and diagnostics, each by what its
 * header promises. */
#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/diag.h"
#include "base/intern.h"
#include "base/vec.h"

/* ---- arena and vectors ------------------------------------------------------------------------
 */

START_TEST(arena_gives_zeroed_aligned_memory) {
    static const size_t sizes[] = {0, 1, 15, 16, 17, 4096, 16000, 16400, 65536, 1000000};
    Arena *arena = arena_new();
    char *at[3000];
    for (int i = 0; i < 3000; i++) {
        size_t size = sizes[i % 8];
        at[i] = arena_alloc(arena, size);
        ck_assert_uint_eq((uintptr_t)at[i] % 16, 0);
        for (size_t k = 0; k < size; k += 97) ck_assert_int_eq(at[i][k], 0);
        memset(at[i], i & 0x7f, size);
    }
    for (int i = 0; i < 3000; i++) /* nothing lies over anything */
        for (size_t k = 0; k < sizes[i % 8]; k += 97) ck_assert_int_eq(at[i][k], i & 0x7f);
    arena_free(arena);
}
END_TEST

START_TEST(arena_formats_text) {
    Arena *arena = arena_new();
    char wide[5000];
    memset(wide, 'x', sizeof wide - 1);
    wide[sizeof wide - 1] = 0;
    ck_assert_str_eq(arena_printf(arena, "%d %s", 42, "is it"), "42 is it");
    ck_assert_uint_eq(strlen(arena_printf(arena, "%s%s", wide, wide)), 9998);
    ck_assert_mem_eq(arena_copy(arena, "a\0b", 4), "a\0b", 4);
    arena_free(arena);
}
END_TEST

START_TEST(vectors_grow) {
    Arena *arena = arena_new();
    VEC(int) v = {0};
    for (int i = 0; i < 10000; i++) PUSH(arena, &v, i * i);
    ck_assert_int_eq(v.n, 10000);
    for (int i = 0; i < v.n; i++) ck_assert_int_eq(v.at[i], i * i);
    arena_free(arena);
}
END_TEST

/* ---- interned strings -------------------------------------------------------------------------
 */

START_TEST(equal_texts_are_one_pointer) {
    Arena *arena = arena_new();
    Interner *in = interner_new(arena);
    const char *first[2000];
    for (int i = 0; i < 2000; i++) first[i] = intern_printf(in, "name%d", i);
    for (int i = 0; i < 2000; i++) {
        char text[32];
        snprintf(text, sizeof text, "name%d", i);
        ck_assert_ptr_eq(intern(in, text), first[i]);
        ck_assert_ptr_eq(intern_n(in, text, strlen(text)), first[i]);
        if (i) ck_assert_ptr_ne(first[i], first[i - 1]);
    }
    ck_assert_ptr_ne(intern_n(in, "a\0b", 3), intern_n(in, "a\0c", 3));
    ck_assert_ptr_eq(intern_n(in, "a\0b", 3), intern_n(in, "a\0b", 3));
    ck_assert_ptr_eq(intern_n(in, "ab", 1), intern(in, "a"));
    ck_assert_str_eq(intern(in, ""), "");
    arena_free(arena);
}
END_TEST

/* ---- sources ----------------------------------------------------------------------------------
 */

START_TEST(offsets_have_lines_and_columns) {
    Arena *arena = arena_new();
    const char *text = "ab\n\ncde\nf";
    Source *source = source_new(arena, "x.tg", text, strlen(text));
    static const int want[][3] = {{0, 1, 1}, {2, 1, 3}, {3, 2, 1}, {4, 3, 1},
                                  {6, 3, 3}, {7, 3, 4}, {8, 4, 1}, {9, 4, 2}};
    for (size_t i = 0; i < sizeof want / sizeof *want; i++) {
        int line, column;
        source_place(source, (uint32_t)want[i][0], &line, &column);
        ck_assert_int_eq(line, want[i][1]);
        ck_assert_int_eq(column, want[i][2]);
    }
    Source *empty = source_new(arena, "e.tg", "", 0);
    int line, column;
    source_place(empty, 0, &line, &column);
    ck_assert_int_eq(line, 1);
    ck_assert_int_eq(column, 1);
    arena_free(arena);
}
END_TEST

START_TEST(spans_join) {
    Arena *arena = arena_new();
    Source *source = source_new(arena, "x.tg", "abcdef", 6);
    Source *other = source_new(arena, "y.tg", "abcdef", 6);
    Span a = {source, 1, 2}, b = {source, 4, 5}, c = {other, 0, 6};
    Span joined = span_join(b, a);
    ck_assert_uint_eq(joined.start, 1);
    ck_assert_uint_eq(joined.end, 5);
    ck_assert_uint_eq(span_join(span_nowhere(), b).start, 4);
    ck_assert_uint_eq(span_join(b, span_nowhere()).end, 5);
    ck_assert_ptr_eq(span_join(a, c).source, source);
    arena_free(arena);
}
END_TEST

START_TEST(files_are_read_whole) {
    Arena *arena = arena_new();
    char name[] = "/tmp/tgc-test-XXXXXX";
    int fd = mkstemp(name);
    ck_assert_int_ge(fd, 0);
    FILE *file = fdopen(fd, "wb");
    for (int i = 0; i < 100000; i++) fputc(i % 251, file);
    fclose(file);
    const char *error = NULL;
    Source *source = source_read(arena, name, &error);
    unlink(name);
    ck_assert_ptr_nonnull(source);
    ck_assert_uint_eq(source->length, 100000);
    for (int i = 0; i < 100000; i++) ck_assert_int_eq((unsigned char)source->text[i], i % 251);
    ck_assert_ptr_null(source_read(arena, name, &error));
    ck_assert_ptr_nonnull(strstr(error, name));
    ck_assert_ptr_nonnull(strstr(error, "No such file"));
    ck_assert_ptr_null(source_read(arena, "/tmp", &error));
    ck_assert_ptr_nonnull(strstr(error, "directory"));
    arena_free(arena);
}
END_TEST

/* ---- diagnostics ------------------------------------------------------------------------------
 */

typedef struct Fixture Fixture;
struct Fixture {
    Arena *arena;
    Diag *diag;
    Source *source;
};

static Fixture fixture(const char *text) {
    Fixture f;
    f.arena = arena_new();
    f.diag = diag_new(f.arena);
    f.source = source_new(f.arena, "x.tg", text, strlen(text));
    diag_capture(f.diag, 1);
    return f;
}

START_TEST(an_error_shows_its_place) {
    Fixture f = fixture("let a = 1\n\tlet é = b + c\n");
    Span c = {f.source, 24, 25};
    ck_assert_int_eq(diag_error(f.diag, c, "unknown", "unknown variable %s", "c"), 1);
    diag_note(f.diag, (Span){f.source, 4, 5}, "there is a");
    diag_note(f.diag, span_nowhere(), "no place");
    diag_hint(f.diag, "write %s", "a");
    ck_assert_str_eq(diag_text(f.diag), "x.tg:2:15: error: unknown variable c [unknown]\n"
                                        "    2 | \tlet é = b + c\n"
                                        "      | \t            ^\n"
                                        "x.tg:1:5: note: there is a\n"
                                        "    1 | let a = 1\n"
                                        "      |     ^\n"
                                        "  note: no place\n"
                                        "  help: write a\n");
    arena_free(f.arena);
}
END_TEST

START_TEST(places_at_the_edge_are_shown) {
    Fixture f = fixture("ab\ncd");
    diag_error(f.diag, (Span){f.source, 2, 2}, "a", "line end");
    diag_error(f.diag, (Span){f.source, 5, 5}, "b", "file end");
    diag_error(f.diag, (Span){f.source, 0, 5}, "c", "two lines");
    diag_error(f.diag, span_nowhere(), "d", "nowhere");
    ck_assert_str_eq(diag_text(f.diag), "x.tg:1:3: error: line end [a]\n    1 | ab\n      |   ^\n"
                                        "x.tg:2:3: error: file end [b]\n    2 | cd\n      |   ^\n"
                                        "x.tg:1:1: error: two lines [c]\n    1 | ab\n      | ^^\n"
                                        "tgc: error: nowhere [d]\n");
    arena_free(f.arena);
}
END_TEST

START_TEST(a_long_line_is_cut) {
    char text[4001];
    memset(text, 'x', 4000);
    text[4000] = 0;
    Fixture f = fixture(text);
    diag_error(f.diag, (Span){f.source, 2000, 2003}, "long", "here");
    ck_assert_uint_lt(strlen(diag_text(f.diag)), 500);
    ck_assert_ptr_nonnull(strstr(diag_text(f.diag), "^^^\n"));
    arena_free(f.arena);
}
END_TEST

START_TEST(repetitions_and_their_notes_are_dropped) {
    Fixture f = fixture("abc");
    Span span = {f.source, 0, 1}, other = {f.source, 1, 2};
    ck_assert_int_eq(diag_error(f.diag, span, "one", "first"), 1);
    ck_assert_int_eq(diag_error(f.diag, span, "one", "again"), 0);
    diag_note(f.diag, span, "not shown");
    ck_assert_int_eq(diag_error(f.diag, span, "two", "another code"), 1);
    ck_assert_int_eq(diag_error(f.diag, other, "one", "another place"), 1);
    ck_assert_int_eq(diag_count(f.diag), 3);
    ck_assert_ptr_null(strstr(diag_text(f.diag), "again"));
    ck_assert_ptr_null(strstr(diag_text(f.diag), "not shown"));
    arena_free(f.arena);
}
END_TEST

START_TEST(errors_stop_at_twenty) {
    Fixture f = fixture("abcdefghijklmnopqrstuvwxyz");
    for (uint32_t i = 0; i < 25; i++) {
        ck_assert_int_eq(diag_full(f.diag), i >= 20);
        ck_assert_int_eq(diag_error(f.diag, (Span){f.source, i, i + 1}, "n", "n%u", i), i < 20);
    }
    ck_assert_int_eq(diag_warning(f.diag, (Span){f.source, 0, 1}, "w", "still shown"), 1);
    ck_assert_int_eq(diag_count(f.diag), 20);
    arena_free(f.arena);
}
END_TEST

START_TEST(a_rollback_forgets) {
    Fixture f = fixture("abcdef");
    diag_error(f.diag, (Span){f.source, 0, 1}, "n", "kept");
    int outer = diag_mark(f.diag);
    diag_error(f.diag, (Span){f.source, 1, 2}, "n", "outer");
    int inner = diag_mark(f.diag);
    diag_error(f.diag, (Span){f.source, 2, 3}, "n", "inner");
    diag_warning(f.diag, (Span){f.source, 2, 3}, "w", "inner warning");
    diag_rollback(f.diag, inner);
    diag_note(f.diag, span_nowhere(), "a note of nothing");
    ck_assert_int_eq(diag_count(f.diag), 2);
    diag_rollback(f.diag, outer);
    ck_assert_int_eq(diag_count(f.diag), 1);
    ck_assert_int_eq(diag_error(f.diag, (Span){f.source, 2, 3}, "n", "inner once more"), 1);
    diag_note(f.diag, span_nowhere(), "its note");
    diag_flush(f.diag);
    const char *text = diag_text(f.diag);
    ck_assert_ptr_nonnull(strstr(text, "kept"));
    ck_assert_ptr_nonnull(strstr(text, "inner once more"));
    ck_assert_ptr_nonnull(strstr(text, "its note"));
    ck_assert_ptr_null(strstr(text, "outer"));
    ck_assert_ptr_null(strstr(text, "warning"));
    ck_assert_ptr_null(strstr(text, "of nothing"));
    diag_flush(f.diag);
    ck_assert_ptr_eq(diag_text(f.diag), text); /* once */
    arena_free(f.arena);
}
END_TEST

START_TEST(codes_are_explained) {
    static const char *const codes[] = {
#define CODE(name, explanation) name,
#include "base/codes.def"
#undef CODE
    };
    for (size_t i = 0; i < sizeof codes / sizeof *codes; i++) {
        const char *text = diag_explain(codes[i]);
        ck_assert_msg(text && strlen(text) > 20, "%s is hardly explained", codes[i]);
        for (size_t k = 0; k < i; k++) ck_assert_str_ne(codes[i], codes[k]);
    }
    ck_assert_ptr_null(diag_explain("no-such-code"));
}
END_TEST

int main(void) {
    Suite *suite = suite_create("base");
    TCase *tests = tcase_create("base");
    const TTest *const all[] = {
        arena_gives_zeroed_aligned_memory,
        arena_formats_text,
        vectors_grow,
        equal_texts_are_one_pointer,
        offsets_have_lines_and_columns,
        spans_join,
        files_are_read_whole,
        an_error_shows_its_place,
        places_at_the_edge_are_shown,
        a_long_line_is_cut,
        repetitions_and_their_notes_are_dropped,
        errors_stop_at_twenty,
        a_rollback_forgets,
        codes_are_explained,
    };
    for (size_t i = 0; i < sizeof all / sizeof *all; i++) tcase_add_test(tests, all[i]);
    suite_add_tcase(suite, tests);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_NORMAL);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed != 0;
}
