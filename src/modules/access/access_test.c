#include "modules/access/access.h"

#include <string.h>

#include "http/http.h"
#include "modules/access/staff.h"
#include "modules/access/totp.h"
#include "modules/audit/audit.h"
#include "modules/module.h"
#include "modules/org/testing.h"

#define MINUTE ((int64_t)60 * 1000)
#define HOUR   (60 * MINUTE)
#define DAY    (24 * HOUR)

#define GOOD_PASSWORD "春江花月夜里的一盏灯"

struct access_city {
    struct city city;
    struct str hash; /* of GOOD_PASSWORD, made once for all tests */
    int64_t zhou, clerk_grant, head_grant, admin, admin_grant;
};

static char hash_once[256];

static enum err make_people(struct task *t, void *arg)
{
    struct access_city *city = arg;
    struct actor by = system_actor;
    struct staff_new zhou = {S("Zhou.Min"), S("周敏"), city->hash, false};
    struct staff_new admin = {S("admin.li"), S("李管"), city->hash, false};
    enum err e = staff_create(t, &by, &zhou, &city->zhou);

    if (!e)
        e = staff_create(t, &by, &admin, &city->admin);
    struct grant clerk = {.staff = city->zhou,
                          .post = S("clerk"),
                          .unit = city->city.centre,
                          .from_day = DAY_NONE,
                          .to_day = DAY_NONE};
    struct grant head = {.staff = city->zhou,
                         .post = S("head"),
                         .unit = city->city.town,
                         .from_day = DAY_NONE,
                         .to_day = day_of(t->now) + 2};
    struct grant sysadmin = {.staff = city->admin,
                             .post = S("sysadmin"),
                             .unit = city->city.centre,
                             .from_day = DAY_NONE,
                             .to_day = DAY_NONE};
    if (!e)
        e = staff_grant(t, &by, &clerk, &city->clerk_grant);
    if (!e)
        e = staff_grant(t, &by, &head, &city->head_grant);
    return e ? e : staff_grant(t, &by, &sysadmin, &city->admin_grant);
}

static int set_up(void **state)
{
    struct access_city *city = calloc(1, sizeof *city);
    struct task *t = &city->city.t;

    city_build(&city->city,
               (const struct migration *const[]){org_module.migrations, audit_module.migrations,
                                                 access_module.migrations, NULL});
    if (!hash_once[0]) {
        struct str hash;

        CITY_OK(&city->city, password_hash(t, S(GOOD_PASSWORD), &hash));
        memcpy(hash_once, hash.at, hash.len);
    }
    city->hash = str_of(hash_once);
    CITY_OK(&city->city, store_write(t, make_people, city));
    *state = city;
    return 0;
}

static int tear_down(void **state)
{
    struct access_city *city = *state;

    city_clear(&city->city);
    free(city);
    return 0;
}

static enum err try_sign_in(struct access_city *city, const char *login, const char *password,
                            const char *remote, struct signed_in *ret_in, int64_t *ret_wait)
{
    return access_sign_in(&city->city.t, str_of(login), str_of(password), str_of(remote), ret_in,
                          ret_wait);
}

static struct signed_in sign_in(struct access_city *city, const char *login)
{
    struct signed_in in;
    int64_t wait;

    CITY_OK(&city->city, try_sign_in(city, login, GOOD_PASSWORD, "10.0.0.1", &in, &wait));
    return in;
}

static const struct actor *actor_of(struct access_city *city, struct signed_in in)
{
    const struct actor *actor;

    CITY_OK(&city->city, access_actor_of_session(&city->city.t, in.cookie, &actor));
    return actor;
}

/* ---- signing in ---- */

static void who_knows_the_password_becomes_an_actor(void **state)
{
    struct access_city *city = *state;
    struct signed_in in = sign_in(city, " ZHOU.min ");

    city->city.t.tenant = 0; /* the cookie knows the tenant */
    const struct actor *actor = actor_of(city, in);
    assert_non_null(actor);
    assert_int_equal(actor->kind, ACTOR_STAFF);
    assert_int_equal(actor->staff, city->zhou);
    assert_int_equal(actor->tenant, city->city.tenant);
    assert_str(actor->name, "周敏");
    assert_string_equal(actor->post->code, "clerk");
    assert_int_equal(actor->unit, city->city.centre);
    assert_str(actor->unit_name, "岚江市中心");
    assert_int_equal(actor->session, in.session);
    assert_true(str_eq(actor->csrf, in.csrf));
    assert_true(actor->csrf.len >= 40);
    assert_false(actor->second_factor_due);
}

static void a_wrong_password_and_an_unknown_login_read_alike(void **state)
{
    struct access_city *city = *state;
    struct task *t = &city->city.t;
    struct signed_in in;
    int64_t wait;

    assert_int_equal(try_sign_in(city, "zhou.min", "不是这句话", "10.0.0.1", &in, &wait),
                     ERR_UNAUTHENTICATED);
    struct str wrong = str_copy(t, t->note);
    task_clear_error(t);
    assert_int_equal(try_sign_in(city, "nobody", "不是这句话", "10.0.0.1", &in, &wait),
                     ERR_UNAUTHENTICATED);
    assert_true(str_eq(wrong, t->note));
    task_clear_error(t);
}

static void a_changed_cookie_is_nobody(void **state)
{
    struct access_city *city = *state;
    struct signed_in in = sign_in(city, "zhou.min");
    char *cookie = str_terminated(&city->city.t, in.cookie);

    cookie[in.cookie.len - 3] = cookie[in.cookie.len - 3] == 'A' ? 'B' : 'A';
    in.cookie = str_of(cookie);
    assert_null(actor_of(city, in));
    in.cookie = S("1.");
    assert_null(actor_of(city, in));
    in.cookie = S("-3.AAAA");
    assert_null(actor_of(city, in));
    in.cookie = S("");
    assert_null(actor_of(city, in));
}

static void signing_out_ends_the_session(void **state)
{
    struct access_city *city = *state;
    struct signed_in in = sign_in(city, "zhou.min");
    const struct actor *actor = actor_of(city, in);

    CITY_OK(&city->city, access_sign_out(&city->city.t, actor));
    assert_null(actor_of(city, in));
}

/* ---- locking ---- */

static void fail_times(struct access_city *city, int times, const char *login, const char *remote)
{
    for (int i = 0; i < times; i++) {
        struct signed_in in;
        int64_t wait;

        CITY_FAILS(&city->city, try_sign_in(city, login, "x", remote, &in, &wait),
                   ERR_UNAUTHENTICATED);
    }
}

static int64_t locked_for(struct access_city *city, const char *login, const char *remote)
{
    struct signed_in in;
    int64_t wait = 0;
    enum err e = try_sign_in(city, login, GOOD_PASSWORD, remote, &in, &wait);

    task_clear_error(&city->city.t);
    assert_true(e == OK || e == ERR_TOO_MANY);
    return e == OK ? 0 : wait;
}

static void five_tries_are_free_then_the_pauses_grow(void **state)
{
    struct access_city *city = *state;
    struct task *t = &city->city.t;

    fail_times(city, 5, "zhou.min", "10.0.0.1");
    assert_int_equal(locked_for(city, "zhou.min", "10.0.0.1"), 60);
    /* From elsewhere too: it is the account that is locked. */
    assert_int_equal(locked_for(city, "zhou.min", "10.9.9.9"), 60);
    t->now += MINUTE;
    fail_times(city, 1, "zhou.min", "10.0.0.1");
    assert_int_equal(locked_for(city, "zhou.min", "10.0.0.1"), 120);
    t->now += 2 * MINUTE;
    fail_times(city, 1, "zhou.min", "10.0.0.1");
    assert_int_equal(locked_for(city, "zhou.min", "10.0.0.1"), 240);
    t->now += 4 * MINUTE;
    /* The right password then opens, and the account begins anew. */
    assert_int_equal(locked_for(city, "zhou.min", "10.0.0.1"), 0);
    fail_times(city, 4, "zhou.min", "10.0.0.1");
    assert_int_equal(locked_for(city, "zhou.min", "10.0.0.1"), 0);
}

static void the_pause_is_an_hour_at_most(void **state)
{
    struct access_city *city = *state;
    struct task *t = &city->city.t;

    for (int i = 0; i < 14; i++) {
        fail_times(city, 1, "zhou.min", "10.0.0.1");
        t->now += HOUR;
    }
    fail_times(city, 1, "zhou.min", "10.0.0.1");
    assert_int_equal(locked_for(city, "zhou.min", "10.0.0.1"), 3600);
}

static void an_address_that_tries_many_names_is_locked(void **state)
{
    struct access_city *city = *state;
    char login[32];

    for (int i = 0; i < 20; i++) {
        snprintf(login, sizeof login, "guess%d", i);
        fail_times(city, 1, login, "10.6.6.6");
    }
    assert_int_equal(locked_for(city, "zhou.min", "10.6.6.6"), 60);
    assert_int_equal(locked_for(city, "zhou.min", "10.0.0.1"), 0);
}

static enum err unlock(struct task *t, void *arg)
{
    struct access_city *city = arg;
    struct actor by = system_actor;

    return staff_unlock(t, &by, city->zhou);
}

static void the_security_officer_can_unlock(void **state)
{
    struct access_city *city = *state;

    fail_times(city, 5, "zhou.min", "10.0.0.1");
    assert_int_not_equal(locked_for(city, "zhou.min", "10.0.0.1"), 0);
    CITY_OK(&city->city, store_write(&city->city.t, unlock, city));
    assert_int_equal(locked_for(city, "zhou.min", "10.0.0.1"), 0);
}

/* ---- sessions ---- */

static void a_session_ends_after_half_an_hour_of_silence(void **state)
{
    struct access_city *city = *state;
    struct task *t = &city->city.t;
    struct signed_in in = sign_in(city, "zhou.min");

    t->now += 29 * MINUTE;
    assert_non_null(actor_of(city, in));
    t->now += 29 * MINUTE; /* counted from the last use, not from the beginning */
    assert_non_null(actor_of(city, in));
    t->now += 30 * MINUTE;
    assert_null(actor_of(city, in));
}

static void a_session_ends_after_eight_hours_whatever_happens(void **state)
{
    struct access_city *city = *state;
    struct task *t = &city->city.t;
    struct signed_in in = sign_in(city, "zhou.min");

    for (int i = 0; i < 23; i++) {
        t->now += 20 * MINUTE;
        assert_non_null(actor_of(city, in));
    }
    t->now += 20 * MINUTE;
    assert_null(actor_of(city, in));
}

static void one_person_switches_between_posts_and_is_found_there_again(void **state)
{
    struct access_city *city = *state;
    struct task *t = &city->city.t;
    struct signed_in in = sign_in(city, "zhou.min");
    const struct actor *actor = actor_of(city, in);

    CITY_FAILS(&city->city, access_switch_post(t, actor, city->admin_grant, 0), ERR_FORBIDDEN);
    CITY_FAILS(&city->city, access_switch_post(t, actor, city->head_grant, city->city.window),
               ERR_FORBIDDEN);
    CITY_OK(&city->city, access_switch_post(t, actor, city->head_grant, 0));
    actor = actor_of(city, in);
    assert_string_equal(actor->post->code, "head");
    assert_int_equal(actor->unit, city->city.town);

    CITY_OK(&city->city, access_switch_post(t, actor, city->clerk_grant, city->city.window));
    in = sign_in(city, "zhou.min");
    actor = actor_of(city, in);
    assert_string_equal(actor->post->code, "clerk");
    assert_str(actor->window_name, "3 号窗");
}

static void a_grant_ends_with_its_day(void **state)
{
    struct access_city *city = *state;
    struct task *t = &city->city.t;
    struct signed_in in = sign_in(city, "zhou.min");

    CITY_OK(&city->city, access_switch_post(t, actor_of(city, in), city->head_grant, 0));
    t->now += 2 * DAY;
    in = sign_in(city, "zhou.min");
    assert_string_equal(actor_of(city, in)->post->code, "head");
    t->now += DAY;
    in = sign_in(city, "zhou.min");
    assert_string_equal(actor_of(city, in)->post->code, "clerk");
}

static int heard;
static struct leaving last_heard;
static enum err fail_leaving;

static enum err hear(struct task *t, const struct actor *actor, const struct leaving *leaving)
{
    (void)t;
    (void)actor;
    heard++;
    last_heard = *leaving;
    return fail_leaving ? task_fail(t, fail_leaving, "no") : OK;
}

static enum err suspend(struct task *t, void *arg)
{
    struct access_city *city = arg;
    struct actor by = system_actor;

    return staff_suspend(t, &by, city->zhou, S("调查期间"));
}

static enum err resume(struct task *t, void *arg)
{
    struct access_city *city = arg;
    struct actor by = system_actor;

    return staff_resume(t, &by, city->zhou);
}

static void a_suspended_person_is_out_at_once_and_others_hear_of_it(void **state)
{
    struct access_city *city = *state;
    struct task *t = &city->city.t;
    struct signed_in in = sign_in(city, "zhou.min"), again;
    int64_t wait;

    staff_when_leaving(hear);
    heard = 0;
    fail_leaving = ERR_CONFLICT; /* who cannot hand the orders back keeps the person in place */
    CITY_FAILS(&city->city, store_write(t, suspend, city), ERR_CONFLICT);
    assert_non_null(actor_of(city, in));
    fail_leaving = OK;
    CITY_OK(&city->city, store_write(t, suspend, city));
    assert_int_equal(last_heard.staff, city->zhou);
    assert_int_equal(last_heard.unit, 0);
    assert_null(actor_of(city, in));
    CITY_FAILS(&city->city, try_sign_in(city, "zhou.min", GOOD_PASSWORD, "10.0.0.1", &again, &wait),
               ERR_UNAUTHENTICATED);
    CITY_OK(&city->city, store_write(t, resume, city));
    sign_in(city, "zhou.min");
}

static enum err end_clerk(struct task *t, void *arg)
{
    struct access_city *city = arg;
    struct actor by = system_actor;

    return staff_end_grant(t, &by, city->clerk_grant);
}

static void an_ended_grant_hands_its_orders_back(void **state)
{
    struct access_city *city = *state;

    staff_when_leaving(hear);
    heard = 0;
    CITY_OK(&city->city, store_write(&city->city.t, end_clerk, city));
    assert_int_equal(heard, 1);
    assert_int_equal(last_heard.unit, city->city.centre);
    assert_str(last_heard.post, "clerk");
    assert_string_equal(actor_of(city, sign_in(city, "zhou.min"))->post->code, "head");
    CITY_FAILS(&city->city, store_write(&city->city.t, end_clerk, city), ERR_CONFLICT);
}

static void a_grant_that_ran_out_is_settled_once_by_the_job(void **state)
{
    struct access_city *city = *state;
    struct task *t = &city->city.t;
    const struct job *job = access_module.jobs;

    while (strcmp(job->name, "access.settle"))
        job++;
    staff_when_leaving(hear);
    heard = 0;
    CITY_OK(&city->city, job->run(t, NULL));
    assert_int_equal(heard, 0);
    t->now += 3 * DAY;
    CITY_OK(&city->city, job->run(t, NULL));
    CITY_OK(&city->city, job->run(t, NULL));
    assert_int_equal(heard, 1);
    assert_str(last_heard.post, "head");
}

/* ---- passwords ---- */

static void a_weak_password_is_refused(void **state)
{
    struct access_city *city = *state;
    static const char *const weak[] = {
        "short",           "Password2026!",     "1234567890",  "qwertyuiop",
        "aaaaaaaaaaaaaaa", "zhou.min-zhou.min", "admin123456", "2026-01-01-01",
        "abcabcabcabcabc", "1qaz2wsx3edc",
    };
    static const char *const fine[] = {GOOD_PASSWORD, "correct horse battery", "Tr0ub4dor&3x"};

    for (size_t i = 0; i < sizeof weak / sizeof *weak; i++)
        if (!password_fault(&city->city.t, str_of(weak[i]), S("zhou.min")))
            fail_msg("%s was taken", weak[i]);
    for (size_t i = 0; i < sizeof fine / sizeof *fine; i++)
        if (password_fault(&city->city.t, str_of(fine[i]), S("zhou.min")))
            fail_msg("%s was refused", fine[i]);
}

static void a_new_password_ends_all_other_sessions(void **state)
{
    struct access_city *city = *state;
    struct task *t = &city->city.t;
    struct signed_in one = sign_in(city, "zhou.min"), other = sign_in(city, "zhou.min"), in;
    int64_t wait;

    assert_int_equal(staff_set_password(t, actor_of(city, one), city->zhou, S("password123"), false,
                                        one.session),
                     ERR_BAD_INPUT);
    assert_non_null(error_at(t, "password"));
    task_clear_error(t);
    CITY_OK(&city->city, staff_set_password(t, actor_of(city, one), city->zhou,
                                            S("另一句很长的话 2026"), false, one.session));
    assert_non_null(actor_of(city, one));
    assert_null(actor_of(city, other));
    CITY_FAILS(&city->city, try_sign_in(city, "zhou.min", GOOD_PASSWORD, "10.0.0.1", &in, &wait),
               ERR_UNAUTHENTICATED);
    CITY_OK(&city->city,
            try_sign_in(city, "zhou.min", "另一句很长的话 2026", "10.0.0.1", &in, &wait));
}

/* ---- the second factor ---- */

static void codes_are_those_of_the_rfc(void **state)
{
    /* RFC 6238, appendix B, SHA-1: eight digits at these seconds. */
    static const struct {
        int64_t seconds;
        const char *code;
    } vectors[] = {
        {59, "94287082"},         {1111111109, "07081804"}, {1111111111, "14050471"},
        {1234567890, "89005924"}, {2000000000, "69279037"}, {20000000000, "65353130"},
    };
    struct access_city *city = *state;
    struct str secret = S("12345678901234567890");

    for (size_t i = 0; i < sizeof vectors / sizeof *vectors; i++)
        assert_str(totp_code(&city->city.t, secret, totp_counter(vectors[i].seconds * 1000), 8),
                   vectors[i].code);
    assert_str(base32(&city->city.t, S("foobar")), "MZXW6YTBOI");
    assert_str(base32(&city->city.t, secret), "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ");
}

struct enrolment {
    struct access_city *city;
    struct str secret, address, code;
    struct list codes;
};

static enum err begin_totp(struct task *t, void *arg)
{
    struct enrolment *e = arg;

    return staff_totp_begin(t, e->city->zhou, &e->secret, &e->address);
}

static enum err confirm_totp(struct task *t, void *arg)
{
    struct enrolment *e = arg;
    struct actor by = system_actor;

    return staff_totp_confirm(t, &by, e->city->zhou, e->code, &e->codes);
}

static struct str unbase32(struct task *t, struct str text)
{
    unsigned char *out = NEW(t, unsigned char, text.len);
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

/* Turn the second factor on; returns the secret. */
static struct str enrol(struct access_city *city, struct list *ret_codes)
{
    struct task *t = &city->city.t;
    struct enrolment enrolment = {.city = city, .code = S("000000")};

    CITY_OK(&city->city, store_write(t, begin_totp, &enrolment));
    struct str secret = unbase32(t, enrolment.secret);
    assert_int_equal(secret.len, TOTP_SECRET_BYTES);
    assert_true(str_starts(enrolment.address, S("otpauth://totp/")));
    struct str right = totp_code(t, secret, totp_counter(t->now), 6);
    if (!str_is(right, "000000")) {
        CITY_FAILS(&city->city, store_write(t, confirm_totp, &enrolment), ERR_BAD_INPUT);
        sign_in(city, "zhou.min"); /* not in force yet */
    }
    enrolment.code = right;
    CITY_OK(&city->city, store_write(t, confirm_totp, &enrolment));
    assert_int_equal(enrolment.codes.count, 10);
    *ret_codes = enrolment.codes;
    return secret;
}

static void a_second_factor_is_asked_and_each_code_works_once(void **state)
{
    struct access_city *city = *state;
    struct task *t = &city->city.t;
    struct list codes;
    struct str secret = enrol(city, &codes);
    struct str used = totp_code(t, secret, totp_counter(t->now), 6);
    struct signed_in in = sign_in(city, "zhou.min");
    int64_t wait;

    assert_true(in.second_factor_due);
    const struct actor *half = actor_of(city, in);
    assert_true(half->second_factor_due);
    /* The code that confirmed the device was used up by that. */
    CITY_FAILS(&city->city, access_second_factor(t, half, used, &wait), ERR_BAD_INPUT);
    t->now += 31 * 1000;
    struct str code = totp_code(t, secret, totp_counter(t->now), 6);
    CITY_OK(&city->city, access_second_factor(t, half, code, &wait));
    assert_false(actor_of(city, in)->second_factor_due);

    in = sign_in(city, "zhou.min");
    CITY_FAILS(&city->city, access_second_factor(t, actor_of(city, in), code, &wait),
               ERR_BAD_INPUT);
    struct str recovery = ((struct str *)codes.at)[3];
    CITY_OK(&city->city, access_second_factor(t, actor_of(city, in), recovery, &wait));
    assert_false(actor_of(city, in)->second_factor_due);
    in = sign_in(city, "zhou.min");
    CITY_FAILS(&city->city, access_second_factor(t, actor_of(city, in), recovery, &wait),
               ERR_BAD_INPUT);
}

static void wrong_codes_lock_the_account(void **state)
{
    struct access_city *city = *state;
    struct task *t = &city->city.t;
    struct list codes;
    int64_t wait = 0;

    enrol(city, &codes);
    struct signed_in in = sign_in(city, "zhou.min");
    const struct actor *half = actor_of(city, in);
    int tries = 0;
    while (access_second_factor(t, half, S("12345"), &wait) == ERR_BAD_INPUT && tries < 10) {
        task_clear_error(t);
        tries++;
    }
    task_clear_error(t);
    assert_int_equal(wait, 60);
    assert_int_equal(tries, 4); /* the password was the first of the five */
}

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
    CITY_FAILS(&city->city, access_revoke_token(t, zhou, city->zhou, id), ERR_NOT_FOUND);
    /* A session's cookie is no token and a token no cookie. */
    CITY_OK(&city->city, access_actor_of_token(t, in.cookie, &program));
    assert_null(program);
    CITY_OK(&city->city, access_actor_of_session(t, token, &program));
    assert_null(program);
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
               "yimen_session=7.abc; Path=/; HttpOnly; SameSite=Lax; Secure");
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
    assert_true(str_find(text, S("| x |  |  |  |\n| GET / | (anybody) | x |")) != SIZE_MAX);
}

/* ---- people ---- */

struct finding {
    struct access_city *city;
    struct list people;
    struct staff_facts facts;
};

static enum err find(struct task *t, void *arg)
{
    struct finding *finding = arg;

    return staff_find(t, finding->city->city.centre, S("clerk"), &finding->people);
}

static enum err put_facts(struct task *t, void *arg)
{
    struct finding *finding = arg;
    struct actor by = system_actor;

    return staff_set_facts(t, &by, finding->city->zhou, &finding->facts);
}

static enum err get_facts(struct task *t, void *arg)
{
    struct finding *finding = arg;

    return staff_facts(t, finding->city->zhou, &finding->facts);
}

static void people_are_found_by_unit_and_post_while_they_work(void **state)
{
    struct access_city *city = *state;
    struct finding finding = {.city = city};

    CITY_OK(&city->city, store_read(&city->city.t, find, &finding));
    assert_int_equal(finding.people.count, 1);
    assert_str(((struct staff_at *)finding.people.at)->name, "周敏");
    staff_when_leaving(hear);
    CITY_OK(&city->city, store_write(&city->city.t, suspend, city));
    CITY_OK(&city->city, store_read(&city->city.t, find, &finding));
    assert_int_equal(finding.people.count, 0);
}

static void what_keeps_a_person_from_a_matter_is_sealed_and_comes_back(void **state)
{
    struct access_city *city = *state;
    struct task *t = &city->city.t;
    struct finding put = {.city = city}, got = {.city = city};
    struct relative *relative = list_add(t, &put.facts.relatives, sizeof *relative);
    struct str *interest = list_add(t, &put.facts.interests, sizeof *interest);

    *relative = (struct relative){S("配偶"), S("钱某"), S("")};
    *interest = S("枣园物业有限公司");
    put.facts.household = S("枣园 3 幢 501");
    CITY_OK(&city->city, store_read(t, get_facts, &got));
    assert_int_equal(got.facts.relatives.count, 0);
    CITY_OK(&city->city, store_write(t, put_facts, &put));
    CITY_OK(&city->city, keys_rotate_tenant(
                             t, (const struct key_holder *const[]){&staff_key_holder, NULL}, NULL));
    CITY_OK(&city->city, store_read(t, get_facts, &got));
    assert_int_equal(got.facts.relatives.count, 1);
    assert_str(((struct relative *)got.facts.relatives.at)->name, "钱某");
    assert_str(*(struct str *)got.facts.interests.at, "枣园物业有限公司");
    assert_str(got.facts.household, "枣园 3 幢 501");
}

static enum err create_twice(struct task *t, void *arg)
{
    struct access_city *city = arg;
    struct actor by = system_actor;
    struct staff_new again = {S("ZHOU.MIN"), S("另一人"), city->hash, false};
    int64_t id;

    return staff_create(t, &by, &again, &id);
}

static void a_login_is_taken_once(void **state)
{
    struct access_city *city = *state;

    CITY_FAILS(&city->city, store_write(&city->city.t, create_twice, city), ERR_CONFLICT);
}

static enum err words_on_record(struct task *t, void *arg)
{
    return audit_list(t, &(struct audit_query){.most = 200}, arg);
}

static void what_concerns_access_is_on_record(void **state)
{
    struct access_city *city = *state;
    struct task *t = &city->city.t;
    struct signed_in in = sign_in(city, "zhou.min");
    struct list entries;
    int64_t bad, count;

    CITY_OK(&city->city, access_switch_post(t, actor_of(city, in), city->head_grant, 0));
    fail_times(city, 1, "zhou.min", "10.0.0.3");
    CITY_OK(&city->city, access_sign_out(t, actor_of(city, in)));
    CITY_OK(&city->city, store_read(t, words_on_record, &entries));
    struct audit_view *views = entries.at;
    assert_str(views[0].word, "sign-out");
    assert_str(views[1].word, "sign-in-failed");
    assert_int_equal(views[1].staff, city->zhou);
    assert_str(views[1].remote, "10.0.0.3");
    assert_str(views[2].word, "post-switch");
    assert_str(views[3].word, "sign-in");
    assert_str(views[3].post, "窗口受理岗");
    CITY_OK(&city->city, audit_verify(t, &bad, &count));
    assert_int_equal(bad, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
#define T(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
        T(who_knows_the_password_becomes_an_actor),
        T(a_wrong_password_and_an_unknown_login_read_alike),
        T(a_changed_cookie_is_nobody),
        T(signing_out_ends_the_session),
        T(five_tries_are_free_then_the_pauses_grow),
        T(the_pause_is_an_hour_at_most),
        T(an_address_that_tries_many_names_is_locked),
        T(the_security_officer_can_unlock),
        T(a_session_ends_after_half_an_hour_of_silence),
        T(a_session_ends_after_eight_hours_whatever_happens),
        T(one_person_switches_between_posts_and_is_found_there_again),
        T(a_grant_ends_with_its_day),
        T(a_suspended_person_is_out_at_once_and_others_hear_of_it),
        T(an_ended_grant_hands_its_orders_back),
        T(a_grant_that_ran_out_is_settled_once_by_the_job),
        T(a_weak_password_is_refused),
        T(a_new_password_ends_all_other_sessions),
        T(codes_are_those_of_the_rfc),
        T(a_second_factor_is_asked_and_each_code_works_once),
        T(wrong_codes_lock_the_account),
        T(a_token_acts_within_its_grant_until_it_ends),
        T(a_citizens_session_is_for_one_order),
        T(reach_follows_the_scope_of_the_post),
        T(administration_security_and_audit_are_apart),
        T(nobody_grants_to_themselves),
        T(routes_admit_who_may_and_nobody_else),
        T(where_to_sign_in_depends_on_what_is_missing),
        T(the_hook_knows_tenant_and_actor),
        T(the_cookie_is_closed_to_scripts_and_other_sites),
        T(the_matrix_is_drawn_from_the_tables),
        T(people_are_found_by_unit_and_post_while_they_work),
        T(what_keeps_a_person_from_a_matter_is_sealed_and_comes_back),
        T(a_login_is_taken_once),
        T(what_concerns_access_is_on_record),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
