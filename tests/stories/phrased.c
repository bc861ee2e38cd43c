/*
 * A language model phrases the answer from the articles found (H8), when one is set up: only
 * sentences that their article carries are shown, each with its source; whatever the endpoint does,
 * the page without it is there.  The endpoint is a thread of the test.
 */
#include "story.h"

#include <arpa/inet.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "modules/knowledge/knowledge.h"

/* --- The endpoint ----------------------------------------------------------------------------- */

enum mode { GOOD, GARBAGE, BROKEN, HANGS, HUGE_BODY, INVENTS };

static struct {
    int listener, port;
    pthread_t thread;
    atomic_int mode, requests;
    char got[64 * 1024]; /* the last request; read when its answer is there */
} model;

#define SENTENCE(text, source) "{\\\"text\\\":\\\"" text "\\\",\\\"source\\\":\\\"" source "\\\"}"
#define ANSWER(sentences)                                                                             \
    "{\"choices\":[{\"message\":{\"role\":\"assistant\",\"content\":\"{\\\"sentences\\\":[" sentences \
    "]}\"}}]}"

/* Right of one passage, and said of all: only that one is kept. */
static const char good[] = ANSWER(SENTENCE("不得克扣或者无故拖欠劳动者的工资", "1") "," SENTENCE(
    "不得克扣或者无故拖欠劳动者的工资", "2") "," SENTENCE("不得克扣或者无故拖欠劳动者的工资", "3"));
static const char invents[] =
    ANSWER(SENTENCE("依照劳动法第九百条，不得克扣或者无故拖欠劳动者的工资", "1") "," SENTENCE(
        "拖欠工资的应当支付三倍的工资", "2") "," SENTENCE("不得克扣或者无故拖欠劳动者的工资", "9"));

static void say(int fd, const char *status, const char *body)
{
    char head[200];
    int n = snprintf(head, sizeof head,
                     "HTTP/1.1 %s\r\nContent-Length: %zu\r\nConnection: close\r\n\r\n", status,
                     strlen(body));

    (void)!send(fd, head, (size_t)n, MSG_NOSIGNAL);
    (void)!send(fd, body, strlen(body), MSG_NOSIGNAL);
}

static void say_much(int fd)
{
    static const char head[] = "HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n";
    static char block[64 * 1024];

    memset(block, 'x', sizeof block);
    if (send(fd, head, sizeof head - 1, MSG_NOSIGNAL) < 0)
        return;
    for (int i = 0; i < 200; i++)
        if (send(fd, block, sizeof block, MSG_NOSIGNAL) < 0)
            return; /* the other side had enough */
}

static void hear(int fd)
{
    size_t n = 0, whole = SIZE_MAX;
    ssize_t got;

    memset(model.got, 0, sizeof model.got);
    while (n < whole && n < sizeof model.got - 1 &&
           (got = recv(fd, model.got + n, sizeof model.got - 1 - n, 0)) > 0) {
        n += (size_t)got;
        const char *length = strstr(model.got, "Content-Length: "),
                   *end = strstr(model.got, "\r\n\r\n");
        size_t body = 0;
        if (length && end && sscanf(length, "Content-Length: %zu", &body) == 1)
            whole = (size_t)(end + 4 - model.got) + body;
    }
}

static void *serve(void *arg)
{
    char rest[16];
    int fd;

    (void)arg;
    while ((fd = accept(model.listener, NULL, NULL)) >= 0) {
        hear(fd);
        model.requests++;
        switch ((enum mode)model.mode) {
        case GOOD:
            say(fd, "200 OK", good);
            break;
        case INVENTS:
            say(fd, "200 OK", invents);
            break;
        case GARBAGE:
            say(fd, "200 OK", "{\"choices\":[{\"message\":{\"content\":\"抱歉\"}}]}");
            break;
        case BROKEN:
            say(fd, "500 Oops", "{}");
            break;
        case HANGS:
            while (recv(fd, rest, sizeof rest, 0) > 0)
                ;
            break;
        case HUGE_BODY:
            say_much(fd);
            break;
        }
        close(fd);
    }
    return NULL;
}

static void open_model(void)
{
    struct sockaddr_in at = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t size = sizeof at;

    model.listener = socket(AF_INET, SOCK_STREAM, 0);
    assert_true(model.listener >= 0);
    assert_int_equal(bind(model.listener, (struct sockaddr *)&at, sizeof at), 0);
    assert_int_equal(listen(model.listener, 8), 0);
    assert_int_equal(getsockname(model.listener, (struct sockaddr *)&at, &size), 0);
    model.port = ntohs(at.sin_port);
    assert_int_equal(pthread_create(&model.thread, NULL, serve, NULL), 0);
}

static void close_model(void)
{
    shutdown(model.listener, SHUT_RDWR);
    pthread_join(model.thread, NULL);
    close(model.listener);
}

/* --- The city --------------------------------------------------------------------------------- */

static const char laws[] =
    "{\"id\":\"T1.30\",\"law\":\"中华人民共和国劳动合同法\",\"law_type\":\"法律\",\"date\":\"2012-12-28\","
    "\"article\":\"第三十条\",\"text\":\"用人单位应当按照劳动合同约定和国家规定，向劳动者及时足额支付劳动"
    "报酬。\"}\n"
    "{\"id\":\"T2.50\",\"law\":\"中华人民共和国劳动法\",\"law_type\":\"法律\",\"date\":\"2018-12-29\","
    "\"article\":\"第五十条\",\"text\":\"工资应当以货币形式按月支付给劳动者本人。不得克扣或者无故拖欠劳动"
    "者的工资。\"}\n";

static int set_up(void **state)
{
    int failed = world_set_up(state);
    struct world *w = *state;

    if (failed)
        return failed;
    story_load(w, KNOWLEDGE_SHARED, "laws.jsonl", laws);
    open_model();
    w->app.conf.ask_per_minute = 0;
    w->app.conf.model_timeout = 1;
    return 0;
}

static int tear_down(void **state)
{
    close_model();
    knowledge_close();
    return world_tear_down(state);
}

static void turn_on(struct world *w, enum mode mode)
{
    world_pass(w, "2 minutes"); /* what failed before is forgiven */
    world_as_nobody(w);
    w->app.conf.model_url = world_keep(w, str_of(world_f(w, "http://127.0.0.1:%d/v1", model.port)));
    w->app.conf.model_key = S("secret-key");
    w->app.conf.model_name = S("some-model");
    model.mode = mode;
}

#define QUESTION "老板拖欠工资三个月了怎么办，我的电话 13900001234"

static void ask(struct world *w)
{
    world_get(w, world_f(w, "/ask?q=%s", world_escape(w, QUESTION)));
    WORLD_STATUS(w, 200);
    WORLD_SAYS(w, "法律怎么说");
    WORLD_SAYS(w, "货币形式");
}

/* The whole page without what a model says. */
static void ask_falls_back(struct world *w, enum mode mode)
{
    int before = model.requests;

    turn_on(w, mode);
    ask(w);
    assert_int_equal(model.requests, before + 1);
    assert_false(world_says(w, "程序按法条说的话"));
}

/* --- Stories ---------------------------------------------------------------------------------- */

static void nobody_is_asked_unless_set_up(void **state)
{
    struct world *w = *state;

    world_as_nobody(w);
    assert_int_equal(w->app.conf.model_url.len, 0);
    ask(w);
    assert_false(world_says(w, "语言模型"));
    assert_int_equal(model.requests, 0);
}

static void what_the_law_carries_is_shown_with_its_source(void **state)
{
    struct world *w = *state;

    turn_on(w, GOOD);
    world_get(w, "/ask");
    WORLD_SAYS(w, "交给语言模型程序");
    ask(w);
    WORLD_SAYS(w, "程序按法条说的话");
    WORLD_SAYS(w, "也会交给语言模型程序");
    WORLD_SAYS(w, "<p>不得克扣或者无故拖欠劳动者的工资。 <a class=\"nb\" "
                  "href=\"/laws/article/T2.50\">劳动法 第五十条</a></p>");
    /* What was sent: the key, the model, the masked question, the articles. */
    assert_non_null(strstr(model.got, "POST /v1/chat/completions "));
    assert_non_null(strstr(model.got, "Authorization: Bearer secret-key"));
    assert_non_null(strstr(model.got, "some-model"));
    assert_non_null(strstr(model.got, "老板拖欠工资三个月了怎么办"));
    assert_non_null(strstr(model.got, "第五十条"));
    assert_null(strstr(model.got, "13900001234"));

    world_get_json(w, world_f(w, "/ask?q=%s", world_escape(w, QUESTION)));
    WORLD_STATUS(w, 200);
    const struct json *list = json_get(w->json, "phrased");
    assert_non_null(list);
    assert_int_equal(list->count, 1);
    assert_str(json_get_str(list->first, "text"), "不得克扣或者无故拖欠劳动者的工资。");
    assert_str(json_get_str(list->first, "source"), "劳动法 第五十条");
    assert_str(json_get_str(list->first, "href"), "/laws/article/T2.50");
}

static void what_is_invented_is_not_shown(void **state)
{
    struct world *w = *state;

    ask_falls_back(w, INVENTS);
    assert_false(world_says(w, "第九百条"));
    assert_false(world_says(w, "三倍"));
}

static void a_broken_endpoint_changes_nothing(void **state)
{
    struct world *w = *state;

    ask_falls_back(w, GARBAGE);
    ask_falls_back(w, BROKEN);
    ask_falls_back(w, HUGE_BODY);
    ask_falls_back(w, HANGS);
}

static void three_failures_close_the_gate_for_a_minute(void **state)
{
    struct world *w = *state;

    turn_on(w, GOOD);
    ask(w);
    model.mode = BROKEN;
    for (int i = 0; i < 3; i++)
        ask(w);
    int before = model.requests;
    model.mode = GOOD;
    ask(w);
    assert_int_equal(model.requests, before);
    assert_false(world_says(w, "程序按法条说的话"));
    world_pass(w, "2 minutes");
    world_as_nobody(w);
    ask(w);
    WORLD_SAYS(w, "程序按法条说的话");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(nobody_is_asked_unless_set_up),
        cmocka_unit_test(what_the_law_carries_is_shown_with_its_source),
        cmocka_unit_test(what_is_invented_is_not_shown),
        cmocka_unit_test(a_broken_endpoint_changes_nothing),
        cmocka_unit_test(three_failures_close_the_gate_for_a_minute),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
