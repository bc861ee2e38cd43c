/*
 * time.h - days and moments of the civil calendar.
 *
 * A moment is UTC milliseconds since 1970.  A day is a number of days since 1970-01-01 in Chinese
 * legal time (+08:00, whatever the host); DAY_NONE is no day, moment 0 no moment: both print as
 * nothing.  Only time_now() asks the clock, and only main, the server, the office and the log call
 * it: everything else uses task.now.
 */
#ifndef CORE_TIME_H
#define CORE_TIME_H

#include "core/str.h"

#define DAY_NONE     INT32_MIN
#define DAY_MS       ((int64_t)86400000)
#define LEGAL_OFFSET ((int64_t)8 * 3600 * 1000)

int64_t time_now(void);
int64_t time_monotonic_ns(void);

int32_t day_of(int64_t moment);
int64_t day_start(int32_t day); /* 00:00 +08:00 of that day */
int32_t day_from_civil(int year, int month, int day);
void day_to_civil(int32_t day, int *ret_year, int *ret_month, int *ret_day);
int day_weekday(int32_t day); /* 1 Monday ... 7 Sunday */
bool day_valid_civil(int year, int month, int day);
/* The same day of the month n months later, or the last day of that month (Civil Code 202). */
int32_t day_add_months(int32_t day, int months);

/* ISO text.  Parsing accepts exactly the written forms and refuses impossible dates. */
bool day_parse(struct str s, int32_t *ret_day); /* 2026-10-14 */
/* 2026-10-14T09:42, with optional :SS, .mmm and Z or +hh:mm; without a zone +08:00 is meant.
 * A blank instead of T is accepted. */
bool moment_parse(struct str s, int64_t *ret_moment);
struct str day_text(struct task *t, int32_t day);         /* 2026-10-14; "" for DAY_NONE */
struct str day_text_short(struct task *t, int32_t day);   /* 10-14 */
struct str day_text_zh(struct task *t, int32_t day);      /* 10 月 14 日（周三） */
struct str day_text_zh_full(struct task *t, int32_t day); /* 2026 年 10 月 14 日（星期三） */
struct str moment_text(struct task *t, int64_t moment);   /* 2026-10-14 09:42 */
struct str moment_text_short(struct task *t, int64_t moment); /* 10-14 09:42 */
struct str moment_text_zh(struct task *t, int64_t moment);    /* 10 月 14 日 09:42 */
struct str moment_rfc3339(struct task *t, int64_t moment);    /* 2026-10-14T09:42:00+08:00 */
const char *weekday_text(const struct task *t, int32_t day);  /* "周三", in the task's language */
const char *weekday_zh(int32_t day);                          /* "一" ... "日" */

/* The same without memory, for the writers that every page passes.  Return the length, 0 when
 * absent; nothing is terminated.  Years beyond 0..9999 are written as the nearest of these. */
enum { DAY_PRINT = 10, MOMENT_PRINT = 25 };
size_t day_print(char at[DAY_PRINT], int32_t day);          /* 2026-10-14 */
size_t moment_print(char at[MOMENT_PRINT], int64_t moment); /* 2026-10-14 09:42 */
size_t moment_print_rfc3339(char at[MOMENT_PRINT], int64_t moment);

#endif
