/*
 * office.c - one thread that runs what is due, and one that renews the lease of what runs.
 *
 * The row of a job says who has it until when; with holder 0 it rests until then.  So all servers
 * read one timetable, and each of them may be the one that comes first.  A lease that is not
 * renewed runs out and the job passes on; the server that lost it (it hung, or the store was not to
 * be reached) gets no further than its next step, because store_guard() ends a little earlier than
 * the lease does.
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
#include "office/sweep.h"
#include "office_sql.h"

enum {
    LEASE_MS = 60 * 1000,
    JOBS_MOST = 64,
    PAUSE_MS = 500,
    WOKEN_AGAIN_MS = 250, /* news that come thick run a job so often and no more */
};

struct office {
    struct office_options options;
    int64_t lease_ms;
    pthread_t thread, renewer;
    pthread_mutex_t lock;
    pthread_cond_t wake, renew;
    _Atomic bool stop;
    int64_t holder;
    size_t job_count;
    int64_t next_at[JOBS_MOST];        /* of the jobs that every server runs for itself */
    _Atomic int64_t ran_ms[JOBS_MOST]; /* of the monotonic clock */
    _Atomic int64_t woken[JOBS_MOST];  /* by news of this tenant */
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

/* ---- The timetable --------------------------------------------------------------------------- */

struct lease {
    const struct office *office;
    const struct job *job;
    bool woken;
    bool got;
};

static int64_t rest_of(const struct job *job)
{
    return job->every_seconds * (int64_t)1000;
}

/* A moment so far ahead was written before the clock was set back.  Twice the lease: what a clock
 * that goes a little before ours has leased is no such moment. */
static int64_t never_beyond(const struct office *office, const struct job *job, int64_t now)
{
    return now + rest_of(job) + 2 * office->lease_ms;
}

static enum err take_lease(struct task *t, void *arg)
{
    struct lease *lease = arg;
    const struct office *office = lease->office;
    enum err e =
        store_run(t, &q_office_lease,
                  ARGS(INT("tenant", t->tenant), TEXT("job", str_of(lease->job->name)),
                       INT("holder", office->holder), INT("until_at", t->now + office->lease_ms),
                       INT("now", t->now), INT("beyond", never_beyond(office, lease->job, t->now)),
                       INT("rested", lease->woken ? INT64_MAX : t->now)),
                  NULL);

    if (e)
        return e;
    lease->got = store_changed(t) == 1;
    return OK;
}

static enum err give_lease(struct task *t, void *arg)
{
    const struct lease *lease = arg;
    /* Reckoned from its beginning; a little less, so that a round which comes early is in time. */
    int64_t rests = t->now + rest_of(lease->job) / 10 * 9;

    return store_run(t, &q_office_release,
                     ARGS(INT("tenant", t->tenant), TEXT("job", str_of(lease->job->name)),
                          INT("holder", lease->office->holder), INT("until_at", rests)),
                     NULL);
}

struct timetable {
    const struct office *office;
    int64_t now;
    bool due[JOBS_MOST];
};

static enum err read_timetable(struct task *t, void *arg)
{
    struct timetable *table = arg;
    const struct job *jobs = table->office->options.jobs;
    struct rows *rows;
    enum err e = store_run(t, &q_office_leases, ARGS(INT("tenant", t->tenant)), &rows);

    if (e)
        return e;
    for (size_t i = 0; i < table->office->job_count; i++)
        table->due[i] = !jobs[i].everywhere;
    while (rows_next(rows)) {
        struct str name = row_str(rows, "job");
        int64_t until = row_int(rows, "until_at"), holder = row_int(rows, "holder");

        for (size_t i = 0; i < table->office->job_count; i++)
            if (str_is(name, jobs[i].name) && until > table->now &&
                until <= never_beyond(table->office, &jobs[i], table->now) &&
                !(holder == 0 && table->office->woken[i] == t->tenant))
                table->due[i] = false;
    }
    return OK;
}

static enum err ask_timetable(struct task *t, void *arg)
{
    return store_read(t, read_timetable, arg);
}

/* ---- Running --------------------------------------------------------------------------------- */

struct job_run {
    struct office *office;
    const struct job *job;
    bool woken;
};

/* A sixth less than the lease: clocks of several machines differ a little. */
static int64_t guard_from(const struct office *office, int64_t asked_ns)
{
    return asked_ns + office->lease_ms * 1000000 / 6 * 5;
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
    struct lease lease = {.office = office, .job = run->job, .woken = run->woken};
    int64_t asked_ns = time_monotonic_ns();
    enum err e = store_write(t, take_lease, &lease);

    if (e || !lease.got)
        return e;
    office->guard_ns = guard_from(office, asked_ns);
    set_running(office, run->job, t->tenant);
    store_guard(&office->guard_ns);
    enum err job_error = task_protect(t, run_job, run);
    store_guard(NULL);
    set_running(office, NULL, 0);
    struct str note = t->note;
    task_clear_error(t);
    e = store_write(t, give_lease, &lease);
    if (job_error)
        return task_fail(t, job_error, "%.*s", STR_ARG(note));
    return e;
}

static void run_for(struct office *office, size_t i, int64_t tenant)
{
    const struct job *job = &office->options.jobs[i];
    int64_t waker = tenant;
    struct job_run run = {office, job, false};
    struct task t;

    /* What is told from here on is for the next run. */
    run.woken = atomic_compare_exchange_strong(&office->woken[i], &waker, 0);
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

static void jobs_of(struct office *office, int64_t tenant, const bool *own_due)
{
    struct timetable table = {.office = office, .now = now_of(office)};
    bool known = ask(office, tenant, ask_timetable, &table);

    for (size_t i = 0; i < office->job_count && !office->stop; i++)
        if (own_due[i] || (known && table.due[i]))
            run_for(office, i, tenant);
}

static void round_of_jobs(struct office *office)
{
    struct tenant_ids tenants = {.office = office};
    int64_t now = now_of(office);
    bool own_due[JOBS_MOST] = {false};

    ask(office, 0, find_tenants, &tenants);
    for (size_t i = 0; i < office->job_count; i++) {
        const struct job *job = &office->options.jobs[i];

        if (!job->everywhere ||
            (office->next_at[i] > now && office->next_at[i] <= never_beyond(office, job, now)))
            continue;
        own_due[i] = true;
        office->next_at[i] = now + rest_of(job);
    }
    for (size_t k = 0; k < tenants.count && !office->stop; k++)
        jobs_of(office, tenants.ids[k], own_due);
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

static enum err renew_lease(struct task *t, void *arg)
{
    struct renewal *renewal = arg;
    enum err e = store_run(t, &q_office_renew,
                           ARGS(INT("tenant", t->tenant), TEXT("job", str_of(renewal->job->name)),
                                INT("holder", renewal->office->holder),
                                INT("until_at", t->now + renewal->office->lease_ms)),
                           NULL);

    if (!e)
        renewal->ours = store_changed(t) == 1;
    return e;
}

static enum err ask_renewal(struct task *t, void *arg)
{
    return store_write(t, renew_lease, arg);
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
        int64_t until_ns = time_monotonic_ns() + office->lease_ms * 1000000 / 4;
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

/* Only what was done here: another server's office has heard it, too. */
static void hear(void *arg, const struct news *news)
{
    struct office *office = arg;
    int64_t now_ms = time_monotonic_ns() / 1000000;
    bool any = false;

    for (size_t i = 0; i < office->job_count && news->here; i++) {
        const struct job *job = &office->options.jobs[i];

        if (!job->woken_by || !str_is(news->word, job->woken_by))
            continue;
        office->woken[i] = news->tenant;
        any = any || now_ms - office->ran_ms[i] > WOKEN_AGAIN_MS;
    }
    if (any) {
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
    office->lease_ms = options->lease_ms ? options->lease_ms : LEASE_MS;
    while (office->job_count < JOBS_MOST && options->jobs[office->job_count].name)
        office->job_count++;
    random_bytes(&office->holder, sizeof office->holder);
    office->holder = (office->holder & INT64_MAX) | 1; /* 0 is nobody */
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
