#include "core/time.h"

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

/* Walk the calendar by its own rules, from 0001-01-01 to 9999-12-31, beside the formulas. */
static void days_and_dates_agree_for_ten_thousand_years(void **state)
{
    int32_t day = day_from_civil(1, 1, 1);
    int weekday = 1; /* 0001-01-01 was a Monday */

    (void)state;
    assert_int_equal(day_from_civil(1970, 1, 1), 0);
    assert_int_equal(day_from_civil(2000, 3, 1), 11017);
    for (int year = 1; year <= 9999; year++) {
        for (int month = 1; month <= 12; month++) {
            for (int of_month = 1; day_valid_civil(year, month, of_month); of_month++, day++) {
                int y, m, d;
                day_to_civil(day, &y, &m, &d);
                if (day_from_civil(year, month, of_month) != day || y != year || m != month ||
                    d != of_month)
                    fail_msg("%d-%d-%d", year, month, of_month);
                if (day_weekday(day) != weekday)
                    fail_msg("weekday of %d-%d-%d", year, month, of_month);
                weekday = weekday % 7 + 1;
            }
        }
    }
    assert_int_equal(day, day_from_civil(9999, 12, 31) + 1);
    assert_int_equal(day - day_from_civil(1, 1, 1), 3652059);
}

static void impossible_dates_are_refused(void **state)
{
    static const char *const wrong[] = {
        "2026-02-29",  "1900-02-29", "2026-04-31", "2026-13-01",  "2026-00-01",     "2026-01-00",
        "0000-01-01",  "2026-1-1",   "26-01-01",   "2026-01-011", "2026/01/01",     " 2026-01-01",
        "2026-01-01 ", "",           "2026-01",    "+026-01-01",  "２０２６-01-01",
    };
    int32_t day = 77;

    (void)state;
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++)
        if (day_parse(str_of(wrong[i]), &day) || day != 77)
            fail_msg("accepted %s", wrong[i]);
    assert_true(day_parse(S("2000-02-29"), &day));
    assert_int_equal(day, day_from_civil(2000, 2, 29));
    assert_true(day_parse(S("9999-12-31"), &day));
    assert_true(day_parse(S("0001-01-01"), &day));
}

static void moments_are_read_with_and_without_zone(void **state)
{
    static const struct {
        const char *text;
        int64_t moment;
    } rows[] = {
        {"2026-10-14T09:42", TEST_NOW},
        {"2026-10-14 09:42", TEST_NOW},
        {"2026-10-14T09:42:07", TEST_NOW + 7000},
        {"2026-10-14T09:42:07.089", TEST_NOW + 7089},
        {"2026-10-14T01:42:00Z", TEST_NOW},
        {"2026-10-14T01:42Z", TEST_NOW},
        {"2026-10-14T09:42:00+08:00", TEST_NOW},
        {"2026-10-13T20:12:00-05:30", TEST_NOW},
        {"1970-01-01T00:00:00Z", 0},
        {"1969-12-31T23:59:59.999Z", -1},
    };
    static const char *const wrong[] = {
        "2026-10-14",
        "2026-10-14T9:42",
        "2026-10-14T24:00",
        "2026-10-14T09:60",
        "2026-10-14T09:42:60",
        "2026-10-14T09:42:07.1",
        "2026-10-14T09:42.5",
        "2026-10-14T09:42z",
        "2026-10-14T09:42+0800",
        "2026-10-14T09:42+15:00",
        "2026-10-14T09:42+08:60",
        "2026-02-30T09:42",
        "2026-10-14T09:42 ",
        "2026-10-14t09:42",
        "2026-10-14T09:42Z+08:00",
        "2026-10-14T09:42:00.0000",
    };
    int64_t moment;

    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        assert_true(moment_parse(str_of(rows[i].text), &moment));
        if (moment != rows[i].moment)
            fail_msg("%s", rows[i].text);
    }
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++)
        if (moment_parse(str_of(wrong[i]), &moment))
            fail_msg("accepted %s", wrong[i]);
}

static void a_legal_day_begins_at_midnight_in_china(void **state)
{
    int32_t day = day_of(TEST_NOW);

    (void)state;
    assert_int_equal(day, day_from_civil(2026, 10, 14));
    assert_int_equal(day_of(day_start(day)), day);
    assert_int_equal(day_of(day_start(day) - 1), day - 1);
    assert_int_equal(day_of(day_start(day) + DAY_MS - 1), day);
    assert_int_equal(day_of(-1), 0); /* 07:59:59.999 of 1970-01-01 */
    assert_int_equal(day_of(-LEGAL_OFFSET - 1), -1);
    assert_int_equal(day_of(INT64_MAX), INT32_MAX);
    assert_int_equal(day_of(INT64_MIN), DAY_NONE + 1);
}

static void a_month_ends_on_the_same_day_or_the_last(void **state)
{
    static const struct {
        const char *from;
        int months;
        const char *to;
    } rows[] = {
        {"2026-01-31", 1, "2026-02-28"},  {"2024-01-31", 1, "2024-02-29"},
        {"2026-08-31", 1, "2026-09-30"},  {"2026-12-15", 1, "2027-01-15"},
        {"2026-03-31", -1, "2026-02-28"}, {"2024-02-29", 12, "2025-02-28"},
        {"2024-02-29", 48, "2028-02-29"}, {"2026-01-01", -13, "2024-12-01"},
        {"2026-05-05", 0, "2026-05-05"},
    };
    int32_t day;

    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        assert_true(day_parse(str_of(rows[i].from), &day));
        assert_str(day_text(&t, day_add_months(day, rows[i].months)), rows[i].to);
    }
}

static void texts_for_people(void **state)
{
    int32_t day = day_of(TEST_NOW);

    (void)state;
    assert_str(day_text(&t, day), "2026-10-14");
    assert_str(day_text_short(&t, day), "10-14");
    assert_str(day_text_zh(&t, day), "10 月 14 日（周三）");
    assert_str(day_text_zh_full(&t, day), "2026 年 10 月 14 日（星期三）");
    assert_str(moment_text(&t, TEST_NOW), "2026-10-14 09:42");
    assert_str(moment_text_short(&t, TEST_NOW), "10-14 09:42");
    assert_str(moment_text_zh(&t, TEST_NOW), "10 月 14 日 09:42");
    assert_str(moment_rfc3339(&t, TEST_NOW + 59999), "2026-10-14T09:42:59+08:00");
    assert_str(moment_rfc3339(&t, day_start(day) - 1), "2026-10-13T23:59:59+08:00");
    assert_str(moment_rfc3339(&t, -1), "1970-01-01T07:59:59+08:00");
    assert_string_equal(weekday_zh(day + 4), "日");
    assert_string_equal(weekday_zh(day + 5), "一");
}

static void what_is_absent_prints_as_nothing(void **state)
{
    (void)state;
    assert_int_equal(day_text(&t, DAY_NONE).len, 0);
    assert_int_equal(day_text_short(&t, DAY_NONE).len, 0);
    assert_int_equal(day_text_zh(&t, DAY_NONE).len, 0);
    assert_int_equal(day_text_zh_full(&t, DAY_NONE).len, 0);
    assert_int_equal(moment_text(&t, 0).len, 0);
    assert_int_equal(moment_text_short(&t, 0).len, 0);
    assert_int_equal(moment_text_zh(&t, 0).len, 0);
    assert_int_equal(moment_rfc3339(&t, 0).len, 0);
}

/* Whatever a damaged row holds, printing stays within its place. */
static void no_number_prints_beyond_its_place(void **state)
{
    static const int64_t moments[] = {INT64_MIN, INT64_MIN + 1, -1, 1, INT64_MAX - 1, INT64_MAX};
    static const int32_t days[] = {DAY_NONE + 1, -800000, INT32_MAX, 4000000};

    (void)state;
    for (size_t i = 0; i < sizeof moments / sizeof *moments; i++)
        assert_int_equal(moment_rfc3339(&t, moments[i]).len, MOMENT_PRINT);
    for (size_t i = 0; i < sizeof days / sizeof *days; i++)
        assert_int_equal(day_text(&t, days[i]).len, DAY_PRINT);
}

static void the_clock_runs(void **state)
{
    int64_t before = time_monotonic_ns(), day;

    (void)state;
    assert_true(time_monotonic_ns() >= before);
    day = day_of(time_now());
    assert_true(day > day_from_civil(2024, 1, 1) && day < day_from_civil(2200, 1, 1));
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(days_and_dates_agree_for_ten_thousand_years, begin, end),
        cmocka_unit_test_setup_teardown(impossible_dates_are_refused, begin, end),
        cmocka_unit_test_setup_teardown(moments_are_read_with_and_without_zone, begin, end),
        cmocka_unit_test_setup_teardown(a_legal_day_begins_at_midnight_in_china, begin, end),
        cmocka_unit_test_setup_teardown(a_month_ends_on_the_same_day_or_the_last, begin, end),
        cmocka_unit_test_setup_teardown(texts_for_people, begin, end),
        cmocka_unit_test_setup_teardown(what_is_absent_prints_as_nothing, begin, end),
        cmocka_unit_test_setup_teardown(no_number_prints_beyond_its_place, begin, end),
        cmocka_unit_test_setup_teardown(the_clock_runs, begin, end),
    };
    return cmocka_run_group_tests_name("core_time", tests, NULL, NULL);
}
