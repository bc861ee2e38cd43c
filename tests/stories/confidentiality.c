/*
 * Confidentiality (K17): masked until somebody states a reason, every look on record and told to
 * the person concerned, nothing in the clear on disk, keys rotated and destroyed.  And K13, K18:
 * who is suspended holds no order from that moment on.
 */
#include "world_rows.h"

#include <stdlib.h>
#include <string.h>

#include "keys_command.h"
#include "modules/access/staff.h"
#include "modules/audit/audit.h"
#include "modules/org/keys.h"

#define NUMBER "990101199003154024"

static struct act_done consultation(struct world *w)
{
    struct actor lawyer = world_actor(w, "wuhaitao", "lawyer");

    return world_create(w, &lawyer, WORLD_CONSULTATION);
}

static const char *order_path(struct world *w, const struct act_done *made, const char *rest)
{
    return world_f(w, "/orders/%lld%s", (long long)made->order, rest);
}

static void names_are_masked_until_a_reason_is_stated(void **state)
{
    struct world *w = *state;
    struct act_done made = consultation(w);

    world_as(w, "wuhaitao");
    world_get(w, order_path(w, &made, ""));
    WORLD_STATUS(w, 200);
    WORLD_SAYS(w, "王*");
    assert_false(world_says(w, "王小满"));
    assert_false(world_says(w, NUMBER));

    world_post(w, order_path(w, &made, "/unmask"), "party=1");
    WORLD_STATUS(w, 422);
    assert_false(world_says(w, "王小满"));
    world_post(w, order_path(w, &made, "/unmask"),
               world_f(w, "party=1&reason=%s", world_escape(w, "电话联系")));
    WORLD_STATUS(w, 200);
    WORLD_SAYS(w, "王小满");
    /* The next look is a new one. */
    world_get(w, order_path(w, &made, ""));
    assert_false(world_says(w, "王小满"));
}

static void a_look_is_on_record_and_told_to_the_person(void **state)
{
    struct world *w = *state;
    struct act_done made = consultation(w);

    world_as_citizen(w, made.no, made.code);
    world_get(w, "/track/looks");
    WORLD_STATUS(w, 200);
    assert_false(world_says(w, "值班律师岗"));

    world_as(w, "wuhaitao");
    world_post(w, order_path(w, &made, "/unmask"),
               world_f(w, "party=1&reason=%s", world_escape(w, "核对证件")));
    WORLD_STATUS(w, 200);

    world_as_citizen(w, made.no, made.code);
    world_get(w, "/track/looks");
    WORLD_STATUS(w, 200);
    WORLD_SAYS(w, "值班律师岗");
    WORLD_SAYS(w, "核对证件");
    assert_false(world_says(w, "吴海涛")); /* post and unit, never the name */

    world_as(w, "shenjian");
    world_get_json(w, world_f(w, "/audit?word=look&order=%lld", (long long)made.order));
    WORLD_STATUS(w, 200);
    WORLD_SAYS(w, "吴海涛");
    WORLD_SAYS(w, "核对证件");
}

/* Does this text stand anywhere in the database or its log? */
static bool stands_in_files(struct world *w, const char *text)
{
    static const char *const files[] = {"yimen.db", "yimen.db-wal"};
    enum { MOST = 64 * 1024 * 1024 };
    char *bytes = malloc(MOST);
    bool found = false;

    assert_non_null(bytes);
    for (size_t i = 0; i < sizeof files / sizeof *files; i++) {
        FILE *file = fopen(world_f(w, "%s/%s", w->app.data, files[i]), "rb");

        if (!file)
            continue;
        size_t len = fread(bytes, 1, MOST, file);
        assert_true(len < MOST);
        found = found || memmem(bytes, len, text, strlen(text));
        fclose(file);
    }
    free(bytes);
    return found;
}

/* A server has its rows elsewhere, and packs them: look at every column, bytes as they are. */
static bool stands_in_rows(struct world *w, const char *text)
{
    struct world_rows tables = world_tables(w);

    for (size_t i = 0; i < tables.count; i++) {
        struct world_rows rows = world_select(
            w, world_f(w, "SELECT * FROM %s", str_terminated(&w->home, tables.cells[i])));

        for (size_t k = 0; k < rows.count * rows.columns; k++)
            if (str_find(rows.cells[k], str_of(text)) != SIZE_MAX)
                return true;
    }
    return false;
}

static bool stands_on_disk(struct world *w, const char *text)
{
    return w->database ? stands_in_rows(w, text) : stands_in_files(w, text);
}

static void nothing_personal_stands_on_disk(void **state)
{
    struct world *w = *state;
    struct act_done made = consultation(w);

    world_get(w, "/");
    assert_true(stands_on_disk(w, world_f(w, "%.*s", STR_ARG(made.no)))); /* the search works */
    assert_false(stands_on_disk(w, "王小满"));
    assert_false(stands_on_disk(w, NUMBER));
    assert_false(stands_on_disk(w, "13900001234"));
    assert_false(stands_on_disk(w, "枣园社区\"")); /* of the address, as JSON would end it */
    assert_false(stands_on_disk(w, "干了三个月没发工资"));
}

static enum err run_keys(struct world *w, const char *command)
{
    char *argv[] = {str_terminated(&w->home, S("keys")), str_terminated(&w->home, str_of(command)),
                    NULL};
    FILE *out = fopen("/dev/null", "w");

    w->home.now = w->now;
    w->home.tenant = w->tenant;
    enum err e = keys_command(&w->home, 2, argv, out, NULL);
    fclose(out);
    return e;
}

static void keys_are_rotated_while_the_work_goes_on(void **state)
{
    struct world *w = *state;
    struct act_done before = consultation(w);
    struct str old_name = world_keep(w, keys_name(&w->home));

    assert_int_equal(run_keys(w, "rotate"), OK);
    assert_int_equal(run_keys(w, "rotate-installation"), OK);
    assert_false(str_eq(old_name, keys_name(&w->home)));
    assert_int_equal(run_keys(w, "dance"), ERR_BAD_INPUT);
    task_clear_error(&w->home);

    struct act_done after = consultation(w);
    const struct act_done *both[] = {&before, &after};
    world_as(w, "wuhaitao");
    for (size_t i = 0; i < 2; i++) {
        world_post(w, order_path(w, both[i], "/unmask"),
                   world_f(w, "party=1&reason=%s", world_escape(w, "电话联系")));
        WORLD_STATUS(w, 200);
        WORLD_SAYS(w, "王小满");
    }
    world_verify(w);
}

static enum err run_erase(struct world *w, const char *what, const char *which)
{
    char *argv[] = {str_terminated(&w->home, S("erase")), str_terminated(&w->home, str_of(what)),
                    str_terminated(&w->home, str_of(which)),
                    str_terminated(&w->home, S("本人要求删除")), NULL};
    FILE *out = fopen("/dev/null", "w");

    w->home.now = w->now;
    w->home.tenant = w->tenant;
    enum err e = erase_command(&w->home, 4, argv, out);
    fclose(out);
    return e;
}

static void what_is_erased_cannot_be_read_and_the_chain_is_whole(void **state)
{
    struct world *w = *state;
    struct act_done made = consultation(w);
    struct actor lawyer = world_actor(w, "wuhaitao", "lawyer");
    const char *no = world_f(w, "%.*s", STR_ARG(made.no));

    assert_int_equal(run_erase(w, "order", no), ERR_CONFLICT); /* still under way */
    task_clear_error(&w->home);
    world_act(w, &lawyer, made.order, "answer", "{\"result\":\"可以申请仲裁。\"}");
    assert_int_equal(run_erase(w, "order", no), OK);
    assert_int_equal(run_erase(w, "order", "LJ01-nothing"), ERR_NOT_FOUND);
    task_clear_error(&w->home);

    world_as(w, "wuhaitao");
    world_post(w, order_path(w, &made, "/unmask"),
               world_f(w, "party=1&reason=%s", world_escape(w, "电话联系")));
    assert_int_not_equal(w->status, 500);
    assert_false(world_says(w, "王小满"));
    world_get(w, order_path(w, &made, ""));
    WORLD_STATUS(w, 200);
    world_verify(w);
    world_as(w, "shenjian");
    world_get_json(w, "/audit?word=erasure");
    WORLD_SAYS(w, "本人要求删除");
}

struct suspending {
    int64_t staff;
};

static enum err suspend(struct task *t, void *arg)
{
    struct actor by = system_actor;

    by.tenant = t->tenant;
    return staff_suspend(t, &by, ((struct suspending *)arg)->staff, S("调查期间"));
}

static void who_is_suspended_holds_no_order_any_more(void **state)
{
    struct world *w = *state;
    struct actor lawyer = world_actor(w, "fangrui", "lawyer");
    struct suspending fangrui = {world_staff(w, "fangrui")};
    struct act_done made = world_create(w, &lawyer, WORLD_CONSULTATION);

    world_act(w, &lawyer, made.order, "postpone", "{\"reason\":\"要查当地的工资标准\"}");
    world_as(w, "fangrui");
    world_get(w, "/orders");
    WORLD_STATUS(w, 200);

    w->home.now = w->now;
    w->home.tenant = w->tenant;
    assert_int_equal(store_write(&w->home, suspend, &fangrui), OK);
    struct order order = world_order(w, made.order);
    assert_int_equal(order.owner, 0);
    assert_true(order.desk.len > 0);
    world_get(w, "/orders");
    WORLD_STATUS(w, 303);
    assert_int_equal(world_try(w, &lawyer, made.order, "answer", "{\"result\":\"x\"}"),
                     ERR_FORBIDDEN);
    world_verify(w);
}

static void the_record_of_looks_is_whole(void **state)
{
    struct world *w = *state;
    int64_t bad, count;

    w->home.tenant = w->tenant;
    assert_int_equal(audit_verify(&w->home, &bad, &count), OK);
    assert_int_equal(bad, 0);
    assert_true(count > 10);
}

int main(void)
{
    return WORLD_TESTS(cmocka_unit_test(names_are_masked_until_a_reason_is_stated),
                       cmocka_unit_test(a_look_is_on_record_and_told_to_the_person),
                       cmocka_unit_test(nothing_personal_stands_on_disk),
                       cmocka_unit_test(keys_are_rotated_while_the_work_goes_on),
                       cmocka_unit_test(what_is_erased_cannot_be_read_and_the_chain_is_whole),
                       cmocka_unit_test(who_is_suspended_holds_no_order_any_more),
                       cmocka_unit_test(the_record_of_looks_is_whole));
}
