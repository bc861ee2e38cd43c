#include <assert.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "core/legal_time.h"

/*
 * One row per day of the years there are.  rank[i] is the number of working days from the first day
 * up to and including day i, nth[r] the index of the day that is the (r+1)-th: a sum of working
 * days is a difference of ranks, the n-th working day one look-up.
 */
enum { TABLE_DAYS = 18628 }; /* 2010-01-01 to 2060-12-31 */

struct calendar {
    int32_t version, published_from, published_until;
    int32_t first; /* the day of row 0 */
    int32_t total; /* working days in the table */
    int32_t rank[TABLE_DAYS];
    int32_t nth[TABLE_DAYS];
    bool rest[TABLE_DAYS];
    uint32_t name_at[TABLE_DAYS];
    uint8_t name_len[TABLE_DAYS];
    char names[];
};

static bool weekend(int32_t day)
{
    return day_weekday(day) >= 6;
}

static bool in_table(const struct calendar *c, int32_t day)
{
    return day >= c->first && day < c->first + TABLE_DAYS;
}

static void fill_ranks(struct calendar *c)
{
    for (int32_t i = 0; i < TABLE_DAYS; i++) {
        if (!c->rest[i])
            c->nth[c->total++] = i;
        c->rank[i] = c->total;
    }
}

struct calendar *calendar_make(const struct calendar_day *days, size_t n, int32_t published_until,
                               int32_t version)
{
    size_t text = 0;

    for (size_t i = 0; i < n; i++)
        text += days[i].name.len;
    if (text > UINT32_MAX)
        return NULL;
    struct calendar *c = calloc(1, sizeof *c + text);
    if (!c)
        return NULL;
    c->version = version;
    c->published_from = DAY_NONE;
    c->published_until = published_until;
    c->first = day_from_civil(CALENDAR_FIRST_YEAR, 1, 1);
    assert(c->first + TABLE_DAYS == day_from_civil(CALENDAR_LAST_YEAR + 1, 1, 1));
    for (int32_t i = 0; i < TABLE_DAYS; i++)
        c->rest[i] = weekend(c->first + i);

    size_t used = 0;
    for (size_t i = 0; i < n; i++) {
        if (!in_table(c, days[i].day))
            continue;
        int32_t at = days[i].day - c->first;
        size_t len = days[i].name.len <= UINT8_MAX ? days[i].name.len : 0;
        c->rest[at] = days[i].kind == DAY_REST;
        c->name_at[at] = (uint32_t)used;
        c->name_len[at] = (uint8_t)len;
        if (len)
            memcpy(c->names + used, days[i].name.at, len);
        used += len;
        if (c->published_from == DAY_NONE || days[i].day < c->published_from)
            c->published_from = days[i].day;
    }
    fill_ranks(c);
    return c;
}

void calendar_free(struct calendar *calendar)
{
    free(calendar);
}

int32_t calendar_version(const struct calendar *calendar)
{
    return calendar->version;
}

int32_t calendar_published_until(const struct calendar *calendar)
{
    return calendar->published_until;
}

int32_t calendar_published_from(const struct calendar *calendar)
{
    return calendar->published_from;
}

enum day_kind calendar_kind(const struct calendar *calendar, int32_t day)
{
    bool rest = in_table(calendar, day) ? calendar->rest[day - calendar->first] : weekend(day);

    return rest ? DAY_REST : DAY_WORKING;
}

bool calendar_provisional(const struct calendar *calendar, int32_t day)
{
    return day > calendar->published_until;
}

struct str calendar_name(const struct calendar *calendar, int32_t day)
{
    if (!in_table(calendar, day))
        return (struct str){0};
    int32_t at = day - calendar->first;
    return (struct str){calendar->names + calendar->name_at[at], calendar->name_len[at]};
}

bool calendar_exception(const struct calendar *calendar, int32_t day)
{
    return (calendar_kind(calendar, day) == DAY_REST) != weekend(day);
}

/* Monday to Friday: how many there are up to and including the day, counted from a Monday long ago
 * (negative before it), and the day that is the k-th. */
static int32_t weekdays_up_to(int32_t day)
{
    int32_t in_week = day_weekday(day);
    int32_t weeks = (day + 3 - (in_week - 1)) / 7; /* exact: the numerator is a Monday's */

    return weeks * 5 + (in_week < 5 ? in_week : 5);
}

static int32_t weekday_number(int32_t k)
{
    int32_t weeks = (k - 1) / 5;
    int32_t rest = (k - 1) % 5;

    if (rest < 0) {
        rest += 5;
        weeks--;
    }
    return weeks * 7 + rest - 3;
}

static int32_t rank_of(const struct calendar *c, int32_t day)
{
    if (day < c->first)
        return weekdays_up_to(day) - weekdays_up_to(c->first - 1);
    int32_t last = c->first + TABLE_DAYS - 1;
    if (day > last)
        return c->total + weekdays_up_to(day) - weekdays_up_to(last);
    return c->rank[day - c->first];
}

/* The working day with that rank. */
static int32_t day_of_rank(const struct calendar *c, int32_t rank)
{
    if (rank <= 0)
        return weekday_number(rank + weekdays_up_to(c->first - 1));
    if (rank > c->total)
        return weekday_number(rank - c->total + weekdays_up_to(c->first + TABLE_DAYS - 1));
    return c->first + c->nth[rank - 1];
}

int32_t calendar_working_days_between(const struct calendar *calendar, int32_t from, int32_t to)
{
    return rank_of(calendar, to) - rank_of(calendar, from);
}

int32_t calendar_add_working_days(const struct calendar *calendar, int32_t day, int32_t n)
{
    return day_of_rank(calendar, rank_of(calendar, day) + n);
}

/* Shared calendars.  Few are ever made (one for each loaded version), none is taken back, because a
 * task may still count with it. */
struct shared {
    struct shared *next;
    unsigned char key[CALENDAR_KEY_BYTES];
    struct calendar *calendar;
};

static pthread_mutex_t shared_lock = PTHREAD_MUTEX_INITIALIZER;
static struct shared *shared_list;

static const struct calendar *find_shared(const unsigned char key[CALENDAR_KEY_BYTES])
{
    for (const struct shared *s = shared_list; s; s = s->next)
        if (memcmp(s->key, key, CALENDAR_KEY_BYTES) == 0)
            return s->calendar;
    return NULL;
}

const struct calendar *calendar_shared(const unsigned char key[CALENDAR_KEY_BYTES])
{
    pthread_mutex_lock(&shared_lock);
    const struct calendar *found = find_shared(key);
    pthread_mutex_unlock(&shared_lock);
    return found;
}

const struct calendar *calendar_share(const unsigned char key[CALENDAR_KEY_BYTES],
                                      struct calendar *calendar)
{
    struct shared *fresh = malloc(sizeof *fresh);

    pthread_mutex_lock(&shared_lock);
    const struct calendar *found = find_shared(key);
    if (!found && fresh) {
        memcpy(fresh->key, key, CALENDAR_KEY_BYTES);
        fresh->calendar = calendar;
        fresh->next = shared_list;
        shared_list = fresh;
        found = calendar;
        fresh = NULL;
        calendar = NULL;
    }
    pthread_mutex_unlock(&shared_lock);
    free(fresh);
    calendar_free(calendar);
    return found;
}
