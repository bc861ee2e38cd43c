#include "city/schema.h"

#include <sodium.h>
#include <string.h>

#include "city/tables.h"
#include "core/buf.h"
#include "core/time.h"
#include "store/store.h"

/* Bits of an id below its milliseconds since 2020 (store/ids.c). */
enum { ID_BITS = 22 };
static const int64_t EPOCH_2020 = 1577836800000;

extern const struct migration store_migrations[]; /* the table of migrations itself */

/* The one table whose rows are never changed and that grows by every act. */
static const char events_begin[] = "CREATE TABLE event (";

/* As the driver writes them (store/store_pg.c); the test `schema` compares the two. */
static void put_words(struct buf *b, struct str sql)
{
    static const struct {
        struct str what, instead;
    } words[] = {{STR_INIT("%BYTES%"), STR_INIT("BYTEA")},
                 {STR_INIT(" TEXT"), STR_INIT(" TEXT COLLATE \"C\"")}};

    while (sql.len) {
        bool met = false;

        for (size_t i = 0; i < sizeof words / sizeof *words && !met; i++) {
            met = str_starts(sql, words[i].what);
            if (met) {
                buf_add(b, words[i].instead);
                sql = str_from(sql, words[i].what.len);
            }
        }
        if (!met) {
            buf_add_char(b, *sql.at);
            sql = str_from(sql, 1);
        }
    }
}

int64_t schema_first_id(int year)
{
    return (day_start(day_from_civil(year, 1, 1)) - EPOCH_2020) * ((int64_t)1 << ID_BITS);
}

static void put_partitions(struct buf *b, const struct schema_options *options)
{
    buf_format(
        b, "CREATE TABLE event_before PARTITION OF event FOR VALUES FROM (MINVALUE) TO (%lld);\n",
        (long long)schema_first_id(options->first_year));
    for (int year = options->first_year; year <= options->last_year; year++)
        buf_format(b,
                   "CREATE TABLE event_%d PARTITION OF event FOR VALUES FROM (%lld) TO (%lld);\n",
                   year, (long long)schema_first_id(year), (long long)schema_first_id(year + 1));
    buf_format(
        b, "CREATE TABLE event_after PARTITION OF event FOR VALUES FROM (%lld) TO (MAXVALUE);\n",
        (long long)schema_first_id(options->last_year + 1));
}

/* The table of events ends with its own line ");". */
static enum err put_events(struct task *t, struct buf *b, struct str sql,
                           const struct schema_options *options)
{
    size_t begin = str_find(sql, str_of(events_begin));
    struct str rest = str_from(sql, begin);
    size_t end = str_find(rest, S("\n);"));

    if (begin == SIZE_MAX || end == SIZE_MAX)
        return task_fail(t, ERR_INTERNAL, "找不到表 event 的定义");
    put_words(b, str_first(sql, begin + end));
    buf_add(b, S("\n) PARTITION BY RANGE (order_id);\n"));
    put_partitions(b, options);
    put_words(b, str_from(rest, end + 3));
    return OK;
}

static enum err put_migration(struct task *t, struct buf *b, const struct migration *m,
                              const struct schema_options *options)
{
    unsigned char hash[crypto_hash_sha256_BYTES];
    struct str sql = str_of(m->sql);
    enum err e = OK;

    buf_format(b, "\n-- %s/%04d_%s\n", m->module, m->number, m->name);
    if (options->first_year && str_find(sql, str_of(events_begin)) != SIZE_MAX)
        e = put_events(t, b, sql, options);
    else
        put_words(b, sql);
    if (strcmp(m->module, "store") == 0)
        return e;
    /* The driver sees its own hash and knows that nothing is to be done. */
    crypto_hash_sha256(hash, (const unsigned char *)m->sql, sql.len);
    buf_format(b,
               "\nINSERT INTO schema_migration (module, number, name, hash, applied_at)"
               " VALUES ('%s', %d, '%s', '%.*s', %lld);\n",
               m->module, m->number, m->name, STR_ARG(str_hex(t, hash, sizeof hash)),
               (long long)t->now);
    return e;
}

/* Each can be run again: after an upgrade it finds the tables that came with it. */
static void put_distribution(struct buf *b)
{
    static const char unless[] =
        " WHERE NOT EXISTS (SELECT 1 FROM pg_dist_partition WHERE logicalrelid = '%s'::regclass);\n";
    const char *first = NULL;

    buf_add(b, S("\n-- Rows of the whole installation: a copy on every server.\n"));
    for (const struct sql_table *table = sql_tables; table->name; table++) {
        const char *why = table_of_installation(table);

        if (!why)
            continue;
        buf_format(b, "-- %s: %s\nSELECT create_reference_table('%s')", table->name, why,
                   table->name);
        buf_format(b, unless, table->name);
    }
    buf_add(b, S("\n-- Rows of a city: all of one city on one server.\n"));
    for (const struct sql_table *table = sql_tables; table->name; table++) {
        if (table_of_installation(table))
            continue;
        buf_format(b, "SELECT create_distributed_table('%s', 'tenant'", table->name);
        if (first)
            buf_format(b, ", colocate_with => '%s'", first);
        buf_add_char(b, ')');
        buf_format(b, unless, table->name);
        first = first ? first : table->name;
    }
}

enum err schema_write(struct task *t, FILE *out, const struct schema_options *options)
{
    struct buf b = buf_new(t, 4 * 1024 * 1024);
    enum err e = OK;

    if (options->tables) {
        buf_add(&b, S("-- The tables of yimen for an empty PostgreSQL database:\n"
                      "--   yimen schema | psql -v ON_ERROR_STOP=1 postgresql://...\n"));
        e = put_migration(t, &b, &store_migrations[0], options);
        LIST_EACH (struct migration, m, *options->migrations) {
            if (!e)
                e = put_migration(t, &b, m, options);
        }
    }
    if (e)
        return e;
    if (options->distributed)
        put_distribution(&b);
    if (fwrite(buf_str(&b).at, 1, buf_str(&b).len, out) != buf_str(&b).len || fflush(out))
        return task_fail(t, ERR_STORE, "写不出去");
    return OK;
}
