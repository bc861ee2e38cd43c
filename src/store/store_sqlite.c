#include <stdlib.h>
#include <string.h>

#include "store/store_sqlite.h"

static const char *const step_sql[STEP_COUNT] = {
    [BEGIN_READ] = "BEGIN",
    [BEGIN_WRITE] = "BEGIN IMMEDIATE",
    [COMMIT] = "COMMIT",
    [ROLLBACK] = "ROLLBACK",
    [SAVEPOINT] = "SAVEPOINT member",
    [RELEASE] = "RELEASE member",
    [ROLLBACK_TO] = "ROLLBACK TO member",
    [DATA_VERSION] = "PRAGMA data_version",
};

/* Page caches in KiB; an idle server stays small because they fill only with use. */
static const char writer_set_up[] = "PRAGMA cache_size = -16384;";
static const char reader_set_up[] = "PRAGMA cache_size = -4096; PRAGMA query_only = ON;";
static const char checkpoint_set_up[] = "PRAGMA cache_size = -256;";
static const char common_set_up[] = "PRAGMA synchronous = FULL;"
                                    "PRAGMA foreign_keys = ON;"
                                    /* savepoints keep their journal in memory, not in a file */
                                    "PRAGMA temp_store = MEMORY;"
                                    "PRAGMA trusted_schema = OFF;";

struct trouble trouble_of(int code)
{
    static const struct {
        int code;
        struct trouble trouble;
    } rows[] = {
        {SQLITE_FULL, {ERR_STORE, "磁盘已满，什么都没有改动；请联系管理员腾出空间后再试。"}},
        {SQLITE_IOERR, {ERR_STORE, "读写磁盘出错，什么都没有改动；请联系管理员检查磁盘。"}},
        {SQLITE_BUSY, {ERR_BUSY, "数据库正被另一个程序占用，什么都没有改动；请稍后再试。"}},
        {SQLITE_LOCKED, {ERR_BUSY, "数据库正被另一个程序占用，什么都没有改动；请稍后再试。"}},
        {SQLITE_PROTOCOL, {ERR_BUSY, "数据库正被另一个程序占用，什么都没有改动；请稍后再试。"}},
        {SQLITE_READONLY,
         {ERR_STORE, "数据库是只读的，不能保存；请联系管理员检查数据目录的权限。"}},
        {SQLITE_PERM, {ERR_STORE, "没有读写数据库的权限；请联系管理员检查数据目录的权限。"}},
        {SQLITE_AUTH, {ERR_STORE, "没有读写数据库的权限；请联系管理员检查数据目录的权限。"}},
        {SQLITE_CANTOPEN, {ERR_STORE, "打不开数据库文件；请联系管理员检查数据目录和磁盘。"}},
        {SQLITE_CORRUPT, {ERR_STORE, "数据库文件已损坏；请联系管理员从备份恢复。"}},
        {SQLITE_NOTADB, {ERR_STORE, "数据库文件已损坏，或不是数据库；请联系管理员从备份恢复。"}},
        {SQLITE_NOMEM, {ERR_STORE, "服务器内存不足，什么都没有改动；请稍后再试或联系管理员。"}},
        {SQLITE_TOOBIG, {ERR_TOO_LARGE, "内容太大，存不下；请缩小后再交。"}},
        {SQLITE_CONSTRAINT, {ERR_CONFLICT, "与已有的内容冲突，没有保存；请看最新内容后再办。"}},
    };

    /* These two are mistakes of the program, not a clash of rows. */
    if (code == SQLITE_CONSTRAINT_NOTNULL || code == SQLITE_CONSTRAINT_DATATYPE)
        return (struct trouble){ERR_INTERNAL, NULL};
    if (code == SQLITE_IOERR_NOMEM)
        code = SQLITE_NOMEM;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        if ((code & 0xff) == rows[i].code)
            return rows[i].trouble;
    }
    return (struct trouble){ERR_INTERNAL, NULL};
}

struct trouble trouble_now(const struct sqlite *c)
{
    struct trouble trouble = trouble_of(sqlite3_extended_errcode(c->db));

    if (!trouble.note)
        trouble.note = "数据库拒绝了这一步；请联系管理员。";
    return trouble;
}

static int note_log_size(void *arg, sqlite3 *db, const char *name, int pages)
{
    struct sqlite *c = arg;

    (void)db;
    (void)name;
    c->log_pages = pages;
    return SQLITE_OK;
}

int sqlite_exec(struct sqlite *c, const char *sql)
{
    return sqlite3_exec(c->db, sql, NULL, NULL, NULL);
}

/* The log must be a WAL: the whole design of writing and reading at once rests on it. */
static int require_wal(struct sqlite *c)
{
    sqlite3_stmt *stmt;
    int code = sqlite3_prepare_v2(c->db, "PRAGMA journal_mode = WAL", -1, &stmt, NULL);

    if (code)
        return code;
    code = sqlite3_step(stmt);
    bool wal = code == SQLITE_ROW && !strcmp((const char *)sqlite3_column_text(stmt, 0), "wal");
    int end = sqlite3_finalize(stmt);
    if (code != SQLITE_ROW)
        return end ? end : code;
    return wal ? SQLITE_OK : SQLITE_CANTOPEN;
}

static int set_up(struct sqlite *c)
{
    static const char *const by_role[] = {
        [CONNECTION_WRITER] = writer_set_up,
        [CONNECTION_READER] = reader_set_up,
        [CONNECTION_CHECKPOINT] = checkpoint_set_up,
    };
    int code;

    sqlite3_extended_result_codes(c->db, 1);
    sqlite3_busy_timeout(c->db, c->role == CONNECTION_CHECKPOINT ? RESTART_MS : BUSY_MS);
    if ((code = sqlite_exec(c, common_set_up)) || (code = require_wal(c)) ||
        (code = sqlite_exec(c, by_role[c->role])))
        return code;
    /* Setting a hook of one's own also ends checkpoints inside a commit. */
    sqlite3_wal_hook(c->db, note_log_size, c);
    for (int i = 0; i < STEP_COUNT; i++) {
        code = sqlite3_prepare_v3(c->db, step_sql[i], -1, SQLITE_PREPARE_PERSISTENT, &c->steps[i],
                                  NULL);
        if (code)
            return code;
    }
    return SQLITE_OK;
}

/* The library counts its memory under one lock for all threads; nobody here reads the count. */
static void stop_counting(void)
{
    sqlite3_config(SQLITE_CONFIG_MEMSTATUS, 0);
}

static const struct driver sqlite_driver;
static void sqlite_close(struct connection *base);

struct trouble sqlite_open(const char *path, enum connection_role role, struct connection **ret)
{
    static pthread_once_t once = PTHREAD_ONCE_INIT;
    struct sqlite *c = calloc(1, sizeof *c);

    pthread_once(&once, stop_counting);
    if (!c)
        return trouble_of(SQLITE_NOMEM);
    c->base.driver = &sqlite_driver;
    c->role = role;
    int code = sqlite3_open_v2(path, &c->db, SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX, NULL);
    if (!code)
        code = set_up(c);
    if (code) {
        struct trouble trouble = c->db ? trouble_now(c) : trouble_of(SQLITE_NOMEM);
        sqlite_close(&c->base);
        return trouble.err ? trouble : trouble_of(SQLITE_CANTOPEN);
    }
    *ret = &c->base;
    return (struct trouble){OK, NULL};
}

static void statement_forget(struct statement *s)
{
    sqlite3_finalize(s->sqlite);
    for (size_t i = 0; i < s->columns.count && s->columns.names; i++)
        free((void *)(uintptr_t)s->columns.names[i]);
    free(s->columns.names);
    free(s->columns.fields);
    free(s->cells);
    *s = (struct statement){0};
}

static void sqlite_close(struct connection *base)
{
    struct sqlite *c = sqlite_of(base);

    for (int i = 0; i < STEP_COUNT; i++)
        sqlite3_finalize(c->steps[i]);
    for (int i = 0; i < c->statement_count; i++)
        statement_forget(&c->statements[i]);
    free(c->statements);
    sqlite3_close(c->db);
    free(c);
}

static struct trouble sqlite_do(struct connection *base, enum connection_step step)
{
    struct sqlite *c = sqlite_of(base);
    int code = sqlite3_step(c->steps[step]);
    struct trouble trouble = code == SQLITE_DONE ? (struct trouble){OK, NULL} : trouble_now(c);

    /* The log may hold the commit although it could not be made durable; the next start decides. */
    if (step == COMMIT && (code & 0xff) == SQLITE_IOERR)
        trouble = (struct trouble){ERR_UNCERTAIN, "写入磁盘时出错，暂不确定是否办成；请刷新查看，"
                                                  "重复提交不会办两次，并请联系管理员检查磁盘。"};
    sqlite3_reset(c->steps[step]);
    return trouble;
}

bool connection_others_wrote(struct connection *base)
{
    struct sqlite *c = sqlite_of(base);
    sqlite3_stmt *stmt = c->steps[DATA_VERSION];
    int64_t version = sqlite3_step(stmt) == SQLITE_ROW ? sqlite3_column_int64(stmt, 0) : 0;
    bool others = !version || version != c->data_version;

    sqlite3_reset(stmt);
    c->data_version = version;
    return others;
}

static bool sqlite_in_transaction(const struct connection *base)
{
    return !sqlite3_get_autocommit(((const struct sqlite *)base)->db);
}

static void settle(struct sqlite *c)
{
    if (c->active)
        sqlite3_reset(c->active);
    c->active = NULL;
}

int64_t connection_log_pages(const struct connection *base)
{
    return ((const struct sqlite *)base)->log_pages;
}

static enum err fail_query(struct task *t, struct sqlite *c, const struct query *query)
{
    struct trouble trouble = trouble_of(sqlite3_extended_errcode(c->db));

    if (trouble.note)
        return task_fail(t, trouble.err, "%s", trouble.note);
    return task_fail(t, ERR_INTERNAL, "程序的查询 %s 有误：%s", query->name, sqlite3_errmsg(c->db));
}

static struct statement *statement_place(struct sqlite *c, int slot)
{
    if (slot <= c->statement_count)
        return &c->statements[slot - 1];
    int count = slot + 63;
    struct statement *bigger = realloc(c->statements, (size_t)count * sizeof *bigger);
    if (!bigger)
        return NULL;
    memset(bigger + c->statement_count, 0, (size_t)(count - c->statement_count) * sizeof *bigger);
    c->statements = bigger;
    c->statement_count = count;
    return &c->statements[slot - 1];
}

static bool name_columns(struct statement *s)
{
    size_t n = (size_t)sqlite3_column_count(s->sqlite);

    s->columns.names = calloc(n + 1, sizeof *s->columns.names);
    s->columns.fields = calloc(n + 1, sizeof *s->columns.fields);
    s->cells = calloc(n + 1, sizeof *s->cells);
    if (!s->columns.names || !s->columns.fields || !s->cells)
        return false;
    s->columns.count = n;
    for (size_t i = 0; i < n; i++) {
        const char *name = sqlite3_column_name(s->sqlite, (int)i);
        if (!name || !(s->columns.names[i] = strdup(name)))
            return false;
    }
    return true;
}

static enum err statement_for(struct task *t, struct sqlite *c, const struct query *query,
                              struct statement **ret_statement)
{
    struct statement *s = statement_place(c, query_slot(query));

    if (s && s->sqlite) {
        *ret_statement = s;
        return OK;
    }
    struct trouble memory = trouble_of(SQLITE_NOMEM);
    if (!s)
        return task_fail(t, memory.err, "%s", memory.note);
    if (sqlite3_prepare_v3(c->db, query->sqlite, -1, SQLITE_PREPARE_PERSISTENT, &s->sqlite, NULL))
        return fail_query(t, c, query);
    if (!name_columns(s)) {
        statement_forget(s);
        return task_fail(t, memory.err, "%s", memory.note);
    }
    if (query->kind == QUERY_READ && !sqlite3_stmt_readonly(s->sqlite)) {
        statement_forget(s);
        return task_fail(t, ERR_INTERNAL, "程序的查询 %s 有误：标为只读，却要写入", query->name);
    }
    *ret_statement = s;
    return OK;
}

static enum err sqlite_prepare(struct task *t, struct connection *base, const struct query *query)
{
    struct statement *s;

    return statement_for(t, sqlite_of(base), query, &s);
}

static int bind_one(sqlite3_stmt *stmt, int number, const struct arg *arg)
{
    const char *at = arg->text.at ? arg->text.at : "";

    switch (arg->type) {
    case ARG_INT:
        return sqlite3_bind_int64(stmt, number, arg->number);
    case ARG_STR:
        return sqlite3_bind_text64(stmt, number, at, arg->text.len, SQLITE_STATIC, SQLITE_UTF8);
    case ARG_BYTES:
        return sqlite3_bind_blob64(stmt, number, at, arg->text.len, SQLITE_STATIC);
    case ARG_NULL:
        break;
    }
    return sqlite3_bind_null(stmt, number);
}

static enum err bind_all(struct task *t, struct sqlite *c, const struct query *query,
                         sqlite3_stmt *stmt, const struct arg *args, size_t n)
{
    const struct arg *ordered[PARAMETERS_MOST];
    enum err e = args_in_order(t, query, args, n, ordered);

    for (size_t i = 0; !e && i < n; i++) {
        if (bind_one(stmt, (int)i + 1, ordered[i]))
            return fail_query(t, c, query);
    }
    return e;
}

static bool read_cell(sqlite3_stmt *stmt, int i, struct cell *cell)
{
    *cell = (struct cell){0};
    switch (sqlite3_column_type(stmt, i)) {
    case SQLITE_INTEGER:
        cell->type = CELL_INT;
        cell->number = sqlite3_column_int64(stmt, i);
        return true;
    case SQLITE_NULL:
        return true;
    case SQLITE_BLOB:
        cell->type = CELL_BYTES;
        cell->text.at = sqlite3_column_blob(stmt, i);
        break;
    default:
        cell->type = CELL_TEXT;
        cell->text.at = (const char *)sqlite3_column_text(stmt, i);
        break;
    }
    cell->text.len = (size_t)sqlite3_column_bytes(stmt, i);
    return cell->text.at || !cell->text.len;
}

static enum err step_all(struct task *t, struct sqlite *c, const struct query *query,
                         struct statement *s, row_fn *row, void *sink)
{
    int code;

    while ((code = sqlite3_step(s->sqlite)) == SQLITE_ROW) {
        for (size_t i = 0; i < s->columns.count; i++) {
            if (!read_cell(s->sqlite, (int)i, &s->cells[i]))
                return fail_query(t, c, query);
        }
        enum err e = row ? row(t, sink, &s->columns, s->cells) : OK;
        if (e)
            return e;
    }
    return code == SQLITE_DONE ? OK : fail_query(t, c, query);
}

static enum err sqlite_run(struct task *t, struct connection *base, const struct query *query,
                           const struct arg *args, size_t n, row_fn *row, void *sink,
                           int64_t *ret_changed)
{
    struct sqlite *c = sqlite_of(base);
    struct statement *s = NULL;
    enum err e = statement_for(t, c, query, &s);

    if (e)
        return e;
    /* Set before anything of the task's memory is asked for: a jump finds it in
     * connection_settle(). */
    settle(c);
    c->active = s->sqlite;
    e = row ? row(t, sink, &s->columns, NULL) : OK;
    if (!e)
        e = bind_all(t, c, query, s->sqlite, args, n);
    if (!e)
        e = step_all(t, c, query, s, row, sink);
    if (!e && query->kind == QUERY_WRITE)
        *ret_changed = sqlite3_changes64(c->db);
    settle(c);
    return e;
}

static void sqlite_settle(struct connection *base)
{
    settle(sqlite_of(base));
}

static const struct driver sqlite_driver = {
    .close = sqlite_close,
    .run_step = sqlite_do,
    .in_transaction = sqlite_in_transaction,
    .settle = sqlite_settle,
    .run = sqlite_run,
    .prepare = sqlite_prepare,
    .script = sqlite_script,
};
