/* file.c: whole files in, whole files out. Reading maps regular files and reads anything else to
   its end; writing is atomic: what stood under the name before stays until the new contents are on
   disk. */
#include "runtime/rt.h"

#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

int rt_error(RtError *e, const char *format, ...) {
    va_list args;
    va_start(args, format);
    vsnprintf(e->text, sizeof e->text, format, args);
    va_end(args);
    e->foreign = 0;
    return 0;
}

int rt_error_foreign(RtError *e, const char *type) {
    rt_error(e, "holds elements of type %s, which tg has no type for", type);
    e->foreign = 1;
    return 0;
}

int rt_error_in(RtError *e, const char *path) {
    RtError whole;
    size_t n = (size_t)snprintf(whole.text, sizeof whole.text, "%s: ", path);
    if (n < sizeof whole.text) snprintf(whole.text + n, sizeof whole.text - n, "%s", e->text);
    whole.foreign = e->foreign;
    *e = whole;
    return 0;
}

static int read_stream(int fd, File *file) {
    size_t cap = 1 << 16, n = 0;
    uint8_t *at = malloc(cap);
    for (;;) {
        if (n == cap && at) {
            uint8_t *grown = realloc(at, cap *= 2);
            if (!grown) free(at);
            at = grown;
        }
        if (!at) {
            errno = ENOMEM;
            return 0;
        }
        ssize_t got = read(fd, at + n, cap - n);
        if (got < 0 && errno == EINTR) continue;
        if (got < 0) {
            free(at);
            return 0;
        }
        if (got == 0) break;
        n += (size_t)got;
    }
    *file = (File){at, (int64_t)n, 0};
    return 1;
}

int file_open(const char *path, File *file, RtError *e) {
    *file = (File){0};
    if (!*path) return rt_error(e, "cannot open a file without a name");
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0) return rt_error(e, "cannot open %s: %s", path, strerror(errno));
    struct stat st;
    int ok = fstat(fd, &st) == 0;
    if (ok && S_ISDIR(st.st_mode)) {
        ok = 0;
        errno = EISDIR;
    } else if (ok && S_ISREG(st.st_mode) && st.st_size > 0) {
        void *at = mmap(NULL, (size_t)st.st_size, PROT_READ, MAP_PRIVATE, fd, 0);
        ok = at != MAP_FAILED;
        if (ok) *file = (File){at, st.st_size, 1};
    } else if (ok) {
        ok = read_stream(fd, file);
    }
    if (!ok) rt_error(e, "cannot read %s: %s", path, strerror(errno));
    close(fd);
    return ok;
}

void file_close(File *file) {
    if (file->mapped)
        munmap((void *)(uintptr_t)file->at, (size_t)file->n);
    else
        free((void *)(uintptr_t)file->at);
    *file = (File){0};
}

int fd_write(int fd, const void *at, int64_t n) {
    const char *from = at;
    while (n > 0) {
        ssize_t done = write(fd, from, n > (1 << 30) ? 1 << 30 : (size_t)n);
        if (done < 0 && errno == EINTR) continue;
        if (done <= 0) return 0;
        from += done;
        n -= done;
    }
    return 1;
}

/* the folder's entry is on disk only once the folder is */
static void sync_folder(const char *path) {
    char folder[4096];
    const char *slash = strrchr(path, '/');
    size_t n = slash ? (size_t)(slash - path) : 0;
    if (n >= sizeof folder) return;
    memcpy(folder, path, n);
    folder[n] = 0;
    int fd = open(slash ? (n ? folder : "/") : ".", O_RDONLY | O_CLOEXEC | O_DIRECTORY);
    if (fd < 0) return;
    fsync(fd);
    close(fd);
}

static int write_parts(const char *path, int flags, const Part *parts, int64_t n, int sync) {
    int fd = open(path, flags | O_CLOEXEC, 0666);
    if (fd < 0) return 0;
    int ok = 1;
    for (int64_t i = 0; ok && i < n; i++) ok = fd_write(fd, parts[i].at, parts[i].n);
    if (ok && sync) ok = fsync(fd) == 0;
    int why = errno;
    if (close(fd) != 0 && ok) return 0;
    errno = why;
    return ok;
}

int file_write(const char *path, const Part *parts, int64_t n, RtError *e) {
    struct stat st;
    if (!*path) return rt_error(e, "cannot write a file without a name");
    if (stat(path, &st) == 0 && !S_ISREG(st.st_mode)) {
        if (write_parts(path, O_WRONLY, parts, n, 0)) return 1;
        return rt_error(e, "cannot write %s: %s", path, strerror(errno));
    }
    size_t size = strlen(path) + 8;
    char *temporary = malloc(size);
    if (!temporary) return rt_error(e, "cannot write %s: out of memory", path);
    snprintf(temporary, size, "%s.tmp", path);
    int ok = write_parts(temporary, O_WRONLY | O_CREAT | O_TRUNC, parts, n, 1) &&
             rename(temporary, path) == 0;
    if (!ok) {
        rt_error(e, "cannot write %s: %s", path, strerror(errno));
        unlink(temporary);
    } else {
        sync_folder(path);
    }
    free(temporary);
    return ok;
}
