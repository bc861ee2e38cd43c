/*
 * The knowledge officer (H8): sees what was asked and what found nothing, loads a file, approves an
 * answer of the house only when nothing in it says who somebody is (K17), and sees what a change of
 * words does before it goes live.
 */
#include "story.h"

#include <stdio.h>
#include <string.h>

#include "modules/knowledge/knowledge.h"
#include "store/store.h"

#define ARTICLE(id, law, article, text)                                                            \
    "{\"id\":\"" id "\",\"law\":\"" law                                                            \
    "\",\"law_type\":\"法律\",\"date\":\"2018-12-29\",\"article\":\"" article                      \
    "\",\"text\":\"" text "\"}\n"

static const char laws[] = ARTICLE("T1.39", "中华人民共和国劳动合同法", "第三十九条",
                                   "劳动者有下列情形之一的，用人单位可以解除劳动合同。")
    ARTICLE("T2.50", "中华人民共和国劳动法", "第五十条",
            "工资应当以货币形式按月支付给劳动者本人。不得克扣或者无故拖欠劳动者的工资。")
        ARTICLE("T3.1079", "中华人民共和国民法典", "第一千零七十九条",
                "夫妻一方要求离婚的，可以直接向人民法院提起离婚诉讼。");

/* Laws belong to the installation; what the page loads belongs to the city. */
static void load_laws(struct world *w)
{
    const char *path = world_f(w, "%s/laws.jsonl", w->app.data);
    struct knowledge_load options = {.tenant = KNOWLEDGE_SHARED, .errors = stderr};
    struct knowledge_loaded loaded;
    struct task t;
    FILE *file = fopen(path, "w");

    assert_non_null(file);
    assert_true(fputs(laws, file) >= 0);
    fclose(file);
    task_begin(&t, w->app.store, w->now, TASK_BUDGET);
    t.tenant = w->tenant;
    enum err e = knowledge_load_file(&t, path, &options, &loaded);
    if (!e)
        e = knowledge_follow(&t, w->app.data, NULL);
    if (e)
        fail_msg("%.*s", STR_ARG(t.note));
    assert_int_equal(loaded.added, 3);
    task_end(&t);
}

static int set_up(void **state)
{
    int failed = world_set_up(state);
    struct world *w = *state;

    if (failed)
        return failed;
    w->app.conf.ask_per_minute = 0;
    load_laws(w);
    world_pass(w, "1 minutes");
    return 0;
}

static int tear_down(void **state)
{
    knowledge_close();
    return world_tear_down(state);
}

static void ask(struct world *w, const char *question)
{
    world_as_nobody(w);
    world_get_json(w, world_f(w, "/ask?q=%s", world_escape(w, question)));
    WORLD_STATUS(w, 200);
}

static struct str first_article(struct world *w)
{
    const struct json *articles = json_get(w->json, "articles");

    return articles && articles->first ? json_get_str(articles->first, "id") : (struct str){0};
}

/* --- What was asked --------------------------------------------------------------------------- */

static const struct json *asked(struct world *w, const char *question)
{
    JSON_EACH (row, json_get(w->json, "rows")) {
        if (str_is(json_get_str(row, "question"), question))
            return row;
    }
    return NULL;
}

static void what_was_asked_is_seen_and_whose_it_was_is_not(void **state)
{
    struct world *w = *state;

    ask(w, "拖欠工资怎么办 13900001234");
    ask(w, "拖欠工资怎么办 13900001234");
    ask(w, "量子纠缠");
    world_pass(w, "1 minutes");
    world_as(w, "wenjing");
    world_get(w, "/knowledge");
    WORLD_STATUS(w, 200);
    WORLD_SAYS(w, "拖欠工资怎么办 ***********");
    assert_false(world_says(w, "13900001234"));
    world_get_json(w, "/knowledge");
    assert_int_equal(json_get_int(w->json, "asked"), 3);
    const struct json *row = asked(w, "拖欠工资怎么办 ***********");
    assert_non_null(row);
    assert_int_equal(json_get_int(row, "times"), 2);
    world_get_json(w, "/knowledge?show=none");
    assert_non_null(asked(w, "量子纠缠"));
    assert_null(asked(w, "拖欠工资怎么办 ***********"));
    world_get(w, "/knowledge?show=topics");
    WORLD_SAYS(w, "没有归入话题");
    world_get(w, "/knowledge?days=0");
    WORLD_STATUS(w, 422);
    /* Nobody else. */
    world_as(w, "zhaoming");
    world_get(w, "/knowledge");
    WORLD_STATUS(w, 403);
    world_as(w, "wenjing");
    world_get(w, "/orders");
    WORLD_STATUS(w, 403);
}

static void what_clerks_take_of_the_offers_is_counted(void **state)
{
    struct world *w = *state;

    world_as(w, "zhoumin");
    world_post(w, "/orders/check",
               world_f(w, "channel=window&content=%s",
                       world_escape(w, "单位拖欠工资，不得克扣或者无故拖欠劳动者的工资")));
    const char *offered = world_f(w, "%.*s", STR_ARG(world_hidden(w, "_offered")));
    assert_true(offered[0]);
    world_post(w, "/orders",
               world_f(w,
                       "channel=window&matter=legal-consultation&content=%s&subject=%s"
                       "&parties[0].role=applicant&parties[0].identity.name=%s"
                       "&parties[0].identity.phone=13900005678&_offered=%s",
                       world_escape(w, "拖欠工资"), world_escape(w, "单位欠薪"),
                       world_escape(w, "赵小秀"), world_escape(w, offered)));
    WORLD_STATUS(w, 200);
    world_as(w, "wenjing");
    world_get_json(w, "/knowledge");
    const struct json *offers = json_get(w->json, "offers");
    assert_true(offers && offers->count > 0);
    assert_true(json_get_int(offers->first, "offered") > 0);
    world_get(w, "/knowledge");
    WORLD_SAYS(w, "窗口登记时");
}

static void a_bad_file_is_told_line_by_line(void **state)
{
    struct world *w = *state;

    world_as(w, "wenjing");
    world_post_file(w, "/knowledge/files", "", "file", "more.jsonl", "text/plain",
                    S("{\"id\":\"A9\",\"question\":\"加班费怎么算？\",\"answer\":\"按规定。\","
                      "\"answer_by\":\"律师\"}\nnot json\n"));
    WORLD_STATUS(w, 200);
    WORLD_SAYS(w, "没有读懂 1 行");
    WORLD_SAYS(w, "more.jsonl:2");
    world_post_file(w, "/knowledge/files", "", "file", "../../etc/x.exe", "text/plain", S("x"));
    WORLD_STATUS(w, 422);
    WORLD_SAYS(w, "只认 .jsonl");
    world_post(w, "/knowledge/files", "");
    WORLD_STATUS(w, 422);
    world_as(w, "shenjian");
    world_get(w, "/audit?word=knowledge");
    WORLD_SAYS(w, "more.jsonl：新增 1");
}

#define PROPOSES "order=%lld&question=%s&answer=%s"
#define DECIDES  "do=%s&question=%s&answer=%s&note=%s"

/* --- Answers of the house --------------------------------------------------------------------- */

static void an_answer_of_the_house_is_cleared_and_approved(void **state)
{
    struct world *w = *state;

    world_as(w, "wuhaitao");
    struct registered made = story_register(w, WORLD_CONSULTATION);
    world_get(w, world_f(w, "/research/propose?order=%lld", ID(made.id)));
    WORLD_STATUS(w, 409); /* not answered yet */
    story_act(w, made.id, "answer",
              "{\"result\":\"王小满可以向劳动监察大队投诉拖欠工资。\",\"outcome\":\"done\"}");
    world_get(w, world_f(w, "/orders/%lld", ID(made.id)));
    WORLD_SAYS(w, "拟为问答");
    world_get(w, world_f(w, "/research/propose?order=%lld", ID(made.id)));
    WORLD_SAYS(w, "公司拖欠工资");
    WORLD_SAYS(w, "王小满可以向劳动监察大队投诉");

    world_post(w, "/research/propose",
               world_f(w, PROPOSES, ID(made.id), world_escape(w, "公司拖欠工资去哪投诉"),
                       world_escape(w, "王小满可以投诉，电话 139 0000 1234。")));
    WORLD_STATUS(w, 422);
    WORLD_SAYS(w, "长号码");
    world_post(w, "/research/propose",
               world_f(w, PROPOSES, ID(made.id), world_escape(w, "公司拖欠工资去哪投诉"),
                       world_escape(w, "王小满可以去投诉。")));
    WORLD_STATUS(w, 422);
    WORLD_SAYS(w, "有当事人的姓名");
    for (int i = 0; i < 2; i++) { /* pressed twice: it is there once */
        world_post(
            w, "/research/propose",
            world_f(
                w, PROPOSES, ID(made.id), world_escape(w, "公司拖欠工资去哪投诉"),
                world_escape(w, "2026-10-14 起可以向劳动监察大队投诉，依据《劳动法》第五十条。")));
        WORLD_STATUS(w, 303);
    }

    /* Nobody sees it until it is approved, and the officer, who sees no order, approves. */
    world_as(w, "wenjing");
    world_get_json(w, "/knowledge/proposals");
    const struct json *rows = json_get(w->json, "rows");
    assert_true(rows && rows->count == 1);
    int64_t id = json_get_id(rows->first, "id");
    world_as_nobody(w);
    world_get(w, world_f(w, "/answers/own-%lld", ID(id)));
    WORLD_STATUS(w, 404);
    world_as(w, "wenjing");
    const char *question = world_escape(w, "公司拖欠工资去哪里投诉？");
    const char *address = world_f(w, "/knowledge/proposals/%lld", ID(id));
    world_post(w, address,
               world_f(w, DECIDES, "approve", question, world_escape(w, "找王小满问。"), ""));
    WORLD_STATUS(w, 422);
    WORLD_SAYS(w, "有当事人的姓名");
    world_post(w, address, world_f(w, DECIDES, "return", question, world_escape(w, "好"), ""));
    WORLD_STATUS(w, 422);
    world_post(w, address,
               world_f(w, DECIDES, "approve", question,
                       world_escape(w, "可以向劳动监察大队投诉，依据《劳动法》第五十条。"), ""));
    WORLD_STATUS(w, 303);
    world_post(w, address, world_f(w, DECIDES, "approve", question, question, ""));
    WORLD_STATUS(w, 409); /* once */
    world_post(w, address,
               world_f(w, DECIDES, "approve", question,
                       world_escape(w, "可以向劳动监察大队投诉，依据《劳动法》第五十条。"), ""));
    WORLD_STATUS(w, 303); /* the same again: the first answer may have been lost */
    world_pass(w, "1 minutes");

    world_as_nobody(w);
    world_get(w, world_f(w, "/answers/own-%lld", ID(id)));
    WORLD_STATUS(w, 200);
    WORLD_SAYS(w, "值班律师岗");
    WORLD_SAYS(w, "文静 知识管理岗");
    assert_false(world_says(w, "吴海涛"));
    ask(w, "公司拖欠工资去哪里投诉？");
    const struct json *answers = json_get(w->json, "answers");
    assert_true(answers && answers->count > 0);
    assert_str(json_get_str(answers->first, "id"), world_f(w, "own-%lld", ID(id)));

    /* Withdrawn, nobody finds it any more. */
    world_as(w, "wenjing");
    world_post(w, address, world_f(w, DECIDES, "withdraw", question, question, ""));
    WORLD_STATUS(w, 303);
    world_pass(w, "1 minutes");
    world_as_nobody(w);
    world_get(w, world_f(w, "/answers/own-%lld", ID(id)));
    WORLD_STATUS(w, 404);
    world_verify(w);
}

/* --- Words ------------------------------------------------------------------------------------ */

static void words(struct world *w, const char *deed, const char *text, const char *more)
{
    world_post(w, "/knowledge/words",
               world_f(w, "do=%s&text=%s%s", deed, world_escape(w, text), more));
}

static void a_change_of_words_shows_its_effect_first(void **state)
{
    struct world *w = *state;
    const char *question = "叫卷铺盖了";

    ask(w, question);
    assert_false(str_is(first_article(w), "T1.39"));
    world_as(w, "wenjing");
    world_post(w, "/knowledge/kept",
               world_f(w, "do=add&question=%s&expected=%s", world_escape(w, question),
                       world_escape(w, "劳动合同法 第39条")));
    WORLD_STATUS(w, 303);
    world_post(w, "/knowledge/kept",
               world_f(w, "do=add&question=%s&expected=%s", world_escape(w, question),
                       world_escape(w, "劳动合同法 第999条")));
    WORLD_STATUS(w, 422);
    WORLD_SAYS(w, "没有找到这一条");

    words(w, "try", "卷铺盖 解除劳动合同", "");
    WORLD_STATUS(w, 422);
    WORLD_SAYS(w, "第 1 行：要有等号");
    words(w, "try",
          "# 说明\n[辞退] 卷铺盖、开除 = 用人单位可以解除劳动合同、劳动者有下列情形之一的", "");
    WORLD_STATUS(w, 303);
    world_get(w, "/knowledge/words");
    WORLD_SAYS(w, "现在 0 个，改后 1 个");
    WORLD_SAYS(w, "变好");
    /* A draft is nobody's answer. */
    ask(w, question);
    assert_false(str_is(first_article(w), "T1.39"));
    world_as(w, "wenjing");
    words(w, "publish", "别的 = 东西", "&version=1");
    WORLD_STATUS(w, 409); /* other words than were looked at */
    words(w, "publish",
          "# 说明\n[辞退] 卷铺盖、开除 = 用人单位可以解除劳动合同、劳动者有下列情形之一的",
          "&version=1");
    WORLD_STATUS(w, 303);
    ask(w, question);
    assert_str(first_article(w), "T1.39");
    /* What would make it worse needs a tick. */
    world_as(w, "wenjing");
    words(w, "try", "开除 = 解除劳动合同", "");
    WORLD_STATUS(w, 303);
    world_get(w, "/knowledge/words");
    WORLD_SAYS(w, "变差");
    words(w, "publish", "开除 = 解除劳动合同", "&version=2");
    WORLD_STATUS(w, 409);
    words(w, "drop", "", "");
    WORLD_STATUS(w, 303);
    ask(w, question);
    assert_str(first_article(w), "T1.39");
    /* A topic is counted by its name. */
    world_pass(w, "1 minutes");
    world_as(w, "wenjing");
    world_get(w, "/knowledge?show=topics");
    WORLD_SAYS(w, "<td>辞退</td>");
    world_as(w, "shenjian");
    world_get(w, "/audit?word=knowledge");
    WORLD_SAYS(w, "词表：发布");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_was_asked_is_seen_and_whose_it_was_is_not),
        cmocka_unit_test(what_clerks_take_of_the_offers_is_counted),
        cmocka_unit_test(a_bad_file_is_told_line_by_line),
        cmocka_unit_test(an_answer_of_the_house_is_cleared_and_approved),
        cmocka_unit_test(a_change_of_words_shows_its_effect_first),
    };

    return cmocka_run_group_tests(tests, set_up, tear_down);
}
