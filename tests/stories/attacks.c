/*
 * What attackers try, named by what they attack (K17).  Loops run over the table of routes, so a
 * route that is added is attacked, too.
 */
#include "story.h"

#include <string.h>

#include "modules/access/staff.h"
#include "world_rows.h"

#define FORM "Content-Type: application/x-www-form-urlencoded\r\n"

/* The path with every parameter filled with the same small thing. */
static const char *filled(struct world *w, const char *path, const char *with)
{
    struct buf b = buf_new(&w->home, 1024);

    while (*path) {
        size_t len = strcspn(path, "{");

        buf_add(&b, (struct str){path, len});
        path += len;
        if (!*path)
            break;
        buf_add(&b, str_of(with));
        path = strchr(path, '}') + 1;
    }
    return str_terminated(&w->home, buf_str(&b));
}

static struct str head_line(const struct world *w, const char *name)
{
    struct str rest = w->head, line, key;

    while (str_cut(&rest, '\n', &line)) {
        line = str_trim(line);
        if (str_cut(&line, ':', &key) && str_is(key, name))
            return str_trim(line);
    }
    return (struct str){0};
}

static bool has(struct str text, const char *words)
{
    return str_find(text, str_of(words)) != SIZE_MAX;
}

#define EACH_ROUTE(route)                                                                          \
    for (const struct route *const *table_ = app_routes(); *table_; table_++)                      \
        for (const struct route *route = *table_; route->path; route++)

/* ---- what a browser is told about every answer ---- */

static void expect_headers(struct world *w, const char *path)
{
    struct str csp = head_line(w, "Content-Security-Policy"), type = head_line(w, "Content-Type");

    assert_str(head_line(w, "X-Content-Type-Options"), "nosniff");
    assert_true(has(csp, "default-src 'none'") || has(csp, "sandbox"));
    assert_false(has(csp, "unsafe-eval"));
    if (!has(csp, "frame-ancestors 'none'") && !has(csp, "sandbox") && !has(type, "pdf"))
        fail_msg("%s may be framed: %.*s", path, STR_ARG(csp));
    if (has(type, "html") && (has(csp, "unsafe-inline") || !has(type, "charset=utf-8")))
        fail_msg("%s: %.*s; %.*s", path, STR_ARG(type), STR_ARG(csp));
    if (w->body.len && !type.len)
        fail_msg("%s: a body without a type", path);
    if (w->session.len && !has(head_line(w, "Cache-Control"), "no-store"))
        fail_msg("%s may be kept by a cache", path);
    assert_false(has(w->head, "Access-Control-Allow"));
}

static void browsers_sniff_frame_and_keep_nothing(void **state)
{
    static const char *const people[] = {"", "zhoumin", "shilei", "shenjian", "wenjing"};
    struct world *w = *state;

    for (size_t i = 0; i < sizeof people / sizeof *people; i++) {
        if (*people[i])
            world_as(w, people[i]);
        else
            world_as_nobody(w);
        EACH_ROUTE(route)
        {
            const char *path = filled(w, route->path, "7");
            struct str session = w->session;

            if (route->method != GET)
                continue;
            world_get(w, path);
            expect_headers(w, path);
            w->session = session;
            world_get_json(w, path);
            expect_headers(w, path);
            w->session = session;
        }
    }
}

/* What was typed before the session ended comes back in the answer, to be sent again: it belongs
 * into no cache, though nobody is signed in. */
static void what_is_kept_of_a_refused_form_is_kept_by_nobody_else(void **state)
{
    struct world *w = *state;

    world_as_nobody(w);
    world_post(w, "/orders/7/act/note", "text=nur+fuer+mich");
    WORLD_STATUS(w, 401);
    WORLD_SAYS(w, "nur fuer mich");
    assert_str(head_line(w, "Cache-Control"), "no-store");
}

/* ---- requests that another site's page makes ---- */

/* With the cookie that the browser adds: without the token that only our pages know, and with it,
 * when the browser says that the page was another's. */
static size_t post_from_elsewhere(struct world *w, enum access access, const struct post *post)
{
    static const char *const foreign[] = {"Origin: https://evil.example\r\n", "Origin: null\r\n",
                                          "Sec-Fetch-Site: cross-site\r\n",
                                          "Sec-Fetch-Site: same-site\r\n"};
    struct str session = w->session, csrf = w->csrf;
    size_t asked = 0;

    EACH_ROUTE(route)
    {
        const char *path = filled(w, route->path, "7");

        if (route->method != POST || (route->access != access && route->access != ACCESS_PUBLIC) ||
            (post && route->permission && !post_may(post, route->permission)))
            continue;
        asked++;
        if (route->flags & ROUTE_API_ONLY)
            path = world_f(w, "/api/v1%s", path);
        world_send(w, "POST", path, FORM, S("_key=attack-000001"));
        if (w->status != 403 || !world_says(w, "页面已过期"))
            fail_msg("POST %s without a token: status %d", path, w->status);
        w->session = session;
        world_send(w, "POST", path, FORM, S("_key=attack-000001&_csrf=AAAA"));
        assert_int_equal(w->status, 403);
        w->session = session;
        for (size_t i = 0; i < sizeof foreign / sizeof *foreign; i++) {
            struct str body = str_format(&w->home, "_key=attack-000001&_csrf=%.*s", STR_ARG(csrf));

            world_send(w, "POST", path, world_f(w, FORM "%s", foreign[i]), body);
            if (w->status != 403)
                fail_msg("POST %s with %s: status %d", path, foreign[i], w->status);
            w->session = session;
        }
    }
    return asked;
}

static void no_post_is_taken_from_another_site(void **state)
{
    struct world *w = *state;
    struct actor clerk = world_actor(w, "zhoumin", "clerk");
    struct act_done made = world_create(w, &clerk, WORLD_CONSULTATION);
    size_t asked = 0;

    static const char *const people[][2] = {{"zhoumin", "clerk"},
                                            {"zhaoming", "head"},
                                            {"shilei", "sysadmin"},
                                            {"anran", "secadmin"},
                                            {"wenjing", "keeper"}};
    for (size_t i = 0; i < sizeof people / sizeof *people; i++) {
        world_as(w, people[i][0]);
        asked += post_from_elsewhere(w, ACCESS_STAFF, post_find(str_of(people[i][1])));
    }
    world_as_citizen(w, made.no, made.code);
    asked += post_from_elsewhere(w, ACCESS_CITIZEN, NULL);
    assert_true(asked > 150);
}

/* ---- sessions ---- */

static void a_session_is_never_taken_from_the_visitor(void **state)
{
    struct world *w = *state;

    world_as(w, "zhoumin");
    struct str known = w->session;
    /* Fixed before: a cookie of the attacker's own session does not become the victim's. */
    world_get(w, "/sign-in");
    world_post(w, "/sign-in", "login=linxia&password=" WORLD_PASSWORD);
    WORLD_STATUS(w, 303);
    assert_false(str_eq(known, w->session));
    struct str cookie = head_line(w, "Set-Cookie");
    assert_true(has(cookie, "HttpOnly") && has(cookie, "SameSite=Lax") && has(cookie, "Path=/"));
    assert_false(has(cookie, "Domain"));
    struct str mine = w->session;
    /* The one that came along is over: nobody is left in it. */
    w->session = known;
    world_get_json(w, "/account");
    WORLD_STATUS(w, 401);

    /* Behind TLS only this host and only TLS may set or read it. */
    w->session = S("made-up");
    world_send(w, "POST", "/sign-in", FORM "X-Forwarded-Proto: https\r\n",
               S("login=linxia&password=" WORLD_PASSWORD));
    cookie = head_line(w, "Set-Cookie");
    assert_true(str_starts(cookie, S("__Host-" SESSION_COOKIE "=")) && has(cookie, "Secure"));

    /* Another post is another secret, and the old one is worth nothing. */
    world_as(w, "xiaqing");
    struct str before = w->session;
    struct actor mediator = world_actor(w, "xiaqing", "mediator");
    world_post(w, "/post", world_f(w, "grant=%lld", ID(mediator.grant)));
    WORLD_STATUS(w, 303);
    assert_false(str_eq(before, w->session));
    w->session = before;
    world_get_json(w, "/orders");
    WORLD_STATUS(w, 401);
    w->session = mine;
}

static void where_to_go_next_is_never_another_site(void **state)
{
    static const char *const away[] = {
        "//evil.example/",  "https://evil.example/", "/\\evil.example/",
        "\\/evil.example",  "javascript:alert(1)",   "/ok\r\nSet-Cookie: a=b",
        "/\t/evil.example", " //evil.example",       "data:text/html,x"};
    static const char *const names[] = {"next", "to", "_to", "return", "url", "redirect", "back"};
    struct world *w = *state;

    for (size_t i = 0; i < sizeof away / sizeof *away; i++) {
        const char *to = world_escape(w, away[i]);

        world_as_nobody(w);
        world_post(w, "/sign-in",
                   world_f(w, "login=zhoumin&password=" WORLD_PASSWORD "&next=%s", to));
        assert_false(has(w->head, "a=b"));
        if (w->status == 422) /* line ends and tabs are not even read */
            continue;
        WORLD_STATUS(w, 303);
        assert_str(w->location, "/orders");
        /* Signed in already: GET /sign-in goes on by itself. */
        world_get(w, world_f(w, "/sign-in?next=%s", to));
        assert_str(w->location, "/orders");
        EACH_ROUTE(route)
        for (size_t k = 0; k < sizeof names / sizeof *names && route->method == GET; k++) {
            struct str session = w->session;

            if (strstr(route->path, "sign-out"))
                continue;
            world_get(w, world_f(w, "%s?%s=%s", filled(w, route->path, "7"), names[k], to));
            if (w->location.len && (w->location.at[0] != '/' || has(w->location, "evil") ||
                                    str_starts(w->location, S("//"))))
                if (!has(w->location, "next=")) /* carried along, and refused there */
                    fail_msg("%s: %.*s", route->path, STR_ARG(w->location));
            w->session = session;
            if (i)
                break; /* all names once, all addresses with the first */
        }
    }
}

static void a_line_end_ends_no_header(void **state)
{
    struct world *w = *state;
    static const char photo[100] = "\xff\xd8\xff\xe0photograph";

    world_as(w, "zhoumin");
    struct registered made = story_register(w, STORY_AID);
    world_post_file(w, world_f(w, "/orders/%lld/act/attach", ID(made.id)), "", "files",
                    "..%2f..%2fa\r\nX-Evil: 1\".jpg", "image/jpeg\r\nX-Evil: 1",
                    (struct str){photo, sizeof photo});
    if (w->status == 303) {
        world_get_json(w, world_f(w, "/orders/%lld", ID(made.id)));
        int64_t file = json_get_id(json_get(w->json, "attachments")->first, "id");
        world_get(w, world_f(w, "/orders/%lld/attachments/%lld", ID(made.id), ID(file)));
        WORLD_STATUS(w, 200);
        assert_true(has(head_line(w, "Content-Disposition"), "attachment"));
    }
    assert_int_equal(head_line(w, "X-Evil").len, 0);
    world_get(w, "/orders?q=a%0d%0aX-Evil:%201&lang=en%0d%0aX-Evil:%201");
    assert_int_equal(head_line(w, "X-Evil").len, 0);
    world_get(w, "/audit?word=%0d%0aX-Evil:1");
    assert_int_equal(head_line(w, "X-Evil").len, 0);
}

static void the_host_asked_for_appears_nowhere(void **state)
{
    struct world *w = *state;
    struct str host = w->host;

    world_as(w, "zhoumin");
    w->host = S("evil.example");
    EACH_ROUTE(route)
    {
        struct str session = w->session;

        if (route->method != GET)
            continue;
        world_get(w, filled(w, route->path, "7"));
        if (has(w->body, "evil.example") || has(w->head, "evil.example"))
            fail_msg("%s repeats the host", route->path);
        w->session = session;
    }
    w->host = host;
}

static void no_path_leads_out(void **state)
{
    static const char *const paths[] = {"/static/../yimen.db",
                                        "/static/..%2f..%2fyimen.db",
                                        "/static/%2e%2e/yimen.db",
                                        "/static/....//yimen.db",
                                        "/static//etc/passwd",
                                        "/static/..\\yimen.db",
                                        "/static/%252e%252e/x",
                                        "/../etc/passwd",
                                        "/static/base.css%00.html",
                                        "/static/.git/config",
                                        "/.git/config",
                                        "/yimen.conf",
                                        "/api/v1/../../etc/passwd"};
    struct world *w = *state;

    world_as(w, "zhoumin");
    for (size_t i = 0; i < sizeof paths / sizeof *paths; i++) {
        world_get(w, paths[i]);
        if (w->status != 400 && w->status != 404)
            fail_msg("%s: status %d", paths[i], w->status);
    }
    EACH_ROUTE(route)
    {
        struct str session = w->session;

        if (route->method != GET || !strchr(route->path, '{'))
            continue;
        world_get(w, filled(w, route->path, "..%2f..%2fyimen.db"));
        assert_true(w->status >= 300 && w->status < 500);
        world_get(w, filled(w, route->path, "-1"));
        assert_true(w->status >= 300 && w->status < 500);
        world_get(w, filled(w, route->path, "99999999999999999999"));
        assert_true(w->status >= 300 && w->status < 500);
        w->session = session;
    }
}

/* ---- guessing ---- */

static void an_unknown_login_costs_the_same_work_as_a_wrong_password(void **state)
{
    struct world *w = *state;
    uint64_t before = password_comparisons();

    world_as_nobody(w);
    world_post(w, "/sign-in", "login=zhoumin&password=falsch-geraten");
    WORLD_STATUS(w, 401);
    uint64_t known = password_comparisons() - before;
    struct str words = world_keep(w, w->t.note);
    world_post(w, "/sign-in", "login=gibt.es.nicht&password=falsch-geraten");
    WORLD_STATUS(w, 401);
    assert_int_equal(password_comparisons() - before - known, known);
    assert_int_equal(known, 1);
    assert_true(str_eq(words, w->t.note));
    WORLD_SAYS(w, "登录名或密码不对");
    /* A password as long as a book is not hashed as one. */
    struct buf book = buf_new(&w->home, 200000);
    buf_add(&book, S("login=zhoumin&password="));
    while (book.len < 100000)
        buf_add(&book, S("aaaaaaaaaa"));
    world_send(w, "POST", "/sign-in", FORM, buf_str(&book));
    WORLD_STATUS(w, 422);
}

static void a_wrong_number_is_told_like_a_wrong_code(void **state)
{
    struct world *w = *state;
    struct actor clerk = world_actor(w, "zhoumin", "clerk");
    struct act_done made = world_create(w, &clerk, WORLD_CONSULTATION);
    const char *numbers[] = {str_terminated(&w->home, made.no), "LJ01-20261009-99999", "nichts"};
    struct str first = {0};

    /* The same words, and (order_track()) the same hash and the same two queries. */
    for (size_t i = 0; i < 3; i++) {
        world_as_nobody(w);
        world_post_json(w, "/track",
                        world_f(w, "{\"no\":\"%s\",\"code\":\"AAAABBBBCCCCDDDD\"}", numbers[i]));
        WORLD_STATUS(w, 422);
        struct str said = json_get_str(json_get(w->json, "errors")->first, "message");
        if (i == 0)
            first = world_keep(w, said);
        assert_true(str_eq(first, said));
        assert_false(has(w->head, "Set-Cookie"));
    }
}

/* ---- floods ---- */

/* Places for drafts are bounded: whoever begins twenty thousand applications and fills in none of
 * them holds a place for minutes, not for a week. */
static void a_flood_of_drafts_locks_nobody_out(void **state)
{
    struct world *w = *state;
    struct str said = S("content=%E8%80%81%E6%9D%BF%E6%8B%96%E6%AC%A0%E5%B7%A5%E8%B5%84");

    world_as_nobody(w);
    world_send(w, "POST", "/apply/begin/legal-consultation", FORM, said);
    WORLD_STATUS(w, 303);
    world_sql(w, "INSERT INTO portal_draft (tenant, id, body, version, changed_at, until) "
                 "WITH RECURSIVE c(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM c WHERE n < 20000) "
                 "SELECT d.tenant, 'flood' || CAST(c.n AS TEXT), d.body, 1, d.changed_at, d.until "
                 "FROM portal_draft d, c WHERE d.id = (SELECT MIN(id) FROM portal_draft)");
    world_send(w, "POST", "/apply/begin/legal-consultation", FORM, said);
    WORLD_STATUS(w, 503);
    world_pass(w, "20 minutes");
    world_send(w, "POST", "/apply/begin/legal-consultation", FORM, said);
    WORLD_STATUS(w, 303);
}

/* A body of the largest size with nothing but names: each must not be compared with each. */
static void a_hundred_thousand_fields_cost_no_minute(void **state)
{
    struct world *w = *state;
    struct buf b = buf_new(&w->home, 1024 * 1024);

    world_as(w, "zhoumin");
    struct registered made = story_register(w, WORLD_CONSULTATION);
    buf_add_char(&b, '{');
    for (int i = 100000; b.len < 1000 * 1000; i++)
        buf_format(&b, "%s\"%d\":0", i > 100000 ? "," : "", i);
    buf_add_char(&b, '}');
    const char *body = str_terminated(&w->home, buf_str(&b));
    const char *paths[] = {world_f(w, "/orders/%lld/act/note", ID(made.id)), "/orders",
                           "/guide/legal-aid-wage/apply", "/account/facts"};
    for (size_t i = 0; i < sizeof paths / sizeof *paths; i++) {
        int64_t began = time_monotonic_ns();

        world_post_json(w, paths[i], body);
        WORLD_STATUS(w, 422);
        if (time_monotonic_ns() - began > INT64_C(3000000000))
            fail_msg("%s: %lld ms", paths[i], (long long)(time_monotonic_ns() - began) / 1000000);
    }
}

int main(void)
{
    return WORLD_TESTS(cmocka_unit_test(browsers_sniff_frame_and_keep_nothing),
                       cmocka_unit_test(what_is_kept_of_a_refused_form_is_kept_by_nobody_else),
                       cmocka_unit_test(no_post_is_taken_from_another_site),
                       cmocka_unit_test(a_session_is_never_taken_from_the_visitor),
                       cmocka_unit_test(where_to_go_next_is_never_another_site),
                       cmocka_unit_test(a_line_end_ends_no_header),
                       cmocka_unit_test(the_host_asked_for_appears_nowhere),
                       cmocka_unit_test(no_path_leads_out),
                       cmocka_unit_test(an_unknown_login_costs_the_same_work_as_a_wrong_password),
                       cmocka_unit_test(a_wrong_number_is_told_like_a_wrong_code),
                       cmocka_unit_test(a_flood_of_drafts_locks_nobody_out),
                       cmocka_unit_test(a_hundred_thousand_fields_cost_no_minute));
}
