#include "core/str.h"

#include <assert.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "core/task.h"

struct str str_of(const char *terminated)
{
    return (struct str){terminated, terminated ? strlen(terminated) : 0};
}

bool str_eq(struct str a, struct str b)
{
    return a.len == b.len && (a.len == 0 || memcmp(a.at, b.at, a.len) == 0);
}

bool str_is(struct str a, const char *terminated)
{
    return str_eq(a, str_of(terminated));
}

int str_compare(struct str a, struct str b)
{
    size_t shorter = a.len < b.len ? a.len : b.len;
    int order = shorter ? memcmp(a.at, b.at, shorter) : 0;

    return order ? order : (a.len > b.len) - (a.len < b.len);
}

bool str_starts(struct str s, struct str prefix)
{
    return s.len >= prefix.len && str_eq(str_first(s, prefix.len), prefix);
}

bool str_ends(struct str s, struct str suffix)
{
    return s.len >= suffix.len && str_eq(str_from(s, s.len - suffix.len), suffix);
}

struct str str_from(struct str s, size_t offset)
{
    if (offset >= s.len)
        return (struct str){0};
    return (struct str){s.at + offset, s.len - offset};
}

struct str str_first(struct str s, size_t len)
{
    return (struct str){s.at, len < s.len ? len : s.len};
}

static size_t space_at_start(struct str s)
{
    if (s.len && (s.at[0] == ' ' || (s.at[0] >= '\t' && s.at[0] <= '\r')))
        return 1;
    return str_starts(s, S("\xe3\x80\x80")) ? 3 : 0;
}

static size_t space_at_end(struct str s)
{
    if (s.len && (s.at[s.len - 1] == ' ' || (s.at[s.len - 1] >= '\t' && s.at[s.len - 1] <= '\r')))
        return 1;
    return str_ends(s, S("\xe3\x80\x80")) ? 3 : 0;
}

struct str str_trim(struct str s)
{
    size_t n;

    while ((n = space_at_start(s)))
        s = str_from(s, n);
    while ((n = space_at_end(s)))
        s.len -= n;
    return s;
}

size_t str_find(struct str s, struct str needle)
{
    if (needle.len == 0)
        return 0;
    if (s.len == 0)
        return SIZE_MAX;
    const char *at = memmem(s.at, s.len, needle.at, needle.len);
    return at ? (size_t)(at - s.at) : SIZE_MAX;
}

bool str_cut(struct str *s, char separator, struct str *ret_head)
{
    if (s->len == 0)
        return false;
    const char *at = memchr(s->at, separator, s->len);
    if (!at) {
        *ret_head = *s;
        *s = (struct str){0};
        return true;
    }
    size_t head = (size_t)(at - s->at);
    *ret_head = str_first(*s, head);
    *s = (struct str){s->at + head + 1, s->len - head - 1};
    return true;
}

bool str_int(struct str s, int64_t *ret_number)
{
    bool minus = s.len && s.at[0] == '-';
    int64_t number = 0;

    if (minus)
        s = str_from(s, 1);
    if (s.len == 0)
        return false;
    for (size_t i = 0; i < s.len; i++) {
        if (s.at[i] < '0' || s.at[i] > '9')
            return false;
        int digit = s.at[i] - '0';
        if (__builtin_mul_overflow(number, 10, &number) ||
            __builtin_add_overflow(number, minus ? -digit : digit, &number))
            return false;
    }
    *ret_number = number;
    return true;
}

uint32_t utf8_next(struct str s, size_t *offset)
{
    static const uint32_t least[] = {0, 0, 0x80, 0x800, 0x10000};
    const unsigned char *p = (const unsigned char *)s.at + *offset;
    size_t left = *offset < s.len ? s.len - *offset : 0;

    if (!left)
        return UINT32_MAX;
    if (p[0] < 0x80) {
        *offset += 1;
        return p[0];
    }
    size_t n = p[0] >= 0xf0 ? 4 : p[0] >= 0xe0 ? 3 : p[0] >= 0xc2 ? 2 : 0;
    if (!n || n > left || p[0] > 0xf4)
        return UINT32_MAX;
    uint32_t c = p[0] & (0xffu >> (n + 1));
    for (size_t i = 1; i < n; i++) {
        if ((p[i] & 0xc0) != 0x80)
            return UINT32_MAX;
        c = c << 6 | (p[i] & 0x3f);
    }
    if (c < least[n] || c > 0x10ffff || (c >= 0xd800 && c <= 0xdfff))
        return UINT32_MAX;
    *offset += n;
    return c;
}

/* Eight bytes that are ASCII and not U+0000. */
static bool plain_eight(const char *at)
{
    uint64_t eight;

    memcpy(&eight, at, sizeof eight);
    return !((eight | (eight - UINT64_C(0x0101010101010101))) & UINT64_C(0x8080808080808080));
}

bool utf8_valid(struct str s)
{
    size_t at = 0;

    while (at < s.len) {
        if (s.len - at >= 8 && plain_eight(s.at + at)) {
            at += 8;
            continue;
        }
        uint32_t c = utf8_next(s, &at);
        if (c == UINT32_MAX || c == 0)
            return false;
    }
    return true;
}

size_t utf8_length(struct str s)
{
    size_t n = 0;

    for (size_t i = 0; i < s.len; i++)
        n += ((unsigned char)s.at[i] & 0xc0) != 0x80;
    return n;
}

size_t utf8_prefix(struct str s, size_t characters)
{
    size_t i = 0;

    for (size_t n = 0; i < s.len; i++)
        if (((unsigned char)s.at[i] & 0xc0) != 0x80 && n++ == characters)
            break;
    return i;
}

char *str_terminated(struct task *t, struct str s)
{
    char *copy = NEW(t, char, s.len + 1);

    if (s.len)
        memcpy(copy, s.at, s.len);
    return copy;
}

struct str str_copy(struct task *t, struct str s)
{
    return (struct str){str_terminated(t, s), s.len};
}

struct str str_format(struct task *t, const char *format, ...)
{
    char shorter[256]; /* most are: then the words are made once */
    va_list args;

    va_start(args, format);
    int len = vsnprintf(shorter, sizeof shorter, format, args);
    va_end(args);
    assert(len >= 0);
    char *text = NEW(t, char, (size_t)len + 1);
    if ((size_t)len < sizeof shorter)
        return (struct str){memcpy(text, shorter, (size_t)len), (size_t)len};
    va_start(args, format);
    vsnprintf(text, (size_t)len + 1, format, args);
    va_end(args);
    return (struct str){text, (size_t)len};
}

struct str str_join(struct task *t, struct str a, struct str b)
{
    char *text = NEW(t, char, a.len + b.len + 1);

    if (a.len)
        memcpy(text, a.at, a.len);
    if (b.len)
        memcpy(text + a.len, b.at, b.len);
    return (struct str){text, a.len + b.len};
}

struct str str_hex(struct task *t, const void *bytes, size_t n)
{
    static const char digits[] = "0123456789abcdef";
    const unsigned char *p = bytes;
    char *text = NEW(t, char, 2 * n + 1);

    for (size_t i = 0; i < n; i++) {
        text[2 * i] = digits[p[i] >> 4];
        text[2 * i + 1] = digits[p[i] & 15];
    }
    return (struct str){text, 2 * n};
}

static int hex_digit(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    if (c >= 'a' && c <= 'f')
        return c - 'a' + 10;
    if (c >= 'A' && c <= 'F')
        return c - 'A' + 10;
    return -1;
}

bool str_unhex(struct task *t, struct str hex, struct str *ret_bytes)
{
    if (hex.len % 2)
        return false;
    char *bytes = NEW(t, char, hex.len / 2 + 1);

    for (size_t i = 0; i < hex.len; i += 2) {
        int high = hex_digit(hex.at[i]), low = hex_digit(hex.at[i + 1]);
        if (high < 0 || low < 0)
            return false;
        bytes[i / 2] = (char)(high << 4 | low);
    }
    *ret_bytes = (struct str){bytes, hex.len / 2};
    return true;
}
