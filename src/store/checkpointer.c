/*
 * The checkpoint thread: copies the log into the database while the writer goes on.
 *
 * Under steady writing the log never comes to an end by itself, and only a log that is wholly
 * copied begins anew.  So the bulk is copied beside the writer, and for the small rest the writer
 * is held between two groups.
 *
 * When hardly anybody asked for some seconds it gives back what the connections keep: pages of the
 * database that the kernel has as well.
 */
#include <errno.h>
#include <time.h>

#include "store/store_private.h"

enum {
    REST_AFTER_FAILURE_S = 2,
    QUIET_S = 2,
    QUIET_USES = 50 /* in that time: the timers of an idle server */
};

static void copy_log(struct store *store, int64_t *ret_left)
{
    struct connection *connection = store->checkpointer.connection;
    int64_t left = 0;

    *ret_left = 1;
    for (int pass = 0; pass < 2; pass++) {
        if (connection_checkpoint(connection, false, &left).err)
            return;
    }
    writer_pause(store);
    if (!connection_checkpoint(connection, true, &left).err)
        *ret_left = left;
    writer_resume(store);
}

/* A long reader (a backup) or a full disk keeps the log: try again, but not at once. */
static void rest(struct checkpointer *c)
{
    struct timespec until;

    clock_gettime(CLOCK_MONOTONIC, &until);
    until.tv_sec += REST_AFTER_FAILURE_S;
    while (!c->stopping && pthread_cond_timedwait(&c->work, &c->lock, &until) == 0)
        continue;
}

/* Once for each time of quiet. */
static void rest_connections(struct store *store)
{
    struct checkpointer *c = &store->checkpointer;
    int64_t uses = connections_uses(&store->readers) + atomic_load(&store->writer.commits);
    bool quiet = uses - c->uses_seen <= QUIET_USES;

    c->uses_seen = uses;
    if (quiet && !c->rested) {
        connections_rest(&store->readers);
        writer_pause(store);
        connection_rest(store->writer.connection);
        writer_resume(store);
    }
    c->rested = quiet;
}

/* With the lock held: until the log is to be copied or the store closes. */
static void wait_for_work(struct store *store)
{
    struct checkpointer *c = &store->checkpointer;
    struct timespec until;

    while (!c->wanted && !c->stopping) {
        clock_gettime(CLOCK_MONOTONIC, &until);
        until.tv_sec += QUIET_S;
        if (pthread_cond_timedwait(&c->work, &c->lock, &until) != ETIMEDOUT)
            continue;
        pthread_mutex_unlock(&c->lock);
        rest_connections(store);
        pthread_mutex_lock(&c->lock);
    }
}

static void *checkpointer_main(void *arg)
{
    struct store *store = arg;
    struct checkpointer *c = &store->checkpointer;

    pthread_setname_np(pthread_self(), "store-log");
    pthread_mutex_lock(&c->lock);
    for (;;) {
        wait_for_work(store);
        if (c->stopping)
            break;
        int64_t left;
        pthread_mutex_unlock(&c->lock);
        copy_log(store, &left);
        pthread_mutex_lock(&c->lock);
        c->wanted = false;
        if (left)
            rest(c);
    }
    pthread_mutex_unlock(&c->lock);
    return NULL;
}

void checkpointer_want(struct store *store)
{
    struct checkpointer *c = &store->checkpointer;

    if (!c->connection)
        return;
    pthread_mutex_lock(&c->lock);
    if (!c->wanted)
        pthread_cond_signal(&c->work);
    c->wanted = true;
    pthread_mutex_unlock(&c->lock);
}

struct trouble checkpointer_start(struct store *store)
{
    struct checkpointer *c = &store->checkpointer;
    struct connection *connection;
    pthread_condattr_t steady;
    struct trouble trouble = sqlite_open(store->database, CONNECTION_CHECKPOINT, &connection);

    if (trouble.err)
        return trouble;
    pthread_mutex_init(&c->lock, NULL);
    pthread_condattr_init(&steady); /* a clock that nobody sets */
    pthread_condattr_setclock(&steady, CLOCK_MONOTONIC);
    pthread_cond_init(&c->work, &steady);
    pthread_condattr_destroy(&steady);
    c->connection = connection;
    if (pthread_create(&c->thread, NULL, checkpointer_main, store)) {
        connection_close(connection);
        c->connection = NULL;
        return (struct trouble){ERR_STORE, "不能启动数据库线程；请联系管理员。"};
    }
    return (struct trouble){OK, NULL};
}

void checkpointer_stop(struct store *store)
{
    struct checkpointer *c = &store->checkpointer;

    if (!c->connection)
        return;
    pthread_mutex_lock(&c->lock);
    c->stopping = true;
    pthread_cond_broadcast(&c->work);
    pthread_mutex_unlock(&c->lock);
    pthread_join(c->thread, NULL);
    connection_close(c->connection);
    c->connection = NULL;
}
