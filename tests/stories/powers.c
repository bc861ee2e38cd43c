/*
 * What a secret, a screen and a power are good for, and for nothing more: a token administers
 * nothing, an unlocked screen guesses no password and enrols no device, no administrator comes to
 * the powers of another or changes anything off the record, a link lends an order to those it is
 * meant for, and no counter tells what the list does not show (8.1.4.2, 8.1.5 of GB/T 22239-2019;
 * K1, K17).
 */
#include "story.h"

#include <string.h>

#include "world_rows.h"

#define FORM  "Content-Type: application/x-www-form-urlencoded\r\n"
#define HTTPS "X-Forwarded-Proto: https\r\n"

static bool head_has(const struct world *w, const char *words)
{
    return str_find(w->head, str_of(words)) != SIZE_MAX;
}

static void set_rule(struct world *w, const char *rule)
{
    world_as(w, "anran");
    world_post(w, "/admin/security", world_f(w, "second_factor=%s", rule));
    WORLD_STATUS(w, 303);
}

static void call_with(struct world *w, struct str token, const char *method, const char *path,
                      const char *json)
{
    world_as_nobody(w);
    world_send(w, method, world_f(w, "/api/v1%s", path),
               world_f(w,
                       "Authorization: Bearer %.*s\r\nIdempotency-Key: powers-%06lld\r\n"
                       "Content-Type: application/json\r\n",
                       STR_ARG(token), (long long)++w->keys),
               json ? str_of(json) : (struct str){0});
}

static struct str token_of(struct world *w, const char *login, int64_t grant)
{
    world_as(w, login);
    world_post_json(w, "/account/tokens",
                    world_f(w, "{\"name\":\"接口\",\"grant\":\"%lld\",\"days\":3}", ID(grant)));
    return world_keep(w, json_get_str(w->json, "new_token"));
}

static void a_token_administers_nothing(void **state)
{
    struct world *w = *state;
    struct actor shilei = world_actor(w, "shilei", NULL), zhou = world_actor(w, "zhoumin", NULL);

    /* One secret of three months, without a device and without a proof, would reset passwords. */
    assert_int_equal(token_of(w, "shilei", shilei.grant).len, 0);
    WORLD_STATUS(w, 422);
    STORY_REFUSED(w, "grant", "三个管理岗不用接口令牌");
    world_get_json(w, "/account");
    assert_int_equal(json_get(w->json, "tokens")->count, 0);

    /* One that was made before that was the rule opens nothing. */
    struct str token = token_of(w, "zhoumin", zhou.grant);
    assert_true(token.len > 0);
    call_with(w, token, "GET", "/orders", NULL);
    WORLD_STATUS(w, 200);
    world_sql(
        w, world_f(w, "UPDATE staff_grant SET post = 'sysadmin' WHERE id = %lld", ID(zhou.grant)));
    call_with(w, token, "POST", world_f(w, "/admin/staff/%lld/password", ID(shilei.staff)), "{}");
    WORLD_STATUS(w, 401);
    call_with(w, token, "GET", "/admin/staff", NULL);
    WORLD_STATUS(w, 401);
    world_sql(w,
              world_f(w, "UPDATE staff_grant SET post = 'clerk' WHERE id = %lld", ID(zhou.grant)));
    call_with(w, token, "GET", "/orders", NULL);
    WORLD_STATUS(w, 200);
}

/* Whoever sits down at somebody's screen may try to learn the password where it is asked for: these
 * tries count with those of the sign-in page, and stand on record. */
static void an_open_screen_guesses_no_password(void **state)
{
    struct world *w = *state;
    const char *wrong = "current=geraten&new_password=ein-anderes-Wort-9&again=ein-anderes-Wort-9";

    world_as(w, "linxia");
    for (int i = 0; i < 5; i++) {
        if (i % 2)
            world_post(w, "/account/password", wrong);
        else
            world_post(w, "/account/totp/off", "password=geraten");
        WORLD_STATUS(w, 422);
    }
    world_post(w, "/account/password", wrong);
    WORLD_STATUS(w, 429);
    WORLD_SAYS(w, "连续输错太多次");
    world_post(w, "/account/totp/off", "password=" WORLD_PASSWORD);
    WORLD_STATUS(w, 429);
    assert_true(head_has(w, "Retry-After: "));
    world_as_nobody(w);
    world_post(w, "/sign-in", "login=linxia&password=" WORLD_PASSWORD);
    WORLD_STATUS(w, 429);
    world_as(w, "shenjian");
    world_get(w, "/audit?word=proof");
    WORLD_SAYS(w, "林霞");
    /* A right one begins anew. */
    world_pass(w, "5 minutes");
    world_as(w, "linxia");
    world_post(w, "/account/password",
               "current=" WORLD_PASSWORD
               "&new_password=ein-anderes-Wort-9&again=ein-anderes-Wort-9");
    WORLD_STATUS(w, 303);
    world_post(w, "/account/password", wrong);
    WORLD_STATUS(w, 422);
}

/* The mark that the browser got; what others who sign in there have stays in it. */
static struct str mark_of(struct world *w)
{
    struct str head = str_from(w->head, str_find(w->head, S("yimen_known=")) + 12), mark;

    assert_true(head_has(w, "Set-Cookie: yimen_known="));
    assert_true(str_cut(&head, ';', &mark));
    return world_keep(w, mark);
}

static void sign_in_from(struct world *w, struct str marks, const char *fields)
{
    world_as_nobody(w);
    world_send(w, "POST", "/sign-in",
               world_f(w, FORM "Cookie: a=b; yimen_known=%.*s\r\n", STR_ARG(marks)),
               str_of(fields));
}

/* Whoever only knows a login cannot keep its owner out, however long they go on. */
static void a_stranger_keeps_nobody_out(void **state)
{
    struct world *w = *state;
    const char *right = "login=mengfan&password=" WORLD_PASSWORD;
    const char *wrong = "login=mengfan&password=geraten-und-falsch";

    sign_in_from(w, S(""), "login=zhoumin&password=" WORLD_PASSWORD);
    struct str other = mark_of(w);
    sign_in_from(w, other, right);
    WORLD_STATUS(w, 303);
    struct str marks = mark_of(w);
    assert_true(str_find(marks, other) != SIZE_MAX && marks.len == 2 * other.len + 1);
    for (int i = 0; i < 9; i++) {
        sign_in_from(w, other, wrong); /* a colleague's browser is not the owner's */
        world_pass(w, i < 5 ? "1 minutes" : "61 minutes");
    }
    sign_in_from(w, other, wrong);
    sign_in_from(w, S(""), right);
    WORLD_STATUS(w, 429);
    sign_in_from(w, S("AAAAAAAAAAAAAAAAAAAAAA.x"), right);
    WORLD_STATUS(w, 429);
    sign_in_from(w, marks, right);
    WORLD_STATUS(w, 303);
    /* Strangers begin no new count by that, and nobody guesses on with a mark. */
    sign_in_from(w, S(""), right);
    WORLD_STATUS(w, 429);
    for (int i = 0; i < 5; i++) {
        sign_in_from(w, marks, wrong);
        WORLD_STATUS(w, 401);
    }
    sign_in_from(w, marks, right);
    WORLD_STATUS(w, 429);
    world_pass(w, "2 hours");
    /* Another password: who knew the old one is a stranger, this browser is not. */
    world_as(w, "mengfan");
    world_post(w, "/account/password",
               "current=" WORLD_PASSWORD
               "&new_password=ein-anderes-Wort-9&again=ein-anderes-Wort-9");
    WORLD_STATUS(w, 303);
    struct str fresh = mark_of(w);
    for (int i = 0; i < 5; i++)
        sign_in_from(w, marks, wrong);
    sign_in_from(w, marks, "login=mengfan&password=ein-anderes-Wort-9");
    WORLD_STATUS(w, 429);
    sign_in_from(w, fresh, "login=mengfan&password=ein-anderes-Wort-9");
    WORLD_STATUS(w, 303);
}

/* A wrong password from outside does not stop the work of who is signed in. */
static void a_stranger_stops_no_proof(void **state)
{
    struct world *w = *state;

    world_as(w, "luoqiong");
    struct str session = w->session, csrf = w->csrf;
    for (int i = 0; i < 6; i++)
        sign_in_from(w, S(""), "login=luoqiong&password=geraten-und-falsch");
    WORLD_STATUS(w, 429);
    w->session = session;
    w->csrf = csrf;
    world_post(w, "/account/totp/off", "password=geraten");
    WORLD_STATUS(w, 422);
}

/* The first device is as good as the password: it is not given to whoever finds the screen on. */
static void an_open_screen_enrols_no_device(void **state)
{
    struct world *w = *state;

    world_as(w, "zhaoming");
    struct str session = w->session, csrf = w->csrf;
    set_rule(w, "everybody");
    world_pass(w, "20 minutes");
    w->session = session;
    w->csrf = csrf;
    world_post(w, "/sign-in/enrol", "next=/orders");
    WORLD_STATUS(w, 403);
    WORLD_SAYS(w, "再核对一次是您本人");
    assert_false(world_says(w, "class=\"secret\""));
    world_post(w, "/sign-in/enrol", "next=/orders&_proof=falsch");
    WORLD_STATUS(w, 403);
    world_post(w, "/sign-in/enrol", "next=/orders&_proof=" WORLD_PASSWORD);
    WORLD_STATUS(w, 200);
    WORLD_SAYS(w, "class=\"secret\"");
    /* Begun and left, the key still stands on that page: it is not confirmed by who comes by. */
    world_pass(w, "20 minutes");
    world_post(w, "/sign-in/enrol/confirm", "code=123456");
    WORLD_STATUS(w, 403);
    WORLD_SAYS(w, "再核对一次是您本人");
    /* The rule is for her, too. */
    world_sql(w, "UPDATE security_setting SET second_factor = 'choice'");
}

static void who_watches_from_tomorrow_gets_no_password_from_whom_they_watch(void **state)
{
    struct world *w = *state;

    world_as(w, "shilei");
    world_post_json(w, "/admin/staff", "{\"login\":\"neu.sicher\",\"name\":\"新来\"}");
    assert_true(w->status == 200 || w->status == 201);
    int64_t neu = json_get_id(w->json, "id");
    const char *reset = world_f(w, "/admin/staff/%lld/password", ID(neu));
    world_post_json(w, reset, "{}");
    assert_true(w->status == 200 || w->status == 201);
    world_as(w, "anran");
    world_post_json(w, world_f(w, "/admin/staff/%lld/grants", ID(neu)),
                    world_f(w,
                            "{\"post\":\"auditor\",\"unit\":\"%lld\",\"from_day\":\"2026-12-01\"}",
                            ID(world_unit(w, "LJ01"))));
    assert_true(w->status == 200 || w->status == 201);
    world_as(w, "shilei");
    world_post_json(w, reset, "{}");
    WORLD_STATUS(w, 403);
    WORLD_SAYS(w, "只能在主机上");
}

static void what_an_administrator_changes_stands_on_record(void **state)
{
    struct world *w = *state;
    int64_t unit = world_unit(w, "LJ11");

    world_as(w, "shilei");
    world_post_json(w, world_f(w, "/admin/units/%lld", ID(unit)),
                    "{\"name\":\"枣园社区工作站\",\"short_name\":\"枣园\",\"phone\":"
                    "\"13900005678\",\"open\":true}");
    assert_true(w->status < 300);
    world_post_json(
        w, "/admin/windows",
        world_f(w, "{\"unit\":\"%lld\",\"name\":\"9 号窗\",\"kind\":\"mediation\"}", ID(unit)));
    assert_true(w->status < 300);
    world_get_json(w, "/procedures/guidance");
    WORLD_STATUS(w, 200);
    struct json *body = json_object(&w->home);
    json_put_str(
        &w->home, body, "text",
        str_join(&w->home, world_keep(w, json_get_str(w->json, "text")), S("\n# 新的一版\n")));
    world_pass(w, "20 minutes");
    /* It decides who may do what with every order to come: asked again who it is. */
    world_post_json(w, "/procedures", str_terminated(&w->home, json_text(&w->home, body)));
    WORLD_STATUS(w, 403);
    assert_str(json_get_str(w->json, "type"), "urn:yimen:problem:prove-again");
    json_put_str(&w->home, body, "_proof", S(WORLD_PASSWORD));
    world_post_json(w, "/procedures", str_terminated(&w->home, json_text(&w->home, body)));
    assert_true(w->status < 300);

    world_as(w, "shenjian");
    world_get(w, "/audit?word=org");
    WORLD_SAYS(w, "13900005678");
    WORLD_SAYS(w, "9 号窗");
    WORLD_SAYS(w, "石磊");
    world_get(w, "/audit?word=load");
    WORLD_SAYS(w, "（guidance）第");
    WORLD_SAYS(w, "石磊");
}

static void expect_hidden(struct world *w, const char *path)
{
    world_get(w, path);
    if (w->status != 404)
        fail_msg("%s: status %d", path, w->status);
    assert_false(world_says(w, "公司拖欠工资"));
    world_get_json(w, path);
    WORLD_STATUS(w, 404);
}

/* Two orders of a village hang together.  That is the village's business, and of those above it. */
static void a_link_lends_to_whom_it_is_meant_for(void **state)
{
    struct world *w = *state;

    story_as(w, "xiaqing", "clerk");
    struct registered first = story_register(w, WORLD_CONSULTATION);
    world_post_json(w, "/orders",
                    world_f(w,
                            "{\"matter\":\"legal-consultation\",\"channel\":\"window\","
                            "\"subject\":\"公司拖欠工资\",\"content\":\"还有我爱人的工资。\","
                            "\"linked_to\":\"%lld\",\"parties\":[" WORLD_APPLICANT "]}",
                            ID(first.id)));
    WORLD_STATUS(w, 201);
    const char *path = world_f(w, "/orders/%lld", ID(first.id));
    world_get(w, path);
    WORLD_STATUS(w, 200);

    world_as(w, "zhaoming"); /* head of the centre: all below */
    world_get(w, path);
    WORLD_STATUS(w, 200);
    world_as(w, "zhoumin"); /* a clerk of the centre: the centre */
    expect_hidden(w, path);
    world_as(w, "wangge1"); /* a grid worker of the village: what they brought */
    expect_hidden(w, path);
    world_as(w, "wenjing"); /* knowledge: no orders at all */
    expect_hidden(w, world_f(w, "/research/list?order=%lld", ID(first.id)));
    expect_hidden(w, world_f(w, "/research/propose?order=%lld", ID(first.id)));
    world_verify(w);
}

/* ---- counters ---- */

struct counted_as {
    struct actor actor;
    const char *view;
    struct order_counts counts;
    int64_t receiving;
};

static enum err read_counts(struct task *t, void *arg)
{
    struct counted_as *c = arg;
    enum err e = order_counts(t, &c->actor, str_of(c->view), &c->counts);

    return e ? e
             : order_step_count(t, &c->actor, strcmp(c->view, "subtree") != 0, S("receiving"),
                                &c->receiving);
}

static struct counted_as counted(struct world *w, const char *login, const char *post,
                                 const char *view)
{
    struct counted_as c = {world_actor(w, login, post), view, {0}, 0};

    w->home.now = w->now;
    w->home.tenant = w->tenant;
    assert_int_equal(store_read(&w->home, read_counts, &c), OK);
    return c;
}

static int64_t listed(struct world *w, const char *view, const char *filter)
{
    world_get_json(w, world_f(w, "/orders?limit=100&view=%s%s", view, filter));
    WORLD_STATUS(w, 200);
    return (int64_t)json_get(w->json, "rows")->count;
}

/* A counter says what the list would show, to each who asks. */
static struct counted_as count_is_list(struct world *w, const char *login, const char *post,
                                       const char *view)
{
    struct counted_as c = counted(w, login, post, view);
    bool subtree = !strcmp(view, "subtree");

    story_as(w, login, post);
    assert_int_equal(subtree ? c.counts.subtree : c.counts.unit, listed(w, view, ""));
    assert_int_equal(c.counts.overdue, listed(w, view, "&due=overdue"));
    assert_int_equal(c.counts.today, listed(w, view, "&due=today"));
    assert_int_equal(c.counts.green, listed(w, view, "&green=1"));
    assert_int_equal(c.receiving, listed(w, view, "&step=receiving"));
    return c;
}

static void nobody_reads_off_a_counter_that_there_is_a_complaint(void **state)
{
    struct world *w = *state;

    world_as(w, "zhoumin");
    struct registered made = story_register(w, STORY_AID);
    story_act_as(w, "tangyi", NULL, made.id, "begin", NULL);
    struct counted_as clerk = count_is_list(w, "zhoumin", NULL, "unit");
    struct counted_as head = count_is_list(w, "zhaoming", "head", "subtree");
    world_as_citizen(w, made.no, made.code);
    story_citizen_act(
        w, "complain",
        "{\"about\":\"delay\",\"against\":\"handler\",\"content\":\"一个月没有人理我。\"}");

    struct counted_as now = count_is_list(w, "zhoumin", NULL, "unit");
    assert_int_equal(now.counts.unit, clerk.counts.unit);
    assert_int_equal(now.counts.queue, clerk.counts.queue);
    assert_int_equal(now.receiving, 0);
    now = count_is_list(w, "zhaoming", "head", "subtree");
    assert_int_equal(now.counts.subtree, head.counts.subtree + 1);
    assert_int_equal(now.receiving, head.receiving + 1);
    (void)count_is_list(w, "zhaoming", "head", "unit");

    /* Nor that it is overdue. */
    world_until(w, "2026-11-16T10:00");
    (void)count_is_list(w, "zhoumin", NULL, "unit");
    (void)count_is_list(w, "tangyi", NULL, "unit");
    now = count_is_list(w, "zhaoming", "head", "subtree");
    assert_true(now.counts.overdue > 0);
    world_verify(w);

    /* Counters of before: found by the check, and put right by a job. */
    world_sql(w, "DELETE FROM order_count WHERE what LIKE 'for:%'");
    world_sql(
        w,
        world_f(w, "INSERT INTO order_count (tenant, unit, what, n) VALUES (%lld, 0, 'stale', 1)",
                ID(w->tenant)));
    world_pass(w, "20 minutes");
    world_verify(w);
}

/* Another host of the domain may set cookies for all of it, but none that this site takes over TLS:
 * a stranger's draft would be filled in by the visitor, and read by the stranger. */
static void a_draft_is_never_taken_from_another_host(void **state)
{
    struct world *w = *state;
    struct str body = S("content=%E8%80%81%E6%9D%BF%E6%8B%96%E6%AC%A0%E5%B7%A5%E8%B5%84");

    world_as_nobody(w);
    world_send(w, "POST", "/apply/begin/legal-consultation", FORM HTTPS, body);
    WORLD_STATUS(w, 303);
    assert_true(head_has(w, "Set-Cookie: __Host-yimen_draft="));
    assert_true(head_has(w, "; Path=/;") && head_has(w, "; Secure"));
    struct str head = world_keep(w, w->head), code;
    head = str_from(head, str_find(head, S("yimen_draft=")) + 12);
    assert_true(str_cut(&head, ';', &code));
    world_send(w, "GET", "/apply/step/1",
               world_f(w, HTTPS "Cookie: yimen_draft=%.*s\r\n", STR_ARG(code)), (struct str){0});
    WORLD_STATUS(w, 404);
    world_send(w, "GET", "/apply/step/1",
               world_f(w, HTTPS "Cookie: __Host-yimen_draft=%.*s\r\n", STR_ARG(code)),
               (struct str){0});
    WORLD_STATUS(w, 200);
}

int main(void)
{
    return WORLD_TESTS(
        cmocka_unit_test(a_token_administers_nothing),
        cmocka_unit_test(an_open_screen_guesses_no_password),
        cmocka_unit_test(who_watches_from_tomorrow_gets_no_password_from_whom_they_watch),
        cmocka_unit_test(what_an_administrator_changes_stands_on_record),
        cmocka_unit_test(a_link_lends_to_whom_it_is_meant_for),
        cmocka_unit_test(nobody_reads_off_a_counter_that_there_is_a_complaint),
        cmocka_unit_test(a_draft_is_never_taken_from_another_host),
        cmocka_unit_test(an_open_screen_enrols_no_device),
        /* The last ones: all strangers share an address, and it is slowed down for hours. */
        cmocka_unit_test(a_stranger_stops_no_proof), cmocka_unit_test(a_stranger_keeps_nobody_out));
}
