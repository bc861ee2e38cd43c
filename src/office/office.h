/*
 * office.h - work without a visitor: jobs of modules, each run for each tenant at its interval.
 *
 * Several servers share one store: a job is leased per tenant for as long as it may take, so each
 * runs once at a time, and passes on when a server dies.  A job that fails is logged and tried
 * again at its next interval; it never stops the others.
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
};

struct office_options {
    struct store *store;
    const struct job *jobs; /* ended by a NULL name */
    const struct setup *setup;
    /* Ids of the tenants; inside store_read(). */
    enum err (*tenants)(struct task *t, struct list *ret_ids); /* int64_t */
    int64_t (*now)(void);                                      /* NULL: time_now */
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
