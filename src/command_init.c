/*
 * command_init.c - `yimen init`: an installation and its first tenant, or one more tenant in it.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "app.h"
#include "install.h"
#include "modules/knowledge/knowledge.h"
#include "modules/org/keys.h"

enum { CONF_EXAMPLE_MOST = 64 * 1024 };

/* The folder and those above it that are missing; only the owner may look into the last. */
static enum err make_folder(struct task *t, const char *path)
{
    char *part = str_terminated(t, str_of(path));

    for (char *slash = strchr(part + 1, '/'); slash; slash = strchr(slash + 1, '/')) {
        *slash = '\0';
        if (mkdir(part, 0755) && errno != EEXIST)
            return task_fail(t, ERR_STORE, "不能建文件夹 %s：%s", part, strerror(errno));
        *slash = '/';
    }
    if (mkdir(path, 0700) && errno != EEXIST)
        return task_fail(t, ERR_STORE, "不能建文件夹 %s：%s", path, strerror(errno));
    return OK;
}

/* All settings with their defaults, as comments: what an administrator edits; and where the
 * database is, so that the next command finds it. */
static enum err write_conf(struct task *t, const struct app *app, const char *path)
{
    struct buf b = buf_new(t, CONF_EXAMPLE_MOST);
    int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);

    if (fd < 0)
        return errno == EEXIST ? OK
                               : task_fail(t, ERR_STORE, "不能写 %s：%s", path, strerror(errno));
    conf_write_example(&b);
    if (app->url)
        buf_format(&b, "\nstore = %s\n", app->url);
    struct str text = buf_str(&b);
    bool written = write(fd, text.at, text.len) == (ssize_t)text.len;
    close(fd);
    if (written)
        return OK;
    unlink(path);
    return task_fail(t, ERR_STORE, "不能写 %s，请检查磁盘空间", path);
}

static enum err read_cities(struct task *t, void *arg)
{
    return app_tenants(t, arg);
}

/* One with a city in it.  Bare tables (`yimen schema`) hold nothing that a key has sealed. */
static bool database_there(struct task *t, struct app *app)
{
    struct list cities;
    enum err e = app_open_store(t, app, APP_READS_ONLY);
    bool there = e == OK;

    if (there && !store_read(t, read_cities, &cities))
        there = cities.count > 0;

    task_clear_error(t);
    store_close(app->store);
    t->store = app->store = NULL;
    return there;
}

static enum err make_key(struct task *t, struct app *app)
{
    if (!access(app->key_file, F_OK))
        return OK;
    if (database_there(t, app))
        return task_fail(t, ERR_CONFLICT,
                         "已有数据库（%s），但没有它的密钥文件 %s；请找回密钥文件，不能另造一个",
                         app->data, app->key_file);
    return keys_make_file(t, app->key_file, app->conf.suite);
}

enum err install_folder(struct task *t, struct app *app)
{
    enum err e = make_folder(t, app->data);

    if (!e && !app->conf_file)
        e = write_conf(t, app, str_terminated(t, str_format(t, "%s/yimen.conf", app->data)));
    /* Opened with nothing first: the settings say where the key file lies. */
    if (!e)
        e = app_open(t, app, 0);
    if (!e)
        e = make_key(t, app);
    app_close(app);
    return e ? e : app_open(t, app, APP_MAKES_STORE | APP_NEEDS_KEYS);
}

struct str sign_ins_text(struct task *t, const struct list *sign_ins, size_t most)
{
    struct buf b = buf_new(t, CONF_EXAMPLE_MOST);
    size_t n = 0;

    buf_add(&b, S("登录名         密码                   姓名，岗位\n"));
    LIST_EACH (struct sign_in, person, *sign_ins) {
        if (n++ == most)
            break;
        buf_format(&b, "%-14.*s %-22.*s %.*s，%.*s\n", STR_ARG(person->login),
                   STR_ARG(person->password), STR_ARG(person->name), STR_ARG(person->posts));
    }
    return buf_str(&b);
}

enum err install_knowledge(struct task *t, const struct app *app)
{
    struct knowledge_load load = {.errors = stderr, .progress = progress_show};
    struct knowledge_loaded loaded;
    enum err e = knowledge_load_shipped(t, &load, &loaded);

    progress_end();
    if (!e)
        e = knowledge_follow(t, app->data, progress_show);
    progress_end();
    knowledge_close();
    return e;
}

static enum err init(struct task *t, struct app *app, const char *profile_name, bool laws,
                     struct install_options *options)
{
    struct list faults = {0}, sign_ins;
    enum err e = profile_read_file(t, profile_name, &options->profile, &faults);

    if (!e)
        e = install_folder(t, app);
    if (!e)
        e = install_tenant(t, options, &sign_ins, &faults);
    print_faults(&faults);
    if (!e && laws)
        e = install_knowledge(t, app);
    if (e)
        return e;
    printf("%s：平台 %.*s（%.*s）已建好。密钥文件：%s（请另行妥善保管，备份里没有它）\n", app->data,
           STR_ARG(profile_code(options->profile)), STR_ARG(profile_name_of(options->profile)),
           app->key_file);
    printf("\n%.*s", STR_ARG(sign_ins_text(t, &sign_ins, sign_ins.count)));
    if (!options->password.len)
        printf("\n密码只在这里显示一次，第一次登录时须改。\n");
    return OK;
}

int command_init(struct task *t, struct app *app, int argc, char **argv)
{
    struct install_options options = {0};
    const char *profile = "minimal";
    bool laws = true;

    for (int i = 1; i < argc; i++) {
        bool more = i + 1 < argc;

        if (more && !strcmp(argv[i], "--profile")) {
            profile = argv[++i];
        } else if (more && !strcmp(argv[i], "--admin")) {
            options.admin = str_of(argv[++i]);
        } else if (more && !strcmp(argv[i], "--password")) {
            options.password = str_of(argv[++i]);
        } else if (!strcmp(argv[i], "--no-laws")) {
            laws = false;
        } else {
            fprintf(stderr, "yimen init: %s?\n", argv[i]);
            return 2;
        }
    }
    return app_report(t, init(t, app, profile, laws, &options));
}
