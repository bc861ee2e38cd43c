/* password_words.h - what common passwords are made of; password_rules.c puts it together. */
#ifndef ACCESS_PASSWORD_WORDS_H
#define ACCESS_PASSWORD_WORDS_H

/* Small letters; each list ended by NULL. */
extern const char
    *const password_words[]; /* words, names and pinyin; people add digits and signs */
extern const char *const password_digits[]; /* numbers that sound like something, or lie nicely */
extern const char *const password_walks[];  /* ways over the keyboard; backwards as well */

#endif
