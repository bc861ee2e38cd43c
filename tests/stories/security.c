/*
 * Level-3 protection (GB/T 22239-2019, 8.1.4): two factors for who must have them, three
 * administrators who are three people, a proof again before what is dangerous, and a record without
 * which nothing happens.
 */
#include "story.h"

#include <string.h>

#include "modules/access/staff.h"
#include "modules/access/totp.h"
#include "world_rows.h"

#define SECRET_MARK "<b class=\"secret\">"
#define PROOF_ASKED "再核对一次是您本人"

static struct str secret_of_page(struct world *w)
{
    size_t at = str_find(w->body, S(SECRET_MARK));
    struct str rest, secret;

    assert_true(at != SIZE_MAX);
    rest = str_from(w->body, at + sizeof SECRET_MARK - 1);
    assert_true(str_cut(&rest, '<', &secret));
    return world_keep(w, secret);
}

static struct str unbase32(struct world *w, struct str text)
{
    unsigned char *out = NEW(&w->home, unsigned char, text.len);
    uint32_t held = 0;
    size_t n = 0;
    int bits = 0;

    for (size_t i = 0; i < text.len; i++) {
        char c = text.at[i];

        held = held << 5 | (uint32_t)(c >= 'A' ? c - 'A' : c - '2' + 26);
        if ((bits += 5) >= 8)
            out[n++] = (unsigned char)(held >> (bits -= 8));
    }
    return (struct str){(char *)out, n};
}

static const char *code_now(struct world *w, struct str secret)
{
    return str_terminated(&w->home, totp_code(&w->home, secret, totp_counter(w->now), TOTP_DIGITS));
}

static void type_password(struct world *w, const char *login)
{
    world_as_nobody(w);
    world_get(w, "/sign-in");
    world_post(w, "/sign-in", world_f(w, "login=%s&password=" WORLD_PASSWORD, login));
}

/* The devices, once they are set up. */
static struct str shilei_device, anran_device;

/* Password and code on the pages, with a code that nobody used. */
static void sign_in_with(struct world *w, const char *login, struct str device)
{
    world_pass(w, "1 minute");
    type_password(w, login);
    WORLD_STATUS(w, 303);
    if (!device.len)
        return;
    assert_true(str_starts(w->location, S("/sign-in/code")));
    world_post(w, "/sign-in/code", world_f(w, "code=%s", code_now(w, device)));
    WORLD_STATUS(w, 303);
}

/* Whoever is signed in and must. */
static struct str enrol(struct world *w)
{
    world_post(w, "/sign-in/enrol", "");
    struct str device = unbase32(w, secret_of_page(w));
    world_post(w, "/sign-in/enrol/confirm", world_f(w, "code=%s", code_now(w, device)));
    WORLD_STATUS(w, 200);
    return device;
}

static void set_rule(struct world *w, const char *rule)
{
    sign_in_with(w, "anran", anran_device);
    world_post(w, "/admin/security", world_f(w, "second_factor=%s", rule));
    WORLD_STATUS(w, 303);
}

static void an_administrator_sets_up_a_second_factor_at_the_next_sign_in(void **state)
{
    struct world *w = *state;

    world_as(w, "shilei");
    world_get(w, "/admin/units");
    WORLD_STATUS(w, 200);
    struct str open = w->session;
    set_rule(w, "administrators");
    world_get(w, "/admin/security");
    assert_str(w->location, "/sign-in/enrol?next=/admin/security"); /* the rule is for her, too */
    anran_device = enrol(w);

    /* Who was signed in already is asked at the next page, and comes back to it. */
    w->session = open;
    world_get(w, "/admin/units");
    WORLD_STATUS(w, 303);
    assert_str(w->location, "/sign-in/enrol?next=/admin/units");
    world_get_json(w, "/admin/staff");
    WORLD_STATUS(w, 401);

    type_password(w, "shilei");
    WORLD_STATUS(w, 303);
    world_get(w, "/admin/staff");
    assert_str(w->location, "/sign-in/enrol?next=/admin/staff");
    world_get(w, "/sign-in/enrol?next=/admin/staff");
    WORLD_SAYS(w, "开始设置");
    world_post(w, "/sign-in/enrol", "next=/admin/staff");
    WORLD_STATUS(w, 200);
    WORLD_SAYS(w, "<svg class=\"qr\"");
    struct str typed = secret_of_page(w);

    /* Looked at again, the same key stands there; a wrong code changes nothing. */
    world_get(w, "/sign-in/enrol?next=/admin/staff");
    assert_true(str_eq(secret_of_page(w), typed));
    world_post(w, "/sign-in/enrol/confirm", "code=12345&next=/admin/staff");
    WORLD_STATUS(w, 422);
    WORLD_SAYS(w, "验证码不对");
    assert_true(str_eq(secret_of_page(w), typed));

    shilei_device = unbase32(w, typed);
    struct str before = w->session;
    world_post(w, "/sign-in/enrol/confirm",
               world_f(w, "code=%s&next=/admin/staff", code_now(w, shilei_device)));
    WORLD_STATUS(w, 200);
    WORLD_SAYS(w, "抄好了，继续");
    WORLD_SAYS(w, "href=\"/admin/staff\"");
    assert_false(str_eq(before, w->session));
    world_get(w, "/admin/staff");
    WORLD_STATUS(w, 200);
    /* The cookie of before knows nothing any more. */
    struct str after = w->session;
    w->session = before;
    world_get(w, "/admin/staff");
    WORLD_STATUS(w, 303);
    w->session = after;
    /* It is not shown or set up a second time by who only knows the password. */
    world_post(w, "/sign-in/enrol", "");
    assert_false(world_says(w, "class=\"secret\""));
}

/* A house behind one address signs in thirty times a day with two factors, and none is a guess. */
static void two_factors_do_not_lock_the_house_out(void **state)
{
    struct world *w = *state;

    for (int i = 0; i < 25; i++)
        sign_in_with(w, "anran", anran_device);
    world_get(w, "/admin/security");
    WORLD_STATUS(w, 200);
}

static void others_sign_in_as_before_unless_everybody_must(void **state)
{
    struct world *w = *state;

    world_as(w, "zhoumin");
    world_get(w, "/orders");
    WORLD_STATUS(w, 200);
    struct actor zhou = world_actor(w, "zhoumin", NULL);
    world_post_json(
        w, "/account/tokens",
        world_f(w, "{\"name\":\"接口\",\"grant\":\"%lld\",\"days\":3}", ID(zhou.grant)));
    struct str token = world_keep(w, json_get_str(w->json, "new_token"));
    assert_true(token.len > 0);
    set_rule(w, "everybody");
    world_as(w, "zhoumin");
    world_get(w, "/orders");
    assert_str(w->location, "/sign-in/enrol?next=/orders");
    /* A program goes on working. */
    world_as_nobody(w);
    world_send(w, "GET", "/api/v1/orders",
               world_f(w, "Authorization: Bearer %.*s\r\n", STR_ARG(token)), (struct str){0});
    WORLD_STATUS(w, 200);
    set_rule(w, "choice");
    world_as(w, "zhoumin");
    world_get(w, "/orders");
    WORLD_STATUS(w, 200);
}

static void the_code_is_asked_and_works_once(void **state)
{
    struct world *w = *state;

    world_pass(w, "1 minute");
    type_password(w, "shilei");
    assert_true(str_starts(w->location, S("/sign-in/code")));
    assert_true(str_find(w->head, S("yimen_known=")) == SIZE_MAX);
    const char *code = code_now(w, shilei_device);
    struct str half = w->session;

    /* Half signed in opens nothing, sets up nothing. */
    world_get(w, "/admin/staff");
    WORLD_STATUS(w, 303);
    world_post(w, "/sign-in/enrol", "");
    assert_false(world_says(w, "class=\"secret\""));
    world_post(w, "/sign-in/code", world_f(w, "code=%s&next=//evil.example/", code));
    WORLD_STATUS(w, 303);
    assert_str(w->location, "/admin/staff");
    assert_true(str_find(w->head, S("Set-Cookie: yimen_known=")) != SIZE_MAX);
    assert_false(str_eq(half, w->session));
    world_get(w, "/admin/staff");
    WORLD_STATUS(w, 200);

    type_password(w, "shilei");
    world_post(w, "/sign-in/code", world_f(w, "code=%s", code));
    WORLD_STATUS(w, 422);
    WORLD_SAYS(w, "已经用过");
    assert_true(str_find(w->head, S("yimen_known=")) == SIZE_MAX);
}

static void the_security_administrator_resets_a_lost_device(void **state)
{
    struct world *w = *state;
    int64_t shilei = world_staff(w, "shilei");

    set_rule(w, "administrators");
    sign_in_with(w, "shilei", shilei_device);
    struct str session = w->session, csrf = w->csrf;

    /* Not by oneself while it is required, not by the one who gives passwords. */
    world_post(w, "/account/totp/off", "password=" WORLD_PASSWORD);
    WORLD_STATUS(w, 403);
    world_post(w, world_f(w, "/admin/staff/%lld/factor", ID(shilei)), "why=忘了");
    WORLD_STATUS(w, 403);

    sign_in_with(w, "anran", anran_device);
    world_post(w, world_f(w, "/admin/staff/%lld/factor", ID(world_staff(w, "anran"))), "why=x");
    WORLD_STATUS(w, 403);
    world_post(w, world_f(w, "/admin/staff/%lld/factor", ID(shilei)), "");
    WORLD_STATUS(w, 422);
    world_post(w, world_f(w, "/admin/staff/%lld/factor", ID(shilei)), "why=当面核对身份证");
    WORLD_STATUS(w, 303);
    world_post(w, "/admin/security", "second_factor=choice");
    WORLD_STATUS(w, 303);

    /* Out at once; the password is the same. */
    w->session = session;
    w->csrf = csrf;
    world_get(w, "/admin/staff");
    WORLD_STATUS(w, 303);
    type_password(w, "shilei");
    assert_str(w->location, "/admin/staff");
}

static void a_dangerous_act_asks_again_and_loses_nothing(void **state)
{
    struct world *w = *state;
    int64_t zhou = world_staff(w, "zhoumin"), centre = world_unit(w, "LJ01");
    const char *grants = world_f(w, "/admin/staff/%lld/grants", ID(zhou));
    const char *form = world_f(w, "post=notary&unit=%lld&from_day=2026-12-01", ID(centre));

    world_as(w, "yuchang");
    world_pass(w, "20 minutes");
    world_post(w, "/orders/export", "q=王&status=closed");
    WORLD_STATUS(w, 403);
    WORLD_SAYS(w, PROOF_ASKED);
    WORLD_SAYS(w, "name=\"q\" value=\"王\"");
    WORLD_SAYS(w, "name=\"status\" value=\"closed\"");
    world_post(w, "/orders/export", "status=closed&_proof=" WORLD_PASSWORD);
    WORLD_STATUS(w, 200);
    assert_true(str_starts(w->body, S("PK")));

    /* A program with a session is told in a word it can read. */
    world_as(w, "linxia");
    world_pass(w, "20 minutes");
    world_post_json(w, "/account/totp", "{}");
    WORLD_STATUS(w, 403);
    assert_str(json_get_str(w->json, "type"), "urn:yimen:problem:prove-again");
    world_post_json(w, "/account/totp", "{\"_proof\":\"wrong\"}");
    WORLD_STATUS(w, 403);
    assert_str(json_get_str(json_get(w->json, "errors")->first, "field"), "_proof");
    world_post_json(w, "/account/totp", "{\"_proof\":\"" WORLD_PASSWORD "\"}");
    WORLD_STATUS(w, 200);
    /* The code works as a proof, too, once. */
    struct str secret = unbase32(w, json_get_str(w->json, "secret"));
    world_post_json(w, "/account/totp/confirm",
                    world_f(w, "{\"code\":\"%s\"}", code_now(w, secret)));
    WORLD_STATUS(w, 200);
    world_pass(w, "20 minutes");
    const char *proof = world_f(w, "{\"_proof\":\"%s\"}", code_now(w, secret));
    world_post_json(w, "/account/totp", proof);
    WORLD_STATUS(w, 200);
    world_pass(w, "1 minute");
    world_post_json(w, "/account/totp", "{}"); /* still fresh */
    WORLD_STATUS(w, 200);

    /* On a page: the form is kept through a wrong proof, and goes on after a right one. */
    sign_in_with(w, "anran", anran_device);
    world_pass(w, "20 minutes");
    world_get(w, world_f(w, "/admin/staff/%lld", ID(zhou)));
    WORLD_STATUS(w, 200);
    world_post(w, grants, form);
    WORLD_STATUS(w, 403);
    WORLD_SAYS(w, PROOF_ASKED);
    WORLD_SAYS(w, "name=\"post\" value=\"notary\"");
    assert_true(world_hidden(w, "_key").len > 0);
    world_post(w, grants, world_f(w, "%s&_proof=falsch", form));
    WORLD_STATUS(w, 403);
    WORLD_SAYS(w, "密码或验证码不对");
    WORLD_SAYS(w, "name=\"post\" value=\"notary\"");
    struct str before = w->session;
    world_post(w, grants, world_f(w, "%s&_proof=" WORLD_PASSWORD, form));
    WORLD_STATUS(w, 303);
    assert_false(str_eq(before, w->session));
    world_pass(w, "10 minutes");
    world_post(w, grants, world_f(w, "post=caller&unit=%lld", ID(centre)));
    WORLD_STATUS(w, 303); /* not asked again */
}

static void wrong_proofs_lock_like_wrong_passwords(void **state)
{
    struct world *w = *state;

    world_as(w, "zhaoming");
    world_pass(w, "20 minutes");
    for (int i = 0; i < 5; i++) {
        world_post(w, "/orders/export", "_proof=falsch-geraten");
        WORLD_STATUS(w, 403);
    }
    world_post(w, "/orders/export", "status=closed&_proof=" WORLD_PASSWORD);
    WORLD_STATUS(w, 403);
    WORLD_SAYS(w, "连续输错太多次");
    WORLD_SAYS(w, "name=\"status\" value=\"closed\"");
}

static void nobody_administers_twice_or_handles_orders_beside(void **state)
{
    static const char *const apart[][2] = {{"shilei", "secadmin"},  {"shilei", "auditor"},
                                           {"anran", "auditor"},    {"shilei", "clerk"},
                                           {"shenjian", "head"},    {"zhoumin", "sysadmin"},
                                           {"zhaoming", "secadmin"}};
    struct world *w = *state;

    sign_in_with(w, "anran", anran_device);
    for (size_t i = 0; i < sizeof apart / sizeof *apart; i++) {
        int64_t who = world_staff(w, apart[i][0]);

        world_post_json(w, world_f(w, "/admin/staff/%lld/grants", ID(who)),
                        world_f(w, "{\"post\":\"%s\",\"unit\":\"%lld\"}", apart[i][1],
                                ID(world_unit(w, "LJ01"))));
        if (!strcmp(apart[i][0], "anran"))
            WORLD_STATUS(w, 403); /* nobody gives to themselves */
        else
            WORLD_STATUS(w, 409);
    }
    WORLD_SAYS(w, "不能同时办理工单");
}

static void expect_nothing_happened(struct world *w)
{
    if (w->status < 500)
        fail_msg("without the record: status %d", w->status);
    assert_false(world_says(w, "王小满") || world_says(w, "13900001234"));
    assert_false(str_starts(w->body, S("PK")));
    assert_false(world_says(w, "audit")); /* nothing inner is told */
}

/* A record that cannot be written - here its table is away, as on a full disk - stops what it would
 * record: nobody signs in, looks, gives, exports. */
static void without_the_record_nothing_happens(void **state)
{
    struct world *w = *state;
    int64_t zhou = world_staff(w, "zhoumin");

    world_as(w, "zhoumin");
    struct registered made = story_register(w, WORLD_CONSULTATION);
    const char *unmask = world_f(w, "/orders/%lld/unmask", ID(made.id));
    const char *reason = "{\"party\":\"1\",\"reason\":\"核对证件\"}";
    struct str clerk = w->session, clerk_csrf = w->csrf;
    world_as(w, "yuchang");
    struct str bureau = w->session, bureau_csrf = w->csrf;
    sign_in_with(w, "anran", anran_device);

    world_sql(w, "ALTER TABLE audit RENAME TO audit_away");
    world_post_json(
        w, world_f(w, "/admin/staff/%lld/grants", ID(zhou)),
        world_f(w, "{\"post\":\"archivist\",\"unit\":\"%lld\"}", ID(world_unit(w, "LJ01"))));
    expect_nothing_happened(w);
    world_post_json(w, "/admin/security", "{\"second_factor\":\"everybody\"}");
    expect_nothing_happened(w);
    w->session = bureau;
    w->csrf = bureau_csrf;
    world_post_json(w, "/orders/export", "{}");
    expect_nothing_happened(w);
    w->session = clerk;
    w->csrf = clerk_csrf;
    world_post_json(w, unmask, reason);
    expect_nothing_happened(w);
    world_as_nobody(w);
    for (int i = 0; i < 25; i++) { /* who is refused for that was not guessing */
        world_post(w, "/sign-in", "login=linxia&password=" WORLD_PASSWORD);
        expect_nothing_happened(w);
        assert_int_equal(w->session.len, 0);
    }

    /* It comes back, and with it the work; nothing of the above is there. */
    world_sql(w, "ALTER TABLE audit_away RENAME TO audit");
    world_post(w, "/sign-in", "login=linxia&password=" WORLD_PASSWORD);
    WORLD_STATUS(w, 303);
    w->session = clerk;
    w->csrf = clerk_csrf;
    world_post_json(w, unmask, reason);
    WORLD_STATUS(w, 200);
    WORLD_SAYS(w, "王小满");
    sign_in_with(w, "anran", anran_device);
    world_get_json(w, world_f(w, "/admin/staff/%lld", ID(zhou)));
    WORLD_STATUS(w, 200);
    JSON_EACH (grant, json_get(w->json, "held"))
        assert_false(str_is(json_get_str(grant, "post_title"), "归档岗"));
    world_get_json(w, "/admin/security");
    assert_false(str_is(json_get_str(w->json, "second_factor"), "everybody"));
    world_verify(w);
}

int main(void)
{
    return WORLD_TESTS(
        cmocka_unit_test(an_administrator_sets_up_a_second_factor_at_the_next_sign_in),
        cmocka_unit_test(two_factors_do_not_lock_the_house_out),
        cmocka_unit_test(others_sign_in_as_before_unless_everybody_must),
        cmocka_unit_test(the_code_is_asked_and_works_once),
        cmocka_unit_test(nobody_administers_twice_or_handles_orders_beside),
        cmocka_unit_test(wrong_proofs_lock_like_wrong_passwords),
        cmocka_unit_test(a_dangerous_act_asks_again_and_loses_nothing),
        cmocka_unit_test(without_the_record_nothing_happens),
        cmocka_unit_test(the_security_administrator_resets_a_lost_device));
}
