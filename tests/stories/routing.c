/*
 * Routing (K7): down within three working days with a suggested kind of unit and the reason;
 * refused once it goes back, after that the centre decides and nobody refuses any more; what is
 * owed and until when does not move with the order (K13, K15).  Aid goes up from the towns.
 */
#include "story.h"

#define NEIGHBOURS                                                                                 \
    "{\"matter\":\"mediation-neighbour\",\"channel\":\"window\",\"subject\":\"楼上漏水\","     \
    "\"content\":\"楼上装修以后我家天花板一直漏水。\",\"difficulty\":\"simple\","  \
    "\"fields\":{\"dispute\":\"neighbour\",\"origin\":\"asked\",\"opponent\":\"楼上住户\"},"   \
    "\"parties\":[" WORLD_APPLICANT "]}"

static const char *to_unit(struct world *w, const char *code)
{
    return world_f(w, "{\"unit\":\"%lld\",\"reason\":\"当事人住在那里\"}", ID(world_unit(w, code)));
}

#define BACK "{\"reason\":\"发生地不在本辖区\"}"

static void refused_once_it_goes_back_then_the_centre_decides(void **state)
{
    struct world *w = *state;

    world_as(w, "zhoumin");
    struct registered made = story_register(w, NEIGHBOURS);
    story_due(w, made.id, "route", "2026-10-19");
    world_get(w, world_f(w, "/orders/%lld?act=route", ID(made.id)));
    WORLD_STATUS(w, 200);
    WORLD_SAYS(w, "简单、一般纠纷由镇街中心办理");
    WORLD_SAYS(w, "双塔街道公共法律服务中心（建议）");
    story_act(w, made.id, "route", to_unit(w, "LJ02"));
    /* Where it was registered it can be seen, and no more be handled. */
    world_get_json(w, world_f(w, "/orders/%lld", ID(made.id)));
    WORLD_STATUS(w, 200);
    story_try(w, made.id, "take-in", NULL, 403);

    story_as(w, "hedan", NULL);
    story_due(w, made.id, "take-in", "2026-10-15");
    story_paper(w, made.id, "转办函");
    story_try(w, made.id, "ask-centre-routing", BACK, 409);
    story_act(w, made.id, "return-routing", BACK);

    /* The three days are still those of the registration. */
    story_as(w, "zhoumin", NULL);
    story_step(w, made.id, "registered");
    world_get(w, world_f(w, "/orders/%lld", ID(made.id)));
    WORLD_SAYS(w, "发生地不在本辖区");
    story_due(w, made.id, "route", "2026-10-19");
    story_act(w, made.id, "route", to_unit(w, "LJ03"));

    story_as(w, "bairong", NULL);
    story_try(w, made.id, "return-routing", BACK, 409);
    WORLD_SAYS(w, "已经退回过一次，不能再退，请报中心裁定");
    story_act(w, made.id, "ask-centre-routing", BACK);
    story_due(w, made.id, "decide-unit", "2026-10-15");
    story_try(w, made.id, "decide-routing", to_unit(w, "LJ02"), 403);

    story_act_as(w, "qinfeng", "dispatcher", made.id, "decide-routing", to_unit(w, "LJ03"));
    story_as(w, "bairong", NULL);
    story_try(w, made.id, "return-routing", BACK, 409);
    story_try(w, made.id, "ask-centre-routing", BACK, 409);
    story_act(w, made.id, "take-in", NULL);
    struct order order = world_order(w, made.id);
    assert_str(order.step, "handling");
    assert_true(order.unit == world_unit(w, "LJ03"));
    assert_true(world_order(w, made.id).owner == world_staff(w, "bairong"));
    world_verify(w);
}

#define ADMIN                                                                                      \
    "{\"matter\":\"admin-matter\",\"channel\":\"window\",\"subject\":\"办学许可\","            \
    "\"content\":\"申请办一所培训学校。\",\"fields\":{\"applicant_kind\":\"person\","    \
    "\"request\":\"设立培训学校\"},\"parties\":[" WORLD_APPLICANT "]}"

static void a_detour_moves_no_date(void **state)
{
    struct world *w = *state;

    story_as(w, "lumei", NULL);
    struct registered made = story_register(w, ADMIN);
    story_due(w, made.id, "examine-materials", "2026-10-21");
    story_try(w, made.id, "transfer", to_unit(w, "LJ02"), 422);
    STORY_REFUSED(w, "unit", "已经在这个机构");
    story_try(w, made.id, "transfer", "{\"unit\":\"77\",\"reason\":\"不知道\"}", 422);
    STORY_REFUSED(w, "unit", "开放的机构");
    story_act(w, made.id, "transfer", to_unit(w, "LJ01"));

    world_until(w, "2026-10-16T11:00");
    story_as(w, "linxia", NULL);
    story_step(w, made.id, "moved");
    story_due(w, made.id, "examine-materials", "2026-10-21");
    story_act(w, made.id, "take-over", NULL);
    story_step(w, made.id, "registered");
    story_due(w, made.id, "examine-materials", "2026-10-21");
    story_not_due(w, made.id, "take-over");

    /* Refused by the next unit, refused again, decided. */
    story_act(w, made.id, "transfer", to_unit(w, "LJ04"));
    story_as(w, "yuanlin", NULL);
    story_act(w, made.id, "return-transfer", BACK);
    story_as(w, "linxia", NULL);
    story_step(w, made.id, "registered");
    story_act(w, made.id, "transfer", to_unit(w, "LJ04"));
    story_as(w, "yuanlin", NULL);
    story_try(w, made.id, "return-transfer", BACK, 409);
    story_act(w, made.id, "ask-centre", BACK);
    story_act_as(w, "zhaoming", NULL, made.id, "decide-unit", to_unit(w, "LJ04"));
    story_as(w, "yuanlin", NULL);
    story_try(w, made.id, "return-transfer", BACK, 409);
    story_act(w, made.id, "take-over", NULL);
    story_step(w, made.id, "registered");
    story_due(w, made.id, "examine-materials", "2026-10-21");
    world_verify(w);
}

static void a_station_hands_legal_aid_up(void **state)
{
    struct world *w = *state;

    /* Friday 16 October: the station only receives; the seven days run from the station. */
    story_as(w, "lumei", NULL);
    struct registered made = story_register(
        w, "{\"matter\":\"legal-aid-receipt\",\"channel\":\"window\",\"subject\":\"工地欠薪\","
           "\"content\":\"从五月起没有拿到工资。\",\"fields\":{\"kind\":\"labour\","
           "\"source\":\"self\",\"hardship\":\"exempt\"},\"parties\":[" WORLD_APPLICANT "]}");
    story_due(w, made.id, "hand-up", "2026-10-21");
    story_due(w, made.id, "examine", "2026-10-23");
    story_try(w, made.id, "grant", "{\"reason\":\"符合\"}", 409);
    world_get(w, world_f(w, "/orders/%lld?act=hand-up", ID(made.id)));
    WORLD_SAYS(w, "法律援助由市法律援助中心决定，3 个工作日内报送");
    story_act(w, made.id, "hand-up", to_unit(w, "LJ01"));
    story_as(w, "tangyi", NULL);
    story_step(w, made.id, "examining");
    story_due(w, made.id, "examine", "2026-10-23");
    story_not_due(w, made.id, "hand-up");
    world_verify(w);
}

static void late_routing_is_on_record(void **state)
{
    struct world *w = *state;

    story_as(w, "zhoumin", NULL);
    struct registered made = story_register(w, NEIGHBOURS);
    story_due(w, made.id, "route", "2026-10-21");
    world_until(w, "2026-10-22T09:00");
    story_as(w, "zhoumin", NULL);
    assert_true(json_get_bool(story_duty(w, made.id, "route"), "overdue"));
    world_get_json(w, "/orders?due=overdue&view=unit");
    WORLD_STATUS(w, 200);
    WORLD_SAYS(w, str_terminated(&w->home, made.no));
    story_act(w, made.id, "route", to_unit(w, "LJ02"));
    /* The fact stays, once. */
    world_until(w, "2026-10-23T09:00");
    story_as(w, "hedan", NULL);
    world_get_json(w, world_f(w, "/orders/%lld/events", ID(made.id)));
    size_t facts = 0;
    JSON_EACH (event, json_get(w->json, "events"))
        facts += str_is(json_get_str(event, "action"), "overdue") &&
                 str_find(json_get_str(event, "text"), S("分流")) != SIZE_MAX;
    assert_int_equal(facts, 1);
    world_verify(w);
}

int main(void)
{
    return WORLD_TESTS(cmocka_unit_test(refused_once_it_goes_back_then_the_centre_decides),
                       cmocka_unit_test(a_detour_moves_no_date),
                       cmocka_unit_test(a_station_hands_legal_aid_up),
                       cmocka_unit_test(late_routing_is_on_record));
}
