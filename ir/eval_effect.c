/* eval_effect.c: print, assert, record, save, load: by the runtime's functions where they are
   given. Without them print writes to a stream and files are refused. */
#include "ir/eval_impl.h"
#include "runtime/print.h"

TgPiece eval_piece(const Piece *p) {
    const Format *f = &p->format;
    TgPiece t = {.kind = p->kind, /* the same numbers */
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

TgSite eval_site(const Node *node) {
    Span span = node && node->where ? frame_user_span(node->where) : span_nowhere();
    TgSite site = {.file = "?", .what = node ? op_info(node->op)->name : ""};
    int line = 0, column = 0;
    if (!span.source) return site;
    source_place(span.source, span.start, &line, &column);
    site.file = span.source->path;
    site.line = line;
    return site;
}

/* a node's pieces and operands as the runtime takes them */
static void show(Eval *e, const Node *node, Value **args, TgPiece *pieces, TgTensor *values) {
    for (int i = 0; i < node->npieces; i++) pieces[i] = eval_piece(&node->pieces[i]);
    for (int i = 0; i < node->nargs; i++) values[i] = args[i]->t;
    e->site = eval_site(node);
}
char *eval_text(Eval *e, const Piece *piece, Node *node) {
    const TgTensor *value = eval_node(e, node);
    TgPiece shown = eval_piece(piece);
    TgText text = {0};
    if (!value) return NULL;
    shown.index = 0;
    tg_format_pieces(&text, &shown, 1, value, NULL);
    return text.at;
}

static void need_effects(Eval *e, const Node *node) {
    if (!e->options.out && !e->options.effects)
        eval_stop(e, node, 0, "%s is an effect", op_info(node->op)->name);
}

Value *eval_print(Eval *e, Node *node, Value **args) {
    need_effects(e, node);
    TgPiece pieces[node->npieces + 1];
    TgTensor values[node->nargs + 1];
    const EvalEffects *to = e->options.effects;
    int newline = !(node->nints > 0 && node->ints[0]);
    show(e, node, args, pieces, values);
    if (to) {
        (newline ? to->print : to->write)(to->context, &e->site, pieces, node->npieces, values);
    } else {
        TgText text = {0};
        tg_format_pieces(&text, pieces, node->npieces, values, e->options.arg_texts);
        fwrite(text.at ? text.at : "", 1, (size_t)text.n, e->options.out);
        if (newline) fputc('\n', e->options.out);
        tg_text_free(&text);
    }
    return NULL;
}

Value *eval_assert(Eval *e, Node *node, Value **args) {
    if (value_get_int(args[0], 0)) return NULL;
    TgPiece pieces[node->npieces + 1];
    TgTensor values[node->nargs + 1];
    TgText text = {0};
    char message[400];
    show(e, node, args, pieces, values);
    tg_format_pieces(&text, pieces, node->npieces, values, e->options.arg_texts);
    snprintf(message, sizeof message, "%.*s", (int)text.n, text.at ? text.at : "");
    tg_text_free(&text);
    eval_stop(e, node, 1, "%s", message);
}

Value *eval_record(Eval *e, Node *node, Value **args) {
    need_effects(e, node);
    const EvalEffects *to = e->options.effects;
    int has_step = node->nints > 1 && node->ints[1], n = node->nargs - has_step;
    if (!to) return NULL;
    TgPiece pieces[node->npieces + 1];
    TgTensor values[node->nargs + 1];
    show(e, node, args, pieces, values);
    to->log(to->context, &e->site, pieces, node->npieces, values, n,
            has_step ? value_get_int(args[n], 0) : -1);
    return NULL;
}

static const EvalEffects *need_files(Eval *e, const Node *node) {
    if (!e->options.effects)
        eval_stop(e, node, 0, "files are not touched here: %s", op_info(node->op)->name);
    return e->options.effects;
}

Value *eval_save(Eval *e, Node *node, Value **args) {
    const EvalEffects *to = need_files(e, node);
    TgPiece pieces[node->npieces + 1];
    TgTensor values[node->nargs + 1];
    show(e, node, args, pieces, values);
    to->save(to->context, &e->site, pieces, node->npieces, node->names, values, node->nnames,
             values);
    return NULL;
}

/* what the file does not hold keeps the value of the operand */
Value *eval_load(Eval *e, Node *node, Value **args) {
    const EvalEffects *to = need_files(e, node);
    TgPiece pieces[node->npieces + 1];
    TgTensor values[node->nargs + 1];
    show(e, node, args, pieces, values);
    TgTensor tensors[node->nnames + 1];
    for (int i = 0; i < node->nnames; i++) {
        const TgTensor *old = &args[i]->t;
        Value *v = value_new(e, node, old->dtype, old->rank, old->dims);
        memcpy(v->t.data, old->data, (size_t)(value_count(v) * value_bytes(old->dtype)));
        eval_keep(e, node, i, node->nnames, v);
        tensors[i] = v->t;
    }
    to->load(to->context, &e->site, pieces, node->npieces, node->names, tensors, node->nnames,
             node->ints[0], values);
    return NULL;
}
