/*
 * rescue.c - what can be read of a damaged file goes into a new one.
 *
 * Each table is read by its row numbers.  Where that fails, the next number from which it goes on
 * is looked for by doubling and halving; what lies between is a gap.  Tables with gaps are then
 * looked for on the pages that no sound table reaches (rescue_pages.c): a lost inner page loses no
 * rows but those it stands for, and even the schema may be gone.
 *
 * All of it is about a copy: opening a file brings its log in.  Nothing here uses the arena between
 * calls of SQLite.
 */
#include "store/damage.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "store/rescue_private.h"
#include "store/store_private.h"

enum { TABLES_MOST = 512, INDEXES_MOST = 1024, ROWS_A_COMMIT = 20000 };

struct rescue {
    sqlite3 *from, *to;
    struct rescue_table tables[TABLES_MOST];
    struct rescue_index indexes[INDEXES_MOST];
    int count, index_count;
    int64_t since_commit;
    int code; /* of the new database: nothing can be done about that */
    void (*progress)(const char *what, int64_t done, int64_t all);
};

static bool copy_bytes(int in, int out)
{
    char bytes[64 * 1024];
    ssize_t n;

    while ((n = read(in, bytes, sizeof bytes)) > 0)
        for (ssize_t done = 0, m; done < n; done += m)
            if ((m = write(out, bytes + done, (size_t)(n - done))) <= 0)
                return false;
    /* A place that cannot be read ends it: what is behind is looked for with holes. */
    return n == 0;
}

/* A disk that fails in places gives the others: page by page, zeros for what it does not give. */
static bool copy_around_holes(int in, int out)
{
    char bytes[4096];
    off_t size = lseek(in, 0, SEEK_END);

    for (off_t at = 0; at < size; at += (off_t)sizeof bytes) {
        ssize_t n = pread(in, bytes, sizeof bytes, at);

        if (n < 0) {
            memset(bytes, 0, sizeof bytes);
            n = sizeof bytes;
        }
        if (pwrite(out, bytes, (size_t)n, at) != n)
            return false;
    }
    return true;
}

static bool copy(const char *from, const char *to)
{
    int in = open(from, O_RDONLY | O_CLOEXEC), out = -1;
    bool fine = false;

    if (in >= 0)
        out = open(to, O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    if (out >= 0)
        fine = copy_bytes(in, out) || copy_around_holes(in, out);
    if (out >= 0)
        close(out);
    if (in >= 0)
        close(in);
    return fine;
}

/* --- The tables of the new database --------------------------------------------------------- */

static enum holds holds_of(const char *type)
{
    if (!sqlite3_strnicmp(type, "TEXT", 4))
        return HOLDS_TEXT;
    return !sqlite3_strnicmp(type, "BLOB", 4) ? HOLDS_BYTES : HOLDS_INT;
}

static int prepare_insert(struct rescue *r, struct rescue_table *table)
{
    sqlite3_str *sql = sqlite3_str_new(r->to);

    sqlite3_str_appendf(sql, "INSERT OR IGNORE INTO \"%w\" VALUES (", table->name);
    for (int i = 0; i < table->column_count; i++)
        sqlite3_str_appendf(sql, "%s?%d", i ? ", " : "", i + 1);
    sqlite3_str_appendall(sql, ")");
    char *text = sqlite3_str_finish(sql);
    int code = text ? sqlite3_prepare_v2(r->to, text, -1, &table->insert, NULL) : SQLITE_NOMEM;
    sqlite3_free(text);
    return code;
}

static int read_columns(struct rescue *r, struct rescue_table *table)
{
    sqlite3_stmt *stmt;
    int key[COLUMNS_MOST], keys = 0, at = 0;
    int code = sqlite3_prepare_v2(r->to,
                                  "SELECT c.type, c.\"notnull\", c.pk, l.wr"
                                  "  FROM pragma_table_info(?1) c, pragma_table_list(?1) l",
                                  -1, &stmt, NULL);

    if (code)
        return code;
    sqlite3_bind_text(stmt, 1, table->name, -1, SQLITE_STATIC);
    while (sqlite3_step(stmt) == SQLITE_ROW && table->column_count < COLUMNS_MOST) {
        table->holds[table->column_count] = holds_of((const char *)sqlite3_column_text(stmt, 0));
        table->clustered = sqlite3_column_int(stmt, 3);
        key[table->column_count] = table->clustered ? sqlite3_column_int(stmt, 2) : 0;
        keys += key[table->column_count] > 0;
        table->may_be_null[table->column_count++] = !sqlite3_column_int(stmt, 1);
    }
    for (int i = 0; i < table->column_count; i++)
        table->stands[i] = key[i] ? key[i] - 1 : keys + at++;
    code = sqlite3_finalize(stmt);
    return code ? code : prepare_insert(r, table);
}

/* The trees of clustered tables are indexes to SQLite, too, and are left out here. */
static int read_indexes(struct rescue *r)
{
    static const char text[] =
        "SELECT i.name, COALESCE(c.type, 'BIGINT') FROM sqlite_schema t"
        "  JOIN pragma_index_list(t.name) i JOIN pragma_table_list(t.name) l"
        "  JOIN pragma_index_xinfo(i.name) x"
        "  LEFT JOIN pragma_table_info(t.name) c ON c.cid = x.cid"
        " WHERE t.type = 'table' AND NOT (l.wr AND i.origin = 'pk') ORDER BY i.name, x.seqno";
    char last[256] = "";
    sqlite3_stmt *stmt;
    int code = sqlite3_prepare_v2(r->to, text, -1, &stmt, NULL);

    if (code)
        return code;
    while (sqlite3_step(stmt) == SQLITE_ROW) {
        const char *name = (const char *)sqlite3_column_text(stmt, 0);

        if (strcmp(name, last) && r->index_count == INDEXES_MOST)
            break;
        if (strcmp(name, last))
            r->index_count++;
        snprintf(last, sizeof last, "%s", name);
        struct rescue_index *index = &r->indexes[r->index_count - 1];
        if (index->column_count < COLUMNS_MOST)
            index->holds[index->column_count++] =
                holds_of((const char *)sqlite3_column_text(stmt, 1));
    }
    return sqlite3_finalize(stmt);
}

static int read_tables(struct rescue *r)
{
    sqlite3_stmt *stmt;
    int code = sqlite3_prepare_v2(r->to,
                                  "SELECT name FROM sqlite_schema WHERE type = 'table'"
                                  " AND name NOT LIKE 'sqlite%' AND name <> 'schema_migration'"
                                  " ORDER BY name",
                                  -1, &stmt, NULL);

    if (code)
        return code;
    while (!code && sqlite3_step(stmt) == SQLITE_ROW && r->count < TABLES_MOST) {
        struct rescue_table *table = &r->tables[r->count++];

        table->name = strdup((const char *)sqlite3_column_text(stmt, 0));
        code = table->name ? read_columns(r, table) : SQLITE_NOMEM;
    }
    sqlite3_finalize(stmt);
    return code ? code : read_indexes(r);
}

/* The number of a page, when the schema can be read. */
static void find_root(struct rescue *r, struct rescue_table *table)
{
    sqlite3_stmt *stmt;

    if (sqlite3_prepare_v2(r->from,
                           "SELECT rootpage FROM sqlite_schema WHERE type = 'table' AND name = ?1",
                           -1, &stmt, NULL))
        return;
    sqlite3_bind_text(stmt, 1, table->name, -1, SQLITE_STATIC);
    if (sqlite3_step(stmt) == SQLITE_ROW)
        table->root = sqlite3_column_int64(stmt, 0);
    sqlite3_finalize(stmt);
}

/* --- Reading a table by its row numbers ------------------------------------------------------ */

static void commit_now_and_then(struct rescue *r)
{
    if (++r->since_commit < ROWS_A_COMMIT)
        return;
    r->since_commit = 0;
    r->code = sqlite3_exec(r->to, "COMMIT; BEGIN", NULL, NULL, NULL);
}

/* The columns begin at `from`. */
static void keep_row(struct rescue *r, struct rescue_table *table, sqlite3_stmt *row, int from)
{
    for (int i = 0; i < table->column_count; i++)
        sqlite3_bind_value(table->insert, i + 1, sqlite3_column_value(row, i + from));
    sqlite3_step(table->insert);
    int code = sqlite3_reset(table->insert);
    sqlite3_clear_bindings(table->insert);
    table->rows += !code && sqlite3_changes(r->to) > 0;
    if (code && (code & 0xff) != SQLITE_CONSTRAINT)
        r->code = code;
    commit_now_and_then(r);
}

/* What spans several pages is read here, and may fail here. */
static bool columns_are_there(sqlite3_stmt *row, int from, int count)
{
    for (int i = from; i < from + count; i++) {
        int type = sqlite3_column_type(row, i);

        if ((type == SQLITE_TEXT || type == SQLITE_BLOB) && sqlite3_column_bytes(row, i) &&
            !sqlite3_column_blob(row, i))
            return false;
    }
    return true;
}

enum reading { READ_ALL, READ_FAILED };

/* From a row number on; *last is the last one that was read. */
static enum reading read_rows(struct rescue *r, struct rescue_table *table, sqlite3_stmt *rows,
                              int64_t from, int64_t *last)
{
    int code = SQLITE_DONE;

    sqlite3_bind_int64(rows, 1, from);
    while (!r->code && (code = sqlite3_step(rows)) == SQLITE_ROW) {
        int64_t number = sqlite3_column_int64(rows, 0);

        if (number < from) { /* pages in a circle */
            code = SQLITE_CORRUPT;
            break;
        }
        if (!columns_are_there(rows, 1, table->column_count)) {
            code = SQLITE_CORRUPT;
            break;
        }
        keep_row(r, table, rows, 1);
        *last = number;
        from = number + 1;
    }
    sqlite3_reset(rows);
    return code == SQLITE_DONE || r->code ? READ_ALL : READ_FAILED;
}

/* 1: there is a row from here on, and *ret is its number; 0: there is none; -1: cannot be read. */
static int first_from(sqlite3_stmt *first, int64_t from, int64_t *ret)
{
    sqlite3_bind_int64(first, 1, from);
    int code = sqlite3_step(first);
    if (code == SQLITE_ROW)
        *ret = sqlite3_column_int64(first, 0);
    sqlite3_reset(first);
    return code == SQLITE_ROW ? 1 : code == SQLITE_DONE ? 0 : -1;
}

/* The smallest row number behind `last` from which reading goes on; false: there is none. */
static bool find_next(sqlite3_stmt *first, int64_t last, int64_t *ret_next)
{
    int64_t bad = last, good = 0, row = 0, step = 1;
    int found = -1;

    for (; found < 0 && bad < INT64_MAX / 4; step *= 2) {
        good = last + step;
        found = first_from(first, good, &row);
        if (found < 0)
            bad = good;
    }
    if (found < 0)
        return false;
    while (good - bad > 1) {
        int64_t middle = bad + (good - bad) / 2, there;
        int how = first_from(first, middle, &there);

        if (how < 0) {
            bad = middle;
        } else {
            good = middle;
            found = how;
            row = there;
        }
    }
    *ret_next = row;
    return found > 0;
}

static sqlite3_stmt *prepare_reading(struct rescue *r, const struct rescue_table *table,
                                     const char *form)
{
    sqlite3_stmt *stmt = NULL;
    char *sql = sqlite3_mprintf(form, table->name);

    if (sql && sqlite3_prepare_v2(r->from, sql, -1, &stmt, NULL))
        stmt = NULL;
    sqlite3_free(sql);
    return stmt;
}

/* From the beginning to the first damaged page, then from the end to the last; what lies between is
 * looked for page by page. */
static void read_clustered(struct rescue *r, struct rescue_table *table)
{
    static const char *const forms[] = {
        "SELECT * FROM \"%w\" NOT INDEXED",
        "SELECT * FROM \"%w\" NOT INDEXED ORDER BY 1 DESC, 2 DESC, 3 DESC"};
    int code = SQLITE_ERROR;

    for (int i = 0; i < 2 && code != SQLITE_DONE && !r->code; i++) {
        sqlite3_stmt *rows = prepare_reading(r, table, forms[table->column_count > 2 ? i : 0]);

        if (rows && sqlite3_column_count(rows) == table->column_count)
            while (!r->code && (code = sqlite3_step(rows)) == SQLITE_ROW &&
                   columns_are_there(rows, 0, table->column_count))
                keep_row(r, table, rows, 0);
        table->gaps += code != SQLITE_DONE;
        sqlite3_finalize(rows);
    }
}

static void read_table(struct rescue *r, struct rescue_table *table)
{
    if (table->clustered) {
        find_root(r, table);
        read_clustered(r, table);
        return;
    }
    sqlite3_stmt *rows = prepare_reading(
        r, table, "SELECT rowid, * FROM \"%w\" NOT INDEXED WHERE rowid >= ?1 ORDER BY rowid");
    sqlite3_stmt *first = prepare_reading(
        r, table, "SELECT rowid FROM \"%w\" NOT INDEXED WHERE rowid >= ?1 ORDER BY rowid LIMIT 1");
    int64_t last = 0, next = 1;

    find_root(r, table);
    /* Not there, or with other columns: the schema is damaged. */
    if (!rows || !first || sqlite3_column_count(rows) != table->column_count + 1) {
        table->gaps++;
    } else {
        while (read_rows(r, table, rows, next, &last) == READ_FAILED) {
            int64_t row;

            table->gaps++;
            if (last < next - 1)
                last = next - 1;
            if (!find_next(first, last, &row))
                break;
            /* The row itself is there, its columns are not. */
            next = row == last + 1 && row == next ? row + 1 : row;
            last = next - 1;
        }
    }
    sqlite3_finalize(rows);
    sqlite3_finalize(first);
}

/* --- All of it ------------------------------------------------------------------------------ */

/* Rows of another version do not fit.  A list that cannot be read is no reason to stop. */
static bool same_version(struct rescue *r)
{
    static const char text[] = "SELECT module || ' ' || number || ' ' || hash FROM schema_migration"
                               " ORDER BY module, number";
    sqlite3_stmt *from = NULL, *to = NULL;
    bool same = true;

    if (sqlite3_prepare_v2(r->from, text, -1, &from, NULL) ||
        sqlite3_prepare_v2(r->to, text, -1, &to, NULL)) {
        sqlite3_finalize(from);
        return true;
    }
    for (int a, b; same;) {
        a = sqlite3_step(from);
        b = sqlite3_step(to);
        if (a != SQLITE_ROW && a != SQLITE_DONE)
            break;
        if (a != b)
            same = false;
        else if (a == SQLITE_DONE)
            break;
        else
            same = !strcmp((const char *)sqlite3_column_text(from, 0),
                           (const char *)sqlite3_column_text(to, 0));
    }
    sqlite3_finalize(from);
    sqlite3_finalize(to);
    return same;
}

/* The log goes into the file, as far as it is sound, so that pages can be read without SQLite. */
static void open_damaged(struct rescue *r, const char *path)
{
    if (sqlite3_open_v2(path, &r->from, SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX, NULL))
        return;
    sqlite3_exec(r->from, "PRAGMA cell_size_check = ON; PRAGMA trusted_schema = OFF", NULL, NULL,
                 NULL);
    sqlite3_wal_checkpoint_v2(r->from, NULL, SQLITE_CHECKPOINT_TRUNCATE, NULL, NULL);
}

static void read_all_tables(struct rescue *r, const char *path, int64_t *ret_unplaced)
{
    bool gaps = false;

    r->code = sqlite3_exec(r->to, "BEGIN", NULL, NULL, NULL);
    for (int i = 0; !r->code && i < r->count; i++) {
        read_table(r, &r->tables[i]);
        gaps = gaps || r->tables[i].gaps;
        if (r->progress)
            r->progress("表", i + 1, r->count);
    }
    sqlite3_close(r->from);
    r->from = NULL;
    if (!r->code && gaps)
        r->code = rescue_pages(path, r->tables, r->count, r->indexes, r->index_count, r->progress,
                               ret_unplaced);
    if (!r->code)
        r->code = sqlite3_exec(r->to, "COMMIT", NULL, NULL, NULL);
}

static void end(struct rescue *r)
{
    for (int i = 0; i < r->count; i++) {
        sqlite3_finalize(r->tables[i].insert);
        free(r->tables[i].name);
    }
    sqlite3_close(r->from);
    sqlite3_close(r->to);
    free(r);
}

static enum err tell(struct task *t, const struct rescue *r, int64_t unplaced,
                     struct list *ret_tables)
{
    struct list tables = {0};

    for (int i = 0; i < r->count; i++)
        *(struct saved_table *)list_add(t, &tables, sizeof(struct saved_table)) =
            (struct saved_table){str_copy(t, str_of(r->tables[i].name)), r->tables[i].rows,
                                 r->tables[i].by_page, r->tables[i].gaps, i ? 0 : unplaced};
    *ret_tables = tables;
    return OK;
}

enum err store_rescue(struct task *t, const char *from,
                      void (*progress)(const char *what, int64_t done, int64_t all),
                      struct list *ret_tables)
{
    const char *there = str_terminated(t, str_format(t, "%s/yimen.db", from));
    const char *there_log = str_terminated(t, str_format(t, "%s-wal", there));
    const char *here = str_terminated(t, str_format(t, "%s/rescue.db", t->store->directory));
    const char *here_log = str_terminated(t, str_format(t, "%s-wal", here));
    int64_t unplaced = 0;
    enum err e = OK;

    if (access(there, F_OK))
        return task_fail(t, ERR_NOT_FOUND, "%s 里没有数据库", from);
    if (!copy(there, here) || (!access(there_log, F_OK) && !copy(there_log, here_log)))
        return task_fail(t, ERR_STORE, "复制不了 %s：%s", there, strerror(errno));
    struct rescue *r = calloc(1, sizeof *r);
    if (!r)
        return task_fail(t, ERR_STORE, "%s", err_sentence(ERR_STORE));
    r->progress = progress;
    log_mend(here_log);
    open_damaged(r, here);
    r->code = sqlite3_open_v2(t->store->database, &r->to,
                              SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX, NULL);
    if (!r->code)
        r->code = sqlite3_busy_timeout(r->to, 10000);
    if (!r->code)
        r->code = read_tables(r);
    bool same = r->code || same_version(r);
    if (!r->code && same)
        read_all_tables(r, here, &unplaced);
    int code = r->code;
    if (!code && same)
        e = tell(t, r, unplaced, ret_tables);
    end(r);
    unlink(here);
    unlink(here_log);
    unlink(str_terminated(t, str_format(t, "%s-shm", here)));
    if (!same)
        return task_fail(t, ERR_CONFLICT, "%s 是另一个版本写的，请用那个版本的程序抢救", there);
    return code ? task_fail(t, ERR_STORE, "新的数据库写不了：%s", sqlite3_errstr(code)) : e;
}
