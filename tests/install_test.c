/*
 * Making tenants (K1, K2): a profile's faults all at once with their lines, a tenant whole or not
 * at all, two in one installation apart.
 */
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "copy_folder.h"
#include "install.h"
#include "modules/access/staff.h"
#include "modules/calendar/calendar.h"
#include "modules/catalog/catalog.h"
#include "modules/org/keys.h"
#include "world.h"

static const char broken[] = "tenant: {code: x}\n"
                             "units:\n"
                             "  - {key: a, kind: town, code: A1, name: n, foo: 1}\n"
                             "  - {key: b, parent: zz, kind: q, code: A1, name: n, division: 12}\n"
                             "windows: [{unit: a, name: w, kind: nothing}]\n"
                             "staff:\n"
                             "  - {login: one, name: n, posts: [{post: king, unit: a}]}\n"
                             "  - {login: one, name: n, posts: [], id-number: \"1\"}\n";

static void all_faults_of_a_profile_come_at_once(void **state)
{
    struct world *w = *state;
    static const struct {
        int line;
        const char *words;
    } expected[] = {{1, "name"}, {1, "city"},    {3, "foo"},  {4, "zz"},    {4, "“q”"}, {4, "A1"},
                    {4, "区划"}, {5, "nothing"}, {7, "king"}, {8, "posts"}, {8, "one"}, {8, "18"}};
    const struct profile *profile;
    struct list faults;
    struct task t;

    task_begin(&t, w->app.store, w->now, TASK_BUDGET);
    assert_int_equal(profile_read(&t, S("p.yaml"), str_of(broken), &profile, &faults),
                     ERR_BAD_INPUT);
    for (size_t i = 0; i < sizeof expected / sizeof *expected; i++) {
        bool found = false;

        LIST_EACH (struct fault, fault, faults)
            found = found || (fault->line == expected[i].line &&
                              str_find(fault->message, str_of(expected[i].words)) != SIZE_MAX);
        if (!found)
            fail_msg("no fault at line %d about %s", expected[i].line, expected[i].words);
    }
    assert_int_equal(faults.count, sizeof expected / sizeof *expected);
    task_end(&t);
}

static enum err count_all(struct task *t, void *arg)
{
    size_t *counts = arg;
    struct list units, windows, staff, matters, procedures, tenants;
    enum err e = org_units(t, (struct str){0}, &units);

    if (!e)
        e = org_windows(t, 0, &windows);
    if (!e)
        e = staff_all(t, &staff);
    if (!e)
        e = catalog_matters(t, S("village"), S(""), &matters);
    if (!e)
        e = catalog_procedures(t, &procedures);
    if (!e)
        e = org_tenants(t, &tenants);
    if (e)
        return e;
    counts[0] = units.count;
    counts[1] = windows.count;
    counts[2] = staff.count;
    counts[3] = matters.count;
    counts[4] = procedures.count;
    counts[5] = tenants.count;
    return OK;
}

static void the_city_has_three_tiers_with_people_and_a_catalogue(void **state)
{
    struct world *w = *state;
    size_t counts[6];

    w->home.now = w->now;
    assert_int_equal(store_read(&w->home, count_all, counts), OK);
    assert_int_equal(counts[0], 15); /* 1 centre, 3 towns, 9 villages, a park, the bureau */
    assert_int_equal(counts[1], 6 + 3 * 3 + 9 * 2 + 2);
    assert_int_equal(counts[2], 52);
    assert_true(counts[3] > 20);
    assert_int_equal(counts[4], 17);
    assert_int_equal(counts[5], 1);
}

static enum err find_dispatcher(struct task *t, void *arg)
{
    return staff_find(t, *(int64_t *)arg, S("dispatcher"), &(struct list){0});
}

static void everybody_can_sign_in_to_their_post(void **state)
{
    struct world *w = *state;
    int64_t centre = world_unit(w, "LJ01");

    assert_int_equal(store_read(&w->home, find_dispatcher, &centre), OK);
    assert_str(world_actor(w, "xiaqing", "head").unit_name, "枣园社区公共法律服务工作室");
    assert_str(world_actor(w, "xiaqing", "mediator").unit_name, "枣园社区公共法律服务工作室");
    world_as_post(w, "qinfeng", "dispatcher");
    world_get(w, "/orders");
    WORLD_STATUS(w, 200);
    WORLD_SAYS(w, "分派岗");
}

/* *ret_password: of the first person. */
static enum err again(struct world *w, const char *profile_name, const char *password,
                      struct str *ret_password)
{
    struct install_options options = {.password = str_of(password)};
    struct list faults, sign_ins;
    struct task t;

    task_begin(&t, w->app.store, w->now, TASK_BUDGET);
    enum err e = profile_read_file(&t, profile_name, &options.profile, &faults);
    if (!e)
        e = install_tenant(&t, &options, &sign_ins, &faults);
    if (!e)
        *ret_password = world_keep(w, ((struct sign_in *)sign_ins.at)->password);
    task_end(&t);
    return e;
}

static void a_second_time_changes_nothing(void **state)
{
    struct world *w = *state;
    struct str password;
    size_t before[6], after[6];

    assert_int_equal(store_read(&w->home, count_all, before), OK);
    assert_int_equal(again(w, "lanjiang", WORLD_PASSWORD, &password), ERR_CONFLICT);
    assert_int_equal(store_read(&w->home, count_all, after), OK);
    assert_memory_equal(before, after, sizeof before);
    assert_int_equal(again(w, "minimal", "12345", &password), ERR_BAD_INPUT);
    assert_int_equal(again(w, "no-such-profile", "", &password), ERR_NOT_FOUND);
    assert_int_equal(store_read(&w->home, count_all, after), OK);
    assert_memory_equal(before, after, sizeof before);
}

static void two_tenants_never_see_each_other(void **state)
{
    struct world *w = *state;
    struct actor lawyer = world_actor(w, "wuhaitao", NULL);
    struct act_done made = world_create(w, &lawyer, WORLD_CONSULTATION);
    int64_t first = w->tenant;

    world_second_tenant(w);
    w->tenant = w->other_tenant;
    w->host = S("other.test");
    world_as(w, "centre");
    world_get_json(w, world_f(w, "/orders/%lld", (long long)made.order));
    WORLD_STATUS(w, 404);
    world_post_json(w, world_f(w, "/orders/%lld/act/note", (long long)made.order),
                    "{\"text\":\"看一看\"}");
    WORLD_STATUS(w, 404);
    world_get_json(w, "/orders?view=subtree&status=all");
    WORLD_STATUS(w, 200);
    assert_false(world_says(w, "LJ01"));
    world_get_json(w, "/units");
    assert_false(world_says(w, "岚江"));
    w->tenant = first;
}

static void random_passwords_must_be_changed(void **state)
{
    struct world *w = *state;
    struct str password = {0};
    static const char third[] =
        "tenant: {code: third, name: 第三, city: 本市, host: third.test}\n"
        "units: [{key: a, kind: city, code: T1, name: 中心}]\n"
        "staff: [{login: solo, name: 一人, posts: [{post: clerk, unit: a}]}]\n";
    const char *file = world_f(w, "%s/third.yaml", w->folder);
    FILE *out = fopen(file, "w");

    assert_non_null(out);
    fputs(third, out);
    fclose(out);
    assert_int_equal(again(w, file, "", &password), OK);
    world_as_nobody(w);
    w->host = S("third.test");
    world_post(w, "/sign-in", world_f(w, "login=solo&password=%.*s", STR_ARG(password)));
    WORLD_STATUS(w, 303);
    world_get(w, "/orders");
    WORLD_STATUS(w, 303);
    assert_str(w->location, "/account/password");
}

static void a_database_without_its_key_is_left_alone(void **state)
{
    struct world *w = *state;
    struct app app = {.data = w->app.data};
    const char *key = world_f(w, "%s.key", w->app.data), *away = world_f(w, "%s.away", key);
    struct stat about;
    struct task t;

    assert_int_equal(stat(w->app.data, &about), 0);
    assert_int_equal(about.st_mode & 0777, 0700);
    assert_int_equal(stat(key, &about), 0);
    assert_int_equal(about.st_mode & 0777, 0600);
    assert_int_equal(rename(key, away), 0);
    task_begin(&t, NULL, w->now, TASK_BUDGET);
    assert_int_equal(install_folder(&t, &app), ERR_CONFLICT);
    assert_int_equal(access(key, F_OK), -1);
    task_end(&t);
    assert_int_equal(rename(away, key), 0);
}

/* --- Copies for backups --- */

enum { FILES = 900 };

struct removing {
    const char *folder;
};

static void *remove_them(void *arg)
{
    const struct removing *removing = arg;
    char path[4096];

    for (int i = FILES; i-- > 1;) {
        snprintf(path, sizeof path, "%s/%04d", removing->folder, i);
        unlink(path);
    }
    return NULL;
}

/* Somebody gives up an application while the backup goes: its files go, the backup goes on. */
static void a_file_that_goes_while_it_is_copied_is_no_fault(void **state)
{
    struct world *w = *state;
    const char *from = world_f(w, "%s/from", w->folder), *to = world_f(w, "%s/to", w->folder);
    struct removing removing = {from};
    pthread_t thread;

    assert_int_equal(mkdir(from, 0700), 0);
    for (int i = 0; i < FILES; i++) {
        FILE *file = fopen(world_f(w, "%s/%04d", from, i), "w");

        assert_non_null(file);
        assert_int_equal(fclose(file), 0);
    }
    assert_int_equal(pthread_create(&thread, NULL, remove_them, &removing), 0);
    enum err e = copy_folder(&w->home, from, to, NULL);
    pthread_join(thread, NULL);
    if (e)
        fail_msg("%.*s", STR_ARG(w->home.note));
    assert_int_equal(access(world_f(w, "%s/0000", to), R_OK), 0);
}

/* The package has them in /etc, not in the data folder. */
static void the_settings_go_along_wherever_they_stand(void **state)
{
    struct world *w = *state;
    const char *conf = world_f(w, "%s/elsewhere.conf", w->folder);
    const char *folder = world_f(w, "%s/backup", w->folder);
    struct app app = {.data = w->app.data, .conf_file = conf};
    char name[] = "backup", *argv[] = {name, str_terminated(&w->home, str_of(folder)), NULL};
    struct str text;
    struct task t;

    if (w->app.url)
        skip(); /* PostgreSQL has its own tools */
    FILE *file = fopen(conf, "w");
    assert_non_null(file);
    fprintf(file, "# ours\nkey_file = %s.key\n", w->app.data);
    assert_int_equal(fclose(file), 0);
    task_begin(&t, NULL, w->now, TASK_BUDGET);
    assert_int_equal(command_backup(&t, &app, 2, argv), 0);
    store_close(app.store); /* not app_close(): the keys are the world's, too */
    free(app.key_file);
    assert_int_equal(read_whole_file(&t, world_f(w, "%s/yimen.conf", folder), 4096, &text), OK);
    assert_true(str_starts(text, S("# ours")));
    task_end(&t);
}

int main(void)
{
    return WORLD_TESTS(cmocka_unit_test(a_file_that_goes_while_it_is_copied_is_no_fault),
                       cmocka_unit_test(all_faults_of_a_profile_come_at_once),
                       cmocka_unit_test(the_city_has_three_tiers_with_people_and_a_catalogue),
                       cmocka_unit_test(everybody_can_sign_in_to_their_post),
                       cmocka_unit_test(a_second_time_changes_nothing),
                       cmocka_unit_test(two_tenants_never_see_each_other),
                       cmocka_unit_test(random_passwords_must_be_changed),
                       cmocka_unit_test(the_settings_go_along_wherever_they_stand),
                       cmocka_unit_test(a_database_without_its_key_is_left_alone));
}
