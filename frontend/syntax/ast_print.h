/* ast_print.h: what the two files of the printer share. */
#ifndef TGC_FRONTEND_SYNTAX_AST_PRINT_H
#define TGC_FRONTEND_SYNTAX_AST_PRINT_H

#include "frontend/syntax/ast.h"

void ast_print_quoted(FILE *out, const char *text, size_t length);
void ast_print_text(FILE *out, const AstText *text);
void ast_print_type(FILE *out, const AstType *type);
void ast_print_opt_type(FILE *out, const AstType *type);
void ast_print_pattern(FILE *out, const AstPattern *pattern);
void ast_print_after(FILE *out, const AstExpr *e); /* a blank and the expression, _ for NULL */
void ast_print_range(FILE *out, const AstRange *range);

/* sizes, parameters, result, body, rule and the closing bracket; level -1: on one line */
void ast_print_fn_rest(FILE *out, const AstFn *fn, int level);

#endif
