/*
 * Personal data stays where it is needed (K17): lists, the order, the API, exports of events and
 * the timeline of others show masks; a subject with a name or a number is refused; a look needs one
 * of the reasons, and the citizen sees post, unit and reason, not the name.
 */
#include "story.h"

#include <string.h>

static const char *const secrets[] = {"王小满", "990101199003154024", "13900001234"};

static void expect_masked(struct world *w, const char *path)
{
    world_get(w, path);
    WORLD_STATUS(w, 200);
    for (size_t i = 0; i < sizeof secrets / sizeof *secrets; i++)
        if (world_says(w, secrets[i]))
            fail_msg("%s shows %s", path, secrets[i]);
}

static void nothing_stands_in_the_clear(void **state)
{
    struct world *w = *state;

    world_as(w, "zhoumin");
    struct registered made = story_register(w, STORY_AID);
    static const char *const people[] = {"zhoumin", "chenliqun", "zhaoming", "yuchang", "gateway"};
    for (size_t i = 0; i < sizeof people / sizeof *people; i++) {
        world_as(w, people[i]);
        expect_masked(w, "/orders?view=subtree");
        expect_masked(w, "/api/v1/orders?view=subtree");
        expect_masked(w, world_f(w, "/orders/%lld", ID(made.id)));
        expect_masked(w, world_f(w, "/orders/%lld?act=withdraw", ID(made.id)));
        expect_masked(w, world_f(w, "/api/v1/orders/%lld", ID(made.id)));
        expect_masked(w, world_f(w, "/api/v1/orders/%lld/events", ID(made.id)));
    }
    /* Found by the number, shown by the mask. */
    world_as(w, "zhoumin");
    world_get_json(w, "/orders?view=unit&q=990101199003154024");
    WORLD_STATUS(w, 200);
    assert_true(json_get(w->json, "rows")->count >= 1);
    WORLD_SAYS(w, "王*");
    assert_false(world_says(w, "王小满"));
}

static void the_subject_names_nobody(void **state)
{
    static const struct {
        const char *subject, *says;
    } wrong[] = {
        {"王小满要工资", "姓名"},
        {"电话 13900001234 的人", "电话"},
        {"990101199003154024", "号码"},
    };
    struct world *w = *state;

    world_as(w, "zhoumin");
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        world_post_json(
            w, "/orders",
            world_f(w,
                    "{\"matter\":\"legal-consultation\",\"channel\":\"window\","
                    "\"subject\":\"%s\",\"content\":\"问\",\"parties\":[" WORLD_APPLICANT "]}",
                    wrong[i].subject));
        WORLD_STATUS(w, 422);
        STORY_REFUSED(w, "subject", wrong[i].says);
    }
}

static void a_look_has_a_reason_and_is_told(void **state)
{
    struct world *w = *state;

    world_as(w, "zhoumin");
    struct registered made = story_register(w, STORY_AID);
    const char *path = world_f(w, "/orders/%lld/unmask", ID(made.id));
    world_post_json(w, path, "{\"party\":\"1\"}");
    WORLD_STATUS(w, 422);
    STORY_REFUSED(w, "reason", "理由");
    world_post_json(w, path, "{\"party\":\"1\",\"reason\":\"因为好奇\"}");
    WORLD_STATUS(w, 422);

    /* The page offers the reasons; one of them is chosen and the name stands there. */
    world_get(w, world_f(w, "/orders/%lld?reveal=1", ID(made.id)));
    size_t at = str_find(w->body, S("name=\"reason\" value=\""));
    assert_true(at != SIZE_MAX);
    struct str reason = str_from(w->body, at + strlen("name=\"reason\" value=\""));
    reason = world_keep(w, str_first(reason, str_find(reason, S("\""))));
    world_post_json(w, path, world_f(w, "{\"party\":\"1\",\"reason\":\"%.*s\"}", STR_ARG(reason)));
    WORLD_STATUS(w, 200);
    WORLD_SAYS(w, "王小满");
    WORLD_SAYS(w, "13900001234");
    /* Only this once. */
    expect_masked(w, world_f(w, "/orders/%lld", ID(made.id)));

    world_as_citizen(w, made.no, made.code);
    world_get(w, "/track/looks");
    WORLD_STATUS(w, 200);
    WORLD_SAYS(w, "窗口受理岗");
    WORLD_SAYS(w, "岚江市公共法律服务中心");
    assert_false(world_says(w, "周敏"));

    /* Posts that hand over files only, and the auditors, do not look. */
    world_as(w, "panyun");
    world_post_json(w, path, world_f(w, "{\"party\":\"1\",\"reason\":\"%.*s\"}", STR_ARG(reason)));
    WORLD_STATUS(w, 403);
    world_as(w, "shenjian");
    world_get_json(w, "/audit");
    WORLD_STATUS(w, 200);
    assert_false(world_says(w, "王小满"));
    world_verify(w);
}

static void a_citizen_sees_the_own_order_only(void **state)
{
    struct world *w = *state;

    world_as(w, "zhoumin");
    struct registered mine = story_register(w, STORY_AID), other = story_register(w, STORY_AID);
    world_as(w, "chenliqun");
    story_act(w, other.id, "begin", NULL);
    story_act(w, other.id, "correct-materials", NULL);
    int64_t paper = story_paper(w, other.id, "一次性告知单");
    world_as_citizen(w, mine.no, mine.code);
    world_get(w, world_f(w, "/track/paper/%lld", ID(paper)));
    WORLD_STATUS(w, 404);
    world_get_json(w, world_f(w, "/orders/%lld", ID(other.id)));
    assert_true(w->status == 401 || w->status == 403);
    world_get(w, "/track/order");
    WORLD_STATUS(w, 200);
    for (size_t i = 1; i < sizeof secrets / sizeof *secrets; i++)
        assert_false(world_says(w, secrets[i]));
}

int main(void)
{
    return WORLD_TESTS(cmocka_unit_test(nothing_stands_in_the_clear),
                       cmocka_unit_test(the_subject_names_nobody),
                       cmocka_unit_test(a_look_has_a_reason_and_is_told),
                       cmocka_unit_test(a_citizen_sees_the_own_order_only));
}
