/*
 * A licensing matter after the law of 2019: silence for five working days is acceptance from the
 * day the materials came (32), so the twenty working days run from that day (42); the clock stops
 * on the grounds of article 45 only; a longer limit is granted by somebody else, told with the
 * reason (42); what is told a second time repeats the first (K6, K15).
 */
#include "story.h"

#define MATTER(materials)                                                                          \
    "{\"matter\":\"admin-matter\",\"channel\":\"window\",\"subject\":\"办学许可\","            \
    "\"content\":\"申请办一所培训学校。\","                                              \
    "\"fields\":{\"applicant_kind\":\"person\",\"request\":\"设立培训学校\"},"               \
    "\"materials\":[" materials "],\"parties\":[" WORLD_APPLICANT "]}"
#define IN(code) "{\"code\":\"" code "\",\"state\":\"in\"}"

static void silence_is_acceptance_from_the_day_the_materials_came(void **state)
{
    struct world *w = *state;

    world_as(w, "zhoumin");
    struct registered made = story_register(w, MATTER(IN("identity")));
    story_due(w, made.id, "examine-materials", "2026-10-21");
    world_until(w, "2026-10-21T23:30");
    story_step(w, made.id, "registered");
    world_until(w, "2026-10-22T09:00");
    story_step(w, made.id, "handling");
    /* Twenty working days from 14 October, not from the 21st. */
    world_as(w, "mengfan");
    story_due(w, made.id, "decide", "2026-11-11");
    world_as_citizen(w, made.no, made.code);
    world_get(w, "/track/order");
    WORLD_SAYS(w, "自收到材料之日起视为受理");
    world_verify(w);
}

/* An order that is being handled: accepted at the window on the day, owned by 孟凡. */
static struct registered accepted(struct world *w)
{
    world_as(w, "zhoumin");
    struct registered made =
        story_register(w, MATTER(IN("identity") "," IN("application") "," IN("special")));

    story_act(w, made.id, "accept", NULL);
    story_act_as(w, "mengfan", NULL, made.id, "take", NULL);
    return made;
}

static void the_clock_stops_on_the_grounds_of_the_law_only(void **state)
{
    struct world *w = *state;
    struct registered made = accepted(w); /* Thursday 22 October */

    story_due(w, made.id, "decide", "2026-11-19");
    story_try(w, made.id, "pause",
              "{\"duty\":\"decide\",\"ground\":\"等领导批示\",\"until\":\"2026-10-30\"}", 422);
    STORY_REFUSED(w, "ground", "请从这些中选：听证、招标");
    story_try(w, made.id, "pause",
              "{\"duty\":\"deliver\",\"ground\":\"听证\",\"until\":\"2026-10-30\"}", 422);
    STORY_REFUSED(w, "duty", "请从这些中选：作出决定");
    story_try(w, made.id, "pause",
              "{\"duty\":\"decide\",\"ground\":\"听证\",\"until\":\"2026-10-01\"}", 422);
    STORY_REFUSED(w, "until", "应在今天之后");

    world_until(w, "2026-10-26T10:00"); /* Monday */
    world_as(w, "mengfan");
    story_act(w, made.id, "pause",
              "{\"duty\":\"decide\",\"ground\":\"听证\",\"until\":\"2026-10-30\"}");
    story_due(w, made.id, "check-pause", "2026-10-30");
    story_try(w, made.id, "decide",
              "{\"decision\":\"granted\",\"outcome\":\"done\",\"result\":\"准予\"}", 409);
    int64_t paper = story_paper(w, made.id, "不计入期限告知书");
    world_get(w, world_f(w, "/orders/%lld/papers/%lld", ID(made.id), ID(paper)));
    struct str text = story_pdf_text(w);
    assert_true(story_pdf_says(w, text, "听证"));
    assert_true(story_pdf_says(w, text, "行政许可法"));
    /* A paused clock runs out for nobody. */
    world_until(w, "2026-10-30T10:00"); /* Friday: 26 to 30, five working days do not count */
    world_as(w, "mengfan");
    story_act(w, made.id, "resume", NULL);
    story_due(w, made.id, "decide", "2026-11-26");
    story_not_due(w, made.id, "check-pause");
    story_try(w, made.id, "resume", NULL, 409);
    world_verify(w);
}

static void a_longer_limit_is_granted_by_somebody_else(void **state)
{
    struct world *w = *state;
    struct registered made = accepted(w); /* Friday 30 October */

    story_due(w, made.id, "decide", "2026-11-27");
    story_try(w, made.id, "ask-extension",
              "{\"duty\":\"decide\",\"amount\":\"11\",\"reason\":\"案情复杂\"}", 422);
    story_act(w, made.id, "ask-extension",
              "{\"duty\":\"decide\",\"amount\":\"10\",\"reason\":\"案情复杂，需要核查\"}");
    story_due(w, made.id, "decide", "2026-11-27"); /* asking grants nothing */
    story_due(w, made.id, "approve-extension", "2026-11-02");
    /* One request at a time: a second one would leave an answer owed that nobody could give. */
    story_try(w, made.id, "ask-extension",
              "{\"duty\":\"decide\",\"amount\":\"5\",\"reason\":\"案情复杂\"}", 409);
    WORLD_SAYS(w, "等待批准");
    static const char grant[] = "{\"granted\":true,\"reason\":\"案情复杂，经批准延长十个工作日\"}";
    story_try(w, made.id, "grant-extension", grant, 403);
    story_act_as(w, "zhaoming", NULL, made.id, "grant-extension", grant);
    story_due(w, made.id, "decide", "2026-12-11");
    story_not_due(w, made.id, "approve-extension");
    int64_t paper = story_paper(w, made.id, "延长期限告知书");
    world_get(w, world_f(w, "/orders/%lld/papers/%lld", ID(made.id), ID(paper)));
    struct str text = story_pdf_text(w);
    assert_true(story_pdf_says(w, text, "延长 10 个工作日"));
    assert_true(story_pdf_says(w, text, "案情复杂，经批准延长十个工作日"));
    /* Once. */
    world_as(w, "mengfan");
    story_try(w, made.id, "ask-extension",
              "{\"duty\":\"decide\",\"amount\":\"5\",\"reason\":\"还要\"}", 409);
    WORLD_SAYS(w, "只能延长一次，已经延长过");
    world_verify(w);
}

static void a_later_notice_repeats_what_is_still_missing(void **state)
{
    struct world *w = *state;

    world_as(w, "zhoumin");
    struct registered made = story_register(w, MATTER(IN("identity")));
    story_try(w, made.id, "accept", NULL, 409);
    story_act(w, made.id, "notify-missing", NULL);
    int64_t first = story_paper(w, made.id, "一次性告知单");
    world_get(w, world_f(w, "/orders/%lld/papers/%lld", ID(made.id), ID(first)));
    struct str text = story_pdf_text(w);
    assert_true(story_pdf_says(w, text, "申请书"));
    assert_true(story_pdf_says(w, text, "该事项要求的其他材料"));

    /* The application came, the other did not. */
    story_act(w, made.id, "check-in", "{\"materials\":[" IN("application") "]}");
    story_act(w, made.id, "notify-again", NULL);
    /* Something that the first notice did not name: not for the window to ask for now. */
    story_act(w, made.id, "check-in",
              "{\"materials\":[{\"code\":\"identity\",\"state\":\"missing\"}]}");
    story_try(w, made.id, "notify-again", NULL, 403);
    WORLD_SAYS(w, "只能重复第一次没补的");
    story_act_as(w, "zhaoming", NULL, made.id, "notify-again", NULL);
    assert_true(str_find(world_order(w, made.id).state, S("\"our_fault\":true")) != SIZE_MAX);

    world_as(w, "zhoumin");
    story_act(w, made.id, "check-in", "{\"materials\":[" IN("identity") "," IN("special") "]}");
    story_act(w, made.id, "accept-supplemented", NULL);
    story_step(w, made.id, "handling");
    world_as(w, "mengfan");
    story_due(w, made.id, "decide", "2026-11-27"); /* from the acceptance */
    world_verify(w);
}

static void a_promised_paper_is_made_good_before_the_decision(void **state)
{
    struct world *w = *state;

    world_as(w, "zhoumin");
    struct registered made =
        story_register(w, MATTER(IN("identity") "," IN(
                              "application") ",{\"code\":\"special\",\"state\":\"promised\"}"));
    story_try(w, made.id, "accept", NULL, 409);
    story_act(w, made.id, "accept-promised", "{\"promised\":\"2026-11-10\"}");
    story_due(w, made.id, "make-good", "2026-11-10");
    story_act_as(w, "mengfan", NULL, made.id, "take", NULL);
    static const char decision[] =
        "{\"decision\":\"granted\",\"outcome\":\"done\",\"result\":\"准予设立\"}";
    story_try(w, made.id, "decide", decision, 409);
    story_act(w, made.id, "check-in", "{\"materials\":[" IN("special") "]}");
    story_act(w, made.id, "made-good", NULL);
    story_act(w, made.id, "decide", decision);
    story_due(w, made.id, "deliver", "2026-11-13");
    story_act_as(w, "zhoumin", NULL, made.id, "deliver", "{\"how\":\"window\"}");
    story_step(w, made.id, "telling");
    world_verify(w);
}

int main(void)
{
    return WORLD_TESTS(cmocka_unit_test(silence_is_acceptance_from_the_day_the_materials_came),
                       cmocka_unit_test(the_clock_stops_on_the_grounds_of_the_law_only),
                       cmocka_unit_test(a_longer_limit_is_granted_by_somebody_else),
                       cmocka_unit_test(a_later_notice_repeats_what_is_still_missing),
                       cmocka_unit_test(a_promised_paper_is_made_good_before_the_decision));
}
