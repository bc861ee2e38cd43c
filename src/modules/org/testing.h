/*
 * testing.h - a city for a test: a store in a folder of its own, a key file beside it, one tenant
 * with a centre, a town and a village.  Migrations are the caller's, in order of the modules it
 * needs.
 */
#ifndef ORG_TESTING_H
#define ORG_TESTING_H

#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "core/test.h"
#include "modules/org/keys.h"
#include "modules/org/org.h"
#include "store/store.h"

struct city {
    char *folder, *key_file;
    struct store *store;
    struct task t;
    int64_t tenant, centre, town, village, window;
};

static inline int city_remove_one(const char *path, const struct stat *about, int kind,
                                  struct FTW *walk)
{
    (void)about;
    (void)kind;
    (void)walk;
    return remove(path);
}

/* Run and expect OK; says what went wrong. */
#define CITY_OK(city, call)                                                                        \
    do {                                                                                           \
        enum err e_ = (call);                                                                      \
        if (e_)                                                                                    \
            fail_msg(#call ": %s: %.*s", err_word(e_), STR_ARG((city)->t.note));                   \
    } while (0)

/* Run and expect an error, which is then forgotten. */
#define CITY_FAILS(city, call, expected)                                                           \
    do {                                                                                           \
        enum err e_ = (call);                                                                      \
        if (e_ != (expected))                                                                      \
            fail_msg(#call ": %s, expected %s: %.*s", e_ ? err_word(e_) : "ok",                    \
                     err_word(expected), STR_ARG((city)->t.note));                                 \
        task_clear_error(&(city)->t);                                                              \
    } while (0)

static inline enum err city_make_rows(struct task *t, void *arg)
{
    struct city *city = arg;
    struct tenant tenant = {.code = S("lanjiang"),
                            .name = S("岚江市公共法律服务中心"),
                            .city = S("岚江市"),
                            .hotline = S("12348")};
    struct unit centre = {
        .kind = S("city"), .code = S("LJ01"), .name = S("岚江市中心"), .open = true};
    enum err e = org_create_tenant(t, &tenant, &city->tenant);

    if (!e)
        e = org_create_unit(t, &centre, &city->centre);
    struct unit town = {.parent = city->centre,
                        .kind = S("town"),
                        .code = S("LJ02"),
                        .name = S("双塔街道中心"),
                        .open = true};
    if (!e)
        e = org_create_unit(t, &town, &city->town);
    struct unit village = {.parent = city->town,
                           .kind = S("village"),
                           .code = S("LJ03"),
                           .name = S("枣园社区工作站"),
                           .open = true};
    if (!e)
        e = org_create_unit(t, &village, &city->village);
    struct window window = {.unit = city->centre, .name = S("3 号窗"), .kind = S("comprehensive")};
    return e ? e : org_create_window(t, &window, &city->window);
}

static inline void city_build(struct city *city, const struct migration *const *migrations)
{
    const char *tmp = getenv("TMPDIR");
    struct store_options options = {.create = true};

    if (asprintf(&city->folder, "%s/yimen-city-XXXXXX", tmp ? tmp : "/tmp") < 0 ||
        !mkdtemp(city->folder) || asprintf(&city->key_file, "%s/key", city->folder) < 0)
        abort();
    task_begin(&city->t, NULL, TEST_NOW, TASK_BUDGET);
    CITY_OK(city, keys_make_file(&city->t, city->key_file, SUITE_INTERNATIONAL));
    CITY_OK(city, keys_open(&city->t, city->key_file));
    options.directory = city->folder;
    CITY_OK(city, store_open(&city->t, &options, &city->store));
    city->t.store = city->store;
    for (; *migrations; migrations++) {
        size_t n = 0;

        while ((*migrations)[n].sql)
            n++;
        CITY_OK(city, store_migrate(&city->t, *migrations, n));
    }
    CITY_OK(city, store_write(&city->t, city_make_rows, city));
    city->t.tenant = city->tenant;
}

static inline void city_clear(struct city *city)
{
    task_end(&city->t);
    store_close(city->store);
    keys_close();
    nftw(city->folder, city_remove_one, 16, FTW_DEPTH | FTW_PHYS);
    free(city->key_file);
    free(city->folder);
}

#endif
