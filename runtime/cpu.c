/* cpu.c: whether this machine can run the program: the features it was compiled for against what
 * the CPU has. */
#include "runtime/rt.h"

#include <string.h>

/* names as LLVM writes them; __builtin_cpu_supports takes literals only */
#if defined(__x86_64__)
#define FEATURES(X)                                                                                \
    X("sse3", "sse3")                                                                              \
    X("ssse3", "ssse3")                                                                            \
    X("sse4.1", "sse4.1")                                                                          \
    X("sse4.2", "sse4.2")                                                                          \
    X("popcnt", "popcnt") X("avx", "avx") X("avx2", "avx2") X("fma", "fma") X("bmi", "bmi")        \
        X("bmi2", "bmi2") X("avx512f", "avx512f") X("avx512bw", "avx512bw")                        \
            X("avx512dq", "avx512dq") X("avx512vl", "avx512vl") X("avx512cd", "avx512cd")

static int has_feature(const char *name, size_t n) {
#define X(ours, theirs)                                                                            \
    if (strlen(ours) == n && !memcmp(name, ours, n)) return __builtin_cpu_supports(theirs) != 0;
    FEATURES(X)
#undef X
    return -1;
}

static int has_f16c(void) {
    unsigned a = 1, b, c, d;
    __asm__("cpuid" : "+a"(a), "=b"(b), "=c"(c), "=d"(d));
    return c >> 29 & 1;
}
#else
static int has_feature(const char *name, size_t n) {
    return (void)name, (void)n, 1;
} /* in every aarch64 */
static int has_f16c(void) {
    return 1;
}
#endif

int cpu_check(const char *features, RtError *e) {
    TgText missing = {0};
    for (const char *at = features ? features : ""; *at;) {
        size_t n = strcspn(at, ",");
        const char *name = at + (*at == '+');
        size_t length = n - (*at == '+');
        int has = length == 4 && !memcmp(name, "f16c", 4) ? has_f16c() : has_feature(name, length);
        if (n && has <= 0)
            tg_text_printf(&missing, "%s%.*s%s", missing.n ? ", " : "", (int)length, name,
                           has < 0 ? " (unknown)" : "");
        at += n + (at[n] == ',');
    }
    int ok = missing.n == 0;
    if (!ok) rt_error(e, "this CPU lacks what the program was compiled for: %.1500s", missing.at);
    tg_text_free(&missing);
    return ok;
}
