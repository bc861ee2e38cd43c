/*
 * The interviews that the program brings along: every way through them ends, names only what there
 * is, and every article cited is in the law it names (statutes.jsonl.zst of the test data,
 * $YIMEN_TEST_DATA; without it that part is skipped).
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <zstd.h>

#include "core/task.h"
#include "core/test.h"
#include "modules/catalog/catalog.h"
#include "modules/knowledge/interview_rules.h"
#include "modules/knowledge/triage_rules.h"

extern const struct str shipped_data[][2]; /* generated */

static void shipped_files_have_no_faults(void **state)
{
    const struct interview *it;
    struct list faults;
    size_t wrong = 0;
    struct task t;

    (void)state;
    task_begin(&t, NULL, TEST_NOW, TASK_BUDGET);
    for (size_t i = 0; shipped_data[i][0].at; i++) {
        if (!str_starts(shipped_data[i][0], S("interviews/")) ||
            !interview_read(&t, shipped_data[i][0], shipped_data[i][1], &it, &faults))
            continue;
        task_clear_error(&t);
        LIST_EACH (struct fault, fault, faults) {
            print_error("%.*s:%d: %.*s\n", STR_ARG(fault->file), fault->line,
                        STR_ARG(fault->message));
            wrong++;
        }
    }
    assert_int_equal(wrong, 0);
    task_end(&t);
}

static struct list interviews(struct task *t)
{
    struct list lines, all = {0};

    assert_int_equal(interview_list(t, &lines), OK);
    LIST_EACH (struct interview_line, line, lines) {
        const struct interview *it;
        assert_int_equal(interview_find(t, line->code, &it), OK);
        *(const struct interview **)list_add(t, &all, sizeof it) = it;
    }
    return all;
}

static void ten_topics(void **state)
{
    static const char *const topics[] = {"marriage",    "wages",     "work-injury", "traffic",
                                         "loan",        "neighbour", "property",    "consumer",
                                         "inheritance", "land"};
    const struct interview *it;
    struct task t;

    (void)state;
    task_begin(&t, NULL, TEST_NOW, TASK_BUDGET);
    assert_int_equal(interviews(&t).count, 10);
    for (size_t i = 0; i < sizeof topics / sizeof *topics; i++) {
        assert_int_equal(interview_of_topic(&t, str_of(topics[i]), &it), OK);
        if (!it)
            fail_msg("no interview for %s", topics[i]);
    }
    assert_int_equal(interview_of_topic(&t, S("exam"), &it), OK);
    assert_null(it);
    assert_int_equal(interview_find(&t, S("nothing"), &it), ERR_NOT_FOUND);
    task_end(&t);
}

/* --- Every way through ----------------------------------------------------------------------- */

struct walk {
    struct task *t;
    const struct interview *it;
    const struct node *matters;
    size_t ways;
    bool *used; /* results */
};

static void check_outcome(struct walk *w, const struct interview_step *step)
{
    const char *code = str_terminated(w->t, w->it->code);

    w->ways++;
    if (!step->query.len || !step->matters.count || !step->articles.count || !step->bring.count ||
        !step->says.count)
        fail_msg("%s: an outcome says too little: %.*s", code, STR_ARG(step->query));
    LIST_EACH (struct str, matter, step->matters)
        if (!node_find(w->matters, *matter))
            fail_msg("%s: no matter %.*s", code, STR_ARG(*matter));
    assert_true(step->answered.count >= 3 && step->answered.count <= INTERVIEW_QUESTIONS);
}

static void walk_on(struct walk *w, struct json *answers)
{
    struct task_mark mark = task_mark(w->t);
    struct interview_step step;

    interview_step(w->t, w->it, answers, &step);
    if (step.done) {
        check_outcome(w, &step);
        task_reset(w->t, mark);
        return;
    }
    assert_true(step.choices.count >= 2 && step.number == (int64_t)step.answered.count + 1);
    LIST_EACH (struct interview_choice, choice, step.choices) {
        struct task_mark here = task_mark(w->t);
        struct json *more = json_object(w->t);
        LIST_EACH (struct interview_answered, said, step.answered)
            json_put(w->t, more, said->name, json_str(w->t, said->value));
        json_put(w->t, more, step.name, json_str(w->t, choice->value));
        walk_on(w, more);
        task_reset(w->t, here);
    }
    task_reset(w->t, mark);
}

static void every_way_ends_well(void **state)
{
    struct list faults = {0};
    struct task t;

    (void)state;
    task_begin(&t, NULL, TEST_NOW, TASK_BUDGET);
    struct node *root = node_parse(&t, S("matters.yaml"), triage_shipped_file(S("matters.yaml")),
                                   NODE_MAX_FILE, &faults);
    struct list all = interviews(&t);
    LIST_EACH (const struct interview *, it, all) {
        struct walk walk = {.t = &t, .it = *it, .matters = node_get(root, "matters")};
        walk_on(&walk, json_object(&t));
        assert_true(walk.ways > 20);
    }
    task_end(&t);
}

/* A question or a result whose condition can never hold would never be seen. */
static void no_condition_is_in_vain(void **state)
{
    struct task t;

    (void)state;
    task_begin(&t, NULL, TEST_NOW, TASK_BUDGET);
    struct list all = interviews(&t);
    LIST_EACH (const struct interview *, it, all)
        for (size_t i = 0; i < (*it)->result_count; i++)
            LIST_EACH (struct interview_test, test, (*it)->results[i].when)
                LIST_EACH (struct interview_test, needs, (*it)->questions[test->question].when)
                    LIST_EACH (struct interview_test, same, (*it)->results[i].when) {
                        bool meets = same->question != needs->question;
                        LIST_EACH (struct str, value, same->values)
                            LIST_EACH (struct str, needed, needs->values)
                                meets = meets || str_eq(*value, *needed);
                        if (!meets)
                            fail_msg("%.*s: result %zu can never hold", STR_ARG((*it)->code),
                                     i + 1);
                    }
    task_end(&t);
}

static void an_answer_that_does_not_fit_is_asked_again(void **state)
{
    const struct interview *it;
    struct interview_step step;
    struct task t;

    (void)state;
    task_begin(&t, NULL, TEST_NOW, TASK_BUDGET);
    assert_int_equal(interview_find(&t, S("wages"), &it), OK);
    interview_step(&t, it, NULL, &step);
    assert_false(step.done);
    assert_true(str_is(step.name, "work"));
    assert_int_equal(step.number, 1);
    struct json *answers = json_object(&t);
    json_put_str(&t, answers, "work", S("<script>"));
    interview_step(&t, it, answers, &step);
    assert_true(str_is(step.name, "work"));
    json_put_str(&t, answers, "work", S("person"));
    json_put_str(&t, answers, "contract", S("no")); /* not asked of those: does not count */
    json_put_str(&t, answers, "still", S("working"));
    interview_step(&t, it, answers, &step);
    assert_true(str_is(step.name, "proof"));
    assert_int_equal(step.answered.count, 2);
    json_put_str(&t, answers, "proof", S("note"));
    json_put_str(&t, answers, "many", S("alone"));
    json_put_str(&t, answers, "boss", S("there"));
    interview_step(&t, it, answers, &step);
    assert_true(step.done);
    assert_true(str_find(step.query, S("劳务")) != SIZE_MAX);
    assert_true(str_find(step.query, S("双倍工资")) == SIZE_MAX);
    task_end(&t);
}

static bool has_text(struct list texts, struct str part)
{
    LIST_EACH (struct str, text, texts)
        if (str_find(*text, part) != SIZE_MAX)
            return true;
    return false;
}

/* The figures that must not be wrong. */
static void the_law_is_right(void **state)
{
    static const struct {
        const char *code;
        const char *answers[8][2];
        const char *says; /* stands in a sentence or a deadline */
        int64_t months, days;
    } cases[] = {
        {"wages",
         {{"work", "company"},
          {"still", "within"},
          {"contract", "yes"},
          {"proof", "other"},
          {"many", "alone"},
          {"boss", "there"}},
         "一年内申请劳动仲裁",
         12,
         0},
        {"work-injury",
         {{"where", "work"},
          {"work", "company"},
          {"when", "month"},
          {"applied", "no"},
          {"insured", "yes"},
          {"hurt", "treating"}},
         "三十日内申请工伤认定",
         12,
         0},
        {"loans",
         {{"side", "lender"},
          {"proof", "note"},
          {"due", "within"},
          {"interest", "none"},
          {"hiding", "no"}},
         "诉讼时效三年",
         36,
         0},
        {"loans",
         {{"side", "guarantor"}, {"interest", "none"}, {"guarantee", "unclear"}},
         "一般保证",
         6,
         0},
        {"marriage",
         {{"married", "yes"},
          {"safe", "no"},
          {"agree", "both"},
          {"child", "none"},
          {"wealth", "none"}},
         "三十日",
         0,
         60},
        {"traffic",
         {{"side", "hurt"},
          {"harm", "light"},
          {"fled", "no"},
          {"paper", "bad"},
          {"insured", "full"},
          {"working", "no"}},
         "书面申请复核",
         0,
         3},
        {"land",
         {{"what", "farm"}, {"farm", "back"}, {"known", "recent"}, {"other", "village"}},
         "不得收回",
         24,
         0},
        {"inheritance",
         {{"died", "yes"},
          {"will", "none"},
          {"who", "other"},
          {"agree", "yes"},
          {"wealth", "house"}},
         "六十日",
         0,
         60},
    };
    struct task t;

    (void)state;
    task_begin(&t, NULL, TEST_NOW, TASK_BUDGET);
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct json *answers = json_object(&t);
        const struct interview *it;
        struct interview_step step;
        bool found = false;
        assert_int_equal(interview_find(&t, str_of(cases[i].code), &it), OK);
        for (size_t a = 0; cases[i].answers[a][0]; a++)
            json_put_str(&t, answers, cases[i].answers[a][0], str_of(cases[i].answers[a][1]));
        interview_step(&t, it, answers, &step);
        assert_true(step.done);
        LIST_EACH (struct interview_deadline, deadline, step.deadlines)
            found =
                found || (deadline->months == cases[i].months && deadline->days == cases[i].days);
        if (!found || !has_text(step.says, str_of(cases[i].says)))
            fail_msg("%s, case %zu", cases[i].code, i);
    }
    task_end(&t);
}

/* --- Articles -------------------------------------------------------------------------------- */

struct citation {
    struct str law, article, code;
    bool found;
};

static void read_row(struct task *t, struct str line, struct list citations)
{
    struct task_mark mark = task_mark(t);
    struct json *row;

    if (str_find(line, S("\"region\"")) == SIZE_MAX && json_parse(t, line, &row) == OK) {
        struct str law = json_get_str(row, "law"), article = json_get_str(row, "article");
        LIST_EACH (struct citation, c, citations)
            c->found = c->found || (str_eq(c->article, article) && str_ends(law, c->law));
    }
    task_clear_error(t);
    task_reset(t, mark);
}

static void read_statutes(struct task *t, FILE *file, struct list citations)
{
    enum { IN = 1 << 17, OUT = 1 << 20 };
    char *in = NEW(t, char, IN), *out = NEW(t, char, OUT);
    ZSTD_DStream *stream = ZSTD_createDStream();
    size_t kept = 0, n;

    while ((n = fread(in, 1, IN, file)) > 0) {
        ZSTD_inBuffer from = {in, n, 0};
        while (from.pos < from.size) {
            ZSTD_outBuffer to = {out, OUT, kept};
            assert_false(ZSTD_isError(ZSTD_decompressStream(stream, &to, &from)));
            struct str rest = {out, to.pos};
            size_t end;
            while ((end = str_find(rest, S("\n"))) != SIZE_MAX) {
                read_row(t, str_first(rest, end), citations);
                rest = str_from(rest, end + 1);
            }
            if (rest.len)
                memmove(out, rest.at, rest.len);
            kept = rest.len;
        }
    }
    ZSTD_freeDStream(stream);
}

/* What is usual for a topic and what an alarm stands on, as the robot looks them up. */
static void add_grounds(struct task *t, struct list *citations)
{
    const struct triage_shipped *shipped;
    size_t before = citations->count;

    assert_int_equal(triage_shipped(t, &shipped), OK);
    for (size_t i = 0; i < shipped->topics->count; i++)
        LIST_EACH (struct triage_ground, ground, shipped->topics->topics[i].grounds)
            *(struct citation *)list_add(t, citations, sizeof(struct citation)) = (struct citation){
                ground->law, ground->article, shipped->topics->topics[i].code, false};
    assert_true(citations->count > before + 600);
    LIST_EACH (struct triage_alarm, alarm, shipped->alarms->alarms) {
        struct list articles = interview_articles(t, alarm->shows.law);
        assert_true(alarm->shows.law.len == 0 || articles.count > 0);
        LIST_EACH (struct interview_article, article, articles)
            *(struct citation *)list_add(t, citations, sizeof(struct citation)) =
                (struct citation){article->law, article->article, alarm->shows.code, false};
    }
}

static void every_article_is_there(void **state)
{
    const char *source = getenv("YIMEN_SOURCE"), *data = getenv("YIMEN_TEST_DATA");
    struct list citations = {0};
    char path[1000];
    size_t wrong = 0;
    struct task t;

    (void)state;
    snprintf(path, sizeof path,
             data ? "%s/statutes.jsonl.zst" : "%s/../shared/data/statutes.jsonl.zst",
             data     ? data
             : source ? source
                      : ".");
    FILE *file = fopen(path, "rb");
    if (!file) {
        print_message("no %s: the articles are not compared with the statutes\n", path);
        skip();
    }
    task_begin(&t, NULL, TEST_NOW, TASK_BUDGET);
    struct list all = interviews(&t);
    LIST_EACH (const struct interview *, it, all)
        for (size_t i = 0; i < (*it)->result_count; i++)
            LIST_EACH (struct interview_article, article, (*it)->results[i].articles)
                *(struct citation *)list_add(&t, &citations, sizeof(struct citation)) =
                    (struct citation){article->law, article->article, (*it)->code, false};
    assert_true(citations.count > 200);
    add_grounds(&t, &citations);
    read_statutes(&t, file, citations);
    fclose(file);
    LIST_EACH (struct citation, c, citations)
        if (!c->found) {
            print_error("%.*s: %.*s %.*s\n", STR_ARG(c->code), STR_ARG(c->law),
                        STR_ARG(c->article));
            wrong++;
        }
    assert_int_equal(wrong, 0);
    task_end(&t);
}

/* --- Faults ---------------------------------------------------------------------------------- */

static void a_wrong_file_says_where(void **state)
{
    static const char text[] =
        "title: 测试\n"
        "intro: 测试\n"
        "topic: wages\n"
        "colour: red\n"
        "questions:\n"
        "  - {ask: one, title: 第一个, answers: {yes: 是}}\n"
        "  - {ask: one, title: 又一个, answers: {yes: 是, no: 否}}\n"
        "  - {ask: two, title: 二, answers: {yes: 是, no: 否}, when: {three: yes}}\n"
        "results:\n"
        "  - {say: 没有依据}\n"
        "  - {when: {one: maybe}, law: 民法典一百条}\n"
        "  - {deadline: {text: 三年, law: 民法典 第一百八十八条, months: 0}}\n";
    static const struct {
        int line;
        const char *part;
    } expected[] = {
        {4, "colour"},
        {6, "两个回答"},
        {7, "写了两次"},
        {8, "three"},
        {10, "依据"},
        {11, "没有“maybe”"},
        {11, "民法典 第一百八十八条"},
        {12, "months"},
        {9, "matters"},
    };
    const struct interview *it;
    struct list faults;
    struct task t;

    (void)state;
    task_begin(&t, NULL, TEST_NOW, TASK_BUDGET);
    assert_int_equal(interview_read(&t, S("x/test.yaml"), str_of(text), &it, &faults),
                     ERR_BAD_INPUT);
    for (size_t i = 0; i < sizeof expected / sizeof *expected; i++) {
        bool found = false;
        LIST_EACH (struct fault, fault, faults)
            found = found || (fault->line == expected[i].line &&
                              str_find(fault->message, str_of(expected[i].part)) != SIZE_MAX);
        if (!found) {
            LIST_EACH (struct fault, fault, faults)
                print_error("%d: %.*s\n", fault->line, STR_ARG(fault->message));
            fail_msg("no fault in line %d with “%s”", expected[i].line, expected[i].part);
        }
    }
    task_end(&t);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(shipped_files_have_no_faults),
        cmocka_unit_test(ten_topics),
        cmocka_unit_test(every_way_ends_well),
        cmocka_unit_test(no_condition_is_in_vain),
        cmocka_unit_test(an_answer_that_does_not_fit_is_asked_again),
        cmocka_unit_test(the_law_is_right),
        cmocka_unit_test(every_article_is_there),
        cmocka_unit_test(a_wrong_file_says_where),
    };

    return cmocka_run_group_tests_name("interview", tests, NULL, NULL);
}
