/*
 * days.c - who comes on a day and when, and when people are at work.  All of it follows from the
 * seed and the day, so that nothing of it has to be remembered.
 */
#include <stdlib.h>

#include "simulate/simulate_private.h"

enum { LEAVE_DAYS = 7, YEAR_DAYS = 365 };

static int by_moment(const void *a, const void *b)
{
    const struct sim_arrival *x = a, *y = b;

    return x->at != y->at ? (x->at > y->at) - (x->at < y->at)
                          : (x->number > y->number) - (x->number < y->number);
}

/* Percent of a usual day.  Before and after holidays more come, on some days far more. */
static int64_t weight_of(const struct sim *sim, int32_t day)
{
    const struct sim_habits *habits = &sim->habits;
    const struct calendar *calendar = sim->demo.calendar;
    struct dice dice = dice_of(sim->options->seed, day, 71);
    bool rest = calendar_kind(calendar, day) == DAY_REST;
    int64_t weight = habits->weekday[day_weekday(day)];

    if (rest)
        return habits->weekday[7];
    if (weight <= habits->weekday[7]) /* a weekend that works */
        weight = habits->weekday[5];
    if (calendar_kind(calendar, day - 1) == DAY_REST &&
        calendar_kind(calendar, day - 3) == DAY_REST)
        weight = weight * 125 / 100;
    if (dice_percent(&dice, (int)habits->overload_percent))
        weight = weight * habits->overload_times / 100;
    return weight * (90 + dice_below(&dice, 21)) / 100;
}

static int64_t moment_of(const struct sim *sim, int32_t day, struct dice *dice)
{
    int64_t left = 0;
    int hour = 0;

    for (int i = 0; i < 24; i++)
        left += sim->habits.hours[i];
    left = dice_below(dice, left);
    while (hour < 23 && (left -= sim->habits.hours[hour]) >= 0)
        hour++;
    return day_start(day) + hour * (int64_t)HOUR_MS + dice_below(dice, HOUR_MS);
}

/* On days off there is the web and the telephone; and the web has no hours. */
static struct sim_arrival one_arrival(const struct sim *sim, int32_t day, int64_t number,
                                      struct dice *dice)
{
    struct sim_arrival arrival = {moment_of(sim, day, dice), number, CHANNEL_WINDOW};
    bool rest = calendar_kind(sim->demo.calendar, day) == DAY_REST;
    int64_t left = 0;

    for (int i = 0; i < CHANNEL_COUNT; i++)
        left += sim->habits.channels[i];
    left = dice_below(dice, left);
    while (arrival.channel < CHANNEL_COUNT - 1 &&
           (left -= sim->habits.channels[arrival.channel]) >= 0)
        arrival.channel++;
    if (rest)
        arrival.channel = dice_percent(dice, 70) ? CHANNEL_WEB : CHANNEL_HOTLINE;
    if (arrival.channel == CHANNEL_WEB)
        arrival.at = day_start(day) + 7 * (int64_t)HOUR_MS + dice_below(dice, 16 * HOUR_MS);
    return arrival;
}

/* All matters are spread over the days by their weights; the rounding is carried along, so that the
 * sum is exact. */
void sim_make_arrivals(struct sim *sim)
{
    int32_t first = (int32_t)sim->options->first_day, day = first + (int32_t)sim->head->day;
    int64_t all = 0, before = 0;

    for (int32_t d = first; d < first + sim->options->window; d++)
        all += weight_of(sim, d);
    for (int32_t d = first; d < day; d++)
        before += weight_of(sim, d);
    int64_t from = all ? sim->options->matters * before / all : 0;
    int64_t to = all ? sim->options->matters * (before + weight_of(sim, day)) / all : 0;

    if ((size_t)(to - from) > sim->arrival_room) {
        sim->arrival_room = (size_t)(to - from) * 2 + 1024;
        sim->arrivals = NEW(sim->t, struct sim_arrival, sim->arrival_room);
    }
    sim->arrival_count = (size_t)(to - from);
    struct dice dice = dice_of(sim->options->seed, day, 72);
    for (int64_t i = from; i < to; i++)
        sim->arrivals[i - from] = one_arrival(sim, day, i + 1, &dice);
    qsort(sim->arrivals, sim->arrival_count, sizeof *sim->arrivals, by_moment);
}

/* Two weeks of leave a year, and illness that takes one to three days. */
bool sim_absent(const struct sim *sim, int staff, int32_t day)
{
    struct dice leave = dice_of(sim->options->seed, staff, 1000 + day / YEAR_DAYS);
    int32_t in_year = day % YEAR_DAYS;

    for (int i = 0; i < sim->habits.leave; i++) {
        int32_t from = (int32_t)dice_below(&leave, YEAR_DAYS - LEAVE_DAYS);

        if (in_year >= from && in_year < from + LEAVE_DAYS)
            return true;
    }
    for (int32_t back = 0; back < 3; back++) {
        struct dice sick = dice_of(sim->options->seed, staff, 100000 + day - back);

        if (dice_below(&sick, 1000) < sim->habits.sick && dice_below(&sick, 3) >= back)
            return true;
    }
    return false;
}

int64_t sim_at_work(struct sim *sim, int staff, int64_t moment)
{
    enum { DAYS_MOST = 60 };
    int64_t at = demo_working_moment(&sim->demo, moment);

    for (int i = 0; i < DAYS_MOST && sim_absent(sim, staff, day_of(at)); i++)
        at = demo_working_moment(&sim->demo, day_start(day_of(at) + 1) + 9 * (int64_t)HOUR_MS);
    return at;
}

int64_t sim_reserve(struct sim *sim, int staff, int64_t moment, int64_t ms)
{
    int64_t *free_at = &sim->head->free_at[staff];
    int64_t begins = sim_at_work(sim, staff, moment > *free_at ? moment : *free_at);

    *free_at = begins + ms;
    sim->head->figures.staff_busy[staff] += ms;
    return begins;
}
