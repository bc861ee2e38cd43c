#include "world_rows.h"

#include <libpq-fe.h>
#include <sqlite3.h>
#include <stdlib.h>

/* --- SQLite --- */

static sqlite3 *sqlite_of_world(struct world *w)
{
    sqlite3 *db;

    assert_int_equal(sqlite3_open(world_f(w, "%s/yimen.db", w->app.data), &db), SQLITE_OK);
    sqlite3_busy_timeout(db, 5000);
    return db;
}

static int64_t sqlite_do(struct world *w, const char *sql)
{
    sqlite3 *db = sqlite_of_world(w);
    char *why = NULL;

    if (sqlite3_exec(db, sql, NULL, NULL, &why) != SQLITE_OK)
        fail_msg("%s: %s", sql, why);
    int64_t changed = sqlite3_changes64(db);
    sqlite3_close(db);
    return changed;
}

static struct world_rows sqlite_rows(struct world *w, const char *sql)
{
    sqlite3 *db = w->reader = w->reader ? w->reader : sqlite_of_world(w);
    struct list cells = {0};
    sqlite3_stmt *row;

    if (sqlite3_prepare_v2(db, sql, -1, &row, NULL) != SQLITE_OK)
        fail_msg("%s: %s", sql, sqlite3_errmsg(db));
    struct world_rows rows = {.columns = (size_t)sqlite3_column_count(row)};
    for (; sqlite3_step(row) == SQLITE_ROW; rows.count++) {
        for (int i = 0; i < (int)rows.columns; i++) {
            struct str cell = {sqlite3_column_blob(row, i), (size_t)sqlite3_column_bytes(row, i)};
            *(struct str *)list_add(&w->t, &cells, sizeof cell) = str_copy(&w->t, cell);
        }
    }
    rows.cells = cells.at;
    sqlite3_finalize(row);
    return rows;
}

/* --- PostgreSQL --- */

static PGconn *postgres_of_world(const struct world *w)
{
    PGconn *server = PQconnectdb(w->database);

    PQclear(PQexec(server, "SET client_min_messages = error"));
    return server;
}

static PGresult *postgres_run(PGconn *server, const char *sql)
{
    PGresult *result = PQexec(server, sql);

    if (PQresultStatus(result) != PGRES_COMMAND_OK && PQresultStatus(result) != PGRES_TUPLES_OK)
        fail_msg("%s: %s", sql, PQerrorMessage(server));
    return result;
}

static int64_t postgres_do_rows(const struct world *w, const char *sql)
{
    PGconn *server = postgres_of_world(w);
    PGresult *result = postgres_run(server, sql);
    int64_t changed = atoll(PQcmdTuples(result));

    PQclear(result);
    PQfinish(server);
    return changed;
}

enum { TYPE_BYTES = 17 };

static struct str postgres_cell(struct world *w, const PGresult *result, int row, int column)
{
    const char *text = PQgetvalue(result, row, column);
    size_t len;

    if (PQftype(result, column) != TYPE_BYTES)
        return str_copy(&w->t, str_of(text));
    unsigned char *bytes = PQunescapeBytea((const unsigned char *)text, &len);
    assert_non_null(bytes);
    struct str cell = str_copy(&w->t, (struct str){(const char *)bytes, len});
    PQfreemem(bytes);
    return cell;
}

static struct world_rows postgres_rows(struct world *w, const char *sql)
{
    PGconn *server = w->reader = w->reader ? w->reader : postgres_of_world(w);
    PGresult *result = postgres_run(server, sql);
    struct world_rows rows = {(size_t)PQntuples(result), (size_t)PQnfields(result), NULL};

    rows.cells = NEW(&w->t, struct str, rows.count * rows.columns + 1);
    for (size_t i = 0; i < rows.count * rows.columns; i++)
        rows.cells[i] = postgres_cell(w, result, (int)(i / rows.columns), (int)(i % rows.columns));
    PQclear(result);
    return rows;
}

/* --- Both --- */

int64_t world_sql(struct world *w, const char *sql)
{
    return w->database ? postgres_do_rows(w, sql) : sqlite_do(w, sql);
}

struct world_rows world_select(struct world *w, const char *sql)
{
    return w->database ? postgres_rows(w, sql) : sqlite_rows(w, sql);
}

int64_t world_number(struct world *w, const char *sql)
{
    struct world_rows rows = world_select(w, sql);
    int64_t number = 0;

    assert_true(rows.count && rows.columns);
    assert_true(!rows.cells[0].len || str_int(rows.cells[0], &number));
    return number;
}

struct world_rows world_tables(struct world *w)
{
    return world_select(w, w->database
                               ? "SELECT CAST(table_name AS TEXT) FROM information_schema.tables "
                                 "WHERE table_schema = 'public' ORDER BY 1"
                               : "SELECT name FROM sqlite_master WHERE type = 'table' "
                                 "AND name NOT LIKE 'sqlite%' ORDER BY name");
}

const char *world_bytes(struct world *w, struct str bytes)
{
    static const char hex[] = "0123456789abcdef";
    char *text = NEW(&w->home, char, bytes.len * 2 + 1);

    for (size_t i = 0; i < bytes.len; i++) {
        unsigned char c = (unsigned char)bytes.at[i];

        text[i * 2] = hex[c >> 4];
        text[i * 2 + 1] = hex[c & 15];
    }
    return world_f(w, w->database ? "decode('%s', 'hex')" : "X'%s'", text);
}

void world_rows_end(struct world *w)
{
    if (w->reader && w->database)
        PQfinish(w->reader);
    else
        sqlite3_close(w->reader);
    w->reader = NULL;
}
