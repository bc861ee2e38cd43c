#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "core/task.h"
#include "http/limiter.h"
#include "http/router.h"
#include "http/site_fixture.h"
#include "view/template.h"

static struct site *site;

/* One request, its answer terminated, valid until the next call. */
static const char *ask_from(const char *peer, const char *raw, size_t len)
{
    static char *answer;
    struct task t;

    free(answer);
    task_begin(&t, NULL, 1792979040000, TASK_BUDGET);
    struct str bytes = http_handle(&t, site, (struct str){raw, len}, str_of(peer));
    answer = strndup(bytes.at, bytes.len);
    assert_null(t.deferred);
    assert_false(t.read_only);
    task_end(&t);
    return answer;
}

static const char *ask(const char *raw)
{
    return ask_from("192.0.2.1", raw, strlen(raw));
}

/* A POST with headers (each ended by CRLF) and a body. */
static const char *post(const char *path, const char *headers, const char *body)
{
    static char raw[8192];

    snprintf(raw, sizeof raw, "POST %s HTTP/1.1\r\nHost: a\r\nContent-Length: %zu\r\n%s\r\n%s",
             path, strlen(body), headers, body);
    return ask(raw);
}

static int status_of(const char *answer)
{
    int status = 0;

    assert_int_equal(sscanf(answer, "HTTP/1.1 %d ", &status), 1);
    return status;
}

#define assert_status(answer_, status_) assert_int_equal(status_of(answer_), status_)
#define assert_has(answer_, text_)                                                                 \
    do {                                                                                           \
        const char *a_ = (answer_);                                                                \
        if (!strstr(a_, (text_)))                                                                  \
            fail_msg("no \"%s\" in: %s", (const char *)(text_), a_);                               \
    } while (0)
#define assert_lacks(answer_, text_) assert_null(strstr((answer_), (text_)))

#define FORM   "Content-Type: application/x-www-form-urlencoded\r\n"
#define JSON   "Content-Type: application/json\r\n"
#define KEY    "Idempotency-Key: 12345678\r\n"
#define CLERK  "Cookie: x=1; yimen_session=clerk\r\n"
#define BEARER "Authorization: Bearer clerk\r\n"
#define CSRF   "X-CSRF-Token: " FIXTURE_CSRF "\r\n"

static void one_handler_serves_page_and_api(void **state)
{
    const char *answer = ask("GET /orders/5 HTTP/1.1\r\nHost: a\r\n\r\n");

    (void)state;
    assert_status(answer, 200);
    assert_has(answer, "Content-Type: text/html; charset=utf-8\r\n");
    assert_has(answer, "<p>5: &lt;物&gt;</p>");
    answer = ask("GET /api/v1/orders/5 HTTP/1.1\r\nHost: a\r\n\r\n");
    assert_status(answer, 200);
    assert_has(answer, "Content-Type: application/json\r\n");
    assert_has(answer, "\"id\":\"5\"");
    assert_has(answer, "Date: Mon, 26 Oct 2026 ");
}

static void parameters_are_decoded(void **state)
{
    (void)state;
    assert_has(ask("GET /orders/%e7%8e%8b HTTP/1.1\r\nHost: a\r\n\r\n"), ": 王</p>");
}

static void another_template_is_bound_when_it_is_needed(void **state)
{
    (void)state;
    for (int i = 0; i < 2; i++)
        assert_has(ask("GET /orders/5?bare=1 HTTP/1.1\r\nHost: a\r\n\r\n"),
                   "\r\n\r\n<b>&lt;物&gt;</b>");
}

static void head_is_get_without_the_body(void **state)
{
    const char *answer = ask("HEAD /orders/5 HTTP/1.1\r\nHost: a\r\n\r\n");

    (void)state;
    assert_status(answer, 200);
    assert_has(answer, "Content-Length: 22\r\n");
    assert_string_equal(strstr(answer, "\r\n\r\n"), "\r\n\r\n");
}

static void every_answer_has_the_security_headers(void **state)
{
    static const char *const raws[] = {"GET / HTTP/1.1\r\nHost: a\r\n\r\n",
                                       "GET /nowhere HTTP/1.1\r\nHost: a\r\n\r\n",
                                       "GET /static/app.js HTTP/1.1\r\nHost: a\r\n\r\n",
                                       "GET /healthz HTTP/1.1\r\nHost: a\r\n\r\n",
                                       "bad\r\n\r\n",
                                       "GET /file?size=3 HTTP/1.1\r\nHost: a\r\n\r\n",
                                       "GET /fail?how=memory HTTP/1.1\r\nHost: a\r\n\r\n"};

    (void)state;
    for (size_t i = 0; i < sizeof raws / sizeof *raws; i++) {
        const char *answer = ask(raws[i]);

        assert_has(answer, "X-Content-Type-Options: nosniff\r\n");
        assert_has(answer, "Content-Security-Policy: default-src 'none'");
        assert_has(answer, "Referrer-Policy: same-origin\r\n");
        assert_has(answer, "Cross-Origin-Opener-Policy: same-origin\r\n");
        assert_has(answer, "Cache-Control: ");
    }
    assert_has(ask("GET /things/1 HTTP/1.1\r\nHost: a\r\n" CLERK "\r\n"),
               "Cache-Control: no-store\r\n");
}

static void who_may_not_is_told_so(void **state)
{
    const char *answer = ask("GET /things/new HTTP/1.1\r\nHost: a\r\n\r\n");

    (void)state;
    assert_status(answer, 303);
    assert_has(answer, "Location: /sign-in?to=/things/new\r\n");
    answer = ask("GET /things/1 HTTP/1.1\r\nHost: a\r\nHX-Request: true\r\n\r\n");
    assert_status(answer, 200);
    assert_has(answer, "HX-Redirect: /sign-in?to=/things/1\r\n");
    answer = ask("GET /api/v1/things/1 HTTP/1.1\r\nHost: a\r\n\r\n");
    assert_status(answer, 401);
    assert_has(answer, "Content-Type: application/problem+json\r\n");
    assert_has(answer, "WWW-Authenticate: Bearer\r\n");
    assert_has(answer, "\"type\":\"urn:yimen:problem:unauthenticated\"");
    assert_status(ask("GET /boss HTTP/1.1\r\nHost: a\r\n" CLERK "\r\n"), 403);
    assert_status(ask("GET /things/1 HTTP/1.1\r\nHost: a\r\nCookie: yimen_session=citizen\r\n\r\n"),
                  403);
    assert_status(ask("GET /api/v1/things/1 HTTP/1.1\r\nHost: a\r\n" BEARER "\r\n"), 200);
    /* What does not exist and what is only for pages. */
    assert_status(ask("GET /api/v1/things/new/x HTTP/1.1\r\nHost: a\r\n" BEARER "\r\n"), 404);
    assert_has(ask("GET /nowhere HTTP/1.1\r\nHost: a\r\n" CLERK "\r\n"), "岚江 &amp; 人");
}

static void a_wrong_method_names_the_right_ones(void **state)
{
    const char *answer = ask("GET /api/v1/echo HTTP/1.1\r\nHost: a\r\n\r\n");

    (void)state;
    assert_status(answer, 405);
    assert_has(answer, "Allow: POST\r\n");
    assert_has(post("/hello", "", ""), "Allow: GET, HEAD\r\n");
}

static void a_post_of_a_session_needs_its_token(void **state)
{
    (void)state;
    assert_status(post("/things", FORM CLERK KEY, "name=a"), 403);
    assert_status(post("/things", FORM CLERK KEY, "name=a&_csrf=0123456789abcdeX"), 403);
    assert_status(post("/things", FORM CLERK KEY, "name=a&_csrf=0123456789abcde"), 403);
    assert_status(post("/things", FORM CLERK KEY, "name=a&_csrf=" FIXTURE_CSRF), 303);
    assert_status(post("/things", FORM CLERK KEY CSRF, "name=a"), 303);
    assert_status(post("/things", FORM CLERK KEY CSRF "Origin: http://b\r\n", "name=a"), 403);
    assert_status(post("/things", FORM CLERK KEY CSRF "Origin: http://a:8080\r\n", "name=a"), 303);
    assert_status(post("/things", FORM CLERK KEY CSRF "Sec-Fetch-Site: same-site\r\n", "name=a"),
                  403);
    assert_status(post("/things", FORM CLERK KEY CSRF "Sec-Fetch-Site: same-origin\r\n", "name=a"),
                  303);
    /* A token came on purpose: no browser sends it by itself. */
    assert_status(post("/api/v1/things", JSON BEARER KEY, "{\"name\":\"a\"}"), 201);
    assert_status(
        post("/api/v1/things", JSON BEARER KEY "Origin: http://b\r\n", "{\"name\":\"a\"}"), 201);
}

static void a_post_needs_its_key(void **state)
{
    const char *answer = post("/api/v1/things", JSON BEARER, "{\"name\":\"a\"}");

    (void)state;
    assert_status(answer, 400);
    assert_has(answer, "\"field\":\"Idempotency-Key\"");
    assert_status(
        post("/api/v1/things", JSON BEARER "Idempotency-Key: short\r\n", "{\"name\":\"a\"}"), 400);
    assert_status(
        post("/api/v1/things", JSON BEARER "Idempotency-Key: with blank\r\n", "{\"name\":\"a\"}"),
        400);
    assert_status(post("/things", FORM CLERK CSRF, "name=a&_key=12345678"), 303);
    assert_status(post("/things", FORM CLERK CSRF, "name=a"), 400);
}

static void what_was_made_is_named(void **state)
{
    const char *answer = post("/api/v1/things", JSON BEARER KEY, "{\"name\":\"a\"}");

    (void)state;
    assert_has(answer, "Location: /api/v1/things/7\r\n");
    assert_has(answer, "\r\n\r\n{\"id\":\"7\"}");
    assert_has(post("/things", FORM CLERK KEY CSRF, "name=a"), "Location: /things/7\r\n");
}

static void bad_input_shows_the_form_again(void **state)
{
    const char *answer = post("/things", FORM CLERK KEY CSRF, "name=&note=x");

    (void)state;
    assert_status(answer, 422);
    assert_lacks(answer, "<form>|");
    answer = post("/things", FORM CLERK KEY CSRF, "name=taken");
    assert_status(answer, 409);
    assert_has(answer, "<form>|taken|已有同名的。</form>");
    answer = post("/things", FORM CLERK KEY CSRF, "name=%e7%8e%8b&note=%ff");
    assert_status(answer, 422);
    assert_has(answer, "<form>|王|");
    answer = post("/api/v1/things", JSON BEARER KEY, "{\"name\":\"\",\"amount\":99,\"colour\":1}");
    assert_status(answer, 422);
    assert_has(answer, "\"errors\":[{\"field\":\"");
    assert_has(answer, "\"field\":\"name\"");
    assert_has(answer, "\"field\":\"amount\"");
    assert_has(answer, "\"field\":\"colour\"");
    assert_has(answer, "\"request_id\":\"");
    /* Nothing could be read: nothing to show again. */
    assert_status(post("/things", JSON CLERK KEY CSRF, "{"), 400);
    assert_status(post("/things", "Content-Type: text/xml\r\n" CLERK KEY CSRF, "<a/>"), 415);
}

static void reading_is_marked_as_reading(void **state)
{
    (void)state;
    assert_has(ask("GET /mode HTTP/1.1\r\nHost: a\r\n\r\n"), "\"read-only\"");
    assert_has(post("/mode", KEY, ""), "\"writing\"");
}

static void the_address_of_a_client_is_believed_only_from_a_proxy(void **state)
{
    static const char raw[] = "GET /mode HTTP/1.1\r\nHost: a\r\nX-Real-IP: 198.51.100.7\r\n\r\n";
    static const char junk[] = "GET /mode HTTP/1.1\r\nHost: a\r\nX-Real-IP: <x>\r\n\r\n";

    (void)state;
    assert_has(ask_from("127.0.0.1", raw, sizeof raw - 1), "198.51.100.7");
    assert_has(ask_from("192.0.2.1", raw, sizeof raw - 1), "192.0.2.1");
    assert_has(ask_from("127.0.0.1", junk, sizeof junk - 1), "127.0.0.1");
}

static void downloads_are_attachments(void **state)
{
    const char *answer = ask("GET /file?size=3 HTTP/1.1\r\nHost: a\r\n\r\n");

    (void)state;
    assert_status(answer, 200);
    assert_has(answer, "Content-Disposition: attachment; filename=\"___ _1_.pdf\"; "
                       "filename*=UTF-8''%E5%91%8A%E7%9F%A5%E4%B9%A6%20%221%22.pdf\r\n");
    assert_has(answer, "sandbox");
    assert_has(answer, "\r\n\r\nxxx");
    assert_has(ask("GET /file?size=3&inline=1 HTTP/1.1\r\nHost: a\r\n\r\n"),
               "Content-Disposition: inline;");
}

static void faults_are_told_and_nothing_more(void **state)
{
    const char *answer = ask("GET /fail?how=store HTTP/1.1\r\nHost: a\r\n\r\n");

    (void)state;
    assert_status(answer, 503);
    assert_has(answer, "Retry-After: 2\r\n");
    assert_has(answer, "磁盘满了。");
    assert_status(ask("GET /fail?how=memory HTTP/1.1\r\nHost: a\r\n\r\n"), 413);
    answer = ask("GET /fail?how=redirect HTTP/1.1\r\nHost: a\r\n\r\n");
    assert_status(answer, 500);
    assert_lacks(answer, "Location");
    answer = ask("GET /fail?how=cookie HTTP/1.1\r\nHost: a\r\n\r\n");
    assert_lacks(answer, "X-Evil");
    assert_has(answer, "Cache-Control: no-store\r\n");
}

static void a_body_must_be_whole(void **state)
{
    (void)state;
    assert_status(ask("POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nabc"), 400);
    assert_status(ask("POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\n\r\nabc"), 400);
    assert_status(ask("GET / HTTP/1.1\r\n"), 400);
}

static void the_size_of_type_is_remembered(void **state)
{
    const char *answer = ask("GET /mode?elder=1 HTTP/1.1\r\nHost: a\r\n\r\n");

    (void)state;
    assert_has(answer,
               "Set-Cookie: yimen_elder=1; Path=/; HttpOnly; SameSite=Lax; Max-Age=31536000\r\n");
    assert_has(ask("GET /mode?elder=0 HTTP/1.1\r\nHost: a\r\n\r\n"), "Max-Age=0\r\n");
    assert_lacks(ask("GET /mode HTTP/1.1\r\nHost: a\r\n\r\n"), "Set-Cookie");
    assert_lacks(ask("GET /api/v1/mode?elder=1 HTTP/1.1\r\nHost: a\r\n\r\n"), "Set-Cookie");
}

static void assets_may_be_kept(void **state)
{
    const char *answer = ask("GET /static/app.js?v=00112233aabbccdd HTTP/1.1\r\nHost: a\r\n\r\n");

    (void)state;
    assert_has(answer, "Cache-Control: public, max-age=31536000, immutable\r\n");
    assert_has(answer, "\r\n\r\nlet a;\n");
    answer = ask("GET /static/app.js HTTP/1.1\r\nHost: a\r\n\r\n");
    assert_has(answer, "Cache-Control: no-cache\r\n");
    assert_has(answer, "ETag: \"00112233aabbccdd\"\r\n");
    answer = ask(
        "GET /static/app.js HTTP/1.1\r\nHost: a\r\nIf-None-Match: \"00112233aabbccdd\"\r\n\r\n");
    assert_status(answer, 304);
    assert_lacks(answer, "let a;");
    assert_status(ask("GET /static/none.js HTTP/1.1\r\nHost: a\r\n\r\n"), 404);
}

static void figures_are_for_the_host_itself(void **state)
{
    static const char raw[] = "GET /metrics HTTP/1.1\r\nHost: a\r\n\r\n";
    static const char through[] =
        "GET /metrics HTTP/1.1\r\nHost: a\r\nX-Real-IP: 192.0.2.9\r\n\r\n";
    const char *answer = ask_from("127.0.0.1", raw, sizeof raw - 1);

    (void)state;
    assert_has(answer,
               "yimen_http_requests_total{method=\"GET\",route=\"/orders/{id}\",status=\"200\"}");
    assert_has(answer, "yimen_http_seconds_count ");
    assert_status(ask_from("127.0.0.1", through, sizeof through - 1), 404);
    assert_status(ask(raw), 404);
    assert_status(ask("GET /healthz HTTP/1.1\r\nHost: a\r\n\r\n"), 200);
    assert_status(ask("GET /readyz HTTP/1.1\r\nHost: a\r\n\r\n"), 200);
}

static void secrets_cannot_be_tried_without_end(void **state)
{
    static const char raw[] = "POST /secret HTTP/1.1\r\nHost: a\r\nContent-Length: 0\r\n\r\n";
    int refused = 0;

    (void)state;
    for (int i = 0; i < 8; i++) {
        const char *answer = post("/api/v1/secret", "", "");

        if (status_of(answer) == 429) {
            assert_has(answer, "Retry-After: ");
            refused++;
        }
    }
    assert_int_equal(refused, 3); /* the fixture's burst is 5 */
    assert_status(ask_from("192.0.2.2", raw, sizeof raw - 1), 204);
}

static void buckets_fill_again(void **state)
{
    struct limiter *limiter = limiter_make(2, 60);

    (void)state;
    assert_int_equal(limiter_take(limiter, S("192.0.2.1"), 1000), 0);
    assert_int_equal(limiter_take(limiter, S("192.0.2.1"), 1000), 0);
    assert_int_equal(limiter_take(limiter, S("192.0.2.1"), 1000), 2);
    assert_int_equal(limiter_take(limiter, S("192.0.2.1"), 2100), 0);
    /* Neighbours within one /64 are one person. */
    assert_int_equal(limiter_take(limiter, S("2001:db8::1"), 0), 0);
    assert_int_equal(limiter_take(limiter, S("2001:db8::2"), 0), 0);
    assert_true(limiter_take(limiter, S("2001:db8::3"), 0) > 0);
    assert_int_equal(limiter_take(limiter, S("2001:db8:0:1::1"), 0), 0);
    limiter_free(limiter);
}

static void the_document_describes_the_routes(void **state)
{
    const char *answer = ask("GET /api/v1/openapi.json HTTP/1.1\r\nHost: a\r\n\r\n");
    struct json *root, *things;
    struct task t;

    (void)state;
    assert_status(answer, 200);
    task_begin(&t, NULL, 0, TASK_BUDGET);
    assert_int_equal(json_parse(&t, site_openapi(site), &root), OK);
    things = json_get(json_get(root, "paths"), "/things");
    assert_non_null(things);
    assert_true(str_is(json_get_str(json_get(things, "post"), "operationId"), "post_things"));
    assert_null(json_get(json_get(root, "paths"), "/things/new"));
    assert_non_null(json_get(json_get(json_get(root, "components"), "schemas"), "thing_input"));
    task_end(&t);
}

static enum err nothing(struct task *t, struct request *request, struct response *response)
{
    (void)t, (void)request, (void)response;
    return OK;
}

static void mistakes_in_rows_fail_at_start(void **state)
{
    static const struct route rows[][3] = {
        {{GET, "/a/{x}", ACCESS_PUBLIC, NULL, nothing},
         {GET, "/a/{y}", ACCESS_PUBLIC, NULL, nothing}},
        {{GET, "/a/{x}", ACCESS_PUBLIC, NULL, nothing},
         {POST, "/a/{y}", ACCESS_PUBLIC, NULL, nothing}},
        {{GET, "a", ACCESS_PUBLIC, NULL, nothing}},
        {{GET, "/a/", ACCESS_PUBLIC, NULL, nothing}},
        {{GET, "/a//b", ACCESS_PUBLIC, NULL, nothing}},
        {{GET, "/a", ACCESS_PUBLIC, NULL, NULL}},
        {{GET, "/a", ACCESS_STAFF, NULL, nothing}},
        {{GET, "/api/v1/a", ACCESS_PUBLIC, NULL, nothing}},
        {{GET, "/a", ACCESS_PUBLIC, NULL, nothing, "test/none"}},
        {{POST, "/a", ACCESS_PUBLIC, NULL, nothing, .on_bad_input = nothing}},
    };

    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        const struct route *tables[] = {rows[i], NULL};
        struct site_options options = {.routes = tables};
        char *why = NULL;

        if (site_make(&options, &why))
            fail_msg("row %zu was accepted", i);
        assert_non_null(why);
        free(why);
    }
}

static int make_site(void **state)
{
    (void)state;
    site = fixture_site(5);
    return 0;
}

static int free_site(void **state)
{
    (void)state;
    ask("GET / HTTP/1.1\r\nHost: a\r\n\r\n");
    site_free(site);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(one_handler_serves_page_and_api),
        cmocka_unit_test(parameters_are_decoded),
        cmocka_unit_test(another_template_is_bound_when_it_is_needed),
        cmocka_unit_test(head_is_get_without_the_body),
        cmocka_unit_test(every_answer_has_the_security_headers),
        cmocka_unit_test(who_may_not_is_told_so),
        cmocka_unit_test(a_wrong_method_names_the_right_ones),
        cmocka_unit_test(a_post_of_a_session_needs_its_token),
        cmocka_unit_test(a_post_needs_its_key),
        cmocka_unit_test(what_was_made_is_named),
        cmocka_unit_test(bad_input_shows_the_form_again),
        cmocka_unit_test(reading_is_marked_as_reading),
        cmocka_unit_test(the_address_of_a_client_is_believed_only_from_a_proxy),
        cmocka_unit_test(downloads_are_attachments),
        cmocka_unit_test(faults_are_told_and_nothing_more),
        cmocka_unit_test(a_body_must_be_whole),
        cmocka_unit_test(the_size_of_type_is_remembered),
        cmocka_unit_test(assets_may_be_kept),
        cmocka_unit_test(figures_are_for_the_host_itself),
        cmocka_unit_test(secrets_cannot_be_tried_without_end),
        cmocka_unit_test(buckets_fill_again),
        cmocka_unit_test(the_document_describes_the_routes),
        cmocka_unit_test(mistakes_in_rows_fail_at_start),
    };
    return cmocka_run_group_tests(tests, make_site, free_site);
}
