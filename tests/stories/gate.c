/*
 * The gate (K29, K30, P8): what belongs to another body is guided there in writing, with the body,
 * the reason and the remedies, in one step; what is refused is refused on paper; it is counted; and
 * limitation (P4): the receipt says whether it interrupts it.
 */
#include "story.h"

#define PETITION(then)                                                                             \
    "{\"matter\":\"crime-report\",\"channel\":\"window\",\"subject\":\"被骗钱\","               \
    "\"content\":\"网上投资被骗了三万元。\"" then ",\"parties\":[" WORLD_APPLICANT "]}"

static struct str paper_of(struct world *w, int64_t id, const char *title)
{
    int64_t paper = story_paper(w, id, title);

    world_get(w, world_f(w, "/orders/%lld/papers/%lld", ID(id), ID(paper)));
    WORLD_STATUS(w, 200);
    return story_pdf_text(w);
}

static void guided_in_one_step_on_paper(void **state)
{
    struct world *w = *state;

    world_as(w, "zhoumin");
    /* The window is warned while it still types. */
    world_post(w, "/orders/check",
               "matter=crime-report&channel=window&content=cheated+out+of+money");
    WORLD_STATUS(w, 200);
    WORLD_SAYS(w, "这件事归别的机关办");
    WORLD_SAYS(w, "公安机关（紧急拨打 110）");

    world_post_json(w, "/orders", PETITION(",\"then\":\"guide\",\"then_input\":{}"));
    WORLD_STATUS(w, 422);
    STORY_REFUSED(w, "then_input.body", "应当找哪个机关");
    STORY_REFUSED(w, "then_input.remedies", "救济途径");
    struct registered made = story_register(
        w, PETITION(",\"then\":\"guide\",\"then_input\":{\"body\":\"岚江市公安局\","
                    "\"reason\":\"报案由公安机关受理\",\"remedies\":\"不立案的，可以申请复议，"
                    "也可以向人民检察院提出\"}"));
    struct order order = world_order(w, made.id);
    assert_str(order.status, "closed");
    assert_str(order.outcome, "guided");
    struct str text = paper_of(w, made.id, "办事指引告知单");
    assert_true(story_pdf_says(w, text, "岚江市公安局"));
    assert_true(story_pdf_says(w, text, "报案由公安机关受理"));
    assert_true(story_pdf_says(w, text, "也可以向人民检察院提出"));
    world_as_citizen(w, made.no, made.code);
    world_get(w, "/track/order");
    WORLD_SAYS(w, "请找告知单上写明的机关");
    world_verify(w);
}

static void refused_in_writing(void **state)
{
    struct world *w = *state;

    /* A dispute with an office is not for mediators. */
    world_as(w, "zhoumin");
    struct registered made = story_register(
        w, "{\"matter\":\"people-mediation\",\"channel\":\"window\",\"subject\":\"处罚不服\","
           "\"content\":\"被罚款，想调解。\",\"fields\":{\"dispute\":\"other\","
           "\"origin\":\"asked\",\"opponent\":\"某局\"},\"parties\":[" WORLD_APPLICANT "]}");
    story_try(w, made.id, "refuse", "{\"reason\":\"行政争议\"}", 422);
    STORY_REFUSED(w, "remedies", "救济途径");
    story_act(
        w, made.id, "refuse",
        "{\"body\":\"岚江市人民政府行政复议机构\",\"reason\":\"行政争议不属于人民调解的范围\","
        "\"remedies\":\"自知道处罚决定之日起六十日内可以申请行政复议\"}");
    assert_str(world_order(w, made.id).outcome, "refused");
    struct str text = paper_of(w, made.id, "不予受理告知书");
    assert_true(story_pdf_says(w, text, "行政争议不属于人民调解的范围"));
    assert_true(story_pdf_says(w, text, "六十日内可以申请行政复议"));
    /* Refusing rightly or not can be complained of. */
    world_as_citizen(w, made.no, made.code);
    world_get(w, "/track/act/complain");
    WORLD_STATUS(w, 200);
    world_verify(w);
}

static void a_guided_item_closes_in_one_step(void **state)
{
    struct world *w = *state;

    world_as(w, "zhoumin");
    struct registered made = story_register(
        w, "{\"matter\":\"bar-exam\",\"channel\":\"window\",\"subject\":\"法考报名\","
           "\"content\":\"怎么报名？\",\"then\":\"inform\",\"then_input\":"
           "{\"result\":\"每年六月在司法部网站报名。\"},\"parties\":[" WORLD_APPLICANT "]}");
    assert_str(world_order(w, made.id).status, "closed");
    world_verify(w);
}

#define RECEIPT(matter, fields)                                                                    \
    "{\"matter\":\"" matter "\",\"channel\":\"window\",\"subject\":\"借款不还\","              \
    "\"content\":\"借出去的钱要不回来。\",\"receipt\":true,"                             \
    "\"limitation_from\":\"2023-11-02\",\"fields\":" fields ",\"parties\":[" WORLD_APPLICANT "]}"

static void the_receipt_says_whether_limitation_is_interrupted(void **state)
{
    struct world *w = *state;

    world_as(w, "zhoumin");
    world_post(w, "/orders/check",
               "matter=mediation-loan&channel=window&content=x&limitation_from=2023-11-02");
    WORLD_SAYS(w, "2026-11-02");
    world_post(w, "/orders/check",
               "matter=mediation-loan&channel=window&content=x&limitation_from=2020-05-01");
    WORLD_SAYS(w, "时效已过");

    /* Asking people's mediation interrupts limitation, and the paper proves the day. */
    struct registered made =
        story_register(w, RECEIPT("mediation-loan", "{\"dispute\":\"loan\",\"origin\":\"asked\","
                                                    "\"opponent\":\"朋友\"}"));
    struct str text = paper_of(w, made.id, "收件回执");
    assert_true(story_pdf_says(w, text, "诉讼时效自您提出请求之日起中断"));
    assert_true(story_pdf_says(w, text, "诉讼时效制度若干问题的规定"));
    assert_true(story_pdf_says(w, text, "2026 年 10 月 14 日"));

    /* An application for aid does not. */
    made = story_register(w, RECEIPT("legal-aid-civil", "{\"kind\":\"civil\","
                                                        "\"source\":\"self\",\"hardship\":"
                                                        "\"exempt\"}"));
    text = paper_of(w, made.id, "收件回执");
    assert_true(story_pdf_says(w, text, "时效、期限以有权机关收到为准"));
    if (text.len)
        assert_false(story_pdf_says(w, text, "起中断"));
    world_verify(w);
}

int main(void)
{
    return WORLD_TESTS(cmocka_unit_test(guided_in_one_step_on_paper),
                       cmocka_unit_test(refused_in_writing),
                       cmocka_unit_test(a_guided_item_closes_in_one_step),
                       cmocka_unit_test(the_receipt_says_whether_limitation_is_interrupted));
}
