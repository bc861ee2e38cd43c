/*
 * sql_text.h - SQL as a row of tokens, and the rules that keep one text good for two databases.
 */
#ifndef TOOLS_SQL_TEXT_H
#define TOOLS_SQL_TEXT_H

#include <stdbool.h>
#include <stddef.h>

enum token_kind {
    TOKEN_WORD,
    TOKEN_NUMBER,
    TOKEN_STRING,
    TOKEN_QUOTED,
    TOKEN_PARAMETER,
    TOKEN_SIGN
};

struct token {
    enum token_kind kind;
    const char *at;
    size_t len;
    int line;
    bool space_before; /* white space or a comment stood before it */
};

struct sql_text {
    const char *file;
    struct token *tokens;
    size_t count;
};

/* Print "file:line: message" and count it: main() fails when any was printed. */
void complain(const char *file, int line, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
extern int complaints;

/* Zeroed memory until the end of the program; ends it when there is none. */
void *hold(size_t size);

/* Cut `text` into tokens; comments vanish. */
struct sql_text sql_tokens(const char *file, const char *text, size_t len, int first_line);
bool token_is(const struct token *token, const char *word); /* a word or a sign, any case */

void lint_query(const struct sql_text *sql, const char *name, int line);
void lint_migration(const struct sql_text *sql);
bool query_writes(const struct sql_text *sql);

#endif
