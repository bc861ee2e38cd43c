#include "city/tables.h"

#include <string.h>

struct reason {
    const char *table, *why;
};

/* Closed: a table that is not named here belongs to a city, and tests/sql/tables_test.c holds it to
 * the rules for one. */
static const struct reason of_installation[] = {
    {"schema_migration", "which migrations this database has seen: one row for all cities"},
    {"tenant", "the list of cities: code and host are unique over all of them"},
};

static const struct reason staying[] = {
    {"schema_migration", "each database keeps its own"},
    {"job_lease", "who runs a job here and now"},
    {"blob_suspect", "what the sweep of this folder saw"},
    {"city_import", "how far an import into this database has come"},
};

static const char *reason_of(const struct reason *reasons, size_t n, const char *name)
{
    for (size_t i = 0; i < n; i++)
        if (!strcmp(reasons[i].table, name))
            return reasons[i].why;
    return NULL;
}

const struct sql_table *table_find(const char *name)
{
    for (const struct sql_table *table = sql_tables; table->name; table++)
        if (!strcmp(table->name, name))
            return table;
    return NULL;
}

const struct table_column *table_column(const struct sql_table *table, const char *name)
{
    for (size_t i = 0; i < table->column_count; i++)
        if (!strcmp(table->columns[i].name, name))
            return &table->columns[i];
    return NULL;
}

const char *table_of_installation(const struct sql_table *table)
{
    return reason_of(of_installation, sizeof of_installation / sizeof *of_installation,
                     table->name);
}

const char *table_stays(const struct sql_table *table)
{
    return reason_of(staying, sizeof staying / sizeof *staying, table->name);
}
