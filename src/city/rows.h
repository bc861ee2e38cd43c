/*
 * rows.h - the queries that move a table, written from what sql_tables[] says of it.
 *
 * The only queries of the program that no .sql file holds: they are the same for every table.
 * Each is one text for both databases but for the marks of parameters, and says the order of bytes
 * where PostgreSQL would order texts otherwise, so that an archive does not depend on the database.
 */
#ifndef CITY_ROWS_H
#define CITY_ROWS_H

#include "city/tables.h"
#include "store/store.h"

struct table_queries {
    const struct sql_table *table;
    struct query count;     /* tenant */
    struct query first;     /* tenant, limit_rows: the first rows in the order of the key */
    struct query next;      /* ... and the key's columns but the tenant: rows behind that key */
    struct query insert;    /* every column by its name */
    struct query edge;      /* tenant, skip_rows: the key of the row that so many are before */
    struct query remove_to; /* tenant and the key's columns: the rows up to that key */
    struct query remove;    /* tenant: all its rows */
    size_t key_count;       /* columns of the key but the tenant; 0: a table of one row */
};

/* Into the arena, for as long as that lives. */
const struct table_queries *table_queries(struct task *t, const struct sql_table *table);
/* The values of the row that was read, every column but the tenant. */
void table_values(const struct sql_table *table, const struct rows *rows, struct arg *ret_values);
/* The values of the key that `edge` found. */
void table_key_values(const struct sql_table *table, const struct rows *rows,
                      struct arg *ret_values);

#endif
