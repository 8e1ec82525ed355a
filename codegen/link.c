/* link.c: takes an object file, gives a program: the system's cc links it with libtgrt.a. What cc
   says on failure is part of the error. The runtime is found in --runtime, $TGC_RUNTIME, or beside
   tgc (installed and in the build tree). */
#include "codegen/codegen.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

/* the folder that tgc itself lies in, NULL when the system does not tell */
static const char *own_folder(Arena *arena) {
    char path[4096];
    ssize_t n = readlink("/proc/self/exe", path, sizeof path - 1);
    if (n <= 0) return NULL;
    path[n] = 0;
    char *slash = strrchr(path, '/');
    if (!slash) return NULL;
    *slash = 0;
    return arena_printf(arena, "%s", path);
}

static int has_runtime(Arena *arena, const char *folder, const char **archive) {
    *archive = arena_printf(arena, "%s/libtgrt.a", folder);
    return access(*archive, R_OK) == 0;
}

static const char *find_runtime(Arena *arena, const char *given, const char **error) {
    static const char *const beside[] = {"../lib/tgc", "lib/tgc", "../lib"};
    const char *archive = NULL, *folder = given ? given : getenv("TGC_RUNTIME");
    if (folder && *folder) {
        if (has_runtime(arena, folder, &archive)) return archive;
        *error = arena_printf(arena, "no libtgrt.a in %s", folder);
        return NULL;
    }
    const char *own = own_folder(arena);
    for (size_t i = 0; own && i < sizeof beside / sizeof *beside; i++)
        if (has_runtime(arena, arena_printf(arena, "%s/%s", own, beside[i]), &archive))
            return archive;
    *error = arena_printf(arena,
                          "libtgrt.a was not found in %s/../lib/tgc; set TGC_RUNTIME to its folder",
                          own ? own : ".");
    return NULL;
}

/* runs a command; 0, or -1 and the end of what it wrote as *error */
static int run_command(Arena *arena, char *const *argv, const char **error) {
    int ends[2];
    if (pipe(ends) != 0) {
        *error = arena_printf(arena, "no pipe to %s: %s", argv[0], strerror(errno));
        return -1;
    }
    pid_t child = fork();
    if (child < 0) {
        *error = arena_printf(arena, "could not start %s: %s", argv[0], strerror(errno));
        close(ends[0]);
        close(ends[1]);
        return -1;
    }
    if (child == 0) {
        dup2(ends[1], STDOUT_FILENO);
        dup2(ends[1], STDERR_FILENO);
        close(ends[0]);
        close(ends[1]);
        execvp(argv[0], argv);
        dprintf(STDERR_FILENO, "%s: %s", argv[0], strerror(errno));
        _exit(127);
    }
    close(ends[1]);
    char text[8192], rest[512];
    size_t used = 0;
    for (;;) {
        int full = used == sizeof text - 1;
        ssize_t n = full ? read(ends[0], rest, sizeof rest)
                         : read(ends[0], text + used, sizeof text - 1 - used);
        if (n < 0 && errno == EINTR) continue;
        if (n <= 0) break;
        if (!full) used += (size_t)n;
    }
    close(ends[0]);
    while (used && (text[used - 1] == '\n' || text[used - 1] == ' ')) used--;
    text[used] = 0;
    int status = 0;
    while (waitpid(child, &status, 0) < 0 && errno == EINTR) continue;
    if (WIFEXITED(status) && WEXITSTATUS(status) == 0) return 0;
    *error = arena_printf(arena, "linking with %s failed:\n%s", argv[0], text);
    return -1;
}

int link_program(Arena *arena, const CodegenOptions *options, const char *object,
                 const char **error) {
    const char *archive = find_runtime(arena, options->runtime, error);
    if (!archive) return -1;
    const char *cc = getenv("CC");
    char *argv[16];
    int n = 0;
    argv[n++] = (char *)(cc && *cc ? cc : "cc");
    argv[n++] = (char *)"-o";
    argv[n++] = (char *)options->out;
    argv[n++] = (char *)object;
    argv[n++] = (char *)archive;
    argv[n++] = (char *)"-Wl,--gc-sections";
    if (options->strip) argv[n++] = (char *)"-s";
    argv[n++] = (char *)"-lm";
    argv[n++] = (char *)"-lpthread";
    argv[n] = NULL;
    return run_command(arena, argv, error);
}
