/*
 * Fault loops: the first, the second, ... call to the disk fails until a run meets no fault.
 * Whatever happened: who got OK finds the rows, who was told "nothing happened" finds none, nobody
 * finds half, the file is sound, and the store works again as soon as the disk does.
 */
#include "store/store_fixture.h"

#include <pthread.h>
#include <sqlite3.h>
#include <string.h>

#include "store/fault_vfs.h"
#include "store/store_private.h"

enum { MOST_PAIRS = 60000, GROUP = 4 };

enum fate { ABSENT, THERE, UNCERTAIN };

struct world {
    char *folder;
    struct store *store;
    int64_t next_pair;
    char fate[MOST_PAIRS]; /* of pair n: rows 2n and 2n + 1 */
};

struct fault {
    const char *name;
    unsigned kinds;
    int code;
};

static const struct fault faults[] = {
    {"disk full", FAULT_WRITE, SQLITE_FULL},
    {"write", FAULT_WRITE, SQLITE_IOERR_WRITE},
    {"sync", FAULT_SYNC, SQLITE_IOERR_FSYNC},
    {"read", FAULT_READ, SQLITE_IOERR_READ},
    {"size", FAULT_SIZE, SQLITE_IOERR_FSTAT},
    {"open", FAULT_OPEN, SQLITE_CANTOPEN},
    {"delete", FAULT_DELETE, SQLITE_IOERR_DELETE},
    {"shared memory", FAULT_SHM_MAP, SQLITE_IOERR_SHMMAP},
    {"lock", FAULT_SHM_LOCK, SQLITE_IOERR_SHMLOCK},
    {"memory", FAULT_MEMORY, SQLITE_NOMEM},
    {"sync+lock", FAULT_SYNC | FAULT_SHM_LOCK, SQLITE_IOERR_FSYNC},
};

struct pair {
    struct world *world;
    int64_t number;
    enum err err, wanted; /* wanted: what fn answers when the disk is well */
};

static enum err put_pair(struct task *t, void *arg)
{
    const struct pair *pair = arg;
    struct item item = {
        .id = pair->number * 2, .day = DAY_NONE, .body = S("some text that takes room")};

    item.name = str_format(t, "row %lld", (long long)item.id);
    enum err e = item_put(t, &item);
    if (e)
        return e;
    item.id++;
    item.name = str_format(t, "row %lld", (long long)item.id);
    e = item_put(t, &item);
    return e || !pair->wanted ? e : task_fail(t, pair->wanted, "不行");
}

static void *write_pair(void *arg)
{
    struct pair *pair = arg;
    struct task t;

    task_begin(&t, pair->world->store, TEST_NOW, TASK_BUDGET);
    t.tenant = 1;
    pair->err = store_write(&t, put_pair, pair);
    if (pair->err && !t.note.len)
        abort();
    task_end(&t);
    return NULL;
}

static void new_pair(struct world *w, struct pair *pair, enum err wanted)
{
    assert_true(w->next_pair < MOST_PAIRS);
    *pair = (struct pair){.world = w, .number = w->next_pair++, .wanted = wanted};
}

static void settle_pair(struct world *w, const struct pair *pair)
{
    w->fate[pair->number] = !pair->err ? THERE : pair->err == ERR_UNCERTAIN ? UNCERTAIN : ABSENT;
    assert_true(pair->err == pair->wanted || pair->err == ERR_STORE || pair->err == ERR_BUSY ||
                pair->err == ERR_UNCERTAIN);
}

/* ---- what is done while the disk fails ---- */

static void one_write(struct world *w)
{
    struct pair pair;

    new_pair(w, &pair, OK);
    write_pair(&pair);
    settle_pair(w, &pair);
}

/* Four at once, surely in one group; the third fails by itself after it wrote. */
static void one_group(struct world *w)
{
    struct pair pairs[GROUP];
    pthread_t threads[GROUP];

    writer_pause(w->store);
    for (int i = 0; i < GROUP; i++) {
        new_pair(w, &pairs[i], i == 2 ? ERR_FORBIDDEN : OK);
        assert_int_equal(pthread_create(&threads[i], NULL, write_pair, &pairs[i]), 0);
    }
    while (store_figures(w->store).queue < GROUP)
        usleep(50);
    writer_resume(w->store);
    for (int i = 0; i < GROUP; i++) {
        pthread_join(threads[i], NULL);
        settle_pair(w, &pairs[i]);
    }
}

static void one_read(struct world *w)
{
    struct task t;
    int64_t expected = 0, n = -1;
    bool uncertain = false;

    for (int64_t i = 0; i < w->next_pair; i++) {
        expected += w->fate[i] == THERE ? 2 : 0;
        uncertain |= w->fate[i] == UNCERTAIN;
    }
    task_begin(&t, w->store, TEST_NOW, TASK_BUDGET);
    t.tenant = 1;
    enum err e = store_read(&t, item_count_fn, &n);
    assert_true(e == OK || e == ERR_STORE || e == ERR_BUSY);
    if (!e && !uncertain)
        assert_int_equal(n, expected);
    task_end(&t);
}

static void one_backup(struct world *w)
{
    struct task t;
    char *file;

    assert_true(asprintf(&file, "%s/copy.db", w->folder) > 0);
    task_begin(&t, w->store, TEST_NOW, TASK_BUDGET);
    enum err e = store_backup(&t, file, NULL);
    assert_int_equal(access(file, F_OK), e ? -1 : 0);
    unlink(file);
    task_end(&t);
    free(file);
}

/* What comes with a start: a folder without a store, then with one. */
static void one_opening(struct world *w)
{
    struct store *store = NULL;
    char *folder = fresh_folder();

    if (!open_store(folder, &store))
        store_close(store);
    remove_folder(folder);
    free(folder);
    store_close(w->store);
    w->store = NULL;
    if (open_store(w->folder, &w->store))
        w->store = NULL;
}

/* ---- what must hold afterwards ---- */

static enum err list_all(struct task *t, void *arg)
{
    return store_list(t, &q_item_all, NO_ARGS, &item_shape, arg);
}

/* How often each row was found, as a table by id. */
static void compare(struct world *w, const char *found)
{
    for (int64_t i = 0; i < w->next_pair; i++) {
        if (found[2 * i] != found[2 * i + 1])
            fail_msg("half of pair %lld", (long long)i);
        if (w->fate[i] != UNCERTAIN && found[2 * i] != (w->fate[i] == THERE))
            fail_msg("pair %lld: found %d, expected %d", (long long)i, found[2 * i], w->fate[i]);
    }
}

static void check_rows(struct world *w)
{
    struct task t;
    struct list list;
    static char found[2 * MOST_PAIRS];

    memset(found, 0, sizeof found);
    task_begin(&t, w->store, TEST_NOW, TASK_BUDGET);
    assert_int_equal(store_read(&t, list_all, &list), OK);
    LIST_EACH (struct item, item, list) {
        assert_in_range(item->id, 0, 2 * w->next_pair - 1);
        found[item->id]++;
    }
    task_end(&t);
    compare(w, found);
    for (int64_t i = 0; i < w->next_pair; i++)
        w->fate[i] = found[2 * i] ? THERE : ABSENT;
}

static void copy_file(const char *from, const char *to, const char *name)
{
    char *paths[2], bytes[65536];
    size_t n;

    assert_true(asprintf(&paths[0], "%s/%s", from, name) > 0);
    assert_true(asprintf(&paths[1], "%s/%s", to, name) > 0);
    FILE *in = fopen(paths[0], "rb"), *out = fopen(paths[1], "wb");
    assert_true(in && out);
    while ((n = fread(bytes, 1, sizeof bytes, in)) > 0)
        fwrite(bytes, 1, n, out);
    fclose(in);
    fclose(out);
    free(paths[0]);
    free(paths[1]);
}

/* What another start would find, had the power gone right now. */
static void check_crash(struct world *w)
{
    char *folder = fresh_folder(), *path;
    static char found[2 * MOST_PAIRS];
    sqlite3 *db;
    sqlite3_stmt *stmt;

    memset(found, 0, sizeof found);
    copy_file(w->folder, folder, "yimen.db");
    copy_file(w->folder, folder, "yimen.db-wal");
    assert_true(asprintf(&path, "%s/yimen.db", folder) > 0);
    assert_int_equal(sqlite3_open(path, &db), SQLITE_OK);
    assert_int_equal(sqlite3_prepare_v2(db, "SELECT id FROM item", -1, &stmt, NULL), SQLITE_OK);
    while (sqlite3_step(stmt) == SQLITE_ROW)
        found[sqlite3_column_int64(stmt, 0)]++;
    assert_int_equal(sqlite3_finalize(stmt), SQLITE_OK);
    sqlite3_close(db);
    compare(w, found);
    free(path);
    remove_folder(folder);
    free(folder);
}

static void check_file(const struct world *w)
{
    sqlite3 *db;
    sqlite3_stmt *stmt;
    char *path;

    assert_true(asprintf(&path, "%s/yimen.db", w->folder) > 0);
    assert_int_equal(sqlite3_open(path, &db), SQLITE_OK);
    assert_int_equal(sqlite3_prepare_v2(db, "PRAGMA integrity_check", -1, &stmt, NULL), SQLITE_OK);
    assert_int_equal(sqlite3_step(stmt), SQLITE_ROW);
    assert_string_equal((const char *)sqlite3_column_text(stmt, 0), "ok");
    sqlite3_finalize(stmt);
    sqlite3_close(db);
    free(path);
}

static void open_again(struct world *w)
{
    store_close(w->store);
    w->store = NULL;
    assert_int_equal(open_store(w->folder, &w->store), OK);
}

static void check_world(struct world *w)
{
    struct pair pair;

    if (!w->store)
        open_again(w);
    check_rows(w);
    new_pair(w, &pair, OK);
    write_pair(&pair);
    assert_int_equal(pair.err, OK);
    settle_pair(w, &pair);
}

static struct world *new_world(void)
{
    struct world *w = calloc(1, sizeof *w);

    w->folder = fresh_folder();
    open_again(w);
    for (int i = 0; i < 30; i++)
        one_write(w);
    return w;
}

static void end_world(struct world *w)
{
    store_close(w->store);
    remove_folder(w->folder);
    free(w->folder);
    free(w);
}

struct scenario {
    void (*run)(struct world *w);
    bool cold;  /* begin each run with empty caches */
    bool crash; /* look at what a crash right afterwards would leave */
    int64_t stride;
};

static void loop(struct world *w, const struct scenario *scenario, const struct fault *fault,
                 bool lasting)
{
    int64_t hits = 1, n = 1;

    for (; hits; n += scenario->stride) {
        if (scenario->cold)
            open_again(w);
        fault_arm(fault->kinds, n, fault->code, lasting);
        scenario->run(w);
        hits = fault_disarm(NULL);
        if (scenario->crash)
            check_crash(w);
        check_world(w);
        if (n % 16 == 1) {
            open_again(w);
            check_rows(w);
            check_file(w);
        }
        if (n > 20000)
            fail_msg("%s: the faults never end", fault->name);
    }
    if (getenv("FAULTS_VERBOSE"))
        fprintf(stderr, "%-14s %s: %lld points\n", fault->name, lasting ? "lasting" : "once",
                (long long)n - 1);
}

static void every_fault(const struct scenario *scenario)
{
    struct world *w = new_world();

    for (size_t i = 0; i < sizeof faults / sizeof *faults; i++) {
        loop(w, scenario, &faults[i], false);
        loop(w, scenario, &faults[i], true);
    }
    open_again(w);
    check_rows(w);
    check_file(w);
    end_world(w);
}

static void faults_in_one_write(void **state)
{
    (void)state;
    every_fault(&(struct scenario){one_write, false, true, 1});
    every_fault(&(struct scenario){one_write, true, true, 1});
}

static void faults_in_a_group(void **state)
{
    (void)state;
    every_fault(&(struct scenario){one_group, false, true, 1});
    every_fault(&(struct scenario){one_group, true, true, 1});
}

static void faults_in_a_read(void **state)
{
    (void)state;
    every_fault(&(struct scenario){one_read, true, false, 1});
}

static void faults_in_a_backup(void **state)
{
    (void)state;
    every_fault(&(struct scenario){one_backup, false, false, 1});
}

static void faults_while_opening(void **state)
{
    (void)state;
    every_fault(&(struct scenario){one_opening, false, false, 23});
}

/* A copying of the log that fails loses nothing and is made up for later. */
static void faults_in_a_checkpoint(void **state)
{
    struct world *w = new_world();

    (void)state;
    for (size_t i = 0; i < sizeof faults / sizeof *faults; i++) {
        for (int64_t n = 1, hits = 1; hits && n < 400; n++) {
            int64_t left = 0;
            struct connection *c = NULL;
            one_write(w);
            assert_int_equal(sqlite_open(w->store->database, CONNECTION_CHECKPOINT, &c).err, OK);
            fault_arm(faults[i].kinds, n, faults[i].code, n % 2);
            (void)connection_checkpoint(c, n % 3 == 0, &left);
            hits = fault_disarm(NULL);
            connection_close(c);
            check_world(w);
        }
    }
    open_again(w);
    check_rows(w);
    check_file(w);
    end_world(w);
}

/* Another program holds the database for longer than anybody waits. */
static void a_locked_database_says_busy(void **state)
{
    struct world *w = new_world();
    struct pair pair;
    sqlite3 *db;

    (void)state;
    assert_int_equal(sqlite3_open(w->store->database, &db), SQLITE_OK);
    assert_int_equal(sqlite3_exec(db, "BEGIN IMMEDIATE", NULL, NULL, NULL), SQLITE_OK);
    new_pair(w, &pair, OK);
    write_pair(&pair);
    assert_int_equal(pair.err, ERR_BUSY);
    settle_pair(w, &pair);
    one_read(w);
    sqlite3_close(db);
    check_world(w);
    end_world(w);
}

/* The budget of the task ends after the first, the second, ... piece of memory. */
static void every_memory_budget(void **state)
{
    struct world *w = new_world();
    enum err e = ERR_NO_MEMORY;
    int refused = 0;

    (void)state;
    for (size_t budget = 0; e; budget += 16) {
        struct pair pair;
        struct task t;

        new_pair(w, &pair, OK);
        task_begin(&t, w->store, TEST_NOW, budget);
        t.tenant = 1;
        e = store_write(&t, put_pair, &pair);
        task_end(&t);
        assert_true(e == OK || e == ERR_NO_MEMORY);
        refused += e != OK;
        w->fate[pair.number] = e ? ABSENT : THERE;
        check_world(w);
    }
    assert_true(refused > 1);
    end_world(w);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(faults_in_one_write),    cmocka_unit_test(faults_in_a_group),
        cmocka_unit_test(faults_in_a_read),       cmocka_unit_test(faults_in_a_backup),
        cmocka_unit_test(faults_in_a_checkpoint), cmocka_unit_test(faults_while_opening),
        cmocka_unit_test(every_memory_budget),    cmocka_unit_test(a_locked_database_says_busy),
    };

    fault_install();
    return cmocka_run_group_tests(tests, NULL, NULL);
}
