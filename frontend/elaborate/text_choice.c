/* text_choice.c: text that is chosen when the program runs: `if c then "a" else "b"`, and an option
   that is text. It can be printed, padded and compared; what needs known text refuses it. */
#include "frontend/elaborate/core.h"

#include <string.h>

static Value text_of_part(Elab *e, TextPart part) {
    Text *t = NEW(e->arena, Text);
    t->parts = NEW(e->arena, TextPart);
    t->parts[t->n++] = part;
    return (Value){.kind = V_TEXT, .text = t};
}

static Value whole(const Text *text) {
    return (Value){.kind = V_TEXT, .text = text};
}

/* the only part of a text that is a choice or an option and nothing else; NULL otherwise */
static const TextPart *only_part(Value v) {
    const TextPart *p = v.text->n == 1 ? &v.text->parts[0] : NULL;
    return p && (p->yes || p->arg) ? p : NULL;
}

/* ---- a field of a given width ---- */

/* the bytes of the first `most` characters, at most; n becomes how many characters that are */
static int text_bytes(const char *text, int most, int *n) {
    int bytes = 0;
    for (*n = 0; text[bytes]; bytes++) {
        int begins = ((unsigned char)text[bytes] & 0xC0) != 0x80;
        if (begins && most >= 0 && *n == most) break;
        *n += begins;
    }
    return bytes;
}

static const char *padded(Elab *e, const char *text, const Format *f) {
    int n = 0, bytes = text_bytes(text, f->digits, &n);
    text = arena_printf(e->arena, "%.*s", bytes, text);
    int room = f->width - n, left = f->align == '>' ? room : f->align == '^' ? room / 2 : 0;
    if (room <= 0) return text;
    char *out = arena_alloc(e->arena, strlen(text) + (size_t)room + 1);
    memset(out, f->fill ? f->fill : ' ', (size_t)left);
    strcpy(out + left, text);
    memset(out + strlen(out), f->fill ? f->fill : ' ', (size_t)(room - left));
    return out;
}

Value text_padded(Elab *e, Value v, const Format *f) {
    const char *plain = value_plain_text(e, v);
    if (plain) return value_text(e, padded(e, plain, f));
    if (!f->width && f->digits < 0) return v;
    const TextPart *only = only_part(v);
    if (!only) return value_none();
    TextPart part = *only;
    if (part.arg) {
        part.format = *f;
        return text_of_part(e, part);
    }
    Value yes = text_padded(e, whole(part.yes), f), no = text_padded(e, whole(part.no), f);
    if (yes.kind != V_TEXT || no.kind != V_TEXT) return value_none();
    part.yes = yes.text;
    part.no = no.text;
    return text_of_part(e, part);
}

/* ---- the texts of two ways ---- */

/* text as it is after its way: take() makes each value in it one that is seen there */
static const Text *taken(Elab *e, const Text *text, TextTake take, void *data) {
    Text *t = NEW(e->arena, Text);
    t->n = text->n;
    t->parts = NEW_ARRAY(e->arena, TextPart, t->n + 1);
    for (int i = 0; i < t->n; i++) {
        TextPart *p = &t->parts[i];
        *p = text->parts[i];
        if (p->text || p->arg) continue;
        p->value = take(e, value_read(p->value), data);
        if (!p->yes) continue;
        p->yes = taken(e, p->yes, take, data);
        p->no = taken(e, p->no, take, data);
    }
    return t;
}

Value text_take(Elab *e, Value v, TextTake take, void *data) {
    return whole(taken(e, v.text, take, data));
}

Value text_chosen(Elab *e, Node *cond, Value yes, Value no) {
    TextPart part = {.yes = yes.text, .no = no.text, .value = value_node(cond)};
    return text_of_part(e, part);
}

/* ---- comparison ---- */

static Value option_is(Elab *e, const int64_t *ints, int n) {
    return value_node(
        build_op(&e->b, OP_arg_is, NULL, 0, ints, n, type_scalar(e->graph->types, DT_bool)));
}

static Value option_is_text(Elab *e, int arg, const char *text) {
    size_t n = strlen(text);
    int64_t *ints = NEW_ARRAY(e->arena, int64_t, n + 1);
    ints[0] = arg;
    for (size_t i = 0; i < n; i++) ints[i + 1] = (unsigned char)text[i];
    return option_is(e, ints, (int)n + 1);
}

/* cond ? yes : no, on bools */
static Value choose_bool(Elab *e, Value cond, Value yes, Value no) {
    int y, n;
    int known_yes = value_known_bool(yes, &y), known_no = value_known_bool(no, &n);
    if (known_yes && known_no && y == n) return yes;
    Node *c = cond.node, *not = build_map1(&e->b, OP_logical_not, c);
    if (known_yes && known_no) return value_node(y ? c : not );
    Node *a = elab_tensor(e, yes, span_nowhere(), "a comparison"),
         *b = elab_tensor(e, no, span_nowhere(), "a comparison");
    a = build_map2(&e->b, OP_logical_and, c, a);
    b = build_map2(&e->b, OP_logical_and, not, b);
    return value_node(build_map2(&e->b, OP_logical_or, a, b));
}

Value text_equal(Elab *e, Value a, Value b) {
    const char *x = value_plain_text(e, a), *y = value_plain_text(e, b);
    if (x && y) return value_bool(strcmp(x, y) == 0);
    const TextPart *p = only_part(a), *q = only_part(b);
    if (q && q->yes && !(p && p->yes)) return text_equal(e, b, a);
    if (p && p->yes) {
        Value yes = text_equal(e, whole(p->yes), b), no = text_equal(e, whole(p->no), b);
        if (yes.kind == V_NONE || no.kind == V_NONE) return value_none();
        return choose_bool(e, p->value, yes, no);
    }
    if (p && q && p->arg == q->arg) return value_bool(1);
    if (p && q) return option_is(e, (const int64_t[]){p->arg - 1, -1, q->arg - 1}, 3);
    if (p && y) return option_is_text(e, p->arg - 1, y);
    if (q && x) return option_is_text(e, q->arg - 1, x);
    return value_none();
}
