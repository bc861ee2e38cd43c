/*
 * legal_time against a second, slow reading of the law: it walks day by day (hours: minute by
 * minute), looks into the list of exceptions each time, and knows no table, rank or month
 * arithmetic of the program.  Cases are random from a fixed seed, 2019 to 2027.
 */
#include "core/calendar_fixture.h"

enum { CASES = 6000, PAUSES = 5 };

static uint64_t seed;

static uint64_t next_random(void) /* splitmix64 */
{
    uint64_t z = seed += 0x9e3779b97f4a7c15u;

    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
    z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
    return z ^ (z >> 31);
}

static int32_t within(int32_t low, int32_t high)
{
    return low + (int32_t)(next_random() % (uint64_t)(high - low + 1));
}

static bool slow_works(const struct fixture *f, int32_t day)
{
    bool works = (day + 3) % 7 < 5; /* 1970-01-01 was a Thursday */

    for (size_t i = 0; i < f->count; i++)
        if (f->days[i].day == day)
            works = f->days[i].kind == DAY_WORKING;
    return works;
}

static bool slow_paused(const struct due_question *q, int32_t day)
{
    for (size_t i = 0; i < q->pause_count; i++) {
        int32_t to = q->pauses[i].to == DAY_NONE ? q->today : q->pauses[i].to;
        if (day >= q->pauses[i].from && day <= to)
            return true;
    }
    return false;
}

/* Days from the start to the corresponding day, by trying the days of that month from 31 down. */
static int32_t slow_month_days(int32_t start, int32_t months)
{
    int year, month, day;

    day_to_civil(start, &year, &month, &day);
    for (int32_t i = 0; i < months; i++) {
        year += month == 12;
        month = month % 12 + 1;
    }
    while (!day_valid_civil(year, month, day))
        day--;
    return day_from_civil(year, month, day) - start;
}

static int32_t slow_last_day(const struct fixture *f, const struct due_question *q)
{
    int32_t day = day_of(q->start), amount = q->limit.amount, counted = 0;

    if (q->limit.kind == LIMIT_MONTHS)
        amount = slow_month_days(day, amount);
    while (counted < amount) {
        day++;
        if (slow_paused(q, day))
            continue;
        if (q->limit.kind != LIMIT_WORKING_DAYS || slow_works(f, day))
            counted++;
    }
    return day;
}

static int32_t slow_roll(const struct fixture *f, int32_t day)
{
    while (!slow_works(f, day))
        day++;
    return day;
}

static int32_t slow_safe(const struct fixture *f, const struct due_question *q, int32_t last)
{
    int32_t day = last;

    while (day >= day_of(q->start) && !slow_works(f, day))
        day--;
    return day >= day_of(q->start) ? day : slow_roll(f, last);
}

static int64_t slow_hours(const struct due_question *q)
{
    int64_t minutes = (int64_t)q->limit.amount * 60, at = q->start;

    while (minutes > 0) {
        if (!slow_paused(q, day_of(at)))
            minutes--;
        at += 60000;
    }
    return at;
}

static void random_case(struct due_question *q, struct pause *pauses)
{
    static const enum limit_kind kinds[] = {LIMIT_WORKING_DAYS, LIMIT_CALENDAR_DAYS, LIMIT_MONTHS,
                                            LIMIT_HOURS};
    static const int32_t most[] = {90, 120, 7, 100};
    int kind = within(0, 3);
    int32_t start = within(day_at("2019-01-01"), day_at("2027-06-30"));

    *q = (struct due_question){.pauses = pauses, .today = start + within(-5, 60)};
    q->start = day_start(start) + (int64_t)within(0, 24 * 60 - 1) * 60000;
    q->limit = (struct limit){.kind = kinds[kind], .amount = within(1, most[kind])};
    q->pause_count = (size_t)within(0, PAUSES);
    for (size_t i = 0; i < q->pause_count; i++) {
        pauses[i] = (struct pause){.from = start + within(-10, 90)};
        pauses[i].to = within(0, 9) ? pauses[i].from + within(-2, 25) : DAY_NONE;
    }
}

static void show(const struct due_question *q, size_t number)
{
    struct task t;

    task_begin(&t, NULL, 0, TASK_BUDGET);
    struct str start = moment_text(&t, q->start), limit = limit_text(&t, q->limit);
    print_error("case %zu: %.*s, %.*s", number, STR_ARG(start), STR_ARG(limit));
    for (size_t i = 0; i < q->pause_count; i++) {
        struct str from = day_text(&t, q->pauses[i].from), to = day_text(&t, q->pauses[i].to);
        print_error(", %.*s..%.*s", STR_ARG(from), STR_ARG(to));
    }
    print_error("\n");
    task_end(&t);
}

static void the_tables_agree_with_walking_day_by_day(void **state)
{
    struct pause pauses[PAUSES];
    struct due_question q;
    struct fixture f;
    (void)state;

    fixture_begin(&f);
    seed = 20260914;
    for (size_t i = 0; i < CASES; i++) {
        random_case(&q, pauses);
        struct due due = due_compute(f.calendar, &q);
        bool right;
        if (q.limit.kind == LIMIT_HOURS) {
            right = due.legal_at == slow_hours(&q) && due.safe_at == due.legal_at;
        } else {
            int32_t last = slow_last_day(&f, &q);
            right = due.last_day == last && due.legal_day == slow_roll(&f, last) &&
                    due.safe_day == slow_safe(&f, &q, last) &&
                    due.provisional == (due.legal_day > f.published_until);
        }
        if (!right)
            show(&q, i);
        assert_true(right);
    }
    fixture_end(&f);
}

/* A later start never ends earlier.  Months with pauses are left out: a month that begins later may
 * be shorter, and the pause of the first need not fall into it. */
static void a_later_start_never_ends_earlier(void **state)
{
    struct pause pauses[PAUSES];
    struct due_question q;
    struct fixture f;
    (void)state;

    fixture_begin(&f);
    seed = 1;
    for (size_t i = 0; i < CASES; i++) {
        random_case(&q, pauses);
        if (q.limit.kind == LIMIT_MONTHS)
            q.pause_count = 0;
        struct due before = due_compute(f.calendar, &q);
        q.start += (int64_t)within(0, 20 * 24 * 60) * 60000;
        struct due after = due_compute(f.calendar, &q);
        if (after.legal_at < before.legal_at || after.safe_at < before.safe_at)
            show(&q, i);
        assert_true(after.legal_at >= before.legal_at);
        assert_true(after.safe_at >= before.safe_at);
    }
    fixture_end(&f);
}

static void a_larger_amount_never_ends_earlier(void **state)
{
    struct pause pauses[PAUSES];
    struct due_question q;
    struct fixture f;
    (void)state;

    fixture_begin(&f);
    seed = 2;
    for (size_t i = 0; i < CASES; i++) {
        random_case(&q, pauses);
        struct due before = due_compute(f.calendar, &q);
        q.limit.amount += within(1, 10);
        struct due after = due_compute(f.calendar, &q);
        assert_true(after.legal_at >= before.legal_at);
        assert_true(after.safe_at >= before.safe_at);
        assert_true(after.last_day > before.last_day || q.limit.kind == LIMIT_HOURS);
    }
    fixture_end(&f);
}

/* One pause, in the count: the end before the roll moves by exactly the countable days it holds. */
static void a_pause_moves_the_end_by_its_countable_days(void **state)
{
    struct pause pauses[PAUSES];
    struct due_question q;
    struct fixture f;
    size_t moved = 0;
    (void)state;

    fixture_begin(&f);
    seed = 3;
    for (size_t i = 0; i < CASES; i++) {
        random_case(&q, pauses);
        if (q.limit.kind == LIMIT_HOURS)
            continue;
        q.pause_count = 0;
        struct due before = due_compute(f.calendar, &q);
        int32_t start = day_of(q.start);
        pauses[0].from = within(start + 1, before.last_day);
        pauses[0].to = pauses[0].from + within(0, 20);
        q.pause_count = 1;
        struct due after = due_compute(f.calendar, &q);
        bool working = q.limit.kind == LIMIT_WORKING_DAYS;
        int32_t out = 0, between = 0;
        for (int32_t day = pauses[0].from; day <= pauses[0].to; day++)
            out += !working || slow_works(&f, day);
        for (int32_t day = before.last_day + 1; day <= after.last_day; day++)
            between += !working || slow_works(&f, day);
        assert_int_equal(between, out);
        moved += out > 0;
    }
    assert_true(moved > CASES / 2);
    fixture_end(&f);
}

static void order_and_overlap_of_pauses_do_not_matter(void **state)
{
    struct pause pauses[PAUSES], turned[2 * PAUSES];
    struct due_question q;
    struct fixture f;
    (void)state;

    fixture_begin(&f);
    seed = 4;
    for (size_t i = 0; i < CASES; i++) {
        random_case(&q, pauses);
        struct due due = due_compute(f.calendar, &q);
        for (size_t k = 0; k < q.pause_count; k++)
            turned[k] = turned[k + q.pause_count] = pauses[q.pause_count - 1 - k];
        struct due_question other = q;
        other.pauses = turned;
        other.pause_count = 2 * q.pause_count;
        struct due same = due_compute(f.calendar, &other);
        assert_int_equal(due.legal_at, same.legal_at);
        assert_int_equal(due.safe_at, same.safe_at);
    }
    fixture_end(&f);
}

/* What was computed while a year was not published is computed again when it is: the date is the
 * one it would have been from the start, and one that was not provisional has not moved. */
static void a_calendar_loaded_late_gives_the_same_date(void **state)
{
    struct pause pauses[PAUSES];
    struct due_question q;
    struct fixture f;
    size_t provisional = 0, moved = 0;
    (void)state;

    fixture_begin(&f);
    struct calendar *early = fixture_calendar_until(&f, 2025);
    struct calendar *late = calendar_make(f.days, f.count, f.published_until, 3);
    seed = 5;
    for (size_t i = 0; i < CASES; i++) {
        random_case(&q, pauses);
        q.start -= q.start > moment_at("2026-06-30T00:00") ? 366 * DAY_MS : 0;
        struct due told = due_compute(early, &q);
        struct due again = due_compute(late, &q), from_start = due_compute(f.calendar, &q);
        assert_int_equal(again.legal_at, from_start.legal_at);
        assert_int_equal(again.safe_at, from_start.safe_at);
        assert_true(told.provisional || told.by_hour ||
                    told.legal_day <= calendar_published_until(early));
        if (!told.provisional)
            assert_int_equal(told.legal_at, from_start.legal_at);
        provisional += told.provisional;
        moved += told.legal_at != from_start.legal_at;
    }
    assert_true(provisional > 50);
    assert_true(moved > 20);
    calendar_free(late);
    calendar_free(early);
    fixture_end(&f);
}

/* The lines and the strip are made of the same counts; here they only must hold together. */
static void the_strip_counts_to_the_amount(void **state)
{
    struct pause pauses[PAUSES];
    struct due_question q;
    struct fixture f;
    (void)state;

    fixture_begin(&f);
    seed = 6;
    for (size_t i = 0; i < CASES / 4; i++) {
        struct task_mark mark = task_mark(&f.t);
        random_case(&q, pauses);
        struct due due = due_compute(f.calendar, &q);
        bool cut;
        struct list strip = due_strip(&f.t, f.calendar, &q, &due, &cut);
        struct list lines = due_explain(&f.t, f.calendar, &q, &due);
        const struct due_day *box = strip.at;
        int32_t all = due.legal_day - day_of(q.start) + 1;
        assert_true(strip.count <= STRIP_BOXES_MAX && strip.count > 0);
        assert_int_equal(cut, all > STRIP_BOXES_MAX);
        assert_int_equal(box[0].day, day_of(q.start));
        assert_int_equal(box[strip.count - 1].day, due.legal_day);
        assert_true(str_find(box[strip.count - 1].mark, S("法定")) != SIZE_MAX);
        if (q.limit.kind == LIMIT_WORKING_DAYS && strip.count > 1) {
            struct str label = str_format(&f.t, "%d", (int)q.limit.amount);
            assert_true(str_eq(box[strip.count - 1].label, label));
        }
        assert_true(lines.count >= 4 + q.pause_count);
        LIST_EACH (const struct due_step, line, lines)
            assert_true(line->what.len && line->how.len && utf8_valid(line->how));
        task_reset(&f.t, mark);
    }
    fixture_end(&f);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_tables_agree_with_walking_day_by_day),
        cmocka_unit_test(a_later_start_never_ends_earlier),
        cmocka_unit_test(a_larger_amount_never_ends_earlier),
        cmocka_unit_test(a_pause_moves_the_end_by_its_countable_days),
        cmocka_unit_test(order_and_overlap_of_pauses_do_not_matter),
        cmocka_unit_test(a_calendar_loaded_late_gives_the_same_date),
        cmocka_unit_test(the_strip_counts_to_the_amount),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
