/*
 * side_by_side.c - K4, J2: what two servers do in the same moment is what one would have done after
 * the other: numbers without a gap and none twice, one record of a person, nothing added to what
 * somebody else has just closed.
 */
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>

#include "stories/story.h"
#include "store/postgres_fixture.h"
#include "world_rows.h"

enum { THREADS = 8, TIMES = 6 };

struct worker {
    struct store *store;
    const struct world *w;
    struct actor actor;
    int number;
    const int64_t *orders; /* to act on; NULL: register */
    pthread_barrier_t *start;
    atomic_int *refused;
};

/* Another server of the same database. */
static struct store *second_server(struct world *w)
{
    struct store_options options = {.directory = w->app.data, .url = w->database};
    struct store *store = NULL;

    assert_int_equal(store_open(&w->home, &options, &store), OK);
    return store;
}

static enum err do_one(struct task *t, const struct worker *worker, int i)
{
    /* Few people, many matters: the same person in several at once. */
    struct str text =
        worker->orders
            ? S("{\"role\":\"third-party\",\"party\":{\"kind\":\"person\",\"name\":\"邓同时\","
                "\"phone\":\"13900007701\"}}")
            : str_format(t,
                         "{\"matter\":\"legal-consultation\",\"channel\":\"window\","
                         "\"subject\":\"同时登记\",\"content\":\"怎么办？\",\"parties\":[{\"role\":"
                         "\"applicant\",\"identity\":{\"kind\":\"person\",\"name\":\"邓%s\","
                         "\"phone\":\"1390000880%d\"}}]}",
                         i % 3 == 0   ? "甲"
                         : i % 3 == 1 ? "乙"
                                      : "丙",
                         i % 3);
    struct json *input;
    struct act_done done;
    enum err e = json_parse(t, text, &input);

    if (e)
        return e;
    if (!worker->orders)
        return order_create(t, &worker->actor, &(struct intake){.input = input}, &done);
    struct act act = {
        .order = worker->orders[worker->number], .action = S("add-party"), .input = input};
    return order_act(t, &worker->actor, &act, &done);
}

static void *work(void *arg)
{
    const struct worker *worker = arg;
    int times = worker->orders ? 1 : TIMES;

    pthread_barrier_wait(worker->start);
    for (int i = 0; i < times; i++) {
        struct task t;

        task_begin(&t, worker->store, worker->w->now, TASK_BUDGET);
        t.tenant = worker->w->tenant;
        enum err e = do_one(&t, worker, i);
        if (e) {
            print_error("%s: %.*s\n", err_word(e), STR_ARG(t.note));
            atomic_fetch_add(worker->refused, 1);
        }
        task_end(&t);
    }
    return NULL;
}

static void all_at_once(struct world *w, const char *login, const int64_t *orders)
{
    /* A server that starts has the number of one that ended before; no two start in one moment. */
    world_pass(w, "1 minutes");
    struct store *second = second_server(w);
    struct actor actor = world_actor(w, login, NULL);
    struct worker workers[THREADS];
    pthread_t threads[THREADS];
    pthread_barrier_t start;
    atomic_int refused = 0;

    pthread_barrier_init(&start, NULL, THREADS);
    for (int i = 0; i < THREADS; i++) {
        workers[i] =
            (struct worker){i % 2 ? second : w->app.store, w, actor, i, orders, &start, &refused};
        assert_int_equal(pthread_create(&threads[i], NULL, work, &workers[i]), 0);
    }
    for (int i = 0; i < THREADS; i++)
        pthread_join(threads[i], NULL);
    pthread_barrier_destroy(&start);
    store_close(second);
    assert_int_equal(refused, 0);
}

struct holding {
    const char *url;
    char sql[400];
};

static void *hold(void *arg)
{
    struct holding *holding = arg;

    postgres_do(holding->url, holding->sql);
    return NULL;
}

/* Another server is in the middle of something: this is what it does, in a transaction. */
static pthread_t another_does(struct world *w, struct holding *holding, const char *sql)
{
    pthread_t thread;

    holding->url = w->database;
    snprintf(holding->sql, sizeof holding->sql, "BEGIN; %s; COMMIT", sql);
    assert_int_equal(pthread_create(&thread, NULL, hold, holding), 0);
    nanosleep(&(struct timespec){.tv_nsec = 500000000}, NULL);
    return thread;
}

/* K4: a number for each, none twice, no gap; counters as a recount says. */
static void numbers_of_two_servers_follow_each_other(void **state)
{
    struct world *w = *state;
    int64_t before = world_number(w, "SELECT COUNT(*) FROM orders");
    int64_t people = world_number(w, "SELECT COUNT(*) FROM party");
    int64_t given = world_number(
        w, "SELECT COALESCE(SUM(value), 0) FROM counter WHERE kind = 'order' AND year = 2026");

    all_at_once(w, "wuhaitao", NULL);
    assert_int_equal(world_number(w, "SELECT COUNT(*) FROM orders") - before, THREADS * TIMES);
    assert_int_equal(world_number(w, "SELECT COUNT(*) FROM orders"),
                     world_number(w, "SELECT COUNT(DISTINCT no) FROM orders"));
    assert_int_equal(
        world_number(
            w, "SELECT COALESCE(SUM(value), 0) FROM counter WHERE kind = 'order' AND year = 2026") -
            given,
        THREADS * TIMES);
    assert_int_equal(world_number(w, "SELECT COUNT(*) FROM party") - people, 3);
    world_verify(w);
}

/* J2: eight clerks enter the same new person in eight cases. */
static void one_person_has_one_record(void **state)
{
    struct world *w = *state;
    int64_t orders[THREADS], people;

    world_as(w, "wuhaitao");
    for (int i = 0; i < THREADS; i++)
        orders[i] = story_register(w, WORLD_CONSULTATION).id;
    people = world_number(w, "SELECT COUNT(*) FROM party");
    struct holding holding;
    pthread_t thread = 0;
    /* All have looked before the first can write. */
    if (w->database)
        thread = another_does(w, &holding, "LOCK TABLE party IN SHARE MODE; SELECT pg_sleep(2)");
    all_at_once(w, "wuhaitao", orders);
    if (w->database)
        pthread_join(thread, NULL);
    assert_int_equal(world_number(w, "SELECT COUNT(*) FROM party") - people, 1);
    world_verify(w);
}

/* What is merged into an order that ends in the same moment would be handled by nobody. */
static void nothing_is_merged_into_what_just_closed(void **state)
{
    struct world *w = *state;

    if (!w->database) {
        print_message("skipped: one writer, no moment in between\n");
        skip();
    }
    world_as(w, "zhoumin");
    struct registered from = story_register(w, WORLD_CONSULTATION),
                      into = story_register(w, WORLD_CONSULTATION);
    struct holding holding;
    pthread_t thread =
        another_does(w, &holding,
                     world_f(w,
                             "SELECT pg_advisory_xact_lock(%lld); SELECT pg_sleep(2); "
                             "UPDATE orders SET status = 'closed' WHERE id = %lld",
                             ID(into.id), ID(into.id)));
    story_try(w, from.id, "merge",
              world_f(w, "{\"into\":\"%.*s\",\"reason\":\"同一件事\"}", STR_ARG(into.no)), 422);
    WORLD_SAYS(w, "已办结，不能并入");
    pthread_join(thread, NULL);
    world_sql(w, world_f(w, "UPDATE orders SET status = 'open' WHERE id = %lld", ID(into.id)));
    world_verify(w);
}

int main(void)
{
    return WORLD_TESTS(cmocka_unit_test(numbers_of_two_servers_follow_each_other),
                       cmocka_unit_test(one_person_has_one_record),
                       cmocka_unit_test(nothing_is_merged_into_what_just_closed));
}
