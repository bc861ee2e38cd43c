/*
 * simulate.h - a year of a city: visitors, staff and their mistakes on a virtual clock, against the
 * engine itself (docs/simulate.md).
 *
 * One thing after the other happens in the order of its moment, all of it follows from the seed:
 * the same arguments end with the same digest, however often the program was killed on the way.  A
 * slice of some hundred acts is one transaction; what the simulator itself has to remember is
 * written beside it, into one of two files (state.c), before the transaction is committed.
 */
#ifndef SIMULATE_H
#define SIMULATE_H

#include "core/shape.h"
#include "core/task.h"

struct app;
struct sim;

struct simulate_options {
    int64_t seed;
    int64_t days;    /* may be another one when it goes on: until then */
    int64_t matters; /* in so many days */
    int64_t window;
    int32_t first_day; /* the calendar of all days must be published */
    bool faults;       /* clock jumps; crashes and failing disks when restart >= 0 */
    int restart;       /* how often it was started before; -1: it does not kill itself */
    void (*progress)(int64_t done, int64_t all); /* acts and days; NULL: silent */
};

enum {
    SIMULATE_A_YEAR = 1500000, /* matters of a year (requirement W1) */
    SIMULATE_AGAIN = 75        /* exit code: the disk failed; start it again */
};

/* A city of W1's size as a profile: 70 units of all tiers, 35 of them departments; 327 people. */
struct str simulate_profile(struct task *t);

/*
 * Make the city in app->data when it is not there yet, or open it, and go on to the end.
 * app_close() closes.  *ret_sim lives in the arena of t.
 *
 * ERR_CONFLICT: something else is in the folder, or it was begun with other arguments.
 * ERR_STORE, ERR_UNCERTAIN: the disk failed; run again to go on.
 */
MUST_USE enum err simulate_run(struct task *t, struct app *app,
                               const struct simulate_options *options, struct sim **ret_sim);

/* From now on the disk of this process fails now and then (store/fault_vfs.h is installed). */
void simulate_fail_disk(void);

/* Hexadecimal: what was decided, in its order. */
struct str simulate_digest(struct task *t, const struct sim *sim);
int64_t simulate_acts(const struct sim *sim);

/* The report, after simulate_run(): FILE.xlsx, and a page FILE.html beside it. */
MUST_USE enum err simulate_report(struct task *t, struct sim *sim, const char *file);
/* The most important lines of it, for the screen. */
struct str simulate_summary(struct task *t, struct sim *sim);

#endif
