/*
 * bench_store - durable writes through store_write() by many threads, against a plain loop of
 * SQLite calls that writes the same rows in transactions of the size that was observed.
 *
 *   bench_store [FOLDER [WRITES [THREADS [PASSES]]]]
 *
 * And lists of fifty rows read as structs, against the same query stepped through.  The two take
 * turns on databases of their own; printed is the median of the ratios.
 */
#include <pthread.h>
#include <sqlite3.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "bench_store_sql.h"
#include "core/task.h"
#include "core/time.h"
#include "store/store.h"

enum { MOST_THREADS = 256, MOST_PASSES = 99, LOG_PAGES = 20000, LISTS = 2000 };

static char event_body[300], event_hash[32], wrapped_key[61];

/* Ids rise with time as the engine's do; owners and units repeat. */
struct act {
    int64_t id, unit, owner, due;
    char no[32];
};

static struct act act_numbered(int64_t n)
{
    struct act act = {
        .id = (n + 1) << 14, .unit = n * 7 % 16, .owner = n * 31 % 97, .due = n * 7919 % 1000003};

    snprintf(act.no, sizeof act.no, "GF2026-%08lld", (long long)n);
    return act;
}

/* ---- through the store ---- */

static atomic_int_least64_t next_number, failures;
static int64_t last_number;

static enum err write_act(struct task *t, void *arg)
{
    const struct act *act = arg;
    struct str hash = {event_hash, sizeof event_hash};
    enum err e = store_run(
        t, &q_bench_order_add,
        ARGS(INT("tenant", 1), INT("id", act->id), TEXT("no", str_of(act->no)),
             INT("unit", act->unit), TEXT("unit_path", S("/1/7/")), INT("matter", 12),
             TEXT("procedure_code", S("legal-aid")), TEXT("subject", S("拖欠工资")),
             TEXT("party_masked", S("王*")), TEXT("step", S("registered")),
             INT("owner", act->owner), INT("due_legal_at", act->due),
             TEXT("due_safe_day", S("2026-10-30")), INT("version", 1), BYTES("head", hash),
             BYTES("wrapped_key", ((struct str){wrapped_key, sizeof wrapped_key})),
             INT("recorded_at", t->now), NOTHING("closed_at")),
        NULL);

    if (!e)
        e = store_run(t, &q_bench_event_add,
                      ARGS(INT("tenant", 1), INT("order_id", act->id), INT("seq", 1),
                           TEXT("kind", S("register")), INT("actor", act->owner),
                           INT("recorded_at", t->now), BYTES("hash", hash),
                           BYTES("body", ((struct str){event_body, sizeof event_body}))),
                      NULL);
    if (!e)
        e = store_run(t, &q_bench_outbox_add,
                      ARGS(INT("tenant", 1), INT("id", act->id), INT("order_id", act->id),
                           TEXT("kind", S("event"))),
                      NULL);
    return e;
}

static void *client(void *arg)
{
    struct store *store = arg;
    int64_t n;

    while ((n = atomic_fetch_add(&next_number, 1)) < last_number) {
        struct act act = act_numbered(n);
        struct task t;

        task_begin(&t, store, 1791942120000 + n, TASK_BUDGET);
        if (store_write(&t, write_act, &act))
            atomic_fetch_add(&failures, 1);
        task_end(&t);
    }
    return NULL;
}

static double run_store(struct store *store, int64_t first, int64_t writes, int threads)
{
    pthread_t ids[MOST_THREADS];
    int64_t begun = time_monotonic_ns();

    atomic_store(&next_number, first);
    last_number = first + writes;
    for (int i = 0; i < threads; i++) {
        if (pthread_create(&ids[i], NULL, client, store))
            abort();
    }
    for (int i = 0; i < threads; i++)
        pthread_join(ids[i], NULL);
    return (double)writes * 1e9 / (double)(time_monotonic_ns() - begun);
}

struct work {
    int64_t id;
    struct str no;
    int64_t unit;
    struct str unit_path;
    int64_t matter;
    struct str procedure_code, subject, party_masked, step;
    int64_t owner, due_legal_at;
    int32_t due_safe_day;
    int64_t version, recorded_at;
};

static const struct field work_fields[] = {
    FIELD(struct work, id, F_ID, NULL),
    FIELD(struct work, no, F_STR, NULL),
    FIELD(struct work, unit, F_ID, NULL),
    FIELD(struct work, unit_path, F_STR, NULL),
    FIELD(struct work, matter, F_ID, NULL),
    FIELD(struct work, procedure_code, F_STR, NULL),
    FIELD(struct work, subject, F_STR, NULL),
    FIELD(struct work, party_masked, F_STR, NULL),
    FIELD(struct work, step, F_STR, NULL),
    FIELD(struct work, owner, F_ID, NULL),
    FIELD(struct work, due_legal_at, F_INT, NULL),
    FIELD(struct work, due_safe_day, F_DAY, NULL),
    FIELD(struct work, version, F_INT, NULL),
    FIELD(struct work, recorded_at, F_MOMENT, NULL),
    {NULL},
};
static const struct shape work_shape = {"Work", sizeof(struct work), work_fields};

struct reading {
    int64_t owner;
    struct list list;
};

static enum err read_worklist(struct task *t, void *arg)
{
    struct reading *reading = arg;

    return store_list(t, &q_bench_worklist, ARGS(INT("tenant", 1), INT("owner", reading->owner)),
                      &work_shape, &reading->list);
}

static double list_store(struct store *store, int64_t reads)
{
    int64_t begun = time_monotonic_ns(), rows = 0;

    for (int64_t n = 0; n < reads; n++) {
        struct reading reading = {.owner = n % 97};
        struct task t;

        task_begin(&t, store, 1791942120000 + n, TASK_BUDGET);
        if (store_read(&t, read_worklist, &reading))
            atomic_fetch_add(&failures, 1);
        rows += (int64_t)reading.list.count;
        task_end(&t);
    }
    if (!rows)
        atomic_fetch_add(&failures, 1);
    return (double)reads * 1e9 / (double)(time_monotonic_ns() - begun);
}

/* ---- the plain loop ---- */

struct plain {
    sqlite3 *db;
    sqlite3_stmt *begin, *commit, *order, *event, *outbox, *worklist;
};

static void must(struct plain *p, int code)
{
    if (code != SQLITE_OK && code != SQLITE_DONE) {
        fprintf(stderr, "bench: %s\n", sqlite3_errmsg(p->db));
        exit(1);
    }
}

static void plain_open(struct plain *p, const char *folder)
{
    char path[4096], pragma[80];

    snprintf(path, sizeof path, "%s/plain.db", folder);
    must(p,
         sqlite3_open_v2(path, &p->db,
                         SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_NOMUTEX, NULL));
    must(p,
         sqlite3_exec(p->db,
                      "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; PRAGMA cache_size=-16384;"
                      "PRAGMA temp_store=MEMORY; PRAGMA foreign_keys=ON",
                      NULL, NULL, NULL));
    snprintf(pragma, sizeof pragma, "PRAGMA wal_autocheckpoint=%d", LOG_PAGES);
    must(p, sqlite3_exec(p->db, pragma, NULL, NULL, NULL));
    struct task t;
    task_begin(&t, NULL, 0, TASK_BUDGET);
    char *sql = str_terminated(&t, str_of(bench_migrations[0].sql));
    for (char *token; (token = strstr(sql, "%BYTES%"));)
        memcpy(token, "BLOB   ", 7);
    must(p, sqlite3_exec(p->db, sql, NULL, NULL, NULL));
    task_end(&t);
    must(p, sqlite3_prepare_v2(p->db, "BEGIN IMMEDIATE", -1, &p->begin, NULL));
    must(p, sqlite3_prepare_v2(p->db, "COMMIT", -1, &p->commit, NULL));
    must(p, sqlite3_prepare_v2(p->db, q_bench_order_add.sqlite, -1, &p->order, NULL));
    must(p, sqlite3_prepare_v2(p->db, q_bench_event_add.sqlite, -1, &p->event, NULL));
    must(p, sqlite3_prepare_v2(p->db, q_bench_outbox_add.sqlite, -1, &p->outbox, NULL));
    must(p, sqlite3_prepare_v2(p->db, q_bench_worklist.sqlite, -1, &p->worklist, NULL));
}

static void step(struct plain *p, sqlite3_stmt *stmt)
{
    must(p, sqlite3_step(stmt));
    sqlite3_reset(stmt);
}

static void text(sqlite3_stmt *stmt, int i, const char *value)
{
    sqlite3_bind_text(stmt, i, value, -1, SQLITE_STATIC);
}

static void plain_write(struct plain *p, const struct act *act, int64_t now)
{
    sqlite3_stmt *s = p->order;

    sqlite3_bind_int64(s, 1, 1);
    sqlite3_bind_int64(s, 2, act->id);
    text(s, 3, act->no);
    sqlite3_bind_int64(s, 4, act->unit);
    text(s, 5, "/1/7/");
    sqlite3_bind_int64(s, 6, 12);
    text(s, 7, "legal-aid");
    text(s, 8, "拖欠工资");
    text(s, 9, "王*");
    text(s, 10, "registered");
    sqlite3_bind_int64(s, 11, act->owner);
    sqlite3_bind_int64(s, 12, act->due);
    text(s, 13, "2026-10-30");
    sqlite3_bind_int64(s, 14, 1);
    sqlite3_bind_blob(s, 15, event_hash, sizeof event_hash, SQLITE_STATIC);
    sqlite3_bind_blob(s, 16, wrapped_key, sizeof wrapped_key, SQLITE_STATIC);
    sqlite3_bind_int64(s, 17, now);
    sqlite3_bind_null(s, 18);
    step(p, s);
    s = p->event;
    sqlite3_bind_int64(s, 1, 1);
    sqlite3_bind_int64(s, 2, act->id);
    sqlite3_bind_int64(s, 3, 1);
    text(s, 4, "register");
    sqlite3_bind_int64(s, 5, act->owner);
    sqlite3_bind_int64(s, 6, now);
    sqlite3_bind_blob(s, 7, event_hash, sizeof event_hash, SQLITE_STATIC);
    sqlite3_bind_blob(s, 8, event_body, sizeof event_body, SQLITE_STATIC);
    step(p, s);
    s = p->outbox;
    sqlite3_bind_int64(s, 1, 1);
    sqlite3_bind_int64(s, 2, act->id);
    sqlite3_bind_int64(s, 3, act->id);
    text(s, 4, "event");
    step(p, s);
}

static double run_plain(struct plain *p, int64_t first, int64_t writes, double group)
{
    int64_t begun = time_monotonic_ns();
    double owed = 0;

    for (int64_t n = first; n < first + writes;) {
        step(p, p->begin);
        /* A group of 12.4 on average is twelve, twelve, thirteen, ... */
        for (owed += group; owed >= 1 && n < first + writes; owed--, n++) {
            struct act act = act_numbered(n);
            plain_write(p, &act, 1791942120000 + n);
        }
        step(p, p->commit);
    }
    return (double)writes * 1e9 / (double)(time_monotonic_ns() - begun);
}

/* The query alone: every row is stepped to, and every value looked at. */
static double list_plain(struct plain *p, int64_t reads)
{
    int64_t begun = time_monotonic_ns();
    static volatile int64_t seen;

    for (int64_t n = 0; n < reads; n++) {
        sqlite3_bind_int64(p->worklist, 1, 1);
        sqlite3_bind_int64(p->worklist, 2, n % 97);
        while (sqlite3_step(p->worklist) == SQLITE_ROW) {
            for (int i = 0; i < 14; i++)
                seen += sqlite3_column_type(p->worklist, i) == SQLITE_INTEGER
                            ? sqlite3_column_int64(p->worklist, i)
                            : sqlite3_column_text(p->worklist, i)[0];
        }
        sqlite3_reset(p->worklist);
    }
    return (double)reads * 1e9 / (double)(time_monotonic_ns() - begun);
}

static int compare(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;

    return (x > y) - (x < y);
}

static struct store *open_store(const char *folder)
{
    struct store_options options = {.directory = folder, .create = true, .wal_pages = LOG_PAGES};
    struct store *store;
    struct task t;

    task_begin(&t, NULL, 1791942120000, TASK_BUDGET);
    enum err e = store_open(&t, &options, &store);
    if (!e) {
        t.store = store;
        e = store_migrate(&t, bench_migrations, bench_migration_count);
    }
    if (e) {
        fprintf(stderr, "bench: %.*s\n", STR_ARG(t.note));
        exit(1);
    }
    task_end(&t);
    return store;
}

int main(int argc, char **argv)
{
    char fresh[] = "/tmp/yimen-bench-XXXXXX";
    const char *folder = argc > 1 ? argv[1] : mkdtemp(fresh);
    int64_t writes = argc > 2 ? atoll(argv[2]) : 20000;
    int threads = argc > 3 ? atoi(argv[3]) : 64;
    int passes = argc > 4 ? atoi(argv[4]) : 7;
    double ratios[MOST_PASSES], lists[MOST_PASSES];
    struct plain plain = {0};

    if (!folder || writes < 1 || threads < 1 || threads > MOST_THREADS || passes < 1 ||
        passes > MOST_PASSES) {
        fputs("usage: bench_store [FOLDER [WRITES [THREADS [PASSES]]]]\n", stderr);
        return 2;
    }
    memset(event_body, 0xa5, sizeof event_body);
    struct store *store = open_store(folder);
    plain_open(&plain, folder);
    for (int pass = 0; pass < passes; pass++) {
        struct store_figures before = store_figures(store);
        double ours = run_store(store, pass * writes, writes, threads);
        struct store_figures after = store_figures(store);
        double group =
            (double)(after.writes - before.writes) / (double)(after.commits - before.commits);
        double theirs = run_plain(&plain, pass * writes, writes, group);

        ratios[pass] = ours / theirs;
        double listed = list_store(store, LISTS), plainly = list_plain(&plain, LISTS);
        lists[pass] = listed / plainly;
        printf("pass %d: store_write %.0f/s in groups of %.1f, plain loop %.0f/s, ratio %.2f; "
               "lists of 50 %.0f/s, plain %.0f/s, ratio %.2f\n",
               pass + 1, ours, group, theirs, ratios[pass], listed, plainly, lists[pass]);
        fflush(stdout);
    }
    qsort(ratios, (size_t)passes, sizeof *ratios, compare);
    qsort(lists, (size_t)passes, sizeof *lists, compare);
    printf("store_write/plain median ratio %.2f\n", ratios[passes / 2]);
    printf("store_list/plain median ratio %.2f\n", lists[passes / 2]);
    sqlite3_finalize(plain.begin);
    sqlite3_finalize(plain.commit);
    sqlite3_finalize(plain.order);
    sqlite3_finalize(plain.event);
    sqlite3_finalize(plain.outbox);
    sqlite3_finalize(plain.worklist);
    sqlite3_close(plain.db);
    store_close(store);
    return atomic_load(&failures) != 0;
}
