/*
 * Who may call what (K11, K17): every route with every post, with nobody, with a citizen, out of
 * reach and from another tenant.  All of it is drawn from the tables of routes and posts, so a
 * route that is added is asked too.
 */
#include "world.h"

#include <string.h>

#include "modules/access/staff.h"

#define REFUSED_BY_POST "您的岗位不能做这件事"

/* Administrators are people of their own (posts_apart()). */
static const char *login_of(struct world *w, const struct post *post)
{
    return post->administers ? world_f(w, "only.%s", post->code) : "all.posts";
}

static enum err make_administrator(struct task *t, struct world *w, const struct actor *by,
                                   const struct post *post, struct str hash, int64_t unit)
{
    struct staff_new only = {str_of(login_of(w, post)), S("单岗"), hash, false};
    struct grant grant = {
        .post = str_of(post->code), .unit = unit, .from_day = DAY_NONE, .to_day = DAY_NONE};
    int64_t grant_id;
    enum err e = staff_create(t, by, &only, &grant.staff);

    return e ? e : staff_grant(t, by, &grant, &grant_id);
}

/* One person with every other post at the centre, and a clerk far away. */
static enum err make_person(struct task *t, void *arg)
{
    struct world *w = arg;
    struct actor by = system_actor;
    struct staff_new all = {.login = S("all.posts"), .name = S("全岗")};
    struct staff_new far = {.login = S("far.clerk"), .name = S("远岗")};
    struct unit centre, village;
    int64_t id, far_id, grant_id;
    enum err e = password_hash(&w->home, S(WORLD_PASSWORD), &all.password_hash);

    far.password_hash = all.password_hash;
    by.tenant = t->tenant;
    if (!e)
        e = org_unit_by_code(t, S("LJ01"), &centre);
    if (!e)
        e = staff_create(t, &by, &all, &id);
    for (const struct post *post = posts; !e && post->code; post++) {
        struct grant grant = {.staff = id,
                              .post = str_of(post->code),
                              .unit = centre.id,
                              .from_day = DAY_NONE,
                              .to_day = DAY_NONE};

        e = post->administers ? make_administrator(t, w, &by, post, all.password_hash, centre.id)
                              : staff_grant(t, &by, &grant, &grant_id);
    }
    struct list units;
    if (!e)
        e = org_units(t, S(""), &units);
    if (e)
        return e;
    village = centre;
    LIST_EACH (struct unit, unit, units) {
        if (str_is(unit->kind, "village"))
            village = *unit;
    }
    assert_int_not_equal(village.id, centre.id);
    e = staff_create(t, &by, &far, &far_id);
    struct grant grant = {.staff = far_id,
                          .post = S("clerk"),
                          .unit = village.id,
                          .from_day = DAY_NONE,
                          .to_day = DAY_NONE};
    return e ? e : staff_grant(t, &by, &grant, &grant_id);
}

static int64_t an_order; /* of the centre, registered by zhoumin */
static struct str its_no, its_code;

static int set_up(void **state)
{
    if (world_set_up(state))
        return -1;
    struct world *w = *state;
    w->home.now = w->now;
    enum err e = store_write(&w->home, make_person, w);
    if (e)
        fail_msg("people: %.*s", STR_ARG(w->home.note));
    struct actor clerk = world_actor(w, "zhoumin", "clerk");
    struct act_done made = world_create(w, &clerk, WORLD_CONSULTATION);
    an_order = made.order;
    its_no = world_keep(w, made.no);
    its_code = world_keep(w, made.code);
    return 0;
}

/* The path with its parameters filled in: the order where an order belongs, else something small.
 */
static const char *path_of(struct world *w, const struct route *route, int64_t order)
{
    struct buf b = buf_new(&w->home, 1024);
    bool of_order = str_starts(str_of(route->path), S("/orders/{id}"));

    for (const char *at = route->path; *at;) {
        size_t len = strcspn(at, "{");

        buf_add(&b, (struct str){at, len});
        at += len;
        if (!*at)
            break;
        if (of_order && !strncmp(at, "{id}", 4))
            buf_add_int(&b, order);
        else if (!strncmp(at, "{action}", 8))
            buf_add(&b, S("note"));
        else
            buf_add_char(&b, '7');
        at = strchr(at, '}') + 1;
    }
    return str_terminated(&w->home, buf_str(&b));
}

/* Ask for a route, as the API where it has one. */
static void ask(struct world *w, const struct route *route, int64_t order)
{
    const char *path = path_of(w, route, order);

    if (route->method == GET && route->flags & ROUTE_PAGE_ONLY)
        world_get(w, path);
    else if (route->method == GET)
        world_get_json(w, path);
    else if (route->flags & ROUTE_PAGE_ONLY)
        world_post(w, path, "");
    else
        world_post_json(w, path, "{}");
}

static bool is_refused_by_post(const struct world *w)
{
    return w->status == 403 && world_says(w, REFUSED_BY_POST);
}

static void every_post_may_what_the_table_says_and_nothing_else(void **state)
{
    struct world *w = *state;
    size_t asked = 0, refused = 0;

    for (const struct post *post = posts; post->code; post++) {
        world_as_post(w, login_of(w, post), post->code);
        for (const struct route *const *table = app_routes(); *table; table++) {
            for (const struct route *route = *table; route->path; route++) {
                if (route->access != ACCESS_STAFF)
                    continue;
                ask(w, route, an_order);
                asked++;
                if (post_may_use(post, route) == is_refused_by_post(w) || w->status == 401) {
                    print_error("%.*s\n\n%.*s\n", STR_ARG(w->head), STR_ARG(w->body));
                    fail_msg("%s: %s %s: status %d", post->code,
                             route->method == GET ? "GET" : "POST", route->path, w->status);
                }
                refused += is_refused_by_post(w);
            }
        }
    }
    /* Both kinds were met in earnest. */
    assert_true(asked > 300);
    assert_true(refused > 100 && refused < asked);
}

/* 401 in the API; a page sends to where one signs in. */
static bool is_sent_to_sign_in(const struct world *w, const char *where)
{
    return w->status == 401 || (w->status == 303 && str_starts(w->location, str_of(where)));
}

static void expect_sign_in(struct world *w, enum access access, const char *where)
{
    for (const struct route *const *table = app_routes(); *table; table++) {
        for (const struct route *route = *table; route->path; route++) {
            if (route->access != access)
                continue;
            ask(w, route, an_order);
            if (!is_sent_to_sign_in(w, where))
                fail_msg("%s %s: status %d", route->method == GET ? "GET" : "POST", route->path,
                         w->status);
        }
    }
}

static void nobody_and_citizens_are_kept_out_of_the_staff_pages(void **state)
{
    struct world *w = *state;

    world_as_nobody(w);
    expect_sign_in(w, ACCESS_STAFF, "/sign-in");
    expect_sign_in(w, ACCESS_CITIZEN, "/track");
    world_as_citizen(w, its_no, its_code);
    expect_sign_in(w, ACCESS_STAFF, "/sign-in");
}

static void staff_have_no_citizens_session(void **state)
{
    struct world *w = *state;

    world_as_post(w, "all.posts", "head");
    expect_sign_in(w, ACCESS_CITIZEN, "/track");
}

/* What is out of reach does not exist: 404 for reading and for acting alike. */
static void expect_not_found(struct world *w, const struct post *post, int64_t order)
{
    for (const struct route *const *table = app_routes(); *table; table++) {
        for (const struct route *route = *table; route->path; route++) {
            if (!str_starts(str_of(route->path), S("/orders/{id}")) || !post_may_use(post, route))
                continue;
            ask(w, route, order);
            /* A form that misses everything may be refused before the order is looked for. */
            if (w->status != 404 && !(route->method == POST && w->status == 422)) {
                print_error("%.*s\n", STR_ARG(w->body));
                fail_msg("%s %s: status %d", route->method == GET ? "GET" : "POST", route->path,
                         w->status);
            }
        }
    }
}

static void an_order_out_of_reach_does_not_exist(void **state)
{
    struct world *w = *state;

    world_as(w, "far.clerk");
    expect_not_found(w, post_find(S("clerk")), an_order);
    world_get_json(w, "/orders");
    WORLD_STATUS(w, 200);
    assert_false(world_says(w, str_terminated(&w->home, its_no)));
    /* In reach of the same clerk's head and of the bureau. */
    world_as_post(w, "all.posts", "bureau");
    world_get_json(w, world_f(w, "/orders/%lld", (long long)an_order));
    WORLD_STATUS(w, 200);
}

static void another_tenant_sees_nothing(void **state)
{
    struct world *w = *state;
    int64_t first = w->tenant;
    struct str host = w->host;

    world_second_tenant(w);
    w->tenant = w->other_tenant;
    w->host = S("other.test");
    world_as_post(w, "centre", "head");
    expect_not_found(w, post_find(S("head")), an_order);
    world_get_json(w, "/orders");
    WORLD_STATUS(w, 200);
    assert_false(world_says(w, str_terminated(&w->home, its_no)));
    w->tenant = first;
    w->host = host;
}

static void every_permission_is_held_and_asked_for(void **state)
{
    (void)state;
    for (size_t i = 0; modules[i]; i++) {
        for (const struct permission *p = modules[i]->permissions; p && p->name; p++) {
            bool held = false;

            for (const struct post *post = posts; post->code; post++)
                held = held || post_may(post, p->name);
            if (!held)
                fail_msg("no post holds %s", p->name);
        }
    }
    for (const struct route *const *table = app_routes(); *table; table++) {
        for (const struct route *route = *table; route->path; route++) {
            bool known = !route->permission;

            for (size_t i = 0; modules[i] && !known; i++)
                for (const struct permission *p = modules[i]->permissions; p && p->name; p++)
                    known = known || !strcmp(p->name, route->permission);
            if (!known)
                fail_msg("%s asks for %s, which no module offers", route->path, route->permission);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_permission_is_held_and_asked_for),
        cmocka_unit_test(nobody_and_citizens_are_kept_out_of_the_staff_pages),
        cmocka_unit_test(staff_have_no_citizens_session),
        cmocka_unit_test(an_order_out_of_reach_does_not_exist),
        cmocka_unit_test(another_tenant_sees_nothing),
        cmocka_unit_test(every_post_may_what_the_table_says_and_nothing_else),
    };

    return cmocka_run_group_tests(tests, set_up, world_tear_down);
}
