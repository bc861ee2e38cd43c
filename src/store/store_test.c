#include "store/store_fixture.h"

#include <pthread.h>
#include <stdatomic.h>
#include <string.h>
#include <sys/stat.h>

struct world {
    char *folder;
    struct store *store;
    struct task t;
};

static int set_up(void **state)
{
    struct world *w = calloc(1, sizeof *w);

    w->folder = fresh_folder();
    assert_int_equal(open_store(w->folder, &w->store), OK);
    task_begin(&w->t, w->store, TEST_NOW, TASK_BUDGET);
    w->t.tenant = 1;
    *state = w;
    return 0;
}

static int tear_down(void **state)
{
    struct world *w = *state;

    task_end(&w->t);
    store_close(w->store);
    remove_folder(w->folder);
    free(w->folder);
    free(w);
    return 0;
}

static int64_t count(struct task *t)
{
    int64_t n = -1;

    assert_int_equal(store_read(t, item_count_fn, &n), OK);
    return n;
}

/* ---- rows and shapes ---- */

static enum err read_back(struct task *t, void *arg)
{
    struct item *item = arg;

    return store_one(t, &q_item_by_id, ARGS(INT("id", 7), INT("tenant", 1)), &item_shape, item);
}

static void a_row_comes_back_as_the_struct_it_was(void **state)
{
    struct task *t = &((struct world *)*state)->t;
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
    struct task *t = &((struct world *)*state)->t;
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
    struct task *t = &((struct world *)*state)->t;
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
    struct task *t = &((struct world *)*state)->t;
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
    static store_fn *const slips[] = {run_missing_column, list_stray, forget_argument,
                                      misname_argument, repeat_argument};
    struct task *t = &((struct world *)*state)->t;

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
    struct task *t = &((struct world *)*state)->t;
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
    struct task *t = &((struct world *)*state)->t;
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
    struct task *t = &((struct world *)*state)->t;
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
    struct task *t = &((struct world *)*state)->t;
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
    struct task *t = &((struct world *)*state)->t;
    struct item item = {.id = 1, .name = S("x"), .day = DAY_NONE};

    assert_int_equal(store_write(t, item_put_fn, &item), OK);
    item.id = 2;
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
    struct task *t = &((struct world *)*state)->t;
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
    struct task *t = &((struct world *)*state)->t;
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
    struct world *w = arg;
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
    struct world *w = *state;

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
    struct task *t = &((struct world *)*state)->t;
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
    struct task *t = &((struct world *)*state)->t;
    struct item items[] = {{.id = 1, .name = S("x"), .day = DAY_NONE},
                           {.id = 2, .name = S("y"), .day = DAY_NONE}};

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
    struct world *w = *state;
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
    assert_true(figures.largest_group > 1);
    assert_true(figures.commits < figures.writes);
    assert_int_equal(figures.queue, 0);
}

/* ---- opening, migrations, ids, blobs, backup ---- */

static void no_database_is_not_found(void **state)
{
    struct world *w = *state;
    struct store_options options = {.directory = "/nonexistent/folder"};
    struct store *store = NULL;

    assert_int_equal(store_open(&w->t, &options, &store), ERR_NOT_FOUND);
    assert_null(store);
    task_clear_error(&w->t);
}

static void the_database_is_its_owners_alone(void **state)
{
    struct world *w = *state;
    struct stat about;

    assert_int_equal(
        stat(str_terminated(&w->t, str_format(&w->t, "%s/yimen.db", w->folder)), &about), 0);
    assert_int_equal(about.st_mode & 0777, 0600);
}

static void a_read_only_store_reads_and_does_not_write(void **state)
{
    struct world *w = *state;
    struct store_options options = {.directory = w->folder, .read_only = true};
    struct item item = {.id = 1, .name = S("x"), .day = DAY_NONE};
    struct store *store;
    struct task t;

    assert_int_equal(store_write(&w->t, item_put_fn, &item), OK);
    assert_int_equal(store_open(&w->t, &options, &store), OK);
    task_begin(&t, store, TEST_NOW, TASK_BUDGET);
    t.tenant = 1;
    assert_int_equal(store_migrate(&t, item_migrations, item_migration_count), OK);
    assert_int_equal(count(&t), 1);
    assert_int_equal(store_write(&t, item_put_fn, &item), ERR_STORE);
    task_end(&t);
    store_close(store);
}

static void migrations_run_once_and_refuse_a_change(void **state)
{
    struct task *t = &((struct world *)*state)->t;
    struct migration changed = item_migrations[0];
    struct migration broken[] = {
        item_migrations[0],
        {"item", 2, "half",
         "CREATE TABLE half (tenant BIGINT PRIMARY KEY); CREATE TABLE item (id BIGINT);"},
    };
    struct migration right[] = {
        item_migrations[0],
        {"item", 2, "half", "CREATE TABLE half (tenant BIGINT PRIMARY KEY);"},
    };

    assert_int_equal(store_migrate(t, item_migrations, item_migration_count), OK);
    changed.sql = "CREATE TABLE other (tenant BIGINT PRIMARY KEY);";
    assert_int_equal(store_migrate(t, &changed, 1), ERR_STORE);
    task_clear_error(t);
    /* The first half of a broken one is gone with it, so the right one finds no table. */
    assert_int_equal(store_migrate(t, broken, 2), ERR_INTERNAL);
    task_clear_error(t);
    assert_int_equal(store_migrate(t, right, 2), OK);
    /* Now an older program comes, that knows only the first. */
    assert_int_equal(store_migrate(t, item_migrations, item_migration_count), ERR_STORE);
    task_clear_error(t);
}

static enum err prepare_all(struct task *t, void *arg)
{
    (void)arg;
    for (const struct query *const *q = store_test_queries; *q; q++) {
        struct arg args[8];
        if (*q == &q_item_missing || (*q)->kind == QUERY_WRITE)
            continue;
        for (size_t i = 0; i < (*q)->parameter_count; i++)
            args[i] = INT((*q)->parameters[i], 1);
        enum err e = store_run(t, *q, args, (*q)->parameter_count, NULL);
        if (e)
            return e;
    }
    return OK;
}

static void the_table_of_queries_holds_them_all(void **state)
{
    struct task *t = &((struct world *)*state)->t;

    assert_int_equal(store_read(t, prepare_all, NULL), OK);
}

static void ids_rise_whatever_the_clock_does(void **state)
{
    struct world *w = *state;
    struct task *t = &w->t;
    int64_t last = 0;

    for (int i = 0; i < 40000; i++) {
        if (i == 20000)
            t->now -= 3600 * 1000;
        if (i == 30000)
            t->now += 2 * 3600 * 1000;
        int64_t id = store_new_id(t);
        assert_true(id > last);
        last = id;
    }
    assert_int_equal(store_id_at(str_format(t, "%lld", (long long)last)), last);
    assert_int_equal(store_id_at(S("")), 0);
    assert_int_equal(store_id_at(S("-5")), 0);
    assert_int_equal(store_id_at(S("+5")), 0);
    assert_int_equal(store_id_at(S("007")), 0);
    assert_int_equal(store_id_at(S("99999999999999999999")), 0);
}

static void seeded_ids_repeat(void **state)
{
    struct world *w = *state;
    int64_t first[50];

    for (int round = 0; round < 2; round++) {
        w->t.now = TEST_NOW;
        store_seed_ids(w->store, 42);
        for (int i = 0; i < 50; i++, w->t.now += i % 3) {
            int64_t id = store_new_id(&w->t);
            if (round)
                assert_int_equal(id, first[i]);
            first[i] = id;
        }
    }
    store_seed_ids(w->store, 43);
    w->t.now = TEST_NOW;
    assert_int_not_equal(store_new_id(&w->t), first[0]);
}

static void two_programs_make_different_ids(void **state)
{
    struct world *w = *state;
    struct store *second = NULL;

    assert_int_equal(open_store(w->folder, &second), OK);
    int64_t id = store_new_id(&w->t);
    w->t.store = second;
    assert_int_not_equal(store_new_id(&w->t), id);
    w->t.store = w->store;
    store_close(second);
}

static void a_blob_is_kept_under_its_hash(void **state)
{
    struct world *w = *state;
    struct task *t = &w->t;
    struct str name, again, got;

    assert_int_equal(blob_put(t, S("sealed"), &name), OK);
    assert_int_equal(name.len, 64);
    assert_int_equal(blob_put(t, S("sealed"), &again), OK);
    assert_true(str_eq(name, again));
    assert_int_equal(blob_get(t, name, &got), OK);
    assert_str(got, "sealed");

    t->tenant = 2;
    assert_int_equal(blob_get(t, name, &got), ERR_NOT_FOUND);
    task_clear_error(t);
    t->tenant = 1;

    struct str path = str_format(t, "%s/blobs/1/%.2s/%.*s", w->folder, name.at, STR_ARG(name));
    FILE *file = fopen(str_terminated(t, path), "r+");
    assert_non_null(file);
    fputc('X', file);
    fclose(file);
    assert_int_equal(blob_get(t, name, &got), ERR_STORE);
    task_clear_error(t);
    assert_int_equal(blob_put(t, S("sealed"), &again), OK);
    assert_int_equal(blob_get(t, name, &got), OK);

    assert_int_equal(blob_remove(t, name), OK);
    assert_int_equal(blob_remove(t, name), ERR_NOT_FOUND);
    task_clear_error(t);
}

static void a_blob_is_only_asked_for_by_a_hash(void **state)
{
    struct task *t = &((struct world *)*state)->t;
    static const char *const names[] = {
        "", "../../../yimen.db", "abc",
        "../../../../../../../../../../../../../../../../../../etc/passwd",
        "0123456789ABCDEF0123456789ABCDEF0123456789ABCDEF0123456789ABCDEF"};
    struct str got;

    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        assert_int_equal(blob_get(t, str_of(names[i]), &got), ERR_NOT_FOUND);
        task_clear_error(t);
        assert_int_equal(blob_remove(t, str_of(names[i])), ERR_NOT_FOUND);
        task_clear_error(t);
    }
}

static enum err put_blob_inside(struct task *t, void *arg)
{
    return blob_put(t, S("x"), arg);
}

static void a_write_function_touches_no_files(void **state)
{
    struct task *t = &((struct world *)*state)->t;
    struct str name;

    assert_int_equal(store_write(t, put_blob_inside, &name), ERR_INTERNAL);
}

static int64_t last_done, last_all;

static void see_progress(int64_t done, int64_t all)
{
    assert_true(done <= all);
    last_done = done;
    last_all = all;
}

static void a_backup_opens_as_a_store(void **state)
{
    struct world *w = *state;
    struct item item = {.id = 1, .name = S("x"), .day = DAY_NONE};
    char *folder = fresh_folder();
    struct store *copy = NULL;
    struct task t;

    assert_int_equal(store_write(&w->t, item_put_fn, &item), OK);
    assert_int_equal(store_backup(&w->t,
                                  str_terminated(&w->t, str_format(&w->t, "%s/yimen.db", folder)),
                                  see_progress),
                     OK);
    assert_true(last_all > 0);
    assert_int_equal(last_done, last_all);
    assert_int_equal(open_store(folder, &copy), OK);
    task_begin(&t, copy, TEST_NOW, TASK_BUDGET);
    t.tenant = 1;
    assert_int_equal(count(&t), 1);
    task_end(&t);
    store_close(copy);
    assert_int_equal(store_backup(&w->t, "/nonexistent/folder/x", NULL), ERR_STORE);
    remove_folder(folder);
    free(folder);
}

int main(void)
{
#define T(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
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
        T(no_database_is_not_found),
        T(the_database_is_its_owners_alone),
        T(a_read_only_store_reads_and_does_not_write),
        T(migrations_run_once_and_refuse_a_change),
        T(the_table_of_queries_holds_them_all),
        T(ids_rise_whatever_the_clock_does),
        T(seeded_ids_repeat),
        T(two_programs_make_different_ids),
        T(a_blob_is_kept_under_its_hash),
        T(a_blob_is_only_asked_for_by_a_hash),
        T(a_write_function_touches_no_files),
        T(a_backup_opens_as_a_store),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
