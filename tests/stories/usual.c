/*
 * H8: what a lawyer would put in front of somebody who asks comes first, beside what the words of
 * the question find; everything shown is there word for word, and what the topic brought says so.
 */
#include "story.h"

#include "modules/knowledge/knowledge.h"

#define ARTICLE(id, law, article, text)                                                            \
    "{\"id\":\"" id "\",\"law\":\"" law "\",\"law_type\":\"法律\",\"date\":\"2021-01-01\","      \
    "\"article\":\"" article "\",\"text\":\"" text "\"}\n"

static const char laws[] = ARTICLE("U1.675", "中华人民共和国民法典", "第六百七十五条",
                                   "借款人应当按照约定的期限返还借款。")
    ARTICLE("U1.676", "中华人民共和国民法典", "第六百七十六条",
            "借款人未按照约定的期限返还借款的，应当按照约定或者国家有关规定支付逾期利息。")
        ARTICLE("U2.8", "中华人民共和国测试程序法", "第八条",
                "审判人员总是找各种理由推诿扯皮不办的，给予处分。")
            ARTICLE("U2.9", "中华人民共和国测试程序法", "第九条", "不得推诿扯皮，不得找各种理由。")
                ARTICLE("U2.10", "中华人民共和国测试程序法", "第十条", "推诿扯皮的，责令改正。")
                    ARTICLE(
                        "U3.23", "中华人民共和国反家庭暴力法", "第二十三条",
                        "当事人因遭受家庭暴力或者面临家庭暴力的现实危险，向人民法院申请人身安全保"
                        "护令的，人民法院应当受理。")
                        ARTICLE("U4.1", "中华人民共和国测试老人法", "第一条",
                                "老公公、老婆婆喝酒喝醉了的，子女应当照料。");

static int set_up(void **state)
{
    int failed = world_set_up(state);
    struct world *w = *state;

    if (failed)
        return failed;
    w->app.conf.ask_per_minute = 0;
    story_load(w, KNOWLEDGE_SHARED, "laws.jsonl", laws);
    world_as_nobody(w);
    return 0;
}

static int tear_down(void **state)
{
    knowledge_close();
    return world_tear_down(state);
}

static const struct json *shown(struct world *w, const char *question, const char *more)
{
    world_get_json(w, world_f(w, "/ask?q=%s%s", world_escape(w, question), more));
    WORLD_STATUS(w, 200);
    return json_get(w->json, "articles");
}

static const struct json *article(const struct json *articles, const char *id)
{
    for (const struct json *a = articles->first; a; a = a->next)
        if (str_is(json_get_str(a, "id"), id))
            return a;
    return NULL;
}

static void h8_the_debt_is_answered_not_the_word(void **state)
{
    struct world *w = *state;
    const char *question = "别人欠钱，总是找各种理由推诿扯皮不还钱";
    const struct json *articles = shown(w, question, "");

    assert_str(json_get_str(w->json, "verdict"), "found");
    assert_int_equal(articles->count, 3);
    assert_non_null(article(articles, "U1.675"));
    assert_non_null(article(articles, "U1.676"));
    assert_str(json_get_str(article(articles, "U1.675"), "text"),
               "借款人应当按照约定的期限返还借款。");
    assert_str(json_get_str(article(articles, "U1.675"), "href"), "/laws/article/U1.675");
    /* Each once, however many are asked for; behind the first three it is the search's order. */
    articles = shown(w, question, "&top=20");
    for (const struct json *a = articles->first; a; a = a->next)
        for (const struct json *b = a->next; b; b = b->next)
            assert_false(str_eq(json_get_str(a, "id"), json_get_str(b, "id")));
    assert_non_null(article(articles, "U2.8"));
}

static void h8_an_alarm_is_a_basis(void **state)
{
    struct world *w = *state;
    const struct json *articles = shown(w, "老公喝醉了打我", "");

    assert_str(json_get_str(w->json, "verdict"), "found");
    assert_str(json_get_str(articles->first, "id"), "U3.23");
    /* No word of it was said: the page does not pretend that it was found. */
    assert_true(json_get_bool(articles->first, "usual"));
    world_get(w, world_f(w, "/ask?q=%s", world_escape(w, "老公喝醉了打我")));
    WORLD_SAYS(w, "这类事常用的条文");
    WORLD_SAYS(w, "/laws/article/U3.23");
}

static void h8_what_is_no_business_of_law_stays_unanswered(void **state)
{
    struct world *w = *state;

    shown(w, "今天天气怎么样", "");
    assert_str(json_get_str(w->json, "verdict"), "none");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(h8_the_debt_is_answered_not_the_word),
        cmocka_unit_test(h8_an_alarm_is_a_basis),
        cmocka_unit_test(h8_what_is_no_business_of_law_stays_unanswered),
    };

    return cmocka_run_group_tests_name("usual", tests, set_up, tear_down);
}
