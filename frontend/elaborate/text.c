/* text.c: text with values in it, and what print makes of a value: pieces and the nodes that they
 * show. */
#include "frontend/elaborate/core.h"

#include <stdlib.h>
#include <string.h>

static Format format_of(const AstFormat *f) {
    Format out = {.digits = -1};
    if (!f) return out;
    out = (Format){.fill = f->fill[0] == ' ' ? 0 : f->fill[0],
                   .align = f->align,
                   .sign = f->sign,
                   .type = f->kind,
                   .zero = f->zero,
                   .width = f->width < 0 ? 0 : f->width,
                   .comma = f->comma,
                   .digits = f->digits,
                   .given = 1};
    return out;
}

typedef VEC(TextPart) Parts;

static int add_text(Elab *e, Parts *parts, Value v, const AstPart *part) {
    Format f = format_of(part->format);
    if (part->format && f.type && f.type != 's') {
        elab_error(e, part->format->span, "format", "text cannot be printed by the format %c",
                   f.type);
        return 0;
    }
    if (part->format) v = text_padded(e, v, &f);
    if (v.kind != V_TEXT) {
        elab_error(e, part->format->span, "format",
                   "text that is joined when the program runs takes no width");
        return 0;
    }
    const char *plain = value_plain_text(e, v);
    if (plain) {
        TextPart p = {.text = plain, .length = (int)strlen(plain)};
        if (*plain) PUSH(e->arena, parts, p);
        return 1;
    }
    for (int i = 0; i < v.text->n; i++) PUSH(e->arena, parts, v.text->parts[i]);
    return 1;
}

static const char *known_text(Elab *e, Value v);

static const char *known_items(Elab *e, Value v) {
    int round = v.kind == V_TUPLE && !v.is_shape;
    const char *out = round ? "(" : "[";
    for (int i = 0; i < v.items->n; i++) {
        const char *item = known_text(e, value_read(v.items->at[i]));
        if (!item) return NULL;
        out = arena_printf(e->arena, "%s%s%s", out, i ? ", " : "", item);
    }
    return arena_printf(e->arena, "%s%s%s", out, round && v.items->n == 1 ? "," : "",
                        round ? ")" : "]");
}

/* what is known at compile time, but for floats, is text already; NULL: it is not */
static const char *known_text(Elab *e, Value v) {
    Exact x;
    if (v.kind == V_NONE) return "None";
    if (v.kind == V_TUPLE || v.kind == V_LIST) return known_items(e, v);
    if (v.kind == V_TEXT) return value_plain_text(e, v);
    if (v.kind == V_TYPE) return type_print(e->arena, v.type);
    if (!value_known(v, &x)) return NULL;
    if (x.kind == EXACT_FLOAT)
        return e->text_of_floats ? arena_printf(e->arena, "%.9g", x.f) : NULL;
    if (x.kind == EXACT_BOOL) return x.i ? "true" : "false";
    return arena_printf(e->arena, "%lld", (long long)x.i);
}

Value text_join(Elab *e, Value a, Value b) {
    Text *t = NEW(e->arena, Text);
    t->parts = NEW_ARRAY(e->arena, TextPart, a.text->n + b.text->n + 1);
    for (int i = 0; i < a.text->n; i++) t->parts[t->n++] = a.text->parts[i];
    for (int i = 0; i < b.text->n; i++) t->parts[t->n++] = b.text->parts[i];
    return (Value){.kind = V_TEXT, .text = t};
}

Value text_value(Elab *e, const AstText *text) {
    Parts parts = {0};
    int good = 1;
    for (int i = 0; i < text->parts.n; i++) {
        const AstPart *part = &text->parts.at[i];
        if (!part->expr) {
            TextPart p = {.text = part->text, .length = (int)part->length};
            PUSH(e->arena, &parts, p);
            continue;
        }
        Value v = expr(e, part->expr);
        if (part->format && part->format->fill[1])
            v = elab_error(e, part->format->span, "format", "the filling character %s is not ASCII",
                           part->format->fill);
        if (v.kind == V_POISON) {
            good = 0;
            continue;
        }
        if (v.kind == V_TEXT) {
            good &= add_text(e, &parts, v, part);
            continue;
        }
        const char *known = part->format ? NULL : known_text(e, v);
        TextPart p = {.value = v,
                      .format = format_of(part->format),
                      .text = known,
                      .length = known ? (int)strlen(known) : 0};
        if (v.kind == V_FN || v.kind == V_SPACE || v.kind == V_ITER) {
            elab_error(e, part->span, "not-printable", "%s cannot be printed",
                       value_kind_text(e, v));
            good = 0;
        }
        PUSH(e->arena, &parts, p);
    }
    if (!good) return value_poison();
    Text *t = NEW(e->arena, Text);
    t->n = parts.n;
    t->parts = parts.at;
    return (Value){.kind = V_TEXT, .text = t};
}

/* ---- pieces ---- */

typedef struct Out Out;
struct Out {
    VEC(Piece) pieces;
    VEC(Node *) nodes;
    int closed; /* the pieces of a choice: no text is joined to them */
    Span span;
};

static void literal(Elab *e, Out *out, const char *text, int length) {
    if (length == 0) return;
    if (out->pieces.n > out->closed && out->pieces.at[out->pieces.n - 1].kind == PIECE_TEXT) {
        Piece *last = &out->pieces.at[out->pieces.n - 1];
        char *joined = arena_alloc(e->arena, (size_t)(last->length + length) + 1);
        memcpy(joined, last->text, (size_t)last->length);
        memcpy(joined + last->length, text, (size_t)length);
        last->text = joined;
        last->length += length;
        return;
    }
    Piece p = {.kind = PIECE_TEXT, .text = text, .length = length};
    PUSH(e->arena, &out->pieces, p);
}

static void words(Elab *e, Out *out, const char *text) {
    literal(e, out, text, (int)strlen(text));
}

static int show(Elab *e, Out *out, Value v, const Format *f);

static int show_node(Elab *e, Out *out, Node *n, const Format *f) {
    Piece p = {.kind = PIECE_VALUE, .index = out->nodes.n, .format = *f};
    if (f->given && strchr("dx", f->type) && f->type && dtype_is_float(n->type->dtype)) {
        elab_error(e, out->span, "format", "the format %c is for integers, and this is %s", f->type,
                   type_print(e->arena, n->type));
        return 0;
    }
    if (f->given && f->type == 's') p.format.type = 0;
    PUSH(e->arena, &out->nodes, n);
    PUSH(e->arena, &out->pieces, p);
    return 1;
}

static int show_exact(Elab *e, Out *out, Value v, const Format *f) {
    if (!f->given && v.exact.kind == EXACT_BOOL) {
        words(e, out, v.exact.i ? "true" : "false");
        return 1;
    }
    if (!f->given && v.exact.kind == EXACT_INT) {
        words(e, out, arena_printf(e->arena, "%lld", (long long)v.exact.i));
        return 1;
    }
    DType d = v.exact.kind == EXACT_FLOAT && f->given ? DT_f64 : exact_dtype(v.exact);
    Node *n = exact_node(e, v.exact, d, out->span);
    return n && show_node(e, out, n, f);
}

static int show_items(Elab *e, Out *out, Value v, const Format *f) {
    int round = v.kind == V_TUPLE && !v.is_shape;
    words(e, out, round ? "(" : "[");
    for (int i = 0; i < v.items->n; i++) {
        if (i) words(e, out, ", ");
        if (!show(e, out, value_read(v.items->at[i]), f)) return 0;
    }
    if (round && v.items->n == 1) words(e, out, ",");
    words(e, out, round ? ")" : "]");
    return 1;
}

static int show_record(Elab *e, Out *out, Value v, const Format *f) {
    Leaves leaves = {0};
    if (!elab_leaves(e, v, LEAVES_PARAMS, out->span, &leaves)) return 0;
    for (int i = 0; i < leaves.list.n; i++) {
        if (i) words(e, out, "\n");
        words(e, out, arena_printf(e->arena, "%s: ", leaves.list.at[i].path));
        if (!show(e, out, value_read(leaves.list.at[i].value), f)) return 0;
    }
    return 1;
}

static int show_text(Elab *e, Out *out, const Text *t);

static int show_way(Elab *e, Out *out, int kind, int operand, const Text *t) {
    int at = out->pieces.n;
    Piece p = {.kind = kind, .index = operand};
    PUSH(e->arena, &out->pieces, p);
    out->closed = out->pieces.n;
    if (!show_text(e, out, t)) return 0;
    out->closed = out->pieces.n;
    out->pieces.at[at].length = out->closed - at - 1;
    return 1;
}

static int show_choice(Elab *e, Out *out, const TextPart *p) {
    int operand = out->nodes.n;
    PUSH(e->arena, &out->nodes, p->value.node);
    return show_way(e, out, PIECE_WHEN, operand, p->yes) &&
           show_way(e, out, PIECE_UNLESS, operand, p->no);
}

static int show_text(Elab *e, Out *out, const Text *t) {
    for (int i = 0; i < t->n; i++) {
        const TextPart *p = &t->parts[i];
        if (p->text)
            literal(e, out, p->text, p->length);
        else if (p->arg) {
            Piece piece = {.kind = PIECE_ARG, .index = p->arg - 1, .format = p->format};
            PUSH(e->arena, &out->pieces, piece);
        } else if (p->yes) {
            if (!show_choice(e, out, p)) return 0;
        } else if (!show(e, out, value_read(p->value), &p->format))
            return 0;
    }
    return 1;
}

static int show(Elab *e, Out *out, Value v, const Format *f) {
    switch (v.kind) {
    case V_POISON:
        return 0;
    case V_NONE:
        words(e, out, "None");
        return 1;
    case V_NODE:
        return literal_settled(e, v, out->span) && show_node(e, out, v.node, f);
    case V_EXACT:
        return show_exact(e, out, v, f);
    case V_SIZE: {
        int64_t n;
        if (!f->given && dim_is_int(v.dim, &n)) return show_exact(e, out, value_int(n), f);
        return show_node(e, out, build_size(&e->b, v.dim), f);
    }
    case V_TEXT:
        return show_text(e, out, v.text);
    case V_TUPLE:
    case V_LIST:
        return show_items(e, out, v, f);
    case V_RECORD:
        return show_record(e, out, v, f);
    case V_TYPE:
        words(e, out, type_print(e->arena, v.type));
        return 1;
    case V_AXIS:
        words(e, out, v.name);
        return 1;
    case V_INSTANCE: {
        Value text = describe_instance(e, v.instance, out->span);
        return text.kind == V_TEXT && show_text(e, out, text.text);
    }
    default:
        break;
    }
    elab_error(e, out->span, "not-printable", "%s cannot be printed", value_kind_text(e, v));
    return 0;
}

int text_pieces(Elab *e, Value v, Span span, Piece **pieces, int *npieces, Node ***args,
                int *nargs) {
    Out out = {.span = span};
    Format plain = format_of(NULL);
    elab_at(e, span);
    if (!show(e, &out, value_read(v), &plain)) return 0;
    *pieces = out.pieces.at;
    *npieces = out.pieces.n;
    *args = out.nodes.at;
    *nargs = out.nodes.n;
    return 1;
}

/* ---- print(net) ---- */

static const char *indented(Elab *e, const char *text) {
    const char *out = "";
    for (const char *line = text; *line;) {
        size_t n = strcspn(line, "\n");
        out = arena_printf(e->arena, "%s%s%.*s", out, line == text ? "" : "\n  ", (int)n, line);
        line += n + (line[n] == '\n');
    }
    return out;
}

static const char *describe(Elab *e, Instance *m, Span span);

/* equal neighbours in a list are shown once, "(0-3): 4 x Block(…)" */
static const char *describe_list(Elab *e, const Slot *slot, Span span, int inlined) {
    const char *out = "", *last = NULL, *text = NULL;
    int n = slot->value.items->n, from = 0;
    for (int i = 0; i <= n; i++) {
        text = i < n && slot->value.items->at[i].kind == V_INSTANCE
                   ? describe(e, slot->value.items->at[i].instance, span)
                   : NULL;
        if (last && text && strcmp(text, last) == 0 && !inlined) continue;
        if (last && i - from > 1)
            out = arena_printf(e->arena, "%s  (%d-%d): %d x %s\n", out, from, i - 1, i - from,
                               indented(e, last));
        else if (last)
            out = arena_printf(e->arena, "%s  (%d): %s\n", out, from, indented(e, last));
        last = text;
        from = i;
    }
    return inlined ? out
                   : arena_printf(e->arena, "  (%s): ModuleList(\n  %s\n  )\n", slot->name,
                                  indented(e, out));
}

static const char *describe_members(Elab *e, Instance *m, Span span) {
    const char *out = "";
    for (int i = 0; i < m->slots.n; i++) {
        const Slot *s = &m->slots.at[i];
        if (s->kind != SLOT_MEMBER) continue;
        if (s->value.kind == V_INSTANCE)
            out = arena_printf(e->arena, "%s  (%s): %s\n", out, s->name,
                               indented(e, describe(e, s->value.instance, span)));
        else if (s->value.kind == V_LIST && s->value.items->n &&
                 s->value.items->at[0].kind == V_INSTANCE)
            out = arena_printf(e->arena, "%s%s", out,
                               describe_list(e, s, span, s->item_paths != NULL));
    }
    return out;
}

/* a number as Python writes it: the fewest digits that give it again, with an exponent when it is
   below -4 or above 15 */
static const char *shortest(Elab *e, double f) {
    const char *text = "";
    int digits = 1;
    for (; digits <= 17; digits++) {
        text = arena_printf(e->arena, "%.*e", digits - 1, f);
        if (strtod(text, NULL) == f) break;
    }
    const char *power = strchr(text, 'e');
    if (!power) return text; /* inf, nan */
    int exponent = atoi(power + 1), places = digits - 1 - exponent;
    if (exponent < -4 || exponent > 15) return text;
    return arena_printf(e->arena, "%.*f", places > 1 ? places : 1, f);
}

/* describe()'s text, numbers in it written as Python writes them; NULL: it is not known at compile
 * time */
static const char *described(Elab *e, Value v) {
    Exact x;
    const char *out = "", *item;
    switch (v.kind) {
    case V_TEXT:
        for (int i = 0; i < v.text->n; i++) {
            const TextPart *p = &v.text->parts[i];
            item = p->text ? p->text : p->arg || p->yes ? NULL : described(e, value_read(p->value));
            if (!item) return NULL;
            out = arena_printf(e->arena, "%s%s", out, item);
        }
        return out;
    case V_TUPLE:
    case V_LIST:
        for (int i = 0; i < v.items->n; i++) {
            item = described(e, value_read(v.items->at[i]));
            if (!item) return NULL;
            out = arena_printf(e->arena, "%s%s%s", out, i ? ", " : "", item);
        }
        return arena_printf(e->arena, v.kind == V_TUPLE ? "(%s)" : "[%s]", out);
    default:
        break;
    }
    if (value_known(v, &x) && x.kind == EXACT_FLOAT) return shortest(e, x.f);
    return known_text(e, v);
}

static const char *describe(Elab *e, Instance *m, Span span) {
    Slot *slot = instance_slot(m, intern(e->interner, "describe"));
    if (slot && slot->kind == SLOT_FN) {
        Value v = elab_call(e, slot->value, NULL, NULL, 0, span);
        const char *plain = v.kind == V_TEXT ? described(e, v) : NULL;
        if (plain) return plain;
    }
    const char *inside = describe_members(e, m, span);
    return *inside ? arena_printf(e->arena, "%s(\n%s)", m->name, inside)
                   : arena_printf(e->arena, "%s()", m->name);
}

Value describe_instance(Elab *e, Instance *instance, Span span) {
    return value_text(e, describe(e, instance, span));
}
