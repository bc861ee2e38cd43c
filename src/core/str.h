/*
 * str.h - the slice: bytes somebody else owns, by value, never terminated.
 *
 * Text is UTF-8.  S("literal") makes one in an expression, STR_INIT in a static table; print with
 * "%.*s" and STR_ARG.  Functions that take a task put what they return into its arena.
 */
#ifndef CORE_STR_H
#define CORE_STR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/err.h"

struct task;

struct str {
    const char *at;
    size_t len;
};

#define S(literal) ((struct str){"" literal, sizeof(literal) - 1})
#define STR_INIT(literal)                                                                          \
    {                                                                                              \
        "" literal, sizeof(literal) - 1                                                            \
    }
#define STR_ARG(s) (int)(s).len, (s).at ? (s).at : ""

struct str str_of(const char *terminated); /* NULL gives the empty slice */
bool str_eq(struct str a, struct str b);
bool str_is(struct str a, const char *terminated);
int str_compare(struct str a, struct str b); /* by bytes; for qsort and bsearch */
bool str_starts(struct str s, struct str prefix);
bool str_ends(struct str s, struct str suffix);
struct str str_from(struct str s, size_t offset); /* the rest; empty beyond the end */
struct str str_first(struct str s, size_t len);   /* at most len bytes */
struct str str_trim(struct str s);                /* ASCII white space and U+3000 at both ends */
/* Position of `needle`, or SIZE_MAX. */
size_t str_find(struct str s, struct str needle);
/* Cut at the first `separator`: what stands before goes to *ret_head, *s becomes the rest.
 * Without a separator the whole of *s is the head and *s becomes empty.  False when *s was empty.
 */
bool str_cut(struct str *s, char separator, struct str *ret_head);
/* Decimal digits with an optional minus, nothing else, within 64 bits. */
bool str_int(struct str s, int64_t *ret_number);

/* Text */
bool utf8_valid(struct str s);    /* also refuses U+0000, surrogates and overlong forms */
size_t utf8_length(struct str s); /* characters of a valid text */
/* Bytes of the first `characters` characters. */
size_t utf8_prefix(struct str s, size_t characters);
/* Decode the character at *offset and move past it; UINT32_MAX at the end or on a bad byte. */
uint32_t utf8_next(struct str s, size_t *offset);

/* In the arena */
struct str str_copy(struct task *t, struct str s);
char *str_terminated(struct task *t, struct str s);
struct str str_format(struct task *t, const char *format, ...) PRINTF_LIKE(2, 3);
struct str str_join(struct task *t, struct str a, struct str b);
struct str str_hex(struct task *t, const void *bytes, size_t n);
/* Bytes from hexadecimal digits; false when not hexadecimal or odd. */
bool str_unhex(struct task *t, struct str hex, struct str *ret_bytes);

#endif
