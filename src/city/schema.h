/*
 * schema.h - the tables as statements for PostgreSQL: for one server, or spread over several by
 * Citus; docs/scale-out.md says when and how.
 */
#ifndef CITY_SCHEMA_H
#define CITY_SCHEMA_H

#include <stdio.h>

#include "core/shape.h"
#include "core/task.h"

struct schema_options {
    const struct list *migrations; /* struct migration, all of the program but the store's own */
    bool tables;               /* the migrations, and the rows that say that they were applied */
    bool distributed;          /* create_reference_table(), create_distributed_table() */
    int first_year, last_year; /* events in a partition a year; 0: one table */
};

enum { SCHEMA_YEAR_MIN = 2020, SCHEMA_YEAR_MAX = 2089 }; /* what an id can say (store/ids.c) */

/* ERR_STORE: `out` cannot be written; ERR_INTERNAL: the table of events does not look as expected.
 */
MUST_USE enum err schema_write(struct task *t, FILE *out, const struct schema_options *options);
/* The least id that store_new_id() gives from this year on (+08:00). */
int64_t schema_first_id(int year);

#endif
