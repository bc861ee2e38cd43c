/*
 * Every id of every route, asked for by those whom it does not concern: another tenant's people in
 * every post, another unit's people, another person, another citizen.  None of them learns that it
 * is there, and none of them changes it.
 */
#include "story.h"

#include <string.h>

#include "modules/access/staff.h"

static struct { /* what the first tenant has, at its centre */
    int64_t order, attachment, paper, notice, view, token, staff, grant, unit;
    struct registered registered;
} theirs;

static const char *escaped_photo(void)
{
    return "\xff\xd8\xff\xe0photograph of a paper that nobody else may see";
}

static void make_theirs(struct world *w)
{
    world_as(w, "chenliqun");
    theirs.registered = story_register(w, STORY_AID);
    theirs.order = theirs.registered.id;
    story_act(w, theirs.order, "begin", NULL);
    story_act(w, theirs.order, "correct-materials", NULL);
    theirs.paper = story_paper(w, theirs.order, "一次性告知单");
    world_post_file(w, world_f(w, "/orders/%lld/act/attach", ID(theirs.order)), "", "files",
                    "a.jpg", "image/jpeg", str_of(escaped_photo()));
    WORLD_STATUS(w, 303);
    world_get_json(w, world_f(w, "/orders/%lld", ID(theirs.order)));
    theirs.attachment = json_get_id(json_get(w->json, "attachments")->first, "id");
    const struct json *notices = json_get(w->json, "notices");
    theirs.notice = notices && notices->first ? json_get_id(notices->first, "id") : 1;

    world_post(w, "/orders/views", "title=meine&view=unit");
    WORLD_STATUS(w, 303);
    world_get_json(w, "/orders/views");
    theirs.view = json_get_id(json_get(w->json, "views")->first, "id");
    struct actor actor = world_actor(w, "chenliqun", NULL);
    theirs.staff = actor.staff;
    theirs.grant = actor.grant;
    world_post_json(
        w, "/account/tokens",
        world_f(w, "{\"name\":\"接口\",\"grant\":\"%lld\",\"days\":3}", ID(actor.grant)));
    WORLD_STATUS(w, 200);
    theirs.token = json_get_id(json_get(w->json, "tokens")->first, "id");
    theirs.unit = world_unit(w, "LJ01");
    assert_true(theirs.attachment && theirs.token && theirs.paper && theirs.view);
}

static int64_t id_for(const char *path, const char *at)
{
    if (!strncmp(at, "{file}", 6))
        return theirs.attachment;
    if (!strncmp(at, "{paper}", 7))
        return theirs.paper;
    if (!strncmp(at, "{notice}", 8))
        return theirs.notice;
    if (!strncmp(at, "{grant}", 7))
        return theirs.grant;
    if (!strncmp(path, "/orders/views", 13))
        return theirs.view;
    if (!strncmp(path, "/orders/", 8))
        return theirs.order;
    if (!strncmp(path, "/account/tokens", 15))
        return theirs.token;
    if (!strncmp(path, "/admin/staff", 12))
        return theirs.staff;
    if (!strncmp(path, "/admin/units", 12))
        return theirs.unit;
    return !strncmp(path, "/track/paper", 12) ? theirs.paper : theirs.order;
}

static const char *aimed(struct world *w, const char *path)
{
    struct buf b = buf_new(&w->home, 1024);
    const char *at = path;

    while (*at) {
        size_t len = strcspn(at, "{");

        buf_add(&b, (struct str){at, len});
        at += len;
        if (!*at)
            break;
        if (!strncmp(at, "{action}", 8))
            buf_add(&b, S("note"));
        else
            buf_add_int(&b, id_for(path, at));
        at = strchr(at, '}') + 1;
    }
    return str_terminated(&w->home, buf_str(&b));
}

/* Has the path an id of ours?  Codes of matters and laws are the same for everybody. */
static bool is_aimed(const struct route *route)
{
    static const char *const ours[] = {"/orders/", "/account/tokens", "/admin/staff/",
                                       "/admin/units/"};

    for (size_t i = 0; i < sizeof ours / sizeof *ours && strchr(route->path, '{'); i++)
        if (!strncmp(route->path, ours[i], strlen(ours[i])))
            return true;
    return false;
}

/* What each form needs, so that a refusal is about the thing and not about the form. */
static const char *body_for(struct world *w, const char *path)
{
    if (strstr(path, "/act/"))
        return "{\"text\":\"记一笔\"}";
    if (strstr(path, "/unmask"))
        return "{\"party\":\"1\",\"reason\":\"核对证件\"}";
    if (strstr(path, "/told"))
        return "{\"how\":\"phone\"}";
    if (strstr(path, "/suspend") || strstr(path, "/factor"))
        return "{\"why\":\"试试\"}";
    if (strstr(path, "/grants") && !strstr(path, "/end"))
        return world_f(w, "{\"post\":\"clerk\",\"unit\":\"%lld\"}", ID(theirs.unit));
    if (strstr(path, "/admin/units/"))
        return "{\"name\":\"改名\",\"short_name\":\"改\",\"address\":\"x\",\"phone\":\"13900001234\",\"hours\":\"x\","
               "\"open\":true}";
    return "{}";
}

struct tally {
    size_t asked, hidden;
};

static void aim_everywhere(struct world *w, const struct post *post, const char *who,
                           struct tally *tally)
{
    for (const struct route *const *table = app_routes(); *table; table++)
        for (const struct route *route = *table; route->path; route++) {
            struct str session = w->session;

            if (!is_aimed(route) || !post_may_use(post, route))
                continue;
            const char *path = aimed(w, route->path);
            if (route->method == GET)
                world_get_json(w, path);
            else
                world_post_json(w, path, body_for(w, path));
            tally->asked++;
            /* 404; 403 where even asking is not the person's.  Never what is there. */
            if (w->status != 404 && w->status != 403)
                fail_msg("%s as %s: %s %s: status %d: %.*s", who, post->code,
                         route->method == GET ? "GET" : "POST", path, w->status, STR_ARG(w->body));
            tally->hidden += w->status == 404;
            assert_false(world_says(w, "工地欠薪") || world_says(w, "陈立群"));
            w->session = session;
            if (route->method == GET && !(route->flags & ROUTE_API_ONLY)) {
                world_get(w, path);
                assert_true(w->status == 404 || w->status == 403);
                assert_false(world_says(w, "工地欠薪") || world_says(w, "陈立群"));
                w->session = session;
            }
        }
}

/* People of the other tenant, one for each post. */
static enum err make_strangers(struct task *t, void *arg)
{
    struct world *w = arg;
    struct actor by = system_actor;
    struct str hash;
    struct unit centre;
    enum err e = password_hash(&w->home, S(WORLD_PASSWORD), &hash);

    by.tenant = t->tenant;
    if (!e)
        e = org_unit_by_code(t, S("C01"), &centre);
    for (const struct post *post = posts; !e && post->code; post++) {
        struct staff_new one = {str_of(world_f(w, "fremd.%s", post->code)), S("外人"), hash, false};
        struct grant grant = {.post = str_of(post->code),
                              .unit = centre.id,
                              .from_day = DAY_NONE,
                              .to_day = DAY_NONE};
        int64_t id;

        e = staff_create(t, &by, &one, &grant.staff);
        if (!e)
            e = staff_grant(t, &by, &grant, &id);
    }
    return e ? e : access_set_factor_rule(t, &by, FACTOR_CHOICE);
}

static void another_tenants_people_meet_nothing_in_any_post(void **state)
{
    struct world *w = *state;
    int64_t first = w->tenant;
    struct str host = w->host;
    struct tally tally = {0};

    make_theirs(w);
    int64_t version = world_order(w, theirs.order).version;
    world_second_tenant(w);
    w->home.now = w->now;
    w->home.tenant = w->other_tenant;
    enum err e = store_write(&w->home, make_strangers, w);
    w->home.tenant = first;
    if (e)
        fail_msg("strangers: %.*s", STR_ARG(w->home.note));
    w->tenant = w->other_tenant;
    w->host = S("other.test");
    for (const struct post *post = posts; post->code; post++) {
        world_as(w, world_f(w, "fremd.%s", post->code));
        aim_everywhere(w, post, "another tenant", &tally);
    }
    /* At the other's address the cookie is still of its own tenant. */
    w->host = host;
    world_as(w, "fremd.head");
    aim_everywhere(w, post_find(S("head")), "another tenant at our address", &tally);
    w->tenant = first;
    assert_true(tally.asked > 150 && tally.hidden > 120);
    assert_true(world_order(w, theirs.order).version == version);
    world_verify(w);
}

static void another_units_people_and_other_persons_meet_nothing(void **state)
{
    static const char *const people[][2] = {
        {"xiaqing", "clerk"},     {"xiaqing", "mediator"}, {"xiaqing", "head"}, {"zengli", "head"},
        {"zengli", "dispatcher"}, {"dongping", "head"},    {"yujie", "lawyer"}};
    struct world *w = *state;
    struct tally tally = {0};
    int64_t version = world_order(w, theirs.order).version;

    for (size_t i = 0; i < sizeof people / sizeof *people; i++) {
        world_as_post(w, people[i][0], people[i][1]);
        aim_everywhere(w, post_find(str_of(people[i][1])), people[i][0], &tally);
    }
    assert_true(tally.asked > 60 && tally.hidden > 50);
    assert_true(world_order(w, theirs.order).version == version);
    /* The token and the view are still there. */
    world_as(w, "chenliqun");
    world_get_json(w, "/orders/views");
    assert_true(json_get_id(json_get(w->json, "views")->first, "id") == theirs.view);
    world_get_json(w, "/account");
    assert_true(json_get_bool(json_get(w->json, "tokens")->first, "open"));
    world_verify(w);
}

static void a_citizen_meets_only_their_own_order(void **state)
{
    struct world *w = *state;

    world_as(w, "zhoumin");
    struct registered mine = story_register(w, WORLD_CONSULTATION);
    world_as_citizen(w, mine.no, mine.code);
    world_get(w, world_f(w, "/track/paper/%lld", ID(theirs.paper)));
    WORLD_STATUS(w, 404);
    world_get(w, world_f(w, "/orders/%lld", ID(theirs.order)));
    WORLD_STATUS(w, 303); /* to the door of the staff */
    assert_true(str_starts(w->location, S("/sign-in")));
    world_get(w,
              world_f(w, "/orders/%lld/attachments/%lld", ID(theirs.order), ID(theirs.attachment)));
    WORLD_STATUS(w, 303);
    /* Another's code opens nothing with one's own number. */
    world_as_nobody(w);
    world_post_json(w, "/track",
                    world_f(w, "{\"no\":\"%.*s\",\"code\":\"%.*s\"}", STR_ARG(mine.no),
                            STR_ARG(theirs.registered.code)));
    WORLD_STATUS(w, 422);
}

/* An id of the right order with a thing of another order: the pair is checked, not the parts. */
static void a_thing_of_another_order_is_not_found_under_ones_own(void **state)
{
    struct world *w = *state;

    world_as(w, "chenliqun");
    struct registered own = story_register(w, STORY_AID);
    world_get(w, world_f(w, "/orders/%lld/attachments/%lld", ID(own.id), ID(theirs.attachment)));
    WORLD_STATUS(w, 404);
    world_get(w, world_f(w, "/orders/%lld/papers/%lld", ID(own.id), ID(theirs.paper)));
    WORLD_STATUS(w, 404);
    world_post_json(w, world_f(w, "/orders/%lld/notices/%lld/told", ID(own.id), ID(theirs.notice)),
                    body_for(w, "/told"));
    WORLD_STATUS(w, 404);
    world_post_json(w, world_f(w, "/orders/%lld/notices/%lld/seen", ID(own.id), ID(theirs.notice)),
                    "{}");
    WORLD_STATUS(w, 404);
    world_as(w, "anran");
    world_post_json(w,
                    world_f(w, "/admin/staff/%lld/grants/%lld/end", ID(world_staff(w, "zhoumin")),
                            ID(theirs.grant)),
                    "{}");
    WORLD_STATUS(w, 404);
}

int main(void)
{
    return WORLD_TESTS(cmocka_unit_test(another_tenants_people_meet_nothing_in_any_post),
                       cmocka_unit_test(another_units_people_and_other_persons_meet_nothing),
                       cmocka_unit_test(a_citizen_meets_only_their_own_order),
                       cmocka_unit_test(a_thing_of_another_order_is_not_found_under_ones_own));
}
