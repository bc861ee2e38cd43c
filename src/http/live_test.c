/* Requests that are held until there is something to tell. */
#include "store/store_fixture.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdatomic.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>

#include "core/form.h"
#include "http/server.h"
#include "view/template.h"

/* In the place of the program's. */
const struct template_file template_files[] = {{"shell/error", "{{status}}", 10}, {0}};

static _Atomic int64_t version;
static _Atomic int runs;

struct seen_view {
    int64_t version;
};
static const struct shape seen_shape = {
    "Seen", sizeof(struct seen_view),
    (const struct field[]){FIELD(struct seen_view, version, F_INT, "版本"), {0}}};
static const struct form seen_form = {
    "SeenQuery",
    (const struct ask[]){
        {.name = "after", .title = "看过的", .type = ASK_INT, .min = 0, .max = INT64_MAX},
        {.name = "id", .title = "哪一件", .type = ASK_INT, .min = 0, .max = INT64_MAX},
        {0},
    }};

static enum err get_version(struct task *t, struct request *request, struct response *response)
{
    struct seen_view *view = NEW(t, struct seen_view, 1);

    atomic_fetch_add(&runs, 1);
    view->version = version;
    response->view = view;
    if (view->version == json_get_int(request->query, "after")) {
        response->live = "order";
        response->live_id = json_get_int(request->query, "id");
    }
    return OK;
}

static enum err authenticate(struct task *t, struct request *request)
{
    (void)request;
    t->tenant = 1;
    return OK;
}

static enum err admit(struct task *t, const struct request *request)
{
    (void)t;
    (void)request;
    return OK;
}

static const struct route routes[] = {
    {GET, "/version", ACCESS_PUBLIC, NULL, get_version, NULL, &seen_shape, &seen_form, NULL,
     "第几版", ROUTE_API_ONLY},
    {0},
};
static const struct route *const tables[] = {routes, NULL};

struct held {
    struct fixture *rows;
    struct site *site;
    struct server *server;
};

static int set_up_held(void **state)
{
    struct held *held = calloc(1, sizeof *held);
    char *why = NULL;

    set_up((void **)&held->rows);
    held->site =
        site_make(&(struct site_options){.title = "t",
                                         .version = "1",
                                         .routes = tables,
                                         .hooks = {.authenticate = authenticate, .admit = admit},
                                         .quiet = true},
                  &why);
    if (!held->site)
        fail_msg("%s", why);
    held->server = server_start(
        &(struct server_options){.site = held->site, .store = held->rows->store, .workers = 2},
        &why);
    assert_non_null(held->server);
    version = 1;
    runs = 0;
    *state = held;
    return 0;
}

static int tear_down_held(void **state)
{
    struct held *held = *state;

    if (held->server)
        assert_true(server_stop(held->server, 5));
    site_free(held->site);
    tear_down((void **)&held->rows);
    free(held);
    return 0;
}

static int ask_for(const struct held *held, int64_t id, int wait_s)
{
    struct sockaddr_in address = {.sin_family = AF_INET,
                                  .sin_port = htons((uint16_t)server_port(held->server)),
                                  .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    struct timeval patience = {.tv_sec = 5};
    char text[200];
    int fd = socket(AF_INET, SOCK_STREAM, 0);

    assert_int_equal(connect(fd, (struct sockaddr *)&address, sizeof address), 0);
    setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
    int n = snprintf(text, sizeof text,
                     "GET /api/v1/version?after=1&id=%lld HTTP/1.1\r\nHost: a\r\n"
                     "Prefer: respond-async, wait=%d\r\n\r\n",
                     (long long)id, wait_s);
    assert_int_equal(send(fd, text, (size_t)n, 0), n);
    return fd;
}

/* The version that the answer tells, and after how long it came. */
static int64_t take_answer(int fd, int64_t *ret_ms)
{
    char text[4096];
    int64_t began = time_monotonic_ns();
    ssize_t n = recv(fd, text, sizeof text - 1, 0);

    assert_true(n > 0);
    text[n] = '\0';
    *ret_ms = (time_monotonic_ns() - began) / 1000000;
    const char *at = strstr(text, "\"version\":");
    assert_non_null(at);
    return strtoll(at + 10, NULL, 10);
}

static enum err say(struct task *t, void *arg)
{
    store_notify(t, "order", *(const int64_t *)arg);
    return OK;
}

static void tell(const struct held *held, int64_t id)
{
    assert_int_equal(store_write(&held->rows->t, say, &id), OK);
}

static void pause_ms(int ms)
{
    nanosleep(&(struct timespec){.tv_sec = ms / 1000, .tv_nsec = ms % 1000 * 1000000L}, NULL);
}

static void what_concerns_it_is_told_soon(void **state)
{
    const struct held *held = *state;
    int64_t ms;
    int one = ask_for(held, 5, 4), other = ask_for(held, 6, 1), any = ask_for(held, 0, 4);

    pause_ms(400);
    version = 2;
    tell(held, 5);
    assert_int_equal(take_answer(one, &ms), 2);
    assert_true(ms < 400);
    assert_int_equal(take_answer(any, &ms), 2);
    assert_true(ms < 400);
    /* Nothing about this one: it is answered when its time is over. */
    assert_int_equal(take_answer(other, &ms), 2);
    assert_in_range(ms, 200, 1300);
    close(one);
    close(other);
    close(any);
}

static void nobody_waits_for_what_is_told_already(void **state)
{
    const struct held *held = *state;
    int64_t ms;

    version = 9;
    int fd = ask_for(held, 5, 4);
    assert_int_equal(take_answer(fd, &ms), 9);
    assert_true(ms < 200);
    close(fd);
    /* No wish to wait: at once, though there is nothing new. */
    version = 1;
    fd = ask_for(held, 5, 0);
    assert_int_equal(take_answer(fd, &ms), 1);
    assert_true(ms < 200);
    close(fd);
}

static void held_requests_take_no_worker(void **state)
{
    const struct held *held = *state;
    int fds[60];
    int64_t ms;

    for (int i = 0; i < 60; i++)
        fds[i] = ask_for(held, 5, 20);
    pause_ms(300);
    assert_int_equal(atomic_load(&runs), 60);
    /* Two workers, sixty that wait: who asks is still answered. */
    int fd = ask_for(held, 7, 0);
    assert_int_equal(take_answer(fd, &ms), 1);
    assert_true(ms < 300);
    close(fd);
    for (int i = 0; i < 30; i++)
        close(fds[i]); /* gone, while they wait */
    version = 2;
    tell(held, 5);
    for (int i = 30; i < 60; i++) {
        assert_int_equal(take_answer(fds[i], &ms), 2);
        close(fds[i]);
    }
    assert_in_range(atomic_load(&runs), 91, 121);
}

static void who_waits_does_not_keep_the_server(void **state)
{
    struct held *held = *state;
    int fd = ask_for(held, 5, 20);
    int64_t began = time_monotonic_ns(), ms;

    pause_ms(200);
    assert_true(server_stop(held->server, 5));
    held->server = NULL;
    assert_true(time_monotonic_ns() - began < (int64_t)2 * 1000000000);
    assert_int_equal(take_answer(fd, &ms), 1);
    close(fd);
}

int main(void)
{
#define HELD(test) cmocka_unit_test_setup_teardown(test, set_up_held, tear_down_held)
    const struct CMUnitTest tests[] = {
        HELD(what_concerns_it_is_told_soon),
        HELD(nobody_waits_for_what_is_told_already),
        HELD(held_requests_take_no_worker),
        HELD(who_waits_does_not_keep_the_server),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
