/* builtin_einsum.c: einsum in general form: batch axes, traces and diagonals, ellipsis, implicit
   output. Operands are joined two at a time from the left, each pair by one dot. */
#include "frontend/elaborate/builtin_lib.h"

#include <ctype.h>
#include <string.h>

enum {
    LABELS = 128,
    ELLIPSIS = 96
}; /* an ellipsis' axes are labels ELLIPSIS, ELLIPSIS + 1, … from the right */

typedef struct Term Term; /* a tensor with a label on each axis, all different */
struct Term {
    Node *x;
    int n, at[MAX_RANK];
};

typedef struct Einsum Einsum;
struct Einsum {
    Elab *e;
    CallSite *c;
    const Dim *length[LABELS]; /* of each label */
    int uses[LABELS];          /* in the terms still to come and the output */
    int nterms, wide;          /* wide: most axes an ellipsis stands for */
    Term terms[16];
    int out[MAX_RANK], nout;
};

static int fail(Einsum *s, const char *what) {
    elab_error(s->e, s->c->spans[0], "bad-argument", "einsum: %s", what);
    return 0;
}

/* how many commas stand between two places */
static int commas(const char *from, const char *end) {
    int n = 0;
    for (; from < end; from++) n += *from == ',';
    return n;
}

/* the labels of one operand */
static int read_term(Einsum *s, const char *text, const char *end, Term *t) {
    int letters = 0, dots = 0, rank = t->x->type->rank;
    for (const char *p = text; p < end; p++) letters += isalpha((unsigned char)*p) != 0;
    for (const char *p = text; p < end; p++) {
        if (*p == ' ') continue;
        if (*p == '.') {
            if (dots++ || end - p < 3 || p[1] != '.' || p[2] != '.')
                return fail(s, "an ellipsis is written ... once");
            int hidden = rank - letters;
            if (hidden < 0) break;
            if (hidden > s->wide) s->wide = hidden;
            for (int i = 0; i < hidden; i++) t->at[t->n++] = ELLIPSIS + hidden - 1 - i;
            p += 2;
            continue;
        }
        if (!isalpha((unsigned char)*p)) return fail(s, "axes are named by letters");
        if (t->n < MAX_RANK) t->at[t->n++] = *p;
    }
    if (t->n == rank) return 1;
    elab_error(s->e, s->c->spans[0], "shape-mismatch",
               "einsum: \"%.*s\" names %d axes, but its operand is %s", (int)(end - text), text,
               t->n, type_print(s->e->arena, t->x->type));
    return 0;
}

static int read_output(Einsum *s, const char *text) {
    for (const char *p = text; *p; p++) {
        if (*p == ' ') continue;
        if (*p == '.') {
            for (int i = s->wide - 1; i >= 0; i--) s->out[s->nout++] = ELLIPSIS + i;
            p += 2;
            continue;
        }
        if (!isalpha((unsigned char)*p) || !s->length[(int)*p])
            return fail(s,
                        arena_printf(s->e->arena, "the output names %c, which no operand has", *p));
        for (int i = 0; i < s->nout; i++)
            if (s->out[i] == *p)
                return fail(s, arena_printf(s->e->arena, "the output names %c twice", *p));
        s->out[s->nout++] = *p;
    }
    return 1;
}

/* without ->: the ellipsis, then what appears once, in the alphabet's order */
static int implicit_output(Einsum *s, const char *text) {
    int count[LABELS] = {0};
    for (const char *p = text; *p; p++)
        if (isalpha((unsigned char)*p)) count[(int)*p]++;
    for (int i = s->wide - 1; i >= 0; i--) s->out[s->nout++] = ELLIPSIS + i;
    for (int i = 'A'; i <= 'z'; i++)
        if (count[i] == 1) s->out[s->nout++] = i;
    return 1;
}

/* lengths agree, or one is 1 (then that operand's axis is stretched later) */
static int check_length(Einsum *s, int label, const Dim *d, Term *t) {
    int64_t one;
    const Dim *have = s->length[label];
    if (!have || have == d) {
        s->length[label] = d;
        return 1;
    }
    if (dim_is_int(d, &one) && one == 1) return 1;
    if (dim_is_int(have, &one) && one == 1) {
        s->length[label] = d;
        return 1;
    }
    elab_error(s->e, s->c->span, "shape-mismatch",
               "einsum: axis %c is %s in one operand and %s in %s",
               label >= ELLIPSIS && label < 'a' ? '.' : label, dim_print(s->e->arena, have),
               dim_print(s->e->arena, d), type_print(s->e->arena, t->x->type));
    elab_note_sizes(s->e, have, d);
    return 0;
}

/* sums the axes that nothing else has */
static void sum_out(Einsum *s, Term *t) {
    int axes[MAX_RANK], n = 0, left = 0;
    for (int i = 0; i < t->n; i++)
        if (s->uses[t->at[i]] == 0) axes[n++] = i;
    if (!n) return;
    t->x = lib_drop_axes(s->e, build_reduce(&s->e->b, OP_sum, t->x, axes, n), axes, n);
    for (int i = 0; i < t->n; i++)
        if (s->uses[t->at[i]] != 0) t->at[left++] = t->at[i];
    t->n = left;
}

/* a label twice in one operand: its diagonal */
static void take_diagonals(Einsum *s, Term *t) {
    for (int i = 0; i < t->n; i++)
        for (int k = i + 1; k < t->n; k++) {
            if (t->at[i] != t->at[k]) continue;
            int perm[MAX_RANK] = {i, k}, labels[MAX_RANK], to = 2;
            for (int m = 0; m < t->n; m++)
                if (m != i && m != k) perm[to++] = m;
            Node *x = build_permute(&s->e->b, t->x, perm);
            Node *at = build_iota(
                &s->e->b, type_new(s->e->graph->types, DT_i64, 1, &x->type->dims[0], NULL), 0);
            t->x = build_gather(&s->e->b, x, (Node *[]){at, at}, 2);
            labels[0] = t->at[i];
            for (int m = 2; m < t->n; m++) labels[m - 1] = t->at[perm[m]];
            t->n--;
            memcpy(t->at, labels, sizeof(int) * (size_t)t->n);
            k = i;
        }
}

/* length-1 axes of labels that are longer elsewhere: dropped (the label is then simply not this
 * term's) */
static void drop_stretched(Einsum *s, Term *t) {
    int axes[MAX_RANK], n = 0, left = 0;
    for (int i = 0; i < t->n; i++)
        if (t->x->type->dims[i] != s->length[t->at[i]]) axes[n++] = i;
    if (!n) return;
    t->x = lib_drop_axes(s->e, t->x, axes, n);
    for (int i = 0, k = 0; i < t->n; i++) {
        if (k < n && axes[k] == i) {
            k++;
            continue;
        }
        t->at[left++] = t->at[i];
    }
    t->n = left;
}

static int has(const Term *t, int label) {
    for (int i = 0; i < t->n; i++)
        if (t->at[i] == label) return i;
    return -1;
}

/* axes of t that are (or are not) in other, and are (or are not) needed later, in t's order */
static int pick(Einsum *s, const Term *t, const Term *other, int shared, int kept, int *axes) {
    int n = 0;
    for (int i = 0; i < t->n; i++)
        if ((has(other, t->at[i]) >= 0) == shared && (s->uses[t->at[i]] > 0) == kept) axes[n++] = i;
    return n;
}

/* a and b contracted: batch axes are shared and needed later, contracted ones shared and not */
static void contract(Einsum *s, Term *a, Term *b) {
    int pa[MAX_RANK], pb[MAX_RANK], labels[MAX_RANK], n = 0;
    int nb = pick(s, a, b, 1, 1, pa), fa = pick(s, a, b, 0, 1, pa + nb),
        nk = pick(s, a, b, 1, 0, pa + nb + fa);
    for (int i = 0; i < nb; i++) pb[i] = has(b, a->at[pa[i]]);
    int fb = pick(s, b, a, 0, 1, pb + nb);
    for (int i = 0; i < nk; i++) pb[nb + fb + i] = has(b, a->at[pa[nb + fa + i]]);
    for (int i = 0; i < nb + fa; i++) labels[n++] = a->at[pa[i]];
    for (int i = 0; i < fb; i++) labels[n++] = b->at[pb[nb + i]];
    a->x = build_dot(&s->e->b, build_permute(&s->e->b, a->x, pa), build_permute(&s->e->b, b->x, pb),
                     nb, nk);
    a->n = n;
    memcpy(a->at, labels, sizeof(int) * (size_t)n);
}

static void count_use(Einsum *s, const Term *t, int by) {
    for (int i = 0; i < t->n; i++) s->uses[t->at[i]] += by;
}

static Node *join(Einsum *s) {
    for (int i = 0; i < s->nterms; i++) {
        take_diagonals(s, &s->terms[i]);
        drop_stretched(s, &s->terms[i]);
        count_use(s, &s->terms[i], 1);
    }
    for (int i = 0; i < s->nout; i++) s->uses[s->out[i]]++;
    Term *a = &s->terms[0];
    count_use(s, a, -1);
    sum_out(s, a);
    for (int i = 1; i < s->nterms; i++) {
        Term *b = &s->terms[i];
        count_use(s, b, -1);
        for (int k = 0; k < a->n; k++)
            s->uses[a->at[k]]++; /* what a needs must not be summed out of b */
        sum_out(s, b);
        for (int k = 0; k < a->n; k++) s->uses[a->at[k]]--;
        for (int k = 0; k < b->n; k++) s->uses[b->at[k]]++;
        sum_out(s, a);
        for (int k = 0; k < b->n; k++) s->uses[b->at[k]]--;
        contract(s, a, b);
    }
    int perm[MAX_RANK];
    for (int i = 0; i < s->nout; i++) perm[i] = has(a, s->out[i]);
    return build_permute(&s->e->b, a->x, perm);
}

static int read_all(Einsum *s, const char *text, Value rest) {
    const char *arrow = strstr(text, "->"), *end = arrow ? arrow : text + strlen(text),
               *from = text;
    const Value *list = rest.items->at;
    int n = rest.items->n;
    Node *xs[16];
    if (n == 1 && list[0].kind == V_LIST) {
        n = list[0].items->n;
        list = list[0].items->at;
    }
    if (n < 1 || n > 16) return fail(s, "takes 1 to 16 operands");
    if (!elab_promote(s->e, list, n, xs, s->c->span, "the operands of einsum")) return 0;
    for (int i = 0; i < n; i++) {
        const char *comma = memchr(from, ',', (size_t)(end - from));
        if ((comma == NULL) != (i == n - 1))
            return fail(s,
                        arena_printf(s->e->arena, "the formula names %d operand(s), %d are given",
                                     commas(from, end) + i + 1, n));
        s->terms[i].x = xs[i];
        if (!read_term(s, from, comma ? comma : end, &s->terms[i])) return 0;
        for (int k = 0; k < s->terms[i].n; k++)
            if (!check_length(s, s->terms[i].at[k], xs[i]->type->dims[k], &s->terms[i])) return 0;
        from = comma ? comma + 1 : end;
    }
    s->nterms = n;
    if (arrow) return read_output(s, arrow + 2);
    return implicit_output(s, text);
}

Value lib_einsum(Elab *e, CallSite *c, Value *args) {
    Einsum *s = NEW(e->arena, Einsum);
    s->e = e;
    s->c = c;
    const char *text = elab_known_text(e, args[0], c->spans[0], "the formula of einsum");
    return text && read_all(s, text, args[1]) ? value_node(join(s)) : value_poison();
}
