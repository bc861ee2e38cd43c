#include "http/server.h"

#include <setjmp.h>
#include <stdarg.h>
#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

#include "core/time.h"
#include "http/raw_table.h"
#include "http/site_fixture.h"

static struct site *site;
static struct server *server;
static int idle_ms = 1000;

static struct server *start(int workers, int queue, int connections)
{
    const struct server_options options = {.site = site,
                                           .workers = workers,
                                           .queue = queue,
                                           .connections = connections,
                                           .head_ms = 700,
                                           .body_ms = 700,
                                           .write_ms = 1000,
                                           .idle_ms = idle_ms};
    char *why = NULL;
    struct server *made = server_start(&options, &why);

    if (!made) {
        print_error("%s\n", why);
        exit(1);
    }
    return made;
}

static int dial(void)
{
    struct sockaddr_in address = {.sin_family = AF_INET,
                                  .sin_port = htons((uint16_t)server_port(server)),
                                  .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    struct timeval patience = {.tv_sec = 5};
    int fd = socket(AF_INET, SOCK_STREAM, 0);

    assert_true(fd >= 0);
    assert_int_equal(connect(fd, (struct sockaddr *)&address, sizeof address), 0);
    setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
    return fd;
}

static void send_all(int fd, const char *bytes, size_t len)
{
    while (len) {
        ssize_t n = send(fd, bytes, len, MSG_NOSIGNAL);

        if (n <= 0)
            return; /* the server has closed: its answer says why */
        bytes += n;
        len -= (size_t)n;
    }
}

static void send_text(int fd, const char *text)
{
    send_all(fd, text, strlen(text));
}

/* One answer, head and body, terminated; its status, or 0 when the connection ended before.
 * `head_only`: the answer to a HEAD. */
static int receive_answer(int fd, char *out, size_t size, bool head_only)
{
    size_t len = 0, need = SIZE_MAX;
    int status = 0;

    while (len < need && len + 1 < size) {
        /* The head byte by byte, so that nothing of the next answer is taken. */
        ssize_t n = recv(fd, out + len, need == SIZE_MAX ? 1 : need - len, 0);

        if (n <= 0)
            return 0;
        len += (size_t)n;
        out[len] = '\0';
        if (need == SIZE_MAX && len >= 4 && memcmp(out + len - 4, "\r\n\r\n", 4) == 0) {
            const char *length = strstr(out, "Content-Length: ");

            if (sscanf(out, "HTTP/1.1 %d", &status) == 1 && status == 100) {
                len = 0;
                continue;
            }
            need = len + (length && !head_only ? strtoul(length + 16, NULL, 10) : 0);
        }
    }
    return status;
}

static char answer[256 * 1024];

static int ask(const char *raw)
{
    int fd = dial();

    send_text(fd, raw);
    int status = receive_answer(fd, answer, sizeof answer, false);
    close(fd);
    return status;
}

static void assert_closed(int fd)
{
    char byte;

    assert_int_equal(recv(fd, &byte, 1, 0), 0);
    close(fd);
}

static void sleep_ms(int ms)
{
    nanosleep(&(struct timespec){.tv_sec = ms / 1000, .tv_nsec = ms % 1000 * 1000000L}, NULL);
}

#define HELLO "GET /hello HTTP/1.1\r\nHost: a\r\n\r\n"

static void every_row_of_the_table_gets_its_answer(void **state)
{
    size_t n, wrong = 0;
    struct raw_row *rows = raw_table_read(&n);

    (void)state;
    for (size_t i = 0; i < n; i++) {
        int fd = dial(), status;

        if (rows[i].answer == 0) {
            close(fd);
            continue;
        }
        send_all(fd, rows[i].bytes, rows[i].len);
        status = receive_answer(fd, answer, sizeof answer, memcmp(rows[i].bytes, "HEAD", 4) == 0);
        if (status != rows[i].answer) {
            print_error("line %d, %s: %d\n", rows[i].line, rows[i].name, status);
            wrong++;
        }
        /* After a head that could not be read nothing on this connection can be trusted. */
        if (rows[i].head != 200)
            assert_closed(fd);
        else
            close(fd);
    }
    assert_int_equal(wrong, 0);
    raw_table_free(rows, n);
}

static void a_connection_serves_many_requests(void **state)
{
    int fd = dial();

    (void)state;
    for (int i = 0; i < 50; i++) {
        send_text(fd, HELLO);
        assert_int_equal(receive_answer(fd, answer, sizeof answer, false), 200);
        send_text(fd, "HEAD /hello HTTP/1.1\r\nHost: a\r\n\r\n");
        assert_int_equal(receive_answer(fd, answer, sizeof answer, true), 200);
    }
    send_text(fd, "GET /hello HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n");
    assert_int_equal(receive_answer(fd, answer, sizeof answer, false), 200);
    assert_non_null(strstr(answer, "Connection: close\r\n"));
    assert_closed(fd);
}

static void pipelined_requests_are_answered_in_order(void **state)
{
    int fd = dial();
    char raw[200 * 128];
    size_t len = 0;

    (void)state;
    for (int i = 0; i < 200; i++)
        len += (size_t)snprintf(raw + len, sizeof raw - len,
                                "%s /orders/n%d HTTP/1.1\r\nHost: a\r\n%s\r\n", "GET", i, "");
    send_all(fd, raw, len);
    for (int i = 0; i < 200; i++) {
        char expected[32];

        assert_int_equal(receive_answer(fd, answer, sizeof answer, false), 200);
        snprintf(expected, sizeof expected, ": n%d</p>", i);
        assert_non_null(strstr(answer, expected));
    }
    close(fd);
}

/* The second request must not be read out of the first one's body, nor the other way round. */
static void bodies_and_requests_do_not_mix(void **state)
{
    int fd = dial();

    (void)state;
    send_text(
        fd, "POST /echo HTTP/1.1\r\nHost: a\r\nContent-Type: application/x-www-form-urlencoded\r\n"
            "Content-Length: 35\r\n\r\nname=GET /nowhere HTTP/1.1\r\nHost: a" HELLO);
    assert_int_equal(receive_answer(fd, answer, sizeof answer, false), 200);
    assert_int_equal(receive_answer(fd, answer, sizeof answer, false), 200);
    assert_non_null(strstr(answer, "<h1>"));
    close(fd);
}

static void bytes_may_come_one_by_one(void **state)
{
    static const char raw[] = "POST /echo HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\n"
                              "Content-Length: 12\r\n\r\n{\"name\":\"x\"}";
    int fd = dial();

    (void)state;
    for (size_t i = 0; i < sizeof raw - 1; i++) {
        send_all(fd, raw + i, 1);
        if (i % 16 == 0)
            sleep_ms(1);
    }
    assert_int_equal(receive_answer(fd, answer, sizeof answer, false), 200);
    close(fd);
}

static void a_large_body_and_a_large_answer_pass(void **state)
{
    static const char start_[] =
        "--xx\r\nContent-Disposition: form-data; name=\"f\"; filename=\"a.bin\"\r\n\r\n";
    static const char end_[] = "\r\n--xx--\r\n";
    size_t content = 20 * 1024 * 1024, size = sizeof start_ + sizeof end_ - 2 + content, got = 0;
    char *body = malloc(size), head[256];
    int fd = dial();

    (void)state;
    memcpy(body, start_, sizeof start_ - 1);
    memset(body + sizeof start_ - 1, 'x', content);
    memcpy(body + sizeof start_ - 1 + content, end_, sizeof end_ - 1);
    snprintf(head, sizeof head,
             "POST /files HTTP/1.1\r\nHost: a\r\nContent-Length: %zu\r\nExpect: 100-continue\r\n"
             "Content-Type: multipart/form-data; boundary=xx\r\n\r\n",
             size);
    send_text(fd, head);
    assert_int_equal(recv(fd, answer, 25, MSG_WAITALL), 25);
    assert_memory_equal(answer, "HTTP/1.1 100 Continue\r\n\r\n", 25);
    send_all(fd, body, size);
    assert_int_equal(receive_answer(fd, answer, sizeof answer, false), 200);
    assert_non_null(strstr(answer, "\"id\":\"20971520\""));
    free(body);
    send_text(fd, "GET /file?size=30000000 HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n");
    for (ssize_t n; (n = recv(fd, answer, sizeof answer, 0)) > 0; got += (size_t)n)
        if (got < 1000000)
            sleep_ms(2); /* so that the server has to wait */
    assert_true(got > 30000000 && got < 30002000);
    close(fd);
}

static void too_large_a_body_is_refused_before_it_comes(void **state)
{
    static char much[2 * 1024 * 1024];
    int fd = dial();

    (void)state;
    send_text(fd, "POST /api/v1/echo HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\n"
                  "Content-Length: 2097152\r\n\r\n");
    send_all(fd, much, sizeof much); /* sent anyway, as browsers do; the answer must still arrive */
    assert_int_equal(receive_answer(fd, answer, sizeof answer, false), 413);
    assert_non_null(strstr(answer, "application/problem+json"));
    assert_closed(fd);
    assert_int_equal(ask("POST /files HTTP/1.1\r\nHost: a\r\nContent-Length: 33554433\r\n\r\n"),
                     413);
    assert_non_null(strstr(answer, "text/html"));
}

static void slow_clients_are_not_waited_for(void **state)
{
    int head = dial(), body = dial(), idle = dial();
    int64_t began = time_monotonic_ns();

    (void)state;
    send_text(head, "GET / HTTP/1.1\r\nHost: ");
    send_text(body, "POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 100\r\n\r\nabc");
    send_text(idle, HELLO);
    assert_int_equal(receive_answer(idle, answer, sizeof answer, false), 200);
    assert_int_equal(receive_answer(head, answer, sizeof answer, false), 408);
    assert_int_equal(receive_answer(body, answer, sizeof answer, false), 408);
    assert_closed(head);
    assert_closed(body);
    assert_closed(idle);
    assert_true(time_monotonic_ns() - began < (int64_t)4000000000);
}

static void a_client_that_goes_away_harms_nobody(void **state)
{
    (void)state;
    for (int i = 0; i < 60; i++) {
        int fd = dial();
        struct linger reset = {.l_onoff = 1, .l_linger = 0};

        send_text(fd, i % 3 == 0 ? "GET /file?size=3000000 HTTP/1.1\r\nHost: a\r\n\r\n"
                      : i % 3 == 1
                          ? "GET /slow?ms=5 HTTP/1.1\r\nHost: a\r\n\r\n" HELLO
                          : "POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 50\r\n\r\nab");
        if (i % 2)
            setsockopt(fd, SOL_SOCKET, SO_LINGER, &reset, sizeof reset);
        if (i % 4 == 0)
            shutdown(fd, SHUT_WR);
        close(fd);
    }
    /* While their requests still stand in the queue it may say so (a slow machine). */
    int status = ask(HELLO);
    for (int i = 0; i < 50 && status == 503; i++) {
        sleep_ms(100);
        status = ask(HELLO);
    }
    assert_int_equal(status, 200);
}

static void a_half_closed_client_gets_its_answer(void **state)
{
    int fd = dial();

    (void)state;
    send_text(fd, HELLO);
    shutdown(fd, SHUT_WR);
    assert_int_equal(receive_answer(fd, answer, sizeof answer, false), 200);
    assert_closed(fd);
}

static void *keep_asking(void *arg)
{
    char text[16 * 1024];
    int fd = dial();
    int *good = arg;

    for (int i = 0; i < 300; i++) {
        send_text(fd, i % 10 ? HELLO : "GET /slow?ms=1 HTTP/1.1\r\nHost: a\r\n\r\n");
        *good += receive_answer(fd, text, sizeof text, false) == 200;
    }
    close(fd);
    return NULL;
}

static void many_clients_at_once_are_all_answered(void **state)
{
    pthread_t threads[16];
    int good[16] = {0}, all = 0;

    (void)state;
    for (int i = 0; i < 16; i++)
        assert_int_equal(pthread_create(&threads[i], NULL, keep_asking, &good[i]), 0);
    for (int i = 0; i < 16; i++) {
        pthread_join(threads[i], NULL);
        all += good[i];
    }
    assert_int_equal(all, 16 * 300);
}

static void waiting_handlers_run_side_by_side(void **state)
{
    int fds[8];

    (void)state;
    atomic_store(&fixture_most_running, 0);
    for (int i = 0; i < 8; i++) {
        fds[i] = dial();
        send_text(fds[i], "GET /slow?ms=800 HTTP/1.1\r\nHost: a\r\n\r\n");
    }
    for (int i = 0; i < 60 && fixture_running < 8; i++)
        sleep_ms(10);
    assert_int_equal(fixture_running, 8);
    assert_int_equal(ask(HELLO), 200); /* and nobody waits behind them */
    for (int i = 0; i < 8; i++) {
        assert_int_equal(receive_answer(fds[i], answer, sizeof answer, false), 200);
        close(fds[i]);
    }
    assert_int_equal(fixture_most_running, 8);
}

static int open_server(void **state)
{
    (void)state;
    server = start(16, 64, 0);
    return 0;
}

static int close_server(void **state)
{
    (void)state;
    assert_true(server_stop(server, 5));
    return 0;
}

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

static int make_site(void **state)
{
    (void)state;
    site = fixture_site(-1);
    return 0;
}

static int free_site(void **state)
{
    (void)state;
    site_free(site);
    return 0;
}

int main(void)
{
#define WITH_SERVER(test) cmocka_unit_test_setup_teardown(test, open_server, close_server)
    const struct CMUnitTest tests[] = {
        WITH_SERVER(every_row_of_the_table_gets_its_answer),
        WITH_SERVER(a_connection_serves_many_requests),
        WITH_SERVER(pipelined_requests_are_answered_in_order),
        WITH_SERVER(bodies_and_requests_do_not_mix),
        WITH_SERVER(bytes_may_come_one_by_one),
        WITH_SERVER(a_large_body_and_a_large_answer_pass),
        WITH_SERVER(too_large_a_body_is_refused_before_it_comes),
        WITH_SERVER(slow_clients_are_not_waited_for),
        WITH_SERVER(a_client_that_goes_away_harms_nobody),
        WITH_SERVER(a_half_closed_client_gets_its_answer),
        WITH_SERVER(many_clients_at_once_are_all_answered),
        WITH_SERVER(waiting_handlers_run_side_by_side),
        cmocka_unit_test(a_full_queue_is_said_at_once),
        cmocka_unit_test(who_waited_too_long_is_told_so),
        cmocka_unit_test(who_waits_makes_room),
        cmocka_unit_test(connections_have_a_limit),
        cmocka_unit_test(stopping_finishes_what_runs),
        cmocka_unit_test(stopping_does_not_wait_for_ever),
        cmocka_unit_test(an_address_in_use_is_said),
    };
    return cmocka_run_group_tests(tests, make_site, free_site);
}
