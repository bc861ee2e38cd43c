#include "index_fixture.h"

#include <string.h>

#include "search/query.h"

static const struct index_schema schema = {
    .version = 1,
    .n_texts = 3,
    .n_fields = 4,
    .n_columns = 3,
    .texts = {"title", "body", "keys"},
    .fields = {{"all", 3, TERMS_PLAIN, 1.2F, 0.75F},
               {"title", 1, TERMS_PLAIN, 1.2F, 0.75F},
               {"chars", 3, TERM_UNIGRAM, 1.2F, 0.75F},
               {"keys", 4, TERM_KEYWORD, 1.2F, 0}},
    .columns = {"day", "kind", "court"},
};
static const struct query_choice kinds[] = {{"法律", 1}, {"法规", 2}, {0}};
static const struct query_name names[] = {
    {"标题", "title", QUERY_TEXT, 0, 2, NULL},   {"日期", "date", QUERY_DAY, 0, 0, NULL},
    {"种类", "kind", QUERY_CHOICE, 1, 0, kinds}, {"法院", "court", QUERY_KEYWORD, 2, 0, NULL},
    {"编号", "key", QUERY_KEYWORD, 0, 8, NULL},  {0},
};
static const struct query_language any = {names, {1, 0, 0.5F}, false};
static const struct query_language every = {names, {1, 0, 0.5F}, true};

struct bed {
    struct task task;
    char *folder;
    struct index *index;
    struct index_view *view;
};

static void put(struct bed *bed, struct index_writer *w, uint64_t id, const char *title,
                const char *body, int64_t day, int64_t kind, const char *court)
{
    uint64_t key = term_number((int64_t)id);
    struct task *t = &bed->task;
    struct index_doc doc = {.id = id,
                            .texts = {units_of(t, str_of(title)), units_of(t, str_of(body)),
                                      units_of_keywords(t, &key, 1)},
                            .columns = {day, kind, query_keyword(str_of(court))}};

    assert_int_equal(index_put(t, w, &doc), OK);
}

static int setup(void **state)
{
    static struct bed bed;
    struct index_writer *w;
    struct task *t = &bed.task;

    task_begin(t, NULL, TEST_NOW, TASK_BUDGET);
    bed.folder = folder_new(t);
    assert_int_equal(index_open(t, str_of(bed.folder), &schema, &bed.index), OK);
    assert_int_equal(index_write(t, bed.index, INDEX_BUDGET, &w), OK);
    put(&bed, w, 1, "劳动合同法", "用人单位拖欠劳动报酬的，劳动者可以申请支付令。", 20080101, 1,
        "杭州中院");
    put(&bed, w, 2, "民法典 第1042条", "禁止包办、买卖婚姻。禁止借婚姻索取财物。", 20210101, 1,
        "宁波中院");
    put(&bed, w, 3, "工资支付条例", "用人单位应当按月支付工资，不得拖欠工资。", 20210501, 2,
        "杭州中院");
    put(&bed, w, 4, "税收征管法", "纳税人应当依法纳税。GDP统计。", 20150424, 1, "杭州中院");
    assert_int_equal(index_commit(t, w, 1), OK);
    index_write_end(w);
    assert_int_equal(index_look(t, &bed.index, 1, &bed.view), OK);
    *state = &bed;
    return 0;
}

static int teardown(void **state)
{
    struct bed *bed = *state;

    index_view_end(bed->view);
    index_close(bed->index);
    folder_remove(bed->folder);
    task_end(&bed->task);
    return 0;
}

/* The ids that a query finds, as digits in ascending order. */
static struct str found(struct bed *bed, const struct query_language *language, const char *text)
{
    struct task *t = &bed->task;
    struct index_ask ask;
    struct index_hits hits;
    struct query_error error;
    bool seen[10] = {0};
    struct str all = S("");

    assert_int_equal(query_parse(t, language, str_of(text), &ask, &error), OK);
    ask.most = 100;
    ask.count = true;
    assert_int_equal(index_search(t, bed->view, &ask, &hits), OK);
    assert_int_equal(hits.count, hits.n);
    for (size_t i = 0; i < hits.n; i++)
        seen[hits.at[i].id] = true;
    for (int i = 0; i < 10; i++)
        if (seen[i])
            all = str_format(t, "%.*s%d", STR_ARG(all), i);
    return all;
}

static void test_meaning(void **state)
{
    struct bed *bed = *state;
    static const struct {
        const char *query, *ids;
    } rows[] = {
        {"拖欠 婚姻", "123"},
        {"拖欠 AND 婚姻", ""},
        {"拖欠 且 劳动", "1"},
        {"拖欠 OR 纳税", "134"},
        {"拖欠 | 纳税", "134"},
        {"拖欠 -劳动", "3"},
        {"拖欠 NOT 劳动", "3"},
        {"NOT 用人", "24"},
        {"拖欠 AND NOT (劳动 OR 婚姻)", "3"},
        {"\"拖欠工资\"", "3"},
        {"“拖欠劳动报酬”", "1"},
        {"「单位应当」", "3"},
        {"\"报酬劳动者\"", ""},  /* a comma stands between */
        {"\"拖欠\" 劳动", "13"}, /* the word only raises */
        {"拖欠工资 OR \"纳税人\"", "34"},
        {"1042条", "2"},
        {"第一千零四十二条 AND 婚姻", "2"},
        {"标题:劳动", "1"},
        {"title:劳动 OR 标题：税收", "14"},
        {"标题:\"劳动合同\"", "1"},
        {"种类:法规", "3"},
        {"拖欠 种类:法律", "1"},
        {"法院:杭州中院", "134"},
        {"法院:杭州中院 AND -拖欠", "4"},
        {"编号:2", "2"},
        {"日期:2021", "23"},
        {"日期:2021-05", "3"},
        {"日期:2021-05-01", "3"},
        {"日期:2010..2020", "4"},
        {"日期:2015..", "234"},
        {"日期:..2015", "14"},
        {"(拖欠 OR 纳税) AND 日期:2015..", "34"},
        {"（拖欠）", "13"},
        {"gdp", "4"},
        {"GDP AND 税", "4"},
        {"-税", "123"},
        {"网址:税收", "4"}, /* no name of the table: the colon is a break */
    };

    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct str ids = found(bed, &any, rows[i].query);
        if (!str_is(ids, rows[i].ids))
            fail_msg("%s: %.*s, expected %s", rows[i].query, STR_ARG(ids), rows[i].ids);
    }
    assert_str(found(bed, &every, "拖欠 劳动"), "1");
    assert_str(found(bed, &every, "拖欠 婚姻"), "");
    assert_str(found(bed, &every, "工资支付"), "3");
}

static void test_errors(void **state)
{
    struct bed *bed = *state;
    struct task *t = &bed->task;
    static const struct {
        const char *query;
        size_t at;
        const char *message;
    } rows[] = {
        {"", 0, "第 1 个字处：请输入要检索的词"},
        {"  ", 0, "第 1 个字处：请输入要检索的词"},
        {"。", 0, "第 1 个字处：没有可以检索的字"},
        {"工资 \"拖欠", 3, "第 4 个字处：引号没有结束"},
        {"(工资", 0, "第 1 个字处：括号没有结束"},
        {"工资)", 2, "第 3 个字处：多了一个右括号"},
        {"工资 AND", 6, "第 7 个字处：这里应是要检索的词"},
        {"OR 工资", 0, "第 1 个字处：这里应是要检索的词"},
        {"标题:", 0, "第 1 个字处：冒号后面应有内容"},
        {"工资 种类:判决", 3, "第 4 个字处：没有这个选项"},
        {"日期:去年", 0, "第 1 个字处：日期应写成 2021-05-01、2021-05 或 2021"},
        {"日期:2021-13", 0, "第 1 个字处：日期应写成 2021-05-01、2021-05 或 2021"},
        {"日期:..", 0, "第 1 个字处：日期应写成 2021-05-01、2021-05 或 2021"},
    };

    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct index_ask ask;
        struct query_error error = {0};

        assert_int_equal(query_parse(t, &any, str_of(rows[i].query), &ask, &error), ERR_BAD_INPUT);
        task_clear_error(t);
        assert_str(error.message, rows[i].message);
        assert_int_equal(error.at, rows[i].at);
    }
    char deep[200];
    memset(deep, '(', sizeof deep);
    struct index_ask ask;
    struct query_error error;
    assert_int_equal(query_parse(t, &any, (struct str){deep, sizeof deep}, &ask, &error),
                     ERR_BAD_INPUT);
    assert_int_equal(query_parse(t, &any, (struct str){deep, sizeof deep}, &ask, &error),
                     ERR_BAD_INPUT);
    task_clear_error(t);
}

static void test_order(void **state)
{
    struct bed *bed = *state;
    struct task *t = &bed->task;
    struct index_ask ask;
    struct index_hits hits;
    struct query_error error;

    assert_int_equal(query_parse(t, &any, S("拖欠 OR 税"), &ask, &error), OK);
    ask.most = 2;
    ask.count = ask.by_column = true;
    assert_int_equal(index_search(t, bed->view, &ask, &hits), OK);
    assert_int_equal(hits.n, 2);
    assert_int_equal(hits.count, 3);
    assert_int_equal(hits.at[0].id, 3); /* the newest first */
    assert_int_equal(hits.at[1].id, 4);
    float weights[INDEX_FIELDS] = {1, 0, 0.5F};
    query_plain(t, &schema, weights, S("老板拖欠工资怎么办"), &ask);
    ask.most = 1;
    assert_int_equal(index_search(t, bed->view, &ask, &hits), OK);
    assert_int_equal(hits.at[0].id, 3);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_meaning, setup, teardown),
        cmocka_unit_test_setup_teardown(test_errors, setup, teardown),
        cmocka_unit_test_setup_teardown(test_order, setup, teardown),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
