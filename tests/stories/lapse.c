/*
 * What is not supplemented in time (K6): withdrawn where the procedure names its basis - legal aid
 * by article 43, others by the matter's own rule - and never where it does not: a licensing matter
 * stays, and the house keeps a next duty for it (K13).
 */
#include "story.h"

static void legal_aid_is_withdrawn_by_the_law(void **state)
{
    struct world *w = *state;

    world_as(w, "zhoumin");
    struct registered made = story_register(w, STORY_AID);
    story_act_as(w, "chenliqun", NULL, made.id, "begin", NULL);
    story_act(w, made.id, "correct-materials", NULL);
    story_due(w, made.id, "supplement", "2026-10-29");

    /* Until the end of the day the applicant is in time. */
    world_until(w, "2026-10-29T23:30");
    story_step(w, made.id, "correcting");
    world_until(w, "2026-10-30T08:00");
    struct order order = world_order(w, made.id);
    assert_str(order.step, "lapsed");
    assert_str(order.status, "closed");
    assert_str(order.outcome, "withdrawn");

    /* On paper, with the law and the way back. */
    world_as(w, "chenliqun");
    int64_t paper = story_paper(w, made.id, "视为撤回告知书");
    world_get(w, world_f(w, "/orders/%lld/papers/%lld", ID(made.id), ID(paper)));
    struct str text = story_pdf_text(w);
    assert_true(story_pdf_says(w, text, "法律援助法"));
    assert_true(story_pdf_says(w, text, "视为撤回申请"));
    assert_true(story_pdf_says(w, text, "劳动关系证明"));
    assert_true(story_pdf_says(w, text, "可以重新申请"));
    world_as_citizen(w, made.no, made.code);
    world_get(w, "/track/order");
    WORLD_SAYS(w, "视为撤回");
    WORLD_SAYS(w, "可以重新申请");
    world_verify(w);
}

static const unsigned char photo[100] = {0xff, 0xd8, 0xff, 0xe0, 0, 16, 'J', 'F', 'I', 'F'};

static void who_handed_something_in_is_looked_at_first(void **state)
{
    struct world *w = *state;

    world_as(w, "zhoumin");
    struct registered made = story_register(w, STORY_AID);
    story_act_as(w, "chenliqun", NULL, made.id, "begin", NULL);
    story_act(w, made.id, "correct-materials", NULL); /* Friday 30 October; due 16 November */
    story_due(w, made.id, "supplement", "2026-11-16");

    world_until(w, "2026-11-16T22:00");
    world_as_citizen(w, made.no, made.code);
    world_post_file(w, "/track/supplement/3", "", "files", "proof.jpg", "image/jpeg",
                    (struct str){(const char *)photo, sizeof photo});
    WORLD_STATUS(w, 303);

    /* Handed in on the last evening: the timer does not take the application away. */
    world_until(w, "2026-11-18T09:00");
    story_step(w, made.id, "correcting");
    world_as(w, "chenliqun");
    story_act(w, made.id, "check-in",
              "{\"materials\":[{\"code\":\"identity-later\",\"state\":\"in\"},"
              "{\"code\":\"labour-proof\",\"state\":\"in\"}]}");
    /* Nobody but the deadline itself takes it as withdrawn. */
    story_try(w, made.id, "lapse", NULL, 403);

    /* One thing is still missing: told again, and time to bring it. */
    story_act(w, made.id, "notify-again", NULL);
    story_due(w, made.id, "supplement", "2026-12-03");
    story_act(w, made.id, "check-in",
              "{\"materials\":[{\"code\":\"aid-application\",\"state\":\"in\"}]}");
    story_act(w, made.id, "supplemented", NULL);
    story_step(w, made.id, "examining");
    story_not_due(w, made.id, "supplement");
    world_verify(w);
}

static void a_licensing_matter_is_never_taken_as_withdrawn(void **state)
{
    struct world *w = *state;

    world_as(w, "zhoumin");
    struct registered made = story_register(
        w, "{\"matter\":\"admin-matter\",\"channel\":\"window\",\"subject\":\"办学许可\","
           "\"content\":\"申请办一所培训学校。\",\"fields\":{\"applicant_kind\":\"person\","
           "\"request\":\"设立培训学校\"},\"parties\":[" WORLD_APPLICANT "]}");
    story_act(w, made.id, "notify-missing", NULL);
    story_due(w, made.id, "supplement", "2026-12-09");
    world_until(w, "2027-01-05T09:00");
    struct order order = world_order(w, made.id);
    assert_str(order.step, "correcting");
    assert_str(order.status, "open");
    world_verify(w); /* somebody owes something still */
}

static void the_citizen_withdraws(void **state)
{
    struct world *w = *state;

    world_as(w, "zhoumin");
    struct registered made = story_register(w, STORY_AID);
    world_as_citizen(w, made.no, made.code);
    world_post_json(w, "/track/act/withdraw", "{}");
    WORLD_STATUS(w, 422);
    STORY_REFUSED(w, "reason", "原因");
    story_citizen_act(w, "withdraw", "{\"reason\":\"老板已经付了工资\"}");
    struct order order = world_order(w, made.id);
    assert_str(order.status, "closed");
    assert_str(order.outcome, "withdrawn");
    world_post_json(w, "/track/act/withdraw", "{\"reason\":\"再撤一次\"}");
    WORLD_STATUS(w, 409);
    world_verify(w);
}

int main(void)
{
    return WORLD_TESTS(cmocka_unit_test(legal_aid_is_withdrawn_by_the_law),
                       cmocka_unit_test(who_handed_something_in_is_looked_at_first),
                       cmocka_unit_test(a_licensing_matter_is_never_taken_as_withdrawn),
                       cmocka_unit_test(the_citizen_withdraws));
}
