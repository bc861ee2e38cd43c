/*
 * tables.h - every table of the database, as all migrations together leave it (tools/sqltables).
 *
 * Two kinds.  The tables of a city: every key begins with the tenant, so a city can be moved, or
 * live on a server of its own, row by row.  The tables of the installation: a closed list, each
 * with the reason why it has no tenant or more than one.
 */
#ifndef CITY_TABLES_H
#define CITY_TABLES_H

#include <stdbool.h>
#include <stddef.h>

enum column_type { COLUMN_INT, COLUMN_TEXT, COLUMN_BYTES };

struct table_column {
    const char *name;
    enum column_type type;
    bool nullable;
};

struct table_key {
    const char *name;           /* of an index; "": a clause of the table */
    const char *const *columns; /* ended by NULL */
    size_t count;
    bool primary, unique, partial;
};

struct sql_table {
    const char *name, *module;
    unsigned short number; /* for struct query */
    const struct table_column *columns;
    size_t column_count;
    const struct table_key *keys; /* the primary key first */
    size_t key_count;
};

extern const struct sql_table sql_tables[]; /* in the order in which they were made, ended by {0} */

const struct sql_table *table_find(const char *name); /* NULL: none of that name */
const struct table_column *table_column(const struct sql_table *table, const char *name);
/* Why this table belongs to the installation and not to a city; NULL: it is a city's. */
const char *table_of_installation(const struct sql_table *table);
/* Why the rows of this table stay where they are when a city moves; NULL: they move. */
const char *table_stays(const struct sql_table *table);

#endif
