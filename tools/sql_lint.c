/*
 * The rules of the house for SQL: what one of the two databases would refuse or, worse, understand
 * differently.  Each message says what to write instead.
 */
#include "sql_text.h"

#include <string.h>
#include <strings.h>

enum { LONGEST_NAME = 63 };

/* Reserved in PostgreSQL or SQLite: never the name of a table or a column. */
static const char *const reserved[] = {
    "add",      "all",         "alter",   "analyse",    "analyze",       "and",       "any",
    "array",    "as",          "asc",     "asymmetric", "autoincrement", "between",   "both",
    "case",     "cast",        "check",   "collate",    "column",        "commit",    "constraint",
    "create",   "cross",       "current", "default",    "deferrable",    "delete",    "desc",
    "distinct", "do",          "drop",    "else",       "end",           "escape",    "except",
    "exists",   "false",       "fetch",   "for",        "foreign",       "from",      "full",
    "grant",    "group",       "having",  "in",         "index",         "initially", "inner",
    "insert",   "intersect",   "into",    "is",         "isnull",        "join",      "lateral",
    "leading",  "left",        "like",    "limit",      "natural",       "not",       "nothing",
    "notnull",  "null",        "offset",  "on",         "only",          "or",        "order",
    "outer",    "over",        "placing", "primary",    "references",    "returning", "right",
    "select",   "set",         "some",    "symmetric",  "table",         "then",      "to",
    "trailing", "transaction", "true",    "union",      "unique",        "update",    "user",
    "using",    "values",      "when",    "where",      "window",        "with"};

static const char *const date_words[] = {"current_date", "current_time",   "current_timestamp",
                                         "localtime",    "localtimestamp", "interval"};
static const char *const date_functions[] = {"date",
                                             "time",
                                             "datetime",
                                             "julianday",
                                             "strftime",
                                             "unixepoch",
                                             "now",
                                             "date_part",
                                             "date_trunc",
                                             "to_char",
                                             "to_date",
                                             "to_timestamp",
                                             "extract",
                                             "age",
                                             "make_date",
                                             "make_timestamp",
                                             "clock_timestamp",
                                             "statement_timestamp"};

/* What stands right before a parenthesis: all else may differ, and so has to be looked up before it
 * is used.  LOWER folds a to z only: columns are compared by bytes in both.  SUBSTR counts bytes of
 * bytes and characters of text. */
static const char *const functions[] = {"cast", "coalesce", "count",  "length", "lower",
                                        "max",  "min",      "nullif", "substr", "sum"};

static const struct {
    const char *word, *instead;
} one_sided[] = {
    {"ifnull", "COALESCE"},
    {"nvl", "COALESCE"},
    {"group_concat", "one row per value"},
    {"string_agg", "one row per value"},
    {"iif", "CASE"},
    {"glob", "LIKE"},
    {"ilike", "a column that is already folded"},
    {"greatest", "CASE"},
    {"least", "CASE"},
    {"rowid", "the table's own key"},
    {"last_insert_rowid", "an id from store_new_id()"},
    {"nextval", "an id from store_new_id()"},
    {"autoincrement", "an id from store_new_id()"},
    {"serial", "an id from store_new_id()"},
    {"bigserial", "an id from store_new_id()"},
    {"random", "a value from C"},
    {"instr", "a value from C"},
    {"strpos", "a value from C"},
};

/* Types are meant where a column is made or cast; elsewhere the words may be names. */
static const struct {
    const char *word, *instead;
} one_sided_types[] = {
    {"blob", "%BYTES%"},
    {"bytea", "%BYTES%"},
    {"boolean", "BIGINT with 0 and 1"},
    {"timestamp", "BIGINT, UTC milliseconds"},
    {"timestamptz", "BIGINT, UTC milliseconds"},
    {"integer", "BIGINT"},
    {"int", "BIGINT"},
};

static bool in(const struct token *token, const char *const *words, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        if (token_is(token, words[i]))
            return true;
    }
    return false;
}

#define IN(token, words) in(token, words, sizeof(words) / sizeof(words)[0])

static const struct token *token_at(const struct sql_text *sql, size_t i)
{
    return i < sql->count ? &sql->tokens[i] : NULL;
}

static bool begins(const struct token *token, const char *prefix)
{
    return token->kind == TOKEN_WORD && token->len >= strlen(prefix) &&
           !strncasecmp(token->at, prefix, strlen(prefix));
}

/* MAX(a, b) is a plain function in SQLite and unknown in PostgreSQL. */
static bool has_two_arguments(const struct sql_text *sql, size_t opening)
{
    int depth = 0;

    for (size_t i = opening; i < sql->count; i++) {
        if (token_is(&sql->tokens[i], "("))
            depth++;
        else if (token_is(&sql->tokens[i], ")") && --depth == 0)
            return false;
        else if (depth == 1 && token_is(&sql->tokens[i], ","))
            return true;
    }
    return false;
}

/* CAST(SUM(x) AS BIGINT) or CAST(COALESCE(SUM(x), 0) AS BIGINT) */
static bool is_cast(const struct sql_text *sql, size_t i)
{
    if (i >= 2 && token_is(&sql->tokens[i - 2], "coalesce"))
        i -= 2;
    return i >= 2 && token_is(&sql->tokens[i - 2], "cast");
}

static void lint_function(const struct sql_text *sql, size_t i)
{
    const struct token *token = &sql->tokens[i];

    if (IN(token, date_functions))
        complain(sql->file, token->line, "date function %.*s: days and moments are reckoned in C",
                 (int)token->len, token->at);
    else if (begins(token, "json") || token_is(token, "to_json") || token_is(token, "row_to_json"))
        complain(sql->file, token->line, "JSON function %.*s: JSON is read in C", (int)token->len,
                 token->at);
    else if (!IN(token, functions) && !IN(token, reserved) && !token[1].space_before)
        complain(sql->file, token->line,
                 "function %.*s: not known to be the same in both databases (a table's columns"
                 " stand after a space)",
                 (int)token->len, token->at);
    if (token_is(token, "sum") && !is_cast(sql, i))
        complain(sql->file, token->line,
                 "SUM is a number with decimals in PostgreSQL: write CAST(SUM(x) AS BIGINT)");
    if ((token_is(token, "max") || token_is(token, "min")) && has_two_arguments(sql, i + 1))
        complain(sql->file, token->line, "%.*s of two values: write CASE", (int)token->len,
                 token->at);
}

/* LIKE takes A for a in SQLite and not in PostgreSQL. */
static bool is_folded(const struct sql_text *sql, size_t like)
{
    int depth = 0;

    for (size_t i = like; i-- > 0;) {
        if (token_is(&sql->tokens[i], "not") && i + 1 == like)
            continue;
        depth += token_is(&sql->tokens[i], ")") - token_is(&sql->tokens[i], "(");
        if (depth <= 0)
            return i && token_is(&sql->tokens[i - 1], "lower");
    }
    return false;
}

static void lint_word(const struct sql_text *sql, size_t i)
{
    static const char *const before_name[] = {"as", ".", "from", "join", "into", "table"};
    const struct token *token = &sql->tokens[i];
    const struct token *before = i ? &sql->tokens[i - 1] : NULL;

    if (IN(token, date_words))
        complain(sql->file, token->line, "%.*s: days and moments come from C as parameters",
                 (int)token->len, token->at);
    for (size_t k = 0; k < sizeof one_sided / sizeof *one_sided; k++) {
        if (token_is(token, one_sided[k].word))
            complain(sql->file, token->line, "%.*s is not the same in both databases: use %s",
                     (int)token->len, token->at, one_sided[k].instead);
    }
    bool type = before && ((before->kind == TOKEN_WORD && !IN(before, reserved)) ||
                           (token_is(before, "as") && token_is(token_at(sql, i + 1), ")")));
    for (size_t k = 0; type && k < sizeof one_sided_types / sizeof *one_sided_types; k++) {
        if (token_is(token, one_sided_types[k].word))
            complain(sql->file, token->line, "type %.*s: use %s", (int)token->len, token->at,
                     one_sided_types[k].instead);
    }
    if (before && IN(before, before_name) && IN(token, reserved) &&
        !(token_is(before, "from") && token_is(token, "select")))
        complain(sql->file, token->line, "%.*s is a reserved name", (int)token->len, token->at);
    if (token->len > LONGEST_NAME)
        complain(sql->file, token->line, "PostgreSQL cuts names of more than %d letters: %.*s",
                 LONGEST_NAME, (int)token->len, token->at);
    if (token_is(token, "like") && !is_folded(sql, i))
        complain(sql->file, token->line, "LIKE: write LOWER(a) LIKE :folded");
    if (token_is(token, "or") && token_is(before, "insert"))
        complain(sql->file, token->line, "INSERT OR: write ON CONFLICT");
    if (token_is(token_at(sql, i + 1), "("))
        lint_function(sql, i);
}

static bool compares(const struct token *token)
{
    static const char *const signs[] = {"=", "<>", "!=", "<", ">", "<=", ">="};

    return token && IN(token, signs);
}

/* A number is 32 bits wide for PostgreSQL, and so then is what it is compared with. */
static void lint_parameter(const struct sql_text *sql, size_t i)
{
    const struct token *token = &sql->tokens[i], *other = NULL;

    if (compares(token_at(sql, i + 1)))
        other = token_at(sql, i + 2);
    if (i >= 2 && compares(token - 1) && (!other || other->kind != TOKEN_NUMBER))
        other = token - 2;
    if (other && other->kind == TOKEN_NUMBER)
        complain(sql->file, token->line, "%.*s beside a number: write CAST(%.*s AS BIGINT)",
                 (int)token->len, token->at, (int)token->len, token->at);
}

static void lint_sign(const struct sql_text *sql, size_t i)
{
    static const char *const before_star[] = {"select", "distinct", "all", "returning", ",", "."};
    const struct token *token = &sql->tokens[i];

    if (token_is(token, "*") && i && IN(&sql->tokens[i - 1], before_star))
        complain(sql->file, token->line, "SELECT *: name the columns");
    else if (token_is(token, "::"))
        complain(sql->file, token->line, ":: is PostgreSQL only: write CAST(x AS type)");
    else if (token_is(token, "->") || token_is(token, "->>"))
        complain(sql->file, token->line, "JSON operator %.*s: JSON is read in C", (int)token->len,
                 token->at);
    else if (token_is(token, "=="))
        complain(sql->file, token->line, "== is SQLite only: write =");
    else if (token_is(token, "/") || token_is(token, "%"))
        complain(sql->file, token->line,
                 "%.*s: dividing by 0 is NULL in SQLite, an error in PostgreSQL: reckon in C",
                 (int)token->len, token->at);
    else if (token_is(token, "?") || token_is(token, "$") || token_is(token, "@"))
        complain(sql->file, token->line, "parameters are written :name");
}

static void lint_tokens(const struct sql_text *sql)
{
    int depth = 0;

    for (size_t i = 0; i < sql->count; i++) {
        const struct token *token = &sql->tokens[i];

        if (token->kind == TOKEN_WORD)
            lint_word(sql, i);
        else if (token->kind == TOKEN_SIGN)
            lint_sign(sql, i);
        else if (token->kind == TOKEN_PARAMETER)
            lint_parameter(sql, i);
        else if (token->kind == TOKEN_QUOTED && !(i && token_is(&sql->tokens[i - 1], "collate") &&
                                                  !strncmp(token->at, "\"C\"", 3)))
            complain(sql->file, token->line, "names are not quoted; text stands in single quotes");
        depth += token_is(token, "(") - token_is(token, ")");
    }
    if (depth)
        complain(sql->file, sql->tokens[sql->count - 1].line, "parentheses do not match");
}

bool query_writes(const struct sql_text *sql)
{
    static const char *const writing[] = {"insert", "update", "delete"};

    for (size_t i = 0; i < sql->count; i++) {
        if (IN(&sql->tokens[i], writing))
            return true;
    }
    return false;
}

void lint_query(const struct sql_text *sql, const char *name, int line)
{
    static const char *const first_words[] = {"select", "with",   "insert",
                                              "update", "delete", "values"};

    if (!sql->count) {
        complain(sql->file, line, "%s has no text", name);
        return;
    }
    if (!IN(&sql->tokens[0], first_words))
        complain(sql->file, sql->tokens[0].line,
                 "%s: a query begins with SELECT, WITH, INSERT, UPDATE or DELETE", name);
    for (size_t i = 0; i < sql->count; i++) {
        if (token_is(&sql->tokens[i], ";"))
            complain(sql->file, sql->tokens[i].line, "%s: two statements under one name", name);
        if (token_is(&sql->tokens[i], "%BYTES%"))
            complain(sql->file, sql->tokens[i].line, "%s: %%BYTES%% is for migrations", name);
    }
    lint_tokens(sql);
}

/* The columns of a CREATE TABLE, and that its key begins with the tenant. */
static size_t lint_table(const struct sql_text *sql, size_t i)
{
    static const char *const clauses[] = {"primary", "unique", "check", "foreign", "constraint"};
    const struct token *first = &sql->tokens[i];
    bool key_is_right = false;
    int depth = 0;

    for (; i < sql->count && !token_is(&sql->tokens[i], ";"); i++) {
        const struct token *token = &sql->tokens[i];
        bool column = depth == 1 && i && (token_is(token - 1, "(") || token_is(token - 1, ","));

        if (column && IN(token, reserved) && !IN(token, clauses))
            complain(sql->file, token->line, "%.*s is a reserved name", (int)token->len, token->at);
        if (token_is(token, "primary") && token_is(token_at(sql, i + 2), "(") &&
            token_is(token_at(sql, i + 3), "tenant"))
            key_is_right = true;
        depth += token_is(token, "(") - token_is(token, ")");
    }
    /* A table of the whole installation says so right before it. */
    const char *line_start = first->at;
    if (i < sql->count && !key_is_right) {
        while (line_start[-1] != ';' && line_start[-1] != '\0')
            line_start--;
        size_t gap = (size_t)(first->at - line_start);
        key_is_right = memmem(line_start, gap, "installation-wide", strlen("installation-wide"));
    }
    if (!key_is_right)
        complain(
            sql->file, first->line,
            "the key of every table begins with the tenant: PRIMARY KEY (tenant, ...);"
            " a table of the whole installation has the comment -- installation-wide before it");
    return i;
}

void lint_migration(const struct sql_text *sql)
{
    for (size_t i = 0; i < sql->count; i++) {
        const struct token *token = &sql->tokens[i];

        if (token->kind == TOKEN_PARAMETER)
            complain(sql->file, token->line, "a migration has no parameters");
        /* Every TEXT of a migration is a column's, and is given its order (store_pg.c). */
        if (token_is(token, "text") && i && token_is(token - 1, "as"))
            complain(sql->file, token->line, "a migration casts nothing to TEXT");
        if (token_is(token, "begin") || token_is(token, "commit") || token_is(token, "pragma"))
            complain(sql->file, token->line, "%.*s: each migration is one transaction already",
                     (int)token->len, token->at);
    }
    if (sql->count)
        lint_tokens(sql);
    for (size_t i = 0; i + 1 < sql->count; i++) {
        if (token_is(&sql->tokens[i], "create") && token_is(&sql->tokens[i + 1], "table"))
            i = lint_table(sql, i);
    }
}
