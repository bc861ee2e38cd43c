#include "modules/access/testing.h"

#include "modules/access/totp.h"

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

/* Whoever has a /64 has more addresses than there are tries. */
static void a_household_has_no_more_tries_than_one_address(void **state)
{
    struct access_city *city = *state;
    char login[32], remote[64];

    for (int i = 0; i < 20; i++) {
        snprintf(login, sizeof login, "guess%d", i);
        snprintf(remote, sizeof remote, "2001:db8:0:1:%x::%x", i + 1, i);
        fail_times(city, 1, login, remote);
    }
    assert_int_equal(locked_for(city, "zhou.min", "2001:db8:0:1:abcd::1"), 60);
    assert_int_equal(locked_for(city, "zhou.min", "2001:db8:0:2::1"), 0);
    /* IPv4 behind a translator is not one household. */
    for (int i = 0; i < 20; i++) {
        snprintf(login, sizeof login, "again%d", i);
        fail_times(city, 1, login, "64:ff9b::203.0.113.7");
    }
    assert_int_equal(locked_for(city, "zhou.min", "203.0.113.7"), 60);
    assert_int_equal(locked_for(city, "zhou.min", "64:ff9b::203.0.113.8"), 0);
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

/* Who gives the right password is not guessing, whatever keeps them out. */
static void a_right_password_of_who_is_suspended_locks_nobody(void **state)
{
    struct access_city *city = *state;
    struct task *t = &city->city.t;
    struct signed_in in;
    int64_t wait;

    CITY_OK(&city->city, store_write(t, suspend, city));
    fail_times(city, 4, "zhou.min", "10.0.0.1");
    for (int i = 0; i < 25; i++)
        CITY_FAILS(&city->city,
                   try_sign_in(city, "zhou.min", GOOD_PASSWORD, "10.0.0.1", &in, &wait),
                   ERR_UNAUTHENTICATED);
    CITY_OK(&city->city, store_write(t, resume, city));
    /* The wrong ones of before count as they did. */
    fail_times(city, 1, "zhou.min", "10.0.0.1");
    assert_int_equal(locked_for(city, "zhou.min", "10.0.0.1"), 60);
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

int main(void)
{
    const struct CMUnitTest tests[] = {
#define T(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
        T(who_knows_the_password_becomes_an_actor),
        T(a_wrong_password_and_an_unknown_login_read_alike),
        T(a_changed_cookie_is_nobody),
        T(signing_out_ends_the_session),
        T(five_tries_are_free_then_the_pauses_grow),
        T(a_right_password_of_who_is_suspended_locks_nobody),
        T(the_pause_is_an_hour_at_most),
        T(an_address_that_tries_many_names_is_locked),
        T(a_household_has_no_more_tries_than_one_address),
        T(the_security_officer_can_unlock),
        T(a_session_ends_after_half_an_hour_of_silence),
        T(a_session_ends_after_eight_hours_whatever_happens),
        T(one_person_switches_between_posts_and_is_found_there_again),
        T(a_grant_ends_with_its_day),
        T(codes_are_those_of_the_rfc),
        T(a_second_factor_is_asked_and_each_code_works_once),
        T(wrong_codes_lock_the_account),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
