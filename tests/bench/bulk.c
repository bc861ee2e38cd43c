#include "bulk.h"

#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "modules/orders/change.h"
#include "modules/orders/commit.h"
#include "modules/orders/parties.h"
#include "modules/org/keys.h"

enum {
    MODELS_OPEN = 140,
    MODELS_CLOSED = 160,
    CHUNK = 1000,
    COLUMNS_MOST = 48,
    ROWS_MOST = 64,
    DAY_MINUTES = 24 * 60
};

/* --- Rows as they stand in a table ------------------------------------------------------------ */

struct table {
    const char *name, *id_column; /* the column that holds the order's id */
    sqlite3_stmt *insert;
    int columns;
    char names[COLUMNS_MOST][32];
};

enum { T_ORDER, T_EVENT, T_DUTY, T_PARTY, T_CODE, TABLES };

struct value {
    bool is_text, is_bytes;
    int64_t number;
    struct str text;
};

struct copied_row {
    struct value values[COLUMNS_MOST];
};

struct model {
    int64_t id;
    struct str id_text;
    bool open;
    struct copied_row *rows[TABLES];
    int counts[TABLES];
    struct str plain[2][ROWS_MOST]; /* what is sealed in events and parties, in the clear */
    int64_t copies;
};

struct bulk {
    struct city *city;
    struct task *t; /* holds the models */
    sqlite3 *db;
    struct table tables[TABLES];
    struct model *models;
    int model_count;
    int64_t first_id, next, n;
    int64_t *open, open_most, open_count;
};

static void bulk_die(struct bulk *b, const char *what)
{
    fprintf(stderr, "bench: %s\n", sqlite3_errmsg(b->db));
    bench_die(what, NULL);
}

static int column(const struct table *table, const char *name)
{
    for (int i = 0; i < table->columns; i++)
        if (!strcmp(table->names[i], name))
            return i;
    bench_die(name, NULL);
}

static void run_sql(struct bulk *b, const char *sql)
{
    if (sqlite3_exec(b->db, sql, NULL, NULL, NULL))
        bulk_die(b, sql);
}

static void open_table(struct bulk *b, struct table *table)
{
    char sql[2048];
    sqlite3_stmt *stmt;

    snprintf(sql, sizeof sql, "SELECT * FROM %s LIMIT 0", table->name);
    if (sqlite3_prepare_v2(b->db, sql, -1, &stmt, NULL))
        bulk_die(b, sql);
    table->columns = sqlite3_column_count(stmt);
    if (table->columns > COLUMNS_MOST)
        bench_die("too many columns", NULL);
    for (int i = 0; i < table->columns; i++)
        snprintf(table->names[i], sizeof table->names[i], "%s", sqlite3_column_name(stmt, i));
    sqlite3_finalize(stmt);
    int at = snprintf(sql, sizeof sql, "INSERT INTO %s VALUES (?", table->name);
    for (int i = 1; i < table->columns; i++)
        at += snprintf(sql + at, sizeof sql - (size_t)at, ",?");
    snprintf(sql + at, sizeof sql - (size_t)at, ")");
    if (sqlite3_prepare_v2(b->db, sql, -1, &table->insert, NULL))
        bulk_die(b, sql);
}

static void read_rows(struct bulk *b, struct model *m, int which)
{
    struct table *table = &b->tables[which];
    char sql[200];
    sqlite3_stmt *stmt;

    snprintf(sql, sizeof sql, "SELECT * FROM %s WHERE tenant = ? AND %s = ? ORDER BY 1, 2, 3",
             table->name, table->id_column);
    if (sqlite3_prepare_v2(b->db, sql, -1, &stmt, NULL))
        bulk_die(b, sql);
    sqlite3_bind_int64(stmt, 1, b->city->tenant);
    sqlite3_bind_int64(stmt, 2, m->id);
    m->rows[which] = NEW(b->t, struct copied_row, ROWS_MOST);
    while (sqlite3_step(stmt) == SQLITE_ROW) {
        if (m->counts[which] == ROWS_MOST)
            bench_die("too many rows", NULL);
        struct copied_row *row = &m->rows[which][m->counts[which]++];

        for (int i = 0; i < table->columns; i++) {
            int type = sqlite3_column_type(stmt, i);
            const char *at = type == SQLITE_INTEGER ? "" : sqlite3_column_blob(stmt, i);

            row->values[i] = (struct value){
                .is_text = type == SQLITE_TEXT,
                .is_bytes = type == SQLITE_BLOB,
                .number = sqlite3_column_int64(stmt, i),
                .text =
                    str_copy(b->t, (struct str){at, (size_t)(type == SQLITE_INTEGER
                                                                 ? 0
                                                                 : sqlite3_column_bytes(stmt, i))}),
            };
        }
    }
    sqlite3_finalize(stmt);
}

static void insert(struct bulk *b, int which, const struct copied_row *row)
{
    struct table *table = &b->tables[which];

    for (int i = 0; i < table->columns; i++) {
        const struct value *v = &row->values[i];
        const char *at = v->text.at ? v->text.at : "";

        if (v->is_text)
            sqlite3_bind_text(table->insert, i + 1, at, (int)v->text.len, SQLITE_STATIC);
        else if (v->is_bytes)
            sqlite3_bind_blob(table->insert, i + 1, at, (int)v->text.len, SQLITE_STATIC);
        else
            sqlite3_bind_int64(table->insert, i + 1, v->number);
    }
    if (sqlite3_step(table->insert) != SQLITE_DONE)
        bulk_die(b, table->name);
    sqlite3_reset(table->insert);
}

/* --- Models ----------------------------------------------------------------------------------- */

static void model_act(struct bulk *b, struct task *t, int64_t order, const char *action,
                      const char *input)
{
    struct act act = {.order = order, .action = str_of(action)};
    struct act_done done;
    struct json *json;

    t->now += (int64_t)41 * 60 * 1000;
    if (json_parse(t, str_of(input), &json))
        bench_die(action, t);
    act.input = json;
    if (order_act(t, &b->city->officers[0], &act, &done))
        bench_die(action, t);
}

/* Closed ones lie up to eight months back, open ones up to six days. */
static int64_t make_model(struct bulk *b, int i, bool open)
{
    struct task t;
    int64_t minutes = open ? (int64_t)i * 6 * DAY_MINUTES / MODELS_OPEN
                           : 30 * DAY_MINUTES + (int64_t)i * 210 * DAY_MINUTES / MODELS_CLOSED;
    int64_t moment = time_now() - (minutes + 9 * 60) * 60 * 1000;
    int64_t order = city_order(b->city, 1000000 + i + (open ? 0 : 5000), moment);

    city_task(b->city, &t);
    t.now = moment;
    for (int which = 0; open && which < i % (ACTS + 1); which++)
        model_act(b, &t, order, city_acts[which].action, city_acts[which].input);
    if (!open) {
        model_act(b, &t, order, "begin", "{}");
        model_act(b, &t, order, "note", city_acts[0].input);
        model_act(b, &t, order, "deny",
                  "{\"reason\":\"所请求的事项不属于法律援助的范围\","
                  "\"remedies\":\"可以向司法行政部门提出异议\"}");
    }
    task_end(&t);
    return order;
}

/* Open what is sealed, once for all copies. */
static void open_sealed(struct bulk *b, struct task *t, struct model *m)
{
    const struct table *orders = &b->tables[T_ORDER];
    static const int sealed[2] = {T_EVENT, T_PARTY};
    struct key key;

    if (row_key_open(t, order_key_place(t, m->id),
                     m->rows[T_ORDER][0].values[column(orders, "wrapped_key")].text, &key))
        bench_die("row key", t);
    for (int k = 0; k < 2; k++) {
        const struct table *table = &b->tables[sealed[k]];
        int bytes = column(table, k ? "sealed" : "body"), n = column(table, k ? "n" : "seq");

        for (int i = 0; i < m->counts[sealed[k]]; i++) {
            struct copied_row *row = &m->rows[sealed[k]][i];
            struct str place = k ? party_place(t, m->id, row->values[n].number)
                                 : event_place(t, t->tenant, m->id, row->values[n].number);

            if (crypto_open(t, &key, place, row->values[bytes].text, &m->plain[k][i]))
                bench_die("sealed", t);
        }
    }
}

static enum err open_all(struct task *t, void *arg)
{
    struct bulk *b = arg;

    for (int i = 0; i < b->model_count; i++)
        open_sealed(b, t, &b->models[i]);
    return OK;
}

static void make_models(struct bulk *b)
{
    b->model_count = MODELS_OPEN + MODELS_CLOSED;
    b->models = NEW(b->t, struct model, (size_t)b->model_count);
    for (int i = 0; i < b->model_count; i++) {
        struct model *m = &b->models[i];

        m->open = i < MODELS_OPEN;
        m->id = make_model(b, m->open ? i : i - MODELS_OPEN, m->open);
        m->id_text = str_format(b->t, "%lld", (long long)m->id);
        for (int which = 0; which < TABLES; which++)
            read_rows(b, m, which);
    }
    b->t->store = b->city->app.store;
    if (store_read(b->t, open_all, b))
        bench_die("models", b->t);
    /* Copies are older than their models. */
    b->first_id = b->models[0].id - (b->n + 1) * 4096;
}

/* --- Copies ----------------------------------------------------------------------------------- */

/* The order's own id stands in its state and effects (`chain`). */
static struct str renamed(struct task *t, struct str text, struct str from, struct str to)
{
    struct buf b = buf_new(t, SIZE_MAX);
    size_t at;

    while ((at = str_find(text, from)) != SIZE_MAX) {
        buf_add(&b, str_first(text, at));
        buf_add(&b, to);
        text = str_from(text, at + from.len);
    }
    buf_add(&b, text);
    return buf_str(&b);
}

static void set_text(const struct table *table, struct copied_row *row, const char *name,
                     struct str text)
{
    row->values[column(table, name)].text = text;
}

static void set_number(const struct table *table, struct copied_row *row, const char *name,
                       int64_t number)
{
    row->values[column(table, name)].number = number;
}

static struct str copy_events(struct bulk *b, struct task *t, const struct model *m, int64_t id,
                              struct str id_text, const struct key *key)
{
    const struct table *table = &b->tables[T_EVENT];
    struct str head = {0},
               place = str_format(t, "%lld/%.*s", (long long)t->tenant, STR_ARG(id_text));

    for (int i = 0; i < m->counts[T_EVENT]; i++) {
        struct copied_row row = m->rows[T_EVENT][i];
        const struct value *v = row.values;
        unsigned char hash[HASH_BYTES];

        set_number(table, &row, "order_id", id);
        set_number(table, &row, "id", id + 1 + i);
        set_text(table, &row, "effects",
                 renamed(t, v[column(table, "effects")].text, m->id_text, id_text));
        set_text(table, &row, "body",
                 crypto_seal(t, key, event_place(t, t->tenant, id, v[column(table, "seq")].number),
                             m->plain[0][i]));
        struct event_row event = {
            .seq = v[column(table, "seq")].number,
            .id = v[column(table, "id")].number,
            .action = v[column(table, "action")].text,
            .actor_kind = v[column(table, "actor_kind")].number,
            .staff = v[column(table, "staff")].number,
            .post = v[column(table, "post")].text,
            .unit = v[column(table, "unit")].number,
            .occurred_at = v[column(table, "occurred_at")].number,
            .recorded_at = v[column(table, "recorded_at")].number,
            .cause_order = v[column(table, "cause_order")].number,
            .cause_seq = v[column(table, "cause_seq")].number,
            .effects = v[column(table, "effects")].text,
            .body = v[column(table, "body")].text,
        };
        event_hash(&event, head, place, hash);
        head = str_copy(t, (struct str){(const char *)hash, sizeof hash});
        set_text(table, &row, "hash", head);
        insert(b, T_EVENT, &row);
    }
    return head;
}

static void copy_others(struct bulk *b, struct task *t, const struct model *m, int64_t id,
                        const struct key *key)
{
    static const int others[] = {T_DUTY, T_PARTY, T_CODE};

    for (int k = 0; k < 3; k++) {
        const struct table *table = &b->tables[others[k]];

        for (int i = 0; i < m->counts[others[k]]; i++) {
            struct copied_row row = m->rows[others[k]][i];

            set_number(table, &row, "order_id", id);
            if (others[k] == T_PARTY)
                set_text(table, &row, "sealed",
                         crypto_seal(t, key,
                                     party_place(t, id, row.values[column(table, "n")].number),
                                     m->plain[1][i]));
            if (others[k] == T_CODE) {
                char *hash = NEW(t, char, HASH_BYTES);

                random_bytes(hash, HASH_BYTES);
                set_text(table, &row, "hash", (struct str){hash, HASH_BYTES});
            }
            insert(b, others[k], &row);
        }
    }
}

static void copy_order(struct bulk *b, struct task *t, struct model *m, int64_t i)
{
    const struct table *table = &b->tables[T_ORDER];
    struct copied_row row = m->rows[T_ORDER][0];
    int64_t id = b->first_id + i * 4096;
    struct str id_text = str_format(t, "%lld", (long long)id), wrapped;
    struct key key;

    if (row_key_make(t, order_key_place(t, id), &key, &wrapped))
        bench_die("row_key_make", t);
    set_number(table, &row, "id", id);
    set_number(table, &row, "chain", id);
    set_text(table, &row, "no", str_format(t, "LJ01-20250101-%08lld", (long long)i));
    set_text(table, &row, "wrapped_key", wrapped);
    set_text(table, &row, "state",
             renamed(t, row.values[column(table, "state")].text, m->id_text, id_text));
    set_text(table, &row, "head", copy_events(b, t, m, id, id_text, &key));
    insert(b, T_ORDER, &row);
    copy_others(b, t, m, id, &key);
    m->copies++;
    if (m->open && b->open_count < b->open_most)
        b->open[b->open_count++] = id;
}

static enum err copy_chunk(struct task *t, void *arg)
{
    struct bulk *b = arg;

    for (int i = 0; i < CHUNK && b->next < b->n; i++, b->next++) {
        int64_t turn = b->next / 20;
        bool open = b->next % 20 == 0;

        copy_order(b, t,
                   &b->models[open ? turn % MODELS_OPEN : MODELS_OPEN + b->next % MODELS_CLOSED],
                   b->next);
    }
    return OK;
}

/* What one open model counts, as many times as it was copied. */
static enum err count_copies(struct task *t, void *arg)
{
    struct bulk *b = arg;
    int at = column(&b->tables[T_ORDER], "state");

    for (int i = 0; i < MODELS_OPEN; i++) {
        struct model *m = &b->models[i];
        struct json *state;

        if (json_parse(t, m->rows[T_ORDER][0].values[at].text, &state))
            bench_die("state", t);
        for (int64_t n = 0; n < m->copies; n++) {
            enum err e = counts_move(t, &(struct counted){0}, state);

            if (e)
                return e;
        }
    }
    return OK;
}

/* The copies' events get their numbers at once: the sequencer would take them one by one. */
static void number_events(struct bulk *b)
{
    char sql[600];

    snprintf(sql, sizeof sql,
             "INSERT INTO event_feed (tenant, n, order_id, seq) "
             "SELECT tenant, (SELECT COALESCE(MAX(n), 0) FROM event_feed WHERE tenant = %lld) + "
             "ROW_NUMBER() OVER (ORDER BY order_id, seq), order_id, seq FROM event "
             "WHERE tenant = %lld AND order_id >= %lld AND order_id < %lld",
             (long long)b->city->tenant, (long long)b->city->tenant, (long long)b->first_id,
             (long long)b->models[0].id);
    run_sql(b, sql);
}

void bulk_load(struct city *city, int64_t n, int64_t *ret_open, int64_t open_most,
               int64_t *ret_open_count)
{
    struct task home;
    struct bulk b = {
        .city = city,
        .t = &home,
        .n = n,
        .open = ret_open,
        .open_most = open_most,
        .tables = {{"orders", "id", NULL, 0, {{0}}},
                   {"event", "order_id", NULL, 0, {{0}}},
                   {"duty", "order_id", NULL, 0, {{0}}},
                   {"order_party", "order_id", NULL, 0, {{0}}},
                   {"order_code", "order_id", NULL, 0, {{0}}}},
    };
    char path[4096];

    task_begin(&home, city->app.store, time_now(), (size_t)16 * TASK_BUDGET);
    home.tenant = city->tenant;
    snprintf(path, sizeof path, "%s/yimen.db", city->app.data);
    if (sqlite3_open(path, &b.db))
        bulk_die(&b, path);
    run_sql(&b, "PRAGMA synchronous = OFF; PRAGMA cache_size = -262144;"
                "PRAGMA wal_autocheckpoint = 20000");
    for (int i = 0; i < TABLES; i++)
        open_table(&b, &b.tables[i]);
    make_models(&b);
    while (b.next < n) {
        struct task t;

        city_task(city, &t);
        run_sql(&b, "BEGIN");
        if (store_read(&t, copy_chunk, &b))
            bench_die("copy", &t);
        /* Without a reader beside it, so that the log can begin anew. */
        run_sql(&b, "COMMIT");
        task_end(&t);
    }
    if (store_write(&home, count_copies, &b))
        bench_die("counts", &home);
    number_events(&b);
    for (int i = 0; i < TABLES; i++)
        sqlite3_finalize(b.tables[i].insert);
    run_sql(&b, "PRAGMA wal_checkpoint(TRUNCATE)");
    sqlite3_close(b.db);
    task_end(&home);
    *ret_open_count = b.open_count;
}

void bulk_verify(struct city *city, int64_t *ret_orders, int64_t *ret_events)
{
    struct list findings;
    struct task t;

    city_task(city, &t);
    if (order_verify(&t, NULL, &findings, ret_orders, ret_events))
        bench_die("verify", &t);
    LIST_EACH (struct finding, finding, findings)
        fprintf(stderr, "order %lld, event %lld: %.*s\n", (long long)finding->order,
                (long long)finding->seq, STR_ARG(finding->what));
    if (findings.count)
        bench_die("verify found something", NULL);
    task_end(&t);
}
