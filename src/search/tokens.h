/*
 * tokens.h - what a text is for the search: normalised units, and the terms that are made of them.
 *
 * Two steps, both versioned by TOKENS_VERSION (an index remembers it and asks to be rebuilt):
 *
 *   text --units_of()--> units --terms_of()--> terms
 *
 * Units.  NFKC, case folded, traditional characters made simplified, then one 16-bit unit for each
 * CJK character, UNIT_BREAK between sentences and around everything that is neither letter nor
 * digit, and a few wider units (see the enum) for words, article numbers and keywords.  Units are
 * what an index stores of a document: the second stage of ranking reads them as they lie in the
 * mapped file, a phrase is looked for in them, and terms_of() makes terms of them in a few
 * nanoseconds each.
 *
 * Terms are 64-bit numbers: what kind it is stands in the upper three bits, so terms of several
 * kinds can share a field or have one each.
 *   TERM_BIGRAM   two neighbouring CJK characters; a character that stands alone is one, too
 *   TERM_UNIGRAM  every CJK character
 *   TERM_WORD     a run of letters and digits ("gdp", "2026"); exact up to 7 bytes, else a hash
 *   TERM_ARTICLE  the number of an article: 第一千零四十二条, 第1042条 and 1042条 are one term,
 *                 第一百二十条之一 is another than 第一百二十条
 *   TERM_KEYWORD  what the caller gives as a whole (units_add_keyword): never made from text
 */
#ifndef SEARCH_TOKENS_H
#define SEARCH_TOKENS_H

#include "core/str.h"

struct task;

enum { TOKENS_VERSION = 1 };

enum term_kind {
    TERM_BIGRAM = 1,
    TERM_UNIGRAM = 2,
    TERM_WORD = 4,
    TERM_ARTICLE = 8,
    TERM_KEYWORD = 16,
    /* the usual sets */
    TERMS_PLAIN = TERM_BIGRAM | TERM_WORD | TERM_ARTICLE,
    TERMS_ALL = TERMS_PLAIN | TERM_UNIGRAM | TERM_KEYWORD,
};

/* Wider units: the first says what it is, the rest is little-endian.  Values from UNIT_FIRST_CHAR
 * on are a character of the basic plane. */
enum {
    UNIT_BREAK = 0,   /* nothing pairs across it */
    UNIT_WORD = 1,    /* + 4 units: the term */
    UNIT_WIDE = 2,    /* + 2 units: a character beyond the basic plane */
    UNIT_ARTICLE = 3, /* + 4 units: the term */
    UNIT_KEYWORD = 4, /* + 4 units: the term */
    UNIT_FIRST_CHAR = 0x20
};

struct units {
    const uint16_t *at;
    size_t n;
};

/* A piece of the text that was analysed, in bytes. */
struct text_span {
    uint32_t begin, end;
};

enum { UNITS_TEXT_MAX = 64 * 1024 * 1024 }; /* bytes of one text; what is beyond is not read */

/* Bad UTF-8 counts as a break.  In the arena. */
struct units units_of(struct task *t, struct str text);
/* The same, and for each unit where it came from; of a wider unit the first entry counts. */
struct units units_with_spans(struct task *t, struct str text, struct text_span **ret_spans);
/* Units that hold the keywords, in order: ids, courts, unit numbers; see term_keyword(). */
struct units units_of_keywords(struct task *t, const uint64_t *terms, size_t n);
/* One after the other, with a break between. */
struct units units_join(struct task *t, struct units a, struct units b);

/*
 * The terms of `kinds` (enum term_kind, or-ed) in the order of the text, with repetitions.  At most
 * `most` are written to `out`; returns how many there are.  terms_most() is never too small.
 * Hostile units (of a damaged file) give some terms, never a read beyond `units`.
 */
size_t terms_of(struct units units, unsigned kinds, uint64_t *out, size_t most);
size_t terms_most(struct units units, unsigned kinds);
/* units_of() and terms_of() in one; in the arena. */
size_t terms_of_text(struct task *t, struct str text, unsigned kinds, uint64_t **ret_terms);

enum term_kind term_kind(uint64_t term);
uint64_t term_keyword(struct str word); /* a hash of 61 bits, of the bytes as they are */
uint64_t term_number(int64_t number);   /* the keyword of a number */
/* For people and logs of tests: "工资", "gdp", "第1042条", "#1f3a..." for hashes. */
struct str term_print(struct task *t, uint64_t term);

/* Does `phrase` stand in `text`, unit by unit?  An empty phrase does. */
bool units_contain(struct units text, struct units phrase);

/*
 * Where any of the terms stands in `text`: spans in order, neighbours and overlaps joined, at most
 * `most`.  For marking what matched.
 */
size_t terms_find(struct task *t, struct str text, const uint64_t *terms, size_t n_terms,
                  struct text_span *out, size_t most);

/*
 * Initials of the usual Mandarin readings, letters and digits kept, everything else left out:
 * "民法典" gives "mfd", "2021年" gives "2021n".  Of a character with several readings the most
 * usual one counts.  In the arena.
 */
struct str pinyin_initials(struct task *t, struct str text);

/* A number in Chinese or Arabic numerals, also mixed with full width ones: "一千零四十二",
 * "１０４２". False when it is not one or is beyond 999,999,999. */
bool number_of_numerals(struct str text, int64_t *ret_number);

#endif
