/* The calendar: its file, its tables, and the words that explain a date. */
#include "core/calendar_fixture.h"

static void the_file_has_the_days_of_the_notices(void **state)
{
    static const struct {
        const char *day;
        enum day_kind kind;
        const char *name;
    } rows[] = {
        {"2026-10-01", DAY_REST, "国庆节"},    {"2026-10-10", DAY_WORKING, "国庆节"},
        {"2026-10-11", DAY_REST, ""},          {"2026-10-12", DAY_WORKING, ""},
        {"2026-09-20", DAY_WORKING, "国庆节"}, {"2022-12-31", DAY_REST, "元旦"},
        {"2018-12-29", DAY_WORKING, "元旦"},   {"2020-01-31", DAY_REST, "春节"},
        {"2027-01-01", DAY_WORKING, ""},       {"2061-01-01", DAY_REST, ""},
        {"2009-12-31", DAY_WORKING, ""},
    };
    struct fixture f;
    (void)state;

    fixture_begin(&f);
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        int32_t day = day_at(rows[i].day);
        assert_int_equal(calendar_kind(f.calendar, day), rows[i].kind);
        assert_str(calendar_name(f.calendar, day), rows[i].name);
    }
    assert_day(f.published_until, "2026-12-31");
    assert_day(calendar_published_from(f.calendar), "2018-12-29");
    assert_true(calendar_provisional(f.calendar, day_at("2027-01-01")));
    assert_false(calendar_provisional(f.calendar, day_at("2026-12-31")));
    int off = 0;
    for (int32_t day = day_at("2026-01-01"); day <= day_at("2026-12-31"); day++)
        off += calendar_name(f.calendar, day).len && calendar_kind(f.calendar, day) == DAY_REST;
    assert_int_equal(off, 33);
    struct str file = fixture_file(&f.t, "data/holidays-cn.json");
    assert_true(str_eq(file, calendar_shipped()));
    fixture_end(&f);
}

/* Every day of the table and years on either side of it, one after the other. */
static void sums_are_those_of_counting(void **state)
{
    struct fixture f;
    (void)state;

    fixture_begin(&f);
    int32_t first = day_at("1965-01-01"), last = day_at("2065-12-31"), count = 0;
    int32_t works = first; /* a Friday */
    for (int32_t day = first + 1; day <= last; day++) {
        if (calendar_kind(f.calendar, day) == DAY_WORKING) {
            count++;
            works = day;
            assert_int_equal(calendar_add_working_days(f.calendar, first, count), day);
            assert_int_equal(calendar_add_working_days(f.calendar, day - 1, 1), day);
        }
        assert_int_equal(calendar_add_working_days(f.calendar, day, 0), works);
        assert_int_equal(calendar_working_days_between(f.calendar, first, day), count);
        assert_int_equal(calendar_working_days_between(f.calendar, day, first), -count);
    }
    fixture_end(&f);
}

static void a_later_entry_wins_and_strange_days_are_left_out(void **state)
{
    const struct calendar_day days[] = {
        {day_at("2026-11-23"), DAY_REST, S("停业")},
        {day_at("2026-11-23"), DAY_WORKING, S("")},
        {day_at("2099-01-01"), DAY_REST, S("远")},
        {INT32_MAX, DAY_REST, S("")},
        {INT32_MIN, DAY_REST, S("")},
        {day_at("2026-11-24"), DAY_REST, S("停业")},
    };
    (void)state;

    struct calendar *c = calendar_make(days, sizeof days / sizeof *days, DAY_NONE, 1);
    assert_non_null(c);
    assert_int_equal(calendar_kind(c, day_at("2026-11-23")), DAY_WORKING);
    assert_int_equal(calendar_name(c, day_at("2026-11-23")).len, 0);
    assert_int_equal(calendar_kind(c, day_at("2026-11-24")), DAY_REST);
    assert_true(calendar_exception(c, day_at("2026-11-24")));
    assert_false(calendar_exception(c, day_at("2026-11-23")));
    assert_true(calendar_provisional(c, day_at("2010-01-01")));
    calendar_free(c);
}

static size_t errors_of(struct task *t, const char *text)
{
    struct calendar_day *days;
    size_t count, errors = 0;
    int32_t until;

    enum err e = calendar_read_holidays(t, str_of(text), &days, &count, &until);
    for (const struct field_error *error = t->field_errors; error; error = error->next)
        errors++;
    assert_int_equal(e, e == OK ? OK : ERR_BAD_INPUT);
    if (e && !errors)
        errors = 1; /* not JSON at all: the note says where */
    assert_true((e == OK) == (errors == 0));
    task_clear_error(t);
    return errors;
}

static void a_wrong_file_is_told_all_at_once(void **state)
{
    static const struct {
        size_t errors;
        const char *text;
    } rows[] = {
        {1, ""},
        {1, "[]"},
        {1, "{\"years\": 5}"},
        {0, "{\"years\": {}}"},
        {0, "{\"years\": {\"2027\": {\"days\": {}}}, \"more\": 1}"},
        {2, "{\"years\": {\"27\": {\"days\": {}}, \"2061\": {\"days\": {}}}}"},
        {1, "{\"years\": {\"2026\": {\"names\": {}}}}"},
        {4, "{\"years\": {\"2026\": {\"days\": {\"2026-02-29\": \"off\", \"2026-02-28\": \"rest\", "
            "\"2026-02-27\": 1, \"2031-01-01\": \"off\", \"2026-01-01\": \"off\"}}}}"},
        {1, "{\"years\": {\"2026\": {\"days\": {\"2026-01-01\": \"off\"}, \"names\": "
            "{\"2026-01-01\": \"一二三四五六七八九十一二三四五六七八九十长\"}}}}"},
    };
    struct task t;
    (void)state;

    task_begin(&t, NULL, 0, TASK_BUDGET);
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        assert_int_equal(errors_of(&t, rows[i].text), rows[i].errors);
    task_end(&t);
}

static void a_year_that_is_missing_ends_what_is_published(void **state)
{
    static const char text[] =
        "{\"years\": {\"2025\": {\"days\": {\"2025-01-01\": \"off\"}},"
        "\"2026\": {\"days\": {}}, \"2027\": {\"days\": {\"2027-01-01\": \"off\"}}}}";
    struct calendar_day *days;
    size_t count;
    int32_t until;
    struct task t;
    (void)state;

    task_begin(&t, NULL, 0, TASK_BUDGET);
    assert_int_equal(calendar_read_holidays(&t, str_of(text), &days, &count, &until), OK);
    assert_int_equal(count, 2);
    assert_day(until, "2025-12-31");
    task_end(&t);
}

static void equal_calendars_are_shared(void **state)
{
    unsigned char key[CALENDAR_KEY_BYTES] = {7}, other[CALENDAR_KEY_BYTES] = {8};
    (void)state;

    assert_null(calendar_shared(key));
    struct calendar *first = calendar_make(NULL, 0, DAY_NONE, 1);
    assert_ptr_equal(calendar_share(key, first), first);
    assert_ptr_equal(calendar_share(key, calendar_make(NULL, 0, DAY_NONE, 1)), first);
    assert_ptr_equal(calendar_shared(key), first);
    assert_null(calendar_shared(other));
}

/* The picture of the order page: 7 calendar days from 10-09, paused on two, seen on 10-14. */
static const struct pause picture_pause[] = {
    {.reason = STR_INIT("等待补充材料"), .law = STR_INIT("规程 第 7 版")}};

static struct due_question picture(struct pause pause[1])
{
    pause[0] = picture_pause[0];
    pause[0].from = day_at("2026-10-12");
    pause[0].to = day_at("2026-10-13");
    return (struct due_question){.start = moment_at("2026-10-09T16:08"),
                                 .limit = limit_at("7 calendar days"),
                                 .pauses = pause,
                                 .pause_count = 1,
                                 .today = day_at("2026-10-14"),
                                 .law = S("法律援助法 第四十三条")};
}

static void the_lines_of_the_picture(void **state)
{
    static const char *const lines[][3] = {
        {"起算", "10-09 周五，当日不计入", "民法典 第二百零一条"},
        {"期限", "7 日，自然日，休息日也计", "法律援助法 第四十三条"},
        {"已数", "到今天 10-14 已数 3 日，还有 4 日；10-10 周六调休上班，不影响自然日",
         "2026 年日历 第 3 版"},
        {"暂停", "10-12 至 10-13，扣除 2 日；等待补充材料", "规程 第 7 版"},
        {"届满", "第 7 日 10-18 周日休息，顺延至 10-19 周一 24:00", "民法典 第二百零三条"},
        {"稳妥日", "10-18 及以前最后一个工作日 10-16 周五，提醒按此日发", "本中心规则"},
    };
    struct pause pause[1];
    struct due_question q = picture(pause);
    struct fixture f;
    (void)state;

    fixture_begin(&f);
    struct due due = due_compute(f.calendar, &q);
    struct list list = due_explain(&f.t, f.calendar, &q, &due);
    const struct due_step *line = list.at;
    assert_int_equal(list.count, sizeof lines / sizeof *lines);
    for (size_t i = 0; i < list.count; i++) {
        assert_str(line[i].what, lines[i][0]);
        assert_str(line[i].how, lines[i][1]);
        assert_str(line[i].law, lines[i][2]);
    }
    fixture_end(&f);
}

static void the_strip_of_the_picture(void **state)
{
    static const char *const boxes[][4] = {
        {"10-09 五", "起", "", "start"},
        {"10-10 六", "1", "", "count"},
        {"10-11 日", "2", "", "count rest"},
        {"10-12 一", "暂停", "", "pause"},
        {"10-13 二", "暂停", "", "pause"},
        {"10-14 三", "3", "今天", "count is-today"},
        {"10-15 四", "4", "", "count"},
        {"10-16 五", "5", "稳妥", "count is-safe"},
        {"10-17 六", "6", "", "count rest"},
        {"10-18 日", "7", "", "count rest"},
        {"10-19 一", "止", "法定", "end is-legal"},
    };
    struct pause pause[1];
    struct due_question q = picture(pause);
    struct fixture f;
    bool cut;
    (void)state;

    fixture_begin(&f);
    struct due due = due_compute(f.calendar, &q);
    struct list list = due_strip(&f.t, f.calendar, &q, &due, &cut);
    const struct due_day *box = list.at;
    assert_false(cut);
    assert_int_equal(list.count, sizeof boxes / sizeof *boxes);
    for (size_t i = 0; i < list.count; i++) {
        assert_str(box[i].short_day, boxes[i][0]);
        assert_str(box[i].label, boxes[i][1]);
        assert_str(box[i].mark, boxes[i][2]);
        assert_str(box[i].kind, boxes[i][3]);
    }
    fixture_end(&f);
}

/* One line of an explanation by its word. */
static struct str line_of(struct fixture *f, const struct due_question *q, const char *what)
{
    struct due due = due_compute(f->calendar, q);
    struct list list = due_explain(&f->t, f->calendar, q, &due);

    LIST_EACH (const struct due_step, line, list)
        if (str_is(line->what, what))
            return line->how;
    return S("（没有这一行）");
}

static void every_kind_of_limit_is_explained(void **state)
{
    static const struct {
        const char *start, *limit, *what, *how;
    } rows[] = {
        {"2026-09-14T10:00", "20 working days", "期限", "20 个工作日，休息日不计"},
        {"2026-09-14T10:00", "20 working days", "已数",
         "09-15 至 10-16 数满 20 个工作日；09-20 周日调休上班，计入；09-25 至 09-27 "
         "中秋节，不计；10-01 至 10-07 国庆节，不计；10-10 周六调休上班，计入"},
        {"2026-09-14T10:00", "20 working days", "届满", "第 20 日 10-16 周五 24:00"},
        {"2026-09-14T10:00", "20 working days", "稳妥日",
         "届满日 10-16 周五 是工作日，提醒按此日发"},
        {"2026-09-18T10:00", "15 calendar days", "届满",
         "第 15 日 10-03 周六，国庆节放假，顺延至 10-08 周四 24:00"},
        {"2026-10-03T10:00", "3 calendar days", "稳妥日",
         "期限之内没有工作日，按届满日 10-08 周四，提醒按此日发"},
        {"2026-10-14T10:00", "1 months", "届满",
         "对应日（没有的为月末日）11-14，11-14 周六休息，顺延至 11-16 周一 24:00"},
        {"2026-11-06T17:30", "24 hours", "起算", "11-06 周五 17:30 起"},
        {"2026-11-06T17:30", "24 hours", "届满", "11-07 周六 17:30，按时刻届满，不顺延"},
        {"2026-11-06T17:30", "same day", "届满", "11-06 周五 24:00"},
        {"2026-12-20T17:30", "20 working days", "暂定",
         "2026-12-31 以后的放假安排还没有公布，公布后重算，之前不算逾期"},
        {"2026-12-20T17:30", "20 working days", "届满", "第 20 日 2027-01-15 周五 24:00"},
        {"2015-12-20T17:30", "20 working days", "提示",
         "2018-12-29 以前的放假安排没有载入，只按周末计"},
        {"2026-11-06T17:30", "2 working days", "暂定", "（没有这一行）"},
    };
    struct fixture f;
    (void)state;

    fixture_begin(&f);
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct due_question q = {
            .start = moment_at(rows[i].start), .limit = limit_at(rows[i].limit), .today = DAY_NONE};
        assert_str(line_of(&f, &q, rows[i].what), rows[i].how);
    }
    fixture_end(&f);
}

static void pauses_and_extensions_are_explained(void **state)
{
    struct pause pauses[] = {
        {day_at("2026-09-16"), day_at("2026-09-18"), S("鉴定"), S("行政许可法 第四十五条")}};
    struct extension extension = {limit_at("10 working days"), S("案情复杂"),
                                  S("行政许可法 第四十二条"), S("主任")};
    struct due_question q = {.start = moment_at("2026-09-14T10:00"),
                             .limit = limit_at("20 working days"),
                             .pauses = pauses,
                             .pause_count = 1,
                             .extensions = &extension,
                             .extension_count = 1,
                             .today = day_at("2026-09-17")};
    struct fixture f;
    (void)state;

    fixture_begin(&f);
    assert_str(line_of(&f, &q, "暂停"), "09-16 至 09-18，扣除 3 个工作日；鉴定");
    assert_str(line_of(&f, &q, "延长"), "延长 10 个工作日，合计 30；案情复杂，主任批准");
    pauses[0].to = DAY_NONE;
    assert_str(line_of(&f, &q, "暂停"), "09-16 起尚未恢复，日期按今天计，扣除 2 个工作日；鉴定");
    pauses[0].from = pauses[0].to = day_at("2026-12-01");
    assert_str(line_of(&f, &q, "暂停"), "12-01，在数满以后，日期不变；鉴定");
    pauses[0].from = pauses[0].to = day_at("2026-10-02");
    assert_str(line_of(&f, &q, "暂停"), "10-02，没有另外要扣除的日子；鉴定");
    extension.by = limit_at("5 calendar days");
    assert_str(line_of(&f, &q, "延长"),
               "延长 5 日（自然日），与期限的计算单位不同，没有计入；案情复杂，主任批准");
    fixture_end(&f);
}

static void a_long_strip_leaves_out_whole_weeks(void **state)
{
    struct fixture f;
    (void)state;

    fixture_begin(&f);
    for (int32_t amount = 25; amount < 400; amount++) {
        struct task_mark mark = task_mark(&f.t);
        struct due_question q = {.start = moment_at("2025-01-06T10:00"),
                                 .limit = {LIMIT_CALENDAR_DAYS, amount},
                                 .today = DAY_NONE};
        struct due due = due_compute(f.calendar, &q);
        bool cut;
        struct list list = due_strip(&f.t, f.calendar, &q, &due, &cut);
        const struct due_day *box = list.at;
        int32_t boxes = 0, gap = DAY_NONE;
        for (size_t i = 0; i < list.count; i++) {
            boxes += box[i].day != DAY_NONE;
            if (box[i].day == DAY_NONE) {
                assert_str(box[i].kind, "gap");
                gap = box[i + 1].day - box[i - 1].day - 1;
                assert_int_equal(gap % 7, 0);
            }
        }
        assert_true(list.count <= STRIP_BOXES_MAX);
        assert_int_equal(cut, gap != DAY_NONE);
        assert_int_equal(boxes + (cut ? gap : 0), due.legal_day - day_of(q.start) + 1);
        task_reset(&f.t, mark);
    }
    fixture_end(&f);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_file_has_the_days_of_the_notices),
        cmocka_unit_test(sums_are_those_of_counting),
        cmocka_unit_test(a_later_entry_wins_and_strange_days_are_left_out),
        cmocka_unit_test(a_wrong_file_is_told_all_at_once),
        cmocka_unit_test(a_year_that_is_missing_ends_what_is_published),
        cmocka_unit_test(equal_calendars_are_shared),
        cmocka_unit_test(the_lines_of_the_picture),
        cmocka_unit_test(the_strip_of_the_picture),
        cmocka_unit_test(every_kind_of_limit_is_explained),
        cmocka_unit_test(pauses_and_extensions_are_explained),
        cmocka_unit_test(a_long_strip_leaves_out_whole_weeks),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
