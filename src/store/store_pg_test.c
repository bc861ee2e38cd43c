/*
 * What is PostgreSQL's own: who waits for whom, what is run again.  Needs a server (tools/postgres
 * run); skips without one.
 */
#include <pthread.h>
#include <stdatomic.h>
#include <string.h>

#include "store/store_pg_fixture.h"

static int begin(void **state)
{
    return begin_on(state, NULL);
}

/* ---- many at once ---- */

static enum err lock_then_add_one(struct task *t, void *arg)
{
    struct amount *a = arg;
    enum err e = store_lock(t, a->id);

    return e ? e : read_then_add_one(t, a);
}

struct worker {
    struct store *store;
    bool ahead;
    int64_t id;
    int times;
    atomic_int *failures;
};

static void *work(void *arg)
{
    struct worker *worker = arg;

    for (int i = 0; i < worker->times; i++) {
        struct amount a = {.id = worker->id ? worker->id : 1 + i % 2};
        struct task t;

        task_begin(&t, worker->store, TEST_NOW, TASK_BUDGET);
        t.tenant = 1;
        enum err e = worker->ahead ? store_write_ahead(&t, lock_then_add_one, &a)
                                   : store_write(&t, read_then_add_one, &a);
        if (e)
            atomic_fetch_add(worker->failures, 1);
        task_end(&t);
    }
    return NULL;
}

enum { WORKERS = 12, TIMES = 25 };

/* Two servers; those who lock what they read beside those who have the tenant alone. */
static void what_was_read_stands_until_the_commit(void **state)
{
    struct server *w = *state;
    pthread_t threads[WORKERS];
    struct worker workers[WORKERS];
    atomic_int failures = 0;

    need_a_server();
    put_item(&w->f.t, 1, "a", 0);
    put_item(&w->f.t, 2, "b", 0);
    for (int i = 0; i < WORKERS; i++) {
        workers[i] =
            (struct worker){i % 2 ? w->second : w->f.store, i % 3 != 0, 0, TIMES, &failures};
        pthread_create(&threads[i], NULL, work, &workers[i]);
    }
    for (int i = 0; i < WORKERS; i++)
        pthread_join(threads[i], NULL);
    assert_int_equal(failures, 0);
    assert_int_equal(amount_of(&w->f.t, 1) + amount_of(&w->f.t, 2), WORKERS * TIMES);
}

struct crossing {
    struct store *store;
    int64_t first, second;
    pthread_barrier_t *both;
    int runs;
    enum err err;
};

static enum err lock_both(struct task *t, void *arg)
{
    struct crossing *c = arg;
    struct amount a = {.id = c->first}, b = {.id = c->second};
    enum err e = lock_then_add_one(t, &a);

    if (e)
        return e;
    if (!c->runs++)
        pthread_barrier_wait(c->both);
    return lock_then_add_one(t, &b);
}

static void *cross(void *arg)
{
    struct crossing *c = arg;
    struct task t;

    task_begin(&t, c->store, TEST_NOW, TASK_BUDGET);
    t.tenant = 1;
    c->err = store_write_ahead(&t, lock_both, c);
    task_end(&t);
    return NULL;
}

static void a_deadlock_is_run_again(void **state)
{
    struct server *w = *state;
    pthread_barrier_t both;
    pthread_t threads[2];
    struct crossing crossings[] = {{w->f.store, 1, 2, &both, 0, OK},
                                   {w->second, 2, 1, &both, 0, OK}};

    need_a_server();
    put_item(&w->f.t, 1, "a", 0);
    put_item(&w->f.t, 2, "b", 0);
    pthread_barrier_init(&both, NULL, 2);
    for (int i = 0; i < 2; i++)
        pthread_create(&threads[i], NULL, cross, &crossings[i]);
    for (int i = 0; i < 2; i++)
        pthread_join(threads[i], NULL);
    assert_int_equal(crossings[0].err, OK);
    assert_int_equal(crossings[1].err, OK);
    assert_int_equal(crossings[0].runs + crossings[1].runs, 3);
    assert_int_equal(amount_of(&w->f.t, 1), 2);
    assert_int_equal(amount_of(&w->f.t, 2), 2);
    pthread_barrier_destroy(&both);
}

static enum err alone_then_add(struct task *t, void *arg)
{
    enum err e = lock_then_add_one(t, arg);

    if (!e)
        e = store_alone(t);
    return e ? e : lock_then_add_one(t, arg);
}

static void alone_begins_anew_and_counts_once(void **state)
{
    struct server *w = *state;

    need_a_server();
    put_item(&w->f.t, 1, "a", 0);
    assert_int_equal(store_write_ahead(&w->f.t, alone_then_add, &(struct amount){.id = 1}), OK);
    assert_int_equal(amount_of(&w->f.t, 1), 2);
}

/* ---- one city and the others ---- */

static atomic_bool something_long, may_end;

static enum err take_long(struct task *t, void *arg)
{
    struct amount a = {.id = 1};
    enum err e = read_amount(t, &a); /* with it the lock is asked for */

    (void)arg;
    atomic_store(&something_long, true);
    for (int i = 0; i < 400 && !may_end; i++)
        nanosleep(&(struct timespec){.tv_nsec = 10000000}, NULL);
    return e;
}

struct long_work {
    struct store *store;
    bool locks_one; /* shares the city and has one thing of it; else has all of it */
};

static enum err lock_then_take_long(struct task *t, void *arg)
{
    enum err e = store_lock(t, 1);

    return e ? e : take_long(t, arg);
}

static void *work_long(void *arg)
{
    const struct long_work *work = arg;
    struct task t;

    task_begin(&t, work->store, TEST_NOW, TASK_BUDGET);
    t.tenant = 1;
    enum err e = work->locks_one ? store_write_ahead(&t, lock_then_take_long, NULL)
                                 : store_write(&t, take_long, NULL);
    assert_int_equal(e, OK);
    task_end(&t);
    return NULL;
}

enum { MANY = 24 };

/* One city does something long, and many more want to write in it at this server than it has
 * connections; `aheads`: so many of three share the city.  How long another city's write takes. */
static int64_t other_city_ms(struct server *w, struct long_work work_there, int aheads)
{
    pthread_t busy, threads[MANY];
    struct worker workers[MANY];
    struct item item = {.id = 4, .name = S("d"), .day = DAY_NONE};
    atomic_int failures = 0;

    put_item(&w->f.t, 1, "a", 0);
    atomic_store(&something_long, false);
    atomic_store(&may_end, false);
    pthread_create(&busy, NULL, work_long, &work_there);
    while (!something_long)
        nanosleep(&(struct timespec){.tv_nsec = 1000000}, NULL);
    for (int i = 0; i < MANY; i++) {
        workers[i] = (struct worker){w->f.store, i % 3 < aheads, 1, 1, &failures};
        pthread_create(&threads[i], NULL, work, &workers[i]);
    }
    nanosleep(&(struct timespec){.tv_nsec = 300000000}, NULL);
    w->f.t.tenant = 2;
    int64_t begun = time_monotonic_ns();
    assert_int_equal(store_write(&w->f.t, item_put_fn, &item), OK);
    int64_t took_ms = (time_monotonic_ns() - begun) / 1000000;
    w->f.t.tenant = 1;
    atomic_store(&may_end, true);
    pthread_join(busy, NULL);
    for (int i = 0; i < MANY; i++)
        pthread_join(threads[i], NULL);
    assert_int_equal(failures, 0);
    assert_int_equal(amount_of(&w->f.t, 1), MANY);
    return took_ms;
}

static void a_city_that_is_busy_holds_up_no_other(void **state)
{
    struct server *w = *state;

    need_a_server();
    assert_in_range(other_city_ms(w, (struct long_work){w->f.store, false}, 2), 0, 1500);
}

static void a_city_that_another_server_has_holds_up_no_other(void **state)
{
    struct server *w = *state;

    need_a_server();
    assert_in_range(other_city_ms(w, (struct long_work){w->second, false}, 3), 0, 1500);
}

static void one_thing_that_a_city_waits_for_holds_up_no_other(void **state)
{
    struct server *w = *state;

    need_a_server();
    assert_in_range(other_city_ms(w, (struct long_work){w->second, true}, 3), 0, 1500);
}

static enum err put_slowly(struct task *t, void *arg)
{
    enum err e = item_put(t, arg);

    while (!guard_passed())
        continue;
    return e;
}

/* The lock of the city may be long in coming; another server has the job by then. */
static void who_loses_a_lease_inside_a_write_writes_nothing(void **state)
{
    struct server *w = *state;
    struct item item = {.id = 3, .name = S("c"), .day = DAY_NONE};
    _Atomic int64_t until = time_monotonic_ns() + 100000000;

    need_a_server();
    store_guard(&until);
    enum err e = store_write(&w->f.t, put_slowly, &item);
    store_guard(NULL);
    assert_int_equal(e, ERR_BUSY);
    task_clear_error(&w->f.t);
    assert_int_equal(count(&w->f.t), 0);
}

static void ids_of_two_servers_differ(void **state)
{
    struct server *w = *state;
    struct task t;

    need_a_server();
    task_begin(&t, w->second, TEST_NOW, TASK_BUDGET);
    assert_true(store_new_id(&w->f.t) != store_new_id(&t));
    assert_int_not_equal(w->f.store->server, w->second->server);
    task_end(&t);
}

/* ---- what the database refuses ---- */

static enum err put_twice(struct task *t, void *arg)
{
    struct item item = {.id = 5, .name = S("e"), .day = DAY_NONE}, same = item;

    (*(int *)arg)++;
    enum err e = item_put(t, &item);
    return e ? e : item_put(t, &same);
}

static enum err put_then_say_no(struct task *t, void *arg)
{
    enum err e = item_put(t, arg);

    return e ? e : task_fail(t, ERR_FORBIDDEN, "no");
}

static void a_late_refusal_is_waited_for_in_a_second_run(void **state)
{
    struct server *w = *state;
    struct item item = {.id = 6, .name = S("f"), .day = DAY_NONE};
    int runs = 0;

    need_a_server();
    assert_int_equal(store_write(&w->f.t, put_twice, &runs), ERR_CONFLICT);
    assert_int_equal(runs, 2);
    assert_int_equal(store_write(&w->f.t, put_then_say_no, &item), ERR_FORBIDDEN);
    assert_int_equal(count(&w->f.t), 0);
    task_clear_error(&w->f.t);
    put_item(&w->f.t, 6, "f", 0);
    assert_int_equal(count(&w->f.t), 1);
}

static enum err spend_and_look(struct task *t, void *arg)
{
    enum err e =
        store_run(t, &q_item_set, ARGS(INT("amount", 9), INT("tenant", 1), INT("id", 1)), NULL);

    if (e)
        return e;
    *(int64_t *)arg = store_changed(t);
    e = store_run(t, &q_item_set, ARGS(INT("amount", 9), INT("tenant", 1), INT("id", 77)), NULL);
    *(int64_t *)arg = *(int64_t *)arg * 10 + store_changed(t);
    return e;
}

static void changed_rows_are_counted(void **state)
{
    struct server *w = *state;
    int64_t changed = 0;

    need_a_server();
    put_item(&w->f.t, 1, "a", 3);
    assert_int_equal(store_write(&w->f.t, spend_and_look, &changed), OK);
    assert_int_equal(changed, 10);
}

static enum err add_many(struct task *t, void *arg)
{
    for (int i = 0; i < *(int *)arg; i++) {
        struct item item = {.id = 100 + i, .name = str_format(t, "n%d", i), .day = DAY_NONE};
        enum err e = item_put(t, &item);
        if (e)
            return e;
    }
    return OK;
}

static void more_than_a_pipeline_holds(void **state)
{
    struct server *w = *state;
    int n = 1000;

    need_a_server();
    assert_int_equal(store_write(&w->f.t, add_many, &n), OK);
    assert_int_equal(count(&w->f.t), n);
    /* The server runs without autovacuum here. */
    store_analyze(&w->f.t, "item");
    assert_int_equal(
        postgres_do(w->direct,
                    "SELECT CAST(reltuples AS BIGINT) FROM pg_class WHERE relname = 'item'"),
        n);
    /* When it fails nothing else does. */
    store_analyze(&w->f.t, "no_such_table");
    assert_int_equal(w->f.t.err, OK);
    assert_int_equal(count(&w->f.t), n);
}

static void without_a_server_it_says_so(void **state)
{
    struct store_options options = {.directory = "/tmp", .url = "postgresql:///x?host=/nowhere"};
    struct store *store = NULL;
    struct task t;

    (void)state;
    task_begin(&t, NULL, TEST_NOW, TASK_BUDGET);
    assert_int_equal(store_open(&t, &options, &store), ERR_STORE);
    assert_true(t.note.len > 0);
    assert_null(store);
    task_end(&t);
}

#define ON_A_SERVER(test) cmocka_unit_test_setup_teardown(test, begin, end)

int main(void)
{
    const struct CMUnitTest tests[] = {
        ON_A_SERVER(what_was_read_stands_until_the_commit),
        ON_A_SERVER(a_deadlock_is_run_again),
        ON_A_SERVER(alone_begins_anew_and_counts_once),
        ON_A_SERVER(a_city_that_is_busy_holds_up_no_other),
        ON_A_SERVER(a_city_that_another_server_has_holds_up_no_other),
        ON_A_SERVER(one_thing_that_a_city_waits_for_holds_up_no_other),
        ON_A_SERVER(who_loses_a_lease_inside_a_write_writes_nothing),
        ON_A_SERVER(ids_of_two_servers_differ),
        ON_A_SERVER(a_late_refusal_is_waited_for_in_a_second_run),
        ON_A_SERVER(changed_rows_are_counted),
        ON_A_SERVER(more_than_a_pipeline_holds),
        cmocka_unit_test(without_a_server_it_says_so),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
