/*
 * Rows and transactions, on either database: SQLite, or PostgreSQL where there is a server
 * (postgres_fixture.h).
 */
#include "store/store_fixture.h"

#include <pthread.h>
#include <stdatomic.h>
#include <string.h>

#include "store/postgres_fixture.h"

/* ---- rows and shapes ---- */

static enum err read_back(struct task *t, void *arg)
{
    struct item *item = arg;

    return store_one(t, &q_item_by_id, ARGS(INT("id", 7), INT("tenant", 1)), &item_shape, item);
}

static void a_row_comes_back_as_the_struct_it_was(void **state)
{
    struct task *t = &((struct fixture *)*state)->t;
    struct item item = {.id = 7,
                        .name = S("李某"),
                        .day = day_from_civil(2026, 10, 14),
                        .amount = 500,
                        .open = true,
                        .at = TEST_NOW,
                        .body = {"a\0b", 3}};
    struct item got = {.amount = -1};

    assert_int_equal(store_write(t, item_put_fn, &item), OK);
    assert_int_equal(store_read(t, read_back, &got), OK);
    assert_int_equal(got.id, 7);
    assert_str(got.name, "李某");
    assert_int_equal(got.day, item.day);
    assert_int_equal(got.amount, 500);
    assert_true(got.open);
    assert_int_equal(got.at, TEST_NOW);
    assert_int_equal(got.body.len, 3);
    assert_memory_equal(got.body.at, "a\0b", 3);
    assert_int_equal(got.unread.len, 0);
    assert_int_equal(got.unread_day, DAY_NONE);
}

static void an_absent_row_is_not_found_and_leaves_the_struct(void **state)
{
    struct task *t = &((struct fixture *)*state)->t;
    struct item got = {.amount = -1};

    assert_int_equal(store_read(t, read_back, &got), ERR_NOT_FOUND);
    assert_int_equal(got.amount, -1);
    assert_int_equal(t->err, OK);
}

static enum err list_items(struct task *t, void *arg)
{
    return store_list(t, &q_item_list, ARGS(INT("tenant", 1)), &item_shape, arg);
}

static void a_list_is_in_order_and_nulls_are_empty(void **state)
{
    struct task *t = &((struct fixture *)*state)->t;
    static const char *const names[] = {"c", "a", "e", "b", "d", "f"};
    struct list list;

    for (int i = 0; i < 6; i++) {
        struct item item = {.id = i + 1, .name = str_of(names[i]), .day = DAY_NONE};
        assert_int_equal(store_write(t, item_put_fn, &item), OK);
    }
    assert_int_equal(store_read(t, list_items, &list), OK);
    assert_int_equal(list.count, 6);
    char expected = 'a';
    LIST_EACH (struct item, item, list) {
        assert_int_equal(item->name.at[0], expected++);
        assert_int_equal(item->day, DAY_NONE);
        assert_int_equal(item->at, 0);
        assert_int_equal(item->body.len, 0);
    }
}

static enum err read_rows(struct task *t, void *arg)
{
    return store_run(t, &q_item_list, ARGS(INT("tenant", 1)), arg);
}

static void rows_are_read_by_name_after_the_transaction(void **state)
{
    struct task *t = &((struct fixture *)*state)->t;
    struct item item = {.id = 3, .name = S("x"), .day = DAY_NONE, .amount = 12};
    struct rows *rows;

    assert_int_equal(store_write(t, item_put_fn, &item), OK);
    assert_int_equal(store_read(t, read_rows, &rows), OK);
    assert_int_equal(rows_count(rows), 1);
    assert_true(rows_next(rows));
    assert_int_equal(row_int(rows, "amount"), 12);
    assert_str(row_str(rows, "name"), "x");
    assert_true(row_is_null(rows, "day"));
    assert_false(row_is_null(rows, "name"));
    assert_false(rows_next(rows));
}

static enum err run_missing_column(struct task *t, void *arg)
{
    (void)arg;
    return store_run(t, &q_item_missing, ARGS(INT("tenant", 1)), NULL);
}

static enum err prepare_missing_column(struct task *t, void *arg)
{
    (void)arg;
    return store_prepare(t, &q_item_missing);
}

static enum err list_stray(struct task *t, void *arg)
{
    return store_list(t, &q_item_stray, ARGS(INT("tenant", 1)), &item_shape, arg);
}

static enum err forget_argument(struct task *t, void *arg)
{
    return store_list(t, &q_item_by_id, ARGS(INT("tenant", 1)), &item_shape, arg);
}

static enum err misname_argument(struct task *t, void *arg)
{
    return store_list(t, &q_item_by_id, ARGS(INT("tenant", 1), INT("idd", 1)), &item_shape, arg);
}

static enum err repeat_argument(struct task *t, void *arg)
{
    return store_list(t, &q_item_by_id, ARGS(INT("tenant", 1), INT("tenant", 1)), &item_shape, arg);
}

static void slips_of_the_program_are_told_even_without_rows(void **state)
{
    static store_fn *const slips[] = {run_missing_column, prepare_missing_column, list_stray,
                                      forget_argument,    misname_argument,       repeat_argument};
    struct task *t = &((struct fixture *)*state)->t;

    for (size_t i = 0; i < sizeof slips / sizeof *slips; i++) {
        struct list list = {(void *)t, 77};
        assert_int_equal(store_read(t, slips[i], &list), ERR_INTERNAL);
        assert_true(t->note.len > 0);
        assert_int_equal(list.count, 77);
        task_clear_error(t);
    }
}

static enum err number_of(struct task *t, void *arg)
{
    return store_number(t, &q_item_largest, ARGS(INT("tenant", 1)), arg);
}

static void a_number_without_rows_is_zero(void **state)
{
    struct task *t = &((struct fixture *)*state)->t;
    int64_t n = 5;

    assert_int_equal(store_read(t, number_of, &n), OK);
    assert_int_equal(n, 0);
}

/* ---- transactions ---- */

static enum err write_then_fail(struct task *t, void *arg)
{
    enum err e = item_put(t, arg);

    return e ? e : task_fail(t, ERR_FORBIDDEN, "不行");
}

static void what_fails_leaves_nothing(void **state)
{
    struct task *t = &((struct fixture *)*state)->t;
    struct item item = {.id = 1, .name = S("x"), .day = DAY_NONE};

    assert_int_equal(store_write(t, write_then_fail, &item), ERR_FORBIDDEN);
    assert_str(t->note, "不行");
    task_clear_error(t);
    assert_int_equal(count(t), 0);
}

static enum err hoard(struct task *t, void *arg)
{
    enum err e = item_put(t, arg);

    for (;;)
        (void)NEW(t, char, 1 << 20);
    return e;
}

static void what_asks_for_too_much_memory_leaves_nothing(void **state)
{
    struct task *t = &((struct fixture *)*state)->t;
    struct item item = {.id = 1, .name = S("x"), .day = DAY_NONE};
    struct task small;

    task_begin(&small, t->store, TEST_NOW, 4 << 20);
    assert_int_equal(store_write(&small, hoard, &item), ERR_NO_MEMORY);
    task_clear_error(&small);
    assert_int_equal(store_read(&small, hoard, &item), ERR_NO_MEMORY);
    task_end(&small);
    assert_int_equal(count(t), 0);
    assert_int_equal(store_write(t, item_put_fn, &item), OK);
    assert_int_equal(count(t), 1);
}

static void a_second_row_of_the_same_name_conflicts(void **state)
{
    struct task *t = &((struct fixture *)*state)->t;
    struct item item = {.id = 1, .name = S("x"), .day = DAY_NONE};

    assert_int_equal(store_write(t, item_put_fn, &item), OK);
    item.id = 2;
    assert_int_equal(store_write(t, item_put_fn, &item), ERR_CONFLICT);
    task_clear_error(t);
    item.name = S("y");
    item.amount = -1;
    assert_int_equal(store_write(t, item_put_fn, &item), ERR_CONFLICT);
    task_clear_error(t);
    assert_int_equal(count(t), 1);
}

static enum err go_on_after_conflict(struct task *t, void *arg)
{
    struct item *item = arg;
    enum err e = item_put(t, item);

    if (e != ERR_CONFLICT)
        return e;
    task_clear_error(t);
    item->name = S("another");
    return item_put(t, item);
}

static void a_function_may_answer_a_conflict_itself(void **state)
{
    struct fixture *w = *state;
    struct task *t = &w->t;
    struct item item = {.id = 1, .name = S("x"), .day = DAY_NONE};

    assert_int_equal(store_write(t, item_put_fn, &item), OK);
    item.id = 2;
    if (w->url) { /* PostgreSQL has given up the transaction */
        assert_int_not_equal(store_write(t, go_on_after_conflict, &item), OK);
        task_clear_error(t);
        assert_int_equal(count(t), 1);
        return;
    }
    assert_int_equal(store_write(t, go_on_after_conflict, &item), OK);
    assert_int_equal(count(t), 2);
}

static enum err nested(struct task *t, void *arg)
{
    struct item *items = arg;
    int64_t n = -1;
    enum err e = store_write(t, item_put_fn, &items[0]);

    if (!e)
        e = store_read(t, item_count_fn, &n);
    if (!e && n != 1)
        e = task_fail(t, ERR_INTERNAL, "inside: %lld", (long long)n);
    if (!e)
        e = store_write(t, write_then_fail, &items[1]);
    return e;
}

static void inner_calls_join_the_outer_one(void **state)
{
    struct task *t = &((struct fixture *)*state)->t;
    struct item items[] = {{.id = 1, .name = S("x"), .day = DAY_NONE},
                           {.id = 2, .name = S("y"), .day = DAY_NONE}};

    assert_int_equal(store_write(t, nested, items), ERR_FORBIDDEN);
    task_clear_error(t);
    assert_null(t->txn);
    assert_int_equal(count(t), 0);
}

static enum err write_inside(struct task *t, void *arg)
{
    return store_write(t, item_put_fn, arg);
}

static void a_reader_cannot_write(void **state)
{
    struct task *t = &((struct fixture *)*state)->t;
    struct item item = {.id = 1, .name = S("x"), .day = DAY_NONE};

    assert_int_equal(store_read(t, item_put_fn, &item), ERR_INTERNAL);
    task_clear_error(t);
    assert_int_equal(store_read(t, write_inside, &item), ERR_INTERNAL);
    task_clear_error(t);
    assert_int_equal(item_put(t, &item), ERR_INTERNAL);
    task_clear_error(t);
    assert_int_equal(count(t), 0);
}

static enum err look_twice(struct task *t, void *arg)
{
    struct fixture *w = arg;
    struct item item = {.id = 1, .name = S("x"), .day = DAY_NONE};
    struct task other;
    int64_t before = -1, after = -1;
    enum err e = item_count_fn(t, &before);

    task_begin(&other, w->store, TEST_NOW, TASK_BUDGET);
    other.tenant = 1;
    assert_int_equal(store_write(&other, item_put_fn, &item), OK);
    task_end(&other);
    if (!e)
        e = item_count_fn(t, &after);
    assert_int_equal(before, 0);
    assert_int_equal(after, 0);
    return e;
}

static void a_reader_sees_one_moment(void **state)
{
    struct fixture *w = *state;

    assert_int_equal(store_read(&w->t, look_twice, w), OK);
    assert_int_equal(count(&w->t), 1);
}

static enum err spend(struct task *t, void *arg)
{
    enum err e = store_run(t, &q_item_spend,
                           ARGS(INT("amount", *(int64_t *)arg), INT("tenant", t->tenant)), NULL);

    return e ? e : store_changed(t) == 2 ? OK : task_fail(t, ERR_INTERNAL, "changed");
}

static void changed_rows_are_counted(void **state)
{
    struct task *t = &((struct fixture *)*state)->t;
    struct item items[] = {{.id = 1, .name = S("x"), .day = DAY_NONE, .amount = 9},
                           {.id = 2, .name = S("y"), .day = DAY_NONE, .amount = 9}};
    int64_t much = 4;

    assert_int_equal(store_write(t, item_put_fn, &items[0]), OK);
    assert_int_equal(store_write(t, item_put_fn, &items[1]), OK);
    assert_int_equal(store_write(t, spend, &much), OK);
}

/* A query after which SQLite gives up the whole transaction, as it may after a full disk. */
static int slot_of_lose;
static const struct query q_lose = {
    "lose",
    QUERY_WRITE,
    "INSERT OR ROLLBACK INTO item (tenant, id, name) SELECT tenant, id, name FROM item",
    NULL,
    NULL,
    0,
    &slot_of_lose};

static enum err lose_and_go_on(struct task *t, void *arg)
{
    struct item *items = arg;
    enum err e = item_put(t, &items[0]);

    if (e)
        return e;
    e = store_run(t, &q_lose, NO_ARGS, NULL);
    task_clear_error(t);
    if (e != ERR_CONFLICT)
        return task_fail(t, ERR_INTERNAL, "lose");
    /* It would stand by itself, whatever comes after it. */
    e = item_put(t, &items[1]);
    task_clear_error(t);
    return e == ERR_STORE ? OK : ERR_INTERNAL;
}

static void a_lost_transaction_is_no_success(void **state)
{
    struct fixture *w = *state;
    struct task *t = &w->t;
    struct item items[] = {{.id = 1, .name = S("x"), .day = DAY_NONE},
                           {.id = 2, .name = S("y"), .day = DAY_NONE}};

    if (w->url)
        skip(); /* store_pg_test.c has its own ways to lose one */
    assert_int_equal(store_write(t, lose_and_go_on, items), ERR_STORE);
    assert_true(t->note.len > 0);
    task_clear_error(t);
    assert_int_equal(count(t), 0);
    assert_int_equal(store_write(t, item_put_fn, &items[0]), OK);
    assert_int_equal(count(t), 1);
}

/* ---- many at once ---- */

enum { THREADS = 64, EACH = 30 };

struct crowd {
    struct store *store;
    int number;
    int64_t written;
    bool wrong;
};

/* Every third write fails after its row, every seventh clashes with a row that is there. */
static void *crowd_main(void *arg)
{
    struct crowd *c = arg;
    static const struct item taken = {.id = 1, .name = STR_INIT("taken"), .day = DAY_NONE};

    for (int i = 0; i < EACH; i++) {
        struct task t;
        struct item item = {.id = 1000 * (c->number + 1) + i, .day = DAY_NONE};
        enum err expected = i % 3 == 1 ? ERR_FORBIDDEN : i % 7 == 6 ? ERR_CONFLICT : OK;

        task_begin(&t, c->store, TEST_NOW, TASK_BUDGET);
        t.tenant = 1;
        item.name = str_format(&t, "thread %d row %d", c->number, i);
        if (expected == ERR_CONFLICT)
            item = taken;
        enum err e =
            store_write(&t, expected == ERR_FORBIDDEN ? write_then_fail : item_put_fn, &item);
        c->wrong |= e != expected || t.txn;
        /* What was acknowledged is there for everybody at once. */
        int64_t n = 0;
        if (!e)
            c->wrong |= store_read(&t, item_count_fn, &n) || n < ++c->written;
        task_end(&t);
    }
    return NULL;
}

static void a_crowd_commits_in_groups_and_each_gets_its_own_answer(void **state)
{
    struct fixture *w = *state;
    struct crowd crowd[THREADS];
    pthread_t threads[THREADS];
    struct item taken = {.id = 1, .name = S("taken"), .day = DAY_NONE};
    int64_t written = 1;

    assert_int_equal(store_write(&w->t, item_put_fn, &taken), OK);
    for (int i = 0; i < THREADS; i++) {
        crowd[i] = (struct crowd){.store = w->store, .number = i};
        assert_int_equal(pthread_create(&threads[i], NULL, crowd_main, &crowd[i]), 0);
    }
    for (int i = 0; i < THREADS; i++) {
        pthread_join(threads[i], NULL);
        assert_false(crowd[i].wrong);
        written += crowd[i].written;
    }
    assert_int_equal(count(&w->t), written);
    struct store_figures figures = store_figures(w->store);
    if (!w->url) {
        assert_true(figures.largest_group > 1);
        assert_true(figures.commits < figures.writes);
    }
    assert_int_equal(figures.queue, 0);
}

static int set_up_somewhere(void **state)
{
    return set_up_at(state, postgres_wanted() ? postgres_database(NULL) : NULL);
}

static int tear_down_there(void **state)
{
    char *url = ((struct fixture *)*state)->url;
    int failed = tear_down(state);

    postgres_drop(url);
    return failed;
}

int main(void)
{
#define T(name) cmocka_unit_test_setup_teardown(name, set_up_somewhere, tear_down_there)
    const struct CMUnitTest tests[] = {
        T(a_row_comes_back_as_the_struct_it_was),
        T(an_absent_row_is_not_found_and_leaves_the_struct),
        T(a_list_is_in_order_and_nulls_are_empty),
        T(rows_are_read_by_name_after_the_transaction),
        T(slips_of_the_program_are_told_even_without_rows),
        T(a_number_without_rows_is_zero),
        T(what_fails_leaves_nothing),
        T(what_asks_for_too_much_memory_leaves_nothing),
        T(a_second_row_of_the_same_name_conflicts),
        T(a_function_may_answer_a_conflict_itself),
        T(inner_calls_join_the_outer_one),
        T(a_reader_cannot_write),
        T(a_reader_sees_one_moment),
        T(changed_rows_are_counted),
        T(a_lost_transaction_is_no_success),
        T(a_crowd_commits_in_groups_and_each_gets_its_own_answer),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
