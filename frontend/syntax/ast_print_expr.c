/* ast_print_expr.c: how text, types, patterns and expressions are printed. */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "frontend/syntax/ast_print.h"

/* ---- text and types -------------------------------------------------------------------------- */

void ast_print_quoted(FILE *out, const char *text, size_t length) {
    fputc('"', out);
    for (size_t i = 0; i < length; i++) {
        char c = text[i];
        if (c == '\n')
            fputs("\\n", out);
        else if (c == '\t')
            fputs("\\t", out);
        else if (c == '"' || c == '\\')
            fprintf(out, "\\%c", c);
        else if ((unsigned char)c < 32 || c == 127)
            fprintf(out, "\\x%02x", (unsigned char)c);
        else
            fputc(c, out);
    }
    fputc('"', out);
}

static void print_format(FILE *out, const AstFormat *f) {
    fputs(" :", out);
    if (f->align) fprintf(out, "%s%c", strcmp(f->fill, " ") == 0 ? "" : f->fill, f->align);
    if (f->sign) fputc(f->sign, out);
    if (f->zero) fputc('0', out);
    if (f->width >= 0) fprintf(out, "%d", f->width);
    if (f->comma) fputc(',', out);
    if (f->digits >= 0) fprintf(out, ".%d", f->digits);
    if (f->kind) fputc(f->kind, out);
}

/* "text", or (text "piece" (expr :format) …) */
void ast_print_text(FILE *out, const AstText *text) {
    int plain = text->parts.n == 0 || (text->parts.n == 1 && !text->parts.at[0].expr);
    if (text->parts.n == 0) fputs("\"\"", out);
    if (!plain) fputs("(text", out);
    for (int i = 0; i < text->parts.n; i++) {
        const AstPart *part = &text->parts.at[i];
        if (!plain) fputc(' ', out);
        if (!part->expr) {
            ast_print_quoted(out, part->text, part->length);
            continue;
        }
        fputc('{', out);
        ast_print_expr(out, part->expr);
        if (part->format) print_format(out, part->format);
        fputc('}', out);
    }
    if (!plain) fputc(')', out);
}

void ast_print_type(FILE *out, const AstType *type) {
    if (type->path.n == 0) {
        fputs("(types", out);
        for (int i = 0; i < type->items.n; i++) {
            fputc(' ', out);
            ast_print_type(out, type->items.at[i]);
        }
        fputc(')', out);
    }
    for (int i = 0; i < type->path.n; i++)
        fprintf(out, "%s%s", i ? "." : "", type->path.at[i].text);
    if (type->has_axes) fputc('[', out);
    for (int i = 0; i < type->axes.n; i++) {
        const AstAxis *axis = &type->axes.at[i];
        if (i) fputs(", ", out);
        if (axis->is_rest) fputs("...", out);
        if (axis->name.text) fprintf(out, "%s: ", axis->name.text);
        if (axis->size) ast_print_expr(out, axis->size);
    }
    if (type->has_axes) fputc(']', out);
    if (type->optional) fputc('?', out);
}

void ast_print_opt_type(FILE *out, const AstType *type) {
    if (!type) return;
    fputs(" : ", out);
    ast_print_type(out, type);
}

void ast_print_pattern(FILE *out, const AstPattern *pattern) {
    if (pattern->name) {
        fputs(pattern->name, out);
        return;
    }
    fputc('(', out);
    for (int i = 0; i < pattern->items.n; i++) {
        if (i) fputc(' ', out);
        ast_print_pattern(out, pattern->items.at[i]);
    }
    fputc(')', out);
}

/* ---- expressions ----------------------------------------------------------------------------- */

static void print_real(FILE *out, double value) {
    char text[40];
    for (int digits = 1; digits <= 17; digits++) {
        snprintf(text, sizeof text, "%.*g", digits, value);
        if (strtod(text, NULL) == value) break;
    }
    fprintf(out, "%s%s", text, strpbrk(text, ".en") ? "" : ".0");
}

void ast_print_after(FILE *out, const AstExpr *e) {
    fputc(' ', out);
    if (e)
        ast_print_expr(out, e);
    else
        fputc('_', out);
}

void ast_print_range(FILE *out, const AstRange *range) {
    if (!range->to) {
        ast_print_expr(out, range->from);
        return;
    }
    fprintf(out, "(%s", range->inclusive ? "..=" : "..");
    ast_print_after(out, range->from);
    ast_print_after(out, range->to);
    if (range->step) ast_print_after(out, range->step);
    fputc(')', out);
}

static void print_call(FILE *out, const AstExpr *e) {
    fputs("(call", out);
    ast_print_after(out, e->call.callee);
    for (int i = 0; i < e->call.args.n; i++) {
        const AstArg *arg = &e->call.args.at[i];
        fputc(' ', out);
        if (arg->name.text) fprintf(out, "%s=", arg->name.text);
        if (arg->is_spread) fputc('*', out);
        ast_print_expr(out, arg->value);
    }
    fputc(')', out);
}

static void print_index(FILE *out, const AstExpr *e) {
    fputs("(index", out);
    ast_print_after(out, e->index.object);
    for (int i = 0; i < e->index.items.n; i++) {
        const AstItem *item = &e->index.items.at[i];
        if (item->kind == ITEM_EXPR) {
            ast_print_after(out, item->expr);
        } else if (item->kind == ITEM_REST) {
            fputs(" ...", out);
        } else {
            fputs(" (:", out);
            ast_print_after(out, item->start);
            ast_print_after(out, item->stop);
            if (item->step) ast_print_after(out, item->step);
            fputc(')', out);
        }
    }
    fputc(')', out);
}

static void print_elements(FILE *out, const char *what, const AstExprs *elements) {
    fprintf(out, "(%s", what);
    for (int i = 0; i < elements->n; i++) ast_print_after(out, elements->at[i]);
    fputc(')', out);
}

static void print_choose(FILE *out, const AstExpr *e) {
    fputs("(if", out);
    ast_print_after(out, e->choose.cond);
    ast_print_after(out, e->choose.yes);
    ast_print_after(out, e->choose.no);
    fputc(')', out);
}

static void print_comprehension(FILE *out, const AstExpr *e) {
    fputs("(list-of", out);
    ast_print_after(out, e->comprehension.body);
    fputs(" for ", out);
    ast_print_pattern(out, e->comprehension.pattern);
    fputs(" in ", out);
    ast_print_range(out, e->comprehension.range);
    fputc(')', out);
}

void ast_print_expr(FILE *out, const AstExpr *e) {
    switch (e->kind) {
    case EX_NAME:
        fputs(e->name, out);
        break;
    case EX_INT:
        fprintf(out, "%" PRId64, e->integer);
        break;
    case EX_FLOAT:
        print_real(out, e->real);
        break;
    case EX_BOOL:
        fputs(e->boolean ? "true" : "false", out);
        break;
    case EX_NONE:
        fputs("None", out);
        break;
    case EX_TEXT:
        ast_print_text(out, e->text);
        break;
    case EX_UNARY:
        fprintf(out, "(%s", e->unary.op == UN_neg ? "-" : "not");
        ast_print_after(out, e->unary.a);
        fputc(')', out);
        break;
    case EX_BINARY:
        fprintf(out, "(%s", ast_binary_text(e->binary.op));
        ast_print_after(out, e->binary.a);
        ast_print_after(out, e->binary.b);
        fputc(')', out);
        break;
    case EX_CHOOSE:
        print_choose(out, e);
        break;
    case EX_CALL:
        print_call(out, e);
        break;
    case EX_INDEX:
        print_index(out, e);
        break;
    case EX_FIELD:
        fputs("(.", out);
        ast_print_after(out, e->field.object);
        fprintf(out, " %s)", e->field.name.text);
        break;
    case EX_TUPLE:
        print_elements(out, "tuple", &e->elements);
        break;
    case EX_LIST:
        print_elements(out, "list", &e->elements);
        break;
    case EX_COMPREHENSION:
        print_comprehension(out, e);
        break;
    case EX_FN:
        fputs("(fn", out);
        ast_print_fn_rest(out, e->fn, -1);
        break;
    case EX_COUNT:
        break;
    }
}
