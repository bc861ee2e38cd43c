/*
 * store_fixture.h - what the store's tests share: a data folder of their own, rows to write.
 */
#ifndef STORE_STORE_FIXTURE_H
#define STORE_STORE_FIXTURE_H

#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "core/shape.h"
#include "core/test.h"
#include "core/time.h"
#include "store/store.h"
#include "store_test_sql.h"

struct item {
    int64_t id;
    struct str name;
    int32_t day;
    int64_t amount;
    bool open;
    int64_t at;
    struct str body;
    struct str unread; /* no column */
    int32_t unread_day;
};

static const struct field item_fields[] = {
    FIELD(struct item, id, F_ID, NULL),          FIELD(struct item, name, F_STR, NULL),
    FIELD(struct item, day, F_DAY, NULL),        FIELD(struct item, amount, F_INT, NULL),
    FIELD(struct item, open, F_BOOL, NULL),      FIELD(struct item, at, F_MOMENT, NULL),
    FIELD(struct item, body, F_STR, NULL),       FIELD(struct item, unread, F_STR, NULL),
    FIELD(struct item, unread_day, F_DAY, NULL), {NULL},
};
static const struct shape item_shape = {"Item", sizeof(struct item), item_fields};

/* Bound by the order of the query, all of it. */
static inline enum err item_put(struct task *t, const struct item *item)
{
    return store_run(t, &q_item_add,
                     ARGS(INT("tenant", t->tenant), INT("id", item->id), TEXT("name", item->name),
                          TEXT_OR_NULL("day", day_text(t, item->day)), INT("amount", item->amount),
                          INT("open", item->open), INT_OR_NULL("at", item->at),
                          BYTES("body", item->body)),
                     NULL);
}

static inline enum err item_put_fn(struct task *t, void *arg)
{
    return item_put(t, arg);
}

static inline enum err item_count_fn(struct task *t, void *arg)
{
    return store_number(t, &q_item_count, ARGS(INT("tenant", t->tenant)), arg);
}

static inline int remove_one(const char *path, const struct stat *about, int kind, struct FTW *walk)
{
    (void)about;
    (void)kind;
    (void)walk;
    return remove(path);
}

static inline void remove_folder(const char *path)
{
    nftw(path, remove_one, 16, FTW_DEPTH | FTW_PHYS);
}

/* A folder that nobody has used, in memory where there is one; the caller frees the text and
 * removes the folder. */
static inline char *fresh_folder(void)
{
    const char *tmp = access("/dev/shm", W_OK) ? getenv("TMPDIR") : "/dev/shm";
    char *path;

    if (asprintf(&path, "%s/yimen-store-XXXXXX", tmp ? tmp : "/tmp") < 0 || !mkdtemp(path))
        abort();
    return path;
}

/* `url`: of an empty PostgreSQL database; NULL: SQLite in the folder. */
static inline enum err open_store_at(const char *folder, const char *url, struct store **ret_store)
{
    struct store_options options = {.directory = folder, .url = url, .create = true};
    struct task t;
    struct store *store = NULL;

    task_begin(&t, NULL, TEST_NOW, TASK_BUDGET);
    enum err e = store_open(&t, &options, &store);
    if (!e) {
        t.store = store;
        e = store_migrate(&t, item_migrations, item_migration_count);
        if (!e)
            *ret_store = store;
    }
    if (e)
        store_close(store);
    task_end(&t);
    return e;
}

static inline enum err open_store(const char *folder, struct store **ret_store)
{
    return open_store_at(folder, NULL, ret_store);
}

/* For cmocka: each test begins with a store of its own. */
struct fixture {
    char *folder, *url; /* NULL: SQLite */
    struct store *store;
    struct task t;
};

static inline int set_up_at(void **state, char *url)
{
    struct fixture *w = calloc(1, sizeof *w);

    w->folder = fresh_folder();
    w->url = url;
    assert_int_equal(open_store_at(w->folder, url, &w->store), OK);
    task_begin(&w->t, w->store, TEST_NOW, TASK_BUDGET);
    w->t.tenant = 1;
    *state = w;
    return 0;
}

static inline int set_up(void **state)
{
    return set_up_at(state, NULL);
}

static inline int tear_down(void **state)
{
    struct fixture *w = *state;

    task_end(&w->t);
    store_close(w->store);
    remove_folder(w->folder);
    free(w->folder);
    free(w);
    return 0;
}

static inline int64_t count(struct task *t)
{
    int64_t n = -1;

    assert_int_equal(store_read(t, item_count_fn, &n), OK);
    return n;
}

#endif
