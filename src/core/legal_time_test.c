/* The rules of counting, case by case. */
#include "core/calendar_fixture.h"

struct row {
    const char *what, *start, *limit, *pauses, *legal, *safe;
};

static size_t pauses_at(const char *text, struct pause *ret)
{
    struct str rest = str_of(text), word;
    size_t n = 0;

    while (str_cut(&rest, ' ', &word)) {
        assert_true(word.len == 22 || word.len == 12);
        assert_true(day_parse(str_first(word, 10), &ret[n].from));
        ret[n].to = DAY_NONE;
        if (word.len == 22)
            assert_true(day_parse(str_from(word, 12), &ret[n].to));
        n++;
    }
    return n;
}

static struct due ask(const struct calendar *calendar, const struct row *row, int32_t today)
{
    struct pause pauses[8];
    struct due_question q = {.start = moment_at(row->start),
                             .limit = limit_at(row->limit),
                             .pauses = pauses,
                             .today = today};

    q.pause_count = pauses_at(row->pauses ? row->pauses : "", pauses);
    return due_compute(calendar, &q);
}

static void check(const struct row *rows, size_t n)
{
    struct fixture f;

    fixture_begin(&f);
    for (size_t i = 0; i < n; i++) {
        struct due due = ask(f.calendar, &rows[i], DAY_NONE);
        char legal[MOMENT_PRINT + 1] = {0}, safe[MOMENT_PRINT + 1] = {0};

        if (due.by_hour) {
            moment_print(legal, due.legal_at);
            moment_print(safe, due.safe_at);
        } else {
            day_print(legal, due.legal_day);
            day_print(safe, due.safe_day);
            assert_int_equal(due.legal_at, day_start(due.legal_day + 1));
            assert_int_equal(due.safe_at, day_start(due.safe_day + 1));
        }
        if (strcmp(legal, rows[i].legal) != 0 || strcmp(safe, rows[i].safe) != 0)
            fail_msg("%s: legal %s, safe %s; expected %s, %s", rows[i].what, legal, safe,
                     rows[i].legal, rows[i].safe);
        assert_false(due.provisional);
        assert_int_equal(due.calendar_version, 3);
    }
    fixture_end(&f);
}
#define CHECK_ROWS(rows) check(rows, sizeof(rows) / sizeof *(rows))

static void the_golden_vectors(void **state)
{
    static const struct row rows[] = {
        {"许可", "2026-09-14T10:00", "20 working days", NULL, "2026-10-16", "2026-10-16"},
        {"补正", "2026-02-13T10:00", "5 working days", NULL, "2026-02-27", "2026-02-27"},
        {"12345", "2026-04-30T10:00", "5 working days", NULL, "2026-05-11", "2026-05-11"},
        {"公证", "2026-09-21T10:00", "15 working days", NULL, "2026-10-19", "2026-10-19"},
        {"法援", "2026-02-11T10:00", "7 calendar days", NULL, "2026-02-24", "2026-02-14"},
        {"信访", "2026-09-18T10:00", "15 calendar days", NULL, "2026-10-08", "2026-09-30"},
        {"司法确认", "2026-09-02T10:00", "30 calendar days", NULL, "2026-10-08", "2026-09-30"},
    };
    (void)state;
    CHECK_ROWS(rows);
}

static void the_starting_day_and_the_hour_do_not_matter(void **state)
{
    static const struct row rows[] = {
        {"midnight", "2026-09-14T00:00", "20 working days", NULL, "2026-10-16", "2026-10-16"},
        {"last minute", "2026-09-14T23:59", "20 working days", NULL, "2026-10-16", "2026-10-16"},
        {"UTC before", "2026-09-13T16:00Z", "20 working days", NULL, "2026-10-16", "2026-10-16"},
        {"UTC after", "2026-09-14T15:59Z", "20 working days", NULL, "2026-10-16", "2026-10-16"},
        {"started on a rest day", "2026-10-03T09:00", "1 working days", NULL, "2026-10-08",
         "2026-10-08"},
        {"on a make-up Sunday", "2026-09-20T09:00", "1 working days", NULL, "2026-09-21",
         "2026-09-21"},
        {"into a make-up Sunday", "2026-09-18T09:00", "1 working days", NULL, "2026-09-20",
         "2026-09-20"},
    };
    (void)state;
    CHECK_ROWS(rows);
}

static void calendar_days_roll_and_the_safe_day_does_not(void **state)
{
    static const struct row rows[] = {
        {"the picture", "2026-10-09T16:08", "7 calendar days", "2026-10-12..2026-10-13",
         "2026-10-19", "2026-10-16"},
        {"Saturday", "2026-11-02T10:00", "5 calendar days", NULL, "2026-11-09", "2026-11-06"},
        {"a make-up Saturday does not roll", "2026-10-05T10:00", "5 calendar days", NULL,
         "2026-10-10", "2026-10-10"},
        {"rolls to a make-up Sunday", "2026-09-14T10:00", "5 calendar days", NULL, "2026-09-20",
         "2026-09-18"},
        {"safe on the starting day", "2026-11-06T10:00", "1 calendar days", NULL, "2026-11-09",
         "2026-11-06"},
        {"no working day within", "2026-10-03T10:00", "3 calendar days", NULL, "2026-10-08",
         "2026-10-08"},
        {"a year long", "2025-11-17T10:00", "365 calendar days", NULL, "2026-11-17", "2026-11-17"},
    };
    (void)state;
    CHECK_ROWS(rows);
}

static void months_end_on_the_corresponding_day(void **state)
{
    static const struct row rows[] = {
        {"plain", "2026-10-14T10:00", "1 months", NULL, "2026-11-16", "2026-11-13"},
        {"month end", "2026-01-31T10:00", "1 month", NULL, "2026-02-28", "2026-02-28"},
        {"leap year", "2024-01-31T10:00", "1 months", NULL, "2024-02-29", "2024-02-29"},
        {"rolls over a holiday", "2026-07-01T10:00", "3 months", NULL, "2026-10-08", "2026-09-30"},
        {"pause adds days", "2026-10-14T10:00", "1 months", "2026-10-20..2026-10-22", "2026-11-17",
         "2026-11-17"},
        {"twelve", "2024-02-29T10:00", "12 months", NULL, "2025-02-28", "2025-02-28"},
    };
    (void)state;
    CHECK_ROWS(rows);
}

static void hours_run_round_the_clock(void **state)
{
    static const struct row rows[] = {
        {"over a weekend", "2026-11-06T17:30", "24 hours", NULL, "2026-11-07 17:30",
         "2026-11-07 17:30"},
        {"over a pause", "2026-09-14T10:00", "24 hours", "2026-09-15..2026-09-15",
         "2026-09-16 10:00", "2026-09-16 10:00"},
        {"pause of the starting day", "2026-09-14T10:00", "24 hours", "2026-09-14..2026-09-14",
         "2026-09-16 00:00", "2026-09-16 00:00"},
        {"pause from before the start", "2026-09-14T10:00", "2 hours", "2026-09-10..2026-09-14",
         "2026-09-15 02:00", "2026-09-15 02:00"},
        {"spent at midnight, paused after", "2026-09-14T10:00", "14 hours",
         "2026-09-15..2026-09-15", "2026-09-15 00:00", "2026-09-15 00:00"},
        {"pause beginning on the last day", "2026-09-14T10:00", "24 hours",
         "2026-09-15..2026-09-15 2026-09-15..2026-09-16", "2026-09-17 10:00", "2026-09-17 10:00"},
    };
    (void)state;
    CHECK_ROWS(rows);
}

static void the_same_day_is_never_moved(void **state)
{
    static const struct row rows[] = {
        {"plain", "2026-09-14T10:00", "same day", NULL, "2026-09-14", "2026-09-14"},
        {"a rest day", "2026-10-03T23:59", "same day", NULL, "2026-10-03", "2026-10-03"},
        {"paused", "2026-09-14T10:00", "same day", "2026-09-14..2026-09-20", "2026-09-14",
         "2026-09-14"},
    };
    (void)state;
    CHECK_ROWS(rows);
}

static void pauses_take_out_what_would_have_counted(void **state)
{
    static const struct row rows[] = {
        {"two working days", "2026-09-14T10:00", "20 working days", "2026-09-16..2026-09-17",
         "2026-10-20", "2026-10-20"},
        {"only rest days", "2026-09-14T10:00", "20 working days", "2026-10-01..2026-10-07",
         "2026-10-16", "2026-10-16"},
        {"before the start", "2026-09-14T10:00", "20 working days", "2026-09-01..2026-09-13",
         "2026-10-16", "2026-10-16"},
        {"the starting day", "2026-09-14T10:00", "20 working days", "2026-09-14..2026-09-14",
         "2026-10-16", "2026-10-16"},
        {"from before the start into it", "2026-09-14T10:00", "20 working days",
         "2026-09-01..2026-09-15", "2026-10-19", "2026-10-19"},
        {"overlapping, in any order", "2026-09-14T10:00", "20 working days",
         "2026-09-17..2026-09-18 2026-09-15..2026-09-17 2026-09-16..2026-09-16", "2026-10-22",
         "2026-10-22"},
        {"the last day", "2026-09-14T10:00", "20 working days", "2026-10-16..2026-10-16",
         "2026-10-19", "2026-10-19"},
        {"after the end", "2026-09-14T10:00", "20 working days", "2026-10-17..2026-10-30",
         "2026-10-16", "2026-10-16"},
        {"a pause brings the end into the next", "2026-09-14T10:00", "20 working days",
         "2026-10-16..2026-10-16 2026-10-19..2026-10-20", "2026-10-21", "2026-10-21"},
        {"the end is the last day: moved into the roll", "2026-10-09T10:00", "7 calendar days",
         "2026-10-16..2026-10-16", "2026-10-19", "2026-10-16"},
        {"the unrolled last day is suspended", "2026-10-11T10:00", "7 calendar days",
         "2026-10-18..2026-10-19", "2026-10-20", "2026-10-20"},
        {"begins within the roll: the budget is spent", "2026-10-11T10:00", "7 calendar days",
         "2026-10-19..2026-10-30", "2026-10-19", "2026-10-16"},
        {"ends before it begins", "2026-09-14T10:00", "20 working days", "2026-09-18..2026-09-16",
         "2026-10-16", "2026-10-16"},
    };
    (void)state;
    CHECK_ROWS(rows);
}

static void a_running_pause_counts_up_to_today(void **state)
{
    static const struct row row = {
        "running", "2026-09-14T10:00", "20 working days", "2026-09-16..", NULL, NULL};
    struct fixture f;
    (void)state;

    fixture_begin(&f);
    struct due due = ask(f.calendar, &row, day_at("2026-09-17"));
    assert_day(due.legal_day, "2026-10-20");
    assert_true(due.running);
    due = ask(f.calendar, &row, day_at("2026-09-18"));
    assert_day(due.legal_day, "2026-10-21");
    due = ask(f.calendar, &row, day_at("2026-09-15")); /* not begun yet */
    assert_day(due.legal_day, "2026-10-16");
    assert_false(due.running);

    static const struct row late = {
        "late", "2026-09-14T10:00", "20 working days", "2026-10-19..", NULL, NULL};
    due = ask(f.calendar, &late, day_at("2026-11-20")); /* the budget was spent before */
    assert_day(due.legal_day, "2026-10-16");
    assert_false(due.running);
    static const struct row hours = {"hours", "2026-09-14T10:00", "24 hours", "2026-09-15..", NULL,
                                     NULL};
    due = ask(f.calendar, &hours, day_at("2026-09-17"));
    assert_true(due.running);
    assert_int_equal(due.legal_at, moment_at("2026-09-18T10:00"));
    fixture_end(&f);
}

static void extensions_add_to_the_budget(void **state)
{
    struct fixture f;
    struct extension x[] = {{.by = limit_at("10 working days")},
                            {.by = limit_at("5 working days")}};
    struct due_question q = {.start = moment_at("2026-09-14T10:00"),
                             .limit = limit_at("20 working days"),
                             .extensions = x,
                             .extension_count = 2,
                             .today = DAY_NONE};
    (void)state;

    fixture_begin(&f);
    struct due_question whole = q;
    whole.extension_count = 0;
    whole.limit = limit_at("35 working days");
    assert_int_equal(due_compute(f.calendar, &q).legal_day,
                     due_compute(f.calendar, &whole).legal_day);
    x[1].by = limit_at("5 calendar days"); /* of another kind: left out */
    whole.limit = limit_at("30 working days");
    assert_int_equal(due_compute(f.calendar, &q).legal_day,
                     due_compute(f.calendar, &whole).legal_day);
    q.start = moment_at("2026-01-31T10:00");
    q.limit = x[0].by = limit_at("1 months");
    q.extension_count = 1;
    assert_day(due_compute(f.calendar, &q).last_day, "2026-03-31");
    fixture_end(&f);
}

static void days_after_the_published_calendar_are_provisional(void **state)
{
    static const struct row row = {
        "over the year's end", "2025-12-22T10:00", "10 working days", NULL, NULL, NULL};
    static const struct row inside = {"inside", "2025-12-22T10:00", "5 working days", NULL, NULL,
                                      NULL};
    static const struct row hours = {"hours", "2027-03-01T10:00", "24 hours", NULL, NULL, NULL};
    struct fixture f;
    (void)state;

    fixture_begin(&f);
    struct calendar *early = fixture_calendar_until(&f, 2025);
    struct due before = ask(early, &row, DAY_NONE), after = ask(f.calendar, &row, DAY_NONE);
    assert_true(before.provisional);
    assert_false(after.provisional);
    assert_day(before.legal_day, "2026-01-05");
    assert_day(after.legal_day, "2026-01-06"); /* 01-01 and 01-02 rest, Sunday 01-04 works */
    assert_false(ask(early, &inside, DAY_NONE).provisional);
    assert_false(ask(early, &hours, DAY_NONE).provisional);
    calendar_free(early);

    /* The last day is published, Saturday 2022-12-31; the day it rolls to is not. */
    static const struct row rolls = {"rolls", "2022-12-26T10:00", "5 calendar days", NULL, NULL,
                                     NULL};
    early = fixture_calendar_until(&f, 2022);
    struct due due = ask(early, &rolls, DAY_NONE);
    assert_day(due.last_day, "2022-12-31");
    assert_day(due.legal_day, "2023-01-02");
    assert_true(due.provisional);
    assert_day(ask(f.calendar, &rolls, DAY_NONE).legal_day, "2023-01-03");
    calendar_free(early);
    fixture_end(&f);
}

static void no_limit_has_no_date(void **state)
{
    struct due_question q = {.start = moment_at("2026-09-14T10:00"), .today = DAY_NONE};
    struct fixture f;
    bool cut;
    (void)state;

    fixture_begin(&f);
    struct due due = due_compute(f.calendar, &q);
    assert_int_equal(due.legal_day, DAY_NONE);
    assert_int_equal(due.legal_at, 0);
    assert_int_equal(due_explain(&f.t, f.calendar, &q, &due).count, 0);
    assert_int_equal(due_strip(&f.t, f.calendar, &q, &due, &cut).count, 0);
    assert_false(cut);
    fixture_end(&f);
}

static void limits_are_written_in_one_way(void **state)
{
    static const struct {
        const char *text, *back, *zh;
    } good[] = {
        {"20 working days", "20 working days", "20 个工作日"},
        {"7 calendar days", "7 calendar days", "7 日（自然日）"},
        {" 1  calendar day ", "1 calendar days", "1 日（自然日）"},
        {"24 hours", "24 hours", "24 小时"},
        {"1 month", "1 months", "1 个月"},
        {"3650 working days", "3650 working days", "3650 个工作日"},
        {"same day", "same day", "当日"},
    };
    static const char *const bad[] = {"",
                                      " ",
                                      "7 days",
                                      "1 day",
                                      "7",
                                      "days",
                                      "0 hours",
                                      "-1 hours",
                                      "+1 hours",
                                      "3651 hours",
                                      "1.5 hours",
                                      "99999999999999999999 hours",
                                      "7 weeks",
                                      "same days",
                                      "7 working  days",
                                      "7 Working days",
                                      "x working days",
                                      "7 working days after",
                                      "七 working days"};
    struct task t;
    struct limit limit;
    const char *why;
    (void)state;

    task_begin(&t, NULL, 0, TASK_BUDGET);
    for (size_t i = 0; i < sizeof good / sizeof *good; i++) {
        assert_true(limit_parse(str_of(good[i].text), &limit, &why));
        assert_str(limit_text(&t, limit), good[i].back);
        assert_str(limit_text_zh(&t, limit), good[i].zh);
    }
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        why = NULL;
        if (limit_parse(str_of(bad[i]), &limit, &why))
            fail_msg("accepted: \"%s\"", bad[i]);
        assert_non_null(why);
    }
    task_end(&t);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_golden_vectors),
        cmocka_unit_test(the_starting_day_and_the_hour_do_not_matter),
        cmocka_unit_test(calendar_days_roll_and_the_safe_day_does_not),
        cmocka_unit_test(months_end_on_the_corresponding_day),
        cmocka_unit_test(hours_run_round_the_clock),
        cmocka_unit_test(the_same_day_is_never_moved),
        cmocka_unit_test(pauses_take_out_what_would_have_counted),
        cmocka_unit_test(a_running_pause_counts_up_to_today),
        cmocka_unit_test(extensions_add_to_the_budget),
        cmocka_unit_test(days_after_the_published_calendar_are_provisional),
        cmocka_unit_test(no_limit_has_no_date),
        cmocka_unit_test(limits_are_written_in_one_way),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
