/*
 * The clock of the machine is set wrong and right again, by hours, days and weeks (issue: it
 * holds). What is due by then is done once and not again; what was wrongly called overdue is lifted
 * when the clock is right; numbers keep rising; nobody is shut out for ever; jobs run on; and at
 * the right end everything has come due that should (K13, K15).
 */
#include "story.h"

#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "http/limiter.h"
#include "office/office.h"

#define HOUR_MS ((int64_t)3600 * 1000)

static unsigned seed = 20261014, first_seed; /* the dice, and what to say on failure */

/* To any moment at once, back as well, and then what a server does there. */
static void jump(struct world *w, int64_t to)
{
    struct task t;
    int64_t done;

    w->now = to;
    for (int i = 0; i < 2; i++) {
        task_begin(&t, w->app.store, w->now, TASK_BUDGET);
        t.tenant = w->tenant;
        assert_int_equal(order_timers(&t, 1000, &done), OK);
        if (i && done)
            fail_msg("seed %u: %lld timers fire twice at one moment", first_seed, (long long)done);
        task_end(&t);
    }
    task_begin(&t, w->app.store, w->now, (size_t)4 * TASK_BUDGET);
    t.tenant = w->tenant;
    if (office_run_all(&t, app_jobs(), &w->app.setup))
        fail_msg("seed %u: jobs: %.*s", first_seed, STR_ARG(t.note));
    task_end(&t);
}

struct asked {
    int64_t order;
    const char *action;
    int n;
    int open_and_due; /* duties that should be overdue and are not marked */
};

static enum err read_history(struct task *t, void *arg)
{
    struct asked *asked = arg;
    struct actor system = system_actor;
    struct list events, duties;
    struct order order;

    system.tenant = t->tenant;
    enum err e = order_load(t, &system, asked->order, &order);
    if (!e)
        e = order_events(t, &order, &events);
    if (!e)
        e = order_duties(t, &order, false, &duties);
    if (e)
        return e;
    LIST_EACH (const struct event_view, event, events)
        asked->n += str_is(event->action, asked->action);
    LIST_EACH (const struct duty_view, duty, duties)
        asked->open_and_due += duty->open && !duty->provisional && !duty->paused &&
                               duty->legal_at && duty->legal_at <= t->now && !duty->overdue;
    return OK;
}

static struct asked history(struct world *w, int64_t order, const char *action)
{
    struct asked asked = {.order = order, .action = action};
    struct task t;

    task_begin(&t, w->app.store, w->now, TASK_BUDGET);
    t.tenant = w->tenant;
    assert_int_equal(store_read(&t, read_history, &asked), OK);
    task_end(&t);
    return asked;
}

static int events(struct world *w, int64_t order, const char *action)
{
    return history(w, order, action).n;
}

static bool is_overdue(struct world *w, int64_t order, const char *name)
{
    world_as(w, "zhaoming");
    const struct json *duty = story_duty(w, order, name);

    return duty && json_get_bool(duty, "overdue");
}

/* Forty days ahead for an hour, and back: overdue once, lifted at the next step, overdue again when
 * it is really so. */
static void overdue_by_a_wrong_clock_is_lifted(void **state)
{
    struct world *w = *state;
    int64_t right = w->now;

    world_as(w, "zhoumin");
    struct registered made = story_register(w, STORY_AID);
    story_due(w, made.id, "examine", "2026-10-21");
    jump(w, right + 40 * DAY_MS);
    int marked = events(w, made.id, "overdue");
    assert_true(marked > 0);
    assert_true(is_overdue(w, made.id, "examine"));
    jump(w, right + 40 * DAY_MS + HOUR_MS);
    assert_int_equal(events(w, made.id, "overdue"), marked);

    jump(w, right + HOUR_MS);
    assert_int_equal(events(w, made.id, "overdue"), marked);
    story_act_as(w, "chenliqun", NULL, made.id, "begin", NULL);
    assert_false(is_overdue(w, made.id, "examine"));
    world_verify(w);

    jump(w, right + 10 * DAY_MS);
    assert_true(is_overdue(w, made.id, "examine"));
    world_verify(w);
    w->now = right + 11 * DAY_MS;
}

/* What the law does by itself (article 43: not supplemented in time) happens once. */
static void what_happens_by_itself_happens_once(void **state)
{
    struct world *w = *state;
    int64_t right = w->now;

    world_as(w, "zhoumin");
    struct registered made = story_register(w, STORY_AID);
    story_act_as(w, "chenliqun", NULL, made.id, "begin", NULL);
    story_act(w, made.id, "correct-materials", NULL);
    for (int i = 0; i < 6; i++) {
        jump(w, right - (i % 3) * DAY_MS + 5 * HOUR_MS * i);
        story_step(w, made.id, "correcting");
    }
    jump(w, right + 60 * DAY_MS);
    story_step(w, made.id, "lapsed");
    for (int i = 0; i < 6; i++)
        jump(w, right + (i % 2 ? 3 : 90) * DAY_MS);
    assert_int_equal(events(w, made.id, "lapse"), 1);
    story_step(w, made.id, "lapsed");
    world_verify(w);
    w->now = right + 91 * DAY_MS;
}

/* By chance: acts and jumps between a fortnight back and three weeks ahead; then a right clock. */
static void by_chance(void **state)
{
    enum { ORDERS = 12, JUMPS = 60 };
    static const char *const texts[] = {STORY_AID, WORLD_CONSULTATION};
    struct world *w = *state;
    int64_t began = w->now, orders[ORDERS], last = 0;

    for (int i = 0; i < ORDERS; i++) {
        world_as(w, "zhoumin");
        orders[i] = story_register(w, texts[i % 2]).id;
        assert_true(orders[i] > last);
        last = orders[i];
    }
    for (int i = 0; i < JUMPS; i++) {
        int64_t hours = (int64_t)((unsigned)rand_r(&seed) % (35 * 24)) - 14 * 24;
        int64_t order = orders[(unsigned)rand_r(&seed) % ORDERS];
        struct actor actor = world_actor(w, "zhoumin", NULL);

        jump(w, began + hours * HOUR_MS);
        enum err e = world_try(w, &actor, order, "note", "{\"text\":\"来电催问\"}");
        if (e && e != ERR_CONFLICT && e != ERR_FORBIDDEN)
            fail_msg("seed %u, jump %d: %s: %.*s", first_seed, i, err_word(e), STR_ARG(w->t.note));
        if (i % 10 == 9)
            world_verify(w);
        if (i % 15 == 14) {
            /* A number given now is above all numbers given so far. */
            world_as(w, "zhoumin");
            int64_t id = story_register(w, WORLD_CONSULTATION).id;
            assert_true(id > last);
            last = id;
        }
    }
    jump(w, began + 60 * DAY_MS);
    for (int i = 0; i < ORDERS; i++) {
        struct asked asked = history(w, orders[i], "lapse");

        if (asked.open_and_due || asked.n > 1)
            fail_msg("seed %u, order %d: %d duties are due and not marked, lapsed %d times",
                     first_seed, i, asked.open_and_due, asked.n);
    }
    world_verify(w);
    w->now = began + 61 * DAY_MS;
}

static int sign_in_page(struct world *w, const char *login, const char *password)
{
    world_as_nobody(w);
    world_get(w, "/sign-in");
    WORLD_STATUS(w, 200);
    w->csrf = world_keep(w, world_hidden(w, "_csrf"));
    world_post(w, "/sign-in", world_f(w, "login=%s&password=%s", login, password));
    return w->status;
}

/* Whoever mistyped while the clock was a month ahead need not wait a month. */
static void nobody_is_shut_out_for_ever(void **state)
{
    struct world *w = *state;
    int64_t right = w->now;

    w->now = right + 30 * DAY_MS;
    for (int i = 0; i < 9; i++)
        (void)sign_in_page(w, "wuhaitao", "not-the-word");
    int refused = sign_in_page(w, "wuhaitao", WORLD_PASSWORD);
    assert_int_not_equal(refused, 303); /* a pause of minutes */
    w->now = right;
    assert_int_equal(sign_in_page(w, "wuhaitao", WORLD_PASSWORD), 303);

    /* Signed in, three days ahead, back again: at worst one signs in once more. */
    world_as(w, "zhoumin");
    w->now = right + 3 * DAY_MS;
    world_get(w, "/orders");
    assert_int_not_equal(w->status, 200);
    w->now = right;
    assert_int_equal(sign_in_page(w, "zhoumin", WORLD_PASSWORD), 303);
    world_get(w, "/orders");
    WORLD_STATUS(w, 200);

    struct limiter *limiter = limiter_make(3, 60);
    for (int i = 0; i < 3; i++)
        assert_int_equal(limiter_take(limiter, S("192.0.2.1"), right + 30 * DAY_MS), 0);
    assert_in_range(limiter_take(limiter, S("192.0.2.1"), right), 1, 2);
    assert_int_equal(limiter_take(limiter, S("192.0.2.1"), right + 1500), 0);
    limiter_free(limiter);
}

/* --- The office: the clock of a running server ------------------------------------------------ */

static atomic_int runs;
static _Atomic int64_t clock_of_office;

static enum err count_run(struct task *t, const struct setup *setup)
{
    (void)t;
    (void)setup;
    atomic_fetch_add(&runs, 1);
    return OK;
}

static int64_t office_now(void)
{
    return clock_of_office;
}

static void runs_on(const char *when)
{
    int before = runs;

    for (int i = 0; i < 1000 && runs < before + 2; i++) {
        clock_of_office += 200;
        usleep(20 * 1000);
    }
    if (runs < before + 2)
        fail_msg("the job does not run any more %s", when);
}

static void jobs_run_on(void **state)
{
    static const struct job jobs[] = {{.name = "test.count", .every_seconds = 2, .run = count_run},
                                      {0}};
    struct world *w = *state;
    struct office_options options = {.store = w->app.store,
                                     .jobs = jobs,
                                     .setup = &w->app.setup,
                                     .tenants = app_tenants,
                                     .now = office_now};

    clock_of_office = w->now;
    struct office *office = office_start(&options);
    assert_non_null(office);
    runs_on("at first");
    clock_of_office += 30 * DAY_MS;
    runs_on("a month ahead");
    clock_of_office -= 30 * DAY_MS;
    runs_on("back again");
    clock_of_office -= 12 * HOUR_MS;
    runs_on("and half a day before");
    office_stop(office);

    /* A server that died while its clock was wrong has left a lease behind. */
    clock_of_office = w->now + 90 * DAY_MS;
    office = office_start(&options);
    runs_on("three months ahead");
    office_stop(office);
    clock_of_office = w->now;
    office = office_start(&options);
    runs_on("after a start with the right clock");
    office_stop(office);
}

int main(int argc, char **argv)
{
    if (argc > 1)
        seed = (unsigned)atoi(argv[1]);
    first_seed = seed;
    return WORLD_TESTS(cmocka_unit_test(overdue_by_a_wrong_clock_is_lifted),
                       cmocka_unit_test(what_happens_by_itself_happens_once),
                       cmocka_unit_test(by_chance), cmocka_unit_test(nobody_is_shut_out_for_ever),
                       cmocka_unit_test(jobs_run_on));
}
