/*
 * Where two rules meet: who comes first among the parties, a date that passes on a detour or is
 * moved by a pause, a caller who worked on the matter, an extension asked for too late.
 */
#include "story.h"

#define ADMIN                                                                                      \
    "{\"matter\":\"admin-matter\",\"channel\":\"window\",\"subject\":\"办学许可\","            \
    "\"content\":\"申请办一所培训学校。\",\"fields\":{\"applicant_kind\":\"person\","    \
    "\"request\":\"设立培训学校\"},\"parties\":[" WORLD_APPLICANT "]}"

/* The code, the notices and the papers are for the applicant, wherever they stand in the list. */
static void the_applicant_is_the_first_party(void **state)
{
    struct world *w = *state;

    world_as(w, "zhoumin");
    struct registered made = story_register(
        w,
        "{\"matter\":\"legal-consultation\",\"channel\":\"window\",\"subject\":\"借款不还\","
        "\"content\":\"借出去的钱要不回来。\",\"parties\":[" STORY_PERSON(
            "respondent", "赵大有", "990101198503124011", "13900005678") "," WORLD_APPLICANT "]}");
    world_get_json(w, world_f(w, "/orders/%lld", ID(made.id)));
    const struct json *first = json_get(w->json, "parties")->first;
    assert_str(json_get_str(first, "role"), "applicant");
    assert_true(json_get_int(first, "n") == 1);
    struct str masked = world_order(w, made.id).party_masked;
    assert_true(str_starts(masked, S("王")));
}

/* A station registers for itself, not for another unit. */
static void nobody_registers_out_of_reach(void **state)
{
    struct world *w = *state;

    world_as(w, "hedan");
    world_post_json(w, "/orders",
                    world_f(w,
                            "{\"matter\":\"legal-consultation\",\"channel\":\"window\","
                            "\"subject\":\"借款不还\",\"content\":\"要不回来。\",\"unit\":\"%lld\","
                            "\"parties\":[" WORLD_APPLICANT "]}",
                            ID(world_unit(w, "LJ03"))));
    WORLD_STATUS(w, 422);
    STORY_REFUSED(w, "unit", "管辖范围");
}

/* Licensing law 32(4) knows no detour: back at the window the matter counts as accepted from the
 * day it came. */
static void a_date_that_passes_on_a_detour_still_counts(void **state)
{
    struct world *w = *state;

    story_as(w, "lumei", NULL);
    struct registered made = story_register(w, ADMIN);
    story_due(w, made.id, "examine-materials", "2026-10-21");
    story_act(w, made.id, "transfer",
              world_f(w, "{\"unit\":\"%lld\",\"reason\":\"那里办\"}", ID(world_unit(w, "LJ01"))));
    world_until(w, "2026-10-22T09:00");
    story_step(w, made.id, "moved");
    story_as(w, "linxia", NULL);
    assert_true(json_get_bool(story_duty(w, made.id, "examine-materials"), "overdue"));
    story_act(w, made.id, "take-over", NULL);
    story_step(w, made.id, "registered");
    world_until(w, "2026-10-22T10:00");
    story_step(w, made.id, "handling");
    story_as(w, "linxia", NULL);
    story_due(w, made.id, "decide", "2026-11-11"); /* 20 working days after 14 October */
    world_verify(w);
}

/* A list of all orders keeps to its view, as the list of the open ones does. */
static void what_is_mine_is_mine_only_in_every_state(void **state)
{
    struct world *w = *state;
    int64_t lawyer = world_staff(w, "wuhaitao");

    world_as(w, "wuhaitao");
    struct registered made = story_register(w, WORLD_CONSULTATION);
    story_act(w, made.id, "take", NULL);
    world_get_json(w, "/orders?status=all&view=mine");
    WORLD_STATUS(w, 200);
    assert_true(json_get(w->json, "rows")->count > 0);
    JSON_EACH (row, json_get(w->json, "rows"))
        assert_true(json_get_id(row, "owner_id") == lawyer);
    world_get_json(w, "/orders?status=all&view=unit");
    bool others = false;
    JSON_EACH (row, json_get(w->json, "rows"))
        others = others || json_get_id(row, "owner_id") != lawyer;
    assert_true(others); /* those that the tests before left in the queue */
}

/* The owner may do much: nobody becomes it at a step that is not for their post. */
static void only_the_desk_takes(void **state)
{
    struct world *w = *state;

    story_as(w, "zhoumin", NULL);
    struct registered made = story_register(w, ADMIN);
    story_as(w, "hejing", NULL);
    story_try(w, made.id, "take", NULL, 403);
    WORLD_SAYS(w, "不由您的岗位办理");
    story_act_as(w, "zhoumin", NULL, made.id, "take", NULL);
}

int main(void)
{
    return WORLD_TESTS(cmocka_unit_test(the_applicant_is_the_first_party),
                       cmocka_unit_test(nobody_registers_out_of_reach),
                       cmocka_unit_test(a_date_that_passes_on_a_detour_still_counts),
                       cmocka_unit_test(what_is_mine_is_mine_only_in_every_state),
                       cmocka_unit_test(only_the_desk_takes));
}
