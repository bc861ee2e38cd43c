#include "store/store.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/log.h"
#include "store/committed.h"
#include "store/store_private.h"

static const struct trouble no_trouble = {OK, NULL};

static struct trouble no_folder(void)
{
    return (struct trouble){ERR_STORE,
                            "不能在数据目录中建立文件；请检查目录是否存在、权限和磁盘空间。"};
}

/* Make the folder and an empty database that only its owner may read. */
static struct trouble create_files(const struct store *store, bool create)
{
    if (!access(store->database, F_OK))
        return no_trouble;
    if (!create)
        return (struct trouble){ERR_NOT_FOUND, "这里还没有数据库；请先运行 yimen init。"};
    if (mkdir(store->directory, 0700) && errno != EEXIST)
        return no_folder();
    int file = open(store->database, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    if (file < 0)
        return no_folder();
    close(file);
    return no_trouble;
}

/*
 * Several processes may work on one data folder (a server and a command).  Each holds the lock on
 * one byte of a file while it lives; the number of that byte makes its ids differ from the others'.
 */
static struct trouble take_server_number(struct store *store)
{
    char *path;

    if (asprintf(&path, "%s/yimen.lock", store->directory) < 0)
        return no_folder();
    store->lock_file = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    free(path);
    if (store->lock_file < 0)
        return no_folder();
    for (int i = 0; i < 256; i++) {
        struct flock lock = {.l_type = F_WRLCK, .l_whence = SEEK_SET, .l_start = i, .l_len = 1};
        if (!fcntl(store->lock_file, F_OFD_SETLK, &lock)) {
            store->server = i;
            return no_trouble;
        }
    }
    return (struct trouble){ERR_BUSY, "同时使用这个数据目录的程序太多；请关闭一些再试。"};
}

static struct trouble open_readers(struct store *store, int count)
{
    if (count <= 0)
        count = READERS_DEFAULT;
    for (int i = 0; i < count && i < READERS_MAX; i++) {
        struct connection *reader;
        struct trouble trouble = sqlite_open(store->database, CONNECTION_READER, &reader);

        if (trouble.err)
            return trouble;
        connections_add(&store->readers, reader);
    }
    return no_trouble;
}

static struct trouble start_sqlite(struct store *store, const struct store_options *options)
{
    struct trouble trouble = create_files(store, options->create && !options->read_only);

    if (!trouble.err && !options->read_only)
        trouble = take_server_number(store);
    /* The writer first: it makes the log. */
    if (!trouble.err && !options->read_only)
        trouble = writer_start(store);
    if (!trouble.err && !options->read_only)
        trouble = checkpointer_start(store);
    if (!trouble.err)
        trouble = open_readers(store, options->readers);
    return trouble;
}

/* Files stay in the folder whatever the database. */
static struct trouble start_pg(struct store *store, const struct store_options *options)
{
    if (options->create && mkdir(store->directory, 0700) && errno != EEXIST)
        return no_folder();
    return pg_store_start(store, options);
}

static bool name_places(struct store *store, const struct store_options *options)
{
    store->directory = strdup(options->directory);
    if (options->url && *options->url && !(store->url = strdup(options->url)))
        return false;
    if (asprintf(&store->database, "%s/yimen.db", options->directory) < 0)
        store->database = NULL;
    return store->directory && store->database;
}

enum err store_open(struct task *t, const struct store_options *options, struct store **ret_store)
{
    struct store *store = calloc(1, sizeof *store);

    if (!store)
        return task_fail(t, ERR_STORE, "%s", err_sentence(ERR_STORE));
    pthread_mutex_init(&store->id_lock, NULL);
    connections_start(&store->readers);
    connections_start(&store->pg_writers);
    store->lock_file = -1;
    store->board = board_make();
    store->read_only = options->read_only;
    store->log_limit = options->wal_pages > 0 ? options->wal_pages : LOG_PAGES_DEFAULT;
    if (!store->board || !name_places(store, options)) {
        store_close(store);
        return task_fail(t, ERR_STORE, "%s", err_sentence(ERR_STORE));
    }
    struct trouble trouble = files_open(store, options);
    if (!trouble.err)
        trouble = store->url ? start_pg(store, options) : start_sqlite(store, options);
    if (trouble.err) {
        store_close(store);
        return task_fail(t, trouble.err, "%s", trouble.note);
    }
    *ret_store = store;
    return OK;
}

void store_close(struct store *store)
{
    if (!store)
        return;
    checkpointer_stop(store);
    connections_close(&store->readers);
    connections_close(&store->pg_writers);
    writer_stop(store);
    pg_store_stop(store);
    if (store->lock_file >= 0)
        close(store->lock_file);
    board_free(store->board);
    files_close(store);
    free(store->database);
    free(store->url);
    free(store->directory);
    free(store);
}

enum err reader_run(struct task *t, store_fn *fn, void *arg, struct ahead *ahead)
{
    struct connections *readers = &t->store->readers;
    struct connection *connection = connections_take(readers);
    struct store_txn txn = {.connection = connection, .writing = ahead, .ahead = ahead};

    /* Before the snapshot is taken: it holds at least that. */
    if (ahead)
        ahead->since = atomic_load(&t->store->writer.changes.committed);
    struct trouble trouble = connection_do(connection, BEGIN_READ);
    enum err e = OK;

    if (!trouble.err) {
        t->txn = &txn;
        /* Protected, so that a jump for want of memory gives the connection back. */
        e = task_protect(t, fn, arg);
        t->txn = NULL;
        connection_settle(connection);
        if (connection_in_transaction(connection))
            (void)connection_do(connection, ROLLBACK);
    }
    connections_give_back(readers, connection);
    return trouble.err ? task_fail(t, trouble.err, "%s", trouble.note) : e;
}

enum err store_read(struct task *t, store_fn *fn, void *arg)
{
    if (t->txn)
        return fn(t, arg);
    if (guard_passed())
        return guard_fail(t);
    return t->store->url ? pg_read(t, fn, arg) : reader_run(t, fn, arg, NULL);
}

static _Thread_local int64_t committed;

int64_t store_committed(void)
{
    return committed;
}

enum way { ALONE, BESIDE, AHEAD };

static enum err write_somehow(struct task *t, store_fn *fn, void *arg, enum way way)
{
    if (t->read_only)
        return task_fail(t, ERR_INTERNAL, "程序有误：查看时要写入");
    if (t->txn && t->txn->writing)
        return fn(t, arg);
    if (t->txn)
        return task_fail(t, ERR_INTERNAL, "程序有误：在只读之中要写入");
    if (t->store->read_only)
        return task_fail(t, ERR_STORE, "数据库是以只读方式打开的，不能保存。");
    if (guard_passed())
        return guard_fail(t);
    struct told told = {0};
    t->told = &told;
    enum err e =
        t->store->url ? pg_write(t, fn, arg, way != ALONE) : writer_write(t, fn, arg, way == AHEAD);
    t->told = NULL;
    committed += e == OK;
    /* A hint too many does no harm. */
    if (e == OK || e == ERR_UNCERTAIN)
        board_spread(t->store->board, t->tenant, &told);
    return e;
}

enum err store_write(struct task *t, store_fn *fn, void *arg)
{
    return write_somehow(t, fn, arg, ALONE);
}

enum err store_write_beside(struct task *t, store_fn *fn, void *arg)
{
    return write_somehow(t, fn, arg, BESIDE);
}

enum err store_write_ahead(struct task *t, store_fn *fn, void *arg)
{
    return write_somehow(t, fn, arg, AHEAD);
}

enum err store_lock(struct task *t, int64_t what)
{
    if (!t->txn || !t->txn->writing)
        return task_fail(t, ERR_INTERNAL, "程序有误：不在 store_write() 之内要加锁");
    return t->store->url ? pg_lock(t, what) : OK;
}

static enum err analyze(struct task *t, void *arg)
{
    return connection_script(t, t->txn->connection, S("ANALYZE"), arg);
}

void store_analyze(struct task *t, const char *tables)
{
    if (!t->store->url ||
        !store_write(t, analyze, str_terminated(t, str_format(t, "ANALYZE %s", tables))))
        return;
    log_write(LEVEL_WARN, "store.not-analyzed", LOG_PAIRS(LOG_STR("note", t->note)));
    task_clear_error(t);
}

enum err store_alone(struct task *t)
{
    if (!t->txn || !t->txn->writing)
        return task_fail(t, ERR_INTERNAL, "程序有误：不在 store_write() 之内要独占");
    if (t->txn->ahead)
        return ahead_refuse(t, t->txn->ahead);
    return t->store->url ? pg_alone(t) : OK;
}

enum err store_backup(struct task *t, const char *file, void (*progress)(int64_t done, int64_t all))
{
    char *part = str_terminated(t, str_format(t, "%s.part", file));
    enum err e;

    if (t->txn)
        return task_fail(t, ERR_INTERNAL, "程序有误：在读写之中要备份");
    if (t->store->url)
        return task_fail(
            t, ERR_BAD_INPUT,
            "数据库在 PostgreSQL 上，请用 pg_dump 或 pg_basebackup 备份，并另存数据目录。");
    unlink(part);
    int fd = open(part, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    if (fd < 0)
        return task_fail(t, ERR_STORE, "不能在那里写备份文件；请检查目录、权限和磁盘空间。");
    close(fd);
    e = connection_backup(t, t->store->database, part, progress);
    if (!e && rename(part, file))
        e = task_fail(t, ERR_STORE, "不能给备份文件改名；请检查目录的权限。");
    if (e)
        unlink(part);
    return e;
}

struct store_figures store_figures(const struct store *store)
{
    const struct writer *w = &store->writer;

    return (struct store_figures){
        .commits = atomic_load(&w->commits),
        .writes = atomic_load(&w->writes),
        .largest_group = atomic_load(&w->largest_group),
        .queue = atomic_load(&w->queue),
        .ahead = atomic_load(&w->ahead),
    };
}
