/* parser.y: the grammar, as docs/language.md has it. Takes tokens (tokens.c), gives the tree (make.c).

   Every statement, member and declaration is followed by a SEP, which tokens.c supplies before a
   closing brace. After an error the parser goes on behind the next SEP, or with the next block: the
   body of a broken head is read as usual. */
%code top {
#include "frontend/syntax/syntax.h"
}

%define api.pure full
%define api.value.type {Value}
%define api.location.type {Span}
%define parse.lac full
%define parse.error custom
%locations
%expect 0
%param {Parse *p}

%code requires {
#include "frontend/syntax/syntax.h"
}

%code {
/* the span of what a rule matched; an empty one lies behind what stands before it */
#define YYLLOC_DEFAULT(current, rhs, n)                                        \
    do {                                                                       \
        if (n) {                                                               \
            (current) = YYRHSLOC(rhs, 1);                                      \
            (current).end = YYRHSLOC(rhs, n).end;                              \
        } else {                                                               \
            (current) = YYRHSLOC(rhs, 0);                                      \
            (current).start = (current).end;                                   \
        }                                                                      \
    } while (0)
#define LIST(list, element) PUSH(p->arena, &(list), (element))

static void yyerror(Span *span, Parse *p, const char *message);
}

%token END 0 "the end of the file"
%token SEP "the end of the line"
%token START_PROGRAM "a program" START_EXPR "an expression alone"
%token BAD "a mistake"
%token NAME "a name" NUMBER "a number"
%token QUOTE "a string" PIECE "some text" INTERP "an interpolation" FORMAT "`:` and a format"
%token END_INTERP "`}`" END_QUOTE "the end of the string"
%token FN "fn" LET "let" VAR "var" IF "if" THEN "then" ELSE "else" WHILE "while" FOR "for" BREAK "break"
%token CONTINUE "continue" RETURN "return" ASSERT "assert" AND "and" OR "or" NOT "not" TRUE "true"
%token FALSE "false"
%token NONE "None" CONST "const" ARG "arg" DATA "data" MODULE "module" PARAM "param" STATE "state"
%token EXPORT "export" WIDE "wide"
%token IMPORT "import" EVAL "eval" NO_GRAD "no_grad" RECOMPUTE "recompute" IN "in" STEP "step"
%token CHECKPOINT "checkpoint" EVERY "every" VJP "vjp"
%token ASSIGN_OP "`+=`" COMPARE "`==`" POW "`**`" FLOORDIV "`//`" ARROW "`->`" REST "`...`"
%token DOTDOT "`..`" UPTO "`..=`"

%type <name> NAME binding
%type <expr> NUMBER expr or and not comparison sum term unary postfix primary opt_expr opt_value
%type <expr> opt_message
%type <piece> PIECE
%type <format> FORMAT
%type <op> ASSIGN_OP COMPARE
%type <text> text pieces opt_text
%type <exprs> exprs
%type <arg> arg
%type <args> args arg_list
%type <item> item
%type <items> items
%type <type> type plain_type opt_type result
%type <types> types
%type <axis> axis
%type <axes> axes
%type <pattern> pattern
%type <patterns> patterns
%type <range> range
%type <names> path names opt_sizes
%type <param> param
%type <params> params param_list
%type <fn> function plain_function fn_value
%type <rule> opt_rule
%type <block> block stmts rest
%type <stmt> stmt if_stmt for_head
%type <member> member if_member slot
%type <members> members member_block opt_else_members
%type <decl> decl

%%

start: START_PROGRAM decls END
     | START_EXPR expr SEP END          { p->expr = $expr; }
     ;

/* ---- declarations ---------------------------------------------------------------------------- */

decls: %empty
     | decls decl SEP                   { LIST(p->program->decls, $decl); }
     | decls error SEP                  { yyerrok; }
     | decls error rest SEP             { yyerrok; }
     ;

decl: CONST binding opt_type '=' expr   { $$ = make_decl(p, DECL_CONST, @$); $$->item.name = $binding;
                                          $$->item.type = $opt_type; $$->item.value = $expr; }
    | ARG binding ':' type opt_value opt_text
                                        { $$ = make_decl(p, DECL_ARG, @$); $$->item.name = $binding;
                                          $$->item.type = $type; $$->item.value = $opt_value;
                                          if ($opt_text) $$->item.help = make_plain(p, $opt_text,
                                            "an argument's help"); }
    | DATA binding ':' type '=' expr    { $$ = make_decl(p, DECL_DATA, @$); $$->item.name = $binding;
                                          $$->item.type = $type; $$->item.value = $expr; }
    | LET pattern opt_type '=' expr     { $$ = make_decl(p, DECL_LET, @$); $$->bind.pattern = $pattern;
                                          $$->bind.type = $opt_type; $$->bind.value = $expr; }
    | IMPORT text                       { $$ = make_decl(p, DECL_IMPORT, @$); $$->import.span = @text;
                                          $$->import.path = make_plain(p, $text,
                                            "the path of an import"); }
    | function                          { $$ = make_decl(p, DECL_FN, @$); $$->fn = $function; }
    | EXPORT function                   { $$ = make_decl(p, DECL_FN, @$); $$->fn = $function;
                                          $$->fn->is_export = 1; $$->fn->span = @$; }
    | MODULE binding '(' params ')' member_block
                                        { AstModule *m = NEW(p->arena, AstModule);
                                          *m = (AstModule){@$, $binding, $params, $member_block};
                                          $$ = make_decl(p, DECL_MODULE, @$); $$->module = m; }
    | MODULE error member_block         { yyerrok; $$ = make_decl(p, DECL_MODULE, @$);
                                          $$->module = NEW(p->arena, AstModule);
                                          $$->module->name.text = intern(p->in, "");
                                          $$->module->members = $member_block; }
    ;

binding: NAME                           { $$ = make_binding(p, $NAME); }
       ;

function: plain_function
        | WIDE plain_function           { $$ = $plain_function; $$->is_wide = 1; $$->span = @$; }
        ;

plain_function: FN binding opt_sizes '(' params ')' result block opt_rule
                                        { $$ = make_fn(p, span_join(@FN, @result), $binding,
                                            $params, $result, $block);
                                          $$->span = @$; $$->sizes = $opt_sizes; $$->rule = $opt_rule; }
        ;

opt_sizes: %empty                       { $$ = (AstNames){0}; }
         | '[' names opt_comma ']'      { $$ = $names; }
         ;

names: binding                          { $$ = (AstNames){0}; LIST($$, $binding); }
     | names ',' binding                { $$ = $1; LIST($$, $binding); }
     ;

params: %empty                          { $$ = (AstParams){0}; }
      | param_list opt_comma            { $$ = $param_list; }
      ;

param_list: param                       { $$ = make_params(p, (AstParams){0}, $param); }
          | param_list ',' param        { $$ = make_params(p, $1, $param); }
          ;

param: binding opt_type opt_value       { $$ = (AstParam){.span = @$, .name = $binding,
                                            .type = $opt_type, .value = $opt_value}; }
     | REST binding                     { $$ = (AstParam){.span = @$, .name = $binding, .is_rest = 1}; }
     ;

result: %empty                          { $$ = NULL; }
      | ARROW type                      { $$ = $type; }
      ;

opt_rule: %empty                        { $$ = NULL; }
        | VJP '(' names opt_comma ')' block
                                        { $$ = NEW(p->arena, AstRule);
                                          *$$ = (AstRule){@$, $names, $block}; }
        ;

/* ---- modules --------------------------------------------------------------------------------- */

member_block: '{' members '}'           { $$ = $members; }
            ;

members: %empty                         { $$ = (AstMembers){0}; }
       | members member SEP             { $$ = $1; LIST($$, $member); }
       | members error SEP              { $$ = $1; yyerrok; }
       | members error block SEP        { $$ = $1; yyerrok; }
       ;

member: PARAM slot                      { $$ = $slot; $$->kind = MEMBER_PARAM; $$->span = @$; }
      | STATE slot                      { $$ = $slot; $$->kind = MEMBER_STATE; $$->span = @$; }
      | slot
      | function                        { $$ = make_member(p, MEMBER_FN, @$); $$->fn = $function; }
      | ASSERT expr opt_message         { $$ = make_member(p, MEMBER_ASSERT, @$);
                                          $$->check.cond = $expr;
                                          $$->check.message = $opt_message; }
      | if_member
      ;

slot: binding opt_text opt_type '=' expr
                                        { $$ = make_member(p, MEMBER_VALUE, @$);
                                          $$->slot.name = $binding;
                                          $$->slot.path = $opt_text; $$->slot.type = $opt_type;
                                          $$->slot.value = $expr; }
    ;

if_member: IF expr member_block opt_else_members
                                        { $$ = make_member(p, MEMBER_IF, @$); $$->branch.cond = $expr;
                                          $$->branch.then = $member_block;
                                          $$->branch.other = $opt_else_members; }
         ;

opt_else_members: %empty                { $$ = (AstMembers){0}; }
                | ELSE member_block     { $$ = $member_block; }
                | ELSE if_member        { $$ = (AstMembers){0}; LIST($$, $if_member); }
                ;

/* ---- statements ------------------------------------------------------------------------------ */

block: '{' stmts '}'                    { $$ = $stmts; $$->span = @$; }
     ;

stmts: %empty                           { $$ = make_block(p, @$); }
     | stmts stmt SEP                   { $$ = $1; block_add(p, $$, $stmt); }
     | stmts error SEP                  { $$ = $1; yyerrok; }
     | stmts error rest SEP             { $$ = $1; yyerrok; }
     ;

rest: block                             /* of a statement whose head is wrong */
    | rest ELSE block                   { $$ = $block; }
    | rest ELSE IF expr block           { $$ = $block; }
    ;

stmt: LET pattern opt_type '=' expr     { $$ = make_stmt(p, ST_LET, @$); $$->bind.pattern = $pattern;
                                          $$->bind.type = $opt_type; $$->bind.value = $expr; }
    | VAR pattern opt_type '=' expr     { $$ = make_stmt(p, ST_VAR, @$); $$->bind.pattern = $pattern;
                                          $$->bind.type = $opt_type; $$->bind.value = $expr; }
    | or[target] '=' expr               { $$ = make_assign(p, @$, $target, 0, BIN_add, @2, $expr); }
    | or[target] ASSIGN_OP expr         { $$ = make_assign(p, @$, $target, 1, $ASSIGN_OP,
                                            @ASSIGN_OP, $expr); }
    | or                                { $$ = make_call_stmt(p, @$, $or); }
    | if_stmt
    | WHILE expr block                  { $$ = make_stmt(p, ST_WHILE, @$); $$->loop.cond = $expr;
                                          $$->loop.body = $block; }
    | for_head block                    { $$ = $for_head; $$->span = @$; $$->each.body = $block; }
    | EVAL block                        { $$ = make_stmt(p, ST_EVAL, @$); $$->block = $block; }
    | NO_GRAD block                     { $$ = make_stmt(p, ST_NO_GRAD, @$); $$->block = $block; }
    | RECOMPUTE block                   { $$ = make_stmt(p, ST_RECOMPUTE, @$); $$->block = $block; }
    | BREAK                             { $$ = make_stmt(p, ST_BREAK, @$); }
    | CONTINUE                          { $$ = make_stmt(p, ST_CONTINUE, @$); }
    | RETURN                            { $$ = make_stmt(p, ST_RETURN, @$); }
    | RETURN expr                       { $$ = make_stmt(p, ST_RETURN, @$); $$->value = $expr; }
    | ASSERT expr opt_message           { $$ = make_stmt(p, ST_ASSERT, @$); $$->check.cond = $expr;
                                          $$->check.message = $opt_message; }
    ;

if_stmt: IF expr block                  { $$ = make_stmt(p, ST_IF, @$); $$->branch.cond = $expr;
                                          $$->branch.then = $block; }
       | IF expr block ELSE block[other]
                                        { $$ = make_stmt(p, ST_IF, @$); $$->branch.cond = $expr;
                                          $$->branch.then = $3;
                                          $$->branch.other = $other; }
       | IF expr block ELSE if_stmt[inner]
                                        { $$ = make_stmt(p, ST_IF, @$); $$->branch.cond = $expr;
                                          $$->branch.then = $block;
                                          $$->branch.other = make_block(p, @inner);
                                          block_add(p, $$->branch.other, $inner); }
       ;

for_head: FOR patterns IN range         { $$ = make_stmt(p, ST_FOR, @$); $$->each.patterns = $patterns;
                                          $$->each.range = $range; refuse_range_call(p, $range); }
        | FOR patterns IN range CHECKPOINT text
                                        { $$ = make_stmt(p, ST_FOR, @$); $$->each.patterns = $patterns;
                                          $$->each.range = $range; $$->each.checkpoint = $text; }
        | FOR patterns IN range CHECKPOINT text EVERY expr
                                        { $$ = make_stmt(p, ST_FOR, @$); $$->each.patterns = $patterns;
                                          $$->each.range = $range; $$->each.checkpoint = $text;
                                          $$->each.every = $expr; }
        ;

patterns: pattern                       { $$ = (AstPatterns){0}; LIST($$, $pattern); }
        | patterns ',' pattern          { $$ = $1; LIST($$, $pattern); }
        ;

pattern: NAME                           { $$ = make_pattern(p, $NAME); }
       | '(' patterns opt_comma ')'     { $$ = NEW(p->arena, AstPattern);
                                          *$$ = (AstPattern){@$, NULL, $patterns}; }
       ;

range: expr                             { $$ = make_range(p, @$, $1, NULL, NULL, 0); }
     | expr DOTDOT expr                 { $$ = make_range(p, @$, $1, $3, NULL, 0); }
     | expr UPTO expr                   { $$ = make_range(p, @$, $1, $3, NULL, 1); }
     | expr DOTDOT expr STEP expr       { $$ = make_range(p, @$, $1, $3, $5, 0); }
     | expr UPTO expr STEP expr         { $$ = make_range(p, @$, $1, $3, $5, 1); }
     ;

/* ---- types ----------------------------------------------------------------------------------- */

opt_type: %empty                        { $$ = NULL; }
        | ':' type                      { $$ = $type; }
        ;

type: plain_type
    | plain_type '?'                    { $$ = $1; $$->optional = 1; $$->span = @$; }
    ;

plain_type: path                        { $$ = make_type(p, @$, $path); }
          | path '[' axes opt_comma ']' { $$ = make_type(p, @$, $path); $$->has_axes = 1;
                                          for (int i = 0; i < $axes.n; i++)
                                              LIST($$->axes, $axes.at[i]); }
          | '(' types ')'               { $$ = $types.at[0]; $$->span = @$;
                                          if ($types.n > 1) {
                                              $$ = make_type(p, @$, (AstNames){0});
                                              for (int i = 0; i < $types.n; i++)
                                                  LIST($$->items, $types.at[i]);
                                          } }
          | '(' types ',' ')'           { $$ = make_type(p, @$, (AstNames){0});
                                          for (int i = 0; i < $types.n; i++)
                                              LIST($$->items, $types.at[i]); }
          ;

path: NAME                              { $$ = (AstNames){0}; LIST($$, $NAME); }
    | path '.' NAME                     { $$ = $1; LIST($$, $NAME); }
    ;

types: type                             { $$.at = NULL; $$.n = $$.cap = 0; LIST($$, $type); }
     | types ',' type                   { $$ = $1; LIST($$, $type); }
     ;

axes: axis                              { $$.at = NULL; $$.n = $$.cap = 0; LIST($$, $axis); }
    | axes ',' axis                     { $$ = $1; LIST($$, $axis); }
    ;

axis: expr                              { $$ = (AstAxis){.span = @$, .size = $expr}; }
    | NAME ':' expr                     { $$ = (AstAxis){.span = @$, .name = $NAME, .size = $expr}; }
    | REST                              { $$ = (AstAxis){.span = @$, .is_rest = 1}; }
    ;

/* ---- expressions ----------------------------------------------------------------------------- */

opt_expr: %empty                        { $$ = NULL; }
        | expr
        ;

opt_value: %empty                       { $$ = NULL; }
         | '=' expr                     { $$ = $expr; }
         ;

opt_message: %empty                     { $$ = NULL; }
           | ',' expr                   { $$ = $expr; }
           ;

expr: or
    | IF expr[cond] THEN expr[yes] ELSE expr[no]
                                        { $$ = make_choose(p, @$, $cond, $yes, $no); }
    ;

or: and
  | or OR and                           { $$ = make_binary(p, BIN_or, @$, @2, $1, $3); }
  ;

and: not
   | and AND not                        { $$ = make_binary(p, BIN_and, @$, @2, $1, $3); }
   ;

not: comparison
   | NOT not                            { $$ = make_unary(p, UN_not, @$, @1, $2); }
   ;

comparison: sum
          | comparison COMPARE sum      { $$ = make_binary(p, $2, @$, @2, $1, $3); }
          ;

sum: term
   | sum '+' term                       { $$ = make_binary(p, BIN_add, @$, @2, $1, $3); }
   | sum '-' term                       { $$ = make_binary(p, BIN_sub, @$, @2, $1, $3); }
   ;

term: unary
    | term '*' unary                    { $$ = make_binary(p, BIN_mul, @$, @2, $1, $3); }
    | term '/' unary                    { $$ = make_binary(p, BIN_div, @$, @2, $1, $3); }
    | term FLOORDIV unary               { $$ = make_binary(p, BIN_floordiv, @$, @2, $1, $3); }
    | term '%' unary                    { $$ = make_binary(p, BIN_mod, @$, @2, $1, $3); }
    | term '@' unary                    { $$ = make_binary(p, BIN_matmul, @$, @2, $1, $3); }
    ;

unary: postfix
     | postfix POW unary                { $$ = make_binary(p, BIN_pow, @$, @2, $1, $3); }
     | '-' unary                        { $$ = make_unary(p, UN_neg, @$, @1, $2); }
     ;

postfix: primary
       | postfix '.' NAME               { $$ = make_field(p, @$, $1, $NAME); }
       | postfix '(' args ')'           { $$ = make_call(p, @$, $1, $args); }
       | postfix '[' items opt_comma ']'
                                        { $$ = make_index(p, @$, $1, $items); }
       ;

primary: NAME                           { $$ = make_leaf(p, EX_NAME, @$); $$->name = $NAME.text; }
       | NUMBER
       | text                           { $$ = make_text(p, @$, $text); }
       | TRUE                           { $$ = make_leaf(p, EX_BOOL, @$); $$->boolean = 1; }
       | FALSE                          { $$ = make_leaf(p, EX_BOOL, @$); }
       | NONE                           { $$ = make_leaf(p, EX_NONE, @$); }
       | '(' expr ')'                   { $$ = $expr; $$->bracketed = 1; }
       | '(' ')'                        { $$ = make_elements(p, EX_TUPLE, @$, (AstExprs){0}); }
       | '(' expr ',' ')'               { AstExprs one = {0}; LIST(one, $expr);
                                          $$ = make_elements(p, EX_TUPLE, @$, one); }
       | '(' expr ',' exprs opt_comma ')'
                                        { AstExprs all = {0}; LIST(all, $expr);
                                          for (int i = 0; i < $exprs.n; i++) LIST(all, $exprs.at[i]);
                                          $$ = make_elements(p, EX_TUPLE, @$, all); }
       | '[' ']'                        { $$ = make_elements(p, EX_LIST, @$, (AstExprs){0}); }
       | '[' exprs opt_comma ']'        { $$ = make_elements(p, EX_LIST, @$, $exprs); }
       | '[' expr FOR patterns IN range ']'
                                        { $$ = make_comprehension(p, @$, $expr, $patterns, $range); }
       | fn_value                       { $$ = make_fn_value(p, $1); }
       ;

fn_value: FN '(' params ')' result block
                                        { $$ = make_fn(p, span_join(@FN, @result), (AstName){NULL, @FN},
                                            $params, $result, $block); }
        ;

exprs: expr                             { $$ = (AstExprs){0}; LIST($$, $expr); }
     | exprs ',' expr                   { $$ = $1; LIST($$, $expr); }
     ;

args: %empty                            { $$ = (AstArgs){0}; }
    | arg_list opt_comma                { $$ = $arg_list; }
    ;

arg_list: arg                           { $$ = make_args(p, (AstArgs){0}, $arg); }
        | arg_list ',' arg              { $$ = make_args(p, $1, $arg); }
        ;

arg: expr                               { $$ = (AstArg){.span = @$, .value = $expr}; }
   | NAME '=' expr                      { $$ = (AstArg){.span = @$, .name = $NAME, .value = $expr}; }
   | '*' expr                           { $$ = (AstArg){.span = @$, .value = $expr, .is_spread = 1}; }
   ;

items: item                             { $$ = (AstItems){0}; LIST($$, $item); }
     | items ',' item                   { $$ = $1; LIST($$, $item); }
     ;

item: expr                              { $$ = (AstItem){.kind = ITEM_EXPR, .span = @$,
                                            .expr = $expr}; }
    | REST                              { $$ = (AstItem){.kind = ITEM_REST, .span = @$}; }
    | opt_expr[a] ':' opt_expr[b]       { $$ = make_slice(@$, $a, $b, NULL); }
    | opt_expr[a] ':' opt_expr[b] ':' opt_expr[c]
                                        { $$ = make_slice(@$, $a, $b, $c); }
    ;

opt_comma: %empty
         | ','
         ;

/* ---- text ------------------------------------------------------------------------------------ */

opt_text: %empty                        { $$ = NULL; }
        | text
        ;

text: QUOTE pieces END_QUOTE            { $$ = $pieces; $$->span = @$; }
    ;

pieces: %empty                          { $$ = NEW(p->arena, AstText); }
      | pieces PIECE                    { $$ = $1; AstPart part = {@2, $2.at, $2.length, NULL, NULL};
                                          LIST($$->parts, part); }
      | pieces INTERP expr END_INTERP   { $$ = $1;
                                          AstPart part = {.span = span_join(@2, @4), .expr = $expr};
                                          LIST($$->parts, part); }
      | pieces INTERP expr FORMAT END_INTERP
                                        { $$ = $1;
                                          AstPart part = {.span = span_join(@2, @5), .expr = $expr,
                                            .format = $FORMAT};
                                          LIST($$->parts, part); }
      ;

%%

/* the parser's own error: its stack is full */
static void yyerror(Span *span, Parse *p, const char *message) {
    (void)message;
    syntax_error(p, *span, "too-deep", "this is nested too deeply");
    p->stopped = 1;
}

static int yyreport_syntax_error(const yypcontext_t *context, Parse *p) {
    yysymbol_kind_t kinds[YYNTOKENS];
    const char *names[YYNTOKENS];
    int n = yypcontext_expected_tokens(context, kinds, YYNTOKENS);
    for (int i = 0; i < n; i++) names[i] = yysymbol_name(kinds[i]);
    blame(p, *yypcontext_location(context), names, n);
    return 0;
}
