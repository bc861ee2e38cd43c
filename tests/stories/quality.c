/*
 * Quality (K9, K21, K18): one matter, one rating, by call or by the citizen; consultations are
 * sampled; a bad rating opens an order of its own that the head answers for, the person rated may
 * contest it and the bureau decides; every suggestion is answered.
 */
#include "story.h"

#define GOOD "{\"rate_matter\":\"5\",\"rate_handler\":\"5\"}"
#define BAD  "{\"rate_matter\":\"4\",\"rate_handler\":\"1\",\"opinion\":\"态度很差\"}"

static struct registered answered(struct world *w, const char *followup)
{
    world_as(w, "wuhaitao");
    struct registered made = story_register(w, WORLD_CONSULTATION);

    story_act(w, made.id, "answer", world_f(w, "{\"result\":\"可以申请仲裁。\"%s}", followup));
    return made;
}

static void one_matter_one_rating(void **state)
{
    struct world *w = *state;
    struct registered made = answered(w, "");

    world_as_citizen(w, made.no, made.code);
    world_post_json(w, "/track/act/rate-later", "{\"rate_matter\":\"6\"}");
    WORLD_STATUS(w, 422);
    STORY_REFUSED(w, "rate_matter", "请从这些中选");
    assert_true(story_field_error(w, "rate_handler").len > 0);
    story_citizen_act(w, "rate-later", GOOD);
    world_post_json(w, "/track/act/rate-later", BAD);
    WORLD_STATUS(w, 409);

    /* Asked again and answered again it is another piece of work. */
    story_citizen_act(w, "ask-again", "{\"reason\":\"要带什么材料？\"}");
    story_act_as(w, "wuhaitao", NULL, made.id, "answer", "{\"result\":\"带身份证和工资流水。\"}");
    world_verify(w);
}

static void consultations_are_sampled(void **state)
{
    struct world *w = *state;
    struct registered made = answered(w, ",\"followup\":\"sample\"");

    story_step(w, made.id, "calling");
    world_as(w, "hejing");
    story_due(w, made.id, "call-back", "2026-10-21");
    world_get_json(w, "/orders?view=subtree&step=calling");
    WORLD_STATUS(w, 200);
    WORLD_SAYS(w, str_terminated(&w->home, made.no));
    /* Three tries on three days, and then the end of trying. */
    story_act(w, made.id, "not-reached", "{\"note\":\"无人接听\"}");
    world_until(w, "2026-10-15T10:00");
    story_act_as(w, "hejing", NULL, made.id, "not-reached", "{\"note\":\"关机\"}");
    world_until(w, "2026-10-16T10:00");
    story_act_as(w, "daili", NULL, made.id, "call-back",
                 "{\"reached\":true,\"rate_matter\":\"4\",\"rate_handler\":\"5\"}");
    struct order order = world_order(w, made.id);
    assert_str(order.status, "closed");
    assert_true(str_find(order.state, S("\"calls\":3")) != SIZE_MAX);
    world_verify(w);
}

/* The loop that hangs on the order; asked as the head. */
static int64_t loop_of(struct world *w, int64_t id)
{
    world_as(w, "zhaoming");
    world_get_json(w, world_f(w, "/orders/%lld", ID(id)));
    JSON_EACH (row, json_get(w->json, "chain")) {
        if (str_is(json_get_str(row, "kind"), "差评整改"))
            return json_get_id(row, "id");
    }
    fail_msg("no closed loop");
    return 0;
}

static void a_bad_rating_opens_a_closed_loop(void **state)
{
    struct world *w = *state;
    struct registered made = answered(w, "");

    world_as_citizen(w, made.no, made.code);
    story_citizen_act(w, "rate-later", BAD);
    int64_t loop = loop_of(w, made.id);
    struct order order = world_order(w, loop);
    assert_str(order.procedure_code, "rating-loop");
    assert_true(order.unit == world_unit(w, "LJ01"));
    story_due(w, loop, "verify", "2026-10-21");
    story_due(w, loop, "rectify", "2026-11-06");
    story_act(w, loop, "valid", "{\"reached\":true,\"finding\":\"当时确实不耐烦\"}");
    story_act(w, loop, "rectified",
              "{\"outcome\":\"done\",\"result\":\"已谈话，当面道歉\",\"told_how\":\"phone\","
              "\"told_what\":\"已向您道歉\"}");
    order = world_order(w, loop);
    assert_str(order.status, "closed");
    /* A good rating opens none. */
    made = answered(w, "");
    world_as_citizen(w, made.no, made.code);
    story_citizen_act(w, "rate-later", GOOD);
    world_as(w, "zhaoming");
    world_get_json(w, world_f(w, "/orders/%lld", ID(made.id)));
    assert_false(world_says(w, "差评整改"));
    world_verify(w);
}

static void a_rating_can_be_contested(void **state)
{
    struct world *w = *state;
    struct registered made = answered(w, "");

    world_as_citizen(w, made.no, made.code);
    story_citizen_act(w, "rate-later", BAD);
    int64_t loop = loop_of(w, made.id);
    story_act(w, loop, "valid", "{\"reached\":true,\"finding\":\"双方说法不一\"}");
    story_act_as(w, "wuhaitao", NULL, loop, "contest",
                 "{\"reason\":\"来访人要求代写假证明，被我拒绝\"}");
    story_step(w, loop, "contested");
    /* Not decided by the one who contests, nor by the centre. */
    story_try(w, loop, "rating-void", "{\"outcome\":\"done\",\"result\":\"不计入\"}", 403);
    world_as(w, "zhaoming");
    story_try(w, loop, "rating-void", "{\"outcome\":\"done\",\"result\":\"不计入\"}", 403);
    world_as(w, "yuchang");
    story_due(w, loop, "decide-contest", "2026-10-23");
    story_act(w, loop, "rating-void",
              "{\"outcome\":\"done\",\"result\":\"录音证明来访人要求不当，不计入考核\"}");
    assert_str(world_order(w, loop).step, "explained");
    world_verify(w);
}

static void the_call_of_the_tail_counts_for_both(void **state)
{
    struct world *w = *state;

    world_as(w, "zhoumin");
    struct registered made = story_register(w, STORY_AID);
    world_as(w, "chenliqun");
    story_act(w, made.id, "begin", NULL);
    story_act(w, made.id, "aid-first", "{\"ground\":\"preserve\",\"reason\":\"要保全证据\"}");
    story_act(w, made.id, "appoint", "{\"firm\":\"正衡\",\"lawyer\":\"吴律师\"}");
    story_act(w, made.id, "finish", "{\"outcome\":\"done\",\"result\":\"追回工资\"}");
    story_act(w, made.id, "tell", "{\"told_how\":\"phone\",\"told_what\":\"追回工资\"}");
    /* The citizen is faster than the call; then nobody calls for the same thing again. */
    world_as_citizen(w, made.no, made.code);
    story_citizen_act(w, "rate", BAD);
    story_step(w, made.id, "archiving");
    world_as(w, "hejing");
    story_not_due(w, made.id, "call-back");
    story_try(w, made.id, "call-back",
              "{\"reached\":true,\"handled\":\"true-result\",\"rate_matter\":\"5\","
              "\"rate_handler\":\"5\"}",
              409);
    assert_true(loop_of(w, made.id) > 0);
    world_verify(w);
}

static void every_suggestion_is_answered(void **state)
{
    struct world *w = *state;

    world_as(w, "zhoumin");
    struct registered made = story_register(
        w, "{\"matter\":\"suggestion\",\"channel\":\"phone\",\"subject\":\"周六开门\","
           "\"content\":\"周六也开门就好了。\",\"fields\":{\"content\":\"周六也开门就好了。\","
           "\"reply_wanted\":\"yes\"},\"parties\":[" WORLD_APPLICANT "]}");
    world_as(w, "zhaoming");
    story_due(w, made.id, "reply", "2026-11-06");
    story_act(w, made.id, "give", world_f(w, "{\"staff\":\"%lld\"}", ID(world_staff(w, "linxia"))));
    story_act_as(w, "linxia", NULL, made.id, "reply",
                 "{\"outcome\":\"done\",\"result\":\"十一月起周六上午开门\",\"adopted\":\"yes\","
                 "\"told_how\":\"phone\",\"told_what\":\"采纳了您的建议\"}");
    world_as_citizen(w, made.no, made.code);
    world_get(w, "/track/order");
    WORLD_SAYS(w, "十一月起周六上午开门");
    world_verify(w);
}

int main(void)
{
    return WORLD_TESTS(cmocka_unit_test(one_matter_one_rating),
                       cmocka_unit_test(consultations_are_sampled),
                       cmocka_unit_test(a_bad_rating_opens_a_closed_loop),
                       cmocka_unit_test(a_rating_can_be_contested),
                       cmocka_unit_test(the_call_of_the_tail_counts_for_both),
                       cmocka_unit_test(every_suggestion_is_answered));
}
