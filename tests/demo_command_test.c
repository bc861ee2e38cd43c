/*
 * `yimen demo`: a folder becomes a city once, and is shown again at once; a folder with something
 * else in it is left alone.
 */
#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "app.h"
#include "core/test.h"
#include "core/time.h"

static int remove_one(const char *path, const struct stat *about, int kind, struct FTW *walk)
{
    (void)about;
    (void)kind;
    (void)walk;
    return remove(path);
}

static int run(const char *data)
{
    char demo[] = "demo", orders[] = "--orders", one[] = "1", no_serve[] = "--no-serve";
    char *argv[] = {demo, orders, one, no_serve, NULL};
    struct app app = {.data = data};
    struct task t;

    task_begin(&t, NULL, time_now(), (size_t)4 * TASK_BUDGET);
    int code = command_demo(&t, &app, 4, argv);
    app_close(&app);
    task_end(&t);
    return code;
}

static void a_folder_becomes_a_city_once(void **state)
{
    char folder[] = "/tmp/yimen-demo-XXXXXX", data[64], file[80];
    struct stat made, shown;

    (void)state;
    assert_non_null(mkdtemp(folder));
    snprintf(data, sizeof data, "%s/demo", folder);
    snprintf(file, sizeof file, "%s/demo/yimen.db", folder);
    assert_int_equal(run(data), 0);
    assert_int_equal(stat(file, &made), 0);
    int64_t before = time_monotonic_ns();
    assert_int_equal(run(data), 0);
    assert_true(time_monotonic_ns() - before < INT64_C(1000000000));
    assert_int_equal(stat(file, &shown), 0);
    assert_int_equal(made.st_mtime, shown.st_mtime);

    snprintf(file, sizeof file, "%s/demo.key", folder);
    assert_int_equal(stat(file, &made), 0);
    assert_int_equal(made.st_mode & 0777, 0600);
    snprintf(file, sizeof file, "%s/demo.part", folder);
    assert_int_equal(stat(file, &made), -1);
    /* The folder above holds something else. */
    assert_int_equal(run(folder), 4);
    assert_int_equal(nftw(folder, remove_one, 16, FTW_DEPTH | FTW_PHYS), 0);
}

static void nonsense_is_refused(void **state)
{
    char demo[] = "demo", nonsense[] = "--nonsense";
    char *argv[] = {demo, nonsense, NULL};
    struct app app = {.data = "/nowhere"};
    struct task t;

    (void)state;
    task_begin(&t, NULL, time_now(), TASK_BUDGET);
    assert_int_equal(command_demo(&t, &app, 2, argv), 2);
    task_end(&t);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_folder_becomes_a_city_once),
        cmocka_unit_test(nonsense_is_refused),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
