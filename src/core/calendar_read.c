#include "core/json.h"
#include "core/legal_time.h"
#include "core/task.h"

extern const struct str holidays_cn; /* generated from data/holidays-cn.json */

enum { NAME_CHARACTERS = 20 };

struct reading {
    struct task *t;
    struct calendar_day *days;
    size_t count;
    int32_t published_until;
};

static bool parse_year(struct str text, int *ret_year)
{
    int64_t year;

    if (text.len != 4 || !str_int(text, &year) || year < CALENDAR_FIRST_YEAR ||
        year > CALENDAR_LAST_YEAR)
        return false;
    *ret_year = (int)year;
    return true;
}

/* A year's list may hold days of its neighbours (the last days of December), no others. */
static void read_day(struct reading *r, int year, const struct json *entry,
                     const struct json *names)
{
    int32_t day;
    bool rest = str_is(json_as_str(entry), "off");
    struct str field = str_format(r->t, "years.%d.days.%.*s", year, STR_ARG(entry->name));

    if (!day_parse(entry->name, &day)) {
        task_field_error(r->t, field, "不是日期，请写成 2026-01-01 的样子");
        return;
    }
    if (day < day_from_civil(year - 1, 1, 1) || day > day_from_civil(year + 1, 12, 31)) {
        task_field_error(r->t, field, "不在 %d 年及前后各一年之内，请移到它自己的年份", year);
        return;
    }
    if (!rest && !str_is(json_as_str(entry), "work")) {
        task_field_error(r->t, field, "只能是 off（休息）或 work（上班）");
        return;
    }
    struct str name = json_as_str(json_find(names, entry->name));
    if (utf8_length(name) > NAME_CHARACTERS) {
        task_field_error(r->t, field, "名称请在 %d 字以内", NAME_CHARACTERS);
        return;
    }
    r->days[r->count++] =
        (struct calendar_day){.day = day, .kind = rest ? DAY_REST : DAY_WORKING, .name = name};
}

static void read_year(struct reading *r, int year, const struct json *json)
{
    const struct json *days = json_get(json, "days");
    const struct json *names = json_get(json, "names");

    if (!days || days->kind != JSON_OBJECT) {
        task_field_error(r->t, str_format(r->t, "years.%d.days", year),
                         "请列出这一年的放假和调休日期");
        return;
    }
    JSON_EACH (entry, days)
        read_day(r, year, entry, names);
    /* A year without days is a place kept free for a notice that is still to come. */
    int32_t end_before = day_from_civil(year - 1, 12, 31);
    if (days->count && (r->published_until == DAY_NONE || r->published_until == end_before))
        r->published_until = day_from_civil(year, 12, 31);
}

static size_t count_days(const struct json *years)
{
    size_t n = 0;

    JSON_EACH (year, years) {
        const struct json *days = json_get(year, "days");
        n += days ? days->count : 0;
    }
    return n;
}

enum err calendar_read_holidays(struct task *t, struct str json, struct calendar_day **ret_days,
                                size_t *ret_count, int32_t *ret_published_until)
{
    struct json *tree;
    enum err e = json_parse(t, json, &tree);

    if (e)
        return e;
    const struct json *years = json_get(tree, "years");
    if (!years || years->kind != JSON_OBJECT) {
        task_field_error(t, S("years"), "请按年份列出放假安排");
        return task_input_verdict(t);
    }
    JSON_EACH (entry, years) {
        int year;
        if (!parse_year(entry->name, &year))
            task_field_error(t, str_format(t, "years.%.*s", STR_ARG(entry->name)),
                             "年份请在 %d 到 %d 之间", CALENDAR_FIRST_YEAR, CALENDAR_LAST_YEAR);
    }
    struct reading r = {.t = t, .published_until = DAY_NONE};
    r.days = NEW(t, struct calendar_day, count_days(years) + 1);
    for (int year = CALENDAR_FIRST_YEAR; year <= CALENDAR_LAST_YEAR; year++) {
        const struct json *found = json_find(years, str_format(t, "%d", year));
        if (found)
            read_year(&r, year, found);
    }
    e = task_input_verdict(t);
    if (e)
        return e;
    *ret_days = r.days;
    *ret_count = r.count;
    *ret_published_until = r.published_until;
    return OK;
}

struct str calendar_shipped(void)
{
    return holidays_cn;
}
