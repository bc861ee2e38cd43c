#include "tape.h"

#include <pthread.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <time.h>

#include "city.h"

#define TAPE_BYTES ((size_t)768 * 1024 * 1024)

struct tape {
    enum taping what;
    char *memory;
    size_t used;
    struct entry *first, **last;
    const struct connection *writer;
    int64_t queries, commits;
    bool written;                /* since the last commit */
    double began_cpu, ended_cpu; /* of the writer's thread, seconds */
    struct entry *threads[TAPE_THREADS];
    size_t thread_count;
};

static struct tape tape;
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER; /* for TAPE_EACH */
static _Thread_local struct entry **thread_last;

enum err __real_connection_run(struct task *t, struct connection *connection,
                               const struct query *query, const struct arg *args, size_t n,
                               row_fn *row, void *sink, int64_t *ret_changed);
enum err __wrap_connection_run(struct task *t, struct connection *connection,
                               const struct query *query, const struct arg *args, size_t n,
                               row_fn *row, void *sink, int64_t *ret_changed);
struct trouble __real_connection_do(struct connection *connection, enum connection_step step);
struct trouble __wrap_connection_do(struct connection *connection, enum connection_step step);

static double thread_cpu(void)
{
    struct timespec now;

    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
    return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

/* --- Recording -------------------------------------------------------------------------------- */

/* Shared memory is touched before the first recording, so that recording takes little time. */
static void *take(size_t size)
{
    size = (size + 15) & ~(size_t)15;
    if (tape.used + size > TAPE_BYTES)
        bench_die("the tape is full", NULL);
    void *at = tape.memory + tape.used;
    tape.used += size;
    return at;
}

static struct entry *add(const struct query *query, size_t n)
{
    struct entry *entry = take(sizeof *entry + n * sizeof(struct arg));

    entry->next = NULL;
    entry->query = query;
    entry->n = n;
    entry->locks = false;
    if (tape.what == TAPE_EACH && !thread_last) {
        if (tape.thread_count == TAPE_THREADS)
            bench_die("too many threads", NULL);
        thread_last = &tape.threads[tape.thread_count++];
    }
    struct entry ***last = tape.what == TAPE_EACH ? &thread_last : &tape.last;
    **last = entry;
    *last = &entry->next;
    return entry;
}

static void record(const struct query *query, const struct arg *args, size_t n)
{
    struct entry *entry = add(query, n);

    if (n)
        memcpy(entry->args, args, n * sizeof *args);
    for (size_t i = 0; i < n; i++) {
        struct arg *arg = &entry->args[i];

        if (arg->text.len)
            arg->text.at = memcpy(take(arg->text.len), arg->text.at, arg->text.len);
    }
    tape.queries++;
}

enum err __wrap_connection_run(struct task *t, struct connection *connection,
                               const struct query *query, const struct arg *args, size_t n,
                               row_fn *row, void *sink, int64_t *ret_changed)
{
    if (tape.what == TAPE_EACH) {
        pthread_mutex_lock(&lock);
        record(query, args, n);
        pthread_mutex_unlock(&lock);
    } else if (tape.what == TAPE_ALL) {
        record(query, args, n);
    } else if (tape.what == TAPE_WRITES && query->kind == QUERY_WRITE) {
        if (!tape.writer)
            tape.began_cpu = thread_cpu();
        tape.writer = connection;
        tape.written = true;
        record(query, args, n);
    }
    return __real_connection_run(t, connection, query, args, n, row, sink, ret_changed);
}

struct trouble __wrap_connection_do(struct connection *connection, enum connection_step step)
{
    bool writes = tape.what == TAPE_WRITES && connection == tape.writer && tape.written;

    if (tape.what == TAPE_EACH) {
        pthread_mutex_lock(&lock);
        add(NULL, 0)->step = step;
        tape.commits += step == COMMIT;
        pthread_mutex_unlock(&lock);
    }
    if (writes && step != COMMIT && step != BEGIN_WRITE)
        bench_die("the writer undid something", NULL);
    if (tape.what == TAPE_ALL || writes) {
        add(NULL, 0)->step = step;
        tape.commits += step == COMMIT;
        tape.written = tape.written && step != COMMIT;
    }
    struct trouble trouble = __real_connection_do(connection, step);
    if (writes)
        tape.ended_cpu = thread_cpu();
    return trouble;
}

enum err __real_pg_lock(struct task *t, int64_t what);
enum err __wrap_pg_lock(struct task *t, int64_t what);
enum err __wrap_pg_lock(struct task *t, int64_t what)
{
    if (tape.what == TAPE_EACH) {
        pthread_mutex_lock(&lock);
        struct entry *entry = add(NULL, 0);
        entry->locks = true;
        entry->lock = what;
        pthread_mutex_unlock(&lock);
    }
    return __real_pg_lock(t, what);
}

void tape_begin(enum taping what)
{
    if (!tape.memory) {
        tape.memory = mmap(NULL, TAPE_BYTES, PROT_READ | PROT_WRITE,
                           MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
        if (tape.memory == MAP_FAILED)
            bench_die("mmap", NULL);
        memset(tape.memory, 0, TAPE_BYTES / 4);
    }
    tape.used = 0;
    tape.first = NULL;
    tape.last = &tape.first;
    tape.queries = tape.commits = 0;
    memset(tape.threads, 0, sizeof tape.threads);
    tape.thread_count = 0;
    tape.writer = NULL;
    tape.written = false;
    tape.what = what;
}

static size_t place_of(const struct query *query, const char *name)
{
    for (size_t i = 0; i < query->parameter_count; i++)
        if (!strcmp(query->parameters[i], name))
            return i;
    bench_die(name, NULL);
}

/* Into the order of the parameters; not while the program runs, whose time it would take. */
static void sort_values(struct entry *entry)
{
    struct arg sorted[128] = {0};

    for (size_t i = 0; i < entry->n; i++)
        sorted[place_of(entry->query, entry->args[i].name)] = entry->args[i];
    for (size_t i = 0; i < entry->n; i++)
        entry->args[i] = sorted[i];
}

void tape_end(void)
{
    tape.what = TAPE_OFF;
    for (struct entry *entry = tape.first; entry; entry = entry->next)
        if (entry->query)
            sort_values(entry);
    for (size_t i = 0; i < tape.thread_count; i++)
        for (struct entry *entry = tape.threads[i]; entry; entry = entry->next)
            if (entry->query)
                sort_values(entry);
}

const struct entry *tape_thread(size_t i)
{
    return i < tape.thread_count ? tape.threads[i] : NULL;
}

double tape_writer_cpu(void)
{
    return tape.ended_cpu - tape.began_cpu;
}

int64_t tape_queries(void)
{
    return tape.queries;
}

int64_t tape_commits(void)
{
    return tape.commits;
}

/* --- Playing ---------------------------------------------------------------------------------- */

enum { STATEMENTS = 256 };

struct plain {
    sqlite3 *db;
    const struct query *queries[STATEMENTS];
    sqlite3_stmt *statements[STATEMENTS];
    sqlite3_stmt *begin, *begin_write, *commit;
    bool in_transaction;
    double cpu; /* of the last playing, seconds */
};

static void plain_die(struct plain *p, const char *what)
{
    fprintf(stderr, "bench: plain loop: %s\n", sqlite3_errmsg(p->db));
    bench_die(what, NULL);
}

static sqlite3_stmt *prepare(struct plain *p, const char *sql)
{
    sqlite3_stmt *stmt;

    if (sqlite3_prepare_v3(p->db, sql, -1, SQLITE_PREPARE_PERSISTENT, &stmt, NULL))
        plain_die(p, sql);
    return stmt;
}

struct plain *plain_open(const char *database)
{
    struct plain *p = calloc(1, sizeof *p);

    if (!p || sqlite3_open_v2(database, &p->db, SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX, NULL))
        bench_die(database, NULL);
    if (sqlite3_exec(p->db,
                     "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL;"
                     "PRAGMA cache_size = -16384; PRAGMA temp_store = MEMORY;"
                     "PRAGMA foreign_keys = ON; PRAGMA wal_autocheckpoint = 20000",
                     NULL, NULL, NULL))
        plain_die(p, "pragma");
    p->begin = prepare(p, "BEGIN");
    p->begin_write = prepare(p, "BEGIN IMMEDIATE");
    p->commit = prepare(p, "COMMIT");
    return p;
}

void plain_close(struct plain *p)
{
    for (int i = 0; i < STATEMENTS && p->statements[i]; i++)
        sqlite3_finalize(p->statements[i]);
    sqlite3_finalize(p->begin);
    sqlite3_finalize(p->begin_write);
    sqlite3_finalize(p->commit);
    sqlite3_close(p->db);
    free(p);
}

static sqlite3_stmt *statement_of(struct plain *p, const struct query *query)
{
    for (int i = 0; i < STATEMENTS; i++) {
        if (p->queries[i] == query)
            return p->statements[i];
        if (!p->queries[i]) {
            p->queries[i] = query;
            return p->statements[i] = prepare(p, query->sqlite);
        }
    }
    bench_die("too many queries", NULL);
}

static void run(struct plain *p, sqlite3_stmt *stmt)
{
    static volatile int64_t seen;
    int code, columns = sqlite3_column_count(stmt);

    while ((code = sqlite3_step(stmt)) == SQLITE_ROW)
        for (int i = 0; i < columns; i++)
            seen += sqlite3_column_type(stmt, i) == SQLITE_INTEGER
                        ? sqlite3_column_int64(stmt, i)
                        : (sqlite3_column_blob(stmt, i), sqlite3_column_bytes(stmt, i));
    if (code != SQLITE_DONE)
        plain_die(p, sqlite3_sql(stmt));
    sqlite3_reset(stmt);
}

static void bind(sqlite3_stmt *stmt, int i, const struct arg *arg)
{
    switch (arg->type) {
    case ARG_INT:
        sqlite3_bind_int64(stmt, i, arg->number);
        break;
    case ARG_STR:
        sqlite3_bind_text(stmt, i, arg->text.at ? arg->text.at : "", (int)arg->text.len,
                          SQLITE_STATIC);
        break;
    case ARG_BYTES:
        sqlite3_bind_blob(stmt, i, arg->text.at ? arg->text.at : "", (int)arg->text.len,
                          SQLITE_STATIC);
        break;
    case ARG_NULL:
        sqlite3_bind_null(stmt, i);
        break;
    }
}

static void step(struct plain *p, enum connection_step step)
{
    bool begins = step == BEGIN_READ || step == BEGIN_WRITE;

    if (begins != p->in_transaction)
        run(p, step == BEGIN_READ ? p->begin : step == BEGIN_WRITE ? p->begin_write : p->commit);
    p->in_transaction = begins;
}

static void play_once(struct plain *p)
{
    for (const struct entry *entry = tape.first; entry; entry = entry->next) {
        if (!entry->query) {
            step(p, entry->step);
            continue;
        }
        if (!p->in_transaction)
            step(p, BEGIN_WRITE);
        sqlite3_stmt *stmt = statement_of(p, entry->query);
        for (size_t i = 0; i < entry->n; i++)
            bind(stmt, (int)i + 1, &entry->args[i]);
        run(p, stmt);
    }
    if (p->in_transaction)
        step(p, COMMIT);
}

double plain_play(struct plain *p, int64_t times)
{
    for (const struct entry *entry = tape.first; entry; entry = entry->next)
        if (entry->query)
            (void)statement_of(p, entry->query);
    int64_t begun = time_monotonic_ns();
    double cpu = thread_cpu();
    for (int64_t i = 0; i < times; i++)
        play_once(p);
    p->cpu = thread_cpu() - cpu;
    return (double)times * 1e9 / (double)(time_monotonic_ns() - begun);
}

double plain_cpu(const struct plain *p)
{
    return p->cpu;
}

/* --- Comparing -------------------------------------------------------------------------------- */

static uint64_t sum_of(struct plain *p, const char *sql)
{
    sqlite3_stmt *stmt = prepare(p, sql);
    uint64_t sum = 14695981039346656037u;

    while (sqlite3_step(stmt) == SQLITE_ROW) {
        for (int i = 0; i < sqlite3_column_count(stmt); i++) {
            const unsigned char *at = sqlite3_column_blob(stmt, i);

            for (int n = sqlite3_column_bytes(stmt, i); n > 0; n--)
                sum = (sum ^ *at++) * 1099511628211u;
        }
    }
    sqlite3_finalize(stmt);
    return sum;
}

void plain_compare(struct plain *p, const char *other_database)
{
    static const char *const tables[] = {
        "SELECT * FROM orders ORDER BY tenant, id",
        "SELECT * FROM event ORDER BY tenant, order_id, seq",
        "SELECT * FROM duty ORDER BY tenant, order_id, n",
        "SELECT * FROM order_count ORDER BY tenant, unit, what",
        "SELECT * FROM idempotency ORDER BY tenant, key",
        "SELECT * FROM notice ORDER BY tenant, id",
        "SELECT * FROM paper ORDER BY tenant, id",
    };
    struct plain *other = plain_open(other_database);

    for (size_t i = 0; i < sizeof tables / sizeof *tables; i++)
        if (sum_of(p, tables[i]) != sum_of(other, tables[i]))
            bench_die(tables[i], NULL);
    plain_close(other);
}
