/* debug.c: with -g, the lines of the source for a debugger: each instruction of the host function
   carries the place of the step that it came from, each kernel that of the value it computes: the
   innermost frame that the user wrote. */
#include "codegen/llvm/host.h"

#include <string.h>
#include <unistd.h>

#include <llvm-c/DebugInfo.h>

typedef struct DebugFile DebugFile;
struct DebugFile {
    const Source *source;
    LLVMMetadataRef file;
};

struct Debug {
    LLVMDIBuilderRef b;
    LLVMMetadataRef type;     /* of all functions */
    LLVMMetadataRef function; /* of the host function */
    const Source *home;       /* where it is said to lie */
    VEC(DebugFile) files;
    const char *folder;
};

static LLVMMetadataRef file_of(Host *h, const Source *source) {
    struct Debug *d = h->debug;
    for (int i = 0; i < d->files.n; i++)
        if (d->files.at[i].source == source) return d->files.at[i].file;
    const char *path = source ? source->path : "?", *folder = path[0] == '/' ? "" : d->folder;
    DebugFile f = {source,
                   LLVMDIBuilderCreateFile(d->b, path, strlen(path), folder, strlen(folder))};
    PUSH(h->arena, &d->files, f);
    return f.file;
}

static void place_of(const Frame *where, Span *span, int *line, int *column) {
    *span = where ? frame_user_span(where) : span_nowhere();
    *line = *column = 0;
    if (span->source) source_place(span->source, span->start, line, column);
}

static LLVMMetadataRef new_function(Host *h, LLVMValueRef function, const char *name,
                                    const Source *source, int line) {
    struct Debug *d = h->debug;
    size_t n = 0;
    const char *symbol = LLVMGetValueName2(function, &n);
    LLVMMetadataRef file = file_of(h, source);
    LLVMMetadataRef made =
        LLVMDIBuilderCreateFunction(d->b, file, name, strlen(name), symbol, n, file, (unsigned)line,
                                    d->type, 1, 1, (unsigned)line, LLVMDIFlagZero, 1);
    LLVMSetSubprogram(function, made);
    return made;
}

static const Source *first_source(const Region *region) {
    for (int i = 0; i < region->nodes.n; i++) {
        const Frame *where = region->nodes.at[i]->where;
        if (where && frame_user_span(where).source) return frame_user_span(where).source;
    }
    return NULL;
}

void debug_begin(Host *h) {
    if (!h->options->debug) return;
    struct Debug *d = h->debug = NEW(h->arena, struct Debug);
    char folder[4096];
    d->folder = getcwd(folder, sizeof folder) ? arena_printf(h->arena, "%s", folder) : "";
    d->b = LLVMCreateDIBuilder(h->module);
    const Source *source = first_source(h->graph->root);
    d->home = source;
    LLVMMetadataRef file = file_of(h, source);
    LLVMDIBuilderCreateCompileUnit(d->b, LLVMDWARFSourceLanguageC, file, "tgc", 3,
                                   h->options->level > 0, "", 0, 0, "", 0, LLVMDWARFEmissionFull, 0,
                                   0, 0, "", 0, "", 0);
    d->type = LLVMDIBuilderCreateSubroutineType(d->b, file, NULL, 0, LLVMDIFlagZero);
    LLVMMetadataRef version =
        LLVMValueAsMetadata(LLVMConstInt(h->i32, LLVMDebugMetadataVersion(), 0));
    LLVMAddModuleFlag(h->module, LLVMModuleFlagBehaviorWarning, "Debug Info Version", 18, version);
    d->function = new_function(h, h->function, "main", source, 1);
    debug_place(h, NULL);
}

/* a place in function, whose own lines are of the source `home` */
static LLVMMetadataRef location(Host *h, LLVMMetadataRef function, const Source *home,
                                const Frame *where) {
    Span span;
    int line, column;
    place_of(where, &span, &line, &column);
    LLVMMetadataRef scope = function;
    if (span.source && span.source != home)
        scope =
            LLVMDIBuilderCreateLexicalBlockFile(h->debug->b, function, file_of(h, span.source), 0);
    return LLVMDIBuilderCreateDebugLocation(h->context, (unsigned)line, (unsigned)column, scope,
                                            NULL);
}

void debug_place(Host *h, const Frame *where) {
    if (!h->debug) return;
    LLVMMetadataRef place = location(h, h->debug->function, h->debug->home, where);
    LLVMSetCurrentDebugLocation2(h->b, place);
    LLVMSetCurrentDebugLocation2(h->entry, place);
}

static void place_function(Host *h, LLVMValueRef function, const Kernel *k) {
    Span span;
    int line, column;
    place_of(k->where, &span, &line, &column);
    LLVMMetadataRef made = new_function(h, function, k->name, span.source, line);
    LLVMMetadataRef place = location(h, made, span.source, k->where);
    for (LLVMBasicBlockRef b = LLVMGetFirstBasicBlock(function); b; b = LLVMGetNextBasicBlock(b))
        for (LLVMValueRef i = LLVMGetFirstInstruction(b); i; i = LLVMGetNextInstruction(i))
            LLVMInstructionSetDebugLoc(i, place);
}

void debug_end(Host *h) {
    if (!h->debug) return;
    for (int i = 0; i < h->program->kernels.n; i++) {
        const Kernel *k = h->program->kernels.at[i];
        LLVMValueRef function = k->llvm;
        if (!k->same_as && function && LLVMCountBasicBlocks(function) &&
            !LLVMGetSubprogram(function))
            place_function(h, function, k);
    }
    LLVMSetCurrentDebugLocation2(h->b, NULL);
    LLVMDIBuilderFinalize(h->debug->b);
    LLVMDisposeDIBuilder(h->debug->b);
    h->debug = NULL;
}
