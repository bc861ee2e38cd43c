#include "city/archive.h"
#include "city/city.h"
#include "city/header.h"
#include "city/rows.h"
#include "core/task.h"
#include "modules/org/moving.h"
#include "modules/org/org.h"

#include <stdlib.h>
#include <string.h>

enum {
    ROWS_FIRST = 64,
    ROWS_MOST = 1000,
    CHUNK_BYTES = 4 * 1024 * 1024,
    KEY_TEXT_MOST = 64 * 1024,
    BLOB_BUDGET = ARCHIVE_BLOB_MOST + 64 * 1024 * 1024
};

struct outgoing {
    const struct city_options *options;
    struct archive_writer *out;
    struct city_header header;
    int64_t done;
    struct arg *city; /* the row of `tenant`, which comes last */
    struct arg key[ARCHIVE_COLUMNS_MOST];
    char *key_text;
};

static void show(const struct city_options *options, const char *what, int64_t done, int64_t all)
{
    if (options->progress)
        options->progress(what, done, all);
}

static enum err count_rows(struct task *t, struct outgoing *x)
{
    int64_t *counts = NEW(t, int64_t, 300);
    enum err e = OK;

    x->header.rows = 0;
    for (const struct sql_table *table = sql_tables; table->name && !e; table++) {
        int64_t *n = &counts[table - sql_tables];

        if (table_stays(table))
            continue;
        e = store_number(t, &table_queries(t, table)->count, ARGS(INT("tenant", t->tenant)), n);
        x->header.rows += *n;
    }
    x->header.counts = counts;
    return e;
}

/* The key of the last row of a chunk, kept while the memory of the chunk is given back. */
static enum err keep_key(struct task *t, struct outgoing *x, const struct sql_table *table,
                         const struct arg *values)
{
    const struct table_key *key = &table->keys[0];
    size_t used = 0;

    for (size_t k = 1; k < key->count; k++) {
        struct arg *kept = &x->key[k - 1];
        size_t i = 0;

        while (strcmp(values[i].name, key->columns[k]) != 0)
            i++;
        *kept = values[i];
        if (kept->type == ARG_INT)
            continue;
        if (used + kept->text.len > KEY_TEXT_MOST)
            return task_fail(t, ERR_TOO_LARGE, "表 %s 有一行的键太长", table->name);
        memcpy(x->key_text + used, kept->text.at ? kept->text.at : "", kept->text.len);
        kept->text.at = x->key_text + used;
        used += kept->text.len;
    }
    return OK;
}

struct chunk {
    int64_t limit;
    size_t count, bytes;
};

/* Rows behind x->key, or the first ones. */
static enum err export_chunk(struct task *t, struct outgoing *x,
                             const struct table_queries *queries, bool behind, struct chunk *chunk)
{
    const struct sql_table *table = queries->table;
    struct arg args[ARCHIVE_COLUMNS_MOST + 2], *values = NEW(t, struct arg, table->column_count);
    struct rows *rows;
    size_t n = 0;

    args[n++] = INT("tenant", t->tenant);
    for (size_t k = 0; behind && k < queries->key_count; k++)
        args[n++] = x->key[k];
    args[n++] = INT("limit_rows", chunk->limit);
    enum err e = store_run(t, behind ? &queries->next : &queries->first, args, n, &rows);
    *chunk = (struct chunk){.limit = chunk->limit};
    while (!e && rows_next(rows)) {
        table_values(table, rows, values);
        archive_put_row(x->out, values);
        chunk->count++;
        for (size_t i = 0; i + 1 < table->column_count; i++)
            chunk->bytes += sizeof(struct arg) + values[i].text.len;
    }
    return e || !chunk->count ? e : keep_key(t, x, table, values);
}

static enum err export_table(struct task *t, struct outgoing *x, const struct sql_table *table)
{
    const struct table_queries *queries = table_queries(t, table);
    struct chunk chunk = {.limit = ROWS_FIRST};
    bool behind = false;
    enum err e;

    archive_put_table(x->out, table);
    do {
        struct task_mark mark = task_mark(t);
        int64_t limit = chunk.limit;

        e = export_chunk(t, x, queries, behind, &chunk);
        task_reset(t, mark);
        if (e || archive_is_broken(x->out))
            return e; /* told by archive_finish() */
        behind = true;
        x->done += (int64_t)chunk.count;
        show(x->options, "导出", x->done, x->header.rows);
        if ((int64_t)chunk.count < limit || !queries->key_count)
            break;
        /* As many rows as fit into a chunk's memory, going by the last ones. */
        chunk.limit = (int64_t)(CHUNK_BYTES / (chunk.bytes / chunk.count + 1));
        chunk.limit = chunk.limit < 1 ? 1 : chunk.limit > ROWS_MOST ? ROWS_MOST : chunk.limit;
    } while (chunk.count);
    return OK;
}

static enum err read_city(struct task *t, struct outgoing *x)
{
    const struct sql_table *table = table_find("tenant");
    struct tenant tenant;
    struct rows *rows;
    enum err e = org_tenant(t, &tenant);

    if (!e)
        e = moving_key_names(t, &x->header.keys);
    if (!e)
        e = store_run(t, &table_queries(t, table)->first,
                      ARGS(INT("tenant", t->tenant), INT("limit_rows", 1)), &rows);
    if (e)
        return e;
    if (!rows_next(rows))
        return task_fail(t, ERR_NOT_FOUND, "没有这个平台");
    x->city = NEW(t, struct arg, table->column_count);
    table_values(table, rows, x->city);
    x->header.tenant = t->tenant;
    x->header.code = tenant.code;
    x->header.name = tenant.name;
    x->header.host = tenant.host;
    return OK;
}

/* Everything of the database, in one transaction: one moment of the city. */
static enum err export_rows(struct task *t, void *arg)
{
    struct outgoing *x = arg;
    enum err e = read_city(t, x);

    x->done = 0;
    x->key_text = NEW(t, char, KEY_TEXT_MOST);
    if (!e)
        e = count_rows(t, x);
    if (e)
        return e;
    archive_begin(x->out, city_header_text(t, &x->header));
    for (const struct sql_table *table = sql_tables; table->name && !e; table++)
        if (!table_stays(table) && strcmp(table->name, "tenant") != 0)
            e = export_table(t, x, table);
    return e;
}

static int compare_names(const void *a, const void *b)
{
    return str_compare(*(const struct str *)a, *(const struct str *)b);
}

static enum err export_blob(struct task *home, struct outgoing *x, struct str name)
{
    struct str sealed;
    struct task t;

    task_begin(&t, home->store, home->now, BLOB_BUDGET);
    t.tenant = home->tenant;
    enum err e = blob_get(&t, name, &sealed);
    if (e == OK)
        archive_put_blob(x->out, name, sealed);
    else if (e == ERR_NOT_FOUND)
        e = OK; /* removed since it was listed: erased with its order */
    else
        (void)task_fail(home, e, "文件 %.*s：%.*s", STR_ARG(name), STR_ARG(t.note));
    task_end(&t);
    return e;
}

static enum err export_blobs(struct task *t, struct outgoing *x, int64_t *ret_blobs)
{
    enum err e = OK;

    for (int byte = 0; byte < 256 && !e; byte++) {
        struct task_mark mark = task_mark(t);
        struct list names;

        e = blob_list(t, byte, &names);
        if (e)
            return e;
        if (names.count)
            qsort(names.at, names.count, sizeof(struct str), compare_names);
        LIST_EACH (struct str, name, names) {
            if (!e)
                e = export_blob(t, x, *name);
            show(x->options, "文件", ++*ret_blobs, 0);
        }
        if (!e)
            task_reset(t, mark);
    }
    return e;
}

enum err city_export(struct task *t, const struct city_options *options, struct city_figures *ret)
{
    struct outgoing x = {.options = options};
    const struct sql_table *table = table_find("tenant");
    struct city_figures figures = {.tenant = t->tenant};

    x.header.suite = city_suite();
    x.header.migrations = city_migrations_text(t, options->migrations);
    enum err e = archive_create(t, options->file, &x.out);
    if (!e)
        e = store_read(t, export_rows, &x);
    if (!e)
        e = export_blobs(t, &x, &figures.blobs);
    if (e)
        return e;
    archive_put_table(x.out, table);
    archive_put_row(x.out, x.city);
    figures.rows = x.header.rows;
    figures.code = x.header.code;
    figures.name = x.header.name;
    e = archive_finish(t, x.out, &figures.hash);
    if (!e)
        *ret = figures;
    return e;
}
