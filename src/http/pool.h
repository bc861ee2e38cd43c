/*
 * pool.h - a bounded queue and the threads that empty it.
 *
 * Idle workers stand on a stack, so the one that ran last runs next and its memory is still warm.
 * One worker is woken at a time, and wakes the next when it finds more: quick jobs keep few threads
 * busy, jobs that block get as many as there are.
 *
 * A queue that does not become empty for a while holds more than can be done, and everybody in it
 * would wait for its whole length.  Then jobs that waited longer than POOL_WAIT_MS are run as
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

enum { POOL_CROWDED_MS = 300, POOL_WAIT_MS = 50 };

typedef void pool_fn(void *job, bool late);

struct pool *pool_start(int workers, int capacity,
                        pool_fn *run); /* NULL: no memory or no threads */
/* False when the queue is full; the job is then still the caller's. */
bool pool_push(struct pool *pool, void *job);
void pool_figures(struct pool *pool, int64_t *ret_waiting, int64_t *ret_busy);
/* Finish what is queued and end the workers by this moment (time_monotonic_ns): true; or false,
 * leaving everything as it is, when a worker still runs.  What is pushed from now on is refused. */
bool pool_stop(struct pool *pool, int64_t until_ns);
void pool_free(struct pool *pool); /* stopped, and nobody pushes any more; NULL: nothing */

#endif
