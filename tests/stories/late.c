/*
 * What happened earlier is entered later (P2): limits run from when it happened, the record keeps
 * both moments; how far back is a permission, and a reason.  Corrected, voided, merged - nothing is
 * ever overwritten, and the chain tells (K13, K15).
 */
#include "story.h"

#define CASE(more)                                                                                 \
    "{\"matter\":\"legal-aid-wage\",\"channel\":\"window\",\"subject\":\"工地欠薪\","          \
    "\"content\":\"从五月起没有拿到工资。\",\"fields\":{\"kind\":\"labour\","           \
    "\"source\":\"self\",\"hardship\":\"exempt\"},\"parties\":[" WORLD_APPLICANT "]" more "}"

static void limits_run_from_when_it_happened(void **state)
{
    struct world *w = *state;

    /* Wednesday 14 October: on Monday the power was out. */
    world_as(w, "zhoumin");
    struct registered made = story_register(w, CASE(",\"occurred_at\":\"2026-10-12T15:30\""));
    story_due(w, made.id, "examine", "2026-10-19");
    struct order order = world_order(w, made.id);
    assert_int_equal(day_of(order.occurred_at), day_of(w->now) - 2);
    assert_int_equal(day_of(order.recorded_at), day_of(w->now));
    world_get(w, world_f(w, "/orders/%lld", ID(made.id)));
    WORLD_SAYS(w, "补录于");

    world_post_json(w, "/orders", CASE(",\"occurred_at\":\"2026-10-14T10:30\""));
    WORLD_STATUS(w, 422);
    STORY_REFUSED(w, "occurred_at", "不能晚于现在");
    world_post_json(w, "/orders", CASE(",\"occurred_at\":\"2026-13-40T10:30\""));
    WORLD_STATUS(w, 422);
    STORY_REFUSED(w, "occurred_at", "时间写成");

    /* More than three days ago: a reason.  More than thirty: the head. */
    world_post_json(w, "/orders", CASE(",\"occurred_at\":\"2026-09-28T15:30\""));
    WORLD_STATUS(w, 422);
    STORY_REFUSED(w, "back_reason", "请写明原因");
    made = story_register(w, CASE(",\"occurred_at\":\"2026-09-28T15:30\","
                                  "\"back_reason\":\"下乡时写在纸上\""));
    /* The seventh day, 5 October, is a holiday; the next working day is the 8th. */
    story_due(w, made.id, "examine", "2026-10-08");
    world_post_json(w, "/orders",
                    CASE(",\"occurred_at\":\"2026-08-28T15:30\","
                         "\"back_reason\":\"下乡时写在纸上\""));
    WORLD_STATUS(w, 422);
    STORY_REFUSED(w, "occurred_at", "请由主任岗办理");
    world_as(w, "zhaoming");
    story_register(w, CASE(",\"occurred_at\":\"2026-08-28T15:30\","
                           "\"back_reason\":\"下乡时写在纸上\""));
    world_verify(w);
}

static void an_act_is_entered_later_too(void **state)
{
    struct world *w = *state;

    world_as(w, "zhoumin");
    struct registered made = story_register(w, CASE(",\"occurred_at\":\"2026-10-12T09:00\""));
    world_as(w, "chenliqun");
    story_try(w, made.id, "begin", "{\"_occurred_at\":\"2026-10-11T09:00\"}", 422);
    STORY_REFUSED(w, "occurred_at", "不能早于登记时的发生时间");
    story_act(w, made.id, "begin", "{\"_occurred_at\":\"2026-10-12T16:00\"}");
    story_act(
        w, made.id, "aid-first",
        "{\"ground\":\"limit\",\"reason\":\"时效将届满\",\"_occurred_at\":\"2026-10-13T10:00\"}");
    story_due(w, made.id, "assign", "2026-10-16"); /* from the 13th */
    world_verify(w);
}

static void a_mistake_is_corrected_and_stays_readable(void **state)
{
    struct world *w = *state;

    world_as(w, "zhoumin");
    struct registered made = story_register(w, CASE(""));
    story_try(w, made.id, "correct", "{\"reason\":\"写错了\"}", 422);
    STORY_REFUSED(w, "facts", "请写明改成什么");
    story_try(w, made.id, "correct", "{\"subject\":\"王小满欠薪\",\"reason\":\"写错了\"}", 422);
    STORY_REFUSED(w, "subject", "不要写当事人的姓名");
    story_act(w, made.id, "correct",
              "{\"subject\":\"工厂欠薪\",\"facts\":\"是工厂，不是工地\",\"reason\":\"听错了\"}");
    assert_str(world_order(w, made.id).subject, "工厂欠薪");
    world_get(w, world_f(w, "/orders/%lld", ID(made.id)));
    WORLD_SAYS(w, "更正登记");
    WORLD_SAYS(w, "听错了");
    WORLD_SAYS(w, "从五月起没有拿到工资"); /* what was said first is still there */
    world_verify(w);
}

static void void_and_merged(void **state)
{
    struct world *w = *state;

    world_as(w, "zhoumin");
    struct registered first = story_register(w, CASE("")), twin = story_register(w, CASE("")),
                      wrong = story_register(w, CASE(""));
    story_try(w, wrong.id, "void", NULL, 422);
    story_act(w, wrong.id, "void", "{\"reason\":\"点错了，登记了三次\"}");
    struct order order = world_order(w, wrong.id);
    assert_str(order.status, "closed");
    assert_str(order.outcome, "void");

    story_try(w, twin.id, "merge", "{\"into\":\"LJ01-20261014-99999\",\"reason\":\"重复\"}", 422);
    STORY_REFUSED(w, "into", "没有工单号");
    story_try(w, twin.id, "merge",
              world_f(w, "{\"into\":\"%.*s\",\"reason\":\"重复\"}", STR_ARG(twin.no)), 422);
    STORY_REFUSED(w, "into", "不能是这件工单自己");
    story_try(w, twin.id, "merge",
              world_f(w, "{\"into\":\"%.*s\",\"reason\":\"重复\"}", STR_ARG(wrong.no)), 422);
    STORY_REFUSED(w, "into", "已办结");
    story_act(w, twin.id, "merge",
              world_f(w, "{\"into\":\"%.*s\",\"reason\":\"重复登记\"}", STR_ARG(first.no)));
    order = world_order(w, twin.id);
    assert_str(order.outcome, "merged");
    assert_str(world_order(w, first.id).status, "open");
    world_get_json(w, world_f(w, "/orders/%lld", ID(first.id)));
    WORLD_SAYS(w, world_f(w, "%lld", ID(twin.id)));
    world_as_citizen(w, twin.no, twin.code);
    world_get(w, "/track/order");
    WORLD_SAYS(w, "已并入您的另一件事");
    world_verify(w);
}

int main(void)
{
    return WORLD_TESTS(cmocka_unit_test(limits_run_from_when_it_happened),
                       cmocka_unit_test(an_act_is_entered_later_too),
                       cmocka_unit_test(a_mistake_is_corrected_and_stays_readable),
                       cmocka_unit_test(void_and_merged));
}
