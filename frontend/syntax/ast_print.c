/* ast_print.c: the tree as indented s-expressions, one declaration, member or statement a line, expressions within it.
   Stable: it depends on nothing but the tree. */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "frontend/syntax/ast.h"

static void print_stmts(FILE *out, const AstBlock *block, int level);
static void print_fn_rest(FILE *out, const AstFn *fn, int level);

static void line(FILE *out, int level) { fprintf(out, "\n%*s", 2 * level, ""); }

/* ---- text and types ----------------------------------------------------------------------------------------------------- */

static void print_quoted(FILE *out, const char *text, size_t length) {
    fputc('"', out);
    for (size_t i = 0; i < length; i++) {
        char c = text[i];
        if (c == '\n') fputs("\\n", out);
        else if (c == '\t') fputs("\\t", out);
        else if (c == '"' || c == '\\') fprintf(out, "\\%c", c);
        else if ((unsigned char)c < 32 || c == 127) fprintf(out, "\\x%02x", (unsigned char)c);
        else fputc(c, out);
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
static void print_text(FILE *out, const AstText *text) {
    int plain = text->parts.n == 0 || (text->parts.n == 1 && !text->parts.at[0].expr);
    if (text->parts.n == 0) fputs("\"\"", out);
    if (!plain) fputs("(text", out);
    for (int i = 0; i < text->parts.n; i++) {
        const AstPart *part = &text->parts.at[i];
        if (!plain) fputc(' ', out);
        if (!part->expr) {
            print_quoted(out, part->text, part->length);
            continue;
        }
        fputc('{', out);
        ast_print_expr(out, part->expr);
        if (part->format) print_format(out, part->format);
        fputc('}', out);
    }
    if (!plain) fputc(')', out);
}

static void print_type(FILE *out, const AstType *type) {
    if (type->path.n == 0) {
        fputs("(types", out);
        for (int i = 0; i < type->items.n; i++) {
            fputc(' ', out);
            print_type(out, type->items.at[i]);
        }
        fputc(')', out);
    }
    for (int i = 0; i < type->path.n; i++) fprintf(out, "%s%s", i ? "." : "", type->path.at[i].text);
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

static void print_opt_type(FILE *out, const AstType *type) {
    if (!type) return;
    fputs(" : ", out);
    print_type(out, type);
}

static void print_pattern(FILE *out, const AstPattern *pattern) {
    if (pattern->name) {
        fputs(pattern->name, out);
        return;
    }
    fputc('(', out);
    for (int i = 0; i < pattern->items.n; i++) {
        if (i) fputc(' ', out);
        print_pattern(out, pattern->items.at[i]);
    }
    fputc(')', out);
}

/* ---- expressions -------------------------------------------------------------------------------------------------------- */

static void print_real(FILE *out, double value) {
    char text[40];
    for (int digits = 1; digits <= 17; digits++) {
        snprintf(text, sizeof text, "%.*g", digits, value);
        if (strtod(text, NULL) == value) break;
    }
    fprintf(out, "%s%s", text, strpbrk(text, ".en") ? "" : ".0");
}

static void print_after(FILE *out, const AstExpr *e) {
    fputc(' ', out);
    if (e) ast_print_expr(out, e);
    else fputc('_', out);
}

static void print_range(FILE *out, const AstRange *range) {
    if (!range->to) {
        ast_print_expr(out, range->from);
        return;
    }
    fprintf(out, "(%s", range->inclusive ? "..=" : "..");
    print_after(out, range->from);
    print_after(out, range->to);
    if (range->step) print_after(out, range->step);
    fputc(')', out);
}

static void print_call(FILE *out, const AstExpr *e) {
    fputs("(call", out);
    print_after(out, e->call.callee);
    for (int i = 0; i < e->call.args.n; i++) {
        const AstArg *arg = &e->call.args.at[i];
        fputc(' ', out);
        if (arg->name.text) fprintf(out, "%s=", arg->name.text);
        ast_print_expr(out, arg->value);
    }
    fputc(')', out);
}

static void print_index(FILE *out, const AstExpr *e) {
    fputs("(index", out);
    print_after(out, e->index.object);
    for (int i = 0; i < e->index.items.n; i++) {
        const AstItem *item = &e->index.items.at[i];
        if (item->kind == ITEM_EXPR) {
            print_after(out, item->expr);
        } else if (item->kind == ITEM_REST) {
            fputs(" ...", out);
        } else {
            fputs(" (:", out);
            print_after(out, item->start);
            print_after(out, item->stop);
            if (item->step) print_after(out, item->step);
            fputc(')', out);
        }
    }
    fputc(')', out);
}

static void print_elements(FILE *out, const char *what, const AstExprs *elements) {
    fprintf(out, "(%s", what);
    for (int i = 0; i < elements->n; i++) print_after(out, elements->at[i]);
    fputc(')', out);
}

static void print_choose(FILE *out, const AstExpr *e) {
    fputs("(if", out);
    print_after(out, e->choose.cond);
    print_after(out, e->choose.yes);
    print_after(out, e->choose.no);
    fputc(')', out);
}

static void print_comprehension(FILE *out, const AstExpr *e) {
    fputs("(list-of", out);
    print_after(out, e->comprehension.body);
    fputs(" for ", out);
    print_pattern(out, e->comprehension.pattern);
    fputs(" in ", out);
    print_range(out, e->comprehension.range);
    fputc(')', out);
}

void ast_print_expr(FILE *out, const AstExpr *e) {
    switch (e->kind) {
    case EX_NAME: fputs(e->name, out); break;
    case EX_INT: fprintf(out, "%" PRId64, e->integer); break;
    case EX_FLOAT: print_real(out, e->real); break;
    case EX_BOOL: fputs(e->boolean ? "true" : "false", out); break;
    case EX_NONE: fputs("None", out); break;
    case EX_TEXT: print_text(out, e->text); break;
    case EX_UNARY:
        fprintf(out, "(%s", e->unary.op == UN_neg ? "-" : "not");
        print_after(out, e->unary.a);
        fputc(')', out);
        break;
    case EX_BINARY:
        fprintf(out, "(%s", ast_binary_text(e->binary.op));
        print_after(out, e->binary.a);
        print_after(out, e->binary.b);
        fputc(')', out);
        break;
    case EX_CHOOSE: print_choose(out, e); break;
    case EX_CALL: print_call(out, e); break;
    case EX_INDEX: print_index(out, e); break;
    case EX_FIELD:
        fputs("(.", out);
        print_after(out, e->field.object);
        fprintf(out, " %s)", e->field.name.text);
        break;
    case EX_TUPLE: print_elements(out, "tuple", &e->elements); break;
    case EX_LIST: print_elements(out, "list", &e->elements); break;
    case EX_COMPREHENSION: print_comprehension(out, e); break;
    case EX_FN:
        fputs("(fn", out);
        print_fn_rest(out, e->fn, -1);
        break;
    case EX_COUNT: break;
    }
}

/* ---- statements --------------------------------------------------------------------------------------------------------- */

/* a level of -1 means: all on one line (inside an expression) */
static void next(FILE *out, int level) {
    if (level < 0) fputc(' ', out);
    else line(out, level);
}

static int deeper(int level) { return level < 0 ? level : level + 1; }

static void print_bind(FILE *out, const char *word, const AstPattern *pattern, const AstType *type, const AstExpr *value) {
    fprintf(out, "(%s ", word);
    print_pattern(out, pattern);
    print_opt_type(out, type);
    print_after(out, value);
    fputc(')', out);
}

static void print_block(FILE *out, const char *word, const AstBlock *block, int level) {
    fprintf(out, "(%s", word);
    print_stmts(out, block, deeper(level));
    fputc(')', out);
}

static void print_if(FILE *out, const AstStmt *s, int level) {
    fputs("(if", out);
    print_after(out, s->branch.cond);
    print_stmts(out, s->branch.then, deeper(level));
    if (s->branch.other) {
        next(out, deeper(level));
        print_block(out, "else", s->branch.other, deeper(level));
    }
    fputc(')', out);
}

static void print_for(FILE *out, const AstStmt *s, int level) {
    fputs("(for", out);
    for (int i = 0; i < s->each.patterns.n; i++) {
        fputc(' ', out);
        print_pattern(out, s->each.patterns.at[i]);
    }
    fputs(" in ", out);
    print_range(out, s->each.range);
    if (s->each.checkpoint) {
        fputs(" checkpoint ", out);
        print_text(out, s->each.checkpoint);
    }
    if (s->each.every) {
        fputs(" every", out);
        print_after(out, s->each.every);
    }
    print_stmts(out, s->each.body, deeper(level));
    fputc(')', out);
}

/* (word a b), either may be NULL */
static void print_pair(FILE *out, const char *word, const AstExpr *a, const AstExpr *b) {
    fprintf(out, "(%s", word);
    if (a) print_after(out, a);
    if (b) print_after(out, b);
    fputc(')', out);
}

static void print_stmt(FILE *out, const AstStmt *s, int level) {
    switch (s->kind) {
    case ST_LET: print_bind(out, "let", s->bind.pattern, s->bind.type, s->bind.value); break;
    case ST_VAR: print_bind(out, "var", s->bind.pattern, s->bind.type, s->bind.value); break;
    case ST_ASSIGN:
        fprintf(out, "(%s=", s->assign.compound ? ast_binary_text(s->assign.op) : "");
        print_after(out, s->assign.target);
        print_after(out, s->assign.value);
        fputc(')', out);
        break;
    case ST_CALL: ast_print_expr(out, s->call); break;
    case ST_IF: print_if(out, s, level); break;
    case ST_WHILE:
        fputs("(while", out);
        print_after(out, s->loop.cond);
        print_stmts(out, s->loop.body, deeper(level));
        fputc(')', out);
        break;
    case ST_FOR: print_for(out, s, level); break;
    case ST_EVAL: print_block(out, "eval", s->block, level); break;
    case ST_NO_GRAD: print_block(out, "no_grad", s->block, level); break;
    case ST_RECOMPUTE: print_block(out, "recompute", s->block, level); break;
    case ST_BREAK: fputs("(break)", out); break;
    case ST_CONTINUE: fputs("(continue)", out); break;
    case ST_RETURN: print_pair(out, "return", s->value, NULL); break;
    case ST_ASSERT: print_pair(out, "assert", s->check.cond, s->check.message); break;
    case ST_COUNT: break;
    }
}

static void print_stmts(FILE *out, const AstBlock *block, int level) {
    for (int i = 0; i < block->stmts.n; i++) {
        next(out, level);
        print_stmt(out, block->stmts.at[i], level);
    }
}

/* ---- functions, modules, declarations ----------------------------------------------------------------------------------- */

static void print_names(FILE *out, const AstNames *names) {
    for (int i = 0; i < names->n; i++) fprintf(out, "%s%s", i ? " " : "", names->at[i].text);
}

static void print_params(FILE *out, const AstParams *params) {
    fputs(" (", out);
    for (int i = 0; i < params->n; i++) {
        const AstParam *param = &params->at[i];
        fprintf(out, "%s%s%s", i ? ", " : "", param->is_rest ? "..." : "", param->name.text);
        print_opt_type(out, param->type);
        if (param->value) {
            fputs(" =", out);
            print_after(out, param->value);
        }
    }
    fputc(')', out);
}

static void print_fn_rest(FILE *out, const AstFn *fn, int level) {
    if (fn->sizes.n) {
        fputs(" [", out);
        print_names(out, &fn->sizes);
        fputc(']', out);
    }
    print_params(out, &fn->params);
    if (fn->result) {
        fputs(" -> ", out);
        print_type(out, fn->result);
    }
    print_stmts(out, fn->body, deeper(level));
    if (fn->rule) {
        next(out, deeper(level));
        fputs("(vjp (", out);
        print_names(out, &fn->rule->names);
        fputc(')', out);
        print_stmts(out, fn->rule->body, level < 0 ? level : level + 2);
        fputc(')', out);
    }
    fputc(')', out);
}

static void print_fn(FILE *out, const AstFn *fn, int level) {
    fprintf(out, "(%sfn %s", fn->is_export ? "export " : "", fn->name.text);
    print_fn_rest(out, fn, level);
}

static void print_members(FILE *out, const AstMembers *members, int level);

static void print_member(FILE *out, const AstMember *m, int level) {
    static const char *const words[] = {"param", "state", "member"};
    switch (m->kind) {
    case MEMBER_PARAM:
    case MEMBER_STATE:
    case MEMBER_VALUE:
        fprintf(out, "(%s %s", words[m->kind], m->slot.name.text);
        if (m->slot.path) {
            fputs(" as ", out);
            print_text(out, m->slot.path);
        }
        print_opt_type(out, m->slot.type);
        print_after(out, m->slot.value);
        fputc(')', out);
        break;
    case MEMBER_FN: print_fn(out, m->fn, level); break;
    case MEMBER_ASSERT: print_pair(out, "assert", m->check.cond, m->check.message); break;
    case MEMBER_IF:
        fputs("(if", out);
        print_after(out, m->branch.cond);
        print_members(out, &m->branch.then, level + 1);
        if (m->branch.other.n) {
            line(out, level + 1);
            fputs("(else", out);
            print_members(out, &m->branch.other, level + 2);
            fputc(')', out);
        }
        fputc(')', out);
        break;
    case MEMBER_COUNT: break;
    }
}

static void print_members(FILE *out, const AstMembers *members, int level) {
    for (int i = 0; i < members->n; i++) {
        line(out, level);
        print_member(out, members->at[i], level);
    }
}

static void print_item(FILE *out, const char *word, const AstDecl *d) {
    fprintf(out, "(%s %s", word, d->item.name.text);
    print_opt_type(out, d->item.type);
    if (d->item.value) print_after(out, d->item.value);
    if (d->item.help) {
        fputs(" help ", out);
        print_quoted(out, d->item.help, strlen(d->item.help));
    }
    fputc(')', out);
}

static void print_decl(FILE *out, const AstDecl *d) {
    switch (d->kind) {
    case DECL_CONST: print_item(out, "const", d); break;
    case DECL_ARG: print_item(out, "arg", d); break;
    case DECL_DATA: print_item(out, "data", d); break;
    case DECL_LET: print_bind(out, "let", d->bind.pattern, d->bind.type, d->bind.value); break;
    case DECL_IMPORT:
        fputs("(import ", out);
        print_quoted(out, d->import.path, strlen(d->import.path));
        fputc(')', out);
        break;
    case DECL_FN: print_fn(out, d->fn, 0); break;
    case DECL_MODULE:
        fprintf(out, "(module %s", d->module->name.text);
        print_params(out, &d->module->params);
        print_members(out, &d->module->members, 1);
        fputc(')', out);
        break;
    case DECL_COUNT: break;
    }
}

void ast_print(FILE *out, const AstProgram *program) {
    for (int i = 0; i < program->decls.n; i++) {
        print_decl(out, program->decls.at[i]);
        fputc('\n', out);
    }
}
