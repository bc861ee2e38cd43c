/*
 * Connections to PostgreSQL that are lost, and what became of a commit without an answer.  Needs a
 * server (tools/postgres run); skips without one.
 */
#include <poll.h>
#include <pthread.h>
#include <stdatomic.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>

#include "store/store_pg_fixture.h"

/* ---- a door in front of the server, that can be shut ---- */

enum shut { OPEN, SHUT_BEFORE_COMMIT, SHUT_AFTER_COMMIT };

static char real_socket[108], door_folder[64];
static atomic_int shut, passed;
static atomic_int away_ms; /* so long after it was shut nobody is let in */
static _Atomic int64_t back_at_ms;
static int door = -1;

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
        atomic_store(&back_at_ms, time_monotonic_ns() / 1000000 + away_ms);
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
        if (time_monotonic_ns() / 1000000 < back_at_ms) {
            close(client);
            continue;
        }
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

static const char *through_the_door(const char *url)
{
    if (door < 0)
        make_door(url);
    return door_folder;
}

static int begin(void **state)
{
    return begin_on(state, through_the_door);
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

/* The server comes back after longer than a write is tried, and never got the commit. */
static void a_commit_that_was_not_done_in_time_is_not_said_to_be(void **state)
{
    struct server *w = *state;
    struct amount a = {.id = 1};

    need_a_server();
    put_item(&w->f.t, 1, "a", 0);
    atomic_store(&away_ms, 6000);
    atomic_store(&shut, SHUT_BEFORE_COMMIT);
    enum err e = store_write(&w->f.t, read_then_add_one, &a);
    atomic_store(&away_ms, 0);
    assert_int_equal(e, ERR_STORE);
    assert_true(w->f.t.note.len > 0);
    task_clear_error(&w->f.t);
    assert_int_equal(amount_of(&w->f.t, 1), 0);
}

static void set_read_only(struct server *w, const char *how)
{
    postgres_do(
        w->direct,
        str_terminated(
            &w->f.t,
            str_format(
                &w->f.t,
                "BEGIN READ WRITE; DO $$ BEGIN EXECUTE format('ALTER DATABASE %%I SET "
                "default_transaction_read_only = %s', current_database()); END $$; COMMIT; "
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
                "WHERE datname = current_database() AND pid <> pg_backend_pid() AND '%s' = 'on'",
                how, how)));
}

/* The way led to a standby for a while, and its sessions live on: they are not stayed with. */
static void who_met_a_standby_asks_for_another_server(void **state)
{
    struct server *w = *state;
    struct amount a = {.id = 1};

    need_a_server();
    put_item(&w->f.t, 1, "a", 0);
    set_read_only(w, "on");
    assert_int_equal(store_write(&w->f.t, read_then_add_one, &a), ERR_STORE);
    assert_true(str_find(w->f.t.note, S("只读")) != SIZE_MAX);
    task_clear_error(&w->f.t);
    set_read_only(w, "off");
    assert_int_equal(store_write(&w->f.t, read_then_add_one, &a), OK);
    assert_int_equal(amount_of(&w->f.t, 1), 1);
}

#define ON_A_SERVER(test) cmocka_unit_test_setup_teardown(test, begin, end)

int main(void)
{
    const struct CMUnitTest tests[] = {
        ON_A_SERVER(a_session_that_ends_in_the_middle_is_made_anew),
        ON_A_SERVER(a_commit_that_was_done_is_not_done_again),
        ON_A_SERVER(a_commit_that_was_not_done_is_done),
        ON_A_SERVER(a_commit_that_was_not_done_in_time_is_not_said_to_be),
        ON_A_SERVER(who_met_a_standby_asks_for_another_server),
    };
    int failed = cmocka_run_group_tests(tests, NULL, NULL);

    remove_folder(door_folder[0] ? door_folder : "/nonexistent");
    return failed;
}
