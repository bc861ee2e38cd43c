/*
 * damage.h - a SQLite file that the disk has damaged: found, named, and what can be saved is saved.
 *
 * A PostgreSQL store has its own means (docs/OPERATION.md): store_check() finds nothing there.
 */
#ifndef STORE_DAMAGE_H
#define STORE_DAMAGE_H

#include "core/str.h"
#include "store/store.h"

struct damage {
    struct str table, what; /* the words of SQLite */
};

/* Read every page of every table.  `whole`: also whether every index holds every row, which takes
 * several times as long.  Outside a transaction, beside a server.  At most 20 for each table.
 * ERR_STORE: not even the list of tables can be read. */
MUST_USE enum err store_check(struct task *t, bool whole,
                              void (*progress)(const char *what, int64_t done, int64_t all),
                              struct list *ret_damages); /* struct damage */

/* How many commits stand in the log of this folder behind a place that is damaged, so that SQLite
 * will not know of them.  The last one does not count: a power cut may leave it by halves, and
 * nobody was told of it.  0 as well when a program works on it right now or there is no log. */
int64_t store_lost_commits(const char *folder);

struct saved_table {
    struct str table;
    int64_t rows;    /* saved */
    int64_t by_page; /* of these, from pages that the table no longer reaches */
    int64_t gaps;    /* stretches that cannot be read */
    int64_t
        unplaced; /* rows on such pages that may belong to more than one table; in row one only */
};

/* Copy what can be read of `from`/yimen.db and its log into t->store, which is new: migrated and
 * empty.  `from` is not touched.  ERR_NOT_FOUND: no database there; ERR_CONFLICT: one that another
 * version has written; ERR_STORE: the new one cannot be written. */
MUST_USE enum err store_rescue(struct task *t, const char *from,
                               void (*progress)(const char *what, int64_t done, int64_t all),
                               struct list *ret_tables); /* struct saved_table */

#endif
