/*
 * recount.h - counters of open orders against their rows.  Inside the orders module only.
 */
#ifndef ORDERS_RECOUNT_H
#define ORDERS_RECOUNT_H

#include "core/shape.h"
#include "core/task.h"

/* Both outside any transaction, and exact beside a server that runs. */

/* What does not fit, as sentences (struct str, Chinese). */
MUST_USE enum err counts_compare(struct task *t, struct list *ret_differences);
/* Count every unit again. */
MUST_USE enum err counts_renew(struct task *t);
/* The same where a migration left a mark that the counters have another form now (unit 0, 'stale');
 * the mark goes last.  A job. */
MUST_USE enum err counts_renew_stale(struct task *t);

#endif
