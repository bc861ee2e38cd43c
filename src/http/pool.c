#include "http/pool.h"

#include <pthread.h>
#include <stdlib.h>
#include <time.h>

#include "core/time.h"

/* Only what is touched becomes resident, so this costs addresses, not memory. */
enum { WORKER_STACK = 1024 * 1024 };

struct worker {
    struct pool *pool;
    pthread_t thread;
    pthread_cond_t wake;
    bool woken;
    struct worker *next_idle;
};

struct waiting {
    void *job;
    int64_t since_ns;
};

struct pool {
    pthread_mutex_t lock;
    pool_fn *run;
    struct waiting *ring;
    int64_t empty_ns; /* when a worker last found nothing more behind its job */
    size_t capacity, head, count;
    struct worker *workers;
    int worker_count;
    struct worker *idle;
    int waking, busy, ended;
    pthread_cond_t end; /* a worker ended */
    bool stopping;
};

/* With the lock held: who is to be signalled after it is let go. */
static struct worker *take_idle(struct pool *pool)
{
    struct worker *worker = pool->waking ? NULL : pool->idle;

    if (worker) {
        pool->idle = worker->next_idle;
        worker->woken = true;
        pool->waking++;
    }
    return worker;
}

static void wait_for_job(struct worker *worker)
{
    struct pool *pool = worker->pool;

    worker->woken = false;
    worker->next_idle = pool->idle;
    pool->idle = worker;
    while (!worker->woken)
        pthread_cond_wait(&worker->wake, &pool->lock);
    pool->waking--;
}

/* With the lock held: the oldest job. */
static void *take_job(struct pool *pool, bool *ret_late)
{
    enum { MS = 1000000 };
    struct waiting first = pool->ring[pool->head];
    int64_t now = time_monotonic_ns();

    pool->head = (pool->head + 1) % pool->capacity;
    pool->count--;
    if (!pool->count)
        pool->empty_ns = now;
    *ret_late = pool->count >= (size_t)pool->worker_count &&
                now - pool->empty_ns > (int64_t)POOL_CROWDED_MS * MS &&
                now - first.since_ns > (int64_t)POOL_WAIT_MS * MS;
    return first.job;
}

static void *work(void *arg)
{
    struct worker *worker = arg, *next;
    struct pool *pool = worker->pool;

    pthread_mutex_lock(&pool->lock);
    for (;;) {
        while (pool->count == 0 && !pool->stopping)
            wait_for_job(worker);
        if (pool->count == 0)
            break;
        bool late;
        void *job = take_job(pool, &late);
        pool->busy++;
        next = pool->count ? take_idle(pool) : NULL;
        pthread_mutex_unlock(&pool->lock);
        if (next)
            pthread_cond_signal(&next->wake);
        pool->run(job, late);
        pthread_mutex_lock(&pool->lock);
        pool->busy--;
    }
    pool->ended++;
    pthread_cond_signal(&pool->end);
    pthread_mutex_unlock(&pool->lock);
    return NULL;
}

void pool_free(struct pool *pool)
{
    if (!pool)
        return;
    for (int i = 0; i < pool->worker_count; i++)
        pthread_cond_destroy(&pool->workers[i].wake);
    pthread_cond_destroy(&pool->end);
    pthread_mutex_destroy(&pool->lock);
    free(pool->workers);
    free(pool->ring);
    free(pool);
}

struct pool *pool_start(int workers, int capacity, pool_fn *run)
{
    struct pool *pool = calloc(1, sizeof *pool);
    pthread_attr_t attributes;

    if (!pool)
        return NULL;
    pthread_mutex_init(&pool->lock, NULL);
    pthread_cond_init(&pool->end, NULL);
    pool->run = run;
    pool->capacity = (size_t)capacity;
    pool->ring = calloc(pool->capacity, sizeof *pool->ring);
    pool->workers = calloc((size_t)workers, sizeof *pool->workers);
    pthread_attr_init(&attributes);
    pthread_attr_setstacksize(&attributes, WORKER_STACK);
    while (pool->ring && pool->workers && pool->worker_count < workers) {
        struct worker *worker = &pool->workers[pool->worker_count];

        worker->pool = pool;
        pthread_cond_init(&worker->wake, NULL);
        if (pthread_create(&worker->thread, &attributes, work, worker))
            break;
        pool->worker_count++;
    }
    pthread_attr_destroy(&attributes);
    if (pool->worker_count > 0)
        return pool;
    pool_free(pool);
    return NULL;
}

bool pool_push(struct pool *pool, void *job)
{
    struct worker *worker = NULL;
    int64_t now = time_monotonic_ns();
    bool taken = false;

    pthread_mutex_lock(&pool->lock);
    if (pool->count < pool->capacity && !pool->stopping) {
        if (!pool->count)
            pool->empty_ns = now;
        pool->ring[(pool->head + pool->count++) % pool->capacity] = (struct waiting){job, now};
        worker = take_idle(pool);
        taken = true;
    }
    pthread_mutex_unlock(&pool->lock);
    if (worker)
        pthread_cond_signal(&worker->wake);
    return taken;
}

void pool_figures(struct pool *pool, int64_t *ret_waiting, int64_t *ret_busy)
{
    pthread_mutex_lock(&pool->lock);
    *ret_waiting = (int64_t)pool->count;
    *ret_busy = pool->busy;
    pthread_mutex_unlock(&pool->lock);
}

bool pool_stop(struct pool *pool, int64_t until_ns)
{
    struct timespec until = {.tv_sec = until_ns / 1000000000, .tv_nsec = until_ns % 1000000000};

    pthread_mutex_lock(&pool->lock);
    pool->stopping = true;
    for (struct worker *worker = pool->idle; worker; worker = worker->next_idle) {
        worker->woken = true;
        pool->waking++;
        pthread_cond_signal(&worker->wake);
    }
    pool->idle = NULL;
    while (pool->ended < pool->worker_count)
        if (pthread_cond_clockwait(&pool->end, &pool->lock, CLOCK_MONOTONIC, &until))
            break;
    bool all = pool->ended == pool->worker_count;
    pthread_mutex_unlock(&pool->lock);
    if (!all)
        return false;
    for (int i = 0; i < pool->worker_count; i++)
        pthread_join(pool->workers[i].thread, NULL);
    return true;
}
