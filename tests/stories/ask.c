/*
 * The robot (H8, H10, K14, L5, W5): a question in one's own words, answered from the law word for
 * word; nothing is said that no source says; what cannot be found and what is broken are two
 * things; what was typed goes along to the application and to the person; nobody's number is kept.
 */
#include "story.h"
#include "world_rows.h"

#include <ftw.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "modules/knowledge/knowledge.h"

#define ARTICLE(id, law, date, article, chapter, text)                                             \
    "{\"id\":\"" id "\",\"law\":\"" law "\",\"law_type\":\"法律\",\"date\":\"" date                \
    "\",\"article\":\"" article "\",\"chapter\":\"" chapter "\",\"text\":\"" text "\"}\n"

static const char laws[] = ARTICLE(
    "T1.30", "中华人民共和国劳动合同法", "2012-12-28", "第三十条", "第三章 劳动合同的履行和变更",
    "用人单位应当按照劳动合同约定和国家规定，向劳动者及时足额支付劳动报酬。\\n用人单位拖欠或者未足额支付"
    "劳动报酬的，劳动者可以依法向当地人民法院申请支付令，人民法院应当依法发出支付令。")
    ARTICLE(
        "T1.82", "中华人民共和国劳动合同法", "2012-12-28", "第八十二条", "第七章 法律责任",
        "用人单位自用工之日起超过一个月不满一年未与劳动者订立书面劳动合同的，应当向劳动者每月支付"
        "二倍的工资。依照本法第三十条支付。")
        ARTICLE("T2.50", "中华人民共和国劳动法", "2018-12-29", "第五十条", "第五章 工资",
                "工资应当以货币形式按月支付给劳动者本人。不得克扣或者无故拖欠劳动者的工资。")
            ARTICLE("T3.1079", "中华人民共和国民法典", "2020-05-28", "第一千零七十九条",
                    "第五编 婚姻家庭 / 第四章 离婚",
                    "夫妻一方要求离婚的，可以由有关组织进行调解或者直接向人民法院提起离婚诉讼。")
    /* a law that no longer holds is never quoted as if it did */
    "{\"id\":\"T4.1\",\"law\":\"工资支付旧办法\",\"law_type\":\"部门规章\",\"date\":\"1994-01-01\","
    "\"article\":\"第一条\",\"text\":\"老板拖欠工资三个月的，旧的话怎么办。\",\"expired\":true}\n";

static const char answers[] =
    "{\"id\":\"A1\",\"question\":\"老板拖欠工资怎么办？\",\"answer\":\"可以到劳动监察大队投诉，依据《劳动合同法》"
    "第三十条。\",\"answer_by\":\"法律团队\",\"answered_on\":\"2024-03-01\",\"source\":\"测试\"}\n"
    "{\"id\":\"A2\",\"question\":\"老板拖欠工资三个月怎么办呢？\",\"answer\":\"机器说的话。\","
    "\"answer_by\":\"gpt-4\"}\n";

static const char cases[] =
    "{\"id\":\"C1\",\"kind\":\"民事\",\"title\":\"张某与某公司追索劳动报酬纠纷\",\"cause\":\"追索劳动报酬\","
    "\"court\":\"岚江市中级人民法院\",\"published\":\"2023-05-01\",\"text\":\"老板拖欠工资三个月，原告多次催要无果。"
    "依照《中华人民共和国劳动法》第五十条，判决如下：被告支付原告工资三万元。\"}\n";

static int set_up(void **state)
{
    int failed = world_set_up(state);
    struct world *w = *state;

    if (failed)
        return failed;
    w->app.conf.ask_per_minute = 0;
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

static void ask(struct world *w, const char *question)
{
    world_get(w, world_f(w, "/ask?q=%s", world_escape(w, question)));
    WORLD_STATUS(w, 200);
}

static void ask_json(struct world *w, const char *question)
{
    world_get_json(w, world_f(w, "/ask?q=%s", world_escape(w, question)));
    WORLD_STATUS(w, 200);
}

static struct str id_at(const struct json *list, size_t n)
{
    const struct json *item = list ? list->first : NULL;

    while (item && n--)
        item = item->next;
    return json_get_str(item, "id");
}

/* --- Stories ---------------------------------------------------------------------------------- */

static void a_question_is_answered_word_for_word(void **state)
{
    struct world *w = *state;

    world_as_nobody(w);
    ask(w, "老板拖欠工资三个月了怎么办");
    WORLD_SAYS(w, "法律怎么说");
    WORLD_SAYS(w, "劳动法 第五十条");
    WORLD_SAYS(w, "<mark>工资</mark>应当以货币形式按月支付给劳动者本人。不得克扣或者无故"
                  "<mark>拖欠</mark>劳动者的<mark>工资</mark>。");
    WORLD_SAYS(w, "2018-12-29 版本，现行有效");
    WORLD_SAYS(w, "别人这样问过");
    WORLD_SAYS(w, "法律团队，2024-03-01");
    WORLD_SAYS(w, "张某与某公司追索劳动报酬纠纷");
    WORLD_SAYS(w, "被告支付原告工资三万元");
    assert_false(world_says(w, "旧的话"));
    /* what to do here, whom to call */
    WORLD_SAYS(w, "在这里可以办");
    WORLD_SAYS(w, "/guide/legal-aid-wage");
    WORLD_SAYS(w, "周一至周五 9:00-12:00");
    WORLD_SAYS(w, "tel:12348");
}

static void programs_get_what_the_page_shows(void **state)
{
    struct world *w = *state;

    world_as_nobody(w);
    ask_json(w, "老板拖欠工资三个月了怎么办");
    assert_str(json_get_str(w->json, "verdict"), "found");
    const struct json *first = json_get(w->json, "articles")->first;
    assert_str(json_get_str(first, "id"), "T2.50");
    assert_str(json_get_str(first, "text"),
               "工资应当以货币形式按月支付给劳动者本人。不得克扣或者无故拖欠劳动者的工资。");
    /* a person's answer goes before a machine's, though that is nearer */
    assert_str(id_at(json_get(w->json, "answers"), 0), "A1");
    assert_str(id_at(json_get(w->json, "cases"), 0), "C1");
    world_get_json(w, world_f(w, "/ask?top=1&q=%s", world_escape(w, "拖欠工资")));
    assert_int_equal(json_get(w->json, "articles")->count, 1);
}

static void every_source_can_be_opened(void **state)
{
    struct world *w = *state;

    world_as_nobody(w);
    world_get(w, "/laws/article/T1.82");
    WORLD_STATUS(w, 200);
    WORLD_SAYS(w, "<a href=\"/laws/article/T1.30\">本法第三十条</a>");
    WORLD_SAYS(w, "上一条：第三十条");
    world_get(w, "/laws/article/T1.30");
    WORLD_SAYS(w, "哪里引用了它");
    WORLD_SAYS(w, "劳动合同法 第八十二条");
    WORLD_SAYS(w, "老板拖欠工资怎么办？");
    world_get(w, "/laws/T1");
    WORLD_STATUS(w, 200);
    WORLD_SAYS(w, "第三章 劳动合同的履行和变更");
    world_get(w, world_f(w, "/laws?q=%s", world_escape(w, "劳动")));
    WORLD_SAYS(w, "中华人民共和国劳动法");
    assert_false(world_says(w, "民法典</a>"));
    world_get(w, "/answers/A2");
    WORLD_SAYS(w, "机器写的，没有人审核");
    world_get(w, "/answers/A1");
    WORLD_SAYS(w, "<a href=\"/laws/article/T1.30\">《劳动合同法》第三十条</a>");
    world_get(w, "/cases/C1");
    WORLD_STATUS(w, 200);
    world_get(w, "/laws/article/T9.9");
    WORLD_STATUS(w, 404);
    world_get(w, "/answers/nothing");
    WORLD_STATUS(w, 404);
}

static void a_new_version_replaces_the_words_and_keeps_the_old(void **state)
{
    struct world *w = *state;

    story_load(w, KNOWLEDGE_SHARED, "amended.jsonl",
               ARTICLE("T5.1", "某某办法", "2020-01-01", "第一条", "", "物业公司不得停水停电。"));
    story_load(w, KNOWLEDGE_SHARED, "amended2.jsonl",
               ARTICLE("T5.1", "某某办法", "2025-01-01", "第一条", "",
                       "物业公司不得以停水停电催交物业费。"));
    usleep(600 * 1000); /* what follows the rows is looked at again twice a second */
    world_as_nobody(w);
    ask(w, "物业公司停水停电催交物业费合法吗");
    WORLD_SAYS(w, "2025-01-01 版本");
    world_get(w, "/laws/article/T5.1");
    WORLD_SAYS(w, "以前怎么写");
    WORLD_SAYS(w, "物业公司不得停水停电。");
}

static void nothing_found_is_said(void **state)
{
    struct world *w = *state;

    world_as_nobody(w);
    ask(w, "红烧肉怎么做好吃");
    WORLD_SAYS(w, "没有找到可靠的依据");
    assert_false(world_says(w, "法律怎么说"));
    assert_false(world_says(w, "检索暂时用不了"));
    WORLD_SAYS(w, "留言，请人答复");
    ask_json(w, "红烧肉怎么做好吃");
    assert_str(json_get_str(w->json, "verdict"), "none");
    world_get(w, "/ask");
    WORLD_STATUS(w, 200);
    WORLD_SAYS(w, "遇到什么事了");
}

static int damage_one(const char *path, const struct stat *about, int kind, struct FTW *walk)
{
    (void)walk;
    if (kind != FTW_F || about->st_size < 64)
        return 0;
    FILE *file = fopen(path, "r+");
    if (file) {
        for (int i = 0; i < 64; i++)
            fputc(0x5a, file);
        fclose(file);
    }
    return 0;
}

/* A damaged index is never served; it is said to be broken, and made again from the rows. */
static void a_broken_index_is_another_thing(void **state)
{
    struct world *w = *state;

    knowledge_close();
    assert_int_equal(nftw(world_f(w, "%s/index/0-law", w->app.data), damage_one, 16, FTW_PHYS), 0);
    world_as_nobody(w);
    ask(w, "老板拖欠工资三个月了怎么办");
    WORLD_SAYS(w, "检索暂时用不了");
    assert_false(world_says(w, "没有找到可靠的依据"));
    WORLD_SAYS(w, "tel:12348"); /* a person is there all the same */
    WORLD_SAYS(w, "/guide/legal-aid-wage");
    world_pass(w, "2 minutes"); /* the job */
    ask(w, "老板拖欠工资三个月了怎么办");
    WORLD_SAYS(w, "劳动法 第五十条");
}

static void what_was_typed_goes_along(void **state)
{
    struct world *w = *state;

    world_as_nobody(w);
    ask(w, "老板拖欠工资三个月了怎么办");
    const char *fields = story_form(w, "/apply/begin/legal-aid-wage");
    world_post(w, "/apply/begin/legal-aid-wage", fields);
    WORLD_STATUS(w, 303);
    assert_str(w->location, "/apply/step/1");
    const char *cookie = strstr(str_terminated(&w->home, w->head), "yimen_draft=");
    assert_non_null(cookie);
    const char *headers = world_f(w, "Cookie: %.*s\r\n", (int)strcspn(cookie, ";\r\n"), cookie);
    world_send(w, "GET", "/apply/step/1", headers, (struct str){0});
    WORLD_STATUS(w, 200);
    WORLD_SAYS(w, "老板拖欠工资三个月了怎么办</textarea>");
}

static void a_person_gets_the_whole_conversation(void **state)
{
    struct world *w = *state;

    world_as_nobody(w);
    ask(w, "老板拖欠工资三个月了怎么办");
    const char *fields = story_form(w, "/apply/begin/legal-consultation");
    world_post(w, "/apply/begin/legal-consultation", fields);
    WORLD_STATUS(w, 303);
    const char *cookie = strstr(str_terminated(&w->home, w->head), "yimen_draft=");
    assert_non_null(cookie);
    world_send(w, "GET", "/apply/step/1",
               world_f(w, "Cookie: %.*s\r\n", (int)strcspn(cookie, ";\r\n"), cookie),
               (struct str){0});
    WORLD_STATUS(w, 200);
    WORLD_SAYS(w, "老板拖欠工资三个月了怎么办");
    WORLD_SAYS(w, "《劳动法》第五十条");
    WORLD_SAYS(w, "相近的问题：老板拖欠工资怎么办？");
}

static void danger_comes_first(void **state)
{
    struct world *w = *state;

    world_as_nobody(w);
    ask(w, "我老公天天打我，我不敢回家，想离婚");
    WORLD_SAYS(w, "danger-box life");
    WORLD_SAYS(w, "tel:110");
    size_t alarm = str_find(w->body, S("tel:110")), law = str_find(w->body, S("id=\"law\""));
    assert_true(alarm < law);
    ask(w, "想离婚怎么办");
    assert_false(world_says(w, "tel:110"));
}

/* One question on a page until the grounds, the dates and what to bring are known (W5). */
static void it_asks_back_and_ends_in_grounds(void **state)
{
    struct world *w = *state;
    const char *path = world_f(w, "/ask?q=%s", world_escape(w, "老板拖欠工资三个月了怎么办"));

    world_as_nobody(w);
    for (int i = 0; i < 12; i++) {
        world_get_json(w, path);
        WORLD_STATUS(w, 200);
        const struct json *choices = json_get(w->json, "follow");
        if (!choices || !choices->count)
            break;
        assert_int_equal(json_get_int(w->json, "follow_number"), i + 1);
        struct str href = json_get_str(choices->first, "href");
        path = world_f(w, "%.*s", STR_ARG(str_first(href, str_find(href, S("#")))));
    }
    assert_true(json_get(w->json, "turns")->count >= 3);
    assert_true(json_get(w->json, "says")->count >= 1);
    assert_true(json_get(w->json, "bring")->count >= 1);
    assert_str(id_at(json_get(w->json, "articles"), 0), "T1.30");
    assert_true(str_find(json_get_str(w->json, "talk"), S("老板拖欠工资三个月了怎么办")) == 0);
    world_get(w, path);
    WORLD_STATUS(w, 200);
    WORLD_SAYS(w, "按您说的情况");
    WORLD_SAYS(w, "先留好这些");
    /* a doctored address only asks again */
    world_get(w, world_f(w, "/ask?q=%s&i=wages!work=%%3Cb%%3E!x=y", world_escape(w, "拖欠工资")));
    WORLD_STATUS(w, 200);
    assert_false(world_says(w, "<b>"));
}

/* A stranger may ask so often and not more; who works here may. */
static void strangers_are_bounded(void **state)
{
    struct world *w = *state;
    bool bounded = false;

    w->app.conf.ask_per_minute = 5;
    world_as_nobody(w);
    for (int i = 0; i < 40 && !bounded; i++) {
        world_get_json(w, "/ask?q=%E7%A6%BB%E5%A9%9A");
        bounded = w->status == 429;
    }
    assert_true(bounded);
    assert_true(str_find(w->head, S("Retry-After: ")) != SIZE_MAX);
    world_as(w, "wuhaitao");
    world_get_json(w, "/ask?q=%E7%A6%BB%E5%A9%9A");
    WORLD_STATUS(w, 200);
    world_as_nobody(w);
    world_get(w, "/laws");
    WORLD_STATUS(w, 200);
    w->app.conf.ask_per_minute = 0;
}

/* The same beside the clerk's form; one press quotes; what is taken is put on record. */
static void the_clerk_quotes_with_one_key(void **state)
{
    struct world *w = *state;

    world_as(w, "zhoumin");
    world_post(w, "/orders/check",
               world_f(w, "content=%s", world_escape(w, "老板拖欠工资三个月了怎么办")));
    WORLD_STATUS(w, 200);
    WORLD_SAYS(w, "可引的法条");
    WORLD_SAYS(w, "accesskey=\"w\"");
    WORLD_SAYS(w, "《劳动法》第五十条");
    WORLD_SAYS(w, "答过的相近问题");
    world_post(w, "/orders/check",
               world_f(w, "content=%s&_cite=%s", world_escape(w, "老板拖欠工资三个月了怎么办"),
                       world_escape(w, "《劳动法》第五十条")));
    WORLD_SAYS(w, "《劳动法》第五十条</textarea>");
    WORLD_SAYS(w, "已引");
    world_post_json(
        w, "/orders",
        "{\"matter\":\"legal-consultation\",\"channel\":\"window\",\"subject\":\"公司拖欠工资\","
        "\"content\":\"老板拖欠工资三个月了怎么办\",\"remark\":\"《劳动法》第五十条\","
        "\"_offered\":[\"article T2.50 《劳动法》第五十条\","
        "\"article T1.30 《劳动合同法》第三十条\",\"nonsense\",\"other x y\"],"
        "\"parties\":[" WORLD_APPLICANT "]}");
    WORLD_STATUS(w, 201);
    int64_t noted = world_number(w, "SELECT COUNT(*) FROM knowledge_offer "
                                    "WHERE offered IN ('T2.50', 'T1.30')");
    if (noted || !story_may_lack()) { /* the order comes first */
        assert_int_equal(noted, 2);
        assert_int_equal(
            world_number(w, "SELECT taken FROM knowledge_offer WHERE offered = 'T2.50'"), 1);
        assert_int_equal(
            world_number(w, "SELECT taken FROM knowledge_offer WHERE offered = 'T1.30'"), 0);
    }
    world_as_nobody(w);
}

/* --- What stays of it ------------------------------------------------------------------------- */

struct bytes_in_file {
    const char *needle;
    bool found;
};

static bool database_holds(struct world *w, const char *needle)
{
    FILE *grep = popen(world_f(w, "grep -rlaF -- '%s' '%s' | wc -l", needle, w->app.data), "r");
    int files = 0;

    assert_non_null(grep);
    assert_int_equal(fscanf(grep, "%d", &files), 1);
    pclose(grep);
    return files > 0;
}

static void numbers_are_not_kept(void **state)
{
    struct world *w = *state;

    world_as_nobody(w);
    ask(w, "老板拖欠工资，电话 139 0000-4321，身份证 99010119900315402X，怎么办");
    WORLD_STATUS(w, 200);
    world_pass(w, "2 minutes"); /* the job writes what was asked */
    assert_false(database_holds(w, "0000-4321"));
    assert_false(database_holds(w, "99010119900315402"));
    assert_false(database_holds(w, "老板拖欠工资，电话"));
}

static void whether_it_helped_is_put_on_record(void **state)
{
    struct world *w = *state;

    world_as_nobody(w);
    ask(w, "老板拖欠工资怎么办");
    world_post(w, "/ask/useful", world_f(w, "%s&useful=no", story_form(w, "/ask/useful")));
    WORLD_STATUS(w, 303);
    world_post(w, "/ask/useful", "id=123&useful=no");
    WORLD_STATUS(w, 404);
    world_post(w, "/ask/useful", "id=abc");
    WORLD_STATUS(w, 422);
}

static void another_city_does_not_read_our_answers(void **state)
{
    struct world *w = *state;

    story_load(
        w, w->tenant, "own.jsonl",
        "{\"id\":\"OWN1\",\"question\":\"岚江市双塔街道夜市摆摊要办什么手续\",\"answer\":\"到城管窗口登记。\","
        "\"answer_by\":\"吴海涛律师\"}\n");
    world_as_nobody(w);
    ask_json(w, "岚江市双塔街道夜市摆摊要办什么手续");
    assert_str(id_at(json_get(w->json, "answers"), 0), "OWN1");
    world_get(w, "/answers/OWN1");
    WORLD_STATUS(w, 200);
    world_second_tenant(w);
    struct str host = w->host;
    w->host = S("other.test");
    ask_json(w, "岚江市双塔街道夜市摆摊要办什么手续");
    assert_true(!json_get(w->json, "answers") || !json_get(w->json, "answers")->count);
    world_get(w, "/answers/OWN1");
    WORLD_STATUS(w, 404);
    w->host = host;
}

static void bad_questions_are_refused_kindly(void **state)
{
    struct world *w = *state;
    char *text = task_alloc(&w->home, 1, 1600);

    world_as_nobody(w);
    for (int i = 0; i < 501; i++)
        text[i] = 'a';
    world_get_json(w, world_f(w, "/ask?q=%s", text));
    WORLD_STATUS(w, 422);
    world_get_json(w, "/ask?top=1000&q=a");
    WORLD_STATUS(w, 422);
    world_get(w, "/ask?q=%22%3E%3Cscript%3Ealert(1)%3C%2Fscript%3E");
    WORLD_STATUS(w, 200);
    assert_false(world_says(w, "<script>alert"));
    world_get(w, "/ask?q=%E7%A6%BB%E5%A9%9A&i=nothing!a=b!!=!c");
    WORLD_STATUS(w, 200);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_question_is_answered_word_for_word),
        cmocka_unit_test(programs_get_what_the_page_shows),
        cmocka_unit_test(every_source_can_be_opened),
        cmocka_unit_test(a_new_version_replaces_the_words_and_keeps_the_old),
        cmocka_unit_test(nothing_found_is_said),
        cmocka_unit_test(a_broken_index_is_another_thing),
        cmocka_unit_test(what_was_typed_goes_along),
        cmocka_unit_test(a_person_gets_the_whole_conversation),
        cmocka_unit_test(danger_comes_first),
        cmocka_unit_test(it_asks_back_and_ends_in_grounds),
        cmocka_unit_test(the_clerk_quotes_with_one_key),
        cmocka_unit_test(numbers_are_not_kept),
        cmocka_unit_test(whether_it_helped_is_put_on_record),
        cmocka_unit_test(another_city_does_not_read_our_answers),
        cmocka_unit_test(bad_questions_are_refused_kindly),
        cmocka_unit_test(strangers_are_bounded),
    };

    return cmocka_run_group_tests(tests, set_up, tear_down);
}
