/* Two servers on one store, in one process: two stores opened on the same folder. */
#include "office/office.h"

#include <pthread.h>
#include <stdatomic.h>
#include <string.h>

#include "office_sql.h"
#include "store/store_fixture.h"

enum { LEASE_MS_HERE = 600 };

static atomic_int counted, own, woken, refused, slow_runs;
static atomic_bool in_slow, slow_may_end;

static enum err count_job(struct task *t, const struct setup *setup)
{
    (void)t;
    (void)setup;
    atomic_fetch_add(&counted, 1);
    return OK;
}

static enum err own_job(struct task *t, const struct setup *setup)
{
    (void)t;
    (void)setup;
    atomic_fetch_add(&own, 1);
    return OK;
}

static enum err woken_job(struct task *t, const struct setup *setup)
{
    (void)t;
    (void)setup;
    atomic_fetch_add(&woken, 1);
    return OK;
}

/* Works in steps until told to end or refused. */
static enum err slow_job(struct task *t, const struct setup *setup)
{
    int64_t n;

    (void)setup;
    atomic_fetch_add(&slow_runs, 1);
    atomic_store(&in_slow, true);
    while (!atomic_load(&slow_may_end)) {
        enum err e = store_read(t, item_count_fn, &n);
        if (e) {
            atomic_fetch_add(&refused, e == ERR_BUSY);
            return e;
        }
        nanosleep(&(struct timespec){.tv_nsec = 10 * 1000000}, NULL);
    }
    return OK;
}

static const struct job quick_jobs[] = {
    {"test.count", 1, count_job},
    {"test.own", 1, own_job, .everywhere = true},
    {"test.woken", 3600, woken_job, .woken_by = "item"},
    {0},
};
static const struct job slow_jobs[] = {{"test.slow", 3600, slow_job}, {0}};

static const struct job one_job[] = {{"test.count", 3600, count_job}, {0}};

static int64_t cities = 1;
static atomic_bool no_answer;

static enum err tenants(struct task *t, struct list *ret_ids)
{
    if (atomic_load(&no_answer))
        return task_fail(t, ERR_BUSY, "%s", err_sentence(ERR_BUSY));
    for (int64_t id = 1; id <= cities; id++)
        *(int64_t *)list_add(t, ret_ids, sizeof(int64_t)) = id;
    return OK;
}

struct two {
    struct fixture *here;
    struct store *there;
};

static int set_up_two(void **state)
{
    struct two *two = calloc(1, sizeof *two);
    size_t n = 0;

    set_up((void **)&two->here);
    while (office_migrations[n].module)
        n++;
    assert_int_equal(store_migrate(&two->here->t, office_migrations, n), OK);
    assert_int_equal(open_store(two->here->folder, &two->there), OK);
    counted = own = woken = refused = slow_runs = 0;
    in_slow = slow_may_end = no_answer = false;
    cities = 1;
    *state = two;
    return 0;
}

static int tear_down_two(void **state)
{
    struct two *two = *state;

    store_close(two->there);
    tear_down((void **)&two->here);
    free(two);
    return 0;
}

static struct office *open_office_of(struct store *store, const struct job *jobs, int64_t lease_ms)
{
    struct office *office = office_start(&(struct office_options){
        .store = store, .jobs = jobs, .tenants = tenants, .lease_ms = lease_ms});

    assert_non_null(office);
    return office;
}

static struct office *open_office(struct store *store, const struct job *jobs)
{
    return open_office_of(store, jobs, LEASE_MS_HERE);
}

static void wait_for(int64_t ms)
{
    nanosleep(&(struct timespec){.tv_sec = ms / 1000, .tv_nsec = ms % 1000 * 1000000}, NULL);
}

static bool within(atomic_int *number, int least, int64_t ms)
{
    for (; ms > 0 && atomic_load(number) < least; ms -= 20)
        wait_for(20);
    return atomic_load(number) >= least;
}

static enum err say_item(struct task *t, void *arg)
{
    (void)arg;
    store_notify(t, "item", 1);
    return OK;
}

static void two_servers_keep_one_timetable(void **state)
{
    struct two *two = *state;
    struct office *a = open_office(two->here->store, quick_jobs);
    struct office *b = open_office(two->there, quick_jobs);

    wait_for(3300);
    /* Once a second, not twice; what is everybody's own, twice. */
    assert_in_range(atomic_load(&counted), 2, 4);
    assert_in_range(atomic_load(&own), 6, 8);
    assert_int_equal(atomic_load(&woken), 1);
    /* News: at once, though it would rest for an hour; and only where it was said. */
    assert_int_equal(store_write(&two->here->t, say_item, NULL), OK);
    assert_true(within(&woken, 2, 400));
    wait_for(700);
    assert_int_equal(atomic_load(&woken), 2);
    office_stop(a);
    office_stop(b);
}

static void a_lease_is_renewed_while_the_job_runs(void **state)
{
    struct two *two = *state;
    struct office *a = open_office(two->here->store, slow_jobs);

    assert_true(within(&slow_runs, 1, 1000));
    struct office *b = open_office(two->there, slow_jobs);
    wait_for(3 * LEASE_MS_HERE);
    assert_int_equal(atomic_load(&slow_runs), 1);
    atomic_store(&slow_may_end, true);
    office_stop(a);
    office_stop(b);
    assert_int_equal(atomic_load(&refused), 0);
}

struct dead {
    int64_t until_at;
    const char *job; /* NULL: the slow one */
};

/* As if another server had taken it. */
static enum err take_as_another(struct task *t, void *arg)
{
    const struct dead *dead = arg;

    return store_run(t, &q_office_lease,
                     ARGS(INT("tenant", 1),
                          TEXT("job", str_of(dead->job ? dead->job : "test.slow")),
                          INT("holder", 77), INT("until_at", dead->until_at), INT("now", INT64_MAX),
                          INT("beyond", INT64_MAX), INT("rested", 0)),
                     NULL);
}

static void a_job_of_a_dead_server_passes_on(void **state)
{
    struct two *two = *state;
    struct dead dead = {time_now() + 900, NULL};

    assert_int_equal(store_write(&two->here->t, take_as_another, &dead), OK);
    struct office *a = open_office(two->here->store, slow_jobs);
    wait_for(500);
    assert_int_equal(atomic_load(&slow_runs), 0);
    assert_true(within(&slow_runs, 1, 1500));
    atomic_store(&slow_may_end, true);
    office_stop(a);
}

static void who_lost_the_lease_gets_no_further(void **state)
{
    struct two *two = *state;
    struct office *a = open_office(two->here->store, slow_jobs);
    struct dead thief = {time_now() + 3600 * 1000, NULL};

    assert_true(within(&slow_runs, 1, 1000));
    assert_int_equal(store_write(&two->here->t, take_as_another, &thief), OK);
    assert_true(within(&refused, 1, 1500));
    office_stop(a);
}

static void a_clock_set_back_does_not_stop_the_jobs(void **state)
{
    struct two *two = *state;
    struct dead future = {time_now() + 3 * 3600 * 1000, NULL};

    assert_int_equal(store_write(&two->here->t, take_as_another, &future), OK);
    atomic_store(&slow_may_end, true);
    struct office *a = open_office(two->here->store, slow_jobs);
    assert_true(within(&slow_runs, 1, 1500));
    office_stop(a);
}

/* Leased a moment ago, by a clock that goes nine seconds before ours. */
static void clocks_that_differ_do_not_share_a_job(void **state)
{
    struct two *two = *state;
    struct dead ahead = {time_now() + (60 + 9) * 1000, "test.count"};

    assert_int_equal(store_write(&two->here->t, take_as_another, &ahead), OK);
    struct office *a = open_office_of(two->there, quick_jobs, 0);
    wait_for(1300);
    office_stop(a);
    assert_int_equal(atomic_load(&counted), 0);
    assert_in_range(atomic_load(&own), 1, 3);
}

/* A province: each of its counties has its turn. */
static void no_city_is_one_too_many(void **state)
{
    struct two *two = *state;

    cities = 300;
    struct office *a = open_office(two->there, one_job);
    assert_true(within(&counted, 300, 20000));
    office_stop(a);
    assert_int_equal(atomic_load(&counted), 300);
}

/* Told while the office looks after others: nobody's news take the place of another's. */
static void news_of_every_city_are_heard(void **state)
{
    struct two *two = *state;
    struct task *t = &two->here->t;

    cities = 20;
    struct office *a = open_office(two->here->store, quick_jobs);
    assert_true(within(&woken, 20, 5000));
    for (t->tenant = 1; t->tenant <= cities; t->tenant++)
        assert_int_equal(store_write(t, say_item, NULL), OK);
    t->tenant = 1;
    assert_true(within(&woken, 40, 5000));
    office_stop(a);
}

static enum err say_many(struct task *t, void *arg)
{
    (void)arg;
    for (int64_t id = 1; id <= 100; id++)
        store_notify(t, "item", id);
    return OK;
}

/* What was told meanwhile is done as soon as the store answers again. */
static void news_outlast_a_store_that_is_away(void **state)
{
    struct two *two = *state;
    struct office *a = open_office(two->here->store, quick_jobs);

    assert_true(within(&woken, 1, 5000));
    atomic_store(&no_answer, true);
    assert_int_equal(store_write(&two->here->t, say_item, NULL), OK);
    wait_for(1200);
    int own_before = atomic_load(&own);
    assert_int_equal(atomic_load(&woken), 1);
    atomic_store(&no_answer, false);
    assert_true(within(&woken, 2, 1000));
    assert_true(
        within(&own, own_before + 1, 100)); /* nor does what is due wait for its next turn */
    office_stop(a);
}

/* Then it is told that anything may have changed. */
static void more_than_fits_into_news_is_heard(void **state)
{
    struct two *two = *state;
    struct office *a = open_office(two->here->store, quick_jobs);

    assert_true(within(&woken, 1, 5000));
    assert_int_equal(store_write(&two->here->t, say_many, NULL), OK);
    assert_true(within(&woken, 2, 2000));
    office_stop(a);
}

int main(void)
{
#define TWO(test) cmocka_unit_test_setup_teardown(test, set_up_two, tear_down_two)
    const struct CMUnitTest tests[] = {
        TWO(two_servers_keep_one_timetable),
        TWO(a_lease_is_renewed_while_the_job_runs),
        TWO(a_job_of_a_dead_server_passes_on),
        TWO(who_lost_the_lease_gets_no_further),
        TWO(a_clock_set_back_does_not_stop_the_jobs),
        TWO(clocks_that_differ_do_not_share_a_job),
        TWO(no_city_is_one_too_many),
        TWO(news_of_every_city_are_heard),
        TWO(news_outlast_a_store_that_is_away),
        TWO(more_than_fits_into_news_is_heard),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
