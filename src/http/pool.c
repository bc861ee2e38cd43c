#include "http/pool.h"

#include <pthread.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

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

struct pool {
    pthread_mutex_t lock;
    struct pool_options options;
    struct lane *first, *last; /* whose turn comes */
    int64_t empty_ns;          /* when a worker last found nothing more behind its job */
    int count;                 /* jobs that wait */
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

/* With the lock held: this lane's turn comes when something waits in it that may run. */
static void list_lane(struct pool *pool, struct lane *lane)
{
    if (lane->listed || !lane->first ||
        (!lane->unbounded && lane->running >= pool->options.lane_running))
        return;
    lane->listed = true;
    lane->next = NULL;
    if (pool->last)
        pool->last->next = lane;
    else
        pool->first = lane;
    pool->last = lane;
}

/* With the lock held: the oldest job of the lane whose turn it is. */
static struct job *take_job(struct pool *pool, bool *ret_late)
{
    enum { MS = 1000000 };
    struct lane *lane = pool->first;
    struct job *job = lane->first;
    int64_t now = time_monotonic_ns();

    pool->first = lane->next;
    if (!pool->first)
        pool->last = NULL;
    lane->listed = false;
    lane->first = job->next;
    if (!lane->first)
        lane->last = NULL;
    lane->waiting--;
    lane->running++;
    list_lane(pool, lane);
    pool->count--;
    if (!pool->count)
        pool->empty_ns = now;
    *ret_late = pool->count >= pool->worker_count &&
                now - pool->empty_ns > (int64_t)POOL_CROWDED_MS * MS &&
                now - job->since_ns > (int64_t)pool->options.wait_ms * MS;
    return job;
}

static void *work(void *arg)
{
    struct worker *worker = arg, *next;
    struct pool *pool = worker->pool;

    if (pool->options.nice) /* of this thread; not to be had is no harm */
        (void)setpriority(PRIO_PROCESS, (id_t)gettid(), pool->options.nice);
    pthread_mutex_lock(&pool->lock);
    for (;;) {
        while (!pool->first && !pool->stopping)
            wait_for_job(worker);
        if (!pool->first)
            break; /* what a full lane holds is taken by those who run its jobs */
        bool late;
        struct job *job = take_job(pool, &late);
        pool->busy++;
        next = pool->first ? take_idle(pool) : NULL;
        pthread_mutex_unlock(&pool->lock);
        if (next)
            pthread_cond_signal(&next->wake);
        pool->options.run(job->what, late);
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
    free(pool);
}

struct pool *pool_start(const struct pool_options *options)
{
    struct pool *pool = calloc(1, sizeof *pool);
    pthread_attr_t attributes;

    if (!pool)
        return NULL;
    pthread_mutex_init(&pool->lock, NULL);
    pthread_cond_init(&pool->end, NULL);
    pool->options = *options;
    pool->workers = calloc((size_t)options->workers, sizeof *pool->workers);
    pthread_attr_init(&attributes);
    pthread_attr_setstacksize(&attributes, WORKER_STACK);
    while (pool->workers && pool->worker_count < options->workers) {
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

enum pool_verdict pool_push(struct pool *pool, struct lane *lane, struct job *job)
{
    struct worker *worker = NULL;
    enum pool_verdict verdict = POOL_FULL;

    job->next = NULL;
    job->lane = lane;
    job->since_ns = time_monotonic_ns();
    pthread_mutex_lock(&pool->lock);
    if (!lane->unbounded && lane->waiting >= pool->options.lane_waiting) {
        verdict = POOL_LANE_FULL;
    } else if (pool->count < pool->options.capacity && !pool->stopping) {
        if (!pool->count++)
            pool->empty_ns = job->since_ns;
        if (lane->last)
            lane->last->next = job;
        else
            lane->first = job;
        lane->last = job;
        lane->waiting++;
        list_lane(pool, lane);
        if (lane->listed)
            worker = take_idle(pool);
        verdict = POOL_TAKEN;
    }
    pthread_mutex_unlock(&pool->lock);
    if (worker)
        pthread_cond_signal(&worker->wake);
    return verdict;
}

/* Who leaves looks for another job soon, so nobody need be woken. */
void pool_leave(struct pool *pool, struct lane *lane)
{
    pthread_mutex_lock(&pool->lock);
    lane->running--;
    list_lane(pool, lane);
    pthread_mutex_unlock(&pool->lock);
}

void pool_figures(struct pool *pool, int64_t *ret_waiting, int64_t *ret_busy)
{
    pthread_mutex_lock(&pool->lock);
    *ret_waiting = pool->count;
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
