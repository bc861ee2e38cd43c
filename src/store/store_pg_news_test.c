/*
 * News between two servers of one PostgreSQL database, and their numbers.  Needs a server
 * (tools/postgres run); skips without one.
 */
#include <stdatomic.h>
#include <string.h>
#include <time.h>

#include "store/postgres_fixture.h"
#include "store/store_fixture.h"
#include "store/store_private.h"

struct heard {
    _Atomic int count, anything;
    _Atomic int64_t last_id, sum;
};

struct two {
    char *url, *folder;
    struct store *a, *b;
    struct heard at_a, at_b;
    struct task t;
};

static void hear(void *arg, const struct news *news)
{
    struct heard *heard = arg;

    if (!news->word.len)
        heard->anything++;
    heard->last_id = news->id;
    heard->sum += news->id;
    heard->count++;
}

static struct store *open_server(const struct two *two)
{
    struct store_options options = {
        .directory = two->folder, .url = two->url, .create = true, .writers = 4, .readers = 2};
    struct store *store = NULL;
    struct task t;

    task_begin(&t, NULL, TEST_NOW, TASK_BUDGET);
    assert_int_equal(store_open(&t, &options, &store), OK);
    t.store = store;
    assert_int_equal(store_migrate(&t, item_migrations, item_migration_count), OK);
    task_end(&t);
    return store;
}

static int begin(void **state)
{
    struct two *two = calloc(1, sizeof *two);

    *state = two;
    if (!postgres_wanted())
        return 0;
    two->url = postgres_database(NULL);
    two->folder = fresh_folder();
    two->a = open_server(two);
    two->b = open_server(two);
    assert_true(store_listen(two->a, hear, &two->at_a));
    assert_true(store_listen(two->b, hear, &two->at_b));
    task_begin(&two->t, two->a, TEST_NOW, TASK_BUDGET);
    two->t.tenant = 1;
    return 0;
}

static int end(void **state)
{
    struct two *two = *state;

    if (two->url) {
        task_end(&two->t);
        store_close(two->a);
        store_close(two->b);
        postgres_drop(two->url);
        remove_folder(two->folder);
        free(two->folder);
    }
    free(two);
    return 0;
}

static void need_a_server(void)
{
    if (!postgres_wanted()) {
        print_message("skipped: no PostgreSQL (tools/postgres run)\n");
        skip();
    }
}

static bool within(_Atomic int *number, int least, int ms)
{
    for (; ms > 0 && *number < least; ms -= 5)
        nanosleep(&(struct timespec){.tv_nsec = 5 * 1000000}, NULL);
    return *number >= least;
}

static enum err write_and_tell(struct task *t, void *arg)
{
    const struct item *item = arg;

    store_notify(t, "item", item->id);
    return item_put(t, item);
}

static void add_item(struct two *two, int64_t id)
{
    struct item item = {.id = id, .name = str_format(&two->t, "%lld", (long long)id)};

    assert_int_equal(store_write(&two->t, write_and_tell, &item), OK);
}

static void what_one_commits_the_other_hears(void **state)
{
    struct two *two = *state;

    need_a_server();
    add_item(two, 7);
    assert_true(within(&two->at_b.count, 1, 1000));
    assert_int_equal(two->at_b.last_id, 7);
    /* Its own news came at once, and not a second time from the database. */
    nanosleep(&(struct timespec){.tv_nsec = 200 * 1000000}, NULL);
    assert_int_equal(two->at_a.count, 1);
    assert_int_equal(two->at_b.count, 1);
}

static void many_come_in_their_order_and_none_is_lost(void **state)
{
    struct two *two = *state;

    need_a_server();
    for (int64_t id = 1; id <= 500; id++)
        add_item(two, id);
    assert_true(within(&two->at_b.count, 500, 2000));
    assert_int_equal(two->at_b.count, 500);
    assert_int_equal(two->at_b.last_id, 500);
    assert_int_equal(two->at_b.sum, 500 * 501 / 2);
}

static void a_line_that_was_cut_comes_back_and_says_so(void **state)
{
    struct two *two = *state;

    need_a_server();
    int number = two->b->server;
    assert_int_equal(postgres_do(two->url, "SELECT COUNT(pg_terminate_backend(pid)) FROM pg_locks "
                                           "WHERE locktype = 'advisory' AND classid = 31091 AND "
                                           "database = (SELECT oid FROM pg_database "
                                           "WHERE datname = current_database())"),
                     2);
    assert_true(within(&two->at_a.anything, 1, 3000));
    assert_true(within(&two->at_b.anything, 1, 3000));
    int before = two->at_b.count;
    add_item(two, 8);
    assert_true(within(&two->at_b.count, before + 1, 1000));
    assert_int_equal(two->at_b.last_id, 8);
    assert_int_equal(two->b->server, number);
    assert_int_not_equal(two->a->server, two->b->server);
}

static void the_number_of_a_server_that_ended_is_free_again(void **state)
{
    struct two *two = *state;
    static const char held[] = "SELECT COUNT(*) FROM pg_locks WHERE locktype = 'advisory' AND "
                               "classid = 31091 AND database = (SELECT oid FROM pg_database "
                               "WHERE datname = current_database())";

    need_a_server();
    assert_int_equal(postgres_do(two->url, held), 2);
    store_close(two->b);
    for (int i = 0; i < 100 && postgres_do(two->url, held) == 2; i++)
        nanosleep(&(struct timespec){.tv_nsec = 10 * 1000000}, NULL);
    assert_int_equal(postgres_do(two->url, held), 1);
    two->b = open_server(two);
    assert_int_equal(postgres_do(two->url, held), 2);
    assert_int_not_equal(two->a->server, two->b->server);
}

int main(void)
{
#define ON_TWO(test) cmocka_unit_test_setup_teardown(test, begin, end)
    const struct CMUnitTest tests[] = {
        ON_TWO(what_one_commits_the_other_hears),
        ON_TWO(many_come_in_their_order_and_none_is_lost),
        ON_TWO(a_line_that_was_cut_comes_back_and_says_so),
        ON_TWO(the_number_of_a_server_that_ended_is_free_again),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
