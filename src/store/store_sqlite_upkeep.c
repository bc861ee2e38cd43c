/*
 * SQLite apart from queries: scripts of migrations, copying the log, backups.
 */
#include "store/store_sqlite.h"

enum err sqlite_script(struct task *t, struct connection *base, struct str what, const char *sql)
{
    struct sqlite *c = sqlite_of(base);
    /* SQLite compares bytes unless told otherwise, and has no collation of that name. */
    struct str text = str_replaced(t, str_of(sql), S("%BYTES%"), S("BLOB"));

    /* Short rows stand in their key: one tree and not two.  PostgreSQL sees a comment. */
    text = str_replaced(t, text, S("/*%CLUSTERED%*/"), S("WITHOUT ROWID"));
    text = str_replaced(t, text, S("COLLATE \"C\""), S(""));
    if (!sqlite_exec(c, str_terminated(t, text)))
        return OK;
    struct trouble trouble = trouble_of(sqlite3_extended_errcode(c->db));
    if (trouble.note && trouble.err != ERR_CONFLICT)
        return task_fail(t, trouble.err, "%s", trouble.note);
    return task_fail(t, ERR_INTERNAL, "升级数据库的 %.*s 有误：%s", STR_ARG(what),
                     sqlite3_errmsg(c->db));
}

struct trouble connection_checkpoint(struct connection *base, bool restart, int64_t *ret_left)
{
    struct sqlite *c = sqlite_of(base);
    int pages = 0, copied = 0;
    int mode = restart ? SQLITE_CHECKPOINT_RESTART : SQLITE_CHECKPOINT_PASSIVE;
    int code = sqlite3_wal_checkpoint_v2(c->db, NULL, mode, &pages, &copied);

    if (code)
        return trouble_now(c);
    *ret_left = pages - copied;
    return (struct trouble){OK, NULL};
}

void connection_rest(struct connection *base)
{
    sqlite3_db_release_memory(sqlite_of(base)->db);
}

/* Copy in pieces from one snapshot: writers go on meanwhile and do not make it begin again. */
static int copy_database(sqlite3 *from, sqlite3 *to, void (*progress)(int64_t done, int64_t all))
{
    enum { PIECE = 2048 };
    int code = sqlite3_exec(from, "BEGIN; SELECT COUNT(*) FROM sqlite_schema", NULL, NULL, NULL);

    if (code)
        return code;
    sqlite3_backup *backup = sqlite3_backup_init(to, "main", from, "main");
    if (!backup)
        return sqlite3_extended_errcode(to);
    while ((code = sqlite3_backup_step(backup, PIECE)) == SQLITE_OK) {
        int all = sqlite3_backup_pagecount(backup);
        if (progress)
            progress(all - sqlite3_backup_remaining(backup), all);
    }
    if (code == SQLITE_DONE && progress)
        progress(sqlite3_backup_pagecount(backup), sqlite3_backup_pagecount(backup));
    int end = sqlite3_backup_finish(backup);
    return code == SQLITE_DONE ? end : code;
}

enum err connection_backup(struct task *t, const char *from, const char *to,
                           void (*progress)(int64_t done, int64_t all))
{
    sqlite3 *source = NULL, *target = NULL;
    int code = sqlite3_open_v2(from, &source, SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX, NULL);

    if (!code)
        code = sqlite3_open_v2(
            to, &target, SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_NOMUTEX, NULL);
    if (!code) {
        sqlite3_busy_timeout(source, BUSY_MS);
        code = copy_database(source, target, progress);
    }
    sqlite3_close(target);
    sqlite3_close(source);
    if (!code)
        return OK;
    struct trouble trouble = trouble_of(code);
    return task_fail(t, trouble.err, "备份没有完成。%s",
                     trouble.note ? trouble.note : sqlite3_errstr(code));
}
