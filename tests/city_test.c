/*
 * A whole city as one file: out, in, and out again as the same bytes; broken off and gone on with;
 * refused when it is here already.  Damage: city_damage_test.c.
 */
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "city/city.h"
#include "core/crypto.h"
#include "modules/org/keys.h"
#include "store/postgres_fixture.h"
#include "city_fixture.h"
#include "world_rows.h"

/* --- The way there and back --- */

static void the_same_city_gives_the_same_bytes(void **state)
{
    struct world *w = *state;
    struct store *store = open_new(w, "there");
    const char *one = file_in(w, "one.city"), *two = file_in(w, "two.city");
    struct city_figures out = export_to(w, w->app.store, one), in = {0};
    struct task t;

    assert_true(out.rows > 300);
    assert_int_equal(out.blobs, 2);
    assert_true(str_is(out.code, "lanjiang"));
    assert_int_equal(look_at(w, one, &in), OK);
    assert_true(str_eq(in.hash, out.hash));
    if (import_from(w, store, options_for(one), &in))
        fail_msg("%.*s", STR_ARG(w->t.note));
    assert_int_equal(in.rows, out.rows);
    assert_int_equal(in.blobs, out.blobs);
    assert_int_equal(in.resumed, 0);
    assert_int_equal(w->t.tenant, w->tenant);
    export_to(w, store, two);
    assert_true(str_eq(bytes_of(w, one), bytes_of(w, two)));

    /* And it lives: its orders keep their invariants, its keys open. */
    struct list findings;
    int64_t orders = 0, events = 0;
    task_begin(&t, store, w->now, (size_t)4 * TASK_BUDGET);
    t.tenant = w->tenant;
    NEED(order_verify(&t, NULL, &findings, &orders, &events));
    assert_int_equal(findings.count, 0);
    assert_int_equal(orders, 5);
    task_end(&t);
    store_close(store);
}

static void a_city_that_is_here_is_refused(void **state)
{
    struct world *w = *state;
    struct city_figures figures;

    const char *one = file_in(w, "here.city");
    export_to(w, w->app.store, one);
    assert_int_equal(import_from(w, w->app.store, options_for(one), &figures), ERR_CONFLICT);
    expect_note(w, "已有这个平台");
    /* And no file is written over. */
    struct city_options options = options_for(one);
    task_end(&w->t);
    task_begin(&w->t, w->app.store, w->now, TASK_BUDGET);
    w->t.tenant = w->tenant;
    assert_int_equal(city_export(&w->t, &options, &figures), ERR_CONFLICT);
}

/* --- Broken off --- */

static void die_in_the_middle(const char *what, int64_t done, int64_t all)
{
    if (!strcmp(what, "导入") && done > all / 3)
        kill(getpid(), SIGKILL);
}

static void die_at_the_files(const char *what, int64_t done, int64_t all)
{
    (void)done;
    (void)all;
    if (!strcmp(what, "文件"))
        kill(getpid(), SIGKILL);
}

static void import_and_die(struct world *w, const char *file, const char *folder, const char *url,
                           city_progress_fn *death)
{
    struct city_options options = options_for(file);
    struct city_figures figures;
    pid_t child = fork();
    int status = 0;

    if (!child) {
        options.progress = death;
        (void)!import_from(w, open_at(w, folder, url), options, &figures);
        _exit(1);
    }
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_true(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL);
}

static void a_killed_import_goes_on(void **state)
{
    struct world *w = *state;
    const char *one = file_in(w, "killed.city"), *two = file_in(w, "killed-two.city");
    const char *other = file_in(w, "killed-other.city");
    struct city_figures out = export_to(w, w->app.store, one), in = {0};

    import_and_die(w, one, "killed", NULL, die_in_the_middle);
    import_and_die(w, one, "killed", NULL, die_at_the_files);
    struct store *store = open_new(w, "killed");
    /* Half a city is no city: nobody is there to export. */
    struct city_options options = options_for(two);
    task_end(&w->t);
    task_begin(&w->t, store, w->now, TASK_BUDGET);
    w->t.tenant = w->tenant;
    assert_int_not_equal(city_export(&w->t, &options, &in), OK);
    unlink(two);
    /* The city went on meanwhile: another archive of it does not fit to the half. */
    world_as(w, "wuhaitao");
    world_post_json(w, "/orders", WORLD_CONSULTATION);
    export_to(w, w->app.store, other);
    assert_int_equal(import_from(w, store, options_for(other), &in), ERR_CONFLICT);
    expect_note(w, "另一份归档");
    if (import_from(w, store, options_for(one), &in))
        fail_msg("%.*s", STR_ARG(w->t.note));
    assert_true(in.resumed > out.rows / 3 && in.resumed <= out.rows);
    export_to(w, store, two);
    assert_true(str_eq(bytes_of(w, one), bytes_of(w, two)));
    store_close(store);
}

/* With more rows in a table than are taken away at once. */
static void export_many(struct world *w, const char *file)
{
    world_sql(w, world_f(w,
                         "INSERT INTO order_count (tenant, unit, what, n) WITH RECURSIVE s (i) AS "
                         "(SELECT 1 UNION ALL SELECT i + 1 FROM s WHERE i < 24000) "
                         "SELECT %lld, i %% 7, 'made-' || i, 0 FROM s",
                         (long long)w->tenant));
    export_to(w, w->app.store, file);
    world_sql(w, "DELETE FROM order_count WHERE what LIKE 'made-%'");
}

static void what_is_left_of_an_import_can_be_taken_away(void **state)
{
    struct world *w = *state;
    const char *one = file_in(w, "left.city");
    struct city_figures figures;

    export_many(w, one);
    import_and_die(w, one, "left", NULL, die_in_the_middle);
    struct store *store = open_new(w, "left");
    task_end(&w->t);
    task_begin(&w->t, store, w->now, TASK_BUDGET);
    assert_int_equal(city_forget_import(&w->t, S("lanjiang"), NULL), OK);
    task_end(&w->t);
    task_begin(&w->t, store, w->now, TASK_BUDGET);
    assert_int_equal(city_forget_import(&w->t, S("lanjiang"), NULL), ERR_NOT_FOUND);
    if (import_from(w, store, options_for(one), &figures))
        fail_msg("%.*s", STR_ARG(w->t.note));
    assert_int_equal(figures.resumed, 0);
    /* A whole city is not taken away. */
    task_end(&w->t);
    task_begin(&w->t, store, w->now, TASK_BUDGET);
    assert_int_equal(city_forget_import(&w->t, S("lanjiang"), NULL), ERR_NOT_FOUND);
    store_close(store);
}

/* --- Two at once --- */

static struct store *store_of_import;
static int64_t moment_of_import;

/* Another administrator thinks that it was broken off. */
static void forget_in_the_middle(const char *what, int64_t done, int64_t all)
{
    struct task t;

    if (!store_of_import || strcmp(what, "导入") != 0 || done < all / 3)
        return;
    task_begin(&t, store_of_import, moment_of_import, TASK_BUDGET);
    store_of_import = NULL;
    assert_int_equal(city_forget_import(&t, S("lanjiang"), NULL), OK);
    task_end(&t);
}

/* And nobody gets a city that lacks what was taken away under the import's feet. */
static void an_import_that_is_taken_away_does_not_end_well(void **state)
{
    struct world *w = *state;
    const char *one = file_in(w, "both.city");
    struct city_options options = options_for(one);
    struct city_figures figures;

    export_to(w, w->app.store, one);
    struct store *store = open_new(w, "both");
    store_of_import = store;
    moment_of_import = w->now;
    options.progress = forget_in_the_middle;
    assert_int_equal(import_from(w, store, options, &figures), ERR_CONFLICT);
    assert_null(store_of_import);
    expect_note(w, "清除");
    options.progress = NULL;
    if (import_from(w, store, options, &figures))
        fail_msg("%.*s", STR_ARG(w->t.note));
    assert_int_equal(figures.resumed, 0);
    task_end(&w->t);
    task_begin(&w->t, NULL, w->now, TASK_BUDGET);
    store_close(store);
}

/* From the one database into the other and back, with a kill on the way (tools/postgres). */
static void the_way_over_postgresql(void **state)
{
    struct world *w = *state;
    const char *one = file_in(w, "pg-one.city"), *two = file_in(w, "pg-two.city");
    const char *three = file_in(w, "pg-three.city");
    struct city_figures figures;

    if (!postgres_wanted()) {
        print_message("no PostgreSQL here: run by tools/postgres\n");
        skip();
    }
    char *url = postgres_database(NULL);
    export_many(w, one);
    struct store *plain = open_new(w, "plain");
    if (import_from(w, plain, options_for(one), &figures))
        fail_msg("%.*s", STR_ARG(w->t.note));
    export_to(w, plain, two);
    import_and_die(w, two, "postgres", url, die_in_the_middle);
    struct store *postgres = open_at(w, "postgres", url);
    task_end(&w->t);
    task_begin(&w->t, postgres, w->now, TASK_BUDGET);
    assert_int_equal(city_forget_import(&w->t, S("lanjiang"), NULL), OK);
    store_close(postgres);
    import_and_die(w, two, "postgres", url, die_in_the_middle);
    postgres = open_at(w, "postgres", url);
    if (import_from(w, postgres, options_for(two), &figures))
        fail_msg("%.*s", STR_ARG(w->t.note));
    assert_true(figures.resumed > figures.rows / 3);
    export_to(w, postgres, three);
    assert_true(str_eq(bytes_of(w, one), bytes_of(w, two)));
    assert_true(str_eq(bytes_of(w, one), bytes_of(w, three)));
    task_end(&w->t);
    task_begin(&w->t, NULL, w->now, TASK_BUDGET);
    store_close(plain);
    store_close(postgres);
    postgres_drop(url);
}

/* --- Keys --- */

/* Last: the process has another key file open afterwards. */
static void the_key_comes_from_the_other_installation(void **state)
{
    struct world *w = *state;
    const char *one = file_in(w, "key.city"), *two = file_in(w, "key-two.city");
    const char *key = file_in(w, "other.key");
    struct store *store = open_new(w, "other");
    struct city_options options = options_for(one);
    struct city_figures figures;
    struct task t;

    export_to(w, w->app.store, one);
    task_begin(&t, NULL, w->now, TASK_BUDGET);
    NEED(keys_make_file(&t, key, SUITE_INTERNATIONAL));
    NEED(keys_open(&t, key));
    assert_int_equal(import_from(w, store, options, &figures), ERR_FORBIDDEN);
    expect_note(w, "--key");
    options.key_file = key;
    assert_int_equal(import_from(w, store, options, &figures), ERR_FORBIDDEN);
    options.key_file = w->app.key_file;
    if (import_from(w, store, options, &figures))
        fail_msg("%.*s", STR_ARG(w->t.note));
    /* The keys open here, and what they seal; in the file they stand wrapped by the key in force.
     */
    struct list findings;
    int64_t orders = 0, events = 0;
    task_end(&t);
    task_begin(&t, store, w->now, (size_t)4 * TASK_BUDGET);
    t.tenant = w->tenant;
    NEED(order_verify(&t, NULL, &findings, &orders, &events));
    assert_int_equal(findings.count, 0);
    assert_true(orders > 0);
    export_to(w, store, two);
    assert_false(str_eq(bytes_of(w, one), bytes_of(w, two)));
    task_end(&t);
    store_close(store);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_same_city_gives_the_same_bytes),
        cmocka_unit_test(a_city_that_is_here_is_refused),
        cmocka_unit_test(a_killed_import_goes_on),
        cmocka_unit_test(what_is_left_of_an_import_can_be_taken_away),
        cmocka_unit_test(an_import_that_is_taken_away_does_not_end_well),
        cmocka_unit_test(the_way_over_postgresql),
        cmocka_unit_test(the_key_comes_from_the_other_installation),
    };

    return cmocka_run_group_tests(tests, make_city, world_tear_down);
}
