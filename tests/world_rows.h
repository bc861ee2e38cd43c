/*
 * world_rows.h - the rows of a world past the program, as somebody has them who has the database:
 * for stories of tampering and of what is stored.  One text for SQLite and PostgreSQL.
 */
#ifndef TESTS_WORLD_ROWS_H
#define TESTS_WORLD_ROWS_H

#include "world.h"

/* Statements, joined by ';', in a session of their own.  How many rows the last one changed. */
int64_t world_sql(struct world *w, const char *sql);

struct world_rows {
    size_t count, columns;
    struct str *cells; /* row after row: text, bytes, or a number in decimal; NULL is empty */
};
/* In the memory of the world's last call (w->t). */
struct world_rows world_select(struct world *w, const char *sql);
int64_t world_number(struct world *w, const char *sql); /* the first cell */

struct world_rows world_tables(struct world *w); /* their names, one in a row */
/* How these bytes are written in a statement. */
const char *world_bytes(struct world *w, struct str bytes);

void world_rows_end(struct world *w); /* by world_tear_down() */

#endif
