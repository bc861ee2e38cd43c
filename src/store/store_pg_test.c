/*
 * What is PostgreSQL's own: who waits for whom, what is run again, what became of a commit without
 * an answer.  Needs a server (tools/postgres run); skips without one.
 */
#include <poll.h>
#include <pthread.h>
#include <stdatomic.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>

#include "store/postgres_fixture.h"
#include "store/store_fixture.h"
#include "store/store_private.h"

/* ---- a database of its own, reached through a door that can be shut ---- */

struct server {
    char *url, *direct;
    struct fixture f;
    struct store *second; /* another server of the same database */
};

enum shut { OPEN, SHUT_BEFORE_COMMIT, SHUT_AFTER_COMMIT };

static char real_socket[108], door_folder[64];
static atomic_int shut, passed;
static int door = -1;

static void need_a_server(void)
{
    if (!postgres_wanted()) {
        print_message("skipped: no PostgreSQL (tools/postgres run)\n");
        skip();
    }
}

/* Where the folder of the socket stands in a URL of postgres_database(). */
static struct str host_in(const char *url)
{
    const char *at = strstr(url, "host=") + 5;

    return (struct str){at, strcspn(at, "&")};
}

/* Bytes from `from` to `to`; false when one of them is at its end, or the door was shut. */
static bool pass(int from, int to, bool to_server, bool *committing)
{
    char bytes[16384];
    ssize_t n = recv(from, bytes, sizeof bytes, 0);

    if (n <= 0)
        return false;
    if (!to_server && *committing)
        return false; /* done, and nobody hears of it */
    if (to_server && shut != OPEN && memmem(bytes, (size_t)n, "COMMIT", 6)) {
        int how = atomic_exchange(&shut, OPEN);
        atomic_fetch_add(&passed, 1);
        if (how == SHUT_BEFORE_COMMIT)
            return false;
        *committing = true;
    }
    return send(to, bytes, (size_t)n, MSG_NOSIGNAL) == n;
}

static int connect_to(const char *path)
{
    struct sockaddr_un at = {.sun_family = AF_UNIX};
    int fd = socket(AF_UNIX, SOCK_STREAM, 0);

    snprintf(at.sun_path, sizeof at.sun_path, "%s", path);
    assert_int_equal(connect(fd, (struct sockaddr *)&at, sizeof at), 0);
    return fd;
}

static void *carry(void *arg)
{
    int client = (int)(intptr_t)arg, server = connect_to(real_socket);
    bool committing = false, on = true;

    while (on) {
        struct pollfd both[] = {{client, POLLIN, 0}, {server, POLLIN, 0}};
        poll(both, 2, -1);
        if (both[0].revents)
            on = pass(client, server, true, &committing);
        else if (both[1].revents)
            on = pass(server, client, false, &committing);
    }
    close(client);
    close(server);
    return NULL;
}

static void *open_door(void *arg)
{
    int client;
    pthread_t thread;

    (void)arg;
    while ((client = accept(door, NULL, NULL)) >= 0) {
        pthread_create(&thread, NULL, carry, (void *)(intptr_t)client);
        pthread_detach(thread);
    }
    return NULL;
}

static void make_door(const char *url)
{
    struct sockaddr_un at = {.sun_family = AF_UNIX};
    pthread_t thread;

    snprintf(real_socket, sizeof real_socket, "%.*s/.s.PGSQL.5432", STR_ARG(host_in(url)));
    snprintf(door_folder, sizeof door_folder, "/tmp/yimen-door-XXXXXX");
    assert_non_null(mkdtemp(door_folder));
    snprintf(at.sun_path, sizeof at.sun_path, "%s/.s.PGSQL.5432", door_folder);
    door = socket(AF_UNIX, SOCK_STREAM, 0);
    assert_int_equal(bind(door, (struct sockaddr *)&at, sizeof at), 0);
    assert_int_equal(listen(door, 64), 0);
    pthread_create(&thread, NULL, open_door, NULL);
    pthread_detach(thread);
}

static struct store *open_on(const char *folder, const char *url)
{
    struct store_options options = {.directory = folder, .url = url, .create = true};
    struct store *store = NULL;
    struct task t;

    task_begin(&t, NULL, TEST_NOW, TASK_BUDGET);
    enum err e = store_open(&t, &options, &store);
    if (e)
        print_error("%.*s\n", STR_ARG(t.note));
    assert_int_equal(e, OK);
    t.store = store;
    e = store_migrate(&t, item_migrations, item_migration_count);
    if (e)
        print_error("%.*s\n", STR_ARG(t.note));
    assert_int_equal(e, OK);
    task_end(&t);
    return store;
}

static int begin(void **state)
{
    struct server *w = calloc(1, sizeof *w);

    *state = w;
    if (!postgres_wanted())
        return 0;
    w->direct = postgres_database(NULL);
    if (door < 0)
        make_door(w->direct);
    struct str host = host_in(w->direct);
    assert_true(asprintf(&w->url, "%.*s%s%s", (int)(host.at - w->direct), w->direct, door_folder,
                         host.at + host.len) > 0);
    w->f.folder = fresh_folder();
    w->f.store = open_on(w->f.folder, w->url);
    w->second = open_on(w->f.folder, w->url);
    task_begin(&w->f.t, w->f.store, TEST_NOW, TASK_BUDGET);
    w->f.t.tenant = 1;
    return 0;
}

static int end(void **state)
{
    struct server *w = *state;

    if (w->f.store) {
        task_end(&w->f.t);
        store_close(w->second);
        store_close(w->f.store);
        remove_folder(w->f.folder);
    }
    free(w->f.folder);
    postgres_drop(w->direct);
    free(w->url);
    free(w);
    return 0;
}

static void put_item(struct task *t, int64_t id, const char *name, int64_t amount)
{
    struct item item = {.id = id, .name = str_of(name), .day = DAY_NONE, .amount = amount};

    assert_int_equal(store_write(t, item_put_fn, &item), OK);
}

struct amount {
    int64_t id, amount;
};

static enum err read_amount(struct task *t, void *arg)
{
    struct amount *a = arg;
    struct item item = {0};
    enum err e =
        store_one(t, &q_item_by_id, ARGS(INT("tenant", 1), INT("id", a->id)), &item_shape, &item);

    a->amount = item.amount;
    return e;
}

static int64_t amount_of(struct task *t, int64_t id)
{
    struct amount a = {.id = id};

    assert_int_equal(store_read(t, read_amount, &a), OK);
    return a.amount;
}

/* ---- many at once ---- */

static enum err read_then_add_one(struct task *t, void *arg)
{
    struct amount a = *(struct amount *)arg;
    enum err e = read_amount(t, &a);

    if (e)
        return e;
    return store_run(t, &q_item_set,
                     ARGS(INT("amount", a.amount + 1), INT("tenant", 1), INT("id", a.id)), NULL);
}

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
}

/* ---- connections that break ---- */

static enum err add_while_sessions_end(struct task *t, void *arg)
{
    struct server *w = arg;
    struct amount a = {.id = 1};
    enum err e = read_then_add_one(t, &a);

    if (!e && !atomic_fetch_add(&passed, 1))
        postgres_do(w->direct, "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
                               "WHERE datname = current_database() AND pid <> pg_backend_pid()");
    return e ? e : read_amount(t, &a);
}

static void a_session_that_ends_in_the_middle_is_made_anew(void **state)
{
    struct server *w = *state;

    need_a_server();
    put_item(&w->f.t, 1, "a", 0);
    atomic_store(&passed, 0);
    assert_int_equal(store_write(&w->f.t, add_while_sessions_end, w), OK);
    assert_int_equal(passed, 2);
    assert_int_equal(amount_of(&w->f.t, 1), 1);
}

static void a_commit_without_an_answer(struct server *w, enum shut how)
{
    struct amount a = {.id = 1};

    put_item(&w->f.t, 1, "a", 0);
    atomic_store(&passed, 0);
    atomic_store(&shut, how);
    assert_int_equal(store_write(&w->f.t, read_then_add_one, &a), OK);
    assert_int_equal(passed, 1);
    assert_int_equal(amount_of(&w->f.t, 1), 1);
}

static void a_commit_that_was_done_is_not_done_again(void **state)
{
    need_a_server();
    a_commit_without_an_answer(*state, SHUT_AFTER_COMMIT);
}

static void a_commit_that_was_not_done_is_done(void **state)
{
    need_a_server();
    a_commit_without_an_answer(*state, SHUT_BEFORE_COMMIT);
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
        ON_A_SERVER(ids_of_two_servers_differ),
        ON_A_SERVER(a_late_refusal_is_waited_for_in_a_second_run),
        ON_A_SERVER(changed_rows_are_counted),
        ON_A_SERVER(more_than_a_pipeline_holds),
        ON_A_SERVER(a_session_that_ends_in_the_middle_is_made_anew),
        ON_A_SERVER(a_commit_that_was_done_is_not_done_again),
        ON_A_SERVER(a_commit_that_was_not_done_is_done),
        cmocka_unit_test(without_a_server_it_says_so),
    };
    int failed = cmocka_run_group_tests(tests, NULL, NULL);

    remove_folder(door_folder[0] ? door_folder : "/nonexistent");
    return failed;
}
