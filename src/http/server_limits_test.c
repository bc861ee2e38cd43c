/* What is too much, for all together and for one address; and how a server stops. */
#include <setjmp.h>
#include <stdarg.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cmocka.h>

#include "core/time.h"
#include "http/server_fixture.h"
#include "http/site_fixture.h"

static void a_full_queue_is_said_at_once(void **state)
{
    int fds[4], busy = 0, good = 0;

    (void)state;
    server = start(1, 2, 0);
    for (int i = 0; i < 4; i++) {
        fds[i] = dial();
        send_text(fds[i], "GET /slow?ms=300 HTTP/1.1\r\nHost: a\r\n\r\n");
        sleep_ms(30);
    }
    for (int i = 3; i >= 0; i--) {
        int status = receive_answer(fds[i], answer, sizeof answer, false);

        good += status == 200;
        if (status == 503) {
            busy++;
            assert_non_null(strstr(answer, "Retry-After: "));
        }
        close(fds[i]);
    }
    assert_int_equal(good, 3); /* one running, two waiting */
    assert_int_equal(busy, 1);
    assert_true(server_stop(server, 5));
}

/* The queue does not become empty and the wait is long: those are told so, and may ask again on the
 * same connection. */
static void who_waited_too_long_is_told_so(void **state)
{
    int fds[6], late = 0, good = 0, last = -1;

    (void)state;
    server = start(1, 16, 0);
    for (int i = 0; i < 6; i++) {
        fds[i] = dial();
        send_text(fds[i], "GET /slow?ms=250 HTTP/1.1\r\nHost: a\r\n\r\n");
        sleep_ms(10);
    }
    for (int i = 0; i < 6; i++) {
        int status = receive_answer(fds[i], answer, sizeof answer, false);

        good += status == 200;
        if (status == 503) {
            late++;
            last = fds[i];
            assert_non_null(strstr(answer, "Retry-After: "));
            assert_null(strstr(answer, "Connection: close"));
        }
    }
    assert_in_range(good, 2, 5);
    assert_in_range(late, 1, 4);
    send_text(last, HELLO);
    assert_int_equal(receive_answer(last, answer, sizeof answer, false), 200);
    for (int i = 0; i < 6; i++)
        close(fds[i]);
    assert_true(server_stop(server, 5));
}

/* Nearly all connections are taken by people who only wait: they wait an eighth of their time. */
static void who_waits_makes_room(void **state)
{
    int fds[16];

    (void)state;
    idle_ms = 8000;
    server = start(2, 8, 16);
    idle_ms = 1000;
    for (int i = 0; i < 16; i++) {
        fds[i] = dial();
        send_text(fds[i], HELLO);
        assert_int_equal(receive_answer(fds[i], answer, sizeof answer, false), 200);
    }
    struct pollfd ends[16];
    for (int i = 0; i < 16; i++)
        ends[i] = (struct pollfd){.fd = fds[i], .events = POLLIN};
    assert_in_range(poll(ends, 16, 5000), 1, 16);
    assert_int_equal(ask(HELLO), 200);
    for (int i = 0; i < 16; i++)
        close(fds[i]);
    assert_true(server_stop(server, 5));
}

static void connections_have_a_limit(void **state)
{
    int a, b, c;

    (void)state;
    server = start(2, 8, 2);
    a = dial();
    b = dial();
    send_text(a, HELLO);
    send_text(b, HELLO);
    assert_int_equal(receive_answer(a, answer, sizeof answer, false), 200);
    assert_int_equal(receive_answer(b, answer, sizeof answer, false), 200);
    c = dial();
    assert_int_equal(receive_answer(c, answer, sizeof answer, false), 503);
    close(c);
    close(a);
    sleep_ms(100);
    assert_int_equal(ask(HELLO), 200);
    close(b);
    assert_true(server_stop(server, 5));
}

/* ---- a sign of life -------------------------------------------------------------------------- */

static const char health[] = "GET /healthz HTTP/1.1\r\nHost: a\r\n\r\n";

static void health_does_not_wait_in_the_queue(void **state)
{
    int fds[3];

    (void)state;
    server = start(1, 2, 0);
    for (int i = 0; i < 3; i++) {
        fds[i] = dial();
        send_text(fds[i], "GET /slow?ms=600 HTTP/1.1\r\nHost: a\r\n\r\n");
        sleep_ms(30);
    }
    assert_int_equal(ask(HELLO), 503); /* the queue is full */
    int64_t began = time_monotonic_ns();
    assert_int_equal(ask(health), 200);
    assert_non_null(strstr(answer, "\r\n\r\nok\n"));
    assert_true(time_monotonic_ns() - began < (int64_t)300000000);
    for (int i = 0; i < 3; i++)
        close(fds[i]);
    assert_true(server_stop(server, 5));
}

static void health_has_connections_of_its_own(void **state)
{
    int a, b, c;

    (void)state;
    server = start(2, 8, 2);
    a = dial();
    b = dial();
    send_text(a, HELLO);
    send_text(b, HELLO);
    assert_int_equal(receive(a), 200);
    assert_int_equal(receive(b), 200);
    assert_int_equal(ask(HELLO), 503);
    c = dial();
    send_text(c, health);
    assert_int_equal(receive(c), 200);
    assert_closed(c); /* others want to ask as well */
    close(a);
    close(b);
    assert_true(server_stop(server, 5));
}

/* More of them than are answered in one turn, others between them: all in their order. */
static void health_keeps_its_place_in_a_row(void **state)
{
    int fd;

    (void)state;
    server = start(2, 8, 0);
    fd = dial();
    for (int i = 0; i < 100; i++)
        send_text(fd, i % 25 == 24 ? HELLO : health);
    for (int i = 0; i < 100; i++) {
        assert_int_equal(receive(fd), 200);
        assert_int_equal(strstr(answer, "<h1>") != NULL, i % 25 == 24);
    }
    send_text(fd, "HEAD /healthz HTTP/1.1\r\nHost: a\r\n\r\n");
    assert_int_equal(receive_answer(fd, answer, sizeof answer, true), 200);
    send_text(fd, health);
    assert_int_equal(receive(fd), 200);
    close(fd);
    assert_true(server_stop(server, 5));
}

/* ---- one address ------------------------------------------------------------------------------
 */

/* 127.0.0.1 is the trusted proxy; these two are not. */
#define ONE     "127.0.0.2"
#define ANOTHER "127.0.0.3"

static int ask_from(const char *address, const char *raw)
{
    int fd = dial_from(address);

    send_text(fd, raw);
    int status = receive(fd);
    close(fd);
    return status;
}

static void one_address_has_not_all_connections(void **state)
{
    int fds[3];

    (void)state;
    server =
        start_bounded(&(const struct server_options){.connections = 20, .guest_connections = 3});
    for (int i = 0; i < 3; i++) {
        fds[i] = dial_from(ONE);
        send_text(fds[i], HELLO);
        assert_int_equal(receive(fds[i]), 200);
    }
    int more = dial_from(ONE);
    assert_int_equal(receive(more), 429);
    assert_non_null(strstr(answer, "Retry-After: "));
    assert_closed(more);
    assert_int_equal(ask_from(ANOTHER, HELLO), 200);
    close(fds[0]);
    int status = 429; /* until the server has seen it */
    for (int i = 0; i < 50 && status == 429; i++) {
        sleep_ms(100);
        status = ask_from(ONE, HELLO);
    }
    assert_int_equal(status, 200);
    close(fds[1]);
    close(fds[2]);
    assert_true(server_stop(server, 5));
}

#define SLOW(ms) "GET /slow?ms=" #ms " HTTP/1.1\r\nHost: a\r\n\r\n"

static void one_address_has_not_the_whole_queue(void **state)
{
    int fds[5];

    (void)state;
    server = start_bounded(
        &(const struct server_options){.workers = 4, .queue = 16, .guest_requests = 2});
    for (int i = 0; i < 5; i++) { /* two run, two wait, one is too many */
        fds[i] = dial_from(ONE);
        send_text(fds[i], SLOW(700));
        sleep_ms(30);
    }
    assert_int_equal(receive(fds[4]), 429);
    assert_non_null(strstr(answer, "Retry-After: "));
    assert_null(strstr(answer, "Connection: close"));
    int64_t began = time_monotonic_ns();
    assert_int_equal(ask_from(ANOTHER, HELLO), 200);
    assert_true(time_monotonic_ns() - began < (int64_t)400000000);
    assert_int_equal(receive(fds[0]), 200);
    assert_int_equal(receive(fds[1]), 200);
    send_text(fds[4], HELLO); /* two are through */
    for (int i = 2; i < 5; i++)
        assert_int_equal(receive(fds[i]), 200);
    for (int i = 0; i < 5; i++)
        close(fds[i]);
    assert_true(server_stop(server, 5));
}

/* Who came last with one request does not wait behind all of another's. */
static void addresses_have_their_turns(void **state)
{
    enum { N = 8 };
    struct pollfd others[N];
    int mine;

    (void)state;
    server = start_bounded(&(const struct server_options){.workers = 1, .queue = 64});
    for (int i = 0; i < N; i++) {
        others[i] = (struct pollfd){.fd = dial_from(ONE), .events = POLLIN};
        send_text(others[i].fd, SLOW(30));
    }
    sleep_ms(10);
    mine = dial_from(ANOTHER);
    send_text(mine, HELLO);
    int status = receive(mine);
    assert_in_range(poll(others, N, 0), 0, N - 2);
    assert_true(status == 200 || status == 503); /* 503: the machine stood still */
    for (int i = 0; i < N; i++)
        close(others[i].fd);
    close(mine);
    assert_true(server_stop(server, 5));
}

#define SLOW_FOR(ip)  "GET /slow?ms=600 HTTP/1.1\r\nHost: a\r\nX-Real-IP: " ip "\r\n\r\n"
#define HELLO_FOR(ip) "GET /hello HTTP/1.1\r\nHost: a\r\nX-Real-IP: " ip "\r\n\r\n"

/* Behind the proxy it is the address that it names; a household has a /64. */
static void the_proxy_says_whose_request_it_is(void **state)
{
    static const char *const asked[] = {SLOW_FOR("2001:db8:0:1::1"), SLOW_FOR("2001:db8:0:1::2"),
                                        SLOW_FOR("2001:db8:0:1:ffff::3")};
    int fds[3];

    (void)state;
    server = start_bounded(
        &(const struct server_options){.workers = 2, .queue = 16, .guest_requests = 1});
    for (int i = 0; i < 3; i++) {
        fds[i] = dial();
        send_text(fds[i], asked[i]);
        sleep_ms(30);
    }
    assert_int_equal(receive(fds[2]), 429);
    assert_int_equal(ask(HELLO_FOR("2001:db8:0:2::1")), 200);
    assert_int_equal(ask(HELLO_FOR("192.0.2.7")), 200);
    assert_int_equal(ask(HELLO), 200); /* the host itself */
    assert_int_equal(receive(fds[0]), 200);
    assert_int_equal(receive(fds[1]), 200);
    for (int i = 0; i < 3; i++)
        close(fds[i]);
    assert_true(server_stop(server, 5));
}

static void a_stranger_cannot_say_that_he_is_another(void **state)
{
    static const char *const asked[] = {SLOW_FOR("192.0.2.1"), SLOW_FOR("192.0.2.2"),
                                        SLOW_FOR("192.0.2.3")};
    int fds[3];

    (void)state;
    server = start_bounded(
        &(const struct server_options){.workers = 2, .queue = 16, .guest_requests = 1});
    for (int i = 0; i < 3; i++) {
        fds[i] = dial_from(ONE);
        send_text(fds[i], asked[i]);
        sleep_ms(30);
    }
    assert_int_equal(receive(fds[2]), 429);
    for (int i = 0; i < 3; i++)
        close(fds[i]);
    assert_true(server_stop(server, 5));
}

static const char upload_begins[] =
    "POST /files HTTP/1.1\r\nHost: a\r\nContent-Type: multipart/form-data; "
    "boundary=x\r\nContent-Length: 31457280\r\n\r\n";

/* All but the last byte of 30 MiB, or until the server says no. */
static void send_upload(int fd)
{
    static char piece[1024 * 1024];

    send_text(fd, upload_begins);
    for (int i = 0; i < 30; i++)
        send_all(fd, piece, sizeof piece - (i == 29));
}

static void one_address_has_not_all_the_memory(void **state)
{
    int a, b, c;

    (void)state;
    server = start_bounded(&(const struct server_options){.guest_memory = (size_t)44 * 1024 * 1024,
                                                          .body_ms = 60000}); /* a slow machine */
    a = dial_from(ONE);
    send_upload(a);
    b = dial_from(ONE);
    send_upload(b);
    assert_int_equal(receive(b), 429);
    c = dial_from(ANOTHER);
    send_upload(c);
    send_all(c, "", 1);
    assert_int_equal(receive(c), 400);           /* read to its end, and no form */
    assert_int_equal(ask_from(ONE, HELLO), 200); /* what is small has room */
    close(a);
    close(b);
    close(c);
    int status = 429; /* until the server has seen that they are closed */
    for (int i = 0; i < 50 && status == 429; i++) {
        sleep_ms(100);
        a = dial_from(ONE);
        send_upload(a);
        send_all(a, "", 1);
        status = receive(a);
        close(a);
    }
    assert_int_equal(status, 400);
    assert_int_equal(ask_from(ONE, "GET /file?size=40000000 HTTP/1.1\r\nHost: a\r\n\r\n"), 429);
    assert_true(server_stop(server, 5));
}

/* ---- the end ----------------------------------------------------------------------------------
 */

static void stopping_finishes_what_runs(void **state)
{
    int running, idle, port;

    (void)state;
    server = start(4, 8, 0);
    running = dial();
    idle = dial();
    send_text(idle, HELLO);
    assert_int_equal(receive_answer(idle, answer, sizeof answer, false), 200);
    send_text(running, "GET /slow?ms=400 HTTP/1.1\r\nHost: a\r\n\r\n");
    sleep_ms(100);
    port = server_port(server);
    assert_true(server_stop(server, 5));
    assert_int_equal(receive_answer(running, answer, sizeof answer, false), 200);
    assert_non_null(strstr(answer, "Connection: close\r\n"));
    assert_closed(running);
    assert_closed(idle);
    assert_true(port > 0);
}

static void stopping_does_not_wait_for_ever(void **state)
{
    int fd;

    (void)state;
    server = start(2, 8, 0);
    fd = dial();
    send_text(fd, "GET /slow?ms=2500 HTTP/1.1\r\nHost: a\r\n\r\n");
    sleep_ms(100);
    int64_t began = time_monotonic_ns();
    assert_false(server_stop(server, 1));
    assert_true(time_monotonic_ns() - began < (int64_t)2000000000);
    assert_true(server_stop(server, 5)); /* asked again, when it is done */
    close(fd);
}

static void an_address_in_use_is_said(void **state)
{
    char *why = NULL;

    (void)state;
    server = start(1, 8, 0);
    struct server_options options = {.site = site, .port = server_port(server)};
    assert_null(server_start(&options, &why));
    assert_non_null(why);
    free(why);
    options.address = "localhost";
    assert_null(server_start(&options, &why));
    free(why);
    assert_true(server_stop(server, 5));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_full_queue_is_said_at_once),
        cmocka_unit_test(who_waited_too_long_is_told_so),
        cmocka_unit_test(who_waits_makes_room),
        cmocka_unit_test(connections_have_a_limit),
        cmocka_unit_test(health_does_not_wait_in_the_queue),
        cmocka_unit_test(health_has_connections_of_its_own),
        cmocka_unit_test(health_keeps_its_place_in_a_row),
        cmocka_unit_test(one_address_has_not_all_connections),
        cmocka_unit_test(one_address_has_not_the_whole_queue),
        cmocka_unit_test(addresses_have_their_turns),
        cmocka_unit_test(the_proxy_says_whose_request_it_is),
        cmocka_unit_test(a_stranger_cannot_say_that_he_is_another),
        cmocka_unit_test(one_address_has_not_all_the_memory),
        cmocka_unit_test(stopping_finishes_what_runs),
        cmocka_unit_test(stopping_does_not_wait_for_ever),
        cmocka_unit_test(an_address_in_use_is_said),
    };
    return cmocka_run_group_tests(tests, make_site, free_site);
}
