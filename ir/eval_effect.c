/* eval_effect.c: print, assert, record. Files are not touched by the interpreter: save and load are
 * refused. */
#include "ir/eval_impl.h"
#include "runtime/print.h"

static TgPiece convert(const Piece *p) {
    const Format *f = &p->format;
    TgPiece t = {.kind = p->kind == PIECE_TEXT    ? 0
                         : p->kind == PIECE_VALUE ? 1
                                                  : 2,
                 .text = p->text,
                 .length = p->length,
                 .index = p->index,
                 .given = f->given,
                 .fill = f->fill,
                 .align = f->align,
                 .sign = f->sign,
                 .zero = f->zero,
                 .width = f->width,
                 .comma = f->comma,
                 .digits = f->digits,
                 .type = f->type};
    return t;
}

/* the pieces' text; freed by the caller */
static TgText format(Eval *e, const Node *node, Value **args) {
    TgPiece pieces[node->npieces + 1];
    TgTensor values[node->nargs + 1];
    for (int i = 0; i < node->npieces; i++) pieces[i] = convert(&node->pieces[i]);
    for (int i = 0; i < node->nargs; i++) values[i] = args[i]->t;
    TgText text = {0};
    tg_format_pieces(&text, pieces, node->npieces, values, e->options.arg_texts);
    return text;
}

char *eval_text(Eval *e, const Piece *piece, Node *node) {
    const TgTensor *value = eval_node(e, node);
    TgPiece shown = convert(piece);
    TgText text = {0};
    if (!value) return NULL;
    shown.index = 0;
    tg_format_pieces(&text, &shown, 1, value, NULL);
    return text.at;
}

static void need_effects(Eval *e, const Node *node) {
    if (!e->options.out) eval_stop(e, node, 0, "%s is an effect", op_info(node->op)->name);
}

Value *eval_print(Eval *e, Node *node, Value **args) {
    need_effects(e, node);
    TgText text = format(e, node, args);
    fwrite(text.at ? text.at : "", 1, (size_t)text.n, e->options.out);
    if (!(node->nints > 0 && node->ints[0])) fputc('\n', e->options.out);
    tg_text_free(&text);
    return NULL;
}

Value *eval_assert(Eval *e, Node *node, Value **args) {
    if (value_get_int(args[0], 0)) return NULL;
    TgText text = format(e, node, args);
    char message[400];
    snprintf(message, sizeof message, "%.*s", (int)text.n, text.at ? text.at : "");
    tg_text_free(&text);
    eval_stop(e, node, 1, "%s", message);
}

Value *eval_record(Eval *e, Node *node, Value **args) {
    need_effects(e, node);
    if (!e->options.log) return NULL;
    TgText text = format(e, node, args);
    fprintf(e->options.log, "%.*s", (int)text.n, text.at ? text.at : "");
    tg_text_free(&text);
    for (int i = 0; i < node->nargs; i++) {
        if (args[i]->t.rank) continue;
        fprintf(e->options.log, " %.17g", tg_get_double(&args[i]->t, 0));
    }
    fputc('\n', e->options.log);
    return NULL;
}

static Value *refuse(Eval *e, const Node *node) {
    eval_stop(e, node, 0, "the interpreter does not %s files", op_info(node->op)->name);
}

Value *eval_save(Eval *e, Node *node, Value **args) {
    (void)args;
    return refuse(e, node);
}

Value *eval_load(Eval *e, Node *node, Value **args) {
    (void)args;
    return refuse(e, node);
}
