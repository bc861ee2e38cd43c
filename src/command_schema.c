/*
 * command_schema.c - `yimen schema`: the tables as statements for PostgreSQL.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "app.h"
#include "city/schema.h"

const char schema_command_help[] =
    "usage: yimen schema [--distributed | --distribution] [--partitions YEAR-YEAR]\n\n"
    "Prints the statements that make the tables in an empty PostgreSQL database, with the rows by which\n"
    "the program knows that they were applied.  yimen makes them itself when it starts; this is for\n"
    "who wants to see them first, to spread them over servers, or to cut the events into years.\n"
    "  --distributed           and those that spread them by Citus: each city on one server\n"
    "  --distribution          only these; after an upgrade, for the tables that came with it\n"
    "  --partitions 2026-2045  the events in one partition for each of these years\n";

static bool read_years(const char *text, struct schema_options *options)
{
    char *end = NULL;
    long first = strtol(text, &end, 10), last = *end == '-' ? strtol(end + 1, &end, 10) : 0;

    options->first_year = (int)first;
    options->last_year = (int)last;
    return !*end && first >= SCHEMA_YEAR_MIN && first <= last && last < SCHEMA_YEAR_MAX;
}

int command_schema(struct task *t, struct app *app, int argc, char **argv)
{
    struct list migrations = app_migrations(t);
    struct schema_options options = {.migrations = &migrations, .tables = true};
    bool right = true;

    (void)app;
    for (int i = 1; i < argc && right; i++) {
        if (!strcmp(argv[i], "--distributed")) {
            options.distributed = true;
        } else if (!strcmp(argv[i], "--distribution")) {
            options.distributed = true;
            options.tables = false;
        } else {
            right =
                !strcmp(argv[i], "--partitions") && i + 1 < argc && read_years(argv[++i], &options);
        }
    }
    if (!right || (!options.tables && options.first_year)) {
        fputs(schema_command_help, stderr);
        return 2;
    }
    return app_report(t, schema_write(t, stdout, &options));
}
