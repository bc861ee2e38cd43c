/*
 * app.h - an installation opened: settings, key file, store; and the list of modules.
 */
#ifndef APP_H
#define APP_H

#include "core/conf.h"
#include "core/task.h"
#include "modules/module.h"
#include "modules/setup.h"

extern const struct module *const modules[]; /* in order, ended by NULL */

struct app {
    struct setup setup;
    struct conf conf;
    const char *data, *conf_file, *tenant_code; /* from the command line; tenant_code may be NULL */
    const char *url;                            /* the same; NULL: what the settings say */
    const char *files;                          /* --files: instead of the setting; NULL: none */
    char *key_file;
    struct store *store;
    bool keys_open;
};

enum app_need {
    APP_NEEDS_STORE = 1, /* the database must be there and up to date */
    APP_MAKES_STORE = 2, /* init: make it */
    APP_READS_ONLY = 4,
    APP_NEEDS_KEYS = 8,
    APP_NEEDS_TENANT = 16 /* sets t->tenant: the one named, or the only one */
};

/* Everything is closed by app_close(), also after a failure. */
MUST_USE enum err app_open(struct task *t, struct app *app, unsigned needs);
/* Only the store, with what the settings say of it; a part of app_open(). */
MUST_USE enum err app_open_store(struct task *t, struct app *app, unsigned needs);
void app_close(struct app *app);
/* All migrations in order, into the arena. */
struct list app_migrations(struct task *t);                          /* struct migration */
const struct route *const *app_routes(void);                         /* ended by NULL */
MUST_USE enum err app_tenants(struct task *t, struct list *ret_ids); /* inside store_read() */

struct site;
struct site *app_site(struct app *app, char **ret_why); /* NULL: *ret_why is malloc'ed */
/* What modules tell each other against their order, once at start. */
void app_wire(void);
const struct job *app_jobs(void); /* of all modules, ended by a NULL name */

/* Words a command ends with: prints the note and all field errors to stderr, gives the exit code.
 */
int app_report(const struct task *t, enum err e);

/* A progress bar on stderr when it is a terminal; a line now and then when it is not. */
void progress_show(const char *what, int64_t done, int64_t all); /* all 0: unknown */
void progress_end(void);

/* --- Commands: each prints its own --help --- */

struct command {
    const char *name, *summary;
    int (*run)(struct task *t, struct app *app, int argc, char **argv);
    const char *help;
};
extern const struct command commands[]; /* ended by a NULL name */

int command_init(struct task *t, struct app *app, int argc, char **argv);
int command_demo(struct task *t, struct app *app, int argc, char **argv);
int command_simulate(struct task *t, struct app *app, int argc, char **argv);
int command_serve(struct task *t, struct app *app, int argc, char **argv);
int command_verify(struct task *t, struct app *app, int argc, char **argv);
int command_rebuild(struct task *t, struct app *app, int argc, char **argv);
int command_backup(struct task *t, struct app *app, int argc, char **argv);
int command_restore(struct task *t, struct app *app, int argc, char **argv);
int command_rescue(struct task *t, struct app *app, int argc, char **argv);
int command_import(struct task *t, struct app *app, int argc, char **argv);
int command_export(struct task *t, struct app *app, int argc, char **argv);
int command_city(struct task *t, struct app *app, int argc, char **argv);
int command_schema(struct task *t, struct app *app, int argc, char **argv);
extern const char city_command_help[], schema_command_help[];

#endif
