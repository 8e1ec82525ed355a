/* constant.c: the small constants of a program: texts, tables, places in the source. Every table is
   a private constant of the module; every field is eight bytes (a pointer, an i64 or a double), so
   rows need no padding. */
#include "codegen/llvm/host.h"

#include <string.h>

static LLVMValueRef private_constant(Host *h, LLVMValueRef value, const char *name) {
    LLVMValueRef global = LLVMAddGlobal(h->module, LLVMTypeOf(value), name);
    LLVMSetInitializer(global, value);
    LLVMSetGlobalConstant(global, 1);
    LLVMSetLinkage(global, LLVMPrivateLinkage);
    LLVMSetUnnamedAddress(global, LLVMGlobalUnnamedAddr);
    return global;
}

LLVMValueRef table_text(Host *h, const char *text) {
    if (!text) return LLVMConstNull(h->ptr);
    unsigned length = (unsigned)strlen(text);
    return private_constant(h, LLVMConstStringInContext(h->context, text, length, 0), "text");
}

LLVMValueRef table_bytes(Host *h, const void *data, int64_t n, const char *name, unsigned align) {
    LLVMValueRef bytes = LLVMConstStringInContext2(h->context, data, (size_t)n, 1);
    LLVMValueRef global = private_constant(h, bytes, name);
    LLVMSetAlignment(global, align);
    return global;
}

LLVMValueRef table_array(Host *h, LLVMValueRef *values, int n, const char *name) {
    if (n == 0) return LLVMConstNull(h->ptr);
    LLVMValueRef array = LLVMConstArray2(LLVMTypeOf(values[0]), values, (uint64_t)n);
    LLVMValueRef global = private_constant(h, array, name);
    LLVMSetAlignment(global, 8);
    return global;
}

LLVMValueRef table_row(Host *h, LLVMValueRef *fields, int n) {
    return LLVMConstStructInContext(h->context, fields, (unsigned)n, 0);
}

LLVMValueRef table_names(Host *h, const char *const *names, int n) {
    LLVMValueRef *texts = NEW_ARRAY(h->arena, LLVMValueRef, n + 1);
    for (int i = 0; i < n; i++) texts[i] = table_text(h, names[i]);
    return table_array(h, texts, n, "names");
}

LLVMValueRef table_site(Host *h, const Frame *where, const char *what) {
    Span span = where ? frame_user_span(where) : span_nowhere();
    int line = 0, column = 0;
    if (span.source) source_place(span.source, span.start, &line, &column);
    LLVMValueRef fields[] = {
        table_text(h, span.source ? span.source->path : "?"),
        host_int(h, line),
        table_text(h, what ? what : ""),
    };
    return table_row(h, fields, 3);
}

int table_add(Host *h, Lines *lines, const Frame *where, const char *what) {
    PUSH(h->arena, &lines->rows, table_site(h, where, what));
    return lines->rows.n - 1;
}

/* a TgPiece */
static LLVMValueRef piece_row(Host *h, const Piece *p) {
    const Format *f = &p->format;
    const char *text = p->kind == PIECE_TEXT ? p->text : NULL;
    LLVMValueRef fields[] = {
        host_int(h, p->kind), /* the same numbers */
        text ? table_bytes(h, text, p->length, "text", 1) : LLVMConstNull(h->ptr),
        host_int(h, p->length),
        host_int(h, p->index),
        host_int(h, f->given),
        host_int(h, f->fill),
        host_int(h, f->align),
        host_int(h, f->sign),
        host_int(h, f->zero),
        host_int(h, f->width),
        host_int(h, f->comma),
        host_int(h, f->digits),
        host_int(h, f->type),
    };
    return table_row(h, fields, sizeof fields / sizeof *fields);
}

LLVMValueRef table_pieces(Host *h, const Piece *pieces, int n) {
    LLVMValueRef *rows = NEW_ARRAY(h->arena, LLVMValueRef, n + 1);
    for (int i = 0; i < n; i++) rows[i] = piece_row(h, &pieces[i]);
    return table_array(h, rows, n, "pieces");
}
