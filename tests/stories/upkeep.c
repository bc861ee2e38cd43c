/*
 * What is done beside the work of the day: long lists are walked to their end, counters are
 * compared and put right while people go on working (design 1, invariant 5).
 */
#include "world_rows.h"

#include <pthread.h>
#include <stdatomic.h>

static int64_t make(struct world *w, const char *channel)
{
    world_as(w, "wuhaitao");
    world_post_json(
        w, "/orders",
        world_f(
            w,
            "{\"matter\":\"legal-consultation\",\"channel\":\"%s\",\"subject\":\"公司拖欠工资\","
            "\"content\":\"干了三个月没发工资，怎么办？\",\"parties\":[" WORLD_APPLICANT "]}",
            channel));
    WORLD_STATUS(w, 201);
    return json_get_id(w->json, "id");
}

enum { COPIES = 20500 };

/* Rows of an order only: enough for lists, and taken away again.  They double until they are
 * enough. */
static void copy_rows(struct world *w, int64_t id)
{
    struct buf sql = buf_new(&w->t, 8192);

    buf_format(&sql,
               "BEGIN; CREATE TEMP TABLE copied AS SELECT * FROM orders WHERE id = %lld; "
               "UPDATE copied SET due_sort = 1000, id = 1; ",
               (long long)id);
    for (int n = 1; n < COPIES; n *= 2)
        buf_format(&sql,
                   "CREATE TEMP TABLE more AS SELECT * FROM copied; "
                   "UPDATE more SET id = id + %d; INSERT INTO copied SELECT * FROM more; "
                   "DROP TABLE more; ",
                   n);
    buf_format(&sql,
               "DELETE FROM copied WHERE id > %d; UPDATE copied SET no = 'COPY-' || id; "
               "INSERT INTO orders SELECT * FROM copied; COMMIT",
               COPIES);
    world_sql(w, str_terminated(&w->home, buf_str(&sql)));
}

static void remove_copies(struct world *w)
{
    assert_int_equal(world_sql(w, "DELETE FROM orders WHERE no LIKE 'COPY-%'"), COPIES);
}

/* Twenty thousand orders stand before the one that the filter wants: the answer says that there is
 * more, and its cursor leads there. */
static void a_filter_that_fits_little_is_walked_to_its_end(void **state)
{
    struct world *w = *state;
    int64_t wanted = make(w, "phone");

    copy_rows(w, make(w, "window"));
    world_as(w, "wuhaitao");
    world_get(w, "/api/v1/orders?view=unit&channel=phone");
    WORLD_STATUS(w, 200);
    assert_int_equal(json_get(w->json, "rows")->count, 0);
    const char *cursor = world_f(w, "%.*s", STR_ARG(json_get_str(w->json, "next_cursor")));
    assert_true(cursor[0] != 0);
    world_get(w, "/orders?view=unit&channel=phone");
    WORLD_SAYS(w, "接着往后找");
    world_get(w, world_f(w, "/api/v1/orders?view=unit&channel=phone&after=%s", cursor));
    WORLD_STATUS(w, 200);
    assert_int_equal(json_get(w->json, "rows")->count, 1);
    assert_true(json_get_id(json_get(w->json, "rows")->first, "id") == wanted);
    assert_int_equal(json_get_str(w->json, "next_cursor").len, 0);
    remove_copies(w);
    world_verify(w);
}

/* --- Counters beside acts --- */

struct worker {
    struct world *w;
    struct actor actor;
    atomic_bool stop;
    atomic_int made;
    int failed;
};

static enum err register_one(struct task *t, void *arg)
{
    struct worker *worker = arg;
    struct act_done done;
    struct json *input;
    struct intake intake = {0};
    enum err e = json_parse(t, S(WORLD_CONSULTATION), &input);

    if (e)
        return e;
    intake.input = input;
    intake.key = str_format(t, "worker-%d", worker->made);
    return order_create(t, &worker->actor, &intake, &done);
}

static void *work(void *arg)
{
    struct worker *worker = arg;

    while (!worker->stop) {
        struct task t;

        task_begin(&t, worker->w->app.store, worker->w->now, TASK_BUDGET);
        t.tenant = worker->w->tenant;
        if (task_protect(&t, register_one, worker))
            worker->failed++;
        worker->made++;
        task_end(&t);
    }
    return NULL;
}

static void spoil_counters(struct world *w)
{
    world_sql(w, "UPDATE order_count SET n = n + 7 WHERE what = 'open'; "
                 "DELETE FROM order_count WHERE what = 'queue'");
}

static size_t findings(struct world *w)
{
    struct task t;
    struct list found;
    int64_t orders, events;

    task_begin(&t, w->app.store, w->now, TASK_BUDGET);
    t.tenant = w->tenant;
    assert_int_equal(order_verify(&t, NULL, &found, &orders, &events), OK);
    LIST_EACH (struct finding, finding, found)
        print_message("%.*s\n", STR_ARG(finding->what));
    size_t n = found.count;
    task_end(&t);
    return n;
}

static void rebuild(struct world *w)
{
    struct task t;

    task_begin(&t, w->app.store, w->now, TASK_BUDGET);
    t.tenant = w->tenant;
    assert_int_equal(order_rebuild(&t, NULL), OK);
    task_end(&t);
}

static void counters_are_exact_while_people_work(void **state)
{
    struct world *w = *state;
    struct worker worker = {.w = w, .actor = world_actor(w, "wuhaitao", NULL)};
    pthread_t thread;

    assert_int_equal(pthread_create(&thread, NULL, work, &worker), 0);
    while (worker.made < 40)
        assert_int_equal(findings(w), 0);
    spoil_counters(w);
    assert_true(findings(w) > 0);
    rebuild(w);
    while (worker.made < 80) {
        assert_int_equal(findings(w), 0);
        rebuild(w);
    }
    worker.stop = true;
    pthread_join(thread, NULL);
    assert_true(worker.made > 0);
    assert_int_equal(worker.failed, 0);
    assert_int_equal(findings(w), 0);
    /* All of them are one person's: a search shows a page of them and says so. */
    world_as(w, "wuhaitao");
    world_get(w, world_f(w, "/orders?view=unit&q=%s", world_escape(w, "王小满")));
    WORLD_SAYS(w, "只列前 50 件");
}

int main(void)
{
    return WORLD_TESTS(cmocka_unit_test(a_filter_that_fits_little_is_walked_to_its_end),
                       cmocka_unit_test(counters_are_exact_while_people_work));
}
