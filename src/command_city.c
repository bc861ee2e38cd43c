/*
 * command_city.c - `yimen city export | import | show | forget`: a whole city as one file.
 */
#include <stdio.h>
#include <string.h>

#include "app.h"
#include "city/city.h"
#include "install.h"
#include "modules/knowledge/knowledge.h"

const char city_command_help[] =
    "usage: yimen [--data DIR] [--tenant CODE] city export FILE\n"
    "       yimen [--data DIR] city import [--key KEYFILE] FILE\n"
    "       yimen city show FILE\n"
    "       yimen [--data DIR] city forget CODE\n\n"
    "export  everything of one city, rows and sealed files, into a new file: from one moment, while\n"
    "        the server runs.  For a move, stop the server first: what comes later is not in it.\n"
    "import  checks the whole file, then takes the city in; nobody sees it before it is complete.\n"
    "        Broken off, the same command goes on where it stopped.  The other installation's key\n"
    "        file must be this one's, or be named: --key.  Then `yimen verify`.\n"
    "show    checks the whole file and says what it holds.\n"
    "forget  takes away what a broken-off import has left.\n\n"
    "The same city gives the same file, byte for byte, from SQLite and from PostgreSQL.\n"
    "Exit code 2: the file is damaged, or of another version; 4: the city is here already, or the\n"
    "key is missing.\n";

static int bad_usage(void)
{
    fputs(city_command_help, stderr);
    return 2;
}

static void say(const char *done, const char *file, const struct city_figures *f)
{
    progress_end();
    printf("%s %s：%.*s（%.*s），%lld 行，%lld 个文件，散列 %.*s\n", done, file, STR_ARG(f->code),
           STR_ARG(f->name), (long long)f->rows, (long long)f->blobs, STR_ARG(f->hash));
}

static int export_city(struct task *t, struct app *app, struct city_options *options)
{
    struct city_figures figures;
    enum err e = app_open(t, app, APP_NEEDS_STORE | APP_NEEDS_KEYS | APP_NEEDS_TENANT);

    if (!e)
        e = city_export(t, options, &figures);
    if (e)
        return app_report(t, e);
    say("已导出到", options->file, &figures);
    return 0;
}

static enum err read_cities(struct task *t, void *arg)
{
    return app_tenants(t, arg);
}

/* The folder may be new.  With --key it gets a key file of its own; else the other one must stand
 * at its place already. */
static int import_city(struct task *t, struct app *app, struct city_options *options)
{
    struct city_figures figures;
    struct list before = {0};
    enum err e = options->key_file ? install_folder(t, app)
                                   : app_open(t, app, APP_MAKES_STORE | APP_NEEDS_KEYS);

    if (!e)
        e = store_read(t, read_cities, &before);
    if (!e)
        e = city_import(t, options, &figures);
    if (e)
        return app_report(t, e);
    say("已导入", options->file, &figures);
    if (figures.resumed)
        printf("其中 %lld 行是上次中断前导入的\n", (long long)figures.resumed);
    /* What `yimen init` gives a new installation. */
    if (!before.count)
        e = install_knowledge(t, app);
    if (!e)
        e = knowledge_rebuild(t, app->data, progress_show);
    progress_end();
    knowledge_close();
    if (e)
        return app_report(t, e);
    printf("请运行 yimen --data %s verify 核对\n", app->data);
    return 0;
}

static int show_city(struct task *t, struct city_options *options)
{
    struct city_figures figures;
    enum err e = city_look(t, options, &figures);

    if (e)
        return app_report(t, e);
    say("完好", options->file, &figures);
    return 0;
}

static int forget_city(struct task *t, struct app *app, const char *code)
{
    enum err e = app_open(t, app, APP_NEEDS_STORE | APP_NEEDS_KEYS);

    if (!e)
        e = city_forget_import(t, str_of(code), progress_show);
    if (e)
        return app_report(t, e);
    progress_end();
    printf("%s：未完成的导入已清除\n", code);
    return 0;
}

int command_city(struct task *t, struct app *app, int argc, char **argv)
{
    struct list migrations = app_migrations(t);
    struct city_options options = {.migrations = &migrations, .progress = progress_show};

    if (argc == 5 && !strcmp(argv[1], "import") && !strcmp(argv[2], "--key")) {
        options.key_file = argv[3];
        options.file = argv[4];
        return import_city(t, app, &options);
    }
    if (argc != 3 || argv[2][0] == '-')
        return bad_usage();
    options.file = argv[2];
    if (!strcmp(argv[1], "export"))
        return export_city(t, app, &options);
    if (!strcmp(argv[1], "import"))
        return import_city(t, app, &options);
    if (!strcmp(argv[1], "show"))
        return show_city(t, &options);
    if (!strcmp(argv[1], "forget"))
        return forget_city(t, app, argv[2]);
    return bad_usage();
}
