#include "store/store_fixture.h"

#include <errno.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "store/store_private.h"

/* In place of the C library's: which folder was made durable, and a disk that fails once. */
static ino_t watched;
static int times_synced;
static bool sync_fails;

int fsync(int file)
{
    struct stat about;

    if (watched && !fstat(file, &about) && about.st_ino == watched) {
        times_synced++;
        if (sync_fails) {
            errno = EIO;
            return -1;
        }
    }
    return (int)syscall(SYS_fsync, file);
}

static void no_database_is_not_found(void **state)
{
    struct fixture *w = *state;
    struct store_options options = {.directory = "/nonexistent/folder"};
    struct store *store = NULL;

    assert_int_equal(store_open(&w->t, &options, &store), ERR_NOT_FOUND);
    assert_null(store);
    task_clear_error(&w->t);
}

static void the_database_is_its_owners_alone(void **state)
{
    struct fixture *w = *state;
    struct stat about;

    assert_int_equal(
        stat(str_terminated(&w->t, str_format(&w->t, "%s/yimen.db", w->folder)), &about), 0);
    assert_int_equal(about.st_mode & 0777, 0600);
}

static void a_read_only_store_reads_and_does_not_write(void **state)
{
    struct fixture *w = *state;
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
    struct task *t = &((struct fixture *)*state)->t;
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
    struct task *t = &((struct fixture *)*state)->t;

    assert_int_equal(store_read(t, prepare_all, NULL), OK);
}

static void ids_rise_whatever_the_clock_does(void **state)
{
    struct fixture *w = *state;
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
    struct fixture *w = *state;
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
    struct fixture *w = *state;
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
    struct fixture *w = *state;
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

static void make_folder(struct fixture *w, struct str name)
{
    assert_int_equal(
        mkdir(str_terminated(&w->t, str_format(&w->t, "%s/%.*s", w->folder, STR_ARG(name))), 0700),
        0);
}

static void watch_folder(struct fixture *w, const char *name)
{
    struct stat about;

    assert_int_equal(
        stat(str_terminated(&w->t, str_format(&w->t, "%s/%s", w->folder, name)), &about), 0);
    watched = about.st_ino;
    times_synced = 0;
}

/* Another server, or one that died, made the folders: their names may not be on the disk yet. */
static void folders_that_are_there_are_made_durable_once(void **state)
{
    struct fixture *w = *state;
    struct str hash = store_hash(&w->t, S("sealed")), name;

    make_folder(w, S("blobs"));
    make_folder(w, S("blobs/1"));
    make_folder(w, str_format(&w->t, "blobs/1/%.2s", hash.at));
    watch_folder(w, "blobs/1");
    assert_int_equal(blob_put(&w->t, S("sealed"), &name), OK);
    assert_int_equal(times_synced, 1);
    assert_int_equal(blob_put(&w->t, S("sealed"), &name), OK);
    assert_int_equal(times_synced, 1);
    watched = 0;
}

/* The folder is there after the first try, but nobody knows for how long. */
static void a_folder_whose_name_did_not_reach_the_disk_is_tried_again(void **state)
{
    struct fixture *w = *state;
    struct str name;

    make_folder(w, S("blobs"));
    make_folder(w, S("blobs/1"));
    watch_folder(w, "blobs/1");
    sync_fails = true;
    assert_int_equal(blob_put(&w->t, S("other"), &name), ERR_STORE);
    task_clear_error(&w->t);
    assert_int_equal(blob_put(&w->t, S("other"), &name), ERR_STORE);
    task_clear_error(&w->t);
    sync_fails = false;
    assert_int_equal(blob_put(&w->t, S("other"), &name), OK);
    watched = 0;
}

static void a_blob_is_only_asked_for_by_a_hash(void **state)
{
    struct task *t = &((struct fixture *)*state)->t;
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

static void strangers_leave_the_reserve_free(void **state)
{
    struct fixture *w = *state;
    struct store_options options = {.directory = w->folder, .read_only = true};
    struct str name;

    assert_int_equal(blob_put(&w->t, S("sealed"), &name), OK);
    assert_true(blob_room(&w->t));
    for (int i = 0; i < 2; i++) {
        struct store *store;
        struct task t;

        options.reserve = i ? INT64_MAX : 1;
        assert_int_equal(store_open(&w->t, &options, &store), OK);
        task_begin(&t, store, TEST_NOW, TASK_BUDGET);
        assert_int_equal(blob_room(&t), i == 0);
        task_end(&t);
        store_close(store);
    }
}

static void a_write_function_touches_no_files(void **state)
{
    struct task *t = &((struct fixture *)*state)->t;
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
    struct fixture *w = *state;
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

static struct fixture *of_progress;
static int64_t next_id;

static void put_big_row(struct task *t)
{
    enum { BIG = 100000 };
    struct item item = {
        .id = ++next_id, .name = str_format(t, "row %lld", (long long)next_id), .day = DAY_NONE};

    item.body = (struct str){NEW(t, char, BIG), BIG};
    assert_int_equal(store_write(t, item_put_fn, &item), OK);
}

static void write_meanwhile(int64_t done, int64_t all)
{
    struct task t;

    see_progress(done, all);
    task_begin(&t, of_progress->store, TEST_NOW, TASK_BUDGET);
    t.tenant = 1;
    put_big_row(&t);
    task_end(&t);
}

static void a_backup_is_of_one_moment_while_others_write(void **state)
{
    struct fixture *w = *state;
    char *folder = fresh_folder();
    struct store *copy = NULL;
    struct task t;

    next_id = 0;
    of_progress = w;
    for (int i = 0; i < 200; i++) {
        struct task_mark mark = task_mark(&w->t);
        put_big_row(&w->t);
        task_reset(&w->t, mark);
    }
    assert_int_equal(store_backup(&w->t,
                                  str_terminated(&w->t, str_format(&w->t, "%s/yimen.db", folder)),
                                  write_meanwhile),
                     OK);
    assert_true(next_id > 201);
    assert_int_equal(open_store(folder, &copy), OK);
    task_begin(&t, copy, TEST_NOW, TASK_BUDGET);
    t.tenant = 1;
    assert_int_equal(count(&t), 200);
    task_end(&t);
    store_close(copy);
    remove_folder(folder);
    free(folder);
}

static int64_t log_bytes(struct fixture *w)
{
    struct stat about;

    assert_int_equal(
        stat(str_terminated(&w->t, str_format(&w->t, "%s/yimen.db-wal", w->folder)), &about), 0);
    return about.st_size;
}

/* Without the copying the log would hold some 20,000 pages. */
static void the_log_stays_small_while_writes_go_on(void **state)
{
    struct fixture *w = *state;

    w->store->log_limit = 100;
    next_id = 0;
    for (int i = 0; i < 800; i++) {
        struct task_mark mark = task_mark(&w->t);
        put_big_row(&w->t);
        task_reset(&w->t, mark);
    }
    assert_in_range(log_bytes(w), 1, 5000 * 4096);
}

static void *write_one(void *arg)
{
    struct fixture *w = arg;
    struct task t;
    struct item item = {.id = 1, .name = S("x"), .day = DAY_NONE};

    task_begin(&t, w->store, TEST_NOW, TASK_BUDGET);
    t.tenant = 1;
    enum err e = store_write(&t, item_put_fn, &item);
    task_end(&t);
    return e ? arg : NULL;
}

static void a_full_queue_says_busy_at_once(void **state)
{
    struct fixture *w = *state;
    struct item item = {.id = 2, .name = S("y"), .day = DAY_NONE};
    pthread_t thread;
    void *failed;

    w->store->writer.most_waiting = 1;
    writer_pause(w->store);
    assert_int_equal(pthread_create(&thread, NULL, write_one, w), 0);
    while (store_figures(w->store).queue < 1)
        usleep(100);
    assert_int_equal(store_write(&w->t, item_put_fn, &item), ERR_BUSY);
    assert_true(w->t.note.len > 0);
    task_clear_error(&w->t);
    writer_resume(w->store);
    pthread_join(thread, &failed);
    assert_null(failed);
    assert_int_equal(store_write(&w->t, item_put_fn, &item), OK);
    assert_int_equal(count(&w->t), 2);
}

int main(void)
{
#define T(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        T(no_database_is_not_found),
        T(the_database_is_its_owners_alone),
        T(a_read_only_store_reads_and_does_not_write),
        T(migrations_run_once_and_refuse_a_change),
        T(the_table_of_queries_holds_them_all),
        T(ids_rise_whatever_the_clock_does),
        T(seeded_ids_repeat),
        T(two_programs_make_different_ids),
        T(a_blob_is_kept_under_its_hash),
        T(folders_that_are_there_are_made_durable_once),
        T(a_folder_whose_name_did_not_reach_the_disk_is_tried_again),
        T(a_blob_is_only_asked_for_by_a_hash),
        T(strangers_leave_the_reserve_free),
        T(a_write_function_touches_no_files),
        T(a_backup_opens_as_a_store),
        T(a_backup_is_of_one_moment_while_others_write),
        T(the_log_stays_small_while_writes_go_on),
        T(a_full_queue_says_busy_at_once),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
