/*
 * sqlgen over good and bad files.  The program itself is run: its path is the first argument.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <ftw.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

static const char *sqlgen;
static char folder[] = "/tmp/yimen-sqlgen-XXXXXX";
static char output[65536];

static void put_file(const char *name, const char *text)
{
    char path[256];

    snprintf(path, sizeof path, "%s/%s", folder, name);
    FILE *file = fopen(path, "wb");
    assert_non_null(file);
    fputs(text, file);
    fclose(file);
}

static const char *get_file(const char *name)
{
    char path[256];

    snprintf(path, sizeof path, "%s/%s", folder, name);
    FILE *file = fopen(path, "rb");
    assert_non_null(file);
    output[fread(output, 1, sizeof output - 1, file)] = '\0';
    fclose(file);
    return output;
}

/* Exit code; what was said is in `output`. */
static int run(const char *arguments)
{
    char command[1024];

    snprintf(command, sizeof command, "cd %s && rm -f x_sql.* && '%s' %s 2>&1", folder, sqlgen,
             arguments);
    FILE *pipe = popen(command, "r");
    assert_non_null(pipe);
    output[fread(output, 1, sizeof output - 1, pipe)] = '\0';
    int status = pclose(pipe);
    assert_true(WIFEXITED(status));
    return WEXITSTATUS(status);
}

static bool written(void)
{
    char path[256];

    snprintf(path, sizeof path, "%s/x_sql.c", folder);
    return !access(path, F_OK);
}

static void expect_in(const char *text, const char *part)
{
    if (!strstr(text, part))
        fail_msg("\"%s\" is not in \"%s\"", part, text);
}

static void good_queries_become_constants(void **state)
{
    (void)state;
    put_file("x.sql",
             "-- what x asks\n"
             "-- name: x_one\n"
             "-- by its id\n"
             "SELECT a AS total, 'it''s :not -- one' AS b /* :nor :this */\n"
             "  FROM t WHERE tenant = :tenant AND id = :id AND other = :id -- :nor_this\n"
             " ORDER BY name COLLATE \"C\";\n"
             "-- name: x_put\n"
             "WITH n AS (SELECT CAST(:v AS BIGINT) AS v) INSERT INTO t (v) SELECT v FROM n\n"
             "-- name: x_all\n"
             "WITH n AS (SELECT 1 AS one) SELECT COUNT(*) AS n, one * 2 AS two FROM n;\n");
    assert_int_equal(run("x.sql x_sql.c x_sql.h"), 0);
    const char *c = get_file("x_sql.c");
    expect_in(c,
              "\"SELECT a AS total, 'it''s :not -- one' AS b FROM t WHERE tenant = ?1 AND id = ?2 "
              "AND other = ?2 ORDER BY name\"");
    expect_in(c, "WHERE tenant = $1 AND id = $2 AND other = $2 ORDER BY name COLLATE \\\"C\\\"\"");
    expect_in(c, "{\"tenant\", \"id\"}");
    expect_in(c, "\"x_one\", QUERY_READ");
    expect_in(c, "\"x_put\", QUERY_WRITE");
    expect_in(c, "\"x_all\", QUERY_READ");
    expect_in(c, "&q_x_one,\n    &q_x_put,\n    &q_x_all,\n    NULL}");
    expect_in(get_file("x_sql.h"), "extern const struct query q_x_put; /* writes: v */");
}

/* What src/store/ahead.c goes by: every table, and the parameter that says which rows. */
static void tables_and_rows_are_told(void **state)
{
    (void)state;
    put_file("x.sql",
             "-- name: x_a\n-- one: id\nSELECT a, b FROM t WHERE tenant = :tenant AND id = :id;\n"
             "-- name: x_b\nSELECT COUNT(*) AS n FROM (SELECT 1 FROM t JOIN u ON u.a = t.a) AS f;\n"
             "-- name: x_c\nINSERT INTO t (a, b) SELECT a, b FROM u WHERE a IN (:a, :b)\n"
             "    ON CONFLICT (a) DO UPDATE SET a = excluded.a, b = excluded.b;\n");
    assert_int_equal(run("x.sql x_sql.c x_sql.h"), 0);
    const char *c = get_file("x_sql.c");
    expect_in(c, "tables_of_x_a, 1, 2}");
    expect_in(c, "tables_of_x_b, 2, 0}");
    expect_in(c, "tables_of_x_c, 2, 0}");
}

static void good_migrations_are_embedded(void **state)
{
    (void)state;
    put_file("x.sql", "-- name: x_one\nSELECT 1 AS one");
    put_file("0001_start.sql",
             "CREATE TABLE t (tenant BIGINT NOT NULL, name TEXT DEFAULT 'a\"b\\c',\n"
             "  body %BYTES%, CHECK (name <> ''), PRIMARY KEY (tenant));\n");
    put_file("0002_more.sql", "-- installation-wide\nCREATE TABLE u (id BIGINT PRIMARY KEY);");
    assert_int_equal(run("--module m x.sql x_sql.c x_sql.h 0001_start.sql 0002_more.sql"), 0);
    const char *c = get_file("x_sql.c");
    expect_in(c, "const struct migration m_migrations[] = {\n    {\"m\", 1, \"start\",");
    expect_in(c, "DEFAULT 'a\\\"b\\\\c',\\n\"");
    expect_in(c, "{\"m\", 2, \"more\",");
    expect_in(c, "{NULL, 0, NULL, NULL}};");
    expect_in(get_file("x_sql.h"), "m_migration_count = 2");
}

static void bad_queries_are_refused_with_their_line(void **state)
{
    static const struct {
        const char *text, *said;
    } rows[] = {
        {"", "x.sql:1: no query"},
        {"SELECT 1;\n-- name: x_a\nSELECT 1", "x.sql:1: text before the first"},
        {"-- name: \nSELECT 1", "x.sql:1: a query has a name"},
        {"-- name: X A\nSELECT 1", "x.sql:1: a query has a name"},
        {"-- name: x_a\n-- nothing else\n", "x.sql:1: x_a has no text"},
        {"-- name: x_a\nSELECT 1\n-- name: x_a\nSELECT 2", "x.sql:3: x_a is already"},
        {"-- name: x_a\nSELECT 1; SELECT 2", "x.sql:2: x_a: two statements"},
        {"-- name: x_a\nDROP TABLE t", "x.sql:2: x_a: a query begins with"},
        {"-- name: x_a\n\nSELECT * FROM t", "x.sql:3: SELECT *"},
        {"-- name: x_a\nSELECT a, t.* FROM t", "x.sql:2: SELECT *"},
        {"-- name: x_a\nDELETE FROM t WHERE a = :a RETURNING *", "x.sql:2: SELECT *"},
        {"-- name: x_a\nSELECT a AS user FROM t", "x.sql:2: user is a reserved name"},
        {"-- name: x_a\nSELECT a FROM order", "x.sql:2: order is a reserved name"},
        {"-- name: x_a\nSELECT t.end FROM t", "x.sql:2: end is a reserved name"},
        {"-- name: x_a\nSELECT a FROM t WHERE\n b < date('now')", "x.sql:3: date function date"},
        {"-- name: x_a\nSELECT CURRENT_TIMESTAMP AS a", "x.sql:2: CURRENT_TIMESTAMP"},
        {"-- name: x_a\nSELECT json_extract(a, '$.b') AS c FROM t", "x.sql:2: JSON function"},
        {"-- name: x_a\nSELECT a ->> 'b' AS c FROM t", "x.sql:2: JSON operator"},
        {"-- name: x_a\nSELECT a::text AS c FROM t", "x.sql:2: :: is PostgreSQL only"},
        {"-- name: x_a\nSELECT a FROM t WHERE b = ?1", "x.sql:2: parameters are written :name"},
        {"-- name: x_a\nSELECT a FROM t WHERE b = $1", "x.sql:2: parameters are written :name"},
        {"-- name: x_a\nSELECT a FROM t WHERE b == 1", "x.sql:2: == is SQLite only"},
        {"-- name: x_a\nSELECT \"a\" FROM t", "x.sql:2: names are not quoted"},
        {"-- name: x_a\nSELECT max(a, b) AS c FROM t", "x.sql:2: max of two values"},
        {"-- name: x_a\nSELECT ifnull(a, 0) AS c FROM t", "x.sql:2: ifnull is not the same"},
        {"-- name: x_a\nSELECT a FROM t WHERE b = :b OR :c = 0", "x.sql:2: :c beside a number"},
        {"-- name: x_a\nSELECT a FROM t WHERE 1 < :c", "x.sql:2: :c beside a number"},
        {"-- name: x_a\nSELECT SUM(a) AS b FROM t", "x.sql:2: SUM is a number with decimals"},
        {"-- name: x_a\nSELECT COALESCE(SUM(a), 0) AS b FROM t", "x.sql:2: SUM is a number"},
        {"-- name: x_a\nSELECT printf(a) AS b FROM t", "x.sql:2: function printf"},
        {"-- name: x_a\nSELECT a FROM t WHERE a LIKE :b", "x.sql:2: LIKE: write LOWER"},
        {"-- name: x_a\nSELECT a FROM t WHERE UPPER (a) NOT LIKE :b", "x.sql:2: LIKE: write"},
        {"-- name: x_a\nSELECT a / b AS c FROM t", "x.sql:2: /: dividing by 0"},
        {"-- name: x_a\nSELECT a % b AS c FROM t", "x.sql:2: %: dividing by 0"},
        {"-- name: x_a\nSELECT a AS "
         "a234567890123456789012345678901234567890123456789012345678901234 FROM t",
         "x.sql:2: PostgreSQL cuts names"},
        {"-- name: x_a\nINSERT OR IGNORE INTO t (a) VALUES (1)", "x.sql:2: INSERT OR"},
        {"-- name: x_a\nSELECT CAST(a AS INTEGER) AS b FROM t", "x.sql:2: type INTEGER"},
        {"-- name: x_a\nSELECT a FROM t, u", "x.sql:2: tables are joined with JOIN"},
        {"-- name: x_a\nSELECT a FROM t AS x\n, u y", "x.sql:2: tables are joined with JOIN"},
        {"-- name: x_a\nSELECT a FROM t x, u", "x.sql:2: tables are joined with JOIN"},
        {"-- name: x_a\nSELECT a FROM (t JOIN u ON t.a = u.a)",
         "x.sql:2: tables are joined with JOIN"},
        {"-- name: x_a\n-- one: b\nSELECT a FROM t WHERE c = :c", "\"one\" names a parameter"},
        {"-- name: x_a\n-- one: c\nSELECT a FROM t JOIN u ON u.a = t.a WHERE c = :c",
         "\"one\" names a parameter of a query of one table"},
        {"-- name: x_a\nSELECT (a FROM t", "x.sql:2: parentheses do not match"},
        {"-- name: x_a\nSELECT 'a FROM t", "x.sql:2: a quote that never ends"},
        {"-- name: x_a\nSELECT a /* FROM t", "x.sql:2: a comment that never ends"},
    };

    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        put_file("x.sql", rows[i].text);
        assert_int_equal(run("x.sql x_sql.c x_sql.h"), 1);
        expect_in(output, rows[i].said);
        assert_false(written());
    }
}

static void bad_migrations_are_refused_with_their_line(void **state)
{
    static const struct {
        const char *name, *text, *said;
    } rows[] = {
        {"0002_late.sql", "SELECT 1", "0002_late.sql:1: the numbers of migrations have gaps"},
        {"start.sql", "SELECT 1", "start.sql:1: a migration is called NNNN_word.sql"},
        {"0001_a.sql", "-- nothing\n", "0001_a.sql:1: an empty migration"},
        {"0001_a.sql", "CREATE TABLE t (tenant BIGINT, end TEXT, PRIMARY KEY (tenant));",
         "0001_a.sql:1: end is a reserved name"},
        {"0001_a.sql", "\nCREATE TABLE t (id BIGINT PRIMARY KEY);",
         "0001_a.sql:2: the key of every table"},
        {"0001_a.sql", "CREATE TABLE t (tenant BIGINT, b BLOB, PRIMARY KEY (tenant));",
         "0001_a.sql:1: type BLOB"},
        {"0001_a.sql", "CREATE TABLE t (tenant BIGINT, b BOOLEAN, PRIMARY KEY (tenant));",
         "0001_a.sql:1: type BOOLEAN"},
        {"0001_a.sql", "BEGIN; CREATE TABLE t (tenant BIGINT, PRIMARY KEY (tenant)); COMMIT;",
         "0001_a.sql:1: BEGIN: each migration is one transaction"},
        {"0001_a.sql", "UPDATE t SET a = CAST(b AS TEXT)",
         "0001_a.sql:1: a migration casts nothing to TEXT"},
        {"0001_a.sql", "INSERT INTO t (a) VALUES (:a)",
         "0001_a.sql:1: a migration has no parameters"},
    };
    char arguments[256];

    (void)state;
    put_file("x.sql", "-- name: x_one\nSELECT 1 AS one");
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        put_file(rows[i].name, rows[i].text);
        snprintf(arguments, sizeof arguments, "x.sql x_sql.c x_sql.h %s", rows[i].name);
        assert_int_equal(run(arguments), 1);
        expect_in(output, rows[i].said);
        assert_false(written());
    }
    assert_int_equal(run("x.sql"), 2);
    assert_int_equal(run("absent.sql x_sql.c x_sql.h"), 1);
}

static int remove_one(const char *path, const struct stat *about, int kind, struct FTW *walk)
{
    (void)about;
    (void)kind;
    (void)walk;
    return remove(path);
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(good_queries_become_constants),
        cmocka_unit_test(tables_and_rows_are_told),
        cmocka_unit_test(good_migrations_are_embedded),
        cmocka_unit_test(bad_queries_are_refused_with_their_line),
        cmocka_unit_test(bad_migrations_are_refused_with_their_line),
    };

    if (argc < 2 || !(sqlgen = realpath(argv[1], NULL)) || !mkdtemp(folder)) {
        fputs("usage: sqlgen_test SQLGEN\n", stderr);
        return 2;
    }
    int failed = cmocka_run_group_tests(tests, NULL, NULL);
    nftw(folder, remove_one, 8, FTW_DEPTH | FTW_PHYS);
    free((void *)(uintptr_t)sqlgen);
    return failed;
}
