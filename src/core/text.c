#include "core/text.h"

#include <string.h>

#include "core/task.h"

extern const struct str text_en;

const struct language languages[] = {
    {"zh", "zh-CN", "中文", NULL},
    {"en", "en", "English", &text_en},
    {0},
};

const struct language *language_find(struct str tag)
{
    for (const struct language *language = languages; language->tag; language++)
        if (str_is(tag, language->tag))
            return language;
    return NULL;
}

/* Where things are in a .mo file: GNU gettext's manual, "The Format of GNU MO Files". */
enum { MO_COUNT = 8, MO_KEYS = 12, MO_TEXTS = 16, MO_BUCKETS = 20, MO_TABLE = 24 };

static uint32_t number_at(const struct str *mo, size_t offset)
{
    const unsigned char *at = (const unsigned char *)mo->at + offset;

    return at[0] | (uint32_t)at[1] << 8 | (uint32_t)at[2] << 16 | (uint32_t)at[3] << 24;
}

static struct str entry(const struct str *mo, uint32_t table, uint32_t index)
{
    return (struct str){mo->at + number_at(mo, table + 8 * (size_t)index + 4),
                        number_at(mo, table + 8 * (size_t)index)};
}

/* P. J. Weinberger's, as gettext has it. */
static uint64_t hash(struct str key)
{
    uint64_t value = 0;

    for (size_t i = 0; i < key.len; i++) {
        value = (value << 4) + (unsigned char)key.at[i];
        uint64_t top = value & 0xf0000000u;
        if (top)
            value ^= top >> 24 ^ top;
    }
    return value;
}

struct str language_text(const struct language *language, struct str key)
{
    const struct str *mo = language ? language->catalogue : NULL;
    uint32_t buckets;

    if (!mo || !key.len || (buckets = number_at(mo, MO_BUCKETS)) < 3)
        return key;
    uint64_t value = hash(key), at = value % buckets, step = 1 + value % (buckets - 2);
    for (uint32_t number; (number = number_at(mo, number_at(mo, MO_TABLE) + 4 * (size_t)at)) != 0;
         at = (at + step) % buckets) {
        if (number > number_at(mo, MO_COUNT))
            break; /* one for machine-dependent formats: there are none */
        if (str_eq(entry(mo, number_at(mo, MO_KEYS), number - 1), key))
            return entry(mo, number_at(mo, MO_TEXTS), number - 1);
    }
    return key;
}

struct str tr_str(const struct task *t, struct str key)
{
    return language_text(t->language, key);
}

const char *tr(const struct task *t, const char *key)
{
    /* Texts in a .mo file are terminated. */
    return t->language && t->language->catalogue ? language_text(t->language, str_of(key)).at : key;
}
