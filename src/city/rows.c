#include "city/rows.h"

#include <string.h>

#include "core/buf.h"
#include "core/task.h"

enum { TEXT_MOST = 16 * 1024, TABLES_MOST = 300, PARAMETERS_MOST = 120 };
enum which { COUNT, FIRST, NEXT, INSERT, EDGE, REMOVE_TO, REMOVE, WHICH };

/* Numbers of prepared statements outlive the tasks: they stay with the table. */
static int slots[TABLES_MOST][WHICH];

struct writer {
    struct buf b;
    const char *names[PARAMETERS_MOST];
    size_t n;
    bool sqlite;
};

static void put(struct writer *w, const char *text)
{
    buf_add(&w->b, str_of(text));
}

static void put_parameter(struct writer *w, const char *name)
{
    size_t i = 0;

    while (i < w->n && strcmp(w->names[i], name) != 0)
        i++;
    if (i == w->n)
        w->names[w->n++] = name;
    buf_format(&w->b, "%c%zu", w->sqlite ? '?' : '$', i + 1);
}

static void put_columns(struct writer *w, const struct sql_table *table, bool with_tenant)
{
    bool first = true;

    for (size_t i = 0; i < table->column_count; i++) {
        if (!with_tenant && !strcmp(table->columns[i].name, "tenant"))
            continue;
        put(w, first ? "" : ", ");
        put(w, table->columns[i].name);
        first = false;
    }
}

static void put_key_column(struct writer *w, const struct sql_table *table, const char *name)
{
    put(w, name);
    if (!w->sqlite && table_column(table, name)->type == COLUMN_TEXT)
        put(w, " COLLATE \"C\"");
}

/* "a, b": the key behind the tenant, which is the first column of every key. */
static void put_key(struct writer *w, const struct sql_table *table)
{
    const struct table_key *key = &table->keys[0];

    for (size_t i = 1; i < key->count; i++) {
        put(w, i > 1 ? ", " : "");
        put_key_column(w, table, key->columns[i]);
    }
}

/* "(a, b) > (:a, :b)" */
static void put_compared(struct writer *w, const struct sql_table *table, const char *how)
{
    const struct table_key *key = &table->keys[0];

    put(w, " AND (");
    put_key(w, table);
    put(w, ") ");
    put(w, how);
    put(w, " (");
    for (size_t i = 1; i < key->count; i++) {
        put(w, i > 1 ? ", " : "");
        put_parameter(w, key->columns[i]);
    }
    put(w, ")");
}

static void put_select(struct writer *w, const struct sql_table *table, bool behind)
{
    const struct table_key *key = &table->keys[0];

    put(w, "SELECT ");
    put_columns(w, table, false);
    put(w, " FROM ");
    put(w, table->name);
    put(w, " WHERE tenant = ");
    put_parameter(w, "tenant");
    if (behind)
        put_compared(w, table, ">");
    for (size_t i = 1; i < key->count; i++) {
        put(w, i > 1 ? ", " : " ORDER BY ");
        put_key_column(w, table, key->columns[i]);
    }
    put(w, " LIMIT ");
    put_parameter(w, "limit_rows");
}

static void put_of_tenant(struct writer *w, const struct sql_table *table, const char *what)
{
    put(w, what);
    put(w, table->name);
    put(w, " WHERE tenant = ");
    put_parameter(w, "tenant");
}

/* The key of the row that so many are before. */
static void put_edge(struct writer *w, const struct sql_table *table)
{
    put(w, "SELECT ");
    for (size_t i = 1; i < table->keys[0].count; i++) {
        put(w, i > 1 ? ", " : "");
        put(w, table->keys[0].columns[i]);
    }
    put_of_tenant(w, table, " FROM ");
    put(w, " ORDER BY ");
    put_key(w, table);
    put(w, " LIMIT 1 OFFSET ");
    put_parameter(w, "skip_rows");
}

static void put_insert(struct writer *w, const struct sql_table *table)
{
    put(w, "INSERT INTO ");
    put(w, table->name);
    put(w, " (");
    put_columns(w, table, true);
    put(w, ") VALUES (");
    for (size_t i = 0; i < table->column_count; i++) {
        put(w, i ? ", " : "");
        put_parameter(w, table->columns[i].name);
    }
    put(w, ")");
}

static const char *text_of(struct task *t, const struct sql_table *table, enum which which,
                           struct writer *w)
{
    w->b = buf_new(t, TEXT_MOST);
    w->n = 0;
    switch (which) {
    case COUNT:
        put_of_tenant(w, table, "SELECT COUNT(*) AS n FROM ");
        break;
    case FIRST:
    case NEXT:
        put_select(w, table, which == NEXT);
        break;
    case INSERT:
        put_insert(w, table);
        break;
    case EDGE:
        put_edge(w, table);
        break;
    default:
        put_of_tenant(w, table, "DELETE FROM ");
        if (which == REMOVE_TO)
            put_compared(w, table, "<=");
        break;
    }
    return str_terminated(t, buf_str(&w->b));
}

static struct query query_of(struct task *t, const struct sql_table *table, enum which which)
{
    struct writer *w = NEW(t, struct writer, 1);
    bool writes = which == INSERT || which == REMOVE || which == REMOVE_TO;
    struct query query = {.kind = writes ? QUERY_WRITE : QUERY_READ,
                          .slot = &slots[(table - sql_tables) % TABLES_MOST][which],
                          .tables = &table->number,
                          .table_count = 1};

    query.postgres = text_of(t, table, which, w);
    w->sqlite = true;
    query.sqlite = text_of(t, table, which, w);
    query.name = str_terminated(t, str_format(t, "city_%s", table->name));
    query.parameters = w->names;
    query.parameter_count = w->n;
    return query;
}

const struct table_queries *table_queries(struct task *t, const struct sql_table *table)
{
    struct table_queries *queries = NEW(t, struct table_queries, 1);

    queries->table = table;
    queries->count = query_of(t, table, COUNT);
    queries->first = query_of(t, table, FIRST);
    queries->insert = query_of(t, table, INSERT);
    queries->remove = query_of(t, table, REMOVE);
    queries->key_count = table->keys[0].count - 1;
    if (queries->key_count) {
        queries->next = query_of(t, table, NEXT);
        queries->edge = query_of(t, table, EDGE);
        queries->remove_to = query_of(t, table, REMOVE_TO);
    }
    return queries;
}

static struct arg value_of(const struct table_column *column, const struct rows *rows)
{
    if (row_is_null(rows, column->name))
        return NOTHING(column->name);
    if (column->type == COLUMN_INT)
        return INT(column->name, row_int(rows, column->name));
    return column->type == COLUMN_TEXT ? TEXT(column->name, row_str(rows, column->name))
                                       : BYTES(column->name, row_str(rows, column->name));
}

void table_key_values(const struct sql_table *table, const struct rows *rows,
                      struct arg *ret_values)
{
    const struct table_key *key = &table->keys[0];

    for (size_t i = 1; i < key->count; i++)
        ret_values[i - 1] = value_of(table_column(table, key->columns[i]), rows);
}

void table_values(const struct sql_table *table, const struct rows *rows, struct arg *ret_values)
{
    size_t n = 0;

    for (size_t i = 0; i < table->column_count; i++) {
        const struct table_column *column = &table->columns[i];

        if (strcmp(column->name, "tenant") != 0)
            ret_values[n++] = value_of(column, rows);
    }
}
