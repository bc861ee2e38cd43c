#include "core/test.h"

#include "search/tokens.h"

static int setup(void **state)
{
    static struct task t;

    task_begin(&t, NULL, TEST_NOW, TASK_BUDGET);
    *state = &t;
    return 0;
}

static int teardown(void **state)
{
    task_end(*state);
    return 0;
}

/* The terms of a text, printed with a blank between. */
static struct str printed(struct task *t, const char *text, unsigned kinds)
{
    uint64_t *terms;
    size_t n = terms_of_text(t, str_of(text), kinds, &terms);
    struct str all = S("");

    for (size_t i = 0; i < n; i++)
        all = str_format(t, "%.*s%s%.*s", STR_ARG(all), i ? " " : "",
                         STR_ARG(term_print(t, terms[i])));
    return all;
}

static void test_kinds(void **state)
{
    struct task *t = *state;

    assert_str(printed(t, "拖欠工资", TERMS_PLAIN), "拖欠 欠工 工资");
    assert_str(printed(t, "拖欠工资", TERM_UNIGRAM), "拖 欠 工 资");
    assert_str(printed(t, "拖欠。工资", TERMS_PLAIN), "拖欠 工资");
    assert_str(printed(t, "我，A4纸", TERMS_PLAIN), "我 a4 纸");
    assert_str(printed(t, "我，A4纸", TERM_WORD), "a4");
    assert_str(printed(t, "", TERMS_ALL), "");
    assert_str(printed(t, "。，！ ", TERMS_ALL), "");
    assert_str(printed(t, "GDP 2026", TERMS_PLAIN), "gdp 2026");
}

static void test_normalisation(void **state)
{
    struct task *t = *state;
    static const char *const same[][2] = {
        {"ＧＤＰ２６", "gdp26"},          /* full width */
        {"勞動合同糾紛", "劳动合同纠纷"}, /* traditional */
        {"ｶﾞｽ", "ガス"},                  /* half width, composed */
        {"Caf\u00e9", "CAFE\u0301"},      /* composed or not */
        {"Straße", "STRASSE"},            /* folded */
        {"ﬁ", "fi"},                      /* a ligature */
        {"㈱", "(株)"},                   /* compatibility */
        {"\u2f00", "一"},                 /* radical */
    };

    for (size_t i = 0; i < sizeof same / sizeof *same; i++) {
        struct str b = str_copy(t, printed(t, same[i][1], TERMS_ALL));
        assert_str(printed(t, same[i][0], TERMS_ALL), str_terminated(t, b));
    }
    assert_str(printed(t, "\U00020000\U00020001", TERM_BIGRAM), "\U00020000\U00020001");
}

static void test_articles(void **state)
{
    struct task *t = *state;
    static const char *const same[] = {"第一千零四十二条", "第1042条",     "1042条",
                                       "第１０４２条",     "第一〇四二条", "第 1042 条",
                                       "一千零四十二条"};

    for (size_t i = 0; i < sizeof same / sizeof *same; i++)
        assert_str(printed(t, same[i], TERMS_ALL), "第1042条");
    assert_str(printed(t, "民法典1042条", TERMS_PLAIN), "民法 法典 第1042条");
    assert_str(printed(t, "第一百二十条之一", TERMS_PLAIN), "第120条之1");
    assert_str(printed(t, "第120条之一、之二", TERM_ARTICLE), "第120条之1");
    assert_str(printed(t, "第十条之规定", TERMS_PLAIN), "第10条 之规 规定");
    assert_str(printed(t, "三条意见", TERMS_PLAIN), "三条 条意 意见");
    assert_str(printed(t, "第三条", TERMS_PLAIN), "第3条");
    assert_str(printed(t, "第三人", TERMS_PLAIN), "第三 三人");
    assert_str(printed(t, "第9999999999999条", TERM_ARTICLE), "");
}

static void test_numerals(void **state)
{
    static const struct {
        const char *text;
        int64_t number;
    } good[] = {{"十", 10},         {"十二", 12},           {"二十", 20},       {"一百零五", 105},
                {"一百一十", 110},  {"一千二百六十", 1260}, {"两千", 2000},     {"1042", 1042},
                {"１０４２", 1042}, {"一万二千", 12000},    {"二〇二六", 2026}, {"零", 0}};
    static const char *const bad[] = {"", "三个", "a", "1.5", "99999999999"};
    int64_t number;

    (void)state;
    for (size_t i = 0; i < sizeof good / sizeof *good; i++) {
        assert_true(number_of_numerals(str_of(good[i].text), &number));
        assert_int_equal(number, good[i].number);
    }
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        assert_false(number_of_numerals(str_of(bad[i]), &number));
}

static void test_phrases_and_marks(void **state)
{
    struct task *t = *state;
    struct units text = units_of(t, S("用人单位拖欠劳动报酬的，依照第三十条、GDP处理"));
    struct text_span spans[8];
    uint64_t *terms;

    assert_true(units_contain(text, units_of(t, S("劳动报酬"))));
    assert_true(units_contain(text, units_of(t, S("第30条"))));
    assert_true(units_contain(text, units_of(t, S("gdp处理"))));
    assert_true(units_contain(text, units_of(t, S("处理。"))));
    assert_false(units_contain(text, units_of(t, S("报酬依照"))));
    assert_true(units_contain(text, units_of(t, S(""))));

    size_t n = terms_of_text(t, S("拖欠工资"), TERMS_PLAIN, &terms);
    struct str where = S("老板拖欠的工资，拖欠工资");
    size_t found = terms_find(t, where, terms, n, spans, 8);
    assert_int_equal(found, 3);
    assert_str(str_first(str_from(where, spans[0].begin), spans[0].end - spans[0].begin), "拖欠");
    assert_str(str_first(str_from(where, spans[1].begin), spans[1].end - spans[1].begin), "工资");
    assert_str(str_first(str_from(where, spans[2].begin), spans[2].end - spans[2].begin),
               "拖欠工资");
}

static void test_keywords_and_hostile_units(void **state)
{
    struct task *t = *state;
    uint64_t keywords[] = {term_keyword(S("hz-1")), term_number(42)}, out[64];
    struct units units = units_of_keywords(t, keywords, 2);

    assert_int_equal(terms_of(units, TERM_KEYWORD, out, 64), 2);
    assert_true(out[0] == keywords[0] && out[1] == keywords[1]);
    assert_int_equal(terms_of(units, TERMS_PLAIN, out, 64), 0);
    assert_true(keywords[1] == term_keyword(S("42")));
    for (uint16_t first = 0; first < 0x30; first++)
        for (size_t n = 1; n < 7; n++) {
            uint16_t bad[6] = {first, 0xFFFF, first, 3, 2, first};
            struct units cut = {bad, n};
            assert_true(terms_of(cut, TERMS_ALL, out, 64) <= terms_most(cut, TERMS_ALL));
            assert_true(units_contain(cut, (struct units){bad, n}));
        }
}

static void test_initials(void **state)
{
    struct task *t = *state;

    assert_str(pinyin_initials(t, S("中华人民共和国民法典")), "zhrmghgmfd");
    assert_str(pinyin_initials(t, S("勞動合同法（2012）")), "ldhtf2012");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_kinds, setup, teardown),
        cmocka_unit_test_setup_teardown(test_normalisation, setup, teardown),
        cmocka_unit_test_setup_teardown(test_articles, setup, teardown),
        cmocka_unit_test_setup_teardown(test_numerals, setup, teardown),
        cmocka_unit_test_setup_teardown(test_phrases_and_marks, setup, teardown),
        cmocka_unit_test_setup_teardown(test_keywords_and_hostile_units, setup, teardown),
        cmocka_unit_test_setup_teardown(test_initials, setup, teardown),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
