#include "city/rows.h"

#include <string.h>

#include "core/buf.h"
#include "core/task.h"

enum { TEXT_MOST = 16 * 1024, TABLES_MOST = 300, PARAMETERS_MOST = 120 };
enum which { COUNT, FIRST, NEXT, INSERT, REMOVE, WHICH };

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

/* "(a, b) > (:a, :b)" behind the tenant, which is the first column of every key. */
static void put_behind(struct writer *w, const struct sql_table *table)
{
    const struct table_key *key = &table->keys[0];

    put(w, " AND (");
    for (size_t i = 1; i < key->count; i++) {
        put(w, i > 1 ? ", " : "");
        put_key_column(w, table, key->columns[i]);
    }
    put(w, ") > (");
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
        put_behind(w, table);
    for (size_t i = 1; i < key->count; i++) {
        put(w, i > 1 ? ", " : " ORDER BY ");
        put_key_column(w, table, key->columns[i]);
    }
    put(w, " LIMIT ");
    put_parameter(w, "limit_rows");
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

static void put_of_tenant(struct writer *w, const struct sql_table *table, const char *what)
{
    put(w, what);
    put(w, table->name);
    put(w, " WHERE tenant = ");
    put_parameter(w, "tenant");
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
    default:
        put_of_tenant(w, table, "DELETE FROM ");
        break;
    }
    return str_terminated(t, buf_str(&w->b));
}

static struct query query_of(struct task *t, const struct sql_table *table, enum which which)
{
    struct writer *w = NEW(t, struct writer, 1);
    struct query query = {.kind = which == INSERT || which == REMOVE ? QUERY_WRITE : QUERY_READ,
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
    if (queries->key_count)
        queries->next = query_of(t, table, NEXT);
    return queries;
}

void table_values(const struct sql_table *table, const struct rows *rows, struct arg *ret_values)
{
    size_t n = 0;

    for (size_t i = 0; i < table->column_count; i++) {
        const struct table_column *column = &table->columns[i];

        if (!strcmp(column->name, "tenant"))
            continue;
        if (row_is_null(rows, column->name))
            ret_values[n++] = NOTHING(column->name);
        else if (column->type == COLUMN_INT)
            ret_values[n++] = INT(column->name, row_int(rows, column->name));
        else if (column->type == COLUMN_TEXT)
            ret_values[n++] = TEXT(column->name, row_str(rows, column->name));
        else
            ret_values[n++] = BYTES(column->name, row_str(rows, column->name));
    }
}
