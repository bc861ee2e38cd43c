/*
 * The staff look for a basis (H8): laws, answers and cases with operators and filters, closed
 * orders within their own reach and without a word that says who somebody is; what was picked
 * becomes a note of an order (K4, K17).
 */
#include "story.h"

#include "modules/knowledge/knowledge.h"

#define ARTICLE(id, law, kind, date, article, chapter, text, more)                                 \
    "{\"id\":\"" id "\",\"law\":\"" law "\",\"law_type\":\"" kind "\",\"date\":\"" date            \
    "\",\"article\":\"" article "\",\"chapter\":\"" chapter "\",\"text\":\"" text "\"" more "}\n"

static const char laws[] =
    ARTICLE("T1.46", "中华人民共和国劳动合同法", "法律", "2012-12-28", "第四十六条",
            "第四章 劳动合同的解除和终止", "有下列情形之一的，用人单位应当向劳动者支付经济补偿。",
            "") ARTICLE("T1.24", "中华人民共和国劳动合同法", "法律", "2012-12-28", "第二十四条",
                        "第三章 劳动合同的履行", "竞业限制期限内按月给予劳动者经济补偿。", "")
        ARTICLE("T2.50", "中华人民共和国劳动法", "法律", "2018-12-29", "第五十条", "第五章 工资",
                "工资应当按月支付给劳动者本人。不得克扣或者无故拖欠劳动者的工资。", "")
            ARTICLE("T4.1", "工资支付旧办法", "部门规章", "1994-01-01", "第一条", "",
                    "拖欠工资的旧办法。", ",\"expired\":true")
                ARTICLE("T5.7", "岚江市工资支付规定", "地方性法规", "2021-06-01", "第七条", "",
                        "本市用人单位不得拖欠工资。", ",\"region\":\"SD\"");
static const char answers[] =
    "{\"id\":\"A1\",\"question\":\"老板拖欠工资怎么办？\",\"answer\":\"可以到劳动监察大队投诉。\","
    "\"answer_by\":\"法律团队\",\"answered_on\":\"2024-03-01\",\"source\":\"测试\"}\n";
static const char cases[] =
    "{\"id\":\"C1\",\"kind\":\"民事\",\"title\":\"张某与某公司追索劳动报酬纠纷\",\"cause\":\"追索劳动报酬\","
    "\"court\":\"岚江市中级人民法院\",\"published\":\"2023-05-01\",\"text\":\"公司拖欠工资，判决支付。\"}\n"
    "{\"id\":\"C2\",\"kind\":\"刑事\",\"title\":\"李某拒不支付劳动报酬案\",\"cause\":\"拒不支付劳动报酬罪\","
    "\"court\":\"岚江市人民法院\",\"published\":\"2021-02-03\",\"text\":\"被告人拖欠工资后逃匿。\"}\n";

static int set_up(void **state)
{
    int failed = world_set_up(state);
    struct world *w = *state;

    if (failed)
        return failed;
    story_load(w, KNOWLEDGE_SHARED, "laws.jsonl", laws);
    story_load(w, KNOWLEDGE_SHARED, "answers.jsonl", answers);
    story_load(w, KNOWLEDGE_SHARED, "cases.jsonl", cases);
    return 0;
}

static int tear_down(void **state)
{
    knowledge_close();
    return world_tear_down(state);
}

static void look(struct world *w, const char *kind, const char *words, const char *more)
{
    world_get_json(w, world_f(w, "/research?kind=%s&s=%s%s", kind, world_escape(w, words), more));
}

static size_t found(const struct world *w)
{
    const struct json *rows = json_get(w->json, "rows");

    return rows ? rows->count : 0;
}

static bool finds(const struct world *w, const char *pick)
{
    JSON_EACH (row, json_get(w->json, "rows")) {
        if (str_is(json_get_str(row, "pick"), pick))
            return true;
    }
    return false;
}

/* --- Words, operators, filters ---------------------------------------------------------------- */

static void words_operators_and_filters(void **state)
{
    struct world *w = *state;

    world_as(w, "wuhaitao");
    look(w, "law", "经济补偿", "");
    WORLD_STATUS(w, 200);
    assert_true(finds(w, "law:T1.46") && finds(w, "law:T1.24"));
    look(w, "law", "经济补偿 非 竞业限制", "");
    assert_true(finds(w, "law:T1.46") && !finds(w, "law:T1.24"));
    look(w, "law", "竞业限制 或 克扣", "");
    assert_true(finds(w, "law:T1.24") && finds(w, "law:T2.50"));
    look(w, "law", "“用人单位应当向劳动者支付”", "");
    assert_int_equal(found(w), 1);
    look(w, "law", "法规:劳动合同法 章:解除", "");
    assert_true(finds(w, "law:T1.46") && !finds(w, "law:T1.24"));
    look(w, "law", "条:第50条", "");
    assert_true(finds(w, "law:T2.50"));
    assert_int_equal(found(w), 1);

    /* What no longer holds is found only on request, and says so. */
    look(w, "law", "拖欠工资", "");
    assert_false(finds(w, "law:T4.1"));
    look(w, "law", "拖欠工资", "&expired=1");
    assert_true(finds(w, "law:T4.1"));
    world_get(w, world_f(w, "/research?kind=law&expired=1&s=%s", world_escape(w, "旧办法")));
    WORLD_SAYS(w, "已失效");

    /* Local rules by their place, everything by its day. */
    look(w, "law", "拖欠工资", "&region=SD");
    assert_true(finds(w, "law:T5.7") && !finds(w, "law:T2.50"));
    look(w, "law", "劳动者", "&from=2018-01-01");
    assert_true(finds(w, "law:T2.50") && !finds(w, "law:T1.46"));

    look(w, "case", "拖欠工资", "");
    assert_int_equal(found(w), 2);
    look(w, "case", "种类:刑事 拖欠", "");
    assert_true(finds(w, "case:C2") && !finds(w, "case:C1"));
    look(w, "case", "", world_f(w, "&court=%s", world_escape(w, "岚江市中级人民法院")));
    assert_true(finds(w, "case:C1") && !finds(w, "case:C2"));
    look(w, "case", "", world_f(w, "&cause=%s", world_escape(w, "追索劳动报酬")));
    assert_true(finds(w, "case:C1") && !finds(w, "case:C2"));
    look(w, "answer", "拖欠工资", "");
    assert_true(finds(w, "answer:A1"));
}

static void a_mistake_is_told_at_the_field(void **state)
{
    struct world *w = *state;

    world_as(w, "wuhaitao");
    world_get(w, world_f(w, "/research?kind=law&s=%s", world_escape(w, "\"经济补偿")));
    WORLD_STATUS(w, 200);
    WORLD_SAYS(w, "id=\"s-error\">错误：");
    WORLD_SAYS(w, "&quot;经济补偿");
    look(w, "law", "\"经济补偿", "");
    WORLD_STATUS(w, 422);
    assert_true(story_field_error(w, "s").len > 0);
    world_get(w, "/research?kind=law&from=2026-02-30&s=a");
    WORLD_SAYS(w, "id=\"from-error\"");
    world_as(w, "panyun");
    world_get(w, "/research");
    WORLD_STATUS(w, 403);
}

/* --- Closed orders ---------------------------------------------------------------------------- */

static int64_t close_one(struct world *w, const char *login, const char *subject)
{
    world_as(w, login);
    struct registered made = story_register(
        w, world_f(w,
                   "{\"matter\":\"legal-consultation\",\"channel\":\"window\",\"subject\":\"%s\","
                   "\"content\":\"王小满说要找赵大强讨账，电话13900001234。\",\"parties\":"
                   "[" WORLD_APPLICANT "]}",
                   subject));

    story_act(w, made.id, "answer",
              "{\"result\":\"告诉王小满去劳动监察大队。\",\"outcome\":\"done\"}");
    return made.id;
}

static void closed_orders_of_ones_own(void **state)
{
    struct world *w = *state;
    int64_t here = close_one(w, "wuhaitao", "公司拖欠货款");
    int64_t there = close_one(w, "qianbo", "合伙人拖欠货款");

    world_pass(w, "1 hours");
    world_as(w, "wuhaitao");
    look(w, "order", "拖欠货款", "");
    WORLD_STATUS(w, 200);
    assert_true(finds(w, world_f(w, "order:%lld", ID(here))));
    assert_false(finds(w, world_f(w, "order:%lld", ID(there))));
    world_as(w, "qianbo");
    look(w, "order", "拖欠货款", "");
    assert_true(finds(w, world_f(w, "order:%lld", ID(there))));
    assert_false(finds(w, world_f(w, "order:%lld", ID(here))));
    /* The head of the centre reaches both. */
    world_as(w, "zhaoming");
    look(w, "order", "事由:拖欠货款", "");
    assert_true(finds(w, world_f(w, "order:%lld", ID(there))));
    assert_true(finds(w, world_f(w, "order:%lld", ID(here))));
    /* Who it was, and what was said, is nowhere in it. */
    static const char *const secret[] = {"王小满", "赵大强", "13900001234", "劳动监察大队", NULL};
    for (const char *const *word = secret; *word; word++) {
        look(w, "order", *word, "");
        assert_int_equal(found(w), 0);
    }
    /* Opened again, it is no longer a closed one. */
    world_as(w, "zhaoming");
    story_act(w, here, "ask-again", "{\"reason\":\"来访人又来问\"}");
    look(w, "order", "拖欠货款", "");
    assert_false(finds(w, world_f(w, "order:%lld", ID(here))));
    world_verify(w);
}

/* --- Put to an order -------------------------------------------------------------------------- */

static void what_was_picked_is_put_to_an_order(void **state)
{
    struct world *w = *state;

    world_as(w, "zhoumin");
    struct registered made = story_register(
        w,
        "{\"matter\":\"legal-aid-wage\",\"channel\":\"window\",\"subject\":"
        "\"无故拖欠劳动者的工资\",\"content\":\"没有拿到工资。\",\"fields\":{\"kind\":\"labour\","
        "\"source\":\"self\",\"hardship\":\"exempt\"},\"parties\":[" WORLD_APPLICANT "]}");
    world_get(w, world_f(w, "/orders/%lld", ID(made.id)));
    WORLD_SAYS(w, world_f(w, "/research?order=%lld", ID(made.id)));
    /* Before anything is typed: what fits the order's cause. */
    world_get(w, world_f(w, "/research?order=%lld", ID(made.id)));
    WORLD_SAYS(w, "按工单的事由找的");
    WORLD_SAYS(w, "value=\"law:T2.50\"");
    world_get(
        w, world_f(w, "/research?kind=law&order=%lld&s=%s", ID(made.id), world_escape(w, "工资")));
    WORLD_SAYS(w, "把选中的附到这一件");
    WORLD_SAYS(w, "value=\"law:T2.50\"");
    /* A tick stays while one searches on. */
    world_get(w, world_f(w, "/research?kind=case&order=%lld&_pick=law:T2.50&s=%s", ID(made.id),
                         world_escape(w, "拖欠")));
    WORLD_SAYS(w, "<input type=\"hidden\" name=\"_pick\" value=\"law:T2.50\">");
    const char *list = world_f(
        w, "/research/list?kind=case&order=%lld&_pick=law:T2.50&_pick=case:C1&_pick=law:T9.9",
        ID(made.id));
    world_get(w, list);
    WORLD_STATUS(w, 200);
    WORLD_SAYS(w, "《劳动法》第五十条");
    WORLD_SAYS(w, "有 1 条已经撤下");
    world_post(w, "/research/attach",
               world_f(w, "order=%lld&_pick=law:T2.50&_pick=case:C1&note=%s", ID(made.id),
                       world_escape(w, "拟按此答复")));
    WORLD_STATUS(w, 303);
    world_get(w, world_f(w, "/orders/%lld", ID(made.id)));
    WORLD_SAYS(w, "拟按此答复");
    WORLD_SAYS(w, "1. 《劳动法》第五十条（2018-12-29 版本，现行有效）");
    WORLD_SAYS(w, "2. 案例：张某与某公司追索劳动报酬纠纷（岚江市中级人民法院）");
    world_verify(w);
}

static void nothing_is_put_where_one_does_not_reach(void **state)
{
    struct world *w = *state;

    world_as(w, "zhoumin");
    struct registered made = story_register(w, STORY_AID);
    world_post(w, "/research/attach", world_f(w, "order=%lld", ID(made.id)));
    WORLD_STATUS(w, 422);
    world_post(w, "/research/attach", "_pick=law:T2.50&no=LJ01-20260101-99999");
    WORLD_STATUS(w, 422);
    WORLD_SAYS(w, "没有这个工单号");
    world_as(w, "qianbo");
    world_post(w, "/research/attach", world_f(w, "order=%lld&_pick=law:T2.50", ID(made.id)));
    WORLD_STATUS(w, 404);
    world_get(w, world_f(w, "/research?order=%lld", ID(made.id)));
    WORLD_STATUS(w, 404);
    /* By its number it is as well as by its place. */
    world_as(w, "zhoumin");
    world_post(w, "/research/attach", world_f(w, "no=%.*s&_pick=answer:A1", STR_ARG(made.no)));
    WORLD_STATUS(w, 303);
    world_verify(w);
}

/* --- Beside the form -------------------------------------------------------------------------- */

static void open_orders_about_the_same_stand_beside_the_form(void **state)
{
    struct world *w = *state;

    world_as(w, "zhoumin");
    struct registered made = story_register(
        w, "{\"matter\":\"legal-aid-wage\",\"channel\":\"window\",\"subject\":"
           "\"东湖工地塔吊伤人\",\"content\":\"受了伤。\",\"fields\":{\"kind\":\"labour\","
           "\"source\":\"self\",\"hardship\":\"exempt\"},\"parties\":[" WORLD_APPLICANT "]}");
    world_pass(w, "1 minutes");
    world_as(w, "zhoumin");
    const char *said = world_f(w, "channel=window&content=%s",
                               world_escape(w, "我弟弟在东湖工地，塔吊掉下来伤人了，找谁"));
    world_post(w, "/orders/check", said);
    WORLD_STATUS(w, 200);
    WORLD_SAYS(w, "事由相近");
    WORLD_SAYS(w, made.no.at ? world_f(w, "%.*s", STR_ARG(made.no)) : "");
    /* Not to those who may not see it, and not when it is about something else. */
    world_as(w, "lumei");
    world_post(w, "/orders/check", said);
    WORLD_STATUS(w, 200);
    assert_false(world_says(w, "事由相近"));
    world_as(w, "zhoumin");
    world_post(w, "/orders/check",
               world_f(w, "channel=window&content=%s", world_escape(w, "邻居家的狗半夜一直叫")));
    assert_false(world_says(w, "事由相近"));
    world_verify(w);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(words_operators_and_filters),
        cmocka_unit_test(a_mistake_is_told_at_the_field),
        cmocka_unit_test(closed_orders_of_ones_own),
        cmocka_unit_test(what_was_picked_is_put_to_an_order),
        cmocka_unit_test(nothing_is_put_where_one_does_not_reach),
        cmocka_unit_test(open_orders_about_the_same_stand_beside_the_form),
    };

    return cmocka_run_group_tests(tests, set_up, tear_down);
}
