/*
 * rescue_private.h - what rescue.c and rescue_pages.c share.
 */
#ifndef STORE_RESCUE_PRIVATE_H
#define STORE_RESCUE_PRIVATE_H

#include <sqlite3.h>
#include <stdbool.h>
#include <stdint.h>

enum { COLUMNS_MOST = 64 };

enum holds { HOLDS_INT, HOLDS_TEXT, HOLDS_BYTES };

struct rescue_table {
    char *name;
    int column_count;
    enum holds holds[COLUMNS_MOST];
    bool may_be_null[COLUMNS_MOST];
    sqlite3_stmt *insert; /* all columns, in order; what is there already is left alone */
    int64_t root;         /* page in the damaged file; 0: unknown */
    int64_t rows, by_page, gaps;
};

/* Takes damaged frames out of a log, so that SQLite reads what stands behind them; a log that is
 * sound stays as it is.  Of a copy only. */
void log_mend(const char *path);

/* Rows on leaf pages that no table without gaps reaches, into the tables with gaps whose columns
 * they fit: into exactly one, or into none.  `path`: the damaged file with no log beside it.
 * Returns SQLITE_OK, or what the new database said. */
int rescue_pages(const char *path, struct rescue_table *tables, int count,
                 void (*progress)(const char *what, int64_t done, int64_t all),
                 int64_t *ret_unplaced);

#endif
