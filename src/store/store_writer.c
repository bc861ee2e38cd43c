/*
 * The writer thread: takes all that waits, runs it in one transaction and commits it together.
 * While a function runs, its task belongs to this thread; its own thread sleeps.
 *
 * A savepoint for each function costs a sixth of the throughput, and failing after a write is rare.
 * So a group is first run without; when one fails after it wrote, nothing of the group is kept and
 * all of it is run again with savepoints, as are the next few groups.
 *
 * Those who wait are woken in a relay: the writer wakes the first, and everybody wakes the next one
 * before he goes on.  Sixty woken at once would stand in front of the writer in the queues of the
 * processors, all of them write again together, and leave the processors idle while he writes.
 *
 * Outside task_protect() nothing here may touch the arena of a task: the recovery point that the
 * task carries lies on the stack of another thread.  Trouble with the transaction itself is
 * therefore handed over as static text and written down by the thread that waits.
 */
#include <linux/futex.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "store/store_private.h"

enum {
    LOG_FAR_BEYOND = 8, /* times the limit of the log */
    RELAYS_MOST = 16
};

static void job_fail(struct write_job *job, struct trouble trouble)
{
    job->err = trouble.err;
    job->note = trouble.note;
}

struct write_job write_job_of(struct task *t, store_fn *fn, void *arg)
{
    return (struct write_job){
        .task = t,
        .fn = fn,
        .arg = arg,
        .mark = task_mark(t),
        .err_before = t->err,
        .note_before = t->note,
        .field_errors_before = t->field_errors,
        .last_field_error_before = t->last_field_error,
    };
}

/* What the task knew before it came here stands; what a former run made goes. */
void write_job_again(struct write_job *job)
{
    struct task *t = job->task;

    task_reset(t, job->mark);
    t->err = job->err_before;
    t->note = job->note_before;
    t->field_errors = job->field_errors_before;
    t->last_field_error = job->last_field_error_before;
    if (t->last_field_error)
        t->last_field_error->next = NULL;
}

/* Run one function, or what it has kept, inside the open transaction.  False: the whole transaction
 * is gone. */
static bool run_job(struct store *store, struct write_job *job)
{
    struct writer *w = &store->writer;
    struct connection *connection = w->connection;
    struct store_txn txn = {.connection = connection, .writing = true};
    struct ahead *ahead = job->ahead;

    job->ahead = NULL;
    if (ahead && !ahead_stands(&w->changes, ahead))
        ahead = NULL;
    if (!ahead && job->has_run)
        write_job_again(job);
    job->has_run = true;
    job->note = NULL;
    job->task->txn = &txn;
    job->err = ahead ? task_protect(job->task, ahead_write, ahead)
                     : task_protect(job->task, job->fn, job->arg);
    job->task->txn = NULL;
    job->wrote = txn.wrote;
    job->anew = ahead && job->err;
    if (ahead && !job->err)
        atomic_fetch_add(&w->ahead, 1);
    connection_settle(connection);
    if (connection_in_transaction(connection))
        return true;
    if (!job->err)
        job_fail(job, (struct trouble){ERR_STORE, err_sentence(ERR_STORE)});
    return false;
}

static void roll_back(struct connection *connection)
{
    /* Its own failure leaves the connection without a transaction, which is what is wanted. */
    if (connection_in_transaction(connection))
        (void)connection_do(connection, ROLLBACK);
}

static struct trouble begin(struct writer *w)
{
    struct trouble trouble = connection_do(w->connection, BEGIN_WRITE);

    if (!trouble.err)
        changes_begin(&w->changes, connection_others_wrote(w->connection));
    return trouble;
}

static struct trouble commit(struct writer *w)
{
    struct trouble trouble = connection_do(w->connection, COMMIT);

    if (!trouble.err)
        changes_commit(&w->changes);
    return trouble;
}

/* In a transaction of its own: what fails now is the answer. */
static void run_alone(struct store *store, struct write_job *job)
{
    struct writer *w = &store->writer;

    do {
        struct trouble trouble = begin(w);
        job->anew = false;
        if (trouble.err) {
            job_fail(job, trouble);
            return;
        }
        bool whole = run_job(store, job);
        if (whole && !job->err) {
            trouble = commit(w);
            if (trouble.err)
                job_fail(job, trouble);
        }
        roll_back(w->connection);
    } while (job->anew);
}

enum together {
    TOGETHER_DONE,    /* everybody has an answer */
    TOGETHER_UNDONE,  /* one must be undone without the others; nothing of it stands */
    TOGETHER_LOST,    /* the database failed; nothing of it stands */
    TOGETHER_DOUBTFUL /* so did the commit, but the log may hold it after a crash */
};

static enum together run_member(struct store *store, struct write_job *job, bool savepoints)
{
    struct connection *connection = store->writer.connection;

    if (savepoints && connection_do(connection, SAVEPOINT).err)
        return TOGETHER_LOST;
    /* A second run must have an answer. */
    if (savepoints)
        job->ahead = NULL;
    if (!run_job(store, job))
        return TOGETHER_LOST;
    if (job->err && job->wrote && !savepoints)
        return TOGETHER_UNDONE;
    if (savepoints && job->err && connection_do(connection, ROLLBACK_TO).err)
        return TOGETHER_LOST;
    if (savepoints && connection_do(connection, RELEASE).err)
        return TOGETHER_LOST;
    return TOGETHER_DONE;
}

static enum together run_together(struct store *store, struct write_job *jobs, bool savepoints,
                                  int64_t *ret_written)
{
    struct writer *w = &store->writer;
    struct trouble trouble = begin(w);
    enum together together = TOGETHER_DONE;
    int64_t written = 0;

    if (trouble.err) {
        /* Trying again one by one would only wait for the same lock as often. */
        for (struct write_job *job = jobs; job; job = job->next)
            job_fail(job, trouble);
        *ret_written = 0;
        return TOGETHER_DONE;
    }
    for (struct write_job *job = jobs; job && together == TOGETHER_DONE; job = job->next) {
        together = run_member(store, job, savepoints);
        written += !job->err;
    }
    if (together == TOGETHER_DONE) {
        enum err e = commit(w).err;
        together = !e ? TOGETHER_DONE : e == ERR_UNCERTAIN ? TOGETHER_DOUBTFUL : TOGETHER_LOST;
    }
    if (together == TOGETHER_DONE)
        *ret_written = written;
    else
        roll_back(w->connection);
    return together;
}

static void count_commit(struct writer *w, int64_t written)
{
    if (!written)
        return;
    atomic_fetch_add(&w->commits, 1);
    atomic_fetch_add(&w->writes, written);
    if (written > atomic_load(&w->largest_group))
        atomic_store(&w->largest_group, written);
}

static void run_each_alone(struct store *store, struct write_job *jobs, bool doubtful)
{
    for (struct write_job *job = jobs; job; job = job->next) {
        run_alone(store, job);
        count_commit(&store->writer, !job->err);
        /* The next commit writes over what is doubtful; before it, nobody can say "nothing
         * happened". */
        if (!job->err)
            doubtful = false;
        else if (doubtful && (job->err == ERR_STORE || job->err == ERR_BUSY))
            job_fail(job, (struct trouble){ERR_UNCERTAIN, err_sentence(ERR_UNCERTAIN)});
    }
}

static void run_group(struct store *store, struct write_job *jobs)
{
    enum { CAREFUL_GROUPS = 16 };
    struct writer *w = &store->writer;
    enum together together = TOGETHER_LOST;
    int64_t written = 0;

    if (jobs->next && !w->careful) {
        together = run_together(store, jobs, false, &written);
        if (together == TOGETHER_UNDONE)
            w->careful = CAREFUL_GROUPS;
    }
    if (jobs->next && w->careful) {
        together = run_together(store, jobs, true, &written);
        w->careful--;
    }
    if (together == TOGETHER_DONE) {
        count_commit(w, written);
        return;
    }
    run_each_alone(store, jobs, together == TOGETHER_DOUBTFUL);
}

/* The job may be gone, with the stack it lay on: only its address is used, and nobody minds being
 * woken for nothing. */
static void wake(const struct write_job *job)
{
    syscall(SYS_futex, &job->done, FUTEX_WAKE_PRIVATE, 1, NULL, NULL, 0);
}

static void answer_group(const struct writer *w, struct write_job *jobs)
{
    struct write_job *first[RELAYS_MOST], *wakes = jobs;
    int n = 0;

    for (; wakes && n < w->relays; wakes = wakes->next)
        first[n++] = wakes;
    for (struct write_job *job = jobs; job; job = job->next) {
        job->wakes = wakes;
        wakes = wakes ? wakes->next : NULL;
    }
    for (struct write_job *job = jobs, *next; job; job = next) {
        next = job->next; /* the job lies on the stack of a thread that may go on now */
        atomic_store(&job->done, 1);
    }
    for (int i = 0; i < n; i++)
        wake(first[i]);
}

static void sleep_until_done(struct write_job *job)
{
    while (!atomic_load(&job->done))
        syscall(SYS_futex, &job->done, FUTEX_WAIT_PRIVATE, 0, NULL, NULL, 0);
    if (job->wakes)
        wake(job->wakes);
}

/* A relay for two processors. */
static int relays(void)
{
    long processors = sysconf(_SC_NPROCESSORS_ONLN);

    return processors < 4 ? 1 : processors > 2 * RELAYS_MOST ? RELAYS_MOST : (int)processors / 2;
}

static void *writer_main(void *arg)
{
    struct store *store = arg;
    struct writer *w = &store->writer;

    pthread_setname_np(pthread_self(), "store-writer");
    pthread_mutex_lock(&w->lock);
    for (;;) {
        while (w->pausing || (!w->first && !w->stopping))
            pthread_cond_wait(&w->work, &w->lock);
        if (!w->first)
            break;
        struct write_job *jobs = w->first;
        w->first = NULL;
        w->last = &w->first;
        atomic_store(&w->queue, 0);
        w->busy = true;
        pthread_mutex_unlock(&w->lock);

        run_group(store, jobs);
        int64_t pages = connection_log_pages(w->connection), left;
        if (pages > store->log_limit)
            checkpointer_want(store);

        answer_group(w, jobs);
        /* A machine so busy that the checkpoint thread does not get its turn: the writer itself
         * sees to it that the disk does not fill up.  Fails while the thread is at it, which is as
         * good. */
        if (pages > LOG_FAR_BEYOND * store->log_limit)
            (void)connection_checkpoint(w->connection, false, &left);
        pthread_mutex_lock(&w->lock);
        w->busy = false;
        if (w->pausing)
            pthread_cond_signal(&w->pause_change);
    }
    pthread_mutex_unlock(&w->lock);
    return NULL;
}

/* Hand the job to the writer and sleep until it is decided.  False: too many wait already. */
static bool wait_for_writer(struct writer *w, struct write_job *job)
{
    pthread_mutex_lock(&w->lock);
    if (atomic_load(&w->queue) >= w->most_waiting) {
        pthread_mutex_unlock(&w->lock);
        return false;
    }
    if (!w->first)
        pthread_cond_signal(&w->work);
    *w->last = job;
    w->last = &job->next;
    atomic_fetch_add(&w->queue, 1);
    pthread_mutex_unlock(&w->lock);
    sleep_until_done(job);
    return true;
}

/* Without the writer: fn wants to write nothing, or what it saw does not allow it. */
static bool decided_ahead(enum err e, const struct ahead *ahead)
{
    bool says_the_store = e == ERR_STORE || e == ERR_BUSY || e == ERR_INTERNAL;

    return !ahead->useless && !says_the_store && (e || !ahead->first);
}

enum err writer_write(struct task *t, store_fn *fn, void *arg, bool ahead_first)
{
    struct ahead ahead = {0};
    struct write_job job = write_job_of(t, fn, arg);

    if (ahead_first) {
        enum err e = reader_run(t, fn, arg, &ahead);
        if (decided_ahead(e, &ahead))
            return e;
        job.has_run = true;
        job.ahead = e || ahead.useless ? NULL : &ahead;
    }
    if (!wait_for_writer(&t->store->writer, &job)) {
        if (job.has_run)
            write_job_again(&job);
        return task_fail(t, ERR_BUSY, "%s", err_sentence(ERR_BUSY));
    }
    if (job.note) {
        /* The transaction failed, whatever the function said before. */
        write_job_again(&job);
        return task_fail(t, job.err, "%s", job.note);
    }
    return job.err;
}

struct trouble writer_start(struct store *store)
{
    struct writer *w = &store->writer;
    struct trouble trouble = sqlite_open(store->database, CONNECTION_WRITER, &w->connection);

    if (trouble.err)
        return trouble;
    pthread_mutex_init(&w->lock, NULL);
    pthread_cond_init(&w->work, NULL);
    pthread_cond_init(&w->pause_change, NULL);
    w->last = &w->first;
    w->most_waiting = QUEUE_LIMIT;
    w->relays = relays();
    if (pthread_create(&w->thread, NULL, writer_main, store)) {
        connection_close(w->connection);
        w->connection = NULL;
        return (struct trouble){ERR_STORE, "不能启动写入线程；请联系管理员。"};
    }
    return (struct trouble){OK, NULL};
}

void writer_stop(struct store *store)
{
    struct writer *w = &store->writer;

    if (!w->connection)
        return;
    pthread_mutex_lock(&w->lock);
    w->stopping = true;
    pthread_cond_signal(&w->work);
    pthread_mutex_unlock(&w->lock);
    pthread_join(w->thread, NULL);
    /* Last of all connections: closing it copies the log and removes it. */
    connection_close(w->connection);
    w->connection = NULL;
}

void writer_pause(struct store *store)
{
    struct writer *w = &store->writer;

    pthread_mutex_lock(&w->lock);
    w->pausing = true;
    while (w->busy)
        pthread_cond_wait(&w->pause_change, &w->lock);
    pthread_mutex_unlock(&w->lock);
}

void writer_resume(struct store *store)
{
    struct writer *w = &store->writer;

    pthread_mutex_lock(&w->lock);
    w->pausing = false;
    pthread_cond_signal(&w->work);
    pthread_mutex_unlock(&w->lock);
}
