/*
 * pool.h - bounded queues and the threads that empty them.
 *
 * Who asks stands in a lane of his own, and the lanes have their turns: one that holds a hundred
 * jobs delays another with one job by one job.  A bounded lane holds at most so many jobs, and at
 * most so many of them run at a time, so that workers are left for the others.
 *
 * Idle workers stand on a stack, so the one that ran last runs next and its memory is still warm.
 * One worker is woken at a time, and wakes the next when it finds more: quick jobs keep few threads
 * busy, jobs that block get as many as there are.
 *
 * A queue that does not become empty for a while holds more than can be done, and everybody in it
 * would wait for its whole length.  Then jobs that waited longer than `wait_ms` are run as
 * `late`, as long as more wait behind them than there are workers: they are to be turned down, so
 * that those behind are still served soon.  A short crowd, or a disk that pauses, turns nobody
 * down.
 */
#ifndef HTTP_POOL_H
#define HTTP_POOL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct pool;

enum { POOL_CROWDED_MS = 300 };

/* Part of what it is about; the pool's while it waits. */
struct job {
    struct job *next;
    struct lane *lane;
    void *what;
    int64_t since_ns;
};

/* All zero at first; may go when none of its jobs waits or runs. */
struct lane {
    struct job *first, *last;
    struct lane *next; /* among those whose turn comes */
    int waiting, running;
    bool listed, unbounded;
};

typedef void pool_fn(void *what, bool late);

struct pool_options {
    pool_fn *run; /* calls pool_leave() as soon as the work is done */
    int workers;
    int capacity;     /* jobs that wait, all lanes together */
    int lane_waiting; /* of a bounded lane: most that wait, */
    int lane_running; /* and most that run at a time */
    int wait_ms;
    int nice; /* 0, or how much the others go before these workers */
};

enum pool_verdict { POOL_TAKEN, POOL_FULL, POOL_LANE_FULL };

struct pool *pool_start(const struct pool_options *options); /* NULL: no memory or no threads */
/* Not taken: the job is still the caller's. */
enum pool_verdict pool_push(struct pool *pool, struct lane *lane, struct job *job);
/* A job of this lane does not run any more; before the lane can go. */
void pool_leave(struct pool *pool, struct lane *lane);
void pool_figures(struct pool *pool, int64_t *ret_waiting, int64_t *ret_busy);
/* Finish what is queued and end the workers by this moment (time_monotonic_ns): true; or false,
 * leaving everything as it is, when a worker still runs.  What is pushed from now on is refused. */
bool pool_stop(struct pool *pool, int64_t until_ns);
void pool_free(struct pool *pool); /* stopped, and nobody pushes any more; NULL: nothing */

#endif
