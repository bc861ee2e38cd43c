/*
 * office.c - one thread that runs what is due, and one that renews the lease of what runs.
 *
 * A lease (lease.h) that is not renewed runs out and the job passes on; the server that lost it (it
 * hung, or the store was not to be reached) gets no further than its next step, because
 * store_guard() ends a little earlier than the lease does.
 */
#include "office/office.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "core/crypto.h"
#include "core/log.h"
#include "core/time.h"
#include "office/lease.h"
#include "office/sweep.h"

enum {
    LEASE_MS = 60 * 1000,
    JOBS_MOST = 64, /* a bit each */
    CITIES = 1024,  /* places; cities that share one wake each other's jobs, which does no harm */
    PAUSE_MS = 500,
    WOKEN_AGAIN_MS = 250, /* news that come thick run a job so often and no more */
};

struct office {
    struct office_options options;
    struct leaser leaser;
    pthread_t thread, renewer;
    pthread_mutex_t lock;
    pthread_cond_t wake, renew;
    _Atomic bool stop;
    size_t job_count;
    int64_t next_at[JOBS_MOST];        /* of the jobs that every server runs for itself */
    _Atomic int64_t ran_ms[JOBS_MOST]; /* of the monotonic clock */
    _Atomic uint64_t woken[CITIES];    /* jobs that news of the city want run soon */
    int64_t quiet_until_ms;
    const struct job *running; /* leased, or NULL; under the lock, as are the next two */
    int64_t running_for;
    bool stop_renewing;
    _Atomic int64_t guard_ns; /* until when the lease is surely ours */
};

static int64_t now_of(const struct office *office)
{
    return office->options.now ? office->options.now() : time_now();
}

/* ---- Running --------------------------------------------------------------------------------- */

struct job_run {
    struct office *office;
    const struct job *job;
    bool woken;
};

static _Atomic uint64_t *woken_of(struct office *office, int64_t tenant)
{
    return &office->woken[((uint64_t)tenant * 0x9E3779B97F4A7C15u >> 32) % CITIES];
}

/* A sixth less than the lease: clocks of several machines differ a little. */
static int64_t guard_from(const struct office *office, int64_t asked_ns)
{
    return asked_ns + office->leaser.ms * 1000000 / 6 * 5;
}

/* What the renewer sees. */
static void set_running(struct office *office, const struct job *job, int64_t tenant)
{
    pthread_mutex_lock(&office->lock);
    office->running = job;
    office->running_for = tenant;
    pthread_mutex_unlock(&office->lock);
}

static enum err run_job(struct task *t, void *arg)
{
    const struct job_run *run = arg;

    return run->job->run(t, run->office->options.setup);
}

static enum err leased_run(struct task *t, void *arg)
{
    struct job_run *run = arg;
    struct office *office = run->office;
    int64_t asked_ns = time_monotonic_ns();
    bool got;
    enum err e = lease_take(t, &office->leaser, run->job, run->woken, &got);

    if (e || !got)
        return e;
    office->guard_ns = guard_from(office, asked_ns);
    set_running(office, run->job, t->tenant);
    store_guard(&office->guard_ns);
    enum err job_error = task_protect(t, run_job, run);
    store_guard(NULL);
    set_running(office, NULL, 0);
    struct str note = t->note;
    task_clear_error(t);
    e = lease_give(t, &office->leaser, run->job);
    if (job_error)
        return task_fail(t, job_error, "%.*s", STR_ARG(note));
    return e;
}

static void run_for(struct office *office, size_t i, int64_t tenant, bool woken)
{
    const struct job *job = &office->options.jobs[i];
    struct job_run run = {office, job, woken};
    struct task t;

    office->ran_ms[i] = time_monotonic_ns() / 1000000;
    task_begin(&t, office->options.store, now_of(office), TASK_BUDGET);
    t.tenant = tenant;
    enum err e = task_protect(&t, job->everywhere ? run_job : leased_run, &run);
    if (e)
        log_write(LEVEL_ERROR, "office.job-failed",
                  LOG_PAIRS(LOG_STR("job", str_of(job->name)), LOG_ID("tenant", tenant),
                            LOG_STR("error", str_of(err_word(e))), LOG_STR("note", t.note)));
    task_end(&t);
}

struct tenant_ids {
    const struct office *office;
    int64_t *ids; /* malloc() */
    size_t count, room;
};

static enum err read_tenants(struct task *t, void *arg)
{
    struct tenant_ids *tenants = arg;
    struct list list = {0};
    enum err e = tenants->office->options.tenants(t, &list);

    if (e)
        return e;
    if (list.count > tenants->room) {
        int64_t *bigger = realloc(tenants->ids, list.count * sizeof *bigger);

        if (!bigger)
            return task_fail(t, ERR_NO_MEMORY, "%s", err_sentence(ERR_NO_MEMORY));
        tenants->ids = bigger;
        tenants->room = list.count;
    }
    if (list.count)
        memcpy(tenants->ids, list.at, list.count * sizeof *tenants->ids);
    tenants->count = list.count;
    return OK;
}

static enum err find_tenants(struct task *t, void *arg)
{
    return store_read(t, read_tenants, arg);
}

/* Trouble with the store lasts; a line every half second would only fill the disk. */
static void complain(struct office *office, const struct task *t)
{
    int64_t now_ms = time_monotonic_ns() / 1000000;

    if (now_ms < office->quiet_until_ms)
        return;
    office->quiet_until_ms = now_ms + 30 * 1000;
    log_write(LEVEL_ERROR, "office.no-timetable", LOG_PAIRS(LOG_STR("note", t->note)));
}

/* In a task of its own: false when the store does not answer. */
static bool ask(struct office *office, int64_t tenant, task_fn *fn, void *arg)
{
    struct task t;

    task_begin(&t, office->options.store, now_of(office), TASK_BUDGET);
    t.tenant = tenant;
    enum err e = task_protect(&t, fn, arg);
    if (e)
        complain(office, &t);
    task_end(&t);
    return e == OK;
}

struct due {
    const struct office *office;
    uint64_t woken;
    bool jobs[JOBS_MOST];
};

static enum err ask_due(struct task *t, void *arg)
{
    struct due *due = arg;

    return lease_due(t, &due->office->leaser, due->office->options.jobs, due->office->job_count,
                     due->woken, due->jobs);
}

static void jobs_of(struct office *office, int64_t tenant, const bool *own_due, uint64_t woken)
{
    struct due due = {.office = office, .woken = woken};
    bool known = ask(office, tenant, ask_due, &due);
    uint64_t ran = 0;

    for (size_t i = 0; i < office->job_count && !office->stop; i++) {
        if (own_due[i] || (known && due.jobs[i])) {
            run_for(office, i, tenant, woken >> i & 1);
            ran |= (uint64_t)1 << i;
        }
    }
    /* Another server has it now: it may be past what the news are about. */
    atomic_fetch_or(woken_of(office, tenant), woken & ~ran);
}

static void round_of_jobs(struct office *office)
{
    struct tenant_ids tenants = {.office = office};
    int64_t now = now_of(office);
    bool own_due[JOBS_MOST] = {false};
    uint64_t woken[CITIES];

    if (!ask(office, 0, find_tenants, &tenants)) {
        free(tenants.ids);
        return;
    }
    /* What is told from here on is for the next round. */
    for (size_t i = 0; i < CITIES; i++)
        woken[i] = office->woken[i] ? atomic_exchange(&office->woken[i], 0) : 0;
    for (size_t i = 0; i < office->job_count; i++) {
        const struct job *job = &office->options.jobs[i];

        if (!job->everywhere ||
            (office->next_at[i] > now &&
             office->next_at[i] <= lease_never_beyond(&office->leaser, job, now)))
            continue;
        own_due[i] = true;
        office->next_at[i] = now + job->every_seconds * (int64_t)1000;
    }
    for (size_t k = 0; k < tenants.count && !office->stop; k++)
        jobs_of(office, tenants.ids[k], own_due,
                woken[woken_of(office, tenants.ids[k]) - office->woken]);
    free(tenants.ids);
}

/* ---- Threads --------------------------------------------------------------------------------- */

static void wait_ms(struct office *office, pthread_cond_t *cond, int64_t ms)
{
    int64_t until_ns = time_monotonic_ns() + ms * 1000000;
    struct timespec until = {.tv_sec = until_ns / 1000000000, .tv_nsec = until_ns % 1000000000};

    if (!office->stop)
        (void)pthread_cond_clockwait(cond, &office->lock, CLOCK_MONOTONIC, &until);
}

static void *work(void *arg)
{
    struct office *office = arg;

    pthread_mutex_lock(&office->lock);
    while (!office->stop) {
        pthread_mutex_unlock(&office->lock);
        round_of_jobs(office);
        pthread_mutex_lock(&office->lock);
        wait_ms(office, &office->wake, PAUSE_MS);
    }
    pthread_mutex_unlock(&office->lock);
    return NULL;
}

struct renewal {
    const struct office *office;
    const struct job *job;
    bool ours;
};

static enum err ask_renewal(struct task *t, void *arg)
{
    struct renewal *renewal = arg;

    return lease_renew(t, &renewal->office->leaser, renewal->job, &renewal->ours);
}

static void renew(struct office *office, const struct job *job, int64_t tenant)
{
    struct renewal renewal = {office, job, false};
    int64_t asked_ns = time_monotonic_ns();

    /* No answer: the guard stands where it stood, and the next try may be in time. */
    if (!ask(office, tenant, ask_renewal, &renewal))
        return;
    if (!renewal.ours)
        log_write(LEVEL_WARN, "office.lease-lost",
                  LOG_PAIRS(LOG_STR("job", str_of(job->name)), LOG_ID("tenant", tenant)));
    pthread_mutex_lock(&office->lock);
    if (office->running == job && office->running_for == tenant)
        office->guard_ns = renewal.ours ? guard_from(office, asked_ns) : 0;
    pthread_mutex_unlock(&office->lock);
}

static void *renew_leases(void *arg)
{
    struct office *office = arg;

    pthread_mutex_lock(&office->lock);
    while (!office->stop_renewing) {
        int64_t until_ns = time_monotonic_ns() + office->leaser.ms * 1000000 / 4;
        struct timespec until = {.tv_sec = until_ns / 1000000000, .tv_nsec = until_ns % 1000000000};

        (void)pthread_cond_clockwait(&office->renew, &office->lock, CLOCK_MONOTONIC, &until);
        const struct job *job = office->running;
        int64_t tenant = office->running_for;
        if (!job || office->stop_renewing)
            continue;
        pthread_mutex_unlock(&office->lock);
        renew(office, job, tenant);
        pthread_mutex_lock(&office->lock);
    }
    pthread_mutex_unlock(&office->lock);
    return NULL;
}

/* Only what was done here: another server's office has heard it, too.  Without a word it is more
 * than fits into news: anything. */
static void hear(void *arg, const struct news *news)
{
    struct office *office = arg;
    int64_t now_ms = time_monotonic_ns() / 1000000;
    uint64_t jobs = 0;
    bool soon = false;

    for (size_t i = 0; i < office->job_count && news->here; i++) {
        const struct job *job = &office->options.jobs[i];

        if (!job->woken_by || (news->word.len && !str_is(news->word, job->woken_by)))
            continue;
        jobs |= (uint64_t)1 << i;
        soon = soon || now_ms - office->ran_ms[i] > WOKEN_AGAIN_MS;
    }
    if (!jobs)
        return;
    atomic_fetch_or(woken_of(office, news->tenant), jobs);
    if (soon) {
        pthread_mutex_lock(&office->lock);
        pthread_cond_signal(&office->wake);
        pthread_mutex_unlock(&office->lock);
    }
}

static bool start_threads(struct office *office)
{
    if (!store_listen(office->options.store, hear, office))
        return false;
    if (pthread_create(&office->renewer, NULL, renew_leases, office)) {
        store_unlisten(office->options.store, hear, office);
        return false;
    }
    if (!pthread_create(&office->thread, NULL, work, office))
        return true;
    store_unlisten(office->options.store, hear, office);
    pthread_mutex_lock(&office->lock);
    office->stop_renewing = true;
    pthread_cond_signal(&office->renew);
    pthread_mutex_unlock(&office->lock);
    pthread_join(office->renewer, NULL);
    return false;
}

static void release(struct office *office)
{
    pthread_mutex_destroy(&office->lock);
    pthread_cond_destroy(&office->wake);
    pthread_cond_destroy(&office->renew);
    free(office);
}

struct office *office_start(const struct office_options *options)
{
    struct office *office = calloc(1, sizeof *office);

    if (!office)
        return NULL;
    office->options = *options;
    office->leaser.ms = options->lease_ms ? options->lease_ms : LEASE_MS;
    while (office->job_count < JOBS_MOST && options->jobs[office->job_count].name)
        office->job_count++;
    random_bytes(&office->leaser.holder, sizeof office->leaser.holder);
    office->leaser.holder = (office->leaser.holder & INT64_MAX) | 1; /* 0 is nobody */
    pthread_mutex_init(&office->lock, NULL);
    pthread_cond_init(&office->wake, NULL);
    pthread_cond_init(&office->renew, NULL);
    if (start_threads(office))
        return office;
    release(office);
    return NULL;
}

void office_stop(struct office *office)
{
    if (!office)
        return;
    store_unlisten(office->options.store, hear, office);
    pthread_mutex_lock(&office->lock);
    office->stop = true;
    pthread_cond_signal(&office->wake);
    pthread_mutex_unlock(&office->lock);
    pthread_join(office->thread, NULL);
    pthread_mutex_lock(&office->lock);
    office->stop_renewing = true;
    pthread_cond_signal(&office->renew);
    pthread_mutex_unlock(&office->lock);
    pthread_join(office->renewer, NULL);
    release(office);
}

enum err office_run_all(struct task *t, const struct job *jobs, const struct setup *setup)
{
    for (; jobs->name; jobs++) {
        enum err e = jobs->run(t, setup);

        if (e)
            return e;
    }
    return OK;
}

static enum err run_sweep(struct task *t, const struct setup *setup)
{
    int64_t removed = 0;
    enum err e = sweep_blobs(t, &removed);

    (void)setup;
    if (!e && removed)
        log_write(LEVEL_INFO, "office.swept",
                  LOG_PAIRS(LOG_ID("tenant", t->tenant), LOG_INT("files", removed)));
    return e;
}

const struct job office_jobs[] = {{"office.sweep-files", 6 * 3600, run_sweep}, {0}};
