/*
 * header.h - what an archive says of itself before its rows.
 */
#ifndef CITY_HEADER_H
#define CITY_HEADER_H

#include "city/city.h"
#include "city/tables.h"

struct city_header {
    int64_t tenant, rows;
    struct str code, name, host;
    struct str suite;      /* international, chinese */
    struct list keys;      /* struct str: names of the keys that wrap the city's */
    const int64_t *counts; /* rows of each table, in the order of sql_tables[] */
    struct str migrations; /* "org/1 <hash>" a line, all of them */
};

struct str city_migrations_text(struct task *t, const struct list *migrations);
struct str city_header_text(struct task *t, const struct city_header *header);
/* ERR_BAD_INPUT: no header, one of other tables than this program's, or of another suite than the
 * program runs with; with `any_suite` the program takes the archive's. */
MUST_USE enum err city_header_read(struct task *t, struct str text, const struct list *migrations,
                                   bool any_suite, struct city_header *ret);
struct str city_suite(void);

#endif
