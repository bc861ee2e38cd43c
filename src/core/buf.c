#include "core/buf.h"

#include <assert.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "core/task.h"

struct buf buf_new(struct task *t, size_t ceiling)
{
    return (struct buf){.task = t, .ceiling = ceiling};
}

struct buf buf_over(void *at, size_t size)
{
    return (struct buf){.at = at, .capacity = size, .ceiling = size};
}

/* Room for n more bytes; false, and overflown for good, when the ceiling is in the way. */
static bool room(struct buf *b, size_t n)
{
    if (b->overflown || n > b->ceiling - b->len) {
        b->overflown = true;
        return false;
    }
    if (n <= b->capacity - b->len)
        return true;
    size_t capacity = b->capacity ? b->capacity * 2 : 256;
    while (capacity < b->len + n)
        capacity *= 2;
    if (capacity > b->ceiling)
        capacity = b->ceiling;
    char *bigger = NEW(b->task, char, capacity);
    if (b->len)
        memcpy(bigger, b->at, b->len);
    b->at = bigger;
    b->capacity = capacity;
    return true;
}

char *buf_grow(struct buf *b, size_t n)
{
    if (!room(b, n))
        return NULL;
    b->len += n;
    return b->at + b->len - n;
}

void buf_add_bytes(struct buf *b, const void *bytes, size_t n)
{
    char *at = n ? buf_grow(b, n) : NULL;

    if (at)
        memcpy(at, bytes, n);
}

void buf_add(struct buf *b, struct str s)
{
    buf_add_bytes(b, s.at, s.len);
}

void buf_add_char(struct buf *b, char c)
{
    if ((!b->overflown && b->len < b->capacity) || room(b, 1))
        b->at[b->len++] = c;
}

void buf_add_int(struct buf *b, int64_t number)
{
    char text[20];
    char *at = text + sizeof text;
    uint64_t rest = number < 0 ? 0 - (uint64_t)number : (uint64_t)number;

    do
        *--at = (char)('0' + rest % 10);
    while (rest /= 10);
    if (number < 0)
        *--at = '-';
    buf_add_bytes(b, at, (size_t)(text + sizeof text - at));
}

void buf_format(struct buf *b, const char *format, ...)
{
    char text[256];
    va_list args;

    va_start(args, format);
    int n = vsnprintf(text, sizeof text, format, args);
    va_end(args);
    assert(n >= 0);
    if ((size_t)n < sizeof text) {
        buf_add_bytes(b, text, (size_t)n);
        return;
    }
    /* vsnprintf writes a terminator: ask for one more byte, count it out again. */
    if (!room(b, (size_t)n + 1))
        return;
    va_start(args, format);
    vsnprintf(b->at + b->len, (size_t)n + 1, format, args);
    va_end(args);
    b->len += (size_t)n;
}

struct str buf_str(const struct buf *b)
{
    return (struct str){b->at, b->len};
}

bool buf_overflown(const struct buf *b)
{
    return b->overflown;
}
