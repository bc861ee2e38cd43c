/*
 * What one may see, do and count: links show only what is in reach (K1, K17), a tier registers its
 * own matters at every door (K2), the centre's unit stays (K7), calling ends after three tries on
 * three days and nobody calls back about their own work (K9), who recused never comes back (K12),
 * every applicant's class counts (K20), and what no message could tell a person tells (K14).
 */
#include "story.h"

#include "modules/access/staff.h"

#define ADMIN                                                                                      \
    "{\"matter\":\"admin-matter\",\"channel\":\"window\",\"subject\":\"办学许可\","            \
    "\"content\":\"申请办一所培训学校。\",\"fields\":{\"applicant_kind\":\"person\","    \
    "\"request\":\"设立培训学校\"},\"parties\":[" WORLD_APPLICANT "]}"
#define BACK "{\"reason\":\"发生地不在本辖区\"}"

static const char *to_unit(struct world *w, const char *code)
{
    return world_f(w, "{\"unit\":\"%lld\",\"reason\":\"当事人住在那里\"}", ID(world_unit(w, code)));
}

static void the_centres_word_is_the_last(void **state)
{
    struct world *w = *state;

    story_as(w, "linxia", NULL);
    struct registered made = story_register(w, ADMIN);
    story_act(w, made.id, "transfer", to_unit(w, "LJ04"));
    story_as(w, "yuanlin", NULL);
    story_act(w, made.id, "return-transfer", BACK);
    story_as(w, "linxia", NULL);
    story_act(w, made.id, "transfer", to_unit(w, "LJ04"));
    story_as(w, "yuanlin", NULL);
    story_act(w, made.id, "ask-centre", BACK);
    story_act_as(w, "zhaoming", NULL, made.id, "decide-unit", to_unit(w, "LJ04"));
    story_as(w, "yuanlin", NULL);
    story_act(w, made.id, "take-over", NULL);
    story_try(w, made.id, "transfer", to_unit(w, "LJ01"), 409);
    WORLD_SAYS(w, "中心已经裁定");
    world_get(w, world_f(w, "/orders/%lld?act=transfer", ID(made.id)));
    WORLD_SAYS(w, "中心已经裁定由本机构承办，不能再转");
    world_verify(w);
}

static void a_link_shows_no_more_than_reach(void **state)
{
    struct world *w = *state;

    story_as(w, "xiaqing", "clerk");
    struct registered village = story_register(w, WORLD_CONSULTATION);
    story_as(w, "zhoumin", NULL);
    struct registered centre = story_register(w, STORY_AID);
    story_act_as(w, "zhaoming", NULL, village.id, "link",
                 world_f(w, "{\"other\":\"%.*s\",\"kind\":\"related\"}", STR_ARG(centre.no)));
    world_get_json(w, world_f(w, "/orders/%lld", ID(village.id)));
    assert_int_equal(json_get(w->json, "chain")->count, 2);
    assert_int_equal(json_get_int(w->json, "chain_hidden"), 0);

    story_as(w, "xiaqing", "clerk");
    world_get_json(w, world_f(w, "/orders/%lld", ID(village.id)));
    assert_int_equal(json_get(w->json, "chain")->count, 1); /* this one */
    assert_int_equal(json_get_int(w->json, "chain_hidden"), 1);
    assert_false(world_says(w, "工地欠薪"));
    assert_false(world_says(w, world_f(w, "%lld", ID(centre.id))));
    assert_false(world_says(w, str_terminated(&w->home, centre.no)));
    world_get(w, world_f(w, "/orders/%lld", ID(village.id)));
    WORLD_SAYS(w, "另有 1 件您无权查看");
    world_verify(w);
}

static void a_tier_registers_its_own_matters_at_every_door(void **state)
{
    struct world *w = *state;

    story_as(w, "lumei", NULL);
    world_post_json(w, "/orders", STORY_AID); /* of the city alone */
    WORLD_STATUS(w, 422);
    STORY_REFUSED(w, "matter", "双塔街道公共法律服务中心不办");
    /* Of the house itself: everywhere. */
    (void)story_register(
        w, "{\"matter\":\"suggestion\",\"channel\":\"phone\",\"subject\":\"周六开门\","
           "\"content\":\"周六也开门就好了。\",\"fields\":{\"content\":\"周六也开门就好了。\","
           "\"reply_wanted\":\"yes\"},\"parties\":[" WORLD_APPLICANT "]}");
    /* A dispatcher of the centre for a village: what the village offers. */
    story_as(w, "qinfeng", "dispatcher");
    world_post_json(w, "/orders",
                    world_f(w,
                            "{\"matter\":\"admin-matter\",\"channel\":\"phone\",\"unit\":\"%lld\","
                            "\"subject\":\"办学许可\",\"content\":\"申请办学。\",\"fields\":{"
                            "\"applicant_kind\":\"person\",\"request\":\"办学\"},"
                            "\"parties\":[" WORLD_APPLICANT "]}",
                            ID(world_unit(w, "LJ11"))));
    WORLD_STATUS(w, 422);
    STORY_REFUSED(w, "matter", "不办“一般行政事项”");
    world_verify(w);
}

static struct registered answered(struct world *w, const char *login)
{
    world_as(w, login);
    struct registered made = story_register(w, WORLD_CONSULTATION);

    story_act(w, made.id, "answer", "{\"result\":\"可以申请仲裁。\",\"followup\":\"sample\"}");
    story_step(w, made.id, "calling");
    return made;
}

static void calling_ends_after_three_tries_on_three_days(void **state)
{
    struct world *w = *state;
    struct registered made = answered(w, "wuhaitao"); /* Wednesday 14 October */
    static const char end[] = "{\"reason\":\"三天都打不通\"}";

    world_as(w, "hejing");
    story_try(w, made.id, "end-calls", end, 409);
    WORLD_SAYS(w, "试着联系 3 次，现在算数的有 0 次");
    for (int i = 0; i < 3; i++) /* three times on one day are one */
        story_act(w, made.id, "not-reached", "{\"note\":\"无人接听\"}");
    story_try(w, made.id, "end-calls", end, 409);
    WORLD_SAYS(w, "现在算数的有 1 次");
    world_until(w, "2026-10-15T10:00");
    story_act_as(w, "hejing", NULL, made.id, "not-reached", "{\"note\":\"关机\"}");
    world_until(w, "2026-10-16T10:00");
    world_as(w, "hejing");
    story_try(w, made.id, "end-calls", end, 409);
    WORLD_SAYS(w, "现在算数的有 2 次");
    /* The page says it before the button is pressed. */
    world_get(w, world_f(w, "/orders/%lld?act=end-calls", ID(made.id)));
    WORLD_SAYS(w, "现在算数的有 2 次");
    story_act(w, made.id, "not-reached", "{\"note\":\"空号\"}");
    story_act(w, made.id, "end-calls", end);
    story_step(w, made.id, "answered");
    world_verify(w);
}

#define RATED "{\"reached\":true,\"rate_matter\":\"5\",\"rate_handler\":\"5\"}"

static void nobody_calls_back_about_their_own_work(void **state)
{
    struct world *w = *state;
    struct registered made = answered(w, "fangrui");

    /* The head gave it out, so the head does not ask how it was. */
    world_as(w, "wuhaitao");
    made = story_register(w, WORLD_CONSULTATION);
    story_act_as(w, "zhaoming", NULL, made.id, "assign",
                 world_f(w, "{\"staff\":\"%lld\"}", ID(world_staff(w, "fangrui"))));
    story_act_as(w, "fangrui", NULL, made.id, "answer",
                 "{\"result\":\"可以申请仲裁。\",\"followup\":\"sample\"}");
    world_as(w, "zhaoming");
    story_try(w, made.id, "call-back", RATED, 409);
    WORLD_SAYS(w, "您经办过这件工单");
    world_as(w, "fangrui");
    story_try(w, made.id, "call-back", RATED, 403);
    /* Taking it from the queue to call is no work on the matter. */
    world_as(w, "daili");
    story_act(w, made.id, "take", NULL);
    story_act(w, made.id, "call-back", RATED);
    story_step(w, made.id, "answered");
    world_verify(w);
}

static void who_recused_never_becomes_the_owner_again(void **state)
{
    struct world *w = *state;
    int64_t lawyer = world_staff(w, "wuhaitao");

    world_as(w, "zhoumin");
    struct registered made = story_register(w, WORLD_CONSULTATION);
    story_act_as(w, "zhaoming", NULL, made.id, "assign",
                 world_f(w, "{\"staff\":\"%lld\"}", ID(lawyer)));
    story_act_as(w, "wuhaitao", NULL, made.id, "recuse", "{\"reason\":\"对方是我同学\"}");
    /* By no door: not by taking it, not as the next one, not by answering, not in a bundle. */
    story_try(w, made.id, "take", NULL, 403);
    story_try(w, made.id, "answer", "{\"result\":\"可以。\"}", 403);
    for (int i = 0; i < 20; i++) {
        world_post_json(w, "/orders/next", "{}");
        if (w->status != 200)
            break;
        assert_true(json_get_id(w->json, "id") != made.id);
    }
    WORLD_STATUS(w, 404);
    world_as(w, "zhaoming");
    world_post_json(
        w, "/orders/bulk",
        world_f(w, "{\"action\":\"assign\",\"staff\":\"%lld\",\"orders\":[{\"id\":\"%lld\"}]}",
                ID(lawyer), ID(made.id)));
    assert_true(world_order(w, made.id).owner == 0);
    /* Nor after somebody else has led it on and closed it, and it is opened again. */
    story_act_as(w, "fangrui", NULL, made.id, "answer", "{\"result\":\"可以申请仲裁。\"}");
    story_as(w, "wuhaitao", NULL);
    story_try(w, made.id, "ask-again", "{\"reason\":\"补充\"}", 403);
    world_as_citizen(w, made.no, made.code);
    story_citizen_act(w, "ask-again", "{\"reason\":\"要带什么材料？\"}");
    assert_true(world_order(w, made.id).owner != lawyer);
    world_as(w, "wuhaitao");
    story_try(w, made.id, "take", NULL, 403);
    world_verify(w);
}

static void every_applicants_class_counts(void **state)
{
    struct world *w = *state;
    struct actor dispatcher = world_actor(w, "qinfeng", "dispatcher");
    struct act_done made = world_create(
        w, &dispatcher,
        "{\"matter\":\"legal-consultation\",\"channel\":\"hotline\",\"subject\":\"等候\","
        "\"content\":\"等候\",\"parties\":["
        "{\"role\":\"applicant\",\"identity\":{\"kind\":\"person\",\"name\":\"何小川\","
        "\"paper\":\"none\",\"phone\":\"13900004321\",\"green\":[\"migrant-worker\"]}},"
        "{\"role\":\"applicant\",\"identity\":{\"kind\":\"person\",\"name\":\"何大川\","
        "\"paper\":\"none\",\"phone\":\"13900004322\",\"green\":[\"migrant-worker\",\"disabled\"]}}"
        "]}");
    assert_str(world_order(w, made.order).green, "migrant-worker,disabled");
    /* The first without a class, the second with one: the order goes first all the same. */
    made = world_create(
        w, &dispatcher,
        "{\"matter\":\"legal-consultation\",\"channel\":\"hotline\",\"subject\":\"等候\","
        "\"content\":\"等候\",\"parties\":["
        "{\"role\":\"applicant\",\"identity\":{\"kind\":\"person\",\"name\":\"何小川\","
        "\"paper\":\"none\",\"phone\":\"13900004321\"}}]}");
    assert_str(world_order(w, made.order).green, "");
    world_act(w, &dispatcher, made.order, "note", "{\"text\":\"同来的还有一位\"}");
    struct actor clerk = world_actor(w, "zhoumin", "clerk");
    world_act(w, &clerk, made.order, "add-party",
              "{\"role\":\"applicant\",\"party\":{\"kind\":\"person\",\"name\":\"何大川\","
              "\"paper\":\"none\",\"phone\":\"13900004322\",\"green\":[\"disabled\"]}}");
    assert_str(world_order(w, made.order).green, "disabled");
    world_verify(w);
}

/* The notice of that title; asked as whoever is signed in. */
static const struct json *notice(struct world *w, int64_t id, const char *title)
{
    world_get_json(w, world_f(w, "/orders/%lld", ID(id)));
    WORLD_STATUS(w, 200);
    JSON_EACH (row, json_get(w->json, "notices")) {
        if (str_is(json_get_str(row, "title"), title))
            return row;
    }
    fail_msg("no notice %s", title);
    return NULL;
}

static void what_no_message_could_tell_a_person_tells(void **state)
{
    struct world *w = *state;
    int64_t clerk = world_staff(w, "zhoumin"), lawyer = world_staff(w, "fangrui");

    world_as(w, "zhoumin");
    struct registered made = story_register(
        w, "{\"matter\":\"legal-consultation\",\"channel\":\"window\",\"subject\":\"家里的事\","
           "\"content\":\"想问离婚。\",\"parties\":[{\"role\":\"applicant\",\"identity\":{"
           "\"kind\":\"person\",\"name\":\"何小川\",\"paper\":\"none\",\"phone\":\"13900004321\","
           "\"no_message\":true}}]}");
    const struct json *row = notice(w, made.id, "已登记");
    assert_true(json_get_bool(row, "can_tell"));
    int64_t id = json_get_id(row, "id");
    const char *told = world_f(w, "/orders/%lld/notices/%lld/told", ID(made.id), ID(id));
    const char *seen = world_f(w, "/orders/%lld/notices/%lld/seen", ID(made.id), ID(id));
    world_post_json(w, told, "{}");
    WORLD_STATUS(w, 422);
    world_post_json(w, seen, "{}");
    WORLD_STATUS(w, 409); /* it is for the citizen */
    story_as(w, "lumei", NULL);
    world_post_json(w, told, "{\"how\":\"phone\"}");
    WORLD_STATUS(w, 404);
    story_as(w, "zhoumin", NULL);
    world_post_json(w, told, "{\"how\":\"in-person\",\"note\":\"在窗口当面说明\"}");
    WORLD_STATUS(w, 200);
    int64_t version = world_order(w, made.id).version;
    world_post_json(w, told, "{\"how\":\"phone\"}"); /* a second click changes nothing */
    WORLD_STATUS(w, 200);
    assert_true(world_order(w, made.id).version == version);
    row = notice(w, made.id, "已登记");
    assert_str(json_get_str(row, "state"), "已告知");
    assert_false(json_get_bool(row, "can_tell"));
    assert_true(json_get_id(row, "told_by") == clerk);
    assert_true(str_find(json_get_str(row, "told"), S("当面告知")) != SIZE_MAX);
    WORLD_SAYS(w, "在窗口当面说明");

    /* What stands on somebody's desk: seen by them, and by nobody else for them. */
    story_act_as(w, "zhaoming", NULL, made.id, "assign",
                 world_f(w, "{\"staff\":\"%lld\"}", ID(lawyer)));
    row = notice(w, made.id, "有新的待办");
    assert_false(json_get_bool(row, "can_see"));
    seen = world_f(w, "/orders/%lld/notices/%lld/seen", ID(made.id), ID(json_get_id(row, "id")));
    world_post_json(w, seen, "{}");
    WORLD_STATUS(w, 403);
    world_as(w, "fangrui");
    world_get(w, world_f(w, "/orders/%lld", ID(made.id)));
    WORLD_SAYS(w, "我已看到");
    world_get_json(w, "/orders?view=mine");
    assert_true(json_get_id(json_get(w->json, "reminders")->first, "order") == made.id);
    world_get(w, "/orders?view=mine");
    WORLD_SAYS(w, seen);
    world_post(w, seen, "");
    WORLD_STATUS(w, 303);
    world_get(w, "/orders?view=mine");
    assert_false(world_says(w, seen));
    row = notice(w, made.id, "有新的待办");
    assert_str(json_get_str(row, "state"), "已看");
    assert_true(json_get_id(row, "told_by") == lawyer);
    world_verify(w);
}

/* Rows reckoned under the calendar of yesterday make nothing overdue. */
static void timers_reckon_with_todays_calendar(void **state)
{
    struct world *w = *state;

    world_until(w, "2026-11-02T09:00"); /* Monday */
    world_as(w, "zhoumin");
    struct registered made = story_register(w, ADMIN);
    story_due(w, made.id, "examine-materials", "2026-11-09");
    world_until(w, "2026-11-09T23:30");
    /* That very evening the city learns of a local day off; the jobs have not run yet. */
    world_as(w, "shilei");
    world_post_json(w, "/admin/calendar",
                    "{\"kind\":\"own\",\"text\":\"{\\\"years\\\":{\\\"2026\\\":{\\\"days\\\":"
                    "{\\\"2026-11-09\\\":\\\"off\\\"}}}}\"}");
    assert_true(w->status == 200 || w->status == 201);
    world_until(w, "2026-11-10T01:00");
    story_step(w, made.id, "registered"); /* not accepted by silence */
    world_as(w, "zhoumin");
    story_due(w, made.id, "examine-materials", "2026-11-10");
    assert_false(json_get_bool(story_duty(w, made.id, "examine-materials"), "overdue"));
    world_until(w, "2026-11-11T01:00");
    story_step(w, made.id, "handling");
    world_verify(w);
}

int main(void)
{
    return WORLD_TESTS(cmocka_unit_test(the_centres_word_is_the_last),
                       cmocka_unit_test(a_link_shows_no_more_than_reach),
                       cmocka_unit_test(a_tier_registers_its_own_matters_at_every_door),
                       cmocka_unit_test(nobody_calls_back_about_their_own_work),
                       cmocka_unit_test(calling_ends_after_three_tries_on_three_days),
                       cmocka_unit_test(who_recused_never_becomes_the_owner_again),
                       cmocka_unit_test(every_applicants_class_counts),
                       cmocka_unit_test(what_no_message_could_tell_a_person_tells),
                       cmocka_unit_test(timers_reckon_with_todays_calendar));
}
