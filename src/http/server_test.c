/* A server on a socket: requests and answers; server_limits_test.c has what there is too much of.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cmocka.h>

#include "core/time.h"
#include "http/raw_table.h"
#include "http/server_fixture.h"
#include "http/site_fixture.h"

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
    };
    return cmocka_run_group_tests(tests, make_site, free_site);
}
