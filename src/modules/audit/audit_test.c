#include "modules/audit/audit.h"

#include <sqlite3.h>
#include <string.h>

#include "modules/module.h"
#include "modules/org/testing.h"

static int set_up(void **state)
{
    struct city *city = calloc(1, sizeof *city);

    city_build(city, (const struct migration *const[]){org_module.migrations,
                                                       audit_module.migrations, NULL});
    *state = city;
    return 0;
}

static int tear_down(void **state)
{
    city_clear(*state);
    free(*state);
    return 0;
}

static enum err record(struct task *t, void *arg)
{
    return audit_record(t, arg);
}

static void put(struct city *city, struct audit_entry entry)
{
    CITY_OK(city, store_write(&city->t, record, &entry));
    city->t.now += 1000;
}

static void put_three(struct city *city)
{
    put(city, (struct audit_entry){.word = "sign-in",
                                   .staff = 7,
                                   .name = S("周敏"),
                                   .post = S("窗口受理岗"),
                                   .unit = S("双塔街道中心")});
    put(city, (struct audit_entry){.word = "look",
                                   .staff = 7,
                                   .name = S("周敏"),
                                   .post = S("窗口受理岗"),
                                   .unit = S("双塔街道中心"),
                                   .order = 41,
                                   .party = 5,
                                   .detail = S("电话核实身份")});
    put(city, (struct audit_entry){.word = "export", .staff = 8, .subject = S("ledger/2026-10")});
}

struct reading {
    struct audit_query query;
    struct list list;
    int64_t order, party;
};

static enum err read_list(struct task *t, void *arg)
{
    struct reading *reading = arg;

    return audit_list(t, &reading->query, &reading->list);
}

static enum err read_looks(struct task *t, void *arg)
{
    struct reading *reading = arg;

    return audit_looks(t, reading->order, reading->party, &reading->list);
}

static void entries_come_back_newest_first_and_filtered(void **state)
{
    struct city *city = *state;
    struct reading all = {0}, of_staff = {.query = {.staff = 7}}, before = {.query = {.before = 3}},
                   early = {.query = {.until = TEST_NOW + 1000}};

    put_three(city);
    CITY_OK(city, store_read(&city->t, read_list, &all));
    assert_int_equal(all.list.count, 3);
    struct audit_view *views = all.list.at;
    assert_str(views[0].word, "export");
    assert_str(views[1].detail, "电话核实身份");
    assert_str(views[2].title, "登录");
    CITY_OK(city, store_read(&city->t, read_list, &of_staff));
    assert_int_equal(of_staff.list.count, 2);
    CITY_OK(city, store_read(&city->t, read_list, &before));
    assert_int_equal(before.list.count, 2);
    CITY_OK(city, store_read(&city->t, read_list, &early));
    assert_int_equal(early.list.count, 1);
}

static void the_person_concerned_sees_post_and_reason_but_only_looks(void **state)
{
    struct city *city = *state;
    struct reading of_order = {.order = 41}, of_party = {.party = 5}, of_other = {.order = 42};

    put_three(city);
    CITY_OK(city, store_read(&city->t, read_looks, &of_order));
    assert_int_equal(of_order.list.count, 1);
    struct audit_look *look = of_order.list.at;
    assert_str(look->post, "窗口受理岗");
    assert_str(look->unit, "双塔街道中心");
    assert_str(look->detail, "电话核实身份");
    CITY_OK(city, store_read(&city->t, read_looks, &of_party));
    assert_int_equal(of_party.list.count, 1);
    CITY_OK(city, store_read(&city->t, read_looks, &of_other));
    assert_int_equal(of_other.list.count, 0);
}

static int64_t first_bad(struct city *city)
{
    int64_t bad = -1, count = -1;

    CITY_OK(city, audit_verify(&city->t, &bad, &count));
    return bad;
}

/* What somebody with the database file could do, past the program. */
static void tamper(struct city *city, const char *sql)
{
    char *path = str_terminated(&city->t, str_format(&city->t, "%s/yimen.db", city->folder));
    sqlite3 *db;

    assert_int_equal(sqlite3_open(path, &db), SQLITE_OK);
    assert_int_equal(sqlite3_exec(db, sql, NULL, NULL, NULL), SQLITE_OK);
    assert_int_equal(sqlite3_changes(db), 1);
    sqlite3_close(db);
}

static void a_whole_chain_verifies(void **state)
{
    struct city *city = *state;
    int64_t bad, count;

    assert_int_equal(first_bad(city), 0);
    put_three(city);
    CITY_OK(city, audit_verify(&city->t, &bad, &count));
    assert_int_equal(bad, 0);
    assert_int_equal(count, 3);
}

static void a_changed_entry_is_found(void **state)
{
    put_three(*state);
    tamper(*state, "UPDATE audit SET staff = 9 WHERE seq = 2");
    assert_int_equal(first_bad(*state), 2);
}

static void a_removed_entry_is_found(void **state)
{
    put_three(*state);
    tamper(*state, "DELETE FROM audit WHERE seq = 2");
    assert_int_equal(first_bad(*state), 2);
}

static void a_removed_last_entry_is_found(void **state)
{
    put_three(*state);
    tamper(*state, "DELETE FROM audit WHERE seq = 3");
    assert_int_equal(first_bad(*state), 3);
}

static void a_lost_head_is_found(void **state)
{
    put_three(*state);
    tamper(*state, "DELETE FROM audit_head");
    assert_int_equal(first_bad(*state), 4);
}

static void the_reason_does_not_stand_in_the_file(void **state)
{
    struct city *city = *state;
    struct str path = str_format(&city->t, "%s/yimen.db", city->folder);

    put_three(city);
    store_close(city->store);
    FILE *file = fopen(str_terminated(&city->t, path), "rb");
    assert_non_null(file);
    char *bytes = NEW(&city->t, char, 1 << 22);
    size_t len = fread(bytes, 1, 1 << 22, file);
    fclose(file);
    assert_true(len > 4096);
    assert_null(memmem(bytes, len, "电话核实身份", strlen("电话核实身份")));
    assert_non_null(memmem(bytes, len, "ledger/2026-10", strlen("ledger/2026-10")));

    struct store_options options = {.directory = city->folder};
    CITY_OK(city, store_open(&city->t, &options, &city->store));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
#define T(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
        T(entries_come_back_newest_first_and_filtered),
        T(the_person_concerned_sees_post_and_reason_but_only_looks),
        T(a_whole_chain_verifies),
        T(a_changed_entry_is_found),
        T(a_removed_entry_is_found),
        T(a_removed_last_entry_is_found),
        T(a_lost_head_is_found),
        T(the_reason_does_not_stand_in_the_file),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
