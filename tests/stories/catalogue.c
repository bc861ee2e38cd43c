/*
 * The catalogue itself: asked by programs (K2, K7, K14), and changed by who may.
 */
#include "world.h"

/* What a page knows of matters and procedures, a program can ask. */
static void the_catalogue_is_asked(void **state)
{
    struct world *w = *state;

    world_as(w, "linxia");
    world_get_json(w, "/matters?tier=city&q=tqgz");
    WORLD_STATUS(w, 200);
    assert_str(json_get_str(json_get(w->json, "matters")->first, "code"), "legal-aid-wage");
    world_get_json(w, "/matters?tier=moon");
    WORLD_STATUS(w, 422);
    world_get_json(w, "/matters/legal-aid-wage");
    WORLD_STATUS(w, 200);
    assert_str(json_get_str(w->json, "limit_law"), "法律援助法 第四十三条");
    world_get_json(w, "/matters/no-such");
    WORLD_STATUS(w, 404);
    world_get_json(w, "/matters/mediation-neighbour/route?tier=city&place_known=1");
    WORLD_STATUS(w, 200);
    assert_str(json_get_str(w->json, "kind"), "village");
    world_get_json(
        w, world_f(w, "/triage?tier=city&text=%s", world_escape(w, "工地上包工头拖欠工资")));
    WORLD_STATUS(w, 200);
    assert_str(json_get_str(json_get(w->json, "suggestions")->first, "code"), "legal-aid-wage");
    world_get_json(w, "/procedures");
    WORLD_STATUS(w, 200);
    assert_true(json_get(w->json, "procedures")->count >= 17);
    world_get_json(w, "/procedures/legal-aid?version=1");
    WORLD_STATUS(w, 200);
    WORLD_SAYS(w, "第四十三条");
    world_get_json(w, "/procedures/legal-aid/drawing");
    WORLD_STATUS(w, 200);
    WORLD_SAYS(w, "<svg");
    /* A clerk loads nothing. */
    world_post_json(w, "/procedures", "{\"text\":\"procedure: x\"}");
    WORLD_STATUS(w, 403);
}

static void a_faulty_procedure_is_not_loaded(void **state)
{
    struct world *w = *state;

    world_as(w, "shilei");
    world_post_json(w, "/procedures",
                    "{\"text\":\"procedure: x\\ntitle: 坏\\nnature: handling\\n\"}");
    WORLD_STATUS(w, 422);
    WORLD_SAYS(w, "缺少“steps”");
    world_post_json(
        w, "/procedures",
        "{\"text\":\"procedure: x\\ntitle: 好\\nnature: handling\\nkeep: {for: 1 years, basis: tenant}\\n"
        "duties: {d: {title: 做, within: same day, basis: tenant, owed-by: unit}}\\n"
        "steps:\\n  a: {title: 甲, owes: [d], actions: {go: {title: 走, by: [clerk], to: z}}}\\n"
        "  z: {title: 终, end: resolved}\"}");
    WORLD_STATUS(w, 200);
    assert_int_equal(json_get_int(w->json, "version"), 1);
}

int main(void)
{
    return WORLD_TESTS(cmocka_unit_test(the_catalogue_is_asked),
                       cmocka_unit_test(a_faulty_procedure_is_not_loaded));
}
