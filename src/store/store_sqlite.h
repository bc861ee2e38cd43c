/*
 * store_sqlite.h - what the two files share that know SQLite; nobody else includes it.
 */
#ifndef STORE_STORE_SQLITE_H
#define STORE_STORE_SQLITE_H

#include <sqlite3.h>

#include "store/store_private.h"

enum { BUSY_MS = 5000, RESTART_MS = 100 };

struct statement {
    sqlite3_stmt *sqlite;
    struct columns columns;
    struct cell *cells;
};

struct sqlite {
    struct connection base;
    sqlite3 *db;
    enum connection_role role;
    sqlite3_stmt *steps[STEP_COUNT];
    struct statement *statements; /* by slot of the query */
    int statement_count;
    sqlite3_stmt *active; /* being stepped now */
    int64_t log_pages;
    int64_t data_version; /* SQLite's number of what others committed */
};

/* What a result code means; without a note it is a mistake of the program. */
struct trouble trouble_of(int code);
struct trouble trouble_now(const struct sqlite *c); /* always with a note */
int sqlite_exec(struct sqlite *c, const char *sql);
enum err sqlite_script(struct task *t, struct connection *base, struct str what, const char *sql);

static inline struct sqlite *sqlite_of(struct connection *base)
{
    return (struct sqlite *)base;
}

#endif
