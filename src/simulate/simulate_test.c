/* What the simulator rests on: order of time, percentiles, a day's arrivals, the state's files. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/calendar_fixture.h"
#include "core/test.h"
#include "install.h"
#include "install_private.h"
#include "simulate/simulate_private.h"

static struct task task;
static struct sim *sim;
static struct simulate_options options;
static struct app app;
static char folder[64];

static int set_up(void **state)
{
    (void)state;
    task_begin(&task, NULL, 0, (size_t)2 * TASK_BUDGET);
    strcpy(folder, "/tmp/yimen-simulate-XXXXXX");
    assert_non_null(mkdtemp(folder));
    app = (struct app){.data = folder};
    options = (struct simulate_options){.seed = 7,
                                        .days = 30,
                                        .window = 30,
                                        .matters = 1234,
                                        .first_day = day_from_civil(2025, 9, 15)};
    sim = NEW(&task, struct sim, 1);
    *sim = (struct sim){.t = &task, .app = &app, .options = &options};
    sim->head = NEW(&task, struct sim_head, 1);
    assert_int_equal(sim_state_room(sim), OK);
    assert_int_equal(sim_state_make(sim), OK);
    return 0;
}

static int tear_down(void **state)
{
    char path[128];

    (void)state;
    for (int i = 0; i < 2; i++) {
        snprintf(path, sizeof path, "%s/simulate.%d", folder, i);
        unlink(path);
    }
    rmdir(folder);
    task_end(&task);
    return 0;
}

static void the_earliest_comes_first(void **state)
{
    struct sim_walker w;
    int64_t last = 0, n = 0;

    (void)state;
    for (int64_t i = 0; i < 10000; i++) {
        w = (struct sim_walker){.next = i * 7919 % 10007, .order = i + 1};
        sim_push(sim, &w);
    }
    while (sim_pop_before(sim, 5000, &w)) {
        assert_true(w.next >= last && w.next < 5000);
        last = w.next;
        n++;
    }
    assert_true(n > 4900 && n < 5000);
    assert_int_equal(sim->head->walker_count, 10000 - n);
    assert_true(sim_next(sim) >= 5000);
}

static void percentiles_are_near_the_truth(void **state)
{
    struct sim_waits *waits = NEW(&task, struct sim_waits, 1);

    (void)state;
    for (int64_t minutes = 1; minutes <= 1000; minutes++)
        sim_wait(waits, minutes * MINUTE_MS);
    assert_true(sim_waits_mean(waits) > 500 && sim_waits_mean(waits) < 501);
    for (int p = 10; p <= 90; p += 40)
        assert_true(sim_waits_percentile(waits, p) > p * 10 * 0.9 &&
                    sim_waits_percentile(waits, p) < p * 10 * 1.1);
    sim_wait(waits, -5);
    sim_wait(waits, INT64_MAX / 2);
}

/* Without habits of its own a test says how many come: here the same on each day. */
static void all_matters_come_and_none_twice(void **state)
{
    char seen[1235] = {0};
    struct fixture fixture;
    int64_t n = 0;

    (void)state;
    sim->demo.t = &task;
    sim->demo.options = &sim->demo_options;
    fixture_begin(&fixture);
    sim->demo.calendar = fixture.calendar;
    for (int i = 1; i <= 7; i++)
        sim->habits.weekday[i] = i < 6 ? 100 : 10;
    sim->habits.overload_percent = 10;
    sim->habits.overload_times = 250;
    for (int i = 9; i < 17; i++)
        sim->habits.hours[i] = 1;
    for (int i = 0; i < CHANNEL_COUNT; i++)
        sim->habits.channels[i] = 1;
    for (sim->head->day = 0; sim->head->day < options.days; sim->head->day++) {
        sim_make_arrivals(sim);
        for (size_t i = 0; i < sim->arrival_count; i++) {
            const struct sim_arrival *arrival = &sim->arrivals[i];

            assert_int_equal(day_of(arrival->at), options.first_day + sim->head->day);
            assert_true(arrival->number >= 1 && arrival->number <= 1234 && !seen[arrival->number]);
            assert_true(!i || sim->arrivals[i - 1].at <= arrival->at);
            seen[arrival->number] = 1;
            n++;
        }
    }
    assert_int_equal(n, 1234);
    sim->demo.calendar = NULL;
    fixture_end(&fixture);
}

static void the_state_is_the_one_of_the_store(void **state)
{
    struct sim_walker w = {.next = 5, .order = 6};

    (void)state;
    assert_int_equal(sim_state_read(sim, 0), ERR_NOT_FOUND);
    for (int64_t serial = 1; serial <= 3; serial++) {
        sim->head->serial = serial;
        sim->head->mark = serial * 10;
        sim_push(sim, &w);
        assert_int_equal(sim_state_write(sim), OK);
        sim_state_commit(sim);
    }
    /* The transaction of the third did not happen: the second stands. */
    assert_int_equal(sim_state_read(sim, 20), OK);
    assert_int_equal(sim->head->serial, 2);
    assert_int_equal(sim->head->walker_count, 2);
    assert_int_equal(sim_state_read(sim, 30), OK);
    assert_int_equal(sim->head->serial, 3);
    assert_int_equal(sim_state_read(sim, 10), ERR_NOT_FOUND);
    options.seed = 8;
    assert_int_equal(sim_state_read(sim, 30), ERR_CONFLICT);
}

static void half_a_file_is_none(void **state)
{
    char path[128];

    (void)state;
    sim->head->serial = 2;
    sim->head->mark = 20;
    assert_int_equal(sim_state_write(sim), OK);
    snprintf(path, sizeof path, "%s/simulate.0", folder);
    assert_int_equal(sim_state_read(sim, 20), OK);
    assert_int_equal(truncate(path, (off_t)sizeof(struct sim_head) - 8), 0);
    assert_int_equal(sim_state_read(sim, 20), ERR_NOT_FOUND);
}

static void what_failed_is_as_before(void **state)
{
    struct sim_walker w = {.next = 5, .order = 6};

    (void)state;
    assert_int_equal(sim_state_write(sim), OK);
    sim_state_commit(sim);
    sim_push(sim, &w);
    sim->head->mark = 77;
    assert_int_equal(sim_state_write(sim), OK); /* and the commit fails */
    sim_state_restore(sim);
    assert_int_equal(sim->head->mark, 0);
    assert_int_equal(sim->head->walker_count, 0);
}

static void the_city_has_its_size(void **state)
{
    const struct profile *profile;
    struct list faults = {0};
    int departments = 0;

    (void)state;
    assert_int_equal(profile_read(&task, S("simulate"), simulate_profile(&task), &profile, &faults),
                     OK);
    LIST_EACH (struct profile_unit, unit, profile->units)
        departments += str_is(unit->unit.kind, "department");
    assert_int_equal(departments, 35);
    assert_int_equal(profile->people.count, 327);
}

int main(void)
{
#define CASE(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        CASE(the_earliest_comes_first),
        CASE(percentiles_are_near_the_truth),
        CASE(all_matters_come_and_none_twice),
        CASE(the_state_is_the_one_of_the_store),
        CASE(half_a_file_is_none),
        CASE(what_failed_is_as_before),
        CASE(the_city_has_its_size),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
