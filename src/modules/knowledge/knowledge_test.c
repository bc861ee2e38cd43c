/*
 * Documents come in from files of every kind, bad lines are told and skipped, loading again changes
 * what differs, and a load that broke off goes on.
 */
#include <string.h>
#include <sys/stat.h>

#include "ask.h"
#include "cite.h"
#include "knowledge_private.h"
#include "knowledge_sql.h"
#include "modules/org/testing.h"

static int set_up(void **state)
{
    struct city *city = calloc(1, sizeof *city);

    city_build(
        city, (const struct migration *const[]){org_module.migrations, knowledge_migrations, NULL});
    *state = city;
    return 0;
}

static int tear_down(void **state)
{
    city_clear(*state);
    free(*state);
    return 0;
}

static const char *put_file(struct city *city, const char *name, const char *text)
{
    const char *path = str_terminated(&city->t, str_format(&city->t, "%s/%s", city->folder, name));
    FILE *file = fopen(path, "w");

    if (!file || fputs(text, file) < 0 || fclose(file))
        fail_msg("cannot write %s", path);
    return path;
}

static struct knowledge_loaded load(struct city *city, const char *path, FILE *errors)
{
    struct knowledge_load options = {.errors = errors};
    struct knowledge_loaded loaded;

    CITY_OK(city, knowledge_load_file(&city->t, path, &options, &loaded));
    return loaded;
}

struct look {
    struct str id;
    struct article article;
    struct answered answered;
    struct court_case one;
    int64_t past;
};

static enum err look_article(struct task *t, void *arg)
{
    struct look *look = arg;
    struct rows *rows;
    enum err e = article_get(t, look->id, &look->article);

    if (!e)
        e = store_run(t, &q_knowledge_article_past,
                      ARGS(INT("tenant", look->article.tenant), TEXT("id", look->id)), &rows);
    if (!e)
        look->past = (int64_t)rows_count(rows);
    return e;
}

static enum err look_answer(struct task *t, void *arg)
{
    struct look *look = arg;

    return answered_get(t, look->id, &look->answered);
}

static enum err look_case(struct task *t, void *arg)
{
    struct look *look = arg;

    return case_get(t, look->id, &look->one);
}

/* A file of somebody who is not the operator: neither endless nor endlessly wrong. */
static void what_a_page_loads_has_an_end(void **state)
{
    struct city *city = *state;
    struct buf lines = buf_new(&city->t, 1024 * 1024);
    struct knowledge_load options = {.most = 100000};
    struct knowledge_loaded loaded;

    for (int i = 0; i < 20000; i++)
        buf_add(&lines, S("{}\n"));
    const char *path = put_file(city, "wrong.jsonl", str_terminated(&city->t, buf_str(&lines)));
    assert_int_equal(knowledge_load_file(&city->t, path, &options, &loaded), ERR_BAD_INPUT);
    assert_int_equal(loaded.bad, 10000);
    task_clear_error(&city->t);
    options.most = 20000;
    path = put_file(city, "long.jsonl", str_terminated(&city->t, buf_str(&lines)));
    assert_int_equal(knowledge_load_file(&city->t, path, &options, &loaded), ERR_TOO_LARGE);
    task_clear_error(&city->t);
    options.most = 0;
    CITY_OK(city, knowledge_load_file(&city->t, path, &options, &loaded));
    assert_int_equal(loaded.bad, 20000);
}

/* Nothing is looked up in empty tables, and all the same the second of two is a change. */
static void what_comes_twice_into_empty_tables(void **state)
{
    struct city *city = *state;
    const char *path =
        put_file(city, "twice.jsonl",
                 "{\"id\":\"L9.1\",\"law\":\"乙法\",\"article\":\"第一条\",\"text\":\"先\"}\n"
                 "{\"id\":\"Q9\",\"question\":\"先？\",\"answer\":\"先。\"}\n"
                 "{\"id\":\"C9\",\"kind\":\"刑事\",\"text\":\"先。\"}\n"
                 "{\"id\":\"C9\",\"kind\":\"刑事\",\"text\":\"后。\"}\n"
                 "{\"id\":\"Q9\",\"question\":\"先？\",\"answer\":\"后。\"}\n"
                 "{\"id\":\"L9.1\",\"law\":\"乙法\",\"article\":\"第一条\",\"text\":\"后\"}\n");
    struct knowledge_loaded loaded = load(city, path, NULL);
    struct look look = {.id = S("L9.1")};

    assert_int_equal(loaded.added, 3);
    assert_int_equal(loaded.changed, 3);
    CITY_OK(city, store_read(&city->t, look_article, &look));
    assert_str(look.article.text, "后");
    look.id = S("Q9");
    CITY_OK(city, store_read(&city->t, look_answer, &look));
    assert_str(look.answered.answer, "后。");
    look.id = S("C9");
    CITY_OK(city, store_read(&city->t, look_case, &look));
    assert_str(look.one.text, "后。");
}

static void lines_of_json_become_documents(void **state)
{
    struct city *city = *state;
    char *told = NULL;
    size_t told_len;
    FILE *errors = open_memstream(&told, &told_len);
    const char *path = put_file(
        city, "some.jsonl",
        "{\"id\":\"L1.1\",\"law\":\"中华人民共和国测试法\",\"law_type\":\"法律\",\"date\":\"2020-05-28\","
        "\"article\":\"第一条\",\"text\":\"甲。\",\"chapter\":\"第一章 总则\"}\n"
        "{\"id\":\"L1.2\",\"law\":\"中华人民共和国测试法\"\n"
        "\n"
        "{\"id\":\"Q1\",\"question\":\"工资？\",\"answer\":\"应当付。\",\"answer_by\":\"gpt-4\"}\n"
        "{\"id\":\"Q2\",\"question\":\"工资？\"}\n"
        "{\"id\":\"C1\",\"kind\":\"刑事\",\"text\":\"查明。\",\"charges\":[\"盗窃\"],\"term_months\":14,"
        "\"fine\":1000}\n"
        "{\"id\":\"L1.3\",\"law\":\"中华人民共和国测试法\",\"article\":\"第三条\",\"text\":\"丙\","
        "\"date\":\"2020-13-40\"}\n");
    struct knowledge_loaded loaded = load(city, path, errors);
    struct look look = {.id = S("L1.1")};

    fclose(errors);
    assert_int_equal(loaded.lines, 7);
    assert_int_equal(loaded.added, 3);
    assert_int_equal(loaded.bad, 3);
    assert_non_null(strstr(told, "some.jsonl:2："));
    assert_non_null(strstr(told, "some.jsonl:5：缺少 answer"));
    assert_non_null(strstr(told, "some.jsonl:7：date 不是日期"));
    free(told);
    CITY_OK(city, store_read(&city->t, look_article, &look));
    assert_str(look.article.of.title, "中华人民共和国测试法");
    assert_str(look.article.of.version, "2020-05-28");
    look.id = S("Q1");
    CITY_OK(city, store_read(&city->t, look_answer, &look));
    assert_true(look.answered.machine);
    look.id = S("C1");
    CITY_OK(city, store_read(&city->t, look_case, &look));
    assert_str(look.one.outcome, "犯盗窃罪，判处自由刑 1 年 2 个月，罚金 1000 元");
}

static void loading_again_changes_what_differs(void **state)
{
    struct city *city = *state;
    const char *first =
        "{\"id\":\"L2.1\",\"law\":\"甲法\",\"date\":\"2020-01-01\",\"article\":\"第一条\","
        "\"text\":\"旧的话\"}\n";
    struct knowledge_loaded loaded = load(city, put_file(city, "a.jsonl", first), NULL);
    struct look look = {.id = S("L2.1")};

    assert_int_equal(loaded.added, 1);
    loaded = load(city, put_file(city, "b.jsonl", first), NULL);
    assert_int_equal(loaded.same, 1);
    assert_int_equal(loaded.changed, 0);
    loaded = load(city,
                  put_file(city, "c.jsonl",
                           "{\"id\":\"L2.1\",\"law\":\"甲法\",\"date\":\"2024-01-01\","
                           "\"article\":\"第一条\",\"text\":\"新的话\"}\n"),
                  NULL);
    assert_int_equal(loaded.changed, 1);
    CITY_OK(city, store_read(&city->t, look_article, &look));
    assert_str(look.article.text, "新的话");
    assert_str(look.article.of.version, "2024-01-01");
    assert_int_equal(look.past, 1);
}

static enum err pretend_broken_off(struct task *t, void *arg)
{
    return store_run(t, &q_knowledge_load_put,
                     ARGS(INT("tenant", 0), TEXT("source", *(struct str *)arg), INT("lines", 2),
                          INT("finished", 0), INT("now", t->now)),
                     NULL);
}

static void a_load_that_broke_off_goes_on(void **state)
{
    struct city *city = *state;
    const char *path = put_file(city, "broken.jsonl",
                                "{\"id\":\"Q11\",\"question\":\"一？\",\"answer\":\"一\"}\n"
                                "{\"id\":\"Q12\",\"question\":\"二？\",\"answer\":\"二\"}\n"
                                "{\"id\":\"Q13\",\"question\":\"三？\",\"answer\":\"三\"}\n");
    struct stat status;

    assert_int_equal(stat(path, &status), 0);
    struct str source = str_format(&city->t, "broken.jsonl %lld %lld", (long long)status.st_size,
                                   (long long)status.st_mtime);
    CITY_OK(city, store_write(&city->t, pretend_broken_off, &source));
    struct knowledge_loaded loaded = load(city, path, NULL);
    assert_int_equal(loaded.skipped, 2);
    assert_int_equal(loaded.added, 1);
    loaded = load(city, path, NULL);
    assert_int_equal(loaded.added, 2);
    assert_int_equal(loaded.same, 1);
}

static void csv_and_markdown(void **state)
{
    struct city *city = *state;
    struct knowledge_loaded loaded =
        load(city,
             put_file(city, "qa.csv",
                      "编号,问题,答复,答复人,答复日期\n"
                      "K1,\"加班, 怎么算？\",\"按\n\"\"一点五\"\"倍\",张律师,2026年3月1日\n"
                      "K2,没有答复,,张律师,\n"),
             NULL);
    struct look look = {.id = S("K1")};

    assert_int_equal(loaded.added, 1);
    assert_int_equal(loaded.bad, 1);
    CITY_OK(city, store_read(&city->t, look_answer, &look));
    assert_str(look.answered.question, "加班, 怎么算？");
    assert_str(look.answered.answer, "按\n\"一点五\"倍");
    assert_str(look.answered.answered_on, "2026-03-01");

    loaded =
        load(city,
             put_file(city, "某某条例.md",
                      "# 某某条例\n\n2020年5月28日通过\n\n2021年6月1日修正\n\n<!-- INFO END -->\n\n"
                      "## 第一章 总则\n\n第一条 为了甲。\n\n第二条 有下列情形的：\n\n（一）乙；\n\n"
                      "## 第二章 别的\n\n第三条之一 丙。\n"),
             NULL);
    assert_int_equal(loaded.added, 3);
    assert_int_equal(loaded.bad, 0);
}

static void articles_are_found_in_a_text(void **state)
{
    struct city *city = *state;
    struct task *t = &city->t;
    struct str text = S(
        "依照《中华人民共和国民法典》第一千零四十二条、第1043条和本法第三条之一，《某条例》（以下简称条例）第十条。");
    struct list cites = cites_find(t, text, S("甲法"));
    const struct cite *c = cites.at;

    assert_int_equal(cites.count, 4);
    assert_str(cite_key(t, c[0].law, c[0].article), "民法典#1042");
    assert_str(cite_key(t, c[1].law, c[1].article), "民法典#1043");
    assert_str(cite_key(t, c[2].law, c[2].article), "甲法#3-1");
    assert_str(cite_key(t, c[3].law, c[3].article), "某条例#10");
    assert_str(cite_article_zh(t, 1042, 0), "第一千零四十二条");
    assert_str(cite_article_zh(t, 120, 1), "第一百二十条之一");
    assert_str(cite_article_zh(t, 15, 0), "第十五条");
}

/* All that was collected, to see that it goes in quickly. */
static void the_whole_collection(void **state)
{
    struct city *city = *state;
    const char *data = getenv("YIMEN_TEST_DATA");
    const char *source = getenv("YIMEN_SOURCE");
    const char *folder = data ? data
                              : str_terminated(&city->t, str_format(&city->t, "%s/../shared/data",
                                                                    source ? source : "."));
    const char *path =
        str_terminated(&city->t, str_format(&city->t, "%s/statutes.jsonl.zst", folder));

    if (access(path, R_OK)) {
        print_message("skipped: no collection in %s\n", folder);
        skip();
    }
    int64_t begin = time_monotonic_ns();
    struct knowledge_loaded loaded = load(city, path, stderr);
    print_message("%lld articles in %.1f s\n", (long long)loaded.added,
                  (double)(time_monotonic_ns() - begin) / 1e9);
    assert_int_equal(loaded.added, 140848);
    assert_int_equal(loaded.bad, 0);
}

/* --- Was it useful? --------------------------------------------------------------------------- */

static enum err add_asked(struct task *t, void *arg)
{
    return store_run(t, &q_knowledge_asked_add,
                     ARGS(INT("tenant", t->tenant), INT("id", *(const int64_t *)arg),
                          INT("asked_at", t->now), BYTES("question", S("sealed")),
                          TEXT("verdict", S("nothing")), TEXT("best", S("")), TEXT("answer", S("")),
                          TEXT("channel", S("web")), INT("useful", 0)),
                     NULL);
}

struct marked {
    int64_t id, useful;
};

static enum err read_marked(struct task *t, void *arg)
{
    struct marked *marked = arg;
    struct rows *rows;
    enum err e = store_run(t, &q_knowledge_asked_since,
                           ARGS(INT("tenant", t->tenant), INT("since", 0), INT("most", 10)), &rows);

    while (!e && rows_next(rows))
        if (row_int(rows, "id") == marked->id)
            marked->useful = row_int(rows, "useful");
    return e;
}

/* The question waits in the memory of another server when the answer comes here. */
static void what_was_said_about_a_question_waits_for_it(void **state)
{
    struct city *city = *state;
    struct task *t = &city->t;
    struct marked marked = {.id = store_new_id(t)};

    CITY_OK(city, asked_useful(t, marked.id, true));
    CITY_OK(city, asked_flush(t));
    CITY_OK(city, store_write(t, add_asked, &marked.id));
    CITY_OK(city, asked_flush(t));
    CITY_OK(city, store_read(t, read_marked, &marked));
    assert_int_equal(marked.useful, 1);
    /* A question of long ago is not on its way. */
    assert_int_equal(asked_useful(t, 123, true), ERR_NOT_FOUND);
    task_clear_error(t);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_comes_twice_into_empty_tables),
        cmocka_unit_test(lines_of_json_become_documents),
        cmocka_unit_test(what_a_page_loads_has_an_end),
        cmocka_unit_test(loading_again_changes_what_differs),
        cmocka_unit_test(a_load_that_broke_off_goes_on),
        cmocka_unit_test(csv_and_markdown),
        cmocka_unit_test(articles_are_found_in_a_text),
        cmocka_unit_test(what_was_said_about_a_question_waits_for_it),
        cmocka_unit_test(the_whole_collection),
    };

    return cmocka_run_group_tests(tests, set_up, tear_down);
}
