/* threads.c: how many threads a program may use by default: the CPUs of its affinity mask, limited
   by the CPU quota of its cgroup (version 2, or version 1's cpu controller), of which every level
   up to the root may set one. */
#define _GNU_SOURCE /* sched_getaffinity */
#include "runtime/rt.h"

#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static int affinity(void) {
    cpu_set_t set;
    return sched_getaffinity(0, sizeof set, &set) == 0 ? CPU_COUNT(&set) : 1;
}

static int read_line(const char *path, char *to, int size) {
    FILE *f = fopen(path, "re");
    if (!f) return 0;
    int ok = fgets(to, size, f) != NULL;
    fclose(f);
    return ok;
}

static double smaller(double a, double b) {
    return b > 0 && b < a ? b : a;
}

/* the quota of one folder as CPUs, -1: none */
static double quota_v2(const char *folder) {
    char path[4200], text[64];
    long long quota, period;
    snprintf(path, sizeof path, "%s/cpu.max", folder);
    if (!read_line(path, text, sizeof text) || sscanf(text, "%lld %lld", &quota, &period) != 2)
        return -1;
    return period > 0 ? (double)quota / (double)period : -1;
}

static double quota_v1(const char *folder) {
    char path[4200], text[64];
    snprintf(path, sizeof path, "%s/cpu.cfs_quota_us", folder);
    double quota = read_line(path, text, sizeof text) ? atof(text) : -1;
    snprintf(path, sizeof path, "%s/cpu.cfs_period_us", folder);
    double period = read_line(path, text, sizeof text) ? atof(text) : 0;
    return quota > 0 && period > 0 ? quota / period : -1;
}

/* the smallest quota of mount/group and all above it (a container may see the mount's root as its
 * own) */
static double quota_above(const char *mount, const char *group, double (*quota)(const char *)) {
    char folder[4096];
    double least = 1e9;
    snprintf(folder, sizeof folder, "%s%s", mount, group);
    size_t top = strlen(mount);
    for (;;) {
        least = smaller(least, quota(folder));
        char *slash = strlen(folder) > top ? strrchr(folder, '/') : NULL;
        if (!slash || (size_t)(slash - folder) < top) return least;
        *slash = 0;
    }
}

/* whether "cpu" is one of the controllers in "cpu,cpuacct" */
static int has_cpu(const char *controllers) {
    for (const char *at = controllers; *at;) {
        size_t n = strcspn(at, ",");
        if (n == 3 && !memcmp(at, "cpu", 3)) return 1;
        at += n + (at[n] == ',');
    }
    return 0;
}

static double cgroup_quota(void) {
    char line[4096];
    double least = 1e9;
    FILE *f = fopen("/proc/self/cgroup", "re");
    if (!f) return least;
    while (fgets(line, sizeof line, f)) { /* number:controllers:group */
        line[strcspn(line, "\n")] = 0;
        char *controllers = strchr(line, ':'),
             *group = controllers ? strchr(controllers + 1, ':') : NULL;
        if (!group) continue;
        *group++ = 0;
        controllers++;
        if (!*controllers) {
            least = smaller(least, quota_above("/sys/fs/cgroup", group, quota_v2));
            least = smaller(least, quota_above("/sys/fs/cgroup/unified", group, quota_v2));
        } else if (has_cpu(controllers))
            least = smaller(least, quota_above("/sys/fs/cgroup/cpu", group, quota_v1));
    }
    fclose(f);
    return least;
}

int options_threads(void) {
    int cpus = affinity();
    double quota = cgroup_quota();
    if (quota < cpus)
        cpus = (int)quota; /* rounded down: one more would be stopped in every period */
    return cpus < 1 ? 1 : cpus;
}
