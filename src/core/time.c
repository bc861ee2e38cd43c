#include "core/time.h"

#include <string.h>
#include <time.h>

#include "core/task.h"
#include "core/text.h"

int64_t time_now(void)
{
    struct timespec now;

    clock_gettime(CLOCK_REALTIME, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

int64_t time_monotonic_ns(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000000000 + now.tv_nsec;
}

static int64_t floor_div(int64_t a, int64_t b)
{
    return a / b - (a % b < 0);
}

/* 0 .. b-1; no product that could overflow. */
static int64_t floor_mod(int64_t a, int64_t b)
{
    int64_t rest = a % b;

    return rest < 0 ? rest + b : rest;
}

int32_t day_of(int64_t moment)
{
    /* Split first, so that no moment overflows; what lies beyond the days there are is the last
     * one. */
    int64_t day = floor_div(moment, DAY_MS);

    if (floor_mod(moment, DAY_MS) >= DAY_MS - LEGAL_OFFSET)
        day++;
    if (day > INT32_MAX)
        return INT32_MAX;
    return day <= DAY_NONE ? DAY_NONE + 1 : (int32_t)day;
}

int64_t day_start(int32_t day)
{
    return (int64_t)day * DAY_MS - LEGAL_OFFSET;
}

/* Both conversions count years from March, so that the leap day is the last of its year, in eras of
 * 400 years (146,097 days). */
int32_t day_from_civil(int year, int month, int day)
{
    int64_t y = (int64_t)year - (month <= 2);
    int64_t era = floor_div(y, 400);
    int64_t year_of_era = y - era * 400;
    int64_t day_of_year = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1;
    int64_t day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;

    return (int32_t)(era * 146097 + day_of_era - 719468);
}

void day_to_civil(int32_t day, int *ret_year, int *ret_month, int *ret_day)
{
    int64_t z = (int64_t)day + 719468;
    int64_t era = floor_div(z, 146097);
    int64_t day_of_era = z - era * 146097;
    int64_t year_of_era =
        (day_of_era - day_of_era / 1460 + day_of_era / 36524 - day_of_era / 146096) / 365;
    int64_t day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    int64_t month = (5 * day_of_year + 2) / 153;

    *ret_day = (int)(day_of_year - (153 * month + 2) / 5 + 1);
    *ret_month = (int)(month < 10 ? month + 3 : month - 9);
    *ret_year = (int)(year_of_era + era * 400 + (*ret_month <= 2));
}

int day_weekday(int32_t day)
{
    int64_t since_monday = (int64_t)day + 3; /* 1970-01-01 was a Thursday */

    return (int)floor_mod(since_monday, 7) + 1;
}

static int month_days(int year, int month)
{
    static const int days[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    bool leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);

    return days[month - 1] + (month == 2 && leap);
}

bool day_valid_civil(int year, int month, int day)
{
    return year >= 1 && year <= 9999 && month >= 1 && month <= 12 && day >= 1 &&
           day <= month_days(year, month);
}

int32_t day_add_months(int32_t day, int months)
{
    int year, month, of_month;

    day_to_civil(day, &year, &month, &of_month);
    int64_t all = (int64_t)year * 12 + month - 1 + months;
    int64_t new_year = floor_div(all, 12);
    int new_month = (int)(all - new_year * 12) + 1;
    int last = month_days((int)new_year, new_month);
    return day_from_civil((int)new_year, new_month, of_month < last ? of_month : last);
}

/* Exactly `n` digits at the head of *s, which moves past them. */
static bool take_digits(struct str *s, size_t n, int *ret_number)
{
    int number = 0;

    if (s->len < n)
        return false;
    for (size_t i = 0; i < n; i++) {
        if (s->at[i] < '0' || s->at[i] > '9')
            return false;
        number = number * 10 + (s->at[i] - '0');
    }
    *s = str_from(*s, n);
    *ret_number = number;
    return true;
}

static bool take_char(struct str *s, char c)
{
    if (!s->len || s->at[0] != c)
        return false;
    *s = str_from(*s, 1);
    return true;
}

static bool take_day(struct str *s, int32_t *ret_day)
{
    int year, month, day;

    if (!take_digits(s, 4, &year) || !take_char(s, '-') || !take_digits(s, 2, &month) ||
        !take_char(s, '-') || !take_digits(s, 2, &day) || !day_valid_civil(year, month, day))
        return false;
    *ret_day = day_from_civil(year, month, day);
    return true;
}

bool day_parse(struct str s, int32_t *ret_day)
{
    int32_t day;

    if (!take_day(&s, &day) || s.len)
        return false;
    *ret_day = day;
    return true;
}

/* Z, +hh:mm or -hh:mm, or nothing, which means legal time. */
static bool take_zone(struct str *s, int64_t *ret_offset)
{
    int hours, minutes;

    if (!s->len) {
        *ret_offset = LEGAL_OFFSET;
        return true;
    }
    if (take_char(s, 'Z')) {
        *ret_offset = 0;
        return true;
    }
    bool west = s->at[0] == '-';
    if (!(take_char(s, '+') || take_char(s, '-')) || !take_digits(s, 2, &hours) ||
        !take_char(s, ':') || !take_digits(s, 2, &minutes) || hours > 14 || minutes > 59)
        return false;
    *ret_offset = (hours * 60 + minutes) * (west ? -60000 : 60000);
    return true;
}

bool moment_parse(struct str s, int64_t *ret_moment)
{
    int32_t day;
    int hour, minute, second = 0, milli = 0;
    int64_t offset;

    if (!take_day(&s, &day) || !(take_char(&s, 'T') || take_char(&s, ' ')) ||
        !take_digits(&s, 2, &hour) || !take_char(&s, ':') || !take_digits(&s, 2, &minute))
        return false;
    if (take_char(&s, ':')) {
        if (!take_digits(&s, 2, &second))
            return false;
        if (take_char(&s, '.') && !take_digits(&s, 3, &milli))
            return false;
    }
    if (!take_zone(&s, &offset) || s.len || hour > 23 || minute > 59 || second > 59)
        return false;
    *ret_moment = (int64_t)day * DAY_MS + ((hour * 60 + minute) * 60 + second) * (int64_t)1000 +
                  milli - offset;
    return true;
}

static char *put_digits(char *at, int number, int n)
{
    for (int i = n - 1; i >= 0; i--, number /= 10)
        at[i] = (char)('0' + number % 10);
    return at + n;
}

size_t day_print(char at[DAY_PRINT], int32_t day)
{
    int year, month, of_month;

    if (day == DAY_NONE)
        return 0;
    day_to_civil(day, &year, &month, &of_month);
    /* No such year comes from a person; it must not run over the buffer either. */
    year = year < 0 ? 0 : year > 9999 ? 9999 : year;
    char *end = put_digits(at, year, 4);
    *end++ = '-';
    end = put_digits(end, month, 2);
    *end++ = '-';
    end = put_digits(end, of_month, 2);
    return (size_t)(end - at);
}

static int second_of_day(int64_t moment)
{
    return (int)((floor_mod(moment, DAY_MS) + LEGAL_OFFSET) % DAY_MS / 1000);
}

size_t moment_print(char at[MOMENT_PRINT], int64_t moment)
{
    if (!moment)
        return 0;
    int second = second_of_day(moment);
    char *end = at + day_print(at, day_of(moment));
    *end++ = ' ';
    end = put_digits(end, second / 3600, 2);
    *end++ = ':';
    end = put_digits(end, second / 60 % 60, 2);
    return (size_t)(end - at);
}

size_t moment_print_rfc3339(char at[MOMENT_PRINT], int64_t moment)
{
    size_t n = moment_print(at, moment);

    if (!n)
        return 0;
    at[10] = 'T';
    at[n++] = ':';
    put_digits(at + n, second_of_day(moment) % 60, 2);
    memcpy(at + n + 2, "+08:00", 6);
    return n + 8;
}

struct str day_text(struct task *t, int32_t day)
{
    char text[DAY_PRINT];

    return str_copy(t, (struct str){text, day_print(text, day)});
}

struct str day_text_short(struct task *t, int32_t day)
{
    char text[DAY_PRINT];

    return str_copy(t, str_from((struct str){text, day_print(text, day)}, 5));
}

const char *weekday_zh(int32_t day)
{
    static const char *const names[] = {"一", "二", "三", "四", "五", "六", "日"};

    return names[day_weekday(day) - 1];
}

const char *weekday_text(const struct task *t, int32_t day)
{
    static const char *const names[] = {"周一", "周二", "周三", "周四", "周五", "周六", "周日"};

    return tr(t, names[day_weekday(day) - 1]);
}

struct str day_text_zh(struct task *t, int32_t day)
{
    int year, month, of_month;

    if (day == DAY_NONE)
        return (struct str){0};
    day_to_civil(day, &year, &month, &of_month);
    return str_format(t, "%d 月 %d 日（周%s）", month, of_month, weekday_zh(day));
}

struct str day_text_zh_full(struct task *t, int32_t day)
{
    int year, month, of_month;

    if (day == DAY_NONE)
        return (struct str){0};
    day_to_civil(day, &year, &month, &of_month);
    return str_format(t, "%d 年 %d 月 %d 日（星期%s）", year, month, of_month, weekday_zh(day));
}

struct str moment_text(struct task *t, int64_t moment)
{
    char text[MOMENT_PRINT];

    return str_copy(t, (struct str){text, moment_print(text, moment)});
}

struct str moment_text_short(struct task *t, int64_t moment)
{
    char text[MOMENT_PRINT];

    return str_copy(t, str_from((struct str){text, moment_print(text, moment)}, 5));
}

struct str moment_text_zh(struct task *t, int64_t moment)
{
    int year, month, of_month;

    if (!moment)
        return (struct str){0};
    int second = second_of_day(moment);
    day_to_civil(day_of(moment), &year, &month, &of_month);
    return str_format(t, "%d 月 %d 日 %02d:%02d", month, of_month, second / 3600, second / 60 % 60);
}

struct str moment_rfc3339(struct task *t, int64_t moment)
{
    char text[MOMENT_PRINT];

    return str_copy(t, (struct str){text, moment_print_rfc3339(text, moment)});
}
