/*
 * legal_time.h - working-day arithmetic: limits, pauses, the calendar, and why a date is that date.
 *
 * A limit is an amount and a kind of day:
 *
 *   working days    the N-th working day after the starting day; make-up Saturdays and Sundays
 * work. calendar days   the N-th day after the starting day, rest days included.  When that last
 * day is a rest day the limit ends with the next working day (Civil Code 203): it rolls. months the
 * corresponding day N months later, or the last day of that month (202); rolls. hours clock hours,
 * night and rest days included, to the exact moment.  Does not roll: 201 and 203 give the next-day
 * rules to days, months and years only. same day        until 24:00 of the starting day, whatever
 * day that is.  Nothing moves it.
 *
 * The starting day is never counted (201); an hour limit begins at the stated moment.  The last day
 * runs until 24:00 (203), so `legal_at` is 00:00 +08:00 of the day after.
 *
 * A pause names the first suspended day and the last, both included, in any order, overlapping as
 * they like.  It takes out the days that the limit would have counted, each once: working days of a
 * working-day limit, all days of a calendar or month limit (the month is first turned into the days
 * up to its corresponding day), all hours of the day of an hour limit.  Hence:
 *   - the starting day, not counted, is not suspended either (but for hours, which count in it);
 *   - days before the start do not matter;
 *   - a pause that begins after the budget is spent moves nothing, also when the last day has
 * rolled: rolling grants no day that could be suspended;
 *   - before the roll, a pause moves the end by exactly the suspended countable days;
 *   - a pause without an end counts up to `today`, and the result is as of today.
 * A pause that ends before it begins suspends nothing.
 *
 * An extension of the limit's own kind adds to the budget (1 month + 1 month is the corresponding
 * day two months later, not twice a month's days).  One of another kind cannot be added and is left
 * out; the explanation says so, the check of a procedure refuses it.
 *
 * Two results.  `legal`: the last day, after the roll.  `safe`: the last working day not after the
 * last day before the roll, so that whoever meets it is in time even for somebody who does not
 * roll. It may be the starting day, never one before: when no working day is left within the limit,
 * safe is the legal day.  An hour or same-day limit has nothing to roll, so safe is legal.
 *
 * A calendar is a list of exceptions to "Monday to Friday work": State Council notices plus a
 * tenant's own days.  Days after its last published year are provisional: weekends rest, everything
 * else works, and every result that had to ask what such a day is is marked provisional.  Hours and
 * same days never ask.  All sums are look-ups in prefix tables; outside the tables weeks are
 * counted.
 */
#ifndef CORE_LEGAL_TIME_H
#define CORE_LEGAL_TIME_H

#include "core/shape.h"
#include "core/str.h"
#include "core/time.h"

enum limit_kind {
    LIMIT_NONE,
    LIMIT_WORKING_DAYS,
    LIMIT_CALENDAR_DAYS,
    LIMIT_HOURS,
    LIMIT_MONTHS,
    LIMIT_SAME_DAY
};

struct limit {
    enum limit_kind kind;
    int32_t amount; /* 1..LIMIT_AMOUNT_MAX; 0 for LIMIT_SAME_DAY and LIMIT_NONE */
};

enum { LIMIT_AMOUNT_MAX = 3650 };

/* "20 working days", "7 calendar days", "24 hours", "1 months", "same day"; the singular is
 * accepted too.  A bare "days" is refused.  On failure *ret_why is a Chinese sentence (static). */
bool limit_parse(struct str text, struct limit *ret_limit, const char **ret_why);
struct str limit_text(struct task *t, struct limit limit); /* as written above */
struct str limit_text_zh(struct task *t,
                         struct limit limit); /* 20 个工作日; 7 日（自然日）; 当日 */

enum day_kind { DAY_WORKING, DAY_REST };

struct calendar; /* immutable once made; shared between threads */

enum { CALENDAR_FIRST_YEAR = 2010, CALENDAR_LAST_YEAR = 2060 };

struct calendar_day {
    int32_t day;
    enum day_kind kind;
    struct str name; /* 国庆节; may be empty */
};

/* Make a calendar from exceptions (any order of days; of two for one day the later entry wins; days
 * outside FIRST_YEAR..LAST_YEAR are left out).  `published_until` is the last day that a State
 * Council notice covers.  Not in an arena: calendar_free() it.  NULL when memory ran out. */
struct calendar *calendar_make(const struct calendar_day *days, size_t n, int32_t published_until,
                               int32_t version);
void calendar_free(struct calendar *calendar);
int32_t calendar_version(const struct calendar *calendar);
int32_t calendar_published_until(const struct calendar *calendar);
/* The first day that has an exception: before it only weekends are known.  DAY_NONE: none has. */
int32_t calendar_published_from(const struct calendar *calendar);
enum day_kind calendar_kind(const struct calendar *calendar, int32_t day);
bool calendar_provisional(const struct calendar *calendar, int32_t day);
/* The name of an exception, empty for a plain day; lives as long as the calendar. */
struct str calendar_name(const struct calendar *calendar, int32_t day);
/* Is the day an exception: a rest day Monday to Friday, or a working weekend? */
bool calendar_exception(const struct calendar *calendar, int32_t day);
/* Working days in (from, to]; negative when to < from: those in (to, from]. */
int32_t calendar_working_days_between(const struct calendar *calendar, int32_t from, int32_t to);
/* The n-th working day after `day`; n = 0: the last working day not after it. */
int32_t calendar_add_working_days(const struct calendar *calendar, int32_t day, int32_t n);

/* The file format of data/holidays-cn.json: {"years": {"2026": {"papers": [...], "days":
 * {"2026-01-01": "off" | "work"}, "names": {"2026-01-01": "元旦"}}}}.  Other members are left
 * alone.  Years are read in order, so what a later year says about a day of an earlier one wins.
 * *ret_published_until is the end of the last year in an unbroken row of years with days; DAY_NONE
 * when no year has any. ERR_BAD_INPUT with a field error for each entry that is wrong. */
MUST_USE enum err calendar_read_holidays(struct task *t, struct str json,
                                         struct calendar_day **ret_days, size_t *ret_count,
                                         int32_t *ret_published_until);
/* The national calendar that the program was built with (data/holidays-cn.json). */
struct str calendar_shipped(void);

/* Calendars shared by all threads until the program ends, found by a hash of what they were made of
 * (KEY_BYTES of the caller's choice).  Keeping one gives back the one that is shared from now on:
 * the given one, or, when another thread was faster, its equal, and the given one is freed. */
enum { CALENDAR_KEY_BYTES = 32 };
const struct calendar *calendar_shared(const unsigned char key[CALENDAR_KEY_BYTES]);
const struct calendar *calendar_share(const unsigned char key[CALENDAR_KEY_BYTES],
                                      struct calendar *calendar);

struct pause {
    int32_t from, to; /* both included; DAY_NONE in `to`: still running, counted up to `today` */
    struct str reason, law;
};

struct extension {
    struct limit by; /* same kind as the limit */
    struct str reason, law, approver;
};

struct due_question {
    int64_t start; /* the event that starts the limit */
    struct limit limit;
    const struct pause *pauses;
    size_t pause_count;
    const struct extension *extensions;
    size_t extension_count;
    int32_t today;  /* for running pauses and the explanation; DAY_NONE: not known */
    struct str law; /* cited in the explanation; may be empty */
};

struct due_step { /* one line of the explanation */
    struct str what, how, law;
};
extern const struct shape due_step_shape;

struct due_day {          /* one box of the strip */
    int32_t day;          /* DAY_NONE: the box that stands for weeks left out */
    struct str label;     /* 起, 1..n, 暂停, 休, 止; hours: 14 时; 略 21 日 */
    struct str mark;      /* 稳妥, 法定, 今天 joined by a blank; may be empty */
    struct str kind;      /* CSS classes: one of start count pause end none gap, then rest
                                 is-safe is-legal is-today where they apply */
    struct str short_day; /* 10-14 三 */
};
extern const struct shape due_day_shape;
enum { STRIP_BOXES_MAX = 31 };

struct due {
    int32_t last_day;            /* before the roll */
    int32_t legal_day, safe_day; /* all three DAY_NONE for LIMIT_NONE */
    int64_t
        legal_at; /* the first moment that is too late; for hours the exact end; 0 for LIMIT_NONE */
    int64_t safe_at;
    bool by_hour; /* the time of day matters */
    bool provisional;
    bool running; /* a pause is still running and holds the limit: dates are as of today */
    int32_t calendar_version;
};

struct due due_compute(const struct calendar *calendar, const struct due_question *question);
/* Days in (from, to] that the limit would have counted, and those of them that are suspended.
 * Hours: days. */
int32_t due_countable(const struct calendar *calendar, const struct due_question *question,
                      int32_t from, int32_t to);
int32_t due_suspended(const struct calendar *calendar, const struct due_question *question,
                      int32_t from, int32_t to);
/* Line by line why: 起算 期限 延长 已数 暂停 届满 稳妥日, and 暂定 when provisional. */
struct list due_explain(struct task *t, const struct calendar *calendar,
                        const struct due_question *question, const struct due *due);
/* The days from the start to the legal day; beyond STRIP_BOXES_MAX whole weeks in the middle are
 * left out and *ret_cut is set. */
struct list due_strip(struct task *t, const struct calendar *calendar,
                      const struct due_question *question, const struct due *due, bool *ret_cut);

#endif
