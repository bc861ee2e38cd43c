/*
 * Clocks (K6, K15): after a supplement the five days of the licensing law run from the day the
 * materials came complete; a pause that a step began ends in the step that goes on, also by way of
 * a detour; what was overdue is so no more when a pause or a calendar moves the date; nothing is
 * longer once it is over.
 */
#include "story.h"

#include "modules/calendar/calendar.h"

#define MATTER(materials)                                                                          \
    "{\"matter\":\"admin-matter\",\"channel\":\"window\",\"subject\":\"办学许可\","            \
    "\"content\":\"申请办一所培训学校。\","                                              \
    "\"fields\":{\"applicant_kind\":\"person\",\"request\":\"设立培训学校\"},"               \
    "\"materials\":[" materials "],\"parties\":[" WORLD_APPLICANT "]}"
enum { APPLICATION = 1, SPECIAL };
#define IN(code) "{\"code\":\"" code "\",\"state\":\"in\"}"

static const unsigned char photo[100] = {0xff, 0xd8, 0xff, 0xe0, 0, 16, 'J', 'F', 'I', 'F'};

/* The citizen's own photograph of a material, by its place in the list. */
static void hand_in(struct world *w, const struct registered *made, int material)
{
    world_as_citizen(w, made->no, made->code);
    world_post_file(w, world_f(w, "/track/supplement/%d", material), "", "files", "paper.jpg",
                    "image/jpeg", (struct str){(const char *)photo, sizeof photo});
    WORLD_STATUS(w, 303);
}

/* Licensing law 32(4) and (5). */
static void silence_after_a_supplement_is_acceptance_too(void **state)
{
    struct world *w = *state;

    world_as(w, "zhoumin");
    struct registered made = story_register(w, MATTER(IN("identity")));
    story_act(w, made.id, "notify-missing", NULL); /* Wednesday 14 October */
    world_until(w, "2026-10-15T10:00");
    world_as(w, "zhoumin");
    story_not_due(w, made.id, "examine-supplement");
    story_act(w, made.id, "check-in", "{\"materials\":[" IN("application") "]}");
    story_due(w, made.id, "examine-supplement", "2026-10-22");
    /* The rest comes on Friday: five working days from then. */
    world_until(w, "2026-10-16T10:00");
    world_as(w, "zhoumin");
    /* What the house puts into its own file gives it no more time. */
    world_post_file(w, world_f(w, "/orders/%lld/act/attach", ID(made.id)), "", "files", "visit.jpg",
                    "image/jpeg", (struct str){(const char *)photo, sizeof photo});
    WORLD_STATUS(w, 303);
    story_due(w, made.id, "examine-supplement", "2026-10-22");
    story_act(w, made.id, "check-in", "{\"materials\":[" IN("special") "]}");
    story_due(w, made.id, "examine-supplement", "2026-10-23");
    /* Looking at it again, or one more paper, moves nothing. */
    world_until(w, "2026-10-19T10:00");
    world_as(w, "zhoumin");
    story_act(w, made.id, "check-in", "{\"materials\":[" IN("special") "]}");
    hand_in(w, &made, SPECIAL);
    world_as(w, "zhoumin");
    story_due(w, made.id, "examine-supplement", "2026-10-23");
    world_until(w, "2026-10-23T23:00");
    story_step(w, made.id, "correcting");
    world_until(w, "2026-10-24T01:00");
    story_step(w, made.id, "handling");
    /* Twenty working days from Friday 16 October. */
    world_as(w, "mengfan");
    story_due(w, made.id, "decide", "2026-11-13");
    story_not_due(w, made.id, "examine-supplement");
    story_not_due(w, made.id, "check-supplement");
    world_as_citizen(w, made.no, made.code);
    world_get(w, "/track/order");
    WORLD_SAYS(w, "自材料补齐之日起视为受理");
    world_verify(w);
}

/* What is told in time is told: a further notice ends the five days, the next supplement begins
 * them again. */
static void a_further_notice_is_an_answer(void **state)
{
    struct world *w = *state;

    world_as(w, "zhoumin"); /* Saturday 24 October */
    struct registered made = story_register(w, MATTER(IN("identity")));
    story_act(w, made.id, "notify-missing", NULL);
    hand_in(w, &made, APPLICATION);
    world_as(w, "zhoumin");
    story_due(w, made.id, "examine-supplement", "2026-10-30");
    story_act(w, made.id, "notify-again", NULL);
    story_not_due(w, made.id, "examine-supplement");
    world_until(w, "2026-11-02T09:30");
    story_step(w, made.id, "correcting");
    hand_in(w, &made, SPECIAL);
    world_as(w, "zhoumin");
    story_due(w, made.id, "examine-supplement", "2026-11-09");
    story_act(w, made.id, "check-in", "{\"materials\":[" IN("application") "," IN("special") "]}");
    story_act(w, made.id, "accept-supplemented", NULL);
    story_not_due(w, made.id, "examine-supplement");
    world_as(w, "mengfan");
    story_due(w, made.id, "decide", "2026-11-30");
    world_verify(w);
}

static struct registered accepted(struct world *w)
{
    world_as(w, "zhoumin");
    struct registered made =
        story_register(w, MATTER(IN("identity") "," IN("application") "," IN("special")));

    story_act(w, made.id, "accept", NULL);
    story_act_as(w, "mengfan", NULL, made.id, "take", NULL);
    return made;
}

static void what_was_overdue_is_lifted_by_a_pause(void **state)
{
    struct world *w = *state;
    struct registered made = accepted(w); /* Monday 2 November */

    story_due(w, made.id, "decide", "2026-11-30");
    world_until(w, "2026-12-01T09:00");
    world_as(w, "mengfan");
    assert_true(json_get_bool(story_duty(w, made.id, "decide"), "overdue"));
    /* Too late for a longer limit: it is over. */
    story_try(w, made.id, "ask-extension",
              "{\"duty\":\"decide\",\"amount\":\"5\",\"reason\":\"案情复杂\"}", 409);
    WORLD_SAYS(w, "已经超期，期限届满后不能再延长");
    /* The hearing began on the 30th and is entered today. */
    story_act(w, made.id, "pause",
              "{\"duty\":\"decide\",\"ground\":\"听证\",\"until\":\"2026-12-10\","
              "\"_occurred_at\":\"2026-11-30 09:00\"}");
    assert_false(json_get_bool(story_duty(w, made.id, "decide"), "overdue"));
    world_get_json(w, world_f(w, "/orders/%lld", ID(made.id)));
    WORLD_SAYS(w, "此前记的超期撤销");
    world_as(w, "mengfan");
    story_act(w, made.id, "resume", NULL);
    story_due(w, made.id, "decide", "2026-12-02"); /* 30 November and 1 December do not count */
    world_verify(w);
}

static size_t notices(struct world *w, int64_t id, const char *title)
{
    size_t n = 0;

    world_get_json(w, world_f(w, "/orders/%lld", ID(id)));
    JSON_EACH (row, json_get(w->json, "notices"))
        n += str_is(json_get_str(row, "title"), title);
    return n;
}

static void a_refused_extension_is_told_as_one(void **state)
{
    struct world *w = *state;
    static const char ask[] = "{\"duty\":\"decide\",\"amount\":\"5\",\"reason\":\"案情复杂\"}";
    struct registered made = accepted(w); /* Tuesday 1 December */

    world_as(w, "zhaoming");
    story_try(w, made.id, "refuse-extension", "{\"reason\":\"应当按期办结\"}", 409);
    WORLD_SAYS(w, "没有待批准的延期申请");
    story_try(w, made.id, "refuse-recusal", "{\"reason\":\"没有利害关系\"}", 409);
    WORLD_SAYS(w, "没有待决定的回避申请");
    world_as(w, "mengfan");
    story_act(w, made.id, "ask-extension", ask);
    world_as(w, "zhaoming");
    story_try(w, made.id, "grant-extension", "{\"granted\":false,\"reason\":\"应当按期办结\"}",
              422);
    STORY_REFUSED(w, "granted", "");
    assert_int_equal(notices(w, made.id, "期限延长"), 0);
    story_act(w, made.id, "refuse-extension", "{\"reason\":\"应当按期办结\"}");
    assert_int_equal(notices(w, made.id, "期限延长"), 0);
    assert_int_equal(notices(w, made.id, "延期没有批准"), 1);
    world_as(w, "mengfan");
    story_due(w, made.id, "decide", "2026-12-29");
    /* Asked in time and answered too late: over is over. */
    story_act(w, made.id, "ask-extension", ask);
    world_until(w, "2026-12-30T09:00");
    world_as(w, "zhaoming");
    story_try(w, made.id, "grant-extension", "{\"granted\":true,\"reason\":\"经批准\"}", 409);
    WORLD_SAYS(w, "已经超期，不能再延长");
    world_verify(w);
}

/* Who asks for more time and then needs none leaves nothing behind that somebody must answer. */
static void an_extension_of_what_is_done_is_not_owed(void **state)
{
    struct world *w = *state;
    struct registered made = accepted(w);

    story_act(w, made.id, "ask-extension",
              "{\"duty\":\"decide\",\"amount\":\"5\",\"reason\":\"案情复杂\"}");
    assert_true(json_get_bool(story_duty(w, made.id, "approve-extension"), "open"));
    world_as(w, "mengfan");
    story_act(w, made.id, "decide",
              "{\"decision\":\"granted\",\"outcome\":\"done\",\"result\":\"准予登记\"}");
    story_not_due(w, made.id, "decide");
    story_not_due(w, made.id, "approve-extension");
    world_as(w, "zhaoming");
    story_try(w, made.id, "grant-extension", "{\"granted\":true,\"reason\":\"经批准\"}", 409);
    WORLD_SAYS(w, "没有待批准的延期申请");
    world_verify(w);
}

/* --- A pause by a step, and a detour --- */

#define ASIDE                                                                                      \
    "procedure: set-aside\n"                                                                       \
    "title: {zh: 中止办理, en: Set aside}\n"                                                   \
    "nature: handling\n"                                                                           \
    "keep: {for: 10 years, basis: tenant}\n"                                                       \
    "use: [base, pause]\n"                                                                         \
    "laws: {行政许可法: 2019-04-23}\n"                                                        \
    "duties:\n"                                                                                    \
    "  work: {title: 办理, within: 10 working days, basis: tenant, owed-by: unit, "              \
    "from: received, pause-grounds: {听证: 行政许可法 第四十五条}}\n"                  \
    "  wait: {title: 等结果, within: 30 working days, basis: tenant, owed-by: unit}\n"          \
    "  look: {title: 看一下, within: 5 working days, basis: tenant, owed-by: unit}\n"           \
    "steps:\n"                                                                                     \
    "  handling:\n"                                                                                \
    "    title: 办理中\n"                                                                       \
    "    desk: [clerk]\n"                                                                          \
    "    owes: [work]\n"                                                                           \
    "    actions:\n"                                                                               \
    "      set-aside: {title: 中止, by: [clerk], to: waiting}\n"                                 \
    "      finish: {title: 办结, by: [clerk], effect: [result], to: done, primary: true}\n"      \
    "  waiting:\n"                                                                                 \
    "    title: 中止\n"                                                                          \
    "    desk: [clerk]\n"                                                                          \
    "    owes: [wait]\n"                                                                           \
    "    pauses: {work: 行政许可法 第四十五条}\n"                                        \
    "    actions:\n"                                                                               \
    "      ask: {title: 请示, by: [clerk], to: asking}\n"                                        \
    "      go-on: {title: 恢复, by: [clerk], to: handling}\n"                                    \
    "  asking:\n"                                                                                  \
    "    title: 请示中\n"                                                                       \
    "    keeps: all\n"                                                                             \
    "    desk: [clerk]\n"                                                                          \
    "    owes: [look]\n"                                                                           \
    "    actions:\n"                                                                               \
    "      back: {title: 回到中止, by: [clerk], to: back}\n"                                   \
    "      straight-on: {title: 直接恢复办理, by: [clerk], to: handling}\n"                  \
    "  done: {title: 办结, end: resolved}\n"

static void loaded(struct world *w, const char *yaml)
{
    struct json *body = json_object(&w->home);

    world_as(w, "shilei");
    json_put_str(&w->home, body, "text", str_of(yaml));
    world_post_json(w, "/procedures", str_terminated(&w->home, json_text(&w->home, body)));
    WORLD_STATUS(w, 200);
}

static bool paused(struct world *w, int64_t id)
{
    return str_is(json_get_str(json_get(story_duty(w, id, "work"), "chip"), "state"), "paused");
}

static struct registered set_aside(struct world *w)
{
    struct registered made =
        story_register(w, "{\"matter\":\"admin-lawyer\",\"channel\":\"window\","
                          "\"subject\":\"执业申请\",\"content\":\"申请执业。\",\"fields\":{},"
                          "\"parties\":[" WORLD_APPLICANT "]}");

    story_act(w, made.id, "set-aside", NULL);
    assert_true(paused(w, made.id));
    return made;
}

static void a_pause_ends_also_by_way_of_a_detour(void **state)
{
    struct world *w = *state;

    /* The shipped matter now follows the city's own procedure of the same code. */
    loaded(w, ASIDE);
    struct str text = str_of(ASIDE), rest;
    (void)str_cut(&text, '\n', &rest);
    loaded(w, world_f(w, "procedure: administrative-matter\n%.*s", STR_ARG(text)));
    world_as(w, "zhoumin");
    struct registered made = set_aside(w);
    story_act(w, made.id, "ask", NULL);
    assert_true(paused(w, made.id)); /* a detour leaves alone what it finds */
    story_act(w, made.id, "back", NULL);
    assert_true(paused(w, made.id));
    story_act(w, made.id, "ask", NULL);
    story_act(w, made.id, "straight-on", NULL);
    assert_false(paused(w, made.id));

    /* Paused by an action and then by the step: `resume` undoes the action's part alone, and the
     * step that goes on undoes its own. */
    made = set_aside(w);
    story_act(w, made.id, "go-on", NULL);
    assert_false(paused(w, made.id));
    static const char pause[] = "{\"duty\":\"work\",\"ground\":\"听证\",\"until\":\"2027-01-05\"}";
    story_act(w, made.id, "pause", pause);
    story_act(w, made.id, "set-aside", NULL);
    story_act(w, made.id, "go-on", NULL);
    assert_true(paused(w, made.id));
    story_act(w, made.id, "set-aside", NULL);
    story_act(w, made.id, "resume", NULL);
    assert_true(paused(w, made.id));
    story_act(w, made.id, "go-on", NULL);
    assert_false(paused(w, made.id));
    /* Done while it is paused: nobody is left to check the pause. */
    story_act(w, made.id, "pause", pause);
    story_due(w, made.id, "check-pause", "2027-01-05");
    story_act(w, made.id, "finish", "{\"outcome\":\"done\",\"result\":\"办结\"}");
    story_not_due(w, made.id, "check-pause");
    world_verify(w);
}

int main(void)
{
    return WORLD_TESTS(cmocka_unit_test(silence_after_a_supplement_is_acceptance_too),
                       cmocka_unit_test(a_further_notice_is_an_answer),
                       cmocka_unit_test(what_was_overdue_is_lifted_by_a_pause),
                       cmocka_unit_test(a_refused_extension_is_told_as_one),
                       cmocka_unit_test(an_extension_of_what_is_done_is_not_owed),
                       cmocka_unit_test(a_pause_ends_also_by_way_of_a_detour));
}
