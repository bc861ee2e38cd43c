/* A whole city as one file: damaged, cut off, or saying what it is not. */
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "city/archive.h"
#include "city/header.h"
#include "city_fixture.h"

static void damage_is_found_and_named(void **state)
{
    struct world *w = *state;
    const char *one = file_in(w, "whole.city"), *bad = file_in(w, "bad.city");
    struct city_figures out = export_to(w, w->app.store, one), figures;
    struct str whole = bytes_of(w, one);
    char *bytes = malloc(whole.len + 1);
    size_t refused = 0, tried = 0;

    assert_non_null(bytes);
    for (size_t at = 0; at < whole.len; at += whole.len / 200 + 1, tried++) {
        memcpy(bytes, whole.at, whole.len);
        bytes[at] ^= (char)(1 << tried % 8);
        put_bytes(bad, bytes, whole.len);
        enum err e = look_at(w, bad, &figures);
        if (e == OK && str_eq(figures.hash, out.hash))
            continue; /* a bit that says nothing about the content */
        assert_int_equal(e, ERR_BAD_INPUT);
        assert_true(w->t.note.len > 0);
        refused++;
    }
    assert_true(refused + 3 > tried);
    for (size_t n = 0; n < whole.len; n += whole.len / 100 + 1) {
        put_bytes(bad, whole.at, n);
        assert_int_equal(look_at(w, bad, &figures), ERR_BAD_INPUT);
    }
    memcpy(bytes, whole.at, whole.len);
    bytes[whole.len] = 0;
    put_bytes(bad, bytes, whole.len + 1);
    assert_int_equal(look_at(w, bad, &figures), ERR_BAD_INPUT);
    /* Where: the byte, the table, the row. */
    memcpy(bytes, whole.at, whole.len);
    bytes[whole.len / 2] ^= 0x55;
    put_bytes(bad, bytes, whole.len);
    assert_int_equal(look_at(w, bad, &figures), ERR_BAD_INPUT);
    expect_note(w, "字节附近");

    /* Nothing of a damaged archive comes in. */
    struct store *store = open_new(w, "unharmed");
    assert_int_equal(import_from(w, store, options_for(bad), &figures), ERR_BAD_INPUT);
    if (import_from(w, store, options_for(one), &figures))
        fail_msg("%.*s", STR_ARG(w->t.note));
    assert_int_equal(figures.resumed, 0);
    store_close(store);
    free(bytes);
    assert_int_equal(look_at(w, file_in(w, "absent.city"), &figures), ERR_NOT_FOUND);
}

/* An archive written for the purpose: right in its bytes, wrong in what it says. */
struct forged {
    int64_t tenants, units; /* as the header counts them */
    bool twice, behind;     /* a table twice; a table behind the city */
    const char *suite;
    bool newer;
};

static const char *forge(struct world *w, struct forged f)
{
    const char *file = file_in(w, "forged.city");
    const struct sql_table *unit = table_find("unit"), *city = table_find("tenant");
    int64_t *counts = calloc(300, sizeof *counts);
    struct archive_writer *out;
    struct list ours = migrations;
    struct str hash;
    struct task t;

    assert_non_null(counts);
    unlink(file);
    task_begin(&t, NULL, w->now, TASK_BUDGET);
    counts[city - sql_tables] = f.tenants;
    counts[unit - sql_tables] = f.units;
    if (f.newer) {
        struct list more = {0};
        LIST_EACH (struct migration, m, migrations)
            *(struct migration *)list_add(&t, &more, sizeof *m) = *m;
        *(struct migration *)list_add(&t, &more, sizeof(struct migration)) =
            (struct migration){"org", 99, "later", "CREATE TABLE later"};
        ours = more;
    }
    struct city_header header = {.tenant = 7,
                                 .rows = f.tenants + f.units,
                                 .code = S("x"),
                                 .name = S("x"),
                                 .suite = f.suite ? str_of(f.suite) : city_suite(),
                                 .counts = counts,
                                 .migrations = city_migrations_text(&t, &ours)};
    struct arg values[40] = {0};
    for (size_t i = 0; i < 40; i++)
        values[i] = TEXT("", S("1"));
    NEED(archive_create(&t, file, &out));
    archive_begin(out, city_header_text(&t, &header));
    archive_put_table(out, unit);
    if (f.twice)
        archive_put_table(out, unit);
    size_t n = 0;
    for (size_t i = 0; i < city->column_count; i++)
        if (strcmp(city->columns[i].name, "tenant") != 0)
            values[n++] = city->columns[i].type == COLUMN_INT ? INT("", 1) : TEXT("", S("x"));
    archive_put_table(out, city);
    archive_put_row(out, values);
    if (f.behind)
        archive_put_table(out, table_find("orders"));
    NEED(archive_finish(&t, out, &hash));
    task_end(&t);
    free(counts);
    return file;
}

static void what_an_archive_says_of_itself_is_checked(void **state)
{
    struct world *w = *state;
    struct city_figures figures;

    assert_int_equal(look_at(w, forge(w, (struct forged){1}), &figures), OK);
    assert_int_equal(figures.rows, 1);
    assert_int_equal(look_at(w, forge(w, (struct forged){1, .units = 3}), &figures), ERR_BAD_INPUT);
    expect_note(w, "unit 应有 3 行");
    assert_int_equal(look_at(w, forge(w, (struct forged){2}), &figures), ERR_BAD_INPUT);
    assert_int_equal(look_at(w, forge(w, (struct forged){1, .twice = true}), &figures),
                     ERR_BAD_INPUT);
    expect_note(w, "位置不对");
    assert_int_equal(look_at(w, forge(w, (struct forged){1, .behind = true}), &figures),
                     ERR_BAD_INPUT);
    assert_int_equal(look_at(w, forge(w, (struct forged){1, .newer = true}), &figures),
                     ERR_BAD_INPUT);
    expect_note(w, "较新的版本");
    assert_int_equal(look_at(w, forge(w, (struct forged){1, .suite = "rot13"}), &figures),
                     ERR_BAD_INPUT);
    assert_int_equal(import_from(w, w->app.store,
                                 options_for(forge(w, (struct forged){1, .suite = "chinese"})),
                                 &figures),
                     ERR_BAD_INPUT);
    expect_note(w, "密码算法");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(damage_is_found_and_named),
        cmocka_unit_test(what_an_archive_says_of_itself_is_checked),
    };

    return cmocka_run_group_tests(tests, make_city, world_tear_down);
}
