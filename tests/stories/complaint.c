/*
 * A complaint in four steps (K22): the head receives, the handler reports, the head investigates,
 * the bureau decides; it hangs on the order complained of.  From it an accountability case (K18):
 * clue, explanation, verification, decision; who is suspended gets nothing more.
 */
#include "story.h"

#define COMPLAINT "{\"about\":\"delay\",\"against\":\"handler\",\"content\":\"一个月没有人理我。\"}"

static const char *to_staff(struct world *w, const char *login, const char *more)
{
    return world_f(w, "{\"staff\":\"%lld\"%s}", ID(world_staff(w, login)), more);
}

/* The order that hangs on this one with that matter, as the head sees it. */
static int64_t linked(struct world *w, int64_t id, const char *kind)
{
    world_get_json(w, world_f(w, "/orders/%lld", ID(id)));
    WORLD_STATUS(w, 200);
    JSON_EACH (row, json_get(w->json, "chain")) {
        if (str_is(json_get_str(row, "kind"), kind) && !json_get_bool(row, "here"))
            return json_get_id(row, "id");
    }
    print_error("%.*s\n", STR_ARG(w->body));
    fail_msg("nothing of kind %s hangs on the order", kind);
    return 0;
}

static int64_t complain(struct world *w, struct registered *ret_made)
{
    world_as(w, "zhoumin");
    *ret_made = story_register(w, STORY_AID);
    story_act_as(w, "tangyi", NULL, ret_made->id, "begin", NULL);
    world_as_citizen(w, ret_made->no, ret_made->code);
    world_get(w, "/track/complain");
    assert_str(w->location, "/track/act/complain");
    world_get(w, "/track/act/complain");
    WORLD_STATUS(w, 200);
    story_citizen_act(w, "complain", COMPLAINT);
    world_get(w, "/track/order");
    WORLD_SAYS(w, "您提出了投诉");
    world_as(w, "zhaoming");
    return linked(w, ret_made->id, "投诉");
}

static void four_steps_and_the_bureau_decides(void **state)
{
    struct world *w = *state;
    struct registered made;
    int64_t complaint = complain(w, &made);

    /* Wednesday 14 October. */
    story_step(w, complaint, "receiving");
    story_due(w, complaint, "receive", "2026-10-15");
    story_due(w, complaint, "whole", "2026-11-04");
    /* The one complained of does not receive it. */
    world_as(w, "tangyi");
    /* Who is complained about does not even see it before the head asks for a report. */
    story_try(w, complaint, "ask-report", to_staff(w, "tangyi", ",\"heard\":\"\""), 404);
    story_act_as(w, "zhaoming", NULL, complaint, "ask-report",
                 to_staff(w, "tangyi", ",\"heard\":\"当事人说一个月没有消息\""));
    world_as(w, "tangyi");
    story_due(w, complaint, "report", "2026-10-19");
    story_act(w, complaint, "give-report", "{\"report\":\"材料一直没有补齐，电话没有接通\"}");
    world_as(w, "zhaoming");
    story_due(w, complaint, "investigate", "2026-10-23");
    story_act(w, complaint, "propose",
              "{\"found\":\"partly\",\"findings\":\"没有书面告知\",\"proposal\":\"批评教育\"}");
    /* The head does not decide on the head's own proposal. */
    story_try(w, complaint, "decide", "{\"outcome\":\"done\",\"result\":\"批评\"}", 403);
    world_as(w, "yuchang");
    story_due(w, complaint, "decide", "2026-10-21");
    story_act(w, complaint, "decide", "{\"outcome\":\"done\",\"result\":\"批评教育，当面道歉\"}");
    int64_t paper = story_paper(w, complaint, "投诉处理决定书");
    world_get(w, world_f(w, "/orders/%lld/papers/%lld", ID(complaint), ID(paper)));
    assert_true(story_pdf_says(w, story_pdf_text(w), "批评教育，当面道歉"));
    world_as(w, "zhaoming");
    story_due(w, complaint, "tell-result", "2026-10-19");
    story_act(w, complaint, "tell", "{\"told_how\":\"phone\",\"told_what\":\"处理决定\"}");
    story_act_as(w, "hejing", NULL, complaint, "call-back",
                 "{\"reached\":true,\"handled\":\"true-result\",\"rate_matter\":\"4\","
                 "\"rate_handler\":\"4\"}");
    story_act_as(w, "panyun", NULL, complaint, "archive", NULL);
    assert_str(world_order(w, complaint).outcome, "resolved");
    /* Who was complained about does not find it among what is closed, nor that there is one. */
    world_pass(w, "1 hours");
    world_as(w, "tangyi");
    world_get_json(w, world_f(w, "/research?kind=order&s=%s", world_escape(w, "投诉")));
    WORLD_STATUS(w, 200);
    assert_int_equal(json_get(w->json, "rows")->count, 0);
    assert_int_equal(json_get_int(w->json, "count"), 0);
    world_as(w, "zhaoming");
    world_get_json(w, world_f(w, "/research?kind=order&s=%s", world_escape(w, "投诉")));
    assert_int_equal(json_get(w->json, "rows")->count, 1);
    /* The order complained of went on by itself. */
    story_step(w, made.id, "examining");
    world_verify(w);
}

static void a_complaint_about_the_head_goes_to_the_bureau(void **state)
{
    struct world *w = *state;

    world_as(w, "zhoumin");
    struct registered made = story_register(
        w, "{\"matter\":\"complaint\",\"channel\":\"phone\",\"subject\":\"对中心主任有意见\","
           "\"content\":\"主任不接待。\",\"fields\":{\"about\":\"attitude\","
           "\"against\":\"head\",\"content\":\"主任不接待。\"},\"parties\":[" WORLD_APPLICANT "]}");
    story_act_as(w, "yuchang", NULL, made.id, "receive-by-bureau", "{\"heard\":\"已听取\"}");
    story_step(w, made.id, "bureau-deciding");
    world_as(w, "zhaoming");
    story_try(w, made.id, "decide", "{\"outcome\":\"done\",\"result\":\"不属实\"}", 403);
    story_act_as(w, "yuchang", NULL, made.id, "decide",
                 "{\"outcome\":\"done\",\"result\":\"已谈话提醒\"}");
    world_verify(w);
}

/* Nobody of the house acts on it: the one who owes the report is gone, the head keeps away. */
static void a_complaint_does_not_stand_still(void **state)
{
    struct world *w = *state;
    struct registered made;
    int64_t complaint = complain(w, &made);

    story_act_as(w, "zhaoming", NULL, complaint, "ask-report",
                 to_staff(w, "tangyi", ",\"heard\":\"一个月没有消息\""));
    story_act_as(w, "yuchang", NULL, complaint, "without-report", "{\"reason\":\"没有人报告\"}");
    story_act(w, complaint, "propose",
              "{\"found\":\"yes\",\"findings\":\"没有答复\",\"proposal\":\"批评\"}");
    story_act(w, complaint, "decide", "{\"outcome\":\"done\",\"result\":\"批评\"}");
    world_verify(w);
}

static void somebody_answers_for_it(void **state)
{
    struct world *w = *state;
    struct registered made;
    int64_t complaint = complain(w, &made);

    story_act_as(w, "zhaoming", NULL, complaint, "ask-report",
                 to_staff(w, "tangyi", ",\"heard\":\"一个月没有消息\""));
    story_act(w, complaint, "without-report", "{\"reason\":\"没有按期报告\"}");
    story_act(w, complaint, "propose",
              "{\"found\":\"yes\",\"findings\":\"应当受理而没有受理\",\"proposal\":\"追究\"}");
    story_act_as(
        w, "yuchang", NULL, complaint, "decide-and-account",
        "{\"outcome\":\"done\",\"result\":\"属实，追究责任\",\"facts\":\"应当受理而没有受理\","
        "\"ground\":\"refused\"}");
    int64_t clue = linked(w, complaint, "责任追究");

    /* The citizen sees the complaint on the timeline, not the proceedings against a person. */
    world_as_citizen(w, made.no, made.code);
    world_get(w, "/track/order");
    assert_false(world_says(w, "责任追究"));

    world_as(w, "zhaoming");
    story_due(w, clue, "look", "2026-10-19");
    story_act(w, clue, "ask-explanation", to_staff(w, "tangyi", ""));
    world_as(w, "tangyi");
    story_due(w, clue, "explain", "2026-10-19");
    story_act(w, clue, "explain", "{\"explanation\":\"当天人多，漏了\"}");
    story_act_as(w, "zhaoming", NULL, clue, "propose",
                 "{\"findings\":\"属实\",\"proposal\":\"suspension\"}");
    story_try(w, clue, "suspend", to_staff(w, "tangyi", ",\"reason\":\"属实\""), 403);
    world_as(w, "yuchang");
    story_due(w, clue, "decide", "2026-10-28");
    story_act(w, clue, "suspend",
              to_staff(w, "tangyi", ",\"until\":\"2026-11-30\",\"reason\":\"应当受理而没有受理\""));
    assert_str(world_order(w, clue).step, "decided");

    /* What the suspended had is in the queue, in the same moment, and no new one comes. */
    assert_true(world_order(w, made.id).owner == 0);
    world_as(w, "zhaoming");
    story_try(w, made.id, "assign", to_staff(w, "tangyi", ""), 422);
    world_verify(w);
}

static int64_t fresh_for(struct world *w, const char *login, int64_t complaint)
{
    world_as(w, login);
    world_get_json(w, world_f(w, "/orders/changes?newest=%lld&since=0&ids=%lld", ID(complaint - 1),
                              ID(complaint)));
    WORLD_STATUS(w, 200);
    return json_get_int(w->json, "fresh") + json_get_int(w->json, "changed");
}

/* Colleagues at the same centre neither read it nor are told that it is there and moves. */
static void a_complaint_is_not_the_whole_units(void **state)
{
    struct world *w = *state;
    struct registered made;
    int64_t complaint = complain(w, &made);

    world_as(w, "linxia");
    world_get_json(w, world_f(w, "/orders/%lld", ID(complaint)));
    WORLD_STATUS(w, 404);
    world_get_json(w, "/orders?view=unit");
    assert_false(world_says(w, world_f(w, "\"%lld\"", ID(complaint))));
    assert_int_equal(fresh_for(w, "linxia", complaint), 0);
    assert_int_equal(fresh_for(w, "zhaoming", complaint), 2);
    assert_int_equal(fresh_for(w, "yuchang", complaint), 2);
}

static void delay_by_others_is_no_fault(void **state)
{
    struct world *w = *state;

    world_as(w, "zhaoming");
    struct registered made = story_register(
        w, "{\"matter\":\"accountability\",\"channel\":\"paper\",\"subject\":\"超期线索\","
           "\"content\":\"材料在外单位停了十天。\",\"fields\":{\"ground\":\"overdue\","
           "\"facts\":\"超期三日\"},\"parties\":[" WORLD_APPLICANT "]}");
    /* Before somebody is named the head cannot close it: it may be about the head. */
    story_try(w, made.id, "no-fault", "{\"reason\":\"没有问题\"}", 409);
    story_try(w, made.id, "no-ground", "{\"reason\":\"没有问题\"}", 403);
    world_as(w, "yuchang");
    story_try(w, made.id, "no-ground", NULL, 422);
    story_act(w, made.id, "no-ground", "{\"reason\":\"鉴定机构延误，不是本人的责任\"}");
    assert_str(world_order(w, made.id).step, "cleared");
    world_verify(w);
}

int main(void)
{
    return WORLD_TESTS(cmocka_unit_test(four_steps_and_the_bureau_decides),
                       cmocka_unit_test(a_complaint_about_the_head_goes_to_the_bureau),
                       cmocka_unit_test(a_complaint_does_not_stand_still),
                       cmocka_unit_test(a_complaint_is_not_the_whole_units),
                       cmocka_unit_test(somebody_answers_for_it),
                       cmocka_unit_test(delay_by_others_is_no_fault));
}
