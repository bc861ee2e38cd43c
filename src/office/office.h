/*
 * office.h - work without a visitor: jobs of modules, each run for each tenant at its interval.
 *
 * Several servers share one store and one timetable: a job is leased per tenant, so it runs once in
 * its interval, wherever.  The lease lasts a minute and is renewed while the job runs; of a server
 * that dies it passes on.  A server that lost a lease finds store_read() and store_write() refused
 * (store_guard): the job ends at its next step.  So every step of a job must be right by itself
 * and may be done again.  A job that fails is logged and tried again at its next interval; it never
 * stops the others.
 */
#ifndef OFFICE_OFFICE_H
#define OFFICE_OFFICE_H

#include "core/task.h"
#include "store/store.h"

struct setup;

struct job {
    const char *name; /* "orders.timers" */
    int every_seconds;
    enum err (*run)(struct task *t, const struct setup *setup);
    bool everywhere; /* about what this server has for itself (an index): each runs it, unleased */
    const char *woken_by; /* a word of store_notify(): run soon after, not only in its interval */
};

struct office_options {
    struct store *store;
    const struct job *jobs; /* ended by a NULL name */
    const struct setup *setup;
    /* Ids of the tenants; inside store_read(). */
    enum err (*tenants)(struct task *t, struct list *ret_ids); /* int64_t */
    int64_t (*now)(void);                                      /* NULL: time_now */
    int64_t lease_ms;                                          /* 0: a minute */
};

struct office;
/* NULL when the thread cannot be started. */
struct office *office_start(const struct office_options *options);
void office_stop(struct office *office); /* waits for the job that runs */

/* Every job once for t->tenant, now, without leases: for tests and simulation. */
MUST_USE enum err office_run_all(struct task *t, const struct job *jobs, const struct setup *setup);

extern const struct job office_jobs[]; /* the office's own: sweep.h */
extern const struct migration office_migrations[];

#endif
