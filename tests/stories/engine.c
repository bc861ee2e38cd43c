/*
 * The machine room: one act is one event; a repeated key acts once; a stale page is told; the chain
 * finds what was tampered with; tenants do not see each other (K13, K15, design 1).
 */
#include "world_rows.h"

#include <stdio.h>
#include <string.h>

static int64_t make(struct world *w)
{
    world_as(w, "wuhaitao");
    world_post_json(w, "/orders", WORLD_CONSULTATION);
    WORLD_STATUS(w, 201);
    return json_get_id(w->json, "id");
}

static void a_repeated_key_acts_once(void **state)
{
    struct world *w = *state;

    world_as(w, "wuhaitao");
    world_post_json_key(w, "/orders", WORLD_CONSULTATION, "key-number-one");
    WORLD_STATUS(w, 201);
    int64_t id = json_get_id(w->json, "id");
    world_post_json_key(w, "/orders", WORLD_CONSULTATION, "key-number-one");
    assert_true(w->status == 200 || w->status == 201);
    assert_true(json_get_id(w->json, "id") == id);
    assert_true(json_get_bool(w->json, "replayed"));
    /* The code is shown once: a replay does not give it again. */
    assert_int_equal(json_get_str(w->json, "code").len, 0);

    const char *act = world_f(w, "/orders/%lld/act/note", (long long)id);
    world_post_json_key(w, act, "{\"text\":\"已看材料\"}", "key-number-two");
    WORLD_STATUS(w, 200);
    world_post_json_key(w, act, "{\"text\":\"已看材料\"}", "key-number-two");
    WORLD_STATUS(w, 200);
    assert_int_equal(world_order(w, id).version, 2);
    world_verify(w);
}

static void the_same_key_with_other_content_is_refused(void **state)
{
    struct world *w = *state;
    int64_t id = make(w);
    const char *act = world_f(w, "/orders/%lld/act/note", (long long)id);

    world_post_json_key(w, act, "{\"text\":\"甲\"}", "key-number-three");
    WORLD_STATUS(w, 200);
    world_post_json_key(w, act, "{\"text\":\"乙\"}", "key-number-three");
    WORLD_STATUS(w, 409);
    assert_int_equal(world_order(w, id).version, 2);
}

static void a_stale_page_is_told_what_happened(void **state)
{
    struct world *w = *state;
    int64_t id = make(w);
    const char *act = world_f(w, "/orders/%lld/act/note", (long long)id);

    world_post_json(w, act, "{\"text\":\"先到\",\"_version\":1}");
    WORLD_STATUS(w, 200);
    world_post_json(w, act, "{\"text\":\"后到\",\"_version\":1}");
    WORLD_STATUS(w, 409);
    /* On the page: what changed stands beside what was typed. */
    world_post(w, world_f(w, "/orders/%lld/act/note", (long long)id),
               world_f(w, "_version=1&text=%s", world_escape(w, "打了一半的话")));
    WORLD_STATUS(w, 409);
    WORLD_SAYS(w, "打了一半的话");
    WORLD_SAYS(w, "先到");
}

static void an_action_of_another_step_is_a_conflict(void **state)
{
    struct world *w = *state;
    int64_t id = make(w);

    world_post_json(w, world_f(w, "/orders/%lld/act/archive", (long long)id), "{}");
    WORLD_STATUS(w, 409);
    world_post_json(w, world_f(w, "/orders/%lld/act/no-such-thing", (long long)id), "{}");
    assert_true(w->status == 404 || w->status == 409);
}

static void run_sql(struct world *w, const char *sql)
{
    assert_true(world_sql(w, sql) > 0);
}

static size_t findings(struct world *w)
{
    struct task t;
    struct list found;
    int64_t orders, events;

    task_begin(&t, w->app.store, w->now, TASK_BUDGET);
    t.tenant = w->tenant;
    assert_int_equal(order_verify(&t, NULL, &found, &orders, &events), OK);
    size_t n = found.count;
    task_end(&t);
    return n;
}

/* Each way of tampering, and its undoing. */
static void tampering_is_found(void **state)
{
    struct world *w = *state;
    int64_t id = make(w);
    struct actor lawyer = world_actor(w, "wuhaitao", NULL);

    world_act(w, &lawyer, id, "note", "{\"text\":\"一\"}");
    world_act(w, &lawyer, id, "note", "{\"text\":\"二\"}");
    assert_int_equal(findings(w), 0);
    static const struct {
        const char *spoil, *mend;
    } rows[] = {
        {"UPDATE event SET occurred_at = occurred_at - 1 WHERE order_id = %lld AND seq = 2",
         "UPDATE event SET occurred_at = occurred_at + 1 WHERE order_id = %lld AND seq = 2"},
        {"UPDATE event SET staff = staff + 1 WHERE order_id = %lld AND seq = 2",
         "UPDATE event SET staff = staff - 1 WHERE order_id = %lld AND seq = 2"},
        {"UPDATE event SET effects = effects || ' ' WHERE order_id = %lld AND seq = 1",
         "UPDATE event SET effects = rtrim(effects) WHERE order_id = %lld AND seq = 1"},
        {"UPDATE event SET seq = 9 - seq WHERE order_id = %lld AND seq > 1",
         "UPDATE event SET seq = 9 - seq WHERE order_id = %lld AND seq > 3"},
        {"UPDATE orders SET owner = owner + 1 WHERE id = %lld",
         "UPDATE orders SET owner = owner - 1 WHERE id = %lld"},
        {"UPDATE duty SET start_at = start_at + 1 WHERE order_id = %lld",
         "UPDATE duty SET start_at = start_at - 1 WHERE order_id = %lld"},
        {"UPDATE orders SET version = version + 1 WHERE id = %lld",
         "UPDATE orders SET version = version - 1 WHERE id = %lld"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        const char *spoil = rows[i].spoil, *mend = rows[i].mend;
        char sql[300], *at;

        snprintf(sql, sizeof sql, "%s", spoil);
        at = strstr(sql, "%lld");
        snprintf(at, sizeof sql - (size_t)(at - sql), "%lld%s", (long long)id,
                 strstr(spoil, "%lld") + 4);
        run_sql(w, sql);
        if (findings(w) == 0)
            fail_msg("not found: %s", sql);
        snprintf(sql, sizeof sql, "%s", mend);
        at = strstr(sql, "%lld");
        snprintf(at, sizeof sql - (size_t)(at - sql), "%lld%s", (long long)id,
                 strstr(mend, "%lld") + 4);
        run_sql(w, sql);
        assert_int_equal(findings(w), 0);
    }
    run_sql(w, "UPDATE order_count SET n = n + 1 WHERE what = 'open'");
    assert_true(findings(w) > 0);
    run_sql(w, "UPDATE order_count SET n = n - 1 WHERE what = 'open'");
    run_sql(w, world_f(w, "DELETE FROM event WHERE order_id = %lld AND seq = 3", (long long)id));
    assert_true(findings(w) > 0);
    /* What was cut off cannot be mended: take the order away, so that the next story starts clean.
     */
    run_sql(w, world_f(w, "DELETE FROM event WHERE order_id = %lld", (long long)id));
    run_sql(w, world_f(w, "DELETE FROM duty WHERE order_id = %lld", (long long)id));
    run_sql(w, world_f(w, "DELETE FROM orders WHERE id = %lld", (long long)id));
    struct task t;
    task_begin(&t, w->app.store, w->now, TASK_BUDGET);
    t.tenant = w->tenant;
    assert_int_equal(order_rebuild(&t, NULL), OK);
    task_end(&t);
    /* An order that is gone with everything it had is still missed. */
    assert_true(findings(w) > 0);
    run_sql(w, world_f(w, "DELETE FROM event_new WHERE order_id = %lld", (long long)id));
    assert_int_equal(findings(w), 0);
}

static void tenants_do_not_see_each_other(void **state)
{
    struct world *w = *state;
    int64_t id = make(w);
    struct order order = world_order(w, id);
    struct str no = world_keep(w, order.no);

    world_second_tenant(w);
    struct str host = w->host;
    int64_t first = w->tenant;
    w->host = S("other.test");
    w->tenant = w->other_tenant; /* whose people sign in */
    world_as(w, "centre");
    world_get_json(w, world_f(w, "/orders/%lld", (long long)id));
    WORLD_STATUS(w, 404);
    world_get_json(w, world_f(w, "/orders?q=%.*s", STR_ARG(no)));
    WORLD_STATUS(w, 200);
    assert_false(world_says(w, "公司拖欠工资"));
    world_post_json(w, world_f(w, "/orders/%lld/act/note", (long long)id), "{\"text\":\"x\"}");
    WORLD_STATUS(w, 404);
    /* A session of one tenant is nobody at the other's address. */
    w->host = host;
    w->tenant = first;
    world_get_json(w, world_f(w, "/orders/%lld", (long long)id));
    assert_true(w->status == 401 || w->status == 404);
    world_as_nobody(w);
    world_verify(w);
}

static void nobody_signed_in_gets_nothing(void **state)
{
    struct world *w = *state;
    int64_t id = make(w);

    world_as_nobody(w);
    world_get_json(w, world_f(w, "/orders/%lld", (long long)id));
    WORLD_STATUS(w, 401);
    world_post_json(w, world_f(w, "/orders/%lld/act/note", (long long)id), "{\"text\":\"x\"}");
    WORLD_STATUS(w, 401);
    world_get_json(w, "/orders");
    WORLD_STATUS(w, 401);
}

static void who_follows_misses_nothing(void **state)
{
    struct world *w = *state;
    int64_t id = make(w), seen = 0;

    world_pass(w, "1 hours"); /* the sequencer is a job */
    world_as(w, "wuhaitao");
    world_get_json(w, "/events?most=500");
    WORLD_STATUS(w, 200);
    int64_t next = json_get_int(w->json, "next"), n = 0;
    JSON_EACH (event, json_get(w->json, "events")) {
        assert_true(json_get_int(event, "n") > n); /* numbers rise */
        n = json_get_int(event, "n");
        seen += json_get_id(event, "order_id") == id;
    }
    assert_int_equal(seen, 1);
    world_post_json(w, world_f(w, "/orders/%lld/act/note", (long long)id), "{\"text\":\"后来的\"}");
    WORLD_STATUS(w, 200);
    world_pass(w, "1 hours");
    world_as(w, "wuhaitao");
    world_get_json(w, world_f(w, "/events?after=%lld", (long long)next));
    JSON_EACH (event, json_get(w->json, "events")) {
        assert_int_equal(json_get_id(event, "order_id"), id);
        assert_str(json_get_str(event, "action"), "note");
    }
    assert_int_equal(json_get(w->json, "events")->count, 1);
    world_get_json(w, "/duties?mine=true");
    WORLD_STATUS(w, 200);
    assert_true(json_get(w->json, "duties")->count > 0);
}

int main(void)
{
    return WORLD_TESTS(cmocka_unit_test(a_repeated_key_acts_once),
                       cmocka_unit_test(the_same_key_with_other_content_is_refused),
                       cmocka_unit_test(a_stale_page_is_told_what_happened),
                       cmocka_unit_test(an_action_of_another_step_is_a_conflict),
                       cmocka_unit_test(tampering_is_found),
                       cmocka_unit_test(tenants_do_not_see_each_other),
                       cmocka_unit_test(nobody_signed_in_gets_nothing),
                       cmocka_unit_test(who_follows_misses_nothing));
}
