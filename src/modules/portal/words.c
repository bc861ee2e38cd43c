/* The portal's words: days with their weekday, sizes, limits as people say them. */
#include "portal_private.h"

#include "core/text.h"
#include "modules/catalog/procedure.h"

/* By name, for languages whose months have one. */
static const char *month_text(const struct task *t, int month)
{
    static const char *const names[] = {"1 月", "2 月", "3 月", "4 月",  "5 月",  "6 月",
                                        "7 月", "8 月", "9 月", "10 月", "11 月", "12 月"};

    return tr(t, names[month - 1]);
}

struct str portal_day(struct task *t, int32_t day)
{
    int year, month, of_month, this_year;

    if (day == DAY_NONE)
        return (struct str){0};
    day_to_civil(day_of(t->now), &this_year, &month, &of_month);
    day_to_civil(day, &year, &month, &of_month);
    struct str text = year == this_year
                          ? str_format(t, tr(t, "%s %d 日（%s）"), month_text(t, month), of_month,
                                       weekday_text(t, day))
                          : str_format(t, tr(t, "%d 年 %s %d 日（%s）"), year, month_text(t, month),
                                       of_month, weekday_text(t, day));
    return portal_glue(t, text);
}

struct str portal_moment(struct task *t, int64_t moment)
{
    int year, month, of_month, this_year;

    if (!moment)
        return (struct str){0};
    day_to_civil(day_of(t->now), &this_year, &month, &of_month);
    day_to_civil(day_of(moment), &year, &month, &of_month);
    struct str clock = str_from(moment_text(t, moment), 11);
    struct str text =
        year == this_year
            ? str_format(t, tr(t, "%s %d 日 %.*s"), month_text(t, month), of_month, STR_ARG(clock))
            : str_format(t, tr(t, "%d 年 %s %d 日 %.*s"), year, month_text(t, month), of_month,
                         STR_ARG(clock));
    return portal_glue(t, text);
}

static bool figure(struct str text, size_t at)
{
    return at < text.len && text.at[at] >= '0' && text.at[at] <= '9';
}

struct str portal_glue(struct task *t, struct str text)
{
    struct buf b = buf_new(t, 3 * text.len + 1);

    for (size_t i = 0; i < text.len; i++) {
        bool joins = text.at[i] == ' ' && ((i && figure(text, i - 1)) || figure(text, i + 1));

        if (joins)
            buf_add(&b, S("\xc2\xa0"));
        else
            buf_add_char(&b, text.at[i]);
    }
    return buf_str(&b);
}

struct str portal_size(struct task *t, int64_t bytes)
{
    if (bytes < 1024 * 1024)
        return str_format(t, "%lld KB", (long long)((bytes + 1023) / 1024));
    return str_format(t, "%.1f MB", (double)bytes / (1024 * 1024));
}

struct str portal_within(struct task *t, struct limit limit)
{
    switch (limit.kind) {
    case LIMIT_SAME_DAY:
        return S("当天");
    case LIMIT_WORKING_DAYS:
        return str_format(t, tr(t, "%d\xc2\xa0个工作日内"), limit.amount);
    case LIMIT_CALENDAR_DAYS:
        return str_format(t, tr(t, "%d\xc2\xa0日内"), limit.amount);
    case LIMIT_HOURS:
        return str_format(t, tr(t, "%d\xc2\xa0小时内"), limit.amount);
    case LIMIT_MONTHS:
        return str_format(t, tr(t, "%d\xc2\xa0个月内"), limit.amount);
    case LIMIT_NONE:
        break;
    }
    return (struct str){0};
}

struct limit portal_longest(const struct duty_rule *duty, struct str *ret_law)
{
    struct limit limit = duty->limit;

    *ret_law = duty->law;
    for (size_t i = 0; i < duty->case_count; i++)
        if (duty->cases[i].limit.amount > limit.amount) {
            limit = duty->cases[i].limit;
            *ret_law = duty->cases[i].law.len ? duty->cases[i].law : duty->law;
        }
    return limit;
}

struct str portal_dial(struct task *t, struct str phone)
{
    struct buf b = buf_new(t, phone.len + 1);

    for (size_t i = 0; i < phone.len; i++) {
        if (figure(phone, i) || phone.at[i] == '+')
            buf_add_char(&b, phone.at[i]);
        else if (str_starts(str_from(phone, i), S("转")))
            buf_add_char(&b, ',');
    }
    return buf_str(&b);
}
