/*
 * calendar_fixture.h - for tests: the calendar of data/holidays-cn.json, read from the source tree.
 */
#ifndef CORE_CALENDAR_FIXTURE_H
#define CORE_CALENDAR_FIXTURE_H

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/legal_time.h"
#include "core/task.h"
#include "core/test.h"

struct fixture {
    struct task t;
    struct calendar_day *days;
    size_t count;
    int32_t published_until;
    struct calendar *calendar; /* all years, version 3 */
};

static inline struct str fixture_file(struct task *t, const char *path)
{
    const char *source = getenv("YIMEN_SOURCE");
    struct str name = str_format(t, "%s/%s", source ? source : ".", path);
    FILE *in = fopen(str_terminated(t, name), "rb");
    char *content = NEW(t, char, 1 << 20);

    if (!in)
        fail_msg("cannot open %.*s", STR_ARG(name));
    size_t len = fread(content, 1, 1 << 20, in);
    fclose(in);
    return (struct str){content, len};
}

static inline void fixture_begin(struct fixture *f)
{
    *f = (struct fixture){0};
    task_begin(&f->t, NULL, 0, TASK_BUDGET);
    struct str text = fixture_file(&f->t, "data/holidays-cn.json");
    assert_int_equal(calendar_read_holidays(&f->t, text, &f->days, &f->count, &f->published_until),
                     OK);
    f->calendar = calendar_make(f->days, f->count, f->published_until, 3);
    assert_non_null(f->calendar);
}

static inline void fixture_end(struct fixture *f)
{
    calendar_free(f->calendar);
    task_end(&f->t);
}

/* The calendar as it was when only the years up to this one were published. */
static inline struct calendar *fixture_calendar_until(const struct fixture *f, int year)
{
    int32_t end = day_from_civil(year, 12, 31);
    struct calendar_day days[1024];
    size_t n = 0;

    for (size_t i = 0; i < f->count; i++)
        if (f->days[i].day <= end)
            days[n++] = f->days[i];
    return calendar_make(days, n, end, 2);
}

static inline int32_t day_at(const char *text)
{
    int32_t day;

    if (!day_parse(str_of(text), &day))
        fail_msg("not a day: %s", text);
    return day;
}

static inline int64_t moment_at(const char *text)
{
    int64_t moment;

    if (!moment_parse(str_of(text), &moment))
        fail_msg("not a moment: %s", text);
    return moment;
}

static inline struct limit limit_at(const char *text)
{
    struct limit limit;
    const char *why;

    if (!limit_parse(str_of(text), &limit, &why))
        fail_msg("not a limit: %s: %s", text, why);
    return limit;
}

static inline void assert_day(int32_t day, const char *text)
{
    char at[DAY_PRINT + 1] = {0};

    day_print(at, day);
    assert_string_equal(at, text);
}

#endif
