/* print_tensor.c: a tensor as PyTorch prints it (precision 4, 80 columns, summarised above 1000
   elements with three at each edge), without "tensor(…)"; and with a format, every element by it.
   Rules follow torch/_tensor_str.py. */
#include "runtime/print.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

/* 80 columns less the 7 that "tensor(" takes in PyTorch: lines break where PyTorch breaks them */
enum { EDGE = 3, THRESHOLD = 1000, COLUMNS = 80 - 7 };

/* how the elements of one tensor are written: decided by looking at all that are shown */
typedef struct Style Style;
struct Style {
    const TgTensor *tensor;
    const TgPiece *spec; /* NULL: the tensor's rules */
    int summarize;
    int is_float, is_int_valued, scientific;
    int64_t width;
    double least, largest;
    int any; /* nonzero finite elements */
};

static const TgPiece no_spec = {.digits = -1};

static void put_value(TgText *out, const Style *style, int64_t i) {
    const TgTensor *t = style->tensor;
    if (t->dtype == 0) {
        tg_text_printf(out, "%s", tg_get_int(t, i) ? "true" : "false");
        return;
    }
    if (!style->is_float) {
        tg_text_printf(out, "%lld", (long long)tg_get_int(t, i));
        return;
    }
    double value = tg_get_double(t, i);
    if (value != value)
        tg_text_put(out, "nan", 3);
    else if (isinf(value))
        tg_text_printf(out, value > 0 ? "inf" : "-inf");
    else if (style->scientific)
        tg_text_printf(out, "%.4e", value);
    else
        tg_text_printf(out, style->is_int_valued ? "%.0f." : "%.4f", value);
}

/* one element by its format; type 0 without digits is the scalar's own text, padded */
static void put_formatted(TgText *out, const Style *style, int64_t i) {
    const TgTensor *t = style->tensor;
    const TgPiece *spec = style->spec;
    if ((spec->type == 0 && (spec->digits < 0 || t->dtype == 0)) || spec->type == 's') {
        TgTensor scalar = {(char *)t->data + i * tg_dtype_bytes(t->dtype), t->dtype, 0, {0}};
        if (t->dtype != 0 && !style->is_float) {
            tg_format_int(out, spec, tg_get_int(t, i));
            return;
        }
        TgText text = {0};
        tg_format_tensor(&text, &scalar);
        TgPiece padded = *spec;
        padded.digits = -1;
        if (!padded.align) padded.align = spec->type == 's' ? '<' : '>';
        if (text.at[0] != '-' && (spec->sign == '+' || spec->sign == ' ') && style->is_float) {
            TgText with_sign = {0};
            tg_text_printf(&with_sign, "%c%s", (int)spec->sign, text.at);
            tg_text_free(&text);
            text = with_sign;
        }
        tg_format_text(out, &padded, text.at, text.n);
        tg_text_free(&text);
    } else if (style->is_float) {
        tg_format_double(out, spec, tg_get_double(t, i));
    } else {
        tg_format_int(out, spec, tg_get_int(t, i));
    }
}

static void put_element(TgText *out, const Style *style, int64_t i) {
    if (style->spec) {
        put_formatted(out, style, i);
        return;
    }
    TgText text = {0};
    put_value(&text, style, i);
    tg_text_fill(out, ' ', style->width - text.n);
    tg_text_put(out, text.at, text.n);
    tg_text_free(&text);
}

/* calls see for each element that is shown; base: row-major index of the first element below `axis`
 */
static void each_shown(Style *style, int64_t axis, int64_t base, void (*see)(Style *, int64_t)) {
    const TgTensor *t = style->tensor;
    if (axis == t->rank) {
        see(style, base);
        return;
    }
    int64_t stride = 1;
    for (int64_t k = axis + 1; k < t->rank; k++) stride *= t->dims[k];
    int64_t n = t->dims[axis];
    int cut = style->summarize && n > 2 * EDGE;
    for (int64_t i = 0; i < n; i++) {
        if (cut && i == EDGE) i = n - EDGE;
        each_shown(style, axis + 1, base + i * stride, see);
    }
}

static void see_range(Style *style, int64_t i) {
    double value = tg_get_double(style->tensor, i), a = fabs(value);
    if (!isfinite(value) || value == 0) return;
    if (!style->any || a < style->least) style->least = a;
    if (!style->any || a > style->largest) style->largest = a;
    style->any = 1;
    if (value != ceil(value)) style->is_int_valued = 0;
}

static void see_width(Style *style, int64_t i) {
    TgText text = {0};
    double value = style->is_float && !style->spec ? tg_get_double(style->tensor, i) : 1;
    if (style->spec)
        put_formatted(&text, style, i);
    else if (isfinite(value) && value != 0)
        put_value(&text, style, i);
    if (text.n > style->width) style->width = text.n;
    tg_text_free(&text);
}

static void put_vector(TgText *out, const Style *style, int64_t indent, int64_t base) {
    int64_t n = style->tensor->dims[style->tensor->rank - 1];
    int64_t per_line = (COLUMNS - indent) / (style->width + 2);
    if (per_line < 1) per_line = 1;
    int cut = style->summarize && n > 2 * EDGE;
    tg_text_put(out, "[", 1);
    for (int64_t i = 0, place = 0; i < n; i++, place++) {
        if (place && place % per_line == 0) {
            tg_text_put(out, ",\n", 2);
            tg_text_fill(out, ' ', indent + 1);
        } else if (place) {
            tg_text_put(out, ", ", 2);
        }
        if (cut && i == EDGE) {
            tg_text_put(out, " ...", 4);
            i = n - EDGE - 1;
        } else {
            put_element(out, style, base + i);
        }
    }
    tg_text_put(out, "]", 1);
}

static void put_block(TgText *out, const Style *style, int64_t axis, int64_t indent, int64_t base) {
    const TgTensor *t = style->tensor;
    if (axis == t->rank - 1) {
        put_vector(out, style, indent, base);
        return;
    }
    int64_t stride = 1, n = t->dims[axis];
    for (int64_t k = axis + 1; k < t->rank; k++) stride *= t->dims[k];
    int cut = style->summarize && n > 2 * EDGE;
    tg_text_put(out, "[", 1);
    for (int64_t i = 0; i < n; i++) {
        if (i) {
            tg_text_put(out, ",", 1);
            tg_text_fill(out, '\n', t->rank - axis - 1);
            tg_text_fill(out, ' ', indent + 1);
        }
        if (cut && i == EDGE) {
            tg_text_put(out, "...", 3);
            i = n - EDGE - 1;
        } else {
            put_block(out, style, axis + 1, indent + 1, base + i * stride);
        }
    }
    tg_text_put(out, "]", 1);
}

void tg_format_elements(TgText *out, const TgTensor *tensor, const TgPiece *spec) {
    if (tg_count(tensor) == 0) {
        tg_text_put(out, "[]", 2);
        return;
    }
    Style style = {.tensor = tensor, .spec = spec->given ? spec : NULL};
    style.is_float = tg_dtype_is_float(tensor->dtype);
    style.is_int_valued = 1;
    style.width = 1;
    style.summarize = !style.spec && tg_count(tensor) > THRESHOLD;
    if (style.is_float && !style.spec) {
        each_shown(&style, 0, 0, see_range);
        style.scientific = style.any && (style.largest / style.least > 1000.0 ||
                                         style.largest > 1.0e8 || style.least < 1.0e-4);
    }
    if (tensor->rank > 0) each_shown(&style, 0, 0, see_width);
    if (tensor->rank == 0)
        put_element(out, &style, 0);
    else
        put_block(out, &style, 0, 0, 0);
}

void tg_format_tensor(TgText *out, const TgTensor *tensor) {
    tg_format_elements(out, tensor, &no_spec);
}
