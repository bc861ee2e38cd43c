/*
 * store_private.h - what the files of store/ share: the store itself, and the face of a connection.
 *
 * A connection is one session with a database, used by one thread at a time.  store_sqlite*.c are
 * the only files that know SQLite, store_pg*.c the only ones that know PostgreSQL; what a
 * connection does knows nothing of threads, groups or shapes.
 */
#ifndef STORE_STORE_PRIVATE_H
#define STORE_STORE_PRIVATE_H

#include <pthread.h>
#include <stdatomic.h>

#include "core/task.h"
#include "store/store.h"

struct connection {
    const struct driver *driver; /* its own memory follows */
};

enum connection_role {
    CONNECTION_WRITER,
    CONNECTION_READER,    /* refuses writes */
    CONNECTION_CHECKPOINT /* copies the log into the database */
};

enum connection_step {
    BEGIN_READ,
    BEGIN_WRITE,
    COMMIT,
    ROLLBACK,
    SAVEPOINT,
    RELEASE,
    ROLLBACK_TO,
    DATA_VERSION, /* for connection_others_wrote() */
    STEP_COUNT
};

/* What went wrong outside a function of a task; `note` is static text. */
struct trouble {
    enum err err;
    const char *note;
};

enum cell_type { CELL_NULL, CELL_INT, CELL_TEXT, CELL_BYTES };

struct cell {
    enum cell_type type;
    int64_t number;
    struct str text; /* the database's memory: copy what is kept */
};

/* The columns of a query, kept with its statement, and the fields of the shape it last filled. */
struct columns {
    size_t count;
    const char **names;
    const struct shape *shape;
    const struct field **fields;
};

/* Called once with `cells` NULL before the first row, then for every row. */
typedef enum err row_fn(struct task *t, void *sink, struct columns *columns,
                        const struct cell *cells);

/* What a database must be able to do. */
struct driver {
    void (*close)(struct connection *);
    struct trouble (*run_step)(struct connection *, enum connection_step);
    bool (*in_transaction)(const struct connection *);
    void (*settle)(struct connection *);
    enum err (*run)(struct task *, struct connection *, const struct query *, const struct arg *,
                    size_t n, row_fn *, void *sink, int64_t *ret_changed);
    int64_t (*changed)(struct connection *); /* NULL: run() always knows */
    enum err (*prepare)(struct task *, struct connection *, const struct query *);
    enum err (*script)(struct task *, struct connection *, struct str what, const char *sql);
};

void connection_close(struct connection *connection);
struct trouble connection_do(struct connection *connection, enum connection_step step);
/* False as well after an error that made the database give up the transaction. */
bool connection_in_transaction(const struct connection *connection);
/* A jump or an error left a query half read: end it. */
void connection_settle(struct connection *connection);
/* *ret_changed: rows that a writing query changed; -1: not known yet, connection_changed() waits
 * for it. */
MUST_USE enum err connection_run(struct task *t, struct connection *connection,
                                 const struct query *query, const struct arg *args, size_t n,
                                 row_fn *row, void *sink, int64_t *ret_changed);
int64_t connection_changed(struct connection *connection);
MUST_USE enum err connection_prepare(struct task *t, struct connection *connection,
                                     const struct query *query);
/* Several statements, in the words of migrations (%BYTES%, COLLATE "C"); `what` names them in
 * errors. */
MUST_USE enum err connection_script(struct task *t, struct connection *connection, struct str what,
                                    const char *sql);

enum { PARAMETERS_MOST = 128 };

/* The number of a query, from 1, the same in every connection. */
int query_slot(const struct query *query);
/* The values in the order of the parameters; a missing, unknown or doubled one is ERR_INTERNAL. */
MUST_USE enum err args_in_order(struct task *t, const struct query *query, const struct arg *args,
                                size_t n, const struct arg *ret_ordered[PARAMETERS_MOST]);
/* The text with `instead` in place of every `what`. */
struct str str_replaced(struct task *t, struct str text, struct str what, struct str instead);

/* ---- SQLite alone ---- */

struct trouble sqlite_open(const char *path, enum connection_role role, struct connection **ret);
int64_t connection_log_pages(const struct connection *connection); /* after the last commit */
/* Copy the log as far as readers allow; *ret_left: pages that are not copied yet.  With `restart`,
 * for a moment when nobody writes: wait a little for readers, so that the log begins anew. */
struct trouble connection_checkpoint(struct connection *connection, bool restart,
                                     int64_t *ret_left);
MUST_USE enum err connection_backup(struct task *t, const char *from, const char *to,
                                    void (*progress)(int64_t done, int64_t all));

/* Give back the pages it keeps from former queries. */
void connection_rest(struct connection *connection);

/* Has another program committed something since the last call?  Inside a transaction. */
bool connection_others_wrote(struct connection *connection);

/* ---- ahead.c: work that is done beside the writer ---- */

/* When tables were last written, in numbers of transactions.  All but `committed` belongs to the
 * writer's thread. */
struct changes {
    atomic_int_least64_t committed; /* the last one that everybody can read */
    int64_t running;
    int64_t unknown;           /* up to this one anything may have changed */
    int64_t any[QUERY_TABLES]; /* any row */
    int64_t all[QUERY_TABLES]; /* by a query that does not say which rows */
    int64_t one[1 << 16];      /* by hash of table and value of the parameter that says it */
};

struct touch {
    unsigned short table;
    bool all;
    uint16_t one;
};

struct kept_query {
    struct kept_query *next;
    const struct query *query;
    size_t n;
    bool must_change_one;
    struct arg args[];
};

struct ahead {
    int64_t since;             /* the transaction whose result was read */
    bool useless;              /* did what cannot be kept */
    struct list reads, writes; /* struct touch */
    struct kept_query *first, *last;
};

struct store_txn {
    struct connection *connection;
    bool writing;
    bool wrote; /* a writing query was run, with whatever success */
    bool gone;  /* the database gave up the whole transaction */
    int64_t changed;
    struct ahead *ahead; /* beside the writer: writing queries are kept */
};

void changes_begin(struct changes *changes, bool others_wrote);
void changes_commit(struct changes *changes);
void changes_forget(struct changes *changes); /* the running one changes who knows what */
void changes_note(struct changes *changes, const struct query *query, const struct arg *args,
                  size_t n);
/* A query beside the writer.  Reading: note what it reads.  Writing: keep it, with its values.
 * ERR_BUSY: that cannot be done ahead; go no further. */
MUST_USE enum err ahead_read(struct task *t, struct ahead *ahead, const struct query *query,
                             const struct arg *args, size_t n);
MUST_USE enum err ahead_keep(struct task *t, struct ahead *ahead, const struct query *query,
                             const struct arg *args, size_t n);
/* What is asked for cannot be done ahead: ERR_BUSY. */
MUST_USE enum err ahead_refuse(struct task *t, struct ahead *ahead);
/* Nothing that was read has been written since. */
bool ahead_stands(const struct changes *changes, const struct ahead *ahead);
/* Inside the writer's transaction: run what was kept.  Any error: nobody has heard of it yet, run
 * the function anew. */
MUST_USE enum err ahead_write(struct task *t, void *ahead);

struct write_job {
    struct write_job *next;
    struct task *task;
    store_fn *fn;
    void *arg;
    /* what the task held when it came: a second run begins from there */
    struct task_mark mark;
    enum err err_before;
    struct str note_before;
    struct field_error *field_errors_before, *last_field_error_before;

    struct ahead *ahead; /* what it wants to write, worked out already; else NULL */
    bool has_run, wrote;
    bool anew;                     /* what was worked out ahead could not be written */
    atomic_uint done;              /* 1; its thread sleeps on it */
    const struct write_job *wakes; /* whom its thread wakes when it goes on */
    enum err err;
    const char *note; /* trouble with the transaction itself; NULL when fn spoke */
};

enum { QUEUE_LIMIT = 1024, READERS_DEFAULT = 4, READERS_MAX = 64, LOG_PAGES_DEFAULT = 20000 };
enum { CONNECTIONS_MOST = READERS_MAX / 4 * 5 };

struct writer {
    struct connection *connection;
    pthread_t thread;
    pthread_mutex_t lock;
    pthread_cond_t work;         /* for the writer: something waits, or the pause ended */
    pthread_cond_t pause_change; /* for the checkpoint thread */
    struct write_job *first, **last;
    int careful; /* so many groups more with savepoints */
    int relays;  /* so many are woken at once when a group is answered */
    bool stopping, pausing, busy;
    int64_t most_waiting; /* beyond it a write is refused */
    atomic_int_least64_t queue, commits, writes, largest_group, ahead;
    struct changes changes;
};

struct checkpointer {
    struct connection *connection;
    pthread_t thread;
    pthread_mutex_t lock;
    pthread_cond_t work;
    bool wanted, stopping, rested;
    int64_t uses_seen; /* of readers and writer, at the last look */
};

/* Connections that threads take by turns; whoever finds none waits. */
struct connections {
    pthread_mutex_t lock;
    pthread_cond_t free_again;
    struct connection *idle[CONNECTIONS_MOST];
    int idle_count, all;
    int64_t uses; /* how often one was taken */
};

void connections_start(struct connections *connections);
void connections_add(struct connections *connections, struct connection *connection);
struct connection *connections_take(struct connections *connections);
void connections_give_back(struct connections *connections, struct connection *connection);
void connections_close(struct connections *connections); /* waits for those that are taken */
int64_t connections_uses(struct connections *connections);
/* connection_rest() of those that nobody has. */
void connections_rest(struct connections *connections);

/* ---- blobs.c ---- */

struct s3;

/* Names are checked, and hashes after reading, before and after these. */
struct files_driver {
    enum err (*put)(struct task *t, struct str name, struct str sealed);
    enum err (*get)(struct task *t, struct str name, size_t most, struct str *ret_sealed);
    enum err (*remove)(struct task *t, struct str name);
    enum err (*list)(struct task *t, int first_byte, struct list *ret_names);
};
extern const struct files_driver folder_driver;

struct files {
    const struct files_driver *driver;
    char *folder;
    int64_t reserve; /* bytes */
    struct s3 *s3;
};

bool blob_name_good(struct str name);
struct trouble files_open(struct store *store, const struct store_options *options);
void files_close(struct store *store);
struct trouble s3_open(struct files *files, const char *place, const struct store_options *options);
void s3_close(struct files *files);

/* ---- notify.c ---- */

enum { TOLD_MOST = 24 };

/* What one writing function says has changed; more than fits is "anything". */
struct told {
    size_t count;
    bool more;
    struct {
        const char *word;
        int64_t id;
    } rows[TOLD_MOST];
};

bool guard_passed(void); /* store_guard(): the lease of this thread's work ran out */
enum err guard_fail(struct task *t);

struct board;
struct board *board_make(void); /* NULL: no memory */
void board_free(struct board *board);
/* After the commit. */
void board_spread(struct board *board, int64_t tenant, const struct told *told);
/* For the part that carries news to other servers: take what waits (at most `size` bytes, lines);
 * and take in what another server sent.  board_wire() says that such a part is there; `wake` is
 * an eventfd it waits on. */
void board_wire(struct board *board, int wake);
size_t board_take(struct board *board, char *out, size_t size);
void board_receive(struct board *board, struct str lines);
void board_anything(struct board *board); /* the wire was cut: who knows what was missed */
void board_missed(struct board *board);   /* the others may have missed ours: tell them */

struct store {
    char *directory, *database;
    bool read_only;
    _Atomic int64_t log_limit;
    int lock_file;
    int server; /* 0..255, this process alone has it while it lives */
    struct writer writer;
    struct checkpointer checkpointer;
    struct connections readers;
    char *url;                     /* PostgreSQL: where; else NULL, and the rest is not used */
    struct connections pg_writers; /* each with transactions of its own */
    struct gate *gates;            /* where the writes of a city wait */
    struct pg_news *news;          /* carries news to other servers, holds this one's number */
    pthread_mutex_t id_lock;
    int64_t last_id;
    struct board *board;
    struct files files;
};

struct trouble writer_start(struct store *store);
void writer_stop(struct store *store);
enum err writer_write(struct task *t, store_fn *fn, void *arg, bool ahead);
/* What the task holds now, for a job that may have to be run again; and back to that. */
struct write_job write_job_of(struct task *t, store_fn *fn, void *arg);
void write_job_again(struct write_job *job);
/* Run fn on a reader; with `ahead`, as a writing function whose writing queries are kept. */
enum err reader_run(struct task *t, store_fn *fn, void *arg, struct ahead *ahead);
struct trouble checkpointer_start(struct store *store);
void checkpointer_stop(struct store *store);
void checkpointer_want(struct store *store);
/* Hold the writer between two groups; resume it. */
void writer_pause(struct store *store);
void writer_resume(struct store *store);

/* ---- PostgreSQL ---- */

struct trouble pg_store_start(struct store *store, const struct store_options *options);
void pg_store_stop(struct store *store);
enum err pg_read(struct task *t, store_fn *fn, void *arg);
/* `side_by_side`: beside others of the same tenant that lock what they share (store_lock()). */
enum err pg_write(struct task *t, store_fn *fn, void *arg, bool side_by_side);
MUST_USE enum err pg_lock(struct task *t, int64_t what);
MUST_USE enum err pg_alone(struct task *t);

/* SHA-256 whatever the suite, so that a folder stays readable when the suite changes. */
struct str store_hash(struct task *t, struct str bytes); /* 64 small hexadecimal digits */

#endif
