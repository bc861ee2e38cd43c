#include "sql_text.h"

#include <ctype.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

int complaints;

void complain(const char *file, int line, const char *format, ...)
{
    va_list args;

    va_start(args, format);
    fprintf(stderr, "%s:%d: ", file, line);
    vfprintf(stderr, format, args);
    fputc('\n', stderr);
    va_end(args);
    complaints++;
}

struct held {
    struct held *next;
    max_align_t bytes[];
};
static struct held *all_held; /* so that leak checkers see that it is meant */

void *hold(size_t size)
{
    struct held *held = calloc(1, sizeof *held + size);

    if (!held) {
        perror("sqlgen");
        exit(1);
    }
    held->next = all_held;
    all_held = held;
    return held->bytes;
}

static bool word_start(char c)
{
    return isalpha((unsigned char)c) || c == '_';
}

static bool word_part(char c)
{
    return isalnum((unsigned char)c) || c == '_';
}

/* Length of the text in quotes at `at`, a doubled quote standing for itself; 0 when it never ends.
 */
static size_t quoted_length(const char *at, const char *end)
{
    for (const char *p = at + 1; p < end; p++) {
        if (*p != *at)
            continue;
        if (p + 1 < end && p[1] == *at)
            p++;
        else
            return (size_t)(p - at) + 1;
    }
    return 0;
}

static size_t sign_length(const char *at, const char *end)
{
    static const char *const signs[] = {"->>", "->", "::", "||", "<=", ">=", "<>", "!=", "=="};

    if ((size_t)(end - at) >= 7 && !memcmp(at, "%BYTES%", 7))
        return 7;
    for (size_t i = 0; i < sizeof signs / sizeof *signs; i++) {
        size_t len = strlen(signs[i]);
        if ((size_t)(end - at) >= len && !memcmp(at, signs[i], len))
            return len;
    }
    return 1;
}

static struct token next_token(const char *file, const char *at, const char *end, int line)
{
    struct token token = {.at = at, .line = line};

    if (word_start(*at)) {
        token.kind = TOKEN_WORD;
        while (at + token.len < end && word_part(at[token.len]))
            token.len++;
    } else if (isdigit((unsigned char)*at)) {
        token.kind = TOKEN_NUMBER;
        while (at + token.len < end && (word_part(at[token.len]) || at[token.len] == '.'))
            token.len++;
    } else if (*at == '\'' || *at == '"' || *at == '`') {
        token.kind = *at == '\'' ? TOKEN_STRING : TOKEN_QUOTED;
        token.len = quoted_length(at, end);
        if (!token.len) {
            complain(file, line, "a quote that never ends");
            token.len = (size_t)(end - at);
        }
    } else if (*at == ':' && end - at > 1 && word_start(at[1])) {
        token.kind = TOKEN_PARAMETER;
        token.len = 1;
        while (at + token.len < end && word_part(at[token.len]))
            token.len++;
    } else {
        token.kind = TOKEN_SIGN;
        token.len = sign_length(at, end);
    }
    return token;
}

/* Step over white space and comments; false at the end of the text. */
static bool skip_blank(const char *file, const char **at, const char *end, int *line,
                       bool *ret_space)
{
    const char *p = *at;

    *ret_space = false;
    while (p < end) {
        if (isspace((unsigned char)*p)) {
            *line += *p++ == '\n';
        } else if (end - p > 1 && p[0] == '-' && p[1] == '-') {
            while (p < end && *p != '\n')
                p++;
        } else if (end - p > 1 && p[0] == '/' && p[1] == '*') {
            int begun = *line;
            for (p += 2; p < end && !(p[-1] == '*' && *p == '/'); p++)
                *line += *p == '\n';
            if (p == end)
                complain(file, begun, "a comment that never ends");
            else
                p++;
        } else {
            break;
        }
        *ret_space = true;
    }
    *at = p;
    return p < end;
}

struct sql_text sql_tokens(const char *file, const char *text, size_t len, int first_line)
{
    const char *end = text + len;
    struct sql_text sql = {.file = file, .tokens = hold((len + 1) * sizeof *sql.tokens)};
    bool space;

    for (int line = first_line; skip_blank(file, &text, end, &line, &space);) {
        struct token token = next_token(file, text, end, line);

        token.space_before = space;
        sql.tokens[sql.count++] = token;
        for (size_t i = 0; i < token.len; i++)
            line += token.at[i] == '\n';
        text += token.len;
    }
    return sql;
}

bool token_is(const struct token *token, const char *word)
{
    return token && (token->kind == TOKEN_WORD || token->kind == TOKEN_SIGN) &&
           token->len == strlen(word) && !strncasecmp(token->at, word, token->len);
}
