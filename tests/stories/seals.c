/*
 * What is signed cannot be changed quietly (design 1, invariant 3): somebody who writes the
 * database and reckons every hash again is found by the seals, and what is cut off at the end by
 * the copy of the heads that is kept elsewhere.
 */
#include "world_rows.h"

#include <string.h>
#include <unistd.h>

#include "modules/orders/commit.h"
#include "modules/orders/seal.h"

static const char *const kept[] = {"orders",    "event",       "duty",  "event_feed",
                                   "event_new", "order_count", "audit", "seal"};
enum { KEPT = sizeof kept / sizeof *kept };

static void save(struct world *w)
{
    for (int i = 0; i < KEPT; i++)
        world_sql(w, world_f(w,
                             "DROP TABLE IF EXISTS saved_%s; "
                             "CREATE TABLE saved_%s AS SELECT * FROM %s",
                             kept[i], kept[i], kept[i]));
}

static void bring_back(struct world *w)
{
    for (int i = 0; i < KEPT; i++)
        world_sql(w, world_f(w, "DELETE FROM %s; INSERT INTO %s SELECT * FROM saved_%s", kept[i],
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

static int64_t number(struct str cell)
{
    int64_t n;

    assert_true(str_int(cell, &n));
    return n;
}

/* What somebody with the program's source and the database can do: every hash of the order again.
 */
static void reckon_hashes_again(struct world *w, int64_t id)
{
    unsigned char head[HASH_BYTES];
    size_t head_len = 0;
    struct world_rows rows =
        world_select(w, world_f(w,
                                "SELECT seq, id, action, actor_kind, staff, post, unit, "
                                "occurred_at, recorded_at, cause_order, cause_seq, effects, body, "
                                "packed FROM event WHERE order_id = %lld ORDER BY seq",
                                (long long)id));

    for (const struct str *at = rows.cells; at < rows.cells + rows.count * rows.columns;
         at += rows.columns) {
        struct event_row event = {
            .seq = number(at[0]),
            .id = number(at[1]),
            .action = at[2],
            .actor_kind = number(at[3]),
            .staff = number(at[4]),
            .post = at[5],
            .unit = number(at[6]),
            .occurred_at = number(at[7]),
            .recorded_at = number(at[8]),
            .cause_order = number(at[9]),
            .cause_seq = number(at[10]),
            .effects = at[11],
            .body = at[12],
            .packed = at[13],
        };
        unsigned char hash[HASH_BYTES];

        event_hash(&event, (struct str){(const char *)head, head_len},
                   str_of(world_f(w, "%lld/%lld", (long long)w->tenant, (long long)id)), hash);
        memcpy(head, hash, sizeof head);
        head_len = sizeof head;
        world_sql(w, world_f(w, "UPDATE event SET hash = %s WHERE order_id = %lld AND seq = %lld",
                             world_bytes(w, (struct str){(const char *)hash, sizeof hash}),
                             (long long)id, (long long)event.seq));
    }
    world_sql(w, world_f(w, "UPDATE orders SET head = %s WHERE id = %lld",
                         world_bytes(w, (struct str){(const char *)head, sizeof head}),
                         (long long)id));
}

static void remove_order(struct world *w, int64_t id)
{
    static const char *const tables[] = {"event", "duty", "event_feed", "event_new"};
    struct task t;

    for (size_t i = 0; i < sizeof tables / sizeof *tables; i++)
        world_sql(w, world_f(w, "DELETE FROM %s WHERE order_id = %lld", tables[i], (long long)id));
    world_sql(w, world_f(w, "DELETE FROM orders WHERE id = %lld", (long long)id));
    begin_task(w, &t);
    assert_int_equal(order_rebuild(&t, NULL), OK);
    task_end(&t);
}

/* As if what was taken out of the feed had never had a number. */
static void close_ranks(struct world *w)
{
    world_sql(w, "CREATE TEMP TABLE ranks AS SELECT n, ROW_NUMBER() OVER (ORDER BY n) AS new_n, "
                 "order_id, seq, tenant FROM event_feed; DELETE FROM event_feed; "
                 "INSERT INTO event_feed (tenant, n, order_id, seq) "
                 "SELECT tenant, new_n, order_id, seq FROM ranks");
}

static void change_one(struct world *w, int64_t id)
{
    world_sql(w, world_f(w,
                         "UPDATE event SET occurred_at = occurred_at - 60000 "
                         "WHERE order_id = %lld AND seq = 2",
                         (long long)id));
    reckon_hashes_again(w, id);
}

static void swap_two(struct world *w, int64_t id)
{
    world_sql(w, world_f(w,
                         "UPDATE event SET seq = -seq WHERE order_id = %lld AND seq IN (2, 3); "
                         "UPDATE event SET seq = 5 + seq WHERE order_id = %lld AND seq < 0",
                         (long long)id, (long long)id));
    reckon_hashes_again(w, id);
}

static void remove_last_event(struct world *w, int64_t id)
{
    long long last = (long long)world_order(w, id).version;

    world_sql(w, world_f(w,
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
    world_sql(w, "DELETE FROM seal WHERE n = 1");
}

static void change_a_seal(struct world *w, int64_t id)
{
    (void)id;
    world_sql(w, "UPDATE seal SET at = at - 1 WHERE n = 1");
}

static void change_the_audit(struct world *w, int64_t id)
{
    (void)id;
    world_sql(w, world_f(w, "UPDATE audit SET hash = %s",
                         world_bytes(w, S("32 bytes that nobody ever hashed"))));
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
