/*
 * query_private.h - the words of a query (query_scan.c) and what becomes of them (query.c).
 */
#ifndef SEARCH_QUERY_PRIVATE_H
#define SEARCH_QUERY_PRIVATE_H

#include "search/query.h"

enum piece_kind {
    PIECE_END,
    PIECE_WORD,
    PIECE_PHRASE,
    PIECE_OPEN,
    PIECE_CLOSE,
    PIECE_AND,
    PIECE_OR,
    PIECE_NOT,
    PIECE_BAD /* quotes that do not end */
};

struct piece {
    enum piece_kind kind;
    size_t at;       /* bytes before it */
    struct str text; /* of a word or phrase */
    const struct query_name *name;
};

/* The piece at *offset, and move past it. */
struct piece query_scan(const struct query_language *language, struct str text, size_t *offset);

/* "2021", "2021-05", "2021年5月1日", 20210501: the first and last day, as YYYYMMDD. */
bool query_days(struct str text, int64_t *ret_first, int64_t *ret_last);

#endif
