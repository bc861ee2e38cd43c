#include "bulk_private.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/pack.h"
#include "modules/notices/words.h"
#include "modules/orders/act.h"
#include "modules/orders/change.h"
#include "modules/orders/commit.h"
#include "modules/orders/parties.h"
#include "modules/org/keys.h"

enum { THREADS = 32, CHUNK = 5000, DAY_MINUTES = 24 * 60 };

/* --- Rows as they stand in a table ------------------------------------------------------------ */

static void bulk_die(struct bulk *b, const char *what)
{
    fprintf(stderr, "bench: %s\n", sqlite3_errmsg(b->db));
    bench_die(what, NULL);
}

int table_column(const struct table *table, const char *name)
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

static void read_rows(struct bulk *b, struct model *m, int which, int64_t id)
{
    struct table *table = &b->tables[which];
    char sql[200];
    sqlite3_stmt *stmt;

    snprintf(sql, sizeof sql, "SELECT * FROM %s WHERE tenant = ? AND %s = ? ORDER BY 1, 2, 3",
             table->name, table->id_column);
    if (sqlite3_prepare_v2(b->db, sql, -1, &stmt, NULL))
        bulk_die(b, sql);
    sqlite3_bind_int64(stmt, 1, b->city->tenant);
    sqlite3_bind_int64(stmt, 2, id);
    m->rows[which] = NEW(b->t, struct copied_row, ROWS_MOST);
    while (sqlite3_step(stmt) == SQLITE_ROW) {
        if (m->counts[which] == ROWS_MOST)
            bench_die("too many rows", NULL);
        struct copied_row *row = &m->rows[which][m->counts[which]++];

        for (int i = 0; i < table->columns; i++) {
            int type = sqlite3_column_type(stmt, i);
            const char *at =
                type == SQLITE_INTEGER || type == SQLITE_NULL ? "" : sqlite3_column_blob(stmt, i);

            row->values[i] = (struct value){
                .is_null = type == SQLITE_NULL,
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

void bulk_insert(struct bulk *b, enum bulk_table which, const struct copied_row *row)
{
    struct table *table = &b->tables[which];

    for (int i = 0; i < table->columns; i++) {
        const struct value *v = &row->values[i];
        const char *at = v->text.at ? v->text.at : "";

        if (v->is_null)
            sqlite3_bind_null(table->insert, i + 1);
        else if (v->is_text)
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
    /* With its registration and the paper drawn: eight events. */
    for (int which = 0; !open && which < ACTS - 1; which++)
        model_act(b, &t, order, city_acts[which].action, city_acts[which].input);
    if (!open)
        model_act(b, &t, order, city_denial.action, city_denial.input);
    task_end(&t);
    return order;
}

struct str bulk_place(struct task *t, enum bulk_table which, int64_t order,
                      const struct table *table, const struct copied_row *row)
{
    int64_t id = row->values[table_column(table, which == T_ORDER_PARTY ? "n"
                                                 : which == T_EVENT     ? "seq"
                                                                        : "id")]
                     .number;

    switch (which) {
    case T_EVENT:
        return event_place(t, t->tenant, order, id);
    case T_ORDER_PARTY:
        return party_place(t, order, id);
    case T_NOTICE:
        return notice_place(t, id);
    case T_PAPER:
        return paper_place(t, id);
    default:
        return str_format(t, "party/%lld/identity", (long long)id);
    }
}

static struct str bytes_in(const struct table *table, const struct copied_row *row,
                           const char *name)
{
    return row->values[table_column(table, name)].text;
}

static void unpack(struct task *t, struct bulk *b, struct str packed, struct str *ret_text)
{
    struct str text;

    if (text_unpack(t, packed, &text))
        bench_die("packed", t);
    *ret_text = str_copy(b->t, text);
}

/* Open what is sealed, once for all copies; it stays packed. */
static void open_sealed(struct bulk *b, struct task *t, struct model *m)
{
    struct key key, party_key;

    if (row_key_open(t, order_key_place(t, m->id),
                     bytes_in(&b->tables[T_ORDER], m->rows[T_ORDER], "wrapped_key"), &key) ||
        row_key_open(t, str_format(t, "party/%lld/key", (long long)m->party),
                     bytes_in(&b->tables[T_PARTY], m->rows[T_PARTY], "wrapped_key"), &party_key))
        bench_die("row key", t);
    unpack(t, b, bytes_in(&b->tables[T_ORDER], m->rows[T_ORDER], "packed"), &m->state);
    for (enum bulk_table which = 0; which < TABLES; which++) {
        const struct table *table = &b->tables[which];

        for (int i = 0; i < m->counts[which]; i++) {
            struct copied_row *row = &m->rows[which][i];

            if (table->sealed && crypto_open(t, which == T_PARTY ? &party_key : &key,
                                             bulk_place(t, which, m->id, table, row),
                                             bytes_in(table, row, table->sealed), &row->plain))
                bench_die("sealed", t);
            row->plain = str_copy(b->t, row->plain);
            if (which != T_EVENT)
                continue;
            unpack(t, b, bytes_in(table, row, "packed"), &row->effects);
            if (str_find(row->effects, m->id_text) == SIZE_MAX)
                row->effects = (struct str){0};
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

/* Side by side, so that they share commits. */
static void *make_some(void *arg)
{
    struct bulk *b = arg;
    int i;

    while ((i = atomic_fetch_add(&b->next_model, 1)) < b->model_count) {
        b->models[i].open = i < MODELS_OPEN;
        b->models[i].id = make_model(b, i < MODELS_OPEN ? i : i - MODELS_OPEN, b->models[i].open);
    }
    return NULL;
}

static void make_models(struct bulk *b)
{
    pthread_t threads[THREADS];

    b->model_count = MODELS_OPEN + MODELS_CLOSED;
    b->models = NEW(b->t, struct model, (size_t)b->model_count);
    for (int i = 0; i < THREADS; i++)
        if (pthread_create(&threads[i], NULL, make_some, b))
            bench_die("pthread_create", NULL);
    for (int i = 0; i < THREADS; i++)
        pthread_join(threads[i], NULL);
    city_settle(b->city);
    for (int i = 0; i < b->model_count; i++) {
        struct model *m = &b->models[i];

        m->id_text = str_format(b->t, "%lld", (long long)m->id);
        for (enum bulk_table which = 0; which < T_PARTY; which++)
            read_rows(b, m, which, m->id);
        m->party = m->rows[T_ORDER_PARTY][0]
                       .values[table_column(&b->tables[T_ORDER_PARTY], "party")]
                       .number;
        read_rows(b, m, T_PARTY, m->party);
        read_rows(b, m, T_LOOK_UP, m->party);
    }
    if (store_read(b->t, open_all, b))
        bench_die("models", b->t);
    /* Copies are older than all models; which thread made the first one is chance. */
    int64_t oldest = INT64_MAX;
    for (int i = 0; i < b->model_count; i++)
        oldest = b->models[i].id < oldest ? b->models[i].id : oldest;
    b->first_id = oldest - (b->n + 1) * ID_STEP;
}

/* --- Loading ---------------------------------------------------------------------------------- */

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
    for (int i = 0; i < MODELS_OPEN; i++) {
        struct model *m = &b->models[i];
        const struct procedure *procedure;
        struct json *state;
        struct order order;

        if (order_row(t, m->id, &order) || order_procedure(t, &order, &procedure) ||
            json_parse(t, m->state, &state))
            bench_die("state", t);
        for (int64_t n = 0; n < m->copies; n++) {
            enum err e = counts_move(t, procedure, &(struct counted){0}, state);

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
             (long long)(b->first_id + b->n * ID_STEP));
    run_sql(b, sql);
}

/* Look-ups come in no order: they wait in a heap and are sorted once, and so are the trees that are
 * in no order of time. */
static void put_aside(struct bulk *b)
{
    run_sql(b, "CREATE TABLE bulk_index AS SELECT name, sql FROM sqlite_schema WHERE name IN "
               "('party_by_number', 'orders_open_all', 'orders_open_unit', 'orders_open_owner', "
               "'paper_blob', 'party_look_up_of')");
    run_sql(b, "DROP INDEX party_by_number; DROP INDEX orders_open_all; "
               "DROP INDEX orders_open_unit; DROP INDEX orders_open_owner; "
               "DROP INDEX paper_blob; DROP INDEX party_look_up_of");
    run_sql(b, "CREATE TABLE bulk_look_up AS SELECT * FROM party_look_up LIMIT 0");
    sqlite3_finalize(b->tables[T_LOOK_UP].insert);
    b->tables[T_LOOK_UP].name = "bulk_look_up";
    open_table(b, &b->tables[T_LOOK_UP]);
}

static void bring_back(struct bulk *b)
{
    sqlite3_stmt *stmt;
    char all[4096] = "";

    run_sql(b, "INSERT INTO party_look_up SELECT * FROM bulk_look_up ORDER BY 1, 2, 3, 4; "
               "DROP TABLE bulk_look_up");
    if (sqlite3_prepare_v2(b->db, "SELECT sql FROM bulk_index", -1, &stmt, NULL))
        bulk_die(b, "indexes");
    while (sqlite3_step(stmt) == SQLITE_ROW) {
        size_t at = strlen(all);

        snprintf(all + at, sizeof all - at, "%s;", sqlite3_column_text(stmt, 0));
    }
    sqlite3_finalize(stmt);
    run_sql(b, all);
    run_sql(b, "DROP TABLE bulk_index");
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
        .tables = {[T_ORDER] = {"orders", "id", NULL},
                   [T_EVENT] = {"event", "order_id", "body"},
                   [T_DUTY] = {"duty", "order_id", NULL},
                   [T_ORDER_PARTY] = {"order_party", "order_id", "sealed"},
                   [T_CODE] = {"order_code", "order_id", NULL},
                   [T_NOTICE] = {"notice", "order_id", "sealed"},
                   [T_PAPER] = {"paper", "order_id", "sealed"},
                   [T_PARTY] = {"party", "id", "sealed"},
                   [T_LOOK_UP] = {"party_look_up", "party", NULL}},
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
    put_aside(&b);
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
    for (int i = 0; i < TABLES; i++)
        sqlite3_finalize(b.tables[i].insert);
    bring_back(&b);
    number_events(&b);
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
