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

int main(void)
{
    return WORLD_TESTS(cmocka_unit_test(everyday_words_find_the_matter),
                       cmocka_unit_test(a_name_finds_its_matter),
                       cmocka_unit_test(danger_brings_the_number_to_the_top),
                       cmocka_unit_test(beside_the_clerks_form));
}
