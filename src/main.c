/*
 * main.c - the command line: `yimen [--data DIR] [--store URL] [--files PLACE] [--conf FILE]
 * [--tenant CODE] COMMAND
 * ...`.
 */
#include <locale.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "app.h"
#include "core/time.h"
#include "modules/notices/notices.h"

static void usage(FILE *out)
{
    fprintf(
        out,
        "usage: yimen [--data DIR] [--store URL] [--files PLACE] [--conf FILE] [--tenant CODE] COMMAND [ARGUMENT...]\n\n"
        "One door: a city's public legal service, in one program.\n\nCommands:\n");
    for (const struct command *command = commands; command->name; command++)
        fprintf(out, "  %-10s %s\n", command->name, command->summary);
    fprintf(
        out,
        "\nOptions:\n"
        "  --data DIR     the data folder (default: $YIMEN_DATA, else /var/lib/yimen)\n"
        "  --store URL    postgresql://USER@HOST/DATABASE instead of SQLite in the data folder\n"
        "                 (default: $YIMEN_STORE, else `store` in the settings)\n"
        "  --files PLACE  a folder or s3://BUCKET/PREFIX for sealed files (default: `files` in the\n"
        "                 settings, else blobs/ in the data folder)\n"
        "  --conf FILE    the settings (default: DIR/yimen.conf)\n"
        "  --tenant CODE  which tenant, where there are several\n"
        "  --help         this page; `yimen COMMAND --help` tells more\n\n"
        "Exit codes: 0 done, 1 failed, 2 wrong usage or input, 3 not found, 4 refused, 5 try again.\n");
}

/* Everybody on the host can list processes and what they were started with: a password in the
 * address of the database does not stay there.  The address itself is kept for the whole run. */
static const char *without_password(char *url)
{
    static char *whole;
    char *at = strchr(url, '@'), *user = strstr(url, "://");
    char *colon = user && at > user ? memchr(user + 3, ':', (size_t)(at - user - 3)) : NULL;

    free(whole); /* of the same option, given before */
    whole = strdup(url);
    if (whole && colon)
        memset(colon + 1, '*', (size_t)(at - colon - 1));
    return whole ? whole : url;
}

static const struct command *find_command(const char *name)
{
    for (const struct command *command = commands; command->name; command++)
        if (!strcmp(command->name, name))
            return command;
    return NULL;
}

struct invocation {
    const struct command *command;
    struct app *app;
    int argc;
    char **argv;
    int code;
};

static enum err invoke(struct task *t, void *arg)
{
    struct invocation *i = arg;

    i->code = i->command->run(t, i->app, i->argc, i->argv);
    return OK;
}

static int run(const struct command *command, struct app *app, int argc, char **argv)
{
    struct invocation i = {command, app, argc, argv, 1};
    struct task t;

    if (argc > 1 && (!strcmp(argv[1], "--help") || !strcmp(argv[1], "-h")) && command->help) {
        fputs(command->help, stdout);
        return 0;
    }
    task_begin(&t, NULL, time_now(), (size_t)4 * TASK_BUDGET);
    enum err e = task_protect(&t, invoke, &i);
    if (e)
        i.code = app_report(&t, e);
    app_close(app);
    task_end(&t);
    return i.code;
}

int main(int argc, char **argv)
{
    const char *data = getenv("YIMEN_DATA");
    struct app app = {.data = data ? data : "/var/lib/yimen"};
    int at = 1;

    setlocale(LC_CTYPE, "C.UTF-8");
    /* Whatever a command writes - rows, copies, exports - is for the account that runs it. */
    umask(077);
    if (argc == 2 &&
        !strcmp(argv[1], "draw-papers")) /* the server's own child, no command for people */
        return paper_draw_on_request();
    while (at < argc && argv[at][0] == '-') {
        const char **into = !strcmp(argv[at], "--data")     ? &app.data
                            : !strcmp(argv[at], "--store")  ? &app.url
                            : !strcmp(argv[at], "--files")  ? &app.files
                            : !strcmp(argv[at], "--conf")   ? &app.conf_file
                            : !strcmp(argv[at], "--tenant") ? &app.tenant_code
                                                            : NULL;

        if (!strcmp(argv[at], "--help") || !strcmp(argv[at], "-h")) {
            usage(stdout);
            return 0;
        }
        if (!strcmp(argv[at], "--version"))
            return run(find_command("version"), &app, 1, argv + at);
        if (!into || at + 1 == argc) {
            fprintf(stderr, "yimen: %s: unknown option, or its value is missing\n", argv[at]);
            usage(stderr);
            return 2;
        }
        *into = into == &app.url ? without_password(argv[at + 1]) : argv[at + 1];
        at += 2;
    }
    if (at == argc) {
        usage(stderr);
        return 2;
    }
    const struct command *command = find_command(argv[at]);
    if (!command) {
        fprintf(stderr, "yimen: no command '%s'\n", argv[at]);
        usage(stderr);
        return 2;
    }
    app_wire();
    return run(command, &app, argc - at, argv + at);
}
