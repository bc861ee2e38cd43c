/*
 * command_backup.c - `yimen backup DIR` and `yimen restore DIR`: a copy of the database taken while
 * the server runs, the sealed files, and a manifest.  Never the key file: the manifest names the
 * key that opens the copy.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "app.h"
#include "copy_folder.h"
#include "core/crypto.h"
#include "core/json.h"
#include "core/time.h"
#include "install.h"
#include "modules/orders/point.h"
#include "modules/org/keys.h"

static enum err fail_at(struct task *t, const char *what, const char *path)
{
    return task_fail(t, ERR_STORE, "%s %s：%s", what, path, strerror(errno));
}

static const char *path_of(struct task *t, const char *folder, const char *name)
{
    return str_terminated(t, str_format(t, "%s/%s", folder, name));
}

static enum err hash_file(struct task *t, const char *path, struct str *ret_hex)
{
    struct sha {
        unsigned char bytes[HASH_BYTES];
    } hash = {{0}};
    FILE *file = fopen(path, "rb");
    char *block = NEW(t, char, 1024 * 1024);
    size_t n;

    if (!file)
        return fail_at(t, "打不开", path);
    /* A chain over blocks of one megabyte: the file need not fit into memory. */
    while ((n = fread(block, 1, 1024 * 1024, file)) > 0) {
        struct str parts[] = {{(const char *)hash.bytes, sizeof hash.bytes}, {block, n}};

        crypto_digest(parts, 2, hash.bytes);
    }
    fclose(file);
    *ret_hex = str_hex(t, hash.bytes, sizeof hash.bytes);
    return OK;
}

/* --- Up to where the copy goes --- */

struct points {
    struct json *list;
};

static void add_point(struct task *t, struct json *list, int64_t tenant,
                      const struct order_point *point)
{
    struct json *item = json_object(t);

    json_put_id(t, item, "tenant", tenant);
    json_put_int(t, item, "events", point->events);
    if (point->at) {
        json_put_str(t, item, "newest_at", moment_rfc3339(t, point->at));
        json_put_str(t, item, "newest_order", point->no);
        json_put_int(t, item, "newest_event", point->seq);
    }
    json_append(list, item);
}

static enum err read_points(struct task *t, void *arg)
{
    struct points *points = arg;
    struct list ids;
    enum err e = app_tenants(t, &ids);

    points->list = json_list(t);
    if (e)
        return e;
    LIST_EACH (int64_t, id, ids) {
        struct order_point point;

        t->tenant = *id;
        e = orders_point(t, &point);
        if (e)
            return e;
        add_point(t, points->list, *id, &point);
    }
    return OK;
}

/* Read from the copy, which is of one moment. */
static enum err find_points(struct task *t, const char *folder, struct json **ret_points)
{
    struct store_options options = {.directory = folder, .read_only = true, .readers = 1};
    struct store *own = t->store, *copy;
    int64_t tenant = t->tenant;
    struct points points;
    enum err e = store_open(t, &options, &copy);

    if (e)
        return e;
    t->store = copy;
    e = store_read(t, read_points, &points);
    t->store = own;
    t->tenant = tenant;
    store_close(copy);
    *ret_points = points.list;
    return e;
}

static void print_points(const struct json *points)
{
    JSON_EACH (point, points) {
        struct str at = json_get_str(point, "newest_at"), no = json_get_str(point, "newest_order");

        printf("平台 %lld：到第 %lld 条留痕为止", (long long)json_get_id(point, "tenant"),
               (long long)json_get_int(point, "events"));
        if (at.len)
            printf("，最后一条是 %.*s 的工单 %.*s 第 %lld 条", STR_ARG(at), STR_ARG(no),
                   (long long)json_get_int(point, "newest_event"));
        printf("\n");
    }
}

static enum err write_manifest(struct task *t, const char *folder, struct json *points)
{
    struct json *manifest = json_object(t);
    struct str hash, text;
    const char *path = path_of(t, folder, "manifest.json");
    enum err e = hash_file(t, path_of(t, folder, "yimen.db"), &hash);

    if (e)
        return e;
    json_put_str(t, manifest, "program", S("yimen " YIMEN_VERSION));
    json_put_str(t, manifest, "taken_at", moment_rfc3339(t, t->now));
    json_put_str(t, manifest, "key", keys_name(t));
    json_put_str(t, manifest, "database", hash);
    json_put(t, manifest, S("points"), points);
    text = json_text(t, manifest);
    FILE *file = fopen(path, "wx");
    bool fine = file && fwrite(text.at, 1, text.len, file) == text.len && !fflush(file) &&
                !fsync(fileno(file));
    e = fine ? OK : fail_at(t, "写不了", path);
    if (file && fclose(file) && !e)
        e = fail_at(t, "写不了", path);
    return e;
}

static void show_pages(int64_t done, int64_t all)
{
    progress_show("数据库", done, all);
}

/* Where the sealed files lie, when that is a folder; NULL: in a bucket, which has copies of its own
 * ways. */
static const char *files_folder(struct task *t, const struct app *app)
{
    const char *place = app->files ? app->files : str_terminated(t, app->conf.files);

    if (!*place)
        return path_of(t, app->data, "blobs");
    return strncmp(place, "s3://", 5) ? place : NULL;
}

static enum err take_backup(struct task *t, struct app *app, const char *folder,
                            struct json **ret_points)
{
    enum err e = app_open(t, app, APP_NEEDS_STORE | APP_NEEDS_KEYS);

    if (e)
        return e;
    if (mkdir(folder, 0700))
        return fail_at(t, "备份要放进一个新文件夹，建不了", folder);
    /* Rows first: a file is stored before the row that names it, and stays for a day after nothing
     * does (office/sweep.h), so every file that the copied rows name is still there when files are
     * copied. */
    e = store_backup(t, path_of(t, folder, "yimen.db"), show_pages);
    if (e)
        return e;
    progress_end();
    const char *files = files_folder(t, app);
    if (files)
        e = copy_folder(t, files, path_of(t, folder, "blobs"), NULL);
    else
        fprintf(stderr, "附件和文书在 S3 上，不在这份备份里；请用存储桶自己的版本或复制功能保留\n");
    if (!e)
        e = find_points(t, folder, ret_points);
    if (e)
        return e;
    const char *conf = app->conf_file ? app->conf_file : path_of(t, app->data, "yimen.conf");
    if (!access(conf, R_OK))
        e = copy_file(t, conf, path_of(t, folder, "yimen.conf"));
    if (!e)
        e = write_manifest(t, folder, *ret_points);
    if (!e)
        e = sync_folder(t, folder);
    return e ? e : sync_folder(t, path_of(t, folder, ".."));
}

int command_backup(struct task *t, struct app *app, int argc, char **argv)
{
    if (argc != 2) {
        fprintf(stderr, "usage: yimen [--data DIR] backup FOLDER\n");
        return 2;
    }
    struct json *points = NULL;
    enum err e = take_backup(t, app, argv[1], &points);
    if (e)
        return app_report(t, e);
    progress_end();
    printf("已备份到 %s；恢复时要用密钥 %.*s（%s，请另行保管）\n", argv[1], STR_ARG(keys_name(t)),
           app->key_file);
    printf("备份开始于 %.*s，此前办成的事都在里面\n", STR_ARG(moment_rfc3339(t, t->now)));
    print_points(points);
    return 0;
}

static enum err check_manifest(struct task *t, const char *folder, struct json **ret_manifest)
{
    struct str text, hash;
    struct json *manifest = NULL;
    enum err e = read_whole_file(t, path_of(t, folder, "manifest.json"), 64 * 1024, &text);

    if (e)
        return task_fail(t, e, "%s 不是备份：没有 manifest.json", folder);
    e = json_parse(t, text, &manifest);
    if (e)
        return e;
    *ret_manifest = manifest;
    return OK == hash_file(t, path_of(t, folder, "yimen.db"), &hash) &&
                   str_eq(hash, json_get_str(manifest, "database"))
               ? OK
               : task_fail(t, ERR_STORE, "备份的数据库与清单不符，不能恢复");
}

/* The key must be there first: its suite decides the hash, and without it nothing can be opened. */
static enum err put_back(struct task *t, struct app *app, const char *folder,
                         struct json **ret_manifest)
{
    enum err e = app_open(t, app, APP_NEEDS_KEYS);

    if (e)
        return e;
    e = check_manifest(t, folder, ret_manifest);
    if (e)
        return e;
    struct str key = json_get_str(*ret_manifest, "key");
    if (!keys_knows(key))
        return task_fail(t, ERR_FORBIDDEN, "这份备份要用密钥 %.*s，%s 里没有", STR_ARG(key),
                         app->key_file);
    if (mkdir(app->data, 0700) && errno != EEXIST)
        return fail_at(t, "建不了", app->data);
    if (!access(path_of(t, app->data, "yimen.db"), F_OK))
        return task_fail(t, ERR_CONFLICT, "%s 里已有数据库，请恢复到空的文件夹", app->data);
    const char *files = files_folder(t, app);
    e = files ? copy_folder(t, path_of(t, folder, "blobs"), files, NULL) : OK;
    if (!e && !access(path_of(t, folder, "yimen.conf"), R_OK) &&
        access(path_of(t, app->data, "yimen.conf"), F_OK))
        e = copy_file(t, path_of(t, folder, "yimen.conf"), path_of(t, app->data, "yimen.conf"));
    /* The database last and under its name only as a whole: a restore that was broken off leaves
     * none, and can be done again elsewhere. */
    const char *part = path_of(t, app->data, "yimen.db.part");
    if (!e)
        e = copy_file(t, path_of(t, folder, "yimen.db"), part);
    if (!e && rename(part, path_of(t, app->data, "yimen.db")))
        e = fail_at(t, "不能给数据库改名", part);
    return e ? e : sync_folder(t, app->data);
}

int command_restore(struct task *t, struct app *app, int argc, char **argv)
{
    if (argc != 2) {
        fprintf(stderr, "usage: yimen --data NEWDIR restore FOLDER\n");
        return 2;
    }
    struct json *manifest = NULL;
    enum err e = put_back(t, app, argv[1], &manifest);
    if (e)
        return app_report(t, e);
    progress_end();
    printf("已恢复到 %s：这是 %.*s 的备份；请运行 yimen --data %s verify 核对\n", app->data,
           STR_ARG(json_get_str(manifest, "taken_at")), app->data);
    print_points(json_get(manifest, "points"));
    return 0;
}
