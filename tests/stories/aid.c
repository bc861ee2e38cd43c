/*
 * Legal aid the whole way: registered with material missing (K5), told once what is missing (K6),
 * the seven days of article 43 stand still meanwhile and go on afterwards (K15), decided, assigned
 * within three days, finished, told (K8), called back by somebody else (K9, K21), filed (K31).
 */
#include "story.h"

/* Begins as a photograph does. */
static const unsigned char photo[100] = {0xff, 0xd8, 0xff, 0xe0, 0, 16, 'J', 'F', 'I', 'F'};

static void the_whole_way(void **state)
{
    struct world *w = *state;

    /* Wednesday 14 October: at the window with an identity card and nothing else. */
    world_as(w, "zhoumin");
    struct registered made = story_register(w, STORY_AID);
    story_due(w, made.id, "examine", "2026-10-21");
    story_due(w, made.id, "hand-up", "2026-10-19");
    story_act(w, made.id, "check-in",
              "{\"materials\":[{\"code\":\"identity-later\",\"state\":\"in\"},"
              "{\"code\":\"aid-application\",\"state\":\"in\"}]}");

    /* Friday: nothing can be granted; what is missing is told at once, in full, on paper. */
    world_until(w, "2026-10-16T10:00");
    story_act_as(w, "chenliqun", NULL, made.id, "begin", NULL);
    story_try(w, made.id, "grant", "{\"reason\":\"符合条件\"}", 409);
    story_act(w, made.id, "correct-materials", NULL);
    story_step(w, made.id, "correcting");
    story_try(w, made.id, "correct-materials", NULL, 409);
    story_due(w, made.id, "supplement", "2026-11-02"); /* the fifteenth day is a Saturday */
    int64_t notice = story_paper(w, made.id, "一次性告知单");
    world_get(w, world_f(w, "/orders/%lld/papers/%lld", ID(made.id), ID(notice)));
    WORLD_STATUS(w, 200);
    struct str text = story_pdf_text(w);
    assert_true(story_pdf_says(w, text, "劳动关系证明"));
    assert_true(story_pdf_says(w, text, "已收到，不用再交"));
    assert_true(story_pdf_says(w, text, "等您补充的时间不计入"));
    assert_true(story_pdf_says(w, text, "法律援助法"));

    /* The clock of the seven days stands still. */
    const struct json *examine = story_duty(w, made.id, "examine");
    assert_str(json_get_str(json_get(examine, "chip"), "state"), "paused");

    /* Monday: the citizen sees it on the phone and sends a photograph. */
    world_until(w, "2026-10-19T20:00");
    world_as_citizen(w, made.no, made.code);
    world_get(w, "/track/order");
    WORLD_STATUS(w, 200);
    WORLD_SAYS(w, "请按一次性告知单补充材料");
    WORLD_SAYS(w, "劳动关系证明");
    world_get(w, "/track/supplement");
    WORLD_STATUS(w, 200);
    world_post_file(w, "/track/supplement/3", "", "files", "work-card.jpg", "image/jpeg",
                    (struct str){(const char *)photo, sizeof photo});
    WORLD_STATUS(w, 303);

    /* Tuesday: looked at, complete, the clock goes on: 16 to 20 October do not count. */
    world_until(w, "2026-10-20T09:30");
    world_as(w, "chenliqun");
    story_due(w, made.id, "check-supplement", "2026-10-20");
    story_try(w, made.id, "supplemented", NULL, 409);
    story_act(w, made.id, "check-in",
              "{\"materials\":[{\"code\":\"labour-proof\",\"state\":\"in\"}]}");
    story_act(w, made.id, "supplemented", NULL);
    story_due(w, made.id, "examine", "2026-10-26");
    story_not_due(w, made.id, "supplement");
    story_not_due(w, made.id, "check-supplement");

    /* Decided by the head; three calendar days to assign end on a Saturday. */
    world_until(w, "2026-10-21T09:00");
    story_act_as(w, "zhaoming", NULL, made.id, "grant", "{\"reason\":\"请求劳动报酬，符合规定\"}");
    story_due(w, made.id, "assign", "2026-10-26");
    story_paper(w, made.id, "给予法律援助决定书");
    story_act_as(w, "chenliqun", NULL, made.id, "appoint",
                 "{\"firm\":\"岚江正衡律师事务所\",\"lawyer\":\"吴律师\","
                 "\"lawyer_phone\":\"13900005678\"}");
    story_step(w, made.id, "handling");

    /* Done; the result is told within three working days (Friday to Wednesday). */
    world_until(w, "2026-11-20T15:00");
    world_as(w, "chenliqun");
    story_try(w, made.id, "finish", NULL, 422);
    story_act(w, made.id, "finish", "{\"outcome\":\"done\",\"result\":\"追回工资 18000 元\"}");
    story_due(w, made.id, "tell-result", "2026-11-25");
    world_until(w, "2026-11-23T10:00");
    story_act_as(w, "chenliqun", NULL, made.id, "tell",
                 "{\"told_how\":\"phone\",\"told_what\":\"工资已经追回\"}");
    story_due(w, made.id, "call-back", "2026-11-26");

    /* Who decided does not ask how it was. */
    static const char call[] = "{\"reached\":true,\"handled\":\"true-result\","
                               "\"rate_matter\":\"5\",\"rate_handler\":\"4\"}";
    world_as(w, "zhaoming");
    story_try(w, made.id, "call-back", call, 409);
    WORLD_SAYS(w, "您经办过这件工单");
    story_act_as(w, "hejing", NULL, made.id, "not-reached", "{\"note\":\"没有人接\"}");
    world_until(w, "2026-11-24T10:00");
    story_act_as(w, "hejing", NULL, made.id, "call-back", call);
    story_step(w, made.id, "archiving");

    /* Filed, with a number and a time to keep it. */
    story_act_as(w, "panyun", NULL, made.id, "archive",
                 "{\"shelf\":\"3 号柜 2 层\",\"pages\":\"41\"}");
    struct order order = world_order(w, made.id);
    assert_str(order.status, "closed");
    assert_str(order.outcome, "resolved");
    assert_true(str_find(order.state, S("\"archive\":{\"no\":\"LJ01〔2026〕1\"")) != SIZE_MAX);
    assert_true(str_find(order.state, S("\"until\":\"2036-12-31\"")) != SIZE_MAX);
    world_verify(w);
}

static void one_rating_for_one_matter(void **state)
{
    struct world *w = *state;
    struct order order = {0};

    /* The order of the story before: rated once, by the call. */
    world_as(w, "panyun");
    world_get_json(w, "/orders?status=closed&view=unit");
    WORLD_STATUS(w, 200);
    world_until(w, "2026-11-24T11:00");
    world_as(w, "zhoumin");
    struct registered made = story_register(w, STORY_AID);
    story_act_as(w, "chenliqun", NULL, made.id, "begin", NULL);
    story_act(w, made.id, "deny",
              "{\"reason\":\"经济状况超过标准\",\"remedies\":\"可以向司法局提出异议\"}");
    order = world_order(w, made.id);
    assert_str(order.outcome, "refused");
    story_paper(w, made.id, "不予法律援助决定书");

    /* The applicant rates, and only once. */
    world_as_citizen(w, made.no, made.code);
    story_citizen_act(w, "rate-later", "{\"rate_matter\":\"3\",\"rate_handler\":\"4\"}");
    world_post_json(w, "/track/act/rate-later", "{\"rate_matter\":\"5\",\"rate_handler\":\"5\"}");
    WORLD_STATUS(w, 409);

    /* And objects; the bureau has five days. */
    story_citizen_act(w, "object", "{\"reason\":\"我的收入没有超过标准\"}");
    world_as(w, "yuchang");
    story_due(w, made.id, "review-objection", "2026-11-30"); /* the fifth day is a Sunday */
    story_act(w, made.id, "order-correction", "{\"reason\":\"收入核实有误\"}");
    story_due(w, made.id, "assign", "2026-11-27");
    story_paper(w, made.id, "异议审查决定书");
    world_verify(w);
}

static void urgent_help_comes_before_the_papers(void **state)
{
    struct world *w = *state;

    world_as(w, "zhoumin");
    struct registered made = story_register(w, STORY_AID);
    story_act_as(w, "chenliqun", NULL, made.id, "begin", NULL);
    story_act(w, made.id, "aid-first",
              "{\"ground\":\"limit\",\"reason\":\"仲裁时效还有三天届满\"}");
    story_step(w, made.id, "assigning");
    story_due(w, made.id, "make-up", "2026-12-08");
    story_act(w, made.id, "appoint", "{\"firm\":\"岚江正衡律师事务所\",\"lawyer\":\"吴律师\"}");
    story_try(w, made.id, "made-up", NULL, 409);
    world_verify(w);
}

int main(void)
{
    return WORLD_TESTS(cmocka_unit_test(the_whole_way), cmocka_unit_test(one_rating_for_one_matter),
                       cmocka_unit_test(urgent_help_comes_before_the_papers));
}
