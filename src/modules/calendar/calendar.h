/*
 * calendar.h - the tenant's calendar: which days work, since when that is known, and what follows
 * when a new one is loaded.
 *
 * Two kinds of days are loaded, in the format of data/README.md: the national ones (State Council
 * notices) and the tenant's own, which go before them.  A file may hold any years; each year it
 * holds replaces that year of the version before, the other years stay.  Every load makes a
 * version, numbered per tenant over both kinds, with who, when, a hash and the whole text.  A
 * tenant that has loaded none counts with the calendar that the program brings along, version 0.
 *
 * Loading is one event: a row, an entry in the audit record, and a mark that the tenant's open
 * duties are to be reckoned again.  The job `calendar.recompute` does that in chunks, each one
 * transaction with its cursor, so it goes on where it stopped; a version that comes meanwhile takes
 * over.  What is reckoned again is not known here: the module of the orders registers it with
 * calendar_follow().
 */
#ifndef CALENDAR_CALENDAR_H
#define CALENDAR_CALENDAR_H

#include "core/legal_time.h"
#include "core/task.h"

struct actor;

/* The calendar in force for t->tenant.  Shared by all threads, lives as long as the program. Inside
 * store_read() or store_write(): there it is the one of this very transaction. */
MUST_USE enum err calendar_current(struct task *t, const struct calendar **ret_calendar);

enum calendar_days { CALENDAR_NATIONAL, CALENDAR_OWN };

/*
 * Load days for t->tenant.  Inside store_write().
 *
 * ERR_BAD_INPUT  not a calendar: a field error ("years.2027...") for each entry that is wrong; a
 * national year with too few days off to be a whole notice; years that would be published no more
 * ERR_CONFLICT   says the same as the version in force, which somebody else loaded (whoever loaded
 * it gets its number again); or somebody loaded one meanwhile
 */
MUST_USE enum err calendar_load(struct task *t, const struct actor *actor, enum calendar_days kind,
                                struct str text, struct str note, int64_t *ret_version);

struct calendar_version {
    int64_t version;
    struct str kind, kind_title; /* national 国务院放假安排, own 本地日期 */
    struct str hash;
    int32_t published_until; /* DAY_NONE for own days */
    struct str note;
    int64_t loaded_by;
    struct str loaded_name;
    int64_t loaded_at;
    bool recomputed;
};
extern const struct shape calendar_version_shape;
/* Newest first, at most 50.  Inside store_read(). */
MUST_USE enum err calendar_versions(struct task *t, struct list *ret_versions);

/*
 * Reckon again at most `most` things of t->tenant that lie behind *cursor (0: from the first), with
 * calendar_current(), move *cursor to the last one, and say whether none is left.  Called inside
 * store_write(); may be called again for what was done already.  A date that was told and has moved
 * is told again by whoever reckons.
 */
typedef enum err calendar_follow_fn(struct task *t, int64_t most, int64_t *cursor,
                                    bool *ret_finished);
/* At start, once. */
void calendar_follow(calendar_follow_fn *fn);

/* One chunk, in a transaction of its own.  *ret_finished: nothing is left to do (or nobody
 * follows). */
MUST_USE enum err calendar_recompute(struct task *t, int64_t most, bool *ret_finished);

struct module;
extern const struct module calendar_module;

#endif
