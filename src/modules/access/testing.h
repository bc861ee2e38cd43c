/*
 * testing.h - people in a city, for the tests of access: zhou.min is clerk at the centre and head
 * of the town for three days, admin.li is its system administrator.
 */
#ifndef ACCESS_TESTING_H
#define ACCESS_TESTING_H

#include <string.h>

#include "http/http.h"
#include "modules/access/access.h"
#include "modules/access/staff.h"
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

static inline enum err make_people(struct task *t, void *arg)
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

static inline int set_up(void **state)
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

static inline int tear_down(void **state)
{
    struct access_city *city = *state;

    city_clear(&city->city);
    free(city);
    return 0;
}

static inline enum err try_sign_in(struct access_city *city, const char *login,
                                   const char *password, const char *remote,
                                   struct signed_in *ret_in, int64_t *ret_wait)
{
    return access_sign_in(&city->city.t, str_of(login), str_of(password), str_of(remote), S(""),
                          ret_in, ret_wait);
}

static inline struct signed_in sign_in(struct access_city *city, const char *login)
{
    struct signed_in in;
    int64_t wait;

    CITY_OK(&city->city, try_sign_in(city, login, GOOD_PASSWORD, "10.0.0.1", &in, &wait));
    return in;
}

static inline const struct actor *actor_of(struct access_city *city, struct signed_in in)
{
    const struct actor *actor;

    CITY_OK(&city->city, access_actor_of_session(&city->city.t, in.cookie, &actor));
    return actor;
}

static inline void fail_times(struct access_city *city, int times, const char *login,
                              const char *remote)
{
    for (int i = 0; i < times; i++) {
        struct signed_in in;
        int64_t wait;

        CITY_FAILS(&city->city, try_sign_in(city, login, "x", remote, &in, &wait),
                   ERR_UNAUTHENTICATED);
    }
}

/* Others that hear of people who leave. */
static __attribute__((unused)) int heard;
static __attribute__((unused)) struct leaving last_heard;
static __attribute__((unused)) enum err fail_leaving;

static inline enum err hear(struct task *t, const struct actor *actor,
                            const struct leaving *leaving)
{
    (void)t;
    (void)actor;
    heard++;
    last_heard = *leaving;
    return fail_leaving ? task_fail(t, fail_leaving, "no") : OK;
}

static inline enum err suspend(struct task *t, void *arg)
{
    struct access_city *city = arg;
    struct actor by = system_actor;

    return staff_suspend(t, &by, city->zhou, S("调查期间"));
}

static inline enum err resume(struct task *t, void *arg)
{
    struct access_city *city = arg;
    struct actor by = system_actor;

    return staff_resume(t, &by, city->zhou);
}

#endif
