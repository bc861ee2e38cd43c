/*
 * sqltables - every table of the program as the migrations leave it, as one C constant.
 *
 *   sqltables OUT.c --module NAME [migrations/NNNN_word.sql ...] [--module NAME ...]
 *
 * Reads the migrations in their order and follows CREATE TABLE, ALTER TABLE, CREATE INDEX and DROP;
 * statements about rows are passed over, anything else is refused, so that no table can come by a
 * way that this does not know.  The result is `sql_tables[]` of src/city/tables.h: what `yimen
 * city` moves and `yimen schema` distributes.  tests/sql/tables_test.c compares it with what a
 * database says of itself after all migrations.
 */
#include "sql_text.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    MAX_FILE = 1 << 20,
    MAX_TABLES = 300,
    MAX_COLUMNS = 100,
    MAX_KEYS = 40,
    MAX_KEY_COLUMNS = 20
};

struct column {
    char *name;
    const char *type;
    bool nullable;
};

struct key {
    char *name; /* of an index; NULL: a clause of the table */
    char *columns[MAX_KEY_COLUMNS];
    size_t count;
    bool primary, unique, partial;
};

struct table {
    char *name;
    const char *module;
    struct column columns[MAX_COLUMNS];
    size_t column_count;
    struct key keys[MAX_KEYS];
    size_t key_count;
};

static struct table tables[MAX_TABLES];
static size_t table_count;
static const char *module;

/* A statement: its tokens without the semicolon, and where the reader stands. */
struct reader {
    const char *file;
    const struct token *at, *end;
};

static char *word_of(const struct token *token)
{
    return memcpy(hold(token->len + 1), token->at, token->len);
}

static bool peek(const struct reader *r, const char *word)
{
    return r->at < r->end && token_is(r->at, word);
}

static bool accept(struct reader *r, const char *word)
{
    if (!peek(r, word))
        return false;
    r->at++;
    return true;
}

static int line_of(const struct reader *r)
{
    return r->at < r->end ? r->at->line : r->end[-1].line;
}

static void expect(struct reader *r, const char *word)
{
    if (!accept(r, word))
        complain(r->file, line_of(r), "expected %s", word);
}

static char *take_name(struct reader *r)
{
    if (r->at < r->end && r->at->kind == TOKEN_WORD)
        return word_of(r->at++);
    complain(r->file, line_of(r), "expected a name");
    return hold(1);
}

/* Behind the closing parenthesis of the one that comes next. */
static void skip_parentheses(struct reader *r)
{
    int depth = 0;

    expect(r, "(");
    for (depth = 1; r->at < r->end && depth; r->at++)
        depth += token_is(r->at, "(") - token_is(r->at, ")");
}

static struct table *find_table(const struct reader *r, const char *name)
{
    for (size_t i = 0; i < table_count; i++)
        if (!strcmp(tables[i].name, name))
            return &tables[i];
    complain(r->file, line_of(r), "no table %s was made before", name);
    exit(1);
}

static struct column *find_column(struct table *table, const char *name)
{
    for (size_t i = 0; i < table->column_count; i++)
        if (!strcmp(table->columns[i].name, name))
            return &table->columns[i];
    return NULL;
}

static struct key *add_key(const struct reader *r, struct table *table)
{
    if (table->key_count == MAX_KEYS) {
        complain(r->file, line_of(r), "more than %d keys", MAX_KEYS);
        exit(1);
    }
    /* A dropped one may have stood there. */
    table->keys[table->key_count] = (struct key){0};
    return &table->keys[table->key_count++];
}

/* "(a, b COLLATE "C", c DESC)" */
static void read_key_columns(struct reader *r, struct table *table, struct key *key)
{
    expect(r, "(");
    do {
        char *name = take_name(r);

        if (!find_column(table, name))
            complain(r->file, line_of(r),
                     "%s has no column %s; an index over a reckoned value has "
                     "no place here",
                     table->name, name);
        if (key->count == MAX_KEY_COLUMNS) {
            complain(r->file, line_of(r), "more than %d columns in a key", MAX_KEY_COLUMNS);
            exit(1);
        }
        key->columns[key->count++] = name;
        while (r->at < r->end && !peek(r, ",") && !peek(r, ")"))
            r->at++;
    } while (accept(r, ","));
    expect(r, ")");
}

static const char *take_type(struct reader *r)
{
    if (accept(r, "BIGINT"))
        return "COLUMN_INT";
    if (accept(r, "TEXT"))
        return "COLUMN_TEXT";
    if (accept(r, "%BYTES%"))
        return "COLUMN_BYTES";
    complain(r->file, line_of(r), "a column is BIGINT, TEXT or %%BYTES%%");
    exit(1);
}

/* The rules of a column, to the comma or the parenthesis that ends it. */
static void read_column(struct reader *r, struct table *table)
{
    if (table->column_count == MAX_COLUMNS) {
        complain(r->file, line_of(r), "more than %d columns", MAX_COLUMNS);
        exit(1);
    }
    struct column *column = &table->columns[table->column_count++];
    column->name = take_name(r);
    column->type = take_type(r);
    column->nullable = true;
    while (r->at < r->end && !peek(r, ",") && !peek(r, ")")) {
        if (accept(r, "NOT")) {
            expect(r, "NULL");
            column->nullable = false;
        } else if (peek(r, "PRIMARY") || peek(r, "UNIQUE")) {
            struct key *key = add_key(r, table);

            key->primary = accept(r, "PRIMARY");
            expect(r, key->primary ? "KEY" : "UNIQUE");
            key->unique = true;
            key->columns[key->count++] = column->name;
        } else if (accept(r, "CHECK")) {
            skip_parentheses(r);
        } else if (peek(r, "REFERENCES")) {
            complain(r->file, line_of(r),
                     "no foreign keys: `yimen verify` looks after what belongs "
                     "together, and a city moves table by table");
            r->at++;
        } else {
            r->at++; /* DEFAULT and its value, COLLATE "C" */
        }
    }
}

static void read_clause_or_column(struct reader *r, struct table *table)
{
    if (accept(r, "CONSTRAINT"))
        take_name(r);
    if (peek(r, "PRIMARY") || peek(r, "UNIQUE")) {
        struct key *key = add_key(r, table);

        key->primary = accept(r, "PRIMARY");
        expect(r, key->primary ? "KEY" : "UNIQUE");
        key->unique = true;
        read_key_columns(r, table, key);
    } else if (accept(r, "CHECK")) {
        skip_parentheses(r);
    } else if (peek(r, "FOREIGN")) {
        complain(r->file, line_of(r), "no foreign keys: a city moves table by table");
        r->at = r->end;
    } else {
        read_column(r, table);
    }
}

static void skip_if_exists(struct reader *r)
{
    if (!accept(r, "IF"))
        return;
    accept(r, "NOT");
    expect(r, "EXISTS");
}

static void create_table(struct reader *r)
{
    skip_if_exists(r);
    if (table_count == MAX_TABLES) {
        complain(r->file, line_of(r), "more than %d tables", MAX_TABLES);
        exit(1);
    }
    struct table *table = &tables[table_count];
    *table = (struct table){.name = take_name(r), .module = module};
    expect(r, "(");
    do
        read_clause_or_column(r, table);
    while (accept(r, ","));
    expect(r, ")");
    if (r->at < r->end)
        complain(r->file, line_of(r), "a table ends with its columns");
    table_count++;
}

static void create_index(struct reader *r, bool unique)
{
    skip_if_exists(r);
    char *name = take_name(r);
    expect(r, "ON");
    struct table *table = find_table(r, take_name(r));
    struct key *key = add_key(r, table);

    key->name = name;
    key->unique = unique;
    read_key_columns(r, table, key);
    key->partial = peek(r, "WHERE");
}

static void drop_index(struct reader *r)
{
    skip_if_exists(r);
    char *name = take_name(r);

    for (size_t i = 0; i < table_count; i++) {
        struct table *table = &tables[i];
        for (size_t k = 0; k < table->key_count; k++) {
            if (!table->keys[k].name || strcmp(table->keys[k].name, name) != 0)
                continue;
            memmove(&table->keys[k], &table->keys[k + 1],
                    (--table->key_count - k) * sizeof *table->keys);
            return;
        }
    }
    complain(r->file, line_of(r), "no index %s was made before", name);
}

static void drop_table(struct reader *r)
{
    skip_if_exists(r);
    struct table *table = find_table(r, take_name(r));

    memmove(table, table + 1, (size_t)(&tables[table_count--] - table - 1) * sizeof *table);
}

static void drop_column(struct reader *r, struct table *table)
{
    struct column *column = find_column(table, take_name(r));

    if (column)
        memmove(column, column + 1,
                (size_t)(&table->columns[table->column_count--] - column - 1) * sizeof *column);
    else
        complain(r->file, line_of(r), "%s has no such column", table->name);
}

static void rename_column(struct reader *r, struct table *table)
{
    char *old = take_name(r);
    struct column *column = find_column(table, old);

    expect(r, "TO");
    char *name = take_name(r);
    if (!column) {
        complain(r->file, line_of(r), "%s has no column %s", table->name, old);
        return;
    }
    column->name = name;
    for (size_t k = 0; k < table->key_count; k++)
        for (size_t c = 0; c < table->keys[k].count; c++)
            if (!strcmp(table->keys[k].columns[c], old))
                table->keys[k].columns[c] = name;
}

static void alter_table(struct reader *r)
{
    struct table *table = find_table(r, take_name(r));

    if (accept(r, "ADD")) {
        accept(r, "COLUMN");
        read_column(r, table);
    } else if (accept(r, "DROP")) {
        accept(r, "COLUMN");
        drop_column(r, table);
    } else if (accept(r, "RENAME")) {
        if (accept(r, "TO")) {
            table->name = take_name(r);
        } else {
            accept(r, "COLUMN");
            rename_column(r, table);
        }
    } else {
        complain(r->file, line_of(r), "of ALTER TABLE only ADD, DROP and RENAME are known here");
    }
}

static void read_statement(struct reader *r)
{
    static const char *const about_rows[] = {"insert", "update", "delete", "with"};

    for (size_t i = 0; i < sizeof about_rows / sizeof *about_rows; i++)
        if (peek(r, about_rows[i]))
            return;
    if (accept(r, "CREATE")) {
        bool unique = accept(r, "UNIQUE");
        if (!unique && accept(r, "TABLE"))
            create_table(r);
        else if (accept(r, "INDEX"))
            create_index(r, unique);
        else
            complain(r->file, line_of(r), "only tables and indexes are made");
    } else if (accept(r, "ALTER")) {
        expect(r, "TABLE");
        alter_table(r);
    } else if (accept(r, "DROP")) {
        if (accept(r, "TABLE")) {
            drop_table(r);
        } else {
            expect(r, "INDEX");
            drop_index(r);
        }
    } else {
        complain(r->file, line_of(r), "a statement that is not known here");
    }
}

static void read_migration(const char *path)
{
    FILE *file = fopen(path, "rb");
    char *text = (char *)hold(MAX_FILE + 2) + 1;
    size_t len = file ? fread(text, 1, MAX_FILE, file) : 0;

    if (!file || ferror(file)) {
        perror(path);
        exit(1);
    }
    fclose(file);
    struct sql_text sql = sql_tokens(path, text, len, 1);
    const struct token *begin = sql.tokens;
    for (size_t i = 0; i <= sql.count; i++) {
        const struct token *at = &sql.tokens[i];

        if (i < sql.count && !token_is(at, ";"))
            continue;
        struct reader r = {path, begin, at};
        if (begin < at)
            read_statement(&r);
        begin = at + 1;
    }
}

/* As tools/sqlgen numbers them (QUERY_TABLES of store.h). */
static unsigned table_number(const char *name)
{
    uint32_t hash = 2166136261u;

    for (; *name; name++)
        hash = (hash ^ (unsigned char)*name) * 16777619u;
    return (hash ^ hash >> 10 ^ hash >> 20) & 1023;
}

static void put_key(FILE *out, const struct key *key)
{
    fprintf(out, "    {\"%s\", (const char *const[]){", key->name ? key->name : "");
    for (size_t i = 0; i < key->count; i++)
        fprintf(out, "\"%s\", ", key->columns[i]);
    fprintf(out, "NULL}, %zu, %d, %d, %d},\n", key->count, key->primary, key->unique, key->partial);
}

static void put_table(FILE *out, size_t n)
{
    const struct table *table = &tables[n];

    fprintf(out, "static const struct table_column columns_%zu[] = {\n", n);
    for (size_t i = 0; i < table->column_count; i++)
        fprintf(out, "    {\"%s\", %s, %d},\n", table->columns[i].name, table->columns[i].type,
                table->columns[i].nullable);
    fprintf(out, "};\nstatic const struct table_key keys_%zu[] = {\n", n);
    /* The primary key first, wherever the migrations name it. */
    for (int primary = 1; primary >= 0; primary--)
        for (size_t i = 0; i < table->key_count; i++)
            if (table->keys[i].primary == (primary == 1))
                put_key(out, &table->keys[i]);
    fputs("};\n", out);
}

int main(int argc, char **argv)
{
    if (argc < 3) {
        fputs("usage: sqltables OUT.c --module NAME [migration.sql ...] ...\n", stderr);
        return 2;
    }
    for (int i = 2; i < argc; i++) {
        if (!strcmp(argv[i], "--module") && i + 1 < argc)
            module = argv[++i];
        else
            read_migration(argv[i]);
    }
    for (size_t i = 0; i < table_count; i++)
        if (!tables[i].key_count || !tables[i].column_count)
            complain(argv[1], 1, "the table %s has no key", tables[i].name);
    if (complaints)
        return 1;
    FILE *out = fopen(argv[1], "wb");
    if (!out) {
        perror(argv[1]);
        return 1;
    }
    fputs("/* Made by tools/sqltables from all migrations. */\n#include \"city/tables.h\"\n\n",
          out);
    for (size_t i = 0; i < table_count; i++)
        put_table(out, i);
    fputs("const struct sql_table sql_tables[] = {\n", out);
    for (size_t i = 0; i < table_count; i++)
        fprintf(out, "    {\"%s\", \"%s\", %u, columns_%zu, %zu, keys_%zu, %zu},\n", tables[i].name,
                tables[i].module, table_number(tables[i].name), i, tables[i].column_count, i,
                tables[i].key_count);
    fputs("    {0}};\n", out);
    return fclose(out) ? 1 : 0;
}
