/* ast.c: small questions about the tree. */
#include "frontend/syntax/ast.h"

const char *ast_binary_text(AstBinary op) {
    static const char *const texts[] = {
#define X(name, text) text,
        AST_BINARY_OPS(X)
#undef X
    };
    return texts[op];
}

const char *ast_plain_text(Interner *in, const AstText *text) {
    if (text->parts.n == 0) return intern(in, "");
    if (text->parts.n > 1 || text->parts.at[0].expr) return NULL;
    return text->parts.at[0].text;
}

/* `f32`, `layers.Net`: adds its names to the path; 0 when it is no such thing */
static int add_path(Arena *arena, const AstExpr *e, AstNames *path) {
    AstName name;
    if (e->kind == EX_NAME) {
        name = (AstName){e->name, e->span};
    } else if (e->kind == EX_FIELD) {
        if (!add_path(arena, e->field.object, path)) return 0;
        name = e->field.name;
    } else {
        return 0;
    }
    PUSH(arena, path, name);
    return 1;
}

/* an item of an index as an axis; 0 when it cannot be one */
static int as_axis(const AstItem *item, AstAxis *axis) {
    *axis = (AstAxis){.span = item->span, .is_rest = item->kind == ITEM_REST, .size = item->expr};
    if (item->kind != ITEM_SLICE) return 1;
    if (!item->start || item->start->kind != EX_NAME || !item->stop || item->step) return 0;
    axis->name = (AstName){item->start->name, item->start->span};
    axis->size = item->stop;
    return 1;
}

static AstType *tuple_type(Arena *arena, const AstExpr *expr) {
    AstType *type = NEW(arena, AstType);
    type->span = expr->span;
    for (int i = 0; i < expr->elements.n; i++) {
        AstType *item = ast_type_of(arena, expr->elements.at[i]);
        if (!item) return NULL;
        PUSH(arena, &type->items, item);
    }
    return type->items.n ? type : NULL;
}

AstType *ast_type_of(Arena *arena, const AstExpr *expr) {
    if (expr->kind == EX_TUPLE) return tuple_type(arena, expr);
    AstType *type = NEW(arena, AstType);
    type->span = expr->span;
    const AstExpr *base = expr->kind == EX_INDEX ? expr->index.object : expr;
    if (!add_path(arena, base, &type->path)) return NULL;
    if (expr->kind != EX_INDEX) return type;
    type->has_axes = 1;
    for (int i = 0; i < expr->index.items.n; i++) {
        AstAxis axis;
        if (!as_axis(&expr->index.items.at[i], &axis)) return NULL;
        PUSH(arena, &type->axes, axis);
    }
    return type;
}
