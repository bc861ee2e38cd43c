/*
 * store_pg_fixture.h - what the tests of PostgreSQL share: two servers of one new database.
 */
#ifndef STORE_STORE_PG_FIXTURE_H
#define STORE_STORE_PG_FIXTURE_H

#include "store/postgres_fixture.h"
#include "store/store_fixture.h"
#include "store/store_private.h"

struct server {
    char *url, *direct; /* the way that the stores take; one that nothing stands in */
    struct fixture f;
    struct store *second; /* another server of the same database */
};

static inline void need_a_server(void)
{
    if (!postgres_wanted()) {
        print_message("skipped: no PostgreSQL (tools/postgres run)\n");
        skip();
    }
}

/* Where the folder of the socket stands in a URL of postgres_database(). */
static inline struct str host_in(const char *url)
{
    const char *at = strstr(url, "host=") + 5;

    return (struct str){at, strcspn(at, "&")};
}

static inline struct store *open_on(const char *folder, const char *url)
{
    struct store_options options = {.directory = folder, .url = url, .create = true};
    struct store *store = NULL;
    struct task t;

    task_begin(&t, NULL, TEST_NOW, TASK_BUDGET);
    enum err e = store_open(&t, &options, &store);
    if (e)
        print_error("%.*s\n", STR_ARG(t.note));
    assert_int_equal(e, OK);
    t.store = store;
    e = store_migrate(&t, item_migrations, item_migration_count);
    if (e)
        print_error("%.*s\n", STR_ARG(t.note));
    assert_int_equal(e, OK);
    task_end(&t);
    return store;
}

/* `way`: gives the folder of a socket to go through instead of the server's own; or NULL. */
static inline int begin_on(void **state, const char *(*way)(const char *url))
{
    struct server *w = calloc(1, sizeof *w);

    *state = w;
    if (!postgres_wanted())
        return 0;
    w->direct = postgres_database(NULL);
    struct str host = host_in(w->direct);
    const char *folder = way ? way(w->direct) : NULL;
    struct str through = folder ? str_of(folder) : host;
    assert_true(asprintf(&w->url, "%.*s%.*s%s", (int)(host.at - w->direct), w->direct,
                         STR_ARG(through), host.at + host.len) > 0);
    w->f.folder = fresh_folder();
    w->f.store = open_on(w->f.folder, w->url);
    w->second = open_on(w->f.folder, w->url);
    task_begin(&w->f.t, w->f.store, TEST_NOW, TASK_BUDGET);
    w->f.t.tenant = 1;
    return 0;
}

static inline int end(void **state)
{
    struct server *w = *state;

    if (w->f.store) {
        task_end(&w->f.t);
        store_close(w->second);
        store_close(w->f.store);
        remove_folder(w->f.folder);
    }
    free(w->f.folder);
    postgres_drop(w->direct);
    free(w->url);
    free(w);
    return 0;
}

static inline void put_item(struct task *t, int64_t id, const char *name, int64_t amount)
{
    struct item item = {.id = id, .name = str_of(name), .day = DAY_NONE, .amount = amount};

    assert_int_equal(store_write(t, item_put_fn, &item), OK);
}

struct amount {
    int64_t id, amount;
};

static inline enum err read_amount(struct task *t, void *arg)
{
    struct amount *a = arg;
    struct item item = {0};
    enum err e =
        store_one(t, &q_item_by_id, ARGS(INT("tenant", 1), INT("id", a->id)), &item_shape, &item);

    a->amount = item.amount;
    return e;
}

static inline int64_t amount_of(struct task *t, int64_t id)
{
    struct amount a = {.id = id};

    assert_int_equal(store_read(t, read_amount, &a), OK);
    return a.amount;
}

static inline enum err read_then_add_one(struct task *t, void *arg)
{
    struct amount a = *(struct amount *)arg;
    enum err e = read_amount(t, &a);

    if (e)
        return e;
    return store_run(t, &q_item_set,
                     ARGS(INT("amount", a.amount + 1), INT("tenant", 1), INT("id", a.id)), NULL);
}

#endif
