/*
 * tokens_private.h - what the files of the analysis share.
 */
#ifndef SEARCH_TOKENS_PRIVATE_H
#define SEARCH_TOKENS_PRIVATE_H

#include "search/tokens.h"

/* A term: 3 bits of kind, 61 of value. */
enum { TERM_VALUE_BITS = 61 };
enum { TAG_BIGRAM = 1, TAG_UNIGRAM, TAG_WORD, TAG_WORD_HASH, TAG_ARTICLE, TAG_KEYWORD };
#define TERM_OF(tag, value)                                                                        \
    ((uint64_t)(tag) << TERM_VALUE_BITS | ((value) & ((UINT64_C(1) << TERM_VALUE_BITS) - 1)))

/* Numerals at `offset` of a text. */
struct numerals {
    int64_t number;
    int count;  /* characters */
    int arabic; /* of them digits 0-9 */
    int places; /* of them 十 百 千 万 */
};
/* Bytes they take, 0 when there are none or they are too large. */
size_t numerals_read(struct str text, size_t offset, struct numerals *ret);

uint64_t term_word(const char *at, size_t len);
uint64_t term_article(int64_t number, int64_t sub);

static inline uint64_t unit_term(const uint16_t *four)
{
    return four[0] | (uint64_t)four[1] << 16 | (uint64_t)four[2] << 32 | (uint64_t)four[3] << 48;
}

/* How many units the one at `at` takes, at least 1; more than are left means it is cut off. */
static inline size_t unit_width(uint16_t first)
{
    return first >= UNIT_FIRST_CHAR || first == UNIT_BREAK ? 1 : first == UNIT_WIDE ? 3 : 5;
}

#endif
