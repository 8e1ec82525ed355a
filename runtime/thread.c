/* thread.c: work in chunks on several threads. A job's chunks are claimed by decrementing one
   ticket, which also carries the job's number: whoever claims a chunk knows that the job's fields
   are still its own. The main thread works too and waits only for chunks that were claimed. Workers
   are made at the first job that has work for them, look for the next job for some tens of
   microseconds, then sleep on a futex. */
#define _GNU_SOURCE /* syscall */
#include "runtime/rt.h"

#include <linux/futex.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

enum { SPIN_NANOSECONDS = 50000, CACHE_LINE = 64 };

typedef void Kernel(void *args, int64_t lo, int64_t hi);

typedef struct Pool Pool;
struct Pool {
    _Alignas(CACHE_LINE) _Atomic uint64_t
        ticket; /* job's number << 32 | chunks that nobody claimed yet */
    _Alignas(CACHE_LINE) _Atomic uint32_t done; /* chunks finished of this job */
    _Atomic uint32_t main_sleeps;
    _Alignas(CACHE_LINE) _Atomic uint32_t number; /* the job's: what workers sleep on */
    _Atomic uint32_t sleepers, closing;
    /* of the job at work: written while no chunk is left to claim */
    _Alignas(CACHE_LINE) _Atomic(Kernel *) kernel;
    _Atomic(void *) args;
    _Atomic int64_t n, grain, chunks;
    pthread_t *threads;
    int nthreads;
};

static void futex_wait(_Atomic uint32_t *at, uint32_t while_it_is) {
    syscall(SYS_futex, at, FUTEX_WAIT_PRIVATE, while_it_is, NULL, NULL, 0);
}

static void futex_wake(_Atomic uint32_t *at, int most) {
    syscall(SYS_futex, at, FUTEX_WAKE_PRIVATE, most, NULL, NULL, 0);
}

static void pause_cpu(void) {
#if defined(__x86_64__)
    __builtin_ia32_pause();
#elif defined(__aarch64__)
    __asm__ volatile("yield");
#endif
}

int64_t tgrt_now(void) {
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (int64_t)t.tv_sec * 1000000000 + t.tv_nsec;
}

/* claims and does chunks of any job until none is left; the number of the last job seen */
static uint32_t work(Pool *pool) {
    uint64_t ticket = atomic_load_explicit(&pool->ticket, memory_order_acquire);
    while ((uint32_t)ticket) {
        Kernel *kernel = atomic_load_explicit(&pool->kernel, memory_order_relaxed);
        void *args = atomic_load_explicit(&pool->args, memory_order_relaxed);
        int64_t n = atomic_load_explicit(&pool->n, memory_order_relaxed);
        int64_t grain = atomic_load_explicit(&pool->grain, memory_order_relaxed);
        int64_t chunks = atomic_load_explicit(&pool->chunks, memory_order_relaxed);
        if (!atomic_compare_exchange_weak_explicit(&pool->ticket, &ticket, ticket - 1,
                                                   memory_order_acq_rel, memory_order_acquire))
            continue;
        int64_t lo = (chunks - (int64_t)(uint32_t)ticket) * grain,
                hi = n - lo < grain ? n : lo + grain;
        kernel(args, lo, hi);
        atomic_fetch_add_explicit(&pool->done, 1, memory_order_acq_rel);
        if (atomic_load(&pool->main_sleeps)) futex_wake(&pool->done, 1);
        ticket = atomic_load_explicit(&pool->ticket, memory_order_acquire);
    }
    return (uint32_t)(ticket >> 32);
}

/* until there is a job other than `seen` */
static void await_job(Pool *pool, uint32_t seen) {
    int64_t until = tgrt_now() + SPIN_NANOSECONDS;
    do {
        for (int i = 0; i < 100; i++) {
            if (atomic_load_explicit(&pool->number, memory_order_acquire) != seen) return;
            pause_cpu();
        }
    } while (tgrt_now() < until);
    atomic_fetch_add(&pool->sleepers, 1);
    while (atomic_load(&pool->number) == seen) futex_wait(&pool->number, seen);
    atomic_fetch_sub(&pool->sleepers, 1);
}

static void *worker(void *of) {
    Pool *pool = of;
    while (!atomic_load(&pool->closing)) {
        uint32_t seen = work(pool);
        await_job(pool, seen);
    }
    return NULL;
}

/* as many threads as can be had; signals are the main thread's */
static Pool *pool_open(int64_t threads) {
    Pool *pool = NULL;
    if (posix_memalign((void **)&pool, CACHE_LINE, sizeof *pool) != 0) return NULL;
    *pool = (Pool){0};
    pool->threads = calloc((size_t)threads, sizeof *pool->threads);
    sigset_t all, before;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    while (pool->threads && pool->nthreads < threads - 1 &&
           pthread_create(&pool->threads[pool->nthreads], NULL, worker, pool) == 0)
        pool->nthreads++;
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    return pool;
}

void pool_close(Rt *rt) {
    Pool *pool = rt->pool;
    if (!pool) return;
    atomic_store(&pool->closing, 1);
    atomic_fetch_add(&pool->number, 1);
    futex_wake(&pool->number, pool->nthreads);
    for (int i = 0; i < pool->nthreads; i++) pthread_join(pool->threads[i], NULL);
    free(pool->threads);
    free(pool);
    rt->pool = NULL;
}

/* until every claimed chunk is finished */
static void await_chunks(Pool *pool, uint32_t chunks) {
    int64_t until = 0;
    for (uint32_t spins = 1;; spins++) {
        uint32_t done = atomic_load_explicit(&pool->done, memory_order_acquire);
        if (done == chunks) return;
        pause_cpu();
        if (spins % 100) continue;
        int64_t now = tgrt_now();
        if (!until) until = now + SPIN_NANOSECONDS;
        if (now < until) continue;
        atomic_store(&pool->main_sleeps, 1);
        done = atomic_load(&pool->done);
        if (done != chunks) futex_wait(&pool->done, done);
        atomic_store(&pool->main_sleeps, 0);
    }
}

static void publish(Pool *pool, Kernel *kernel, void *args, int64_t n, int64_t grain,
                    int64_t chunks) {
    atomic_store_explicit(&pool->kernel, kernel, memory_order_relaxed);
    atomic_store_explicit(&pool->args, args, memory_order_relaxed);
    atomic_store_explicit(&pool->n, n, memory_order_relaxed);
    atomic_store_explicit(&pool->grain, grain, memory_order_relaxed);
    atomic_store_explicit(&pool->chunks, chunks, memory_order_relaxed);
    atomic_store_explicit(&pool->done, 0, memory_order_relaxed);
    uint32_t number = atomic_load_explicit(&pool->number, memory_order_relaxed) + 1;
    atomic_store_explicit(&pool->ticket, (uint64_t)number << 32 | (uint64_t)chunks,
                          memory_order_release);
    atomic_store(&pool->number, number);
    uint32_t sleepers = atomic_load(&pool->sleepers);
    if (sleepers)
        futex_wake(&pool->number, chunks - 1 < (int64_t)sleepers ? (int)chunks - 1 : (int)sleepers);
}

void tgrt_parallel(TgContext *ctx, Kernel *kernel, void *args, int64_t n, int64_t grain) {
    if (n <= 0) return;
    if (grain < 1) grain = 1;
    int64_t chunks = (n - 1) / grain + 1;
    Rt *rt = rt_of(ctx);
    int alone = chunks == 1 || ctx->threads <= 1 || chunks > UINT32_MAX;
    if (!alone && !rt->pool) rt->pool = pool_open(ctx->threads);
    if (alone || !rt->pool || rt->pool->nthreads == 0) {
        kernel(args, 0, n); /* what a kernel prepares for all of its range is prepared once */
        return;
    }
    publish(rt->pool, kernel, args, n, grain, chunks);
    work(rt->pool);
    await_chunks(rt->pool, (uint32_t)chunks);
}
