/*
 * faults.h - a world (world.h) whose disk fails on command, and that begins again in a moment.
 *
 * faults_install() comes before the world is made.  faults_keep() remembers the database as it is;
 * faults_restore() brings it back and opens it anew, with cold caches.  While a fault is armed,
 * nothing but what is looked at may run.
 */
#ifndef TESTS_FAULTS_FAULTS_H
#define TESTS_FAULTS_FAULTS_H

#include "store/fault_vfs.h"
#include "world.h"

enum {                            /* outside SQLite: blobs, indexes */
       FAULTS_IN_FILES = 1 << 20, /* write, fsync, rename and mkdir */
       FAULTS_READING = 1 << 19   /* open and read */
};

struct faults_kind {
    const char *name;
    unsigned kinds; /* enum fault_kind, or one of the above */
    int code;       /* SQLite's, or errno */
    int samples;    /* how many of its calls fail in a short run */
    int stride;     /* in a long one: every call, or every such */
    int pace;       /* the same for a single act in a short run */
};
extern const struct faults_kind *faults_kinds;  /* after faults_install(); ended by a NULL name */
extern const struct faults_kind faults_reading; /* of a file: EIO */

void faults_install(void);
void faults_keep(struct world *w);
void faults_restore(struct world *w);
void faults_forget(void);

void faults_arm(const struct faults_kind *kind, int64_t nth, bool lasting);
/* How many calls failed; *ret_calls: how many there were. */
int64_t faults_disarm(const struct faults_kind *kind, int64_t *ret_calls);

/* A task of the world's tenant at a moment ("2026-10-14T09:42"). */
void faults_task(struct task *t, struct world *w, const char *moment, size_t budget);
/* The number of rows of every table and where every order stands; the caller frees it. */
char *faults_census(struct world *w);
/* Every invariant holds and the file is sound, or the test fails. */
void faults_verify(struct world *w, const char *moment, const char *when);
/* Fail with what the task has to say. */
void faults_say(const struct task *t, enum err e, const char *format, ...) PRINTF_LIKE(3, 4);

#endif
