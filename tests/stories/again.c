/*
 * The end and after it (K8, K9, K31, P2): a file with a paper still promised is not filed; a file
 * gets its number and stays readable; a matter that was not well done is opened again by the head,
 * told again, called again, rated again - and what was before stays on record.
 */
#include "story.h"

#define IN(code) "{\"code\":\"" code "\",\"state\":\"in\"}"

/* Legal aid, done and told; the labour proof only promised. */
static struct registered told(struct world *w)
{
    world_as(w, "zhoumin");
    struct registered made = story_register(w, STORY_AID);

    story_act(
        w, made.id, "check-in",
        "{\"materials\":[" IN("identity-later") "," IN(
            "aid-application") ",{\"code\":\"labour-proof\",\"state\":\"promised\",\"until\":\"2026-10-30\"}]}");
    world_as(w, "chenliqun");
    story_act(w, made.id, "begin", NULL);
    story_act(w, made.id, "grant", "{\"reason\":\"符合条件，材料容缺\"}");
    story_act(w, made.id, "appoint", "{\"firm\":\"正衡\",\"lawyer\":\"吴律师\"}");
    story_act(w, made.id, "finish", "{\"outcome\":\"partly\",\"result\":\"追回一半工资\"}");
    story_act(w, made.id, "tell", "{\"told_how\":\"phone\",\"told_what\":\"追回一半\"}");
    return made;
}

#define CALL                                                                                       \
    "{\"reached\":true,\"handled\":\"partly\",\"rate_matter\":\"3\",\"rate_handler\":\"4\"}"

static void nothing_is_filed_with_a_paper_missing(void **state)
{
    struct world *w = *state;
    struct registered made = told(w);

    story_act_as(w, "hejing", NULL, made.id, "call-back", CALL);
    world_as(w, "panyun");
    story_due(w, made.id, "archive", "2026-11-04");
    story_try(w, made.id, "archive", NULL, 409);
    WORLD_SAYS(w, "卷内材料还不完整");
    world_as(w, "zhoumin");
    story_act(w, made.id, "check-in", "{\"materials\":[" IN("labour-proof") "]}");
    story_act_as(w, "panyun", NULL, made.id, "archive", "{\"shelf\":\"3 号柜\"}");
    assert_str(world_order(w, made.id).status, "closed");
    world_get(w, world_f(w, "/orders/%lld", ID(made.id)));
    WORLD_SAYS(w, "这一件没有未了的义务");
    WORLD_SAYS(w, "追回一半工资");
    story_try(w, made.id, "note", "{\"text\":\"补记\"}", 409);
    story_try(w, made.id, "finish", "{\"outcome\":\"done\",\"result\":\"改\"}", 409);
    world_verify(w);
}

static void opened_again_it_is_told_called_and_rated_again(void **state)
{
    struct world *w = *state;
    struct registered made = told(w);

    story_act_as(w, "hejing", NULL, made.id, "call-back", CALL);
    world_as(w, "zhoumin");
    story_act(w, made.id, "check-in", "{\"materials\":[" IN("labour-proof") "]}");
    story_act_as(w, "panyun", NULL, made.id, "archive", NULL);
    story_try(w, made.id, "reopen", "{\"reason\":\"另一半没追\"}", 403);
    world_until(w, "2026-10-20T09:00");
    story_act_as(w, "zhaoming", NULL, made.id, "reopen", "{\"reason\":\"另一半没有追\"}");
    struct order order = world_order(w, made.id);
    assert_str(order.status, "open");
    assert_str(order.step, "handling");
    world_as_citizen(w, made.no, made.code);
    world_get(w, "/track/order");
    WORLD_SAYS(w, "重新办理");

    world_as(w, "chenliqun");
    story_act(w, made.id, "take", NULL);
    story_act(w, made.id, "finish", "{\"outcome\":\"done\",\"result\":\"全部追回\"}");
    story_due(w, made.id, "tell-result", "2026-10-23");
    story_act(w, made.id, "tell", "{\"told_how\":\"phone\",\"told_what\":\"全部追回\"}");
    story_act_as(w, "hejing", NULL, made.id, "call-back",
                 "{\"reached\":true,\"handled\":\"true-result\",\"rate_matter\":\"5\","
                 "\"rate_handler\":\"5\"}");
    story_act_as(w, "panyun", NULL, made.id, "archive", NULL);
    world_get_json(w, world_f(w, "/orders/%lld/events", ID(made.id)));
    size_t ratings = 0;
    JSON_EACH (event, json_get(w->json, "events"))
        ratings += str_is(json_get_str(event, "action"), "call-back");
    assert_int_equal(ratings, 2); /* both are there */
    world_verify(w);
}

int main(void)
{
    return WORLD_TESTS(cmocka_unit_test(nothing_is_filed_with_a_paper_missing),
                       cmocka_unit_test(opened_again_it_is_told_called_and_rated_again));
}
