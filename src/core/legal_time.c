#include "core/legal_time.h"

#include "core/task.h"

#define HOUR_MS ((int64_t)3600000)

/* Far beyond any date a person writes, near enough that no sum of days leaves 32 bits. */
enum { DAY_FAR = 5000000, BUDGET_FAR = 100000 };

/* Limits as text */

static const struct {
    enum limit_kind kind;
    const char *many, *one, *zh;
} limit_words[] = {
    {LIMIT_WORKING_DAYS, "working days", "working day", " 个工作日"},
    {LIMIT_CALENDAR_DAYS, "calendar days", "calendar day", " 日（自然日）"},
    {LIMIT_HOURS, "hours", "hour", " 小时"},
    {LIMIT_MONTHS, "months", "month", " 个月"},
};
enum { LIMIT_WORDS = sizeof limit_words / sizeof *limit_words };

static bool refuse(const char **ret_why, const char *why)
{
    *ret_why = why;
    return false;
}

bool limit_parse(struct str text, struct limit *ret_limit, const char **ret_why)
{
    struct str rest = str_trim(text), head;
    int64_t amount;

    if (str_is(rest, "same day")) {
        *ret_limit = (struct limit){.kind = LIMIT_SAME_DAY};
        return true;
    }
    if (!str_cut(&rest, ' ', &head) || !rest.len)
        return refuse(ret_why,
                      "请写成 20 working days、7 calendar days、24 hours、1 months 或 same "
                      "day");
    rest = str_trim(rest);
    for (size_t i = 0; i < head.len; i++)
        if (head.at[i] < '0' || head.at[i] > '9')
            return refuse(ret_why, "数量请写成阿拉伯数字");
    if (!str_int(head, &amount) || amount < 1 || amount > LIMIT_AMOUNT_MAX)
        return refuse(ret_why, "数量请在 1 到 3650 之间");
    if (str_is(rest, "days") || str_is(rest, "day"))
        return refuse(ret_why, "请写明是 working days（工作日）还是 calendar days（自然日）");
    for (size_t i = 0; i < LIMIT_WORDS; i++) {
        if (!str_is(rest, limit_words[i].many) && !str_is(rest, limit_words[i].one))
            continue;
        *ret_limit = (struct limit){.kind = limit_words[i].kind, .amount = (int32_t)amount};
        return true;
    }
    return refuse(ret_why, "单位只能是 working days、calendar days、hours 或 months");
}

struct str limit_text(struct task *t, struct limit limit)
{
    if (limit.kind == LIMIT_SAME_DAY)
        return S("same day");
    for (size_t i = 0; i < LIMIT_WORDS; i++)
        if (limit_words[i].kind == limit.kind)
            return str_format(t, "%d %s", (int)limit.amount, limit_words[i].many);
    return (struct str){0};
}

struct str limit_text_zh(struct task *t, struct limit limit)
{
    if (limit.kind == LIMIT_SAME_DAY)
        return S("当日");
    for (size_t i = 0; i < LIMIT_WORDS; i++)
        if (limit_words[i].kind == limit.kind)
            return str_format(t, "%d%s", (int)limit.amount, limit_words[i].zh);
    return (struct str){0};
}

/* Counting */

static int32_t near(int32_t day)
{
    return day > DAY_FAR ? DAY_FAR : day < -DAY_FAR ? -DAY_FAR : day;
}

static int32_t start_day(const struct due_question *q)
{
    return near(day_of(q->start));
}

static int32_t budget(const struct due_question *q)
{
    int64_t sum = q->limit.amount;

    for (size_t i = 0; i < q->extension_count; i++)
        if (q->extensions[i].by.kind == q->limit.kind && q->extensions[i].by.amount > 0)
            sum += q->extensions[i].by.amount;
    return sum > BUDGET_FAR ? BUDGET_FAR : (int32_t)sum;
}

struct stretch {
    int32_t from, to;
};

/*
 * The first suspended stretch after the day `done`, as far as one pause reaches.  Asking again with
 * its last day gives the next, so overlapping pauses are gone through once and in order, without
 * sorting; pauses are few.
 */
static bool next_stretch(const struct due_question *q, int32_t done, struct stretch *ret)
{
    bool found = false;

    for (size_t i = 0; i < q->pause_count; i++) {
        const struct pause *p = &q->pauses[i];
        int32_t to = near(p->to == DAY_NONE ? q->today : p->to);
        int32_t from = near(p->from) > done ? near(p->from) : done + 1;

        if (to < from || p->from == DAY_NONE)
            continue;
        if (!found || from < ret->from || (from == ret->from && to > ret->to)) {
            *ret = (struct stretch){from, to};
            found = true;
        }
    }
    return found;
}

int32_t due_countable(const struct calendar *calendar, const struct due_question *question,
                      int32_t from, int32_t to)
{
    if (to <= from)
        return 0;
    if (question->limit.kind == LIMIT_WORKING_DAYS)
        return calendar_working_days_between(calendar, from, to);
    return to - from;
}

int32_t due_suspended(const struct calendar *calendar, const struct due_question *question,
                      int32_t from, int32_t to)
{
    struct stretch s;
    int32_t sum = 0;

    for (int32_t done = from; next_stretch(question, done, &s) && s.from <= to; done = s.to)
        sum += due_countable(calendar, question, s.from - 1, s.to < to ? s.to : to);
    return sum;
}

/* The last day of a limit in days or months, before the roll.  Suspended days that lie behind the
 * end found so far are countable too once the end has moved there, so each stretch that begins in
 * time moves it by all of its countable days. */
static int32_t last_day(const struct calendar *calendar, const struct due_question *q)
{
    bool working = q->limit.kind == LIMIT_WORKING_DAYS;
    int32_t start = start_day(q), amount = budget(q), end;
    struct stretch s;

    if (working)
        end = calendar_add_working_days(calendar, start, amount);
    else if (q->limit.kind == LIMIT_MONTHS)
        end = day_add_months(start, amount);
    else
        end = start + amount;
    for (int32_t done = start; next_stretch(q, done, &s) && s.from <= end; done = s.to) {
        int32_t out = due_countable(calendar, q, s.from - 1, s.to);
        end = working ? calendar_add_working_days(calendar, end, out) : end + out;
    }
    return end;
}

/* The exact end of a limit in hours.  The starting day counts from the start on, so it can be
 * suspended too. */
static int64_t last_moment(const struct due_question *q)
{
    int64_t end = q->start + budget(q) * HOUR_MS;
    struct stretch s;

    for (int32_t done = start_day(q) - 1; next_stretch(q, done, &s) && day_start(s.from) < end;
         done = s.to) {
        int64_t from = day_start(s.from) > q->start ? day_start(s.from) : q->start;
        end += day_start(s.to + 1) - from;
    }
    return end;
}

/* Does a pause without an end hold the limit? */
static bool held(const struct due_question *q, const struct due *due)
{
    for (size_t i = 0; i < q->pause_count; i++) {
        const struct pause *p = &q->pauses[i];

        if (p->to != DAY_NONE || p->from == DAY_NONE || p->from > q->today)
            continue;
        if (due->by_hour ? day_start(near(p->from)) < due->legal_at : p->from <= due->last_day)
            return true;
    }
    return false;
}

static void end_by_hour(const struct due_question *q, struct due *due)
{
    due->by_hour = true;
    due->legal_at = due->safe_at = last_moment(q);
    due->last_day = due->legal_day = due->safe_day = day_of(due->legal_at);
    due->running = held(q, due);
}

static void end_by_day(const struct calendar *calendar, const struct due_question *q,
                       struct due *due)
{
    int32_t last = last_day(calendar, q);

    /* The first working day on or after the last day: where it is one, the last day itself. */
    due->last_day = last;
    due->legal_day = calendar_add_working_days(calendar, last - 1, 1);
    due->safe_day = calendar_add_working_days(calendar, last, 0);
    if (due->safe_day < start_day(q))
        due->safe_day = due->legal_day;
    due->provisional = calendar_provisional(calendar, due->legal_day);
    due->running = held(q, due);
}

struct due due_compute(const struct calendar *calendar, const struct due_question *question)
{
    struct due due = {.calendar_version = calendar_version(calendar)};

    switch (question->limit.kind) {
    case LIMIT_NONE:
        due.last_day = due.legal_day = due.safe_day = DAY_NONE;
        return due;
    case LIMIT_HOURS:
        end_by_hour(question, &due);
        return due;
    case LIMIT_SAME_DAY:
        due.last_day = due.legal_day = due.safe_day = start_day(question);
        break;
    case LIMIT_WORKING_DAYS:
    case LIMIT_CALENDAR_DAYS:
    case LIMIT_MONTHS:
        end_by_day(calendar, question, &due);
        break;
    }
    due.legal_at = day_start(due.legal_day + 1);
    due.safe_at = day_start(due.safe_day + 1);
    return due;
}
