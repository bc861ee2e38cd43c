#include "app.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "modules/notices/notices.h"
#include "modules/org/keys.h"
#include "modules/org/org.h"
#include "store/damage.h"

static char *path_join(const char *head, const char *tail)
{
    char *path;

    return asprintf(&path, "%s%s", head, tail) < 0 ? NULL : path;
}

/* The key file lies beside the data folder, never in it: a copy of the folder holds no key. */
static char *key_path(const struct app *app)
{
    size_t len = strlen(app->data);

    if (app->conf.key_file.len)
        return strndup(app->conf.key_file.at, app->conf.key_file.len);
    while (len > 1 && app->data[len - 1] == '/')
        len--;
    char *folder = strndup(app->data, len);
    char *path = folder ? path_join(folder, ".key") : NULL;
    free(folder);
    return path;
}

struct list app_migrations(struct task *t)
{
    struct list all = {0};

    for (const struct migration *m = office_migrations; m->module; m++)
        *(struct migration *)list_add(t, &all, sizeof *m) = *m;
    for (size_t i = 0; modules[i]; i++)
        for (const struct migration *m = modules[i]->migrations; m && m->module; m++)
            *(struct migration *)list_add(t, &all, sizeof *m) = *m;
    return all;
}

const struct route *const *app_routes(void)
{
    static const struct route *routes[64];
    size_t n = 0;

    for (size_t i = 0; modules[i] && n < 63; i++)
        if (modules[i]->routes)
            routes[n++] = modules[i]->routes;
    routes[n] = NULL;
    return routes;
}

enum err app_tenants(struct task *t, struct list *ret_ids)
{
    struct list tenants, ids = {0};
    enum err e = org_tenants(t, &tenants);

    if (e)
        return e;
    LIST_EACH (struct tenant, tenant, tenants) {
        *(int64_t *)list_add(t, &ids, sizeof(int64_t)) = tenant->id;
    }
    *ret_ids = ids;
    return OK;
}

static enum err choose_tenant(struct task *t, void *arg)
{
    const char *code = arg;
    struct tenant tenant;
    struct list ids;
    enum err e;

    if (code) {
        e = org_tenant_by_code(t, str_of(code), &tenant);
        if (e == ERR_NOT_FOUND)
            return task_fail(t, e, "没有代码为 %s 的平台", code);
        if (e == OK)
            t->tenant = tenant.id;
        return e;
    }
    e = app_tenants(t, &ids);
    if (e)
        return e;
    if (ids.count != 1)
        return task_fail(t, ERR_BAD_INPUT,
                         ids.count ? "有几个平台，请用 --tenant 代码 指明"
                                   : "还没有平台，请先 yimen init");
    t->tenant = *(int64_t *)ids.at;
    return OK;
}

enum err app_open_store(struct task *t, struct app *app, unsigned needs)
{
    struct store_options options = {
        .directory = app->data,
        .read_only = (needs & APP_READS_ONLY) != 0,
        .create = (needs & APP_MAKES_STORE) != 0,
        .url = app->url              ? app->url
               : app->conf.store.len ? str_terminated(t, app->conf.store)
                                     : NULL,
        .readers = (int)app->conf.store_readers,
        .writers = (int)app->conf.store_writers,
        .wal_pages = app->conf.wal_pages,
        .files = app->files ? app->files : str_terminated(t, app->conf.files),
        .reserve = app->conf.reserve_mib * 1024 * 1024,
        .s3_endpoint = str_terminated(t, app->conf.s3_endpoint),
        .s3_region = str_terminated(t, app->conf.s3_region),
        .s3_key = str_terminated(t, app->conf.s3_key),
        .s3_secret = str_terminated(t, app->conf.s3_secret),
    };

    /* Whoever opens it begins a new log, and what stands behind the damaged place is gone. */
    int64_t lost = options.url ? 0 : store_lost_commits(app->data);
    if (lost)
        return task_fail(t, ERR_STORE,
                         "数据库日志有一处损坏，其后 %lld 次提交读不出来；为了不丢掉它们没有打开，"
                         "请用 yimen --data 新目录 rescue %s 抢救",
                         (long long)lost, app->data);
    enum err e = store_open(t, &options, &app->store);

    if (e == ERR_NOT_FOUND) {
        task_clear_error(t);
        if (options.url)
            return task_fail(t, e, "PostgreSQL 里还没有 yimen 的数据库，请先运行 yimen init");
        return task_fail(t, e, "%s 里没有数据库，请先运行 yimen --data %s init", app->data,
                         app->data);
    }
    if (e)
        return e;
    t->store = app->store;
    app->setup.store = app->store;
    if (options.read_only)
        return OK;
    struct list migrations = app_migrations(t);
    return store_migrate(t, migrations.at, migrations.count);
}

enum err app_open(struct task *t, struct app *app, unsigned needs)
{
    char *default_conf = path_join(app->data, "/yimen.conf");
    enum err e = conf_load(t, app->conf_file ? app->conf_file : default_conf,
                           app->conf_file != NULL, &app->conf);

    free(default_conf);
    if (e)
        return e;
    log_set_level(app->conf.log_level);
    notices_set_address(app->conf.base_url);
    app->setup.conf = &app->conf;
    app->setup.data = app->data;
    app->key_file = key_path(app);
    if (needs & APP_NEEDS_KEYS) {
        e = keys_open(t, app->key_file);
        if (e == ERR_NOT_FOUND) {
            task_clear_error(t);
            return task_fail(t, e, "没有密钥文件 %s；没有它数据打不开", app->key_file);
        }
        if (e)
            return e;
        app->keys_open = true;
    }
    if (needs & (APP_NEEDS_STORE | APP_MAKES_STORE)) {
        e = app_open_store(t, app, needs);
        if (e)
            return e;
    }
    if (needs & APP_NEEDS_TENANT)
        return store_read(t, choose_tenant, (void *)(uintptr_t)app->tenant_code);
    return OK;
}

void app_close(struct app *app)
{
    if (app->store)
        store_close(app->store);
    if (app->keys_open)
        keys_close();
    free(app->key_file);
    app->store = NULL;
    app->keys_open = false;
    app->key_file = NULL;
}

int app_report(const struct task *t, enum err e)
{
    if (e == OK)
        return 0;
    if (t->note.len)
        fprintf(stderr, "yimen: %.*s\n", STR_ARG(t->note));
    else
        fprintf(stderr, "yimen: %s\n", err_sentence(e));
    for (const struct field_error *error = t->field_errors; error; error = error->next)
        fprintf(stderr, "  %.*s：%.*s\n", STR_ARG(error->field), STR_ARG(error->message));
    return err_exit_code(e);
}

void progress_show(const char *what, int64_t done, int64_t all)
{
    static int64_t last;
    enum { WIDTH = 30 };

    if (!isatty(STDERR_FILENO)) {
        if (done < last || done - last >= 10000)
            fprintf(stderr, "%s：%lld\n", what, (long long)done);
        last = done < last ? 0 : done - done % 10000;
        return;
    }
    int filled = all > 0 ? (int)(done * WIDTH / all) : 0;
    if (filled > WIDTH)
        filled = WIDTH;
    fprintf(stderr, "\r%s [%.*s%*s] %lld", what, filled, "##############################",
            WIDTH - filled, "", (long long)done);
    if (all)
        fprintf(stderr, "/%lld", (long long)all);
}

void progress_end(void)
{
    if (isatty(STDERR_FILENO))
        fputc('\n', stderr);
}
