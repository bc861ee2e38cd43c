/*
 * sweep.h - files that nothing names: taken away in two passes.
 *
 * A file is stored before the transaction that names it, so a file that nothing names may be one
 * whose row is on its way, or one whose transaction failed.  The first pass that finds such a file
 * marks it; a pass at least SWEEP_AGE_MS later removes it when still nothing names it, which it
 * asks in the transaction that takes the mark away.  A file that was named meanwhile loses its
 * mark.
 */
#ifndef OFFICE_SWEEP_H
#define OFFICE_SWEEP_H

#include "core/task.h"
#include "store/store.h"

#define SWEEP_AGE_MS ((int64_t)24 * 3600 * 1000)

/* Inside store_read() or store_write(): add to `names` (struct str) every blob of t->tenant that a
 * row names, from <= name < to; any order, repeats do no harm. */
typedef enum err blob_names_fn(struct task *t, struct str from, struct str to, struct list *names);

/* At start, once: everybody who names blobs, ended by NULL. */
void sweep_ask(blob_names_fn *const *holders);

/* One pass over the files of t->tenant.  ERR_INTERNAL: nobody was named by sweep_ask(). */
MUST_USE enum err sweep_blobs(struct task *t, int64_t *ret_removed);

#endif
