/*
 * The example city (the "example city"; K1, K2): played with a fixed seed it keeps every
 * invariant, visits every step of every procedure, and is nobody else's.
 */
#include "demo.h"
#include "world.h"

/* Steps that no matter of the shipped catalogue leads to: what it asks for has no required
 * material, so that nothing can be missing. */
static const char *const without_materials[] = {"legislation-collection/correcting",
                                                "legislation-collection/lapsed", NULL};

static int set_up(void **state)
{
    /* Install, then three months of work up to the day of the tests. */
    return world_set_up_at(state, TEST_NOW - 93 * DAY_MS);
}

static bool excused(struct str procedure, struct str step)
{
    for (const char *const *name = without_materials; *name; name++) {
        struct str rest = str_of(*name), head;

        if (str_cut(&rest, '/', &head) && str_eq(head, procedure) && str_eq(rest, step))
            return true;
    }
    return false;
}

static void every_step_is_visited_and_every_invariant_holds(void **state)
{
    struct world *w = *state;
    struct demo_options options = {.orders = 1, .seed = 7, .days = 92, .now = TEST_NOW};
    struct demo_report report;
    int missing = 0;
    struct task t;

    task_begin(&t, w->app.store, w->now, (size_t)4 * TASK_BUDGET);
    t.tenant = w->tenant;
    enum err e = demo_play(&t, &options, &report);
    if (e)
        fail_msg("%s: %.*s", err_word(e), STR_ARG(t.note));
    LIST_EACH (struct str, line, report.trouble_lines)
        print_error("refused: %.*s\n", STR_ARG(*line));
    LIST_EACH (struct demo_visit, visit, report.visits) {
        if (visit->times || excused(visit->procedure, visit->step))
            continue;
        print_error("not visited: %.*s/%.*s\n", STR_ARG(visit->procedure), STR_ARG(visit->step));
        missing++;
    }
    assert_int_equal(report.troubles, 0);
    assert_int_equal(missing, 0);
    assert_int_equal(report.picks.count, 3);
    assert_true(report.orders >= 200);
    task_end(&t);
    w->now = TEST_NOW;
    world_verify(w);
}

static void another_tenant_sees_nothing_of_it(void **state)
{
    struct world *w = *state;

    world_as(w, "zhaoming");
    world_get_json(w, "/orders?view=subtree");
    WORLD_STATUS(w, 200);
    WORLD_SAYS(w, "LJ0");

    world_second_tenant(w);
    int64_t first = w->tenant;
    w->tenant = w->other_tenant;
    w->host = S("other.test");
    world_as(w, "centre");
    world_get_json(w, "/orders?view=subtree&status=all");
    WORLD_STATUS(w, 200);
    assert_false(world_says(w, "LJ0"));
    world_verify(w);
    w->tenant = first;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_step_is_visited_and_every_invariant_holds),
        cmocka_unit_test(another_tenant_sees_nothing_of_it),
    };

    return cmocka_run_group_tests(tests, set_up, world_tear_down);
}
