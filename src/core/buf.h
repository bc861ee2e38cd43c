/*
 * buf.h - the one thing that grows: text or bytes under construction, with a ceiling.
 *
 * A buffer lives in a task's arena and is given its ceiling at birth.  Appending beyond it marks
 * the buffer as overflown and drops what does not fit, so a chain of appends needs one check at
 * the end (buf_overflown).  buf_str() is the content so far, valid until the next append.
 */
#ifndef CORE_BUF_H
#define CORE_BUF_H

#include "core/str.h"

struct buf {
    struct task *task;
    char *at;
    size_t len;
    size_t capacity;
    size_t ceiling;
    bool overflown;
};

struct buf buf_new(struct task *t, size_t ceiling);
/* Over memory that the caller has, without a task: it never grows. */
struct buf buf_over(void *at, size_t size);
void buf_add(struct buf *b, struct str s);
void buf_add_char(struct buf *b, char c);
void buf_add_int(struct buf *b, int64_t number);
void buf_add_bytes(struct buf *b, const void *bytes, size_t n);
/* The next n bytes, already counted, for the caller to write; NULL behind the ceiling. */
char *buf_grow(struct buf *b, size_t n);
void buf_format(struct buf *b, const char *format, ...) PRINTF_LIKE(2, 3);
struct str buf_str(const struct buf *b);
bool buf_overflown(const struct buf *b);

#endif
