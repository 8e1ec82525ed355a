/* ast_print.c: the tree as indented s-expressions, one declaration, member or statement a line,
   expressions within it. Stable: it depends on nothing but the tree. */
#include "frontend/syntax/ast_print.h"

#include <string.h>

static void print_stmts(FILE *out, const AstBlock *block, int level);

static void line(FILE *out, int level) {
    fprintf(out, "\n%*s", 2 * level, "");
}

/* ---- statements ------------------------------------------------------------------------------ */

/* a level of -1 means: all on one line (inside an expression) */
static void next(FILE *out, int level) {
    if (level < 0)
        fputc(' ', out);
    else
        line(out, level);
}

static int deeper(int level) {
    return level < 0 ? level : level + 1;
}

static void print_bind(FILE *out, const char *word, const AstPattern *pattern, const AstType *type,
                       const AstExpr *value) {
    fprintf(out, "(%s ", word);
    ast_print_pattern(out, pattern);
    ast_print_opt_type(out, type);
    ast_print_after(out, value);
    fputc(')', out);
}

static void print_block(FILE *out, const char *word, const AstBlock *block, int level) {
    fprintf(out, "(%s", word);
    print_stmts(out, block, deeper(level));
    fputc(')', out);
}

static void print_if(FILE *out, const AstStmt *s, int level) {
    fputs("(if", out);
    ast_print_after(out, s->branch.cond);
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
        ast_print_pattern(out, s->each.patterns.at[i]);
    }
    fputs(" in ", out);
    ast_print_range(out, s->each.range);
    if (s->each.checkpoint) {
        fputs(" checkpoint ", out);
        ast_print_text(out, s->each.checkpoint);
    }
    if (s->each.every) {
        fputs(" every", out);
        ast_print_after(out, s->each.every);
    }
    print_stmts(out, s->each.body, deeper(level));
    fputc(')', out);
}

/* (word a b), either may be NULL */
static void print_pair(FILE *out, const char *word, const AstExpr *a, const AstExpr *b) {
    fprintf(out, "(%s", word);
    if (a) ast_print_after(out, a);
    if (b) ast_print_after(out, b);
    fputc(')', out);
}

static void print_stmt(FILE *out, const AstStmt *s, int level) {
    switch (s->kind) {
    case ST_LET:
        print_bind(out, "let", s->bind.pattern, s->bind.type, s->bind.value);
        break;
    case ST_VAR:
        print_bind(out, "var", s->bind.pattern, s->bind.type, s->bind.value);
        break;
    case ST_ASSIGN:
        fprintf(out, "(%s=", s->assign.compound ? ast_binary_text(s->assign.op) : "");
        ast_print_after(out, s->assign.target);
        ast_print_after(out, s->assign.value);
        fputc(')', out);
        break;
    case ST_CALL:
        ast_print_expr(out, s->call);
        break;
    case ST_IF:
        print_if(out, s, level);
        break;
    case ST_WHILE:
        fputs("(while", out);
        ast_print_after(out, s->loop.cond);
        print_stmts(out, s->loop.body, deeper(level));
        fputc(')', out);
        break;
    case ST_FOR:
        print_for(out, s, level);
        break;
    case ST_EVAL:
        print_block(out, "eval", s->block, level);
        break;
    case ST_NO_GRAD:
        print_block(out, "no_grad", s->block, level);
        break;
    case ST_RECOMPUTE:
        print_block(out, "recompute", s->block, level);
        break;
    case ST_BREAK:
        fputs("(break)", out);
        break;
    case ST_CONTINUE:
        fputs("(continue)", out);
        break;
    case ST_RETURN:
        print_pair(out, "return", s->value, NULL);
        break;
    case ST_ASSERT:
        print_pair(out, "assert", s->check.cond, s->check.message);
        break;
    case ST_COUNT:
        break;
    }
}

static void print_stmts(FILE *out, const AstBlock *block, int level) {
    for (int i = 0; i < block->stmts.n; i++) {
        next(out, level);
        print_stmt(out, block->stmts.at[i], level);
    }
}

/* ---- functions, modules, declarations -------------------------------------------------------- */

static void print_names(FILE *out, const AstNames *names) {
    for (int i = 0; i < names->n; i++) fprintf(out, "%s%s", i ? " " : "", names->at[i].text);
}

static void print_params(FILE *out, const AstParams *params) {
    fputs(" (", out);
    for (int i = 0; i < params->n; i++) {
        const AstParam *param = &params->at[i];
        fprintf(out, "%s%s%s", i ? ", " : "", param->is_rest ? "..." : "", param->name.text);
        ast_print_opt_type(out, param->type);
        if (param->value) {
            fputs(" =", out);
            ast_print_after(out, param->value);
        }
    }
    fputc(')', out);
}

void ast_print_fn_rest(FILE *out, const AstFn *fn, int level) {
    if (fn->sizes.n) {
        fputs(" [", out);
        print_names(out, &fn->sizes);
        fputc(']', out);
    }
    print_params(out, &fn->params);
    if (fn->result) {
        fputs(" -> ", out);
        ast_print_type(out, fn->result);
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
    fprintf(out, "(%s%sfn %s", fn->is_export ? "export " : "", fn->is_wide ? "wide " : "",
            fn->name.text);
    ast_print_fn_rest(out, fn, level);
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
            ast_print_text(out, m->slot.path);
        }
        ast_print_opt_type(out, m->slot.type);
        ast_print_after(out, m->slot.value);
        fputc(')', out);
        break;
    case MEMBER_FN:
        print_fn(out, m->fn, level);
        break;
    case MEMBER_ASSERT:
        print_pair(out, "assert", m->check.cond, m->check.message);
        break;
    case MEMBER_IF:
        fputs("(if", out);
        ast_print_after(out, m->branch.cond);
        print_members(out, &m->branch.then, level + 1);
        if (m->branch.other.n) {
            line(out, level + 1);
            fputs("(else", out);
            print_members(out, &m->branch.other, level + 2);
            fputc(')', out);
        }
        fputc(')', out);
        break;
    case MEMBER_COUNT:
        break;
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
    ast_print_opt_type(out, d->item.type);
    if (d->item.value) ast_print_after(out, d->item.value);
    if (d->item.help) {
        fputs(" help ", out);
        ast_print_quoted(out, d->item.help, strlen(d->item.help));
    }
    fputc(')', out);
}

static void print_decl(FILE *out, const AstDecl *d) {
    switch (d->kind) {
    case DECL_CONST:
        print_item(out, "const", d);
        break;
    case DECL_ARG:
        print_item(out, "arg", d);
        break;
    case DECL_DATA:
        print_item(out, "data", d);
        break;
    case DECL_LET:
        print_bind(out, "let", d->bind.pattern, d->bind.type, d->bind.value);
        break;
    case DECL_IMPORT:
        fputs("(import ", out);
        ast_print_quoted(out, d->import.path, strlen(d->import.path));
        fputc(')', out);
        break;
    case DECL_FN:
        print_fn(out, d->fn, 0);
        break;
    case DECL_MODULE:
        fprintf(out, "(module %s", d->module->name.text);
        print_params(out, &d->module->params);
        print_members(out, &d->module->members, 1);
        fputc(')', out);
        break;
    case DECL_COUNT:
        break;
    }
}

void ast_print(FILE *out, const AstProgram *program) {
    for (int i = 0; i < program->decls.n; i++) {
        print_decl(out, program->decls.at[i]);
        fputc('\n', out);
    }
}
