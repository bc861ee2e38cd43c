/*
 * Transactions on PostgreSQL: who waits for whom, what is run again, and what became of a commit
 * whose answer never came.
 *
 * The functions of this program were written for one writer: what they read stays as it is until
 * they commit.  So the writes of a tenant hold that tenant's lock and follow each other, on however
 * many servers; those of different tenants do not meet.  What many do at once, acts on orders, goes
 * through store_write_ahead(): it shares the tenant's lock and locks the orders it works on.  Tasks
 * of no tenant (migrations, leases of the installation) lock everybody out, for moments.
 */
#include "store/store_pg.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum {
    READERS_PG = 8,
    WRITERS_PG = 16,    /* for one city; a quarter more for the others */
    WAY_BACK_MS = 5000, /* how long a server that went away is waited for */
    GATE_MS = 10000,    /* how long others of the city are waited for, as in the database */
    FIND_OUT_MS = 15000 /* how long a commit without an answer is asked about */
};

static const struct trouble no_trouble = {OK, NULL};

static int64_t now_ms(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

static void rest_ms(int64_t ms)
{
    struct timespec pause = {ms / 1000, ms % 1000 * 1000000};

    nanosleep(&pause, NULL);
}

/* ---- reading ---- */

static enum err run_read(struct task *t, struct connection *connection, store_fn *fn, void *arg,
                         struct trouble *ret_trouble)
{
    struct store_txn txn = {.connection = connection};
    enum err e = OK;

    *ret_trouble = connection_do(connection, BEGIN_READ);
    if (ret_trouble->err)
        return OK;
    t->txn = &txn;
    /* Protected, so that a jump for want of memory gives the connection back. */
    e = task_protect(t, fn, arg);
    t->txn = NULL;
    connection_settle(connection);
    return e;
}

enum err pg_read(struct task *t, store_fn *fn, void *arg)
{
    struct write_job job = write_job_of(t, fn, arg);
    struct connection *connection = connections_take(&t->store->readers);
    struct pg *c = pg_of(connection);
    int64_t until = now_ms() + WAY_BACK_MS;
    struct trouble trouble;
    enum err e;

    for (int64_t pause = 20;; pause = pause < 500 ? pause * 2 : pause) {
        c->told = false;
        e = run_read(t, connection, fn, arg, &trouble);
        /* Functions that read gather pages as they go, and keep what they have: once one was told
         * something it is not run again. */
        bool lost = c->failure.cause == PG_LOST || c->failure.cause == PG_AGAIN;
        bool again = trouble.err || (lost && !c->told);

        if (lost && !e && !trouble.err) /* it went on in spite of it */
            trouble = c->failure.trouble;
        (void)connection_do(connection, ROLLBACK);
        if (!again || now_ms() + pause > until)
            break;
        write_job_again(&job);
        rest_ms(pause);
    }
    connections_give_back(&t->store->readers, connection);
    return trouble.err ? task_fail(t, trouble.err, "%s", trouble.note) : e;
}

/* ---- locks ---- */

static uint32_t mixed(int64_t number)
{
    return (uint32_t)(((uint64_t)number * 0x9E3779B97F4A7C15u) >> 32);
}

/* 0 stands for the whole installation. */
static int tenant_lock(int64_t tenant)
{
    int lock = (int)(mixed(tenant) & 0x7fffffff);

    return lock ? lock : 1;
}

static bool begin_lock(struct pg *c, int64_t tenant, bool side_by_side)
{
    static const char whole[] =
        "SELECT pg_advisory_xact_lock($1::int, 0), CAST(pg_current_xact_id() AS TEXT)";
    static const char own[] = "SELECT pg_advisory_xact_lock_shared($1::int, 0), "
                              "pg_advisory_xact_lock($1::int, $2::int), "
                              "CAST(pg_current_xact_id() AS TEXT)";
    static const char shared[] = "SELECT pg_advisory_xact_lock_shared($1::int, 0), "
                                 "pg_advisory_xact_lock_shared($1::int, $2::int), "
                                 "CAST(pg_current_xact_id() AS TEXT)";
    char class[16], lock[16];
    const char *values[] = {class, lock};

    snprintf(class, sizeof class, "%d", LOCK_CLASS);
    snprintf(lock, sizeof lock, "%d", tenant_lock(tenant));
    return pg_send_values(c, SENT_BEGIN_LOCK,
                          !tenant        ? whole
                          : side_by_side ? shared
                                         : own,
                          tenant ? 2 : 1, values);
}

enum err pg_lock(struct task *t, int64_t what)
{
    struct pg *c = pg_of(t->txn->connection);
    char text[24];
    const char *values[] = {text};

    /* Whoever has the tenant alone has all of it. */
    if (!c->side_by_side)
        return OK;
    snprintf(text, sizeof text, "%lld", (long long)what);
    if (c->failure.cause != PG_NOTHING ||
        !pg_send_values(c, SENT_STEP, "SELECT pg_advisory_xact_lock($1::bigint)", 1, values))
        return pg_fail_query(t, c);
    return OK;
}

enum err pg_alone(struct task *t)
{
    struct pg *c = pg_of(t->txn->connection);

    if (!c->side_by_side)
        return OK;
    c->wants_alone = true;
    return task_fail(t, ERR_BUSY, "%s", err_sentence(ERR_BUSY));
}

/* ---- writing ---- */

enum outcome {
    DONE,         /* what the function said stands */
    AGAIN,        /* nothing stands; others were in the way, or the connection was lost */
    AGAIN_SLOWLY, /* nothing stands; a query was refused that nobody had waited for */
    AGAIN_ALONE,  /* nothing stands; it asked for the tenant alone */
    IN_DOUBT      /* the connection was lost during the commit */
};

static enum outcome outcome_of(struct pg *c, bool commit_sent, enum err e, struct trouble *trouble)
{
    switch (c->failure.cause) {
    case PG_NOTHING:
        return c->wants_alone ? AGAIN_ALONE : DONE;
    case PG_LOST:
        *trouble = c->failure.trouble;
        return commit_sent ? IN_DOUBT : AGAIN;
    case PG_AGAIN:
        *trouble = c->failure.trouble;
        return AGAIN;
    case PG_REFUSED:
        break;
    }
    if (!c->awaiting)
        return AGAIN_SLOWLY;
    /* It went on in spite of the refusal, or a rule is only looked at with the commit. */
    if (!e)
        *trouble = c->failure.trouble.note
                       ? c->failure.trouble
                       : (struct trouble){ERR_INTERNAL, err_sentence(ERR_INTERNAL)};
    return DONE;
}

static enum outcome run_once(struct write_job *job, struct pg *c, bool side_by_side,
                             struct trouble *trouble)
{
    struct task *t = job->task;
    struct connection *connection = &c->base;
    struct store_txn txn = {.connection = connection, .writing = true};
    bool commit_sent = false;

    c->side_by_side = side_by_side;
    c->wants_alone = false;
    *trouble = connection_do(connection, BEGIN_WRITE);
    if (trouble->err)
        return AGAIN;
    job->err = OK;
    gate_asks(c->pass);
    if (begin_lock(c, t->tenant, side_by_side)) {
        t->txn = &txn;
        job->err = task_protect(t, job->fn, job->arg);
        t->txn = NULL;
        connection_settle(connection);
    }
    /* It waited for locks and answers: who lost the lease meanwhile must not write any more. */
    if (!job->err && guard_passed())
        job->err = guard_fail(t);
    /* Its number must be known before the commit goes out. */
    if (!job->err && !c->wants_alone && c->failure.cause == PG_NOTHING &&
        (c->transaction[0] || pg_answers(c))) {
        commit_sent = true;
        (void)connection_do(connection, COMMIT);
    }
    return outcome_of(c, commit_sent, job->err, trouble);
}

static const struct trouble doubt = {
    ERR_UNCERTAIN, "保存时与数据库失去联系，暂不确定是否办成；请刷新查看，重复提交不会办两次。"};

/* Ask the server what became of the transaction.  One that is running still is about to end.  A
 * server that took over meanwhile, or that crashed, has numbers of its own. */
static struct trouble find_out(struct pg *c, const char *transaction, int64_t timeline,
                               const char *life, bool *ret_committed)
{
    int64_t until = now_ms() + FIND_OUT_MS;

    for (; now_ms() < until; rest_ms(100)) {
        char status[64];

        pg_disconnect(c);
        if (pg_connect(c).err)
            continue;
        if (timeline < 0 || c->timeline != timeline || strcmp(c->life, life) != 0)
            break;
        if (!pg_ask(c, "SELECT pg_xact_status(CAST($1 AS xid8))", 1, &transaction, status))
            continue;
        *ret_committed = !strcmp(status, "committed");
        if (*ret_committed || !strcmp(status, "aborted"))
            return no_trouble;
        if (!*status)
            break; /* too long ago to be known */
    }
    return doubt;
}

static void count(struct store *store)
{
    atomic_fetch_add(&store->writer.commits, 1);
    atomic_fetch_add(&store->writer.writes, 1);
}

/* What was lost during the commit: true when it is decided.  Where nothing of it stands the trouble
 * stays what it was: the time for another run may be over, and then it is the answer. */
static bool decide(struct pg *c, struct trouble *trouble)
{
    char transaction[sizeof c->transaction], life[sizeof c->life];
    bool committed = false;

    memcpy(transaction, c->transaction, sizeof transaction);
    memcpy(life, c->life, sizeof life);
    struct trouble found = find_out(c, transaction, c->timeline, life, &committed);
    if (found.err || committed)
        *trouble = found;
    return found.err || committed;
}

static struct trouble run_job(struct write_job *job, struct pg *c, bool side_by_side)
{
    int64_t until = now_ms() + WAY_BACK_MS;
    struct trouble trouble = no_trouble;

    c->awaiting = false;
    for (int64_t pause = 2;; pause = pause < 256 ? pause * 2 : pause) {
        trouble = no_trouble;
        enum outcome outcome = run_once(job, c, side_by_side, &trouble);
        if (outcome == IN_DOUBT && decide(c, &trouble)) {
            c->failure = (struct pg_failure){.cause = PG_LOST};
            outcome = DONE;
        }
        bool committed = outcome == DONE && !job->err && !trouble.err;
        if (c->begun || c->failure.cause != PG_NOTHING)
            (void)connection_do(&c->base, ROLLBACK);
        if (committed)
            count(job->task->store);
        if (outcome == DONE ||
            ((outcome == AGAIN || outcome == IN_DOUBT) && now_ms() + pause > until))
            return trouble;
        write_job_again(job);
        c->awaiting = outcome == AGAIN_SLOWLY;
        side_by_side = side_by_side && outcome != AGAIN_ALONE;
        if (outcome == AGAIN || outcome == IN_DOUBT)
            rest_ms(1 + (int64_t)(mixed(now_ms() ^ (int64_t)(uintptr_t)c) % (uint32_t)pause));
    }
}

static enum err run_on_connection(struct write_job *job, struct pass *pass)
{
    struct connections *writers = &job->task->store->pg_writers;
    struct connection *connection = connections_take(writers);

    pg_of(connection)->pass = pass;
    struct trouble trouble = run_job(job, pg_of(connection), pass->sharing);
    pg_of(connection)->pass = NULL;
    connections_give_back(writers, connection);
    if (!trouble.err)
        return job->err;
    write_job_again(job);
    return task_fail(job->task, trouble.err, "%s", trouble.note);
}

enum err pg_write(struct task *t, store_fn *fn, void *arg, bool side_by_side)
{
    struct store *store = t->store;
    struct pass pass;
    struct write_job job = write_job_of(t, fn, arg);
    bool room = atomic_fetch_add(&store->writer.queue, 1) < QUEUE_LIMIT;
    enum err e;

    if (room && gate_enter(gate_of(store, t->tenant), side_by_side, GATE_MS, &pass)) {
        e = run_on_connection(&job, &pass);
        gate_leave(&pass);
    } else {
        e = task_fail(t, ERR_BUSY, "%s", err_sentence(ERR_BUSY));
    }
    atomic_fetch_sub(&store->writer.queue, 1);
    return e;
}

/* ---- the store ---- */

static struct trouble open_connections(struct store *store, struct connections *connections,
                                       enum connection_role role, int count)
{
    for (int i = 0; i < count; i++) {
        struct connection *connection;
        struct trouble trouble = pg_open(store->url, role, &connection);

        if (trouble.err)
            return trouble;
        connections_add(connections, connection);
    }
    return no_trouble;
}

/* Is anything there? */
static struct trouble look(struct pg *c, bool create)
{
    char there[64];

    if (!pg_ask(c, "SELECT to_regclass('schema_migration') IS NOT NULL", 0, NULL, there))
        return c->failure.trouble.note ? c->failure.trouble
                                       : (struct trouble){ERR_STORE, err_sentence(ERR_STORE)};
    if (strcmp(there, "t") != 0 && !create)
        return (struct trouble){ERR_NOT_FOUND, "这里还没有数据库；请先运行 yimen init。"};
    return no_trouble;
}

static int bounded(int wanted, int usual, int most)
{
    return wanted <= 0 ? usual : wanted < most ? wanted : most;
}

struct trouble pg_store_start(struct store *store, const struct store_options *options)
{
    int readers = bounded(options->readers, READERS_PG, READERS_MAX);
    int writers = bounded(options->writers, WRITERS_PG, READERS_MAX);
    int for_others = (writers + 3) / 4; /* connections that are made when they are needed */
    struct connection *connection;
    struct trouble trouble = pg_open(store->url, CONNECTION_READER, &connection);

    if (trouble.err)
        return trouble;
    if (!gates_make(store, writers)) {
        connection_close(connection);
        return (struct trouble){ERR_STORE, err_sentence(ERR_STORE)};
    }
    trouble = pg_connect(pg_of(connection));
    if (!trouble.err)
        trouble = look(pg_of(connection), options->create && !options->read_only);
    connection_close(connection);
    if (!trouble.err && !options->read_only)
        trouble = pg_news_start(store);
    if (!trouble.err)
        trouble = open_connections(store, &store->readers, CONNECTION_READER, readers);
    if (!trouble.err && !options->read_only)
        trouble =
            open_connections(store, &store->pg_writers, CONNECTION_WRITER, writers + for_others);
    return trouble;
}

void pg_store_stop(struct store *store)
{
    pg_news_stop(store);
    gates_free(store);
}
