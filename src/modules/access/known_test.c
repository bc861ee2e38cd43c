/* Tries of whoever is known are counted apart: what a mark is worth, and who clears that tally. */
#include "modules/access/staff_private.h"
#include "modules/access/testing.h"

#define OTHER_PASSWORD "另一句很长的话 2026"

struct marking {
    struct access_city *city;
    int64_t tenant;
    struct str mark;
};

static enum err mark_now(struct task *t, void *arg)
{
    struct marking *m = arg;
    struct staff staff;
    enum err e = staff_by_id(t, m->city->zhou, &staff);

    if (e)
        return e;
    t->tenant = m->tenant;
    e = known_mark(t, &staff, &m->mark);
    t->tenant = m->city->city.tenant;
    return e;
}

/* Of zhou.min as the account is now, made with a tenant's key. */
static struct str mark_by(struct access_city *city, int64_t tenant)
{
    struct marking m = {.city = city, .tenant = tenant};

    CITY_OK(&city->city, store_read(&city->city.t, mark_now, &m));
    return m.mark;
}

static struct str mark_of(struct access_city *city)
{
    return mark_by(city, city->city.tenant);
}

static enum err come_as(struct access_city *city, struct str login, const char *password,
                        struct str marks)
{
    struct task *t = &city->city.t;
    struct signed_in in;
    int64_t wait;
    enum err e = access_sign_in(t, login, str_of(password), S("10.0.0.1"), marks, &in, &wait);

    task_clear_error(t);
    return e;
}

static enum err come(struct access_city *city, const char *password, struct str marks)
{
    return come_as(city, S("zhou.min"), password, marks);
}

static void guess_times(struct access_city *city, int times, struct str marks)
{
    for (int i = 0; i < times; i++)
        assert_int_equal(come(city, "x", marks), ERR_UNAUTHENTICATED);
}

static enum err make_tenant(struct task *t, void *arg)
{
    struct tenant tenant = {
        .code = S("other"), .name = S("邻市中心"), .city = S("邻市"), .hotline = S("12348")};

    return org_create_tenant(t, &tenant, arg);
}

static void a_mark_of_another_tenant_is_worth_nothing(void **state)
{
    struct access_city *city = *state;
    struct task *t = &city->city.t;
    int64_t other;

    CITY_OK(&city->city, store_write(t, make_tenant, &other));
    t->tenant = city->city.tenant;
    struct str theirs = mark_by(city, other), own = mark_of(city);
    assert_false(str_eq(theirs, own));
    guess_times(city, 5, S(""));
    assert_int_equal(come(city, GOOD_PASSWORD, theirs), ERR_TOO_MANY);
    assert_int_equal(come(city, GOOD_PASSWORD, own), OK);
}

static enum err mark_nobody(struct task *t, void *arg)
{
    return known_mark(t, &(struct staff){0}, arg);
}

/* A login that nobody has is reckoned with like any other: what comes out of it is no mark. */
static void a_mark_of_nobody_is_worth_nothing(void **state)
{
    struct access_city *city = *state;
    struct task *t = &city->city.t;
    struct signed_in in;
    struct str mark;
    int64_t wait;

    CITY_OK(&city->city, store_read(t, mark_nobody, &mark));
    for (int i = 0; i < 5; i++)
        CITY_FAILS(&city->city,
                   access_sign_in(t, S("nobody"), S("x"), S("10.0.0.1"), S(""), &in, &wait),
                   ERR_UNAUTHENTICATED);
    CITY_FAILS(&city->city, access_sign_in(t, S("nobody"), S("x"), S("10.0.0.1"), mark, &in, &wait),
               ERR_TOO_MANY);
}

static enum err unlock(struct task *t, void *arg)
{
    struct access_city *city = arg;
    struct actor by = system_actor;

    return staff_unlock(t, &by, city->zhou);
}

/* Whoever copied a mark, or found a screen open, pauses the login for everybody: an unlock ends
 * that, also for the page where the owner takes another password. */
static void an_unlock_clears_what_the_known_tried(void **state)
{
    struct access_city *city = *state;
    struct task *t = &city->city.t;
    const struct actor *zhou = actor_of(city, sign_in(city, "zhou.min"));
    int64_t wait;

    guess_times(city, 5, mark_of(city));
    assert_int_equal(come(city, GOOD_PASSWORD, mark_of(city)), ERR_TOO_MANY);
    assert_int_equal(come(city, GOOD_PASSWORD, S("")), ERR_TOO_MANY);
    CITY_FAILS(&city->city, staff_check_password(t, zhou, S(GOOD_PASSWORD), "current", &wait),
               ERR_TOO_MANY);
    CITY_OK(&city->city, store_write(t, unlock, city));
    CITY_OK(&city->city, staff_check_password(t, zhou, S(GOOD_PASSWORD), "current", &wait));
    assert_int_equal(come(city, GOOD_PASSWORD, mark_of(city)), OK);
    assert_int_equal(come(city, GOOD_PASSWORD, S("")), OK);
}

static void a_password_that_is_given_clears_it_too(void **state)
{
    struct access_city *city = *state;
    struct task *t = &city->city.t;
    struct actor by = system_actor;
    struct str copied = mark_of(city);

    guess_times(city, 5, copied);
    assert_int_equal(come(city, GOOD_PASSWORD, S("")), ERR_TOO_MANY);
    t->now += 1000; /* else the same moment makes the same mark */
    CITY_OK(&city->city, staff_set_password(t, &by, city->zhou, S(OTHER_PASSWORD), false, 0));
    assert_int_equal(come(city, OTHER_PASSWORD, S("")), OK);
    /* The copy is a stranger's from now on. */
    guess_times(city, 5, copied);
    assert_int_equal(come(city, OTHER_PASSWORD, copied), ERR_TOO_MANY);
    assert_int_equal(come(city, OTHER_PASSWORD, mark_of(city)), OK);
}

/* Each of them stands on record: whoever holds the slip does not fill it.  They are no guesses:
 * those who come back from a holiday keep nobody else in the house out. */
static void tries_with_a_first_password_that_ran_out_are_counted(void **state)
{
    struct access_city *city = *state;
    struct task *t = &city->city.t;
    struct actor by = system_actor;

    CITY_OK(&city->city, staff_set_password(t, &by, city->zhou, S(OTHER_PASSWORD), true, 0));
    t->now += 8 * DAY;
    for (int i = 0; i < 5; i++)
        assert_int_equal(come(city, OTHER_PASSWORD, S("")), ERR_UNAUTHENTICATED);
    assert_int_equal(come(city, OTHER_PASSWORD, S("")), ERR_TOO_MANY);
    for (int i = 0; i < 20; i++) {
        t->now += HOUR;
        assert_int_equal(come(city, OTHER_PASSWORD, S("")), ERR_UNAUTHENTICATED);
    }
    assert_int_equal(come_as(city, S("admin.li"), GOOD_PASSWORD, S("")), OK);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
#define T(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
        T(a_mark_of_another_tenant_is_worth_nothing),
        T(a_mark_of_nobody_is_worth_nothing),
        T(an_unlock_clears_what_the_known_tried),
        T(a_password_that_is_given_clears_it_too),
        T(tries_with_a_first_password_that_ran_out_are_counted),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
