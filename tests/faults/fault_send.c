/*
 * The network fails while a request is read or an answer is sent: the n-th call is cut off, is
 * interrupted, takes half, or takes nothing for now.  Who gets no answer asks again with the same
 * key, and it was done once; who gets one gets all of it; and the next visitor is served.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "http/http.h"
#include "http/server.h"
#include "stories/story.h"

enum how { CUT_OFF, HALF, NOT_NOW, READ_CUT_OFF, READ_INTERRUPTED, HOW_COUNT };
enum { ANSWER_MOST = 1024 * 1024, CALLS_MOST = 50 };

static const char *const how_words[] = {"cut off", "half", "not now", "cut off while reading",
                                        "interrupted while reading"};
static struct server *server;
static atomic_int calls, nth; /* nth 0: everything works */
static atomic_bool hit;
static enum how how;
static int ours = -1; /* the test's own end */

/* The linker sends these calls of the program here; the test's own begin with a socket of its own.
 */
ssize_t __real_send(int file, const void *at, size_t n, int flags);
ssize_t __wrap_send(int file, const void *at, size_t n, int flags);
ssize_t __real_sendmsg(int file, const struct msghdr *message, int flags);
ssize_t __wrap_sendmsg(int file, const struct msghdr *message, int flags);

static bool strike(bool reading)
{
    if (!nth || reading != (how >= READ_CUT_OFF) || atomic_fetch_add(&calls, 1) + 1 != nth)
        return false;
    hit = true;
    return true;
}

static ssize_t fail_at(int file)
{
    if (how == CUT_OFF || how == READ_CUT_OFF)
        shutdown(file, SHUT_RDWR);
    errno = how == READ_INTERRUPTED ? EINTR : how == NOT_NOW ? EAGAIN : ECONNRESET;
    return -1;
}

ssize_t __wrap_send(int file, const void *at, size_t n, int flags)
{
    if (!strike(false))
        return __real_send(file, at, n, flags);
    return how == HALF && n > 1 ? __real_send(file, at, n / 2, flags) : fail_at(file);
}

ssize_t __wrap_sendmsg(int file, const struct msghdr *message, int flags)
{
    if (!strike(false))
        return __real_sendmsg(file, message, flags);
    if (how == HALF && message->msg_iovlen && message->msg_iov[0].iov_len > 1)
        return __real_send(file, message->msg_iov[0].iov_base, message->msg_iov[0].iov_len / 2,
                           flags);
    return fail_at(file);
}

ssize_t __real_recv(int file, void *at, size_t n, int flags);
ssize_t __wrap_recv(int file, void *at, size_t n, int flags);

ssize_t __wrap_recv(int file, void *at, size_t n, int flags)
{
    return ours != file && strike(true) ? fail_at(file) : __real_recv(file, at, n, flags);
}

/* The whole answer, or an empty one when the connection broke.  Ends with the connection. */
static struct str ask(struct world *w, const char *request)
{
    struct sockaddr_in address = {.sin_family = AF_INET,
                                  .sin_port = htons((uint16_t)server_port(server)),
                                  .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    static char answer[ANSWER_MOST];
    struct timeval patience = {.tv_sec = 20};
    size_t have = 0;
    ssize_t n;

    int file = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    assert_true(file >= 0);
    ours = file;
    setsockopt(file, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
    assert_int_equal(connect(file, (struct sockaddr *)&address, sizeof address), 0);
    assert_int_equal(write(file, request, strlen(request)), strlen(request));
    while (have < sizeof answer && (n = recv(file, answer + have, sizeof answer - have, 0)) > 0)
        have += (size_t)n;
    assert_false(n < 0 && errno == EAGAIN); /* hangs */
    close(file);
    return world_keep(w, (struct str){answer, have});
}

static bool is_whole(struct str answer)
{
    size_t head = str_find(answer, S("\r\n\r\n")), at = str_find(answer, S("Content-Length: "));

    return head != SIZE_MAX && at < head &&
           answer.len - head - 4 == (size_t)atoll(answer.at + at + 16);
}

static const char *note_request(struct world *w, int64_t order, const char *key)
{
    static const char body[] = "{\"text\":\"来电催问\"}";

    return world_f(
        w,
        "POST /api/v1/orders/%lld/act/note HTTP/1.1\r\nHost: lanjiang.test\r\n"
        "Cookie: " SESSION_COOKIE "=%.*s\r\nX-CSRF-Token: %.*s\r\nIdempotency-Key: %s\r\n"
        "Content-Type: application/json\r\nContent-Length: %zu\r\n"
        "Connection: close\r\n\r\n%s",
        (long long)order, STR_ARG(w->session), STR_ARG(w->csrf), key, sizeof body - 1, body);
}

struct asking {
    int64_t order, version;
    const char *page;
    int failed;
};

/* One request whose n-th call fails, and the same act again.  False: it does not make so many. */
static bool one_call(struct world *w, struct asking *a, bool act, int n)
{
    const char *key = world_f(w, "send-%d-%d-%d", (int)how, act, n);

    calls = 0;
    hit = false;
    nth = n;
    struct str answer = ask(w, act ? note_request(w, a->order, key) : a->page);
    nth = 0;
    a->failed += hit;
    if (how != CUT_OFF && how != READ_CUT_OFF && !is_whole(answer))
        fail_msg("%s, call %d: not the whole answer:\n%.*s", how_words[how], n, STR_ARG(answer));
    answer = ask(w, note_request(w, a->order, key));
    assert_true(is_whole(answer));
    assert_true(str_starts(answer, S("HTTP/1.1 200")));
    if (act && how != READ_CUT_OFF && str_find(answer, S("\"replayed\":true")) == SIZE_MAX)
        fail_msg("%s, call %d: done twice:\n%.*s", how_words[how], n, STR_ARG(answer));
    assert_int_equal(world_order(w, a->order).version, ++a->version);
    return hit;
}

static void every_call(void **state)
{
    struct world *w = *state;
    struct asking a = {.version = 1};

    world_as(w, "zhoumin");
    a.order = story_register(w, STORY_AID).id;
    a.page = world_f(w,
                     "GET /orders/%lld HTTP/1.1\r\nHost: lanjiang.test\r\n"
                     "Cookie: " SESSION_COOKIE "=%.*s\r\nConnection: close\r\n\r\n",
                     (long long)a.order, STR_ARG(w->session));
    for (int kind = 0; kind < HOW_COUNT; kind++) {
        how = (enum how)kind;
        for (int act = 0; act < 2; act++) {
            int n = 1;

            while (n < CALLS_MOST && one_call(w, &a, act, n))
                n++;
            assert_true(n > 1 && n < CALLS_MOST);
        }
    }
    print_message("  %d calls failed\n", a.failed);
    world_verify(w);
}

static int64_t world_clock(void)
{
    return TEST_NOW;
}

static int set_up(void **state)
{
    char *why = NULL;

    if (world_set_up(state))
        return -1;
    struct world *w = *state;
    struct server_options options = {.site = w->site,
                                     .store = w->app.store,
                                     .address = "127.0.0.1",
                                     .now = world_clock,
                                     .pollers = 1,
                                     .workers = 2,
                                     .queue = 16,
                                     .connections = 64};
    server = server_start(&options, &why);
    if (!server)
        fail_msg("%s", why);
    return 0;
}

static int tear_down(void **state)
{
    server_stop(server, 5);
    return world_tear_down(state);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(every_call)};

    return cmocka_run_group_tests(tests, set_up, tear_down);
}
