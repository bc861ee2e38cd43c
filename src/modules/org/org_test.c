#include "modules/org/testing.h"

#include <string.h>
#include <sys/stat.h>

#include "modules/module.h"

static int set_up(void **state)
{
    struct city *city = calloc(1, sizeof *city);

    city_build(city, (const struct migration *const[]){org_module.migrations, NULL});
    *state = city;
    return 0;
}

static int tear_down(void **state)
{
    city_clear(*state);
    free(*state);
    return 0;
}

static enum err all_units(struct task *t, void *arg)
{
    return org_units(t, S(""), arg);
}

static enum err units_below_town(struct task *t, void *arg)
{
    struct list *list = arg;
    struct unit town;
    enum err e = org_unit_by_code(t, S("LJ02"), &town);

    return e ? e : org_units(t, town.path, list);
}

static void a_subtree_is_a_range_of_paths(void **state)
{
    struct city *city = *state;
    struct list all, below;

    CITY_OK(city, store_read(&city->t, all_units, &all));
    assert_int_equal(all.count, 3);
    CITY_OK(city, store_read(&city->t, units_below_town, &below));
    assert_int_equal(below.count, 2);
    struct unit *units = below.at;
    assert_str(units[0].code, "LJ02");
    assert_str(units[1].code, "LJ03");
    assert_true(str_starts(units[1].path, units[0].path));
    assert_int_equal(units[1].parent, city->town);
}

static enum err read_tenant(struct task *t, void *arg)
{
    return org_tenant(t, arg);
}

static void the_first_root_is_the_centre(void **state)
{
    struct city *city = *state;
    struct tenant tenant;

    CITY_OK(city, store_read(&city->t, read_tenant, &tenant));
    assert_int_equal(tenant.centre, city->centre);
    assert_str(tenant.city, "岚江市");
}

struct unit_case {
    struct unit unit;
    int64_t id;
};

static enum err make_unit(struct task *t, void *arg)
{
    struct unit_case *one = arg;

    return org_create_unit(t, &one->unit, &one->id);
}

static void a_wrong_unit_is_refused_with_all_its_errors(void **state)
{
    struct city *city = *state;
    struct unit_case bad = {.unit = {.code = S("a b"), .kind = S("castle")}};
    struct unit_case twice = {.unit = {.code = S("LJ02"), .kind = S("town"), .name = S("又一个")}};
    struct unit_case orphan = {
        .unit = {.code = S("LJ09"), .kind = S("town"), .name = S("孤儿"), .parent = 77}};

    assert_int_equal(store_write(&city->t, make_unit, &bad), ERR_BAD_INPUT);
    assert_int_equal(error_count(&city->t), 3);
    task_clear_error(&city->t);
    CITY_FAILS(city, store_write(&city->t, make_unit, &twice), ERR_CONFLICT);
    CITY_FAILS(city, store_write(&city->t, make_unit, &orphan), ERR_NOT_FOUND);
}

struct host_case {
    struct str host;
    int64_t tenant;
};

static enum err tenant_at(struct task *t, void *arg)
{
    struct host_case *one = arg;

    return org_tenant_of_host(t, one->host, &one->tenant);
}

static enum err make_other_tenant(struct task *t, void *arg)
{
    struct tenant tenant = {.code = S("other"), .name = S("别的市"), .host = S("other.example")};
    int64_t before = t->tenant;
    enum err e = org_create_tenant(t, &tenant, arg);

    t->tenant = before;
    return e;
}

static void a_host_finds_its_tenant_and_any_other_the_default(void **state)
{
    struct city *city = *state;
    int64_t other;
    struct host_case at_other = {.host = S("other.example:8080")},
                     elsewhere = {.host = S("x.example")};

    CITY_OK(city, store_write(&city->t, make_other_tenant, &other));
    CITY_OK(city, store_read(&city->t, tenant_at, &at_other));
    CITY_OK(city, store_read(&city->t, tenant_at, &elsewhere));
    assert_int_equal(at_other.tenant, other);
    assert_int_equal(elsewhere.tenant, city->tenant);
}

/* ---- keys ---- */

static void the_key_file_is_its_owners_alone(void **state)
{
    struct city *city = *state;
    struct stat about;

    assert_int_equal(stat(city->key_file, &about), 0);
    assert_int_equal(about.st_mode & 0777, 0600);
    CITY_FAILS(city, keys_make_file(&city->t, city->key_file, SUITE_INTERNATIONAL), ERR_CONFLICT);
    assert_int_equal(chmod(city->key_file, 0644), 0);
    CITY_FAILS(city, keys_open(&city->t, city->key_file), ERR_FORBIDDEN);
}

static void a_damaged_key_file_is_not_taken(void **state)
{
    struct city *city = *state;
    FILE *file = fopen(city->key_file, "r+");

    assert_non_null(file);
    fseek(file, -5, SEEK_END);
    int c = fgetc(file);
    fseek(file, -5, SEEK_END);
    fputc(c == 'A' ? 'B' : 'A', file);
    fclose(file);
    CITY_FAILS(city, keys_open(&city->t, city->key_file), ERR_INTERNAL);
    CITY_FAILS(city, keys_open(&city->t, "/nowhere/key"), ERR_NOT_FOUND);
}

enum { ROWS = 3 };
static struct held {
    struct str place;
    struct key key;
    char wrapped[256];
    size_t len;
} held[ROWS]; /* stands for the rows of a module that holds keys */
static int rewraps_until_failure;

static struct str wrapped_of(const struct held *row)
{
    return (struct str){row->wrapped, row->len};
}

static void keep(struct held *row, struct str wrapped)
{
    assert_true(wrapped.len <= sizeof row->wrapped);
    memcpy(row->wrapped, wrapped.at, wrapped.len);
    row->len = wrapped.len;
}

static enum err make_rows(struct task *t, void *arg)
{
    static const char *const places[] = {"thing/1", "thing/2", "thing/3"};

    (void)arg;
    for (int i = 0; i < ROWS; i++) {
        struct str wrapped;

        held[i].place = str_of(places[i]);
        enum err e = row_key_make(t, held[i].place, &held[i].key, &wrapped);
        if (e)
            return e;
        keep(&held[i], wrapped);
    }
    return OK;
}

static enum err open_rows(struct task *t, void *arg)
{
    (void)arg;
    for (int i = 0; i < ROWS; i++) {
        struct key key;
        enum err e = row_key_open(t, held[i].place, wrapped_of(&held[i]), &key);

        if (e)
            return e;
        assert_memory_equal(key.bytes, held[i].key.bytes, KEY_BYTES);
    }
    return OK;
}

/* Two rows at a time, so that there are several chunks. */
static enum err rewrap_some(struct task *t, int64_t after, int64_t limit, int64_t *ret_last,
                            int64_t *ret_seen)
{
    (void)limit;
    *ret_last = after;
    *ret_seen = 0;
    for (int64_t i = after; i < ROWS && i < after + 2; i++) {
        struct str wrapped;

        if (rewraps_until_failure-- == 0)
            return task_fail(t, ERR_STORE, "disk");
        enum err e = row_key_rewrap(t, held[i].place, wrapped_of(&held[i]), &wrapped);
        if (e)
            return e;
        keep(&held[i], wrapped);
        *ret_last = i + 1;
        ++*ret_seen;
    }
    return OK;
}

static const struct key_holder holder = {"things", rewrap_some};
static const struct key_holder *const holders[] = {&holder, NULL};

static void a_row_key_opens_at_its_place_only(void **state)
{
    struct city *city = *state;
    struct str place;

    CITY_OK(city, store_write(&city->t, make_rows, NULL));
    CITY_OK(city, store_read(&city->t, open_rows, NULL));
    place = held[0].place;
    held[0].place = held[1].place;
    CITY_FAILS(city, store_read(&city->t, open_rows, NULL), ERR_STORE);
    held[0].place = place;
    held[0].len = 0;
    CITY_FAILS(city, store_read(&city->t, open_rows, NULL), ERR_NOT_FOUND);
}

static void a_tenants_rotation_goes_on_where_it_was_interrupted(void **state)
{
    struct city *city = *state;
    char before[256];

    CITY_OK(city, store_write(&city->t, make_rows, NULL));
    memcpy(before, held[2].wrapped, sizeof before);

    rewraps_until_failure = 2; /* the first chunk stands, the second fails */
    CITY_FAILS(city, keys_rotate_tenant(&city->t, holders, NULL), ERR_STORE);
    CITY_OK(city, store_read(&city->t, open_rows, NULL));
    assert_int_equal(held[0].wrapped[0], 2);
    assert_int_equal(held[2].wrapped[0], 1);

    rewraps_until_failure = -1;
    CITY_OK(city, keys_rotate_tenant(&city->t, holders, NULL));
    CITY_OK(city, store_read(&city->t, open_rows, NULL));
    assert_int_equal(held[2].wrapped[0], 2);

    /* The old key is forgotten: what it wrapped does not open any more. */
    CITY_OK(city, keys_forget_retired(&city->t, city->t.now + 1));
    CITY_OK(city, keys_open(&city->t, city->key_file));
    CITY_OK(city, store_read(&city->t, open_rows, NULL));
    memcpy(held[2].wrapped, before, sizeof before);
    CITY_FAILS(city, store_read(&city->t, open_rows, NULL), ERR_STORE);
}

static enum err look_up_key(struct task *t, void *arg)
{
    return lasting_key(t, "look-up", arg);
}

static void the_installations_rotation_changes_no_other_key(void **state)
{
    struct city *city = *state;
    struct key before, after;
    struct str old_name = keys_name(&city->t);

    CITY_OK(city, store_write(&city->t, make_rows, NULL));
    CITY_OK(city, store_read(&city->t, look_up_key, &before));
    CITY_OK(city, keys_rotate_installation(&city->t));
    assert_false(str_eq(old_name, keys_name(&city->t)));
    assert_false(keys_knows(old_name));

    /* From the file alone, as another process would. */
    CITY_OK(city, keys_open(&city->t, city->key_file));
    CITY_OK(city, store_read(&city->t, open_rows, NULL));
    CITY_OK(city, store_read(&city->t, look_up_key, &after));
    assert_memory_equal(before.bytes, after.bytes, KEY_BYTES);
}

static void another_installations_key_file_opens_nothing(void **state)
{
    struct city *city = *state;
    char *other;

    CITY_OK(city, store_write(&city->t, make_rows, NULL));
    assert_true(asprintf(&other, "%s/other", city->folder) > 0);
    CITY_OK(city, keys_make_file(&city->t, other, SUITE_INTERNATIONAL));
    CITY_OK(city, keys_open(&city->t, other));
    CITY_FAILS(city, store_read(&city->t, open_rows, NULL), ERR_INTERNAL);
    free(other);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
#define T(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
        T(a_subtree_is_a_range_of_paths),
        T(the_first_root_is_the_centre),
        T(a_wrong_unit_is_refused_with_all_its_errors),
        T(a_host_finds_its_tenant_and_any_other_the_default),
        T(the_key_file_is_its_owners_alone),
        T(a_damaged_key_file_is_not_taken),
        T(a_row_key_opens_at_its_place_only),
        T(a_tenants_rotation_goes_on_where_it_was_interrupted),
        T(the_installations_rotation_changes_no_other_key),
        T(another_installations_key_file_opens_nothing),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
