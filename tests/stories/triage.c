/*
 * Triage (H5, H8, K3, P8): everyday words find the matter, with the words that decided; what is
 * dangerous brings the number to call above everything, on the portal and beside the clerk's form;
 * what says nothing gets silence; a matter's own name always finds it.
 */
#include "story.h"

static const char *guide(struct world *w, const char *words)
{
    return world_f(w, "/guide?q=%s", world_escape(w, words));
}

static void everyday_words_find_the_matter(void **state)
{
    static const char *const cases[][2] = {
        {"老板不发工资", "legal-aid-wage"},      {"老板不发工资", "labour-inspection"},
        {"老板不发工资", "mediation-labour"},    {"楼上天天吵得睡不着觉", "mediation-neighbour"},
        {"请不起律师怎么办", "legal-aid-civil"}, {"村里把我家的地收回去了", "arbitration-land"},
        {"法院判了他还是不给钱", "enforcement"}, {"想把房子留给小儿子", "notary-will"},
        {"交警罚我款我不服", "reconsideration"},
    };
    struct world *w = *state;

    world_as_nobody(w);
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        world_get(w, guide(w, cases[i][0]));
        WORLD_STATUS(w, 200);
        WORLD_SAYS(w, world_f(w, "/guide/%s", cases[i][1]));
        assert_false(world_says(w, "role=\"alert\""));
    }
    world_get(w, guide(w, "老板不发工资"));
    WORLD_SAYS(w, "提到“");
}

static void a_name_finds_its_matter(void **state)
{
    struct world *w = *state;

    world_as_nobody(w);
    world_get(w, guide(w, "gtyfvnlbawzspk"));
    WORLD_STATUS(w, 200);
    WORLD_SAYS(w, "没有找到");
    world_get(w, guide(w, "flyzsqds"));
    WORLD_SAYS(w, "/guide/legal-aid-receipt");
    world_get(w, guide(w, "司法确认指引"));
    WORLD_SAYS(w, "/guide/judicial-confirmation");
}

static void danger_brings_the_number_to_the_top(void **state)
{
    struct world *w = *state;

    world_as_nobody(w);
    world_get(w, guide(w, "老公喝了酒就打我，不敢回家"));
    WORLD_STATUS(w, 200);
    WORLD_SAYS(w, "tel:110");
    WORLD_SAYS(w, "tel:12338");
    WORLD_SAYS(w, "反家庭暴力法");
    WORLD_SAYS(w, "/guide/legal-aid-violence");
    /* Nobody who does not want to live any more is told that nothing was found. */
    world_get(w, guide(w, "不想活了"));
    WORLD_SAYS(w, "tel:12356");
    world_get(w, guide(w, "他没有家暴，就是脾气不好"));
    assert_false(world_says(w, "tel:110"));
}

static void beside_the_clerks_form(void **state)
{
    struct world *w = *state;

    world_as(w, "zhoumin");
    world_post(w, "/orders/check",
               world_f(w, "content=%s&channel=window",
                       world_escape(w, "干了三个月活，老板一分钱没给，人也找不到了")));
    WORLD_STATUS(w, 200);
    WORLD_SAYS(w, "建议事项");
    WORLD_SAYS(w, "拖欠工资法律援助");
    WORLD_SAYS(w, "劳动争议");
    WORLD_SAYS(w, "把握");
    assert_false(world_says(w, "紧急："));
    world_post(
        w, "/orders/check",
        world_f(w, "content=%s&channel=window", world_escape(w, "丈夫长期打我，昨天又拿刀威胁我")));
    WORLD_STATUS(w, 200);
    WORLD_SAYS(w, "紧急：");
    WORLD_SAYS(w, "12338");
}

static void ask(struct world *w, const char *tier, const char *text)
{
    world_get_json(w, world_f(w, "/triage?tier=%s&text=%s", tier, world_escape(w, text)));
    WORLD_STATUS(w, 200);
}

static void programs_are_told_how_sure(void **state)
{
    struct world *w = *state;

    world_as(w, "zhoumin");
    ask(w, "city", "我在工地干了半年，包工头拖欠工资，老板跑了，怎么讨薪");
    const struct json *found = json_get(w->json, "suggestions");
    assert_true(found->count > 2 && found->count <= 5);
    assert_str(json_get_str(found->first, "code"), "legal-aid-wage");
    assert_true(str_find(json_get_str(found->first, "why"), S("讨薪")) != SIZE_MAX);
    JSON_EACH (row, found)
        assert_true(json_get_int(row, "confidence") >= 10 &&
                    json_get_int(row, "confidence") <= 100);
    assert_true(json_get_int(w->json, "confidence") >= 60);
    assert_str(json_get_str(w->json, "topic"), "wages");
    assert_str(json_get_str(w->json, "kind"), "劳动争议");
    assert_str(json_get_str(w->json, "interview"), "wages");
    assert_true(json_get(w->json, "risks")->count > 0);
    /* Only what is offered there. */
    ask(w, "village", "我在工地干了半年，包工头拖欠工资，老板跑了，怎么讨薪");
    assert_str(json_get_str(json_get(w->json, "suggestions")->first, "code"), "legal-aid-receipt");
    /* What is about nothing gets silence, not a guess. */
    ask(w, "city", "今天天气不错");
    assert_int_equal(json_get(w->json, "suggestions")->count, 0);
    assert_str(json_get_str(w->json, "topic"), "");
    ask(w, "city", "公公又打我了，不敢回家");
    assert_str(json_get_str(json_get(w->json, "urgent")->first, "code"), "violence");
    world_as_nobody(w);
    world_get_json(w, "/triage?text=a");
    WORLD_STATUS(w, 401);
}

/* Somebody at the window with these words, registered as that matter. */
static void registered_as(struct world *w, const char *words, const char *matter)
{
    world_as(w, "zhoumin");
    world_post(w, "/orders",
               world_f(w,
                       "channel=window&content=%s&subject=%s&matter=%s&parties[0].role=applicant&"
                       "parties[0].identity.kind=person&parties[0].identity.name=%s&"
                       "parties[0].identity.phone=13900002675",
                       world_escape(w, words), world_escape(w, "来咨询"), matter,
                       world_escape(w, "钱多多")));
    WORLD_STATUS(w, 200);
}

static void what_clerks_take_is_counted(void **state)
{
    struct world *w = *state;

    registered_as(w, "朋友借钱不还", "consult-debt");
    registered_as(w, "朋友借钱不还", "consult-debt");
    registered_as(w, "朋友借钱不还", "legal-consultation");
    world_as(w, "zhoumin");
    world_get_json(w, "/triage/taken");
    WORLD_STATUS(w, 403);
    world_as(w, "wenjing");
    world_get_json(w, "/triage/taken?days=7");
    WORLD_STATUS(w, 200);
    const struct json *row = json_get(w->json, "rows")->first;
    assert_str(json_get_str(row, "topic"), "loan");
    assert_str(json_get_str(row, "taken"), "consult-debt");
    assert_int_equal(json_get_int(row, "place"), 1);
    assert_int_equal(json_get_int(row, "times"), 2);
    assert_str(json_get_str(row->next, "taken"), "legal-consultation");
    assert_int_equal(json_get_int(row->next, "place"), 0);
    assert_false(world_says(w, "钱多多"));
    assert_false(world_says(w, "不还"));
}

int main(void)
{
    return WORLD_TESTS(
        cmocka_unit_test(everyday_words_find_the_matter), cmocka_unit_test(a_name_finds_its_matter),
        cmocka_unit_test(danger_brings_the_number_to_the_top),
        cmocka_unit_test(beside_the_clerks_form), cmocka_unit_test(programs_are_told_how_sure),
        cmocka_unit_test(what_clerks_take_is_counted));
}
