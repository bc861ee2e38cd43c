/*
 * tape.h - what the program asked of SQLite, recorded as it ran, and the same asked again by a
 * plain loop of SQLite calls in a copy of the database.
 *
 * The benchmark is linked with --wrap for connection_run() and connection_do(), so the program
 * itself knows nothing of this.  The plain loop prepares every statement once, binds the recorded
 * values, steps through all rows, and commits where the program committed: it writes the same rows
 * in the same groups, and does nothing else.
 */
#ifndef BENCH_TAPE_H
#define BENCH_TAPE_H

#include <stdbool.h>
#include <stdint.h>

#include "store/store_private.h"

enum taping {
    TAPE_OFF,
    TAPE_WRITES, /* writing queries of the writer, with its commits */
    TAPE_ALL,    /* every query of the only thread that runs, with its transactions */
    TAPE_EACH    /* the same of many threads, each for itself */
};

void tape_begin(enum taping what); /* forgets what was recorded before */
void tape_end(void);
int64_t tape_queries(void);
int64_t tape_commits(void);
double tape_writer_cpu(void); /* seconds of the writer's thread, first write to last commit */

/* One thing the program did: a query with its values in the order of its parameters; when `query`
 * is NULL, a lock (store_lock()) or a step of a transaction. */
struct entry {
    struct entry *next;
    const struct query *query;
    enum connection_step step;
    bool locks;
    int64_t lock;
    size_t n;
    struct arg args[];
};
enum { TAPE_THREADS = 128 };
const struct entry *tape_thread(size_t i); /* TAPE_EACH: of the i-th thread; NULL: there is none */

struct plain; /* a plain connection */
/* With the settings of the store's writer. */
struct plain *plain_open(const char *database);
void plain_close(struct plain *plain);
/* Play the tape `times` times; tapes per second. */
double plain_play(struct plain *plain, int64_t times);
double plain_cpu(const struct plain *plain); /* seconds of processor that the last playing took */
/* Ends the program unless both databases hold the same orders, events, duties and counters. */
void plain_compare(struct plain *plain, const char *other_database);

#endif
