/*
 * legal_time.h - working-day arithmetic: limits, pauses, the calendar, and why a date is that date.
 *
 * A limit is an amount and a kind of day.  The starting day (hour) is not counted (Civil Code 201);
 * a limit in days or months whose last day is a rest day ends after the holiday (203); a month
 * ends on the corresponding day or the last of the month (202).
 *
 * A calendar is a list of exceptions to "Monday to Friday work": State Council notices plus a
 * tenant's own days.  Days after its last published year are provisional: weekends rest, everything
 * else works, and every result that looked at such a day is marked provisional.
 *
 * A pause names the first suspended day and the last, both included; only days that the limit would
 * have counted are taken out, overlapping pauses count once.  Before the roll-forward, a pause moves
 * the end by exactly the suspended countable days.  For a limit in hours the suspended whole days are
 * taken out hour by hour; a pause does not move a month limit's corresponding day but adds its
 * calendar days; `same day` is not moved.
 *
 * Two results: `legal`, the last day (after roll-forward), and `safe`, the last working day not after
 * the unrolled end, but not before the first counted day.  All sums are look-ups in prefix tables.
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
    int32_t amount; /* 1..3650; 0 for LIMIT_SAME_DAY and LIMIT_NONE */
};

/* "20 working days", "7 calendar days", "24 hours", "1 months" (or month), "same day".  A bare "days"
 * is refused.  On failure *ret_why is a Chinese sentence (static). */
bool limit_parse(struct str text, struct limit *ret_limit, const char **ret_why);
struct str limit_text(struct task *t, struct limit limit);    /* as written above */
struct str limit_text_zh(struct task *t, struct limit limit); /* 20 个工作日; 7 日（自然日）; 当日 */

enum day_kind { DAY_WORKING, DAY_REST };

struct calendar; /* immutable once made; shared between threads */

enum { CALENDAR_FIRST_YEAR = 2010, CALENDAR_LAST_YEAR = 2060 };

struct calendar_day {
    int32_t day;
    enum day_kind kind;
    struct str name; /* 国庆节; may be empty */
};

/* Make a calendar from exceptions (any order; a later entry wins).  `published_until` is the last
 * day that a State Council notice covers.  Not in an arena: calendar_free() it. */
struct calendar *calendar_make(const struct calendar_day *days, size_t n, int32_t published_until,
                               int32_t version);
void calendar_free(struct calendar *calendar);
int32_t calendar_version(const struct calendar *calendar);
int32_t calendar_published_until(const struct calendar *calendar);
enum day_kind calendar_kind(const struct calendar *calendar, int32_t day);
bool calendar_provisional(const struct calendar *calendar, int32_t day);
struct str calendar_name(const struct calendar *calendar, int32_t day); /* static memory */
/* Working days in (from, to]; negative when to < from. */
int32_t calendar_working_days_between(const struct calendar *calendar, int32_t from, int32_t to);
/* The n-th working day after `day`. */
int32_t calendar_add_working_days(const struct calendar *calendar, int32_t day, int32_t n);
/* The file format of data/holidays-cn.json. */
MUST_USE enum err calendar_read_holidays(struct task *t, struct str json, struct calendar_day **ret_days,
                                         size_t *ret_count, int32_t *ret_published_until);

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
    int32_t today; /* for running pauses */
    struct str law; /* cited in the explanation; may be empty */
};

struct due_step { /* one line of the explanation */
    struct str what, how, law;
};
extern const struct shape due_step_shape;

struct due_day { /* one box of the strip; at most 31, then weeks are left out and `strip_cut` is set */
    int32_t day;
    struct str label;    /* 起, 1..n, 暂停, 休, 止 */
    struct str mark;     /* 稳妥, 法定, 今天 joined by " "; may be empty */
    struct str kind;     /* start, count, pause, rest, end: a CSS class */
    struct str short_day; /* 10-14 三 */
};
extern const struct shape due_day_shape;

struct due {
    int32_t legal_day, safe_day;
    int64_t legal_at; /* the first moment that is too late; for hours the exact end */
    int64_t safe_at;
    bool by_hour; /* the time of day matters */
    bool provisional;
    bool running; /* a pause is still running: dates are as of today */
    int32_t calendar_version;
};

struct due due_compute(const struct calendar *calendar, const struct due_question *question);
/* Line by line why: start, limit, counted, pauses, extensions, roll-forward, safe day, provisional. */
struct list due_explain(struct task *t, const struct calendar *calendar,
                        const struct due_question *question, const struct due *due);
struct list due_strip(struct task *t, const struct calendar *calendar,
                      const struct due_question *question, const struct due *due, bool *ret_cut);

#endif
