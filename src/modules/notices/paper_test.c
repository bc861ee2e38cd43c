/*
 * Papers drawn from sample facts: what pdftotext finds in them is what a person reads.  With
 * YIMEN_PAPERS set to a folder the papers are left there, to be looked at.
 */
#include "core/test.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "core/json.h"
#include "modules/catalog/rules.h"
#include "modules/notices/paper_draw.h"
#include "modules/notices/paper_samples.h"

/* Under the leak checker: fontconfig keeps its configuration, cairo 1.16 loses a table of each
 * subset of a font when a surface ends. */
const char *__lsan_default_suppressions(void);
const char *__lsan_default_suppressions(void)
{
    return "leak:libfontconfig\nleak:libpango\nleak:libcairo\n";
}

static struct json *facts_of(struct task *t, const char *more)
{
    struct json *facts, *extra;

    assert_int_equal(json_parse(t, str_of(sample_facts), &facts), OK);
    assert_int_equal(json_parse(t, str_of(more), &extra), OK);
    JSON_EACH (member, extra) {
        struct json *value = NEW(t, struct json, 1);

        *value = *member;
        value->next = NULL;
        json_put(t, facts, member->name, value);
    }
    return facts;
}

static struct paper_source source_of(const char *kind, const struct json *facts)
{
    struct paper_source source = {.no = S("岚告〔2026〕412 号"),
                                  .template_version = 1,
                                  .recorded_at = TEST_NOW,
                                  .base_url = S("http://127.0.0.1:8080"),
                                  .facts = facts};

    for (source.kind = paper_kinds; source.kind->name; source.kind++)
        if (!strcmp(source.kind->name, kind))
            return source;
    fail_msg("no kind %s", kind);
    return source;
}

static void keep(const char *kind, struct str pdf)
{
    const char *folder = getenv("YIMEN_PAPERS");
    char path[512];

    if (!folder)
        return;
    snprintf(path, sizeof path, "%s/%s.pdf", folder, kind);
    FILE *out = fopen(path, "wb");
    assert_non_null(out);
    fwrite(pdf.at, 1, pdf.len, out);
    fclose(out);
}

/* All characters but white space, so that wrapping does not matter. */
static struct str text_of(struct task *t, struct str pdf)
{
    char path[] = "/tmp/yimen-paper-XXXXXX", command[128];
    int file = mkstemp(path), c;
    struct buf text = buf_new(t, 1 << 20);

    assert_int_equal(write(file, pdf.at, pdf.len), (ssize_t)pdf.len);
    close(file);
    snprintf(command, sizeof command, "pdftotext -enc UTF-8 -layout %s -", path);
    FILE *in = popen(command, "r");
    assert_non_null(in);
    while ((c = fgetc(in)) != EOF)
        if (c != ' ' && c != '\n' && c != '\f')
            buf_add_char(&text, (char)c);
    assert_int_equal(pclose(in), 0);
    unlink(path);
    return buf_str(&text);
}

static void assert_has(struct task *t, const char *kind, struct str text, struct str wanted)
{
    struct buf packed = buf_new(t, wanted.len + 1);

    for (size_t i = 0; i < wanted.len; i++)
        if (wanted.at[i] != ' ')
            buf_add_char(&packed, wanted.at[i]);
    if (str_find(text, buf_str(&packed)) == SIZE_MAX)
        fail_msg("%s does not say \"%.*s\" but\n%.*s", kind, STR_ARG(wanted), STR_ARG(text));
}

static void every_kind_says_what_it_must(void **state)
{
    (void)state;
    if (system("pdftotext -v >/dev/null 2>&1")) {
        print_message("pdftotext (poppler-utils) is missing: what papers say is not tested\n");
        skip();
    }
    for (const struct paper_sample *sample = paper_samples; sample->kind; sample++) {
        struct task t;
        struct str pdf, wanted = str_of(sample->wanted), line;

        task_begin(&t, NULL, TEST_NOW, TASK_BUDGET);
        struct paper_source source = source_of(sample->kind, facts_of(&t, sample->facts));
        assert_int_equal(paper_draw(&t, &source, &pdf), OK);
        keep(sample->kind, pdf);
        struct str text = text_of(&t, pdf);
        assert_has(&t, sample->kind, text, str_of(source.kind->title));
        assert_has(&t, sample->kind, text, source.no);
        assert_has(&t, sample->kind, text, S("岚江市公共法律服务中心"));
        assert_has(&t, sample->kind, text, S("LJ01-20261009-04138"));
        assert_has(&t, sample->kind, text, S("规程 法律援助 第 7 版"));
        while (str_cut(&wanted, '\n', &line))
            assert_has(&t, sample->kind, text, line);
        if (str_find(text, S("{")) != SIZE_MAX || str_find(text, S("[")) != SIZE_MAX)
            fail_msg("%s has a place that was not filled:\n%.*s", sample->kind, STR_ARG(text));
        task_end(&t);
    }
}

static void the_tables_of_kinds_agree(void **state)
{
    size_t rows = 0;

    (void)state;
    for (const struct paper_kind *kind = paper_kinds; kind->name; kind++, rows++) {
        size_t found = 0;

        for (const struct paper_text *text = paper_texts; text->kind; text++)
            found += !strcmp(text->kind, kind->name);
        for (const struct paper_sample *sample = paper_samples; sample->kind; sample++)
            found += !strcmp(sample->kind, kind->name);
        if (found < 2)
            fail_msg("%s has no words or no sample", kind->name);
        assert_true(rule_listed(paper_rules, str_of(kind->name)));
    }
    for (const struct rule *rule = paper_rules; rule->word; rule++)
        assert_true(paper_kind_known(str_of(rule->word)));
}

static size_t count(struct str text, struct str needle)
{
    size_t n = 0, at;

    while ((at = str_find(text, needle)) != SIZE_MAX) {
        n++;
        text = str_from(text, at + needle.len);
    }
    return n;
}

/* The letter to another body, the decision on a person and the copy for the file bear no tracking
 * code. */
static void the_code_is_only_for_the_applicant(void **state)
{
    static const struct {
        const char *kind;
        size_t times;
    } rows[] = {{"transfer", 0},
                {"accountability-decision", 0},
                {"refusal", 1},
                {"one-time-notice", 1},
                {"receipt", 1}};

    (void)state;
    if (system("pdftotext -v >/dev/null 2>&1"))
        skip();
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct task t;
        struct str pdf;

        task_begin(&t, NULL, TEST_NOW, TASK_BUDGET);
        struct paper_source source = source_of(rows[i].kind, facts_of(&t, "{}"));
        assert_int_equal(paper_draw(&t, &source, &pdf), OK);
        assert_int_equal(count(text_of(&t, pdf), S("7Q4M-9KXD-2HVP-6T3W")), rows[i].times);
        task_end(&t);
    }
}

static void words_are_filled(void **state)
{
    static const struct {
        const char *words, *filled;
    } rows[] = {
        {"工单 {order_no}。", "工单 LJ01-20261009-04138。"},
        {"自 {day} 起", "自 2026 年 10 月 12 日 起"},
        {"[依照{law}，]决定", "依照《中华人民共和国法律援助法》第四十三条，决定"},
        {"[没有{nothing}，]决定", "决定"},
        {"[外{unit}[内{nothing}]外]", "外岚江市公共法律服务中心外"},
        {"[外[{nothing}]{nothing}]尾", "尾"},
        {"{moment}", "2026 年 10 月 12 日 9 时 31 分"},
        {"{unclosed", ""},
    };
    struct task t;

    (void)state;
    task_begin(&t, NULL, TEST_NOW, TASK_BUDGET);
    struct paper_source source = source_of("receipt", facts_of(&t, "{}"));
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        assert_str(paper_fill(&t, &source, str_of(rows[i].words)), rows[i].filled);
    assert_str(paper_law(&t, S("医疗纠纷预防和处理条例 第三十八条")),
               "《医疗纠纷预防和处理条例》第三十八条");
    assert_str(paper_law(&t, S("地方性法规")), "《地方性法规》");
    assert_str(paper_law(&t, S("")), "");
    task_end(&t);
}

/* The same facts give the same bytes; a long reason goes on on further pages, all of it. */
static void drawing_is_repeatable_and_cuts_nothing(void **state)
{
    struct task t;
    struct str one, two;
    struct buf reason;

    (void)state;
    task_begin(&t, NULL, TEST_NOW, TASK_BUDGET);
    reason = buf_new(&t, 64 * 1024);
    for (int i = 0; i < 400; i++)
        buf_format(&reason, "第%d句理由很长。", i);
    struct json *facts = facts_of(&t, "{}"), *said = json_list(&t), *item = json_object(&t);
    json_put_str(&t, item, "name", S("reason"));
    json_put_str(&t, item, "title", S("理由"));
    json_put_str(&t, item, "text", buf_str(&reason));
    json_append(said, item);
    json_put(&t, facts, S("said"), said);
    struct paper_source source = source_of("refusal", facts);
    assert_int_equal(paper_draw(&t, &source, &one), OK);
    assert_int_equal(paper_draw(&t, &source, &two), OK);
    assert_true(str_eq(one, two));
    keep("long", one);
    if (!system("pdftotext -v >/dev/null 2>&1")) {
        struct str text = text_of(&t, one);

        assert_has(&t, "refusal", text, S("第0句理由"));
        assert_has(&t, "refusal", text, S("第399句理由"));
        assert_has(&t, "refusal", text, S("第 2 页 共 "));
    }
    task_end(&t);
}

/* Workers draw at the same time; each paper is what it would be alone. */
static void *draw_some(void *arg)
{
    struct str *first = arg;

    for (int i = 0; i < 5; i++) {
        struct task t;
        struct str pdf;

        task_begin(&t, NULL, TEST_NOW, TASK_BUDGET);
        struct paper_source source = source_of("one-time-notice", facts_of(&t, "{}"));
        if (paper_draw(&t, &source, &pdf) || !str_eq(pdf, *first))
            return arg;
        task_end(&t);
    }
    return NULL;
}

static void threads_do_not_disturb_each_other(void **state)
{
    pthread_t threads[4];
    struct task t;
    struct str first;
    void *failed;

    (void)state;
    task_begin(&t, NULL, TEST_NOW, TASK_BUDGET);
    struct paper_source source = source_of("one-time-notice", facts_of(&t, "{}"));
    assert_int_equal(paper_draw(&t, &source, &first), OK);
    for (size_t i = 0; i < 4; i++)
        assert_int_equal(pthread_create(&threads[i], NULL, draw_some, &first), 0);
    for (size_t i = 0; i < 4; i++) {
        pthread_join(threads[i], &failed);
        assert_null(failed);
    }
    task_end(&t);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_kind_says_what_it_must),
        cmocka_unit_test(the_tables_of_kinds_agree),
        cmocka_unit_test(the_code_is_only_for_the_applicant),
        cmocka_unit_test(words_are_filled),
        cmocka_unit_test(drawing_is_repeatable_and_cuts_nothing),
        cmocka_unit_test(threads_do_not_disturb_each_other),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
