/*
 * A calendar is loaded: whoever was told a date that moved is told again, in the words of that
 * date, and nobody else hears anything (K15, design 2).
 */
#include "story.h"

#include "modules/calendar/calendar.h"

#define MATTER                                                                                     \
    "{\"matter\":\"admin-matter\",\"channel\":\"window\",\"subject\":\"办学许可\","            \
    "\"content\":\"申请办一所培训学校。\","                                              \
    "\"fields\":{\"applicant_kind\":\"person\",\"request\":\"设立培训学校\"},"               \
    "\"materials\":[{\"code\":\"identity\",\"state\":\"in\"},"                                     \
    "{\"code\":\"application\",\"state\":\"in\"},{\"code\":\"special\",\"state\":\"in\"}],"        \
    "\"parties\":[" WORLD_APPLICANT "]}"

struct loading {
    const char *days;
    int64_t version;
};

static enum err load_days(struct task *t, void *arg)
{
    struct loading *l = arg;
    struct actor system = system_actor;

    system.tenant = t->tenant;
    return calendar_load(t, &system, CALENDAR_OWN, str_of(l->days), S("放假通知"), &l->version);
}

static void load(struct world *w, const char *days)
{
    struct loading l = {days, 0};
    struct task t;

    task_begin(&t, w->app.store, w->now, TASK_BUDGET);
    t.tenant = w->tenant;
    assert_int_equal(store_write(&t, load_days, &l), OK);
    task_end(&t);
    world_pass(w, "20 minutes");
}

/* Notices of this title on the order; the text of the newest. */
static int told(struct world *w, int64_t id, const char *title, struct str *ret_text)
{
    int n = 0;

    world_get(w, world_f(w, "/api/v1/orders/%lld", (long long)id));
    WORLD_STATUS(w, 200);
    JSON_EACH (notice, json_get(w->json, "notices")) {
        if (!str_is(json_get_str(notice, "title"), title))
            continue;
        if (!n++ && ret_text)
            *ret_text = json_get_str(notice, "text");
    }
    return n;
}

static int told_anything(struct world *w, int64_t id)
{
    return told(w, id, "日期变动", NULL) + told(w, id, "补交期限变动", NULL) +
           told(w, id, "期限变动", NULL);
}

static void who_was_told_a_date_that_moved_is_told_again(void **state)
{
    struct world *w = *state;
    struct str text;

    /* Decided by 11 November, delivered after that; owned by 孟凡. */
    world_as(w, "zhoumin");
    struct registered decided = story_register(w, MATTER);
    story_act(w, decided.id, "accept", NULL);
    story_act_as(w, "mengfan", NULL, decided.id, "take", NULL);
    story_due(w, decided.id, "decide", "2026-11-11");
    /* To be supplemented by 2 November. */
    world_as(w, "zhoumin");
    struct registered missing = story_register(w, STORY_AID);
    story_act_as(w, "chenliqun", NULL, missing.id, "begin", NULL);
    story_act(w, missing.id, "correct-materials", NULL);
    const char *until = world_f(
        w, "%.*s", STR_ARG(json_get_str(story_duty(w, missing.id, "supplement"), "legal_day")));
    /* Today, and nobody's: no day of November concerns it. */
    world_as(w, "wuhaitao");
    world_post_json(w, "/orders", WORLD_CONSULTATION);
    int64_t other = json_get_id(w->json, "id");

    load(w, world_f(w, "{\"years\":{\"2026\":{\"days\":{\"2026-11-06\":\"off\",\"%s\":\"off\"}}}}",
                    until));

    world_as(w, "mengfan");
    story_due(w, decided.id, "decide", "2026-11-13");
    assert_int_equal(told(w, decided.id, "日期变动", &text), 1);
    if (str_find(text, S("11 月 13 日")) == SIZE_MAX)
        fail_msg("%.*s", STR_ARG(text));
    assert_int_equal(told(w, decided.id, "期限变动", NULL), 1);
    assert_int_equal(told(w, decided.id, "补交期限变动", NULL), 0);
    world_as(w, "chenliqun");
    assert_int_equal(told(w, missing.id, "补交期限变动", &text), 1);
    assert_true(str_find(text, S("补交")) != SIZE_MAX);
    world_as(w, "wuhaitao");
    assert_int_equal(told_anything(w, other), 0);
    /* The citizen sees that the date moved, in the order of things. */
    world_as_citizen(w, decided.no, decided.code);
    world_get(w, "/track/order");
    WORLD_SAYS(w, "放假安排有变");
    world_verify(w);

    /* Reckoned again without a move: nobody hears anything. */
    load(w, "{\"years\":{\"2028\":{\"days\":{\"2028-03-03\":\"off\"}}}}");
    world_as(w, "mengfan");
    assert_int_equal(told(w, decided.id, "日期变动", NULL), 1);
    assert_int_equal(told(w, decided.id, "期限变动", NULL), 1);
    world_verify(w);
}

int main(void)
{
    return WORLD_TESTS(cmocka_unit_test(who_was_told_a_date_that_moved_is_told_again));
}
