/*
 * Numbers in Chinese, Arabic and full width numerals.  Written out (一千零四十二), digit by digit
 * (一〇四二) or mixed as people type (1千零42).
 */
#include "search/chars.h"
#include "search/tokens.h"
#include "search/tokens_private.h"

enum { NUMBER_MOST = 999999999 };

struct number {
    int64_t total;   /* whole sections of 万 */
    int64_t section; /* below 万 */
    int64_t digits;  /* what stands before the next 十 百 千 万 */
    bool any;        /* a digit stands in `digits` */
};

static bool add(struct number *n, int value)
{
    if (value < 10) {
        n->digits = n->digits * 10 + value;
        n->any = true;
    } else if (value < 10000) {
        n->section += (n->any && n->digits ? n->digits : 1) * value;
        n->digits = 0;
        n->any = false;
    } else {
        n->total += (n->section + n->digits ? n->section + n->digits : 1) * value;
        n->section = n->digits = 0;
        n->any = false;
    }
    return n->total + n->section + n->digits <= NUMBER_MOST;
}

size_t numerals_read(struct str text, size_t offset, struct numerals *ret)
{
    struct number n = {0};
    struct numerals seen = {0};
    size_t end = offset;

    for (;;) {
        size_t next = end;
        uint32_t c = utf8_next(text, &next);
        int value = c == UINT32_MAX ? -1 : char_digit(c);

        if (value < 0)
            break;
        if (++seen.count > 24 || !add(&n, value))
            return 0;
        seen.arabic += c <= '9' || c >= 0xFF10;
        seen.places += value >= 10;
        end = next;
    }
    seen.number = n.total + n.section + n.digits;
    if (seen.count == 0)
        return 0;
    *ret = seen;
    return end - offset;
}

bool number_of_numerals(struct str text, int64_t *ret_number)
{
    struct numerals n;

    if (text.len == 0 || numerals_read(text, 0, &n) != text.len)
        return false;
    *ret_number = n.number;
    return true;
}
