/* parse.h: text in, syntax tree out. Reentrant: everything a parse needs is in its arguments. */
#ifndef TGC_FRONTEND_SYNTAX_PARSE_H
#define TGC_FRONTEND_SYNTAX_PARSE_H

#include "base/diag.h"
#include "frontend/syntax/ast.h"

/* A whole file. Errors go to diag; what could be read is returned (never NULL), so that several are
 * found in one run. */
AstProgram *parse_program(Arena *arena, Interner *in, Diag *diag, const Source *source);

/* One expression and nothing after it (newlines aside): the derivative column of ir/ops.def. NULL
 * after an error. */
AstExpr *parse_expr(Arena *arena, Interner *in, Diag *diag, const Source *source);

#endif
