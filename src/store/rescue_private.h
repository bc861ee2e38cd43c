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
    bool clustered;           /* its rows stand in the tree of its key */
    int stands[COLUMNS_MOST]; /* where a column stands in a row: the key's first when clustered */
    sqlite3_stmt *insert;     /* all columns, in order; what is there already is left alone */
    int64_t root;             /* page in the damaged file; 0: unknown */
    int64_t rows, by_page, gaps;
};

/* What an entry of an index holds. */
struct rescue_index {
    int column_count;
    enum holds holds[COLUMNS_MOST];
};

/* Takes damaged frames out of a log, so that SQLite reads what stands behind them; a log that is
 * sound stays as it is.  Of a copy only. */
void log_mend(const char *path);

/* Rows on pages that no table without gaps reaches, into the tables with gaps whose columns they
 * fit: into exactly one, or into none.  Rows of clustered tables stand where entries of indexes do;
 * one that could be such an entry is left out.  `path`: the damaged file with no log beside it.
 * Returns SQLITE_OK, or what the new database said. */
int rescue_pages(const char *path, struct rescue_table *tables, int count,
                 const struct rescue_index *indexes, int index_count,
                 void (*progress)(const char *what, int64_t done, int64_t all),
                 int64_t *ret_unplaced);

#endif
