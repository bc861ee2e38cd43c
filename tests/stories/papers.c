/*
 * What leaves the house: papers (K6, P4, K30) drawn after the commit and kept with their hash, and
 * messages that go out if and only if the deed was committed, through a gateway that may fail.
 */
#include "world_rows.h"

#include <arpa/inet.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "core/json.h"
#include "modules/notices/notices.h"
#include "modules/orders/read_page.h"

#define AID                                                                                        \
    "{\"matter\":\"legal-aid-wage\",\"channel\":\"window\",\"subject\":\"工地欠薪\","          \
    "\"content\":\"从五月起没有拿到工资。\",\"receipt\":true,"                          \
    "\"fields\":{\"kind\":\"labour\",\"source\":\"self\",\"hardship\":\"exempt\"},"                \
    "\"parties\":[" WORLD_APPLICANT "]}"

/* --- Papers ----------------------------------------------------------------------------------- */

struct papers_of {
    struct actor *actor;
    int64_t order;
    struct list papers, events;
};

static enum err read_papers(struct task *t, void *arg)
{
    struct papers_of *a = arg;
    struct order order;
    enum err e = order_load(t, a->actor, a->order, &order);

    if (e == OK)
        e = order_papers(t, &order, &a->papers);
    return e ? e : order_events(t, &order, &a->events);
}

/* Lists live until the next request. */
static struct papers_of look(struct world *w, struct actor *actor, int64_t order)
{
    struct papers_of a = {actor, order, {0}, {0}};

    task_end(&w->t);
    task_begin(&w->t, w->app.store, w->now, TASK_BUDGET);
    w->t.tenant = w->tenant;
    assert_int_equal(store_read(&w->t, read_papers, &a), OK);
    return a;
}

static int64_t paper_id(const struct papers_of *a, const char *kind, const char *status)
{
    LIST_EACH (struct paper_view, paper, a->papers) {
        if (str_is(paper->kind, kind)) {
            assert_str(paper->status, status);
            return paper->id;
        }
    }
    fail_msg("no paper %s", kind);
    return 0;
}

static bool has_event(const struct papers_of *a, const char *words)
{
    LIST_EACH (struct event_view, event, a->events)
        if (str_is(event->action, "paper-drawn") &&
            str_find(event->text, str_of(words)) != SIZE_MAX)
            return true;
    return false;
}

static void a_paper_is_drawn_kept_and_on_record(void **state)
{
    struct world *w = *state;
    struct actor officer = world_actor(w, "chenliqun", "aid-officer");
    struct act_done made = world_create(w, &officer, AID);
    struct papers_of seen = look(w, &officer, made.order);
    int64_t receipt = paper_id(&seen, "receipt", "issued"), done;

    /* Looking draws it and changes nothing. */
    world_as_post(w, "chenliqun", "aid-officer");
    const char *path =
        world_f(w, "/orders/%lld/papers/%lld", (long long)made.order, (long long)receipt);
    world_get(w, path);
    WORLD_STATUS(w, 200);
    assert_true(str_starts(w->body, S("%PDF-")));
    struct str first = world_keep(w, w->body);
    assert_int_equal(world_order(w, made.order).version, 1);

    seen = look(w, &officer, made.order);
    assert_int_equal(order_keep_papers(&w->t, 100, &done), OK);
    assert_true(done >= 1);
    seen = look(w, &officer, made.order);
    assert_true(paper_id(&seen, "receipt", "drawn") == receipt);
    assert_true(has_event(&seen, "收件回执"));
    assert_int_equal(world_order(w, made.order).version, 2);

    /* What is kept is what was seen, and is kept once. */
    world_get(w, path);
    WORLD_STATUS(w, 200);
    assert_true(str_eq(w->body, first));
    look(w, &officer, made.order);
    assert_int_equal(order_keep_papers(&w->t, 100, &done), OK);
    assert_int_equal(world_order(w, made.order).version, 2);
    world_verify(w);
}

static void a_paper_drawn_meanwhile_makes_no_page_stale(void **state)
{
    struct world *w = *state;
    struct actor officer = world_actor(w, "chenliqun", "aid-officer");
    struct act_done made = world_create(w, &officer, AID);
    int64_t done;

    look(w, &officer, made.order);
    assert_int_equal(order_keep_papers(&w->t, 100, &done), OK);
    assert_int_equal(world_order(w, made.order).version, 2);
    world_as_post(w, "chenliqun", "aid-officer");
    world_post_json(w, world_f(w, "/orders/%lld/act/note", (long long)made.order),
                    "{\"text\":\"看过材料\",\"_version\":1}");
    WORLD_STATUS(w, 200);
    world_post_json(w, world_f(w, "/orders/%lld/act/note", (long long)made.order),
                    "{\"text\":\"再看材料\",\"_version\":1}");
    WORLD_STATUS(w, 409);
}

/* --- Papers that cannot be drawn -------------------------------------------------------------- */

enum { BROKEN = 7 };

static int64_t kept_now(struct world *w, struct actor *actor, int64_t order)
{
    int64_t done = 0;

    look(w, actor, order);
    assert_int_equal(order_keep_papers(&w->t, 100, &done), OK);
    return done;
}

/* More of them than a job once put up with; the one behind them is drawn in the same run. */
static void what_cannot_be_drawn_holds_up_nothing_and_is_shown(void **state)
{
    struct world *w = *state;
    struct actor officer = world_actor(w, "chenliqun", "aid-officer");
    int64_t order = 0;

    for (int i = 0; i < BROKEN; i++)
        order = world_create(w, &officer, AID).order;
    assert_true(world_sql(w, "UPDATE paper SET kind = 'x-' || kind WHERE drawn_at = 0") >= BROKEN);
    int64_t good = world_create(w, &officer, AID).order;
    assert_true(kept_now(w, &officer, good) >= 1);
    struct papers_of seen = look(w, &officer, good);
    paper_id(&seen, "receipt", "drawn");
    seen = look(w, &officer, order);
    paper_id(&seen, "x-receipt", "stuck");

    /* Each waits by itself, longer each time; nobody asks for it meanwhile. */
    assert_int_equal(
        world_sql(w, "UPDATE paper SET failure = '' WHERE drawn_at = 0 AND tries <> 1"), 0);
    assert_int_equal(kept_now(w, &officer, good), 0);
    assert_int_equal(world_sql(w, "UPDATE paper SET tries = 1 WHERE drawn_at = 0 AND tries <> 1"),
                     0);
    w->now += 2 * 60 * 1000;
    assert_int_equal(kept_now(w, &officer, good), 0);
    assert_int_equal(world_sql(w, "UPDATE paper SET tries = 2 WHERE drawn_at = 0 AND tries <> 2"),
                     0);

    world_as(w, "shilei");
    world_get(w, "/admin/machine");
    WORLD_STATUS(w, 200);
    WORLD_SAYS(w, "没有这种文书的模板");
    WORLD_SAYS(w, "2 次");
    world_as_post(w, "chenliqun", "aid-officer");
    world_get(w, world_f(w, "/orders/%lld", (long long)order));
    WORLD_SAYS(w, "生成失败，系统会再试");
    world_get(w, "/admin/machine");
    WORLD_STATUS(w, 403);

    /* The cause is mended. */
    world_sql(w, "UPDATE paper SET kind = substr(kind, 3) WHERE kind LIKE 'x-%'");
    assert_int_equal(kept_now(w, &officer, good), 0);
    world_as(w, "shilei");
    world_post(w, "/admin/machine/papers", "");
    WORLD_STATUS(w, 303);
    assert_true(kept_now(w, &officer, good) >= BROKEN);
    world_get(w, "/admin/machine");
    WORLD_SAYS(w, "没有生成失败的文书");
    world_verify(w);
}

static void the_one_time_notice_says_everything(void **state)
{
    struct world *w = *state;
    struct actor officer = world_actor(w, "chenliqun", "aid-officer");
    struct act_done made = world_create(w, &officer, AID);

    world_act(w, &officer, made.order, "begin", NULL);
    world_act(w, &officer, made.order, "correct-materials", NULL);
    struct papers_of seen = look(w, &officer, made.order);
    int64_t notice = paper_id(&seen, "one-time-notice", "issued");
    world_as_citizen(w, made.no, made.code);
    world_get(w, world_f(w, "/track/paper/%lld", (long long)notice));
    WORLD_STATUS(w, 200);
    assert_true(str_starts(w->body, S("%PDF-")));
    /* Another citizen's session does not open it. */
    struct act_done other = world_create(w, &officer, AID);
    world_as_citizen(w, other.no, other.code);
    world_get(w, world_f(w, "/track/paper/%lld", (long long)notice));
    WORLD_STATUS(w, 404);
}

/* --- Messages --------------------------------------------------------------------------------- */

/* A gateway of one thread: answers `status` to each request and keeps the last one. */
struct stand_in {
    int listener, port, status, requests;
    char last[8192];
    pthread_t thread;
    pthread_mutex_t lock;
};

static size_t wanted_length(const char *request)
{
    const char *end = strstr(request, "\r\n\r\n"), *length = strstr(request, "Content-Length: ");

    return end && length ? (size_t)(end - request) + 4 + strtoul(length + 16, NULL, 10) : SIZE_MAX;
}

static void *serve(void *arg)
{
    struct stand_in *g = arg;
    int connection;

    while ((connection = accept(g->listener, NULL, NULL)) >= 0) {
        char request[8192] = {0}, answer[128];
        size_t len = 0;

        while (len < sizeof request - 1 && len < wanted_length(request)) {
            ssize_t n = read(connection, request + len, sizeof request - 1 - len);

            if (n <= 0)
                break;
            len += (size_t)n;
        }
        pthread_mutex_lock(&g->lock);
        memcpy(g->last, request, sizeof request);
        g->requests++;
        int n = snprintf(answer, sizeof answer,
                         "HTTP/1.1 %d X\r\nContent-Length: 2\r\nConnection: close\r\n\r\nok",
                         g->status);
        pthread_mutex_unlock(&g->lock);
        (void)!write(connection, answer, (size_t)n);
        close(connection);
    }
    return NULL;
}

static void stand_in_start(struct stand_in *g)
{
    struct sockaddr_in at = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t len = sizeof at;

    *g = (struct stand_in){.status = 200, .lock = PTHREAD_MUTEX_INITIALIZER};
    g->listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    assert_int_equal(bind(g->listener, (struct sockaddr *)&at, sizeof at), 0);
    assert_int_equal(listen(g->listener, 8), 0);
    assert_int_equal(getsockname(g->listener, (struct sockaddr *)&at, &len), 0);
    g->port = ntohs(at.sin_port);
    assert_int_equal(pthread_create(&g->thread, NULL, serve, g), 0);
}

static void stand_in_stop(struct stand_in *g)
{
    shutdown(g->listener, SHUT_RDWR);
    pthread_join(g->thread, NULL);
    close(g->listener);
}

static int64_t send_at(struct world *w, const struct stand_in *g, int64_t now)
{
    struct gateway gateway = {{0}, S("secret")};
    int64_t done;

    task_end(&w->t);
    task_begin(&w->t, w->app.store, now, TASK_BUDGET);
    w->t.tenant = w->tenant;
    if (g)
        gateway.url = str_format(&w->t, "http://127.0.0.1:%d/send", g->port);
    assert_int_equal(order_send_notices(&w->t, &gateway, 100, &done), OK);
    return done;
}

struct notices_args {
    struct actor *actor;
    int64_t order;
    struct list notices;
};

static enum err read_notices_of(struct task *t, void *arg)
{
    struct notices_args *a = arg;
    struct order order;
    enum err e = order_load(t, a->actor, a->order, &order);

    return e ? e : order_notices(t, a->actor, &order, &a->notices);
}

static void assert_notice(struct world *w, struct actor *actor, int64_t order, const char *status)
{
    struct notices_args a = {actor, order, {0}};

    assert_int_equal(store_read(&w->t, read_notices_of, &a), OK);
    assert_int_equal(a.notices.count, 1);
    assert_str(((struct notice_view *)a.notices.at)->status, status);
}

static void without_a_gateway_a_person_calls(void **state)
{
    struct world *w = *state;
    struct actor officer = world_actor(w, "chenliqun", "aid-officer");
    struct act_done made = world_create(w, &officer, AID);

    look(w, &officer, made.order);
    assert_notice(w, &officer, made.order, "waiting");
    send_at(w, NULL, w->now);
    assert_notice(w, &officer, made.order, "to-call");
}

static void the_gateway_gets_the_message_once(void **state)
{
    struct world *w = *state;
    struct actor officer = world_actor(w, "chenliqun", "aid-officer");
    struct stand_in gateway;
    struct act_done made = world_create(w, &officer, AID);

    stand_in_start(&gateway);
    assert_int_equal(send_at(w, &gateway, w->now), 1);
    assert_notice(w, &officer, made.order, "sent");
    assert_int_equal(gateway.requests, 1);
    assert_non_null(strstr(gateway.last, "POST /send HTTP/1.1"));
    assert_non_null(strstr(gateway.last, "Authorization: Bearer secret"));
    assert_non_null(strstr(gateway.last, "\"to\":\"13900001234\""));
    assert_non_null(strstr(gateway.last, str_terminated(&w->t, made.no)));
    assert_int_equal(send_at(w, &gateway, w->now), 0);
    assert_int_equal(gateway.requests, 1);
    stand_in_stop(&gateway);
}

static void a_gateway_that_fails_is_tried_again_then_a_person_calls(void **state)
{
    static const int minutes[] = {1, 5, 30, 120};
    struct world *w = *state;
    struct actor officer = world_actor(w, "chenliqun", "aid-officer");
    struct stand_in gateway;
    struct act_done made = world_create(w, &officer, AID);
    int64_t at = w->now;

    stand_in_start(&gateway);
    gateway.status = 503;
    for (size_t i = 0; i < sizeof minutes / sizeof *minutes; i++) {
        send_at(w, &gateway, at);
        assert_notice(w, &officer, made.order, "waiting");
        assert_int_equal(gateway.requests, (int)i + 1);
        at += (int64_t)minutes[i] * 60000;
        send_at(w, &gateway, at - 1);
        assert_int_equal(gateway.requests, (int)i + 1);
    }
    send_at(w, &gateway, at);
    assert_int_equal(gateway.requests, 5);
    assert_notice(w, &officer, made.order, "failed");
    stand_in_stop(&gateway);
}

static void a_refused_message_is_not_repeated(void **state)
{
    struct world *w = *state;
    struct actor officer = world_actor(w, "chenliqun", "aid-officer");
    struct stand_in gateway;
    struct act_done made = world_create(w, &officer, AID);

    stand_in_start(&gateway);
    gateway.status = 400;
    send_at(w, &gateway, w->now);
    assert_notice(w, &officer, made.order, "failed");
    stand_in_stop(&gateway);
}

static void nobody_is_disturbed_at_night(void **state)
{
    struct world *w = *state;
    struct actor officer = world_actor(w, "chenliqun", "aid-officer");
    int64_t midnight = day_start(day_of(w->now));
    struct stand_in gateway;
    struct act_done made = world_create(w, &officer, AID);

    assert_true(notices_quiet(midnight));
    assert_true(notices_quiet(midnight + 8 * 3600000 - 1));
    assert_false(notices_quiet(midnight + 8 * 3600000));
    assert_false(notices_quiet(midnight + 21 * 3600000 - 1));
    assert_true(notices_quiet(midnight + 21 * 3600000));
    stand_in_start(&gateway);
    assert_int_equal(send_at(w, &gateway, midnight + 22 * 3600000), 0);
    assert_notice(w, &officer, made.order, "waiting");
    assert_int_equal(gateway.requests, 0);
    assert_int_equal(send_at(w, &gateway, midnight + 32 * 3600000), 1);
    assert_notice(w, &officer, made.order, "sent");
    stand_in_stop(&gateway);
}

int main(void)
{
    return WORLD_TESTS(cmocka_unit_test(a_paper_is_drawn_kept_and_on_record),
                       cmocka_unit_test(a_paper_drawn_meanwhile_makes_no_page_stale),
                       cmocka_unit_test(what_cannot_be_drawn_holds_up_nothing_and_is_shown),
                       cmocka_unit_test(the_one_time_notice_says_everything),
                       cmocka_unit_test(without_a_gateway_a_person_calls),
                       cmocka_unit_test(the_gateway_gets_the_message_once),
                       cmocka_unit_test(a_gateway_that_fails_is_tried_again_then_a_person_calls),
                       cmocka_unit_test(a_refused_message_is_not_repeated),
                       cmocka_unit_test(nobody_is_disturbed_at_night));
}
