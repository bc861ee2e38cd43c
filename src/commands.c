/*
 * commands.c - the table of commands, with their help.
 */
#include <stdio.h>

#include "app.h"
#include "due_command.h"

static int run_due(struct task *t, struct app *app, int argc, char **argv)
{
    (void)t;
    (void)app;
    return due_command(argc, argv);
}

static int run_version(struct task *t, struct app *app, int argc, char **argv)
{
    (void)t;
    (void)app;
    (void)argc;
    (void)argv;
    puts("yimen " YIMEN_VERSION);
    return 0;
}

const struct command commands[] = {
    {"serve", "serve the pages and the API", command_serve,
     "usage: yimen [--data DIR] serve [--listen ADDRESS] [--port N]\n\n"
     "Serves until SIGINT or SIGTERM, then finishes what runs.  Settings: DIR/yimen.conf.\n"},
    {"verify", "check the invariants of every order", command_verify,
     "usage: yimen [--data DIR] verify\n\n"
     "Follows every chain of events, compares the state with what they say, counts again.\n"
     "Exit code 1 when something does not fit.\n"},
    {"rebuild", "make derived rows again from the events", command_rebuild,
     "usage: yimen [--data DIR] rebuild\n\n"
     "Order rows, duties and counters from the events; nothing but derived data changes.\n"},
    {"due", "by when, and why", run_due, NULL},
    {"version", "print the version", run_version, "usage: yimen version\n"},
    {NULL, NULL, NULL, NULL},
};
