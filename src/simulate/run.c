/*
 * run.c - the virtual clock: slices of some hundred acts, each one transaction; jobs as the office
 * runs them.
 */
#include <string.h>
#include <unistd.h>

#include "modules/notices/notices.h"
#include "modules/orders/feed.h"
#include "simulate/simulate_private.h"
#include "store/store.h"

enum {
    SLICE_ACTS = 400,
    SLICE_ACTS_FAULTS = 60,
    TIMERS_AT_ONCE = 500,
    ID_BITS = 22,
    AGAIN_MOST = 8
};

static const int64_t EPOCH_2020 = INT64_C(1577836800000);
static const int64_t END = INT64_MAX;

/* --- Jobs ---------------------------------------------------------------------------------------
 */

static enum err run_job(struct sim *sim, const char *name)
{
    for (size_t i = 0; modules[i]; i++)
        for (const struct job *job = modules[i]->jobs; job && job->name; job++)
            if (str_is(str_of(name), job->name))
                return job->run(sim->st, &sim->app->setup);
    return task_fail(sim->st, ERR_INTERNAL, "没有任务 %s", name);
}

/* Messages are not sent anywhere: they count as sent when the day is over. */
static enum err nightly(struct sim *sim)
{
    static const char *const names[] = {"orders.sweep-keys", "orders.suspensions"};
    enum err e = OK;

    for (size_t i = 0; !e && i < sizeof names / sizeof *names; i++)
        e = run_job(sim, names[i]);
    if (!e)
        e = sim_read_suspended(sim);
    return e ? e : notices_as_sent(sim->st, sim->st->now);
}

/* Every half hour of the day, and when the day is over. */
static int64_t timers_after(int64_t moment)
{
    int32_t day = day_of(moment);
    int64_t first = day_start(day) + 8 * (int64_t)HOUR_MS,
            last = day_start(day) + 20 * (int64_t)HOUR_MS;

    if (moment < first)
        return first;
    if (moment + HOUR_MS / 2 <= last)
        return moment + HOUR_MS / 2;
    return day_start(day + 1) + 10 * MINUTE_MS;
}

static enum err run_timers(struct sim *sim)
{
    struct sim_head *head = sim->head;
    bool night = day_of(head->timers_at) != day_of(head->timers_at - HOUR_MS);
    int64_t done = 0;
    enum err e;

    do {
        e = order_timers(sim->st, TIMERS_AT_ONCE, &done);
        sim_add(sim, COUNT_TIMERS, done);
        sim->slice_acts += done;
        sim->st->now++;
    } while (!e && done == TIMERS_AT_ONCE);
    if (!e)
        e = run_job(sim, "orders.seal");
    if (!e && night)
        e = nightly(sim);
    sim_digest(sim, head->timers_at, done, S("timers"));
    head->timers_at = timers_after(head->timers_at);
    return e;
}

/* --- One thing after the other ------------------------------------------------------------------
 */

static int64_t next_arrival(const struct sim *sim)
{
    return sim->head->arrival < (int64_t)sim->arrival_count ? sim->arrivals[sim->head->arrival].at
                                                            : END;
}

/* People of a day come when the day begins, the last day ends the year. */
static void begin_day(struct sim *sim)
{
    sim->head->arrival = 0;
    sim->arrivals_day = ++sim->head->day;
    sim->arrival_count = 0;
    if (sim->head->day < sim->options->days)
        sim_make_arrivals(sim);
    else
        sim->head->done = 1;
}

static enum err arrive(struct sim *sim)
{
    const struct sim_arrival *arrival = &sim->arrivals[sim->head->arrival++];
    struct sim_walker w = {.next = arrival->at,
                           .arrived = arrival->at,
                           .arrival = arrival->number,
                           .step = -1,
                           .unit = -1,
                           .actor = -1,
                           .channel = (uint8_t)arrival->channel};

    sim_add(sim, COUNT_ARRIVED, 1);
    return sim_begin(sim, &w);
}

static void set_clock(struct sim *sim, int64_t moment)
{
    struct sim_head *head = sim->head;

    head->now = moment > head->now ? moment : head->now + 1;
    sim->st->now = head->now + sim->jump;
}

static enum err next_thing(struct sim *sim)
{
    struct sim_head *head = sim->head;
    int64_t arrival = next_arrival(sim), walker = sim_next(sim);
    int64_t first = arrival < walker ? arrival : walker;
    int64_t day_ends = day_start((int32_t)(head->first_day + head->day + 1));
    struct sim_walker w;

    if (head->timers_at <= first && head->timers_at < day_ends + HOUR_MS) {
        if (head->timers_at >= day_ends && head->day < sim->options->days) {
            begin_day(sim);
            return OK;
        }
        set_clock(sim, head->timers_at);
        return run_timers(sim);
    }
    if (first >= day_ends) {
        begin_day(sim);
        return OK;
    }
    set_clock(sim, first);
    if (arrival <= walker)
        return arrive(sim);
    if (!sim_pop_before(sim, END, &w))
        return OK;
    return w.order ? sim_go(sim, &w) : sim_begin(sim, &w);
}

/* Ids of a slice follow from where the one before ended, whichever process made that. */
static void begin_ids(struct sim *sim)
{
    store_seed_ids(sim->st->store, sim->options->seed);
    sim->st->now = sim->head->id_floor;
    (void)store_new_id(sim->st);
}

static enum err end_slice(struct sim *sim)
{
    struct task *t = sim->st;

    t->now = sim->head->now;
    sim->head->id_floor = (store_new_id(t) >> ID_BITS) + EPOCH_2020 + 1;
    enum err e = orders_number_events(t);
    if (!e)
        e = orders_fed_last(t, &sim->head->mark);
    if (!e) {
        int64_t now = time_monotonic_ns();

        sim->head->nanoseconds += now - sim->begun_ns;
        sim->begun_ns = now;
        e = sim_state_write(sim);
    }
    sim_fault_point(sim, 1);
    return e;
}

static enum err play_slice(struct task *t, void *arg)
{
    struct sim *sim = arg;
    enum err e = OK;

    int64_t most = sim->options->faults ? SLICE_ACTS_FAULTS : SLICE_ACTS;

    sim->st = t;
    if (sim->dirty)
        sim_state_restore(sim);
    sim->dirty = true;
    sim->slice_acts = 0;
    sim->anew = false;
    if (sim->arrivals_day != sim->head->day && sim->head->day >= 0) {
        sim_make_arrivals(sim);
        sim->arrivals_day = sim->head->day;
    }
    sim->head->serial++;
    sim_add(sim, COUNT_SLICES, 1);
    sim_add(sim, COUNT_DISK_ERRORS, sim->disk_errors);
    begin_ids(sim);
    e = sim_read_suspended(sim);
    sim_fault_slice(sim);
    while (!e && sim->slice_acts < most && !sim->head->done) {
        struct task_mark mark = task_mark(t);

        e = next_thing(sim);
        if (!e)
            task_reset(t, mark);
    }
    if (!e && sim->too_many)
        return task_fail(t, ERR_INTERNAL, "同时在办的事项超过 %d 件", SIM_WALKERS);
    return e ? e : end_slice(sim);
}

/* --- All of it ----------------------------------------------------------------------------------
 */

static enum err one_slice(struct sim *sim, int *again)
{
    struct task t;

    task_begin(&t, sim->t->store, sim->head->now, TASK_BUDGET);
    t.tenant = sim->t->tenant;
    enum err e = store_write(&t, play_slice, sim);
    sim_fault_point(sim, 2);
    if (!e) {
        sim_state_commit(sim);
        sim->trouble_count = 0;
        sim->disk_errors = 0;
        *again = 0;
    } else if (sim->anew) {
        e = OK;
    } else if ((e == ERR_STORE || e == ERR_BUSY) && sim_disk_fails && ++*again < AGAIN_MOST) {
        sim->disk_errors++;
        e = OK;
    } else {
        e = task_fail(sim->t, e, "%s", str_terminated(sim->t, t.note));
    }
    if (!e && !*again && !sim->anew)
        sim->dirty = false;
    sim->st = NULL;
    task_end(&t);
    return e;
}

enum err sim_play(struct sim *sim)
{
    int again = 0;
    enum err e = OK;

    sim->begun_ns = time_monotonic_ns();
    sim->arrivals_day = -1;
    sim->head->done = sim->head->day >= sim->options->days;
    while (!e && !sim->head->done) {
        e = one_slice(sim, &again);
        if (!e && sim->options->progress)
            sim->options->progress(simulate_acts(sim), sim->head->day);
    }
    return e;
}
