/*
 * sqlgen - queries and migrations of a module as C constants.
 *
 *   sqlgen [--module NAME] FILE.sql OUT.c OUT.h [migrations/NNNN_word.sql ...]
 *
 * FILE.sql holds blocks:
 *
 *   -- name: order_by_id
 *   -- one: id
 *   -- further comment lines, as many as are needed
 *   SELECT id, step FROM work_order WHERE tenant = :tenant AND id = :id;
 *
 * "one" is for queries of one table: all rows that this one reads or writes belong to what the
 * parameter names (src/store/ahead.c); it has the same name in all such queries of a table.
 *
 * Each becomes `const struct query q_order_by_id` (store/store.h), and `FILE_queries[]`, ended by
 * NULL, holds them all, so that a test prepares every one.  Migrations become
 * `NAME_migrations[]`, ended by an empty row, and `NAME_migration_count`.
 * What breaks a rule of the house is printed as file:line: message, and nothing is written.
 */
#include "sql_text.h"

#include <ctype.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    MAX_QUERIES = 500,
    MAX_PARAMETERS = 99,
    MAX_MIGRATIONS = 999,
    MAX_FILE = 1 << 20,
    MAX_TABLES = 20
};

struct block {
    char *name;
    int line;
    struct token one; /* the parameter without its colon; empty: none */
    struct token tables[MAX_TABLES];
    size_t table_count;
    struct sql_text sql;
    struct token parameters[MAX_PARAMETERS];
    size_t parameter_count;
};

struct migration_file {
    const char *path;
    char *word; /* 0001_word */
    int number;
    char *text;
};

static struct block blocks[MAX_QUERIES];
static size_t block_count;
static struct migration_file migrations[MAX_MIGRATIONS];
static size_t migration_count;
static const char *module;

/* The whole file, with a NUL before and behind it. */
static char *read_file(const char *path, size_t *ret_len)
{
    FILE *file = fopen(path, "rb");
    char *text = hold(MAX_FILE + 2);
    size_t len;

    if (!file || (len = fread(text + 1, 1, MAX_FILE, file), ferror(file))) {
        perror(path);
        exit(1);
    }
    if (len == MAX_FILE)
        complain(path, 1, "longer than %d bytes", MAX_FILE);
    fclose(file);
    *ret_len = len;
    return text + 1;
}

static bool good_name(const char *name)
{
    if (!islower((unsigned char)*name))
        return false;
    for (; *name; name++) {
        if (!islower((unsigned char)*name) && !isdigit((unsigned char)*name) && *name != '_')
            return false;
    }
    return true;
}

static const char *base_name(const char *path)
{
    const char *slash = strrchr(path, '/');

    return slash ? slash + 1 : path;
}

static char *stem_of(const char *path)
{
    const char *name = base_name(path);
    size_t len = strcspn(name, ".");

    return memcpy(hold(len + 1), name, len);
}

static void find_parameters(struct block *block)
{
    for (size_t i = 0; i < block->sql.count; i++) {
        const struct token *token = &block->sql.tokens[i];
        size_t k = 0;

        if (token->kind != TOKEN_PARAMETER)
            continue;
        while (k < block->parameter_count &&
               (block->parameters[k].len != token->len ||
                memcmp(block->parameters[k].at, token->at, token->len) != 0))
            k++;
        if (k < block->parameter_count)
            continue;
        if (k == MAX_PARAMETERS) {
            complain(block->sql.file, token->line, "more than %d parameters", MAX_PARAMETERS);
            return;
        }
        block->parameters[block->parameter_count++] = *token;
    }
}

/* A comma after a table, or a table right behind a parenthesis, names one that find_tables() would
 * not see. */
static void refuse_hidden_table(const struct block *block, size_t from)
{
    const struct token *tokens = block->sql.tokens, *from_token = &tokens[from];
    size_t count = block->sql.count, i = from + 1;
    bool hidden = false;

    if (!token_is(from_token, "from") && !token_is(from_token, "join"))
        return;
    if (i + 1 < count && token_is(&tokens[i], "("))
        hidden = tokens[i + 1].kind == TOKEN_WORD && !token_is(&tokens[i + 1], "select") &&
                 !token_is(&tokens[i + 1], "with") && !token_is(&tokens[i + 1], "values");
    if (i < count && tokens[i].kind == TOKEN_WORD) {
        i++;
        if (i < count && token_is(&tokens[i], "as"))
            i++;
        if (i < count && tokens[i].kind == TOKEN_WORD) /* its other name, or what comes next */
            i++;
        hidden = i < count && token_is(&tokens[i], ",");
    }
    if (hidden)
        complain(block->sql.file, from_token->line, "tables are joined with JOIN: %s", block->name);
}

/* The table that a word names when it stands behind FROM, JOIN, INTO or UPDATE. */
static void find_tables(struct block *block)
{
    static const char *const before[] = {"from", "join", "into", "update"};

    for (size_t i = 0; i < block->sql.count; i++)
        refuse_hidden_table(block, i);
    for (size_t i = 1; i < block->sql.count; i++) {
        const struct token *token = &block->sql.tokens[i], *last = token - 1;
        bool named = false;
        size_t k = 0;

        for (size_t b = 0; b < sizeof before / sizeof *before; b++)
            named = named || token_is(last, before[b]);
        if (!named || token->kind != TOKEN_WORD || token_is(token, "set"))
            continue;
        while (k < block->table_count && (block->tables[k].len != token->len ||
                                          memcmp(block->tables[k].at, token->at, token->len) != 0))
            k++;
        if (k < block->table_count)
            continue;
        if (k == MAX_TABLES) {
            complain(block->sql.file, token->line, "more than %d tables", MAX_TABLES);
            return;
        }
        block->tables[block->table_count++] = *token;
    }
}

/* The line "-- one: parameter" below the name. */
static void find_one(struct block *block, const char *text, int line)
{
    static const char mark[] = "-- one:";

    if (strncmp(text, mark, sizeof mark - 1) != 0)
        return;
    text += sizeof mark - 1;
    text += strspn(text, " ");
    block->one = (struct token){.at = text, .len = strcspn(text, " \n"), .line = line};
}

static size_t number_of_one(const struct block *block)
{
    for (size_t i = 0; i < block->parameter_count; i++) {
        if (block->one.len && block->parameters[i].len == block->one.len + 1 &&
            !memcmp(block->parameters[i].at + 1, block->one.at, block->one.len))
            return i + 1;
    }
    return 0;
}

static void check_one(const struct block *block)
{
    if (block->one.len && (!number_of_one(block) || block->table_count != 1))
        complain(block->sql.file, block->one.line,
                 "\"one\" names a parameter of a query of one table: %s", block->name);
}

static void end_block(const char *file, const char *text, size_t len, int first_line)
{
    struct block *block = &blocks[block_count - 1];

    block->sql = sql_tokens(file, text, len, first_line);
    if (block->sql.count && token_is(&block->sql.tokens[block->sql.count - 1], ";"))
        block->sql.count--;
    lint_query(&block->sql, block->name, block->line);
    find_parameters(block);
    find_tables(block);
    find_one(block, text, first_line);
    check_one(block);
}

static void begin_block(const char *file, const char *name, size_t len, int line)
{
    while (len && isspace((unsigned char)*name))
        name++, len--;
    while (len && isspace((unsigned char)name[len - 1]))
        len--;
    if (block_count == MAX_QUERIES) {
        complain(file, line, "more than %d queries in one file", MAX_QUERIES);
        exit(1);
    }
    struct block *block = &blocks[block_count++];
    block->name = memcpy(hold(len + 1), name, len);
    block->line = line;
    if (!good_name(block->name))
        complain(file, line, "a query has a name of small letters, digits and _: \"%s\"",
                 block->name);
    for (size_t i = 0; i + 1 < block_count; i++) {
        if (!strcmp(blocks[i].name, block->name))
            complain(file, line, "%s is already the name of the query in line %d", block->name,
                     blocks[i].line);
    }
}

static void read_queries(const char *path)
{
    static const char mark[] = "-- name:";
    size_t len;
    char *text = read_file(path, &len);
    const char *begun = text;
    int line = 1, begun_line = 1;

    for (const char *at = text; at < text + len; line++) {
        const char *end = strchrnul(at, '\n');
        const char *next = *end ? end + 1 : end;

        if (!strncmp(at, mark, sizeof mark - 1)) {
            if (block_count)
                end_block(path, begun, (size_t)(at - begun), begun_line);
            else if (sql_tokens(path, text, (size_t)(at - text), 1).count)
                complain(path, 1, "text before the first \"-- name:\"");
            begin_block(path, at + sizeof mark - 1, (size_t)(end - at) - (sizeof mark - 1), line);
            begun = next;
            begun_line = line + 1;
        }
        at = next;
    }
    if (block_count)
        end_block(path, begun, (size_t)(text + len - begun), begun_line);
    else
        complain(path, 1, "no query: each begins with \"-- name: module_query\"");
}

static void read_migration(const char *path)
{
    struct migration_file *migration = &migrations[migration_count];
    const char *name = base_name(path);
    size_t len;

    *migration = (struct migration_file){.path = path, .word = stem_of(path)};
    if (strspn(name, "0123456789") != 4 || name[4] != '_' || !good_name(migration->word + 5) ||
        strcmp(name + strlen(migration->word), ".sql") != 0)
        complain(path, 1, "a migration is called NNNN_word.sql");
    migration->number = atoi(name);
    if (migration->number != (int)migration_count + 1)
        complain(path, 1, "the numbers of migrations have gaps or are out of order: expected %04zu",
                 migration_count + 1);
    migration->text = read_file(path, &len);
    struct sql_text sql = sql_tokens(path, migration->text, len, 1);
    if (!sql.count)
        complain(path, 1, "an empty migration");
    lint_migration(&sql);
    migration_count++;
}

static void put_escaped(FILE *out, const char *at, size_t len)
{
    for (size_t i = 0; i < len; i++) {
        if (at[i] == '"' || at[i] == '\\')
            fprintf(out, "\\%c", at[i]);
        else if (at[i] == '\n')
            fputs("\\n", out);
        else if ((unsigned char)at[i] < ' ')
            fputc(' ', out);
        else
            fputc(at[i], out);
    }
}

static size_t parameter_number(const struct block *block, const struct token *token)
{
    for (size_t i = 0; i < block->parameter_count; i++) {
        if (block->parameters[i].len == token->len &&
            !memcmp(block->parameters[i].at, token->at, token->len))
            return i + 1;
    }
    return 0;
}

static void put_query_text(FILE *out, const struct block *block, bool sqlite)
{
    fputc('"', out);
    for (size_t i = 0; i < block->sql.count; i++) {
        const struct token *token = &block->sql.tokens[i];

        /* SQLite compares bytes anyway, and an index only serves the collation it was made with. */
        if (sqlite && token_is(token, "collate")) {
            i++;
            continue;
        }
        if (i && token->space_before)
            fputc(' ', out);
        if (token->kind == TOKEN_PARAMETER)
            fprintf(out, "%c%zu", sqlite ? '?' : '$', parameter_number(block, token));
        else
            put_escaped(out, token->at, token->len);
    }
    fputc('"', out);
}

/* The same name gives the same number in every file (FNV-1a, below QUERY_TABLES of store.h); two
 * tables may share one. */
static unsigned table_number(const struct token *table)
{
    uint32_t hash = 2166136261u;

    for (size_t i = 0; i < table->len; i++)
        hash = (hash ^ (unsigned char)table->at[i]) * 16777619u;
    return (hash ^ hash >> 10 ^ hash >> 20) & 1023;
}

static void put_tables(FILE *out, const struct block *block)
{
    fprintf(out, "static const unsigned short tables_of_%s[] = {", block->name);
    for (size_t i = 0; i < block->table_count; i++)
        fprintf(out, "%s%u /* %.*s */", i ? ", " : "", table_number(&block->tables[i]),
                (int)block->tables[i].len, block->tables[i].at);
    fputs("};\n", out);
}

static void put_query(FILE *out, const struct block *block)
{
    fprintf(out, "static int slot_of_%s;\n", block->name);
    if (block->parameter_count) {
        fprintf(out, "static const char *const parameters_of_%s[] = {", block->name);
        for (size_t i = 0; i < block->parameter_count; i++)
            fprintf(out, "%s\"%.*s\"", i ? ", " : "", (int)block->parameters[i].len - 1,
                    block->parameters[i].at + 1);
        fputs("};\n", out);
    }
    if (block->table_count)
        put_tables(out, block);
    fprintf(out, "const struct query q_%s = {\n    \"%s\", %s,\n    ", block->name, block->name,
            query_writes(&block->sql) ? "QUERY_WRITE" : "QUERY_READ");
    put_query_text(out, block, true);
    fputs(",\n    ", out);
    put_query_text(out, block, false);
    if (block->parameter_count)
        fprintf(out, ",\n    parameters_of_%s, %zu", block->name, block->parameter_count);
    else
        fputs(",\n    NULL, 0", out);
    fprintf(out, ", &slot_of_%s", block->name);
    if (block->table_count)
        fprintf(out, ", tables_of_%s, %zu, %zu", block->name, block->table_count,
                number_of_one(block));
    else
        fputs(", NULL, 0, 0", out);
    fputs("};\n\n", out);
}

static void write_source(FILE *out, const char *input, const char *header)
{
    fprintf(out, "/* Made by tools/sqlgen from %s. */\n#include \"%s\"\n\n#include <stddef.h>\n\n",
            base_name(input), base_name(header));
    for (size_t i = 0; i < block_count; i++)
        put_query(out, &blocks[i]);
    fprintf(out, "const struct query *const %s_queries[] = {\n", stem_of(input));
    for (size_t i = 0; i < block_count; i++)
        fprintf(out, "    &q_%s,\n", blocks[i].name);
    fputs("    NULL};\n", out);
    if (!migration_count)
        return;
    fprintf(out, "\nconst struct migration %s_migrations[] = {\n", module);
    for (size_t i = 0; i < migration_count; i++) {
        fprintf(out, "    {\"%s\", %d, \"%s\",\n     \"", module, migrations[i].number,
                migrations[i].word + 5);
        for (const char *at = migrations[i].text; *at;) {
            size_t len = strcspn(at, "\n");
            len += at[len] == '\n';
            put_escaped(out, at, len);
            at += len;
            if (*at)
                fputs("\"\n     \"", out);
        }
        fputs("\"},\n", out);
    }
    fputs("    {NULL, 0, NULL, NULL}};\n", out);
}

static void write_header(FILE *out, const char *input)
{
    char *stem = stem_of(input);

    fprintf(out, "/* Made by tools/sqlgen from %s. */\n#ifndef ", base_name(input));
    for (const char *p = stem; *p; p++)
        fputc(toupper((unsigned char)*p), out);
    fputs("_SQL_H\n#define ", out);
    for (const char *p = stem; *p; p++)
        fputc(toupper((unsigned char)*p), out);
    fputs("_SQL_H\n\n#include \"store/store.h\"\n\n", out);
    for (size_t i = 0; i < block_count; i++) {
        fprintf(out, "extern const struct query q_%s; /* %s:", blocks[i].name,
                query_writes(&blocks[i].sql) ? "writes" : "reads");
        for (size_t k = 0; k < blocks[i].parameter_count; k++)
            fprintf(out, " %.*s", (int)blocks[i].parameters[k].len - 1,
                    blocks[i].parameters[k].at + 1);
        fputs(" */\n", out);
    }
    fprintf(out, "\nextern const struct query *const %s_queries[]; /* ended by NULL */\n", stem);
    if (migration_count)
        fprintf(out,
                "extern const struct migration %s_migrations[]; /* ended by an empty row */\n"
                "enum { %s_migration_count = %zu };\n",
                module, module, migration_count);
    fputs("\n#endif\n", out);
}

static FILE *open_output(const char *path)
{
    FILE *out = fopen(path, "wb");

    if (!out) {
        perror(path);
        exit(1);
    }
    return out;
}

static void close_output(FILE *out, const char *path)
{
    bool bad = ferror(out);

    if (fclose(out) || bad) {
        perror(path);
        exit(1);
    }
}

int main(int argc, char **argv)
{
    if (argc > 2 && !strcmp(argv[1], "--module")) {
        module = argv[2];
        argc -= 2;
        argv += 2;
    }
    if (argc < 4) {
        fputs("usage: sqlgen [--module NAME] FILE.sql OUT.c OUT.h [migration.sql ...]\n", stderr);
        return 2;
    }
    if (!module)
        module = stem_of(argv[1]);
    read_queries(argv[1]);
    for (int i = 4; i < argc && migration_count < MAX_MIGRATIONS; i++)
        read_migration(argv[i]);
    if (complaints)
        return 1;

    FILE *source = open_output(argv[2]);
    write_source(source, argv[1], argv[3]);
    close_output(source, argv[2]);
    FILE *header = open_output(argv[3]);
    write_header(header, argv[1]);
    close_output(header, argv[3]);
    return 0;
}
