#include "core/str.h"

#include <string.h>

#include "core/test.h"

static struct task t;

static int begin(void **state)
{
    (void)state;
    task_begin(&t, NULL, TEST_NOW, TASK_BUDGET);
    return 0;
}

static int end(void **state)
{
    (void)state;
    task_end(&t);
    return 0;
}

static void slices_of_nothing_are_harmless(void **state)
{
    struct str none = str_of(NULL), head = {0};

    (void)state;
    assert_int_equal(none.len, 0);
    assert_true(str_eq(none, S("")));
    assert_true(str_starts(none, none));
    assert_true(str_ends(S("x"), none));
    assert_false(str_starts(none, S("x")));
    assert_int_equal(str_find(none, S("x")), SIZE_MAX);
    assert_int_equal(str_find(none, none), 0);
    assert_false(str_cut(&none, ',', &head));
    assert_int_equal(str_trim(none).len, 0);
    assert_int_equal(str_copy(&t, none).len, 0);
    assert_int_equal(str_join(&t, none, none).len, 0);
    assert_string_equal(str_terminated(&t, none), "");
    assert_int_equal(str_from(S("abc"), 4).len, 0);
    assert_int_equal(str_first(S("abc"), 4).len, 3);
    assert_true(utf8_valid(none));
}

static void comparing(void **state)
{
    (void)state;
    assert_true(str_compare(S("a"), S("b")) < 0);
    assert_true(str_compare(S("a"), S("ab")) < 0);
    assert_true(str_compare(S("b"), S("ab")) > 0);
    assert_int_equal(str_compare(S("ab"), S("ab")), 0);
    assert_true(str_compare(S("\xff"), S("a")) > 0);
    assert_true(str_is(S("ab"), "ab"));
    assert_false(str_is(S("ab"), "a"));
    assert_false(str_eq((struct str){"a\0b", 3}, (struct str){"a\0c", 3}));
}

static void cutting_gives_each_part_once(void **state)
{
    struct str s = S("a,,b,"), head;
    const char *const parts[] = {"a", "", "b"};

    (void)state;
    for (size_t i = 0; i < 3; i++) {
        assert_true(str_cut(&s, ',', &head));
        assert_str(head, parts[i]);
    }
    assert_false(str_cut(&s, ',', &head)); /* nothing stands behind the last separator */
    assert_int_equal(str_find(S("abcabc"), S("ca")), 2);
    assert_int_equal(str_find(S("abc"), S("abcd")), SIZE_MAX);
    assert_str(str_trim(S(" \t\r\n　王 某　 ")), "王 某");
    assert_str(str_trim(S("　")), "");
}

static void numbers_have_64_bits(void **state)
{
    static const char *const wrong[] = {"",
                                        "-",
                                        "+1",
                                        " 1",
                                        "1 ",
                                        "1.0",
                                        "0x1",
                                        "9223372036854775808",
                                        "-9223372036854775809",
                                        "１",
                                        "99999999999999999999999"};
    int64_t n = 77;

    (void)state;
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++)
        if (str_int(str_of(wrong[i]), &n) || n != 77)
            fail_msg("accepted %s", wrong[i]);
    assert_true(str_int(S("9223372036854775807"), &n) && n == INT64_MAX);
    assert_true(str_int(S("-9223372036854775808"), &n) && n == INT64_MIN);
    assert_true(str_int(S("007"), &n) && n == 7);
}

/* Every sequence of up to four bytes is too many; every character and every prefix of it is not. */
static void every_character_is_read_back(void **state)
{
    (void)state;
    for (uint32_t c = 1; c <= 0x110000; c++) {
        char bytes[4];
        size_t n = c < 0x80 ? 1 : c < 0x800 ? 2 : c < 0x10000 ? 3 : 4, at = 0;

        if (n == 1)
            bytes[0] = (char)c;
        else
            for (size_t i = 0; i < n; i++)
                bytes[i] = (char)(i ? 0x80 | (c >> 6 * (n - 1 - i) & 0x3f)
                                    : (0xf00 >> n & 0xff) | c >> 6 * (n - 1));
        bool is = c <= 0x10ffff && !(c >= 0xd800 && c <= 0xdfff);
        uint32_t got = utf8_next((struct str){bytes, n}, &at);
        if (got != (is ? c : UINT32_MAX) || at != (is ? n : 0))
            fail_msg("U+%04X", c);
        at = 0;
        if (n > 1 && utf8_next((struct str){bytes, n - 1}, &at) != UINT32_MAX)
            fail_msg("cut U+%04X", c);
    }
}

static void what_is_no_utf8_is_refused(void **state)
{
    static const char *const wrong[] = {"\x80",
                                        "\xbf",
                                        "\xc0\x80",
                                        "\xc1\xbf",
                                        "\xe0\x80\x80",
                                        "\xe0\x9f\xbf",
                                        "\xf0\x80\x80\x80",
                                        "\xf0\x8f\xbf\xbf",
                                        "\xf4\x90\x80\x80",
                                        "\xf5\x80\x80\x80",
                                        "\xf8\x90\x80\x80",
                                        "\xff",
                                        "\xfe",
                                        "\xe4\xb8",
                                        "a\xe4\xb8"
                                        "b",
                                        "\xed\xa0\x80",
                                        "\xed\xbf\xbf"};

    (void)state;
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++)
        if (utf8_valid(str_of(wrong[i])))
            fail_msg("accepted case %zu", i);
    assert_false(utf8_valid((struct str){"a\0b", 3}));
    assert_true(utf8_valid(S("a王😀\xef\xbf\xbf")));
}

static void characters_are_counted_and_cut(void **state)
{
    (void)state;
    assert_int_equal(utf8_length(S("a王😀")), 3);
    assert_int_equal(utf8_prefix(S("a王😀b"), 0), 0);
    assert_int_equal(utf8_prefix(S("a王😀b"), 1), 1);
    assert_int_equal(utf8_prefix(S("a王😀b"), 2), 4);
    assert_int_equal(utf8_prefix(S("a王😀b"), 3), 8);
    assert_int_equal(utf8_prefix(S("a王😀b"), 9), 9);
}

static void hexadecimal_goes_both_ways(void **state)
{
    struct str bytes;

    (void)state;
    assert_str(str_hex(&t, "\x00\xff\x5a", 3), "00ff5a");
    assert_true(str_unhex(&t, S("00Ff5a"), &bytes));
    assert_int_equal(bytes.len, 3);
    assert_memory_equal(bytes.at, "\x00\xff\x5a", 3);
    assert_false(str_unhex(&t, S("0"), &bytes));
    assert_false(str_unhex(&t, S("0g"), &bytes));
    assert_false(str_unhex(&t, S("g0"), &bytes));
    assert_true(str_unhex(&t, S(""), &bytes));
}

static void copies_stand_alone(void **state)
{
    char original[] = "abc";
    struct str copy = str_copy(&t, str_of(original));

    (void)state;
    original[0] = 'x';
    assert_str(copy, "abc");
    assert_int_equal(copy.at[3], 0);
    assert_str(str_format(&t, "%d-%s-%.*s", 7, "x", STR_ARG(copy)), "7-x-abc");
    assert_str(str_join(&t, S("ab"), S("cd")), "abcd");
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(slices_of_nothing_are_harmless, begin, end),
        cmocka_unit_test_setup_teardown(comparing, begin, end),
        cmocka_unit_test_setup_teardown(cutting_gives_each_part_once, begin, end),
        cmocka_unit_test_setup_teardown(numbers_have_64_bits, begin, end),
        cmocka_unit_test_setup_teardown(every_character_is_read_back, begin, end),
        cmocka_unit_test_setup_teardown(what_is_no_utf8_is_refused, begin, end),
        cmocka_unit_test_setup_teardown(characters_are_counted_and_cut, begin, end),
        cmocka_unit_test_setup_teardown(hexadecimal_goes_both_ways, begin, end),
        cmocka_unit_test_setup_teardown(copies_stand_alone, begin, end),
    };
    return cmocka_run_group_tests_name("core_str", tests, NULL, NULL);
}
