/*
 * chars.h - what a character is for the analysis, from one table of the basic plane that is made
 * at first use (the shipped tables of OpenCC and Unihan, see data/search/).
 */
#ifndef SEARCH_CHARS_H
#define SEARCH_CHARS_H

#include <stdbool.h>
#include <stdint.h>

enum {
    CHAR_BREAK = 0, /* neither letter nor digit: ends what stands before it */
    CHAR_SLOW = 1,  /* only the full normalisation knows */
    CHAR_WORD =
        2 /* + the ASCII byte above bit 8: a letter (small) or digit, also a full width one */
    /* everything from UNIT_FIRST_CHAR on, without CHAR_WORD: the character that stands for it */
};

/* Gram characters (CJK, kana, Hangul): themselves, simplified.  Else one of the enum. */
extern uint32_t char_table[0x10000];
void chars_ready(void); /* make the tables; cheap when they are made */

static inline bool char_is_word(uint32_t entry)
{
    return entry & 0x10000;
}

bool char_is_wide_gram(uint32_t c); /* CJK beyond the basic plane */
char char_initial(uint32_t c);      /* of a Chinese character, 0 without one */
int char_digit(uint32_t c); /* value of a Chinese or Arabic numeral, also 十 百 千 万; -1 */

#endif
