/*
 * store.h - rows and transactions: the one face of the database.
 *
 * All work on rows is a function given to store_read() or store_write(), which run it atomically
 * and may run it again.  So `fn` has no effects but rows and memory of its task: no files, no
 * network, no password hashing, no rendering.  The memory it used is given back before it is run
 * again.  Queries are constants generated from the .sql file beside a module (tools/sqlgen).
 *
 * Two databases.  SQLite in the data folder, unless the options name a PostgreSQL server; the same
 * functions and the same queries run on both.
 *
 * Writing.  SQLite: one writer thread takes what waits, runs it in one transaction and commits it
 * together.  store_write() returns after the commit is on disk, never before.  A function that
 * returns an error is undone alone and its error is returned.  Both store_read() and store_write()
 * protect the task (task_protect): beyond its budget they return ERR_NO_MEMORY, nothing happened.
 *
 * PostgreSQL: each function is a transaction of its own, at READ COMMITTED, on one of several
 * connections.  Those of one tenant follow each other, as on SQLite, but for store_write_ahead()
 * and store_write_beside(). Queries that write and return no rows go out without waiting for their
 * answers; when the database then refuses one, nothing of the transaction stands and fn is run
 * again, waiting for each.  After a query that failed, fn can only return: the transaction is lost.
 * Deadlocks and lost connections are run again, reading ones only as long as they were told
 * nothing; a connection lost during the commit is asked about afterwards.
 *
 * ERR_STORE and ERR_BUSY mean that nothing happened; the note says what to do (disk full, locked,
 * damaged).  ERR_UNCERTAIN: the disk failed during the commit, and only the next start knows.
 *
 * Inside store_write(), store_read() and store_write() join the running transaction.
 * Rows are read completely into the arena before store_run() returns.
 */
#ifndef STORE_STORE_H
#define STORE_STORE_H

#include "core/shape.h"
#include "core/str.h"

struct task;
struct store;
struct rows;
struct migration;

enum query_kind { QUERY_READ, QUERY_WRITE };

struct query {
    const char *name;
    enum query_kind kind;
    const char *sqlite;            /* parameters ?1 ... */
    const char *postgres;          /* parameters $1 ... */
    const char *const *parameters; /* names, in order of their numbers */
    size_t parameter_count;
    int *slot;                    /* number for prepared statements, given at the first use */
    const unsigned short *tables; /* a number below QUERY_TABLES for every table it names */
    size_t table_count;
    size_t one; /* the parameter, from 1, that says which rows of its only table; 0: all of them */
};

enum { QUERY_TABLES = 1024 };

enum arg_type { ARG_NULL, ARG_INT, ARG_STR, ARG_BYTES };

struct arg {
    const char *name;
    enum arg_type type;
    int64_t number;
    struct str text;
};

#define INT(name, value)   ((struct arg){name, ARG_INT, (value), {0}})
#define TEXT(name, value)  ((struct arg){name, ARG_STR, 0, (value)})
#define BYTES(name, value) ((struct arg){name, ARG_BYTES, 0, (value)})
#define NOTHING(name)      ((struct arg){name, ARG_NULL, 0, {0}})
/* 0 / empty becomes NULL */
#define INT_OR_NULL(name, value)  ((struct arg){name, (value) ? ARG_INT : ARG_NULL, (value), {0}})
#define TEXT_OR_NULL(name, value) ((struct arg){name, (value).len ? ARG_STR : ARG_NULL, 0, (value)})
#define ARGS(...)                                                                                  \
    ((const struct arg[]){__VA_ARGS__}),                                                           \
        sizeof((const struct arg[]){__VA_ARGS__}) / sizeof(struct arg)
#define NO_ARGS NULL, 0

struct store_options {
    const char *directory; /* the data folder; holds yimen.db, blobs/ */
    const char *url;       /* postgresql://...; NULL or empty: SQLite in the folder */
    /* Where the sealed files lie: a folder, s3://BUCKET/PREFIX, or NULL or empty: blobs/ in the
     * data folder.  Several servers of one database need the same. */
    const char *files;
    const char *s3_endpoint, *s3_region, *s3_key, *s3_secret;
    int64_t reserve;   /* bytes of the disk that blob_room() keeps free; 0: none */
    bool read_only;    /* for verify, export */
    bool create;       /* make the database when it is missing */
    int readers;       /* read connections; 0: 4 (PostgreSQL: 8) */
    int writers;       /* PostgreSQL: write connections of one city; 0: 16.  A quarter of it more
                        * is opened when one city has all of its own. */
    int64_t wal_pages; /* checkpoint above; 0: 20000 */
};

/* ERR_STORE, ERR_NOT_FOUND (no database there and not `create`). */
MUST_USE enum err store_open(struct task *t, const struct store_options *options,
                             struct store **ret_store);
void store_close(struct store *store); /* waits for running writes, checkpoints */

typedef enum err store_fn(struct task *t, void *arg);
MUST_USE enum err store_read(struct task *t, store_fn *fn, void *arg);
/* ERR_BUSY, ERR_STORE, ERR_UNCERTAIN, or what fn returned. */
MUST_USE enum err store_write(struct task *t, store_fn *fn, void *arg);
/* The same for functions that many call at once and that read and decide much and write little: fn
 * first works beside the writer, on what is committed; the writer sees whether what it read still
 * stands and then has only to write, else runs it anew.  See ahead.c. */
MUST_USE enum err store_write_ahead(struct task *t, store_fn *fn, void *arg);
/* For functions that many call at once, too, but that get rows back from what they write (a number
 * of a counter), which nobody can work out ahead.  On SQLite as store_write(). */
MUST_USE enum err store_write_beside(struct task *t, store_fn *fn, void *arg);
/* Inside a function of these two, before it reads what another of them may change: on PostgreSQL
 * wait for those that locked the same (an order's id, a hash of a name) until they have
 * committed.  Nothing on SQLite.  ERR_BUSY, ERR_STORE: return, it is run again. */
MUST_USE enum err store_lock(struct task *t, int64_t what);
/* The same, where locks on single things do not do: from here on fn is alone, as in store_write().
 * An error means that it is run again from the start. */
MUST_USE enum err store_alone(struct task *t);

/* Inside fn.  ret_rows may be NULL.  ERR_CONFLICT: a unique key or a CHECK refused the row. */
MUST_USE enum err store_run(struct task *t, const struct query *query, const struct arg *args,
                            size_t n, struct rows **ret_rows);
/* Run and read every row as a struct by column name; columns without a field are an error, fields
 * without a column stay zero (F_DAY: DAY_NONE). */
MUST_USE enum err store_list(struct task *t, const struct query *query, const struct arg *args,
                             size_t n, const struct shape *shape, struct list *ret_list);
/* The same for exactly one row.  ERR_NOT_FOUND when there is none; no note is written then. */
MUST_USE enum err store_one(struct task *t, const struct query *query, const struct arg *args,
                            size_t n, const struct shape *shape, void *ret_struct);
/* First column of the first row as a number; 0 when there is no row or NULL. */
MUST_USE enum err store_number(struct task *t, const struct query *query, const struct arg *args,
                               size_t n, int64_t *ret_number);
/* Let the database read the query and find its tables and columns, without running it: for a test
 * over the <file>_queries[] of every module.  ERR_INTERNAL with what the database says. */
MUST_USE enum err store_prepare(struct task *t, const struct query *query);
/* After much was written at once: let PostgreSQL learn what these tables ("a, b"; empty: all) hold,
 * as it would by itself some minutes later; until then it reads them in ways made for a few rows.
 * That it failed stands in the log alone: what was written stands.  Outside of a transaction, after
 * what went well.  Nothing on SQLite. */
void store_analyze(struct task *t, const char *tables);
/* Rows changed by the last writing store_run() of this transaction. */
int64_t store_changed(struct task *t);

bool rows_next(struct rows *rows); /* begins before the first row */
size_t rows_count(const struct rows *rows);
int64_t row_int(const struct rows *rows, const char *column);
struct str row_str(const struct rows *rows, const char *column); /* TEXT and BYTES; NULL is empty */
bool row_is_null(const struct rows *rows, const char *column);

/* Migrations: forward only, one transaction each, recorded with their hash; a changed old one
 * refuses to start (ERR_STORE).  `module` orders them. */
struct migration {
    const char *module;
    int number;
    const char *name;
    const char *sql;
};
MUST_USE enum err store_migrate(struct task *t, const struct migration *migrations, size_t n);

/* Ids: 63 bits (time of task.now, server, sequence), rising whatever the clock does, different in
 * several processes on one folder.  After store_seed_ids() the same moments give the same ids. */
int64_t store_new_id(struct task *t);
void store_seed_ids(struct store *store, int64_t seed);
int64_t store_id_at(struct str text); /* parse a decimal id; 0 when it is none */
int64_t store_id_moment(int64_t id);  /* when it was made, to the millisecond */

/* Keep a copy of the whole database (SQLite's online backup) in `file`. */
MUST_USE enum err store_backup(struct task *t, const char *file,
                               void (*progress)(int64_t done, int64_t all));
/* Size of the last group commits, for metrics and benchmarks. */
struct store_figures {
    int64_t commits, writes, largest_group, queue;
    int64_t ahead; /* of the writes: worked out ahead, and it stood */
};
struct store_figures store_figures(const struct store *store);

/*
 * What changed (notify.c): hints for pages that stay open, for caches and for the office.  They
 * reach the listeners of this process right after the commit, before the writer is answered, and
 * those of every other server of the same PostgreSQL database about a tenth of a second later.
 * Never rely on them for what is right: a server that dies between commit and telling takes its
 * hints along, and one may come though nothing changed.  A cache reads a version; a page looks by
 * itself now and then.
 */
struct news {
    int64_t tenant;
    struct str word; /* "order"; empty: anything may have changed, the line was down */
    int64_t id;
    struct str text; /* of store_tell(), else empty */
    bool here;       /* said in this process */
};
/* Inside store_write(): told after the commit, or never.  `word` is a literal, a to z and dashes.
 */
void store_notify(struct task *t, const char *word, int64_t id);
/* At once and outside any transaction, also while a GET is handled: of things that are no rows.
 * `text` has at most 200 bytes and no line break; what has more is not told. */
void store_tell(struct task *t, const char *word, int64_t id, struct str text);
/* fn runs in any thread and must be quick: no store, no waiting, no listening.  At most 16. */
typedef void news_fn(void *arg, const struct news *news);
MUST_USE bool store_listen(struct store *store, news_fn *fn, void *arg);
/* After it returns fn runs no more. */
void store_unlisten(struct store *store, news_fn *fn, void *arg);

/* Work under a lease (office/): once time_monotonic_ns() has passed *until_ns, store_read() and
 * store_write() of this thread fail with ERR_BUSY, so that a job that lost its lease stops at its
 * next step.  NULL: no lease. */
void store_guard(const _Atomic int64_t *until_ns);

/* Blobs: encrypted files by the SHA-256 of their ciphertext, apart for each tenant.  Put
 * one before the transaction that names it, never inside it (ERR_INTERNAL); remove it after.  A
 * name that is no hash is ERR_NOT_FOUND; a damaged file is ERR_STORE. */
MUST_USE enum err blob_put(struct task *t, struct str sealed, struct str *ret_name);
/* Whether files lie where more than the reserve is free: what strangers may fill.  What holds no
 * such number (S3) has room. */
bool blob_room(const struct task *t);
MUST_USE enum err blob_get(struct task *t, struct str name, struct str *ret_sealed);
MUST_USE enum err blob_remove(struct task *t, struct str name);
/* Names (struct str) of the blobs whose hash begins with this byte, in no order; parts that a
 * writer left behind a day ago are cleared away on the way.  Outside a transaction. */
MUST_USE enum err blob_list(struct task *t, int first_byte, struct list *ret_names);

#endif
