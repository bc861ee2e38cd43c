/*
 * lease.h - the timetable of jobs: one row for each job of each tenant says who has it until when;
 * with holder 0 it rests until then.  All servers read the same, and each may be the one that comes
 * first.  All functions work for t->tenant, each in a transaction of its own.
 */
#ifndef OFFICE_LEASE_H
#define OFFICE_LEASE_H

#include "office/office.h"

/* Who leases, and for how long. */
struct leaser {
    int64_t holder; /* not 0 */
    int64_t ms;
};

/* Which of `jobs` may be leased now: ret_due[i].  `woken`: a bit for each that need not rest. */
MUST_USE enum err lease_due(struct task *t, const struct leaser *who, const struct job *jobs,
                            size_t count, uint64_t woken, bool *ret_due);
/* *ret_got is false when another was quicker. */
MUST_USE enum err lease_take(struct task *t, const struct leaser *who, const struct job *job,
                             bool woken, bool *ret_got);
/* *ret_ours is false when it ran out and passed on. */
MUST_USE enum err lease_renew(struct task *t, const struct leaser *who, const struct job *job,
                              bool *ret_ours);
/* From here it rests; its interval is reckoned from t->now. */
MUST_USE enum err lease_give(struct task *t, const struct leaser *who, const struct job *job);
/* A moment so far ahead was written before the clock was set back. */
int64_t lease_never_beyond(const struct leaser *who, const struct job *job, int64_t now);

#endif
