/*
 * Who answers for a fault (K18), who is watched over (K23), and a rating that was contested (K21):
 * only the person explains and appeals, nobody judges themselves, a suspension ends by itself on
 * its day, a removal takes every post for good, and revoking the decision undoes what it did.
 */
#include "story.h"

#define CLUE                                                                                       \
    "{\"matter\":\"accountability\",\"channel\":\"paper\",\"subject\":\"超期线索\","           \
    "\"content\":\"应当受理而没有受理。\",\"fields\":{\"ground\":\"refused\","           \
    "\"facts\":\"来访三次都没有受理\"},\"parties\":[" WORLD_APPLICANT "]}"

static const char *who(struct world *w, const char *login, const char *more)
{
    return world_f(w, "{\"staff\":\"%lld\"%s}", ID(world_staff(w, login)), more);
}

/* A case against this person, up to the bureau's desk. */
static int64_t case_against(struct world *w, const char *login)
{
    world_as(w, "zhaoming");
    struct registered made = story_register(w, CLUE);

    story_act(w, made.id, "ask-explanation", who(w, login, ""));
    story_act_as(w, login, NULL, made.id, "explain", "{\"explanation\":\"当天人多，漏了\"}");
    story_act_as(w, "zhaoming", NULL, made.id, "propose",
                 "{\"findings\":\"属实\",\"proposal\":\"suspension\"}");
    return made.id;
}

static bool may_sign_in(struct world *w, const char *login)
{
    world_as_nobody(w);
    world_post(w, "/sign-in", world_f(w, "login=%s&password=" WORLD_PASSWORD, login));
    return w->status == 303;
}

static struct str state_of(struct world *w, const char *login)
{
    world_as(w, "shilei");
    world_get_json(w, world_f(w, "/admin/staff/%lld", ID(world_staff(w, login))));
    WORLD_STATUS(w, 200);
    return json_get_str(w->json, "state");
}

/* A notice of the order, as the head sees it; NULL. */
static const struct json *notice(struct world *w, int64_t id, const char *title)
{
    world_as(w, "zhaoming");
    world_get_json(w, world_f(w, "/orders/%lld", ID(id)));
    WORLD_STATUS(w, 200);
    JSON_EACH (row, json_get(w->json, "notices")) {
        if (str_is(json_get_str(row, "title"), title))
            return row;
    }
    return NULL;
}

static void a_suspension_ends_by_itself_and_is_told(void **state)
{
    struct world *w = *state;

    world_as(w, "zhoumin");
    struct registered work = story_register(w, STORY_AID);
    story_act_as(w, "tangyi", NULL, work.id, "begin", NULL);
    int64_t clue = case_against(w, "tangyi");

    world_as(w, "yuchang");
    story_try(w, clue, "suspend", "{\"until\":\"2026-10-13\",\"reason\":\"属实\"}", 422);
    STORY_REFUSED(w, "until", "应在今天之后");
    story_try(w, clue, "suspend",
              who(w, "mengfan", ",\"until\":\"2026-10-20\",\"reason\":\"属实\""), 422);
    STORY_REFUSED(w, "staff", "不是这件追究的当事人员");
    /* The person is known: nobody has to be chosen again. */
    story_act(w, clue, "suspend", "{\"until\":\"2026-10-20\",\"reason\":\"属实\"}");
    assert_true(world_order(w, work.id).owner == 0);
    assert_false(may_sign_in(w, "tangyi"));
    assert_str(state_of(w, "tangyi"), "suspended");
    /* The administrator's hand does not reach the bureau's decision, and the page says so. */
    world_get(w, world_f(w, "/admin/staff/%lld", ID(world_staff(w, "tangyi"))));
    WORLD_SAYS(w, "期满自动恢复");
    world_post_json(w, world_f(w, "/admin/staff/%lld/resume", ID(world_staff(w, "tangyi"))), "{}");
    WORLD_STATUS(w, 403);

    world_until(w, "2026-10-20T23:00");
    assert_false(may_sign_in(w, "tangyi"));
    world_until(w, "2026-10-21T01:00");
    assert_true(may_sign_in(w, "tangyi"));
    assert_str(state_of(w, "tangyi"), "active");
    world_as(w, "zhaoming");
    world_get_json(w, world_f(w, "/orders/%lld", ID(clue)));
    WORLD_SAYS(w, "暂停期满，恢复服务资格");
    assert_non_null(notice(w, clue, "恢复服务资格"));
    story_act(w, work.id, "assign", who(w, "tangyi", ""));
    world_verify(w);
}

static void only_the_person_explains_and_appeals(void **state)
{
    struct world *w = *state;

    world_as(w, "zhaoming");
    struct registered made = story_register(w, CLUE);
    story_act(w, made.id, "ask-explanation", who(w, "mengfan", ""));
    /* Whoever gets the order does not become the person. */
    story_act(w, made.id, "assign", who(w, "luoqiong", ""));
    world_as(w, "luoqiong");
    story_try(w, made.id, "explain", "{\"explanation\":\"不是我\"}", 409);
    WORLD_SAYS(w, "只有当事人员本人");
    story_act_as(w, "zhaoming", NULL, made.id, "assign", who(w, "mengfan", ""));
    story_act_as(w, "mengfan", NULL, made.id, "explain", "{\"explanation\":\"系统故障\"}");
    story_act_as(w, "zhaoming", NULL, made.id, "propose",
                 "{\"findings\":\"属实\",\"proposal\":\"warning\"}");
    story_act_as(w, "yuchang", NULL, made.id, "warn", "{\"reason\":\"属实\"}");
    world_as(w, "luoqiong"); /* no longer theirs: they do not even see it */
    story_try(w, made.id, "appeal", "{\"reason\":\"太重\"}", 404);
    world_as(w, "zhaoming");
    story_try(w, made.id, "appeal", "{\"reason\":\"太重\"}", 409);
    WORLD_SAYS(w, "只有当事人员本人");
    story_act_as(w, "mengfan", NULL, made.id, "appeal", "{\"reason\":\"太重\"}");
    story_step(w, made.id, "reviewing");
    story_act_as(w, "yuchang", NULL, made.id, "keep-decision", "{\"reason\":\"适当\"}");

    /* Nobody judges themselves: the head's own case is not the head's to drop. */
    world_as(w, "zhaoming");
    made = story_register(w, CLUE);
    story_act(w, made.id, "to-bureau", who(w, "zhaoming", ""));
    story_try(w, made.id, "no-fault", "{\"reason\":\"没有错\"}", 409);
    WORLD_SAYS(w, "关系到您本人");
    story_act_as(w, "yuchang", NULL, made.id, "no-fault", "{\"reason\":\"因鉴定机构延误\"}");
    world_verify(w);
}

/* Nobody of the house may act on it any more: the head is the person, and gave it back.  The bureau
 * goes on, to the end (K13, K18). */
static void no_case_stands_still(void **state)
{
    struct world *w = *state;

    world_as(w, "zhaoming");
    struct registered made = story_register(w, CLUE);
    story_act(w, made.id, "ask-explanation", who(w, "zhaoming", ""));
    story_act(w, made.id, "release", "{\"reason\":\"本人不便办理\"}");
    story_try(w, made.id, "without-explanation", NULL, 409);
    WORLD_SAYS(w, "关系到您本人");
    story_act_as(w, "yuchang", NULL, made.id, "without-explanation", NULL);
    world_as(w, "zhaoming");
    story_try(w, made.id, "propose", "{\"findings\":\"没有\",\"proposal\":\"warning\"}", 409);
    story_act_as(w, "yuchang", NULL, made.id, "propose",
                 "{\"findings\":\"属实\",\"proposal\":\"warning\"}");
    story_act(w, made.id, "warn", "{\"reason\":\"属实\"}");
    assert_str(world_order(w, made.id).status, "closed");
    world_verify(w);
}

static bool lists(struct world *w, const char *query, int64_t id)
{
    world_get_json(w, query);
    WORLD_STATUS(w, 200);
    return world_says(w, world_f(w, "\"%lld\"", ID(id)));
}

/* Reached by everybody of the unit, read by the head, the bureau, who registered it and whom it
 * concerns: not by colleagues, wherever they look. */
static void colleagues_do_not_read_it(void **state)
{
    struct world *w = *state;
    int64_t clue = case_against(w, "mengfan");
    struct str no = world_keep(w, world_order(w, clue).no);
    const char *page = world_f(w, "/orders/%lld", ID(clue));
    static const char list[] = "/orders?view=unit", feed[] = "/events?most=500";
    const char *found = world_f(w, "/orders?q=%.*s", STR_ARG(no));

    world_pass(w, "1 hours"); /* events are numbered by a job */
    world_as(w, "luoqiong");
    world_get_json(w, page);
    WORLD_STATUS(w, 404);
    assert_false(lists(w, list, clue));
    assert_false(lists(w, found, clue));
    assert_false(lists(w, "/duties?most=500", clue));
    assert_false(lists(w, feed, clue));
    story_as(w, "qinfeng", "dispatcher");
    world_get_json(w, page);
    WORLD_STATUS(w, 404);
    static const char *const readers[] = {"zhaoming", "yuchang", "mengfan"};
    for (size_t i = 0; i < sizeof readers / sizeof *readers; i++) {
        world_as(w, readers[i]);
        world_get_json(w, page);
        WORLD_STATUS(w, 200);
        assert_true(lists(w, found, clue));
        assert_true(lists(w, "/duties?most=500", clue));
        assert_true(lists(w, feed, clue));
    }
    world_as(w, "zhaoming");
    assert_true(lists(w, list, clue));
    world_as(w, "mengfan"); /* not theirs to handle now, and still about them */
    assert_true(lists(w, list, clue));
}

/* Whom it concerns does not make it go away. */
static void nobody_voids_their_own_case(void **state)
{
    struct world *w = *state;

    world_as(w, "zhaoming");
    struct registered made = story_register(w, CLUE), other = story_register(w, CLUE);
    story_act(w, made.id, "to-bureau", who(w, "zhaoming", ""));
    story_try(w, made.id, "void", "{\"reason\":\"误登\"}", 409);
    WORLD_SAYS(w, "关系到您本人");
    story_try(w, made.id, "merge",
              world_f(w, "{\"into\":\"%.*s\",\"reason\":\"同一件事\"}", STR_ARG(other.no)), 409);
    WORLD_SAYS(w, "关系到您本人");
    story_act(w, other.id, "void", "{\"reason\":\"误登\"}");
    world_verify(w);
}

static void a_revoked_decision_is_undone(void **state)
{
    struct world *w = *state;
    int64_t clue = case_against(w, "luoqiong");

    story_act_as(w, "yuchang", NULL, clue, "suspend",
                 "{\"until\":\"2026-12-31\",\"reason\":\"属实\"}");
    assert_false(may_sign_in(w, "luoqiong"));
    /* Who cannot sign in appeals on paper; the bureau enters it. */
    story_act_as(w, "yuchang", NULL, clue, "file-appeal",
                 "{\"reason\":\"事实不清\",\"received\":\"2026-10-21\"}");
    story_act(w, clue, "revoke", "{\"reason\":\"事实不清，撤销\"}");
    assert_true(may_sign_in(w, "luoqiong"));
    assert_non_null(notice(w, clue, "追究决定已撤销"));

    /* Who was only warned lost nothing that could be restored, and is not told so. */
    clue = case_against(w, "mengfan");
    story_act_as(w, "yuchang", NULL, clue, "warn", "{\"reason\":\"属实\"}");
    story_act_as(w, "mengfan", NULL, clue, "appeal", "{\"reason\":\"太重\"}");
    story_act_as(w, "yuchang", NULL, clue, "revoke", "{\"reason\":\"情节轻微\"}");
    assert_null(notice(w, clue, "恢复服务资格"));
    assert_non_null(notice(w, clue, "追究决定已撤销"));
    world_verify(w);
}

static void a_removed_person_has_no_post_any_more(void **state)
{
    struct world *w = *state;

    world_as(w, "wuhaitao");
    struct registered work = story_register(w, WORLD_CONSULTATION);
    story_act(w, work.id, "take", NULL);
    struct str session = world_keep(w, w->session);
    int64_t clue = case_against(w, "wuhaitao"), lawyer = world_staff(w, "wuhaitao");
    story_act_as(w, "yuchang", NULL, clue, "remove", "{\"reason\":\"多次违反规定\"}");

    /* Orders in the queue, sessions over, posts ended: in the same transaction. */
    assert_true(world_order(w, work.id).owner == 0);
    w->session = session;
    world_get_json(w, "/orders");
    WORLD_STATUS(w, 401);
    assert_false(may_sign_in(w, "wuhaitao"));
    world_as(w, "anran");
    world_get_json(w, world_f(w, "/admin/staff/%lld", ID(lawyer)));
    JSON_EACH (held, json_get(w->json, "held"))
        assert_false(json_get_bool(held, "now"));
    world_post_json(
        w, world_f(w, "/admin/staff/%lld/grants", ID(lawyer)),
        world_f(w, "{\"post\":\"lawyer\",\"unit\":\"%lld\"}", ID(world_unit(w, "LJ01"))));
    WORLD_STATUS(w, 409);
    world_as(w, "shilei");
    world_post_json(w, world_f(w, "/admin/staff/%lld/resume", ID(lawyer)), "{}");
    WORLD_STATUS(w, 403);
    /* No timer ends that; revoking does. */
    world_until(w, "2026-11-30T10:00");
    assert_false(may_sign_in(w, "wuhaitao"));
    story_act_as(w, "yuchang", NULL, clue, "file-appeal",
                 "{\"reason\":\"新证据\",\"received\":\"2026-11-30\"}");
    story_act(w, clue, "revoke", "{\"reason\":\"新证据成立\"}");
    assert_true(may_sign_in(w, "wuhaitao"));
    story_act_as(w, "wuhaitao", NULL, work.id, "take", NULL);
    world_verify(w);
}

static void a_void_rating_counts_no_more(void **state)
{
    struct world *w = *state;
    int64_t loop = 0;

    world_as(w, "fangrui");
    struct registered made = story_register(w, WORLD_CONSULTATION);
    story_act(w, made.id, "answer", "{\"result\":\"不能代写假证明。\"}");
    world_as_citizen(w, made.no, made.code);
    story_citizen_act(w, "rate-later", "{\"rate_matter\":\"4\",\"rate_handler\":\"1\"}");
    /* The one who was rated finds the way from the order's own page. */
    world_as(w, "fangrui");
    world_get_json(w, world_f(w, "/orders/%lld", ID(made.id)));
    JSON_EACH (row, json_get(w->json, "chain")) {
        if (str_is(json_get_str(row, "kind"), "差评整改"))
            loop = json_get_id(row, "id");
    }
    assert_true(loop != 0);
    world_get(w, world_f(w, "/orders/%lld", ID(loop)));
    WORLD_SAYS(w, "承办人申诉");
    world_as(w, "qinfeng");
    world_as_post(w, "qinfeng", "clerk");
    story_try(w, loop, "contest", "{\"reason\":\"替同事说话\"}", 409);
    WORLD_SAYS(w, "被评价的承办人");
    story_act_as(w, "fangrui", NULL, loop, "contest", "{\"reason\":\"要求代写假证明，被我拒绝\"}");
    assert_true(str_find(world_order(w, made.id).state, S("\"contested\"")) != SIZE_MAX);
    story_act_as(w, "yuchang", NULL, loop, "rating-void",
                 "{\"outcome\":\"done\",\"result\":\"录音证明来访人要求不当\"}");
    assert_true(str_find(world_order(w, made.id).state, S("\"void\":true")) != SIZE_MAX);
    world_as(w, "fangrui");
    world_get_json(w, world_f(w, "/orders/%lld", ID(made.id)));
    WORLD_SAYS(w, "评价不计入考核");
    /* One matter, one rating all the same. */
    world_as_citizen(w, made.no, made.code);
    world_post_json(w, "/track/act/rate-later", "{\"rate_matter\":\"1\",\"rate_handler\":\"1\"}");
    WORLD_STATUS(w, 409);
    world_verify(w);
}

static void a_major_matter_is_supervised(void **state)
{
    struct world *w = *state;

    story_as(w, "lumei", NULL);
    struct registered made = story_register(
        w, "{\"matter\":\"mediation-neighbour\",\"channel\":\"window\",\"subject\":\"楼上漏水\","
           "\"content\":\"天花板一直漏水。\",\"fields\":{\"dispute\":\"neighbour\","
           "\"origin\":\"asked\",\"opponent\":\"楼上住户\"},\"parties\":[" WORLD_APPLICANT "]}");
    story_try(w, made.id, "supervise",
              "{\"method\":\"phone\",\"demand\":\"尽快\",\"feedback_by\":\"2026-12-04\"}", 403);
    world_as_post(w, "qinfeng", "dispatcher");
    world_get(w, world_f(w, "/orders/%lld?act=supervise", ID(made.id)));
    WORLD_SAYS(w, "督办要求");
    story_act(w, made.id, "supervise",
              "{\"method\":\"phone\",\"demand\":\"三日内上门\",\"feedback_by\":\"2026-12-04\"}");
    int64_t order = story_made(w);
    assert_str(world_order(w, order).procedure_code, "supervision");
    assert_true(world_order(w, order).unit == world_unit(w, "LJ02"));
    story_due(w, order, "feedback", "2026-12-04");
    assert_non_null(notice(w, made.id, "督办"));
    story_act_as(w, "zengli", "head", order, "give-feedback", "{\"course\":\"已上门，约定检修\"}");
    story_as(w, "qinfeng", "dispatcher");
    story_act(w, order, "enough", "{\"result\":\"已约定检修\"}");
    story_step(w, order, "done");
    world_verify(w);
}

int main(void)
{
    return WORLD_TESTS(cmocka_unit_test(a_suspension_ends_by_itself_and_is_told),
                       cmocka_unit_test(only_the_person_explains_and_appeals),
                       cmocka_unit_test(no_case_stands_still),
                       cmocka_unit_test(colleagues_do_not_read_it),
                       cmocka_unit_test(nobody_voids_their_own_case),
                       cmocka_unit_test(a_revoked_decision_is_undone),
                       cmocka_unit_test(a_removed_person_has_no_post_any_more),
                       cmocka_unit_test(a_void_rating_counts_no_more),
                       cmocka_unit_test(a_major_matter_is_supervised));
}
