#include "faults.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <sqlite3.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "faults_postgres.h"
#include "modules/catalog/catalog.h"
#include "store/postgres_fixture.h"

static const struct faults_kind faults_kinds_sqlite[] = {
    {"disk full", FAULT_WRITE, SQLITE_FULL, 12, 1, 1},
    {"write", FAULT_WRITE, SQLITE_IOERR_WRITE, 8, 1, 3},
    {"sync", FAULT_SYNC, SQLITE_IOERR_FSYNC, 10, 1, 1},
    {"read", FAULT_READ, SQLITE_IOERR_READ, 10, 1, 1},
    {"lock", FAULT_SHM_LOCK, SQLITE_IOERR_SHMLOCK, 6, 1, 1},
    {"memory of SQLite", FAULT_MEMORY, SQLITE_NOMEM, 10, 29, 149},
    {"file", FAULTS_IN_FILES, ENOSPC, 5, 1, 1},
    {NULL, 0, 0, 0, 0, 0},
};

const struct faults_kind *faults_kinds = faults_kinds_sqlite;
const struct faults_kind faults_reading = {"file read", FAULTS_READING, EIO, 0, 0, 0};
static struct world *on_postgres; /* NULL: SQLite, or not known yet */

static struct {
    char *bytes;
    size_t len;
} kept;

/* --- Files beside the database ---------------------------------------------------------------- */

static struct {
    pthread_mutex_t lock;
    bool lasting;
    unsigned armed; /* which calls, or 0 */
    int64_t nth, calls, hits;
    int code;
} files = {.lock = PTHREAD_MUTEX_INITIALIZER};

static bool strike(unsigned kind)
{
    bool hit = false;

    pthread_mutex_lock(&files.lock);
    if (files.armed == kind) {
        files.calls++;
        hit = files.calls == files.nth || (files.lasting && files.calls > files.nth);
        files.hits += hit;
        if (hit)
            errno = files.code;
    }
    pthread_mutex_unlock(&files.lock);
    return hit;
}

/* The linker sends these calls of the program here (--wrap); those of libraries go their way. */
ssize_t __real_write(int file, const void *at, size_t n);
ssize_t __wrap_write(int file, const void *at, size_t n);
int __real_fsync(int file);
int __wrap_fsync(int file);
int __real_rename(const char *from, const char *to);
int __wrap_rename(const char *from, const char *to);
int __real_mkdir(const char *path, mode_t mode);
int __wrap_mkdir(const char *path, mode_t mode);

ssize_t __wrap_write(int file, const void *at, size_t n)
{
    return strike(FAULTS_IN_FILES) ? -1 : __real_write(file, at, n);
}

int __wrap_fsync(int file)
{
    return strike(FAULTS_IN_FILES) ? -1 : __real_fsync(file);
}

int __wrap_rename(const char *from, const char *to)
{
    return strike(FAULTS_IN_FILES) ? -1 : __real_rename(from, to);
}

int __wrap_mkdir(const char *path, mode_t mode)
{
    return strike(FAULTS_IN_FILES) ? -1 : __real_mkdir(path, mode);
}

ssize_t __real_read(int file, void *at, size_t n);
ssize_t __wrap_read(int file, void *at, size_t n);
int __real_open64(const char *path, int flags, ...);
int __wrap_open64(const char *path, int flags, ...);

ssize_t __wrap_read(int file, void *at, size_t n)
{
    return strike(FAULTS_READING) ? -1 : __real_read(file, at, n);
}

int __wrap_open64(const char *path, int flags, ...)
{
    mode_t mode = 0;

    if (flags & O_CREAT) {
        va_list more;

        va_start(more, flags);
        mode = va_arg(more, mode_t);
        va_end(more);
    }
    return strike(FAULTS_READING) ? -1 : __real_open64(path, flags, mode);
}

/* --- Arming ----------------------------------------------------------------------------------- */

void faults_install(void)
{
    if (!access("/dev/shm", W_OK))
        setenv("TMPDIR", "/dev/shm", 1);
    if (postgres_wanted())
        faults_kinds = faults_kinds_postgres;
    else
        fault_install();
}

static bool is_of_files(const struct faults_kind *kind)
{
    return kind->kinds == FAULTS_IN_FILES || kind->kinds == FAULTS_READING;
}

void faults_arm(const struct faults_kind *kind, int64_t nth, bool lasting)
{
    if (!is_of_files(kind) && on_postgres) {
        faults_postgres_arm(on_postgres, kind, nth, lasting);
        return;
    }
    if (!is_of_files(kind)) {
        fault_arm(kind->kinds, nth, kind->code, lasting);
        return;
    }
    pthread_mutex_lock(&files.lock);
    files.armed = kind->kinds;
    files.lasting = lasting;
    files.nth = nth;
    files.calls = files.hits = 0;
    files.code = kind->code;
    pthread_mutex_unlock(&files.lock);
}

int64_t faults_disarm(const struct faults_kind *kind, int64_t *ret_calls)
{
    if (!is_of_files(kind))
        return on_postgres ? faults_postgres_disarm(ret_calls) : fault_disarm(ret_calls);
    pthread_mutex_lock(&files.lock);
    files.armed = 0;
    int64_t hits = files.hits;
    *ret_calls = files.calls;
    pthread_mutex_unlock(&files.lock);
    return hits;
}

/* --- Beginning again -------------------------------------------------------------------------- */

static void database(struct world *w, char *path, size_t size, const char *suffix)
{
    snprintf(path, size, "%s/yimen.db%s", w->app.data, suffix);
}

/* A connection of our own, for as long as the store is open: opening one reads the whole schema. */
static sqlite3 *eye;

static sqlite3 *look(struct world *w)
{
    char path[4096];

    if (eye)
        return eye;
    database(w, path, sizeof path, "");
    assert_int_equal(sqlite3_open_v2(path, &eye, SQLITE_OPEN_READWRITE, NULL), SQLITE_OK);
    sqlite3_busy_timeout(eye, 5000);
    return eye;
}

static void stop_looking(void)
{
    sqlite3_close(eye);
    eye = NULL;
}

void faults_keep(struct world *w)
{
    char path[4096];
    struct stat about;

    stop_looking();
    store_close(w->app.store); /* the log is copied into the file */
    w->app.store = NULL;
    on_postgres = w->database ? w : NULL;
    if (on_postgres) {
        faults_postgres_keep(w);
        return;
    }
    database(w, path, sizeof path, "");
    FILE *file = fopen(path, "rb");
    assert_non_null(file);
    assert_int_equal(fstat(fileno(file), &about), 0);
    free(kept.bytes);
    kept.len = (size_t)about.st_size;
    kept.bytes = malloc(kept.len);
    assert_non_null(kept.bytes);
    assert_int_equal(fread(kept.bytes, 1, kept.len, file), kept.len);
    fclose(file);
}

void faults_forget(void)
{
    stop_looking();
    faults_postgres_forget();
    free(kept.bytes);
    kept.bytes = NULL;
}

static void restore_file(struct world *w)
{
    char path[4096];

    database(w, path, sizeof path, "-wal");
    unlink(path);
    database(w, path, sizeof path, "-shm");
    unlink(path);
    database(w, path, sizeof path, "");
    FILE *file = fopen(path, "wb");
    assert_non_null(file);
    assert_int_equal(fwrite(kept.bytes, 1, kept.len, file), kept.len);
    assert_int_equal(fclose(file), 0);
}

void faults_restore(struct world *w)
{
    static unsigned begun;
    struct task t;

    stop_looking();
    if (w->app.store)
        store_close(w->app.store);
    w->app.store = NULL;
    if (++begun % 8 == 0)
        catalog_forget(); /* sometimes with cold caches of our own too */
    if (on_postgres)
        faults_postgres_restore(w);
    else
        restore_file(w);

    struct store_options options = {.directory = w->app.data, .url = w->database, .readers = 1};
    task_begin(&t, NULL, w->now, TASK_BUDGET);
    if (store_open(&t, &options, &w->app.store))
        fail_msg("the database does not open: %.*s", STR_ARG(t.note));
    task_end(&t);
    w->app.setup.store = w->app.store;
    w->home.store = w->app.store;
}

void faults_task(struct task *t, struct world *w, const char *moment, size_t budget)
{
    int64_t now;

    assert_true(moment_parse(str_of(moment), &now));
    task_begin(t, w->app.store, now, budget);
    t->tenant = w->tenant;
}

/* --- Looking ---------------------------------------------------------------------------------- */

/* The rows of a query, a line each, columns separated by blanks. */
static void write_rows(sqlite3 *db, const char *sql, FILE *out)
{
    sqlite3_stmt *stmt;

    if (sqlite3_prepare_v2(db, sql, -1, &stmt, NULL))
        fail_msg("%s: %s", sql, sqlite3_errmsg(db));
    while (sqlite3_step(stmt) == SQLITE_ROW) {
        for (int i = 0; i < sqlite3_column_count(stmt); i++)
            fprintf(out, "%s ", (const char *)sqlite3_column_text(stmt, i));
        fputc('\n', out);
    }
    assert_int_equal(sqlite3_finalize(stmt), SQLITE_OK);
}

static char *rows_of(sqlite3 *db, const char *sql)
{
    char *text;
    size_t len;
    FILE *out = open_memstream(&text, &len);

    write_rows(db, sql, out);
    fclose(out);
    return text;
}

char *faults_census(struct world *w)
{
    if (on_postgres)
        return faults_postgres_census(w);

    sqlite3 *db = look(w);
    char *text, *counting;
    size_t len;
    FILE *out = open_memstream(&text, &len);

    counting =
        rows_of(db, "SELECT group_concat('SELECT ''' || name || ''', count(*) FROM ' || name,"
                    " ' UNION ALL ') FROM sqlite_master WHERE type = 'table'"
                    " AND name NOT LIKE 'sqlite%'");
    write_rows(db, counting, out);
    write_rows(db,
               "SELECT step, status, outcome, version, due_duty, due_sort, due_flags, desk,"
               " owner, party_count, emergency, changed_at FROM orders ORDER BY id",
               out);
    write_rows(db,
               "SELECT name, opened_seq, closed_seq, legal_day, safe_day, paused, overdue"
               " FROM duty ORDER BY order_id, n",
               out);
    write_rows(db, "SELECT what, sum(n) FROM order_count GROUP BY what ORDER BY what", out);
    fclose(out);
    free(counting);
    return text;
}

void faults_verify(struct world *w, const char *moment, const char *when)
{
    struct list findings;
    int64_t orders, events;
    struct task t;

    if (!on_postgres) {
        char *sound = rows_of(look(w), "PRAGMA quick_check");

        assert_string_equal(sound, "ok \n");
        free(sound);
    }
    faults_task(&t, w, moment, TASK_BUDGET);
    enum err e = order_verify(&t, NULL, &findings, &orders, &events);
    if (e)
        faults_say(&t, e, "verify %s", when);
    LIST_EACH (struct finding, finding, findings)
        print_error("order %lld, event %lld: %.*s\n", (long long)finding->order,
                    (long long)finding->seq, STR_ARG(finding->what));
    if (findings.count)
        fail_msg("%s: %zu findings", when, findings.count);
    task_end(&t);
}

void faults_say(const struct task *t, enum err e, const char *format, ...)
{
    char what[512];
    va_list args;

    va_start(args, format);
    vsnprintf(what, sizeof what, format, args);
    va_end(args);
    for (const struct field_error *error = t->field_errors; error; error = error->next)
        print_error("  %.*s: %.*s\n", STR_ARG(error->field), STR_ARG(error->message));
    fail_msg("%s: %s: %.*s", what, err_word(e), STR_ARG(t->note));
}
