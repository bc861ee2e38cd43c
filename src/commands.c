/*
 * commands.c - the table of commands, with their help.
 */
#include <stdio.h>

#include "app.h"
#include "ask_command.h"
#include "knowledge_command.h"
#include "modules/access/access.h"
#include "due_command.h"
#include "procedure_command.h"
#include "keys_command.h"
#include "user_command.h"

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

/* For docs/PERMISSIONS.md: who may call what, read off the tables. */
static int run_matrix(struct task *t, struct app *app, int argc, char **argv)
{
    struct buf b = buf_new(t, 1024 * 1024);

    (void)app;
    (void)argc;
    (void)argv;
    buf_add(
        &b,
        S("# Who may call what\n\nWritten by `tools/permissions` from the tables of routes and posts.\n\n"));
    access_matrix(&b, app_routes());
    fwrite(buf_str(&b).at, 1, buf_str(&b).len, stdout);
    return 0;
}

static int run_conf(struct task *t, struct app *app, int argc, char **argv)
{
    struct buf b = buf_new(t, 64 * 1024);

    (void)app;
    (void)argc;
    (void)argv;
    conf_write_example(&b);
    fwrite(buf_str(&b).at, 1, buf_str(&b).len, stdout);
    return 0;
}

static int run_user(struct task *t, struct app *app, int argc, char **argv)
{
    enum err e = app_open(t, app, APP_NEEDS_STORE | APP_NEEDS_KEYS | APP_NEEDS_TENANT);

    if (!e)
        e = user_command(t, argc, argv);
    return e ? app_report(t, e) : 0;
}

static void show_rotation(const char *what, int64_t done)
{
    progress_show(what, done, 0);
}

static int run_keys(struct task *t, struct app *app, int argc, char **argv)
{
    enum err e = app_open(t, app, APP_NEEDS_STORE | APP_NEEDS_KEYS | APP_NEEDS_TENANT);

    if (!e)
        e = keys_command(t, argc, argv, stdout, show_rotation);
    progress_end();
    return e ? app_report(t, e) : 0;
}

static int run_erase(struct task *t, struct app *app, int argc, char **argv)
{
    enum err e = app_open(t, app, APP_NEEDS_STORE | APP_NEEDS_KEYS | APP_NEEDS_TENANT);

    if (!e)
        e = erase_command(t, argc, argv, stdout);
    return e ? app_report(t, e) : 0;
}

static enum err open_for_loading(struct task *t, void *arg)
{
    return app_open(t, arg, APP_NEEDS_STORE | APP_NEEDS_TENANT);
}

static int run_procedure(struct task *t, struct app *app, int argc, char **argv)
{
    struct procedure_streams streams = {stdout, stderr, open_for_loading, app};

    return procedure_command(t, argc, argv, &streams);
}

const struct command commands[] = {
    {"init", "make an installation, or one more tenant in it", command_init,
     "usage: yimen [--data DIR] init [--profile FILE] [--admin LOGIN] [--password WORD]\n\n"
     "Makes the data folder, settings, key file and database where they are missing, and the tenant\n"
     "of the profile: a YAML file, or one that the program brings along (minimal, lanjiang).\n"
     "  --admin LOGIN    the three administrators: LOGIN, LOGIN-security, LOGIN-audit\n"
     "  --password WORD  the same password for everybody, for trying out; else random ones\n"
     "  --no-laws        without the laws and answers that the program brings along\n"
     "Exit code 4: a tenant of this code is there already; nothing was changed.\n"},
    {"demo", "make an example city and serve it", command_demo,
     "usage: yimen --data DIR demo [--orders N] [--seed N] [--port N] [--no-serve]\n\n"
     "An invented city with three months of work in it, made by the engine itself.  A folder that\n"
     "has it already is served at once.\n"},
    {"simulate", "a year of a city on a virtual clock", command_simulate,
     "usage: yimen --data DIR simulate [--days N] [--seed N] [--matters N] [--begin DAY] [--faults]\n"
     "                               [--report FILE.xlsx]\n\n"
     "An invented city of 70 units and 327 people works through N days (365) by the engine itself;\n"
     "without --matters 1.5 million a year.  The same arguments end with the same digest.  Killed, it\n"
     "goes on where it was when it is started again with the same arguments.  The report is a table\n"
     "(DIR/simulate.xlsx) and a page beside it.\n"
     "  --faults  it kills itself, the disk fails and the clock jumps, at moments of the seed\n"},
    {"serve", "serve the pages and the API", command_serve,
     "usage: yimen [--data DIR] serve [--listen ADDRESS] [--port N]\n\n"
     "Serves until SIGINT or SIGTERM, then finishes what runs.  Settings: DIR/yimen.conf.\n"},
    {"verify", "check the invariants of every order", command_verify,
     "usage: yimen [--data DIR] verify [--whole] [--heads FILE]\n\n"
     "Reads every page of the database, follows every chain of events, compares the state with what\n"
     "they say, counts again, checks the signed seals, looks for every file that a row names.\n"
     "--whole also compares every index with its table and reads every file.  --heads compares with what `yimen export --heads FILE` wrote at another time: that\n"
     "also finds what was cut off at the end.  May run beside the server.\n"
     "Exit code 1 when something does not fit.\n"},
    {"rebuild", "make derived rows again from the events", command_rebuild,
     "usage: yimen [--data DIR] rebuild\n\n"
     "Order rows, duties and counters from the events, and the search indexes; nothing but derived\n"
     "data changes.\n"},
    {"backup", "a copy of data and files while the server runs", command_backup,
     "usage: yimen [--data DIR] backup FOLDER\n\n"
     "FOLDER must be new.  It gets the database, the sealed files, the settings and a manifest - never\n"
     "the key file: keep that elsewhere.  Without it nobody can read the copy, and neither can you.\n"},
    {"restore", "put a backup back into an empty data folder", command_restore,
     "usage: yimen --data NEWDIR restore FOLDER\n\n"
     "The key file must stand at its place first (NEWDIR.key, or the setting key_file).\n"
     "Checks the copy against its manifest; exit code 4 when the key is another one.\n"},
    {"rescue", "save what can be read of a damaged data folder", command_rescue,
     "usage: yimen --data NEWDIR rescue DIR\n\n"
     "Stop the server first; DIR is not touched.  Each table is read around the damaged places, rows\n"
     "on pages that no table reaches any more are found by themselves; files are copied.  Then the key\n"
     "file goes beside NEWDIR, `yimen verify --whole` says what is missing, `yimen rebuild` makes derived\n"
     "rows again.  SQLite only.  Exit code 1: something could not be read.\n"},
    {"import", "register orders from lines of JSON", command_import,
     "usage: yimen [--data DIR] import --as LOGIN FILE.jsonl\n\n"
     "Each line is what POST /api/v1/orders takes, with occurred_at for what happened earlier.  With\n"
     "`source` and `external` a line comes in once, for ever: a broken-off import is done again.\n"
     "Bad lines are told with their number and skipped; then the exit code is 2.  - reads from stdin.\n"},
    {"export", "orders, duties and events as lines of JSON", command_export,
     "usage: yimen [--data DIR] export [--as LOGIN --unmasked REASON] FILE.jsonl\n"
     "       yimen [--data DIR] export --heads FILE\n\n"
     "Names, numbers and phones are masked, unless a person with the right gives a reason: each look\n"
     "goes on record.  - writes to stdout.\n"
     "--heads writes all seals and the head of every order's chain, signed, without personal data: kept\n"
     "where nobody of this house writes, `yimen verify --heads FILE` compares with it.\n"},
    {"city", "move a whole city: export, import, show, forget", command_city, city_command_help},
    {"schema", "print the tables as statements for PostgreSQL or Citus", command_schema,
     schema_command_help},
    {"knowledge", "load laws, answers and cases; bring the search indexes up to them",
     command_knowledge, knowledge_command_help},
    {"ask", "answer a question from the law", command_ask, ask_command_help},
    {"user", "accounts: add, passwd, grant, suspend, list, totp, token", run_user,
     user_command_help},
    {"keys", "rotate keys, tell which key a backup needs", run_keys, keys_command_help},
    {"erase", "destroy the key of an order or a party", run_erase, erase_command_help},
    {"procedure", "check, draw and load procedures and the catalogue of matters", run_procedure,
     procedure_command_help},
    {"due", "by when, and why", run_due, NULL},
    {"matrix", "print who may call which route", run_matrix, "usage: yimen matrix\n"},
    {"conf", "print the settings with their defaults and meaning", run_conf, "usage: yimen conf\n"},
    {"version", "print the version", run_version, "usage: yimen version\n"},
    {NULL, NULL, NULL, NULL},
};
