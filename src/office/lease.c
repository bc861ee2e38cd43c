#include "office/lease.h"

#include "office_sql.h"

static int64_t rest_of(const struct job *job)
{
    return job->every_seconds * (int64_t)1000;
}

/* Twice the lease: what a clock that goes a little before ours has leased is no such moment. */
int64_t lease_never_beyond(const struct leaser *who, const struct job *job, int64_t now)
{
    return now + rest_of(job) + 2 * who->ms;
}

struct asking {
    const struct leaser *who;
    const struct job *job; /* or the first of them */
    bool woken;
    bool answer;
    uint64_t woken_jobs;
    size_t count;
    bool *due;
};

static enum err take(struct task *t, void *arg)
{
    struct asking *a = arg;
    enum err e = store_run(t, &q_office_lease,
                           ARGS(INT("tenant", t->tenant), TEXT("job", str_of(a->job->name)),
                                INT("holder", a->who->holder), INT("until_at", t->now + a->who->ms),
                                INT("now", t->now),
                                INT("beyond", lease_never_beyond(a->who, a->job, t->now)),
                                INT("rested", a->woken ? INT64_MAX : t->now)),
                           NULL);

    if (e)
        return e;
    a->answer = store_changed(t) == 1;
    return OK;
}

enum err lease_take(struct task *t, const struct leaser *who, const struct job *job, bool woken,
                    bool *ret_got)
{
    struct asking a = {.who = who, .job = job, .woken = woken};
    enum err e = store_write(t, take, &a);

    if (e == OK)
        *ret_got = a.answer;
    return e;
}

static enum err renew(struct task *t, void *arg)
{
    struct asking *a = arg;
    enum err e =
        store_run(t, &q_office_renew,
                  ARGS(INT("tenant", t->tenant), TEXT("job", str_of(a->job->name)),
                       INT("holder", a->who->holder), INT("until_at", t->now + a->who->ms)),
                  NULL);

    if (!e)
        a->answer = store_changed(t) == 1;
    return e;
}

enum err lease_renew(struct task *t, const struct leaser *who, const struct job *job,
                     bool *ret_ours)
{
    struct asking a = {.who = who, .job = job};
    enum err e = store_write(t, renew, &a);

    if (e == OK)
        *ret_ours = a.answer;
    return e;
}

static enum err give(struct task *t, void *arg)
{
    const struct asking *a = arg;
    /* A little less than its interval, so that a round which comes early is in time. */
    int64_t rests = t->now + rest_of(a->job) / 10 * 9;

    return store_run(t, &q_office_release,
                     ARGS(INT("tenant", t->tenant), TEXT("job", str_of(a->job->name)),
                          INT("holder", a->who->holder), INT("until_at", rests)),
                     NULL);
}

enum err lease_give(struct task *t, const struct leaser *who, const struct job *job)
{
    return store_write(t, give, &(struct asking){.who = who, .job = job});
}

static enum err read_timetable(struct task *t, void *arg)
{
    struct asking *a = arg;
    struct rows *rows;
    enum err e = store_run(t, &q_office_leases, ARGS(INT("tenant", t->tenant)), &rows);

    if (e)
        return e;
    for (size_t i = 0; i < a->count; i++)
        a->due[i] = !a->job[i].everywhere;
    while (rows_next(rows)) {
        struct str name = row_str(rows, "job");
        int64_t until = row_int(rows, "until_at"), holder = row_int(rows, "holder");

        for (size_t i = 0; i < a->count; i++)
            if (str_is(name, a->job[i].name) && until > t->now &&
                until <= lease_never_beyond(a->who, &a->job[i], t->now) &&
                !(holder == 0 && (a->woken_jobs >> i & 1)))
                a->due[i] = false;
    }
    return OK;
}

enum err lease_due(struct task *t, const struct leaser *who, const struct job *jobs, size_t count,
                   uint64_t woken, bool *ret_due)
{
    struct asking a = {
        .who = who, .job = jobs, .woken_jobs = woken, .count = count, .due = ret_due};

    return store_read(t, read_timetable, &a);
}
