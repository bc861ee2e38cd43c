/*
 * The green channel (K20): facts give the class, lists show it, and "next" takes one of the green
 * channel for two of the others, so that all move; an emergency (K19) comes before both.
 */
#include "modules/access/staff.h"
#include "world.h"

static struct act_done wait_at_the_desk(struct world *w, const struct actor *caller,
                                        const char *green)
{
    return world_create(
        w, caller,
        world_f(
            w,
            "{\"matter\":\"legal-consultation\",\"channel\":\"hotline\",\"subject\":\"等候\",\"content\":\"等候\","
            "\"parties\":[{\"role\":\"applicant\",\"identity\":{\"kind\":\"person\",\"name\":\"何小川\","
            "\"paper\":\"none\",\"phone\":\"13900004321\",\"green\":[%s]}}]}",
            green));
}

static int64_t next(struct world *w)
{
    world_post_json(w, "/orders/next", "{}");
    WORLD_STATUS(w, 200);
    return json_get_id(w->json, "id");
}

static void one_of_the_green_channel_for_two_others(void **state)
{
    struct world *w = *state;
    struct actor dispatcher = world_actor(w, "qinfeng", "dispatcher");
    struct act_done others[4], green[2];

    /* The dispatcher's post has no desk here: what they register waits for the lawyers. */
    for (int i = 0; i < 4; i++)
        others[i] = wait_at_the_desk(w, &dispatcher, "");
    for (int i = 0; i < 2; i++)
        green[i] = wait_at_the_desk(w, &dispatcher, "\"migrant-worker\"");
    assert_str(world_order(w, green[0].order).green, "migrant-worker");
    assert_int_equal(world_order(w, others[0].order).owner, 0);

    world_as(w, "wuhaitao");
    int64_t expected[] = {green[0].order, others[0].order, others[1].order,
                          green[1].order, others[2].order, others[3].order};
    for (size_t i = 0; i < 6; i++)
        assert_true(next(w) == expected[i]);
    world_post_json(w, "/orders/next", "{}");
    WORLD_STATUS(w, 404);
    world_verify(w);
}

static void an_emergency_comes_first(void **state)
{
    struct world *w = *state;
    struct actor dispatcher = world_actor(w, "qinfeng", "dispatcher");
    struct act_done plain = wait_at_the_desk(w, &dispatcher, "\"elderly\"");
    struct act_done urgent = wait_at_the_desk(w, &dispatcher, "");

    world_act(w, &dispatcher, urgent.order, "emergency",
              "{\"what\":\"当事人说要自残\",\"first_actions\":\"已请人陪同\"}");
    assert_true(world_order(w, urgent.order).emergency);
    world_as(w, "fangrui");
    assert_true(next(w) == urgent.order);
    assert_true(next(w) == plain.order);
    world_verify(w);
}

static void a_repeated_press_takes_one(void **state)
{
    struct world *w = *state;
    struct actor dispatcher = world_actor(w, "qinfeng", "dispatcher");
    struct act_done first = wait_at_the_desk(w, &dispatcher, ""),
                    second = wait_at_the_desk(w, &dispatcher, "");

    world_as(w, "wuhaitao");
    world_post_json_key(w, "/orders/next", "{}", "pressed-twice");
    world_post_json_key(w, "/orders/next", "{}", "pressed-twice");
    WORLD_STATUS(w, 200);
    assert_true(json_get_id(w->json, "id") == first.order);
    assert_int_equal(world_order(w, second.order).owner, 0);
}

static enum err suspend(struct task *t, void *arg)
{
    const struct actor *person = arg;
    struct actor system = system_actor;

    system.tenant = t->tenant;
    return staff_suspend(t, &system, person->staff, S("调查中"));
}

/* K18: who is suspended gets nothing, whichever door they try. */
static void a_suspended_person_takes_nothing(void **state)
{
    struct world *w = *state;
    struct actor dispatcher = world_actor(w, "qinfeng", "dispatcher"),
                 lawyer = world_actor(w, "fangrui", NULL);
    struct act_done waiting = wait_at_the_desk(w, &dispatcher, ""), done;

    assert_int_equal(store_write(&w->home, suspend, &lawyer), OK);
    assert_int_equal(order_next(&w->home, &lawyer, S(""), &done), ERR_FORBIDDEN);
    task_clear_error(&w->home);
    assert_int_equal(world_order(w, waiting.order).owner, 0);
    world_verify(w);
}

int main(void)
{
    return WORLD_TESTS(cmocka_unit_test(one_of_the_green_channel_for_two_others),
                       cmocka_unit_test(an_emergency_comes_first),
                       cmocka_unit_test(a_repeated_press_takes_one),
                       cmocka_unit_test(a_suspended_person_takes_nothing));
}
