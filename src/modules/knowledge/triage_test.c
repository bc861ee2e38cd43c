/*
 * Triage without the store: the shipped rules, the model, what is urgent and what is not.  The
 * alarms on laymen's questions are counted in legal-questions.jsonl.zst of the test data
 * ($YIMEN_TEST_DATA); without it that test is skipped.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <zstd.h>

#include "core/json.h"
#include "core/task.h"
#include "core/test.h"
#include "modules/catalog/catalog.h"
#include "modules/knowledge/triage_rules.h"

static const struct triage_shipped *shipped(struct task *t)
{
    const struct triage_shipped *shipped;

    assert_int_equal(triage_shipped(t, &shipped), OK);
    return shipped;
}

/* A file of the repository; NULL: this is not run from the source. */
static FILE *source_file(const char *name)
{
    const char *source = getenv("YIMEN_SOURCE");
    char path[1000];

    snprintf(path, sizeof path, "%s/%s", source ? source : ".", name);
    return fopen(path, "rb");
}

static bool is_matter(const struct node *matters, struct str code)
{
    return node_find(matters, code) != NULL;
}

static void rules_name_only_what_there_is(void **state)
{
    struct list faults = {0};
    struct task t;

    (void)state;
    task_begin(&t, NULL, TEST_NOW, TASK_BUDGET);
    const struct triage_shipped *s = shipped(&t);
    struct node *root = node_parse(&t, S("matters.yaml"), triage_shipped_file(S("matters.yaml")),
                                   NODE_MAX_FILE, &faults);
    const struct node *matters = node_get(root, "matters");
    for (size_t i = 0; i < s->topics->count; i++)
        LIST_EACH (struct str, code, s->topics->topics[i].matters)
            if (!is_matter(matters, *code))
                fail_msg("topic %.*s: no matter %.*s", STR_ARG(s->topics->topics[i].code),
                         STR_ARG(*code));
    LIST_EACH (struct triage_alarm, alarm, s->alarms->alarms)
        LIST_EACH (struct str, code, alarm->shows.matters)
            if (!is_matter(matters, *code))
                fail_msg("alarm %.*s: no matter %.*s", STR_ARG(alarm->shows.code), STR_ARG(*code));
    task_end(&t);
}

/* Everything a citizen can ask for is reached by some topic. */
static void every_matter_has_a_topic(void **state)
{
    struct list faults = {0};
    struct task t;

    (void)state;
    task_begin(&t, NULL, TEST_NOW, TASK_BUDGET);
    const struct triage_shipped *s = shipped(&t);
    struct node *root = node_parse(&t, S("matters.yaml"), triage_shipped_file(S("matters.yaml")),
                                   NODE_MAX_FILE, &faults);
    NODE_EACH(matter, node_get(root, "matters"))
    {
        bool reached =
            !node_get(matter, "tiers")->count || str_is(matter->key, "remote-consultation");
        for (size_t i = 0; i < s->topics->count; i++)
            LIST_EACH (struct str, code, s->topics->topics[i].matters)
                reached = reached || str_eq(*code, matter->key);
        if (!reached)
            fail_msg("no topic leads to %.*s", STR_ARG(matter->key));
    }
    task_end(&t);
}

static void the_model_was_made_from_these_files(void **state)
{
    FILE *file = source_file("data/triage/questions.tsv");
    struct task t;

    (void)state;
    if (!file)
        skip();
    task_begin(&t, NULL, TEST_NOW, TASK_BUDGET);
    char *bytes = NEW(&t, char, 1 << 20);
    struct str questions = {bytes, fread(bytes, 1, 1 << 20, file)};
    fclose(file);
    struct str source = classify_source(shipped(&t)->model);
    if (!str_eq(source, triage_source(&t, questions)))
        fail_msg("questions.tsv, topics.yaml or the analysis changed: run tools/train-triage");
    task_end(&t);
}

static void plain_questions_find_their_topic(void **state)
{
    static const struct {
        const char *question, *topic;
    } cases[] = {
        {"老板不发工资", "wages"},
        {"在厂里上班把手压断了老板不管", "work-injury"},
        {"老公要离婚孩子和房子怎么分", "marriage"},
        {"朋友借了我两万块钱一直不还", "loan"},
        {"楼上漏水把我家泡了", "neighbour"},
        {"物业乱收费可以不交物业费吗", "property"},
        {"我被车撞了对方全责不赔钱", "traffic"},
        {"父亲去世没有遗嘱房子怎么分", "inheritance"},
        {"网上买的东西是假货商家不退款", "consumer"},
        {"村里把我家的承包地收回去了", "land"},
        {"請問老闆拖欠工資怎麼辦", "wages"},
        {"请不起律师怎么办", "legal-aid"},
        {"对方不执行法院判决", "enforcement"},
    };
    struct task t;

    (void)state;
    task_begin(&t, NULL, TEST_NOW, TASK_BUDGET);
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct triage_guess guess = triage_guess_topic(&t, shipped(&t), str_of(cases[i].question));
        if (!str_is(guess.topic->code, cases[i].topic) ||
            guess.confidence < shipped(&t)->topics->silence)
            fail_msg("%s: %.*s %.2f", cases[i].question, STR_ARG(guess.topic->code),
                     guess.confidence);
    }
    task_end(&t);
}

static void what_says_nothing_gets_silence(void **state)
{
    static const char *const texts[] = {
        "",     "？？？", "asdfgh",       "1234567",      "你好",
        "在吗", "谢谢",   "今天天气不错", "去哪里吃饭好", "想看个电影"};
    struct task t;

    (void)state;
    task_begin(&t, NULL, TEST_NOW, TASK_BUDGET);
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        struct triage_guess guess = triage_guess_topic(&t, shipped(&t), str_of(texts[i]));
        if (guess.confidence >= shipped(&t)->topics->silence && guess.topic->matters.count)
            fail_msg("%s: says %.*s", texts[i], STR_ARG(guess.topic->code));
    }
    task_end(&t);
}

/* --- Urgent ---------------------------------------------------------------------------------- */

static struct str alarms_of(struct task *t, struct str text)
{
    struct list urgent;
    struct buf b = buf_new(t, 1000);

    assert_int_equal(triage_urgent_of(t, text, &urgent), OK);
    LIST_EACH (struct triage_urgent, alarm, urgent) {
        assert_true(alarm->calls.count && alarm->say.len && alarm->words.len);
        assert_true(alarm->words.at >= text.at &&
                    alarm->words.at + alarm->words.len <= text.at + text.len);
        buf_format(&b, "%s%.*s", b.len ? " " : "", STR_ARG(alarm->code));
    }
    return buf_str(&b);
}

struct alarm_case {
    const char *text, *alarms;
};

static void check_alarms(const struct alarm_case *cases, size_t count)
{
    struct task t;

    task_begin(&t, NULL, TEST_NOW, TASK_BUDGET);
    for (size_t i = 0; i < count; i++) {
        struct str found = alarms_of(&t, str_of(cases[i].text));
        if (!str_is(found, cases[i].alarms))
            fail_msg("%s: “%.*s”, not “%s”", cases[i].text, STR_ARG(found), cases[i].alarms);
    }
    task_end(&t);
}

static void what_is_urgent_is_seen(void **state)
{
    static const struct alarm_case cases[] = {
        {"老公喝醉了就打我，我不敢回家", "violence"},
        {"长期遭受家庭暴力想离婚", "violence"},
        {"長期遭受家庭暴力", "violence"},
        {"前男友威胁说要杀我全家", "violence"},
        {"丈夫把我关在家里不让我出门", "violence"},
        {"我真的不想活了", "self-harm"},
        {"工资要不回来我就去跳楼", "self-harm"},
        {"他要是不还钱我就跟他同归于尽", "harm-others"},
        {"老婆跟别人跑了，我想杀了他", "harm-others"},
        {"七岁的女儿被邻居猥亵了怎么办", "child"},
        {"我孩子在学校被同学打了好几次", "child"},
        {"我被人强奸了", "rape"},
        {"刚刚被骗转了三万块钱", "fraud-now"},
        {"微信上刷单被骗了两万", "fraud-now"},
        {"我儿子昨天被公安抓走了", "detained"},
        {"弟弟打架被拘留了，家属怎么办", "detained"},
        {"借款马上就满三年了还没还", "limitation"},
        {"工伤快一年了单位没有申报", "limitation"},
        {"我们几十个工人的工资都没发", "many-wages"},
        {"挖掘机来了要拆我家房子", "eviction"},
        {"老公打我，我不想活了", "violence self-harm"},
    };

    (void)state;
    check_alarms(cases, sizeof cases / sizeof *cases);
}

static void what_only_sounds_urgent_is_not(void **state)
{
    static const struct alarm_case cases[] = {
        {"老板不发工资", ""},
        {"他没有家暴，只是脾气不好", ""},
        {"我老公从来没打过我，但是要离婚", ""},
        {"什么是家庭暴力？", ""},
        {"打官司要多少钱", ""},
        {"老公在外面打工，过年才回来", ""},
        {"老板打电话让我回去上班", ""},
        {"投保人自杀，保险公司赔吗", ""},
        {"员工自杀身亡公司有责任吗", ""},
        {"被邻居家的猫抓伤了怎么赔", ""},
        {"想起诉离婚，分居快三年了感情不和", ""},
        {"诈骗罪判几年", ""},
        {"公司有几十个员工，怎么买社保", ""},
        {"拆迁补偿标准是多少", ""},
        {"欠钱不还会不会坐牢", ""},
        {"强奸罪判几年", ""},
        {"孩子归谁抚养", ""},
        {"房子到期了房东让我搬", ""},
        {"打赢了官司对方不给钱", ""},
        {"他威胁说不离婚就不给我钱", ""},
    };

    (void)state;
    check_alarms(cases, sizeof cases / sizeof *cases);
}

static struct str read_questions(struct task *t)
{
    const char *source = getenv("YIMEN_SOURCE"), *data = getenv("YIMEN_TEST_DATA");
    enum { PACKED = 1 << 20, WHOLE = 8 << 20 };
    char path[1000];

    snprintf(path, sizeof path,
             data ? "%s/legal-questions.jsonl.zst" : "%s/../shared/data/legal-questions.jsonl.zst",
             data     ? data
             : source ? source
                      : ".");
    FILE *file = fopen(path, "rb");
    if (!file) {
        print_message("no %s: alarms on laymen's questions are not counted\n", path);
        skip();
    }
    char *packed = NEW(t, char, PACKED), *text = NEW(t, char, WHOLE);
    size_t n = ZSTD_decompress(text, WHOLE, packed, fread(packed, 1, PACKED, file));
    fclose(file);
    assert_false(ZSTD_isError(n));
    return (struct str){text, n};
}

/* Of 4,249 questions of laymen so many alarm, and all of these were read: docs/triage.md. */
static void few_everyday_questions_alarm(void **state)
{
    size_t asked = 0, now = 0, soon = 0;
    struct list urgent;
    struct json *row;
    struct task t;
    struct str line;

    (void)state;
    task_begin(&t, NULL, TEST_NOW, TASK_BUDGET);
    struct str questions = read_questions(&t);
    while (str_cut(&questions, '\n', &line)) {
        struct task_mark mark = task_mark(&t);
        assert_int_equal(json_parse(&t, line, &row), OK);
        struct str question = json_get_str(row, "question");
        assert_int_equal(triage_urgent_of(&t, question, &urgent), OK);
        if (urgent.count) {
            struct triage_urgent *first = urgent.at;
            now += first->now;
            soon += !first->now;
            if (getenv("YIMEN_TELL"))
                printf("%.*s [%.*s] %.*s\n", STR_ARG(first->code), STR_ARG(first->words),
                       STR_ARG(str_first(question, utf8_prefix(question, 80))));
        }
        asked++;
        task_reset(&t, mark);
    }
    print_message("%zu questions: %zu alarms of danger, %zu of dates and rights\n", asked, now,
                  soon);
    assert_true(asked > 4000);
    assert_true(now * 100 < asked * 4 && soon * 100 < asked * 2);
    task_end(&t);
}

/* --- Faults ---------------------------------------------------------------------------------- */

static void check_fault(struct task *t, struct list faults, int line, const char *part)
{
    (void)t;
    LIST_EACH (struct fault, fault, faults)
        if (fault->line == line && str_find(fault->message, str_of(part)) != SIZE_MAX)
            return;
    fail_msg("no fault in line %d with “%s”", line, part);
}

static void a_wrong_topic_file_says_where(void **state)
{
    static const char text[] = "silence: 2\n"
                               "sure: 0.6\n"
                               "topics:\n"
                               "  Wages:\n"
                               "    title: 拖欠工资\n"
                               "    kind: 劳动争议\n"
                               "    difficulty: hard\n"
                               "    matters: [a, a]\n"
                               "    word: [x]\n"
                               "    grounds:\n"
                               "      - {law: 民法典, article: 675}\n"
                               "      - {law: 民法典, article: 第六条}\n"
                               "      - {law: 民法典, article: 675, words: [借条]}\n"
                               "      - {article: 133-1, unless: [x]}\n"
                               "      - 民法典\n";
    struct triage_topics *topics;
    struct list faults;
    struct task t;

    (void)state;
    task_begin(&t, NULL, TEST_NOW, TASK_BUDGET);
    assert_int_equal(triage_read_topics(&t, S("x.yaml"), str_of(text), &topics, &faults),
                     ERR_BAD_INPUT);
    check_fault(&t, faults, 1, "silence");
    check_fault(&t, faults, 4, "代码");
    check_fault(&t, faults, 7, "difficulty");
    check_fault(&t, faults, 8, "两次");
    check_fault(&t, faults, 9, "word");
    check_fault(&t, faults, 4, "缺少“words”");
    check_fault(&t, faults, 12, "数字");
    check_fault(&t, faults, 13, "两次");
    check_fault(&t, faults, 14, "缺少“law”");
    check_fault(&t, faults, 14, "unless");
    check_fault(&t, faults, 15, "law: 民法典");
    task_end(&t);
}

static void a_wrong_urgent_file_says_where(void **state)
{
    static const char text[] = "urgent:\n"
                               "  violence:\n"
                               "    title: 暴力\n"
                               "    level: later\n"
                               "    say: 报警\n"
                               "    calls:\n"
                               "      - {number: 一一零, title: 报警}\n"
                               "    words: [打**我, '，', a*b*c*d*e*f]\n";
    struct triage_alarms *alarms;
    struct list faults;
    struct task t;

    (void)state;
    task_begin(&t, NULL, TEST_NOW, TASK_BUDGET);
    assert_int_equal(triage_read_urgent(&t, S("x.yaml"), str_of(text), &alarms, &faults),
                     ERR_BAD_INPUT);
    check_fault(&t, faults, 4, "level");
    check_fault(&t, faults, 7, "电话");
    check_fault(&t, faults, 8, "空的一段");
    check_fault(&t, faults, 8, "最多 5 段");
    task_end(&t);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(rules_name_only_what_there_is),
        cmocka_unit_test(every_matter_has_a_topic),
        cmocka_unit_test(the_model_was_made_from_these_files),
        cmocka_unit_test(plain_questions_find_their_topic),
        cmocka_unit_test(what_says_nothing_gets_silence),
        cmocka_unit_test(what_is_urgent_is_seen),
        cmocka_unit_test(what_only_sounds_urgent_is_not),
        cmocka_unit_test(few_everyday_questions_alarm),
        cmocka_unit_test(a_wrong_topic_file_says_where),
        cmocka_unit_test(a_wrong_urgent_file_says_where),
    };

    return cmocka_run_group_tests_name("triage", tests, NULL, NULL);
}
