/*
 * query.h - the language of researchers: a line of text becomes what index_search() is asked.
 *
 *   query = group { ("OR" | "或" | "|") group }
 *   group = all { all }
 *   all   = not { ("AND" | "且" | "并且" | "&") not }
 *   not   = [ "NOT" | "非" | "-" ] item
 *   item  = "(" query ")" | [ name ":" ] ( word | '"' phrase '"' | range )
 *   range = value ".." value | value ".." | ".." value      of columns of numbers and days
 *
 * Side by side: filters, phrases, everything joined by AND or refused by NOT must hold; of plain
 * words any one will do (every one with query_language.every_word), and none where a phrase stands
 * beside them: then they only raise what has them.  A word with an operator means: all its terms
 * are there; a phrase means: word for word, as it stands.
 *
 * Quotes, colons, parentheses may be full width.  A name is one of the language's table, else the
 * colon belongs to the word.  AND, OR, NOT are operators only in capitals and as whole words.
 */
#ifndef SEARCH_QUERY_H
#define SEARCH_QUERY_H

#include "search/index.h"

enum { QUERY_BYTES_MAX = 4096, QUERY_DEPTH = 32, QUERY_ITEMS = 128 };

enum query_type {
    QUERY_TEXT,    /* asks the fields of `fields` */
    QUERY_NUMBER,  /* a column */
    QUERY_DAY,     /* a column of YYYYMMDD; "2021", "2021-05", "2021-05-01" are ranges of days */
    QUERY_KEYWORD, /* a column of query_keyword(), or, with `fields`, fields of keywords */
    QUERY_CHOICE   /* a column; the words of `choices` are its values */
};

struct query_choice {
    const char *word;
    int64_t value;
};

struct query_name {
    const char *name, *other; /* "法规", "law"; other may be NULL */
    enum query_type type;
    int column;                         /* of all but QUERY_TEXT */
    unsigned fields;                    /* QUERY_TEXT, QUERY_KEYWORD: bits of the fields it asks */
    const struct query_choice *choices; /* QUERY_CHOICE: ended by a NULL word */
};

struct query_language {
    const struct query_name *names; /* ended by a NULL name */
    float weights[INDEX_FIELDS];    /* a word without a name asks every field with a weight > 0 */
    bool every_word;                /* words side by side must all be there */
};

/* Where the text is wrong, for a person. */
struct query_error {
    size_t at;          /* characters before it */
    struct str message; /* "第 7 个字处：引号没有结束" */
};

/*
 * Fills terms, match of *ret_ask (the rest is zero and the caller's).  The match is NULL for words
 * alone without every_word: any of them will do.  ERR_BAD_INPUT with *ret_error; an empty query is
 * an error, too.
 */
MUST_USE enum err query_parse(struct task *t, const struct query_language *language,
                              struct str text, struct index_ask *ret_ask,
                              struct query_error *ret_error);
/* What a column holds for a word that QUERY_KEYWORD is to find; never negative. */
int64_t query_keyword(struct str word);
/* The terms of a question in plain language: every word in every field with a weight. */
void query_plain(struct task *t, const struct index_schema *schema, const float *weights,
                 struct str text, struct index_ask *ret_ask);

#endif
