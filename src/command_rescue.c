/*
 * command_rescue.c - `yimen rescue DIR`: what a damaged disk left of an installation, in a new
 * folder.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "app.h"
#include "copy_folder.h"
#include "store/damage.h"

static enum err rescue(struct task *t, struct app *app, const char *from, struct list *ret_tables)
{
    const char *conf = str_terminated(t, str_format(t, "%s/yimen.conf", from));
    const char *database = str_terminated(t, str_format(t, "%s/yimen.db", app->data));
    enum err e;

    if (app->url && *app->url)
        return task_fail(t, ERR_BAD_INPUT, "PostgreSQL 的数据请用它自己的工具恢复");
    if (!access(database, F_OK))
        return task_fail(t, ERR_CONFLICT, "%s 里已有数据库，请抢救到空的文件夹", app->data);
    if (mkdir(app->data, 0700) && errno != EEXIST)
        return task_fail(t, ERR_STORE, "建不了 %s：%s", app->data, strerror(errno));
    if (!access(conf, R_OK))
        (void)!copy_file(t, conf, str_terminated(t, str_format(t, "%s/yimen.conf", app->data)));
    task_clear_error(t);
    e = app_open(t, app, APP_MAKES_STORE);
    if (!e)
        e = store_rescue(t, from, progress_show, ret_tables);
    progress_end();
    return e;
}

static bool print_tables(const struct list *tables)
{
    int64_t rows = 0, unplaced = 0;
    bool whole = true;

    LIST_EACH (const struct saved_table, table, *tables) {
        rows += table->rows;
        unplaced += table->unplaced;
        if (!table->gaps)
            continue;
        whole = false;
        printf("  表 %.*s：%lld 处读不出来，救出 %lld 行", STR_ARG(table->table),
               (long long)table->gaps, (long long)table->rows);
        if (table->by_page)
            printf("（其中 %lld 行从散页中找回）", (long long)table->by_page);
        printf("\n");
    }
    if (unplaced)
        printf("  另有 %lld 行分不清属于哪张表，没有放回\n", (long long)unplaced);
    printf("共救出 %lld 行%s\n", (long long)rows, whole ? "，没有读不出来的地方" : "");
    return whole;
}

int command_rescue(struct task *t, struct app *app, int argc, char **argv)
{
    struct list tables = {0};

    if (argc != 2) {
        fprintf(stderr, "usage: yimen --data NEWDIR rescue DIR\n");
        return 2;
    }
    int64_t lost = store_lost_commits(argv[1]), failed = 0;
    enum err e = rescue(t, app, argv[1], &tables);
    if (e)
        return app_report(t, e);
    bool whole = print_tables(&tables);
    if (lost)
        printf("数据库日志有一处损坏，其后 %lld 次提交按页接上，损坏处的除外\n", (long long)lost);
    e = copy_folder(t, str_terminated(t, str_format(t, "%s/blobs", argv[1])),
                    str_terminated(t, str_format(t, "%s/blobs", app->data)), &failed);
    progress_end();
    if (e)
        return app_report(t, e);
    if (failed)
        printf("文件有 %lld 个复制不出来\n", (long long)failed);
    printf("请把密钥文件放到 %s，再运行 yimen --data %s verify --whole，它会指出少了什么；"
           "由留痕推出的行用 yimen --data %s rebuild 重建\n",
           app->key_file, app->data, app->data);
    return whole && !lost && !failed ? 0 : 1;
}
