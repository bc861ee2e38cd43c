/*
 * `yimen schema` on PostgreSQL: the statements make what the program itself makes, Citus would take
 * them, and the events fall into their years.  Skipped without a server (tools/postgres).
 */
#include "core/test.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "app.h"
#include "city/schema.h"
#include "city/tables.h"
#include "core/time.h"
#include "store/postgres_fixture.h"

/* All that the catalogue says of tables and indexes, as one number. */
static const char fingerprint[] =
    "SELECT hashtextextended(string_agg(x, ' ' ORDER BY x COLLATE \"C\"), 0) FROM ("
    "SELECT table_name || '.' || column_name || ' ' || data_type || ' ' || is_nullable || ' ' ||"
    " COALESCE(collation_name, '') || COALESCE(column_default, '') AS x"
    " FROM information_schema.columns WHERE table_schema = 'public'"
    " UNION ALL SELECT indexdef FROM pg_indexes WHERE schemaname = 'public'"
    " UNION ALL SELECT conrelid::regclass || pg_get_constraintdef(oid) FROM pg_constraint"
    " WHERE connamespace = 'public'::regnamespace) AS all_of_it";

static char *statements(struct schema_options options)
{
    struct list migrations;
    char *text = NULL;
    size_t size = 0;
    struct task t;

    task_begin(&t, NULL, TEST_NOW, TASK_BUDGET);
    migrations = app_migrations(&t);
    options.migrations = &migrations;
    FILE *out = open_memstream(&text, &size);
    assert_non_null(out);
    enum err e = schema_write(&t, out, &options);
    if (e)
        fail_msg("%.*s", STR_ARG(t.note));
    fclose(out);
    task_end(&t);
    return text;
}

static char *file_text(const char *name)
{
    const char *source = getenv("YIMEN_SOURCE");
    char path[4096], *text = calloc(1, 64 * 1024);

    snprintf(path, sizeof path, "%s/tests/sql/%s", source ? source : ".", name);
    FILE *in = fopen(path, "r");
    assert_non_null(in);
    assert_non_null(text);
    assert_true(fread(text, 1, 64 * 1024 - 1, in) > 0);
    fclose(in);
    return text;
}

/* A database with these statements run in it. */
static char *database_of(struct schema_options options)
{
    char *url = postgres_database(NULL), *text = statements(options);

    postgres_do(url, text);
    free(text);
    return url;
}

/* The program opens it: migrates what is not migrated. */
static void open_and_migrate(const char *url)
{
    char folder[] = "/tmp/yimen-schema-XXXXXX";
    struct store_options options = {.directory = mkdtemp(folder), .url = url, .create = true};
    struct store *store = NULL;
    struct task t;

    task_begin(&t, NULL, TEST_NOW, TASK_BUDGET);
    enum err e = store_open(&t, &options, &store);
    if (!e) {
        t.store = store;
        struct list migrations = app_migrations(&t);
        e = store_migrate(&t, migrations.at, migrations.count);
    }
    if (e)
        fail_msg("%.*s", STR_ARG(t.note));
    task_end(&t);
    store_close(store);
    char *rest = NULL;
    assert_true(asprintf(&rest, "rm -rf '%s'", folder) > 0 && !system(rest));
    free(rest);
}

static bool no_server(void)
{
    if (postgres_wanted())
        return false;
    print_message("no PostgreSQL here: run by tools/postgres\n");
    return true;
}

static void the_statements_make_what_the_program_makes(void **state)
{
    (void)state;
    if (no_server())
        skip();
    char *ours = database_of((struct schema_options){.tables = true});
    char *theirs = postgres_database(NULL);

    open_and_migrate(theirs);
    assert_true(postgres_do(ours, fingerprint) == postgres_do(theirs, fingerprint));
    long long rows = postgres_do(ours, "SELECT COUNT(*) FROM schema_migration");
    assert_true(rows > 20);
    open_and_migrate(ours);
    assert_true(rows == postgres_do(ours, "SELECT COUNT(*) FROM schema_migration"));
    assert_true(postgres_do(ours, fingerprint) == postgres_do(theirs, fingerprint));
    postgres_drop(ours);
    postgres_drop(theirs);
}

static void citus_would_take_them(void **state)
{
    size_t cities = 0, installation = 0;

    (void)state;
    if (no_server())
        skip();
    char *rules = file_text("citus_rules.sql"), *url = postgres_database(NULL);
    for (const struct sql_table *table = sql_tables; table->name; table++) {
        cities += !table_of_installation(table);
        installation += table_of_installation(table) != NULL;
    }
    postgres_do(url, rules);
    for (int years = 0; years < 2; years++) {
        char *with = postgres_database(NULL);
        char *text = statements((struct schema_options){.tables = true,
                                                        .distributed = true,
                                                        .first_year = years ? 2026 : 0,
                                                        .last_year = years ? 2030 : 0});
        char *again = statements((struct schema_options){.distributed = true});

        postgres_do(with, rules);
        postgres_do(with, text);
        postgres_do(with, again); /* as after an upgrade: nothing is left to do */
        assert_int_equal(
            postgres_do(with, "SELECT COUNT(*) FROM pg_dist_partition WHERE partmethod = 'h'"),
            cities);
        assert_int_equal(
            postgres_do(with, "SELECT COUNT(*) FROM pg_dist_partition WHERE partmethod = 'n'"),
            installation);
        assert_int_equal(postgres_do(with, "SELECT COUNT(DISTINCT colocationid)"
                                           " FROM pg_dist_partition WHERE partmethod = 'h'"),
                         1);
        open_and_migrate(with);
        free(text);
        free(again);
        postgres_drop(with);
    }
    free(rules);
    postgres_drop(url);
}

/* The rules themselves: what Citus refuses is refused. */
static void the_stand_ins_refuse(void **state)
{
    static const struct {
        const char *make, *refused, *words;
    } rows[] = {
        {"CREATE TABLE a (tenant BIGINT NOT NULL, id BIGINT PRIMARY KEY)",
         "SELECT create_distributed_table(''a'', ''tenant'')", "does not contain"},
        {"CREATE TABLE b (tenant BIGINT NOT NULL, id BIGINT, PRIMARY KEY (tenant, id), UNIQUE (id))",
         "SELECT create_distributed_table(''b'', ''tenant'')", "does not contain"},
        {"CREATE TABLE c (tenant BIGINT, id BIGINT)",
         "SELECT create_distributed_table(''c'', ''tenant'')", "NOT NULL"},
        {"CREATE TABLE d (tenant BIGINT NOT NULL, id BIGINT, PRIMARY KEY (tenant, id));"
         "CREATE TABLE e (tenant BIGINT NOT NULL, d BIGINT NOT NULL, id BIGINT UNIQUE,"
         " PRIMARY KEY (tenant, d));"
         "CREATE TABLE f (tenant BIGINT NOT NULL, e BIGINT REFERENCES e (id), PRIMARY KEY (tenant))",
         "SELECT create_distributed_table(''f'', ''tenant'')", "another server"},
        {"CREATE TABLE g (tenant TEXT NOT NULL, PRIMARY KEY (tenant));"
         "SELECT create_distributed_table('d', 'tenant')",
         "SELECT create_distributed_table(''g'', ''tenant'', colocate_with => ''d'')",
         "kept together"},
    };

    (void)state;
    if (no_server())
        skip();
    char *rules = file_text("citus_rules.sql"), *url = postgres_database(NULL);
    postgres_do(url, rules);
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        char *ask = NULL;

        postgres_do(url, rows[i].make);
        assert_true(
            asprintf(&ask, "SELECT is_refused('%s', '%s')", rows[i].refused, rows[i].words) > 0);
        if (postgres_do(url, ask) != 1)
            fail_msg("%s: not refused", rows[i].refused);
        free(ask);
    }
    free(rules);
    postgres_drop(url);
}

/* Ids are made of the moment, so a range of ids is a stretch of time. */
static void events_fall_into_their_years(void **state)
{
    char folder[] = "/tmp/yimen-years-XXXXXX";
    struct store_options options = {.directory = mkdtemp(folder), .create = true};
    struct store *store = NULL;
    struct task t;
    int64_t new_year = day_start(day_from_civil(2027, 1, 1)), last, first;

    (void)state;
    task_begin(&t, NULL, new_year - 1, TASK_BUDGET);
    assert_int_equal(store_open(&t, &options, &store), OK);
    t.store = store;
    last = store_new_id(&t);
    t.now = new_year;
    first = store_new_id(&t);
    task_end(&t);
    store_close(store);
    assert_true(last < schema_first_id(2027) && first >= schema_first_id(2027));
    assert_true(first < schema_first_id(2028) && last >= schema_first_id(2026));
    char *rest = NULL;
    assert_true(asprintf(&rest, "rm -rf '%s'", folder) > 0 && !system(rest));
    free(rest);
    if (no_server())
        return;
    char *url =
        database_of((struct schema_options){.tables = true, .first_year = 2026, .last_year = 2028});
    char *insert = NULL;
    assert_true(
        asprintf(&insert,
                 "INSERT INTO event SELECT 1, id, 1, id, 'a', 0, 0, '', 0, 0, 0, 0, 0, '',"
                 " ''::bytea, ''::bytea FROM (VALUES (5), (%lld), (%lld), (%lld)) AS v (id)",
                 (long long)last, (long long)first, (long long)schema_first_id(2040)) > 0);
    postgres_do(url, insert);
    assert_int_equal(postgres_do(url, "SELECT COUNT(*) FROM event_before"), 1);
    assert_int_equal(postgres_do(url, "SELECT COUNT(*) FROM event_2026"), 1);
    assert_int_equal(postgres_do(url, "SELECT COUNT(*) FROM event_2027"), 1);
    assert_int_equal(postgres_do(url, "SELECT COUNT(*) FROM event_2028"), 0);
    assert_int_equal(postgres_do(url, "SELECT COUNT(*) FROM event_after"), 1);
    open_and_migrate(url);
    free(insert);
    postgres_drop(url);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_statements_make_what_the_program_makes),
        cmocka_unit_test(citus_would_take_them),
        cmocka_unit_test(the_stand_ins_refuse),
        cmocka_unit_test(events_fall_into_their_years),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
