/*
 * The mustache specification's own cases (spec 1.4: interpolation, sections, inverted, comments,
 * partials) for the part of it that our templates have, then what is ours: escaping by type, the
 * shell, and templates that are refused with file and line.
 *
 * Left out, as not in the subset: {{.}}, other delimiters, unescaped tags (refused, tested below),
 * lambdas, recursive partials (refused), and names that do not exist (refused instead of empty).
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "core/shape.h"
#include "core/task.h"
#include "core/time.h"
#include "view/template.h"

/* Data for all cases; each shape names what the specification's case calls it. */
struct item {
    struct str item;
    int64_t number;
    struct str name;
};
static const struct field item_fields[] = {FIELD(struct item, item, F_STR, NULL),
                                           FIELD(struct item, number, F_INT, NULL),
                                           FIELD(struct item, name, F_STR, NULL),
                                           {0}};
static const struct shape item_shape = {"item", sizeof(struct item), item_fields};

struct outer {
    struct str top;
    struct list middles;
};
struct middle {
    struct str mid;
    struct list bottoms;
};
struct bottom {
    struct str low;
};
static const struct field bottom_fields[] = {FIELD(struct bottom, low, F_STR, NULL), {0}};
static const struct shape bottom_shape = {"bottom", sizeof(struct bottom), bottom_fields};
static const struct field middle_fields[] = {
    FIELD(struct middle, mid, F_STR, NULL),
    FIELD_OF(struct middle, bottoms, F_LIST, &bottom_shape, NULL),
    {0}};
static const struct shape middle_shape = {"middle", sizeof(struct middle), middle_fields};
static const struct field outer_fields[] = {
    FIELD(struct outer, top, F_STR, NULL),
    FIELD_OF(struct outer, middles, F_LIST, &middle_shape, NULL),
    {0}};
static const struct shape outer_shape = {"outer", sizeof(struct outer), outer_fields};

struct person {
    struct str name;
    const struct item *friend;
};
static const struct field person_fields[] = {
    FIELD(struct person, name, F_STR, NULL),
    FIELD_OF(struct person, friend, F_LINK, &item_shape, NULL),
    {0}};
static const struct shape person_shape = {"person", sizeof(struct person), person_fields};

struct page {
    struct str subject, forbidden, string, empty, name, title;
    int64_t mph, zero, id, moment;
    int32_t day, no_day;
    int64_t no_id, no_moment;
    bool yes, no, boolean;
    struct str raw;
    struct person person;
    const struct person *link, *no_link;
    struct list list, none, tops;
};
static const struct field page_fields[] = {
    FIELD(struct page, subject, F_STR, NULL),
    FIELD(struct page, forbidden, F_STR, NULL),
    FIELD(struct page, string, F_STR, NULL),
    FIELD(struct page, empty, F_STR, NULL),
    FIELD(struct page, name, F_STR, NULL),
    FIELD(struct page, title, F_STR, NULL),
    FIELD(struct page, mph, F_INT, NULL),
    FIELD(struct page, zero, F_INT, NULL),
    FIELD(struct page, id, F_ID, NULL),
    FIELD(struct page, moment, F_MOMENT, NULL),
    FIELD(struct page, day, F_DAY, NULL),
    FIELD(struct page, no_day, F_DAY, NULL),
    FIELD(struct page, no_id, F_ID, NULL),
    FIELD(struct page, no_moment, F_MOMENT, NULL),
    FIELD(struct page, yes, F_BOOL, NULL),
    FIELD(struct page, no, F_BOOL, NULL),
    FIELD(struct page, boolean, F_BOOL, NULL),
    FIELD(struct page, raw, F_HTML, NULL),
    FIELD_OF(struct page, person, F_OBJECT, &person_shape, NULL),
    FIELD_OF(struct page, link, F_LINK, &person_shape, NULL),
    FIELD_OF(struct page, no_link, F_LINK, &person_shape, NULL),
    FIELD_OF(struct page, list, F_LIST, &item_shape, NULL),
    FIELD_OF(struct page, none, F_LIST, &item_shape, NULL),
    FIELD_OF(struct page, tops, F_LIST, &outer_shape, NULL),
    {0},
};
static const struct shape page_shape = {"page", sizeof(struct page), page_fields};

struct shell {
    struct str place, title;
};
static const struct field shell_fields[] = {
    FIELD(struct shell, place, F_STR, NULL), FIELD(struct shell, title, F_STR, NULL), {0}};
static const struct shape shell_shape = {"shell", sizeof(struct shell), shell_fields};

static struct item items[] = {{STR_INIT("a"), 1, STR_INIT("one")},
                              {STR_INIT("b"), 2, STR_INIT("two")},
                              {STR_INIT("c"), 3, STR_INIT("")}};
static struct bottom bottoms[] = {{STR_INIT("x")}, {STR_INIT("y")}};
static struct middle middles[] = {{STR_INIT("1"), {bottoms, 2}}, {STR_INIT("2"), {bottoms, 1}}};
static struct outer tops[] = {{STR_INIT("A"), {middles, 2}}, {STR_INIT("B"), {NULL, 0}}};
static const struct item friend = {STR_INIT("f"), 7, STR_INIT("Jo")};
static const struct person linked = {STR_INIT("Li"), &friend};

static const struct page page = {
    .subject = STR_INIT("world"),
    .forbidden = STR_INIT("& \" < > '"),
    .string = STR_INIT("---"),
    .name = STR_INIT("outer name"),
    .mph = 85,
    .id = 9007199254740993,
    .moment = 1791942120000, /* 2026-10-14 01:42 UTC */
    .day = 20740,
    .no_day = DAY_NONE,
    .yes = true,
    .boolean = true,
    .raw = STR_INIT("<b>&amp;</b>"),
    .person = {STR_INIT("Joe"), NULL},
    .link = &linked,
    .list = {items, 3},
    .tops = {tops, 2},
};
static const struct shell shell = {STR_INIT("岚江"), STR_INIT("shell title")};

static const struct template_file partials[] = {
    {"text", "from partial", 12},
    {"partial", "*{{string}}*", 12},
    {"whole", ">", 1},
    {"lines", "|\n{{string}}\n|\n", 15},
    {"two", ">\n>", 3},
    {"inner", "{{#list}}{{>element}}{{/list}}", 30},
    {"element", "<{{item}}>", 10},
    {"loop", "{{>loop}}", 9},
    {"broken", "a\n{{#yes}}", 10},
    {NULL, NULL, 0},
};

struct spec_case {
    const char *name, *text, *expected;
};

static const struct spec_case cases[] = {
    /* Interpolation */
    {"No Interpolation", "Hello from {Mustache}!\n", "Hello from {Mustache}!\n"},
    {"Basic Interpolation", "Hello, {{subject}}!\n", "Hello, world!\n"},
    {"No Re-interpolation", "{{subject}}: {{raw}}", "world: <b>&amp;</b>"},
    {"HTML Escaping", "These: {{forbidden}}\n", "These: &amp; &quot; &lt; &gt; &#39;\n"},
    {"Basic Integer Interpolation", "\"{{mph}} miles an hour!\"", "\"85 miles an hour!\""},
    {"Zero", "{{zero}}", "0"},
    {"Dotted Names - Basic Interpolation",
     "\"{{person.name}}\" == \"{{#person}}{{name}}{{/person}}\"", "\"Joe\" == \"Joe\""},
    {"Dotted Names - Arbitrary Depth", "{{link.friend.name}}", "Jo"},
    {"Dotted Names - Broken Chain Resolution", "\"{{person.friend.name}}\" == \"\"",
     "\"\" == \"\""},
    {"Dotted Names - Initial Resolution", "{{#link}}{{person.name}}{{/link}}", "Joe"},
    {"Interpolation - Surrounding Whitespace", "| {{string}} |", "| --- |"},
    {"Interpolation - Standalone", "  {{string}}\n", "  ---\n"},
    {"Interpolation With Padding", "|{{ string }}|", "|---|"},
    /* Sections */
    {"Truthy", "\"{{#boolean}}This should be rendered.{{/boolean}}\"",
     "\"This should be rendered.\""},
    {"Falsey", "\"{{#no}}This should not be rendered.{{/no}}\"", "\"\""},
    {"Null is falsey", "\"{{#no_link}}x{{/no_link}}\"", "\"\""},
    {"Context", "\"{{#person}}Hi {{name}}.{{/person}}\"", "\"Hi Joe.\""},
    {"Parent contexts", "\"{{#person}}{{name}}, {{subject}}{{/person}}\"", "\"Joe, world\""},
    {"Variable test", "\"{{#person}}{{#name}}{{name}}{{/name}}{{/person}}\"", "\"Joe\""},
    {"List", "\"{{#list}}{{item}}{{/list}}\"", "\"abc\""},
    {"Empty List", "\"{{#none}}Yay lists!{{/none}}\"", "\"\""},
    {"List Contexts",
     "{{#tops}}{{#middles}}{{top}}{{mid}}{{#bottoms}}{{top}}{{mid}}{{low}}.{{/bottoms}}{{/middles}}{{/tops}}",
     "A1A1x.A1y.A2A2x."},
    {"Deeply Nested Contexts",
     "{{#link}}{{#friend}}{{name}} {{subject}} {{link.name}}{{/friend}}{{/link}}", "Jo world Li"},
    {"Doubled", "{{#yes}}\n* first\n{{/yes}}\n* {{mph}}\n{{#yes}}\n* third\n{{/yes}}\n",
     "* first\n* 85\n* third\n"},
    {"Nested (Truthy)", "| A {{#yes}}B {{#yes}}C{{/yes}} D{{/yes}} E |", "| A B C D E |"},
    {"Nested (Falsey)", "| A {{#no}}B {{#no}}C{{/no}} D{{/no}} E |", "| A  E |"},
    {"Dotted Names - Truthy", "{{#link.friend.item}}Here{{/link.friend.item}}", "Here"},
    {"Dotted Names - Falsey", "{{#person.friend.item}}Here{{/person.friend.item}}", ""},
    {"Surrounding Whitespace", " | {{#boolean}}\t|\t{{/boolean}} | \n", " | \t|\t | \n"},
    {"Internal Whitespace", " | {{#boolean}} {{! Important Whitespace }}\n {{/boolean}} | \n",
     " |  \n  | \n"},
    {"Indented Inline Sections", " {{#boolean}}YES{{/boolean}}\n {{#boolean}}GOOD{{/boolean}}\n",
     " YES\n GOOD\n"},
    {"Standalone Lines", "| This Is\n{{#boolean}}\n|\n{{/boolean}}\n| A Line\n",
     "| This Is\n|\n| A Line\n"},
    {"Indented Standalone Lines", "| This Is\n  {{#boolean}}\n|\n  {{/boolean}}\n| A Line\n",
     "| This Is\n|\n| A Line\n"},
    {"Standalone Line Endings", "|\r\n{{#boolean}}\r\n{{/boolean}}\r\n|", "|\r\n|"},
    {"Standalone Without Previous Line", "  {{#boolean}}\n#{{/boolean}}\n/", "#\n/"},
    {"Standalone Without Newline", "#{{#boolean}}\n/\n  {{/boolean}}", "#\n/\n"},
    {"Padding", "|{{# boolean }}={{/ boolean }}|", "|=|"},
    /* Inverted */
    {"Inverted Falsey", "\"{{^no}}This should be rendered.{{/no}}\"",
     "\"This should be rendered.\""},
    {"Inverted Truthy", "\"{{^boolean}}x{{/boolean}}\"", "\"\""},
    {"Inverted Null is falsey", "\"{{^no_link}}shown{{/no_link}}\"", "\"shown\""},
    {"Inverted Context", "\"{{^person}}Hi {{person.name}}.{{/person}}\"", "\"\""},
    {"Inverted List", "\"{{^list}}x{{/list}}\"", "\"\""},
    {"Inverted Empty List", "\"{{^none}}Yay lists!{{/none}}\"", "\"Yay lists!\""},
    {"Inverted Doubled", "{{^no}}\n* first\n{{/no}}\n* {{mph}}\n{{^no}}\n* third\n{{/no}}\n",
     "* first\n* 85\n* third\n"},
    {"Inverted Nested (Falsey)", "| A {{^no}}B {{^no}}C{{/no}} D{{/no}} E |", "| A B C D E |"},
    {"Inverted Nested (Truthy)", "| A {{^yes}}B {{^yes}}C{{/yes}} D{{/yes}} E |", "| A  E |"},
    {"Inverted Dotted Names - Falsey", "{{^person.friend.item}}None{{/person.friend.item}}",
     "None"},
    {"Inverted Standalone Lines", "| This Is\n{{^no}}\n|\n{{/no}}\n| A Line\n",
     "| This Is\n|\n| A Line\n"},
    {"Inverted Standalone Without Newline", "#{{^no}}\n/\n  {{/no}}", "#\n/\n"},
    {"Inverted Standalone Line Endings", "|\r\n{{^no}}\r\n{{/no}}\r\n|", "|\r\n|"},
    {"Inverted Padding", "|{{^ no }}={{/ no }}|", "|=|"},
    /* Comments */
    {"Inline", "12345{{! Comment Block! }}67890", "1234567890"},
    {"Multiline", "12345{{!\n  This is a\n  multi-line comment...\n}}67890\n", "1234567890\n"},
    {"Standalone", "Begin.\n{{! Comment Block! }}\nEnd.\n", "Begin.\nEnd.\n"},
    {"Indented Standalone", "Begin.\n  {{! Indented Comment Block! }}\nEnd.\n", "Begin.\nEnd.\n"},
    {"Comment Standalone Line Endings", "|\r\n{{! Standalone Comment }}\r\n|", "|\r\n|"},
    {"Comment Standalone Without Previous Line", "  {{! I'm Still Standalone }}\n!", "!"},
    {"Comment Standalone Without Newline", "!\n  {{! I'm Still Standalone }}", "!\n"},
    {"Multiline Standalone", "Begin.\n{{!\nSomething's going on here...\n}}\nEnd.\n",
     "Begin.\nEnd.\n"},
    {"Indented Multiline Standalone", "Begin.\n  {{!\n    Something\n  }}\nEnd.\n",
     "Begin.\nEnd.\n"},
    {"Indented Inline", "  12 {{! 34 }}\n", "  12 \n"},
    {"Surrounding Whitespace of a comment", "12345 {{! Comment Block! }} 67890", "12345  67890"},
    {"Variable Name Collision", "comments: {{! name }}{{!name}}<", "comments: <"},
    /* Partials */
    {"Partial Basic Behavior", "\"{{>text}}\"", "\"from partial\""},
    {"Partial Context", "\"{{>partial}}\"", "\"*---*\""},
    {"Partial Nested", "{{>inner}}", "<a><b><c>"},
    {"Partial Surrounding Whitespace", "| {{>whole}} |", "| > |"},
    {"Partial Inline Indentation", "  {{mph}}  {{> whole}}\n", "  85  >\n"},
    {"Partial Standalone Line Endings", "|\r\n{{>whole}}\r\n|", "|\r\n>|"},
    {"Partial Standalone Without Previous Line", "  {{>two}}\n>", "  >\n  >>"},
    {"Partial Standalone Without Newline", ">\n  {{>two}}", ">\n  >\n  >"},
    {"Partial Standalone Indentation", "\\\n {{>lines}}\n/\n", "\\\n |\n ---\n |\n/\n"},
    {"Partial Padding Whitespace", "|{{> whole }}|", "|>|"},
    /* Ours: types */
    {"id", "{{id}}[{{no_id}}]{{^no_id}}none{{/no_id}}", "9007199254740993[]none"},
    {"day", "{{day}}[{{no_day}}]{{^no_day}}none{{/no_day}}{{#day}}!{{/day}}", "2026-10-14[]none!"},
    {"moment", "{{moment}}[{{no_moment}}]{{#no_moment}}x{{/no_moment}}", "2026-10-14 09:42[]"},
    {"bool", "{{yes}} {{no}}", "true false"},
    {"number as a section", "{{#mph}}fast{{/mph}}{{^zero}}still{{/zero}}", "faststill"},
    {"text as a section keeps the context",
     "{{#subject}}{{subject}}{{/subject}}{{^empty}}-{{/empty}}", "world-"},
    {"the shell is looked in last", "{{place}} {{title}}|", "岚江 |"},
    {"inner names hide outer ones", "{{#list}}{{name}},{{/list}}{{name}}", "one,two,,outer name"},
    {"braces of other kinds", "{ {} }} { {subject} }", "{ {} }} { {subject} }"},
};

static struct str rendered(struct task *t, const struct template *template)
{
    struct buf out = buf_new(t, 1 << 20);

    template_render(&out, template, &page, &shell);
    assert_false(buf_overflown(&out));
    return buf_str(&out);
}

static void specification_cases_hold(void **state)
{
    struct task t;

    (void)state;
    task_begin(&t, NULL, 0, TASK_BUDGET);
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        char *why = NULL;
        struct template *template = template_bind_text(
            cases[i].name, str_of(cases[i].text), partials, &page_shape, &shell_shape, NULL, &why);
        if (!template)
            fail_msg("%s: %s", cases[i].name, why);
        struct str is = rendered(&t, template);
        if (!str_is(is, cases[i].expected))
            fail_msg("%s: expected [%s], is [%.*s]", cases[i].name, cases[i].expected, STR_ARG(is));
        template_free(template);
    }
    task_end(&t);
}

static void bad_templates_are_refused_with_file_and_line(void **state)
{
    static const struct {
        const char *text, *why;
    } bad[] = {
        {"a\nb {{nothing}}", "page:2: 没有字段 nothing"},
        {"{{person.nothing}}", "page:1: person 没有字段 nothing"},
        {"{{subject.name}}", "page:1: subject 不是对象"},
        {"{{list}}", "page:1: list 是列表或对象"},
        {"{{list.item}}", "page:1: list 不是对象"},
        {"{{person}}", "page:1: person 是列表或对象"},
        {"\n\n{{#yes}}x", "page:3: {{#yes}} 没有结束"},
        {"x{{/yes}}", "page:1: {{/yes}} 没有对应的开始"},
        {"{{#yes}}\n{{#no}}\n{{/yes}}{{/no}}", "page:3: {{/yes}} 没有对应的开始"},
        {"{{subject", "page:1: 标签没有结束"},
        {"{{{subject}}}", "page:1: 没有不转义的标签"},
        {"{{&subject}}", "page:1: 没有不转义的标签"},
        {"{{=<% %>=}}", "page:1: 不能改变标签的界符"},
        {"{{.}}", "page:1: 不是名称"},
        {"{{}}", "page:1: 不是名称"},
        {"{{a b}}", "page:1: 不是名称"},
        {"{{person..name}}", "page:1: 不是名称"},
        {"\n{{>missing}}", "page:2: 没有模板 missing"},
        {"{{>loop}}", "loop:1: 模板 loop 互相包含"},
        {"{{>broken}}", "broken:2: {{#yes}} 没有结束"},
        {"{{#list}}{{top}}{{/list}}", "page:1: 没有字段 top"},
    };

    (void)state;
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        char *why = NULL;
        struct template *template = template_bind_text("page", str_of(bad[i].text), partials,
                                                       &page_shape, NULL, NULL, &why);
        if (template)
            fail_msg("accepted: %s", bad[i].text);
        if (strncmp(why, bad[i].why, strlen(bad[i].why)) != 0)
            fail_msg("%s: expected [%s...], is [%s]", bad[i].text, bad[i].why, why);
        free(why);
    }
}

static void sections_beyond_the_depth_are_refused(void **state)
{
    char text[2048] = "", *why = NULL;

    (void)state;
    for (int i = 0; i < 20; i++)
        strcat(text, "{{#person}}");
    for (int i = 0; i < 20; i++)
        strcat(text, "{{/person}}");
    assert_null(template_bind_text("page", str_of(text), partials, &page_shape, NULL, NULL, &why));
    assert_non_null(strstr(why, "区段套得太深"));
    free(why);
}

static void output_beyond_the_ceiling_is_marked(void **state)
{
    struct task t;
    char *why = NULL;

    (void)state;
    task_begin(&t, NULL, 0, TASK_BUDGET);
    struct template *template = template_bind_text("page", S("{{#list}}0123456789{{/list}}"),
                                                   partials, &page_shape, NULL, NULL, &why);
    assert_non_null(template);
    struct buf out = buf_new(&t, 15);
    template_render(&out, template, &page, NULL);
    assert_true(buf_overflown(&out));
    template_free(template);
    task_end(&t);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(specification_cases_hold),
        cmocka_unit_test(bad_templates_are_refused_with_file_and_line),
        cmocka_unit_test(sections_beyond_the_depth_are_refused),
        cmocka_unit_test(output_beyond_the_ceiling_is_marked),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
