/* Which words of a template are read by people, and a page in another language. */
#include "view/template_text.h"

#include <stdlib.h>
#include <string.h>

#include "core/buf.h"
#include "core/shape.h"
#include "core/test.h"
#include "core/text.h"
#include "view/template.h"

/* A template, and the keys of its Chinese runs, each followed by "|". */
static const struct {
    const char *text, *keys;
} runs[] = {
    {"<p>共 {{count}} 件</p>", "共 {{count}} 件|"},
    {"<p>\n  第一行\n  第二行 </p>", "第一行 第二行|"},
    {"<p>请在 <b>{{day}}</b>前补交。</p>", "请在|前补交。|"},
    {"{{#a}}有{{/a}}{{^a}}没有{{/a}}", "有|没有|"},
    {"为了：{{reason}}{{#what}}；看了{{what}}{{/what}}", "为了：{{reason}}|；看了{{what}}|"},
    {"<a title=\"看\" href=\"/看\">{{x}}</a>", "看|/看|"},
    {"<input value=\"值\" placeholder='如：{{x}}'>", "如：{{x}}|"},
    {"<script>var a = '不是';</script>是", "是|"},
    {"<textarea name=\"a\">不是</textarea>是", "是|"},
    {"<p translate=\"no\">不是{{x}}</p><p>是</p>", "是|"},
    {"<!-- 不是 <b>也不是</b> -->是", "是|"},
    {"{{! 不是 }}{{>是/不是}}", ""},
    {"{{title}}　{{number}}", ""}, /* a wide blank is no word */
    {"{{title}}：", "{{title}}：|"},
    {"1 < 2，是", "2，是|"},
    {"plain", ""},
    {"{{不", ""},
    {"<p title=\"没完", "没完|"},
};

static void runs_are_what_people_read(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof runs / sizeof runs[0]; i++) {
        struct template_words words = {.text = str_of(runs[i].text)};
        struct template_run run;
        char got[512] = "", key[512];

        while (template_next_run(&words, &run)) {
            if (!run.chinese)
                continue;
            struct str source = {runs[i].text + run.from, run.to - run.from};
            size_t n = template_run_key(source, key);
            strncat(got, key, n);
            strcat(got, "|");
        }
        assert_string_equal(got, runs[i].keys);
    }
}

/* With keys of the English catalogue. */
static const struct {
    const char *text, *english;
} pages[] = {
    {"<p>有 {{error_count}} 处要改</p>", "<p>{{~error_count}} to correct</p>"},
    {"<p>\n  返回\n</p>", "<p>\n  Back\n</p>"},
    {"<a title=\"返回\" class=\"返回\">返回</a>", "<a title=\"Back\" class=\"Back\">Back</a>"},
    {"<option value=\"{{v}}\">{{title}}</option>", "<option value=\"{{v}}\">{{~title}}</option>"},
    {"<a href=\"{{h}}\" aria-label=\"{{l}}\">{{ x }}</a>",
     "<a href=\"{{h}}\" aria-label=\"{{~l}}\">{{~ x }}</a>"},
    {"<dd translate=\"no\">{{said}}</dd><dd>{{word}}</dd>",
     "<dd translate=\"no\">{{said}}</dd><dd>{{~word}}</dd>"},
    {"{{#a}}返回{{/a}}{{>b}}", "{{#a}}Back{{/a}}{{>b}}"},
    {"这一句没有译文 {{x}}", "这一句没有译文 {{~x}}"},
};

static void a_template_is_translated_before_it_is_bound(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof pages / sizeof pages[0]; i++) {
        size_t len;
        char *said = template_translate(str_of(pages[i].text), &languages[1], &len);

        assert_str(((struct str){said, len}), pages[i].english);
        free(said);
    }
}

struct page {
    struct str word, said;
    int64_t n;
};
static const struct field page_fields[] = {
    FIELD(struct page, word, F_STR, NULL),
    FIELD(struct page, said, F_STR, NULL),
    FIELD(struct page, n, F_INT, NULL),
    {0},
};
static const struct shape page_shape = {"page", sizeof(struct page), page_fields};

static void is_drawn(const char *text, const struct language *language, const char *html)
{
    static const struct page page = {STR_INIT("返回"), STR_INIT("<返回>"), 3};
    char *why = NULL;
    struct task t;

    task_begin(&t, NULL, TEST_NOW, TASK_BUDGET);
    struct buf out = buf_new(&t, 4096);
    struct template *template =
        template_bind_text("page", str_of(text), NULL, &page_shape, NULL, language, &why);
    if (!template)
        fail_msg("%s", why);
    template_render(&out, template, &page, NULL);
    assert_str(buf_str(&out), html);
    template_free(template);
    task_end(&t);
}

static void a_field_is_looked_up_where_people_read_it(void **state)
{
    const char *text =
        "<p title=\"{{word}}\">{{word}} {{n}} {{said}}</p><i translate=\"no\">{{word}}</i>"
        "<input value=\"{{word}}\">";

    (void)state;
    is_drawn(
        text, &languages[1],
        "<p title=\"Back\">Back 3 &lt;返回&gt;</p><i translate=\"no\">返回</i><input value=\"返回\">");
    is_drawn(
        text, NULL,
        "<p title=\"返回\">返回 3 &lt;返回&gt;</p><i translate=\"no\">返回</i><input value=\"返回\">");
    is_drawn(
        text, &languages[0],
        "<p title=\"返回\">返回 3 &lt;返回&gt;</p><i translate=\"no\">返回</i><input value=\"返回\">");
}

/* The mark is the binder's own: nobody may write it. */
static void the_mark_is_refused_in_a_template(void **state)
{
    char *why = NULL;

    (void)state;
    assert_null(template_bind_text("page", S("{{~word}}"), NULL, &page_shape, NULL, NULL, &why));
    free(why);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(runs_are_what_people_read),
        cmocka_unit_test(a_template_is_translated_before_it_is_bound),
        cmocka_unit_test(a_field_is_looked_up_where_people_read_it),
        cmocka_unit_test(the_mark_is_refused_in_a_template),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
