#include "modules/access/staff_private.h"
#include "modules/access/testing.h"
#include "staff_sql.h"

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
    heard = 0;
    CITY_OK(&city->city, store_write(t, suspend, city)); /* again, and nothing happens */
    assert_int_equal(heard, 0);
    assert_int_equal(last_heard.staff, city->zhou);
    assert_int_equal(last_heard.unit, 0);
    assert_null(actor_of(city, in));
    CITY_FAILS(&city->city, try_sign_in(city, "zhou.min", GOOD_PASSWORD, "10.0.0.1", &again, &wait),
               ERR_UNAUTHENTICATED);
    CITY_OK(&city->city, store_write(t, resume, city));
    sign_in(city, "zhou.min");
}

enum { DECISION = 4711, OTHER_DECISION = 4712 };

struct barring {
    struct access_city *city;
    int64_t order;
    int32_t until;
    bool remove, lifted;
    struct list ended, held;
};

static enum err bar(struct task *t, void *arg)
{
    struct barring *b = arg;
    struct actor by = system_actor;
    struct staff_bar bar = {b->city->zhou, b->order, b->until, S("未按时限办理")};

    by.tenant = t->tenant;
    return b->remove ? staff_remove(t, &by, bar.staff, bar.order, bar.why)
                     : staff_bar(t, &by, &bar);
}

static enum err unbar(struct task *t, void *arg)
{
    struct barring *b = arg;
    struct actor by = system_actor;

    by.tenant = t->tenant;
    return staff_unbar(t, &by, b->city->zhou, b->order, &b->lifted);
}

static enum err look(struct task *t, void *arg)
{
    struct barring *b = arg;
    enum err e = staff_bars_ended(t, &b->ended);

    return e ? e : staff_grants(t, b->city->zhou, true, &b->held);
}

/* K18: until a day; the administrator's word and two decisions do not undo one another. */
static void a_decision_bars_until_its_last_day(void **state)
{
    struct access_city *city = *state;
    struct task *t = &city->city.t;
    struct barring one = {.city = city, .order = DECISION, .until = day_of(t->now) + 10};
    struct barring other = {.city = city, .order = OTHER_DECISION, .until = day_of(t->now) + 20};
    struct signed_in in = sign_in(city, "zhou.min"), again;
    int64_t wait;

    CITY_OK(&city->city, store_write(t, bar, &one));
    assert_null(actor_of(city, in));
    CITY_FAILS(&city->city, store_write(t, bar, &one), ERR_CONFLICT);
    CITY_FAILS(&city->city, store_write(t, resume, city), ERR_FORBIDDEN);
    CITY_OK(&city->city, store_write(t, bar, &other));
    CITY_OK(&city->city, store_write(t, suspend, city));
    CITY_OK(&city->city, store_write(t, resume, city));
    CITY_OK(&city->city, store_read(t, look, &one));
    assert_int_equal(one.ended.count, 0);
    t->now += 11 * DAY;
    CITY_OK(&city->city, store_read(t, look, &one));
    assert_int_equal(one.ended.count, 1);
    assert_true(((struct staff_bar *)one.ended.at)->order == DECISION);
    CITY_OK(&city->city, store_write(t, unbar, &one));
    assert_true(one.lifted);
    CITY_FAILS(&city->city, try_sign_in(city, "zhou.min", GOOD_PASSWORD, "10.0.0.1", &again, &wait),
               ERR_UNAUTHENTICATED);
    CITY_OK(&city->city, store_write(t, unbar, &other));
    CITY_OK(&city->city, store_write(t, unbar, &other));
    assert_false(other.lifted);
    sign_in(city, "zhou.min");
}

/* Removal takes the posts for good; only revoking the decision gives them back. */
static void a_removed_person_has_no_post_until_the_decision_is_revoked(void **state)
{
    struct access_city *city = *state;
    struct task *t = &city->city.t;
    struct barring b = {.city = city, .order = DECISION, .remove = true};
    size_t before;

    CITY_OK(&city->city, store_read(t, look, &b));
    before = b.held.count;
    assert_true(before > 0);
    CITY_OK(&city->city, store_write(t, bar, &b));
    CITY_OK(&city->city, store_read(t, look, &b));
    assert_int_equal(b.held.count, 0);
    CITY_FAILS(&city->city, store_write(t, resume, city), ERR_FORBIDDEN);
    t->now += DAY;
    CITY_OK(&city->city, store_read(t, look, &b));
    assert_int_equal(b.ended.count, 0);
    CITY_OK(&city->city, store_write(t, unbar, &b));
    CITY_OK(&city->city, store_read(t, look, &b));
    assert_int_equal(b.held.count, before);
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
    CITY_OK(&city->city, store_write(&city->city.t, end_clerk, city)); /* again: nothing happens */
    assert_int_equal(heard, 1);
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
        "short",
        "Password2026!",
        "1234567890",
        "qwertyuiop",
        "aaaaaaaaaaaaaaa",
        "zhou.min-zhou.min",
        "admin123456",
        "2026-01-01-01",
        "abcabcabcabcabc",
        "1qaz2wsx3edc",
        /* what is typed at a Chinese keyboard */
        "woaini5201314",
        "WoAiNi1314!",
        "5201314woaini",
        "aini521521",
        "wodemima2026",
        "zhimakaimen8",
        "woaizhongguo1949",
        "laopo19880520",
        "zhangwei1990",
        "lisi13900001234",
        "sifaju@2026",
        "Sifaju12348!",
        "lvshi666888",
        "gongxifacai8888",
        "q1w2e3r4t5",
        "1q2w3e4r5t6y",
        "zaq1xsw2cde3",
        "!QAZ2wsx#EDC",
        "qweasdzxc123",
        "asdfghjkl;'1",
        "147258369abc",
        "p@ssw0rd2026",
        "P@$$w0rd!!!!",
        "abcd123456",
        "a123456789",
        "aa12345678",
        "123456789a",
        "qwe123asd456",
        "7758521aini",
        /* whose it is */
        "zhoumin1990",
        "minzhou@8899",
        "Zhou19900315",
        "min-zhou-2026",
        "周敏19900315",
        "zhou13800138000",
        "99010119900315402x",
        "abc13900001234",
        "zhou.1990.min",
        "1990zhou0315",
        /* a little of one's own is nothing */
        "password2026xy",
        "woaini1314abz",
    };
    static const char *const fine[] = {
        GOOD_PASSWORD,   "correct horse battery", "Tr0ub4dor&3x",           "另一句很长的话 2026",
        "lanjiang-demo", "ein-anderes-Wort-9",    "窗外下雨我在喝茶呢嘛",   "zhou hat drei Katzen",
        "k7#mQ2vX9!",    "Ly1987tEmk3q",          "woaini wie Milchkaffee", "8374650192837465",
    };

    for (size_t i = 0; i < sizeof weak / sizeof *weak; i++)
        if (!password_fault(&city->city.t, str_of(weak[i]), S("zhou.min"), S("周敏")))
            fail_msg("%s was taken", weak[i]);
    for (size_t i = 0; i < sizeof fine / sizeof *fine; i++)
        if (password_fault(&city->city.t, str_of(fine[i]), S("zhou.min"), S("周敏")))
            fail_msg("%s was refused", fine[i]);
}

/* Whoever gave the first password would go on knowing it. */
static void a_new_password_is_another_one(void **state)
{
    struct access_city *city = *state;
    struct task *t = &city->city.t;
    struct signed_in in = sign_in(city, "zhou.min");

    assert_int_equal(
        staff_set_password(t, actor_of(city, in), city->zhou, S(GOOD_PASSWORD), false, in.session),
        ERR_BAD_INPUT);
    assert_non_null(error_at(t, "password"));
    task_clear_error(t);
    assert_non_null(actor_of(city, in));
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

static enum err grant_again(struct task *t, void *arg)
{
    struct access_city *city = arg;
    struct actor by = system_actor;
    struct grant clerk = {.staff = city->zhou,
                          .post = S("clerk"),
                          .unit = city->city.centre,
                          .from_day = DAY_NONE,
                          .to_day = DAY_NONE};
    int64_t id;
    enum err e = staff_grant(t, &by, &clerk, &id);

    if (!e && id != city->clerk_grant)
        return task_fail(t, ERR_INTERNAL, "another grant");
    clerk.from_day = day_of(t->now) + 1; /* a day that is named is another one */
    if (!e)
        e = staff_grant(t, &by, &clerk, &id);
    return e || id != city->clerk_grant ? e : task_fail(t, ERR_INTERNAL, "the same grant");
}

/* "From today" asked again after midnight is held already. */
static void a_post_that_is_held_is_not_given_again_the_next_day(void **state)
{
    struct access_city *city = *state;

    city->city.t.now += DAY;
    CITY_OK(&city->city, store_write(&city->city.t, grant_again, city));
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

struct holder {
    int64_t staff;
    struct list grants;
};

static enum err read_holder(struct task *t, void *arg)
{
    struct holder *holder = arg;

    return staff_grants(t, holder->staff, true, &holder->grants);
}

static enum err give_both(struct task *t, void *arg)
{
    struct access_city *city = arg;
    enum err e = OK;

    /* As it was before the rule: the row is written as it stands. */
    for (int64_t i = 0; !e && i < 2; i++)
        e = store_run(t, &q_staff_grant_add,
                      ARGS(INT("tenant", t->tenant), INT("id", store_new_id(t)),
                           INT("staff", city->admin), TEXT("post", i ? S("clerk") : S("keeper")),
                           INT("unit", city->city.centre),
                           TEXT("from_day", day_text(t, day_of(t->now))),
                           TEXT("to_day", S(OPEN_END)), INT("now", t->now), INT("made_by", 0)),
                      NULL);
    return e ? e : staff_part_grants(t);
}

static void posts_that_do_not_go_together_are_parted(void **state)
{
    struct access_city *city = *state;
    struct task *t = &city->city.t;
    struct holder holder = {.staff = city->admin};

    CITY_OK(&city->city, store_write(t, give_both, city));
    CITY_OK(&city->city, store_read(t, read_holder, &holder));
    /* sysadmin was there first; the knowledge officer sees no orders and may stay. */
    assert_int_equal(holder.grants.count, 2);
    assert_str(((struct grant *)holder.grants.at)[0].post, "sysadmin");
    assert_str(((struct grant *)holder.grants.at)[1].post, "keeper");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
#define T(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
        T(a_suspended_person_is_out_at_once_and_others_hear_of_it),
        T(a_decision_bars_until_its_last_day),
        T(a_removed_person_has_no_post_until_the_decision_is_revoked),
        T(an_ended_grant_hands_its_orders_back),
        T(a_grant_that_ran_out_is_settled_once_by_the_job),
        T(a_weak_password_is_refused),
        T(a_new_password_is_another_one),
        T(a_new_password_ends_all_other_sessions),
        T(people_are_found_by_unit_and_post_while_they_work),
        T(what_keeps_a_person_from_a_matter_is_sealed_and_comes_back),
        T(a_login_is_taken_once),
        T(a_post_that_is_held_is_not_given_again_the_next_day),
        T(posts_that_do_not_go_together_are_parted),
        T(what_concerns_access_is_on_record),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
