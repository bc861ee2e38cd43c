#include "office/office.h"

#include <pthread.h>
#include <stdlib.h>
#include <time.h>

#include "core/log.h"
#include "core/time.h"
#include "office/sweep.h"
#include "office_sql.h"

enum { LEASE_MS = 10 * 60 * 1000, JOBS_MOST = 64, PAUSE_MS = 500 };

struct office {
    struct office_options options;
    pthread_t thread;
    pthread_mutex_t lock;
    pthread_cond_t wake;
    _Atomic bool stop;
    int64_t holder;
    int64_t next_at[JOBS_MOST]; /* the same for all tenants */
};

struct lease {
    const char *job;
    int64_t holder;
    bool got;
};

static enum err take_lease(struct task *t, void *arg)
{
    struct lease *lease = arg;
    enum err e = store_run(t, &q_office_lease,
                           ARGS(INT("tenant", t->tenant), TEXT("job", str_of(lease->job)),
                                INT("holder", lease->holder), INT("until_at", t->now + LEASE_MS),
                                INT("now", t->now)),
                           NULL);

    if (e)
        return e;
    lease->got = store_changed(t) == 1;
    return OK;
}

static enum err give_lease(struct task *t, void *arg)
{
    struct lease *lease = arg;

    return store_run(t, &q_office_release,
                     ARGS(INT("tenant", t->tenant), TEXT("job", str_of(lease->job)),
                          INT("holder", lease->holder)),
                     NULL);
}

struct job_run {
    struct office *office;
    const struct job *job;
};

static enum err leased_run(struct task *t, void *arg)
{
    struct job_run *run = arg;
    struct lease lease = {.job = run->job->name, .holder = run->office->holder};
    enum err e = store_write(t, take_lease, &lease);

    if (e || !lease.got)
        return e;
    enum err job_error = run->job->run(t, run->office->options.setup);
    struct str note = t->note;
    task_clear_error(t);
    e = store_write(t, give_lease, &lease);
    if (job_error)
        return task_fail(t, job_error, "%.*s", STR_ARG(note));
    return e;
}

static int64_t now_of(const struct office *office)
{
    return office->options.now ? office->options.now() : time_now();
}

static void run_for(struct office *office, const struct job *job, int64_t tenant)
{
    struct job_run run = {office, job};
    struct task t;

    task_begin(&t, office->options.store, now_of(office), TASK_BUDGET);
    t.tenant = tenant;
    enum err e = task_protect(&t, leased_run, &run);
    if (e)
        log_write(LEVEL_ERROR, "office.job-failed",
                  LOG_PAIRS(LOG_STR("job", str_of(job->name)), LOG_ID("tenant", tenant),
                            LOG_STR("error", str_of(err_word(e))), LOG_STR("note", t.note)));
    task_end(&t);
}

struct tenant_ids {
    const struct office *office;
    int64_t ids[256];
    size_t count;
};

static enum err read_tenants(struct task *t, void *arg)
{
    struct tenant_ids *tenants = arg;
    struct list list = {0};
    enum err e = tenants->office->options.tenants(t, &list);

    if (e)
        return e;
    tenants->count = 0;
    LIST_EACH (int64_t, id, list) {
        if (tenants->count < sizeof tenants->ids / sizeof *tenants->ids)
            tenants->ids[tenants->count++] = *id;
    }
    return OK;
}

static enum err find_tenants(struct task *t, void *arg)
{
    return store_read(t, read_tenants, arg);
}

static void round_of_jobs(struct office *office)
{
    struct tenant_ids tenants = {.office = office};
    int64_t now = now_of(office);
    struct task t;

    task_begin(&t, office->options.store, now, TASK_BUDGET);
    if (task_protect(&t, find_tenants, &tenants))
        log_write(LEVEL_ERROR, "office.no-tenants", LOG_PAIRS(LOG_STR("note", t.note)));
    task_end(&t);
    for (size_t i = 0; i < JOBS_MOST && office->options.jobs[i].name && !office->stop; i++) {
        if (office->next_at[i] > now)
            continue;
        office->next_at[i] = now + office->options.jobs[i].every_seconds * (int64_t)1000;
        for (size_t k = 0; k < tenants.count && !office->stop; k++)
            run_for(office, &office->options.jobs[i], tenants.ids[k]);
    }
}

static void *work(void *arg)
{
    struct office *office = arg;

    pthread_mutex_lock(&office->lock);
    while (!office->stop) {
        struct timespec until;

        pthread_mutex_unlock(&office->lock);
        round_of_jobs(office);
        pthread_mutex_lock(&office->lock);
        clock_gettime(CLOCK_REALTIME, &until);
        until.tv_nsec += PAUSE_MS * 1000000L;
        until.tv_sec += until.tv_nsec / 1000000000L;
        until.tv_nsec %= 1000000000L;
        if (!office->stop)
            pthread_cond_timedwait(&office->wake, &office->lock, &until);
    }
    pthread_mutex_unlock(&office->lock);
    return NULL;
}

struct office *office_start(const struct office_options *options)
{
    struct office *office = calloc(1, sizeof *office);

    if (!office)
        return NULL;
    office->options = *options;
    office->holder = time_monotonic_ns() ^ time_now();
    pthread_mutex_init(&office->lock, NULL);
    pthread_cond_init(&office->wake, NULL);
    if (pthread_create(&office->thread, NULL, work, office)) {
        free(office);
        return NULL;
    }
    return office;
}

void office_stop(struct office *office)
{
    if (!office)
        return;
    pthread_mutex_lock(&office->lock);
    office->stop = true;
    pthread_cond_signal(&office->wake);
    pthread_mutex_unlock(&office->lock);
    pthread_join(office->thread, NULL);
    pthread_mutex_destroy(&office->lock);
    pthread_cond_destroy(&office->wake);
    free(office);
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
