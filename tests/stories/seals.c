/*
 * What is signed cannot be changed quietly (design 1, invariant 3): somebody who writes the
 * database and reckons every hash again is found by the seals, and what is cut off at the end by
 * the copy of the heads that is kept elsewhere.
 */
#include "world.h"

#include <sqlite3.h>
#include <string.h>
#include <unistd.h>

#include "modules/orders/commit.h"
#include "modules/orders/seal.h"

static sqlite3 *open_database(struct world *w)
{
    sqlite3 *db;

    assert_int_equal(sqlite3_open(world_f(w, "%s/yimen.db", w->app.data), &db), SQLITE_OK);
    sqlite3_busy_timeout(db, 5000);
    return db;
}

static void run_sql(struct world *w, const char *sql)
{
    sqlite3 *db = open_database(w);
    char *why = NULL;

    if (sqlite3_exec(db, sql, NULL, NULL, &why) != SQLITE_OK)
        fail_msg("%s: %s", sql, why);
    sqlite3_close(db);
}

static const char *const kept[] = {"orders",    "event",       "duty",  "event_feed",
                                   "event_new", "order_count", "audit", "seal"};
enum { KEPT = sizeof kept / sizeof *kept };

static void save(struct world *w)
{
    for (int i = 0; i < KEPT; i++)
        run_sql(w, world_f(w,
                           "DROP TABLE IF EXISTS saved_%s; "
                           "CREATE TABLE saved_%s AS SELECT * FROM %s",
                           kept[i], kept[i], kept[i]));
}

static void bring_back(struct world *w)
{
    for (int i = 0; i < KEPT; i++)
        run_sql(w, world_f(w, "DELETE FROM %s; INSERT INTO %s SELECT * FROM saved_%s", kept[i],
                           kept[i], kept[i]));
}

static int64_t make(struct world *w)
{
    struct actor lawyer = world_actor(w, "wuhaitao", NULL);
    int64_t id = world_create(w, &lawyer, WORLD_CONSULTATION).order;

    world_act(w, &lawyer, id, "note", "{\"text\":\"一\"}");
    world_act(w, &lawyer, id, "note", "{\"text\":\"二\"}");
    return id;
}

static void begin_task(struct world *w, struct task *t)
{
    task_begin(t, w->app.store, w->now, TASK_BUDGET);
    t->tenant = w->tenant;
}

/* How many findings there are, and how many of them the seals made. */
static size_t findings_of(struct world *w, size_t *ret_of_seals)
{
    struct task t;
    struct list found;
    int64_t orders, events;

    begin_task(w, &t);
    assert_int_equal(order_verify(&t, NULL, &found, &orders, &events), OK);
    *ret_of_seals = 0;
    LIST_EACH (struct finding, finding, found)
        *ret_of_seals += str_find(finding->what, S("封存")) != SIZE_MAX;
    size_t n = found.count;
    task_end(&t);
    return n;
}

static size_t findings(struct world *w)
{
    size_t of_seals;

    return findings_of(w, &of_seals);
}

static const char *heads_file(struct world *w)
{
    return world_f(w, "%s/heads", w->app.data);
}

static void write_heads(struct world *w)
{
    struct task t;
    int64_t orders;
    FILE *out = fopen(heads_file(w), "w");

    assert_non_null(out);
    begin_task(w, &t);
    assert_int_equal(heads_write(&t, out, NULL, &orders), OK);
    assert_true(orders > 0);
    task_end(&t);
    fclose(out);
}

static size_t against_heads(struct world *w)
{
    struct task t;
    struct list found = {0};
    int64_t orders;
    FILE *in = fopen(heads_file(w), "r");

    assert_non_null(in);
    begin_task(w, &t);
    assert_int_equal(heads_check(&t, in, NULL, &found, 100, &orders), OK);
    size_t n = found.count;
    task_end(&t);
    fclose(in);
    return n;
}

static struct str column(sqlite3_stmt *row, int i)
{
    const char *at = sqlite3_column_blob(row, i);

    return (struct str){at, (size_t)sqlite3_column_bytes(row, i)};
}

static void set_hash(sqlite3 *db, const char *sql, const unsigned char *hash)
{
    sqlite3_stmt *stmt;

    assert_int_equal(sqlite3_prepare_v2(db, sql, -1, &stmt, NULL), SQLITE_OK);
    sqlite3_bind_blob(stmt, 1, hash, HASH_BYTES, SQLITE_STATIC);
    assert_int_equal(sqlite3_step(stmt), SQLITE_DONE);
    sqlite3_finalize(stmt);
}

/* What somebody with the program's source and the database can do: every hash of the order again.
 */
static void reckon_hashes_again(struct world *w, int64_t id)
{
    sqlite3 *db = open_database(w);
    unsigned char head[HASH_BYTES];
    size_t head_len = 0;
    sqlite3_stmt *row;

    assert_int_equal(
        sqlite3_prepare_v2(
            db,
            world_f(w,
                    "SELECT seq, id, action, actor_kind, staff, post, unit, occurred_at, "
                    "recorded_at, cause_order, cause_seq, effects, body FROM event "
                    "WHERE order_id = %lld ORDER BY seq",
                    (long long)id),
            -1, &row, NULL),
        SQLITE_OK);
    while (sqlite3_step(row) == SQLITE_ROW) {
        struct event_row event = {
            .seq = sqlite3_column_int64(row, 0),
            .id = sqlite3_column_int64(row, 1),
            .action = column(row, 2),
            .actor_kind = sqlite3_column_int64(row, 3),
            .staff = sqlite3_column_int64(row, 4),
            .post = column(row, 5),
            .unit = sqlite3_column_int64(row, 6),
            .occurred_at = sqlite3_column_int64(row, 7),
            .recorded_at = sqlite3_column_int64(row, 8),
            .cause_order = sqlite3_column_int64(row, 9),
            .cause_seq = sqlite3_column_int64(row, 10),
            .effects = column(row, 11),
            .body = column(row, 12),
        };
        unsigned char hash[HASH_BYTES];

        event_hash(&event, (struct str){(const char *)head, head_len},
                   str_of(world_f(w, "%lld/%lld", (long long)w->tenant, (long long)id)), hash);
        memcpy(head, hash, sizeof head);
        head_len = sizeof head;
        set_hash(db,
                 world_f(w, "UPDATE event SET hash = ?1 WHERE order_id = %lld AND seq = %lld",
                         (long long)id, (long long)event.seq),
                 hash);
    }
    sqlite3_finalize(row);
    set_hash(db, world_f(w, "UPDATE orders SET head = ?1 WHERE id = %lld", (long long)id), head);
    sqlite3_close(db);
}

static void remove_order(struct world *w, int64_t id)
{
    static const char *const tables[] = {"event", "duty", "event_feed", "event_new"};
    struct task t;

    for (size_t i = 0; i < sizeof tables / sizeof *tables; i++)
        run_sql(w, world_f(w, "DELETE FROM %s WHERE order_id = %lld", tables[i], (long long)id));
    run_sql(w, world_f(w, "DELETE FROM orders WHERE id = %lld", (long long)id));
    begin_task(w, &t);
    assert_int_equal(order_rebuild(&t, NULL), OK);
    task_end(&t);
}

/* As if what was taken out of the feed had never had a number. */
static void close_ranks(struct world *w)
{
    run_sql(w, "CREATE TEMP TABLE ranks AS SELECT n, ROW_NUMBER() OVER (ORDER BY n) AS new_n, "
               "order_id, seq, tenant FROM event_feed; DELETE FROM event_feed; "
               "INSERT INTO event_feed (tenant, n, order_id, seq) "
               "SELECT tenant, new_n, order_id, seq FROM ranks");
}

static void change_one(struct world *w, int64_t id)
{
    run_sql(w, world_f(w,
                       "UPDATE event SET occurred_at = occurred_at - 60000 "
                       "WHERE order_id = %lld AND seq = 2",
                       (long long)id));
    reckon_hashes_again(w, id);
}

static void swap_two(struct world *w, int64_t id)
{
    run_sql(w, world_f(w,
                       "UPDATE event SET seq = -seq WHERE order_id = %lld AND seq IN (2, 3); "
                       "UPDATE event SET seq = 5 + seq WHERE order_id = %lld AND seq < 0",
                       (long long)id, (long long)id));
    reckon_hashes_again(w, id);
}

static void remove_last_event(struct world *w, int64_t id)
{
    long long last = (long long)world_order(w, id).version;

    run_sql(w, world_f(w,
                       "DELETE FROM event WHERE order_id = %lld AND seq = %lld; "
                       "DELETE FROM event_feed WHERE order_id = %lld AND seq = %lld; "
                       "UPDATE orders SET version = version - 1 WHERE id = %lld",
                       (long long)id, last, (long long)id, last, (long long)id));
    reckon_hashes_again(w, id);
    close_ranks(w);
}

static void remove_whole(struct world *w, int64_t id)
{
    remove_order(w, id);
    close_ranks(w);
}

static void remove_a_seal(struct world *w, int64_t id)
{
    (void)id;
    run_sql(w, "DELETE FROM seal WHERE n = 1");
}

static void change_a_seal(struct world *w, int64_t id)
{
    (void)id;
    run_sql(w, "UPDATE seal SET at = at - 1 WHERE n = 1");
}

static void change_the_audit(struct world *w, int64_t id)
{
    (void)id;
    run_sql(w, "UPDATE audit SET hash = randomblob(32)");
}

static void who_reckons_hashes_again_is_found(void **state)
{
    struct world *w = *state;
    static void (*const ways[])(struct world * w, int64_t id) = {
        change_one,    swap_two,      remove_last_event, remove_whole,
        remove_a_seal, change_a_seal, change_the_audit,
    };
    size_t of_seals;
    int64_t id;

    world_as(w, "wuhaitao"); /* an entry of the audit record */
    id = make(w);
    /* Not signed yet: the chain alone is whole again.  That is why there are seals. */
    save(w);
    change_one(w, id);
    assert_int_equal(findings(w), 0);
    bring_back(w);

    world_pass(w, "1 day");
    make(w);
    world_pass(w, "1 day");
    assert_int_equal(findings(w), 0);
    save(w);
    for (size_t i = 0; i < sizeof ways / sizeof *ways; i++) {
        ways[i](w, id);
        (void)findings_of(w, &of_seals);
        if (!of_seals)
            fail_msg("way %zu was not found", i);
        bring_back(w);
        assert_int_equal(findings(w), 0);
    }
}

/* The end cut off, seals and all: nothing inside can tell, the copy outside does. */
static void what_is_cut_off_shows_against_the_copy(void **state)
{
    struct world *w = *state;

    world_pass(w, "1 day");
    save(w);
    int64_t id = make(w);
    world_pass(w, "1 day");
    write_heads(w);
    assert_int_equal(findings(w), 0);
    assert_int_equal(against_heads(w), 0);
    struct actor lawyer = world_actor(w, "wuhaitao", NULL);
    world_act(w, &lawyer, id, "note", "{\"text\":\"后来的\"}");
    assert_int_equal(against_heads(w), 0);

    bring_back(w);
    assert_int_equal(findings(w), 0);
    /* Three events of one order stand in the copy as one head, and the seal of that day. */
    assert_true(against_heads(w) >= 2);
    write_heads(w);
    assert_int_equal(against_heads(w), 0);
}

static void the_copy_itself_cannot_be_changed(void **state)
{
    struct world *w = *state;
    char text[65536];

    write_heads(w);
    FILE *file = fopen(heads_file(w), "r+");
    assert_non_null(file);
    size_t n = fread(text, 1, sizeof text - 1, file);
    text[n] = 0;
    char *line = strstr(text, "\norder ");
    assert_non_null(line);
    /* One order less. */
    char *next = strchr(line + 1, '\n');
    memmove(line, next, strlen(next) + 1);
    rewind(file);
    assert_int_equal(ftruncate(fileno(file), 0), 0);
    fputs(text, file);
    fclose(file);
    assert_int_equal(against_heads(w), 1);
}

int main(void)
{
    return WORLD_TESTS(cmocka_unit_test(who_reckons_hashes_again_is_found),
                       cmocka_unit_test(what_is_cut_off_shows_against_the_copy),
                       cmocka_unit_test(the_copy_itself_cannot_be_changed));
}
