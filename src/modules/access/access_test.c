#include "modules/access/testing.h"

#include <pthread.h>
#include <time.h>

/* ---- tokens ---- */

static void a_token_acts_within_its_grant_until_it_ends(void **state)
{
    struct access_city *city = *state;
    struct task *t = &city->city.t;
    struct signed_in in = sign_in(city, "zhou.min");
    const struct actor *zhou = actor_of(city, in), *program;
    struct str token;
    int64_t id;

    CITY_FAILS(
        &city->city,
        access_create_token(t, zhou, city->zhou, S("热线平台"), city->admin_grant, 30, &id, &token),
        ERR_BAD_INPUT);
    CITY_FAILS(
        &city->city,
        access_create_token(t, zhou, city->zhou, S(" "), city->clerk_grant, 900, &id, &token),
        ERR_BAD_INPUT);
    CITY_OK(&city->city, access_create_token(t, zhou, city->zhou, S("热线平台"), city->clerk_grant,
                                             30, &id, &token));
    CITY_OK(&city->city, access_actor_of_token(t, token, &program));
    assert_non_null(program);
    assert_true(program->token);
    assert_string_equal(program->post->code, "clerk");
    assert_int_equal(access_csrf(program).len, 0);

    t->now += 30 * DAY;
    CITY_OK(&city->city, access_actor_of_token(t, token, &program));
    assert_null(program);
    t->now -= 29 * DAY;
    CITY_OK(&city->city, access_revoke_token(t, zhou, city->zhou, id));
    CITY_OK(&city->city, access_actor_of_token(t, token, &program));
    assert_null(program);
    /* Again is no error and leaves no second record; for others it is not there. */
    int64_t bad, records, more;
    CITY_OK(&city->city, audit_verify(t, &bad, &records));
    CITY_OK(&city->city, access_revoke_token(t, zhou, city->zhou, id));
    CITY_OK(&city->city, audit_verify(t, &bad, &more));
    assert_int_equal(more, records);
    CITY_FAILS(&city->city, access_revoke_token(t, zhou, city->admin, id), ERR_NOT_FOUND);
    CITY_FAILS(&city->city, access_revoke_token(t, zhou, city->zhou, id + 1), ERR_NOT_FOUND);
    /* A session's cookie is no token and a token no cookie. */
    CITY_OK(&city->city, access_actor_of_token(t, in.cookie, &program));
    assert_null(program);
    CITY_OK(&city->city, access_actor_of_session(t, token, &program));
    assert_null(program);
}

/* ---- what was under way ---- */

static enum err begin_device(struct task *t, void *arg)
{
    struct str secret, address;

    return staff_totp_begin(t, *(const int64_t *)arg, &secret, &address);
}

static enum err confirm_device(struct task *t, void *arg)
{
    const struct actor *actor = arg;
    struct list codes;

    return staff_totp_confirm(t, actor, actor->staff, S("000000"), &codes);
}

/* Somebody else has the account, and the administrator takes it back: a request that had been let
 * in by then leaves no token, no password and no device behind. */
static void nothing_outlasts_a_session_that_was_ended(void **state)
{
    struct access_city *city = *state;
    struct task *t = &city->city.t;
    const struct actor *zhou = actor_of(city, sign_in(city, "zhou.min"));
    struct actor by = system_actor, stranger = *zhou;
    struct signed_in in;
    struct str token;
    int64_t id, wait;

    CITY_OK(&city->city, store_write(t, begin_device, &city->zhou));
    CITY_OK(&city->city, staff_set_password(t, &by, city->zhou, S("另一句很长的话 2026"), true, 0));
    CITY_FAILS(
        &city->city,
        access_create_token(t, zhou, city->zhou, S("热线"), city->clerk_grant, 30, &id, &token),
        ERR_UNAUTHENTICATED);
    CITY_FAILS(
        &city->city,
        staff_set_password(t, zhou, city->zhou, S("再来一句很长的话 2026"), false, zhou->session),
        ERR_UNAUTHENTICATED);
    CITY_FAILS(&city->city, store_write(t, confirm_device, &stranger), ERR_UNAUTHENTICATED);
    CITY_OK(&city->city,
            try_sign_in(city, "zhou.min", "另一句很长的话 2026", "10.0.0.1", &in, &wait));
}

struct coming {
    struct access_city *city;
    enum err err;
};

static void *come_in(void *arg)
{
    struct coming *coming = arg;
    struct signed_in in;
    struct task t;
    int64_t wait;

    task_begin(&t, coming->city->city.t.store, coming->city->city.t.now, TASK_BUDGET);
    t.tenant = coming->city->city.t.tenant;
    coming->err =
        access_sign_in(&t, S("zhou.min"), S(GOOD_PASSWORD), S("10.0.0.1"), S(""), &in, &wait);
    task_end(&t);
    return NULL;
}

static enum err shut(struct task *t, void *arg)
{
    struct actor by = system_actor;

    return staff_suspend(t, &by, *(const int64_t *)arg, S("核查"));
}

/* While the password is compared, which takes its time. */
static void who_is_suspended_while_signing_in_does_not_come_in(void **state)
{
    struct access_city *city = *state;
    struct coming coming = {city, OK};
    pthread_t thread;

    assert_int_equal(pthread_create(&thread, NULL, come_in, &coming), 0);
    nanosleep(&(struct timespec){.tv_nsec = 10 * 1000000}, NULL);
    CITY_OK(&city->city, store_write(&city->city.t, shut, &city->zhou));
    pthread_join(thread, NULL);
    assert_int_equal(coming.err, ERR_UNAUTHENTICATED);
}

/* ---- citizens ---- */

static void a_citizens_session_is_for_one_order(void **state)
{
    struct access_city *city = *state;
    struct signed_in in;

    CITY_OK(&city->city, access_open_party_session(&city->city.t, 4711, 2, &in));
    const struct actor *actor = actor_of(city, in);
    assert_int_equal(actor->kind, ACTOR_PARTY);
    assert_int_equal(actor->order, 4711);
    assert_int_equal(actor->order_party, 2);
    assert_false(actor_may(actor, "order.read"));
    assert_false(actor_reaches(actor, S("/1/"), 0, 0));
    city->city.t.now += 31 * MINUTE;
    assert_null(actor_of(city, in));
}

/* ---- rules ---- */

static struct actor in_post(const char *code)
{
    return (struct actor){.kind = ACTOR_STAFF,
                          .staff = 5,
                          .post = post_find(str_of(code)),
                          .unit = 4,
                          .unit_path = S("/1/4/")};
}

static void reach_follows_the_scope_of_the_post(void **state)
{
    static const struct {
        const char *post, *path;
        int64_t owner, registrar;
        bool reaches;
    } rows[] = {
        {"clerk", "/1/4/", 0, 0, true},     {"clerk", "/1/4/9/", 0, 0, false},
        {"clerk", "/1/", 0, 0, false},      {"clerk", "/1/44/", 0, 0, false},
        {"clerk", "/1/7/", 5, 0, true},     {"clerk", "/1/7/", 0, 5, false},
        {"head", "/1/4/9/", 0, 0, true},    {"head", "/1/44/", 0, 0, false},
        {"head", "/1/", 0, 0, false},       {"bureau", "/1/77/", 0, 0, true},
        {"grid", "/1/4/", 0, 0, false},     {"grid", "/1/7/", 0, 5, true},
        {"grid", "/1/7/", 5, 0, true},      {"sysadmin", "/1/4/", 5, 5, false},
        {"secadmin", "/1/4/", 0, 0, false}, {"auditor", "/1/4/", 0, 0, false},
    };

    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct actor actor = in_post(rows[i].post);

        if (actor_reaches(&actor, str_of(rows[i].path), rows[i].owner, rows[i].registrar) !=
            rows[i].reaches)
            fail_msg("row %zu: %s at %s", i, rows[i].post, rows[i].path);
    }
}

static void administration_security_and_audit_are_apart(void **state)
{
    static const char *const posts_apart[] = {"sysadmin", "secadmin", "auditor"};
    struct actor sysadmin = in_post("sysadmin"), secadmin = in_post("secadmin"),
                 auditor = in_post("auditor"), clerk = in_post("clerk");

    (void)state;
    for (size_t i = 0; i < 3; i++) {
        struct actor actor = in_post(posts_apart[i]);

        assert_false(actor_may(&actor, "order.read"));
        assert_false(actor_may(&actor, "party.reveal"));
    }
    assert_true(actor_may(&sysadmin, "access.manage"));
    assert_false(actor_may(&sysadmin, "access.grant"));
    assert_true(actor_may(&secadmin, "access.grant"));
    assert_false(actor_may(&secadmin, "access.manage"));
    assert_true(actor_may(&auditor, "audit.read"));
    assert_false(actor_may(&clerk, "audit.read"));
    assert_false(actor_may(NULL, "order.read"));
}

static enum err grant_to_self(struct task *t, void *arg)
{
    struct access_city *city = arg;
    struct actor self = in_post("secadmin");
    struct grant grant = {.staff = city->zhou,
                          .post = S("bureau"),
                          .unit = city->city.centre,
                          .from_day = DAY_NONE,
                          .to_day = DAY_NONE};
    int64_t id;

    self.staff = city->zhou;
    return staff_grant(t, &self, &grant, &id);
}

static void nobody_grants_to_themselves(void **state)
{
    struct access_city *city = *state;

    CITY_FAILS(&city->city, store_write(&city->city.t, grant_to_self, city), ERR_FORBIDDEN);
}

static const struct route orders_route = {GET, "/orders", ACCESS_STAFF, "order.read"};
static const struct route account_route = {GET, "/account", ACCESS_STAFF, "account.own"};
static const struct route track_route = {GET, "/my", ACCESS_CITIZEN, NULL};
static const struct route home_route = {GET, "/", ACCESS_PUBLIC, NULL};

static enum err admit(struct access_city *city, const struct actor *actor,
                      const struct route *route)
{
    struct request request = {.actor = actor, .route = route, .path = str_of(route->path)};
    enum err e = access_admit(&city->city.t, &request);

    task_clear_error(&city->city.t);
    return e;
}

static void routes_admit_who_may_and_nobody_else(void **state)
{
    struct access_city *city = *state;
    struct actor clerk = in_post("clerk"), auditor = in_post("auditor"), half = clerk,
                 fresh = clerk, program = clerk, citizen = {.kind = ACTOR_PARTY};

    half.second_factor_due = true;
    fresh.must_change = true;
    program.token = true;
    assert_int_equal(admit(city, NULL, &home_route), OK);
    assert_int_equal(admit(city, NULL, &orders_route), ERR_UNAUTHENTICATED);
    assert_int_equal(admit(city, &citizen, &orders_route), ERR_UNAUTHENTICATED);
    assert_int_equal(admit(city, &citizen, &track_route), OK);
    assert_int_equal(admit(city, &clerk, &track_route), ERR_UNAUTHENTICATED);
    assert_int_equal(admit(city, &clerk, &orders_route), OK);
    assert_int_equal(admit(city, &auditor, &orders_route), ERR_FORBIDDEN);
    assert_int_equal(admit(city, &half, &orders_route), ERR_UNAUTHENTICATED);
    assert_int_equal(admit(city, &fresh, &orders_route), ERR_UNAUTHENTICATED);
    assert_int_equal(admit(city, &program, &orders_route), OK);
    assert_int_equal(admit(city, &program, &account_route), ERR_FORBIDDEN);
    assert_int_equal(admit(city, &auditor, &account_route), OK);
}

static void where_to_sign_in_depends_on_what_is_missing(void **state)
{
    struct access_city *city = *state;
    struct task *t = &city->city.t;
    struct actor half = in_post("clerk");
    struct request request = {.method = GET, .path = S("/orders/7 8"), .route = &orders_route};

    assert_str(access_sign_in_address(t, &request), "/sign-in?next=/orders/7%208");
    half.second_factor_due = true;
    request.actor = &half;
    assert_str(access_sign_in_address(t, &request), "/sign-in/code");
    request.actor = NULL;
    request.route = &track_route;
    assert_str(access_sign_in_address(t, &request), "/track");
}

static void the_hook_knows_tenant_and_actor(void **state)
{
    struct access_city *city = *state;
    struct task *t = &city->city.t;
    struct signed_in in = sign_in(city, "zhou.min");
    struct request stranger = {.host = S("x.example")},
                   with_cookie = {.cookie_session = in.cookie, .remote = S("10.0.0.7")},
                   with_bad_token = {.bearer = S("yt_1.AAAA")};

    t->tenant = 0;
    CITY_OK(&city->city, access_authenticate(t, &stranger));
    assert_int_equal(t->tenant, city->city.tenant);
    assert_null(stranger.actor);
    t->tenant = 0;
    CITY_OK(&city->city, access_authenticate(t, &with_cookie));
    assert_int_equal(t->tenant, city->city.tenant);
    assert_int_equal(with_cookie.actor->staff, city->zhou);
    assert_str(with_cookie.actor->remote, "10.0.0.7");
    assert_int_equal(access_authenticate(t, &with_bad_token), ERR_UNAUTHENTICATED);
    task_clear_error(t);
}

static void the_cookie_is_closed_to_scripts_and_other_sites(void **state)
{
    struct access_city *city = *state;
    struct task *t = &city->city.t;

    assert_str(access_cookie(t, S("7.abc"), true),
               "__Host-yimen_session=7.abc; Path=/; HttpOnly; SameSite=Lax; Secure");
    assert_str(access_cookie(t, S(""), false),
               "yimen_session=; Path=/; HttpOnly; SameSite=Lax; Max-Age=0");
}

static void the_matrix_is_drawn_from_the_tables(void **state)
{
    struct access_city *city = *state;
    static const struct route table[] = {
        {GET, "/orders", ACCESS_STAFF, "order.read"}, {GET, "/", ACCESS_PUBLIC, NULL}, {0}};
    struct buf b = buf_new(&city->city.t, 4096);

    access_matrix(&b, (const struct route *const[]){table, NULL});
    struct str text = buf_str(&b);
    assert_true(str_find(text, S("| GET /orders | order.read | x | x |")) != SIZE_MAX);
    assert_true(str_find(text, S("| x |  |  |  |  |\n| GET / | (anybody) | x |")) != SIZE_MAX);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
#define T(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
        T(a_token_acts_within_its_grant_until_it_ends),
        T(nothing_outlasts_a_session_that_was_ended),
        T(who_is_suspended_while_signing_in_does_not_come_in),
        T(a_citizens_session_is_for_one_order),
        T(reach_follows_the_scope_of_the_post),
        T(administration_security_and_audit_are_apart),
        T(nobody_grants_to_themselves),
        T(routes_admit_who_may_and_nobody_else),
        T(where_to_sign_in_depends_on_what_is_missing),
        T(the_hook_knows_tenant_and_actor),
        T(the_cookie_is_closed_to_scripts_and_other_sites),
        T(the_matrix_is_drawn_from_the_tables),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
