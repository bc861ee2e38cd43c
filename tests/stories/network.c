/*
 * The three tiers (K1, K2): the centre sees all, a town its villages, a village itself; a person at
 * a village station holds three posts and changes between them with one press; each tier offers its
 * own matters; nobody registers into a unit out of reach.  Consultation and handling (K3).
 */
#include "story.h"

static bool lists(struct world *w, const char *query, struct str no)
{
    world_get_json(w, world_f(w, "/orders?%s", query));
    WORLD_STATUS(w, 200);
    JSON_EACH (row, json_get(w->json, "rows")) {
        if (str_eq(json_get_str(row, "number"), no))
            return true;
    }
    return false;
}

static void everybody_sees_what_is_theirs(void **state)
{
    struct world *w = *state;
    static const struct {
        const char *login, *post;
        bool village, other_village, centre;
    } people[] = {
        {"zhaoming", NULL, true, true, true}, /* head of the city centre */
        {"qinfeng", "dispatcher", true, true, true},
        {"yuchang", NULL, true, true, true},      /* the justice bureau */
        {"zengli", "head", true, false, false},   /* head of the town of the village */
        {"dongping", "head", false, true, false}, /* head of the other town */
        {"lumei", NULL, false, false, false},     /* a clerk of the town */
        {"linxia", NULL, false, false, true},     /* a clerk of the centre */
        {"xiaqing", "clerk", true, false, false}, /* the village itself */
        {"jinshui", "clerk", false, true, false},
        {"wangge1", NULL, false, false, false}, /* a grid worker: what they raised */
    };
    static const char *const registrars[3][2] = {
        {"xiaqing", "clerk"}, {"jinshui", "clerk"}, {"zhoumin", NULL}};
    struct registered made[3];

    for (int i = 0; i < 3; i++) {
        story_as(w, registrars[i][0], registrars[i][1]);
        made[i] = story_register(w, WORLD_CONSULTATION);
    }
    for (size_t p = 0; p < sizeof people / sizeof *people; p++) {
        bool sees[3] = {people[p].village, people[p].other_village, people[p].centre};

        story_as(w, people[p].login, people[p].post);
        for (int i = 0; i < 3; i++) {
            world_get_json(w, world_f(w, "/orders/%lld", ID(made[i].id)));
            if (w->status != (sees[i] ? 200 : 404))
                fail_msg("%s, order %d: %d", people[p].login, i, w->status);
            world_post_json(w, world_f(w, "/orders/%lld/act/note", ID(made[i].id)), "{}");
            if (w->status != (sees[i] ? 422 : 404))
                fail_msg("%s acts on order %d: %d", people[p].login, i, w->status);
            /* No list, whatever is asked of it, shows what is out of reach. */
            static const char *const views[] = {"view=mine", "view=desk", "view=unit",
                                                "view=subtree"};
            for (size_t v = 0; v < sizeof views / sizeof *views; v++)
                if (lists(w, views[v], made[i].no) && !sees[i])
                    fail_msg("%s lists order %d", people[p].login, i);
            if (lists(w, world_f(w, "view=subtree&q=%.*s", STR_ARG(made[i].no)), made[i].no) &&
                !sees[i])
                fail_msg("%s finds order %d", people[p].login, i);
        }
    }
    story_as(w, "zhaoming", NULL);
    for (int i = 0; i < 3; i++)
        assert_true(lists(w, "view=subtree", made[i].no));
    world_verify(w);
}

/* The grants that the head of a page offers, each a form of its own. */
static struct str grant_offered(struct world *w, const char *post)
{
    struct str page = w->body, form;

    for (size_t at; (at = str_find(page, S("<form action=\"/post\""))) != SIZE_MAX;) {
        page = str_from(page, at);
        form = str_first(page, str_find(page, S("</form>")));
        size_t grant = str_find(form, S("name=\"grant\" value=\""));
        if (str_find(form, str_of(post)) != SIZE_MAX && grant != SIZE_MAX) {
            form = str_from(form, grant + 20);
            return world_keep(w, str_first(form, str_find(form, S("\""))));
        }
        page = str_from(page, 5);
    }
    fail_msg("%s is not offered", post);
    return (struct str){0};
}

static void one_person_with_three_posts(void **state)
{
    struct world *w = *state;

    story_as(w, "xiaqing", "clerk");
    struct registered made = story_register(
        w, "{\"matter\":\"mediation-neighbour\",\"channel\":\"window\",\"subject\":\"楼上漏水\","
           "\"content\":\"天花板漏水。\",\"fields\":{\"dispute\":\"neighbour\","
           "\"origin\":\"asked\",\"opponent\":\"楼上住户\"},\"parties\":[" WORLD_APPLICANT "]}");
    story_try(w, made.id, "keep-here", NULL, 403); /* a clerk does not mediate */
    world_get(w, "/orders");
    WORLD_STATUS(w, 200);
    struct str mediator = grant_offered(w, "调解员岗"), head = grant_offered(w, "主任岗");
    world_post(w, "/post", world_f(w, "grant=%.*s", STR_ARG(mediator)));
    WORLD_STATUS(w, 303);
    story_act(w, made.id, "keep-here", NULL);
    story_try(w, made.id, "reopen", "{\"reason\":\"x\"}", 409);
    world_post(w, "/post", world_f(w, "grant=%.*s", STR_ARG(head)));
    WORLD_STATUS(w, 303);
    world_get_json(w, "/orders?view=subtree");
    WORLD_STATUS(w, 200);

    /* Somebody else's post is not to be had. */
    story_as(w, "zhoumin", NULL);
    world_post(w, "/post", world_f(w, "grant=%.*s", STR_ARG(head)));
    assert_true(w->status == 403 || w->status == 404 || w->status == 422);
    world_verify(w);
}

static void each_tier_offers_its_own_matters(void **state)
{
    struct world *w = *state;

    story_as(w, "zhoumin", NULL);
    world_get(w, "/orders/new");
    WORLD_STATUS(w, 200);
    WORLD_SAYS(w, "value=\"legal-aid-wage\"");
    assert_false(world_says(w, "value=\"legal-aid-receipt\""));
    story_as(w, "xiaqing", "clerk");
    world_get(w, "/orders/new");
    WORLD_STATUS(w, 200);
    WORLD_SAYS(w, "value=\"legal-aid-receipt\"");
    assert_false(world_says(w, "value=\"legal-aid-wage\""));
    WORLD_SAYS(w, "value=\"mediation-neighbour\"");
    assert_false(world_says(w, "value=\"accountability\""));
}

static void nobody_registers_out_of_reach(void **state)
{
    struct world *w = *state;
    const char *elsewhere = world_f(
        w,
        "{\"matter\":\"legal-consultation\",\"channel\":\"window\",\"subject\":\"问一件事\","
        "\"content\":\"问\",\"unit\":\"%lld\",\"parties\":[" WORLD_APPLICANT "]}",
        ID(world_unit(w, "LJ03")));

    story_as(w, "xiaqing", "clerk");
    world_post_json(w, "/orders", elsewhere);
    WORLD_STATUS(w, 422);
    STORY_REFUSED(w, "unit", "范围");
    /* The head of the city may, and a post that has no order in it may not at all. */
    story_as(w, "zhaoming", NULL);
    struct registered made = story_register(w, elsewhere);
    assert_true(world_order(w, made.id).unit == world_unit(w, "LJ03"));
    story_as(w, "shilei", NULL);
    world_post_json(w, "/orders", WORLD_CONSULTATION);
    WORLD_STATUS(w, 403);
    world_verify(w);
}

static void the_neighbour_city_sees_nothing(void **state)
{
    struct world *w = *state;

    story_as(w, "zhoumin", NULL);
    struct registered made = story_register(w, WORLD_CONSULTATION);
    int64_t ours = w->tenant;
    world_second_tenant(w);
    w->tenant = w->home.tenant = w->other_tenant;
    w->host = S("other.test");
    story_as(w, "centre", "head");
    world_get_json(w, world_f(w, "/orders/%lld", ID(made.id)));
    WORLD_STATUS(w, 404);
    story_try(w, made.id, "note", "{\"text\":\"看看\"}", 404);
    assert_false(lists(w, "view=subtree&status=all", made.no));
    world_post_json(
        w, "/track",
        world_f(w, "{\"no\":\"%.*s\",\"code\":\"%.*s\"}", STR_ARG(made.no), STR_ARG(made.code)));
    WORLD_STATUS(w, 422);
    w->tenant = w->home.tenant = ours;
    w->host = S("lanjiang.test");
    world_verify(w);
}

int main(void)
{
    return WORLD_TESTS(cmocka_unit_test(everybody_sees_what_is_theirs),
                       cmocka_unit_test(one_person_with_three_posts),
                       cmocka_unit_test(each_tier_offers_its_own_matters),
                       cmocka_unit_test(nobody_registers_out_of_reach),
                       cmocka_unit_test(the_neighbour_city_sees_nothing));
}
