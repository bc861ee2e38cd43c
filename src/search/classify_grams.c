/* Hashed character n-grams of a text. */
#include <math.h>
#include <stdlib.h>

#include "classify_private.h"
#include "core/task.h"

struct letter {
    uint32_t code;
    uint32_t from, to;
};

/* Letters, digits and Han characters; what stands between cuts the text. */
static uint32_t fold(uint32_t c)
{
    if (c >= 0xff01 && c <= 0xff5e) /* full width */
        c -= 0xfee0;
    if (c >= 'A' && c <= 'Z')
        return c + 32;
    if ((c >= 'a' && c <= 'z') || (c >= '0' && c <= '9'))
        return c;
    if (c < 0x80 || (c >= 0x2000 && c <= 0x206f) || (c >= 0x3000 && c <= 0x303f) || c >= 0xff00)
        return ' ';
    return c;
}

static size_t read_letters(struct str text, struct letter *letters)
{
    size_t at = 0, count = 0;

    while (at < text.len) {
        size_t from = at;
        uint32_t c = utf8_next(text, &at);
        if (c == UINT32_MAX) {
            at = from + 1;
            continue;
        }
        c = fold(c);
        if (c != ' ' || (count && letters[count - 1].code != ' '))
            letters[count++] = (struct letter){c, (uint32_t)from, (uint32_t)at};
    }
    return count;
}

static uint32_t mix(uint32_t hash)
{
    hash ^= hash >> 16;
    hash *= 0x7feb352du;
    hash ^= hash >> 15;
    hash *= 0x846ca68bu;
    return hash ^ hash >> 16;
}

struct grams classify_places(struct task *t, struct str text, int shortest, int longest)
{
    text = str_first(text, CLASSIFY_MAX_TEXT);
    struct letter *letters = NEW(t, struct letter, text.len + 1);
    size_t count = read_letters(text, letters), made = 0;
    struct gram *grams = NEW(t, struct gram, count * (size_t)(longest - shortest + 1) + 1);

    for (size_t i = 0; i < count; i++) {
        uint32_t hash = 2166136261u;
        for (int n = 1; n <= longest && i + (size_t)n <= count; n++) {
            const struct letter *last = &letters[i + (size_t)n - 1];
            if (last->code == ' ')
                break;
            hash = mix((hash ^ last->code) * 16777619u + (uint32_t)n);
            if (n >= shortest)
                grams[made++] = (struct gram){hash, 1, letters[i].from, last->to};
        }
    }
    return (struct grams){grams, made};
}

static int compare_grams(const void *a, const void *b)
{
    const struct gram *x = a, *y = b;

    if (x->hash != y->hash)
        return x->hash < y->hash ? -1 : 1;
    return (x->from > y->from) - (x->from < y->from);
}

struct grams classify_grams(struct task *t, struct str text, int shortest, int longest)
{
    struct grams grams = classify_places(t, text, shortest, longest);
    size_t kept = 0;

    if (grams.count)
        qsort(grams.at, grams.count, sizeof *grams.at, compare_grams);
    for (size_t i = 0; i < grams.count; i++)
        if (kept && grams.at[kept - 1].hash == grams.at[i].hash)
            grams.at[kept - 1].count++;
        else
            grams.at[kept++] = grams.at[i];
    grams.count = kept;
    return grams;
}

double classify_value(uint32_t count, double rarity)
{
    return (1 + log(count)) * rarity;
}
