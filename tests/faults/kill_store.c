/*
 * kill_store - a process that writes is killed (SIGKILL) at any moment, again and again.  What it
 * had acknowledged is there at the next start, and no write is there by half.
 *
 *   kill_store [ROUNDS [SEED]]
 */
#include "store/store_fixture.h"

#include <pthread.h>
#include <signal.h>
#include <string.h>
#include <sys/wait.h>

enum { THREADS = 8, PAIRS_MOST = 1 << 20 };

struct writer_thread {
    struct store *store;
    int round, number, pipe;
};

static enum err put_pair(struct task *t, void *arg)
{
    struct item item = {
        .id = *(int64_t *)arg * 2, .day = DAY_NONE, .body = S("some text that takes room")};

    item.name = str_format(t, "row %lld", (long long)item.id);
    enum err e = item_put(t, &item);
    if (e)
        return e;
    item.id++;
    item.name = str_format(t, "row %lld", (long long)item.id);
    return item_put(t, &item);
}

static void *write_for_ever(void *arg)
{
    struct writer_thread *w = arg;

    for (int64_t n = 0;; n++) {
        int64_t pair = (n * THREADS + w->number) * 256 + w->round;
        struct task t;

        task_begin(&t, w->store, TEST_NOW, TASK_BUDGET);
        t.tenant = 1;
        enum err e = store_write(&t, put_pair, &pair);
        /* The acknowledgement: from here on the row must never be lost. */
        if (e || write(w->pipe, &pair, sizeof pair) != sizeof pair)
            _exit(1);
        task_end(&t);
    }
    return NULL;
}

static void child_main(const char *folder, int round, int pipe)
{
    struct writer_thread threads[THREADS];
    pthread_t id;
    /* A small log, so that kills also meet its copying. */
    struct store_options options = {.directory = folder, .create = true, .wal_pages = 50};
    struct store *store;
    struct task t;

    task_begin(&t, NULL, TEST_NOW, TASK_BUDGET);
    if (store_open(&t, &options, &store))
        _exit(1);
    t.store = store;
    if (store_migrate(&t, item_migrations, item_migration_count))
        _exit(1);
    for (int i = 0; i < THREADS; i++) {
        threads[i] = (struct writer_thread){store, round, i, pipe};
        if (pthread_create(&id, NULL, write_for_ever, &threads[i]))
            _exit(1);
    }
    pause();
}

static int64_t acknowledged[PAIRS_MOST];
static size_t acknowledged_count;

/* Read acknowledgements for a while, kill, and read those that were still on the way. */
static void run_round(const char *folder, int round, unsigned *seed)
{
    int ends[2];
    int64_t pair;

    assert_int_equal(pipe(ends), 0);
    pid_t child = fork();
    assert_true(child >= 0);
    if (!child) {
        close(ends[0]);
        child_main(folder, round, ends[1]);
        _exit(1);
    }
    close(ends[1]);
    int most = rand_r(seed) % 2000;
    int status;
    for (int n = 0; read(ends[0], &pair, sizeof pair) == sizeof pair; n++) {
        assert_true(acknowledged_count < PAIRS_MOST);
        acknowledged[acknowledged_count++] = pair;
        if (n == most)
            assert_int_equal(kill(child, SIGKILL), 0);
    }
    close(ends[0]);
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_true(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL);
}

static enum err list_all(struct task *t, void *arg)
{
    return store_list(t, &q_item_all, NO_ARGS, &item_shape, arg);
}

static int by_number(const void *a, const void *b)
{
    int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;

    return (x > y) - (x < y);
}

static void check(const char *folder)
{
    struct store *store = NULL;
    struct list list;
    struct task t;

    assert_int_equal(open_store(folder, &store), OK);
    task_begin(&t, store, TEST_NOW, (size_t)1 << 30);
    assert_int_equal(store_read(&t, list_all, &list), OK);
    const struct item *items = list.at;
    assert_int_equal(list.count % 2, 0);
    for (size_t i = 0; i < list.count; i += 2) {
        assert_int_equal(items[i].id % 2, 0);
        assert_int_equal(items[i].id + 1, items[i + 1].id);
    }
    qsort(acknowledged, acknowledged_count, sizeof *acknowledged, by_number);
    size_t at = 0;
    for (size_t i = 0; i < acknowledged_count; i++) {
        while (at < list.count && items[at].id < acknowledged[i] * 2)
            at += 2;
        if (at == list.count || items[at].id != acknowledged[i] * 2)
            fail_msg("pair %lld was acknowledged and is lost", (long long)acknowledged[i]);
    }
    task_end(&t);
    store_close(store);
}

static int rounds = 20;
static unsigned seed = 7;

static void what_was_acknowledged_survives_a_kill(void **state)
{
    char *folder = fresh_folder();

    (void)state;
    for (int round = 0; round < rounds && round < 256; round++) {
        run_round(folder, round, &seed);
        check(folder);
    }
    assert_true(acknowledged_count > 0);
    printf("%zu acknowledged writes over %d kills\n", acknowledged_count, rounds);
    remove_folder(folder);
    free(folder);
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(what_was_acknowledged_survives_a_kill)};

    if (argc > 1)
        rounds = atoi(argv[1]);
    if (argc > 2)
        seed = (unsigned)atoi(argv[2]);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
